/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/dispatch_breaker.h"

struct breaker {
	struct breaker *next;
	char *name;
	uint32_t failures; /* in a row */
	bool probing;
	mig_mono open_until;
};

/* What points at the breaker of that name, or at the end of the list. */
static struct breaker **
breaker_link(struct breaker_set *set, const char *name)
{
	struct breaker **link = &set->first;

	while (*link != NULL && strcmp((*link)->name, name) != 0)
		link = &(*link)->next;
	return link;
}

static struct breaker *
breaker_new(const char *name)
{
	struct breaker *breaker = calloc(1, sizeof(*breaker));

	if (breaker == NULL)
		return NULL;
	breaker->name = strdup(name);
	if (breaker->name == NULL) {
		free(breaker);
		return NULL;
	}
	return breaker;
}

static void
breaker_remove(struct breaker **link)
{
	struct breaker *breaker = *link;

	*link = breaker->next;
	free(breaker->name);
	free(breaker);
}

int64_t
breaker_hold(struct breaker_set *set, const char *name, mig_mono now, bool *ret_probe)
{
	struct breaker *breaker = *breaker_link(set, name);

	*ret_probe = false;
	if (breaker == NULL || breaker->failures < BREAKER_FAILURES_MAX)
		return 0;
	if (now.ms < breaker->open_until.ms)
		return breaker->open_until.ms - now.ms;
	if (breaker->probing)
		return BREAKER_PROBE_WAIT_MS;
	breaker->probing = true;
	*ret_probe = true;
	return 0;
}

bool
breaker_success(struct breaker_set *set, const char *name)
{
	struct breaker **link = breaker_link(set, name);

	if (*link == NULL)
		return false;
	bool open = (*link)->failures >= BREAKER_FAILURES_MAX;
	breaker_remove(link);
	return open;
}

void
breaker_failure(struct breaker_set *set, const char *name, mig_mono now)
{
	struct breaker **link = breaker_link(set, name);

	if (*link == NULL)
		*link = breaker_new(name);
	if (*link == NULL)
		return;
	(*link)->probing = false;
	if ((*link)->failures < BREAKER_FAILURES_MAX)
		(*link)->failures++;
	if ((*link)->failures == BREAKER_FAILURES_MAX)
		(*link)->open_until.ms = now.ms + BREAKER_OPEN_MS;
}

void
breaker_release(struct breaker_set *set, const char *name)
{
	struct breaker *breaker = *breaker_link(set, name);

	if (breaker != NULL)
		breaker->probing = false;
}

void
breaker_clear(struct breaker_set *set)
{
	while (set->first != NULL)
		breaker_remove(&set->first);
}
