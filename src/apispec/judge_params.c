/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apispec/judge_int.h"

struct params {
	struct mig_judge *judge;
	const struct mig_api_op *before;
	const struct mig_api_op *after;
	unsigned turned;
};

/* Whether two parameters are the same: names do not matter in a path, nor case in headers. */
static bool
same_param(const struct mig_api_param *left, const struct mig_api_param *right)
{
	if (strcmp(left->in, right->in) != 0)
		return false;
	if (strcmp(left->in, "path") == 0 && left->position != SIZE_MAX)
		return left->position == right->position;
	return strcmp(left->in, "header") == 0 ? strcasecmp(left->name, right->name) == 0 :
	                                         strcmp(left->name, right->name) == 0;
}

static const struct mig_api_param *
counterpart(const struct mig_api_op *op, const struct mig_api_param *param)
{
	for (size_t i = 0; i < op->params_count; i++)
		if (same_param(&op->params[i], param))
			return &op->params[i];
	return NULL;
}

/* A parameter of that name in another place, which has no counterpart either. */
static const struct mig_api_param *
moved_to(
    const struct mig_api_op *op, const struct mig_api_op *other, const struct mig_api_param *param)
{
	for (size_t i = 0; i < op->params_count; i++)
		if (strcasecmp(op->params[i].name, param->name) == 0 &&
		    strcmp(op->params[i].in, param->in) != 0 &&
		    counterpart(other, &op->params[i]) == NULL)
			return &op->params[i];
	return NULL;
}

static struct mig_raw
raw_of(const struct params *p, enum mig_fact fact, const struct mig_api_param *left,
    const struct mig_api_param *right)
{
	const struct mig_api_param *param = left != NULL ? left : right;
	return (struct mig_raw){
		.fact = fact,
		.pair = MIG_NO_PAIR,
		.where = MIG_AT_PARAM << p->turned,
		.shared =
		    left != NULL && right != NULL && left->shared != NULL && right->shared != NULL,
		.name = param->name,
		.old_node = left == NULL ? NULL : left->node,
		.new_node = right == NULL ? NULL : right->node,
		.before = left == NULL ? p->before->node : left->node,
		.after = right == NULL ? p->after->node : right->node,
		.op = p->after,
	};
}

/* The reference's two kinds have all parameters for their path, others the one at hand. */
static void
note(const struct params *p, struct mig_raw *raw)
{
	bool plain = raw->fact == MIG_FACT_PARAM_ADDED_REQUIRED ||
	    raw->fact == MIG_FACT_PARAM_ADDED_PATH ||
	    raw->fact == MIG_FACT_PATH_PARAM_ADDED_REQUIRED ||
	    raw->fact == MIG_FACT_PARAM_REMOVED_REQUIRED;
	const char *path = mig_op_path(p->judge, p->after);
	raw->subject = mig_op_name(p->judge, p->after);
	raw->path = plain ? mig_judge_printf(p->judge, "%s.parameters", path) :
	                    mig_judge_printf(p->judge, "%s.parameters.%s", path, raw->name);
	mig_judge_note(p->judge, raw);
}

static void
note_removed(const struct params *p, const struct mig_api_param *param)
{
	int64_t sunset = 0;
	enum mig_fact fact =
	    param->required ? MIG_FACT_PARAM_REMOVED_REQUIRED : MIG_FACT_PARAM_REMOVED_OPTIONAL;
	if (mig_tree_get_true(param->node, "deprecated")) {
		int64_t today = p->judge->policy.today;
		bool dated = mig_date_read(mig_tree_get_text(param->node, "x-sunset"), &sunset);
		fact = dated && (today == 0 || today < sunset) ? MIG_FACT_PARAM_REMOVED_EARLY :
		                                                 MIG_FACT_PARAM_REMOVED_DEPRECATED;
	}
	struct mig_raw raw = raw_of(p, fact, param, NULL);
	note(p, &raw);
}

static void
note_added(const struct params *p, const struct mig_api_param *param)
{
	enum mig_fact fact = MIG_FACT_PARAM_ADDED_OPTIONAL;
	if (strcmp(param->in, "path") == 0)
		fact = MIG_FACT_PARAM_ADDED_PATH;
	else if (param->path_level)
		fact = param->required ? MIG_FACT_PATH_PARAM_ADDED_REQUIRED :
		                         MIG_FACT_PATH_PARAM_ADDED_OPTIONAL;
	else if (param->required)
		fact = MIG_FACT_PARAM_ADDED_REQUIRED;
	struct mig_raw raw = raw_of(p, fact, NULL, param);
	note(p, &raw);
}

static void
note_texts(const struct params *p, struct mig_raw *raw, enum mig_fact fact, const char *was,
    const char *is)
{
	raw->fact = fact;
	raw->old_text = was == NULL ? "null" : mig_judge_printf(p->judge, "\"%s\"", was);
	raw->new_text = is == NULL ? "null" : mig_judge_printf(p->judge, "\"%s\"", is);
	note(p, raw);
}

/* What is announced about the end of a parameter. */
static void
compare_sunset(const struct params *p, struct mig_raw *raw, bool was_deprecated)
{
	const char *was = mig_tree_get_text(raw->before, "x-sunset");
	const char *is = mig_tree_get_text(raw->after, "x-sunset");
	int64_t earlier = 0;
	int64_t day = 0;
	int64_t today = p->judge->policy.today;
	int64_t soonest = today + p->judge->policy.stable_days;
	if (was_deprecated && was != NULL && is != NULL && strcmp(was, is) == 0)
		return; /* no news, whatever it says */
	if (is != NULL && !mig_date_read(is, &day)) {
		note_texts(p, raw, MIG_FACT_PARAM_SUNSET_UNREADABLE, was, is);
	} else if (was_deprecated && was != NULL && is == NULL) {
		note_texts(p, raw, MIG_FACT_PARAM_SUNSET_DELETED, was, is);
	} else if (was_deprecated && mig_date_read(was, &earlier) && day < earlier) {
		if (today == 0 || day < soonest)
			note_texts(p, raw, MIG_FACT_PARAM_SUNSET_EARLIER, was, is);
	} else if (!was_deprecated && p->judge->policy.stable_days > 0) {
		if (is == NULL)
			note_texts(p, raw, MIG_FACT_PARAM_SUNSET_MISSING, was, is);
		else if (today != 0 && day < soonest)
			note_texts(p, raw, MIG_FACT_PARAM_SUNSET_SOON, was, is);
	}
}

static void
compare_marks(const struct params *p, const struct mig_raw *raw)
{
	bool was = mig_tree_get_true(raw->before, "deprecated");
	bool is = mig_tree_get_true(raw->after, "deprecated");
	struct mig_raw copy = *raw;
	if (was != is) {
		copy.fact = is ? MIG_FACT_PARAM_DEPRECATED : MIG_FACT_PARAM_REACTIVATED;
		copy.old_text = was ? "true" : "false";
		copy.new_text = is ? "true" : "false";
		note(p, &copy);
	}
	if (is)
		compare_sunset(p, &copy, was);
}

static void
compare_schemas(
    const struct params *p, const struct mig_api_param *left, const struct mig_api_param *right)
{
	struct mig_judge *judge = p->judge;
	const struct mig_site site = {
		.home = MIG_HOME_PARAM,
		.op = p->after,
		.name = right->name,
		.shared = left->shared == NULL ? NULL : right->shared,
	};
	if (left->schema == NULL || right->schema == NULL)
		return;
	unsigned where = strcmp(right->in, "header") == 0 ? MIG_AT_HEADER_PARAM : MIG_AT_PARAM;
	mig_pair_reach(judge, mig_pair_of(judge, left->schema, right->schema, &site),
	    where << p->turned, p->after);
}

/* How a parameter is written, in words. */
static const char *
style_text(struct mig_judge *judge, const struct mig_api_param *param)
{
	return mig_judge_printf(judge, "%s%s%s", param->style, param->exploded ? ", exploded" : "",
	    param->reserved ? ", reserved characters as they are" : "");
}

static void
compare(const struct params *p, const struct mig_api_param *left, const struct mig_api_param *right)
{
	struct mig_raw raw = raw_of(p, MIG_FACT_PARAM_REQUIRED, left, right);
	if (left->required != right->required) {
		struct mig_raw copy = raw;
		copy.fact = right->required ? MIG_FACT_PARAM_REQUIRED : MIG_FACT_PARAM_OPTIONAL;
		copy.old_text = left->required ? "true" : "false";
		copy.new_text = right->required ? "true" : "false";
		note(p, &copy);
	}
	if (strcmp(left->in, right->in) != 0) {
		struct mig_raw copy = raw;
		note_texts(p, &copy, MIG_FACT_PARAM_MOVED, left->in, right->in);
	} else if (strcmp(left->style, right->style) != 0 || left->exploded != right->exploded ||
	    left->reserved != right->reserved) {
		struct mig_raw copy = raw;
		note_texts(p, &copy, MIG_FACT_PARAM_WIRE, style_text(p->judge, left),
		    style_text(p->judge, right));
	}
	compare_marks(p, &raw);
	compare_schemas(p, left, right);
}

void
mig_judge_params(struct mig_judge *judge, const struct mig_api_op *before,
    const struct mig_api_op *after, unsigned turned)
{
	const struct params p = { judge, before, after, turned };
	for (size_t i = 0; i < before->params_count; i++) {
		const struct mig_api_param *left = &before->params[i];
		const struct mig_api_param *right = counterpart(after, left);
		if (right == NULL)
			right = moved_to(after, before, left);
		if (right != NULL)
			compare(&p, left, right);
		else
			note_removed(&p, left);
	}
	for (size_t i = 0; i < after->params_count; i++) {
		const struct mig_api_param *right = &after->params[i];
		if (counterpart(before, right) == NULL && moved_to(before, after, right) == NULL)
			note_added(&p, right);
	}
}
