/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "schema/script_pg.h"
#include "schema/type.h"

/* Types of other servers, as snapshots have them, and what is nearest to them. */
static const struct {
	const char *name;
	const char *postgresql;
	bool keep; /* what stands in brackets behind it */
} foreign_types[] = {
	{ "datetime", "timestamp without time zone", false },
	{ "datetime2", "timestamp without time zone", false },
	{ "smalldatetime", "timestamp without time zone", false },
	{ "datetimeoffset", "timestamp with time zone", false },
	{ "tinyint", "smallint", false },
	{ "mediumint", "integer", false },
	{ "year", "smallint", false },
	{ "double", "double precision", false },
	{ "float", "double precision", false },
	{ "nvarchar", "character varying", true },
	{ "varchar2", "character varying", true },
	{ "nchar", "character", true },
	{ "number", "numeric", true },
	{ "tinytext", "text", false },
	{ "mediumtext", "text", false },
	{ "longtext", "text", false },
	{ "ntext", "text", false },
	{ "clob", "text", false },
	{ "string", "text", false },
	{ "tinyblob", "bytea", false },
	{ "blob", "bytea", false },
	{ "mediumblob", "bytea", false },
	{ "longblob", "bytea", false },
	{ "binary", "bytea", false },
	{ "varbinary", "bytea", false },
	{ "image", "bytea", false },
	{ "uniqueidentifier", "uuid", false },
};

const char *
mig_pg_type(const struct mig_script *script, const char *type)
{
	if (type == NULL)
		return "text";
	size_t word = strcspn(type, " (");
	const char *brackets = strchr(type, '(');
	for (size_t i = 0; i < COUNT_OF(foreign_types); i++) {
		if (strlen(foreign_types[i].name) != word ||
		    strncasecmp(foreign_types[i].name, type, word) != 0)
			continue;
		if (!foreign_types[i].keep || brackets == NULL)
			return foreign_types[i].postgresql;
		const char *made =
		    mig_arena_printf(script->work, "%s%s", foreign_types[i].postgresql, brackets);
		return made != NULL ? made : type;
	}
	return type;
}

const struct mig_db_object *
mig_pg_own_type(const struct mig_script *script, const struct mig_db_column *column, int side,
    enum mig_db_kind kind)
{
	size_t count = 0;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&script->uses[side], &column->base, &count);
	for (size_t i = 0; i < count; i++)
		if (uses[i].target->kind == kind &&
		    mig_sql_mentions(column->type, uses[i].target->name))
			return uses[i].target;
	return NULL;
}

/* from and to may be of either side, as undoes go the other way. */
static enum mig_db_type_change
change_of(const struct mig_script *script, const struct mig_db_column *from,
    const struct mig_db_column *to, bool back)
{
	struct mig_db_type_facts facts = { .old_domain = NULL };
	int side = back ? 1 : 0;
	const struct mig_db_object *domain = mig_pg_own_type(script, from, side, MIG_DB_DOMAIN);
	if (domain != NULL)
		facts.old_domain = mig_db_as_domain(domain);
	domain = mig_pg_own_type(script, to, 1 - side, MIG_DB_DOMAIN);
	if (domain != NULL)
		facts.new_domain = mig_db_as_domain(domain);
	facts.old_enum = mig_pg_own_type(script, from, side, MIG_DB_ENUM) != NULL;
	facts.new_enum = mig_pg_own_type(script, to, 1 - side, MIG_DB_ENUM) != NULL;
	return mig_db_type_change(MIG_DB_POSTGRESQL, mig_pg_type(script, from->type),
	    mig_pg_type(script, to->type), &facts);
}

/* What a change of type is to the server and to the rows. */
enum trait {
	CASTS = 1,    /* the server converts by itself */
	METADATA = 2, /* no row is touched */
	SOFT = 4,     /* nothing that was derived from the type changes either */
	LOSES = 8     /* values may not come back as they were */
};

static const unsigned char traits[MIG_TYPE_CHANGES] = {
	[MIG_TYPE_SAME] = CASTS | METADATA,
	[MIG_TYPE_TEXT_WIDENED] = CASTS | METADATA | SOFT,
	[MIG_TYPE_TEXT_NARROWED] = CASTS,
	[MIG_TYPE_TEXT_LIMITED] = CASTS,
	[MIG_TYPE_TEXT_UNLIMITED] = CASTS | METADATA,
	[MIG_TYPE_CHAR_WIDENED] = CASTS,
	[MIG_TYPE_CHAR_NARROWED] = CASTS,
	[MIG_TYPE_CHAR] = CASTS | LOSES,
	[MIG_TYPE_CITEXT] = CASTS | METADATA,
	[MIG_TYPE_INT_WIDENED] = CASTS,
	[MIG_TYPE_INT_NARROWED] = CASTS,
	[MIG_TYPE_INT_TO_NUMERIC] = CASTS,
	[MIG_TYPE_TO_FLOAT] = CASTS | LOSES,
	[MIG_TYPE_FLOAT_WIDENED] = CASTS,
	[MIG_TYPE_NUMERIC_UP] = CASTS | METADATA | SOFT,
	[MIG_TYPE_NUMERIC_CHANGED] = CASTS | LOSES,
	[MIG_TYPE_NUMERIC_REDUCED] = CASTS | LOSES,
	[MIG_TYPE_ZONE] = CASTS,
	[MIG_TYPE_TIME_UP] = CASTS | METADATA | SOFT,
	[MIG_TYPE_TIME_DOWN] = CASTS | LOSES,
	[MIG_TYPE_TIMESTAMP_TO_DATE] = CASTS | LOSES,
	[MIG_TYPE_DATE_TO_TIMESTAMP] = CASTS,
	[MIG_TYPE_CIDR_TO_INET] = CASTS | METADATA,
	[MIG_TYPE_INET_TO_CIDR] = CASTS | LOSES,
	[MIG_TYPE_JSON] = LOSES,
	[MIG_TYPE_NO_CAST] = LOSES,
	[MIG_TYPE_TO_TEXT] = CASTS,
	[MIG_TYPE_ENUM_TEXT] = 0,
	[MIG_TYPE_BITS_WIDENED] = CASTS | METADATA | SOFT,
	[MIG_TYPE_DOMAIN_TO_BASE] = CASTS | METADATA,
	[MIG_TYPE_BASE_TO_DOMAIN] = 0,
	[MIG_TYPE_ARRAY] = LOSES,
};

bool
mig_pg_retype_soft(const struct mig_script *script, const struct mig_db_column *from,
    const struct mig_db_column *to)
{
	return mig_db_same(from->more->collation, to->more->collation) &&
	    (traits[change_of(script, from, to, false)] & SOFT) != 0;
}

/* Conversions for which there is no cast; "%c" is the column, "%T" the new type. */
static const struct {
	const char *from;
	const char *to; /* NULL: any */
	const char *expression;
} conversions[] = {
	{ "smallint", "boolean", "%c <> 0" },
	{ "integer", "boolean", "%c <> 0" },
	{ "bigint", "boolean", "%c <> 0" },
	{ "numeric", "boolean", "%c <> 0" },
	{ "real", "boolean", "%c <> 0" },
	{ "double precision", "boolean", "%c <> 0" },
	{ "boolean", "smallint", "%c::integer::%T" },
	{ "boolean", "bigint", "%c::integer::%T" },
	{ "boolean", "numeric", "%c::integer::%T" },
	{ "boolean", "real", "%c::integer::%T" },
	{ "boolean", "double precision", "%c::integer::%T" },
	{ "bytea", "text", "convert_from(%c, 'UTF8')" },
	{ "text", "bytea", "convert_to(%c, 'UTF8')" },
	{ "character varying", "bytea", "convert_to(%c, 'UTF8')" },
	{ "bytea", "character varying", "convert_from(%c, 'UTF8')" },
	{ "smallint", "jsonb", "to_jsonb(%c)" },
	{ "integer", "jsonb", "to_jsonb(%c)" },
	{ "bigint", "jsonb", "to_jsonb(%c)" },
	{ "numeric", "jsonb", "to_jsonb(%c)" },
	{ "boolean", "jsonb", "to_jsonb(%c)" },
	{ "money", "numeric", "%c::%T" },
	{ "money", "smallint", "%c::numeric::%T" },
	{ "money", "integer", "%c::numeric::%T" },
	{ "money", "bigint", "%c::numeric::%T" },
	{ "json", "jsonb", "%c::%T" },
	{ "jsonb", "json", "%c::%T" },
	{ "bit", "integer", "%c::%T" },
	{ "bit", "bigint", "%c::%T" },
	{ "bit", "bit", "%c::%T" },
	{ "integer", "bit", "%c::%T" },
	{ "bigint", "bit", "%c::%T" },
};

/* Spell a row of the table out. */
static void
put_conversion(struct mig_sql *sql, const char *expression, const struct mig_db_object *column,
    const char *type)
{
	for (const char *p = expression; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 'c')
			mig_sql_put(sql, "%c", column);
		else if (p[0] == '%' && p[1] == 'T')
			mig_sql_put(sql, "%s", type);
		else
			mig_buf_putc(&sql->out, *p);
		p += p[0] == '%';
	}
}

static const char *
conversion_of(const struct mig_db_type *from, const struct mig_db_type *to)
{
	for (size_t i = 0; i < COUNT_OF(conversions); i++)
		if (strcmp(conversions[i].from, from->name) == 0 &&
		    strcmp(conversions[i].to, to->name) == 0)
			return conversions[i].expression;
	return "%c::text::%T";
}

/* The value of a column of the type of one as that of the other. */
static void
put_converted(struct mig_sql *sql, const struct mig_db_object *column,
    const struct mig_db_column *from, const struct mig_db_column *to)
{
	const char *type = mig_pg_type(sql->script, to->type);
	struct mig_db_type old = { .array = false };
	struct mig_db_type new = { .array = false };
	bool known =
	    mig_db_type_parse(MIG_DB_POSTGRESQL, mig_pg_type(sql->script, from->type), &old) &&
	    mig_db_type_parse(MIG_DB_POSTGRESQL, type, &new);
	if (!known)
		mig_sql_put(sql, "%c::text::%s", column, type);
	else if (old.array && new.array)
		mig_sql_put(sql, "%c::text[]::%s", column, type);
	else if (new.array)
		mig_sql_put(sql, "ARRAY[%c]::%s", column, type);
	else if (old.array && strncmp(new.name, "text", 4) != 0)
		mig_sql_put(sql, "(%c)[1]::text::%s", column, type);
	else
		put_conversion(sql, conversion_of(&old, &new), column, type);
}

void
mig_pg_put_zone(
    struct mig_sql *sql, const struct mig_db_column *from, const struct mig_db_column *to)
{
	if (change_of(sql->script, from, to, sql->back) == MIG_TYPE_ZONE)
		mig_sql_put(sql, "SET LOCAL TimeZone = 'UTC';\n");
}

void
mig_pg_put_value(
    struct mig_sql *sql, const struct mig_db_column *from, const struct mig_db_column *to)
{
	bool same = mig_db_same(from->type, to->type);
	if (mig_script_type_anew(sql->script, from, sql->back))
		mig_sql_put(sql, "%c::%s", &from->base, mig_pg_type(sql->script, to->type));
	else if (same || (traits[change_of(sql->script, from, to, sql->back)] & CASTS) != 0)
		mig_sql_put(sql, "%c", &from->base);
	else
		put_converted(sql, &from->base, from, to);
}

void
mig_pg_retype(
    struct mig_sql *sql, const struct mig_db_object *before, const struct mig_db_object *after)
{
	const struct mig_db_column *from = mig_db_as_column(before);
	const struct mig_db_column *to = mig_db_as_column(after);
	enum mig_db_type_change change = change_of(sql->script, from, to, sql->back);
	bool remade = mig_db_same(from->type, to->type) &&
	    mig_db_same(from->more->collation, to->more->collation);
	unsigned trait = remade ? 0 : traits[change];
	mig_pg_put_zone(sql, from, to);
	mig_sql_put(sql, "ALTER TABLE %t ALTER COLUMN %c TYPE %s", after->parent, after,
	    mig_pg_type(sql->script, to->type));
	if (to->more->collation != NULL)
		mig_sql_put(sql, " COLLATE %s", to->more->collation);
	if ((trait & CASTS) == 0) {
		mig_sql_put(sql, " USING ");
		put_converted(sql, after, from, to);
	}
	mig_sql_put(sql, ";\n");
	mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE,
	    (trait & METADATA) != 0 ? 0 : MIG_WORK_REWRITE | MIG_WORK_SCAN);
}

void
mig_pg_retyped(
    struct mig_sql *sql, const struct mig_db_object *before, const struct mig_db_object *after)
{
	struct mig_script *script = sql->script;
	size_t count = 0;
	mig_pg_column_stay(sql, mig_db_as_column(before), mig_db_as_column(after));
	const struct mig_script_use *users =
	    mig_script_users_of(&script->uses[sql->back ? 0 : 1], after, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *user = users[i].user;
		if (user->kind != MIG_DB_STATISTICS || mig_db_as_statistics(user)->target < 0)
			continue;
		const struct mig_db_op *op = mig_script_op(script, user);
		if ((op == NULL || op->what == MIG_DB_CHANGED) &&
		    mig_script_map_get(&script->node_of, user) == 0)
			mig_sql_put(sql, "ALTER STATISTICS %t SET STATISTICS %d;\n", user,
			    (int64_t)mig_db_as_statistics(user)->target);
	}
}

/* A condition that is true for rows that would stop the change, for some changes. */
static const char *
obstacle(struct mig_script *script, enum mig_db_type_change change,
    const struct mig_db_object *column, const char *type)
{
	struct mig_db_type to;
	if (!mig_db_type_parse(MIG_DB_POSTGRESQL, type, &to))
		return NULL;
	if ((change == MIG_TYPE_TEXT_NARROWED || change == MIG_TYPE_TEXT_LIMITED) &&
	    to.arguments_count > 0 && !to.array)
		return mig_sql_text(script, "length(%c) > %d", column, to.arguments[0]);
	if (change == MIG_TYPE_INT_NARROWED && strcmp(to.name, "integer") == 0)
		return mig_sql_text(script, "%c NOT BETWEEN -2147483648 AND 2147483647", column);
	if (change == MIG_TYPE_INT_NARROWED && strcmp(to.name, "smallint") == 0)
		return mig_sql_text(script, "%c NOT BETWEEN -32768 AND 32767", column);
	bool integer = strcmp(to.name, "integer") == 0 || strcmp(to.name, "bigint") == 0 ||
	    strcmp(to.name, "smallint") == 0;
	bool text = !mig_db_same(mig_db_as_column(column)->type, "money");
	if (change == MIG_TYPE_NO_CAST && integer && text)
		return mig_sql_text(script, "%c::text !~ '^\\s*[-+]?[0-9]+\\s*$'", column);
	return NULL;
}

/* How the server writes a type of the user's depends on its search path. */
static void
validated_query(
    struct mig_script *script, struct mig_script_step *step, const struct mig_db_object *column)
{
	const char *type = mig_pg_type(script, mig_db_as_column(column)->type);
	bool own = strchr(type, '.') != NULL;
	const char *what = own ? mig_sql_text(script, "atttypid = %l::regtype", type) :
	                         "format_type(atttypid, atttypmod)";
	step->script.validation = mig_sql_text(script,
	    "SELECT %s FROM pg_attribute WHERE attrelid = %l::regclass AND attname = %l AND NOT "
	    "attisdropped",
	    what, mig_sql_text(script, "%t", column->parent), column->name);
	step->script.expected = own ? "t" : type;
}

static void
conversion_notes(struct mig_script *script, struct mig_script_step *step,
    const struct mig_db_column *from, const struct mig_db_column *to)
{
	enum mig_db_type_change change = change_of(script, from, to, false);
	if ((traits[change] & LOSES) != 0)
		step->script.lossy = mig_sql_text(script,
		    "the values of %s.%s are converted from %s to %s, and not all of them may "
		    "come back as they were",
		    to->base.parent->name, to->base.name, from->type, to->type);
	const char *condition =
	    obstacle(script, change, &from->base, mig_pg_type(script, to->type));
	if (condition != NULL && step->script.precheck == NULL)
		step->script.precheck = mig_sql_text(
		    script, "SELECT count(*) FROM %t WHERE %s", to->base.parent, condition);
}

void
mig_pg_retype_notes(struct mig_script *script, struct mig_script_step *step,
    const struct mig_db_object *before, const struct mig_db_object *after)
{
	const struct mig_db_column *from = mig_db_as_column(before);
	const struct mig_db_column *to = mig_db_as_column(after);
	if (after->parent->kind != MIG_DB_TABLE)
		return;
	/* What is generated is worked out anew, so nothing is converted. */
	bool computed = to->generated != MIG_DB_GENERATED_NONE;
	if (computed && from->generated == MIG_DB_GENERATED_NONE)
		step->script.lossy = mig_sql_text(script,
		    "the values of %s.%s are replaced by those of its expression",
		    after->parent->name, after->name);
	if (mig_db_same(from->type, to->type))
		return;
	if (!computed)
		conversion_notes(script, step, from, to);
	if (step->script.validation == NULL)
		validated_query(script, step, after);
}
