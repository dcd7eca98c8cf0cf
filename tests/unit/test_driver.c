/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The driver on a store that refuses to be written, or part of it: triggers in the database
 * make it so.  Flags are embedded, so that nothing but notifications goes over HTTP.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "daemon/config.h"
#include "daemon/dispatcher.h"
#include "daemon/driver_int.h"
#include "daemon/http_client.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/metrics.h"
#include "daemon/prom_client.h"
#include "daemon/store.h"
#include "engine/plan_diff.h"
#include "support/http_peer.h"
#include "support/test_support.h"

#define GIVE_UP_MS 10000
#define LOOK_MS 20
#define FLAG "use_new_users" /* of the plan */

/* What the database refuses. */
#define REFUSE " BEGIN SELECT RAISE(FAIL, 'no'); END"
#define NO_STATE "CREATE TRIGGER no_state BEFORE UPDATE ON rollout" REFUSE
#define STATE "DROP TRIGGER no_state"
#define NO_STRIKE "CREATE TRIGGER no_strike BEFORE DELETE ON owed" REFUSE
#define STRIKE "DROP TRIGGER no_strike"

struct fixture {
	char folder[32];
	char path[64];
	struct loop *loop;
	struct store *store;
	sqlite3 *beside; /* another connection to the same database */
	struct http_peer *peer;
	struct http_client *http;
	struct prom_client *prom;
	struct metrics *metrics;
	struct driver *driver;
	struct config config;
	struct config_notify notify;
	struct loop_timer *looker;
	bool (*wanted)(struct fixture *fixture);
	int64_t late_ms;
	char id[MIG_ID_MAX];
};

static const char *const audiences[] = { "technical" };

static void
execute(struct fixture *fixture, const char *sql)
{
	assert_int_equal(sqlite3_exec(fixture->beside, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* The one number that a query gives. */
static int64_t
ask(struct fixture *fixture, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	assert_int_equal(sqlite3_prepare_v2(fixture->beside, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return value;
}

/* The run state as it is kept. */
static int64_t
kept_run(struct fixture *fixture)
{
	return ask(fixture, "SELECT json_extract(state, '$.run') FROM rollout");
}

static enum mig_run
run_now(const struct fixture *fixture)
{
	struct driver_view view;

	assert_int_equal(driver_find(fixture->driver, fixture->id, &view), 0);
	return view.state->run;
}

static void
on_look(void *context)
{
	struct fixture *fixture = context;

	if (fixture->wanted(fixture) || loop_mono(fixture->loop).ms > fixture->late_ms)
		loop_stop(fixture->loop);
	else
		loop_timer_set(fixture->looker, LOOK_MS);
}

/* Run until it is so. */
static void
run_until(struct fixture *fixture, bool (*wanted)(struct fixture *fixture))
{
	fixture->wanted = wanted;
	fixture->late_ms = loop_mono(fixture->loop).ms + GIVE_UP_MS;
	loop_timer_set(fixture->looker, 0);
	loop_run(fixture->loop);
	assert_true(wanted(fixture));
}

static void
start_driver(struct fixture *fixture)
{
	const struct driver_parts parts = { .loop = fixture->loop, .store = fixture->store,
		.http = fixture->http, .prom = fixture->prom, .metrics = fixture->metrics,
		.config = &fixture->config };

	fixture->driver = driver_new(&parts);
	assert_non_null(fixture->driver);
}

/* The source document with the groups of a binding, without the braces; owned by the caller. */
static char *
source_text(const char *binding)
{
	char *plan = test_read_source("tests/data/daemon/plan.json", NULL);
	char *runbook = test_read_source("tests/data/daemon/runbook.json", NULL);
	struct mig_buf text;

	mig_buf_init(&text, 1U << 24);
	mig_buf_printf(&text, "{\"plan\":%s,\"runbook\":%s,\"binding\":{%s},\"defaults\":{"
	    "\"poll_interval\":\"100ms\",\"max_sample_age\":\"1s\",\"max_gap\":\"1s\"}}", plan,
	    runbook, binding);
	free(plan);
	free(runbook);
	char *source = mig_buf_steal(&text);
	assert_non_null(source);
	return source;
}

/* Load a source document; its id, or that of who stands in its way, becomes the fixture's. */
static int
load_text(struct fixture *fixture, const char *text)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *source = test_json(text);
	int error = driver_load(fixture->driver, mig_json_root(source), "loader", false,
	    fixture->id, sizeof(fixture->id), &findings);

	mig_json_free(source);
	mig_findings_fini(&findings);
	return error;
}

static void
load_with(struct fixture *fixture, const char *binding)
{
	char *text = source_text(binding);

	assert_int_equal(load_text(fixture, text), 0);
	free(text);
}

#define METRICS "\"metrics\":{\"error_rate\":\"vector(0)\"," \
	"\"baselines\":{\"error_rate\":0.01}}"
#define EMBEDDED "\"flags\":{\"provider\":\"embedded\"}," METRICS

static void
load(struct fixture *fixture)
{
	load_with(fixture, EMBEDDED);
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const struct prom_settings nobody = { .url = "http://127.0.0.1:9", .timeout_ms = 1000 };
	char error[MIG_ERROR_MAX];

	assert_non_null(fixture);
	(void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/test_driver.XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/state.db", fixture->folder);
	assert_int_equal(store_open(fixture->path, &fixture->store, error, sizeof(error)), 0);
	assert_int_equal(sqlite3_open(fixture->path, &fixture->beside), SQLITE_OK);
	fixture->loop = loop_new();
	fixture->looker = loop_timer_new(fixture->loop, on_look, fixture);
	fixture->peer = http_peer_new(fixture->loop);
	fixture->http = http_client_new(fixture->loop);
	fixture->metrics = metrics_new();
	fixture->prom = prom_client_new(fixture->loop, fixture->http, fixture->metrics, &nobody);
	assert_non_null(fixture->prom);
	start_driver(fixture);
	load(fixture);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = { "", "-wal", "-shm", ".lock" };

	driver_free(fixture->driver);
	prom_client_free(fixture->prom);
	http_client_free(fixture->http);
	http_peer_free(fixture->peer);
	metrics_free(fixture->metrics);
	loop_timer_free(fixture->looker);
	(void)sqlite3_close(fixture->beside);
	store_close(fixture->store);
	loop_free(fixture->loop);
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		char path[80];
		(void)snprintf(path, sizeof(path), "%s%s", fixture->path, names[i]);
		(void)unlink(path); /* not all of them are left */
	}
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

/* What a command is refused with; "" when it is obeyed. */
static const char *
refusal(struct fixture *fixture, const char *id, enum mig_command command)
{
	static char text[MIG_ERROR_MAX];
	const struct driver_order order = { id, command, "tester", NULL, NULL };
	int error = driver_command(fixture->driver, &order, text, sizeof(text));

	assert_true(error == 0 || error == MIG_ESTATE);
	return text;
}

/* As after a restart, with the database changed in between. */
static void
restart_with(struct fixture *fixture, const char *sql)
{
	driver_free(fixture->driver);
	fixture->driver = NULL;
	execute(fixture, sql);
	start_driver(fixture);
	assert_int_equal(driver_restore(fixture->driver), 0);
}

static int
obey(struct fixture *fixture, enum mig_command command)
{
	const struct driver_order order = { fixture->id, command, "tester", NULL, NULL };
	char refusal[MIG_ERROR_MAX];

	return driver_command(fixture->driver, &order, refusal, sizeof(refusal));
}

/* An abort is granted only when it is durable, however often it is asked for. */
static void
test_abort_without_store(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
	enum mig_run before = run_now(fixture);
	execute(fixture, NO_STATE);
	assert_int_equal(obey(fixture, MIG_COMMAND_PAUSE), MIG_EIO);
	assert_int_equal(run_now(fixture), before);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), MIG_EIO);
	assert_int_not_equal(run_now(fixture), before);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), MIG_EIO);
	assert_int_equal(kept_run(fixture), before);
	assert_false(driver_store_works(fixture->driver));
	execute(fixture, STATE);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), 0);
	assert_int_equal(kept_run(fixture), run_now(fixture));
	assert_true(driver_store_works(fixture->driver));
}

static bool
all_is_kept(struct fixture *fixture)
{
	return driver_store_works(fixture->driver) &&
	    kept_run(fixture) == (int64_t)run_now(fixture);
}

/* What ended while the store failed is written when it works again: nobody else would do it. */
static void
test_ended_without_store(void **state)
{
	struct fixture *fixture = *state;

	execute(fixture, NO_STATE);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), MIG_EIO);
	assert_int_equal(run_now(fixture), MIG_RUN_ROLLED_BACK);
	assert_int_equal(kept_run(fixture), MIG_RUN_LOADED);
	execute(fixture, STATE);
	run_until(fixture, all_is_kept);
	assert_int_equal(ask(fixture, "SELECT finished FROM rollout"), 1);
}

static bool
something_is_asked(struct fixture *fixture)
{
	return rollout_asking(fixture->driver->last);
}

static bool
nothing_is_asked(struct fixture *fixture)
{
	return !something_is_asked(fixture);
}

/* Nothing goes forward on a part of a round: the answer still to come may be the bad one. */
static void
test_part_of_a_round(void **state)
{
	struct fixture *fixture = *state;
	struct rollout *rollout = fixture->driver->last;
	/* A round and a half: it ends between two of them, and not as the next one begins. */
	struct prom_settings peer = { .url = http_peer_url(fixture->peer, "/hang"),
		.timeout_ms = 150 };
	struct mig_event early = { .kind = MIG_EVENT_TICK };
	struct mig_event late = { .kind = MIG_EVENT_TICK };

	assert_int_equal(prom_client_configure(fixture->prom, &peer), 0);
	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
	run_until(fixture, something_is_asked);
	assert_int_equal(rollout_apply(rollout, &early, NULL, NULL, 0), 0);
	assert_true(early.hold_back);
	run_until(fixture, nothing_is_asked);
	assert_int_equal(rollout_apply(rollout, &late, NULL, NULL, 0), 0);
	assert_false(late.hold_back);
}

#define COMPLETED "UPDATE rollout SET finished = 1, state = json_set(state, '$.run', 4, " \
	"'$.flags[0].acked', 100.0, '$.flags[0].intended', 100.0, '$.flags[0].touched', " \
	"json('true')) WHERE json_extract(state, '$.run') IN (1, 2)"

/* An embedded flag does not jump: who comes second must begin where the first has ended. */
static void
test_second_rollout_of_a_flag(void **state)
{
	struct fixture *fixture = *state;
	char first[MIG_ID_MAX];
	char second[MIG_ID_MAX];
	char third[MIG_ID_MAX];
	const char *owner = NULL;
	double served = -1;

	(void)snprintf(first, sizeof(first), "%s", fixture->id);
	assert_string_equal(refusal(fixture, first, MIG_COMMAND_START), "");
	restart_with(fixture, COMPLETED);
	load(fixture);
	(void)snprintf(second, sizeof(second), "%s", fixture->id);
	load(fixture);
	(void)snprintf(third, sizeof(third), "%s", fixture->id);
	assert_int_equal(driver_flag(fixture->driver, FLAG, &served, &owner), 0);
	assert_string_equal(owner, first);
	assert_true(served >= 100);

	const char *why = refusal(fixture, second, MIG_COMMAND_START);
	assert_non_null(strstr(why, FLAG " serves 100 % for rollout "));
	assert_non_null(strstr(why, first));
	assert_non_null(strstr(why, "begins at 0 %"));

	/* Brought back, it stands where the next one begins. */
	assert_string_equal(refusal(fixture, first, MIG_COMMAND_ABORT), "");
	assert_int_equal(driver_flag(fixture->driver, FLAG, &served, &owner), 0);
	assert_true(served <= 0);
	restart_with(fixture, "UPDATE rollout SET finished = 1, state = json_set(state, '$.run', "
	    "4) WHERE json_extract(state, '$.started_at') > 0");
	assert_string_equal(refusal(fixture, third, MIG_COMMAND_START), "");

	/* While the third moves it, and after it has completed, the first has no say. */
	assert_non_null(strstr(refusal(fixture, first, MIG_COMMAND_ABORT), third));
	restart_with(fixture, COMPLETED);
	assert_non_null(strstr(refusal(fixture, first, MIG_COMMAND_ABORT), third));
	assert_string_equal(refusal(fixture, third, MIG_COMMAND_ABORT), "");
}

/* While a gap is refilled, what a rollback writes is written in the past: no time runs ahead. */
static void
test_embedded_write_in_the_past(void **state)
{
	struct fixture *fixture = *state;
	struct rollout *rollout = fixture->driver->last;
	struct mig_event event = { .kind = MIG_EVENT_COMMAND, .hold_back = true,
		.u.command = { MIG_COMMAND_ABORT, "tester", NULL, NULL } };

	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
	rollout->state->flags[0].touched = true;
	rollout->state->flags[0].acked = 5;
	int64_t clock = rollout->state->clock_ms;
	event.mono.ms = rollout->state->last_mono.ms - 30000;
	assert_int_equal(rollout_apply(rollout, &event, NULL, NULL, 0), 0);
	assert_int_equal(rollout->state->flags[0].write_seq, 0);
	assert_true(rollout->state->flags[0].acked <= 0);
	assert_int_equal(rollout->state->last_mono.ms, event.mono.ms);
	assert_int_equal(rollout->state->clock_ms, clock);
}

/* The history begins with who has loaded what. */
static void
test_loaded_record(void **state)
{
	struct fixture *fixture = *state;
	struct driver_view view;
	char sql[256];

	assert_int_equal(driver_find(fixture->driver, fixture->id, &view), 0);
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM event WHERE seq = 1 AND kind = "
	    "'loaded' AND actor = 'loader' AND json_extract(detail, '$.policy') = '%s'",
	    view.policy->hash);
	assert_int_equal(ask(fixture, sql), 1);
}

static bool
flag_drifts(struct fixture *fixture)
{
	return fixture->driver->last->state->flags[0].drifted;
}

/* The metric that a trigger looks at. */
static size_t
asked_metric(const struct fixture *fixture)
{
	return mig_policy_metric(fixture->driver->last->policy, "error_rate");
}

static bool
ask_is_outdated(struct fixture *fixture)
{
	const struct ask *ask = &fixture->driver->last->asks[0][asked_metric(fixture)];

	return ask->outstanding > 0 && ask->outdated;
}

static bool
ask_is_new(struct fixture *fixture)
{
	return !fixture->driver->last->asks[0][asked_metric(fixture)].outdated;
}

/* What was asked before a flag moved does not tell how things are now: it is asked again. */
static void
test_answer_from_before(void **state)
{
	struct fixture *fixture = *state;
	struct prom_settings peer = { .url = http_peer_url(fixture->peer, "/hang"),
		.timeout_ms = 1000 };
	char binding[512];

	http_peer_reply(fixture->peer, "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n"
	    "{\"percentage\":50}");
	assert_int_equal(prom_client_configure(fixture->prom, &peer), 0);
	const char *url = http_peer_url(fixture->peer, "/fixed");
	(void)snprintf(binding, sizeof(binding), "\"flags\":{\"provider\":\"webhook\",\"url\":"
	    "\"%s\",\"read_url\":\"%s\",\"read_pointer\":\"/percentage\"}," METRICS, url, url);
	load_with(fixture, binding);
	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
	run_until(fixture, flag_drifts);

	const struct driver_order restore = { fixture->id, MIG_COMMAND_APPROVE, "tester", NULL,
		"restore" };
	char why[MIG_ERROR_MAX];
	assert_int_equal(driver_command(fixture->driver, &restore, why, sizeof(why)), 0);
	run_until(fixture, ask_is_outdated);
	run_until(fixture, ask_is_new);
	/* It came in as an error, and nobody has heard of it. */
	assert_int_equal(fixture->driver->last->state->metrics[asked_metric(fixture)].now.quality,
	    MIG_QUALITY_NONE);
}

static bool
hook_waits(struct fixture *fixture)
{
	return fixture->driver->last->state->hook_seq != 0;
}

static bool
gate_is_asked(struct fixture *fixture)
{
	return fixture->driver->last->gates[0].call != NULL;
}

/* Start a rollout whose executor hangs, and wait for its first hook. */
static void
start_with_hook(struct fixture *fixture)
{
	const struct prom_settings peer = { .url = http_peer_url(fixture->peer, "/fixed"),
		.timeout_ms = 1000 };
	char binding[512];

	http_peer_reply(fixture->peer, "HTTP/1.1 200 OK\r\nContent-Length: 78\r\n\r\n"
	    "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\","
	    "\"result\":[1700000000,\"0\"]}} ");
	assert_int_equal(prom_client_configure(fixture->prom, &peer), 0);
	(void)snprintf(binding, sizeof(binding), "\"steps\":{\"url\":\"%s\"},\"phases\":[{\"name\":"
	    "\"intercept\",\"gate\":\"webhook\"}]," METRICS, http_peer_url(fixture->peer, "/hang"));
	load_with(fixture, binding);
	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
	run_until(fixture, hook_waits);
}

/* Pass over the hook that is waited for. */
static void
pass_hook(struct fixture *fixture)
{
	const struct driver_order pass = { fixture->id, MIG_COMMAND_APPROVE, "tester", NULL,
		"hook" };
	char why[MIG_ERROR_MAX];

	assert_int_equal(driver_command(fixture->driver, &pass, why, sizeof(why)), 0);
}

/* A hook that was passed over is not sent again, by a restart for one. */
static void
test_hook_passed_over(void **state)
{
	struct fixture *fixture = *state;

	start_with_hook(fixture);
	assert_int_equal(store_owed_count(fixture->store), 1);
	pass_hook(fixture);
	assert_int_equal(store_owed_count(fixture->store), 0);
}

/* What goes forward is voided by the decision: in the outbox, and where it is sent. */
static void
test_forward_dropped(void **state)
{
	struct fixture *fixture = *state;

	start_with_hook(fixture);
	assert_int_equal(dispatcher_count(fixture->driver->dispatcher), 1);
	/* Held: there is no way back that would push it aside. */
	fixture->driver->last->state->no_return = true;
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), 0);
	assert_int_equal(run_now(fixture), MIG_RUN_HELD);
	assert_int_equal(store_owed_count(fixture->store), 0);
	assert_int_equal(dispatcher_count(fixture->driver->dispatcher), 0);
}

/* An answer of a gate that comes late must not open the gate of what follows. */
static void
test_late_gate(void **state)
{
	struct fixture *fixture = *state;

	start_with_hook(fixture);
	pass_hook(fixture);
	run_until(fixture, gate_is_asked);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), 0);
	assert_false(gate_is_asked(fixture));
}

/* A rollout that can't be restored does not vanish quietly. */
static void
test_lost_rollout(void **state)
{
	struct fixture *fixture = *state;
	struct mig_buf metrics;
	char line[256];

	assert_int_equal(driver_lost(fixture->driver), 0);
	restart_with(fixture, "UPDATE rollout SET state = json_remove(state, '$.run')");
	assert_int_equal(driver_count(fixture->driver), 0);
	assert_int_equal(driver_lost(fixture->driver), 1);
	driver_status_line(fixture->driver, line, sizeof(line));
	assert_non_null(strstr(line, "1 NOT RESTORED"));
	mig_buf_init(&metrics, MIG_REPLY_BYTES_MAX);
	metrics_render(NULL, fixture->driver, NULL, &metrics);
	assert_non_null(strstr(metrics.data, "\nmigarchd_rollouts_unrestored 1\n"));
	mig_buf_fini(&metrics);
}

/* Keys may have been used without the store: none comes again, whatever the rollout is at. */
static void
test_keys_after_restart(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(run_now(fixture), MIG_RUN_LOADED);
	assert_int_equal(fixture->driver->last->state->effect_seq, 0);
	restart_with(fixture, "UPDATE rollout SET updated_at = updated_at");
	assert_true(fixture->driver->last->state->effect_seq >= 1000);
}

static bool
old_age_asked(struct fixture *fixture)
{
	const char *last = http_peer_last(fixture->peer);

	return strstr(last, "timestamp") != NULL && strstr(last, "old") != NULL;
}

/* The old path's samples have an age, too: a baseline that stands still is none. */
static void
test_age_of_the_old_path(void **state)
{
	struct fixture *fixture = *state;
	const struct prom_settings peer = { .url = http_peer_url(fixture->peer, "/fixed"),
		.timeout_ms = 1000 };

	http_peer_reply(fixture->peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(prom_client_configure(fixture->prom, &peer), 0);
	load_with(fixture, "\"metrics\":{\"new\":\"v=\\\"new\\\"\",\"old\":\"v=\\\"old\\\"\","
	    "\"error_rate\":\"sum(rate(errors{ {new} }[1m]))\","
	    "\"baselines\":{\"error_rate\":\"live\"}}");
	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
	run_until(fixture, old_age_asked);
}

/* Somebody is told of what happens, and answers. */
static void
be_notified(struct fixture *fixture)
{
	http_peer_reply(fixture->peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
	    "Connection: close\r\n\r\n");
	fixture->notify = (struct config_notify){ .url = http_peer_url(fixture->peer, "/fixed"),
		.timeout_ms = 5000, .audience_count = 1, .audiences = audiences };
	fixture->config.notify_count = 1;
	fixture->config.notify = &fixture->notify;
}

static bool
was_told(struct fixture *fixture)
{
	return http_peer_requests(fixture->peer) > 0 &&
	    dispatcher_count(fixture->driver->dispatcher) == 0;
}

static bool
state_is_kept(struct fixture *fixture)
{
	return kept_run(fixture) == (int64_t)run_now(fixture);
}

static bool
nothing_is_owed(struct fixture *fixture)
{
	return driver_store_works(fixture->driver) && store_owed_count(fixture->store) == 0;
}

static bool
record_is_in(struct fixture *fixture)
{
	return ask(fixture, "SELECT count(*) FROM event WHERE kind = 'late'") == 1;
}

/* The records are in, but what was delivered meanwhile can't be struck out: nothing twice. */
static void
test_store_works_in_part(void **state)
{
	static struct mig_outcome outcome = { .record_count = 1,
		.records = { { .kind = "late", .detail = "{}" } } };
	struct fixture *fixture = *state;
	struct rollout *rollout = fixture->driver->last;
	struct owed_list none = { 0 };

	be_notified(fixture);
	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
	execute(fixture, NO_STRIKE);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), 0);
	run_until(fixture, was_told);
	outcome.records[0].seq = ++rollout->state->record_seq;
	assert_int_equal(unsaved_keep(&rollout->unsaved, &outcome, &none), 0);
	run_until(fixture, record_is_in);
	assert_true(store_owed_count(fixture->store) > 0);
	assert_false(driver_store_works(fixture->driver));
	execute(fixture, STRIKE);
	run_until(fixture, nothing_is_owed);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM event"), rollout->state->record_seq);
}

/* What was delivered before it could be written is neither owed nor struck out. */
static void
test_told_without_store(void **state)
{
	struct fixture *fixture = *state;

	be_notified(fixture);
	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
	execute(fixture, NO_STATE);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), MIG_EIO);
	run_until(fixture, was_told);
	execute(fixture, NO_STRIKE);
	execute(fixture, STATE);
	run_until(fixture, nothing_is_owed);
	run_until(fixture, state_is_kept);
	execute(fixture, STRIKE);
}

/* An alert is a record that stays, and a notification. */
static void
test_alert(void **state)
{
	struct fixture *fixture = *state;
	static const char records[] = "SELECT count(*) FROM event WHERE kind = 'told'";
	static const char owed[] = "SELECT count(*) FROM owed";

	be_notified(fixture);
	assert_int_equal(driver_alert(fixture->driver, "nobody", "told", "{}"), MIG_ENOTFOUND);
	assert_int_equal(driver_alert(fixture->driver, fixture->id, "told", "{\"a\":1}"), 0);
	assert_int_equal(ask(fixture, records), 1);
	assert_int_equal(ask(fixture, owed), 1);
	assert_int_equal(run_now(fixture), MIG_RUN_LOADED);
	/* The state goes on where it was: it can still be started. */
	assert_int_equal(obey(fixture, MIG_COMMAND_START), 0);
}

/* Whoever is to be told hears of it although the store fails; it is written when it works again. */
static void
test_alert_without_store(void **state)
{
	struct fixture *fixture = *state;

	be_notified(fixture);
	execute(fixture, NO_STATE);
	assert_int_equal(driver_alert(fixture->driver, fixture->id, "late", "{}"), 0);
	assert_false(driver_store_works(fixture->driver));
	assert_int_equal(run_now(fixture), MIG_RUN_LOADED);
	run_until(fixture, was_told);
	assert_non_null(strstr(http_peer_last(fixture->peer), "\"kind\":\"late\""));
	assert_false(record_is_in(fixture));
	execute(fixture, STATE);
	run_until(fixture, record_is_in);
	run_until(fixture, nothing_is_owed);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM event"),
	    fixture->driver->last->state->record_seq);
}

/* The text with all of one replaced by another; takes it and gives another, both to free(). */
static char *
replaced(char *text, const char *was, const char *is)
{
	struct mig_buf out;
	const char *from = text;

	mig_buf_init(&out, 1U << 24);
	assert_non_null(strstr(text, was));
	for (const char *at = strstr(text, was); at != NULL; at = strstr(from, was)) {
		mig_buf_add(&out, from, (size_t)(at - from));
		mig_buf_puts(&out, is);
		from = at + strlen(was);
	}
	mig_buf_puts(&out, from);
	free(text);
	text = mig_buf_steal(&out);
	assert_non_null(text);
	return text;
}

/* While a rollout has not ended its migration has one plan; others are not in the way. */
static void
test_changed_plan(void **state)
{
	struct fixture *fixture = *state;
	char first[MIG_ID_MAX];
	char *text = replaced(source_text(EMBEDDED), "\"duration_hours\": 0.5",
	    "\"duration_hours\": 0.7");

	mig_text_copy(first, sizeof(first), fixture->id);
	fixture->id[0] = '\0';
	assert_int_equal(load_text(fixture, text), MIG_ESTATE);
	assert_string_equal(fixture->id, first);
	assert_int_equal(driver_count(fixture->driver), 1);
	assert_int_equal(run_now(fixture), MIG_RUN_LOADED);

	/* Planned from a changed specification it has another id. */
	text = replaced(text, "ab12cd34ef56", "another_plan");
	assert_int_equal(load_text(fixture, text), MIG_ESTATE);
	assert_string_equal(fixture->id, first);

	/* Another migration, though it moves the same flags. */
	text = replaced(text, "users-service", "users-cloud");
	assert_int_equal(load_text(fixture, text), 0);
	assert_int_equal(driver_count(fixture->driver), 2);
	text = replaced(text, "users-cloud", "users-service");
	text = replaced(text, "another_plan", "third_plan");

	/* The same plan is never in the way; the newest that has it is told of. */
	load(fixture);
	assert_int_equal(load_text(fixture, text), MIG_ESTATE);
	assert_string_not_equal(fixture->id, first);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), 0);
	assert_int_equal(load_text(fixture, text), MIG_ESTATE);
	assert_string_equal(fixture->id, first);
	assert_int_equal(obey(fixture, MIG_COMMAND_ABORT), 0);
	assert_int_equal(load_text(fixture, text), 0);
	free(text);
}

static void
test_plan_change(void **state)
{
	struct fixture *fixture = *state;
	struct driver_view view;
	struct mig_plan_diff diff = { 0 };
	char *text = source_text(EMBEDDED);
	struct mig_json_doc *source = test_json(text);

	assert_int_equal(driver_plan_change(fixture->driver, mig_json_root(source), 1, &view,
	    &diff), MIG_ENOTFOUND);
	mig_json_free(source);
	text = replaced(text, "\"duration_hours\": 0.5", "\"duration_hours\": 0.7");
	text = replaced(text, "An engineer on call", "Two engineers");
	source = test_json(text);
	assert_int_equal(driver_plan_change(fixture->driver, mig_json_root(source), 1, &view,
	    &diff), 0);
	assert_string_equal(view.state->rollout_id, fixture->id);
	assert_int_equal(diff.count[MIG_DIFF_TRAFFIC], 1);
	assert_true(diff.count[MIG_DIFF_WORDS] > diff.kept[MIG_DIFF_WORDS]);
	assert_string_equal(diff.first[MIG_DIFF_TRAFFIC]->pointer,
	    "/spec/feature_flags/0/rollout_schedule/1/duration_hours");
	mig_plan_diff_fini(&diff);
	mig_json_free(source);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_alert, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alert_without_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_abort_without_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended_without_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second_rollout_of_a_flag, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer_from_before, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hook_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forward_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_gate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_embedded_write_in_the_past, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loaded_record, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_rollout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys_after_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_part_of_a_round, setup, teardown),
		cmocka_unit_test_setup_teardown(test_age_of_the_old_path, setup, teardown),
		cmocka_unit_test_setup_teardown(test_store_works_in_part, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told_without_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed_plan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plan_change, setup, teardown),
	};

	log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
