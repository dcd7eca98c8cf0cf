/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "source/live_postgresql_int.h"

enum constraint_value {
	CO_OID,
	CO_TABLE,
	CO_DOMAIN,
	CO_NAME,
	CO_TYPE,
	CO_DEFERRABLE,
	CO_DEFERRED,
	CO_VALIDATED,
	CO_NO_INHERIT,
	CO_INHERITED,
	CO_COLUMNS,
	CO_DEFINITION,
	CO_REF_SCHEMA,
	CO_REF_TABLE,
	CO_REF_COLUMNS,
	CO_MATCH,
	CO_ON_DELETE,
	CO_ON_UPDATE,
	CO_DELETE_COLUMNS,
	CO_METHOD,
	CO_OPTIONS,
	CO_NULLS,
	CO_INCLUDE
};

static enum mig_db_constraint_type
constraint_type(char type)
{
	if (type == 'p')
		return MIG_DB_PRIMARY_KEY;
	if (type == 'u')
		return MIG_DB_UNIQUE;
	if (type == 'f')
		return MIG_DB_FOREIGN_KEY;
	return type == 'x' ? MIG_DB_EXCLUSION : MIG_DB_CHECK;
}

static const char *
action(const char *value)
{
	switch (*value) {
	case 'r':
		return "RESTRICT";
	case 'c':
		return "CASCADE";
	case 'n':
		return "SET NULL";
	case 'd':
		return "SET DEFAULT";
	default:
		return "NO ACTION";
	}
}

/* The definition without what members of the struct say. */
static const char *
constraint_definition(struct live_pg *pg, const char *value)
{
	static const char *const ends[] = { " NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE",
		" NO INHERIT" };
	size_t len = value != NULL ? strlen(value) : 0;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);
		if (len > end && memcmp(value + len - end, ends[i], end) == 0)
			len -= end;
	}
	return value != NULL ? mig_arena_strndup(pg->live->arena, value, len) : NULL;
}

/* What stands in "CHECK (...)". */
static const char *
check_expression(struct live_pg *pg, const char *definition)
{
	static const char word[] = "CHECK (";
	size_t begin = sizeof(word) - 1;
	size_t len = definition != NULL ? strlen(definition) : 0;
	if (len <= begin)
		return NULL;
	return live_pg_expr(
	    pg, mig_arena_strndup(pg->live->arena, definition + begin, len - begin - 1));
}

static void
set_reference(struct live_pg *pg, struct mig_db_constraint *key, const char *const *values)
{
	key->ref_schema = live_pg_text(pg, values[CO_REF_SCHEMA]);
	key->ref_table = live_pg_text(pg, values[CO_REF_TABLE]);
	key->ref_columns = live_pg_array(pg, values[CO_REF_COLUMNS], &key->ref_columns_count);
	key->match = *values[CO_MATCH] == 'f' ? "FULL" : NULL;
	key->on_delete = action(values[CO_ON_DELETE]);
	key->on_update = action(values[CO_ON_UPDATE]);
	key->on_delete_columns = live_pg_columns(
	    pg, values[CO_TABLE], values[CO_DELETE_COLUMNS], &key->on_delete_columns_count);
}

static void
set_constraint(struct live_pg *pg, struct mig_db_constraint *constraint, const char *const *values)
{
	constraint->type = constraint_type(*values[CO_TYPE]);
	constraint->base.definition = constraint_definition(pg, values[CO_DEFINITION]);
	constraint->columns =
	    live_pg_columns(pg, values[CO_TABLE], values[CO_COLUMNS], &constraint->columns_count);
	constraint->deferrable = live_pg_bool(values[CO_DEFERRABLE]);
	constraint->initially_deferred = live_pg_bool(values[CO_DEFERRED]);
	constraint->not_valid = !live_pg_bool(values[CO_VALIDATED]);
	constraint->inherited = live_pg_bool(values[CO_INHERITED]);
	constraint->options = live_pg_text(pg, values[CO_OPTIONS]);
	constraint->nulls_not_distinct = live_pg_bool(values[CO_NULLS]);
	constraint->include =
	    live_pg_columns(pg, values[CO_TABLE], values[CO_INCLUDE], &constraint->include_count);
	if (constraint->type == MIG_DB_CHECK) {
		constraint->expression = check_expression(pg, constraint->base.definition);
		constraint->no_inherit = live_pg_bool(values[CO_NO_INHERIT]);
	} else if (constraint->type == MIG_DB_EXCLUSION) {
		constraint->index_method = live_pg_text(pg, values[CO_METHOD]);
	} else if (constraint->type == MIG_DB_FOREIGN_KEY) {
		set_reference(pg, constraint, values);
	}
}

static int
constraint_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_object *parent = live_pg_find_own(pg->map, PG_CLASS, values[CO_TABLE], 0);
	if (parent == NULL)
		parent = live_pg_find_own(pg->map, PG_TYPE, values[CO_DOMAIN], 0);
	if (parent == NULL || (parent->kind != MIG_DB_TABLE && parent->kind != MIG_DB_DOMAIN))
		return MIG_OK;
	struct mig_db_constraint *constraint =
	    live_pg_make_part(pg, MIG_DB_CONSTRAINT, parent, values[CO_NAME]);
	if (constraint != NULL)
		set_constraint(pg, constraint, values);
	live_pg_remember(pg->map, PG_CONSTRAINT, values[CO_OID], (void *)constraint);
	return live_pg_put(pg, constraint);
}

enum index_value {
	IX_OID,
	IX_TABLE,
	IX_NAME,
	IX_METHOD,
	IX_KEYS,
	IX_EXPRS,
	IX_PREDICATE,
	IX_UNIQUE,
	IX_NULLS,
	IX_VALID,
	IX_CLUSTERED,
	IX_REPLICA,
	IX_INHERITED,
	IX_DEFINITION
};

/* Columns by their names, expressions by their texts. */
static void
set_index_columns(struct live_pg *pg, struct mig_db_index *index, const char *const *values)
{
	size_t keys_count = 0;
	size_t count = 0;
	const char *const *keys = live_pg_array(pg, values[IX_KEYS], &keys_count);
	const char *const *texts = live_pg_array(pg, values[IX_EXPRS], &count);
	const char **columns = mig_arena_array(pg->live->arena, count, sizeof(*columns));
	if (columns == NULL || keys_count < count)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *column = live_pg_find_own(
		    pg->map, PG_CLASS, values[IX_TABLE], (int)live_pg_int(keys[i]));
		bool plain = strcmp(keys[i], "0") != 0 && column != NULL;
		columns[i] = plain ? column->name : live_pg_expr(pg, texts[i]);
		index->expressions = index->expressions || !plain;
	}
	index->columns = columns;
	index->columns_count = count;
}

static int
index_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_object *table = live_pg_find_own(pg->map, PG_CLASS, values[IX_TABLE], 0);
	if (table == NULL)
		return MIG_OK;
	struct mig_db_index *index = live_pg_make_part(pg, MIG_DB_INDEX, table, values[IX_NAME]);
	if (index == NULL)
		return live_pg_put(pg, NULL);
	index->base.definition = live_pg_statement(pg, values[IX_DEFINITION]);
	index->method = live_pg_text(pg, values[IX_METHOD]);
	set_index_columns(pg, index, values);
	index->predicate = live_pg_expr(pg, values[IX_PREDICATE]);
	index->unique = live_pg_bool(values[IX_UNIQUE]);
	index->nulls_not_distinct = live_pg_bool(values[IX_NULLS]);
	index->valid = live_pg_bool(values[IX_VALID]);
	index->clustered = live_pg_bool(values[IX_CLUSTERED]);
	index->replica_identity = live_pg_bool(values[IX_REPLICA]);
	index->inherited = live_pg_bool(values[IX_INHERITED]);
	live_pg_remember(pg->map, PG_CLASS, values[IX_OID], &index->base);
	return live_pg_put(pg, index);
}

enum trigger_value {
	TR_OID,
	TR_TABLE,
	TR_NAME,
	TR_DEFINITION,
	TR_ENABLED,
	TR_CONSTRAINT,
	TR_INHERITED
};

/* Triggers, policies and rules have one struct. */
static int
add_trigger(struct live_pg *pg, enum mig_db_kind kind, int catalog, const char *const *values)
{
	struct mig_db_object *table = live_pg_find_own(pg->map, PG_CLASS, values[TR_TABLE], 0);
	if (table == NULL)
		return MIG_OK;
	struct mig_db_trigger *trigger = live_pg_make_part(pg, kind, table, values[TR_NAME]);
	if (trigger == NULL)
		return live_pg_put(pg, NULL);
	trigger->base.definition = live_pg_statement(pg, values[TR_DEFINITION]);
	trigger->enabled = *values[TR_ENABLED];
	trigger->constraint = live_pg_bool(values[TR_CONSTRAINT]);
	trigger->inherited = live_pg_bool(values[TR_INHERITED]);
	live_pg_remember(pg->map, catalog, values[TR_OID], &trigger->base);
	return live_pg_put(pg, trigger);
}

static int
trigger_row(struct live_pg *pg, const char *const *values)
{
	return add_trigger(pg, MIG_DB_TRIGGER, PG_TRIGGER, values);
}

static int
policy_row(struct live_pg *pg, const char *const *values)
{
	return add_trigger(pg, MIG_DB_POLICY, PG_POLICY, values);
}

/* What makes a view a view is the view itself. */
static int
rule_row(struct live_pg *pg, const char *const *values)
{
	if (strcmp(values[TR_NAME], "_RETURN") != 0)
		return add_trigger(pg, MIG_DB_RULE, PG_REWRITE, values);
	struct mig_db_object *view = live_pg_find_own(pg->map, PG_CLASS, values[TR_TABLE], 0);
	live_pg_alias(pg->map, PG_REWRITE, values[TR_OID], view);
	return MIG_OK;
}

static const struct live_pg_query queries[] = {
	/* Of a foreign key to a partitioned table there are more, for each partition of it. */
	{ "constraints",
	    "SELECT co.oid, co.conrelid, co.contypid, co.conname, co.contype, co.condeferrable,"
	    " co.condeferred, co.convalidated, co.connoinherit,"
	    " NOT co.conislocal OR co.conparentid <> 0, co.conkey,"
	    " pg_get_constraintdef(co.oid),"
	    " rn.nspname, r.relname,"
	    " CASE WHEN co.contype = 'f' THEN ARRAY(SELECT a.attname::text"
	    " FROM unnest(co.confkey) WITH ORDINALITY AS k(number, place)"
	    " JOIN pg_attribute a ON a.attrelid = co.confrelid AND a.attnum = k.number"
	    " ORDER BY k.place) END,"
	    " co.confmatchtype, co.confdeltype, co.confupdtype, $DELETE_COLUMNS, m.amname,"
	    " (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM unnest(x.reloptions) o),"
	    " $NULLS_NOT_DISTINCT,"
	    " CASE WHEN i.indnatts > i.indnkeyatts"
	    " THEN (i.indkey::int2[])[i.indnkeyatts : i.indnatts] END"
	    " FROM pg_constraint co LEFT JOIN pg_class r ON r.oid = co.confrelid"
	    " LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace"
	    " LEFT JOIN pg_index i ON i.indexrelid = co.conindid AND co.contype IN ('p', 'u', 'x')"
	    " LEFT JOIN pg_class x ON x.oid = i.indexrelid"
	    " LEFT JOIN pg_am m ON m.oid = x.relam"
	    " WHERE co.contype IN ('c', 'f', 'p', 'u', 'x') AND co.connamespace = ANY ($1)"
	    " AND NOT EXISTS (SELECT FROM pg_constraint p"
	    " WHERE p.oid = co.conparentid AND p.conrelid = co.conrelid AND p.contype = 'f')"
	    " ORDER BY co.conrelid, co.contypid, co.contype <> 'p', co.conname",
	    constraint_row },
	/* The definition begins behind the name of the table. */
	{ "indexes",
	    "SELECT i.indexrelid, i.indrelid, x.relname, m.amname, (i.indkey::int2[])[0:31],"
	    " ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true)"
	    " FROM generate_series(1, i.indnkeyatts) AS k ORDER BY k),"
	    " pg_get_expr(i.indpred, i.indrelid), i.indisunique, $NULLS_NOT_DISTINCT,"
	    " i.indisvalid, i.indisclustered, i.indisreplident, x.relispartition,"
	    " substr(pg_get_indexdef(i.indexrelid), length(concat('CREATE ',"
	    " CASE WHEN i.indisunique THEN 'UNIQUE ' END, 'INDEX ', quote_ident(x.relname), ' ON ',"
	    " CASE WHEN x.relkind = 'I' THEN 'ONLY ' END, quote_ident(n.nspname), '.',"
	    " quote_ident(c.relname), ' ')) + 1)"
	    " FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
	    " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " JOIN pg_am m ON m.oid = x.relam"
	    " WHERE c.relkind IN ('r', 'p', 'm') AND n.oid = ANY ($1)"
	    " AND NOT EXISTS (SELECT FROM pg_constraint co WHERE co.conindid = i.indexrelid"
	    " AND co.contype IN ('p', 'u', 'x')) ORDER BY i.indrelid, x.relname",
	    index_row },
	{ "triggers",
	    "SELECT t.oid, t.tgrelid, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled,"
	    " t.tgconstraint <> 0, $TRIGGER_PARENT"
	    " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
	    " WHERE NOT t.tgisinternal AND c.relnamespace = ANY ($1)"
	    " ORDER BY t.tgrelid, t.tgname",
	    trigger_row },
	{ "policies",
	    "SELECT p.oid, p.polrelid, p.polname, concat('CREATE POLICY ', quote_ident(p.polname),"
	    " ' ON ', quote_ident(n.nspname), '.', quote_ident(c.relname),"
	    " CASE WHEN NOT p.polpermissive THEN ' AS RESTRICTIVE' END,"
	    " CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT'"
	    " WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' END,"
	    " (SELECT ' TO ' || string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname)"
	    " FROM pg_roles r WHERE r.oid = ANY (p.polroles)),"
	    " ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',"
	    " ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'), 'O', false, false"
	    " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE n.oid = ANY ($1) ORDER BY p.polrelid, p.polname",
	    policy_row },
	{ "rules",
	    "SELECT r.oid, r.ev_class, r.rulename,"
	    " CASE WHEN r.rulename <> '_RETURN' THEN pg_get_ruledef(r.oid) END, r.ev_enabled,"
	    " false, false"
	    " FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
	    " WHERE c.relnamespace = ANY ($1) ORDER BY r.ev_class, r.rulename",
	    rule_row },
};

int
live_pg_read_parts(struct live_pg *pg)
{
	return live_pg_all(pg, queries, sizeof(queries) / sizeof(queries[0]));
}
