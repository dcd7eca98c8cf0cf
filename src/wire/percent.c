/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "wire/percent.h"

static bool
is_plain(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '.' || c == '_' || c == '~';
}

void
mig_percent_encode(const char *text, struct mig_buf *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (;;) {
		size_t run = 0;
		while (is_plain(text[run]))
			run++;
		mig_buf_add(out, text, run);
		text += run;
		if (*text == '\0')
			break;
		unsigned char c = (unsigned char)*text++;
		char escape[3] = { '%', digits[c >> 4], digits[c & 0xf] };
		mig_buf_add(out, escape, sizeof(escape));
	}
}
