/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "engine/docid.h"
#include "engine/lint_int.h"
#include "engine/plan.h"
#include "engine/ramp.h"
#include "engine/runbook.h"
#include "engine/spec.h"

#define WHOLE_DIGITS 32

/* What compiling has said: a pointer of the source document, and what that is to us. */
struct origin {
	const char *prefix;
	enum mig_severity severity;
	size_t depth; /* keys behind the prefix; ANY: any number */
	const char *rule;
};

#define ANY SIZE_MAX

static const struct origin origins[] = {
	{ "/runbook/trigger_conditions", MIG_SEV_WARNING, 1, "trigger_armed" },
	{ "/plan/spec/business_continuity", MIG_SEV_ERROR, 0, "window_opens" },
	{ "", MIG_SEV_ERROR, ANY, "loads" },
	{ "", MIG_SEV_WARNING, ANY, "loads_clean" },
};

static size_t
depth_of(const char *pointer)
{
	size_t depth = 0;
	for (; *pointer != '\0'; pointer++)
		depth += *pointer == '/';
	return depth;
}

static const char *
rule_of(const struct mig_finding *finding, const char *pointer)
{
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		const struct origin *row = &origins[i];
		size_t len = strlen(row->prefix);
		if (row->severity == finding->severity &&
		    strncmp(pointer, row->prefix, len) == 0 &&
		    (row->depth == ANY || row->depth == depth_of(pointer + len)))
			return row->rule;
	}
	return NULL;
}

/* What is left of a pointer behind a prefix of whole keys; NULL when it starts otherwise. */
static const char *
behind(const char *pointer, const char *prefix)
{
	size_t len = strlen(prefix);
	if (strncmp(pointer, prefix, len) != 0 || (pointer[len] != '\0' && pointer[len] != '/'))
		return NULL;
	return pointer + len;
}

/*
 * Whether the list has it already: the same words or the same rule at that place; pointer NULL: the
 * same words anywhere.
 */
static bool
said(const struct mig_findings *list, const char *pointer, const char *rule, const char *message)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct mig_finding *item = &list->items[i];
		bool place = pointer == NULL ||
		    (item->pointer != NULL && strcmp(item->pointer, pointer) == 0);
		bool same_rule = pointer != NULL && item->rule != NULL && rule != NULL &&
		    strcmp(item->rule, rule) == 0;
		if (place && (same_rule || strcmp(item->message, message) == 0))
			return true;
	}
	return false;
}

static void
copy(const struct mig_finding *finding, const char *pointer, const char *rule,
    struct mig_findings *list)
{
	struct mig_finding *kept = mig_findings_add(list, finding->severity, NULL, pointer,
	    finding->hint, "%s", finding->message);
	if (kept != NULL)
		kept->rule = rule;
}

/* A finding about the source document goes to the document that it is about. */
static void
sort_loading(struct mig_lint *lint, const struct mig_finding *finding)
{
	const char *pointer = finding->pointer != NULL ? finding->pointer : "";
	const char *spec = behind(pointer, "/plan/spec");
	const char *plan = behind(pointer, "/plan");
	const char *runbook = behind(pointer, "/runbook");
	const char *binding = behind(pointer, "/binding");
	struct mig_findings *list = &lint->lists[MIG_LINT_CONFIG];
	const char *rest = binding != NULL ? binding : pointer;
	if (spec != NULL && lint->same_spec) {
		list = &lint->lists[MIG_LINT_SPEC];
		rest = spec;
	} else if (plan != NULL) {
		list = &lint->lists[MIG_LINT_PLAN];
		rest = plan;
	} else if (runbook != NULL) {
		list = &lint->lists[MIG_LINT_RUNBOOK];
		rest = runbook;
	}
	const char *rule = rule_of(finding, pointer);
	/* Who has read the configuration speaks of the same places by its own keys. */
	const char *place = list == &lint->lists[MIG_LINT_CONFIG] ? NULL : rest;
	if (!said(list, place, rule, finding->message))
		copy(finding, rest, rule, list);
}

/* The plan's own faults; those of its specification only when nobody else speaks of them. */
static int
check_plan(struct mig_lint *lint)
{
	struct mig_findings found = { 0 };
	int error = mig_plan_check(lint->in->plan, NULL, &found);
	for (size_t i = 0; i < found.count; i++) {
		const struct mig_finding *item = &found.items[i];
		const char *pointer = item->pointer != NULL ? item->pointer : "";
		if (!lint->same_spec || behind(pointer, "/spec") == NULL)
			copy(item, pointer, item->rule, &lint->lists[MIG_LINT_PLAN]);
	}
	lint->lists[MIG_LINT_PLAN].suppressed += found.suppressed;
	mig_findings_fini(&found);
	return error;
}

static int
same_document(const struct mig_json *a, const struct mig_json *b, bool *ret_same)
{
	struct mig_buf left;
	struct mig_buf right;
	mig_buf_init(&left, WHOLE_DIGITS * 4);
	mig_buf_init(&right, WHOLE_DIGITS * 4);
	int error = a == NULL || b == NULL ? 0 : mig_docid(a, NULL, WHOLE_DIGITS, &left);
	if (error == 0 && b != NULL)
		error = mig_docid(b, NULL, WHOLE_DIGITS, &right);
	*ret_same = a != NULL && b != NULL && strcmp(left.data, right.data) == 0;
	mig_buf_fini(&left);
	mig_buf_fini(&right);
	return error;
}

/* The documents one by one; those that are wrong are taken out of what follows. */
static int
check_alone(struct mig_lint *lint)
{
	const struct mig_lint_input *in = lint->in;
	int error = 0;
	if (in->spec != NULL)
		error = mig_spec_check(in->spec, NULL, &lint->lists[MIG_LINT_SPEC]);
	/* A ramp is read as the schedule that it stands for. */
	if (error == 0 && in->spec != NULL)
		error = mig_ramp_expand(in->spec, &lint->ramped);
	if (error == 0 && in->spec != NULL)
		lint->spec = mig_shape_root(
		    lint->ramped != NULL ? mig_json_root(lint->ramped) : in->spec);
	if (error == MIG_ENOMEM)
		return error;

	error = in->plan != NULL ? check_plan(lint) : 0;
	if (error == 0 && in->plan != NULL)
		lint->plan = mig_shape_root(in->plan);
	if (error == MIG_ENOMEM)
		return error;

	error = in->runbook != NULL
	    ? mig_runbook_check(in->runbook, NULL, &lint->lists[MIG_LINT_RUNBOOK]) : 0;
	if (error == 0 && in->runbook != NULL)
		lint->runbook = mig_shape_root(in->runbook);
	if (lint->in->spec == NULL && lint->plan.node != NULL) {
		lint->spec = mig_at_key(&lint->plan, "spec");
		lint->spec_list = &lint->lists[MIG_LINT_PLAN];
	}
	return error == MIG_ENOMEM ? error : 0;
}

void
mig_lint_say(struct mig_findings *list, const struct mig_at *at, const char *rule,
    const char *hint, const char *fmt, ...)
{
	const struct mig_lint_rule *row = mig_lint_rule_find(rule);
	struct mig_buf pointer;
	struct mig_buf message;
	va_list args;
	MIG_ASSERT(row != NULL);
	mig_buf_init(&pointer, MIG_DOC_BYTES_MAX);
	mig_buf_init(&message, MIG_DOC_BYTES_MAX);
	mig_at_pointer(at, &pointer);
	va_start(args, fmt);
	mig_buf_vprintf(&message, fmt, args);
	va_end(args);
	struct mig_finding *kept = mig_findings_add(list, row->severity, NULL, pointer.data, hint,
	    "%s", message.data);
	if (kept != NULL)
		kept->rule = row->id;
	mig_buf_fini(&pointer);
	mig_buf_fini(&message);
}

bool
mig_lint_has(const struct mig_json *list, const char *key, const char *text)
{
	const struct mig_json *node = mig_json_first(list);
	for (; node != NULL; node = mig_json_next(node)) {
		const char *name =
		    mig_json_string(key == NULL ? node : mig_json_get(node, key));
		if (name != NULL && strcmp(name, text) == 0)
			return true;
	}
	return false;
}

void
mig_lint_each_step(struct mig_lint *lint,
    void (*step)(struct mig_lint *lint, const struct mig_at *at, double share, double hours))
{
	struct mig_at flags = mig_at_key(&lint->spec, "feature_flags");
	struct mig_at flag = { 0 };
	while (flags.node != NULL && mig_at_each(&flags, &flag)) {
		struct mig_at schedule = mig_at_key(&flag, "rollout_schedule");
		struct mig_at it = { 0 };
		while (mig_at_each(&schedule, &it))
			step(lint, &it, mig_json_number(mig_json_get(it.node, "percentage")),
			    mig_json_number(mig_json_get(it.node, "duration_hours")));
	}
}

int
mig_lint(const struct mig_lint_input *in, struct mig_findings lists[MIG_LINT_PARTS])
{
	struct mig_lint *lint = calloc(1, sizeof(*lint));
	if (lint == NULL)
		return MIG_ENOMEM;
	lint->in = in;
	lint->lists = lists;
	lint->spec_list = &lists[MIG_LINT_SPEC];
	int error = same_document(in->spec, mig_json_get(in->plan, "spec"), &lint->same_spec);
	if (error == 0)
		error = check_alone(lint);
	if (error == 0) {
		mig_lint_watches(lint);
		mig_lint_spec(lint);
		mig_lint_exposure(lint);
		mig_lint_agreement(lint);
		mig_lint_people(lint);
		for (size_t i = 0; in->loading != NULL && i < in->loading->count; i++)
			sort_loading(lint, &in->loading->items[i]);
	}
	mig_json_free(lint->ramped);
	free(lint);
	return error;
}
