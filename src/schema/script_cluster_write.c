/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/script_pg.h"

static bool
is_type(enum mig_db_kind kind)
{
	return kind == MIG_DB_ENUM || kind == MIG_DB_DOMAIN || kind == MIG_DB_COMPOSITE ||
	    kind == MIG_DB_RANGE_TYPE;
}

static size_t
root_of(const struct mig_script *script, size_t node)
{
	while (script->nodes[node].parent != node)
		node = script->nodes[node].parent;
	return node;
}

/* Members of one cluster. */
struct cluster {
	struct mig_script *script;
	struct mig_script_node **nodes;
	size_t count;
};

static const struct mig_db_object *
node_side(const struct mig_script_node *node, int side)
{
	return side == 0 ? node->item.before : node->item.after;
}

/* Lift a member above those of its cluster that it uses; whether something moved. */
static bool
lift(struct mig_script *script, struct mig_script_node *node, int side)
{
	const struct mig_db_object *object = node_side(node, side);
	size_t count = 0;
	bool moved = false;
	if (object == NULL)
		return false;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&script->uses[script->passive ? 0 : side], object, &count);
	for (size_t i = 0; i < count; i++) {
		size_t number = mig_script_map_get(&script->node_of, uses[i].target);
		if (number == 0)
			continue;
		const struct mig_script_node *other = &script->nodes[number - 1];
		if (other == node || other->group != node->group ||
		    other->levels[side] < node->levels[side])
			continue;
		node->levels[side] = other->levels[side] + 1;
		moved = true;
	}
	return moved;
}

static void
find_levels(struct cluster *cluster, int side)
{
	/* A chain is at most as long as the cluster has members; more would be a circle. */
	bool moved = true;
	for (size_t round = 0; moved && round <= cluster->count; round++) {
		moved = false;
		for (size_t i = 0; i < cluster->count; i++)
			moved = lift(cluster->script, cluster->nodes[i], side) || moved;
	}
}

/* The order of making within a level. */
static int
kind_rank(const struct mig_db_object *object)
{
	if (object == NULL)
		return 0;
	if (mig_db_is_foreign_key(object))
		return 2 * MIG_DB_KINDS;
	bool view = object->kind == MIG_DB_VIEW || object->kind == MIG_DB_MATVIEW;
	return view ? MIG_DB_KINDS : (int)object->kind;
}

static int
compare_nodes(const struct mig_script_node *a, const struct mig_script_node *b, int side)
{
	if (a->levels[side] != b->levels[side])
		return a->levels[side] < b->levels[side] ? -1 : 1;
	int order = kind_rank(node_side(a, side)) - kind_rank(node_side(b, side));
	if (order != 0)
		return order;
	/* Both are in one array. */
	return a < b ? -1 : a > b;
}

static int
compare_before(const void *a, const void *b)
{
	return compare_nodes(
	    *(struct mig_script_node *const *)a, *(struct mig_script_node *const *)b, 0);
}

static int
compare_after(const void *a, const void *b)
{
	return compare_nodes(
	    *(struct mig_script_node *const *)a, *(struct mig_script_node *const *)b, 1);
}

/* In the order in which those of that side are made. */
static void
sort_nodes(struct cluster *cluster, int side)
{
	qsort(cluster->nodes, cluster->count, sizeof(struct mig_script_node *),
	    side == 0 ? compare_before : compare_after);
}

/* Whether the member comes and goes with its view or table. */
static bool
within_view(const struct mig_script *script, const struct mig_db_object *object)
{
	if (object->parent == NULL ||
	    (object->kind == MIG_DB_COLUMN && object->parent->kind != MIG_DB_TABLE) ||
	    (object->kind == MIG_DB_CONSTRAINT && mig_pg_leads_away(mig_db_as_constraint(object))))
		return false;
	size_t number = mig_script_map_get(&script->node_of, object->parent);
	return number > 0 && script->nodes[number - 1].action == MIG_NODE_REMAKE;
}

/* A generated column that becomes a plain one keeps its values. */
static bool
keeps_values(const struct mig_db_object *from, const struct mig_db_object *to)
{
	return from != NULL && to != NULL && from->kind == MIG_DB_COLUMN &&
	    mig_db_as_column(from)->generated == MIG_DB_GENERATED_STORED &&
	    mig_db_as_column(to)->generated == MIG_DB_GENERATED_NONE &&
	    strcmp(mig_db_as_column(from)->type, mig_db_as_column(to)->type) == 0;
}

static bool
is_table(const struct mig_db_object *object)
{
	return object != NULL && object->kind == MIG_DB_TABLE;
}

/* Whether a table has to have its rows kept aside: not as a part that stays, whose whole does. */
static bool
keeps_rows(const struct mig_db_object *from, const struct mig_db_object *to)
{
	return is_table(from) && is_table(to) &&
	    (mig_db_as_table(from)->partition_of == NULL ||
	        mig_db_as_table(to)->partition_of == NULL);
}

static void
write_rows_out(struct cluster *cluster, struct mig_sql *sql)
{
	int side = sql->back ? 1 : 0;
	for (size_t i = 0; i < cluster->count; i++) {
		const struct mig_script_node *node = cluster->nodes[i];
		const struct mig_db_object *from = node_side(node, side);
		if (node->action == MIG_NODE_REMAKE && keeps_rows(from, node_side(node, 1 - side)))
			mig_pg_rows_out(sql, mig_db_as_table(from));
	}
}

/* Back into the new table, then what must not fire for them. */
static void
write_rows_in(struct cluster *cluster, struct mig_sql *sql)
{
	int side = sql->back ? 1 : 0;
	for (size_t i = 0; i < cluster->count; i++) {
		const struct mig_script_node *node = cluster->nodes[i];
		const struct mig_db_object *from = node_side(node, side);
		const struct mig_db_object *to = node_side(node, 1 - side);
		if (node->action == MIG_NODE_REMAKE && keeps_rows(from, to))
			mig_pg_rows_in(sql, mig_db_as_table(from), mig_db_as_table(to));
	}
	for (size_t i = 0; i < cluster->count; i++) {
		const struct mig_script_node *node = cluster->nodes[i];
		const struct mig_db_object *to = node_side(node, 1 - side);
		if (node->action == MIG_NODE_REMAKE && is_table(to))
			mig_pg_create_triggers(
			    sql, mig_db_as_table(to), !is_table(node_side(node, side)));
	}
}

/* Whether a partition goes with the whole, whose keys to itself would hold it. */
static bool
goes_with_whole(const struct mig_sql *sql, const struct mig_db_object *from)
{
	const struct mig_script *script = sql->script;
	const struct mig_db *db = sql->back ? script->after : script->before;
	const struct mig_db_ref *ref = is_table(from) ? mig_db_as_table(from)->partition_of : NULL;
	const struct mig_db_object *whole =
	    ref != NULL ? mig_db_find(db, MIG_DB_TABLE, ref->schema, ref->name) : NULL;
	size_t number = mig_script_map_get(&script->node_of, whole);
	return number > 0 && script->nodes[number - 1].action == MIG_NODE_REMAKE;
}

/* The column that is to own a sequence which stays, of a table that is made anew; NULL: none. */
static const struct mig_db_object *
owner_made_anew(
    const struct cluster *cluster, const struct mig_sql *sql, const struct mig_db_object *sequence)
{
	const struct mig_script *script = sql->script;
	const struct mig_db *from = sql->back ? script->after : script->before;
	const struct mig_db_ref *owner =
	    sequence->kind == MIG_DB_SEQUENCE ? mig_db_as_sequence(sequence)->owned_by : NULL;
	if (owner == NULL || mig_script_op(script, sequence) != NULL)
		return NULL;
	const struct mig_db_object *table =
	    mig_db_find(from, MIG_DB_TABLE, owner->schema, owner->name);
	size_t number = mig_script_map_get(&script->node_of, table);
	if (number == 0 || script->nodes[number - 1].group != cluster->nodes[0]->group ||
	    script->nodes[number - 1].action != MIG_NODE_REMAKE)
		return NULL;
	const struct mig_db_object *to = node_side(&script->nodes[number - 1], sql->back ? 0 : 1);
	return is_table(to) ? mig_db_find_part(to, MIG_DB_COLUMN, owner->column) : NULL;
}

/* Whether a table is dropped and made anew, which few clusters do. */
static bool
remakes_table(const struct cluster *cluster)
{
	for (size_t i = 0; i < cluster->count; i++)
		if (cluster->nodes[i]->action == MIG_NODE_REMAKE &&
		    (is_table(node_side(cluster->nodes[i], 0)) ||
		        is_table(node_side(cluster->nodes[i], 1))))
			return true;
	return false;
}

/* A sequence that a column owns would go with the table: it is taken from it, and given back. */
static void
write_owned(const struct cluster *cluster, struct mig_sql *sql, bool give)
{
	size_t count = 0;
	if (!remakes_table(cluster))
		return;
	struct mig_db_object *const *objects =
	    mig_db_objects(sql->back ? sql->script->after : sql->script->before, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *column = owner_made_anew(cluster, sql, objects[i]);
		if (column != NULL && give)
			mig_sql_put(sql, "ALTER SEQUENCE %t OWNED BY %t.%c;\n", objects[i],
			    column->parent, column);
		else if (column != NULL)
			mig_sql_put(sql, "ALTER SEQUENCE %t OWNED BY NONE;\n", objects[i]);
	}
}

static void
write_drops(struct cluster *cluster, struct mig_sql *sql)
{
	int side = sql->back ? 1 : 0;
	write_rows_out(cluster, sql);
	write_owned(cluster, sql, false);
	sort_nodes(cluster, side);
	for (size_t i = cluster->count; i-- > 0;) {
		const struct mig_script_node *node = cluster->nodes[i];
		const struct mig_db_object *from = node_side(node, side);
		const struct mig_db_object *to = node_side(node, 1 - side);
		if (from == NULL || is_type(from->kind) || within_view(sql->script, from) ||
		    keeps_values(from, to) || goes_with_whole(sql, from))
			continue;
		if (node->action == MIG_NODE_REMAKE)
			mig_pg_drop(sql, from);
		else
			mig_pg_column_default_off(sql, from, to);
	}
}

/* What a type is called between its end and that of the last column that has it. */
#define OLD_SUFFIX "__migarch_old"

static const char *
old_name(struct mig_sql *sql, const struct mig_db_object *type)
{
	size_t len = strnlen(type->name, MIG_SQL_NAME_MAX - sizeof(OLD_SUFFIX) + 1);
	const char *cut = mig_arena_strndup(sql->script->work, type->name, len);
	return mig_sql_text(sql->script, "%s" OLD_SUFFIX, cut);
}

/* Whether the column comes from a parent, on both sides, whose type the cluster alters as well. */
static bool
parent_retypes(
    const struct cluster *cluster, const struct mig_script_node *node, const struct mig_sql *sql)
{
	struct mig_script *script = cluster->script;
	const struct mig_db_object *to = node_side(node, sql->back ? 0 : 1);
	if (!mig_db_as_column(node->item.before)->inherited ||
	    !mig_db_as_column(node->item.after)->inherited)
		return false;
	size_t count = 0;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&script->uses[0], node->item.before, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *target = uses[i].target;
		size_t number = mig_script_map_get(&script->node_of, target);
		if (number == 0 || target->kind != MIG_DB_COLUMN || target->parent == to->parent)
			continue;
		const struct mig_script_node *other = &script->nodes[number - 1];
		if (other->action == MIG_NODE_RETYPE && other->group == node->group &&
		    mig_db_same(mig_db_as_column(node_side(other, sql->back ? 0 : 1))->type,
		        mig_db_as_column(to)->type))
			return true;
	}
	return false;
}

static void
write_retypes(struct cluster *cluster, struct mig_sql *sql)
{
	int side = sql->back ? 1 : 0;
	for (size_t i = 0; i < cluster->count; i++) {
		const struct mig_script_node *node = cluster->nodes[i];
		const struct mig_db_object *from = node_side(node, side);
		if (node->action == MIG_NODE_RETYPE && !within_view(sql->script, from) &&
		    !parent_retypes(cluster, node, sql))
			mig_pg_retype(sql, from, node_side(node, 1 - side));
	}
	for (size_t i = 0; i < cluster->count; i++) {
		const struct mig_script_node *node = cluster->nodes[i];
		const struct mig_db_object *to = node_side(node, 1 - side);
		bool given = node->action == MIG_NODE_DEFAULT && mig_db_as_column(to)->inherited;
		if ((node->action == MIG_NODE_RETYPE || given) && !within_view(sql->script, to))
			mig_pg_retyped(sql, node_side(node, side), to);
	}
}

static void
drop_old_types(struct cluster *cluster, struct mig_sql *sql)
{
	int side = sql->back ? 1 : 0;
	sort_nodes(cluster, side);
	for (size_t i = cluster->count; i-- > 0;) {
		const struct mig_db_object *from = node_side(cluster->nodes[i], side);
		if (from == NULL || !is_type(from->kind))
			continue;
		mig_sql_put(sql, "DROP TYPE ");
		if (from->schema != NULL)
			mig_sql_put(sql, "%n.", from->schema);
		mig_sql_put(sql, "%n;\n", old_name(sql, from));
	}
	sort_nodes(cluster, 1 - side);
}

static void
write_types(struct cluster *cluster, struct mig_sql *sql)
{
	int side = sql->back ? 1 : 0;
	for (size_t i = 0; i < cluster->count; i++) {
		const struct mig_db_object *from = node_side(cluster->nodes[i], side);
		if (from != NULL && is_type(from->kind))
			mig_sql_put(
			    sql, "ALTER TYPE %t RENAME TO %n;\n", from, old_name(sql, from));
	}
	sort_nodes(cluster, 1 - side);
	for (size_t i = 0; i < cluster->count; i++) {
		const struct mig_db_object *to = node_side(cluster->nodes[i], 1 - side);
		if (to != NULL && is_type(to->kind))
			mig_pg_create(sql, to);
	}
	write_retypes(cluster, sql);
	drop_old_types(cluster, sql);
}

/* What goes with a column that was made anew, or is not generated any more. */
static void
write_made_column(
    struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to)
{
	bool kept = keeps_values(from, to);
	if (!kept)
		mig_pg_column_rights(sql, to);
	mig_pg_put_children(sql, to, kept ? NULL : mig_db_as_column(to)->default_expr);
}

static void
write_make(struct mig_sql *sql, const struct mig_script_node *node)
{
	int side = sql->back ? 1 : 0;
	const struct mig_db_object *from = node_side(node, side);
	const struct mig_db_object *to = node_side(node, 1 - side);
	if (to == NULL || is_type(to->kind) || within_view(sql->script, to))
		return;
	if (node->action != MIG_NODE_REMAKE)
		mig_pg_column_default_on(sql, from, to);
	else if (keeps_values(from, to))
		mig_pg_alter(sql, from, to, mig_script_op(sql->script, from)->aspects);
	else if (is_table(to))
		mig_pg_create_bare_table(sql, mig_db_as_table(to));
	else
		mig_pg_create(sql, to);
	if (node->action == MIG_NODE_REMAKE && to->kind == MIG_DB_COLUMN)
		write_made_column(sql, from, to);
}

/* What a table may need to be made; the rest is made when its rows are in it. */
static bool
is_early(enum mig_db_kind kind)
{
	return kind == MIG_DB_TABLE || kind == MIG_DB_ROUTINE || kind == MIG_DB_COLLATION;
}

static void
write_makes(struct cluster *cluster, struct mig_sql *sql)
{
	int side = sql->back ? 1 : 0;
	bool tables = false;
	for (size_t i = 0; i < cluster->count; i++)
		tables = tables ||
		    (is_table(node_side(cluster->nodes[i], 1 - side)) &&
		        cluster->nodes[i]->action == MIG_NODE_REMAKE);
	for (int late = 0; late <= 1; late++) {
		for (size_t i = 0; i < cluster->count; i++) {
			const struct mig_db_object *to = node_side(cluster->nodes[i], 1 - side);
			bool early = !tables || (to != NULL && is_early(to->kind));
			if (early == (late == 0))
				write_make(sql, cluster->nodes[i]);
		}
		if (late == 0 && tables)
			write_rows_in(cluster, sql);
		if (late == 0 && tables)
			write_owned(cluster, sql, true);
	}
}

static void
write_direction(struct cluster *cluster, struct mig_sql *sql)
{
	write_drops(cluster, sql);
	write_types(cluster, sql);
	write_makes(cluster, sql);
}

/* The fact from which a cluster has its name: the first one. */
static const struct mig_db_object *
cluster_subject(const struct cluster *cluster)
{
	return cluster->nodes[0]->item.before;
}

/* A table that goes, though its name stays, takes its rows along. */
static void
note_table(
    struct mig_script *script, struct mig_script_step *step, const struct mig_script_node *node)
{
	const struct mig_db_object *before = node->item.before;
	if (!is_table(before) || is_table(node->item.after))
		return;
	mig_pg_rule_steps(script, mig_db_as_table(before), false);
	if (mig_db_as_table(before)->partition_of != NULL)
		return;
	step->script.phase = MIG_SCRIPT_CONTRACT;
	step->script.irreversible = mig_pg_irreversible(script, before);
	step->script.lossy = mig_sql_text(script,
	    "the undo makes table %s empty; for its rows a backup or a copy is needed",
	    before->name);
}

static void
note_members(struct cluster *cluster, struct mig_script_step *step)
{
	for (size_t i = 0; i < cluster->count; i++) {
		const struct mig_script_node *node = cluster->nodes[i];
		if (i > 0)
			mig_step_item(cluster->script, step, node->item.before, node->item.after);
		if (node->item.after == NULL)
			step->script.phase = MIG_SCRIPT_CONTRACT;
		note_table(cluster->script, step, node);
		if (node->item.after != NULL && node->item.before != NULL &&
		    node->item.before->kind == MIG_DB_COLUMN)
			mig_pg_retype_notes(
			    cluster->script, step, node->item.before, node->item.after);
	}
}

static void
write_cluster(struct cluster *cluster)
{
	struct mig_script *script = cluster->script;
	const struct mig_script_node *first = cluster->nodes[0];
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_MIGRATE, first->item.before, first->item.after);
	step->cluster = true;
	mig_step_name(script, step, "change", cluster_subject(cluster));
	note_members(cluster, step);
	find_levels(cluster, 0);
	find_levels(cluster, 1);
	write_direction(cluster, &step->up);
	write_direction(cluster, &step->down);
}

/* Give each cluster a number, in the order of their first members. */
static size_t
number_groups(struct mig_script *script)
{
	size_t groups = 0;
	for (size_t i = 0; i < script->nodes_count; i++)
		script->nodes[i].group = root_of(script, i) == i ? ++groups : 0;
	for (size_t i = 0; i < script->nodes_count; i++)
		script->nodes[i].group = script->nodes[root_of(script, i)].group;
	return groups;
}

void
mig_cluster_write_undo(struct mig_script *script, struct mig_script_step *step)
{
	struct cluster cluster = { .script = script, .count = script->nodes_count };
	cluster.nodes =
	    mig_arena_array(script->work, cluster.count, sizeof(struct mig_script_node *));
	if (cluster.nodes == NULL) {
		script->failed = true;
		return;
	}
	for (size_t i = 0; i < cluster.count; i++) {
		script->nodes[i].group = 1;
		cluster.nodes[i] = &script->nodes[i];
	}
	find_levels(&cluster, 0);
	find_levels(&cluster, 1);
	write_direction(&cluster, &step->down);
}

void
mig_clusters_write(struct mig_script *script)
{
	if (script->nodes_count == 0)
		return;
	size_t groups = number_groups(script);
	struct mig_script_node **sorted =
	    mig_arena_array(script->work, script->nodes_count, sizeof(struct mig_script_node *));
	size_t *ends = mig_arena_array(script->work, groups + 2, sizeof(*ends));
	if (sorted == NULL || ends == NULL) {
		script->failed = true;
		return;
	}
	for (size_t i = 0; i < script->nodes_count; i++)
		ends[script->nodes[i].group + 1]++;
	for (size_t i = 1; i < groups + 2; i++)
		ends[i] += ends[i - 1];
	for (size_t i = 0; i < script->nodes_count; i++)
		sorted[ends[script->nodes[i].group]++] = &script->nodes[i];
	for (size_t i = 1; i <= groups; i++) {
		struct cluster cluster = { .script = script,
			.nodes = sorted + ends[i - 1],
			.count = ends[i] - ends[i - 1] };
		write_cluster(&cluster);
	}
}
