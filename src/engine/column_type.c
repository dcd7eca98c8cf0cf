/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/num.h"
#include "engine/column_type.h"

#define BASE_MAX 64
#define DIGITS_MAX 10
#define ARGUMENTS_MAX 2
#define ARGUMENT_MAX INT64_C(1000000000)

/* A type in parts: "decimal(10,2)" is decimal with 10 and 2. */
struct column_type {
	char base[BASE_MAX];
	size_t count;
	int64_t arguments[ARGUMENTS_MAX];
};

/* Other names of the same type. */
static const char *const aliases[][2] = {
	{ "integer", "int" },
	{ "int4", "int" },
	{ "int8", "bigint" },
	{ "int2", "smallint" },
	{ "character varying", "varchar" },
	{ "character", "char" },
	{ "numeric", "decimal" },
	{ "bool", "boolean" },
};

/* What fits without loss, besides a type of the same name. */
struct wider_row {
	const char *old;
	const char *new;
	int digits; /* that the old one has, where the new one's are counted; 0: does not matter */
};

static const struct wider_row wider_rows[] = {
	{ "varchar", "text", 0 },
	{ "varchar", "nvarchar", 0 },
	{ "char", "varchar", 0 },
	{ "char", "text", 0 },
	{ "smallint", "int", 0 },
	{ "smallint", "bigint", 0 },
	{ "int", "bigint", 0 },
	{ "int", "decimal", 10 },
	{ "bigint", "decimal", 19 },
	{ "datetime", "timestamp", 0 },
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The name in lower case without blanks around it; false when it is too long. */
static bool
read_base(const char *text, size_t len, char base[BASE_MAX])
{
	while (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len == 0 || len >= BASE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		base[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
	base[len] = '\0';
	for (size_t i = 0; i < COUNT_OF(aliases); i++)
		if (strcmp(base, aliases[i][0]) == 0)
			memcpy(base, aliases[i][1], strlen(aliases[i][1]) + 1);
	return true;
}

/* "10, 2)" to its numbers; false for anything else. */
static bool
read_arguments(const char *text, struct column_type *type)
{
	while (type->count < ARGUMENTS_MAX) {
		char digits[DIGITS_MAX + 1];
		text += strspn(text, " ");
		size_t len = strspn(text, "0123456789");
		if (len == 0 || len > DIGITS_MAX)
			return false;
		memcpy(digits, text, len);
		digits[len] = '\0';
		if (mig_num_int(digits, 0, ARGUMENT_MAX, &type->arguments[type->count]) != MIG_OK)
			return false;
		type->count++;
		text += len;
		text += strspn(text, " ");
		if (*text == ')')
			return text[1 + strspn(text + 1, " ")] == '\0';
		if (*text++ != ',')
			return false;
	}
	return false;
}

static bool
read_type(const char *text, struct column_type *ret_type)
{
	struct column_type type = { .count = 0 };
	size_t len = strcspn(text, "(");
	if (!read_base(text, len, type.base))
		return false;
	if (text[len] == '(' && !read_arguments(text + len + 1, &type))
		return false;
	*ret_type = type;
	return true;
}

/* Lengths, or digits before and behind the point.  Without any there is no limit. */
static bool
has_room(const struct column_type *old, const struct column_type *new)
{
	if (new->count == 0)
		return true;
	if (old->count == 0)
		return false;
	int64_t old_scale = old->count > 1 ? old->arguments[1] : 0;
	int64_t new_scale = new->count > 1 ? new->arguments[1] : 0;
	return new_scale >= old_scale &&
	    new->arguments[0] - new_scale >= old->arguments[0] - old_scale;
}

bool
mig_column_type_widens(const char *old_type, const char *new_type)
{
	struct column_type old;
	struct column_type new;
	if (strcmp(old_type, new_type) == 0)
		return true;
	if (!read_type(old_type, &old) || !read_type(new_type, &new))
		return false;
	if (strcmp(old.base, new.base) == 0)
		return has_room(&old, &new);
	for (size_t i = 0; i < COUNT_OF(wider_rows); i++) {
		const struct wider_row *row = &wider_rows[i];
		if (strcmp(row->old, old.base) != 0 || strcmp(row->new, new.base) != 0)
			continue;
		if (row->digits > 0)
			old = (struct column_type){ .count = 1, .arguments = { row->digits } };
		return has_room(&old, &new);
	}
	return false;
}
