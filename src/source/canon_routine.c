/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "source/canon_int.h"

static void
init(struct mig_buf *text)
{
	mig_buf_init(text, MIG_SQL_BYTES_MAX);
}

/* In the canon's arena, NULL when it is empty. */
static const char *
finish(struct canon_tree *tree, struct mig_buf *text)
{
	const char *copy = mig_buf_ok(text) && text->len > 0 ?
	    mig_arena_strdup(tree->canon->arena, text->data) :
	    NULL;
	mig_buf_fini(text);
	return copy;
}

static bool
is_input(PgQuery__FunctionParameterMode mode)
{
	return mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT &&
	    mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE;
}

const char *
canon_arguments(struct canon_tree *tree, PgQuery__Node *const *nodes, size_t count)
{
	struct mig_buf text;
	init(&text);
	for (size_t i = 0; i < count; i++) {
		const PgQuery__TypeName *type = NULL;
		if (nodes[i]->node_case == PG_QUERY__NODE__NODE_FUNCTION_PARAMETER) {
			const PgQuery__FunctionParameter *parameter = nodes[i]->function_parameter;
			if (!is_input(parameter->mode))
				continue;
			type = parameter->arg_type;
		} else if (nodes[i]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
			type = nodes[i]->type_name;
		}
		const char *name = type != NULL ? canon_type_base(tree, type) : NULL;
		mig_buf_printf(&text, "%s%s", text.len > 0 ? ", " : "", name != NULL ? name : "");
	}
	const char *arguments =
	    mig_buf_ok(&text) ? mig_arena_strdup(tree->canon->arena, text.data) : NULL;
	mig_buf_fini(&text);
	return arguments;
}

static void
add_parameter(
    struct canon_tree *tree, struct mig_buf *out, const PgQuery__FunctionParameter *parameter)
{
	static const char *const words[] = {
		[PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT] = "OUT ",
		[PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_INOUT] = "INOUT ",
		[PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_VARIADIC] = "VARIADIC ",
		[PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_DEFAULT] = NULL,
	};
	const char *word = words[parameter->mode];
	mig_buf_puts(out, out->len > 0 ? ", " : "");
	mig_buf_puts(out, word);
	if (*parameter->name != '\0') {
		sql_ident(out, parameter->name);
		mig_buf_putc(out, ' ');
	}
	const char *type = canon_type_base(tree, parameter->arg_type);
	mig_buf_puts(out, type);
	if (parameter->defexpr == NULL)
		return;
	PgQuery__Node *value = canon_fix_default(tree, parameter->defexpr, type);
	const char *text = value != NULL ? sql_deparse_expr(tree->scratch, value) : "NULL";
	mig_buf_printf(out, " DEFAULT %s", text != NULL ? text : "");
}

static const char *
parameters(struct canon_tree *tree, const PgQuery__CreateFunctionStmt *statement)
{
	struct mig_buf text;
	init(&text);
	for (size_t i = 0; i < statement->n_parameters; i++) {
		const PgQuery__FunctionParameter *parameter =
		    statement->parameters[i]->function_parameter;
		if (parameter->mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE)
			add_parameter(tree, &text, parameter);
	}
	const char *result = mig_arena_strdup(tree->canon->arena, text.data);
	mig_buf_fini(&text);
	return result;
}

/* RETURNS TABLE (…), or what the OUT parameters make. */
static const char *
returned_columns(struct canon_tree *tree, const PgQuery__CreateFunctionStmt *statement)
{
	struct mig_buf text;
	const char *out = NULL;
	size_t outs = 0;
	init(&text);
	for (size_t i = 0; i < statement->n_parameters; i++) {
		const PgQuery__FunctionParameter *parameter =
		    statement->parameters[i]->function_parameter;
		const char *type = canon_type_base(tree, parameter->arg_type);
		if (parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE) {
			mig_buf_puts(&text, text.len > 0 ? ", " : "TABLE(");
			sql_ident(&text, parameter->name);
			mig_buf_printf(&text, " %s", type != NULL ? type : "");
		} else if (parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT ||
		    parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_INOUT) {
			out = type;
			outs++;
		}
	}
	if (text.len > 0)
		mig_buf_putc(&text, ')');
	else if (outs > 0)
		mig_buf_puts(&text, outs > 1 ? "record" : out);
	return finish(tree, &text);
}

static const char *
returns(struct canon_tree *tree, const PgQuery__CreateFunctionStmt *statement)
{
	if (statement->is_procedure)
		return NULL;
	const char *table = returned_columns(tree, statement);
	if (table != NULL && strncmp(table, "TABLE(", 6) == 0)
		return table;
	if (statement->return_type == NULL)
		return table;
	const char *type = canon_type_base(tree, statement->return_type);
	return mig_arena_strdup(tree->canon->arena, type);
}

static const PgQuery__DefElem *
option(const PgQuery__CreateFunctionStmt *statement, const char *name)
{
	for (size_t i = 0; i < statement->n_options; i++)
		if (strcmp(statement->options[i]->def_elem->defname, name) == 0)
			return statement->options[i]->def_elem;
	return NULL;
}

static bool
option_true(const PgQuery__CreateFunctionStmt *statement, const char *name)
{
	const PgQuery__DefElem *found = option(statement, name);
	return found != NULL && found->arg != NULL &&
	    found->arg->node_case == PG_QUERY__NODE__NODE_BOOLEAN && found->arg->boolean->boolval;
}

static const char *
option_text(const PgQuery__CreateFunctionStmt *statement, const char *name)
{
	const PgQuery__DefElem *found = option(statement, name);
	return found != NULL ? sql_string(found->arg) : NULL;
}

static void
add_word(struct mig_buf *out, const char *word)
{
	mig_buf_printf(out, "%s%s", out->len > 0 ? " " : "", word);
}

/* COST and ROWS, where they are not what the server takes by itself. */
static void
add_number(struct mig_buf *out, const PgQuery__CreateFunctionStmt *statement, const char *name,
    const char *word, int plain)
{
	const PgQuery__DefElem *found = option(statement, name);
	if (found == NULL || found->arg == NULL)
		return;
	if (found->arg->node_case == PG_QUERY__NODE__NODE_FLOAT)
		mig_buf_printf(
		    out, "%s%s %s", out->len > 0 ? " " : "", word, found->arg->float_->fval);
	else if (found->arg->node_case == PG_QUERY__NODE__NODE_INTEGER &&
	    found->arg->integer->ival != plain)
		mig_buf_printf(
		    out, "%s%s %d", out->len > 0 ? " " : "", word, found->arg->integer->ival);
}

/* SET name TO value, value */
static void
add_setting(struct mig_buf *out, const PgQuery__VariableSetStmt *set)
{
	add_word(out, "SET ");
	sql_ident(out, set->name);
	if (set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_CURRENT) {
		mig_buf_puts(out, " FROM CURRENT");
		return;
	}
	mig_buf_puts(out, " TO ");
	for (size_t i = 0; i < set->n_args; i++) {
		const char *text = sql_const_string(set->args[i]);
		mig_buf_puts(out, i > 0 ? ", " : "");
		if (text != NULL)
			sql_literal(out, text);
		else if (set->args[i]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
		    set->args[i]->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
			mig_buf_printf(out, "'%d'", set->args[i]->a_const->ival->ival);
		else if (set->args[i]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
		    set->args[i]->a_const->val_case == PG_QUERY__A__CONST__VAL_FVAL)
			mig_buf_printf(out, "'%s'", set->args[i]->a_const->fval->fval);
	}
}

static void
add_upper(struct mig_buf *out, const char *head, const char *word)
{
	add_word(out, head);
	for (; *word != '\0'; word++)
		mig_buf_putc(out, *word >= 'a' && *word <= 'z' ? (char)(*word - 'a' + 'A') : *word);
}

static const char *
attributes(
    struct canon_tree *tree, const PgQuery__CreateFunctionStmt *statement, const char *language)
{
	struct mig_buf text;
	init(&text);
	const char *volatility = option_text(statement, "volatility");
	const char *parallel = option_text(statement, "parallel");
	bool native = strcmp(language, "c") == 0 || strcmp(language, "internal") == 0;
	if (option_true(statement, "window"))
		add_word(&text, "WINDOW");
	if (volatility != NULL && strcmp(volatility, "volatile") != 0)
		add_upper(&text, "", volatility);
	if (option_true(statement, "strict"))
		add_word(&text, "STRICT");
	if (option_true(statement, "security"))
		add_word(&text, "SECURITY DEFINER");
	if (option_true(statement, "leakproof"))
		add_word(&text, "LEAKPROOF");
	if (parallel != NULL && strcmp(parallel, "unsafe") != 0)
		add_upper(&text, "PARALLEL ", parallel);
	add_number(&text, statement, "cost", "COST", native ? 1 : 100);
	add_number(&text, statement, "rows", "ROWS", 1000);
	const PgQuery__DefElem *support = option(statement, "support");
	if (support != NULL && support->arg->node_case == PG_QUERY__NODE__NODE_LIST) {
		add_word(&text, "SUPPORT ");
		sql_ident(&text, sql_last(support->arg->list->items, support->arg->list->n_items));
	}
	for (size_t i = 0; i < statement->n_options; i++) {
		const PgQuery__DefElem *set = statement->options[i]->def_elem;
		if (strcmp(set->defname, "set") == 0)
			add_setting(&text, set->arg->variable_set_stmt);
	}
	return finish(tree, &text);
}

static void
add_statement(struct canon_tree *tree, struct mig_buf *out, PgQuery__Node *statement)
{
	bool is_return = statement->node_case == PG_QUERY__NODE__NODE_RETURN_STMT;
	const char *text = is_return ?
	    sql_deparse_expr(tree->scratch, statement->return_stmt->returnval) :
	    sql_deparse(tree->scratch, statement);
	mig_buf_printf(out, "%s%s", is_return ? "RETURN " : "", text != NULL ? text : "");
}

/* RETURN … or BEGIN ATOMIC … END, which the library cannot write as a whole. */
static const char *
sql_body(struct canon_tree *tree, const PgQuery__CreateFunctionStmt *statement)
{
	struct mig_buf text;
	PgQuery__Node *body = statement->sql_body;
	init(&text);
	if (body->node_case != PG_QUERY__NODE__NODE_LIST) {
		add_statement(tree, &text, body);
		return finish(tree, &text);
	}
	const PgQuery__Node *statements = body->list->n_items > 0 ? body->list->items[0] : NULL;
	mig_buf_puts(&text, "BEGIN ATOMIC ");
	for (size_t i = 0; statements != NULL && i < statements->list->n_items; i++) {
		add_statement(tree, &text, statements->list->items[i]);
		mig_buf_puts(&text, "; ");
	}
	mig_buf_puts(&text, "END");
	return finish(tree, &text);
}

static const char *
body(struct canon_tree *tree, PgQuery__CreateFunctionStmt *statement)
{
	const PgQuery__DefElem *as = option(statement, "as");
	if (statement->sql_body != NULL)
		return sql_body(tree, statement);
	if (as == NULL || as->arg == NULL || as->arg->node_case != PG_QUERY__NODE__NODE_LIST)
		return NULL;
	const PgQuery__List *list = as->arg->list;
	if (list->n_items > 1)
		return mig_arena_printf(tree->canon->arena, "%s, %s", sql_string(list->items[0]),
		    sql_string(list->items[1]));
	return mig_arena_strdup(tree->canon->arena, sql_string(list->items[0]));
}

/* $function$ … $function$, with another word where that one is in the text. */
static void
add_quoted(struct mig_buf *out, const char *text)
{
	struct mig_buf tag;
	init(&tag);
	mig_buf_puts(&tag, "$function");
	while (strstr(text, tag.data) != NULL && mig_buf_ok(&tag))
		mig_buf_putc(&tag, 'x');
	mig_buf_printf(out, "%s$%s%s$", tag.data, text, tag.data);
	mig_buf_fini(&tag);
}

static const char *
definition(struct canon_tree *tree, const PgQuery__CreateFunctionStmt *statement,
    const struct mig_db_routine *routine)
{
	struct mig_buf text;
	const PgQuery__DefElem *as = option(statement, "as");
	init(&text);
	mig_buf_printf(
	    &text, "CREATE OR REPLACE %s ", routine->procedure ? "PROCEDURE" : "FUNCTION");
	if (routine->base.schema != NULL) {
		sql_ident(&text, routine->base.schema);
		mig_buf_putc(&text, '.');
	}
	sql_ident(&text, routine->base.name);
	mig_buf_printf(&text, "(%s)", routine->parameters);
	if (routine->returns != NULL)
		mig_buf_printf(&text, " RETURNS %s", routine->returns);
	mig_buf_puts(&text, " LANGUAGE ");
	sql_ident(&text, routine->language);
	if (routine->attributes != NULL)
		mig_buf_printf(&text, " %s", routine->attributes);
	if (statement->sql_body != NULL) {
		mig_buf_printf(&text, " %s", routine->body != NULL ? routine->body : "");
	} else if (as != NULL && as->arg->list->n_items > 1) {
		mig_buf_puts(&text, " AS ");
		sql_literal(&text, sql_string(as->arg->list->items[0]));
		mig_buf_puts(&text, ", ");
		sql_literal(&text, sql_string(as->arg->list->items[1]));
	} else if (routine->body != NULL) {
		mig_buf_puts(&text, " AS ");
		add_quoted(&text, routine->body);
	}
	return finish(tree, &text);
}

void
canon_fill_routine(struct canon_tree *tree, PgQuery__CreateFunctionStmt *statement,
    struct mig_db *db, struct mig_db_routine *routine)
{
	const char *language = option_text(statement, "language");
	routine->procedure = statement->is_procedure;
	routine->arguments = canon_arguments(tree, statement->parameters, statement->n_parameters);
	routine->returns = returns(tree, statement);
	routine->language =
	    mig_arena_strdup(tree->canon->arena, language != NULL ? language : "sql");
	routine->parameters = parameters(tree, statement);
	if (routine->language == NULL || routine->parameters == NULL)
		return;
	routine->attributes = attributes(tree, statement, routine->language);
	const char *written = NULL;
	if (statement->sql_body != NULL) {
		tree->names_only = true;
		canon_fix(tree, &statement->sql_body->base);
		tree->names_only = false;
		routine->body = body(tree, statement);
		written = definition(tree, statement, routine);
		canon_fix(tree, &statement->sql_body->base);
	}
	routine->body = body(tree, statement);
	routine->base.definition = definition(tree, statement, routine);
	mig_db_set_written(
	    db, &routine->base, mig_db_same(written, routine->base.definition) ? NULL : written);
}
