/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/json.h"
#include "engine/runbook_fill.h"
#include "engine/runbook_select.h"
#include "engine/runbook_steps.h"
#include "engine/runbook_tables.h"

#define OWN_ORDER 3 /* behind the steps that every runbook has */

/* The plan's phase for which steps are chosen. */
struct target {
	const struct mig_steps *steps;
	const char *name;
	enum mig_role role;
	struct mig_slice flags;
	struct mig_slice scripts;
	struct mig_slice finals;
	bool bare;
};

/* Whether text is one of the words of `in`. */
static bool
is_one_of(const char *text, const char *in)
{
	size_t len = strlen(text);
	while (in != NULL) {
		size_t word = strcspn(in, "|");
		if (word == len && strncmp(in, text, len) == 0)
			return true;
		in = in[word] == '|' ? in + word + 1 : NULL;
	}
	return false;
}

bool
mig_steps_name_has(const char *name, const char *in)
{
	while (in != NULL) {
		size_t len = strcspn(in, "|");
		for (const char *at = name; *at != '\0'; at++)
			if (strncasecmp(at, in, len) == 0)
				return true;
		in = in[len] == '|' ? in + len + 1 : NULL;
	}
	return false;
}

static enum mig_role
role_of(const char *type, const char *phase)
{
	const struct mig_role_row *row = mig_role_rows;
	while (row->in != NULL && ((row->types != NULL && !is_one_of(type, row->types)) ||
	    !mig_steps_name_has(phase, row->in)))
		row++;
	return row->role;
}

static void
add_draft(struct mig_drafts *drafts, const struct mig_step_row *row, const struct mig_slice *of,
    bool own)
{
	int order = row->order;
	MIG_ASSERT(drafts->count < MIG_DRAFTS_MAX);
	if (order == 0) {
		const struct mig_draft *last = drafts->count == 0 ? NULL
		    : &drafts->list[drafts->count - 1];
		order = last != NULL && last->own ? last->order + 1 : OWN_ORDER;
		MIG_ASSERT(order < MIG_CLOSING_ORDER);
	}
	drafts->list[drafts->count++] =
	    (struct mig_draft){ .row = row, .of = *of, .order = order, .own = own };
}

static bool
has_purpose(const struct mig_drafts *drafts, const char *purpose)
{
	for (size_t i = 0; purpose != NULL && i < drafts->count; i++)
		if (drafts->list[i].row->purpose != NULL &&
		    strcmp(drafts->list[i].row->purpose, purpose) == 0)
			return true;
	return false;
}

static bool
fits(const struct target *target, const struct mig_step_row *row)
{
	if ((row->type != NULL && !is_one_of(target->steps->type, row->type)) ||
	    (row->in != NULL && !mig_steps_name_has(target->name, row->in)) ||
	    (row->bare && !target->bare))
		return false;
	return row->roles == 0 || (row->roles & target->role) != 0 ||
	    (row->flags && target->flags.count > 0);
}

/* How many of the first elements are of one wave. */
static size_t
wave_length(const struct mig_slice *of)
{
	size_t count = 0;
	double wave = mig_json_number(mig_json_get(of->items[0], "wave"));
	while (count < of->count &&
	    !(mig_json_number(mig_json_get(of->items[count], "wave")) < wave))
		count++;
	return count;
}

/* One step for each of the first elements (or waves of them), or one for all behind those. */
static void
add_each(struct mig_drafts *drafts, const struct mig_step_row *row, const struct mig_slice *all)
{
	struct mig_slice left = *all;
	for (size_t i = 0; i < MIG_STEP_EACH_MAX && left.count > 0; i++) {
		struct mig_slice one = { left.items,
			row->each == MIG_EACH_WAVE ? wave_length(&left) : 1 };
		left.items += one.count;
		left.count -= one.count;
		if (!row->rest)
			add_draft(drafts, row, &one, true);
	}
	if (row->rest && left.count > 0)
		add_draft(drafts, row, &left, true);
}

static void
add_own(struct mig_drafts *drafts, const struct target *target, const struct mig_step_row *row)
{
	const struct mig_steps *steps = target->steps;
	const struct mig_slice none = { 0 };
	const struct mig_slice tables = { steps->tables, steps->table_count };
	const struct mig_slice workloads = { steps->workloads, steps->workload_count };
	switch (row->each) {
	case MIG_EACH_PHASE:
		if (!has_purpose(drafts, row->purpose))
			add_draft(drafts, row, &none, true);
		break;
	case MIG_EACH_FLAG:
		add_each(drafts, row, &target->flags);
		break;
	case MIG_EACH_TABLE:
		add_each(drafts, row, &tables);
		break;
	case MIG_EACH_SCRIPT:
		add_each(drafts, row, &target->scripts);
		break;
	case MIG_EACH_FINAL_SCRIPT:
		add_each(drafts, row, &target->finals);
		break;
	case MIG_EACH_WAVE:
		add_each(drafts, row, &workloads);
		break;
	}
}

/* Those of every runbook in front, ours behind them, the closing check last. */
static void
select_steps(const struct target *target, struct mig_drafts *drafts)
{
	const struct mig_slice none = { 0 };
	const struct mig_step_row *closing = NULL;
	for (size_t i = 0; i < mig_step_row_count; i++) {
		const struct mig_step_row *row = &mig_step_rows[i];
		if (row->order == MIG_CLOSING_ORDER)
			closing = row;
		else if (fits(target, row))
			add_draft(drafts, row, &none, false);
	}
	for (size_t i = 0; i < mig_own_row_count; i++)
		if (fits(target, &mig_own_rows[i]))
			add_own(drafts, target, &mig_own_rows[i]);
	MIG_ASSERT(closing != NULL); /* the tables have it */
	add_draft(drafts, closing, &none, false);
}

/* The elements of a list as an array that the arena owns. */
static struct mig_slice
slice_of(struct mig_fill *fill, const struct mig_json *list)
{
	size_t count = mig_json_count(list);
	const struct mig_json **items = mig_arena_array(fill->arena, count + 1, sizeof(*items));
	if (items == NULL)
		return (struct mig_slice){ 0 };
	const struct mig_json *node = mig_json_first(list);
	for (size_t i = 0; node != NULL; node = mig_json_next(node))
		items[i++] = node;
	return (struct mig_slice){ items, count };
}

/*
 * The scripts that have an undo, or those that only a backup takes back, the last one first.  What
 * has neither has left nothing behind.
 */
static struct mig_slice
scripts_of(struct mig_fill *fill, const struct mig_json *list, bool reversible)
{
	struct mig_slice all = slice_of(fill, list);
	const struct mig_json **items = mig_arena_array(fill->arena, all.count + 1, sizeof(*items));
	size_t count = 0;
	for (size_t i = all.count; items != NULL && i > 0; i--) {
		const struct mig_json *node = all.items[i - 1];
		bool has_undo = mig_json_string(mig_json_get(node, "undo")) != NULL;
		bool can = mig_json_bool(mig_json_get(node, "reversible"));
		if (can == reversible && (!reversible || has_undo))
			items[count++] = node;
	}
	return (struct mig_slice){ items, count };
}

void
mig_steps_select(const struct mig_steps *steps, const struct mig_json *phase,
    struct mig_drafts *ret_drafts)
{
	const struct mig_json *scripts = mig_json_get(phase, "scripts");
	struct target target = {
		.steps = steps,
		.name = mig_json_string(mig_json_get(phase, "name")),
		.flags = slice_of(steps->fill, mig_json_get(phase, "flags")),
		.scripts = scripts_of(steps->fill, scripts, true),
		.finals = scripts_of(steps->fill, scripts, false),
		.bare = mig_json_count(scripts) == 0,
	};
	target.role = role_of(steps->type, target.name);
	select_steps(&target, ret_drafts);
}
