/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The embedded flag provider: OpenFeature Remote Evaluation Protocol 0.3 answers, and the
 * bucketing behind them.
 */
#ifndef MIG_WIRE_OFREP_H
#define MIG_WIRE_OFREP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_buf;

/*
 * Whether a user is in: MD5 of "FLAG:USER" as a big-endian number modulo 100 is below the
 * percentage (FORMATS 10.2; whole percents up: 0.5 counts as 1).
 */
bool mig_bucket_in(const char *flag, const char *user, double percentage);

/*
 * The bucket itself, 0-99.
 */
unsigned mig_bucket(const char *flag, const char *user);

/* One flag as it is served. */
struct mig_ofrep_flag {
	const char *key;
	double percentage;
	const char *rollout_id;
};

/*
 * Answer POST /ofrep/v1/evaluate/flags/KEY: appends the JSON body and returns the HTTP status
 * (200, 400, 404).  flag NULL: no such flag.  body is the request's.  The value is a boolean;
 * reason SPLIT between 0 and 100 (a targetingKey is then required: 400 TARGETING_KEY_MISSING),
 * else STATIC; metadata carries percentage and rollout_id.
 */
int mig_ofrep_evaluate(const struct mig_ofrep_flag *flag, const char *key, const char *body,
    size_t len, struct mig_buf *out);

/*
 * Answer POST /ofrep/v1/evaluate/flags over count flags; as above (200 or 400; a flag that can't
 * be evaluated is an item with an errorCode).  The ETag (quoted, of the answer's content) is put
 * into ret_etag (size bytes).
 */
int mig_ofrep_evaluate_all(const struct mig_ofrep_flag *flags, size_t count, const char *body,
    size_t len, struct mig_buf *out, char *ret_etag, size_t size);

#endif
