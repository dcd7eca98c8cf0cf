/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/type.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CLOCK_DIGITS 6 /* of a timestamp without precision */
#define MANY INT64_MAX /* of a length that is not limited */

/* What types have in common; within most families every value can be assigned to each type. */
enum family {
	FAMILY_OTHER, /* unknown, or with nothing it could be assigned to */
	FAMILY_TEXT,
	FAMILY_CHAR,
	FAMILY_CITEXT,
	FAMILY_INT,
	FAMILY_DECIMAL,
	FAMILY_FLOAT,
	FAMILY_MONEY,
	FAMILY_BOOLEAN,
	FAMILY_DATE,
	FAMILY_TIMESTAMP,
	FAMILY_TIME,
	FAMILY_INTERVAL,
	FAMILY_JSON,
	FAMILY_CIDR,
	FAMILY_INET,
	FAMILY_BIT,
	FAMILY_VARBIT,
	FAMILY_BINARY,
	FAMILY_LABELS /* MySQL's enum and set */
};

struct family_row {
	const char *name;
	enum family family;
	int rank; /* order of size within the family */
};

/* Names of both dialects and those of snapshots that no server has. */
static const struct family_row families[] = {
	{ "character varying", FAMILY_TEXT, 1 },
	{ "varchar", FAMILY_TEXT, 1 },
	{ "nvarchar", FAMILY_TEXT, 2 },
	{ "tinytext", FAMILY_TEXT, 1 },
	{ "text", FAMILY_TEXT, 3 },
	{ "mediumtext", FAMILY_TEXT, 4 },
	{ "longtext", FAMILY_TEXT, 5 },
	{ "character", FAMILY_CHAR, 1 },
	{ "bpchar", FAMILY_CHAR, 1 },
	{ "char", FAMILY_CHAR, 1 },
	{ "citext", FAMILY_CITEXT, 1 },
	{ "tinyint", FAMILY_INT, 1 },
	{ "smallint", FAMILY_INT, 2 },
	{ "mediumint", FAMILY_INT, 3 },
	{ "integer", FAMILY_INT, 4 },
	{ "int", FAMILY_INT, 4 },
	{ "bigint", FAMILY_INT, 8 },
	{ "numeric", FAMILY_DECIMAL, 1 },
	{ "decimal", FAMILY_DECIMAL, 1 },
	{ "real", FAMILY_FLOAT, 1 },
	{ "float", FAMILY_FLOAT, 1 },
	{ "double precision", FAMILY_FLOAT, 2 },
	{ "double", FAMILY_FLOAT, 2 },
	{ "money", FAMILY_MONEY, 1 },
	{ "boolean", FAMILY_BOOLEAN, 1 },
	{ "date", FAMILY_DATE, 1 },
	{ "timestamp", FAMILY_TIMESTAMP, 1 },
	{ "datetime", FAMILY_TIMESTAMP, 1 },
	{ "time", FAMILY_TIME, 1 },
	{ "interval", FAMILY_INTERVAL, 1 },
	{ "json", FAMILY_JSON, 1 },
	{ "jsonb", FAMILY_JSON, 2 },
	{ "cidr", FAMILY_CIDR, 1 },
	{ "inet", FAMILY_INET, 1 },
	{ "bit", FAMILY_BIT, 1 },
	{ "bit varying", FAMILY_VARBIT, 1 },
	{ "binary", FAMILY_BINARY, 1 },
	{ "varbinary", FAMILY_BINARY, 1 },
	{ "tinyblob", FAMILY_BINARY, 2 },
	{ "blob", FAMILY_BINARY, 3 },
	{ "mediumblob", FAMILY_BINARY, 4 },
	{ "longblob", FAMILY_BINARY, 5 },
	{ "enum", FAMILY_LABELS, 1 },
	{ "set", FAMILY_LABELS, 1 },
};

/* Assignments that the server makes by itself though the families differ. */
struct pair_row {
	enum family old;
	enum family new;
	enum mig_db_type_change change;
};

static const struct pair_row pairs[] = {
	{ FAMILY_TEXT, FAMILY_CHAR, MIG_TYPE_CHAR },
	{ FAMILY_CHAR, FAMILY_TEXT, MIG_TYPE_CHAR },
	{ FAMILY_CITEXT, FAMILY_CHAR, MIG_TYPE_CHAR },
	{ FAMILY_CHAR, FAMILY_CITEXT, MIG_TYPE_CITEXT },
	{ FAMILY_TEXT, FAMILY_CITEXT, MIG_TYPE_CITEXT },
	{ FAMILY_CITEXT, FAMILY_TEXT, MIG_TYPE_CITEXT },
	{ FAMILY_INT, FAMILY_DECIMAL, MIG_TYPE_INT_TO_NUMERIC },
	{ FAMILY_INT, FAMILY_FLOAT, MIG_TYPE_TO_FLOAT },
	{ FAMILY_DECIMAL, FAMILY_FLOAT, MIG_TYPE_TO_FLOAT },
	{ FAMILY_DECIMAL, FAMILY_INT, MIG_TYPE_NUMERIC_CHANGED },
	{ FAMILY_FLOAT, FAMILY_INT, MIG_TYPE_NUMERIC_CHANGED },
	{ FAMILY_FLOAT, FAMILY_DECIMAL, MIG_TYPE_NUMERIC_CHANGED },
	{ FAMILY_DECIMAL, FAMILY_MONEY, MIG_TYPE_NUMERIC_CHANGED },
	{ FAMILY_INT, FAMILY_MONEY, MIG_TYPE_NUMERIC_CHANGED },
	{ FAMILY_MONEY, FAMILY_DECIMAL, MIG_TYPE_NUMERIC_CHANGED },
	{ FAMILY_TIMESTAMP, FAMILY_DATE, MIG_TYPE_TIMESTAMP_TO_DATE },
	{ FAMILY_TIMESTAMP, FAMILY_TIME, MIG_TYPE_TIMESTAMP_TO_DATE },
	{ FAMILY_DATE, FAMILY_TIMESTAMP, MIG_TYPE_DATE_TO_TIMESTAMP },
	{ FAMILY_TIME, FAMILY_INTERVAL, MIG_TYPE_DATE_TO_TIMESTAMP },
	{ FAMILY_INTERVAL, FAMILY_TIME, MIG_TYPE_TIMESTAMP_TO_DATE },
	{ FAMILY_CIDR, FAMILY_INET, MIG_TYPE_CIDR_TO_INET },
	{ FAMILY_INET, FAMILY_CIDR, MIG_TYPE_INET_TO_CIDR },
	{ FAMILY_BIT, FAMILY_VARBIT, MIG_TYPE_CHAR },
	{ FAMILY_VARBIT, FAMILY_BIT, MIG_TYPE_CHAR },
};

static const struct family_row *
family_of(const struct mig_db_type *type)
{
	static const struct family_row other = { NULL, FAMILY_OTHER, 0 };
	/* An extension's type has the schema of the extension before it. */
	const char *dot = strrchr(type->name, '.');
	const char *name = dot != NULL && strcmp(dot, ".citext") == 0 ? dot + 1 : type->name;
	for (size_t i = 0; i < COUNT_OF(families); i++)
		if (strcmp(name, families[i].name) == 0)
			return &families[i];
	return &other;
}

static int64_t
length_of(const struct mig_db_type *type)
{
	return type->arguments_count > 0 ? type->arguments[0] : MANY;
}

static int
order(int64_t old, int64_t new)
{
	return (new > old) - (new < old);
}

static bool
same_text(const struct mig_db_type *a, const struct mig_db_type *b)
{
	return a->text_len == b->text_len &&
	    (a->text_len == 0 || memcmp(a->text, b->text, a->text_len) == 0);
}

static bool
same_parts(const struct mig_db_type *a, const struct mig_db_type *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->fields, b->fields) == 0 &&
	    a->arguments_count == b->arguments_count &&
	    memcmp(a->arguments, b->arguments, sizeof(a->arguments)) == 0 && same_text(a, b) &&
	    a->zone == b->zone && a->array == b->array && a->is_unsigned == b->is_unsigned;
}

/* Both are varchar, text or their like. */
static enum mig_db_type_change
change_text(
    const struct mig_db_type *old, int old_rank, const struct mig_db_type *new, int new_rank)
{
	int lengths = order(length_of(old), length_of(new));
	bool limited = old->arguments_count > 0 || new->arguments_count > 0;
	if (old_rank == new_rank && lengths > 0)
		return MIG_TYPE_TEXT_WIDENED;
	if (old_rank == new_rank && lengths < 0)
		return old->arguments_count > 0 ? MIG_TYPE_TEXT_NARROWED : MIG_TYPE_TEXT_LIMITED;
	if (old_rank > new_rank && (limited || new_rank > 1))
		return MIG_TYPE_TEXT_LIMITED;
	return MIG_TYPE_TEXT_UNLIMITED;
}

static enum mig_db_type_change
change_decimal(const struct mig_db_type *old, const struct mig_db_type *new)
{
	if (new->arguments_count == 0)
		return MIG_TYPE_NUMERIC_UP;
	if (old->arguments_count == 0)
		return MIG_TYPE_NUMERIC_REDUCED;
	int64_t before = old->arguments[0] - old->arguments[1];
	int64_t after = new->arguments[0] - new->arguments[1];
	if (new->arguments[1] < old->arguments[1] || after < before)
		return MIG_TYPE_NUMERIC_REDUCED;
	return new->arguments[1] == old->arguments[1] ? MIG_TYPE_NUMERIC_UP :
	                                                MIG_TYPE_NUMERIC_CHANGED;
}

static enum mig_db_type_change
change_clock(const struct mig_db_type *old, const struct mig_db_type *new)
{
	/* MySQL's datetime and timestamp: the second has a zone, in effect. */
	if (old->zone != new->zone || strcmp(old->name, new->name) != 0)
		return MIG_TYPE_ZONE;
	if (strcmp(old->fields, new->fields) != 0)
		return new->fields[0] == '\0' ? MIG_TYPE_TIME_UP : MIG_TYPE_TIME_DOWN;
	int64_t before = old->arguments_count > 0 ? old->arguments[0] : CLOCK_DIGITS;
	int64_t after = new->arguments_count > 0 ? new->arguments[0] : CLOCK_DIGITS;
	return after >= before ? MIG_TYPE_TIME_UP : MIG_TYPE_TIME_DOWN;
}

/* MySQL's clocks without a precision have none. */
static enum mig_db_type_change
change_clock_mysql(const struct mig_db_type *old, const struct mig_db_type *new)
{
	if (strcmp(old->name, new->name) != 0)
		return MIG_TYPE_ZONE;
	int64_t before = old->arguments_count > 0 ? old->arguments[0] : 0;
	int64_t after = new->arguments_count > 0 ? new->arguments[0] : 0;
	return after >= before ? MIG_TYPE_TIME_UP : MIG_TYPE_TIME_DOWN;
}

static enum mig_db_type_change
change_int(const struct mig_db_type *old, int old_rank, const struct mig_db_type *new, int new_rank)
{
	if (old->is_unsigned == new->is_unsigned)
		return new_rank >= old_rank ? MIG_TYPE_INT_WIDENED : MIG_TYPE_INT_NARROWED;
	/* All of an unsigned type fits into the next larger signed one, never the other way. */
	return old->is_unsigned && new_rank > old_rank ? MIG_TYPE_INT_WIDENED :
	                                                 MIG_TYPE_INT_NARROWED;
}

/* The label at p, its quotes with it: how long it is. */
static size_t
label_length(const char *p, const char *end)
{
	size_t len = 1;
	while (p + len < end && (p[len] != '\'' || (p + len + 1 < end && p[len + 1] == '\'')))
		len += p[len] == '\'' ? 2 : 1;
	return p + len < end ? len + 1 : (size_t)(end - p);
}

/* The next label from p on, NULL: there is none. */
static const char *
next_label(const char *p, const char *end, size_t *ret_len)
{
	while (p < end && *p != '\'')
		p++;
	if (p >= end)
		return NULL;
	*ret_len = label_length(p, end);
	return p;
}

static bool
has_label(const struct mig_db_type *type, const char *label, size_t len)
{
	const char *end = type->text + type->text_len;
	size_t other_len = 0;
	const char *p = next_label(type->text, end, &other_len);
	for (; p != NULL; p = next_label(p + other_len, end, &other_len))
		if (other_len == len && memcmp(p, label, len) == 0)
			return true;
	return false;
}

static enum mig_db_type_change
change_labels(const struct mig_db_type *old, const struct mig_db_type *new)
{
	if (old->text == NULL || new->text == NULL || strcmp(old->name, new->name) != 0)
		return MIG_TYPE_NO_CAST;
	const char *old_end = old->text + old->text_len;
	const char *new_end = new->text + new->text_len;
	bool in_place = true;
	size_t new_len = 0;
	const char *q = next_label(new->text, new_end, &new_len);
	size_t len = 0;
	for (const char *p = next_label(old->text, old_end, &len); p != NULL;
	     p = next_label(p + len, old_end, &len)) {
		if (!has_label(new, p, len))
			return MIG_TYPE_ENUM_REMOVED;
		in_place = in_place && q != NULL && new_len == len && memcmp(p, q, len) == 0;
		q = q != NULL ? next_label(q + new_len, new_end, &new_len) : NULL;
	}
	return in_place ? MIG_TYPE_ENUM_APPENDED : MIG_TYPE_ENUM_REORDERED;
}

/* Both are of one family. */
static enum mig_db_type_change
change_within(enum mig_db_dialect dialect, const struct mig_db_type *old, int old_rank,
    const struct mig_db_type *new, int new_rank)
{
	int lengths = order(length_of(old), length_of(new));
	switch (family_of(new)->family) {
	case FAMILY_TEXT:
	case FAMILY_BINARY:
		return change_text(old, old_rank, new, new_rank);
	case FAMILY_CHAR:
		return lengths >= 0 ? MIG_TYPE_CHAR_WIDENED : MIG_TYPE_CHAR_NARROWED;
	case FAMILY_INT:
		return change_int(old, old_rank, new, new_rank);
	case FAMILY_DECIMAL:
		return change_decimal(old, new);
	case FAMILY_FLOAT:
		return new_rank > old_rank ? MIG_TYPE_FLOAT_WIDENED : MIG_TYPE_NUMERIC_CHANGED;
	case FAMILY_TIMESTAMP:
	case FAMILY_TIME:
	case FAMILY_INTERVAL:
		return dialect == MIG_DB_MYSQL ? change_clock_mysql(old, new) :
		                                 change_clock(old, new);
	case FAMILY_JSON:
		return MIG_TYPE_JSON;
	case FAMILY_BIT:
		return MIG_TYPE_NO_CAST;
	case FAMILY_VARBIT:
		return lengths > 0 ? MIG_TYPE_BITS_WIDENED : MIG_TYPE_TEXT_NARROWED;
	case FAMILY_LABELS:
		return change_labels(old, new);
	case FAMILY_OTHER:
	case FAMILY_CITEXT:
	case FAMILY_MONEY:
	case FAMILY_BOOLEAN:
	case FAMILY_DATE:
	case FAMILY_CIDR:
	case FAMILY_INET:
		break;
	}
	return MIG_TYPE_NO_CAST;
}

static bool
is_text(enum family family)
{
	return family == FAMILY_TEXT || family == FAMILY_CHAR || family == FAMILY_CITEXT;
}

static enum mig_db_type_change
change_parsed(enum mig_db_dialect dialect, const struct mig_db_type *old,
    const struct mig_db_type *new, const struct mig_db_type_facts *facts)
{
	const struct family_row *from = family_of(old);
	const struct family_row *to = family_of(new);
	if ((facts->old_enum && is_text(to->family)) || (is_text(from->family) && facts->new_enum))
		return MIG_TYPE_ENUM_TEXT;
	if (from->family != FAMILY_OTHER && from->family == to->family)
		return change_within(dialect, old, from->rank, new, to->rank);
	/* FORMATS 6.1: a boolean of MySQL is a tinyint. */
	if (from->family == FAMILY_BOOLEAN && strcmp(new->name, "tinyint") == 0)
		return MIG_TYPE_BOOLEAN_TO_TINYINT;
	for (size_t i = 0; i < COUNT_OF(pairs); i++)
		if (pairs[i].old == from->family && pairs[i].new == to->family)
			return pairs[i].change;
	return is_text(to->family) ? MIG_TYPE_TO_TEXT : MIG_TYPE_NO_CAST;
}

enum mig_db_type_change
mig_db_type_change(enum mig_db_dialect dialect, const char *old_text, const char *new_text,
    const struct mig_db_type_facts *facts)
{
	struct mig_db_type old;
	struct mig_db_type new;
	if (strcmp(old_text, new_text) == 0)
		return MIG_TYPE_SAME;
	if (facts->old_domain != NULL && facts->old_domain->type != NULL &&
	    strcmp(facts->old_domain->type, new_text) == 0)
		return MIG_TYPE_DOMAIN_TO_BASE;
	if (facts->new_domain != NULL && facts->new_domain->type != NULL &&
	    strcmp(facts->new_domain->type, old_text) == 0)
		return MIG_TYPE_BASE_TO_DOMAIN;
	if (!mig_db_type_parse(dialect, old_text, &old) ||
	    !mig_db_type_parse(dialect, new_text, &new))
		return MIG_TYPE_NO_CAST;
	if (same_parts(&old, &new))
		return MIG_TYPE_SAME;
	/* Arrays of one element type change as their elements do. */
	bool elements = old.array && new.array &&strcmp(old.name, new.name) == 0;
	if (!elements && (old.array || new.array))
		return MIG_TYPE_ARRAY;
	return change_parsed(dialect, &old, &new, facts);
}
