/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"

static bool
on_domain(const struct mig_db_constraint *constraint)
{
	return constraint->base.parent->kind == MIG_DB_DOMAIN;
}

static bool
is_key(const struct mig_db_constraint *constraint)
{
	return constraint->type == MIG_DB_PRIMARY_KEY || constraint->type == MIG_DB_UNIQUE;
}

/* The columns joined, as the server joins them for a name; NULL: none are named. */
static const char *
joined_columns(struct mig_script *script, const struct mig_db_constraint *constraint)
{
	const char *name = NULL;
	for (size_t i = 0; i < constraint->columns_count; i++)
		name = name == NULL ?
		    constraint->columns[i] :
		    mig_arena_printf(script->work, "%s_%s", name, constraint->columns[i]);
	return name;
}

/* The one column that a check of a snapshot is about; NULL: several or none. */
static const char *
checked_column(const struct mig_db_constraint *constraint)
{
	const char *text = constraint->expression;
	const char *found = NULL;
	struct mig_sql_word word;
	while (text != NULL && mig_sql_next(&text, &word)) {
		const struct mig_db_object *column =
		    mig_db_find_part(constraint->base.parent, MIG_DB_COLUMN, word.name);
		if (column == NULL || mig_db_same(found, column->name))
			continue;
		if (found != NULL)
			return NULL;
		found = column->name;
	}
	return found;
}

static const char *
base_name(struct mig_script *script, const struct mig_db_constraint *constraint)
{
	static const char *const labels[] = { [MIG_DB_PRIMARY_KEY] = "pkey",
		[MIG_DB_UNIQUE] = "key",
		[MIG_DB_FOREIGN_KEY] = "fkey",
		[MIG_DB_CHECK] = "check",
		[MIG_DB_EXCLUSION] = "excl" };
	const char *columns = NULL;
	if (constraint->type == MIG_DB_CHECK)
		columns = checked_column(constraint);
	else if (constraint->type != MIG_DB_PRIMARY_KEY)
		columns = joined_columns(script, constraint);
	const char *name = mig_sql_made_name(
	    script->arena, constraint->base.parent->name, columns, labels[constraint->type]);
	return name != NULL ? name : "";
}

const char *
mig_pg_constraint_name(struct mig_script *script, const struct mig_db_constraint *constraint)
{
	if (constraint->base.name != NULL)
		return mig_script_now(script, &constraint->base)->name;
	const char *name = base_name(script, constraint);
	size_t count = 0;
	size_t same = 0;
	struct mig_db_object *const *others =
	    mig_db_parts(constraint->base.parent, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count && others[i] != &constraint->base; i++)
		same += others[i]->name == NULL &&
		    strcmp(base_name(script, mig_db_as_constraint(others[i])), name) == 0;
	return same == 0 ? name : mig_sql_text(script, "%s%d", name, (int64_t)same);
}

static void
put_key(struct mig_sql *sql, const struct mig_db_constraint *key)
{
	const struct mig_db_object *table = key->base.parent;
	mig_sql_put(sql, key->type == MIG_DB_PRIMARY_KEY ? "PRIMARY KEY " : "UNIQUE ");
	mig_sql_put(sql, key->nulls_not_distinct ? "NULLS NOT DISTINCT " : "");
	mig_sql_put_columns(sql, table, key->columns, key->columns_count);
	if (key->include_count > 0) {
		mig_sql_put(sql, " INCLUDE ");
		mig_sql_put_columns(sql, table, key->include, key->include_count);
	}
	if (key->options != NULL)
		mig_sql_put(sql, " WITH (%s)", key->options);
}

static const struct mig_db_object *
ref_table(struct mig_sql *sql, const struct mig_db_constraint *key)
{
	const struct mig_db *db = sql->back ? sql->script->before : sql->script->after;
	return mig_db_find(db, MIG_DB_TABLE, key->ref_schema, key->ref_table);
}

static void
put_foreign_key(struct mig_sql *sql, const struct mig_db_constraint *key)
{
	const struct mig_db_object *table = key->base.parent;
	const struct mig_db_object *target = ref_table(sql, key);
	mig_sql_put(sql, "FOREIGN KEY ");
	mig_sql_put_columns(sql, table, key->columns, key->columns_count);
	mig_sql_put(sql, " REFERENCES ");
	if (target != NULL)
		mig_sql_put(sql, "%t", target);
	else if (key->ref_schema != NULL)
		mig_sql_put(sql, "%n.%n", key->ref_schema, key->ref_table);
	else
		mig_sql_put(sql, "%n", key->ref_table);
	if (key->ref_columns_count > 0) {
		mig_sql_put(sql, " ");
		mig_sql_put_columns(
		    sql, target != NULL ? target : table, key->ref_columns, key->ref_columns_count);
	}
	if (key->match != NULL)
		mig_sql_put(sql, " MATCH %s", key->match);
	if (!mig_db_same(key->on_update, "NO ACTION") && key->on_update != NULL)
		mig_sql_put(sql, " ON UPDATE %s", key->on_update);
	if (!mig_db_same(key->on_delete, "NO ACTION") && key->on_delete != NULL)
		mig_sql_put(sql, " ON DELETE %s", key->on_delete);
	if (key->on_delete_columns_count > 0) {
		mig_sql_put(sql, " ");
		mig_sql_put_columns(
		    sql, table, key->on_delete_columns, key->on_delete_columns_count);
	}
}

/* An exclusion's text, with the parameters of its index before its WHERE. */
static void
put_exclusion(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	const char *text = mig_db_written(&constraint->base, constraint->base.definition);
	const char *where = strstr(text, " WHERE (");
	if (constraint->options == NULL) {
		mig_sql_put(sql, "%x", text);
		return;
	}
	size_t len = where != NULL ? (size_t)(where - text) : strlen(text);
	mig_buf_add(&sql->out, text, len);
	mig_sql_put(sql, " WITH (%s)%s", constraint->options, where);
}

void
mig_pg_put_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	sql->about = &constraint->base;
	mig_sql_put(sql, "CONSTRAINT %n ", mig_pg_constraint_name(sql->script, constraint));
	switch (constraint->type) {
	case MIG_DB_PRIMARY_KEY:
	case MIG_DB_UNIQUE:
		put_key(sql, constraint);
		break;
	case MIG_DB_FOREIGN_KEY:
		put_foreign_key(sql, constraint);
		break;
	case MIG_DB_CHECK:
		mig_sql_put(sql, "CHECK (%x)%s",
		    mig_db_written(&constraint->base, constraint->expression),
		    constraint->no_inherit ? " NO INHERIT" : "");
		break;
	case MIG_DB_EXCLUSION:
		put_exclusion(sql, constraint);
		break;
	}
	mig_sql_put(sql, constraint->deferrable ? " DEFERRABLE" : "");
	mig_sql_put(sql, constraint->initially_deferred ? " INITIALLY DEFERRED" : "");
}

static void
put_alter(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	mig_sql_put(sql, "ALTER %s %t ", on_domain(constraint) ? "DOMAIN" : "TABLE",
	    constraint->base.parent);
}

static void
add(struct mig_sql *sql, const struct mig_db_constraint *constraint, bool valid)
{
	put_alter(sql, constraint);
	mig_sql_put(sql, "ADD ");
	mig_pg_put_constraint(sql, constraint);
	mig_sql_put(sql, valid ? ";\n" : " NOT VALID;\n");
	bool index = is_key(constraint) || constraint->type == MIG_DB_EXCLUSION;
	unsigned work = valid ? MIG_WORK_SCAN | (index ? MIG_WORK_INDEX : 0U) : 0U;
	mig_sql_lock(sql,
	    constraint->type == MIG_DB_FOREIGN_KEY ? MIG_LOCK_SHARE_ROW_EXCLUSIVE :
	                                             MIG_LOCK_ACCESS_EXCLUSIVE,
	    work);
}

void
mig_pg_add_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	add(sql, constraint, !constraint->not_valid);
	mig_pg_belongings(sql, &constraint->base);
}

/* In a snapshot nothing has a name: the server knows it, by type and columns. */
static void
put_lookup(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	static const char *const types[] = { [MIG_DB_PRIMARY_KEY] = "p",
		[MIG_DB_UNIQUE] = "u",
		[MIG_DB_FOREIGN_KEY] = "f",
		[MIG_DB_CHECK] = "c",
		[MIG_DB_EXCLUSION] = "x" };
	struct mig_script *script = sql->script;
	const struct mig_db_object *table = constraint->base.parent;
	const char *name = mig_sql_text(script, "%t", table);
	bool check = constraint->type == MIG_DB_CHECK;
	mig_sql_put(sql, "DO $migarch$\nDECLARE\n\tfound name;\nBEGIN\n");
	if (check)
		/* Only the server can tell that two spellings are one expression. */
		mig_sql_put(sql,
		    "\tCREATE TEMPORARY TABLE migarch_twin (LIKE %t) ON COMMIT DROP;\n"
		    "\tALTER TABLE migarch_twin ADD CONSTRAINT migarch_twin CHECK (%x);\n",
		    table, mig_db_written(&constraint->base, constraint->expression));
	mig_sql_put(sql,
	    "\tSELECT conname INTO STRICT found FROM pg_constraint c\n"
	    "\tWHERE conrelid = %l::regclass AND contype = '%s'",
	    name, types[constraint->type]);
	if (check)
		mig_sql_put(sql,
		    "\n\tAND pg_get_constraintdef(oid) = (SELECT pg_get_constraintdef(oid)\n"
		    "\t\tFROM pg_constraint WHERE conname = 'migarch_twin' AND conrelid ="
		    " 'migarch_twin'::regclass)\n\tLIMIT 1;\n\tDROP TABLE migarch_twin;\n");
	else
		mig_sql_put(sql,
		    "\n\tAND (SELECT array_agg(attname::text ORDER BY attname::text) FROM "
		    "pg_attribute\n\t\tWHERE attrelid = conrelid AND attnum = ANY (conkey)) =\n"
		    "\t\t(SELECT array_agg(a ORDER BY a) FROM unnest(ARRAY[");
	for (size_t i = 0; i < constraint->columns_count && !check; i++)
		mig_sql_put(sql, i > 0 ? ", %l" : "%l", constraint->columns[i]);
	if (!check)
		mig_sql_put(sql, "]::text[]) a)\n\tLIMIT 1;\n");
	mig_sql_put(sql,
	    "\tEXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', %l, "
	    "found);\nEND\n$migarch$;\n",
	    name);
}

void
mig_pg_drop_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint)
{
	mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	if (constraint->base.name == NULL && !sql->back) {
		put_lookup(sql, constraint);
		return;
	}
	put_alter(sql, constraint);
	mig_sql_put(sql, "DROP CONSTRAINT %n;\n", mig_pg_constraint_name(sql->script, constraint));
}

/* Whether a new column may get, from those who do not know it, what the constraint refuses. */
static bool
refuses_default(const struct mig_db_constraint *constraint, const struct mig_db_column *column)
{
	bool counts = column->identity != MIG_DB_IDENTITY_NONE;
	if (column->generated != MIG_DB_GENERATED_NONE)
		return true;
	if (constraint->type == MIG_DB_CHECK)
		return false;
	if (constraint->type == MIG_DB_FOREIGN_KEY)
		return counts || column->default_expr != NULL;
	return !counts && column->default_expr != NULL && !mig_pg_by_row(column->default_expr);
}

/* Whether old writers do not know the columns, and leave what the constraint does not refuse. */
static bool
is_fresh(const struct mig_script *script, const struct mig_db_constraint *constraint)
{
	for (size_t i = 0; i < constraint->columns_count; i++) {
		const struct mig_db_object *column = mig_db_find_part(
		    constraint->base.parent, MIG_DB_COLUMN, constraint->columns[i]);
		const struct mig_db_op *op = column != NULL ? mig_script_op(script, column) : NULL;
		if (op == NULL || op->what != MIG_DB_ADDED ||
		    refuses_default(constraint, mig_db_as_column(column)))
			return false;
	}
	return constraint->columns_count > 0;
}

static bool
is_partitioned(const struct mig_db_constraint *constraint)
{
	return !on_domain(constraint) &&
	    mig_db_as_table(constraint->base.parent)->partition_key != NULL;
}

static void
validated_query(struct mig_script *script, struct mig_script_step *step,
    const struct mig_db_constraint *constraint)
{
	if (on_domain(constraint))
		return;
	step->script.validation = mig_sql_text(script,
	    "SELECT count(*) FROM pg_constraint WHERE conrelid = %l::regclass AND conname = %l "
	    "AND convalidated",
	    mig_sql_text(script, "%t", constraint->base.parent),
	    mig_pg_constraint_name(script, constraint));
	step->script.expected = "1";
}

static void
validate_step(struct mig_script *script, const struct mig_db_op *op, enum mig_script_phase phase,
    const struct mig_script_step *earlier)
{
	const struct mig_db_constraint *constraint = mig_db_as_constraint(op->after);
	struct mig_script_step *step = mig_step_new(script, phase, op->before, op->after);
	const char *name = mig_pg_constraint_name(script, constraint);
	step->side = true;
	step->passes = true;
	mig_step_name(script, step, "validate", op->after);
	validated_query(script, step, constraint);
	put_alter(&step->up, constraint);
	mig_sql_put(&step->up, "VALIDATE CONSTRAINT %n;\n", name);
	mig_sql_lock(&step->up, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, MIG_WORK_SCAN);
	/* It cannot be un-validated; made again without a look at the rows it takes no time. */
	put_alter(&step->down, constraint);
	mig_sql_put(&step->down, "DROP CONSTRAINT %n;\n", name);
	struct mig_sql *down = &step->down;
	down->back = false;
	add(down, constraint, false);
	mig_pg_belongings(down, &constraint->base);
	down->back = true;
	mig_step_wait(script, step, earlier);
}

/* A query that counts the rows that a new constraint would refuse. */
static const char *
refused_rows(struct mig_script *script, const struct mig_db_constraint *constraint)
{
	struct mig_sql list = { .script = script };
	const struct mig_db_object *table = constraint->base.parent;
	const char *query = NULL;
	mig_buf_init(&list.out, 65536);
	mig_sql_put_columns(&list, table, constraint->columns, constraint->columns_count);
	if (constraint->type == MIG_DB_CHECK && !on_domain(constraint))
		query = mig_sql_text(script, "SELECT count(*) FROM %t WHERE NOT (%s)", table,
		    mig_db_written(&constraint->base, constraint->expression));
	else if (is_key(constraint) && list.out.len > 2 && constraint->columns_count == 1)
		query = mig_sql_text(script,
		    "SELECT count(*) FROM (SELECT FROM %s%t WHERE %n IS NOT NULL GROUP BY %n "
		    "HAVING "
		    "count(*) > 1) AS twice",
		    is_partitioned(constraint) ? "" : "ONLY ", table, constraint->columns[0],
		    constraint->columns[0]);
	mig_buf_fini(&list.out);
	return query;
}

/* The unique index without a lock that stops writers, then the constraint on it. */
static void
key_step(
    struct mig_script *script, const struct mig_db_constraint *key, enum mig_script_phase phase)
{
	struct mig_script_step *step = mig_step_new(script, phase, NULL, &key->base);
	const char *name = mig_pg_constraint_name(script, key);
	struct mig_sql *up = &step->up;
	mig_step_name(script, step, "add", &key->base);
	validated_query(script, step, key);
	step->script.precheck = refused_rows(script, key);
	step->script.transactional = false;
	mig_sql_put(
	    up, "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS %n ON %t ", name, key->base.parent);
	mig_sql_put_columns(up, key->base.parent, key->columns, key->columns_count);
	if (key->include_count > 0) {
		mig_sql_put(up, " INCLUDE ");
		mig_sql_put_columns(up, key->base.parent, key->include, key->include_count);
	}
	mig_sql_put(up, key->nulls_not_distinct ? " NULLS NOT DISTINCT" : "");
	if (key->options != NULL)
		mig_sql_put(up, " WITH (%s)", key->options);
	mig_sql_put(up,
	    ";\n" MIG_PG_SHORT_WAIT "ALTER TABLE %t ADD CONSTRAINT %n %s USING INDEX %n%s%s;\n",
	    key->base.parent, name, key->type == MIG_DB_PRIMARY_KEY ? "PRIMARY KEY" : "UNIQUE",
	    name, key->deferrable ? " DEFERRABLE" : "",
	    key->initially_deferred ? " INITIALLY DEFERRED" : "");
	mig_pg_belongings(up, &key->base);
	mig_sql_lock(up, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_INDEX | MIG_WORK_SCAN);
	mig_sql_put(&step->down, MIG_PG_SHORT_WAIT);
	mig_pg_drop(&step->down, &key->base);
}

static void
add_step(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_constraint *constraint = mig_db_as_constraint(op->after);
	bool fresh = is_fresh(script, constraint);
	enum mig_script_phase phase = fresh ? MIG_SCRIPT_EXPAND : MIG_SCRIPT_CONTRACT;
	bool whole = constraint->type == MIG_DB_EXCLUSION || is_key(constraint) ||
	    (is_partitioned(constraint) && constraint->type == MIG_DB_FOREIGN_KEY);
	if (is_key(constraint) && !is_partitioned(constraint)) {
		key_step(script, constraint, phase);
		return;
	}
	struct mig_script_step *step = mig_step_new(script, phase, NULL, op->after);
	mig_step_name(script, step, "add", op->after);
	mig_step_validate(script, step, op->after, true);
	if (whole || constraint->not_valid) {
		mig_pg_add_constraint(&step->up, constraint);
		step->script.precheck =
		    constraint->not_valid ? NULL : refused_rows(script, constraint);
	} else {
		add(&step->up, constraint, false);
		mig_pg_belongings(&step->up, op->after);
		step->script.precheck = refused_rows(script, constraint);
		validate_step(script, op, fresh ? MIG_SCRIPT_MIGRATE : MIG_SCRIPT_CONTRACT, step);
	}
	mig_pg_drop(&step->down, op->after);
}

/* Old for new in one transaction; what can be validated later is. */
static void
replace_step(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_constraint *old = mig_db_as_constraint(op->before);
	const struct mig_db_constraint *new = mig_db_as_constraint(op->after);
	bool later = !new->not_valid &&new->type != MIG_DB_EXCLUSION &&
	    !(is_partitioned(new) && new->type == MIG_DB_FOREIGN_KEY);
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_CONTRACT, op->before, op->after);
	step->passes = true;
	mig_step_name(script, step, "change", op->after);
	mig_pg_drop_constraint(&step->up, old);
	if (later) {
		add(&step->up, new, false);
		mig_pg_belongings(&step->up, op->after);
		step->script.precheck = refused_rows(script, new);
		validate_step(script, op, MIG_SCRIPT_CONTRACT, step);
	} else {
		mig_pg_add_constraint(&step->up, new);
	}
	mig_pg_drop_constraint(&step->down, new);
	mig_pg_add_constraint(&step->down, old);
}

/* From validated to not. */
static void
unvalidate_step(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_MIGRATE, op->before, op->after);
	step->side = true;
	step->passes = true;
	mig_step_name(script, step, "make not valid", op->after);
	mig_pg_drop_constraint(&step->up, mig_db_as_constraint(op->before));
	mig_pg_add_constraint(&step->up, mig_db_as_constraint(op->after));
	put_alter(&step->down, mig_db_as_constraint(op->after));
	mig_sql_put(&step->down, "VALIDATE CONSTRAINT %n;\n",
	    mig_pg_constraint_name(script, mig_db_as_constraint(op->after)));
}

static void
rename_step(struct mig_script *script, const struct mig_db_op *op)
{
	MIG_ASSERT(op->before != NULL && op->after != NULL);
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_CONTRACT, op->before, op->after);
	step->frees = true;
	step->side = true;
	step->passes = true;
	step->rank = 400;
	mig_step_name(script, step, "rename", op->before);
	put_alter(&step->up, mig_db_as_constraint(op->after));
	mig_sql_put(&step->up, "RENAME CONSTRAINT %n TO %n;\n", op->before->name, op->after->name);
	put_alter(&step->down, mig_db_as_constraint(op->after));
	mig_sql_put(
	    &step->down, "RENAME CONSTRAINT %n TO %n;\n", op->after->name, op->before->name);
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	if (!mig_script_map_set(&script->early, op->before, step->number + 1) ||
	    !mig_script_map_set(&script->early, op->after, step->number + 1))
		script->failed = true;
}

static void
defer_step(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_MIGRATE, op->before, op->after);
	const struct mig_db_object *sides[2] = { op->after, op->before };
	step->side = true;
	step->passes = true;
	mig_step_name(script, step, "change deferrability of", op->after);
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		const struct mig_db_constraint *key = mig_db_as_constraint(sides[i]);
		struct mig_sql *sql = i == 0 ? &step->up : &step->down;
		put_alter(sql, mig_db_as_constraint(op->after));
		mig_sql_put(sql, "ALTER CONSTRAINT %n %s%s;\n",
		    mig_pg_constraint_name(script, mig_db_as_constraint(op->after)),
		    key->deferrable ? "DEFERRABLE" : "NOT DEFERRABLE",
		    key->initially_deferred ? " INITIALLY DEFERRED" : "");
		mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	}
}

#define OTHER_RULE (MIG_DB_DEFINITION | MIG_DB_ACTION | MIG_DB_NULLS | MIG_DB_OPTIONS)

static void
change(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	const struct mig_db_constraint *new = mig_db_as_constraint(op->after);
	bool defer = (aspects & MIG_DB_DEFERRABLE) != 0;
	if ((aspects & OTHER_RULE) != 0 || (defer && new->type != MIG_DB_FOREIGN_KEY)) {
		replace_step(script, op);
		return;
	}
	if ((aspects & MIG_DB_NAME) != 0)
		rename_step(script, op);
	if (defer)
		defer_step(script, op);
	if ((aspects & MIG_DB_VALID) != 0 && new->not_valid)
		unvalidate_step(script, op);
	else if ((aspects & MIG_DB_VALID) != 0)
		validate_step(script, op, MIG_SCRIPT_MIGRATE, NULL);
	mig_pg_common_steps(script, op, aspects);
}

void
mig_pg_constraint_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	const struct mig_db_constraint *constraint =
	    mig_db_as_constraint(op->after != NULL ? op->after : op->before);
	struct mig_script_step *move = NULL;
	bool moves = mig_pg_moves(script, op, &move);
	if (op->what != MIG_DB_CHANGED && constraint->inherited && !moves)
		return;
	if (op->what == MIG_DB_ADDED && constraint->inherited) {
		/* The new parent looks for the same key or check, and makes foreign keys itself. */
		if (constraint->type != MIG_DB_FOREIGN_KEY)
			mig_step_wait(
			    script, move, mig_pg_make_step(script, MIG_SCRIPT_CONTRACT, op->after));
	} else if (op->what == MIG_DB_ADDED) {
		add_step(script, op);
	} else if (op->what == MIG_DB_DROPPED) {
		if (mig_script_key_goes_above(script, constraint))
			return;
		struct mig_script_step *step = mig_pg_drop_step(script, op->before);
		if (constraint->inherited)
			mig_step_wait(script, step, move);
	} else {
		change(script, op, aspects);
	}
}
