/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/render_page.h"

#define WIDTH 80
#define SECTION_RULE 40
#define INDENT 2

/* Characters that have a meaning in Markdown wherever they stand, or where a block begins. */
#define MARKDOWN_SPECIAL "\\`*<>|[]~&$"
#define MARKDOWN_BLOCK "#+-="
#define FENCE_MIN 3

static void
repeat(struct mig_buf *out, char c, int count)
{
	while (count-- > 0)
		mig_buf_putc(out, c);
}

/* Columns of the first len bytes: one per character, which is right for most scripts. */
static int
columns(const char *text, size_t len)
{
	int count = 0;
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			count++;
	return count;
}

/*
 * Append words, broken into lines of at most width columns; the cursor is at column `at`, further
 * lines begin at column `indent`.  Control characters count as spaces.  Ends with a newline.
 */
static void
wrap_to(struct mig_buf *out, const char *text, int at, int indent, int width)
{
	bool first = true;
	while (*text != '\0') {
		size_t len = 0;
		size_t gap = mig_page_control(text);
		if (gap > 0) {
			text += gap;
			continue;
		}
		while (text[len] != '\0' && mig_page_control(text + len) == 0)
			len++;
		int wide = columns(text, len);
		if (!first && at + 1 + wide > width) {
			mig_buf_putc(out, '\n');
			repeat(out, ' ', indent);
			at = indent;
		} else if (!first) {
			mig_buf_putc(out, ' ');
			at++;
		}
		mig_buf_add(out, text, len);
		at += wide;
		first = false;
		text += len;
	}
	mig_buf_putc(out, '\n');
}

static void
wrap(struct mig_buf *out, const char *text, int at, int indent)
{
	wrap_to(out, text, at, indent, WIDTH);
}

static void
text_title(struct mig_page *page, const char *text)
{
	repeat(page->out, '=', WIDTH);
	mig_buf_putc(page->out, '\n');
	wrap(page->out, text, 0, 0);
	repeat(page->out, '=', WIDTH);
	mig_buf_puts(page->out, "\n\n");
}

static void
text_section(struct mig_page *page, const char *text)
{
	mig_buf_printf(page->out, "%s\n", text);
	repeat(page->out, '-', SECTION_RULE);
	mig_buf_puts(page->out, "\n\n");
}

static void
text_part(struct mig_page *page, const char *text)
{
	wrap(page->out, text, 0, INDENT);
}

static void
text_field_at(struct mig_page *page, int indent, const char *name, const char *value)
{
	int at = indent + columns(name, strlen(name)) + 2;
	repeat(page->out, ' ', indent);
	mig_buf_printf(page->out, "%s: ", name);
	wrap(page->out, value, at, indent + INDENT);
}

static void
text_field(struct mig_page *page, const char *name, const char *value)
{
	text_field_at(page, INDENT, name, value);
}

static void
text_paragraph(struct mig_page *page, const char *text)
{
	repeat(page->out, ' ', INDENT);
	wrap(page->out, text, INDENT, INDENT);
}

static void
text_label(struct mig_page *page, const char *text)
{
	repeat(page->out, ' ', INDENT);
	wrap_to(page->out, text, INDENT, INDENT * 2, WIDTH - 1);
	mig_buf_truncate(page->out, page->out->len - 1);
	mig_buf_puts(page->out, ":\n");
	page->number = 0;
}

static void
text_item(struct mig_page *page, enum mig_page_mark mark, const char *text)
{
	size_t start = page->out->len;
	repeat(page->out, ' ', INDENT * 2);
	switch (mark) {
	case MIG_PAGE_BULLET:
		mig_buf_puts(page->out, "- ");
		break;
	case MIG_PAGE_BOX:
		mig_buf_puts(page->out, "[ ] ");
		break;
	case MIG_PAGE_NUMBER:
		mig_buf_printf(page->out, "%d. ", ++page->number);
		break;
	}
	int at = (int)(page->out->len - start);
	wrap(page->out, text, at, at);
}

/* Code keeps its lines; what would disturb a terminal or a reader is replaced. */
static void
code_lines(struct mig_buf *out, const char *text, int indent)
{
	bool fresh = true; /* nothing of the line is written yet */
	for (size_t len = 1; *text != '\0'; text += len) {
		size_t control = mig_page_control(text);
		bool kept = control == 0 || *text == '\n' || *text == '\t';
		len = control > 0 ? control : 1;
		if (text[0] == '\r' && text[1] == '\n')
			continue;
		if (fresh && *text != '\n')
			repeat(out, ' ', indent);
		fresh = *text == '\n';
		mig_buf_putc(out, kept ? *text : ' ');
	}
	if (!fresh)
		mig_buf_putc(out, '\n');
}

static void
text_code(struct mig_page *page, const char *language, const char *text)
{
	(void)language; /* a terminal does not colour it */
	code_lines(page->out, text, INDENT * 3);
}

static void
text_table(struct mig_page *page, const char *const *headers)
{
	page->headers = headers;
}

/* Rows of a table are lists of fields: they fit however long the cells are. */
static void
text_row(struct mig_page *page, const char *const *cells)
{
	text_item(page, MIG_PAGE_BULLET, cells[0]);
	for (size_t i = 1; page->headers[i] != NULL; i++)
		if (*cells[i] != '\0')
			text_field_at(page, INDENT * 3, page->headers[i], cells[i]);
}

static void
text_end(struct mig_page *page)
{
	mig_buf_putc(page->out, '\n');
	page->headers = NULL;
}

/* Whether a block begins here that is no paragraph: a heading, a list, a rule. */
static bool
is_block(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return strchr(MARKDOWN_BLOCK, *text) != NULL ||
	    (digits > 0 && (text[digits] == '.' || text[digits] == ')'));
}

/* Text in which nothing is taken for Markdown; line breaks become spaces. */
static void
markdown_text(struct mig_buf *out, const char *text)
{
	char before = ' ';
	for (size_t len = 1; *text != '\0'; before = text[len - 1], text += len) {
		size_t control = mig_page_control(text);
		/* Inside a word an underscore is harmless, and names are full of them. */
		bool inner = *text == '_' && mig_page_is_word(before) && mig_page_is_word(text[1]);
		len = control > 0 ? control : 1;
		if (control == 0 && (strchr(MARKDOWN_SPECIAL, *text) != NULL ||
		    (*text == '_' && !inner)))
			mig_buf_putc(out, '\\');
		mig_buf_putc(out, control > 0 ? ' ' : *text);
	}
}

/* The same where a line begins. */
static void
markdown_line(struct mig_buf *out, const char *text)
{
	while (mig_page_control(text) > 0)
		text += mig_page_control(text);
	if (*text != '\0' && is_block(text)) {
		size_t digits = strspn(text, "0123456789");
		mig_buf_add(out, text, digits);
		text += digits;
		mig_buf_printf(out, "\\%c", *text++);
	}
	markdown_text(out, text);
}

/* One empty line before what comes next. */
static void
markdown_gap(struct mig_buf *out)
{
	size_t len = out->len;
	if (len > 0 && out->data[len - 1] != '\n')
		mig_buf_putc(out, '\n');
	if (len > 1 && out->data[len - 2] != '\n')
		mig_buf_putc(out, '\n');
}

static void
markdown_heading(struct mig_page *page, const char *marks, const char *text)
{
	markdown_gap(page->out);
	mig_buf_puts(page->out, marks);
	markdown_text(page->out, text);
	mig_buf_puts(page->out, "\n\n");
}

static void
markdown_title(struct mig_page *page, const char *text)
{
	markdown_heading(page, "# ", text);
}

static void
markdown_section(struct mig_page *page, const char *text)
{
	markdown_heading(page, "## ", text);
}

static void
markdown_part(struct mig_page *page, const char *text)
{
	markdown_heading(page, "### ", text);
}

static void
markdown_field(struct mig_page *page, const char *name, const char *value)
{
	mig_buf_printf(page->out, "- **%s:** ", name);
	markdown_text(page->out, value);
	mig_buf_putc(page->out, '\n');
}

static void
markdown_paragraph(struct mig_page *page, const char *text)
{
	markdown_line(page->out, text);
	mig_buf_puts(page->out, "\n\n");
}

static void
markdown_label(struct mig_page *page, const char *text)
{
	markdown_gap(page->out);
	mig_buf_puts(page->out, "**");
	markdown_text(page->out, text);
	mig_buf_puts(page->out, "**\n\n");
	page->number = 0;
}

static void
markdown_item(struct mig_page *page, enum mig_page_mark mark, const char *text)
{
	switch (mark) {
	case MIG_PAGE_BULLET:
		mig_buf_puts(page->out, "- ");
		break;
	case MIG_PAGE_BOX:
		mig_buf_puts(page->out, "- [ ] ");
		break;
	case MIG_PAGE_NUMBER:
		mig_buf_printf(page->out, "%d. ", ++page->number);
		break;
	}
	markdown_line(page->out, text);
	mig_buf_putc(page->out, '\n');
}

/* The fence is longer than any run of backticks in the code, so that none of them closes it. */
static void
markdown_code(struct mig_page *page, const char *language, const char *text)
{
	int fence = FENCE_MIN;
	for (const char *at = text; *at != '\0'; at++) {
		int run = (int)strspn(at, "`");
		fence = run >= fence ? run + 1 : fence;
		at += run > 0 ? run - 1 : 0;
	}
	markdown_gap(page->out);
	repeat(page->out, '`', fence);
	mig_buf_printf(page->out, "%s\n", language);
	code_lines(page->out, text, 0);
	repeat(page->out, '`', fence);
	mig_buf_puts(page->out, "\n\n");
}

static void
markdown_cells(struct mig_page *page, const char *const *cells, size_t count)
{
	mig_buf_putc(page->out, '|');
	for (size_t i = 0; i < count; i++) {
		mig_buf_putc(page->out, ' ');
		markdown_text(page->out, cells[i]);
		mig_buf_puts(page->out, " |");
	}
	mig_buf_putc(page->out, '\n');
}

static size_t
column_count(const char *const *headers)
{
	size_t count = 0;
	while (headers[count] != NULL)
		count++;
	MIG_ASSERT(count <= MIG_PAGE_COLUMNS_MAX);
	return count;
}

static void
markdown_table(struct mig_page *page, const char *const *headers)
{
	static const char *const rules[MIG_PAGE_COLUMNS_MAX] = { "---", "---", "---", "---", "---",
		"---" };
	page->headers = headers;
	markdown_cells(page, headers, column_count(headers));
	markdown_cells(page, rules, column_count(headers));
}

static void
markdown_end(struct mig_page *page)
{
	markdown_gap(page->out);
	page->headers = NULL;
}

static void
markdown_row(struct mig_page *page, const char *const *cells)
{
	markdown_cells(page, cells, column_count(page->headers));
}

static const struct mig_page_ops page_ops[] = {
	[MIG_RENDER_TEXT] = {
		.title = text_title,
		.section = text_section,
		.part = text_part,
		.field = text_field,
		.paragraph = text_paragraph,
		.label = text_label,
		.item = text_item,
		.code = text_code,
		.table = text_table,
		.row = text_row,
		.end = text_end,
	},
	[MIG_RENDER_MARKDOWN] = {
		.title = markdown_title,
		.section = markdown_section,
		.part = markdown_part,
		.field = markdown_field,
		.paragraph = markdown_paragraph,
		.label = markdown_label,
		.item = markdown_item,
		.code = markdown_code,
		.table = markdown_table,
		.row = markdown_row,
		.end = markdown_end,
	},
};

size_t
mig_page_control(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	if (bytes[0] <= 0x20)
		return bytes[0] != 0 ? 1 : 0;
	if (bytes[0] == 0x7f)
		return 1;
	/* U+0080 to U+009F, which some terminals obey. */
	if (bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] < 0xa0)
		return 2;
	/* U+2028 to U+202E and U+2066 to U+2069: line ends and what makes code read backwards. */
	if (bytes[0] == 0xe2 && ((bytes[1] == 0x80 && bytes[2] >= 0xa8 && bytes[2] <= 0xae) ||
	    (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9)))
		return 3;
	return 0;
}

bool
mig_page_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (unsigned char)c >= 0x80;
}

const char *
mig_page_element(const struct mig_json *node)
{
	const char *text = mig_json_string(node);
	return text == NULL ? "" : text;
}

const char *
mig_page_string(const struct mig_json *node, const char *key)
{
	return mig_page_element(mig_json_get(node, key));
}

double
mig_page_number(const struct mig_json *node, const char *key)
{
	return mig_json_number(mig_json_get(node, key));
}

const char *
mig_page_stamp(mig_wall at, char text[MIG_TIME_TEXT])
{
	(void)mig_time_format(at, text);
	text[strlen("2026-12-01")] = ' ';
	text[strlen("2026-12-01 22:00")] = '\0';
	return text;
}

void
mig_page_init(struct mig_page *page, enum mig_render_form form, struct mig_buf *out)
{
	memset(page, 0, sizeof(*page));
	page->ops = &page_ops[form];
	page->form = form;
	page->out = out;
	mig_buf_init(&page->scratch, MIG_DOC_BYTES_MAX);
}

int
mig_page_fini(struct mig_page *page)
{
	bool complete = mig_buf_ok(page->out) && mig_buf_ok(&page->scratch);
	mig_buf_fini(&page->scratch);
	return complete ? MIG_OK : MIG_ELIMIT;
}

/* A failure of the scratch space is a failure of the page, and must outlast the reset. */
static void
scratch_reset(struct mig_page *page)
{
	if (!mig_buf_ok(&page->scratch))
		page->out->failed = true;
	mig_buf_reset(&page->scratch);
}

const char *
mig_page_printf(struct mig_page *page, const char *fmt, ...)
{
	scratch_reset(page);
	va_list args;
	va_start(args, fmt);
	mig_buf_vprintf(&page->scratch, fmt, args);
	va_end(args);
	return page->scratch.data;
}

const char *
mig_page_capitals(struct mig_page *page, const char *fmt, ...)
{
	scratch_reset(page);
	va_list args;
	va_start(args, fmt);
	mig_buf_vprintf(&page->scratch, fmt, args);
	va_end(args);
	for (char *c = page->scratch.data; page->scratch.len > 0 && *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return page->scratch.data;
}

void
mig_page_list(struct mig_page *page, const char *label, enum mig_page_mark mark,
    const struct mig_json *list)
{
	const struct mig_json *node = mig_json_first(list);
	if (node == NULL)
		return;
	if (label != NULL)
		page->ops->label(page, label);
	else
		page->number = 0;
	for (size_t i = 0; node != NULL && i < MIG_PAGE_LIST_MAX; i++, node = mig_json_next(node))
		page->ops->item(page, mark, mig_page_element(node));
	if (node != NULL)
		mig_page_more(page, mig_json_count(list));
}

void
mig_page_more(struct mig_page *page, size_t count)
{
	if (count > MIG_PAGE_LIST_MAX)
		page->ops->item(page, MIG_PAGE_BULLET,
		    mig_page_printf(page, MIG_PAGE_MORE, count - MIG_PAGE_LIST_MAX));
}

const char *
mig_page_join(struct mig_page *page, const struct mig_json *list)
{
	scratch_reset(page);
	const struct mig_json *node = mig_json_first(list);
	const char *lead = "";
	if (node == NULL)
		mig_buf_puts(&page->scratch, "none");
	for (size_t i = 0; node != NULL && i < MIG_PAGE_LIST_MAX; i++, lead = ", ") {
		mig_buf_printf(&page->scratch, "%s%s", lead, mig_page_element(node));
		node = mig_json_next(node);
	}
	if (node != NULL)
		mig_buf_printf(&page->scratch, " " MIG_PAGE_MORE,
		    mig_json_count(list) - MIG_PAGE_LIST_MAX);
	return page->scratch.data;
}
