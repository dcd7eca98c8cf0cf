/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "core/policy.h"
#include "engine/promql.h"
#include "wire/percent.h"
#include "wire/webhook.h"

/* The values of the templates of one request; NULL where one makes no sense. */
enum hook_var {
	VAR_FLAG,
	VAR_PERCENTAGE,
	VAR_PREVIOUS,
	VAR_MIGRATION,
	VAR_ROLLOUT,
	VAR_PHASE,
	VAR_REASON,
	VAR_GENERATION,
	VAR_COUNT
};

static const char *const var_names[VAR_COUNT] = { "flag", "percentage", "previous_percentage",
	"migration_id", "rollout_id", "phase", "reason", "generation" };

/* What one request is made from. */
struct hook {
	const struct mig_policy *policy;
	const struct mig_binding *binding;
	const struct mig_state *state;
	const struct mig_json *source;
	struct mig_arena *arena;
	const char *values[VAR_COUNT];
};

/* How a value is written where it is put. */
typedef void (*hook_escape)(const char *value, struct mig_buf *out);

static void
escape_json(const char *value, struct mig_buf *out)
{
	struct mig_buf quoted;
	struct mig_jw jw;

	mig_buf_init(&quoted, MIG_REQUEST_BYTES_MAX);
	mig_jw_init(&jw, &quoted, 0);
	mig_jw_string(&jw, NULL, value);
	if (mig_buf_ok(&quoted))
		mig_buf_add(out, quoted.data + 1, quoted.len - 2);
	else
		out->failed = true;
	mig_buf_fini(&quoted);
}

/* A value must not end the header line. */
static void
escape_header(const char *value, struct mig_buf *out)
{
	for (; *value != '\0'; value++) {
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			mig_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*value);
		else
			mig_buf_putc(out, *value);
	}
}

static int
fill(const struct hook *hook, const char *text, hook_escape escape, struct mig_buf *out)
{
	struct mig_template_var vars[VAR_COUNT + 1] = { 0 };
	struct mig_buf values[VAR_COUNT];
	char unknown[MIG_NAME_MAX];
	int error = 0;

	for (size_t i = 0; i < VAR_COUNT; i++) {
		mig_buf_init(&values[i], MIG_REQUEST_BYTES_MAX);
		if (hook->values[i] != NULL)
			escape(hook->values[i], &values[i]);
		if (!mig_buf_ok(&values[i]))
			error = MIG_ENOMEM;
		vars[i].name = var_names[i];
		vars[i].value = hook->values[i] != NULL ? values[i].data : NULL;
	}
	if (error == 0)
		error = mig_template_fill(text, vars, out, unknown, sizeof(unknown));
	for (size_t i = 0; i < VAR_COUNT; i++)
		mig_buf_fini(&values[i]);
	return error == MIG_ENOTFOUND ? MIG_EDOC : error;
}

static int
fill_copy(const struct hook *hook, const char *text, hook_escape escape, const char **ret_text)
{
	struct mig_buf out;

	mig_buf_init(&out, MIG_REQUEST_BYTES_MAX);

	int error = fill(hook, text, escape, &out);
	const char *copy = error == 0 && mig_buf_ok(&out) ?
	    mig_arena_strndup(hook->arena, out.data, out.len) : NULL;

	mig_buf_fini(&out);
	if (error != 0)
		return error;
	if (copy == NULL)
		return MIG_ENOMEM;
	*ret_text = copy;
	return 0;
}

static const char *
number_text(struct mig_arena *arena, double value)
{
	struct mig_buf text;

	mig_buf_init(&text, 64);
	mig_num_format(value, &text);

	const char *copy = mig_arena_strdup(arena, text.data);

	mig_buf_fini(&text);
	return copy;
}

static const char *
phase_name(const struct mig_policy *policy, const struct mig_state *state)
{
	return state->phase < policy->phase_count ? policy->phases[state->phase].name : "";
}

/*
 * A header whose braces are none of our templates goes out as it was written: better than a
 * rollback write that does not go out at all.
 */
static int
fill_headers(const struct hook *hook, const struct mig_endpoint *endpoint,
    struct mig_request *request)
{
	const char **headers = mig_arena_array(hook->arena, endpoint->header_count,
	    sizeof(*headers));

	if (headers == NULL)
		return MIG_ENOMEM;
	for (size_t i = 0; i < endpoint->header_count; i++) {
		int error = fill_copy(hook, endpoint->headers[i], escape_header, &headers[i]);

		if (error == MIG_EDOC)
			headers[i] = endpoint->headers[i];
		else if (error != 0)
			return error;
	}
	request->header_count = endpoint->header_count;
	request->headers = headers;
	return 0;
}

static int
fill_request(const struct hook *hook, const struct mig_endpoint *endpoint, const char *lane,
    struct mig_request *request)
{
	int error = fill_copy(hook, endpoint->url, mig_percent_encode, &request->url);

	if (error == 0)
		error = fill_headers(hook, endpoint, request);
	request->lane = lane;
	request->method = endpoint->method;
	request->secret_file = endpoint->secret_file;
	request->bearer_token_file = endpoint->bearer_token_file;
	request->timeout_ms = endpoint->timeout_ms;
	return error;
}

/* Close the body's object and give the body to the request. */
static int
take_body(const struct hook *hook, struct mig_jw *jw, struct mig_request *request)
{
	mig_jw_object_end(jw);
	if (mig_buf_ok(jw->out))
		request->body = mig_arena_strndup(hook->arena, jw->out->data, jw->out->len);
	mig_buf_fini(jw->out);
	return request->body != NULL ? 0 : MIG_ENOMEM;
}

static int
flag_body(const struct hook *hook, const struct mig_effect *effect, struct mig_request *request)
{
	struct mig_buf out;
	struct mig_jw jw;

	mig_buf_init(&out, MIG_REQUEST_BYTES_MAX);
	mig_jw_init(&jw, &out, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "flag", hook->values[VAR_FLAG]);
	mig_jw_number(&jw, "percentage", effect->u.set_flag.percentage);
	mig_jw_number(&jw, "previous_percentage", effect->u.set_flag.previous);
	mig_jw_bool(&jw, "enabled", effect->u.set_flag.percentage > 0);
	mig_jw_string(&jw, "migration_id", hook->policy->migration_id);
	mig_jw_string(&jw, "rollout_id", hook->state->rollout_id);
	mig_jw_string(&jw, "reason", hook->values[VAR_REASON]);
	mig_jw_int(&jw, "generation", effect->u.set_flag.generation);
	return take_body(hook, &jw, request);
}

static int
flag_request(struct hook *hook, const struct mig_effect *effect, struct mig_request *request)
{
	const struct mig_endpoint *endpoint = &hook->binding->flags;

	if (hook->binding->flags_embedded || endpoint->url == NULL)
		return MIG_ENOTFOUND;
	MIG_ASSERT(effect->u.set_flag.flag < hook->policy->flag_count);

	const char *name = hook->policy->flags[effect->u.set_flag.flag].name;

	hook->values[VAR_FLAG] = name;
	hook->values[VAR_PERCENTAGE] = number_text(hook->arena, effect->u.set_flag.percentage);
	hook->values[VAR_PREVIOUS] = number_text(hook->arena, effect->u.set_flag.previous);
	hook->values[VAR_REASON] = mig_write_reason_name(effect->u.set_flag.reason);
	request->read_back = hook->binding->read_url != NULL;
	hook->values[VAR_GENERATION] = mig_arena_printf(hook->arena, "%" PRIu32,
	    effect->u.set_flag.generation);

	const char *lane = mig_arena_printf(hook->arena, "flag:%s", name);

	if (mig_arena_failed(hook->arena))
		return MIG_ENOMEM;

	int error = fill_request(hook, endpoint, lane, request);

	if (error != 0)
		return error;
	if (endpoint->body == NULL || endpoint->body[0] == '\0')
		return flag_body(hook, effect, request);
	return fill_copy(hook, endpoint->body, escape_json, &request->body);
}

/* What all bodies for the executor begin with. */
static void
begin_step_body(const struct hook *hook, const char *kind, struct mig_jw *jw, struct mig_buf *out)
{
	mig_buf_init(out, MIG_REQUEST_BYTES_MAX);
	mig_jw_init(jw, out, 0);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "kind", kind);
	mig_jw_string(jw, "rollout_id", hook->state->rollout_id);
	mig_jw_string(jw, "migration_id", hook->policy->migration_id);
}

/* The member of an array of objects whose string under key is name. */
static const struct mig_json *
find_named(const struct mig_json *array, const char *key, const char *name)
{
	for (const struct mig_json *node = mig_json_first(array); node != NULL;
	    node = mig_json_next(node)) {
		const char *text = mig_json_string(mig_json_get(node, key));

		if (text != NULL && strcmp(text, name) == 0)
			return node;
	}
	return NULL;
}

static const struct mig_json *
find_step(const struct mig_json *source, const char *id)
{
	const struct mig_json *phases =
	    mig_json_get(mig_json_get(source, "runbook"), "rollback_phases");
	const struct mig_json *step = NULL;

	for (const struct mig_json *phase = mig_json_first(phases); phase != NULL && step == NULL;
	    phase = mig_json_next(phase))
		step = find_named(mig_json_get(phase, "steps"), "step_id", id);
	return step;
}

static int
step_request(struct hook *hook, const struct mig_effect *effect, struct mig_request *request)
{
	MIG_ASSERT(effect->u.rb_step.step < hook->policy->rb_step_count);

	const struct mig_rb_step *step = &hook->policy->rb_steps[effect->u.rb_step.step];
	const struct mig_json *node = find_step(hook->source, step->id);
	struct mig_buf out;
	struct mig_jw jw;

	if (node == NULL)
		return MIG_EDOC;
	hook->values[VAR_PHASE] = hook->policy->rb_phases[step->rb_phase].name;
	hook->values[VAR_REASON] = mig_reason_name(hook->state->rollback.reason);

	int error = fill_request(hook, &hook->binding->steps, "steps", request);

	if (error != 0)
		return error;
	begin_step_body(hook, "rollback_step", &jw, &out);
	mig_jw_string(&jw, "phase", hook->values[VAR_PHASE]);
	mig_jw_string(&jw, "reason", hook->values[VAR_REASON]);
	mig_jw_node(&jw, "step", node);
	return take_body(hook, &jw, request);
}

static int
hook_request(struct hook *hook, const struct mig_effect *effect, struct mig_request *request)
{
	MIG_ASSERT(effect->u.hook.phase < hook->policy->phase_count);

	const char *name = hook->policy->phases[effect->u.hook.phase].name;
	const struct mig_json *node = find_named(
	    mig_json_get(mig_json_get(hook->source, "plan"), "phases"), "name", name);
	struct mig_buf out;
	struct mig_jw jw;

	if (node == NULL)
		return MIG_EDOC;
	hook->values[VAR_PHASE] = name;

	int error = fill_request(hook, &hook->binding->steps, "steps", request);

	if (error != 0)
		return error;
	begin_step_body(hook, effect->u.hook.hook == MIG_HOOK_PHASE_ENTER ? "phase_enter" :
	    "phase_leave", &jw, &out);
	mig_jw_node(&jw, "phase", node);
	return take_body(hook, &jw, request);
}

/* A call for more capacity does not stand behind steps. */
static int
scale_request(struct hook *hook, const struct mig_effect *effect, struct mig_request *request)
{
	MIG_ASSERT(effect->u.scale_up.trigger < hook->policy->trigger_count);

	const struct mig_trigger *trigger = &hook->policy->triggers[effect->u.scale_up.trigger];
	const struct mig_trigger_state *seen = &hook->state->triggers[effect->u.scale_up.trigger];
	int error = fill_request(hook, &hook->binding->steps, "scale_up", request);
	struct mig_buf out;
	struct mig_jw jw;

	if (error != 0)
		return error;
	begin_step_body(hook, "scale_up", &jw, &out);
	mig_jw_object(&jw, "trigger");
	mig_jw_string(&jw, "id", trigger->id);
	mig_jw_string(&jw, "name", trigger->name);
	mig_jw_string(&jw, "metric", hook->policy->metrics[trigger->metric].name);
	mig_jw_string(&jw, "operator", mig_operator_name(trigger->op));
	mig_jw_number(&jw, "value", seen->value);
	mig_jw_number(&jw, "threshold", seen->threshold_known ? seen->threshold : NAN);
	mig_jw_object_end(&jw);
	return take_body(hook, &jw, request);
}

/* The values that every template knows. */
static void
name_rollout(struct hook *hook)
{
	hook->values[VAR_MIGRATION] = hook->policy->migration_id;
	hook->values[VAR_ROLLOUT] = hook->state->rollout_id;
	hook->values[VAR_PHASE] = phase_name(hook->policy, hook->state);
}

int
mig_webhook_request(const struct mig_webhook_rollout *rollout, const struct mig_effect *effect,
    struct mig_arena *arena, struct mig_request *ret_request)
{
	struct hook hook = { .policy = rollout->policy, .binding = rollout->binding,
		.state = rollout->state, .source = rollout->source, .arena = arena };
	struct mig_request request = { 0 };
	int error = MIG_ENOTFOUND;

	name_rollout(&hook);
	if (effect->kind != MIG_EFFECT_SET_FLAG && hook.binding->steps.url == NULL)
		return MIG_ENOTFOUND;
	switch (effect->kind) {
	case MIG_EFFECT_SET_FLAG:
		error = flag_request(&hook, effect, &request);
		break;
	case MIG_EFFECT_RB_STEP:
		error = step_request(&hook, effect, &request);
		break;
	case MIG_EFFECT_HOOK:
		error = hook_request(&hook, effect, &request);
		break;
	case MIG_EFFECT_SCALE_UP:
		error = scale_request(&hook, effect, &request);
		break;
	case MIG_EFFECT_NOTIFY:
		break;
	}
	if (error != 0)
		return error;
	mig_webhook_key(hook.state, effect->seq, request.key);
	*ret_request = request;
	return 0;
}

/* Standard Webhooks keeps '.' for itself; whatever else an id may hold is no matter of headers. */
void
mig_webhook_key(const struct mig_state *state, uint64_t seq, char ret_key[MIG_KEY_MAX])
{
	(void)snprintf(ret_key, MIG_KEY_MAX, "%s-%" PRIx64 "-%" PRIu64, state->rollout_id,
	    (uint64_t)state->created_at.ms, seq); /* fits */
	for (char *at = ret_key; *at != '\0'; at++) {
		bool plain = (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
		    (*at >= 'A' && *at <= 'Z') || *at == '-';

		if (!plain)
			*at = '_';
	}
}

int
mig_webhook_gate(const struct mig_webhook_rollout *rollout, size_t gate, mig_wall now,
    struct mig_arena *arena, struct mig_request *ret_request)
{
	struct hook hook = { .policy = rollout->policy, .binding = rollout->binding,
		.state = rollout->state, .source = rollout->source, .arena = arena };
	struct mig_request request = { 0 };
	struct mig_buf out;
	struct mig_jw jw;

	if (hook.binding->steps.url == NULL)
		return MIG_ENOTFOUND;
	MIG_ASSERT(hook.state->phase < hook.policy->phase_count);

	const struct mig_phase *phase = &hook.policy->phases[hook.state->phase];

	MIG_ASSERT(gate < phase->gate_count);
	name_rollout(&hook);

	int error = fill_request(&hook, &hook.binding->steps, "gates", &request);

	if (error != 0)
		return error;
	begin_step_body(&hook, "phase_gate", &jw, &out);
	mig_jw_string(&jw, "phase", phase->name);
	mig_jw_string(&jw, "gate", phase->gates[gate].name);
	error = take_body(&hook, &jw, &request);
	if (error != 0)
		return error;
	mig_webhook_key(hook.state, (uint64_t)now.ms, request.key);
	*ret_request = request;
	return 0;
}

int
mig_webhook_read(const struct mig_webhook_rollout *rollout, size_t flag, struct mig_arena *arena,
    struct mig_request *ret_request)
{
	struct hook hook = { .policy = rollout->policy, .binding = rollout->binding,
		.state = rollout->state, .arena = arena };
	const struct mig_endpoint *endpoint = &hook.binding->flags;
	struct mig_request request = { .method = "GET",
		.bearer_token_file = endpoint->bearer_token_file,
		.timeout_ms = endpoint->timeout_ms };

	if (hook.binding->flags_embedded || hook.binding->read_url == NULL)
		return MIG_ENOTFOUND;
	MIG_ASSERT(flag < hook.policy->flag_count);
	name_rollout(&hook);
	hook.values[VAR_FLAG] = hook.policy->flags[flag].name;

	int error = fill_copy(&hook, hook.binding->read_url, mig_percent_encode, &request.url);

	if (error == 0)
		error = fill_headers(&hook, endpoint, &request);
	if (error == 0)
		*ret_request = request;
	return error;
}
