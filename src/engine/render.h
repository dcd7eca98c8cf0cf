/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Documents for people: a plan, a runbook or advice as plain text of at most 80 columns, or as
 * Markdown.  Both have the same content in the same order; they differ only in the writer, and in
 * two Mermaid diagrams that Markdown has.  Of lists of strings and scripts only the beginning is
 * shown.
 */
#ifndef MIG_ENGINE_RENDER_H
#define MIG_ENGINE_RENDER_H

#include "base/err.h"

struct mig_buf;
struct mig_json;

enum mig_render_form { MIG_RENDER_TEXT, MIG_RENDER_MARKDOWN };

/*
 * Append a plan, which must have passed mig_plan_check().  MIG_ELIMIT when out cannot hold
 * it.
 */
int mig_render_plan(const struct mig_json *plan, enum mig_render_form form, struct mig_buf *out)
    MIG_MUSTCHECK;

/*
 * Append a runbook, which must have passed mig_runbook_check().  MIG_ELIMIT when out
 * cannot hold it.
 */
int mig_render_runbook(const struct mig_json *runbook, enum mig_render_form form,
    struct mig_buf *out) MIG_MUSTCHECK;

/*
 * Append advice as mig_advise() makes it.  MIG_ELIMIT when out cannot hold it.
 */
int mig_render_advice(const struct mig_json *advice, enum mig_render_form form,
    struct mig_buf *out) MIG_MUSTCHECK;

#endif
