/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/render.h"
#include "engine/runbook.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define WIDTH 80

static const char *const plan_sections[] = { "MIGRATION PLAN", "MIGRATION PHASES",
	"RISK ASSESSMENT", "ROLLBACK STRATEGY", "SUCCESS CRITERIA", "STAKEHOLDERS", NULL };
static const char *const runbook_sections[] = { "ROLLBACK RUNBOOK", "EMERGENCY CONTACTS",
	"ESCALATION MATRIX", "AUTOMATIC ROLLBACK TRIGGERS", "ROLLBACK PHASES",
	"DATA RECOVERY PLAN", "POST-ROLLBACK VALIDATION CHECKLIST", "POST-ROLLBACK PROCEDURES",
	NULL };

static struct mig_json_doc *
plan_of(const char *name)
{
	struct mig_json_doc *spec = test_sample_read(name);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	mig_json_free(spec);
	return plan;
}

static struct mig_json_doc *
runbook_of(const char *name)
{
	struct mig_json_doc *plan = plan_of(name);
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_runbook_from_plan(mig_json_root(plan), (mig_wall){ 1000 }, &out,
	    &findings), MIG_OK);
	struct mig_json_doc *runbook = test_json(out.data);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	mig_json_free(plan);
	return runbook;
}

/* The sections stand in the page, in this order. */
static void
check_order(const char *page, const char *const *sections)
{
	const char *at = page;
	for (; *sections != NULL; sections++) {
		const char *found = strstr(at, *sections);
		if (found == NULL)
			fail_msg("%s is missing or out of order", *sections);
		at = found + 1;
	}
}

/* No line is wider than the page, unless it is one word or a line of a script. */
static void
check_width(const char *page)
{
	for (const char *line = page; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		size_t wide = 0;
		for (size_t i = 0; i < len; i++)
			wide += ((unsigned char)line[i] & 0xc0) != 0x80 ? 1 : 0;
		bool script = strncmp(line, "      ", 6) == 0;
		if (wide > WIDTH && !script)
			fail_msg("%zu columns: %.*s", wide, (int)len, line);
		assert_true(len == 0 || line[len - 1] != ' ' || script);
		line += len + (line[len] == '\n' ? 1 : 0);
	}
}

static void
test_plan_text(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *plan = plan_of(test_samples_all[i]);
		struct mig_buf out;
		mig_buf_init(&out, MIG_DOC_BYTES_MAX);
		assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_TEXT, &out),
		    MIG_OK);
		check_order(out.data, plan_sections);
		check_width(out.data);
		mig_buf_fini(&out);
		mig_json_free(plan);
	}
}

static void
test_runbook_text(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *runbook = runbook_of(test_samples_all[i]);
		struct mig_buf out;
		mig_buf_init(&out, MIG_DOC_BYTES_MAX);
		assert_int_equal(mig_render_runbook(mig_json_root(runbook), MIG_RENDER_TEXT, &out),
		    MIG_OK);
		check_order(out.data, runbook_sections);
		check_width(out.data);
		mig_buf_fini(&out);
		mig_json_free(runbook);
	}
}

static void
test_content(void **state)
{
	static const char *const wanted[] = {
		"  Migration: 21031930da18\n", "  Type: SERVICE\n", "  Complexity: CRITICAL\n",
		"  Estimated duration: 500 hours (20.8 days)\n", "  Pattern: strangler_fig\n",
		"1. INTERCEPT\n", "5. RETIRE\n", "  After: intercept\n", "Point of no return",
		"  Moves traffic by: enable_new_user_service, enable_new_auth_endpoints\n",
		"  Gate: approval (approval) before it ends\n", "9 endpoints", "11 endpoints",
		"Undo redirect (1500 minutes)\n", "    - End Users\n",
	};
	(void)state;
	struct mig_json_doc *plan = plan_of("service");
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_TEXT, &out), MIG_OK);
	for (size_t i = 0; i < TEST_COUNT(wanted); i++)
		if (strstr(out.data, wanted[i]) == NULL)
			fail_msg("the text lacks %s", wanted[i]);
	mig_buf_fini(&out);
	mig_json_free(plan);
}

static void
test_markdown(void **state)
{
	static const char *const wanted[] = { "# MIGRATION PLAN\n", "## MIGRATION PHASES\n",
		"### 3. REDIRECT\n", "- **Type:** SERVICE\n",
		"| Risk | Category | Probability | Impact | Mitigation | Owner |\n| --- | ---",
		"- [ ] ", "1. Revert what" };
	(void)state;
	struct mig_json_doc *plan = plan_of("service");
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_MARKDOWN, &out), MIG_OK);
	for (size_t i = 0; i < TEST_COUNT(wanted); i++)
		if (strstr(out.data, wanted[i]) == NULL)
			fail_msg("the page lacks %s", wanted[i]);
	check_order(out.data, plan_sections);
	mig_buf_fini(&out);
	mig_json_free(plan);

	struct mig_json_doc *runbook = runbook_of("parallel_run");
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_render_runbook(mig_json_root(runbook), MIG_RENDER_MARKDOWN, &out),
	    MIG_OK);
	check_order(out.data, runbook_sections);
	assert_non_null(strstr(out.data, "\n    set -eu\n    aws elbv2 modify-rule"));
	mig_buf_fini(&out);
	mig_json_free(runbook);
}

/* What a specification says cannot disturb a terminal, nor a page. */
static void
test_hostile(void **state)
{
	static const char text[] = "{\"type\":\"api\",\"target\":\"b|*c*<img>`d`\","
	    "\"source\":\"a\\u001b[31m\\r\\n## fake \\u00fcber _x_ snake_case \\u009b1m\"}";
	(void)state;
	struct mig_json_doc *spec = test_json(text);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_TEXT, &out), MIG_OK);
	assert_null(strchr(out.data, 0x1b));
	assert_null(strchr(out.data, '\r'));
	assert_null(strstr(out.data, "\302\233"));
	assert_non_null(strstr(out.data, "snake_case \302\2401m"));
	assert_non_null(strstr(out.data, "a [31m ## fake \303\274ber _x_ snake_case"));
	mig_buf_reset(&out);
	assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_MARKDOWN, &out), MIG_OK);
	assert_null(strchr(out.data, 0x1b));
	assert_null(strstr(out.data, "\302\233"));
	assert_null(strstr(out.data, "\n## fake"));
	assert_non_null(strstr(out.data, "b\\|\\*c\\*\\<img\\>\\`d\\`"));
	assert_non_null(strstr(out.data, "\\_x\\_ snake_case"));
	mig_buf_fini(&out);
	mig_json_free(plan);
	mig_json_free(spec);
}

/* Of long scripts three lines are shown, then dots; short ones are shown whole. */
static void
test_scripts(void **state)
{
	(void)state;
	struct mig_json_doc *runbook = runbook_of("parallel_run");
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_render_runbook(mig_json_root(runbook), MIG_RENDER_TEXT, &out), MIG_OK);
	static const char whole[] = "    --actions Type=forward,TargetGroupArn="
	    "\"{original_target_group}\"\n    [ ]";
	static const char cut[] = "3. Go through the validation checkpoints of this phase.\n"
	    "      ...\n";
	assert_non_null(strstr(out.data, whole));
	assert_non_null(strstr(out.data, cut));
	assert_null(strstr(out.data, "4. Note time"));
	mig_buf_fini(&out);
	mig_buf_init(&out, 2000);
	assert_int_equal(mig_render_runbook(mig_json_root(runbook), MIG_RENDER_TEXT, &out),
	    MIG_ELIMIT);
	mig_buf_fini(&out);
	mig_json_free(runbook);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_text),
		cmocka_unit_test(test_runbook_text),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_scripts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
