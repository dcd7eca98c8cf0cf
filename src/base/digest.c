/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The plain hash functions cannot fail and allocate nothing, unlike the newer interface; they
 * are part of libcrypto's 1.1 interface, which this asks for.
 */
#define OPENSSL_API_COMPAT 0x10101000L

#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include "base/buf.h"
#include "base/digest.h"

#define HMAC_BLOCK_BYTES 64

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of a base64 digit, or negative. */
static int
base64_value(char c)
{
	const char *digit = c == '\0' ? NULL : strchr(base64_digits, c);
	return digit == NULL ? -1 : (int)(digit - base64_digits);
}

/*
 * One group of four characters into 1 to 3 bytes; only the last group may be padded.  0 when it
 * is invalid.
 */
static size_t
base64_group(const char *text, bool last, uint8_t bytes[3])
{
	size_t digits = 4;
	if (last && text[3] == '=')
		digits = text[2] == '=' ? 2 : 3;
	uint32_t bits = 0;
	for (size_t i = 0; i < 4; i++) {
		int value = i < digits ? base64_value(text[i]) : 0;
		if (value < 0)
			return 0;
		bits = bits << 6 | (uint32_t)value;
	}
	bytes[0] = (uint8_t)(bits >> 16);
	bytes[1] = (uint8_t)(bits >> 8);
	bytes[2] = (uint8_t)bits;
	/* Bits behind the last byte must be zero: one text for one value. */
	for (size_t i = digits - 1; i < 3; i++) {
		if (bytes[i] != 0)
			return 0;
	}
	return digits - 1;
}

void
mig_sha256(const void *data, size_t len, uint8_t ret_digest[MIG_SHA256_BYTES])
{
	SHA256_CTX ctx;
	MIG_ASSERT(SHA256_Init(&ctx) == 1);
	MIG_ASSERT(len == 0 || SHA256_Update(&ctx, data, len) == 1);
	MIG_ASSERT(SHA256_Final(ret_digest, &ctx) == 1);
}

void
mig_sha256_hex(const void *data, size_t len, char ret_hex[MIG_SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[MIG_SHA256_BYTES];
	mig_sha256(data, len, digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		ret_hex[2 * i] = digits[digest[i] >> 4];
		ret_hex[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_hex[MIG_SHA256_HEX - 1] = '\0';
}

void
mig_md5(const void *data, size_t len, uint8_t ret_digest[MIG_MD5_BYTES])
{
	MD5_CTX ctx;
	MIG_ASSERT(MD5_Init(&ctx) == 1);
	MIG_ASSERT(len == 0 || MD5_Update(&ctx, data, len) == 1);
	MIG_ASSERT(MD5_Final(ret_digest, &ctx) == 1);
}

void
mig_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
    uint8_t ret_mac[MIG_SHA256_BYTES])
{
	uint8_t inner_key[HMAC_BLOCK_BYTES] = { 0 };
	uint8_t outer_key[HMAC_BLOCK_BYTES] = { 0 };
	if (key_len > HMAC_BLOCK_BYTES)
		mig_sha256(key, key_len, inner_key);
	else if (key_len > 0)
		memcpy(inner_key, key, key_len);
	for (size_t i = 0; i < HMAC_BLOCK_BYTES; i++) {
		outer_key[i] = inner_key[i] ^ 0x5c;
		inner_key[i] ^= 0x36;
	}

	uint8_t inner[MIG_SHA256_BYTES];
	SHA256_CTX ctx;
	MIG_ASSERT(SHA256_Init(&ctx) == 1);
	MIG_ASSERT(SHA256_Update(&ctx, inner_key, sizeof(inner_key)) == 1);
	MIG_ASSERT(len == 0 || SHA256_Update(&ctx, data, len) == 1);
	MIG_ASSERT(SHA256_Final(inner, &ctx) == 1);
	MIG_ASSERT(SHA256_Init(&ctx) == 1);
	MIG_ASSERT(SHA256_Update(&ctx, outer_key, sizeof(outer_key)) == 1);
	MIG_ASSERT(SHA256_Update(&ctx, inner, sizeof(inner)) == 1);
	MIG_ASSERT(SHA256_Final(ret_mac, &ctx) == 1);
	OPENSSL_cleanse(inner_key, sizeof(inner_key));
	OPENSSL_cleanse(outer_key, sizeof(outer_key));
}

void
mig_hex(const uint8_t *data, size_t len, struct mig_buf *out)
{
	for (size_t i = 0; i < len; i++)
		mig_buf_printf(out, "%02x", data[i]);
}

void
mig_base64(const uint8_t *data, size_t len, struct mig_buf *out)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t count = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)data[i] << 16;
		if (count > 1)
			bits |= (uint32_t)data[i + 1] << 8;
		if (count > 2)
			bits |= data[i + 2];
		char text[4] = {
			base64_digits[bits >> 18],
			base64_digits[bits >> 12 & 63],
			count > 1 ? base64_digits[bits >> 6 & 63] : '=',
			count > 2 ? base64_digits[bits & 63] : '=',
		};
		mig_buf_add(out, text, sizeof(text));
	}
}

int
mig_base64_decode(const char *text, uint8_t *ret_data, size_t max, size_t *ret_len)
{
	size_t chars = strlen(text);
	if (chars % 4 != 0)
		return MIG_EDOC;
	/* Validate first, so that nothing is written on failure. */
	size_t len = 0;
	uint8_t bytes[3];
	for (size_t i = 0; i < chars; i += 4) {
		size_t count = base64_group(text + i, i + 4 == chars, bytes);
		if (count == 0)
			return MIG_EDOC;
		len += count;
	}
	if (len > max)
		return MIG_ELIMIT;

	len = 0;
	for (size_t i = 0; i < chars; i += 4) {
		size_t count = base64_group(text + i, i + 4 == chars, bytes);
		memcpy(ret_data + len, bytes, count);
		len += count;
	}
	*ret_len = len;
	return MIG_OK;
}
