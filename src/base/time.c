/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/time.h"

#define MS_PER_DAY INT64_C(86400000)
#define DAYS_PER_ERA 146097 /* 400 years of the Gregorian calendar */
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */

#define YEAR_MIN 1
#define YEAR_MAX 9999

static int64_t
floor_div(int64_t value, int64_t divisor)
{
	int64_t quotient = value / divisor;
	return value % divisor < 0 ? quotient - 1 : quotient;
}

static int
days_in_month(int year, int month)
{
	static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Read exactly count digits and step over them. */
static bool
read_digits(const char **text, int count, int *ret_value)
{
	int value = 0;
	const char *p = *text;
	for (int i = 0; i < count; i++, p++) {
		if (*p < '0' || *p > '9')
			return false;
		value = value * 10 + (*p - '0');
	}
	*text = p;
	*ret_value = value;
	return true;
}

/* Step over one of the characters of set. */
static bool
read_one_of(const char **text, const char *set)
{
	if (**text == '\0' || strchr(set, **text) == NULL)
		return false;
	(*text)++;
	return true;
}

static bool
read_date(const char **text, int64_t *ret_days)
{
	int year = 0;
	int month = 0;
	int day = 0;
	if (!read_digits(text, 4, &year) || !read_one_of(text, "-") ||
	    !read_digits(text, 2, &month) || !read_one_of(text, "-") ||
	    !read_digits(text, 2, &day))
		return false;
	if (year < YEAR_MIN || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month))
		return false;
	*ret_days = mig_time_days_from_civil(year, month, day);
	return true;
}

/* The fraction behind the seconds, cut to milliseconds; absent is 0. */
static bool
read_fraction(const char **text, int *ret_ms)
{
	int ms = 0;
	int digits = 0;
	if (read_one_of(text, ".")) {
		for (; **text >= '0' && **text <= '9'; (*text)++, digits++) {
			if (digits < 3)
				ms = ms * 10 + (**text - '0');
		}
		if (digits == 0 || digits > 9)
			return false;
		for (; digits < 3; digits++)
			ms *= 10;
	}
	*ret_ms = ms;
	return true;
}

/* Time of day in ms; a second of 60 is told by ret_leap and counted as 59. */
static bool
read_clock(const char **text, int64_t *ret_ms, bool *ret_leap)
{
	int hour = 0;
	int minute = 0;
	int second = 0;
	int ms = 0;
	if (!read_digits(text, 2, &hour) || !read_one_of(text, ":") ||
	    !read_digits(text, 2, &minute) || !read_one_of(text, ":") ||
	    !read_digits(text, 2, &second) || !read_fraction(text, &ms))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*ret_leap = second == 60;
	if (second == 60)
		second = 59;
	*ret_ms = ((int64_t)hour * 3600 + minute * 60 + second) * 1000 + ms;
	return true;
}

/* 'Z', an offset or nothing, up to the end of the text. */
static bool
read_offset(const char *text, int64_t *ret_ms)
{
	int hours = 0;
	int minutes = 0;
	int64_t ms = 0;
	bool west = *text == '-';
	if (read_one_of(&text, "+-")) {
		if (!read_digits(&text, 2, &hours) || !read_one_of(&text, ":") ||
		    !read_digits(&text, 2, &minutes) || hours > 23 || minutes > 59)
			return false;
		ms = ((int64_t)hours * 60 + minutes) * 60000;
	} else {
		/* Z or nothing: UTC either way. */
		(void)read_one_of(&text, "Zz");
	}
	if (*text != '\0')
		return false;
	*ret_ms = west ? -ms : ms;
	return true;
}

int64_t
mig_time_days_from_civil(int year, int month, int day)
{
	/* Years begin in March here, so that the leap day is the last day of its year. */
	int64_t shifted = month <= 2 ? (int64_t)year - 1 : year;
	int64_t era = floor_div(shifted, 400);
	int64_t year_of_era = shifted - era * 400;
	int64_t month_from_march = (month + 9) % 12;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

void
mig_time_civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
	int64_t shifted = days + DAYS_TO_EPOCH;
	int64_t era = floor_div(shifted, DAYS_PER_ERA);
	int64_t day_of_era = shifted - era * DAYS_PER_ERA;
	/* Take the leap days out, then every year has 365. */
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
	    day_of_era / (DAYS_PER_ERA - 1)) / 365;
	int64_t day_of_year = day_of_era -
	    (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	int64_t year = era * 400 + year_of_era;

	*ret_year = (int)(month <= 2 ? year + 1 : year);
	*ret_month = month;
	*ret_day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
}

const char *
mig_time_format(mig_wall at, char text[MIG_TIME_TEXT])
{
	/* Only years of four digits have an RFC 3339 form; anything else is shown at the edge. */
	int64_t first = mig_time_days_from_civil(YEAR_MIN, 1, 1) * MS_PER_DAY;
	int64_t last = mig_time_days_from_civil(YEAR_MAX, 12, 31) * MS_PER_DAY + MS_PER_DAY - 1;
	int64_t ms = at.ms < first ? first : at.ms > last ? last : at.ms;

	int64_t days = floor_div(ms, MS_PER_DAY);
	unsigned rest = (unsigned)(ms - days * MS_PER_DAY);
	int year = 0;
	int month = 0;
	int day = 0;
	mig_time_civil_from_days(days, &year, &month, &day);

	char fraction[8] = "";
	if (rest % 1000 != 0)
		(void)snprintf(fraction, sizeof(fraction), ".%03u", rest % 1000);
	(void)snprintf(text, MIG_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u%sZ",
	    (unsigned)year % 10000U, (unsigned)month % 100U, (unsigned)day % 100U, rest / 3600000,
	    rest / 60000 % 60, rest / 1000 % 60, fraction);
	return text;
}

int
mig_time_parse(const char *text, mig_wall *ret_at)
{
	int64_t days = 0;
	int64_t clock_ms = 0;
	int64_t offset_ms = 0;
	bool leap = false;
	if (!read_date(&text, &days) || !read_one_of(&text, "Tt ") ||
	    !read_clock(&text, &clock_ms, &leap) || !read_offset(text, &offset_ms))
		return MIG_EDOC;

	int64_t ms = days * MS_PER_DAY + clock_ms - offset_ms;
	if (ms < mig_time_days_from_civil(YEAR_MIN, 1, 1) * MS_PER_DAY ||
	    ms >= (mig_time_days_from_civil(YEAR_MAX, 12, 31) + 1) * MS_PER_DAY)
		return MIG_EDOC;
	if (leap) {
		/* A leap second ends a UTC day; our scale has none, so it is the next second. */
		if (ms - floor_div(ms, MS_PER_DAY) * MS_PER_DAY < MS_PER_DAY - 1000)
			return MIG_EDOC;
		ms += 1000;
	}
	ret_at->ms = ms;
	return MIG_OK;
}
