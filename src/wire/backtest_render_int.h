/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by the writers of the backtest's report only: one function per form, and the words that
 * the forms for people have in common.
 */
#ifndef MIG_WIRE_BACKTEST_RENDER_INT_H
#define MIG_WIRE_BACKTEST_RENDER_INT_H

#include "base/buf.h"
#include "wire/backtest_render.h"

/*
 * Append the report as text.
 */
void mig_backtest_text(const struct mig_backtest_report *report, struct mig_buf *out);

/*
 * Append the report as JSON.
 */
void mig_backtest_json(const struct mig_backtest_report *report, struct mig_buf *out);

/*
 * Append the report as HTML.
 */
void mig_backtest_html(const struct mig_backtest_report *report, struct mig_buf *out);

/*
 * Append a chart of one trigger as an SVG element.
 */
void mig_backtest_chart(const struct mig_backtest_report *report, size_t trigger,
    struct mig_buf *out);

/*
 * Append a text with what has a meaning in HTML escaped and control characters replaced.
 */
void mig_backtest_escape(const char *text, struct mig_buf *out);

/*
 * Append a value with four digits.
 */
void mig_backtest_number(double value, struct mig_buf *out);

/*
 * Append "98.13 %"; what is not nothing never reads 0, what is not all never 100.
 */
void mig_backtest_percent(double share, struct mig_buf *out);

/*
 * Append "error_rate > 0.0125 for 5m".
 */
void mig_backtest_condition(const struct mig_backtest_report *report, size_t trigger,
    struct mig_buf *out);

/*
 * Append "rolls back; looks at the new path alone".
 */
void mig_backtest_manner(const struct mig_backtest_report *report, size_t trigger,
    struct mig_buf *out);

/*
 * Append that a trigger would not have fired, or why its silence tells nothing.
 */
void mig_backtest_silence(const struct mig_backtest_report *report, size_t trigger,
    struct mig_buf *out);

/*
 * Append how often and when it would have rolled back because nothing was seen; nothing when the
 * policy never does or nothing was judged.
 */
void mig_backtest_blind(const struct mig_backtest_report *report, struct mig_buf *out);

/*
 * Append from when on damage is put on the history, or why it is not; nothing when nobody has asked
 * for that.
 */
void mig_backtest_damage(const struct mig_backtest_report *report, struct mig_buf *out);

/*
 * Append "5m", "not seen" or why it cannot be told.
 */
void mig_backtest_sight(const struct mig_backtest_sight *sight, struct mig_buf *out);

/*
 * Append a baseline: "error_rate: 0.0025, captured, median of 20 samples up to 2026-…".
 */
void mig_backtest_baseline(const struct mig_backtest_report *report, size_t metric,
    struct mig_buf *out);

#endif
