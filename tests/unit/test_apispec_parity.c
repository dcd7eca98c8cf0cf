/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The sample of two versions of an interface: everything that another checker reports of it is
 * found, and so is what that one misses, with the severity that is expected.
 */
#include <stdlib.h>
#include <string.h>

#include "support/api_fixture.h"

#define BEFORE "tests/data/check/user_api_before.json"
#define AFTER "tests/data/check/user_api_after.json"
#define SKELETON "tests/data/skeleton/compatibility_api.json"

struct expected {
	const char *type;
	const char *path;
	enum mig_change_severity severity;
	size_t count;
};

/* Where the expected severity is another than that of the other checker's report. */
static const struct expected otherwise[] = {
	{ "response_schema_changed", "paths./users.get.responses.200", MIG_BREAKING, 1 },
	{ "response_schema_changed", "paths./users/{id}/verify-email.post.responses.200",
	    MIG_ADDITIVE, 1 },
	{ "property_made_required", "components.schemas.User.required", MIG_ADDITIVE, 2 },
	{ "property_made_required", "components.schemas.LoginResponse.required", MIG_ADDITIVE, 2 },
	{ "property_type_changed", "components.schemas.LoginResponse.properties.expires_in.type",
	    MIG_POTENTIALLY_BREAKING, 1 },
};

/* What the other checker misses. */
static const struct expected missed[] = {
	{ "method_removed", "paths./users/{id}.put", MIG_BREAKING, 1 },
	{ "parameter_type_changed", "paths./users/{id}.get.parameters.id", MIG_BREAKING, 1 },
	{ "parameter_type_changed", "paths./users/{id}.delete.parameters.id", MIG_BREAKING, 1 },
	{ "parameter_type_changed", "paths./users/{id}/profile.get.parameters.id", MIG_BREAKING,
	    1 },
	{ "parameter_type_changed", "paths./users/{id}/profile.put.parameters.id", MIG_BREAKING,
	    1 },
	{ "parameter_type_changed", "paths./users/{id}/verify-email.post.parameters.id",
	    MIG_BREAKING, 1 },
	{ "parameter_made_required", "paths./users/{id}/profile.put.parameters.If-Match",
	    MIG_BREAKING, 1 },
	{ "request_body_added", "paths./users/{id}/verify-email.post.requestBody", MIG_BREAKING,
	    1 },
	{ "response_removed", "paths./users/{id}.delete.responses.204", MIG_POTENTIALLY_BREAKING,
	    1 },
	{ "response_added", "paths./users/{id}.delete.responses.202", MIG_POTENTIALLY_BREAKING,
	    1 },
	{ "nested_property_changed", "components.schemas.Profile.properties.social_links.items",
	    MIG_BREAKING, 1 },
	{ "enum_value_removed", "components.schemas.User.properties.role",
	    MIG_POTENTIALLY_BREAKING, 1 },
	{ "property_constraint_tightened", "components.schemas.UserCreate.properties.password",
	    MIG_POTENTIALLY_BREAKING, 1 },
	{ "property_constraint_tightened", "paths./users.get.parameters.limit",
	    MIG_POTENTIALLY_BREAKING, 1 },
	{ "parameter_removed", "paths./users.get.parameters.page", MIG_POTENTIALLY_BREAKING, 1 },
	{ "model_removed", "components.schemas.LegacySession", MIG_NON_BREAKING, 1 },
	{ "enum_value_added", "paths./users.get.parameters.status", MIG_NON_BREAKING, 1 },
	{ "enum_value_added", "components.schemas.Profile.properties.privacy_level",
	    MIG_POTENTIALLY_BREAKING, 1 },
	{ "property_constraint_relaxed", "components.schemas.User.properties.email",
	    MIG_NON_BREAKING, 1 },
	{ "property_constraint_relaxed", "components.schemas.Profile.properties.bio",
	    MIG_NON_BREAKING, 1 },
	{ "method_added", "paths./users/{id}.patch", MIG_ADDITIVE, 1 },
	{ "endpoint_added", "paths./users/{id}/verify-phone.post", MIG_ADDITIVE, 1 },
	{ "endpoint_added", "paths./auth/login.post", MIG_ADDITIVE, 1 },
	{ "endpoint_added", "paths./auth/logout.post", MIG_ADDITIVE, 1 },
	{ "endpoint_added", "paths./auth/refresh.post", MIG_ADDITIVE, 1 },
	{ "parameter_added", "paths./users.get.parameters.cursor", MIG_ADDITIVE, 1 },
	{ "parameter_added", "paths./users/{id}.get.parameters.expand", MIG_ADDITIVE, 1 },
	{ "model_added", "components.schemas.UserPage", MIG_ADDITIVE, 1 },
	{ "model_added", "components.schemas.PhoneNumber", MIG_ADDITIVE, 1 },
	{ "model_added", "components.schemas.DeletionJob", MIG_ADDITIVE, 1 },
	{ "property_added", "components.schemas.User.properties.display_name", MIG_ADDITIVE, 1 },
	{ "property_added", "components.schemas.User.properties.email_verified_at", MIG_ADDITIVE,
	    1 },
	{ "property_added", "components.schemas.User.properties.two_factor_enabled", MIG_ADDITIVE,
	    1 },
	{ "property_added", "components.schemas.UserUpdate.properties.display_name", MIG_ADDITIVE,
	    1 },
	{ "property_added", "components.schemas.Profile.properties.language", MIG_ADDITIVE, 1 },
	{ "property_added", "components.schemas.Profile.properties.timezone", MIG_ADDITIVE, 1 },
	{ "property_added", "components.schemas.LoginRequest.properties.otp", MIG_ADDITIVE, 1 },
	{ "property_added", "components.schemas.Error.properties.details", MIG_ADDITIVE, 1 },
	{ "response_added", "paths./users.post.responses.422", MIG_ADDITIVE, 1 },
	{ "response_added", "paths./users/{id}/profile.put.responses.428", MIG_ADDITIVE, 1 },
	/* Nobody asked for it, but no client finds the service any more. */
	{ "request_schema_changed", "paths.servers", MIG_BREAKING, 1 },
};

static const char *const reference_types[] = { "endpoint_removed", "required_parameter_removed",
	"required_parameter_added", "response_schema_changed", "property_removed",
	"property_made_required", "property_type_changed" };

static struct mig_check *
judge_sample(enum mig_api_view view)
{
	const struct mig_api_policy policy = { .view = view };
	return test_api_judge(test_api_file(BEFORE), test_api_file(AFTER), &policy);
}

/* Changes of that type, path and severity. */
static size_t
count_of(struct mig_check *check, const struct expected *wanted)
{
	size_t count = 0;
	size_t found = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++)
		found += strcmp(changes[i].type, wanted->type) == 0 &&
		    strcmp(changes[i].field_path, wanted->path) == 0 &&
		    changes[i].severity == wanted->severity;
	return found;
}

static void
expect(struct mig_check *check, const struct expected *wanted)
{
	size_t found = count_of(check, wanted);
	if (found == wanted->count)
		return;
	char *all = test_changes(check);
	print_error("%zu times, not %zu: %s %s %s in\n%s", found, wanted->count,
	    mig_change_severity_name(wanted->severity), wanted->type, wanted->path, all);
	free(all);
	fail();
}

static enum mig_change_severity
severity_named(const char *name)
{
	for (int i = 0; i < MIG_CHANGE_SEVERITIES; i++)
		if (strcmp(mig_change_severity_name(i), name) == 0)
			return i;
	fail_msg("%s is no severity", name);
	return MIG_BREAKING;
}

/* An issue of the other report as it is expected of ours. */
static struct expected
expected_of(const struct mig_json *issues, const struct mig_json *issue)
{
	struct expected wanted = {
		.type = test_member(issue, "type"),
		.path = test_member(issue, "field_path"),
		.severity = severity_named(test_member(issue, "severity")),
	};
	for (const struct mig_json *at = mig_json_first(issues); at != NULL; at = mig_json_next(at))
		wanted.count += strcmp(test_member(at, "type"), wanted.type) == 0 &&
		    strcmp(test_member(at, "field_path"), wanted.path) == 0;
	for (size_t i = 0; i < TEST_COUNT(otherwise); i++)
		if (strcmp(otherwise[i].type, wanted.type) == 0 &&
		    strcmp(otherwise[i].path, wanted.path) == 0)
			wanted.severity = otherwise[i].severity;
	return wanted;
}

static void
test_reference(void **state)
{
	(void)state;
	struct mig_check *check = judge_sample(MIG_VIEW_CLIENT);
	char *text = test_read_source(SKELETON, NULL);
	struct mig_json_doc *doc = test_json(text);
	const struct mig_json *issues = mig_json_get(mig_json_root(doc), "issues");
	assert_int_equal(mig_json_count(issues), 24);
	const struct mig_json *at = mig_json_first(issues);
	for (; at != NULL; at = mig_json_next(at)) {
		struct expected wanted = expected_of(issues, at);
		expect(check, &wanted);
	}
	/* There are no others of these kinds. */
	size_t count = 0;
	size_t ours = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < TEST_COUNT(reference_types); j++)
			ours += strcmp(changes[i].type, reference_types[j]) == 0;
	assert_int_equal(ours, 24);
	mig_json_free(doc);
	free(text);
	mig_check_free(check);
}

static void
test_missed(void **state)
{
	(void)state;
	struct mig_check *check = judge_sample(MIG_VIEW_CLIENT);
	for (size_t i = 0; i < TEST_COUNT(missed); i++)
		expect(check, &missed[i]);
	size_t count = 0;
	(void)mig_check_changes(check, &count); /* only how many */
	assert_int_equal(count, 24 + TEST_COUNT(missed));
	mig_check_free(check);
}

/* Each change says where it stands, whom it affects, and what to do. */
static void
test_details(void **state)
{
	(void)state;
	struct mig_check *check = judge_sample(MIG_VIEW_CLIENT);
	size_t count = 0;
	bool moved = false;
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_change *change = &changes[i];
		assert_true(change->before.line > 0 || change->after.line > 0);
		assert_non_null(change->impact);
		assert_non_null(change->suggestion);
		assert_true(strchr(change->description, '$') == NULL);
		if (strcmp(change->field_path, "paths./users/login.post") == 0) {
			assert_string_equal(change->affected[0], "POST /users/login");
			assert_null(change->affected[1]);
			moved = strstr(change->suggestion, "moved to POST /auth/login") != NULL;
		}
		if (strcmp(change->field_path, "components.schemas.User.properties.id.type") == 0) {
			assert_string_equal(change->old_value, "\"integer\"");
			assert_string_equal(change->new_value, "\"string\"");
			assert_int_equal(change->before.line, 483);
			assert_string_equal(change->affected[0], "GET /users");
			assert_string_equal(change->description,
			    "The type of User.id changed from integer to string.");
		}
	}
	assert_true(moved);
	mig_check_free(check);
}

/* Nothing differs from itself, and for servers the roles are turned. */
static void
test_views(void **state)
{
	(void)state;
	static const struct expected as_server[] = {
		{ "method_removed", "paths./users/{id}.put", MIG_ADDITIVE, 1 },
		{ "endpoint_added", "paths./auth/login.post", MIG_BREAKING, 1 },
		{ "property_added", "components.schemas.LoginRequest.properties.otp",
		    MIG_POTENTIALLY_BREAKING, 1 },
	};
	const struct mig_api_policy policy = { .view = MIG_VIEW_CLIENT };
	struct mig_check *same =
	    test_api_judge(test_api_file(BEFORE), test_api_file(BEFORE), &policy);
	size_t count = 1;
	(void)mig_check_changes(same, &count); /* only how many */
	assert_int_equal(count, 0);
	mig_check_free(same);
	struct mig_check *server = judge_sample(MIG_VIEW_SERVER);
	struct mig_check *both = judge_sample(MIG_VIEW_BOTH);
	for (size_t i = 0; i < TEST_COUNT(as_server); i++) {
		expect(server, &as_server[i]);
		struct expected worse = as_server[i];
		if (i == 0)
			worse.severity = MIG_BREAKING;
		expect(both, &worse);
	}
	mig_check_free(server);
	mig_check_free(both);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_views),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
