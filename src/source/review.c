/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <sys/stat.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "source/folder.h"
#include "source/review_int.h"
#include "sys/file.h"

#define ERROR_MAX 512
#define SENTENCE_MAX 4096U
/* So much of a statement is shown, and tells it from others in a baseline. */
#define STATEMENT_SHOWN 200U

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* The beginning of the statement as JSON text, blanks folded. */
static const char *
shown(struct review *review)
{
	struct mig_buf head;
	struct mig_buf json;
	struct mig_jw jw;
	mig_buf_init(&head, SENTENCE_MAX);
	mig_buf_init(&json, SENTENCE_MAX);
	for (size_t i = 0; i < review->statement.len && head.len <= STATEMENT_SHOWN; i++) {
		char c = review->statement.text[i];
		bool blank = c == ' ' || (c >= '\t' && c <= '\r');
		if (!blank)
			mig_buf_putc(&head, c);
		else if (head.len > 0 && head.data[head.len - 1] != ' ')
			mig_buf_putc(&head, ' ');
	}
	mig_buf_truncate(&head, mig_utf8_cut(head.data, head.len, STATEMENT_SHOWN));
	mig_jw_init(&jw, &json, 0);
	mig_jw_string(&jw, NULL, head.data);
	const char *text = mig_buf_ok(&json) ? mig_arena_strdup(review->arena, json.data) : NULL;
	mig_buf_fini(&head);
	mig_buf_fini(&json);
	return text;
}

void
review_say(struct review *review, enum review_rule rule, const struct review_about *about,
    const char *fmt, ...)
{
	static const char *const types[MIG_CHANGE_SEVERITIES] = { "script_error", "script_hazard",
		"script_advisory", "script_advisory" };
	const struct review_row *row = review_row(rule);
	int line = about->line > 0 ? about->line : review->statement.line;
	const char *file = review->file;
	struct mig_buf text;
	va_list args;
	mig_buf_init(&text, SENTENCE_MAX);
	va_start(args, fmt);
	mig_buf_vprintf(&text, fmt, args);
	va_end(args);
	while (strncmp(file, "./", 2) == 0)
		file += 2;
	struct mig_change change = {
		.rule = row->id,
		.type = types[row->severity],
		.severity = row->severity,
		.field_path = mig_arena_printf(review->arena, "scripts.%s%s%s", file,
		    about->object != NULL ? "." : "", about->object != NULL ? about->object : ""),
		.description = mig_arena_strdup(review->arena, text.data),
		.impact = row->impact,
		.suggestion = row->suggestion,
		.new_value = shown(review),
		.after = { review->file, line },
		.has_hazard = about->has_hazard,
		.lock = about->lock,
		.work = about->work,
		.blocking_seconds = -1,
		.safe_way = row->safe_way,
	};
	mig_buf_fini(&text);
	mig_check_add(review->check, &change);
}

/* Whether the mark is in the script, and the words (NULL: any) behind it in its line. */
static bool
has_mark(const struct review_text *script, const char *mark, const char *words)
{
	const char *at = script->text;
	size_t len = strlen(mark);
	while ((at = strcasestr(at, mark)) != NULL) {
		const char *end = at + strcspn(at, "\n");
		const char *found = words != NULL ? strcasestr(at, words) : at;
		if (found != NULL && found < end)
			return true;
		at += len;
	}
	return false;
}

bool
review_runs_in_transaction(const struct review_text *script)
{
	const char *slash = strrchr(script->name, '/');
	const char *name = slash != NULL ? slash + 1 : script->name;
	if (has_mark(script, "-- +goose up", NULL))
		return !has_mark(script, "-- +goose no transaction", NULL);
	if (has_mark(script, "-- +migrate up", NULL))
		return !has_mark(script, "-- +migrate up", "notransaction");
	if (has_mark(script, "-- migrate:up", NULL))
		return !has_mark(script, "-- migrate:up", "transaction:false");
	/* Flyway looks itself whether a statement must be outside. */
	return folder_is_flyway(name) && strcasestr(script->text, "concurrently") == NULL;
}

static int
refuse(const struct review_text *script, struct mig_findings *findings, const char *message)
{
	mig_findings_add(findings, MIG_SEV_ERROR, script->name, NULL, NULL, "%s", message);
	return MIG_EDOC;
}

int
review_text(
    const struct review_text *script, struct mig_check *check, struct mig_findings *findings)
{
	struct review review = { .file = script->name,
		.check = check,
		.findings = findings,
		.arena = mig_check_arena(check) };
	struct review_text text = *script;
	size_t errors = findings->errors;
	if (text.len > MIG_SCHEMA_BYTES_MAX)
		return refuse(script, findings, "the file is larger than 256 MiB");
	if (memchr(text.text, '\0', text.len) != NULL || !mig_utf8_valid(text.text, text.len))
		return refuse(script, findings, "the file is not a text in UTF-8");
	if (text.len >= 3 && memcmp(text.text, byte_order_mark, 3) == 0) {
		text.text += 3;
		text.len -= 3;
	}
	int error = text.dialect == MIG_DB_MYSQL ? review_mysql(&review, &text) :
	                                           review_postgresql(&review, &text);
	review_names_free(&review);
	if (error == MIG_OK && mig_check_failed(check))
		error = MIG_ENOMEM;
	return error == MIG_OK && findings->errors > errors ? MIG_EDOC : error;
}

/* One file; what all may still have is counted down. */
static int
review_file(const char *path, enum mig_db_dialect dialect, size_t *left, struct mig_check *check,
    struct mig_findings *findings)
{
	char reason[ERROR_MAX];
	char *data = NULL;
	struct review_text script = { .dialect = dialect };
	int error = file_read(path, *left, &data, &script.len, reason, sizeof(reason));
	if (error != MIG_OK) {
		mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL, NULL, "%s", reason);
		return error == MIG_EIO ? MIG_ENOTFOUND : error;
	}
	*left -= script.len;
	folder_keep_up(data, script.len);
	script.text = data;
	script.name =
	    strcmp(path, "-") == 0 ? "stdin" : mig_arena_strdup(mig_check_arena(check), path);
	error = script.name != NULL ? review_text(&script, check, findings) : MIG_ENOMEM;
	free(data);
	return error;
}

static int
review_folder(const char *path, enum mig_db_dialect dialect, struct mig_check *check,
    struct mig_findings *findings)
{
	struct folder folder = { 0 };
	size_t left = MIG_SCHEMA_BYTES_MAX;
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	int worst = folder_read_all(path, &folder, findings);
	for (size_t i = 0; i < folder.count && (worst == MIG_OK || worst == MIG_EDOC); i++) {
		const char *name = mig_arena_printf(
		    mig_check_arena(check), "%s%s%s", path, slash, folder.names[i]);
		int error =
		    name != NULL ? review_file(name, dialect, &left, check, findings) : MIG_ENOMEM;
		worst = error != MIG_OK ? error : worst;
	}
	folder_fini(&folder);
	return worst == MIG_EIO ? MIG_ENOTFOUND : worst;
}

int
review_path(const char *path, enum mig_db_dialect dialect, struct mig_check *check,
    struct mig_findings *findings)
{
	struct stat status;
	size_t left = MIG_SCHEMA_BYTES_MAX;
	if (strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return review_folder(path, dialect, check, findings);
	return review_file(path, dialect, &left, check, findings);
}
