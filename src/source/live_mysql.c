/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "source/live_mysql_int.h"

static int (*const steps[])(struct live_my *) = { live_my_read_tables, live_my_read_keys,
	live_my_read_routines, live_my_read_bodies };

const char *
live_my_text(struct live_my *my, const char *value)
{
	return value != NULL && *value != '\0' ? mig_arena_strdup(my->live->arena, value) : NULL;
}

/* The length of a text in quotes of some kind, with them. */
static size_t
quoted_length(const char *text)
{
	size_t len = 1;
	while (text[len] != '\0' && text[len] != *text)
		len += text[len] == '\\' && *text != '`' && text[len + 1] != '\0' ? 2 : 1;
	return text[len] == '\0' ? len : len + 1;
}

const char *
live_my_sql(struct live_my *my, const char *value)
{
	struct mig_buf own;
	struct mig_buf out;
	if (value == NULL || *value == '\0')
		return NULL;
	mig_buf_init(&own, MIG_DB_BYTES_MAX);
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	live_my_quote(&own, my->database);
	mig_buf_putc(&own, '.');
	while (*value != '\0') {
		bool quote = *value == '`' || *value == '\'' || *value == '"';
		size_t len = quote ? quoted_length(value) : 1;
		if (strncmp(value, own.data, own.len) == 0)
			len = own.len;
		else
			mig_buf_add(&out, value, len);
		value += len;
	}
	mig_buf_fini(&own);
	return live_my_steal(my, &out);
}

const char *
live_my_expr(struct live_my *my, const char *value)
{
	static const char now[] = "current_timestamp";
	size_t len = sizeof(now) - 1;
	if (value == NULL || strncasecmp(value, now, len) != 0)
		return live_my_sql(my, value);
	const char *rest = value + len;
	if (strcmp(rest, "()") == 0)
		rest = "";
	return mig_arena_printf(my->live->arena, "CURRENT_TIMESTAMP%s", rest);
}

void
live_my_quote(struct mig_buf *out, const char *name)
{
	mig_buf_putc(out, '`');
	for (; *name != '\0'; name++) {
		if (*name == '`')
			mig_buf_putc(out, '`');
		mig_buf_putc(out, *name);
	}
	mig_buf_putc(out, '`');
}

const char *
live_my_steal(struct live_my *my, struct mig_buf *text)
{
	const char *copy =
	    mig_buf_ok(text) ? mig_arena_strndup(my->live->arena, text->data, text->len) : NULL;
	mig_buf_fini(text);
	return copy;
}

struct mig_db_object *
live_my_table(struct live_my *my, const char *name)
{
	if (name == NULL)
		return NULL;
	if (my->table == NULL || strcmp(my->table->name, name) != 0)
		my->table = mig_db_find(my->live->db, MIG_DB_TABLE, NULL, name);
	return my->table;
}

const char *const *
live_my_append(struct live_my *my, const char *const *names, size_t count, const char *name)
{
	const char **longer = mig_arena_array(my->live->arena, count + 1, sizeof(*longer));
	if (longer == NULL)
		return NULL;
	if (count > 0)
		memcpy(longer, names, count * sizeof(*longer));
	longer[count] = live_my_text(my, name);
	return longer[count] != NULL ? longer : NULL;
}

int
live_my_put(struct live_my *my, void *object)
{
	return mig_db_put(my->live->db, object) == MIG_OK ? MIG_OK : live_no_memory(my->live);
}

int
live_mysql_read(struct live *live, const struct live_url *url)
{
	struct live_my my = { .live = live, .database = url->database };
	if (url->database == NULL)
		return live_fail(
		    live, MIG_EDOC, "mysql://user@host/database", "this URL names no database");
	if (live->options->schemas != NULL)
		return live_fail(live, MIG_EDOC, "the database of the URL is what is read",
		    "--schema is for PostgreSQL only");
	int error = live_my_open(&my, url);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && error == MIG_OK; i++)
		error = steps[i](&my);
	if (error == MIG_OK && my.hidden > 0) {
		mig_db_set_partial(live->db);
		live_note(live, MIG_SEV_WARNING,
		    "this user may not see the bodies of %u views or routines (SHOW VIEW, or "
		    "SELECT on mysql.proc, is missing): changes of them will not be found",
		    my.hidden);
	}
	live_my_close(my.conn);
	return error;
}
