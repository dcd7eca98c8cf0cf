/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "base/num.h"

/* A message never needs more; longer input is cut. */
#define MESSAGE_BYTES_MAX 4096U
#define VALUE_SHOWN_MAX 60

/* Add one finding about a place. */
static void MIG_PRINTF(5, 0)
at_finding(struct mig_reader *reader, enum mig_severity severity, const struct mig_at *at,
    const char *hint, const char *fmt, va_list args)
{
	struct mig_buf pointer;
	struct mig_buf message;
	mig_buf_init(&pointer, MIG_DOC_BYTES_MAX);
	mig_buf_init(&message, MIG_DOC_BYTES_MAX);
	mig_at_pointer(at, &pointer);
	mig_buf_vprintf(&message, fmt, args);
	(void)mig_findings_add(reader->findings, severity, reader->file, pointer.data, hint, "%s",
	    message.data);
	mig_buf_fini(&pointer);
	mig_buf_fini(&message);
}

/* The finding that something required is not there: it is about the place above. */
static void
report_missing(struct mig_reader *reader, const struct mig_at *at)
{
	if (at->up == NULL || at->key == NULL)
		mig_at_error(reader, at, NULL, "a value is missing");
	else
		mig_at_error(reader, at->up, NULL, "the key \"%s\" is missing", at->key);
}

/* The finding that a value has the wrong type. */
static void
report_type(struct mig_reader *reader, const struct mig_at *at, const char *wanted)
{
	mig_at_error(reader, at, NULL, "must be %s, not %s", wanted,
	    mig_json_type_name(mig_json_type(at->node)));
}

/* Whether a place has a value of the type; findings as the flags want them. */
static bool
check_type(struct mig_reader *reader, const struct mig_at *at, unsigned flags,
    enum mig_json_type type)
{
	static const char *const wanted[] = {
		[MIG_JSON_NULL] = "null",
		[MIG_JSON_BOOL] = "true or false",
		[MIG_JSON_NUMBER] = "a number",
		[MIG_JSON_STRING] = "a string",
		[MIG_JSON_ARRAY] = "an array",
		[MIG_JSON_OBJECT] = "an object",
	};
	if (at->node == NULL) {
		if ((flags & MIG_READ_REQUIRED) != 0)
			report_missing(reader, at);
		return false;
	}
	if (mig_json_type(at->node) != type) {
		report_type(reader, at, wanted[type]);
		return false;
	}
	return true;
}

/*
 * The place of a member for the typed readers.  False when the object itself is absent or no
 * object: that has been reported already or is allowed.
 */
static bool
member_of(const struct mig_at *object, const char *key, struct mig_at *ret_at)
{
	if (object->node == NULL || mig_json_type(object->node) != MIG_JSON_OBJECT)
		return false;
	*ret_at = mig_at_key(object, key);
	return true;
}

/* Check one key against the known ones. */
static void
check_key(struct mig_reader *reader, const struct mig_at *child, const char *const *known)
{
	for (const char *const *name = known; *name != NULL; name++) {
		if (strcmp(*name, child->key) == 0)
			return;
	}
	if (strncmp(child->key, "x_", 2) == 0)
		return;

	const char *nearest = mig_num_nearest(child->key, known);
	struct mig_buf hint;
	mig_buf_init(&hint, MESSAGE_BYTES_MAX);
	if (nearest != NULL)
		mig_buf_printf(&hint, "did you mean \"%s\"?", nearest);
	else
		mig_buf_puts(&hint, "a key of your own begins with x_");
	if (reader->unknown_keys == MIG_SEV_ERROR)
		mig_at_error(reader, child, hint.data, "unknown key");
	else
		mig_at_warning(reader, child, hint.data, "unknown key");
	mig_buf_fini(&hint);
}

/* Whether min <= value <= max, with a finding that shows the range. */
static bool
check_range(struct mig_reader *reader, const struct mig_at *at, double value, double min,
    double max)
{
	if (value >= min && value <= max)
		return true;
	struct mig_buf text;
	mig_buf_init(&text, MESSAGE_BYTES_MAX);
	mig_buf_puts(&text, "must be ");
	if (isfinite(min) && isfinite(max)) {
		mig_buf_puts(&text, "between ");
		mig_num_format(min, &text);
		mig_buf_puts(&text, " and ");
		mig_num_format(max, &text);
	} else {
		mig_buf_puts(&text, isfinite(min) ? "at least " : "at most ");
		mig_num_format(isfinite(min) ? min : max, &text);
	}
	mig_buf_puts(&text, ", is ");
	mig_num_format(value, &text);
	mig_at_error(reader, at, NULL, "%s", text.data);
	mig_buf_fini(&text);
	return false;
}

/* A duration's value in ms, whichever way it is written; a finding when it is none. */
static bool
duration_value(struct mig_reader *reader, const struct mig_at *at, int64_t *ret_ms)
{
	const char *hint = "for example \"500ms\", \"15s\", \"1h30m\" or a number of seconds";
	/* As much as mig_num_duration() takes: ten years. */
	const double seconds_max = 3650.0 * 86400.0;
	enum mig_json_type type = mig_json_type(at->node);
	if (type == MIG_JSON_STRING) {
		if (mig_num_duration(mig_json_string(at->node), ret_ms) == MIG_OK)
			return true;
		mig_at_error(reader, at, hint, "is not a duration: \"%.*s\"", VALUE_SHOWN_MAX,
		    mig_json_string(at->node));
		return false;
	}
	if (type != MIG_JSON_NUMBER) {
		report_type(reader, at, "a duration");
		return false;
	}
	double seconds = mig_json_number(at->node);
	if (!check_range(reader, at, seconds, 0.0, seconds_max))
		return false;
	*ret_ms = (int64_t)(seconds * 1000.0 + 0.5);
	return true;
}

/* The finding that a string is none of the names. */
static void
report_enum(struct mig_reader *reader, const struct mig_at *at, const char *const *names)
{
	const char *value = mig_json_string(at->node);
	const char *nearest = mig_num_nearest(value, names);
	struct mig_buf hint;
	struct mig_buf list;
	mig_buf_init(&hint, MESSAGE_BYTES_MAX);
	mig_buf_init(&list, MESSAGE_BYTES_MAX);
	if (nearest != NULL)
		mig_buf_printf(&hint, "did you mean \"%s\"?", nearest);
	for (size_t i = 0; names[i] != NULL; i++)
		mig_buf_printf(&list, "%s\"%s\"", i == 0 ? "" : ", ", names[i]);
	mig_at_error(reader, at, nearest != NULL ? hint.data : NULL,
	    "must be one of %s, not \"%.*s\"", list.data, VALUE_SHOWN_MAX, value);
	mig_buf_fini(&hint);
	mig_buf_fini(&list);
}

struct mig_at
mig_at_root(const struct mig_json_doc *doc)
{
	return (struct mig_at){ .node = mig_json_root(doc) };
}

struct mig_at
mig_at_key(const struct mig_at *up, const char *key)
{
	return (struct mig_at){ .up = up, .key = key, .node = mig_json_get(up->node, key) };
}

bool
mig_at_each(const struct mig_at *up, struct mig_at *it)
{
	bool first = it->node == NULL;
	it->node = first ? mig_json_first(up->node) : mig_json_next(it->node);
	if (it->node == NULL)
		return false;
	it->index = first ? 0 : it->index + 1;
	it->up = up;
	it->key = mig_json_key(it->node);
	return true;
}

void
mig_at_pointer(const struct mig_at *at, struct mig_buf *out)
{
	if (at->up == NULL)
		return;
	mig_at_pointer(at->up, out);
	mig_buf_putc(out, '/');
	if (at->key == NULL) {
		mig_buf_printf(out, "%zu", at->index);
		return;
	}
	for (const char *c = at->key; *c != '\0'; c++) {
		if (*c == '~')
			mig_buf_puts(out, "~0");
		else if (*c == '/')
			mig_buf_puts(out, "~1");
		else
			mig_buf_putc(out, *c);
	}
}

void
mig_at_error(struct mig_reader *reader, const struct mig_at *at, const char *hint, const char *fmt,
    ...)
{
	va_list args;
	va_start(args, fmt);
	at_finding(reader, MIG_SEV_ERROR, at, hint, fmt, args);
	va_end(args);
}

void
mig_at_warning(struct mig_reader *reader, const struct mig_at *at, const char *hint,
    const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	at_finding(reader, MIG_SEV_WARNING, at, hint, fmt, args);
	va_end(args);
}

void
mig_at_finding(struct mig_reader *reader, enum mig_severity severity, const struct mig_at *at,
    const char *hint, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	at_finding(reader, severity, at, hint, fmt, args);
	va_end(args);
}

bool
mig_read_object(struct mig_reader *reader, const struct mig_at *at, unsigned flags,
    const char *const *known)
{
	if (!check_type(reader, at, flags, MIG_JSON_OBJECT))
		return false;
	if ((flags & MIG_READ_NONEMPTY) != 0 && mig_json_first(at->node) == NULL)
		mig_at_error(reader, at, NULL, "must not be empty");
	struct mig_at child = { .up = at };
	while (mig_at_each(at, &child))
		check_key(reader, &child, known);
	return true;
}

bool
mig_read_array(struct mig_reader *reader, const struct mig_at *at, unsigned flags)
{
	if (!check_type(reader, at, flags, MIG_JSON_ARRAY))
		return false;
	if ((flags & MIG_READ_NONEMPTY) != 0 && mig_json_first(at->node) == NULL)
		mig_at_error(reader, at, NULL, "must not be empty");
	return true;
}

const char *
mig_read_string(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, const char *fallback)
{
	struct mig_at at;
	if (!member_of(object, key, &at) || !check_type(reader, &at, flags, MIG_JSON_STRING))
		return fallback;
	const char *value = mig_json_string(at.node);
	if ((flags & MIG_READ_NONEMPTY) != 0 && value[0] == '\0') {
		mig_at_error(reader, &at, NULL, "must not be empty");
		return fallback;
	}
	return value;
}

double
mig_read_number(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, double min, double max, double fallback)
{
	struct mig_at at;
	if (!member_of(object, key, &at) || !check_type(reader, &at, flags, MIG_JSON_NUMBER))
		return fallback;
	double value = mig_json_number(at.node);
	return check_range(reader, &at, value, min, max) ? value : fallback;
}

int64_t
mig_read_integer(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, int64_t min, int64_t max, int64_t fallback)
{
	struct mig_at at;
	if (!member_of(object, key, &at) || !check_type(reader, &at, flags, MIG_JSON_NUMBER))
		return fallback;
	if (!mig_json_is_integer(at.node)) {
		mig_at_error(reader, &at, "write it without decimal point and exponent",
		    "must be an integer");
		return fallback;
	}
	int64_t value = (int64_t)mig_json_number(at.node);
	if (value >= min && value <= max)
		return value;
	mig_at_error(reader, &at, NULL, "must be between %" PRId64 " and %" PRId64 ", is %" PRId64,
	    min, max, value);
	return fallback;
}

bool
mig_read_bool(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, bool fallback)
{
	struct mig_at at;
	if (!member_of(object, key, &at) || !check_type(reader, &at, flags, MIG_JSON_BOOL))
		return fallback;
	return mig_json_bool(at.node);
}

int64_t
mig_read_duration(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, int64_t min_ms, int64_t max_ms, int64_t fallback)
{
	struct mig_at at;
	if (!member_of(object, key, &at))
		return fallback;
	if (at.node == NULL) {
		if ((flags & MIG_READ_REQUIRED) != 0)
			report_missing(reader, &at);
		return fallback;
	}
	int64_t ms = 0;
	if (!duration_value(reader, &at, &ms))
		return fallback;
	if (ms >= min_ms && ms <= max_ms)
		return ms;

	struct mig_buf text;
	mig_buf_init(&text, MESSAGE_BYTES_MAX);
	mig_buf_puts(&text, "must be between ");
	mig_num_format_duration(min_ms, &text);
	mig_buf_puts(&text, " and ");
	mig_num_format_duration(max_ms, &text);
	mig_buf_puts(&text, ", is ");
	mig_num_format_duration(ms, &text);
	mig_at_error(reader, &at, NULL, "%s", text.data);
	mig_buf_fini(&text);
	return fallback;
}

int
mig_read_enum(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, const char *const *names, int fallback)
{
	struct mig_at at;
	if (!member_of(object, key, &at) || !check_type(reader, &at, flags, MIG_JSON_STRING))
		return fallback;
	const char *value = mig_json_string(at.node);
	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], value) == 0)
			return i;
	}
	report_enum(reader, &at, names);
	return fallback;
}
