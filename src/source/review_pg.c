/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "source/review_pg_int.h"

/* A longer one that inserts is data: its tree would take a hundred times as much memory. */
#define INSERT_BYTES_MAX (4U * 1024U * 1024U)

struct review_name
review_pg_range(const PgQuery__RangeVar *range)
{
	if (range == NULL)
		return (struct review_name){ NULL, NULL };
	bool temporary = strcmp(range->relpersistence, "t") == 0;
	return (struct review_name){ temporary ? "pg_temp" : range->schemaname, range->relname };
}

struct review_name
review_pg_list(PgQuery__Node *const *names, size_t count)
{
	return (struct review_name){ sql_before_last(names, count), sql_last(names, count) };
}

const char *
review_pg_verb(struct review *review, const struct ddl_piece *piece)
{
	bool create = strcmp(piece->words[0], "CREATE") == 0;
	bool two = create || strcmp(piece->words[0], "ALTER") == 0 ||
	    strcmp(piece->words[0], "DROP") == 0 || strcmp(piece->words[0], "REFRESH") == 0 ||
	    strcmp(piece->words[0], "LOCK") == 0;
	bool three = create && strcmp(piece->words[1], "UNIQUE") == 0;
	const char *text =
	    mig_arena_printf(review->scratch, "%s%s%s%s%s", piece->words[0], two ? " " : "",
	        two ? piece->words[1] : "", three ? " " : "", three ? piece->words[2] : "");
	return text != NULL ? text : piece->words[0];
}

/* All rules, in the order of what they ask of the session: names are made last. */
static void
judge(struct review *review, const struct ddl_piece *piece, PgQuery__Node *statement)
{
	struct review_effect effect = review_pg_effect(review, statement);
	review_pg_qualified(review, statement);
	review_pg_hazards(review, piece, &effect);
	review_pg_alone(review, statement);
	review_pg_rerun(review, statement);
	review_pg_rows(review, statement);
	review_pg_style(review, statement);
	review_pg_keep(review, statement);
	review_pg_session(review, statement);
}

static int
run_piece(struct review *review, const struct ddl_piece *piece)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error = { "", 0 };
	bool data = piece->len > INSERT_BYTES_MAX && strcmp(piece->words[0], "INSERT") == 0;
	if (piece->len == 0 || data)
		return MIG_OK;
	if (piece->depth > MIG_SQL_DEPTH_MAX) {
		ddl_piece_fault(piece, review->file, 0, ddl_too_deep, review->findings);
		return MIG_OK;
	}
	char *text = mig_arena_strndup(review->scratch, piece->text, piece->len);
	if (text == NULL)
		return MIG_ENOMEM;
	int rc = sql_parse(review->scratch, text, &result, &error);
	if (rc == MIG_EDOC || rc == MIG_ELIMIT)
		ddl_piece_fault(piece, review->file, error.offset, error.message, review->findings);
	if (rc != MIG_OK)
		return rc == MIG_ENOMEM ? rc : MIG_OK;
	review->statement = (struct review_statement){ piece->text, piece->len, piece->line };
	review_pg_lengths(review, text);
	for (size_t i = 0; i < result->n_stmts; i++)
		if (result->stmts[i]->stmt != NULL)
			judge(review, piece, result->stmts[i]->stmt);
	return mig_arena_failed(review->scratch) ? MIG_ENOMEM : MIG_OK;
}

/* Whether a statement does something, as SET and the like do not. */
static bool
counts(const struct ddl_piece *piece)
{
	static const char *const nothing[] = { "SET", "RESET", "SHOW" };
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		if (strcmp(piece->words[0], nothing[i]) == 0)
			return false;
	return true;
}

static size_t
count_statements(const struct review_text *script)
{
	struct ddl_split split = { .text = script->text, .len = script->len };
	struct ddl_piece piece;
	size_t count = 0;
	while (ddl_split_next(&split, &piece))
		count += counts(&piece);
	return count;
}

int
review_postgresql(struct review *review, const struct review_text *script)
{
	struct ddl_split split = { .text = script->text, .len = script->len };
	struct ddl_piece piece;
	int rc = MIG_OK;
	review->left = count_statements(script);
	review->session.by_tool = review_runs_in_transaction(script);
	review->session.begun = review->session.by_tool;
	review->session.transaction = review->session.by_tool;
	while (rc == MIG_OK && ddl_split_next(&split, &piece)) {
		review->scratch = mig_arena_new(MIG_SQL_BYTES_MAX);
		if (review->scratch == NULL)
			return MIG_ENOMEM;
		review->left -= counts(&piece);
		rc = run_piece(review, &piece);
		mig_arena_free(review->scratch);
		review->scratch = NULL;
	}
	if (rc == MIG_OK)
		review_pg_session_end(review);
	return rc;
}
