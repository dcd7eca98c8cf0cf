/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stddef.h>

#include "schema/judge_cost.h"

/*
 * Rows a second, rounded from what tests/integration/check_locks.sh --rates printed with PostgreSQL
 * 15 on two cores that were busy with other things as well: 1.88 million rows read, 0.27 million
 * written anew, 0.26 million put into an index of texts.
 */
#define SCAN_ROWS 2e6
#define REWRITE_ROWS 3e5
#define INDEX_ROWS 3e5

double
mig_judge_blocking(enum mig_lock lock, unsigned work, double rows)
{
	static const struct {
		unsigned work;
		double rows;
	} rates[] = { { MIG_WORK_SCAN, SCAN_ROWS }, { MIG_WORK_REWRITE, REWRITE_ROWS },
		{ MIG_WORK_INDEX, INDEX_ROWS } };
	if (lock < MIG_LOCK_SHARE || work == 0)
		return 0;
	if (rows < 0)
		return -1;
	double seconds = 0;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if ((work & rates[i].work) != 0)
			seconds += rows / rates[i].rows;
	return seconds;
}
