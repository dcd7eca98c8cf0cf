/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/folder.h"
#include "source/guess.h"
#include "support/test_support.h"

#define LIST_MAX 6

static void
test_guesses(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *text;
		enum guess_kind kind;
	} rows[] = {
		{ "a.json", "{\"tables\": {}}", GUESS_SNAPSHOT },
		{ "a", " \n{ \"database\": \"x\", \"tables\" : {", GUESS_SNAPSHOT },
		{ "a.json", "{\"x\": {\"paths\": 1, \"openapi\": [\"paths\"]}, \"tables\": {}}",
		    GUESS_SNAPSHOT },
		{ "a.json", "{\"x\": \"tables\", \"y\": \"\\\"tables\", \"paths\": {}}",
		    GUESS_API_JSON },
		{ "a.sql", "{\"openapi\": \"3.0.0\"}", GUESS_API_JSON },
		{ "a.json", "{\"swagger\": \"2.0\"}", GUESS_API_JSON },
		{ "a.json", "{\"a\": 1}", GUESS_JSON },
		{ "a.json", "[]", GUESS_JSON },
		{ "a.json", "{\"tables", GUESS_JSON },
		{ "a", "CREATE TABLE t (a int);", GUESS_SQL },
		{ "a", "-- PostgreSQL dump\n\nSET x = 0;", GUESS_SQL },
		{ "a", "/* a /* b */ c */ create table t ();", GUESS_SQL },
		{ "a", "\\restrict x\nSET a = 1;", GUESS_SQL },
		{ "a.sql", "EXPLAIN SELECT 1;", GUESS_SQL },
		{ "a.sql", "-- nothing\n", GUESS_SQL },
		{ "a.json", "CREATE TABLE t ();", GUESS_SQL },
		{ "a", "openapi: 3.1.0\npaths: {}\n", GUESS_API_YAML },
		{ "a", "# c\n---\ninfo:\n  title: x\nswagger: '2.0'\n", GUESS_API_YAML },
		{ "a", "%YAML 1.2\n---\n\"openapi\": 3.0.0\n", GUESS_API_YAML },
		{ "a.sql", "type: x\npaths:\n", GUESS_API_YAML },
		{ "a.yaml", "tables:\n  t: {}\n", GUESS_YAML_SNAPSHOT },
		{ "a.yaml", "a: 1\nb:\n  paths: 1\n", GUESS_YAML },
		{ "a", "type Query { a: Int }", GUESS_GRAPHQL },
		{ "a", "# c\n\"\"\"d\"\"\"\ntype Query { a: Int }", GUESS_GRAPHQL },
		{ "a", "extend schema @link(url: \"x\")", GUESS_GRAPHQL },
		{ "a.graphql", "# nothing\n", GUESS_GRAPHQL },
		{ "a", "", GUESS_EMPTY },
		{ "a.json", " \n# x\n", GUESS_EMPTY },
		{ "a", "<html>", GUESS_UNKNOWN },
		{ "a", "/* never closed", GUESS_EMPTY },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		enum guess_kind kind =
		    guess_text(rows[i].name, rows[i].text, strlen(rows[i].text));
		if (kind != rows[i].kind)
			fail_msg("%s: %d, not %d", rows[i].text, (int)kind, (int)rows[i].kind);
	}
	/* The length says where the text ends. */
	assert_int_equal(guess_text("a", "{\"tables\": 1}", 4), GUESS_JSON);
}

/* The list stands in the order in which its files are applied. */
static void
check_order(const char *const list[LIST_MAX])
{
	for (size_t i = 0; i < LIST_MAX * LIST_MAX; i++) {
		size_t a = i / LIST_MAX;
		size_t b = i % LIST_MAX;
		if (list[a] == NULL || list[b] == NULL)
			continue;
		int order = folder_order(list[a], list[b]);
		if ((order > 0) - (order < 0) != (a > b) - (a < b))
			fail_msg("%s and %s: %d", list[a], list[b], order);
	}
}

static void
test_order(void **state)
{
	(void)state;
	static const char *const lists[][LIST_MAX] = {
		{ "1_a.sql", "2_a.sql", "10_a.sql", "10_b.sql", NULL },
		{ "20240101120000_a.sql", "20240101120001_a.sql", "20250101000000_a.sql", NULL },
		{ "schema.sql", "V1__z.sql", "V1.1__a.sql", "V2__b.sql", "V10__a.sql", "R__a.sql" },
		{ "V1_1__a.sql", "V1_2__a.sql", "V1_10__a.sql", NULL },
		{ "001_a.up.sql", "002_a.up.sql", "99999999999999999999999_a.sql", NULL },
		{ "01_a.sql", "1_a.sql", NULL },
		{ "a.sql", "a1.sql", "b.sql", NULL },
	};
	for (size_t i = 0; i < TEST_COUNT(lists); i++)
		check_order(lists[i]);
}

static void
test_keep_up(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "A;\nB;\n", "A;\nB;\n" },
		{ "-- +goose Up\nA;\n-- +goose Down\nB;", "-- +goose Up\nA;\n              \n  " },
		{ "--migrate:up\nA;\n-- MIGRATE:down transaction:false\nB;\n--migrate:up\nC;\n",
		    "--migrate:up\nA;\n                                 \n  \n--migrate:up\nC;\n" },
		{ "  -- +migrate Down\nA;\n", "                  \n  \n" },
		{ "SELECT '-- +goose Down';\nA;\n", "SELECT '-- +goose Down';\nA;\n" },
		{ "", "" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char *text = strdup(rows[i][0]);
		assert_non_null(text);
		folder_keep_up(text, strlen(text));
		assert_string_equal(text, rows[i][1]);
		free(text);
	}
}

/* A directory with these files; its path is owned by the caller. */
static char *
make_folder(const char *const *names)
{
	char *folder = strdup("/tmp/test_side.XXXXXX");
	assert_non_null(folder);
	assert_non_null(mkdtemp(folder));
	for (; *names != NULL; names++) {
		char path[256];
		(void)snprintf(path, sizeof(path), "%s/%s", folder, *names);
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		(void)fclose(file);
	}
	return folder;
}

static void
remove_folder(char *folder, const char *const *names)
{
	for (; *names != NULL; names++) {
		char path[256];
		(void)snprintf(path, sizeof(path), "%s/%s", folder, *names);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
	free(folder);
}

static void
test_folders(void **state)
{
	(void)state;
	static const char *const names[] = { "10_c.sql", "2_b.sql", "1_a.SQL", "1_a.down.sql",
		"3.undo.sql", "U1__x.sql", "README.md", ".hidden.sql", "x.sql~", "R__v.sql",
		"Users.sql",
		NULL };
	static const char *const wanted[] = { "1_a.SQL", "2_b.sql", "10_c.sql", "Users.sql",
		"R__v.sql" };
	struct mig_findings findings = { 0 };
	struct folder list;
	char path[256];
	char *folder = make_folder(names);
	(void)snprintf(path, sizeof(path), "%s/sub.sql", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(folder_read(folder, &list, &findings), MIG_OK);
	assert_int_equal(list.count, TEST_COUNT(wanted));
	for (size_t i = 0; i < TEST_COUNT(wanted); i++)
		assert_string_equal(list.names[i], wanted[i]);
	folder_fini(&list);
	assert_int_equal(findings.count, 0);
	assert_int_equal(rmdir(path), 0);
	remove_folder(folder, names);

	folder = make_folder(&names[TEST_COUNT(names) - 1]);
	assert_int_equal(folder_read(folder, &list, &findings), MIG_EDOC);
	assert_non_null(strstr(findings.items[0].message, "no migration files"));
	folder_fini(&list);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(folder_read(folder, &list, &findings), MIG_ENOTFOUND);
	folder_fini(&list);
	assert_int_equal(findings.errors, 2);
	mig_findings_fini(&findings);
	free(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guesses),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_keep_up),
		cmocka_unit_test(test_folders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
