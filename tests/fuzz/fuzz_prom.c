/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "fuzz/fuzz.h"
#include "wire/prom.h"

#define POINTS_MAX 64

/* One line for people, or none at all. */
static void
check_error(const char *text, size_t size, bool wanted)
{
	MIG_ASSERT(memchr(text, '\0', size) != NULL);
	MIG_ASSERT((text[0] != '\0') == wanted);
	fuzz_printable(text, strlen(text), false);
}

static void
check_instant(long status, const uint8_t *data, size_t size)
{
	struct mig_prom_sample sample;
	mig_prom_read_instant(status, (const char *)data, size, &sample);
	MIG_ASSERT(isfinite(sample.value) && sample.at.ms >= 0);
	MIG_ASSERT(sample.quality != MIG_QUALITY_OK || status == 200);
	MIG_ASSERT(sample.quality == MIG_QUALITY_OK || sample.quality == MIG_QUALITY_NO_DATA ||
	    sample.quality == MIG_QUALITY_NAN || sample.quality == MIG_QUALITY_PARTIAL ||
	    sample.quality == MIG_QUALITY_ERROR);
	check_error(sample.error, sizeof(sample.error), sample.quality != MIG_QUALITY_OK);
}

static void
check_range(const uint8_t *data, size_t size)
{
	struct mig_prom_point points[POINTS_MAX];
	char error[MIG_ERROR_MAX] = "";
	size_t count = POINTS_MAX + 1;
	int result = mig_prom_read_range((const char *)data, size, points, POINTS_MAX, &count,
	    error, sizeof(error));
	check_error(error, sizeof(error), result != MIG_OK);
	if (result != MIG_OK)
		return;
	MIG_ASSERT(count <= POINTS_MAX);
	for (size_t i = 1; i < count; i++)
		MIG_ASSERT(points[i].at.ms > points[i - 1].at.ms);
}

/* Any reply to a query: a reading that can be trusted, or one line that says why not. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_instant(200, data, size);
	check_instant(503, data, size);
	check_instant(0, data, size);
	check_range(data, size);
	return 0;
}
