/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "schema/type.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SUFFIX_MAX 64
#define FLOAT_DIGITS_MAX 24 /* float(n) is real up to here, in bits; MySQL: float */
#define ARGUMENT_MAX INT64_C(1000000000)

/* Where a word is written to. */
struct out {
	char *data;
	size_t len;
	size_t cap;
	bool blank; /* before the next word */
	bool failed;
};

/* The parts as they are written, before names are made one. */
struct raw {
	char name[MIG_DB_TYPE_NAME_MAX];
	char suffix[SUFFIX_MAX];
	const char *brackets; /* NULL: none */
	size_t brackets_len;
	bool array;
};

/* Names that are one type, and how many arguments are put where none are. */
struct alias_row {
	const char *alias;
	const char *name;
};

static const struct alias_row postgresql_aliases[] = {
	{ "int", "integer" },
	{ "int4", "integer" },
	{ "int2", "smallint" },
	{ "int8", "bigint" },
	{ "bool", "boolean" },
	{ "float4", "real" },
	{ "float8", "double precision" },
	{ "float", "double precision" },
	{ "decimal", "numeric" },
	{ "dec", "numeric" },
	{ "varchar", "character varying" },
	{ "char varying", "character varying" },
	{ "nchar varying", "character varying" },
	{ "national char varying", "character varying" },
	{ "national character varying", "character varying" },
	{ "char", "character" },
	{ "nchar", "character" },
	{ "national char", "character" },
	{ "national character", "character" },
	{ "varbit", "bit varying" },
	{ "timestamptz", "timestamp" },
	{ "timetz", "time" },
};

static const struct alias_row mysql_aliases[] = {
	{ "integer", "int" },
	{ "int4", "int" },
	{ "int1", "tinyint" },
	{ "int2", "smallint" },
	{ "int3", "mediumint" },
	{ "middleint", "mediumint" },
	{ "int8", "bigint" },
	{ "bool", "tinyint" },
	{ "boolean", "tinyint" },
	{ "float4", "float" },
	{ "float8", "double" },
	{ "double precision", "double" },
	{ "real", "double" },
	{ "numeric", "decimal" },
	{ "dec", "decimal" },
	{ "fixed", "decimal" },
	{ "character varying", "varchar" },
	{ "char varying", "varchar" },
	{ "varcharacter", "varchar" },
	{ "nvarchar", "varchar" },
	{ "national varchar", "varchar" },
	{ "character", "char" },
	{ "nchar", "char" },
	{ "national char", "char" },
	{ "long", "mediumtext" },
	{ "long varchar", "mediumtext" },
	{ "long varbinary", "mediumblob" },
};

/* In byte order, for a binary search. */
static const char *const reserved_words[] = { "all", "analyse", "analyze", "and", "any", "array",
	"as", "asc", "asymmetric", "authorization", "between", "bigint", "binary", "bit", "boolean",
	"both", "case", "cast", "char", "character", "check", "coalesce", "collate", "collation",
	"column", "concurrently", "constraint", "create", "cross", "current_catalog",
	"current_date", "current_role", "current_schema", "current_time", "current_timestamp",
	"current_user", "dec", "decimal", "default", "deferrable", "desc", "distinct", "do", "else",
	"end", "except", "exists", "extract", "false", "fetch", "float", "for", "foreign", "freeze",
	"from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in",
	"initially", "inner", "inout", "int", "integer", "intersect", "interval", "into", "is",
	"isnull", "join", "json", "json_array", "json_arrayagg", "json_exists", "json_object",
	"json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table", "json_value",
	"lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp",
	"merge_action", "national", "natural", "nchar", "none", "normalize", "not", "notnull",
	"null", "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer",
	"overlaps", "overlay", "placing", "position", "precision", "primary", "real", "references",
	"returning", "right", "row", "select", "session_user", "setof", "similar", "smallint",
	"some", "substring", "symmetric", "system_user", "table", "tablesample", "then", "time",
	"timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using",
	"values", "varchar", "variadic", "verbose", "when", "where", "window", "with",
	"xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces",
	"xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable" };

static int
compare_words(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

bool
mig_db_type_reserved(const char *word)
{
	return bsearch(word, reserved_words, COUNT_OF(reserved_words), sizeof(reserved_words[0]),
	           compare_words) != NULL;
}

static void
put(struct out *out, char c)
{
	if (out->blank && out->len > 0 && c != '.' && out->data[out->len - 1] != '.')
		out->data[out->len++] = ' ';
	out->blank = false;
	if (out->len + 2 >= out->cap) {
		out->failed = true;
		return;
	}
	out->data[out->len++] = c;
	out->data[out->len] = '\0';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether a name reads the same without quotes. */
static bool
is_plain(const char *name, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789$";
	char word[MIG_DB_TYPE_NAME_MAX];
	if (len == 0 || len >= sizeof(word) || strspn(name, letters) < len ||
	    strchr("0123456789$", name[0]) != NULL)
		return false;
	memcpy(word, name, len);
	word[len] = '\0';
	return !mig_db_type_reserved(word);
}

/* A quoted name, p at its first quote; the end, or NULL where there is none. */
static const char *
copy_quoted(struct out *out, const char *p)
{
	const char *end = p + 1;
	while (*end != '\0' && (*end != '"' || end[1] == '"'))
		end += *end == '"' ? 2 : 1;
	if (*end == '\0')
		return NULL;
	bool plain = is_plain(p + 1, (size_t)(end - p) - 1);
	for (const char *c = plain ? p + 1 : p; c < (plain ? end : end + 1); c++)
		put(out, *c);
	return end + 1;
}

/* Words up to a bracket or the end; NULL for a quote that is not closed. */
static const char *
copy_words(struct out *out, const char *p)
{
	while (p != NULL && *p != '\0' && *p != '(' && *p != '[') {
		if (*p == '"') {
			p = copy_quoted(out, p);
			continue;
		}
		if (is_blank(*p))
			out->blank = true;
		else
			put(out, lower(*p));
		p++;
	}
	out->blank = false;
	return p;
}

/* The bracket that closes the one at p, with quotes in between understood; NULL without. */
static const char *
closing(const char *p)
{
	bool quoted = false;
	for (p++; *p != '\0'; p++) {
		if (*p == '\'')
			quoted = !quoted;
		else if (*p == '\\' && quoted && p[1] != '\0')
			p++;
		else if (*p == ')' && !quoted)
			return p;
	}
	return NULL;
}

/* Whether the text ends with the word, which is then cut off. */
static bool
cut_word(char *text, const char *word)
{
	size_t len = strlen(text);
	size_t word_len = strlen(word);
	if (len < word_len || strcmp(text + len - word_len, word) != 0)
		return false;
	if (len > word_len && text[len - word_len - 1] != ' ')
		return false;
	text[len > word_len ? len - word_len - 1 : 0] = '\0';
	return true;
}

static bool
split(const char *text, struct raw *raw)
{
	struct out name = { .data = raw->name, .cap = sizeof(raw->name) };
	struct out suffix = { .data = raw->suffix, .cap = sizeof(raw->suffix) };
	raw->name[0] = raw->suffix[0] = '\0';
	const char *p = copy_words(&name, text);
	if (p == NULL || name.len == 0 || name.failed)
		return false;
	if (*p == '(') {
		const char *end = closing(p);
		if (end == NULL)
			return false;
		raw->brackets = p + 1;
		raw->brackets_len = (size_t)(end - p) - 1;
		p = copy_words(&suffix, end + 1);
	}
	raw->array = (p != NULL && *p == '[') || cut_word(raw->suffix, "array") ||
	    cut_word(raw->name, "array");
	return p != NULL && *p != '(' && !suffix.failed && raw->name[0] != '\0';
}

/* Digits, which may have a minus before and blanks around them, up to a comma or the end. */
static const char *
read_number(const char *p, const char *end, int64_t *ret_value)
{
	while (p < end && is_blank(*p))
		p++;
	bool minus = p < end && *p == '-';
	p += minus ? 1 : 0;
	const char *first = p;
	int64_t value = 0;
	for (; p < end && *p >= '0' && *p <= '9' && value < ARGUMENT_MAX; p++)
		value = value * 10 + (*p - '0');
	if (p == first)
		return NULL;
	while (p < end && is_blank(*p))
		p++;
	*ret_value = minus ? -value : value;
	return p == end || *p == ',' ? p : NULL;
}

static void
read_arguments(const struct raw *raw, struct mig_db_type *type)
{
	const char *p = raw->brackets;
	if (p == NULL)
		return;
	const char *end = p + raw->brackets_len;
	type->text = p;
	type->text_len = raw->brackets_len;
	while (type->arguments_count < MIG_DB_TYPE_ARGUMENTS_MAX) {
		p = read_number(p, end, &type->arguments[type->arguments_count]);
		if (p == NULL)
			break;
		type->arguments_count++;
		if (p == end) {
			type->text = NULL;
			type->text_len = 0;
			return;
		}
		p++;
	}
	type->arguments_count = 0;
}

static void
rename_alias(struct mig_db_type *type, const struct alias_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(type->name, rows[i].alias) != 0)
			continue;
		memcpy(type->name, rows[i].name, strlen(rows[i].name) + 1);
		return;
	}
}

static bool
is_name(const struct mig_db_type *type, const char *name)
{
	return strcmp(type->name, name) == 0;
}

static void
set_name(struct mig_db_type *type, const char *name)
{
	memcpy(type->name, name, strlen(name) + 1);
}

static void
set_argument(struct mig_db_type *type, size_t i, int64_t value)
{
	if (i < type->arguments_count || type->text != NULL)
		return;
	type->arguments[i] = value;
	type->arguments_count = i + 1;
}

/* "interval day to second" to its name and its fields. */
static void
cut_interval(struct mig_db_type *type, const char *fields)
{
	static const char interval[] = "interval";
	size_t len = sizeof(interval) - 1;
	const char *from = type->name[len] == ' ' ? type->name + len + 1 : fields;
	size_t from_len = strlen(from);
	if (from_len < sizeof(type->fields))
		memcpy(type->fields, from, from_len + 1);
	type->name[len] = '\0';
}

/* Zones, which stand behind the brackets or, without any, behind the name. */
static void
cut_zone(struct mig_db_type *type, char *suffix)
{
	if (is_name(type, "timestamptz") || is_name(type, "timetz") ||
	    cut_word(suffix, "with time zone") || cut_word(type->name, "with time zone"))
		type->zone = true;
	else if (!cut_word(suffix, "without time zone"))
		(void)cut_word(type->name, "without time zone");
}

static void
strip_catalog(char *name)
{
	static const char catalog[] = "pg_catalog.";
	size_t len = sizeof(catalog) - 1;
	if (strncmp(name, catalog, len) == 0)
		memmove(name, name + len, strlen(name + len) + 1);
}

static void
finish_postgresql(struct mig_db_type *type, struct raw *raw)
{
	strip_catalog(type->name);
	/* The catalogue's names of array types. */
	if (type->name[0] == '_' && strchr(type->name, '.') == NULL) {
		char name[MIG_DB_TYPE_NAME_MAX];
		memcpy(name, type->name + 1, strlen(type->name));
		for (size_t i = 0; i < COUNT_OF(postgresql_aliases); i++)
			if (strcmp(name, postgresql_aliases[i].alias) == 0) {
				type->array = true;
				set_name(type, name);
			}
	}
	cut_zone(type, raw->suffix);
	if (strncmp(type->name, "interval", 8) == 0 &&
	    (type->name[8] == '\0' || type->name[8] == ' '))
		cut_interval(type, raw->suffix);
	bool is_float = is_name(type, "float");
	rename_alias(type, postgresql_aliases, COUNT_OF(postgresql_aliases));
	if (is_float && type->arguments_count == 1) {
		if (type->arguments[0] <= FLOAT_DIGITS_MAX)
			set_name(type, "real");
		type->arguments_count = 0;
	}
	if (is_name(type, "bpchar") && type->arguments_count == 1)
		set_name(type, "character");
}

static void
finish_mysql(struct mig_db_type *type, struct raw *raw)
{
	static const char *const integers[] = { "tinyint", "smallint", "mediumint", "int",
		"bigint" };
	type->zerofill = cut_word(raw->suffix, "zerofill") || cut_word(type->name, "zerofill");
	type->is_unsigned =
	    cut_word(raw->suffix, "unsigned") || cut_word(type->name, "unsigned") || type->zerofill;
	(void)(cut_word(raw->suffix, "signed") || cut_word(type->name, "signed"));
	bool is_bool = is_name(type, "bool") || is_name(type, "boolean");
	rename_alias(type, mysql_aliases, COUNT_OF(mysql_aliases));
	if (is_bool)
		set_argument(type, 0, 1);
	for (size_t i = 0; i < COUNT_OF(integers); i++)
		if (is_name(type, integers[i]) && !type->zerofill &&
		    (i > 0 || type->arguments_count == 0 || type->arguments[0] != 1))
			type->arguments_count = 0;
	if (is_name(type, "float") && type->arguments_count == 1) {
		if (type->arguments[0] > FLOAT_DIGITS_MAX)
			set_name(type, "double");
		type->arguments_count = 0;
	}
	if (is_name(type, "year"))
		type->arguments_count = 0;
}

/* Types for which no argument means a certain one. */
static void
fill_arguments(enum mig_db_dialect dialect, struct mig_db_type *type)
{
	static const char *const ones[][4] = { { "character", "bit", NULL },
		{ "char", "bit", "binary", NULL } };
	static const char *const numbers[] = { "numeric", "decimal" };
	for (size_t i = 0; ones[dialect][i] != NULL; i++)
		if (is_name(type, ones[dialect][i]))
			set_argument(type, 0, 1);
	if (!is_name(type, numbers[dialect]))
		return;
	if (dialect == MIG_DB_MYSQL)
		set_argument(type, 0, 10);
	if (type->arguments_count == 1)
		set_argument(type, 1, 0);
}

static bool
parse(enum mig_db_dialect dialect, const char *text, struct mig_db_type *type, struct raw *raw)
{
	memset(type, 0, sizeof(*type));
	memset(raw, 0, sizeof(*raw));
	if (!split(text, raw))
		return false;
	memcpy(type->name, raw->name, sizeof(type->name));
	type->array = raw->array;
	read_arguments(raw, type);
	if (dialect == MIG_DB_POSTGRESQL)
		finish_postgresql(type, raw);
	else
		finish_mysql(type, raw);
	return true;
}

bool
mig_db_type_parse(enum mig_db_dialect dialect, const char *text, struct mig_db_type *ret_type)
{
	struct raw raw;
	if (!parse(dialect, text, ret_type, &raw))
		return false;
	fill_arguments(dialect, ret_type);
	return true;
}

/* What a snapshot says in members of their own. */
static void
add_given(struct mig_db_type *type, int64_t length, int64_t precision, int64_t scale)
{
	static const char *const no_length[] = { "text", "tinytext", "mediumtext", "longtext",
		"boolean", "integer", "int", "bigint", "smallint", "date", "json", "jsonb", "uuid",
		"bytea", "real", "double precision", "double", "float", "tinyint", "mediumint",
		"citext", "xml", "datetime", "timestamp", "time", "interval", "numeric",
		"decimal" };
	static const char *const clocks[] = { "timestamp", "time", "interval", "datetime" };
	if (type->arguments_count > 0 || type->text != NULL)
		return;
	bool takes_length = length > 0;
	for (size_t i = 0; i < COUNT_OF(no_length); i++)
		takes_length = takes_length && !is_name(type, no_length[i]);
	if (takes_length)
		set_argument(type, 0, length);
	for (size_t i = 0; i < COUNT_OF(clocks); i++)
		if (is_name(type, clocks[i]) && precision >= 0)
			set_argument(type, 0, precision);
	if ((is_name(type, "numeric") || is_name(type, "decimal")) && precision > 0) {
		set_argument(type, 0, precision);
		set_argument(type, 1, scale >= 0 ? scale : 0);
	}
}

/* Labels and other words in brackets, without blanks between them. */
static const char *
print_text(struct mig_arena *arena, const char *text, size_t len)
{
	char *copy = mig_arena_alloc(arena, len + 1);
	if (copy == NULL)
		return NULL;
	size_t out = 0;
	bool quoted = false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'')
			quoted = !quoted;
		if (quoted || !is_blank(text[i]))
			copy[out++] = text[i];
	}
	copy[out] = '\0';
	return copy;
}

static const char *
print_arguments(struct mig_arena *arena, const struct mig_db_type *type)
{
	if (type->text != NULL) {
		const char *text = print_text(arena, type->text, type->text_len);
		return text == NULL ? NULL : mig_arena_printf(arena, "(%s)", text);
	}
	if (type->arguments_count == 2)
		return mig_arena_printf(
		    arena, "(%" PRId64 ",%" PRId64 ")", type->arguments[0], type->arguments[1]);
	if (type->arguments_count == 1)
		return mig_arena_printf(arena, "(%" PRId64 ")", type->arguments[0]);
	return "";
}

static const char *
print_zone(enum mig_db_dialect dialect, const struct mig_db_type *type)
{
	bool clock = is_name(type, "timestamp") || is_name(type, "time");
	if (dialect == MIG_DB_MYSQL || !clock)
		return "";
	return type->zone ? " with time zone" : " without time zone";
}

const char *
mig_db_type_canonical(struct mig_arena *arena, enum mig_db_dialect dialect, const char *text,
    int64_t length, int64_t precision, int64_t scale)
{
	struct mig_db_type type;
	struct raw raw;
	if (!parse(dialect, text, &type, &raw))
		return mig_arena_strdup(arena, text);
	add_given(&type, length, precision, scale);
	fill_arguments(dialect, &type);
	const char *arguments = print_arguments(arena, &type);
	if (arguments == NULL)
		return NULL;
	return mig_arena_printf(arena, "%s%s%s%s%s%s%s%s%s%s", type.name,
	    type.fields[0] != '\0' ? " " : "", type.fields, arguments, print_zone(dialect, &type),
	    type.is_unsigned ? " unsigned" : "", type.zerofill ? " zerofill" : "",
	    raw.suffix[0] != '\0' && type.fields[0] == '\0' ? " " : "",
	    type.fields[0] == '\0' ? raw.suffix : "", type.array ? "[]" : "");
}
