/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The inside of the judge.  Schemas of both versions are compared in pairs, each pair once, however
 * many operations lead to it; who reaches a pair, and as what, follows from the graph of pairs.
 */
#ifndef MIG_APISPEC_JUDGE_INT_H
#define MIG_APISPEC_JUDGE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apispec/api_int.h"
#include "apispec/facts.h"
#include "apispec/judge.h"

#define MIG_NO_PAIR SIZE_MAX

/* What a pair of schemas was first met as. */
enum mig_home {
	MIG_HOME_COMPONENT,
	MIG_HOME_PARAM,
	MIG_HOME_REQUEST,
	MIG_HOME_RESPONSE,
	MIG_HOME_HEADER
};

/* The place at which a comparison of schemas begins. */
struct mig_site {
	enum mig_home home;
	const struct mig_api_op *op; /* NULL: a component */
	const char *name;            /* of the component, parameter or header */
	const char *code;            /* of the response */
	const char *shared;          /* name of a component that is no schema; NULL */
};

/* Two schemas that stand for each other. */
struct mig_pair {
	const struct mig_schema *before;
	const struct mig_schema *after;
	struct mig_site site;
	size_t parent;    /* MIG_NO_PAIR: it is where the comparison begins */
	const char *name; /* of the property, when it is one */
	const char *step; /* otherwise: "items", "additionalProperties", … */
	unsigned where;   /* MIG_AT_… by which it is reached */
	size_t edges_first;
	size_t edges_count;
	bool component; /* both are the component of one name */
};

/* One pair contains another. */
struct mig_edge {
	size_t from;
	size_t to;
	bool inner; /* what is inside is a property or element, not another view of the same */
	bool read_only;
	bool write_only;
};

/* An operation reaches a pair directly. */
struct mig_root {
	size_t pair;
	unsigned where;
	const struct mig_api_op *op;
};

/* One difference that was found. */
struct mig_raw {
	enum mig_fact fact;
	size_t pair;    /* MIG_NO_PAIR: about something that is no schema */
	unsigned where; /* then: its place; of a pair: places beyond those of the pair */
	bool read_only; /* the property that it is about */
	bool write_only;
	bool shared;     /* stands in a component that several operations use */
	bool both_lists; /* values are the lists of required names */
	const char *name;
	const char *old_text; /* JSON; NULL: from the node */
	const char *new_text;
	const struct mig_tree *old_node;
	const struct mig_tree *new_node;
	const struct mig_tree *before; /* place; NULL: there is none */
	const struct mig_tree *after;
	const char *path;
	const char *subject;
	const char *advice; /* instead of that of the fact */
	const struct mig_api_op *op;
	const struct mig_api_op **ops; /* more than one; ended by NULL */
};

struct mig_judge {
	const struct mig_api *before;
	const struct mig_api *after;
	struct mig_api_policy policy;
	struct mig_check *check;
	struct mig_arena *arena; /* of the report */
	bool failed;
	uint64_t *shapes_before; /* by index of the schema: equal for equal ones */
	uint64_t *shapes_after;
	struct mig_pair *pairs;
	size_t pairs_count, pairs_cap;
	size_t *table; /* pair + 1, by its schemas */
	size_t table_size;
	struct mig_edge *edges;
	size_t edges_count, edges_cap;
	struct mig_root *roots;
	size_t roots_count, roots_cap;
	struct mig_raw *raws;
	size_t raws_count, raws_cap;
	bool *used_before; /* components, by index: part of an equal whole */
	bool *used_after;
};

/*
 * Room for one more element in a list; false marks the judge as failed.
 */
bool mig_judge_grow(struct mig_judge *judge, void **list, size_t count, size_t *cap, size_t size);

/*
 * A formatted text in the report's arena; NULL marks the judge as failed.
 */
const char *mig_judge_printf(struct mig_judge *judge, const char *fmt, ...) MIG_PRINTF(2, 3);

/*
 * Note a difference.  The raw is copied.
 */
void mig_judge_note(struct mig_judge *judge, const struct mig_raw *raw);

/*
 * What schemas are made of, as numbers: equal in both versions for schemas that are equal all the
 * way down, whatever they are called.
 */
void mig_shapes(struct mig_judge *judge);

/*
 * The pair of two schemas, made when it is new.  MIG_NO_PAIR after a failure.
 */
size_t mig_pair_of(struct mig_judge *judge, const struct mig_schema *before,
    const struct mig_schema *after, const struct mig_site *site);

/*
 * The pair that is already there; MIG_NO_PAIR when there is none.
 */
size_t mig_pair_find(
    const struct mig_judge *judge, const struct mig_schema *before, const struct mig_schema *after);

/*
 * An operation reaches a pair in a place.
 */
void mig_pair_reach(
    struct mig_judge *judge, size_t pair, unsigned where, const struct mig_api_op *op);

/*
 * Find the pairs inside the pairs, and tell all of them where they are reached.
 */
void mig_pairs_expand(struct mig_judge *judge);

/* How the choices of two schemas belong together. */
struct mig_choices {
	const struct mig_schema *const *before;
	const struct mig_schema *const *after;
	size_t before_count;
	size_t after_count;
	size_t *before_match; /* index in after; SIZE_MAX: none */
	size_t *after_match;
	bool any; /* anyOf */
};

/*
 * The choices of the schemas' groups of that index.  False when there are none to be compared.  To
 * be freed by mig_choices_fini().
 */
bool mig_choices_init(struct mig_judge *judge, const struct mig_pair *pair, size_t group,
    struct mig_choices *choices);

/*
 * Free what belongs to the choices.
 */
void mig_choices_fini(struct mig_choices *choices);

/*
 * Whether the types of two schemas have nothing in common.
 */
bool mig_types_apart(const struct mig_schema *before, const struct mig_schema *after);

/*
 * Note all differences between the schemas of a pair, without those inside pairs of their own.
 */
void mig_pair_facts(struct mig_judge *judge, size_t pair);

/*
 * The differences of limits, patterns and other keywords; a part of mig_pair_facts().
 */
void mig_pair_facts_limits(struct mig_judge *judge, size_t pair);

/*
 * Compare everything that is no schema, and note where operations reach schemas.
 */
void mig_judge_ops(struct mig_judge *judge);

/*
 * Compare two operations that stand for each other.  turned: the server calls the client.
 */
void mig_judge_op(struct mig_judge *judge, const struct mig_api_op *before,
    const struct mig_api_op *after, unsigned turned);

/*
 * Compare the responses of two operations; a part of mig_judge_op().
 */
void mig_judge_responses(struct mig_judge *judge, const struct mig_api_op *before,
    const struct mig_api_op *after, unsigned turned);

/*
 * Compare the parameters of two operations; a part of mig_judge_op().
 */
void mig_judge_params(struct mig_judge *judge, const struct mig_api_op *before,
    const struct mig_api_op *after, unsigned turned);

/*
 * Compare what an operation, or (ops NULL) the whole interface, asks for; a part of mig_judge_op().
 */
void mig_judge_security(
    struct mig_judge *judge, const struct mig_api_op *before, const struct mig_api_op *after);

/*
 * Compare security schemes, global requirements and servers.
 */
void mig_judge_globals(struct mig_judge *judge);

/*
 * Compare the addresses of an operation; a part of mig_judge_op().
 */
void mig_judge_servers(
    struct mig_judge *judge, const struct mig_api_op *before, const struct mig_api_op *after);

/*
 * The path of a site in a report: "components.schemas.User", "paths./users.get.responses.200".
 */
const char *mig_site_path(struct mig_judge *judge, const struct mig_site *site);

/*
 * A site in words: "User", "the response 200 of GET /users".
 */
const char *mig_site_subject(struct mig_judge *judge, const struct mig_site *site);

/*
 * The path of an operation in a report: "paths./users.get".
 */
const char *mig_op_path(struct mig_judge *judge, const struct mig_api_op *op);

/*
 * An operation in words: "GET /users".
 */
const char *mig_op_name(struct mig_judge *judge, const struct mig_api_op *op);

/*
 * Days from 1970-01-01 to a date such as "2030-12-31" (what follows is ignored); false when it is
 * none.
 */
bool mig_date_read(const char *text, int64_t *ret_days);

/*
 * Turn all that was noted into changes of the report, in order.
 */
void mig_judge_report(struct mig_judge *judge);

/*
 * Compare two interfaces in GraphQL.
 */
void mig_judge_graphql(struct mig_judge *judge);

#endif
