/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "base/utf8.h"
#include "wire/percent.h"
#include "wire/prom.h"

/* Later times than this many seconds are no times; also keeps the conversion to ms in range. */
#define PROM_SECONDS_MAX 1e11
#define PROM_TEXT_MAX 160 /* of a foreign text in our messages */

/* A reply whose envelope was read. */
struct prom_reply {
	struct mig_json_doc *doc;
	const struct mig_json *type;   /* data.resultType */
	const struct mig_json *result; /* data.result */
	char warning[PROM_TEXT_MAX];   /* "" when the answer is whole */
};

/* The first line of a foreign text, safe to print: what is not clean UTF-8 becomes '?'. */
static void
first_line(const char *text, size_t len, char *ret_line, size_t size)
{
	size_t from = 0;
	size_t to = 0;

	while (from < len && text[from] != '\n' && text[from] != '\r') {
		size_t step = mig_utf8_sequence(text + from, len - from);
		bool plain = mig_utf8_printable(text + from, len - from) > 0;
		size_t width = plain ? step : 1;

		if (to + width >= size)
			break;
		if (plain)
			memcpy(ret_line + to, text + from, step);
		else
			ret_line[to] = '?';
		to += width;
		from += step > 0 ? step : 1;
	}
	ret_line[to] = '\0';
}

static void
first_line_of(const struct mig_json *node, char *ret_line, size_t size)
{
	const char *text = mig_json_string(node);

	if (text != NULL)
		first_line(text, strlen(text), ret_line, size);
	else
		(void)snprintf(ret_line, size, "(no text)"); /* short by far */
}

static int MIG_PRINTF(3, 4)
refuse(char *ret_error, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(ret_error, size, fmt, args); /* a message may be cut */
	va_end(args);
	return MIG_EDOC;
}

static void
put_seconds(struct mig_buf *out, const char *name, int64_t ms)
{
	mig_buf_printf(out, "&%s=%" PRId64 ".%03d", name, ms / 1000, (int)(ms % 1000));
}

/* Thanos and Mimir tell of a partial answer by warnings, VictoriaMetrics by "isPartial". */
static int
read_warnings(const struct mig_json *root, struct prom_reply *reply, char *ret_error, size_t size)
{
	const struct mig_json *warnings = mig_json_get(root, "warnings");
	const struct mig_json *partial = mig_json_get(root, "isPartial");

	if (warnings != NULL && mig_json_type(warnings) != MIG_JSON_NULL &&
	    mig_json_type(warnings) != MIG_JSON_ARRAY)
		return refuse(ret_error, size, "\"warnings\" in the reply is no array");
	if (mig_json_count(warnings) > 0)
		first_line_of(mig_json_first(warnings), reply->warning, sizeof(reply->warning));
	else if (mig_json_bool(partial))
		(void)snprintf(reply->warning, sizeof(reply->warning),
		    "the server calls its answer partial"); /* fits */
	return 0;
}

static int
read_envelope(const struct mig_json *root, struct prom_reply *reply, char *ret_error, size_t size)
{
	const char *status = mig_json_string(mig_json_get(root, "status"));

	if (status == NULL)
		return refuse(ret_error, size, "the reply is JSON but not of the Prometheus API");
	if (strcmp(status, "error") == 0) {
		char type[PROM_TEXT_MAX];
		char text[PROM_TEXT_MAX];

		first_line_of(mig_json_get(root, "errorType"), type, sizeof(type) / 4);
		first_line_of(mig_json_get(root, "error"), text, sizeof(text));
		return refuse(ret_error, size, "%s: %s", type, text);
	}
	if (strcmp(status, "success") != 0)
		return refuse(ret_error, size, "the reply has an unknown status");

	const struct mig_json *data = mig_json_get(root, "data");

	reply->type = mig_json_get(data, "resultType");
	reply->result = mig_json_get(data, "result");
	if (mig_json_string(reply->type) == NULL || reply->result == NULL ||
	    mig_json_type(reply->result) != MIG_JSON_ARRAY)
		return refuse(ret_error, size, "the reply has no resultType and result");
	return read_warnings(root, reply, ret_error, size);
}

/* On success reply->doc is to be freed. */
static int
read_reply(const char *body, size_t len, struct prom_reply *reply, char *ret_error, size_t size)
{
	struct mig_findings findings = { 0 };
	int error = mig_json_parse(body, len, NULL, &reply->doc, &findings);

	if (error != 0) {
		const char *why = findings.count > 0 ? findings.items[0].message :
		    mig_error_text(error);

		/* It may name a key of the reply, which is a foreign text as well. */
		char line[PROM_TEXT_MAX];
		first_line(why, strlen(why), line, sizeof(line));
		(void)refuse(ret_error, size, "the reply is no JSON: %s", line);
		mig_findings_fini(&findings);
		return error;
	}
	mig_findings_fini(&findings);
	error = read_envelope(mig_json_root(reply->doc), reply, ret_error, size);
	if (error != 0) {
		mig_json_free(reply->doc);
		reply->doc = NULL;
	}
	return error;
}

/* A pair [seconds, "value"]. */
static int
read_pair(const struct mig_json *pair, mig_wall *ret_at, double *ret_value)
{
	const struct mig_json *time = mig_json_first(pair);
	const struct mig_json *value = time != NULL ? mig_json_next(time) : NULL;

	if (pair == NULL || mig_json_type(pair) != MIG_JSON_ARRAY || mig_json_count(pair) != 2 ||
	    mig_json_type(time) != MIG_JSON_NUMBER || mig_json_string(value) == NULL)
		return MIG_EDOC;

	double seconds = mig_json_number(time);

	if (!(seconds >= 0) || seconds > PROM_SECONDS_MAX)
		return MIG_EDOC;

	double number = 0;
	int error = mig_num_sample(mig_json_string(value), &number);

	if (error != 0)
		return error;
	ret_at->ms = (int64_t)(seconds * 1000.0 + 0.5);
	*ret_value = number;
	return 0;
}

/* The one pair of a scalar or of a vector of one series; no_data leaves *ret_pair NULL. */
static int
find_pair(const struct prom_reply *reply, const struct mig_json **ret_pair, char *ret_error,
    size_t size)
{
	const char *type = mig_json_string(reply->type);
	const struct mig_json *series = mig_json_first(reply->result);
	size_t count = mig_json_count(reply->result);

	if (strcmp(type, "scalar") == 0) {
		*ret_pair = reply->result;
		return 0;
	}
	if (strcmp(type, "matrix") == 0 || strcmp(type, "string") == 0)
		return refuse(ret_error, size, "the query gives a %s, not one number", type);
	if (strcmp(type, "vector") != 0)
		return refuse(ret_error, size, "the reply has an unknown resultType");
	if (count > 1)
		return refuse(ret_error, size,
		    "the query gives %zu series where one is wanted; aggregate it, e.g. with sum()",
		    count);
	if (count == 0) {
		*ret_pair = NULL;
		return 0;
	}
	*ret_pair = mig_json_get(series, "value");
	if (*ret_pair == NULL)
		return refuse(ret_error, size, mig_json_get(series, "histogram") != NULL ?
		    "the query gives a native histogram, not a number" :
		    "the series in the reply has no value");
	return 0;
}

static void
judge_pair(const struct prom_reply *reply, const struct mig_json *pair,
    struct mig_prom_sample *sample)
{
	if (pair == NULL) {
		sample->quality = MIG_QUALITY_NO_DATA;
		(void)refuse(sample->error, sizeof(sample->error), "the query gives no series");
	} else if (read_pair(pair, &sample->at, &sample->value) != 0) {
		(void)refuse(sample->error, sizeof(sample->error),
		    "the reply's value is no pair of time and number");
		return;
	} else if (!isfinite(sample->value)) {
		sample->quality = MIG_QUALITY_NAN;
		(void)refuse(sample->error, sizeof(sample->error), "the value is %s",
		    isnan(sample->value) ? "NaN" : sample->value > 0 ? "+Inf" : "-Inf");
		sample->value = 0;
	} else {
		sample->quality = MIG_QUALITY_OK;
	}
	if (reply->warning[0] != '\0') {
		sample->quality = MIG_QUALITY_PARTIAL;
		sample->value = 0;
		(void)refuse(sample->error, sizeof(sample->error), "partial answer: %s",
		    reply->warning);
	}
}

/* A reply that is no success: its JSON error if it has one, else its first line. */
static void
judge_failure(long http_status, const char *body, size_t len, struct mig_prom_sample *sample)
{
	struct prom_reply reply = { 0 };
	char text[PROM_TEXT_MAX + 64];
	bool json = len > 0 && body[0] == '{';

	if (!json || read_reply(body, len, &reply, text, sizeof(text)) == 0)
		first_line(body, len, text, sizeof(text));
	if (text[0] == '\0')
		(void)snprintf(text, sizeof(text), "(empty)"); /* fits */
	mig_json_free(reply.doc);
	if (http_status == 0)
		(void)refuse(sample->error, sizeof(sample->error), "no answer: %s", text);
	else
		(void)refuse(sample->error, sizeof(sample->error), "HTTP status %ld: %s",
		    http_status, text);
}

void
mig_prom_query_body(const char *query, mig_wall at, struct mig_buf *out)
{
	mig_buf_puts(out, "query=");
	mig_percent_encode(query, out);
	if (at.ms != 0)
		put_seconds(out, "time", at.ms);
}

void
mig_prom_range_body(const char *query, mig_wall from, mig_wall to, int64_t step_ms,
    struct mig_buf *out)
{
	mig_buf_puts(out, "query=");
	mig_percent_encode(query, out);
	put_seconds(out, "start", from.ms);
	put_seconds(out, "end", to.ms);
	put_seconds(out, "step", step_ms);
}

void
mig_prom_read_instant(long http_status, const char *body, size_t len,
    struct mig_prom_sample *ret_sample)
{
	struct mig_prom_sample sample = { .quality = MIG_QUALITY_ERROR };
	struct prom_reply reply = { 0 };
	const struct mig_json *pair = NULL;

	if (http_status != 200)
		judge_failure(http_status, body, len, &sample);
	else if (read_reply(body, len, &reply, sample.error, sizeof(sample.error)) == 0 &&
	    find_pair(&reply, &pair, sample.error, sizeof(sample.error)) == 0)
		judge_pair(&reply, pair, &sample);
	mig_json_free(reply.doc);
	*ret_sample = sample;
}

static int
read_points(const struct mig_json *values, struct mig_prom_point *ret_points, size_t max,
    size_t *ret_count, char *ret_error, size_t size)
{
	size_t count = 0;

	if (values == NULL || mig_json_type(values) != MIG_JSON_ARRAY)
		return refuse(ret_error, size, "the series in the reply has no values");
	for (const struct mig_json *pair = mig_json_first(values); pair != NULL;
	    pair = mig_json_next(pair)) {
		struct mig_prom_point point = { 0 };

		if (count == max)
			return refuse(ret_error, size, "the reply has more than %zu points", max);
		if (read_pair(pair, &point.at, &point.value) != 0)
			return refuse(ret_error, size,
			    "a value of the reply is no pair of time and number");
		if (count > 0 && point.at.ms <= ret_points[count - 1].at.ms)
			return refuse(ret_error, size, "the reply's points are not in order");
		ret_points[count++] = point;
	}
	*ret_count = count;
	return 0;
}

static int
compare_points(const void *a, const void *b)
{
	int64_t first = ((const struct mig_prom_point *)a)->at.ms;
	int64_t second = ((const struct mig_prom_point *)b)->at.ms;

	return first < second ? -1 : first > second;
}

/* The points of all series, as long as no two of them have one at the same time. */
static int
read_series(const struct mig_json *result, struct mig_prom_point *ret_points, size_t max,
    size_t *ret_count, char *ret_error, size_t size)
{
	bool alone = mig_json_count(result) == 1;
	size_t count = 0;
	size_t some = 0;

	for (const struct mig_json *series = mig_json_first(result); series != NULL;
	    series = mig_json_next(series)) {
		const struct mig_json *values = mig_json_get(series, "values");
		if (!alone && mig_json_count(values) > max - count)
			return MIG_ECONFLICT;
		int error = read_points(values, ret_points + count, max - count, &some, ret_error,
		    size);
		if (error != 0)
			return error;
		count += some;
	}
	if (!alone)
		qsort(ret_points, count, sizeof(*ret_points), compare_points);
	for (size_t i = 1; i < count; i++) {
		if (ret_points[i].at.ms == ret_points[i - 1].at.ms)
			return MIG_ECONFLICT;
	}
	*ret_count = count;
	return 0;
}

int
mig_prom_read_range(const char *body, size_t len, struct mig_prom_point *ret_points, size_t max,
    size_t *ret_count, char *ret_error, size_t size)
{
	struct prom_reply reply = { 0 };
	int error = read_reply(body, len, &reply, ret_error, size);

	if (error != 0)
		return error;

	size_t count = mig_json_count(reply.result);

	if (strcmp(mig_json_string(reply.type), "matrix") != 0)
		error = refuse(ret_error, size, "the reply is no matrix");
	else if (reply.warning[0] != '\0')
		error = refuse(ret_error, size, "partial answer: %s", reply.warning);
	else if (count == 0)
		*ret_count = 0;
	else
		error = read_series(reply.result, ret_points, max, ret_count, ret_error, size);
	if (error == MIG_ECONFLICT)
		error = refuse(ret_error, size, "the query gives %zu series where one is wanted; "
		    "aggregate it, e.g. with sum()", count);
	mig_json_free(reply.doc);
	return error;
}
