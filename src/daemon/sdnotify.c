/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "daemon/sdnotify.h"

#define SDNOTIFY_TEXT_MAX 512

static void
sdnotify_send(const char *message)
{
#if HAVE_SYSTEMD
	/* No socket or a dead one is no reason to do anything else. */
	(void)sd_notify(0, message);
#else
	(void)message;
#endif
}

void
sdnotify_ready(void)
{
	sdnotify_send("READY=1");
}

void
sdnotify_reloading(void)
{
	/*
	 * The manager compares this with the moment it asked, in microseconds: the loop's time,
	 * cut to milliseconds at the start of the callback, could lie before it.
	 */
	struct timespec now = { 0, 0 };
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	char message[SDNOTIFY_TEXT_MAX];
	(void)snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	sdnotify_send(message);
}

void
sdnotify_stopping(void)
{
	sdnotify_send("STOPPING=1");
}

void
sdnotify_status(const char *text)
{
	char message[SDNOTIFY_TEXT_MAX];
	(void)snprintf(message, sizeof(message), "STATUS=%s", text);
	sdnotify_send(message);
}

void
sdnotify_watchdog(void)
{
	sdnotify_send("WATCHDOG=1");
}

int64_t
sdnotify_watchdog_interval_ms(void)
{
#if HAVE_SYSTEMD
	uint64_t usec = 0;
	if (sd_watchdog_enabled(0, &usec) <= 0)
		return 0;
	return usec < 2000 ? 1 : (int64_t)(usec / 2000);
#else
	return 0;
#endif
}
