/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/driver_int.h"

/* The first ones tell how it came about; behind them is the one that counts those that are gone. */
#define FIRST_KEPT 1024U

/* So many go at a time, and there is room for so many more at a time. */
#define LOST_AT_ONCE 512U
#define RECORDS_AT_ONCE 64U

void
unsaved_fini(struct unsaved *unsaved)
{
	for (size_t i = 0; i < unsaved->owed_count; i++)
		owed_item_fini(&unsaved->owed[i]);
	for (size_t i = 0; i < unsaved->settled_count; i++)
		free(unsaved->settled[i]);
	free(unsaved->owed);
	free(unsaved->settled);
	free(unsaved->records);
	memset(unsaved, 0, sizeof(*unsaved));
}

bool
unsaved_any(const struct unsaved *unsaved)
{
	return unsaved->record_count + unsaved->owed_count + unsaved->settled_count > 0;
}

static void
remove_owed(struct unsaved *unsaved, size_t index)
{
	struct owed_item *item = &unsaved->owed[index];

	owed_item_fini(item);
	unsaved->owed_count--;
	memmove(item, item + 1, (unsaved->owed_count - index) * sizeof(*item));
}

int
unsaved_settle(struct unsaved *unsaved, const char *key)
{
	for (size_t i = 0; i < unsaved->owed_count; i++) {
		if (strcmp(unsaved->owed[i].key, key) != 0)
			continue;
		remove_owed(unsaved, i);
		return MIG_OK;
	}
	void *items = unsaved->settled;
	char **slot = owed_grow(&items, unsaved->settled_count, sizeof(*slot));

	unsaved->settled = items;
	if (slot == NULL)
		return MIG_ENOMEM;
	*slot = strdup(key);
	if (*slot == NULL)
		return MIG_ENOMEM;
	unsaved->settled_count++;
	return MIG_OK;
}

/* What was owed so far counts no more, notifications excepted. */
static void
drop_forward(struct unsaved *unsaved)
{
	unsaved->drop_forward = true;
	for (size_t i = unsaved->owed_count; i > 0; i--) {
		if (unsaved->owed[i - 1].kind != MIG_EFFECT_NOTIFY)
			remove_owed(unsaved, i - 1);
	}
}

/* Make room: some records behind the first ones become, or join, one that counts them. */
static void
lose_records(struct unsaved *unsaved)
{
	struct mig_record *mark = &unsaved->records[FIRST_KEPT];
	/* The mark itself takes the place of a record when it is new. */
	size_t gone = unsaved->lost == 0 ? LOST_AT_ONCE + 1 : LOST_AT_ONCE;
	const struct mig_record *last = mark + LOST_AT_ONCE;

	unsaved->lost += gone;
	mark->seq = last->seq;
	mark->at = last->at;
	mark->kind = "records_lost";
	mig_text_copy(mark->actor, sizeof(mark->actor), "migarchd");
	(void)snprintf(mark->detail, sizeof(mark->detail), "{\"count\":%zu}", unsaved->lost);
	unsaved->record_count -= LOST_AT_ONCE;
	memmove(mark + 1, last + 1,
	    (unsaved->record_count - FIRST_KEPT - 1) * sizeof(*unsaved->records));
}

static int
keep_record(struct unsaved *unsaved, const struct mig_record *record)
{
	if (unsaved->record_count >= UNSAVED_RECORDS_MAX)
		lose_records(unsaved);
	if (unsaved->record_count % RECORDS_AT_ONCE == 0) {
		struct mig_record *more = realloc(unsaved->records,
		    (unsaved->record_count + RECORDS_AT_ONCE) * sizeof(*more));
		if (more == NULL)
			return MIG_ENOMEM;
		unsaved->records = more;
	}
	unsaved->records[unsaved->record_count++] = *record;
	return MIG_OK;
}

int
unsaved_keep(struct unsaved *unsaved, const struct mig_outcome *outcome, struct owed_list *list)
{
	if (outcome->drop_forward)
		drop_forward(unsaved);
	for (size_t i = 0; i < outcome->record_count; i++) {
		if (keep_record(unsaved, &outcome->records[i]) != MIG_OK)
			return MIG_ENOMEM;
	}
	for (size_t i = 0; i < list->count; i++) {
		void *items = unsaved->owed;
		struct owed_item *item = owed_grow(&items, unsaved->owed_count, sizeof(*item));
		unsaved->owed = items;
		if (item == NULL)
			return MIG_ENOMEM;
		*item = list->items[i];
		memset(&list->items[i], 0, sizeof(list->items[i]));
		unsaved->owed_count++;
	}
	list->count = 0;
	return MIG_OK;
}
