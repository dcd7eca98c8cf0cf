/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/request.h"
#include "ctl/show.h"

#define OPERANDS_MAX 64U
#define BODY_BYTES_MAX 16384U

/* Print a screen, or with -f json the daemon's own words. */
static int
print_reply(const struct reply *reply, const struct mig_buf *text, bool json)
{
	const struct mig_buf *out = json ? &reply->body : text;

	if (!mig_buf_ok(out)) {
		ctl_complain("the answer is too large to be shown");
		return CTL_INTERNAL;
	}
	int rc = ctl_print(out->data, out->len);
	bool ended = out->len == 0 || out->data[out->len - 1] == '\n';

	return rc == CTL_OK && !ended ? ctl_print("\n", 1) : rc;
}

/* What a command brought about: the daemon's answer may be the rollout as it is now. */
static int
print_done(struct ctl *ctl, const char *id, const struct reply *reply)
{
	const struct mig_json *root = reply->doc != NULL ? mig_json_root(reply->doc) : NULL;
	const char *state = mig_json_string(mig_json_get(root, "state"));
	const char *real = mig_json_string(mig_json_get(root, "id"));
	struct mig_buf text;
	mig_buf_init(&text, BODY_BYTES_MAX);

	text_clean(&text, real != NULL ? real : id);
	mig_buf_printf(&text, ": %s is accepted and durable", ctl->command->name);
	if (state != NULL) {
		mig_buf_puts(&text, "; the rollout is ");
		text_clean(&text, state);
	}
	mig_buf_putc(&text, '\n');
	int rc = print_reply(reply, &text, ctl->options.json);
	mig_buf_fini(&text);
	return rc;
}

/* POST /v1/rollouts/ID/COMMAND with the comment and one member more (key NULL: none). */
static int
send_command(struct ctl *ctl, const char *id, const char *key, const char *value)
{
	struct reply reply = { 0 };
	struct mig_buf path;
	struct mig_buf body;
	struct mig_jw jw;

	if (ctl->options.comment != NULL && strlen(ctl->options.comment) >= MIG_COMMENT_MAX) {
		ctl_complain("--comment: at most %d bytes are kept", MIG_COMMENT_MAX - 1);
		return CTL_USAGE;
	}
	mig_buf_init(&path, BODY_BYTES_MAX);
	mig_buf_init(&body, BODY_BYTES_MAX);
	int rc = CTL_INTERNAL;

	request_path(&path, id, "/");
	mig_buf_puts(&path, ctl->command->name);
	mig_jw_init(&jw, &body, 0);
	mig_jw_object(&jw, NULL);
	if (ctl->options.comment != NULL)
		mig_jw_string(&jw, "comment", ctl->options.comment);
	if (key != NULL)
		mig_jw_string(&jw, key, value);
	mig_jw_object_end(&jw);
	if (!mig_buf_ok(&path) || !mig_buf_ok(&body)) {
		ctl_complain("an operand is too long");
		rc = CTL_USAGE;
		goto out;
	}
	rc = request_post(ctl, path.data, body.data, &reply);
	if (rc == CTL_OK)
		rc = print_done(ctl, id, &reply);
out:
	reply_fini(&reply);
	mig_buf_fini(&body);
	mig_buf_fini(&path);
	return rc;
}

/* start, pause, resume, abort: they need to know no more than the rollout. */
static int
run_plain(struct ctl *ctl)
{
	char id[MIG_ID_MAX];
	int rc = request_rollout(ctl, ctl->argc > 0 ? ctl->argv[0] : NULL, false, id);

	if (rc == CTL_OK)
		rc = send_command(ctl, id, NULL, NULL);
	if (rc == CTL_OK && ctl->options.wait)
		rc = status_wait(ctl, id, "rolled_back");
	return rc;
}

/* Whether it is a word of approve that can be no rollout's name. */
static bool
is_approved_word(const char *text)
{
	static const char *const words[] = { "adopt", "restore", "hook", "rollback",
		"validation" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], text) == 0)
			return true;
	}
	return false;
}

static int
run_approve(struct ctl *ctl)
{
	char id[MIG_ID_MAX];
	bool alone = ctl->argc == 1 && is_approved_word(ctl->argv[0]);
	const char *rollout = ctl->argc > 0 && !alone ? ctl->argv[0] : NULL;
	const char *thing = alone ? ctl->argv[0] : ctl->argc > 1 ? ctl->argv[1] : NULL;
	int rc = request_rollout(ctl, rollout, false, id);

	return rc == CTL_OK ? send_command(ctl, id, thing != NULL ? "gate" : NULL, thing) : rc;
}

/* A single operand of dismiss and ack is the thing, not the rollout. */
static int
run_dismiss(struct ctl *ctl)
{
	char id[MIG_ID_MAX];
	int rc = request_rollout(ctl, ctl->argc > 1 ? ctl->argv[0] : NULL, false, id);

	return rc == CTL_OK ? send_command(ctl, id, "trigger", ctl->argv[ctl->argc - 1]) : rc;
}

static int
run_ack(struct ctl *ctl)
{
	char id[MIG_ID_MAX];
	size_t first = ctl->argc > 1 ? 1 : 0;
	int rc = request_rollout(ctl, first > 0 ? ctl->argv[0] : NULL, false, id);

	for (size_t i = first; rc == CTL_OK && i < ctl->argc; i++)
		rc = send_command(ctl, id, "step", ctl->argv[i]);
	return rc;
}

static int
run_list(struct ctl *ctl)
{
	struct reply reply = { 0 };
	struct mig_buf text;
	mig_buf_init(&text, MIG_REPLY_BYTES_MAX);
	int rc = request_get(ctl, "/v1/rollouts", &reply);

	if (rc == CTL_OK) {
		struct screen screen = { &text, ctl->colour, ctl->width, ctl_now() };
		if (reply.doc != NULL)
			show_list(&screen, mig_json_root(reply.doc));
		rc = print_reply(&reply, &text, ctl->options.json);
	}
	mig_buf_fini(&text);
	reply_fini(&reply);
	return rc;
}

static int
run_reload(struct ctl *ctl)
{
	struct reply reply = { 0 };
	struct mig_buf text;
	mig_buf_init(&text, BODY_BYTES_MAX);
	int rc = request_post(ctl, "/v1/reload", NULL, &reply);

	if (rc == CTL_OK) {
		mig_buf_puts(&text, "the configuration is read again");
		if (reply.doc != NULL)
			request_add_warnings(&text, mig_json_root(reply.doc));
		mig_buf_putc(&text, '\n');
		rc = print_reply(&reply, &text, ctl->options.json);
	}
	mig_buf_fini(&text);
	reply_fini(&reply);
	return rc;
}

static int
run_version(struct ctl *ctl)
{
	struct reply reply = { 0 };
	struct mig_buf text;
	mig_buf_init(&text, BODY_BYTES_MAX);
	int rc = request_get(ctl, "/v1/version", &reply);

	if (rc == CTL_OK) {
		const struct mig_json *root = reply.doc != NULL ? mig_json_root(reply.doc) : NULL;
		const char *version = mig_json_string(mig_json_get(root, "version"));
		mig_buf_puts(&text, "migarchd ");
		text_clean(&text, version != NULL ? version : "of unknown version");
		mig_buf_putc(&text, '\n');
		rc = print_reply(&reply, &text, ctl->options.json);
	}
	mig_buf_fini(&text);
	reply_fini(&reply);
	return rc;
}

static const struct ctl_command table[] = {
	{ "status", "[ROLLOUT]", "Show what a rollout is doing, and what comes next",
	    "With --wait the exit status is 0 when STATE is reached, 1 when the rollout ended\n"
	    "in another state, 75 when --timeout is over.",
	    0, 1, CTL_OPT_WATCH | CTL_OPT_WAIT_STATE | CTL_OPT_TIMEOUT, status_run },
	{ "list", "", "List all rollouts", NULL, 0, 0, 0, run_list },
	{ "history", "[ROLLOUT]", "Show what happened to a rollout, one line a record", NULL, 0, 1,
	    CTL_OPT_SINCE | CTL_OPT_FOLLOW, history_run },
	{ "why", "[ROLLOUT [SEQ]]", "Tell why a decision was made, with all it was made on",
	    "SEQ is the number of a record of the history.  Without it: why it rolled back or is\n"
	    "held, else why it last went on, and why it does not go on now.",
	    0, 2, 0, why_run },
	{ "load", "PLAN RUNBOOK | SPEC", "Give the daemon a migration",
	    "The daemon plans a SPEC itself.  \"-\" is standard input.", 1, 2, CTL_OPT_BINDING,
	    load_run },
	{ "start", "[ROLLOUT]", "Start a loaded rollout", NULL, 0, 1, CTL_OPT_COMMENT, run_plain },
	{ "pause", "[ROLLOUT]", "Let nothing advance; triggers stay armed", NULL, 0, 1,
	    CTL_OPT_COMMENT, run_plain },
	{ "resume", "[ROLLOUT]", "End a pause", NULL, 0, 1, CTL_OPT_COMMENT, run_plain },
	{ "abort", "[ROLLOUT]", "Roll back now",
	    "The answer comes when the decision is durable; the flags go back at once.\n"
	    "With --wait the exit status is 0 when all is rolled back, 1 when it ended\n"
	    "otherwise, 75 when --timeout is over.",
	    0, 1, CTL_OPT_COMMENT | CTL_OPT_WAIT | CTL_OPT_TIMEOUT, run_plain },
	{ "approve", "[ROLLOUT [GATE]]", "Open a gate, or answer a question of the rollout",
	    "GATE is the name of an approval gate (left out: the one that is waited for), or\n"
	    "  schema     enter the phase although the live schema is not as planned\n"
	    "  rollback   confirm a proposed rollback\n"
	    "  adopt      take a flag that drifted as it is\n"
	    "  restore    put a flag that drifted or was refused back\n"
	    "  hook       pass over a phase hook that failed, or that nobody says is done\n"
	    "  validation end a rollback although triggers are not quiet\n"
	    "One of the last five alone is meant for the only rollout under way.",
	    0, 2, CTL_OPT_COMMENT, run_approve },
	{ "dismiss", "[ROLLOUT] TRIGGER", "Arm a fired trigger again without rolling back", NULL,
	    1, 2, CTL_OPT_COMMENT, run_dismiss },
	{ "ack", "ROLLOUT STEP...", "Tell that a manual rollback step is done",
	    "A single operand is the STEP of the only unfinished rollout.", 1, OPERANDS_MAX,
	    CTL_OPT_COMMENT, run_ack },
	{ "reload", "", "Make the daemon read its configuration again", NULL, 0, 0, 0, run_reload },
	{ "version", "", "Show the daemon's version", NULL, 0, 0, 0, run_version },
	{ NULL, NULL, NULL, NULL, 0, 0, 0, NULL },
};

const struct ctl_command *
commands_table(void)
{
	return table;
}

const struct ctl_command *
commands_find(const char *name)
{
	for (const struct ctl_command *row = table; row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}
