/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "base/err.h"
#include "base/utf8.h"

/* What may follow a lead byte: how many bytes, and the range of the first of them. */
struct utf8_lead {
	unsigned char first;
	unsigned char last;
	unsigned char length;
	unsigned char second_min;
	unsigned char second_max;
};

static const struct utf8_lead utf8_leads[] = {
	{ 0x00, 0x7f, 1, 0x00, 0x00 },
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

#define UTF8_LEADS (sizeof(utf8_leads) / sizeof(utf8_leads[0]))

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0U) == 0x80U;
}

size_t
mig_utf8_sequence(const char *text, size_t len)
{
	if (len == 0)
		return 0;
	unsigned char lead = (unsigned char)text[0];
	if (lead < 0x80)
		return 1;
	const struct utf8_lead *row = utf8_leads;
	while (row < utf8_leads + UTF8_LEADS && lead > row->last)
		row++;
	if (row == utf8_leads + UTF8_LEADS || lead < row->first || row->length > len)
		return 0;
	if (row->length == 1)
		return 1;

	unsigned char second = (unsigned char)text[1];
	if (second < row->second_min || second > row->second_max)
		return 0;
	for (size_t i = 2; i < row->length; i++) {
		if (!is_continuation(text[i]))
			return 0;
	}
	return row->length;
}

size_t
mig_utf8_printable(const char *text, size_t len)
{
	size_t step = mig_utf8_sequence(text, len);
	if (step == 1 && ((unsigned char)text[0] < 0x20 || text[0] == 0x7f))
		return 0;
	if (step == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0)
		return 0;
	return step;
}

bool
mig_utf8_valid(const char *text, size_t len)
{
	for (size_t pos = 0; pos < len;) {
		size_t step = mig_utf8_sequence(text + pos, len - pos);
		if (step == 0)
			return false;
		pos += step;
	}
	return true;
}

size_t
mig_utf8_encode(uint32_t code, char ret_bytes[4])
{
	MIG_ASSERT(code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff));
	if (code < 0x80) {
		ret_bytes[0] = (char)code;
		return 1;
	}
	size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--) {
		ret_bytes[i] = (char)(0x80U | (code & 0x3fU));
		code >>= 6;
	}
	/* The lead byte has as many high bits set as the sequence has bytes. */
	static const unsigned char marks[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	ret_bytes[0] = (char)(marks[length] | code);
	return length;
}

size_t
mig_utf8_cut(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && is_continuation(text[max]))
		max--;
	return max;
}
