/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/judge_int.h"
#include "base/arena.h"

/* Components of one name are compared first: what differs in them is told there, once. */
static void
pair_components(struct mig_judge *judge)
{
	for (size_t i = 0; i < judge->before->components_count && !judge->failed; i++) {
		const struct mig_api_component *left = &judge->before->components[i];
		const struct mig_api_component *right = mig_api_component(judge->after, left->name);
		if (right == NULL)
			continue;
		const struct mig_site site = {
			.home = MIG_HOME_COMPONENT,
			.name = left->name,
		};
		(void)mig_pair_of(judge, left->schema, right->schema, &site); /* failure is kept */
	}
}

/* Whether two schemas are equal all the way down. */
static bool
is_equal(const struct mig_judge *judge, const struct mig_pair *pair)
{
	return judge->shapes_before[pair->before->index] == judge->shapes_after[pair->after->index];
}

/* Components that a schema is made of are known in another form, when it is equal to another. */
static void
mark_used(const struct mig_api *api, const struct mig_schema *schema, bool *used)
{
	const struct mig_api_component *own =
	    schema->component == NULL ? NULL : mig_api_component(api, schema->component);
	if (own != NULL)
		used[own - api->components] = true;
	for (size_t i = 0; i < schema->parts_count; i++) {
		if (schema->parts[i]->parent != api->schemas_node)
			continue;
		own = mig_api_component(api, schema->parts[i]->key);
		if (own != NULL)
			used[own - api->components] = true;
	}
}

static void
note_component(struct mig_judge *judge, enum mig_fact fact, const struct mig_api_component *left,
    const struct mig_api_component *right)
{
	const char *name = left != NULL ? left->name : right->name;
	struct mig_raw raw = {
		.fact = fact,
		.pair = MIG_NO_PAIR,
		.where = MIG_AT_REQUEST,
		.name = name,
		.old_node = left == NULL ? NULL : left->node,
		.new_node = right == NULL ? NULL : right->node,
		.before = left == NULL ? NULL : left->node,
		.after = right == NULL ? NULL : right->node,
		.path = mig_judge_printf(judge, "components.schemas.%s", name),
		.subject = name,
	};
	if (fact == MIG_FACT_SCHEMA_RENAMED) {
		raw.old_text = mig_judge_printf(judge, "\"%s\"", left->name);
		raw.new_text = mig_judge_printf(judge, "\"%s\"", right->name);
	}
	mig_judge_note(judge, &raw);
}

/* One name for another, of the same: told once. */
static void
note_renamed(struct mig_judge *judge, const struct mig_pair *pair)
{
	if (pair->before->component == NULL || pair->after->component == NULL)
		return;
	const struct mig_api_component *left =
	    mig_api_component(judge->before, pair->before->component);
	const struct mig_api_component *right =
	    mig_api_component(judge->after, pair->after->component);
	bool gone = mig_api_component(judge->after, left->name) == NULL;
	bool fresh = mig_api_component(judge->before, right->name) == NULL;
	if (gone && fresh && !judge->used_before[left - judge->before->components])
		note_component(judge, MIG_FACT_SCHEMA_RENAMED, left, right);
}

static void
compare_components(struct mig_judge *judge)
{
	judge->used_before = calloc(judge->before->components_count + 1, sizeof(bool));
	judge->used_after = calloc(judge->after->components_count + 1, sizeof(bool));
	if (judge->used_before == NULL || judge->used_after == NULL) {
		judge->failed = true;
		return;
	}
	for (size_t i = 0; i < judge->pairs_count; i++) {
		const struct mig_pair *pair = &judge->pairs[i];
		if (!is_equal(judge, pair))
			continue;
		note_renamed(judge, pair);
		mark_used(judge->before, pair->before, judge->used_before);
		mark_used(judge->after, pair->after, judge->used_after);
	}
	for (size_t i = 0; i < judge->before->components_count; i++) {
		const struct mig_api_component *left = &judge->before->components[i];
		if (!judge->used_before[i] && mig_api_component(judge->after, left->name) == NULL)
			note_component(judge, MIG_FACT_SCHEMA_REMOVED, left, NULL);
	}
	for (size_t i = 0; i < judge->after->components_count; i++) {
		const struct mig_api_component *right = &judge->after->components[i];
		if (!judge->used_after[i] && mig_api_component(judge->before, right->name) == NULL)
			note_component(judge, MIG_FACT_SCHEMA_ADDED, NULL, right);
	}
}

static void
judge_openapi(struct mig_judge *judge)
{
	mig_shapes(judge);
	if (!judge->failed)
		pair_components(judge);
	if (!judge->failed)
		mig_judge_ops(judge);
	if (!judge->failed)
		mig_judge_globals(judge);
	if (!judge->failed)
		mig_pairs_expand(judge);
	for (size_t i = 0; i < judge->pairs_count && !judge->failed; i++)
		if (!is_equal(judge, &judge->pairs[i]))
			mig_pair_facts(judge, i);
	if (!judge->failed)
		compare_components(judge);
	if (!judge->failed)
		mig_judge_report(judge);
}

static void
judge_fini(struct mig_judge *judge)
{
	free(judge->shapes_before);
	free(judge->shapes_after);
	free(judge->pairs);
	free(judge->table);
	free(judge->edges);
	free(judge->roots);
	free(judge->raws);
	free(judge->used_before);
	free(judge->used_after);
}

void
mig_api_judge_by(const struct mig_api *before, const struct mig_api *after,
    const struct mig_api_policy *policy, struct mig_check *check)
{
	struct mig_judge judge = {
		.before = before,
		.after = after,
		.policy = *policy,
		.check = check,
		.arena = mig_check_arena(check),
	};
	MIG_ASSERT((before->graphql == NULL) == (after->graphql == NULL));
	if (before->graphql == NULL)
		judge_openapi(&judge);
	else
		mig_judge_graphql(&judge);
	judge_fini(&judge);
	/* The report's arena fails for good when it is asked for more than it can give. */
	if (judge.failed)
		(void)!mig_arena_alloc(judge.arena, SIZE_MAX);
}

void
mig_api_judge(const struct mig_api *before, const struct mig_api *after, enum mig_api_view view,
    struct mig_check *check)
{
	mig_api_judge_by(before, after, &(struct mig_api_policy){ .view = view }, check);
}

const char *
mig_api_rule_id(size_t index)
{
	size_t counts[2] = { 0, 0 };
	const struct mig_rule_row *rows[2] = { mig_schema_rules(&counts[0]),
		mig_op_rules(&counts[1]) };
	static const char header[] = "response-header-type-changed";
	if (index == 0)
		return header;
	const char *last = header;
	size_t seen = 0;
	for (size_t table = 0; table < 2; table++) {
		for (size_t i = 0; i < counts[table]; i++) {
			const char *id = rows[table][i].id;
			bool again = strcmp(id, last) == 0;
			for (size_t j = 0; j < i && !again; j++)
				again = strcmp(rows[table][j].id, id) == 0;
			if (!again && ++seen == index)
				return id;
			last = id;
		}
	}
	return NULL;
}
