/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <string.h>

#include "base/zone.h"

#define SECONDS_PER_DAY INT64_C(86400)
/* RFC 8536 wants offsets well within these 26 hours. */
#define OFFSET_S_MAX (26 * 3600)
/* A rule's time of day may reach into the days around (version 3). */
#define RULE_HOURS_MAX 167

#define HEADER_BYTES 44U
#define BEFORE_S (366 * SECONDS_PER_DAY)
/* No zone has rules for times further away; keeps all sums small. */
#define AROUND_S_MAX INT64_C(400000000000)

/* Bytes still to be read; running out of them is sticky. */
struct zone_bytes {
	const unsigned char *data;
	size_t len;
	bool failed;
};

/* The counts of a TZif header, and where its data block is. */
struct zone_block {
	uint32_t ut_count;
	uint32_t std_count;
	uint32_t leap_count;
	uint32_t time_count;
	uint32_t type_count;
	uint32_t char_count;
	size_t time_bytes; /* 4 in version 1, else 8 */
	char version;
	const unsigned char *times;
	const unsigned char *indexes;
	const unsigned char *types;
};

/* When a POSIX rule changes the offset. */
struct zone_rule {
	char kind; /* 'M' month.week.day, 'J' day 1-365 without leap day, 'D' day 0-365 */
	int month;
	int week;
	int day;
	int64_t time_s; /* local, after midnight */
};

/* A POSIX TZ string. */
struct zone_posix {
	int32_t std_s;
	int32_t dst_s;
	bool has_dst;
	struct zone_rule start;
	struct zone_rule end;
};

static int64_t
floor_mod(int64_t value, int64_t divisor)
{
	int64_t rest = value % divisor;
	return rest < 0 ? rest + divisor : rest;
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* A big-endian two's complement number of 4 or 8 bytes. */
static int64_t
read_signed(const unsigned char *data, size_t bytes)
{
	uint64_t value = (data[0] & 0x80U) != 0 ? UINT64_MAX : 0;
	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | data[i];
	return (int64_t)value;
}

/* Step over len bytes and give where they are, NULL when there are not so many. */
static const unsigned char *
take(struct zone_bytes *in, size_t len)
{
	if (in->failed || len > in->len) {
		in->failed = true;
		return NULL;
	}
	const unsigned char *data = in->data;
	in->data += len;
	in->len -= len;
	return data;
}

/* One header and its data block. */
static bool
read_block(struct zone_bytes *in, size_t time_bytes, struct zone_block *ret_block)
{
	const unsigned char *head = take(in, HEADER_BYTES);
	if (head == NULL || memcmp(head, "TZif", 4) != 0)
		return false;
	uint32_t counts[6];
	for (size_t i = 0; i < 6; i++)
		counts[i] = (uint32_t)read_signed(head + 20 + 4 * i, 4);

	struct zone_block block = {
		.ut_count = counts[0],
		.std_count = counts[1],
		.leap_count = counts[2],
		.time_count = counts[3],
		.type_count = counts[4],
		.char_count = counts[5],
		.time_bytes = time_bytes,
		.version = (char)head[4],
	};
	block.times = take(in, time_bytes * block.time_count);
	block.indexes = take(in, block.time_count);
	block.types = take(in, (size_t)6 * block.type_count);
	(void)take(in, block.char_count);
	(void)take(in, (time_bytes + 4) * block.leap_count);
	(void)take(in, block.std_count);
	(void)take(in, block.ut_count);
	if (in->failed || block.type_count == 0)
		return false;
	*ret_block = block;
	return true;
}

/* Whether each transition names a type there is, times rise and offsets are sane. */
static bool
check_block(const struct zone_block *block)
{
	for (uint32_t i = 0; i < block->type_count; i++) {
		int64_t offset = read_signed(block->types + (size_t)6 * i, 4);
		if (offset < -OFFSET_S_MAX || offset > OFFSET_S_MAX)
			return false;
	}
	for (uint32_t i = 0; i < block->time_count; i++) {
		const unsigned char *time = block->times + block->time_bytes * i;
		bool rising = i == 0 || read_signed(time, block->time_bytes) >
		    read_signed(time - block->time_bytes, block->time_bytes);
		if (!rising || block->indexes[i] >= block->type_count)
			return false;
	}
	return true;
}

static bool
accept(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

static bool
read_number(const char **text, int max, int *ret_value)
{
	int value = 0;
	const char *start = *text;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		value = value * 10 + (**text - '0');
		if (value > max)
			return false;
	}
	if (*text == start)
		return false;
	*ret_value = value;
	return true;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool
read_time(const char **text, int hours_max, int64_t *ret_s)
{
	bool negative = **text == '-';
	if (**text == '-' || **text == '+')
		(*text)++;
	int parts[3] = { 0, 0, 0 };
	if (!read_number(text, hours_max, &parts[0]))
		return false;
	for (size_t i = 1; i < 3 && accept(text, ':'); i++) {
		if (!read_number(text, 59, &parts[i]))
			return false;
	}
	int64_t seconds = (int64_t)parts[0] * 3600 + parts[1] * 60 + parts[2];
	*ret_s = negative ? -seconds : seconds;
	return true;
}

/* A zone abbreviation: letters, or anything in angle brackets. */
static bool
read_name(const char **text)
{
	if (accept(text, '<')) {
		while (**text != '>' && **text != '\0')
			(*text)++;
		return accept(text, '>');
	}
	const char *start = *text;
	while ((**text >= 'A' && **text <= 'Z') || (**text >= 'a' && **text <= 'z'))
		(*text)++;
	return *text - start >= 3;
}

/* An offset, which POSIX counts west of UTC, as seconds east. */
static bool
read_offset(const char **text, int32_t *ret_s)
{
	int64_t west = 0;
	if (!read_time(text, 24, &west))
		return false;
	*ret_s = (int32_t)-west;
	return true;
}

static bool
read_rule_day(const char **text, struct zone_rule *rule)
{
	if (accept(text, 'M')) {
		rule->kind = 'M';
		return read_number(text, 12, &rule->month) && rule->month >= 1 &&
		    accept(text, '.') && read_number(text, 5, &rule->week) && rule->week >= 1 &&
		    accept(text, '.') && read_number(text, 6, &rule->day);
	}
	rule->kind = accept(text, 'J') ? 'J' : 'D';
	return read_number(text, 365, &rule->day) && (rule->kind == 'D' || rule->day >= 1);
}

/* ,date[/time] */
static bool
read_rule(const char **text, struct zone_rule *rule)
{
	rule->time_s = 2 * 3600;
	if (!accept(text, ',') || !read_rule_day(text, rule))
		return false;
	return !accept(text, '/') || read_time(text, RULE_HOURS_MAX, &rule->time_s);
}

/* A TZ string as it stands in a footer; daylight saving needs its rules there. */
static bool
read_posix(const char *text, struct zone_posix *ret_posix)
{
	struct zone_posix posix = { .has_dst = false };
	if (!read_name(&text) || !read_offset(&text, &posix.std_s))
		return false;
	if (*text != '\0') {
		posix.has_dst = true;
		posix.dst_s = posix.std_s + 3600;
		if (!read_name(&text) ||
		    (*text != ',' && !read_offset(&text, &posix.dst_s)) ||
		    !read_rule(&text, &posix.start) || !read_rule(&text, &posix.end))
			return false;
	}
	if (*text != '\0')
		return false;
	*ret_posix = posix;
	return true;
}

/* The footer between two newlines.  An absent rule is no fault: ret_any tells. */
static bool
read_footer(struct zone_bytes *in, struct zone_posix *ret_posix, bool *ret_any)
{
	char text[128];
	size_t len = 0;
	const unsigned char *byte = take(in, 1);
	if (byte == NULL || *byte != '\n')
		return false;
	for (byte = take(in, 1); byte != NULL && *byte != '\n'; byte = take(in, 1)) {
		if (len + 1 == sizeof(text) || *byte == '\0')
			return false;
		text[len++] = (char)*byte;
	}
	if (byte == NULL)
		return false;
	text[len] = '\0';
	*ret_any = len > 0;
	return len == 0 || read_posix(text, ret_posix);
}

/* Seconds since the epoch at which a rule falls in a year, in local time. */
static int64_t
rule_local_s(const struct zone_rule *rule, int year)
{
	int64_t day = mig_time_days_from_civil(year, 1, 1);
	if (rule->kind == 'D') {
		day += rule->day;
	} else if (rule->kind == 'J') {
		/* February 29 is not counted: from March on leap years are one day further. */
		day += rule->day - 1 + (is_leap(year) && rule->day >= 60 ? 1 : 0);
	} else {
		day = mig_time_days_from_civil(year, rule->month, 1);
		int64_t next_month = rule->month == 12
		    ? mig_time_days_from_civil(year + 1, 1, 1)
		    : mig_time_days_from_civil(year, rule->month + 1, 1);
		/* 1970-01-01 was a Thursday. */
		day += floor_mod(rule->day - (day + 4), 7) + (int64_t)7 * (rule->week - 1);
		/* Week 5 means the last one. */
		if (day >= next_month)
			day -= 7;
	}
	return day * SECONDS_PER_DAY + rule->time_s;
}

/*
 * Let offset be in force from at on.  Transitions come in order; one at the time of the last
 * replaces it, one that changes nothing is left out.  False when the table is full.
 */
static bool
zone_push(struct mig_zone *zone, int64_t at_s, int32_t offset)
{
	if (zone->count > 0 && zone->at[zone->count - 1].ms >= at_s * 1000)
		zone->count--;
	if (zone->offset_s[zone->count] == offset)
		return true;
	if (zone->count == MIG_ZONE_TRANSITIONS_MAX)
		return false;
	zone->at[zone->count].ms = at_s * 1000;
	zone->count++;
	zone->offset_s[zone->count] = offset;
	return true;
}

/* A transition of the zone: from start_s on it is kept, before that it only sets the offset. */
static bool
zone_transition(struct mig_zone *zone, int64_t start_s, int64_t at_s, int32_t offset)
{
	if (at_s < start_s) {
		zone->offset_s[0] = offset;
		return true;
	}
	return at_s > INT64_MAX / 1000 || zone_push(zone, at_s, offset);
}

/* The transitions that stand in the file; ret_last_s is the time of the last one. */
static bool
add_explicit(struct mig_zone *zone, const struct zone_block *block, int64_t start_s,
    int64_t *ret_last_s)
{
	/* What holds before the first transition is the first type. */
	zone->offset_s[0] = (int32_t)read_signed(block->types, 4);
	for (uint32_t i = 0; i < block->time_count; i++) {
		int64_t at_s = read_signed(block->times + block->time_bytes * i, block->time_bytes);
		const unsigned char *type = block->types + (size_t)6 * block->indexes[i];
		if (!zone_transition(zone, start_s, at_s, (int32_t)read_signed(type, 4)))
			return false;
		*ret_last_s = at_s;
	}
	return true;
}

/* The footer's rule for the time behind the last explicit transition, until the table is full. */
static void
add_rules(struct mig_zone *zone, const struct zone_posix *posix, int64_t start_s, int64_t last_s)
{
	if (!posix->has_dst) {
		/* It repeats the last transition's offset, or stands alone. */
		if (last_s == INT64_MIN)
			zone->offset_s[0] = posix->std_s;
		return;
	}
	int year = 0;
	int month = 0;
	int day = 0;
	mig_time_civil_from_days(start_s / SECONDS_PER_DAY, &year, &month, &day);
	/* A year before, so that the offset in force at the start is known. */
	int year_last = year + MIG_ZONE_TRANSITIONS_MAX;
	for (year--; year <= year_last; year++) {
		int64_t on_s = rule_local_s(&posix->start, year) - posix->std_s;
		int64_t off_s = rule_local_s(&posix->end, year) - posix->dst_s;
		bool north = on_s < off_s;
		int64_t first_s = north ? on_s : off_s;
		int64_t second_s = north ? off_s : on_s;
		int32_t first = north ? posix->dst_s : posix->std_s;
		int32_t second = north ? posix->std_s : posix->dst_s;
		if (first_s > last_s && !zone_transition(zone, start_s, first_s, first))
			return;
		if (second_s > last_s && !zone_transition(zone, start_s, second_s, second))
			return;
	}
}

int
mig_zone_parse(const void *data, size_t len, mig_wall around, struct mig_zone *ret_zone)
{
	struct zone_bytes in = { .data = data, .len = len };
	struct zone_block block;
	struct zone_posix posix;
	bool has_rule = false;
	if (!read_block(&in, 4, &block))
		return MIG_EDOC;
	/* From version 2 on everything follows again, in 64 bits and with a footer. */
	if (block.version >= '2' &&
	    (!read_block(&in, 8, &block) || !read_footer(&in, &posix, &has_rule)))
		return MIG_EDOC;
	if (!check_block(&block))
		return MIG_EDOC;

	struct mig_zone zone;
	mig_zone_utc(&zone);
	int64_t around_s = around.ms / 1000;
	if (around_s > AROUND_S_MAX || around_s < -AROUND_S_MAX)
		around_s = around_s < 0 ? -AROUND_S_MAX : AROUND_S_MAX;
	int64_t start_s = around_s - BEFORE_S;
	int64_t last_s = INT64_MIN;
	if (add_explicit(&zone, &block, start_s, &last_s) && has_rule)
		add_rules(&zone, &posix, start_s, last_s);
	*ret_zone = zone;
	return MIG_OK;
}

void
mig_zone_utc(struct mig_zone *zone)
{
	memset(zone, 0, sizeof(*zone));
}

int32_t
mig_zone_offset(const struct mig_zone *zone, mig_wall at)
{
	size_t i = zone->count;
	while (i > 0 && zone->at[i - 1].ms > at.ms)
		i--;
	return zone->offset_s[i];
}

int
mig_zone_minute_of_day(const struct mig_zone *zone, mig_wall at)
{
	int64_t day_ms = SECONDS_PER_DAY * 1000;
	/* The time of day first: adding an offset to it cannot overflow. */
	int64_t local_ms = floor_mod(at.ms, day_ms) + (int64_t)mig_zone_offset(zone, at) * 1000;
	return (int)(floor_mod(local_ms, day_ms) / 60000);
}
