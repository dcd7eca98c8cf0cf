/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* The smallest block worth asking the allocator for. */
#define BUF_CAP_MIN 64U

/* What an empty buffer points to.  Nothing writes through it: cap 0 guards every store. */
static const char buf_empty[1] = "";

/* Make room for extra more bytes and the NUL, or mark the buffer as failed. */
static bool
buf_reserve(struct mig_buf *buf, size_t extra)
{
	if (buf->failed)
		return false;
	if (buf->max == SIZE_MAX || extra > buf->max - buf->len) {
		buf->failed = true;
		return false;
	}
	size_t need = buf->len + extra + 1;
	if (need <= buf->cap)
		return true;

	size_t cap = buf->cap < BUF_CAP_MIN ? BUF_CAP_MIN : buf->cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap > buf->max + 1)
		cap = buf->max + 1;

	char *data = realloc(buf->cap > 0 ? buf->data : NULL, cap);
	if (data == NULL) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->cap = cap;
	buf->data[buf->len] = '\0';
	return true;
}

void
mig_buf_init(struct mig_buf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->data = (char *)(uintptr_t)buf_empty;
	/* One byte is kept for the NUL, so the largest size itself cannot be had. */
	buf->max = max == SIZE_MAX ? SIZE_MAX - 1 : max;
}

void
mig_buf_fini(struct mig_buf *buf)
{
	if (buf->cap > 0)
		free(buf->data);
	mig_buf_init(buf, buf->max);
}

void
mig_buf_reset(struct mig_buf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->cap > 0)
		buf->data[0] = '\0';
}

char *
mig_buf_extend(struct mig_buf *buf, size_t len)
{
	if (!buf_reserve(buf, len))
		return NULL;
	char *start = buf->data + buf->len;
	buf->len += len;
	start[len] = '\0';
	return start;
}

void
mig_buf_add(struct mig_buf *buf, const void *data, size_t len)
{
	char *start = len == 0 ? NULL : mig_buf_extend(buf, len);
	if (start != NULL)
		memcpy(start, data, len);
}

void
mig_buf_puts(struct mig_buf *buf, const char *text)
{
	if (text != NULL)
		mig_buf_add(buf, text, strlen(text));
}

void
mig_buf_putc(struct mig_buf *buf, char c)
{
	if (!buf_reserve(buf, 1))
		return;
	buf->data[buf->len++] = c;
	buf->data[buf->len] = '\0';
}

void
mig_buf_vprintf(struct mig_buf *buf, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	size_t room = buf->cap > buf->len ? buf->cap - buf->len : 0;
	int len = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, fmt, args);

	if (len < 0) {
		buf->failed = true;
	} else if (buf_reserve(buf, (size_t)len)) {
		/* The first try was complete when it fitted; otherwise there is room now. */
		if ((size_t)len >= room)
			(void)vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, again);
		buf->len += (size_t)len;
	}
	if (buf->cap > buf->len)
		buf->data[buf->len] = '\0';
	va_end(again);
}

void
mig_buf_printf(struct mig_buf *buf, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	mig_buf_vprintf(buf, fmt, args);
	va_end(args);
}

void
mig_buf_truncate(struct mig_buf *buf, size_t len)
{
	if (len >= buf->len)
		return;
	buf->len = len;
	buf->data[len] = '\0';
}

char *
mig_buf_steal(struct mig_buf *buf)
{
	/* Even an empty string must be one that the caller can free. */
	if (!buf_reserve(buf, 0)) {
		mig_buf_fini(buf);
		return NULL;
	}
	char *data = buf->data;
	mig_buf_init(buf, buf->max);
	return data;
}

bool
mig_buf_ok(const struct mig_buf *buf)
{
	return !buf->failed;
}
