/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "source/ddl_alter_int.h"

static int64_t
type_max(const char *type)
{
	if (mig_db_same(type, "smallint"))
		return INT16_MAX;
	return mig_db_same(type, "integer") ? INT32_MAX : INT64_MAX;
}

static struct mig_db_sequence_options
default_options(const char *type)
{
	return (struct mig_db_sequence_options){ .type = type,
		.start = 1,
		.increment = 1,
		.min = 1,
		.max = type_max(type),
		.cache = 1 };
}

/* What the options of a statement say; what they do not say is worked out behind them. */
struct said {
	bool start;
	bool min;
	bool max;
	bool no_min;
	bool no_max;
};

static int64_t
option_int(struct ddl *ddl, const PgQuery__DefElem *option)
{
	int64_t value = 0;
	const char *text = ddl_option_value(ddl, option);
	if (text == NULL || mig_num_int(text, INT64_MIN, INT64_MAX, &value) != MIG_OK)
		return 0;
	return value;
}

static void
set_type(struct ddl *ddl, struct mig_db_sequence_options *options, const PgQuery__DefElem *option)
{
	int64_t old_max = type_max(options->type);
	int64_t old_min = -old_max - 1;
	const char *type = ddl_type(ddl, option->arg->type_name, NULL);
	/* Bounds that were the old type's own become those of the new one. */
	if (options->max == old_max)
		options->max = options->increment < 0 ? options->max : type_max(type);
	if (options->min == old_min)
		options->min = -type_max(type) - 1;
	options->type = type;
}

static void
set_option(struct ddl *ddl, struct mig_db_sequence_options *options, const PgQuery__DefElem *option,
    struct said *said)
{
	const char *name = option->defname;
	bool given = option->arg != NULL;
	if (strcmp(name, "as") == 0 && given &&
	    option->arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
		set_type(ddl, options, option);
	} else if (strcmp(name, "increment") == 0) {
		options->increment = option_int(ddl, option);
	} else if (strcmp(name, "start") == 0 && given) {
		said->start = true;
		options->start = option_int(ddl, option);
	} else if (strcmp(name, "minvalue") == 0) {
		said->min = given;
		said->no_min = !given;
		options->min = option_int(ddl, option);
	} else if (strcmp(name, "maxvalue") == 0) {
		said->max = given;
		said->no_max = !given;
		options->max = option_int(ddl, option);
	} else if (strcmp(name, "cache") == 0) {
		options->cache = option_int(ddl, option);
	} else if (strcmp(name, "cycle") == 0) {
		options->cycle = mig_db_same(ddl_option_value(ddl, option), "true");
	}
}

/* is_new: nothing is there yet that an option not said would keep. */
static void
set_options(struct ddl *ddl, struct mig_db_sequence_options *options, PgQuery__Node *const *nodes,
    size_t count, bool is_new)
{
	struct said said = { .no_min = is_new, .no_max = is_new };
	for (size_t i = 0; i < count; i++)
		set_option(ddl, options, nodes[i]->def_elem, &said);
	bool down = options->increment < 0;
	if (!said.min && said.no_min)
		options->min = down ? -type_max(options->type) - 1 : 1;
	if (!said.max && said.no_max)
		options->max = down ? -1 : type_max(options->type);
	if (is_new && !said.start)
		options->start = down ? options->max : options->min;
}

static const PgQuery__List *
option_list(PgQuery__Node *const *nodes, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		const PgQuery__DefElem *option = nodes[i]->def_elem;
		if (strcmp(option->defname, name) == 0 && option->arg != NULL &&
		    option->arg->node_case == PG_QUERY__NODE__NODE_LIST)
			return option->arg->list;
	}
	return NULL;
}

const char *
ddl_quoted_name(struct ddl *ddl, const char *schema, const char *name)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	sql_ident(&text, schema);
	mig_buf_putc(&text, '.');
	sql_ident(&text, name);
	const char *quoted = mig_arena_strdup(ddl->arena, text.data);
	mig_buf_fini(&text);
	return quoted;
}

/* The column's own sequence, NULL where it is what the type gives. */
static void
give_options(
    struct ddl *ddl, struct mig_db_column *column, const struct mig_db_sequence_options *options)
{
	struct mig_db_sequence_options plain = default_options(column->type);
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	if (more == NULL)
		return;
	more->sequence = NULL;
	if (mig_db_same(options->type, plain.type) && options->start == plain.start &&
	    options->increment == plain.increment && options->min == plain.min &&
	    options->max == plain.max && options->cache == plain.cache && !options->cycle)
		return;
	more->sequence = mig_arena_alloc(ddl->arena, sizeof(*more->sequence));
	if (more->sequence != NULL)
		*more->sequence = *options;
}

void
ddl_column_sequence(struct ddl *ddl, struct mig_db_column *column, PgQuery__Node *const *nodes,
    size_t count, enum mig_db_identity identity)
{
	struct mig_db_object *table = column->base.parent;
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	struct mig_db_sequence_options options = default_options(column->type);
	const PgQuery__List *given = option_list(nodes, count, "sequence_name");
	if (more == NULL)
		return;
	set_options(ddl, &options, nodes, count, true);
	column->identity = identity;
	column->nullable = false;
	give_options(ddl, column, &options);
	struct ddl_name name = { NULL, NULL };
	if (given != NULL)
		name = ddl_name_of(given->items, given->n_items);
	if (name.name == NULL)
		name.name = ddl_choose_name(ddl, table, column->base.name, "seq", true);
	if (name.name == NULL)
		return;
	name.schema =
	    mig_arena_strdup(ddl->arena, name.schema != NULL ? name.schema : table->schema);
	name.name = mig_arena_strdup(ddl->arena, name.name);
	more->sequence_name = ddl_quoted_name(ddl, name.schema, name.name);
	ddl_remember_sequence(ddl, &column->base, name.schema, name.name);
}

void
ddl_alter_column_sequence(
    struct ddl *ddl, struct mig_db_column *column, PgQuery__Node *const *nodes, size_t count)
{
	struct mig_db_sequence_options options = column->more->sequence != NULL ?
	    *column->more->sequence :
	    default_options(column->type);
	for (size_t i = 0; i < count; i++) {
		const PgQuery__DefElem *option = nodes[i]->def_elem;
		const char *value = ddl_option_value(ddl, option);
		if (strcmp(option->defname, "generated") == 0)
			column->identity = mig_db_same(value, "97") ? MIG_DB_IDENTITY_ALWAYS :
			                                              MIG_DB_IDENTITY_BY_DEFAULT;
	}
	set_options(ddl, &options, nodes, count, false);
	give_options(ddl, column, &options);
}

static void
set_owned_by(struct ddl *ddl, struct mig_db_sequence *sequence, const PgQuery__List *owner)
{
	sequence->owned_by = NULL;
	if (owner == NULL || owner->n_items < 2)
		return;
	struct ddl_name name = ddl_name_of(owner->items, owner->n_items - 1);
	const char *column = sql_last(owner->items, owner->n_items);
	struct mig_db_object *table = ddl_need(ddl, MIG_DB_TABLE, name, false);
	struct mig_db_ref *ref = mig_arena_alloc(ddl->arena, sizeof(*ref));
	if (table == NULL || ref == NULL)
		return;
	*ref = (struct mig_db_ref){ MIG_DB_TABLE, table->schema, table->name,
		mig_arena_strdup(ddl->arena, column) };
	sequence->owned_by = ref;
	ddl->sequences_owned = true;
	struct mig_db_object *part = mig_db_find_part(table, MIG_DB_COLUMN, column);
	if (part != NULL)
		ddl_find_serial(ddl, mig_db_as_column(part));
}

void
ddl_create_sequence(struct ddl *ddl, PgQuery__CreateSeqStmt *statement)
{
	struct mig_db_sequence *sequence = ddl_make(
	    ddl, MIG_DB_SEQUENCE, ddl_range_name(statement->sequence), statement->if_not_exists);
	if (sequence == NULL)
		return;
	sequence->unlogged = strcmp(statement->sequence->relpersistence, "u") == 0;
	sequence->options = default_options("bigint");
	for (size_t i = 0; i < statement->n_options; i++)
		if (strcmp(statement->options[i]->def_elem->defname, "as") == 0)
			set_option(ddl, &sequence->options, statement->options[i]->def_elem,
			    &(struct said){ 0 });
	set_options(ddl, &sequence->options, statement->options, statement->n_options, true);
	ddl_put(ddl, sequence);
	const PgQuery__List *owner =
	    option_list(statement->options, statement->n_options, "owned_by");
	if (owner != NULL)
		set_owned_by(ddl, sequence, owner);
}

void
ddl_alter_sequence(struct ddl *ddl, PgQuery__AlterSeqStmt *statement)
{
	struct ddl_name name = ddl_range_name(statement->sequence);
	struct mig_db_object *column = ddl_find_relation(ddl, name);
	const PgQuery__List *owner =
	    option_list(statement->options, statement->n_options, "owned_by");
	if (column != NULL && column->kind == MIG_DB_COLUMN) {
		if (owner == NULL)
			ddl_alter_column_sequence(ddl, mig_db_as_column(column), statement->options,
			    statement->n_options);
		return;
	}
	struct mig_db_object *object = ddl_need(ddl, MIG_DB_SEQUENCE, name, statement->missing_ok);
	if (object == NULL)
		return;
	struct mig_db_sequence *sequence = mig_db_as_sequence(object);
	set_options(ddl, &sequence->options, statement->options, statement->n_options, false);
	if (owner != NULL)
		set_owned_by(ddl, sequence, owner);
}

/* "nextval('public.t_id_seq')" */
static bool
is_nextval_of(struct ddl *ddl, const char *expr, const struct mig_db_object *sequence)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	mig_buf_puts(&text, "nextval(");
	sql_literal(&text, ddl_quoted_name(ddl, sequence->schema, sequence->name));
	mig_buf_putc(&text, ')');
	bool same = mig_buf_ok(&text) && strcmp(text.data, expr) == 0;
	mig_buf_fini(&text);
	return same;
}

void
ddl_find_serial(struct ddl *ddl, struct mig_db_column *column)
{
	static const char head[] = "nextval(";
	const struct mig_db_object *table = column->base.parent;
	const char *expr = column->default_expr;
	if (expr == NULL || strncmp(expr, head, sizeof(head) - 1) != 0)
		return;
	for (uint32_t i = 0; i < column->base.extra->refs_count; i++) {
		const struct mig_db_ref *ref = &column->base.extra->refs[i];
		if (ref->kind != MIG_DB_SEQUENCE)
			continue;
		struct mig_db_object *object =
		    mig_db_find(ddl->db, MIG_DB_SEQUENCE, ref->schema, ref->name);
		const struct mig_db_ref *owner =
		    object != NULL ? mig_db_as_sequence(object)->owned_by : NULL;
		if (owner == NULL || !is_nextval_of(ddl, expr, object) ||
		    !mig_db_same(owner->schema, table->schema) ||
		    !mig_db_same(owner->name, table->name) ||
		    !mig_db_same(owner->column, column->base.name))
			continue;
		struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
		if (more == NULL)
			return;
		column->identity = MIG_DB_SERIAL;
		column->default_expr = NULL;
		mig_db_set_refs(ddl->db, &column->base, NULL, 0);
		give_options(ddl, column, &mig_db_as_sequence(object)->options);
		more->sequence_name = ddl_quoted_name(ddl, object->schema, object->name);
		ddl_remove(ddl, object);
		ddl_remember_sequence(ddl, &column->base, object->schema, object->name);
		return;
	}
}

void
ddl_release_sequence(struct ddl *ddl, struct mig_db_column *column)
{
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	if (column->identity != MIG_DB_SERIAL || more == NULL)
		return;
	ddl_forget(ddl, &column->base);
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	char *statement = mig_arena_printf(ddl->scratch, "TABLE %s",
	    more->sequence_name != NULL ? more->sequence_name : "unknown");
	column->identity = MIG_DB_IDENTITY_NONE;
	more->sequence_name = NULL;
	ddl_remember(ddl, &column->base);
	if (statement == NULL || sql_parse(ddl->scratch, statement, &result, &error) != MIG_OK)
		return;
	const PgQuery__SelectStmt *select = result->stmts[0]->stmt->select_stmt;
	struct mig_db_sequence *sequence =
	    ddl_make(ddl, MIG_DB_SEQUENCE, ddl_range_name(select->from_clause[0]->range_var), true);
	struct mig_db_ref *owner = mig_arena_alloc(ddl->arena, sizeof(*owner));
	if (sequence == NULL || owner == NULL)
		return;
	sequence->options =
	    more->sequence != NULL ? *more->sequence : default_options(column->type);
	more->sequence = NULL;
	*owner = (struct mig_db_ref){ MIG_DB_TABLE, column->base.parent->schema,
		column->base.parent->name, column->base.name };
	sequence->owned_by = owner;
	ddl->sequences_owned = true;
	ddl_put(ddl, sequence);
}
