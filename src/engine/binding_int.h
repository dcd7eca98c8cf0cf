/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by the binding*.c files only.
 */
#ifndef MIG_ENGINE_BINDING_INT_H
#define MIG_ENGINE_BINDING_INT_H

#include "engine/binding.h"
#include "engine/promql.h"

/* What every reading function needs. */
struct mig_binding_reader {
	struct mig_reader *reader;
	struct mig_arena *arena;
};

/*
 * Read the `metrics` group into the binding; absent is fine.  The queries of the preset are
 * filled in where the group has none.
 */
void mig_binding_read_metrics(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding);

/*
 * Add a finding when text (the member `key` of object) has a placeholder that is not in vars.
 */
void mig_binding_check_template(const struct mig_binding_reader *in, const struct mig_at *object,
    const char *key, const char *text, const struct mig_template_var *vars);

/*
 * Read the schema group; an absent one leaves all as it is.
 */
void mig_binding_read_schema(const struct mig_binding_reader *in, const struct mig_at *at,
    struct mig_schema_binding *schema);

#endif
