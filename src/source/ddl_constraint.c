/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "source/ddl_int.h"

void
ddl_pending_add(struct ddl *ddl, struct ddl_pending *pending, PgQuery__Constraint *constraint,
    const char *column)
{
	if (pending->count == pending->cap) {
		size_t cap = pending->cap == 0 ? 8 : pending->cap * 2;
		PgQuery__Constraint **items =
		    mig_arena_array(ddl->scratch, cap, sizeof(PgQuery__Constraint *));
		const char **columns = mig_arena_array(ddl->scratch, cap, sizeof(*columns));
		if (items == NULL || columns == NULL)
			return;
		if (pending->count > 0) {
			memcpy(
			    items, pending->items, pending->count * sizeof(PgQuery__Constraint *));
			memcpy(columns, pending->columns, pending->count * sizeof(*columns));
		}
		pending->items = items;
		pending->columns = columns;
		pending->cap = cap;
	}
	pending->items[pending->count] = constraint;
	pending->columns[pending->count++] = column;
}

static void
add_columns(struct mig_buf *out, const char *head, const char *const *columns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mig_buf_puts(out, i == 0 ? head : ", ");
		if (columns[i] != NULL)
			sql_ident(out, columns[i]);
	}
	if (count > 0)
		mig_buf_putc(out, ')');
}

static void
add_reference(struct mig_buf *out, const struct mig_db_constraint *key)
{
	mig_buf_puts(out, " REFERENCES ");
	if (key->ref_schema != NULL) {
		sql_ident(out, key->ref_schema);
		mig_buf_putc(out, '.');
	}
	sql_ident(out, key->ref_table);
	add_columns(out, "(", key->ref_columns, key->ref_columns_count);
	if (key->match != NULL)
		mig_buf_printf(out, " MATCH %s", key->match);
	if (strcmp(key->on_update, "NO ACTION") != 0)
		mig_buf_printf(out, " ON UPDATE %s", key->on_update);
	if (strcmp(key->on_delete, "NO ACTION") != 0)
		mig_buf_printf(out, " ON DELETE %s", key->on_delete);
	add_columns(out, " (", key->on_delete_columns, key->on_delete_columns_count);
}

/* As pg_get_constraintdef() writes it, but for what is a flag of the model. */
void
ddl_define_constraint(struct ddl *ddl, struct mig_db_constraint *constraint)
{
	static const char *const words[] = { [MIG_DB_PRIMARY_KEY] = "PRIMARY KEY",
		[MIG_DB_UNIQUE] = "UNIQUE",
		[MIG_DB_FOREIGN_KEY] = "FOREIGN KEY",
		[MIG_DB_CHECK] = "CHECK",
		[MIG_DB_EXCLUSION] = "EXCLUDE" };
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	mig_buf_puts(&text, words[constraint->type]);
	if (constraint->type == MIG_DB_CHECK) {
		mig_buf_printf(
		    &text, " (%s)", constraint->expression != NULL ? constraint->expression : "");
	} else {
		mig_buf_puts(&text, constraint->nulls_not_distinct ? " NULLS NOT DISTINCT" : "");
		add_columns(&text, " (", constraint->columns, constraint->columns_count);
		add_columns(&text, " INCLUDE (", constraint->include, constraint->include_count);
	}
	if (constraint->type == MIG_DB_FOREIGN_KEY)
		add_reference(&text, constraint);
	constraint->base.definition = mig_arena_strdup(ddl->arena, text.data);
	mig_buf_fini(&text);
}

/* The columns that an expression reads, without doubles, from the mentions of its constraint. */
static void
columns_of_refs(struct ddl *ddl, struct mig_db_constraint *constraint)
{
	const struct mig_db_object *base = &constraint->base;
	const char **columns =
	    mig_arena_array(ddl->arena, (size_t)base->extra->refs_count + 1, sizeof(*columns));
	size_t count = 0;
	for (uint32_t i = 0; columns != NULL && i < base->extra->refs_count; i++)
		if (base->extra->refs[i].column != NULL &&
		    mig_db_same(base->extra->refs[i].name, base->parent->name))
			columns[count++] = base->extra->refs[i].column;
	constraint->columns = columns;
	constraint->columns_count = columns != NULL ? count : 0;
}

static void
make_check(struct ddl *ddl, struct mig_db_constraint *constraint, PgQuery__Constraint *from)
{
	constraint->type = MIG_DB_CHECK;
	constraint->no_inherit = from->is_no_inherit;
	constraint->expression =
	    ddl_expr(ddl, constraint->base.parent, from->raw_expr, &constraint->base);
	columns_of_refs(ddl, constraint);
	if (constraint->base.name == NULL)
		constraint->base.name = ddl_choose_name(ddl, constraint->base.parent,
		    constraint->columns_count == 1 ? constraint->columns[0] : NULL, "check", false);
	ddl_define_constraint(ddl, constraint);
}

/* Columns joined by "_", as names are made of them. */
const char *
ddl_constraint_columns(struct ddl *ddl, const struct mig_db_constraint *constraint)
{
	struct mig_buf text;
	if (constraint->type == MIG_DB_EXCLUSION)
		return ddl_exclusion_columns(ddl, constraint->base.definition);
	size_t count = constraint->columns_count + constraint->include_count;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	for (size_t i = 0; i < count && text.len <= DDL_NAME_MAX; i++) {
		const char *column = i < constraint->columns_count ?
		    constraint->columns[i] :
		    constraint->include[i - constraint->columns_count];
		mig_buf_printf(&text, "%s%s", i > 0 ? "_" : "", column != NULL ? column : "");
	}
	const char *joined = mig_arena_strdup(ddl->scratch, text.data);
	mig_buf_fini(&text);
	return joined;
}

/* ADD CONSTRAINT … USING INDEX: the index becomes the constraint's and takes its name. */
static void
take_index(struct ddl *ddl, struct mig_db_constraint *constraint, const char *name)
{
	struct mig_db_object *table = constraint->base.parent;
	struct mig_db_object *object = ddl_find_part(ddl, table, MIG_DB_INDEX, name);
	if (object == NULL) {
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "table \"%s\" has no index \"%s\"", table->name,
		    name);
		return;
	}
	const struct mig_db_index *index = mig_db_as_index(object);
	constraint->columns = index->columns;
	constraint->columns_count = index->columns_count;
	constraint->nulls_not_distinct = index->nulls_not_distinct;
	if (constraint->base.name == NULL)
		constraint->base.name = object->name;
	mig_db_set_comment(ddl->db, &constraint->base, object->extra->comment);
	ddl_remove(ddl, object);
}

static void
make_key(struct ddl *ddl, struct mig_db_constraint *constraint, PgQuery__Constraint *from,
    const char *column)
{
	struct mig_db_object *table = constraint->base.parent;
	bool primary = from->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
	constraint->type = primary ? MIG_DB_PRIMARY_KEY : MIG_DB_UNIQUE;
	constraint->columns = ddl_strings(ddl, from->keys, from->n_keys);
	constraint->columns_count = from->n_keys;
	if (from->n_keys == 0 && column != NULL) {
		const char **one = mig_arena_array(ddl->arena, 1, sizeof(*one));
		if (one == NULL)
			return;
		one[0] = column;
		constraint->columns = one;
		constraint->columns_count = 1;
	}
	constraint->include = ddl_strings(ddl, from->including, from->n_including);
	constraint->include_count = from->n_including;
	constraint->nulls_not_distinct = from->nulls_not_distinct;
	constraint->options = ddl_options(ddl, NULL, from->options, from->n_options, false);
	if (*from->indexname != '\0')
		take_index(ddl, constraint, from->indexname);
	if (constraint->base.name == NULL)
		constraint->base.name = ddl_choose_name(ddl, table,
		    primary ? NULL : ddl_constraint_columns(ddl, constraint),
		    primary ? "pkey" : "key", true);
	if (primary)
		ddl_set_not_null(table, constraint->columns, constraint->columns_count);
	ddl_define_constraint(ddl, constraint);
}

static void
make_exclusion(struct ddl *ddl, struct mig_db_constraint *constraint, PgQuery__Constraint *from)
{
	struct mig_db_object *table = constraint->base.parent;
	const char **columns = mig_arena_array(ddl->arena, from->n_exclusions, sizeof(*columns));
	PgQuery__Node node = PG_QUERY__NODE__INIT;
	node.node_case = PG_QUERY__NODE__NODE_CONSTRAINT;
	node.constraint = from;
	constraint->type = MIG_DB_EXCLUSION;
	constraint->index_method = mig_arena_strdup(
	    ddl->arena, *from->access_method != '\0' ? from->access_method : "btree");
	ddl_fix_names(ddl, table, &node);
	const char *written = canon_write_exclusion(&ddl->tree, from);
	ddl_statement_refs(ddl, table, &node, &constraint->base);
	constraint->base.definition = canon_write_exclusion(&ddl->tree, from);
	ddl_set_written(ddl, &constraint->base, written, constraint->base.definition);
	for (size_t i = 0; columns != NULL && i < from->n_exclusions; i++) {
		const PgQuery__IndexElem *element = from->exclusions[i]->list->items[0]->index_elem;
		columns[i] = *element->name != '\0' ?
		    mig_arena_strdup(ddl->arena, element->name) :
		    mig_arena_strdup(ddl->arena, sql_deparse_expr(ddl->scratch, element->expr));
	}
	constraint->columns = columns;
	constraint->columns_count = columns != NULL ? from->n_exclusions : 0;
	if (constraint->base.name == NULL)
		constraint->base.name = ddl_choose_name(
		    ddl, table, ddl_constraint_columns(ddl, constraint), "excl", true);
}

static const char *
action_word(const char *code)
{
	switch (*code) {
	case 'r':
		return "RESTRICT";
	case 'c':
		return "CASCADE";
	case 'n':
		return "SET NULL";
	case 'd':
		return "SET DEFAULT";
	default:
		return "NO ACTION";
	}
}

/* A foreign key that names no columns means those of the primary key. */
static void
reference_primary_key(struct mig_db_constraint *key, const struct mig_db_object *target)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(target, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_constraint *other = mig_db_as_constraint(parts[i]);
		if (other->type != MIG_DB_PRIMARY_KEY)
			continue;
		key->ref_columns = other->columns;
		key->ref_columns_count = other->columns_count;
	}
}

static void
set_target(struct ddl *ddl, struct mig_db_constraint *key, PgQuery__Constraint *from)
{
	struct ddl_name name = ddl_range_name(from->pktable);
	struct mig_db_object *target = ddl_find(ddl, MIG_DB_TABLE, name);
	key->ref_columns = ddl_strings(ddl, from->pk_attrs, from->n_pk_attrs);
	key->ref_columns_count = from->n_pk_attrs;
	if (target == NULL) {
		(void)ddl_need(ddl, MIG_DB_TABLE, name, false);
		key->ref_schema = mig_arena_strdup(ddl->arena, ddl_schema(ddl, name.schema));
		key->ref_table = mig_arena_strdup(ddl->arena, name.name);
		return;
	}
	key->ref_schema = target->schema;
	key->ref_table = target->name;
	if (key->ref_columns_count == 0)
		reference_primary_key(key, target);
	ddl_add_ref(ddl, &key->base,
	    (struct mig_db_ref){ MIG_DB_TABLE, target->schema, target->name, NULL });
	for (size_t i = 0; i < key->ref_columns_count; i++)
		ddl_add_ref(ddl, &key->base,
		    (struct mig_db_ref){
		        MIG_DB_TABLE, target->schema, target->name, key->ref_columns[i] });
}

static void
make_foreign(
    struct ddl *ddl, struct mig_db_constraint *key, PgQuery__Constraint *from, const char *column)
{
	key->type = MIG_DB_FOREIGN_KEY;
	key->columns = ddl_strings(ddl, from->fk_attrs, from->n_fk_attrs);
	key->columns_count = from->n_fk_attrs;
	if (from->n_fk_attrs == 0 && column != NULL) {
		const char **one = mig_arena_array(ddl->arena, 1, sizeof(*one));
		if (one == NULL)
			return;
		one[0] = column;
		key->columns = one;
		key->columns_count = 1;
	}
	set_target(ddl, key, from);
	key->match = *from->fk_matchtype == 'f' ? "FULL" : NULL;
	key->on_delete = action_word(from->fk_del_action);
	key->on_update = action_word(from->fk_upd_action);
	key->on_delete_columns = ddl_strings(ddl, from->fk_del_set_cols, from->n_fk_del_set_cols);
	key->on_delete_columns_count = from->n_fk_del_set_cols;
	if (key->base.name == NULL)
		key->base.name = ddl_choose_name(
		    ddl, key->base.parent, ddl_constraint_columns(ddl, key), "fkey", false);
	ddl_define_constraint(ddl, key);
}

/* Parts of parts, so far down. */
#define PARTS_MAX 16

/* The server keeps a key to each part of what is partitioned, by a name that no other can have. */
static void
hide_part_keys(
    struct ddl *ddl, struct mig_db_constraint *key, const struct mig_db_object *whole, int depth)
{
	size_t count = 0;
	struct mig_db_object **parts = depth < PARTS_MAX && ddl_may_hide(ddl) &&
	        mig_db_as_table(whole)->partition_key != NULL ?
	    ddl_children(ddl, whole, &count) :
	    NULL;
	for (size_t i = 0; i < count && ddl_may_hide(ddl); i++) {
		ddl_hide_name(ddl, &key->base,
		    ddl_choose_name(
		        ddl, key->base.parent, ddl_constraint_columns(ddl, key), "fkey", false));
		hide_part_keys(ddl, key, parts[i], depth + 1);
	}
}

static bool
is_named_twice(struct ddl *ddl, const struct mig_db_object *table, const char *name)
{
	if (*name == '\0' || ddl_find_part(ddl, table, MIG_DB_CONSTRAINT, name) == NULL)
		return false;
	ddl_say(ddl, MIG_SEV_ERROR, NULL, "%s \"%s\" has constraint \"%s\" already",
	    mig_db_kind_name(table->kind), table->name, name);
	return true;
}

static void
make_one(struct ddl *ddl, struct ddl_pending *pending, size_t i)
{
	PgQuery__Constraint *from = pending->items[i];
	struct mig_db_object *table = pending->table;
	if (is_named_twice(ddl, table, from->conname))
		return;
	struct mig_db_constraint *constraint = ddl_make_part(
	    ddl, MIG_DB_CONSTRAINT, table, *from->conname != '\0' ? from->conname : NULL);
	if (constraint == NULL)
		return;
	const char *column = pending->columns[i];
	if (from->contype == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK)
		make_check(ddl, constraint, from);
	else if (from->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
		make_foreign(ddl, constraint, from, column);
	else if (from->contype == PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION)
		make_exclusion(ddl, constraint, from);
	else
		make_key(ddl, constraint, from, column);
	constraint->deferrable = from->deferrable;
	constraint->initially_deferred = from->initdeferred;
	constraint->not_valid = pending->existing && from->skip_validation;
	ddl_put(ddl, constraint);
	const struct mig_db_object *target = constraint->type == MIG_DB_FOREIGN_KEY ?
	    mig_db_find(ddl->db, MIG_DB_TABLE, constraint->ref_schema, constraint->ref_table) :
	    NULL;
	if (target != NULL && target->kind == MIG_DB_TABLE)
		hide_part_keys(ddl, constraint, target, 0);
	if (table->kind == MIG_DB_TABLE && !pending->only)
		ddl_pass_constraint(ddl, table, constraint);
}

/* DEFERRABLE and so on stand behind the constraint at a column that they belong to. */
static void
merge_attributes(struct ddl_pending *pending)
{
	PgQuery__Constraint *last = NULL;
	for (size_t i = 0; i < pending->count; i++) {
		PgQuery__Constraint *item = pending->items[i];
		int type = (int)item->contype;
		if (type < PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE) {
			last = item;
			continue;
		}
		if (last == NULL)
			continue;
		if (type != PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE)
			last->deferrable =
			    type != PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE;
		if (type == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED)
			last->initdeferred = true;
	}
}

/* A key or an exclusion, by all that its index is made of. */
struct indexed {
	const char *what;
	size_t place; /* in the order of the server: the primary key, then as they are said */
	PgQuery__Constraint *item;
};

static bool
has_index(const PgQuery__Constraint *item)
{
	return item->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ||
	    item->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE ||
	    item->contype == PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION;
}

static void
add_names(struct mig_buf *out, const char *word, PgQuery__Node *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mig_buf_puts(out, word);
		sql_ident(out, sql_string(names[i]));
	}
}

/* What the index of a key or an exclusion is made of; NULL: it is one that is there already. */
static const char *
index_words(struct ddl *ddl, const PgQuery__Constraint *item, const char *column)
{
	struct mig_buf out;
	if (*item->indexname != '\0')
		return NULL;
	mig_buf_init(&out, MIG_SQL_BYTES_MAX);
	mig_buf_printf(
	    &out, "%d %d %d", item->deferrable, item->initdeferred, item->nulls_not_distinct);
	if (item->contype == PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION) {
		const char *written = canon_write_exclusion(&ddl->tree, item);
		mig_buf_puts(&out, written != NULL ? written : "");
	} else {
		add_names(&out, " key ", item->keys, item->n_keys);
		if (item->n_keys == 0 && column != NULL) {
			mig_buf_puts(&out, " key ");
			sql_ident(&out, column);
		}
		add_names(&out, " include ", item->including, item->n_including);
	}
	const char *words = mig_buf_ok(&out) ? mig_arena_strdup(ddl->scratch, out.data) : NULL;
	mig_buf_fini(&out);
	return words;
}

static int
compare_indexed(const void *a, const void *b)
{
	const struct indexed *left = a;
	const struct indexed *right = b;
	int order = strcmp(left->what, right->what);
	return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

/* What CREATE TABLE says twice the server makes once, with the first name that is said. */
static void
drop_repeated(struct ddl *ddl, struct ddl_pending *pending)
{
	struct indexed *list = mig_arena_array(ddl->scratch, pending->count, sizeof(*list));
	size_t count = 0;
	for (size_t i = 0; i < pending->count && list != NULL; i++) {
		PgQuery__Constraint *item = pending->items[i];
		bool primary = item->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
		const char *words =
		    has_index(item) ? index_words(ddl, item, pending->columns[i]) : NULL;
		if (words != NULL)
			list[count++] = (struct indexed){ words, primary ? 0 : i + 1, item };
	}
	if (count < 2)
		return;
	qsort(list, count, sizeof(*list), compare_indexed);
	PgQuery__Constraint *first = list[0].item;
	for (size_t i = 1; i < count; i++) {
		PgQuery__Constraint *item = list[i].item;
		if (strcmp(list[i].what, list[i - 1].what) != 0) {
			first = item;
			continue;
		}
		if (*first->conname == '\0')
			first->conname = item->conname;
		item->contype = PG_QUERY__CONSTR_TYPE__CONSTR_NULL;
	}
}

/* The order in which the server makes, and so names, them. */
void
ddl_pending_make(struct ddl *ddl, struct ddl_pending *pending)
{
	static const int order[][2] = {
		{ PG_QUERY__CONSTR_TYPE__CONSTR_CHECK, PG_QUERY__CONSTR_TYPE__CONSTR_CHECK },
		{ PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY, PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY },
		{ PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE, PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION },
		{ PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN, PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN },
	};
	merge_attributes(pending);
	if (!pending->existing)
		drop_repeated(ddl, pending);
	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; i < pending->count; i++) {
			int type = (int)pending->items[i]->contype;
			if (type == order[k][0] || type == order[k][1])
				make_one(ddl, pending, i);
		}
}
