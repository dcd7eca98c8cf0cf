/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/time.h"
#include "ctl/show_int.h"

/* A word of the API and what people read for it. */
struct word {
	const char *name;
	const char *text;
};

static const struct word operators[] = {
	{ "greater_than", ">" },
	{ "less_than", "<" },
	{ "equals", "=" },
	{ NULL, NULL },
};

static const struct word comparisons[] = {
	{ "greater_than", "above" },
	{ "less_than", "below" },
	{ "equals", "equal to" },
	{ NULL, NULL },
};

static const struct word actions[] = {
	{ "automatic_rollback", "rolls back" },
	{ "propose_rollback", "proposes a rollback" },
	{ "alert_team", "alerts the team" },
	{ "scale_up", "scales up" },
	{ NULL, NULL },
};

/* Behind a point of no return there is no way back. */
static const struct word held_actions[] = {
	{ "automatic_rollback", "holds the rollout" },
	{ "propose_rollback", "proposes to hold the rollout" },
	{ NULL, NULL },
};

static const char *
find_word(const struct word *words, const char *name)
{
	for (; words->name != NULL; words++) {
		if (strcmp(words->name, name) == 0)
			return words->text;
	}
	return name;
}

const char *
show_string(const struct mig_json *object, const char *key, const char *fallback)
{
	const char *text = mig_json_string(mig_json_get(object, key));

	return text != NULL ? text : fallback;
}

bool
show_number(const struct mig_json *object, const char *key, double *ret_value)
{
	const struct mig_json *node = mig_json_get(object, key);

	if (node == NULL || mig_json_type(node) != MIG_JSON_NUMBER)
		return false;
	*ret_value = mig_json_number(node);
	return true;
}

double
show_number_or_0(const struct mig_json *object, const char *key)
{
	return mig_json_number(mig_json_get(object, key));
}

bool
show_is(const struct mig_json *object, const char *key, const char *text)
{
	return strcmp(show_string(object, key, ""), text) == 0;
}

mig_wall
show_at(const struct mig_json *object, const char *key)
{
	const char *text = mig_json_string(mig_json_get(object, key));
	mig_wall at = { 0 };

	if (text == NULL || mig_time_parse(text, &at) != 0)
		at.ms = 0;
	return at;
}

bool
show_has(const struct mig_json *array, const char *text)
{
	for (const struct mig_json *item = mig_json_first(array); item != NULL;
	    item = mig_json_next(item)) {
		const char *value = mig_json_string(item);

		if (value != NULL && strcmp(value, text) == 0)
			return true;
	}
	return false;
}

bool
show_waits_for_flags(const struct mig_json *rollout)
{
	const struct mig_json *next = mig_json_get(rollout, "next");

	return show_has(mig_json_get(next, "waiting_for"), "unverified");
}

void
show_age(const struct screen *screen, struct mig_buf *out, mig_wall at)
{
	int64_t seconds = (screen->now.ms - at.ms) / 1000;

	/* A sample may be a little ahead of the daemon's clock. */
	text_duration(out, seconds > 0 ? (double)seconds : 0);
}

const char *
show_operator(const char *name)
{
	return find_word(operators, name);
}

const char *
show_comparison(const char *name)
{
	return find_word(comparisons, name);
}

void
show_time(struct mig_buf *out, mig_wall at)
{
	char text[MIG_TIME_TEXT];
	mig_wall whole = { .ms = at.ms - at.ms % 1000 };

	(void)mig_time_format(whole, text);
	for (char *p = text; *p != '\0'; p++)
		mig_buf_putc(out, *p == 'T' ? ' ' : *p);
}

void
show_labelled(struct screen *screen, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	text_cell(screen->out, label, SHOW_LABEL);
	screen_wrap(screen, text, SHOW_LABEL, SHOW_LABEL);
}

void
show_condition(struct mig_buf *out, const struct mig_json *object)
{
	double threshold = 0;

	text_clean(out, show_operator(show_string(object, "operator", "?")));
	mig_buf_putc(out, ' ');
	if (show_number(object, "threshold", &threshold))
		text_value(out, threshold);
	else
		mig_buf_putc(out, '?');
}

const char *
show_action(const char *action)
{
	return find_word(actions, action);
}

bool
show_no_return(const struct mig_json *rollout)
{
	return mig_json_bool(mig_json_get(rollout, "no_return"));
}

const char *
show_action_now(const struct mig_json *rollout, const struct mig_json *trigger)
{
	const char *action = show_string(trigger, "action", "acts");
	const char *text = show_no_return(rollout) ? find_word(held_actions, action) : action;

	return text != action ? text : show_action(action);
}
