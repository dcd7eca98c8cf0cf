/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/time.h"
#include "engine/shape.h"

#define SHAPE_LIST_MAX 1024

/* An array element's string with its position, for sorting. */
struct shape_entry {
	const char *text;
	struct mig_at at;
};

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
matches_snake(const char *text)
{
	if (!is_lower(*text))
		return false;
	for (; *text != '\0'; text++)
		if (!is_lower(*text) && !is_digit(*text) && *text != '_')
			return false;
	return true;
}

static bool
matches_time(const char *text)
{
	mig_wall at;
	return mig_time_parse(text, &at) == MIG_OK;
}

static bool
matches_mail(const char *text)
{
	const char *at = strchr(text, '@');
	return at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	    strpbrk(text, " \t\r\n") == NULL;
}

static bool
matches_identifier(const char *text)
{
	bool start = true;
	bool dotted = false;
	for (; *text != '\0'; text++) {
		bool letter = is_lower(*text) || (*text >= 'A' && *text <= 'Z') || *text == '_';
		if (*text == '.') {
			if (start || dotted)
				return false;
			dotted = true;
			start = true;
			continue;
		}
		if (!letter && (start || (!is_digit(*text) && *text != '$')))
			return false;
		start = false;
	}
	return !start;
}

/* One of names as a list for people: "low, medium, high or critical". */
static void
append_names(struct mig_buf *out, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (i > 0)
			mig_buf_puts(out, names[i + 1] == NULL ? " or " : ", ");
		mig_buf_puts(out, names[i]);
	}
}

static void
report_type(struct mig_reader *reader, const struct mig_at *at, const char *wanted)
{
	const char *found = mig_json_type_name(mig_json_type(at->node));
	mig_at_error(reader, at, NULL, "must be %s, not %s", wanted, found);
}

static void
check_string(struct mig_reader *reader, const struct mig_at *at,
    const struct mig_shape_field *field)
{
	const char *text = mig_json_string(at->node);
	if (text == NULL) {
		report_type(reader, at, "a string");
		return;
	}
	if (*text == '\0' && (field->flags & MIG_READ_NONEMPTY) != 0) {
		mig_at_error(reader, at, NULL, "must not be empty");
		return;
	}
	if (field->form != NULL && !field->form->matches(text))
		mig_at_error(reader, at, field->form->wanted, "\"%.80s\" has the wrong form", text);
}

static void
check_range(struct mig_reader *reader, const struct mig_at *at, double min, double max)
{
	double value = mig_json_number(at->node);
	bool open = max <= min;
	if (value >= min && (open || value <= max))
		return;
	struct mig_buf text;
	mig_buf_init(&text, SHAPE_LIST_MAX);
	mig_buf_puts(&text, open ? "at least " : "between ");
	mig_num_format(min, &text);
	if (!open) {
		mig_buf_puts(&text, " and ");
		mig_num_format(max, &text);
	}
	mig_buf_puts(&text, ", not ");
	mig_num_format(value, &text);
	mig_at_error(reader, at, NULL, "must be %s", mig_buf_ok(&text) ? text.data : "in range");
	mig_buf_fini(&text);
}

static void
check_number(struct mig_reader *reader, const struct mig_at *at,
    const struct mig_shape_field *field)
{
	bool whole = field->kind == MIG_SHAPE_INTEGER;
	if (mig_json_type(at->node) != MIG_JSON_NUMBER) {
		report_type(reader, at, whole ? "a whole number" : "a number");
		return;
	}
	if (whole && !mig_json_is_integer(at->node)) {
		mig_at_error(reader, at, "without fraction and exponent", "must be a whole number");
		return;
	}
	check_range(reader, at, field->min, field->max);
}

/* The name among names that differs from text only in its letters' case, or a near one. */
static const char *
likely_name(const char *text, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (strcasecmp(text, names[i]) == 0)
			return names[i];
	return mig_num_nearest(text, names);
}

static void
check_enum(struct mig_reader *reader, const struct mig_at *at, const struct mig_shape_field *field)
{
	const char *text = mig_json_string(at->node);
	if (text == NULL) {
		report_type(reader, at, "a string");
		return;
	}
	for (size_t i = 0; field->names[i] != NULL; i++)
		if (strcmp(text, field->names[i]) == 0)
			return;

	struct mig_buf list;
	mig_buf_init(&list, SHAPE_LIST_MAX);
	const char *likely = likely_name(text, field->names);
	if (likely != NULL) {
		mig_buf_printf(&list, "did you mean \"%s\"?", likely);
	} else {
		mig_buf_puts(&list, "use ");
		append_names(&list, field->names);
	}
	mig_at_error(reader, at, mig_buf_ok(&list) ? list.data : NULL,
	    "\"%.80s\" is not one of the known names", text);
	mig_buf_fini(&list);
}

static void
check_object(struct mig_reader *reader, const struct mig_at *at, const struct mig_shape *shape)
{
	const char *known[MIG_SHAPE_KEYS_MAX + 1];
	size_t count = 0;
	for (const struct mig_shape_field *field = shape->fields; field->key != NULL; field++) {
		MIG_ASSERT(count < MIG_SHAPE_KEYS_MAX);
		known[count++] = field->key;
	}
	known[count] = NULL;
	if (!mig_read_object(reader, at, MIG_READ_REQUIRED, known))
		return;
	for (const struct mig_shape_field *field = shape->fields; field->key != NULL; field++) {
		struct mig_at member = mig_at_key(at, field->key);
		mig_shape_check(reader, &member, field);
	}
}

static void
check_array(struct mig_reader *reader, const struct mig_at *at, const struct mig_shape_field *field)
{
	if (!mig_read_array(reader, at, field->flags & MIG_READ_NONEMPTY))
		return;
	struct mig_at item = { 0 };
	while (mig_at_each(at, &item))
		mig_shape_check(reader, &item, field->item);
	if ((field->flags & MIG_SHAPE_UNIQUE) != 0)
		mig_shape_unique(reader, at, NULL);
}

/* Order by text, then by position, so that the later one of two equals is the repetition. */
static int
compare_entries(const void *a, const void *b)
{
	const struct shape_entry *left = a;
	const struct shape_entry *right = b;
	int order = strcmp(left->text, right->text);
	if (order != 0)
		return order;
	return left->at.index < right->at.index ? -1 : left->at.index > right->at.index;
}

void
mig_shape_check(struct mig_reader *reader, const struct mig_at *at,
    const struct mig_shape_field *field)
{
	if (at->node == NULL) {
		if ((field->flags & MIG_READ_REQUIRED) != 0)
			mig_at_error(reader, at->up, NULL, "the key \"%s\" is missing", at->key);
		return;
	}
	switch (field->kind) {
	case MIG_SHAPE_STRING:
		check_string(reader, at, field);
		break;
	case MIG_SHAPE_NUMBER:
	case MIG_SHAPE_INTEGER:
		check_number(reader, at, field);
		break;
	case MIG_SHAPE_BOOL:
		if (mig_json_type(at->node) != MIG_JSON_BOOL)
			report_type(reader, at, "true or false");
		break;
	case MIG_SHAPE_ENUM:
		check_enum(reader, at, field);
		break;
	case MIG_SHAPE_OBJECT:
		check_object(reader, at, field->shape);
		break;
	case MIG_SHAPE_ARRAY:
		check_array(reader, at, field);
		break;
	case MIG_SHAPE_CUSTOM:
		field->custom(reader, at);
		break;
	}
}

int
mig_shape_run(struct mig_reader *reader, const struct mig_at *at,
    const struct mig_shape_field *field, const struct mig_check *checks)
{
	struct mig_findings *findings = reader->findings;
	size_t errors = findings->errors;
	size_t first = findings->count;
	mig_shape_check(reader, at, field);
	/* Of single fields, unknown keys alone are warnings. */
	for (size_t i = first; i < findings->count; i++)
		if (findings->items[i].rule == NULL)
			findings->items[i].rule = findings->items[i].severity == MIG_SEV_ERROR
			    ? MIG_RULE_FORM : MIG_RULE_UNKNOWN_KEY;
	for (; checks->rule != NULL && mig_json_type(at->node) == MIG_JSON_OBJECT; checks++) {
		first = findings->count;
		checks->run(reader, at);
		mig_findings_rule(findings, first, checks->rule);
	}
	return findings->errors > errors ? MIG_EDOC : MIG_OK;
}

void
mig_shape_unique(struct mig_reader *reader, const struct mig_at *array, const char *key)
{
	size_t count = mig_json_count(array->node);
	if (mig_json_type(array->node) != MIG_JSON_ARRAY || count < 2)
		return;
	struct shape_entry *entries = calloc(count, sizeof(*entries));
	if (entries == NULL) {
		mig_at_error(reader, array, NULL, "cannot be checked: %s",
		    mig_error_text(MIG_ENOMEM));
		return;
	}
	size_t used = 0;
	struct mig_at item = { 0 };
	while (mig_at_each(array, &item)) {
		const struct mig_json *node = key == NULL ? item.node
		                                          : mig_json_get(item.node, key);
		const char *text = mig_json_string(node);
		if (text != NULL)
			entries[used++] = (struct shape_entry){ text, item };
	}
	qsort(entries, used, sizeof(*entries), compare_entries);
	for (size_t i = 1; i < used; i++) {
		if (strcmp(entries[i - 1].text, entries[i].text) != 0)
			continue;
		struct mig_at member = mig_at_key(&entries[i].at, key == NULL ? "" : key);
		mig_at_error(reader, key == NULL ? &entries[i].at : &member, "names must be unique",
		    "\"%.80s\" is there twice", entries[i].text);
	}
	free(entries);
}

struct mig_at
mig_shape_root(const struct mig_json *node)
{
	return (struct mig_at){ .node = node };
}

const struct mig_shape_form mig_form_snake = { matches_snake, "lower-case letters, digits and _" };
const struct mig_shape_form mig_form_time = { matches_time, "like 2026-01-31T12:00:00Z" };
const struct mig_shape_form mig_form_mail = { matches_mail, "like name@example.com" };
const struct mig_shape_form mig_form_identifier = { matches_identifier,
	"letters, digits, _ and $, with at most one dot inside" };

const char *const mig_names_type[] = { "database", "service", "infrastructure", "data", "api",
	NULL };
const char *const mig_names_pattern[] = { "blue_green", "bulk_snapshot", "canary",
	"change_data_capture", "cloud_migration", "data_migration", "dual_write", "event_sourcing",
	"expand_contract", "glue_layer", "hybrid_cloud", "incremental_sync", "lift_and_shift",
	"multi_cloud", "on_prem_to_cloud", "parallel_run", "parallel_schema", "re_architecture",
	"rolling_update", "schema_change", "strangler_fig", "stream_processing", NULL };
const char *const mig_names_level[] = { "low", "medium", "high", "critical", NULL };
const char *const mig_names_operator[] = { "greater_than", "less_than", "equals", NULL };
const char *const mig_names_change[] = { "add_column", "modify_column", "add_constraint",
	"drop_column", "rename_column", "drop_constraint", "add_index", "drop_index", NULL };
const char *const mig_names_action[] = { "automatic_rollback", "alert_team", "scale_up", NULL };
