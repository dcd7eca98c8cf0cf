/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "source/canon_int.h"

#define JOIN_DEPTH_MAX 1000

/* One thing that a query reads from. */
struct source {
	const char *name;                     /* by which its columns are called */
	const struct mig_db_object *relation; /* NULL: its columns are not known */
	const PgQuery__SelectStmt *query;     /* a subquery; NULL */
	const PgQuery__Alias *alias;          /* that names its columns; NULL */
};

struct sources {
	struct source items[CANON_RELATIONS_MAX];
	size_t count;
	bool strange; /* NATURAL and the like: columns may come from elsewhere */
	bool merged;  /* USING: there are columns that two of them share */
};

static const struct mig_db_object *
find_relation(const struct canon_tree *tree, const PgQuery__RangeVar *range)
{
	if (tree->canon->db == NULL || *range->schemaname == '\0')
		return NULL;
	return mig_db_find(tree->canon->db, MIG_DB_TABLE, range->schemaname, range->relname);
}

static void
add_source(struct sources *sources, const struct source *source)
{
	if (sources->count == CANON_RELATIONS_MAX || source->name == NULL)
		sources->strange = true;
	else
		sources->items[sources->count++] = *source;
}

/* generate_series(1, 2) g is g(g), and without a name of its own it has the function's. */
static void
name_series(struct canon_tree *tree, PgQuery__RangeFunction *range)
{
	const PgQuery__Node *call =
	    range->n_functions == 1 && range->functions[0]->node_case == PG_QUERY__NODE__NODE_LIST ?
	    range->functions[0]->list->items[0] :
	    NULL;
	if (call == NULL || call->node_case != PG_QUERY__NODE__NODE_FUNC_CALL ||
	    range->ordinality || range->is_rowsfrom)
		return;
	const char *name = sql_last(call->func_call->funcname, call->func_call->n_funcname);
	if (!mig_db_same(name, "generate_series") && !mig_db_same(name, "unnest"))
		return;
	if (range->alias == NULL) {
		range->alias = mig_arena_alloc(tree->scratch, sizeof(*range->alias));
		if (range->alias == NULL)
			return;
		pg_query__alias__init(range->alias);
		range->alias->aliasname = mig_arena_strdup(tree->scratch, name);
	}
	if (range->alias->n_colnames > 0)
		return;
	range->alias->colnames = sql_make_name(tree->scratch, range->alias->aliasname);
	range->alias->n_colnames = range->alias->colnames != NULL ? 1 : 0;
}

static void
add_sources(struct canon_tree *tree, struct sources *sources, const PgQuery__Node *node, int depth)
{
	struct source source = { .name = NULL };
	if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
		const PgQuery__RangeVar *range = node->range_var;
		bool renamed = range->alias != NULL && range->alias->n_colnames > 0;
		source.name = range->alias != NULL ? range->alias->aliasname : range->relname;
		source.relation = renamed ? NULL : find_relation(tree, range);
		add_source(sources, &source);
	} else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT) {
		const PgQuery__RangeSubselect *inner = node->range_subselect;
		if (inner->alias != NULL)
			source = (struct source){ .name = inner->alias->aliasname,
				.query = inner->subquery->select_stmt,
				.alias = inner->alias };
		add_source(sources, &source);
	} else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION) {
		name_series(tree, node->range_function);
		source.alias = node->range_function->alias;
		source.name = source.alias != NULL ? source.alias->aliasname : NULL;
		sources->strange =
		    sources->strange || source.alias == NULL || source.alias->n_colnames == 0;
		add_source(sources, &source);
	} else if (node->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR && depth < JOIN_DEPTH_MAX) {
		const PgQuery__JoinExpr *join = node->join_expr;
		sources->strange = sources->strange || join->is_natural || join->alias != NULL;
		sources->merged = sources->merged || join->n_using_clause > 0;
		add_sources(tree, sources, join->larg, depth + 1);
		add_sources(tree, sources, join->rarg, depth + 1);
	} else {
		sources->strange = true;
	}
}

/* The name of a sub-query's column; NULL. */
static const char *
sub_link_name(const PgQuery__SubLink *link)
{
	if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK)
		return "exists";
	if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK)
		return "array";
	const PgQuery__SelectStmt *query = link->subselect->select_stmt;
	if (link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK &&
	    query->n_target_list > 0)
		return canon_target_name(query->target_list[0]);
	return NULL;
}

/* The name that the server gives to a column of a query; NULL: "?column?". */
static const char *
figure_name(const PgQuery__Node *expr, int depth)
{
	static const struct {
		PgQuery__Node__NodeCase node_case;
		const char *name;
	} fixed[] = {
		{ PG_QUERY__NODE__NODE_COALESCE_EXPR, "coalesce" },
		{ PG_QUERY__NODE__NODE_A_ARRAY_EXPR, "array" },
		{ PG_QUERY__NODE__NODE_ROW_EXPR, "row" },
		{ PG_QUERY__NODE__NODE_GROUPING_FUNC, "grouping" },
	};
	if (expr == NULL || depth > CANON_RELATIONS_MAX)
		return NULL;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (fixed[i].node_case == expr->node_case)
			return fixed[i].name;
	if (expr->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
		return sql_last(expr->column_ref->fields, expr->column_ref->n_fields);
	if (expr->node_case == PG_QUERY__NODE__NODE_FUNC_CALL)
		return sql_last(expr->func_call->funcname, expr->func_call->n_funcname);
	if (expr->node_case == PG_QUERY__NODE__NODE_COLLATE_CLAUSE)
		return figure_name(expr->collate_clause->arg, depth + 1);
	if (expr->node_case == PG_QUERY__NODE__NODE_A_INDIRECTION) {
		const PgQuery__AIndirection *part = expr->a_indirection;
		const char *field = sql_last(part->indirection, part->n_indirection);
		return field != NULL ? field : figure_name(part->arg, depth + 1);
	}
	if (expr->node_case == PG_QUERY__NODE__NODE_MIN_MAX_EXPR)
		return expr->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" :
		                                                                     "least";
	if (expr->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
		const PgQuery__TypeName *type = expr->type_cast->type_name;
		const char *name = figure_name(expr->type_cast->arg, depth + 1);
		return name != NULL ? name : sql_last(type->names, type->n_names);
	}
	if (expr->node_case == PG_QUERY__NODE__NODE_CASE_EXPR) {
		const char *name = figure_name(expr->case_expr->defresult, depth + 1);
		return name != NULL ? name : "case";
	}
	if (expr->node_case == PG_QUERY__NODE__NODE_SUB_LINK)
		return sub_link_name(expr->sub_link);
	return NULL;
}

const char *
canon_target_name(const PgQuery__Node *target)
{
	const PgQuery__ResTarget *column = target->res_target;
	return *column->name != '\0' ? column->name : figure_name(column->val, 0);
}

static bool
query_has(const PgQuery__SelectStmt *query, const char *name)
{
	while (query->op != PG_QUERY__SET_OPERATION__SETOP_NONE && query->larg != NULL)
		query = query->larg;
	for (size_t i = 0; i < query->n_target_list; i++)
		if (mig_db_same(canon_target_name(query->target_list[i]), name))
			return true;
	return false;
}

static bool
alias_has(const PgQuery__Alias *alias, const char *name)
{
	for (size_t i = 0; i < alias->n_colnames; i++)
		if (mig_db_same(sql_string(alias->colnames[i]), name))
			return true;
	return false;
}

static bool
source_has(const struct source *source, const char *name)
{
	if (source->relation != NULL)
		return mig_db_find_part(source->relation, MIG_DB_COLUMN, name) != NULL;
	if (source->alias != NULL && source->alias->n_colnames > 0)
		return alias_has(source->alias, name);
	return source->query != NULL && query_has(source->query, name);
}

struct qualify {
	struct canon_tree *tree;
	const struct sources *sources;
	const PgQuery__SelectStmt *query;
};

/* c is t.c, where t is the only one that has it. */
static bool
qualify(ProtobufCMessage *message, void *context)
{
	struct qualify *how = context;
	if (message->descriptor != &pg_query__column_ref__descriptor)
		return true;
	PgQuery__ColumnRef *ref = (PgQuery__ColumnRef *)message;
	const char *name = sql_last(ref->fields, ref->n_fields);
	const struct source *found = NULL;
	if (ref->n_fields == 3 && name != NULL) {
		ref->fields += 1; /* schema.table.column */
		ref->n_fields = 2;
	}
	if (ref->n_fields != 1 || name == NULL)
		return true;
	for (size_t i = 0; i < how->sources->count; i++) {
		if (!source_has(&how->sources->items[i], name))
			continue;
		/* Of a column that USING has merged the first one is meant. */
		if (found != NULL && how->sources->merged)
			continue;
		if (found != NULL)
			return true;
		found = &how->sources->items[i];
	}
	PgQuery__Node **fields = mig_arena_array(how->tree->scratch, 2, sizeof(PgQuery__Node *));
	if (found == NULL || fields == NULL)
		return true;
	fields[0] = sql_make_string(how->tree->scratch, found->name);
	fields[1] = ref->fields[0];
	if (fields[0] == NULL)
		return true;
	ref->fields = fields;
	ref->n_fields = 2;
	return true;
}

static PgQuery__Node *
make_column(struct canon_tree *tree, const char *source, const char *name)
{
	PgQuery__ColumnRef *ref = mig_arena_alloc(tree->scratch, sizeof(*ref));
	PgQuery__ResTarget *target = mig_arena_alloc(tree->scratch, sizeof(*target));
	PgQuery__Node **fields = mig_arena_array(tree->scratch, 2, sizeof(PgQuery__Node *));
	if (ref == NULL || target == NULL || fields == NULL)
		return NULL;
	pg_query__column_ref__init(ref);
	pg_query__res_target__init(target);
	fields[0] = sql_make_string(tree->scratch, source);
	fields[1] = sql_make_string(tree->scratch, name);
	ref->n_fields = 2;
	ref->fields = fields;
	target->val = sql_node(tree->scratch, PG_QUERY__NODE__NODE_COLUMN_REF, ref);
	return sql_node(tree->scratch, PG_QUERY__NODE__NODE_RES_TARGET, target);
}

/* Whether a target is * (ret_source NULL) or t.*. */
static bool
is_star(const PgQuery__Node *target, const char **ret_source)
{
	const PgQuery__Node *value = target->res_target->val;
	if (value == NULL || value->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
		return false;
	const PgQuery__ColumnRef *ref = value->column_ref;
	if (ref->n_fields == 0 ||
	    ref->fields[ref->n_fields - 1]->node_case != PG_QUERY__NODE__NODE_A_STAR)
		return false;
	*ret_source = sql_before_last(ref->fields, ref->n_fields);
	return true;
}

static size_t
source_width(const struct source *source)
{
	size_t count = 0;
	if (source->relation != NULL)
		(void)mig_db_parts(source->relation, MIG_DB_COLUMN, &count);
	else if (source->alias != NULL && source->alias->n_colnames > 0)
		count = source->alias->n_colnames;
	else if (source->query != NULL && source->query->n_target_list > 0)
		count = source->query->n_target_list;
	return count;
}

static const char *
source_column(const struct source *source, size_t i)
{
	size_t count = 0;
	if (source->relation != NULL)
		return mig_db_parts(source->relation, MIG_DB_COLUMN, &count)[i]->name;
	if (source->alias != NULL && source->alias->n_colnames > 0)
		return sql_string(source->alias->colnames[i]);
	return canon_target_name(source->query->target_list[i]);
}

/* The width of what stands for a star; 0: not known. */
static size_t
star_width(const struct sources *sources, const char *only)
{
	size_t width = 0;
	if (only == NULL && (sources->strange || sources->merged))
		return 0;
	for (size_t i = 0; i < sources->count; i++) {
		if (only != NULL && strcmp(only, sources->items[i].name) != 0)
			continue;
		size_t columns = source_width(&sources->items[i]);
		if (columns == 0)
			return 0;
		width += columns;
	}
	return width;
}

/* The columns that stand for a star; how many they are. */
static size_t
expand_star(
    struct canon_tree *tree, const struct sources *sources, const char *only, PgQuery__Node **list)
{
	size_t count = 0;
	for (size_t s = 0; s < sources->count; s++) {
		const struct source *source = &sources->items[s];
		if (only != NULL && strcmp(only, source->name) != 0)
			continue;
		for (size_t c = 0; c < source_width(source); c++) {
			const char *name = source_column(source, c);
			list[count] =
			    make_column(tree, source->name, name != NULL ? name : "?column?");
			if (list[count] != NULL)
				count++;
		}
	}
	return count;
}

/* * is all columns of all that is read. */
static void
expand_stars(struct canon_tree *tree, PgQuery__SelectStmt *query, const struct sources *sources)
{
	size_t total = 0;
	const char *only = NULL;
	for (size_t i = 0; i < query->n_target_list; i++) {
		bool star = is_star(query->target_list[i], &only);
		size_t width = star ? star_width(sources, only) : 1;
		if (width == 0)
			return;
		total += width;
	}
	PgQuery__Node **list = mig_arena_array(tree->scratch, total, sizeof(PgQuery__Node *));
	size_t count = 0;
	for (size_t i = 0; list != NULL && i < query->n_target_list; i++) {
		if (is_star(query->target_list[i], &only))
			count += expand_star(tree, sources, only, list + count);
		else
			list[count++] = query->target_list[i];
	}
	if (list == NULL)
		return;
	query->target_list = list;
	query->n_target_list = count;
}

/* The server names every column that is not just one that it reads. */
static void
name_targets(struct canon_tree *tree, PgQuery__SelectStmt *query)
{
	static char none[] = "";
	for (size_t i = 0; i < query->n_target_list; i++) {
		PgQuery__ResTarget *target = query->target_list[i]->res_target;
		const char *figured = figure_name(target->val, 0);
		bool column = target->val != NULL &&
		    target->val->node_case == PG_QUERY__NODE__NODE_COLUMN_REF;
		if (strcmp(target->name, "?column?") == 0 ||
		    (column && mig_db_same(figured, target->name)))
			target->name = none;
		else if (*target->name == '\0' && !column && figured != NULL)
			target->name = mig_arena_strdup(tree->scratch, figured);
	}
}

/* ORDER BY 1 and ORDER BY alias are the column that they stand for. */
static void
resolve_position(PgQuery__SelectStmt *query, PgQuery__Node **item, bool aliases)
{
	PgQuery__Node *node = *item;
	if (node->node_case == PG_QUERY__NODE__NODE_SORT_BY) {
		resolve_position(query, &node->sort_by->node, aliases);
		return;
	}
	if (node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL) {
		int position = node->a_const->ival->ival;
		if (position >= 1 && (size_t)position <= query->n_target_list)
			*item = query->target_list[position - 1]->res_target->val;
		return;
	}
	if (!aliases || node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF ||
	    node->column_ref->n_fields != 1)
		return;
	for (size_t i = 0; i < query->n_target_list; i++) {
		PgQuery__ResTarget *target = query->target_list[i]->res_target;
		if (mig_db_same(target->name, sql_string(node->column_ref->fields[0]))) {
			*item = target->val;
			return;
		}
	}
}

/* Of a UNION only the first part names the columns. */
static void
clear_names(PgQuery__SelectStmt *query, int depth)
{
	static char none[] = "";
	for (size_t i = 0; i < query->n_target_list; i++)
		query->target_list[i]->res_target->name = none;
	if (query->op == PG_QUERY__SET_OPERATION__SETOP_NONE || depth > JOIN_DEPTH_MAX)
		return;
	clear_names(query->larg, depth + 1);
	clear_names(query->rarg, depth + 1);
}

void
canon_fix_query(struct canon_tree *tree, PgQuery__SelectStmt *query)
{
	struct sources sources = { .count = 0 };
	if (query->op != PG_QUERY__SET_OPERATION__SETOP_NONE) {
		if (!tree->names_only)
			clear_names(query->rarg, 0);
		return;
	}
	for (size_t i = 0; i < query->n_from_clause; i++)
		add_sources(tree, &sources, query->from_clause[i], 0);
	if (tree->names_only) {
		expand_stars(tree, query, &sources);
		return;
	}
	struct qualify how = { tree, &sources, query };
	for (size_t i = 0; i < query->n_sort_clause; i++)
		resolve_position(query, &query->sort_clause[i], true);
	if (!sources.strange)
		sql_walk(&query->base, qualify, NULL, &how);
	for (size_t i = 0; i < query->n_group_clause; i++)
		resolve_position(query, &query->group_clause[i], true);
	for (size_t i = 0; i < query->n_distinct_clause; i++)
		resolve_position(query, &query->distinct_clause[i], true);
	expand_stars(tree, query, &sources);
	name_targets(tree, query);
}

const struct mig_db_column *
canon_source_column(
    struct canon_tree *tree, const PgQuery__SelectStmt *query, const PgQuery__Node *target)
{
	struct sources sources = { .count = 0 };
	const PgQuery__Node *value = target->res_target->val;
	if (value == NULL || value->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
		return NULL;
	const PgQuery__ColumnRef *ref = value->column_ref;
	const char *name = sql_last(ref->fields, ref->n_fields);
	const char *alias = sql_before_last(ref->fields, ref->n_fields);
	for (size_t i = 0; i < query->n_from_clause; i++)
		add_sources(tree, &sources, query->from_clause[i], 0);
	for (size_t i = 0; name != NULL && alias != NULL && i < sources.count; i++) {
		const struct source *source = &sources.items[i];
		if (strcmp(source->name, alias) != 0 || source->relation == NULL)
			continue;
		const struct mig_db_object *column =
		    mig_db_find_part(source->relation, MIG_DB_COLUMN, name);
		return column != NULL ? mig_db_as_column(column) : NULL;
	}
	return NULL;
}
