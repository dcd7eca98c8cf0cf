/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/review_pg_int.h"

/* The locks of LOCK TABLE, as the parser counts them, are those of enum mig_lock. */
#define LOCK_MODE_MAX MIG_LOCK_ACCESS_EXCLUSIVE

void
review_pg_lock(struct review *review, const struct review_name *name, enum mig_lock lock,
    struct review_effect *effect)
{
	if (name->name == NULL || *name->name == '\0' || lock <= effect->lock)
		return;
	const struct review_thing *thing = review_thing(review, name);
	if (thing->made || thing->temporary)
		return;
	effect->object = *name;
	effect->lock = lock;
}

static void
lock_range(struct review *review, const PgQuery__RangeVar *range, enum mig_lock lock,
    struct review_effect *effect)
{
	struct review_name name = review_pg_range(range);
	review_pg_lock(review, &name, lock, effect);
}

/* As lock_range(), for what takes as long as the table is large. */
static void
lock_long(struct review *review, const PgQuery__RangeVar *range, enum mig_lock lock,
    struct review_effect *effect)
{
	struct review_name name = review_pg_range(range);
	effect->slow = name.name == NULL || !review_thing(review, &name)->made;
	review_pg_lock(review, &name, lock, effect);
}

/* The table is written again; why is what does it. */
static void
rewrite(struct review *review, const PgQuery__RangeVar *range, const char *why,
    struct review_effect *effect)
{
	struct review_name name = review_pg_range(range);
	if (name.name == NULL || review_thing(review, &name)->made)
		return;
	effect->written = name;
	effect->why = why;
	effect->slow = true;
	review_pg_lock(review, &name, MIG_LOCK_ACCESS_EXCLUSIVE, effect);
}

/* Foreign keys, in columns or beside them, hold off those who write the other table. */
static void
lock_referenced(struct review *review, PgQuery__Node *const *constraints, size_t count,
    struct review_effect *effect)
{
	for (size_t i = 0; i < count; i++)
		if (constraints[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
			lock_range(review, constraints[i]->constraint->pktable,
			    MIG_LOCK_SHARE_ROW_EXCLUSIVE, effect);
}

static void
create_table(struct review *review, const PgQuery__CreateStmt *create, struct review_effect *effect)
{
	struct review_name own = review_pg_range(create->relation);
	enum mig_lock parent =
	    create->partbound != NULL ? MIG_LOCK_ACCESS_EXCLUSIVE : MIG_LOCK_SHARE_UPDATE_EXCLUSIVE;
	/* It is the script's from here on: a foreign key of it to itself holds off nobody. */
	review_thing(review, &own)->made = true;
	for (size_t i = 0; i < create->n_inh_relations; i++)
		lock_range(review, create->inh_relations[i]->range_var, parent, effect);
	lock_referenced(review, create->table_elts, create->n_table_elts, effect);
	for (size_t i = 0; i < create->n_table_elts; i++) {
		const PgQuery__Node *element = create->table_elts[i];
		if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
			lock_referenced(review, element->column_def->constraints,
			    element->column_def->n_constraints, effect);
	}
}

bool
review_pg_option(PgQuery__Node *const *options, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		const PgQuery__DefElem *option = options[i]->def_elem;
		const char *value = option->arg != NULL ? sql_string(option->arg) : NULL;
		bool off =
		    value != NULL && (strcmp(value, "false") == 0 || strcmp(value, "off") == 0);
		if (strcmp(option->defname, name) == 0)
			return !off;
	}
	return false;
}

static void
vacuum(struct review *review, const PgQuery__VacuumStmt *statement, struct review_effect *effect)
{
	bool full = review_pg_option(statement->options, statement->n_options, "full");
	static const struct review_name all = { NULL, "every table" };
	if (full && statement->n_rels == 0) {
		effect->written = all;
		effect->object = all;
		effect->lock = MIG_LOCK_ACCESS_EXCLUSIVE;
		effect->why = "VACUUM FULL";
	}
	for (size_t i = 0; full && i < statement->n_rels; i++)
		rewrite(
		    review, statement->rels[i]->vacuum_relation->relation, "VACUUM FULL", effect);
}

/* What a DROP of one thing locks; things that belong to a table lock that. */
static enum mig_lock
drop_lock(const PgQuery__DropStmt *drop, size_t *ret_words)
{
	*ret_words = 0;
	switch ((int)drop->remove_type) {
	case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
		return drop->concurrent ? MIG_LOCK_SHARE_UPDATE_EXCLUSIVE :
		                          MIG_LOCK_ACCESS_EXCLUSIVE;
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
	case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
	case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
		return MIG_LOCK_ACCESS_EXCLUSIVE;
	case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
	case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
	case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
		*ret_words = 1;
		return MIG_LOCK_ACCESS_EXCLUSIVE;
	default:
		return MIG_LOCK_NONE;
	}
}

static void
drop(struct review *review, const PgQuery__DropStmt *statement, struct review_effect *effect)
{
	size_t own = 0;
	enum mig_lock lock = drop_lock(statement, &own);
	for (size_t i = 0; lock != MIG_LOCK_NONE && i < statement->n_objects; i++) {
		const PgQuery__Node *object = statement->objects[i];
		if (object->node_case != PG_QUERY__NODE__NODE_LIST || object->list->n_items <= own)
			continue;
		struct review_name name =
		    review_pg_list(object->list->items, object->list->n_items - own);
		review_pg_lock(review, &name, lock, effect);
	}
}

static void
rename_thing(
    struct review *review, const PgQuery__RenameStmt *statement, struct review_effect *effect)
{
	bool index = statement->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;
	bool attribute = statement->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE;
	if (!attribute)
		lock_range(review, statement->relation,
		    index ? MIG_LOCK_SHARE_UPDATE_EXCLUSIVE : MIG_LOCK_ACCESS_EXCLUSIVE, effect);
}

static void
reindex(struct review *review, const PgQuery__ReindexStmt *statement, struct review_effect *effect)
{
	bool concurrent = review_pg_option(statement->params, statement->n_params, "concurrently");
	lock_long(review, statement->relation,
	    concurrent ? MIG_LOCK_SHARE_UPDATE_EXCLUSIVE : MIG_LOCK_SHARE, effect);
}

static void
lock_tables(struct review *review, const PgQuery__LockStmt *statement, struct review_effect *effect)
{
	enum mig_lock lock = statement->mode > 0 && statement->mode <= (int)LOCK_MODE_MAX ?
	    (enum mig_lock)statement->mode :
	    MIG_LOCK_ACCESS_EXCLUSIVE;
	effect->patient = !statement->nowait;
	for (size_t i = 0; i < statement->n_relations; i++)
		lock_range(review, statement->relations[i]->range_var, lock, effect);
}

/* Statements about one table whose lock follows from their kind; false: not one of these. */
static bool
plain(struct review *review, const PgQuery__Node *node, struct review_effect *effect)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		lock_long(review, node->index_stmt->relation,
		    node->index_stmt->concurrent ? MIG_LOCK_SHARE_UPDATE_EXCLUSIVE : MIG_LOCK_SHARE,
		    effect);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
		lock_range(
		    review, node->create_trig_stmt->relation, MIG_LOCK_SHARE_ROW_EXCLUSIVE, effect);
		return true;
	case PG_QUERY__NODE__NODE_RULE_STMT:
		lock_range(review, node->rule_stmt->relation, MIG_LOCK_ACCESS_EXCLUSIVE, effect);
		return true;
	case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
		lock_range(
		    review, node->create_policy_stmt->table, MIG_LOCK_ACCESS_EXCLUSIVE, effect);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT:
		lock_range(
		    review, node->alter_policy_stmt->table, MIG_LOCK_ACCESS_EXCLUSIVE, effect);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
		lock_range(
		    review, node->alter_seq_stmt->sequence, MIG_LOCK_SHARE_ROW_EXCLUSIVE, effect);
		return true;
	case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
		lock_long(review, node->refresh_mat_view_stmt->relation,
		    node->refresh_mat_view_stmt->concurrent ? MIG_LOCK_SHARE_UPDATE_EXCLUSIVE :
		                                              MIG_LOCK_ACCESS_EXCLUSIVE,
		    effect);
		return true;
	case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
		lock_range(review, node->alter_object_schema_stmt->relation,
		    MIG_LOCK_ACCESS_EXCLUSIVE, effect);
		return true;
	case PG_QUERY__NODE__NODE_UPDATE_STMT:
		lock_long(review, node->update_stmt->relation, MIG_LOCK_ROW_EXCLUSIVE, effect);
		return true;
	case PG_QUERY__NODE__NODE_DELETE_STMT:
		lock_long(review, node->delete_stmt->relation, MIG_LOCK_ROW_EXCLUSIVE, effect);
		return true;
	default:
		return false;
	}
}

static void
other(struct review *review, const PgQuery__Node *node, struct review_effect *effect)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		create_table(review, node->create_stmt, effect);
		break;
	case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
		review_pg_alter(review, node->alter_table_stmt, effect);
		break;
	case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
		for (size_t i = 0; i < node->truncate_stmt->n_relations; i++)
			lock_range(review, node->truncate_stmt->relations[i]->range_var,
			    MIG_LOCK_ACCESS_EXCLUSIVE, effect);
		break;
	case PG_QUERY__NODE__NODE_LOCK_STMT:
		lock_tables(review, node->lock_stmt, effect);
		break;
	case PG_QUERY__NODE__NODE_DROP_STMT:
		drop(review, node->drop_stmt, effect);
		break;
	case PG_QUERY__NODE__NODE_RENAME_STMT:
		rename_thing(review, node->rename_stmt, effect);
		break;
	case PG_QUERY__NODE__NODE_REINDEX_STMT:
		reindex(review, node->reindex_stmt, effect);
		break;
	case PG_QUERY__NODE__NODE_VACUUM_STMT:
		vacuum(review, node->vacuum_stmt, effect);
		break;
	case PG_QUERY__NODE__NODE_CLUSTER_STMT:
		rewrite(review, node->cluster_stmt->relation, "CLUSTER", effect);
		break;
	default:
		break;
	}
}

struct review_effect
review_pg_effect(struct review *review, const PgQuery__Node *statement)
{
	struct review_effect effect = { .patient = true };
	if (!plain(review, statement, &effect))
		other(review, statement, &effect);
	return effect;
}

static bool
is_blocking(enum mig_lock lock)
{
	return lock >= MIG_LOCK_SHARE;
}

static void
say_waiting(struct review *review, const char *verb, const struct review_effect *effect)
{
	enum review_value value = review_setting(review, REVIEW_LOCK_TIMEOUT);
	struct review_about about = { .object = review_name_text(review, &effect->object),
		.has_hazard = true,
		.lock = effect->lock };
	if (value == REVIEW_ON || review->lock_told || !effect->patient)
		return;
	review->lock_told = true;
	review_say(review, REVIEW_NO_LOCK_TIMEOUT, &about,
	    "%s waits for its %s lock on %s as long as it takes: %s.", verb,
	    mig_lock_name(effect->lock), about.object,
	    value == REVIEW_OFF ? "lock_timeout is 0" : "no lock_timeout is set");
}

void
review_pg_hazards(
    struct review *review, const struct ddl_piece *piece, const struct review_effect *effect)
{
	const char *verb = review_pg_verb(review, piece);
	bool blocking = effect->object.name != NULL && is_blocking(effect->lock);
	bool timed = review_setting(review, REVIEW_STATEMENT_TIMEOUT) != REVIEW_UNSET;
	struct review_about about = { 0 };
	if (blocking)
		say_waiting(review, verb, effect);
	if ((blocking || effect->slow) && !timed && !review->time_told) {
		review->time_told = true;
		about.object = blocking ? review_name_text(review, &effect->object) : NULL;
		review_say(review, REVIEW_NO_STATEMENT_TIMEOUT, &about,
		    "%s may take as long as it takes: no statement_timeout is set.", verb);
	}
	if (effect->written.name != NULL) {
		about = (struct review_about){ .object = review_name_text(review, &effect->written),
			.has_hazard = true,
			.lock = effect->lock,
			.work = MIG_WORK_REWRITE };
		review_say(review, REVIEW_REWRITE, &about, "%s writes %s again.", effect->why,
		    about.object);
	}
	if (blocking && review->session.transaction != 0)
		review_thing(review, &effect->object)->locked = review->session.transaction;
}
