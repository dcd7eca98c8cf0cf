/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Wordings that facts.c and facts_list.c share.  Private to them.
 */
#ifndef MIG_ENGINE_FACTS_INT_H
#define MIG_ENGINE_FACTS_INT_H

struct mig_buf;
struct mig_json;

/*
 * Append a count with commas: "1,500,000".
 */
void mig_fact_count(double count, struct mig_buf *out);

/*
 * Append the shares of a flag's schedule: "5, 25, 100 percent".
 */
void mig_fact_schedule(const struct mig_json *flag, struct mig_buf *out);

/*
 * Which stage an edit of the schema belongs to, by its type: "additive", "converting" or
 * "destructive".
 */
const char *mig_fact_stage(const char *type);

/*
 * Append an edit of a table: "bio from varchar(255) to text", "constraint positive on orders".
 */
void mig_fact_change(const struct mig_json *change, const char *table, struct mig_buf *out);

#endif
