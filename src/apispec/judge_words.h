/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The judge's words: what a pair of schemas is called, its path, what a fact says of it, and what a
 * severity means for whom.
 */
#ifndef MIG_APISPEC_JUDGE_WORDS_H
#define MIG_APISPEC_JUDGE_WORDS_H

#include "apispec/judge_int.h"

/* What is put into the text of a fact. */
struct mig_words {
	const char *text;
	const char *subject;
	const char *name;      /* NULL: it has none */
	const char *old_value; /* JSON */
	const char *new_value;
};

/*
 * The sentence; NULL marks the judge as failed.
 */
const char *mig_fact_text(struct mig_judge *judge, const struct mig_words *words);

/*
 * A pair in words: "User.email", "items[].name in the response 200 of GET /users".
 */
const char *mig_pair_subject(struct mig_judge *judge, size_t index);

/*
 * The path of a pair in a report.
 */
const char *mig_pair_path(struct mig_judge *judge, size_t index);

/*
 * How many steps a pair is away from its site; ret_property: it is one, to a property.
 */
size_t mig_pair_depth(const struct mig_judge *judge, size_t index, bool *ret_property);

/*
 * What a severity means in a place (one bit, not turned), for old clients or (server) for old
 * servers.
 */
const char *mig_impact(bool server, unsigned place, bool turned, enum mig_change_severity severity);

#endif
