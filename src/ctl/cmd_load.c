/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/request.h"
#include "ctl/text.h"
#include "sys/file.h"

#define FINDINGS_BYTES_MAX (256U * 1024U)

static void
tell_findings(const struct mig_findings *findings)
{
	struct mig_buf text;
	mig_buf_init(&text, FINDINGS_BYTES_MAX);

	for (size_t i = 0; i < findings->count; i++) {
		mig_buf_reset(&text);
		mig_finding_format(&findings->items[i], &text);
		ctl_complain("%s", text.data);
	}
	mig_buf_fini(&text);
}

/* A file as a member of the request; a document must be JSON, a binding is a string. */
static int
add_file(struct mig_jw *jw, const char *key, const char *path, bool document)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	char *text = NULL;
	size_t len = 0;
	char error[512];
	int rc = CTL_NOINPUT;

	if (file_read(path, MIG_REQUEST_BYTES_MAX, &text, &len, error, sizeof(error)) != 0) {
		ctl_complain("%s", error);
		goto out;
	}
	rc = CTL_DATA;
	if (!document) {
		if (strlen(text) != len) {
			ctl_complain("%s: a zero byte in the text", path);
			goto out;
		}
		mig_jw_string(jw, key, text);
	} else {
		if (mig_json_parse(text, len, path, &doc, &findings) != 0) {
			tell_findings(&findings);
			goto out;
		}
		mig_jw_raw(jw, key, text);
	}
	rc = CTL_OK;
out:
	mig_json_free(doc);
	mig_findings_fini(&findings);
	free(text);
	return rc;
}

static int
build(struct ctl *ctl, struct mig_buf *body)
{
	bool spec = ctl->argc == 1;
	struct mig_jw jw;
	mig_jw_init(&jw, body, 0);
	mig_jw_object(&jw, NULL);
	int rc = add_file(&jw, spec ? "spec" : "plan", ctl->argv[0], true);

	if (rc == CTL_OK && !spec)
		rc = add_file(&jw, "runbook", ctl->argv[1], true);
	if (rc == CTL_OK && ctl->options.binding != NULL)
		rc = add_file(&jw, "binding", ctl->options.binding, false);
	mig_jw_object_end(&jw);
	if (rc == CTL_OK && !mig_buf_ok(body)) {
		ctl_complain("the documents are larger than %u bytes together",
		    MIG_REQUEST_BYTES_MAX);
		rc = CTL_DATA;
	}
	return rc;
}

static int
print_loaded(const struct reply *reply)
{
	const struct mig_json *root = reply->doc != NULL ? mig_json_root(reply->doc) : NULL;
	const char *id = mig_json_string(mig_json_get(root, "id"));
	const char *state = mig_json_string(mig_json_get(root, "state"));
	struct mig_buf text;
	mig_buf_init(&text, 65536);

	text_clean(&text, id != NULL ? id : "the rollout");
	mig_buf_puts(&text, ": loaded");
	if (state != NULL && strcmp(state, "loaded") != 0) {
		mig_buf_puts(&text, "; the rollout is ");
		text_clean(&text, state);
	}
	request_add_warnings(&text, root);
	mig_buf_putc(&text, '\n');
	if (state == NULL || strcmp(state, "loaded") == 0) {
		mig_buf_puts(&text, "Start it: migarchctl start ");
		text_clean(&text, id != NULL ? id : "ROLLOUT");
		mig_buf_putc(&text, '\n');
	}
	int rc = ctl_print(text.data, text.len);
	mig_buf_fini(&text);
	return rc;
}

int
load_run(struct ctl *ctl)
{
	struct reply reply = { 0 };
	struct mig_buf body;
	mig_buf_init(&body, MIG_REQUEST_BYTES_MAX);
	int rc = build(ctl, &body);

	if (rc == CTL_OK)
		rc = request_post(ctl, "/v1/rollouts", body.data, &reply);
	if (rc == CTL_OK && ctl->options.json) {
		rc = ctl_print(reply.body.data, reply.body.len);
		if (rc == CTL_OK)
			rc = ctl_print("\n", 1);
	} else if (rc == CTL_OK) {
		rc = print_loaded(&reply);
	}
	reply_fini(&reply);
	mig_buf_fini(&body);
	return rc;
}
