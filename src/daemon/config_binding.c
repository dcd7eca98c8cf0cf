/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "daemon/config.h"
#include "daemon/config_int.h"
#include "daemon/config_source.h"

#define WRAPPER "binding = "

/* Whether the text is a JSON object: a brace, then a quotation mark or the closing brace. */
static bool
looks_like_json(const char *text)
{
	static const char space[] = " \t\r\n";
	text += strspn(text, space);
	if (*text != '{')
		return false;
	text++;
	text += strspn(text, space);
	return *text == '"' || *text == '}';
}

static int
from_json(const char *text, const char *file, struct mig_buf *out, struct mig_findings *findings)
{
	struct mig_json_doc *doc = NULL;
	int error = mig_json_parse(text, strlen(text), file, &doc, findings);
	if (error == 0)
		mig_buf_puts(out, text);
	mig_json_free(doc);
	return error;
}

/* The first character that is neither blank nor in a comment. */
static char
first_character(const char *text)
{
	for (;;) {
		text += strspn(text, " \t\r\n");
		const char *end = NULL;
		if (text[0] == '#' || (text[0] == '/' && text[1] == '/'))
			end = strchr(text, '\n');
		else if (text[0] == '/' && text[1] == '*' && (end = strstr(text + 2, "*/")) != NULL)
			end += 2;
		else
			return *text;
		if (end == NULL)
			return '\0';
		text = end;
	}
}

static int
from_libconfig(
    const char *text, const char *file, struct mig_buf *out, struct mig_findings *findings)
{
	struct mig_buf whole;
	struct mig_arena *arena = mig_arena_new(MIG_DOC_BYTES_MAX);
	if (arena == NULL)
		return MIG_ENOMEM;
	bool braces = first_character(text) == '{';
	struct config_tree tree = {
		.arena = arena, .path = file != NULL ? file : "binding", .folder = "."
	};
	mig_buf_init(&whole, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&whole, braces ? WRAPPER : "");
	mig_buf_puts(&whole, text);
	int error = mig_buf_ok(&whole) ? 0 : MIG_ELIMIT;
	if (error == 0)
		error = config_tree_parse(whole.data, whole.len, &tree, findings);
	if (error == 0) {
		const struct mig_json *root = mig_json_root(tree.doc);
		mig_json_canonical(braces ? mig_json_get(root, "binding") : root, out);
	}
	config_tree_fini(&tree);
	mig_buf_fini(&whole);
	mig_arena_free(arena);
	return error;
}

int
config_binding_json(
    const char *text, const char *file, char **ret_json, struct mig_findings *findings)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	int error = looks_like_json(text) ? from_json(text, file, &out, findings) :
	                                    from_libconfig(text, file, &out, findings);
	char *json = error == 0 ? mig_buf_steal(&out) : NULL;
	if (error == 0 && json == NULL)
		error = MIG_ENOMEM;
	if (error == 0)
		*ret_json = json;
	mig_buf_fini(&out);
	return error;
}
