/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/time.h"
#include "daemon/api_int.h"
#include "daemon/driver.h"
#include "daemon/loop.h"
#include "daemon/store.h"
#include "wire/api.h"

#define HISTORY_LIMIT_DEFAULT 200
#define HISTORY_LIMIT_MAX 1000
#define PAGE_BYTES (MIG_REPLY_BYTES_MAX / 2) /* no more records once a page is that long */
#define HISTORY_SEQ_MAX INT64_C(9007199254740992)

/* One page of a history on its way out. */
struct page {
	struct mig_jw jw;
	size_t wanted;
	size_t written;
	uint64_t last; /* seq of the last one written */
	bool more;
};

/* Looks for the record before which a history starts. */
struct search {
	mig_wall since;
	uint64_t before;
};

static int
find_record(void *context, const struct store_record *record)
{
	struct search *search = context;
	if (record->at.ms >= search->since.ms)
		return 1;
	search->before = record->seq;
	return 0;
}

static int
write_record(void *context, const struct store_record *record)
{
	struct page *page = context;
	struct mig_jw *jw = &page->jw;
	/* A page that would become too long is a short one: "next" says that there is more. */
	if (page->written == page->wanted || jw->out->len > PAGE_BYTES) {
		page->more = true;
		return 1;
	}
	mig_jw_object(jw, NULL);
	mig_jw_int(jw, "seq", (int64_t)record->seq);
	mig_jw_time(jw, "at", record->at);
	mig_jw_string(jw, "actor", record->actor);
	mig_jw_string(jw, "kind", record->kind);
	mig_jw_raw(jw, "detail", record->detail);
	mig_jw_string(jw, "hash", record->hash);
	mig_jw_object_end(jw);
	page->written++;
	page->last = record->seq;
	return 0;
}

/*
 * since is a record number or a time.  0; MIG_EDOC when it is neither; MIG_EIO.
 */
static int
read_since(const struct api *api, const char *rollout_id, const char *text, uint64_t *ret_after)
{
	int64_t seq = 0;
	struct search search = { { 0 }, 0 };
	if (mig_num_int(text, 0, HISTORY_SEQ_MAX, &seq) == 0) {
		*ret_after = (uint64_t)seq;
		return 0;
	}
	if (mig_time_parse(text, &search.since) != 0)
		return MIG_EDOC;
	if (store_each_record(api->parts.store, rollout_id, 0, HISTORY_SEQ_MAX, find_record,
		&search) < 0)
		return MIG_EIO;
	*ret_after = search.before;
	return 0;
}

static int
history_query(const struct api *api, const struct http_exchange *exchange,
    const char *rollout_id, uint64_t *ret_after, size_t *ret_limit)
{
	char *since = NULL;
	char *limit = NULL;
	int64_t count = HISTORY_LIMIT_DEFAULT;
	int error = http_exchange_query(exchange, "since", &since);
	if (error == 0)
		error = read_since(api, rollout_id, since, ret_after);
	if (error == 0 || error == MIG_ENOTFOUND)
		error = http_exchange_query(exchange, "limit", &limit);
	if (error == 0)
		error = mig_num_int(limit, 1, HISTORY_LIMIT_MAX, &count);
	free(since);
	free(limit);
	if (error != 0 && error != MIG_ENOTFOUND)
		return error;
	*ret_limit = (size_t)count;
	return 0;
}

/* Find the rollout a request names; NULL state, and answered, when there is none. */
static void
find_rollout(const struct api *api, struct http_exchange *exchange,
    struct driver_view *ret_view)
{
	char detail[MIG_ERROR_MAX];
	const char *name = http_exchange_param(exchange, 0);
	int error = driver_find(api->parts.driver, name, ret_view);
	if (error == 0)
		return;
	memset(ret_view, 0, sizeof(*ret_view));
	(void)snprintf(detail, sizeof(detail), "%s \"%.80s\"",
	    error == MIG_ECONFLICT ? "several rollouts start with" : "there is no rollout", name);
	http_reply_problem(exchange, error == MIG_ECONFLICT ? 409 : 404, detail);
}

void
api_list(void *context, struct http_exchange *exchange)
{
	const struct api *api = context;
	struct mig_buf body;
	struct mig_jw jw;
	mig_buf_init(&body, MIG_LIST_BYTES_MAX);
	mig_jw_init(&jw, &body, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_array(&jw, "rollouts");
	for (size_t i = 0; i < driver_count(api->parts.driver); i++) {
		struct driver_view view;
		driver_at(api->parts.driver, i, &view);
		mig_api_summary(&jw, NULL, view.policy, view.state);
	}
	mig_jw_array_end(&jw);
	mig_jw_object_end(&jw);
	http_reply_buf(exchange, 200, HTTP_TYPE_JSON, &body);
	mig_buf_fini(&body);
}

void
api_get(void *context, struct http_exchange *exchange)
{
	const struct api *api = context;
	struct driver_view view;
	struct mig_buf body;
	struct mig_jw jw;
	find_rollout(api, exchange, &view);
	if (view.state == NULL)
		return;
	mig_buf_init(&body, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &body, 0);
	mig_api_rollout(&jw, NULL, view.policy, view.state, loop_wall(api->parts.loop));
	http_reply_buf(exchange, 200, HTTP_TYPE_JSON, &body);
	mig_buf_fini(&body);
}

void
api_history(void *context, struct http_exchange *exchange)
{
	const struct api *api = context;
	struct driver_view view;
	struct mig_buf body;
	struct page page = { 0 };
	uint64_t after = 0;
	find_rollout(api, exchange, &view);
	if (view.state == NULL)
		return;
	const char *id = view.state->rollout_id;
	int error = history_query(api, exchange, id, &after, &page.wanted);
	if (error == MIG_EDOC) {
		http_reply_problem(exchange, 400,
		    "since must be a record number or an RFC 3339 time, limit a number from 1 to "
		    "1000");
		return;
	}
	mig_buf_init(&body, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&page.jw, &body, 0);
	mig_jw_object(&page.jw, NULL);
	mig_jw_array(&page.jw, "events");
	if (error == 0)
		error = store_each_record(api->parts.store, id, after, page.wanted + 1,
		    write_record, &page);
	mig_jw_array_end(&page.jw);
	if (page.more)
		mig_jw_int(&page.jw, "next", (int64_t)page.last);
	else
		mig_jw_null(&page.jw, "next");
	mig_jw_object_end(&page.jw);
	if (error < 0)
		http_reply_problem(exchange, 503, store_error(api->parts.store));
	else
		http_reply_buf(exchange, 200, HTTP_TYPE_JSON, &body);
	mig_buf_fini(&body);
}
