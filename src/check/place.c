/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "base/json.h"
#include "check/place.h"

void
mig_findings_place(struct mig_findings *findings, size_t first, const char *text, size_t len)
{
	for (size_t i = first; i < findings->count; i++) {
		struct mig_finding *finding = &findings->items[i];
		int line = 0;
		int column = 0;
		if (finding->line != 0 || finding->pointer == NULL ||
		    mig_json_locate(text, len, finding->pointer, &line, &column) != MIG_OK)
			continue;
		finding->line = line;
		finding->column = column;
	}
}
