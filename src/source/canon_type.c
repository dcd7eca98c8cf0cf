/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "schema/type.h"
#include "source/canon_int.h"
#include "source/sql_words.h"

#define TYPE_BYTES_MAX 65536U
#define TYPE_DEPTH_MAX 24 /* of the parts of an expression that are looked at for its type */

const char *
canon_schema_of(const struct canon *canon, enum mig_db_kind kind, const char *name)
{
	static const char *const none[] = { "public", NULL };
	const char *const *path = canon->path != NULL ? canon->path : none;
	for (size_t i = 0; canon->db != NULL && path[i] != NULL; i++)
		if (mig_db_find(canon->db, kind, path[i], name) != NULL)
			return path[i];
	return path[0] != NULL ? path[0] : "public";
}

/* The schema of a user's type, of whatever kind it is. */
const char *
canon_type_schema(const struct canon *canon, const char *name)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_ENUM, MIG_DB_DOMAIN, MIG_DB_COMPOSITE,
		MIG_DB_RANGE_TYPE, MIG_DB_TABLE };
	const char *schema = NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		schema = canon_schema_of(canon, kinds[i], name);
		if (canon->db != NULL && mig_db_find(canon->db, kinds[i], schema, name) != NULL)
			return schema;
	}
	return schema;
}

static void
add_typmods(struct mig_buf *out, const PgQuery__TypeName *type)
{
	for (size_t i = 0; i < type->n_typmods; i++) {
		const PgQuery__Node *node = type->typmods[i];
		mig_buf_puts(out, i == 0 ? "(" : ",");
		if (node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
		    node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
			mig_buf_printf(out, "%d", node->a_const->ival->ival);
		else if (sql_const_string(node) != NULL)
			sql_ident(out, sql_const_string(node));
		else if (node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
			sql_ident(
			    out, sql_last(node->column_ref->fields, node->column_ref->n_fields));
	}
	if (type->n_typmods > 0)
		mig_buf_putc(out, ')');
}

/* interval year to month, interval(3): only the library knows what the numbers stand for. */
static bool
add_interval(struct mig_buf *out, const struct canon_tree *tree, const PgQuery__TypeName *type)
{
	static const char head[] = "NULL::";
	PgQuery__TypeName plain = *type;
	PgQuery__AConst null = PG_QUERY__A__CONST__INIT;
	PgQuery__Node arg = PG_QUERY__NODE__INIT;
	PgQuery__TypeCast cast = PG_QUERY__TYPE_CAST__INIT;
	PgQuery__Node node = PG_QUERY__NODE__INIT;
	plain.n_array_bounds = 0;
	null.isnull = true;
	arg.node_case = PG_QUERY__NODE__NODE_A_CONST;
	arg.a_const = &null;
	cast.arg = &arg;
	cast.type_name = &plain;
	node.node_case = PG_QUERY__NODE__NODE_TYPE_CAST;
	node.type_cast = &cast;
	const char *text = sql_deparse_expr(tree->scratch, &node);
	if (text == NULL || strncmp(text, head, sizeof(head) - 1) != 0)
		return false;
	mig_buf_puts(out, text + sizeof(head) - 1);
	return true;
}

static void
add_type(
    struct mig_buf *out, const struct canon_tree *tree, const PgQuery__TypeName *type, bool typmods)
{
	const char *name = sql_last(type->names, type->n_names);
	const char *schema = sql_before_last(type->names, type->n_names);
	if (name == NULL)
		return;
	bool builtin =
	    schema != NULL ? strcmp(schema, "pg_catalog") == 0 : sql_is_builtin_type(name);
	if (builtin && typmods && strcmp(name, "interval") == 0 && type->n_typmods > 0 &&
	    add_interval(out, tree, type))
		return;
	if (builtin) {
		mig_buf_puts(out, strcmp(name, "char") == 0 ? "\"char\"" : name);
	} else if (type->pct_type) {
		for (size_t i = 0; i < type->n_names; i++) {
			mig_buf_puts(out, i > 0 ? "." : "");
			sql_ident(out, sql_string(type->names[i]));
		}
		mig_buf_puts(out, "%TYPE");
	} else {
		sql_ident(out, schema != NULL ? schema : canon_type_schema(tree->canon, name));
		mig_buf_putc(out, '.');
		sql_ident(out, name);
	}
	if (typmods)
		add_typmods(out, type);
}

static const char *
type_text(struct mig_arena *arena, const struct canon_tree *tree, const PgQuery__TypeName *type,
    bool typmods)
{
	struct mig_buf text;
	mig_buf_init(&text, TYPE_BYTES_MAX);
	add_type(&text, tree, type, typmods);
	for (size_t i = 0; i < type->n_array_bounds; i++)
		mig_buf_puts(&text, "[]");
	const char *canonical = mig_buf_ok(&text) ?
	    mig_db_type_canonical(arena, MIG_DB_POSTGRESQL, text.data, -1, -1, -1) :
	    NULL;
	if (canonical != NULL && type->setof)
		canonical = mig_arena_printf(arena, "SETOF %s", canonical);
	mig_buf_fini(&text);
	return canonical;
}

const char *
canon_type_name(const struct canon_tree *tree, const PgQuery__TypeName *type)
{
	return type_text(tree->canon->arena, tree, type, true);
}

const char *
canon_type_base(const struct canon_tree *tree, const PgQuery__TypeName *type)
{
	return type_text(tree->scratch, tree, type, false);
}

const char *
canon_without_typmod(struct mig_arena *scratch, const char *type)
{
	const char *open = strchr(type, '(');
	const char *close = open != NULL ? strchr(open, ')') : NULL;
	if (close == NULL)
		return type;
	return mig_arena_printf(scratch, "%.*s%s", (int)(open - type), type, close + 1);
}

static const char *
column_in(const struct mig_db_object *relation, const char *name)
{
	if (relation->kind == MIG_DB_DOMAIN)
		return strcmp(name, "value") == 0 ? mig_db_as_domain(relation)->type : NULL;
	struct mig_db_object *column = mig_db_find_part(relation, MIG_DB_COLUMN, name);
	return column != NULL ? mig_db_as_column(column)->type : NULL;
}

/* The part of a canonical name that begins here, without its quotes. */
static const char *
name_part(struct mig_arena *scratch, const char **at)
{
	bool quoted = **at == '"';
	char *name = mig_arena_alloc(scratch, strlen(*at) + 1);
	size_t len = 0;
	const char *from = *at + (quoted ? 1 : 0);
	if (name == NULL)
		return NULL;
	for (; *from != '\0' && (quoted || *from != '.'); from++) {
		if (quoted && *from == '"' && *++from != '"')
			break;
		name[len++] = *from;
	}
	name[len] = '\0';
	*at = *from == '.' ? from + 1 : from;
	return name;
}

const char *
canon_without_domain(const struct canon_tree *tree, const char *type)
{
	for (int depth = 0; depth < TYPE_DEPTH_MAX; depth++) {
		const char *at = type;
		if (type == NULL || tree->canon->db == NULL || strchr(type, '.') == NULL)
			return type;
		const char *schema = name_part(tree->scratch, &at);
		const char *name = name_part(tree->scratch, &at);
		if (schema == NULL || name == NULL || *at != '\0')
			return type;
		const struct mig_db_object *domain =
		    mig_db_find(tree->canon->db, MIG_DB_DOMAIN, schema, name);
		if (domain == NULL)
			return type;
		type = mig_db_as_domain(domain)->type;
	}
	return type;
}

/* Of a column that several relations have, only a type on which all agree. */
static const char *
column_type(const struct canon_tree *tree, const PgQuery__ColumnRef *ref)
{
	const char *name = sql_last(ref->fields, ref->n_fields);
	const char *type = NULL;
	if (name == NULL)
		return NULL;
	if (tree->canon->table != NULL)
		type = column_in(tree->canon->table, name);
	for (size_t i = 0; i < tree->relations_count; i++) {
		const char *other = column_in(tree->relations[i], name);
		if (other != NULL && type != NULL && strcmp(other, type) != 0)
			return NULL;
		type = other != NULL ? other : type;
	}
	type = canon_without_domain(tree, type);
	return type != NULL ? canon_without_typmod(tree->scratch, type) : NULL;
}

static const char *
call_type(const char *function)
{
	static const char *const types[][2] = {
		{ "array_length", "integer" },
		{ "array_position", "integer" },
		{ "btrim", "text" },
		{ "cardinality", "integer" },
		{ "char_length", "integer" },
		{ "character_length", "integer" },
		{ "concat", "text" },
		{ "count", "bigint" },
		{ "date_part", "double precision" },
		{ "extract", "numeric" },
		{ "initcap", "text" },
		{ "jsonb_array_length", "integer" },
		{ "jsonb_typeof", "text" },
		{ "left", "text" },
		{ "length", "integer" },
		{ "lower", "text" },
		{ "ltrim", "text" },
		{ "md5", "text" },
		{ "now", "timestamp with time zone" },
		{ "octet_length", "integer" },
		{ "replace", "text" },
		{ "right", "text" },
		{ "rtrim", "text" },
		{ "split_part", "text" },
		{ "substr", "text" },
		{ "substring", "text" },
		{ "upper", "text" },
	};
	for (size_t i = 0; function != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i][0], function) == 0)
			return types[i][1];
	return NULL;
}

/* Functions that give what they get. */
static bool
keeps_type(const char *function)
{
	static const char *const names[] = { "abs", "ceil", "ceiling", "floor", "max", "min",
		"round", "sign", "trunc" };
	for (size_t i = 0; function != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], function) == 0)
			return true;
	return false;
}

static const char *
const_type(const PgQuery__AConst *constant)
{
	int64_t value = 0;
	if (constant->val_case == PG_QUERY__A__CONST__VAL_IVAL)
		return "integer";
	if (constant->val_case == PG_QUERY__A__CONST__VAL_FVAL)
		return mig_num_int(constant->fval->fval, INT64_MIN, INT64_MAX, &value) == MIG_OK ?
		    "bigint" :
		    "numeric";
	if (constant->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL)
		return "boolean";
	return NULL;
}

static const char *
value_type(PgQuery__SQLValueFunctionOp op)
{
	if (op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE)
		return "date";
	if (op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP)
		return "timestamp with time zone";
	if (op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER ||
	    op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER ||
	    op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER ||
	    op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE)
		return "name";
	return NULL;
}

/* How wide a number is: of two, the wider one is what an operator computes in. */
static int
number_rank(const char *type)
{
	static const char *const types[] = { "smallint", "integer", "bigint", "numeric", "real",
		"double precision" };
	for (int i = 0; type != NULL && i < (int)(sizeof(types) / sizeof(types[0])); i++)
		if (strcmp(type, types[i]) == 0)
			return i + 1;
	return 0;
}

bool
canon_is_number(const char *type)
{
	return number_rank(type) > 0;
}

bool
canon_is_text(const char *type)
{
	return type != NULL &&
	    (strcmp(type, "text") == 0 || strcmp(type, "character varying") == 0 ||
	        strcmp(type, "character") == 0 || strcmp(type, "bpchar") == 0);
}

static const char *
operator_type(const char *name, const char *left, const char *right)
{
	if (name == NULL)
		return NULL;
	if (strcmp(name, "->>") == 0 || strcmp(name, "#>>") == 0)
		return "text";
	if (strlen(name) == 1 && strchr("+-*/%", *name) != NULL) {
		if (number_rank(left) > 0 && number_rank(right) > 0)
			return number_rank(left) > number_rank(right) ? left : right;
		return NULL;
	}
	if (strcmp(name, "||") == 0 && (canon_is_text(left) || canon_is_text(right)))
		return "text";
	return NULL;
}

static const char *
sum_type(const char *name, const char *type)
{
	int rank = number_rank(type);
	if (rank == 0)
		return NULL;
	if (rank > number_rank("numeric"))
		return *name == 'a' ? "double precision" : type;
	return *name == 's' && rank < number_rank("bigint") ? "bigint" : "numeric";
}

static const char *
type_of(const struct canon_tree *tree, const PgQuery__Node *expr, int depth)
{
	if (expr == NULL || depth > TYPE_DEPTH_MAX)
		return NULL;
	if (expr->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
		return column_type(tree, expr->column_ref);
	if (expr->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
		return canon_type_base(tree, expr->type_cast->type_name);
	if (expr->node_case == PG_QUERY__NODE__NODE_A_CONST)
		return const_type(expr->a_const);
	if (expr->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
		const PgQuery__FuncCall *call = expr->func_call;
		const char *name = sql_last(call->funcname, call->n_funcname);
		if (call->n_args > 0 && keeps_type(name))
			return type_of(tree, call->args[0], depth + 1);
		if (call->n_args == 1 && (mig_db_same(name, "sum") || mig_db_same(name, "avg")))
			return sum_type(name, type_of(tree, call->args[0], depth + 1));
		return call_type(name);
	}
	if (expr->node_case == PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION)
		return value_type(expr->sqlvalue_function->op);
	if (expr->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR)
		return type_of(tree, expr->coalesce_expr->args[0], depth + 1);
	if (expr->node_case == PG_QUERY__NODE__NODE_COLLATE_CLAUSE)
		return type_of(tree, expr->collate_clause->arg, depth + 1);
	if (expr->node_case != PG_QUERY__NODE__NODE_A_EXPR)
		return NULL;
	const PgQuery__AExpr *operator= expr->a_expr;
	return operator_type(sql_last(operator->name, operator->n_name),
	    type_of(tree, operator->lexpr, depth + 1), type_of(tree, operator->rexpr, depth + 1));
}

const char *
canon_type_of(const struct canon_tree *tree, const PgQuery__Node *expr)
{
	return type_of(tree, expr, 0);
}
