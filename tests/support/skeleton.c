/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/plan.h"
#include "engine/runbook.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define POINTER_MAX 512

/* When the plans and runbooks are made. */
static const mig_wall now = { INT64_C(1768469400000) };

/* Where the comparison is. */
struct place {
	const struct place *up;
	const char *key; /* NULL: an index */
	size_t index;
};

static const char *const extensions[] = { "pattern", "spec", "reserve_hours",
	"pattern_estimate_hours", "gates", "flags", "parallel", "point_of_no_return", "scripts",
	"action", "origin", "timeline", "stricter", "unresolved", "preconditions",
	"timeout_minutes", "retry" };

/* The families of steps that the other writer has. */
static const char *const families[] = { "rb_data_", "rb_schema_", "rb_service_", "rb_infra_",
	"rb_validate_" };

static void
append_place(const struct place *place, struct mig_buf *out)
{
	if (place->up == NULL)
		return;
	append_place(place->up, out);
	if (place->key != NULL)
		mig_buf_printf(out, "/%s", place->key);
	else
		mig_buf_printf(out, "/%zu", place->index);
}

static void
differ(const struct place *place, const char *what)
{
	struct mig_buf pointer;
	char text[POINTER_MAX];
	mig_buf_init(&pointer, POINTER_MAX);
	append_place(place, &pointer);
	snprintf(text, sizeof(text), "%s", pointer.data);
	mig_buf_fini(&pointer);
	fail_msg("%s: %s", text, what);
}

static bool
is_extension(const char *key)
{
	for (size_t i = 0; i < TEST_COUNT(extensions); i++)
		if (strcmp(extensions[i], key) == 0)
			return true;
	return false;
}

static bool
from_spec(const struct mig_json *node)
{
	const char *origin = mig_json_string(mig_json_get(node, "origin"));
	return origin != NULL && strcmp(origin, "spec") == 0;
}

/* Whether an element is the id of a step that the other writer does not have. */
static bool
is_own_step(const struct mig_json *node)
{
	const char *text = mig_json_string(node);
	if (text == NULL || strncmp(text, "rb_", 3) != 0)
		return false;
	for (size_t i = 0; i < TEST_COUNT(families); i++)
		if (strncmp(text, families[i], strlen(families[i])) == 0)
			return false;
	return true;
}

/* The next element or member that counts, beginning with node itself. */
static const struct mig_json *
counted(const struct mig_json *node)
{
	while (node != NULL) {
		const char *key = mig_json_key(node);
		if (key != NULL ? !is_extension(key) : !from_spec(node) && !is_own_step(node))
			break;
		node = mig_json_next(node);
	}
	return node;
}

/* How many different placeholders a text has, and whether each is on the list. */
static void
compare_body(const struct place *place, const char *body, const struct mig_json *names)
{
	size_t found = 0;
	const struct mig_json *name = mig_json_first(names);
	for (; name != NULL; name = mig_json_next(name)) {
		char placeholder[128];
		snprintf(placeholder, sizeof(placeholder), "{%s}", mig_json_string(name));
		if (strstr(body, placeholder) == NULL)
			differ(place, placeholder);
	}
	for (const char *at = body; (at = strchr(at, '{')) != NULL; at++) {
		size_t len = strcspn(at, "}") + 1;
		const char *again = strstr(at + len, "{");
		while (again != NULL && strncmp(again, at, len) != 0)
			again = strchr(again + 1, '{');
		found += again == NULL ? 1 : 0;
	}
	if (found != mig_json_count(names))
		differ(place, "other placeholders");
}

static void
compare_scalar(const struct place *place, const struct mig_json *made,
    const struct mig_json *skeleton)
{
	struct mig_buf left;
	struct mig_buf right;
	mig_buf_init(&left, MIG_DOC_BYTES_MAX);
	mig_buf_init(&right, MIG_DOC_BYTES_MAX);
	mig_json_canonical(made, &left);
	mig_json_canonical(skeleton, &right);
	bool same = strcmp(left.data, right.data) == 0 &&
	    mig_json_is_integer(made) == mig_json_is_integer(skeleton);
	mig_buf_fini(&left);
	mig_buf_fini(&right);
	if (!same)
		differ(place, "another value");
}

static bool
is_general(const struct place *place, const struct mig_json *skeleton)
{
	return place->key != NULL && mig_json_count(skeleton) == 1 &&
	    (strcmp(place->key, "tasks") == 0 ||
	    strcmp(place->key, "validation_criteria") == 0);
}

static void
compare(const struct place *place, const struct mig_json *made, const struct mig_json *skeleton)
{
	const char *wanted = mig_json_string(skeleton);
	const char *text = mig_json_string(made);
	bool body = place->key != NULL && strcmp(place->key, "body") == 0;
	if (wanted != NULL && strcmp(wanted, "~") == 0) {
		if (text == NULL || *text == '\0')
			differ(place, "is no text");
		return;
	}
	if (body && text != NULL) {
		compare_body(place, text, skeleton);
		return;
	}
	if (mig_json_type(made) != mig_json_type(skeleton))
		differ(place, "another type");
	if (mig_json_first(skeleton) == NULL && mig_json_first(made) == NULL) {
		compare_scalar(place, made, skeleton);
		return;
	}
	/* Where the reference has one general sentence, ours has what the phase consists of. */
	if (is_general(place, skeleton) && mig_json_count(made) > 0)
		return;
	const struct mig_json *mine = counted(mig_json_first(made));
	const struct mig_json *other = mig_json_first(skeleton);
	struct place next = { .up = place };
	while (mine != NULL && other != NULL) {
		next.key = mig_json_key(other);
		const char *key = mig_json_key(mine);
		if (next.key != NULL && strcmp(next.key, key) != 0)
			differ(&next, "another key stands here");
		compare(&next, mine, other);
		mine = counted(mig_json_next(mine));
		other = mig_json_next(other);
		next.index++;
	}
	if (mine != NULL || other != NULL)
		differ(place, "another number of elements");
}

const char *const test_samples_all[] = { "database", "service", "infrastructure", "bulk_copy",
	"parallel_run", "blue_green", "minimal_api", NULL };

void
test_skeleton(const struct mig_json *made, const struct mig_json *skeleton)
{
	struct place root = { 0 };
	compare(&root, made, skeleton);
}

static struct mig_json_doc *
read_document(const char *path)
{
	char *text = test_read_source(path, NULL);
	struct mig_json_doc *doc = test_json(text);
	free(text);
	return doc;
}

struct mig_json_doc *
test_skeleton_read(const char *kind, const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "tests/data/skeleton/%s_%s.json", kind, name);
	return read_document(path);
}

struct mig_json_doc *
test_sample_read(const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "tests/data/specs/sample_%s_migration.json", name);
	return read_document(path);
}

struct mig_json_doc *
test_plan(const struct mig_json *spec)
{
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_plan_from_spec(spec, now, &out, &findings), MIG_OK);
	struct mig_json_doc *doc = test_json(out.data);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	return doc;
}

struct mig_json_doc *
test_runbook(const struct mig_json *plan, const struct mig_template_var *sets)
{
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	int error = mig_runbook_from_plan_set(plan, now, sets, &out, &findings);
	if (error != MIG_OK)
		fail_msg("%d: %s", error, test_findings(&findings));
	struct mig_json_doc *doc = test_json(out.data);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	return doc;
}
