/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "source/review_pg_int.h"

static const struct {
	const char *name;
	enum review_setting setting;
} settings[] = {
	{ "lock_timeout", REVIEW_LOCK_TIMEOUT },
	{ "statement_timeout", REVIEW_STATEMENT_TIMEOUT },
	{ "search_path", REVIEW_SEARCH_PATH },
	{ "timezone", REVIEW_TIME_ZONE },
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* What has been told holds for the statements that one SET would have been for. */
static void
begin(struct review *review)
{
	struct review_session *session = &review->session;
	memcpy(session->saved, session->session, sizeof(session->saved));
	session->transaction = ++session->begun;
	session->begin_line = review->statement.line;
	review->lock_told = false;
	review->time_told = false;
}

static void
end(struct review *review, bool rollback)
{
	struct review_session *session = &review->session;
	if (rollback)
		memcpy(session->session, session->saved, sizeof(session->saved));
	memset(session->local, 0, sizeof(session->local));
	session->transaction = 0;
	session->by_tool = false;
	review->lock_told = false;
	review->time_told = false;
}

static void
see_begin(struct review *review)
{
	static const struct review_about about = { 0 };
	const struct review_session *session = &review->session;
	if (session->transaction != 0 && session->by_tool)
		review_say(review, REVIEW_TX_NESTING, &about,
		    "BEGIN in the transaction in which the tool runs this script: it is ignored.");
	else if (session->transaction != 0)
		review_say(review, REVIEW_TX_NESTING, &about,
		    "BEGIN in the transaction that has begun at line %d: it is ignored.",
		    session->begin_line);
	else
		begin(review);
}

static void
see_end(struct review *review, const PgQuery__TransactionStmt *statement)
{
	static const struct review_about about = { 0 };
	const struct review_session *session = &review->session;
	bool rollback = statement->kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK;
	const char *verb = rollback ? "ROLLBACK" : "COMMIT";
	if (session->transaction == 0)
		review_say(review, REVIEW_TX_NESTING, &about,
		    "%s, and there is no transaction: the statements before it are on their own.",
		    verb);
	else if (session->by_tool)
		review_say(review, REVIEW_TX_NESTING, &about,
		    "%s ends the transaction in which the tool runs this script.", verb);
	end(review, rollback);
	if (statement->chain)
		begin(review);
}

static void
see_transaction(struct review *review, const PgQuery__TransactionStmt *statement)
{
	switch ((int)statement->kind) {
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
		see_begin(review);
		break;
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
		see_end(review, statement);
		break;
	default:
		break;
	}
}

/* "0", "0ms" and 0 are no limit, an empty search_path is no place to find anything. */
static enum review_value
value_of(enum review_setting setting, PgQuery__Node *const *args, size_t count)
{
	const char *text = count > 0 ? sql_const_string(args[0]) : NULL;
	bool number = count > 0 && args[0]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    args[0]->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL;
	switch (setting) {
	case REVIEW_LOCK_TIMEOUT:
	case REVIEW_STATEMENT_TIMEOUT:
		if (number)
			return args[0]->a_const->ival->ival > 0 ? REVIEW_ON : REVIEW_OFF;
		return text != NULL && text[strspn(text, " 0")] >= '1' &&
		        text[strspn(text, " 0")] <= '9' ?
		    REVIEW_ON :
		    REVIEW_OFF;
	case REVIEW_SEARCH_PATH:
		return text != NULL && *text != '\0' ? REVIEW_ON : REVIEW_OFF;
	case REVIEW_TIME_ZONE:
		return text != NULL && strcasecmp(text, "utc") == 0 ? REVIEW_ON : REVIEW_OFF;
	case REVIEW_SETTINGS:
		break;
	}
	return REVIEW_OFF;
}

/* SET LOCAL outside of a transaction does nothing. */
static void
set(struct review *review, enum review_setting setting, enum review_value value, bool local)
{
	struct review_session *session = &review->session;
	if (local && session->transaction == 0)
		return;
	if (local) {
		session->local[setting] = value == REVIEW_UNSET ? REVIEW_OFF : value;
		return;
	}
	session->session[setting] = value;
	session->local[setting] = REVIEW_UNSET;
}

static void
set_schema(struct review *review, PgQuery__Node *const *args, size_t count)
{
	const char *text = count > 0 ? sql_const_string(args[0]) : NULL;
	review->session.schema = NULL;
	/* One string may hold the whole path, as in set_config(). */
	if (text != NULL && *text != '\0' && *text != '"' && *text != '$')
		review->session.schema =
		    mig_arena_strndup(review->arena, text, strcspn(text, ", "));
}

static void
set_by_name(struct review *review, const PgQuery__VariableSetStmt *statement)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		enum review_setting setting = settings[i].setting;
		if (strcasecmp(statement->name, settings[i].name) != 0)
			continue;
		bool has_value = statement->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE;
		enum review_value value = has_value ?
		    value_of(setting, statement->args, statement->n_args) :
		    REVIEW_UNSET;
		set(review, setting, value, statement->is_local);
		if (setting == REVIEW_SEARCH_PATH)
			set_schema(review, statement->args, has_value ? statement->n_args : 0);
	}
}

static void
reset_all(struct review *review)
{
	for (size_t i = 0; i < SETTINGS; i++)
		set(review, settings[i].setting, REVIEW_UNSET, false);
	review->session.schema = NULL;
}

static bool
is_true(const PgQuery__Node *node)
{
	return node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    node->a_const->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL &&
	    node->a_const->boolval->boolval;
}

/* SELECT set_config('lock_timeout', '3s', true) */
static void
see_select(struct review *review, const PgQuery__SelectStmt *select)
{
	const PgQuery__Node *value = NULL;
	if (select->n_target_list == 1)
		value = select->target_list[0]->res_target->val;
	if (value == NULL || value->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
		return;
	const PgQuery__FuncCall *call = value->func_call;
	const char *function = sql_last(call->funcname, call->n_funcname);
	const char *name = call->n_args == 3 ? sql_const_string(call->args[0]) : NULL;
	if (function == NULL || name == NULL || strcmp(function, "set_config") != 0)
		return;
	for (size_t i = 0; i < SETTINGS; i++) {
		if (strcasecmp(name, settings[i].name) != 0)
			continue;
		set(review, settings[i].setting, value_of(settings[i].setting, call->args + 1, 1),
		    is_true(call->args[2]));
		if (settings[i].setting == REVIEW_SEARCH_PATH)
			set_schema(review, call->args + 1, 1);
	}
}

void
review_pg_session(struct review *review, const PgQuery__Node *statement)
{
	switch ((int)statement->node_case) {
	case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
		see_transaction(review, statement->transaction_stmt);
		break;
	case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
		if (statement->variable_set_stmt->kind ==
		    PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL)
			reset_all(review);
		else
			set_by_name(review, statement->variable_set_stmt);
		break;
	case PG_QUERY__NODE__NODE_DISCARD_STMT:
		if (statement->discard_stmt->target == PG_QUERY__DISCARD_MODE__DISCARD_ALL)
			reset_all(review);
		break;
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		see_select(review, statement->select_stmt);
		break;
	default:
		break;
	}
}

void
review_pg_session_end(struct review *review)
{
	const struct review_session *session = &review->session;
	struct review_about about = { .line = session->begin_line };
	review->statement.len = 0;
	if (session->transaction != 0 && !session->by_tool)
		review_say(review, REVIEW_TX_NESTING, &about,
		    "The transaction that begins here is never committed: the server rolls it "
		    "back when the script ends.");
}
