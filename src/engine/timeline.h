/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * When the phases of a plan begin and end, and when its flags go up, given the time of the
 * start.  Phases follow one another as in the daemon; what is risky waits for the windows of the
 * specification.  No clock is read.
 */
#ifndef MIG_ENGINE_TIMELINE_H
#define MIG_ENGINE_TIMELINE_H

#include "base/err.h"
#include "base/time.h"
#include "engine/compile.h"

struct mig_buf;
struct mig_json;

/* What a timeline needs beside the plan. */
struct mig_timeline_start {
	mig_wall at;
	mig_zone_finder zones; /* asked for the zones of the windows */
	void *zones_context;
};

/*
 * Append a copy of a plan, which must have passed mig_plan_check(), with the member "timeline"
 * before its specification (two spaces of indentation, no newline at the end).  A timeline that
 * it has already is replaced.  Times are cut off at the year 9999.  MIG_EDOC with a finding when
 * a zone is not known or the windows never let something begin: its pointer starts at the
 * specification.  MIG_ENOMEM, MIG_ELIMIT when ret_plan_json cannot hold it.  On failure what was
 * appended is not to be used.
 */
int mig_timeline_add(const struct mig_json *plan, const struct mig_timeline_start *start,
    struct mig_buf *ret_plan_json, struct mig_findings *findings) MIG_MUSTCHECK;

#endif
