/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "base/json_read.h"
#include "base/limits.h"
#include "fuzz/fuzz.h"

/* Looking for each place costs the square of the size. */
#define PLACES_BYTES_MAX 2000

struct text {
	const char *data;
	size_t len;
};

/* Each value is found again by its pointer, within the text. */
static void
check_places(const struct text *text, const struct mig_at *at)
{
	struct mig_buf pointer;
	struct mig_at child = { 0 };
	int line = 0;
	int column = 0;
	mig_buf_init(&pointer, MIG_DOC_BYTES_MAX);
	mig_at_pointer(at, &pointer);
	MIG_ASSERT(mig_json_locate(text->data, text->len, pointer.data, &line, &column) == MIG_OK);
	MIG_ASSERT(line > 0 && column > 0 && (size_t)line + (size_t)column <= text->len + 1);
	mig_buf_fini(&pointer);
	while (mig_at_each(at, &child))
		check_places(text, &child);
}

/* The reader and the writer: what was read is written, and reads as the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = { (const char *)data, size };
	struct mig_json_doc *doc = fuzz_parse(data, size);
	if (doc == NULL)
		return 0;
	struct mig_at root = mig_at_root(doc);
	if (size <= PLACES_BYTES_MAX)
		check_places(&text, &root);
	mig_json_free(fuzz_rewrite(mig_json_root(doc)));
	mig_json_free(doc);
	return 0;
}
