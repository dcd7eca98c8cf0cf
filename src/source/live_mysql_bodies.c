/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "source/live_mysql_int.h"

/*
 * information_schema has the bodies of triggers, routines and events with their literals read:
 * 'it''s' has lost a quote there, and _latin1'x' its character set.  SHOW CREATE has what was
 * written; up to the first literal both are alike.
 */

static const char quotes[] = "'\"\\";

void
live_my_note_body(struct live_my *my, struct mig_db_object *object, const char *text)
{
	if (text == NULL || strpbrk(text, quotes) == NULL)
		return;
	struct live_my_body *body = mig_arena_alloc(my->live->arena, sizeof(*body));
	if (body == NULL)
		return;
	*body = (struct live_my_body){ my->bodies, object, live_my_text(my, text) };
	my->bodies = body;
}

/* The body as it was written, in the statement; NULL: it cannot be told. */
static const char *
find_body(struct live_my *my, const char *statement, const char *text)
{
	size_t len = strcspn(text, quotes);
	char *head = mig_arena_strndup(my->live->arena, text, len);
	return head != NULL && len > 0 ? strstr(statement, head) : NULL;
}

/* Name, mode, and for events the time zone stand before the statement; nobody has to see it. */
static int
statement_row(struct live_my *my, const char *const *values)
{
	const struct live_my_body *body = my->bodies;
	struct mig_db_object *object = body->object;
	const char *statement = values[object->kind == MIG_DB_OTHER ? 3 : 2];
	const char *written = statement != NULL ? find_body(my, statement, body->text) : NULL;
	size_t whole = object->definition != NULL ? strlen(object->definition) : 0;
	size_t len = strlen(body->text);
	if (written == NULL || whole < len)
		return MIG_OK;
	object->definition = mig_arena_printf(
	    my->live->arena, "%.*s%s", (int)(whole - len), object->definition, written);
	if (object->kind == MIG_DB_ROUTINE)
		mig_db_as_routine(object)->body = live_my_text(my, written);
	return mig_arena_failed(my->live->arena) ? live_no_memory(my->live) : MIG_OK;
}

static const char *
word_of(const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_ROUTINE)
		return mig_db_as_routine(object)->procedure ? "PROCEDURE" : "FUNCTION";
	return object->kind == MIG_DB_TRIGGER ? "TRIGGER" : "EVENT";
}

int
live_my_read_bodies(struct live_my *my)
{
	int error = MIG_OK;
	struct mig_buf sql;
	mig_buf_init(&sql, MIG_DB_BYTES_MAX);
	for (; my->bodies != NULL && error == MIG_OK; my->bodies = my->bodies->next) {
		const struct mig_db_object *object = my->bodies->object;
		size_t skip = object->kind == MIG_DB_OTHER ? strlen("event ") : 0;
		mig_buf_reset(&sql);
		mig_buf_printf(&sql, "SHOW CREATE %s ", word_of(object));
		live_my_quote(&sql, object->name + skip);
		const struct live_my_query query = { "a body cannot be read", sql.data,
			statement_row };
		error = mig_buf_ok(&sql) ? live_my_each(my, &query) : live_no_memory(my->live);
	}
	mig_buf_fini(&sql);
	return error;
}
