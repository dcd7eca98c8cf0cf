/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "engine/binding.h"
#include "support/test_support.h"

/* A binding that was read, with all that it borrows. */
struct reading {
	struct mig_json_doc *doc;
	struct mig_json_doc *flags;
	struct mig_arena *arena;
	struct mig_findings findings;
	struct mig_binding binding;
	int result;
};

/* A binding with a webhook provider, and more keys of its. */
#define HOOK(more) "{\"flags\":{\"provider\":\"webhook\",\"url\":\"http://h\"" more "}}"
#define LIVE(more) "{\"schema\":{\"before\":\"a\",\"after\":\"b\"," more "}}"
#define HOOK_URL(url) "{\"flags\":{\"provider\":\"webhook\",\"url\":\"" url "\"}}"

static void
read_binding(struct reading *reading, const char *text, const char *flags)
{
	memset(reading, 0, sizeof(*reading));
	reading->doc = test_json(text);
	reading->arena = mig_arena_new(MIG_DOC_BYTES_MAX);
	assert_non_null(reading->arena);
	struct mig_reader reader = { .findings = &reading->findings,
		.unknown_keys = MIG_SEV_ERROR };
	struct mig_at at = mig_at_root(reading->doc);
	struct mig_at flags_at = { .up = NULL };
	if (flags != NULL) {
		reading->flags = test_json(flags);
		flags_at = mig_at_root(reading->flags);
	}
	reading->result =
	    mig_binding_read(&reader, &at, &flags_at, reading->arena, &reading->binding);
}

static void
release(struct reading *reading)
{
	mig_findings_fini(&reading->findings);
	mig_arena_free(reading->arena);
	mig_json_free(reading->doc);
	mig_json_free(reading->flags);
}

static const struct mig_metric_binding *
metric(const struct mig_binding *binding, const char *name)
{
	for (size_t i = 0; i < binding->metric_count; i++) {
		if (strcmp(binding->metrics[i].name, name) == 0)
			return &binding->metrics[i];
	}
	fail_msg("no metric %s", name);
	return NULL;
}

static void
test_empty(void **state)
{
	struct reading reading;
	(void)state;
	read_binding(&reading, "{}", NULL);
	assert_int_equal(reading.result, 0);
	assert_false(reading.binding.start_auto);
	assert_true(reading.binding.flags_embedded);
	assert_null(reading.binding.steps.url);
	assert_int_equal(reading.binding.metric_count, 0);
	assert_double_same(reading.binding.min_samples, 10);
	release(&reading);
}

static void
test_full(void **state)
{
	struct reading reading;
	const struct mig_binding *binding = &reading.binding;
	(void)state;
	read_binding(&reading,
	    "{\"plan\":\"p\",\"runbook\":\"r\",\"start\":\"auto\",\"metrics\":{\"preset\":\"http\","
	    "\"new\":\"v=\\\"n\\\"\",\"old\":\"v=\\\"o\\\"\",\"interval\":\"10s\","
	    "\"min_samples\":25,\"response_time_p95\":\"1000 * p{{new}}\","
	    "\"baselines\":{\"error_rate\":0.01,\"p95_response_time\":\"live\"},"
	    "\"floors\":{\"error_rate\":0.002}},"
	    "\"flags\":{\"provider\":\"webhook\",\"url\":"
	    "\"https://[::1]:4242/f/{flag}?p={percentage}\","
	    "\"method\":\"PATCH\",\"headers\":[\"X-Team: users\"],"
	    "\"body\":\"{\\\"v\\\":{percentage}}\","
	    "\"read_url\":\"http://h/f/{flag}\",\"timeout\":\"1500ms\",\"secret_file\":\"/s\"},"
	    "\"phases\":[{\"name\":\"redirect\",\"gate\":\"auto\"}],"
	    "\"steps\":{\"url\":\"http://h:1/steps\"},\"x_note\":1,"
	    "\"preflight\":{\"backtest\":\"14d\",\"override\":true}}",
	    "{\"provider\":\"embedded\"}");
	char *text = test_findings(&reading.findings);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(reading.result, 0);
	assert_true(binding->start_auto);
	assert_int_equal(binding->preflight_ms, (int64_t)14 * 24 * 60 * 60 * 1000);
	assert_true(binding->preflight_override);
	assert_int_equal(binding->interval_ms, 10000);
	assert_double_same(binding->min_samples, 25);
	assert_non_null(strstr(metric(binding, "error_rate")->query, "vector(0)"));
	assert_string_equal(metric(binding, "p95_response_time")->query, "1000 * p{{new}}");
	assert_non_null(metric(binding, "response_time_p99")->query);
	assert_non_null(binding->request_count);
	assert_int_equal(metric(binding, "error_rate")->baseline, MIG_BASELINE_FIXED);
	assert_double_same(metric(binding, "error_rate")->baseline_fixed, 0.01);
	assert_double_same(metric(binding, "error_rate")->floor, 0.002);
	assert_int_equal(metric(binding, "p95_response_time")->baseline, MIG_BASELINE_LIVE);
	assert_false(binding->flags_embedded);
	assert_string_equal(binding->flags.method, "PATCH");
	assert_string_equal(binding->flags.headers[0], "X-Team: users");
	assert_int_equal(binding->flags.timeout_ms, 1500);
	assert_string_equal(binding->read_pointer, "/percentage");
	assert_string_equal(binding->phases[0].gate, "auto");
	assert_string_equal(binding->steps.method, "POST");
	assert_int_equal(binding->steps.timeout_ms, 600000);
	release(&reading);
}

static void
test_default_flags(void **state)
{
	static const char flags[] = "{\"provider\":\"webhook\",\"url\":\"http://h/{flag}\"}";
	struct reading reading;
	(void)state;
	read_binding(&reading, "{}", flags);
	assert_int_equal(reading.result, 0);
	assert_false(reading.binding.flags_embedded);
	assert_string_equal(reading.binding.flags.method, "PUT");
	release(&reading);
	read_binding(&reading, "{\"flags\":{\"provider\":\"embedded\"}}", flags);
	assert_int_equal(reading.result, 0);
	assert_true(reading.binding.flags_embedded);
	release(&reading);
}

/* Each has exactly one fault. */
static const struct {
	const char *text;
	const char *phrase;
} faults[] = {
	{ "[]", "must be an object" },
	{ "{\"metricss\":{}}", "/metricss: unknown key (did you mean \"metrics\"?)" },
	{ "{\"start\":\"now\"}", "/start: must be one of \"manual\", \"auto\"" },
	{ "{\"schema\":{\"after\":\"a\"}}", "/schema: the key \"before\" is missing" },
	{ "{\"schema\":{\"before\":\"a\"}}", "/schema: the key \"after\" is missing" },
	{ "{\"schema\":{\"before\":\"a\",\"after\":\"b\",\"type\":\"sql\"}}", "/schema/type" },
	{ "{\"schema\":{\"before\":\"a\",\"after\":\"b\",\"accept\":\"all\"}}", "/schema/accept" },
	{ LIVE("\"live\":\"http://h/d\""), "/schema/live: this is not the URL of a PostgreSQL" },
	{ LIVE("\"live\":\"postgresql://u:pw@h/d\""), "/schema/live: a secret" },
	{ LIVE("\"live\":\"mysql://u:p/w@h/d\""), "/schema/live: a secret" },
	{ LIVE("\"live\":\"postgres://u@h/d?a=b&password=pw\""), "/schema/live: a secret" },
	{ LIVE("\"live\":\"postgres://u@h/d?passfile=/etc/p\""), "/schema/live: a secret" },
	{ LIVE("\"live\":\"postgres://u@h/d?pass%77ord=pw\""), "/schema/live: a secret" },
	{ LIVE("\"live_password_file\":\"f\""), "/schema/live_password_file: live_password_f" },
	{ LIVE("\"live_timeout\":\"5s\""), "/schema/live_timeout: live_timeout without live" },
	{ LIVE("\"live\":\"mariadb://u@h/d\",\"live_timeout\":\"11m\""), "/schema/live_timeout" },
	{ LIVE("\"live\":\"mariadb://u@h/d\",\"type\":\"api\""), "/schema/live: a server has" },
	{ LIVE("\"live\":\"mariadb://u@h/d\",\"password\":\"x\""), "/schema/password" },
	{ "{\"preflight\":{}}", "/preflight: the key \"backtest\" is missing" },
	{ "{\"preflight\":{\"backtest\":\"14 days\"}}", "/preflight/backtest: is not a duration" },
	{ "{\"preflight\":{\"backtest\":\"91d\"}}", "must be between 1h and 90d" },
	{ "{\"preflight\":{\"backtest\":\"1d\",\"override\":1}}", "/preflight/override: must be" },
	{ "{\"preflight\":{\"backtests\":\"1d\",\"backtest\":\"1d\"}}", "unknown key" },
	{ "{\"preflight\":{\"backtest\":\"1d\"},\"metrics\":{\"new\":\"a=\\\"b\\\"\"}}",
	    "/preflight: the backtest looks at the old path" },
	{ "{\"metrics\":{\"eror_rate\":\"up\"}}", "did you mean \"error_rate\"?" },
	{ "{\"metrics\":{\"error_rate\":\"\"}}", "/metrics/error_rate: must not be empty" },
	{ "{\"metrics\":{\"error_rate\":\"sum(up\"}}", "not a PromQL query: unclosed (" },
	{ "{\"metrics\":{\"error_rate\":\"up{{new}}\"}}", "(give metrics.new" },
	{ "{\"metrics\":{\"error_rate\":\"up{{old}}\"}}", "(give metrics.old" },
	{ "{\"metrics\":{\"error_rate\":\"up{flag}\"}}", "{flag} is not known in error_rate" },
	{ "{\"metrics\":{\"error_rate\":\"up\",\"p95_response_time\":\"a\","
	  "\"response_time_p95\":\"b\"}}",
	    "the same metric, given twice" },
	{ "{\"metrics\":{\"preset\":\"grpc\"}}", "must be one of \"http\"" },
	{ "{\"metrics\":{\"preset\":\"http\"}}", "needs metrics.new" },
	{ "{\"metrics\":{\"new\":\"version new\"}}", "not a list of label matchers" },
	{ "{\"metrics\":{\"interval\":\"5 parsecs\"}}", "/metrics/interval: is not a duration" },
	{ "{\"metrics\":{\"interval\":\"1ms\"}}", "must be between 1s and" },
	{ "{\"metrics\":{\"min_samples\":-1}}", "/metrics/min_samples: must be between" },
	{ "{\"metrics\":{\"baselines\":{\"error_rate\":\"dead\"}}}", "not a baseline" },
	{ "{\"metrics\":{\"baselines\":{\"error_rate\":-1}}}", "not a baseline" },
	{ "{\"metrics\":{\"floors\":{\"error_rate\":0}}}", "must be a number above 0" },
	{ "{\"metrics\":{\"floors\":{\"error\":1}}}", "/metrics/floors/error: unknown key" },
	{ "{\"metrics\":{\"floors\":{\"response_time_p95\":1,\"p95_response_time\":2}}}",
	    "given twice under two names" },
	{ "{\"flags\":{\"provider\":\"etcd\"}}", "must be one of \"embedded\", \"webhook\"" },
	{ "{\"flags\":{\"url\":\"http://h\"}}", "no meaning for the embedded provider" },
	{ "{\"flags\":{\"provider\":\"webhook\"}}", "needs url" },
	{ HOOK_URL("ftp://h"), "does not start with http" },
	{ HOOK_URL("http://u:p@h"), "user name or password" },
	{ HOOK_URL("http://"), "has no host" },
	{ HOOK_URL("http://h:99999/"), "1 to 65535" },
	{ HOOK_URL("http://h/a b"), "has a blank" },
	{ HOOK_URL("http://h/{flg}"), "{flg} is not known in url (known here: {flag}" },
	{ HOOK(",\"headers\":[\"X: 1\",\"Y: {flag} {flg}\"]"), "{flg} is not known in headers" },
	{ "{\"steps\":{\"url\":\"http://h\",\"headers\":[\"X: {percentage}\"]}}",
	    "{percentage} is not known in headers (known here: {migration_id}" },
	{ HOOK(",\"method\":\"DELETE\""), "must be one of \"POST\", \"PUT\", \"PATCH\", \"GET\"" },
	{ HOOK(",\"secret\":\"s\""), "secret_file" },
	{ HOOK(","
	       "\"headers\":[\"Authorization: Bearer x\"]"),
	    "bearer_token_file" },
	{ HOOK(","
	       "\"headers\":[\"idempotency-key: x\"]"),
	    "is set by migarchd" },
	{ HOOK(",\"headers\":[\"nonsense\"]"), "is not a header" },
	{ HOOK(",\"headers\":[\"A: b\\nC: d\"]"), "a control character in a header" },
	{ HOOK(",\"read_pointer\":\"/p\""), "read_pointer without read_url" },
	{ HOOK(",\"read_url\":\"http://h\","
	       "\"read_pointer\":\"p\""),
	    "is not a JSON pointer" },
	{ HOOK(",\"timeout\":0"), "/flags/timeout: must be between" },
	{ "{\"phases\":[{\"name\":\"a\",\"gate\":\"open\"}]}", "/phases/0/gate: must be one of" },
	{ "{\"phases\":[{\"gate\":\"auto\"}]}", "the key \"name\" is missing" },
	{ "{\"phases\":[{\"name\":\"a\",\"gate\":\"auto\"},"
	  "{\"name\":\"a\",\"gate\":\"auto\"}]}",
	    "given twice" },
	{ "{\"phases\":{}}", "/phases: must be an array" },
	{ "{\"steps\":{}}", "steps needs url" },
	{ "{\"steps\":{\"url\":\"http://h\",\"token\":\"t\"}}", "a secret must not stand" },
};

static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(faults); i++) {
		struct reading reading;
		read_binding(&reading, faults[i].text, NULL);
		char *text = test_findings(&reading.findings);
		if (reading.result != MIG_EDOC || reading.findings.errors != 1 ||
		    strstr(text, faults[i].phrase) == NULL)
			fail_msg("%s gives %d: %s", faults[i].text, reading.result, text);
		free(text);
		release(&reading);
	}
}

static int
read_settings(const char *text, struct mig_settings *settings, char **ret_findings)
{
	struct mig_json_doc *doc = test_json(text);
	struct mig_findings findings = { 0 };
	struct mig_reader reader = { .findings = &findings, .unknown_keys = MIG_SEV_ERROR };
	struct mig_at at = mig_at_root(doc);
	int result = mig_settings_read(&reader, &at, settings);
	*ret_findings = test_findings(&findings);
	mig_findings_fini(&findings);
	mig_json_free(doc);
	return result;
}

static void
test_settings(void **state)
{
	struct mig_settings settings = { 0 };
	char *text = NULL;
	(void)state;
	assert_int_equal(read_settings("{}", &settings, &text), 0);
	free(text);
	assert_int_equal(settings.poll_interval_ms, 15000);
	assert_int_equal(settings.max_sample_age_ms, 60000);
	assert_int_equal(settings.blind_after_ms, 120000);
	assert_int_equal(settings.blind_rollback_after_ms, 0);
	assert_int_equal(settings.baseline_window_ms, 600000);
	assert_int_equal(settings.max_gap_ms, 45000);
	assert_double_same(settings.min_coverage, 0.8);
	assert_int_equal(settings.bake_ms, 3600000);
	assert_int_equal(settings.validation_window_ms, 300000);
	assert_int_equal(settings.verify_timeout_ms, 30000);
	assert_int_equal(settings.manual_reminder_ms, 900000);

	assert_int_equal(read_settings("{\"poll_interval\":1,\"bake_time\":\"90s\","
	                               "\"min_coverage\":0}",
	                     &settings, &text),
	    0);
	free(text);
	assert_int_equal(settings.poll_interval_ms, 1000);
	assert_int_equal(settings.bake_ms, 90000);
	assert_double_same(settings.min_coverage, 0);
}

static void
test_settings_faults(void **state)
{
	static const char *const cases[][2] = {
		{ "{\"poll_interval\":\"99ms\"}", "must be between 100ms and" },
		{ "{\"min_coverage\":1.5}", "/min_coverage: must be between 0 and 1, is 1.5" },
		{ "{\"bake_tme\":1}", "did you mean \"bake_time\"?" },
		{ "{\"max_gap\":true}", "/max_gap: must be a duration" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct mig_settings settings = { .bake_ms = 77 };
		char *text = NULL;
		assert_int_equal(read_settings(cases[i][0], &settings, &text), MIG_EDOC);
		if (strstr(text, cases[i][1]) == NULL)
			fail_msg("%s: %s", cases[i][0], text);
		assert_int_equal(settings.bake_ms, 77);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_default_flags),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_settings_faults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
