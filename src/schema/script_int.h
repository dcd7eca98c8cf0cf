/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the script writer share.  A step is one script to be: its SQL in both
 * directions, and the things it makes and takes away, from which the order follows.
 */
#ifndef MIG_SCHEMA_SCRIPT_INT_H
#define MIG_SCHEMA_SCRIPT_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "check/check.h"
#include "schema/diff.h"
#include "schema/script_quote.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Rows that one run of a backfill touches. */
#define MIG_SCRIPT_BATCH_ROWS 5000

/* A hash from pointers to numbers. */
struct mig_script_map {
	const void **keys;
	size_t *values;
	size_t cap; /* a power of two, or 0 */
	size_t count;
};

/* That one thing or part uses another, on one side. */
struct mig_script_use {
	const struct mig_db_object *user;
	const struct mig_db_object *target;
	size_t number; /* in the order in which they were found */
};

/* All uses of one side, once in the order of users and once in that of targets. */
struct mig_script_uses {
	struct mig_script_use *by_user;
	struct mig_script_use *by_target;
	size_t count;
	size_t cap;
};

struct mig_script;

/* SQL of one direction. */
struct mig_sql {
	struct mig_script *script;
	struct mig_buf out;
	enum mig_lock lock; /* the strongest so far, and all its work */
	unsigned work;
	bool back; /* an undo: things of the before schema are made */
	/* Between mig_sql_old_names() on and off: renamed columns have their old names */
	bool old_names;
	/* Whose definitions are written: tells which renames its words may be about; NULL: any */
	const struct mig_db_object *about;
};

/* One thing and what becomes of it. */
struct mig_script_item {
	const struct mig_db_object *before; /* NULL: it is new */
	const struct mig_db_object *after;  /* NULL: it goes */
};

struct mig_script_step {
	struct mig_check_script script; /* but for up, down, lock and work */
	struct mig_sql up;
	struct mig_sql down;
	struct mig_script_item *items;
	size_t items_count;
	/* Goes on with a thing that another step makes: nobody has to wait for this one. */
	bool side;
	bool cluster;
	bool strict; /* needs NOT NULL of its column for an identity */
	bool takes;  /* drops the sequence of its column */
	bool gives;  /* makes a sequence for its column */
	bool frees;  /* gives a thing another name: the old one is free, the new one taken */
	bool moves;  /* takes a table from its parent */
	bool stores; /* changes the options of a table */
	bool passes; /* changes a part of a table, and of its children as well */
	bool leads;  /* drops what mentions old names: comes before they change */
	bool grants; /* gives or takes rights, which may be those of columns */
	bool placed;
	int rank; /* what is to come first when the rest is equal */
	size_t number;
	size_t waits; /* for so many others */
	size_t *next; /* the steps that wait for this one */
	size_t next_count;
	size_t next_cap;
};

/* Parents of parents, and parts of parts, are looked at so far. */
#define MIG_SCRIPT_LEVELS_MAX 16

/* So many steps, one after the other, make a column NOT NULL. */
#define MIG_STRICT_STEPS 3

struct mig_script {
	const struct mig_db_diff *diff;
	const struct mig_db *before;
	const struct mig_db *after;
	enum mig_db_dialect dialect;
	struct mig_check *check;
	struct mig_arena *arena; /* the report's */
	struct mig_arena *work;  /* freed at the end */
	const struct mig_db_op *ops;
	size_t ops_count;
	struct mig_script_map op_of;    /* a thing of either side: its fact + 1 */
	struct mig_script_uses uses[2]; /* before, after */
	struct mig_script_step **steps;
	size_t steps_count;
	size_t steps_cap;
	struct mig_script_map early; /* a renamed thing: 1 + the step before all others */
	struct mig_script_map
	    veiled;                  /* a table: 1 + the step that drops the view of its old name */
	struct mig_script_map moved; /* a table: 1 + the step that gives it another parent */
	struct mig_script_map logged; /* a table: 1 + the step that makes it logged or unlogged */
	/* A column: 1 + the last of the steps that make it NOT NULL, or the one that unmakes it. */
	struct mig_script_map strict;
	struct mig_script_map node_of; /* a thing of the before side: its place in a cluster + 1 */
	struct mig_script_node *nodes;
	size_t nodes_count;
	size_t nodes_cap;
	struct mig_script_step spare; /* what mig_step_new() gives without memory */
	bool renames;                 /* there are some */
	bool passive;                 /* the cluster that is made stays as it was before */
	bool failed;                  /* out of memory */
};

/*
 * Things around one, the nearest first and each once: by a million ways one may come to a table
 * when each has several parents.  Starts as { 0 }.
 */
struct mig_script_walk {
	const struct mig_db_object **things;
	size_t count;
	size_t cap;
	size_t next;      /* the first that was not given out */
	size_t level_end; /* behind the last that is as far away as the one before */
	int level;        /* how far that is */
	struct mig_script_map seen;
};

/* How a thing takes part when a cluster of things is changed in one transaction. */
enum mig_script_action {
	MIG_NODE_DEFAULT, /* a column: its default is taken off and set again */
	MIG_NODE_RETYPE,  /* a column: its type is altered */
	MIG_NODE_REMAKE   /* is dropped and made again */
};

/* A member of a cluster. */
struct mig_script_node {
	struct mig_script_item item;
	enum mig_script_action action;
	bool soft;        /* RETYPE: nothing that was derived from the type's meaning changes */
	size_t parent;    /* of union-find */
	size_t levels[2]; /* before, after: those with more use those with less */
	size_t group;     /* 1 + the number of its cluster */
};

/*
 * The number of a key, 0 when it is not there.
 */
size_t mig_script_map_get(const struct mig_script_map *map, const void *key);

/*
 * Set the number of a key; false without memory.
 */
bool mig_script_map_set(struct mig_script_map *map, const void *key, size_t value);

/*
 * Free what the map owns.
 */
void mig_script_map_fini(struct mig_script_map *map);

/*
 * Look at a thing later, if it is not in the walk yet.  Without memory the script has failed.
 */
void mig_script_walk_add(const struct mig_script *script, struct mig_script_walk *walk,
    const struct mig_db_object *thing);

/*
 * The next thing of the walk; NULL: there is none within MIG_SCRIPT_LEVELS_MAX steps.
 */
const struct mig_db_object *mig_script_walk_next(struct mig_script_walk *walk);

/*
 * Free what the walk owns.
 */
void mig_script_walk_fini(struct mig_script_walk *walk);

/*
 * The fact about a thing or part of either side; NULL: there is none.
 */
const struct mig_db_op *mig_script_op(const struct mig_script *script,
    const struct mig_db_object *object);

/*
 * The same thing, or part, in the after schema; NULL: it is gone.
 */
const struct mig_db_object *mig_script_partner(const struct mig_script *script,
    const struct mig_db_object *before);

/*
 * The thing that carries the name under which a thing of either side is known while scripts
 * run: renames come first.
 */
const struct mig_db_object *mig_script_now(const struct mig_script *script,
    const struct mig_db_object *object);

/*
 * Append formatted SQL: %s text (NULL: nothing), %n a name, %l a literal, %t the present name of
 * a top-level thing with its schema, %p that of a part of a schema's name space (an index, by its
 * table's schema), %c the present name of a column, %x a text of a definition, in which old
 * names give way to new ones when this is an undo, %d an int64_t.
 */
void mig_sql_put(struct mig_sql *sql, const char *fmt, ...);

/*
 * In an undo, write SQL that gives renamed columns of which sql->about speaks their old names, as
 * far as these are free, or (on false) takes them away again: what %x writes in between says the
 * old ones.
 */
void mig_sql_old_names(struct mig_sql *sql, bool on);

/*
 * Append names of columns in brackets, each as it is called at the moment; table NULL: as given.
 */
void mig_sql_put_columns(struct mig_sql *sql, const struct mig_db_object *table,
    const char *const *names, size_t count);

/*
 * The text that mig_sql_put() makes, in the report's arena; never NULL.
 */
const char *mig_sql_text(struct mig_script *script, const char *fmt, ...);

/*
 * Note a lock and the work under it.
 */
void mig_sql_lock(struct mig_sql *sql, enum mig_lock lock, unsigned work);

/*
 * A new step that makes after of before (either may be NULL), in the arena of work; never NULL:
 * without memory it is a step that nobody will see.
 */
struct mig_script_step *mig_step_new(struct mig_script *script, enum mig_script_phase phase,
    const struct mig_db_object *before, const struct mig_db_object *after);

/*
 * Have the step make or take away one thing more.
 */
void mig_step_item(struct mig_script *script, struct mig_script_step *step,
    const struct mig_db_object *before, const struct mig_db_object *after);

/*
 * Have one step wait for another; NULL for either is a no-op.
 */
void mig_step_wait(
    struct mig_script *script, struct mig_script_step *step, const struct mig_script_step *earlier);

/*
 * Set description and slug, made of a verb ("add", "drop"), the word for the kind, and the name.
 */
void mig_step_name(struct mig_script *script, struct mig_script_step *step, const char *verb,
    const struct mig_db_object *object);

/*
 * Set the query that tells that the thing is there, as it is to be or no more to be.
 */
void mig_step_validate(struct mig_script *script, struct mig_script_step *step,
    const struct mig_db_object *object, bool there);

/*
 * Find all uses on both sides.
 */
void mig_script_uses_find(struct mig_script *script);

/*
 * Whether the one table, of the before side, is a child of the other, or one of its children's,
 * and after is not.
 */
bool mig_script_leaves(const struct mig_script *script, const struct mig_db_object *child,
    const struct mig_db_object *parent);

/*
 * The check of a parent, or of a parent's parent, from which a table has the check; the check
 * itself when it is not inherited; NULL: there is none.
 */
const struct mig_db_object *mig_script_check_origin(
    const struct mig_db *db, const struct mig_db_object *check);

/*
 * Whether the foreign key of a part (of the before side) goes with that of the whole to itself:
 * that has to go before any part is taken off.
 */
bool mig_script_key_goes_above(
    const struct mig_script *script, const struct mig_db_constraint *key);

/*
 * The parent that a partition has while it is made and attached, as it is on the other side than
 * the partition, which is there on one side alone (back: before); NULL: the parent is so as well.
 */
const struct mig_db_table *mig_script_parent_meanwhile(
    const struct mig_script *script, const struct mig_db_table *partition, bool back);

/*
 * Whether a part of that parent is none of the partition's side, or is there another one, and yet
 * is there at that moment: it goes or is changed later, or has come or been changed earlier.
 */
bool mig_script_part_meanwhile(
    const struct mig_script *script, const struct mig_db_object *part, bool back);

/*
 * The uses of one side that the object has (as user), and how many there are.
 */
const struct mig_script_use *mig_script_uses_of(
    const struct mig_script_uses *uses, const struct mig_db_object *user, size_t *ret_count);

/*
 * The uses of one side that are made of the object (as target), and how many there are.
 */
const struct mig_script_use *mig_script_users_of(
    const struct mig_script_uses *uses, const struct mig_db_object *target, size_t *ret_count);

/*
 * Find the things that can be changed only together, and write a step for each such cluster.
 */
void mig_script_clusters(struct mig_script *script);

/*
 * Write a step for each cluster that was found.
 */
void mig_clusters_write(struct mig_script *script);

/*
 * Write the undo of an enumeration that got labels: the type made again, and all that uses it as it
 * was before.
 */
void mig_script_enum_undo(
    struct mig_script *script, const struct mig_db_op *op, struct mig_script_step *step);

/*
 * Write the undo of the one cluster of mig_script_enum_undo().
 */
void mig_cluster_write_undo(struct mig_script *script, struct mig_script_step *step);

/*
 * The aspects of a thing (of the before side) of which a cluster takes care: all bits when it is
 * dropped or made again.
 */
unsigned mig_script_clustered(const struct mig_script *script, const struct mig_db_object *before);

/*
 * Whether the type of a column, which is of the before side or, with back, of the other, is dropped
 * and made anew in a cluster: rows that are kept aside have its values as text.
 */
bool mig_script_type_anew(
    const struct mig_script *script, const struct mig_db_column *column, bool back);

/*
 * Put the steps into their order and hand them to the report.
 */
void mig_script_order(struct mig_script *script);

/*
 * Write the steps for one fact on PostgreSQL, but for what clusters do.
 */
void mig_pg_fact(struct mig_script *script, const struct mig_db_op *op);

/*
 * Write the steps for one fact on MySQL or MariaDB.
 */
void mig_mysql_fact(struct mig_script *script, const struct mig_db_op *op);

/*
 * Write what the facts alone do not tell on MySQL or MariaDB, and put the steps into order as far
 * as uses do not tell it.
 */
void mig_mysql_finish(struct mig_script *script);

/*
 * Write SQL that makes a thing or part with all that belongs to it (comment, rights, owner).
 */
void mig_pg_create(struct mig_sql *sql, const struct mig_db_object *object);

/*
 * Write SQL that drops a thing or part.
 */
void mig_pg_drop(struct mig_sql *sql, const struct mig_db_object *object);

/*
 * Write SQL that changes one thing in place, in the given aspects; to is what it becomes, which
 * is the older one in an undo.
 */
void mig_pg_alter(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, unsigned aspects);

/*
 * Whether the change of a view or routine can be said by CREATE OR REPLACE, in both directions.
 */
bool mig_pg_replaces(const struct mig_db_op *op);

/*
 * Whether the change of an enumeration is labels added and nothing else.
 */
bool mig_pg_enum_grows(const struct mig_db_op *op);

/*
 * Whether the change of a column's type leaves all that was derived from the type (indexes,
 * constraints) as it is.
 */
bool mig_pg_retype_soft(const struct mig_script *script, const struct mig_db_column *from,
    const struct mig_db_column *to);

/*
 * Write SQL that alters the type of a column whose default has been taken off.
 */
void mig_pg_retype(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to);

/*
 * Write SQL that has times without and with a zone become each other in UTC, for the transaction,
 * where the change of a column makes that of them.
 */
void mig_pg_put_zone(
    struct mig_sql *sql, const struct mig_db_column *from, const struct mig_db_column *to);

/*
 * Write an expression: what a row that was kept aside has in one column, for another column that
 * it goes to.
 */
void mig_pg_put_value(
    struct mig_sql *sql, const struct mig_db_column *from, const struct mig_db_column *to);

/*
 * Write SQL that sets again what a new type of a column, or of its parent's, has taken along: its
 * own storage, and the targets of extended statistics.
 */
void mig_pg_retyped(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to);

/*
 * Write SQL that takes the default or identity of a column off; mig_pg_column_default_on() sets it.
 */
void mig_pg_column_default_off(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to);

/*
 * Write SQL that sets the default or identity of a column whose type is already the new one.
 */
void mig_pg_column_default_on(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to);

/*
 * Say in the step what the change of type needs, and what it loses, in either direction.
 */
void mig_pg_retype_notes(struct mig_script *script, struct mig_script_step *step,
    const struct mig_db_object *before, const struct mig_db_object *after);

/*
 * A step that changes a thing in place, in the given aspects, and back.
 */
struct mig_script_step *mig_pg_alter_step(struct mig_script *script, enum mig_script_phase phase,
    const struct mig_db_op *op, unsigned aspects, const char *what);

#endif
