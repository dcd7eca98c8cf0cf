/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a specification says, as short English fragments, so that the texts of plans and
 * runbooks can be tables of templates and still name this migration's tables, endpoints
 * and flags.  A fact that the specification does not give has a general wording, never an
 * empty one.
 */
#ifndef MIG_ENGINE_FACTS_H
#define MIG_ENGINE_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "engine/promql.h"

#define MIG_FACTS_MAX 80

struct mig_arena;
struct mig_buf;
struct mig_endpoint_row;
struct mig_json;
struct mig_jw;

/* The fragments by name, for mig_template_fill(). */
struct mig_facts {
	struct mig_arena *arena;
	struct mig_template_var vars[MIG_FACTS_MAX + 1];
	size_t count;
	bool failed; /* a fragment was too long */
	const struct mig_json *spec;
	const struct mig_endpoint_row *endpoints; /* see endpoints.h */
	size_t endpoint_count;
};

/*
 * Collect the facts of a specification, which must have passed mig_spec_check() and is borrowed.
 * MIG_ENOMEM without memory, MIG_ELIMIT when a fragment is too long.  Free with
 * mig_facts_fini().
 */
int mig_facts_init(const struct mig_json *spec, struct mig_facts *ret_facts) MIG_MUSTCHECK;

/*
 * Free what the facts own; zeroed facts are a no-op.
 */
void mig_facts_fini(struct mig_facts *facts);

/*
 * Set or replace one fact; both strings are borrowed.
 */
void mig_facts_set(struct mig_facts *facts, const char *name, const char *value);

/*
 * Append a template with the facts filled in.  Its placeholders must all be facts:
 * anything else is our own mistake and ends the program.
 */
void mig_facts_fill(const struct mig_facts *facts, const char *text, struct mig_buf *out);

/*
 * Write a filled template as a JSON string; key as in json_write.h.
 */
void mig_facts_string(const struct mig_facts *facts, struct mig_jw *jw, const char *key,
    const char *text);

/*
 * Write a list of templates (ended by NULL) as a JSON array of strings.  A template may begin with
 * the name of a list of the specification:
 *
 *   "@table Copy {table}"    once for each element, with the facts of the element
 *   "?table Copy all"        once, if there is an element
 *   "!table Copy what is"    once, if there is none
 *
 *   table, critical_table, other_table   {table} {table_rows} {table_size} {copy_time}
 *                                        {backfill_time} {compare_time} {sample_rows}
 *                                        {sample_allowed}; critical ones first
 *   additive, converting, destructive    {change} of {table}, by schema_changes
 *   kept, moved, added, uncovered        {old_endpoint} {new_endpoint}, see endpoints.h
 *   covered                              as these: kept or moved
 *   flag                                 {flag} {flag_schedule} {flag_hours}
 *   workload                             {workload} {wave} {workload_kind} {workload_size}
 *                                        {workload_time}; by wave
 *   dependency                           {dependency}
 *   rule                                 {rule} {rule_before} {rule_move} {rule_check} {rule_end}
 *   demand                               {demand}
 *
 * Another name ends the program, as an unknown placeholder does.
 */
void mig_facts_strings(const struct mig_facts *facts, struct mig_jw *jw, const char *key,
    const char *const *texts);

/*
 * Whether a text of mig_facts_strings() is written at all; for tests and for lists that must not
 * be empty.
 */
bool mig_facts_applies(const struct mig_facts *facts, const char *text);

#endif
