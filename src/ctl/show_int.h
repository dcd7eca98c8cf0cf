/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the status screen share: short readers of the rollout's JSON, and the parts.
 */
#ifndef MIG_CTL_SHOW_INT_H
#define MIG_CTL_SHOW_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "ctl/text.h"

/* Columns of the label at the head of a line, and of everything below it. */
#define SHOW_LABEL 10U

/*
 * A string member; fallback when it is not there.
 */
const char *show_string(const struct mig_json *object, const char *key, const char *fallback);

/*
 * Whether a member is a number, and which.
 */
bool show_number(const struct mig_json *object, const char *key, double *ret_value);

/*
 * A number member, 0 when it is not there.
 */
double show_number_or_0(const struct mig_json *object, const char *key);

/*
 * Whether a string member is exactly that text.
 */
bool show_is(const struct mig_json *object, const char *key, const char *text);

/*
 * A time member; ms 0 when it is not there.
 */
mig_wall show_at(const struct mig_json *object, const char *key);

/*
 * Whether something has to be seen before it goes on: a flag that is not, or not any more.
 */
bool show_waits_for_flags(const struct mig_json *rollout);

/*
 * Whether an array of strings contains that text.
 */
bool show_has(const struct mig_json *array, const char *text);

/*
 * Append the age of a time: "12s".
 */
void show_age(const struct screen *screen, struct mig_buf *out, mig_wall at);

/*
 * The sign of an operator: ">".
 */
const char *show_operator(const char *name);

/*
 * An operator in words: "above".
 */
const char *show_comparison(const char *name);

/*
 * Append "> 0.05" for a trigger or record; "> ?" while the threshold is unknown.
 */
void show_condition(struct mig_buf *out, const struct mig_json *object);

/*
 * What an action of a trigger does, in words: "rolls back".
 */
const char *show_action(const char *action);

/*
 * Whether a point of no return was passed: what would roll back holds the rollout.
 */
bool show_no_return(const struct mig_json *rollout);

/*
 * What a trigger of the rollout does as things are, in words: "rolls back", "holds the rollout".
 */
const char *show_action_now(const struct mig_json *rollout, const struct mig_json *trigger);

/*
 * Append text with members of a record's detail filled in.  {key} is a member, {key:f} one with a
 * format: d a duration in seconds (D: missing when 0), p a percentage, v a measured value (V:
 * missing when 0), o a comparison (w: in words), a an action, m metrics that are not seen.  A part
 * in [ ] is left out when one of its members is missing or null; elsewhere a '?' stands for it.
 */
void show_fill(struct mig_buf *out, const char *text, const struct mig_json *detail);

/*
 * Append what a record says, in a line; the colour it is said in.
 */
enum text_colour show_words(struct mig_buf *out, const struct mig_json *record);

/*
 * Append a time in whole seconds: "2026-11-22 02:10:00Z".
 */
void show_time(struct mig_buf *out, mig_wall at);

/*
 * A paragraph behind a label; nothing when the text is empty.
 */
void show_labelled(struct screen *screen, const char *label, const char *text);

/*
 * Append what a rollout does next, without when; false when it is nothing.
 */
bool show_next_action(struct mig_buf *out, const struct mig_json *rollout);

/*
 * What a rollout does next and each thing that is in the way, with what to type.  The record
 * (NULL: none) is what was told before it: it may have kept the rollout from starting.
 */
void show_why_now(struct screen *screen, const struct mig_json *rollout,
    const struct mig_json *record);

/*
 * The table of triggers, worst first.
 */
void show_triggers(struct screen *screen, const struct mig_json *rollout);

/*
 * The way back: why, who, when, flags, steps and what to type; nothing without one.
 */
void show_rollback(struct screen *screen, const struct mig_json *rollout);

/*
 * What is wrong or waits for the operator, one paragraph each, with what to type.
 */
void show_attention(struct screen *screen, const struct mig_json *rollout);

/*
 * The first lines: the state in capitals, what it means, what comes next and when.
 */
void show_headline(struct screen *screen, const struct mig_json *rollout);

#endif
