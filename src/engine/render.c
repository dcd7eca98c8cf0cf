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

/* Characters that have a meaning in Markdown wherever they stand. */
#define MARKDOWN_SPECIAL "\\`*<>|[]"

static void
repeat(struct mig_buf *out, char c, int count)
{
	while (count-- > 0)
		mig_buf_putc(out, c);
}

static bool
is_space(char c)
{
	return (unsigned char)c <= 0x20 || (unsigned char)c == 0x7f;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (unsigned char)c >= 0x80;
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
 * Append words, broken into lines of at most WIDTH columns; the cursor is at column `at`, further
 * lines begin at column `indent`.  Control characters count as spaces.  Ends with a newline.
 */
static void
wrap(struct mig_buf *out, const char *text, int at, int indent)
{
	bool first = true;
	while (*text != '\0') {
		size_t len = 0;
		if (is_space(*text)) {
			text++;
			continue;
		}
		while (text[len] != '\0' && !is_space(text[len]))
			len++;
		int wide = columns(text, len);
		if (!first && at + 1 + wide > WIDTH) {
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
	mig_buf_printf(page->out, "%s:\n", text);
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

/* Scripts keep their lines; what would disturb a terminal is replaced. */
static void
text_script(struct mig_page *page, const char *text)
{
	repeat(page->out, ' ', INDENT * 3);
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			mig_buf_putc(page->out, '\n');
			repeat(page->out, ' ', text[1] == '\0' ? 0 : INDENT * 3);
		} else {
			mig_buf_putc(page->out, is_space(*text) && *text != '\t' ? ' ' : *text);
		}
	}
	mig_buf_putc(page->out, '\n');
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
		text_field_at(page, INDENT * 3, page->headers[i], cells[i]);
}

static void
text_end(struct mig_page *page)
{
	mig_buf_putc(page->out, '\n');
	page->headers = NULL;
}

/* Text in which nothing is taken for Markdown; line breaks become spaces. */
static void
markdown_text(struct mig_buf *out, const char *text)
{
	char before = ' ';
	for (; *text != '\0'; before = *text++) {
		/* Inside a word an underscore is harmless, and names are full of them. */
		bool inner = *text == '_' && is_word(before) && is_word(text[1]);
		if (is_space(*text)) {
			mig_buf_putc(out, ' ');
			continue;
		}
		if (strchr(MARKDOWN_SPECIAL, *text) != NULL || (*text == '_' && !inner))
			mig_buf_putc(out, '\\');
		mig_buf_putc(out, *text);
	}
}

static void
markdown_heading(struct mig_page *page, const char *marks, const char *text)
{
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
	markdown_text(page->out, text);
	mig_buf_puts(page->out, "\n\n");
}

static void
markdown_label(struct mig_page *page, const char *text)
{
	mig_buf_printf(page->out, "\n**%s**\n\n", text);
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
	markdown_text(page->out, text);
	mig_buf_putc(page->out, '\n');
}

/* Indented code needs no fence that a script could close. */
static void
markdown_script(struct mig_page *page, const char *text)
{
	mig_buf_puts(page->out, "\n    ");
	for (; *text != '\0'; text++) {
		mig_buf_putc(page->out, is_space(*text) && *text != '\n' ? ' ' : *text);
		if (*text == '\n' && text[1] != '\0')
			mig_buf_puts(page->out, "    ");
	}
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
		.script = text_script,
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
		.script = markdown_script,
		.table = markdown_table,
		.row = markdown_row,
		.end = text_end,
	},
};

void
mig_page_init(struct mig_page *page, enum mig_render_form form, struct mig_buf *out)
{
	memset(page, 0, sizeof(*page));
	page->ops = &page_ops[form];
	page->out = out;
	mig_buf_init(&page->scratch, MIG_DOC_BYTES_MAX);
}

/*
 * Controls of Latin-1, which terminals obey no less than those of ASCII, become no-break spaces: of
 * the same size and width, so this can be done at the end for all that was written.
 */
static void
blank_controls(struct mig_buf *out)
{
	for (size_t i = 0; i + 1 < out->len; i++) {
		unsigned char second = (unsigned char)out->data[i + 1];
		if ((unsigned char)out->data[i] == 0xc2 && second >= 0x80 && second < 0xa0)
			out->data[i + 1] = (char)0xa0;
	}
}

int
mig_page_fini(struct mig_page *page)
{
	blank_controls(page->out);
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
	for (; node != NULL; node = mig_json_next(node))
		page->ops->item(page, mark, mig_json_string(node));
}

const char *
mig_page_join(struct mig_page *page, const struct mig_json *list)
{
	scratch_reset(page);
	const struct mig_json *node = mig_json_first(list);
	if (node == NULL)
		mig_buf_puts(&page->scratch, "none");
	for (const char *lead = ""; node != NULL; lead = ", ") {
		mig_buf_printf(&page->scratch, "%s%s", lead, mig_json_string(node));
		node = mig_json_next(node);
	}
	return page->scratch.data;
}
