/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Hashes, hex and base64.  The only user of libcrypto.
 */
#ifndef MIG_BASE_DIGEST_H
#define MIG_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mig_buf;

#define MIG_SHA256_BYTES 32
#define MIG_SHA256_HEX 65 /* with NUL */
#define MIG_MD5_BYTES 16

/*
 * SHA-256 of data.
 */
void mig_sha256(const void *data, size_t len, uint8_t ret_digest[MIG_SHA256_BYTES]);

/*
 * SHA-256 of data as 64 lower-case hex digits with NUL.
 */
void mig_sha256_hex(const void *data, size_t len, char ret_hex[MIG_SHA256_HEX]);

/*
 * MD5 of data (bucketing and document ids only, never for security).
 */
void mig_md5(const void *data, size_t len, uint8_t ret_digest[MIG_MD5_BYTES]);

/*
 * HMAC-SHA256 of data under key.
 */
void mig_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
    uint8_t ret_mac[MIG_SHA256_BYTES]);

/*
 * Append lower-case hex digits.
 */
void mig_hex(const uint8_t *data, size_t len, struct mig_buf *out);

/*
 * Append standard base64 with padding.
 */
void mig_base64(const uint8_t *data, size_t len, struct mig_buf *out);

/*
 * Decode standard base64 with padding; at most max bytes.  MIG_EDOC when it is none, MIG_ELIMIT
 * when it is longer than max.
 */
int mig_base64_decode(const char *text, uint8_t *ret_data, size_t max, size_t *ret_len)
    MIG_MUSTCHECK;

#endif
