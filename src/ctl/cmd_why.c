/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/json_write.h"
#include "base/num.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/request.h"
#include "ctl/show.h"

#define PAGE 200
#define PATH_BYTES_MAX 4096
#define SEQ_MAX INT64_C(9007199254740992)

/* The record that is told, as JSON, and how much it matters; rank 0: there is none yet. */
struct decision {
	struct mig_buf text;
	int rank;
};

static bool
is(const struct mig_json *object, const char *key, const char *word)
{
	const char *text = mig_json_string(mig_json_get(object, key));

	return text != NULL && strcmp(text, word) == 0;
}

/* What people ask about first: going back, then going on, or that it did not even start. */
static int
rank_of(const struct mig_json *record)
{
	const struct mig_json *detail = mig_json_get(record, "detail");

	if (is(record, "kind", "rollback_decided") || is(record, "kind", "held"))
		return 2;
	if (is(record, "kind", "completed") || is(record, "kind", "preflight_refused") ||
	    is(record, "kind", "started"))
		return 1;
	return is(record, "kind", "flag_write") &&
	    (is(detail, "reason", "start") || is(detail, "reason", "step")) ? 1 : 0;
}

static void
take(struct decision *decision, const struct mig_json *record)
{
	struct mig_jw jw;

	mig_buf_reset(&decision->text);
	mig_jw_init(&jw, &decision->text, 0);
	mig_jw_node(&jw, NULL, record);
}

/* One page behind *seq, which is moved to its end; ret_more tells whether there is another. */
static int
read_page(struct ctl *ctl, const char *id, double *seq, struct decision *decision, bool *ret_more)
{
	struct reply reply = { 0 };
	struct mig_buf path;
	mig_buf_init(&path, PATH_BYTES_MAX);

	request_path(&path, id, "/history");
	mig_buf_printf(&path, "?since=%.0f&limit=%d", *seq, PAGE);
	int rc = request_get(ctl, path.data, &reply);
	const struct mig_json *root =
	    rc == CTL_OK && reply.doc != NULL ? mig_json_root(reply.doc) : NULL;
	for (const struct mig_json *record = mig_json_first(mig_json_get(root, "events"));
	    record != NULL; record = mig_json_next(record)) {
		int rank = rank_of(record);

		if (rank == 0 || rank < decision->rank)
			continue;
		decision->rank = rank;
		take(decision, record);
	}
	double next = mig_json_number(mig_json_get(root, "next"));
	*ret_more = next > *seq; /* pages that do not advance would have no end */
	*seq = *ret_more ? next : *seq;
	mig_buf_fini(&path);
	reply_fini(&reply);
	return rc;
}

/* The newest of the decisions that matter most. */
static int
find_decision(struct ctl *ctl, const char *id, struct decision *decision)
{
	double seq = 0;
	bool more = true;
	int rc = CTL_OK;

	while (rc == CTL_OK && more)
		rc = read_page(ctl, id, &seq, decision, &more);
	return rc;
}

static int
find_record(struct ctl *ctl, const char *id, int64_t seq, struct decision *decision)
{
	struct reply reply = { 0 };
	struct mig_buf path;
	mig_buf_init(&path, PATH_BYTES_MAX);

	request_path(&path, id, "/history");
	mig_buf_printf(&path, "?since=%lld&limit=1", (long long)seq - 1);
	int rc = request_get(ctl, path.data, &reply);
	const struct mig_json *root =
	    rc == CTL_OK && reply.doc != NULL ? mig_json_root(reply.doc) : NULL;
	const struct mig_json *record = mig_json_first(mig_json_get(root, "events"));
	bool found = record != NULL &&
	    !(mig_json_number(mig_json_get(record, "seq")) > (double)seq);
	if (found) {
		decision->rank = 1;
		take(decision, record);
	} else if (rc == CTL_OK) {
		ctl_complain("rollout %s has no record %lld (migarchctl history)", id,
		    (long long)seq);
		rc = CTL_NOINPUT;
	}
	mig_buf_fini(&path);
	reply_fini(&reply);
	return rc;
}

/* What -f json prints, and what the sentences are made of. */
static void
write_why(struct mig_buf *out, const struct mig_json *rollout, const struct decision *decision,
    bool with_rollout)
{
	struct mig_jw jw;

	mig_jw_init(&jw, out, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "rollout_id", mig_json_string(mig_json_get(rollout, "id")));
	mig_jw_string(&jw, "now", mig_json_string(mig_json_get(rollout, "now")));
	mig_jw_array(&jw, "records");
	if (decision->rank > 0)
		mig_jw_raw(&jw, NULL, decision->text.data);
	mig_jw_array_end(&jw);
	if (with_rollout)
		mig_jw_node(&jw, "rollout", rollout);
	else
		mig_jw_null(&jw, "rollout");
	mig_jw_object_end(&jw);
	mig_buf_putc(out, '\n');
}

static int
print_why(const struct ctl *ctl, const struct mig_buf *json)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	struct mig_buf text;
	mig_buf_init(&text, MIG_REPLY_BYTES_MAX);
	struct screen screen = { &text, ctl->colour, ctl->width, ctl_now() };
	int rc = CTL_OK;

	if (!mig_buf_ok(json) ||
	    mig_json_parse(json->data, json->len, NULL, &doc, &findings) != 0) {
		ctl_complain("the answer is too large to be shown");
		rc = CTL_INTERNAL;
	} else if (ctl->options.json) {
		rc = ctl_print(json->data, json->len);
	} else {
		show_why(&screen, mig_json_root(doc));
		rc = ctl_print(text.data, text.len);
	}
	mig_findings_fini(&findings);
	mig_json_free(doc);
	mig_buf_fini(&text);
	return rc;
}

/* The rollout is asked first: it tells the whole id, and the time by the daemon's clock. */
static int
tell(struct ctl *ctl, const char *id, int64_t seq)
{
	struct reply reply = { 0 };
	struct decision decision = { .rank = 0 };
	struct mig_buf path;
	struct mig_buf json;
	mig_buf_init(&decision.text, MIG_REPLY_BYTES_MAX);
	mig_buf_init(&path, PATH_BYTES_MAX);
	mig_buf_init(&json, MIG_REPLY_BYTES_MAX);

	request_path(&path, id, "");
	int rc = request_get(ctl, path.data, &reply);
	const struct mig_json *rollout =
	    rc == CTL_OK && reply.doc != NULL ? mig_json_root(reply.doc) : NULL;
	if (rc == CTL_OK)
		rc = seq > 0 ? find_record(ctl, id, seq, &decision) :
		    find_decision(ctl, id, &decision);
	if (rc == CTL_OK) {
		write_why(&json, rollout, &decision, seq == 0);
		rc = print_why(ctl, &json);
	}
	mig_buf_fini(&decision.text);
	mig_buf_fini(&path);
	mig_buf_fini(&json);
	reply_fini(&reply);
	return rc;
}

int
why_run(struct ctl *ctl)
{
	char id[MIG_ID_MAX];
	int64_t seq = 0;

	if (ctl->argc > 1 && mig_num_int(ctl->argv[1], 1, SEQ_MAX, &seq) != 0) {
		ctl_complain("not the number of a record: \"%s\" (migarchctl history)",
		    ctl->argv[1]);
		return CTL_USAGE;
	}
	int rc = request_rollout(ctl, ctl->argc > 0 ? ctl->argv[0] : NULL, true, id);

	return rc == CTL_OK ? tell(ctl, id, seq) : rc;
}
