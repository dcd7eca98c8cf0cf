/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "apispec/graphql_tell.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"

#define NESTED_MAX 64

static const char *
json(struct mig_judge *judge, const char *text)
{
	struct mig_buf out;
	struct mig_jw jw;
	mig_buf_init(&out, MIG_SCHEMA_BYTES_MAX);
	mig_jw_init(&jw, &out, 0);
	mig_jw_string(&jw, NULL, text);
	const char *copy = mig_buf_ok(&out) ? mig_judge_printf(judge, "%s", out.data) : NULL;
	mig_buf_fini(&out);
	return copy;
}

static const struct mig_gql_rule *
rule_named(const char *id)
{
	size_t count = 0;
	const struct mig_gql_rule *rules = mig_gql_rules(&count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(rules[i].id, id) == 0)
			return &rules[i];
	MIG_ASSERT(false);
	return NULL;
}

static const char *
impact_of(enum mig_change_severity severity, bool server)
{
	static const char *const texts[2][MIG_CHANGE_SEVERITIES] = {
		{ "Queries of old clients are refused or answered in a form that they do not know.",
		    "Some old clients may stumble: it depends on what they expect.",
		    "Queries of old clients work as before.",
		    "Queries of old clients work as before; new ones can ask for more." },
		{ "Servers of the old version refuse queries of clients of the new one.",
		    "Some clients of the new version may stumble over servers of the old one.",
		    "Servers of the old version take queries of clients of the new one.",
		    "Servers of the old version take queries of clients of the new one." },
	};
	return texts[server ? 1 : 0][severity];
}

static const char *
advice_of(enum mig_change_severity severity)
{
	static const char *const texts[MIG_CHANGE_SEVERITIES] = {
		("Mark the old form with @deprecated, keep it beside the new one until nobody "
		    "uses it."),
		"Make sure that clients can take what they do not know before it is sent.",
		"Nothing has to be done.",
		"Nothing has to be done.",
	};
	return texts[severity];
}

void
mig_gql_tell(const struct mig_gql_told *told, const char *id, const char *was, const char *is)
{
	struct mig_judge *judge = told->judge;
	const struct mig_gql_rule *rule = rule_named(id);
	enum mig_change_severity client = told->weighed ? told->severity : rule->severity;
	enum mig_change_severity server = told->weighed ? told->back : rule->back;
	bool as_server = judge->policy.view == MIG_VIEW_SERVER ||
	    (judge->policy.view == MIG_VIEW_BOTH && server < client);
	struct mig_change change = {
		.rule = rule->id,
		.type = rule->kind,
		.severity = as_server ? server : client,
		.field_path = told->path,
		.old_value = was == NULL ? "null" : json(judge, was),
		.new_value = is == NULL ? "null" : json(judge, is),
	};
	change.impact = impact_of(change.severity, as_server);
	change.suggestion = advice_of(change.severity);
	const char *value = was == NULL ? is : was;
	const char *verb = was == NULL ? "added" : "removed";
	if (was != NULL && is != NULL)
		change.description = mig_judge_printf(
		    judge, "%s changed from \"%.80s\" to \"%.80s\".", told->thing, was, is);
	else if (told->fresh || value == NULL)
		change.description = mig_judge_printf(judge, "%s was %s.", told->thing, verb);
	else
		change.description =
		    mig_judge_printf(judge, "%s was %s: %s.", told->thing, verb, value);
	if (told->before > 0)
		change.before = (struct mig_place){ judge->before->doc.file, told->before };
	if (told->after > 0)
		change.after = (struct mig_place){ judge->after->doc.file, told->after };
	if (!judge->failed)
		mig_check_add(judge->check, &change);
}

bool
mig_gql_same_text(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

void
mig_gql_tell_text(
    const struct mig_gql_told *told, const char *const ids[3], const char *was, const char *is)
{
	if (mig_gql_same_text(was, is))
		return;
	const char *id = ids[2];
	if (was == NULL)
		id = ids[0];
	else if (is == NULL)
		id = ids[1];
	mig_gql_tell(told, id, was, is);
}

bool
mig_gql_same_ref(const struct mig_gql_ref *left, const struct mig_gql_ref *right)
{
	while (left != NULL && right != NULL && left->name == NULL && right->name == NULL) {
		if (left->list != right->list)
			return false;
		left = left->of;
		right = right->of;
	}
	return left != NULL && right != NULL && left->name != NULL && right->name != NULL &&
	    strcmp(left->name, right->name) == 0;
}

static bool
never_null(const struct mig_gql_ref *ref)
{
	return ref->name == NULL && !ref->list;
}

/* Whether who expects the old type can take the new one: it may only promise more. */
static bool
is_stricter(const struct mig_gql_ref *old, const struct mig_gql_ref *fresh)
{
	for (int depth = 0; depth < 2 * NESTED_MAX; depth++) {
		if (never_null(old) && !never_null(fresh))
			return false;
		if (never_null(old))
			old = old->of;
		if (never_null(fresh))
			fresh = fresh->of;
		if (old->list != fresh->list)
			return false;
		if (!old->list)
			return mig_gql_same_ref(old, fresh);
		old = old->of;
		fresh = fresh->of;
	}
	return false;
}

void
mig_gql_weigh_output(
    struct mig_gql_told *told, const struct mig_gql_ref *was, const struct mig_gql_ref *is)
{
	told->weighed = true;
	told->severity = is_stricter(was, is) ? MIG_NON_BREAKING : MIG_BREAKING;
	told->back = is_stricter(is, was) ? MIG_NON_BREAKING : MIG_BREAKING;
}

void
mig_gql_weigh_input(
    struct mig_gql_told *told, const struct mig_gql_ref *was, const struct mig_gql_ref *is)
{
	mig_gql_weigh_output(told, is, was);
}
