/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "source/ddl.h"
#include "source/ddl_int.h"

/* Statements that are not even parsed: they change rows, or nothing that is kept. */
static const char *const passed[] = { "ABORT", "ANALYZE", "BEGIN", "CALL", "CHECKPOINT", "CLOSE",
	"COMMIT", "COPY", "DEALLOCATE", "DECLARE", "DELETE", "DISCARD", "END", "EXECUTE", "EXPLAIN",
	"FETCH", "INSERT", "LISTEN", "LOAD", "LOCK", "MERGE", "MOVE", "NOTIFY", "PREPARE",
	"REASSIGN", "REFRESH", "REINDEX", "RELEASE", "ROLLBACK", "SAVEPOINT", "SECURITY", "SHOW",
	"START", "TABLE", "TRUNCATE", "UNLISTEN", "UPDATE", "VACUUM", "VALUES" };

static bool
is_passed(const struct ddl_piece *piece)
{
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (strcmp(passed[i], piece->words[0]) == 0)
			return true;
	return false;
}

static void
set_variable(struct ddl *ddl, const PgQuery__VariableSetStmt *statement)
{
	if (strcmp(statement->name, "search_path") == 0)
		ddl_set_path(ddl, statement->args, statement->n_args);
}

/* SELECT set_config('search_path', '', false), as pg_dump writes it. */
static void
run_select(struct ddl *ddl, const PgQuery__SelectStmt *select)
{
	if (select->n_target_list != 1)
		return;
	const PgQuery__Node *value = select->target_list[0]->res_target->val;
	if (value == NULL || value->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
		return;
	PgQuery__FuncCall *call = value->func_call;
	if (!mig_db_same(sql_last(call->funcname, call->n_funcname), "set_config") ||
	    call->n_args < 2 || !mig_db_same(sql_const_string(call->args[0]), "search_path"))
		return;
	const char *path = sql_const_string(call->args[1]);
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	if (path == NULL || *path == '\0') {
		ddl_set_path(ddl, call->args, 0);
		return;
	}
	char *set = mig_arena_printf(ddl->scratch, "SET search_path = %s", path);
	if (set != NULL && sql_parse(ddl->scratch, set, &result, &error) == MIG_OK)
		set_variable(ddl, result->stmts[0]->stmt->variable_set_stmt);
}

static void
run_cluster(struct ddl *ddl, const PgQuery__ClusterStmt *statement)
{
	size_t count = 0;
	struct mig_db_object *table = statement->relation != NULL && *statement->indexname != '\0' ?
	    ddl_need(ddl, MIG_DB_TABLE, ddl_range_name(statement->relation), false) :
	    NULL;
	struct mig_db_object *const *indexes =
	    table != NULL ? mig_db_parts(table, MIG_DB_INDEX, &count) : NULL;
	for (size_t i = 0; i < count; i++)
		mig_db_as_index(indexes[i])->clustered =
		    mig_db_same(indexes[i]->name, statement->indexname);
}

static void
run_cast(struct ddl *ddl, PgQuery__Node *node)
{
	const char *source = ddl_type(ddl, node->create_cast_stmt->sourcetype, NULL);
	const char *target = ddl_type(ddl, node->create_cast_stmt->targettype, NULL);
	ddl_create_other(
	    ddl, node, "cast", mig_arena_printf(ddl->scratch, "(%s AS %s)", source, target));
}

/* Tables and what belongs to them; false: not one of these. */
static bool
run_table(struct ddl *ddl, PgQuery__Node *node)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		ddl_create_table(ddl, node->create_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
		ddl_alter_table(ddl, node->alter_table_stmt);
		return true;
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		ddl_create_index(ddl, node->index_stmt);
		return true;
	case PG_QUERY__NODE__NODE_VIEW_STMT:
		ddl_create_view(ddl, node->view_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
		ddl_create_table_as(ddl, node->create_table_as_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
		ddl_create_trigger(ddl, node);
		return true;
	case PG_QUERY__NODE__NODE_RULE_STMT:
		ddl_create_rule(ddl, node);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
		ddl_create_policy(ddl, node);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT:
		ddl_alter_policy(ddl, node->alter_policy_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
		ddl_create_statistics(ddl, node);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_STATS_STMT:
		ddl_alter_statistics(ddl, node->alter_stats_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CLUSTER_STMT:
		run_cluster(ddl, node->cluster_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
		ddl_create_sequence(ddl, node->create_seq_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
		ddl_alter_sequence(ddl, node->alter_seq_stmt);
		return true;
	default:
		return false;
	}
}

/* Types, routines and the rest that is made; false: not one of these. */
static bool
run_create(struct ddl *ddl, PgQuery__Node *node)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
		ddl_create_routine(ddl, node);
		return true;
	case PG_QUERY__NODE__NODE_DEFINE_STMT:
		ddl_define(ddl, node);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
		ddl_create_enum(ddl, node->create_enum_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
		ddl_create_domain(ddl, node->create_domain_stmt);
		return true;
	case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
		ddl_create_composite(ddl, node->composite_type_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
		ddl_create_range(ddl, node);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
		ddl_create_extension(ddl, node->create_extension_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
		ddl_create_schema(ddl, node->create_schema_stmt);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT:
		ddl_create_other(
		    ddl, node, "event trigger", node->create_event_trig_stmt->trigname);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT:
		ddl_create_other(ddl, node, "publication", node->create_publication_stmt->pubname);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT:
		ddl_create_other(ddl, node, "foreign table",
		    node->create_foreign_table_stmt->base_stmt->relation->relname);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_FOREIGN_SERVER_STMT:
		ddl_create_other(
		    ddl, node, "foreign server", node->create_foreign_server_stmt->servername);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_FDW_STMT:
		ddl_create_other(ddl, node, "foreign data wrapper", node->create_fdw_stmt->fdwname);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_CAST_STMT:
		run_cast(ddl, node);
		return true;
	default:
		return false;
	}
}

/* What changes things that are there; false: not one of these. */
static bool
run_change(struct ddl *ddl, PgQuery__Node *node)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_RENAME_STMT:
		ddl_rename(ddl, node->rename_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
		ddl_set_owner(ddl, node->alter_owner_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
		ddl_set_schema(ddl, node->alter_object_schema_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
		ddl_alter_enum(ddl, node->alter_enum_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
		ddl_alter_domain(ddl, node->alter_domain_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT:
		ddl_alter_routine(ddl, node->alter_function_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_EXTENSION_STMT:
		ddl_alter_extension(ddl, node->alter_extension_stmt);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_PUBLICATION_STMT:
		ddl_alter_publication(ddl, node->alter_publication_stmt);
		return true;
	case PG_QUERY__NODE__NODE_COMMENT_STMT:
		ddl_comment(ddl, node->comment_stmt);
		return true;
	case PG_QUERY__NODE__NODE_GRANT_STMT:
		ddl_grant(ddl, node->grant_stmt);
		return true;
	case PG_QUERY__NODE__NODE_DROP_STMT:
		ddl_drop(ddl, node->drop_stmt);
		return true;
	case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
		set_variable(ddl, node->variable_set_stmt);
		return true;
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		run_select(ddl, node->select_stmt);
		return true;
	default:
		return false;
	}
}

/* Statements that change nothing which the model has, or that of another database. */
static bool
is_without_effect(const PgQuery__Node *node)
{
	static const PgQuery__Node__NodeCase cases[] = {
		PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT,
		PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT,
		PG_QUERY__NODE__NODE_ALTER_OBJECT_DEPENDS_STMT,
		PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT,
		PG_QUERY__NODE__NODE_ALTER_ROLE_STMT,
		PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT,
		PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT,
		PG_QUERY__NODE__NODE_CREATE_PLANG_STMT,
		PG_QUERY__NODE__NODE_CREATE_ROLE_STMT,
		PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT,
		PG_QUERY__NODE__NODE_CREATEDB_STMT,
		PG_QUERY__NODE__NODE_DROP_ROLE_STMT,
		PG_QUERY__NODE__NODE_DROPDB_STMT,
		PG_QUERY__NODE__NODE_GRANT_ROLE_STMT,
		PG_QUERY__NODE__NODE_SEC_LABEL_STMT,
		PG_QUERY__NODE__NODE_TRANSACTION_STMT,
		PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT,
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (cases[i] == node->node_case)
			return true;
	return false;
}

/* Of a statement as such its first words say which it is. */
static void
say_not_understood(struct ddl *ddl)
{
	const char(*words)[DDL_WORD_MAX] = ddl->piece->words;
	ddl_not_understood(ddl,
	    mig_arena_printf(ddl->scratch, "%s%s%s%s%s", words[0], *words[1] != '\0' ? " " : "",
	        words[1], *words[2] != '\0' ? " " : "", words[2]));
}

static void
run(struct ddl *ddl, PgQuery__Node *node)
{
	if (run_table(ddl, node) || run_create(ddl, node) || run_change(ddl, node) ||
	    is_without_effect(node))
		return;
	if (node->node_case == PG_QUERY__NODE__NODE_DO_STMT)
		ddl_not_understood(ddl, "a DO block runs code");
	else
		say_not_understood(ddl);
}

void
ddl_run_in_schema(
    struct ddl *ddl, const char *schema, PgQuery__Node *const *statements, size_t count)
{
	const char *path[DDL_PATH_MAX + 1];
	memcpy(path, ddl->path, sizeof(path));
	ddl->path[0] = mig_arena_strdup(ddl->arena, schema);
	ddl->path[1] = NULL;
	for (size_t i = 0; i < count; i++)
		if (!run_table(ddl, statements[i]) && !run_create(ddl, statements[i]) &&
		    !run_change(ddl, statements[i]))
			ddl_not_understood(ddl, "an element of CREATE SCHEMA");
	memcpy(ddl->path, path, sizeof(path));
}

static int
run_piece(struct ddl *ddl, const struct ddl_piece *piece)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error = { "", 0 };
	ddl->piece = piece;
	if (is_passed(piece) || piece->len == 0)
		return MIG_OK;
	if (piece->depth > MIG_SQL_DEPTH_MAX) {
		ddl_piece_fault(piece, ddl->file, 0, ddl_too_deep, ddl->findings);
		return MIG_OK;
	}
	char *text = mig_arena_strndup(ddl->scratch, piece->text, piece->len);
	if (text == NULL)
		return MIG_ENOMEM;
	int rc = sql_parse(ddl->scratch, text, &result, &error);
	if (rc == MIG_ENOMEM)
		return rc;
	if (rc != MIG_OK) {
		ddl_piece_fault(piece, ddl->file, error.offset, error.message, ddl->findings);
		return MIG_OK;
	}
	for (size_t i = 0; i < result->n_stmts; i++)
		if (result->stmts[i]->stmt != NULL)
			run(ddl, result->stmts[i]->stmt);
	return mig_arena_failed(ddl->scratch) || mig_arena_failed(ddl->arena) ? MIG_ENOMEM : MIG_OK;
}

/* Every statement with memory of its own. */
static int
run_pieces(struct ddl *ddl, const char *text, size_t len)
{
	struct ddl_split split = { .text = text, .len = len };
	struct ddl_piece piece;
	int rc = MIG_OK;
	while (rc == MIG_OK && ddl_split_next(&split, &piece)) {
		ddl->scratch = mig_arena_new(MIG_SQL_BYTES_MAX);
		if (ddl->scratch == NULL)
			return MIG_ENOMEM;
		rc = run_piece(ddl, &piece);
		mig_arena_free(ddl->scratch);
		ddl->scratch = NULL;
		ddl->piece = NULL;
	}
	return rc;
}

static int
refuse(struct mig_findings *findings, const char *file, const char *message)
{
	mig_findings_add(findings, MIG_SEV_ERROR, file, NULL, NULL, "%s", message);
	return MIG_EDOC;
}

static bool
owns_sequences(const struct mig_db *db)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(db, &count);
	for (size_t i = 0; i < count; i++)
		if (objects[i]->kind == MIG_DB_SEQUENCE &&
		    mig_db_as_sequence(objects[i])->owned_by != NULL)
			return true;
	return false;
}

int
ddl_apply(struct mig_db *db, const char *text, size_t len, const char *file,
    struct mig_findings *findings)
{
	size_t errors = findings->errors;
	struct ddl ddl = { .db = db,
		.arena = mig_db_arena(db),
		.findings = findings,
		.file = file,
		.path = { "public" },
		.sequences_owned = owns_sequences(db) };
	if (len > MIG_SCHEMA_BYTES_MAX)
		return refuse(findings, file, "the file is larger than 256 MiB");
	if (memchr(text, '\0', len) != NULL || !mig_utf8_valid(text, len))
		return refuse(findings, file, "the file is not a text in UTF-8");
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	ddl.canon = (struct canon){ .arena = ddl.arena, .db = db, .path = ddl.path };
	int rc = run_pieces(&ddl, text, len);
	ddl_names_free(ddl.names);
	if (rc != MIG_OK)
		return rc;
	return findings->errors > errors ? MIG_EDOC : MIG_OK;
}
