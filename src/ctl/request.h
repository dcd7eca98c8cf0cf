/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What commands ask of the daemon: a request, its JSON answer, problems told to the operator and
 * turned into exit statuses, and the rollout that is meant when none is named.
 */
#ifndef MIG_CTL_REQUEST_H
#define MIG_CTL_REQUEST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"

struct ctl;

/* An answer; zero-initialise, then reply_fini(). */
struct reply {
	struct mig_buf body;
	struct mig_json_doc *doc; /* NULL when there was no body */
};

/*
 * Free what the answer owns.
 */
void reply_fini(struct reply *reply);

/*
 * GET path.  CTL_OK with the answer, or an exit status after telling why on standard error.
 */
int request_get(struct ctl *ctl, const char *path, struct reply *ret_reply) MIG_MUSTCHECK;

/*
 * POST body (JSON or NULL) to path; as request_get().
 */
int request_post(struct ctl *ctl, const char *path, const char *body, struct reply *ret_reply)
    MIG_MUSTCHECK;

/*
 * As request_get(), but what went wrong is put into ret_error instead of being told.
 */
int request_try(struct ctl *ctl, const char *path, struct reply *ret_reply,
    struct mig_buf *ret_error) MIG_MUSTCHECK;

/*
 * The rollout that is meant: given itself, or when it is NULL the only unfinished one (with
 * `finished` the newest of all when none is unfinished).  CTL_OK, or an exit status after telling
 * which there are.
 */
int request_rollout(struct ctl *ctl, const char *given, bool finished, char ret_id[MIG_ID_MAX])
    MIG_MUSTCHECK;

/*
 * Append the answer's warnings, each on a line of its own: a newline first, none behind.
 */
void request_add_warnings(struct mig_buf *out, const struct mig_json *answer);

/*
 * Append "/v1/rollouts/ID" and tail (may be "").
 */
void request_path(struct mig_buf *out, const char *rollout, const char *tail);

#endif
