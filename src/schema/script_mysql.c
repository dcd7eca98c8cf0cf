/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_int.h"

/*
 * MySQL and MariaDB: no step can be undone by a transaction, each statement commits by itself.
 * The algorithm is left to the server, which takes the cheapest; locks are those of MariaDB 10.11.
 */

static bool
is_key(const struct mig_db_constraint *constraint)
{
	return constraint->type == MIG_DB_PRIMARY_KEY || constraint->type == MIG_DB_UNIQUE;
}

static void
put_names(struct mig_sql *sql, const char *const *names, size_t count)
{
	mig_sql_put(sql, "(");
	for (size_t i = 0; i < count; i++)
		mig_sql_put(sql, i > 0 ? ", %n" : "%n", names[i]);
	mig_sql_put(sql, ")");
}

/* The whole of a column, as MODIFY wants it. */
static void
put_column(struct mig_sql *sql, const struct mig_db_column *column)
{
	const struct mig_db_column_more *more = column->more;
	mig_sql_put(sql, "%n %s", column->base.name, column->type);
	if (more->charset != NULL)
		mig_sql_put(sql, " CHARACTER SET %s", more->charset);
	if (more->collation != NULL)
		mig_sql_put(sql, " COLLATE %s", more->collation);
	if (column->generated != MIG_DB_GENERATED_NONE)
		mig_sql_put(sql, " GENERATED ALWAYS AS (%s) %s", more->generated_expr,
		    column->generated == MIG_DB_GENERATED_STORED ? "STORED" : "VIRTUAL");
	mig_sql_put(sql, column->nullable ? " NULL" : " NOT NULL");
	if (column->default_expr != NULL && column->generated == MIG_DB_GENERATED_NONE)
		mig_sql_put(sql, " DEFAULT %s", column->default_expr);
	if (more->on_update != NULL)
		mig_sql_put(sql, " ON UPDATE %s", more->on_update);
	mig_sql_put(sql, column->identity != MIG_DB_IDENTITY_NONE ? " AUTO_INCREMENT" : "");
	mig_sql_put(sql, more->invisible ? " INVISIBLE" : "");
	if (column->base.comment != NULL)
		mig_sql_put(sql, " COMMENT %l", column->base.comment);
}

/* Where the column stands among those that its schema has. */
static void
put_place(struct mig_sql *sql, const struct mig_db_column *column)
{
	const struct mig_db_table *table = mig_db_as_table(column->base.parent);
	const struct mig_db_column *last = NULL;
	for (size_t i = 0; i < table->columns_count && table->columns[i] != column; i++)
		last = table->columns[i];
	if (last != NULL)
		mig_sql_put(sql, " AFTER %n", last->base.name);
	else
		mig_sql_put(sql, " FIRST");
}

static void
put_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	if (constraint->base.name != NULL && constraint->type != MIG_DB_PRIMARY_KEY)
		mig_sql_put(sql, "CONSTRAINT %n ", constraint->base.name);
	switch (constraint->type) {
	case MIG_DB_PRIMARY_KEY:
		mig_sql_put(sql, "PRIMARY KEY ");
		break;
	case MIG_DB_UNIQUE:
		mig_sql_put(sql, "UNIQUE ");
		break;
	case MIG_DB_CHECK:
		mig_sql_put(sql, "CHECK (%s)", constraint->expression);
		return;
	case MIG_DB_FOREIGN_KEY:
		mig_sql_put(sql, "FOREIGN KEY ");
		break;
	case MIG_DB_EXCLUSION:
		return;
	}
	put_names(sql, constraint->columns, constraint->columns_count);
	if (constraint->type != MIG_DB_FOREIGN_KEY)
		return;
	mig_sql_put(sql, " REFERENCES %n ", constraint->ref_table);
	put_names(sql, constraint->ref_columns, constraint->ref_columns_count);
	if (constraint->on_delete != NULL)
		mig_sql_put(sql, " ON DELETE %s", constraint->on_delete);
	if (constraint->on_update != NULL)
		mig_sql_put(sql, " ON UPDATE %s", constraint->on_update);
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

static void
put_index(struct mig_sql *sql, const struct mig_db_index *index)
{
	const char *columns =
	    index->base.definition != NULL ? strchr(index->base.definition, '(') : NULL;
	mig_sql_put(sql, "CREATE %sINDEX %n ON %t ", index_word(index),
	    index->base.name != NULL ? index->base.name : index->columns[0], index->base.parent);
	if (columns != NULL)
		mig_sql_put(sql, "%s", columns);
	else
		put_names(sql, index->columns, index->columns_count);
	if (index->base.comment != NULL)
		mig_sql_put(sql, " COMMENT %l", index->base.comment);
	mig_sql_put(sql, index->ignored ? " IGNORED;\n" : ";\n");
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
	if (table->base.comment != NULL)
		mig_sql_put(sql, " COMMENT=%l", table->base.comment);
}

static bool
own_step(const struct mig_db_constraint *constraint)
{
	return constraint->type == MIG_DB_FOREIGN_KEY;
}

static void
create_table(struct mig_sql *sql, const struct mig_db_table *table)
{
	mig_sql_put(sql, "CREATE TABLE %t (", &table->base);
	for (size_t i = 0; i < table->columns_count; i++) {
		mig_sql_put(sql, i > 0 ? ",\n\t" : "\n\t");
		put_column(sql, table->columns[i]);
	}
	for (size_t i = 0; i < table->constraints_count; i++) {
		if (own_step(table->constraints[i]))
			continue;
		mig_sql_put(sql, ",\n\t");
		put_constraint(sql, table->constraints[i]);
	}
	mig_sql_put(sql, "\n)");
	put_options(sql, table);
	mig_sql_put(sql, ";\n");
	for (size_t i = 0; i < table->indexes_count; i++)
		put_index(sql, table->indexes[i]);
	for (size_t i = 0; i < table->triggers_count; i++)
		mig_sql_put(sql, "%s;\n", table->triggers[i]->base.definition);
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
create(struct mig_sql *sql, const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_TABLE) {
		create_table(sql, mig_db_as_table(object));
	} else if (object->kind == MIG_DB_VIEW) {
		create_view(sql, mig_db_as_table(object));
	} else if (object->kind == MIG_DB_COLUMN) {
		mig_sql_put(sql, "ALTER TABLE %t ADD COLUMN ", object->parent);
		put_column(sql, mig_db_as_column(object));
		put_place(sql, mig_db_as_column(object));
		mig_sql_put(sql, ";\n");
	} else if (object->kind == MIG_DB_CONSTRAINT) {
		mig_sql_put(sql, "ALTER TABLE %t ADD ", object->parent);
		put_constraint(sql, mig_db_as_constraint(object));
		mig_sql_put(sql, ";\n");
	} else if (object->kind == MIG_DB_INDEX) {
		put_index(sql, mig_db_as_index(object));
	} else if (object->definition != NULL) {
		mig_sql_put(sql, "%s;\n", object->definition);
	}
}

/* What a constraint is dropped as; a unique one of a snapshot has the name of its first column. */
static void
drop_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	const char *name = constraint->base.name;
	if (name == NULL && constraint->columns_count > 0)
		name = constraint->columns[0];
	mig_sql_put(sql, "ALTER TABLE %t DROP ", constraint->base.parent);
	if (constraint->type == MIG_DB_PRIMARY_KEY)
		mig_sql_put(sql, "PRIMARY KEY;\n");
	else if (constraint->type == MIG_DB_UNIQUE)
		mig_sql_put(sql, "INDEX %n;\n", name);
	else if (constraint->type == MIG_DB_FOREIGN_KEY)
		mig_sql_put(sql, "FOREIGN KEY %n;\n", name);
	else
		mig_sql_put(sql, "CONSTRAINT %n;\n", name);
}

static void
drop(struct mig_sql *sql, const struct mig_db_object *object)
{
	static const char *const words[MIG_DB_KINDS] = { [MIG_DB_TABLE] = "TABLE",
		[MIG_DB_VIEW] = "VIEW",
		[MIG_DB_SEQUENCE] = "SEQUENCE",
		[MIG_DB_TRIGGER] = "TRIGGER" };
	const char *word = words[object->kind];
	if (object->kind == MIG_DB_ROUTINE)
		word = mig_db_as_routine(object)->procedure ? "PROCEDURE" : "FUNCTION";
	if (object->kind == MIG_DB_CONSTRAINT)
		drop_constraint(sql, mig_db_as_constraint(object));
	else if (object->kind == MIG_DB_COLUMN)
		mig_sql_put(sql, "ALTER TABLE %t DROP COLUMN %n;\n", object->parent, object->name);
	else if (object->kind == MIG_DB_INDEX)
		mig_sql_put(sql, "DROP INDEX %n ON %t;\n", object->name, object->parent);
	else if (object->kind == MIG_DB_OTHER && strncmp(object->name, "event ", 6) == 0)
		mig_sql_put(sql, "DROP EVENT %n;\n", object->name + 6);
	else if (word != NULL)
		mig_sql_put(sql, "DROP %s %n;\n", word, object->name);
}

static void
change_column(struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to,
    bool moves)
{
	mig_sql_put(sql, "ALTER TABLE %t ", to->parent);
	if (strcmp(from->name, to->name) != 0)
		mig_sql_put(sql, "CHANGE COLUMN %n ", from->name);
	else
		mig_sql_put(sql, "MODIFY COLUMN ");
	put_column(sql, mig_db_as_column(to));
	if (moves)
		put_place(sql, mig_db_as_column(to));
	mig_sql_put(sql, ";\n");
}

static void
change_table(struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to,
    unsigned aspects)
{
	const struct mig_db_table *table = mig_db_as_table(to);
	if ((aspects & MIG_DB_NAME) != 0)
		mig_sql_put(sql, "RENAME TABLE %n TO %n;\n", from->name, to->name);
	if ((aspects & MIG_DB_COLLATE) != 0 && table->charset != NULL)
		mig_sql_put(sql, "ALTER TABLE %n CONVERT TO CHARACTER SET %s%s%s;\n", to->name,
		    table->charset, table->collation != NULL ? " COLLATE " : "", table->collation);
	if ((aspects & MIG_DB_OPTIONS) != 0 && table->engine != NULL)
		mig_sql_put(sql, "ALTER TABLE %n ENGINE=%s;\n", to->name, table->engine);
	if ((aspects & MIG_DB_OPTIONS) != 0 && table->row_format != NULL)
		mig_sql_put(sql, "ALTER TABLE %n ROW_FORMAT=%s;\n", to->name, table->row_format);
	if ((aspects & MIG_DB_COMMENT) != 0)
		mig_sql_put(sql, "ALTER TABLE %n COMMENT=%l;\n", to->name,
		    to->comment != NULL ? to->comment : "");
}

static void
change(struct mig_sql *sql, const struct mig_db_op *op, const struct mig_db_object *from,
    const struct mig_db_object *to)
{
	if (op->kind == MIG_DB_COLUMN) {
		change_column(sql, from, to, (op->aspects & MIG_DB_POSITION) != 0);
	} else if (op->kind == MIG_DB_TABLE) {
		change_table(sql, from, to, op->aspects);
	} else if (op->kind == MIG_DB_VIEW) {
		create(sql, to);
	} else {
		drop(sql, from);
		create(sql, to);
	}
}

/* What the plain statement does to a table while it is carried out. */
static void
note_work(struct mig_sql *sql, const struct mig_db_op *op)
{
	const struct mig_db_object *object = op->after != NULL ? op->after : op->before;
	unsigned retypes = MIG_DB_TYPE | MIG_DB_COLLATE | MIG_DB_GENERATED | MIG_DB_IDENTITY;
	if (op->kind == MIG_DB_COLUMN && op->what == MIG_DB_CHANGED) {
		if ((op->aspects & retypes) != 0)
			mig_sql_lock(sql, MIG_LOCK_SHARE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
		else if ((op->aspects & MIG_DB_NULLABLE) != 0)
			mig_sql_lock(sql, MIG_LOCK_NONE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	} else if (op->kind == MIG_DB_COLUMN && op->what == MIG_DB_ADDED) {
		const struct mig_db_column *column = mig_db_as_column(object);
		if (column->generated == MIG_DB_GENERATED_STORED ||
		    column->identity != MIG_DB_IDENTITY_NONE)
			mig_sql_lock(sql, MIG_LOCK_SHARE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	} else if (op->kind == MIG_DB_CONSTRAINT && op->what != MIG_DB_DROPPED) {
		bool key = is_key(mig_db_as_constraint(object));
		mig_sql_lock(sql, key ? MIG_LOCK_NONE : MIG_LOCK_SHARE,
		    key ? MIG_WORK_INDEX | MIG_WORK_SCAN : MIG_WORK_REWRITE | MIG_WORK_SCAN);
	} else if (op->kind == MIG_DB_INDEX && op->what != MIG_DB_DROPPED) {
		mig_sql_lock(sql, MIG_LOCK_NONE, MIG_WORK_INDEX | MIG_WORK_SCAN);
	}
}

static enum mig_script_phase
phase_of(const struct mig_db_op *op)
{
	if (op->what == MIG_DB_DROPPED)
		return MIG_SCRIPT_CONTRACT;
	if (op->what == MIG_DB_ADDED)
		return op->kind == MIG_DB_CONSTRAINT ? MIG_SCRIPT_CONTRACT : MIG_SCRIPT_EXPAND;
	bool strict = op->kind == MIG_DB_COLUMN && (op->aspects & MIG_DB_NULLABLE) != 0 &&
	    !mig_db_as_column(op->after)->nullable;
	return strict || (op->aspects & MIG_DB_NAME) != 0 ? MIG_SCRIPT_CONTRACT :
	                                                    MIG_SCRIPT_MIGRATE;
}

static void
key_steps(struct mig_script *script, const struct mig_db_op *op)
{
	bool add = op->what == MIG_DB_ADDED;
	const struct mig_db_table *table = mig_db_as_table(add ? op->after : op->before);
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_object *key = &table->constraints[i]->base;
		if (!own_step(table->constraints[i]))
			continue;
		struct mig_script_step *step =
		    mig_step_new(script, add ? MIG_SCRIPT_EXPAND : MIG_SCRIPT_CONTRACT,
		        add ? NULL : key, add ? key : NULL);
		mig_step_name(script, step, add ? "add" : "drop", key);
		create(add ? &step->up : &step->down, key);
		drop(add ? &step->down : &step->up, key);
	}
}

void
mig_mysql_fact(struct mig_script *script, const struct mig_db_op *op)
{
	unsigned quiet = MIG_DB_OWNER | MIG_DB_GRANTS | MIG_DB_LENGTH;
	if (op->what == MIG_DB_CHANGED && (op->aspects & ~quiet) == 0)
		return;
	struct mig_script_step *step = mig_step_new(script, phase_of(op), op->before, op->after);
	if (op->what == MIG_DB_CHANGED) {
		mig_step_name(script, step, "change", op->after);
		change(&step->up, op, op->before, op->after);
		change(&step->down, op, op->after, op->before);
	} else if (op->what == MIG_DB_ADDED) {
		mig_step_name(script, step, "add", op->after);
		create(&step->up, op->after);
		drop(&step->down, op->after);
	} else {
		mig_step_name(script, step, "drop", op->before);
		drop(&step->up, op->before);
		create(&step->down, op->before);
		if (op->kind == MIG_DB_TABLE || op->kind == MIG_DB_COLUMN)
			step->script.lossy = "the undo does not bring the rows' values back";
	}
	note_work(&step->up, op);
	if (op->kind == MIG_DB_TABLE && op->what != MIG_DB_CHANGED)
		key_steps(script, op);
	bool early = (op->aspects & MIG_DB_NAME) != 0 && op->what == MIG_DB_CHANGED &&
	    (op->kind == MIG_DB_TABLE || op->kind == MIG_DB_COLUMN);
	if (early &&
	    (!mig_script_map_set(&script->early, op->before, step->number + 1) ||
	        !mig_script_map_set(&script->early, op->after, step->number + 1)))
		script->failed = true;
}
