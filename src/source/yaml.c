/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * YAML as OpenAPI allows it: what JSON can say, with the scalars of the core schema.  Aliases are
 * copied, so that what they make of a document counts like what is written out.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "apispec/read.h"
#include "apispec/tree.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "source/yaml.h"

#define BUCKETS 1024U
#define NUMBER_CHARS_MAX 63

/* A node with a name. */
struct anchor {
	const char *name;
	struct mig_tree *node;
	struct anchor *next; /* of the same bucket */
	bool open;           /* the node is not complete */
};

struct reading {
	struct mig_tree_doc doc;
	struct mig_findings *findings;
	yaml_parser_t parser;
	struct mig_tree *open; /* the innermost array or object that is not complete */
	const char *key;       /* of the value that comes next, in an object */
	size_t depth;
	size_t copied; /* nodes that aliases have made */
	struct anchor *buckets[BUCKETS];
	struct anchor *pending[MIG_JSON_DEPTH_MAX]; /* of the open nodes, by depth */
};

static int
fault(struct reading *reading, size_t line, const char *hint, const char *message)
{
	struct mig_buf pointer;
	mig_buf_init(&pointer, MIG_SCHEMA_BYTES_MAX);
	mig_tree_pointer(reading->open, &pointer);
	struct mig_finding *finding = mig_findings_add(reading->findings, MIG_SEV_ERROR,
	    reading->doc.file, reading->open == NULL ? NULL : pointer.data, hint, "%s", message);
	if (finding != NULL)
		finding->line = (int)line + 1;
	mig_buf_fini(&pointer);
	return MIG_EDOC;
}

/* Why there is no further node. */
static int
no_node(struct reading *reading, size_t line)
{
	if (mig_arena_failed(reading->doc.arena))
		return MIG_ENOMEM;
	return fault(reading, line, NULL, "the document has too many values");
}

static struct anchor **
bucket_of(struct reading *reading, const char *name)
{
	uint32_t hash = 2166136261U;
	for (const char *p = name; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619U;
	return &reading->buckets[hash % BUCKETS];
}

static struct anchor *
find_anchor(struct reading *reading, const char *name)
{
	struct anchor *anchor = *bucket_of(reading, name);
	while (anchor != NULL && strcmp(anchor->name, name) != 0)
		anchor = anchor->next;
	return anchor;
}

/* Give a node its name; the newest of one name counts. */
static int
add_anchor(struct reading *reading, const yaml_char_t *name, struct mig_tree *node, bool open)
{
	if (name == NULL)
		return MIG_OK;
	struct anchor **bucket = bucket_of(reading, (const char *)name);
	struct anchor *anchor = mig_arena_alloc(reading->doc.arena, sizeof(*anchor));
	const char *copy = mig_arena_strdup(reading->doc.arena, (const char *)name);
	if (anchor == NULL || copy == NULL)
		return MIG_ENOMEM;
	*anchor = (struct anchor){ copy, node, *bucket, open };
	*bucket = anchor;
	if (open)
		reading->pending[reading->depth - 1] = anchor;
	return MIG_OK;
}

/* Digits with an optional sign; where they end. */
static const char *
skip_digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Whether a plain scalar is a number of the core schema in decimal notation. */
static bool
is_decimal(const char *text)
{
	const char *p = *text == '-' || *text == '+' ? text + 1 : text;
	const char *fraction = skip_digits(p);
	size_t digits = (size_t)(fraction - p);
	p = fraction;
	if (*p == '.') {
		fraction = skip_digits(p + 1);
		digits += (size_t)(fraction - p - 1);
		p = fraction;
	}
	if (digits == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p += p[1] == '-' || p[1] == '+' ? 2 : 1;
		const char *end = skip_digits(p);
		return end > p && *end == '\0';
	}
	return *p == '\0';
}

/* The digits as JSON writes them. */
static const char *
json_digits(struct reading *reading, const char *text)
{
	struct mig_arena *arena = reading->doc.arena;
	bool negative = *text == '-';
	const char *p = text + (negative || *text == '+' ? 1 : 0);
	while (*p == '0' && p[1] >= '0' && p[1] <= '9')
		p++;
	const char *point = strchr(p, '.');
	bool before = *p >= '0' && *p <= '9';
	bool behind = point != NULL && point[1] >= '0' && point[1] <= '9';
	if (point == NULL || (before && behind))
		return mig_arena_printf(arena, "%s%s", negative ? "-" : "", p);
	return mig_arena_printf(arena, "%s%s%.*s%s%s", negative ? "-" : "", before ? "" : "0",
	    (int)(point - p), p, behind ? "." : "", point + 1);
}

static int
read_number(struct reading *reading, struct mig_tree *node, const char *text, size_t line)
{
	if (strlen(text) > NUMBER_CHARS_MAX)
		return fault(reading, line, "put it in quotes", "a number is too long");
	node->type = MIG_JSON_NUMBER;
	node->text = json_digits(reading, text);
	if (node->text == NULL)
		return MIG_ENOMEM;
	if (mig_num_double(node->text, &node->number) != MIG_OK)
		return fault(reading, line, NULL, "a number is too large");
	return MIG_OK;
}

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

/* A scalar without quotes. */
static int
read_plain(struct reading *reading, struct mig_tree *node, const char *text, size_t line)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const yes[] = { "true", "True", "TRUE", NULL };
	static const char *const no[] = { "false", "False", "FALSE", NULL };
	static const char *const endless[] = { ".inf", "-.inf", "+.inf", ".Inf", "-.Inf", "+.Inf",
		".INF", "-.INF", "+.INF", ".nan", ".NaN", ".NAN", NULL };
	if (is_one_of(text, endless))
		return fault(reading, line, NULL, "a number must be finite");
	if (is_decimal(text))
		return read_number(reading, node, text, line);
	if (is_one_of(text, nulls)) {
		node->type = MIG_JSON_NULL;
	} else if (is_one_of(text, yes) || is_one_of(text, no)) {
		node->type = MIG_JSON_BOOL;
		node->truth = is_one_of(text, yes);
	} else {
		node->type = MIG_JSON_STRING;
		node->text = mig_arena_strdup(reading->doc.arena, text);
		return node->text == NULL ? MIG_ENOMEM : MIG_OK;
	}
	return MIG_OK;
}

/* Behind a value: its key is used up. */
static struct mig_tree *
add_node(struct reading *reading, enum mig_json_type type, size_t line)
{
	const char *key = reading->key;
	reading->key = NULL;
	return mig_tree_add(&reading->doc, reading->open, key, type, (int)line + 1);
}

/* Whether the next scalar is a key. */
static bool
wants_key(const struct reading *reading)
{
	return reading->open != NULL && reading->open->type == MIG_JSON_OBJECT &&
	    reading->key == NULL;
}

static int
read_key(struct reading *reading, const yaml_event_t *event, size_t line)
{
	const char *text = (const char *)event->data.scalar.value;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (plain && strcmp(text, "<<") == 0)
		return fault(reading, line, "write the members out, or use $ref",
		    "merge keys (<<) are not part of OpenAPI's YAML");
	if (event->data.scalar.anchor != NULL)
		return fault(reading, line, NULL, "a key must not have an anchor");
	reading->key = mig_arena_strdup(reading->doc.arena, text);
	return reading->key == NULL ? MIG_ENOMEM : MIG_OK;
}

static int
read_scalar(struct reading *reading, const yaml_event_t *event, size_t line)
{
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;
	if (strlen(text) != event->data.scalar.length)
		return fault(reading, line, NULL, "a text contains a NUL character");
	if (wants_key(reading))
		return read_key(reading, event, line);
	struct mig_tree *node = add_node(reading, MIG_JSON_STRING, line);
	if (node == NULL)
		return no_node(reading, line);
	bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (tag != NULL && strcmp(tag, YAML_STR_TAG) == 0)
		quoted = true;
	else if (tag != NULL && strncmp(tag, "tag:yaml.org,2002:", 18) != 0 &&
	    strcmp(tag, "!") != 0)
		return fault(reading, line, NULL, "a value has a tag that is not known");
	int error = MIG_OK;
	if (quoted) {
		node->text = mig_arena_strdup(reading->doc.arena, text);
		error = node->text == NULL ? MIG_ENOMEM : MIG_OK;
	} else {
		error = read_plain(reading, node, text, line);
	}
	return error != MIG_OK ? error :
	                         add_anchor(reading, event->data.scalar.anchor, node, false);
}

static int
enter(struct reading *reading, enum mig_json_type type, const yaml_char_t *anchor, size_t line)
{
	if (wants_key(reading))
		return fault(reading, line, NULL, "a key must be a text");
	if (reading->depth == MIG_JSON_DEPTH_MAX)
		return fault(reading, line, NULL, "too many values inside each other");
	struct mig_tree *node = add_node(reading, type, line);
	if (node == NULL)
		return no_node(reading, line);
	reading->open = node;
	reading->pending[reading->depth++] = NULL;
	return add_anchor(reading, anchor, node, true);
}

static int
leave(struct reading *reading)
{
	struct mig_tree *node = reading->open;
	const struct mig_tree *twice =
	    node->type == MIG_JSON_OBJECT ? mig_tree_close(&reading->doc, node) : NULL;
	if (mig_arena_failed(reading->doc.arena))
		return MIG_ENOMEM;
	if (twice != NULL) {
		mig_tree_error(&reading->doc, twice, reading->findings, "remove one of them",
		    "the key \"%.60s\" is given twice", twice->key);
		return MIG_EDOC;
	}
	reading->depth--;
	if (reading->pending[reading->depth] != NULL)
		reading->pending[reading->depth]->open = false;
	reading->open = node->parent;
	return MIG_OK;
}

/* A copy of a complete node behind the children of parent.  As deep as documents may be. */
static int
copy_node(struct reading *reading, struct mig_tree *parent, const char *key,
    const struct mig_tree *from, size_t depth)
{
	if (depth > MIG_JSON_DEPTH_MAX)
		return fault(
		    reading, (size_t)from->line - 1, NULL, "too many values inside each other");
	if (++reading->copied > MIG_YAML_COPIES_MAX)
		return fault(reading, (size_t)from->line - 1, "write it with $ref",
		    "the aliases make the document too large");
	struct mig_tree *node = mig_tree_add(&reading->doc, parent, key, from->type, from->line);
	if (node == NULL)
		return no_node(reading, (size_t)from->line - 1);
	if (from->type == MIG_JSON_BOOL)
		node->truth = from->truth;
	else if (from->type == MIG_JSON_NUMBER)
		node->number = from->number;
	node->text = from->text;
	int error = MIG_OK;
	for (const struct mig_tree *at = from->first; at != NULL && error == MIG_OK; at = at->next)
		error = copy_node(reading, node, at->key, at, depth + 1);
	if (error == MIG_OK && node->type == MIG_JSON_OBJECT)
		(void)mig_tree_close(
		    &reading->doc, node); /* its keys differ: they do in the original */
	return error == MIG_OK && mig_arena_failed(reading->doc.arena) ? MIG_ENOMEM : error;
}

static int
read_alias(struct reading *reading, const yaml_event_t *event, size_t line)
{
	const struct anchor *anchor = find_anchor(reading, (const char *)event->data.alias.anchor);
	const char *key = reading->key;
	if (wants_key(reading))
		return fault(reading, line, NULL, "a key must not be an alias");
	if (anchor == NULL)
		return fault(reading, line, NULL, "an alias names an anchor that is not there");
	if (anchor->open)
		return fault(reading, line, "write it with $ref",
		    "an alias stands inside the value that it names");
	if (reading->open == NULL)
		return fault(reading, line, NULL, "the document is just an alias");
	reading->key = NULL;
	return copy_node(reading, reading->open, key, anchor->node, reading->depth);
}

/* One event; ret_end tells that there is no more. */
static int
take(struct reading *reading, const yaml_event_t *event, bool *ret_end)
{
	size_t line = event->start_mark.line;
	switch ((int)event->type) {
	case YAML_STREAM_END_EVENT:
		*ret_end = true;
		return reading->doc.root != NULL ?
		    MIG_OK :
		    fault(reading, line, NULL, "the document is empty");
	case YAML_DOCUMENT_START_EVENT:
		return reading->doc.root == NULL ?
		    MIG_OK :
		    fault(reading, line, "one file, one document", "a second document begins here");
	case YAML_ALIAS_EVENT:
		return read_alias(reading, event, line);
	case YAML_SCALAR_EVENT:
		return read_scalar(reading, event, line);
	case YAML_SEQUENCE_START_EVENT:
		return enter(reading, MIG_JSON_ARRAY, event->data.sequence_start.anchor, line);
	case YAML_MAPPING_START_EVENT:
		return enter(reading, MIG_JSON_OBJECT, event->data.mapping_start.anchor, line);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return leave(reading);
	default:
		return MIG_OK;
	}
}

/* What libyaml does not like. */
static int
syntax_fault(struct reading *reading)
{
	if (reading->parser.error == YAML_MEMORY_ERROR)
		return MIG_ENOMEM;
	const char *problem = reading->parser.problem;
	return fault(reading, reading->parser.problem_mark.line, NULL,
	    problem == NULL ? "this is no YAML" : problem);
}

static int
read_events(struct reading *reading)
{
	int error = MIG_OK;
	bool end = false;
	while (error == MIG_OK && !end) {
		yaml_event_t event;
		if (!yaml_parser_parse(&reading->parser, &event))
			return syntax_fault(reading);
		error = take(reading, &event, &end);
		yaml_event_delete(&event);
	}
	return error;
}

int
yaml_read_api(const char *text, size_t len, const char *file, struct mig_api **ret_api,
    struct mig_findings *findings)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	if (reading == NULL)
		return MIG_ENOMEM;
	reading->findings = findings;
	int error = mig_tree_init(&reading->doc, file);
	if (error == MIG_OK && !yaml_parser_initialize(&reading->parser))
		error = MIG_ENOMEM;
	if (error == MIG_OK && len > MIG_SCHEMA_BYTES_MAX)
		error = fault(reading, 0, NULL, "the text is too long");
	if (error == MIG_OK) {
		yaml_parser_set_input_string(&reading->parser, (const unsigned char *)text, len);
		error = read_events(reading);
	}
	yaml_parser_delete(&reading->parser);
	if (error == MIG_OK)
		error = mig_api_from_tree(&reading->doc, ret_api, findings);
	mig_tree_fini(&reading->doc);
	free(reading);
	return error;
}
