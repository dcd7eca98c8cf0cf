/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "engine/lint_int.h"

#define NAMES_MAX 128
#define LIST_MAX 4096
#define LOWER "abcdefghijklmnopqrstuvwxyz"

/* Words met once; texts are borrowed from the document. */
struct words {
	size_t count;
	struct {
		const char *text;
		size_t len;
	} items[NAMES_MAX];
};

/* What stands for something else until somebody knows better. */
static const char *const placeholder_parts[] = { "to be named", "to be added", "XXX", "{", "TBD",
	"example.com", "example.org", "example.net", ".example", ".invalid", ".test", NULL };
static const char *const contact_fields[] = { "name", "primary_phone", "email", "backup_contact",
	NULL };

/* Note a word; whether it is new (and there was room). */
static bool
note_word(struct words *words, const char *text, size_t len)
{
	for (size_t i = 0; i < words->count; i++)
		if (words->items[i].len == len && memcmp(words->items[i].text, text, len) == 0)
			return false;
	if (words->count == NAMES_MAX)
		return false;
	words->items[words->count].text = text;
	words->items[words->count++].len = len;
	return true;
}

static bool
stands_for_something(const char *text)
{
	for (size_t i = 0; text != NULL && placeholder_parts[i] != NULL; i++)
		if (strstr(text, placeholder_parts[i]) != NULL)
			return true;
	return false;
}

static void
check_contacts(struct mig_lint *lint)
{
	struct mig_at list = mig_at_key(&lint->runbook, "emergency_contacts");
	struct mig_at it = { 0 };
	struct mig_buf fields;
	mig_buf_init(&fields, LIST_MAX);
	while (mig_at_each(&list, &it)) {
		mig_buf_reset(&fields);
		for (size_t i = 0; contact_fields[i] != NULL; i++) {
			const struct mig_json *field = mig_json_get(it.node, contact_fields[i]);
			if (stands_for_something(mig_json_string(field)))
				mig_buf_printf(&fields, "%s%s", fields.len > 0 ? ", " : "",
				    contact_fields[i]);
		}
		if (fields.len > 0)
			mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], &it, "contact_given",
			    "write who it is and how to reach them",
			    "nobody can be reached as %.80s: placeholders in %s",
			    mig_json_string(mig_json_get(it.node, "role")), fields.data);
	}
	mig_buf_fini(&fields);
}

/* A character of a role as keys have it. */
static char
key_char(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return strchr(LOWER "0123456789", c) != NULL ? c : '_';
}

/* Whether a role such as "On-Call Engineer" is the key on_call_engineer. */
static bool
is_role(const char *role, const char *key)
{
	while (*role != '\0' && key_char(*role) == *key) {
		role++;
		key++;
	}
	return *role == *key;
}

static void
list_missing(struct mig_lint *lint, const struct mig_json *keys, struct words *words,
    struct mig_buf *out)
{
	const struct mig_json *key = mig_json_first(keys);
	for (; key != NULL; key = mig_json_next(key)) {
		const char *text = mig_json_string(key);
		const struct mig_json *contact = mig_json_first(
		    mig_json_get(lint->runbook.node, "emergency_contacts"));
		while (contact != NULL &&
		    !is_role(mig_json_string(mig_json_get(contact, "role")), text))
			contact = mig_json_next(contact);
		if (contact == NULL && note_word(words, text, strlen(text)))
			mig_buf_printf(out, "%s%s", out->len > 0 ? ", " : "", text);
	}
}

static void
check_called(struct mig_lint *lint)
{
	struct mig_at at = mig_at_key(&lint->runbook, "emergency_contacts");
	const struct mig_json *it =
	    mig_json_first(mig_json_get(lint->runbook.node, "trigger_conditions"));
	struct words words = { 0 };
	struct mig_buf missing;
	mig_buf_init(&missing, LIST_MAX);
	for (; it != NULL; it = mig_json_next(it))
		list_missing(lint, mig_json_get(it, "escalation_contacts"), &words, &missing);
	it = mig_json_first(mig_json_get(lint->runbook.node, "escalation_matrix"));
	for (; it != NULL; it = mig_json_next(it))
		list_missing(lint, mig_json_get(it, "contacts"), &words, &missing);
	if (missing.len > 0)
		mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], &at, "contact_listed",
		    "add a contact whose role is that name", "called in, but not listed here: %s",
		    missing.data);
	mig_buf_fini(&missing);
}

/* Whether the runbook lists a placeholder as unresolved, with or without its braces. */
static bool
is_listed(const struct mig_json *list, const char *name, size_t len)
{
	const struct mig_json *it = mig_json_first(list);
	for (; it != NULL; it = mig_json_next(it)) {
		const char *text = mig_json_string(mig_json_get(it, "placeholder"));
		if (text == NULL)
			continue;
		text += *text == '{';
		if (strncmp(text, name, len) == 0 && (text[len] == '\0' || text[len] == '}'))
			return true;
	}
	return false;
}

/* Find "{name}" that is no shell expansion. */
static const char *
next_placeholder(const char *text, size_t *ret_len)
{
	for (const char *c = strchr(text, '{'); c != NULL; c = strchr(c + 1, '{')) {
		size_t len = strspn(c + 1, LOWER "_0123456789");
		bool name = len > 0 && strchr(LOWER, c[1]) != NULL && c[len + 1] == '}';
		if (name && (c == text || c[-1] != '$')) {
			*ret_len = len;
			return c + 1;
		}
	}
	return NULL;
}

static void
check_command(struct mig_lint *lint, const struct mig_at *at, struct words *words)
{
	const struct mig_json *list = mig_json_get(lint->runbook.node, "unresolved");
	const char *text = mig_json_string(at->node);
	size_t len = 0;
	const char *name = text != NULL ? next_placeholder(text, &len) : NULL;
	for (; name != NULL; name = next_placeholder(name + len, &len))
		if (!is_listed(list, name, len) && note_word(words, name, len))
			mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], at, "placeholder_listed",
			    "fill it in, or list it in unresolved",
			    "{%.*s} is left in a command and not listed as unresolved", (int)len,
			    name);
}

static void
check_commands(struct mig_lint *lint, const struct mig_at *list, struct words *words)
{
	struct mig_at it = { 0 };
	while (list->node != NULL && mig_at_each(list, &it))
		check_command(lint, &it, words);
}

static void
check_steps(struct mig_lint *lint, const struct mig_at *phase, struct words *words)
{
	struct mig_at steps = mig_at_key(phase, "steps");
	struct mig_at it = { 0 };
	while (mig_at_each(&steps, &it)) {
		struct mig_at script = mig_at_key(&it, "script_content");
		struct mig_at checks = mig_at_key(&it, "validation_commands");
		check_command(lint, &script, words);
		check_commands(lint, &checks, words);
	}
}

static void
check_placeholders(struct mig_lint *lint)
{
	static const char *const recovery_lists[] = { "recovery_scripts",
		"data_validation_queries" };
	struct mig_at phases = mig_at_key(&lint->runbook, "rollback_phases");
	struct mig_at recovery = mig_at_key(&lint->runbook, "data_recovery_plan");
	struct mig_at unresolved = mig_at_key(&lint->runbook, "unresolved");
	struct words words = { 0 };
	struct mig_at it = { 0 };
	while (mig_at_each(&phases, &it))
		check_steps(lint, &it, &words);
	for (size_t i = 0; i < 2; i++) {
		struct mig_at list = mig_at_key(&recovery, recovery_lists[i]);
		check_commands(lint, &list, &words);
	}
	it = (struct mig_at){ 0 };
	while (unresolved.node != NULL && mig_at_each(&unresolved, &it)) {
		const char *name = mig_json_string(mig_json_get(it.node, "placeholder"));
		const char *meaning = mig_json_string(mig_json_get(it.node, "meaning"));
		mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], &it, "placeholder_resolved",
		    "fill it in before the rollout begins", "%.80s has no value: %.200s",
		    name != NULL ? name : "a placeholder", meaning != NULL ? meaning : "unknown");
	}
}

/* Time that users wait for, against the time that the specification allows. */
static void
check_time(struct mig_lint *lint)
{
	struct mig_at phases = mig_at_key(&lint->runbook, "rollback_phases");
	struct mig_at recovery = mig_at_key(&lint->runbook, "data_recovery_plan");
	struct mig_at minutes = mig_at_key(&recovery, "estimated_recovery_time_minutes");
	const struct mig_json *limit = mig_json_get(
	    mig_json_get(lint->spec.node, "constraints"), "max_downtime_minutes");
	const struct mig_json *flags = mig_json_get(lint->spec.node, "feature_flags");
	const struct mig_json *it = mig_json_first(phases.node);
	double allowed = mig_json_number(limit);
	double sum = 0;
	if (limit == NULL)
		return;
	for (; it != NULL; it = mig_json_next(it))
		sum += mig_json_number(mig_json_get(it, "estimated_duration_minutes"));
	if (sum > allowed && mig_json_count(flags) == 0)
		mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], &phases, "rollback_in_time",
		    "move traffic by a flag, shorten the way back, or allow more downtime",
		    "the whole way back takes %g minutes, allowed are %g minutes of downtime", sum,
		    allowed);
	if (mig_json_number(minutes.node) > allowed)
		mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], &minutes, "recovery_in_time",
		    "keep a copy that can take over, or allow more downtime",
		    "bringing back the data takes %g minutes, allowed are %g minutes of downtime",
		    mig_json_number(minutes.node), allowed);
}

void
mig_lint_people(struct mig_lint *lint)
{
	if (lint->runbook.node == NULL)
		return;
	check_contacts(lint);
	check_called(lint);
	check_placeholders(lint);
	check_time(lint);
}
