/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "core/state_codec.h"
#include "daemon/config.h"
#include "daemon/dispatcher.h"
#include "daemon/driver_int.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/prom_client.h"
#include "daemon/store.h"
#include "engine/compile.h"
#include "engine/plan_diff.h"
#include "sys/file.h"

#define SOURCE_BYTES_MAX (192U * 1024U * 1024U)

static struct rollout *
find_exact(const struct driver *driver, const char *id)
{
	for (struct rollout *r = driver->first; r != NULL; r = r->next) {
		if (strcmp(r->state->rollout_id, id) == 0)
			return r;
	}
	return NULL;
}

/* A hook was accepted, and nobody will say when it is done: somebody has to. */
static void
tell_waiting_hook(struct rollout *rollout)
{
	rollout_tell(rollout, "hook_waiting", "phase",
	    rollout->policy->phases[rollout->state->phase].name, "stage",
	    mig_stage_name(rollout->state->stage), NULL);
}

/* An attempt at a request has ended. */
static void
on_dispatched(void *context, const struct dispatch_result *result)
{
	struct driver *driver = context;
	struct rollout *rollout = find_exact(driver, result->rollout_id);
	/* What was accepted is owed until it is done: after a restart it is asked for again. */
	bool over = result->result == MIG_RESULT_DONE || result->result == MIG_RESULT_REFUSED ||
	    (result->result == MIG_RESULT_ACCEPTED && result->kind == MIG_EFFECT_SET_FLAG);

	if (rollout == NULL) {
		/* Of one that cannot be restored; its notifications are sent all the same. */
		if (over && store_settle(driver->parts.store, result->key) != MIG_OK)
			log_event(LOG_LEVEL_WARNING, "store",
			    "a delivered notification may be repeated after a restart", "key",
			    result->key, "error", store_error(driver->parts.store), NULL);
		return;
	}
	if (result->kind == MIG_EFFECT_NOTIFY) {
		if (over)
			rollout_settle(rollout, result->key);
		return;
	}
	struct mig_event event = { .kind = MIG_EVENT_RESULT, .u.result = { .seq = result->seq,
		.result = result->result, .attempts = result->attempts, .error = result->error } };
	(void)rollout_apply(rollout, &event, over ? result->key : NULL, NULL, 0); /* logged there */
	if (result->kind == MIG_EFFECT_HOOK && result->unfollowed &&
	    rollout->state->hook_seq == result->seq)
		tell_waiting_hook(rollout);
}

struct driver *
driver_new(const struct driver_parts *parts)
{
	struct driver *driver = calloc(1, sizeof(*driver));

	if (driver == NULL)
		return NULL;
	driver->parts = *parts;
	driver->scratch = calloc(1, sizeof(*driver->scratch));
	driver->outcome = calloc(1, sizeof(*driver->outcome));
	driver->dispatcher = dispatcher_new(parts->loop, parts->http, parts->metrics,
	    on_dispatched, driver);
	if (driver->scratch == NULL || driver->outcome == NULL || driver->dispatcher == NULL) {
		driver_free(driver);
		return NULL;
	}
	return driver;
}

static void
rollout_free(struct rollout *rollout)
{
	if (rollout == NULL)
		return;
	rollout_poll_fini(rollout);
	unsaved_fini(&rollout->unsaved);
	mig_policy_free(rollout->policy);
	mig_json_free(rollout->source);
	free(rollout->state);
	free(rollout);
}

void
driver_free(struct driver *driver)
{
	if (driver == NULL)
		return;
	while (driver->first != NULL) {
		struct rollout *rollout = driver->first;
		driver->first = rollout->next;
		rollout_unwatch(rollout);
		rollout_checkpoint(rollout, true);
		rollout_free(rollout);
	}
	dispatcher_free(driver->dispatcher);
	free(driver->scratch);
	free(driver->outcome);
	free(driver);
}

/* A rollout without a state yet, made from its source text, which may have been kept. */
static int
rollout_new(struct driver *driver, const char *source, bool kept, struct rollout **ret_rollout,
    struct mig_findings *findings)
{
	mig_wall now = loop_wall(driver->parts.loop);
	struct rollout *rollout = calloc(1, sizeof(*rollout));
	struct mig_compiled compiled = { 0 };
	int error = rollout == NULL ? MIG_ENOMEM :
	    mig_json_parse(source, strlen(source), NULL, &rollout->source, findings);

	if (error == MIG_OK)
		error = (kept ? mig_compile_kept : mig_compile)(mig_json_root(rollout->source),
		    NULL, file_zone, &now, &compiled, findings);
	if (error != MIG_OK) {
		rollout_free(rollout);
		return error;
	}
	rollout->driver = driver;
	rollout->kept = kept;
	rollout->policy = compiled.policy;
	rollout->binding = compiled.binding;
	rollout->state = calloc(1, sizeof(*rollout->state));
	if (rollout->state == NULL || !rollout_poll_init(rollout)) {
		rollout_free(rollout);
		return MIG_ENOMEM;
	}
	*ret_rollout = rollout;
	return MIG_OK;
}

static void
append(struct driver *driver, struct rollout *rollout)
{
	if (driver->last == NULL)
		driver->first = rollout;
	else
		driver->last->next = rollout;
	driver->last = rollout;
	driver->count++;
}

static void
log_findings(const char *rollout_id, const struct mig_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct mig_buf line;
		mig_buf_init(&line, MIG_DETAIL_MAX * 2);
		mig_finding_format(&findings->items[i], &line);
		log_event(findings->items[i].severity == MIG_SEV_ERROR ? LOG_LEVEL_ERROR :
		    LOG_LEVEL_WARNING, "driver", "finding", "rollout", rollout_id, "finding",
		    line.data, NULL);
		mig_buf_fini(&line);
	}
}

static int
restore_one(void *context, const struct store_rollout *kept)
{
	struct driver *driver = context;
	struct mig_findings findings = { 0 };
	struct rollout *rollout = NULL;
	int error = rollout_new(driver, kept->source, false, &rollout, &findings);

	if (error == MIG_EDOC) {
		/* It would not be taken today; but it may be under way. */
		mig_findings_fini(&findings);
		error = rollout_new(driver, kept->source, true, &rollout, &findings);
		if (error == MIG_OK)
			log_findings(kept->id, &findings);
	}
	if (error == MIG_OK)
		error = mig_state_decode(kept->state, strlen(kept->state), rollout->policy,
		    rollout->state, &findings);
	if (error == MIG_OK) {
		mig_state_skip_keys(rollout->state, loop_wall(driver->parts.loop));
		rollout->version = kept->version;
		rollout->saved_at = loop_mono(driver->parts.loop);
		append(driver, rollout);
	} else {
		driver->lost++;
		log_findings(kept->id, &findings);
		log_event(LOG_LEVEL_ERROR, "driver",
		    "cannot restore a rollout: nobody watches it; it stays as it is in the store",
		    "rollout", kept->id, "error", mig_error_text(error), NULL);
		rollout_free(rollout);
	}
	mig_findings_fini(&findings);
	return MIG_OK;
}

/* Hand a kept request to the dispatcher; one damaged row must not hold up the others. */
static void
send_again(struct driver *driver, const struct store_owed *owed, bool rollback)
{
	int error = dispatcher_add(driver->dispatcher, owed, rollback);

	if (error != MIG_OK)
		log_event(LOG_LEVEL_ERROR, "driver", "cannot send what is owed", "key", owed->key,
		    "error", mig_error_text(error), NULL);
}

/* Whether the core still waits for the effect's result: not when an operator was faster. */
static bool
awaited(const struct rollout *rollout, const struct store_owed *owed)
{
	const struct mig_state *state = rollout->state;

	for (size_t i = 0; i < rollout->policy->flag_count; i++) {
		if (state->flags[i].write_seq == owed->seq)
			return true;
	}
	for (size_t i = 0; i < rollout->policy->rb_step_count; i++) {
		const struct mig_rb_step_state *step = &state->rollback.steps[i];
		if (step->seq == owed->seq)
			return step->run == MIG_RB_STEP_RUNNING || step->run == MIG_RB_STEP_WAITING;
	}
	return state->hook_seq == owed->seq || owed->kind == MIG_EFFECT_SCALE_UP;
}

static int
restore_owed(void *context, const struct store_owed *owed)
{
	struct rollout *rollout = context;

	if (owed->kind == MIG_EFFECT_NOTIFY ||
	    strcmp(owed->rollout_id, rollout->state->rollout_id) != 0)
		return MIG_OK;
	if (awaited(rollout, owed))
		send_again(rollout->driver, owed, rollout->state->run == MIG_RUN_ROLLING_BACK);
	else if (store_settle(rollout->driver->parts.store, owed->key) != MIG_OK)
		log_event(LOG_LEVEL_WARNING, "store", "cannot strike out what nobody waits for",
		    "key", owed->key, NULL);
	return MIG_OK;
}

/* Notifications and what an ended rollout owes may go at once; the rest waits for the refill. */
static int
restore_at_once(void *context, const struct store_owed *owed)
{
	struct driver *driver = context;
	struct rollout *rollout = find_exact(driver, owed->rollout_id);

	if (owed->kind == MIG_EFFECT_NOTIFY)
		send_again(driver, owed, false);
	else if (rollout != NULL && mig_state_finished(rollout->state))
		return restore_owed(rollout, owed);
	return MIG_OK;
}

/* An operator was faster: what she did herself must neither be done again nor hold up the rest. */
static int
forget_owed(void *context, const struct store_owed *owed)
{
	struct rollout *rollout = context;

	if (owed->kind == MIG_EFFECT_NOTIFY ||
	    strcmp(owed->rollout_id, rollout->state->rollout_id) != 0 || awaited(rollout, owed))
		return MIG_OK;
	dispatcher_drop(rollout->driver->dispatcher, owed);
	rollout_settle(rollout, owed->key);
	return MIG_OK;
}

void
driver_resume(struct rollout *rollout)
{
	struct driver *driver = rollout->driver;

	if (store_each_owed(driver->parts.store, restore_owed, rollout) != MIG_OK)
		log_event(LOG_LEVEL_ERROR, "driver", "cannot read what is owed; restart the daemon",
		    "rollout", rollout->state->rollout_id, "error",
		    store_error(driver->parts.store), NULL);
	/* What it wrote as it died is served from now on. */
	rollout_settle_embedded(rollout, loop_mono(driver->parts.loop));
	rollout_watch(rollout);
}

int
driver_restore(struct driver *driver)
{
	int error = store_each_rollout(driver->parts.store, restore_one, driver);

	if (error == MIG_OK)
		error = store_each_owed(driver->parts.store, restore_at_once, driver);
	for (struct rollout *r = driver->first; error == MIG_OK && r != NULL; r = r->next) {
		if (rollout_under_way(r))
			rollout_refill(r);
	}
	return error;
}

void
driver_configure(struct driver *driver, const struct config *config)
{
	driver->parts.config = config;
	dispatcher_kick(driver->dispatcher);
}

/* Write the new rollout and its first record. */
static int
create(struct driver *driver, struct rollout *rollout, const char *source, const char *actor)
{
	mig_wall now = loop_wall(driver->parts.loop);
	struct mig_record record = { .at = now, .kind = "loaded" };
	struct mig_buf json;
	char id[MIG_ID_MAX];
	int error = store_next_id(driver->parts.store, rollout->policy->migration_id, id,
	    sizeof(id));

	if (error != MIG_OK)
		return error;
	mig_state_init(rollout->state, rollout->policy, id, now);
	rollout->state->last_mono = loop_mono(driver->parts.loop);
	record.seq = ++rollout->state->record_seq;
	mig_text_copy(record.actor, sizeof(record.actor), actor);
	(void)snprintf(record.detail, sizeof(record.detail), "{\"policy\":\"%s\"}",
	    rollout->policy->hash); /* hexadecimal, and it fits */
	mig_buf_init(&json, SOURCE_BYTES_MAX);
	mig_state_encode(rollout->state, rollout->policy, &json);
	struct store_commit commit = { .rollout_id = id, .state = json.data, .record_count = 1,
		.records = &record, .at = now };
	error = mig_buf_ok(&json) ? store_create(driver->parts.store,
	    rollout->policy->migration_id, source, rollout->policy->hash, &commit) : MIG_ENOMEM;
	rollout->version = 1;
	mig_buf_fini(&json);
	return error;
}

/*
 * Whether there is a rollout of the migration already, whatever its policy was: a changed default
 * must not start a second attempt at what was rolled back.  ret_id is the newest one.
 */
static bool
known_migration(struct driver *driver, const struct mig_policy *policy, char *ret_id, size_t size)
{
	struct driver_view view;

	if (driver_find(driver, policy->migration_id, &view) == MIG_OK) {
		(void)snprintf(ret_id, size, "%s", view.state->rollout_id);
		if (strcmp(view.policy->hash, policy->hash) != 0)
			log_event(LOG_LEVEL_WARNING, "config",
			    "a rollout keeps what it was loaded with; for a new attempt use "
			    "migarchctl load", "rollout", ret_id, NULL);
		return true;
	}
	/* One that could not be restored is still in the store. */
	char next[MIG_ID_MAX];
	return store_next_id(driver->parts.store, policy->migration_id, next, sizeof(next)) ==
	    MIG_OK && strcmp(strrchr(next, '-'), "-1") != 0;
}

/* A rollout walks through the plan it was loaded with: MIG_ESTATE for another one meanwhile. */
static int
refuse_change(
    const struct driver *driver, const struct mig_json *source, char *ret_id, size_t size)
{
	struct driver_view view;
	struct mig_plan_diff diff = { 0 };
	int error = driver_plan_change(driver, source, 0, &view, &diff);

	if (error == MIG_OK)
		(void)snprintf(ret_id, size, "%s", view.state->rollout_id);
	mig_plan_diff_fini(&diff);
	return error == MIG_OK ? MIG_ESTATE : error == MIG_ENOTFOUND ? MIG_OK : error;
}

int
driver_load(struct driver *driver, const struct mig_json *source, const char *actor,
    bool unless_known, char *ret_id, size_t size, struct mig_findings *findings)
{
	struct rollout *rollout = NULL;
	struct mig_buf text;
	int error = MIG_ENOMEM;

	mig_buf_init(&text, SOURCE_BYTES_MAX);
	mig_json_canonical(source, &text);
	if (mig_buf_ok(&text))
		error = rollout_new(driver, text.data, false, &rollout, findings);
	if (error != MIG_OK)
		goto out;
	if (unless_known && known_migration(driver, rollout->policy, ret_id, size)) {
		error = MIG_ECONFLICT;
		goto out;
	}
	error = refuse_change(driver, mig_json_root(rollout->source), ret_id, size);
	if (error != MIG_OK)
		goto out;
	error = create(driver, rollout, text.data, actor);
	if (error != MIG_OK)
		goto out;
	append(driver, rollout);
	(void)snprintf(ret_id, size, "%s", rollout->state->rollout_id);
	log_event(LOG_LEVEL_INFO, "rollout", "loaded", "rollout", ret_id, NULL);
	driver_records_added(driver);
	rollout = NULL;
out:
	rollout_free(rollout);
	mig_buf_fini(&text);
	return error;
}

bool
driver_may_pass(int error)
{
	return error == MIG_EIO || error == MIG_ENOMEM;
}

bool
rollout_under_way(const struct rollout *rollout)
{
	return rollout->state->run != MIG_RUN_LOADED && !mig_state_finished(rollout->state);
}

int
driver_command(struct driver *driver, const struct driver_order *order, char *ret_refusal,
    size_t size)
{
	struct rollout *rollout = find_exact(driver, order->rollout_id);
	struct mig_event event = { .kind = MIG_EVENT_COMMAND,
		.u.command = { order->command, order->actor, order->comment, order->name } };

	ret_refusal[0] = '\0';
	if (rollout == NULL) {
		(void)snprintf(ret_refusal, size, "no rollout %s", order->rollout_id);
		return MIG_ENOTFOUND;
	}
	if (rollout->refill != NULL)
		rollout_refill_give_up(rollout);
	int error = rollout_claim_flags(rollout, order->command, ret_refusal, size);
	if (error != MIG_OK)
		return error;
	error = rollout_apply(rollout, &event, NULL, ret_refusal, size);
	bool passes = order->command == MIG_COMMAND_ACK || order->command == MIG_COMMAND_APPROVE;
	if (error == MIG_OK && passes &&
	    store_each_owed(driver->parts.store, forget_owed, rollout) != MIG_OK)
		log_event(LOG_LEVEL_ERROR, "driver", "cannot read what is owed", "rollout",
		    rollout->state->rollout_id, "error", store_error(driver->parts.store), NULL);
	return error;
}

int
driver_alert(struct driver *driver, const char *rollout_id, const char *kind, const char *detail)
{
	struct rollout *rollout = find_exact(driver, rollout_id);

	return rollout != NULL ? rollout_alert(rollout, kind, detail) : MIG_ENOTFOUND;
}

size_t
driver_count(const struct driver *driver)
{
	return driver->count;
}

void
rollout_view(const struct rollout *rollout, struct driver_view *ret_view)
{
	*ret_view = (struct driver_view) { rollout->policy, rollout->binding, rollout->state,
		mig_json_root(rollout->source) };
}

void
driver_at(const struct driver *driver, size_t index, struct driver_view *ret_view)
{
	const struct rollout *rollout = driver->first;

	for (size_t i = 0; i < index; i++)
		rollout = rollout->next;
	rollout_view(rollout, ret_view);
}

int
driver_find(const struct driver *driver, const char *name, struct driver_view *ret_view)
{
	const struct rollout *found = find_exact(driver, name);
	size_t matches = 0;

	for (const struct rollout *r = driver->first; found == NULL && r != NULL; r = r->next) {
		if (strcmp(r->policy->migration_id, name) != 0)
			continue;
		/* The newest of its migration: keep looking. */
		rollout_view(r, ret_view);
		matches++;
	}
	if (matches > 0)
		return MIG_OK;
	for (const struct rollout *r = driver->first; found == NULL && name[0] != '\0' &&
	    r != NULL; r = r->next) {
		if (strncmp(r->state->rollout_id, name, strlen(name)) != 0)
			continue;
		rollout_view(r, ret_view);
		matches++;
	}
	if (matches > 1)
		return MIG_ECONFLICT;
	if (found != NULL)
		rollout_view(found, ret_view);
	return found != NULL || matches == 1 ? MIG_OK : MIG_ENOTFOUND;
}

void
driver_status_line(const struct driver *driver, char *ret_text, size_t size)
{
	const struct rollout *shown = NULL;
	size_t running = 0;
	struct mig_buf text;

	for (const struct rollout *r = driver->first; r != NULL; r = r->next) {
		if (!rollout_under_way(r))
			continue;
		running++;
		/* A rollback is what a reader must see first. */
		if (shown == NULL || r->state->run == MIG_RUN_ROLLING_BACK)
			shown = r;
	}
	mig_buf_init(&text, size - 1);
	mig_buf_printf(&text, "%zu rollout%s, %zu under way", driver->count,
	    driver->count == 1 ? "" : "s", running);
	if (shown != NULL) {
		mig_buf_printf(&text, "; %s %s", shown->state->rollout_id,
		    mig_run_name(shown->state->run));
		for (size_t i = 0; i < shown->policy->flag_count; i++)
			mig_buf_printf(&text, ", %s %g %%", shown->policy->flags[i].name,
			    shown->state->flags[i].intended);
	}
	if (driver->lost > 0)
		mig_buf_printf(&text, "; %zu NOT RESTORED", driver->lost);
	if (driver->store_failing)
		mig_buf_puts(&text, "; STORE NOT WRITABLE");
	(void)snprintf(ret_text, size, "%s", text.data);
	mig_buf_fini(&text);
}

void
driver_on_records(struct driver *driver, void (*callback)(void *context), void *context)
{
	driver->records_callback = callback;
	driver->records_context = context;
}

void
driver_records_added(struct driver *driver)
{
	if (driver->records_callback != NULL)
		driver->records_callback(driver->records_context);
}

size_t
driver_lost(const struct driver *driver)
{
	return driver->lost;
}

bool
driver_store_works(const struct driver *driver)
{
	return !driver->store_failing;
}
