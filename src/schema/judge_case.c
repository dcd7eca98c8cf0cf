/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "schema/diff_int.h"
#include "schema/judge_cost.h"
#include "schema/judge_int.h"

/* The operations of each set, ended by NULL. */
static const char *const all[] = { "SELECT", "INSERT", "UPDATE", "DELETE", NULL };
static const char *const reads[] = { "SELECT", NULL };
static const char *const insert[] = { "INSERT", NULL };
static const char *const writes[] = { "INSERT", "UPDATE", NULL };
static const char *const changes[] = { "INSERT", "UPDATE", "DELETE", NULL };
static const char *const column[] = { "SELECT", "INSERT", "UPDATE", NULL };
static const char *const conversion[] = { "SELECT", "INSERT", "UPDATE", "WHERE clauses", NULL };
static const char *const data[] = { "Data integrity", NULL };

static const char *const *const affected[] = {
	[AFFECTS_NONE] = NULL,
	[AFFECTS_ALL] = all,
	[AFFECTS_READS] = reads,
	[AFFECTS_INSERT] = insert,
	[AFFECTS_WRITES] = writes,
	[AFFECTS_CHANGES] = changes,
	[AFFECTS_COLUMN] = column,
	[AFFECTS_CONVERSION] = conversion,
	[AFFECTS_DATA] = data,
};

struct judge_case
mig_judge_case(enum judge_rule_id rule, const struct mig_db_op *op)
{
	return (struct judge_case){ .rule = rule, .before = op->before, .after = op->after };
}

const struct mig_db_object *
mig_judge_before(const struct judge *judge, const struct mig_db_object *after)
{
	const struct mig_db_object *before = mig_diff_renamed_from(judge->diff, after);
	if (before == NULL && after->kind != MIG_DB_ROUTINE)
		before = mig_db_find(judge->before, after->kind, after->schema, after->name);
	return before;
}

bool
mig_judge_renamed(const struct judge *judge, const struct mig_db_object *after)
{
	return mig_diff_renamed_from(judge->diff, after) != NULL;
}

/* Whether a schema is the one that nobody has to name. */
static bool
is_plain_schema(const char *schema)
{
	return schema == NULL || strcmp(schema, "public") == 0;
}

const char *
mig_judge_name(struct judge *judge, const struct mig_db_object *object)
{
	const char *name = object->name != NULL ? object->name : "without a name";
	if (object->kind == MIG_DB_ROUTINE) {
		const char *arguments = mig_db_as_routine(object)->arguments;
		name = mig_arena_printf(
		    judge->arena, "%s(%s)", name, arguments != NULL ? arguments : "");
	}
	if (object->parent != NULL || is_plain_schema(object->schema))
		return name;
	return mig_arena_printf(judge->arena, "%s.%s", object->schema, name);
}

/* The table, view or type that a thing belongs to, or it itself. */
static const struct mig_db_object *
owner_of(const struct mig_db_object *object)
{
	return object->parent != NULL ? object->parent : object;
}

/* The word of a path for what a top-level thing is; reports know few of them. */
static const char *
path_root(enum mig_db_kind kind)
{
	static const char *const roots[MIG_DB_KINDS] = {
		[MIG_DB_EXTENSION] = "components.extensions",
		[MIG_DB_NAMESPACE] = "components.schemas",
		[MIG_DB_ENUM] = "components.types",
		[MIG_DB_DOMAIN] = "components.types",
		[MIG_DB_COMPOSITE] = "components.types",
		[MIG_DB_RANGE_TYPE] = "components.types",
		[MIG_DB_COLLATION] = "components.collations",
		[MIG_DB_SEQUENCE] = "components.sequences",
		[MIG_DB_ROUTINE] = "procedures",
		[MIG_DB_TABLE] = "tables",
		[MIG_DB_VIEW] = "views",
		[MIG_DB_MATVIEW] = "views",
		[MIG_DB_STATISTICS] = "components.statistics",
		[MIG_DB_OTHER] = "components.others",
		[MIG_DB_COLUMN] = "columns",
		[MIG_DB_CONSTRAINT] = "constraints",
		[MIG_DB_INDEX] = "indexes",
		[MIG_DB_TRIGGER] = "triggers",
		[MIG_DB_POLICY] = "policies",
		[MIG_DB_RULE] = "rules",
	};
	return roots[kind];
}

/* Constraints are told apart by their kind, as in the reference's reports. */
static const char *
part_name(const struct mig_db_object *object)
{
	static const char *const kinds[] = {
		[MIG_DB_PRIMARY_KEY] = "primary_key",
		[MIG_DB_UNIQUE] = "unique",
		[MIG_DB_FOREIGN_KEY] = "foreign_key",
		[MIG_DB_CHECK] = "check",
		[MIG_DB_EXCLUSION] = "exclusion",
	};
	if (object->kind == MIG_DB_CONSTRAINT)
		return kinds[mig_db_as_constraint(object)->type];
	return object->name;
}

static const char *
path_of(struct judge *judge, const struct mig_db_object *object, const char *part)
{
	const struct mig_db_object *owner = owner_of(object);
	struct mig_buf *out = &judge->text;
	mig_buf_reset(out);
	mig_buf_puts(out, path_root(owner->kind));
	mig_buf_putc(out, '.');
	if (!is_plain_schema(owner->schema))
		mig_buf_printf(out, "%s.", owner->schema);
	mig_buf_puts(out, owner->name);
	if (object->parent != NULL) {
		const char *name = part_name(object);
		mig_buf_printf(out, ".%s%s%s", path_root(object->kind), name != NULL ? "." : "",
		    name != NULL ? name : "");
	}
	if (part != NULL)
		mig_buf_printf(out, ".%s", part);
	return mig_arena_strdup(judge->arena, out->data);
}

/* The words that stand for something in the texts of rules. */
struct word {
	const char *word;
	const char *value;
};

#define WORDS 5

static size_t
put_word(struct mig_buf *out, const char *p, const struct word words[WORDS])
{
	for (size_t i = 0; i < WORDS; i++) {
		size_t len = strlen(words[i].word);
		if (strncmp(p, words[i].word, len) != 0)
			continue;
		mig_buf_puts(out, words[i].value);
		return len;
	}
	mig_buf_putc(out, *p);
	return 1;
}

/* The text with its words replaced, without blanks at its end. */
static const char *
expand(struct judge *judge, const char *text, const struct word words[WORDS])
{
	if (text == NULL || strchr(text, '$') == NULL)
		return text;
	struct mig_buf *out = &judge->text;
	mig_buf_reset(out);
	while (*text != '\0')
		text += put_word(out, text, words);
	size_t len = out->len;
	while (len > 0 && out->data[len - 1] == ' ')
		len--;
	mig_buf_truncate(out, len);
	return mig_arena_strdup(judge->arena, out->data);
}

/* The table or view of a change, by its bare name; NULL for other things. */
static const char *
table_name(const struct mig_db_object *object)
{
	const struct mig_db_object *owner = owner_of(object);
	bool relation = owner->kind == MIG_DB_TABLE || owner->kind == MIG_DB_VIEW ||
	    owner->kind == MIG_DB_MATVIEW;
	return relation ? owner->name : NULL;
}

static struct mig_place
place_of(const struct mig_db_object *object)
{
	if (object == NULL)
		return (struct mig_place){ NULL, 0 };
	return (struct mig_place){ object->file, object->line };
}

/* How many rows the table had before; negative: unknown. */
static double
rows_of(const struct judge *judge, const struct judge_case *fact)
{
	const struct mig_db_object *table = fact->before != NULL ?
	    owner_of(fact->before) :
	    mig_judge_before(judge, owner_of(fact->after));
	bool known =
	    table != NULL && (table->kind == MIG_DB_TABLE || table->kind == MIG_DB_MATVIEW);
	return known ? mig_db_as_table(table)->rows : -1;
}

static void
add_hazard(const struct judge *judge, const struct judge_case *fact, const struct judge_rule *rule,
    bool own, struct mig_change *change)
{
	if (!fact->measured && (!own || rule->lock == JUDGE_NO_HAZARD))
		return;
	if (fact->no_hazard)
		return;
	change->has_hazard = true;
	change->lock = fact->measured ? fact->lock : (enum mig_lock)rule->lock;
	change->work = fact->measured ? fact->work : rule->work;
	change->blocking_seconds =
	    mig_judge_blocking(change->lock, change->work, rows_of(judge, fact));
}

void
mig_judge_add(struct judge *judge, const struct judge_case *fact)
{
	bool own = false;
	const struct judge_rule *rule = mig_judge_rule(judge->dialect, fact->rule, &own);
	const struct mig_db_object *object = fact->before != NULL ? fact->before : fact->after;
	const struct word words[WORDS] = {
		{ "$table", mig_judge_name(judge, owner_of(object)) },
		{ "$name", mig_judge_name(judge, fact->owner_named ? owner_of(object) : object) },
		{ "$old", fact->old_text },
		{ "$new", fact->new_text },
		{ "$extra", fact->extra },
	};
	struct mig_change change = {
		.rule = rule->id,
		.type = fact->type != NULL ? fact->type : rule->type,
		.severity = fact->weighed ? fact->severity : rule->severity,
		.field_path = path_of(judge, object, fact->part),
		.description = expand(judge, rule->description, words),
		.impact = expand(judge, rule->impact, words),
		.suggestion = expand(judge, rule->suggestion, words),
		.old_value = fact->old_json,
		.new_value = fact->new_json,
		.affected = affected[rule->affected],
		.table = table_name(object),
		.part = object->parent != NULL ? object->name : NULL,
		.before = place_of(fact->before),
		.after = place_of(fact->after),
		.blocking_seconds = -1,
		.safe_way = expand(judge, rule->safe_way, words),
	};
	add_hazard(judge, fact, rule, own, &change);
	mig_check_add(judge->check, &change);
}
