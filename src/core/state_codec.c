/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "core/policy.h"
#include "core/state.h"
#include "core/state_codec.h"

/* Bumped when a reader of the older form would go wrong. */
#define RECORD_VERSION 1

/* 2^53: above it a JSON number is not exact. */
#define EXACT_MAX 9007199254740992LL

enum field_type { F_BOOL, F_I32, F_U32, F_ENUM, F_I64, F_U64, F_DOUBLE, F_TEXT };

/* One member of a struct: what it is called in the record, where it is, how large it may be. */
struct field {
	const char *key;
	enum field_type type;
	size_t offset;
	size_t limit; /* TEXT: bytes; ENUM: number of values */
};

#define FIELD(s, m, t) { #m, t, offsetof(struct s, m), 0 }
#define LIMITED(s, m, t, l) { #m, t, offsetof(struct s, m), (l) }
#define TEXT(s, m) { #m, F_TEXT, offsetof(struct s, m), sizeof(((struct s *)0)->m) }
#define TIME(s, m) { #m, F_I64, offsetof(struct s, m), 0 } /* ms is the struct's only member */
#define END { NULL, F_BOOL, 0, 0 }

_Static_assert(sizeof(mig_wall) == sizeof(int64_t), "a wall time is its ms");
_Static_assert(sizeof(mig_mono) == sizeof(int64_t), "a monotonic time is its ms");
_Static_assert(sizeof(enum mig_run) == sizeof(uint32_t), "enums are read and written as uint32_t");

static const struct field state_fields[] = {
	TEXT(mig_state, rollout_id),
	LIMITED(mig_state, run, F_ENUM, MIG_RUN_COUNT),
	FIELD(mig_state, overlays, F_U32),
	FIELD(mig_state, effect_seq, F_U64),
	FIELD(mig_state, record_seq, F_U64),
	TIME(mig_state, created_at),
	TIME(mig_state, started_at),
	TIME(mig_state, run_at),
	TIME(mig_state, updated_at),
	TIME(mig_state, last_mono),
	FIELD(mig_state, clock_ms, F_I64),
	FIELD(mig_state, healthy, F_BOOL),
	FIELD(mig_state, blind_ms, F_I64),
	FIELD(mig_state, phase, F_U32),
	LIMITED(mig_state, stage, F_ENUM, MIG_STAGE_COUNT),
	TIME(mig_state, phase_entered_at),
	FIELD(mig_state, phase_held_ms, F_I64),
	FIELD(mig_state, bake_held_ms, F_I64),
	FIELD(mig_state, hook_seq, F_U64),
	FIELD(mig_state, hook_failed, F_BOOL),
	FIELD(mig_state, no_return, F_BOOL),
	FIELD(mig_state, window_closed, F_BOOL),
	END,
};

static const struct field gate_fields[] = {
	FIELD(mig_gate_state, open, F_BOOL),
	FIELD(mig_gate_state, ok_ms, F_I64),
	TIME(mig_gate_state, at),
	TEXT(mig_gate_state, actor),
	END,
};

/* Written only when there is an answer: rollouts without such a gate have no such member. */
static const struct field schema_fields[] = {
	LIMITED(mig_schema_state, answer, F_ENUM, MIG_SCHEMA_ANSWER_COUNT),
	TEXT(mig_schema_state, why),
	LIMITED(mig_schema_state, told, F_ENUM, MIG_SCHEMA_ANSWER_COUNT),
	FIELD(mig_schema_state, drift_ms, F_I64),
	FIELD(mig_schema_state, unknown_ms, F_I64),
	END,
};

static const struct field reading_fields[] = {
	LIMITED(mig_reading, quality, F_ENUM, MIG_QUALITY_COUNT),
	FIELD(mig_reading, value, F_DOUBLE),
	FIELD(mig_reading, sample_count, F_DOUBLE),
	TIME(mig_reading, at),
	FIELD(mig_reading, clock_ms, F_I64),
	FIELD(mig_reading, ok_clock_ms, F_I64),
	END,
};

static const struct field metric_fields[] = {
	FIELD(mig_metric_state, baseline_known, F_BOOL),
	FIELD(mig_metric_state, floor_used, F_BOOL),
	FIELD(mig_metric_state, baseline, F_DOUBLE),
	FIELD(mig_metric_state, captured_spread, F_DOUBLE),
	FIELD(mig_metric_state, captured_last_ms, F_I64),
	TIME(mig_metric_state, captured_at),
	END,
};

static const struct field trigger_fields[] = {
	LIMITED(mig_trigger_state, run, F_ENUM, MIG_TRIGGER_RUN_COUNT),
	FIELD(mig_trigger_state, value, F_DOUBLE),
	FIELD(mig_trigger_state, threshold, F_DOUBLE),
	FIELD(mig_trigger_state, threshold_known, F_BOOL),
	FIELD(mig_trigger_state, since_ms, F_I64),
	FIELD(mig_trigger_state, pending_ms, F_I64),
	FIELD(mig_trigger_state, steady_ms, F_I64),
	FIELD(mig_trigger_state, last_ms, F_I64),
	FIELD(mig_trigger_state, chained, F_BOOL),
	FIELD(mig_trigger_state, breached, F_BOOL),
	TIME(mig_trigger_state, fired_at),
	END,
};

static const struct field flag_fields[] = {
	FIELD(mig_flag_state, step, F_I32),
	FIELD(mig_flag_state, touched, F_BOOL),
	FIELD(mig_flag_state, done, F_BOOL),
	FIELD(mig_flag_state, checked, F_BOOL),
	FIELD(mig_flag_state, generation, F_U32),
	FIELD(mig_flag_state, rewrites, F_U32),
	FIELD(mig_flag_state, write_seq, F_U64),
	FIELD(mig_flag_state, write_failed, F_BOOL),
	FIELD(mig_flag_state, observed_known, F_BOOL),
	FIELD(mig_flag_state, verified, F_BOOL),
	FIELD(mig_flag_state, intended, F_DOUBLE),
	FIELD(mig_flag_state, previous, F_DOUBLE),
	FIELD(mig_flag_state, acked, F_DOUBLE),
	FIELD(mig_flag_state, observed, F_DOUBLE),
	TIME(mig_flag_state, verified_at),
	FIELD(mig_flag_state, acked_ms, F_I64),
	FIELD(mig_flag_state, read_due_ms, F_I64),
	FIELD(mig_flag_state, seen_ms, F_I64),
	FIELD(mig_flag_state, held_ms, F_I64),
	FIELD(mig_flag_state, drifted, F_BOOL),
	FIELD(mig_flag_state, drifted_ms, F_I64),
	FIELD(mig_flag_state, drift_told_ms, F_I64),
	FIELD(mig_flag_state, unread_ms, F_I64),
	FIELD(mig_flag_state, unread_told, F_BOOL),
	END,
};

static const struct field rollback_fields[] = {
	LIMITED(mig_rollback_state, stage, F_ENUM, MIG_RB_STAGE_COUNT),
	LIMITED(mig_rollback_state, reason, F_ENUM, MIG_REASON_COUNT),
	FIELD(mig_rollback_state, trigger, F_I32),
	TEXT(mig_rollback_state, actor),
	TEXT(mig_rollback_state, comment),
	TEXT(mig_rollback_state, last_error),
	TIME(mig_rollback_state, decided_at),
	TIME(mig_rollback_state, flags_restored_at),
	FIELD(mig_rollback_state, quiet_ms, F_I64),
	FIELD(mig_rollback_state, noisy_ms, F_I64),
	FIELD(mig_rollback_state, escalations, F_U32),
	END,
};

/* Written only when flags are away, or were again. */
static const struct field away_fields[] = {
	FIELD(mig_away_state, now, F_BOOL),
	FIELD(mig_away_state, told, F_BOOL),
	FIELD(mig_away_state, away_ms, F_I64),
	FIELD(mig_away_state, moves, F_U32),
	END,
};

static const struct field rb_step_fields[] = {
	LIMITED(mig_rb_step_state, run, F_ENUM, MIG_RB_STEP_RUN_COUNT),
	FIELD(mig_rb_step_state, attempts, F_U32),
	FIELD(mig_rb_step_state, seq, F_U64),
	FIELD(mig_rb_step_state, asked_ms, F_I64),
	END,
};

/* The integer in a member; enums are unsigned int under both compilers. */
static int64_t
load_integer(const struct field *field, const char *base)
{
	const char *at = base + field->offset;
	int32_t i32 = 0;
	uint32_t u32 = 0;
	int64_t i64 = 0;

	if (field->type == F_I32) {
		memcpy(&i32, at, sizeof(i32));
		return i32;
	}
	if (field->type == F_I64 || field->type == F_U64) {
		memcpy(&i64, at, sizeof(i64));
		return i64;
	}
	memcpy(&u32, at, sizeof(u32));
	return u32;
}

static void
store_integer(const struct field *field, char *base, int64_t value)
{
	char *at = base + field->offset;
	int32_t i32 = (int32_t)value;
	uint32_t u32 = (uint32_t)value;

	if (field->type == F_I32)
		memcpy(at, &i32, sizeof(i32));
	else if (field->type == F_I64 || field->type == F_U64)
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &u32, sizeof(u32));
}

static void
write_fields(struct mig_jw *jw, const struct field *fields, const void *object)
{
	const char *base = object;

	for (const struct field *f = fields; f->key != NULL; f++) {
		bool truth = false;
		double number = 0;
		switch (f->type) {
		case F_BOOL:
			memcpy(&truth, base + f->offset, sizeof(truth));
			mig_jw_bool(jw, f->key, truth);
			break;
		case F_DOUBLE:
			memcpy(&number, base + f->offset, sizeof(number));
			MIG_ASSERT(isfinite(number));
			mig_jw_number(jw, f->key, number);
			break;
		case F_TEXT:
			mig_jw_string(jw, f->key, base + f->offset);
			break;
		case F_I32:
		case F_U32:
		case F_ENUM:
		case F_I64:
		case F_U64:
			mig_jw_int(jw, f->key, load_integer(f, base));
			break;
		}
	}
}

static void
write_metric(struct mig_jw *jw, const struct mig_metric_state *ms)
{
	mig_jw_object(jw, NULL);
	write_fields(jw, metric_fields, ms);
	mig_jw_object(jw, "now");
	write_fields(jw, reading_fields, &ms->now);
	mig_jw_object_end(jw);
	mig_jw_object(jw, "old");
	write_fields(jw, reading_fields, &ms->old);
	mig_jw_object_end(jw);
	mig_jw_array(jw, "captured");
	for (size_t i = 0; i < ms->captured_count; i++)
		mig_jw_number(jw, NULL, ms->captured[i]);
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

/* An array of plain structs in the state. */
struct array {
	const char *key;
	const struct field *fields;
	size_t offset; /* of the first, in struct mig_state */
	size_t size;   /* of one */
	size_t count;
};

#define ARRAY(key, fields, member, count) \
	{ key, fields, offsetof(struct mig_state, member), \
	    sizeof(((struct mig_state *)0)->member[0]), (count) }

#define ARRAY_KINDS 4

/* The arrays that a state under this policy has. */
static void
list_arrays(const struct mig_policy *policy, struct array ret_arrays[ARRAY_KINDS])
{
	const struct array arrays[ARRAY_KINDS] = {
		ARRAY("gates", gate_fields, gates, MIG_GATES_MAX),
		ARRAY("triggers", trigger_fields, triggers, policy->trigger_count),
		ARRAY("flags", flag_fields, flags, policy->flag_count),
		ARRAY("rollback_steps", rb_step_fields, rollback.steps, policy->rb_step_count),
	};

	memcpy(ret_arrays, arrays, sizeof(arrays));
}

static void
write_array(struct mig_jw *jw, const struct array *array, const struct mig_state *state)
{
	const char *first = (const char *)state + array->offset;

	mig_jw_array(jw, array->key);
	for (size_t i = 0; i < array->count; i++) {
		mig_jw_object(jw, NULL);
		write_fields(jw, array->fields, first + i * array->size);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

void
mig_state_encode(const struct mig_state *state, const struct mig_policy *policy,
    struct mig_buf *out)
{
	struct array arrays[ARRAY_KINDS];
	struct mig_jw jw;

	list_arrays(policy, arrays);
	mig_jw_init(&jw, out, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_int(&jw, "version", RECORD_VERSION);
	write_fields(&jw, state_fields, state);
	mig_jw_array(&jw, "phase_entered");
	for (size_t i = 0; i < policy->phase_count; i++)
		mig_jw_bool(&jw, NULL, state->phase_entered[i]);
	mig_jw_array_end(&jw);
	mig_jw_array(&jw, "metrics");
	for (size_t i = 0; i < policy->metric_count; i++)
		write_metric(&jw, &state->metrics[i]);
	mig_jw_array_end(&jw);
	mig_jw_object(&jw, "rollback");
	write_fields(&jw, rollback_fields, &state->rollback);
	mig_jw_object_end(&jw);
	for (size_t i = 0; i < ARRAY_KINDS; i++)
		write_array(&jw, &arrays[i], state);
	if (state->schema.answer != MIG_SCHEMA_UNASKED) {
		mig_jw_object(&jw, "schema");
		write_fields(&jw, schema_fields, &state->schema);
		mig_jw_object_end(&jw);
	}
	if (state->rollback.away.now || state->rollback.away.moves > 0) {
		mig_jw_object(&jw, "away");
		write_fields(&jw, away_fields, &state->rollback.away);
		mig_jw_object_end(&jw);
	}
	mig_jw_object_end(&jw);
}

static void
read_text(struct mig_reader *reader, const struct mig_at *at, const struct field *field,
    char *base)
{
	const char *text = mig_read_string(reader, at, field->key, MIG_READ_REQUIRED, "");

	if (strlen(text) >= field->limit)
		mig_at_error(reader, at, NULL, "\"%s\" is longer than %zu bytes", field->key,
		    field->limit - 1);
	mig_text_copy(base + field->offset, field->limit, text);
}

/* The readers of single members expect an object and are silent otherwise. */
static bool
is_object(struct mig_reader *reader, const struct mig_at *at)
{
	if (at->node != NULL && mig_json_type(at->node) == MIG_JSON_OBJECT)
		return true;
	mig_at_error(reader, at, NULL, "an object is missing");
	return false;
}

static void
read_fields(struct mig_reader *reader, const struct mig_at *at, const struct field *fields,
    void *object)
{
	char *base = object;

	if (!is_object(reader, at))
		return;
	for (const struct field *f = fields; f->key != NULL; f++) {
		bool truth = false;
		double number = 0;
		int64_t min = f->type == F_I32 ? INT32_MIN : f->type == F_I64 ? -EXACT_MAX : 0;
		int64_t max = f->type == F_I64 || f->type == F_U64 ? EXACT_MAX :
		    f->type == F_ENUM ? (int64_t)f->limit - 1 :
		    f->type == F_I32 ? INT32_MAX : UINT32_MAX;
		switch (f->type) {
		case F_BOOL:
			truth = mig_read_bool(reader, at, f->key, MIG_READ_REQUIRED, false);
			memcpy(base + f->offset, &truth, sizeof(truth));
			break;
		case F_DOUBLE:
			number = mig_read_number(reader, at, f->key, MIG_READ_REQUIRED, -INFINITY,
			    INFINITY, 0);
			memcpy(base + f->offset, &number, sizeof(number));
			break;
		case F_TEXT:
			read_text(reader, at, f, base);
			break;
		case F_I32:
		case F_U32:
		case F_ENUM:
		case F_I64:
		case F_U64:
			store_integer(f, base, mig_read_integer(reader, at, f->key,
			    MIG_READ_REQUIRED, min, max, 0));
			break;
		}
	}
}

/* Start reading an array that must have count elements; whether it has. */
static bool
array_fits(struct mig_reader *reader, const struct mig_at *at, size_t count)
{
	if (!mig_read_array(reader, at, MIG_READ_REQUIRED))
		return false;
	if (mig_json_count(at->node) == count)
		return true;
	mig_at_error(reader, at, NULL, "%zu entries where the policy has %zu",
	    mig_json_count(at->node), count);
	return false;
}

static void
read_array(struct mig_reader *reader, const struct mig_at *root, const struct array *array,
    struct mig_state *state)
{
	struct mig_at at = mig_at_key(root, array->key);
	struct mig_at it = { 0 };
	char *next = (char *)state + array->offset;

	if (!array_fits(reader, &at, array->count))
		return;
	for (; mig_at_each(&at, &it); next += array->size)
		read_fields(reader, &it, array->fields, next);
}

static void
read_metric(struct mig_reader *reader, const struct mig_at *at, struct mig_metric_state *ms)
{
	struct mig_at now = mig_at_key(at, "now");
	struct mig_at old = mig_at_key(at, "old");
	struct mig_at captured = mig_at_key(at, "captured");
	struct mig_at it = { 0 };

	read_fields(reader, at, metric_fields, ms);
	read_fields(reader, &now, reading_fields, &ms->now);
	read_fields(reader, &old, reading_fields, &ms->old);
	if (!mig_read_array(reader, &captured, MIG_READ_REQUIRED))
		return;
	if (mig_json_count(captured.node) > MIG_BASELINE_SAMPLES) {
		mig_at_error(reader, &captured, NULL, "more than %d samples", MIG_BASELINE_SAMPLES);
		return;
	}
	while (mig_at_each(&captured, &it)) {
		if (mig_json_type(it.node) != MIG_JSON_NUMBER)
			mig_at_error(reader, &it, NULL, "must be a number");
		ms->captured[ms->captured_count++] = mig_json_number(it.node);
	}
}

static void
read_arrays(struct mig_reader *reader, const struct mig_at *root, const struct mig_policy *policy,
    struct mig_state *state)
{
	struct array arrays[ARRAY_KINDS];
	struct mig_at entered = mig_at_key(root, "phase_entered");
	struct mig_at metrics = mig_at_key(root, "metrics");
	struct mig_at it = { 0 };

	if (array_fits(reader, &entered, policy->phase_count)) {
		for (size_t i = 0; mig_at_each(&entered, &it); i++) {
			if (mig_json_type(it.node) != MIG_JSON_BOOL)
				mig_at_error(reader, &it, NULL, "must be true or false");
			state->phase_entered[i] = mig_json_bool(it.node);
		}
	}
	memset(&it, 0, sizeof(it));
	if (array_fits(reader, &metrics, policy->metric_count)) {
		for (size_t i = 0; mig_at_each(&metrics, &it); i++)
			read_metric(reader, &it, &state->metrics[i]);
	}
	list_arrays(policy, arrays);
	for (size_t i = 0; i < ARRAY_KINDS; i++)
		read_array(reader, root, &arrays[i], state);
}

/* What is used as an index must be one, whatever happened to the record. */
static void
check_indices(struct mig_reader *reader, const struct mig_at *root,
    const struct mig_policy *policy, const struct mig_state *state)
{
	unsigned overlays = MIG_OVERLAY_PAUSED | MIG_OVERLAY_BLIND | MIG_OVERLAY_DRIFT;

	if (state->phase >= policy->phase_count)
		mig_at_error(reader, root, NULL, "phase %u of %zu", state->phase,
		    policy->phase_count);
	if ((state->overlays & ~overlays) != 0)
		mig_at_error(reader, root, NULL, "unknown overlays %u", state->overlays);
	if (state->rollback.trigger < -1 ||
	    state->rollback.trigger >= (int32_t)policy->trigger_count)
		mig_at_error(reader, root, NULL, "trigger %d of %zu", (int)state->rollback.trigger,
		    policy->trigger_count);
	for (size_t i = 0; i < policy->flag_count; i++) {
		if (state->flags[i].step < -1 ||
		    state->flags[i].step >= (int32_t)policy->flags[i].step_count)
			mig_at_error(reader, root, NULL, "flag %zu at step %d of %zu", i,
			    (int)state->flags[i].step, policy->flags[i].step_count);
	}
}

int
mig_state_decode(const char *json, size_t len, const struct mig_policy *policy,
    struct mig_state *ret_state, struct mig_findings *findings)
{
	struct mig_reader reader = { findings, NULL, MIG_SEV_ERROR };
	struct mig_json_doc *doc = NULL;
	struct mig_state state;
	size_t before = findings->errors;
	int error = mig_json_parse(json, len, NULL, &doc, findings);

	if (error != MIG_OK)
		return error;
	memset(&state, 0, sizeof(state));
	struct mig_at root = mig_at_root(doc);
	struct mig_at rollback = mig_at_key(&root, "rollback");
	struct mig_at schema = mig_at_key(&root, "schema");
	struct mig_at away = mig_at_key(&root, "away");

	(void)mig_read_integer(&reader, &root, "version", MIG_READ_REQUIRED, RECORD_VERSION,
	    RECORD_VERSION, 0); /* only its range matters */
	read_fields(&reader, &root, state_fields, &state);
	read_fields(&reader, &rollback, rollback_fields, &state.rollback);
	if (schema.node != NULL)
		read_fields(&reader, &schema, schema_fields, &state.schema);
	if (away.node != NULL)
		read_fields(&reader, &away, away_fields, &state.rollback.away);
	read_arrays(&reader, &root, policy, &state);
	check_indices(&reader, &root, policy, &state);
	mig_json_free(doc);
	if (findings->errors != before)
		return MIG_EDOC;
	*ret_state = state;
	return MIG_OK;
}
