/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "support/test_support.h"

/* A document that is being read. */
struct fixture {
	struct mig_json_doc *doc;
	struct mig_findings findings;
	struct mig_reader reader;
	struct mig_at root;
};

static void
begin(struct fixture *f, const char *text)
{
	memset(f, 0, sizeof(*f));
	f->doc = test_json(text);
	f->reader.findings = &f->findings;
	f->reader.file = "f";
	f->root = mig_at_root(f->doc);
}

/* The findings must be these lines. */
static void
end(struct fixture *f, const char *wanted)
{
	char *text = test_findings(&f->findings);
	assert_string_equal(text, wanted);
	free(text);
	mig_findings_fini(&f->findings);
	mig_json_free(f->doc);
}

static const char *const known[] = { "name", "steps", "limit", "pattern", NULL };

static void
test_object(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, "{\"name\":1,\"patern\":2,\"x_mine\":3,\"Limit\":4,\"colour\":5}");
	assert_true(mig_read_object(&f.reader, &f.root, MIG_READ_REQUIRED, known));
	assert_int_equal(f.findings.errors, 3);
	end(&f, "f: /patern: unknown key (did you mean \"pattern\"?)\n"
	    "f: /Limit: unknown key (did you mean \"limit\"?)\n"
	    "f: /colour: unknown key (a key of your own begins with x_)\n");

	begin(&f, "{\"patern\":2}");
	f.reader.unknown_keys = MIG_SEV_WARNING;
	assert_true(mig_read_object(&f.reader, &f.root, 0, known));
	assert_int_equal(f.findings.errors, 0);
	end(&f, "f: /patern: warning: unknown key (did you mean \"pattern\"?)\n");

	begin(&f, "[]");
	assert_false(mig_read_object(&f.reader, &f.root, MIG_READ_REQUIRED, known));
	end(&f, "f: must be an object, not array\n");

	begin(&f, "{\"name\":{}}");
	struct mig_at name = mig_at_key(&f.root, "name");
	struct mig_at steps = mig_at_key(&f.root, "steps");
	assert_true(mig_read_object(&f.reader, &name, 0, known));
	assert_true(mig_read_object(&f.reader, &name, MIG_READ_NONEMPTY, known));
	assert_false(mig_read_object(&f.reader, &steps, 0, known));
	assert_false(mig_read_object(&f.reader, &steps, MIG_READ_REQUIRED, known));
	end(&f, "f: /name: must not be empty\nf: the key \"steps\" is missing\n");
}

static void
test_array(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, "{\"steps\":[{\"a/b\":[]},7],\"name\":\"x\"}");
	struct mig_at steps = mig_at_key(&f.root, "steps");
	struct mig_at name = mig_at_key(&f.root, "name");
	struct mig_at none = mig_at_key(&f.root, "none");
	assert_true(mig_read_array(&f.reader, &steps, MIG_READ_REQUIRED | MIG_READ_NONEMPTY));
	assert_false(mig_read_array(&f.reader, &name, 0));
	assert_false(mig_read_array(&f.reader, &none, 0));
	assert_false(mig_read_array(&f.reader, &none, MIG_READ_REQUIRED));

	struct mig_at step = { .up = NULL };
	assert_true(mig_at_each(&steps, &step));
	assert_int_equal(step.index, 0);
	struct mig_at inner = mig_at_key(&step, "a/b");
	assert_true(mig_read_array(&f.reader, &inner, 0));
	assert_true(mig_read_array(&f.reader, &inner, MIG_READ_NONEMPTY));
	assert_true(mig_at_each(&steps, &step));
	assert_int_equal(step.index, 1);
	assert_false(mig_read_object(&f.reader, &step, 0, known));
	assert_false(mig_at_each(&steps, &step));
	end(&f, "f: /name: must be an array, not string\nf: the key \"none\" is missing\n"
	    "f: /steps/0/a~1b: must not be empty\nf: /steps/1: must be an object, not number\n");
}

static void
test_each(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, "{\"a\":1,\"b\":2,\"~/\":3}");
	struct mig_at child = { .up = NULL };
	struct mig_buf pointers;
	mig_buf_init(&pointers, 100);
	while (mig_at_each(&f.root, &child))
		mig_at_pointer(&child, &pointers);
	assert_string_equal(pointers.data, "/a/b/~0~1");
	mig_buf_reset(&pointers);
	mig_at_pointer(&f.root, &pointers);
	assert_string_equal(pointers.data, "");
	mig_buf_fini(&pointers);

	struct mig_at none = mig_at_key(&f.root, "none");
	struct mig_at it = { .up = NULL };
	assert_false(mig_at_each(&none, &it));
	end(&f, "");
}

static void
test_string(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, "{\"a\":\"text\",\"b\":\"\",\"c\":null,\"d\":{}}");
	assert_string_equal(mig_read_string(&f.reader, &f.root, "a", MIG_READ_REQUIRED, "-"),
	    "text");
	assert_string_equal(mig_read_string(&f.reader, &f.root, "b", 0, "-"), "");
	assert_string_equal(mig_read_string(&f.reader, &f.root, "b", MIG_READ_NONEMPTY, "-"), "-");
	assert_string_equal(mig_read_string(&f.reader, &f.root, "c", 0, "-"), "-");
	assert_string_equal(mig_read_string(&f.reader, &f.root, "e", 0, "-"), "-");
	assert_null(mig_read_string(&f.reader, &f.root, "e", MIG_READ_REQUIRED, NULL));

	/* Nothing is said about the members of an object that is not there, or is no object. */
	struct mig_at none = mig_at_key(&f.root, "none");
	struct mig_at text = mig_at_key(&f.root, "a");
	assert_null(mig_read_string(&f.reader, &none, "k", MIG_READ_REQUIRED, NULL));
	assert_null(mig_read_string(&f.reader, &text, "k", MIG_READ_REQUIRED, NULL));
	struct mig_at object = mig_at_key(&f.root, "d");
	assert_null(mig_read_string(&f.reader, &object, "k", MIG_READ_REQUIRED, NULL));
	end(&f, "f: /b: must not be empty\nf: /c: must be a string, not null\n"
	    "f: the key \"e\" is missing\nf: /d: the key \"k\" is missing\n");
}

static void
test_number(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, "{\"a\":2.5,\"b\":\"2.5\",\"c\":-1,\"d\":1e300,\"e\":true}");
	assert_double_same(mig_read_number(&f.reader, &f.root, "a", 0, 0.0, 2.5, 9.0), 2.5);
	assert_double_same(mig_read_number(&f.reader, &f.root, "a", 0, 2.5, 3.0, 9.0), 2.5);
	assert_double_same(mig_read_number(&f.reader, &f.root, "z", 0, 0.0, 2.5, 9.0), 9.0);
	assert_int_equal(f.findings.count, 0);
	assert_double_same(mig_read_number(&f.reader, &f.root, "a", 0, 0.0, 0.1, 9.0), 9.0);
	assert_double_same(mig_read_number(&f.reader, &f.root, "b", 0, 0.0, 2.5, 9.0), 9.0);
	assert_double_same(mig_read_number(&f.reader, &f.root, "c", 0, 0.0, HUGE_VAL, 9.0), 9.0);
	assert_double_same(mig_read_number(&f.reader, &f.root, "d", 0, -HUGE_VAL, 100.0, 9.0), 9.0);
	assert_double_same(mig_read_number(&f.reader, &f.root, "e", 0, 0.0, 1.0, 9.0), 9.0);
	end(&f, "f: /a: must be between 0 and 0.1, is 2.5\nf: /b: must be a number, not string\n"
	    "f: /c: must be at least 0, is -1\nf: /d: must be at most 100, is 1e+300\n"
	    "f: /e: must be a number, not boolean\n");
}

static void
test_integer(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, "{\"a\":3000000000,\"b\":1.0,\"c\":\"1\",\"d\":-1,\"e\":1e2,"
	    "\"f\":9007199254740993}");
	assert_true(mig_read_integer(&f.reader, &f.root, "a", 0, 0, INT64_MAX, 9) ==
	    INT64_C(3000000000));
	assert_true(mig_read_integer(&f.reader, &f.root, "z", 0, 0, 5, 9) == 9);
	assert_int_equal(f.findings.count, 0);
	assert_true(mig_read_integer(&f.reader, &f.root, "b", 0, 0, 5, 9) == 9);
	assert_true(mig_read_integer(&f.reader, &f.root, "c", 0, 0, 5, 9) == 9);
	assert_true(mig_read_integer(&f.reader, &f.root, "d", 0, 0, 5, 9) == 9);
	assert_true(mig_read_integer(&f.reader, &f.root, "e", 0, 0, 500, 9) == 9);
	assert_true(mig_read_integer(&f.reader, &f.root, "f", 0, 0, INT64_MAX, 9) == 9);
	assert_true(mig_read_integer(&f.reader, &f.root, "g", MIG_READ_REQUIRED, 0, 5, 9) == 9);
	assert_int_equal(f.findings.errors, 6);
	assert_string_equal(f.findings.items[0].message, "must be an integer");
	assert_string_equal(f.findings.items[2].message, "must be between 0 and 5, is -1");
	mig_findings_fini(&f.findings);
	end(&f, "");
}

static void
test_bool(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, "{\"t\":true,\"f\":false,\"s\":\"false\",\"n\":0}");
	assert_true(mig_read_bool(&f.reader, &f.root, "t", 0, false));
	assert_false(mig_read_bool(&f.reader, &f.root, "f", 0, true));
	assert_true(mig_read_bool(&f.reader, &f.root, "s", 0, true));
	assert_true(mig_read_bool(&f.reader, &f.root, "n", 0, true));
	assert_true(mig_read_bool(&f.reader, &f.root, "z", 0, true));
	assert_true(mig_read_bool(&f.reader, &f.root, "z", MIG_READ_REQUIRED, true));
	end(&f, "f: /s: must be true or false, not string\n"
	    "f: /n: must be true or false, not number\nf: the key \"z\" is missing\n");
}

static void
test_duration(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, "{\"a\":\"1m30s\",\"b\":2.5,\"c\":0,\"d\":\"soon\",\"e\":-1,\"f\":\"2h\","
	    "\"g\":[],\"h\":1e300,\"i\":0.0004}");
	const int64_t hour = 3600000;
	assert_true(mig_read_duration(&f.reader, &f.root, "a", 0, 0, hour, 9) == 90000);
	assert_true(mig_read_duration(&f.reader, &f.root, "b", 0, 0, hour, 9) == 2500);
	assert_true(mig_read_duration(&f.reader, &f.root, "c", 0, 0, hour, 9) == 0);
	assert_true(mig_read_duration(&f.reader, &f.root, "i", 0, 0, hour, 9) == 0);
	assert_true(mig_read_duration(&f.reader, &f.root, "z", 0, 0, hour, 9) == 9);
	assert_int_equal(f.findings.count, 0);
	assert_true(mig_read_duration(&f.reader, &f.root, "d", 0, 0, hour, 9) == 9);
	assert_true(mig_read_duration(&f.reader, &f.root, "e", 0, 0, hour, 9) == 9);
	assert_true(mig_read_duration(&f.reader, &f.root, "f", 0, 500, hour, 9) == 9);
	assert_true(mig_read_duration(&f.reader, &f.root, "g", 0, 0, hour, 9) == 9);
	assert_true(mig_read_duration(&f.reader, &f.root, "h", 0, 0, hour, 9) == 9);
	assert_true(mig_read_duration(&f.reader, &f.root, "z", MIG_READ_REQUIRED, 0, hour, 9) == 9);
	end(&f, "f: /d: is not a duration: \"soon\" (for example \"500ms\", \"15s\", \"1h30m\" or "
	    "a number of seconds)\nf: /e: must be between 0 and 315360000, is -1\n"
	    "f: /f: must be between 500ms and 1h, is 2h\n"
	    "f: /g: must be a duration, not array\n"
	    "f: /h: must be between 0 and 315360000, is 1e+300\nf: the key \"z\" is missing\n");
}

static void
test_enum(void **state)
{
	(void)state;
	static const char *const names[] = { "database", "service", "infrastructure", NULL };
	struct fixture f;
	begin(&f, "{\"a\":\"service\",\"b\":\"Service\",\"c\":\"cloud\",\"d\":1}");
	assert_int_equal(mig_read_enum(&f.reader, &f.root, "a", 0, names, -1), 1);
	assert_int_equal(mig_read_enum(&f.reader, &f.root, "z", 0, names, 2), 2);
	assert_int_equal(f.findings.count, 0);
	assert_int_equal(mig_read_enum(&f.reader, &f.root, "b", 0, names, -1), -1);
	assert_int_equal(mig_read_enum(&f.reader, &f.root, "c", 0, names, -1), -1);
	assert_int_equal(mig_read_enum(&f.reader, &f.root, "d", 0, names, -1), -1);
	assert_int_equal(mig_read_enum(&f.reader, &f.root, "z", MIG_READ_REQUIRED, names, -1), -1);
	end(&f, "f: /b: must be one of \"database\", \"service\", \"infrastructure\", not "
	    "\"Service\" (did you mean \"service\"?)\n"
	    "f: /c: must be one of \"database\", \"service\", \"infrastructure\", not \"cloud\"\n"
	    "f: /d: must be a string, not number\nf: the key \"z\" is missing\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_object),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_string),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_integer),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_enum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
