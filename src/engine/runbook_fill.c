/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "engine/promql.h"
#include "engine/runbook_fill.h"
#include "engine/runbook_quote.h"
#include "engine/shape.h"

#define FILL_BYTES_MAX MIG_DOC_BYTES_MAX
#define VALUE_BYTES_MAX 1000
#define LIST_SHOWN 4
#define NAMES_BYTES_MAX 4096
#define FLAG "{flag}" /* may stand in the value of an address, as in migarchd.conf */

struct mig_missing {
	const char *where;
	struct mig_missing *next;
};

/* A member of the specification that says which means are in use. */
struct hint {
	const char *choice;
	const char *path[4]; /* ended by NULL */
	const char *word;    /* when the text has it, whatever the letters' case */
	const char *value;
};

static const struct hint hints[] = {
	{ "router", { "legacy_service", "infrastructure", "load_balancer" }, "alb", "aws" },
	{ "router", { "legacy_service", "infrastructure", "load_balancer" }, "elb", "aws" },
	{ "router", { "legacy_service", "infrastructure", "load_balancer" }, "haproxy", "haproxy" },
	{ "router", { "new_service", "infrastructure", "load_balancer" }, "alb", "aws" },
	{ "router", { "new_service", "infrastructure", "load_balancer" }, "haproxy", "haproxy" },
	{ "orchestrator", { "new_service", "infrastructure", "container_platform" }, "kube",
	    "kubernetes" },
	{ "orchestrator", { "new_service", "infrastructure", "container_platform" }, "eks",
	    "kubernetes" },
	{ "orchestrator", { "new_service", "infrastructure", "container_platform" }, "systemd",
	    "systemd" },
};

static const struct mig_json *
walk(const struct mig_json *node, const char *const *path)
{
	for (; *path != NULL; path++)
		node = mig_json_get(node, *path);
	return node;
}

/* The position of a placeholder's row; that of the end when there is none. */
static size_t
find_row(const char *name, size_t len)
{
	size_t i = 0;
	while (mig_placeholder_rows[i].name != NULL &&
	    (strncmp(mig_placeholder_rows[i].name, name, len) != 0 ||
	        mig_placeholder_rows[i].name[len] != '\0'))
		i++;
	MIG_ASSERT(i < MIG_PLACEHOLDERS_MAX);
	return i;
}

/* What is wrong with a value whatever it is for; NULL when nothing is. */
static const char *
value_fault(const char *text)
{
	if (*text == '\0')
		return "must not be empty";
	if (*text == '-')
		return "must not begin with -: commands would take it for an option";
	if (strlen(text) > VALUE_BYTES_MAX)
		return "is longer than 1000 bytes";
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return "must be one line without control characters";
	return NULL;
}

/* What is wrong with a value for this placeholder; NULL when nothing is. */
static const char *
kind_fault(const struct mig_placeholder_row *row, const char *text)
{
	switch (row->kind) {
	case MIG_VALUE_WORD:
		return mig_quote_is_word(text) ? NULL : "may hold letters, digits and .:_/- only";
	case MIG_VALUE_CHOICE:
		for (size_t i = 0; row->choices[i] != NULL; i++)
			if (strcmp(row->choices[i], text) == 0)
				return NULL;
		return "is none of the known ones (see migarch(1))";
	case MIG_VALUE_FACT:
		return "is taken from the plan and cannot be set";
	case MIG_VALUE_IDENTIFIER:
		return mig_form_identifier.matches(text) ? NULL : mig_form_identifier.wanted;
	case MIG_VALUE_TEXT:
	case MIG_VALUE_STATEMENT:
		break;
	}
	return NULL;
}

static const char *
nearest(const char *name)
{
	const char *names[MIG_PLACEHOLDERS_MAX + 1] = { NULL };
	for (size_t i = 0; mig_placeholder_rows[i].name != NULL; i++)
		names[i] = mig_placeholder_rows[i].name;
	return mig_num_nearest(name, names);
}

/* Values of the command line: a name that nothing uses is a fault. */
static void
take_sets(struct mig_fill *fill, const struct mig_template_var *sets,
    struct mig_findings *findings)
{
	for (; sets->name != NULL; sets++) {
		size_t index = find_row(sets->name, strlen(sets->name));
		const struct mig_placeholder_row *row = &mig_placeholder_rows[index];
		const char *near = row->name == NULL ? nearest(sets->name) : NULL;
		const char *fault = value_fault(sets->value);
		if (fault == NULL && row->name != NULL)
			fault = kind_fault(row, sets->value);
		if (row->name == NULL)
			(void)mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL,
			    "see migarch(1) for the list",
			    "no placeholder is called \"%.80s\"%s%s%s", sets->name,
			    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
			    near != NULL ? "?)" : "");
		else if (fault != NULL)
			(void)mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL, NULL,
			    "the value of %s %s", sets->name, fault);
		else
			fill->values[index] = sets->value;
	}
}

/* Values of the specification, where none was given. */
static void
take_parameters(struct mig_fill *fill, const struct mig_json *plan,
    struct mig_findings *findings)
{
	struct mig_reader reader = { findings, NULL, MIG_SEV_WARNING };
	struct mig_at root = mig_shape_root(plan);
	struct mig_at spec = mig_at_key(&root, "spec");
	struct mig_at list = mig_at_key(&spec, "parameters");
	struct mig_at item = { 0 };
	while (list.node != NULL && mig_at_each(&list, &item)) {
		const char *text = mig_json_string(item.node);
		size_t index = find_row(item.key, strlen(item.key));
		const struct mig_placeholder_row *row = &mig_placeholder_rows[index];
		const char *fault = row->name == NULL ? NULL : kind_fault(row, text);
		if (row->name == NULL)
			mig_at_warning(&reader, &item, nearest(item.key),
			    "is no placeholder of a runbook");
		else if (fault != NULL)
			mig_at_error(&reader, &item, NULL, "%s", fault);
		else if (fill->values[index] == NULL)
			fill->values[index] = text;
	}
}

static void
derive(struct mig_fill *fill, const char *name, const char *value)
{
	size_t index = find_row(name, strlen(name));
	MIG_ASSERT(mig_placeholder_rows[index].name != NULL);
	if (fill->values[index] == NULL)
		fill->values[index] = value;
}

/* A system's name without what stands in parentheses behind it. */
static const char *
short_name(struct mig_fill *fill, const char *name)
{
	const char *open = strstr(name, " (");
	if (open == NULL || open == name)
		return name;
	return mig_arena_strndup(fill->arena, name, (size_t)(open - name));
}

/* Only a name that is one word can be that of a deployment or database; no other is guessed. */
static const char *
only_word(const char *name)
{
	return name != NULL && mig_quote_is_word(name) ? name : NULL;
}

/* The first critical table, else the first; of the schema changes when none is moved. */
static const char *
main_table(const struct mig_json *spec)
{
	const struct mig_json *tables = mig_json_get(spec, "tables_to_migrate");
	const struct mig_json *changed = mig_json_first(mig_json_get(spec, "schema_changes"));
	const struct mig_json *node = mig_json_first(tables);
	while (node != NULL && !mig_json_bool(mig_json_get(node, "critical")))
		node = mig_json_next(node);
	if (node == NULL)
		node = mig_json_first(tables);
	return node != NULL ? mig_json_string(mig_json_get(node, "name"))
	                    : mig_json_string(mig_json_get(changed, "table"));
}

/* A column of the table that the schema changes name. */
static const char *
main_column(const struct mig_json *spec, const char *table)
{
	const struct mig_json *node = mig_json_first(mig_json_get(spec, "schema_changes"));
	for (; node != NULL && table != NULL; node = mig_json_next(node)) {
		if (strcmp(mig_json_string(mig_json_get(node, "table")), table) != 0)
			continue;
		const struct mig_json *change = mig_json_first(mig_json_get(node, "changes"));
		for (; change != NULL; change = mig_json_next(change))
			if (mig_json_get(change, "column") != NULL)
				return mig_json_string(mig_json_get(change, "column"));
	}
	return NULL;
}

/* "a, b, c, d and 7 more" of the elements' names (key NULL: the elements themselves). */
static const char *
join(struct mig_fill *fill, const struct mig_json *list, const char *key, const char *fallback)
{
	struct mig_buf text;
	mig_buf_init(&text, NAMES_BYTES_MAX);
	size_t count = mig_json_count(list);
	const struct mig_json *node = mig_json_first(list);
	for (size_t i = 0; i < count && i < LIST_SHOWN; i++, node = mig_json_next(node)) {
		const struct mig_json *name = key == NULL ? node : mig_json_get(node, key);
		mig_buf_puts(&text, i > 0 ? ", " : "");
		mig_buf_puts(&text, mig_json_string(name));
	}
	if (count > LIST_SHOWN)
		mig_buf_printf(&text, " and %zu more", count - LIST_SHOWN);
	const char *kept = fallback;
	if (count > 0 && mig_buf_ok(&text))
		kept = mig_arena_strdup(fill->arena, text.data);
	mig_buf_fini(&text);
	return kept;
}

static bool
has_word(const char *text, const char *word)
{
	for (; *text != '\0'; text++)
		if (strncasecmp(text, word, strlen(word)) == 0)
			return true;
	return false;
}

static void
derive_choices(struct mig_fill *fill, const struct mig_json *spec)
{
	const struct mig_json *details = mig_json_get(spec, "service_details");
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		const char *text = mig_json_string(walk(details, hints[i].path));
		if (text != NULL && has_word(text, hints[i].word))
			derive(fill, hints[i].choice, hints[i].value);
	}
	derive(fill, "router", "http");
	derive(fill, "orchestrator", "http");
}

/* What the preparation makes for a table is called after it. */
static void
derive_helpers(struct mig_fill *fill)
{
	const char *table = fill->values[find_row("table_name", strlen("table_name"))];
	if (table == NULL)
		return;
	derive(fill, "helper_table", mig_arena_printf(fill->arena, "%s_migration", table));
	derive(fill, "helper_function", mig_arena_printf(fill->arena, "%s_migration_sync", table));
}

static void
derive_all(struct mig_fill *fill, const struct mig_json *plan)
{
	static const char *const endpoints[] = { "service_details", "legacy_service", "endpoints",
		NULL };
	static const char *const ttl[] = { "infrastructure_details", "network", "dns_ttl_seconds",
		NULL };
	const struct mig_json *spec = mig_json_get(plan, "spec");
	const char *long_source = mig_json_string(mig_json_get(plan, "source_system"));
	const char *long_target = mig_json_string(mig_json_get(plan, "target_system"));
	const char *source = short_name(fill, long_source);
	const char *target = short_name(fill, long_target);
	const char *table = main_table(spec);
	const struct mig_json *seconds = walk(spec, ttl);
	/* Whoever reads it must not mistake one for the other. */
	if (source != NULL && target != NULL && strcmp(source, target) == 0) {
		source = long_source;
		target = long_target;
	}
	derive(fill, "source", source);
	derive(fill, "target", target);
	derive(fill, "migration_id", mig_json_string(mig_json_get(plan, "migration_id")));
	derive(fill, "database_name", only_word(source));
	derive(fill, "service_name", only_word(target));
	derive(fill, "table_name", table);
	derive_helpers(fill);
	derive(fill, "column_name", main_column(spec, table));
	derive(fill, "flag_list", join(fill, mig_json_get(spec, "feature_flags"), "name", "none"));
	derive(fill, "table_list",
	    join(fill, mig_json_get(spec, "tables_to_migrate"), "name", "every table"));
	derive(fill, "endpoint_list", join(fill, walk(spec, endpoints), NULL, "every endpoint"));
	derive(fill, "ttl",
	    seconds == NULL ? "as long as the records say"
	                    : mig_arena_printf(fill->arena, "%.0f seconds",
	                          mig_json_number(seconds)));
	derive_choices(fill, spec);
}

int
mig_fill_init(const struct mig_json *plan, const struct mig_template_var *sets,
    struct mig_fill *ret_fill, struct mig_findings *findings)
{
	size_t errors = findings->errors;
	struct mig_fill fill = { .arena = mig_arena_new(FILL_BYTES_MAX) };
	if (fill.arena == NULL)
		return MIG_ENOMEM;
	if (sets != NULL)
		take_sets(&fill, sets, findings);
	take_parameters(&fill, plan, findings);
	derive_all(&fill, plan);
	int error = findings->errors > errors ? MIG_EDOC : MIG_OK;
	if (error == MIG_OK && mig_arena_failed(fill.arena))
		error = MIG_ENOMEM;
	if (error != MIG_OK)
		mig_fill_fini(&fill);
	else
		*ret_fill = fill;
	return error;
}

void
mig_fill_fini(struct mig_fill *fill)
{
	mig_arena_free(fill->arena);
	memset(fill, 0, sizeof(*fill));
}

const char *
mig_fill_choice(const struct mig_fill *fill, const char *name)
{
	size_t index = find_row(name, strlen(name));
	return fill->values[index];
}

void
mig_fill_local(struct mig_fill *fill, const char *name, enum mig_value_kind kind,
    const char *value)
{
	size_t i = 0;
	while (i < fill->local_count && strcmp(fill->locals[i].name, name) != 0)
		i++;
	MIG_ASSERT(i < MIG_LOCALS_MAX);
	fill->locals[i] = (struct mig_local){ name, value, kind };
	if (i == fill->local_count)
		fill->local_count++;
}

void
mig_fill_step(struct mig_fill *fill, const char *where)
{
	const char *copy = mig_arena_strdup(fill->arena, where);
	fill->where = copy == NULL ? "" : copy; /* the arena remembers */
	fill->local_count = 0;
}

/* Remember that a placeholder of the present step has no value. */
static void
miss(struct mig_fill *fill, size_t index)
{
	struct mig_missing *last = fill->last[index];
	if (last != NULL && strcmp(last->where, fill->where) == 0)
		return;
	struct mig_missing *entry = mig_arena_alloc(fill->arena, sizeof(*entry));
	if (entry == NULL)
		return; /* the arena remembers */
	*entry = (struct mig_missing){ .where = fill->where };
	if (last != NULL) {
		last->next = entry;
	} else {
		fill->first[index] = entry;
		fill->order[fill->missing_count++] = index;
	}
	fill->last[index] = entry;
}

/* The step's own value of this name, NULL when it has none. */
static const struct mig_local *
find_local(const struct mig_fill *fill, const char *name, size_t len)
{
	for (size_t i = 0; i < fill->local_count; i++) {
		const char *own = fill->locals[i].name;
		if (strncmp(own, name, len) == 0 && own[len] == '\0')
			return &fill->locals[i];
	}
	return NULL;
}

/* An address may name the flag of the step, as those of migarchd.conf do. */
static void
put_value(struct mig_fill *fill, struct mig_quote *quote, const struct mig_local *value,
    struct mig_buf *out)
{
	const char *text = value->value;
	const char *at = value->kind == MIG_VALUE_TEXT ? strstr(text, FLAG) : NULL;
	const struct mig_local *flag = find_local(fill, "flag", strlen("flag"));
	if (at != NULL && flag != NULL)
		text = mig_arena_printf(fill->arena, "%.*s%s%s", (int)(at - text), text,
		    flag->value, at + strlen(FLAG));
	if (text != NULL)
		mig_quote_put(quote, value->kind, text, out);
}

/* The value of the placeholder of this name: the step's own, or one for all. */
static bool
look_up(struct mig_fill *fill, const char *name, size_t len, struct mig_local *ret_value)
{
	const struct mig_local *own = find_local(fill, name, len);
	if (own != NULL) {
		*ret_value = *own;
		return true;
	}
	size_t index = find_row(name, len);
	const struct mig_placeholder_row *row = &mig_placeholder_rows[index];
	MIG_ASSERT(row->name != NULL);
	if (fill->values[index] == NULL) {
		miss(fill, index);
		return false;
	}
	*ret_value = (struct mig_local){ row->name, fill->values[index], row->kind };
	return true;
}

void
mig_fill_text(struct mig_fill *fill, enum mig_place place, const char *text, struct mig_buf *out)
{
	struct mig_quote quote = { .place = place };
	while (*text != '\0') {
		size_t len = mig_quote_name(&quote, text);
		struct mig_local value = { 0 };
		if (len > 0 && look_up(fill, text + 1, len, &value)) {
			put_value(fill, &quote, &value, out);
			text += len + 2;
			continue;
		}
		mig_quote_pass(&quote, *text);
		mig_buf_putc(out, *text++);
	}
}

void
mig_fill_write(struct mig_fill *fill, struct mig_jw *jw, const char *key, enum mig_place place,
    const char *text)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_fill_text(fill, place, text, &out);
	mig_jw_string(jw, key, out.data);
	/* A text that could not be built must not pass for a short one. */
	if (!mig_buf_ok(&out))
		jw->out->failed = true;
	mig_buf_fini(&out);
}

void
mig_fill_write_missing(const struct mig_fill *fill, struct mig_jw *jw, const char *key)
{
	mig_jw_array(jw, key);
	for (size_t i = 0; i < fill->missing_count; i++) {
		const struct mig_placeholder_row *row = &mig_placeholder_rows[fill->order[i]];
		const struct mig_missing *entry = fill->first[fill->order[i]];
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "placeholder", row->name);
		mig_jw_string(jw, "meaning", row->meaning);
		mig_jw_array(jw, "steps");
		for (; entry != NULL; entry = entry->next)
			mig_jw_string(jw, NULL, entry->where);
		mig_jw_array_end(jw);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

void
mig_fill_warn(const struct mig_fill *fill, struct mig_findings *findings)
{
	struct mig_buf names;
	if (fill->missing_count == 0)
		return;
	mig_buf_init(&names, NAMES_BYTES_MAX);
	for (size_t i = 0; i < fill->missing_count; i++)
		mig_buf_printf(&names, "%s%s", i > 0 ? ", " : "",
		    mig_placeholder_rows[fill->order[i]].name);
	(void)mig_findings_add(findings, MIG_SEV_WARNING, NULL, NULL,
	    "give them with --set NAME=VALUE or in the specification's parameters",
	    "%zu placeholder%s of the runbook %s no value: %s", fill->missing_count,
	    fill->missing_count == 1 ? "" : "s", fill->missing_count == 1 ? "has" : "have",
	    names.data);
	mig_buf_fini(&names);
}

void
mig_fill_check_parameters(struct mig_reader *reader, const struct mig_at *at)
{
	struct mig_at item = { 0 };
	if (mig_json_type(at->node) != MIG_JSON_OBJECT) {
		mig_at_error(reader, at, NULL, "must be an object, not %s",
		    mig_json_type_name(mig_json_type(at->node)));
		return;
	}
	while (mig_at_each(at, &item)) {
		const char *text = mig_json_string(item.node);
		const char *fault = text == NULL ? "must be a string" : value_fault(text);
		if (!mig_form_snake.matches(item.key))
			mig_at_error(reader, &item, mig_form_snake.wanted,
			    "\"%.80s\" is no name of a parameter", item.key);
		if (fault != NULL)
			mig_at_error(reader, &item, NULL, "%s", fault);
	}
}
