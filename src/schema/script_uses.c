/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/script_int.h"

/* Routines by their bare names, to find those that an expression calls. */
struct calls {
	const struct mig_db_object **routines;
	size_t count;
};

/* A sequence that is part of a serial column. */
struct serial {
	const char *schema;
	const char *name;
	const struct mig_db_object *column;
};

/* Those of one side by their names, to find those of which a default takes its numbers. */
struct serials {
	struct serial *list;
	size_t count;
};

/* One side while its uses are looked for. */
struct side {
	struct mig_script *script;
	const struct mig_db *db;
	struct mig_script_uses *uses;
	struct calls calls;
	struct serials serials;
	bool types; /* there are types of users' own */
};

static void
add_use(struct side *side, const struct mig_db_object *user, const struct mig_db_object *target)
{
	struct mig_script_uses *uses = side->uses;
	if (target == NULL || target == user)
		return;
	if (uses->count == uses->cap) {
		size_t cap = uses->cap == 0 ? 256 : uses->cap * 2;
		struct mig_script_use *grown = reallocarray(uses->by_user, cap, sizeof(*grown));
		if (grown == NULL) {
			side->script->failed = true;
			return;
		}
		uses->by_user = grown;
		uses->cap = cap;
	}
	uses->by_user[uses->count] = (struct mig_script_use){ user, target, uses->count };
	uses->count++;
}

static const struct mig_db_object *
find_top(const struct side *side, const struct mig_db_object *user, enum mig_db_kind kind,
    const char *schema, const char *name)
{
	const struct mig_db_object *found = mig_db_find(side->db, kind, schema, name);
	if (found != NULL || schema != NULL)
		return found;
	const struct mig_db_object *top = user->parent != NULL ? user->parent : user;
	if (top->schema != NULL)
		found = mig_db_find(side->db, kind, top->schema, name);
	return found != NULL ? found : mig_db_find(side->db, kind, "public", name);
}

/* The user's type of that name; the text may have arguments and brackets behind it. */
static const struct mig_db_object *
find_type(const struct side *side, const struct mig_db_object *user, const char *text)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_ENUM, MIG_DB_DOMAIN, MIG_DB_COMPOSITE,
		MIG_DB_RANGE_TYPE, MIG_DB_TABLE };
	struct mig_sql_word first;
	struct mig_sql_word second;
	if (!side->types || text == NULL || !mig_sql_next(&text, &first))
		return NULL;
	bool qualified = *text == '.' && mig_sql_next(&text, &second);
	const char *schema = qualified ? first.name : NULL;
	const char *name = qualified ? second.name : first.name;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const struct mig_db_object *found = find_top(side, user, kinds[i], schema, name);
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* The columns of the parents that a column comes from. */
static void
use_origins(struct side *side, const struct mig_db_object *user, const struct mig_db_object *column,
    struct mig_script_walk *walk)
{
	size_t count = 0;
	const struct mig_db_ref *refs =
	    column->parent->kind == MIG_DB_TABLE ? mig_db_parents(column->parent, &count) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *parent =
		    find_top(side, user, MIG_DB_TABLE, refs[i].schema, refs[i].name);
		const struct mig_db_object *origin =
		    parent == NULL ? NULL : mig_db_find_part(parent, MIG_DB_COLUMN, column->name);
		if (origin == NULL)
			continue;
		add_use(side, user, origin);
		mig_script_walk_add(side->script, walk, origin);
	}
}

/* A column that a table has from its parents is changed with theirs: it is theirs that is used. */
static void
use_inherited(
    struct side *side, const struct mig_db_object *user, const struct mig_db_object *column)
{
	struct mig_script_walk walk = { .count = 0 };
	for (; column != NULL; column = mig_script_walk_next(&walk))
		use_origins(side, user, column, &walk);
	mig_script_walk_fini(&walk);
}

static void
use_column(struct side *side, const struct mig_db_object *user, const struct mig_db_object *table,
    const char *name)
{
	const struct mig_db_object *column =
	    table != NULL && name != NULL ? mig_db_find_part(table, MIG_DB_COLUMN, name) : NULL;
	if (column == NULL)
		return;
	add_use(side, user, column);
	use_inherited(side, user, column);
}

static void
use_ref(struct side *side, const struct mig_db_object *user, const struct mig_db_ref *ref)
{
	bool type = ref->kind == MIG_DB_ENUM || ref->kind == MIG_DB_DOMAIN ||
	    ref->kind == MIG_DB_COMPOSITE || ref->kind == MIG_DB_RANGE_TYPE;
	const struct mig_db_object *target =
	    find_top(side, user, ref->kind, ref->schema, ref->name);
	if (target == NULL && type)
		target = find_type(side, user, ref->name);
	if (target == NULL)
		return;
	add_use(side, user, target);
	use_column(side, user, target, ref->column);
}

/* The body of a routine is text to the server, unless it is in the newer form. */
static bool
ref_counts(const struct mig_db_object *user, const struct mig_db_ref *ref)
{
	if (user->kind != MIG_DB_ROUTINE)
		return true;
	const struct mig_db_routine *routine = mig_db_as_routine(user);
	if (ref->kind != MIG_DB_TABLE && ref->kind != MIG_DB_ROUTINE)
		return true;
	return routine->aggregate || mig_sql_mentions(routine->returns, ref->name) ||
	    mig_sql_mentions(routine->arguments, ref->name) ||
	    mig_sql_mentions(routine->parameters, ref->name) ||
	    mig_sql_mentions(user->definition, "atomic") ||
	    mig_sql_mentions(user->definition, "return");
}

static int
compare_routine_names(const void *a, const void *b)
{
	const struct mig_db_object *const *left = a;
	const struct mig_db_object *const *right = b;
	return strcmp((*left)->name, (*right)->name);
}

static int
compare_routine_to_name(const void *name, const void *entry)
{
	const struct mig_db_object *const *routine = entry;
	return strcmp(name, (*routine)->name);
}

static void
use_calls(struct side *side, const struct mig_db_object *user, const char *name)
{
	const struct mig_db_object **found = bsearch(name, side->calls.routines, side->calls.count,
	    sizeof(*side->calls.routines), compare_routine_to_name);
	if (found == NULL)
		return;
	const struct mig_db_object **end = side->calls.routines + side->calls.count;
	while (found > side->calls.routines && strcmp(found[-1]->name, name) == 0)
		found--;
	for (; found < end && strcmp((*found)->name, name) == 0; found++)
		add_use(side, user, *found);
}

static int
compare_serials(const void *a, const void *b)
{
	const struct serial *left = a;
	const struct serial *right = b;
	int order = strcmp(left->name, right->name);
	return order != 0 ? order : strcmp(left->schema, right->schema);
}

/* The two words of a name of a sequence, "schema.name" or "name"; what is in quotes as well. */
static bool
split_name(const char *text, struct mig_sql_word *ret_schema, struct mig_sql_word *ret_name)
{
	ret_schema->name[0] = '\0';
	if (!mig_sql_next(&text, ret_name))
		return false;
	if (*text != '.')
		return true;
	*ret_schema = *ret_name;
	return mig_sql_next(&text, ret_name);
}

/* The sequence of that name, or the serial column that has it. */
static void
use_sequence_named(struct side *side, const struct mig_db_object *user, const char *text)
{
	struct mig_sql_word schema;
	struct mig_sql_word name;
	if (!split_name(text, &schema, &name))
		return;
	const char *given = schema.name[0] != '\0' ? schema.name : NULL;
	const struct mig_db_object *sequence =
	    find_top(side, user, MIG_DB_SEQUENCE, given, name.name);
	const struct mig_db_object *top = user->parent != NULL ? user->parent : user;
	const char *own = top->schema != NULL ? top->schema : "public";
	struct serial key = { .schema = given != NULL ? given : own, .name = name.name };
	const struct serial *serial = side->serials.count == 0 ?
	    NULL :
	    bsearch(&key, side->serials.list, side->serials.count, sizeof(key), compare_serials);
	if (sequence != NULL)
		add_use(side, user, sequence);
	else if (serial != NULL)
		add_use(side, user, serial->column);
}

/* The sequence in "nextval('name'::regclass)". */
static void
use_sequence(struct side *side, const struct mig_db_object *user, const char *text)
{
	const char *call = strstr(text, "nextval('");
	const char *end = call != NULL ? strchr(call + 9, '\'') : NULL;
	char name[4 * MIG_SQL_NAME_MAX];
	size_t len = end != NULL ? (size_t)(end - call) - 9 : sizeof(name);
	if (len >= sizeof(name))
		return;
	memcpy(name, call + 9, len);
	name[len] = '\0';
	use_sequence_named(side, user, name);
}

/* What an expression over the columns of a table mentions. */
static void
use_expression(struct side *side, const struct mig_db_object *user,
    const struct mig_db_object *table, const char *text)
{
	struct mig_sql_word word;
	if (text == NULL)
		return;
	use_sequence(side, user, text);
	while (mig_sql_next(&text, &word)) {
		use_column(side, user, table, word.name);
		/* A column may have the name of a function. */
		if (side->calls.count > 0 && text[strspn(text, " \t\r\n")] == '(')
			use_calls(side, user, word.name);
	}
}

static void
use_columns(struct side *side, const struct mig_db_object *user, const struct mig_db_object *table,
    const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		use_column(side, user, table, names[i]);
}

static bool
same_set(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++) {
		bool found = false;
		for (size_t j = 0; j < b_count && !found; j++)
			found = strcmp(a[i], b[j]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* The key, or the unique index, on which a foreign key stands, and what that includes. */
static void
use_key(struct side *side, const struct mig_db_constraint *key, const struct mig_db_object *target)
{
	const struct mig_db_table *table = mig_db_as_table(target);
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *other = table->constraints[i];
		bool unique = other->type == MIG_DB_PRIMARY_KEY || other->type == MIG_DB_UNIQUE;
		bool primary = other->type == MIG_DB_PRIMARY_KEY && key->ref_columns_count == 0;
		if (primary ||
		    (unique &&
		        same_set(other->columns, other->columns_count, key->ref_columns,
		            key->ref_columns_count))) {
			add_use(side, &key->base, &other->base);
			use_columns(
			    side, &key->base, target, other->include, other->include_count);
		}
	}
	for (size_t i = 0; i < table->indexes_count; i++) {
		const struct mig_db_index *index = table->indexes[i];
		if (index->unique && index->predicate == NULL && !index->expressions &&
		    same_set(index->columns, index->columns_count, key->ref_columns,
		        key->ref_columns_count)) {
			add_use(side, &key->base, &index->base);
			use_expression(side, &key->base, target, index->base.definition);
		}
	}
}

static void
uses_of_constraint(struct side *side, const struct mig_db_constraint *constraint)
{
	const struct mig_db_object *user = &constraint->base;
	const struct mig_db_object *table = user->parent;
	use_columns(side, user, table, constraint->columns, constraint->columns_count);
	use_columns(side, user, table, constraint->include, constraint->include_count);
	if (constraint->type == MIG_DB_CHECK)
		use_expression(side, user, table, constraint->expression);
	if (constraint->type == MIG_DB_EXCLUSION)
		use_expression(side, user, table, user->definition);
	if (constraint->type != MIG_DB_FOREIGN_KEY || constraint->ref_table == NULL)
		return;
	const struct mig_db_object *target =
	    find_top(side, user, MIG_DB_TABLE, constraint->ref_schema, constraint->ref_table);
	if (target == NULL || target->kind != MIG_DB_TABLE)
		return;
	add_use(side, user, target);
	use_columns(side, user, target, constraint->ref_columns, constraint->ref_columns_count);
	use_key(side, constraint, target);
}

static void
uses_of_column(struct side *side, const struct mig_db_column *column)
{
	const struct mig_db_object *user = &column->base;
	if (user->parent->kind == MIG_DB_VIEW || user->parent->kind == MIG_DB_MATVIEW)
		return;
	add_use(side, user, find_type(side, user, column->type));
	use_inherited(side, user, user);
	if (column->generated != MIG_DB_GENERATED_NONE)
		use_expression(side, user, user->parent, column->more->generated_expr);
	if (column->default_expr != NULL)
		use_expression(side, user, NULL, column->default_expr);
}

static void
uses_of_part(struct side *side, const struct mig_db_object *part)
{
	const struct mig_db_object *table = part->parent;
	for (uint32_t i = 0; i < part->extra->refs_count; i++)
		use_ref(side, part, &part->extra->refs[i]);
	if (part->kind == MIG_DB_COLUMN) {
		uses_of_column(side, mig_db_as_column(part));
	} else if (part->kind == MIG_DB_CONSTRAINT) {
		uses_of_constraint(side, mig_db_as_constraint(part));
	} else if (part->kind == MIG_DB_INDEX) {
		const struct mig_db_index *index = mig_db_as_index(part);
		use_columns(side, part, table, index->columns, index->columns_count);
		use_expression(side, part, table, part->definition);
	} else {
		use_expression(side, part, table, part->definition);
	}
}

/* The tables and columns that a text names, where the reader had no better way. */
static void
use_mentioned(struct side *side, const struct mig_db_object *user)
{
	const char *text = user->definition;
	struct mig_sql_word word;
	struct mig_sql_word inner;
	while (text != NULL && mig_sql_next(&text, &word)) {
		const struct mig_db_object *table =
		    find_top(side, user, MIG_DB_TABLE, user->schema, word.name);
		if (table == NULL || table == user)
			continue;
		add_use(side, user, table);
		const char *again = user->definition;
		while (mig_sql_next(&again, &inner))
			use_column(side, user, table, inner.name);
	}
}

static void
uses_of_parts(struct side *side, const struct mig_db_object *object)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_COLUMN, MIG_DB_CONSTRAINT, MIG_DB_INDEX,
		MIG_DB_TRIGGER };
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(object, kinds[k], &count);
		for (size_t i = 0; i < count; i++)
			uses_of_part(side, parts[i]);
	}
}

static void
uses_of_table(struct side *side, const struct mig_db_table *table)
{
	const struct mig_db_object *object = &table->base;
	if (table->partition_of != NULL)
		use_ref(side, object, table->partition_of);
	for (size_t i = 0; i < table->inherits_count; i++)
		use_ref(side, object, &table->inherits[i]);
	/* The reader of MySQL knows no columns. */
	if (object->kind != MIG_DB_TABLE &&
	    (object->extra->refs_count == 0 || side->script->dialect == MIG_DB_MYSQL))
		use_mentioned(side, object);
	/* Behind the word for the way, which may be the name of a function, too. */
	if (table->partition_key != NULL)
		use_expression(side, object, object,
		    table->partition_key + strcspn(table->partition_key, "("));
	/* What a view calls, the reader of MySQL does not know. */
	if (object->kind == MIG_DB_VIEW && side->script->dialect == MIG_DB_MYSQL)
		use_expression(side, object, NULL, object->definition);
}

static void
uses_of_namespace(struct side *side, const struct mig_db_object *object)
{
	if (object->schema != NULL && object->kind != MIG_DB_NAMESPACE)
		add_use(
		    side, object, mig_db_find(side->db, MIG_DB_NAMESPACE, NULL, object->schema));
}

static void
uses_of_object(struct side *side, const struct mig_db_object *object)
{
	uses_of_namespace(side, object);
	for (uint32_t i = 0; i < object->extra->refs_count; i++)
		if (ref_counts(object, &object->extra->refs[i]))
			use_ref(side, object, &object->extra->refs[i]);
	if (object->kind == MIG_DB_TABLE || object->kind == MIG_DB_VIEW ||
	    object->kind == MIG_DB_MATVIEW)
		uses_of_table(side, mig_db_as_table(object));
	if (object->kind == MIG_DB_DOMAIN) {
		const struct mig_db_domain *domain = mig_db_as_domain(object);
		add_use(side, object, find_type(side, object, domain->type));
		use_expression(side, object, NULL, domain->default_expr);
	}
	uses_of_parts(side, object);
}

static void
find_calls(struct side *side)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(side->db, &count);
	side->calls.routines =
	    mig_arena_array(side->script->work, count, sizeof(*side->calls.routines));
	if (side->calls.routines == NULL) {
		side->script->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		enum mig_db_kind kind = objects[i]->kind;
		if (kind == MIG_DB_ROUTINE)
			side->calls.routines[side->calls.count++] = objects[i];
		side->types = side->types || kind == MIG_DB_ENUM || kind == MIG_DB_DOMAIN ||
		    kind == MIG_DB_COMPOSITE || kind == MIG_DB_RANGE_TYPE;
	}
	qsort(side->calls.routines, side->calls.count, sizeof(*side->calls.routines),
	    compare_routine_names);
}

/* Add the serial columns of a table; list NULL: only count them. */
static void
add_serials(struct side *side, const struct mig_db_object *table)
{
	struct serials *serials = &side->serials;
	struct mig_arena *arena = side->script->work;
	struct mig_sql_word schema;
	struct mig_sql_word name;
	size_t count = 0;
	struct mig_db_object *const *columns = mig_db_parts(table, MIG_DB_COLUMN, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_column *column = mig_db_as_column(columns[i]);
		if (column->identity != MIG_DB_SERIAL || column->more->sequence_name == NULL)
			continue;
		if (serials->list != NULL &&
		    split_name(column->more->sequence_name, &schema, &name)) {
			struct serial *serial = &serials->list[serials->count];
			*serial = (struct serial){ mig_arena_strdup(arena, schema.name),
				mig_arena_strdup(arena, name.name), columns[i] };
			if (serial->schema == NULL || serial->name == NULL)
				return;
		}
		serials->count++;
	}
}

static void
find_serials(struct side *side)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(side->db, &count);
	/* Once to count, once to keep. */
	for (int pass = 0; pass < 2; pass++) {
		side->serials.count = 0;
		for (size_t i = 0; i < count; i++)
			if (objects[i]->kind == MIG_DB_TABLE)
				add_serials(side, objects[i]);
		if (pass > 0 || side->serials.count == 0)
			break;
		side->serials.list = mig_arena_array(
		    side->script->work, side->serials.count, sizeof(*side->serials.list));
		if (side->serials.list == NULL) {
			side->script->failed = true;
			side->serials.count = 0;
			return;
		}
	}
	if (side->serials.count > 0)
		qsort(side->serials.list, side->serials.count, sizeof(*side->serials.list),
		    compare_serials);
}

static int
compare_pointers(const void *a, const void *b)
{
	return a < b ? -1 : a > b;
}

/* Addresses must not decide about an order that is seen: within a user, as they were found. */
static int
compare_by_user(const void *a, const void *b)
{
	const struct mig_script_use *left = a;
	const struct mig_script_use *right = b;
	int order = compare_pointers(left->user, right->user);
	return order != 0 ? order : left->number < right->number ? -1 : 1;
}

static int
compare_by_target(const void *a, const void *b)
{
	const struct mig_script_use *left = a;
	const struct mig_script_use *right = b;
	int order = compare_pointers(left->target, right->target);
	return order != 0 ? order : left->number < right->number ? -1 : 1;
}

/* Each use of one user once, in the order in which they were found; how many are left. */
static size_t
unite_uses(struct mig_script_use *list, size_t count)
{
	size_t kept = 1;
	if (count == 1)
		return 1;
	qsort(list, count, sizeof(*list), compare_by_target);
	for (size_t i = 1; i < count; i++)
		if (list[i].target != list[kept - 1].target)
			list[kept++] = list[i];
	qsort(list, kept, sizeof(*list), compare_by_user);
	return kept;
}

/* The two orders, each use once.  Those of one user were found together. */
static void
sort_uses(struct mig_script *script, struct mig_script_uses *uses)
{
	struct mig_script_use *list = uses->by_user;
	size_t kept = 0;
	bool sorted = true; /* things lie in memory in about the order in which they are listed */
	size_t end = 0;
	if (uses->count == 0)
		return;
	for (size_t i = 0; i < uses->count; i = end) {
		while (end < uses->count && list[end].user == list[i].user)
			end++;
		sorted = sorted && (i == 0 || compare_pointers(list[i - 1].user, list[i].user) < 0);
		size_t own = unite_uses(list + i, end - i);
		memmove(list + kept, list + i, own * sizeof(*list));
		kept += own;
	}
	uses->count = kept;
	if (!sorted)
		qsort(list, kept, sizeof(*list), compare_by_user);
	uses->by_target = calloc(kept, sizeof(*uses->by_target));
	if (uses->by_target == NULL) {
		script->failed = true;
		uses->count = 0;
		return;
	}
	memcpy(uses->by_target, uses->by_user, kept * sizeof(*uses->by_target));
	qsort(uses->by_target, kept, sizeof(*uses->by_target), compare_by_target);
}

void
mig_script_uses_find(struct mig_script *script)
{
	for (int after = 0; after <= 1; after++) {
		struct side side = { .script = script,
			.db = after ? script->after : script->before,
			.uses = &script->uses[after] };
		size_t count = 0;
		struct mig_db_object *const *objects = mig_db_objects(side.db, &count);
		find_calls(&side);
		find_serials(&side);
		for (size_t i = 0; i < count && !script->failed; i++)
			uses_of_object(&side, objects[i]);
		sort_uses(script, side.uses);
	}
}

/* The first use at or behind which the key stands, by user or by target. */
static size_t
lower_bound(const struct mig_script_use *list, size_t count, const struct mig_db_object *key,
    bool by_target)
{
	size_t low = 0;
	while (low < count) {
		size_t middle = low + (count - low) / 2;
		const struct mig_db_object *at =
		    by_target ? list[middle].target : list[middle].user;
		if (compare_pointers(at, key) < 0)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

const struct mig_script_use *
mig_script_uses_of(
    const struct mig_script_uses *uses, const struct mig_db_object *user, size_t *ret_count)
{
	size_t first = lower_bound(uses->by_user, uses->count, user, false);
	size_t end = first;
	while (end < uses->count && uses->by_user[end].user == user)
		end++;
	*ret_count = end - first;
	return uses->by_user + first;
}

const struct mig_script_use *
mig_script_users_of(
    const struct mig_script_uses *uses, const struct mig_db_object *target, size_t *ret_count)
{
	size_t first = lower_bound(uses->by_target, uses->count, target, true);
	size_t end = first;
	while (end < uses->count && uses->by_target[end].target == target)
		end++;
	*ret_count = end - first;
	return uses->by_target + first;
}
