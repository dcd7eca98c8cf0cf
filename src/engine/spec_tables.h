/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The fields of a specification as shape tables, the metric names, and which pattern
 * belongs to which type.  Private to spec.c and its neighbours.
 */
#ifndef MIG_ENGINE_SPEC_TABLES_H
#define MIG_ENGINE_SPEC_TABLES_H

#include <stdbool.h>

#include "engine/shape.h"

/* The patterns of one migration type. */
struct mig_type_patterns {
	const char *type;
	const char *const *patterns; /* ended by NULL */
};

/* Ended by a NULL type. */
extern const struct mig_type_patterns mig_type_patterns[];

/* Every metric name that specifications know, ended by NULL. */
extern const char *const mig_names_metric[];

/* The whole specification. */
extern const struct mig_shape_field mig_spec_shape;

/*
 * Whether a metric is a ratio, so that its threshold lies within 0..1.
 */
bool mig_metric_is_ratio(const char *metric);

/*
 * Whether a JSON list of names has the metric, under whichever of its names.
 */
bool mig_metric_listed(const struct mig_json *metrics, const char *metric);

#endif
