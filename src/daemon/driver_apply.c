/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "core/state_codec.h"
#include "daemon/config.h"
#include "daemon/dispatcher.h"
#include "daemon/driver_int.h"
#include "daemon/http_client.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/metrics.h"
#include "daemon/store.h"
#include "wire/webhook.h"

/* A state that changed without a record is written at most this often. */
#define CHECKPOINT_MS 5000

/* An encoded state is far smaller than this. */
#define STATE_BYTES_MAX (4U * 1024U * 1024U)

/* Tell the log once when the store stops working, and once when it works again. */
static void
note_store(struct driver *driver, bool failing)
{
	if (failing && !driver->store_failing)
		log_event(LOG_LEVEL_ERROR, "store",
		    "cannot write the store: nothing goes forward, rollbacks are sent all the same",
		    "error", store_error(driver->parts.store), NULL);
	else if (!failing && driver->store_failing)
		log_event(LOG_LEVEL_WARNING, "store", "the store works again", NULL);
	driver->store_failing = failing;
}

/* The rows of the outbox that a list stands for; owned by the caller. */
static struct store_owed *
as_rows(const struct rollout *rollout, const struct owed_item *items, size_t count)
{
	struct store_owed *rows = calloc(count + 1, sizeof(*rows));

	for (size_t i = 0; rows != NULL && i < count; i++) {
		rows[i] = (struct store_owed) { .key = items[i].key,
			.rollout_id = rollout->state->rollout_id, .seq = items[i].seq,
			.kind = items[i].kind, .lane = items[i].lane,
			.request = items[i].request };
	}
	return rows;
}

/* One transaction with a state and some records and requests. */
static int
commit(struct rollout *rollout, const struct mig_state *state, struct store_commit *what,
    const struct owed_item *items)
{
	struct driver *driver = rollout->driver;
	struct mig_buf json;
	struct store_owed *rows = as_rows(rollout, items, what->owed_count);
	int error = MIG_ENOMEM;

	mig_buf_init(&json, STATE_BYTES_MAX);
	mig_state_encode(state, rollout->policy, &json);
	if (rows != NULL && mig_buf_ok(&json)) {
		what->rollout_id = state->rollout_id;
		what->expected_version = rollout->version;
		what->state = json.data;
		what->finished = mig_state_finished(state);
		what->owed = rows;
		what->at = loop_wall(driver->parts.loop);
		error = store_commit_step(driver->parts.store, what);
	}
	if (error == MIG_OK) {
		rollout->version++;
		rollout->dirty = false;
		rollout->saved_at = loop_mono(driver->parts.loop);
	}
	note_store(driver, error != MIG_OK);
	mig_buf_fini(&json);
	free(rows);
	return error;
}

static void
dispatch_one(struct rollout *rollout, const struct owed_item *item)
{
	struct store_owed row = { .key = item->key, .rollout_id = rollout->state->rollout_id,
		.seq = item->seq, .kind = item->kind, .lane = item->lane,
		.request = item->request };

	if (dispatcher_add(rollout->driver->dispatcher, &row, item->rollback) != MIG_OK)
		log_event(LOG_LEVEL_ERROR, "driver",
		    "out of memory: a request waits for the next restart", "key", item->key, NULL);
}

/* Whether it is sent even if it can't be made durable: the way back, and what people are told. */
static bool
goes_at_once(const struct owed_item *item)
{
	return item->rollback || item->kind == MIG_EFFECT_NOTIFY;
}

/*
 * Hand the requests of a list to the dispatcher, the way back first.  What is not durable and can
 * wait is left to flush_unsaved(): after a crash nobody would know that it was sent.
 */
static void
dispatch(struct rollout *rollout, const struct owed_item *items, size_t count, bool durable)
{
	for (int forward = 0; forward <= 1; forward++) {
		for (size_t i = 0; i < count; i++) {
			if (items[i].rollback != forward && (durable || goes_at_once(&items[i])))
				dispatch_one(rollout, &items[i]);
		}
	}
}

/* Write what is not durable yet, if there is any.  MIG_OK when nothing is left over. */
static int
flush_unsaved(struct rollout *rollout)
{
	struct driver *driver = rollout->driver;
	struct unsaved *unsaved = &rollout->unsaved;
	struct unsaved rest = { .settled = unsaved->settled,
		.settled_count = unsaved->settled_count };
	struct store_commit what = { .record_count = unsaved->record_count,
		.records = unsaved->records, .owed_count = unsaved->owed_count,
		.drop_forward = unsaved->drop_forward };

	if (!unsaved_any(unsaved))
		return MIG_OK;
	int error = commit(rollout, rollout->state, &what, unsaved->owed);
	if (error != MIG_OK)
		return error;
	for (size_t i = 0; i < unsaved->owed_count; i++) {
		if (!goes_at_once(&unsaved->owed[i]))
			dispatch_one(rollout, &unsaved->owed[i]);
	}
	/* What is in must not be written again, whatever becomes of the rest. */
	unsaved->settled = NULL;
	unsaved->settled_count = 0;
	unsaved_fini(unsaved);
	*unsaved = rest;
	if (what.record_count > 0)
		driver_records_added(driver);
	while (unsaved->settled_count > 0) {
		char *key = unsaved->settled[unsaved->settled_count - 1];
		error = store_settle(driver->parts.store, key);
		if (error != MIG_OK) {
			note_store(driver, true);
			return error;
		}
		free(key);
		unsaved->settled_count--;
	}
	unsaved_fini(unsaved);
	return MIG_OK;
}

bool
rollout_saved(const struct rollout *rollout)
{
	return !rollout->dirty && !unsaved_any(&rollout->unsaved);
}

void
rollout_settle(struct rollout *rollout, const char *key)
{
	/* While its row is not written yet there is nothing to strike out. */
	if (!unsaved_any(&rollout->unsaved) &&
	    store_settle(rollout->driver->parts.store, key) == MIG_OK)
		return;
	if (unsaved_settle(&rollout->unsaved, key) != MIG_OK)
		log_event(LOG_LEVEL_WARNING, "store",
		    "a request that is through may be repeated after a restart", "key", key, NULL);
	if (!rollout_under_way(rollout))
		rollout_watch(rollout); /* nobody else would come back to it */
}

void
rollout_checkpoint(struct rollout *rollout, bool force)
{
	struct store_commit what = { 0 };
	mig_mono now = loop_mono(rollout->driver->parts.loop);

	if (flush_unsaved(rollout) != MIG_OK || !rollout->dirty ||
	    (!force && now.ms - rollout->saved_at.ms < CHECKPOINT_MS))
		return;
	(void)commit(rollout, rollout->state, &what, NULL); /* tried again at the next poll */
}

/* Whether somebody who reads no more than warnings has to know of it. */
static bool
is_grave(const char *kind)
{
	static const char *const kinds[] = { "trigger_fired", "rollback_decided", "held", "blind",
		"triggers_unjudged", "drift", "effect_failing", "effect_refused", "flag_unseen",
		"flags_not_restored", "validation_failing", "rollback_step_failed",
		"gate_unanswered", "hook_waiting", "preflight_refused",
		"schema_drift", "schema_unknown" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i], kind) == 0)
			return true;
	}
	return false;
}

static void
log_records(const struct rollout *rollout)
{
	const struct mig_outcome *outcome = rollout->driver->outcome;

	for (size_t i = 0; i < outcome->record_count; i++) {
		const struct mig_record *record = &outcome->records[i];
		log_event(is_grave(record->kind) ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "rollout",
		    record->kind, "rollout", rollout->state->rollout_id, "actor",
		    record->actor, "detail", record->detail, NULL);
	}
}

void
rollout_settle_embedded(struct rollout *rollout, mig_mono at)
{
	if (!rollout->binding->flags_embedded)
		return;
	for (size_t i = 0; i < rollout->policy->flag_count; i++) {
		uint64_t seq = rollout->state->flags[i].write_seq;
		if (seq == 0)
			continue;
		struct mig_event event = { .kind = MIG_EVENT_RESULT, .mono = at,
			.u.result = { seq, MIG_RESULT_DONE, 1, NULL } };
		(void)rollout_apply(rollout, &event, NULL, NULL, 0); /* logged there */
	}
}

/* The new state is in force: act on it. */
static void
take_effect(struct rollout *rollout, const struct owed_item *items, size_t count, bool durable)
{
	struct driver *driver = rollout->driver;
	const struct mig_outcome *outcome = driver->outcome;
	enum mig_run before = rollout->state->run;
	bool embedded = false;

	rollout_outdate(rollout, driver->scratch);
	rollout_count(rollout, driver->scratch);
	*rollout->state = *driver->scratch;
	if (outcome->drop_forward)
		dispatcher_drop_forward(driver->dispatcher, rollout->state->rollout_id);
	dispatch(rollout, items, count, durable);
	for (size_t i = 0; i < outcome->effect_count; i++) {
		if (outcome->effects[i].kind != MIG_EFFECT_SET_FLAG)
			continue;
		/* A read under way tells what was before this write. */
		struct probe *probe = &rollout->reads[outcome->effects[i].u.set_flag.flag];
		http_call_cancel(probe->call);
		probe->call = NULL;
		embedded = true;
	}
	log_records(rollout);
	if (outcome->record_count > 0)
		driver_records_added(driver);
	if (rollout->state->run != before)
		rollout_watch(rollout);
	else
		rollout_look(rollout);
	/* At the time of what has owed it: that may be history (driver_refill.c). */
	if (embedded)
		rollout_settle_embedded(rollout, rollout->state->last_mono);
}

/* Decide into the scratch state. */
static int
decide(struct rollout *rollout, const struct mig_event *event, char *ret_refusal, size_t size)
{
	struct driver *driver = rollout->driver;

	*driver->scratch = *rollout->state;
	int error = mig_step(rollout->policy, driver->scratch, event, driver->outcome);
	if (error != MIG_OK && ret_refusal != NULL)
		mig_text_copy(ret_refusal, size, driver->outcome->refusal);
	return error;
}

/* Make the scratch state and what it owes durable. */
static int
make_durable(struct rollout *rollout, const struct mig_event *event, const struct owed_list *list,
    const char *settled_key)
{
	const struct mig_outcome *outcome = rollout->driver->outcome;
	struct store_commit what = { .drop_forward = outcome->drop_forward,
		.record_count = outcome->record_count, .records = outcome->records,
		.owed_count = list->count, .settled_key = settled_key };

	if (outcome->record_count + outcome->effect_count == 0 && settled_key == NULL) {
		/* "So it is already" is granted only when what is so is durable. */
		int left = event->kind == MIG_EVENT_COMMAND ? flush_unsaved(rollout) : MIG_OK;
		rollout->dirty = true;
		return left;
	}
	int error = flush_unsaved(rollout);
	return error == MIG_OK ? commit(rollout, rollout->driver->scratch, &what, list->items) :
	    error;
}

/* What is decided takes effect although it isn't durable, and is kept in memory until it can be. */
static int
take_effect_unsaved(struct rollout *rollout, struct owed_list *list, const char *settled_key)
{
	struct unsaved *unsaved = &rollout->unsaved;
	size_t count = list->count;

	rollout->dirty = true;
	if ((settled_key != NULL && unsaved_settle(unsaved, settled_key) != MIG_OK) ||
	    unsaved_keep(unsaved, rollout->driver->outcome, list) != MIG_OK)
		return MIG_ENOMEM;
	take_effect(rollout, unsaved->owed + (unsaved->owed_count - count), count, false);
	if (!rollout_under_way(rollout))
		rollout_watch(rollout); /* nobody else would come back to it */
	return MIG_OK;
}

/*
 * The store does not take it.  Commands other than an abort are refused; for the rest the
 * decision is taken again with nothing going forward, and kept in memory until it can be written.
 */
static int
go_on_without_store(struct rollout *rollout, struct mig_event *event, struct owed_list *list,
    const char *settled_key)
{
	bool command = event->kind == MIG_EVENT_COMMAND;

	if (command && event->u.command.command != MIG_COMMAND_ABORT) {
		/* Else nobody might write again, and see that the store works. */
		rollout->dirty = true;
		if (!rollout_under_way(rollout))
			rollout_watch(rollout);
		return MIG_EIO;
	}
	if (!event->hold_back) {
		event->hold_back = true;
		owed_list_fini(list);
		if (decide(rollout, event, NULL, 0) != MIG_OK ||
		    owe_effects(rollout, list) != MIG_OK)
			return MIG_EIO;
	}
	(void)take_effect_unsaved(rollout, list, settled_key); /* the next event decides anew */
	return command ? MIG_EIO : MIG_OK;
}

int
rollout_apply(struct rollout *rollout, struct mig_event *event, const char *settled_key,
    char *ret_refusal, size_t size)
{
	struct driver *driver = rollout->driver;
	struct owed_list list = { 0 };
	/* The daemon's own part of a reaction begins when the value arrives. */
	double began = event->kind == MIG_EVENT_SAMPLE ? rollout->answered_s :
	    loop_seconds(driver->parts.loop);

	event->wall = loop_wall(driver->parts.loop);
	if (event->mono.ms == 0)
		event->mono = loop_mono(driver->parts.loop);
	/* Forward only on a whole round: the answer that is still to come may be the bad one. */
	event->hold_back = event->hold_back || rollout_asking(rollout);
	int error = decide(rollout, event, ret_refusal, size);
	if (error != MIG_OK)
		return error;
	error = owe_effects(rollout, &list);
	if (error != MIG_OK) {
		/* Not taken, then: the next event comes to the same decision. */
		log_event(LOG_LEVEL_ERROR, "driver", "cannot word the requests of a decision",
		    "rollout", rollout->state->rollout_id, "error", mig_error_text(error), NULL);
		owed_list_fini(&list);
		return error;
	}
	error = make_durable(rollout, event, &list, settled_key);
	if (error == MIG_OK) {
		bool sends = list.count > 0;
		take_effect(rollout, list.items, list.count, true);
		if (sends)
			metrics_decision_to_send(driver->parts.metrics,
			    loop_seconds(driver->parts.loop) - began);
	} else {
		error = go_on_without_store(rollout, event, &list, settled_key);
		if (error != MIG_OK && ret_refusal != NULL)
			mig_text_copy(ret_refusal, size, event->kind == MIG_EVENT_COMMAND &&
			    event->u.command.command == MIG_COMMAND_ABORT ?
			    "the abort is in force, but not durable yet: the state store cannot be "
			    "written; see the daemon's log" :
			    "the state store cannot be written; see the daemon's log");
	}
	owed_list_fini(&list);
	return error;
}

int
rollout_alert(struct rollout *rollout, const char *kind, const char *detail)
{
	struct driver *driver = rollout->driver;
	struct mig_outcome *outcome = driver->outcome;
	const struct mig_event event = { .kind = MIG_EVENT_TICK };
	struct owed_list list = { 0 };

	*driver->scratch = *rollout->state;
	outcome->drop_forward = false;
	outcome->record_count = 1;
	outcome->records[0] = (struct mig_record) { .seq = ++driver->scratch->record_seq,
		.at = loop_wall(driver->parts.loop), .kind = kind, .actor = "migarchd" };
	mig_text_copy(outcome->records[0].detail, sizeof(outcome->records[0].detail), detail);
	outcome->effect_count = 1;
	outcome->effects[0] = (struct mig_effect) { .kind = MIG_EFFECT_NOTIFY,
		.seq = ++driver->scratch->effect_seq,
		.u.notify = { MIG_NOTICE_ALERT, driver->scratch->record_seq } };
	int error = owe_effects(rollout, &list);
	if (error == MIG_OK && make_durable(rollout, &event, &list, NULL) == MIG_OK)
		take_effect(rollout, list.items, list.count, true);
	else if (error == MIG_OK)
		error = take_effect_unsaved(rollout, &list, NULL);
	owed_list_fini(&list);
	return error;
}

void
rollout_tell(struct rollout *rollout, const char *kind, ...)
{
	struct mig_buf detail;
	struct mig_jw jw;
	va_list pairs;

	mig_buf_init(&detail, MIG_DETAIL_MAX - 1);
	mig_jw_init(&jw, &detail, 0);
	mig_jw_object(&jw, NULL);
	va_start(pairs, kind);
	for (const char *key = va_arg(pairs, const char *); key != NULL;
	    key = va_arg(pairs, const char *))
		mig_jw_string(&jw, key, va_arg(pairs, const char *));
	va_end(pairs);
	mig_jw_object_end(&jw);
	if (!mig_buf_ok(&detail) || rollout_alert(rollout, kind, detail.data) != MIG_OK)
		log_event(LOG_LEVEL_ERROR, "driver", "nobody could be told", "rollout",
		    rollout->state->rollout_id, "what", kind, NULL);
	mig_buf_fini(&detail);
}
