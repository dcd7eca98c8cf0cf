/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/review_pg_int.h"

/* The functions that a script may call and that do nothing else than they say. */
static const char *const plain_functions[] = { "set_config", "setval", "nextval", "currval", "now",
	"version", "current_setting", "count", "format", "exists" };

static bool
is_column(const PgQuery__Node *node)
{
	return node != NULL && node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF;
}

/* Whether a condition names few rows: a column and a value, or a list of them. */
static bool
is_narrow(const PgQuery__Node *where)
{
	if (where == NULL)
		return false;
	if (where->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR) {
		const PgQuery__BoolExpr *expr = where->bool_expr;
		bool all = expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
		for (size_t i = 0; all && i < expr->n_args; i++)
			if (is_narrow(expr->args[i]))
				return true;
		return false;
	}
	if (where->node_case != PG_QUERY__NODE__NODE_A_EXPR)
		return false;
	const PgQuery__AExpr *expr = where->a_expr;
	const char *operator= sql_last(expr->name, expr->n_name);
	bool equal = expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP &&
	             operator!= NULL && strcmp(operator, "=") == 0;
	bool listed = expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_IN ||
	    expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN;
	return is_column(expr->lexpr) && ((equal && !is_column(expr->rexpr)) || listed);
}

/* The column of "column IS NULL"; NULL: it is something else. */
static const char *
null_test(const PgQuery__Node *where)
{
	if (where == NULL || where->node_case != PG_QUERY__NODE__NODE_NULL_TEST ||
	    where->null_test->nulltesttype != PG_QUERY__NULL_TEST_TYPE__IS_NULL ||
	    !is_column(where->null_test->arg))
		return NULL;
	return sql_last(
	    where->null_test->arg->column_ref->fields, where->null_test->arg->column_ref->n_fields);
}

static bool
is_true(const PgQuery__Node *where)
{
	return where->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    where->a_const->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL &&
	    where->a_const->boolval->boolval;
}

static bool
is_whole(struct review *review, const struct review_name *table, const PgQuery__Node *where)
{
	const char *column = null_test(where);
	if (where == NULL || is_true(where))
		return true;
	return column != NULL && review_part(review, table, column)->made;
}

static void
see_backfill(struct review *review, const PgQuery__UpdateStmt *update)
{
	struct review_name table = review_pg_range(update->relation);
	const struct review_thing *thing = review_thing(review, &table);
	struct review_about about = { .object = review_name_text(review, &table) };
	bool whole = is_whole(review, &table, update->where_clause) && update->n_from_clause == 0;
	bool locked = thing->locked != 0 && thing->locked == review->session.transaction;
	if (thing->made || thing->temporary)
		return;
	if (whole)
		review_say(review, REVIEW_BACKFILL, &about, "One UPDATE changes all rows of %s.",
		    about.object);
	else if (locked && !is_narrow(update->where_clause))
		review_say(review, REVIEW_BACKFILL, &about,
		    "UPDATE of %s in the transaction that has locked it for its DDL.",
		    about.object);
}

/* Parts of a column (its elements, its fields) may be set apart. */
static void
see_targets(struct review *review, const PgQuery__RangeVar *range, PgQuery__Node *const *targets,
    size_t count)
{
	struct review_name table = review_pg_range(range);
	for (size_t i = 0; i < count; i++) {
		const PgQuery__ResTarget *one = targets[i]->res_target;
		size_t j = 0;
		while (j < i &&
		    (targets[j]->res_target->n_indirection > 0 || one->n_indirection > 0 ||
		        strcmp(targets[j]->res_target->name, one->name) != 0))
			j++;
		if (j == i || *one->name == '\0')
			continue;
		struct review_about about = { .object = review_name_text(review, &table) };
		review_say(review, REVIEW_STYLE_ASSIGNMENT, &about, "Column %s of %s is set twice.",
		    one->name, about.object);
		return;
	}
}

static bool
see_change(ProtobufCMessage *message, void *context)
{
	struct review *review = context;
	if (message->descriptor == &pg_query__create_function_stmt__descriptor)
		return false;
	if (message->descriptor == &pg_query__update_stmt__descriptor) {
		const PgQuery__UpdateStmt *update = (PgQuery__UpdateStmt *)message;
		see_backfill(review, update);
		see_targets(review, update->relation, update->target_list, update->n_target_list);
	} else if (message->descriptor == &pg_query__insert_stmt__descriptor) {
		const PgQuery__InsertStmt *insert = (PgQuery__InsertStmt *)message;
		see_targets(review, insert->relation, insert->cols, insert->n_cols);
		if (insert->on_conflict_clause != NULL)
			see_targets(review, insert->relation,
			    insert->on_conflict_clause->target_list,
			    insert->on_conflict_clause->n_target_list);
	}
	return true;
}

/* SELECT of somebody's own function, which may do anything; NULL: it is none. */
static const char *
called(const PgQuery__SelectStmt *select)
{
	const PgQuery__Node *value =
	    select->n_target_list == 1 ? select->target_list[0]->res_target->val : NULL;
	if (value == NULL || value->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
		return NULL;
	const PgQuery__FuncCall *call = value->func_call;
	const char *schema = sql_before_last(call->funcname, call->n_funcname);
	const char *name = sql_last(call->funcname, call->n_funcname);
	if (name == NULL || (schema != NULL && strcmp(schema, "pg_catalog") == 0) ||
	    strncmp(name, "pg_", 3) == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(plain_functions) / sizeof(plain_functions[0]); i++)
		if (strcmp(plain_functions[i], name) == 0)
			return NULL;
	return name;
}

static const char *
raw(const PgQuery__Node *statement)
{
	switch ((int)statement->node_case) {
	case PG_QUERY__NODE__NODE_DO_STMT:
		return "a DO block";
	case PG_QUERY__NODE__NODE_CALL_STMT:
		return "CALL of a procedure";
	case PG_QUERY__NODE__NODE_EXECUTE_STMT:
		return "EXECUTE of a prepared statement";
	case PG_QUERY__NODE__NODE_LOAD_STMT:
		return "LOAD of a library";
	case PG_QUERY__NODE__NODE_COPY_STMT:
		return statement->copy_stmt->is_program ? "COPY by a program" : NULL;
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		return statement->select_stmt->n_from_clause == 0 &&
		        called(statement->select_stmt) != NULL ?
		    "SELECT of a function" :
		    NULL;
	default:
		return NULL;
	}
}

void
review_pg_rows(struct review *review, PgQuery__Node *statement)
{
	static const struct review_about about = { 0 };
	const char *what = raw(statement);
	sql_walk(&statement->base, see_change, NULL, review);
	if (what != NULL)
		review_say(review, REVIEW_RAW_SQL, &about, "It is not known what %s does.", what);
}
