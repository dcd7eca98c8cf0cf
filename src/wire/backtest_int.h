/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by backtest.c (history, moments), backtest_watch.c (what is noted down) and
 * backtest_damage.c (what if it had been worse) only.
 */
#ifndef MIG_WIRE_BACKTEST_INT_H
#define MIG_WIRE_BACKTEST_INT_H

#include "core/step.h"
#include "wire/backtest.h"
#include "wire/sample.h"

#define MIG_BACKTEST_QUERIES_MAX (2 * MIG_METRICS_MAX * MIG_SAMPLE_PARTS)

struct mig_arena;

/* One query's history. */
struct mig_backtest_series {
	const char *query; /* borrowed from the policy */
	size_t count;
	size_t room;
	struct mig_prom_point *points;
};

/* A place in the history: the state there and where each series goes on. */
struct mig_backtest_place {
	size_t moment; /* the next one */
	size_t next[MIG_BACKTEST_QUERIES_MAX];
	struct mig_state state;
};

/* Damage that is put on top of what was recorded. */
struct mig_backtest_harm {
	double exposure; /* 0 to 1 */
	double factor;
	int64_t since_ms; /* how long it has been going on */
};

struct mig_backtest {
	struct mig_arena *arena;
	struct mig_policy watch; /* the policy, watching only */
	size_t series_count;
	struct mig_backtest_series series[MIG_BACKTEST_QUERIES_MAX];
	size_t series_of[2][MIG_METRICS_MAX][MIG_SAMPLE_PARTS]; /* [old_path]; or NOT_ASKED */
	struct mig_outcome *outcome;
	struct mig_backtest_place *here; /* of the run at work */
	struct mig_backtest_place *calm; /* where the best calm stretch so far begins */
	struct mig_backtest_place *calm_now; /* where the present calm stretch began */
	size_t calm_moments;
	size_t calm_moments_now;
	size_t calm_worth; /* moments of triggers that are ok in the longest exposure's time */
	size_t calm_worth_now;
	uint32_t calm_ok_now; /* bit i: trigger i was ok when the present one began */
	bool recorded; /* all of the history was lived through */
	bool undamaged; /* the time of the damage was lived through without any */
	int64_t incident_ms[MIG_TRIGGERS_MAX]; /* how far into it a trigger fired then; 0: not */
	size_t trial;  /* damage run at work: exposure x factor */
	size_t trial_moment;
	uint32_t harmed; /* bit i: in that run the damage has changed metric i */
	int64_t window_ms[MIG_METRICS_MAX]; /* how far back a query looks */
	bool fired[MIG_TRIGGERS_MAX]; /* at the moment before */
	bool blind;                   /* for long enough to roll back, at the moment before */
	struct mig_backtest_report report;
};

#define MIG_BACKTEST_NOT_ASKED ((size_t)-1)

/*
 * Live through the next moment of a place, with damage (or NULL).
 */
void mig_backtest_live(struct mig_backtest *backtest, struct mig_backtest_place *place,
    const struct mig_backtest_harm *harm);

/*
 * The time of a moment.
 */
mig_wall mig_backtest_time(const struct mig_backtest *backtest, size_t moment);

/*
 * What a trigger says now.
 */
enum mig_backtest_word mig_backtest_word(const struct mig_policy *policy,
    const struct mig_state *state, size_t trigger);

/*
 * Note down what all triggers say about a moment that was just lived through.
 */
void mig_backtest_note(struct mig_backtest *backtest, size_t moment);

/*
 * End what is still going on at the end of the history.
 */
void mig_backtest_close(struct mig_backtest *backtest);

/*
 * Keep track of the stretch in which damage is best put: no trigger was pending or fired, most of
 * them were ok, it is as long as the longest exposure; of equal ones the longest.
 */
void mig_backtest_note_calm(struct mig_backtest *backtest);

/*
 * Find the exposures and make room for what is found out about them; MIG_ENOMEM.
 */
int mig_backtest_damage_init(struct mig_backtest *backtest) MIG_MUSTCHECK;

/*
 * Do what follows the recorded run, one moment; whether there is more.
 */
bool mig_backtest_damage_step(struct mig_backtest *backtest);

/*
 * Put damage on a sample of the watched path.
 */
void mig_backtest_harm_sample(struct mig_backtest *backtest, const struct mig_backtest_harm *harm,
    struct mig_event *event);

#endif
