/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "source/ddl_int.h"
#include "source/sql_words.h"

/* Names that a tree mentions, gathered into one thing. */
struct gather {
	struct ddl *ddl;
	struct mig_db_object *object; /* that gets the mentions */
	const struct mig_db_object *table;
	const struct mig_db_object *relations[CANON_RELATIONS_MAX];
	const char *aliases[CANON_RELATIONS_MAX];
	size_t relations_count;
};

const char *
ddl_text(struct ddl *ddl, const char *text)
{
	return text != NULL && *text != '\0' ? mig_arena_strdup(ddl->arena, text) : NULL;
}

const char *const *
ddl_strings(struct ddl *ddl, PgQuery__Node *const *nodes, size_t count)
{
	const char **names = mig_arena_array(ddl->arena, count + 1, sizeof(*names));
	for (size_t i = 0; names != NULL && i < count; i++)
		names[i] = mig_arena_strdup(ddl->arena, sql_string(nodes[i]));
	return names;
}

void
ddl_remove_ref(struct ddl *ddl, struct mig_db_object *object, const struct mig_db_ref *ref)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < object->extra->refs_count; i++) {
		const struct mig_db_ref *other = &object->extra->refs[i];
		if (other->kind != ref->kind || !mig_db_same(other->schema, ref->schema) ||
		    !mig_db_same(other->name, ref->name) ||
		    !mig_db_same(other->column, ref->column))
			object->extra->refs[kept++] = *other;
	}
	mig_db_set_refs(ddl->db, object, object->extra->refs, kept);
}

void
ddl_add_ref(struct ddl *ddl, struct mig_db_object *object, struct mig_db_ref ref)
{
	struct mig_db_ref *refs = object->extra->refs;
	uint32_t count = object->extra->refs_count;
	for (uint32_t i = 0; i < count; i++) {
		const struct mig_db_ref *other = &refs[i];
		if (other->kind == ref.kind && mig_db_same(other->schema, ref.schema) &&
		    mig_db_same(other->name, ref.name) && mig_db_same(other->column, ref.column))
			return;
	}
	if ((count & (count - 1)) == 0) {
		size_t cap = count == 0 ? 1 : (size_t)count * 2;
		struct mig_db_ref *grown = mig_arena_array(ddl->arena, cap, sizeof(*grown));
		if (grown == NULL)
			return;
		if (count > 0)
			memcpy(grown, refs, count * sizeof(*grown));
		refs = grown;
	}
	ref.schema = mig_arena_strdup(ddl->arena, ref.schema);
	ref.name = mig_arena_strdup(ddl->arena, ref.name);
	ref.column = mig_arena_strdup(ddl->arena, ref.column);
	refs[count] = ref;
	mig_db_set_refs(ddl->db, object, refs, count + 1U);
}

static void
gather_range(struct gather *gather, const PgQuery__RangeVar *range)
{
	const struct mig_db_object *relation =
	    ddl_find(gather->ddl, MIG_DB_TABLE, ddl_range_name(range));
	if (relation == NULL)
		return;
	if (relation != gather->table && relation != gather->object)
		ddl_add_ref(gather->ddl, gather->object,
		    (struct mig_db_ref){ MIG_DB_TABLE, relation->schema, relation->name, NULL });
	if (gather->relations_count == CANON_RELATIONS_MAX)
		return;
	gather->aliases[gather->relations_count] =
	    range->alias != NULL ? range->alias->aliasname : range->relname;
	gather->relations[gather->relations_count++] = relation;
}

/* First pass: relations. */
static bool
gather_relations(ProtobufCMessage *message, void *context)
{
	if (message->descriptor == &pg_query__range_var__descriptor)
		gather_range(context, (PgQuery__RangeVar *)message);
	return true;
}

static void
gather_column_of(struct gather *gather, const struct mig_db_object *relation, const char *name)
{
	if (mig_db_find_part(relation, MIG_DB_COLUMN, name) != NULL)
		ddl_add_ref(gather->ddl, gather->object,
		    (struct mig_db_ref){ MIG_DB_TABLE, relation->schema, relation->name, name });
}

/* The columns of that name; alias NULL: of all relations. */
static void
gather_column(struct gather *gather, const char *alias, const char *name)
{
	if (name == NULL)
		return;
	if (gather->table != NULL &&
	    (alias == NULL || mig_db_same(alias, gather->table->name) ||
	        strcmp(alias, "new") == 0 || strcmp(alias, "old") == 0))
		gather_column_of(gather, gather->table, name);
	for (size_t i = 0; i < gather->relations_count; i++)
		if (alias == NULL || mig_db_same(alias, gather->aliases[i]))
			gather_column_of(gather, gather->relations[i], name);
}

/* As only the server can tell which one is meant, all of that name are. */
void
ddl_add_routine_refs(struct ddl *ddl, struct mig_db_object *object, struct ddl_name name)
{
	struct mig_db_object *const *routines = NULL;
	size_t count = ddl_routines_named(ddl, name, &routines);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_routine *routine = mig_db_as_routine(routines[i]);
		const char *whole = mig_arena_printf(ddl->scratch, "%s(%s)", routine->base.name,
		    routine->arguments != NULL ? routine->arguments : "");
		if (routines[i] != object)
			ddl_add_ref(ddl, object,
			    (struct mig_db_ref){
			        MIG_DB_ROUTINE, routine->base.schema, whole, NULL });
	}
}

static void
gather_type(struct gather *gather, const PgQuery__TypeName *type)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_ENUM, MIG_DB_DOMAIN, MIG_DB_COMPOSITE,
		MIG_DB_RANGE_TYPE, MIG_DB_TABLE };
	struct ddl_name name = ddl_name_of(type->names, type->n_names);
	if (name.name == NULL || (name.schema == NULL && sql_is_builtin_type(name.name)))
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct mig_db_object *found = ddl_find(gather->ddl, kinds[i], name);
		if (found == NULL)
			continue;
		if (found != gather->object)
			ddl_add_ref(gather->ddl, gather->object,
			    (struct mig_db_ref){ found->kind, found->schema, found->name, NULL });
		return;
	}
}

/* nextval('schema.name') */
static void
gather_sequence(struct gather *gather, const PgQuery__FuncCall *call)
{
	const char *function = sql_last(call->funcname, call->n_funcname);
	const char *text = call->n_args > 0 ? sql_const_string(call->args[0]) : NULL;
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	if (text == NULL || !mig_db_same(function, "nextval"))
		return;
	char *statement = mig_arena_printf(gather->ddl->scratch, "TABLE %s", text);
	if (statement == NULL ||
	    sql_parse(gather->ddl->scratch, statement, &result, &error) != MIG_OK)
		return;
	const PgQuery__SelectStmt *select = result->stmts[0]->stmt->select_stmt;
	struct ddl_name name = ddl_range_name(select->from_clause[0]->range_var);
	const struct mig_db_object *sequence = ddl_find(gather->ddl, MIG_DB_SEQUENCE, name);
	if (sequence != NULL)
		ddl_add_ref(gather->ddl, gather->object,
		    (struct mig_db_ref){ MIG_DB_SEQUENCE, sequence->schema, sequence->name, NULL });
}

static bool
gather_rest(ProtobufCMessage *message, void *context)
{
	struct gather *gather = context;
	const ProtobufCMessageDescriptor *kind = message->descriptor;
	if (kind == &pg_query__column_ref__descriptor) {
		const PgQuery__ColumnRef *ref = (PgQuery__ColumnRef *)message;
		gather_column(gather, sql_before_last(ref->fields, ref->n_fields),
		    sql_last(ref->fields, ref->n_fields));
	} else if (kind == &pg_query__join_expr__descriptor) {
		const PgQuery__JoinExpr *join = (PgQuery__JoinExpr *)message;
		for (size_t i = 0; i < join->n_using_clause; i++)
			gather_column(gather, NULL, sql_string(join->using_clause[i]));
	} else if (kind == &pg_query__func_call__descriptor) {
		PgQuery__FuncCall *call = (PgQuery__FuncCall *)message;
		ddl_add_routine_refs(
		    gather->ddl, gather->object, ddl_name_of(call->funcname, call->n_funcname));
		gather_sequence(gather, call);
	} else if (kind == &pg_query__create_trig_stmt__descriptor) {
		PgQuery__CreateTrigStmt *trigger = (PgQuery__CreateTrigStmt *)message;
		ddl_add_routine_refs(gather->ddl, gather->object,
		    ddl_name_of(trigger->funcname, trigger->n_funcname));
		for (size_t i = 0; i < trigger->n_columns && gather->table != NULL; i++)
			gather_column_of(gather, gather->table, sql_string(trigger->columns[i]));
	} else if (kind == &pg_query__index_elem__descriptor) {
		const char *name = ((PgQuery__IndexElem *)message)->name;
		if (*name != '\0' && gather->table != NULL)
			gather_column_of(gather, gather->table, name);
	} else if (kind == &pg_query__type_name__descriptor) {
		gather_type(gather, (PgQuery__TypeName *)message);
	}
	return true;
}

static void
gather_refs(struct ddl *ddl, struct mig_db_object *table, ProtobufCMessage *message,
    struct mig_db_object *object)
{
	if (object == NULL)
		return;
	struct gather gather = { .ddl = ddl, .object = object, .table = table };
	sql_walk(message, gather_relations, NULL, &gather);
	sql_walk(message, gather_rest, NULL, &gather);
}

/* The tree's own lists must not be those of the statement before. */
static void
tree_start(struct ddl *ddl, const struct mig_db_object *table)
{
	ddl->canon.table = table;
	ddl->tree = (struct canon_tree){ .canon = &ddl->canon, .scratch = ddl->scratch };
}

void
ddl_fix_names(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *node)
{
	tree_start(ddl, table);
	ddl->tree.names_only = true;
	canon_fix(&ddl->tree, &node->base);
}

static const char *
as_written(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *expr)
{
	ddl_fix_names(ddl, table, expr);
	return sql_deparse_expr(ddl->scratch, expr);
}

void
ddl_set_written(
    struct ddl *ddl, struct mig_db_object *object, const char *written, const char *canonical)
{
	if (object != NULL)
		mig_db_set_written(ddl->db, object,
		    canonical != NULL && !mig_db_same(written, canonical) ?
		        mig_arena_strdup(ddl->arena, written) :
		        NULL);
}

const char *
ddl_expr(
    struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *expr, struct mig_db_object *refs)
{
	if (expr == NULL)
		return NULL;
	const char *written = as_written(ddl, table, expr);
	tree_start(ddl, table);
	canon_fix(&ddl->tree, &expr->base);
	gather_refs(ddl, table, &expr->base, refs);
	const char *text = mig_arena_strdup(ddl->arena, sql_deparse_expr(ddl->scratch, expr));
	ddl_set_written(ddl, refs, written, text);
	return text;
}

const char *
ddl_default(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *expr, const char *type,
    struct mig_db_object *refs)
{
	if (expr == NULL)
		return NULL;
	const char *written = as_written(ddl, table, expr);
	tree_start(ddl, table);
	PgQuery__Node *fixed = canon_fix_default(&ddl->tree, expr, type);
	if (fixed == NULL)
		return NULL;
	gather_refs(ddl, table, &fixed->base, refs);
	const char *text = mig_arena_strdup(ddl->arena, sql_deparse_expr(ddl->scratch, fixed));
	ddl_set_written(ddl, refs, written, text);
	return text;
}

void
ddl_statement_refs(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *statement,
    struct mig_db_object *refs)
{
	tree_start(ddl, table);
	canon_fix(&ddl->tree, &statement->base);
	gather_refs(ddl, table, &statement->base, refs);
}

/* A statement as the library writes it, without the space that it leaves at the end; NULL. */
static const char *
deparse(struct ddl *ddl, PgQuery__Node *statement)
{
	const char *text = sql_deparse(ddl->scratch, statement);
	size_t len = text != NULL ? strlen(text) : 0;
	while (len > 0 && text[len - 1] == ' ')
		len--;
	return text != NULL ? mig_arena_strndup(ddl->scratch, text, len) : NULL;
}

const char *
ddl_statement(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *statement,
    const char *head, struct mig_db_object *refs)
{
	ddl_fix_names(ddl, table, statement);
	const char *written = deparse(ddl, statement);
	ddl_statement_refs(ddl, table, statement, refs);
	const char *text = deparse(ddl, statement);
	if (text == NULL) {
		if (!mig_arena_failed(ddl->scratch))
			ddl_not_understood(ddl, "the parser's library cannot write it");
		return NULL;
	}
	ddl_set_written(ddl, refs, written, text);
	if (head != NULL && strncmp(text, head, strlen(head)) == 0)
		text += strlen(head);
	return mig_arena_strdup(ddl->arena, text);
}

const char *
ddl_type(struct ddl *ddl, const PgQuery__TypeName *type, struct mig_db_object *refs)
{
	if (type == NULL)
		return NULL;
	tree_start(ddl, NULL);
	if (refs != NULL) {
		struct gather gather = { .ddl = ddl, .object = refs };
		gather_type(&gather, type);
	}
	return canon_type_name(&ddl->tree, type);
}

const char *
ddl_option_value(struct ddl *ddl, const PgQuery__DefElem *option)
{
	const PgQuery__Node *arg = option->arg;
	if (arg == NULL)
		return NULL;
	if (arg->node_case == PG_QUERY__NODE__NODE_INTEGER)
		return mig_arena_printf(ddl->scratch, "%d", arg->integer->ival);
	if (arg->node_case == PG_QUERY__NODE__NODE_FLOAT)
		return arg->float_->fval;
	if (arg->node_case == PG_QUERY__NODE__NODE_BOOLEAN)
		return arg->boolean->boolval ? "true" : "false";
	if (arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
		return sql_last(arg->type_name->names, arg->type_name->n_names);
	if (arg->node_case == PG_QUERY__NODE__NODE_LIST)
		return sql_last(arg->list->items, arg->list->n_items);
	return sql_string(arg);
}

struct options {
	const char *texts[128]; /* "a=1" */
	size_t count;
};

static size_t
key_length(const char *text)
{
	return strcspn(text, "=");
}

static void
option_set(struct options *options, const char *text, bool reset)
{
	size_t len = key_length(text);
	size_t kept = 0;
	for (size_t i = 0; i < options->count; i++) {
		const char *other = options->texts[i];
		if (key_length(other) != len || strncmp(other, text, len) != 0)
			options->texts[kept++] = other;
	}
	options->count = kept;
	if (!reset && options->count < sizeof(options->texts) / sizeof(options->texts[0]))
		options->texts[options->count++] = text;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *
ddl_options(struct ddl *ddl, const char *now, PgQuery__Node *const *nodes, size_t count, bool reset)
{
	struct options options = { .count = 0 };
	struct mig_buf text;
	char *end = NULL;
	for (char *at = mig_arena_strdup(ddl->scratch, now); at != NULL; at = end) {
		end = strstr(at, ", ");
		if (end != NULL) {
			*end = '\0';
			end += 2;
		}
		option_set(&options, at, false);
	}
	for (size_t i = 0; i < count; i++) {
		const PgQuery__DefElem *option = nodes[i]->def_elem;
		const char *value = ddl_option_value(ddl, option);
		const char *one = mig_arena_printf(ddl->scratch, "%s%s%s=%s", option->defnamespace,
		    *option->defnamespace != '\0' ? "." : "", option->defname,
		    value != NULL ? value : "true");
		if (one != NULL)
			option_set(&options, one, reset);
	}
	qsort(options.texts, options.count, sizeof(options.texts[0]), compare_texts);
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	for (size_t i = 0; i < options.count; i++)
		mig_buf_printf(&text, "%s%s", i > 0 ? ", " : "", options.texts[i]);
	const char *result = options.count > 0 ? mig_arena_strdup(ddl->arena, text.data) : NULL;
	mig_buf_fini(&text);
	return result;
}

const char *
ddl_collation(struct ddl *ddl, const char *schema, const char *name)
{
	struct mig_buf text;
	const struct mig_db_object *own =
	    ddl_find(ddl, MIG_DB_COLLATION, (struct ddl_name){ .schema = schema, .name = name });
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	if (own != NULL) {
		sql_ident(&text, own->schema);
		mig_buf_putc(&text, '.');
	}
	sql_ident(&text, name);
	const char *result = mig_arena_strdup(ddl->arena, text.data);
	mig_buf_fini(&text);
	return result;
}

const char *
ddl_nextval(struct ddl *ddl, const char *sequence)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	mig_buf_puts(&text, "nextval(");
	sql_literal(&text, sequence);
	mig_buf_putc(&text, ')');
	const char *result = mig_arena_strdup(ddl->arena, text.data);
	mig_buf_fini(&text);
	return result;
}
