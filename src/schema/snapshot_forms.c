/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/snapshot_int.h"

/* Names of enumerators, in their order. */
static const char *const identity_words[] = { "none", "always", "by_default", "serial",
	"auto_increment", NULL };
static const char *const generated_words[] = { "none", "stored", "virtual", NULL };
static const char *const kind_words[] = { "extension", "schema", "enum", "domain", "composite",
	"range_type", "collation", "sequence", "routine", "table", "view", "materialized_view",
	"statistics", "object", "column", "constraint", "index", "trigger", "policy", "rule",
	NULL };
static const char *const trigger_words[] = { "trigger", "policy", "rule", NULL };
static const char *const enabled_words[] = { "O", "D", "R", "A", NULL };
static const char *const replica_words[] = { "d", "f", "n", "i", NULL };
const char *const mig_snap_constraint_words[] = { "primary_key", "unique", "foreign_key", "check",
	"exclusion", NULL };
static const char *const action_words[] = { "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT",
	"NO ACTION", NULL };
static const char *const dialect_words[] = { "postgresql", "mysql", NULL };

/* NOLINTBEGIN(bugprone-macro-parentheses): types and initialisers take no brackets */
#define ROW(name, what, type, member) .key = name, .kind = (what), .at = offsetof(type, member)

/* Members that all things have but their definition, which is called otherwise in places. */
#define EXTRA struct mig_db_extra
#define COMMON                                                                                  \
	{ ROW("comment", SNAP_TEXT, EXTRA, comment), .flags = SNAP_EXTRA },                     \
	    { ROW("written", SNAP_TEXT, EXTRA, written), .flags = SNAP_EXTRA | SNAP_NONEMPTY }, \
	    { ROW("owner", SNAP_TEXT, EXTRA, owner), .flags = SNAP_EXTRA },                     \
	    { ROW("grants", SNAP_GRANTS, EXTRA, grants), .flags = SNAP_EXTRA,                   \
		    .count_at = offsetof(EXTRA, grants_count) },                                \
	{                                                                                       \
		ROW("uses", SNAP_REFS, EXTRA, refs), .flags = SNAP_EXTRA,                       \
		    .count_at = offsetof(EXTRA, refs_count)                                     \
	}

/* Of the rows, only the first few are required. */
#define FORM(name, list, required) \
	const struct mig_snap_form name = { list, sizeof(list) / sizeof((list)[0]), required }

static const struct mig_snap_row grant_rows[] = {
	{ ROW("role", SNAP_TEXT, struct mig_db_grant, role),
	    .flags = SNAP_REQUIRED | SNAP_NONEMPTY },
	{ ROW("privilege", SNAP_TEXT, struct mig_db_grant, privilege),
	    .flags = SNAP_REQUIRED | SNAP_NONEMPTY },
	{ ROW("column", SNAP_TEXT, struct mig_db_grant, column) },
	{ ROW("with_grant_option", SNAP_BOOL, struct mig_db_grant, with_grant_option) },
	{ ROW("denied", SNAP_BOOL, struct mig_db_grant, denied) },
};
FORM(mig_snap_grant_form, grant_rows, 2);

static const struct mig_snap_row ref_rows[] = {
	{ ROW("kind", SNAP_WORD, struct mig_db_ref, kind), .words = kind_words,
	    .usual = MIG_DB_TABLE },
	{ ROW("schema", SNAP_TEXT, struct mig_db_ref, schema) },
	{ ROW("name", SNAP_TEXT, struct mig_db_ref, name), .flags = SNAP_REQUIRED | SNAP_NONEMPTY },
	{ ROW("column", SNAP_TEXT, struct mig_db_ref, column) },
};
FORM(mig_snap_ref_form, ref_rows, 3);

static const struct mig_snap_row sequence_option_rows[] = {
	{ ROW("type", SNAP_TEXT, struct mig_db_sequence_options, type), .flags = SNAP_NONEMPTY },
	{ ROW("start", SNAP_INT, struct mig_db_sequence_options, start), .min = INT64_MIN,
	    .usual = 1 },
	{ ROW("increment", SNAP_INT, struct mig_db_sequence_options, increment), .min = INT64_MIN,
	    .usual = 1 },
	{ ROW("min", SNAP_INT, struct mig_db_sequence_options, min), .min = INT64_MIN, .usual = 1 },
	{ ROW("max", SNAP_INT, struct mig_db_sequence_options, max), .min = INT64_MIN,
	    .usual = INT64_MAX },
	{ ROW("cache", SNAP_INT, struct mig_db_sequence_options, cache), .min = 1, .usual = 1 },
	{ ROW("cycle", SNAP_BOOL, struct mig_db_sequence_options, cycle) },
};
FORM(mig_snap_sequence_form, sequence_option_rows, 0);

#define COLUMN struct mig_snap_column

/* The most frequent keys first: there are documents with a million of each. */
#define COLUMN_ROWS(type_flags)                                                              \
	{ ROW("type", SNAP_TEXT, COLUMN, type), .flags = (type_flags) | SNAP_NONEMPTY },     \
	    { ROW("length", SNAP_INT, COLUMN, length) },                                     \
	    { ROW("precision", SNAP_INT, COLUMN, precision), .usual = -1 },                  \
	    { ROW("scale", SNAP_INT, COLUMN, scale), .usual = -1, .min = -1000 },            \
	    { ROW("nullable", SNAP_BOOL, COLUMN, nullable), .usual = 1 },                    \
	    { ROW("default", SNAP_SCALAR, COLUMN, default_json), .flags = SNAP_NULLABLE },   \
	    { ROW("primary_key", SNAP_BOOL, COLUMN, primary_key) },                          \
	    { ROW("unique", SNAP_BOOL, COLUMN, unique) },                                    \
	    { ROW("auto_increment", SNAP_BOOL, COLUMN, auto_increment) }, COMMON,            \
	    { ROW("sql_type", SNAP_TEXT, COLUMN, sql_type), .flags = SNAP_NONEMPTY },        \
	    { ROW("default_sql", SNAP_TEXT, COLUMN, default_sql), .flags = SNAP_NONEMPTY },  \
	    { ROW("on_update", SNAP_TEXT, COLUMN, more.on_update), .flags = SNAP_NONEMPTY }, \
	    { ROW("identity", SNAP_WORD, COLUMN, identity), .words = identity_words },       \
	    { ROW("sequence", SNAP_SEQUENCE, COLUMN, more.sequence) },                       \
	    { ROW("sequence_name", SNAP_TEXT, COLUMN, more.sequence_name) },                 \
	    { ROW("generated", SNAP_WORD, COLUMN, generated), .words = generated_words },    \
	    { ROW("generated_expression", SNAP_TEXT, COLUMN, more.generated_expr) },         \
	    { ROW("collation", SNAP_TEXT, COLUMN, more.collation) },                         \
	    { ROW("charset", SNAP_TEXT, COLUMN, more.charset) },                             \
	    { ROW("storage", SNAP_TEXT, COLUMN, more.storage) },                             \
	    { ROW("compression", SNAP_TEXT, COLUMN, more.compression) },                     \
	    { ROW("statistics", SNAP_SMALL, COLUMN, more.statistics), .usual = -1 },         \
	    { ROW("invisible", SNAP_BOOL, COLUMN, more.invisible) },                         \
	    { ROW("inherited", SNAP_BOOL, COLUMN, inherited) },                              \
	    { ROW("position", SNAP_SMALL, COLUMN, position), .min = 1 },                     \
	{                                                                                    \
		ROW("definition", SNAP_TEXT, COLUMN, base.definition)                        \
	}

static const struct mig_snap_row column_rows[] = { COLUMN_ROWS(SNAP_REQUIRED) };
FORM(mig_snap_column_form, column_rows, 1);

static const struct mig_snap_row attribute_rows[] = { COLUMN_ROWS(0) };
FORM(mig_snap_attribute_form, attribute_rows, 0);

const struct mig_snap_column mig_snap_column_empty = {
	.base = { .extra = &mig_db_extra_none },
	.precision = -1,
	.scale = -1,
	.nullable = true,
	.more = { .statistics = -1 },
};

#define CONSTRAINT struct mig_db_constraint
#define TEXTS_ROW(name, type, member) \
	ROW(name, SNAP_TEXTS, type, member), .count_at = offsetof(type, member##_count)

static const struct mig_snap_row foreign_key_rows[] = {
	{ TEXTS_ROW("columns", CONSTRAINT, columns), .flags = SNAP_REQUIRED | SNAP_NONEMPTY },
	{ ROW("references", SNAP_TARGET, CONSTRAINT, ref_table), .flags = SNAP_REQUIRED },
	{ ROW("on_delete", SNAP_TEXT, CONSTRAINT, on_delete), .words = action_words },
	{ ROW("on_update", SNAP_TEXT, CONSTRAINT, on_update), .words = action_words },
};
FORM(mig_snap_foreign_key_form, foreign_key_rows, 2);

#define KEY(name, type) .key = name, .kind = SNAP_KEY, .min = (type)

static const struct mig_snap_row key_rows[] = {
	{ KEY("primary_key", MIG_DB_PRIMARY_KEY) },
	{ KEY("unique", MIG_DB_UNIQUE) },
	{ KEY("foreign_key", MIG_DB_FOREIGN_KEY) },
	{ KEY("check", MIG_DB_CHECK) },
};
static FORM(keys_form, key_rows, 0);

static const struct mig_snap_row constraint_rows[] = {
	{ ROW("kind", SNAP_WORD, CONSTRAINT, type), .words = mig_snap_constraint_words,
	    .flags = SNAP_REQUIRED, .usual = -1 },
	{ ROW("name", SNAP_TEXT, CONSTRAINT, base.name), .flags = SNAP_NONEMPTY | SNAP_OWN },
	{ TEXTS_ROW("columns", CONSTRAINT, columns) },
	{ ROW("references", SNAP_TARGET, CONSTRAINT, ref_table) },
	{ ROW("match", SNAP_TEXT, CONSTRAINT, match), .flags = SNAP_NONEMPTY },
	{ ROW("on_delete", SNAP_TEXT, CONSTRAINT, on_delete), .words = action_words },
	{ ROW("on_update", SNAP_TEXT, CONSTRAINT, on_update), .words = action_words },
	{ TEXTS_ROW("on_delete_columns", CONSTRAINT, on_delete_columns) },
	{ ROW("expression", SNAP_TEXT, CONSTRAINT, expression), .flags = SNAP_NONEMPTY },
	{ TEXTS_ROW("include", CONSTRAINT, include) },
	{ ROW("index_method", SNAP_TEXT, CONSTRAINT, index_method), .flags = SNAP_NONEMPTY },
	{ ROW("options", SNAP_TEXT, CONSTRAINT, options) },
	{ ROW("deferrable", SNAP_BOOL, CONSTRAINT, deferrable) },
	{ ROW("initially_deferred", SNAP_BOOL, CONSTRAINT, initially_deferred) },
	{ ROW("not_valid", SNAP_BOOL, CONSTRAINT, not_valid) },
	{ ROW("no_inherit", SNAP_BOOL, CONSTRAINT, no_inherit) },
	{ ROW("nulls_not_distinct", SNAP_BOOL, CONSTRAINT, nulls_not_distinct) },
	{ ROW("inherited", SNAP_BOOL, CONSTRAINT, inherited) },
	{ ROW("inline", SNAP_BOOL, CONSTRAINT, inline_column) },
	{ ROW("definition", SNAP_TEXT, CONSTRAINT, base.definition) },
	COMMON,
};
FORM(mig_snap_constraint_form, constraint_rows, 1);

#define INDEX struct mig_db_index

static const struct mig_snap_row index_rows[] = {
	{ ROW("name", SNAP_TEXT, INDEX, base.name),
	    .flags = SNAP_REQUIRED | SNAP_NONEMPTY | SNAP_OWN },
	{ TEXTS_ROW("columns", INDEX, columns), .flags = SNAP_REQUIRED | SNAP_NONEMPTY },
	{ ROW("unique", SNAP_BOOL, INDEX, unique) },
	{ ROW("method", SNAP_TEXT, INDEX, method), .flags = SNAP_NONEMPTY },
	{ ROW("predicate", SNAP_TEXT, INDEX, predicate), .flags = SNAP_NONEMPTY },
	{ ROW("nulls_not_distinct", SNAP_BOOL, INDEX, nulls_not_distinct) },
	{ ROW("expressions", SNAP_BOOL, INDEX, expressions) },
	{ ROW("valid", SNAP_BOOL, INDEX, valid), .usual = 1 },
	{ ROW("clustered", SNAP_BOOL, INDEX, clustered) },
	{ ROW("replica_identity", SNAP_BOOL, INDEX, replica_identity) },
	{ ROW("inherited", SNAP_BOOL, INDEX, inherited) },
	{ ROW("ignored", SNAP_BOOL, INDEX, ignored) },
	{ ROW("definition", SNAP_TEXT, INDEX, base.definition) },
	COMMON,
};
FORM(mig_snap_index_form, index_rows, 2);

#define TRIGGER struct mig_db_trigger

static const struct mig_snap_row trigger_rows[] = {
	{ ROW("kind", SNAP_WORD, TRIGGER, base.kind), .words = trigger_words, .min = MIG_DB_TRIGGER,
	    .usual = MIG_DB_TRIGGER },
	{ ROW("name", SNAP_TEXT, TRIGGER, base.name),
	    .flags = SNAP_REQUIRED | SNAP_NONEMPTY | SNAP_OWN },
	{ ROW("definition", SNAP_TEXT, TRIGGER, base.definition) },
	{ ROW("enabled", SNAP_LETTER, TRIGGER, enabled), .usual = 'O', .words = enabled_words },
	{ ROW("constraint", SNAP_BOOL, TRIGGER, constraint) },
	{ ROW("inherited", SNAP_BOOL, TRIGGER, inherited) },
	COMMON,
};
FORM(mig_snap_trigger_form, trigger_rows, 2);

#define TABLE struct mig_db_table

static const struct mig_snap_row table_rows[] = {
	{ ROW("columns", SNAP_COLUMNS, TABLE, columns), .flags = SNAP_REQUIRED },
	{ ROW("constraints", SNAP_KEYS, TABLE, constraints), .form = &keys_form },
	{ ROW("constraint_details", SNAP_CONSTRAINTS, TABLE, constraints) },
	{ ROW("indexes", SNAP_INDEXES, TABLE, indexes) },
	{ ROW("triggers", SNAP_TRIGGERS, TABLE, triggers) },
	{ ROW("partition_key", SNAP_TEXT, TABLE, partition_key), .flags = SNAP_NONEMPTY },
	{ ROW("partition_of", SNAP_REF, TABLE, partition_of) },
	{ ROW("partition_bound", SNAP_TEXT, TABLE, partition_bound), .flags = SNAP_NONEMPTY },
	{ ROW("inherits", SNAP_PARENTS, TABLE, inherits),
	    .count_at = offsetof(TABLE, inherits_count) },
	{ ROW("options", SNAP_TEXT, TABLE, options) },
	{ ROW("tablespace", SNAP_TEXT, TABLE, tablespace) },
	{ ROW("engine", SNAP_TEXT, TABLE, engine) },
	{ ROW("charset", SNAP_TEXT, TABLE, charset) },
	{ ROW("collation", SNAP_TEXT, TABLE, collation) },
	{ ROW("row_format", SNAP_TEXT, TABLE, row_format) },
	{ ROW("replica_identity", SNAP_LETTER, TABLE, replica_identity), .usual = 'd',
	    .words = replica_words },
	{ ROW("unlogged", SNAP_BOOL, TABLE, unlogged) },
	{ ROW("row_security", SNAP_BOOL, TABLE, row_security) },
	{ ROW("force_row_security", SNAP_BOOL, TABLE, force_row_security) },
	{ ROW("rows", SNAP_NUMBER, TABLE, rows) },
	{ ROW("definition", SNAP_TEXT, TABLE, base.definition) },
	COMMON,
};

static const struct mig_snap_row view_rows[] = {
	{ ROW("definition", SNAP_TEXT, TABLE, base.definition),
	    .flags = SNAP_REQUIRED | SNAP_NONEMPTY | SNAP_NULLABLE },
	{ ROW("columns", SNAP_COLUMN_NAMES, TABLE, columns), .flags = SNAP_REQUIRED },
	{ ROW("column_details", SNAP_COLUMNS, TABLE, columns) },
	{ ROW("indexes", SNAP_INDEXES, TABLE, indexes) },
	{ ROW("triggers", SNAP_TRIGGERS, TABLE, triggers) },
	{ ROW("options", SNAP_TEXT, TABLE, options) },
	{ ROW("tablespace", SNAP_TEXT, TABLE, tablespace) },
	{ ROW("populated", SNAP_BOOL, TABLE, populated), .usual = 1 },
	{ ROW("rows", SNAP_NUMBER, TABLE, rows) },
	COMMON,
};

#define ROUTINE struct mig_db_routine

static const struct mig_snap_row routine_rows[] = {
	{ ROW("name", SNAP_TEXT, ROUTINE, base.name),
	    .flags = SNAP_REQUIRED | SNAP_NONEMPTY | SNAP_SILENT },
	{ ROW("parameters", SNAP_PARAMETERS, ROUTINE, parameters), .flags = SNAP_REQUIRED },
	{ ROW("parameters_text", SNAP_TEXT, ROUTINE, parameters), .flags = SNAP_SILENT },
	{ ROW("definition", SNAP_TEXT, ROUTINE, body), .flags = SNAP_REQUIRED | SNAP_NULLABLE },
	{ ROW("procedure", SNAP_BOOL, ROUTINE, procedure), .usual = 1 },
	{ ROW("aggregate", SNAP_BOOL, ROUTINE, aggregate) },
	{ ROW("arguments", SNAP_TEXT, ROUTINE, arguments) },
	{ ROW("returns", SNAP_TEXT, ROUTINE, returns), .flags = SNAP_NONEMPTY },
	{ ROW("language", SNAP_TEXT, ROUTINE, language), .flags = SNAP_NONEMPTY },
	{ ROW("attributes", SNAP_TEXT, ROUTINE, attributes) },
	{ ROW("statement", SNAP_TEXT, ROUTINE, base.definition), .flags = SNAP_NONEMPTY },
	COMMON,
};

static const struct mig_snap_row enum_rows[] = {
	{ TEXTS_ROW("labels", struct mig_db_enum, labels), .flags = SNAP_REQUIRED },
	COMMON,
};

#define DOMAIN struct mig_db_domain

static const struct mig_snap_row domain_rows[] = {
	{ ROW("type", SNAP_TEXT, DOMAIN, type), .flags = SNAP_REQUIRED | SNAP_NONEMPTY },
	{ ROW("collation", SNAP_TEXT, DOMAIN, collation), .flags = SNAP_NONEMPTY },
	{ ROW("default_sql", SNAP_TEXT, DOMAIN, default_expr), .flags = SNAP_NONEMPTY },
	{ ROW("nullable", SNAP_BOOL, DOMAIN, nullable), .usual = 1 },
	{ ROW("constraint_details", SNAP_CONSTRAINTS, DOMAIN, checks) },
	COMMON,
};

static const struct mig_snap_row composite_rows[] = {
	{ ROW("columns", SNAP_COLUMNS, struct mig_db_composite, columns), .flags = SNAP_REQUIRED },
	COMMON,
};

#define SEQUENCE struct mig_db_sequence

static const struct mig_snap_row sequence_rows[] = {
	{ ROW("type", SNAP_TEXT, SEQUENCE, options.type), .flags = SNAP_NONEMPTY },
	{ ROW("start", SNAP_INT, SEQUENCE, options.start), .min = INT64_MIN, .usual = 1 },
	{ ROW("increment", SNAP_INT, SEQUENCE, options.increment), .min = INT64_MIN, .usual = 1 },
	{ ROW("min", SNAP_INT, SEQUENCE, options.min), .min = INT64_MIN, .usual = 1 },
	{ ROW("max", SNAP_INT, SEQUENCE, options.max), .min = INT64_MIN, .usual = INT64_MAX },
	{ ROW("cache", SNAP_INT, SEQUENCE, options.cache), .min = 1, .usual = 1 },
	{ ROW("cycle", SNAP_BOOL, SEQUENCE, options.cycle) },
	{ ROW("owned_by", SNAP_REF, SEQUENCE, owned_by) },
	{ ROW("unlogged", SNAP_BOOL, SEQUENCE, unlogged) },
	COMMON,
};

static const struct mig_snap_row simple_rows[] = {
	{ ROW("definition", SNAP_TEXT, struct mig_db_simple, base.definition) },
	COMMON,
};

static const struct mig_snap_row statistics_rows[] = {
	{ ROW("definition", SNAP_TEXT, struct mig_db_statistics, base.definition) },
	{ ROW("target", SNAP_SMALL, struct mig_db_statistics, target), .usual = -1 },
	COMMON,
};

static const struct mig_snap_row other_rows[] = {
	{ ROW("name", SNAP_TEXT, struct mig_db_simple, base.name),
	    .flags = SNAP_REQUIRED | SNAP_NONEMPTY | SNAP_SILENT },
	{ ROW("definition", SNAP_TEXT, struct mig_db_simple, base.definition) },
	COMMON,
};

static FORM(table_form, table_rows, 1);
static FORM(view_form, view_rows, 2);
static FORM(routine_form, routine_rows, 4);
static FORM(enum_form, enum_rows, 1);
static FORM(domain_form, domain_rows, 1);
static FORM(composite_form, composite_rows, 1);
static FORM(sequence_form, sequence_rows, 0);
static FORM(simple_form, simple_rows, 0);
static FORM(statistics_form, statistics_rows, 0);
static FORM(other_form, other_rows, 1);

#define ROOT struct mig_snap_root
#define SECTION(name, what, kind_of, rows_of) \
	.key = name, .kind = (what), .min = (kind_of), .form = &(rows_of)

static const struct mig_snap_row root_rows[] = {
	{ ROW("$schema", SNAP_TEXT, ROOT, schema) },
	{ ROW("schema_version", SNAP_TEXT, ROOT, version), .flags = SNAP_NONEMPTY },
	{ ROW("database", SNAP_TEXT, ROOT, database), .flags = SNAP_NONEMPTY },
	{ ROW("dialect", SNAP_WORD, ROOT, dialect), .words = dialect_words, .usual = -1 },
	{ ROW("server_version", SNAP_SMALL, ROOT, server_version) },
	{ SECTION("schemas", SNAP_SECTION, MIG_DB_NAMESPACE, simple_form) },
	{ SECTION("extensions", SNAP_SECTION, MIG_DB_EXTENSION, simple_form) },
	{ SECTION("collations", SNAP_SECTION, MIG_DB_COLLATION, simple_form) },
	{ SECTION("enums", SNAP_SECTION, MIG_DB_ENUM, enum_form) },
	{ SECTION("domains", SNAP_SECTION, MIG_DB_DOMAIN, domain_form) },
	{ SECTION("composites", SNAP_SECTION, MIG_DB_COMPOSITE, composite_form) },
	{ SECTION("range_types", SNAP_SECTION, MIG_DB_RANGE_TYPE, simple_form) },
	{ SECTION("sequences", SNAP_SECTION, MIG_DB_SEQUENCE, sequence_form) },
	{ SECTION("tables", SNAP_SECTION, MIG_DB_TABLE, table_form), .flags = SNAP_REQUIRED },
	{ SECTION("views", SNAP_SECTION, MIG_DB_VIEW, view_form) },
	{ SECTION("materialized_views", SNAP_SECTION, MIG_DB_MATVIEW, view_form) },
	{ SECTION("procedures", SNAP_SECTION_LIST, MIG_DB_ROUTINE, routine_form) },
	{ SECTION("statistics", SNAP_SECTION, MIG_DB_STATISTICS, statistics_form) },
	{ SECTION("objects", SNAP_SECTION_LIST, MIG_DB_OTHER, other_form) },
};
FORM(mig_snap_root_form, root_rows, 14);
/* NOLINTEND(bugprone-macro-parentheses) */
