/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The SQL (PostgreSQL 12 to 17) behind the schema changes of a specification: what adds goes
 * into an early phase, what fills and validates into a middle one, what takes away into a
 * late one, and what cannot be taken back only behind a point of no return.  The scripts are
 * rows of ddl_rows.c; what connects to a database is not here.
 */
#ifndef MIG_ENGINE_DDL_H
#define MIG_ENGINE_DDL_H

#include <stdbool.h>
#include <stddef.h>

struct mig_json;
struct mig_jw;

enum mig_ddl_stage {
	MIG_DDL_EXPAND,   /* adds, and breaks nobody */
	MIG_DDL_MIGRATE,  /* fills, validates, widens */
	MIG_DDL_CONTRACT, /* takes away what old versions use, but keeps what an undo needs */
	MIG_DDL_DROP      /* lets go of what was kept: no undo */
};

#define MIG_DDL_STAGES 4
#define MIG_DDL_NOWHERE ((size_t)-1)

/*
 * Which phase of a plan (names ended by NULL, at least one) carries a stage.  The stages are in
 * the order of the phases.  MIG_DDL_NOWHERE for MIG_DDL_DROP in a plan without a point of no
 * return: then nothing is dropped.
 */
size_t mig_ddl_phase(const char *const *phases, enum mig_ddl_stage stage);

/*
 * Write the scripts of one phase (phases[index]) as an array of objects under key, in the order
 * in which they are to be run; nothing at all when the phase has none.  spec must have passed
 * mig_spec_check().  Running out of memory marks the writer's buffer as failed.
 */
void mig_ddl_write(const struct mig_json *spec, const char *const *phases, size_t index,
    struct mig_jw *jw, const char *key);

#endif
