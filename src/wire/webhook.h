/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the daemon sends (INTERFACES section 4) as values: an effect becomes a request with a
 * fixed body, so that every retry and every restart sends the same bytes under the same key.
 * Also Standard Webhooks signatures and the classes of answers.
 */
#ifndef MIG_WIRE_WEBHOOK_H
#define MIG_WIRE_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"
#include "core/step.h"
#include "engine/binding.h"

struct mig_arena;
struct mig_buf;
struct mig_json;

#define MIG_KEY_MAX 128

/* The rollout that a request is about; all borrowed. */
struct mig_webhook_rollout {
	const struct mig_policy *policy;
	const struct mig_binding *binding;
	const struct mig_state *state;
	const struct mig_json *source; /* its source document: plan and runbook */
};

/* A write to be made.  Strings live in the arena given to the builder. */
struct mig_request {
	char key[MIG_KEY_MAX]; /* Idempotency-Key and webhook-id, see mig_webhook_key() */
	const char *lane;      /* requests of one lane are sent in order, one at a time */
	const char *method;
	const char *url;
	const char *body;
	size_t header_count;
	const char *const *headers;    /* "Name: value", from the binding */
	const char *secret_file;       /* or NULL */
	const char *bearer_token_file; /* or NULL */
	int64_t timeout_ms;
	bool read_back; /* what it has set is read back, and that decides */
};

/*
 * The request of an effect other than notify.  source is the source document (engine/compile.h),
 * out of which steps and phases are copied.  Embedded flags have no request: MIG_ENOTFOUND, as
 * for a step or hook without an executor.  MIG_EDOC when a template of URL or body names
 * something unknown, or source lacks the step or phase; unknown names in headers stay as they are.
 */
int mig_webhook_request(const struct mig_webhook_rollout *rollout, const struct mig_effect *effect,
    struct mig_arena *arena, struct mig_request *ret_request) MIG_MUSTCHECK;

/*
 * The idempotency key of an effect, "ROLLOUT-CREATED-SEQ": the same for ever, and never again
 * used by a rollout of another store, which may give out the same id; without dots.
 */
void mig_webhook_key(const struct mig_state *state, uint64_t seq, char ret_key[MIG_KEY_MAX]);

/*
 * The question whether a webhook gate of the current phase lets pass.  It is no effect: each one
 * has a key of its own, made of the time.  Errors as above.
 */
int mig_webhook_gate(const struct mig_webhook_rollout *rollout, size_t gate, mig_wall now,
    struct mig_arena *arena, struct mig_request *ret_request) MIG_MUSTCHECK;

/*
 * The GET that reads a flag back: URL and headers with templates filled in, bearer token and
 * timeout; no key, no lane.  MIG_ENOTFOUND without read_url, MIG_EDOC as above.
 */
int mig_webhook_read(const struct mig_webhook_rollout *rollout, size_t flag,
    struct mig_arena *arena, struct mig_request *ret_request) MIG_MUSTCHECK;

/*
 * The percentage in a read-back reply at a JSON pointer: a number or a string that is one, in
 * 0-100.  On MIG_EDOC ret_error (size bytes) says what is wrong.
 */
int mig_webhook_read_percentage(const char *body, size_t len, const char *pointer,
    double *ret_percentage, char *ret_error, size_t size) MIG_MUSTCHECK;

/*
 * The value of webhook-signature, "v1,BASE64": HMAC-SHA256 of "ID.TIMESTAMP.BODY" with the key
 * behind "whsec_" (base64) or, without that prefix, the secret's own bytes.  MIG_EDOC for a
 * secret that is empty or no base64.
 */
int mig_webhook_sign(const char *secret, const char *id, int64_t timestamp_s, const char *body,
    struct mig_buf *out) MIG_MUSTCHECK;

enum mig_answer {
	MIG_ANSWER_DONE,     /* 2xx but 202 */
	MIG_ANSWER_ACCEPTED, /* 202 */
	MIG_ANSWER_CHECK,    /* 409, 412: done if the read-back agrees */
	MIG_ANSWER_RETRY,    /* 408, 425, 429, 5xx, no answer at all */
	MIG_ANSWER_REFUSED   /* everything else, redirects included */
};

/*
 * The class of an HTTP status; 0 means no answer.
 */
enum mig_answer mig_webhook_answer(long http_status);

/*
 * Delay before attempt number `attempt` (from 1 = first retry) in ms: exponential from base_ms,
 * capped at cap_ms, with a deterministic jitter of up to a quarter taken from key.
 */
int64_t mig_webhook_backoff(const char *key, uint32_t attempt, int64_t base_ms, int64_t cap_ms);

/* What a notification tells; strings borrowed. */
struct mig_notification {
	const char *key;
	const char *template_type; /* mig_notice_name() */
	const char *audience;
	const char *rollout_id;
	const struct mig_record *record; /* what happened; goes into "event" */
};

/*
 * Append the JSON body of a notification.  Subject and body come from the runbook's
 * communication_templates of that type and audience with what is known filled in and "(not known)"
 * for the rest; MIG_ENOTFOUND when the runbook has none for the audience (alert and completed
 * are worded here and exist for every audience).
 */
int mig_webhook_notification(const struct mig_policy *policy, const struct mig_state *state,
    const struct mig_json *runbook, const struct mig_notification *notification,
    struct mig_buf *out) MIG_MUSTCHECK;

#endif
