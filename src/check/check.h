/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a comparison of two versions has found: changes with a severity each, and the scripts
 * that carry them out.  Filled by schema/ (databases) and apispec/ (interfaces), read by the
 * renderers. All strings belong to the report's arena or are constants.
 */
#ifndef MIG_CHECK_CHECK_H
#define MIG_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_arena;

/* How bad a change is for those who use the old version.  In the order of reports, worst first. */
enum mig_change_severity { MIG_BREAKING, MIG_POTENTIALLY_BREAKING, MIG_NON_BREAKING, MIG_ADDITIVE };

#define MIG_CHANGE_SEVERITIES 4

/* Whether a change has a say in the verdict; mig_check_finish() decides. */
enum mig_change_state {
	MIG_CHANGE_COUNTS,
	MIG_CHANGE_IGNORED, /* by a row of the ignore file, for a reason */
	MIG_CHANGE_KNOWN,   /* it is in the baseline */
	MIG_CHANGE_EXCLUDED /* of a thing that is not to be looked at */
};

/* What a script belongs to, in the order of a rollout. */
enum mig_script_phase {
	MIG_SCRIPT_EXPAND,  /* adds, and breaks nobody */
	MIG_SCRIPT_MIGRATE, /* fills, validates, switches */
	MIG_SCRIPT_CONTRACT /* takes away what old versions use */
};

/* The lock that a statement takes on a table, by its effect on others; names by mig_lock_name(). */
enum mig_lock {
	MIG_LOCK_NONE,
	MIG_LOCK_ACCESS_SHARE,
	MIG_LOCK_ROW_SHARE,
	MIG_LOCK_ROW_EXCLUSIVE,
	MIG_LOCK_SHARE_UPDATE_EXCLUSIVE,
	MIG_LOCK_SHARE,
	MIG_LOCK_SHARE_ROW_EXCLUSIVE,
	MIG_LOCK_EXCLUSIVE,
	MIG_LOCK_ACCESS_EXCLUSIVE
};

/* What a statement has to do while it holds its lock: bits. */
#define MIG_WORK_SCAN 1U    /* reads the whole table */
#define MIG_WORK_REWRITE 2U /* writes the whole table, and its indexes, again */
#define MIG_WORK_INDEX 4U   /* builds an index */

/* Where something is written; file NULL or line 0 where that is unknown. */
struct mig_place {
	const char *file;
	int line; /* from 1 */
};

/* One change.  Texts that are not there are NULL. */
struct mig_change {
	const char *rule; /* id of the rule, "column.dropped" */
	const char *type; /* kind in the reference's report, "column_removed" */
	enum mig_change_severity severity;
	const char *field_path;      /* dotted, "tables.users.columns.email" */
	const char *description;     /* what has changed: one sentence */
	const char *impact;          /* what that does to whom */
	const char *suggestion;      /* what to do about it */
	const char *old_value;       /* JSON text; NULL is null */
	const char *new_value;       /* JSON text; NULL is null */
	const char *const *affected; /* operations, ended by NULL; NULL is none */
	const char *table;           /* databases: the table or view, without its schema */
	const char *part;            /* its column, constraint or index; NULL: the whole */
	struct mig_place before;     /* where it stood */
	struct mig_place after;      /* where it stands now */
	/* Databases only. */
	bool has_hazard;         /* the three below say something */
	enum mig_lock lock;      /* of the plain statement */
	unsigned work;           /* MIG_WORK_… of the plain statement */
	double blocking_seconds; /* estimated from the number of rows; negative: unknown */
	const char *safe_way;    /* the way in several steps, one sentence */
	/* Set by mig_check_finish() alone. */
	enum mig_change_state state;
	const char *reason;  /* of MIG_CHANGE_IGNORED, and of a severity that was changed */
	const char *expires; /* until when it is ignored, as the file has it; NULL: for good */
};

/* One script.  Texts that are not there are NULL. */
struct mig_check_script {
	enum mig_script_phase phase;
	const char *slug;         /* what, for a file name: "add_column_users_email" */
	const char *description;  /* one sentence */
	const char *up;           /* SQL, statements ended by ";\n" */
	const char *down;         /* SQL; NULL: cannot be undone, irreversible says why */
	const char *irreversible; /* why, and what an undo would need (a backup, a shadow column) */
	const char *lossy;        /* what the undo does not bring back; NULL: nothing is lost */
	const char *precheck;     /* a query that counts what is in the way: must give 0 */
	const char *validation;   /* a query whose answer tells that it is done */
	const char *expected;     /* the answer of validation, as text */
	const char *batch; /* an UPDATE to be repeated until it touches no row; up is empty then */
	const char *const *depends; /* sentences: what must be done before; ended by NULL */
	enum mig_lock lock;         /* the strongest that up takes */
	unsigned work;              /* MIG_WORK_… of up */
	bool transactional;         /* up and down may run in a transaction each */
};

struct mig_check;

/*
 * A new, empty report; NULL without memory.
 */
struct mig_check *mig_check_new(void);

/*
 * Free the report and all that it owns; NULL is a no-op.
 */
void mig_check_free(struct mig_check *check);

/*
 * The arena in which the strings of changes and scripts are to be made; lives as long as the
 * report.
 */
struct mig_arena *mig_check_arena(struct mig_check *check);

/*
 * Append a copy of the change (its strings are borrowed, see the head of this file); rule, type and
 * path get a word where they are NULL.  Without
 * memory the report is marked as failed, see mig_check_failed().
 */
void mig_check_add(struct mig_check *check, const struct mig_change *change);

/*
 * Append a copy of the script; as mig_check_add().
 */
void mig_check_add_script(struct mig_check *check, const struct mig_check_script *script);

/*
 * The changes, in the order in which they were added, and how many there are.  Open for writing:
 * those who weigh (views, ignore rules) change the severity in place.
 */
struct mig_change *mig_check_changes(struct mig_check *check, size_t *ret_count);

/*
 * The scripts in the order in which they are to be run, and how many there are.
 */
const struct mig_check_script *mig_check_scripts(const struct mig_check *check, size_t *ret_count);

/*
 * Mark the report as failed: whoever fills it has run out of memory elsewhere.
 */
void mig_check_fail(struct mig_check *check);

/*
 * Whether memory has run out while the report was filled: then it is not whole.
 */
bool mig_check_failed(const struct mig_check *check);

/*
 * The word of reports for a severity: "breaking", "potentially_breaking", "non_breaking",
 * "additive".
 */
const char *mig_change_severity_name(enum mig_change_severity severity);

/*
 * The word for a phase: "expand", "migrate", "contract".
 */
const char *mig_script_phase_name(enum mig_script_phase phase);

/*
 * The name of a lock as PostgreSQL's manual spells it: "ACCESS EXCLUSIVE"; "none" for none.
 */
const char *mig_lock_name(enum mig_lock lock);

#endif
