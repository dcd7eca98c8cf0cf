/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The catalogue of patterns and the selection matrix, as data.  Private to
 * advise_patterns.c.
 */
#ifndef MIG_ENGINE_ADVISE_TABLES_H
#define MIG_ENGINE_ADVISE_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/plan_tables.h"

/* How long a pattern has to stop the system. */
enum mig_outage { MIG_OUTAGE_NONE, MIG_OUTAGE_SWITCH, MIG_OUTAGE_COPY };

/* What the work is, as the selection matrix tells it apart. */
enum mig_aim { MIG_AIM_SCHEMA, MIG_AIM_REPLACE, MIG_AIM_UPDATE, MIG_AIM_DATA, MIG_AIM_ESTATE };

/* A pattern: the complexity it is made for, the risk it brings, the outage it needs. */
struct mig_advise_pattern {
	const char *name;
	enum mig_level complexity[2]; /* from, to */
	enum mig_level risk[2];       /* from, to */
	enum mig_outage outage;
	const char *summary;
};

/* The selection matrix: which patterns it names for an aim, a complexity and a tolerance. */
struct mig_advise_choice {
	enum mig_aim aim;
	enum mig_level level;
	bool downtime; /* some is tolerated */
	const char *patterns[3]; /* ended by NULL */
};

extern const struct mig_advise_pattern mig_advise_catalogue[];
extern const size_t mig_advise_catalogue_count;

extern const struct mig_advise_choice mig_advise_matrix[];
extern const size_t mig_advise_matrix_count;

/* The aims in words, by enum mig_aim. */
extern const char *const mig_advise_aims[];

#endif
