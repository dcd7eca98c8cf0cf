/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Telling of a change of a GraphQL schema, and how bad a change of a type is.
 */
#ifndef MIG_APISPEC_GRAPHQL_TELL_H
#define MIG_APISPEC_GRAPHQL_TELL_H

#include "apispec/graphql.h"
#include "apispec/judge_int.h"

/* A change that is being told.  Values are texts, not JSON. */
struct mig_gql_told {
	struct mig_judge *judge;
	const char *path;
	const char *thing; /* "the field User.email" */
	int before;        /* lines; 0: it is not there */
	int after;
	bool weighed; /* the two severities are given, otherwise those of the rule hold */
	enum mig_change_severity severity;
	enum mig_change_severity back;
	bool fresh; /* the change is that something is new, or gone: values tell which */
};

/*
 * Add a change by the id of its rule.  was and is are the values, NULL where there is none.
 */
void mig_gql_tell(const struct mig_gql_told *told, const char *id, const char *was, const char *is);

/*
 * Tell of a text that may be on both sides, on one or on none: ids for added, removed, changed.
 */
void mig_gql_tell_text(
    const struct mig_gql_told *told, const char *const ids[3], const char *was, const char *is);

/*
 * Whether both texts are equal, or both are not there.
 */
bool mig_gql_same_text(const char *left, const char *right);

/*
 * Whether both are the same type.
 */
bool mig_gql_same_ref(const struct mig_gql_ref *left, const struct mig_gql_ref *right);

/*
 * The severities of a change of what is given out: stricter is safe.
 */
void mig_gql_weigh_output(
    struct mig_gql_told *told, const struct mig_gql_ref *was, const struct mig_gql_ref *is);

/*
 * The severities of a change of what is taken: looser is safe.
 */
void mig_gql_weigh_input(
    struct mig_gql_told *told, const struct mig_gql_ref *was, const struct mig_gql_ref *is);

#endif
