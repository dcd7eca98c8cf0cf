/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The binding: how one migration is tied to this site (metrics, flag provider, executor, gates).
 * It is one group of `migrations` in migarchd.conf, or a file for `migarchctl load --binding`;
 * either way it arrives here as JSON.  Also the `defaults` group.
 */
#ifndef MIG_ENGINE_BINDING_H
#define MIG_ENGINE_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/policy.h"

struct mig_arena;
struct mig_at;
struct mig_reader;

/* An HTTP endpoint that is written to.  Strings may hold {templates}. */
struct mig_endpoint {
	const char *url;
	const char *method; /* "POST", "PUT", "PATCH", "GET" */
	const char *body;   /* NULL: the documented JSON body */
	size_t header_count;
	const char *const *headers;    /* "Name: value" */
	const char *secret_file;       /* Standard Webhooks secret (whsec_…); NULL: unsigned */
	const char *bearer_token_file; /* NULL: none */
	int64_t timeout_ms;            /* of one attempt */
};

/* A metric as the site configures it. */
struct mig_metric_binding {
	const char *name;  /* canonical */
	const char *query; /* NULL: only baseline or floor are given */
	bool baseline_given;
	enum mig_baseline_kind baseline;
	double baseline_fixed;
	bool floor_given;
	double floor;
};

struct mig_phase_binding {
	const char *name;
	const char *gate; /* "auto", "approval", "metric", "webhook" */
};

/* The schemas that the migration leads from and to; before NULL: none are given. */
struct mig_schema_binding {
	const char *before; /* files as "migarch check" takes them */
	const char *after;
	const char *before_sha256; /* what they held when the rollout was loaded; NULL: not known */
	const char *after_sha256;
	const char *type;   /* "auto", "database", "api" */
	const char *accept; /* the worst severity that no phase has to carry */
	bool override;      /* start whatever the check says */
	const char *live;   /* URL of the server, without password; NULL: it is not looked at */
	const char *live_password_file; /* NULL: it needs none */
	int64_t live_timeout_ms;        /* of one look at it */
};

struct mig_binding {
	bool start_auto;
	int64_t preflight_ms;    /* history that start_auto has to stand first; 0: none */
	bool preflight_override; /* start whatever the history says */
	const char *preset; /* NULL or "http"; its queries are in metrics already */
	const char *new_labels;
	const char *old_labels;
	const char *request_count; /* PromQL or NULL */
	const char *freshness; /* PromQL giving an age in seconds; NULL: derived from the queries */
	int64_t interval_ms;   /* rate window {interval}; 0: not given */
	double min_samples;
	size_t metric_count;
	struct mig_metric_binding *metrics;
	bool flags_embedded;
	struct mig_endpoint flags; /* webhook provider */
	const char *read_url;      /* NULL: can't be read back */
	const char *read_pointer;
	struct mig_schema_binding schema;
	size_t phase_count;
	struct mig_phase_binding *phases;
	struct mig_endpoint steps; /* url NULL: no executor */
};

/*
 * Read a binding (a JSON object; keys of the configuration's migrations groups, `plan`, `runbook`
 * and `spec` included and ignored).  Unknown keys are errors.  default_flags (its node may be
 * NULL) is the top-level `flags` group, used where the binding has none.  Strings are copied into
 * arena.  MIG_EDOC when findings were added that are errors, MIG_ENOMEM when the arena is full.
 */
int mig_binding_read(struct mig_reader *reader, const struct mig_at *at,
    const struct mig_at *default_flags, struct mig_arena *arena,
    struct mig_binding *ret_binding) MIG_MUSTCHECK;

/*
 * Read the `defaults` document: the keys of the defaults group plus poll_interval and
 * max_sample_age of the prometheus group.  Absent keys take the documented defaults; an absent
 * document is one without keys.  MIG_EDOC when findings were added that are errors.
 */
int mig_settings_read(struct mig_reader *reader, const struct mig_at *at,
    struct mig_settings *ret_settings) MIG_MUSTCHECK;

/*
 * Check what the reader of an endpoint checks of its own: http or https, a host, no user name, no
 * blanks.  {templates} may stand anywhere behind the host.  MIG_EDOC with a phrase in ret_error
 * (size bytes).
 */
int mig_url_check(const char *url, char *ret_error, size_t size) MIG_MUSTCHECK;

/*
 * As mig_url_check(), of a URL behind which a path is put: it must have no query.
 */
int mig_url_check_base(const char *url, char *ret_error, size_t size) MIG_MUSTCHECK;

/*
 * Read a string member that must be a URL; NULL when it is absent, "" or wrong (with a finding).
 * Borrowed from the document, as with the other readers.
 */
const char *mig_read_url(
    struct mig_reader *reader, const struct mig_at *object, const char *key, unsigned flags);

/*
 * Read the `headers` member of an object: strings "Name: value".  Headers that carry a secret or
 * that are not the user's to set are errors.  The array and its strings are copied into arena.
 */
void mig_read_headers(struct mig_reader *reader, const struct mig_at *object,
    struct mig_arena *arena, size_t *ret_count, const char *const **ret_headers);

/*
 * As mig_read_object(), but keys that look like a secret given inline ("secret", "token",
 * "password", …) get their own finding, which points to the keys that take a file.
 */
bool mig_read_group(
    struct mig_reader *reader, const struct mig_at *at, unsigned flags, const char *const *known);

/*
 * Names of all metrics that can be bound, canonical ones and the aliases of the documents, ended
 * by NULL.
 */
const char *const *mig_metric_names(void);

#endif
