/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the keywords of a schema's parts say together: types and enumerations are intersected,
 * limits are the tightest, properties and required names are united.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/api_int.h"

struct extraction {
	struct mig_api *api;
	struct mig_schema *schema;
	const struct mig_tree *part;
	bool typed;
};

/* A keyword and what it does to the schema. */
struct taker {
	const char *keyword;
	void (*take)(struct extraction *x, const struct mig_tree *value);
};

static const struct {
	const char *name;
	unsigned types;
} types[] = {
	{ "null", MIG_T_NULL },
	{ "boolean", MIG_T_BOOLEAN },
	{ "integer", MIG_T_INTEGER },
	{ "number", MIG_T_NUMBER },
	{ "string", MIG_T_STRING },
	{ "array", MIG_T_ARRAY },
	{ "object", MIG_T_OBJECT },
	{ "file", MIG_T_STRING },
};

/* Room for one more in a list of the interface's arena, which doubles at powers of two. */
static void *
grow(struct extraction *x, void *list, size_t count, size_t size)
{
	if (count > 0 && (count & (count - 1)) != 0)
		return list;
	void *grown = mig_api_alloc(x->api, count == 0 ? 1 : 2 * count, size);
	if (grown != NULL && count > 0)
		memcpy(grown, list, count * size);
	return grown;
}

static bool
must_be(struct extraction *x, const struct mig_tree *value, enum mig_json_type type)
{
	if (value->type == type)
		return true;
	const char *hint = NULL;
	if (type == MIG_JSON_ARRAY && value->type == MIG_JSON_BOOL)
		hint = "name the required properties in a list beside \"properties\"";
	mig_api_fault(x->api, value, hint, "\"%s\" must be of type %s, not %s", value->key,
	    mig_json_type_name(type), mig_json_type_name(value->type));
	return false;
}

/* The type that a word names; 0 with a finding when there is none. */
static unsigned
type_named(struct extraction *x, const struct mig_tree *word)
{
	for (size_t i = 0; word->type == MIG_JSON_STRING && i < sizeof(types) / sizeof(types[0]);
	     i++)
		if (strcmp(types[i].name, word->text) == 0)
			return types[i].types;
	mig_api_fault(x->api, word, "use null, boolean, integer, number, string, array or object",
	    "%s%s%s is no type", word->type == MIG_JSON_STRING ? "\"" : "",
	    word->type == MIG_JSON_STRING ? word->text : mig_json_type_name(word->type),
	    word->type == MIG_JSON_STRING ? "\"" : "");
	return 0;
}

static void
take_type(struct extraction *x, const struct mig_tree *value)
{
	unsigned mask = 0;
	if (value->type == MIG_JSON_ARRAY)
		for (const struct mig_tree *at = value->first; at != NULL; at = at->next)
			mask |= type_named(x, at);
	else
		mask = type_named(x, value);
	struct mig_schema *schema = x->schema;
	schema->types = x->typed ? schema->types & mask : mask;
	if (schema->type_node == NULL)
		schema->type_node = value;
	x->typed = true;
}

static void
take_format(struct extraction *x, const struct mig_tree *value)
{
	if (must_be(x, value, MIG_JSON_STRING) && x->schema->format == NULL)
		x->schema->format = value->text;
}

static void
take_pattern(struct extraction *x, const struct mig_tree *value)
{
	if (must_be(x, value, MIG_JSON_STRING) && x->schema->pattern == NULL)
		x->schema->pattern = value->text;
}

static void
take_default(struct extraction *x, const struct mig_tree *value)
{
	x->schema->default_node = value;
}

static void
take_const(struct extraction *x, const struct mig_tree *value)
{
	x->schema->const_node = value;
	x->schema->const_text = mig_tree_json_text(value, true, x->api->doc.arena);
}

static int
compare_texts(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;
	return strcmp(*left, *right);
}

static bool
has_value(const struct mig_values *values, const char *text)
{
	return bsearch(&text, values->items, values->count, sizeof(*values->items),
	           compare_texts) != NULL;
}

/* The values of a list, or those that are in both. */
static void
take_values(struct extraction *x, const struct mig_tree *value, struct mig_values *values)
{
	if (!must_be(x, value, MIG_JSON_ARRAY))
		return;
	struct mig_values fresh = { .node = value };
	fresh.items = mig_api_alloc(x->api, value->count, sizeof(*fresh.items));
	if (fresh.items == NULL)
		return;
	for (const struct mig_tree *at = value->first; at != NULL; at = at->next) {
		const char *text = mig_tree_json_text(at, true, x->api->doc.arena);
		if (text == NULL) {
			x->api->failed = true;
			return;
		}
		/* Null is a matter of types. */
		if (at->type == MIG_JSON_NULL)
			continue;
		if (values->items == NULL || has_value(values, text))
			fresh.items[fresh.count++] = text;
	}
	qsort(fresh.items, fresh.count, sizeof(*fresh.items), compare_texts);
	*values = fresh;
}

static void
take_enum(struct extraction *x, const struct mig_tree *value)
{
	take_values(x, value, &x->schema->enumeration);
}

static void
take_extensible(struct extraction *x, const struct mig_tree *value)
{
	take_values(x, value, &x->schema->extensible);
}

static void
take_nullable(struct extraction *x, const struct mig_tree *value)
{
	if (x->api->version == 30 && must_be(x, value, MIG_JSON_BOOL) && value->truth)
		x->schema->nullable = true;
}

static void
take_read_only(struct extraction *x, const struct mig_tree *value)
{
	x->schema->read_only |= must_be(x, value, MIG_JSON_BOOL) && value->truth;
}

static void
take_write_only(struct extraction *x, const struct mig_tree *value)
{
	x->schema->write_only |= must_be(x, value, MIG_JSON_BOOL) && value->truth;
}

static void
take_deprecated(struct extraction *x, const struct mig_tree *value)
{
	x->schema->deprecated |= must_be(x, value, MIG_JSON_BOOL) && value->truth;
}

static void
take_unique(struct extraction *x, const struct mig_tree *value)
{
	x->schema->unique_items |= must_be(x, value, MIG_JSON_BOOL) && value->truth;
}

/* Keywords with a number, and the limit that they set. */
static const struct {
	const char *keyword;
	enum mig_bound bound;
	bool upper;
	bool exclusive;
} bounds[] = {
	{ "maximum", MIG_BOUND_MAX, true, false },
	{ "minimum", MIG_BOUND_MIN, false, false },
	{ "exclusiveMaximum", MIG_BOUND_MAX, true, true },
	{ "exclusiveMinimum", MIG_BOUND_MIN, false, true },
	{ "maxLength", MIG_BOUND_MAX_LENGTH, true, false },
	{ "minLength", MIG_BOUND_MIN_LENGTH, false, false },
	{ "maxItems", MIG_BOUND_MAX_ITEMS, true, false },
	{ "minItems", MIG_BOUND_MIN_ITEMS, false, false },
	{ "maxProperties", MIG_BOUND_MAX_PROPERTIES, true, false },
	{ "minProperties", MIG_BOUND_MIN_PROPERTIES, false, false },
	{ "multipleOf", MIG_BOUND_MULTIPLE, true, false },
};

/* Whether a limit of the same kind that is already there is the tighter one. */
static bool
tighter(const struct mig_limit *there, double value, bool upper, bool exclusive)
{
	if (there->node == NULL)
		return false;
	if (there->value < value || there->value > value)
		return upper ? there->value < value : there->value > value;
	return there->exclusive || !exclusive;
}

/* Set a limit, unless a tighter one is there. */
static void
set_limit(struct extraction *x, const struct mig_limit *limit, bool upper)
{
	struct mig_schema *schema = x->schema;
	for (size_t i = 0; i < schema->limits_count; i++) {
		if (schema->limits[i].bound != limit->bound)
			continue;
		if (!tighter(&schema->limits[i], limit->value, upper, limit->exclusive))
			schema->limits[i] = *limit;
		return;
	}
	struct mig_limit *limits = grow(x, schema->limits, schema->limits_count, sizeof(*limits));
	if (limits == NULL)
		return;
	schema->limits = limits;
	schema->limits[schema->limits_count++] = *limit;
}

static void
take_bound(struct extraction *x, const struct mig_tree *value)
{
	size_t i = 0;
	while (strcmp(bounds[i].keyword, value->key) != 0)
		i++;
	bool exclusive = bounds[i].exclusive;
	/* Up to 3.0 the exclusive ones only say how "maximum" and "minimum" are meant. */
	if (exclusive && value->type == MIG_JSON_BOOL)
		return;
	if (!must_be(x, value, MIG_JSON_NUMBER))
		return;
	bool zero = !(value->number > 0.0);
	bool lowest = bounds[i].bound == MIG_BOUND_MIN_LENGTH ||
	    bounds[i].bound == MIG_BOUND_MIN_ITEMS || bounds[i].bound == MIG_BOUND_MIN_PROPERTIES;
	if (lowest && zero)
		return;
	if (bounds[i].bound == MIG_BOUND_MAX && !exclusive)
		exclusive = mig_tree_get_true(x->part, "exclusiveMaximum");
	if (bounds[i].bound == MIG_BOUND_MIN && !exclusive)
		exclusive = mig_tree_get_true(x->part, "exclusiveMinimum");
	set_limit(x, &(struct mig_limit){ value, value->number, bounds[i].bound, exclusive },
	    bounds[i].upper);
}

static void
add_prop(struct extraction *x, const char *name, const struct mig_tree *node)
{
	struct mig_prop *prop = &x->schema->props[x->schema->props_count++];
	*prop = (struct mig_prop){ .name = name, .node = node, .required = node == NULL };
	if (node == NULL)
		return;
	prop->sources = mig_api_alloc(x->api, 1, sizeof(*prop->sources));
	if (prop->sources != NULL)
		prop->sources->node = node;
}

static void
take_properties(struct extraction *x, const struct mig_tree *value)
{
	if (!must_be(x, value, MIG_JSON_OBJECT))
		return;
	for (const struct mig_tree *at = value->first; at != NULL; at = at->next)
		add_prop(x, at->key, at);
}

static void
take_required(struct extraction *x, const struct mig_tree *value)
{
	if (!must_be(x, value, MIG_JSON_ARRAY))
		return;
	if (x->schema->required_node == NULL)
		x->schema->required_node = value;
	for (const struct mig_tree *at = value->first; at != NULL; at = at->next) {
		if (at->type == MIG_JSON_STRING)
			add_prop(x, at->text, NULL);
		else
			mig_api_fault(x->api, at, NULL, "the name of a property must be a string");
	}
}

static void
take_items(struct extraction *x, const struct mig_tree *value)
{
	/* An array of schemas is what was called so before prefixItems. */
	if (value->type != MIG_JSON_ARRAY && x->schema->items == NULL)
		x->schema->items = mig_schema_of(x->api, value);
}

static void
take_additional(struct extraction *x, const struct mig_tree *value)
{
	if (x->schema->additional_node == NULL)
		x->schema->additional_node = value;
	if (value->type == MIG_JSON_BOOL)
		x->schema->closed = x->schema->closed || !value->truth;
	else if (x->schema->additional == NULL)
		x->schema->additional = mig_schema_of(x->api, value);
}

static void
take_prefix(struct extraction *x, const struct mig_tree *value)
{
	struct mig_schema *schema = x->schema;
	if (!must_be(x, value, MIG_JSON_ARRAY) || schema->prefix != NULL)
		return;
	schema->prefix_node = value;
	schema->prefix = mig_api_alloc(x->api, value->count, sizeof(*schema->prefix));
	if (schema->prefix == NULL)
		return;
	for (const struct mig_tree *at = value->first; at != NULL; at = at->next)
		schema->prefix[schema->prefix_count++] = mig_schema_of(x->api, at);
}

static void
take_group(struct extraction *x, const struct mig_tree *value)
{
	bool null = false;
	if (!must_be(x, value, MIG_JSON_ARRAY))
		return;
	if (value->count == 0 || mig_schema_single(x->part, value->key, &null) != NULL)
		return;
	struct mig_group *group =
	    grow(x, x->schema->groups, x->schema->groups_count, sizeof(*group));
	if (group == NULL)
		return;
	x->schema->groups = group;
	group = &x->schema->groups[x->schema->groups_count++];
	group->any = strcmp(value->key, "anyOf") == 0;
	group->node = value;
	group->members = mig_api_alloc(x->api, value->count, sizeof(*group->members));
	if (group->members == NULL)
		return;
	for (const struct mig_tree *at = value->first; at != NULL; at = at->next) {
		if (mig_schema_is_null(at))
			x->schema->nullable = true;
		else
			group->members[group->count++] = mig_schema_of(x->api, at);
	}
}

static void
take_discriminator(struct extraction *x, const struct mig_tree *value)
{
	/* Swagger 2 has just the property's name. */
	if (value->type != MIG_JSON_STRING && !must_be(x, value, MIG_JSON_OBJECT))
		return;
	(void)mig_api_texts(x->api, value, "mapping"); /* only checked */
	if (x->schema->discriminator == NULL)
		x->schema->discriminator = value;
}

static void
add_keyword(struct extraction *x, const char *key, const struct mig_tree *value, bool schema)
{
	struct mig_keyword *list =
	    grow(x, x->schema->keywords, x->schema->keywords_count, sizeof(*list));
	if (list == NULL)
		return;
	x->schema->keywords = list;
	x->schema->keywords[x->schema->keywords_count++] = (struct mig_keyword){
		.name = x->part == value->parent ? value->key : value->parent->key,
		.key = key,
		.node = value,
		.schema = schema ? mig_schema_of(x->api, value) : NULL,
	};
}

static void
take_inner(struct extraction *x, const struct mig_tree *value)
{
	add_keyword(x, "", value, true);
}

static void
take_whole(struct extraction *x, const struct mig_tree *value)
{
	add_keyword(x, "", value, false);
}

static void
take_map(struct extraction *x, const struct mig_tree *value)
{
	if (!must_be(x, value, MIG_JSON_OBJECT))
		return;
	for (const struct mig_tree *at = value->first; at != NULL; at = at->next)
		add_keyword(x, at->key, at, true);
}

/* Sorted by keyword. */
static const struct taker takers[] = {
	{ "additionalProperties", take_additional },
	{ "anyOf", take_group },
	{ "const", take_const },
	{ "contains", take_inner },
	{ "default", take_default },
	{ "dependentRequired", take_whole },
	{ "dependentSchemas", take_map },
	{ "deprecated", take_deprecated },
	{ "discriminator", take_discriminator },
	{ "else", take_inner },
	{ "enum", take_enum },
	{ "exclusiveMaximum", take_bound },
	{ "exclusiveMinimum", take_bound },
	{ "format", take_format },
	{ "if", take_inner },
	{ "items", take_items },
	{ "maxContains", take_whole },
	{ "maxItems", take_bound },
	{ "maxLength", take_bound },
	{ "maxProperties", take_bound },
	{ "maximum", take_bound },
	{ "minContains", take_whole },
	{ "minItems", take_bound },
	{ "minLength", take_bound },
	{ "minProperties", take_bound },
	{ "minimum", take_bound },
	{ "multipleOf", take_bound },
	{ "not", take_inner },
	{ "nullable", take_nullable },
	{ "oneOf", take_group },
	{ "pattern", take_pattern },
	{ "patternProperties", take_map },
	{ "prefixItems", take_prefix },
	{ "properties", take_properties },
	{ "propertyNames", take_inner },
	{ "readOnly", take_read_only },
	{ "required", take_required },
	{ "then", take_inner },
	{ "type", take_type },
	{ "unevaluatedItems", take_inner },
	{ "unevaluatedProperties", take_inner },
	{ "uniqueItems", take_unique },
	{ "writeOnly", take_write_only },
	{ "x-extensible-enum", take_extensible },
};

static int
compare_taker(const void *key, const void *taker)
{
	return strcmp(key, ((const struct taker *)taker)->keyword);
}

/* As many members as a child has. */
static size_t
members(const struct mig_tree *part, const char *key)
{
	const struct mig_tree *child = mig_tree_get(part, key);
	return child == NULL ? 0 : child->count;
}

/* Room for all properties that the parts can name. */
static bool
make_room(struct mig_api *api, struct mig_schema *schema)
{
	size_t props = 0;
	for (size_t i = 0; i < schema->parts_count; i++)
		props +=
		    members(schema->parts[i], "properties") + members(schema->parts[i], "required");
	if (props > 0)
		schema->props = mig_api_alloc(api, props, sizeof(*schema->props));
	return !api->failed;
}

/* By name; those with a node first, in document order. */
static int
compare_props(const void *a, const void *b)
{
	const struct mig_prop *left = a;
	const struct mig_prop *right = b;
	int order = strcmp(left->name, right->name);
	if (order != 0)
		return order;
	if ((left->node == NULL) != (right->node == NULL))
		return left->node == NULL ? 1 : -1;
	if (left->node == NULL || left->node == right->node)
		return 0;
	return left->node->seq < right->node->seq ? -1 : 1;
}

/* One entry for each name, with all the places that describe it. */
static void
unite_props(struct mig_schema *schema)
{
	size_t count = 0;
	if (schema->props_count > 1)
		qsort(schema->props, schema->props_count, sizeof(*schema->props), compare_props);
	for (size_t i = 0; i < schema->props_count; i++) {
		struct mig_prop *prop = &schema->props[i];
		struct mig_prop *last = count == 0 ? NULL : &schema->props[count - 1];
		if (last == NULL || strcmp(last->name, prop->name) != 0) {
			schema->props[count++] = *prop;
			continue;
		}
		last->required |= prop->required;
		struct mig_source **end = &last->sources;
		while (*end != NULL)
			end = &(*end)->next;
		*end = prop->sources;
	}
	schema->props_count = count;
}

/* The type of a value that is written as JSON. */
static unsigned
type_of_text(const char *text)
{
	if (*text == '"')
		return MIG_T_STRING;
	if (*text == 't' || *text == 'f')
		return MIG_T_BOOLEAN;
	if (*text == '[' || *text == '{')
		return *text == '[' ? MIG_T_ARRAY : MIG_T_OBJECT;
	return strpbrk(text, ".e") == NULL ? MIG_T_INTEGER : MIG_T_NUMBER;
}

/* Types that nobody has named but that everything else is about. */
static void
guess_types(struct mig_schema *schema)
{
	unsigned mask = 0;
	schema->untyped = true;
	for (size_t i = 0; i < schema->enumeration.count; i++)
		mask |= type_of_text(schema->enumeration.items[i]);
	if (mask == 0 && schema->const_text != NULL)
		mask = type_of_text(schema->const_text);
	if (mask == 0 && (schema->props_count > 0 || schema->additional_node != NULL))
		mask = MIG_T_OBJECT;
	if (mask == 0 && schema->items != NULL)
		mask = MIG_T_ARRAY;
	schema->types = mask;
}

void
mig_schema_extract(struct mig_api *api, struct mig_schema *schema)
{
	struct extraction x = { .api = api, .schema = schema };
	schema->nullable = schema->wrap_null;
	if (!make_room(api, schema))
		return;
	for (size_t i = 0; i < schema->parts_count; i++) {
		x.part = schema->parts[i];
		for (const struct mig_tree *at = x.part->first; at != NULL && !api->failed;
		     at = at->next) {
			const struct taker *taker = bsearch(at->key, takers,
			    sizeof(takers) / sizeof(takers[0]), sizeof(*takers), compare_taker);
			if (taker != NULL)
				taker->take(&x, at);
		}
	}
	unite_props(schema);
	for (size_t i = 0; i < schema->props_count && !api->failed; i++)
		if (schema->props[i].sources != NULL)
			schema->props[i].schema = mig_schema_of_all(api, schema->props[i].sources);
	if (!x.typed)
		guess_types(schema);
	if (schema->nullable && schema->types != 0)
		schema->types |= MIG_T_NULL;
	schema->nullable = schema->nullable || (schema->types & MIG_T_NULL) != 0;
}
