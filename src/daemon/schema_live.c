/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "core/policy.h"
#include "daemon/child.h"
#include "daemon/driver.h"
#include "daemon/schema_live.h"
#include "daemon/schema_probe.h"
#include "daemon/secrets.h"
#include "engine/binding.h"
#include "engine/ddl.h"

/* This program, whatever has been installed in its place meanwhile. */
#define PROGRAM "/proc/self/exe"
#define GONE " (deleted)"

#define WHY_MAX 1024

static void
answer_unknown(struct schema_look *look, const char *why)
{
	look->child = NULL;
	look->callback(look->context, MIG_SCHEMA_UNKNOWN, why);
}

static enum mig_schema_answer
answer_named(const char *name)
{
	for (int i = 0; i < MIG_SCHEMA_ANSWER_COUNT; i++)
		if (name != NULL &&
		    strcmp(mig_schema_answer_name((enum mig_schema_answer)i), name) == 0)
			return (enum mig_schema_answer)i;
	return MIG_SCHEMA_UNASKED;
}

static void
on_end(void *context, const char *output, size_t len, const char *fault)
{
	struct schema_look *look = context;
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	char why[WHY_MAX];

	look->child = NULL;
	if (fault != NULL) {
		(void)snprintf(why, sizeof(why), "looking at the server was given up: %s", fault);
		answer_unknown(look, why);
		return;
	}
	int error = mig_json_parse(output, len, NULL, &doc, &findings);
	const struct mig_json *root = mig_json_root(doc);
	enum mig_schema_answer answer = error == MIG_OK ?
	    answer_named(mig_json_string(mig_json_get(root, "answer"))) :
	    MIG_SCHEMA_UNASKED;
	if (answer == MIG_SCHEMA_UNASKED)
		answer_unknown(look, "looking at the server came to no answer");
	else
		look->callback(look->context, answer,
		    mig_json_string(mig_json_get(root, "reason")));
	mig_json_free(doc);
	mig_findings_fini(&findings);
}

/* What the plan runs in the phases before the current one, in order. */
static void
write_scripts(struct mig_jw *jw, const struct driver_view *view)
{
	const struct mig_json *phases = mig_json_get(mig_json_get(view->source, "plan"), "phases");
	const struct mig_json *phase = mig_json_first(phases);

	mig_jw_array(jw, "scripts");
	for (uint32_t i = 0; i < view->state->phase && phase != NULL; i++) {
		const struct mig_json *script = mig_json_first(mig_json_get(phase, "scripts"));
		for (; script != NULL; script = mig_json_next(script))
			mig_jw_string(jw, NULL, mig_json_string(mig_json_get(script, "forward")));
		phase = mig_json_next(phase);
	}
	mig_jw_array_end(jw);
}

/* Whether what old versions use is taken away in the current phase, behind what adds. */
static bool
contracts(const struct driver_view *view)
{
	const struct mig_json *phases = mig_json_get(mig_json_get(view->source, "plan"), "phases");
	const struct mig_json *phase = mig_json_first(phases);
	const char *names[MIG_PHASES_MAX + 1] = { NULL };

	for (size_t i = 0; i < MIG_PHASES_MAX && phase != NULL; i++) {
		const char *name = mig_json_string(mig_json_get(phase, "name"));
		names[i] = name != NULL ? name : "";
		phase = mig_json_next(phase);
	}
	return names[0] != NULL && view->state->phase > mig_ddl_phase(names, MIG_DDL_EXPAND) &&
	    view->state->phase >= mig_ddl_phase(names, MIG_DDL_CONTRACT);
}

static void
write_question(const struct driver_view *view, const char *password, struct mig_buf *out)
{
	const struct mig_schema_binding *schema = &view->binding->schema;
	struct mig_jw jw;

	mig_jw_init(&jw, out, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "before", schema->before);
	mig_jw_string(&jw, "after", schema->after);
	if (schema->before_sha256 != NULL)
		mig_jw_string(&jw, "before_sha256", schema->before_sha256);
	if (schema->after_sha256 != NULL)
		mig_jw_string(&jw, "after_sha256", schema->after_sha256);
	mig_jw_string(&jw, "type", schema->type);
	mig_jw_string(&jw, "live", schema->live);
	if (password != NULL)
		mig_jw_string(&jw, "password", password);
	/* So that the look itself can say what took so long. */
	mig_jw_int(&jw, "timeout_ms", schema->live_timeout_ms * 9 / 10);
	mig_jw_bool(&jw, "contracts", contracts(view));
	write_scripts(&jw, view);
	mig_jw_object_end(&jw);
}

/*
 * The path of this program: where it still is, else the link to it.  Tools that run a program, such
 * as valgrind, know only the former.
 */
static const char *
own_path(char *path, size_t size)
{
	ssize_t len = readlink(PROGRAM, path, size - 1);

	if (len <= 0 || (size_t)len == size - 1)
		return PROGRAM;
	path[len] = '\0';
	size_t gone = strlen(GONE);
	bool deleted = (size_t)len > gone && strcmp(path + len - gone, GONE) == 0;
	return deleted ? PROGRAM : path;
}

static void
start(const struct schema_live *live, const struct driver_view *view, const char *password,
    struct schema_look *look)
{
	char path[PATH_MAX];
	const char *const argv[] = { own_path(path, sizeof(path)), SCHEMA_PROBE_ARGUMENT, NULL };
	struct mig_buf question;

	mig_buf_init(&question, MIG_DOC_BYTES_MAX);
	write_question(view, password, &question);
	const struct child_request request = { .argv = argv, .input = question.data,
		.input_len = question.len, .timeout_ms = view->binding->schema.live_timeout_ms,
		.output_max = SCHEMA_PROBE_ANSWER_MAX, .callback = on_end, .context = look };
	int error = mig_buf_ok(&question) ?
	    child_start(live->children, &request, &look->child) : MIG_ENOMEM;
	if (password != NULL)
		explicit_bzero(question.data, question.len);
	mig_buf_fini(&question);
	if (error == MIG_ELIMIT)
		answer_unknown(look, "too many others wait for a look at a server");
	else if (error != MIG_OK)
		answer_unknown(look, "the system does not let a process be started");
}

void
schema_live_ask(const struct schema_live *live, const struct driver_view *view,
    struct schema_look *look)
{
	const char *path = view->binding->schema.live_password_file;
	char error[MIG_ERROR_MAX];
	char *password = NULL;

	if (look->child != NULL || live->children == NULL)
		return;
	if (path != NULL && secrets_read(live->secrets, path, &password, error,
	    sizeof(error)) != MIG_OK) {
		answer_unknown(look, error);
		return;
	}
	start(live, view, password, look);
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
}

void
schema_live_cancel(struct schema_look *look)
{
	child_cancel(look->child);
	look->child = NULL;
}
