/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The backtest's report for a terminal (80 columns), for programs (JSON, docs/BACKTEST.md) and for
 * a browser (one HTML file with its charts inside, nothing loaded, no script).
 */
#ifndef MIG_WIRE_BACKTEST_RENDER_H
#define MIG_WIRE_BACKTEST_RENDER_H

#include "base/err.h"
#include "wire/backtest.h"

struct mig_buf;

enum mig_backtest_form { MIG_BACKTEST_TEXT, MIG_BACKTEST_JSON, MIG_BACKTEST_HTML };

/*
 * Append the report, which must be complete.  MIG_ELIMIT when out cannot hold it.
 */
int mig_backtest_render(const struct mig_backtest_report *report, enum mig_backtest_form form,
    struct mig_buf *out) MIG_MUSTCHECK;

#endif
