/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/request.h"
#include "ctl/text.h"

#define ERROR_BYTES_MAX 65536
#define EFFECT_WIDTH 7 /* of the longest word */

static int
exit_of_status(long status)
{
	switch (status) {
	case 400:
	case 413:
	case 415:
	case 422:
		return CTL_DATA;
	case 401:
	case 403:
		return CTL_NOPERM;
	case 404:
		return CTL_NOINPUT;
	case 409:
		return CTL_REFUSED;
	case 408:
	case 429:
	case 503:
	case 504:
		return CTL_TEMPFAIL;
	default:
		return status >= 200 && status < 300 ? CTL_OK : CTL_INTERNAL;
	}
}

/* The faults of a document, one a line, when the problem lists them. */
static void
add_faults(struct mig_buf *out, const struct mig_json *problem)
{
	const struct mig_json *fault = mig_json_first(mig_json_get(problem, "errors"));

	for (; fault != NULL; fault = mig_json_next(fault)) {
		const char *pointer = mig_json_string(mig_json_get(fault, "pointer"));
		const char *detail = mig_json_string(mig_json_get(fault, "detail"));
		const char *hint = mig_json_string(mig_json_get(fault, "hint"));
		const char *file = mig_json_string(mig_json_get(fault, "file"));
		double line = mig_json_number(mig_json_get(fault, "line"));

		if (detail == NULL)
			detail = mig_json_string(mig_json_get(fault, "message"));
		if (detail == NULL)
			detail = mig_json_string(fault);
		mig_buf_puts(out, "\n  ");
		text_clean(out, file != NULL ? file : "");
		if (file != NULL && line > 0)
			mig_buf_printf(out, ":%.0f", line);
		mig_buf_puts(out, file != NULL ? ": " : "");
		text_clean(out, pointer != NULL ? pointer : "");
		mig_buf_puts(out, pointer != NULL ? ": " : "");
		text_clean(out, detail != NULL ? detail : "(no detail)");
		mig_buf_puts(out, hint != NULL ? " (" : "");
		text_clean(out, hint != NULL ? hint : "");
		mig_buf_puts(out, hint != NULL ? ")" : "");
	}
}

/* What differs between two plans, one a line, when the problem lists it. */
static void
add_differences(struct mig_buf *out, const struct mig_json *problem)
{
	const struct mig_json *item = mig_json_first(mig_json_get(problem, "differences"));
	double left = mig_json_number(mig_json_get(problem, "differences_left_out"));

	for (; item != NULL; item = mig_json_next(item)) {
		const char *effect = mig_json_string(mig_json_get(item, "effect"));
		const char *text = mig_json_string(mig_json_get(item, "text"));

		mig_buf_puts(out, "\n  ");
		text_cell(out, effect != NULL ? effect : "", EFFECT_WIDTH);
		mig_buf_puts(out, "  ");
		text_clean(out, text != NULL ? text : "(no text)");
	}
	if (left > 0)
		mig_buf_printf(out, "\n  and %.0f more", left);
}

static void
add_problem(struct mig_buf *out, long status, const struct mig_json *problem)
{
	const char *title = mig_json_string(mig_json_get(problem, "title"));
	const char *detail = mig_json_string(mig_json_get(problem, "detail"));
	const char *pointer = mig_json_string(mig_json_get(problem, "pointer"));

	if (title == NULL && detail == NULL) {
		mig_buf_printf(out, "the daemon answered with HTTP status %ld", status);
		return;
	}
	bool listed = mig_json_count(mig_json_get(problem, "errors")) != 0;
	if (pointer != NULL && pointer[0] != '\0' && !listed) {
		text_clean(out, pointer);
		mig_buf_puts(out, ": ");
	}
	text_clean_lines(out, detail != NULL ? detail : title);
	add_faults(out, problem);
	add_differences(out, problem);
}

/* Parse the body; a body that is no JSON is an answer of somebody else. */
static int
parse_reply(struct reply *reply, struct mig_buf *error)
{
	struct mig_findings findings = { 0 };
	int rc = mig_json_parse(reply->body.data, reply->body.len, NULL, &reply->doc, &findings);

	mig_findings_fini(&findings);
	if (rc == 0)
		return CTL_OK;
	reply->doc = NULL;
	mig_buf_puts(error, "the answer is not JSON: is this migarchd?");
	return CTL_INTERNAL;
}

/* What is asked. */
struct question {
	const char *method;
	const char *path;
	const char *body; /* JSON or NULL */
};

static int
call(struct ctl *ctl, const struct question *question, struct reply *reply, struct mig_buf *error)
{
	long status = 0;

	mig_buf_init(&reply->body, MIG_LIST_BYTES_MAX);
	reply->doc = NULL;
	int rc = client_call(ctl->client, question->method, question->path, question->body, &status,
	    &reply->body);
	if (rc != CTL_OK) {
		mig_buf_puts(error, client_error(ctl->client));
		return rc;
	}
	rc = exit_of_status(status);
	if (reply->body.len == 0 && rc == CTL_OK)
		return CTL_OK;
	struct mig_buf ignored;
	mig_buf_init(&ignored, ERROR_BYTES_MAX);
	int parsed = parse_reply(reply, rc == CTL_OK ? error : &ignored);
	mig_buf_fini(&ignored);
	if (rc == CTL_OK)
		return parsed;
	add_problem(error, status, parsed == CTL_OK ? mig_json_root(reply->doc) : NULL);
	return rc;
}

static int
call_and_tell(struct ctl *ctl, const struct question *question, struct reply *reply)
{
	struct mig_buf error;
	mig_buf_init(&error, ERROR_BYTES_MAX);
	int rc = call(ctl, question, reply, &error);

	if (rc != CTL_OK)
		ctl_complain("%s", error.data);
	mig_buf_fini(&error);
	return rc;
}

static int64_t
time_of(const struct mig_json *rollout)
{
	const char *text = mig_json_string(mig_json_get(rollout, "created_at"));
	mig_wall at = { 0 };

	if (text == NULL || mig_time_parse(text, &at) != 0)
		return 0;
	return at.ms;
}

static void
add_candidate(struct mig_buf *out, const struct mig_json *rollout)
{
	const char *id = mig_json_string(mig_json_get(rollout, "id"));
	const char *state = mig_json_string(mig_json_get(rollout, "state"));
	const char *name = mig_json_string(mig_json_get(rollout, "migration_name"));

	mig_buf_puts(out, "\n  ");
	text_cell(out, id != NULL ? id : "?", 24);
	mig_buf_puts(out, "  ");
	text_cell(out, state != NULL ? state : "?", 13);
	mig_buf_puts(out, "  ");
	text_clean(out, name != NULL ? name : "");
}

/* Choose among the listed rollouts; NULL after telling why there is no choice. */
static const struct mig_json *
choose(const struct mig_json *list, bool finished, int *ret_rc)
{
	const struct mig_json *only = NULL;
	const struct mig_json *newest = NULL;
	size_t unfinished = 0;
	struct mig_buf names;
	mig_buf_init(&names, ERROR_BYTES_MAX);

	for (const struct mig_json *item = mig_json_first(list); item != NULL;
	    item = mig_json_next(item)) {
		if (newest == NULL || time_of(item) >= time_of(newest))
			newest = item;
		if (text_state_finished(mig_json_string(mig_json_get(item, "state"))))
			continue;
		unfinished++;
		only = item;
		add_candidate(&names, item);
	}
	if (unfinished > 1) {
		ctl_complain("%zu rollouts are unfinished; name one of them:%s", unfinished,
		    names.data);
		*ret_rc = CTL_USAGE;
		only = NULL;
	} else if (unfinished == 0 && finished && newest != NULL) {
		only = newest;
	} else if (unfinished == 0) {
		ctl_complain(newest == NULL ? "no rollout is loaded" :
		    "no rollout is unfinished; name the one you mean (migarchctl list)");
		*ret_rc = CTL_NOINPUT;
	}
	mig_buf_fini(&names);
	return only;
}

void
reply_fini(struct reply *reply)
{
	mig_json_free(reply->doc);
	reply->doc = NULL;
	if (reply->body.data != NULL)
		mig_buf_fini(&reply->body);
}

int
request_get(struct ctl *ctl, const char *path, struct reply *ret_reply)
{
	return call_and_tell(ctl, &(struct question) { "GET", path, NULL }, ret_reply);
}

int
request_post(struct ctl *ctl, const char *path, const char *body, struct reply *ret_reply)
{
	return call_and_tell(ctl, &(struct question) { "POST", path, body }, ret_reply);
}

int
request_try(struct ctl *ctl, const char *path, struct reply *ret_reply, struct mig_buf *ret_error)
{
	return call(ctl, &(struct question) { "GET", path, NULL }, ret_reply, ret_error);
}

int
request_rollout(struct ctl *ctl, const char *given, bool finished, char ret_id[MIG_ID_MAX])
{
	struct reply reply = { 0 };
	const char *id = given;
	int rc = CTL_OK;

	if (given == NULL) {
		rc = request_get(ctl, "/v1/rollouts", &reply);
		if (rc != CTL_OK)
			goto out;
		const struct mig_json *root = mig_json_root(reply.doc);
		const struct mig_json *chosen =
		    choose(mig_json_get(root, "rollouts"), finished, &rc);
		if (chosen == NULL)
			goto out;
		id = mig_json_string(mig_json_get(chosen, "id"));
	}
	int len = snprintf(ret_id, MIG_ID_MAX, "%s", id != NULL ? id : "");
	if (len <= 0 || len >= MIG_ID_MAX) {
		ctl_complain("not a rollout id: \"%s\"", id != NULL ? id : "");
		rc = given != NULL ? CTL_USAGE : CTL_INTERNAL;
	}
out:
	reply_fini(&reply);
	return rc;
}

void
request_add_warnings(struct mig_buf *out, const struct mig_json *answer)
{
	const struct mig_json *item = mig_json_first(mig_json_get(answer, "warnings"));

	for (; item != NULL; item = mig_json_next(item)) {
		mig_buf_puts(out, "\n  warning: ");
		text_clean(out, mig_json_string(item));
	}
}

void
request_path(struct mig_buf *out, const char *rollout, const char *tail)
{
	mig_buf_puts(out, "/v1/rollouts/");
	client_escape(rollout, out);
	mig_buf_puts(out, tail);
}
