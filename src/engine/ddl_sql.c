/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "engine/ddl_int.h"

#define NAME_BYTES_MAX 63 /* PostgreSQL cuts what is longer */
#define DIGEST_BYTES 9    /* "_" and eight hexadecimal digits */
#define SQL_BYTES_MAX (1024U * 1024U)
#define TYPE_BYTES_MAX 64

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char letters_and_digits[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";

char *
mig_ddl_keep(struct mig_arena *arena, struct mig_buf *text)
{
	/* A text over its limit must not pass for a short one: more than any arena has fails it. */
	char *kept = mig_buf_ok(text) ? mig_arena_strdup(arena, text->data)
	    : mig_arena_alloc(arena, SIZE_MAX);
	mig_buf_fini(text);
	return kept;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The length of a text without white space around it; *text is moved to its start. */
static size_t
trim(const char **text, size_t len)
{
	while (len > 0 && is_space(**text)) {
		(*text)++;
		len--;
	}
	while (len > 0 && is_space((*text)[len - 1]))
		len--;
	return len;
}

/* How many bytes of a name PostgreSQL keeps: no character is cut in two. */
static size_t
kept_length(const char *name, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)name[max] & 0xC0U) == 0x80U)
		max--;
	return max;
}

static void
append_quoted(struct mig_buf *out, const char *text, size_t len, char quote)
{
	mig_buf_putc(out, quote);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == quote)
			mig_buf_putc(out, quote);
		mig_buf_putc(out, text[i]);
	}
	mig_buf_putc(out, quote);
}

static void
append_name(struct mig_buf *out, const char *name, size_t len)
{
	append_quoted(out, name, kept_length(name, len, NAME_BYTES_MAX), '"');
}

char *
mig_ddl_name(struct mig_arena *arena, const char *name)
{
	struct mig_buf out;
	mig_buf_init(&out, SQL_BYTES_MAX);
	append_name(&out, name, strlen(name));
	return mig_ddl_keep(arena, &out);
}

char *
mig_ddl_path(struct mig_arena *arena, const char *schema, const char *name)
{
	const char *dot = strchr(name, '.');
	struct mig_buf out;
	mig_buf_init(&out, SQL_BYTES_MAX);
	if (dot != NULL) {
		append_name(&out, name, (size_t)(dot - name));
		mig_buf_putc(&out, '.');
		name = dot + 1;
	} else if (schema != NULL) {
		append_name(&out, schema, strlen(schema));
		mig_buf_putc(&out, '.');
	}
	append_name(&out, name, strlen(name));
	return mig_ddl_keep(arena, &out);
}

char *
mig_ddl_literal(struct mig_arena *arena, const char *text)
{
	struct mig_buf out;
	mig_buf_init(&out, SQL_BYTES_MAX);
	append_quoted(&out, text, strlen(text), '\'');
	return mig_ddl_keep(arena, &out);
}

char *
mig_ddl_name_literal(struct mig_arena *arena, const char *name)
{
	struct mig_buf out;
	mig_buf_init(&out, SQL_BYTES_MAX);
	append_quoted(&out, name, kept_length(name, strlen(name), NAME_BYTES_MAX), '\'');
	return mig_ddl_keep(arena, &out);
}

char *
mig_ddl_derived(struct mig_arena *arena, const char *prefix, const char *name, const char *suffix)
{
	size_t len = strlen(name);
	size_t around = strlen(prefix) + strlen(suffix);
	if (around + len <= NAME_BYTES_MAX)
		return mig_arena_printf(arena, "%s%s%s", prefix, name, suffix);
	uint32_t hash = 2166136261U; /* FNV-1a */
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619U;
	size_t cut = kept_length(name, len, NAME_BYTES_MAX - around - DIGEST_BYTES);
	return mig_arena_printf(arena, "%s%.*s_%08x%s", prefix, (int)cut, name, (unsigned)hash,
	    suffix);
}

/* A type that other databases call otherwise. */
struct type_alias {
	const char *name;
	const char *postgresql;
	bool cut; /* what stands in parentheses means nothing here */
};

static const struct type_alias type_aliases[] = {
	{ "int", "int", true },
	{ "integer", "integer", true },
	{ "bigint", "bigint", true },
	{ "smallint", "smallint", true },
	{ "tinyint", "smallint", true },
	{ "mediumint", "int", true },
	{ "double", "double precision", true },
	{ "datetime", "timestamp", false },
	{ "tinytext", "text", true },
	{ "mediumtext", "text", true },
	{ "longtext", "text", true },
	{ "nvarchar", "varchar", false },
	{ "blob", "bytea", true },
};

char *
mig_ddl_type(struct mig_arena *arena, const char *type)
{
	size_t len = trim(&type, strlen(type));
	const char *text = mig_arena_strndup(arena, type, len);
	if (text == NULL)
		return NULL;
	static const char more[] = " ()[],.\"";
	size_t plain = 0;
	while (plain < len && (strchr(letters_and_digits, text[plain]) != NULL ||
	    strchr(more, text[plain]) != NULL || (unsigned char)text[plain] >= 0x80))
		plain++;
	if (plain < len)
		return mig_ddl_name(arena, text);
	size_t word = strspn(text, letters_and_digits);
	const char *rest = text + word;
	rest += strspn(rest, " ");
	for (size_t i = 0; i < COUNT_OF(type_aliases); i++) {
		const struct type_alias *row = &type_aliases[i];
		bool whole = *rest == '\0' || (*rest == '(' && text[len - 1] == ')');
		if (!whole || strlen(row->name) != word || strncasecmp(text, row->name, word) != 0)
			continue;
		return mig_arena_printf(arena, "%s%s", row->postgresql, row->cut ? "" : rest);
	}
	return mig_arena_strdup(arena, text);
}

/* A type taken apart: its family, and up to two numbers in parentheses. */
struct type_parts {
	char word[TYPE_BYTES_MAX];
	int64_t number[2];
	int count;
};

/* Spellings of the families that can be widened. */
static const char *const type_families[][2] = {
	{ "character varying", "varchar" },
	{ "varchar", "varchar" },
	{ "text", "text" },
	{ "numeric", "numeric" },
	{ "decimal", "numeric" },
	{ "smallint", "smallint" },
	{ "int2", "smallint" },
	{ "int", "integer" },
	{ "int4", "integer" },
	{ "integer", "integer" },
	{ "bigint", "bigint" },
	{ "int8", "bigint" },
};

static bool
take_numbers(const char *text, struct type_parts *parts)
{
	while (parts->count < 2) {
		size_t digits = strspn(text, "0123456789");
		char number[16];
		if (digits == 0 || digits >= sizeof(number))
			return false;
		memcpy(number, text, digits);
		number[digits] = '\0';
		if (mig_num_int(number, 0, INT32_MAX, &parts->number[parts->count]) != MIG_OK)
			return false;
		parts->count++;
		text += digits;
		text += strspn(text, " ");
		if (strcmp(text, ")") == 0)
			return true;
		if (*text != ',')
			return false;
		text++;
		text += strspn(text, " ");
	}
	return false;
}

static bool
take_apart(struct mig_arena *arena, const char *type, struct type_parts *ret_parts)
{
	struct type_parts parts = { .count = 0 };
	const char *text = mig_ddl_type(arena, type);
	if (text == NULL)
		return false;
	size_t len = 0;
	for (; *text != '\0' && *text != '(' && len + 1 < sizeof(parts.word); text++)
		if (*text != ' ' || (len > 0 && parts.word[len - 1] != ' '))
			parts.word[len++] = lower(*text);
	while (len > 0 && parts.word[len - 1] == ' ')
		len--;
	parts.word[len] = '\0';
	if (*text != '\0' && (*text != '(' || !take_numbers(text + 1, &parts)))
		return false;
	for (size_t i = 0; i < COUNT_OF(type_families); i++) {
		if (strcmp(type_families[i][0], parts.word) != 0)
			continue;
		(void)snprintf(parts.word, sizeof(parts.word), "%s", type_families[i][1]);
		*ret_parts = parts;
		return true;
	}
	return false;
}

/* Its place among the integers, 0 for none. */
static int
integer_size(const struct type_parts *parts)
{
	static const char *const sizes[] = { "smallint", "integer", "bigint" };
	for (int i = 0; i < (int)COUNT_OF(sizes); i++)
		if (strcmp(sizes[i], parts->word) == 0)
			return i + 1;
	return 0;
}

static bool
is_wider(const struct type_parts *old, const struct type_parts *new)
{
	bool was_varchar = strcmp(old->word, "varchar") == 0;
	bool was_numeric = strcmp(old->word, "numeric") == 0;
	if (integer_size(old) > 0)
		return integer_size(new) >= integer_size(old);
	if (strcmp(new->word, "text") == 0)
		return was_varchar || strcmp(old->word, "text") == 0;
	if (strcmp(new->word, "varchar") == 0 && !was_numeric)
		return new->count == 0 ||
		    (was_varchar && old->count > 0 && new->number[0] >= old->number[0]);
	/* Digits behind the point stay as many: going back would round. */
	return was_numeric && strcmp(new->word, "numeric") == 0 &&
	    (old->count > 0) == (new->count > 0) && new->number[0] >= old->number[0] &&
	    new->number[1] == old->number[1];
}

bool
mig_ddl_widens(struct mig_arena *arena, const char *old_type, const char *new_type,
    const char **ret_shown, bool *ret_rewrites)
{
	struct type_parts old;
	struct type_parts new;
	if (!take_apart(arena, old_type, &old) || !take_apart(arena, new_type, &new) ||
	    !is_wider(&old, &new))
		return false;
	const char *word = strcmp(new.word, "varchar") == 0 ? "character varying" : new.word;
	const char *shown = NULL;
	if (new.count == 0 || integer_size(&new) > 0)
		shown = mig_arena_strdup(arena, word);
	else if (strcmp(new.word, "numeric") == 0)
		shown = mig_arena_printf(arena, "numeric(%d,%d)", (int)new.number[0],
		    (int)new.number[1]);
	else
		shown = mig_arena_printf(arena, "%s(%d)", word, (int)new.number[0]);
	*ret_shown = shown == NULL ? "" : shown;
	*ret_rewrites = integer_size(&new) > integer_size(&old);
	return true;
}

/* What a value of a type looks like. */
enum value_class { VALUE_TEXT, VALUE_NUMBER, VALUE_BOOL, VALUE_TIME, VALUE_UUID, VALUE_OTHER };

static const struct {
	const char *word;
	enum value_class value;
} value_classes[] = {
	{ "text", VALUE_TEXT }, { "varchar", VALUE_TEXT }, { "char", VALUE_TEXT },
	{ "character", VALUE_TEXT }, { "bpchar", VALUE_TEXT }, { "citext", VALUE_TEXT },
	{ "smallint", VALUE_NUMBER }, { "int", VALUE_NUMBER }, { "integer", VALUE_NUMBER },
	{ "bigint", VALUE_NUMBER }, { "int2", VALUE_NUMBER }, { "int4", VALUE_NUMBER },
	{ "int8", VALUE_NUMBER }, { "numeric", VALUE_NUMBER }, { "decimal", VALUE_NUMBER },
	{ "real", VALUE_NUMBER }, { "float", VALUE_NUMBER }, { "float4", VALUE_NUMBER },
	{ "float8", VALUE_NUMBER }, { "double", VALUE_NUMBER },
	{ "bool", VALUE_BOOL }, { "boolean", VALUE_BOOL },
	{ "timestamp", VALUE_TIME }, { "timestamptz", VALUE_TIME }, { "date", VALUE_TIME },
	{ "time", VALUE_TIME }, { "timetz", VALUE_TIME },
	{ "uuid", VALUE_UUID },
};

/* Defaults that are calls, by what they are called in specifications. */
static const struct {
	const char *name;
	enum value_class value;
	const char *sql;
	bool by_row;
} default_calls[] = {
	{ "now()", VALUE_TIME, "now()", false },
	{ "now", VALUE_TIME, "now()", false },
	{ "current_timestamp", VALUE_TIME, "CURRENT_TIMESTAMP", false },
	{ "current_timestamp()", VALUE_TIME, "CURRENT_TIMESTAMP", false },
	{ "current_date", VALUE_TIME, "CURRENT_DATE", false },
	{ "localtimestamp", VALUE_TIME, "LOCALTIMESTAMP", false },
	{ "transaction_timestamp()", VALUE_TIME, "transaction_timestamp()", false },
	{ "statement_timestamp()", VALUE_TIME, "statement_timestamp()", false },
	{ "clock_timestamp()", VALUE_TIME, "clock_timestamp()", true },
	{ "gen_random_uuid()", VALUE_UUID, "gen_random_uuid()", true },
	{ "uuid_generate_v4()", VALUE_UUID, "uuid_generate_v4()", true },
	{ "random()", VALUE_NUMBER, "random()", true },
};

static enum value_class
class_of(const char *type)
{
	size_t word = strspn(type, letters_and_digits);
	if (strchr(type, '[') != NULL)
		return VALUE_OTHER;
	for (size_t i = 0; i < COUNT_OF(value_classes); i++)
		if (strlen(value_classes[i].word) == word &&
		    strncasecmp(value_classes[i].word, type, word) == 0)
			return value_classes[i].value;
	return VALUE_OTHER;
}

static enum mig_ddl_default
default_string(struct mig_arena *arena, enum value_class value, const char *text,
    const char **ret_sql)
{
	double number;
	for (size_t i = 0; i < COUNT_OF(default_calls); i++) {
		if (value != default_calls[i].value || strcasecmp(default_calls[i].name, text) != 0)
			continue;
		*ret_sql = default_calls[i].sql;
		return default_calls[i].by_row ? MIG_DDL_DEFAULT_BY_ROW : MIG_DDL_DEFAULT_SAME;
	}
	const char *sql = value == VALUE_NUMBER && mig_num_double(text, &number) == MIG_OK
	    ? mig_arena_strdup(arena, text) : mig_ddl_literal(arena, text);
	*ret_sql = sql == NULL ? "" : sql;
	return MIG_DDL_DEFAULT_SAME;
}

static const char *
number_text(struct mig_arena *arena, const struct mig_json *value)
{
	struct mig_buf out;
	mig_buf_init(&out, TYPE_BYTES_MAX);
	if (mig_json_is_integer(value))
		mig_num_format_int((int64_t)mig_json_number(value), &out);
	else
		mig_num_format(mig_json_number(value), &out);
	const char *text = mig_ddl_keep(arena, &out);
	return text == NULL ? "" : text;
}

enum mig_ddl_default
mig_ddl_default(struct mig_arena *arena, const char *type, const struct mig_json *value,
    const char **ret_sql)
{
	enum value_class column = class_of(type);
	const char *text = mig_json_string(value);
	const char *sql = "";
	if (value != NULL && mig_json_type(value) == MIG_JSON_BOOL) {
		bool yes = mig_json_bool(value);
		text = yes ? "true" : "false";
		sql = column == VALUE_NUMBER ? (yes ? "1" : "0") : text;
		if (column != VALUE_NUMBER && column != VALUE_BOOL)
			sql = mig_ddl_literal(arena, text);
	} else if (value != NULL && mig_json_type(value) == MIG_JSON_NUMBER) {
		bool zero = mig_num_same(mig_json_number(value), 0);
		sql = number_text(arena, value);
		if (column == VALUE_BOOL)
			sql = zero ? "false" : "true";
		else if (column != VALUE_NUMBER)
			sql = mig_ddl_literal(arena, sql);
	} else if (text != NULL) {
		return default_string(arena, column, text, ret_sql);
	}
	*ret_sql = sql == NULL ? "" : sql;
	return **ret_sql == '\0' ? MIG_DDL_DEFAULT_NONE : MIG_DDL_DEFAULT_SAME;
}

bool
mig_ddl_fills_itself(const char *type)
{
	static const char *const words[] = { "serial", "bigserial", "smallserial", "serial4",
		"serial8", "generated", "default" };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (mig_ddl_mentions(type, words[i]))
			return true;
	return false;
}

bool
mig_ddl_mentions(const char *text, const char *word)
{
	size_t len = strlen(word);
	while (*text != '\0') {
		size_t run = strspn(text, letters_and_digits);
		if (run == len && strncasecmp(text, word, len) == 0)
			return true;
		text += run == 0 ? 1 : run;
	}
	return false;
}
