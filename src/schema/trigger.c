/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_quote.h"
#include "schema/trigger.h"

/* CREATE TRIGGER `name` BEFORE INSERT ON `table` FOR EACH ROW body */
struct head {
	char timing; /* 'b', 'a' */
	char event;  /* 'i', 'u', 'd' */
	const char *body;
};

static bool
read_head(const struct mig_db_object *trigger, struct head *head)
{
	const char *text = trigger->kind == MIG_DB_TRIGGER ? trigger->definition : NULL;
	struct mig_sql_word word;
	*head = (struct head){ .timing = '\0' };
	while (text != NULL && head->body == NULL && mig_sql_next(&text, &word)) {
		if (*word.start == '`')
			continue;
		bool timing = strcmp(word.name, "before") == 0 || strcmp(word.name, "after") == 0;
		if (head->timing == '\0' && timing)
			head->timing = word.name[0];
		else if (head->timing != '\0' && head->event == '\0')
			head->event = word.name[0];
		else if (head->event != '\0' && strcmp(word.name, "row") == 0)
			head->body = text + strspn(text, " \t\r\n");
	}
	return head->body != NULL;
}

const char *
mig_db_trigger_body(const struct mig_db_object *trigger)
{
	struct head head;
	return read_head(trigger, &head) ? head.body : NULL;
}

bool
mig_db_trigger_meets(const struct mig_db_object *a, const struct mig_db_object *b)
{
	struct head one;
	struct head other;
	return read_head(a, &one) && read_head(b, &other) && one.timing == other.timing &&
	    one.event == other.event;
}

const struct mig_db_object *
mig_db_trigger_next(const struct mig_db_object *trigger, bool before)
{
	const struct mig_db_object *last = NULL;
	bool behind = false;
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(trigger->parent, MIG_DB_TRIGGER, &count);
	for (size_t i = 0; i < count; i++) {
		bool self = parts[i] == trigger;
		behind = behind || self;
		if (self || behind == before || !mig_db_trigger_meets(parts[i], trigger))
			continue;
		if (!before)
			return parts[i];
		last = parts[i];
	}
	return last;
}
