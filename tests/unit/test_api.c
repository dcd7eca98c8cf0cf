/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "core/step.h"
#include "wire/api.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
/* 2026-11-22T02:10:00Z */
#define NOW_MS INT64_C(1795313400000)

static const struct mig_flag_step steps[] = { { 5, HOUR }, { 25, 24 * HOUR }, { 100, HOUR } };

static struct mig_flag flags[] = {
	{ .name = "enable_new", .step_count = 3, .steps = steps, .readable = true },
};

static struct mig_metric metrics[] = {
	{ .name = "error_rate", .query = "q1", .baseline_query = "q1_old", .floor = 0.001,
	    .wanted = true, .baseline_wanted = true },
	{ .name = "availability", .query = "q2", .wanted = true },
};

static struct mig_trigger triggers[] = {
	{ .id = "error_rate_spike", .name = "Error rate spike", .metric = 0, .for_ms = 5 * MINUTE,
	    .clear_ratio = 1, .origin = MIG_ORIGIN_TYPE, .armed = true },
	{ .id = "availability_drop", .name = "Availability drop", .metric = 1, .op = MIG_OP_LESS,
	    .clear_ratio = 1, .action = MIG_ACTION_PROPOSE, .armed = true },
};

static struct mig_phase phases[] = {
	{ .name = "intercept" },
	{ .name = "redirect", .gate_count = 4, .flag_count = 1,
	    .gates = { { .name = "approval", .kind = MIG_GATE_APPROVAL, .at_entry = true },
		{ .name = "soak", .kind = MIG_GATE_DURATION, .duration_ms = HOUR },
		{ .name = "slo", .kind = MIG_GATE_METRIC, .metric = 1, .duration_ms = MINUTE },
		{ .name = "hook", .kind = MIG_GATE_WEBHOOK } } },
};

static struct mig_rb_step rb_steps[] = {
	{ .id = "r1", .name = "Move traffic", .rb_phase = 0 },
	{ .id = "r2", .name = "Look", .rb_phase = 0, .manual = true },
	{ .id = "i1", .name = "Undo", .rb_phase = 1 },
};

static struct mig_rb_phase rb_phases[] = {
	{ .name = "rollback_redirect", .phase = 1, .first_step = 0, .step_count = 2 },
	{ .name = "rollback_intercept", .phase = 0, .first_step = 2, .step_count = 1 },
};

static struct mig_policy policy = {
	.migration_id = "23a52ed1507f",
	.migration_name = "old to new",
	.hash = "abc",
	.metric_count = 2,
	.metrics = metrics,
	.trigger_count = 2,
	.triggers = triggers,
	.flag_count = 1,
	.flags = flags,
	.phase_count = 2,
	.phases = phases,
	.rb_phase_count = 2,
	.rb_phases = rb_phases,
	.rb_step_count = 3,
	.rb_steps = rb_steps,
	.settings = { .poll_interval_ms = 15 * SECOND, .max_sample_age_ms = MINUTE,
	    .blind_after_ms = 2 * MINUTE, .validation_window_ms = 5 * MINUTE, .bake_ms = HOUR,
	    .min_coverage = 0.8, .max_gap_ms = 45 * SECOND, .verify_timeout_ms = 30 * SECOND },
};

/* A canary at its second step, ten minutes into the hold. */
static struct mig_state *
make_running(void)
{
	struct mig_state *state = calloc(1, sizeof(*state));

	assert_non_null(state);
	mig_expr_number(0.05, &triggers[0].threshold);
	mig_expr_number(0.95, &triggers[1].threshold);
	mig_state_init(state, &policy, "23a52ed1507f-1", (mig_wall) { NOW_MS - HOUR });
	state->run = MIG_RUN_RUNNING;
	state->healthy = true;
	state->started_at.ms = NOW_MS - 20 * MINUTE;
	state->updated_at.ms = NOW_MS;
	state->clock_ms = 20 * MINUTE;
	state->phase = 1;
	state->stage = MIG_STAGE_ACTIVE;
	state->phase_entered_at.ms = NOW_MS - 15 * MINUTE;
	state->phase_held_ms = 15 * MINUTE;
	state->gates[0].open = true;
	(void)memcpy(state->gates[0].actor, "alice", sizeof("alice"));
	state->flags[0].step = 1;
	state->flags[0].touched = true;
	state->flags[0].checked = true;
	state->flags[0].intended = 25;
	state->flags[0].acked = 25;
	state->flags[0].observed = 25;
	state->flags[0].observed_known = true;
	state->flags[0].verified = true;
	state->flags[0].verified_at.ms = NOW_MS - 10 * SECOND;
	state->flags[0].held_ms = 10 * MINUTE;
	state->metrics[0].now = (struct mig_reading) { .quality = MIG_QUALITY_OK, .value = 0.002,
		.at = { NOW_MS - 2 * SECOND }, .clock_ms = state->clock_ms,
		.ok_clock_ms = state->clock_ms };
	state->metrics[0].baseline_known = true;
	state->metrics[0].baseline = 0.01;
	state->metrics[1].now = state->metrics[0].now;
	state->metrics[1].now.value = 0.999;
	for (size_t i = 0; i < 2; i++) {
		state->triggers[i].run = MIG_TRIGGER_OK;
		state->triggers[i].threshold_known = true;
	}
	state->triggers[0].threshold = 0.05;
	state->triggers[1].threshold = 0.95;
	return state;
}

static struct mig_json_doc *
parse(struct mig_buf *out)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;

	assert_true(mig_buf_ok(out));
	assert_int_equal(mig_json_parse(out->data, out->len, NULL, &doc, &findings), 0);
	mig_findings_fini(&findings);
	mig_buf_fini(out);
	return doc;
}

/* Write the object and read it back; the state is freed. */
static struct mig_json_doc *
write_rollout(struct mig_state *state)
{
	struct mig_buf out;
	struct mig_jw jw;

	mig_buf_init(&out, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &out, 0);
	mig_api_rollout(&jw, NULL, &policy, state, (mig_wall) { NOW_MS });
	free(state);
	return parse(&out);
}

/* A value by keys and indices: "triggers.0.id". */
static const struct mig_json *
at(const struct mig_json_doc *doc, const char *path)
{
	const struct mig_json *node = mig_json_root(doc);
	char key[64];

	while (*path != '\0') {
		size_t len = strcspn(path, ".");
		assert_true(len < sizeof(key));
		memcpy(key, path, len);
		key[len] = '\0';
		if (mig_json_type(node) == MIG_JSON_ARRAY) {
			node = mig_json_first(node);
			for (char i = '0'; i < key[0] && node != NULL; i++)
				node = mig_json_next(node);
		} else {
			node = mig_json_get(node, key);
		}
		if (node == NULL)
			fail_msg("no %s", path);
		path += len + (path[len] == '.' ? 1 : 0);
	}
	return node;
}

static void
assert_text(const struct mig_json_doc *doc, const char *path, const char *expected)
{
	const char *text = mig_json_string(at(doc, path));

	if (text == NULL || strcmp(text, expected) != 0)
		fail_msg("%s is \"%s\", not \"%s\"", path, text != NULL ? text : "(no string)",
		    expected);
}

static void
assert_value(const struct mig_json_doc *doc, const char *path, double expected)
{
	const struct mig_json *node = at(doc, path);

	if (mig_json_type(node) != MIG_JSON_NUMBER ||
	    !mig_num_same(mig_json_number(node), expected))
		fail_msg("%s is %.17g, not %.17g", path, mig_json_number(node), expected);
}

static void
assert_null_at(const struct mig_json_doc *doc, const char *path)
{
	if (mig_json_type(at(doc, path)) != MIG_JSON_NULL)
		fail_msg("%s is not null", path);
}

static void
test_running(void **unused)
{
	struct mig_json_doc *doc = write_rollout(make_running());

	(void)unused;
	assert_text(doc, "id", "23a52ed1507f-1");
	assert_text(doc, "migration_id", "23a52ed1507f");
	assert_text(doc, "migration_name", "old to new");
	assert_text(doc, "state", "running");
	assert_int_equal(mig_json_count(at(doc, "overlays")), 0);
	assert_null_at(doc, "reason");
	assert_text(doc, "started_at", "2026-11-22T01:50:00Z");
	assert_text(doc, "updated_at", "2026-11-22T02:10:00Z");
	assert_text(doc, "phase.name", "redirect");
	assert_value(doc, "phase.index", 1);
	assert_value(doc, "phase.count", 2);
	assert_text(doc, "phase.entered_at", "2026-11-22T01:55:00Z");
	assert_text(doc, "flags.0.name", "enable_new");
	assert_value(doc, "flags.0.intended_percentage", 25);
	assert_value(doc, "flags.0.verified_percentage", 25);
	assert_text(doc, "flags.0.verified_at", "2026-11-22T02:09:50Z");
	assert_value(doc, "flags.0.step", 2);
	assert_value(doc, "flags.0.step_count", 3);
	assert_value(doc, "flags.0.hold_seconds", 86400);
	assert_value(doc, "flags.0.held_seconds", 600);
	assert_text(doc, "next.action", "step_up");
	assert_text(doc, "next.flag", "enable_new");
	assert_value(doc, "next.percentage", 100);
	assert_text(doc, "next.earliest_at", "2026-11-23T02:00:00Z");
	assert_text(doc, "next.waiting_for.0", "hold");
	assert_null_at(doc, "rollback");
	assert_null_at(doc, "held");
	assert_null_at(doc, "blind");
	mig_json_free(doc);
}

static void
test_gates(void **unused)
{
	struct mig_state *state = make_running();

	(void)unused;
	state->gates[2].open = true;
	state->gates[2].ok_ms = 59 * SECOND;
	struct mig_json_doc *doc = write_rollout(state);
	assert_text(doc, "phase.gates.0.name", "approval");
	assert_text(doc, "phase.gates.0.kind", "approval");
	assert_text(doc, "phase.gates.0.state", "open");
	assert_text(doc, "phase.gates.0.actor", "alice");
	assert_text(doc, "phase.gates.1.state", "closed");
	assert_value(doc, "phase.gates.1.held_seconds", 900);
	assert_text(doc, "phase.gates.2.state", "closed");
	assert_text(doc, "phase.gates.3.state", "closed");
	mig_json_free(doc);

	state = make_running();
	state->phase_held_ms = HOUR;
	state->gates[2].open = true;
	state->gates[2].ok_ms = MINUTE;
	state->gates[3].open = true;
	doc = write_rollout(state);
	assert_text(doc, "phase.gates.1.state", "open");
	assert_text(doc, "phase.gates.2.state", "open");
	assert_text(doc, "phase.gates.3.state", "open");
	mig_json_free(doc);
}

static void
test_triggers(void **unused)
{
	struct mig_state *state = make_running();
	char error[MIG_ERROR_MAX];

	(void)unused;
	assert_int_equal(mig_expr_parse("baseline_error_rate * 5", &triggers[0].threshold, error,
	    sizeof(error)), MIG_OK);
	state->triggers[0].run = MIG_TRIGGER_PENDING;
	state->triggers[0].pending_ms = 2 * MINUTE;
	state->triggers[0].breached = true;
	state->metrics[0].now.value = 0.08;
	state->metrics[0].floor_used = true;
	state->triggers[1].run = MIG_TRIGGER_UNKNOWN;
	state->triggers[1].threshold_known = false;
	state->metrics[1].now = (struct mig_reading) { .quality = MIG_QUALITY_NO_DATA };
	struct mig_json_doc *doc = write_rollout(state);
	assert_text(doc, "triggers.0.id", "error_rate_spike");
	assert_text(doc, "triggers.0.metric", "error_rate");
	assert_text(doc, "triggers.0.state", "pending");
	assert_value(doc, "triggers.0.value", 0.08);
	assert_text(doc, "triggers.0.quality", "ok");
	assert_text(doc, "triggers.0.sampled_at", "2026-11-22T02:09:58Z");
	assert_false(mig_json_bool(at(doc, "triggers.0.excused")));
	assert_true(mig_json_bool(at(doc, "triggers.0.breached")));
	assert_false(mig_json_bool(at(doc, "triggers.1.breached")));
	assert_text(doc, "triggers.0.operator", "greater_than");
	assert_value(doc, "triggers.0.threshold", 0.05);
	assert_value(doc, "triggers.0.baseline", 0.01);
	assert_true(mig_json_bool(at(doc, "triggers.0.floor_used")));
	assert_text(doc, "triggers.0.baseline_metrics.0", "error_rate");
	assert_int_equal(mig_json_count(at(doc, "triggers.1.baseline_metrics")), 0);
	assert_value(doc, "triggers.0.for_seconds", 300);
	assert_value(doc, "triggers.0.pending_seconds", 120);
	assert_value(doc, "triggers.0.time_to_fire_seconds", 180);
	assert_text(doc, "triggers.0.action", "automatic_rollback");
	assert_text(doc, "triggers.0.origin", "type");
	assert_text(doc, "triggers.0.query", "q1");
	assert_text(doc, "triggers.1.state", "unknown");
	assert_null_at(doc, "triggers.1.value");
	assert_null_at(doc, "triggers.1.threshold");
	assert_null_at(doc, "triggers.1.baseline");
	assert_null_at(doc, "triggers.1.sampled_at");
	assert_text(doc, "triggers.1.quality", "no_data");
	assert_text(doc, "triggers.1.operator", "less_than");
	assert_null(mig_json_get(at(doc, "triggers.1"), "time_to_fire_seconds"));
	assert_int_equal(mig_json_count(at(doc, "baselines")), 1);
	assert_text(doc, "baselines.0.metric", "error_rate");
	assert_value(doc, "baselines.0.value", 0.01);
	assert_text(doc, "baselines.0.query", "q1_old");
	mig_json_free(doc);
}

/* What was told the provider and what it was seen to serve are two things. */
static void
test_overlays(void **unused)
{
	struct mig_state *state = make_running();

	(void)unused;
	state->overlays = MIG_OVERLAY_PAUSED | MIG_OVERLAY_BLIND | MIG_OVERLAY_DRIFT;
	state->blind_ms = state->clock_ms - 190 * SECOND;
	state->flags[0].observed = 40;
	state->flags[0].verified = false;
	struct mig_json_doc *doc = write_rollout(state);
	assert_text(doc, "overlays.0", "paused");
	assert_text(doc, "overlays.1", "blind");
	assert_text(doc, "overlays.2", "drift");
	assert_value(doc, "flags.0.intended_percentage", 25);
	assert_value(doc, "flags.0.verified_percentage", 40);
	assert_value(doc, "blind.seconds", 190);
	assert_null_at(doc, "blind.rollback_after_seconds");
	mig_json_free(doc);

	/* It is configured; but before there are baselines nothing is rolled back. */
	policy.settings.blind_rollback_after_ms = 600 * SECOND;
	state = make_running();
	state->overlays = MIG_OVERLAY_BLIND;
	doc = write_rollout(state);
	assert_value(doc, "blind.rollback_after_seconds", 600);
	mig_json_free(doc);
	state = make_running();
	state->overlays = MIG_OVERLAY_BLIND;
	state->run = MIG_RUN_BASELINING;
	doc = write_rollout(state);
	assert_null_at(doc, "blind.rollback_after_seconds");
	mig_json_free(doc);
	policy.settings.blind_rollback_after_ms = 0;

	state = make_running();
	state->flags[0].observed_known = false;
	state->flags[0].verified_at.ms = 0;
	doc = write_rollout(state);
	assert_null_at(doc, "flags.0.verified_percentage");
	assert_null_at(doc, "flags.0.verified_at");
	mig_json_free(doc);
}

static struct mig_state *
make_rolling_back(void)
{
	struct mig_state *state = make_running();
	struct mig_rollback_state *rb = &state->rollback;

	state->run = MIG_RUN_ROLLING_BACK;
	state->flags[0].step = -1;
	state->flags[0].intended = 0;
	rb->stage = MIG_RB_STEPS;
	rb->reason = MIG_REASON_TRIGGER;
	rb->trigger = 0;
	(void)memcpy(rb->actor, "migarchd", sizeof("migarchd"));
	(void)memcpy(rb->last_error, "HTTP 503", sizeof("HTTP 503"));
	rb->decided_at.ms = NOW_MS - MINUTE;
	rb->flags_restored_at.ms = NOW_MS - 59 * SECOND;
	rb->steps[0].run = MIG_RB_STEP_RUNNING;
	rb->steps[0].attempts = 3;
	return state;
}

static void
test_rollback(void **unused)
{
	struct mig_state *state = make_rolling_back();

	(void)unused;
	struct mig_json_doc *doc = write_rollout(state);
	assert_text(doc, "state", "rolling_back");
	assert_text(doc, "reason", "trigger");
	assert_text(doc, "rollback.reason", "trigger");
	assert_text(doc, "rollback.actor", "migarchd");
	assert_text(doc, "rollback.trigger", "error_rate_spike");
	assert_null_at(doc, "rollback.comment");
	assert_text(doc, "rollback.decided_at", "2026-11-22T02:09:00Z");
	assert_text(doc, "rollback.flags_restored_at", "2026-11-22T02:09:01Z");
	assert_text(doc, "rollback.phases.0.name", "rollback_redirect");
	assert_text(doc, "rollback.phases.0.state", "running");
	assert_text(doc, "rollback.phases.0.steps.0.step_id", "r1");
	assert_text(doc, "rollback.phases.0.steps.0.state", "running");
	assert_value(doc, "rollback.phases.0.steps.0.attempts", 3);
	assert_text(doc, "rollback.phases.0.steps.0.last_error", "HTTP 503");
	assert_text(doc, "rollback.phases.0.steps.1.state", "pending");
	assert_null_at(doc, "rollback.phases.0.steps.1.last_error");
	assert_text(doc, "rollback.phases.1.state", "pending");
	assert_value(doc, "flags.0.step", 0);
	assert_value(doc, "flags.0.hold_seconds", 0);
	mig_json_free(doc);

	state = make_rolling_back();
	state->rollback.steps[0].run = MIG_RB_STEP_DONE;
	state->rollback.steps[1].run = MIG_RB_STEP_DONE;
	state->rollback.steps[2].run = MIG_RB_STEP_SKIPPED;
	doc = write_rollout(state);
	assert_text(doc, "rollback.phases.0.state", "done");
	assert_text(doc, "rollback.phases.1.state", "skipped");
	mig_json_free(doc);
}

static void
test_held(void **unused)
{
	struct mig_state *state = make_running();

	(void)unused;
	state->run = MIG_RUN_HELD;
	state->no_return = true;
	state->phase = 2;
	state->rollback.reason = MIG_REASON_OPERATOR;
	state->rollback.trigger = -1;
	(void)memcpy(state->rollback.actor, "bob", sizeof("bob"));
	struct mig_json_doc *doc = write_rollout(state);
	assert_null_at(doc, "rollback");
	assert_null_at(doc, "phase");
	assert_text(doc, "held.reason", "operator");
	assert_text(doc, "held.actor", "bob");
	assert_null_at(doc, "held.trigger");
	assert_true(mig_json_bool(at(doc, "no_return")));
	assert_text(doc, "next.action", "nothing");
	mig_json_free(doc);
}

static void
test_summary(void **unused)
{
	struct mig_state *state = make_running();
	struct mig_buf out;
	struct mig_jw jw;

	(void)unused;
	mig_buf_init(&out, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &out, 0);
	mig_jw_object(&jw, NULL);
	mig_api_summary(&jw, "it", &policy, state);
	mig_jw_object_end(&jw);
	free(state);
	struct mig_json_doc *doc = parse(&out);
	assert_text(doc, "it.id", "23a52ed1507f-1");
	assert_text(doc, "it.state", "running");
	assert_text(doc, "it.phase", "redirect");
	assert_text(doc, "it.migration_name", "old to new");
	assert_value(doc, "it.flags.0.intended_percentage", 25);
	assert_value(doc, "it.flags.0.verified_percentage", 25);
	assert_text(doc, "it.started_at", "2026-11-22T01:50:00Z");
	assert_text(doc, "it.updated_at", "2026-11-22T02:10:00Z");
	assert_false(mig_json_bool(at(doc, "it.finished")));
	mig_json_free(doc);
}

static void
test_problem(void **unused)
{
	struct mig_buf out;
	struct mig_jw jw;

	(void)unused;
	mig_buf_init(&out, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &out, 0);
	mig_api_problem(&jw, 422, "Unprocessable", "wrong \"x\"", "/phases/0");
	struct mig_json_doc *doc = parse(&out);
	assert_text(doc, "type", "about:blank");
	assert_text(doc, "title", "Unprocessable");
	assert_value(doc, "status", 422);
	assert_text(doc, "detail", "wrong \"x\"");
	assert_text(doc, "pointer", "/phases/0");
	mig_json_free(doc);

	mig_buf_init(&out, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &out, 0);
	mig_api_problem(&jw, 404, "Not Found", NULL, NULL);
	doc = parse(&out);
	assert_null(mig_json_get(mig_json_root(doc), "detail"));
	assert_null(mig_json_get(mig_json_root(doc), "pointer"));
	mig_json_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_triggers),
		cmocka_unit_test(test_overlays),
		cmocka_unit_test(test_rollback),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
