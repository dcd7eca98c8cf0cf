/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "support/test_support.h"

#define FINDINGS_BYTES_MAX (1024U * 1024U)
#define PATH_BYTES_MAX 4096

void
test_double_same(double a, double b, const char *file, int line)
{
	if (mig_num_same(a, b))
		return;
	print_error("%.17g is not %.17g\n", a, b);
	_fail(file, line);
}

void
test_double_near(double a, double b, double epsilon, const char *file, int line)
{
	if (fabs(a - b) <= epsilon)
		return;
	print_error("%.17g is not within %g of %.17g\n", a, epsilon, b);
	_fail(file, line);
}

uint64_t
test_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

char *
test_read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		print_error("cannot open %s\n", path);
		fail();
	}
	size_t len = 0;
	size_t cap = 65536;
	char *data = malloc(cap);
	assert_non_null(data);
	for (;;) {
		size_t got = fread(data + len, 1, cap - len - 1, file);
		if (got == 0)
			break;
		len += got;
		if (cap - len - 1 == 0) {
			cap *= 2;
			char *more = realloc(data, cap);
			assert_non_null(more);
			data = more;
		}
	}
	assert_false(ferror(file));
	(void)fclose(file);
	data[len] = '\0';
	if (ret_len != NULL)
		*ret_len = len;
	return data;
}

char *
test_read_source(const char *path, size_t *ret_len)
{
	const char *root = getenv("MIGARCH_SRCDIR");
	char full[PATH_BYTES_MAX];
	int len = snprintf(full, sizeof(full), "%s/%s", root == NULL ? "." : root, path);
	assert_in_range(len, 1, sizeof(full) - 1);
	return test_read_file(full, ret_len);
}

struct mig_json_doc *
test_json(const char *text)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_json_doc *doc = NULL;
	int error = mig_json_parse(text, strlen(text), NULL, &doc, &findings);
	if (error != MIG_OK) {
		char *shown = test_findings(&findings);
		print_error("%s: %s\n", text, shown);
		free(shown);
	}
	mig_findings_fini(&findings);
	assert_int_equal(error, MIG_OK);
	return doc;
}

const char *
test_member(const struct mig_json *node, const char *key)
{
	const char *text = mig_json_string(mig_json_get(node, key));
	return text == NULL ? "" : text;
}

const struct mig_json *
test_find(const struct mig_json *list, const char *key, const char *text)
{
	const struct mig_json *node = mig_json_first(list);
	while (node != NULL && strcmp(test_member(node, key), text) != 0)
		node = mig_json_next(node);
	return node;
}

char *
test_findings(const struct mig_findings *findings)
{
	struct mig_buf out;
	mig_buf_init(&out, FINDINGS_BYTES_MAX);
	for (size_t i = 0; i < findings->count; i++) {
		mig_finding_format(&findings->items[i], &out);
		mig_buf_putc(&out, '\n');
	}
	char *text = mig_buf_steal(&out);
	assert_non_null(text);
	return text;
}
