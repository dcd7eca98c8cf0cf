/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "source/canon_int.h"

/* Operator classes that are the default of some type: the server does not print them. */
static bool
is_default_class(const char *method, const char *name)
{
	static const char *const names[] = { "array_ops", "bit_ops", "bool_ops", "bpchar_ops",
		"bytea_ops", "char_ops", "cidr_ops", "date_ops", "enum_ops", "float4_ops",
		"float8_ops", "inet_ops", "int2_ops", "int4_ops", "int8_ops", "interval_ops",
		"jsonb_ops", "macaddr_ops", "money_ops", "name_ops", "numeric_ops", "oid_ops",
		"range_ops", "record_ops", "text_ops", "time_ops", "timestamp_ops",
		"timestamptz_ops", "timetz_ops", "tsvector_ops", "uuid_ops", "varbit_ops",
		"varchar_ops" };
	if (strcmp(method, "gist") == 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
add_names(struct mig_buf *out, const char *head, PgQuery__Node *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mig_buf_puts(out, i == 0 ? head : ".");
		sql_ident(out, sql_string(names[i]));
	}
}

/* The value of an option: pg_get_indexdef() puts all of them in quotes. */
static void
add_option(struct mig_buf *out, const PgQuery__DefElem *option)
{
	const PgQuery__Node *arg = option->arg;
	struct mig_buf value;
	mig_buf_init(&value, MIG_SQL_BYTES_MAX);
	if (arg == NULL)
		mig_buf_puts(&value, "true");
	else if (arg->node_case == PG_QUERY__NODE__NODE_INTEGER)
		mig_buf_printf(&value, "%d", arg->integer->ival);
	else if (arg->node_case == PG_QUERY__NODE__NODE_FLOAT)
		mig_buf_puts(&value, arg->float_->fval);
	else if (arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
		mig_buf_puts(&value, sql_last(arg->type_name->names, arg->type_name->n_names));
	else
		mig_buf_puts(&value, sql_string(arg));
	sql_ident(out, option->defname);
	mig_buf_putc(out, '=');
	sql_literal(out, value.data);
	mig_buf_fini(&value);
}

static void
add_options(struct mig_buf *out, const char *head, PgQuery__Node *const *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mig_buf_puts(out, i == 0 ? head : ", ");
		add_option(out, options[i]->def_elem);
	}
	if (count > 0)
		mig_buf_putc(out, ')');
}

static void
add_expr(struct canon_tree *tree, struct mig_buf *out, PgQuery__Node *expr)
{
	const char *text = sql_deparse_expr(tree->scratch, expr);
	/* A call may stand as it is, all else needs brackets. */
	bool call = expr->node_case == PG_QUERY__NODE__NODE_FUNC_CALL &&
	    expr->func_call->funcformat != PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX;
	mig_buf_printf(out, call ? "%s" : "(%s)", text != NULL ? text : "");
}

static void
add_element(struct canon_tree *tree, struct mig_buf *out, const char *method,
    const PgQuery__IndexElem *element)
{
	const char *class = sql_last(element->opclass, element->n_opclass);
	if (*element->name != '\0')
		sql_ident(out, element->name);
	else
		add_expr(tree, out, element->expr);
	add_names(out, " COLLATE ", element->collation, element->n_collation);
	if (class != NULL &&
	    (tree->names_only || element->n_opclassopts > 0 || !is_default_class(method, class)))
		add_names(out, " ", element->opclass, element->n_opclass);
	add_options(out, " (", element->opclassopts, element->n_opclassopts);
	if (element->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC)
		mig_buf_puts(out, " DESC");
	if (element->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST)
		mig_buf_puts(out, " NULLS FIRST");
	else if (element->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST)
		mig_buf_puts(out, " NULLS LAST");
}

static const char *
finish(struct canon_tree *tree, struct mig_buf *text)
{
	const char *copy =
	    mig_buf_ok(text) ? mig_arena_strdup(tree->canon->arena, text->data) : NULL;
	mig_buf_fini(text);
	return copy;
}

static void
add_where(struct canon_tree *tree, struct mig_buf *out, PgQuery__Node *where)
{
	const char *text = where != NULL ? sql_deparse_expr(tree->scratch, where) : NULL;
	if (text != NULL)
		mig_buf_printf(out, " WHERE (%s)", text);
}

const char *
canon_write_index(struct canon_tree *tree, const PgQuery__IndexStmt *index)
{
	const char *method = *index->access_method != '\0' ? index->access_method : "btree";
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	mig_buf_puts(&text, "USING ");
	sql_ident(&text, method);
	for (size_t i = 0; i < index->n_index_params; i++) {
		mig_buf_puts(&text, i == 0 ? " (" : ", ");
		add_element(tree, &text, method, index->index_params[i]->index_elem);
	}
	mig_buf_putc(&text, ')');
	for (size_t i = 0; i < index->n_index_including_params; i++) {
		mig_buf_puts(&text, i == 0 ? " INCLUDE (" : ", ");
		sql_ident(&text, index->index_including_params[i]->index_elem->name);
	}
	mig_buf_puts(&text, index->n_index_including_params > 0 ? ")" : "");
	mig_buf_puts(&text, index->nulls_not_distinct ? " NULLS NOT DISTINCT" : "");
	add_options(&text, " WITH (", index->options, index->n_options);
	if (*index->table_space != '\0') {
		mig_buf_puts(&text, " TABLESPACE ");
		sql_ident(&text, index->table_space);
	}
	add_where(tree, &text, index->where_clause);
	return finish(tree, &text);
}

const char *
canon_write_exclusion(struct canon_tree *tree, const PgQuery__Constraint *constraint)
{
	const char *method =
	    *constraint->access_method != '\0' ? constraint->access_method : "btree";
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	mig_buf_puts(&text, "EXCLUDE USING ");
	sql_ident(&text, method);
	for (size_t i = 0; i < constraint->n_exclusions; i++) {
		const PgQuery__List *pair = constraint->exclusions[i]->list;
		const PgQuery__List *operator= pair->items[1]->list;
		mig_buf_puts(&text, i == 0 ? " (" : ", ");
		add_element(tree, &text, method, pair->items[0]->index_elem);
		mig_buf_printf(&text, " WITH %s", sql_last(operator->items, operator->n_items));
	}
	mig_buf_putc(&text, ')');
	for (size_t i = 0; i < constraint->n_including; i++) {
		mig_buf_puts(&text, i == 0 ? " INCLUDE (" : ", ");
		sql_ident(&text, sql_string(constraint->including[i]));
	}
	mig_buf_puts(&text, constraint->n_including > 0 ? ")" : "");
	add_options(&text, " WITH (", constraint->options, constraint->n_options);
	add_where(tree, &text, constraint->where_clause);
	return finish(tree, &text);
}

const char *
canon_write_partition_key(struct canon_tree *tree, const PgQuery__PartitionSpec *spec)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	for (const char *at = spec->strategy; *at != '\0'; at++)
		mig_buf_putc(&text, *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at);
	for (size_t i = 0; i < spec->n_part_params; i++) {
		const PgQuery__PartitionElem *element = spec->part_params[i]->partition_elem;
		const char *class = sql_last(element->opclass, element->n_opclass);
		mig_buf_puts(&text, i == 0 ? " (" : ", ");
		if (*element->name != '\0')
			sql_ident(&text, element->name);
		else
			add_expr(tree, &text, element->expr);
		add_names(&text, " COLLATE ", element->collation, element->n_collation);
		if (class != NULL && !is_default_class("btree", class))
			add_names(&text, " ", element->opclass, element->n_opclass);
	}
	mig_buf_putc(&text, ')');
	return finish(tree, &text);
}

/* MINVALUE and MAXVALUE come as columns. */
static const char *
limit_word(const PgQuery__Node *datum)
{
	if (datum->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
		return NULL;
	const char *name = sql_last(datum->column_ref->fields, datum->column_ref->n_fields);
	if (mig_db_same(name, "minvalue"))
		return "MINVALUE";
	return mig_db_same(name, "maxvalue") ? "MAXVALUE" : NULL;
}

/* What follows from the key of the parent, "RANGE (created_at, id)": the type of each datum. */
static const char *
key_type(struct canon_tree *tree, const struct mig_db_object *parent, size_t position)
{
	const char *key = parent != NULL ? mig_db_as_table(parent)->partition_key : NULL;
	const char *at = key != NULL ? strchr(key, '(') : NULL;
	for (size_t i = 0; at != NULL && i < position; i++)
		at = strchr(at + 1, ',');
	if (at == NULL)
		return NULL;
	at += 1 + strspn(at + 1, " ");
	char *name = mig_arena_strndup(tree->scratch, at, strcspn(at, " ,)"));
	const struct mig_db_object *column =
	    name != NULL ? mig_db_find_part(parent, MIG_DB_COLUMN, name) : NULL;
	return column != NULL ? mig_db_as_column(column)->type : NULL;
}

/* Brackets with values; those of a range belong to one column of the key each. */
struct datums {
	const char *head;
	PgQuery__Node *const *items;
	size_t count;
	bool range;
};

static void
add_datums(struct canon_tree *tree, struct mig_buf *out, const struct mig_db_object *parent,
    const struct datums *datums)
{
	for (size_t i = 0; i < datums->count; i++) {
		mig_buf_puts(out, i == 0 ? datums->head : ", ");
		if (limit_word(datums->items[i]) != NULL) {
			mig_buf_puts(out, limit_word(datums->items[i]));
			continue;
		}
		PgQuery__Node *datum = datums->items[i];
		if (!tree->names_only)
			datum = canon_fix_default(
			    tree, datum, key_type(tree, parent, datums->range ? i : 0));
		mig_buf_puts(out, datum != NULL ? sql_deparse_expr(tree->scratch, datum) : "NULL");
	}
	mig_buf_putc(out, ')');
}

const char *
canon_write_bound(struct canon_tree *tree, const struct mig_db_object *parent,
    const PgQuery__PartitionBoundSpec *bound)
{
	struct datums list = { "IN (", bound->listdatums, bound->n_listdatums, false };
	struct datums lower = { "FROM (", bound->lowerdatums, bound->n_lowerdatums, true };
	struct datums upper = { " TO (", bound->upperdatums, bound->n_upperdatums, true };
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	if (bound->is_default) {
		mig_buf_puts(&text, "DEFAULT");
		return finish(tree, &text);
	}
	mig_buf_puts(&text, "FOR VALUES ");
	if (*bound->strategy == 'h')
		mig_buf_printf(
		    &text, "WITH (modulus %d, remainder %d)", bound->modulus, bound->remainder);
	else if (*bound->strategy == 'l')
		add_datums(tree, &text, parent, &list);
	if (*bound->strategy == 'r') {
		add_datums(tree, &text, parent, &lower);
		add_datums(tree, &text, parent, &upper);
	}
	return finish(tree, &text);
}
