/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "check/baseline.h"
#include "check/report_int.h"

#define INDENT 2
#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* The rules that have fired: the first change of each, in the order of their ids. */
struct rules {
	const struct mig_change **list;
	size_t count;
};

static const char *
level(enum mig_change_severity severity)
{
	static const char *const levels[MIG_CHANGE_SEVERITIES] = {
		[MIG_BREAKING] = "error",
		[MIG_POTENTIALLY_BREAKING] = "warning",
		[MIG_NON_BREAKING] = "note",
		[MIG_ADDITIVE] = "note",
	};
	return levels[severity];
}

/* By id, and of one id in the order in which they were found. */
static int
compare(const void *a, const void *b)
{
	const struct mig_change *left = *(const struct mig_change *const *)a;
	const struct mig_change *right = *(const struct mig_change *const *)b;
	int order = strcmp(left->rule, right->rule);
	return order != 0 ? order : (left > right) - (left < right);
}

static void
find_rules(const struct mig_report *report, struct rules *ret_rules)
{
	size_t count = 0;
	size_t kept = 0;
	const struct mig_change *changes = mig_check_changes(report->check, &count);
	const struct mig_change **list = calloc(count + 1, sizeof(*list));
	for (size_t i = 0; list != NULL && i < count; i++)
		list[i] = &changes[i];
	if (list != NULL && count > 1)
		qsort(list, count, sizeof(*list), compare);
	for (size_t i = 0; list != NULL && i < count; i++)
		if (i == 0 || strcmp(list[kept - 1]->rule, list[i]->rule) != 0)
			list[kept++] = list[i];
	*ret_rules = (struct rules){ list, kept };
}

static size_t
rule_index(const struct rules *rules, const char *rule)
{
	size_t low = 0;
	size_t high = rules->count;
	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(rules->list[middle]->rule, rule) <= 0)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void
text(struct mig_jw *jw, const char *key, const char *value)
{
	mig_jw_object(jw, key);
	mig_jw_string(jw, "text", value);
	mig_jw_object_end(jw);
}

static void
driver(struct mig_jw *jw, const struct rules *rules)
{
	mig_jw_object(jw, "tool");
	mig_jw_object(jw, "driver");
	mig_jw_string(jw, "name", "migarch check");
	mig_jw_string(jw, "version", PACKAGE_VERSION);
	mig_jw_array(jw, "rules");
	for (size_t i = 0; i < rules->count; i++) {
		const struct mig_change *change = rules->list[i];
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "id", change->rule);
		text(jw, "shortDescription", change->rule);
		mig_jw_object(jw, "defaultConfiguration");
		mig_jw_string(jw, "level", level(change->severity));
		mig_jw_object_end(jw);
		text(jw, "help", mig_change_suggestion(change));
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
	mig_jw_object_end(jw);
}

/* A path as the reference of a URI: what is not plainly a part of a path is escaped. */
static void
uri(struct mig_jw *jw, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	                            "-._~/";
	struct mig_buf out;
	mig_buf_init(&out, MIG_REPORT_LINE_MAX);
	if (*path == '/')
		mig_buf_puts(&out, "file://");
	for (; *path != '\0'; path++) {
		if (strchr(plain, *path) != NULL)
			mig_buf_putc(&out, *path);
		else
			mig_buf_printf(&out, "%%%02X", (unsigned char)*path);
	}
	mig_jw_string(jw, "uri", out.data);
	mig_buf_fini(&out);
}

static void
location(struct mig_jw *jw, const struct mig_report *report, const struct mig_change *change)
{
	struct mig_place at = mig_change_place(report, change);
	mig_jw_array(jw, "locations");
	mig_jw_object(jw, NULL);
	if (at.file != NULL) {
		mig_jw_object(jw, "physicalLocation");
		mig_jw_object(jw, "artifactLocation");
		uri(jw, mig_report_path(report, at.file));
		mig_jw_object_end(jw);
		mig_jw_object(jw, "region");
		mig_jw_int(jw, "startLine", at.line);
		mig_jw_object_end(jw);
		mig_jw_object_end(jw);
	}
	mig_jw_array(jw, "logicalLocations");
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "fullyQualifiedName", change->field_path);
	mig_jw_object_end(jw);
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
	mig_jw_array_end(jw);
}

/* What does not count is there, but suppressed. */
static void
suppression(struct mig_jw *jw, const struct mig_change *change)
{
	if (change->state != MIG_CHANGE_IGNORED && change->state != MIG_CHANGE_KNOWN)
		return;
	mig_jw_array(jw, "suppressions");
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "kind", "external");
	mig_jw_string(jw, "status", "accepted");
	mig_jw_string(jw, "justification",
	    change->state == MIG_CHANGE_KNOWN ? "known from the baseline" : change->reason);
	mig_jw_object_end(jw);
	mig_jw_array_end(jw);
}

static void
message(struct mig_jw *jw, const struct mig_change *change)
{
	struct mig_buf all;
	mig_buf_init(&all, MIG_REPORT_LINE_MAX);
	mig_buf_printf(&all, "%s\n%s\n%s", mig_change_description(change),
	    mig_change_impact(change), mig_change_suggestion(change));
	if (change->safe_way != NULL)
		mig_buf_printf(&all, "\n%s", change->safe_way);
	text(jw, "message", all.data);
	mig_buf_fini(&all);
}

static void
result(struct mig_jw *jw, const struct mig_report *report, const struct rules *rules,
    const struct mig_change *change)
{
	char print[MIG_FINGERPRINT_TEXT];
	mig_change_fingerprint(change, print);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "ruleId", change->rule);
	mig_jw_int(jw, "ruleIndex", (int64_t)rule_index(rules, change->rule));
	mig_jw_string(jw, "level", level(change->severity));
	message(jw, change);
	location(jw, report, change);
	mig_jw_object(jw, "partialFingerprints");
	mig_jw_string(jw, "migarch/v1", print);
	mig_jw_object_end(jw);
	suppression(jw, change);
	mig_jw_object(jw, "properties");
	mig_jw_string(jw, "type", change->type);
	mig_jw_string(jw, "severity", mig_change_severity_name(change->severity));
	mig_jw_string(jw, "field_path", change->field_path);
	mig_jw_object_end(jw);
	mig_jw_object_end(jw);
}

static void
results(struct mig_jw *jw, const struct mig_report *report, const struct rules *rules)
{
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(report->check, &count);
	mig_jw_array(jw, "results");
	for (size_t i = 0; i < count; i++)
		if (changes[i].state != MIG_CHANGE_EXCLUDED)
			result(jw, report, rules, &changes[i]);
	mig_jw_array_end(jw);
}

void
mig_report_sarif(const struct mig_report *report, struct mig_buf *out)
{
	struct rules rules = { 0 };
	struct mig_jw jw;
	find_rules(report, &rules);
	/* Without memory there is no report. */
	if (rules.list == NULL) {
		out->failed = true;
		return;
	}
	mig_jw_init(&jw, out, INDENT);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "$schema", SCHEMA);
	mig_jw_string(&jw, "version", "2.1.0");
	mig_jw_array(&jw, "runs");
	mig_jw_object(&jw, NULL);
	driver(&jw, &rules);
	mig_jw_string(&jw, "columnKind", "unicodeCodePoints");
	results(&jw, report, &rules);
	mig_jw_object_end(&jw);
	mig_jw_array_end(&jw);
	mig_jw_object_end(&jw);
	mig_buf_putc(out, '\n');
	free(rules.list);
}
