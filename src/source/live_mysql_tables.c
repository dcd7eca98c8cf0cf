/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "schema/type.h"
#include "source/live_mysql_int.h"

/* Options that have a member of their own, or say nothing that another query does not. */
static const char *const row_format[] = { "row_format=", "partitioned" };

/* Aria does so when it is not asked. */
static const char *const aria_usual[] = { "transactional=1", "page_checksum=1" };

/* The value of row_format, and all other options of CREATE_OPTIONS. */
static void
set_options(struct live_my *my, struct mig_db_table *table, const char *options)
{
	struct mig_buf rest;
	mig_buf_init(&rest, MIG_DB_BYTES_MAX);
	while (options != NULL && *options != '\0') {
		size_t len = strcspn(options, " ");
		size_t format = strlen(row_format[0]);
		if (strncasecmp(options, row_format[0], format) == 0)
			table->row_format =
			    mig_arena_strndup(my->live->arena, options + format, len - format);
		else if (len > 0 && strncasecmp(options, row_format[1], len) != 0 &&
		    strncasecmp(options, aria_usual[0], len) != 0 &&
		    strncasecmp(options, aria_usual[1], len) != 0)
			mig_buf_printf(
			    &rest, "%s%.*s", rest.len > 0 ? ", " : "", (int)len, options);
		options += len + (options[len] == ' ' ? 1 : 0);
	}
	if (rest.len > 0)
		table->options = live_my_steal(my, &rest);
	mig_buf_fini(&rest);
}

static int
table_row(struct live_my *my, const char *const *values)
{
	enum { NAME, ENGINE, OPTIONS, COLLATION, CHARSET, COMMENT, ROWS, VERSIONED };
	struct mig_db_table *table = mig_db_make(my->live->db, MIG_DB_TABLE, NULL);
	if (table == NULL)
		return live_no_memory(my->live);
	table->base.name = live_my_text(my, values[NAME]);
	mig_db_set_comment(my->live->db, &table->base, live_my_text(my, values[COMMENT]));
	table->engine = live_my_text(my, values[ENGINE]);
	table->charset = live_my_text(my, values[CHARSET]);
	table->collation = live_my_text(my, values[COLLATION]);
	set_options(my, table, values[OPTIONS]);
	if (*values[VERSIONED] == '1')
		table->options = mig_arena_printf(my->live->arena, "%s%ssystem versioning",
		    table->options != NULL ? table->options : "",
		    table->options != NULL ? ", " : "");
	if (values[ROWS] == NULL || mig_num_double(values[ROWS], &table->rows) != MIG_OK)
		table->rows = -1;
	return table->base.name != NULL ? live_my_put(my, table) : live_no_memory(my->live);
}

enum view_value { VIEW_NAME, VIEW_QUERY, VIEW_CHECK, VIEW_SECURITY, VIEW_DEFINER };

static int
view_row(struct live_my *my, const char *const *values)
{
	struct mig_db_table *view = mig_db_make(my->live->db, MIG_DB_VIEW, NULL);
	const char *check = strcmp(values[VIEW_CHECK], "NONE") != 0 ? values[VIEW_CHECK] : NULL;
	bool invoker = strcmp(values[VIEW_SECURITY], "INVOKER") == 0;
	if (view == NULL)
		return live_no_memory(my->live);
	view->base.name = live_my_text(my, values[VIEW_NAME]);
	mig_db_set_owner(my->live->db, &view->base, live_my_text(my, values[VIEW_DEFINER]));
	view->base.definition = live_my_sql(my, values[VIEW_QUERY]);
	if (view->base.definition == NULL)
		my->hidden++;
	if (check != NULL || invoker)
		view->options = mig_arena_printf(my->live->arena, "%s%s%s%s",
		    check != NULL ? "check_option=" : "",
		    check == NULL ? "" : (*check == 'L' ? "local" : "cascaded"),
		    check != NULL && invoker ? ", " : "", invoker ? "sql_security=invoker" : "");
	return view->base.name != NULL ? live_my_put(my, view) : live_no_memory(my->live);
}

/* A view mentions a table once at least. */
static int
add_mention(struct live_my *my, struct mig_db_object *view, const char *name)
{
	const struct mig_db_object *used = mig_db_find(my->live->db, MIG_DB_TABLE, NULL, name);
	if (used == NULL || used == view)
		return MIG_OK;
	uint32_t count = view->extra->refs_count;
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(view->extra->refs[i].name, name) == 0)
			return MIG_OK;
	struct mig_db_ref *refs = mig_arena_array(my->live->arena, count + 1U, sizeof(*refs));
	if (refs == NULL)
		return live_no_memory(my->live);
	if (count > 0)
		memcpy(refs, view->extra->refs, count * sizeof(*refs));
	refs[count] = (struct mig_db_ref){ .kind = MIG_DB_TABLE, .name = used->name };
	mig_db_set_refs(my->live->db, view, refs, count + 1U);
	return MIG_OK;
}

/* The server writes `database`.`table` wherever a view uses one, so no parser is needed. */
static int
mention_row(struct live_my *my, const char *const *values)
{
	struct mig_db_object *view = live_my_table(my, values[VIEW_NAME]);
	struct mig_buf own;
	struct mig_buf name;
	int error = MIG_OK;
	mig_buf_init(&own, MIG_DB_BYTES_MAX);
	mig_buf_init(&name, MIG_DB_BYTES_MAX);
	live_my_quote(&own, my->database);
	mig_buf_puts(&own, ".`");
	const char *at = view != NULL ? values[VIEW_QUERY] : NULL;
	while (at != NULL && error == MIG_OK && (at = strstr(at, own.data)) != NULL) {
		mig_buf_reset(&name);
		for (at += own.len; *at != '\0' && (*at != '`' || at[1] == '`'); at++) {
			mig_buf_putc(&name, *at);
			at += *at == '`' ? 1 : 0;
		}
		error = add_mention(my, view, name.data);
	}
	mig_buf_fini(&own);
	mig_buf_fini(&name);
	return error;
}

enum column_value {
	COLUMN_TABLE,
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_NULLABLE,
	COLUMN_DEFAULT,
	COLUMN_EXTRA,
	COLUMN_GENERATION,
	COLUMN_CHARSET,
	COLUMN_COLLATION,
	COLUMN_COMMENT,
	COLUMN_BARE
};

/* MySQL gives the value, and says elsewhere whether it is an expression. */
static const char *
mysql_default(struct live_my *my, const char *const *values)
{
	struct mig_buf out;
	bool expression = strcasestr(values[COLUMN_EXTRA], "DEFAULT_GENERATED") != NULL;
	if (expression)
		return live_my_expr(my, values[COLUMN_DEFAULT]);
	if (*values[COLUMN_BARE] == '1')
		return live_my_text(my, values[COLUMN_DEFAULT]);
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	mig_buf_putc(&out, '\'');
	for (const char *at = values[COLUMN_DEFAULT]; *at != '\0'; at++) {
		if (*at == '\'' || *at == '\\')
			mig_buf_putc(&out, *at);
		mig_buf_putc(&out, *at);
	}
	mig_buf_putc(&out, '\'');
	return live_my_steal(my, &out);
}

/* MariaDB gives the expression; "NULL" is the default that is there without a word. */
static const char *
column_default(struct live_my *my, const char *const *values)
{
	const char *value = values[COLUMN_DEFAULT];
	if (value == NULL)
		return NULL;
	if (!my->mariadb)
		return mysql_default(my, values);
	return strcmp(value, "NULL") != 0 ? live_my_expr(my, value) : NULL;
}

/* What few columns have. */
static void
set_more(struct live_my *my, struct mig_db_column *column, const struct mig_db_table *table,
    const char *const *values)
{
	const char *update = strcasestr(values[COLUMN_EXTRA], "on update ");
	bool invisible = strcasestr(values[COLUMN_EXTRA], "INVISIBLE") != NULL;
	bool collated = values[COLUMN_COLLATION] != NULL &&
	    !mig_db_same(values[COLUMN_COLLATION], table->collation);
	bool generated = column->generated != MIG_DB_GENERATED_NONE;
	if (update == NULL && !invisible && !collated && !generated)
		return;
	struct mig_db_column_more *more = mig_db_column_more(my->live->db, column);
	if (more == NULL)
		return;
	more->invisible = invisible;
	if (update != NULL)
		more->on_update = live_my_expr(my,
		    mig_arena_strndup(my->live->arena, update + strlen("on update "),
		        strcspn(update + strlen("on update "), " ")));
	if (collated) {
		more->collation = live_my_text(my, values[COLUMN_COLLATION]);
		if (!mig_db_same(values[COLUMN_CHARSET], table->charset))
			more->charset = live_my_text(my, values[COLUMN_CHARSET]);
	}
	if (generated)
		more->generated_expr = live_my_sql(my, values[COLUMN_GENERATION]);
}

static void
set_column(struct live_my *my, struct mig_db_column *column, const char *const *values)
{
	const char *extra = values[COLUMN_EXTRA];
	column->nullable = strcmp(values[COLUMN_NULLABLE], "YES") == 0;
	mig_db_set_comment(my->live->db, &column->base, live_my_text(my, values[COLUMN_COMMENT]));
	if (strcasestr(extra, "auto_increment") != NULL)
		column->identity = MIG_DB_AUTO_INCREMENT;
	if (strcasestr(extra, "VIRTUAL GENERATED") != NULL)
		column->generated = MIG_DB_GENERATED_VIRTUAL;
	else if (strcasestr(extra, "STORED GENERATED") != NULL)
		column->generated = MIG_DB_GENERATED_STORED;
	else
		column->default_expr = column_default(my, values);
	set_more(my, column, mig_db_as_table(column->base.parent), values);
}

static int
column_row(struct live_my *my, const char *const *values)
{
	struct mig_db_object *table = live_my_table(my, values[COLUMN_TABLE]);
	struct mig_arena *arena = my->live->arena;
	if (table == NULL)
		return MIG_OK;
	struct mig_db_column *column = mig_db_make(my->live->db, MIG_DB_COLUMN, table);
	if (column == NULL)
		return live_no_memory(my->live);
	column->base.name = live_my_text(my, values[COLUMN_NAME]);
	column->type_text = live_my_text(my, values[COLUMN_TYPE]);
	column->type = mig_db_type_canonical(arena, MIG_DB_MYSQL, values[COLUMN_TYPE], -1, -1, -1);
	column->position = (int)mig_db_as_table(table)->columns_count + 1;
	if (table->kind == MIG_DB_TABLE)
		set_column(my, column, values);
	if (mig_arena_failed(arena))
		return live_no_memory(my->live);
	return live_my_put(my, column);
}

enum partition_value { PART_TABLE, PART_METHOD, PART_EXPR, PART_SUB, PART_LIST, PART_COUNT };

/* The whole clause, with its partitions where they have bounds. */
static int
partition_row(struct live_my *my, const char *const *values)
{
	struct mig_db_object *object = live_my_table(my, values[PART_TABLE]);
	if (object == NULL || object->kind != MIG_DB_TABLE)
		return MIG_OK;
	struct mig_buf out;
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	mig_buf_printf(&out, "%s (%s)", values[PART_METHOD],
	    values[PART_EXPR] != NULL ? values[PART_EXPR] : "");
	if (values[PART_SUB] != NULL)
		mig_buf_printf(&out, " SUBPARTITION BY %s", values[PART_SUB]);
	if (values[PART_LIST] != NULL)
		mig_buf_printf(&out, " (%s)", values[PART_LIST]);
	else
		mig_buf_printf(&out, " PARTITIONS %s", values[PART_COUNT]);
	const char *key = live_my_steal(my, &out);
	mig_db_as_table(object)->partition_key = key;
	return key != NULL ? MIG_OK : live_no_memory(my->live);
}

#define VIEWS                                                                      \
	"SELECT TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, SECURITY_TYPE, DEFINER" \
	" FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()"           \
	" ORDER BY BINARY TABLE_NAME"

static const struct live_my_query queries[] = {
	{ "tables cannot be read",
	    "SELECT TABLE_NAME, ENGINE, CREATE_OPTIONS, TABLE_COLLATION,"
	    " SUBSTRING_INDEX(TABLE_COLLATION, '_', 1), TABLE_COMMENT, TABLE_ROWS,"
	    " TABLE_TYPE = 'SYSTEM VERSIONED' FROM information_schema.TABLES"
	    " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')"
	    " ORDER BY BINARY TABLE_NAME",
	    table_row },
	{ "views cannot be read", VIEWS, view_row },
	{ "columns cannot be read",
	    "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,"
	    " GENERATION_EXPRESSION, CHARACTER_SET_NAME, COLLATION_NAME, COLUMN_COMMENT,"
	    " NUMERIC_PRECISION IS NOT NULL OR DATA_TYPE = 'bit'"
	    " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
	    " ORDER BY BINARY TABLE_NAME, ORDINAL_POSITION",
	    column_row },
	{ "views cannot be read", VIEWS, mention_row },
	{ "partitions cannot be read",
	    "SELECT TABLE_NAME, PARTITION_METHOD, PARTITION_EXPRESSION,"
	    " CONCAT(SUBPARTITION_METHOD, ' (', SUBPARTITION_EXPRESSION, ')'),"
	    " GROUP_CONCAT(DISTINCT CASE WHEN PARTITION_METHOD LIKE 'RANGE%'"
	    " THEN CONCAT('PARTITION `', PARTITION_NAME, '` VALUES LESS THAN (',"
	    " PARTITION_DESCRIPTION, ')') WHEN PARTITION_METHOD LIKE 'LIST%'"
	    " THEN CONCAT('PARTITION `', PARTITION_NAME, '` VALUES IN (',"
	    " PARTITION_DESCRIPTION, ')') END ORDER BY PARTITION_ORDINAL_POSITION SEPARATOR ', '),"
	    " MAX(PARTITION_ORDINAL_POSITION)"
	    " FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE()"
	    " AND PARTITION_NAME IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY BINARY TABLE_NAME",
	    partition_row },
};

int
live_my_read_tables(struct live_my *my)
{
	return live_my_all(my, queries, sizeof(queries) / sizeof(queries[0]));
}
