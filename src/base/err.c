/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/utf8.h"

static void
finding_fini(struct mig_finding *finding)
{
	free(finding->file);
	free(finding->pointer);
	free(finding->message);
	free(finding->hint);
	memset(finding, 0, sizeof(*finding));
}

/* Copy an optional text; false only without memory. */
static bool
finding_copy(const char *text, char **ret_copy)
{
	char *copy = text == NULL ? NULL : strdup(text);
	if (text != NULL && copy == NULL)
		return false;
	*ret_copy = copy;
	return true;
}

/* The next free place of the list, zeroed, or NULL when there is none to be had. */
static struct mig_finding *
findings_room(struct mig_findings *list)
{
	if (list->count >= MIG_FINDINGS_MAX)
		return NULL;
	/* The capacity is the next power of two, so it needs no field of its own. */
	bool full = (list->count & (list->count - 1)) == 0;
	if (full) {
		size_t cap = list->count == 0 ? 1 : list->count * 2;
		struct mig_finding *items = realloc(list->items, cap * sizeof(*items));
		if (items == NULL)
			return NULL;
		list->items = items;
	}
	struct mig_finding *finding = &list->items[list->count];
	memset(finding, 0, sizeof(*finding));
	return finding;
}

/* Append text with everything that would disturb a terminal or a line replaced. */
static void
append_line(struct mig_buf *out, const char *text)
{
	size_t left = strlen(text);
	while (left > 0) {
		size_t valid = mig_utf8_sequence(text, left);
		size_t step = valid > 0 ? valid : 1;
		if (mig_utf8_printable(text, left) > 0)
			mig_buf_add(out, text, step);
		else
			mig_buf_putc(out, '?');
		text += step;
		left -= step;
	}
}

const char *
mig_error_text(int error)
{
	switch ((enum mig_error)error) {
	case MIG_OK:
		return "no error";
	case MIG_ENOMEM:
		return "out of memory";
	case MIG_EDOC:
		return "the input is not valid";
	case MIG_ELIMIT:
		return "a limit is exceeded";
	case MIG_ENOTFOUND:
		return "not found";
	case MIG_ESTATE:
		return "not possible in the present state";
	case MIG_EIO:
		return "the system refused";
	case MIG_ECONFLICT:
		return "it was changed by somebody else or exists already";
	case MIG_EAGAIN:
		return "not possible now, try again later";
	case MIG_EPERM:
		return "not permitted";
	}
	return "unknown error";
}

void
mig_findings_fini(struct mig_findings *list)
{
	for (size_t i = 0; i < list->count; i++)
		finding_fini(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

struct mig_finding *
mig_findings_add(struct mig_findings *list, enum mig_severity severity, const char *file,
    const char *pointer, const char *hint, const char *fmt, ...)
{
	if (severity == MIG_SEV_ERROR)
		list->errors++;
	struct mig_finding *finding = findings_room(list);
	if (finding == NULL) {
		list->suppressed++;
		return NULL;
	}

	struct mig_buf message;
	mig_buf_init(&message, MIG_DOC_BYTES_MAX);
	va_list args;
	va_start(args, fmt);
	mig_buf_vprintf(&message, fmt, args);
	va_end(args);

	finding->severity = severity;
	finding->message = mig_buf_steal(&message);
	if (finding->message == NULL || !finding_copy(file, &finding->file) ||
	    !finding_copy(pointer, &finding->pointer) || !finding_copy(hint, &finding->hint)) {
		finding_fini(finding);
		list->suppressed++;
		return NULL;
	}
	list->count++;
	return finding;
}

void
mig_findings_rule(struct mig_findings *list, size_t first, const char *rule)
{
	for (size_t i = first; i < list->count; i++)
		if (list->items[i].rule == NULL)
			list->items[i].rule = rule;
}

const char *
mig_severity_name(enum mig_severity severity)
{
	static const char *const names[] = { "error", "warning", "note" };

	return names[severity];
}

void
mig_finding_format(const struct mig_finding *finding, struct mig_buf *out)
{
	if (finding->file != NULL) {
		append_line(out, finding->file);
		mig_buf_putc(out, ':');
	}
	if (finding->line > 0)
		mig_buf_printf(out, "%d:", finding->line);
	if (finding->line > 0 && finding->column > 0)
		mig_buf_printf(out, "%d:", finding->column);
	if (finding->file != NULL || finding->line > 0)
		mig_buf_putc(out, ' ');
	if (finding->pointer != NULL && finding->pointer[0] != '\0') {
		append_line(out, finding->pointer);
		mig_buf_puts(out, ": ");
	}
	if (finding->severity != MIG_SEV_ERROR)
		mig_buf_printf(out, "%s: ", mig_severity_name(finding->severity));
	append_line(out, finding->message);
	if (finding->hint != NULL) {
		mig_buf_puts(out, " (");
		append_line(out, finding->hint);
		mig_buf_putc(out, ')');
	}
}

void
mig_assert_failed(const char *file, int line, const char *expr)
{
	(void)fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
	abort();
}
