/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the judgement share: the rules, which are rows of tables, and the case that
 * a rule is applied to.  The parts find out which rule holds, judge_case.c writes the change.
 */
#ifndef MIG_SCHEMA_JUDGE_INT_H
#define MIG_SCHEMA_JUDGE_INT_H

#include <stdbool.h>

#include "base/buf.h"
#include "schema/diff.h"
#include "schema/judge.h"
#include "schema/type.h"

/* Each rule has a row for PostgreSQL, for MySQL or for both. */
enum judge_rule_id {
	RULE_SCHEMA_ADDED,
	RULE_SCHEMA_DROPPED,
	RULE_SCHEMA_RENAMED,
	RULE_TABLE_ADDED,
	RULE_TABLE_DROPPED,
	RULE_TABLE_RECREATED,
	RULE_TABLE_RENAMED,
	RULE_TABLE_SCHEMA,
	RULE_TABLE_PERSISTENCE,
	RULE_TABLE_TABLESPACE,
	RULE_TABLE_OPTIONS,
	RULE_OWNER,
	RULE_PRIVILEGE_REVOKED,
	RULE_PRIVILEGE_GRANTED,
	RULE_TABLE_RLS,
	RULE_POLICY,
	RULE_REPLICA_IDENTITY,
	RULE_TABLE_COMMENT,
	RULE_OBJECT_COMMENT,
	RULE_TABLE_INHERITANCE,
	RULE_PARTITION_CREATED,
	RULE_PARTITION_ATTACHED,
	RULE_PARTITION_DETACHED,
	RULE_PARTITION_KEY,
	RULE_TABLE_ENGINE, /* MySQL, this and the next two */
	RULE_TABLE_CHARSET,
	RULE_TABLE_ROW_FORMAT,
	RULE_COLUMN_ADDED,
	RULE_COLUMN_ADDED_CONSTANT,
	RULE_COLUMN_ADDED_STABLE,
	RULE_COLUMN_ADDED_VOLATILE,
	RULE_COLUMN_ADDED_NOT_NULL,
	RULE_COLUMN_ADDED_REQUIRED,
	RULE_COLUMN_ADDED_SERIAL,
	RULE_COLUMN_ADDED_IDENTITY,
	RULE_COLUMN_ADDED_STORED,
	RULE_COLUMN_ADDED_VIRTUAL,
	RULE_COLUMN_ADDED_DOMAIN,
	RULE_COLUMN_ADDED_CHECK,
	RULE_COLUMN_ADDED_UNIQUE,
	RULE_COLUMN_ADDED_FK,
	RULE_COLUMN_ADDED_JSON,
	RULE_COLUMN_POSITION,
	RULE_COLUMN_DROPPED,
	RULE_COLUMN_DROPPED_VIRTUAL,
	RULE_COLUMN_RENAMED,
	RULE_COLUMN_COMMENT,
	RULE_COLUMN_STORAGE,
	RULE_COLUMN_VISIBLE, /* MySQL */
	RULE_TYPE_TEXT_WIDENED,
	RULE_TYPE_TEXT_WIDENED_CROSS, /* MySQL */
	RULE_TYPE_TEXT_NARROWED,
	RULE_TYPE_TEXT_LIMITED,
	RULE_TYPE_TEXT_UNLIMITED,
	RULE_TYPE_CHAR_WIDENED,
	RULE_TYPE_CHAR_NARROWED,
	RULE_TYPE_CHAR,
	RULE_TYPE_CITEXT,
	RULE_TYPE_INT_WIDENED,
	RULE_TYPE_INT_WIDENED_KEY,
	RULE_TYPE_INT_NARROWED,
	RULE_TYPE_INT_TO_NUMERIC,
	RULE_TYPE_TO_FLOAT,
	RULE_TYPE_FLOAT_WIDENED,
	RULE_TYPE_NUMERIC_UP,
	RULE_TYPE_NUMERIC_CHANGED,
	RULE_TYPE_NUMERIC_REDUCED,
	RULE_TYPE_ZONE,
	RULE_TYPE_TIME_UP,
	RULE_TYPE_TIME_DOWN,
	RULE_TYPE_TIMESTAMP_TO_DATE,
	RULE_TYPE_DATE_TO_TIMESTAMP,
	RULE_TYPE_CIDR_TO_INET,
	RULE_TYPE_INET_TO_CIDR,
	RULE_TYPE_JSON,
	RULE_TYPE_NO_CAST,
	RULE_TYPE_TO_TEXT,
	RULE_TYPE_ENUM_TEXT,
	RULE_TYPE_BITS_WIDENED,
	RULE_TYPE_DOMAIN_TO_BASE,
	RULE_TYPE_BASE_TO_DOMAIN,
	RULE_TYPE_ARRAY,
	RULE_TYPE_BOOLEAN_TO_TINYINT,
	RULE_TYPE_ENUM_APPENDED, /* MySQL, this and the next two */
	RULE_TYPE_ENUM_REORDERED,
	RULE_TYPE_ENUM_REMOVED,
	RULE_TYPE_COLLATION,
	RULE_TYPE_CHARSET, /* MySQL */
	RULE_TYPE_DEFAULT,
	RULE_TYPE_USED,
	RULE_TYPE_SERIAL,
	RULE_NULL_SET,
	RULE_NULL_DROPPED,
	RULE_DEFAULT_ADDED,
	RULE_DEFAULT_CHANGED,
	RULE_DEFAULT_REMOVED,
	RULE_DEFAULT_REMOVED_REQUIRED,
	RULE_DEFAULT_DOMAIN,
	RULE_IDENTITY,
	RULE_IDENTITY_ALWAYS,
	RULE_IDENTITY_SEQUENCE,
	RULE_GENERATED_CHANGED,
	RULE_GENERATED_DROPPED,
	RULE_PK_ADDED,
	RULE_PK_DROPPED,
	RULE_PK_COLUMNS,
	RULE_UNIQUE_ADDED,
	RULE_UNIQUE_DROPPED,
	RULE_UNIQUE_NULLS,
	RULE_FK_ADDED,
	RULE_FK_DROPPED,
	RULE_FK_CHANGED,
	RULE_FK_ACTION,
	RULE_FK_DEFERRABLE,
	RULE_FK_UNINDEXED,
	RULE_CHECK_ADDED,
	RULE_CHECK_DROPPED,
	RULE_CHECK_CHANGED,
	RULE_CHECK_EQUIVALENT,
	RULE_EXCLUSION_ADDED,
	RULE_EXCLUSION_DROPPED,
	RULE_CONSTRAINT_RENAMED,
	RULE_CONSTRAINT_DEFERRABLE,
	RULE_CONSTRAINT_VALIDATED,
	RULE_CONSTRAINT_NOT_VALID,
	RULE_INDEX_ADDED,
	RULE_INDEX_ADDED_UNIQUE,
	RULE_INDEX_ADDED_FULLTEXT, /* MySQL */
	RULE_INDEX_DROPPED,
	RULE_INDEX_DROPPED_UNIQUE,
	RULE_INDEX_CHANGED,
	RULE_INDEX_RENAMED,
	RULE_INDEX_OPTIONS,
	RULE_INDEX_WIDE,
	RULE_INDEX_CORRUPTION,
	RULE_VIEW_ADDED,
	RULE_VIEW_DROPPED,
	RULE_VIEW_APPENDED,
	RULE_VIEW_COLUMNS,
	RULE_VIEW_DEFINITION,
	RULE_VIEW_OPTIONS,
	RULE_VIEW_RENAMED,
	RULE_MATVIEW_ADDED,
	RULE_MATVIEW_DROPPED,
	RULE_MATVIEW_CHANGED,
	RULE_ROUTINE_ADDED,
	RULE_ROUTINE_DROPPED,
	RULE_ROUTINE_BODY,
	RULE_ROUTINE_RETURN,
	RULE_ROUTINE_PARAMETERS,
	RULE_ROUTINE_ATTRIBUTES,
	RULE_TRIGGER_ADDED,
	RULE_TRIGGER_DROPPED,
	RULE_TRIGGER_CHANGED,
	RULE_TRIGGER_TOGGLED,
	RULE_REWRITE_RULE,
	RULE_ENUM_ADDED,
	RULE_ENUM_REMOVED,
	RULE_ENUM_RENAMED,
	RULE_ENUM_REORDERED,
	RULE_DOMAIN_CONSTRAINT_ADDED,
	RULE_DOMAIN_CONSTRAINT_DROPPED,
	RULE_DOMAIN_CHANGED,
	RULE_COMPOSITE,
	RULE_SEQUENCE_CHANGED,
	RULE_SEQUENCE_ADDED,
	RULE_SEQUENCE_DROPPED,
	RULE_EXTENSION_ADDED,
	RULE_EXTENSION_CHANGED,
	RULE_EXTENSION_DROPPED,
	RULE_STATISTICS,
	RULE_OBJECT_ADDED,
	RULE_OBJECT_CHANGED,
	RULE_OBJECT_DROPPED
};

/* The operations that a rule touches, as reports name them. */
enum judge_affected {
	AFFECTS_NONE,
	AFFECTS_ALL,
	AFFECTS_READS,
	AFFECTS_INSERT,
	AFFECTS_WRITES,     /* INSERT, UPDATE */
	AFFECTS_CHANGES,    /* and DELETE */
	AFFECTS_COLUMN,     /* SELECT, INSERT, UPDATE */
	AFFECTS_CONVERSION, /* and WHERE clauses */
	AFFECTS_DATA        /* Data integrity */
};

#define JUDGE_NO_HAZARD (-1)

/*
 * One rule.  In its texts stand $table, $name, $old, $new, $extra, see struct judge_case; a text
 * that is not there is NULL.
 */
struct judge_rule {
	enum judge_rule_id rule;
	const char *id;   /* for users: "column.dropped" */
	const char *type; /* kind in the reference's report, or one of its extensions */
	enum mig_change_severity severity;
	int lock;      /* enum mig_lock of the plain statement, or JUDGE_NO_HAZARD */
	unsigned work; /* MIG_WORK_… */
	enum judge_affected affected;
	const char *description;
	const char *impact;
	const char *suggestion;
	const char *safe_way;
};

/* Rows of one kind. */
struct judge_rule_list {
	const struct judge_rule *rules;
	size_t count;
};

extern const struct judge_rule_list mig_judge_rules_tables;
extern const struct judge_rule_list mig_judge_rules_types;
extern const struct judge_rule_list mig_judge_rules_keys;
extern const struct judge_rule_list mig_judge_rules_objects;
extern const struct judge_rule_list mig_judge_rules_mysql;

/* One judgement under way. */
struct judge {
	const struct mig_db_diff *diff;
	struct mig_check *check;
	struct mig_arena *arena; /* the report's */
	struct mig_buf text;     /* a text that is being written */
	const struct mig_db *before;
	const struct mig_db *after;
	enum mig_db_dialect dialect;
	struct judge_user *users; /* who names which column, sorted; NULL: not collected yet */
	size_t users_count;
	bool users_collected;
	const struct mig_db_object **routines; /* of the after schema, by name */
	size_t routines_count;
	const struct mig_db_object **added; /* tables and views that are new, some of them */
	size_t added_count;
	bool added_collected;
};

/* A thing whose text names a column. */
struct judge_user {
	const struct mig_db_object *table;
	const char *column;
	const struct mig_db_object *user;
};

/* What a rule is applied to. */
struct judge_case {
	enum judge_rule_id rule;
	const struct mig_db_object *before; /* NULL: not there */
	const struct mig_db_object *after;  /* NULL: not there */
	const char *part;                   /* behind the path: "type"; NULL: none */
	const char *old_json;               /* values for the report; NULL is null */
	const char *new_json;
	const char *old_text; /* $old and $new of the texts; NULL: "" */
	const char *new_text;
	const char *extra; /* $extra */
	const char *type;  /* kind of issue; NULL: the rule's */
	bool owner_named;  /* $name is what the thing belongs to */
	bool weighed;      /* severity below, and not the rule's */
	enum mig_change_severity severity;
	bool measured;  /* lock and work below, and not the rule's */
	bool no_hazard; /* another change of the same statement tells its lock */
	enum mig_lock lock;
	unsigned work;
};

/*
 * The row of a rule for a dialect; where MySQL has none of its own that of PostgreSQL, whose lock
 * and work do not hold then (ret_own false).
 */
const struct judge_rule *mig_judge_rule(enum mig_db_dialect dialect, enum judge_rule_id rule,
    bool *ret_own);

/*
 * The lists of rows of a dialect, and how many lists there are.
 */
const struct judge_rule_list *const *mig_judge_rules(enum mig_db_dialect dialect,
    size_t *ret_count);

/*
 * Append the change that a case is by its rule.
 */
void mig_judge_add(struct judge *judge, const struct judge_case *fact);

/*
 * A case of the rule for both sides of a fact, everything else empty.
 */
struct judge_case mig_judge_case(enum judge_rule_id rule, const struct mig_db_op *op);

/*
 * The table of the before schema that a table of the after schema was; NULL: it is new.
 */
const struct mig_db_object *mig_judge_before(const struct judge *judge,
    const struct mig_db_object *after);

/*
 * Whether a column or table of the after schema has got its name by a rename.
 */
bool mig_judge_renamed(const struct judge *judge, const struct mig_db_object *after);

/*
 * What a thing is called in sentences: "users", "sales.orders", a routine's with its arguments.
 */
const char *mig_judge_name(struct judge *judge, const struct mig_db_object *object);

/*
 * The text as a JSON string; NULL gives NULL.
 */
const char *mig_judge_string(struct judge *judge, const char *text);

/*
 * The thing as JSON: tables and columns as a snapshot has them, others as their text.
 */
const char *mig_judge_value(struct judge *judge, const struct mig_db_object *object);

/*
 * The constraint as one text: "UNIQUE (a, b)".
 */
const char *mig_judge_constraint_text(struct judge *judge,
    const struct mig_db_constraint *constraint);

/*
 * The names, separated by commas.
 */
const char *mig_judge_list(struct judge *judge, const char *const *names, size_t count);

/*
 * "If … became …, say --rename": the most similar new thing for one that is gone, and the other
 * way round; NULL when nothing is similar.  Never more than an offer.
 */
const char *mig_judge_rename_hint(struct judge *judge, const struct mig_db_op *op);

/*
 * What names a column of the before schema in a text that ties its type (views, rules,
 * policies, triggers, generated columns), as a list of names; NULL: nothing.
 */
const char *mig_judge_users(struct judge *judge, const struct mig_db_object *column);

/*
 * The user-defined type of that kind which a column's type names; NULL: it names none.
 */
const struct mig_db_object *mig_judge_type(const struct mig_db *db, enum mig_db_kind kind,
    const char *type);

/*
 * List the routines of the after schema, for mig_judge_routine().
 */
void mig_judge_collect_routines(struct judge *judge);

/*
 * A routine of the after schema by its bare name, whatever its arguments, in the schema that is
 * given or (NULL) in any; NULL: there is none.
 */
const struct mig_db_object *mig_judge_routine(const struct judge *judge, const char *schema,
    const char *name);

/*
 * Whether a word stands in an SQL text, outside its literals.
 */
bool mig_judge_mentions(const char *text, const char *word);

/* How often a default is computed. */
enum judge_default { DEFAULT_CONSTANT, DEFAULT_STABLE, DEFAULT_VOLATILE };

/*
 * What a default is: one value for ever, one for each statement, or one for each row.
 */
enum judge_default mig_judge_default(const struct judge *judge, const char *expression);

/*
 * Whether two conditions are the same but for blanks, brackets around the whole, and letter case
 * outside of literals.
 */
bool mig_judge_equivalent(const char *a, const char *b);

/*
 * Whether the table has an index, a key or a unique constraint that has the column.
 */
bool mig_judge_indexed(const struct mig_db_object *table, const char *column);

/*
 * Whether the names are the first columns of an index, key or unique constraint, in any order.
 */
bool mig_judge_covered(const struct mig_db_object *table, const char *const *names, size_t count);

/*
 * Judge a fact about a column of a table.
 */
void mig_judge_column(struct judge *judge, const struct mig_db_op *op);

/*
 * The type of a column that has changed, with its length where a snapshot gives it.
 */
void mig_judge_column_type(struct judge *judge, const struct mig_db_op *op);

/*
 * The length alone, which comes behind nullability.
 */
void mig_judge_column_length(struct judge *judge, const struct mig_db_op *op);

/*
 * Judge a fact about a constraint of a table or domain.
 */
void mig_judge_constraint(struct judge *judge, const struct mig_db_op *op);

/*
 * Judge a fact about an index.
 */
void mig_judge_index(struct judge *judge, const struct mig_db_op *op);

/*
 * Judge a fact about a table.
 */
void mig_judge_table(struct judge *judge, const struct mig_db_op *op);

/*
 * Judge a fact about a view or materialised view.
 */
void mig_judge_view(struct judge *judge, const struct mig_db_op *op);

/*
 * Judge a fact about a routine, a trigger, a policy or a rule.
 */
void mig_judge_code(struct judge *judge, const struct mig_db_op *op);

/*
 * Judge a fact about a type, a sequence, an extension and all the rest.
 */
void mig_judge_object(struct judge *judge, const struct mig_db_op *op);

/*
 * Owner, comment and rights, which things of all kinds have.
 */
void mig_judge_common(struct judge *judge, const struct mig_db_op *op);

#endif
