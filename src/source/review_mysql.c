/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "source/review_mysql_int.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is known while a script is gone through. */
struct run {
	struct review *review;
	const struct mysql_statement *statement;
	int transaction_line; /* of what has begun one; 0: there is none */
	int ddl_line;         /* of the last change of the schema; 0: there was none */
	bool limited;         /* lock_wait_timeout is set */
	bool metadata_told;
	bool atomic_told;
};

/* What a statement is for the rules. */
enum sort {
	SORT_OTHER,
	SORT_ROWS, /* changes rows */
	SORT_DDL   /* changes the schema, and commits */
};

static enum sort
sort_of(const struct mysql_statement *statement)
{
	static const char *const schema[] = { "ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE" };
	static const char *const rows[] = { "INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD" };
	for (size_t i = 0; i < COUNT(schema); i++)
		if (mysql_is(statement, 0, schema[i]))
			return mysql_is(statement, 1, "TEMPORARY") ? SORT_OTHER : SORT_DDL;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (mysql_is(statement, 0, rows[i]))
			return SORT_ROWS;
	return SORT_OTHER;
}

/* A routine, a trigger or an event, whose body is no part of the script. */
static bool
has_body(const struct mysql_statement *statement)
{
	static const char *const kinds[] = { "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT" };
	if (!mysql_is(statement, 0, "CREATE"))
		return false;
	for (size_t i = 1; i < statement->count && !mysql_is(statement, i, "("); i++)
		for (size_t j = 0; j < COUNT(kinds); j++)
			if (mysql_is(statement, i, kinds[j]))
				return true;
	return false;
}

/* Where the name of the table stands that a statement changes; 0: it changes none. */
static size_t
table_at(const struct mysql_statement *statement)
{
	static const char *const truncate[] = { "TRUNCATE", NULL };
	size_t at = 1;
	while (mysql_is(statement, at, "ONLINE") || mysql_is(statement, at, "IGNORE") ||
	    mysql_is(statement, at, "UNIQUE") || mysql_is(statement, at, "FULLTEXT") ||
	    mysql_is(statement, at, "SPATIAL") || mysql_is(statement, at, "OR") ||
	    mysql_is(statement, at, "REPLACE"))
		at++;
	if (mysql_is(statement, at, "TABLE"))
		return mysql_skip_if(statement, at + 1);
	if (mysql_are(statement, 0, truncate))
		return 1;
	if (!mysql_is(statement, at, "INDEX"))
		return 0;
	while (at < statement->count && !mysql_is(statement, at, "ON"))
		at++;
	return at + 1 < statement->count ? at + 1 : 0;
}

/* The name that begins there, with its schema if it has one, in the scratch memory. */
static struct review_name
name_at(const struct run *run, size_t at)
{
	const struct mysql_statement *statement = run->statement;
	struct review_name name = { NULL, NULL };
	if (at == 0 || at >= statement->count)
		return name;
	bool two = mysql_is(statement, at + 1, ".") && at + 2 < statement->count;
	const struct mysql_token *first = &statement->tokens[at];
	const struct mysql_token *last = &statement->tokens[two ? at + 2 : at];
	name.schema = two ? mig_arena_strndup(run->review->scratch, first->text, first->len) : NULL;
	name.name = mig_arena_strndup(run->review->scratch, last->text, last->len);
	return name;
}

/* The value of an option, "NAME = VALUE" outside of brackets, is the word. */
static bool
has_option(const struct mysql_statement *statement, const char *option, const char *word)
{
	for (size_t i = 1; i < statement->count; i++) {
		size_t value = i + 1 + mysql_is(statement, i + 1, "=");
		if (statement->tokens[i].depth == 0 && mysql_is(statement, i, option) &&
		    mysql_is(statement, value, word))
			return true;
	}
	return false;
}

static void
see_options(const struct run *run, const struct review_name *table)
{
	struct review *review = run->review;
	struct review_about about = { .object = review_name_text(review, table) };
	bool shared = has_option(run->statement, "LOCK", "SHARED");
	if (has_option(run->statement, "ALGORITHM", "COPY"))
		review_say(review, REVIEW_MYSQL_COPY, &about,
		    "ALGORITHM=COPY is asked for: %s is copied, and cannot be written meanwhile.",
		    about.object);
	if (shared || has_option(run->statement, "LOCK", "EXCLUSIVE"))
		review_say(review, REVIEW_MYSQL_LOCK, &about,
		    "LOCK=%s is asked for: %s cannot be %s meanwhile.",
		    shared ? "SHARED" : "EXCLUSIVE", about.object,
		    shared ? "written" : "read or written");
}

/* MariaDB's WAIT n and NOWAIT limit the statement itself. */
static bool
limits_itself(const struct mysql_statement *statement)
{
	for (size_t i = 1; i < statement->count; i++)
		if (statement->tokens[i].depth == 0 &&
		    (mysql_is(statement, i, "WAIT") || mysql_is(statement, i, "NOWAIT")))
			return true;
	return false;
}

static void
see_metadata_lock(struct run *run, const struct review_name *table)
{
	struct review_about about = { .object = review_name_text(run->review, table) };
	if (run->limited || run->metadata_told || limits_itself(run->statement))
		return;
	run->metadata_told = true;
	review_say(run->review, REVIEW_MYSQL_METADATA_LOCK, &about,
	    "The statement waits for %s as long as lock_wait_timeout says, which is not set here.",
	    about.object);
}

static void
see_table(struct run *run)
{
	struct review_name table = name_at(run, table_at(run->statement));
	if (table.name == NULL || has_body(run->statement))
		return;
	struct review_thing *thing = review_thing(run->review, &table);
	if (mysql_is(run->statement, 0, "CREATE") && !mysql_is(run->statement, 1, "INDEX") &&
	    !mysql_is(run->statement, 2, "INDEX")) {
		thing->made = true;
		return;
	}
	if (thing->made)
		return;
	see_options(run, &table);
	see_metadata_lock(run, &table);
}

/* A change of the schema in a transaction, or with others before it. */
static void
see_atomic(struct run *run, enum sort sort)
{
	static const struct review_about about = { 0 };
	if (sort == SORT_DDL && run->transaction_line > 0) {
		review_say(run->review, REVIEW_MYSQL_TRANSACTION, &about,
		    "The statement commits the transaction that has begun at line %d.",
		    run->transaction_line);
		run->atomic_told = true;
	} else if (run->ddl_line > 0 && !run->atomic_told) {
		run->atomic_told = true;
		review_say(run->review, REVIEW_MYSQL_TRANSACTION, &about,
		    "When this statement fails, what line %d has changed stays.", run->ddl_line);
	}
	if (sort == SORT_DDL) {
		run->ddl_line = run->statement->line;
		run->transaction_line = 0;
	}
}

static void
see_set(struct run *run)
{
	const struct mysql_statement *statement = run->statement;
	for (size_t i = 1; i < statement->count; i++) {
		size_t value = i + 1 + mysql_is(statement, i + 1, ":");
		value += mysql_is(statement, value, "=");
		bool global = mysql_is(statement, i - 1, "GLOBAL") ||
		    (mysql_is(statement, i - 1, ".") && mysql_is(statement, i - 2, "GLOBAL"));
		if (mysql_is(statement, i, "LOCK_WAIT_TIMEOUT") && !global)
			run->limited = !mysql_is(statement, value, "DEFAULT");
		if (mysql_is(statement, i, "AUTOCOMMIT") &&
		    (mysql_is(statement, value, "0") || mysql_is(statement, value, "OFF")))
			run->transaction_line = statement->line;
	}
}

static void
see_session(struct run *run)
{
	const struct mysql_statement *statement = run->statement;
	static const char *const start[] = { "START", "TRANSACTION", NULL };
	if (mysql_is(statement, 0, "SET") && !mysql_is(statement, 1, "STATEMENT"))
		see_set(run);
	else if (mysql_is(statement, 0, "BEGIN") || mysql_are(statement, 0, start))
		run->transaction_line = statement->line;
	else if (mysql_is(statement, 0, "COMMIT") || mysql_is(statement, 0, "ROLLBACK"))
		run->transaction_line = 0;
}

static void
judge(struct run *run)
{
	const struct mysql_statement *statement = run->statement;
	enum sort sort = sort_of(statement);
	run->review->statement =
	    (struct review_statement){ statement->text, statement->len, statement->line };
	see_session(run);
	if (sort != SORT_OTHER)
		see_atomic(run, sort);
	if (sort == SORT_DDL)
		see_table(run);
	if (has_body(statement))
		return;
	review_mysql_gap(run->review, statement);
	review_mysql_reference(run->review, statement);
}

static int
judge_statement(struct run *run)
{
	struct review *review = run->review;
	struct mig_finding *fault = NULL;
	if (run->statement->open) {
		fault = mig_findings_add(review->findings, MIG_SEV_ERROR, review->file, NULL, NULL,
		    "a quote or comment of this statement has no end");
		if (fault != NULL)
			fault->line = run->statement->line;
		return MIG_OK;
	}
	review->scratch = mig_arena_new(MIG_SQL_BYTES_MAX);
	if (review->scratch == NULL)
		return MIG_ENOMEM;
	judge(run);
	int error = mig_arena_failed(review->scratch) ? MIG_ENOMEM : MIG_OK;
	mig_arena_free(review->scratch);
	review->scratch = NULL;
	return error;
}

int
review_mysql(struct review *review, const struct review_text *script)
{
	struct mysql_split split = { .text = script->text, .len = script->len };
	struct mysql_statement statement;
	struct run run = { .review = review, .statement = &statement };
	int error = MIG_OK;
	while (error == MIG_OK && mysql_split_next(&split, &statement))
		error = judge_statement(&run);
	if (error == MIG_OK && split.failed)
		error = MIG_ENOMEM;
	mysql_split_fini(&split);
	return error;
}
