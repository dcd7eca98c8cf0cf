/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A seeded generator: the only randomness in the libraries.  Equal seeds give equal numbers on
 * every machine.  Never for secrets.  The steps are those of splitmix64 (Steele, Lea, Flood 2014).
 */
#ifndef MIG_BASE_PRNG_H
#define MIG_BASE_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct mig_prng {
	uint64_t state; /* any value is a seed */
};

/*
 * The next 64 bits.
 */
uint64_t mig_prng_next(struct mig_prng *prng);

/*
 * A number from 0 to bound - 1; bound must not be 0.
 */
uint64_t mig_prng_below(struct mig_prng *prng, uint64_t bound);

/*
 * A number from low to high, both included.
 */
int64_t mig_prng_between(struct mig_prng *prng, int64_t low, int64_t high);

/*
 * True in that many of a hundred cases.
 */
bool mig_prng_chance(struct mig_prng *prng, unsigned percent);

/*
 * One number out of two, well mixed and without any state: what happens at place b of story a,
 * whatever else happens there.
 */
uint64_t mig_prng_mix(uint64_t a, uint64_t b);

/*
 * A number as a fraction: at least 0, below 1.
 */
double mig_prng_fraction(uint64_t number);

#endif
