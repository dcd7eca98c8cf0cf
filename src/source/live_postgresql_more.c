/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "source/live_postgresql_int.h"

#define LIST_FIRST 4U

static int
comment_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_object *object = live_pg_find_own(
	    pg->map, (int)live_pg_int(values[0]), values[1], (int)live_pg_int(values[2]));
	/* An extension brings its own comment along. */
	if (object != NULL && object->kind != MIG_DB_EXTENSION)
		mig_db_set_comment(pg->live->db, object, live_pg_text(pg, values[3]));
	return live_pg_put(pg, NULL);
}

/* A list with room for one more: it has room for a power of two, from LIST_FIRST on. */
static void *
with_room(struct live_pg *pg, void *items, uint32_t count, size_t size)
{
	bool full = count == 0 || (count >= LIST_FIRST && (count & (count - 1)) == 0);
	if (!full)
		return items;
	void *grown = mig_arena_array(pg->live->arena, count == 0 ? LIST_FIRST : count * 2U, size);
	if (grown != NULL && count > 0)
		memcpy(grown, items, count * size);
	return grown;
}

static int
grant_row(struct live_pg *pg, const char *const *values)
{
	enum { CATALOG, OID, COLUMN, ROLE, PRIVILEGE, GRANTABLE, DENIED };
	struct mig_db_object *object =
	    live_pg_find_own(pg->map, (int)live_pg_int(values[CATALOG]), values[OID], 0);
	if (object == NULL)
		return MIG_OK;
	struct mig_db_extra *extra = mig_db_extra(pg->live->db, object);
	struct mig_db_grant *grants = extra != NULL ?
	    with_room(pg, extra->grants, extra->grants_count, sizeof(*grants)) :
	    NULL;
	if (grants == NULL)
		return live_no_memory(pg->live);
	extra->grants = grants;
	grants[extra->grants_count++] =
	    (struct mig_db_grant){ .role = live_pg_text(pg, values[ROLE]),
		    .privilege = live_pg_text(pg, values[PRIVILEGE]),
		    .column = live_pg_text(pg, values[COLUMN]),
		    .with_grant_option = live_pg_bool(values[GRANTABLE]),
		    .denied = live_pg_bool(values[DENIED]) };
	return live_pg_put(pg, NULL);
}

static bool
is_relation(enum mig_db_kind kind)
{
	return kind == MIG_DB_TABLE || kind == MIG_DB_VIEW || kind == MIG_DB_MATVIEW;
}

/* How a thing is mentioned; of parts only columns have a mention of their own. */
static struct mig_db_ref
mention(struct live_pg *pg, const struct mig_db_object *object)
{
	const struct mig_db_object *whole = object->parent != NULL ? object->parent : object;
	struct mig_db_ref ref = { .kind = is_relation(whole->kind) ? MIG_DB_TABLE : whole->kind,
		.schema = whole->schema,
		.name = whole->name };
	if (object->kind == MIG_DB_COLUMN)
		ref.column = object->name;
	if (object->kind == MIG_DB_ROUTINE)
		ref.name = mig_arena_printf(
		    pg->live->arena, "%s(%s)", object->name, mig_db_as_routine(object)->arguments);
	return ref;
}

static int
order_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int
order_refs(const void *left, const void *right)
{
	const struct mig_db_ref *a = left;
	const struct mig_db_ref *b = right;
	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	int order = order_text(a->schema, b->schema);
	if (order == 0)
		order = order_text(a->name, b->name);
	return order != 0 ? order : order_text(a->column, b->column);
}

/* That a part belongs to its table is no mention. */
static bool
is_itself(const struct mig_db_object *user, const struct mig_db_object *used)
{
	return user == used || user->parent == used || used->parent == user ||
	    (user->parent != NULL && user->parent == used->parent && used->kind != MIG_DB_COLUMN);
}

static int
depend_row(struct live_pg *pg, const char *const *values)
{
	enum { CATALOG, OID, COLUMN, USED_CATALOG, USED_OID, USED_COLUMN };
	struct mig_db_object *user = live_pg_find(pg->map, (int)live_pg_int(values[CATALOG]),
	    values[OID], (int)live_pg_int(values[COLUMN]));
	const struct mig_db_object *used =
	    live_pg_find(pg->map, (int)live_pg_int(values[USED_CATALOG]), values[USED_OID],
	        (int)live_pg_int(values[USED_COLUMN]));
	if (user == NULL || used == NULL || is_itself(user, used) || user->kind == MIG_DB_EXTENSION)
		return MIG_OK;
	struct mig_db_ref ref = mention(pg, used);
	uint32_t count = user->extra->refs_count;
	for (uint32_t i = 0; i < count; i++)
		if (order_refs(&user->extra->refs[i], &ref) == 0)
			return MIG_OK;
	struct mig_db_ref *refs = with_room(pg, user->extra->refs, count, sizeof(*refs));
	if (refs == NULL || ref.name == NULL)
		return live_no_memory(pg->live);
	refs[count] = ref;
	mig_db_set_refs(pg->live->db, user, refs, count + 1U);
	return MIG_OK;
}

/* The server's order is that of its numbers, which differ between two databases. */
static void
sort_refs(struct mig_db_object *object)
{
	const struct mig_db_extra *extra = object->extra;
	if (extra->refs_count > 1)
		qsort(extra->refs, extra->refs_count, sizeof(*extra->refs), order_refs);
}

static const struct live_pg_query queries[] = {
	{ "comments",
	    "SELECT d.classoid, d.objoid, d.objsubid, d.description FROM pg_description d"
	    " WHERE d.objoid >= 16384",
	    comment_row },
	/* What everybody may do by default, and the owner, is left out, but not its denial. */
	{ "rights",
	    "SELECT k.catalog, k.oid, k.name, coalesce(r.rolname, 'PUBLIC'), x.privilege_type,"
	    " bool_or(x.is_grantable), bool_or(x.denied) FROM ("
	    "SELECT 1259 AS catalog, c.oid, NULL::name AS name, c.relacl AS acl,"
	    " c.relowner AS owner, '' AS free"
	    " FROM pg_class c WHERE c.relacl IS NOT NULL AND c.relnamespace = ANY ($1)"
	    " UNION ALL SELECT 1259, c.oid, a.attname, a.attacl, c.relowner, '' FROM pg_class c"
	    " JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attacl IS NOT NULL"
	    " AND NOT a.attisdropped AND c.relnamespace = ANY ($1)"
	    " UNION ALL SELECT 1255, p.oid, NULL, p.proacl, p.proowner, 'EXECUTE' FROM pg_proc p"
	    " WHERE p.proacl IS NOT NULL AND p.pronamespace = ANY ($1)"
	    " UNION ALL SELECT 1247, t.oid, NULL, t.typacl, t.typowner, 'USAGE' FROM pg_type t"
	    " WHERE t.typacl IS NOT NULL AND t.typnamespace = ANY ($1)"
	    " UNION ALL SELECT 2615, n.oid, NULL, n.nspacl, n.nspowner, '' FROM pg_namespace n"
	    " WHERE n.nspacl IS NOT NULL AND n.oid = ANY ($1)) AS k"
	    " CROSS JOIN LATERAL (SELECT e.grantee, e.privilege_type, e.is_grantable,"
	    " false AS denied FROM aclexplode(k.acl) AS e UNION ALL SELECT 0, k.free, false, true"
	    " WHERE k.free <> '' AND NOT EXISTS (SELECT FROM aclexplode(k.acl) AS e"
	    " WHERE e.grantee = 0 AND e.privilege_type = k.free)) AS x"
	    " LEFT JOIN pg_roles r ON r.oid = x.grantee"
	    " WHERE (x.grantee <> k.owner OR k.name IS NOT NULL) AND (x.denied"
	    " OR NOT (x.grantee = 0 AND x.privilege_type = k.free))"
	    " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 4, 5, 3",
	    grant_row },
	{ "dependencies",
	    "SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid"
	    " FROM pg_depend d WHERE d.deptype IN ('n', 'a') AND d.objid >= 16384"
	    " AND d.refobjid >= 16384 AND d.refclassid IN"
	    " (1247, 1255, 1259, 2606, 2617, 3079, 3456)",
	    depend_row },
};

int
live_pg_read_more(struct live_pg *pg)
{
	int error = live_pg_all(pg, queries, sizeof(queries) / sizeof(queries[0]));
	live_pg_map_each(pg->map, sort_refs);
	return error;
}
