/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/judge_int.h"

/* Formats that are narrower than another, or than none at all ("" ). */
static const struct {
	const char *narrow;
	const char *wide;
} formats[] = {
	{ "int32", "int64" },
	{ "float", "double" },
	{ "int64", "decimal" },
	{ "date", "date-time" },
	{ "uuid", "string" },
	{ "email", "idn-email" },
	{ "hostname", "idn-hostname" },
	{ "uri", "uri-reference" },
	{ "uri", "iri" },
	{ "iri", "iri-reference" },
	{ "uri-reference", "iri-reference" },
};

static const struct {
	unsigned type;
	const char *name;
} type_names[] = {
	{ MIG_T_NULL, "null" },
	{ MIG_T_BOOLEAN, "boolean" },
	{ MIG_T_NUMBER, "number" },
	{ MIG_T_INTEGER, "integer" },
	{ MIG_T_STRING, "string" },
	{ MIG_T_ARRAY, "array" },
	{ MIG_T_OBJECT, "object" },
};

/* The difference that all that follows is filled into: where the schemas stand. */
static struct mig_raw
raw_of(struct mig_judge *judge, size_t index, enum mig_fact fact)
{
	const struct mig_pair *pair = &judge->pairs[index];
	return (struct mig_raw){
		.fact = fact,
		.pair = index,
		.before = pair->before->parts_count > 0 ? pair->before->parts[0] : NULL,
		.after = pair->after->parts_count > 0 ? pair->after->parts[0] : NULL,
	};
}

/* Types as JSON: one name, or a list of them. */
static const char *
types_text(struct mig_judge *judge, const struct mig_schema *schema)
{
	unsigned left = schema->types & ~MIG_T_NULL;
	const char *text = NULL;
	size_t count = 0;
	for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
		if ((left & type_names[i].type) != type_names[i].type)
			continue;
		left &= ~type_names[i].type;
		text = text == NULL ?
		    mig_judge_printf(judge, "\"%s\"", type_names[i].name) :
		    mig_judge_printf(judge, "%s,\"%s\"", text, type_names[i].name);
		count++;
	}
	if (schema->never)
		return "\"nothing\"";
	if (text == NULL)
		return schema->groups_count > 0 ? "\"one of several\"" : "\"any\"";
	return count > 1 ? mig_judge_printf(judge, "[%s]", text) : text;
}

static void
note_type(struct mig_judge *judge, size_t index, enum mig_fact fact)
{
	const struct mig_pair *pair = &judge->pairs[index];
	struct mig_raw raw = raw_of(judge, index, fact);
	raw.old_text = types_text(judge, pair->before);
	raw.new_text = types_text(judge, pair->after);
	if (pair->before->type_node != NULL)
		raw.before = pair->before->type_node;
	if (pair->after->type_node != NULL)
		raw.after = pair->after->type_node;
	mig_judge_note(judge, &raw);
}

/* The fact about two sets of types; false when there is none. */
static bool
type_fact(const struct mig_schema *before, const struct mig_schema *after, enum mig_fact *ret_fact)
{
	unsigned left = before->types & ~MIG_T_NULL;
	unsigned right = after->types & ~MIG_T_NULL;
	if (left == right)
		return false;
	if (left == 0 || right == 0) {
		/* What only follows from other keywords is told by them. */
		if (left == 0 ? after->untyped : before->untyped)
			return false;
		*ret_fact = left == 0 ? MIG_FACT_TYPE_NARROWED : MIG_FACT_TYPE_WIDENED;
		return true;
	}
	*ret_fact = MIG_FACT_TYPE_CHANGED;
	if (left == MIG_T_INTEGER && right == MIG_T_NUMBER)
		*ret_fact = MIG_FACT_INTEGER_TO_NUMBER;
	else if (left == MIG_T_NUMBER && right == MIG_T_INTEGER)
		*ret_fact = MIG_FACT_NUMBER_TO_INTEGER;
	else if ((left & right) == left)
		*ret_fact = MIG_FACT_TYPE_WIDENED;
	else if ((left & right) == right)
		*ret_fact = MIG_FACT_TYPE_NARROWED;
	return true;
}

/* The types; false when the schemas have so little in common that more would be noise. */
static bool
facts_types(struct mig_judge *judge, size_t index)
{
	const struct mig_pair *pair = &judge->pairs[index];
	enum mig_fact fact = MIG_FACT_TYPE_CHANGED;
	if (mig_types_apart(pair->before, pair->after)) {
		note_type(judge, index, MIG_FACT_TYPE_CHANGED);
		return false;
	}
	if (type_fact(pair->before, pair->after, &fact))
		note_type(judge, index, fact);
	bool known = pair->before->types != 0 && pair->after->types != 0;
	if (known && pair->before->nullable != pair->after->nullable) {
		struct mig_raw raw = raw_of(judge, index,
		    pair->after->nullable ? MIG_FACT_NULL_ADDED : MIG_FACT_NULL_REMOVED);
		raw.old_text = pair->before->nullable ? "true" : "false";
		raw.new_text = pair->after->nullable ? "true" : "false";
		mig_judge_note(judge, &raw);
	}
	return true;
}

/* Whether all values of one format are values of the other. */
static bool
is_narrower(const char *narrow, const char *wide)
{
	if (wide == NULL)
		return true;
	for (size_t i = 0; narrow != NULL && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].narrow, narrow) == 0 && strcmp(formats[i].wide, wide) == 0)
			return true;
	return false;
}

/* A format; those that only say how to show a value are none. */
static const char *
real_format(const char *format)
{
	return format != NULL && strcmp(format, "password") == 0 ? NULL : format;
}

static void
facts_format(struct mig_judge *judge, size_t index)
{
	const struct mig_pair *pair = &judge->pairs[index];
	const char *left = real_format(pair->before->format);
	const char *right = real_format(pair->after->format);
	if (left == right || (left != NULL && right != NULL && strcmp(left, right) == 0))
		return;
	/* A change of type says it all. */
	if ((pair->before->types & ~MIG_T_NULL) != (pair->after->types & ~MIG_T_NULL))
		return;
	enum mig_fact fact = MIG_FACT_FORMAT_CHANGED;
	if (is_narrower(right, left))
		fact = MIG_FACT_FORMAT_NARROWED;
	else if (is_narrower(left, right))
		fact = MIG_FACT_FORMAT_WIDENED;
	struct mig_raw raw = raw_of(judge, index, fact);
	raw.old_text = left == NULL ? "null" : mig_judge_printf(judge, "\"%s\"", left);
	raw.new_text = right == NULL ? "null" : mig_judge_printf(judge, "\"%s\"", right);
	mig_judge_note(judge, &raw);
}

/* One that is in a sorted list and not in the other. */
static void
note_value(struct mig_judge *judge, const struct mig_raw *raw, enum mig_fact fact,
    const char *value, bool added)
{
	struct mig_raw copy = *raw;
	copy.fact = fact;
	copy.name = value;
	copy.old_text = added ? "null" : value;
	copy.new_text = added ? value : "null";
	mig_judge_note(judge, &copy);
}

static void
diff_values(struct mig_judge *judge, const struct mig_raw *raw, const struct mig_values *before,
    const struct mig_values *after)
{
	/* Which of the two kinds of lists it is. */
	enum mig_fact added = raw->fact;
	enum mig_fact removed = added + 1;
	size_t i = 0;
	size_t j = 0;
	while (i < before->count || j < after->count) {
		int order = 0;
		if (i == before->count || j == after->count)
			order = i == before->count ? 1 : -1;
		else
			order = strcmp(before->items[i], after->items[j]);
		if (order < 0)
			note_value(judge, raw, removed, before->items[i], false);
		if (order > 0)
			note_value(judge, raw, added, after->items[j], true);
		i += order <= 0;
		j += order >= 0;
	}
}

static void
facts_enum(struct mig_judge *judge, size_t index)
{
	const struct mig_pair *pair = &judge->pairs[index];
	const struct mig_values *left = &pair->before->enumeration;
	const struct mig_values *right = &pair->after->enumeration;
	struct mig_raw raw = raw_of(judge, index, MIG_FACT_ENUM_ADDED);
	raw.old_node = left->node;
	raw.new_node = right->node;
	raw.before = left->node != NULL ? left->node : raw.before;
	raw.after = right->node != NULL ? right->node : raw.after;
	if (left->items != NULL && right->items != NULL) {
		diff_values(judge, &raw, left, right);
	} else if (left->items != NULL || right->items != NULL) {
		/* A single value is what "const" says as well. */
		raw.fact = right->items != NULL ? MIG_FACT_ENUM_SET : MIG_FACT_ENUM_UNSET;
		const char *fixed =
		    right->items != NULL ? pair->before->const_text : pair->after->const_text;
		const struct mig_values *list = right->items != NULL ? right : left;
		if (fixed == NULL || list->count != 1 || strcmp(fixed, list->items[0]) != 0)
			mig_judge_note(judge, &raw);
	}
	raw.fact = MIG_FACT_EXTENSIBLE_ADDED;
	raw.old_node = pair->before->extensible.node;
	raw.new_node = pair->after->extensible.node;
	if (raw.old_node != NULL && raw.new_node != NULL)
		diff_values(judge, &raw, &pair->before->extensible, &pair->after->extensible);
}

static void
facts_default(struct mig_judge *judge, size_t index)
{
	const struct mig_pair *pair = &judge->pairs[index];
	const struct mig_tree *left = pair->before->default_node;
	const struct mig_tree *right = pair->after->default_node;
	if (left == NULL && right == NULL)
		return;
	struct mig_raw raw = raw_of(judge, index, MIG_FACT_DEFAULT_CHANGED);
	raw.old_node = left;
	raw.new_node = right;
	if (left == NULL || right == NULL) {
		raw.fact = left == NULL ? MIG_FACT_DEFAULT_ADDED : MIG_FACT_DEFAULT_REMOVED;
		mig_judge_note(judge, &raw);
		return;
	}
	const char *was = mig_tree_json_text(left, true, judge->arena);
	const char *is = mig_tree_json_text(right, true, judge->arena);
	judge->failed = judge->failed || was == NULL || is == NULL;
	if (!judge->failed && strcmp(was, is) != 0)
		mig_judge_note(judge, &raw);
}

/* A property that one side has, as a difference. */
static void
note_prop(struct mig_judge *judge, size_t index, const struct mig_prop *prop, bool added)
{
	const struct mig_schema *schema = prop->schema;
	struct mig_raw raw = raw_of(judge, index, MIG_FACT_PROP_REMOVED_OPTIONAL);
	if (schema == NULL)
		return;
	if (!added && prop->required)
		raw.fact = MIG_FACT_PROP_REMOVED_REQUIRED;
	if (added) {
		raw.fact = MIG_FACT_PROP_ADDED_OPTIONAL;
		raw.both_lists = prop->required;
		if (prop->required)
			raw.fact = schema->default_node != NULL ? MIG_FACT_PROP_ADDED_DEFAULT :
			                                          MIG_FACT_PROP_ADDED_REQUIRED;
	}
	raw.name = prop->name;
	raw.read_only = schema->read_only;
	raw.write_only = schema->write_only;
	raw.old_node = added ? NULL : prop->node;
	raw.new_node = added ? prop->node : NULL;
	raw.before = added ? NULL : prop->node;
	raw.after = added ? prop->node : NULL;
	mig_judge_note(judge, &raw);
}

/* Whether a property is only read, or only written, on one side. */
static void
note_direction(
    struct mig_judge *judge, const struct mig_raw *raw, bool required, bool was[2], bool is[2])
{
	struct mig_raw copy = *raw;
	for (int i = 0; i < 2; i++) {
		if (was[i] == is[i])
			continue;
		enum mig_fact fact =
		    required ? MIG_FACT_REQUIRED_READ_ONLY : MIG_FACT_OPTIONAL_READ_ONLY;
		copy.fact = fact + (i == 0 ? 0U : 2U) + (is[i] ? 0U : 1U);
		copy.old_text = was[i] ? "true" : "false";
		copy.new_text = is[i] ? "true" : "false";
		mig_judge_note(judge, &copy);
	}
}

/* A property that both sides have. */
static void
compare_prop(struct mig_judge *judge, size_t index, const struct mig_prop *left,
    const struct mig_prop *right)
{
	const struct mig_schema *was = left->schema;
	const struct mig_schema *is = right->schema;
	struct mig_raw raw = raw_of(judge, index, MIG_FACT_PROP_OPTIONAL);
	raw.name = left->name;
	raw.before = left->node != NULL ? left->node : raw.before;
	raw.after = right->node != NULL ? right->node : raw.after;
	if (is != NULL && was != NULL) {
		note_direction(judge, &raw, right->required,
		    (bool[2]){ was->read_only, was->write_only },
		    (bool[2]){ is->read_only, is->write_only });
		raw.read_only = was->read_only && is->read_only;
		raw.write_only = was->write_only && is->write_only;
	}
	if (left->required == right->required)
		return;
	if (right->required)
		raw.fact = is != NULL && is->default_node != NULL ? MIG_FACT_PROP_REQUIRED_DEFAULT :
		                                                    MIG_FACT_PROP_REQUIRED;
	raw.both_lists = true;
	mig_judge_note(judge, &raw);
}

static void
facts_props(struct mig_judge *judge, size_t index)
{
	const struct mig_schema *before = judge->pairs[index].before;
	const struct mig_schema *after = judge->pairs[index].after;
	size_t i = 0;
	size_t j = 0;
	while (i < before->props_count || j < after->props_count) {
		int order = 0;
		if (i == before->props_count || j == after->props_count)
			order = i == before->props_count ? 1 : -1;
		else
			order = strcmp(before->props[i].name, after->props[j].name);
		if (order < 0)
			note_prop(judge, index, &before->props[i], false);
		else if (order > 0)
			note_prop(judge, index, &after->props[j], true);
		else
			compare_prop(judge, index, &before->props[i], &after->props[j]);
		i += order <= 0;
		j += order >= 0;
	}
}

/* A choice in words: its name, or what it looks like. */
static const char *
choice_name(struct mig_judge *judge, const struct mig_schema *schema)
{
	return schema->component != NULL ? schema->component : types_text(judge, schema);
}

static void
note_choice(struct mig_judge *judge, size_t index, const struct mig_schema *choice, bool added,
    enum mig_fact fact)
{
	struct mig_raw raw = raw_of(judge, index, fact);
	const struct mig_tree *node = choice->parts_count > 0 ? choice->parts[0] : NULL;
	raw.name = choice_name(judge, choice);
	raw.old_text = added ? "null" : NULL;
	raw.new_text = added ? NULL : "null";
	raw.old_node = added ? NULL : node;
	raw.new_node = added ? node : NULL;
	mig_judge_note(judge, &raw);
}

/* Choices that are new or gone.  Without any in common it is another type. */
static void
facts_choices(struct mig_judge *judge, size_t index, const struct mig_choices *choices)
{
	bool common = false;
	for (size_t i = 0; i < choices->before_count; i++)
		common = common || choices->before_match[i] != SIZE_MAX;
	if (!common) {
		note_type(judge, index, MIG_FACT_TYPE_CHANGED);
		return;
	}
	for (size_t i = 0; i < choices->before_count; i++)
		if (choices->before_match[i] == SIZE_MAX)
			note_choice(judge, index, choices->before[i], false,
			    choices->any ? MIG_FACT_ANY_OF_REMOVED : MIG_FACT_ONE_OF_REMOVED);
	for (size_t i = 0; i < choices->after_count; i++)
		if (choices->after_match[i] == SIZE_MAX)
			note_choice(judge, index, choices->after[i], true,
			    choices->any ? MIG_FACT_ANY_OF_ADDED : MIG_FACT_ONE_OF_ADDED);
}

/* A list of choices that only one side has is a further condition. */
static void
note_group(struct mig_judge *judge, size_t index, const struct mig_group *group, bool added)
{
	struct mig_raw raw =
	    raw_of(judge, index, added ? MIG_FACT_ALL_OF_ADDED : MIG_FACT_ALL_OF_REMOVED);
	raw.name = group->any ? "anyOf" : "oneOf";
	raw.old_text = added ? "null" : NULL;
	raw.new_text = added ? NULL : "null";
	raw.old_node = added ? NULL : group->node;
	raw.new_node = added ? group->node : NULL;
	mig_judge_note(judge, &raw);
}

static void
facts_groups(struct mig_judge *judge, size_t index)
{
	const struct mig_pair pair = judge->pairs[index];
	size_t left = pair.before->groups_count;
	size_t right = pair.after->groups_count;
	for (size_t i = 0; i < left || i < right; i++) {
		struct mig_choices choices;
		if (mig_choices_init(judge, &pair, i, &choices)) {
			facts_choices(judge, index, &choices);
			mig_choices_fini(&choices);
		} else if (i < left && i >= right) {
			note_group(judge, index, &pair.before->groups[i], false);
		} else if (i >= left) {
			note_group(judge, index, &pair.after->groups[i], true);
		}
	}
}

void
mig_pair_facts(struct mig_judge *judge, size_t index)
{
	const struct mig_schema *before = judge->pairs[index].before;
	const struct mig_schema *after = judge->pairs[index].after;
	if (before->deprecated != after->deprecated) {
		struct mig_raw raw = raw_of(judge, index,
		    after->deprecated ? MIG_FACT_PROP_DEPRECATED : MIG_FACT_PROP_REACTIVATED);
		raw.old_text = before->deprecated ? "true" : "false";
		raw.new_text = after->deprecated ? "true" : "false";
		mig_judge_note(judge, &raw);
	}
	if (!facts_types(judge, index))
		return;
	facts_format(judge, index);
	facts_enum(judge, index);
	facts_default(judge, index);
	facts_props(judge, index);
	mig_pair_facts_limits(judge, index);
	facts_groups(judge, index);
}
