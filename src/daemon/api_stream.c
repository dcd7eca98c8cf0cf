/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Event streams.  Each has one cursor per rollout and reads what is behind it from the store,
 * so nothing is queued for a slow client: it gets its next events when it has taken the ones
 * before, and is cut by the connection's timeout when it takes none.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "daemon/api_int.h"
#include "daemon/driver.h"
#include "daemon/loop.h"
#include "daemon/store.h"

#define STREAMS_MAX 64
#define STREAM_BACKLOG_MAX 262144 /* bytes not taken yet: no more until they are */
#define STREAM_BATCH 64           /* records read at once */
#define STREAM_BEAT_MS 20000
#define STREAM_ALL INT64_C(9007199254740992)

struct api_stream {
	struct api *api;
	struct http_exchange *exchange;
	char only[MIG_ID_MAX]; /* rollout asked for, "" all */
	size_t count;          /* of cursors */
	uint64_t *cursors;     /* by the driver's index: last record sent */
	struct api_stream *next;
};

/* Records of one rollout becoming events. */
struct batch {
	struct mig_buf text;
	const char *rollout_id;
	size_t count;
	uint64_t last;
};

/* Where in one rollout's history a stream goes on. */
struct resume {
	uint64_t seq;   /* of the last event the client saw */
	mig_wall at;    /* its time; ms 0 until it is known */
	uint64_t before; /* last record of another rollout older than that */
};

static int
write_event(void *context, const struct store_record *record)
{
	struct batch *batch = context;
	struct mig_jw jw;
	mig_buf_printf(&batch->text, "id: %s:%" PRIu64 "\ndata: ", batch->rollout_id, record->seq);
	mig_jw_init(&jw, &batch->text, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "rollout_id", batch->rollout_id);
	mig_jw_int(&jw, "seq", (int64_t)record->seq);
	mig_jw_time(&jw, "at", record->at);
	mig_jw_string(&jw, "actor", record->actor);
	mig_jw_string(&jw, "kind", record->kind);
	mig_jw_raw(&jw, "detail", record->detail);
	mig_jw_string(&jw, "hash", record->hash);
	mig_jw_object_end(&jw);
	mig_buf_puts(&batch->text, "\n\n");
	batch->count++;
	batch->last = record->seq;
	return 0;
}

/* Rollouts only ever get more, at the end. */
static bool
stream_grow(struct api_stream *stream, size_t count)
{
	if (count <= stream->count)
		return true;
	uint64_t *cursors = reallocarray(stream->cursors, count, sizeof(*cursors));
	if (cursors == NULL)
		return false;
	memset(cursors + stream->count, 0, (count - stream->count) * sizeof(*cursors));
	stream->cursors = cursors;
	stream->count = count;
	return true;
}

/* Send the next records of one rollout; whether there were any. */
static bool
stream_send(struct api_stream *stream, size_t index, const struct driver_view *view)
{
	struct batch batch = { .rollout_id = view->state->rollout_id };
	bool wanted = stream->only[0] == '\0' || strcmp(stream->only, batch.rollout_id) == 0;
	if (!wanted || view->state->record_seq <= stream->cursors[index])
		return false;
	mig_buf_init(&batch.text, MIG_REPLY_BYTES_MAX);
	/* A store that can't be read now is asked again at the next record or heartbeat. */
	int error = store_each_record(stream->api->parts.store, batch.rollout_id,
	    stream->cursors[index], STREAM_BATCH, write_event, &batch);
	bool sent = error >= 0 && batch.count > 0 && mig_buf_ok(&batch.text);
	if (sent) {
		http_stream_send(stream->exchange, batch.text.data, batch.text.len);
		stream->cursors[index] = batch.last;
	}
	mig_buf_fini(&batch.text);
	return sent;
}

static void
stream_pump(void *context)
{
	struct api_stream *stream = context;
	struct driver *driver = stream->api->parts.driver;
	size_t count = driver_count(driver);
	bool sent = stream_grow(stream, count);
	while (sent) {
		sent = false;
		for (size_t i = 0; i < count; i++) {
			struct driver_view view;
			if (http_stream_backlog(stream->exchange) >= STREAM_BACKLOG_MAX)
				return;
			driver_at(driver, i, &view);
			sent = stream_send(stream, i, &view) || sent;
		}
	}
}

static void
stream_free(struct api_stream *stream)
{
	free(stream->cursors);
	free(stream);
}

static void
stream_closed(void *context)
{
	struct api_stream *stream = context;
	struct api_stream **link = &stream->api->streams;
	while (*link != stream)
		link = &(*link)->next;
	*link = stream->next;
	stream->api->stream_count--;
	if (stream->api->streams == NULL) {
		loop_timer_clear(stream->api->pump);
		loop_timer_clear(stream->api->heartbeat);
	}
	stream_free(stream);
}

static int
find_time(void *context, const struct store_record *record)
{
	struct resume *resume = context;
	resume->at = record->at;
	return record->seq == resume->seq;
}

static int
find_before(void *context, const struct store_record *record)
{
	struct resume *resume = context;
	if (record->at.ms >= resume->at.ms)
		return 1;
	resume->before = record->seq;
	return 0;
}

/*
 * Go on behind the event "ROLLOUT:SEQ".  The other rollouts go on at that event's time, so one
 * of the same millisecond may come twice, but none is left out.
 */
static int
stream_resume(struct api_stream *stream, const char *last)
{
	struct resume resume = { 0 };
	struct driver_view view;
	char id[MIG_ID_MAX];
	int64_t seq = 0;
	struct store *store = stream->api->parts.store;
	const char *colon = strrchr(last, ':');
	if (colon == NULL || (size_t)(colon - last) >= sizeof(id)
	    || mig_num_int(colon + 1, 1, STREAM_ALL, &seq) != 0)
		return MIG_EDOC;
	memcpy(id, last, (size_t)(colon - last));
	id[colon - last] = '\0';
	resume.seq = (uint64_t)seq;
	if (store_each_record(store, id, resume.seq - 1, 1, find_time, &resume) < 0)
		return MIG_EIO;
	if (resume.at.ms == 0)
		return MIG_ENOTFOUND;
	for (size_t i = 0; i < stream->count; i++) {
		driver_at(stream->api->parts.driver, i, &view);
		resume.before = 0;
		bool same = strcmp(view.state->rollout_id, id) == 0;
		if (!same && store_each_record(store, view.state->rollout_id, 0, STREAM_ALL,
			find_before, &resume) < 0)
			return MIG_EIO;
		stream->cursors[i] = same ? resume.seq : resume.before;
	}
	return 0;
}

/* Without a place to go on from, a stream begins with what happens next. */
static void
stream_from_now(struct api_stream *stream)
{
	for (size_t i = 0; i < stream->count; i++) {
		struct driver_view view;
		driver_at(stream->api->parts.driver, i, &view);
		stream->cursors[i] = view.state->record_seq;
	}
}

/* 0, or the HTTP status to refuse with. */
static int
stream_filter(struct api_stream *stream, const struct http_exchange *exchange)
{
	struct driver_view view;
	char *name = NULL;
	int error = http_exchange_query(exchange, "rollout", &name);
	if (error == MIG_ENOTFOUND)
		return 0;
	if (error == 0)
		error = driver_find(stream->api->parts.driver, name, &view);
	free(name);
	if (error == 0)
		memcpy(stream->only, view.state->rollout_id, sizeof(stream->only));
	if (error == MIG_ECONFLICT)
		return 409;
	if (error == MIG_EDOC)
		return 400;
	return error == 0 ? 0 : 404;
}

/* 0, or the HTTP status to refuse with. */
static int
stream_prepare(struct api_stream *stream, const struct http_exchange *exchange)
{
	const char *last = http_exchange_header(exchange, "Last-Event-ID");
	int status = stream_filter(stream, exchange);
	if (status != 0)
		return status;
	if (!stream_grow(stream, driver_count(stream->api->parts.driver)))
		return 500;
	int error = last != NULL ? stream_resume(stream, last) : MIG_ENOTFOUND;
	if (error == MIG_EIO)
		return 503;
	if (error != 0)
		stream_from_now(stream);
	return 0;
}

void
api_streams_pump(void *context)
{
	const struct api *api = context;
	for (struct api_stream *stream = api->streams; stream != NULL; stream = stream->next)
		stream_pump(stream);
}

void
api_streams_beat(void *context)
{
	static const char beat[] = ":\n\n";
	struct api *api = context;
	for (struct api_stream *stream = api->streams; stream != NULL; stream = stream->next) {
		/* Sending also tells the connection's timeout that all is well; here it is not. */
		if (http_stream_backlog(stream->exchange) > 0)
			continue;
		http_stream_send(stream->exchange, beat, sizeof(beat) - 1);
		stream_pump(stream);
	}
	if (api->streams != NULL)
		loop_timer_set(api->heartbeat, STREAM_BEAT_MS);
}

void
api_events(void *context, struct http_exchange *exchange)
{
	static const char hello[] = "retry: 2000\n\n";
	struct api *api = context;
	if (http_exchange_head(exchange)) {
		http_reply(exchange, 200, "text/event-stream", NULL, 0);
		return;
	}
	if (api->stream_count >= STREAMS_MAX) {
		http_reply_problem(exchange, 503, "too many event streams are open");
		return;
	}
	struct api_stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL) {
		http_reply_problem(exchange, 500, mig_error_text(MIG_ENOMEM));
		return;
	}
	stream->api = api;
	stream->exchange = exchange;
	int status = stream_prepare(stream, exchange);
	if (status != 0) {
		http_reply_problem(exchange, status,
		    status == 404 ? "there is no such rollout"
			: status == 409 ? "several rollouts start with that" : NULL);
		stream_free(stream);
		return;
	}
	if (api->streams == NULL)
		loop_timer_set(api->heartbeat, STREAM_BEAT_MS);
	stream->next = api->streams;
	api->streams = stream;
	api->stream_count++;
	http_exchange_on_close(exchange, stream_closed, stream);
	http_stream_start(exchange, "text/event-stream", stream_pump);
	http_stream_send(exchange, hello, sizeof(hello) - 1);
	stream_pump(stream);
}
