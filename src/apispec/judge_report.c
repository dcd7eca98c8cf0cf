/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * From what was noted to changes: the same difference seen from several sides becomes one, the
 * worst place decides on rule and severity, and the order is that of the documents.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/affected.h"
#include "apispec/judge_words.h"
#include "base/arena.h"
#include "base/limits.h"

/* The rule that a difference falls under in its worst place. */
struct verdict {
	const char *rule;
	enum mig_change_severity severity;
	unsigned place;
	bool turned;
	bool server; /* it is the worst for old servers */
};

struct report {
	struct mig_judge *judge;
	struct mig_affected affected;
};

/* A place as seen from a property that is only read or only written. */
static unsigned
adapt(const struct mig_raw *raw, unsigned place)
{
	if (raw->read_only && (place & (MIG_AT_REQUEST | MIG_AT_REQUEST_PROP)) != 0)
		return MIG_AT_READ_ONLY;
	if (raw->write_only && (place & (MIG_AT_RESPONSE | MIG_AT_RESPONSE_PROP)) != 0)
		return MIG_AT_WRITE_ONLY;
	return place;
}

/* Take the severity of one place into account. */
static void
weigh(const struct mig_judge *judge, const struct mig_raw *raw, unsigned place, bool turned,
    struct verdict *verdict)
{
	unsigned seen = adapt(raw, place);
	struct mig_rule_row rule = mig_rule_for(raw->fact, seen);
	struct mig_rule_row back = mig_rule_for(mig_fact_row(raw->fact)->inverse, seen);
	/* Where the server calls, the roles of clients and servers are exchanged. */
	enum mig_change_severity client = turned ? back.severity : rule.severity;
	enum mig_change_severity server = turned ? rule.severity : back.severity;
	bool as_server = judge->policy.view == MIG_VIEW_SERVER ||
	    (judge->policy.view == MIG_VIEW_BOTH && server < client);
	enum mig_change_severity severity = as_server ? server : client;
	if (verdict->rule == NULL || severity < verdict->severity)
		*verdict = (struct verdict){ rule.id, severity, place, turned, as_server };
}

static struct verdict
judge_raw(const struct mig_judge *judge, const struct mig_raw *raw)
{
	struct verdict verdict = { 0 };
	unsigned where = raw->where;
	if (raw->pair != MIG_NO_PAIR)
		where |= judge->pairs[raw->pair].where;
	bool unused = where == 0;
	if (unused)
		where = MIG_AT_REQUEST_PROP | MIG_AT_RESPONSE_PROP;
	for (unsigned i = 0; i < MIG_AT_PLACES; i++) {
		if ((where & 1U << i) != 0)
			weigh(judge, raw, 1U << i, false, &verdict);
		if ((where >> MIG_AT_TURNED & 1U << i) != 0)
			weigh(judge, raw, 1U << i, true, &verdict);
	}
	/* What no operation uses can not hurt. */
	if (unused && verdict.severity < MIG_NON_BREAKING)
		verdict.severity = MIG_NON_BREAKING;
	return verdict;
}

/* Facts about a property of the pair's schemas, not about the schemas. */
static bool
about_property(const struct mig_raw *raw)
{
	enum mig_tail tail = mig_fact_row(raw->fact)->tail;
	return tail == MIG_TAIL_PROPERTY || tail == MIG_TAIL_REQUIRED;
}

/* The kind of a difference between schemas depends on where it stands. */
static const char *
kind_of(const struct mig_judge *judge, const struct mig_raw *raw, bool *ret_nested)
{
	const struct mig_fact_row *row = mig_fact_row(raw->fact);
	bool property = false;
	*ret_nested = false;
	if (raw->pair == MIG_NO_PAIR)
		return row->kind;
	switch (judge->pairs[raw->pair].site.home) {
	case MIG_HOME_PARAM:
		return row->param_kind != NULL ? row->param_kind : row->kind;
	case MIG_HOME_REQUEST:
		return "request_schema_changed";
	case MIG_HOME_RESPONSE:
	case MIG_HOME_HEADER:
		return "response_schema_changed";
	case MIG_HOME_COMPONENT:
		break;
	}
	size_t depth = mig_pair_depth(judge, raw->pair, &property);
	*ret_nested = depth > 0 && (about_property(raw) || !property);
	return *ret_nested ? "nested_property_changed" : row->kind;
}

static const char *
path_of(struct mig_judge *judge, const struct mig_raw *raw, bool nested)
{
	if (raw->path != NULL)
		return raw->path;
	const char *path = mig_pair_path(judge, raw->pair);
	if (path == NULL || judge->pairs[raw->pair].site.home != MIG_HOME_COMPONENT)
		return path;
	switch (mig_fact_row(raw->fact)->tail) {
	case MIG_TAIL_PROPERTY:
		return mig_judge_printf(judge, "%s.properties.%s", path, raw->name);
	case MIG_TAIL_REQUIRED:
		return mig_judge_printf(judge, "%s.required", path);
	case MIG_TAIL_TYPE:
		return nested ? path : mig_judge_printf(judge, "%s.type", path);
	case MIG_TAIL_NONE:
		break;
	}
	return path;
}

/* A value of a difference as JSON; never NULL but without memory. */
static const char *
value_of(const struct mig_judge *judge, const struct mig_raw *raw, bool old)
{
	const char *text = old ? raw->old_text : raw->new_text;
	const struct mig_tree *node = old ? raw->old_node : raw->new_node;
	if (text != NULL)
		return text;
	if (raw->both_lists) {
		const struct mig_pair *pair = &judge->pairs[raw->pair];
		node = old ? pair->before->required_node : pair->after->required_node;
		if (node == NULL)
			return "[]";
	}
	return mig_tree_json_text(node, false, judge->arena);
}

static const char *const *
affected_of(struct report *report, const struct mig_raw *raw)
{
	struct mig_judge *judge = report->judge;
	if (raw->ops != NULL) {
		size_t count = 0;
		while (raw->ops[count] != NULL)
			count++;
		return mig_affected_names(judge, raw->ops, count);
	}
	if (raw->pair != MIG_NO_PAIR)
		return mig_affected_by(&report->affected, raw->pair);
	const struct mig_api_op *op = raw->op;
	return op == NULL ? NULL : mig_affected_names(judge, &op, 1);
}

static void
add_change(struct report *report, const struct mig_raw *raw)
{
	struct mig_judge *judge = report->judge;
	const struct mig_fact_row *row = mig_fact_row(raw->fact);
	struct verdict verdict = judge_raw(judge, raw);
	bool nested = false;
	struct mig_change change = {
		.rule = verdict.rule,
		.severity = verdict.severity,
		.type = kind_of(judge, raw, &nested),
		.impact =
		    mig_impact(verdict.server, verdict.place, verdict.turned, verdict.severity),
		.suggestion = raw->advice != NULL ? raw->advice : row->advice,
		.old_value = value_of(judge, raw, true),
		.new_value = value_of(judge, raw, false),
		.affected = affected_of(report, raw),
	};
	change.field_path = path_of(judge, raw, nested);
	const char *subject =
	    raw->subject != NULL ? raw->subject : mig_pair_subject(judge, raw->pair);
	if (change.old_value == NULL || change.new_value == NULL || subject == NULL) {
		judge->failed = true;
		return;
	}
	const struct mig_words words = { row->text, subject, raw->name, change.old_value,
		change.new_value };
	change.description = mig_fact_text(judge, &words);
	if (raw->before != NULL)
		change.before = (struct mig_place){ judge->before->doc.file, raw->before->line };
	if (raw->after != NULL)
		change.after = (struct mig_place){ judge->after->doc.file, raw->after->line };
	if (!judge->failed)
		mig_check_add(judge->check, &change);
}

static int
compare_nodes(const struct mig_tree *left, const struct mig_tree *right)
{
	if (left == NULL || right == NULL)
		return left == right ? 0 : left == NULL ? 1 : -1;
	return left->seq < right->seq ? -1 : left->seq > right->seq;
}

/* Differences that say the same stand side by side, the first that was noted first. */
static int
compare_same(const void *a, const void *b)
{
	const struct mig_raw *left = *(struct mig_raw *const *)a;
	const struct mig_raw *right = *(struct mig_raw *const *)b;
	if (left->fact != right->fact)
		return left->fact < right->fact ? -1 : 1;
	int order = compare_nodes(left->before, right->before);
	if (order == 0)
		order = compare_nodes(left->after, right->after);
	if (order == 0)
		order = strcmp(
		    left->name == NULL ? "" : left->name, right->name == NULL ? "" : right->name);
	if (order != 0)
		return order;
	return left < right ? -1 : left > right;
}

/* The order of the report: by place in the old document, then in the new one. */
static int
compare_order(const void *a, const void *b)
{
	const struct mig_raw *left = *(struct mig_raw *const *)a;
	const struct mig_raw *right = *(struct mig_raw *const *)b;
	int order = compare_nodes(left->before, right->before);
	if (order == 0)
		order = compare_nodes(left->after, right->after);
	if (order != 0)
		return order;
	return left < right ? -1 : left > right;
}

static bool
may_unite(const struct mig_raw *left, const struct mig_raw *right)
{
	if (left->fact != right->fact || left->before != right->before ||
	    left->after != right->after)
		return false;
	if (strcmp(left->name == NULL ? "" : left->name, right->name == NULL ? "" : right->name) !=
	    0)
		return false;
	bool schemas = left->pair != MIG_NO_PAIR && right->pair != MIG_NO_PAIR;
	return schemas || (left->shared && right->shared);
}

/* Remember one more operation of a difference in something that is shared. */
static void
add_op(struct mig_judge *judge, struct mig_raw *raw, size_t count, const struct mig_api_op *op)
{
	if (raw->op == NULL || op == NULL || count >= MIG_API_AFFECTED_MAX)
		return;
	if (raw->ops == NULL) {
		raw->ops =
		    mig_arena_array(judge->arena, MIG_API_AFFECTED_MAX + 1, sizeof(*raw->ops));
		if (raw->ops == NULL) {
			judge->failed = true;
			return;
		}
		raw->ops[0] = raw->op;
	}
	raw->ops[count] = op;
}

/* Leave one of each difference, with all places; how many are left. */
static size_t
unite(struct mig_judge *judge, struct mig_raw **order, size_t count)
{
	size_t kept = 0;
	size_t united = 0;
	for (size_t i = 0; i < count && !judge->failed; i++) {
		struct mig_raw *raw = order[i];
		struct mig_raw *last = kept == 0 ? NULL : order[kept - 1];
		if (last == NULL || !may_unite(last, raw)) {
			order[kept++] = raw;
			united = 0;
			continue;
		}
		united++;
		if (raw->pair != MIG_NO_PAIR)
			last->where |= raw->where | judge->pairs[raw->pair].where;
		else
			add_op(judge, last, united, raw->op);
	}
	return kept;
}

void
mig_judge_report(struct mig_judge *judge)
{
	struct report report = { .judge = judge };
	size_t count = judge->raws_count;
	struct mig_raw **order = calloc(count + 1, sizeof(*order));
	if (mig_affected_init(&report.affected, judge) && order != NULL) {
		for (size_t i = 0; i < count; i++)
			order[i] = &judge->raws[i];
		qsort(order, count, sizeof(*order), compare_same);
		count = unite(judge, order, count);
		qsort(order, count, sizeof(*order), compare_order);
		for (size_t i = 0; i < count && !judge->failed; i++)
			add_change(&report, order[i]);
	}
	judge->failed = judge->failed || order == NULL;
	mig_affected_fini(&report.affected);
	free(order);
}
