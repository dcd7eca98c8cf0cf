/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_mysql_int.h"
#include "schema/trigger.h"

/* The first version of MariaDB that there is; numbers of MySQL are below. */
#define MARIADB_FIRST 100000

bool
mig_mysql_is_text(const struct mig_db_column *column)
{
	static const char *const types[] = { "char(", "varchar(", "tinytext", "text", "mediumtext",
		"longtext", "enum(", "set(" };
	for (size_t i = 0; column->type != NULL && i < COUNT_OF(types); i++)
		if (strncmp(column->type, types[i], strlen(types[i])) == 0)
			return true;
	return false;
}

bool
mig_mysql_is_own_check(const struct mig_db_constraint *constraint)
{
	return constraint->type == MIG_DB_CHECK && constraint->inline_column &&
	    constraint->columns_count == 1;
}

const struct mig_db_constraint *
mig_mysql_own_check(const struct mig_db_column *column)
{
	const struct mig_db_table *table = mig_db_as_table(column->base.parent);
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *check = table->constraints[i];
		if (mig_mysql_is_own_check(check) &&
		    strcmp(check->columns[0], column->base.name) == 0)
			return check;
	}
	return NULL;
}

static bool
is_mariadb(const struct mig_sql *sql)
{
	return mig_db_version(sql->script->before) >= MARIADB_FIRST ||
	    mig_db_version(sql->script->after) >= MARIADB_FIRST;
}

/* A statement that may have semicolons in it, with a delimiter that the client takes. */
static void
put_statement(struct mig_sql *sql, const char *text)
{
	static const char *const delimiters[] = { "$$", "//", "$$$$", "%%%%" };
	size_t i = 0;
	if (text == NULL)
		return;
	if (strchr(text, ';') == NULL && strstr(text, "--") == NULL && strchr(text, '#') == NULL) {
		mig_sql_put(sql, "%s;\n", text);
		return;
	}
	while (i + 1 < COUNT_OF(delimiters) && strstr(text, delimiters[i]) != NULL)
		i++;
	mig_sql_put(sql, "DELIMITER %s\n%s\n%s\nDELIMITER ;\n", delimiters[i], text, delimiters[i]);
}

/* The first of those fired at the same moment behind the trigger that is there all the time. */
static const struct mig_db_object *
next_that_stays(const struct mig_script *script, const struct mig_db_object *trigger, bool before)
{
	const struct mig_db_object *next = mig_db_trigger_next(trigger, false);
	while (next != NULL &&
	    !mig_mysql_stays(script, before ? mig_script_partner(script, next) : next))
		next = mig_db_trigger_next(next, false);
	return next;
}

/* A trigger is made where its schema has it: the one before it is there by then. */
static void
put_trigger(struct mig_sql *sql, const struct mig_db_object *trigger)
{
	struct mig_script *script = sql->script;
	const char *word = "FOLLOWS";
	const struct mig_db_object *other = mig_db_trigger_next(trigger, true);
	if (other == NULL) {
		word = "PRECEDES";
		other = next_that_stays(script, trigger, sql->back);
	}
	const char *body = mig_db_trigger_body(trigger);
	if (other == NULL || body == NULL) {
		put_statement(sql, trigger->definition);
		return;
	}
	const char *head = mig_arena_strndup(
	    script->work, trigger->definition, (size_t)(body - trigger->definition));
	put_statement(sql, mig_sql_text(script, "%s%s %n %s", head, word, other->name, body));
}

bool
mig_mysql_modifies(const struct mig_db_op *op)
{
	unsigned quiet =
	    MIG_DB_OWNER | MIG_DB_GRANTS | MIG_DB_LENGTH | MIG_DB_NAME | MIG_DB_POSITION;
	return op != NULL && (op->what != MIG_DB_CHANGED || (op->aspects & ~quiet) != 0);
}

/* Always said: the table's own may be another one at this moment. */
static void
put_charset(struct mig_sql *sql, const struct mig_db_column *column)
{
	const struct mig_db_column_more *more = column->more;
	const struct mig_db_table *table = mig_db_as_table(column->base.parent);
	const char *charset = more->charset != NULL ? more->charset : table->charset;
	const char *collation = more->collation != NULL ? more->collation : table->collation;
	if (!mig_mysql_is_text(column))
		return;
	if (charset != NULL)
		mig_sql_put(sql, " CHARACTER SET %s", charset);
	if (collation != NULL)
		mig_sql_put(sql, " COLLATE %s", collation);
}

void
mig_mysql_put_column(struct mig_sql *sql, const struct mig_db_column *column)
{
	const struct mig_db_column_more *more = column->more;
	const struct mig_db_constraint *check = mig_mysql_own_check(column);
	bool generated = column->generated != MIG_DB_GENERATED_NONE;
	mig_sql_put(sql, " %s", column->type);
	put_charset(sql, column);
	if (generated)
		mig_sql_put(sql, " GENERATED ALWAYS AS (%x) %s", more->generated_expr,
		    column->generated == MIG_DB_GENERATED_STORED ? "STORED" : "VIRTUAL");
	/* MariaDB has no word for it at generated columns. */
	if (!generated || !column->nullable)
		mig_sql_put(sql, column->nullable ? " NULL" : " NOT NULL");
	if (column->default_expr != NULL && !generated)
		mig_sql_put(sql, " DEFAULT %s", column->default_expr);
	if (more->on_update != NULL)
		mig_sql_put(sql, " ON UPDATE %s", more->on_update);
	mig_sql_put(sql, column->identity != MIG_DB_IDENTITY_NONE ? " AUTO_INCREMENT" : "");
	mig_sql_put(sql, more->invisible ? " INVISIBLE" : "");
	if (column->base.extra->comment != NULL)
		mig_sql_put(sql, " COMMENT %l", column->base.extra->comment);
	if (check != NULL)
		mig_sql_put(sql, " CHECK (%x)", check->expression);
}

void
mig_mysql_put_place(struct mig_sql *sql, const struct mig_db_column *column)
{
	const struct mig_db_table *table = mig_db_as_table(column->base.parent);
	const struct mig_db_column *last = NULL;
	for (size_t i = 0; i < table->columns_count && table->columns[i] != column; i++)
		last = table->columns[i];
	if (last != NULL)
		mig_sql_put(sql, " AFTER %c", &last->base);
	else
		mig_sql_put(sql, " FIRST");
}

/* What is computed, and when, is changed in place in few cases. */
static bool
must_be_new(const struct mig_db_object *from, const struct mig_db_object *to)
{
	return mig_db_as_column(from)->generated != mig_db_as_column(to)->generated;
}

void
mig_mysql_column_clause(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	if (to == NULL || (from != NULL && must_be_new(from, to))) {
		mig_sql_put(sql, to == NULL ? "DROP COLUMN %c" : "DROP COLUMN %c, ", from);
		from = NULL;
	}
	if (to == NULL)
		return;
	if (from == NULL)
		mig_sql_put(sql, "ADD COLUMN %c", to);
	else
		mig_sql_put(sql, "MODIFY COLUMN %c", to);
	mig_mysql_put_column(sql, mig_db_as_column(to));
	if (from == NULL)
		mig_mysql_put_place(sql, mig_db_as_column(to));
}

/* Whether a check looks at the column; the type json is one of MariaDB's. */
static bool
is_checked(const struct mig_db_object *column)
{
	const struct mig_db_table *table = mig_db_as_table(column->parent);
	if (mig_db_same(mig_db_as_column(column)->type, "json"))
		return true;
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *check = table->constraints[i];
		if (check->type == MIG_DB_CHECK &&
		    mig_sql_mentions(check->expression, column->name))
			return true;
	}
	return false;
}

void
mig_mysql_rename_column(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, const struct mig_db_object *table)
{
	/*
	 * Once a query has called the table by an alias, MariaDB 10.11 does not find the column in
	 * a check any more (error 1054), up to the next ALTER TABLE: this one changes nothing.
	 */
	if (is_mariadb(sql) && (is_checked(from) || is_checked(to)))
		mig_sql_put(sql, "ALTER TABLE %t RENAME COLUMN %n TO %n;\n", table, from->name,
		    from->name);
	mig_sql_put(
	    sql, "ALTER TABLE %t RENAME COLUMN %n TO %n;\n", table, from->name, to->name);
}

static void
put_foreign(struct mig_sql *sql, const struct mig_db_constraint *key)
{
	const struct mig_db_object *target =
	    mig_db_find(sql->back ? sql->script->before : sql->script->after, MIG_DB_TABLE,
	        key->ref_schema, key->ref_table);
	if (key->ref_schema != NULL)
		mig_sql_put(sql, " REFERENCES %n.%n ", key->ref_schema, key->ref_table);
	else if (target != NULL)
		mig_sql_put(sql, " REFERENCES %t ", target);
	else
		mig_sql_put(sql, " REFERENCES %n ", key->ref_table);
	mig_sql_put_columns(sql, target, key->ref_columns, key->ref_columns_count);
	if (key->on_delete != NULL && strcmp(key->on_delete, "NO ACTION") != 0)
		mig_sql_put(sql, " ON DELETE %s", key->on_delete);
	if (key->on_update != NULL && strcmp(key->on_update, "NO ACTION") != 0)
		mig_sql_put(sql, " ON UPDATE %s", key->on_update);
}

static void
put_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	const struct mig_db_object *object = &constraint->base;
	bool named = object->name != NULL && constraint->type != MIG_DB_PRIMARY_KEY;
	if (named && constraint->type != MIG_DB_UNIQUE)
		mig_sql_put(sql, "CONSTRAINT %n ", object->name);
	switch (constraint->type) {
	case MIG_DB_PRIMARY_KEY:
		mig_sql_put(sql, "PRIMARY KEY ");
		break;
	case MIG_DB_UNIQUE:
		mig_sql_put(sql, "UNIQUE INDEX ");
		if (named)
			mig_sql_put(sql, "%n ", object->name);
		break;
	case MIG_DB_CHECK:
		mig_sql_put(sql, "CHECK (%x)", constraint->expression);
		return;
	case MIG_DB_FOREIGN_KEY:
		mig_sql_put(sql, "FOREIGN KEY ");
		break;
	case MIG_DB_EXCLUSION:
		return;
	}
	mig_sql_put_columns(sql, object->parent, constraint->columns, constraint->columns_count);
	if (constraint->type == MIG_DB_FOREIGN_KEY)
		put_foreign(sql, constraint);
	else if (object->extra->comment != NULL)
		mig_sql_put(sql, " COMMENT %l", object->extra->comment);
}

/* An index without which the foreign key would not be, under the key's name. */
static void
drop_foreign(struct mig_sql *sql, const struct mig_db_constraint *key, const char *name, bool stays)
{
	mig_sql_put(sql, "DROP FOREIGN KEY %n", name);
	if (stays)
		return;
	/* MariaDB drops it by itself when another one will do. */
	if (is_mariadb(sql))
		mig_sql_put(sql, ", DROP INDEX IF EXISTS %n", name);
	else if (key->index_method != NULL)
		mig_sql_put(sql, ", DROP INDEX %n", name);
}

/* What a constraint is dropped as; a unique one of a snapshot has the name of its first column. */
static void
drop_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint, bool stays)
{
	const char *name = constraint->base.name;
	if (name == NULL && constraint->columns_count > 0)
		name = constraint->columns[0];
	if (constraint->type == MIG_DB_PRIMARY_KEY)
		mig_sql_put(sql, "DROP PRIMARY KEY");
	else if (constraint->type == MIG_DB_UNIQUE)
		mig_sql_put(sql, "DROP INDEX %n", name);
	else if (constraint->type == MIG_DB_FOREIGN_KEY)
		drop_foreign(sql, constraint, name, stays);
	else
		mig_sql_put(sql, "DROP CONSTRAINT %n", name);
}

static void
add_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint, bool stays)
{
	bool indexed = constraint->type == MIG_DB_FOREIGN_KEY && constraint->base.name != NULL &&
	    constraint->index_method != NULL;
	if (indexed && !stays) {
		mig_sql_put(sql, "ADD INDEX %n ", constraint->base.name);
		mig_sql_put_columns(sql, constraint->base.parent, constraint->columns,
		    constraint->columns_count);
		mig_sql_put(sql, ", ");
	}
	mig_sql_put(sql, "ADD ");
	put_constraint(sql, constraint);
}

void
mig_mysql_own_index(struct mig_sql *sql, const struct mig_db_constraint *key, bool add)
{
	mig_sql_put(sql, "ALTER TABLE %t ", key->base.parent);
	if (!add) {
		mig_sql_put(sql, "DROP INDEX %s%n;\n", is_mariadb(sql) ? "IF EXISTS " : "",
		    key->base.name);
		return;
	}
	mig_sql_put(sql, "ADD INDEX %n ", key->base.name);
	mig_sql_put_columns(sql, key->base.parent, key->columns, key->columns_count);
	mig_sql_put(sql, ";\n");
}

void
mig_mysql_constraint_clause(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	if (from != NULL)
		drop_constraint(sql, mig_db_as_constraint(from), false);
	if (from != NULL && to != NULL)
		mig_sql_put(sql, ", ");
	if (to != NULL)
		add_constraint(sql, mig_db_as_constraint(to), false);
}

static const char *
index_word(const struct mig_db_index *index)
{
	if (mig_db_same(index->method, "fulltext"))
		return "FULLTEXT ";
	if (mig_db_same(index->method, "spatial"))
		return "SPATIAL ";
	return index->unique ? "UNIQUE " : "";
}

/* As it stands in CREATE TABLE, or behind ADD. */
static void
put_index(struct mig_sql *sql, const struct mig_db_index *index)
{
	const char *columns =
	    index->base.definition != NULL ? strchr(index->base.definition, '(') : NULL;
	mig_sql_put(sql, "%sINDEX %n ", index_word(index),
	    index->base.name != NULL ? index->base.name : index->columns[0]);
	if (columns != NULL)
		mig_sql_put(sql, "%x", columns);
	else
		mig_sql_put_columns(sql, index->base.parent, index->columns, index->columns_count);
	if (mig_db_same(index->method, "hash"))
		mig_sql_put(sql, " USING HASH");
	if (index->base.extra->comment != NULL)
		mig_sql_put(sql, " COMMENT %l", index->base.extra->comment);
	if (index->ignored)
		mig_sql_put(sql, is_mariadb(sql) ? " IGNORED" : " INVISIBLE");
}

/* Whether the two differ in name, or in whether they are used, and in nothing else. */
static bool
same_index(const struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to)
{
	const struct mig_db_op *op = mig_script_op(sql->script, from);
	unsigned slight = MIG_DB_NAME | MIG_DB_VISIBLE;
	return op != NULL && op->what == MIG_DB_CHANGED && (op->aspects & ~slight) == 0 &&
	    from->name != NULL && to->name != NULL;
}

static void
change_index(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	bool ignored = mig_db_as_index(to)->ignored;
	bool renamed = strcmp(from->name, to->name) != 0;
	bool shown = mig_db_as_index(from)->ignored != ignored;
	if (shown && is_mariadb(sql))
		mig_sql_put(
		    sql, "ALTER INDEX %n %s", from->name, ignored ? "IGNORED" : "NOT IGNORED");
	else if (shown)
		mig_sql_put(
		    sql, "ALTER INDEX %n %s", from->name, ignored ? "INVISIBLE" : "VISIBLE");
	/* Not in one statement: there the old name is not known any more. */
	if (shown && renamed)
		mig_sql_put(sql, ";\nALTER TABLE %t ", to->parent);
	if (renamed)
		mig_sql_put(sql, "RENAME INDEX %n TO %n", from->name, to->name);
}

void
mig_mysql_index_clause(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	if (from != NULL && to != NULL && same_index(sql, from, to)) {
		change_index(sql, from, to);
		return;
	}
	if (from != NULL)
		mig_sql_put(sql, "DROP INDEX %n",
		    from->name != NULL ? from->name : mig_db_as_index(from)->columns[0]);
	if (from != NULL && to != NULL)
		mig_sql_put(sql, ", ");
	if (to != NULL) {
		mig_sql_put(sql, "ADD ");
		put_index(sql, mig_db_as_index(to));
	}
}

/* Options of CREATE TABLE that have no member of their own, "a=1, b=2". */
static void
put_rest(struct mig_sql *sql, const struct mig_db_table *table)
{
	static const char versioning[] = "system versioning";
	const char *at = table->options;
	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, ",");
		bool versioned =
		    len == strlen(versioning) && strncmp(at, versioning, len) == 0;
		mig_sql_put(sql, versioned ? " WITH " : " ");
		mig_buf_add(&sql->out, at, len);
		at += len + strspn(at + len, ", ");
	}
}

static void
put_options(struct mig_sql *sql, const struct mig_db_table *table)
{
	if (table->engine != NULL)
		mig_sql_put(sql, " ENGINE=%s", table->engine);
	if (table->charset != NULL)
		mig_sql_put(sql, " DEFAULT CHARACTER SET %s", table->charset);
	if (table->collation != NULL)
		mig_sql_put(sql, " COLLATE %s", table->collation);
	if (table->row_format != NULL)
		mig_sql_put(sql, " ROW_FORMAT=%s", table->row_format);
	put_rest(sql, table);
	if (table->base.extra->comment != NULL)
		mig_sql_put(sql, " COMMENT=%l", table->base.extra->comment);
	if (table->partition_key != NULL)
		mig_sql_put(sql, " PARTITION BY %x", table->partition_key);
}

static void
create_table(struct mig_sql *sql, const struct mig_db_table *table)
{
	mig_sql_put(sql, "CREATE TABLE %t (", &table->base);
	for (size_t i = 0; i < table->columns_count; i++) {
		mig_sql_put(sql, i > 0 ? ",\n\t%n" : "\n\t%n", table->columns[i]->base.name);
		mig_mysql_put_column(sql, table->columns[i]);
	}
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *constraint = table->constraints[i];
		if (constraint->type == MIG_DB_FOREIGN_KEY || mig_mysql_is_own_check(constraint))
			continue;
		mig_sql_put(sql, ",\n\t");
		put_constraint(sql, constraint);
	}
	for (size_t i = 0; i < table->indexes_count; i++) {
		mig_sql_put(sql, ",\n\t");
		put_index(sql, table->indexes[i]);
	}
	mig_sql_put(sql, "\n)");
	put_options(sql, table);
	mig_sql_put(sql, ";\n");
	for (size_t i = 0; i < table->triggers_count; i++)
		put_statement(sql, table->triggers[i]->base.definition);
}

static void
create_view(struct mig_sql *sql, const struct mig_db_table *view)
{
	bool invoker = view->options != NULL && strstr(view->options, "invoker") != NULL;
	const char *check = view->options != NULL ? strstr(view->options, "check_option=") : NULL;
	mig_sql_put(sql, "CREATE OR REPLACE %sVIEW %t AS %s",
	    invoker ? "SQL SECURITY INVOKER " : "", &view->base, view->base.definition);
	if (check != NULL)
		mig_sql_put(sql, " WITH %s CHECK OPTION",
		    strncmp(check + 13, "local", 5) == 0 ? "LOCAL" : "CASCADED");
	mig_sql_put(sql, ";\n");
}

static void
create_sequence(struct mig_sql *sql, const struct mig_db_sequence *sequence)
{
	const struct mig_db_sequence_options *options = &sequence->options;
	mig_sql_put(sql,
	    "CREATE SEQUENCE %n START WITH %d INCREMENT BY %d MINVALUE %d MAXVALUE %d"
	    " CACHE %d%s;\n",
	    sequence->base.name, options->start, options->increment, options->min, options->max,
	    options->cache, options->cycle ? " CYCLE" : "");
}

void
mig_mysql_comment(struct mig_sql *sql, const struct mig_db_object *object)
{
	const char *comment = object->extra->comment != NULL ? object->extra->comment : "";
	if (object->kind == MIG_DB_ROUTINE)
		mig_sql_put(sql, "ALTER %s %n COMMENT %l;\n",
		    mig_db_as_routine(object)->procedure ? "PROCEDURE" : "FUNCTION", object->name,
		    comment);
	else if (object->kind == MIG_DB_OTHER && strncmp(object->name, "event ", 6) == 0)
		mig_sql_put(sql, "ALTER EVENT %n COMMENT %l;\n", object->name + 6, comment);
}

void
mig_mysql_create(struct mig_sql *sql, const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_TABLE)
		create_table(sql, mig_db_as_table(object));
	else if (object->kind == MIG_DB_VIEW)
		create_view(sql, mig_db_as_table(object));
	else if (object->kind == MIG_DB_SEQUENCE)
		create_sequence(sql, mig_db_as_sequence(object));
	else if (object->kind == MIG_DB_TRIGGER)
		put_trigger(sql, object);
	else
		put_statement(sql, object->definition);
	if (object->extra->comment != NULL)
		mig_mysql_comment(sql, object);
}

void
mig_mysql_drop(struct mig_sql *sql, const struct mig_db_object *object)
{
	static const char *const words[MIG_DB_KINDS] = { [MIG_DB_TABLE] = "TABLE",
		[MIG_DB_VIEW] = "VIEW",
		[MIG_DB_SEQUENCE] = "SEQUENCE",
		[MIG_DB_TRIGGER] = "TRIGGER IF EXISTS" };
	const char *word = words[object->kind];
	/* What is made again: when its CREATE has waited in vain, all can be run once more. */
	if (object->kind == MIG_DB_ROUTINE)
		word = mig_db_as_routine(object)->procedure ? "PROCEDURE IF EXISTS"
		                                            : "FUNCTION IF EXISTS";
	if (object->kind == MIG_DB_OTHER && strncmp(object->name, "event ", 6) == 0)
		mig_sql_put(sql, "DROP EVENT IF EXISTS %n;\n", object->name + 6);
	else if (word != NULL)
		mig_sql_put(sql, "DROP %s %n;\n", word, object->name);
}

/* Columns whose text is in the table's own character set, and stays so, have no fact. */
static void
convert_columns(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	for (size_t i = 0; i < to->columns_count; i++) {
		const struct mig_db_column *column = to->columns[i];
		const struct mig_db_op *op = mig_script_op(sql->script, &column->base);
		const struct mig_db_object *old =
		    mig_db_find_part(&from->base, MIG_DB_COLUMN, column->base.name);
		if (op != NULL)
			old = op->before == &column->base ? op->after : op->before;
		if (old == NULL || !mig_mysql_is_text(column) || column->more->collation != NULL ||
		    mig_mysql_modifies(op))
			continue;
		mig_sql_put(sql, ", ");
		mig_mysql_column_clause(sql, old, &column->base);
	}
}

static void
put_partitions(struct mig_sql *sql, const struct mig_db_table *table)
{
	if (table->partition_key != NULL)
		mig_sql_put(sql, "ALTER TABLE %n PARTITION BY %x;\n", table->base.name,
		    table->partition_key);
	else
		mig_sql_put(sql, "ALTER TABLE %n REMOVE PARTITIONING;\n", table->base.name);
}

static void
change_options(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	bool other = to->engine != NULL && !mig_db_same(from->engine, to->engine);
	if (other)
		mig_sql_put(sql, "ALTER TABLE %n ENGINE=%s;\n", to->base.name, to->engine);
	/* What it says of itself stays, until it is not its any more. */
	if (other && mig_db_same(from->engine, "Aria"))
		mig_sql_put(sql, "ALTER TABLE %n PAGE_CHECKSUM=DEFAULT;\n", to->base.name);
	if (!mig_db_same(from->row_format, to->row_format))
		mig_sql_put(sql, "ALTER TABLE %n ROW_FORMAT=%s;\n", to->base.name,
		    to->row_format != NULL ? to->row_format : "DEFAULT");
}

void
mig_mysql_change_table(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, unsigned aspects)
{
	const struct mig_db_table *table = mig_db_as_table(to);
	if ((aspects & MIG_DB_NAME) != 0)
		mig_sql_put(sql, "RENAME TABLE %n TO %n;\n", from->name, to->name);
	if ((aspects & MIG_DB_COLLATE) != 0 && table->charset != NULL) {
		mig_sql_put(sql, "ALTER TABLE %n DEFAULT CHARACTER SET %s%s%s", to->name,
		    table->charset, table->collation != NULL ? " COLLATE " : "", table->collation);
		convert_columns(sql, mig_db_as_table(from), table);
		mig_sql_put(sql, ";\n");
	}
	if ((aspects & MIG_DB_OPTIONS) != 0)
		change_options(sql, mig_db_as_table(from), table);
	if ((aspects & MIG_DB_COMMENT) != 0)
		mig_sql_put(sql, "ALTER TABLE %n COMMENT=%l;\n", to->name,
		    to->extra->comment != NULL ? to->extra->comment : "");
	if ((aspects & MIG_DB_PARTITION_KEY) != 0)
		put_partitions(sql, table);
}
