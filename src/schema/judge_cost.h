/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * How long a statement blocks others, estimated from the number of rows.  A rough figure: it tells
 * a moment from a minute and a minute from an hour, and no more; the width of rows, the disk and
 * the load of a server make a factor of ten either way.
 */
#ifndef MIG_SCHEMA_JUDGE_COST_H
#define MIG_SCHEMA_JUDGE_COST_H

#include "check/check.h"

/*
 * Seconds for which writers wait at least; 0 for locks that let them work and for statements that
 * only change the catalogue; negative when the number of rows is not known (negative).
 */
double mig_judge_blocking(enum mig_lock lock, unsigned work, double rows);

#endif
