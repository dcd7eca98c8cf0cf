/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/request.h"
#include "ctl/show.h"

#define PAGE 500
#define FOLLOW_MS 1000

/* How far one run of the command has come. */
struct progress {
	double seq;   /* last record shown or passed over */
	mig_wall since; /* records before are passed over */
};

/* "--since 1h" is so long ago, "--since 2026-11-22T02:00:00Z" is a time. */
static int
read_since(const char *text, mig_wall *ret_since)
{
	int64_t ago_ms = 0;
	mig_wall at = { 0 };

	if (mig_num_duration(text, &ago_ms) == 0)
		at.ms = ctl_now().ms - ago_ms;
	else if (mig_time_parse(text, &at) != 0) {
		ctl_complain("--since: neither a time nor a duration: \"%s\" (write "
		    "\"2026-11-22T02:00:00Z\" or \"1h\")", text);
		return CTL_USAGE;
	}
	*ret_since = at;
	return CTL_OK;
}

static bool
wanted(const struct mig_json *record, mig_wall since)
{
	const char *text = mig_json_string(mig_json_get(record, "at"));
	mig_wall at = { 0 };

	return since.ms == 0 || text == NULL || mig_time_parse(text, &at) != 0 || at.ms >= since.ms;
}

/* One page of records; the number of them in ret_count. */
static int
print_page(struct ctl *ctl, const char *id, struct progress *progress, size_t *ret_count)
{
	struct reply reply = { 0 };
	struct mig_buf path;
	struct mig_buf text;
	mig_buf_init(&path, 4096);
	mig_buf_init(&text, 2 * MIG_REPLY_BYTES_MAX);
	struct screen screen = { &text, ctl->colour, ctl->width, ctl_now() };
	size_t count = 0;

	request_path(&path, id, "/history");
	mig_buf_printf(&path, "?since=%.0f&limit=%d", progress->seq, PAGE);
	int rc = request_get(ctl, path.data, &reply);
	if (rc != CTL_OK)
		goto out;
	const struct mig_json *root = reply.doc != NULL ? mig_json_root(reply.doc) : NULL;
	for (const struct mig_json *record = mig_json_first(mig_json_get(root, "events"));
	    record != NULL; record = mig_json_next(record)) {
		double seq = mig_json_number(mig_json_get(record, "seq"));

		/* A record seen before would mean that pages do not advance. */
		if (!(seq > progress->seq))
			continue;
		progress->seq = seq;
		count++;
		if (!wanted(record, progress->since))
			continue;
		if (ctl->options.json) {
			struct mig_jw jw;
			mig_jw_init(&jw, &text, 0);
			mig_jw_node(&jw, NULL, record);
			mig_buf_putc(&text, '\n');
		} else {
			show_record(&screen, record);
		}
	}
	rc = ctl_print(text.data, text.len);
	*ret_count = count;
out:
	mig_buf_fini(&text);
	mig_buf_fini(&path);
	reply_fini(&reply);
	return rc;
}

int
history_run(struct ctl *ctl)
{
	struct progress progress = { 0, { 0 } };
	char id[MIG_ID_MAX];
	int rc = CTL_OK;

	if (ctl->options.since != NULL)
		rc = read_since(ctl->options.since, &progress.since);
	if (rc == CTL_OK)
		rc = request_rollout(ctl, ctl->argc > 0 ? ctl->argv[0] : NULL, true, id);
	while (rc == CTL_OK) {
		size_t count = 0;

		rc = print_page(ctl, id, &progress, &count);
		if (count > 0)
			continue;
		if (!ctl->options.follow)
			break;
		ctl_sleep(FOLLOW_MS);
	}
	return rc;
}
