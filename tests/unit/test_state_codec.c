/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "core/state_codec.h"
#include "support/core_random.h"

#define RECORD_BYTES_MAX (1024U * 1024U)
#define WALKS 2000
#define WALK_EVENTS 200
/*
 * The way through the record costs more than all the rest: each state of one walk in so many
 * takes it, of the others one state in so many.
 */
#define RECORD_EVERY 40

/* One walk, and what is remembered of it to judge the next event. */
struct walk {
	struct core *core;
	uint64_t seed;  /* to start with */
	uint64_t dice;
	unsigned event; /* number of the present one */
	bool calm;
	bool adopted;   /* drift was adopted: the schedule's order is not ours any more */
	bool decided;   /* a rollback or a hold */
	bool recorded;  /* each state goes through its record */
	bool twinned;   /* the twin is the present state, read back */
	uint32_t seen;  /* metrics with a sample since the last restore */
	size_t steps_up[MIG_FLAGS_MAX];
	struct mig_state before;
	struct mig_state twin; /* what came back from the record */
	struct mig_outcome twin_out;
	struct mig_buf record;
};

/* How far the walks have come, lest they prove nothing. */
static struct {
	unsigned runs[MIG_RUN_COUNT];
	unsigned steps_up;
	unsigned drifts;
	unsigned blind;
} reached;

/* Fail with all that is needed to repeat it. */
#define CHECK(walk, condition) \
	((condition) ? (void)0 : walk_fails((walk), #condition, __LINE__))

static void
walk_fails(const struct walk *walk, const char *condition, int line)
{
	print_error("seed %" PRIu64 ", event %u: %s is not true\n%s\n", walk->seed, walk->event,
	    condition, walk->core->details.data);
	_fail(__FILE__, line);
}

static bool
is_up(const struct mig_effect *effect)
{
	return effect->kind == MIG_EFFECT_SET_FLAG &&
	    (effect->u.set_flag.reason == MIG_WRITE_START ||
	    effect->u.set_flag.reason == MIG_WRITE_STEP);
}

static bool
exposed(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->flag_count; i++) {
		if (state->flags[i].intended > 0 || state->flags[i].acked > 0 ||
		    (state->flags[i].observed_known && state->flags[i].observed > 0))
			return true;
	}
	return policy->flag_count == 0;
}

/* Nothing goes up or on while any trigger is not ok, unless silence is what must be expected. */
static void
check_advance(struct walk *walk, const struct mig_event *event)
{
	const struct mig_state *after = &walk->core->state;
	const struct mig_policy *policy = &walk->core->policy;

	CHECK(walk, !event->hold_back);
	CHECK(walk, event->kind != MIG_EVENT_RESTORE);
	CHECK(walk, after->overlays == 0);
	for (size_t i = 0; i < policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &policy->triggers[i];
		enum mig_quality quality = after->metrics[trigger->metric].now.quality;
		if (!trigger->armed)
			continue;
		CHECK(walk, (walk->seen & 1U << trigger->metric) != 0);
		if (after->triggers[i].run == MIG_TRIGGER_OK) {
			CHECK(walk, quality == MIG_QUALITY_OK);
			continue;
		}
		CHECK(walk, after->triggers[i].run == MIG_TRIGGER_LOW_TRAFFIC ||
		    after->triggers[i].run == MIG_TRIGGER_UNKNOWN);
		CHECK(walk, !exposed(policy, &walk->before));
		CHECK(walk, quality == MIG_QUALITY_NAN || quality == MIG_QUALITY_NO_DATA ||
		    quality == MIG_QUALITY_LOW_TRAFFIC);
	}
}

/* A step up is the next one of its schedule, made while every flag was seen in its place. */
static void
check_step_up(struct walk *walk, const struct mig_effect *effect)
{
	size_t flag = effect->u.set_flag.flag;

	for (size_t i = 0; i < walk->core->policy.flag_count; i++) {
		const struct mig_flag_state *fs = &walk->core->state.flags[i];
		CHECK(walk, i == flag || !fs->touched || (fs->verified && fs->write_seq == 0));
		CHECK(walk, i == flag || fs->checked);
	}
	reached.steps_up++;
	if (walk->adopted)
		return;
	size_t step = walk->steps_up[flag]++;
	CHECK(walk, step < walk->core->policy.flags[flag].step_count);
	CHECK(walk, mig_num_same(effect->u.set_flag.percentage,
	    walk->core->steps[flag][step].percentage));
}

static void
check_effects(struct walk *walk, const struct mig_event *event)
{
	const struct mig_outcome *out = &walk->core->out;
	unsigned ups = 0;

	for (size_t i = 0; i < out->effect_count; i++) {
		const struct mig_effect *effect = &out->effects[i];
		bool forward = is_up(effect) || effect->kind == MIG_EFFECT_HOOK;
		if (walk->decided) {
			CHECK(walk, !forward && effect->kind != MIG_EFFECT_SCALE_UP);
			CHECK(walk, effect->kind != MIG_EFFECT_SET_FLAG ||
			    mig_num_same(effect->u.set_flag.percentage,
			    walk->core->flags[effect->u.set_flag.flag].rollback));
			CHECK(walk, effect->kind != MIG_EFFECT_SET_FLAG ||
			    walk->core->state.run == MIG_RUN_ROLLING_BACK);
		} else {
			CHECK(walk, effect->kind != MIG_EFFECT_RB_STEP);
		}
		if (forward)
			check_advance(walk, event);
		if (is_up(effect))
			check_step_up(walk, effect);
		ups += is_up(effect);
	}
	CHECK(walk, ups <= 1);
}

/* Time counts only while all is well. */
static void
check_holds(struct walk *walk)
{
	const struct mig_state *before = &walk->before;
	const struct mig_state *after = &walk->core->state;
	bool unwell = before->overlays != 0;
	bool unverified = false;

	for (size_t i = 0; i < walk->core->policy.flag_count; i++)
		unverified = unverified || before->flags[i].write_seq != 0 ||
		    (before->flags[i].touched && !before->flags[i].verified);
	for (size_t i = 0; i < walk->core->policy.trigger_count; i++)
		unwell = unwell || before->triggers[i].run == MIG_TRIGGER_PENDING ||
		    before->triggers[i].run == MIG_TRIGGER_FIRED;
	int64_t most = unwell || unverified || after->clock_ms - before->clock_ms >
	    walk->core->policy.settings.max_gap_ms ? 0 : after->clock_ms - before->clock_ms;
	CHECK(walk, after->clock_ms >= before->clock_ms);
	CHECK(walk, after->phase_held_ms - before->phase_held_ms <= most);
	CHECK(walk, after->bake_held_ms - before->bake_held_ms <= most);
	for (size_t i = 0; i < walk->core->policy.flag_count; i++)
		CHECK(walk, after->flags[i].held_ms - before->flags[i].held_ms <= most);
}

static void
check_run(struct walk *walk)
{
	const struct mig_state *after = &walk->core->state;

	CHECK(walk, after->run >= walk->before.run || walk->before.run == MIG_RUN_ROLLING_BACK);
	CHECK(walk, !walk->before.no_return || after->no_return);
	CHECK(walk, !after->no_return || after->run != MIG_RUN_ROLLING_BACK);
	if (walk->before.run != after->run)
		reached.runs[after->run]++;
	reached.drifts += (after->overlays & ~walk->before.overlays & MIG_OVERLAY_DRIFT) != 0;
	reached.blind += (after->overlays & ~walk->before.overlays & MIG_OVERLAY_BLIND) != 0;
	if (after->run == MIG_RUN_ROLLING_BACK || mig_state_finished(after))
		CHECK(walk, after->overlays == 0 || after->run == MIG_RUN_COMPLETED);
}

/* Where two states differ first; the size of one when they are equal. */
static size_t
first_difference(const struct mig_state *a, const struct mig_state *b)
{
	const unsigned char *x = (const unsigned char *)a;
	const unsigned char *y = (const unsigned char *)b;
	size_t i = 0;

	if (memcmp(a, b, sizeof(*a)) == 0)
		return sizeof(*a);
	while (x[i] == y[i])
		i++;
	print_error("the states differ at offset %zu\n", i);
	return i;
}

/* The record of the state must give the same state, and that one the same next outcome. */
static void
check_record(struct walk *walk)
{
	struct mig_findings findings = { 0 };
	const struct mig_state *state = &walk->core->state;

	mig_buf_reset(&walk->record);
	mig_state_encode(state, &walk->core->policy, &walk->record);
	CHECK(walk, mig_buf_ok(&walk->record));
	CHECK(walk, mig_state_decode(walk->record.data, walk->record.len, &walk->core->policy,
	    &walk->twin, &findings) == MIG_OK);
	CHECK(walk, first_difference(&walk->twin, state) == sizeof(*state));
	mig_findings_fini(&findings);
}

static void
check_twin(struct walk *walk, const struct mig_event *event, int error)
{
	const struct mig_outcome *out = &walk->core->out;
	const struct mig_outcome *twin = &walk->twin_out;

	CHECK(walk, mig_step(&walk->core->policy, &walk->twin, event, &walk->twin_out) == error);
	CHECK(walk, first_difference(&walk->twin, &walk->core->state) == sizeof(walk->twin));
	CHECK(walk, out->drop_forward == twin->drop_forward);
	CHECK(walk, out->effect_count == twin->effect_count);
	CHECK(walk, out->record_count == twin->record_count);
	CHECK(walk, strcmp(out->refusal, twin->refusal) == 0);
	CHECK(walk, memcmp(out->effects, twin->effects,
	    out->effect_count * sizeof(out->effects[0])) == 0);
	CHECK(walk, memcmp(out->records, twin->records,
	    out->record_count * sizeof(out->records[0])) == 0);
}

static void
walk_once(struct walk *walk)
{
	struct core *core = walk->core;
	struct mig_event event;
	struct mig_next next;

	core_random_event(core, &walk->dice, walk->calm, &event);
	walk->before = core->state;
	int error = core_event(core, &event);
	if (event.kind == MIG_EVENT_SAMPLE && !event.u.sample.old_path)
		walk->seen |= 1U << event.u.sample.metric;
	if (event.kind == MIG_EVENT_RESTORE)
		walk->seen = 0;
	if (core->state.run == MIG_RUN_ROLLING_BACK || core->state.run == MIG_RUN_HELD)
		walk->decided = true;
	walk->adopted = walk->adopted || core_count(core, "drift_adopted") > 0;
	check_effects(walk, &event);
	check_holds(walk);
	check_run(walk);
	if (walk->twinned)
		check_twin(walk, &event, error);
	walk->twinned = core_random(&walk->dice, RECORD_EVERY) == 0 || walk->recorded;
	if (walk->twinned)
		check_record(walk);
	mig_next(&core->policy, &core->state, core->wall, &next);
	CHECK(walk, (next.action == MIG_NEXT_NOTHING) == mig_state_finished(&core->state));
	core_forget(core);
}

/* Whatever has happened: when the world works again and an operator helps, it comes to an end. */
static void
bring_to_end(struct walk *walk)
{
	struct core *core = walk->core;
	bool abort = core_random(&walk->dice, 2) == 0;
	bool finished = mig_state_finished(&core->state);

	if (core->state.run == MIG_RUN_LOADED)
		core_obey(core, MIG_COMMAND_START, NULL);
	if (abort && !finished)
		core_obey(core, MIG_COMMAND_ABORT, NULL);
	memset(core->gates, true, sizeof(core->gates));
	core->policy.preferred_window.present = false;
	for (unsigned i = 0; i < 400 && !mig_state_finished(&core->state); i++) {
		core_poll(core);
		core_read_back(core);
		(void)core_command(core, MIG_COMMAND_RESUME, NULL);
		(void)core_command(core, MIG_COMMAND_DISMISS, NULL);
		(void)core_command(core, MIG_COMMAND_APPROVE, "restore");
		(void)core_command(core, MIG_COMMAND_APPROVE, "hook");
		(void)core_command(core, MIG_COMMAND_APPROVE, NULL);
		for (size_t step = 0; step < core->policy.rb_step_count; step++)
			(void)core_command(core, MIG_COMMAND_ACK, core->rb_steps[step].id);
	}
	reached.runs[core->state.run]++;
	CHECK(walk, mig_state_finished(&core->state));
	CHECK(walk, finished || !abort || core->state.run != MIG_RUN_COMPLETED);
	for (size_t i = 0; i < core->policy.flag_count; i++) {
		if (!finished && core->state.run == MIG_RUN_ROLLED_BACK &&
		    core->state.flags[i].touched)
			CHECK(walk, mig_num_same(core->provider[i], core->flags[i].rollback));
	}
}

/* Half of the walks begin somewhere on the way. */
static void
warm_up(struct walk *walk)
{
	struct core *core = walk->core;
	uint64_t polls = core_random(&walk->dice, 2) * core_random(&walk->dice, 60);

	if (polls > 0)
		core_obey(core, MIG_COMMAND_START, NULL);
	for (; polls > 0; polls--) {
		core_poll(core);
		(void)core_command(core, MIG_COMMAND_APPROVE, NULL);
	}
	for (size_t i = 0; i < core->policy.flag_count; i++)
		walk->steps_up[i] = (size_t)(core->state.flags[i].step + 1);
	walk->seen = UINT32_MAX;
	walk->decided = core->state.run == MIG_RUN_ROLLING_BACK ||
	    core->state.run == MIG_RUN_ROLLED_BACK || core->state.run == MIG_RUN_HELD;
	core_forget(core);
}

static void
walk_from(struct walk *walk, uint64_t seed)
{
	walk->core = core_new();
	walk->seed = seed;
	walk->dice = seed * 0x9E3779B97F4A7C15ULL + 1;
	walk->adopted = false;
	walk->recorded = seed % RECORD_EVERY == 0 || getenv("MIGARCH_TEST_SEED") != NULL;
	walk->twinned = true;
	memset(walk->steps_up, 0, sizeof(walk->steps_up));
	core_random_policy(walk->core, &walk->dice);
	warm_up(walk);
	walk->calm = core_random(&walk->dice, 3) > 0;
	check_record(walk);
	for (walk->event = 0; walk->event < WALK_EVENTS; walk->event++)
		walk_once(walk);
	bring_to_end(walk);
	core_free(walk->core);
}

static void
test_walks(void **state)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	const char *only = getenv("MIGARCH_TEST_SEED");

	(void)state;
	assert_non_null(walk);
	mig_buf_init(&walk->record, RECORD_BYTES_MAX);
	if (only != NULL) {
		int64_t seed = 0;
		assert_int_equal(mig_num_int(only, 1, INT64_MAX, &seed), MIG_OK);
		walk_from(walk, (uint64_t)seed);
	} else {
		for (uint64_t seed = 1; seed <= WALKS; seed++)
			walk_from(walk, seed);
		/* They have been everywhere. */
		for (size_t run = MIG_RUN_BASELINING; run < MIG_RUN_COUNT; run++)
			assert_true(reached.runs[run] > WALKS / 100);
		assert_true(reached.steps_up > WALKS / 4);
		assert_true(reached.drifts > WALKS / 20);
		assert_true(reached.blind > WALKS / 20);
	}
	mig_buf_fini(&walk->record);
	free(walk);
}

/* Decode a record that must be refused with a finding and without a trace. */
static void
expect_refused(const struct core *core, const char *text, size_t len)
{
	struct mig_findings findings = { 0 };
	struct mig_state *state = calloc(2, sizeof(*state));

	assert_non_null(state);
	if (mig_state_decode(text, len, &core->policy, &state[0], &findings) != MIG_EDOC) {
		print_error("accepted: %.*s\n", (int)(len < 2000 ? len : 2000), text);
		fail();
	}
	assert_true(findings.errors > 0);
	assert_memory_equal(&state[0], &state[1], sizeof(*state));
	mig_findings_fini(&findings);
	free(state);
}

/* A rollout in the middle of its way, and its record. */
static struct core *
record_of_running(struct mig_buf *out)
{
	struct core *core = core_new();

	core_to_first_step(core);
	core_poll(core);
	mig_buf_init(out, RECORD_BYTES_MAX);
	mig_state_encode(&core->state, &core->policy, out);
	assert_true(mig_buf_ok(out));
	return core;
}

/* Behind a point of no return, which no walk of a single seed need reach. */
static void
test_no_return(void **state)
{
	struct mig_findings findings = { 0 };
	struct core *core = core_new();
	struct mig_state *twin = calloc(1, sizeof(*twin));
	struct mig_buf record;

	(void)state;
	assert_non_null(twin);
	core_to_no_return(core);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_true(core->state.no_return);
	mig_buf_init(&record, RECORD_BYTES_MAX);
	mig_state_encode(&core->state, &core->policy, &record);
	assert_int_equal(mig_state_decode(record.data, record.len, &core->policy, twin,
	    &findings), MIG_OK);
	assert_int_equal(first_difference(twin, &core->state), sizeof(*twin));
	mig_findings_fini(&findings);
	mig_buf_fini(&record);
	free(twin);
	core_free(core);
}

static void
test_truncated(void **state)
{
	struct mig_buf record;
	struct core *core = record_of_running(&record);

	(void)state;
	for (size_t len = 0; len < record.len; len += len < 100 || len > record.len - 100 ? 1 : 37)
		expect_refused(core, record.data, len);
	mig_buf_fini(&record);
	core_free(core);
}

#define ZEROS "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"

static const char *const damages[][2] = {
	/* what is there, what the damage makes of it */
	{ "{\"version\":1", "{\"version\":2" },
	{ "{\"version\":1,", "{" },
	{ "\"run\":2", "\"run\":8" },
	{ "\"run\":2", "\"run\":-1" },
	{ "\"run\":2", "\"run\":\"running\"" },
	{ "\"run\":2", "\"run\":2.5" },
	{ "\"stage\":2", "\"stage\":4" },
	{ "\"phase\":1", "\"phase\":4" },
	{ "\"overlays\":0", "\"overlays\":8" },
	{ "\"effect_seq\":", "\"effect_seq\":-" },
	{ "\"effect_seq\":", "\"effect_seq\":9007199254740993" },
	{ "\"clock_ms\":", "\"clock\":" },
	{ "\"healthy\":true", "\"healthy\":1" },
	{ "\"rollout_id\":\"23a52ed1507f-1\"", "\"rollout_id\":null" },
	{ "\"rollout_id\":\"", "\"rollout_id\":\"0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789" },
	{ "\"phase_entered\":[true,", "\"phase_entered\":[" },
	{ "\"phase_entered\":[true", "\"phase_entered\":[1" },
	{ "\"phase_entered\":[", "\"phase_entered\":[false," },
	{ "\"metrics\":[{", "\"metrics\":[{},{" },
	{ "\"metrics\":[{", "\"metrics\":[7,{" },
	{ "\"now\":{", "\"new\":{" },
	{ "\"old\":{", "\"old\":[],\"x\":{" },
	{ "\"quality\":1", "\"quality\":8" },
	{ "\"value\":0.01", "\"value\":null" },
	{ "\"value\":0.01", "\"value\":1e999" },
	{ "\"captured\":[0.01", "\"captured\":[\"0.01\"" },
	{ "\"captured\":[0.01", "\"captured\":[" ZEROS ZEROS ZEROS ZEROS "0" },
	{ "\"captured\":[0.01", "\"captured\":7,\"x\":[0.01" },
	{ "\"rollback\":{", "\"roll\":{" },
	{ "\"rollback\":{", "\"rollback\":3,\"x\":{" },
	{ "\"trigger\":-1", "\"trigger\":3" },
	{ "\"trigger\":-1", "\"trigger\":-2" },
	{ "\"reason\":0", "\"reason\":5" },
	{ "\"gates\":[{", "\"gates\":[{\"open\":false},{" },
	{ "\"triggers\":[{\"run\":3", "\"triggers\":[{\"run\":6" },
	{ "\"triggers\":[{", "\"triggers\":[null,{" },
	{ "\"triggers\":[{", "\"triggers\":{},\"x\":[{" },
	{ "\"flags\":[{\"step\":0", "\"flags\":[{\"step\":3" },
	{ "\"flags\":[{\"step\":0", "\"flags\":[{\"step\":-2" },
	{ "\"generation\":1", "\"generation\":4294967296" },
	{ "\"rollback_steps\":[{\"run\":0", "\"rollback_steps\":[{\"run\":5" },
	{ "\"rollback_steps\":", "\"rollback\":" },
};

static void
test_damaged(void **state)
{
	struct mig_buf record;
	struct mig_buf damaged;
	struct core *core = record_of_running(&record);

	(void)state;
	mig_buf_init(&damaged, RECORD_BYTES_MAX);
	for (size_t i = 0; i < TEST_COUNT(damages); i++) {
		const char *at = strstr(record.data, damages[i][0]);
		if (at == NULL)
			print_error("not in the record: %s\n%s\n", damages[i][0], record.data);
		assert_non_null(at);
		mig_buf_reset(&damaged);
		mig_buf_add(&damaged, record.data, (size_t)(at - record.data));
		mig_buf_puts(&damaged, damages[i][1]);
		mig_buf_puts(&damaged, at + strlen(damages[i][0]));
		expect_refused(core, damaged.data, damaged.len);
	}
	expect_refused(core, "[]", 2);
	expect_refused(core, "{}", 2);
	expect_refused(core, "null", 4);
	mig_buf_fini(&damaged);
	mig_buf_fini(&record);
	core_free(core);
}

/* A record of another policy is refused, not squeezed in. */
static void
test_other_policy(void **state)
{
	struct mig_buf record;
	struct core *core = record_of_running(&record);
	struct mig_policy policy = core->policy;
	size_t *counts[] = { &core->policy.metric_count, &core->policy.trigger_count,
		&core->policy.flag_count, &core->policy.phase_count, &core->policy.rb_step_count };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(counts); i++) {
		(*counts[i])++;
		expect_refused(core, record.data, record.len);
		*counts[i] -= 2;
		expect_refused(core, record.data, record.len);
		core->policy = policy;
	}
	mig_buf_fini(&record);
	core_free(core);
}

/* Texts that come from outside are kept as valid UTF-8 without control characters. */
static void
test_texts(void **state)
{
	static const char *const rows[][2] = {
		{ "plain", "plain" },
		{ "na\xc3\xafve", "na\xc3\xafve" },
		{ "bad \xff byte", "bad ? byte" },
		{ "overlong \xc0\x80", "overlong ??" },
		{ "escape \x1b[2J", "escape ?[2J" },
		{ "delete \x7f", "delete ?" },
		{ "two\nlines\t", "two\nlines\t" },
		{ "1234567890123456", "123456789012345" },
		{ "12345678901234\xc3\xaf", "12345678901234" },
		{ "12345678901234\xc3", "12345678901234?" },
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		memset(text, 'x', sizeof(text));
		mig_text_copy(text, sizeof(text), rows[i][0]);
		assert_string_equal(text, rows[i][1]);
		for (size_t j = strlen(text); j < sizeof(text); j++)
			assert_int_equal(text[j], 0);
	}
	mig_text_copy(text, sizeof(text), NULL);
	assert_string_equal(text, "");
}

/* Numbers of effects that may have been sent without a store are left out, however often. */
static void
test_skipped_keys(void **state)
{
	const struct mig_state kept = { .created_at.ms = 1000000, .effect_seq = 7 };
	struct mig_state old = kept;
	struct mig_state next = kept;

	(void)state;
	mig_state_skip_keys(&old, (mig_wall) { 1000000 + 1007 });
	assert_true(old.effect_seq > 1007);
	old = kept;
	mig_state_skip_keys(&old, (mig_wall) { 1000000 + 1008 });
	assert_int_equal(old.effect_seq, 1008);
	/* The clock was set back, and the store has seen neither of two lives. */
	old = kept;
	mig_state_skip_keys(&old, (mig_wall) { 900000 });
	mig_state_skip_keys(&next, (mig_wall) { 900016 });
	assert_true(old.effect_seq >= 1007);
	assert_true(next.effect_seq >= old.effect_seq + 1000);
	next = kept;
	mig_state_skip_keys(&next, (mig_wall) { 800000 });
	assert_true(old.effect_seq >= next.effect_seq + 1000);
	/* A number of JSON still has it exactly after years of this. */
	old.effect_seq = 0;
	for (int i = 0; i < 10000; i++)
		mig_state_skip_keys(&old, (mig_wall) { INT64_C(4102444800000) - i });
	assert_true(old.effect_seq < UINT64_C(1) << 53);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_return),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_other_policy),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_skipped_keys),
		cmocka_unit_test(test_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
