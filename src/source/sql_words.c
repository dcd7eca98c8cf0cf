/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "source/sql_words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Both lists are sorted by bytes. */
static const char *const reserved[] = { "all", "analyse", "analyze", "and", "any", "array", "as",
	"asc", "asymmetric", "authorization", "between", "bigint", "binary", "bit", "boolean",
	"both", "case", "cast", "char", "character", "check", "coalesce", "collate", "collation",
	"column", "concurrently", "constraint", "create", "cross", "current_catalog",
	"current_date", "current_role", "current_schema", "current_time", "current_timestamp",
	"current_user", "dec", "decimal", "default", "deferrable", "desc", "distinct", "do", "else",
	"end", "except", "exists", "extract", "false", "fetch", "float", "for", "foreign", "freeze",
	"from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in",
	"initially", "inner", "inout", "int", "integer", "intersect", "interval", "into", "is",
	"isnull", "join", "lateral", "leading", "least", "left", "like", "limit", "localtime",
	"localtimestamp", "national", "natural", "nchar", "none", "normalize", "not", "notnull",
	"null", "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer",
	"overlaps", "overlay", "placing", "position", "precision", "primary", "real", "references",
	"returning", "right", "row", "select", "session_user", "setof", "similar", "smallint",
	"some", "substring", "symmetric", "table", "tablesample", "then", "time", "timestamp", "to",
	"trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values",
	"varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes",
	"xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi",
	"xmlroot", "xmlserialize", "xmltable" };

static const char *const types[] = { "aclitem", "any", "anyarray", "anycompatible",
	"anycompatiblearray", "anycompatiblemultirange", "anycompatiblenonarray",
	"anycompatiblerange", "anyelement", "anyenum", "anymultirange", "anynonarray", "anyrange",
	"bigserial", "bit", "bool", "box", "bpchar", "bytea", "char", "cid", "cidr", "circle",
	"cstring", "date", "datemultirange", "daterange", "event_trigger", "fdw_handler", "float4",
	"float8", "gtsvector", "index_am_handler", "inet", "int2", "int2vector", "int4",
	"int4multirange", "int4range", "int8", "int8multirange", "int8range", "internal",
	"interval", "json", "jsonb", "jsonpath", "language_handler", "line", "lseg", "macaddr",
	"macaddr8", "money", "name", "numeric", "nummultirange", "numrange", "oid", "oidvector",
	"path", "pg_lsn", "pg_node_tree", "pg_snapshot", "point", "polygon", "record", "refcursor",
	"regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper",
	"regoperator", "regproc", "regprocedure", "regrole", "regtype", "serial", "serial2",
	"serial4", "serial8", "smallserial", "table_am_handler", "text", "tid", "time", "timestamp",
	"timestamptz", "timetz", "trigger", "tsm_handler", "tsmultirange", "tsquery", "tsrange",
	"tstzmultirange", "tstzrange", "tsvector", "txid_snapshot", "unknown", "uuid", "varbit",
	"varchar", "void", "xid", "xid8", "xml" };

static int
compare(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

bool
sql_is_reserved(const char *word)
{
	return bsearch(word, reserved, COUNT(reserved), sizeof(*reserved), compare) != NULL;
}

bool
sql_is_builtin_type(const char *name)
{
	return bsearch(name, types, COUNT(types), sizeof(*types), compare) != NULL;
}
