/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of ddl share: the table of scripts, and SQL as text (names, literals, types,
 * lists of columns).  Private to them.
 */
#ifndef MIG_ENGINE_DDL_INT_H
#define MIG_ENGINE_DDL_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/ddl.h"
#include "engine/promql.h"

struct mig_arena;
struct mig_buf;
struct mig_json;

/* Ways to carry out a change; bits, since a script may belong to several. */
enum mig_ddl_way {
	MIG_DDL_ADD = 1U << 0,         /* a column that is there at once for all rows */
	MIG_DDL_ADD_FILL = 1U << 1,    /* a default that differs by row */
	MIG_DDL_ADD_FILL_REQ = 1U << 2, /* the same, NOT NULL */
	MIG_DDL_ADD_REQ = 1U << 3,     /* NOT NULL without a default */
	MIG_DDL_WIDEN = 1U << 4,       /* a type that holds all old values as they are */
	MIG_DDL_CONVERT = 1U << 5,     /* any other type: a second column beside the first */
	MIG_DDL_RENAME = 1U << 6,
	MIG_DDL_DROP_COLUMN = 1U << 7,
	MIG_DDL_CHECK = 1U << 8,       /* check and foreign key */
	MIG_DDL_FOREIGN = 1U << 15,    /* a foreign key that may need a key of this plan */
	MIG_DDL_UNIQUE = 1U << 9,
	MIG_DDL_PRIMARY = 1U << 10,
	MIG_DDL_KEY_RAW = 1U << 11,    /* a key that cannot be built from an index */
	MIG_DDL_DROP_CONSTRAINT = 1U << 12,
	MIG_DDL_INDEX = 1U << 13,
	MIG_DDL_DROP_INDEX = 1U << 14
};

/* Order within a stage; the last is for additions that wait for something to go first. */
#define MIG_DDL_RANKS 13

/* One script.  Texts are templates over the names that ddl.c sets. */
struct mig_ddl_row {
	unsigned ways; /* 0 ends the table */
	enum mig_ddl_stage stage;
	int rank;
	bool reversible;
	bool transactional;
	const char *description;
	const char *forward;
	const char *undo; /* NULL: nothing to do, or (not reversible) nothing that could be done */
	const char *verify;
};

extern const struct mig_ddl_row mig_ddl_rows[];

/* One change of the specification. */
struct mig_ddl_change {
	const char *table;
	const struct mig_json *node;
	size_t order;
	unsigned way;
	bool late; /* an addition that must wait until something has gone */
	struct mig_ddl_change **group; /* the changes of the table */
	size_t group_count;
};

/* What sizes the backfills of a change, and where what it keeps is dropped. */
struct mig_ddl_context {
	const struct mig_json *size; /* the table in tables_to_migrate; NULL when it is not there */
	const char *drop_phase;      /* NULL: no phase drops anything */
};

#define MIG_DDL_VARS_MAX 36

/* The names of one change that templates may use. */
struct mig_ddl_vars {
	struct mig_arena *arena;
	struct mig_template_var list[MIG_DDL_VARS_MAX + 1];
	size_t count;
};

/* What a column's default is. */
enum mig_ddl_default {
	MIG_DDL_DEFAULT_NONE,
	MIG_DDL_DEFAULT_SAME,  /* one value for all rows that exist */
	MIG_DDL_DEFAULT_BY_ROW /* another value for each row */
};

/*
 * Move a text into the arena and free the buffer; NULL when either has failed, and then the arena
 * has failed, too.
 */
char *mig_ddl_keep(struct mig_arena *arena, struct mig_buf *text);

/*
 * A name as SQL identifier, in double quotes; cut to the 63 bytes that PostgreSQL keeps.  In the
 * arena, as all results here; NULL when the arena has failed.
 */
char *mig_ddl_name(struct mig_arena *arena, const char *name);

/*
 * "schema.name" or "name" as SQL, each part in quotes; schema (borrowed, may be NULL) is used
 * when name has none.
 */
char *mig_ddl_path(struct mig_arena *arena, const char *schema, const char *name);

/*
 * A string as SQL literal.
 */
char *mig_ddl_literal(struct mig_arena *arena, const char *text);

/*
 * A name as SQL literal, cut likewise.
 */
char *mig_ddl_name_literal(struct mig_arena *arena, const char *name);

/*
 * prefix, name and suffix as one name of at most 63 bytes; one that is too long is cut and gets
 * a digest of the whole, so that two of them differ.
 */
char *mig_ddl_derived(struct mig_arena *arena, const char *prefix, const char *name,
    const char *suffix);

/*
 * A type as PostgreSQL spells it; what cannot be a type is quoted, so that it stays one word.
 */
char *mig_ddl_type(struct mig_arena *arena, const char *type);

/*
 * Whether all values of the old type are values of the new one, and go back as they came.
 * ret_shown is then how PostgreSQL's format_type() shows the new type.  ret_rewrites: whether
 * the server has to write all rows anew.
 */
bool mig_ddl_widens(struct mig_arena *arena, const char *old_type, const char *new_type,
    const char **ret_shown, bool *ret_rewrites);

/*
 * The default of a column of that type as SQL expression; *ret_sql is "" for MIG_DDL_DEFAULT_NONE.
 */
enum mig_ddl_default mig_ddl_default(struct mig_arena *arena, const char *type,
    const struct mig_json *value, const char **ret_sql);

/*
 * Whether columns of that type fill themselves (serial, identity, generated).
 */
bool mig_ddl_fills_itself(const char *type);

/*
 * One element of an index: a name, a name with an order or operator class behind it, or an
 * expression.
 */
char *mig_ddl_index_column(struct mig_arena *arena, const char *text);

/*
 * The columns of a key's definition ("a, b", "(a, b)", "UNIQUE (a, b)") as a quoted list; NULL
 * when it is more than a list of names.
 */
char *mig_ddl_key_columns(struct mig_arena *arena, const char *kind, const char *definition);

/*
 * A constraint's definition with its keywords ("CHECK (…)"), without NOT VALID; kind as in
 * specifications.
 */
char *mig_ddl_definition(struct mig_arena *arena, const char *kind, const char *definition);

/*
 * Whether an SQL text has the word, letter case ignored.
 */
bool mig_ddl_mentions(const char *text, const char *word);

/*
 * The string of a member of a change; NULL when it is absent.
 */
const char *mig_ddl_member(const struct mig_ddl_change *change, const char *key);

/*
 * The bare name of something that belongs to a table: without the table's or a schema's name.
 * NULL for NULL.
 */
const char *mig_ddl_own_name(const char *name);

/*
 * The bare name of the constraint or index of a change; NULL when it has none.
 */
const char *mig_ddl_change_name(const struct mig_ddl_change *change);

/*
 * Set all names that the templates of the change's scripts use; the texts are in vars->arena,
 * which may fail.
 */
void mig_ddl_set_vars(struct mig_ddl_vars *vars, const struct mig_ddl_change *change,
    const struct mig_ddl_context *context);

#endif
