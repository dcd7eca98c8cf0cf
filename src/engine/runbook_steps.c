/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "engine/runbook_fill.h"
#include "engine/runbook_select.h"
#include "engine/runbook_steps.h"
#include "engine/runbook_tables.h"

#define STEP_ID_MAX 64
#define TIMEOUT_FACTOR 3 /* of the estimate */
#define TIMEOUT_MIN 5
#define WORKLOADS_SHOWN 8
#define COUNT_TEXT 32

const char *const *
mig_steps_validation(const char *type)
{
	for (size_t i = 0; i < mig_validation_row_count; i++)
		if (strcmp(mig_validation_rows[i].type, type) == 0)
			return mig_validation_rows[i].texts;
	return NULL;
}

static void
step_id(const struct mig_draft *draft, size_t index, char ret_id[STEP_ID_MAX])
{
	const char *family = draft->row->family;
	if (draft->order == MIG_CLOSING_ORDER)
		(void)snprintf(ret_id, STEP_ID_MAX, "rb_%s_%zu_final", family, index);
	else
		(void)snprintf(ret_id, STEP_ID_MAX, "rb_%s_%zu_%02d", family, index, draft->order);
}

/*
 * A step waits for the one before it: one of every runbook in its family, one of ours whatever
 * that is; the closing check waits for all.
 */
static void
write_dependencies(struct mig_jw *jw, const struct mig_drafts *drafts, size_t position)
{
	const struct mig_draft *draft = &drafts->list[position];
	mig_jw_array(jw, "dependencies");
	for (size_t i = 0; i < position; i++) {
		const struct mig_draft *other = &drafts->list[i];
		bool before = draft->own ? i + 1 == position
		    : strcmp(other->row->family, draft->row->family) == 0 &&
		        other->order == draft->order - 1;
		if (draft->order != MIG_CLOSING_ORDER && !before)
			continue;
		char id[STEP_ID_MAX];
		step_id(other, drafts->index, id);
		mig_jw_string(jw, NULL, id);
	}
	mig_jw_array_end(jw);
}

static const char *
text_or(const struct mig_json *node, const char *key, const char *fallback)
{
	const char *text = mig_json_string(mig_json_get(node, key));
	return text != NULL && *text != '\0' ? text : fallback;
}

/* A string that lives as long as the values do; the arena remembers a failure. */
static const char *
kept(struct mig_fill *fill, const char *text)
{
	const char *copy = mig_arena_strdup(fill->arena, text);
	return copy == NULL ? "" : copy;
}

static void
describe_table(struct mig_fill *fill, const struct mig_json *node)
{
	const char *name = mig_json_string(mig_json_get(node, "name"));
	char rows[COUNT_TEXT];
	struct mig_buf quoted;
	mig_buf_init(&quoted, MIG_NAME_MAX * 8);
	(void)snprintf(rows, sizeof(rows), "%.0f",
	    mig_json_number(mig_json_get(node, "row_count")));
	mig_fill_local(fill, "table", MIG_VALUE_IDENTIFIER, name);
	mig_fill_text(fill, MIG_PLACE_SQL, "{table}", &quoted);
	mig_fill_local(fill, "quoted_table", MIG_VALUE_STATEMENT, kept(fill, quoted.data));
	mig_fill_local(fill, "rows", MIG_VALUE_WORD, kept(fill, rows));
	mig_fill_local(fill, "weight", MIG_VALUE_TEXT,
	    mig_json_bool(mig_json_get(node, "critical")) ? "critical" : "not critical");
	mig_buf_fini(&quoted);
}

static void
describe_script(struct mig_fill *fill, const struct mig_json *node)
{
	const char *undo = text_or(node, "undo", "");
	if (mig_json_bool(mig_json_get(node, "transactional"))) {
		const char *whole = mig_arena_printf(fill->arena, "BEGIN;\n%s\nCOMMIT;", undo);
		undo = whole == NULL ? "" : whole;
	}
	mig_fill_local(fill, "table", MIG_VALUE_IDENTIFIER, text_or(node, "table", "the table"));
	mig_fill_local(fill, "change", MIG_VALUE_TEXT, text_or(node, "change", "a change"));
	mig_fill_local(fill, "what", MIG_VALUE_TEXT, text_or(node, "description", "a change"));
	mig_fill_local(fill, "verify", MIG_VALUE_TEXT, text_or(node, "verify", "SELECT 1"));
	mig_fill_local(fill, "undo", MIG_VALUE_STATEMENT, undo);
}

static void
describe_wave(struct mig_fill *fill, const struct mig_slice *of)
{
	struct mig_buf names;
	char wave[COUNT_TEXT];
	mig_buf_init(&names, MIG_DOC_BYTES_MAX);
	for (size_t i = 0; i < of->count && i < WORKLOADS_SHOWN; i++)
		mig_buf_printf(&names, "%s%s", i > 0 ? ", " : "",
		    mig_json_string(mig_json_get(of->items[i], "name")));
	if (of->count > WORKLOADS_SHOWN)
		mig_buf_printf(&names, " and %zu more", of->count - WORKLOADS_SHOWN);
	(void)snprintf(wave, sizeof(wave), "%.0f",
	    mig_json_number(mig_json_get(of->items[0], "wave")));
	mig_fill_local(fill, "wave", MIG_VALUE_WORD, kept(fill, wave));
	mig_fill_local(fill, "workloads", MIG_VALUE_TEXT, kept(fill, names.data));
	mig_buf_fini(&names);
}

/* The values that an element has for the texts of its step. */
static void
describe_item(struct mig_fill *fill, enum mig_each each, const struct mig_json *node)
{
	switch (each) {
	case MIG_EACH_PHASE:
		break;
	case MIG_EACH_FLAG:
		mig_fill_local(fill, "flag", MIG_VALUE_TEXT, mig_json_string(node));
		mig_fill_local(fill, "percentage", MIG_VALUE_WORD, "0");
		mig_fill_local(fill, "enabled", MIG_VALUE_WORD, "false");
		break;
	case MIG_EACH_TABLE:
		describe_table(fill, node);
		break;
	case MIG_EACH_SCRIPT:
	case MIG_EACH_FINAL_SCRIPT:
		describe_script(fill, node);
		break;
	case MIG_EACH_WAVE:
		mig_fill_local(fill, "workload", MIG_VALUE_TEXT,
		    mig_json_string(mig_json_get(node, "name")));
		break;
	}
}

static void
describe(struct mig_fill *fill, const struct mig_draft *draft)
{
	char count[COUNT_TEXT];
	if (draft->of.count == 0)
		return;
	(void)snprintf(count, sizeof(count), "%zu", draft->of.count);
	mig_fill_local(fill, "count", MIG_VALUE_WORD, kept(fill, count));
	if (draft->row->each == MIG_EACH_WAVE)
		describe_wave(fill, &draft->of);
	describe_item(fill, draft->row->each, draft->of.items[0]);
}

/* The row's script, or that for the means in use. */
static const char *
script_of(const struct mig_fill *fill, const struct mig_step_row *row)
{
	const struct mig_means_row *means = mig_means_rows;
	for (; row->purpose != NULL && means->purpose != NULL; means++) {
		if (strcmp(means->purpose, row->purpose) != 0)
			continue;
		const char *choice = mig_fill_choice(fill, means->choice);
		if (means->value == NULL || (choice != NULL && strcmp(means->value, choice) == 0))
			return means->script;
	}
	return row->script;
}

static enum mig_place
place_of(const char *kind)
{
	static const struct {
		const char *kind;
		enum mig_place place;
	} places[] = { { "sql", MIG_PLACE_SQL }, { "bash", MIG_PLACE_BASH },
		{ "api", MIG_PLACE_HTTP } };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i].kind, kind) == 0)
			return places[i].place;
	return MIG_PLACE_PLAIN;
}

static void
write_script(struct mig_fill *fill, struct mig_jw *jw, const struct mig_draft *draft)
{
	const struct mig_step_row *row = draft->row;
	const char *script = script_of(fill, row);
	enum mig_place place = place_of(row->kind);
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	if (script != NULL)
		mig_fill_text(fill, place, script, &text);
	for (size_t i = 0; row->line != NULL && i < draft->of.count; i++) {
		describe_item(fill, row->each, draft->of.items[i]);
		mig_buf_puts(&text, text.len > 0 ? "\n" : "");
		mig_fill_text(fill, place, row->line, &text);
	}
	if (row->tail != NULL) {
		mig_buf_putc(&text, '\n');
		mig_fill_text(fill, place, row->tail, &text);
	}
	mig_jw_string(jw, "script_content", text.data);
	/* A script that could not be built must not pass for a short one. */
	if (!mig_buf_ok(&text))
		jw->out->failed = true;
	mig_buf_fini(&text);
}

static void
write_list(struct mig_fill *fill, struct mig_jw *jw, const char *key, enum mig_place place,
    const char *const *texts)
{
	MIG_ASSERT(texts != NULL);
	mig_jw_array(jw, key);
	for (; *texts != NULL; texts++)
		mig_fill_write(fill, jw, NULL, place, *texts);
	mig_jw_array_end(jw);
}

static void
write_step(const struct mig_steps *steps, const struct mig_drafts *drafts, size_t position,
    struct mig_jw *jw)
{
	const struct mig_draft *draft = &drafts->list[position];
	const struct mig_step_row *row = draft->row;
	const char *const *commands = draft->order == MIG_CLOSING_ORDER
	    ? mig_steps_validation(steps->type) : row->commands;
	int timeout = row->minutes * TIMEOUT_FACTOR;
	struct mig_fill *fill = steps->fill;
	char id[STEP_ID_MAX];
	step_id(draft, drafts->index, id);
	mig_fill_step(fill, id);
	describe(fill, draft);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "step_id", id);
	mig_fill_write(fill, jw, "name", MIG_PLACE_PLAIN, row->name);
	mig_fill_write(fill, jw, "description", MIG_PLACE_PLAIN, row->description);
	mig_jw_string(jw, "script_type", row->kind);
	write_script(fill, jw, draft);
	mig_jw_int(jw, "estimated_duration_minutes", row->minutes);
	write_dependencies(jw, drafts, position);
	write_list(fill, jw, "validation_commands", MIG_PLACE_BASH,
	    commands == NULL ? row->commands : commands);
	write_list(fill, jw, "success_criteria", MIG_PLACE_PLAIN, row->criteria);
	mig_fill_write(fill, jw, "failure_escalation", MIG_PLACE_PLAIN, row->escalation);
	mig_jw_int(jw, "rollback_order", draft->order);
	write_list(fill, jw, "preconditions", MIG_PLACE_PLAIN, row->before);
	mig_jw_int(jw, "timeout_minutes", timeout < TIMEOUT_MIN ? TIMEOUT_MIN : timeout);
	mig_jw_string(jw, "retry", row->retry);
	if (draft->own)
		mig_jw_string(jw, "origin", "spec");
	mig_jw_object_end(jw);
}

void
mig_steps_write(const struct mig_steps *steps, const struct mig_json *phase, size_t index,
    struct mig_jw *jw)
{
	struct mig_drafts drafts = { .index = index };
	mig_steps_select(steps, phase, &drafts);
	mig_jw_array(jw, "steps");
	for (size_t i = 0; i < drafts.count; i++)
		write_step(steps, &drafts, i, jw);
	mig_jw_array_end(jw);
}

/* Critical tables first, else as the specification has them. */
static void
collect_tables(const struct mig_json *list, struct mig_steps *steps)
{
	for (int pass = 0; pass < 2; pass++) {
		const struct mig_json *node = mig_json_first(list);
		for (; node != NULL; node = mig_json_next(node))
			if (mig_json_bool(mig_json_get(node, "critical")) == (pass == 0))
				steps->tables[steps->table_count++] = node;
	}
}

/* A workload with its place in the specification, for a sort that keeps it. */
struct placed {
	const struct mig_json *node;
	double wave;
	size_t place;
};

static int
compare_waves(const void *a, const void *b)
{
	const struct placed *left = a;
	const struct placed *right = b;
	if (left->wave < right->wave || left->wave > right->wave)
		return left->wave < right->wave ? 1 : -1;
	return (left->place > right->place) - (left->place < right->place);
}

static int
collect_workloads(const struct mig_json *list, struct mig_steps *steps)
{
	size_t count = mig_json_count(list);
	struct placed *placed = calloc(count + 1, sizeof(*placed));
	if (placed == NULL)
		return MIG_ENOMEM;
	const struct mig_json *node = mig_json_first(list);
	for (size_t i = 0; node != NULL; node = mig_json_next(node), i++)
		placed[i] = (struct placed){ node, mig_json_number(mig_json_get(node, "wave")), i };
	qsort(placed, count, sizeof(*placed), compare_waves);
	for (size_t i = 0; i < count; i++)
		steps->workloads[steps->workload_count++] = placed[i].node;
	free(placed);
	return MIG_OK;
}

int
mig_steps_init(const struct mig_json *plan, struct mig_fill *fill, struct mig_steps *ret_steps)
{
	const struct mig_json *spec = mig_json_get(plan, "spec");
	const struct mig_json *tables = mig_json_get(spec, "tables_to_migrate");
	const struct mig_json *workloads =
	    mig_json_get(mig_json_get(spec, "infrastructure_details"), "workloads");
	*ret_steps = (struct mig_steps){
		.type = mig_json_string(mig_json_get(plan, "migration_type")),
		.fill = fill,
		.tables = calloc(mig_json_count(tables) + 1, sizeof(*ret_steps->tables)),
		.workloads = calloc(mig_json_count(workloads) + 1, sizeof(*ret_steps->workloads)),
	};
	if (ret_steps->tables == NULL || ret_steps->workloads == NULL)
		return MIG_ENOMEM;
	collect_tables(tables, ret_steps);
	return collect_workloads(workloads, ret_steps);
}

void
mig_steps_fini(struct mig_steps *steps)
{
	free(steps->tables);
	free(steps->workloads);
	memset(steps, 0, sizeof(*steps));
}
