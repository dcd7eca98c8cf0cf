/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/num.h"
#include "engine/docid.h"
#include "engine/ramp.h"

#define DIGITS_MAX 32 /* significant digits of a double, with room */

/* Where plain notation ends: 1e16 and 0.00001 are written with an exponent. */
#define EXPONENT_MAX 16
#define EXPONENT_MIN (-4)

/* A decimal number taken apart: 0.DIGITS times ten to the power of point. */
struct decimal {
	bool negative;
	char digits[DIGITS_MAX + 1];
	int count;
	int point;
};

/* Take apart what mig_num_format() wrote. */
static void
decimal_read(const char *text, struct decimal *ret_decimal)
{
	struct decimal decimal = { .negative = *text == '-' };
	bool fraction = false;
	for (; *text != '\0' && *text != 'e'; text++) {
		if (*text == '.')
			fraction = true;
		if (*text < '0' || *text > '9')
			continue;
		bool leading = decimal.count == 0 && *text == '0';
		if (!leading && decimal.count < DIGITS_MAX)
			decimal.digits[decimal.count++] = *text;
		if (fraction ? leading : !leading)
			decimal.point += fraction ? -1 : 1;
	}
	while (decimal.count > 0 && decimal.digits[decimal.count - 1] == '0')
		decimal.count--;
	decimal.digits[decimal.count] = '\0';
	int64_t exponent = 0;
	if (*text == 'e' &&
	    mig_num_int(text + 1 + (text[1] == '+'), -400, 400, &exponent) == MIG_OK)
		decimal.point += (int)exponent;
	*ret_decimal = decimal;
}

/* A double as its shortest form with a fraction or a two-digit exponent: 30.0, 1e-05. */
static void
append_double(struct mig_buf *out, const struct decimal *decimal)
{
	if (decimal->negative)
		mig_buf_putc(out, '-');
	if (decimal->count == 0) {
		mig_buf_puts(out, "0.0");
		return;
	}
	int exponent = decimal->point - 1;
	if (exponent < EXPONENT_MIN || exponent >= EXPONENT_MAX) {
		mig_buf_putc(out, decimal->digits[0]);
		if (decimal->count > 1)
			mig_buf_printf(out, ".%s", decimal->digits + 1);
		mig_buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+',
		    exponent < 0 ? -exponent : exponent);
		return;
	}
	if (decimal->point <= 0)
		mig_buf_puts(out, "0.");
	for (int i = decimal->point; i < 0; i++)
		mig_buf_putc(out, '0');
	for (int i = 0; i < decimal->count || i < decimal->point; i++) {
		if (i > 0 && i == decimal->point)
			mig_buf_putc(out, '.');
		mig_buf_putc(out, i < decimal->count ? decimal->digits[i] : '0');
	}
	if (decimal->count <= decimal->point)
		mig_buf_puts(out, ".0");
}

static void
append_number(struct mig_buf *out, const struct mig_json *node)
{
	double value = mig_json_number(node);
	if (mig_json_is_integer(node)) {
		mig_buf_printf(out, "%.0f", value + 0.0);
		return;
	}
	struct mig_buf text;
	mig_buf_init(&text, 128);
	mig_num_format(value, &text);
	struct decimal decimal;
	decimal_read(text.data, &decimal);
	append_double(out, &decimal);
	mig_buf_fini(&text);
}

/* One character beyond ASCII as \uXXXX, or as two of them above U+FFFF. */
static size_t
append_unicode(struct mig_buf *out, const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t len = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	uint32_t code = bytes[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (bytes[i] & 0x3fU);
	}
	if (code >= 0x10000) {
		code -= 0x10000;
		mig_buf_printf(out, "\\u%04x\\u%04x", 0xd800U + (unsigned)(code >> 10),
		    0xdc00U + (unsigned)(code & 0x3ff));
	} else {
		mig_buf_printf(out, "\\u%04x", (unsigned)code);
	}
	return len;
}

/* What stands in a string as it is. */
static bool
is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static void
append_string(struct mig_buf *out, const char *text)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char names[] = "\"\\bfnrt";
	mig_buf_putc(out, '"');
	while (*text != '\0') {
		size_t same = 0;
		while (is_plain((unsigned char)text[same]))
			same++;
		mig_buf_add(out, text, same);
		text += same;
		if (*text == '\0')
			break;
		unsigned char byte = (unsigned char)*text;
		const char *escape = strchr(plain, *text);
		size_t step = 1;
		if (escape != NULL)
			mig_buf_printf(out, "\\%c", names[escape - plain]);
		else if (byte >= 0x80)
			step = append_unicode(out, text);
		else
			mig_buf_printf(out, "\\u%04x", (unsigned)byte);
		text += step;
	}
	mig_buf_putc(out, '"');
}

static int
compare_keys(const void *a, const void *b)
{
	const struct mig_json *const *left = a;
	const struct mig_json *const *right = b;
	return strcmp(mig_json_key(*left), mig_json_key(*right));
}

static bool
is_among(const char *key, const char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(key, *list) == 0)
			return true;
	return false;
}

/* Recursion, here and below, goes as deep as the parser lets documents nest. */
static int
append_object(const struct mig_json *node, const char *const *skip, struct mig_buf *out)
{
	size_t count = mig_json_count(node);
	const struct mig_json **members = calloc(count + 1, sizeof(*members));
	if (members == NULL)
		return MIG_ENOMEM;
	size_t used = 0;
	const struct mig_json *member = mig_json_first(node);
	for (; member != NULL; member = mig_json_next(member))
		if (!is_among(mig_json_key(member), skip))
			members[used++] = member;
	qsort(members, used, sizeof(*members), compare_keys);

	int error = MIG_OK;
	mig_buf_putc(out, '{');
	for (size_t i = 0; i < used && error == MIG_OK; i++) {
		mig_buf_puts(out, i == 0 ? "" : ", ");
		append_string(out, mig_json_key(members[i]));
		mig_buf_puts(out, ": ");
		error = mig_docid_text(members[i], NULL, out);
	}
	mig_buf_putc(out, '}');
	free(members);
	return error;
}

static int
append_array(const struct mig_json *node, struct mig_buf *out)
{
	int error = MIG_OK;
	mig_buf_putc(out, '[');
	const struct mig_json *item = mig_json_first(node);
	for (bool first = true; item != NULL && error == MIG_OK; first = false) {
		mig_buf_puts(out, first ? "" : ", ");
		error = mig_docid_text(item, NULL, out);
		item = mig_json_next(item);
	}
	mig_buf_putc(out, ']');
	return error;
}

int
mig_docid_text(const struct mig_json *node, const char *const *skip, struct mig_buf *out)
{
	switch (mig_json_type(node)) {
	case MIG_JSON_NULL:
		mig_buf_puts(out, "null");
		break;
	case MIG_JSON_BOOL:
		mig_buf_puts(out, mig_json_bool(node) ? "true" : "false");
		break;
	case MIG_JSON_NUMBER:
		append_number(out, node);
		break;
	case MIG_JSON_STRING:
		append_string(out, mig_json_string(node));
		break;
	case MIG_JSON_ARRAY:
		return append_array(node, out);
	case MIG_JSON_OBJECT:
		return append_object(node, skip, out);
	}
	return MIG_OK;
}

int
mig_docid(const struct mig_json *node, const char *const *skip, size_t digits, struct mig_buf *out)
{
	MIG_ASSERT(digits <= (size_t)MIG_MD5_BYTES * 2);
	struct mig_buf text;
	/* Escapes make at most six bytes of one. */
	mig_buf_init(&text, (size_t)MIG_DOC_BYTES_MAX * 6);
	int error = mig_docid_text(node, skip, &text);
	if (error == MIG_OK && !mig_buf_ok(&text))
		error = MIG_ENOMEM;
	if (error == MIG_OK) {
		uint8_t digest[MIG_MD5_BYTES];
		mig_md5(text.data, text.len, digest);
		size_t end = out->len + digits;
		mig_hex(digest, sizeof(digest), out);
		mig_buf_truncate(out, end);
	}
	mig_buf_fini(&text);
	return error;
}

int
mig_docid_spec(const struct mig_json *spec, size_t digits, struct mig_buf *out)
{
	struct mig_json_doc *ramped = NULL;
	int error = mig_ramp_expand(spec, &ramped);

	if (error == MIG_OK)
		error = mig_docid(ramped == NULL ? spec : mig_json_root(ramped), NULL, digits, out);
	mig_json_free(ramped);
	return error;
}

int
mig_docid_plan(const struct mig_json *plan, size_t digits, struct mig_buf *out)
{
	static const char *const times[] = { "created_at", "timeline", NULL };

	return mig_docid(plan, times, digits, out);
}
