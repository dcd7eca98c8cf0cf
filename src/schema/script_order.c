/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/script_order_int.h"

struct order {
	struct mig_script *script;
	size_t *heap;
	size_t heap_count;
};

void
mig_step_wait(
    struct mig_script *script, struct mig_script_step *step, const struct mig_script_step *earlier)
{
	if (step == NULL || earlier == NULL || step == earlier || script->failed)
		return;
	struct mig_script_step *from = script->steps[earlier->number];
	if (from->next_count > 0 && from->next[from->next_count - 1] == step->number)
		return;
	if (from->next_count == from->next_cap) {
		size_t cap = from->next_cap == 0 ? 4 : from->next_cap * 2;
		size_t *grown = reallocarray(from->next, cap, sizeof(*grown));
		if (grown == NULL) {
			script->failed = true;
			return;
		}
		from->next = grown;
		from->next_cap = cap;
	}
	from->next[from->next_count++] = step->number;
	step->waits++;
}

/* Whether one step is to come before another that could come as well. */
static bool
goes_first(const struct mig_script *script, size_t a, size_t b)
{
	const struct mig_script_step *left = script->steps[a];
	const struct mig_script_step *right = script->steps[b];
	if (left->script.phase != right->script.phase)
		return left->script.phase < right->script.phase;
	return left->rank != right->rank ? left->rank < right->rank : a < b;
}

static void
heap_push(struct order *order, size_t step)
{
	size_t at = order->heap_count++;
	while (at > 0 && goes_first(order->script, step, order->heap[(at - 1) / 2])) {
		order->heap[at] = order->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	order->heap[at] = step;
}

static size_t
heap_pop(struct order *order)
{
	size_t first = order->heap[0];
	size_t last = order->heap[--order->heap_count];
	size_t at = 0;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < order->heap_count &&
		    goes_first(order->script, order->heap[child + 1], order->heap[child]))
			child++;
		if (child >= order->heap_count ||
		    goes_first(order->script, last, order->heap[child]))
			break;
		order->heap[at] = order->heap[child];
		at = child;
	}
	order->heap[at] = last;
	return first;
}

/* In a circle somebody has to begin: the one that would if the others were not there. */
static size_t
break_circle(const struct order *order)
{
	const struct mig_script *script = order->script;
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < script->steps_count; i++)
		if (!script->steps[i]->placed && (best == SIZE_MAX || goes_first(script, i, best)))
			best = i;
	return best;
}

/* Who waits for a lock is waited for by all that come later: better to give up and to try again. */
static const char *
lead_in(const struct mig_script_step *step, const struct mig_sql *sql)
{
	bool slow = (sql->work & (MIG_WORK_SCAN | MIG_WORK_REWRITE | MIG_WORK_INDEX)) != 0;
	if (sql->script->dialect == MIG_DB_MYSQL)
		return "SET SESSION lock_wait_timeout = 3;\n"; /* a day or a year */
	if (!step->script.transactional)
		return "SET lock_timeout = 0;\nSET statement_timeout = 0;\n";
	return slow ? "SET LOCAL lock_timeout = '3s';\nSET LOCAL statement_timeout = 0;\n" :
	              "SET LOCAL lock_timeout = '3s';\nSET LOCAL statement_timeout = '60s';\n";
}

static const char *
sql_of(struct mig_script *script, const struct mig_script_step *step, const struct mig_sql *sql)
{
	if (!mig_buf_ok(&sql->out)) {
		script->failed = true;
		return "";
	}
	if (sql->out.len == 0)
		return "";
	return mig_arena_printf(script->arena, "%s%s", lead_in(step, sql), sql->out.data);
}

static void
hand_over(struct mig_script *script, struct mig_script_step *step)
{
	if (step->up.out.len == 0 && step->down.out.len == 0 && step->script.batch == NULL)
		return;
	step->script.up = sql_of(script, step, &step->up);
	step->script.down =
	    step->script.irreversible == NULL ? sql_of(script, step, &step->down) : NULL;
	step->script.lock = step->up.lock;
	step->script.work = step->up.work;
	mig_check_add_script(script->check, &step->script);
}

static void
place(struct order *order, size_t number)
{
	struct mig_script *script = order->script;
	struct mig_script_step *step = script->steps[number];
	step->placed = true;
	hand_over(script, step);
	for (size_t i = 0; i < step->next_count; i++) {
		struct mig_script_step *next = script->steps[step->next[i]];
		if (next->script.phase < step->script.phase)
			next->script.phase = step->script.phase;
		if (--next->waits == 0 && !next->placed)
			heap_push(order, step->next[i]);
	}
}

void
mig_script_order(struct mig_script *script)
{
	struct order order = { .script = script };
	order.heap = calloc(script->steps_count + 1, sizeof(*order.heap));
	if (order.heap == NULL)
		script->failed = true;
	if (!script->failed)
		mig_script_edges(script);
	size_t placed = 0;
	for (size_t s = 0; s < script->steps_count && !script->failed; s++)
		if (script->steps[s]->waits == 0)
			heap_push(&order, s);
	while (placed < script->steps_count && !script->failed) {
		size_t step = order.heap_count > 0 ? heap_pop(&order) : break_circle(&order);
		if (script->steps[step]->placed)
			continue;
		place(&order, step);
		placed++;
	}
	free(order.heap);
}
