/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "base/err.h"
#include "base/prng.h"

#define STRIDE UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
scramble(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
mig_prng_next(struct mig_prng *prng)
{
	prng->state += STRIDE;
	return scramble(prng->state);
}

uint64_t
mig_prng_below(struct mig_prng *prng, uint64_t bound)
{
	MIG_ASSERT(bound > 0);
	/* The bias is below bound / 2^64. */
	return mig_prng_next(prng) % bound;
}

int64_t
mig_prng_between(struct mig_prng *prng, int64_t low, int64_t high)
{
	MIG_ASSERT(low <= high);
	return low + (int64_t)mig_prng_below(prng, (uint64_t)(high - low) + 1);
}

bool
mig_prng_chance(struct mig_prng *prng, unsigned percent)
{
	return mig_prng_below(prng, 100) < percent;
}

uint64_t
mig_prng_mix(uint64_t a, uint64_t b)
{
	return scramble(scramble(a + STRIDE) ^ (b + STRIDE) * STRIDE);
}

double
mig_prng_fraction(uint64_t number)
{
	/* The 53 bits that a double holds exactly. */
	return (double)(number >> 11) / (double)(UINT64_C(1) << 53);
}
