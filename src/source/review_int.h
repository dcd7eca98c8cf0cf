/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the judgement of scripts share: the rules, which are rows of a table, the
 * script that is being judged, and the session that it runs in.
 */
#ifndef MIG_SOURCE_REVIEW_INT_H
#define MIG_SOURCE_REVIEW_INT_H

#include <stdbool.h>

#include "check/check.h"
#include "source/review.h"

struct mig_arena;

enum review_rule {
	REVIEW_NO_LOCK_TIMEOUT,
	REVIEW_NO_STATEMENT_TIMEOUT,
	REVIEW_TX_NESTING,
	REVIEW_NOT_RERUNNABLE,
	REVIEW_IDENTIFIER,
	REVIEW_UNQUALIFIED,
	REVIEW_REWRITE,
	REVIEW_BACKFILL,
	REVIEW_RAW_SQL,
	REVIEW_STYLE_TYPES,
	REVIEW_STYLE_ASSIGNMENT,
	REVIEW_CONCURRENT_IN_TX,
	REVIEW_VALIDATED,
	REVIEW_REINDEXED,
	REVIEW_TRUNCATED,
	REVIEW_DATABASE_DROPPED,
	REVIEW_MYSQL_COPY, /* MySQL, this and all below */
	REVIEW_MYSQL_LOCK,
	REVIEW_MYSQL_TRANSACTION,
	REVIEW_MYSQL_METADATA_LOCK,
	REVIEW_MYSQL_GAP,
	REVIEW_MYSQL_INLINE_REF,
	REVIEW_RULES
};

/* What the table of rules says of one. */
struct review_row {
	const char *id;
	enum mig_change_severity severity; /* error, hazard and advisory: see review_rules.c */
	const char *impact;
	const char *suggestion;
	const char *safe_way;
};

/* A name of something, with its schema if that is written; neither is owned. */
struct review_name {
	const char *schema; /* NULL or "": none */
	const char *name;
};

/* What is known of a name; zero is nothing.  Open for writing, found by review_thing(). */
struct review_thing {
	bool made;            /* by this script: nobody else uses it yet */
	bool temporary;       /* and by nobody else ever */
	bool dropped;         /* with IF EXISTS, so it may be made */
	bool told;            /* that its schema is not given */
	unsigned long locked; /* the transaction that last locked others out of it; 0: none */
};

struct review_names;

/* Settings that the rules ask for. */
enum review_setting {
	REVIEW_LOCK_TIMEOUT,
	REVIEW_STATEMENT_TIMEOUT,
	REVIEW_SEARCH_PATH,
	REVIEW_TIME_ZONE, /* on: UTC */
	REVIEW_SETTINGS
};

enum review_value { REVIEW_UNSET, REVIEW_OFF, REVIEW_ON };

struct review_session {
	enum review_value session[REVIEW_SETTINGS];
	enum review_value saved[REVIEW_SETTINGS]; /* session's, of when the transaction began */
	enum review_value local[REVIEW_SETTINGS]; /* of the transaction; unset: the session's */
	unsigned long transaction; /* its number, from 1; 0: statements are on their own */
	unsigned long begun;       /* how many have begun */
	int begin_line;            /* of the BEGIN */
	bool by_tool;              /* the tool that runs the script has begun it */
	const char *schema;        /* where names without a schema are */
};

/* The statement that is being judged, whatever the dialect. */
struct review_statement {
	const char *text;
	size_t len;
	int line;
};

/* The script that is being judged. */
struct review {
	const char *file;
	struct mig_check *check;
	struct mig_findings *findings;
	struct mig_arena *arena;   /* the report's */
	struct mig_arena *scratch; /* of the statement */
	struct review_statement statement;
	struct review_session session;
	struct review_names *names;
	size_t left;    /* statements that come after it and do something */
	bool lock_told; /* that no lock_timeout is set, of these statements */
	bool time_told; /* likewise, of statement_timeout */
};

/* What a finding has beside its rule.  Zero is nothing. */
struct review_about {
	const char *object; /* "public.users"; NULL: the script */
	int line;           /* 0: that of the statement */
	bool has_hazard;    /* the two below say something */
	enum mig_lock lock;
	unsigned work;
};

/*
 * The row of a rule.
 */
const struct review_row *review_row(enum review_rule rule);

/*
 * Append a finding about the statement to the report, with what is wrong there.
 */
void review_say(struct review *review, enum review_rule rule, const struct review_about *about,
    const char *fmt, ...) MIG_PRINTF(4, 5);

/*
 * Judge a script of PostgreSQL; names and scratch are its own.  As review_text().
 */
int review_postgresql(struct review *review, const struct review_text *script) MIG_MUSTCHECK;

/*
 * As review_postgresql(), for MySQL and MariaDB.
 */
int review_mysql(struct review *review, const struct review_text *script) MIG_MUSTCHECK;

/*
 * Whether the tool that such a script is for runs it in a transaction, as far as the script (its
 * name or its marks) tells.
 */
bool review_runs_in_transaction(const struct review_text *script);

/*
 * What is known of a name, now and later; never NULL.
 */
struct review_thing *review_thing(struct review *review, const struct review_name *name);

/*
 * What is known of a part of something (a column, a constraint); as review_thing().
 */
struct review_thing *review_part(
    struct review *review, const struct review_name *owner, const char *part);

/*
 * Free what is known of names.
 */
void review_names_free(struct review *review);

/*
 * The name as it is shown, in the scratch memory or borrowed.
 */
const char *review_name_text(struct review *review, const struct review_name *name);

/*
 * A setting's value as of now.
 */
enum review_value review_setting(const struct review *review, enum review_setting setting);

#endif
