/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <pg_query.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "source/sql_tree.h"
#include "source/sql_words.h"

static void *
tree_alloc(void *context, size_t size)
{
	return mig_arena_alloc(context, size);
}

/* The arena frees all at once. */
static void
tree_free(void *context, void *memory)
{
	(void)context;
	(void)memory;
}

static void
set_error(struct sql_error *error, const char *message, size_t offset)
{
	(void)snprintf(error->message, sizeof(error->message), "%s", message);
	error->offset = offset;
}

/* The byte of a position that counts characters from 1; 0 where there is none. */
static size_t
byte_offset(const char *text, int position)
{
	size_t at = 0;
	for (int i = 1; i < position && text[at] != '\0'; i++) {
		at++;
		while (((unsigned char)text[at] & 0xc0U) == 0x80U)
			at++;
	}
	return at;
}

int
sql_parse(struct mig_arena *arena, const char *text, PgQuery__ParseResult **ret_result,
    struct sql_error *ret_error)
{
	if (sql_depth(text, strlen(text)) > MIG_SQL_DEPTH_MAX) {
		set_error(ret_error, "nested too deep", 0);
		return MIG_ELIMIT;
	}
	PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(text);
	int rc = MIG_OK;
	if (parsed.error != NULL) {
		set_error(
		    ret_error, parsed.error->message, byte_offset(text, parsed.error->cursorpos));
		rc = MIG_EDOC;
	} else {
		ProtobufCAllocator allocator = { tree_alloc, tree_free, arena };
		*ret_result = pg_query__parse_result__unpack(
		    &allocator, parsed.parse_tree.len, (const uint8_t *)parsed.parse_tree.data);
		rc = *ret_result != NULL && !mig_arena_failed(arena) ? MIG_OK : MIG_ENOMEM;
	}
	pg_query_free_protobuf_parse_result(parsed);
	return rc;
}

/* A token without its quotes, doubled ones once. */
static size_t
unquote(const char *text, size_t len, char *ret_name)
{
	size_t out = 0;
	if (len < 2 || *text != '"') {
		memcpy(ret_name, text, len);
		return len;
	}
	for (size_t i = 1; i + 1 < len; i++) {
		ret_name[out++] = text[i];
		i += text[i] == '"';
	}
	return out;
}

int
sql_identifiers(struct mig_arena *arena, const char *text, sql_identifier_fn see, void *context)
{
	PgQueryScanResult scanned = pg_query_scan(text);
	ProtobufCAllocator allocator = { tree_alloc, tree_free, arena };
	PgQuery__ScanResult *result = scanned.error == NULL ?
	    pg_query__scan_result__unpack(
	        &allocator, scanned.pbuf.len, (const uint8_t *)scanned.pbuf.data) :
	    NULL;
	char *name = mig_arena_alloc(arena, strlen(text) + 1);
	int rc = name != NULL && (result != NULL || scanned.error != NULL) ? MIG_OK : MIG_ENOMEM;
	for (size_t i = 0; rc == MIG_OK && result != NULL && i < result->n_tokens; i++) {
		const PgQuery__ScanToken *token = result->tokens[i];
		if (token->token != PG_QUERY__TOKEN__IDENT)
			continue;
		size_t len =
		    unquote(text + token->start, (size_t)(token->end - token->start), name);
		see(name, len, context);
	}
	pg_query_free_scan_result(scanned);
	return rc;
}

/* The library writes the columns of CREATE STATISTICS as they are: with their quotes, then. */
static PgQuery__Node *
quote_statistics(struct mig_arena *arena, PgQuery__Node *statement)
{
	if (statement == NULL || statement->node_case != PG_QUERY__NODE__NODE_CREATE_STATS_STMT)
		return statement;
	const PgQuery__CreateStatsStmt *from = statement->create_stats_stmt;
	PgQuery__CreateStatsStmt *copy = mig_arena_alloc(arena, sizeof(*copy));
	PgQuery__StatsElem *elements = mig_arena_array(arena, from->n_exprs, sizeof(*elements));
	PgQuery__Node **list = mig_arena_array(arena, from->n_exprs, sizeof(*list));
	if (copy == NULL || elements == NULL || list == NULL)
		return NULL;
	*copy = *from;
	copy->exprs = list;
	for (size_t i = 0; i < from->n_exprs; i++) {
		struct mig_buf name;
		mig_buf_init(&name, MIG_SQL_BYTES_MAX);
		elements[i] = *from->exprs[i]->stats_elem;
		if (*elements[i].name != '\0')
			sql_ident(&name, elements[i].name);
		elements[i].name = mig_arena_strdup(arena, name.data);
		list[i] = sql_node(arena, PG_QUERY__NODE__NODE_STATS_ELEM, &elements[i]);
		mig_buf_fini(&name);
	}
	return sql_node(arena, PG_QUERY__NODE__NODE_CREATE_STATS_STMT, copy);
}

char *
sql_deparse(struct mig_arena *arena, PgQuery__Node *statement)
{
	PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
	PgQuery__RawStmt *statements[] = { &raw };
	PgQuery__ParseResult result = PG_QUERY__PARSE_RESULT__INIT;
	statement = quote_statistics(arena, statement);
	raw.stmt = statement;
	result.n_stmts = 1;
	result.stmts = statements;
	if (statement == NULL || mig_arena_failed(arena))
		return NULL;
	size_t len = pg_query__parse_result__get_packed_size(&result);
	char *data = mig_arena_alloc(arena, len + 1);
	if (data == NULL)
		return NULL;
	PgQueryProtobuf packed = { pg_query__parse_result__pack(&result, (uint8_t *)data), data };
	PgQueryDeparseResult text = pg_query_deparse_protobuf(packed);
	char *copy = text.error == NULL ? mig_arena_strdup(arena, text.query) : NULL;
	pg_query_free_deparse_result(text);
	return copy;
}

/* What most defaults are, written without a round through the library; NULL: not so simple. */
static char *
deparse_simple(struct mig_arena *arena, const PgQuery__Node *expr)
{
	if (expr->node_case == PG_QUERY__NODE__NODE_A_CONST) {
		const PgQuery__AConst *constant = expr->a_const;
		if (constant->val_case == PG_QUERY__A__CONST__VAL_IVAL)
			return mig_arena_printf(arena, "%d", constant->ival->ival);
		if (constant->val_case == PG_QUERY__A__CONST__VAL_FVAL)
			return mig_arena_strdup(arena, constant->fval->fval);
		if (constant->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL)
			return mig_arena_strdup(
			    arena, constant->boolval->boolval ? "true" : "false");
	}
	const char *text = sql_const_string(expr);
	if (text == NULL || strpbrk(text, "'\\") != NULL)
		return NULL;
	return mig_arena_printf(arena, "'%s'", text);
}

char *
sql_deparse_expr(struct mig_arena *arena, PgQuery__Node *expr)
{
	static const char head[] = "SELECT ";
	if (expr == NULL)
		return NULL;
	char *simple = deparse_simple(arena, expr);
	if (simple != NULL)
		return simple;
	PgQuery__ResTarget target;
	pg_query__res_target__init(&target);
	PgQuery__Node target_node = PG_QUERY__NODE__INIT;
	PgQuery__Node *targets[] = { &target_node };
	PgQuery__SelectStmt select = PG_QUERY__SELECT_STMT__INIT;
	PgQuery__Node statement = PG_QUERY__NODE__INIT;
	target.val = expr;
	target_node.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
	target_node.res_target = &target;
	select.n_target_list = 1;
	select.target_list = targets;
	select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
	select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
	statement.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
	statement.select_stmt = &select;
	char *text = sql_deparse(arena, &statement);
	if (text == NULL || strncmp(text, head, sizeof(head) - 1) != 0)
		return NULL;
	return text + sizeof(head) - 1;
}

static bool
is_plain(const char *name)
{
	if (!((*name >= 'a' && *name <= 'z') || *name == '_'))
		return false;
	for (const char *at = name; *at != '\0'; at++)
		if (!((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '_'))
			return false;
	return !sql_is_reserved(name);
}

void
sql_ident(struct mig_buf *out, const char *name)
{
	if (is_plain(name)) {
		mig_buf_puts(out, name);
		return;
	}
	mig_buf_putc(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			mig_buf_putc(out, '"');
		mig_buf_putc(out, *name);
	}
	mig_buf_putc(out, '"');
}

void
sql_literal(struct mig_buf *out, const char *text)
{
	if (strchr(text, '\\') != NULL)
		mig_buf_puts(out, "E");
	mig_buf_putc(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			mig_buf_putc(out, *text);
		mig_buf_putc(out, *text);
	}
	mig_buf_putc(out, '\'');
}

struct walk {
	sql_visit_fn enter;
	sql_visit_fn leave;
	void *context;
	unsigned depth;
};

/* Far more than what sql_parse() lets through makes. */
#define WALK_DEPTH_MAX (16U * MIG_SQL_DEPTH_MAX)

/* How many messages a field holds. */
static size_t
field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const char *base = (const char *)message;
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return 0;
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)(const void *)(base + field->quantifier_offset);
	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
	    *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id)
		return 0;
	return *(ProtobufCMessage *const *)(const void *)(base + field->offset) != NULL ? 1 : 0;
}

static ProtobufCMessage *
field_part(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i)
{
	const void *at = (const char *)message + field->offset;
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return (*(ProtobufCMessage * *const *)at)[i];
	return *(ProtobufCMessage *const *)at;
}

/* What a node is, which is one of some 250 and always in the same place; NULL: no node. */
static ProtobufCMessage *
node_part(ProtobufCMessage *message)
{
	PgQuery__Node *node = (PgQuery__Node *)message;
	if (message->descriptor != &pg_query__node__descriptor || node->alias == NULL)
		return NULL;
	return &node->alias->base;
}

static void
walk(ProtobufCMessage *message, struct walk *how)
{
	bool into = how->enter == NULL || how->enter(message, how->context);
	how->depth++;
	MIG_ASSERT(how->depth < WALK_DEPTH_MAX);
	if (into && node_part(message) != NULL)
		walk(node_part(message), how);
	for (unsigned f = 0; into && f < message->descriptor->n_fields; f++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[f];
		if (message->descriptor == &pg_query__node__descriptor)
			break;
		for (size_t i = 0; i < field_count(message, field); i++)
			walk(field_part(message, field, i), how);
	}
	how->depth--;
	if (how->leave != NULL)
		(void)how->leave(message, how->context);
}

void
sql_walk(ProtobufCMessage *message, sql_visit_fn enter, sql_visit_fn leave, void *context)
{
	struct walk how = { enter, leave, context, 0 };
	if (message != NULL)
		walk(message, &how);
}

const char *
sql_string(const PgQuery__Node *node)
{
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_STRING)
		return NULL;
	return node->string->sval;
}

const char *
sql_last(PgQuery__Node *const *names, size_t count)
{
	return count > 0 ? sql_string(names[count - 1]) : NULL;
}

const char *
sql_before_last(PgQuery__Node *const *names, size_t count)
{
	return count > 1 ? sql_string(names[count - 2]) : NULL;
}

const char *
sql_const_string(const PgQuery__Node *node)
{
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_A_CONST)
		return NULL;
	if (node->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
		return NULL;
	return node->a_const->sval->sval;
}

PgQuery__Node *
sql_node(struct mig_arena *arena, PgQuery__Node__NodeCase node_case, void *message)
{
	PgQuery__Node *node = mig_arena_alloc(arena, sizeof(*node));
	if (node == NULL || message == NULL)
		return NULL;
	pg_query__node__init(node);
	node->node_case = node_case;
	node->alias = message;
	return node;
}

PgQuery__Node *
sql_make_string(struct mig_arena *arena, const char *text)
{
	PgQuery__String *string = mig_arena_alloc(arena, sizeof(*string));
	if (string == NULL)
		return NULL;
	pg_query__string__init(string);
	string->sval = mig_arena_strdup(arena, text);
	return sql_node(arena, PG_QUERY__NODE__NODE_STRING, string);
}

static PgQuery__AConst *
make_const(struct mig_arena *arena)
{
	PgQuery__AConst *constant = mig_arena_alloc(arena, sizeof(*constant));
	if (constant != NULL)
		pg_query__a__const__init(constant);
	return constant;
}

PgQuery__Node *
sql_make_const(struct mig_arena *arena, const char *text)
{
	PgQuery__AConst *constant = make_const(arena);
	PgQuery__String *string = mig_arena_alloc(arena, sizeof(*string));
	if (constant == NULL || string == NULL)
		return NULL;
	pg_query__string__init(string);
	string->sval = mig_arena_strdup(arena, text);
	constant->val_case = PG_QUERY__A__CONST__VAL_SVAL;
	constant->sval = string;
	return sql_node(arena, PG_QUERY__NODE__NODE_A_CONST, constant);
}

PgQuery__Node *
sql_make_number(struct mig_arena *arena, const char *text)
{
	PgQuery__AConst *constant = make_const(arena);
	PgQuery__Integer *integer = mig_arena_alloc(arena, sizeof(*integer));
	PgQuery__Float *number = mig_arena_alloc(arena, sizeof(*number));
	int64_t value = 0;
	if (constant == NULL || integer == NULL || number == NULL)
		return NULL;
	pg_query__integer__init(integer);
	pg_query__float__init(number);
	if (mig_num_int(text, INT32_MIN, INT32_MAX, &value) == MIG_OK) {
		integer->ival = (int32_t)value;
		constant->val_case = PG_QUERY__A__CONST__VAL_IVAL;
		constant->ival = integer;
	} else {
		number->fval = mig_arena_strdup(arena, text);
		constant->val_case = PG_QUERY__A__CONST__VAL_FVAL;
		constant->fval = number;
	}
	return sql_node(arena, PG_QUERY__NODE__NODE_A_CONST, constant);
}

PgQuery__Node **
sql_make_name(struct mig_arena *arena, const char *text)
{
	PgQuery__Node **names = mig_arena_array(arena, 1, sizeof(*names));
	if (names == NULL)
		return NULL;
	names[0] = sql_make_string(arena, text);
	return names[0] != NULL ? names : NULL;
}
