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

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			mig_buf_putc(out, *text);
		else
			mig_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
	}
}
