/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The inside of the simulator.  world.c has the time and what waits for it, disk.c the store,
 * net.c the connections, site.c and prometheus.c the servers, people.c the operators, oracle*.c
 * the rules, run.c the daemon's life and the order of all events.
 */
#ifndef MIG_SIM_SIM_INT_H
#define MIG_SIM_SIM_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/time.h"
#include "core/state.h"
#include "daemon/config.h"
#include "daemon/driver.h"
#include "daemon/store.h"
#include "engine/compile.h"
#include "sim/rules.h"
#include "sim/setup.h"
#include "sim/sim.h"
#include "wire/prom.h"

#define SIM_METRICS_MAX MIG_METRICS_MAX
#define SIM_BODY_MAX ((size_t)1 << 20)
#define SIM_NEVER INT64_MAX
#define SIM_HEARD_MS 40 /* an answer that comes at all is heard within this time */
/* The slowest answer, and the standstill in which it may have come. */
#define SIM_SHOWN_LATE_MS 300000
#define SIM_PACES 64 /* requests whose pace is watched */

struct http_call;
struct sim;

/* The queries behind one sample, as in the driver; the old path's in the same order. */
enum sim_part { SIM_VALUE, SIM_AGE, SIM_COUNT, SIM_OLD, SIM_OLD_AGE, SIM_OLD_COUNT };
#define SIM_PARTS 6

/* disk.c: what survives the daemon. */

struct sim_record {
	uint64_t seq;
	mig_wall at;
	char kind[40];
	char *actor;
	char *detail;
	char hash[MIG_SHA256_HEX];
};

struct sim_owed {
	struct sim_owed *next;
	char *key;
	char *lane;
	char *request;
	uint64_t seq;
	enum mig_effect_kind kind;
};

/* One rollout is all there is in a run. */
struct sim_disk {
	bool created;
	char id[MIG_ID_MAX];
	char *migration_id;
	char *source;
	char *digest;
	char *state;
	uint64_t version;
	bool finished;
	mig_wall created_at;
	size_t record_count;
	size_t record_room;
	struct sim_record *records;
	struct sim_owed *owed; /* oldest first */
	bool locked;           /* a daemon has it open */
};

/* net.c: a request on its way to a server, or on its way again. */
struct sim_packet {
	struct sim_packet *next;
	int64_t due_ms;
	uint64_t order;
	struct http_call *call; /* NULL: nobody waits for the answer */
	bool again;             /* a duplicate of the network */
	char *method;
	char *url;
	char *body;
	char *key; /* Idempotency-Key, "" none */
};

/* What a server does with a request. */
struct sim_answer {
	bool silent;  /* no answer at all */
	bool refused; /* no connection */
	long status;
	int64_t delay_ms;
	int64_t retry_after_s;
	const char *location;
	struct mig_buf body;
	enum mig_quality quality; /* of a reading in the body, as it is meant */
	double value;
};

/* site.c: a flag write that takes effect later. */
struct sim_later {
	struct sim_later *next;
	int64_t due_ms;
	uint64_t order;
	size_t flag;
	double percentage;
	int64_t generation;
};

/* How much of the traffic each path got from some time on. */
struct sim_exposure {
	int64_t from_ms;
	double new_path; /* of the flag that sends it most */
	double old_path; /* of the flag that leaves it most */
};

struct sim_site {
	double flags[SIM_FLAGS_MAX];
	int64_t generations[SIM_FLAGS_MAX];
	int64_t moved_ms[SIM_FLAGS_MAX]; /* when it was last changed */
	struct sim_later *later;
	size_t exposure_count;
	size_t exposure_room;
	struct sim_exposure *exposures;
	uint64_t jobs; /* accepted steps; job n is done at jobs_done_ms[n % 16] */
	int64_t job_done_ms[16];
	char *queries[SIM_METRICS_MAX][SIM_PARTS]; /* as they stand in a body */
};

/* The newest answer to a query that came back to the daemon. */
struct sim_served {
	int64_t at_ms;    /* -1: never */
	int64_t asked_ms;
	enum mig_quality quality;
	double value;
};

/* What the oracle knows of one metric. */
struct sim_seen {
	bool fresh; /* a value is in that was not made a whole sample yet */
	struct sim_served parts[SIM_PARTS];
	struct sim_served sample; /* the newest whole sample, judged */
	int64_t ok_ms;     /* last sample that was ok, or that could say nothing */
	int64_t old_ok_ms; /* last one of the old path that was ok, or of which none is left */
	bool old_fresh;
	double old_last; /* the newest one of the old path; NAN: it is not ok, or unknown */
	double old_kept[MIG_BASELINE_LIVE_SAMPLES]; /* the last ones that were, in a ring */
	size_t old_kept_count;
	double old_min;  /* of those while baselining */
	double old_max;
	size_t old_count;
};

struct sim_watch_trigger {
	int64_t breach_ms; /* the first breaching sample since the last clear one; -1 none */
	int64_t steady_ms; /* since when breaching samples came without a gap; -1 none */
	int64_t last_ms;   /* the last sample that was ok */
	bool passed;       /* the newest sample was ok and no breach */
	bool vague;        /* a refill has told the daemon more than the oracle knows */
};

struct sim_watch_flag {
	int64_t verified_ms;  /* when the step in force was first seen in place; -1 not yet */
	int64_t idle_ms;      /* of the time since, what must not count */
	int64_t sent_back_ms; /* when a write of the way back was last sent; -1 never */
	int64_t back_ms;      /* when it was last set where a rollback brings it */
	double durable;       /* what the disk says that it shall be */
	double shown;         /* what it was when the service last showed it */
	double shown_before;  /* and the time before that */
	int64_t shown_ms;
};

/* How often the same request was sent of late. */
struct sim_pace {
	uint64_t digest;
	int64_t since_ms;
	unsigned int count;
};

struct sim_key {
	char *key;
	uint64_t digest; /* over method, URL and body */
	bool taken;
	bool done;       /* taken and carried out, or so it was said */
	const char *job; /* where the receiver says when it will be; or NULL */
};

/* Where a rollout was when all of it was durable: a restart may take it back to there. */
struct sim_kept {
	enum mig_run run;
	size_t phase;
	int64_t run_ms;
	int64_t phase_ms;
	bool approved;
};

struct sim_oracle {
	bool primed; /* `before` is the state at the last event of this process */
	struct mig_state before;
	int64_t before_ms;
	int64_t up_ms;       /* since when this process runs */
	int64_t blank_ms;    /* what flags were shown at before that counts no more */
	int64_t disk_bad_ms; /* the last failure of a write; -1 never */
	bool behind;         /* the disk is: the last write failed */
	bool lost; /* it was when the daemon ended: a restart goes back to what is durable */
	struct sim_kept kept;
	int64_t run_ms;      /* when the present run state was entered */
	int64_t phase_ms;    /* when the current phase was entered, or its turn came */
	int64_t decided_ms;  /* -1: no rollback was decided */
	int64_t validating_ms; /* since when it waits for quiet after the way back */
	int64_t validating_before_ms; /* the same before what was shown last, heard or not */
	int64_t blind_ms;    /* since when it says that it is blind; -1 it does not */
	bool starved;        /* too few requests were seen when it went back */
	bool abort_asked;    /* in this event */
	bool abort_acked;    /* ever, and durably */
	bool approve_asked;  /* in this event */
	bool approved;       /* an approval was granted at this stage of the phase */
	bool adopted;        /* in this event */
	size_t kept_records; /* those on disk as this process began */
	bool absent;         /* it has not yet said that it is back */
	bool refilled;       /* an absence was lived through in this event */
	struct sim_seen seen[SIM_METRICS_MAX];
	struct sim_watch_trigger triggers[MIG_TRIGGERS_MAX];
	struct sim_watch_flag flags[SIM_FLAGS_MAX];
	bool gate_open[MIG_GATES_MAX]; /* what the executor last said */
	struct sim_pace paces[SIM_PACES];
	size_t key_count;
	size_t key_room;
	struct sim_key *keys;
};

/* The daemon while it runs. */
struct sim_process {
	struct loop *loop;
	struct http_client *http;
	struct store *store;
	struct prom_client *prom;
	struct driver *driver;
	struct loop_timer *keeper; /* set while the rollout could not be kept */
};

struct sim {
	const struct sim_setup *setup;
	sim_tracer tracer;
	void *tracer_context;
	struct sim_result result;

	int64_t now_ms;
	uint64_t order; /* of what is due at one time */
	int64_t boot_ms; /* when the machine was booted */
	int64_t skew_ms; /* of the daemon's wall clock */
	uint64_t draws;  /* of small chances, in the order of events */

	char *source;
	struct mig_json_doc *doc;
	struct mig_compiled truth; /* the policy, compiled once more for the oracle */

	struct sim_process *process; /* NULL: it is down */
	bool dead;                   /* it has crashed and only has to be cleared away */
	int64_t restart_ms;
	char id[MIG_ID_MAX];
	bool fault_done[SIM_FAULTS_MAX]; /* faults that happen once, and have */
	bool resume_done[SIM_FAULTS_MAX];
	bool write_faulty; /* dies in its next write */
	bool write_kept;   /* and that write is in */
	bool send_faulty;  /* dies before its next request */
	int64_t down_ms;   /* how long it then stays down */
	int64_t oncall_ms; /* when somebody looks next */
	size_t records_seen;  /* by who is on call */
	int64_t progress_ms;  /* when she last saw that it had gone on */
	bool last_word;    /* somebody has tried a command on what has ended */
	struct config config[2];
	struct config_notify notify[2];

	struct sim_packet *packets;
	struct sim_disk disk;
	struct sim_site site;
	struct sim_oracle oracle;
};

/* run.c */

/*
 * Whether the daemon has died and nothing it does counts any more.
 */
bool sim_is_dead(const struct sim *sim);

/*
 * The daemon dies here and now; it is started again after sim->down_ms.
 */
void sim_die(struct sim *sim, const char *where);

/*
 * Whether the daemon gets no processor time then.
 */
bool sim_frozen(const struct sim *sim, int64_t at_ms);

/*
 * The rollout as the running daemon sees it; false while it is down or nothing is loaded.
 */
bool sim_view(struct sim *sim, struct driver_view *ret_view);

/*
 * A line of the trace.
 */
void sim_trace(struct sim *sim, const char *fmt, ...) MIG_PRINTF(2, 3);

/*
 * Something happened: it goes into the hash.
 */
void sim_mark(struct sim *sim, uint64_t what);

/*
 * A rule is broken; the first one counts.
 */
void sim_broken(struct sim *sim, enum sim_rule rule, const char *fmt, ...) MIG_PRINTF(3, 4);

/*
 * A number of the story that depends on how many were drawn before.
 */
uint64_t sim_draw(struct sim *sim);

/* world.c */

/*
 * The loop of a daemon that is being started.
 */
struct loop *sim_loop_new(struct sim *sim);

/*
 * When the first timer is due; SIM_NEVER when none is.
 */
int64_t sim_loop_due(const struct loop *loop, uint64_t *ret_order);

/*
 * Run the first timer that is due.
 */
void sim_loop_fire(struct loop *loop);

/*
 * Free a loop whose timers are free.
 */
void sim_loop_free(struct loop *loop);

/* disk.c */

/*
 * Open the store; NULL when another daemon has it.
 */
struct store *sim_store_open(struct sim *sim);

/*
 * Close it.
 */
void sim_store_close(struct store *store);

/*
 * Free what is on the disk.
 */
void sim_disk_fini(struct sim_disk *disk);

/* net.c */

/*
 * The HTTP client of a daemon that is being started.
 */
struct http_client *sim_http_new(struct sim *sim);

/*
 * Free it; calls under way are forgotten.
 */
void sim_http_free(struct http_client *http);

/*
 * When the first answer or timeout is due; SIM_NEVER when none is.
 */
int64_t sim_http_due(const struct http_client *http, uint64_t *ret_order);

/*
 * Give the first answer that is due.
 */
void sim_http_fire(struct http_client *http);

/*
 * Deliver a packet, which was taken out of the list, to its server.
 */
void sim_net_deliver(struct sim *sim, struct sim_packet *packet);

/*
 * Free a packet.
 */
void sim_packet_free(struct sim_packet *packet);

/* site.c, prometheus.c */

/*
 * Make the queries known and put the flags where they begin.
 */
void sim_site_init(struct sim *sim);

/*
 * Free it.
 */
void sim_site_fini(struct sim_site *site);

/*
 * A server takes a request.
 */
void sim_site_serve(struct sim *sim, const struct sim_packet *packet, struct sim_answer *answer);

/*
 * A delayed flag write takes effect.
 */
void sim_site_apply_later(struct sim *sim, struct sim_later *later);

/*
 * Move a flag at its service.
 */
void sim_site_set(struct sim *sim, size_t flag, double percentage);

/*
 * The flag of that name; flag_count when there is none.
 */
size_t sim_site_flag(const struct sim *sim, const char *name, size_t len);

/*
 * The greatest share of the traffic that a path got between two times, in percent.
 */
double sim_site_exposure(const struct sim *sim, bool old_path, int64_t from_ms, int64_t to_ms);

/*
 * Prometheus takes a request.
 */
void sim_prometheus_serve(struct sim *sim, const struct sim_packet *packet,
    struct sim_answer *answer);

/*
 * Which query a request to Prometheus asks; false when it is none of ours.
 */
bool sim_prometheus_find(const struct sim *sim, const char *body, size_t *ret_metric,
    enum sim_part *ret_part);

/* oracle.c, oracle_net.c */

/*
 * Begin to watch.
 */
void sim_oracle_init(struct sim *sim);

/*
 * Free what the oracle keeps.
 */
void sim_oracle_fini(struct sim_oracle *oracle);

/*
 * A daemon was started and has read the store.
 */
void sim_oracle_started(struct sim *sim);

/*
 * The daemon was frozen, or will be: what it did not do meanwhile is not held against it.
 */
void sim_oracle_thawed(struct sim *sim, int64_t at_ms);

/*
 * An event is over: compare the state with the one before.
 */
void sim_oracle_event(struct sim *sim);

/*
 * A commit was made durable.
 */
void sim_oracle_commit(struct sim *sim, const struct store_commit *commit,
    const char *old_state);

/*
 * The daemon sends a request, whatever it is.
 */
void sim_oracle_pace(struct sim *sim, const struct sim_packet *packet);

/*
 * The daemon sends a request that is a write.
 */
void sim_oracle_send(struct sim *sim, const struct sim_packet *packet);

/*
 * A rollback has just been decided: every flag that has to go back is on its way.
 */
void sim_oracle_prompt(struct sim *sim, const struct mig_state *now);

/*
 * While it rolls back: the flags are there in time.
 */
void sim_oracle_restored(struct sim *sim, const struct mig_state *now);

/*
 * It has just said that the rollback is over: the flags are back.
 */
void sim_oracle_rolled_back(struct sim *sim, const struct mig_state *now);

/*
 * A flag's true percentage is another one.
 */
void sim_oracle_flag_set(struct sim *sim, size_t flag);

/*
 * A rollback was decided: flags may be where it brings them.
 */
void sim_oracle_flags_found(struct sim *sim);

/*
 * The way back behind the flags, in every event: its steps in order, and how it ends.
 */
void sim_oracle_way_back(struct sim *sim, const struct mig_state *now);

/*
 * The same at the first look after a restart.
 */
void sim_oracle_way_back_found(struct sim *sim, const struct mig_state *now);

/*
 * A flag was shown to the daemon as it is.
 */
void sim_oracle_shown(struct sim *sim, size_t flag);

/*
 * Whether a flag had been shown to the daemon of late at that time, since it is up and has not
 * stood still.
 */
bool sim_oracle_was_seen(const struct sim *sim, size_t index, int64_t at_ms);

/*
 * Whether that is the percentage that the daemon was shown last.
 */
bool sim_oracle_last_shown(const struct sim *sim, size_t flag, double percentage);

/*
 * A flag was shown, maybe to a rollback that is at its validation.
 */
void sim_oracle_shown_away(struct sim *sim, size_t flag);

/*
 * A row is struck out apart from any state: what people were told.
 */
void sim_oracle_settled(struct sim *sim, const char *key);

/*
 * A write was answered to the daemon, and taken.
 */
void sim_oracle_taken(struct sim *sim, const struct sim_packet *packet,
    const struct sim_answer *answer);

/*
 * The daemon was told that what it sent is done: an accepted request's place says so.
 */
void sim_oracle_job_done(struct sim *sim, const char *url);

/*
 * Whether the executor was waited for on the way from the state before.
 */
void sim_oracle_hooks(struct sim *sim, const struct mig_state *now);

/*
 * A query with this body was answered (or not) to the daemon.
 */
void sim_oracle_served(struct sim *sim, const char *body, const struct sim_served *served);

/*
 * A webhook gate was answered to the daemon.
 */
void sim_oracle_gate(struct sim *sim, const char *body, bool open);

/*
 * An operator's command was answered.
 */
void sim_oracle_command(struct sim *sim, enum mig_command command, const char *name, int error);

/*
 * The run is over.
 */
void sim_oracle_end(struct sim *sim);

/* oracle_metric.c */

/*
 * A restart: nothing is known before it is asked again.
 */
void sim_oracle_forget(struct sim *sim);

/*
 * What the samples of the last event mean for blindness, breaches and baselines.
 */
void sim_oracle_metrics(struct sim *sim, const struct mig_state *now);

/*
 * The refill has filled the readings of the state in: take them for seen.
 */
void sim_oracle_refilled(struct sim *sim, const struct mig_state *now);

/*
 * Judge a rollback that was just decided.
 */
void sim_oracle_decided(struct sim *sim, const struct mig_state *now);

/*
 * A trigger's threshold as the state has the baselines; NAN when it is unknown.
 */
double sim_oracle_threshold(const struct sim *sim, const struct mig_state *state,
    const struct mig_trigger *trigger);

#endif
