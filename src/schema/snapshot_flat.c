/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "schema/snapshot_int.h"
#include "schema/type.h"

#define NAME_MAX_BYTES 128

/* What the reference calls a type, and which keys have its numbers. */
struct spelling {
	enum mig_db_dialect dialect;
	const char *canonical;
	const char *common;
	bool sized; /* one number is the length; otherwise they are precision and scale */
};

static const struct spelling spellings[] = {
	{ MIG_DB_POSTGRESQL, "character varying", "varchar", true },
	{ MIG_DB_POSTGRESQL, "character", "char", true },
	{ MIG_DB_POSTGRESQL, "integer", "int", false },
	{ MIG_DB_POSTGRESQL, "numeric", "decimal", false },
	{ MIG_DB_POSTGRESQL, "timestamp without time zone", "timestamp", false },
	{ MIG_DB_MYSQL, "varchar", "varchar", true },
	{ MIG_DB_MYSQL, "char", "char", true },
	{ MIG_DB_MYSQL, "decimal", "decimal", false },
};

/* The numbers in the brackets at the end of a type; how many there are, or 3 for anything else. */
static size_t
numbers_of(const char *brackets, int64_t numbers[2])
{
	size_t count = 0;
	if (*brackets == '\0')
		return 0;
	do {
		char digits[8];
		size_t len = strspn(++brackets, "0123456789");
		if (count == 2 || len == 0 || len >= sizeof(digits))
			return 3;
		memcpy(digits, brackets, len);
		digits[len] = '\0';
		if (mig_num_int(digits, 0, INT32_MAX, &numbers[count++]) != MIG_OK)
			return 3;
		brackets += len;
	} while (*brackets == ',');
	return strcmp(brackets, ")") == 0 ? count : 3;
}

/* Write the type in the reference's words where that means exactly the same. */
static bool
spell(struct mig_snap_writer *writer, const char *type, struct mig_snap_column *flat)
{
	int64_t numbers[2] = { -1, -1 };
	size_t len = strcspn(type, "(");
	size_t count = numbers_of(type + len, numbers);
	const struct spelling *spelling = spellings;
	const struct spelling *end = spellings + sizeof(spellings) / sizeof(spellings[0]);
	while (spelling < end &&
	    (spelling->dialect != writer->dialect || strlen(spelling->canonical) != len ||
	        memcmp(spelling->canonical, type, len) != 0))
		spelling++;
	if (spelling == end || count > (spelling->sized ? 1U : 2U))
		return false;
	flat->type = spelling->common;
	if (spelling->sized) {
		flat->length = count == 1 ? numbers[0] : 0;
	} else {
		flat->precision = numbers[0];
		flat->scale = numbers[1];
	}
	return true;
}

/* Whether a reader makes the canonical type of what is written. */
static bool
means(struct mig_snap_writer *writer, const struct mig_snap_column *flat, const char *type)
{
	if (flat->type == NULL || writer->arena == NULL)
		return false;
	const char *read = mig_db_type_canonical(writer->arena, writer->dialect, flat->type,
	    flat->length > 0 ? flat->length : -1, flat->precision, flat->scale);
	return mig_db_same(read, type);
}

/* Precision and scale of a type whose spelling has none: "decimal" that is "numeric(10,2)". */
static void
find_precision(const char *type, struct mig_snap_column *flat)
{
	int64_t numbers[2] = { -1, -1 };
	const char *brackets = strchr(type, '(');
	if (flat->length > 0 || brackets == NULL || strchr(flat->type, '(') != NULL ||
	    numbers_of(brackets, numbers) > 2)
		return;
	flat->precision = numbers[0];
	flat->scale = numbers[1];
}

static void
flatten_type(struct mig_snap_writer *writer, const struct mig_db_column *column,
    struct mig_snap_column *flat)
{
	const char *type = column->type;
	bool given = column->type_text != NULL && !mig_db_same(column->type_text, type);
	if (type == NULL) {
		flat->type = column->type_text;
		return;
	}
	if (given) {
		flat->type = column->type_text;
		flat->length = column->length;
		find_precision(type, flat);
	} else if (!spell(writer, type, flat)) {
		flat->type = type;
		flat->length = column->length;
	}
	if (means(writer, flat, type))
		return;
	flat->sql_type = type;
	flat->precision = mig_snap_column_empty.precision;
	flat->scale = mig_snap_column_empty.scale;
}

/* Whether a reader makes the default of the JSON text. */
static bool
default_means(struct mig_snap_writer *writer, const struct mig_db_column *column, const char *json)
{
	struct mig_buf sql;
	struct mig_buf update;
	mig_buf_init(&sql, MIG_DB_BYTES_MAX);
	mig_buf_init(&update, MIG_DB_BYTES_MAX);
	mig_snap_default(
	    writer->dialect, column->type, (struct mig_text){ json, strlen(json) }, &sql, &update);
	bool same = mig_db_same(sql.data, column->default_expr) &&
	    (update.len == 0 || mig_db_same(update.data, column->more->on_update));
	mig_buf_fini(&sql);
	mig_buf_fini(&update);
	return same;
}

/* The default as JSON: as the document had it, else the expression as a text or as itself. */
static void
flatten_default(struct mig_snap_writer *writer, const struct mig_db_column *column,
    struct mig_snap_column *flat)
{
	double number = 0;
	flat->default_json = column->default_json;
	if (flat->default_json == NULL && column->default_expr != NULL) {
		const char *expr = column->default_expr;
		bool plain = mig_num_double(expr, &number) == MIG_OK && expr[0] != '+';
		struct mig_buf text;
		struct mig_jw jw;
		mig_buf_init(&text, MIG_DB_BYTES_MAX);
		mig_jw_init(&jw, &text, 0);
		mig_jw_string(&jw, NULL, expr);
		if (writer->arena != NULL)
			flat->default_json =
			    mig_arena_strdup(writer->arena, plain ? expr : text.data);
		mig_buf_fini(&text);
	}
	if (column->default_expr != NULL &&
	    (flat->default_json == NULL || !default_means(writer, column, flat->default_json)))
		flat->default_sql = column->default_expr;
}

void
mig_snap_flatten(struct mig_snap_writer *writer, const struct mig_db_column *column, int position,
    struct mig_snap_column *ret_flat)
{
	*ret_flat = mig_snap_column_empty;
	ret_flat->base = column->base;
	flatten_type(writer, column, ret_flat);
	flatten_default(writer, column, ret_flat);
	ret_flat->nullable = column->nullable;
	ret_flat->auto_increment = column->identity != MIG_DB_IDENTITY_NONE;
	ret_flat->identity = column->identity;
	if (column->identity == MIG_DB_AUTO_INCREMENT)
		ret_flat->identity = MIG_DB_IDENTITY_NONE;
	ret_flat->generated = column->generated;
	ret_flat->inherited = column->inherited;
	ret_flat->position = column->position == position ? 0 : column->position;
	ret_flat->more = *column->more;
}
