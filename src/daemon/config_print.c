/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/num.h"
#include "daemon/config.h"
#include "daemon/config_int.h"

static void
print_string(struct mig_buf *out, const char *text)
{
	mig_buf_putc(out, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\n')
			mig_buf_puts(out, "\\n");
		else if ((unsigned char)*c < 0x20)
			mig_buf_printf(out, "\\x%02x", (unsigned)(unsigned char)*c);
		else if (*c == '"' || *c == '\\')
			mig_buf_printf(out, "\\%c", *c);
		else
			mig_buf_putc(out, *c);
	}
	mig_buf_putc(out, '"');
}

static void
indent(struct mig_buf *out, int depth)
{
	for (int i = 0; i < depth; i++)
		mig_buf_puts(out, "  ");
}

/* A JSON value the way libconfig writes it.  Recursion follows the document, which is limited. */
static void
print_node(struct mig_buf *out, const struct mig_json *node, int depth)
{
	const struct mig_json *it = mig_json_first(node);
	switch (mig_json_type(node)) {
	case MIG_JSON_STRING:
		print_string(out, mig_json_string(node));
		break;
	case MIG_JSON_NUMBER:
		mig_num_format(mig_json_number(node), out);
		break;
	case MIG_JSON_NULL:
	case MIG_JSON_BOOL:
		mig_buf_puts(out, mig_json_bool(node) ? "true" : "false");
		break;
	case MIG_JSON_ARRAY:
		mig_buf_puts(out, "( ");
		for (; it != NULL; it = mig_json_next(it)) {
			print_node(out, it, depth);
			mig_buf_puts(out, mig_json_next(it) != NULL ? ", " : " ");
		}
		mig_buf_puts(out, ")");
		break;
	case MIG_JSON_OBJECT:
		mig_buf_puts(out, "{\n");
		for (; it != NULL; it = mig_json_next(it)) {
			indent(out, depth + 1);
			mig_buf_printf(out, "%s = ", mig_json_key(it));
			print_node(out, it, depth + 1);
			mig_buf_puts(out, ";\n");
		}
		indent(out, depth);
		mig_buf_puts(out, "}");
		break;
	}
}

/* A stored JSON text, or one of its members, as a setting. */
static void
print_json(struct mig_buf *out, const char *key, const char *json, const char *member)
{
	struct mig_json_doc *doc = NULL;
	struct mig_findings findings = { 0 };
	if (json != NULL && mig_json_parse(json, strlen(json), NULL, &doc, &findings) == 0) {
		const struct mig_json *root = mig_json_root(doc);
		if (key != NULL)
			mig_buf_printf(out, "%s = ", key);
		print_node(
		    out, member != NULL ? mig_json_get(root, member) : root, key != NULL ? 0 : 1);
		if (key != NULL)
			mig_buf_puts(out, ";\n");
	}
	mig_json_free(doc);
	mig_findings_fini(&findings);
}

/* One value that the table knows the place of. */
static void
print_row(struct mig_buf *out, const struct config_key *row, const void *source)
{
	const char *member = (const char *)source + row->offset;
	mig_buf_printf(out, "  %s = ", row->key);
	if (row->type == CONFIG_DURATION) {
		int64_t ms = 0;
		memcpy(&ms, member, sizeof(ms));
		mig_buf_printf(out, "\"%lldms\"", (long long)ms);
	} else {
		const char *text = NULL;
		memcpy(&text, member, sizeof(text));
		print_string(out, text != NULL ? text : "");
	}
	mig_buf_puts(out, ";\n");
}

static void
print_headers(struct mig_buf *out, size_t count, const char *const *headers)
{
	mig_buf_puts(out, "  headers = ( ");
	for (size_t i = 0; i < count; i++) {
		print_string(out, headers[i]);
		mig_buf_puts(out, i + 1 < count ? ", " : " ");
	}
	mig_buf_puts(out, ");\n");
}

static void
print_rows(struct mig_buf *out, const char *group, const void *source)
{
	for (const struct config_key *row = config_keys; row->key != NULL; row++) {
		if (strcmp(row->group, group) == 0 && row->offset != CONFIG_ELSEWHERE)
			print_row(out, row, source);
	}
}

static void
print_notify(struct mig_buf *out, const struct config *config)
{
	mig_buf_puts(out, "notify = (");
	for (size_t i = 0; i < config->notify_count; i++) {
		const struct config_notify *row = &config->notify[i];
		mig_buf_puts(out, i > 0 ? ", {\n" : " {\n");
		print_rows(out, "notify", row);
		print_headers(out, row->header_count, row->headers);
		mig_buf_puts(out, "  audiences = [ ");
		for (size_t k = 0; k < row->audience_count; k++)
			mig_buf_printf(out, "\"%s\"%s", row->audiences[k],
			    k + 1 < row->audience_count ? ", " : " ");
		mig_buf_puts(out, "];\n}");
	}
	mig_buf_puts(out, " );\n");
}

void
config_print(const struct config *config)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&out, "state = {\n");
	print_rows(&out, "state", config);
	mig_buf_puts(&out, "};\ncontrol = {\n");
	print_rows(&out, "control", config);
	mig_buf_puts(&out, "};\nprometheus = {\n");
	print_rows(&out, "prometheus", config);
	print_headers(&out, config->header_count, config->headers);
	mig_buf_puts(&out, "};\n");
	print_json(&out, "defaults", config->defaults_json, NULL);
	print_json(&out, "flags", config->flags_json, NULL);
	print_notify(&out, config);
	mig_buf_puts(&out, "migrations = (");
	for (size_t i = 0; i < config->migration_count; i++) {
		mig_buf_puts(&out, i > 0 ? ",\n  " : "\n  ");
		print_json(&out, NULL, config->migrations[i].source, "binding");
	}
	mig_buf_puts(&out, " );\n");
	if (mig_buf_ok(&out))
		(void)fputs(out.data, stdout); /* a full disk shows when stdout is closed */
	mig_buf_fini(&out);
}
