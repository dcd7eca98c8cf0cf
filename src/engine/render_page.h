/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a document for people is made of, and the two ways to write it.  Private to
 * render.c and its neighbours.
 */
#ifndef MIG_ENGINE_RENDER_PAGE_H
#define MIG_ENGINE_RENDER_PAGE_H

#include "base/buf.h"
#include "engine/render.h"

struct mig_json;

/* Most columns of a table. */
#define MIG_PAGE_COLUMNS_MAX 6

/* Marks of a list's items. */
enum mig_page_mark { MIG_PAGE_BULLET, MIG_PAGE_BOX, MIG_PAGE_NUMBER };

struct mig_page;

/* A writer: one function per building block. */
struct mig_page_ops {
	void (*title)(struct mig_page *page, const char *text);
	void (*section)(struct mig_page *page, const char *text);
	void (*part)(struct mig_page *page, const char *text);
	void (*field)(struct mig_page *page, const char *name, const char *value);
	void (*paragraph)(struct mig_page *page, const char *text);
	void (*label)(struct mig_page *page, const char *text);
	void (*item)(struct mig_page *page, enum mig_page_mark mark, const char *text);
	void (*script)(struct mig_page *page, const char *text);
	void (*table)(struct mig_page *page, const char *const *headers);
	void (*row)(struct mig_page *page, const char *const *cells);
	void (*end)(struct mig_page *page); /* of a list, of fields or of a table */
};

struct mig_page {
	const struct mig_page_ops *ops;
	struct mig_buf *out;
	struct mig_buf scratch;     /* for texts that are put together */
	const char *const *headers; /* of the table being written, ended by NULL */
	int number;                 /* of the last numbered item */
};

/*
 * Start a page of the form; out is borrowed.
 */
void mig_page_init(struct mig_page *page, enum mig_render_form form, struct mig_buf *out);

/*
 * End a page: 0, or MIG_ELIMIT when something did not fit.
 */
int mig_page_fini(struct mig_page *page) MIG_MUSTCHECK;

/*
 * A formatted text, valid until the next call.
 */
const char *mig_page_printf(struct mig_page *page, const char *fmt, ...) MIG_PRINTF(2, 3);

/*
 * A formatted text in capitals (ASCII letters only), valid until the next call of this or
 * mig_page_printf().
 */
const char *mig_page_capitals(struct mig_page *page, const char *fmt, ...) MIG_PRINTF(2, 3);

/*
 * A JSON list of strings under a label; nothing when the list is empty.
 */
void mig_page_list(struct mig_page *page, const char *label, enum mig_page_mark mark,
    const struct mig_json *list);

/*
 * The elements of a JSON list of strings in one line; "none" when it is empty.  Valid
 * until the next call as above.
 */
const char *mig_page_join(struct mig_page *page, const struct mig_json *list);

#endif
