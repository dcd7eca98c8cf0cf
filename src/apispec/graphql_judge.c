/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/graphql_tell.h"

/* The fields of two types, or the arguments of two fields, and the rules for them. */
struct lists {
	struct mig_judge *judge;
	const char *path;  /* "components.types.User.fields" */
	const char *owner; /* "User" */
	const char *what;  /* "field" */
	const char *added;
	const char *removed;
	int before; /* lines of the owners */
	int after;
	void (*compare)(const struct lists *lists, const struct mig_gql_field *left,
	    const struct mig_gql_field *right);
};

static bool
is_demanded(const struct mig_gql_field *field)
{
	bool never_null = field->type != NULL && field->type->name == NULL && !field->type->list;
	return never_null && field->fallback == NULL;
}

static struct mig_gql_told
told_of(
    const struct lists *lists, const struct mig_gql_field *left, const struct mig_gql_field *right)
{
	const char *name = left != NULL ? left->name : right->name;
	return (struct mig_gql_told){
		.judge = lists->judge,
		.path = mig_judge_printf(lists->judge, "%s.%s", lists->path, name),
		.thing =
		    mig_judge_printf(lists->judge, "The %s %s.%s", lists->what, lists->owner, name),
		.before = left != NULL ? left->line : lists->before,
		.after = right != NULL ? right->line : lists->after,
	};
}

/* The same, but for one aspect of the thing. */
static struct mig_gql_told
aspect_of(const struct lists *lists, const struct mig_gql_field *left,
    const struct mig_gql_field *right, const char *aspect)
{
	struct mig_gql_told told = told_of(lists, left, right);
	told.thing = mig_judge_printf(
	    lists->judge, "The %s of the %s %s.%s", aspect, lists->what, lists->owner, right->name);
	return told;
}

static int
compare_names(const void *a, const void *b)
{
	const struct mig_gql_field *left = *(const struct mig_gql_field *const *)a;
	const struct mig_gql_field *right = *(const struct mig_gql_field *const *)b;
	int order = strcmp(left->name, right->name);
	return order != 0 ? order : left < right ? -1 : left > right;
}

static int
compare_places(const void *a, const void *b)
{
	const struct mig_gql_field *left = *(const struct mig_gql_field *const *)a;
	const struct mig_gql_field *right = *(const struct mig_gql_field *const *)b;
	return left < right ? -1 : left > right;
}

static const struct mig_gql_field **
sorted_fields(const struct mig_gql_field *fields, size_t count)
{
	const struct mig_gql_field **sorted = calloc(count + 1, sizeof(*sorted));
	for (size_t i = 0; sorted != NULL && i < count; i++)
		sorted[i] = &fields[i];
	if (sorted != NULL && count > 1)
		qsort(sorted, count, sizeof(*sorted), compare_names);
	return sorted;
}

static void
tell_removed(const struct lists *lists, const struct mig_gql_field *field)
{
	struct mig_gql_told told = told_of(lists, field, NULL);
	told.fresh = true;
	mig_gql_tell(
	    &told, lists->removed, field->type_text != NULL ? field->type_text : field->name, NULL);
}

static void
tell_added(const struct lists *lists, const struct mig_gql_field *field)
{
	struct mig_gql_told told = told_of(lists, NULL, field);
	told.fresh = true;
	/* What must be given breaks those who do not; a field of an output asks for nothing. */
	if (is_demanded(field) && strcmp(lists->added, "FIELD_ADDED") != 0) {
		told.weighed = true;
		told.severity = MIG_BREAKING;
		told.back = MIG_BREAKING;
	}
	mig_gql_tell(
	    &told, lists->added, NULL, field->type_text != NULL ? field->type_text : field->name);
}

/* The one of that name in a sorted list; NULL. */
static const struct mig_gql_field *
find_field(const struct mig_gql_field *const *sorted, size_t count, const char *name)
{
	size_t low = 0;
	size_t high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(sorted[middle]->name, name);
		if (order == 0)
			return sorted[middle];
		low = order < 0 ? middle + 1 : low;
		high = order < 0 ? high : middle;
	}
	return NULL;
}

/* Compare two lists by name: those of the old one in its order, then what is new. */
static void
compare_lists(const struct lists *lists, const struct mig_gql_field *before, size_t before_count,
    const struct mig_gql_field *after, size_t after_count)
{
	const struct mig_gql_field **left = sorted_fields(before, before_count);
	const struct mig_gql_field **right = sorted_fields(after, after_count);
	if (left == NULL || right == NULL) {
		lists->judge->failed = true;
		before_count = 0;
		after_count = 0;
	}
	for (size_t i = 0; i < before_count; i++) {
		const struct mig_gql_field *key = &before[i];
		const struct mig_gql_field *found = find_field(right, after_count, key->name);
		if (found == NULL)
			tell_removed(lists, key);
		else
			lists->compare(lists, key, found);
	}
	size_t fresh = 0;
	for (size_t i = 0, j = 0; j < after_count; j++) {
		while (i < before_count && strcmp(left[i]->name, right[j]->name) < 0)
			i++;
		if (i == before_count || strcmp(left[i]->name, right[j]->name) != 0)
			right[fresh++] = right[j];
	}
	if (fresh > 1)
		qsort(right, fresh, sizeof(*right), compare_places);
	for (size_t i = 0; i < fresh; i++)
		tell_added(lists, right[i]);
	free(left);
	free(right);
}

/* An argument of a field. */
static void
compare_argument(
    const struct lists *lists, const struct mig_gql_field *left, const struct mig_gql_field *right)
{
	static const char *const defaults[3] = { "FIELD_ARGUMENT_DEFAULT_CHANGED",
		"FIELD_ARGUMENT_DEFAULT_CHANGED", "FIELD_ARGUMENT_DEFAULT_CHANGED" };
	static const char *const descriptions[3] = { "FIELD_ARGUMENT_DESCRIPTION_CHANGED",
		"FIELD_ARGUMENT_DESCRIPTION_CHANGED", "FIELD_ARGUMENT_DESCRIPTION_CHANGED" };
	struct mig_gql_told told = aspect_of(lists, left, right, "type");
	if (!mig_gql_same_ref(left->type, right->type)) {
		mig_gql_weigh_input(&told, left->type, right->type);
		mig_gql_tell(
		    &told, "FIELD_ARGUMENT_TYPE_CHANGED", left->type_text, right->type_text);
	}
	told = aspect_of(lists, left, right, "default");
	mig_gql_tell_text(&told, defaults, left->fallback, right->fallback);
	told = aspect_of(lists, left, right, "description");
	mig_gql_tell_text(&told, descriptions, left->description, right->description);
}

static void
compare_directive_argument(
    const struct lists *lists, const struct mig_gql_field *left, const struct mig_gql_field *right)
{
	static const char *const defaults[3] = { "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED",
		"DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED",
		"DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED" };
	static const char *const descriptions[3] = { "DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED",
		"DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED",
		"DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED" };
	struct mig_gql_told told = aspect_of(lists, left, right, "type");
	if (!mig_gql_same_ref(left->type, right->type)) {
		mig_gql_weigh_input(&told, left->type, right->type);
		mig_gql_tell(
		    &told, "DIRECTIVE_ARGUMENT_TYPE_CHANGED", left->type_text, right->type_text);
	}
	told = aspect_of(lists, left, right, "default");
	mig_gql_tell_text(&told, defaults, left->fallback, right->fallback);
	told = aspect_of(lists, left, right, "description");
	mig_gql_tell_text(&told, descriptions, left->description, right->description);
}

static void
compare_input(
    const struct lists *lists, const struct mig_gql_field *left, const struct mig_gql_field *right)
{
	static const char *const defaults[3] = { "INPUT_FIELD_DEFAULT_VALUE_CHANGED",
		"INPUT_FIELD_DEFAULT_VALUE_CHANGED", "INPUT_FIELD_DEFAULT_VALUE_CHANGED" };
	static const char *const descriptions[3] = { "INPUT_FIELD_DESCRIPTION_ADDED",
		"INPUT_FIELD_DESCRIPTION_REMOVED", "INPUT_FIELD_DESCRIPTION_CHANGED" };
	struct mig_gql_told told = aspect_of(lists, left, right, "type");
	if (!mig_gql_same_ref(left->type, right->type)) {
		mig_gql_weigh_input(&told, left->type, right->type);
		mig_gql_tell(&told, "INPUT_FIELD_TYPE_CHANGED", left->type_text, right->type_text);
	}
	told = aspect_of(lists, left, right, "default");
	mig_gql_tell_text(&told, defaults, left->fallback, right->fallback);
	told = aspect_of(lists, left, right, "description");
	mig_gql_tell_text(&told, descriptions, left->description, right->description);
}

static void
compare_value(
    const struct lists *lists, const struct mig_gql_field *left, const struct mig_gql_field *right)
{
	static const char *const descriptions[3] = { "ENUM_VALUE_DESCRIPTION_CHANGED",
		"ENUM_VALUE_DESCRIPTION_CHANGED", "ENUM_VALUE_DESCRIPTION_CHANGED" };
	static const char *const reasons[3] = { "ENUM_VALUE_DEPRECATION_REASON_ADDED",
		"ENUM_VALUE_DEPRECATION_REASON_REMOVED", "ENUM_VALUE_DEPRECATION_REASON_CHANGED" };
	/* A deprecation without a reason has that of the language. */
	static const char plain[] = "No longer supported";
	const char *was = left->deprecated && left->reason == NULL ? plain : left->reason;
	const char *is = right->deprecated && right->reason == NULL ? plain : right->reason;
	struct mig_gql_told told = aspect_of(lists, left, right, "description");
	mig_gql_tell_text(&told, descriptions, left->description, right->description);
	told = aspect_of(lists, left, right, "deprecation");
	mig_gql_tell_text(&told, reasons, was, is);
}

/* A field of an object or interface. */
static void
compare_field(
    const struct lists *lists, const struct mig_gql_field *left, const struct mig_gql_field *right)
{
	static const char *const descriptions[3] = { "FIELD_DESCRIPTION_ADDED",
		"FIELD_DESCRIPTION_REMOVED", "FIELD_DESCRIPTION_CHANGED" };
	static const char *const reasons[3] = { "FIELD_DEPRECATION_REASON_ADDED",
		"FIELD_DEPRECATION_REASON_REMOVED", "FIELD_DEPRECATION_REASON_CHANGED" };
	struct mig_gql_told told = aspect_of(lists, left, right, "type");
	if (!mig_gql_same_ref(left->type, right->type)) {
		mig_gql_weigh_output(&told, left->type, right->type);
		mig_gql_tell(&told, "FIELD_TYPE_CHANGED", left->type_text, right->type_text);
	}
	told = aspect_of(lists, left, right, "description");
	mig_gql_tell_text(&told, descriptions, left->description, right->description);
	told = aspect_of(lists, left, right, "deprecation");
	if (left->deprecated && right->deprecated)
		mig_gql_tell_text(&told, reasons, left->reason, right->reason);
	else if (left->deprecated != right->deprecated)
		mig_gql_tell(&told,
		    right->deprecated ? "FIELD_DEPRECATION_ADDED" : "FIELD_DEPRECATION_REMOVED",
		    left->deprecated ? "deprecated" : NULL,
		    right->deprecated ? "deprecated" : NULL);
	const struct lists inner = {
		.judge = lists->judge,
		.path = mig_judge_printf(lists->judge, "%s.%s.args", lists->path, left->name),
		.owner = mig_judge_printf(lists->judge, "%s.%s", lists->owner, left->name),
		.what = "argument",
		.added = "FIELD_ARGUMENT_ADDED",
		.removed = "FIELD_ARGUMENT_REMOVED",
		.before = left->line,
		.after = right->line,
		.compare = compare_argument,
	};
	compare_lists(&inner, left->args, left->args_count, right->args, right->args_count);
}

static bool
has_name(const struct mig_gql_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], name) == 0)
			return true;
	return false;
}

/* Names that only one side has. */
static void
compare_sets(const struct mig_gql_told *told, const char *const ids[2],
    const struct mig_gql_names *before, const struct mig_gql_names *after)
{
	struct mig_gql_told copy = *told;
	for (size_t i = 0; i < before->count; i++) {
		copy.path = mig_judge_printf(told->judge, "%s.%s", told->path, before->items[i]);
		if (!has_name(after, before->items[i]))
			mig_gql_tell(&copy, ids[1], before->items[i], NULL);
	}
	for (size_t i = 0; i < after->count; i++) {
		copy.path = mig_judge_printf(told->judge, "%s.%s", told->path, after->items[i]);
		if (!has_name(before, after->items[i]))
			mig_gql_tell(&copy, ids[0], NULL, after->items[i]);
	}
}

static void
compare_fields(
    struct mig_judge *judge, const struct mig_gql_type *left, const struct mig_gql_type *right)
{
	struct lists lists = {
		.judge = judge,
		.path = mig_judge_printf(judge, "components.types.%s.%s", left->name,
		    left->kind == MIG_GQL_ENUM ? "values" : "fields"),
		.owner = left->name,
		.what = "field",
		.added = "FIELD_ADDED",
		.removed = "FIELD_REMOVED",
		.before = left->line,
		.after = right->line,
		.compare = compare_field,
	};
	if (left->kind == MIG_GQL_ENUM) {
		lists.what = "value";
		lists.added = "ENUM_VALUE_ADDED";
		lists.removed = "ENUM_VALUE_REMOVED";
		lists.compare = compare_value;
	} else if (left->kind == MIG_GQL_INPUT) {
		lists.what = "input field";
		lists.added = "INPUT_FIELD_ADDED";
		lists.removed = "INPUT_FIELD_REMOVED";
		lists.compare = compare_input;
	}
	compare_lists(&lists, left->fields, left->fields_count, right->fields, right->fields_count);
}

static struct mig_gql_told
told_type(struct mig_judge *judge, const struct mig_gql_type *left,
    const struct mig_gql_type *right, const char *what)
{
	const char *name = left != NULL ? left->name : right->name;
	return (struct mig_gql_told){
		.judge = judge,
		.path = mig_judge_printf(judge, "components.types.%s", name),
		.thing = mig_judge_printf(judge, "%s %s", what, name),
		.before = left == NULL ? 0 : left->line,
		.after = right == NULL ? 0 : right->line,
	};
}

static const char *
kind_name(enum mig_gql_kind kind)
{
	static const char *const words[] = { "scalar", "type", "interface", "union", "enum",
		"input" };
	return words[kind];
}

static void
compare_type(
    struct mig_judge *judge, const struct mig_gql_type *left, const struct mig_gql_type *right)
{
	static const char *const descriptions[3] = { "TYPE_DESCRIPTION_ADDED",
		"TYPE_DESCRIPTION_REMOVED", "TYPE_DESCRIPTION_CHANGED" };
	static const char *const interfaces[2] = { "OBJECT_TYPE_INTERFACE_ADDED",
		"OBJECT_TYPE_INTERFACE_REMOVED" };
	static const char *const members[2] = { "UNION_MEMBER_ADDED", "UNION_MEMBER_REMOVED" };
	struct mig_gql_told told = told_type(judge, left, right, "The kind of");
	if (left->kind != right->kind) {
		mig_gql_tell(
		    &told, "TYPE_KIND_CHANGED", kind_name(left->kind), kind_name(right->kind));
		return;
	}
	told = told_type(judge, left, right, "The description of");
	mig_gql_tell_text(&told, descriptions, left->description, right->description);
	told = told_type(judge, left, right, "An interface of");
	compare_sets(&told, interfaces, &left->interfaces, &right->interfaces);
	told = told_type(judge, left, right, "A member of");
	compare_sets(&told, members, &left->members, &right->members);
	compare_fields(judge, left, right);
}

static void
compare_directive(struct mig_judge *judge, const struct mig_gql_directive *left,
    const struct mig_gql_directive *right)
{
	static const char *const locations[2] = { "DIRECTIVE_LOCATION_ADDED",
		"DIRECTIVE_LOCATION_REMOVED" };
	static const char *const descriptions[3] = { "DIRECTIVE_DESCRIPTION_CHANGED",
		"DIRECTIVE_DESCRIPTION_CHANGED", "DIRECTIVE_DESCRIPTION_CHANGED" };
	struct mig_gql_told told = {
		.judge = judge,
		.path = mig_judge_printf(judge, "components.directives.%s", left->name),
		.thing = mig_judge_printf(judge, "The description of @%s", left->name),
		.before = left->line,
		.after = right->line,
	};
	mig_gql_tell_text(&told, descriptions, left->description, right->description);
	told.thing = mig_judge_printf(judge, "A location of @%s", left->name);
	compare_sets(&told, locations, &left->locations, &right->locations);
	told.thing = mig_judge_printf(judge, "The right to repeat @%s", left->name);
	told.fresh = true;
	if (left->repeatable != right->repeatable)
		mig_gql_tell(&told,
		    right->repeatable ? "DIRECTIVE_REPEATABLE_ADDED" :
		                        "DIRECTIVE_REPEATABLE_REMOVED",
		    left->repeatable ? "repeatable" : NULL,
		    right->repeatable ? "repeatable" : NULL);
	const struct lists lists = {
		.judge = judge,
		.path = mig_judge_printf(judge, "%s.args", told.path),
		.owner = mig_judge_printf(judge, "@%s", left->name),
		.what = "argument",
		.added = "DIRECTIVE_ARGUMENT_ADDED",
		.removed = "DIRECTIVE_ARGUMENT_REMOVED",
		.before = left->line,
		.after = right->line,
		.compare = compare_directive_argument,
	};
	compare_lists(&lists, left->head.args, left->head.args_count, right->head.args,
	    right->head.args_count);
}

static const struct mig_gql_directive *
directive_named(const struct mig_graphql *graphql, const char *name)
{
	for (size_t i = 0; i < graphql->directives_count; i++)
		if (strcmp(graphql->directives[i].name, name) == 0)
			return &graphql->directives[i];
	return NULL;
}

static void
tell_directive(struct mig_judge *judge, const struct mig_gql_directive *directive, bool added)
{
	const struct mig_gql_told told = {
		.judge = judge,
		.path = mig_judge_printf(judge, "components.directives.%s", directive->name),
		.thing = mig_judge_printf(judge, "The directive @%s", directive->name),
		.before = added ? 0 : directive->line,
		.after = added ? directive->line : 0,
		.fresh = true,
	};
	mig_gql_tell(&told, added ? "DIRECTIVE_ADDED" : "DIRECTIVE_REMOVED",
	    added ? NULL : directive->name, added ? directive->name : NULL);
}

static void
compare_directives(
    struct mig_judge *judge, const struct mig_graphql *before, const struct mig_graphql *after)
{
	for (size_t i = 0; i < before->directives_count; i++) {
		const struct mig_gql_directive *left = &before->directives[i];
		const struct mig_gql_directive *right = directive_named(after, left->name);
		if (right == NULL)
			tell_directive(judge, left, false);
		else
			compare_directive(judge, left, right);
	}
	for (size_t i = 0; i < after->directives_count; i++)
		if (directive_named(before, after->directives[i].name) == NULL)
			tell_directive(judge, &after->directives[i], true);
}

/* The type behind an operation: as the schema says, or the one of the usual name. */
static const char *
root_of(const struct mig_graphql *graphql, size_t root)
{
	static const char *const usual[MIG_GQL_ROOTS] = { "Query", "Mutation", "Subscription" };
	if (graphql->roots[root] != NULL || graphql->roots_line > 0)
		return graphql->roots[root];
	return mig_gql_type(graphql, usual[root]) != NULL ? usual[root] : NULL;
}

static void
compare_roots(
    struct mig_judge *judge, const struct mig_graphql *before, const struct mig_graphql *after)
{
	static const char *const ids[MIG_GQL_ROOTS] = { "SCHEMA_QUERY_TYPE_CHANGED",
		"SCHEMA_MUTATION_TYPE_CHANGED", "SCHEMA_SUBSCRIPTION_TYPE_CHANGED" };
	static const char *const words[MIG_GQL_ROOTS] = { "query", "mutation", "subscription" };
	for (size_t i = 0; i < MIG_GQL_ROOTS; i++) {
		const char *was = root_of(before, i);
		const char *is = root_of(after, i);
		struct mig_gql_told told = {
			.judge = judge,
			.path = mig_judge_printf(judge, "components.schema.%s", words[i]),
			.thing = mig_judge_printf(judge, "The type of every %s", words[i]),
			.before = before->roots_line,
			.after = after->roots_line,
		};
		if (mig_gql_same_text(was, is))
			continue;
		/* An operation that is new takes nothing from anybody. */
		told.weighed = was == NULL;
		told.severity = MIG_ADDITIVE;
		told.back = MIG_BREAKING;
		mig_gql_tell(&told, ids[i], was, is);
	}
}

void
mig_judge_graphql(struct mig_judge *judge)
{
	const struct mig_graphql *before = judge->before->graphql;
	const struct mig_graphql *after = judge->after->graphql;
	compare_roots(judge, before, after);
	for (size_t i = 0; i < before->types_count && !judge->failed; i++) {
		const struct mig_gql_type *left = &before->types[i];
		if (left->name == NULL)
			continue;
		const struct mig_gql_type *right = mig_gql_type(after, left->name);
		struct mig_gql_told told = told_type(judge, left, NULL, "The type");
		told.fresh = true;
		if (right == NULL)
			mig_gql_tell(&told, "TYPE_REMOVED", kind_name(left->kind), NULL);
		else
			compare_type(judge, left, right);
	}
	for (size_t i = 0; i < after->types_count && !judge->failed; i++) {
		const struct mig_gql_type *right = &after->types[i];
		if (right->name == NULL || mig_gql_type(before, right->name) != NULL)
			continue;
		struct mig_gql_told told = told_type(judge, NULL, right, "The type");
		told.fresh = true;
		mig_gql_tell(&told, "TYPE_ADDED", NULL, kind_name(right->kind));
	}
	compare_directives(judge, before, after);
}
