/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a document for people is made of, and the two ways to write it.  Private to
 * render.c and its neighbours.
 */
#ifndef MIG_ENGINE_RENDER_PAGE_H
#define MIG_ENGINE_RENDER_PAGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/time.h"
#include "engine/render.h"

struct mig_json;

/* Most columns of a table. */
#define MIG_PAGE_COLUMNS_MAX 6

/* Of a longer list only the beginning is shown, with how many more there are. */
#define MIG_PAGE_LIST_MAX 20

/* Words for those that are not shown: a number of them. */
#define MIG_PAGE_MORE "\342\200\246 and %zu more (see the JSON)"

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
	void (*code)(struct mig_page *page, const char *language, const char *text);
	void (*table)(struct mig_page *page, const char *const *headers);
	void (*row)(struct mig_page *page, const char *const *cells);
	void (*end)(struct mig_page *page); /* of a list, of fields or of a table */
};

struct mig_page {
	const struct mig_page_ops *ops;
	enum mig_render_form form;
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
 * A JSON list of strings under a label (NULL: none), at most MIG_PAGE_LIST_MAX of them; nothing
 * when the list is empty.
 */
void mig_page_list(struct mig_page *page, const char *label, enum mig_page_mark mark,
    const struct mig_json *list);

/*
 * The elements of a JSON list of strings in one line, at most MIG_PAGE_LIST_MAX of them;
 * "none" when it is empty.  Valid until the next call as above.
 */
const char *mig_page_join(struct mig_page *page, const struct mig_json *list);

/*
 * The item of a list for the elements that are not shown; nothing when count is not above
 * MIG_PAGE_LIST_MAX.
 */
void mig_page_more(struct mig_page *page, size_t count);

/*
 * A string member; "" when it is not there.
 */
const char *mig_page_string(const struct mig_json *node, const char *key);

/*
 * An element of a list of strings; "" when it is none.
 */
const char *mig_page_element(const struct mig_json *node);

/*
 * A number member; 0 when it is not there.
 */
double mig_page_number(const struct mig_json *node, const char *key);

/*
 * A time in UTC to the minute, "2026-12-01 22:00"; returns text.
 */
const char *mig_page_stamp(mig_wall at, char text[MIG_TIME_TEXT]);

/*
 * The bytes of the control character or the mark that turns the direction of text which text
 * begins with, spaces included; 0 when it begins with something that can be shown.
 */
size_t mig_page_control(const char *text);

/*
 * Whether a byte is a letter, a digit or part of a character beyond ASCII.
 */
bool mig_page_is_word(char c);

/*
 * Append the timeline of a plan, or its phases by their hours when it has none, as a Mermaid
 * Gantt chart in a fence of its own.
 */
void mig_mermaid_gantt(const struct mig_json *plan, struct mig_buf *out);

/*
 * Append the phases of a plan with their dependencies and gates as a Mermaid flow chart in a
 * fence of its own.
 */
void mig_mermaid_phases(const struct mig_json *plan, struct mig_buf *out);

#endif
