/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The complexity score of a specification and its risks: those of its type, then those
 * that its constraints raise.
 */
#ifndef MIG_ENGINE_RISK_H
#define MIG_ENGINE_RISK_H

#include "engine/plan_tables.h"

struct mig_facts;
struct mig_json;
struct mig_jw;

/*
 * The points of a specification, 0 and up.
 */
size_t mig_risk_score(const struct mig_json *spec);

/*
 * The points that one constraint has in it, by its key; 0 for a constraint that earns none.
 */
size_t mig_risk_points(const struct mig_json *spec, const char *key);

/*
 * The level that a score stands for.
 */
enum mig_level mig_risk_level(size_t score);

/*
 * Write the risks as a JSON array under key.
 */
void mig_risk_write(const struct mig_json *spec, const struct mig_facts *facts, struct mig_jw *jw,
    const char *key);

#endif
