/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Circuit breakers by name: after some failures in a row nothing is sent for a while, then one
 * probe decides.  Only names that have just failed take room.  The caller brings the time.
 */
#ifndef MIG_DAEMON_DISPATCH_BREAKER_H
#define MIG_DAEMON_DISPATCH_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

#define BREAKER_FAILURES_MAX 5U
#define BREAKER_OPEN_MS 10000
#define BREAKER_PROBE_WAIT_MS 500 /* how long to wait for the verdict of somebody else's probe */

struct breaker;

/* A set of breakers; zero-initialise, then breaker_clear(). */
struct breaker_set {
	struct breaker *first;
};

/*
 * How many ms to wait before sending to name; 0: send now.  When the breaker is half open, 0
 * makes the caller its probe (*ret_probe), who owes a verdict or breaker_release().
 */
int64_t breaker_hold(struct breaker_set *set, const char *name, mig_mono now, bool *ret_probe);

/*
 * It answered: the breaker is closed.  Whether it was open before.
 */
bool breaker_success(struct breaker_set *set, const char *name);

/*
 * It did not answer.  Without memory nothing is remembered, that is, nothing is held back.
 */
void breaker_failure(struct breaker_set *set, const char *name, mig_mono now);

/*
 * The probe was given up without a verdict: the next one may try.
 */
void breaker_release(struct breaker_set *set, const char *name);

/*
 * Close and forget all.
 */
void breaker_clear(struct breaker_set *set);

#endif
