/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* The daemon's loop on virtual time, and what of the daemon has no part in the simulation. */

#include <stdlib.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/metrics.h"
#include "sim/sim_int.h"

/* So that 0 is no time: the machine was up a while before the daemon was. */
#define UPTIME_MS 1000

struct loop {
	struct sim *sim;
	struct loop_timer *timers;
};

struct loop_timer {
	struct loop_timer *next;
	struct loop *loop;
	loop_callback callback;
	void *context;
	int64_t due_ms; /* SIM_NEVER: not armed */
	uint64_t order;
};

struct loop *
sim_loop_new(struct sim *sim)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop != NULL)
		loop->sim = sim;
	return loop;
}

void
sim_loop_free(struct loop *loop)
{
	free(loop);
}

/* The timer that is due first. */
static struct loop_timer *
first_timer(const struct loop *loop)
{
	struct loop_timer *first = NULL;

	for (struct loop_timer *timer = loop->timers; timer != NULL; timer = timer->next) {
		if (timer->due_ms == SIM_NEVER)
			continue;
		if (first == NULL || timer->due_ms < first->due_ms ||
		    (timer->due_ms == first->due_ms && timer->order < first->order))
			first = timer;
	}
	return first;
}

int64_t
sim_loop_due(const struct loop *loop, uint64_t *ret_order)
{
	const struct loop_timer *timer = first_timer(loop);

	if (timer == NULL)
		return SIM_NEVER;
	*ret_order = timer->order;
	return timer->due_ms;
}

void
sim_loop_fire(struct loop *loop)
{
	struct loop_timer *timer = first_timer(loop);

	timer->due_ms = SIM_NEVER;
	timer->callback(timer->context);
}

mig_wall
loop_wall(const struct loop *loop)
{
	const struct sim *sim = loop->sim;

	return (mig_wall){ sim->setup->start_ms + sim->now_ms + sim->skew_ms };
}

mig_mono
loop_mono(const struct loop *loop)
{
	return (mig_mono){ loop->sim->now_ms - loop->sim->boot_ms + UPTIME_MS };
}

double
loop_seconds(const struct loop *loop)
{
	return (double)loop_mono(loop).ms / 1000;
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_callback callback, void *context)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return NULL;
	*timer = (struct loop_timer){ loop->timers, loop, callback, context, SIM_NEVER, 0 };
	loop->timers = timer;
	return timer;
}

void
loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
	struct sim *sim = timer->loop->sim;

	timer->due_ms = sim->now_ms + (delay_ms > 0 ? delay_ms : 0);
	timer->order = ++sim->order;
}

void
loop_timer_clear(struct loop_timer *timer)
{
	timer->due_ms = SIM_NEVER;
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	struct loop_timer **link = &timer->loop->timers;
	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	free(timer);
}

/* What the daemon logs is in its records as well; a simulated run has no other log. */
void
log_event(enum log_level level, const char *subsystem, const char *message, ...)
{
	(void)level;
	(void)subsystem;
	(void)message;
}

void
metrics_query(struct metrics *metrics, double seconds, const char *failure)
{
	(void)metrics;
	(void)seconds;
	(void)failure;
}

void
metrics_effect(struct metrics *metrics, enum mig_effect_kind kind, const char *outcome,
    double seconds)
{
	(void)metrics;
	(void)kind;
	(void)outcome;
	(void)seconds;
}

void
metrics_decision_to_send(struct metrics *metrics, double seconds)
{
	(void)metrics;
	(void)seconds;
}

void
metrics_operation(struct metrics *metrics, const char *operation, const char *status,
    double seconds)
{
	(void)metrics;
	(void)operation;
	(void)status;
	(void)seconds;
}
