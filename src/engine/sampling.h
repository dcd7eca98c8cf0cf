/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * How many rows tell enough about a table, and how far what they tell can be trusted.
 */
#ifndef MIG_ENGINE_SAMPLING_H
#define MIG_ENGINE_SAMPLING_H

/*
 * Rows to sample for a margin of 5 % at 95 % confidence (z 1.96, share 0.5): 384, with the
 * correction for finite sizes below 10,000 rows, cut to a whole number (FORMATS 10.4).  A table
 * of less than a row needs 0.
 */
double mig_sample_size(double rows);

/*
 * The 95 % interval of the true share (0 to 1) of differing rows, when that share of the sample
 * differed: share -+ 1.96 * sqrt(share * (1 - share) / sample), within 0 and 1 (FORMATS 10.4).
 * For no difference at all, and for an empty sample, it says nothing: both ends are the share.
 */
void mig_sample_interval(double share, double sample, double *ret_low, double *ret_high);

/*
 * How many differing rows a sample may have for the interval to stay below 1 %.
 */
double mig_sample_allowed(double sample);

#endif
