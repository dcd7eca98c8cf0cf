/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "daemon/api_int.h"
#include "daemon/config.h"
#include "daemon/driver.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/schema_gate.h"
#include "daemon/store.h"
#include "engine/plan.h"
#include "engine/plan_diff.h"
#include "engine/runbook.h"
#include "wire/api.h"

/* So many differences of a refused plan are listed, those that matter most; the rest is counted. */
#define DIFFERENCES_MAX 20

/* A load on its way from the request to the driver. */
struct load {
	struct mig_json_doc *body;
	struct mig_json_doc *plan;    /* made here from a spec */
	struct mig_json_doc *runbook; /* made here from a spec */
	struct mig_json_doc *source;
	struct mig_findings findings;
};

/* Which member names the target of which command; NULL: the command has none. */
static const char *const targets[MIG_COMMAND_COUNT] = {
	[MIG_COMMAND_APPROVE] = "gate",
	[MIG_COMMAND_DISMISS] = "trigger",
	[MIG_COMMAND_ACK] = "step",
};

static const char *const load_keys[] = { "plan", "runbook", "spec", "binding", NULL };
static const char *const command_keys[] = { "comment", "gate", "trigger", "step", NULL };

static int
parse_own(const struct mig_buf *text, struct mig_json_doc **ret_doc,
    struct mig_findings *findings)
{
	if (!mig_buf_ok(text))
		return MIG_ENOMEM;
	return mig_json_parse(text->data, text->len, NULL, ret_doc, findings);
}

/* Plan in place: a spec becomes plan and runbook. */
static int
load_from_spec(struct load *load, const struct mig_json *spec, mig_wall now)
{
	struct mig_buf plan;
	struct mig_buf runbook;
	mig_buf_init(&plan, MIG_DOC_BYTES_MAX);
	mig_buf_init(&runbook, MIG_DOC_BYTES_MAX);
	int error = mig_plan_from_spec(spec, now, &plan, &load->findings);
	if (error == 0)
		error = parse_own(&plan, &load->plan, &load->findings);
	if (error == 0)
		error = mig_runbook_from_plan(mig_json_root(load->plan), now, &runbook,
		    &load->findings);
	if (error == 0)
		error = parse_own(&runbook, &load->runbook, &load->findings);
	mig_buf_fini(&plan);
	mig_buf_fini(&runbook);
	return error;
}

/* A binding comes as JSON or as a string of libconfig text; either way JSON text comes out. */
static int
load_binding(struct load *load, const struct mig_json *binding, char **ret_json)
{
	if (binding == NULL)
		return 0;
	if (mig_json_type(binding) == MIG_JSON_STRING)
		return config_binding_json(mig_json_string(binding), "binding", ret_json,
		    &load->findings);
	if (mig_json_type(binding) != MIG_JSON_OBJECT) {
		(void)mig_findings_add(&load->findings, MIG_SEV_ERROR, NULL, "/binding", NULL,
		    "must be an object, or a string with the text of a binding file");
		return MIG_EDOC;
	}
	struct mig_buf text;
	struct mig_jw jw;
	mig_buf_init(&text, MIG_REQUEST_BYTES_MAX);
	mig_jw_init(&jw, &text, 0);
	mig_jw_node(&jw, NULL, binding);
	*ret_json = mig_buf_steal(&text);
	mig_buf_fini(&text);
	return *ret_json != NULL ? 0 : MIG_ENOMEM;
}

static int
load_documents(const struct api *api, struct load *load, const struct mig_json **ret_plan,
    const struct mig_json **ret_runbook)
{
	const struct mig_json *root = mig_json_root(load->body);
	const struct mig_json *spec = mig_json_get(root, "spec");
	const struct mig_json *plan = mig_json_get(root, "plan");
	const struct mig_json *runbook = mig_json_get(root, "runbook");
	bool either = spec != NULL ? plan == NULL && runbook == NULL
	    : plan != NULL && runbook != NULL;
	if (!either) {
		(void)mig_findings_add(&load->findings, MIG_SEV_ERROR, NULL, "", NULL,
		    "wanted is either \"plan\" and \"runbook\", or \"spec\" alone");
		return MIG_EDOC;
	}
	if (spec != NULL) {
		int error = load_from_spec(load, spec, loop_wall(api->parts.loop));
		if (error != 0)
			return error;
		plan = mig_json_root(load->plan);
		runbook = mig_json_root(load->runbook);
	}
	*ret_plan = plan;
	*ret_runbook = runbook;
	return 0;
}

/* From the request's body to the source document. */
static int
load_source(const struct api *api, struct load *load)
{
	const struct mig_json *plan = NULL;
	const struct mig_json *runbook = NULL;
	char *binding = NULL;
	char *source = NULL;
	int error = load_documents(api, load, &plan, &runbook);
	if (error == 0)
		error = load_binding(load, mig_json_get(mig_json_root(load->body), "binding"),
		    &binding);
	if (error == 0)
		error = config_source(api->parts.config, plan, runbook, binding, &source,
		    &load->findings);
	if (error == 0)
		error = mig_json_parse(source, strlen(source), NULL, &load->source,
		    &load->findings);
	free(binding);
	free(source);
	return error;
}

static int
load_status(int error)
{
	switch (error) {
	case MIG_EDOC:
	case MIG_ELIMIT:
		return 422;
	case MIG_ECONFLICT:
	case MIG_ESTATE:
		return 409;
	case MIG_EIO:
	case MIG_EAGAIN:
		return 503;
	default:
		return 500;
	}
}

static void
reply_loaded(const struct api *api, struct http_exchange *exchange, const char *id,
    const struct mig_findings *findings)
{
	struct driver_view view;
	struct mig_buf body;
	struct mig_jw jw;
	char location[MIG_ID_MAX + 32];
	mig_buf_init(&body, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &body, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "id", id);
	if (driver_find(api->parts.driver, id, &view) == 0)
		mig_jw_string(&jw, "state", mig_run_name(view.state->run));
	api_write_warnings(&jw, findings);
	mig_jw_object_end(&jw);
	(void)snprintf(location, sizeof(location), "/v1/rollouts/%s", id);
	http_exchange_add_header(exchange, "Location", location);
	http_reply_buf(exchange, 201, HTTP_TYPE_JSON, &body);
	mig_buf_fini(&body);
}

/* The first differences; how many are left out. */
static size_t
write_differences(struct mig_jw *jw, const struct mig_plan_diff *diff)
{
	const struct mig_plan_change *change = mig_plan_diff_next(diff, NULL);
	size_t left = mig_plan_diff_count(diff);
	mig_jw_array(jw, "differences");
	for (size_t i = 0; i < DIFFERENCES_MAX && change != NULL; i++) {
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "pointer", change->pointer);
		mig_jw_string(jw, "kind", mig_diff_kind_name(change->kind));
		mig_jw_string(jw, "effect", mig_diff_effect_name(change->effect));
		mig_jw_string(jw, "text", change->text);
		mig_jw_object_end(jw);
		change = mig_plan_diff_next(diff, change);
		left--;
	}
	mig_jw_array_end(jw);
	return left;
}

/* A problem that shows what the plan would change about an unfinished rollout. */
static void
reply_changed(const struct api *api, struct http_exchange *exchange, const struct mig_json *source)
{
	struct driver_view view;
	struct mig_plan_diff diff = { 0 };
	struct mig_buf body;
	struct mig_buf detail;
	struct mig_jw jw;
	int error = driver_plan_change(api->parts.driver, source, DIFFERENCES_MAX, &view, &diff);
	if (error != 0) {
		http_reply_problem(exchange, 500, mig_error_text(error));
		return;
	}
	mig_buf_init(&body, MIG_REPLY_BYTES_MAX);
	mig_buf_init(&detail, MIG_REPLY_BYTES_MAX);
	mig_buf_printf(&detail, "rollout %s of this migration is %s with another plan; finish or "
	    "abort it first. Differences: ", view.state->rollout_id,
	    mig_run_name(view.state->run));
	mig_plan_diff_summary(&diff, &detail);
	mig_jw_init(&jw, &body, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "type", "about:blank");
	mig_jw_string(&jw, "title", http_status_text(409));
	mig_jw_int(&jw, "status", 409);
	mig_jw_string(&jw, "detail", detail.data);
	mig_jw_string(&jw, "rollout", view.state->rollout_id);
	size_t left = write_differences(&jw, &diff);
	mig_jw_int(&jw, "differences_left_out", (int64_t)left);
	mig_jw_object_end(&jw);
	http_reply_buf(exchange, 409, HTTP_TYPE_PROBLEM, &body);
	mig_buf_fini(&detail);
	mig_buf_fini(&body);
	mig_plan_diff_fini(&diff);
}

void
api_load(void *context, struct http_exchange *exchange)
{
	struct api *api = context;
	struct load load = { 0 };
	char id[MIG_ID_MAX] = "";
	if (api_read_body(exchange, load_keys, false, &load.body) != 0)
		return;
	int error = load_source(api, &load);
	if (error == 0)
		error = driver_load(api->parts.driver, mig_json_root(load.source),
		    http_exchange_actor(exchange), false, id, sizeof(id), &load.findings);
	if (error == 0) {
		log_event(LOG_LEVEL_INFO, "api", "rollout loaded", "rollout", id, "actor",
		    http_exchange_actor(exchange), NULL);
		reply_loaded(api, exchange, id, &load.findings);
	} else if (error == MIG_ESTATE && id[0] != '\0') {
		log_event(LOG_LEVEL_WARNING, "api", "changed plan refused", "rollout", id, "actor",
		    http_exchange_actor(exchange), NULL);
		reply_changed(api, exchange, mig_json_root(load.source));
	} else if (load.findings.errors > 0) {
		api_reply_findings(exchange, load_status(error), "the documents are wrong",
		    &load.findings);
	} else {
		if (error == MIG_EIO)
			log_event(LOG_LEVEL_ERROR, "api", "cannot keep a new rollout", "error",
			    store_error(api->parts.store), NULL);
		http_reply_problem(exchange, load_status(error), mig_error_text(error));
	}
	mig_json_free(load.body);
	mig_json_free(load.plan);
	mig_json_free(load.runbook);
	mig_json_free(load.source);
	mig_findings_fini(&load.findings);
}

/* A string member that fits; findings when it is something else. */
static const char *
command_text(struct mig_reader *reader, const struct mig_at *root, const char *key, size_t size)
{
	const char *text = mig_read_string(reader, root, key, 0, NULL);
	struct mig_at at = mig_at_key(root, key);
	if (text != NULL && strlen(text) >= size)
		mig_at_error(reader, &at, NULL, "is longer than %zu bytes", size - 1);
	return text;
}

/* The gate, trigger or step meant; members that this command does not have are errors. */
static const char *
command_target(struct mig_reader *reader, const struct mig_at *root, size_t command)
{
	const char *mine = targets[command];

	for (size_t i = 1; command_keys[i] != NULL; i++) {
		struct mig_at at = mig_at_key(root, command_keys[i]);
		if (at.node != NULL && (mine == NULL || strcmp(command_keys[i], mine) != 0))
			mig_at_error(reader, &at, NULL, "does not belong to the command \"%s\"",
			    mig_command_name((enum mig_command)command));
	}
	return mine != NULL ? command_text(reader, root, mine, MIG_NAME_MAX) : NULL;
}

static int
command_status(int error)
{
	switch (error) {
	case MIG_ENOTFOUND:
		return 404;
	case MIG_ESTATE:
	case MIG_ECONFLICT:
		return 409;
	case MIG_EDOC:
	case MIG_ELIMIT:
		return 400;
	case MIG_EIO:
	case MIG_EAGAIN:
		return 503;
	default:
		return 500;
	}
}

static void
reply_rollout(const struct api *api, struct http_exchange *exchange, const char *id)
{
	struct driver_view view;
	struct mig_buf body;
	struct mig_jw jw;
	mig_buf_init(&body, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &body, 0);
	if (driver_find(api->parts.driver, id, &view) == 0)
		mig_api_rollout(&jw, NULL, view.policy, view.state, loop_wall(api->parts.loop));
	http_reply_buf(exchange, 202, HTTP_TYPE_JSON, &body);
	mig_buf_fini(&body);
}

/* Whether a schema check stands against the start of a rollout; then the reply was sent. */
static bool
start_refused(struct http_exchange *exchange, const struct driver_view *view)
{
	struct mig_findings findings = { 0 };
	int error = view->state->run == MIG_RUN_LOADED ? schema_gate_check(view, &findings) : 0;

	if (error == MIG_ECONFLICT)
		api_reply_findings(exchange, 409,
		    "the plan does not carry all that changes in the schema", &findings);
	else if (error != 0)
		api_reply_findings(exchange, 409, "the check of the schema cannot be made",
		    &findings);
	mig_findings_fini(&findings);
	return error != 0;
}

static void
command_run(const struct api *api, struct http_exchange *exchange, size_t command,
    const struct mig_at *root)
{
	struct mig_findings findings = { 0 };
	struct mig_reader reader = { .findings = &findings, .unknown_keys = MIG_SEV_ERROR };
	struct driver_view view;
	char id[MIG_ID_MAX] = "";
	char refusal[MIG_ERROR_MAX] = "";
	const char *comment = command_text(&reader, root, "comment", MIG_COMMENT_MAX);
	const char *target = command_target(&reader, root, command);
	if (findings.errors > 0) {
		api_reply_findings(exchange, 400, "the request's body can't be understood",
		    &findings);
		mig_findings_fini(&findings);
		return;
	}
	mig_findings_fini(&findings);
	int error = driver_find(api->parts.driver, http_exchange_param(exchange, 0), &view);
	if (error == 0 && command == MIG_COMMAND_START && start_refused(exchange, &view))
		return;
	if (error == 0) {
		(void)snprintf(id, sizeof(id), "%s", view.state->rollout_id);
		struct driver_order order = { id, (enum mig_command)command,
			http_exchange_actor(exchange), comment, target };
		error = driver_command(api->parts.driver, &order, refusal, sizeof(refusal));
	} else {
		(void)snprintf(refusal, sizeof(refusal), "%s \"%.80s\"",
		    error == MIG_ECONFLICT ? "several rollouts start with"
			: "there is no rollout", http_exchange_param(exchange, 0));
	}
	if (error == 0)
		reply_rollout(api, exchange, id);
	else
		http_reply_problem(exchange, command_status(error),
		    refusal[0] != '\0' ? refusal : mig_error_text(error));
}

void
api_command(void *context, struct http_exchange *exchange)
{
	const struct api *api = context;
	struct mig_json_doc *body = NULL;
	size_t command = mig_command_by_name(http_exchange_param(exchange, 1));
	if (command >= MIG_COMMAND_COUNT) {
		http_reply_problem(exchange, 404,
		    "the commands are start, pause, resume, abort, approve, dismiss and ack");
		return;
	}
	if (api_read_body(exchange, command_keys, true, &body) != 0)
		return;
	struct mig_at root = mig_at_root(body);
	command_run(api, exchange, command, &root);
	mig_json_free(body);
}
