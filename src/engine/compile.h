/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * From documents to a policy.  The source of a rollout is one JSON object
 * {"plan":{…},"runbook":{…},"binding":{…},"defaults":{…},"flags":{…}}: it is what the store
 * keeps, so that a restart compiles the very same policy whatever the configuration says by then.
 */
#ifndef MIG_ENGINE_COMPILE_H
#define MIG_ENGINE_COMPILE_H

#include "base/err.h"
#include "base/zone.h"
#include "core/policy.h"
#include "engine/binding.h"

struct mig_json;

/*
 * Finds a time zone by IANA name: 0, or MIG_ENOTFOUND.
 */
typedef int (*mig_zone_finder)(void *context, const char *name, struct mig_zone *ret_zone);

/* A compiled policy and the binding that belongs to it; both live in policy->arena. */
struct mig_compiled {
	struct mig_policy *policy;
	struct mig_binding *binding;
};

/*
 * Compile a source document.  file is used in findings (may be NULL).  Warnings are kept in
 * findings on success, too: triggers that nobody can measure, unknown fields.  On MIG_EDOC
 * findings has at least one error.  Free with mig_policy_free(ret_compiled->policy).
 */
int mig_compile(const struct mig_json *source, const char *file, mig_zone_finder zones,
    void *zones_context, struct mig_compiled *ret_compiled,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * As mig_compile(), for a source that was compiled before, perhaps elsewhere or by another version:
 * whoever has started a rollout must be able to bring it back.  What is only refused so that nobody
 * is surprised (settings that do not go together, unknown members, nothing that rolls back, ids
 * that differ) is a warning; so is a time zone that is not known any more: then nothing goes up.
 */
int mig_compile_kept(const struct mig_json *source, const char *file, mig_zone_finder zones,
    void *zones_context, struct mig_compiled *ret_compiled,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Let the queries over the new path look at the old one instead, for the time in which there is no
 * new path yet; all else, and what metric->new_path says, stays.  MIG_ENOTFOUND when the binding
 * does not say what the old path is, MIG_ENOMEM.
 */
int mig_compile_old_path(struct mig_compiled *compiled) MIG_MUSTCHECK;

#endif
