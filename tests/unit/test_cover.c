/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* Which changes of a schema a plan carries, and in which phase. */

#include <string.h>

#include "core/policy.h"
#include "engine/cover.h"
#include "support/test_support.h"

static const char plan_text[] =
    "{\"spec\":{"
    "\"tables_to_migrate\":[{\"name\":\"shop.orders\"}],"
    "\"schema_changes\":[{\"table\":\"users\",\"changes\":["
    "{\"type\":\"drop_column\",\"column\":\"email\"},"
    "{\"type\":\"rename_column\",\"column\":\"nick\",\"new_name\":\"handle\"},"
    "{\"type\":\"add_constraint\",\"constraint_name\":\"age_known\"},"
    "{\"type\":\"add_index\",\"index_name\":\"users_age\"}]}],"
    "\"service_details\":{\"legacy_service\":{\"endpoints\":[\"GET /users\",\"GET /old\"]},"
    "\"new_service\":{\"endpoints\":[\"GET /users\",\"GET /new\"]}}}}";

/* Phases of a schema change; traffic moves in the second one. */
static struct mig_phase phases[] = {
	{ .name = "expand" },
	{ .name = "migrate", .flag_count = 1 },
	{ .name = "contract" },
};

/* The same, but what takes away stands where traffic still moves. */
static struct mig_phase hasty[] = {
	{ .name = "expand" },
	{ .name = "contract", .flag_count = 1 },
};

static const char *const users_only[] = { "GET /users", NULL };
static const char *const with_stranger[] = { "GET /users", "GET /else", NULL };
static const char *const none[] = { NULL };

static const struct {
	struct mig_cover_change change;
	enum mig_cover cover;
	const char *phase; /* NULL: none */
	enum mig_cover hasty_cover;
} rows[] = {
	{ { .table = "users", .part = "email", .contracts = true }, MIG_COVER_CARRIED, "contract",
	    MIG_COVER_EARLY },
	{ { .table = "users", .part = "handle" }, MIG_COVER_CARRIED, "expand", MIG_COVER_CARRIED },
	{ { .table = "users", .part = "nick", .contracts = true }, MIG_COVER_CARRIED, "contract",
	    MIG_COVER_EARLY },
	{ { .table = "users", .part = "age_known", .contracts = true }, MIG_COVER_CARRIED,
	    "contract", MIG_COVER_EARLY },
	{ { .table = "users", .part = "users_age" }, MIG_COVER_CARRIED, "expand",
	    MIG_COVER_CARRIED },
	{ { .table = "users", .part = "phone", .contracts = true }, MIG_COVER_MISSING, NULL,
	    MIG_COVER_MISSING },
	{ { .table = "orders", .part = "email", .contracts = true }, MIG_COVER_MISSING, NULL,
	    MIG_COVER_MISSING },
	{ { .table = "orders", .contracts = true }, MIG_COVER_CARRIED, "contract",
	    MIG_COVER_EARLY },
	{ { .table = "users", .contracts = true }, MIG_COVER_MISSING, NULL, MIG_COVER_MISSING },
	{ { .operations = users_only, .contracts = true }, MIG_COVER_CARRIED, "contract",
	    MIG_COVER_EARLY },
	{ { .operations = with_stranger, .contracts = true }, MIG_COVER_MISSING, NULL,
	    MIG_COVER_MISSING },
	{ { .operations = none, .contracts = true }, MIG_COVER_MISSING, NULL, MIG_COVER_MISSING },
};

static void
test_cover(void **state)
{
	(void)state;
	struct mig_json_doc *plan = test_json(plan_text);
	const struct mig_policy calm = { .phase_count = TEST_COUNT(phases), .phases = phases };
	const struct mig_policy rash = { .phase_count = TEST_COUNT(hasty), .phases = hasty };
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const char *phase = "unset";
		const struct mig_json *root = mig_json_root(plan);
		enum mig_cover cover = mig_cover(root, &calm, &rows[i].change, &phase);
		bool same = strcmp(phase != NULL ? phase : "-",
		    rows[i].phase != NULL ? rows[i].phase : "-") == 0;
		if (cover != rows[i].cover || !same)
			fail_msg("row %zu: %d in %s", i, cover, phase != NULL ? phase : "no phase");
		cover = mig_cover(root, &rash, &rows[i].change, &phase);
		if (cover != rows[i].hasty_cover)
			fail_msg("row %zu: %d where traffic still moves", i, cover);
	}
	mig_json_free(plan);
}

/* A plan that moves no traffic has nothing that could come too early. */
static void
test_without_traffic(void **state)
{
	(void)state;
	struct mig_json_doc *plan = test_json(plan_text);
	struct mig_phase quiet[] = { { .name = "contract" } };
	const struct mig_policy policy = { .phase_count = 1, .phases = quiet };
	const struct mig_policy empty = { .phase_count = 0 };
	const char *phase = NULL;
	assert_int_equal(mig_cover(mig_json_root(plan), &policy, &rows[0].change, &phase),
	    MIG_COVER_CARRIED);
	assert_string_equal(phase, "contract");
	assert_int_equal(mig_cover(mig_json_root(plan), &empty, &rows[0].change, &phase),
	    MIG_COVER_MISSING);
	assert_null(phase);
	mig_json_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cover),
		cmocka_unit_test(test_without_traffic),
	};
	return !!cmocka_run_group_tests(tests, NULL, NULL);
}
