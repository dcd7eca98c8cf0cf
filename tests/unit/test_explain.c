/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/step_int.h"
#include "support/core_fixture.h"

/* The detail of the newest record of a kind; owned by the caller (mig_json_free()). */
static struct mig_json_doc *
detail_of(const struct core *core, const char *kind)
{
	const char *found = NULL;
	char head[64];

	(void)snprintf(head, sizeof(head), "%s ", kind);
	for (const char *line = core->details.data; *line != '\0'; line = strchr(line, '\n') + 1) {
		if (strncmp(line, head, strlen(head)) == 0)
			found = line;
	}
	assert_non_null(found);
	const char *end = strchr(found, '\n');
	char *text = strndup(strchr(found, '{'), (size_t)(end - strchr(found, '{')));
	assert_non_null(text);
	assert_true(strlen(text) < MIG_DETAIL_MAX);
	struct mig_json_doc *doc = test_json(text);
	free(text);
	return doc;
}

static double
number(const struct mig_json *object, const char *key)
{
	const struct mig_json *node = mig_json_get(object, key);

	if (node == NULL || mig_json_type(node) != MIG_JSON_NUMBER)
		fail_msg("%s is no number", key);
	return mig_json_number(node);
}

static void
assert_string(const struct mig_json *object, const char *key, const char *expected)
{
	const char *text = mig_json_string(mig_json_get(object, key));

	if (text == NULL)
		fail_msg("%s is no text", key);
	assert_string_equal(text, expected);
}

static void
assert_null_member(const struct mig_json *object, const char *key)
{
	const struct mig_json *node = mig_json_get(object, key);

	assert_non_null(node);
	assert_int_equal(mig_json_type(node), MIG_JSON_NULL);
}

/* The element of a list whose member `key` is that text. */
static const struct mig_json *
element(const struct mig_json *object, const char *list, const char *key, const char *text)
{
	const struct mig_json *node = mig_json_first(mig_json_get(object, list));

	for (; node != NULL; node = mig_json_next(node)) {
		const char *value = mig_json_string(mig_json_get(node, key));
		if (value != NULL && strcmp(value, text) == 0)
			return node;
	}
	fail_msg("%s has no %s", list, text);
	return NULL;
}

static void
read_p95(struct core *core, int64_t after_ms, double value)
{
	core_tick(core, after_ms);
	core_sample(core, CORE_P95, value);
}

/* The sample, its window and its baseline: a trigger that fires after a gap. */
static void
test_inputs(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->metrics[CORE_P95].count_query = "requests";
	core->metrics[CORE_P95].min_samples = 20;
	core->now[CORE_P95].count = 1240;
	core_to_first_step(core);
	core->now[CORE_P95].value = 500;
	core_run(core, 30000);
	core_reading(core, CORE_P95, false, MIG_QUALITY_ERROR, 0); /* the next one is no evidence */
	for (int i = 0; i < 30 && core->state.run == MIG_RUN_RUNNING; i++)
		core_poll(core);
	struct mig_json_doc *doc = detail_of(core, "trigger_fired");
	const struct mig_json *detail = mig_json_root(doc);
	assert_string(detail, "trigger", "latency");
	assert_double_same(number(detail, "value"), 500);
	assert_double_same(number(detail, "threshold"), 400);
	assert_string(detail, "quality", "ok");
	assert_string(detail, "query", "p95_response_time");
	assert_string(detail, "count_query", "requests");
	assert_double_same(number(detail, "sample_count"), 1240);
	assert_double_same(number(detail, "min_samples"), 20);
	assert_double_same(number(detail, "for_seconds"), 60);
	assert_true(number(detail, "pending_seconds") >= 60);
	assert_true(number(detail, "since_seconds") > number(detail, "pending_seconds"));
	assert_double_near(number(detail, "coverage"),
	    number(detail, "pending_seconds") / number(detail, "since_seconds"), 1e-12);
	assert_double_same(number(detail, "min_coverage"), 0.8);
	assert_double_same(number(detail, "poll_interval_seconds"), 10);
	assert_double_same(number(detail, "baseline"), 200);
	assert_true(mig_json_bool(mig_json_get(detail, "baseline_used")));
	assert_string(detail, "baseline_metric", "p95_response_time");
	assert_string(detail, "baseline_kind", "fixed");
	assert_double_same(number(detail, "baseline_floor"), 0);
	mig_json_free(doc);
	core_free(core);
}

/* What a baseline rests on: captured samples with the floor, or the old path's newest reading. */
static void
test_baseline_kinds(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->old[CORE_ERROR_RATE].value = 0;
	core->now[CORE_ERROR_RATE].value = 0;
	core->metrics[CORE_P95].baseline = MIG_BASELINE_LIVE;
	core->metrics[CORE_P95].baseline_query = "p95 of the old path";
	core->metrics[CORE_P95].baseline_count_query = "requests of the old path";
	core->old[CORE_P95].count = 100;
	core_threshold(core, CORE_LATENCY,
	    "baseline_p95_response_time * 2 + baseline_error_rate");
	core_to_first_step(core);
	core_reading(core, CORE_ERROR_RATE, false, MIG_QUALITY_OK, 0.5);
	struct mig_json_doc *doc = detail_of(core, "trigger_pending");
	const struct mig_json *detail = mig_json_root(doc);
	assert_string(detail, "baseline_kind", "captured");
	assert_double_same(number(detail, "baseline"), 0.001);
	assert_true(mig_json_bool(mig_json_get(detail, "floor_used")));
	assert_double_same(number(detail, "baseline_floor"), 0.001);
	assert_true(number(detail, "baseline_samples") >= 20);
	assert_double_same(number(detail, "baseline_spread"), 0);
	assert_string(detail, "baseline_query", "error_rate of the old path");
	assert_null_member(detail, "coverage");
	assert_null_member(detail, "sample_count");
	assert_null(mig_json_get(detail, "baselines"));
	mig_json_free(doc);
	core_forget(core);
	core_reading(core, CORE_P95, false, MIG_QUALITY_OK, 500);
	doc = detail_of(core, "trigger_pending");
	detail = mig_json_root(doc);
	assert_string(detail, "baseline_kind", "live");
	assert_string(detail, "baseline_quality", "ok");
	assert_double_same(number(detail, "baseline_sample_count"), 100);
	assert_string(detail, "baseline_query", "p95 of the old path");
	assert_string(detail, "baseline_count_query", "requests of the old path");
	assert_int_equal(mig_json_count(mig_json_get(detail, "baselines")), 2);
	assert_double_same(number(element(detail, "baselines", "metric", "error_rate"), "value"),
	    0.001);
	mig_json_free(doc);
	core_free(core);
}

/* A rollback tells what else was true when it was decided, not what it made of it. */
static void
test_rollback(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->policy.preferred_window = (struct mig_window) { .present = true,
		.start_minute = 0, .end_minute = 300, .zone_name = "UTC", .zone = &core->utc };
	core_to_first_step(core);
	core_obey(core, MIG_COMMAND_PAUSE, NULL);
	core_reading(core, CORE_P95, false, MIG_QUALITY_NO_DATA, 0);
	core_reading(core, CORE_ERROR_RATE, false, MIG_QUALITY_OK, 0.5);
	core_sample(core, CORE_AVAILABILITY, 0.5);
	struct mig_json_doc *doc = detail_of(core, "rollback_decided");
	const struct mig_json *detail = mig_json_root(doc);
	assert_string(detail, "trigger", "down");
	assert_string(detail, "metric", "availability");
	assert_string(detail, "operator", "less_than");
	assert_string(detail, "quality", "ok");
	assert_string(detail, "query", "availability");
	assert_false(mig_json_bool(mig_json_get(detail, "baseline_used")));
	assert_string(detail, "state", "running");
	assert_string(detail, "phase", "redirect");
	assert_string(detail, "stage", "active");
	assert_string_equal(mig_json_string(mig_json_first(mig_json_get(detail, "overlays"))),
	    "paused");
	assert_true(mig_json_bool(mig_json_get(mig_json_get(detail, "windows"), "open")));
	assert_string(mig_json_get(detail, "windows"), "preferred_window", "00:00-05:00 UTC");
	const struct mig_json *flag = element(detail, "flags", "flag", "enable_new_reader");
	assert_double_same(number(flag, "intended_percentage"), 5);
	assert_double_same(number(flag, "verified_percentage"), 5);
	/* The others, the worst first; the one that decided is told above. */
	const struct mig_json *first = mig_json_first(mig_json_get(detail, "triggers"));
	assert_int_equal(mig_json_count(mig_json_get(detail, "triggers")), 2);
	assert_string(first, "trigger", "error_rate_spike");
	assert_string(first, "state", "pending");
	assert_double_same(number(first, "value"), 0.5);
	assert_double_same(number(first, "pending_seconds"), 0);
	assert_null_member(first, "coverage"); /* of no time yet */
	assert_double_same(number(first, "baseline"), 0.01);
	const struct mig_json *blind = element(detail, "triggers", "trigger", "latency");
	assert_string(blind, "state", "unknown");
	assert_string(blind, "quality", "no_data");
	assert_null_member(blind, "value");
	assert_string(mig_json_get(detail, "queries"), "error_rate", "error_rate");
	assert_null(mig_json_get(mig_json_get(detail, "queries"), "availability"));
	mig_json_free(doc);
	core_free(core);
}

/* A phase is left when it is fast enough, of enough requests. */
static void
add_fast_gate(struct core *core)
{
	struct mig_gate *gate = core_gate(core, CORE_REDIRECT, "fast", MIG_GATE_METRIC, false);
	char error[MIG_ERROR_MAX];

	gate->metric = CORE_P95;
	gate->op = MIG_OP_LESS;
	assert_int_equal(mig_expr_parse("baseline_p95_response_time * 1.5", &gate->threshold, error,
	    sizeof(error)), MIG_OK);
	gate->duration_ms = 20000;
	core->metrics[CORE_P95].count_query = "requests";
	core->metrics[CORE_P95].min_samples = 100;
	core->now[CORE_P95].count = 1240;
}

/* A step up tells which hold was served, which gates were open and how well all was. */
static void
test_step_up(void **state)
{
	struct core *core = core_new();

	(void)state;
	add_fast_gate(core);
	(void)core_gate(core, CORE_REDIRECT, "go", MIG_GATE_APPROVAL, false);
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_NO_DATA;
	core_start(core);
	core_obey(core, MIG_COMMAND_APPROVE, "approval");
	struct mig_json_doc *doc = detail_of(core, "flag_write");
	const struct mig_json *detail = mig_json_root(doc);
	assert_string(detail, "reason", "start");
	assert_double_same(number(detail, "step"), 1);
	assert_double_same(number(detail, "step_count"), 3);
	assert_null(mig_json_get(detail, "hold_seconds")); /* nothing was held before it */
	assert_null(mig_json_get(detail, "gates"));
	/* Nothing is on the new path, so that it has nothing to say is no reason to wait. */
	assert_string(element(detail, "triggers", "trigger", "error_rate_spike"), "quality",
	    "no_data");
	assert_true(mig_json_bool(mig_json_get(
	    element(detail, "triggers", "trigger", "error_rate_spike"), "excused")));
	mig_json_free(doc);
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_OK;
	core_run(core, 90000);
	core_forget(core);
	core_obey(core, MIG_COMMAND_APPROVE, "go");
	doc = detail_of(core, "flag_write");
	detail = mig_json_root(doc);
	assert_string(detail, "flag", "enable_new_reader");
	assert_double_same(number(detail, "from"), 5);
	assert_double_same(number(detail, "to"), 25);
	assert_string(detail, "phase", "redirect");
	assert_double_same(number(detail, "step"), 2);
	assert_double_same(number(detail, "hold_seconds"), 60);
	assert_true(number(detail, "held_seconds") >= 60);
	assert_int_equal(mig_json_count(mig_json_get(detail, "overlays")), 0);
	assert_null_member(detail, "windows");
	const struct mig_json *fast = element(detail, "gates", "gate", "fast");
	assert_string(fast, "state", "open");
	assert_double_same(number(fast, "value"), 200);
	assert_double_same(number(fast, "threshold"), 300);
	assert_true(number(fast, "held_seconds") >= 20);
	assert_string(fast, "query", core->metrics[CORE_P95].query);
	assert_double_same(number(fast, "sample_count"), 1240);
	assert_double_same(number(fast, "min_samples"), 100);
	assert_string(element(fast, "baselines", "metric", "p95_response_time"), "kind", "fixed");
	assert_string(element(detail, "gates", "gate", "go"), "actor", "anna");
	assert_double_same(number(element(detail, "flags", "flag", "enable_new_reader"),
	    "verified_percentage"), 5);
	assert_int_equal(mig_json_count(mig_json_get(detail, "triggers")), 3);
	assert_string(element(detail, "triggers", "trigger", "latency"), "state", "ok");
	assert_double_same(number(element(detail, "triggers", "trigger", "down"), "threshold"),
	    0.95);
	assert_string(mig_json_get(detail, "queries"), "availability", "availability");
	mig_json_free(doc);
	/* A way back needs no reason to be allowed. */
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	doc = detail_of(core, "flag_write");
	assert_null(mig_json_get(mig_json_root(doc), "triggers"));
	mig_json_free(doc);
	core_free(core);
}

static void
test_phases(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_to_no_return(core);
	core_obey(core, MIG_COMMAND_APPROVE, "point_of_no_return");
	struct mig_json_doc *doc = detail_of(core, "phase_entered");
	const struct mig_json *detail = mig_json_root(doc);
	assert_string(detail, "phase", "retire");
	assert_true(mig_json_bool(mig_json_get(detail, "point_of_no_return")));
	assert_string(element(detail, "gates", "gate", "point_of_no_return"), "actor", "anna");
	assert_int_equal(mig_json_count(mig_json_get(detail, "gates")), 1);
	assert_int_equal(mig_json_count(mig_json_get(detail, "triggers")), 3);
	mig_json_free(doc);
	core_obey(core, MIG_COMMAND_APPROVE, "approval");
	doc = detail_of(core, "phase_left");
	assert_string(element(mig_json_root(doc), "gates", "gate", "approval"), "state", "open");
	mig_json_free(doc);
	core_run_until(core, MIG_RUN_COMPLETED, 60);
	doc = detail_of(core, "completed");
	assert_double_same(number(mig_json_root(doc), "for_seconds"), 100);
	assert_true(number(mig_json_root(doc), "held_seconds") >= 100);
	mig_json_free(doc);
	core_free(core);
}

/* Before there are baselines nothing is rolled back, and none is announced. */
static void
test_blind_baselining(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->policy.settings.baseline_window_ms = 30000;
	core->policy.settings.blind_after_ms = 60000;
	core->policy.settings.blind_rollback_after_ms = 60000;
	core->old[CORE_ERROR_RATE].quality = MIG_QUALITY_NO_DATA;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 120000);
	assert_int_equal(core->state.run, MIG_RUN_BASELINING);
	struct mig_json_doc *doc = detail_of(core, "blind");
	assert_double_same(number(mig_json_root(doc), "blind_rollback_after_seconds"), 0);
	mig_json_free(doc);
	core_free(core);
}

/* Which metrics are not seen, for how long, and what happens then. */
static void
test_blind(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->policy.settings.blind_rollback_after_ms = 300000;
	core_to_first_step(core);
	core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
	core_run(core, 500000);
	struct mig_json_doc *doc = detail_of(core, "blind");
	const struct mig_json *detail = mig_json_root(doc);
	const struct mig_json *metric = element(detail, "metrics", "metric", "p95_response_time");
	assert_double_same(number(metric, "unseen_seconds"), 130);
	assert_string(metric, "query", "p95_response_time");
	assert_double_same(number(detail, "blind_after_seconds"), 120);
	assert_double_same(number(detail, "blind_rollback_after_seconds"), 300);
	mig_json_free(doc);
	doc = detail_of(core, "rollback_decided");
	detail = mig_json_root(doc);
	assert_string(detail, "reason", "blind");
	assert_true(number(detail, "blind_seconds") >= 300);
	assert_string(element(detail, "metrics", "metric", "p95_response_time"), "quality",
	    "error");
	assert_string_equal(mig_json_string(mig_json_first(mig_json_get(detail, "overlays"))),
	    "blind");
	mig_json_free(doc);
	core_free(core);
}

/* Before the first phase it is the old path that is not seen. */
static void
test_blind_before(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->old[CORE_ERROR_RATE].quality = MIG_QUALITY_NO_DATA;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 400000);
	struct mig_json_doc *doc = detail_of(core, "blind");
	const struct mig_json *metric =
	    element(mig_json_root(doc), "metrics", "metric", "error_rate");
	assert_string(metric, "quality", "no_data");
	assert_string(metric, "query", "error_rate of the old path");
	mig_json_free(doc);
	core_free(core);
}

static void
test_dismissed(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->triggers[CORE_LATENCY].action = MIG_ACTION_PROPOSE;
	core->triggers[CORE_LATENCY].for_ms = 20000;
	core_to_first_step(core);
	for (int i = 0; i < 4; i++)
		read_p95(core, 10000, 500);
	core_obey(core, MIG_COMMAND_DISMISS, "latency");
	struct mig_json_doc *doc = detail_of(core, "trigger_dismissed");
	assert_string(mig_json_root(doc), "comment", "because");
	assert_double_same(number(mig_json_root(doc), "pending_seconds"), 30);
	mig_json_free(doc);
	core_free(core);
}

/* Names and queries as long as they may be, and as many. */
static void
fill_policy(struct core *core)
{
	static char names[MIG_TRIGGERS_MAX][MIG_NAME_MAX];
	static char query[4000];

	memset(query, '"', sizeof(query) - 1);
	for (size_t i = 0; i < MIG_TRIGGERS_MAX; i++)
		(void)snprintf(names[i], sizeof(names[i]), "%0*zu", MIG_NAME_MAX - 1, i);
	core->policy.flag_count = MIG_FLAGS_MAX;
	core->policy.trigger_count = MIG_TRIGGERS_MAX;
	core->phases[CORE_REDIRECT].flag_count = MIG_FLAGS_MAX;
	for (size_t i = 0; i < MIG_FLAGS_MAX; i++) {
		core->phases[CORE_REDIRECT].flags[i] = i;
		core->flags[i].name = names[i];
	}
	for (size_t i = 0; i < MIG_TRIGGERS_MAX; i++) {
		core->triggers[i] = core->triggers[i % 3];
		core->triggers[i].id = names[i];
	}
	for (size_t i = 0; i < core->policy.metric_count; i++)
		core->metrics[i].query = query;
	for (size_t i = 0; i < 5; i++)
		(void)core_gate(core, CORE_REDIRECT, names[i], MIG_GATE_DURATION, false);
	mig_state_init(&core->state, &core->policy, "x-1", core->wall);
}

static size_t
listed(const struct mig_json *detail, const char *list)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%s_left_out", list);
	const struct mig_json *rest = mig_json_get(detail, key);
	size_t count = mig_json_count(mig_json_get(detail, list));
	return count + (rest != NULL ? (size_t)mig_json_number(rest) : 0);
}

/* As much of everything as there can be: what does not fit is counted, the rest is whole. */
static void
test_no_room(void **state)
{
	struct core *core = core_new();

	(void)state;
	fill_policy(core);
	core_to_first_step(core);
	core_run(core, 70000);
	struct mig_json_doc *doc = detail_of(core, "flag_write");
	const struct mig_json *detail = mig_json_root(doc);
	assert_string(detail, "reason", "step");
	assert_null(mig_json_get(detail, "truncated"));
	assert_int_equal(listed(detail, "gates"), 5);
	assert_int_equal(listed(detail, "flags"), MIG_FLAGS_MAX);
	assert_int_equal(listed(detail, "triggers"), MIG_TRIGGERS_MAX);
	assert_true(number(detail, "triggers_left_out") > 0);
	assert_int_equal(listed(detail, "queries"), 3);
	mig_json_free(doc);
	core_reading(core, CORE_ERROR_RATE, false, MIG_QUALITY_OK, 0.5);
	core_sample(core, CORE_AVAILABILITY, 0.5);
	doc = detail_of(core, "rollback_decided");
	detail = mig_json_root(doc);
	assert_double_same(number(detail, "value"), 0.5);
	assert_double_same(number(detail, "threshold"), 0.95);
	assert_int_equal(listed(detail, "triggers"), MIG_TRIGGERS_MAX - 1);
	/* Those that have fired or are pending come first. */
	assert_string(mig_json_first(mig_json_get(detail, "triggers")), "state", "fired");
	mig_json_free(doc);
	core_free(core);
}

static void
write_numbers(struct mig_note *note, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mig_jw_int(&note->jw, NULL, 1234567);
}

/* A note that is longer than a record keeps what is essential. */
static void
test_truncated(void **state)
{
	/* The third is too long for a record, the last for the buffer that it is written to. */
	static const size_t counts[] = { 10, 1000, 2000, 100000 };
	struct core *core = core_new();
	struct mig_turn turn = { .policy = &core->policy, .state = &core->state,
		.out = &core->out, .now = core->wall, .comment = "why" };
	struct mig_note note;

	(void)state;
	for (size_t k = 0; k < TEST_COUNT(counts); k++) {
		size_t count = counts[k];
		bool fits = count * 8 < MIG_DETAIL_MAX;
		core->out.record_count = 0;
		mig_note_open(&note, &turn, "test", "anna");
		mig_jw_string(&note.jw, "trigger", "latency");
		mig_note_essential(&note);
		mig_jw_array(&note.jw, "list");
		write_numbers(&note, count);
		mig_jw_array_end(&note.jw);
		mig_note_close(&note);
		struct mig_json_doc *doc = test_json(core->out.records[0].detail);
		assert_string(mig_json_root(doc), "comment", "why");
		assert_string(mig_json_root(doc), "trigger", "latency");
		assert_int_equal(mig_json_get(mig_json_root(doc), "list") != NULL, fits);
		assert_int_equal(mig_json_get(mig_json_root(doc), "truncated") != NULL, !fits);
		mig_json_free(doc);
	}
	core_free(core);
}

/* Approvals by people with long names: what has no room is counted. */
static void
test_no_room_for_gates(void **state)
{
	static char names[MIG_GATES_MAX][MIG_NAME_MAX];
	char actor[MIG_NAME_MAX] = "";
	struct core *core = core_new();

	(void)state;
	memset(actor, '"', sizeof(actor) - 1);
	core->phases[CORE_PREPARE].gate_count = 0;
	for (size_t i = 0; i < MIG_GATES_MAX; i++) {
		memset(names[i], '\1', sizeof(names[i]) - 1);
		names[i][0] = (char)('a' + i);
		(void)core_gate(core, CORE_PREPARE, names[i], MIG_GATE_APPROVAL, false);
	}
	core_start(core);
	for (size_t i = 0; i < MIG_GATES_MAX; i++) {
		struct mig_event event = { .kind = MIG_EVENT_COMMAND };
		event.u.command.command = MIG_COMMAND_APPROVE;
		event.u.command.actor = actor;
		event.u.command.name = names[i];
		assert_int_equal(core_event(core, &event), MIG_OK);
	}
	struct mig_json_doc *doc = detail_of(core, "phase_left");
	const struct mig_json *detail = mig_json_root(doc);
	assert_string(detail, "phase", "prepare");
	assert_true(number(detail, "gates_left_out") > 0);
	assert_int_equal(listed(detail, "gates"), MIG_GATES_MAX);
	assert_double_same(number(detail, "flags_left_out"), 2);
	assert_string(mig_json_first(mig_json_get(detail, "gates")), "actor", actor);
	mig_json_free(doc);
	core_free(core);
}

/* Many metrics with long queries that are all not seen. */
static void
test_no_room_for_metrics(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };
	static char query[600];
	struct core *core = core_new();

	(void)state;
	memset(query, '"', sizeof(query) - 1);
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		core->metrics[3 + i] = core->metrics[CORE_AVAILABILITY];
		core->metrics[3 + i].name = names[i];
		core->metrics[3 + i].query = query;
		core->now[3 + i].quality = MIG_QUALITY_ERROR;
	}
	core->policy.metric_count = 3 + TEST_COUNT(names);
	core_to_first_step(core);
	core_run(core, 150000);
	struct mig_json_doc *doc = detail_of(core, "blind");
	const struct mig_json *detail = mig_json_root(doc);
	assert_true(number(detail, "metrics_left_out") > 0);
	assert_int_equal(listed(detail, "metrics"), TEST_COUNT(names));
	assert_double_same(number(detail, "blind_after_seconds"), 120);
	mig_json_free(doc);
	core_free(core);
}

/* While the executor is told that a phase is left its gates may close again: told as they are. */
static void
test_gate_closes_in_hook(void **state)
{
	struct core *core = core_new();
	struct mig_gate *gate = core_gate(core, CORE_PREPARE, "fast", MIG_GATE_METRIC, false);

	(void)state;
	gate->metric = CORE_P95;
	gate->op = MIG_OP_LESS;
	mig_expr_number(300, &gate->threshold);
	core->policy.hooks = true;
	core_start(core);
	core_obey(core, MIG_COMMAND_APPROVE, "approval");
	assert_int_equal(core->state.stage, MIG_STAGE_LEAVE_HOOK);
	core_reading(core, CORE_P95, false, MIG_QUALITY_LOW_TRAFFIC, 150);
	core_ack_writes(core);
	struct mig_json_doc *doc = detail_of(core, "phase_left");
	const struct mig_json *fast = element(mig_json_root(doc), "gates", "gate", "fast");
	assert_string(fast, "state", "closed");
	assert_string(fast, "quality", "low_traffic");
	assert_double_same(number(fast, "value"), 150);
	mig_json_free(doc);
	core_free(core);
}

/* What is essential alone is too long, or one item: the record is there all the same. */
static void
test_too_much_to_say(void **state)
{
	static const size_t counts[] = { 2000, 100000 };
	struct core *core = core_new();
	struct mig_turn turn = { .policy = &core->policy, .state = &core->state,
		.out = &core->out, .now = core->wall };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(counts); i++) {
		struct mig_note note;
		core->out.record_count = 0;
		mig_note_open(&note, &turn, "test", NULL);
		mig_jw_array(&note.jw, "list");
		write_numbers(&note, counts[i]);
		mig_note_essential(&note);
		mig_note_close(&note);
		assert_string_equal(core->out.records[0].detail, "{\"truncated\":true}");

		core->out.record_count = 0;
		mig_note_open(&note, &turn, "test", NULL);
		struct mig_mark mark = mig_note_mark(&note);
		mig_jw_array(&note.jw, "list");
		write_numbers(&note, counts[i]);
		mig_jw_array_end(&note.jw);
		assert_false(mig_note_keep(&note, &mark));
		mig_jw_int(&note.jw, "left_out", 1);
		mig_note_close(&note);
		assert_string_equal(core->out.records[0].detail, "{\"left_out\":1}");
	}
	core_free(core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_baseline_kinds),
		cmocka_unit_test(test_rollback),
		cmocka_unit_test(test_step_up),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_blind_baselining),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_blind_before),
		cmocka_unit_test(test_dismissed),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_no_room_for_gates),
		cmocka_unit_test(test_no_room_for_metrics),
		cmocka_unit_test(test_gate_closes_in_hook),
		cmocka_unit_test(test_too_much_to_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
