/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* The example file and the manual against the table of keys, and the table against the readers. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "daemon/config.h"
#include "daemon/config_int.h"
#include "engine/binding.h"
#include "support/test_support.h"
#include "sys/file.h"

/* The example with its commented settings switched on: a # right before a setting goes. */
static char *
example_switched_on(void)
{
	char *text = test_read_source("etc/migarchd.conf", NULL);
	char *out = text;
	bool line_start = true;
	for (const char *in = text; *in != '\0'; in++) {
		bool setting =
		    *in == '#' && line_start && in[1] != ' ' && in[1] != '\n' && in[1] != '@';
		line_start = *in == '\n' || (line_start && *in == '\t');
		if (!setting)
			*out++ = *in;
	}
	*out = '\0';
	return text;
}

/* Where the keys of a group of the table stand in the tree of the example. */
static void
write_pointer(const struct config_key *row, char *pointer, size_t size)
{
	const char *below = strchr(row->group, '.');
	const char *list = strcmp(row->group, "notify") == 0 ? "/0" : "";
	if (row->group[0] == '\0')
		snprintf(pointer, size, "/%s", row->key);
	else if (strncmp(row->group, "migrations", 10) != 0)
		snprintf(pointer, size, "/%s%s/%s", row->group, list, row->key);
	else
		snprintf(pointer, size, "/migrations/0%s%s%s/%s", below != NULL ? "/" : "",
		    below != NULL ? below + 1 : "",
		    below != NULL && strcmp(below, ".phases") == 0 ? "/0" : "", row->key);
}

static void
test_example_has_every_key(void **state)
{
	struct config_tree tree = {
		.arena = mig_arena_new(MIG_DOC_BYTES_MAX), .path = "example", .folder = "."
	};
	struct mig_findings findings = { 0 };
	char *text = example_switched_on();
	(void)state;
	int result = config_tree_parse(text, strlen(text), &tree, &findings);
	char *faults = test_findings(&findings);
	assert_string_equal(faults, "");
	assert_int_equal(result, 0);
	size_t keys = 0;
	for (const struct config_key *row = config_keys; row->key != NULL; row++) {
		char pointer[128];
		write_pointer(row, pointer, sizeof(pointer));
		struct config_place place = config_tree_place(&tree, pointer);
		if (strcmp(place.pointer, pointer) != 0)
			fail_msg("etc/migarchd.conf lacks %s", pointer);
		keys++;
	}
	assert_true(keys > 60);
	free(faults);
	free(text);
	config_tree_fini(&tree);
	mig_arena_free(tree.arena);
	mig_findings_fini(&findings);
}

/* Read a text as a configuration of its own; the result of config_read(). */
static int
read_text(const char *text, struct mig_findings *findings)
{
	const struct config_paths paths = { .state_dir = "/state", .runtime_dir = "/run/m" };
	struct config *config = NULL;
	char path[] = "/tmp/migarch-test-example.XXXXXX";
	char error[256];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(file_write(path, text, strlen(text), error, sizeof(error)), 0);
	int result = config_read(path, &paths, &config, findings);
	(void)unlink(path);
	config_free(config);
	return result;
}

/* Switched on, the example has no unknown key and no wrong value; only its files are not there. */
static void
test_example_is_valid(void **state)
{
	static const char *const expected[] = { "makes plan and runbook itself", "later version",
		"no meaning for the embedded provider" };
	struct mig_findings findings = { 0 };
	char *text = example_switched_on();
	(void)state;
	assert_int_equal(read_text(text, &findings), MIG_EDOC);
	for (size_t i = 0; i < findings.count; i++) {
		bool known = false;
		for (size_t k = 0; k < TEST_COUNT(expected); k++)
			known = known || strstr(findings.items[i].message, expected[k]) != NULL;
		if (!known)
			fail_msg("%s", findings.items[i].message);
	}
	mig_findings_fini(&findings);
	free(text);
}

static void
test_example_as_it_is(void **state)
{
	struct mig_findings findings = { 0 };
	char *text = test_read_source("etc/migarchd.conf", NULL);
	(void)state;
	assert_int_equal(read_text(text, &findings), 0);
	assert_int_equal(findings.count, 0);
	free(text);
}

/* Text with comment signs and line breaks taken as blanks, so that sentences can be sought. */
static char *
flattened(const char *path)
{
	char *text = test_read_source(path, NULL);
	char *out = text;
	for (const char *in = text; *in != '\0'; in++) {
		bool blank = strchr(" \t\n#", *in) != NULL;
		if (!blank)
			*out++ = *in;
		else if (out > text && out[-1] != ' ')
			*out++ = ' ';
	}
	*out = '\0';
	return text;
}

static void
test_documents_have_every_sentence(void **state)
{
	char *example = flattened("etc/migarchd.conf");
	char *manual = flattened("docs/man/migarchd.conf.5");
	(void)state;
	for (const struct config_key *row = config_keys; row->key != NULL; row++) {
		char bold[64];
		snprintf(bold, sizeof(bold), "\\fB%s\\fR", row->key);
		if (strstr(example, row->sentence) == NULL)
			fail_msg("etc/migarchd.conf lacks: %s", row->sentence);
		if (strstr(manual, row->sentence) == NULL || strstr(manual, bold) == NULL)
			fail_msg("migarchd.conf.5 lacks %s: %s", row->key, row->sentence);
	}
	for (const char *const *name = mig_metric_names(); *name != NULL; name++) {
		if (strstr(manual, *name) == NULL)
			fail_msg("migarchd.conf.5 lacks the metric %s", *name);
	}
	free(example);
	free(manual);
}

/* The table's defaults are those that are used. */
static void
test_defaults_of_the_table(void **state)
{
	struct mig_buf json;
	struct mig_findings findings = { 0 };
	struct mig_settings used;
	struct mig_settings written;
	(void)state;
	mig_buf_init(&json, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&json, "{");
	for (const struct config_key *row = config_keys; row->key != NULL; row++) {
		bool quoted = row->type == CONFIG_DURATION;
		if (strcmp(row->group, "defaults") == 0)
			mig_buf_printf(&json, "%s\"%s\":%s%s%s", json.len > 1 ? "," : "", row->key,
			    quoted ? "\"" : "", row->fallback, quoted ? "\"" : "");
	}
	mig_buf_puts(&json, "}");
	struct mig_json_doc *doc = test_json(json.data);
	struct mig_reader reader = { .findings = &findings, .unknown_keys = MIG_SEV_ERROR };
	struct mig_at at = mig_at_root(doc);
	const struct mig_at none = { .up = NULL };
	assert_int_equal(mig_settings_read(&reader, &at, &written), 0);
	assert_int_equal(mig_settings_read(&reader, &none, &used), 0);
	assert_memory_equal(&written, &used, sizeof(used));
	mig_json_free(doc);
	mig_buf_fini(&json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example_has_every_key),
		cmocka_unit_test(test_example_is_valid),
		cmocka_unit_test(test_example_as_it_is),
		cmocka_unit_test(test_documents_have_every_sentence),
		cmocka_unit_test(test_defaults_of_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
