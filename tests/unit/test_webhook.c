/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "core/policy.h"
#include "core/state.h"
#include "support/test_support.h"
#include "wire/webhook.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define STEP \
	"{\"step_id\":\"rb_x_0_01\",\"name\":\"Put \\u00e9 back\",\"rollback_order\":1,\"z\":[1.5]}"
#define PHASE "{\"name\":\"redirect\",\"duration_hours\":4,\"tasks\":[\"move\"]}"

static const char source_text[] = "{\"plan\":{\"phases\":[{\"name\":\"prepare\"}," PHASE "]},"
    "\"runbook\":{"
    "\"rollback_phases\":[{\"phase_name\":\"rollback_redirect\","
    "\"estimated_duration_minutes\":90,\"steps\":[{\"step_id\":\"other\"}," STEP "]}],"
    "\"emergency_contacts\":[{\"role\":\"Incident Commander\",\"name\":\"Ada\","
    "\"primary_phone\":\"555\"}],"
    "\"communication_templates\":["
    "{\"template_type\":\"rollback_start\",\"audience\":\"technical\",\"urgency\":\"medium\","
    "\"subject\":\"Rollback of {migration_name}\",\"body\":\"{rollback_id} {start_time} "
    "{estimated_duration} {estimated_completion_time}: {rollback_reason}. In {current_phase}. "
    "{incident_commander} {WHO_Knows} {not a name} {}\"},"
    "{\"template_type\":\"rollback_complete\",\"audience\":\"technical\",\"subject\":\"Done\","
    "\"urgency\":\"medium\",\"body\":\"{end_time}, {actual_duration}, {completed_phases}, "
    "{validation_results}, {system_status}, {review_date}\"}]}}";

static const char *const flag_headers[] = { "X-Migration: {migration_id}", "X-Json: {\"a\":1}",
	"X-Other: {tenant}" };

struct fixture {
	struct mig_policy policy;
	struct mig_binding binding;
	struct mig_state *state;
	struct mig_json_doc *source;
	struct mig_arena *arena;
	struct mig_metric metrics[1];
	struct mig_trigger triggers[1];
	struct mig_flag flags[2];
	struct mig_phase phases[2];
	struct mig_rb_step rb_steps[2];
	struct mig_rb_phase rb_phases[1];
};

static void
fill_policy(struct fixture *fixture)
{
	struct mig_policy *policy = &fixture->policy;

	policy->migration_id = "21031930da18";
	policy->migration_name = "old \"shop\" to new shop";
	policy->metric_count = 1;
	policy->metrics = fixture->metrics;
	fixture->metrics[0].name = "error_rate";
	policy->trigger_count = 1;
	policy->triggers = fixture->triggers;
	fixture->triggers[0].id = "error_rate_spike";
	fixture->triggers[0].name = "Error Rate Spike";
	policy->flag_count = 2;
	policy->flags = fixture->flags;
	fixture->flags[0].name = "enable_new";
	fixture->flags[1].name = "a/b \"c\"";
	policy->phase_count = 2;
	policy->phases = fixture->phases;
	fixture->phases[0].name = "prepare";
	fixture->phases[1].name = "redirect";
	policy->rb_phase_count = 1;
	policy->rb_phases = fixture->rb_phases;
	fixture->rb_phases[0] = (struct mig_rb_phase){ "rollback_redirect", 1, 0, 1 };
	policy->rb_step_count = 2;
	policy->rb_steps = fixture->rb_steps;
	fixture->rb_steps[0].id = "rb_x_0_01";
	fixture->rb_steps[1].id = "rb_missing";
	policy->settings.validation_window_ms = 300000;
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fill_policy(fixture);
	fixture->binding.flags = (struct mig_endpoint){ .url = "http://f/{flag}", .method = "PUT",
		.header_count = 3, .headers = flag_headers, .secret_file = "/s",
		.timeout_ms = 5000 };
	fixture->binding.steps = (struct mig_endpoint){ .url = "http://s/{phase}?m={migration_id}",
		.method = "POST", .bearer_token_file = "/b", .timeout_ms = 600000 };
	fixture->binding.read_url = "http://f/{flag}?r={rollout_id}&p={phase}";
	fixture->state = calloc(1, sizeof(*fixture->state));
	assert_non_null(fixture->state);
	mig_state_init(fixture->state, &fixture->policy, "21031930da18-1", (mig_wall){ 1000 });
	fixture->state->phase = 1;
	fixture->source = test_json(source_text);
	fixture->arena = mig_arena_new(1U << 20);
	assert_non_null(fixture->arena);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	mig_arena_free(fixture->arena);
	mig_json_free(fixture->source);
	free(fixture->state);
	free(fixture);
	return 0;
}

/* The fixture's rollout with a source document. */
static struct mig_webhook_rollout
about(const struct fixture *fixture, const struct mig_json_doc *source)
{
	return (struct mig_webhook_rollout) { &fixture->policy, &fixture->binding, fixture->state,
		mig_json_root(source) };
}

static int
build(struct fixture *fixture, const struct mig_effect *effect, struct mig_request *ret_request)
{
	struct mig_webhook_rollout rollout = about(fixture, fixture->source);

	return mig_webhook_request(&rollout, effect, fixture->arena, ret_request);
}

static struct mig_effect
flag_effect(size_t flag, double percentage, double previous, enum mig_write_reason reason)
{
	struct mig_effect effect = { .kind = MIG_EFFECT_SET_FLAG, .seq = 7 };

	effect.u.set_flag.flag = flag;
	effect.u.set_flag.percentage = percentage;
	effect.u.set_flag.previous = previous;
	effect.u.set_flag.generation = 3;
	effect.u.set_flag.reason = reason;
	return effect;
}

static void
test_flag(void **state)
{
	struct fixture *fixture = *state;
	struct mig_effect effect = flag_effect(0, 12.5, 5, MIG_WRITE_STEP);
	struct mig_request request;

	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_string_equal(request.key, "21031930da18-1-3e8-7");
	assert_string_equal(request.lane, "flag:enable_new");
	assert_string_equal(request.method, "PUT");
	assert_string_equal(request.url, "http://f/enable_new");
	assert_string_equal(request.body, "{\"flag\":\"enable_new\",\"percentage\":12.5,"
	    "\"previous_percentage\":5,\"enabled\":true,\"migration_id\":\"21031930da18\","
	    "\"rollout_id\":\"21031930da18-1\",\"reason\":\"step\",\"generation\":3}");
	assert_int_equal(request.header_count, 3);
	assert_string_equal(request.headers[0], "X-Migration: 21031930da18");
	assert_string_equal(request.headers[1], "X-Json: {\"a\":1}");
	assert_string_equal(request.headers[2], "X-Other: {tenant}");
	assert_string_equal(request.secret_file, "/s");
	assert_null(request.bearer_token_file);
	assert_int_equal(request.timeout_ms, 5000);
	assert_true(request.read_back);
	fixture->binding.read_url = NULL;
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_false(request.read_back);
}

static void
test_flag_reasons(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		enum mig_write_reason reason;
		double percentage;
		const char *text;
	} rows[] = {
		{ MIG_WRITE_START, 5, "\"enabled\":true,\"migration_id\":\"21031930da18\","
		    "\"rollout_id\":\"21031930da18-1\",\"reason\":\"start\"" },
		{ MIG_WRITE_ROLLBACK, 0, "\"enabled\":false,\"migration_id\":\"21031930da18\","
		    "\"rollout_id\":\"21031930da18-1\",\"reason\":\"rollback\"" },
		{ MIG_WRITE_ABORT, 0, "\"reason\":\"abort\"" },
		{ MIG_WRITE_DRIFT, 0.01, "\"enabled\":true,\"migration_id\":\"21031930da18\","
		    "\"rollout_id\":\"21031930da18-1\",\"reason\":\"drift\"" },
	};

	fixture->binding.flags.body = "";
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_effect effect = flag_effect(0, rows[i].percentage, 1, rows[i].reason);
		struct mig_request request;

		assert_int_equal(build(fixture, &effect, &request), 0);
		assert_non_null(strstr(request.body, rows[i].text));
	}
}

/* Values fit the place they are put in. */
static void
test_templates(void **state)
{
	struct fixture *fixture = *state;
	struct mig_effect effect = flag_effect(1, 25, 10, MIG_WRITE_STEP);
	struct mig_request request;

	fixture->binding.flags.url = "http://f/{flag}/{percentage}?{reason}&{phase}&{generation}";
	fixture->binding.flags.body = "{\"n\":\"{flag}\",\"rollout\":\"{percentage}\","
	    "\"was\":{previous_percentage},\"id\":\"{rollout_id} {migration_id}\",\"q\":{ }}";
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_string_equal(request.url, "http://f/a%2Fb%20%22c%22/25?step&redirect&3");
	assert_string_equal(request.body, "{\"n\":\"a/b \\\"c\\\"\",\"rollout\":\"25\",\"was\":10,"
	    "\"id\":\"21031930da18-1 21031930da18\",\"q\":{ }}");
	assert_string_equal(request.lane, "flag:a/b \"c\"");

	static const char *const injection[] = { "X-Phase: {phase}" };

	fixture->phases[1].name = "a\r\nX-Evil: 1";
	fixture->binding.flags.headers = injection;
	fixture->binding.flags.header_count = 1;
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_string_equal(request.headers[0], "X-Phase: a%0D%0AX-Evil: 1");

	fixture->binding.flags.body = "{\"x\":\"{tenant}\"}";
	assert_int_equal(build(fixture, &effect, &request), MIG_EDOC);
	fixture->binding.flags.body = NULL;
	fixture->binding.flags.url = "http://f/{tenant}";
	assert_int_equal(build(fixture, &effect, &request), MIG_EDOC);
}

static void
test_no_request(void **state)
{
	struct fixture *fixture = *state;
	struct mig_request request;
	struct mig_effect effect = flag_effect(0, 1, 0, MIG_WRITE_STEP);

	fixture->binding.flags_embedded = true;
	assert_int_equal(build(fixture, &effect, &request), MIG_ENOTFOUND);
	fixture->binding.steps.url = NULL;
	for (int kind = MIG_EFFECT_RB_STEP; kind <= MIG_EFFECT_NOTIFY; kind++) {
		effect = (struct mig_effect){ .kind = (enum mig_effect_kind)kind, .seq = 1 };
		assert_int_equal(build(fixture, &effect, &request), MIG_ENOTFOUND);
	}
}

static void
test_step(void **state)
{
	struct fixture *fixture = *state;
	struct mig_effect effect = { .kind = MIG_EFFECT_RB_STEP, .seq = 21 };
	struct mig_request request;

	fixture->state->rollback.reason = MIG_REASON_OPERATOR;
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_string_equal(request.key, "21031930da18-1-3e8-21");
	assert_string_equal(request.lane, "steps");
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.url, "http://s/rollback_redirect?m=21031930da18");
	assert_string_equal(request.body, "{\"kind\":\"rollback_step\","
	    "\"rollout_id\":\"21031930da18-1\",\"migration_id\":\"21031930da18\","
	    "\"phase\":\"rollback_redirect\",\"reason\":\"operator\","
	    "\"step\":{\"step_id\":\"rb_x_0_01\",\"name\":\"Put \xc3\xa9 back\","
	    "\"rollback_order\":1,\"z\":[1.5]}}");
	assert_string_equal(request.bearer_token_file, "/b");
	assert_int_equal(request.timeout_ms, 600000);

	effect.u.rb_step.step = 1; /* not in the runbook */
	assert_int_equal(build(fixture, &effect, &request), MIG_EDOC);
}

static void
test_hook(void **state)
{
	struct fixture *fixture = *state;
	struct mig_effect effect = { .kind = MIG_EFFECT_HOOK, .seq = 2 };
	struct mig_request request;

	effect.u.hook.phase = 1;
	effect.u.hook.hook = MIG_HOOK_PHASE_ENTER;
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_string_equal(request.lane, "steps");
	assert_string_equal(request.url, "http://s/redirect?m=21031930da18");
	assert_string_equal(request.body, "{\"kind\":\"phase_enter\","
	    "\"rollout_id\":\"21031930da18-1\",\"migration_id\":\"21031930da18\",\"phase\":" PHASE
	    "}");
	effect.u.hook.phase = 0;
	effect.u.hook.hook = MIG_HOOK_PHASE_LEAVE;
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_string_equal(request.body, "{\"kind\":\"phase_leave\","
	    "\"rollout_id\":\"21031930da18-1\",\"migration_id\":\"21031930da18\","
	    "\"phase\":{\"name\":\"prepare\"}}");
	fixture->phases[0].name = "nowhere";
	assert_int_equal(build(fixture, &effect, &request), MIG_EDOC);
}

static void
test_scale_up(void **state)
{
	struct fixture *fixture = *state;
	struct mig_effect effect = { .kind = MIG_EFFECT_SCALE_UP, .seq = 2 };
	struct mig_request request;

	fixture->state->triggers[0].value = 0.25;
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_string_equal(request.body, "{\"kind\":\"scale_up\","
	    "\"rollout_id\":\"21031930da18-1\",\"migration_id\":\"21031930da18\","
	    "\"trigger\":{\"id\":\"error_rate_spike\",\"name\":\"Error Rate Spike\","
	    "\"metric\":\"error_rate\",\"operator\":\"greater_than\",\"value\":0.25,"
	    "\"threshold\":null}}");
	fixture->state->triggers[0].threshold = 0.05;
	fixture->state->triggers[0].threshold_known = true;
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_non_null(strstr(request.body, "\"threshold\":0.05}}"));
}

/* The same effect gives the same bytes, from a fresh parse and a fresh arena. */
static void
test_determinism(void **state)
{
	struct fixture *fixture = *state;
	struct mig_effect effects[] = { flag_effect(0, 33.3, 5, MIG_WRITE_STEP),
		{ .kind = MIG_EFFECT_RB_STEP, .seq = 9 }, { .kind = MIG_EFFECT_HOOK, .seq = 10 },
		{ .kind = MIG_EFFECT_SCALE_UP, .seq = 11 } };

	for (size_t i = 0; i < TEST_COUNT(effects); i++) {
		struct mig_json_doc *source = test_json(source_text);
		struct mig_arena *arena = mig_arena_new(1U << 20);
		struct mig_request a;
		struct mig_request b;
		struct mig_webhook_rollout rollout = about(fixture, source);

		assert_non_null(arena);
		assert_int_equal(build(fixture, &effects[i], &a), 0);
		assert_int_equal(mig_webhook_request(&rollout, &effects[i], arena, &b), 0);
		assert_string_equal(a.key, b.key);
		assert_string_equal(a.url, b.url);
		assert_string_equal(a.body, b.body);
		mig_arena_free(arena);
		mig_json_free(source);
	}
}

/* Standard Webhooks joins id, time and body with dots. */
static void
test_key(void **state)
{
	struct fixture *fixture = *state;
	struct mig_effect effect = flag_effect(0, 1, 0, MIG_WRITE_STEP);
	struct mig_request request;

	effect.seq = UINT64_MAX;
	(void)snprintf(fixture->state->rollout_id, MIG_ID_MAX, "shop v1.2\r\n-4");
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_string_equal(request.key, "shop_v1_2__-4-3e8-18446744073709551615");
	memset(fixture->state->rollout_id, 'a', MIG_ID_MAX - 1);
	fixture->state->rollout_id[MIG_ID_MAX - 1] = '\0';
	assert_int_equal(build(fixture, &effect, &request), 0);
	assert_int_equal(strlen(request.key), MIG_ID_MAX - 1 + 4 + 21);
}

/* Without room in the arena the builder fails, and only that. */
static void
test_no_memory(void **state)
{
	struct fixture *fixture = *state;
	struct mig_effect effects[] = { flag_effect(0, 33.3, 5, MIG_WRITE_STEP),
		{ .kind = MIG_EFFECT_RB_STEP, .seq = 9 }, { .kind = MIG_EFFECT_HOOK, .seq = 10 },
		{ .kind = MIG_EFFECT_SCALE_UP, .seq = 11 } };

	for (size_t i = 0; i < TEST_COUNT(effects); i++) {
		int error = MIG_ENOMEM;
		size_t limit = 0;

		for (; error != 0 && limit < 4096; limit += 8) {
			struct mig_arena *arena = mig_arena_new(limit);
			struct mig_request request;
			struct mig_webhook_rollout rollout = about(fixture, fixture->source);

			assert_non_null(arena);
			error = mig_webhook_request(&rollout, &effects[i], arena, &request);
			assert_true(error == 0 || error == MIG_ENOMEM);
			mig_arena_free(arena);
		}
		assert_int_equal(error, 0);
		assert_true(limit > 64);
	}
}

static int
read_back(struct fixture *fixture, struct mig_request *ret_request)
{
	struct mig_webhook_rollout rollout = about(fixture, fixture->source);

	return mig_webhook_read(&rollout, 1, fixture->arena, ret_request);
}

static void
test_read(void **state)
{
	struct fixture *fixture = *state;
	struct mig_request request;

	fixture->binding.flags.bearer_token_file = "/b";
	assert_int_equal(read_back(fixture, &request), 0);
	assert_string_equal(request.method, "GET");
	assert_string_equal(request.url, "http://f/a%2Fb%20%22c%22?r=21031930da18-1&p=redirect");
	assert_int_equal(request.header_count, 3);
	assert_string_equal(request.headers[0], "X-Migration: 21031930da18");
	assert_string_equal(request.headers[2], "X-Other: {tenant}");
	assert_string_equal(request.bearer_token_file, "/b");
	assert_int_equal(request.timeout_ms, 5000);
	assert_null(request.body);
	fixture->binding.read_url = "http://f/{percentage}";
	assert_int_equal(read_back(fixture, &request), MIG_EDOC);
	fixture->binding.read_url = NULL;
	assert_int_equal(read_back(fixture, &request), MIG_ENOTFOUND);
}

/* A gate is asked as a hook is announced: templates, secret and token are the executor's. */
static void
test_gate(void **state)
{
	static const char *const headers[] = { "X-Phase: {phase}" };
	struct fixture *fixture = *state;
	struct mig_webhook_rollout rollout = about(fixture, fixture->source);
	struct mig_request request;

	fixture->phases[1].gate_count = 1;
	fixture->phases[1].gates[0].name = "traffic";
	fixture->binding.steps.header_count = 1;
	fixture->binding.steps.headers = headers;
	fixture->binding.steps.secret_file = "/s";
	assert_int_equal(mig_webhook_gate(&rollout, 0, (mig_wall){ 1795345185840 },
	    fixture->arena, &request), 0);
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.url, "http://s/redirect?m=21031930da18");
	assert_string_equal(request.headers[0], "X-Phase: redirect");
	assert_string_equal(request.secret_file, "/s");
	assert_string_equal(request.bearer_token_file, "/b");
	assert_string_equal(request.key, "21031930da18-1-3e8-1795345185840");
	assert_string_equal(request.body, "{\"kind\":\"phase_gate\","
	    "\"rollout_id\":\"21031930da18-1\",\"migration_id\":\"21031930da18\","
	    "\"phase\":\"redirect\",\"gate\":\"traffic\"}");
	fixture->binding.steps.url = NULL;
	assert_int_equal(mig_webhook_gate(&rollout, 0, (mig_wall){ 1 }, fixture->arena, &request),
	    MIG_ENOTFOUND);
}

static void
test_read_percentage(void **state)
{
	static const struct {
		const char *body;
		const char *pointer;
		double value;
		const char *error; /* NULL: none */
	} rows[] = {
		{ "{\"percentage\":25}", "/percentage", 25, NULL },
		{ "{\"percentage\":\"12.5\"}", "/percentage", 12.5, NULL },
		{ "{\"percentage\":0}", "/percentage", 0, NULL },
		{ "{\"percentage\":100.0}", "/percentage", 100, NULL },
		{ "50", "", 50, NULL },
		{ "{\"e\":[{\"s\":1},{\"s\":{\"rollout\":\"7\"}}]}", "/e/1/s/rollout", 7, NULL },
		{ "{\"a/b\":{\"~\":3}}", "/a~1b/~0", 3, NULL },
		{ "{\"\":4}", "/", 4, NULL },
		{ "{\"percentage\":101}", "/percentage", 0, "no percentage" },
		{ "{\"percentage\":-0.5}", "/percentage", 0, "no percentage" },
		{ "{\"percentage\":\"250\"}", "/percentage", 0, "no percentage" },
		{ "{\"percentage\":\"banana\"}", "/percentage", 0, "string at \"/percentage\"" },
		{ "{\"percentage\":\"NaN\"}", "/percentage", 0, "no number" },
		{ "{\"percentage\":true}", "/percentage", 0, "boolean at" },
		{ "{\"percentage\":null}", "/percentage", 0, "null at" },
		{ "{\"percentage\":25}", "/percent", 0, "nothing at \"/percent\"" },
		{ "{\"percentage\":25}", "percentage", 0, "nothing at" },
		{ "{\"percentage\":25}", "/percentage/0", 0, "nothing at" },
		{ "[1,2]", "/2", 0, "nothing at" },
		{ "[1,2]", "/-1", 0, "nothing at" },
		{ "[1,2]", "/x", 0, "nothing at" },
		{ "[]", "/0", 0, "nothing at" },
		{ "{\"a\":1}", "/~2", 0, "nothing at" },
		{ "404 page not found", "/percentage", 0, "no JSON" },
		{ "", "/percentage", 0, "no JSON" },
		{ "{\"percentage\":25", "/percentage", 0, "no JSON" },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char error[MIG_ERROR_MAX] = "";
		double value = -7;
		int result = mig_webhook_read_percentage(rows[i].body, strlen(rows[i].body),
		    rows[i].pointer, &value, error, sizeof(error));

		assert_int_equal(result, rows[i].error == NULL ? 0 : MIG_EDOC);
		assert_double_same(value, rows[i].error == NULL ? rows[i].value : -7);
		if (rows[i].error != NULL && strstr(error, rows[i].error) == NULL)
			fail_msg("row %zu: \"%s\"", i, error);
	}
}

static void
check_signature(const char *secret, const char *body, const char *wanted)
{
	struct mig_buf out;

	mig_buf_init(&out, 256);
	assert_int_equal(mig_webhook_sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body,
	    &out), 0);
	assert_string_equal(out.data, wanted);
	mig_buf_fini(&out);
}

static void
test_sign(void **state)
{
	static const char *const bad[] = { "", "whsec_", "whsec_!!!", "whsec_MfKQ9r8" };
	struct mig_buf out;

	(void)state;
	check_signature(SECRET, "{\"test\": 2432232314}",
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	check_signature(SECRET, "", "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=");
	check_signature(SECRET, NULL, "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=");
	check_signature(SECRET, "{\"emoji\":\"\xc3\xa9\xf0\x9f\x98\x80\"}",
	    "v1,IkaZTV/KJzX5ys5dGnfno7S1WB0s68sNN7quYzJOeX0=");
	check_signature(SECRET, "{\"a\":1}\n", "v1,gHpkzUwAcTCAx6mVTdVP1Xcvw5OF91BO8CGnDfdstVo=");
	/* A secret of other making is its own bytes. */
	check_signature("plain secret", "{}", "v1,HlzuMa8JN+9J4U8RZXiaqtTNmnjFtP9RpujO/ZnYM/g=");
	mig_buf_init(&out, 256);
	for (size_t i = 0; i < TEST_COUNT(bad); i++)
		assert_int_equal(mig_webhook_sign(bad[i], "a", 1, "", &out), MIG_EDOC);
	assert_string_equal(out.data, "");
	mig_buf_fini(&out);
}

static void
test_answers(void **state)
{
	static const struct {
		long from;
		long to;
		enum mig_answer answer;
	} rows[] = {
		{ 0, 0, MIG_ANSWER_RETRY },        { 100, 199, MIG_ANSWER_REFUSED },
		{ 200, 201, MIG_ANSWER_DONE },     { 202, 202, MIG_ANSWER_ACCEPTED },
		{ 203, 299, MIG_ANSWER_DONE },     { 300, 407, MIG_ANSWER_REFUSED },
		{ 408, 408, MIG_ANSWER_RETRY },    { 409, 409, MIG_ANSWER_CHECK },
		{ 410, 411, MIG_ANSWER_REFUSED },  { 412, 412, MIG_ANSWER_CHECK },
		{ 413, 424, MIG_ANSWER_REFUSED },  { 425, 425, MIG_ANSWER_RETRY },
		{ 426, 428, MIG_ANSWER_REFUSED },  { 429, 429, MIG_ANSWER_RETRY },
		{ 430, 499, MIG_ANSWER_REFUSED },  { 500, 599, MIG_ANSWER_RETRY },
		{ 600, 999, MIG_ANSWER_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		for (long status = rows[i].from; status <= rows[i].to; status++)
			assert_int_equal(mig_webhook_answer(status), rows[i].answer);
	}
}

static void
test_backoff(void **state)
{
	char key[32];
	int64_t lowest = INT64_MAX;
	int64_t highest = 0;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		int64_t before = 0;
		int64_t plain = 100;

		(void)snprintf(key, sizeof(key), "21031930da18-1-%u", i);
		for (uint32_t attempt = 1; attempt <= 40; attempt++) {
			int64_t delay = mig_webhook_backoff(key, attempt, 100, 5000);

			assert_true(delay >= before && delay <= plain && delay >= plain * 3 / 4);
			assert_int_equal(delay, mig_webhook_backoff(key, attempt, 100, 5000));
			before = delay;
			plain = plain * 2 > 5000 ? 5000 : plain * 2;
		}
		lowest = before < lowest ? before : lowest;
		highest = before > highest ? before : highest;
	}
	/* The keys of one rollout are spread over the whole quarter. */
	assert_true(lowest < 3850);
	assert_true(highest > 4900);
	assert_true(mig_webhook_backoff("k", 0, 100, 5000) <= 100);
	assert_int_equal(mig_webhook_backoff("k", UINT32_MAX, 0, 0), 1);
	assert_true(mig_webhook_backoff("k", UINT32_MAX, 1, INT64_MAX / 2048) > 0);
}

static struct mig_json_doc *
notice(struct fixture *fixture, const char *type, const char *audience)
{
	static const struct mig_record record = { .seq = 42, .at = { 1000 },
		.kind = "trigger_fired", .actor = "migarchd",
		.detail = "{\"trigger\":\"error_rate_spike\",\"value\":0.25,"
		    "\"window_seconds\":null}" };
	const struct mig_notification notification = { "k", type, audience, "21031930da18-1",
		&record };
	struct mig_buf out;
	struct mig_json_doc *doc = NULL;

	mig_buf_init(&out, 65536);

	int error = mig_webhook_notification(&fixture->policy, fixture->state,
	    mig_json_get(mig_json_root(fixture->source), "runbook"), &notification, &out);

	assert_true(error == 0 || error == MIG_ENOTFOUND);
	if (error == 0)
		doc = test_json(out.data);
	else
		assert_string_equal(out.data, "");
	mig_buf_fini(&out);
	return doc;
}

static const char *
member(const struct mig_json_doc *doc, const char *key)
{
	const char *text = mig_json_string(mig_json_get(mig_json_root(doc), key));

	assert_non_null(text);
	return text;
}

static void
test_notice(void **state)
{
	struct fixture *fixture = *state;

	fixture->state->rollback.reason = MIG_REASON_TRIGGER;
	fixture->state->rollback.trigger = 0;
	fixture->state->rollback.decided_at.ms = 1795345185840;
	fixture->state->triggers[0].value = 0.25;
	fixture->state->triggers[0].threshold = 0.05;
	fixture->state->triggers[0].threshold_known = true;
	fixture->state->phase_entered[1] = true;

	struct mig_json_doc *doc = notice(fixture, "rollback_start", "technical");

	assert_non_null(doc);
	assert_string_equal(member(doc, "template_type"), "rollback_start");
	assert_string_equal(member(doc, "audience"), "technical");
	assert_string_equal(member(doc, "urgency"), "medium");
	assert_string_equal(member(doc, "rollout_id"), "21031930da18-1");
	assert_string_equal(member(doc, "subject"), "Rollback of old \"shop\" to new shop");
	assert_string_equal(member(doc, "body"), "21031930da18-1 2026-11-22T10:59:45.840Z 1h 30m "
	    "2026-11-22T12:29:45.840Z: trigger error_rate_spike fired: error_rate is 0.25, "
	    "threshold 0.05. In redirect. Ada (555) (not known) {not a name} {}");

	const struct mig_json *event = mig_json_get(mig_json_root(doc), "event");

	assert_double_same(mig_json_number(mig_json_get(event, "seq")), 42);
	assert_string_equal(mig_json_string(mig_json_get(event, "kind")), "trigger_fired");
	assert_string_equal(mig_json_string(mig_json_get(event, "actor")), "migarchd");
	assert_string_equal(mig_json_string(mig_json_get(event, "at")), "1970-01-01T00:00:01Z");
	assert_double_same(mig_json_number(mig_json_get(mig_json_get(event, "detail"), "value")),
	    0.25);
	mig_json_free(doc);
	assert_null(notice(fixture, "rollback_start", "customers"));
	assert_null(notice(fixture, "emergency_escalation", "customers"));
}

/* The runbook has words for the executives only; the people at work are told all the same. */
static void
test_notice_emergency(void **state)
{
	struct fixture *fixture = *state;
	struct mig_json_doc *doc = notice(fixture, "emergency_escalation", "technical");

	assert_non_null(doc);
	assert_string_equal(member(doc, "urgency"), "emergency");
	mig_json_free(doc);
}

/* Nothing is known yet of what the message asks for. */
static void
test_notice_unknown(void **state)
{
	struct fixture *fixture = *state;
	struct mig_json_doc *doc = notice(fixture, "rollback_start", "technical");

	assert_non_null(doc);
	assert_string_equal(member(doc, "body"), "21031930da18-1 (not known) (not known) "
	    "(not known): (not known). In redirect. Ada (555) (not known) {not a name} {}");
	mig_json_free(doc);
}

static void
test_notice_complete(void **state)
{
	struct fixture *fixture = *state;

	fixture->state->rollback.reason = MIG_REASON_OPERATOR;
	fixture->state->rollback.decided_at.ms = 1795345185000;
	fixture->state->run = MIG_RUN_ROLLED_BACK;
	fixture->state->run_at.ms = 1795345185000 + 310000;
	fixture->state->phase_entered[1] = true;
	fixture->state->rollback.steps[0].run = MIG_RB_STEP_DONE;
	fixture->state->flags[0].intended = 0;
	fixture->state->flags[0].verified = true;
	fixture->state->flags[1].intended = 12.5;

	struct mig_json_doc *doc = notice(fixture, "rollback_complete", "technical");

	assert_non_null(doc);
	assert_string_equal(member(doc, "body"), "2026-11-22T11:04:55Z, 5m 10s, rollback_redirect, "
	    "all triggers were quiet for 5m, rolled back; enable_new at 0 %, "
	    "a/b \"c\" at 12.5 % (not verified), (not known)");
	mig_json_free(doc);
}

/* A runbook without words for the way back, for nobody. */
static void
test_notice_no_template(void **state)
{
	static const struct {
		const char *type;
		const char *urgency;
	} rows[] = {
		{ "rollback_start", "high" },
		{ "rollback_complete", "medium" },
	};
	struct fixture *fixture = *state;
	mig_json_free(fixture->source);
	fixture->source = test_json("{}");
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_json_doc *doc = notice(fixture, rows[i].type, "technical");

		assert_non_null(doc);
		assert_string_equal(member(doc, "urgency"), rows[i].urgency);
		assert_non_null(strstr(member(doc, "body"), "Rollout: 21031930da18-1"));
		mig_json_free(doc);
		assert_null(notice(fixture, rows[i].type, "executive"));
	}
}

/* These are worded here, for those of the company. */
static void
test_notice_own_words(void **state)
{
	static const struct {
		const char *type;
		const char *audience;
		const char *urgency;
	} rows[] = {
		{ "alert", "technical", "high" },
		{ "alert", "business", "high" },
		{ "completed", "executive", "low" },
	};
	struct fixture *fixture = *state;

	assert_null(notice(fixture, "alert", "customers"));
	assert_null(notice(fixture, "completed", "customers"));
	fixture->state->run = MIG_RUN_RUNNING;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_json_doc *doc = notice(fixture, rows[i].type, rows[i].audience);

		assert_non_null(doc);
		assert_string_equal(member(doc, "urgency"), rows[i].urgency);
		assert_string_equal(member(doc, "audience"), rows[i].audience);
		assert_string_equal(member(doc, "subject"),
		    "old \"shop\" to new shop: trigger fired");

		const char *body = member(doc, "body");

		assert_non_null(strstr(body, "- trigger: error_rate_spike\n- value: 0.25\n"
		    "- window seconds: null\n"));
		assert_non_null(strstr(body,
		    "Rollout: 21031930da18-1, running, in phase redirect\n"));
		assert_non_null(strstr(body, "Flags: enable_new at 0 %"));
		mig_json_free(doc);
	}
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_flag),
		WITH(test_flag_reasons),
		WITH(test_templates),
		WITH(test_no_request),
		WITH(test_step),
		WITH(test_hook),
		WITH(test_scale_up),
		WITH(test_determinism),
		WITH(test_key),
		WITH(test_no_memory),
		WITH(test_read),
		WITH(test_gate),
		WITH(test_notice),
		WITH(test_notice_emergency),
		WITH(test_notice_unknown),
		WITH(test_notice_complete),
		WITH(test_notice_no_template),
		WITH(test_notice_own_words),
		cmocka_unit_test(test_read_percentage),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
