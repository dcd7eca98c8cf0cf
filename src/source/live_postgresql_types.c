/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "source/live_postgresql_int.h"

/* Everything that initdb makes has a number below this. */
#define FIRST_NORMAL "16384"

static int
extension_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_simple *extension = live_pg_make(pg, MIG_DB_EXTENSION, PG_EXTENSION, values);
	if (extension != NULL)
		extension->base.definition = live_pg_text(pg, values[PG_NEXT]);
	return live_pg_put(pg, extension);
}

static int
member_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_object *extension = live_pg_find(pg->map, PG_EXTENSION, values[0], 0);
	live_pg_alias(pg->map, (int)live_pg_int(values[1]), values[2], extension);
	return MIG_OK;
}

static bool
is_wanted(const struct live_pg *pg, const char *name)
{
	const char *const *wanted = pg->live->options->schemas;
	for (size_t i = 0; wanted != NULL && wanted[i] != NULL; i++)
		if (strcmp(wanted[i], name) == 0)
			return true;
	return wanted == NULL;
}

/* public is there in every database; so it is none of those that somebody has made. */
static int
namespace_row(struct live_pg *pg, const char *const *values)
{
	if (!is_wanted(pg, values[PG_NAME]))
		return MIG_OK;
	struct mig_buf list;
	mig_buf_init(&list, MIG_DOC_BYTES_MAX);
	mig_buf_add(&list, pg->namespaces, strlen(pg->namespaces) - 1);
	mig_buf_printf(&list, "%s%s}", list.len > 1 ? "," : "", values[PG_OID]);
	free(pg->namespaces);
	pg->namespaces = mig_buf_steal(&list);
	mig_buf_fini(&list);
	if (pg->namespaces == NULL)
		return live_no_memory(pg->live);
	if (strcmp(values[PG_NAME], "public") == 0)
		return MIG_OK;
	return live_pg_put(pg, live_pg_make(pg, MIG_DB_NAMESPACE, PG_NAMESPACE, values));
}

/* A type is also what an array of it is made of. */
static void
remember_array(struct live_pg *pg, void *type, const char *array_oid)
{
	live_pg_alias(pg->map, PG_TYPE, array_oid, type);
}

static int
enum_row(struct live_pg *pg, const char *const *values)
{
	enum { ARRAY = PG_NEXT, LABELS };
	struct mig_db_enum *type = live_pg_make(pg, MIG_DB_ENUM, PG_TYPE, values);
	if (type != NULL) {
		type->labels = live_pg_array(pg, values[LABELS], &type->labels_count);
		remember_array(pg, type, values[ARRAY]);
	}
	return live_pg_put(pg, type);
}

static int
domain_row(struct live_pg *pg, const char *const *values)
{
	enum { ARRAY = PG_NEXT, TYPE, COLLATION, DEFAULT, NOT_NULL };
	struct mig_db_domain *domain = live_pg_make(pg, MIG_DB_DOMAIN, PG_TYPE, values);
	if (domain != NULL) {
		domain->type = live_pg_text(pg, values[TYPE]);
		domain->collation = live_pg_text(pg, values[COLLATION]);
		domain->default_expr = live_pg_expr(pg, values[DEFAULT]);
		domain->nullable = !live_pg_bool(values[NOT_NULL]);
		remember_array(pg, domain, values[ARRAY]);
	}
	return live_pg_put(pg, domain);
}

static int
composite_row(struct live_pg *pg, const char *const *values)
{
	enum { ARRAY = PG_NEXT, RELATION };
	struct mig_db_composite *type = live_pg_make(pg, MIG_DB_COMPOSITE, PG_TYPE, values);
	if (type != NULL) {
		remember_array(pg, type, values[ARRAY]);
		live_pg_alias(pg->map, PG_CLASS, values[RELATION], &type->base);
	}
	return live_pg_put(pg, type);
}

static int
range_row(struct live_pg *pg, const char *const *values)
{
	enum { ARRAY = PG_NEXT, DEFINITION, MULTIRANGE };
	struct mig_db_simple *type = live_pg_make(pg, MIG_DB_RANGE_TYPE, PG_TYPE, values);
	if (type != NULL) {
		type->base.definition = live_pg_statement(pg, values[DEFINITION]);
		remember_array(pg, type, values[ARRAY]);
		remember_array(pg, type, values[MULTIRANGE]);
	}
	return live_pg_put(pg, type);
}

static int
collation_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_simple *collation = live_pg_make(pg, MIG_DB_COLLATION, PG_COLLATION, values);
	if (collation != NULL)
		collation->base.definition = live_pg_statement(pg, values[PG_NEXT]);
	return live_pg_put(pg, collation);
}

static const struct live_pg_query namespace_queries[] = {
	{ "extensions",
	    "SELECT e.oid, NULL, e.extname, NULL, e.extversion FROM pg_extension e"
	    " WHERE e.oid >= " FIRST_NORMAL " ORDER BY e.extname",
	    extension_row },
	{ "what belongs to extensions",
	    "SELECT d.refobjid, d.classid, d.objid FROM pg_depend d"
	    " WHERE d.refclassid = 3079 AND d.deptype = 'e' AND d.objid >= " FIRST_NORMAL,
	    member_row },
	{ "schemas",
	    "SELECT n.oid, NULL, n.nspname, pg_get_userbyid(n.nspowner) FROM pg_namespace n"
	    " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
	    " ORDER BY n.nspname",
	    namespace_row },
};

static const struct live_pg_query type_queries[] = {
	{ "enumeration types",
	    "SELECT t.oid, n.nspname, t.typname, pg_get_userbyid(t.typowner), t.typarray,"
	    " ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid"
	    " ORDER BY e.enumsortorder)"
	    " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	    " WHERE t.typtype = 'e' AND n.oid = ANY ($1) ORDER BY n.nspname, t.typname",
	    enum_row },
	{ "domains",
	    "SELECT t.oid, n.nspname, t.typname, pg_get_userbyid(t.typowner), t.typarray,"
	    " format_type(t.typbasetype, t.typtypmod),"
	    " CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation END,"
	    " pg_get_expr(t.typdefaultbin, 0), t.typnotnull"
	    " FROM pg_type t JOIN pg_type b ON b.oid = t.typbasetype"
	    " JOIN pg_namespace n ON n.oid = t.typnamespace"
	    " WHERE t.typtype = 'd' AND n.oid = ANY ($1) ORDER BY n.nspname, t.typname",
	    domain_row },
	{ "composite types",
	    "SELECT t.oid, n.nspname, t.typname, pg_get_userbyid(t.typowner), t.typarray, c.oid"
	    " FROM pg_class c JOIN pg_type t ON t.oid = c.reltype"
	    " JOIN pg_namespace n ON n.oid = t.typnamespace"
	    " WHERE c.relkind = 'c' AND n.oid = ANY ($1) ORDER BY n.nspname, t.typname",
	    composite_row },
	{ "range types",
	    "SELECT t.oid, n.nspname, t.typname, pg_get_userbyid(t.typowner), t.typarray,"
	    " concat('CREATE TYPE ', quote_ident(n.nspname), '.', quote_ident(t.typname),"
	    " ' AS RANGE (subtype = ', format_type(r.rngsubtype, NULL),"
	    " CASE WHEN NOT o.opcdefault THEN concat(', subtype_opclass = ',"
	    " CASE WHEN p.nspname <> 'pg_catalog' THEN quote_ident(p.nspname) || '.' END,"
	    " quote_ident(o.opcname)) END,"
	    " CASE WHEN r.rngcollation <> s.typcollation"
	    " THEN concat(', collation = ', r.rngcollation::regcollation) END,"
	    " CASE WHEN r.rngcanonical <> 0 THEN concat(', canonical = ', r.rngcanonical) END,"
	    " CASE WHEN r.rngsubdiff <> 0 THEN concat(', subtype_diff = ', r.rngsubdiff) END,"
	    /* Only a name that it would not get by itself: from 52 bytes of that of the range. */
	    " CASE WHEN CASE WHEN t.typname ~ 'range'"
	    " THEN m.typname <> regexp_replace(t.typname::text, 'range', 'multirange')::name"
	    " ELSE m.typname <> left(t.typname, length(m.typname::text) - 11) || '_multirange'"
	    " OR octet_length(m.typname::text)"
	    " < least(octet_length(t.typname::text), 49) + 11 END"
	    " THEN concat(', multirange_type_name = ', format_type(m.oid, NULL)) END, ')'),"
	    " $MULTIRANGE"
	    " FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid"
	    " JOIN pg_type s ON s.oid = r.rngsubtype JOIN pg_opclass o ON o.oid = r.rngsubopc"
	    " JOIN pg_namespace p ON p.oid = o.opcnamespace"
	    " LEFT JOIN pg_type m ON m.oid = $MULTIRANGE"
	    " JOIN pg_namespace n ON n.oid = t.typnamespace"
	    " WHERE n.oid = ANY ($1) ORDER BY n.nspname, t.typname",
	    range_row },
	{ "collations",
	    "SELECT c.oid, n.nspname, c.collname, pg_get_userbyid(c.collowner),"
	    " concat('CREATE COLLATION ', quote_ident(n.nspname), '.', quote_ident(c.collname),"
	    " ' (provider = ', CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin'"
	    " ELSE 'libc' END,"
	    " CASE WHEN coalesce($COLLATION_LOCALE, c.collcollate::text) = c.collctype::text"
	    " OR c.collctype IS NULL THEN concat(', locale = ',"
	    " quote_literal(coalesce($COLLATION_LOCALE, c.collcollate::text)))"
	    " ELSE concat(', lc_collate = ', quote_literal(c.collcollate),"
	    " ', lc_ctype = ', quote_literal(c.collctype)) END,"
	    " ', rules = ' || quote_literal($COLLATION_RULES),"
	    " CASE WHEN NOT c.collisdeterministic THEN ', deterministic = false' END, ')')"
	    " FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace"
	    " WHERE n.oid = ANY ($1) ORDER BY n.nspname, c.collname",
	    collation_row },
};

/* Every schema that was asked for must be there. */
static int
check_wanted(struct live_pg *pg)
{
	const char *const *wanted = pg->live->options->schemas;
	for (size_t i = 0; wanted != NULL && wanted[i] != NULL; i++) {
		bool there = strcmp(wanted[i], "public") == 0 ||
		    mig_db_find(pg->live->db, MIG_DB_NAMESPACE, NULL, wanted[i]) != NULL;
		if (!there)
			return live_fail(pg->live, MIG_EDOC, NULL,
			    "there is no schema \"%s\" in this database", wanted[i]);
	}
	return MIG_OK;
}

int
live_pg_read_types(struct live_pg *pg)
{
	int error = live_pg_all(
	    pg, namespace_queries, sizeof(namespace_queries) / sizeof(namespace_queries[0]));
	if (error == MIG_OK)
		error = check_wanted(pg);
	if (error != MIG_OK)
		return error;
	return live_pg_all(pg, type_queries, sizeof(type_queries) / sizeof(type_queries[0]));
}
