/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "apispec/judge_words.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

/* As much of a value as a sentence shows. */
#define VALUE_SHOWN_MAX 80

/* Deeper places are cut in words, not in the comparison. */
#define STEPS_SHOWN_MAX 64

/* What a severity means for those who send (0), receive (1), or are called by the server (2). */
static const char *const impacts[2][3][MIG_CHANGE_SEVERITIES] = {
	{
	    { "Clients of the old version send what the new one refuses or misunderstands.",
	        "Some clients of the old version may be refused: it depends on what they send.",
	        "What clients of the old version send is still valid.",
	        "Clients of the old version can go on without it." },
	    { "Clients of the old version may not understand what the new one answers.",
	        "Some clients of the old version may stumble: it depends on what they expect.",
	        "Clients of the old version still understand the answers.",
	        "Clients of the old version can ignore what is new." },
	    { "Those whom the server calls may not understand it, or be misunderstood.",
	        "Some of those whom the server calls may stumble: it depends on what they expect.",
	        "Those whom the server calls can go on as before.",
	        "Those whom the server calls can ignore what is new." },
	},
	{
	    { "Clients of the new version send what servers of the old one refuse or mistake.",
	        "Some clients of the new version may be refused by servers of the old one.",
	        "Servers of the old version take what clients of the new one send.",
	        "Servers of the old version take what clients of the new one send." },
	    { "Clients of the new version may not understand what servers of the old one answer.",
	        "Some clients of the new version may stumble over answers of old servers.",
	        "Clients of the new version understand the answers of servers of the old one.",
	        "Clients of the new version understand the answers of servers of the old one." },
	    { "Old servers may not understand those whom they call, or be misunderstood.",
	        "Some of those whom old servers call may stumble: it depends on what they expect.",
	        "Those who are made for the new version can be called by old servers.",
	        "Those who are made for the new version can be called by old servers." },
	},
};

const char *
mig_impact(bool server, unsigned place, bool turned, enum mig_change_severity severity)
{
	size_t side = (place & MIG_AT_OUT) != 0 ? 1 : 0;
	return impacts[server ? 1 : 0][turned ? 2 : side][severity];
}

const char *
mig_site_path(struct mig_judge *judge, const struct mig_site *site)
{
	const char *op = site->op == NULL ? NULL : mig_op_path(judge, site->op);
	switch (site->home) {
	case MIG_HOME_COMPONENT:
		return mig_judge_printf(judge, "components.schemas.%s", site->name);
	case MIG_HOME_PARAM:
		return site->shared != NULL ?
		    mig_judge_printf(judge, "components.parameters.%s", site->shared) :
		    mig_judge_printf(judge, "%s.parameters.%s", op, site->name);
	case MIG_HOME_REQUEST:
		return site->shared != NULL ?
		    mig_judge_printf(judge, "components.requestBodies.%s", site->shared) :
		    mig_judge_printf(judge, "%s.requestBody", op);
	case MIG_HOME_RESPONSE:
	case MIG_HOME_HEADER:
		break;
	}
	const char *response = site->shared != NULL ?
	    mig_judge_printf(judge, "components.responses.%s", site->shared) :
	    mig_judge_printf(judge, "%s.responses.%s", op, site->code);
	return site->home == MIG_HOME_RESPONSE ?
	    response :
	    mig_judge_printf(judge, "%s.headers.%s", response, site->name);
}

const char *
mig_site_subject(struct mig_judge *judge, const struct mig_site *site)
{
	bool own = site->shared == NULL;
	const char *of = own && site->op != NULL ?
	    mig_judge_printf(judge, " of %s %s", site->op->method, site->op->path) :
	    "";
	switch (site->home) {
	case MIG_HOME_COMPONENT:
		return site->name;
	case MIG_HOME_PARAM:
		return mig_judge_printf(judge, "the parameter %s%s", site->name, of);
	case MIG_HOME_REQUEST:
		return mig_judge_printf(
		    judge, "the request body%s%s%s", own ? "" : " ", own ? "" : site->shared, of);
	case MIG_HOME_RESPONSE:
		return mig_judge_printf(
		    judge, "the response %s%s", own ? site->code : site->shared, of);
	case MIG_HOME_HEADER:
		break;
	}
	return mig_judge_printf(judge, "the header %s of the response %s%s", site->name,
	    own ? site->code : site->shared, of);
}

/* The steps from the site to a pair, outermost first; how many. */
static size_t
steps_of(const struct mig_judge *judge, size_t index, const struct mig_pair **steps)
{
	size_t count = 0;
	for (; index != MIG_NO_PAIR && judge->pairs[index].parent != MIG_NO_PAIR &&
	     count < STEPS_SHOWN_MAX;
	     index = judge->pairs[index].parent)
		steps[count++] = &judge->pairs[index];
	for (size_t i = 0; i * 2 < count; i++) {
		const struct mig_pair *swap = steps[i];
		steps[i] = steps[count - 1 - i];
		steps[count - 1 - i] = swap;
	}
	return count;
}

size_t
mig_pair_depth(const struct mig_judge *judge, size_t index, bool *ret_property)
{
	const struct mig_pair *steps[STEPS_SHOWN_MAX];
	size_t count = steps_of(judge, index, steps);
	*ret_property = count == 1 && steps[0]->name != NULL;
	return count;
}

const char *
mig_pair_path(struct mig_judge *judge, size_t index)
{
	const struct mig_pair *steps[STEPS_SHOWN_MAX];
	const struct mig_site *site = &judge->pairs[index].site;
	if (site->home != MIG_HOME_COMPONENT)
		return mig_site_path(judge, site);
	struct mig_buf path;
	mig_buf_init(&path, MIG_SCHEMA_BYTES_MAX);
	mig_buf_puts(&path, mig_site_path(judge, site));
	size_t count = steps_of(judge, index, steps);
	for (size_t i = 0; i < count; i++) {
		mig_buf_puts(&path, steps[i]->name != NULL ? ".properties." : ".");
		mig_buf_puts(&path, steps[i]->name != NULL ? steps[i]->name : steps[i]->step);
	}
	const char *text = mig_buf_ok(&path) ? mig_judge_printf(judge, "%s", path.data) : NULL;
	judge->failed = judge->failed || text == NULL;
	mig_buf_fini(&path);
	return text;
}

/* A step in words: a property, "[]" for elements; choices are not shown. */
static void
put_step(struct mig_buf *out, const struct mig_pair *step)
{
	if (step->name != NULL) {
		if (out->len > 0)
			mig_buf_putc(out, '.');
		mig_buf_puts(out, step->name);
	} else if (strcmp(step->step, "items") == 0 || strcmp(step->step, "prefixItems") == 0) {
		mig_buf_puts(out, "[]");
	} else if (strcmp(step->step, "additionalProperties") == 0) {
		mig_buf_puts(out, out->len > 0 ? ".*" : "*");
	}
}

const char *
mig_pair_subject(struct mig_judge *judge, size_t index)
{
	const struct mig_pair *steps[STEPS_SHOWN_MAX];
	const struct mig_site *site = &judge->pairs[index].site;
	struct mig_buf chain;
	mig_buf_init(&chain, MIG_SCHEMA_BYTES_MAX);
	size_t count = steps_of(judge, index, steps);
	bool component = site->home == MIG_HOME_COMPONENT;
	if (component)
		mig_buf_puts(&chain, site->name);
	for (size_t i = 0; i < count; i++)
		put_step(&chain, steps[i]);
	const char *text = NULL;
	if (component || chain.len == 0)
		text = component ? mig_judge_printf(judge, "%s", chain.data) :
		                   mig_site_subject(judge, site);
	else
		text =
		    mig_judge_printf(judge, "%s in %s", chain.data, mig_site_subject(judge, site));
	mig_buf_fini(&chain);
	return text;
}

/* A value for people: without the quotes of a plain text, and not too long. */
static void
put_value(struct mig_buf *out, const char *json)
{
	size_t len = strlen(json);
	bool plain = len >= 2 && json[0] == '"' && strchr(json, '\\') == NULL;
	if (strcmp(json, "null") == 0) {
		mig_buf_puts(out, "nothing");
		return;
	}
	if (plain && strchr(json + 1, '"') == json + len - 1) {
		json++;
		len -= 2;
	}
	size_t cut = mig_utf8_cut(json, len, VALUE_SHOWN_MAX);
	mig_buf_add(out, json, cut);
	if (cut < len)
		mig_buf_puts(out, "\342\200\246");
}

const char *
mig_fact_text(struct mig_judge *judge, const struct mig_words *words)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_SCHEMA_BYTES_MAX);
	for (const char *p = words->text; *p != '\0'; p++) {
		if (*p != '$') {
			mig_buf_putc(&out, *p);
			continue;
		}
		p++;
		if (*p == 'S')
			mig_buf_puts(&out, words->subject);
		else if (*p == 'N')
			put_value(&out, words->name == NULL ? "it" : words->name);
		else
			put_value(&out, *p == 'O' ? words->old_value : words->new_value);
	}
	mig_buf_putc(&out, '.');
	if (out.len > 4 && strncmp(out.data, "the ", 4) == 0)
		out.data[0] = 'T';
	const char *text =
	    mig_buf_ok(&out) ? mig_arena_strndup(judge->arena, out.data, out.len) : NULL;
	judge->failed = judge->failed || text == NULL;
	mig_buf_fini(&out);
	return text;
}
