/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Time zones without a C library's help: the bytes of a TZif file (RFC 8536) become a small
 * table of UTC offsets around a given time.  Who reads the file is the shell's business.
 */
#ifndef MIG_BASE_ZONE_H
#define MIG_BASE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"

#define MIG_ZONE_TRANSITIONS_MAX 64

/*
 * Offsets in force: offset_s[0] before at[0], offset_s[i + 1] from at[i] on. Seconds east of
 * UTC.
 */
struct mig_zone {
	size_t count;
	mig_wall at[MIG_ZONE_TRANSITIONS_MAX];
	int32_t offset_s[MIG_ZONE_TRANSITIONS_MAX + 1];
};

/*
 * Read a TZif file (version 1 to 4) and keep the transitions from one year before `around` on, at
 * most MIG_ZONE_TRANSITIONS_MAX, at least ten years ahead where the zone has rules for them
 * (explicit transitions first, then the footer's POSIX TZ rule).  MIG_EDOC when the bytes are not a
 * TZif file.
 */
int mig_zone_parse(const void *data, size_t len, mig_wall around, struct mig_zone *ret_zone)
    MIG_MUSTCHECK;

/*
 * UTC itself.
 */
void mig_zone_utc(struct mig_zone *zone);

/*
 * The offset in force at a time, in seconds east of UTC.
 */
int32_t mig_zone_offset(const struct mig_zone *zone, mig_wall at);

/*
 * Minutes since local midnight at a time, 0-1439.
 */
int mig_zone_minute_of_day(const struct mig_zone *zone, mig_wall at);

#endif
