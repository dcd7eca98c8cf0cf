/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

#define PRIVILEGES_MAX 16

/* What ALL is. */
static const struct {
	PgQuery__ObjectType type;
	const char *privileges[8];
} all[] = {
	{ PG_QUERY__OBJECT_TYPE__OBJECT_TABLE,
	    { "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER" } },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE, { "SELECT", "UPDATE", "USAGE" } },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION, { "EXECUTE" } },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE, { "EXECUTE" } },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE, { "EXECUTE" } },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA, { "CREATE", "USAGE" } },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_TYPE, { "USAGE" } },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN, { "USAGE" } },
};

/* One right that is given or taken. */
struct right {
	const char *role;
	const char *privilege;
	const char *column;
	bool option;      /* with grant option */
	bool option_only; /* REVOKE GRANT OPTION FOR */
};

static bool
is_right(const struct mig_db_grant *grant, const struct right *right)
{
	return strcmp(grant->role, right->role) == 0 &&
	    strcmp(grant->privilege, right->privilege) == 0 &&
	    mig_db_same(grant->column, right->column);
}

static void
give(struct ddl *ddl, struct mig_db_object *object, const struct right *right)
{
	struct mig_db_extra *extra = mig_db_extra(ddl->db, object);
	uint32_t count = extra != NULL ? extra->grants_count : 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!is_right(&extra->grants[i], right))
			continue;
		extra->grants[i].with_grant_option |= right->option;
		return;
	}
	struct mig_db_grant *grown = mig_arena_array(ddl->arena, (size_t)count + 1, sizeof(*grown));
	if (extra == NULL || grown == NULL)
		return;
	if (count > 0)
		memcpy(grown, extra->grants, count * sizeof(*grown));
	grown[count] = (struct mig_db_grant){ .role = mig_arena_strdup(ddl->arena, right->role),
		.privilege = mig_arena_strdup(ddl->arena, right->privilege),
		.column = mig_arena_strdup(ddl->arena, right->column),
		.with_grant_option = right->option };
	extra->grants = grown;
	extra->grants_count = count + 1;
}

/* What is taken on the whole is taken on its columns too. */
static void
take(struct ddl *ddl, struct mig_db_object *object, const struct right *right)
{
	struct mig_db_extra *extra = mig_db_extra(ddl->db, object);
	uint32_t kept = 0;
	for (uint32_t i = 0; extra != NULL && i < extra->grants_count; i++) {
		struct mig_db_grant *grant = &extra->grants[i];
		struct right whole = *right;
		if (right->column == NULL)
			whole.column = grant->column;
		if (is_right(grant, &whole) && !right->option_only)
			continue;
		if (is_right(grant, &whole))
			grant->with_grant_option = false;
		extra->grants[kept++] = *grant;
	}
	if (extra != NULL)
		extra->grants_count = kept;
}

/* What PUBLIC may do with a thing without being told; NULL. */
static const char *
free_right(const struct mig_db_object *object)
{
	bool type = object->kind == MIG_DB_ENUM || object->kind == MIG_DB_DOMAIN ||
	    object->kind == MIG_DB_COMPOSITE || object->kind == MIG_DB_RANGE_TYPE;
	if (object->kind == MIG_DB_ROUTINE)
		return "EXECUTE";
	return type ? "USAGE" : NULL;
}

/* Of such a right the model has only that it is not there. */
static void
change_free(struct ddl *ddl, struct mig_db_object *object, const struct right *right, bool grant)
{
	if (right->option_only)
		return;
	if (grant) {
		take(ddl, object, right);
		return;
	}
	give(ddl, object, right);
	for (uint32_t i = 0; i < object->extra->grants_count; i++)
		if (is_right(&object->extra->grants[i], right))
			object->extra->grants[i].denied = true;
}

static void
change(struct ddl *ddl, struct mig_db_object *object, const PgQuery__GrantStmt *statement,
    struct right *right)
{
	right->option = statement->grant_option;
	right->option_only = !statement->is_grant && statement->grant_option;
	/* An owner's own rights are not in the model. */
	if (right->role == NULL || mig_db_same(right->role, object->extra->owner))
		return;
	if (strcmp(right->role, "PUBLIC") == 0 && mig_db_same(right->privilege, free_right(object)))
		change_free(ddl, object, right, statement->is_grant);
	else if (statement->is_grant)
		give(ddl, object, right);
	else
		take(ddl, object, right);
}

static const char *
upper(struct ddl *ddl, const char *word)
{
	char *copy = mig_arena_strdup(ddl->scratch, word);
	for (char *at = copy; at != NULL && *at != '\0'; at++)
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	return copy;
}

static PgQuery__ObjectType
type_of(const struct mig_db_object *object, PgQuery__ObjectType said)
{
	if (object->kind == MIG_DB_SEQUENCE)
		return PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE;
	return said;
}

static void
change_all(struct ddl *ddl, struct mig_db_object *object, const PgQuery__GrantStmt *statement,
    const char *role, const PgQuery__AccessPriv *given)
{
	struct right right = { .role = role };
	PgQuery__ObjectType type = type_of(object, statement->objtype);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].type != type)
			continue;
		for (size_t p = 0; all[i].privileges[p] != NULL; p++) {
			right.privilege = all[i].privileges[p];
			right.column = NULL;
			if (given == NULL || given->n_cols == 0)
				change(ddl, object, statement, &right);
			for (size_t c = 0; given != NULL && c < given->n_cols && p < 3; c++) {
				right.column = sql_string(given->cols[c]);
				change(ddl, object, statement, &right);
			}
		}
	}
}

static void
change_role(struct ddl *ddl, struct mig_db_object *object, const PgQuery__GrantStmt *statement,
    const char *role)
{
	if (statement->n_privileges == 0)
		change_all(ddl, object, statement, role, NULL);
	for (size_t i = 0; i < statement->n_privileges; i++) {
		const PgQuery__AccessPriv *given = statement->privileges[i]->access_priv;
		struct right right = { .role = role };
		if (*given->priv_name == '\0') {
			change_all(ddl, object, statement, role, given);
			continue;
		}
		right.privilege = upper(ddl, given->priv_name);
		if (right.privilege == NULL)
			return;
		if (given->n_cols == 0)
			change(ddl, object, statement, &right);
		for (size_t c = 0; c < given->n_cols; c++) {
			right.column = sql_string(given->cols[c]);
			change(ddl, object, statement, &right);
		}
	}
}

static void
change_object(struct ddl *ddl, struct mig_db_object *object, const PgQuery__GrantStmt *statement)
{
	for (size_t i = 0; i < statement->n_grantees; i++)
		change_role(
		    ddl, object, statement, ddl_role(ddl, statement->grantees[i]->role_spec));
}

/* GRANT … ON ALL TABLES IN SCHEMA: those that are there now. */
static void
change_schema(struct ddl *ddl, const char *schema, const PgQuery__GrantStmt *statement)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(ddl->db, &count);
	for (size_t i = 0; i < count; i++) {
		enum mig_db_kind kind = objects[i]->kind;
		bool table = kind == MIG_DB_TABLE || kind == MIG_DB_VIEW || kind == MIG_DB_MATVIEW;
		bool fits = statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE ?
		    table :
		    statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE ?
		    kind == MIG_DB_SEQUENCE :
		    kind == MIG_DB_ROUTINE;
		if (fits && mig_db_same(objects[i]->schema, schema))
			change_object(ddl, objects[i], statement);
	}
}

/* A table may be a sequence here: GRANT takes all of them for tables. */
static struct mig_db_object *
find_granted(struct ddl *ddl, const PgQuery__GrantStmt *statement, const PgQuery__Node *object)
{
	bool known = false;
	struct ddl_name name = ddl_name_of_node(object);
	struct mig_db_object *found = ddl_resolve(ddl, statement->objtype, object, &known);
	if (found == NULL && statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE)
		found = ddl_find(ddl, MIG_DB_SEQUENCE, name);
	if (found != NULL || !known || mig_db_same(name.name, "public"))
		return found;
	const struct mig_db_object *column = ddl_find_relation(ddl, name);
	if (column == NULL || column->kind != MIG_DB_COLUMN)
		ddl_say(ddl, MIG_SEV_ERROR, "it must be made before, in this file or one before it",
		    "there is no \"%s\" to grant or revoke rights on",
		    name.name != NULL ? name.name : "");
	return NULL;
}

void
ddl_grant(struct ddl *ddl, PgQuery__GrantStmt *statement)
{
	if (statement->targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA) {
		for (size_t i = 0; i < statement->n_objects; i++)
			change_schema(ddl, sql_string(statement->objects[i]), statement);
		return;
	}
	for (size_t i = 0; i < statement->n_objects; i++) {
		struct mig_db_object *object = find_granted(ddl, statement, statement->objects[i]);
		if (object != NULL)
			change_object(ddl, object, statement);
	}
}
