/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"
#include "schema/type.h"

/* Values for rows that have none, by type: "%n" is the row's number, "%T" the whole type. */
static const struct {
	const char *type;
	const char *expression;
	bool distinct; /* each row gets another one */
} placeholders[] = {
	{ "smallint", "(%n %% 32768)::smallint", true },
	{ "integer", "(%n %% 2147483648)::integer", true },
	{ "bigint", "%n", true },
	{ "numeric", "(%n %% %P)::%T", true },
	{ "real", "%n::real", true },
	{ "double precision", "%n::double precision", true },
	{ "money", "(%n %% 1000000)::numeric::money", true },
	{ "text", "%n::text", true },
	{ "citext", "%n::text", true },
	{ "name", "%n::text", true },
	{ "character varying", "right(%n::text, %L)", true },
	{ "character", "right(%n::text, %L)", true },
	{ "boolean", "false", false },
	{ "date", "date '2000-01-01' + (%n %% 100000)::integer", true },
	{ "timestamp", "timestamp '2000-01-01' + %n * interval '1 second'", true },
	{ "time", "time '00:00' + (%n %% 86400) * interval '1 second'", true },
	{ "interval", "%n * interval '1 second'", true },
	{ "uuid", "md5(%n::text)::uuid", true },
	{ "bytea", "decode(md5(%n::text), 'hex')", true },
	{ "json", "to_json(%n)", true },
	{ "jsonb", "to_jsonb(%n)", true },
	{ "inet", "inet '10.0.0.0' + (%n %% 16777216)", true },
	{ "cidr", "(inet '10.0.0.0' + (%n %% 16777216))::cidr", true },
	{ "macaddr", "lpad(to_hex(%n), 12, '0')::macaddr", true },
	{ "bit", "%n::bigint::%T", false },
	{ "bit varying", "substring(%n::bigint::bit(64)::bit varying, 64)", false },
	{ "xml", "('<n>' || %n || '</n>')::xml", true },
	{ "tsvector", "%n::text::tsvector", true },
	{ "int4range", "int4range((%n %% 1000000)::integer, (%n %% 1000000)::integer + 1)", true },
	{ "int8range", "int8range(%n, %n + 1)", true },
	{ "numrange", "numrange(%n, %n + 1)", true },
	{ "point", "point(%n, 0)", true },
};

/* The largest power of ten that a number of that type has room for, as a text. */
static const char *
digits_before(struct mig_script *script, const struct mig_db_type *type)
{
	int64_t digits = 9;
	if (type->arguments_count > 0)
		digits = type->arguments[0];
	if (type->arguments_count > 1)
		digits -= type->arguments[1];
	if (digits > 9)
		digits = 9;
	return digits <= 0 ? "1" : mig_sql_text(script, "1%s", &"000000000"[9 - digits]);
}

static const char *
fill_in(struct mig_script *script, const char *expression, const char *type,
    const struct mig_db_type *parts)
{
	struct mig_buf out;
	mig_buf_init(&out, 4096);
	int64_t length = parts->arguments_count > 0 ? parts->arguments[0] : 30;
	for (const char *p = expression; *p != '\0'; p++) {
		if (*p != '%') {
			mig_buf_putc(&out, *p);
			continue;
		}
		p++;
		if (*p == 'n')
			mig_buf_puts(&out, "b.n");
		else if (*p == 'T')
			mig_buf_puts(&out, type);
		else if (*p == 'P')
			mig_buf_puts(&out, digits_before(script, parts));
		else if (*p == 'L')
			mig_buf_printf(&out, "%d", (int)length);
		else
			mig_buf_putc(&out, *p);
	}
	const char *text = mig_arena_strdup(script->arena, out.data);
	mig_buf_fini(&out);
	return text;
}

static const struct mig_db_object *
user_type(const struct mig_script *script, const char *type, enum mig_db_kind kind)
{
	const struct mig_db *sides[2] = { script->before, script->after };
	struct mig_sql_word first;
	struct mig_sql_word second;
	const char *text = type;
	if (!mig_sql_next(&text, &first))
		return NULL;
	bool qualified = *text == '.' && mig_sql_next(&text, &second);
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		const char *schema = qualified ? first.name : NULL;
		const char *name = qualified ? second.name : first.name;
		const struct mig_db_object *found = mig_db_find(sides[i], kind, schema, name);
		if (found == NULL && !qualified)
			found = mig_db_find(sides[i], kind, "public", name);
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* The placeholder of a type and whether rows get different ones. */
static const char *
placeholder(struct mig_script *script, const char *type, bool *ret_distinct)
{
	struct mig_db_type parts;
	*ret_distinct = false;
	if (!mig_db_type_parse(MIG_DB_POSTGRESQL, type, &parts))
		return NULL;
	if (parts.array)
		return mig_sql_text(script, "'{}'::%s", type);
	for (size_t i = 0; i < COUNT_OF(placeholders); i++) {
		if (strcmp(placeholders[i].type, parts.name) != 0)
			continue;
		*ret_distinct = placeholders[i].distinct &&
		    (parts.arguments_count == 0 || parts.arguments[0] > 4);
		return fill_in(script, placeholders[i].expression, type, &parts);
	}
	if (user_type(script, type, MIG_DB_ENUM) != NULL)
		return mig_sql_text(script, "(enum_range(NULL::%s))[1]", type);
	const struct mig_db_object *composite = user_type(script, type, MIG_DB_COMPOSITE);
	if (composite != NULL) {
		const char *commas = ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,";
		size_t count = mig_db_as_composite(composite)->columns_count;
		if (count > 0 && count - 1 <= strlen(commas))
			return mig_sql_text(
			    script, "'(%s)'::%s", commas + strlen(commas) - (count - 1), type);
	}
	return NULL;
}

const char *
mig_pg_placeholder(struct mig_script *script, const char *type)
{
	bool distinct;
	return placeholder(script, mig_pg_type(script, type), &distinct);
}

/* Whether an expression can be false for NULL, as far as its words tell. */
static bool
minds_null(const char *expression)
{
	static const char *const words[] = { "is", "coalesce", "case", "num_nulls", "num_nonnulls",
		"distinct" };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (mig_sql_mentions(expression, words[i]))
			return true;
	return false;
}

/* What of a constraint's user would not let placeholders pass. */
static bool
user_survives(const struct mig_script *script, const struct mig_db_object *user)
{
	const struct mig_db_object *table = user->parent;
	return table == NULL || mig_script_partner(script, table) != NULL;
}

static bool
refuses(
    struct mig_script *script, const struct mig_db_column *column, const struct mig_db_object *user)
{
	bool distinct;
	bool own = column->default_expr == NULL && column->identity == MIG_DB_IDENTITY_NONE;
	bool numbered = column->identity != MIG_DB_IDENTITY_NONE;
	const char *value = placeholder(script, mig_pg_type(script, column->type), &distinct);
	bool unique = numbered || (own && value != NULL && distinct);
	if (user->kind == MIG_DB_INDEX) {
		const struct mig_db_index *index = mig_db_as_index(user);
		if (!index->unique)
			return false;
		bool nulls = column->nullable && own && !index->nulls_not_distinct;
		return (!nulls && !unique) || index->expressions;
	}
	if (user->kind != MIG_DB_CONSTRAINT)
		return false;
	const struct mig_db_constraint *constraint = mig_db_as_constraint(user);
	bool foreign = user->parent != column->base.parent;
	switch (constraint->type) {
	case MIG_DB_PRIMARY_KEY:
		return !unique;
	case MIG_DB_UNIQUE:
		return !unique && (!column->nullable || !own || constraint->nulls_not_distinct);
	case MIG_DB_FOREIGN_KEY:
		if (constraint->not_valid)
			return false;
		if (foreign)
			return user_survives(script, user);
		return !column->nullable || !own || constraint->match != NULL;
	case MIG_DB_CHECK:
		return !constraint->not_valid &&
		    (!column->nullable || !own || minds_null(constraint->expression));
	case MIG_DB_EXCLUSION:
		return !column->nullable || !own;
	}
	return true;
}

static const char *
column_irreversible(struct mig_script *script, const struct mig_db_column *column)
{
	size_t count = 0;
	const struct mig_script_use *users =
	    mig_script_users_of(&script->uses[0], &column->base, &count);
	if (column->generated != MIG_DB_GENERATED_NONE)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (refuses(script, column, users[i].user))
			return mig_sql_text(script,
			    "the values of %s.%s are gone, and %s %s needs them; bring them back "
			    "from a "
			    "backup or a copy made before",
			    column->base.parent->name, column->base.name,
			    mig_db_kind_name(users[i].user->kind),
			    users[i].user->name != NULL ? users[i].user->name : "on it");
	bool filled = column->nullable || column->default_expr != NULL ||
	    column->identity != MIG_DB_IDENTITY_NONE;
	if (!filled && mig_pg_placeholder(script, column->type) == NULL)
		return mig_sql_text(script,
		    "the values of %s.%s are gone, and it may not be NULL; bring them back from a "
		    "backup or a copy made before",
		    column->base.parent->name, column->base.name);
	return NULL;
}

static const char *
table_irreversible(struct mig_script *script, const struct mig_db_table *table)
{
	for (size_t c = 0; c < table->constraints_count; c++) {
		size_t count = 0;
		const struct mig_script_use *users =
		    mig_script_users_of(&script->uses[0], &table->constraints[c]->base, &count);
		for (size_t i = 0; i < count; i++) {
			const struct mig_db_object *user = users[i].user;
			if (user->kind == MIG_DB_CONSTRAINT && user_survives(script, user) &&
			    !mig_db_as_constraint(user)->not_valid)
				return mig_sql_text(script,
				    "the rows of %s are gone, and foreign key %s of %s needs them; "
				    "bring them back from a backup or a copy made before",
				    table->base.name, user->name != NULL ? user->name : "",
				    user->parent->name);
		}
	}
	return NULL;
}

const char *
mig_pg_irreversible(struct mig_script *script, const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_COLUMN)
		return column_irreversible(script, mig_db_as_column(object));
	if (object->kind == MIG_DB_TABLE)
		return table_irreversible(script, mig_db_as_table(object));
	return NULL;
}
