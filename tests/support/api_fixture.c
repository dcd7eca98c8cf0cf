/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "apispec/read.h"
#include "base/buf.h"
#include "base/limits.h"
#include "support/api_fixture.h"

char *
test_quotes(const char *text)
{
	char *copy = strdup(text);
	assert_non_null(copy);
	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

/* Read a text that is right. */
static struct mig_api *
read_right(const char *text, size_t len)
{
	struct mig_findings findings = { 0 };
	struct mig_api *api = NULL;
	if (mig_api_read_json(text, len, "api.json", &api, &findings) != MIG_OK) {
		char *lines = test_findings(&findings);
		print_error("%s%s\n", lines, text);
		free(lines);
		fail();
	}
	assert_int_equal(findings.count, 0);
	mig_findings_fini(&findings);
	return api;
}

struct mig_api *
test_api(const char *text)
{
	char *json = test_quotes(text);
	struct mig_api *api = read_right(json, strlen(json));
	free(json);
	return api;
}

struct mig_api *
test_api_file(const char *path)
{
	size_t len = 0;
	char *text = test_read_source(path, &len);
	struct mig_api *api = read_right(text, len);
	free(text);
	return api;
}

struct mig_check *
test_api_judge(struct mig_api *before, struct mig_api *after, const struct mig_api_policy *policy)
{
	struct mig_check *check = mig_check_new();
	assert_non_null(check);
	mig_api_judge_by(before, after, policy, check);
	assert_false(mig_check_failed(check));
	mig_api_free(before);
	mig_api_free(after);
	return check;
}

char *
test_changes(struct mig_check *check)
{
	struct mig_buf out;
	size_t count = 0;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++)
		mig_buf_printf(&out, "%s %s %s %s: %s\n",
		    mig_change_severity_name(changes[i].severity), changes[i].type,
		    changes[i].field_path, changes[i].rule, changes[i].description);
	char *text = mig_buf_steal(&out);
	assert_non_null(text);
	return text;
}
