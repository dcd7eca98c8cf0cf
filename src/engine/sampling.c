/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>

#include "engine/sampling.h"

#define Z 1.96 /* 95 % of a normal distribution */
#define MARGIN 0.05
#define LARGE 10000 /* from here on the size of the table does not matter */
#define GOOD 0.01

double
mig_sample_size(double rows)
{
	double wanted = Z * Z * 0.25 / (MARGIN * MARGIN);

	if (rows < 1)
		return 0;
	return floor(rows < LARGE ? wanted / (1 + (wanted - 1) / rows) : wanted);
}

void
mig_sample_interval(double share, double sample, double *ret_low, double *ret_high)
{
	double half = sample > 0 ? Z * sqrt(share * (1 - share) / sample) : 0;

	*ret_low = fmax(share - half, 0);
	*ret_high = fmin(share + half, 1);
}

double
mig_sample_allowed(double sample)
{
	int allowed = 0;
	double low;
	double high;

	/* At most one in a hundred can pass. */
	while (allowed + 1 <= sample * GOOD) {
		mig_sample_interval((allowed + 1) / sample, sample, &low, &high);
		if (high >= GOOD)
			break;
		allowed++;
	}
	return allowed;
}
