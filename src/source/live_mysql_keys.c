/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "source/live_mysql_int.h"

enum index_value {
	IX_TABLE,
	IX_NAME,
	IX_NOT_UNIQUE,
	IX_COLUMN,
	IX_PREFIX,
	IX_ORDER,
	IX_TYPE,
	IX_EXPR,
	IX_HIDDEN,
	IX_COMMENT,
	IX_PLAIN
};

static int
key_row(struct live_my *my, struct mig_db_object *table, const char *const *values)
{
	bool first = my->part == NULL || my->part->parent != table ||
	    my->part->kind != MIG_DB_CONSTRAINT || strcmp(my->part->name, values[IX_NAME]) != 0;
	struct mig_db_constraint *key = NULL;
	if (first) {
		key = mig_db_make(my->live->db, MIG_DB_CONSTRAINT, table);
		if (key == NULL || (key->base.name = live_my_text(my, values[IX_NAME])) == NULL)
			return live_no_memory(my->live);
		key->type =
		    strcmp(values[IX_NAME], "PRIMARY") == 0 ? MIG_DB_PRIMARY_KEY : MIG_DB_UNIQUE;
		mig_db_set_comment(my->live->db, &key->base, live_my_text(my, values[IX_COMMENT]));
		my->part = &key->base;
	}
	key = mig_db_as_constraint(my->part);
	key->columns = live_my_append(my, key->columns, key->columns_count, values[IX_COLUMN]);
	if (key->columns == NULL)
		return live_no_memory(my->live);
	key->columns_count++;
	return first ? live_my_put(my, key) : MIG_OK;
}

/* One column or expression with what belongs to it, behind those that are there. */
static int
add_to_definition(struct live_my *my, struct mig_db_index *index, const char *const *values)
{
	struct mig_buf out;
	const char *old = index->base.definition;
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	if (old != NULL)
		mig_buf_printf(&out, "%.*s, ", (int)strlen(old) - 1, old);
	else
		mig_buf_printf(&out, "USING %s (", index->method);
	if (values[IX_COLUMN] != NULL)
		live_my_quote(&out, values[IX_COLUMN]);
	else
		mig_buf_printf(&out, "(%s)", values[IX_EXPR]);
	if (values[IX_PREFIX] != NULL && (values[IX_TYPE][0] == 'B' || values[IX_TYPE][0] == 'H'))
		mig_buf_printf(&out, "(%s)", values[IX_PREFIX]);
	if (values[IX_ORDER] != NULL && *values[IX_ORDER] == 'D')
		mig_buf_puts(&out, " DESC");
	mig_buf_putc(&out, ')');
	index->base.definition = live_my_steal(my, &out);
	return index->base.definition != NULL ? MIG_OK : live_no_memory(my->live);
}

static struct mig_db_index *
make_index(struct live_my *my, struct mig_db_object *table, const char *const *values)
{
	struct mig_db_index *index = mig_db_make(my->live->db, MIG_DB_INDEX, table);
	if (index == NULL)
		return NULL;
	char *method = mig_arena_strdup(my->live->arena, values[IX_TYPE]);
	for (char *c = method; c != NULL && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	index->method = method;
	index->base.name = live_my_text(my, values[IX_NAME]);
	mig_db_set_comment(my->live->db, &index->base, live_my_text(my, values[IX_COMMENT]));
	index->unique = *values[IX_NOT_UNIQUE] == '0';
	index->ignored = *values[IX_HIDDEN] == '1';
	return index->method != NULL && index->base.name != NULL ? index : NULL;
}

/* A unique index that says no more than its columns is a constraint. */
static int
index_row(struct live_my *my, const char *const *values)
{
	struct mig_db_object *table = live_my_table(my, values[IX_TABLE]);
	if (table == NULL)
		return MIG_OK;
	if (*values[IX_PLAIN] == '1' && *values[IX_NOT_UNIQUE] == '0')
		return key_row(my, table, values);
	bool first = my->part == NULL || my->part->parent != table ||
	    my->part->kind != MIG_DB_INDEX || strcmp(my->part->name, values[IX_NAME]) != 0;
	struct mig_db_index *index =
	    first ? make_index(my, table, values) : mig_db_as_index(my->part);
	if (index == NULL)
		return live_no_memory(my->live);
	my->part = &index->base;
	index->expressions = index->expressions || values[IX_COLUMN] == NULL;
	index->columns = live_my_append(my, index->columns, index->columns_count,
	    values[IX_COLUMN] != NULL ? values[IX_COLUMN] : values[IX_EXPR]);
	if (index->columns == NULL)
		return live_no_memory(my->live);
	index->columns_count++;
	int error = add_to_definition(my, index, values);
	return error == MIG_OK && first ? live_my_put(my, index) : error;
}

/* InnoDB does the same for both words, and some versions say one when nothing was said. */
static const char *
action(struct live_my *my, const char *rule)
{
	return strcmp(rule, "RESTRICT") == 0 ? "NO ACTION" : live_my_text(my, rule);
}

/* A key without an index is given one of its own name, which is no more than a part of it. */
static void
take_index(struct live_my *my, struct mig_db_object *table, struct mig_db_constraint *key)
{
	struct mig_db_object *index = mig_db_find_part(table, MIG_DB_INDEX, key->base.name);
	if (index == NULL)
		return;
	key->index_method = mig_db_as_index(index)->method;
	mig_db_remove(my->live->db, index);
}

static int
foreign_row(struct live_my *my, const char *const *values)
{
	enum { TABLE, NAME, REF_SCHEMA, REF_TABLE, UPDATE, DELETE };
	struct mig_db_object *table = live_my_table(my, values[TABLE]);
	if (table == NULL)
		return MIG_OK;
	struct mig_db_constraint *key = mig_db_make(my->live->db, MIG_DB_CONSTRAINT, table);
	if (key == NULL)
		return live_no_memory(my->live);
	key->type = MIG_DB_FOREIGN_KEY;
	key->base.name = live_my_text(my, values[NAME]);
	key->ref_table = live_my_text(my, values[REF_TABLE]);
	if (strcmp(values[REF_SCHEMA], my->database) != 0)
		key->ref_schema = live_my_text(my, values[REF_SCHEMA]);
	key->on_update = action(my, values[UPDATE]);
	key->on_delete = action(my, values[DELETE]);
	struct mig_db_ref *ref = mig_arena_alloc(my->live->arena, sizeof(*ref));
	if (ref == NULL || key->base.name == NULL)
		return live_no_memory(my->live);
	*ref = (struct mig_db_ref){
		.kind = MIG_DB_TABLE, .schema = key->ref_schema, .name = key->ref_table
	};
	mig_db_set_refs(my->live->db, &key->base, ref, 1);
	take_index(my, table, key);
	return live_my_put(my, key);
}

static int
foreign_column_row(struct live_my *my, const char *const *values)
{
	enum { TABLE, NAME, COLUMN, REF_COLUMN };
	struct mig_db_object *table = live_my_table(my, values[TABLE]);
	struct mig_db_object *object =
	    table != NULL ? mig_db_find_part(table, MIG_DB_CONSTRAINT, values[NAME]) : NULL;
	struct mig_db_constraint *key = object != NULL ? mig_db_as_constraint(object) : NULL;
	if (key == NULL || key->type != MIG_DB_FOREIGN_KEY)
		return MIG_OK;
	key->columns = live_my_append(my, key->columns, key->columns_count, values[COLUMN]);
	key->ref_columns =
	    live_my_append(my, key->ref_columns, key->ref_columns_count, values[REF_COLUMN]);
	if (key->columns == NULL || key->ref_columns == NULL)
		return live_no_memory(my->live);
	key->columns_count++;
	key->ref_columns_count++;
	return MIG_OK;
}

/* MariaDB's JSON is a long text with a check; whoever wrote JSON meant a type. */
static bool
take_json(struct live_my *my, struct mig_db_object *table, const char *name, const char *clause)
{
	struct mig_db_object *object = mig_db_find_part(table, MIG_DB_COLUMN, name);
	struct mig_buf json;
	if (object == NULL || strcmp(mig_db_as_column(object)->type, "longtext") != 0)
		return false;
	mig_buf_init(&json, MIG_DB_BYTES_MAX);
	mig_buf_puts(&json, "json_valid(");
	live_my_quote(&json, name);
	mig_buf_putc(&json, ')');
	bool is_json = mig_buf_ok(&json) && strcmp(clause, json.data) == 0;
	mig_buf_fini(&json);
	if (!is_json)
		return false;
	struct mig_db_column *column = mig_db_as_column(object);
	column->type = "json";
	column->type_text = column->type;
	struct mig_db_column_more *more = mig_db_column_more(my->live->db, column);
	if (more != NULL) {
		more->charset = NULL;
		more->collation = NULL;
	}
	return true;
}

/*
 * The column at which a check was said.  MariaDB gives the name that the column had then: where
 * the check knows no such column, its first one is the one.
 */
static const char *
checked_column(struct live_my *my, const char *name, const char *clause)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	live_my_quote(&out, name);
	bool known = !mig_buf_ok(&out) || strstr(clause, out.data) != NULL;
	const char *at = known ? "" : clause + strcspn(clause, "`");
	mig_buf_reset(&out);
	for (at += *at != '\0' ? 1 : 0; *at != '\0'; at++) {
		if (*at == '`' && *++at != '`')
			break;
		mig_buf_putc(&out, *at);
	}
	const char *first = live_my_steal(my, &out);
	return known || first == NULL || *first == '\0' ? name : first;
}

static int
check_row(struct live_my *my, const char *const *values)
{
	enum { TABLE, NAME, CLAUSE, COLUMN_LEVEL, NOT_ENFORCED };
	struct mig_db_object *table = live_my_table(my, values[TABLE]);
	bool at_column = *values[COLUMN_LEVEL] == '1';
	const char *name = at_column ?
	    checked_column(my, values[NAME], values[CLAUSE]) :
	    values[NAME];
	if (table == NULL || (at_column && take_json(my, table, name, values[CLAUSE])))
		return MIG_OK;
	struct mig_db_constraint *check = mig_db_make(my->live->db, MIG_DB_CONSTRAINT, table);
	if (check == NULL)
		return live_no_memory(my->live);
	check->type = MIG_DB_CHECK;
	check->base.name = live_my_text(my, name);
	check->expression = live_my_sql(my, values[CLAUSE]);
	check->not_valid = *values[NOT_ENFORCED] == '1';
	check->inline_column = at_column;
	if (at_column) {
		check->columns = live_my_append(my, NULL, 0, name);
		check->columns_count = check->columns != NULL ? 1 : 0;
	}
	return check->base.name != NULL ? live_my_put(my, check) : live_no_memory(my->live);
}

static void
add_names(struct mig_buf *out, const char *const *names, size_t count)
{
	mig_buf_putc(out, '(');
	for (size_t i = 0; i < count; i++) {
		mig_buf_puts(out, i > 0 ? ", " : "");
		live_my_quote(out, names[i]);
	}
	mig_buf_putc(out, ')');
}

/* The definition, once all columns are known. */
static int
define(struct live_my *my, struct mig_db_constraint *constraint)
{
	static const char *const words[] = { [MIG_DB_PRIMARY_KEY] = "PRIMARY KEY ",
		[MIG_DB_UNIQUE] = "UNIQUE ",
		[MIG_DB_FOREIGN_KEY] = "FOREIGN KEY ",
		[MIG_DB_CHECK] = "CHECK ",
		[MIG_DB_EXCLUSION] = "" };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	mig_buf_puts(&out, words[constraint->type]);
	if (constraint->type == MIG_DB_CHECK)
		mig_buf_printf(&out, "(%s)", constraint->expression);
	else
		add_names(&out, constraint->columns, constraint->columns_count);
	if (constraint->type == MIG_DB_FOREIGN_KEY) {
		mig_buf_puts(&out, " REFERENCES ");
		if (constraint->ref_schema != NULL) {
			live_my_quote(&out, constraint->ref_schema);
			mig_buf_putc(&out, '.');
		}
		live_my_quote(&out, constraint->ref_table);
		mig_buf_putc(&out, ' ');
		add_names(&out, constraint->ref_columns, constraint->ref_columns_count);
		mig_buf_printf(&out, " ON DELETE %s ON UPDATE %s", constraint->on_delete,
		    constraint->on_update);
	}
	constraint->base.definition = live_my_steal(my, &out);
	return constraint->base.definition != NULL ? MIG_OK : live_no_memory(my->live);
}

static int
define_all(struct live_my *my)
{
	size_t count = 0;
	int error = MIG_OK;
	struct mig_db_object *const *objects = mig_db_objects(my->live->db, &count);
	for (size_t i = 0; i < count; i++) {
		if (objects[i]->kind != MIG_DB_TABLE)
			continue;
		const struct mig_db_table *table = mig_db_as_table(objects[i]);
		for (size_t j = 0; j < table->constraints_count && error == MIG_OK; j++)
			error = define(my, table->constraints[j]);
	}
	return error;
}

#define INDEXES(expression, hidden)                                                    \
	"SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, COLLATION," \
	" INDEX_TYPE, " expression ", " hidden ", INDEX_COMMENT,"                      \
	" MIN(SUB_PART IS NULL AND COLUMN_NAME IS NOT NULL AND COLLATION = 'A'"        \
	" AND INDEX_TYPE = 'BTREE' AND NOT " hidden ")"                                \
	" OVER (PARTITION BY TABLE_NAME, INDEX_NAME)"                                  \
	" FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()"          \
	" ORDER BY BINARY TABLE_NAME, INDEX_NAME <> 'PRIMARY', BINARY INDEX_NAME, SEQ_IN_INDEX"

static const struct live_my_query mariadb_first[] = {
	{ "indexes cannot be read", INDEXES("NULL", "(IGNORED = 'YES')"), index_row },
	{ "checks cannot be read",
	    "SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, LEVEL = 'Column', 0"
	    " FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()"
	    " ORDER BY BINARY TABLE_NAME, BINARY CONSTRAINT_NAME",
	    check_row },
};

/* Before 10.6 no index could be ignored. */
static const struct live_my_query mariadb_old[] = {
	{ "indexes cannot be read", INDEXES("NULL", "0"), index_row },
};

static const struct live_my_query mysql_first[] = {
	{ "indexes cannot be read", INDEXES("EXPRESSION", "(IS_VISIBLE = 'NO')"), index_row },
	{ "checks cannot be read",
	    "SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE, 0, t.ENFORCED = 'NO'"
	    " FROM information_schema.CHECK_CONSTRAINTS c"
	    " JOIN information_schema.TABLE_CONSTRAINTS t"
	    " ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA"
	    " AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK'"
	    " WHERE c.CONSTRAINT_SCHEMA = DATABASE()"
	    " ORDER BY BINARY t.TABLE_NAME, BINARY c.CONSTRAINT_NAME",
	    check_row },
};

static const struct live_my_query foreign_queries[] = {
	{ "foreign keys cannot be read",
	    "SELECT TABLE_NAME, CONSTRAINT_NAME, UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME,"
	    " UPDATE_RULE, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS"
	    " WHERE CONSTRAINT_SCHEMA = DATABASE()"
	    " ORDER BY BINARY TABLE_NAME, BINARY CONSTRAINT_NAME",
	    foreign_row },
	{ "foreign keys cannot be read",
	    "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME"
	    " FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE()"
	    " AND REFERENCED_COLUMN_NAME IS NOT NULL"
	    " ORDER BY BINARY TABLE_NAME, BINARY CONSTRAINT_NAME, ORDINAL_POSITION",
	    foreign_column_row },
};

int
live_my_read_keys(struct live_my *my)
{
	bool old = my->mariadb && mig_db_version(my->live->db) < 100600;
	int error = MIG_OK;
	if (old)
		error = live_my_all(my, mariadb_old, 1);
	if (error == MIG_OK && my->mariadb)
		error = live_my_all(my, mariadb_first + (old ? 1 : 0), old ? 1 : 2);
	else if (error == MIG_OK)
		error = live_my_all(my, mysql_first, 2);
	if (error == MIG_OK)
		error = live_my_all(my, foreign_queries, 2);
	return error == MIG_OK ? define_all(my) : error;
}
