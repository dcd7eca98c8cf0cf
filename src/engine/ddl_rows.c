/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/ddl_int.h"

/*
 * A change of the catalogue waits for every transaction that uses the table, and everybody else
 * waits behind it: better to give up after a while and to try again.
 */
#define IN_TIME "SET LOCAL lock_timeout = '5s';\n"

#define BEGIN_BLOCK "DO $migarch$\nBEGIN\n"
#define END_BLOCK "END\n$migarch$;"

/* The catalogue's row of a column. */
#define ATTRIBUTE(name) \
	"FROM pg_attribute WHERE attrelid = {table_text}::regclass" \
	" AND attname = " name " AND NOT attisdropped"
#define HAS_COLUMN(name) "EXISTS (SELECT " ATTRIBUTE(name) ")"
#define HAS_DEFAULT(name) "(SELECT atthasdef " ATTRIBUTE(name) ")"
#define IS_REQUIRED(name) "(SELECT attnotnull " ATTRIBUTE(name) ")"
#define HAS_CONSTRAINT(name, more) \
	"EXISTS (SELECT FROM pg_constraint WHERE conrelid = {table_text}::regclass" \
	" AND conname = " name more ")"
#define HAS_TRIGGER \
	"EXISTS (SELECT FROM pg_trigger WHERE tgrelid = {table_text}::regclass" \
	" AND tgname = {trigger_text})"

/* Rows by ranges of pages, each a transaction: needs no key and visits each page once. */
#define BATCHES(set, where) \
	"DO $migarch$\n" \
	"DECLARE\n" \
	"  migarch_page bigint := 0;\n" \
	"  migarch_end bigint := pg_relation_size({table_text}::regclass)\n" \
	"    / current_setting('block_size')::bigint;\n" \
	"BEGIN\n" \
	"  WHILE migarch_page <= migarch_end LOOP\n" \
	"    UPDATE {table} SET " set "\n" \
	"    WHERE ctid >= format('(%s,0)', migarch_page)::tid\n" \
	"      AND ctid < format('(%s,0)', migarch_page + {pages})::tid\n" \
	"      AND " where ";\n" \
	"    COMMIT;\n" \
	"    migarch_page := migarch_page + {pages};\n" \
	"  END LOOP;\n" END_BLOCK

#define STOP_IF(condition, text) \
	BEGIN_BLOCK "  IF " condition " THEN\n    RAISE EXCEPTION " text ";\n  END IF;\n" END_BLOCK

/* What an undo needs and the specification does not say is kept in a small table of our own. */
#define KEEP(what, source) "CREATE TABLE {kept} AS SELECT " what " AS definition\n  " source ";\n"
#define KEPT "(SELECT definition FROM {kept})"
#define FORGET "DROP TABLE {kept};"
#define IS_KEPT "to_regclass({kept_text}) IS NOT NULL"

/* A trigger that keeps two columns alike. */
#define SYNC(create, body) \
	create " FUNCTION {sync}() RETURNS trigger LANGUAGE plpgsql AS $migarch$\n" \
	"BEGIN\n" body "  RETURN NEW;\nEND\n$migarch$;\n"
#define SYNC_TRIGGER \
	"CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table}\n" \
	"  FOR EACH ROW EXECUTE FUNCTION {sync}();"
#define NO_SYNC "DROP TRIGGER {trigger} ON {table};\nDROP FUNCTION {sync}();\n"

/*
 * Both names may be written: whoever changes one of them wins.  Compared as text, since not
 * every type can be compared.
 */
#define RENAME_BESIDE \
	BEGIN_BLOCK \
	"  EXECUTE 'ALTER TABLE {table} ADD COLUMN {shadow} ' ||\n" \
	"    (SELECT format_type(atttypid, atttypmod)\n" \
	"     " ATTRIBUTE("{column_text}") ");\n" END_BLOCK "\n" \
	SYNC("CREATE", \
	    "  IF TG_OP = 'UPDATE'\n" \
	    "      AND NEW.{shadow}::text IS NOT DISTINCT FROM OLD.{shadow}::text\n" \
	    "      OR TG_OP = 'INSERT' AND NEW.{shadow} IS NULL THEN\n" \
	    "    NEW.{shadow} := NEW.{column};\n" \
	    "  ELSE\n" \
	    "    NEW.{column} := NEW.{shadow};\n" \
	    "  END IF;\n") \
	SYNC_TRIGGER
#define RENAME_DIFFERS "{shadow}::text IS DISTINCT FROM {column}::text"
#define RENAME_FILL BATCHES("{column} = {column}", RENAME_DIFFERS)

/* An assignment of PL/pgSQL converts what a cast of SQL would not, and refuses to cut. */
#define CONVERTING(to, from) \
	"  BEGIN\n" \
	"    NEW." to " := NEW." from ";\n" \
	"  EXCEPTION WHEN OTHERS THEN\n" \
	"    NEW." to " := NULL;\n" \
	"  END;\n"
#define UNCONVERTED "{column} IS NOT NULL AND {shadow} IS NULL"

/* What would stay with the old column when the new one takes its name. */
#define NOTHING_HANGS_ON_IT \
	"DO $migarch$\n" \
	"DECLARE\n" \
	"  migarch_found text := (\n" \
	"    SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ')\n" \
	"    FROM pg_depend d\n" \
	"    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid\n" \
	"    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {table_text}::regclass\n" \
	"      AND a.attname = {column_text}\n" \
	"      AND (d.classid <> 'pg_attrdef'::regclass OR a.attgenerated <> '')\n" \
	"      AND coalesce(\n" \
	"        (SELECT conname FROM pg_constraint\n" \
	"         WHERE d.classid = 'pg_constraint'::regclass AND oid = d.objid),\n" \
	"        (SELECT relname FROM pg_class\n" \
	"         WHERE d.classid = 'pg_class'::regclass AND oid = d.objid),\n" \
	"        '') <> ALL (ARRAY[{dropped}]::name[]));\n" \
	"BEGIN\n" \
	"  IF migarch_found IS NOT NULL THEN\n" \
	"    RAISE EXCEPTION 'to convert {name}, drop and add again in the specification: %'," \
	" migarch_found;\n" \
	"  END IF;\n" END_BLOCK "\n"

/* A constraint that at first holds for new rows only. */
#define ADD_CONSTRAINT \
	"Add the constraint {constraint_name} to {table_name} for new rows: {definition}", \
	IN_TIME "ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition} NOT VALID;", \
	IN_TIME "ALTER TABLE {table} DROP CONSTRAINT {constraint};", \
	"SELECT " HAS_CONSTRAINT("{constraint_text}", "")
#define VALIDATE_CONSTRAINT \
	"Check the constraint {constraint_name} on the rows that {table_name} had before, while " \
	"reads and writes go on", \
	IN_TIME "ALTER TABLE {table} VALIDATE CONSTRAINT {constraint};", NULL, \
	"SELECT " HAS_CONSTRAINT("{constraint_text}", " AND convalidated")

#define REQUIRE "{table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID;"
#define REQUIRED_WAYS (MIG_DDL_ADD_REQ | MIG_DDL_ADD_FILL_REQ)
#define FILLED_WAYS (MIG_DDL_ADD_FILL | MIG_DDL_ADD_FILL_REQ)
#define BUILT_KEYS (MIG_DDL_UNIQUE | MIG_DDL_PRIMARY)

#define SAFE true, true       /* reversible, in one transaction */
#define SAFE_ALONE true, false
#define FINAL false, true

const struct mig_ddl_row mig_ddl_rows[] = {
	/* add_column */
	{ MIG_DDL_ADD, MIG_DDL_EXPAND, 0, SAFE,
	    "Add the column {name} ({form}); the rows that exist are not written anew",
	    IN_TIME "ALTER TABLE {table} ADD COLUMN {column} {form};",
	    IN_TIME "ALTER TABLE {table} DROP COLUMN {column};",
	    "SELECT " HAS_COLUMN("{column_text}") },
	{ FILLED_WAYS, MIG_DDL_EXPAND, 0, SAFE,
	    "Add the column {name} ({type}) empty and then its default, which only new rows get",
	    IN_TIME "ALTER TABLE {table} ADD COLUMN {column} {type};\n"
		    "ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default};",
	    IN_TIME "ALTER TABLE {table} DROP COLUMN {column};",
	    "SELECT coalesce(" HAS_DEFAULT("{column_text}") ", false)" },
	{ MIG_DDL_ADD_REQ, MIG_DDL_EXPAND, 0, SAFE,
	    "Add the column {name} ({type}), still allowed to be empty: it has no default",
	    IN_TIME "ALTER TABLE {table} ADD COLUMN {column} {type};",
	    IN_TIME "ALTER TABLE {table} DROP COLUMN {column};",
	    "SELECT " HAS_COLUMN("{column_text}") },
	{ FILLED_WAYS, MIG_DDL_MIGRATE, 0, SAFE_ALONE,
	    "Give {name} its default in the rows that were there before, {batch}",
	    BATCHES("{column} = DEFAULT", "{column} IS NULL"), NULL,
	    "SELECT NOT EXISTS (SELECT FROM {table} WHERE {column} IS NULL)" },
	{ MIG_DDL_ADD_REQ, MIG_DDL_MIGRATE, 0, SAFE,
	    "Stop while a row has no {name}: no default says what to fill in, so the new version "
	    "or its owner must have done it",
	    STOP_IF("EXISTS (SELECT FROM {table} WHERE {column} IS NULL)",
		"'fill {name} in all rows first'"),
	    NULL, "SELECT NOT EXISTS (SELECT FROM {table} WHERE {column} IS NULL)" },
	{ REQUIRED_WAYS, MIG_DDL_MIGRATE, 2, SAFE,
	    "Refuse new rows without {name}",
	    IN_TIME "ALTER TABLE " REQUIRE,
	    IN_TIME "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check};",
	    "SELECT " HAS_CONSTRAINT("{check_text}", "") " OR " IS_REQUIRED("{column_text}") },
	{ REQUIRED_WAYS, MIG_DDL_MIGRATE, 2, SAFE,
	    "Check that every row has {name}, while reads and writes go on",
	    IN_TIME "ALTER TABLE {table} VALIDATE CONSTRAINT {check};", NULL,
	    "SELECT " HAS_CONSTRAINT("{check_text}", " AND convalidated") " OR "
	    IS_REQUIRED("{column_text}") },
	{ REQUIRED_WAYS, MIG_DDL_MIGRATE, 2, SAFE,
	    "Make {name} NOT NULL; the check before spares the scan of the table",
	    IN_TIME "ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n"
		    "ALTER TABLE {table} DROP CONSTRAINT {check};",
	    IN_TIME "ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;",
	    "SELECT " IS_REQUIRED("{column_text}") },

	/* modify_column */
	{ MIG_DDL_WIDEN, MIG_DDL_MIGRATE, 1, SAFE,
	    "Change {name} from {old_type} to {type}, which holds all old values; the undo refuses "
	    "values that the old type cannot hold",
	    IN_TIME "ALTER TABLE {table} ALTER COLUMN {column} TYPE {type};",
	    IN_TIME "ALTER TABLE {table} ALTER COLUMN {column} TYPE {old_type};",
	    "SELECT (SELECT format_type(atttypid, atttypmod) " ATTRIBUTE("{column_text}")
	    ") = {shown_text}" },
	{ MIG_DDL_CONVERT, MIG_DDL_EXPAND, 0, SAFE,
	    "Add {shadow_name} ({type}) beside {name} ({old_type}), with a trigger that converts "
	    "every write",
	    IN_TIME NOTHING_HANGS_ON_IT "ALTER TABLE {table} ADD COLUMN {shadow} {type};\n"
	    SYNC("CREATE", CONVERTING("{shadow}", "{column}")) SYNC_TRIGGER,
	    IN_TIME NO_SYNC "ALTER TABLE {table} DROP COLUMN {shadow};",
	    "SELECT " HAS_COLUMN("{shadow_text}") " AND " HAS_TRIGGER },
	{ MIG_DDL_CONVERT, MIG_DDL_MIGRATE, 0, SAFE_ALONE,
	    "Convert {name} into {shadow_name} in the rows that were there before, {batch}",
	    BATCHES("{column} = {column}", UNCONVERTED), NULL,
	    "SELECT NOT EXISTS (SELECT FROM {table} WHERE " UNCONVERTED ")" },
	{ MIG_DDL_CONVERT, MIG_DDL_MIGRATE, 2, SAFE_ALONE,
	    "Make {shadow_name} NOT NULL if {name} is, without a long lock",
	    BEGIN_BLOCK "  IF " IS_REQUIRED("{column_text}") " THEN\n"
	    "    ALTER TABLE {table} ADD CONSTRAINT {check}\n"
	    "      CHECK ({shadow} IS NOT NULL) NOT VALID;\n"
	    "    COMMIT;\n"
	    "    ALTER TABLE {table} VALIDATE CONSTRAINT {check};\n"
	    "    COMMIT;\n"
	    "    ALTER TABLE {table} ALTER COLUMN {shadow} SET NOT NULL;\n"
	    "    ALTER TABLE {table} DROP CONSTRAINT {check};\n"
	    "  END IF;\n" END_BLOCK,
	    "ALTER TABLE {table} ALTER COLUMN {shadow} DROP NOT NULL, "
	    "DROP CONSTRAINT IF EXISTS {check};",
	    "SELECT " IS_REQUIRED("{shadow_text}") " = " IS_REQUIRED("{column_text}") },
	{ MIG_DDL_CONVERT, MIG_DDL_CONTRACT, 2, SAFE,
	    "Stop while a value of {name} has no counterpart in {shadow_name}",
	    STOP_IF("EXISTS (SELECT FROM {table} WHERE " UNCONVERTED ")",
		"'values of {name} do not convert'"),
	    NULL, "SELECT NOT EXISTS (SELECT FROM {table} WHERE " UNCONVERTED ")" },
	{ MIG_DDL_CONVERT, MIG_DDL_CONTRACT, 2, SAFE,
	    "Let {shadow_name} take the name {name} and keep the old values as {retired_name}, "
	    "written further by the trigger; {later}",
	    IN_TIME "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n"
	    "ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;\n"
	    "ALTER TABLE {table} RENAME COLUMN {column} TO {retired};\n"
	    "ALTER TABLE {table} RENAME COLUMN {shadow} TO {column};\n"
	    "DO $migarch$\n"
	    "DECLARE\n"
	    "  migarch_default text := (\n"
	    "    SELECT pg_get_expr(d.adbin, d.adrelid)\n"
	    "    FROM pg_attrdef d\n"
	    "    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum\n"
	    "    WHERE d.adrelid = {table_text}::regclass AND a.attname = {retired_text});\n"
	    "BEGIN\n"
	    "  IF migarch_default IS NOT NULL THEN\n"
	    "    EXECUTE 'ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT (' ||\n"
	    "      migarch_default || ')::{type_inside}';\n"
	    "  END IF;\n" END_BLOCK "\n"
	    SYNC("CREATE OR REPLACE", CONVERTING("{retired}", "{column}")),
	    IN_TIME "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n"
	    "ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT;\n"
	    "ALTER TABLE {table} RENAME COLUMN {column} TO {shadow};\n"
	    "ALTER TABLE {table} RENAME COLUMN {retired} TO {column};\n"
	    BEGIN_BLOCK "  IF " IS_REQUIRED("{shadow_text}") " THEN\n"
	    "    ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n"
	    "  END IF;\n" END_BLOCK "\n"
	    SYNC("CREATE OR REPLACE", CONVERTING("{shadow}", "{column}")),
	    "SELECT " HAS_COLUMN("{column_text}") " AND " HAS_COLUMN("{retired_text}")
	    " AND NOT " HAS_COLUMN("{shadow_text}") },
	{ MIG_DDL_CONVERT, MIG_DDL_DROP, 0, FINAL,
	    "Drop {retired_name}, {name} as {old_type}: only a backup brings the values back",
	    IN_TIME NO_SYNC "ALTER TABLE {table} DROP COLUMN {retired};", NULL,
	    "SELECT NOT " HAS_COLUMN("{retired_text}") " AND NOT " HAS_TRIGGER },

	/* rename_column */
	{ MIG_DDL_RENAME, MIG_DDL_EXPAND, 0, SAFE,
	    "Add {shadow_name} beside {name}, with a trigger that keeps both alike; it has no "
	    "index until the old column takes the new name",
	    IN_TIME RENAME_BESIDE,
	    IN_TIME NO_SYNC "ALTER TABLE {table} DROP COLUMN {shadow};",
	    "SELECT " HAS_COLUMN("{shadow_text}") " AND " HAS_TRIGGER },
	{ MIG_DDL_RENAME, MIG_DDL_MIGRATE, 0, SAFE_ALONE,
	    "Copy {name} into {shadow_name} in the rows that were there before, {batch}",
	    RENAME_FILL, NULL,
	    "SELECT NOT EXISTS (SELECT FROM {table} WHERE " RENAME_DIFFERS ")" },
	{ MIG_DDL_RENAME, MIG_DDL_CONTRACT, 2, SAFE_ALONE,
	    "Stop while {name} and {shadow_name} differ in a row; the undo makes them alike again",
	    STOP_IF("EXISTS (SELECT FROM {table} WHERE " RENAME_DIFFERS ")",
		"'{name} and {shadow_name} differ'"),
	    RENAME_FILL,
	    "SELECT NOT EXISTS (SELECT FROM {table} WHERE " RENAME_DIFFERS ")" },
	{ MIG_DDL_RENAME, MIG_DDL_CONTRACT, 2, SAFE,
	    "Drop the copy and rename {name} to {shadow_name}, with its indexes, constraints and "
	    "default",
	    IN_TIME "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n" NO_SYNC
	    "ALTER TABLE {table} DROP COLUMN {shadow};\n"
	    "ALTER TABLE {table} RENAME COLUMN {column} TO {shadow};",
	    IN_TIME "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n"
	    "ALTER TABLE {table} RENAME COLUMN {shadow} TO {column};\n" RENAME_BESIDE,
	    "SELECT " HAS_COLUMN("{shadow_text}") " AND NOT " HAS_COLUMN("{column_text}") },

	/* drop_column */
	{ MIG_DDL_DROP_COLUMN, MIG_DDL_CONTRACT, 3, SAFE,
	    "Put {name} out of use as {retired_name}, with all its values (an undo needs it filled "
	    "in newer rows, too, if it was NOT NULL); {later}",
	    IN_TIME KEEP("CASE WHEN attnotnull THEN 'NOT NULL' ELSE 'NULL' END",
		ATTRIBUTE("{column_text}"))
	    "ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;\n"
	    "ALTER TABLE {table} RENAME COLUMN {column} TO {retired};",
	    IN_TIME "ALTER TABLE {table} RENAME COLUMN {retired} TO {column};\n"
	    BEGIN_BLOCK "  IF " KEPT " = 'NOT NULL' THEN\n"
	    "    ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n"
	    "  END IF;\n" END_BLOCK "\n" FORGET,
	    "SELECT " HAS_COLUMN("{retired_text}") " AND NOT " HAS_COLUMN("{column_text}") },
	{ MIG_DDL_DROP_COLUMN, MIG_DDL_DROP, 0, FINAL,
	    "Drop {name} (by now {retired_name}) and its values: only a backup brings them back",
	    IN_TIME "ALTER TABLE {table} DROP COLUMN {retired};\n" FORGET, NULL,
	    "SELECT NOT " HAS_COLUMN("{retired_text}") },

	/* add_constraint */
	{ MIG_DDL_CHECK, MIG_DDL_EXPAND, 2, SAFE, ADD_CONSTRAINT },
	{ MIG_DDL_CHECK, MIG_DDL_MIGRATE, 4, SAFE, VALIDATE_CONSTRAINT },
	{ MIG_DDL_FOREIGN, MIG_DDL_MIGRATE, 4, SAFE, ADD_CONSTRAINT },
	{ MIG_DDL_FOREIGN, MIG_DDL_MIGRATE, 5, SAFE, VALIDATE_CONSTRAINT },
	{ BUILT_KEYS, MIG_DDL_EXPAND, 1, SAFE_ALONE,
	    "Build the unique index for the constraint {constraint_name} on {table_name} "
	    "({columns}), while writes go on",
	    "CREATE UNIQUE INDEX CONCURRENTLY {constraint} ON {table} ({columns});",
	    "DROP INDEX CONCURRENTLY IF EXISTS {index_path};",
	    "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass({index_text})"
	    " AND indisvalid)" },
	{ MIG_DDL_UNIQUE, MIG_DDL_MIGRATE, 3, SAFE,
	    "Make the index {constraint_name} of {table_name} a unique constraint",
	    IN_TIME "ALTER TABLE {table}\n"
		    "  ADD CONSTRAINT {constraint} UNIQUE USING INDEX {constraint};",
	    IN_TIME "ALTER TABLE {table} DROP CONSTRAINT {constraint};",
	    "SELECT " HAS_CONSTRAINT("{constraint_text}", " AND contype = 'u'") },
	{ MIG_DDL_PRIMARY, MIG_DDL_MIGRATE, 3, SAFE,
	    "Make the index {constraint_name} the primary key of {table_name}, if its columns are "
	    "NOT NULL already: otherwise the undo could not tell",
	    IN_TIME STOP_IF(
		"EXISTS (SELECT FROM pg_index i\n"
		"      JOIN pg_attribute a\n"
		"      ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)\n"
		"      WHERE i.indexrelid = {index_text}::regclass AND NOT a.attnotnull)",
		"'make the columns of {constraint_name} NOT NULL first'")
	    "\nALTER TABLE {table}\n"
	    "  ADD CONSTRAINT {constraint} PRIMARY KEY USING INDEX {constraint};",
	    IN_TIME "ALTER TABLE {table} DROP CONSTRAINT {constraint};",
	    "SELECT " HAS_CONSTRAINT("{constraint_text}", " AND contype = 'p'") },
	{ MIG_DDL_KEY_RAW, MIG_DDL_MIGRATE, 3, SAFE,
	    "Add the constraint {constraint_name} to {table_name}: {definition}; writes wait while "
	    "it is built",
	    IN_TIME "ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition};",
	    IN_TIME "ALTER TABLE {table} DROP CONSTRAINT {constraint};",
	    "SELECT " HAS_CONSTRAINT("{constraint_text}", "") },

	/* drop_constraint */
	{ MIG_DDL_DROP_CONSTRAINT, MIG_DDL_CONTRACT, 0, SAFE,
	    "Drop the constraint {constraint_name} of {table_name}; its definition is kept in "
	    "{kept_name} for the undo, which reads the whole table under a lock",
	    IN_TIME KEEP("pg_get_constraintdef(oid)",
		"FROM pg_constraint WHERE conrelid = {table_text}::regclass"
		" AND conname = {constraint_text}")
	    "ALTER TABLE {table} DROP CONSTRAINT {constraint};",
	    IN_TIME BEGIN_BLOCK
	    "  EXECUTE 'ALTER TABLE {table} ADD CONSTRAINT {constraint} ' || " KEPT ";\n"
	    END_BLOCK "\n" FORGET,
	    "SELECT NOT " HAS_CONSTRAINT("{constraint_text}", "") },

	/* add_index */
	{ MIG_DDL_INDEX, MIG_DDL_EXPAND, 1, SAFE_ALONE,
	    "Build the index {constraint_name} on {table_name} ({columns}), while writes go on",
	    "CREATE {unique}INDEX CONCURRENTLY {constraint} ON {table} ({columns});",
	    "DROP INDEX CONCURRENTLY IF EXISTS {index_path};",
	    "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass({index_text})"
	    " AND indisvalid)" },

	/* drop_index */
	{ MIG_DDL_DROP_INDEX, MIG_DDL_CONTRACT, 1, SAFE,
	    "Keep the definition of the index {constraint_name} of {table_name} in {kept_name} "
	    "for the undo",
	    KEEP("pg_get_indexdef(indexrelid)",
		"FROM pg_index WHERE indexrelid = {index_text}::regclass"),
	    FORGET, "SELECT " IS_KEPT },
	{ MIG_DDL_DROP_INDEX, MIG_DDL_CONTRACT, 1, SAFE_ALONE,
	    "Drop the index {constraint_name} of {table_name}; the undo builds it again, and "
	    "writes wait for that",
	    "DROP INDEX CONCURRENTLY {index_path};",
	    BEGIN_BLOCK "  EXECUTE " KEPT ";\n" END_BLOCK,
	    "SELECT to_regclass({index_text}) IS NULL" },
	{ MIG_DDL_DROP_CONSTRAINT | MIG_DDL_DROP_INDEX, MIG_DDL_DROP, 0, FINAL,
	    "Forget the definition of {constraint_name} of {table_name}: from now on only a "
	    "backup has it",
	    FORGET, NULL, "SELECT to_regclass({kept_text}) IS NULL" },
	{ 0 },
};
