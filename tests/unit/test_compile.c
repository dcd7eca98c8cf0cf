/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "engine/compile.h"
#include "support/test_support.h"

#define HTTP_METRICS \
	"\"metrics\":{\"preset\":\"http\",\"new\":\"v=\\\"n\\\"\",\"old\":\"v=\\\"o\\\"\""

/* One change to a document: the first place where `from` stands becomes `to`. */
struct change {
	const char *from;
	const char *to;
};

struct attempt {
	struct mig_json_doc *source;
	struct mig_compiled compiled;
	struct mig_findings findings;
	int result;
};

static int
find_zone(void *context, const char *name, struct mig_zone *ret_zone)
{
	int *calls = context;
	(*calls)++;
	if (strcmp(name, "UTC") != 0)
		return MIG_ENOTFOUND;
	mig_zone_utc(ret_zone);
	return 0;
}

static void
add_changed(struct mig_buf *out, const char *path, const struct change *change)
{
	char *text = test_read_source(path, NULL);
	const char *at = change != NULL ? strstr(text, change->from) : NULL;
	if (change != NULL && at == NULL)
		fail_msg("%s has no %s", path, change->from);
	if (at == NULL) {
		mig_buf_puts(out, text);
	} else {
		mig_buf_add(out, text, (size_t)(at - text));
		mig_buf_puts(out, change->to);
		mig_buf_puts(out, at + strlen(change->from));
	}
	free(text);
}

/* Compile the test documents with one change each (or NULL), a binding and defaults. */
static void
compile(struct attempt *attempt, const struct change *plan, const struct change *runbook,
    const char *binding, const char *defaults)
{
	struct mig_buf text;
	int zone_calls = 0;
	memset(attempt, 0, sizeof(*attempt));
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, "{\"plan\":");
	add_changed(&text, "tests/data/daemon/plan.json", plan);
	mig_buf_puts(&text, ",\"runbook\":");
	add_changed(&text, "tests/data/daemon/runbook.json", runbook);
	mig_buf_printf(
	    &text, ",\"binding\":%s,\"defaults\":%s}", binding, defaults != NULL ? defaults : "{}");
	assert_true(mig_buf_ok(&text));
	attempt->source = test_json(text.data);
	mig_buf_fini(&text);
	attempt->result = mig_compile(mig_json_root(attempt->source), "source", find_zone,
	    &zone_calls, &attempt->compiled, &attempt->findings);
}

/* Compile it once more, as what was taken long ago. */
static void
compile_again(struct attempt *attempt)
{
	int zone_calls = 0;
	mig_findings_fini(&attempt->findings);
	attempt->result = mig_compile_kept(mig_json_root(attempt->source), "source", find_zone,
	    &zone_calls, &attempt->compiled, &attempt->findings);
}

static void
release(struct attempt *attempt)
{
	mig_policy_free(attempt->compiled.policy);
	mig_json_free(attempt->source);
	mig_findings_fini(&attempt->findings);
}

/* Compile what must be right, and return the policy. */
static const struct mig_policy *
compile_good(struct attempt *attempt, const struct change *plan, const struct change *runbook,
    const char *binding)
{
	compile(attempt, plan, runbook, binding, NULL);
	char *text = test_findings(&attempt->findings);
	if (attempt->result != 0)
		fail_msg("%d: %s", attempt->result, text);
	free(text);
	return attempt->compiled.policy;
}

static bool
mentions(const struct attempt *attempt, const char *phrase)
{
	char *text = test_findings(&attempt->findings);
	bool found = strstr(text, phrase) != NULL;
	free(text);
	return found;
}

static void
test_identity(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL, "{" HTTP_METRICS "}}");
	assert_string_equal(policy->migration_id, "ab12cd34ef56");
	assert_string_equal(policy->migration_name, "legacy-users to users-service");
	assert_int_equal(strlen(policy->hash), 64);
	assert_false(policy->hooks);
	assert_int_equal(policy->settings.poll_interval_ms, 15000);
	assert_false(policy->critical_hours.present);
	assert_true(attempt.compiled.binding->flags_embedded);
	release(&attempt);
}

static void
hash_of(const struct change *plan, const struct change *runbook, const char *binding,
    char hash[MIG_SHA256_HEX])
{
	struct attempt attempt;
	const struct mig_policy *policy = compile_good(&attempt, plan, runbook, binding);
	memcpy(hash, policy->hash, MIG_SHA256_HEX);
	release(&attempt);
}

static void
test_hash(void **state)
{
	const struct change later = { "2026-01-15T09:30:00Z", "2026-02-15T09:30:00Z" };
	const struct change more = { "\"percentage\": 5,", "\"percentage\": 6," };
	char first[MIG_SHA256_HEX];
	char other[MIG_SHA256_HEX];
	(void)state;
	hash_of(NULL, NULL, "{" HTTP_METRICS "}}", first);
	hash_of(&later, NULL, "{" HTTP_METRICS "}}", other);
	assert_string_equal(first, other);
	hash_of(NULL, NULL, "{\"plan\":\"a\",\"start\":\"auto\","
	    "\"preflight\":{\"backtest\":\"1d\"}," HTTP_METRICS "}}", other);
	assert_string_equal(first, other);
	hash_of(&more, NULL, "{" HTTP_METRICS "}}", other);
	assert_string_not_equal(first, other);
	hash_of(NULL, NULL, "{" HTTP_METRICS ",\"min_samples\":11}}", other);
	assert_string_not_equal(first, other);
}

static void
test_metrics(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL,
	    "{" HTTP_METRICS ",\"cpu_utilization\":\"avg(cpu)\",\"interval\":\"5s\"}}");
	const struct mig_metric *errors = &policy->metrics[mig_policy_metric(policy, "error_rate")];
	assert_string_equal(errors->query,
	    "(sum(rate(http_requests_total{status=~\"5..\",v=\"n\"}[5s])) or vector(0))"
	    " / sum(rate(http_requests_total{v=\"n\"}[5s]))");
	assert_string_equal(errors->baseline_query,
	    "(sum(rate(http_requests_total{status=~\"5..\",v=\"o\"}[5s])) or vector(0))"
	    " / sum(rate(http_requests_total{v=\"o\"}[5s]))");
	assert_string_equal(errors->count_query, "sum(increase(http_requests_total{v=\"n\"}[5s]))");
	assert_string_equal(errors->age_query,
	    "time() - max(timestamp(http_requests_total{status=~\"5..\",v=\"n\"})"
	    " or timestamp(http_requests_total{v=\"n\"}))");
	assert_string_equal(errors->baseline_age_query,
	    "time() - max(timestamp(http_requests_total{status=~\"5..\",v=\"o\"})"
	    " or timestamp(http_requests_total{v=\"o\"}))");
	assert_string_equal(errors->baseline_count_query,
	    "sum(increase(http_requests_total{v=\"o\"}[5s]))");
	assert_true(errors->new_path && errors->wanted && errors->baseline_wanted);
	assert_int_equal(errors->baseline, MIG_BASELINE_CAPTURED);
	assert_double_same(errors->floor, 0.001);
	assert_double_same(errors->min_samples, 10);

	const struct mig_metric *cpu =
	    &policy->metrics[mig_policy_metric(policy, "cpu_utilization")];
	assert_string_equal(cpu->query, "avg(cpu)");
	assert_false(cpu->new_path || cpu->wanted || cpu->baseline_wanted);
	assert_null(cpu->count_query);
	assert_null(cpu->baseline_query);

	const struct mig_metric *availability =
	    &policy->metrics[mig_policy_metric(policy, "availability")];
	assert_true(availability->wanted);
	assert_null(availability->baseline_query);
	assert_null(availability->baseline_age_query);
	assert_null(availability->baseline_count_query);
	release(&attempt);
}

/* Who counts by fixed words does not count the old path; a metric of the fleet has one count. */
static void
test_old_requests(void **state)
{
	static const struct {
		const char *count;
		const char *query;
		const char *now;
		const char *old;
	} rows[] = {
		{ "c({new})", "e({new})", "c(v=\"n\")", "c(v=\"o\")" },
		{ "c(v_n)", "e({new})", "c(v_n)", NULL },
		{ "c(all)", "e(all)", "c(all)", "c(all)" },
		{ "c({new})", "e(all)", NULL, NULL },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char binding[1024];
		struct attempt attempt;
		snprintf(binding, sizeof(binding),
		    "{" HTTP_METRICS ",\"request_count\":\"%s\",\"error_rate\":\"%s\"}}",
		    rows[i].count, rows[i].query);
		const struct mig_policy *policy = compile_good(&attempt, NULL, NULL, binding);
		const struct mig_metric *errors =
		    &policy->metrics[mig_policy_metric(policy, "error_rate")];
		assert_true(errors->baseline_wanted);
		if (rows[i].now == NULL)
			assert_null(errors->count_query);
		else
			assert_string_equal(errors->count_query, rows[i].now);
		if (rows[i].old == NULL)
			assert_null(errors->baseline_count_query);
		else
			assert_string_equal(errors->baseline_count_query, rows[i].old);
		release(&attempt);
	}
}

/* A freshness stands for the old path only where it says so. */
static void
test_freshness(void **state)
{
	static const char derived[] = "time() - max(timestamp(http_requests_total"
	    "{status=~\"5..\",v=\"o\"}) or timestamp(http_requests_total{v=\"o\"}))";
	static const struct {
		const char *given;
		const char *made;
		const char *old;
	} rows[] = {
		{ "age(v_n)", "age(v_n)", derived },
		{ "age({new})", "age(v=\"n\")", "age(v=\"o\")" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char binding[1024];
		struct attempt attempt;
		snprintf(binding, sizeof(binding), "{" HTTP_METRICS ",\"freshness\":\"%s\"}}",
		    rows[i].given);
		const struct mig_policy *policy = compile_good(&attempt, NULL, NULL, binding);
		const struct mig_metric *errors =
		    &policy->metrics[mig_policy_metric(policy, "error_rate")];
		assert_string_equal(errors->age_query, rows[i].made);
		assert_non_null(strstr(errors->baseline_age_query, rows[i].old));
		release(&attempt);
	}
}

static void
test_intervals(void **state)
{
	static const struct {
		const char *poll;
		const char *window;
	} cases[] = { { "\"15s\"", "[60s]" }, { "\"1s\"", "[5s]" }, { "\"1300ms\"", "[5200ms]" } };
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		char defaults[64];
		struct attempt attempt;
		snprintf(defaults, sizeof(defaults), "{\"poll_interval\":%s}", cases[i].poll);
		compile(&attempt, NULL, NULL, "{" HTTP_METRICS "}}", defaults);
		assert_int_equal(attempt.result, 0);
		const struct mig_policy *policy = attempt.compiled.policy;
		size_t rate = mig_policy_metric(policy, "request_rate");
		assert_non_null(strstr(policy->metrics[rate].query, cases[i].window));
		release(&attempt);
	}
}

static void
test_fleet_metric_is_not_counted(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL,
	    "{" HTTP_METRICS ",\"error_rate\":\"sum(errors)/sum(requests)\"}}");
	const struct mig_metric *errors = &policy->metrics[mig_policy_metric(policy, "error_rate")];
	assert_false(errors->new_path);
	assert_null(errors->count_query);
	assert_string_equal(errors->baseline_query, errors->query);
	release(&attempt);
}

static void
test_triggers(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL, "{" HTTP_METRICS "}}");
	assert_int_equal(policy->trigger_count, 5);
	const struct mig_trigger *spike = &policy->triggers[0];
	assert_string_equal(spike->id, "error_rate_spike");
	assert_int_equal(spike->op, MIG_OP_GREATER);
	assert_int_equal(spike->for_ms, 300000);
	assert_int_equal(spike->action, MIG_ACTION_ROLLBACK);
	assert_int_equal(spike->origin, MIG_ORIGIN_GENERAL);
	assert_string_equal(spike->threshold.names[0], "error_rate");
	assert_double_same(spike->clear_ratio, 1);
	assert_true(spike->armed);
	const struct mig_trigger *slow = &policy->triggers[1];
	assert_int_equal(slow->action, MIG_ACTION_PROPOSE);
	assert_string_equal(policy->metrics[slow->metric].name, "p95_response_time");
	assert_string_equal(slow->threshold.names[0], "p95_response_time");
	assert_int_equal(policy->triggers[2].op, MIG_OP_LESS);
	assert_false(policy->triggers[3].armed);
	assert_int_equal(policy->triggers[3].origin, MIG_ORIGIN_TYPE);
	assert_int_equal(policy->triggers[4].origin, MIG_ORIGIN_SPEC);
	assert_true(mentions(&attempt, "\"memory_leak_detected\" is not armed"));
	assert_true(mentions(&attempt, "memory_growth_rate = "));
	release(&attempt);
}

/* No progress is a standstill; an equality of anything else, or another limit, is not. */
static void
test_standstill(void **state)
{
	static const struct {
		const char *to;
		bool standstill;
	} rows[] = {
		{ "\"migration_progress_rate\",\n        \"operator\": \"equals\"", true },
		{ "\"migration_progress_rate\",\n        \"operator\": \"less_than\"", false },
		{ "\"memory_growth_rate\",\n        \"operator\": \"equals\"", false },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct attempt attempt;
		const struct change runbook = { "\"memory_growth_rate\",\n        "
			"\"operator\": \"greater_than\"", rows[i].to };
		const struct mig_policy *policy =
		    compile_good(&attempt, NULL, &runbook, "{" HTTP_METRICS "}}");
		assert_int_equal(policy->triggers[3].standstill, rows[i].standstill);
		assert_false(policy->triggers[0].standstill);
		release(&attempt);
	}
}

static void
test_actions(void **state)
{
	static const char from[] =
	    "\"auto_execute\": true,\n      \"escalation_contacts\": [\n"
	    "        \"on_call_engineer\"\n      ],\n      \"action\": \"automatic_rollback\"";
	static const struct {
		const char *to;
		enum mig_action action;
	} cases[] = {
		{ "\"auto_execute\": false, \"action\": \"alert_team\"", MIG_ACTION_ALERT },
		{ "\"auto_execute\": false, \"action\": \"scale_up\"", MIG_ACTION_SCALE_UP },
		{ "\"auto_execute\": false", MIG_ACTION_PROPOSE },
		{ "\"auto_execute\": true", MIG_ACTION_ROLLBACK },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		char to[160];
		const struct change change = { from, to };
		struct attempt attempt;
		snprintf(to, sizeof(to), "%s, \"escalation_contacts\": [\"on_call\"]", cases[i].to);
		const struct mig_policy *policy =
		    compile_good(&attempt, NULL, &change, "{" HTTP_METRICS "}}");
		assert_int_equal(policy->triggers[4].action, cases[i].action);
		release(&attempt);
	}
}

static void
test_flags_and_phases(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL, "{" HTTP_METRICS "}}");
	assert_int_equal(policy->flag_count, 2);
	assert_string_equal(policy->flags[0].name, "use_new_users");
	assert_int_equal(policy->flags[0].step_count, 3);
	assert_double_same(policy->flags[0].steps[0].percentage, 5);
	assert_int_equal(policy->flags[0].steps[0].hold_ms, 7200);
	assert_int_equal(policy->flags[0].steps[1].hold_ms, 1800000);
	assert_false(policy->flags[0].readable);
	assert_double_same(policy->flags[0].rollback, 0);

	assert_int_equal(policy->phase_count, 5);
	const struct mig_phase *redirect = &policy->phases[2];
	assert_string_equal(redirect->name, "redirect");
	assert_int_equal(redirect->flag_count, 2);
	assert_int_equal(redirect->gate_count, 0);
	assert_true(redirect->risky);
	assert_false(redirect->point_of_no_return);
	const struct mig_phase *intercept = &policy->phases[0];
	assert_int_equal(intercept->gate_count, 1);
	assert_int_equal(intercept->gates[0].kind, MIG_GATE_APPROVAL);
	assert_string_equal(intercept->gates[0].name, "approval");
	assert_false(intercept->risky);
	const struct mig_phase *retire = &policy->phases[4];
	assert_true(retire->point_of_no_return);
	assert_int_equal(retire->gate_count, 2);
	assert_true(retire->gates[1].at_entry);
	assert_string_equal(retire->gates[1].name, "point_of_no_return");
	release(&attempt);
}

static void
test_phase_extensions(void **state)
{
	const struct change change = { "\"name\": \"implement\",",
		"\"name\": \"implement\", \"flags\": [\"use_new_auth\", \"use_new_users\"],"
		"\"parallel\": true, \"point_of_no_return\": true, \"gates\": ["
		"{\"name\":\"quiet\",\"kind\":\"metric\",\"at\":\"leave\","
		"\"metric\":\"error_rate\","
		"\"operator\":\"less_than\",\"value\":0.01,\"duration_minutes\":2},"
		"{\"name\":\"lag\",\"kind\":\"metric\",\"at\":\"leave\","
		"\"metric\":\"replication_lag_seconds\",\"operator\":\"less_than\",\"value\":1,"
		"\"duration_minutes\":1},"
		"{\"name\":\"soak\",\"kind\":\"duration\",\"at\":\"leave\",\"hours\":0.5},"
		"{\"name\":\"board\",\"kind\":\"approval\",\"at\":\"entry\"}]," };
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy =
	    compile_good(&attempt, &change, NULL, "{" HTTP_METRICS "}}");
	const struct mig_phase *phase = &policy->phases[1];
	assert_int_equal(policy->phases[2].flag_count, 0);
	assert_int_equal(phase->flag_count, 2);
	assert_int_equal(phase->flags[0], 1);
	assert_true(phase->parallel && phase->point_of_no_return);
	assert_int_equal(phase->gate_count, 5);
	assert_int_equal(phase->gates[0].kind, MIG_GATE_METRIC);
	assert_int_equal(phase->gates[0].duration_ms, 120000);
	assert_int_equal(phase->gates[0].op, MIG_OP_LESS);
	assert_int_equal(phase->gates[1].kind, MIG_GATE_APPROVAL);
	assert_int_equal(phase->gates[2].duration_ms, 1800000);
	assert_true(phase->gates[3].at_entry);
	assert_string_equal(phase->gates[4].name, "point_of_no_return");
	assert_true(mentions(&attempt, "the gate \"lag\" needs an approval instead"));
	release(&attempt);
}

static void
test_gate_overrides(void **state)
{
	static const char binding[] = "{" HTTP_METRICS "},\"steps\":{\"url\":\"http://h/s\"},"
	                              "\"phases\":[{\"name\":\"intercept\",\"gate\":\"auto\"},"
	                              "{\"name\":\"implement\",\"gate\":\"metric\"},"
	                              "{\"name\":\"redirect\",\"gate\":\"approval\"},"
	                              "{\"name\":\"validate\",\"gate\":\"webhook\"},"
	                              "{\"name\":\"retire\",\"gate\":\"auto\"}]}";
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL, binding);
	assert_int_equal(policy->phases[0].gate_count, 0);
	assert_int_equal(policy->phases[1].gates[0].kind, MIG_GATE_DURATION);
	assert_int_equal(policy->phases[1].gates[0].duration_ms, 300000);
	assert_string_equal(policy->phases[1].gates[0].name, "metrics_quiet");
	assert_int_equal(policy->phases[2].gates[0].kind, MIG_GATE_APPROVAL);
	assert_int_equal(policy->phases[3].gates[0].kind, MIG_GATE_WEBHOOK);
	assert_int_equal(policy->phases[4].gate_count, 1);
	assert_true(policy->phases[4].gates[0].at_entry);
	release(&attempt);
}

/* Where a live server is named, it is looked at before what cannot be taken back. */
static void
test_schema_gate(void **state)
{
	static const char binding[] = "{" HTTP_METRICS "},\"schema\":{\"before\":\"/a\","
	                              "\"after\":\"/b\",\"live\":\"mysql://u@h/d\"},"
	                              "\"phases\":[{\"name\":\"retire\",\"gate\":\"auto\"}]}";
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL, binding);
	for (size_t i = 0; i < policy->phase_count; i++) {
		size_t schemas = 0;
		for (size_t j = 0; j < policy->phases[i].gate_count; j++)
			schemas += policy->phases[i].gates[j].kind == MIG_GATE_SCHEMA;
		assert_int_equal(schemas, i == 4);
	}
	assert_true(policy->phases[4].gates[1].at_entry);
	assert_string_equal(policy->phases[4].gates[1].name, "schema");
	release(&attempt);
}

static void
test_rollback(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(
	    &attempt, NULL, NULL, "{" HTTP_METRICS "},\"steps\":{\"url\":\"http://h/s\"}}");
	assert_true(policy->hooks);
	assert_int_equal(policy->rb_phase_count, 5);
	assert_string_equal(policy->rb_phases[0].name, "rollback_retire");
	assert_int_equal(policy->rb_phases[0].phase, 4);
	assert_int_equal(policy->rb_phases[4].phase, 0);
	assert_int_equal(policy->rb_phases[1].first_step, 2);
	assert_int_equal(policy->rb_phases[1].step_count, 2);
	assert_string_equal(policy->rb_steps[0].id, "rb_service_0_01");
	assert_string_equal(policy->rb_steps[1].id, "rb_validate_0_final");
	assert_false(policy->rb_steps[0].manual);
	assert_true(policy->rb_steps[1].manual);
	assert_int_equal(policy->rb_steps[2].rb_phase, 1);
	release(&attempt);
	policy = compile_good(&attempt, NULL, NULL, "{" HTTP_METRICS "}}");
	assert_true(policy->rb_steps[0].manual);
	release(&attempt);
}

static void
test_readable(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL,
	    "{" HTTP_METRICS "},\"flags\":{\"provider\":\"webhook\",\"url\":\"http://h\","
	    "\"body\":\"{percentage}\",\"read_url\":\"http://h/r\"}}");
	assert_true(policy->flags[1].readable);
	assert_true(mentions(&attempt, "neither url nor body tells the 2 flags apart"));
	assert_true(mentions(&attempt, "read_url does not tell the 2 flags apart"));
	release(&attempt);
}

static void
test_windows(void **state)
{
	const struct change change = { "\"pattern\": \"strangler_fig\",\n    \"source\"",
		"\"pattern\": \"strangler_fig\", \"business_continuity\": {"
		"\"critical_business_hours\": {\"start\":\"08:00\",\"end\":\"18:30\","
		"\"timezone\":\"UTC\"},"
		"\"preferred_migration_window\": {\"start\":\"22:00\",\"end\":\"04:00\","
		"\"timezone\":\"UTC\"}}, \"source\"" };
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy =
	    compile_good(&attempt, &change, NULL, "{" HTTP_METRICS "}}");
	assert_true(policy->critical_hours.present);
	assert_int_equal(policy->critical_hours.start_minute, 480);
	assert_int_equal(policy->critical_hours.end_minute, 1110);
	assert_int_equal(policy->preferred_window.end_minute, 240);
	assert_string_equal(policy->preferred_window.zone_name, "UTC");
	release(&attempt);
}

/* Faults of the documents: one change to plan or runbook each. */
static void
test_document_faults(void **state)
{
	static const struct {
		struct change plan;
		struct change runbook;
		const char *phrase;
	} cases[] = {
		{ { "ab12cd34ef56", "zz12cd34ef56" }, { NULL, NULL },
		    "/runbook/migration_id: the runbook belongs" },
		{ { "\"source_system\"", "\"x_y\"" }, { NULL, NULL },
		    "\"source_system\" is missing" },
		{ { "\"duration_hours\": 0.002", "\"duration_hours\": \"soon\"" }, { NULL, NULL },
		    "/plan/spec/feature_flags/0/rollout_schedule/0/duration_hours" },
		{ { "\"name\": \"redirect\"", "\"name\": \"turn\"" }, { NULL, NULL }, "/plan/" },
		{ { "\"rollout_schedule\"", "\"x_schedule\"" }, { NULL, NULL },
		    "has no steps (plan again" },
		{ { NULL, NULL }, { "\"rollback_redirect\"", "\"rollback_turn\"" },
		    "/runbook/rollback_phases/2/phase_name: \"rollback_turn\" undoes no phase" },
		{ { NULL, NULL }, { "\"rollback_redirect\"", "\"rollback_retire\"" },
		    "is there twice" },
		{ { NULL, NULL }, { "\"rollback_order\": 99", "\"rollback_order\": 1" },
		    "does not come before" },
		{ { NULL, NULL }, { "\"auto_execute\": true", "\"auto_execute\": 1" },
		    "/auto_execute" },
		{ { NULL, NULL }, { "\"less_than\"", "\"below\"" }, "/operator" },
		{ { NULL, NULL },
		    { "\"trigger_id\": \"availability_drop\"",
		        "\"trigger_id\": \"error_rate_spike\"" },
		    "error_rate_spike" },
		{ { NULL, NULL },
		    { "\"value\": \"baseline_error_rate * 5\"",
		        "\"value\": \"baseline_cpu_utilization * 5\"" },
		    "nobody measures it" },
		{ { NULL, NULL },
		    { "\"value\": \"baseline_error_rate * 5\"",
		        "\"value\": \"baseline_availability * 5\"" },
		    "has no floor" },
		{ { "\"pattern\": \"strangler_fig\",\n    \"source\"",
		      "\"business_continuity\": {\"critical_business_hours\": {\"start\":\"08:00\","
		      "\"end\":\"18:00\",\"timezone\":\"Mars/Olympus\"}}, \"source\"" },
		    { NULL, NULL }, "/timezone: the time zone \"Mars/Olympus\" is not known" },
		{ { "\"pattern\": \"strangler_fig\",\n    \"source\"",
		      "\"business_continuity\": {\"critical_business_hours\": {\"start\":\"08:00\","
		      "\"end\":\"08:00\",\"timezone\":\"UTC\"}}, \"source\"" },
		    { NULL, NULL }, "never let a flag go up" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct attempt attempt;
		compile(&attempt, cases[i].plan.from != NULL ? &cases[i].plan : NULL,
		    cases[i].runbook.from != NULL ? &cases[i].runbook : NULL, "{" HTTP_METRICS "}}",
		    NULL);
		char *text = test_findings(&attempt.findings);
		if (attempt.result != MIG_EDOC || strstr(text, cases[i].phrase) == NULL)
			fail_msg("case %zu gives %d: %s", i, attempt.result, text);
		assert_null(attempt.compiled.policy);
		free(text);
		release(&attempt);
	}
}

/* What is not taken any more is restored all the same, with warnings. */
static void
test_kept(void **state)
{
	static const struct {
		struct change plan;
		const char *binding;
		const char *defaults;
		const char *phrase;
	} cases[] = {
		{ { "ab12cd34ef56", "zz12cd34ef56" }, "{" HTTP_METRICS "}}", NULL,
		    "the runbook belongs" },
		{ { NULL, NULL }, "{}", NULL, "no trigger that rolls back" },
		{ { NULL, NULL }, "{" HTTP_METRICS ",\"error_rate\":\"sum(errors)\","
		    "\"baselines\":{\"error_rate\":\"live\"}}}", NULL, "compared with itself" },
		{ { NULL, NULL }, "{" HTTP_METRICS "},\"of_a_later_version\":1}", NULL,
		    "of_a_later_version" },
		{ { NULL, NULL }, "{" HTTP_METRICS "}}", "{\"later\":1}", "later" },
		{ { NULL, NULL }, "{" HTTP_METRICS "}}", "{\"max_gap\":\"1s\"}", "max_gap" },
		{ { NULL, NULL }, "{" HTTP_METRICS "}}", "{\"blind_after\":\"2s\"}",
		    "blind_after" },
		{ { NULL, NULL }, "{" HTTP_METRICS "}}",
		    "{\"poll_interval\":\"2m\",\"max_sample_age\":\"1m\",\"max_gap\":\"10m\","
		    "\"blind_after\":\"10m\"}", "max_sample_age" },
		{ { "\"pattern\": \"strangler_fig\",\n    \"source\"",
		      "\"business_continuity\": {\"critical_business_hours\": {\"start\":\"08:00\","
		      "\"end\":\"08:00\",\"timezone\":\"UTC\"}}, \"source\"" },
		    "{" HTTP_METRICS "}}", NULL, "never let a flag go up" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct attempt attempt;
		compile(&attempt, cases[i].plan.from != NULL ? &cases[i].plan : NULL, NULL,
		    cases[i].binding, cases[i].defaults);
		if (attempt.result != MIG_EDOC)
			fail_msg("case %zu is no error", i);
		compile_again(&attempt);
		char *text = test_findings(&attempt.findings);
		if (attempt.result != MIG_OK || strstr(text, cases[i].phrase) == NULL)
			fail_msg("case %zu gives %d: %s", i, attempt.result, text);
		assert_int_equal(attempt.findings.errors, 0);
		free(text);
		release(&attempt);
	}
}

/* Whichever window has a zone that nobody knows any more: nothing goes up. */
static void
test_kept_zone(void **state)
{
	static const char *const windows[] = { "critical_business_hours",
		"preferred_migration_window" };
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(windows); i++) {
		struct attempt attempt;
		char to[256];
		mig_wall next = { 1 };
		(void)snprintf(to, sizeof(to), "\"business_continuity\": {\"%s\": {"
		    "\"start\":\"08:00\",\"end\":\"18:00\",\"timezone\":\"Mars/Olympus\"}}, "
		    "\"source\"", windows[i]);
		const struct change change = {
			"\"pattern\": \"strangler_fig\",\n    \"source\"", to };
		compile(&attempt, &change, NULL, "{" HTTP_METRICS "}}", NULL);
		assert_int_equal(attempt.result, MIG_EDOC);
		compile_again(&attempt);
		assert_int_equal(attempt.result, MIG_OK);
		assert_true(mentions(&attempt, "is not known here"));
		const struct mig_policy *policy = attempt.compiled.policy;
		assert_false(mig_policy_window_open(policy, (mig_wall){ 1800000000000 }, &next));
		assert_int_equal(next.ms, 0);
		release(&attempt);
	}
}

/* Faults of the site's side. */
static void
test_binding_faults(void **state)
{
	static const struct {
		const char *binding;
		const char *defaults;
		const char *phrase;
	} cases[] = {
		{ "{}", "{}",
		    "/binding: no trigger that rolls back automatically can be measured" },
		{ "{\"metrics\":{\"cpu_utilization\":\"cpu\"}}", "{}",
		    "/binding/metrics: no trigger" },
		{ "{\"metrics\":{\"preset\":\"http\",\"new\":\"v=\\\"n\\\"\"}}", "{}",
		    "needs a query over the old path" },
		{ "{" HTTP_METRICS ",\"error_rate\":\"sum(errors)\",\"baselines\":"
		  "{\"error_rate\":\"live\"}}}",
		    "{}", "it would be compared with itself" },
		{ "{" HTTP_METRICS ",\"baselines\":{\"p95_response_time\":0},"
		  "\"floors\":{\"p95_response_time\":-1}}}",
		    "{}", "must be a number above 0" },
		{ "{" HTTP_METRICS "},\"phases\":[{\"name\":\"bake\",\"gate\":\"auto\"}]}", "{}",
		    "the plan has no phase \"bake\"" },
		{ "{" HTTP_METRICS "},\"phases\":[{\"name\":\"validate\",\"gate\":\"webhook\"}]}",
		    "{}", "needs an executor" },
		{ "{" HTTP_METRICS "}}", "{\"max_sample_age\":\"10s\"}",
		    "max_sample_age is shorter" },
		{ "{" HTTP_METRICS "}}", "{\"max_gap\":\"10s\"}", "max_gap is shorter" },
		{ "{" HTTP_METRICS "}}", "{\"blind_after\":\"15s\"}", "blind_after is not longer" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct attempt attempt;
		compile(&attempt, NULL, NULL, cases[i].binding, cases[i].defaults);
		char *text = test_findings(&attempt.findings);
		if (attempt.result != MIG_EDOC || strstr(text, cases[i].phrase) == NULL)
			fail_msg("case %zu gives %d: %s", i, attempt.result, text);
		free(text);
		release(&attempt);
	}
}

/* Another metric's live baseline is no comparison with itself. */
static void
test_baseline_of_another(void **state)
{
	const struct change other = { "\"value\": \"baseline_p95 * 3\"",
		"\"value\": \"baseline_response_time_p99 * 3\"" };
	struct attempt attempt;
	(void)state;
	(void)compile_good(&attempt, NULL, &other, "{" HTTP_METRICS ","
	    "\"response_time_p99\":\"p99\",\"baselines\":{\"response_time_p99\":\"live\"}}}");
	assert_false(mentions(&attempt, "compared with itself"));
	release(&attempt);
}

static void
test_limits(void **state)
{
	struct mig_buf text;
	struct attempt attempt;
	(void)state;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, "\"trigger_conditions\": [");
	for (int i = 0; i < MIG_TRIGGERS_MAX; i++)
		mig_buf_printf(&text,
		    "{\"trigger_id\":\"t%d\",\"name\":\"t\",\"condition\":\"c\","
		    "\"metric_threshold\":null,\"evaluation_window_minutes\":0,"
		    "\"auto_execute\":false,\"escalation_contacts\":[\"a\"]},",
		    i);
	const struct change change = { "\"trigger_conditions\": [", text.data };
	compile(&attempt, NULL, &change, "{" HTTP_METRICS "}}", NULL);
	assert_int_equal(attempt.result, MIG_EDOC);
	assert_true(mentions(&attempt, "37 triggers, at most 32 are possible (split"));
	release(&attempt);
	mig_buf_fini(&text);
}

static void
test_fixed_baseline_needs_no_old_path(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL,
	    "{\"metrics\":{\"preset\":\"http\",\"new\":\"v=\\\"n\\\"\","
	    "\"baselines\":{\"error_rate\":0.01,\"response_time_p95\":120}}}");
	const struct mig_metric *errors = &policy->metrics[mig_policy_metric(policy, "error_rate")];
	assert_int_equal(errors->baseline, MIG_BASELINE_FIXED);
	assert_double_same(errors->baseline_fixed, 0.01);
	assert_null(errors->baseline_query);
	release(&attempt);
}

static void
test_no_source(void **state)
{
	struct mig_json_doc *doc = test_json("{\"binding\":{},\"plam\":{}}");
	struct mig_findings findings = { 0 };
	struct mig_compiled compiled = { 0 };
	int calls = 0;
	(void)state;
	assert_int_equal(
	    mig_compile(mig_json_root(doc), NULL, find_zone, &calls, &compiled, &findings),
	    MIG_EDOC);
	char *text = test_findings(&findings);
	assert_non_null(strstr(text, "did you mean \"plan\"?"));
	assert_non_null(strstr(text, "\"runbook\" is missing"));
	free(text);
	mig_findings_fini(&findings);
	mig_json_free(doc);
}

/* Before a migration there is only the old path to look at. */
static void
test_old_path(void **state)
{
	struct attempt attempt;
	(void)state;
	const struct mig_policy *policy = compile_good(&attempt, NULL, NULL,
	    "{" HTTP_METRICS ",\"freshness\":\"time() - max(timestamp(up{{new}}))\","
	    "\"cpu_utilization\":\"avg(cpu)\"}}");
	const struct mig_metric *rate = &policy->metrics[mig_policy_metric(policy, "error_rate")];
	const struct mig_metric *cpu =
	    &policy->metrics[mig_policy_metric(policy, "cpu_utilization")];
	assert_non_null(strstr(rate->query, "v=\"n\""));
	assert_int_equal(mig_compile_old_path(&attempt.compiled), 0);
	assert_string_equal(rate->query, rate->baseline_query);
	assert_non_null(strstr(rate->age_query, "v=\"o\""));
	assert_non_null(strstr(rate->count_query, "v=\"o\""));
	assert_null(strstr(rate->count_query, "v=\"n\""));
	assert_true(rate->new_path);
	assert_string_equal(cpu->query, "avg(cpu)");
	release(&attempt);

	(void)compile_good(&attempt, NULL, NULL,
	    "{\"metrics\":{\"preset\":\"http\",\"new\":\"v=\\\"n\\\"\","
	    "\"baselines\":{\"error_rate\":0.01,\"p95_response_time\":100}}}");
	assert_int_equal(mig_compile_old_path(&attempt.compiled), MIG_ENOTFOUND);
	release(&attempt);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_freshness),
		cmocka_unit_test(test_old_requests),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_fleet_metric_is_not_counted),
		cmocka_unit_test(test_triggers),
		cmocka_unit_test(test_standstill),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_flags_and_phases),
		cmocka_unit_test(test_phase_extensions),
		cmocka_unit_test(test_gate_overrides),
		cmocka_unit_test(test_schema_gate),
		cmocka_unit_test(test_rollback),
		cmocka_unit_test(test_readable),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_kept_zone),
		cmocka_unit_test(test_document_faults),
		cmocka_unit_test(test_binding_faults),
		cmocka_unit_test(test_fixed_baseline_needs_no_old_path),
		cmocka_unit_test(test_baseline_of_another),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_source),
		cmocka_unit_test(test_old_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
