/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/compile.h"
#include "engine/lint.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define CHANGES_MAX 3

/* One change to a document: the first place where `from` stands becomes `to`. */
struct change {
	enum mig_lint_part part;
	const char *from; /* NULL: no change */
	const char *to;
};

/* The documents of tests/data/daemon with some changes, and with a binding when it is not NULL. */
struct variant {
	struct change changes[CHANGES_MAX];
	const char *binding;
};

/* Documents that break a rule, and almost the same ones that do not. */
struct row {
	const char *rule;
	const char *parts; /* which documents are given: letters of spec, plan, runbook */
	struct variant bad;
	struct variant good;
};

/* What the changes are made at: places that each stand once. */
#define TARGET "\"target\": \"users-service\","
#define LOW "\"risk_level\": \"low\","
#define SPEC_ADD(text) { MIG_LINT_SPEC, TARGET, TARGET text "," }
#define PLAN_SPEC_ADD(text) { MIG_LINT_PLAN, TARGET, TARGET text "," }
#define PLAN_FIRST(text) { MIG_LINT_PLAN, LOW, LOW text "," }
#define PLAN_BEHIND(text) { MIG_LINT_PLAN, "\"stakeholders\"", text ",\"stakeholders\"" }
#define SPEC(from, to) { MIG_LINT_SPEC, (from), (to) }
#define PLAN(from, to) { MIG_LINT_PLAN, (from), (to) }
#define RUNBOOK(from, to) { MIG_LINT_RUNBOOK, (from), (to) }
#define ONE(change) { { change }, NULL }
#define TWO(a, b) { { a, b }, NULL }
#define NONE { { { MIG_LINT_SPEC, NULL, NULL } }, NULL }
#define BOUND(text) { { { MIG_LINT_SPEC, NULL, NULL } }, (text) }

#define REPLICAS(least, most)                                                              \
	"\"service_details\":{\"legacy_service\":{\"endpoints\":[]},\"new_service\":{"     \
	"\"endpoints\":[],\"infrastructure\":{\"initial_replicas\":" least ",\"max_replicas\":" \
	most "}}}"
#define HOURS(key, start, end) \
	"\"" key "\":{\"start\":\"" start "\",\"end\":\"" end "\",\"timezone\":\"UTC\"}"
#define CRITICAL(start, end) HOURS("critical_business_hours", start, end)
#define WINDOW(start, end) HOURS("preferred_migration_window", start, end)
#define TIMES(text) "\"business_continuity\":{" text "}"
#define TABLE(name, size) "{\"name\":\"" name "\",\"row_count\":1,\"size_mb\":" size "}"
#define TABLES(name, size) "\"tables_to_migrate\":[" TABLE(name, size) "]"
#define EDIT(table)                                                                       \
	"\"schema_changes\":[{\"table\":\"" table "\",\"changes\":[{\"type\":\"drop_column\"," \
	"\"column\":\"c\"}]}]"
#define PHASES(hours) \
	"\"migration_phases\":[{\"phase\":\"redirect\",\"estimated_duration_hours\":" hours "}]"
#define LEVEL(metric, level) \
	"\"alert_thresholds\":{\"" metric "\":" level "},\"critical_metrics\": ["
#define DOWNTIME(minutes) "\"constraints\":{\"max_downtime_minutes\":" minutes "}"
#define CONDITION(id)                                                                  \
	"{\"trigger_id\":\"" id "\",\"name\":\"N\",\"condition\":\"c\",\"metric_threshold\":null," \
	"\"evaluation_window_minutes\":1,\"auto_execute\":false,\"escalation_contacts\":[\"a\"]}"
#define CONDITIONS(text) "\"trigger_conditions\":[" text "],\"x_conditions\": ["
#define SCRIPT(reversible, undo) \
	"\"scripts\":[{\"id\":\"sc_intercept_01\",\"kind\":\"sql\",\"table\":\"t\"," \
	"\"change\":\"add_column\",\"description\":\"d\",\"forward\":\"f\",\"undo\":" undo "," \
	"\"reversible\":" reversible ",\"transactional\":true,\"verify\":\"v\"}]"
#define SPAN(phase) \
	"{\"phase\":\"" phase "\",\"start\":\"2026-12-01T00:00:00Z\",\"end\":" \
	"\"2026-12-01T00:00:00Z\",\"steps\":[]}"
#define TIMELINE(third) "\"timeline\":{\"start\":\"2026-12-01T00:00:00Z\",\"end\":" \
	"\"2026-12-01T00:00:00Z\",\"phases\":[" SPAN("intercept") "," SPAN("implement") "," \
	SPAN(third) "," SPAN("validate") "," SPAN("retire") "]}"
#define UNRESOLVED                                                        \
	"\"unresolved\":[{\"placeholder\":\"zone\",\"meaning\":\"The zone\"," \
	"\"steps\":[\"rb_service_0_01\"]}],\"rollback_phases\": ["

#define PRESET "\"preset\":\"http\",\"new\":\"v=\\\"n\\\"\",\"old\":\"v=\\\"o\\\"\""
#define PRESET_ALONE "{\"metrics\":{" PRESET "}}"
#define ALL_MEASURED "\"metrics\":{" PRESET ",\"memory_growth_rate\":\"deriv(rss_bytes[10m])\"}"
#define FLEET                                                                    \
	"{\"metrics\":{\"error_rate\":\"sum(errors)/sum(requests)\",\"availability\":" \
	"\"1-sum(errors)/sum(requests)\",\"baselines\":{\"error_rate\":0.01}}}"

static const struct row rows[] = {
	{ "form", "s", ONE(SPEC("\"service\"", "\"servic\"")), NONE },
	{ "form", "p", ONE(PLAN("\"medium\"", "\"middle\"")), NONE },
	{ "form", "r", ONE(RUNBOOK("\"medium\"", "\"middle\"")), NONE },
	{ "unknown_key", "s", ONE(SPEC_ADD("\"patern\":\"x\"")),
	    ONE(SPEC_ADD("\"x_patern\":\"x\"")) },
	{ "unique_names", "s", ONE(SPEC("use_new_auth", "use_new_users")), NONE },
	{ "unique_names", "p", ONE(PLAN("\"name\": \"implement\"", "\"name\": \"intercept\"")),
	    NONE },
	{ "unique_names", "r", ONE(RUNBOOK("availability_drop", "response_time_degradation")),
	    NONE },
	{ "pattern_of_type", "s", ONE(SPEC("strangler_fig", "schema_change")),
	    ONE(SPEC("strangler_fig", "canary")) },
	{ "limits_in_order", "s", ONE(SPEC_ADD(REPLICAS("3", "2"))),
	    ONE(SPEC_ADD(REPLICAS("3", "3"))) },
	{ "schedule_rises", "s", ONE(SPEC("\"percentage\": 25", "\"percentage\": 4")),
	    ONE(SPEC("\"percentage\": 25", "\"percentage\": 5")) },
	{ "schedule_holds", "s", ONE(SPEC("\"duration_hours\": 12", "\"duration_hours\": 0")),
	    NONE },
	{ "schedule_ends", "s", ONE(SPEC("\"percentage\": 100", "\"percentage\": 99")), NONE },
	{ "alert_before_rollback", "s",
	    ONE(SPEC("\"critical_metrics\": [", LEVEL("error_rate", "0.06"))),
	    ONE(SPEC("\"critical_metrics\": [", LEVEL("error_rate", "0.05"))) },
	{ "alert_before_rollback", "pr",
	    ONE(PLAN("\"critical_metrics\": [", LEVEL("availability", "0.94"))),
	    ONE(PLAN("\"critical_metrics\": [", LEVEL("availability", "0.95"))) },
	{ "ratio", "s", ONE(SPEC("\"threshold\": 0.05", "\"threshold\": 5")),
	    ONE(SPEC("\"threshold\": 0.05", "\"threshold\": 1")) },
	{ "metric_polled", "s", ONE(SPEC("\"error_rate\",\n      \"resp", "\"resp")), NONE },
	{ "windows_apart", "s",
	    ONE(SPEC_ADD(TIMES(CRITICAL("08:00", "18:00") "," WINDOW("17:59", "06:00")))),
	    ONE(SPEC_ADD(TIMES(CRITICAL("08:00", "18:00") "," WINDOW("18:00", "06:00")))) },
	{ "window_opens", "s",
	    ONE(SPEC_ADD(TIMES(CRITICAL("08:00", "18:00") "," WINDOW("09:00", "18:00")))),
	    ONE(SPEC_ADD(TIMES(CRITICAL("08:00", "18:00") "," WINDOW("09:00", "18:01")))) },
	{ "window_fits_hold", "s", ONE(SPEC_ADD(TIMES(WINDOW("22:00", "02:00")))),
	    ONE(SPEC_ADD(TIMES(WINDOW("22:00", "10:01")))) },
	{ "window_fits_hold", "s", ONE(SPEC_ADD(TIMES(CRITICAL("06:00", "20:00")))),
	    ONE(SPEC_ADD(TIMES(CRITICAL("06:00", "17:00")))) },
	{ "table_listed", "s", ONE(SPEC_ADD(TABLES("u", "1") "," EDIT("t"))),
	    ONE(SPEC_ADD(TABLES("t", "1") "," EDIT("t"))) },
	{ "volume_explained", "s",
	    ONE(SPEC_ADD("\"constraints\":{\"data_volume_gb\":1}," TABLES("t", "1025"))),
	    ONE(SPEC_ADD("\"constraints\":{\"data_volume_gb\":1}," TABLES("t", "1024"))) },
	{ "hours_near_estimate", "s", ONE(SPEC_ADD(PHASES("60"))),
	    ONE(SPEC_ADD(PHASES("80"))) },
	{ "hold_outlasts_triggers", "pr",
	    ONE(PLAN("\"duration_hours\": 0.5", "\"duration_hours\": 0.3")),
	    ONE(PLAN("\"duration_hours\": 0.002", "\"duration_hours\": 0.5")) },
	{ "damage_seen", "pr", BOUND(FLEET), BOUND(PRESET_ALONE) },
	{ "damage_seen", "s", NONE, TWO(SPEC("\"percentage\": 5", "\"percentage\": 5.1"),
		SPEC("\"percentage\": 10", "\"percentage\": 10.1")) },
	{ "smallest_damage", "pr", NONE, BOUND(PRESET_ALONE) },

	{ "phase_order", "p", ONE(PLAN("\"intercept\"\n", "\"redirect\"\n")), NONE },
	{ "gate_complete", "p",
	    ONE(PLAN_FIRST("\"gates\":[{\"name\":\"g\",\"kind\":\"metric\",\"at\":\"leave\"}]")),
	    ONE(PLAN_FIRST("\"gates\":[{\"name\":\"g\",\"kind\":\"webhook\",\"at\":\"leave\"}]")) },
	{ "flag_known", "p", ONE(PLAN_FIRST("\"flags\":[\"use_old_users\"]")),
	    ONE(PLAN_FIRST("\"flags\":[\"use_new_users\"]")) },
	{ "plan_says_twice", "p",
	    ONE(PLAN("\"source_system\": \"legacy-users\"", "\"source_system\": \"users\"")),
	    NONE },
	{ "plan_hours", "p",
	    ONE(PLAN("\"estimated_duration_hours\": 25", "\"estimated_duration_hours\": 24")),
	    NONE },
	{ "phase_known", "p", ONE(PLAN("\"phase\": \"implement\"", "\"phase\": \"build\"")), NONE },
	{ "script_undo", "p", ONE(PLAN_FIRST(SCRIPT("false", "null"))),
	    ONE(PLAN_FIRST(SCRIPT("true", "null"))) },
	{ "timeline_of_plan", "p", ONE(PLAN_BEHIND(TIMELINE("validate"))),
	    ONE(PLAN_BEHIND(TIMELINE("redirect"))) },
	{ "plan_of_spec", "sp", ONE(SPEC("legacy-users", "old-users")), NONE },
	{ "plan_unchanged", "p", NONE, ONE(PLAN("ab12cd34ef56", "87fd04bb3722")) },
	{ "flag_moved", "p", ONE(PLAN_FIRST("\"flags\":[\"use_new_users\"]")),
	    ONE(PLAN_FIRST("\"flags\":[\"use_new_users\",\"use_new_auth\"]")) },
	{ "traffic_phase", "p", NONE, ONE(PLAN_FIRST("\"flags\":[\"use_new_users\"]")) },

	{ "step_order", "r", ONE(RUNBOOK("\"rollback_order\": 1\n", "\"rollback_order\": 99\n")),
	    ONE(RUNBOOK("\"rollback_order\": 1\n", "\"rollback_order\": 98\n")) },
	{ "trigger_action", "r", ONE(RUNBOOK("\"action\": \"automatic_rollback\"",
	    "\"action\": \"alert_team\"")), NONE },
	{ "trigger_minutes", "r", ONE(RUNBOOK("\"evaluation_window_minutes\": 10",
	    "\"evaluation_window_minutes\": 9")), NONE },
	{ "general_triggers", "r",
	    ONE(RUNBOOK("\"trigger_conditions\": [",
	        CONDITIONS(CONDITION("a") "," CONDITION("b")))),
	    ONE(RUNBOOK("\"trigger_conditions\": [",
	        CONDITIONS(CONDITION("a") "," CONDITION("b") "," CONDITION("c")))) },
	{ "runbook_of_plan", "pr", ONE(PLAN("ab12cd34ef56", "ab12cd34ef57")), NONE },
	{ "runbook_fresh", "pr", NONE, ONE(RUNBOOK("rb_0a1b2c3d", "rb_71076258")) },
	{ "undo_known", "pr", ONE(RUNBOOK("rollback_retire", "rollback_gone")), NONE },
	{ "undo_order", "pr", { { RUNBOOK("rollback_retire", "rollback_moved"),
	    RUNBOOK("rollback_validate", "rollback_retire"),
	    RUNBOOK("rollback_moved", "rollback_validate") }, NULL }, NONE },
	{ "phase_undone", "pr", ONE(RUNBOOK("rollback_redirect", "rollback_gone")),
	    ONE(RUNBOOK("rollback_validate", "rollback_gone")) },
	{ "trigger_carried", "pr", ONE(PLAN("\"metric\": \"error_rate\"",
	    "\"metric\": \"availability\"")), NONE },
	{ "trigger_as_specified", "pr", ONE(PLAN("\"threshold\": 0.05", "\"threshold\": 0.06")),
	    NONE },
	{ "rollback_in_time", "pr",
	    TWO(PLAN("\"feature_flags\"", "\"x_flags\""), PLAN_SPEC_ADD(DOWNTIME("10"))),
	    ONE(PLAN_SPEC_ADD(DOWNTIME("10"))) },
	{ "recovery_in_time", "pr", ONE(PLAN_SPEC_ADD(DOWNTIME("19"))),
	    ONE(PLAN_SPEC_ADD(DOWNTIME("20"))) },
	{ "contact_given", "r", ONE(RUNBOOK("ic@example.com", "ic@users.net")),
	    TWO(RUNBOOK("ic@example.com", "ic@users.net"),
	        RUNBOOK("backup@example.com", "b@users.net")) },
	{ "contact_listed", "r", NONE, ONE(RUNBOOK("Incident Commander", "On-Call Engineer")) },
	{ "placeholder_resolved", "r", ONE(RUNBOOK("\"rollback_phases\": [", UNRESOLVED)), NONE },
	{ "placeholder_listed", "r", ONE(RUNBOOK("router/legacy", "router/{zone}")),
	    TWO(RUNBOOK("router/legacy", "router/{zone}"),
	        RUNBOOK("\"rollback_phases\": [", UNRESOLVED)) },
	{ "placeholder_listed", "r", ONE(RUNBOOK("router/legacy", "router/{zone}")),
	    ONE(RUNBOOK("router/legacy", "router/${zone}")) },

	{ "loads", "pr", BOUND("{}"), BOUND(PRESET_ALONE) },
	{ "loads_clean", "pr", BOUND("{" ALL_MEASURED "}"),
	    BOUND("{" ALL_MEASURED ",\"steps\":{\"url\":\"http://localhost/\"}}") },
	{ "trigger_armed", "pr", BOUND(PRESET_ALONE), BOUND("{" ALL_MEASURED "}") },
};

/* What only the program can find out, as it reads the configuration: tests/integration/cli.sh. */
static const char *const elsewhere[] = { "config_valid", "config_clean", "config_has_plan" };

static const char *const files[] = { "tests/data/daemon/spec.json", "tests/data/daemon/plan.json",
	"tests/data/daemon/runbook.json" };

struct attempt {
	struct mig_json_doc *documents[3];
	struct mig_json_doc *source;
	struct mig_compiled compiled;
	struct mig_findings loading;
	struct mig_findings lists[MIG_LINT_PARTS];
};

static int
find_zone(void *context, const char *name, struct mig_zone *ret_zone)
{
	(void)context;
	(void)name;
	mig_zone_utc(ret_zone);
	return 0;
}

/* Replace the first place of a change in an allocated text; fails when it is not there. */
static char *
apply(char *text, const struct change *change)
{
	const char *at = strstr(text, change->from);
	if (at == NULL)
		fail_msg("%s has no %s", files[change->part], change->from);
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_buf_add(&out, text, (size_t)(at - text));
	mig_buf_puts(&out, change->to);
	mig_buf_puts(&out, at + strlen(change->from));
	free(text);
	return mig_buf_steal(&out);
}

/* Compile plan and runbook with a binding, as the program does it. */
static void
load(struct attempt *attempt, char *const texts[3], const char *binding)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_buf_printf(&out, "{\"plan\":%s,\"runbook\":%s,\"binding\":%s,\"defaults\":{}}",
	    texts[1], texts[2], binding);
	attempt->source = test_json(out.data);
	mig_buf_fini(&out);
	int error = mig_compile(mig_json_root(attempt->source), NULL, find_zone, NULL,
	    &attempt->compiled, &attempt->loading);
	assert_true(error == MIG_OK || error == MIG_EDOC);
}

static const struct mig_json *
root_of(const struct attempt *attempt, size_t part)
{
	return attempt->documents[part] != NULL ? mig_json_root(attempt->documents[part]) : NULL;
}

static void
lint(struct attempt *attempt, const char *parts, const struct variant *variant)
{
	char *texts[3];
	memset(attempt, 0, sizeof(*attempt));
	for (size_t i = 0; i < 3; i++)
		texts[i] = test_read_source(files[i], NULL);
	for (size_t i = 0; i < CHANGES_MAX; i++) {
		const struct change *change = &variant->changes[i];
		if (change->from != NULL)
			texts[change->part] = apply(texts[change->part], change);
	}
	for (size_t i = 0; i < 3; i++)
		if (strchr(parts, "spr"[i]) != NULL)
			attempt->documents[i] = test_json(texts[i]);
	if (variant->binding != NULL)
		load(attempt, texts, variant->binding);
	const struct mig_lint_input in = { root_of(attempt, 0), root_of(attempt, 1),
		root_of(attempt, 2), attempt->compiled.policy, &attempt->loading };
	assert_int_equal(mig_lint(&in, attempt->lists), MIG_OK);
	for (size_t i = 0; i < 3; i++)
		free(texts[i]);
}

static void
release(struct attempt *attempt)
{
	mig_policy_free(attempt->compiled.policy);
	mig_json_free(attempt->source);
	mig_findings_fini(&attempt->loading);
	for (size_t i = 0; i < 3; i++)
		mig_json_free(attempt->documents[i]);
	for (size_t i = 0; i < MIG_LINT_PARTS; i++)
		mig_findings_fini(&attempt->lists[i]);
}

/* The first finding of a rule, NULL when there is none. */
static const struct mig_finding *
find(const struct mig_findings lists[MIG_LINT_PARTS], const char *rule)
{
	for (size_t part = 0; part < MIG_LINT_PARTS; part++)
		for (size_t i = 0; i < lists[part].count; i++)
			if (strcmp(lists[part].items[i].rule, rule) == 0)
				return &lists[part].items[i];
	return NULL;
}

/* Every finding names a rule of the table and has its severity. */
static void
check_rules(const struct mig_findings lists[MIG_LINT_PARTS])
{
	for (size_t part = 0; part < MIG_LINT_PARTS; part++) {
		for (size_t i = 0; i < lists[part].count; i++) {
			const struct mig_finding *item = &lists[part].items[i];
			const struct mig_lint_rule *rule =
			    item->rule != NULL ? mig_lint_rule_find(item->rule) : NULL;
			if (rule == NULL || rule->severity != item->severity)
				fail_msg("%s: severity %d, rule %s", item->message,
				    (int)item->severity, item->rule);
			assert_non_null(item->pointer);
		}
	}
}

static void
check_variant(const struct row *row, const struct variant *variant, bool wanted)
{
	struct attempt attempt;
	lint(&attempt, row->parts, variant);
	check_rules(attempt.lists);
	const struct mig_finding *found = find(attempt.lists, row->rule);
	if (wanted != (found != NULL)) {
		for (size_t i = 0; i < MIG_LINT_PARTS; i++) {
			char *text = test_findings(&attempt.lists[i]);
			print_message("%s", text);
			free(text);
		}
		fail_msg("row %zu: the %s documents %s %s: %s", (size_t)(row - rows),
		    wanted ? "bad" : "good", wanted ? "do not break" : "break", row->rule,
		    found != NULL ? found->message : "");
	}
	release(&attempt);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		check_variant(&rows[i], &rows[i].bad, true);
		check_variant(&rows[i], &rows[i].good, false);
	}
}

/* No rule without a row, no row without a rule, no two rules of one name. */
static void
test_all_rules(void **state)
{
	(void)state;
	for (const struct mig_lint_rule *rule = mig_lint_rules; rule->id != NULL; rule++) {
		size_t count = 0;
		for (size_t i = 0; i < TEST_COUNT(rows); i++)
			count += strcmp(rows[i].rule, rule->id) == 0;
		for (size_t i = 0; i < TEST_COUNT(elsewhere); i++)
			count += strcmp(elsewhere[i], rule->id) == 0;
		if (count == 0)
			fail_msg("no documents break the rule %s", rule->id);
		assert_ptr_equal(mig_lint_rule_find(rule->id), rule);
		assert_int_equal(rule->id[strspn(rule->id, "abcdefghijklmnopqrstuvwxyz_")], '\0');
		assert_int_equal(rule->reason[strlen(rule->reason) - 1], '.');
	}
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_non_null(mig_lint_rule_find(rows[i].rule));
}

/* A step, a trigger's condition, and what lint says of the two. */
struct exposure {
	const char *percentage; /* of the first step, in place of 5 */
	const char *threshold;  /* of spec_error_rate, in place of 0.05 */
	const char *binding;
	const char *rule;
	const char *wanted; /* part of the message */
};

/*
 * Worked out by hand with the formula of src/engine/lint_exposure.c: d = b + (T-b)/x, quantiles a
 * share of (1-q)/x.
 */
static const struct exposure exposures[] = {
	/* 0 + 0.04/0.05 = 0.8 */
	{ "5", "0.04", NULL, "smallest_damage", "spec_error_rate above 0.8" },
	/* 0 + 0.05/0.05 = 1: only more than everything failing would be seen */
	{ "5", "0.05", NULL, "damage_seen", "spec_error_rate" },
	{ "20", "0.05", NULL, "smallest_damage", "spec_error_rate above 0.25" },
	/* 0.01 + (0.05-0.01)/0.05 = 0.81 */
	{ "5", "0.05", FLEET, "smallest_damage", "spec_error_rate above 0.81" },
	/* 1 - (1-0.95)/0.2 = 0.75 */
	{ "20", "0.05", NULL, "smallest_damage", "availability_drop below 0.75" },
	/* 1 - 0.05/0.05 = 0: not even an outage is below it */
	{ "5", "0.05", NULL, "damage_seen", "availability_drop" },
	/* 0.05/0.05 = 100 %: a quantile of the old path alone */
	{ "5", "0.05", NULL, "damage_seen", "response_time_degradation" },
	{ "20", "0.05", NULL, "smallest_damage",
	    "response_time_degradation when 25 % of the new path's requests" },
	/* five times the baseline at 20 %: 1 + 4/0.2 */
	{ "20", "\"baseline_error_rate * 5\"", NULL, "smallest_damage",
	    "spec_error_rate from 21 times the baseline on" },
	/* the same with a known baseline: 0.01 + 0.04/0.2 */
	{ "20", "\"baseline_error_rate * 5\"", FLEET, "smallest_damage",
	    "spec_error_rate above 0.21" },
};

static void
test_exposure(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(exposures); i++) {
		const struct exposure *row = &exposures[i];
		char step[64];
		char value[64];
		struct attempt attempt;
		snprintf(step, sizeof(step), "\"percentage\": %s,", row->percentage);
		snprintf(value, sizeof(value), "\"value\": %s,", row->threshold);
		const struct variant variant = { { PLAN("\"percentage\": 5,", step),
			RUNBOOK("\"value\": 0.05,", value) }, row->binding };
		lint(&attempt, "pr", &variant);
		bool found = false;
		const struct mig_findings *list = &attempt.lists[MIG_LINT_PLAN];
		for (size_t k = 0; k < list->count; k++)
			found = found || (strcmp(list->items[k].rule, row->rule) == 0 &&
			    strcmp(list->items[k].pointer,
			        "/spec/feature_flags/0/rollout_schedule/0/percentage") == 0 &&
			    strstr(list->items[k].message, row->wanted) != NULL);
		if (!found) {
			char *text = test_findings(list);
			fail_msg("row %zu: no %s says %s, but: %s", i, row->rule, row->wanted,
			    text);
		}
		release(&attempt);
	}
}

/* A fault of the specification is told once, though plan and compiler find it, too. */
static void
test_once(void **state)
{
	struct attempt attempt;
	const struct variant variant = { { PLAN_SPEC_ADD(TIMES(CRITICAL("08:00", "18:00") ","
	    WINDOW("09:00", "18:00"))), SPEC_ADD(TIMES(CRITICAL("08:00", "18:00") ","
	    WINDOW("09:00", "18:00"))) }, PRESET_ALONE };
	(void)state;
	lint(&attempt, "spr", &variant);
	size_t opens[MIG_LINT_PARTS] = { 0 };
	size_t apart[MIG_LINT_PARTS] = { 0 };
	for (size_t part = 0; part < MIG_LINT_PARTS; part++) {
		for (size_t i = 0; i < attempt.lists[part].count; i++) {
			const char *rule = attempt.lists[part].items[i].rule;
			opens[part] += strcmp(rule, "window_opens") == 0;
			apart[part] += strcmp(rule, "windows_apart") == 0;
		}
		assert_int_equal(opens[part], part == MIG_LINT_SPEC);
		assert_int_equal(apart[part], part == MIG_LINT_SPEC);
	}
	release(&attempt);
}

/*
 * What may be said of the samples with the plan and runbook that we make of them.  All of it is
 * right: nobody is named in them, their commands wait for names of hosts and tables, their first
 * steps are too small for metrics of the whole fleet, and where no flag can take the traffic back
 * the way back takes longer than the downtime they allow.
 */
static const char *const sample_warnings[] = { "metric_polled", "hours_near_estimate",
	"damage_seen", "rollback_in_time", "recovery_in_time", "contact_given",
	"placeholder_resolved", "placeholder_listed", "window_fits_hold" };

static bool
is_expected(const char *rule)
{
	for (size_t i = 0; i < TEST_COUNT(sample_warnings); i++)
		if (strcmp(sample_warnings[i], rule) == 0)
			return true;
	return false;
}

static void
refuse_others(const char *sample, const struct mig_findings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct mig_finding *item = &list->items[i];
		if (item->severity != MIG_SEV_NOTE && !is_expected(item->rule))
			fail_msg("%s: %s: %s", sample, item->pointer, item->message);
	}
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_findings lists[MIG_LINT_PARTS] = { { 0 } };
		struct mig_json_doc *spec = test_sample_read(test_samples_all[i]);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		struct mig_json_doc *runbook = test_runbook(mig_json_root(plan), NULL);
		const struct mig_lint_input in = { mig_json_root(spec), mig_json_root(plan),
			mig_json_root(runbook), NULL, NULL };
		assert_int_equal(mig_lint(&in, lists), MIG_OK);
		check_rules(lists);
		for (size_t part = 0; part < MIG_LINT_PARTS; part++) {
			refuse_others(test_samples_all[i], &lists[part]);
			mig_findings_fini(&lists[part]);
		}
		mig_json_free(runbook);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_all_rules),
		cmocka_unit_test(test_exposure),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
