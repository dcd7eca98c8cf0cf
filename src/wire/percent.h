/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Percent-encoding, as it is right in any part of a URL and in a form body.
 */
#ifndef MIG_WIRE_PERCENT_H
#define MIG_WIRE_PERCENT_H

struct mig_buf;

/*
 * Append text with every byte but letters, digits and "-._~" as %XX.
 */
void mig_percent_encode(const char *text, struct mig_buf *out);

#endif
