/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "daemon/api.h"
#include "daemon/child.h"
#include "daemon/config.h"
#include "daemon/driver.h"
#include "daemon/http_client.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/metrics.h"
#include "daemon/migarchd.h"
#include "daemon/options.h"
#include "daemon/preflight.h"
#include "daemon/prom_client.h"
#include "daemon/schema_gate.h"
#include "daemon/sdnotify.h"
#include "daemon/store.h"
#include "engine/binding.h"
#include "engine/plan_diff.h"
#include "sys/memory.h"

#define LINE_MAX_BYTES 4096
#define CHANGES_TOLD_MAX 5 /* differences of one plan that a reload tells of */
#define REFUSALS_TOLD_MAX 5 /* changes of a schema that stand against a start */

struct daemon {
	struct options options;
	struct config *config;
	struct loop *loop;
	struct store *store;
	struct metrics *metrics;
	struct http_client *http;
	struct prom_client *prom;
	struct children *children;
	struct driver *driver;
	struct preflight *preflight;
	struct api *api;
	struct loop_timer *beat;
	struct loop_timer *keeper; /* set while one could not be kept */
	struct loop_signal *signals[3];
	bool unkept; /* the store could not keep a migration of the configuration, or its start */
	bool ready;
};

/* One part of the daemon; started in the table's order, stopped backwards. */
struct part {
	const char *name;
	int (*start)(struct daemon *daemon); /* -1 or the exit status */
	void (*stop)(struct daemon *daemon);
};

static void
print_findings(const struct mig_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct mig_buf line;
		mig_buf_init(&line, LINE_MAX_BYTES);
		mig_finding_format(&findings->items[i], &line);
		(void)fprintf(stderr, "migarchd: %s\n", line.data);
		mig_buf_fini(&line);
	}
	if (findings->suppressed > 0)
		(void)fprintf(stderr, "migarchd: and %zu more\n", findings->suppressed);
}

static void
log_findings(const struct mig_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct mig_buf line;
		mig_buf_init(&line, LINE_MAX_BYTES);
		mig_finding_format(&findings->items[i], &line);
		log_event(findings->items[i].severity == MIG_SEV_ERROR ? LOG_LEVEL_ERROR :
		    LOG_LEVEL_WARNING, "config", "finding", "finding", line.data, NULL);
		mig_buf_fini(&line);
	}
}

static void
prom_settings(const struct config *config, struct prom_settings *ret_settings)
{
	*ret_settings = (struct prom_settings) { .url = config->prometheus_url,
		.timeout_ms = config->prometheus_timeout_ms,
		.header_count = config->header_count, .headers = config->headers,
		.bearer_token_file = config->bearer_token_file, .ca_file = config->ca_file,
		.cert_file = config->cert_file, .key_file = config->key_file };
}

/* Why a migration is not loaded or started, for who asked. */
static const char *
trouble_text(int error)
{
	return error == MIG_EIO ? "the state store can't be written" : mig_error_text(error);
}

/* A rollout that should start by itself does not: people are told why. */
static void
tell_refused(struct daemon *daemon, const char *rollout_id, const struct mig_findings *findings)
{
	struct mig_buf reason;
	struct mig_buf detail;
	struct mig_jw jw;

	mig_buf_init(&reason, LINE_MAX_BYTES);
	for (size_t i = 0; i < findings->count && i < REFUSALS_TOLD_MAX; i++)
		mig_buf_printf(&reason, "%s%s", i > 0 ? "; " : "", findings->items[i].message);
	if (findings->count > REFUSALS_TOLD_MAX)
		mig_buf_printf(&reason, "; and %zu more", findings->count - REFUSALS_TOLD_MAX);
	log_event(LOG_LEVEL_WARNING, "schema", "not started automatically", "rollout", rollout_id,
	    "reason", reason.data, "remedy", "plan the changes, or schema.override = true", NULL);
	mig_buf_init(&detail, MIG_DETAIL_MAX - 1);
	mig_jw_init(&jw, &detail, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "reason", reason.data);
	mig_jw_object_end(&jw);
	if (!mig_buf_ok(&detail) || driver_alert(daemon->driver, rollout_id, "preflight_refused",
	    detail.data) != MIG_OK)
		log_event(LOG_LEVEL_ERROR, "schema", "nobody could be told", "rollout", rollout_id,
		    NULL);
	mig_buf_fini(&detail);
	mig_buf_fini(&reason);
}

/* Whether the schemas of a rollout, if it has any, let it start. */
static bool
schemas_agree(struct daemon *daemon, const char *rollout_id)
{
	struct mig_findings findings = { 0 };
	struct driver_view view;

	if (driver_find(daemon->driver, rollout_id, &view) != MIG_OK)
		return true; /* the command will say so */
	int error = schema_gate_check(&view, &findings);
	if (error != MIG_OK)
		tell_refused(daemon, rollout_id, &findings);
	mig_findings_fini(&findings);
	return error == MIG_OK;
}

/* MIG_EIO and MIG_ENOMEM may pass: then it is tried again, and the log knows already. */
static int
start_rollout(void *context, const char *rollout_id, bool again)
{
	struct daemon *daemon = context;
	struct driver_order start = { rollout_id, MIG_COMMAND_START, "migarchd", NULL, NULL };
	char refusal[MIG_ERROR_MAX];

	if (!schemas_agree(daemon, rollout_id))
		return MIG_ESTATE;
	int error = driver_command(daemon->driver, &start, refusal, sizeof(refusal));
	if (error != MIG_OK && (!again || !driver_may_pass(error)))
		log_event(LOG_LEVEL_ERROR, "config", "cannot start a migration", "rollout",
		    rollout_id, "error", refusal, NULL);
	return error;
}

/* Start a migration that should start by itself, or have it tried on history first. */
static void
start_migration(struct daemon *daemon, struct config_migration *migration, const char *id,
    struct mig_findings *warnings)
{
	struct driver_view view;
	bool again = migration->unstarted[0] != '\0';
	int error = MIG_OK;

	if (migration->start_auto && driver_find(daemon->driver, id, &view) == MIG_OK &&
	    view.state->run == MIG_RUN_LOADED)
		error = migration->preflight_ms == 0 ? start_rollout(daemon, id, again) :
		    preflight_add(daemon->preflight, id, migration->preflight_ms);
	migration->unkept = driver_may_pass(error) ? error : MIG_OK;
	if (migration->unkept == MIG_OK) {
		migration->unstarted[0] = '\0';
		return;
	}
	if (!again) {
		(void)snprintf(migration->unstarted, sizeof(migration->unstarted), "%s", id);
		if (migration->preflight_ms > 0)
			log_event(LOG_LEVEL_ERROR, "config", "cannot start a migration",
			    "rollout", id, "error", mig_error_text(error), NULL);
	}
	(void)mig_findings_add(warnings, MIG_SEV_WARNING, migration->where, NULL, NULL,
	    "the migration is not started: %s; it is tried again", trouble_text(error));
}

/* One finding about a migration, told in the log at once and kept as a warning for who asked. */
static void
tell_change(const char *rollout_id, const char *pointer, const char *text,
    struct mig_findings *findings)
{
	(void)mig_findings_add(findings, MIG_SEV_WARNING, NULL, pointer, NULL, "%s", text);
	log_event(LOG_LEVEL_WARNING, "config", "a changed plan is not taken", "rollout",
	    rollout_id, "pointer", pointer != NULL ? pointer : "", "difference", text, NULL);
}

/* A changed plan does not reach a rollout that is not finished: say what it would have changed. */
static void
tell_changes(const struct daemon *daemon, const struct mig_json *source,
    struct mig_findings *findings)
{
	struct driver_view view;
	struct mig_plan_diff diff = { 0 };
	struct mig_buf line;

	if (driver_plan_change(daemon->driver, source, CHANGES_TOLD_MAX, &view, &diff) != MIG_OK)
		return;
	mig_buf_init(&line, LINE_MAX_BYTES);
	mig_buf_printf(&line, "rollout %s is %s and keeps its plan; the configuration has another. "
	    "Differences: ", view.state->rollout_id, mig_run_name(view.state->run));
	mig_plan_diff_summary(&diff, &line);
	tell_change(view.state->rollout_id, NULL, line.data, findings);
	const struct mig_plan_change *change = mig_plan_diff_next(&diff, NULL);
	for (size_t i = 0; i < CHANGES_TOLD_MAX && change != NULL; i++) {
		tell_change(view.state->rollout_id, change->pointer, change->text, findings);
		change = mig_plan_diff_next(&diff, change);
	}
	mig_buf_fini(&line);
	mig_plan_diff_fini(&diff);
}

/* A migration can't be loaded: in the log, unless that knows, and for who asked. */
static void
tell_unloaded(struct daemon *daemon, struct config_migration *migration, int error,
    const struct mig_findings *findings, struct mig_findings *warnings)
{
	bool passes = driver_may_pass(error);

	if (error != migration->unkept) {
		log_findings(findings);
		log_event(LOG_LEVEL_ERROR, "config", passes ?
		    "cannot load a migration: it is tried again" : "cannot load a migration",
		    "where", migration->where, "error", error == MIG_EIO ?
		    store_error(daemon->store) : mig_error_text(error), NULL);
	}
	migration->unkept = passes ? error : MIG_OK;
	(void)mig_findings_add(warnings, MIG_SEV_WARNING, migration->where, NULL, NULL,
	    "the migration is not loaded: %s%s", trouble_text(error),
	    passes ? "; it is tried again" : "");
}

/*
 * Load one migration of the configuration unless it is known; start it when it should be.  What
 * differs from an unfinished rollout becomes warnings.
 */
static void
load_migration(struct daemon *daemon, struct config_migration *migration,
    struct mig_findings *warnings)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	char id[MIG_ID_MAX] = "";
	int error = mig_json_parse(migration->source, strlen(migration->source), migration->where,
	    &doc, &findings);

	if (error == MIG_OK)
		error = driver_load(daemon->driver, mig_json_root(doc), "migarchd", true, id,
		    sizeof(id), &findings);
	if (error != MIG_OK && error != MIG_ECONFLICT)
		tell_unloaded(daemon, migration, error, &findings, warnings);
	else
		start_migration(daemon, migration, id, warnings);
	if (error == MIG_ECONFLICT || error == MIG_ESTATE)
		tell_changes(daemon, mig_json_root(doc), warnings);
	mig_json_free(doc);
	mig_findings_fini(&findings);
}

/* Load those of the configuration, or only what could not be kept before. */
static void
load_migrations(struct daemon *daemon, bool again, struct mig_findings *warnings)
{
	daemon->unkept = false;
	for (size_t i = 0; i < daemon->config->migration_count; i++) {
		struct config_migration *migration = &daemon->config->migrations[i];
		if (again && migration->unstarted[0] != '\0')
			start_migration(daemon, migration, migration->unstarted, warnings);
		else if (!again || migration->unkept != MIG_OK)
			load_migration(daemon, migration, warnings);
		daemon->unkept = daemon->unkept || migration->unkept != MIG_OK;
	}
	if (daemon->unkept)
		loop_timer_set(daemon->keeper, DRIVER_LOAD_AGAIN_MS);
}

static void
on_keep_again(void *context)
{
	struct mig_findings warnings = { 0 };

	load_migrations(context, true, &warnings);
	mig_findings_fini(&warnings); /* they are in the log */
}

/* What a running daemon cannot change about itself. */
static void
warn_of_fixed(const struct config *old, const struct config *new)
{
	if (strcmp(old->state_path, new->state_path) != 0 ||
	    strcmp(old->socket_path, new->socket_path) != 0 ||
	    strcmp(old->listen, new->listen) != 0)
		log_event(LOG_LEVEL_WARNING, "config",
		    "state.path, control.socket and control.listen change only at a restart", NULL);
}

static int
ask_prometheus_as(struct daemon *daemon, const struct config *config)
{
	struct prom_settings settings;

	prom_settings(config, &settings);
	return prom_client_configure(daemon->prom, &settings);
}

/* Read the configuration anew; all of it is checked before anything is changed. */
static int
reload(void *context, struct mig_findings *findings)
{
	struct daemon *daemon = context;
	struct config *config = NULL;

	sdnotify_reloading();
	int error = config_read(daemon->options.config, &daemon->options.paths, &config, findings);
	if (error == MIG_OK)
		error = ask_prometheus_as(daemon, config);
	if (error == MIG_OK) {
		error = api_configure(daemon->api, config, findings);
		if (error != MIG_OK && ask_prometheus_as(daemon, daemon->config) != MIG_OK)
			log_event(LOG_LEVEL_ERROR, "config",
			    "out of memory: Prometheus is asked as the refused one says", NULL);
	}
	log_findings(findings);
	if (error == MIG_OK) {
		struct config *old = daemon->config;
		warn_of_fixed(old, config);
		daemon->config = config;
		driver_configure(daemon->driver, config);
		config_free(old);
		/* Those about the configuration are in the log; these answer who asked. */
		mig_findings_fini(findings);
		/* What it says now decides what starts by itself. */
		preflight_clear(daemon->preflight);
		load_migrations(daemon, false, findings);
		log_event(LOG_LEVEL_INFO, "config", "configuration reloaded", "file",
		    daemon->options.config, NULL);
	} else {
		config_free(config);
		log_event(LOG_LEVEL_ERROR, "config",
		    "configuration refused: the old one stays in force", "file",
		    daemon->options.config, "error", mig_error_text(error), NULL);
	}
	sdnotify_ready();
	return error;
}

static void
on_hangup(void *context)
{
	struct mig_findings findings = { 0 };

	(void)reload(context, &findings); /* told in the log */
	mig_findings_fini(&findings);
}

static void
on_stop(void *context)
{
	struct daemon *daemon = context;

	log_event(LOG_LEVEL_INFO, "daemon", "stopping; rollouts stay as they are", NULL);
	sdnotify_stopping();
	loop_stop(daemon->loop);
}

static void
tell_status(const struct daemon *daemon)
{
	char line[MIG_ERROR_MAX];

	driver_status_line(daemon->driver, line, sizeof(line));
	sdnotify_status(line);
}

/* The watchdog's ping comes from the loop: it stops when that hangs. */
static void
on_beat(void *context)
{
	struct daemon *daemon = context;
	int64_t interval = sdnotify_watchdog_interval_ms();

	sdnotify_watchdog();
	tell_status(daemon);
	if (interval > 0)
		loop_timer_set(daemon->beat, interval);
}

static const char *
why_not_ready(void *context)
{
	const struct daemon *daemon = context;

	if (!daemon->ready)
		return "the rollouts are not restored yet";
	if (!driver_store_works(daemon->driver))
		return "the state store can't be written";
	if (daemon->unkept)
		return "a migration of the configuration could not be kept or started yet: see "
		    "the daemon's log";
	if (driver_lost(daemon->driver) > 0)
		return "a rollout in the state store can't be restored, so nobody watches it: see "
		    "the daemon's log";
	if (daemon->config->left_out > 0)
		return "the configuration has errors, so nothing of it is loaded: see the "
		    "daemon's log";
	return NULL;
}

static int
complain(const char *what, const char *why, int status)
{
	log_event(LOG_LEVEL_ERROR, "daemon", what, "error", why, NULL);
	return status;
}

static int
start_loop(struct daemon *daemon)
{
	daemon->loop = loop_new();
	return daemon->loop != NULL ? -1 : EXIT_INTERNAL;
}

static void
stop_loop(struct daemon *daemon)
{
	loop_free(daemon->loop);
}

static int
start_store(struct daemon *daemon)
{
	char why[MIG_ERROR_MAX];
	int error = store_open(daemon->config->state_path, &daemon->store, why, sizeof(why));

	if (error == MIG_OK)
		return -1;
	return complain("cannot open the state store", why,
	    error == MIG_ECONFLICT ? EXIT_TRY_AGAIN : EXIT_CANNOT_WRITE);
}

static void
stop_store(struct daemon *daemon)
{
	store_close(daemon->store);
}

static int
start_clients(struct daemon *daemon)
{
	struct prom_settings settings;

	prom_settings(daemon->config, &settings);
	daemon->metrics = metrics_new();
	daemon->children = children_new(daemon->loop);
	daemon->http = http_client_new(daemon->loop);
	if (daemon->http != NULL)
		daemon->prom = prom_client_new(daemon->loop, daemon->http, daemon->metrics,
		    &settings);
	return daemon->metrics != NULL && daemon->children != NULL && daemon->prom != NULL ?
	    -1 : EXIT_INTERNAL;
}

static void
stop_clients(struct daemon *daemon)
{
	children_free(daemon->children);
	prom_client_free(daemon->prom);
	http_client_free(daemon->http);
	metrics_free(daemon->metrics);
}

static int
start_driver(struct daemon *daemon)
{
	const struct driver_parts parts = { .loop = daemon->loop, .store = daemon->store,
		.http = daemon->http, .prom = daemon->prom, .metrics = daemon->metrics,
		.config = daemon->config, .children = daemon->children };

	daemon->driver = driver_new(&parts);
	return daemon->driver != NULL ? -1 : EXIT_INTERNAL;
}

static void
stop_driver(struct daemon *daemon)
{
	driver_free(daemon->driver);
}

static int
start_preflight(struct daemon *daemon)
{
	const struct preflight_parts parts = { .loop = daemon->loop, .prom = daemon->prom,
		.driver = daemon->driver, .start = start_rollout, .context = daemon };

	daemon->preflight = preflight_new(&parts);
	return daemon->preflight != NULL ? -1 : EXIT_INTERNAL;
}

static void
stop_preflight(struct daemon *daemon)
{
	preflight_free(daemon->preflight);
}

/* Something happened: streams and systemd's status line hear of it. */
static void
on_records(void *context)
{
	struct daemon *daemon = context;

	api_notify_records(daemon->api);
	tell_status(daemon);
}

static int
start_api(struct daemon *daemon)
{
	const struct api_parts parts = { .loop = daemon->loop, .driver = daemon->driver,
		.store = daemon->store, .metrics = daemon->metrics, .config = daemon->config,
		.reload = reload, .unready = why_not_ready, .context = daemon };
	char why[MIG_ERROR_MAX];
	int error = api_new(&parts, &daemon->api, why, sizeof(why));

	if (error == MIG_OK) {
		driver_on_records(daemon->driver, on_records, daemon);
		return -1;
	}
	return complain("cannot listen", why,
	    error == MIG_ECONFLICT ? EXIT_TRY_AGAIN : EXIT_INTERNAL);
}

static void
stop_api(struct daemon *daemon)
{
	if (daemon->driver != NULL)
		driver_on_records(daemon->driver, NULL, NULL);
	api_free(daemon->api);
}

static int
start_signals(struct daemon *daemon)
{
	(void)signal(SIGPIPE, SIG_IGN); /* SIGPIPE is always a valid signal */
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit on files is met like a full disk */
	daemon->signals[0] = loop_signal_new(daemon->loop, SIGTERM, on_stop, daemon);
	daemon->signals[1] = loop_signal_new(daemon->loop, SIGINT, on_stop, daemon);
	daemon->signals[2] = loop_signal_new(daemon->loop, SIGHUP, on_hangup, daemon);
	daemon->beat = loop_timer_new(daemon->loop, on_beat, daemon);
	daemon->keeper = loop_timer_new(daemon->loop, on_keep_again, daemon);
	for (size_t i = 0; i < 3; i++) {
		if (daemon->signals[i] == NULL)
			return EXIT_INTERNAL;
	}
	return daemon->beat != NULL && daemon->keeper != NULL ? -1 : EXIT_INTERNAL;
}

static void
stop_signals(struct daemon *daemon)
{
	loop_timer_free(daemon->beat);
	loop_timer_free(daemon->keeper);
	for (size_t i = 0; i < 3; i++)
		loop_signal_free(daemon->signals[i]);
}

/* Whether anybody depends on the daemon: a rollout is under way or lost, or has flags served. */
static bool
is_needed(const struct driver *driver)
{
	for (size_t i = 0; i < driver_count(driver); i++) {
		struct driver_view view;
		driver_at(driver, i, &view);
		if (view.state->run != MIG_RUN_LOADED &&
		    (!mig_state_finished(view.state) || view.binding->flags_embedded))
			return true;
	}
	return driver_lost(driver) > 0;
}

/* What has begun goes on whatever the configuration says by now; nothing of that begins then. */
static int
start_rollouts(struct daemon *daemon)
{
	if (driver_restore(daemon->driver) != MIG_OK)
		return complain("cannot read the state store", store_error(daemon->store),
		    EXIT_CANNOT_WRITE);
	if (daemon->config->left_out > 0) {
		if (!is_needed(daemon->driver))
			return complain("cannot start", "the configuration has errors",
			    EXIT_DOCUMENT);
		log_event(LOG_LEVEL_ERROR, "config", "the configuration has errors: what has begun "
		    "goes on, and nothing of it is loaded or started", "file",
		    daemon->options.config, "remedy", "mend it, and reload", NULL);
	} else {
		struct mig_findings warnings = { 0 };
		load_migrations(daemon, false, &warnings);
		mig_findings_fini(&warnings); /* they are in the log */
	}
	daemon->ready = true;
	return -1;
}

static void
stop_rollouts(struct daemon *daemon)
{
	daemon->ready = false;
}

static const struct part parts[] = {
	{ "loop", start_loop, stop_loop },
	{ "store", start_store, stop_store },
	{ "clients", start_clients, stop_clients },
	{ "driver", start_driver, stop_driver },
	{ "preflight", start_preflight, stop_preflight },
	{ "api", start_api, stop_api },
	{ "signals", start_signals, stop_signals },
	{ "rollouts", start_rollouts, stop_rollouts },
};

static int
run(struct daemon *daemon)
{
	const size_t count = sizeof(parts) / sizeof(parts[0]);
	size_t started = 0;
	int status = -1;

	while (started < count && status < 0) {
		status = parts[started].start(daemon);
		if (status == EXIT_INTERNAL)
			log_event(LOG_LEVEL_ERROR, "daemon", "cannot start", "part",
			    parts[started].name, NULL);
		started++;
	}
	if (status < 0) {
		log_event(LOG_LEVEL_INFO, "daemon", "ready", "version", PACKAGE_VERSION, "socket",
		    daemon->config->socket_path, NULL);
		on_beat(daemon);
		sdnotify_ready();
		memory_release_startup();
		loop_run(daemon->loop);
		status = EXIT_SUCCESS;
	}
	while (started > 0)
		parts[--started].stop(daemon);
	return status;
}

int
migarchd_main(int argc, char **argv)
{
	struct daemon daemon = { 0 };
	struct mig_findings findings = { 0 };
	int status = options_read(argc, argv, &daemon.options);

	if (status >= 0)
		return status;
	log_setup(daemon.options.log_level, daemon.options.log_format);
	bool run_it = !daemon.options.print_config && !daemon.options.check;
	int error = (run_it ? config_read_usable : config_read)(daemon.options.config,
	    &daemon.options.paths, &daemon.config, &findings);
	print_findings(&findings);
	mig_findings_fini(&findings);
	if (error == MIG_ENOTFOUND)
		return EXIT_NO_INPUT;
	if (error != MIG_OK)
		return error == MIG_EDOC ? EXIT_DOCUMENT : EXIT_INTERNAL;
	status = EXIT_SUCCESS;
	if (run_it && daemon.config->left_out > 0 &&
	    access(daemon.config->state_path, F_OK) != 0 && errno == ENOENT)
		status = EXIT_DOCUMENT; /* so nothing has begun */
	else if (run_it)
		status = run(&daemon);
	else if (daemon.options.print_config)
		config_print(daemon.config);
	config_free(daemon.config);
	return status;
}
