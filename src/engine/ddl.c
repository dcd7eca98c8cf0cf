/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "engine/ddl_int.h"
#include "engine/plan_tables.h"

#define ARENA_BYTES_MAX (256U * 1024U * 1024U)
#define SCRIPT_BYTES_MAX (4U * 1024U * 1024U)

/* A table of so few rows may be written anew under a lock: it takes about a second. */
#define REWRITE_ROWS_MAX 100000

/* Where an addition that waits for something goes within the stage that takes away. */
#define LATE_RANK 4
#define LATE_MIGRATE_RANK 3

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Names of phases that suit a stage, best first; a phase may also have such a word in its name. */
static const char *const stage_words[MIG_DDL_STAGES][20] = {
	{ "expand", "schema", "setup", "build", "dual_write", "capture", "load", "preparation",
	    "prepare", "provision", "implement", "deploy", "pilot", NULL },
	{ "migrate", "backfill", "delta_sync", "bulk_copy", "migration", "execution", "synchronize",
	    "sync", "copy", "replay", "load", "shadow", "deploy", "implement", NULL },
	{ "contract", "cleanup", "retire", "decommission", "cutover", NULL },
	{ NULL },
};

/* All that the writing functions need. */
struct ddl {
	struct mig_arena *arena;
	struct mig_ddl_change *changes; /* in the order of the specification */
	struct mig_ddl_change **by_table;
	size_t change_count;
	const struct mig_json **sizes; /* tables_to_migrate by name */
	size_t size_count;
	bool adds_keys; /* a foreign key may refer to one of them */
	const char *phase;
	const char *drop_phase; /* NULL: nothing is dropped */
	struct mig_jw *jw;
	const char *key;
	size_t written;
};

static size_t
find_phase(const char *const *phases, size_t first, size_t end, const char *const *words)
{
	for (const char *const *word = words; *word != NULL; word++)
		for (size_t i = first; i < end; i++)
			if (strcmp(phases[i], *word) == 0)
				return i;
	for (const char *const *word = words; *word != NULL; word++)
		for (size_t i = first; i < end; i++)
			if (strstr(phases[i], *word) != NULL)
				return i;
	return MIG_DDL_NOWHERE;
}

size_t
mig_ddl_phase(const char *const *phases, enum mig_ddl_stage stage)
{
	size_t count = 0;
	while (phases[count] != NULL)
		count++;
	size_t contract = find_phase(phases, 0, count, stage_words[MIG_DDL_CONTRACT]);
	if (contract == MIG_DDL_NOWHERE)
		contract = count - 1;
	size_t expand = find_phase(phases, 0, contract + 1, stage_words[MIG_DDL_EXPAND]);
	if (expand == MIG_DDL_NOWHERE)
		expand = 0;
	switch (stage) {
	case MIG_DDL_EXPAND:
		return expand;
	case MIG_DDL_MIGRATE: {
		size_t migrate = find_phase(phases, expand, contract + 1,
		    stage_words[MIG_DDL_MIGRATE]);
		if (migrate != MIG_DDL_NOWHERE)
			return migrate;
		return contract > expand ? contract - 1 : expand;
	}
	case MIG_DDL_CONTRACT:
		return contract;
	case MIG_DDL_DROP:
		for (size_t i = count; i > contract; i--)
			if (mig_phase_is_final(phases[i - 1]))
				return i - 1;
		break;
	}
	return MIG_DDL_NOWHERE;
}

/* Whether the target is said to be a database whose SQL is not ours. */
static bool
names_another_database(const struct mig_json *spec)
{
	static const char *const others[] = { "mysql", "mariadb", "oracle", "mssql", "sqlserver",
		"sqlite", "db2", "mongodb", "cassandra", "dynamodb" };
	const char *target = mig_json_string(mig_json_get(spec, "target"));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (mig_ddl_mentions(target, others[i]))
			return true;
	return mig_ddl_mentions(target, "sql") && mig_ddl_mentions(target, "server");
}

static int
compare_changes(const void *a, const void *b)
{
	const struct mig_ddl_change *left = *(const struct mig_ddl_change *const *)a;
	const struct mig_ddl_change *right = *(const struct mig_ddl_change *const *)b;
	int order = strcmp(left->table, right->table);
	if (order != 0)
		return order;
	return left->order < right->order ? -1 : left->order > right->order;
}

static const char *
size_name(const struct mig_json *node)
{
	return mig_json_string(mig_json_get(node, "name"));
}

static int
compare_sizes(const void *a, const void *b)
{
	return strcmp(size_name(*(const struct mig_json *const *)a),
	    size_name(*(const struct mig_json *const *)b));
}

static int
compare_to_size(const void *name, const void *size)
{
	return strcmp(name, size_name(*(const struct mig_json *const *)size));
}

/* The table's entry in tables_to_migrate, or NULL. */
static const struct mig_json *
find_size(const struct ddl *ddl, const char *table)
{
	if (ddl->size_count == 0)
		return NULL;
	const struct mig_json **found = bsearch(table, ddl->sizes, ddl->size_count,
	    sizeof(const struct mig_json *), compare_to_size);
	return found == NULL ? NULL : *found;
}

static unsigned
column_way(struct ddl *ddl, const struct mig_ddl_change *change)
{
	const struct mig_json *nullable = mig_json_get(change->node, "nullable");
	const char *type = mig_ddl_member(change, "data_type");
	const char *sql;
	enum mig_ddl_default value = mig_ddl_default(ddl->arena, type,
	    mig_json_get(change->node, "default"), &sql);
	bool required = nullable != NULL && !mig_json_bool(nullable);
	if (value == MIG_DDL_DEFAULT_BY_ROW)
		return required ? MIG_DDL_ADD_FILL_REQ : MIG_DDL_ADD_FILL;
	if (required && value == MIG_DDL_DEFAULT_NONE && !mig_ddl_fills_itself(type))
		return MIG_DDL_ADD_REQ;
	return MIG_DDL_ADD;
}

static unsigned
type_way(struct ddl *ddl, const struct mig_ddl_change *change)
{
	const struct mig_json *size = find_size(ddl, change->table);
	const char *shown;
	bool rewrites;
	if (!mig_ddl_widens(ddl->arena, mig_ddl_member(change, "old_type"),
	    mig_ddl_member(change, "new_type"), &shown, &rewrites))
		return MIG_DDL_CONVERT;
	bool small = size != NULL &&
	    mig_json_number(mig_json_get(size, "row_count")) <= REWRITE_ROWS_MAX;
	return !rewrites || small ? MIG_DDL_WIDEN : MIG_DDL_CONVERT;
}

static unsigned
constraint_way(struct ddl *ddl, const struct mig_ddl_change *change)
{
	const char *kind = mig_ddl_member(change, "constraint_type");
	bool unique = strcmp(kind, "unique") == 0;
	if (strcmp(kind, "foreign_key") == 0)
		return ddl->adds_keys ? MIG_DDL_FOREIGN : MIG_DDL_CHECK;
	if (strcmp(kind, "check") == 0)
		return MIG_DDL_CHECK;
	if (mig_ddl_key_columns(ddl->arena, kind, mig_ddl_member(change, "definition")) == NULL)
		return MIG_DDL_KEY_RAW;
	return unique ? MIG_DDL_UNIQUE : MIG_DDL_PRIMARY;
}

static unsigned
change_way(struct ddl *ddl, const struct mig_ddl_change *change)
{
	static const struct {
		const char *type;
		unsigned way;
	} fixed[] = {
		{ "rename_column", MIG_DDL_RENAME },
		{ "drop_column", MIG_DDL_DROP_COLUMN },
		{ "drop_constraint", MIG_DDL_DROP_CONSTRAINT },
		{ "add_index", MIG_DDL_INDEX },
		{ "drop_index", MIG_DDL_DROP_INDEX },
	};
	const char *type = mig_ddl_member(change, "type");
	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		if (strcmp(type, fixed[i].type) == 0)
			return fixed[i].way;
	if (strcmp(type, "add_column") == 0)
		return column_way(ddl, change);
	if (strcmp(type, "modify_column") == 0)
		return type_way(ddl, change);
	return constraint_way(ddl, change);
}

/* Whether a constraint or an index uses the column. */
static bool
uses(const struct mig_ddl_change *change, const char *column)
{
	const char *definition = mig_ddl_member(change, "definition");
	if (definition != NULL)
		return mig_ddl_mentions(definition, column);
	const struct mig_json *item = mig_json_first(mig_json_get(change->node, "columns"));
	for (; item != NULL; item = mig_json_next(item))
		if (mig_ddl_mentions(mig_json_string(item), column))
			return true;
	return false;
}

/*
 * Whether an added constraint or index must wait: what it is built on changes places with
 * another column later, or what it replaces has the same name.
 */
static bool
must_wait(const struct mig_ddl_change *change)
{
	const unsigned additions = MIG_DDL_CHECK | MIG_DDL_FOREIGN | MIG_DDL_UNIQUE |
	    MIG_DDL_PRIMARY | MIG_DDL_KEY_RAW | MIG_DDL_INDEX;
	if ((change->way & additions) == 0)
		return false;
	for (size_t i = 0; i < change->group_count; i++) {
		const struct mig_ddl_change *other = change->group[i];
		const unsigned drops = MIG_DDL_DROP_CONSTRAINT | MIG_DDL_DROP_INDEX;
		if (other->way == MIG_DDL_RENAME &&
		    uses(change, mig_ddl_own_name(mig_ddl_member(other, "new_name"))))
			return true;
		if (other->way == MIG_DDL_CONVERT &&
		    uses(change, mig_ddl_own_name(mig_ddl_member(other, "column"))))
			return true;
		if ((other->way & drops) != 0 &&
		    strcmp(mig_ddl_change_name(other), mig_ddl_change_name(change)) == 0)
			return true;
	}
	return false;
}

static void
find_groups(struct ddl *ddl)
{
	struct mig_ddl_change **first = ddl->by_table;
	struct mig_ddl_change **end = ddl->by_table + ddl->change_count;
	qsort(first, ddl->change_count, sizeof(struct mig_ddl_change *), compare_changes);
	while (first < end) {
		size_t count = 1;
		while (first + count < end && strcmp(first[count]->table, (*first)->table) == 0)
			count++;
		for (size_t i = 0; i < count; i++) {
			first[i]->group = first;
			first[i]->group_count = count;
		}
		first += count;
	}
}

static bool
read_sizes(struct ddl *ddl, const struct mig_json *tables)
{
	size_t count = mig_json_count(tables);
	ddl->sizes = mig_arena_array(ddl->arena, count, sizeof(const struct mig_json *));
	if (ddl->sizes == NULL)
		return false;
	const struct mig_json *node = mig_json_first(tables);
	for (; node != NULL; node = mig_json_next(node))
		ddl->sizes[ddl->size_count++] = node;
	if (count > 0)
		qsort(ddl->sizes, count, sizeof(const struct mig_json *), compare_sizes);
	return true;
}

static bool
is_key(const struct mig_json *change)
{
	const char *kind = mig_json_string(mig_json_get(change, "constraint_type"));
	return kind != NULL && (strcmp(kind, "unique") == 0 || strcmp(kind, "primary_key") == 0);
}

/* How many changes there are; whether they add keys is noted. */
static size_t
count_changes(struct ddl *ddl, const struct mig_json *tables)
{
	size_t count = 0;
	const struct mig_json *table = mig_json_first(tables);
	for (; table != NULL; table = mig_json_next(table)) {
		const struct mig_json *node = mig_json_first(mig_json_get(table, "changes"));
		for (; node != NULL; node = mig_json_next(node), count++)
			ddl->adds_keys = ddl->adds_keys || is_key(node);
	}
	return count;
}

static bool
read_changes(struct ddl *ddl, const struct mig_json *tables)
{
	size_t count = count_changes(ddl, tables);
	ddl->changes = mig_arena_array(ddl->arena, count, sizeof(struct mig_ddl_change));
	ddl->by_table = mig_arena_array(ddl->arena, count, sizeof(struct mig_ddl_change *));
	if (ddl->changes == NULL || ddl->by_table == NULL)
		return false;
	const struct mig_json *table = mig_json_first(tables);
	for (; table != NULL; table = mig_json_next(table)) {
		const struct mig_json *node = mig_json_first(mig_json_get(table, "changes"));
		for (; node != NULL; node = mig_json_next(node)) {
			struct mig_ddl_change *change = &ddl->changes[ddl->change_count];
			change->table = mig_json_string(mig_json_get(table, "table"));
			change->node = node;
			change->order = ddl->change_count;
			change->way = change_way(ddl, change);
			ddl->by_table[ddl->change_count++] = change;
		}
	}
	if (count > 0)
		find_groups(ddl);
	for (size_t i = 0; i < count; i++)
		ddl->changes[i].late = must_wait(&ddl->changes[i]);
	return !mig_arena_failed(ddl->arena);
}

static void
write_template(struct ddl *ddl, const struct mig_ddl_vars *vars, const char *key, const char *text)
{
	if (text == NULL) {
		mig_jw_null(ddl->jw, key);
		return;
	}
	char unknown[64];
	struct mig_buf out;
	mig_buf_init(&out, SCRIPT_BYTES_MAX);
	int error = mig_template_fill(text, vars->list, &out, unknown, sizeof(unknown));
	/* Without memory names are missing, too; then the whole is a failure anyway. */
	MIG_ASSERT(error != MIG_ENOTFOUND || mig_arena_failed(vars->arena));
	if (error != MIG_OK)
		ddl->jw->out->failed = true;
	while (out.len > 0 && out.data[out.len - 1] == '\n')
		mig_buf_truncate(&out, out.len - 1);
	mig_jw_string(ddl->jw, key, out.data);
	mig_buf_fini(&out);
}

static void
write_script(struct ddl *ddl, const struct mig_ddl_vars *vars, const struct mig_ddl_change *change,
    const struct mig_ddl_row *row)
{
	struct mig_jw *jw = ddl->jw;
	if (ddl->written++ == 0)
		mig_jw_array(jw, ddl->key);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "id", mig_arena_printf(vars->arena, "sc_%s_%02zu", ddl->phase,
	    ddl->written));
	mig_jw_string(jw, "kind", "sql");
	mig_jw_string(jw, "table", change->table);
	mig_jw_string(jw, "change", mig_ddl_member(change, "type"));
	write_template(ddl, vars, "description", row->description);
	write_template(ddl, vars, "forward", row->forward);
	write_template(ddl, vars, "undo", row->undo);
	mig_jw_bool(jw, "reversible", row->reversible);
	mig_jw_bool(jw, "transactional", row->transactional);
	write_template(ddl, vars, "verify", row->verify);
	mig_jw_object_end(jw);
}

/* Whether a script stands in that place of the order, for changes that wait or that do not. */
static bool
stands_here(const struct mig_ddl_row *row, bool late, enum mig_ddl_stage stage, int rank)
{
	enum mig_ddl_stage own_stage = row->stage;
	int own_rank = row->rank;
	if (late) {
		own_rank += LATE_RANK + (own_stage == MIG_DDL_MIGRATE ? LATE_MIGRATE_RANK : 0);
		own_stage = MIG_DDL_CONTRACT;
	}
	return own_stage == stage && own_rank == rank;
}

/* The ways of all changes that have a script there. */
static unsigned
ways_here(bool late, enum mig_ddl_stage stage, int rank)
{
	unsigned ways = 0;
	for (const struct mig_ddl_row *row = mig_ddl_rows; row->ways != 0; row++)
		if (stands_here(row, late, stage, rank))
			ways |= row->ways;
	return ways;
}

static void
write_change(struct ddl *ddl, const struct mig_ddl_change *change, enum mig_ddl_stage stage,
    int rank)
{
	struct mig_ddl_vars vars = { .count = 0 };
	for (const struct mig_ddl_row *row = mig_ddl_rows; row->ways != 0; row++) {
		if ((row->ways & change->way) == 0 || !stands_here(row, change->late, stage, rank))
			continue;
		if (vars.arena == NULL) {
			vars.arena = mig_arena_new(ARENA_BYTES_MAX);
			if (vars.arena == NULL)
				break;
			const struct mig_ddl_context context = { find_size(ddl, change->table),
				ddl->drop_phase };
			mig_ddl_set_vars(&vars, change, &context);
		}
		write_script(ddl, &vars, change, row);
		if (mig_arena_failed(vars.arena))
			ddl->jw->out->failed = true;
	}
	mig_arena_free(vars.arena);
}

static void
write_stage(struct ddl *ddl, enum mig_ddl_stage stage)
{
	for (int rank = 0; rank < MIG_DDL_RANKS; rank++) {
		const unsigned ways[2] = { ways_here(false, stage, rank),
			ways_here(true, stage, rank) };
		if (ways[0] == 0 && ways[1] == 0)
			continue;
		for (size_t i = 0; i < ddl->change_count; i++)
			if ((ways[ddl->changes[i].late] & ddl->changes[i].way) != 0)
				write_change(ddl, &ddl->changes[i], stage, rank);
	}
}

static bool
has_stage(const char *const *phases, size_t index)
{
	for (int stage = MIG_DDL_EXPAND; stage < MIG_DDL_STAGES; stage++)
		if (mig_ddl_phase(phases, (enum mig_ddl_stage)stage) == index)
			return true;
	return false;
}

void
mig_ddl_write(const struct mig_json *spec, const char *const *phases, size_t index,
    struct mig_jw *jw, const char *key)
{
	const struct mig_json *changes = mig_json_get(spec, "schema_changes");
	size_t drop = mig_ddl_phase(phases, MIG_DDL_DROP);
	if (mig_json_count(changes) == 0 || names_another_database(spec) ||
	    !has_stage(phases, index))
		return;
	struct ddl ddl = { .phase = phases[index], .jw = jw, .key = key,
		.drop_phase = drop == MIG_DDL_NOWHERE ? NULL : phases[drop],
		.arena = mig_arena_new(ARENA_BYTES_MAX) };
	if (ddl.arena == NULL || !read_sizes(&ddl, mig_json_get(spec, "tables_to_migrate")) ||
	    !read_changes(&ddl, changes)) {
		jw->out->failed = true;
		mig_arena_free(ddl.arena);
		return;
	}
	for (int stage = MIG_DDL_EXPAND; stage < MIG_DDL_STAGES; stage++)
		if (mig_ddl_phase(phases, (enum mig_ddl_stage)stage) == index)
			write_stage(&ddl, (enum mig_ddl_stage)stage);
	if (ddl.written > 0)
		mig_jw_array_end(jw);
	mig_arena_free(ddl.arena);
}
