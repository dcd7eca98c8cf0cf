/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "apispec/judge.h"
#include "fuzz/interface.h"

static const char border[] = "\n----\n";

/* How many changes there are; each has all of its texts. */
static size_t
compare(const struct mig_api *before, const struct mig_api *after)
{
	struct mig_check *check = mig_check_new();
	size_t count = 0;
	MIG_ASSERT(check != NULL);
	mig_api_judge(before, after, MIG_VIEW_BOTH, check);
	MIG_ASSERT(!mig_check_failed(check));
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++) {
		MIG_ASSERT(changes[i].rule != NULL && changes[i].type != NULL);
		MIG_ASSERT(changes[i].field_path != NULL && changes[i].description != NULL);
		MIG_ASSERT(changes[i].old_value != NULL && changes[i].new_value != NULL);
		MIG_ASSERT(changes[i].impact != NULL && changes[i].suggestion != NULL);
	}
	mig_check_free(check);
	return count;
}

/* The interface in a text, or NULL when it is none. */
static struct mig_api *
read_one(const char *text, size_t size, fuzz_reader read)
{
	struct mig_findings findings = { 0 };
	struct mig_api *api = NULL;
	int error = read(text, size, "api", &api, &findings);
	return fuzz_verdict(error, &findings) ? api : NULL;
}

void
fuzz_interface(const uint8_t *data, size_t size, fuzz_reader read)
{
	const char *text = (const char *)data;
	const char *split = memmem(text, size, border, sizeof(border) - 1);
	size_t first = split == NULL ? size : (size_t)(split - text);
	struct mig_api *before = read_one(text, first, read);
	struct mig_api *after = NULL;
	if (split != NULL)
		after = read_one(split + sizeof(border) - 1, size - first - (sizeof(border) - 1),
		    read);
	MIG_ASSERT(before == NULL || compare(before, before) == 0);
	if (before != NULL && after != NULL)
		(void)(compare(before, after) + compare(after, before)); /* any number */
	mig_api_free(before);
	mig_api_free(after);
}
