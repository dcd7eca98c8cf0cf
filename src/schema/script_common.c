/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"

/* What the statements call a kind. */
static const struct {
	const char *word;  /* COMMENT ON, DROP, ALTER … OWNER */
	const char *grant; /* GRANT … ON; NULL: there are no rights on it */
	bool owned;
} kind_words[MIG_DB_KINDS] = {
	[MIG_DB_EXTENSION] = { "EXTENSION", NULL, false },
	[MIG_DB_NAMESPACE] = { "SCHEMA", "SCHEMA", true },
	[MIG_DB_ENUM] = { "TYPE", "TYPE", true },
	[MIG_DB_DOMAIN] = { "DOMAIN", "DOMAIN", true },
	[MIG_DB_COMPOSITE] = { "TYPE", "TYPE", true },
	[MIG_DB_RANGE_TYPE] = { "TYPE", "TYPE", true },
	[MIG_DB_COLLATION] = { "COLLATION", NULL, true },
	[MIG_DB_SEQUENCE] = { "SEQUENCE", "SEQUENCE", true },
	[MIG_DB_ROUTINE] = { "FUNCTION", "FUNCTION", true },
	[MIG_DB_TABLE] = { "TABLE", "TABLE", true },
	[MIG_DB_VIEW] = { "VIEW", "TABLE", true },
	[MIG_DB_MATVIEW] = { "MATERIALIZED VIEW", "TABLE", true },
	[MIG_DB_STATISTICS] = { "STATISTICS", NULL, true },
	[MIG_DB_OTHER] = { NULL, NULL, false },
	[MIG_DB_COLUMN] = { "COLUMN", NULL, false },
	[MIG_DB_CONSTRAINT] = { "CONSTRAINT", NULL, false },
	[MIG_DB_INDEX] = { "INDEX", NULL, false },
	[MIG_DB_TRIGGER] = { "TRIGGER", NULL, false },
	[MIG_DB_POLICY] = { "POLICY", NULL, false },
	[MIG_DB_RULE] = { "RULE", NULL, false },
};

static const char *
word_of(const struct mig_db_object *object)
{
	if (object->kind != MIG_DB_ROUTINE)
		return kind_words[object->kind].word;
	const struct mig_db_routine *routine = mig_db_as_routine(object);
	if (routine->aggregate)
		return "AGGREGATE";
	return routine->procedure ? "PROCEDURE" : "FUNCTION";
}

static const char *
grant_word(const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_ROUTINE && mig_db_as_routine(object)->procedure)
		return "PROCEDURE";
	return kind_words[object->kind].grant;
}

/* "cast (a AS b)", "event trigger e": the kind stands in the name of such things. */
static void
put_other(struct mig_sql *sql, const struct mig_db_object *object)
{
	static const char *const words[] = { "event trigger ", "publication ", "subscription ",
		"cast ", "operator ", "server ", "foreign data wrapper ", "language ",
		"text search configuration ", "text search dictionary " };
	const char *text = object->name;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		size_t len = strlen(words[i]);
		if (strncmp(text, words[i], len) != 0)
			continue;
		mig_sql_put(sql, "%s", words[i]);
		bool whole = words[i][0] == 'c' || words[i][0] == 'o';
		if (object->schema != NULL)
			mig_sql_put(sql, "%n.", object->schema);
		mig_sql_put(sql, whole ? "%s" : "%n", text + len);
		return;
	}
	mig_sql_put(sql, "%s", text);
}

void
mig_pg_put_target(struct mig_sql *sql, const struct mig_db_object *object)
{
	const char *word = word_of(object);
	if (word == NULL) {
		put_other(sql, object);
		return;
	}
	mig_sql_put(sql, "%s ", word);
	if (object->parent == NULL) {
		mig_sql_put(sql, "%t", object);
	} else if (object->kind == MIG_DB_COLUMN) {
		mig_sql_put(sql, "%t.%c", object->parent, object);
	} else if (object->kind == MIG_DB_INDEX) {
		mig_sql_put(sql, "%p", object);
	} else {
		const char *name = object->name;
		if (object->kind == MIG_DB_CONSTRAINT)
			name = mig_pg_constraint_name(sql->script, mig_db_as_constraint(object));
		mig_sql_put(sql, "%n ON %s%t", name,
		    object->parent->kind == MIG_DB_DOMAIN ? "DOMAIN " : "", object->parent);
	}
}

static void
put_comment(struct mig_sql *sql, const struct mig_db_object *object)
{
	mig_sql_put(sql, "COMMENT ON ");
	mig_pg_put_target(sql, object);
	if (object->extra->comment != NULL)
		mig_sql_put(sql, " IS %l;\n", object->extra->comment);
	else
		mig_sql_put(sql, " IS NULL;\n");
}

static void
put_owner(struct mig_sql *sql, const struct mig_db_object *object)
{
	bool owned = kind_words[object->kind].owned ||
	    (object->kind == MIG_DB_OTHER && strncmp(object->name, "cast ", 5) != 0);
	if (object->extra->owner == NULL || !owned)
		return;
	mig_sql_put(sql, "ALTER ");
	mig_pg_put_target(sql, object);
	mig_sql_put(sql, " OWNER TO %n;\n", object->extra->owner);
}

/* One right, given or taken. */
static void
put_grant(struct mig_sql *sql, const struct mig_db_object *object, const struct mig_db_grant *grant,
    bool give)
{
	const struct mig_db_object *whole = object->kind == MIG_DB_COLUMN ? object->parent : object;
	const char *word = grant_word(whole);
	give = give != grant->denied;
	const struct mig_db_object *column = object->kind == MIG_DB_COLUMN ? object : NULL;
	if (word == NULL)
		return;
	if (column == NULL && grant->column != NULL)
		column = mig_db_find_part(whole, MIG_DB_COLUMN, grant->column);
	mig_sql_put(sql, "%s %s", give ? "GRANT" : "REVOKE", grant->privilege);
	if (column != NULL)
		mig_sql_put(sql, " (%c)", column);
	else if (grant->column != NULL)
		mig_sql_put(sql, " (%n)", grant->column);
	mig_sql_put(sql, " ON %s %t %s ", word, whole, give ? "TO" : "FROM");
	if (strcmp(grant->role, "PUBLIC") == 0)
		mig_sql_put(sql, "PUBLIC");
	else
		mig_sql_put(sql, "%n", grant->role);
	mig_sql_put(sql, "%s;\n", give && grant->with_grant_option ? " WITH GRANT OPTION" : "");
}

/* The owner who gives a thing away; NULL: nobody does. */
static const char *
seller(const struct mig_db_object *from, const struct mig_db_object *to)
{
	bool sold = from->extra->owner != NULL && to->extra->owner != NULL &&
	    strcmp(from->extra->owner, to->extra->owner) != 0;
	return sold ? from->extra->owner : NULL;
}

/*
 * Whether a right of one side's thing is one of the other's, and nothing has to be said.  The
 * server hands what the old owner has to the new one: that is to be taken and given again.
 */
static bool
right_stays(const struct mig_sql *sql, const struct mig_db_grant *grant,
    const struct mig_db_object *thing, const struct mig_db_object *other, const char *owner)
{
	return mig_db_has_grant(sql->script->diff, other, grant, thing) &&
	    !mig_db_same(grant->role, owner);
}

static void
put_revokes(struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	for (uint32_t i = 0; i < from->extra->grants_count; i++)
		if (!right_stays(sql, &from->extra->grants[i], from, to, seller(from, to)))
			put_grant(sql, from, &from->extra->grants[i], false);
}

static void
put_grants(struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	for (uint32_t i = 0; i < to->extra->grants_count; i++)
		if (!right_stays(sql, &to->extra->grants[i], to, from, seller(from, to)))
			put_grant(sql, to, &to->extra->grants[i], true);
}

void
mig_pg_belongings(struct mig_sql *sql, const struct mig_db_object *object)
{
	put_owner(sql, object);
	if (object->extra->comment != NULL)
		put_comment(sql, object);
	for (uint32_t i = 0; i < object->extra->grants_count; i++)
		put_grant(sql, object, &object->extra->grants[i], true);
}

void
mig_pg_column_rights(struct mig_sql *sql, const struct mig_db_object *column)
{
	const struct mig_db_object *table = column->parent;
	for (uint32_t i = 0; i < table->extra->grants_count; i++)
		if (mig_db_same(table->extra->grants[i].column, column->name))
			put_grant(sql, table, &table->extra->grants[i], true);
}

void
mig_pg_alter_common(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, unsigned aspects)
{
	/* An owner has all rights of his own: what a role had before it must go first. */
	bool rights = (aspects & (MIG_DB_GRANTS | MIG_DB_OWNER)) != 0;
	if (rights)
		put_revokes(sql, from, to);
	if ((aspects & MIG_DB_OWNER) != 0)
		put_owner(sql, to);
	if ((aspects & MIG_DB_COMMENT) != 0)
		put_comment(sql, to);
	if (rights)
		put_grants(sql, from, to);
}

/* Whether nothing is taken away: every right of the older side is one of the newer. */
static bool
only_gives(const struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_object *a = op->before;
	const struct mig_db_object *b = op->after;
	for (uint32_t i = 0; i < a->extra->grants_count; i++)
		if (!mig_db_has_grant(script->diff, b, &a->extra->grants[i], a))
			return false;
	for (uint32_t i = 0; i < b->extra->grants_count; i++)
		if (b->extra->grants[i].denied &&
		    !mig_db_has_grant(script->diff, a, &b->extra->grants[i], b))
			return false;
	return true;
}

void
mig_pg_common_steps(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	if ((aspects & MIG_DB_COMMENT) != 0) {
		struct mig_script_step *step = mig_pg_alter_step(
		    script, MIG_SCRIPT_EXPAND, op, MIG_DB_COMMENT, "change comment of");
		step->up.lock = op->kind == MIG_DB_TABLE || op->kind == MIG_DB_COLUMN ?
		    MIG_LOCK_SHARE_UPDATE_EXCLUSIVE :
		    MIG_LOCK_NONE;
	}
	unsigned rights = aspects & (MIG_DB_OWNER | MIG_DB_GRANTS);
	bool more = rights == MIG_DB_GRANTS && only_gives(script, op);
	if (rights != 0) {
		struct mig_script_step *step =
		    mig_pg_alter_step(script, more ? MIG_SCRIPT_EXPAND : MIG_SCRIPT_CONTRACT, op,
		        rights, rights == MIG_DB_GRANTS ? "change rights on" : "change owner of");
		step->grants = (rights & MIG_DB_GRANTS) != 0;
		bool locks = (rights & MIG_DB_OWNER) != 0 && op->kind == MIG_DB_TABLE;
		step->rank = locks ? 350 : step->rank;
		step->up.lock = locks ? MIG_LOCK_ACCESS_EXCLUSIVE : MIG_LOCK_NONE;
	}
}

struct mig_script_step *
mig_pg_alter_step(struct mig_script *script, enum mig_script_phase phase,
    const struct mig_db_op *op, unsigned aspects, const char *what)
{
	struct mig_script_step *step = mig_step_new(script, phase, op->before, op->after);
	step->side = true;
	mig_step_name(script, step, what, op->after);
	mig_pg_alter(&step->up, op->before, op->after, aspects);
	mig_pg_alter(&step->down, op->after, op->before, aspects);
	return step;
}

struct mig_script_step *
mig_pg_make_step(
    struct mig_script *script, enum mig_script_phase phase, const struct mig_db_object *object)
{
	struct mig_script_step *step = mig_step_new(script, phase, NULL, object);
	mig_step_name(script, step, "add", object);
	mig_step_validate(script, step, object, true);
	mig_pg_create(&step->up, object);
	mig_pg_drop(&step->down, object);
	return step;
}

struct mig_script_step *
mig_pg_drop_step(struct mig_script *script, const struct mig_db_object *object)
{
	struct mig_script_step *step = mig_step_new(script, MIG_SCRIPT_CONTRACT, object, NULL);
	mig_step_name(script, step, "drop", object);
	mig_step_validate(script, step, object, false);
	mig_pg_drop(&step->up, object);
	mig_pg_create(&step->down, object);
	return step;
}
