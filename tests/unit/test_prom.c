/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "support/test_support.h"
#include "wire/prom.h"

#define OK MIG_QUALITY_OK
#define ERR MIG_QUALITY_ERROR
#define DATA(type, result) \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"" type "\",\"result\":" result "}"
#define VECTOR(result) DATA("vector", result) "}"
#define MATRIX(result) DATA("matrix", result) "}"
#define FAILED(type, text) \
	"{\"status\":\"error\",\"errorType\":\"" type "\",\"error\":\"" text "\"}"
#define SERIES(time, value) "[{\"metric\":{},\"value\":[" time "," value "]}]"

/* A reply and what is to be made of it.  error is a part of the message. */
struct row {
	long status;
	const char *body;
	enum mig_quality quality;
	double value;
	int64_t at_ms;
	const char *error;
};

/* Bodies as real servers sent them, and some that none should. */
static const struct row rows[] = {
	{ 200, VECTOR("[{\"metric\":{\"app\":\"shop\",\"le\":\"\\u003c\\\"1\\\"\"},"
	    "\"value\":[1795345185.840,\"147\"]}]"),
	    OK, 147, 1795345185840, "" },
	{ 200, DATA("scalar", "[1795345185.854,\"1\"]") "}", OK, 1, 1795345185854, "" },
	{ 200, VECTOR(SERIES("1795345400", "\"0.09346153846153846\"")), OK, 0.09346153846153846,
	    1795345400000, "" },
	{ 200, VECTOR(SERIES("1795345185.86", "\"1.0000000000000001e+305\"")), OK,
	    1.0000000000000001e+305, 1795345185860, "" },
	{ 200, VECTOR(SERIES("1", "\"3.3333333333333334e-08\"")), OK, 3.3333333333333334e-08, 1000,
	    "" },
	{ 200, DATA("scalar", "[5,\"2\"]") ","
	    "\"infos\":[\"PromQL info: metric might not be a counter\"],\"stats\":{}}", OK, 2, 5000,
	    "" },
	{ 200, DATA("scalar", "[5,\"2\"]") ",\"warnings\":[],\"isPartial\":false}", OK, 2, 5000,
	    "" },
	{ 200, DATA("scalar", "[5,\"2\"]") ",\"warnings\":null}", OK, 2, 5000, "" },

	{ 200, VECTOR("[]"), MIG_QUALITY_NO_DATA, 0, 0, "no series" },
	{ 200, VECTOR(SERIES("7", "\"NaN\"")), MIG_QUALITY_NAN, 0, 7000, "NaN" },
	{ 200, VECTOR(SERIES("7", "\"+Inf\"")), MIG_QUALITY_NAN, 0, 7000, "+Inf" },
	{ 200, VECTOR(SERIES("7", "\"-Inf\"")), MIG_QUALITY_NAN, 0, 7000, "-Inf" },
	{ 200, DATA("scalar", "[7,\"NaN\"]") "}", MIG_QUALITY_NAN, 0, 7000, "NaN" },

	{ 200, DATA("vector", "[]") ","
	    "\"warnings\":[\"remote_read: error sending request: "
	    "Post \\\"http://127.0.0.1:1/read\\\": dial tcp: connection refused\"]}",
	    MIG_QUALITY_PARTIAL, 0, 0, "partial answer: remote_read: error sending request" },
	{ 200, DATA("scalar", "[5,\"2\"]") ",\"warnings\":[\"store down\"]}",
	    MIG_QUALITY_PARTIAL, 0, 5000, "store down" },
	{ 200, DATA("scalar", "[5,\"NaN\"]") ",\"warnings\":[7]}", MIG_QUALITY_PARTIAL, 0, 5000,
	    "(no text)" },
	{ 200, "{\"status\":\"success\",\"isPartial\":true,\"data\":{\"resultType\":\"scalar\","
	    "\"result\":[5,\"2\"]}}", MIG_QUALITY_PARTIAL, 0, 5000, "partial" },

	{ 200, VECTOR("[{\"metric\":{\"a\":\"1\"},\"value\":[5,\"1\"]},"
	    "{\"metric\":{\"a\":\"2\"},\"value\":[5,\"2\"]},{\"metric\":{},\"value\":[5,\"2\"]}]"),
	    ERR, 0, 0, "3 series" },
	{ 200, DATA("string", "[1795345185.857,\"a string\"]") "}", ERR, 0, 0, "a string" },
	{ 200, MATRIX("[{\"metric\":{},\"values\":[[1795345183.320,\"113\"],[1795345184.320,"
	    "\"129\"]]}]"), ERR, 0, 0, "a matrix" },
	{ 200, DATA("cube", "[]") "}", ERR, 0, 0, "unknown resultType" },
	{ 200, VECTOR("[{\"metric\":{},\"histogram\":[5,{\"count\":\"1\"}]}]"), ERR, 0, 0,
	    "native histogram" },
	{ 200, VECTOR("[{\"metric\":{}}]"), ERR, 0, 0, "no value" },
	{ 200, VECTOR(SERIES("5", "2")), ERR, 0, 0, "no pair" },
	{ 200, VECTOR(SERIES("5", "\"0x10\"")), ERR, 0, 0, "no pair" },
	{ 200, VECTOR(SERIES("5", "\"nan\"")), ERR, 0, 0, "no pair" },
	{ 200, VECTOR(SERIES("5", "\"\"")), ERR, 0, 0, "no pair" },
	{ 200, VECTOR(SERIES("\"5\"", "\"1\"")), ERR, 0, 0, "no pair" },
	{ 200, VECTOR(SERIES("-5", "\"1\"")), ERR, 0, 0, "no pair" },
	{ 200, VECTOR(SERIES("1e300", "\"1\"")), ERR, 0, 0, "no pair" },
	{ 200, VECTOR("[{\"metric\":{},\"value\":[5]}]"), ERR, 0, 0, "no pair" },
	{ 200, VECTOR("[{\"metric\":{},\"value\":[5,\"1\",\"2\"]}]"), ERR, 0, 0, "no pair" },
	{ 200, VECTOR("[{\"metric\":{},\"value\":{\"a\":5,\"b\":\"1\"}}]"), ERR, 0, 0, "no pair" },
	{ 200, VECTOR("{}"), ERR, 0, 0, "resultType and result" },
	{ 200, "{\"status\":\"success\"}", ERR, 0, 0, "resultType and result" },
	{ 200, "{\"status\":\"success\",\"data\":[]}", ERR, 0, 0, "resultType and result" },
	{ 200, "{\"status\":\"fine\",\"data\":{}}", ERR, 0, 0, "unknown status" },
	{ 200, "{\"status\":\"success\",\"warnings\":\"x\",\"data\":{\"resultType\":\"vector\","
	    "\"result\":[]}}", ERR, 0, 0, "\"warnings\"" },
	{ 200, "[]", ERR, 0, 0, "not of the Prometheus API" },
	{ 200, "null", ERR, 0, 0, "not of the Prometheus API" },
	{ 200, "<html>login</html>", ERR, 0, 0, "no JSON" },
	{ 200, "", ERR, 0, 0, "no JSON" },
	{ 200, "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[5,\"2\"]}",
	    ERR, 0, 0, "no JSON" },
	{ 200, FAILED("timeout", "late"), ERR, 0, 0, "timeout: late" },

	{ 400, FAILED("bad_data", "invalid parameter \\\"query\\\": 1:5: parse error: unclosed "
	    "left parenthesis"), ERR, 0, 0,
	    "HTTP status 400: bad_data: invalid parameter \"query\": 1:5: parse error" },
	{ 400, FAILED("bad_data", "exceeded maximum resolution of 11,000 points per timeseries."),
	    ERR, 0, 0, "11,000 points" },
	{ 422, FAILED("execution", "found duplicate series for the match group "
	    "{app=\\\"shop\\\"}"), ERR, 0, 0,
	    "HTTP status 422: execution: found duplicate series" },
	{ 503, FAILED("timeout", "query timed out in query queue"), ERR, 0, 0,
	    "HTTP status 503: timeout: query timed out" },
	{ 503, "Service Unavailable", ERR, 0, 0, "HTTP status 503: Service Unavailable" },
	{ 404, "404 page not found\n", ERR, 0, 0, "HTTP status 404: 404 page not found" },
	{ 401, "Unauthorized\nsecond line", ERR, 0, 0, "HTTP status 401: Unauthorized" },
	{ 400, "Client sent an HTTP request to an HTTPS server.\n", ERR, 0, 0, "HTTPS server" },
	{ 500, "", ERR, 0, 0, "HTTP status 500: (empty)" },
	{ 502, "{\"status\":\"success\"}", ERR, 0, 0, "HTTP status 502: the reply has no" },
	{ 302, VECTOR(SERIES("5", "\"1\"")), ERR, 0, 0, "HTTP status 302" },
	{ 204, "", ERR, 0, 0, "HTTP status 204" },
	{ 503, "bad \x01 \xff byte", ERR, 0, 0, "bad ? ? byte" },
	{ 503, "bad \xc2\x9b" "1m", ERR, 0, 0, "bad ?1m" },
	{ 200, "{\"a\\u0015\":1,\"a\\u0015\":2}", ERR, 0, 0, "the key \"a?\" is given twice" },
	{ 0, "could not connect", ERR, 0, 0, "no answer: could not connect" },
};

static void
test_instant(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct mig_prom_sample sample;

		memset(&sample, 0x5a, sizeof(sample));
		mig_prom_read_instant(row->status, row->body, strlen(row->body), &sample);
		if (sample.quality != row->quality || sample.at.ms != row->at_ms ||
		    strstr(sample.error, row->error) == NULL)
			fail_msg("row %zu: quality %d, at %lld, \"%s\"", i, (int)sample.quality,
			    (long long)sample.at.ms, sample.error);
		assert_double_same(sample.value, row->value);
		if (row->quality == OK)
			assert_string_equal(sample.error, "");
		else
			assert_true(strlen(sample.error) > 0);
		assert_null(strpbrk(sample.error, "\r\n"));
	}
}

/* A body need not end with a NUL, and whatever of it is missing must not be a reading. */
static void
test_cut(void **state)
{
	static const char body[] = VECTOR(SERIES("1795345185.840", "\"147\""));

	(void)state;
	for (size_t len = 0; len < sizeof(body) - 1; len++) {
		char *copy = test_malloc(len + 1);
		struct mig_prom_sample sample;

		memcpy(copy, body, len);
		mig_prom_read_instant(200, copy, len, &sample);
		assert_int_equal(sample.quality, MIG_QUALITY_ERROR);
		mig_prom_read_instant(500, copy, len, &sample);
		assert_int_equal(sample.quality, MIG_QUALITY_ERROR);
		test_free(copy);
	}
}

static void
test_long_text(void **state)
{
	char body[4096];
	struct mig_prom_sample sample;

	(void)state;
	/* Cut between characters, not in one. */
	for (size_t i = 0; i + 1 < sizeof(body); i += 2)
		memcpy(body + i, "\xc3\xa9", 2);
	mig_prom_read_instant(500, body, sizeof(body), &sample);
	assert_int_equal(sample.quality, MIG_QUALITY_ERROR);
	assert_true(strlen(sample.error) < MIG_ERROR_MAX);
	assert_true(strlen(sample.error) > 100);
	assert_int_equal((unsigned char)sample.error[strlen(sample.error) - 1], 0xa9);
}

static void
test_bodies(void **state)
{
	struct mig_buf out;

	(void)state;
	mig_buf_init(&out, 4096);
	mig_prom_query_body("up", (mig_wall){ 0 }, &out);
	assert_string_equal(out.data, "query=up");
	mig_buf_reset(&out);
	mig_prom_query_body("sum(rate(a{v=\"n w\",s=~\"5..\"}[5s])) + 1 & \xc3\xa9%",
	    (mig_wall){ 1795345185086 }, &out);
	assert_string_equal(out.data, "query=sum%28rate%28a%7Bv%3D%22n%20w%22%2Cs%3D~%225..%22%7D"
	    "%5B5s%5D%29%29%20%2B%201%20%26%20%C3%A9%25&time=1795345185.086");
	mig_buf_reset(&out);
	mig_prom_range_body("up", (mig_wall){ 1000 }, (mig_wall){ 61500 }, 250, &out);
	assert_string_equal(out.data, "query=up&start=1.000&end=61.500&step=0.250");
	assert_true(mig_buf_ok(&out));
	mig_buf_fini(&out);
}

static void
test_range(void **state)
{
	static const char body[] = MATRIX("[{\"metric\":{\"a\":\"b\"},\"values\":"
	    "[[1795345183.320,\"113\"],[1795345184.320,\"NaN\"],[1795345185.320,\"+Inf\"]]}]");
	struct mig_prom_point points[3];
	char error[MIG_ERROR_MAX];
	size_t count = 99;

	(void)state;
	assert_int_equal(mig_prom_read_range(body, strlen(body), points, 3, &count, error,
	    sizeof(error)), 0);
	assert_int_equal(count, 3);
	assert_int_equal(points[0].at.ms, 1795345183320);
	assert_double_same(points[0].value, 113);
	assert_true(isnan(points[1].value));
	assert_double_same(points[2].value, INFINITY);

	count = 99;
	assert_int_equal(mig_prom_read_range(body, strlen(body), points, 2, &count, error,
	    sizeof(error)), MIG_EDOC);
	assert_non_null(strstr(error, "more than 2 points"));
	assert_int_equal(count, 99);

	static const char empty[] = MATRIX("[]");

	assert_int_equal(mig_prom_read_range(empty, strlen(empty), points, 3, &count, error,
	    sizeof(error)), 0);
	assert_int_equal(count, 0);
}

/* A pod that is replaced by another: one number at each time, as an instant query had. */
static void
test_range_of_followers(void **state)
{
	static const char body[] = MATRIX("[{\"metric\":{\"pod\":\"b\"},\"values\":[[7,\"3\"],"
	    "[9,\"5\"]]},{\"metric\":{\"pod\":\"a\"},\"values\":[[5,\"1\"],[6,\"2\"],[8,\"4\"]]}]");
	struct mig_prom_point points[5];
	char error[MIG_ERROR_MAX];
	size_t count = 0;

	(void)state;
	assert_int_equal(mig_prom_read_range(body, strlen(body), points, 5, &count, error,
	    sizeof(error)), 0);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(points[i].at.ms, 5000 + 1000 * (int64_t)i);
		assert_double_same(points[i].value, (double)i + 1);
	}
}

static void
test_range_faults(void **state)
{
	static const struct {
		const char *body;
		const char *error;
	} faults[] = {
		{ VECTOR("[]"), "no matrix" },
		{ MATRIX("[{\"values\":[[5,\"1\"],[6,\"1\"]]},{\"values\":[[4,\"1\"],[6,\"2\"]]}]"),
		    "2 series" },
		{ MATRIX("[{\"values\":[[1,\"1\"],[2,\"1\"],[3,\"1\"]]},"
		    "{\"values\":[[4,\"1\"],[5,\"1\"]]}]"), "2 series" },
		{ MATRIX("[{\"metric\":{}}]"), "no values" },
		{ MATRIX("[{\"values\":[[5,\"1\"],[5,\"2\"]]}]"), "not in order" },
		{ MATRIX("[{\"values\":[[6,\"1\"],[5,\"2\"]]}]"), "not in order" },
		{ MATRIX("[{\"values\":[[5,1]]}]"), "no pair" },
		{ MATRIX("[{\"values\":[5,\"1\"]}]"), "no pair" },
		{ DATA("matrix", "[]") ","
		    "\"warnings\":[\"one store is down\"]}", "partial answer: one store is down" },
		{ FAILED("bad_data", "no"), "bad_data: no" },
		{ "oops", "no JSON" },
		{ "", "no JSON" },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(faults); i++) {
		struct mig_prom_point points[4];
		char error[MIG_ERROR_MAX] = "";
		size_t count = 99;

		if (mig_prom_read_range(faults[i].body, strlen(faults[i].body), points, 4, &count,
		    error, sizeof(error)) != MIG_EDOC || strstr(error, faults[i].error) == NULL)
			fail_msg("fault %zu: \"%s\"", i, error);
		assert_int_equal(count, 99);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instant),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_range_of_followers),
		cmocka_unit_test(test_range_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
