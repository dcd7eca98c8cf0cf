/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "source/canon_int.h"

/* A cast's operand takes the cast's place. */
static void
replace(PgQuery__Node *node, const PgQuery__Node *by)
{
	if (by == NULL)
		return;
	node->node_case = by->node_case;
	node->alias = by->alias;
}

static bool
is_number_const(const PgQuery__Node *node)
{
	return node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    (node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL ||
	        node->a_const->val_case == PG_QUERY__A__CONST__VAL_FVAL);
}

static PgQuery__Node *
make_bool(struct mig_arena *scratch, bool value)
{
	PgQuery__AConst *constant = mig_arena_alloc(scratch, sizeof(*constant));
	PgQuery__Boolean *boolean = mig_arena_alloc(scratch, sizeof(*boolean));
	if (constant == NULL || boolean == NULL)
		return NULL;
	pg_query__a__const__init(constant);
	pg_query__boolean__init(boolean);
	boolean->boolval = value;
	constant->val_case = PG_QUERY__A__CONST__VAL_BOOLVAL;
	constant->boolval = boolean;
	return sql_node(scratch, PG_QUERY__NODE__NODE_A_CONST, constant);
}

static bool
looks_like_number(const char *text)
{
	double value = 0;
	return (*text == '-' || (*text >= '0' && *text <= '9')) &&
	    mig_num_double(text, &value) == MIG_OK;
}

/* 'x'::text is 'x', '-1'::integer is -1, 't'::boolean is true; others in the type's own way. */
static void
fix_literal_cast(struct canon_tree *tree, PgQuery__Node *node, const char *type)
{
	PgQuery__TypeCast *cast = node->type_cast;
	const char *text = sql_const_string(cast->arg);
	bool plain = cast->type_name->n_typmods == 0;
	const char *written = canon_literal(tree->scratch, type, text);
	if (plain && canon_is_text(type)) {
		replace(node, cast->arg);
	} else if (strcmp(type, "boolean") == 0 && written != text) {
		replace(node, make_bool(tree->scratch, strcmp(written, "true") == 0));
	} else if (plain && canon_is_number(type) && looks_like_number(text)) {
		cast->arg = sql_make_number(tree->scratch, text);
		if (strcmp(canon_type_of(tree, cast->arg), type) == 0)
			replace(node, cast->arg);
	} else if (written != text) {
		cast->arg = sql_make_const(tree->scratch, written);
	}
}

static PgQuery__TypeName *
element_type(struct canon_tree *tree, const PgQuery__TypeName *type)
{
	PgQuery__TypeName *element = mig_arena_alloc(tree->scratch, sizeof(*element));
	if (element == NULL)
		return NULL;
	*element = *type;
	element->n_array_bounds = 0;
	return element;
}

static PgQuery__Node *
make_cast(struct canon_tree *tree, PgQuery__Node *arg, PgQuery__TypeName *type)
{
	PgQuery__TypeCast *cast = mig_arena_alloc(tree->scratch, sizeof(*cast));
	if (cast == NULL || type == NULL)
		return NULL;
	pg_query__type_cast__init(cast);
	cast->arg = arg;
	cast->type_name = type;
	return sql_node(tree->scratch, PG_QUERY__NODE__NODE_TYPE_CAST, cast);
}

/* ARRAY[a, b]::t[] is ARRAY[a::t, b::t]. */
static void
fix_array_cast(struct canon_tree *tree, PgQuery__Node *node)
{
	PgQuery__TypeCast *cast = node->type_cast;
	PgQuery__AArrayExpr *array = cast->arg->a_array_expr;
	if (cast->type_name->n_array_bounds != 1 || array->n_elements == 0)
		return;
	PgQuery__TypeName *element = element_type(tree, cast->type_name);
	for (size_t i = 0; i < array->n_elements; i++) {
		PgQuery__Node *inner = make_cast(tree, array->elements[i], element);
		if (inner == NULL)
			return;
		canon_fix_cast(tree, inner);
		array->elements[i] = inner;
	}
	replace(node, cast->arg);
}

/* ARRAY[]::t[], of which another cast makes t(n)[]. */
static bool
is_empty_array(const PgQuery__Node *node)
{
	return node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
	    node->type_cast->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR &&
	    node->type_cast->arg->a_array_expr->n_elements == 0;
}

void
canon_fix_cast(struct canon_tree *tree, PgQuery__Node *node)
{
	PgQuery__TypeCast *cast = node->type_cast;
	const char *type = canon_type_name(tree, cast->type_name);
	if (cast->arg == NULL || type == NULL)
		return;
	if (sql_const_string(cast->arg) != NULL) {
		fix_literal_cast(tree, node, type);
		return;
	}
	if (is_empty_array(cast->arg))
		cast->arg = cast->arg->type_cast->arg;
	if (cast->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
		fix_array_cast(tree, node);
		return;
	}
	const char *from = canon_type_of(tree, cast->arg);
	bool same = from != NULL && strcmp(from, type) == 0;
	bool as_text = from != NULL && cast->location != CANON_KEEP && strcmp(type, "text") == 0 &&
	    canon_is_text(from) && strcmp(from, "character") != 0;
	/* A number of another type may be meant: 5::numeric / 2. */
	if (same || as_text)
		replace(node, cast->arg);
}

/* Whether a cast to a type is what the server would do by itself to meet the other. */
static bool
is_implied(const char *cast, const char *other, const PgQuery__Node *arg)
{
	if (other == NULL || cast == NULL)
		return false;
	if (strcmp(cast, other) == 0 || (canon_is_text(cast) && canon_is_text(other)))
		return true;
	return is_number_const(arg) && strcmp(cast, "double precision") == 0 &&
	    strcmp(other, "real") == 0;
}

static bool
is_const(const PgQuery__Node *node)
{
	return node->node_case == PG_QUERY__NODE__NODE_A_CONST;
}

/* Take the cast of a constant away where what it meets has the same type. */
static void
strip(struct canon_tree *tree, PgQuery__Node *node, const char *other)
{
	if (sql_const_string(node) != NULL && other != NULL) {
		const char *text = sql_const_string(node);
		const char *written = canon_literal(tree->scratch, other, text);
		if (written != text && strcmp(other, "boolean") != 0)
			replace(node, sql_make_const(tree->scratch, written));
	}
	if (node->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
		return;
	PgQuery__TypeCast *cast = node->type_cast;
	const char *type = canon_type_base(tree, cast->type_name);
	if (is_const(cast->arg) && is_implied(type, other, cast->arg))
		replace(node, cast->arg);
}

static bool
is_widening(struct canon_tree *tree, const PgQuery__Node *node, const char *other)
{
	if (node->node_case != PG_QUERY__NODE__NODE_TYPE_CAST || is_const(node->type_cast->arg))
		return false;
	const char *type = canon_type_base(tree, node->type_cast->type_name);
	const char *from = canon_type_of(tree, node->type_cast->arg);
	if (type == NULL || other == NULL || !canon_is_number(type) || !canon_is_number(from))
		return false;
	return strcmp(type, other) == 0 ||
	    (strcmp(type, "double precision") == 0 && strcmp(other, "real") == 0);
}

/* A char(n) or citext as text: what functions and operators of text do with it by themselves. */
static void
strip_padded(struct canon_tree *tree, PgQuery__Node *node)
{
	if (node->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
		return;
	const char *type = canon_type_base(tree, node->type_cast->type_name);
	const char *from = canon_type_of(tree, node->type_cast->arg);
	if (mig_db_same(type, "text") &&
	    (mig_db_same(from, "character") || mig_db_same(from, "public.citext")))
		replace(node, node->type_cast->arg);
}

/* Both sides of an operator: the casts that only bring one to the type of the other. */
static void
strip_sides(struct canon_tree *tree, PgQuery__Node *left, PgQuery__Node *right)
{
	if (left == NULL || right == NULL)
		return;
	const char *left_type = canon_type_of(tree, left);
	const char *right_type = canon_type_of(tree, right);
	if ((!is_const(left) || is_number_const(left)) &&
	    left->node_case != PG_QUERY__NODE__NODE_A_ARRAY_EXPR)
		strip(tree, right, left_type);
	if (!is_const(right) || is_number_const(right))
		strip(tree, left, right_type);
	if (!is_const(left) && (canon_is_text(left_type) || mig_db_same(left_type, "name")))
		strip_padded(tree, right);
	if (!is_const(right) && (canon_is_text(right_type) || mig_db_same(right_type, "name")))
		strip_padded(tree, left);
	if (is_widening(tree, left, right_type))
		replace(left, left->type_cast->arg);
	else if (is_widening(tree, right, left_type))
		replace(right, right->type_cast->arg);
}

/* NULL has the type that the function wants. */
static void
strip_null(PgQuery__Node *node)
{
	if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && is_const(node->type_cast->arg) &&
	    node->type_cast->arg->a_const->isnull)
		replace(node, node->type_cast->arg);
}

/* A date becomes a timestamp where a function wants one. */
static void
strip_date(struct canon_tree *tree, PgQuery__Node *node)
{
	if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
	    mig_db_same(canon_type_name(tree, node->type_cast->type_name),
	        "timestamp with time zone") &&
	    mig_db_same(canon_type_of(tree, node->type_cast->arg), "date"))
		replace(node, node->type_cast->arg);
}

/* Whether a call can be of a routine of the schema's own, whose parameters are what they are. */
static bool
has_own_routine(const struct canon_tree *tree, const PgQuery__FuncCall *call)
{
	size_t count = 0;
	bool casts = false;
	for (size_t i = 0; i < call->n_args; i++)
		casts = casts || call->args[i]->node_case == PG_QUERY__NODE__NODE_TYPE_CAST;
	if (!casts || tree->canon->db == NULL)
		return false;
	const char *name = sql_last(call->funcname, call->n_funcname);
	struct mig_db_object *const *objects = mig_db_objects(tree->canon->db, &count);
	for (size_t i = 0; i < count; i++)
		if (objects[i]->kind == MIG_DB_ROUTINE && mig_db_same(objects[i]->name, name))
			return true;
	return false;
}

/* What a function wants, and the server therefore makes of what it is given. */
static void
strip_wanted(struct canon_tree *tree, PgQuery__Node *node, bool own)
{
	static const char *const pairs[][2] = { { "cidr", "inet" }, { "bit varying", "bit" },
		{ "name", "text" }, { "public.citext", "text" } };
	if (node->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
		return;
	const char *type = canon_type_base(tree, node->type_cast->type_name);
	const char *from = canon_type_of(tree, node->type_cast->arg);
	bool number = is_number_const(node->type_cast->arg);
	type = type != NULL ? canon_without_typmod(tree->scratch, type) : NULL;
	bool wanted = number && mig_db_same(type, "double precision");
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		wanted = wanted ||
		    (mig_db_same(from, pairs[i][0]) && mig_db_same(type, pairs[i][1]));
	if (wanted || (own && canon_is_number(type) && canon_is_number(from)))
		replace(node, node->type_cast->arg);
}

void
canon_fix_arguments(struct canon_tree *tree, PgQuery__FuncCall *call)
{
	const char *name = sql_last(call->funcname, call->n_funcname);
	bool times = mig_db_same(name, "date_trunc") || mig_db_same(name, "to_char");
	bool own = has_own_routine(tree, call);
	for (size_t i = 0; i < call->n_args; i++) {
		strip_padded(tree, call->args[i]);
		strip_null(call->args[i]);
		if (times)
			strip_date(tree, call->args[i]);
		strip_wanted(tree, call->args[i], own);
	}
	if (call->n_args == 2 && mig_db_same(name, "mod"))
		strip_sides(tree, call->args[0], call->args[1]);
}

static void
strip_array(struct canon_tree *tree, const PgQuery__Node *left, PgQuery__Node *array)
{
	const char *type = canon_type_of(tree, left);
	if (array->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR)
		for (size_t i = 0; i < array->a_array_expr->n_elements; i++)
			strip(tree, array->a_array_expr->elements[i], type);
	if (array->node_case != PG_QUERY__NODE__NODE_TYPE_CAST || type == NULL ||
	    sql_const_string(array->type_cast->arg) == NULL)
		return;
	const PgQuery__TypeName *name = array->type_cast->type_name;
	PgQuery__TypeName *element = element_type(tree, name);
	const char *base = element != NULL ? canon_type_base(tree, element) : NULL;
	if (name->n_array_bounds == 1 && base != NULL &&
	    (strcmp(base, type) == 0 || (canon_is_text(base) && canon_is_text(type))))
		replace(array, array->type_cast->arg);
}

static void
set_operator(
    struct canon_tree *tree, PgQuery__AExpr *expr, PgQuery__AExprKind kind, const char *name)
{
	expr->kind = kind;
	expr->n_name = 1;
	expr->name = sql_make_name(tree->scratch, name);
}

static PgQuery__Node *
make_operator(struct canon_tree *tree, const char *name, PgQuery__Node *left, PgQuery__Node *right)
{
	PgQuery__AExpr *expr = mig_arena_alloc(tree->scratch, sizeof(*expr));
	if (expr == NULL)
		return NULL;
	pg_query__a__expr__init(expr);
	set_operator(tree, expr, PG_QUERY__A__EXPR__KIND__AEXPR_OP, name);
	expr->lexpr = left;
	expr->rexpr = right;
	return sql_node(tree->scratch, PG_QUERY__NODE__NODE_A_EXPR, expr);
}

static PgQuery__Node *
make_bool_expr(
    struct canon_tree *tree, PgQuery__BoolExprType type, PgQuery__Node **args, size_t count)
{
	PgQuery__BoolExpr *expr = mig_arena_alloc(tree->scratch, sizeof(*expr));
	PgQuery__Node **list = mig_arena_array(tree->scratch, count, sizeof(PgQuery__Node *));
	if (expr == NULL || list == NULL)
		return NULL;
	memcpy(list, args, count * sizeof(PgQuery__Node *));
	pg_query__bool_expr__init(expr);
	expr->boolop = type;
	expr->n_args = count;
	expr->args = list;
	return sql_node(tree->scratch, PG_QUERY__NODE__NODE_BOOL_EXPR, expr);
}

/* x IN (1, 2) is x = ANY (ARRAY[1, 2]), as long as no column stands in the list. */
static void
fix_in(struct canon_tree *tree, PgQuery__AExpr *expr)
{
	PgQuery__List *list = expr->rexpr->list;
	const char *name = sql_last(expr->name, expr->n_name);
	bool is_not = name != NULL && strcmp(name, "<>") == 0;
	for (size_t i = 0; i < list->n_items; i++) {
		strip(tree, list->items[i], canon_type_of(tree, expr->lexpr));
		if (list->items[i]->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ||
		    list->items[i]->node_case == PG_QUERY__NODE__NODE_ROW_EXPR)
			return;
	}
	if (list->n_items == 1) {
		set_operator(tree, expr, PG_QUERY__A__EXPR__KIND__AEXPR_OP, is_not ? "<>" : "=");
		expr->rexpr = list->items[0];
		return;
	}
	PgQuery__AArrayExpr *array = mig_arena_alloc(tree->scratch, sizeof(*array));
	if (array == NULL)
		return;
	pg_query__a__array_expr__init(array);
	array->n_elements = list->n_items;
	array->elements = list->items;
	expr->rexpr = sql_node(tree->scratch, PG_QUERY__NODE__NODE_A_ARRAY_EXPR, array);
	expr->kind =
	    is_not ? PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL : PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY;
}

/* x BETWEEN a AND b is x >= a AND x <= b. */
static void
fix_between(struct canon_tree *tree, PgQuery__Node *node, bool negated)
{
	PgQuery__AExpr *expr = node->a_expr;
	PgQuery__List *list = expr->rexpr->list;
	if (list->n_items != 2)
		return;
	PgQuery__Node *sides[2] = {
		make_operator(tree, negated ? "<" : ">=", expr->lexpr, list->items[0]),
		make_operator(tree, negated ? ">" : "<=", expr->lexpr, list->items[1]),
	};
	if (sides[0] == NULL || sides[1] == NULL)
		return;
	strip_sides(tree, expr->lexpr, list->items[0]);
	strip_sides(tree, expr->lexpr, list->items[1]);
	replace(node,
	    make_bool_expr(tree,
	        negated ? PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR : PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR,
	        sides, 2));
}

/* (a, b) = (c, d) is a = c AND b = d, <> is OR. */
static bool
fix_row(struct canon_tree *tree, PgQuery__Node *node)
{
	const PgQuery__AExpr *expr = node->a_expr;
	const char *name = sql_last(expr->name, expr->n_name);
	bool equal = mig_db_same(name, "=");
	if (expr->lexpr == NULL || expr->rexpr == NULL || (!equal && !mig_db_same(name, "<>")) ||
	    expr->lexpr->node_case != PG_QUERY__NODE__NODE_ROW_EXPR ||
	    expr->rexpr->node_case != PG_QUERY__NODE__NODE_ROW_EXPR)
		return false;
	const PgQuery__RowExpr *left = expr->lexpr->row_expr;
	const PgQuery__RowExpr *right = expr->rexpr->row_expr;
	PgQuery__Node **parts =
	    mig_arena_array(tree->scratch, left->n_args, sizeof(PgQuery__Node *));
	if (parts == NULL || left->n_args != right->n_args || left->n_args < 2)
		return false;
	for (size_t i = 0; i < left->n_args; i++) {
		strip_sides(tree, left->args[i], right->args[i]);
		parts[i] = make_operator(tree, name, left->args[i], right->args[i]);
		if (parts[i] == NULL)
			return false;
	}
	replace(node,
	    make_bool_expr(tree,
	        equal ? PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR : PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR,
	        parts, left->n_args));
	return true;
}

/* A path or keys of JSON, which are text[] whether that is said or not. */
static void
strip_path(struct canon_tree *tree, const char *operator_name, PgQuery__Node *path)
{
	static const char *const operators[] = { "#>", "#>>", "#-", "?|", "?&" };
	if (path->node_case != PG_QUERY__NODE__NODE_TYPE_CAST ||
	    sql_const_string(path->type_cast->arg) == NULL ||
	    !mig_db_same(canon_type_name(tree, path->type_cast->type_name), "text[]"))
		return;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (mig_db_same(operator_name, operators[i])) {
			replace(path, path->type_cast->arg);
			return;
		}
}

static void
fix_plain(struct canon_tree *tree, PgQuery__AExpr *expr)
{
	const char *name = sql_last(expr->name, expr->n_name);
	const char *schema = sql_before_last(expr->name, expr->n_name);
	if (schema != NULL && (strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "public") == 0))
		set_operator(tree, expr, expr->kind, name);
	if (mig_db_same(name, "||") && expr->lexpr != NULL) {
		strip_padded(tree, expr->lexpr);
		strip_padded(tree, expr->rexpr);
	}
	if (expr->lexpr != NULL && expr->rexpr != NULL)
		strip_path(tree, name, expr->rexpr);
	strip_sides(tree, expr->lexpr, expr->rexpr);
}

void
canon_fix_operator(struct canon_tree *tree, PgQuery__Node *node)
{
	PgQuery__AExpr *expr = node->a_expr;
	switch ((int)expr->kind) {
	case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
		if (expr->rexpr->node_case == PG_QUERY__NODE__NODE_LIST)
			fix_in(tree, expr);
		break;
	case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
		fix_between(tree, node, false);
		break;
	case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
		fix_between(tree, node, true);
		break;
	case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
	case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
	case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
		expr->kind = PG_QUERY__A__EXPR__KIND__AEXPR_OP;
		fix_plain(tree, expr);
		break;
	case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
	case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
		strip_array(tree, expr->lexpr, expr->rexpr);
		break;
	case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT: {
		expr->kind = PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT;
		fix_plain(tree, expr);
		PgQuery__Node *inner = sql_node(tree->scratch, PG_QUERY__NODE__NODE_A_EXPR, expr);
		replace(node, make_bool_expr(tree, PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR, &inner, 1));
		break;
	}
	default:
		if (expr->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || !fix_row(tree, node))
			fix_plain(tree, expr);
		break;
	}
}

/* Expressions of one type. */
struct alike {
	PgQuery__Node **items;
	size_t count;
	const char *type; /* NULL: not known */
};

/* One of several that become one type: a number by what any of the others is. */
static void
strip_alike(struct canon_tree *tree, const struct alike *alike, size_t at)
{
	PgQuery__Node *node = alike->items[at];
	strip(tree, node, alike->type);
	if (node->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
		return;
	/* What the others are is not known: the cast is taken for theirs. */
	if (alike->type == NULL && is_number_const(node->type_cast->arg)) {
		replace(node, node->type_cast->arg);
		return;
	}
	for (size_t i = 0; i < alike->count; i++) {
		PgQuery__Node *other = alike->items[i];
		if (i == at || other == NULL ||
		    !is_widening(tree, node, canon_type_of(tree, other)))
			continue;
		replace(node, node->type_cast->arg);
		return;
	}
}

void
canon_fix_alike(struct canon_tree *tree, PgQuery__Node **items, size_t count)
{
	const char *type = NULL;
	for (size_t i = 0; i < count && type == NULL; i++)
		if (items[i] != NULL && !is_const(items[i]) &&
		    !(items[i]->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
		        is_const(items[i]->type_cast->arg)))
			type = canon_type_of(tree, items[i]);
	struct alike alike = { items, count, type };
	for (size_t i = 0; i < count; i++)
		if (items[i] != NULL)
			strip_alike(tree, &alike, i);
}

static PgQuery__Node *
default_const(struct canon_tree *tree, PgQuery__Node *expr, const char *type)
{
	const char *text = sql_const_string(expr);
	if (expr->a_const->isnull)
		return NULL;
	if (type != NULL && strncmp(type, "bit", 3) == 0 &&
	    expr->a_const->val_case == PG_QUERY__A__CONST__VAL_BSVAL &&
	    *expr->a_const->bsval->bsval == 'b')
		return sql_make_const(tree->scratch, expr->a_const->bsval->bsval + 1);
	if (text == NULL || type == NULL)
		return expr;
	if (canon_is_number(type) && looks_like_number(text))
		return sql_make_number(tree->scratch, text);
	const char *written = canon_literal(tree->scratch, type, text);
	if (written == text)
		return expr;
	if (strcmp(type, "boolean") == 0)
		return make_bool(tree->scratch, strcmp(written, "true") == 0);
	return sql_make_const(tree->scratch, written);
}

PgQuery__Node *
canon_fix_default(struct canon_tree *tree, PgQuery__Node *expr, const char *type)
{
	canon_fix(tree, &expr->base);
	type = canon_without_domain(tree, type);
	if (type != NULL)
		type = canon_without_typmod(tree->scratch, type);
	while (expr->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
	    (is_const(expr->type_cast->arg) ||
	        expr->type_cast->arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)) {
		PgQuery__Node *inner = expr;
		while (inner->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
			inner = inner->type_cast->arg;
		/* ('now'::text)::date is computed anew for each row, 'now'::date is not. */
		if (!is_const(inner) || mig_db_same(sql_const_string(inner), "now"))
			break;
		expr = expr->type_cast->arg;
	}
	if (!is_const(expr))
		return expr;
	return default_const(tree, expr, type);
}
