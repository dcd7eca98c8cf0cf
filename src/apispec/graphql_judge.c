/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/graphql.h"
#include "apispec/judge_int.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"

#define NESTED_MAX 64

/* A change that is being told.  Values are texts, not JSON. */
struct told {
	struct mig_judge *judge;
	const char *path;
	const char *thing; /* "the field User.email" */
	int before;        /* lines; 0: it is not there */
	int after;
	bool weighed; /* the two severities are given, otherwise those of the rule hold */
	enum mig_change_severity severity;
	enum mig_change_severity back;
	bool fresh; /* the change is that something is new, or gone: values tell which */
};

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

static const char *
json(struct mig_judge *judge, const char *text)
{
	struct mig_buf out;
	struct mig_jw jw;
	mig_buf_init(&out, MIG_SCHEMA_BYTES_MAX);
	mig_jw_init(&jw, &out, 0);
	mig_jw_string(&jw, NULL, text);
	const char *copy = mig_buf_ok(&out) ? mig_judge_printf(judge, "%s", out.data) : NULL;
	mig_buf_fini(&out);
	return copy;
}

static const struct mig_gql_rule *
rule_named(const char *id)
{
	size_t count = 0;
	const struct mig_gql_rule *rules = mig_gql_rules(&count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(rules[i].id, id) == 0)
			return &rules[i];
	MIG_ASSERT(false);
	return NULL;
}

static const char *
impact_of(enum mig_change_severity severity, bool server)
{
	static const char *const texts[2][MIG_CHANGE_SEVERITIES] = {
		{ "Queries of old clients are refused or answered in a form that they do not know.",
		    "Some old clients may stumble: it depends on what they expect.",
		    "Queries of old clients work as before.",
		    "Queries of old clients work as before; new ones can ask for more." },
		{ "Servers of the old version refuse queries of clients of the new one.",
		    "Some clients of the new version may stumble over servers of the old one.",
		    "Servers of the old version take queries of clients of the new one.",
		    "Servers of the old version take queries of clients of the new one." },
	};
	return texts[server ? 1 : 0][severity];
}

static const char *
advice_of(enum mig_change_severity severity)
{
	static const char *const texts[MIG_CHANGE_SEVERITIES] = {
		"Mark the old form with @deprecated, keep it beside the new one until nobody asks for "
		"it, then remove it.",
		"Make sure that clients can take what they do not know before it is sent.",
		"Nothing has to be done.",
		"Nothing has to be done.",
	};
	return texts[severity];
}

/* Add a change.  was and is are the values, NULL where there is none. */
static void
tell(const struct told *told, const char *id, const char *was, const char *is)
{
	struct mig_judge *judge = told->judge;
	const struct mig_gql_rule *rule = rule_named(id);
	enum mig_change_severity client = told->weighed ? told->severity : rule->severity;
	enum mig_change_severity server = told->weighed ? told->back : rule->back;
	bool as_server = judge->policy.view == MIG_VIEW_SERVER ||
	    (judge->policy.view == MIG_VIEW_BOTH && server < client);
	struct mig_change change = {
		.rule = rule->id,
		.type = rule->kind,
		.severity = as_server ? server : client,
		.field_path = told->path,
		.old_value = was == NULL ? "null" : json(judge, was),
		.new_value = is == NULL ? "null" : json(judge, is),
	};
	change.impact = impact_of(change.severity, as_server);
	change.suggestion = advice_of(change.severity);
	if (was == NULL || is == NULL)
		change.description = mig_judge_printf(judge, "%s was %s%s%s.", told->thing,
		    was == NULL ? "added" : "removed", told->fresh ? "" : ": ",
		    told->fresh     ? "" :
		        was == NULL ? is == NULL ? "" : is :
		                      was);
	else
		change.description = mig_judge_printf(
		    judge, "%s changed from \"%.80s\" to \"%.80s\".", told->thing, was, is);
	if (told->before > 0)
		change.before = (struct mig_place){ judge->before->doc.file, told->before };
	if (told->after > 0)
		change.after = (struct mig_place){ judge->after->doc.file, told->after };
	if (!judge->failed)
		mig_check_add(judge->check, &change);
}

static bool
same_text(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

/* Tell of a text that may be on both sides, on one or on none. */
static void
tell_text(struct told *told, const char *const ids[3], const char *was, const char *is)
{
	if (same_text(was, is))
		return;
	const char *id = ids[2];
	if (was == NULL)
		id = ids[0];
	else if (is == NULL)
		id = ids[1];
	tell(told, id, was, is);
}

static bool
same_ref(const struct mig_gql_ref *left, const struct mig_gql_ref *right)
{
	while (left != NULL && right != NULL && left->name == NULL && right->name == NULL) {
		if (left->list != right->list)
			return false;
		left = left->of;
		right = right->of;
	}
	return left != NULL && right != NULL && left->name != NULL && right->name != NULL &&
	    strcmp(left->name, right->name) == 0;
}

static bool
never_null(const struct mig_gql_ref *ref)
{
	return ref->name == NULL && !ref->list;
}

/* Whether who expects the old type can take the new one: it may only promise more. */
static bool
is_stricter(const struct mig_gql_ref *old, const struct mig_gql_ref *fresh)
{
	for (int depth = 0; depth < 2 * NESTED_MAX; depth++) {
		if (never_null(old) && !never_null(fresh))
			return false;
		if (never_null(old))
			old = old->of;
		if (never_null(fresh))
			fresh = fresh->of;
		if (old->list != fresh->list)
			return false;
		if (!old->list)
			return same_ref(old, fresh);
		old = old->of;
		fresh = fresh->of;
	}
	return false;
}

/* Output: stricter is safe. */
static void
weigh_output(struct told *told, const struct mig_gql_ref *was, const struct mig_gql_ref *is)
{
	told->weighed = true;
	told->severity = is_stricter(was, is) ? MIG_NON_BREAKING : MIG_BREAKING;
	told->back = is_stricter(is, was) ? MIG_NON_BREAKING : MIG_BREAKING;
}

/* Input: looser is safe. */
static void
weigh_input(struct told *told, const struct mig_gql_ref *was, const struct mig_gql_ref *is)
{
	weigh_output(told, is, was);
}

static bool
is_demanded(const struct mig_gql_field *field)
{
	return field->type != NULL && never_null(field->type) && field->fallback == NULL;
}

static struct told
told_of(
    const struct lists *lists, const struct mig_gql_field *left, const struct mig_gql_field *right)
{
	const char *name = left != NULL ? left->name : right->name;
	return (struct told){
		.judge = lists->judge,
		.path = mig_judge_printf(lists->judge, "%s.%s", lists->path, name),
		.thing =
		    mig_judge_printf(lists->judge, "The %s %s.%s", lists->what, lists->owner, name),
		.before = left != NULL ? left->line : lists->before,
		.after = right != NULL ? right->line : lists->after,
	};
}

/* The same, but for one aspect of the thing. */
static struct told
aspect_of(const struct lists *lists, const struct mig_gql_field *left,
    const struct mig_gql_field *right, const char *aspect)
{
	struct told told = told_of(lists, left, right);
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
	struct told told = told_of(lists, field, NULL);
	told.fresh = true;
	tell(
	    &told, lists->removed, field->type_text != NULL ? field->type_text : field->name, NULL);
}

static void
tell_added(const struct lists *lists, const struct mig_gql_field *field)
{
	struct told told = told_of(lists, NULL, field);
	told.fresh = true;
	/* What must be given breaks those who do not give it; a field of an output asks for nothing. */
	if (is_demanded(field) && strcmp(lists->added, "FIELD_ADDED") != 0) {
		told.weighed = true;
		told.severity = MIG_BREAKING;
		told.back = MIG_BREAKING;
	}
	tell(&told, lists->added, NULL, field->type_text != NULL ? field->type_text : field->name);
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
		const struct mig_gql_field *const *found = NULL;
		size_t low = 0;
		size_t high = after_count;
		while (low < high) {
			size_t middle = low + (high - low) / 2;
			int order = strcmp(right[middle]->name, key->name);
			if (order == 0)
				found = &right[middle];
			low = order < 0 ? middle + 1 : low;
			high = order < 0 ? high : middle;
		}
		if (found == NULL)
			tell_removed(lists, key);
		else
			lists->compare(lists, key, *found);
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
	struct told told = aspect_of(lists, left, right, "type");
	if (!same_ref(left->type, right->type)) {
		weigh_input(&told, left->type, right->type);
		tell(&told, "FIELD_ARGUMENT_TYPE_CHANGED", left->type_text, right->type_text);
	}
	told = aspect_of(lists, left, right, "default");
	tell_text(&told, defaults, left->fallback, right->fallback);
	told = aspect_of(lists, left, right, "description");
	tell_text(&told, descriptions, left->description, right->description);
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
	struct told told = aspect_of(lists, left, right, "type");
	if (!same_ref(left->type, right->type)) {
		weigh_input(&told, left->type, right->type);
		tell(&told, "DIRECTIVE_ARGUMENT_TYPE_CHANGED", left->type_text, right->type_text);
	}
	told = aspect_of(lists, left, right, "default");
	tell_text(&told, defaults, left->fallback, right->fallback);
	told = aspect_of(lists, left, right, "description");
	tell_text(&told, descriptions, left->description, right->description);
}

static void
compare_input(
    const struct lists *lists, const struct mig_gql_field *left, const struct mig_gql_field *right)
{
	static const char *const defaults[3] = { "INPUT_FIELD_DEFAULT_VALUE_CHANGED",
		"INPUT_FIELD_DEFAULT_VALUE_CHANGED", "INPUT_FIELD_DEFAULT_VALUE_CHANGED" };
	static const char *const descriptions[3] = { "INPUT_FIELD_DESCRIPTION_ADDED",
		"INPUT_FIELD_DESCRIPTION_REMOVED", "INPUT_FIELD_DESCRIPTION_CHANGED" };
	struct told told = aspect_of(lists, left, right, "type");
	if (!same_ref(left->type, right->type)) {
		weigh_input(&told, left->type, right->type);
		tell(&told, "INPUT_FIELD_TYPE_CHANGED", left->type_text, right->type_text);
	}
	told = aspect_of(lists, left, right, "default");
	tell_text(&told, defaults, left->fallback, right->fallback);
	told = aspect_of(lists, left, right, "description");
	tell_text(&told, descriptions, left->description, right->description);
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
	struct told told = aspect_of(lists, left, right, "description");
	tell_text(&told, descriptions, left->description, right->description);
	told = aspect_of(lists, left, right, "deprecation");
	tell_text(&told, reasons, was, is);
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
	struct told told = aspect_of(lists, left, right, "type");
	if (!same_ref(left->type, right->type)) {
		weigh_output(&told, left->type, right->type);
		tell(&told, "FIELD_TYPE_CHANGED", left->type_text, right->type_text);
	}
	told = aspect_of(lists, left, right, "description");
	tell_text(&told, descriptions, left->description, right->description);
	told = aspect_of(lists, left, right, "deprecation");
	if (left->deprecated && right->deprecated)
		tell_text(&told, reasons, left->reason, right->reason);
	else if (left->deprecated != right->deprecated)
		tell(&told,
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
compare_sets(const struct told *told, const char *const ids[2], const struct mig_gql_names *before,
    const struct mig_gql_names *after)
{
	for (size_t i = 0; i < before->count; i++)
		if (!has_name(after, before->items[i]))
			tell(told, ids[1], before->items[i], NULL);
	for (size_t i = 0; i < after->count; i++)
		if (!has_name(before, after->items[i]))
			tell(told, ids[0], NULL, after->items[i]);
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

static struct told
told_type(struct mig_judge *judge, const struct mig_gql_type *left,
    const struct mig_gql_type *right, const char *what)
{
	const char *name = left != NULL ? left->name : right->name;
	return (struct told){
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
	struct told told = told_type(judge, left, right, "The kind of");
	if (left->kind != right->kind) {
		tell(&told, "TYPE_KIND_CHANGED", kind_name(left->kind), kind_name(right->kind));
		return;
	}
	told = told_type(judge, left, right, "The description of");
	tell_text(&told, descriptions, left->description, right->description);
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
	struct told told = {
		.judge = judge,
		.path = mig_judge_printf(judge, "components.directives.%s", left->name),
		.thing = mig_judge_printf(judge, "The description of @%s", left->name),
		.before = left->line,
		.after = right->line,
	};
	tell_text(&told, descriptions, left->description, right->description);
	told.thing = mig_judge_printf(judge, "A location of @%s", left->name);
	compare_sets(&told, locations, &left->locations, &right->locations);
	told.thing = mig_judge_printf(judge, "The right to repeat @%s", left->name);
	told.fresh = true;
	if (left->repeatable != right->repeatable)
		tell(&told,
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
	const struct told told = {
		.judge = judge,
		.path = mig_judge_printf(judge, "components.directives.%s", directive->name),
		.thing = mig_judge_printf(judge, "The directive @%s", directive->name),
		.before = added ? 0 : directive->line,
		.after = added ? directive->line : 0,
		.fresh = true,
	};
	tell(&told, added ? "DIRECTIVE_ADDED" : "DIRECTIVE_REMOVED", added ? NULL : directive->name,
	    added ? directive->name : NULL);
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
		struct told told = {
			.judge = judge,
			.path = mig_judge_printf(judge, "components.schema.%s", words[i]),
			.thing = mig_judge_printf(judge, "The type of every %s", words[i]),
			.before = before->roots_line,
			.after = after->roots_line,
		};
		if (same_text(was, is))
			continue;
		/* An operation that is new takes nothing from anybody. */
		told.weighed = was == NULL;
		told.severity = MIG_ADDITIVE;
		told.back = MIG_BREAKING;
		tell(&told, ids[i], was, is);
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
		struct told told = told_type(judge, left, NULL, "The type");
		told.fresh = true;
		if (right == NULL)
			tell(&told, "TYPE_REMOVED", kind_name(left->kind), NULL);
		else
			compare_type(judge, left, right);
	}
	for (size_t i = 0; i < after->types_count && !judge->failed; i++) {
		const struct mig_gql_type *right = &after->types[i];
		if (right->name == NULL || mig_gql_type(before, right->name) != NULL)
			continue;
		struct told told = told_type(judge, NULL, right, "The type");
		told.fresh = true;
		tell(&told, "TYPE_ADDED", NULL, kind_name(right->kind));
	}
	compare_directives(judge, before, after);
}
