/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "support/script_fixture.h"
#include "support/test_support.h"

/* Each part of a part has a key of its own, by a name of its own. */
static void
test_keys_of_subpartitions_have_own_names(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of("",
	    "CREATE TABLE p (a int) PARTITION BY LIST (a);"
	    "CREATE TABLE q PARTITION OF p DEFAULT PARTITION BY LIST (a);"
	    "CREATE TABLE r PARTITION OF q DEFAULT; ALTER TABLE p ADD PRIMARY KEY (a);");
	must_have(scripts.list[place_of(&scripts, "add_table_r")].up, "CONSTRAINT r_pkey PRIMARY");
	scripts_free(&scripts);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_of_subpartitions_have_own_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
