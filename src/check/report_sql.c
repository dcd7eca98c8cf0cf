/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/utf8.h"
#include "check/report_int.h"
#include "check/report_sql.h"

#define INDENT 2
#define NUMBER_WIDTH 3
#define SLUG_MAX 60
#define TAG_SIZE 32
#define SIGNAL_MAX 120 /* MySQL's messages have 128 characters at most */

/* One script and all that its text depends on. */
struct file {
	const struct mig_check_script *script;
	bool mysql;
	struct mig_buf *out;
};

static const struct mig_check_script *
script_at(const struct mig_report *report, size_t index)
{
	size_t count = 0;
	const struct mig_check_script *scripts = mig_check_scripts(report->check, &count);
	MIG_ASSERT(index < count);
	return &scripts[index];
}

/* Digits that all numbers have. */
static int
width_of(const struct mig_report *report)
{
	size_t count = 0;
	int width = 1;
	(void)mig_check_scripts(report->check, &count);
	for (; count >= 10; count /= 10)
		width++;
	return width < NUMBER_WIDTH ? NUMBER_WIDTH : width;
}

/* What every file system and shell takes: lower-case letters, digits and single underscores. */
static void
add_slug(struct mig_buf *out, const char *text)
{
	size_t start = out->len;
	bool gap = false;
	for (; *text != '\0' && out->len - start < SLUG_MAX; text++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
		bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (kept && gap && out->len > start)
			mig_buf_putc(out, '_');
		if (kept)
			mig_buf_putc(out, c);
		gap = !kept;
	}
	if (out->len == start)
		mig_buf_puts(out, "script");
}

void
mig_report_sql_name(
    const struct mig_report *report, size_t index, enum mig_report_way way, struct mig_buf *out)
{
	const struct mig_check_script *script = script_at(report, index);
	mig_buf_printf(
	    out, "%0*zu_%s_", width_of(report), index + 1, mig_script_phase_name(script->phase));
	add_slug(out, script->slug != NULL ? script->slug : "");
	mig_buf_puts(out, way == MIG_REPORT_UP ? ".up.sql" : ".down.sql");
}

/* A comment of one line, whatever is in the text. */
static void
comment(const struct file *file, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	mig_buf_printf(file->out, "-- %s: ", name);
	mig_report_line(file->out, text);
	mig_buf_putc(file->out, '\n');
}

/* SQL as a comment, which keeps its lines; a carriage return ends a comment as well. */
static void
comment_lines(struct mig_buf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\r\n");
		mig_buf_puts(out, len > 0 ? "--   " : "--");
		mig_buf_add(out, text, len);
		mig_buf_putc(out, '\n');
		text += len + (text[len] != '\0');
	}
}

static void
comment_query(const struct file *file, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	mig_buf_printf(file->out, "-- %s:\n", name);
	comment_lines(file->out, text);
}

static void
head(const struct file *file, size_t number, enum mig_report_way way)
{
	const struct mig_check_script *script = file->script;
	struct mig_buf work;
	mig_buf_printf(file->out, "-- %zu, %s, %s\n", number, mig_script_phase_name(script->phase),
	    way == MIG_REPORT_UP ? "the way forward" : "the way back");
	comment(file, "What", script->description);
	mig_buf_init(&work, MIG_REPORT_LINE_MAX);
	mig_report_work(&work, script->work);
	comment(file, "Lock", mig_lock_name(script->lock));
	comment(file, "Work under the lock", work.data);
	mig_buf_fini(&work);
	comment(file, "Run",
	    file->mysql ? "mysql DATABASE < FILE" :
	        script->transactional && script->batch == NULL ?
	                  "psql -v ON_ERROR_STOP=1 -f FILE (one transaction)" :
	                  "psql -v ON_ERROR_STOP=1 -f FILE (outside of a transaction)");
	for (size_t i = 0; script->depends != NULL && script->depends[i] != NULL; i++)
		comment(file, "First", script->depends[i]);
	comment(file, "Cannot be undone", script->irreversible);
	comment(file, "The undo loses", script->lossy);
}

static void
head_checks(const struct file *file)
{
	comment_query(file, "In the way, must count 0", file->script->precheck);
	comment_query(file, "Done when this query", file->script->validation);
	comment(file, "gives", file->script->expected);
}

/* A tag for dollar quotes that the text does not have. */
static void
choose_tag(const char *text, const char *stem, char ret_tag[TAG_SIZE])
{
	(void)snprintf(ret_tag, TAG_SIZE, "$%s$", stem);
	for (unsigned i = 1; strstr(text, ret_tag) != NULL; i++)
		(void)snprintf(ret_tag, TAG_SIZE, "$%s%u$", stem, i);
}

/* A text as a literal of either server: quotes doubled, and no backslashes that could escape. */
static void
literal(struct mig_buf *out, const char *text, size_t max)
{
	struct mig_buf clean;
	mig_buf_init(&clean, MIG_REPORT_LINE_MAX);
	mig_report_line(&clean, text);
	mig_buf_truncate(&clean, mig_utf8_cut(clean.data, clean.len, max));
	mig_buf_putc(out, '\'');
	for (const char *at = clean.data; *at != '\0'; at++) {
		if (*at == '\'')
			mig_buf_putc(out, '\'');
		mig_buf_putc(out, *at == '\\' ? '/' : *at);
	}
	mig_buf_putc(out, '\'');
	mig_buf_fini(&clean);
}

/* Stop before anything is changed when rows are in the way. */
static void
guard(const struct file *file)
{
	const char *precheck = file->script->precheck;
	char query[TAG_SIZE];
	char body[TAG_SIZE];
	if (precheck == NULL || *precheck == '\0' || file->mysql)
		return;
	choose_tag(precheck, "query", query);
	choose_tag(precheck, "guard", body);
	mig_buf_printf(file->out, "DO %s\nDECLARE\n\tfound bigint;\nBEGIN\n\tEXECUTE %s\n%s\n%s",
	    body, query, precheck, query);
	mig_buf_printf(file->out,
	    " INTO found;\n\tIF found > 0 THEN\n"
	    "\t\tRAISE EXCEPTION 'rows are in the way: %%', found;\n\tEND IF;\nEND\n%s;\n",
	    body);
}

/* One batch after the other, each in a transaction of its own, until none is left. */
static void
loop(const struct file *file)
{
	const char *batch = file->script->batch;
	char query[TAG_SIZE];
	char body[TAG_SIZE];
	if (file->mysql) {
		mig_buf_puts(file->out, "-- Repeat this until it changes no row.\n");
		mig_buf_puts(file->out, batch);
		return;
	}
	choose_tag(batch, "batch", query);
	choose_tag(batch, "loop", body);
	mig_buf_printf(file->out,
	    "DO %s\nDECLARE\n\tchanged bigint;\nBEGIN\n\tLOOP\n\t\tEXECUTE %s\n", body, query);
	mig_buf_printf(file->out, "%s\n%s;\n", batch, query);
	mig_buf_printf(file->out,
	    "\t\tGET DIAGNOSTICS changed = ROW_COUNT;\n"
	    "\t\tCOMMIT;\n\t\tEXIT WHEN changed = 0;\n\tEND LOOP;\nEND\n%s;\n",
	    body);
}

static void
statements(const struct file *file, const char *sql)
{
	bool transaction = file->script->transactional && !file->mysql;
	size_t len = strlen(sql);
	mig_buf_puts(file->out, transaction ? "BEGIN;\n" : "");
	if (sql == file->script->up)
		guard(file);
	mig_buf_puts(file->out, sql);
	if (len > 0 && sql[len - 1] != '\n')
		mig_buf_putc(file->out, '\n');
	mig_buf_puts(file->out, transaction ? "COMMIT;\n" : "");
}

static bool
is_there(const char *text)
{
	return text != NULL && *text != '\0';
}

static void
add_up(const struct file *file)
{
	const struct mig_check_script *script = file->script;
	if (is_there(script->up))
		statements(file, script->up);
	else
		guard(file);
	if (is_there(script->batch))
		loop(file);
}

/* What cannot be undone fails: an undo that does nothing would be taken for one that worked. */
static void
add_failure(const struct file *file)
{
	const char *why = file->script->irreversible;
	why = is_there(why) ? why : "this script cannot be undone";
	if (file->mysql) {
		mig_buf_puts(file->out, "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = ");
		literal(file->out, why, SIGNAL_MAX);
		mig_buf_puts(file->out, ";\n");
		return;
	}
	char body[TAG_SIZE];
	choose_tag(why, "never", body);
	mig_buf_printf(file->out, "DO %s\nBEGIN\n\tRAISE EXCEPTION USING MESSAGE = ", body);
	literal(file->out, why, MIG_REPORT_LINE_MAX);
	mig_buf_printf(file->out, ";\nEND\n%s;\n", body);
}

void
mig_report_sql_file(
    const struct mig_report *report, size_t index, enum mig_report_way way, struct mig_buf *out)
{
	struct file file = { script_at(report, index), report->mysql, out };
	head(&file, index + 1, way);
	if (way == MIG_REPORT_UP)
		head_checks(&file);
	mig_buf_putc(out, '\n');
	if (way == MIG_REPORT_UP)
		add_up(&file);
	else if (file.script->down != NULL)
		statements(&file, file.script->down);
	else
		add_failure(&file);
}

/* The ways forward can be run as they come, the ways back are there to be read. */
void
mig_report_sql(const struct mig_report *report, struct mig_buf *out)
{
	size_t count = 0;
	struct mig_buf back;
	(void)mig_check_scripts(report->check, &count);
	if (count == 0)
		mig_buf_puts(out, "-- Nothing has to be done.\n");
	for (size_t i = 0; i < count; i++) {
		mig_report_sql_file(report, i, MIG_REPORT_UP, out);
		mig_buf_putc(out, '\n');
	}
	if (count > 0)
		mig_buf_puts(out, "-- The way back, to be run in this order:\n--\n");
	mig_buf_init(&back, MIG_CHECK_PAGE_BYTES_MAX);
	for (size_t i = count; i > 0; i--) {
		mig_buf_reset(&back);
		mig_report_sql_file(report, i - 1, MIG_REPORT_DOWN, &back);
		comment_lines(out, back.data);
		mig_buf_puts(out, i > 1 ? "--\n" : "");
	}
	if (!mig_buf_ok(&back))
		out->failed = true;
	mig_buf_fini(&back);
}

static void
manifest_name(
    struct mig_jw *jw, const struct mig_report *report, size_t index, enum mig_report_way way)
{
	struct mig_buf name;
	mig_buf_init(&name, MIG_REPORT_LINE_MAX);
	mig_report_sql_name(report, index, way, &name);
	mig_jw_string(jw, way == MIG_REPORT_UP ? "up_file" : "down_file", name.data);
	mig_buf_fini(&name);
}

void
mig_report_sql_manifest(const struct mig_report *report, struct mig_buf *out)
{
	size_t count = 0;
	char date[MIG_TIME_TEXT];
	struct mig_jw jw;
	(void)mig_check_scripts(report->check, &count);
	mig_jw_init(&jw, out, INDENT);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "before", report->before.name);
	mig_jw_string(&jw, "after", report->after.name);
	mig_jw_string(&jw, "created", mig_time_format(report->now, date));
	mig_jw_string(&jw, "dialect", report->mysql ? "mysql" : "postgresql");
	mig_jw_array(&jw, "scripts");
	for (size_t i = 0; i < count; i++) {
		mig_jw_object(&jw, NULL);
		mig_jw_int(&jw, "number", (int64_t)i + 1);
		manifest_name(&jw, report, i, MIG_REPORT_UP);
		manifest_name(&jw, report, i, MIG_REPORT_DOWN);
		mig_report_script(&jw, script_at(report, i));
		mig_jw_object_end(&jw);
	}
	mig_jw_array_end(&jw);
	mig_jw_object_end(&jw);
	mig_buf_putc(out, '\n');
}
