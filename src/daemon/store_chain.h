/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The hash chain over a rollout's records: each hash covers the one before it and the record in
 * canonical JSON, so nothing can be changed, dropped or put in between without being seen.
 */
#ifndef MIG_DAEMON_STORE_CHAIN_H
#define MIG_DAEMON_STORE_CHAIN_H

#include "base/digest.h"
#include "base/err.h"

struct store_record;

/* What stands in for the previous hash at a rollout's first record. */
#define STORE_CHAIN_START "0000000000000000000000000000000000000000000000000000000000000000"

/*
 * The hash of a record (its own hash field is not read): lower-case hex SHA-256 over the previous
 * hash's 64 digits and {"actor","at","detail","kind","rollout","seq"} in canonical form, `at` as
 * RFC 3339.  A detail that is no JSON goes in as a string.  MIG_ENOMEM.
 */
int store_chain_hash(const char *previous, const char *rollout_id,
    const struct store_record *record, char ret_hash[MIG_SHA256_HEX]) MIG_MUSTCHECK;

#endif
