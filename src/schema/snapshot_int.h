/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the snapshots share: tables that say which key of an object is which member of
 * a struct, by which they are read as well as written, and the state of a reader.
 */
#ifndef MIG_SCHEMA_SNAPSHOT_INT_H
#define MIG_SCHEMA_SNAPSHOT_INT_H

#include "base/arena.h"
#include "base/json_write.h"
#include "schema/model.h"
#include "schema/snapshot.h"
#include "schema/snapshot_pull.h"

/* What stands under a key, and what kind of member it is. */
enum mig_snap_kind {
	SNAP_TEXT,    /* const char *; the row's words, if it has any, are the values there are */
	SNAP_BOOL,    /* bool */
	SNAP_INT,     /* int64_t */
	SNAP_SMALL,   /* int */
	SNAP_NUMBER,  /* double; negative: none */
	SNAP_LETTER,  /* char; the row's words are the letters there are */
	SNAP_WORD,    /* an enumeration; the row's words are its names from the row's min on */
	SNAP_SCALAR,  /* const char *: the text of a string, number or truth value */
	SNAP_TEXTS,   /* array of strings and its size_t */
	SNAP_REF,     /* struct mig_db_ref * */
	SNAP_REFS,    /* array of them and its uint32_t */
	SNAP_PARENTS, /* array of them and its size_t */
	SNAP_GRANTS,  /* array of struct mig_db_grant and its uint32_t */
	/* The things of one kind, of the document. */
	SNAP_SECTION,      /* object of them by name; the row's form and min: its kind */
	SNAP_SECTION_LIST, /* array of objects with "name" */
	/* Belong to a struct as a whole. */
	SNAP_SEQUENCE,     /* column: the parameters of its sequence */
	SNAP_TARGET,       /* foreign key: "table(column, …)" */
	SNAP_PARAMETERS,   /* routine: "name type" each */
	SNAP_COLUMNS,      /* table, view, composite type: by name */
	SNAP_COLUMN_NAMES, /* view */
	SNAP_KEYS,         /* table: constraints as the reference has them, by the row's form */
	SNAP_KEY,          /* table: those of one type, which is the row's min */
	SNAP_CONSTRAINTS,  /* table, domain: constraints with all that they have */
	SNAP_INDEXES,      /* table, view */
	SNAP_TRIGGERS      /* table, view */
};

#define SNAP_REQUIRED 1U /* must be there, and is always written */
#define SNAP_NONEMPTY 2U /* "" and [] are wrong */
#define SNAP_NULLABLE 4U /* null stands for NULL */
#define SNAP_SILENT 8U   /* is written together with another key, or not at all */
#define SNAP_EXTRA 16U   /* the member is one of the struct mig_db_extra of the object */
#define SNAP_OWN 32U     /* a text that hardly comes twice, as names of things */

/* One key. */
struct mig_snap_row {
	const char *key;
	enum mig_snap_kind kind;
	unsigned flags;
	size_t at;                        /* offset of the member */
	size_t count_at;                  /* offset of the number of an array's members */
	const char *const *words;         /* ended by NULL */
	int64_t usual;                    /* the value that is not written */
	int64_t min;                      /* of a SNAP_INT or SNAP_SMALL */
	const struct mig_snap_form *form; /* of a section */
};

/* The keys of one kind of object: at most 64. */
struct mig_snap_form {
	const struct mig_snap_row *rows;
	size_t count;
	size_t required; /* none of the rows from here on has to be there */
};

/* A column as it is written; a model's column is made of it, and the other way round. */
struct mig_snap_column {
	struct mig_db_object base;
	const char *type;
	const char *sql_type; /* canonical; NULL: follows from the other four */
	int64_t length;       /* 0: not given */
	int64_t precision;    /* -1: not given, as is scale */
	int64_t scale;
	const char *default_json;
	const char *default_sql; /* NULL: follows from default_json */
	enum mig_db_identity identity;
	enum mig_db_generated generated;
	int position; /* 0: as it stands */
	bool nullable;
	bool primary_key;
	bool unique;
	bool auto_increment;
	bool inherited;
	struct mig_db_column_more more;
};

extern const struct mig_snap_form mig_snap_column_form;      /* struct mig_snap_column */
extern const struct mig_snap_form mig_snap_attribute_form;   /* the same, of views and types */
extern const struct mig_snap_form mig_snap_sequence_form;    /* struct mig_db_sequence_options */
extern const struct mig_snap_form mig_snap_foreign_key_form; /* struct mig_db_constraint */
extern const struct mig_snap_form mig_snap_constraint_form;  /* the same: all */
extern const struct mig_snap_form mig_snap_index_form;
extern const struct mig_snap_form mig_snap_trigger_form;
extern const struct mig_snap_form mig_snap_ref_form;
extern const struct mig_snap_form mig_snap_grant_form;

/* What the document says of itself. */
struct mig_snap_root {
	const char *schema;  /* "$schema" */
	const char *version; /* "schema_version" */
	const char *database;
	int dialect; /* enum mig_db_dialect; -1: not said */
	int server_version;
};

/* Of a whole document, in the order in which it is written. */
extern const struct mig_snap_form mig_snap_root_form;

/* What constraints are called in documents, ended by NULL. */
extern const char *const mig_snap_constraint_words[];

/* A column as it is before anything of it has been read. */
extern const struct mig_snap_column mig_snap_column_empty;

/* A string that is kept once however often it comes. */
struct mig_snap_name {
	const char *text; /* in the arena; NULL: empty slot */
	uint32_t hash;
	uint32_t column; /* the last table that has a column of that name */
	uint32_t listed; /* the last list that has it */
};

struct mig_snap_names {
	struct mig_snap_name *slots; /* a power of two of them */
	size_t slots_count;
	size_t used;
};

/* A type that was made canonical before. */
struct mig_snap_type {
	const char *text; /* compared by address: it is one of the names */
	int64_t length;
	int64_t precision;
	int64_t scale;
	const char *canonical;
};

/* A default that was made SQL before; texts are compared by address. */
struct mig_snap_value {
	const char *type;
	const char *json;
	const char *sql;
	const char *on_update;
};

#define MIG_SNAP_TYPES 1024 /* a power of two, of both */

/* A constraint of the table that is being read. */
struct mig_snap_pending {
	struct mig_db_constraint *constraint;
	uint64_t hash; /* of what it says */
	size_t order;
	size_t at;  /* offset in the text */
	bool whole; /* given with all that it has: kept even where two say the same */
	bool kept;
};

struct mig_snap {
	struct mig_pull pull;
	const struct mig_snapshot_text *source;
	size_t passed; /* offset that the source was told */
	struct mig_db *db;
	struct mig_arena *arena;
	enum mig_db_dialect dialect;
	bool other_dialect; /* the document says another one: begin again */
	struct mig_snap_names names;
	struct mig_snap_type types[MIG_SNAP_TYPES];
	struct mig_snap_value values[MIG_SNAP_TYPES];
	uint32_t serial;      /* of the last list or set of columns */
	uint32_t columns;     /* serial of the columns of the table that is being read; 0: none */
	struct mig_buf own;   /* keys of the open objects that no form has, as pointers */
	struct mig_buf items; /* the list that is being read, as bytes */
	struct mig_buf text;
	struct mig_buf more_text;
	/* Of the table that is being read: struct mig_snap_pending, and marked columns' names. */
	struct mig_buf pending;
	struct mig_buf marked;
	int marked_line;
	/* Names of columns that a view gives without more. */
	const char *const *column_names;
	size_t column_names_count;
};

/*
 * The slot of a string in the set, where it is put if it is not there; good until the next call.
 * NULL without memory.
 */
struct mig_snap_name *mig_snap_intern(struct mig_snap *snap, struct mig_text text);

/*
 * A copy of a string, shared if it is short; NULL without memory.
 */
const char *mig_snap_keep(struct mig_snap *snap, struct mig_text text);

/*
 * A copy of a string that hardly comes twice: where millions come, looking for it takes long, as
 * would looking for the others among all of them.  NULL without memory.
 */
const char *mig_snap_copy(struct mig_snap *snap, struct mig_text text);

/*
 * Remember that memory has run out; always false.
 */
bool mig_snap_no_memory(struct mig_snap *snap);

/*
 * Read the object at hand into a struct, member by member.  False when it is no object, which has
 * become a finding.
 */
bool mig_snap_read(struct mig_snap *snap, const struct mig_snap_form *form, void *object);

/*
 * Read what belongs to a struct as a whole: the kinds from SNAP_SEQUENCE on.
 */
void mig_snap_read_part(struct mig_snap *snap, const struct mig_snap_row *row, void *object);

/*
 * Read constraints: SNAP_KEY and SNAP_CONSTRAINTS; those of a domain are put into it, those of a
 * table wait for mig_snap_keys_end().
 */
void mig_snap_read_keys(struct mig_snap *snap, const struct mig_snap_row *row, void *object);

/*
 * Begin with a table: none of the constraints of the last one is waiting any more.
 */
void mig_snap_keys_begin(struct mig_snap *snap);

/*
 * Take note of what a column says of itself: that it is part of the primary key, or unique.
 */
void mig_snap_mark(
    struct mig_snap *snap, const struct mig_db_column *column, bool primary_key, bool unique);

/*
 * The table is read: check its constraints and put those into it that are not there twice.  spot
 * is the table's place.
 */
void mig_snap_keys_end(
    struct mig_snap *snap, struct mig_db_table *table, const struct mig_pull_spot *spot);

/*
 * Read an array of strings into the arena; a name twice is a finding if `once`.  False when it is
 * no array of strings.
 */
bool mig_snap_read_texts(struct mig_snap *snap, unsigned flags, bool once,
    const char *const **ret_texts, size_t *ret_count) MIG_MUSTCHECK;

/*
 * Copy what the list in hand has collected into the arena.
 */
const void *mig_snap_items(struct mig_snap *snap);

/*
 * Read all things of a section: SNAP_SECTION and SNAP_SECTION_LIST.
 */
void mig_snap_read_section(
    struct mig_snap *snap, const struct mig_snap_row *row, const struct mig_snap_root *root);

/*
 * Cut "schema.name", either of which may stand in double quotes, and keep both; the schema is NULL
 * when there is none.  False (and nothing is kept) when it is no such name.
 */
bool mig_snap_split(struct mig_snap *snap, struct mig_text text, const char **ret_schema,
    const char **ret_name) MIG_MUSTCHECK;

/*
 * Cut "schema.table(column, …)" likewise, for a foreign key.
 */
bool mig_snap_split_target(struct mig_snap *snap, struct mig_text text,
    struct mig_db_constraint *constraint) MIG_MUSTCHECK;

/*
 * Append a name as mig_snap_split() takes it.
 */
void mig_snap_join(struct mig_buf *out, const char *schema, const char *name);

/*
 * Append what a foreign key points to as mig_snap_split_target() takes it.
 */
void mig_snap_join_target(struct mig_buf *out, const struct mig_db_constraint *constraint);

/*
 * Append the SQL expression that a snapshot's default means (json: the text of a scalar), which
 * depends on the column's type (NULL: unknown); on_update takes what stands behind ON UPDATE.
 */
void mig_snap_default(enum mig_db_dialect dialect, const char *type, struct mig_text json,
    struct mig_buf *sql, struct mig_buf *on_update);

/* A schema that is being written. */
struct mig_snap_writer {
	struct mig_jw jw;
	const struct mig_db *db;
	enum mig_db_dialect dialect;
	struct mig_arena *arena; /* for the types of one thing; NULL without memory */
	bool failed;
};

/*
 * Write those members of a struct that are not as usual.
 */
void mig_snap_write(
    struct mig_snap_writer *writer, const struct mig_snap_form *form, const void *object);

/*
 * Write what belongs to a struct as a whole: the kinds from SNAP_SEQUENCE on.
 */
void mig_snap_write_part(
    struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object);

/*
 * A column of the model as it is written.
 */
void mig_snap_flatten(struct mig_snap_writer *writer, const struct mig_db_column *column,
    int position, struct mig_snap_column *ret_flat);

#endif
