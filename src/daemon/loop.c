/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include <event2/event.h>

#include "daemon/loop.h"

/* The longest delay a timer takes; whoever wants more is called early and asks again. */
#define DELAY_MS_MAX ((int64_t)30 * 86400 * 1000)

struct loop {
	struct event_base *base;
};

struct loop_timer {
	struct event *event;
	int64_t due_ms;
	loop_callback callback;
	void *context;
};

struct loop_signal {
	struct event *event;
	loop_callback callback;
	void *context;
};

struct loop_reader {
	struct event *event;
	loop_callback callback;
	void *context;
};

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec now = { 0, 0 };

	/* It fails only for a clock that does not exist. */
	MIG_ASSERT(clock_gettime(clock, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
timer_add(struct loop_timer *timer, int64_t delay_ms)
{
	struct timeval delay = {
		.tv_sec = (time_t)(delay_ms / 1000),
		.tv_usec = (suseconds_t)(delay_ms % 1000 * 1000),
	};

	/* Only memory can be missing; a daemon whose timers are dead had better be restarted. */
	MIG_ASSERT(event_add(timer->event, &delay) == 0);
}

static void
timer_fired(evutil_socket_t fd, short what, void *context)
{
	struct loop_timer *timer = context;
	int64_t early_ms = timer->due_ms - clock_ms(CLOCK_MONOTONIC);

	(void)fd;
	(void)what;
	/* libevent's clock is coarse: the timer may have been set by one that was behind. */
	if (early_ms > 0)
		timer_add(timer, early_ms);
	else
		timer->callback(timer->context);
}

static void
signal_fired(evutil_socket_t number, short what, void *context)
{
	struct loop_signal *listener = context;

	(void)number;
	(void)what;
	listener->callback(listener->context);
}

static void
reader_fired(evutil_socket_t fd, short what, void *context)
{
	struct loop_reader *reader = context;

	(void)fd;
	(void)what;
	reader->callback(reader->context);
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct event_config *config = event_config_new();

	/* With a cached time a timer set at the end of a long callback would be too short. */
	if (loop != NULL && config != NULL &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME) == 0)
		loop->base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	if (loop == NULL || loop->base == NULL) {
		free(loop);
		return NULL;
	}
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
	free(loop);
}

void
loop_run(struct loop *loop)
{
	/* -1 means that polling itself fails: nothing is left to be done about it here. */
	(void)event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
loop_stop(struct loop *loop)
{
	(void)event_base_loopbreak(loop->base); /* fails for no base of ours */
}

mig_wall
loop_wall(const struct loop *loop)
{
	(void)loop;
	return (mig_wall){ .ms = clock_ms(CLOCK_REALTIME) };
}

mig_mono
loop_mono(const struct loop *loop)
{
	(void)loop;
	/* Unlike the monotonic one it goes on while the machine sleeps: nobody has looked then. */
	return (mig_mono){ .ms = clock_ms(CLOCK_BOOTTIME) };
}

double
loop_seconds(const struct loop *loop)
{
	struct timespec now;

	(void)loop;
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_callback callback, void *context)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return NULL;
	timer->callback = callback;
	timer->context = context;
	timer->event = evtimer_new(loop->base, timer_fired, timer);
	if (timer->event == NULL) {
		free(timer);
		return NULL;
	}
	return timer;
}

void
loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
	if (delay_ms < 0)
		delay_ms = 0;
	if (delay_ms > DELAY_MS_MAX)
		delay_ms = DELAY_MS_MAX;
	timer->due_ms = clock_ms(CLOCK_MONOTONIC) + delay_ms;
	timer_add(timer, delay_ms);
}

void
loop_timer_clear(struct loop_timer *timer)
{
	(void)evtimer_del(timer->event); /* fails for no event of ours */
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

struct loop_signal *
loop_signal_new(struct loop *loop, int number, loop_callback callback, void *context)
{
	struct loop_signal *listener = calloc(1, sizeof(*listener));

	if (listener == NULL)
		return NULL;
	listener->callback = callback;
	listener->context = context;
	listener->event = evsignal_new(loop->base, number, signal_fired, listener);
	if (listener->event == NULL || event_add(listener->event, NULL) != 0) {
		loop_signal_free(listener);
		return NULL;
	}
	return listener;
}

void
loop_signal_free(struct loop_signal *listener)
{
	if (listener == NULL)
		return;
	if (listener->event != NULL)
		event_free(listener->event);
	free(listener);
}

struct loop_reader *
loop_reader_new(struct loop *loop, int fd, loop_callback callback, void *context)
{
	struct loop_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->callback = callback;
	reader->context = context;
	reader->event = event_new(loop->base, fd, EV_READ | EV_PERSIST, reader_fired, reader);
	if (reader->event == NULL || event_add(reader->event, NULL) != 0) {
		loop_reader_free(reader);
		return NULL;
	}
	return reader;
}

void
loop_reader_free(struct loop_reader *reader)
{
	if (reader == NULL)
		return;
	if (reader->event != NULL)
		event_free(reader->event);
	free(reader);
}
