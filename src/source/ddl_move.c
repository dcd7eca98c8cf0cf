/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

/* One thing that has got another name: what the texts of others call it. */
struct move {
	struct ddl *ddl;
	enum mig_db_kind kind;
	const char *schema; /* before */
	const char *name;
	const char *new_schema; /* after */
	const char *new_name;
	const char *arguments; /* of a routine */
	const char *table;     /* of a column */
	/* In the tree that is being worked on: */
	const char *aliases[CANON_RELATIONS_MAX]; /* names by which the table is called */
	size_t aliases_count;
	bool own; /* columns without qualifier are the table's */
};

static bool
is_relation(enum mig_db_kind kind)
{
	return kind == MIG_DB_TABLE || kind == MIG_DB_VIEW || kind == MIG_DB_MATVIEW;
}

static void
set_qualified(struct move *move, PgQuery__Node ***names, size_t *count)
{
	PgQuery__Node **list = mig_arena_array(move->ddl->scratch, 2, sizeof(PgQuery__Node *));
	const char *schema = sql_before_last(*names, *count);
	if (list == NULL || !mig_db_same(sql_last(*names, *count), move->name) ||
	    (schema != NULL && !mig_db_same(schema, move->schema)))
		return;
	/* Functions of public stand without it. */
	bool plain = move->kind == MIG_DB_ROUTINE && mig_db_same(move->new_schema, "public");
	size_t at = 0;
	if (!plain)
		list[at++] = sql_make_string(move->ddl->scratch, move->new_schema);
	list[at++] = sql_make_string(move->ddl->scratch, move->new_name);
	*names = list;
	*count = at;
}

static void
move_range(struct move *move, PgQuery__RangeVar *range)
{
	const char *table = move->kind == MIG_DB_COLUMN ? move->table : move->name;
	if (!mig_db_same(range->relname, table) || !mig_db_same(range->schemaname, move->schema))
		return;
	if (move->aliases_count < CANON_RELATIONS_MAX)
		move->aliases[move->aliases_count++] =
		    range->alias != NULL ? range->alias->aliasname : table;
	if (!is_relation(move->kind))
		return;
	range->schemaname = mig_arena_strdup(move->ddl->scratch, move->new_schema);
	range->relname = mig_arena_strdup(move->ddl->scratch, move->new_name);
}

/* First pass: relations. */
static bool
move_ranges(ProtobufCMessage *message, void *context)
{
	if (message->descriptor == &pg_query__range_var__descriptor)
		move_range(context, (PgQuery__RangeVar *)message);
	return true;
}

static bool
is_alias(const struct move *move, const char *name)
{
	for (size_t i = 0; i < move->aliases_count; i++)
		if (mig_db_same(move->aliases[i], name))
			return true;
	return move->own && (strcmp(name, "new") == 0 || strcmp(name, "old") == 0);
}

static void
move_column_ref(struct move *move, PgQuery__ColumnRef *ref)
{
	const char *last = sql_last(ref->fields, ref->n_fields);
	const char *alias = sql_before_last(ref->fields, ref->n_fields);
	if (move->kind == MIG_DB_COLUMN) {
		bool meant = alias != NULL ? is_alias(move, alias) : move->own;
		if (mig_db_same(last, move->name) && meant)
			ref->fields[ref->n_fields - 1] =
			    sql_make_string(move->ddl->scratch, move->new_name);
		return;
	}
	if (is_relation(move->kind) && alias != NULL && mig_db_same(alias, move->name) &&
	    is_alias(move, alias))
		ref->fields[ref->n_fields - 2] =
		    sql_make_string(move->ddl->scratch, move->new_name);
}

/* A column of a query keeps its name when the one that it is made of gets another. */
static void
keep_target_name(struct move *move, PgQuery__ResTarget *target)
{
	if (move->kind != MIG_DB_COLUMN || *target->name != '\0' || target->val == NULL ||
	    target->val->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
		return;
	const PgQuery__ColumnRef *ref = target->val->column_ref;
	const char *alias = sql_before_last(ref->fields, ref->n_fields);
	if (mig_db_same(sql_last(ref->fields, ref->n_fields), move->name) && alias != NULL &&
	    is_alias(move, alias))
		target->name = mig_arena_strdup(move->ddl->scratch, move->name);
}

/* nextval('schema.name') */
static void
move_sequence(struct move *move, const PgQuery__FuncCall *call)
{
	const char *text = call->n_args > 0 ? sql_const_string(call->args[0]) : NULL;
	if (move->kind != MIG_DB_SEQUENCE || text == NULL ||
	    !mig_db_same(text, ddl_quoted_name(move->ddl, move->schema, move->name)))
		return;
	const char *name = ddl_quoted_name(move->ddl, move->new_schema, move->new_name);
	call->args[0]->a_const->sval->sval = mig_arena_strdup(move->ddl->scratch, name);
}

static void
move_names(struct move *move, PgQuery__Node **names, size_t count)
{
	for (size_t i = 0; move->kind == MIG_DB_COLUMN && move->own && i < count; i++)
		if (mig_db_same(sql_string(names[i]), move->name))
			names[i] = sql_make_string(move->ddl->scratch, move->new_name);
}

static bool
move_rest(ProtobufCMessage *message, void *context)
{
	struct move *move = context;
	const ProtobufCMessageDescriptor *kind = message->descriptor;
	bool type = move->kind == MIG_DB_ENUM || move->kind == MIG_DB_DOMAIN ||
	    move->kind == MIG_DB_COMPOSITE || move->kind == MIG_DB_RANGE_TYPE ||
	    move->kind == MIG_DB_TABLE;
	if (kind == &pg_query__res_target__descriptor) {
		keep_target_name(move, (PgQuery__ResTarget *)message);
	} else if (kind == &pg_query__column_ref__descriptor) {
		move_column_ref(move, (PgQuery__ColumnRef *)message);
	} else if (kind == &pg_query__type_name__descriptor && type) {
		PgQuery__TypeName *name = (PgQuery__TypeName *)message;
		set_qualified(move, &name->names, &name->n_names);
	} else if (kind == &pg_query__func_call__descriptor) {
		PgQuery__FuncCall *call = (PgQuery__FuncCall *)message;
		move_sequence(move, call);
		if (move->kind == MIG_DB_ROUTINE)
			set_qualified(move, &call->funcname, &call->n_funcname);
	} else if (kind == &pg_query__create_trig_stmt__descriptor) {
		PgQuery__CreateTrigStmt *trigger = (PgQuery__CreateTrigStmt *)message;
		move_names(move, trigger->columns, trigger->n_columns);
		if (move->kind == MIG_DB_ROUTINE)
			set_qualified(move, &trigger->funcname, &trigger->n_funcname);
	} else if (kind == &pg_query__index_elem__descriptor ||
	    kind == &pg_query__stats_elem__descriptor ||
	    kind == &pg_query__partition_elem__descriptor) {
		/* All three begin with the name. */
		PgQuery__StatsElem *element = (PgQuery__StatsElem *)message;
		if (move->kind == MIG_DB_COLUMN && move->own &&
		    mig_db_same(element->name, move->name))
			element->name = mig_arena_strdup(move->ddl->scratch, move->new_name);
	}
	return true;
}

/* A text between head and tail is a statement; the same with the new name, or NULL. */
static const char *
move_text(struct move *move, const struct mig_db_object *table, const char *head, const char *text,
    const char *tail)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	struct ddl *ddl = move->ddl;
	if (text == NULL)
		return NULL;
	char *statement = mig_arena_printf(ddl->scratch, "%s%s%s", head, text, tail);
	if (statement == NULL || sql_parse(ddl->scratch, statement, &result, &error) != MIG_OK ||
	    result->n_stmts != 1)
		return text;
	move->aliases_count = 0;
	move->own = table != NULL && move->kind == MIG_DB_COLUMN &&
	    mig_db_same(table->name, move->table) && mig_db_same(table->schema, move->schema);
	PgQuery__Node *node = result->stmts[0]->stmt;
	sql_walk(&node->base, move_ranges, NULL, move);
	sql_walk(&node->base, move_rest, NULL, move);
	if (node->node_case == PG_QUERY__NODE__NODE_INDEX_STMT) {
		ddl->tree = (struct canon_tree){ .canon = &ddl->canon, .scratch = ddl->scratch };
		return canon_write_index(&ddl->tree, node->index_stmt);
	}
	if (node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT &&
	    node->create_stmt->partspec != NULL) {
		ddl->tree = (struct canon_tree){ .canon = &ddl->canon, .scratch = ddl->scratch };
		return canon_write_partition_key(&ddl->tree, node->create_stmt->partspec);
	}
	const char *written = *head == '\0' ?
	    sql_deparse(ddl->scratch, node) :
	    sql_deparse_expr(ddl->scratch, node->select_stmt->target_list[0]->res_target->val);
	return written != NULL ? mig_arena_strdup(ddl->arena, written) : text;
}

static const char *
move_expr(struct move *move, const struct mig_db_object *table, const char *text)
{
	return move_text(move, table, "SELECT ", text, "");
}

static void
move_list(
    struct move *move, const struct mig_db_object *table, const char *const **list, size_t count)
{
	if (move->kind != MIG_DB_COLUMN || !mig_db_same(table->name, move->table) ||
	    !mig_db_same(table->schema, move->schema))
		return;
	const char **copy = mig_arena_array(move->ddl->arena, count, sizeof(*copy));
	for (size_t i = 0; copy != NULL && i < count; i++)
		copy[i] = mig_db_same((*list)[i], move->name) ? move->new_name : (*list)[i];
	if (copy != NULL)
		*list = copy;
}

static bool
is_ref(const struct move *move, const struct mig_db_ref *ref)
{
	if (!mig_db_same(ref->schema, move->schema))
		return false;
	if (move->kind == MIG_DB_COLUMN)
		return mig_db_same(ref->name, move->table) && mig_db_same(ref->column, move->name);
	bool relation = is_relation(move->kind);
	if (relation ? ref->kind != MIG_DB_TABLE : ref->kind != move->kind)
		return false;
	if (move->kind != MIG_DB_ROUTINE)
		return mig_db_same(ref->name, move->name);
	return mig_db_same(
	    ref->name, mig_arena_printf(move->ddl->scratch, "%s(%s)", move->name, move->arguments));
}

static void
move_ref(const struct move *move, struct mig_db_ref *ref)
{
	if (ref == NULL || !is_ref(move, ref))
		return;
	if (move->kind == MIG_DB_COLUMN) {
		ref->column = move->new_name;
		return;
	}
	ref->schema = move->new_schema;
	ref->name = move->kind == MIG_DB_ROUTINE ?
	    mig_arena_printf(move->ddl->arena, "%s(%s)", move->new_name, move->arguments) :
	    move->new_name;
}

/* Mentions get the new name; whether there was one. */
static bool
move_refs(const struct move *move, struct mig_db_object *object)
{
	bool found = false;
	for (uint32_t i = 0; i < object->extra->refs_count; i++) {
		found = found || is_ref(move, &object->extra->refs[i]);
		move_ref(move, &object->extra->refs[i]);
	}
	/* That text still has the old name: the canonical one, which is mended, stands for it. */
	if (found)
		mig_db_set_written(move->ddl->db, object, NULL);
	return found;
}

/* "public.mood" and "public.mood[]", where that type has got another name. */
static void
move_type(struct move *move, const char **type)
{
	const char *old = ddl_quoted_name(move->ddl, move->schema, move->name);
	size_t len = old != NULL ? strlen(old) : 0;
	if (*type == NULL || len == 0 || strncmp(*type, old, len) != 0 ||
	    ((*type)[len] != '\0' && (*type)[len] != '['))
		return;
	*type = mig_arena_printf(move->ddl->arena, "%s%s",
	    ddl_quoted_name(move->ddl, move->new_schema, move->new_name), *type + len);
}

static void
move_column_parts(struct move *move, struct mig_db_object *table, struct mig_db_column *column)
{
	bool found = move_refs(move, &column->base);
	if (!found)
		return;
	move_type(move, &column->type);
	column->type_text = column->type;
	column->default_expr = move_expr(move, table, column->default_expr);
	if (column->more->generated_expr == NULL)
		return;
	struct mig_db_column_more *more = mig_db_column_more(move->ddl->db, column);
	if (more != NULL)
		more->generated_expr = move_expr(move, table, more->generated_expr);
}

static void
move_constraint(
    struct move *move, struct mig_db_object *table, struct mig_db_constraint *constraint)
{
	bool found = move_refs(move, &constraint->base);
	struct mig_db_object target = { .schema = constraint->ref_schema,
		.name = constraint->ref_table };
	move_list(move, table, &constraint->columns, constraint->columns_count);
	move_list(move, table, &constraint->include, constraint->include_count);
	move_list(move, table, &constraint->on_delete_columns, constraint->on_delete_columns_count);
	if (constraint->ref_table != NULL)
		move_list(move, &target, &constraint->ref_columns, constraint->ref_columns_count);
	if (is_relation(move->kind) && mig_db_same(constraint->ref_table, move->name) &&
	    mig_db_same(constraint->ref_schema, move->schema)) {
		constraint->ref_schema = move->new_schema;
		constraint->ref_table = move->new_name;
	}
	if (found && constraint->type == MIG_DB_CHECK)
		constraint->expression = move_expr(move, table, constraint->expression);
	if (constraint->type != MIG_DB_EXCLUSION)
		ddl_define_constraint(move->ddl, constraint);
}

static void
move_index(struct move *move, struct mig_db_object *table, struct mig_db_index *index)
{
	if (!move_refs(move, &index->base))
		return;
	move_list(move, table, &index->columns, index->columns_count);
	index->base.definition =
	    move_text(move, table, "CREATE INDEX ON t ", index->base.definition, "");
	index->predicate = move_expr(move, table, index->predicate);
}

static void
move_table(struct move *move, struct mig_db_object *object)
{
	struct mig_db_table *table = mig_db_as_table(object);
	bool own = is_relation(move->kind) && mig_db_same(object->name, move->new_name) &&
	    mig_db_same(object->schema, move->new_schema);
	if (move_refs(move, object) && object->definition != NULL)
		object->definition = move_text(move, NULL, "", object->definition, "");
	move_ref(move, table->partition_of);
	for (size_t i = 0; i < table->inherits_count; i++)
		move_ref(move, &table->inherits[i]);
	if (move->kind == MIG_DB_COLUMN && table->partition_key != NULL &&
	    mig_db_same(object->name, move->table))
		table->partition_key = move_text(
		    move, object, "CREATE TABLE t () PARTITION BY ", table->partition_key, "");
	for (size_t i = 0; i < table->columns_count; i++)
		move_column_parts(move, object, table->columns[i]);
	for (size_t i = 0; i < table->constraints_count; i++)
		move_constraint(move, object, table->constraints[i]);
	for (size_t i = 0; i < table->indexes_count; i++)
		move_index(move, object, table->indexes[i]);
	for (size_t i = 0; i < table->triggers_count; i++) {
		struct mig_db_object *trigger = &table->triggers[i]->base;
		if (!move_refs(move, trigger) && !own)
			continue;
		trigger->definition = move_text(move, object, "", trigger->definition, "");
		mig_db_set_written(move->ddl->db, trigger, NULL);
	}
}

static void
move_in(struct move *move, struct mig_db_object *object)
{
	if (is_relation(object->kind)) {
		move_table(move, object);
	} else if (object->kind == MIG_DB_COMPOSITE) {
		struct mig_db_composite *type = mig_db_as_composite(object);
		for (size_t i = 0; i < type->columns_count; i++)
			move_column_parts(move, object, type->columns[i]);
	} else if (object->kind == MIG_DB_DOMAIN) {
		struct mig_db_domain *domain = mig_db_as_domain(object);
		if (move_refs(move, object))
			move_type(move, &domain->type);
		for (size_t i = 0; i < domain->checks_count; i++)
			move_constraint(move, object, domain->checks[i]);
	} else if (object->kind == MIG_DB_SEQUENCE) {
		move_ref(move, mig_db_as_sequence(object)->owned_by);
	} else if (object->kind == MIG_DB_ROUTINE) {
		/* Its types and what its text calls are bound when it runs, not by name here. */
		(void)move_refs(move, object);
	} else if (move_refs(move, object)) {
		const struct mig_db_object *table = NULL;
		for (uint32_t i = 0;
		     object->kind == MIG_DB_STATISTICS && i < object->extra->refs_count; i++)
			if (object->extra->refs[i].column == NULL)
				table = mig_db_find(move->ddl->db, MIG_DB_TABLE,
				    object->extra->refs[i].schema, object->extra->refs[i].name);
		object->definition = move_text(move, table, "", object->definition, "");
	}
}

static void
move_all(struct move *move)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(move->ddl->db, &count);
	for (size_t i = 0; i < count; i++)
		move_in(move, objects[i]);
}

/* Parts say their table's schema, too. */
static void
set_parts_schema(struct mig_db_object *object)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_COLUMN, MIG_DB_CONSTRAINT, MIG_DB_INDEX,
		MIG_DB_TRIGGER };
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(object, kinds[k], &count);
		for (size_t i = 0; i < count; i++)
			parts[i]->schema = object->schema;
	}
}

/* The name stands in the routine's own statement. */
static void
rename_routine(struct ddl *ddl, struct mig_db_routine *routine)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	if (routine->aggregate || routine->base.definition == NULL ||
	    sql_parse(ddl->scratch, routine->base.definition, &result, &error) != MIG_OK)
		return;
	ddl->tree = (struct canon_tree){ .canon = &ddl->canon, .scratch = ddl->scratch };
	canon_fill_routine(
	    &ddl->tree, result->stmts[0]->stmt->create_function_stmt, ddl->db, routine);
}

void
ddl_move(struct ddl *ddl, struct mig_db_object *object, const char *schema, const char *name)
{
	/* Of routines there may be several of one name. */
	const struct mig_db_object *there = object->kind == MIG_DB_ROUTINE ?
	    NULL :
	    mig_db_find(ddl->db, object->kind, schema, name);
	if (there != NULL && there != object) {
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "%s \"%s\" is there already",
		    mig_db_kind_name(object->kind), name);
		return;
	}
	struct move move = { .ddl = ddl,
		.kind = object->kind,
		.schema = object->schema,
		.name = object->name,
		.new_schema = mig_arena_strdup(ddl->arena, schema),
		.new_name = mig_arena_strdup(ddl->arena, name) };
	if (mig_arena_failed(ddl->arena))
		return;
	if (object->kind == MIG_DB_ROUTINE)
		move.arguments = mig_db_as_routine(object)->arguments;
	size_t count = 0;
	struct mig_db_object **children =
	    object->kind == MIG_DB_TABLE ? ddl_children(ddl, object, &count) : NULL;
	for (size_t i = 0; i < count; i++)
		ddl_forget(ddl, children[i]);
	ddl_remove(ddl, object);
	object->schema = move.new_schema;
	object->name = move.new_name;
	set_parts_schema(object);
	ddl_put(ddl, object);
	if (object->kind == MIG_DB_ROUTINE)
		rename_routine(ddl, mig_db_as_routine(object));
	move_all(&move);
	for (size_t i = 0; i < count; i++)
		ddl_remember(ddl, children[i]);
}

void
ddl_move_column(struct ddl *ddl, struct mig_db_object *column, const char *name)
{
	struct move move = { .ddl = ddl,
		.kind = MIG_DB_COLUMN,
		.schema = column->parent->schema,
		.table = column->parent->name,
		.name = column->name,
		.new_name = mig_arena_strdup(ddl->arena, name) };
	if (move.new_name == NULL)
		return;
	column->name = move.new_name;
	move_all(&move);
}
