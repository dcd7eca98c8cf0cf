/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The two tables of facts that facts.c puts together.
 */
#ifndef MIG_APISPEC_FACTS_INT_H
#define MIG_APISPEC_FACTS_INT_H

#include "apispec/facts.h"

/* The facts about schemas come first. */
#define MIG_FACTS_SCHEMA ((size_t)MIG_FACT_COMPARISON_CUT + 1)
#define MIG_FACTS_OP (MIG_FACTS - MIG_FACTS_SCHEMA)

extern const struct mig_fact_row mig_fact_schema_rows[MIG_FACTS_SCHEMA];
extern const struct mig_fact_row mig_fact_op_rows[MIG_FACTS_OP];

#endif
