/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "source/canon_int.h"

/* An interval in its three parts, as PostgreSQL keeps it. */
struct interval {
	int64_t months;
	int64_t days;
	int64_t seconds;
};

#define INTERVAL_MAX 1000000000

static bool
interval_add(struct interval *interval, int64_t count, const char *unit, size_t len)
{
	static const struct {
		const char *unit;
		struct interval one;
	} units[] = {
		{ "year", { 12, 0, 0 } },
		{ "yr", { 12, 0, 0 } },
		{ "month", { 1, 0, 0 } },
		{ "mon", { 1, 0, 0 } },
		{ "week", { 0, 7, 0 } },
		{ "day", { 0, 1, 0 } },
		{ "hour", { 0, 0, 3600 } },
		{ "hr", { 0, 0, 3600 } },
		{ "h", { 0, 0, 3600 } },
		{ "minute", { 0, 0, 60 } },
		{ "min", { 0, 0, 60 } },
		{ "second", { 0, 0, 1 } },
		{ "sec", { 0, 0, 1 } },
		{ "s", { 0, 0, 1 } },
	};
	if (len > 1 && unit[len - 1] == 's')
		len--;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].unit) != len || memcmp(units[i].unit, unit, len) != 0)
			continue;
		interval->months += count * units[i].one.months;
		interval->days += count * units[i].one.days;
		interval->seconds += count * units[i].one.seconds;
		return true;
	}
	return false;
}

/* "12:30:00" or "12": up to three numbers; how many they are, 0: that is none. */
static size_t
read_numbers(const char **text, int64_t numbers[3])
{
	size_t count = 0;
	const char *at = *text;
	for (; count < 3 && *at >= '0' && *at <= '9'; count++) {
		for (numbers[count] = 0; *at >= '0' && *at <= '9'; at++)
			if ((numbers[count] = numbers[count] * 10 + *at - '0') > INTERVAL_MAX)
				return 0;
		at += *at == ':' ? 1 : 0;
	}
	*text = at;
	return count;
}

/* "1 year 2 days" and "12:30:00", in whole numbers, days and more negative; others are left. */
static bool
interval_read(const char *text, struct interval *ret_interval)
{
	struct interval interval = { 0, 0, 0 };
	int64_t numbers[3] = { 0, 0, 0 };
	bool negative = *text == '-';
	size_t parts = 0;
	text += negative ? 1 : 0;
	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t count = read_numbers(&text, numbers);
		size_t unit = strspn(text += strspn(text, " "), "abcdefghijklmnopqrstuvwxyz");
		if (count == 3 && unit == 0)
			interval.seconds += numbers[0] * 3600 + numbers[1] * 60 + numbers[2];
		else if (count != 1 || !interval_add(&interval, numbers[0], text, unit))
			return false;
		text += unit;
		parts++;
	}
	if (negative && (parts > 1 || interval.seconds != 0))
		return false;
	*ret_interval = interval;
	if (negative)
		*ret_interval = (struct interval){ -interval.months, -interval.days, 0 };
	return true;
}

static void
add_part(struct mig_buf *out, int64_t count, const char *unit)
{
	if (count == 0)
		return;
	mig_buf_printf(out, "%s%lld %s%s", out->len > 0 ? " " : "", (long long)count, unit,
	    count == 1 ? "" : "s");
}

static bool
interval_text(const char *text, struct mig_buf *out)
{
	struct interval interval;
	if (!interval_read(text, &interval))
		return false;
	add_part(out, interval.months / 12, "year");
	add_part(out, interval.months % 12, "mon");
	add_part(out, interval.days, "day");
	if (interval.seconds != 0 || out->len == 0)
		mig_buf_printf(out, "%s%02lld:%02lld:%02lld", out->len > 0 ? " " : "",
		    (long long)(interval.seconds / 3600), (long long)(interval.seconds / 60 % 60),
		    (long long)(interval.seconds % 60));
	return true;
}

/* One space behind commas and colons and no other outside of strings, as jsonb is written. */
static bool
json_text(const char *text, struct mig_buf *out)
{
	bool quoted = false;
	for (; *text != '\0'; text++) {
		if (!quoted && strchr(" \t\r\n", *text) != NULL)
			continue;
		mig_buf_putc(out, *text);
		if (quoted && *text == '\\' && text[1] != '\0')
			mig_buf_putc(out, *++text);
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted && (*text == ',' || *text == ':'))
			mig_buf_putc(out, ' ');
	}
	return true;
}

static bool
fits(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; text++, pattern++) {
		bool digit = *text >= '0' && *text <= '9';
		if (*pattern == '0' ? !digit : *text != *pattern)
			return false;
	}
	return true;
}

/* A date alone is midnight, a time zone that is not said is taken for UTC. */
static bool
timestamp_text(const char *text, bool zone, struct mig_buf *out)
{
	if (strcmp(text, "epoch") == 0)
		text = "1970-01-01";
	size_t len = strlen(text);
	if (!fits(text, "0000-00-00"))
		return false;
	mig_buf_add(out, text, 10);
	if (len == 10) {
		mig_buf_puts(out, " 00:00:00");
	} else if (fits(text + 11, "00:00") && (text[10] == ' ' || text[10] == 'T')) {
		mig_buf_putc(out, ' ');
		mig_buf_add(out, text + 11, 5);
		mig_buf_puts(out, text[16] != ':' ? ":00" : "");
		mig_buf_puts(out, text + 16);
	} else {
		return false;
	}
	if (zone && out->data[out->len - 1] == 'Z')
		mig_buf_truncate(out, out->len - 1);
	if (zone && out->len == 19)
		mig_buf_puts(out, "+00");
	return true;
}

/* A time of day has seconds, and where there is a zone, it is UTC if it is not said. */
static bool
time_text(const char *text, bool zone, struct mig_buf *out)
{
	if (!fits(text, "00:00"))
		return false;
	mig_buf_add(out, text, 5);
	mig_buf_puts(out, text[5] != ':' ? ":00" : "");
	mig_buf_puts(out, text + 5);
	if (zone && out->len == 8)
		mig_buf_puts(out, "+00");
	return true;
}

/* An address of six bytes is one of eight with ff:fe in the middle. */
static bool
macaddr8_text(const char *text, struct mig_buf *out)
{
	if (strlen(text) != 17 || strspn(text, "0123456789abcdef:") != 17)
		return false;
	mig_buf_printf(out, "%.8s:ff:fe%s", text, text + 8);
	return true;
}

/* "$1,000.50" */
static bool
money_text(const char *text, struct mig_buf *out)
{
	if (*text != '$')
		return false;
	for (text++; *text != '\0'; text++)
		if (*text != ',')
			mig_buf_putc(out, *text);
	return true;
}

static bool
boolean_text(const char *text, struct mig_buf *out)
{
	static const char *const words[] = { "f", "t", "false", "true", "no", "yes", "n", "y",
		"off", "on", "0", "1" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		mig_buf_puts(out, i % 2 == 1 ? "true" : "false");
		return true;
	}
	return false;
}

static bool
rewrite(const char *type, const char *text, struct mig_buf *out)
{
	if (strcmp(type, "interval") == 0)
		return interval_text(text, out);
	if (strcmp(type, "jsonb") == 0)
		return json_text(text, out);
	if (strcmp(type, "timestamp without time zone") == 0)
		return timestamp_text(text, false, out);
	if (strcmp(type, "timestamp with time zone") == 0)
		return timestamp_text(text, true, out);
	if (strcmp(type, "time without time zone") == 0)
		return time_text(text, false, out);
	if (strcmp(type, "time with time zone") == 0)
		return time_text(text, true, out);
	if (strcmp(type, "macaddr8") == 0)
		return macaddr8_text(text, out);
	if (strcmp(type, "money") == 0)
		return money_text(text, out);
	if (strcmp(type, "boolean") == 0)
		return boolean_text(text, out);
	return false;
}

const char *
canon_literal(struct mig_arena *scratch, const char *type, const char *text)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_SCHEMA_BYTES_MAX);
	const char *result = text;
	if (type != NULL && strchr(text, '.') == NULL)
		type = canon_without_typmod(scratch, type);
	if (type != NULL && rewrite(type, text, &out) && mig_buf_ok(&out))
		result = mig_arena_strdup(scratch, out.data);
	mig_buf_fini(&out);
	return result;
}
