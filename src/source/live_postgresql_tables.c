/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "source/live_postgresql_int.h"

static int
table_row(struct live_pg *pg, const char *const *values)
{
	enum {
		KIND = PG_NEXT,
		PERSISTENCE,
		OPTIONS,
		TABLESPACE,
		REPLICA,
		SECURITY,
		FORCED,
		POPULATED,
		ROWS,
		ROW_TYPE,
		ARRAY,
		PARTITION_KEY,
		BOUND,
		QUERY
	};
	enum mig_db_kind kind = MIG_DB_TABLE;
	if (*values[KIND] == 'v' || *values[KIND] == 'm')
		kind = *values[KIND] == 'v' ? MIG_DB_VIEW : MIG_DB_MATVIEW;
	struct mig_db_table *table = live_pg_make(pg, kind, PG_CLASS, values);
	if (table == NULL)
		return live_pg_put(pg, NULL);
	table->base.definition = live_pg_statement(pg, values[QUERY]);
	table->unlogged = *values[PERSISTENCE] == 'u';
	table->options = live_pg_text(pg, values[OPTIONS]);
	table->tablespace = live_pg_text(pg, values[TABLESPACE]);
	/* Views have "nothing", which is the default for them. */
	table->replica_identity = kind == MIG_DB_TABLE ? *values[REPLICA] : 'd';
	table->row_security = live_pg_bool(values[SECURITY]);
	table->force_row_security = live_pg_bool(values[FORCED]);
	table->populated = live_pg_bool(values[POPULATED]);
	table->partition_key = live_pg_text(pg, values[PARTITION_KEY]);
	table->partition_bound = live_pg_text(pg, values[BOUND]);
	if (values[ROWS] == NULL || mig_num_double(values[ROWS], &table->rows) != MIG_OK)
		table->rows = -1;
	live_pg_alias(pg->map, PG_TYPE, values[ROW_TYPE], &table->base);
	live_pg_alias(pg->map, PG_TYPE, values[ARRAY], &table->base);
	return live_pg_put(pg, table);
}

/* Rows come in the order of the INHERITS list. */
static int
inherits_row(struct live_pg *pg, const char *const *values)
{
	enum { CHILD, IS_PARTITION, SCHEMA, NAME, COUNT };
	struct mig_db_object *object = live_pg_find_own(pg->map, PG_CLASS, values[CHILD], 0);
	if (object == NULL || object->kind != MIG_DB_TABLE)
		return MIG_OK;
	struct mig_db_table *table = mig_db_as_table(object);
	struct mig_db_ref **list =
	    live_pg_bool(values[IS_PARTITION]) ? &table->partition_of : &table->inherits;
	size_t count = (size_t)live_pg_int(values[COUNT]);
	if (*list == NULL)
		*list = mig_arena_array(pg->live->arena, count, sizeof(**list));
	if (*list == NULL || table->inherits_count >= count)
		return live_pg_put(pg, NULL);
	struct mig_db_ref *parent = *list + table->inherits_count;
	parent->kind = MIG_DB_TABLE;
	parent->schema = live_pg_text(pg, values[SCHEMA]);
	parent->name = live_pg_text(pg, values[NAME]);
	if (*list == table->inherits)
		table->inherits_count++;
	return live_pg_put(pg, NULL);
}

enum column_value {
	COLUMN_TABLE,
	COLUMN_NUMBER,
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_NOT_NULL,
	COLUMN_IDENTITY,
	COLUMN_GENERATED,
	COLUMN_EXPR,
	COLUMN_EXPR_OID,
	COLUMN_COLLATION,
	COLUMN_STORAGE,
	COLUMN_COMPRESSION,
	COLUMN_STATISTICS,
	COLUMN_LOCAL
};

/* What few columns have. */
static void
set_more(struct live_pg *pg, struct mig_db_column *column, const char *const *values)
{
	bool generated = *values[COLUMN_GENERATED] != '\0';
	if (!generated && values[COLUMN_COLLATION] == NULL && values[COLUMN_STORAGE] == NULL &&
	    values[COLUMN_COMPRESSION] == NULL && values[COLUMN_STATISTICS] == NULL)
		return;
	struct mig_db_column_more *more = mig_db_column_more(pg->live->db, column);
	if (more == NULL)
		return;
	more->collation = live_pg_text(pg, values[COLUMN_COLLATION]);
	more->storage = live_pg_text(pg, values[COLUMN_STORAGE]);
	more->compression = live_pg_text(pg, values[COLUMN_COMPRESSION]);
	if (values[COLUMN_STATISTICS] != NULL)
		more->statistics = (int)live_pg_int(values[COLUMN_STATISTICS]);
	if (generated)
		more->generated_expr = live_pg_expr(pg, values[COLUMN_EXPR]);
}

static void
set_column(struct live_pg *pg, struct mig_db_column *column, const char *const *values)
{
	char identity = *values[COLUMN_IDENTITY];
	char generated = *values[COLUMN_GENERATED];
	column->nullable = !live_pg_bool(values[COLUMN_NOT_NULL]);
	column->inherited = !live_pg_bool(values[COLUMN_LOCAL]);
	if (identity != '\0')
		column->identity =
		    identity == 'a' ? MIG_DB_IDENTITY_ALWAYS : MIG_DB_IDENTITY_BY_DEFAULT;
	if (generated != '\0')
		column->generated =
		    generated == 's' ? MIG_DB_GENERATED_STORED : MIG_DB_GENERATED_VIRTUAL;
	else
		column->default_expr = live_pg_expr(pg, values[COLUMN_EXPR]);
	set_more(pg, column, values);
	live_pg_remember(pg->map, PG_ATTRDEF, values[COLUMN_EXPR_OID], &column->base);
}

static int
column_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_object *parent = live_pg_find(pg->map, PG_CLASS, values[COLUMN_TABLE], 0);
	if (parent == NULL || parent->kind == MIG_DB_EXTENSION)
		return MIG_OK;
	size_t count = 0;
	(void)mig_db_parts(parent, MIG_DB_COLUMN, &count);
	struct mig_db_column *column =
	    live_pg_make_part(pg, MIG_DB_COLUMN, parent, values[COLUMN_NAME]);
	if (column == NULL)
		return live_pg_put(pg, NULL);
	column->type = live_pg_text(pg, values[COLUMN_TYPE]);
	column->type_text = column->type;
	column->position = (int)count + 1;
	if (parent->kind == MIG_DB_TABLE)
		set_column(pg, column, values);
	else if (parent->kind == MIG_DB_COMPOSITE)
		set_more(pg, column, values);
	live_pg_remember_column(
	    pg->map, values[COLUMN_TABLE], (int)live_pg_int(values[COLUMN_NUMBER]), &column->base);
	return live_pg_put(pg, column);
}

enum sequence_value {
	SEQUENCE_PERSISTENCE = PG_NEXT,
	SEQUENCE_TYPE,
	SEQUENCE_START,
	SEQUENCE_INCREMENT,
	SEQUENCE_MIN,
	SEQUENCE_MAX,
	SEQUENCE_CACHE,
	SEQUENCE_CYCLE,
	SEQUENCE_TABLE,
	SEQUENCE_COLUMN,
	SEQUENCE_HOW,
	SEQUENCE_IS_DEFAULT,
	SEQUENCE_OWNER_SCHEMA,
	SEQUENCE_OWNER_TABLE,
	SEQUENCE_OWNER_COLUMN,
	SEQUENCE_QUOTED
};

static struct mig_db_sequence_options
sequence_options(struct live_pg *pg, const char *const *values)
{
	return (struct mig_db_sequence_options){ .type = live_pg_text(pg, values[SEQUENCE_TYPE]),
		.start = live_pg_int(values[SEQUENCE_START]),
		.increment = live_pg_int(values[SEQUENCE_INCREMENT]),
		.min = live_pg_int(values[SEQUENCE_MIN]),
		.max = live_pg_int(values[SEQUENCE_MAX]),
		.cache = live_pg_int(values[SEQUENCE_CACHE]),
		.cycle = live_pg_bool(values[SEQUENCE_CYCLE]) };
}

/* Whether the column would get such a sequence without a word about it. */
static bool
is_plain(const struct mig_db_sequence_options *options, const char *column_type)
{
	int64_t max = INT64_MAX;
	if (options->type == NULL || column_type == NULL || strcmp(options->type, column_type) != 0)
		return false;
	if (strcmp(column_type, "integer") == 0)
		max = INT32_MAX;
	else if (strcmp(column_type, "smallint") == 0)
		max = INT16_MAX;
	return options->start == 1 && options->increment == 1 && options->min == 1 &&
	    options->max == max && options->cache == 1 && !options->cycle;
}

/* The sequence is a part of the column: of an identity, or of what serial makes. */
static int
give_sequence(struct live_pg *pg, struct mig_db_column *column, const char *const *values)
{
	struct mig_db_sequence_options options = sequence_options(pg, values);
	struct mig_db_column_more *more = mig_db_column_more(pg->live->db, column);
	if (more == NULL)
		return live_no_memory(pg->live);
	if (*values[SEQUENCE_HOW] == 'a') {
		column->identity = MIG_DB_SERIAL;
		column->default_expr = NULL;
	}
	more->sequence_name = live_pg_text(pg, values[SEQUENCE_QUOTED]);
	if (!is_plain(&options, column->type)) {
		more->sequence = mig_arena_alloc(pg->live->arena, sizeof(*more->sequence));
		if (more->sequence == NULL)
			return live_no_memory(pg->live);
		*more->sequence = options;
	}
	live_pg_alias(pg->map, PG_CLASS, values[PG_OID], &column->base);
	return live_pg_put(pg, NULL);
}

static int
sequence_row(struct live_pg *pg, const char *const *values)
{
	struct mig_db_object *owner = values[SEQUENCE_TABLE] == NULL ?
	    NULL :
	    live_pg_find_own(pg->map, PG_CLASS, values[SEQUENCE_TABLE],
	        (int)live_pg_int(values[SEQUENCE_COLUMN]));
	if (owner != NULL &&
	    (*values[SEQUENCE_HOW] == 'i' || live_pg_bool(values[SEQUENCE_IS_DEFAULT])))
		return give_sequence(pg, mig_db_as_column(owner), values);
	struct mig_db_sequence *sequence = live_pg_make(pg, MIG_DB_SEQUENCE, PG_CLASS, values);
	if (sequence == NULL)
		return live_pg_put(pg, NULL);
	sequence->options = sequence_options(pg, values);
	sequence->unlogged = *values[SEQUENCE_PERSISTENCE] == 'u';
	if (values[SEQUENCE_TABLE] != NULL) {
		sequence->owned_by = mig_arena_alloc(pg->live->arena, sizeof(*sequence->owned_by));
		if (sequence->owned_by == NULL)
			return live_no_memory(pg->live);
		sequence->owned_by->kind = MIG_DB_TABLE;
		sequence->owned_by->schema = live_pg_text(pg, values[SEQUENCE_OWNER_SCHEMA]);
		sequence->owned_by->name = live_pg_text(pg, values[SEQUENCE_OWNER_TABLE]);
		sequence->owned_by->column = live_pg_text(pg, values[SEQUENCE_OWNER_COLUMN]);
	}
	return live_pg_put(pg, sequence);
}

#define STORAGE                                                                                \
	" CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN'" \
	" WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,"

static const struct live_pg_query queries[] = {
	{ "tables and views",
	    "SELECT c.oid, n.nspname, c.relname, pg_get_userbyid(c.relowner), c.relkind,"
	    " c.relpersistence,"
	    " (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM ("
	    "SELECT unnest(c.reloptions)"
	    " UNION ALL SELECT 'toast.' || unnest(x.reloptions)) AS o(o)),"
	    " s.spcname, c.relreplident, c.relrowsecurity, c.relforcerowsecurity,"
	    " c.relispopulated,"
	    " CASE WHEN c.relkind <> 'v' AND (c.reltuples > 0 OR c.relpages > 0)"
	    " THEN c.reltuples END, c.reltype, w.typarray,"
	    " CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,"
	    " pg_get_expr(c.relpartbound, c.oid),"
	    " CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END"
	    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " LEFT JOIN pg_class x ON x.oid = c.reltoastrelid"
	    " LEFT JOIN pg_type w ON w.oid = c.reltype"
	    " LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace"
	    " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = ANY ($1)"
	    " AND c.relpersistence <> 't'"
	    " ORDER BY c.relkind = 'v', c.relkind = 'm', n.nspname, c.relname",
	    table_row },
	{ "inheritance",
	    "SELECT i.inhrelid, c.relispartition, n.nspname, p.relname,"
	    " count(*) OVER (PARTITION BY i.inhrelid)"
	    " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
	    " JOIN pg_class p ON p.oid = i.inhparent"
	    " JOIN pg_namespace n ON n.oid = p.relnamespace"
	    " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = ANY ($1)"
	    " ORDER BY i.inhrelid, i.inhseqno",
	    inherits_row },
	/*
	 * A default mentions no columns, so that its text is found without looking at the table,
	 * which takes a quarter of the time.
	 */
	{ "columns",
	    "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),"
	    " a.attnotnull, a.attidentity, a.attgenerated,"
	    " pg_get_expr(d.adbin, CASE WHEN a.attgenerated <> '' THEN d.adrelid ELSE 0 END),"
	    " d.oid,"
	    " CASE WHEN a.attcollation <> t.typcollation "
	    " THEN a.attcollation::regcollation END," STORAGE
	    " $COMPRESSION, nullif(a.attstattarget, -1), a.attislocal"
	    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
	    " JOIN pg_type t ON t.oid = a.atttypid"
	    " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
	    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'c') AND c.relnamespace = ANY ($1)"
	    " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum",
	    column_row },
	{ "sequences",
	    "SELECT c.oid, n.nspname, c.relname, pg_get_userbyid(c.relowner), c.relpersistence,"
	    " format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,"
	    " s.seqcache, s.seqcycle, d.refobjid, d.refobjsubid, d.deptype,"
	    " pg_get_expr(e.adbin, e.adrelid) ="
	    /* In its own texts the server writes no backslash twice, as quote_literal() does. */
	    " concat('nextval(''', replace(c.oid::regclass::text, '''', ''''''),"
	    " '''::regclass)'),"
	    " m.nspname, o.relname, a.attname,"
	    " concat(quote_ident(n.nspname), '.', quote_ident(c.relname))"
	    " FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid"
	    " JOIN pg_namespace n ON n.oid = c.relnamespace"
	    " LEFT JOIN pg_depend d ON d.classid = 1259 AND d.objid = c.oid AND d.objsubid = 0"
	    " AND d.refclassid = 1259 AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')"
	    " LEFT JOIN pg_class o ON o.oid = d.refobjid"
	    " LEFT JOIN pg_namespace m ON m.oid = o.relnamespace"
	    " LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
	    " LEFT JOIN pg_attrdef e ON e.adrelid = d.refobjid AND e.adnum = d.refobjsubid"
	    " WHERE c.relnamespace = ANY ($1) AND c.relpersistence <> 't'"
	    " ORDER BY n.nspname, c.relname",
	    sequence_row },
};

int
live_pg_read_tables(struct live_pg *pg)
{
	return live_pg_all(pg, queries, sizeof(queries) / sizeof(queries[0]));
}
