/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"

/* The longest decimal we read: a double written out without exponent stays well below. */
#define NUM_DIGITS_MAX 1200
/* Beyond any double, and far from overflowing an int. */
#define NUM_EXPONENT_MAX 100000

#define DURATION_MS_MAX (INT64_C(3650) * 86400000)

/* Powers of ten up to this one are exact as doubles. */
#define EXACT_TEN_POWER_MAX 22

/* Below, whole numbers have all their digits. */
#define FORMAT_WHOLE_MAX 1e15
/* From here on DBL_DIG digits are reached while the power of ten is exact. */
#define FORMAT_EXACT_MIN 1e-7
/* Plain digits up to this decimal exponent, as most writers of JSON do. */
#define FORMAT_PLAIN_MAX 21
#define FORMAT_PLAIN_MIN (-6)

/* Names longer than this are nobody's typing mistake. */
#define NEAREST_CHARS_MAX 64
#define NEAREST_DISTANCE_MAX 3

/* Units of a duration, large to small. */
struct num_unit {
	const char *name;
	int64_t ms;
};

static const struct num_unit num_units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

#define NUM_UNITS (sizeof(num_units) / sizeof(num_units[0]))

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The decimal point is taken out, so the locale's idea of one does not matter. */
struct num_decimal {
	char digits[NUM_DIGITS_MAX + 1];
	size_t count;
	int exponent; /* of ten, for the digits read as an integer */
	bool negative;
};

/* Take over a run of digits; false when there is none or there are too many. */
static bool
decimal_digits(struct num_decimal *decimal, const char **text)
{
	const char *p = *text;
	for (; is_digit(*p); p++) {
		if (decimal->count == NUM_DIGITS_MAX)
			return false;
		decimal->digits[decimal->count++] = *p;
	}
	bool any = p != *text;
	*text = p;
	return any;
}

/* The exponent behind an 'e', saturated. */
static bool
decimal_exponent(const char **text, int *ret_exponent)
{
	const char *p = *text;
	bool negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if (!is_digit(*p))
		return false;
	int exponent = 0;
	for (; is_digit(*p); p++) {
		if (exponent < NUM_EXPONENT_MAX)
			exponent = exponent * 10 + (*p - '0');
	}
	*text = p;
	*ret_exponent = negative ? -exponent : exponent;
	return true;
}

/* Split a number of JSON's grammar (plus a leading '+') into digits and exponent. */
static bool
decimal_parse(struct num_decimal *decimal, const char *text)
{
	decimal->count = 0;
	decimal->exponent = 0;
	decimal->negative = *text == '-';
	if (*text == '-' || *text == '+')
		text++;
	if (*text == '0' && is_digit(text[1]))
		return false;
	if (!decimal_digits(decimal, &text))
		return false;
	size_t whole = decimal->count;
	if (*text == '.') {
		text++;
		if (!decimal_digits(decimal, &text))
			return false;
	}
	int exponent = 0;
	if (*text == 'e' || *text == 'E') {
		text++;
		if (!decimal_exponent(&text, &exponent))
			return false;
	}
	decimal->digits[decimal->count] = '\0';
	decimal->exponent = exponent - (int)(decimal->count - whole);
	return *text == '\0';
}

/*
 * Digits and exponent that are both exact as doubles: then one multiplication or division rounds
 * correctly, as strtod() would (W. D. Clinger, How to read floating point numbers accurately,
 * 1990).  Nearly all numbers that people and servers write are of this kind.
 */
static bool
decimal_exact(const struct num_decimal *decimal, double *ret_value)
{
	int size = decimal->exponent < 0 ? -decimal->exponent : decimal->exponent;
	if (FLT_EVAL_METHOD != 0 || decimal->count > DBL_DIG || size > EXACT_TEN_POWER_MAX)
		return false;
	double digits = 0;
	for (size_t i = 0; i < decimal->count; i++)
		digits = digits * 10 + (decimal->digits[i] - '0');
	double scale = 1;
	for (int i = 0; i < size; i++)
		scale *= 10;
	*ret_value = decimal->exponent < 0 ? digits / scale : digits * scale;
	return true;
}

/* The double of digits and exponent, rounded correctly. */
static double
decimal_value(const struct num_decimal *decimal)
{
	double exact = 0;
	if (decimal_exact(decimal, &exact))
		return decimal->negative ? -exact : exact;
	char text[NUM_DIGITS_MAX + 16];
	(void)snprintf(text, sizeof(text), "%.*se%d", NUM_DIGITS_MAX, decimal->digits,
	    decimal->exponent);
	double value = strtod(text, NULL);
	return decimal->negative ? -value : value;
}

/* What format_shortest() found. */
struct num_digits {
	char text[DBL_DECIMAL_DIG + 1]; /* without zeros behind */
	int exponent;                   /* of ten, for the first digit */
};

/* The first count significant digits of a positive finite value; whether they read back as it. */
static bool
format_digits(double value, int count, struct num_digits *ret_digits)
{
	char text[DBL_DECIMAL_DIG + 16];
	(void)snprintf(text, sizeof(text), "%.*e", count - 1, value);
	int kept = 0;
	const char *p = text;
	for (; *p != 'e'; p++) {
		if (is_digit(*p) && kept < DBL_DECIMAL_DIG)
			ret_digits->text[kept++] = *p;
	}
	while (kept > 1 && ret_digits->text[kept - 1] == '0')
		kept--;
	ret_digits->text[kept] = '\0';
	p++;
	/* Always there: it is our own text. */
	(void)decimal_exponent(&p, &ret_digits->exponent);
	return mig_num_same(strtod(text, NULL), value);
}

/*
 * The digits of a value that is not whole, has at most DBL_DIG of them and is not tiny.  Scaling
 * such a value is off by less than a quarter, so that its digits are found if there are any; and
 * digits that are exact, divided by an exact power of ten, are the value that reading them gives.
 */
static bool
format_exact(double value, struct num_digits *ret_digits)
{
	double scale = 10;
	for (int decimals = 1; decimals <= EXACT_TEN_POWER_MAX; decimals++, scale *= 10) {
		double digits = nearbyint(value * scale);
		if (digits >= FORMAT_WHOLE_MAX)
			return false;
		if (!mig_num_same(digits / scale, value))
			continue;
		(void)snprintf(ret_digits->text, sizeof(ret_digits->text), "%" PRId64,
		    (int64_t)digits);
		ret_digits->exponent = (int)strlen(ret_digits->text) - 1 - decimals;
		return true;
	}
	return false;
}

/*
 * Find the fewest digits.  Up to DBL_DIG digits survive the way through a normal double, so
 * these need one attempt only; subnormal numbers carry less and are tried from one digit on.
 */
static void
format_shortest(double value, struct num_digits *ret_digits)
{
	int count = value < DBL_MIN ? 1 : DBL_DIG;
	if (FLT_EVAL_METHOD == 0 && value >= FORMAT_EXACT_MIN && value < FORMAT_WHOLE_MAX) {
		if (format_exact(value, ret_digits))
			return;
		count = DBL_DIG + 1;
	}
	while (!format_digits(value, count, ret_digits) && count < DBL_DECIMAL_DIG)
		count++;
}

static void
append_zeros(struct mig_buf *out, int count)
{
	for (int i = 0; i < count; i++)
		mig_buf_putc(out, '0');
}

/* Optimal string alignment distance of two short texts, ASCII letters of either case equal. */
static size_t
edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned char rows[3][NEAREST_CHARS_MAX + 1];
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned char)j;

	for (size_t i = 1; i <= a_len; i++) {
		unsigned char *row = rows[i % 3];
		const unsigned char *above = rows[(i + 2) % 3];
		const unsigned char *above2 = rows[(i + 1) % 3];
		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned cost = a[i - 1] == b[j - 1] ? 0 : 1;
			unsigned best = above[j - 1] + cost;
			if (above[j] + 1U < best)
				best = above[j] + 1U;
			if (row[j - 1] + 1U < best)
				best = row[j - 1] + 1U;
			bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1];
			if (swapped && above2[j - 2] + 1U < best)
				best = above2[j - 2] + 1U;
			row[j] = (unsigned char)best;
		}
	}
	return rows[a_len % 3][b_len];
}

/* A copy in lower case; false when the text is too long to be compared. */
static bool
fold_case(const char *text, char folded[NEAREST_CHARS_MAX + 1])
{
	size_t len = strlen(text);
	if (len > NEAREST_CHARS_MAX)
		return false;
	for (size_t i = 0; i <= len; i++) {
		bool upper = text[i] >= 'A' && text[i] <= 'Z';
		folded[i] = (char)(upper ? text[i] - 'A' + 'a' : text[i]);
	}
	return true;
}

/* A bare number of seconds with at most three decimals. */
static int
duration_bare(const char *text, int64_t *ret_ms)
{
	int64_t ms = 0;
	int decimals = -1;
	for (; *text != '\0'; text++) {
		if (*text == '.' && decimals < 0) {
			decimals = 0;
			continue;
		}
		if (!is_digit(*text) || decimals == 3 || ms > DURATION_MS_MAX)
			return MIG_EDOC;
		ms = ms * 10 + (*text - '0');
		if (decimals >= 0)
			decimals++;
	}
	if (decimals == 0)
		return MIG_EDOC;
	for (int i = decimals < 0 ? 0 : decimals; i < 3; i++)
		ms *= 10;
	if (ms > DURATION_MS_MAX)
		return MIG_EDOC;
	*ret_ms = ms;
	return MIG_OK;
}

/* The row of a unit that starts at *text, from first on; NUM_UNITS when there is none. */
static size_t
duration_unit(const char **text, size_t first)
{
	size_t len = 0;
	while ((*text)[len] >= 'a' && (*text)[len] <= 'z')
		len++;
	for (size_t i = first; i < NUM_UNITS; i++) {
		if (strlen(num_units[i].name) == len &&
		    memcmp(*text, num_units[i].name, len) == 0) {
			*text += len;
			return i;
		}
	}
	return NUM_UNITS;
}

int
mig_num_int(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
	bool negative = *text == '-';
	if (negative)
		text++;
	if (*text == '\0')
		return MIG_EDOC;
	/* Downwards, because the negative side reaches one further. */
	int64_t value = 0;
	for (; *text != '\0'; text++) {
		if (!is_digit(*text))
			return MIG_EDOC;
		int digit = *text - '0';
		if (value < (INT64_MIN + digit) / 10)
			return MIG_EDOC;
		value = value * 10 - digit;
	}
	if (!negative && value == INT64_MIN)
		return MIG_EDOC;
	if (!negative)
		value = -value;
	if (value < min || value > max)
		return MIG_EDOC;
	*ret_value = value;
	return MIG_OK;
}

int
mig_num_double(const char *text, double *ret_value)
{
	struct num_decimal decimal;
	if (!decimal_parse(&decimal, text))
		return MIG_EDOC;
	double value = decimal_value(&decimal);
	if (!isfinite(value))
		return MIG_EDOC;
	*ret_value = value;
	return MIG_OK;
}

int
mig_num_sample(const char *text, double *ret_value)
{
	if (strcmp(text, "NaN") == 0) {
		*ret_value = (double)NAN;
		return MIG_OK;
	}
	if (strcmp(text, "+Inf") == 0 || strcmp(text, "-Inf") == 0) {
		*ret_value = *text == '-' ? -HUGE_VAL : HUGE_VAL;
		return MIG_OK;
	}
	return mig_num_double(text, ret_value);
}

int
mig_num_duration(const char *text, int64_t *ret_ms)
{
	if (!is_digit(*text))
		return MIG_EDOC;
	if (strspn(text, "0123456789.") == strlen(text))
		return duration_bare(text, ret_ms);

	int64_t total = 0;
	size_t next_unit = 0;
	while (*text != '\0') {
		int64_t count = 0;
		const char *digits = text;
		for (; is_digit(*text); text++) {
			if (count > DURATION_MS_MAX)
				return MIG_EDOC;
			count = count * 10 + (*text - '0');
		}
		if (text == digits)
			return MIG_EDOC;
		size_t unit = duration_unit(&text, next_unit);
		if (unit == NUM_UNITS || count > DURATION_MS_MAX / num_units[unit].ms)
			return MIG_EDOC;
		total += count * num_units[unit].ms;
		if (total > DURATION_MS_MAX)
			return MIG_EDOC;
		next_unit = unit + 1;
	}
	*ret_ms = total;
	return MIG_OK;
}

void
mig_num_format_int(int64_t value, struct mig_buf *out)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		mig_buf_putc(out, '-');
	mig_buf_add(out, digits + at, sizeof(digits) - at);
}

void
mig_num_format(double value, struct mig_buf *out)
{
	MIG_ASSERT(isfinite(value));
	/* Most numbers are whole; up to here all their digits are exact. */
	if (fabs(value) < FORMAT_WHOLE_MAX && mig_num_same(value, trunc(value))) {
		mig_num_format_int((int64_t)value, out);
		return;
	}
	if (value < 0.0)
		mig_buf_putc(out, '-');

	struct num_digits shortest = { .exponent = 0 };
	format_shortest(fabs(value), &shortest);
	const char *digits = shortest.text;
	int count = (int)strlen(digits);
	int whole = shortest.exponent + 1;
	if (whole >= count && whole <= FORMAT_PLAIN_MAX) {
		mig_buf_puts(out, digits);
		append_zeros(out, whole - count);
	} else if (whole > 0 && whole <= FORMAT_PLAIN_MAX) {
		mig_buf_printf(out, "%.*s.%s", whole, digits, digits + whole);
	} else if (whole > FORMAT_PLAIN_MIN && whole <= 0) {
		mig_buf_puts(out, "0.");
		append_zeros(out, -whole);
		mig_buf_puts(out, digits);
	} else {
		mig_buf_putc(out, digits[0]);
		if (count > 1)
			mig_buf_printf(out, ".%s", digits + 1);
		mig_buf_printf(out, "e%+d", shortest.exponent);
	}
}

void
mig_num_format_duration(int64_t ms, struct mig_buf *out)
{
	uint64_t rest = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	if (ms < 0)
		mig_buf_putc(out, '-');
	if (rest == 0)
		mig_buf_puts(out, "0s");
	for (size_t i = 0; i < NUM_UNITS; i++) {
		uint64_t size = (uint64_t)num_units[i].ms;
		if (rest < size)
			continue;
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): the table is constant */
		mig_buf_printf(out, "%" PRIu64 "%s", rest / size, num_units[i].name);
		rest %= size;
		/* The neighbour unit completes it; anything smaller is noise. */
		uint64_t small = i + 1 < NUM_UNITS ? (uint64_t)num_units[i + 1].ms : 1;
		if (rest >= small)
			mig_buf_printf(out, " %" PRIu64 "%s", rest / small,
			    num_units[i + 1].name);
		return;
	}
}

bool
mig_num_same(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	return !(a < b) && !(a > b);
}

const char *
mig_num_nearest(const char *text, const char *const *names)
{
	char wanted[NEAREST_CHARS_MAX + 1] = "";
	if (!fold_case(text, wanted))
		return NULL;
	size_t wanted_len = strlen(wanted);

	const char *nearest = NULL;
	size_t nearest_distance = NEAREST_DISTANCE_MAX + 1;
	for (; *names != NULL; names++) {
		char name[NEAREST_CHARS_MAX + 1] = "";
		if (!fold_case(*names, name))
			continue;
		size_t name_len = strlen(name);
		size_t distance = edit_distance(wanted, wanted_len, name, name_len);
		size_t longer = name_len > wanted_len ? name_len : wanted_len;
		if (distance > longer / 3 || distance >= nearest_distance)
			continue;
		nearest = *names;
		nearest_distance = distance;
	}
	return nearest;
}
