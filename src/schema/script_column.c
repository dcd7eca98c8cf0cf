/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "schema/script_pg.h"

static bool
is_identity(const struct mig_db_column *column)
{
	return column->identity == MIG_DB_IDENTITY_ALWAYS ||
	    column->identity == MIG_DB_IDENTITY_BY_DEFAULT ||
	    column->identity == MIG_DB_AUTO_INCREMENT;
}

static const char *
identity_word(const struct mig_db_column *column)
{
	return column->identity == MIG_DB_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT";
}

void
mig_pg_put_sequence(struct mig_sql *sql, const struct mig_db_sequence_options *options)
{
	mig_sql_put(sql, " INCREMENT BY %d MINVALUE %d MAXVALUE %d START WITH %d CACHE %d%s",
	    options->increment, options->min, options->max, options->start, options->cache,
	    options->cycle ? " CYCLE" : " NO CYCLE");
}

/* The parameters that a sequence has, those of a plain one of the column's type included. */
static struct mig_db_sequence_options
sequence_of(const struct mig_db_column *column)
{
	if (column->more->sequence != NULL)
		return *column->more->sequence;
	struct mig_db_sequence_options options = { .type = "integer",
		.start = 1,
		.increment = 1,
		.min = 1,
		.max = INT32_MAX,
		.cache = 1 };
	if (mig_db_same(column->type, "bigint")) {
		options.type = "bigint";
		options.max = INT64_MAX;
	} else if (mig_db_same(column->type, "smallint")) {
		options.type = "smallint";
		options.max = INT16_MAX;
	}
	return options;
}

static bool
same_sequence(const struct mig_db_sequence_options *a, const struct mig_db_sequence_options *b)
{
	return mig_db_same(a->type, b->type) && a->start == b->start &&
	    a->increment == b->increment && a->min == b->min && a->max == b->max &&
	    a->cache == b->cache && a->cycle == b->cycle;
}

/* The column that a renamed one, or one of a renamed table, has become; else the column itself. */
static const struct mig_db_column *
column_now(struct mig_script *script, const struct mig_db_column *column)
{
	const struct mig_db_object *object = &column->base;
	if (!script->renames ||
	    (mig_script_now(script, object) == object &&
	        mig_script_now(script, object->parent) == object->parent))
		return column;
	const struct mig_db_object *now = mig_script_partner(script, object);
	return now != NULL && now->kind == MIG_DB_COLUMN ? mig_db_as_column(now) : column;
}

static bool
has_sequence(const struct mig_db_column *column)
{
	return column->identity != MIG_DB_IDENTITY_NONE && column->more->sequence_name != NULL;
}

/* The name of the sequence of a serial or identity column, quoted and with its schema. */
static const char *
sequence_name(struct mig_script *script, const struct mig_db_column *column)
{
	const struct mig_db_object *table = column->base.parent;
	const struct mig_db_column *now = column_now(script, column);
	if (now != column && has_sequence(now) && has_sequence(column))
		return now->more->sequence_name;
	if (column->more->sequence_name != NULL)
		return column->more->sequence_name;
	const char *name = mig_sql_made_name(script->work, table->name, column->base.name, "seq");
	return table->schema != NULL ? mig_sql_text(script, "%n.%n", table->schema, name) :
	                               mig_sql_text(script, "%n", name);
}

/* The text with one literal of it for another, where it has that. */
static const char *
replace_literal(struct mig_script *script, const char *text, const char *old, const char *new)
{
	const char *from = mig_sql_text(script, "%l", old);
	const char *found = strstr(text, from);
	if (found == NULL)
		return text;
	const char *head = mig_arena_strndup(script->work, text, (size_t)(found - text));
	return mig_sql_text(script, "%s%l%s", head, new, found + strlen(from));
}

const char *
mig_pg_default(struct mig_sql *sql, const struct mig_db_column *column)
{
	struct mig_script *script = sql->script;
	const char *text = mig_db_written(&column->base, column->default_expr);
	size_t count = 0;
	const struct mig_script_use *uses = sql->back && script->renames ?
	    mig_script_uses_of(&script->uses[0], &column->base, &count) :
	    NULL;
	for (size_t i = 0; i < count; i++) {
		if (uses[i].target->kind != MIG_DB_COLUMN)
			continue;
		const struct mig_db_column *serial = mig_db_as_column(uses[i].target);
		if (has_sequence(serial))
			text = replace_literal(script, text, serial->more->sequence_name,
			    sequence_name(script, serial));
	}
	return text;
}

bool
mig_pg_serial_sequence(struct mig_sql *sql, const struct mig_db_column *column)
{
	if (column->identity != MIG_DB_SERIAL)
		return false;
	struct mig_script *script = sql->script;
	struct mig_db_sequence_options options = sequence_of(column);
	/* From 15 on it is as fleeting as its table; a file does not always tell its server. */
	int version = mig_db_version(script->after);
	if (version == 0)
		version = mig_db_version(script->before);
	bool unlogged =
	    mig_db_as_table(column->base.parent)->unlogged && (version == 0 || version >= 150000);
	mig_sql_put(sql, "CREATE %sSEQUENCE %s AS %s", unlogged ? "UNLOGGED " : "",
	    sequence_name(script, column), options.type);
	mig_pg_put_sequence(sql, &options);
	mig_sql_put(sql, ";\n");
	return true;
}

/* On a table that is there already. */
static void
put_sequence_owner(struct mig_sql *sql, const struct mig_db_column *column)
{
	struct mig_script *script = sql->script;
	if (column->identity != MIG_DB_SERIAL)
		return;
	/* A sequence belongs to whom its table belongs to, or it cannot be its table's. */
	const struct mig_db_object *table = column->base.parent;
	const struct mig_db_op *op = mig_script_op(script, table);
	const struct mig_db_object *before = op != NULL && op->after == table ?
	    op->before :
	    mig_db_find(script->before, MIG_DB_TABLE, table->schema, table->name);
	bool stays = op == NULL || op->what == MIG_DB_CHANGED;
	const char *owner = NULL;
	if (!sql->back && before != NULL)
		owner = before->extra->owner;
	else if (sql->back && stays)
		owner = table->extra->owner;
	if (owner != NULL)
		mig_sql_put(
		    sql, "ALTER SEQUENCE %s OWNER TO %n;\n", sequence_name(script, column), owner);
}

void
mig_pg_serial_own(struct mig_sql *sql, const struct mig_db_column *column)
{
	if (column->identity == MIG_DB_SERIAL)
		mig_sql_put(sql, "ALTER SEQUENCE %s OWNED BY %t.%c;\n",
		    sequence_name(sql->script, column), column->base.parent, &column->base);
}

static void
put_serial_default(struct mig_sql *sql, const struct mig_db_column *column)
{
	mig_sql_put(sql, "nextval(%l::regclass)", sequence_name(sql->script, column));
}

static void
put_identity(struct mig_sql *sql, const struct mig_db_column *column)
{
	mig_sql_put(sql, "GENERATED %s AS IDENTITY", identity_word(column));
	if (column->more->sequence_name == NULL && column->more->sequence == NULL)
		return;
	mig_sql_put(sql, " (");
	if (column->more->sequence_name != NULL)
		mig_sql_put(sql, "SEQUENCE NAME %s", sequence_name(sql->script, column));
	if (column->more->sequence != NULL)
		mig_pg_put_sequence(sql, column->more->sequence);
	mig_sql_put(sql, ")");
}

static void
put_type(struct mig_sql *sql, const struct mig_db_column *column)
{
	mig_sql_put(sql, "%s", mig_pg_type(sql->script, column->type));
	if (column->more->collation != NULL)
		mig_sql_put(sql, " COLLATE %s", column->more->collation);
}

/* In a definition of a column the server takes operators of words for what comes behind it. */
static bool
needs_brackets(const char *expression)
{
	static const char *const words[] = { "at", "is", "in", "and", "or", "not", "like", "ilike",
		"similar", "between", "isnull", "notnull", "collate", "overlaps" };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (mig_sql_mentions(expression, words[i]))
			return true;
	return false;
}

void
mig_pg_put_column(struct mig_sql *sql, const struct mig_db_column *column, bool bare)
{
	sql->about = &column->base;
	mig_sql_put(sql, "%c ", &column->base);
	put_type(sql, column);
	if (column->generated != MIG_DB_GENERATED_NONE) {
		mig_sql_put(sql, " GENERATED ALWAYS AS (%x) %s",
		    mig_db_written(&column->base, column->more->generated_expr),
		    column->generated == MIG_DB_GENERATED_STORED ? "STORED" : "VIRTUAL");
	} else if (bare) {
		return;
	} else if (is_identity(column)) {
		mig_sql_put(sql, " ");
		put_identity(sql, column);
	} else if (column->identity == MIG_DB_SERIAL) {
		mig_sql_put(sql, " DEFAULT ");
		put_serial_default(sql, column);
	} else if (column->default_expr != NULL) {
		const char *text = mig_pg_default(sql, column);
		mig_sql_put(sql, needs_brackets(text) ? " DEFAULT (%x)" : " DEFAULT %x", text);
	}
	mig_sql_put(sql, column->nullable ? "" : " NOT NULL");
}

/* What a storage that is not the type's own was before. */
static const char *
own_storage(const struct mig_db_column *column)
{
	static const char *const main_types[] = { "numeric", "inet", "cidr" };
	for (size_t i = 0; i < COUNT_OF(main_types); i++)
		if (strncmp(column->type, main_types[i], strlen(main_types[i])) == 0 &&
		    strchr(column->type, '[') == NULL)
			return "MAIN";
	return "EXTENDED";
}

static void
put_storage(struct mig_sql *sql, const struct mig_db_column *from, const struct mig_db_column *to)
{
	const struct mig_db_object *table = to->base.parent;
	const struct mig_db_column_more *old = from->more;
	const struct mig_db_column_more *new = to->more;
	if (!mig_db_same(old->storage, new->storage))
		mig_sql_put(sql, "ALTER TABLE ONLY %t ALTER COLUMN %c SET STORAGE %s;\n", table,
		    &to->base, new->storage != NULL ? new->storage : own_storage(to));
	if (!mig_db_same(old->compression, new->compression))
		mig_sql_put(sql, "ALTER TABLE ONLY %t ALTER COLUMN %c SET COMPRESSION %s;\n", table,
		    &to->base, new->compression != NULL ? new->compression : "default");
	if (old->statistics != new->statistics)
		mig_sql_put(sql, "ALTER TABLE ONLY %t ALTER COLUMN %c SET STATISTICS %d;\n", table,
		    &to->base, (int64_t) new->statistics);
}

void
mig_pg_column_storage(struct mig_sql *sql, const struct mig_db_column *column)
{
	static const struct mig_db_column_more plain = { .statistics = -1 };
	struct mig_db_column nothing = *column;
	nothing.more = &plain;
	put_storage(sql, &nothing, column);
}

void
mig_pg_column_stay(
    struct mig_sql *sql, const struct mig_db_column *from, const struct mig_db_column *to)
{
	struct mig_db_column_more kept = { .statistics = from->more->statistics };
	struct mig_db_column nothing = *to;
	nothing.more = &kept;
	put_storage(sql, &nothing, to);
}

void
mig_pg_column_given(
    struct mig_sql *sql, const struct mig_db_column *parents, const struct mig_db_column *column)
{
	struct mig_db_column_more given = *parents->more;
	struct mig_db_column from = *parents;
	given.statistics = column->more->statistics;
	from.more = &given;
	put_storage(sql, &from, column);
}

void
mig_pg_column_more(struct mig_sql *sql, const struct mig_db_column *column)
{
	mig_pg_column_storage(sql, column);
	mig_pg_belongings(sql, &column->base);
}

void
mig_pg_add_column(struct mig_sql *sql, const struct mig_db_column *column)
{
	mig_pg_serial_sequence(sql, column);
	put_sequence_owner(sql, column);
	mig_sql_put(sql, "ALTER TABLE %t ADD COLUMN ", column->base.parent);
	mig_pg_put_column(sql, column, false);
	mig_sql_put(sql, ";\n");
	mig_pg_serial_own(sql, column);
	mig_pg_column_more(sql, column);
}

void
mig_pg_column_default_off(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	const struct mig_db_column *old = mig_db_as_column(from);
	const struct mig_db_column *new = mig_db_as_column(to);
	const struct mig_db_object *table = to->parent;
	if (is_identity(old) && !is_identity(new))
		mig_sql_put(sql, "ALTER TABLE %t ALTER COLUMN %c DROP IDENTITY;\n", table, to);
	bool was_serial = old->identity == MIG_DB_SERIAL && new->identity != MIG_DB_SERIAL;
	if (was_serial || old->default_expr != NULL)
		mig_sql_put(sql, "ALTER TABLE ONLY %t ALTER COLUMN %c DROP DEFAULT;\n", table, to);
	if (was_serial)
		mig_sql_put(sql, "DROP SEQUENCE %s;\n", sequence_name(sql->script, old));
	mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
}

/* The next number is above all that the rows have. */
void
mig_pg_column_setval(struct mig_sql *sql, const struct mig_db_column *column)
{
	struct mig_db_sequence_options options = sequence_of(column);
	if (options.increment < 0)
		return;
	mig_sql_put(sql, "SELECT setval(%l, greatest(max(%c), %d), max(%c) >= %d) FROM %t;\n",
	    sequence_name(sql->script, column), &column->base, options.start, &column->base,
	    options.start, column->base.parent);
	mig_sql_lock(sql, MIG_LOCK_NONE, MIG_WORK_SCAN);
}

static void
put_sequence_change(
    struct mig_sql *sql, const struct mig_db_column *old, const struct mig_db_column *new)
{
	struct mig_db_sequence_options from = sequence_of(old);
	struct mig_db_sequence_options to = sequence_of(new);
	const char *name = sequence_name(sql->script, old);
	if (!same_sequence(&from, &to)) {
		mig_sql_put(sql, "ALTER SEQUENCE %s AS %s", name, to.type);
		mig_pg_put_sequence(sql, &to);
		mig_sql_put(sql, ";\n");
	}
	const char *other = new->more->sequence_name;
	if (old->more->sequence_name == NULL || other == NULL || strcmp(name, other) == 0 ||
	    column_now(sql->script, old) != old || column_now(sql->script, new) != new)
		return;
	const char *dot = strrchr(other, '.');
	mig_sql_put(sql, "ALTER SEQUENCE %s RENAME TO %s;\n", name, dot != NULL ? dot + 1 : other);
}

void
mig_pg_rename_sequence(struct mig_script_step *step, const struct mig_db_column *before)
{
	const struct mig_db_column *after = column_now(step->up.script, before);
	if (after == before || !has_sequence(before) || !has_sequence(after) ||
	    strcmp(before->more->sequence_name, after->more->sequence_name) == 0)
		return;
	const char *old = before->more->sequence_name;
	const char *new = after->more->sequence_name;
	const char *dot = strrchr(new, '.');
	mig_sql_put(
	    &step->up, "ALTER SEQUENCE %s RENAME TO %s;\n", old, dot != NULL ? dot + 1 : new);
	dot = strrchr(old, '.');
	mig_sql_put(
	    &step->down, "ALTER SEQUENCE %s RENAME TO %s;\n", new, dot != NULL ? dot + 1 : old);
}

void
mig_pg_column_default_on(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	const struct mig_db_column *old = mig_db_as_column(from);
	const struct mig_db_column *new = mig_db_as_column(to);
	const struct mig_db_object *table = to->parent;
	sql->about = to;
	bool both_serial = old->identity == MIG_DB_SERIAL && new->identity == MIG_DB_SERIAL;
	if (both_serial || (is_identity(old) && is_identity(new)))
		put_sequence_change(sql, old, new);
	if (is_identity(new) && is_identity(old) && old->identity != new->identity)
		mig_sql_put(sql, "ALTER TABLE %t ALTER COLUMN %c SET GENERATED %s;\n", table, to,
		    identity_word(new));
	if (is_identity(new) && !is_identity(old)) {
		mig_sql_put(sql, "ALTER TABLE %t ALTER COLUMN %c ADD ", table, to);
		put_identity(sql, new);
		mig_sql_put(sql, ";\n");
		mig_pg_column_setval(sql, new);
	}
	if (new->identity == MIG_DB_SERIAL && !both_serial) {
		mig_pg_serial_sequence(sql, new);
		put_sequence_owner(sql, new);
		mig_sql_put(sql, "ALTER TABLE ONLY %t ALTER COLUMN %c SET DEFAULT ", table, to);
		put_serial_default(sql, new);
		mig_sql_put(sql, ";\n");
		mig_pg_serial_own(sql, new);
		mig_pg_column_setval(sql, new);
	}
	if (new->default_expr != NULL)
		mig_sql_put(sql, "ALTER TABLE ONLY %t ALTER COLUMN %c SET DEFAULT %x;\n", table, to,
		    mig_pg_default(sql, new));
	mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
}

void
mig_pg_alter_column(struct mig_sql *sql, const struct mig_db_column *from,
    const struct mig_db_column *to, unsigned aspects)
{
	const struct mig_db_object *table = to->base.parent;
	bool drops =
	    from->generated != MIG_DB_GENERATED_NONE && to->generated == MIG_DB_GENERATED_NONE;
	if ((aspects & MIG_DB_GENERATED) != 0 && drops)
		mig_sql_put(
		    sql, "ALTER TABLE %t ALTER COLUMN %c DROP EXPRESSION;\n", table, &to->base);
	if ((aspects & (MIG_DB_DEFAULT | MIG_DB_IDENTITY)) != 0) {
		bool replaces = to->default_expr != NULL && (aspects & MIG_DB_IDENTITY) == 0;
		if (!replaces)
			mig_pg_column_default_off(sql, &from->base, &to->base);
		mig_pg_column_default_on(sql, &from->base, &to->base);
	} else if ((aspects & MIG_DB_GENERATED) != 0) {
		mig_pg_column_default_on(sql, &from->base, &to->base);
	}
	if ((aspects & MIG_DB_NULLABLE) != 0)
		mig_sql_put(sql, "ALTER TABLE %t ALTER COLUMN %c %s NOT NULL;\n", table, &to->base,
		    to->nullable ? "DROP" : "SET");
	if ((aspects & MIG_DB_STORAGE) != 0)
		put_storage(sql, from, to);
	mig_pg_alter_common(sql, &from->base, &to->base, aspects);
}
