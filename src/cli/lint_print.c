/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/lint_int.h"
#include "sys/file.h"

#define INDENT 2
#define ERROR_MAX 512
#define SEVERITIES 3

/* By place; what has none comes first. */
static int
compare(const void *a, const void *b)
{
	const struct mig_finding *left = a;
	const struct mig_finding *right = b;
	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	if (left->column != right->column)
		return left->column < right->column ? -1 : 1;
	if (left->severity != right->severity)
		return left->severity < right->severity ? -1 : 1;
	return strcmp(left->message, right->message);
}

static int
write_all(struct mig_buf *out)
{
	char reason[ERROR_MAX];
	if (!mig_buf_ok(out)) {
		cli_error("%s", mig_error_text(MIG_ENOMEM));
		return CLI_INTERNAL;
	}
	if (file_write("-", out->data, out->len, reason, sizeof(reason)) == MIG_OK)
		return CLI_OK;
	cli_error("%s", reason);
	return CLI_CANTWRITE;
}

static const char *
file_of(const struct document *document, const struct mig_finding *finding)
{
	return finding->file != NULL ? finding->file : document->name;
}

/* As compilers do it: the place, what it is, and in brackets the rule. */
static void
add_line(const struct document *document, const struct mig_finding *finding, struct mig_buf *out)
{
	struct mig_finding shown = *finding;
	struct mig_buf name;
	struct mig_buf message;
	mig_buf_init(&name, MIG_DOC_BYTES_MAX);
	mig_buf_init(&message, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&name, file_of(document, finding));
	/* Of one document errors go without saying; among notes they do not. */
	if (finding->severity == MIG_SEV_ERROR)
		mig_buf_puts(&message, "error: ");
	mig_buf_puts(&message, finding->message);
	shown.file = name.data;
	shown.message = message.data;
	mig_finding_format(&shown, out);
	if (finding->rule != NULL)
		mig_buf_printf(out, " [%s]", finding->rule);
	mig_buf_putc(out, '\n');
	mig_buf_fini(&name);
	mig_buf_fini(&message);
}

static void
add_place(struct mig_jw *jw, const char *key, int number)
{
	if (number > 0)
		mig_jw_int(jw, key, number);
	else
		mig_jw_null(jw, key);
}

static void
add_object(const struct document *document, const struct mig_finding *finding, struct mig_jw *jw)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "rule", finding->rule);
	mig_jw_string(jw, "severity", mig_severity_name(finding->severity));
	mig_jw_string(jw, "file", file_of(document, finding));
	mig_jw_string(jw, "pointer", finding->pointer);
	add_place(jw, "line", finding->line);
	add_place(jw, "column", finding->column);
	mig_jw_string(jw, "message", finding->message);
	mig_jw_string(jw, "hint", finding->hint);
	mig_jw_object_end(jw);
}

static void
add_count(struct mig_buf *out, size_t count, enum mig_severity severity)
{
	mig_buf_printf(out, "%s%zu %s%s", severity == MIG_SEV_ERROR ? "" : ", ", count,
	    mig_severity_name(severity), count == 1 ? "" : "s");
}

/* The line at the end, for people. */
static void
add_sum(struct mig_buf *out, const size_t counts[SEVERITIES], size_t suppressed)
{
	for (int i = 0; i < SEVERITIES; i++)
		add_count(out, counts[i], (enum mig_severity)i);
	if (suppressed > 0)
		mig_buf_printf(out, ", %zu further findings are not shown", suppressed);
	mig_buf_putc(out, '\n');
}

int
lint_print(struct lint_work *work)
{
	size_t counts[SEVERITIES] = { 0 };
	size_t errors = 0;
	size_t suppressed = 0;
	struct mig_buf out;
	struct mig_jw jw;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_jw_init(&jw, &out, INDENT);
	if (work->choice->json)
		mig_jw_array(&jw, NULL);
	for (size_t part = 0; part < MIG_LINT_PARTS; part++) {
		struct document *document = &work->documents[part];
		struct mig_findings *list = &document->findings;
		document_locate(document);
		if (list->count > 0)
			qsort(list->items, list->count, sizeof(*list->items), compare);
		for (size_t i = 0; i < list->count; i++) {
			counts[list->items[i].severity]++;
			if (work->choice->json)
				add_object(document, &list->items[i], &jw);
			else
				add_line(document, &list->items[i], &out);
		}
		errors += list->errors;
		suppressed += list->suppressed;
	}
	if (work->choice->json)
		mig_jw_array_end(&jw);
	if (work->choice->json)
		mig_buf_putc(&out, '\n');
	else
		add_sum(&out, counts, suppressed);
	int status = write_all(&out);
	mig_buf_fini(&out);
	if (status != CLI_OK)
		return status;
	if (errors > 0)
		return CLI_FAULTY;
	return counts[MIG_SEV_WARNING] > 0 || suppressed > 0 ? CLI_BROKEN : CLI_OK;
}

int
lint_print_rules(bool json)
{
	struct mig_buf out;
	struct mig_jw jw;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_jw_init(&jw, &out, INDENT);
	if (json)
		mig_jw_array(&jw, NULL);
	for (const struct mig_lint_rule *row = mig_lint_rules; row->id != NULL; row++) {
		const char *severity = mig_severity_name(row->severity);
		if (json) {
			mig_jw_object(&jw, NULL);
			mig_jw_string(&jw, "rule", row->id);
			mig_jw_string(&jw, "severity", severity);
			mig_jw_string(&jw, "reason", row->reason);
			mig_jw_object_end(&jw);
		} else {
			mig_buf_printf(&out, "%s (%s)\n    %s\n", row->id, severity, row->reason);
		}
	}
	if (json)
		mig_jw_array_end(&jw);
	if (json)
		mig_buf_putc(&out, '\n');
	int status = write_all(&out);
	mig_buf_fini(&out);
	return status;
}
