/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "schema/type.h"
#include "source/live_mysql_int.h"

/* Append to a list that is separated by commas. */
static const char *
add_item(struct live_my *my, const char *list, const char *item)
{
	if (list == NULL || *list == '\0')
		return item;
	return mig_arena_printf(my->live->arena, "%s, %s", list, item);
}

enum routine_value {
	RO_NAME,
	RO_TYPE,
	RO_RETURNS,
	RO_BODY,
	RO_ATTRIBUTES,
	RO_COMMENT,
	RO_DEFINER,
	RO_LANGUAGE
};

static int
routine_row(struct live_my *my, const char *const *values)
{
	struct mig_db_routine *routine = mig_db_make(my->live->db, MIG_DB_ROUTINE, NULL);
	if (routine == NULL)
		return live_no_memory(my->live);
	routine->base.name = live_my_text(my, values[RO_NAME]);
	mig_db_set_comment(my->live->db, &routine->base, live_my_text(my, values[RO_COMMENT]));
	mig_db_set_owner(my->live->db, &routine->base, live_my_text(my, values[RO_DEFINER]));
	routine->procedure = strcmp(values[RO_TYPE], "PROCEDURE") == 0;
	routine->returns = routine->procedure ? NULL : live_my_text(my, values[RO_RETURNS]);
	routine->language = live_my_text(my, values[RO_LANGUAGE]);
	routine->body = live_my_text(my, values[RO_BODY]);
	routine->attributes = live_my_text(my, values[RO_ATTRIBUTES]);
	routine->arguments = "";
	routine->parameters = "";
	my->part = &routine->base;
	if (routine->body == NULL)
		my->hidden++;
	return routine->base.name != NULL ? MIG_OK : live_no_memory(my->live);
}

/* The statement, once all parameters are known. */
static int
finish_routine(struct live_my *my)
{
	struct mig_buf out;
	if (my->part == NULL)
		return MIG_OK;
	struct mig_db_routine *routine = mig_db_as_routine(my->part);
	my->part = NULL;
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	mig_buf_printf(&out, "CREATE %s ", routine->procedure ? "PROCEDURE" : "FUNCTION");
	live_my_quote(&out, routine->base.name);
	mig_buf_printf(&out, "(%s)", routine->parameters);
	if (routine->returns != NULL)
		mig_buf_printf(&out, " RETURNS %s", routine->returns);
	if (routine->attributes != NULL)
		mig_buf_printf(&out, " %s", routine->attributes);
	if (routine->body != NULL)
		mig_buf_printf(&out, "\n%s", routine->body);
	routine->base.definition = live_my_steal(my, &out);
	if (routine->base.definition == NULL)
		return live_no_memory(my->live);
	live_my_note_body(my, &routine->base, routine->body);
	return live_my_put(my, routine);
}

/* A routine comes once for each of its parameters, or once without any. */
static int
parameter_row(struct live_my *my, const char *const *values)
{
	enum { MODE = RO_LANGUAGE + 1, NAME, TYPE };
	struct mig_arena *arena = my->live->arena;
	bool same = my->part != NULL && strcmp(my->part->name, values[RO_NAME]) == 0 &&
	    mig_db_as_routine(my->part)->procedure == (strcmp(values[RO_TYPE], "PROCEDURE") == 0);
	int error = same ? MIG_OK : finish_routine(my);
	if (error == MIG_OK && !same)
		error = routine_row(my, values);
	if (error != MIG_OK || values[NAME] == NULL)
		return error;
	struct mig_db_routine *routine = mig_db_as_routine(my->part);
	bool mode = values[MODE] != NULL && routine->procedure;
	struct mig_buf name;
	mig_buf_init(&name, MIG_DB_BYTES_MAX);
	live_my_quote(&name, values[NAME]);
	const char *quoted = live_my_steal(my, &name);
	routine->parameters = add_item(my, routine->parameters,
	    mig_arena_printf(arena, "%s%s%s %s", mode ? values[MODE] : "", mode ? " " : "", quoted,
	        values[TYPE]));
	if (!mode || strcmp(values[MODE], "OUT") != 0)
		routine->arguments = add_item(my, routine->arguments,
		    mig_db_type_canonical(arena, MIG_DB_MYSQL, values[TYPE], -1, -1, -1));
	return mig_arena_failed(arena) ? live_no_memory(my->live) : MIG_OK;
}

static int
trigger_row(struct live_my *my, const char *const *values)
{
	enum { TABLE, NAME, TIMING, EVENT, STATEMENT, DEFINER };
	struct mig_db_object *table = live_my_table(my, values[TABLE]);
	struct mig_buf out;
	if (table == NULL)
		return MIG_OK;
	struct mig_db_trigger *trigger = mig_db_make(my->live->db, MIG_DB_TRIGGER, table);
	if (trigger == NULL)
		return live_no_memory(my->live);
	trigger->base.name = live_my_text(my, values[NAME]);
	mig_db_set_owner(my->live->db, &trigger->base, live_my_text(my, values[DEFINER]));
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	mig_buf_puts(&out, "CREATE TRIGGER ");
	live_my_quote(&out, values[NAME]);
	mig_buf_printf(&out, " %s %s ON ", values[TIMING], values[EVENT]);
	live_my_quote(&out, values[TABLE]);
	mig_buf_printf(&out, " FOR EACH ROW %s", values[STATEMENT]);
	trigger->base.definition = live_my_steal(my, &out);
	if (trigger->base.definition == NULL || trigger->base.name == NULL)
		return live_no_memory(my->live);
	live_my_note_body(my, &trigger->base, values[STATEMENT]);
	return live_my_put(my, trigger);
}

/* Name, kind and statement are made by the query; its body, behind them, may be long. */
static int
event_row(struct live_my *my, const char *const *values)
{
	enum { NAME, SCHEDULE, BODY, COMMENT, DEFINER };
	struct mig_db_simple *event = mig_db_make(my->live->db, MIG_DB_OTHER, NULL);
	struct mig_buf out;
	if (event == NULL)
		return live_no_memory(my->live);
	event->base.name = mig_arena_printf(my->live->arena, "event %s", values[NAME]);
	mig_db_set_comment(my->live->db, &event->base, live_my_text(my, values[COMMENT]));
	mig_db_set_owner(my->live->db, &event->base, live_my_text(my, values[DEFINER]));
	mig_buf_init(&out, MIG_DB_BYTES_MAX);
	mig_buf_puts(&out, "CREATE EVENT ");
	live_my_quote(&out, values[NAME]);
	mig_buf_printf(&out, " %s DO %s", values[SCHEDULE], values[BODY]);
	event->base.definition = live_my_steal(my, &out);
	if (event->base.definition == NULL || event->base.name == NULL)
		return live_no_memory(my->live);
	live_my_note_body(my, &event->base, values[BODY]);
	return live_my_put(my, event);
}

static int
sequence_name_row(struct live_my *my, const char *const *values)
{
	struct mig_db_sequence *sequence = mig_db_make(my->live->db, MIG_DB_SEQUENCE, NULL);
	if (sequence == NULL || (sequence->base.name = live_my_text(my, values[0])) == NULL)
		return live_no_memory(my->live);
	sequence->options.type = "bigint";
	return live_my_put(my, sequence);
}

static int64_t
number(const char *value)
{
	int64_t result = 0;
	if (value == NULL || mig_num_int(value, INT64_MIN, INT64_MAX, &result) != MIG_OK)
		return 0;
	return result;
}

static int
sequence_row(struct live_my *my, const char *const *values)
{
	enum { NAME, START, INCREMENT, MIN, MAX, CACHE, CYCLE };
	struct mig_db_object *object =
	    mig_db_find(my->live->db, MIG_DB_SEQUENCE, NULL, values[NAME]);
	if (object == NULL)
		return MIG_OK;
	struct mig_db_sequence_options *options = &mig_db_as_sequence(object)->options;
	options->start = number(values[START]);
	options->increment = number(values[INCREMENT]);
	options->min = number(values[MIN]);
	options->max = number(values[MAX]);
	options->cache = number(values[CACHE]);
	options->cycle = *values[CYCLE] == '1';
	return MIG_OK;
}

/* Parameters of a sequence of MariaDB are told by the sequence only: it is one row of a table. */
static int
read_sequences(struct live_my *my)
{
	size_t count = 0;
	int error = MIG_OK;
	struct mig_buf sql;
	mig_buf_init(&sql, MIG_DB_BYTES_MAX);
	struct mig_db_object *const *objects = mig_db_objects(my->live->db, &count);
	for (size_t i = 0; i < count && error == MIG_OK; i++) {
		if (objects[i]->kind != MIG_DB_SEQUENCE)
			continue;
		mig_buf_reset(&sql);
		mig_buf_puts(&sql, "SELECT '");
		for (const char *c = objects[i]->name; *c != '\0'; c++)
			mig_buf_printf(&sql, *c == '\'' || *c == '\\' ? "\\%c" : "%c", *c);
		mig_buf_puts(&sql,
		    "', start_value, increment, minimum_value, maximum_value, "
		    "cache_size, cycle_option FROM ");
		live_my_quote(&sql, objects[i]->name);
		const struct live_my_query query = { "a sequence cannot be read", sql.data,
			sequence_row };
		error = mig_buf_ok(&sql) ? live_my_each(my, &query) : live_no_memory(my->live);
	}
	mig_buf_fini(&sql);
	return error;
}

static const struct live_my_query routine_query = { "routines cannot be read",
	"SELECT r.ROUTINE_NAME, r.ROUTINE_TYPE, r.DTD_IDENTIFIER, r.ROUTINE_DEFINITION,"
	" NULLIF(CONCAT_WS(' ', IF(r.IS_DETERMINISTIC = 'YES', 'DETERMINISTIC', NULL),"
	" NULLIF(r.SQL_DATA_ACCESS, 'CONTAINS SQL'),"
	" IF(r.SECURITY_TYPE = 'INVOKER', 'SQL SECURITY INVOKER', NULL)), ''),"
	" r.ROUTINE_COMMENT, r.DEFINER, NULLIF(r.ROUTINE_BODY, ''),"
	" p.PARAMETER_MODE, p.PARAMETER_NAME, p.DTD_IDENTIFIER"
	" FROM information_schema.ROUTINES r LEFT JOIN information_schema.PARAMETERS p"
	" ON p.SPECIFIC_SCHEMA = r.ROUTINE_SCHEMA AND p.SPECIFIC_NAME = r.SPECIFIC_NAME"
	" AND p.ROUTINE_TYPE = r.ROUTINE_TYPE AND p.ORDINAL_POSITION > 0"
	" WHERE r.ROUTINE_SCHEMA = DATABASE() AND r.ROUTINE_TYPE IN ('PROCEDURE', 'FUNCTION')"
	" ORDER BY BINARY r.ROUTINE_NAME, r.ROUTINE_TYPE, p.ORDINAL_POSITION",
	parameter_row };

/* When an event began is not a part of it: without a word it is the time at which it was made. */
static const struct live_my_query queries[] = {
	{ "triggers cannot be read",
	    "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION,"
	    " ACTION_STATEMENT, DEFINER FROM information_schema.TRIGGERS"
	    " WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY BINARY EVENT_OBJECT_TABLE,"
	    " ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, BINARY TRIGGER_NAME",
	    trigger_row },
	{ "events cannot be read",
	    "SELECT EVENT_NAME, CONCAT('ON SCHEDULE ', IF(EVENT_TYPE = 'RECURRING',"
	    " CONCAT('EVERY ', QUOTE(INTERVAL_VALUE), ' ', INTERVAL_FIELD),"
	    " CONCAT('AT ', QUOTE(EXECUTE_AT))),"
	    " IF(ON_COMPLETION = 'PRESERVE', ' ON COMPLETION PRESERVE', ''),"
	    " IF(STATUS LIKE '%DISABLED', ' DISABLE', '')), EVENT_DEFINITION, EVENT_COMMENT,"
	    " DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()"
	    " ORDER BY BINARY EVENT_NAME",
	    event_row },
	{ "sequences cannot be read",
	    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
	    " AND TABLE_TYPE = 'SEQUENCE' ORDER BY BINARY TABLE_NAME",
	    sequence_name_row },
};

int
live_my_read_routines(struct live_my *my)
{
	int error = live_my_each(my, &routine_query);
	if (error == MIG_OK)
		error = finish_routine(my);
	if (error == MIG_OK)
		error = live_my_all(my, queries, sizeof(queries) / sizeof(queries[0]));
	return error == MIG_OK ? read_sequences(my) : error;
}
