/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/review_pg_int.h"

static bool
detaches_concurrently(const PgQuery__AlterTableStmt *alter)
{
	for (size_t i = 0; i < alter->n_cmds; i++) {
		const PgQuery__AlterTableCmd *command = alter->cmds[i]->alter_table_cmd;
		if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition &&
		    command->def->partition_cmd->concurrent)
			return true;
	}
	return false;
}

/* A statement that the server refuses in a transaction; NULL: it is none. */
static const char *
concurrent(const PgQuery__Node *node)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		return node->index_stmt->concurrent ? "CREATE INDEX CONCURRENTLY" : NULL;
	case PG_QUERY__NODE__NODE_DROP_STMT:
		return node->drop_stmt->concurrent ? "DROP INDEX CONCURRENTLY" : NULL;
	case PG_QUERY__NODE__NODE_REINDEX_STMT:
		return review_pg_option(node->reindex_stmt->params, node->reindex_stmt->n_params,
		           "concurrently") ?
		    "REINDEX CONCURRENTLY" :
		    NULL;
	case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
		return detaches_concurrently(node->alter_table_stmt) ?
		    "DETACH PARTITION ... CONCURRENTLY" :
		    NULL;
	default:
		return NULL;
	}
}

/* The lock of ADD CONSTRAINT is held until the end of the transaction, through the scan. */
static void
see_validation(struct review *review, const PgQuery__AlterTableStmt *alter)
{
	struct review_name table = review_pg_range(alter->relation);
	struct review_about about = { .object = review_name_text(review, &table) };
	if (review_thing(review, &table)->made)
		return;
	for (size_t i = 0; i < alter->n_cmds; i++) {
		const PgQuery__AlterTableCmd *command = alter->cmds[i]->alter_table_cmd;
		if (command->subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint ||
		    review_part(review, &table, command->name)->locked !=
		        review->session.transaction)
			continue;
		review_say(review, REVIEW_VALIDATED, &about,
		    "Constraint %s of %s is validated in the transaction that has added it.",
		    command->name, about.object);
	}
}

static void
see_truncate(struct review *review, const PgQuery__TruncateStmt *statement)
{
	for (size_t i = 0; i < statement->n_relations; i++) {
		struct review_name table = review_pg_range(statement->relations[i]->range_var);
		struct review_about about = { .object = review_name_text(review, &table),
			.has_hazard = true,
			.lock = MIG_LOCK_ACCESS_EXCLUSIVE };
		if (!review_thing(review, &table)->made)
			review_say(review, REVIEW_TRUNCATED, &about, "All rows of %s are gone.",
			    about.object);
	}
}

static void
see_reindex(struct review *review, const PgQuery__ReindexStmt *statement)
{
	struct review_name name = review_pg_range(statement->relation);
	bool named = name.name != NULL;
	struct review_about about = { .object =
		                          named ? review_name_text(review, &name) : statement->name,
		.has_hazard = true,
		.lock = MIG_LOCK_SHARE,
		.work = MIG_WORK_INDEX };
	if (!review_pg_option(statement->params, statement->n_params, "concurrently") &&
	    (!named || !review_thing(review, &name)->made))
		review_say(review, REVIEW_REINDEXED, &about,
		    "REINDEX of %s without CONCURRENTLY keeps writers off.", about.object);
}

void
review_pg_alone(struct review *review, const PgQuery__Node *statement)
{
	struct review_about about = { 0 };
	const char *refused = concurrent(statement);
	bool inside = review->session.transaction != 0;
	if (refused != NULL && inside)
		review_say(
		    review, REVIEW_CONCURRENT_IN_TX, &about, "%s in a transaction.", refused);
	switch ((int)statement->node_case) {
	case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
		if (inside)
			see_validation(review, statement->alter_table_stmt);
		break;
	case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
		see_truncate(review, statement->truncate_stmt);
		break;
	case PG_QUERY__NODE__NODE_REINDEX_STMT:
		see_reindex(review, statement->reindex_stmt);
		break;
	case PG_QUERY__NODE__NODE_DROPDB_STMT:
		about.object = statement->dropdb_stmt->dbname;
		review_say(review, REVIEW_DATABASE_DROPPED, &about, "Database %s is dropped.",
		    about.object);
		break;
	default:
		break;
	}
}
