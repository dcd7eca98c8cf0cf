/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "source/canon_int.h"
#include "source/sql_words.h"

/* Types that the grammar has words for: the library writes them so only with their schema. */
static bool
has_words(const char *name)
{
	static const char *const names[] = { "bit", "bool", "bpchar", "float4", "float8", "int2",
		"int4", "int8", "interval", "numeric", "time", "timestamp", "timestamptz", "timetz",
		"varbit", "varchar" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
set_names(struct canon_tree *tree, PgQuery__Node ***names, size_t *count, const char *schema,
    const char *name)
{
	PgQuery__Node **list = mig_arena_array(tree->scratch, 2, sizeof(PgQuery__Node *));
	if (list == NULL)
		return;
	*count = 0;
	if (schema != NULL)
		list[(*count)++] = sql_make_string(tree->scratch, schema);
	list[(*count)++] = sql_make_string(tree->scratch, name);
	*names = list;
}

static void
fix_type(struct canon_tree *tree, PgQuery__TypeName *type)
{
	const char *name = sql_last(type->names, type->n_names);
	const char *schema = sql_before_last(type->names, type->n_names);
	if (name == NULL || type->pct_type)
		return;
	/* The server knows arrays, but not how many dimensions one has. */
	if (type->n_array_bounds > 1 && !tree->names_only)
		type->n_array_bounds = 1;
	bool builtin =
	    schema != NULL ? strcmp(schema, "pg_catalog") == 0 : sql_is_builtin_type(name);
	if (builtin) {
		bool words = has_words(name);
		if (strcmp(name, "char") != 0)
			set_names(
			    tree, &type->names, &type->n_names, words ? "pg_catalog" : NULL, name);
	} else if (schema == NULL) {
		set_names(
		    tree, &type->names, &type->n_names, canon_type_schema(tree->canon, name), name);
	}
}

static bool
is_cte(const struct canon_tree *tree, const char *name)
{
	for (size_t i = 0; i < tree->ctes_count; i++)
		if (strcmp(tree->ctes[i], name) == 0)
			return true;
	return false;
}

static void
fix_range(struct canon_tree *tree, PgQuery__RangeVar *range)
{
	if (range->relname == NULL || *range->relname == '\0')
		return;
	if (*range->schemaname == '\0' && !is_cte(tree, range->relname))
		range->schemaname = mig_arena_strdup(
		    tree->scratch, canon_schema_of(tree->canon, MIG_DB_TABLE, range->relname));
	if (range->alias != NULL && range->alias->n_colnames == 0 &&
	    strcmp(range->alias->aliasname, range->relname) == 0)
		range->alias = NULL;
}

/* 'seq' is 'public.seq' */
static void
fix_regclass(struct canon_tree *tree, PgQuery__Node *arg)
{
	const char *text = sql_const_string(arg);
	if (text == NULL || strchr(text, '.') != NULL || tree->scratch == NULL)
		return;
	struct mig_buf name;
	mig_buf_init(&name, MIG_SCHEMA_BYTES_MAX);
	sql_ident(&name, canon_schema_of(tree->canon, MIG_DB_SEQUENCE, text));
	mig_buf_putc(&name, '.');
	mig_buf_puts(&name, text);
	if (mig_buf_ok(&name))
		arg->a_const->sval->sval = mig_arena_strdup(tree->scratch, name.data);
	mig_buf_fini(&name);
}

/* Arguments of functions whose type a literal finds by itself. */
static void
fix_argument(struct canon_tree *tree, PgQuery__Node *arg, bool sequence)
{
	static const char *const types[] = { "regclass", "regconfig", "regdictionary", "\"char\"" };
	if (arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
	    sql_const_string(arg->type_cast->arg) != NULL) {
		const char *type = canon_type_base(tree, arg->type_cast->type_name);
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			if (!mig_db_same(type, types[i]))
				continue;
			arg->node_case = PG_QUERY__NODE__NODE_A_CONST;
			arg->a_const = arg->type_cast->arg->a_const;
			break;
		}
	}
	if (sequence)
		fix_regclass(tree, arg);
}

static void
fix_call(struct canon_tree *tree, PgQuery__FuncCall *call)
{
	const char *name = sql_last(call->funcname, call->n_funcname);
	const char *schema = sql_before_last(call->funcname, call->n_funcname);
	if (name == NULL)
		return;
	bool sequence = strcmp(name, "nextval") == 0 || strcmp(name, "currval") == 0 ||
	    strcmp(name, "setval") == 0;
	if (tree->names_only) {
		if (sequence && call->n_args > 0)
			fix_regclass(tree, call->args[0]);
		return;
	}
	for (size_t i = 0; i < call->n_args; i++)
		fix_argument(tree, call->args[i], sequence && i == 0);
	canon_fix_arguments(tree, call);
	if (strcmp(name, "timezone") == 0 && call->n_args == 2) {
		/* What AT TIME ZONE is, and how servers before 14 write it. */
		call->funcformat = PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX;
		set_names(tree, &call->funcname, &call->n_funcname, "pg_catalog", name);
	} else if (call->funcformat != PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX &&
	    schema != NULL &&
	    (strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "public") == 0)) {
		set_names(tree, &call->funcname, &call->n_funcname, NULL, name);
	}
}

/* a AND (b AND c) is a AND b AND c. */
static void
fix_bool(struct canon_tree *tree, PgQuery__BoolExpr *expr)
{
	size_t count = 0;
	if (expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
		return;
	for (size_t i = 0; i < expr->n_args; i++) {
		PgQuery__Node *arg = expr->args[i];
		bool same = arg->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
		    arg->bool_expr->boolop == expr->boolop;
		count += same ? arg->bool_expr->n_args : 1;
	}
	if (count == expr->n_args)
		return;
	PgQuery__Node **flat = mig_arena_array(tree->scratch, count, sizeof(PgQuery__Node *));
	if (flat == NULL)
		return;
	count = 0;
	for (size_t i = 0; i < expr->n_args; i++) {
		PgQuery__Node *arg = expr->args[i];
		bool same = arg->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
		    arg->bool_expr->boolop == expr->boolop;
		for (size_t j = 0; same && j < arg->bool_expr->n_args; j++)
			flat[count++] = arg->bool_expr->args[j];
		if (!same)
			flat[count++] = arg;
	}
	expr->n_args = count;
	expr->args = flat;
}

static bool
is_null(const PgQuery__Node *node)
{
	while (node != NULL && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
		node = node->type_cast->arg;
	return node != NULL && node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    node->a_const->isnull;
}

/* CASE without ELSE has ELSE NULL. */
static void
fix_case(struct canon_tree *tree, PgQuery__CaseExpr *expr)
{
	if (is_null(expr->defresult))
		expr->defresult = NULL;
	PgQuery__Node **results =
	    mig_arena_array(tree->scratch, expr->n_args + 1, sizeof(PgQuery__Node *));
	PgQuery__Node **values =
	    mig_arena_array(tree->scratch, expr->n_args + 1, sizeof(PgQuery__Node *));
	if (results == NULL || values == NULL)
		return;
	for (size_t i = 0; i < expr->n_args; i++) {
		results[i] = expr->args[i]->case_when->result;
		values[i] = expr->args[i]->case_when->expr;
	}
	results[expr->n_args] = expr->defresult;
	values[expr->n_args] = expr->arg;
	canon_fix_alike(tree, results, expr->n_args + 1);
	if (expr->arg != NULL)
		canon_fix_alike(tree, values, expr->n_args + 1);
}

/* t.c, where only t is in sight, is c. */
static void
fix_column(struct canon_tree *tree, PgQuery__ColumnRef *ref)
{
	const struct mig_db_object *table = tree->canon->table;
	if (tree->selects > 0 || table == NULL || ref->n_fields < 2)
		return;
	const char *last = sql_last(ref->fields, ref->n_fields);
	if (last == NULL || !mig_db_same(sql_before_last(ref->fields, ref->n_fields), table->name))
		return;
	ref->fields += ref->n_fields - 1;
	ref->n_fields = 1;
}

void
canon_fix_path(PgQuery__Node ***names, size_t *count)
{
	const char *schema = sql_before_last(*names, *count);
	if (schema == NULL || (strcmp(schema, "pg_catalog") != 0 && strcmp(schema, "public") != 0))
		return;
	*names += *count - 1;
	*count = 1;
}

static void
fix_sort(PgQuery__SortByDir *direction, PgQuery__SortByNulls *nulls)
{
	if (*direction == PG_QUERY__SORT_BY_DIR__SORTBY_ASC)
		*direction = PG_QUERY__SORT_BY_DIR__SORTBY_DEFAULT;
	bool down = *direction == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
	if (*nulls ==
	    (down ? PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST :
	            PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST))
		*nulls = PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT;
}

/* 1.5e3 is 1500. */
static void
fix_number(struct canon_tree *tree, PgQuery__AConst *constant)
{
	enum { ZEROS_MAX = 64 };
	int64_t zeros = 0;
	if (constant->val_case != PG_QUERY__A__CONST__VAL_FVAL)
		return;
	const char *text = constant->fval->fval;
	size_t len = strcspn(text, "eE");
	if (text[len] == '\0' ||
	    mig_num_int(text + len + 1 + (text[len + 1] == '+'), 0, ZEROS_MAX, &zeros) != MIG_OK)
		return;
	struct mig_buf out;
	mig_buf_init(&out, MIG_SCHEMA_BYTES_MAX);
	size_t whole = strcspn(text, ".eE");
	mig_buf_add(&out, text, whole);
	const char *fraction = text + whole + (text[whole] == '.');
	for (; fraction < text + len; fraction++, zeros--) {
		if (zeros == 0)
			mig_buf_putc(&out, '.');
		mig_buf_putc(&out, *fraction);
	}
	for (; zeros > 0; zeros--)
		mig_buf_putc(&out, '0');
	const PgQuery__Node *number = sql_make_number(tree->scratch, out.data);
	mig_buf_fini(&out);
	if (number == NULL)
		return;
	constant->val_case = number->a_const->val_case;
	constant->ival = number->a_const->ival;
}

static void
fix_node(struct canon_tree *tree, PgQuery__Node *node)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_TYPE_CAST:
		canon_fix_cast(tree, node);
		break;
	case PG_QUERY__NODE__NODE_A_EXPR:
		canon_fix_operator(tree, node);
		break;
	case PG_QUERY__NODE__NODE_A_CONST:
		fix_number(tree, node->a_const);
		break;
	case PG_QUERY__NODE__NODE_COALESCE_EXPR:
		canon_fix_alike(tree, node->coalesce_expr->args, node->coalesce_expr->n_args);
		break;
	case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
		canon_fix_alike(tree, node->min_max_expr->args, node->min_max_expr->n_args);
		break;
	default:
		break;
	}
}

/* What changes the tree, but not what it does. */
static bool
leave_expression(struct canon_tree *tree, ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *kind = message->descriptor;
	if (kind == &pg_query__node__descriptor)
		fix_node(tree, (PgQuery__Node *)message);
	else if (kind == &pg_query__bool_expr__descriptor)
		fix_bool(tree, (PgQuery__BoolExpr *)message);
	else if (kind == &pg_query__case_expr__descriptor)
		fix_case(tree, (PgQuery__CaseExpr *)message);
	else if (kind == &pg_query__column_ref__descriptor)
		fix_column(tree, (PgQuery__ColumnRef *)message);
	else
		return false;
	return true;
}

/* The parts of a message are done: now the message. */
static bool
leave(ProtobufCMessage *message, void *context)
{
	struct canon_tree *tree = context;
	const ProtobufCMessageDescriptor *kind = message->descriptor;
	if (!tree->names_only && leave_expression(tree, message))
		return true;
	if (kind == &pg_query__type_name__descriptor) {
		fix_type(tree, (PgQuery__TypeName *)message);
	} else if (kind == &pg_query__range_var__descriptor) {
		fix_range(tree, (PgQuery__RangeVar *)message);
	} else if (kind == &pg_query__func_call__descriptor) {
		fix_call(tree, (PgQuery__FuncCall *)message);
	} else if (kind == &pg_query__collate_clause__descriptor) {
		PgQuery__CollateClause *collate = (PgQuery__CollateClause *)message;
		canon_fix_path(&collate->collname, &collate->n_collname);
	} else if (kind == &pg_query__sort_by__descriptor) {
		PgQuery__SortBy *sort = (PgQuery__SortBy *)message;
		fix_sort(&sort->sortby_dir, &sort->sortby_nulls);
	} else if (kind == &pg_query__index_elem__descriptor) {
		PgQuery__IndexElem *elem = (PgQuery__IndexElem *)message;
		canon_fix_path(&elem->collation, &elem->n_collation);
		canon_fix_path(&elem->opclass, &elem->n_opclass);
		fix_sort(&elem->ordering, &elem->nulls_ordering);
	} else if (kind == &pg_query__select_stmt__descriptor) {
		tree->selects--;
		canon_fix_query(tree, (PgQuery__SelectStmt *)message);
	} else {
		canon_fix_statement(tree, message);
	}
	return true;
}

/* SFUNC = f: a function in the place of a type. */
static bool
enter_option(PgQuery__DefElem *option)
{
	static const char *const types[] = { "stype", "mstype", "subtype", "leftarg", "rightarg",
		"element", "basetype", "sspace", "as", "multirange_type_name" };
	if (option->arg == NULL || option->arg->node_case != PG_QUERY__NODE__NODE_TYPE_NAME)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(option->defname, types[i]) == 0)
			return true;
	PgQuery__TypeName *name = option->arg->type_name;
	canon_fix_path(&name->names, &name->n_names);
	return false;
}

static bool
enter(ProtobufCMessage *message, void *context)
{
	struct canon_tree *tree = context;
	if (message->descriptor == &pg_query__select_stmt__descriptor)
		tree->selects++;
	if (message->descriptor == &pg_query__res_target__descriptor) {
		const PgQuery__Node *value = ((PgQuery__ResTarget *)message)->val;
		if (value != NULL && value->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
			value->type_cast->location = CANON_KEEP;
	}
	if (message->descriptor == &pg_query__def_elem__descriptor)
		return enter_option((PgQuery__DefElem *)message);
	return true;
}

/* Before anything is done: what the tree reads from, and which names are those of WITH. */
static bool
collect(ProtobufCMessage *message, void *context)
{
	struct canon_tree *tree = context;
	if (message->descriptor == &pg_query__common_table_expr__descriptor) {
		if (tree->ctes_count < CANON_RELATIONS_MAX)
			tree->ctes[tree->ctes_count++] =
			    ((PgQuery__CommonTableExpr *)message)->ctename;
		return true;
	}
	if (message->descriptor != &pg_query__range_var__descriptor || tree->canon->db == NULL)
		return true;
	const PgQuery__RangeVar *range = (PgQuery__RangeVar *)message;
	const char *schema = *range->schemaname != '\0' ?
	    range->schemaname :
	    canon_schema_of(tree->canon, MIG_DB_TABLE, range->relname);
	const struct mig_db_object *relation =
	    mig_db_find(tree->canon->db, MIG_DB_TABLE, schema, range->relname);
	if (relation != NULL && tree->relations_count < CANON_RELATIONS_MAX)
		tree->relations[tree->relations_count++] = relation;
	return true;
}

void
canon_fix(struct canon_tree *tree, ProtobufCMessage *message)
{
	if (message == NULL)
		return;
	sql_walk(message, collect, NULL, tree);
	if (!tree->names_only)
		canon_fix_aliases(tree, message);
	sql_walk(message, enter, leave, tree);
}

/* Parse, "SELECT " before an expression, and give its tree; NULL: the text is kept as it is. */
static PgQuery__Node *
parse(struct canon_tree *tree, const char *text, bool expr)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	const char *statement = expr ? mig_arena_printf(tree->scratch, "SELECT %s", text) : text;
	if (statement == NULL || sql_parse(tree->scratch, statement, &result, &error) != MIG_OK ||
	    result->n_stmts != 1 || result->stmts[0]->stmt == NULL)
		return NULL;
	PgQuery__Node *node = result->stmts[0]->stmt;
	if (!expr)
		return node;
	if (node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT ||
	    node->select_stmt->n_target_list != 1)
		return NULL;
	return node->select_stmt->target_list[0]->res_target->val;
}

enum what { WHAT_EXPR, WHAT_DEFAULT, WHAT_STATEMENT };

static const char *
canon_text(const struct canon *canon, enum what what, const char *text, const char *type)
{
	struct mig_arena *scratch = mig_arena_new(MIG_SQL_BYTES_MAX);
	struct canon_tree tree = { .canon = canon, .scratch = scratch };
	if (scratch == NULL)
		return NULL;
	const char *written = text;
	PgQuery__Node *node = parse(&tree, text, what != WHAT_STATEMENT);
	if (node != NULL && what == WHAT_DEFAULT) {
		node = canon_fix_default(&tree, node, type);
		written = node != NULL ? sql_deparse_expr(scratch, node) : NULL;
	} else if (node != NULL) {
		canon_fix(&tree, &node->base);
		written = what == WHAT_EXPR ? sql_deparse_expr(scratch, node) :
		                              sql_deparse(scratch, node);
	}
	bool kept = written != NULL || node == NULL;
	if (!kept && what != WHAT_DEFAULT)
		written = text;
	size_t len = written != NULL ? strlen(written) : 0;
	while (len > 0 && written[len - 1] == ' ')
		len--;
	written = mig_arena_failed(scratch) || written == NULL ?
	    NULL :
	    mig_arena_strndup(canon->arena, written, len);
	mig_arena_free(scratch);
	return written;
}

const char *
canon_expr(const struct canon *canon, const char *text)
{
	return canon_text(canon, WHAT_EXPR, text, NULL);
}

const char *
canon_default(const struct canon *canon, const char *text, const char *type)
{
	return canon_text(canon, WHAT_DEFAULT, text, type);
}

const char *
canon_statement(const struct canon *canon, const char *text)
{
	return canon_text(canon, WHAT_STATEMENT, text, NULL);
}

const char *
canon_type(const struct canon *canon, const char *text)
{
	struct mig_arena *scratch = mig_arena_new(MIG_SQL_BYTES_MAX);
	struct canon_tree tree = { .canon = canon, .scratch = scratch };
	if (scratch == NULL)
		return NULL;
	const char *cast = mig_arena_printf(scratch, "NULL::%s", text);
	PgQuery__Node *node = cast != NULL ? parse(&tree, cast, true) : NULL;
	const char *type = node != NULL && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST ?
	    canon_type_name(&tree, node->type_cast->type_name) :
	    mig_arena_strdup(canon->arena, text);
	mig_arena_free(scratch);
	return type;
}
