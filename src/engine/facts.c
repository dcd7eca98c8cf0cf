/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "engine/endpoints.h"
#include "engine/facts.h"
#include "engine/facts_int.h"
#include "engine/rule_tables.h"

#define FACT_BYTES_MAX (64U * 1024U) /* one fragment; its lists are cut, long names are not */
#define FACTS_BYTES_MAX (64U * 1024U * 1024U)
#define COUNT_DIGITS 64
#define LIST_SHOWN 4
#define TEXT_BYTES_MAX (1024U * 1024U)

/* Appends what one element of a list contributes; false when it contributes nothing. */
typedef bool (*fact_item)(const struct mig_json *node, struct mig_buf *out);

/* A fact that is a list: where it stands, how an element reads, and the wording without it. */
struct fact_list {
	const char *name;
	const char *path[4]; /* ended by NULL */
	fact_item item;
	const char *fallback;
};

/* A fact that is a number with text around it. */
struct fact_number {
	const char *name;
	const char *path[4]; /* ended by NULL */
	const char *unit;
	const char *fallback;
};

static const struct mig_json *
walk(const struct mig_json *node, const char *const *path)
{
	for (; *path != NULL; path++)
		node = mig_json_get(node, *path);
	return node;
}

static bool
item_text(const struct mig_json *node, struct mig_buf *out)
{
	mig_buf_puts(out, mig_json_string(node));
	return true;
}

static bool
item_name(const struct mig_json *node, struct mig_buf *out)
{
	mig_buf_puts(out, mig_json_string(mig_json_get(node, "name")));
	return true;
}

/* "GDPR: enter the move into the record of processing" */
static bool
item_rule(const struct mig_json *node, struct mig_buf *out)
{
	const char *code = mig_json_string(node);
	mig_buf_printf(out, "%s: %s", code, mig_rule_find(code)->before);
	return true;
}

static bool
item_critical(const struct mig_json *node, struct mig_buf *out)
{
	return mig_json_bool(mig_json_get(node, "critical")) && item_name(node, out);
}

void
mig_fact_count(double count, struct mig_buf *out)
{
	struct mig_buf digits;
	mig_buf_init(&digits, COUNT_DIGITS);
	mig_num_format(trunc(count), &digits);
	bool plain = strspn(digits.data, "0123456789") == digits.len;
	for (size_t i = 0; i < digits.len; i++) {
		if (plain && i > 0 && (digits.len - i) % 3 == 0)
			mig_buf_putc(out, ',');
		mig_buf_putc(out, digits.data[i]);
	}
	mig_buf_fini(&digits);
}

void
mig_fact_schedule(const struct mig_json *flag, struct mig_buf *out)
{
	const struct mig_json *step = mig_json_first(mig_json_get(flag, "rollout_schedule"));
	for (const char *lead = ""; step != NULL; lead = ", ") {
		mig_buf_puts(out, lead);
		mig_num_format(mig_json_number(mig_json_get(step, "percentage")), out);
		step = mig_json_next(step);
	}
	mig_buf_puts(out, " percent");
}

/* "name 5, 25, 100 percent" */
static bool
item_schedule(const struct mig_json *node, struct mig_buf *out)
{
	item_name(node, out);
	mig_buf_putc(out, ' ');
	mig_fact_schedule(node, out);
	return true;
}

/* "error_rate above 0.1 for 5 minutes" */
static bool
item_trigger(const struct mig_json *node, struct mig_buf *out)
{
	const char *operator = mig_json_string(mig_json_get(node, "operator"));
	const char *relation = " above ";
	if (operator != NULL && strcmp(operator, "less_than") == 0)
		relation = " below ";
	if (operator != NULL && strcmp(operator, "equals") == 0)
		relation = " equal to ";
	mig_buf_puts(out, mig_json_string(mig_json_get(node, "metric")));
	mig_buf_puts(out, relation);
	mig_num_format(mig_json_number(mig_json_get(node, "threshold")), out);
	mig_buf_puts(out, " for ");
	mig_num_format(mig_json_number(mig_json_get(node, "duration_minutes")), out);
	mig_buf_puts(out, " minutes");
	return true;
}

const char *
mig_fact_stage(const char *type)
{
	if (strncmp(type, "add_", 4) == 0)
		return "additive";
	return strncmp(type, "drop_", 5) == 0 ? "destructive" : "converting";
}

void
mig_fact_change(const struct mig_json *change, const char *table, struct mig_buf *out)
{
	const char *column = mig_json_string(mig_json_get(change, "column"));
	const char *constraint = mig_json_string(mig_json_get(change, "constraint_name"));
	const char *index = mig_json_string(mig_json_get(change, "index_name"));
	const char *old_type = mig_json_string(mig_json_get(change, "old_type"));
	const char *new_type = mig_json_string(mig_json_get(change, "new_type"));
	const char *new_name = mig_json_string(mig_json_get(change, "new_name"));
	const char *data_type = mig_json_string(mig_json_get(change, "data_type"));
	if (column != NULL)
		mig_buf_printf(out, "%s.%s", table, column);
	else if (constraint != NULL)
		mig_buf_printf(out, "constraint %s on %s", constraint, table);
	else
		mig_buf_printf(out, "index %s on %s", index, table);
	if (old_type != NULL)
		mig_buf_printf(out, " from %s to %s", old_type, new_type);
	else if (new_name != NULL)
		mig_buf_printf(out, " renamed to %s", new_name);
	else if (data_type != NULL)
		mig_buf_printf(out, " (%s)", data_type);
}

static const char *
fact_keep(struct mig_facts *facts, struct mig_buf *text)
{
	facts->failed = facts->failed || !mig_buf_ok(text);
	const char *kept = mig_buf_ok(text) ? mig_arena_strdup(facts->arena, text->data) : NULL;
	mig_buf_fini(text);
	/* The arena remembers the failure; until then any string will do. */
	return kept == NULL ? "" : kept;
}

/* Join what the elements of a list contribute: "a, b, c, d and 7 more". */
static const char *
join(struct mig_facts *facts, const struct mig_json *list, fact_item item)
{
	struct mig_buf out;
	mig_buf_init(&out, FACT_BYTES_MAX);
	size_t shown = 0;
	size_t more = 0;
	const struct mig_json *node = mig_json_first(list);
	for (; node != NULL; node = mig_json_next(node)) {
		size_t start = out.len;
		if (shown > 0)
			mig_buf_puts(&out, ", ");
		if (!item(node, &out)) {
			mig_buf_truncate(&out, start);
		} else if (shown == LIST_SHOWN) {
			mig_buf_truncate(&out, start);
			more++;
		} else {
			shown++;
		}
	}
	if (more > 0)
		mig_buf_printf(&out, " and %zu more", more);
	if (shown == 0) {
		mig_buf_fini(&out);
		return NULL;
	}
	return fact_keep(facts, &out);
}

/* The edits of one stage over all tables, cut like any list. */
static const char *
join_changes(struct mig_facts *facts, const struct mig_json *tables, const char *stage)
{
	struct mig_buf out;
	mig_buf_init(&out, FACT_BYTES_MAX);
	size_t shown = 0;
	size_t more = 0;
	const struct mig_json *table = mig_json_first(tables);
	for (; table != NULL; table = mig_json_next(table)) {
		const struct mig_json *change = mig_json_first(mig_json_get(table, "changes"));
		for (; change != NULL; change = mig_json_next(change)) {
			const char *type = mig_json_string(mig_json_get(change, "type"));
			if (strcmp(mig_fact_stage(type), stage) != 0)
				continue;
			if (shown == LIST_SHOWN) {
				more++;
				continue;
			}
			mig_buf_puts(&out, shown++ > 0 ? ", " : "");
			mig_fact_change(
			    change, mig_json_string(mig_json_get(table, "table")), &out);
		}
	}
	if (more > 0)
		mig_buf_printf(&out, " and %zu more", more);
	if (shown == 0) {
		mig_buf_fini(&out);
		return NULL;
	}
	return fact_keep(facts, &out);
}

/* A fallback may itself name source and target. */
static const char *
fact_fallback(struct mig_facts *facts, const char *text)
{
	struct mig_buf out;
	mig_buf_init(&out, FACT_BYTES_MAX);
	mig_facts_fill(facts, text, &out);
	return fact_keep(facts, &out);
}

static const struct fact_list fact_lists[] = {
	{ "dependencies", { "constraints", "dependencies", NULL }, item_text,
	    "everything that calls {source}" },
	{ "compliance", { "constraints", "compliance_requirements", NULL }, item_text,
	    "the rules in force for {source}" },
	{ "rules", { "constraints", "compliance_requirements", NULL }, item_rule,
	    "what the auditors ask for" },
	{ "special", { "constraints", "special_requirements", NULL }, item_text,
	    "the agreed requirements" },
	{ "tables", { "tables_to_migrate", NULL }, item_name, "every table of {source}" },
	{ "critical_tables", { "tables_to_migrate", NULL }, item_critical,
	    "the tables the business depends on" },
	{ "flags", { "feature_flags", NULL }, item_name, "the switch that directs traffic" },
	{ "schedule", { "feature_flags", NULL }, item_schedule, "a small first share, then more" },
	{ "metrics", { "monitoring", "critical_metrics", NULL }, item_text,
	    "error rate, response time and availability" },
	{ "triggers", { "rollback_triggers", NULL }, item_trigger,
	    "a breach of the runbook's trigger conditions" },
	{ "old_endpoints", { "service_details", "legacy_service", "endpoints", NULL }, item_text,
	    "the entry points of {source}" },
	{ "new_endpoints", { "service_details", "new_service", "endpoints", NULL }, item_text,
	    "the entry points of {target}" },
	{ "workloads", { "infrastructure_details", "workloads", NULL }, item_name,
	    "every workload of {source}" },
	{ "critical_workloads", { "infrastructure_details", "workloads", NULL }, item_critical,
	    "the workloads the business depends on" },
};

static const struct fact_number fact_numbers[] = {
	{ "volume", { "constraints", "data_volume_gb", NULL }, "GB", "the data of {source}" },
	{ "downtime", { "constraints", "max_downtime_minutes", NULL }, "minutes",
	    "the agreed minutes" },
	{ "bandwidth", { "infrastructure_details", "network", "bandwidth_mbps", NULL }, "Mbit/s",
	    "the bandwidth between {source} and {target}" },
	{ "ttl", { "infrastructure_details", "network", "dns_ttl_seconds", NULL }, "seconds",
	    "a minute or less" },
};

static void
add_lists(struct mig_facts *facts, const struct mig_json *spec)
{
	for (size_t i = 0; i < sizeof(fact_lists) / sizeof(fact_lists[0]); i++) {
		const struct fact_list *row = &fact_lists[i];
		const char *text = join(facts, walk(spec, row->path), row->item);
		mig_facts_set(facts, row->name,
		    text != NULL ? text : fact_fallback(facts, row->fallback));
	}
}

static void
add_numbers(struct mig_facts *facts, const struct mig_json *spec)
{
	for (size_t i = 0; i < sizeof(fact_numbers) / sizeof(fact_numbers[0]); i++) {
		const struct fact_number *row = &fact_numbers[i];
		const struct mig_json *node = walk(spec, row->path);
		if (node == NULL) {
			mig_facts_set(facts, row->name, fact_fallback(facts, row->fallback));
			continue;
		}
		struct mig_buf out;
		mig_buf_init(&out, FACT_BYTES_MAX);
		mig_num_format(mig_json_number(node), &out);
		mig_buf_printf(&out, " %s", row->unit);
		mig_facts_set(facts, row->name, fact_keep(facts, &out));
	}
}

static void
add_changes(struct mig_facts *facts, const struct mig_json *spec)
{
	const struct mig_json *changes = mig_json_get(spec, "schema_changes");
	const char *additive = join_changes(facts, changes, "additive");
	const char *converting = join_changes(facts, changes, "converting");
	const char *destructive = join_changes(facts, changes, "destructive");
	mig_facts_set(facts, "additive",
	    additive != NULL ? additive : "the new columns, tables and indexes");
	mig_facts_set(facts, "converting",
	    converting != NULL ? converting : "the rows written before the change");
	mig_facts_set(facts, "destructive",
	    destructive != NULL ? destructive : "the columns and tables that nobody reads now");
}

/* Row totals with the tables they are in. */
static void
add_rows(struct mig_facts *facts, const struct mig_json *spec)
{
	const struct mig_json *tables = mig_json_get(spec, "tables_to_migrate");
	double rows = 0;
	const struct mig_json *table = mig_json_first(tables);
	for (; table != NULL; table = mig_json_next(table))
		rows += mig_json_number(mig_json_get(table, "row_count"));
	size_t count = mig_json_count(tables);
	struct mig_buf out;
	mig_buf_init(&out, FACT_BYTES_MAX);
	if (count == 0) {
		mig_buf_puts(&out, "all rows");
	} else {
		mig_fact_count(rows, &out);
		mig_buf_printf(&out, " rows in %zu table%s", count, count == 1 ? "" : "s");
	}
	mig_facts_set(facts, "rows", fact_keep(facts, &out));
}

static void
append_member(struct mig_buf *out, const struct mig_json *object, const char *key)
{
	mig_num_format(mig_json_number(mig_json_get(object, key)), out);
}

/* "p95 of 200 ms at 1500 requests/s", or the like from the performance requirements. */
static void
add_performance(struct mig_facts *facts, const struct mig_json *spec)
{
	static const char *const service[] = { "service_details", "new_service",
		"target_performance", NULL };
	const struct mig_json *target = walk(spec, service);
	const struct mig_json *wanted = mig_json_get(spec, "performance_requirements");
	const struct mig_json *query = mig_json_get(wanted, "max_query_response_time_ms");
	struct mig_buf out;
	mig_buf_init(&out, FACT_BYTES_MAX);
	if (target != NULL) {
		mig_buf_puts(&out, "a p95 of ");
		append_member(&out, target, "p95_response_time_ms");
		mig_buf_puts(&out, " ms at ");
		append_member(&out, target, "requests_per_second");
		mig_buf_puts(&out, " requests/s");
	} else if (query != NULL) {
		mig_buf_puts(&out, "queries within ");
		mig_num_format(mig_json_number(query), &out);
		mig_buf_puts(&out, " ms");
	} else {
		mig_buf_puts(&out, "response times no worse than before the start");
	}
	mig_facts_set(facts, "performance", fact_keep(facts, &out));
}

static void
add_window(struct mig_facts *facts, const struct mig_json *spec)
{
	static const char *const path[] = { "business_continuity", "preferred_migration_window",
		NULL };
	const struct mig_json *window = walk(spec, path);
	const char *text = "the agreed window";
	if (window != NULL)
		text = mig_arena_printf(facts->arena, "the window %s-%s %s",
		    mig_json_string(mig_json_get(window, "start")),
		    mig_json_string(mig_json_get(window, "end")),
		    mig_json_string(mig_json_get(window, "timezone")));
	mig_facts_set(facts, "window", text == NULL ? "" : text);
}

/* How many endpoints move: "9 endpoints" to "11 endpoints". */
static void
add_counts(struct mig_facts *facts, const struct mig_json *spec)
{
	static const char *const sides[][2] = { { "legacy_service", "old_count" },
		{ "new_service", "new_count" } };
	const struct mig_json *details = mig_json_get(spec, "service_details");
	for (size_t i = 0; i < 2; i++) {
		const struct mig_json *side = mig_json_get(details, sides[i][0]);
		size_t count = mig_json_count(mig_json_get(side, "endpoints"));
		const char *text = count == 0 ? "all endpoints"
		    : mig_arena_printf(facts->arena, "%zu endpoint%s", count,
		          count == 1 ? "" : "s");
		mig_facts_set(facts, sides[i][1], text == NULL ? "" : text);
	}
}

/* A system's name without what explains it, in parentheses or behind a comma. */
static const char *
short_name(struct mig_facts *facts, const char *name)
{
	size_t len = strlen(name);
	const char *open = strstr(name, " (");
	if (open == NULL || name[len - 1] != ')')
		open = strstr(name, ", ");
	if (open == NULL || open == name)
		return name;
	const char *kept = mig_arena_strndup(facts->arena, name, (size_t)(open - name));
	return kept == NULL ? name : kept;
}

/* Sentences are readable with short names, unless these are the same. */
static void
add_names(struct mig_facts *facts, const struct mig_json *spec)
{
	const char *source = mig_json_string(mig_json_get(spec, "source"));
	const char *target = mig_json_string(mig_json_get(spec, "target"));
	const char *short_source = short_name(facts, source);
	const char *short_target = short_name(facts, target);
	bool same = strcmp(short_source, short_target) == 0;
	mig_facts_set(facts, "source", same ? source : short_source);
	mig_facts_set(facts, "target", same ? target : short_target);
}

int
mig_facts_init(const struct mig_json *spec, struct mig_facts *ret_facts)
{
	struct mig_facts facts = { .arena = mig_arena_new(FACTS_BYTES_MAX), .spec = spec };
	if (facts.arena == NULL)
		return MIG_ENOMEM;
	if (mig_endpoints_compare(mig_json_get(spec, "service_details"), facts.arena,
	    &facts.endpoint_count, &facts.endpoints) != MIG_OK) {
		mig_facts_fini(&facts);
		return MIG_ENOMEM;
	}
	add_names(&facts, spec);
	add_lists(&facts, spec);
	add_numbers(&facts, spec);
	add_changes(&facts, spec);
	add_rows(&facts, spec);
	add_performance(&facts, spec);
	add_window(&facts, spec);
	add_counts(&facts, spec);
	if (facts.failed || mig_arena_failed(facts.arena)) {
		mig_facts_fini(&facts);
		return facts.failed ? MIG_ELIMIT : MIG_ENOMEM;
	}
	*ret_facts = facts;
	return MIG_OK;
}

void
mig_facts_fini(struct mig_facts *facts)
{
	mig_arena_free(facts->arena);
	memset(facts, 0, sizeof(*facts));
}

void
mig_facts_set(struct mig_facts *facts, const char *name, const char *value)
{
	size_t i = 0;
	while (i < facts->count && strcmp(facts->vars[i].name, name) != 0)
		i++;
	MIG_ASSERT(i < MIG_FACTS_MAX);
	facts->vars[i] = (struct mig_template_var){ name, value };
	if (i == facts->count)
		facts->count++;
}

void
mig_facts_fill(const struct mig_facts *facts, const char *text, struct mig_buf *out)
{
	char unknown[64];
	int error = mig_template_fill(text, facts->vars, out, unknown, sizeof(unknown));
	MIG_ASSERT(error != MIG_ENOTFOUND);
}

void
mig_facts_string(const struct mig_facts *facts, struct mig_jw *jw, const char *key,
    const char *text)
{
	struct mig_buf out;
	mig_buf_init(&out, TEXT_BYTES_MAX);
	mig_facts_fill(facts, text, &out);
	mig_jw_string(jw, key, out.data);
	/* A text that could not be built must not pass for a short one. */
	if (!mig_buf_ok(&out))
		jw->out->failed = true;
	mig_buf_fini(&out);
}
