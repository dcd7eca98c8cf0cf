/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "source/live_postgresql_int.h"

enum routine_value {
	RO_ARGUMENTS = PG_NEXT,
	RO_PARAMETERS,
	RO_RETURNS,
	RO_LANGUAGE,
	RO_BODY,
	RO_KIND,
	RO_ATTRIBUTES,
	RO_DEFINITION
};

static int
routine_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_routine *routine = live_pg_make(pg, MIG_DB_ROUTINE, PG_PROC, values);
	if (routine == NULL)
		return live_pg_put(pg, NULL);
	routine->arguments = live_pg_text(pg, values[RO_ARGUMENTS]);
	routine->parameters = live_pg_text(pg, values[RO_PARAMETERS]);
	routine->returns = live_pg_text(pg, values[RO_RETURNS]);
	routine->procedure = *values[RO_KIND] == 'p';
	routine->aggregate = *values[RO_KIND] == 'a';
	routine->base.definition = live_pg_statement(pg, values[RO_DEFINITION]);
	routine->language = live_pg_text(pg, values[RO_LANGUAGE]);
	/* All that an aggregate is stands in its definition. */
	if (routine->aggregate) {
		routine->parameters = routine->arguments;
		routine->returns = NULL;
	} else {
		routine->body = live_pg_text(pg, values[RO_BODY]);
		routine->attributes = live_pg_text(pg, values[RO_ATTRIBUTES]);
	}
	return live_pg_put(pg, routine);
}

static int
statistics_row(struct live_pg *pg, const char *const *values)
{
	enum { DEFINITION = PG_NEXT, TARGET };
	struct mig_db_statistics *object =
	    live_pg_make(pg, MIG_DB_STATISTICS, PG_STATISTIC_EXT, values);
	if (object != NULL)
		object->base.definition = live_pg_statement(pg, values[DEFINITION]);
	if (object != NULL && values[TARGET] != NULL)
		object->target = (int)live_pg_int(values[TARGET]);
	return live_pg_put(pg, object);
}

/* Name and statement: what kind of thing it is stands in its name, as several kinds share them. */
static int
other_row(struct live_pg *pg, const char *const *values)
{
	enum { DEFINITION = PG_NEXT, CATALOG };
	struct mig_db_simple *object =
	    live_pg_make(pg, MIG_DB_OTHER, (int)live_pg_int(values[CATALOG]), values);
	if (object != NULL)
		object->base.definition = live_pg_statement(pg, values[DEFINITION]);
	return live_pg_put(pg, object);
}

/* What is there but not read is said once, with numbers. */
static int
left_out_row(struct live_pg *pg, const char *const *values)
{
	if (values[0] != NULL)
		live_note(pg->live, MIG_SEV_NOTE, "not in the schema that was read: %s", values[0]);
	return MIG_OK;
}

/* Those that are not the default, in the order in which the server prints them. */
#define ATTRIBUTES                                                                             \
	"nullif(concat_ws(' ', CASE WHEN p.prokind = 'w' THEN 'WINDOW' END,"                   \
	" CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' END,"            \
	" CASE WHEN p.proisstrict THEN 'STRICT' END,"                                          \
	" CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' END,"                                  \
	" CASE WHEN p.proleakproof THEN 'LEAKPROOF' END,"                                      \
	" CASE p.proparallel WHEN 's' THEN 'PARALLEL SAFE'"                                    \
	" WHEN 'r' THEN 'PARALLEL RESTRICTED' END,"                                            \
	" CASE WHEN p.procost <> CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END" \
	" THEN 'COST ' || p.procost END,"                                                      \
	" CASE WHEN p.prorows NOT IN (0, 1000) THEN 'ROWS ' || p.prorows END,"                 \
	" CASE WHEN p.prosupport <> 0 THEN 'SUPPORT ' || p.prosupport::text END,"              \
	" (SELECT string_agg(concat('SET ', split_part(s, '=', 1), ' TO ',"                    \
	" CASE WHEN split_part(s, '=', 1) IN ('search_path', 'temp_tablespaces',"              \
	" 'session_preload_libraries', 'local_preload_libraries')"                             \
	" THEN substr(s, strpos(s, '=') + 1)"                                                  \
	" ELSE quote_literal(substr(s, strpos(s, '=') + 1)) END), ' ' ORDER BY o)"             \
	" FROM unnest(p.proconfig) WITH ORDINALITY AS c(s, o))), '')"

/* Whether the server has made it by itself for something else: the constructors of a range type. */
#define MADE_FOR(catalog, table)                                                             \
	"EXISTS (SELECT FROM pg_depend d WHERE d.classid = " catalog " AND d.objid = " table \
	".oid AND d.deptype = 'i')"

/* The server has no function that prints an aggregate. */
#define AGGREGATE                                                                                \
	"concat('CREATE AGGREGATE ', quote_ident(n.nspname), '.', quote_ident(p.proname), '(',"  \
	" CASE WHEN pg_get_function_identity_arguments(p.oid) = '' THEN '*'"                     \
	" ELSE pg_get_function_identity_arguments(p.oid) END,"                                   \
	" ') (SFUNC = ', g.aggtransfn, ', STYPE = ', format_type(g.aggtranstype, NULL),"         \
	" CASE WHEN g.aggtransspace <> 0 THEN ', SSPACE = ' || g.aggtransspace END,"             \
	" CASE WHEN g.aggfinalfn <> 0 THEN ', FINALFUNC = ' || g.aggfinalfn::text END,"          \
	" CASE WHEN g.aggfinalextra THEN ', FINALFUNC_EXTRA' END,"                               \
	" CASE WHEN g.aggcombinefn <> 0 THEN ', COMBINEFUNC = ' || g.aggcombinefn::text END,"    \
	" CASE WHEN g.aggserialfn <> 0 THEN ', SERIALFUNC = ' || g.aggserialfn::text END,"       \
	" CASE WHEN g.aggdeserialfn <> 0 THEN ', DESERIALFUNC = ' || g.aggdeserialfn::text END," \
	" ', INITCOND = ' || quote_literal(g.agginitval),"                                       \
	" CASE WHEN g.aggmtransfn <> 0 THEN concat(', MSFUNC = ', g.aggmtransfn,"                \
	" ', MINVFUNC = ', g.aggminvtransfn, ', MSTYPE = ', format_type(g.aggmtranstype, NULL)," \
	" CASE WHEN g.aggmfinalfn <> 0 THEN ', MFINALFUNC = ' || g.aggmfinalfn::text END,"       \
	" ', MINITCOND = ' || quote_literal(g.aggminitval)) END,"                                \
	" CASE WHEN g.aggsortop <> 0 THEN concat(', SORTOP = ', g.aggsortop::regoperator) END,"  \
	" CASE WHEN g.aggkind = 'h' THEN ', HYPOTHETICAL' END,"                                  \
	" CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE'"                                  \
	" WHEN 'r' THEN ', PARALLEL = RESTRICTED' END, ')')"

static const struct live_pg_query queries[] = {
	{ "routines",
	    "SELECT p.oid, n.nspname, p.proname, pg_get_userbyid(p.proowner),"
	    " oidvectortypes(p.proargtypes), pg_get_function_arguments(p.oid),"
	    " CASE WHEN p.prokind <> 'p' THEN pg_get_function_result(p.oid) END, l.lanname,"
	    " coalesce($SQL_BODY, CASE WHEN p.probin IS NOT NULL"
	    " THEN concat(p.probin, ', ', p.prosrc) ELSE p.prosrc END), p.prokind, " ATTRIBUTES ","
	    " CASE WHEN g.aggfnoid IS NULL THEN pg_get_functiondef(p.oid) ELSE " AGGREGATE " END"
	    " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
	    " JOIN pg_language l ON l.oid = p.prolang"
	    " LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid"
	    " WHERE n.oid = ANY ($1) AND NOT " MADE_FOR("1255",
	        "p") " ORDER BY n.nspname, p.proname, oidvectortypes(p.proargtypes) COLLATE \"C\"",
	    routine_row },
	{ "extended statistics",
	    "SELECT s.oid, n.nspname, s.stxname, pg_get_userbyid(s.stxowner),"
	    " pg_get_statisticsobjdef(s.oid), $STATISTICS_TARGET"
	    " FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace"
	    " WHERE n.oid = ANY ($1) ORDER BY n.nspname, s.stxname",
	    statistics_row },
	{ "event triggers",
	    "SELECT e.oid, NULL, 'event trigger ' || e.evtname, pg_get_userbyid(e.evtowner),"
	    " concat('CREATE EVENT TRIGGER ', quote_ident(e.evtname), ' ON ', e.evtevent,"
	    " (SELECT concat(' WHEN TAG IN (', string_agg(quote_literal(g), ', ' ORDER BY o), ')')"
	    " FROM unnest(e.evttags) WITH ORDINALITY AS t(g, o) HAVING count(*) > 0),"
	    " ' EXECUTE FUNCTION ', e.evtfoid::regproc, '()'), 3466"
	    " FROM pg_event_trigger e ORDER BY e.evtname",
	    other_row },
	{ "publications",
	    "SELECT p.oid, NULL, 'publication ' || p.pubname, pg_get_userbyid(p.pubowner),"
	    " concat('CREATE PUBLICATION ', quote_ident(p.pubname),"
	    " CASE WHEN p.puballtables THEN ' FOR ALL TABLES' END,"
	    " (SELECT concat(' FOR TABLE ', string_agg(concat(quote_ident(n.nspname), '.',"
	    " quote_ident(c.relname)), ', ' ORDER BY n.nspname, c.relname))"
	    " FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE r.prpubid = p.oid HAVING count(*) > 0),"
	    " ' WITH (publish = ''', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,"
	    " CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,"
	    " CASE WHEN p.pubtruncate THEN 'truncate' END), '''',"
	    " CASE WHEN $PUBLISH_ROOT THEN ', publish_via_partition_root = true' END, ')'), 6104"
	    " FROM pg_publication p ORDER BY p.pubname",
	    other_row },
	{ "casts",
	    "SELECT c.oid, NULL, concat('cast (', format_type(c.castsource, NULL), ' AS ',"
	    " format_type(c.casttarget, NULL), ')'), NULL,"
	    " concat('CREATE CAST (', format_type(c.castsource, NULL), ' AS ',"
	    " format_type(c.casttarget, NULL), ')', CASE c.castmethod"
	    " WHEN 'f' THEN concat(' WITH FUNCTION ', c.castfunc::regprocedure)"
	    " WHEN 'i' THEN ' WITH INOUT' ELSE ' WITHOUT FUNCTION' END,"
	    " CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END),"
	    " 2605 FROM pg_cast c WHERE c.oid >= 16384 AND NOT " MADE_FOR(
	        "2605", "c") " ORDER BY format_type(c.castsource, NULL) COLLATE \"C\","
	                     " format_type(c.casttarget, NULL) COLLATE \"C\"",
	    other_row },
	{ "operators",
	    "SELECT o.oid, n.nspname, concat('operator ', o.oprname, ' (',"
	    " format_type(o.oprleft, NULL),"
	    " ', ', format_type(o.oprright, NULL), ')'), pg_get_userbyid(o.oprowner),"
	    " concat('CREATE OPERATOR ', quote_ident(n.nspname), '.', o.oprname,"
	    " ' (FUNCTION = ', o.oprcode,"
	    " ', LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL),"
	    " ', RIGHTARG = ' || format_type(nullif(o.oprright, 0), NULL),"
	    " CASE WHEN o.oprcom <> 0 THEN (SELECT concat(', COMMUTATOR = OPERATOR(',"
	    " quote_ident(cn.nspname), '.', c.oprname, ')') FROM pg_operator c"
	    " JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprcom) END,"
	    " CASE WHEN o.oprnegate <> 0 THEN (SELECT concat(', NEGATOR = OPERATOR(',"
	    " quote_ident(cn.nspname), '.', c.oprname, ')') FROM pg_operator c"
	    " JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprnegate) END,"
	    " CASE WHEN o.oprrest <> 0 THEN concat(', RESTRICT = ', o.oprrest) END,"
	    " CASE WHEN o.oprjoin <> 0 THEN concat(', JOIN = ', o.oprjoin) END,"
	    " CASE WHEN o.oprcanhash THEN ', HASHES' END,"
	    " CASE WHEN o.oprcanmerge THEN ', MERGES' END, ')'), 2617"
	    " FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace"
	    " WHERE n.oid = ANY ($1) AND o.oprcode <> 0 ORDER BY n.nspname, o.oprname,"
	    " format_type(o.oprleft, NULL) COLLATE \"C\","
	    " format_type(o.oprright, NULL) COLLATE \"C\"",
	    other_row },
	{ "what is not read",
	    "SELECT string_agg(concat(k.count, ' ', k.what), ', ' ORDER BY k.what) FROM ("
	    "SELECT 'foreign tables' AS what, count(*) FROM pg_class c"
	    " WHERE c.relkind = 'f' AND c.relnamespace = ANY ($1)"
	    " UNION ALL SELECT 'base types', count(*) FROM pg_type t WHERE t.typtype = 'b'"
	    " AND t.typcategory <> 'A' AND t.typnamespace = ANY ($1) AND NOT EXISTS ("
	    "SELECT FROM pg_depend d"
	    " WHERE d.classid = 1247 AND d.objid = t.oid AND d.deptype = 'e')"
	    " UNION ALL SELECT 'text search configurations', count(*) FROM pg_ts_config t"
	    " WHERE t.cfgnamespace = ANY ($1) AND NOT EXISTS (SELECT FROM pg_depend d"
	    " WHERE d.classid = 3602 AND d.objid = t.oid AND d.deptype = 'e')"
	    " UNION ALL SELECT 'operator classes', count(*) FROM pg_opclass o"
	    " WHERE o.opcnamespace = ANY ($1) AND NOT EXISTS (SELECT FROM pg_depend d"
	    " WHERE d.classid = 2616 AND d.objid = o.oid AND d.deptype = 'e')"
	    " UNION ALL SELECT 'foreign servers', count(*) FROM pg_foreign_server"
	    ") AS k WHERE k.count > 0",
	    left_out_row },
};

int
live_pg_read_routines(struct live_pg *pg)
{
	return live_pg_all(pg, queries, sizeof(queries) / sizeof(queries[0]));
}
