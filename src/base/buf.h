/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A byte buffer that grows up to a mandatory maximum.  Failure (memory, maximum) is sticky:
 * append as much as you like, then ask mig_buf_ok() once.  Always NUL-terminated.
 */
#ifndef MIG_BASE_BUF_H
#define MIG_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_buf {
	char *data; /* never NULL after init: at least "" */
	size_t len;
	size_t cap;
	size_t max;
	bool failed;
};

/*
 * An empty buffer that may hold at most max bytes.  Allocates nothing.
 */
void mig_buf_init(struct mig_buf *buf, size_t max);

/*
 * Free the content; the buffer is empty and usable again.
 */
void mig_buf_fini(struct mig_buf *buf);

/*
 * Forget the content and a failure, keep the memory.
 */
void mig_buf_reset(struct mig_buf *buf);

/*
 * Make the content len bytes longer and return where they begin, to be written at once; NULL on
 * failure, and the buffer is marked.
 */
char *mig_buf_extend(struct mig_buf *buf, size_t len) MIG_MUSTCHECK;

/*
 * Append bytes.  On failure nothing is appended and the buffer is marked.
 */
void mig_buf_add(struct mig_buf *buf, const void *data, size_t len);

/*
 * Append a string without its NUL; NULL appends nothing.
 */
void mig_buf_puts(struct mig_buf *buf, const char *text);

/*
 * Append one byte.
 */
void mig_buf_putc(struct mig_buf *buf, char c);

/*
 * Append formatted text.
 */
void mig_buf_printf(struct mig_buf *buf, const char *fmt, ...) MIG_PRINTF(2, 3);

/*
 * Append formatted text; as vprintf.
 */
void mig_buf_vprintf(struct mig_buf *buf, const char *fmt, va_list args) MIG_PRINTF(2, 0);

/*
 * Cut the content to len bytes (no-op when it is shorter).
 */
void mig_buf_truncate(struct mig_buf *buf, size_t len);

/*
 * The content as an allocated string owned by the caller (free()), the buffer is left empty;
 * NULL when the buffer has failed or there is no memory.
 */
char *mig_buf_steal(struct mig_buf *buf) MIG_MUSTCHECK;

/*
 * Whether all appends worked.
 */
bool mig_buf_ok(const struct mig_buf *buf);

#endif
