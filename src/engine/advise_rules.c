/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "engine/advise_int.h"
#include "engine/column_type.h"
#include "engine/shape.h"
#include "engine/spec_tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define PER_RULE_MAX 50 /* findings that are written; nobody reads more of one kind */
#define BEHIND_MAX 3 /* points; a pattern so far behind the best is the wrong one */

static bool
is_one_of(const char *text, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(text, *names) == 0)
			return true;
	return false;
}

void
mig_advise_report(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	static const char *const severities[] = { "high", "medium", "low" };
	struct mig_jw *jw = &advisor->jw;
	const struct mig_facts *facts = &advisor->facts;
	advisor->counts[rule->severity]++;
	if (advisor->of_rule++ >= PER_RULE_MAX) {
		advisor->omitted++;
		return;
	}
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "id", rule->id);
	mig_jw_string(jw, "kind", rule->kind);
	mig_jw_string(jw, "severity", severities[rule->severity]);
	mig_facts_string(facts, jw, "pointer", "{at}");
	mig_facts_string(facts, jw, "found", rule->found);
	mig_facts_string(facts, jw, "why", rule->why);
	mig_facts_string(facts, jw, "action", rule->action);
	mig_jw_object_end(jw);
}

/* Conditions. */

static bool
names_no_pattern(struct mig_advisor *advisor)
{
	return advisor->pattern == NULL;
}

static bool
has_weak_pattern(struct mig_advisor *advisor)
{
	mig_advise_say(advisor, "behind", "%d", advisor->behind);
	return advisor->pattern != NULL && advisor->behind >= BEHIND_MAX;
}

static bool
lacks_flags(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/feature_flags")) == 0;
}

static bool
moves_traffic_unsplit(struct mig_advisor *advisor)
{
	return lacks_flags(advisor) &&
	    (mig_advise_serves(advisor) || mig_advise_is_type(advisor, "infrastructure"));
}

static bool
has_no_steps(struct mig_advisor *advisor)
{
	return lacks_flags(advisor) && advisor->pattern == NULL &&
	    mig_advise_at(advisor, "/migration_phases") == NULL &&
	    (mig_advise_is_type(advisor, "database") || mig_advise_is_type(advisor, "data"));
}

static bool
has_one_phase(struct mig_advisor *advisor)
{
	const struct mig_json *phases = mig_advise_at(advisor, "/migration_phases");
	mig_advise_say(advisor, "phases", "%zu phase%s", mig_json_count(phases),
	    mig_json_count(phases) == 1 ? "" : "s");
	return phases != NULL && mig_json_count(phases) <= 1;
}

static bool
moves_in_one_wave(struct mig_advisor *advisor)
{
	const struct mig_json *workloads =
	    mig_advise_at(advisor, "/infrastructure_details/workloads");
	const struct mig_json *first = mig_json_first(workloads);
	double wave = mig_json_number(mig_json_get(first, "wave"));
	const struct mig_json *node = first;
	for (; node != NULL; node = mig_json_next(node))
		if (mig_json_number(mig_json_get(node, "wave")) != wave)
			return false;
	mig_advise_say(advisor, "many", "%zu", mig_json_count(workloads));
	mig_advise_say_number(advisor, "wave", "", wave);
	return mig_json_count(workloads) > 1;
}

static bool
lacks_triggers(struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/rollback_triggers")) == 0;
}

static bool
lacks_automatic_triggers(struct mig_advisor *advisor)
{
	const struct mig_json *trigger =
	    mig_json_first(mig_advise_at(advisor, "/rollback_triggers"));
	if (trigger == NULL)
		return false;
	mig_advise_say(advisor, "metric", "%s", mig_advise_text(trigger, "metric"));
	for (; trigger != NULL; trigger = mig_json_next(trigger))
		if (mig_advise_rolls_back(trigger))
			return false;
	return true;
}

/* Whether one of the parts stands in the name. */
static bool
name_has(const char *name, const char *const *parts)
{
	for (; *parts != NULL; parts++)
		if (strstr(name, *parts) != NULL)
			return true;
	return false;
}

static bool
own_phases_have(const struct mig_advisor *advisor, const char *const *parts)
{
	const struct mig_json *phase = mig_json_first(mig_advise_at(advisor, "/migration_phases"));
	for (; phase != NULL; phase = mig_json_next(phase))
		if (name_has(mig_advise_text(phase, "phase"), parts))
			return true;
	return false;
}

/* The specification's own phases, or those that the planner takes. */
static bool
phases_have(const struct mig_advisor *advisor, const char *const *parts)
{
	if (mig_json_count(mig_advise_at(advisor, "/migration_phases")) > 0)
		return own_phases_have(advisor, parts);
	for (size_t i = 0; i < advisor->phase_count; i++)
		if (name_has(advisor->planned->phases[i], parts))
			return true;
	return false;
}

static const char *const test_words[] = { "valid", "test", "verif", "compar", "reconcil", "accept",
	"quality", NULL };
static const char *const trial_words[] = { "pilot", "staging", "shadow", "canary", "rehears",
	"trial", "dry_run", "compar", NULL };

static bool
lacks_test_phase(struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/migration_phases")) > 0 &&
	    !own_phases_have(advisor, test_words);
}

static bool
lacks_trial(struct mig_advisor *advisor)
{
	return !mig_advise_begins_small(advisor) && !phases_have(advisor, trial_words);
}

static bool
checks_data(const struct mig_advisor *advisor)
{
	static const char *const metrics[] = { "data_validation_failures", "data_drift_percentage",
		"comparison_mismatch_rate", NULL };
	const struct mig_json *watched = mig_advise_at(advisor, "/monitoring/critical_metrics");
	for (size_t i = 0; metrics[i] != NULL; i++)
		if (mig_metric_listed(watched, metrics[i]))
			return true;
	const struct mig_json *trigger =
	    mig_json_first(mig_advise_at(advisor, "/rollback_triggers"));
	for (; trigger != NULL; trigger = mig_json_next(trigger))
		if (is_one_of(mig_advise_text(trigger, "metric"), metrics))
			return true;
	return phases_have(advisor, test_words);
}

static bool
trusts_critical_tables(struct mig_advisor *advisor)
{
	if (checks_data(advisor))
		return false;
	const struct mig_json *table = mig_json_first(mig_advise_at(advisor, "/tables_to_migrate"));
	for (; table != NULL; table = mig_json_next(table))
		if (mig_json_bool(mig_json_get(table, "critical")))
			return true;
	return false;
}

static bool
names_no_caller(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/constraints/dependencies")) == 0;
}

static bool
has_endpoints(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/service_details/legacy_service/endpoints")) >
	    0;
}

static bool
lacks_dependencies(struct mig_advisor *advisor)
{
	return names_no_caller(advisor) && !has_endpoints(advisor);
}

static bool
serves_nobody(struct mig_advisor *advisor)
{
	return names_no_caller(advisor) && has_endpoints(advisor);
}

static bool
lacks_metrics(struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/monitoring/critical_metrics")) == 0;
}

static bool
is_rushed(struct mig_advisor *advisor)
{
	double longest = 0;
	double hours = mig_advise_phase_hours(advisor, &longest);
	mig_advise_say_number(advisor, "hours", "", hours);
	mig_advise_say(advisor, "planned", "%d", mig_advise_planned_hours(advisor));
	return mig_json_count(mig_advise_at(advisor, "/migration_phases")) > 0 &&
	    hours * 2 < mig_advise_planned_hours(advisor);
}

static bool
lacks_baseline(const struct mig_advisor *advisor)
{
	return mig_json_count(
	           mig_advise_at(advisor, "/service_details/legacy_service/current_load")) == 0 &&
	    mig_json_count(mig_advise_at(advisor, "/performance_requirements")) == 0;
}

static bool
lacks_load(struct mig_advisor *advisor)
{
	return lacks_baseline(advisor) && mig_advise_serves(advisor);
}

static bool
lacks_requirements(struct mig_advisor *advisor)
{
	return lacks_baseline(advisor) && !mig_advise_serves(advisor);
}

static bool
lacks_hours(struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/business_continuity")) == 0;
}

static void
look_for_unwatched(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	const struct mig_json *watched = mig_advise_at(advisor, "/monitoring/critical_metrics");
	size_t index = 0;
	const struct mig_json *trigger =
	    mig_json_first(mig_advise_at(advisor, "/rollback_triggers"));
	if (mig_json_count(watched) == 0)
		return;
	for (; trigger != NULL; trigger = mig_json_next(trigger), index++) {
		const char *metric = mig_advise_text(trigger, "metric");
		if (mig_metric_listed(watched, metric))
			continue;
		mig_advise_say(advisor, "metric", "%s", metric);
		mig_advise_say(advisor, "at", "/rollback_triggers/%zu/metric", index);
		mig_advise_report(advisor, rule);
	}
}

/* Whether something lets reads move to the new place before the old one goes. */
static bool
moves_reads_first(const struct mig_advisor *advisor)
{
	static const char *const patterns[] = { "schema_change", "expand_contract",
		"parallel_schema", "dual_write", "event_sourcing", NULL };
	return !lacks_flags(advisor) ||
	    (advisor->pattern != NULL && is_one_of(advisor->pattern, patterns));
}

static bool
is_destructive(const struct mig_json *change)
{
	static const char *const types[] = { "drop_column", "drop_constraint", "rename_column",
		NULL };
	const char *type = mig_advise_text(change, "type");
	if (strcmp(type, "modify_column") == 0)
		return !mig_column_type_widens(
		    mig_advise_text(change, "old_type"), mig_advise_text(change, "new_type"));
	return is_one_of(type, types);
}

/* What an edit does, as in "rename_column users.name to full_name". */
static void
say_edit(struct mig_advisor *advisor, const struct mig_json *table, const struct mig_json *change)
{
	const char *type = mig_advise_text(change, "type");
	const char *name = mig_advise_text(table, "table");
	const char *column = mig_advise_text(change, "column");
	mig_advise_say(advisor, "object", "%s.%s", name,
	    *column != '\0' ? column : mig_advise_text(change, "constraint_name"));
	if (strcmp(type, "modify_column") == 0)
		mig_advise_say(advisor, "edit", "modify_column from %s to %s on %s.%s",
		    mig_advise_text(change, "old_type"), mig_advise_text(change, "new_type"), name,
		    column);
	else if (strcmp(type, "rename_column") == 0)
		mig_advise_say(advisor, "edit", "rename_column %s.%s to %s", name, column,
		    mig_advise_text(change, "new_name"));
	else
		mig_advise_say(advisor, "edit", "%s %s.%s", type, name,
		    *column != '\0' ? column : mig_advise_text(change, "constraint_name"));
}

static void
look_for_destruction(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	size_t index = 0;
	const struct mig_json *table = mig_json_first(mig_advise_at(advisor, "/schema_changes"));
	for (; table != NULL && !moves_reads_first(advisor); table = mig_json_next(table)) {
		size_t number = 0;
		const struct mig_json *change = mig_json_first(mig_json_get(table, "changes"));
		for (; change != NULL; change = mig_json_next(change), number++) {
			if (!is_destructive(change))
				continue;
			say_edit(advisor, table, change);
			mig_advise_say(
			    advisor, "at", "/schema_changes/%zu/changes/%zu", index, number);
			mig_advise_report(advisor, rule);
		}
		index++;
	}
}

#define CHOICE "pattern_choice"
#define ANTI "anti_pattern"
#define PITFALL "pitfall"
#define HIGH MIG_ADVISE_HIGH
#define MEDIUM MIG_ADVISE_MEDIUM
#define LOW MIG_ADVISE_LOW

static const struct mig_advise_rule rules[] = {
	{ "big_bang_one_step", ANTI, HIGH, NULL, NULL, mig_advise_flags_one_step,
	    "{flag} goes from {from} to {to} percent in its only step",
	    "A fault of {target} hits everybody at once, and no trigger has seen a smaller share "
	    "before.",
	    "Give {flag} steps such as 5, 25, 50 and 100 percent, each held for hours." },
	{ "big_bang_no_flags", ANTI, HIGH, "/feature_flags", moves_traffic_unsplit, NULL,
	    "there is no flag, so all traffic moves at once",
	    "Without a share that grows, the first user of {target} is every user, and the way "
	    "back is another deployment.",
	    "Add a flag that moves traffic from {source} to {target} in steps such as 5, 25, 50 "
	    "and 100 percent." },
	{ "big_bang_jump", ANTI, MEDIUM, NULL, NULL, mig_advise_flags_jumps,
	    "{flag} jumps from {from} to {to} percent",
	    "More than half of the traffic is added in one step, so load and faults grow faster "
	    "than anybody has seen before.",
	    "Put a step of {between} percent between {from} and {to} in the schedule of {flag}." },
	{ "big_bang_one_phase", ANTI, HIGH, "/migration_phases", has_one_phase, NULL,
	    "there is {phases} from {source} to {target}",
	    "With nothing between start and end there is no point at which to look, to stop or to "
	    "go back to.",
	    "Split the work: prepare, move a part, validate, move the rest, remove {source}." },
	{ "big_bang_one_wave", ANTI, HIGH, "/infrastructure_details/workloads", moves_in_one_wave,
	    NULL, "all {many} workloads move in wave {wave}",
	    "What goes wrong with the first goes wrong with all of them, among them "
	    "{critical_workloads}.",
	    "Give a workload that is not critical wave 1 and {critical_workloads} a later one." },
	{ "no_steps", ANTI, MEDIUM, "/migration_phases", has_no_steps, NULL,
	    "neither pattern nor migration_phases nor feature_flags say in which steps to move",
	    "Only the general phases are left, which know nothing of this migration.",
	    "Set pattern to {recommended}, or list migration_phases with their hours." },
	{ "no_rollback_triggers", ANTI, HIGH, "/rollback_triggers", lacks_triggers, NULL,
	    "there is no rollback trigger",
	    "Only the general triggers are left, and when to go back is argued about while users "
	    "wait.",
	    "Add a trigger with the action automatic_rollback on error_rate, with the limit that "
	    "{source} keeps today." },
	{ "no_automatic_rollback", ANTI, MEDIUM, "/rollback_triggers", lacks_automatic_triggers,
	    NULL, "no trigger has the action automatic_rollback: {triggers}",
	    "Somebody has to be woken before anything goes back, and the damage grows until then.",
	    "Give the trigger on {metric} the action automatic_rollback, or one that tells sooner "
	    "that users are harmed." },
	{ "destructive_before_read_switch", ANTI, HIGH, NULL, NULL, look_for_destruction,
	    "{edit} without a flag or a dual-write pattern that moves reads first",
	    "Whoever still reads {object} fails or gets cut values, and going back does not bring "
	    "back what is gone.",
	    "Only add at first, move reads off {object} by a flag, validate, and make this edit "
	    "last." },
	{ "no_validation_phase", ANTI, HIGH, "/migration_phases", lacks_test_phase, NULL,
	    "none of the phases validates or tests",
	    "Faults are found by users, after {source} is gone.",
	    "Add a phase such as validation before the one that removes {source}, with hours of "
	    "its own." },
	{ "no_trial", ANTI, MEDIUM, "/migration_phases", lacks_trial, NULL,
	    "no phase is a pilot, staging, shadow or rehearsal, and no flag begins with at most 10 "
	    "percent",
	    "The first time that {target} meets real load and data is when they all depend on it.",
	    "Rehearse the move in a staging copy of {source}, or begin with a pilot or a share of "
	    "5 percent." },
	{ "critical_tables_unvalidated", ANTI, HIGH, "/tables_to_migrate", trusts_critical_tables,
	    NULL, "{critical_tables}: critical, and neither a phase nor a metric validates them",
	    "A row that is lost or altered is noticed when its backup is overwritten already.",
	    "Add a validation phase and a trigger on data_validation_failures that cover "
	    "{critical_tables}." },
	{ "dependencies_not_mapped", PITFALL, MEDIUM, "/constraints/dependencies",
	    lacks_dependencies, NULL, "no dependency is named",
	    "Who calls {source} is found out when it is gone, and the complexity is taken for "
	    "lower than it is.",
	    "List the systems that call or feed {source}; its access logs and connections tell." },
	{ "endpoints_without_callers", PITFALL, HIGH, "/constraints/dependencies", serves_nobody,
	    NULL, "{source} has {old_count}, and no system is named that calls it",
	    "Somebody calls {old_endpoints}, and a caller that nobody knows of cannot be asked "
	    "whether {target} suits it.",
	    "List the callers of {old_endpoints}; the access logs of {source} tell." },
	{ "no_critical_metrics", PITFALL, HIGH, "/monitoring/critical_metrics", lacks_metrics, NULL,
	    "no critical metric is named",
	    "What nobody measures cannot stop a rollout: damage is told by users.",
	    "Name at least error_rate, response_time_p95 and availability of {target}, and alert "
	    "on them." },
	{ "trigger_not_monitored", PITFALL, MEDIUM, NULL, NULL, look_for_unwatched,
	    "a trigger waits for {metric}, which is not among the critical metrics",
	    "A metric that no dashboard shows is often one that nobody has ever measured, and then "
	    "the trigger never fires.",
	    "Measure {metric} on {source} now and add it to monitoring.critical_metrics." },
	{ "rushed_timeline", PITFALL, MEDIUM, "/migration_phases", is_rushed, NULL,
	    "the phases take {hours} hours, the estimate for this complexity is {planned}",
	    "With less than half of the usual time, testing and watching are what is cut.",
	    "Plan nearer to {planned} hours, or write down which work is done already." },
	{ "rushed_rollout", PITFALL, MEDIUM, NULL, NULL, mig_advise_flags_short_schedules,
	    "{flag} is at its last step after {hours} hours, {planned} are estimated for {traffic}",
	    "Daily peaks, batch jobs and slow leaks do not show within less than half of the time.",
	    "Hold the steps of {flag} for {planned} hours together, over at least one daily "
	    "peak." },
	{ "schedule_longer_than_phases", PITFALL, MEDIUM, NULL, NULL,
	    mig_advise_flags_long_schedules,
	    "{flag} holds its steps for {hours} hours, {room} hours",
	    "The plan ends before the traffic has moved, so people leave or hurry the last steps.",
	    "Give the phase that moves {flag} at least {hours} hours in migration_phases." },
	{ "no_performance_baseline", PITFALL, MEDIUM,
	    "/service_details/legacy_service/current_load", lacks_load, NULL,
	    "neither the load of today nor performance requirements are given",
	    "Nobody can tell whether {target} is slower than {source} was.",
	    "Measure requests per second and the p95 response time of {source} over a week and "
	    "give them as current_load." },
	{ "no_performance_requirements", PITFALL, MEDIUM, "/performance_requirements",
	    lacks_requirements, NULL, "no performance is required of {target}",
	    "Nobody can tell whether {target} is slower than {source} was.",
	    "Measure {source} over a week and require its values, such as "
	    "max_query_response_time_ms and transactions_per_second." },
	{ "no_window", PITFALL, MEDIUM, "/business_continuity", lacks_hours, NULL,
	    "neither critical hours nor a migration window are given",
	    "Steps may begin in the busiest hour, and those who depend on {source} do not know "
	    "when to expect them.",
	    "Agree on critical_business_hours and preferred_migration_window with the owners of "
	    "{dependencies}." },
	{ "hold_shorter_than_trigger", PITFALL, HIGH, NULL, NULL, mig_advise_flags_haste,
	    "{flag} stays at {to} percent for {minutes} minutes, and {metric} must be bad for "
	    "{needed} before it rolls back",
	    "The share grows before the trigger can have fired, so this step protects nobody.",
	    "Hold {flag} at {to} percent for well over {needed} minutes." },
	{ "pattern_outranked", CHOICE, MEDIUM, "/pattern", has_weak_pattern, NULL,
	    "{chosen} is {behind} points behind {recommended}",
	    "The specification says more for {recommended}; the reasons stand with the patterns.",
	    "Compare the reasons, then set pattern to {recommended} or add what they miss." },
	{ "pattern_missing", CHOICE, LOW, "/pattern", names_no_pattern, NULL, "no pattern is named",
	    "The plan then takes general phases and a general estimate.",
	    "Set pattern to {recommended} if its reasons are right." },
};

static void
apply(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	advisor->of_rule = 0;
	if (rule->look != NULL) {
		rule->look(advisor, rule);
	} else if (rule->applies(advisor)) {
		mig_advise_say(advisor, "at", "%s", rule->pointer);
		mig_advise_report(advisor, rule);
	}
}

void
mig_advise_findings(struct mig_advisor *advisor)
{
	mig_advise_say(advisor, "recommended", "%s", advisor->recommended);
	mig_advise_say(advisor, "chosen", "%s", advisor->pattern == NULL ? "" : advisor->pattern);
	mig_jw_array(&advisor->jw, "findings");
	for (size_t severity = 0; severity < MIG_ADVISE_SEVERITIES; severity++)
		for (size_t i = 0; i < COUNT_OF(rules); i++)
			if ((size_t)rules[i].severity == severity)
				apply(advisor, &rules[i]);
	mig_jw_array_end(&advisor->jw);
}
