/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/buf.h"
#include "wire/percent.h"

void
mig_percent_encode(const char *text, struct mig_buf *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";

	for (;;) {
		size_t run = strspn(text, plain);
		mig_buf_add(out, text, run);
		text += run;
		if (*text == '\0')
			break;
		unsigned char c = (unsigned char)*text++;
		char escape[3] = { '%', digits[c >> 4], digits[c & 0xf] };
		mig_buf_add(out, escape, sizeof(escape));
	}
}
