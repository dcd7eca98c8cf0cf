/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "core/state.h"
#include "daemon/schema_gate.h"
#include "daemon/schema_probe.h"
#include "schema/drift.h"
#include "source/side.h"
#include "sys/file.h"

/* Differences that are told of. */
#define TOLD_MAX 20

#define TIMEOUT_MAX_MS 600000

struct question {
	const char *before;
	const char *after;
	const char *before_sha256; /* NULL: anything */
	const char *after_sha256;
	const char *live; /* with its password */
	enum side_type type;
	int64_t timeout_ms;
	const char **scripts; /* ended by NULL */
	bool contracts;
};

struct answer {
	enum mig_schema_answer answer;
	struct mig_buf reason;
};

/* All characters but those that stand for themselves anywhere in a URL. */
static void
put_escaped(const char *text, struct mig_buf *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			mig_buf_putc(out, *text);
		else
			mig_buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

/* The URL with its password in it; NULL without memory. */
static const char *
url_with(struct mig_arena *arena, const char *url, const char *password)
{
	const char *rest = strstr(url, "://");
	struct mig_buf out;

	if (password[0] == '\0' || rest == NULL)
		return url;
	rest += strlen("://");
	size_t authority = strcspn(rest, "/?");
	size_t user = authority;
	while (user > 0 && rest[user - 1] != '@')
		user--;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_buf_add(&out, url, (size_t)(rest - url));
	mig_buf_add(&out, rest, user > 0 ? user - 1 : 0);
	mig_buf_putc(&out, ':');
	put_escaped(password, &out);
	mig_buf_putc(&out, '@');
	mig_buf_puts(&out, rest + user);
	const char *whole = mig_buf_ok(&out) ? mig_arena_strdup(arena, out.data) : NULL;
	mig_buf_fini(&out);
	return whole;
}

static enum side_type
type_named(const char *name)
{
	return strcmp(name, "database") == 0 ? SIDE_TYPE_DATABASE : SIDE_AUTO;
}

/* The question, within the arena and the document. */
static bool
read_question(struct mig_reader *reader, const struct mig_at *root, struct mig_arena *arena,
    struct question *question)
{
	const unsigned wanted = MIG_READ_REQUIRED | MIG_READ_NONEMPTY;
	struct mig_at scripts = mig_at_key(root, "scripts");
	struct mig_at it = { 0 };
	size_t count = 0;

	question->before = mig_read_string(reader, root, "before", wanted, "");
	question->after = mig_read_string(reader, root, "after", wanted, "");
	question->type = type_named(mig_read_string(reader, root, "type", 0, "auto"));
	question->before_sha256 = mig_json_string(mig_json_get(root->node, "before_sha256"));
	question->after_sha256 = mig_json_string(mig_json_get(root->node, "after_sha256"));
	question->contracts = mig_read_bool(reader, root, "contracts", 0, false);
	question->timeout_ms = mig_read_integer(reader, root, "timeout_ms", MIG_READ_REQUIRED, 1,
	    TIMEOUT_MAX_MS, 0);
	question->live = url_with(arena, mig_read_string(reader, root, "live", wanted, ""),
	    mig_read_string(reader, root, "password", 0, ""));
	question->scripts = mig_arena_array(arena, mig_json_count(scripts.node) + 1,
	    sizeof(*question->scripts));
	while (question->scripts != NULL && mig_at_each(&scripts, &it)) {
		if (mig_json_string(it.node) != NULL)
			question->scripts[count++] = mig_json_string(it.node);
	}
	return question->live != NULL && question->scripts != NULL &&
	    reader->findings->errors == 0;
}

/* What kept it from being seen: the first finding of that severity. */
static void
tell_fault(const struct mig_findings *findings, enum mig_severity severity, int error,
    struct mig_buf *out)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].severity != severity)
			continue;
		mig_finding_format(&findings->items[i], out);
		return;
	}
	mig_buf_puts(out, mig_error_text(error));
}

/* The four schemas: before, after, what the scripts have made of the first, and the live one. */
enum { BEFORE, AFTER, BETWEEN, LIVE, SIDES };

static int
read_sides(const struct question *question, struct side *sides, struct mig_findings *findings)
{
	const char *const paths[SIDES] = { question->before, question->after, question->before,
		question->live };
	int error = MIG_OK;

	if (!schema_gate_unchanged(question->before, question->before_sha256, findings) ||
	    !schema_gate_unchanged(question->after, question->after_sha256, findings))
		return MIG_EDOC;
	for (size_t i = 0; i < SIDES && error == MIG_OK; i++) {
		if (i == BETWEEN && question->scripts[0] == NULL)
			continue;
		const struct side_options options = { .type = question->type,
			.dialect = MIG_DB_POSTGRESQL, .timeout_ms = question->timeout_ms,
			.scripts = i == BETWEEN ? question->scripts : NULL };
		error = side_read(paths[i], &options, &sides[i], findings);
		if (error == MIG_OK && i > BEFORE &&
		    !side_match(&sides[BEFORE], &sides[i], findings))
			error = MIG_EDOC;
	}
	return error;
}

static void
look(const struct question *question, struct answer *answer)
{
	struct side sides[SIDES] = { 0 };
	struct mig_findings findings = { 0 };
	struct mig_buf told;
	size_t count = 0;

	mig_buf_init(&told, SCHEMA_PROBE_ANSWER_MAX);
	int error = read_sides(question, sides, &findings);
	if (error == MIG_OK) {
		const struct mig_drift_sides dbs = { sides[BEFORE].db, sides[AFTER].db,
			sides[BETWEEN].db, sides[LIVE].db, question->contracts };
		error = mig_db_drift(&dbs, TOLD_MAX, &told, &count);
	}
	if (error != MIG_OK) {
		answer->answer = MIG_SCHEMA_UNKNOWN;
		tell_fault(&findings, MIG_SEV_ERROR, error, &answer->reason);
	} else if (mig_db_partial(sides[LIVE].db)) {
		/* What is hidden may be anything: whether it differs is not known either. */
		answer->answer = MIG_SCHEMA_UNKNOWN;
		tell_fault(&findings, MIG_SEV_WARNING, MIG_EIO, &answer->reason);
	} else if (count > 0) {
		answer->answer = MIG_SCHEMA_DRIFT;
		mig_buf_puts(&answer->reason, told.data);
		if (count > TOLD_MAX)
			mig_buf_printf(&answer->reason, "; and %zu more", count - TOLD_MAX);
	} else {
		answer->answer = MIG_SCHEMA_AGREES;
	}
	for (size_t i = 0; i < SIDES; i++)
		side_fini(&sides[i]);
	mig_findings_fini(&findings);
	mig_buf_fini(&told);
}

static int
write_answer(const struct answer *answer)
{
	struct mig_buf out;
	struct mig_jw jw;
	int status = 1;

	mig_buf_init(&out, SCHEMA_PROBE_ANSWER_MAX);
	mig_jw_init(&jw, &out, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "answer", mig_schema_answer_name(answer->answer));
	mig_jw_string(&jw, "reason", answer->reason.data);
	mig_jw_object_end(&jw);
	if (mig_buf_ok(&out) && fputs(out.data, stdout) >= 0 && fflush(stdout) == 0)
		status = 0;
	mig_buf_fini(&out);
	return status;
}

/*
 * The daemon comes first when processor or memory is scarce.  And this process holds a password:
 * nobody may look into it, and it leaves no image of its memory.
 */
static void
step_back(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	(void)prctl(PR_SET_DUMPABLE, 0); /* cannot fail with these arguments */
	(void)setpriority(PRIO_PROCESS, 0, 10); /* a sandbox may not let it: then without */
	if (fd >= 0) {
		ssize_t put = write(fd, "1000", 4); /* as above */
		(void)put;
		(void)close(fd);
	}
}

int
schema_probe_main(void)
{
	struct question question = { 0 };
	struct answer answer = { 0 };
	struct mig_findings findings = { 0 };
	struct mig_reader reader = { .findings = &findings };
	struct mig_json_doc *doc = NULL;
	struct mig_arena *arena = mig_arena_new(MIG_DOC_BYTES_MAX);
	char fault[MIG_ERROR_MAX];
	char *text = NULL;
	size_t len = 0;
	int status = 1;

	step_back();
	mig_buf_init(&answer.reason, SCHEMA_PROBE_ANSWER_MAX / 2);
	int error = arena == NULL ? MIG_ENOMEM :
	    file_read("-", MIG_DOC_BYTES_MAX, &text, &len, fault, sizeof(fault));
	if (error == MIG_OK)
		error = mig_json_parse(text, len, NULL, &doc, &findings);
	if (error == MIG_OK) {
		const struct mig_at root = mig_at_root(doc);
		if (read_question(&reader, &root, arena, &question)) {
			look(&question, &answer);
			status = write_answer(&answer);
		}
	}
	mig_buf_fini(&answer.reason);
	mig_findings_fini(&findings);
	mig_json_free(doc);
	mig_arena_free(arena);
	free(text);
	return status;
}
