/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/review_pg_int.h"

/* What keeps a statement from being run again. */
struct obstacle {
	const char *what;    /* "CREATE TABLE" */
	const char *missing; /* "IF NOT EXISTS" */
	const char *object;  /* its name; NULL or "": none */
	bool half;           /* a failure leaves a half of it: even alone it cannot be run again */
};

/* What DROP … IF EXISTS has named before can be made again and again. */
static bool
was_dropped(struct review *review, const char *name)
{
	return name != NULL && *name != '\0' &&
	    review_part(review, &(struct review_name){ "\n", "" }, name)->dropped;
}

static struct obstacle
make(const char *what, const char *missing, const char *object, bool fine)
{
	return (struct obstacle){ fine ? NULL : what, missing, object, false };
}

static const char *
range_name(const PgQuery__RangeVar *range)
{
	return range != NULL ? range->relname : NULL;
}

static bool
is_temporary(const PgQuery__RangeVar *range)
{
	return range != NULL && strcmp(range->relpersistence, "t") == 0;
}

static struct obstacle
constraint(
    struct review *review, const struct review_name *table, const PgQuery__AlterTableCmd *command)
{
	const char *name = command->def->constraint->conname;
	bool dropped = *name != '\0' && review_part(review, table, name)->dropped;
	return make("ADD CONSTRAINT", "DROP CONSTRAINT IF EXISTS before it", name, dropped);
}

/* The first action that cannot be done twice. */
static struct obstacle
alter_table(struct review *review, const PgQuery__AlterTableStmt *alter)
{
	struct review_name table = review_pg_range(alter->relation);
	struct obstacle found = { NULL, NULL, NULL, false };
	for (size_t i = 0; i < alter->n_cmds && found.what == NULL; i++) {
		const PgQuery__AlterTableCmd *command = alter->cmds[i]->alter_table_cmd;
		switch ((int)command->subtype) {
		case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
			found = make("ADD COLUMN", "IF NOT EXISTS",
			    command->def->column_def->colname, command->missing_ok);
			break;
		case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
			found =
			    make("DROP COLUMN", "IF EXISTS", command->name, command->missing_ok);
			break;
		case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
			found = make(
			    "DROP CONSTRAINT", "IF EXISTS", command->name, command->missing_ok);
			break;
		case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
			found = constraint(review, &table, command);
			break;
		default:
			break;
		}
	}
	return found;
}

static struct obstacle
create_relation(const PgQuery__Node *node)
{
	const PgQuery__RangeVar *range = NULL;
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		range = node->create_stmt->relation;
		return make("CREATE TABLE", "IF NOT EXISTS", range->relname,
		    node->create_stmt->if_not_exists || is_temporary(range));
	case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
		range = node->create_table_as_stmt->into->rel;
		return make("CREATE ... AS", "IF NOT EXISTS", range_name(range),
		    node->create_table_as_stmt->if_not_exists || is_temporary(range));
	case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
		range = node->create_seq_stmt->sequence;
		return make("CREATE SEQUENCE", "IF NOT EXISTS", range_name(range),
		    node->create_seq_stmt->if_not_exists || is_temporary(range));
	case PG_QUERY__NODE__NODE_VIEW_STMT:
		range = node->view_stmt->view;
		return make("CREATE VIEW", "OR REPLACE", range_name(range),
		    node->view_stmt->replace || is_temporary(range));
	case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
		return make("CREATE SCHEMA", "IF NOT EXISTS", node->create_schema_stmt->schemaname,
		    node->create_schema_stmt->if_not_exists);
	case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
		return make("CREATE EXTENSION", "IF NOT EXISTS",
		    node->create_extension_stmt->extname,
		    node->create_extension_stmt->if_not_exists);
	default:
		return make(NULL, NULL, NULL, true);
	}
}

static struct obstacle
create_other(const PgQuery__Node *node)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
		return make("CREATE FUNCTION", "OR REPLACE",
		    sql_last(node->create_function_stmt->funcname,
		        node->create_function_stmt->n_funcname),
		    node->create_function_stmt->replace);
	case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
		return make("CREATE TRIGGER", "OR REPLACE", node->create_trig_stmt->trigname,
		    node->create_trig_stmt->replace);
	case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
		return make("CREATE POLICY", "DROP POLICY IF EXISTS before it",
		    node->create_policy_stmt->policy_name, false);
	case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
		return make("CREATE TYPE", "a DO block that looks first",
		    sql_last(
		        node->create_enum_stmt->type_name, node->create_enum_stmt->n_type_name),
		    false);
	case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
		return make("CREATE TYPE", "a DO block that looks first",
		    range_name(node->composite_type_stmt->typevar), false);
	case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
		return make("CREATE DOMAIN", "a DO block that looks first",
		    sql_last(node->create_domain_stmt->domainname,
		        node->create_domain_stmt->n_domainname),
		    false);
	case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
		return make("ADD VALUE", "IF NOT EXISTS", node->alter_enum_stmt->new_val,
		    node->alter_enum_stmt->skip_if_new_val_exists ||
		        *node->alter_enum_stmt->old_val != '\0');
	default:
		return create_relation(node);
	}
}

/* An index that was built halfway is there, and invalid. */
static struct obstacle
create_index(const PgQuery__IndexStmt *index)
{
	struct obstacle found = make("CREATE INDEX",
	    *index->idxname != '\0' ? "IF NOT EXISTS" : "a name and IF NOT EXISTS", index->idxname,
	    index->if_not_exists);
	found.half = index->concurrent;
	return found;
}

static struct obstacle
obstacle_of(struct review *review, const PgQuery__Node *node)
{
	struct obstacle found = { NULL, NULL, NULL, false };
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
		return alter_table(review, node->alter_table_stmt);
	case PG_QUERY__NODE__NODE_DROP_STMT:
		found = make("DROP", "IF EXISTS", NULL, node->drop_stmt->missing_ok);
		found.half = node->drop_stmt->concurrent;
		return found;
	case PG_QUERY__NODE__NODE_RENAME_STMT:
		return make("RENAME", "a DO block that looks first", node->rename_stmt->newname,
		    node->rename_stmt->missing_ok);
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		found = create_index(node->index_stmt);
		break;
	default:
		found = create_other(node);
		break;
	}
	if (found.what != NULL && was_dropped(review, found.object))
		found.what = NULL;
	return found;
}

void
review_pg_rerun(struct review *review, const PgQuery__Node *statement)
{
	struct review_about about = { 0 };
	if (review->session.transaction != 0)
		return;
	struct obstacle found = obstacle_of(review, statement);
	/* The last statement is done or not done, and with it the script. */
	if (found.what == NULL || (review->left == 0 && !found.half))
		return;
	bool named = found.object != NULL && *found.object != '\0';
	about.object = named ? found.object : NULL;
	review_say(review, REVIEW_NOT_RERUNNABLE, &about,
	    "%s%s%s without %s, outside of a transaction.", found.what, named ? " " : "",
	    named ? found.object : "", found.missing);
}
