/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "engine/ramp.h"

#define FIVE_MINUTES (5.0 / 60) /* in hours */

/* A ramp: shares given one by one, or in equal steps. */
struct ramp_row {
	double percentage[8]; /* ended by 0 */
	double hours[8];
	double step;       /* percent; 0: the shares are given */
	double step_hours;
};

const char *const mig_names_ramp[] = { "careful", "canary", "progressive", NULL };

/* In the order of the names. */
static const struct ramp_row ramp_rows[] = {
	{ .percentage = { 1, 5, 10, 25, 50, 90, 100 },
	    .hours = { 24, 48, 96, 168, 168, 168, 0 } },
	{ .step = 5, .step_hours = FIVE_MINUTES },
	{ .step = 10, .step_hours = FIVE_MINUTES },
};

static const struct ramp_row *
find_ramp(const char *name)
{
	size_t i = 0;

	while (name != NULL && mig_names_ramp[i] != NULL && strcmp(mig_names_ramp[i], name) != 0)
		i++;
	return mig_names_ramp[i] != NULL ? &ramp_rows[i] : &ramp_rows[0];
}

static void
write_share(struct mig_jw *jw, double initial, double percentage, double hours)
{
	if (percentage < initial)
		return;
	mig_jw_object(jw, NULL);
	mig_jw_number(jw, "percentage", percentage);
	mig_jw_number(jw, "duration_hours", percentage < 100 ? hours : 0);
	mig_jw_object_end(jw);
}

static void
write_schedule(struct mig_jw *jw, const struct mig_json *flag)
{
	const struct ramp_row *ramp = find_ramp(mig_json_string(mig_json_get(flag, "ramp")));
	double initial = mig_json_number(mig_json_get(flag, "initial_percentage"));

	mig_jw_array(jw, "rollout_schedule");
	for (size_t i = 0; ramp->step <= 0 && ramp->percentage[i] > 0; i++)
		write_share(jw, initial, ramp->percentage[i], ramp->hours[i]);
	for (int i = 1; ramp->step > 0 && i * ramp->step <= 100; i++)
		write_share(jw, initial, i * ramp->step, ramp->step_hours);
	mig_jw_array_end(jw);
}

static void
write_flags(struct mig_jw *jw, const struct mig_json *flags)
{
	const struct mig_json *flag = mig_json_first(flags);

	mig_jw_array(jw, "feature_flags");
	for (; flag != NULL; flag = mig_json_next(flag)) {
		const struct mig_json *member = mig_json_first(flag);
		mig_jw_object(jw, NULL);
		for (; member != NULL; member = mig_json_next(member))
			mig_jw_node(jw, mig_json_key(member), member);
		if (mig_json_get(flag, "rollout_schedule") == NULL)
			write_schedule(jw, flag);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static bool
lacks_schedule(const struct mig_json *spec)
{
	const struct mig_json *flag = mig_json_first(mig_json_get(spec, "feature_flags"));

	while (flag != NULL && mig_json_get(flag, "rollout_schedule") != NULL)
		flag = mig_json_next(flag);
	return flag != NULL;
}

int
mig_ramp_expand(const struct mig_json *spec, struct mig_json_doc **ret_doc)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	struct mig_buf text;
	struct mig_jw jw;
	int error = MIG_OK;

	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	if (lacks_schedule(spec)) {
		const struct mig_json *member = mig_json_first(spec);
		mig_jw_init(&jw, &text, 0);
		mig_jw_object(&jw, NULL);
		for (; member != NULL; member = mig_json_next(member)) {
			if (strcmp(mig_json_key(member), "feature_flags") == 0)
				write_flags(&jw, member);
			else
				mig_jw_node(&jw, mig_json_key(member), member);
		}
		mig_jw_object_end(&jw);
		error = !mig_buf_ok(&text) ? MIG_ENOMEM :
		    mig_json_parse(text.data, text.len, NULL, &doc, &findings);
	}
	mig_findings_fini(&findings);
	mig_buf_fini(&text);
	if (error == MIG_OK)
		*ret_doc = doc;
	return error;
}
