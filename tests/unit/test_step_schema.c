/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The gate before a phase that takes away what old versions use: the live server's schema must be
 * the one that the plan was made for.
 */

#include <string.h>

#include "core/state_codec.h"
#include "support/core_fixture.h"

/* At the entry of the first phase, whose only entry gate it is. */
static struct core *
core_at_gate(enum mig_schema_answer answer, const char *why)
{
	struct core *core = core_new();

	(void)core_gate(core, CORE_PREPARE, "schema", MIG_GATE_SCHEMA, true);
	core->schema = answer;
	core->schema_why = why;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 250000);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	return core;
}

/* Until it is seen that it is so: while another gate is closed it is looked for less often. */
static void
look(struct core *core, enum mig_schema_answer answer)
{
	core->schema = answer;
	for (int i = 0; core->state.schema.answer != answer && i < 100; i++)
		core_poll(core);
	assert_int_equal(core->state.schema.answer, answer);
}

/* An answer, whoever has asked. */
static void
answer(struct core *core, enum mig_schema_answer answer, const char *why)
{
	struct mig_event event = { .kind = MIG_EVENT_GATE };

	event.u.gate.gate = 1;
	event.u.gate.schema = answer;
	event.u.gate.why = why;
	assert_int_equal(core_event(core, &event), MIG_OK);
}

static uint32_t
gates_wanted(const struct core *core)
{
	struct mig_wants wants;

	mig_wants(&core->policy, &core->state, &wants);
	return wants.gates;
}

static bool
entered(const struct core *core)
{
	return core->state.phase_entered[CORE_PREPARE];
}

static void
test_agrees(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_AGREES, NULL);

	(void)state;
	assert_true(entered(core));
	assert_int_equal(core_count(core, "gate_opened"), 1);
	assert_non_null(strstr(core->details.data,
	    "{\"phase\":\"prepare\",\"gate\":\"schema\",\"kind\":\"schema\"}"));
	assert_non_null(strstr(core->details.data, "\"answer\":\"agrees\""));
	core_free(core);
}

/* Held for as long as it lasts, told once, and nothing goes back because of it. */
static void
test_drift(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_DRIFT, "column users.hack was added");
	struct mig_wants wants;

	(void)state;
	core_run(core, 3600000);
	assert_false(entered(core));
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	assert_int_equal(core_count(core, "schema_drift"), 1);
	assert_int_equal(core_count(core, "rollback_decided"), 0);
	assert_non_null(strstr(core->details.data, "{\"phase\":\"prepare\",\"gate\":\"schema\","
	    "\"reason\":\"column users.hack was added\"}"));
	assert_non_null(strstr(core->effects.data, "notify:alert"));
	assert_string_equal(core->state.schema.why, "column users.hack was added");
	/* Other differences are told, the same ones are not. */
	core->schema_why = "column users.hack was added; table t was dropped";
	core_run(core, 100000);
	assert_int_equal(core_count(core, "schema_drift"), 2);
	/* It goes on by itself when they are gone. */
	core->schema = MIG_SCHEMA_AGREES;
	core->schema_why = NULL;
	core_poll(core);
	assert_true(entered(core));
	assert_string_equal(core->state.schema.why, "");
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.gates, 0);
	core_free(core);
}

/* Not to be seen is told once, whatever the reason is now. */
static void
test_unknown(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_UNKNOWN, "connection refused");

	(void)state;
	core->schema_why = "no answer within 30 s";
	core_run(core, 100000);
	assert_false(entered(core));
	assert_int_equal(core_count(core, "schema_unknown"), 1);
	assert_string_equal(core->state.schema.why, "no answer within 30 s");
	core->schema = MIG_SCHEMA_AGREES;
	core_poll(core);
	assert_true(entered(core));
	core_free(core);
}

/* Against the answer only by name; what was overridden is written down, and is not asked again. */
static void
test_override(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_DRIFT, "table t was added");
	struct mig_wants wants;

	(void)state;
	core_gate(core, CORE_PREPARE, "also", MIG_GATE_APPROVAL, true);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "schemas"), MIG_ENOTFOUND);
	core_forget(core);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_non_null(strstr(core->details.data, "\"gate\":\"also\""));
	core_poll(core);
	assert_false(entered(core));
	core_forget(core);
	/* Over a restart, too. */
	core_gate(core, CORE_PREPARE, "last", MIG_GATE_APPROVAL, true);
	core_obey(core, MIG_COMMAND_APPROVE, "schema");
	assert_non_null(strstr(core->details.data, "\"gate\":\"schema\",\"kind\":\"schema\","
	    "\"answer\":\"drift\",\"reason\":\"table t was added\"}"));
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.gates, 0);
	core_restore(core, 1000, false);
	core_poll(core);
	assert_false(entered(core));
	core_obey(core, MIG_COMMAND_APPROVE, "last");
	core_poll(core);
	assert_true(entered(core));
	assert_non_null(strstr(core->details.data, "\"actor\":\"anna\""));
	core_free(core);
}

/* While it agrees there is nothing to be overridden. */
static void
test_override_open(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_DRIFT, "table t was added");

	(void)state;
	core_gate(core, CORE_PREPARE, "also", MIG_GATE_APPROVAL, true);
	look(core, MIG_SCHEMA_AGREES);
	core_obey(core, MIG_COMMAND_APPROVE, "schema");
	look(core, MIG_SCHEMA_DRIFT);
	core_obey(core, MIG_COMMAND_APPROVE, "also");
	core_poll(core);
	assert_false(entered(core));
	core_free(core);
}

/* An answer grows old, and does not outlive the daemon. */
static void
test_old_answer(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_DRIFT, "table t was added");
	struct mig_gate *also = core_gate(core, CORE_PREPARE, "also", MIG_GATE_APPROVAL, true);

	(void)state;
	look(core, MIG_SCHEMA_AGREES);
	assert_true(mig_gate_open(&core->policy, &core->state, 1));
	core_tick(core, core->policy.settings.max_gap_ms);
	assert_true(mig_gate_open(&core->policy, &core->state, 1));
	core_tick(core, 1);
	assert_false(mig_gate_open(&core->policy, &core->state, 1));
	core_obey(core, MIG_COMMAND_APPROVE, also->name);
	core_samples(core);
	assert_false(entered(core));
	core_run(core, 60000);
	assert_true(entered(core));
	core_free(core);
}

static void
test_restart(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_DRIFT, "table t was added");

	(void)state;
	core_gate(core, CORE_PREPARE, "also", MIG_GATE_APPROVAL, true);
	look(core, MIG_SCHEMA_AGREES);
	assert_true(mig_gate_open(&core->policy, &core->state, 1));
	assert_int_equal(gates_wanted(core), 0);
	core_restore(core, 1000, false);
	assert_false(mig_gate_open(&core->policy, &core->state, 1));
	assert_int_equal(gates_wanted(core), 1U << 1);
	core->schema = MIG_SCHEMA_DRIFT;
	core_poll(core);
	core_obey(core, MIG_COMMAND_APPROVE, "also");
	core_poll(core);
	assert_false(entered(core));
	core_free(core);
}

/* It is not looked at all the time while somebody else has to do something first. */
static void
test_rests(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_DRIFT, "table t was added");

	(void)state;
	assert_int_equal(gates_wanted(core), 1U << 1);
	core_gate(core, CORE_PREPARE, "also", MIG_GATE_APPROVAL, true);
	core_gate(core, CORE_PREPARE, "another", MIG_GATE_WEBHOOK, true);
	answer(core, MIG_SCHEMA_DRIFT, "table t was added");
	assert_int_equal(gates_wanted(core), 1U << 3);
	core_tick(core, 299999);
	assert_int_equal(gates_wanted(core), 1U << 3);
	core_tick(core, 1);
	assert_int_equal(gates_wanted(core), 1U << 1 | 1U << 3);
	answer(core, MIG_SCHEMA_UNKNOWN, "no answer");
	assert_int_equal(gates_wanted(core), 1U << 3);
	/* Once it is the last thing missing, with every poll. */
	core_obey(core, MIG_COMMAND_APPROVE, "also");
	assert_int_equal(gates_wanted(core), 1U << 3);
	core->state.gates[3].open = true;
	assert_int_equal(gates_wanted(core), 1U << 1 | 1U << 3);
	core_free(core);
}

/* Who comes and goes is told of once in ten minutes, and what lasts is told then at the latest. */
static void
test_flapping(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_UNKNOWN, "connection refused");

	(void)state;
	core_gate(core, CORE_PREPARE, "also", MIG_GATE_APPROVAL, true);
	int64_t told = core->state.schema.unknown_ms;
	while (core->state.clock_ms - told < 560000) {
		core_tick(core, 10000);
		answer(core, MIG_SCHEMA_AGREES, NULL);
		core_tick(core, 10000);
		answer(core, MIG_SCHEMA_UNKNOWN, "connection refused");
	}
	assert_int_equal(core_count(core, "schema_unknown"), 1);
	assert_int_equal(core_count(core, "gate_opened"), 1);
	core_tick(core, told + 599999 - core->state.clock_ms);
	answer(core, MIG_SCHEMA_UNKNOWN, "connection refused");
	assert_int_equal(core_count(core, "schema_unknown"), 1);
	core_tick(core, 1);
	answer(core, MIG_SCHEMA_UNKNOWN, "connection refused");
	assert_int_equal(core_count(core, "schema_unknown"), 2);
	/* Drift is another matter; and so are other differences, but not at once. */
	answer(core, MIG_SCHEMA_DRIFT, "table t was added");
	assert_int_equal(core_count(core, "schema_drift"), 1);
	answer(core, MIG_SCHEMA_UNKNOWN, "connection refused");
	answer(core, MIG_SCHEMA_DRIFT, "table t was added");
	answer(core, MIG_SCHEMA_DRIFT, "table u was added");
	assert_int_equal(core_count(core, "schema_drift"), 1);
	assert_string_equal(core->state.schema.why, "table u was added");
	core_tick(core, 600000);
	answer(core, MIG_SCHEMA_DRIFT, "table u was added");
	answer(core, MIG_SCHEMA_DRIFT, "table u was added");
	assert_int_equal(core_count(core, "schema_drift"), 2);
	assert_int_equal(core_count(core, "schema_unknown"), 2);
	core_free(core);
}

/* The answer is about one phase: the next one begins without. */
static void
test_next_phase(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_AGREES, NULL);

	(void)state;
	assert_int_equal(core->state.schema.answer, MIG_SCHEMA_AGREES);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	core_poll(core);
	assert_int_equal(core->state.phase, CORE_REDIRECT);
	assert_int_equal(core->state.schema.answer, MIG_SCHEMA_UNASKED);
	core_free(core);
}

/* What was answered is kept with the state; states of before know nothing of it. */
static void
test_codec(void **state)
{
	struct core *core = core_at_gate(MIG_SCHEMA_DRIFT, "table \"t\" was added");
	struct mig_findings findings = { 0 };
	struct mig_state again;
	struct mig_buf text;

	(void)state;
	mig_buf_init(&text, 1U << 20);
	mig_state_encode(&core->state, &core->policy, &text);
	assert_int_equal(mig_state_decode(text.data, text.len, &core->policy, &again, &findings),
	    MIG_OK);
	assert_int_equal(again.schema.answer, MIG_SCHEMA_DRIFT);
	assert_string_equal(again.schema.why, "table \"t\" was added");
	assert_int_equal(again.schema.told, MIG_SCHEMA_DRIFT);
	assert_int_equal(again.schema.drift_ms, core->state.schema.drift_ms);
	assert_int_equal(again.schema.unknown_ms, 0);
	memset(&core->state.schema, 0, sizeof(core->state.schema));
	mig_buf_reset(&text);
	mig_state_encode(&core->state, &core->policy, &text);
	assert_null(strstr(text.data, "\"schema\""));
	assert_int_equal(mig_state_decode(text.data, text.len, &core->policy, &again, &findings),
	    MIG_OK);
	assert_int_equal(again.schema.answer, MIG_SCHEMA_UNASKED);
	mig_findings_fini(&findings);
	mig_buf_fini(&text);
	core_free(core);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(mig_schema_answer_name(MIG_SCHEMA_UNASKED), "unasked");
	assert_string_equal(mig_schema_answer_name(MIG_SCHEMA_UNKNOWN), "unknown");
	assert_string_equal(mig_gate_kind_name(MIG_GATE_SCHEMA), "schema");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_override_open),
		cmocka_unit_test(test_old_answer),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_rests),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_next_phase),
		cmocka_unit_test(test_codec),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
