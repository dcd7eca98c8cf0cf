/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts share that find out which step has to come before which.
 */
#ifndef MIG_SCHEMA_SCRIPT_ORDER_INT_H
#define MIG_SCHEMA_SCRIPT_ORDER_INT_H

#include "schema/script_int.h"

/* A step in a list of steps. */
struct mig_order_link {
	size_t step;
	size_t next; /* 1 + the place of the next one; 0: the end */
};

/* Steps by what they make or take away. */
struct mig_order_index {
	struct mig_script_map first; /* a thing: 1 + the place of its first link */
	struct mig_order_link *links;
	size_t count;
	size_t cap;
};

struct mig_order {
	struct mig_script *script;
	struct mig_order_index makes;
	struct mig_order_index ends;
};

/*
 * Have the step of one number come before that of another.
 */
void mig_order_edge(struct mig_order *order, size_t from, size_t to);

/*
 * The link whose place is at - 1; there is one.
 */
const struct mig_order_link *mig_order_link_at(const struct mig_order_index *index, size_t at);

/*
 * Put steps that make a table, move it, or change its parts in order with those of its parents,
 * children and siblings.
 */
void mig_order_by_parents(struct mig_order *order, size_t number);

/*
 * Put a step that makes a table logged or unlogged in order with those of the foreign keys of the
 * table and to it.
 */
void mig_order_by_logging(struct mig_order *order, size_t number);

/*
 * Put a step that sets or resets the options of a table's TOAST table in order with those of the
 * table's columns.
 */
void mig_order_by_toast(struct mig_order *order, size_t number);

/*
 * Have steps that take a name wait for those that free it.
 */
void mig_script_order_names(struct mig_script *script);

/*
 * Find all of which a step has to come before which.
 */
void mig_script_edges(struct mig_script *script);

#endif
