/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"

bool
mig_pg_leads_away(const struct mig_db_constraint *key)
{
	const struct mig_db_object *table = key->base.parent;
	if (key->type != MIG_DB_FOREIGN_KEY || key->ref_table == NULL)
		return false;
	/* To itself, but it would hold each of its parts when these go. */
	if (mig_db_as_table(table)->partition_key != NULL)
		return true;
	bool same_schema = key->ref_schema == NULL || table->schema == NULL ||
	    strcmp(key->ref_schema, table->schema) == 0;
	return !same_schema || strcmp(key->ref_table, table->name) != 0;
}

static void
put_ref(struct mig_sql *sql, const struct mig_db_ref *ref)
{
	const struct mig_db *db = sql->back ? sql->script->before : sql->script->after;
	const struct mig_db_object *table = mig_db_find(db, MIG_DB_TABLE, ref->schema, ref->name);
	if (table != NULL) {
		mig_sql_put(sql, "%t", table);
		return;
	}
	if (ref->schema != NULL)
		mig_sql_put(sql, "%n.", ref->schema);
	mig_sql_put(sql, "%n", ref->name);
}

/* The table where something hangs now: it is in the other schema than that of what is made. */
static void
put_before(struct mig_sql *sql, const struct mig_db_ref *ref)
{
	sql->back = !sql->back;
	put_ref(sql, ref);
	sql->back = !sql->back;
}

/* Keys with a name that the server chooses need no name here; others do. */
static bool
within_table(const struct mig_db_table *table, const struct mig_db_constraint *constraint)
{
	if (mig_pg_leads_away(constraint))
		return false;
	if (!constraint->inherited)
		return true;
	/* Of a part to be attached the parent asks for the same checks and takes its keys over. */
	return table->partition_of != NULL && constraint->type != MIG_DB_FOREIGN_KEY;
}

/*
 * What the parent of a partition has at the moment at which the partition is attached, though the
 * partition itself never had it: what the parent loses later, or has got before.
 */
static void
put_meanwhile(struct mig_sql *sql, const struct mig_db_table *table)
{
	const struct mig_db_table *parent =
	    mig_script_parent_meanwhile(sql->script, table, sql->back);
	for (size_t i = 0; parent != NULL && i < parent->columns_count; i++) {
		struct mig_db_column column = *parent->columns[i];
		if (!mig_script_part_meanwhile(sql->script, &parent->columns[i]->base, sql->back))
			continue;
		if (column.identity != MIG_DB_SERIAL)
			column.identity = MIG_DB_IDENTITY_NONE;
		mig_sql_put(sql, ",\n\t");
		mig_pg_put_column(sql, &column, false);
	}
	for (size_t i = 0; parent != NULL && i < parent->constraints_count; i++) {
		const struct mig_db_constraint *check = parent->constraints[i];
		if (!mig_script_part_meanwhile(sql->script, &check->base, sql->back))
			continue;
		mig_sql_put(sql, ",\n\t");
		mig_pg_put_constraint(sql, check);
	}
}

/* Whether the parent of a partition has, when that is attached, another check of that name. */
static bool
other_meanwhile(const struct mig_sql *sql, const struct mig_db_constraint *check)
{
	const struct mig_db_table *parent = mig_script_parent_meanwhile(
	    sql->script, mig_db_as_table(check->base.parent), sql->back);
	for (size_t i = 0; parent != NULL && i < parent->constraints_count; i++) {
		const struct mig_db_object *other = &parent->constraints[i]->base;
		const struct mig_db_op *op = mig_script_op(sql->script, other);
		const struct mig_db_object *own =
		    op != NULL && op->what == MIG_DB_CHANGED && sql->back ? op->before : other;
		if (mig_db_same(own->name, check->base.name) &&
		    mig_script_part_meanwhile(sql->script, other, sql->back))
			return check->type == MIG_DB_CHECK;
	}
	return false;
}

static void
put_columns(struct mig_sql *sql, const struct mig_db_table *table)
{
	bool any = false;
	for (size_t i = 0; i < table->columns_count; i++) {
		if (table->columns[i]->inherited && table->partition_of == NULL)
			continue;
		mig_sql_put(sql, any ? ",\n\t" : "\n\t");
		mig_pg_put_column(sql, table->columns[i], false);
		any = true;
	}
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *constraint = table->constraints[i];
		if (!within_table(table, constraint) || constraint->not_valid ||
		    other_meanwhile(sql, constraint))
			continue;
		mig_sql_put(sql, any ? ",\n\t" : "\n\t");
		mig_pg_put_constraint(sql, constraint);
		any = true;
	}
	if (any && table->partition_of != NULL)
		put_meanwhile(sql, table);
	mig_sql_put(sql, any ? "\n" : "");
}

static void
put_tail(struct mig_sql *sql, const struct mig_db_table *table)
{
	for (size_t i = 0; i < table->inherits_count; i++) {
		mig_sql_put(sql, i == 0 ? " INHERITS (" : ", ");
		put_ref(sql, &table->inherits[i]);
	}
	mig_sql_put(sql, table->inherits_count > 0 ? ")" : "");
	if (table->partition_key != NULL)
		mig_sql_put(sql, " PARTITION BY %x", table->partition_key);
	if (table->options != NULL)
		mig_sql_put(sql, " WITH (%s)", table->options);
	if (table->tablespace != NULL)
		mig_sql_put(sql, " TABLESPACE %n", table->tablespace);
}

/* Whether the default that a parent gives to new children is not, all the time, the same. */
static bool
default_moves(const struct mig_script *script, const struct mig_db_object *column)
{
	const struct mig_db_op *op = mig_script_op(script, column);
	return op != NULL && op->what == MIG_DB_CHANGED &&
	    (op->aspects & (MIG_DB_DEFAULT | MIG_DB_IDENTITY)) != 0;
}

/* The server copies storage and compression from the parent, as they are at that moment. */
static void
put_child_storage(
    struct mig_sql *sql, const struct mig_db_object *origin, const struct mig_db_column *column)
{
	const struct mig_db_op *op = mig_script_op(sql->script, origin);
	if (op != NULL && op->what == MIG_DB_CHANGED && (op->aspects & MIG_DB_STORAGE) != 0)
		mig_pg_column_given(
		    sql, mig_db_as_column(sql->back ? op->after : op->before), column);
}

/* Columns that a child has from a parent and yet with a default of its own. */
static void
put_child_defaults(struct mig_sql *sql, const struct mig_db_table *table)
{
	const struct mig_db *db = sql->back ? sql->script->before : sql->script->after;
	for (size_t i = 0; i < table->columns_count && table->inherits_count > 0; i++) {
		const struct mig_db_column *column = table->columns[i];
		const struct mig_db_object *parent = mig_db_find(
		    db, MIG_DB_TABLE, table->inherits[0].schema, table->inherits[0].name);
		const struct mig_db_object *origin = parent == NULL || !column->inherited ?
		    NULL :
		    mig_db_find_part(parent, MIG_DB_COLUMN, column->base.name);
		if (origin != NULL)
			put_child_storage(sql, origin, column);
		if (origin == NULL || column->generated != MIG_DB_GENERATED_NONE)
			continue;
		const struct mig_db_column *other = mig_db_as_column(origin);
		bool differs = !mig_db_same(column->default_expr, other->default_expr) ||
		    default_moves(sql->script, origin);
		if (differs && column->default_expr == NULL && column->identity != MIG_DB_SERIAL)
			mig_sql_put(sql, "ALTER TABLE %t ALTER COLUMN %c DROP DEFAULT;\n",
			    &table->base, &column->base);
		else if (differs && column->default_expr != NULL)
			mig_sql_put(sql, "ALTER TABLE %t ALTER COLUMN %c SET DEFAULT %x;\n",
			    &table->base, &column->base, mig_pg_default(sql, column));
		if (!column->nullable && other->nullable)
			mig_sql_put(sql, "ALTER TABLE %t ALTER COLUMN %c SET NOT NULL;\n",
			    &table->base, &column->base);
	}
}

/* The server makes checks of a new child valid at once, even where the parent's are not. */
static void
put_child_checks(struct mig_sql *sql, const struct mig_db_table *table)
{
	const struct mig_db *db = sql->back ? sql->script->before : sql->script->after;
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *check = table->constraints[i];
		if (!check->inherited || !check->not_valid || table->inherits_count == 0)
			continue;
		const struct mig_db_object *origin = mig_script_check_origin(db, &check->base);
		const struct mig_db_op *op =
		    origin != NULL ? mig_script_op(sql->script, origin) : NULL;
		/* One that changes as well is made for the child when it does. */
		bool changes = op != NULL &&
		    (op->what != MIG_DB_CHANGED || op->aspects != MIG_DB_NAME);
		if (origin == NULL || changes)
			continue;
		mig_pg_drop_constraint(sql, mig_db_as_constraint(origin));
		mig_pg_add_constraint(sql, mig_db_as_constraint(origin));
	}
}

static void
put_parts(struct mig_sql *sql, const struct mig_db_table *table)
{
	for (size_t i = 0; i < table->columns_count; i++)
		mig_pg_column_more(sql, table->columns[i]);
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *constraint = table->constraints[i];
		if (!within_table(table, constraint))
			continue;
		if (constraint->not_valid)
			mig_pg_add_constraint(sql, constraint);
		else if (constraint->base.extra->comment != NULL)
			mig_pg_belongings(sql, &constraint->base);
	}
	for (size_t i = 0; i < table->indexes_count; i++) {
		const struct mig_db_index *index = table->indexes[i];
		if (index->inherited && table->partition_of == NULL)
			continue;
		mig_pg_create_index(sql, index, NULL, false);
		mig_pg_index_marks(sql, index);
	}
}

static void
put_security(struct mig_sql *sql, const struct mig_db_table *table)
{
	if (table->row_security)
		mig_sql_put(sql, "ALTER TABLE %t ENABLE ROW LEVEL SECURITY;\n", &table->base);
	if (table->force_row_security)
		mig_sql_put(sql, "ALTER TABLE %t FORCE ROW LEVEL SECURITY;\n", &table->base);
	if (table->replica_identity == 'f' || table->replica_identity == 'n')
		mig_sql_put(sql, "ALTER TABLE %t REPLICA IDENTITY %s;\n", &table->base,
		    table->replica_identity == 'f' ? "FULL" : "NOTHING");
}

void
mig_pg_create_bare_table(struct mig_sql *sql, const struct mig_db_table *table)
{
	const struct mig_db_object *object = &table->base;
	for (size_t i = 0; i < table->columns_count; i++)
		mig_pg_serial_sequence(sql, table->columns[i]);
	mig_sql_put(sql, "CREATE %sTABLE %t (", table->unlogged ? "UNLOGGED " : "", object);
	put_columns(sql, table);
	mig_sql_put(sql, ")");
	put_tail(sql, table);
	mig_sql_put(sql, ";\n");
	for (size_t i = 0; i < table->columns_count; i++)
		mig_pg_serial_own(sql, table->columns[i]);
	put_child_defaults(sql, table);
	put_child_checks(sql, table);
	put_parts(sql, table);
	put_security(sql, table);
	mig_pg_belongings(sql, object);
	if (table->partition_of != NULL) {
		mig_sql_put(sql, "ALTER TABLE ");
		put_ref(sql, table->partition_of);
		mig_sql_put(sql, " ATTACH PARTITION %t %x;\n", object,
		    mig_db_written(object, table->partition_bound));
		mig_sql_lock(sql, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, 0);
	}
}

/* Whether a rule is about another table too, which may come later, or go earlier, than its own. */
static bool
rule_leads_away(const struct mig_script *script, const struct mig_script_uses *uses,
    const struct mig_db_object *rule)
{
	size_t count = 0;
	const struct mig_script_use *list = mig_script_uses_of(uses, rule, &count);
	for (size_t i = 0; i < count && rule->kind == MIG_DB_RULE; i++) {
		const struct mig_db_object *target = list[i].target;
		const struct mig_db_op *op = mig_script_op(script, target);
		if (target->kind == MIG_DB_TABLE && target != rule->parent && op != NULL &&
		    op->what != MIG_DB_CHANGED)
			return true;
	}
	return false;
}

void
mig_pg_create_triggers(struct mig_sql *sql, const struct mig_db_table *table, bool whole)
{
	const struct mig_script_uses *uses = &sql->script->uses[sql->back ? 0 : 1];
	for (size_t i = 0; i < table->triggers_count; i++)
		if (!table->triggers[i]->inherited &&
		    !(whole && rule_leads_away(sql->script, uses, &table->triggers[i]->base)))
			mig_pg_create_trigger(sql, table->triggers[i]);
}

void
mig_pg_create_table(struct mig_sql *sql, const struct mig_db_table *table)
{
	mig_pg_create_bare_table(sql, table);
	mig_pg_create_triggers(sql, table, true);
}

void
mig_pg_rule_steps(struct mig_script *script, const struct mig_db_table *table, bool add)
{
	for (size_t i = 0; i < table->triggers_count; i++) {
		const struct mig_db_object *rule = &table->triggers[i]->base;
		if (!rule_leads_away(script, &script->uses[add ? 1 : 0], rule))
			continue;
		if (add)
			mig_pg_make_step(script, MIG_SCRIPT_EXPAND, rule);
		else
			mig_pg_drop_step(script, rule);
	}
}

void
mig_pg_drop_table(struct mig_sql *sql, const struct mig_db_table *table)
{
	if (table->partition_of != NULL) {
		/* Keys to the whole stand on each of its parts. */
		mig_sql_put(sql, "ALTER TABLE ");
		put_before(sql, table->partition_of);
		mig_sql_put(sql, " DETACH PARTITION %t;\n", &table->base);
	}
	mig_sql_put(sql, "DROP TABLE %t;\n", &table->base);
	mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
}

/* Whether the list "a=1, b=2" has the option of a word of another list. */
static bool
has_option(const char *list, const char *word, size_t len)
{
	while (list != NULL && *list != '\0') {
		size_t name = strcspn(list, "=,");
		if (name == len && strncmp(list, word, len) == 0)
			return true;
		list += strcspn(list, ",");
		list += strspn(list, ", ");
	}
	return false;
}

/* SET those of the new list, RESET those that are not in it any more. */
static void
put_options(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	const char *word = to->base.kind == MIG_DB_TABLE ? "TABLE" : "VIEW";
	if (to->base.kind == MIG_DB_MATVIEW)
		word = "MATERIALIZED VIEW";
	bool any = false;
	for (const char *p = from->options; p != NULL && *p != '\0';) {
		size_t len = strcspn(p, "=,");
		if (!has_option(to->options, p, len)) {
			mig_sql_put(sql, any ? ", " : "ALTER %s %t RESET (", word, &to->base);
			mig_buf_add(&sql->out, p, len);
			any = true;
		}
		p += strcspn(p, ",");
		p += strspn(p, ", ");
	}
	mig_sql_put(sql, any ? ");\n" : "");
	if (to->options != NULL)
		mig_sql_put(sql, "ALTER %s %t SET (%s);\n", word, &to->base, to->options);
}

static const struct mig_db_index *
identity_index(const struct mig_db_table *table)
{
	for (size_t i = 0; i < table->indexes_count; i++)
		if (table->indexes[i]->replica_identity)
			return table->indexes[i];
	return NULL;
}

static void
put_replica_identity(struct mig_sql *sql, const struct mig_db_table *to)
{
	const struct mig_db_index *index = identity_index(to);
	if (to->replica_identity == 'i' && index == NULL)
		return;
	mig_sql_put(sql, "ALTER TABLE %t REPLICA IDENTITY ", &to->base);
	if (to->replica_identity == 'i')
		mig_sql_put(sql, "USING INDEX %n;\n", index->base.name);
	else if (to->replica_identity == 'f')
		mig_sql_put(sql, "FULL;\n");
	else
		mig_sql_put(sql, to->replica_identity == 'n' ? "NOTHING;\n" : "DEFAULT;\n");
}

static void
put_security_change(
    struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	if (from->row_security != to->row_security)
		mig_sql_put(sql, "ALTER TABLE %t %s ROW LEVEL SECURITY;\n", &to->base,
		    to->row_security ? "ENABLE" : "DISABLE");
	if (from->force_row_security != to->force_row_security)
		mig_sql_put(sql, "ALTER TABLE %t %s ROW LEVEL SECURITY;\n", &to->base,
		    to->force_row_security ? "FORCE" : "NO FORCE");
}

static void
put_partition(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	if (from->partition_of != NULL) {
		mig_sql_put(sql, "ALTER TABLE ");
		put_before(sql, from->partition_of);
		mig_sql_put(sql, " DETACH PARTITION %t;\n", &to->base);
	}
	if (to->partition_of != NULL) {
		mig_sql_put(sql, "ALTER TABLE ");
		put_ref(sql, to->partition_of);
		mig_sql_put(sql, " ATTACH PARTITION %t %x;\n", &to->base,
		    mig_db_written(&to->base, to->partition_bound));
	}
}

static bool
inherits_from(const struct mig_db_table *table, const struct mig_db_ref *parent)
{
	for (size_t i = 0; i < table->inherits_count; i++)
		if (mig_db_same(table->inherits[i].schema, parent->schema) &&
		    strcmp(table->inherits[i].name, parent->name) == 0)
			return true;
	return false;
}

static void
put_inherits(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	for (size_t i = 0; i < from->inherits_count; i++) {
		if (inherits_from(to, &from->inherits[i]))
			continue;
		mig_sql_put(sql, "ALTER TABLE %t NO INHERIT ", &to->base);
		put_ref(sql, &from->inherits[i]);
		mig_sql_put(sql, ";\n");
	}
	for (size_t i = 0; i < to->inherits_count; i++) {
		if (inherits_from(from, &to->inherits[i]))
			continue;
		mig_sql_put(sql, "ALTER TABLE %t INHERIT ", &to->base);
		put_ref(sql, &to->inherits[i]);
		mig_sql_put(sql, ";\n");
	}
}

void
mig_pg_alter_table(struct mig_sql *sql, const struct mig_db_table *from,
    const struct mig_db_table *to, unsigned aspects)
{
	if ((aspects & MIG_DB_OPTIONS) != 0)
		put_options(sql, from, to);
	if ((aspects & MIG_DB_PERSISTENCE) != 0)
		mig_sql_put(sql, "ALTER TABLE %t SET %s;\n", &to->base,
		    to->unlogged ? "UNLOGGED" : "LOGGED");
	if ((aspects & MIG_DB_TABLESPACE) != 0)
		mig_sql_put(sql, "ALTER %s %t SET TABLESPACE %n;\n",
		    to->base.kind == MIG_DB_MATVIEW ? "MATERIALIZED VIEW" : "TABLE", &to->base,
		    to->tablespace != NULL ? to->tablespace : "pg_default");
	if ((aspects & MIG_DB_ROW_SECURITY) != 0)
		put_security_change(sql, from, to);
	if ((aspects & MIG_DB_REPLICA_IDENTITY) != 0)
		put_replica_identity(sql, to);
	if ((aspects & MIG_DB_PARTITION) != 0)
		put_partition(sql, from, to);
	if ((aspects & MIG_DB_INHERITS) != 0)
		put_inherits(sql, from, to);
	mig_pg_alter_common(sql, &from->base, &to->base, aspects);
}

/* A change of a table in one aspect, as it is carried out. */
static const struct {
	unsigned aspect;
	enum mig_script_phase phase;
	enum mig_lock lock;
	unsigned work;
	const char *what;
} table_changes[] = {
	{ MIG_DB_OPTIONS, MIG_SCRIPT_MIGRATE, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, 0,
	    "change options of" },
	{ MIG_DB_PERSISTENCE, MIG_SCRIPT_MIGRATE, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE,
	    "change persistence of" },
	{ MIG_DB_TABLESPACE, MIG_SCRIPT_MIGRATE, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE,
	    "move to another tablespace" },
	{ MIG_DB_ROW_SECURITY, MIG_SCRIPT_CONTRACT, MIG_LOCK_ACCESS_EXCLUSIVE, 0,
	    "change row security of" },
	{ MIG_DB_REPLICA_IDENTITY, MIG_SCRIPT_MIGRATE, MIG_LOCK_ACCESS_EXCLUSIVE, 0,
	    "change replica identity of" },
	{ MIG_DB_PARTITION, MIG_SCRIPT_CONTRACT, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN,
	    "change parent of" },
	{ MIG_DB_INHERITS, MIG_SCRIPT_CONTRACT, MIG_LOCK_ACCESS_EXCLUSIVE, 0, "change parents of" },
};

static void
mark(struct mig_script *script, struct mig_script_map *map, const struct mig_db_op *op,
    const struct mig_script_step *step)
{
	if (!mig_script_map_set(map, op->before, step->number + 1) ||
	    !mig_script_map_set(map, op->after, step->number + 1))
		script->failed = true;
}

static void
put_veil(struct mig_sql *sql, const struct mig_db_op *op, const char *old)
{
	const struct mig_db_table *table = mig_db_as_table(op->before);
	mig_sql_put(sql, "CREATE VIEW %s AS SELECT ", old);
	for (size_t i = 0; i < table->columns_count; i++)
		mig_sql_put(sql, i > 0 ? ", %n" : "%n", table->columns[i]->base.name);
	mig_sql_put(sql, " FROM %t;\n", op->after);
}

/* A view of the old name serves old clients; nothing else may stand in the way of later steps. */
static void
veil_table(struct mig_script *script, const struct mig_db_op *op, struct mig_script_step *step,
    const char *old)
{
	put_veil(&step->up, op, old);
	mig_buf_reset(&step->down.out);
	mig_sql_put(&step->down, "DROP VIEW IF EXISTS %s;\nALTER TABLE %t RENAME TO %n;\n", old,
	    op->after, op->before->name);
	struct mig_script_step *last =
	    mig_step_new(script, MIG_SCRIPT_CONTRACT, op->before, op->after);
	last->side = true;
	last->rank = 0;
	mig_step_name(script, last, "drop the view of the old name of", op->before);
	mig_sql_put(&last->up, "DROP VIEW IF EXISTS %s;\n", old);
	put_veil(&last->down, op, old);
	mig_sql_lock(&last->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	mark(script, &script->veiled, op, last);
}

/* The name itself; a view of the old name serves old clients until it is dropped. */
static void
rename_table(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_EXPAND, op->before, op->after);
	step->side = true;
	mig_step_name(script, step, "rename", op->before);
	mig_step_validate(script, step, op->after, true);
	const char *word = op->kind == MIG_DB_TABLE ? "TABLE" : "VIEW";
	if (op->kind == MIG_DB_MATVIEW)
		word = "MATERIALIZED VIEW";
	const char *schema = op->before->schema;
	const char *old = schema != NULL ? mig_sql_text(script, "%n.%n", schema, op->before->name) :
	                                   mig_sql_text(script, "%n", op->before->name);
	mig_sql_put(&step->up, "ALTER %s %s RENAME TO %n;\n", word, old, op->after->name);
	mig_sql_put(&step->down, "ALTER %s %t RENAME TO %n;\n", word, op->after, op->before->name);
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	bool taken = mig_db_find(script->after, MIG_DB_TABLE, schema, op->before->name) != NULL;
	const struct mig_db_table *table = mig_db_as_table(op->before);
	mark(script, &script->early, op, step);
	if (op->kind != MIG_DB_TABLE || taken)
		step->script.phase = MIG_SCRIPT_CONTRACT;
	else
		veil_table(script, op, step, old);
	for (size_t i = 0; i < table->columns_count && op->kind == MIG_DB_TABLE; i++)
		if (mig_script_now(script, &table->columns[i]->base) == &table->columns[i]->base)
			mig_pg_rename_sequence(step, table->columns[i]);
}

static void
key_steps(struct mig_script *script, const struct mig_db_table *table, bool add)
{
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *key = table->constraints[i];
		bool handled = mig_script_map_get(&script->node_of, &key->base) > 0;
		if (!mig_pg_leads_away(key) || key->inherited || handled)
			continue;
		struct mig_script_step *step = add ?
		    mig_pg_make_step(script, MIG_SCRIPT_EXPAND, &key->base) :
		    mig_pg_drop_step(script, &key->base);
		mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
		if (add)
			step->up.lock = MIG_LOCK_SHARE_ROW_EXCLUSIVE;
	}
}

static void
drop_table(struct mig_script *script, const struct mig_db_object *object)
{
	struct mig_script_step *step = mig_pg_drop_step(script, object);
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	step->script.irreversible = mig_pg_irreversible(script, object);
	step->script.lossy = mig_sql_text(
	    script, "the undo makes the table empty; for its rows a backup or a copy is needed");
	key_steps(script, mig_db_as_table(object), false);
	mig_pg_rule_steps(script, mig_db_as_table(object), false);
}

bool
mig_pg_moves(
    const struct mig_script *script, const struct mig_db_op *op, struct mig_script_step **ret_step)
{
	const struct mig_db_object *part = op->before != NULL ? op->before : op->after;
	size_t moved = mig_script_map_get(&script->moved, part->parent);
	*ret_step = moved > 0 ? script->steps[moved - 1] : NULL;
	return moved > 0;
}

static void
moved_step(struct mig_script *script, const struct mig_db_op *op, struct mig_script_step *step)
{
	step->moves = true;
	mark(script, &script->moved, op, step);
}

void
mig_pg_table_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	if (op->what == MIG_DB_ADDED) {
		mig_pg_make_step(script, MIG_SCRIPT_EXPAND, op->after);
		key_steps(script, mig_db_as_table(op->after), true);
		mig_pg_rule_steps(script, mig_db_as_table(op->after), true);
		return;
	}
	if (op->what == MIG_DB_DROPPED) {
		drop_table(script, op->before);
		return;
	}
	if ((aspects & MIG_DB_NAME) != 0)
		rename_table(script, op);
	for (size_t i = 0; i < COUNT_OF(table_changes); i++) {
		if ((aspects & table_changes[i].aspect) == 0)
			continue;
		struct mig_script_step *step = mig_pg_alter_step(script, table_changes[i].phase, op,
		    table_changes[i].aspect, table_changes[i].what);
		mig_sql_lock(&step->up, table_changes[i].lock, table_changes[i].work);
		if ((table_changes[i].aspect & (MIG_DB_PARTITION | MIG_DB_INHERITS)) != 0)
			moved_step(script, op, step);
		if (table_changes[i].aspect == MIG_DB_PERSISTENCE)
			mark(script, &script->logged, op, step);
		step->stores = table_changes[i].aspect == MIG_DB_OPTIONS;
	}
	mig_pg_common_steps(script, op, aspects);
}
