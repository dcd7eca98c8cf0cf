/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * migarchd.conf: libconfig text in, one validated immutable object out.  The only user of
 * libconfig.  Every fault is found in one go and names file, line and key.
 */
#ifndef MIG_DAEMON_CONFIG_H
#define MIG_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

struct mig_json;
struct mig_json_doc;

/* A target of notifications. */
struct config_notify {
	const char *url;
	size_t audience_count;
	const char *const *audiences; /* "technical", "business", "executive", "customers" */
	const char *secret_file;      /* NULL none */
	size_t header_count;
	const char *const *headers;
	int64_t timeout_ms;
};

/* One group of `migrations`. */
struct config_migration {
	const char
	    *source; /* the source document as JSON text: plan, runbook, binding, defaults, flags */
	bool start_auto;
	int64_t preflight_ms; /* history that start_auto has to stand first; 0: none */
	const char *where; /* "migarchd.conf:12", for messages */
	/* Set by who loads it. */
	int unkept;                 /* why it is tried again, MIG_OK: it is not */
	char unstarted[MIG_ID_MAX]; /* what is to be started then, "": it is not even loaded */
};

struct config {
	/* state, control */
	const char *state_path;
	const char *socket_path;
	const char *socket_group;
	const char *listen;     /* "HOST:PORT" or "" for no TCP */
	const char *token_file; /* "" none: TCP is read-only */
	/* prometheus */
	const char *prometheus_url;
	int64_t poll_interval_ms;
	int64_t prometheus_timeout_ms;
	size_t header_count;
	const char *const *headers;
	const char *bearer_token_file; /* NULL none, also below */
	const char *ca_file;
	const char *cert_file;
	const char *key_file;
	/* the rest */
	const char *defaults_json; /* with poll_interval and max_sample_age: part of every source */
	const char *flags_json;    /* top-level `flags`, NULL when absent */
	size_t notify_count;
	struct config_notify *notify;
	size_t migration_count;
	struct config_migration *migrations;
	size_t left_out;         /* migrations with errors, of config_read_usable() */
	const char *folder;      /* of the file: relative names in bindings start here */
	struct mig_arena *arena; /* owns all of the above */
};

/* Where relative paths of the configuration lead; from the command line or the build. */
struct config_paths {
	const char *state_dir;   /* for state.path */
	const char *runtime_dir; /* for control.socket */
	const char *socket;      /* overrides control.socket; NULL no */
};

/*
 * Read and validate the file, with the plans and runbooks it names (relative to its folder), down
 * to compiled policies.  All findings are reported; MIG_EDOC when there are errors, MIG_ENOTFOUND
 * when the file itself can't be read.  Free with config_free().
 */
int config_read(const char *path, const struct config_paths *paths, struct config **ret_config,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * As config_read(), but migrations with errors are left out and counted, with MIG_OK and their
 * errors in findings: a daemon that has rollouts under way must be able to go on with them.
 */
int config_read_usable(const char *path, const struct config_paths *paths,
    struct config **ret_config, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free; NULL is a no-op.
 */
void config_free(struct config *config);

/*
 * A binding given as libconfig text (one group's content, or `{ … }`) or as a JSON object, as JSON
 * text owned by the caller.  file names it in findings.  What the keys mean is not checked.
 */
int config_binding_json(const char *text, const char *file, char **ret_json,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * The source document of a load over the API: plan and runbook nodes and the binding's JSON
 * text (NULL: an empty binding), completed with this configuration's defaults and flags; JSON
 * text owned by the caller.  MIG_EDOC when the binding is no JSON object, or (with findings) names
 * a file that is neither below the configuration's folder nor among systemd's credentials.
 * With findings NULL the binding is the caller's own and may name any file.
 */
int config_source(const struct config *config, const struct mig_json *plan,
    const struct mig_json *runbook, const char *binding_json, char **ret_source,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Print the effective configuration as libconfig text to standard output (--print-config).
 */
void config_print(const struct config *config);

#endif
