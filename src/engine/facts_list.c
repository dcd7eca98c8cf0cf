/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/num.h"
#include "engine/endpoints.h"
#include "engine/facts.h"
#include "engine/facts_int.h"
#include "engine/rule_tables.h"
#include "engine/sampling.h"

#define NAME_MAX 32
#define ELEMENT_FACTS 8
#define FACT_BYTES_MAX (64U * 1024U)
#define TEXT_BYTES_MAX (1024U * 1024U)

/*
 * Rows and megabytes a second: what a single stream does on common hardware while the database has
 * other work.  The texts say the rate beside the time, so that a measured one can take its place.
 */
#define COPY_RATE 20000
#define BACKFILL_RATE 5000
#define COMPARE_RATE 50000
#define MB_RATE 100

/* Besides those of enum mig_endpoint_fate. */
#define NO_FATE (-1)
#define KEPT_OR_MOVED (-2)

static const char *const size_units[] = { "MB", "GB", "TB", "PB", NULL };

/* An element of a list on its way into texts. */
struct element {
	const struct mig_json *node;
	const struct mig_json *parent;          /* the table of a schema change */
	const struct mig_endpoint_row *endpoint;
	double rank; /* lower ones come first */
	size_t index;
};

struct elements {
	size_t count;
	struct element *rows;
	bool failed; /* no memory */
};

/*
 * The facts that a text needs of one element, in front of those of the specification; texts are
 * used again for the next element.
 */
struct own_facts {
	const char *text;
	struct mig_facts facts;
	struct mig_buf texts[ELEMENT_FACTS];
	size_t count;
};

/* A list of the specification. */
struct list_row {
	const char *name;
	const char *path[4]; /* ended by NULL */
	/* Whether the element counts, with its rank; NULL: all do. */
	bool (*takes)(const struct list_row *row, struct element *element);
	void (*describe)(struct own_facts *own, const struct element *element);
	int fate; /* of endpoints, else NO_FATE */
};

static struct mig_buf *
own_text(struct own_facts *own)
{
	MIG_ASSERT(own->count < ELEMENT_FACTS);
	struct mig_buf *text = &own->texts[own->count++];
	mig_buf_reset(text);
	return text;
}

static bool
is_used(const struct own_facts *own, const char *name)
{
	return mig_template_uses(own->text, name);
}

static void
own_string(struct own_facts *own, const char *name, const char *value)
{
	if (is_used(own, name))
		mig_facts_set(&own->facts, name, value);
}

/* "4m 10s at 20000 rows a second", or at so many megabytes where these take longer. */
static void
own_time(struct own_facts *own, const char *name, const struct mig_json *table, int rate)
{
	double by_rows = mig_json_number(mig_json_get(table, "row_count")) / rate;
	double by_size = mig_json_number(mig_json_get(table, "size_mb")) / MB_RATE;
	double seconds = by_rows > by_size ? by_rows : by_size;
	if (!is_used(own, name))
		return;
	struct mig_buf *text = own_text(own);
	if (seconds < 1)
		mig_buf_puts(text, "a second");
	else
		mig_num_format_duration((int64_t)seconds * 1000, text);
	mig_buf_printf(text, by_rows > by_size ? " at %d rows a second" : " at %d MB a second",
	    by_rows > by_size ? rate : MB_RATE);
	own_string(own, name, text->data);
}

/* A size in the first of the units, or in one a thousand times as large when that reads better. */
static void
own_size(struct own_facts *own, const char *name, const struct mig_json *node,
    const char *const *units)
{
	if (!is_used(own, name))
		return;
	struct mig_buf *text = own_text(own);
	double size = mig_json_number(node);
	if (node == NULL) {
		mig_buf_puts(text, "an unknown size");
	} else {
		size_t unit = 0;
		for (; size >= 1000 && units[unit + 1] != NULL; unit++)
			size /= 1000;
		mig_num_format(size, text);
		mig_buf_printf(text, " %s", units[unit]);
	}
	own_string(own, name, text->data);
}

/* How many rows tell enough, and how many of them may differ. */
static void
own_sample(struct own_facts *own, double rows)
{
	if (!is_used(own, "sample_rows"))
		return;
	double sample = mig_sample_size(rows);
	double allowed = mig_sample_allowed(sample);
	struct mig_buf *size = own_text(own);
	mig_fact_count(sample, size);
	own_string(own, "sample_rows", size->data);
	if (!is_used(own, "sample_allowed"))
		return;
	struct mig_buf *text = own_text(own);
	if (allowed > 0)
		mig_buf_printf(text, "at most %.0f %s: then fewer than 1 %% differ, with 95 %% "
		    "confidence", allowed, allowed > 1 ? "differ" : "differs");
	else
		mig_buf_puts(text, "none differs");
	own_string(own, "sample_allowed", text->data);
}

static void
describe_table(struct own_facts *own, const struct element *element)
{
	const struct mig_json *table = element->node;
	own_string(own, "table", mig_json_string(mig_json_get(table, "name")));
	struct mig_buf *count = own_text(own);
	mig_fact_count(mig_json_number(mig_json_get(table, "row_count")), count);
	mig_buf_puts(count, " rows");
	own_string(own, "table_rows", count->data);
	own_size(own, "table_size", mig_json_get(table, "size_mb"), size_units);
	own_sample(own, mig_json_number(mig_json_get(table, "row_count")));
	own_time(own, "copy_time", table, COPY_RATE);
	own_time(own, "backfill_time", table, BACKFILL_RATE);
	own_time(own, "compare_time", table, COMPARE_RATE);
}

static void
describe_change(struct own_facts *own, const struct element *element)
{
	const char *table = mig_json_string(mig_json_get(element->parent, "table"));
	struct mig_buf *text = own_text(own);
	mig_fact_change(element->node, table, text);
	own_string(own, "change", text->data);
	own_string(own, "table", table);
}

static void
describe_endpoint(struct own_facts *own, const struct element *element)
{
	const struct mig_endpoint_row *row = element->endpoint;
	own_string(own, "old_endpoint", row->old_text != NULL ? row->old_text : "nothing");
	own_string(own, "new_endpoint", row->new_text != NULL ? row->new_text : "nothing");
}

static void
describe_flag(struct own_facts *own, const struct element *element)
{
	const struct mig_json *step =
	    mig_json_first(mig_json_get(element->node, "rollout_schedule"));
	struct mig_buf *schedule = own_text(own);
	struct mig_buf *length = own_text(own);
	double hours = 0;
	for (; step != NULL; step = mig_json_next(step))
		hours += mig_json_number(mig_json_get(step, "duration_hours"));
	mig_fact_schedule(element->node, schedule);
	mig_num_format_duration((int64_t)(hours * 3600 + 0.5) * 1000, length);
	own_string(own, "flag", mig_json_string(mig_json_get(element->node, "name")));
	own_string(own, "flag_schedule", schedule->data);
	own_string(own, "flag_hours", length->data);
}

/* The shortest time that the data of a workload takes over the link. */
static void
describe_workload(struct own_facts *own, const struct element *element)
{
	static const char *const keys[] = { "infrastructure_details", "network",
		"bandwidth_mbps" };
	const struct mig_json *link = own->facts.spec;
	const struct mig_json *size = mig_json_get(element->node, "storage_gb");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		link = mig_json_get(link, keys[i]);
	struct mig_buf *wave = own_text(own);
	struct mig_buf *time = own_text(own);
	mig_num_format(mig_json_number(mig_json_get(element->node, "wave")), wave);
	if (size != NULL && mig_json_number(link) > 0) {
		double seconds = mig_json_number(size) * 8000 / mig_json_number(link);
		mig_buf_puts(time, "at least ");
		mig_num_format_duration((int64_t)seconds * 1000, time);
		mig_buf_puts(time, " at ");
		mig_num_format(mig_json_number(link), time);
		mig_buf_puts(time, " Mbit/s");
	} else {
		mig_buf_puts(time, "a time to be measured in the first wave");
	}
	own_string(own, "workload", mig_json_string(mig_json_get(element->node, "name")));
	own_string(own, "workload_kind", mig_json_string(mig_json_get(element->node, "kind")));
	own_string(own, "wave", wave->data);
	own_size(own, "workload_size", size, size_units + 1);
	own_string(own, "workload_time", time->data);
}

static void
describe_dependency(struct own_facts *own, const struct element *element)
{
	own_string(own, "dependency", mig_json_string(element->node));
}

static void
describe_rule(struct own_facts *own, const struct element *element)
{
	const char *code = mig_json_string(element->node);
	const struct mig_rule_row *row = mig_rule_find(code);
	own_string(own, "rule", code);
	own_string(own, "rule_before", row->before);
	own_string(own, "rule_move", row->move);
	own_string(own, "rule_check", row->check);
	own_string(own, "rule_end", row->end);
}

/* "zero_data_loss" reads "zero data loss". */
static void
describe_demand(struct own_facts *own, const struct element *element)
{
	struct mig_buf *text = own_text(own);
	for (const char *c = mig_json_string(element->node); *c != '\0'; c++)
		mig_buf_putc(text, *c == '_' ? ' ' : *c);
	own_string(own, "demand", text->data);
}

static bool
takes_table(const struct list_row *row, struct element *element)
{
	bool critical = mig_json_bool(mig_json_get(element->node, "critical"));
	element->rank = critical ? 0 : 1;
	if (strcmp(row->name, "table") == 0)
		return true;
	return critical == (strcmp(row->name, "critical_table") == 0);
}

static bool
takes_change(const struct list_row *row, struct element *element)
{
	return strcmp(mig_fact_stage(mig_json_string(mig_json_get(element->node, "type"))),
	    row->name) == 0;
}

static bool
takes_workload(const struct list_row *row, struct element *element)
{
	(void)row;
	element->rank = mig_json_number(mig_json_get(element->node, "wave"));
	return true;
}

static const struct list_row list_rows[] = {
	{ "table", { "tables_to_migrate", NULL }, takes_table, describe_table, NO_FATE },
	{ "critical_table", { "tables_to_migrate", NULL }, takes_table, describe_table, NO_FATE },
	{ "other_table", { "tables_to_migrate", NULL }, takes_table, describe_table, NO_FATE },
	{ "additive", { "schema_changes", NULL }, takes_change, describe_change, NO_FATE },
	{ "converting", { "schema_changes", NULL }, takes_change, describe_change, NO_FATE },
	{ "destructive", { "schema_changes", NULL }, takes_change, describe_change, NO_FATE },
	{ "kept", { NULL }, NULL, describe_endpoint, MIG_ENDPOINT_KEPT },
	{ "moved", { NULL }, NULL, describe_endpoint, MIG_ENDPOINT_MOVED },
	{ "added", { NULL }, NULL, describe_endpoint, MIG_ENDPOINT_ADDED },
	{ "uncovered", { NULL }, NULL, describe_endpoint, MIG_ENDPOINT_UNCOVERED },
	{ "covered", { NULL }, NULL, describe_endpoint, KEPT_OR_MOVED },
	{ "flag", { "feature_flags", NULL }, NULL, describe_flag, NO_FATE },
	{ "workload", { "infrastructure_details", "workloads", NULL }, takes_workload,
	    describe_workload, NO_FATE },
	{ "dependency", { "constraints", "dependencies", NULL }, NULL,
	    describe_dependency, NO_FATE },
	{ "rule", { "constraints", "compliance_requirements", NULL }, NULL,
	    describe_rule, NO_FATE },
	{ "demand", { "constraints", "special_requirements", NULL }, NULL,
	    describe_demand, NO_FATE },
};

/* The list that a text names behind its mark, and where the text goes on. */
static const struct list_row *
find_list(const char *text, const char **ret_rest)
{
	size_t len = strcspn(text + 1, " ");
	const struct list_row *row = list_rows;
	const struct list_row *end = list_rows + sizeof(list_rows) / sizeof(list_rows[0]);
	while (row < end && (strlen(row->name) != len || strncmp(row->name, text + 1, len) != 0))
		row++;
	MIG_ASSERT(row < end && text[1 + len] == ' ');
	*ret_rest = text + len + 2;
	return row;
}

static bool
is_marked(const char *text)
{
	return strchr("@?!", *text) != NULL;
}

static void
add_element(struct elements *list, const struct list_row *row, struct element *element)
{
	if (list->failed || (row->takes != NULL && !row->takes(row, element)))
		return;
	/* Room is doubled at each power of two. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count == 0 ? 1 : list->count * 2;
		struct element *grown = realloc(list->rows, room * sizeof(*grown));
		if (grown == NULL) {
			list->failed = true;
			return;
		}
		list->rows = grown;
	}
	element->index = list->count;
	list->rows[list->count++] = *element;
}

static int
by_rank(const void *a, const void *b)
{
	const struct element *one = a;
	const struct element *two = b;
	if (one->rank < two->rank || one->rank > two->rank)
		return one->rank < two->rank ? -1 : 1;
	return (one->index > two->index) - (one->index < two->index);
}

static void
collect_nodes(const struct mig_facts *facts, const struct list_row *row, struct elements *list)
{
	const struct mig_json *node = facts->spec;
	for (const char *const *key = row->path; *key != NULL; key++)
		node = mig_json_get(node, *key);
	node = mig_json_first(node);
	for (; node != NULL; node = mig_json_next(node)) {
		struct element element = { .node = node };
		if (row->describe != describe_change) {
			add_element(list, row, &element);
			continue;
		}
		element.parent = node;
		element.node = mig_json_first(mig_json_get(node, "changes"));
		for (; element.node != NULL; element.node = mig_json_next(element.node))
			add_element(list, row, &element);
	}
}

static bool
has_fate(const struct list_row *row, const struct mig_endpoint_row *endpoint)
{
	if (row->fate == KEPT_OR_MOVED)
		return endpoint->fate == MIG_ENDPOINT_KEPT || endpoint->fate == MIG_ENDPOINT_MOVED;
	return (int)endpoint->fate == row->fate;
}

/* The elements of a list in the order of the texts; free the rows. */
static struct elements
collect(const struct mig_facts *facts, const struct list_row *row)
{
	struct elements list = { 0 };
	for (size_t i = 0; row->fate != NO_FATE && i < facts->endpoint_count; i++) {
		struct element element = { .endpoint = &facts->endpoints[i] };
		if (has_fate(row, element.endpoint))
			add_element(&list, row, &element);
	}
	if (row->fate == NO_FATE)
		collect_nodes(facts, row, &list);
	if (list.count > 1)
		qsort(list.rows, list.count, sizeof(*list.rows), by_rank);
	return list;
}

/* The facts of the specification behind those of the element. */
static void
add_general(struct mig_facts *own, const struct mig_facts *general)
{
	for (size_t i = 0; i < general->count; i++)
		mig_facts_set(own, general->vars[i].name, general->vars[i].value);
}

static void
write_each(const struct mig_facts *facts, struct mig_jw *jw, const struct list_row *row,
    const struct elements *list, const char *text)
{
	struct own_facts own = { .text = text, .facts = { .spec = facts->spec } };
	struct mig_buf filled;
	mig_buf_init(&filled, TEXT_BYTES_MAX);
	for (size_t i = 0; i < ELEMENT_FACTS; i++)
		mig_buf_init(&own.texts[i], FACT_BYTES_MAX);
	for (size_t i = 0; i < list->count; i++) {
		own.count = 0;
		row->describe(&own, &list->rows[i]);
		if (i == 0)
			add_general(&own.facts, facts);
		mig_buf_reset(&filled);
		mig_facts_fill(&own.facts, text, &filled);
		mig_jw_string(jw, NULL, filled.data);
		jw->out->failed = jw->out->failed || !mig_buf_ok(&filled);
	}
	mig_buf_fini(&filled);
	for (size_t i = 0; i < ELEMENT_FACTS; i++) {
		jw->out->failed = jw->out->failed || !mig_buf_ok(&own.texts[i]);
		mig_buf_fini(&own.texts[i]);
	}
}

bool
mig_facts_applies(const struct mig_facts *facts, const char *text)
{
	const char *rest;
	if (!is_marked(text))
		return true;
	struct elements list = collect(facts, find_list(text, &rest));
	bool some = list.count > 0;
	free(list.rows);
	return some == (*text != '!');
}

void
mig_facts_strings(const struct mig_facts *facts, struct mig_jw *jw, const char *key,
    const char *const *texts)
{
	mig_jw_array(jw, key);
	for (; *texts != NULL; texts++) {
		const char *rest = *texts;
		if (is_marked(*texts)) {
			const struct list_row *row = find_list(*texts, &rest);
			struct elements list = collect(facts, row);
			jw->out->failed = jw->out->failed || list.failed;
			if (**texts == '@')
				write_each(facts, jw, row, &list, rest);
			else if ((list.count > 0) == (**texts == '?'))
				mig_facts_string(facts, jw, NULL, rest);
			free(list.rows);
		} else {
			mig_facts_string(facts, jw, NULL, rest);
		}
	}
	mig_jw_array_end(jw);
}
