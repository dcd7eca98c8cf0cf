/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef MIG_BASE_UTF8_H
#define MIG_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The length in bytes (1-4) of the valid sequence at the start of text, of which len bytes are
 * there; 0 when it is invalid or incomplete.
 */
size_t mig_utf8_sequence(const char *text, size_t len);

/*
 * As mig_utf8_sequence(), but 0 for control characters as well: those of ASCII, and those of
 * Latin-1 (U+0080 to U+009F), which terminals obey no less.
 */
size_t mig_utf8_printable(const char *text, size_t len);

/*
 * Whether all len bytes are valid UTF-8.
 */
bool mig_utf8_valid(const char *text, size_t len);

/*
 * Encode a code point (at most U+10FFFF, no surrogate) and return its length in bytes, 1-4.
 */
size_t mig_utf8_encode(uint32_t code, char ret_bytes[4]);

/*
 * The largest length up to max at which text (len bytes) can be cut without splitting a
 * sequence.
 */
size_t mig_utf8_cut(const char *text, size_t len, size_t max);

#endif
