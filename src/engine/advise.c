/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdarg.h>
#include <string.h>

#include "base/num.h"
#include "engine/advise.h"
#include "engine/advise_int.h"
#include "engine/docid.h"
#include "engine/ramp.h"
#include "engine/risk.h"
#include "engine/shape.h"
#include "engine/spec.h"

#define INDENT 2
#define ID_DIGITS 12
#define KEY_MAX 64
#define WORD_BYTES_MAX (64U * 1024U)
#define DOWNTIME_POINTER "/constraints/max_downtime_minutes"

/* Minutes of downtime that are allowed when nothing is said: those of the score. */
static double
default_downtime(void)
{
	for (size_t i = 0; i < mig_score_row_count; i++)
		if (strcmp(mig_score_rows[i].key, "max_downtime_minutes") == 0)
			return mig_score_rows[i].fallback;
	return 0;
}

const struct mig_json *
mig_advise_at(const struct mig_advisor *advisor, const char *pointer)
{
	const struct mig_json *node = advisor->spec;
	char key[KEY_MAX];
	while (*pointer == '/') {
		size_t len = strcspn(++pointer, "/");
		MIG_ASSERT(len < sizeof(key));
		memcpy(key, pointer, len);
		key[len] = '\0';
		node = mig_json_get(node, key);
		pointer += len;
	}
	return node;
}

bool
mig_advise_is_type(const struct mig_advisor *advisor, const char *type)
{
	return strcmp(advisor->type, type) == 0;
}

bool
mig_advise_serves(const struct mig_advisor *advisor)
{
	return mig_advise_is_type(advisor, "service") || mig_advise_is_type(advisor, "api");
}

const char *
mig_advise_text(const struct mig_json *object, const char *key)
{
	const char *text = mig_json_string(mig_json_get(object, key));
	return text == NULL ? "" : text;
}

bool
mig_advise_has(const struct mig_json *list, const char *text)
{
	const struct mig_json *node = mig_json_first(list);
	for (; node != NULL; node = mig_json_next(node))
		if (strcmp(mig_json_string(node), text) == 0)
			return true;
	return false;
}

/* The place of a word, emptied. */
static struct mig_buf *
word_buf(struct mig_advisor *advisor, const char *name)
{
	size_t i = 0;
	while (i < advisor->word_count && strcmp(advisor->word_names[i], name) != 0)
		i++;
	MIG_ASSERT(i < MIG_ADVISE_WORDS);
	if (i == advisor->word_count) {
		mig_buf_init(&advisor->words[i], WORD_BYTES_MAX);
		advisor->word_names[i] = name;
		advisor->word_count++;
	}
	mig_buf_reset(&advisor->words[i]);
	return &advisor->words[i];
}

/* A word that could not be built must not pass for a short one. */
static void
word_set(struct mig_advisor *advisor, const char *name, const struct mig_buf *word)
{
	if (!mig_buf_ok(word))
		advisor->jw.out->failed = true;
	mig_facts_set(&advisor->facts, name, word->data);
}

void
mig_advise_say(struct mig_advisor *advisor, const char *name, const char *fmt, ...)
{
	struct mig_buf *word = word_buf(advisor, name);
	va_list args;
	va_start(args, fmt);
	mig_buf_vprintf(word, fmt, args);
	va_end(args);
	word_set(advisor, name, word);
}

void
mig_advise_say_number(
    struct mig_advisor *advisor, const char *name, const char *before, double value)
{
	struct mig_buf *word = word_buf(advisor, name);
	mig_buf_puts(word, before);
	mig_num_format(value, word);
	word_set(advisor, name, word);
}

static void
write_advice(struct mig_advisor *advisor, const char *id)
{
	static const char *const names[MIG_ADVISE_SEVERITIES] = { "high", "medium", "low" };
	struct mig_jw *jw = &advisor->jw;
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "migration_id", id);
	mig_jw_string(jw, "source_system", mig_advise_text(advisor->spec, "source"));
	mig_jw_string(jw, "target_system", mig_advise_text(advisor->spec, "target"));
	mig_jw_string(jw, "migration_type", advisor->type);
	mig_jw_string(jw, "complexity", mig_names_level[advisor->level]);
	mig_jw_int(jw, "complexity_score", (int64_t)advisor->score);
	mig_jw_number(jw, "max_downtime_minutes", advisor->downtime);
	mig_jw_string(jw, "downtime_tolerance", advisor->downtime > 0 ? "some" : "zero");
	mig_jw_int(
	    jw, "estimated_duration_hours", advisor->phase_hours * (int64_t)advisor->phase_count);
	mig_advise_patterns(advisor);
	mig_advise_findings(advisor);
	mig_jw_object(jw, "counts");
	for (size_t i = 0; i < MIG_ADVISE_SEVERITIES; i++)
		mig_jw_int(jw, names[i], (int64_t)advisor->counts[i]);
	mig_jw_int(jw, "omitted", (int64_t)advisor->omitted);
	mig_jw_object_end(jw);
	mig_jw_object_end(jw);
}

static void
look_at_spec(struct mig_advisor *advisor)
{
	const struct mig_json *downtime = mig_advise_at(advisor, DOWNTIME_POINTER);
	advisor->type = mig_json_string(mig_json_get(advisor->spec, "type"));
	advisor->pattern = mig_json_string(mig_json_get(advisor->spec, "pattern"));
	advisor->downtime = downtime != NULL ? mig_json_number(downtime) : default_downtime();
	advisor->score = mig_risk_score(advisor->spec);
	advisor->level = mig_risk_level(advisor->score);
	advisor->planned = mig_pattern_find(advisor->type, advisor->pattern);
	advisor->phase_hours =
	    mig_pattern_phase_hours(advisor->planned, advisor->level, &advisor->phase_count);
}

int
mig_advise(const struct mig_json *spec, struct mig_buf *ret_json, struct mig_findings *findings)
{
	int error = mig_spec_check(spec, NULL, findings);
	if (error != MIG_OK)
		return error;

	struct mig_advisor advisor = { .spec = spec };
	struct mig_json_doc *ramped = NULL;
	struct mig_buf id;
	mig_buf_init(&id, ID_DIGITS * 4);
	error = mig_docid_spec(spec, ID_DIGITS, &id);
	if (error == MIG_OK && !mig_buf_ok(&id))
		error = MIG_ENOMEM;
	if (error == MIG_OK)
		error = mig_ramp_expand(spec, &ramped);
	if (ramped != NULL)
		advisor.spec = mig_json_root(ramped);
	if (error == MIG_OK)
		error = mig_facts_init(advisor.spec, &advisor.facts);
	if (error != MIG_OK)
		goto out;

	look_at_spec(&advisor);
	mig_jw_init(&advisor.jw, ret_json, INDENT);
	write_advice(&advisor, id.data);
	if (!mig_buf_ok(ret_json))
		error = MIG_ELIMIT;
out:
	for (size_t i = 0; i < advisor.word_count; i++)
		mig_buf_fini(&advisor.words[i]);
	mig_facts_fini(&advisor.facts);
	mig_json_free(ramped);
	mig_buf_fini(&id);
	return error;
}
