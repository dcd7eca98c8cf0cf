/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "sys/file.h"

#define ERROR_MAX 512
#define PATH_BYTES_MAX 8192
#define BANNER_WIDTH 80

/* In the order of enum output_format. */
static const char *const format_names[] = { "json", "text", "markdown", "both", NULL };
static const char *const format_suffixes[] = { ".json", ".txt", ".md", ".txt" };

static int
write_file(const char *path, struct mig_buf *content)
{
	char reason[ERROR_MAX];
	if (!mig_buf_ok(content)) {
		cli_error("%s", mig_error_text(MIG_ENOMEM));
		return CLI_INTERNAL;
	}
	if (file_write(path, content->data, content->len, reason, sizeof(reason)) != MIG_OK) {
		cli_error("%s", reason);
		return CLI_CANTWRITE;
	}
	if (strcmp(path, "-") != 0)
		cli_error("saved to %s", path);
	return CLI_OK;
}

static void
append_rule(struct mig_buf *out)
{
	for (int i = 0; i < BANNER_WIDTH; i++)
		mig_buf_putc(out, '=');
	mig_buf_putc(out, '\n');
}

/* All that is wanted, one after the other, in a single write. */
static int
write_stdout(struct output *output)
{
	struct mig_buf all;
	mig_buf_init(&all, (size_t)MIG_DOC_BYTES_MAX * 4);
	mig_buf_add(&all, output->json.data, output->json.len);
	if (output->format == OUTPUT_BOTH) {
		mig_buf_putc(&all, '\n');
		append_rule(&all);
		mig_buf_printf(&all, "%s\n", output->banner);
		append_rule(&all);
	}
	mig_buf_add(&all, output->page.data, output->page.len);
	int status = write_file("-", &all);
	mig_buf_fini(&all);
	return status;
}

static bool
ends_with(const char *text, const char *suffix)
{
	size_t len = strlen(text);
	size_t suffix_len = strlen(suffix);
	return len >= suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

bool
output_format_find(const char *name, enum output_format *ret_format)
{
	for (size_t i = 0; format_names[i] != NULL; i++) {
		if (strcmp(format_names[i], name) != 0)
			continue;
		*ret_format = (enum output_format)i;
		return true;
	}
	const char *nearest = mig_num_nearest(name, format_names);
	cli_error("unknown format \"%s\" (%s%s)", name,
	    nearest != NULL ? "did you mean " : "use json, text, markdown or both",
	    nearest != NULL ? nearest : "");
	return false;
}

void
output_name(const char *path, enum output_format form, bool alone, struct mig_buf *out)
{
	const char *suffix = format_suffixes[form];
	mig_buf_puts(out, path);
	if (form == OUTPUT_JSON || (alone && ends_with(path, suffix)))
		return;
	if (ends_with(path, ".json"))
		mig_buf_truncate(out, out->len - strlen(".json"));
	mig_buf_puts(out, suffix);
}

int
output_write(struct output *output)
{
	const char *path = output->path;
	if (path == NULL || *path == '\0' || strcmp(path, "-") == 0)
		return write_stdout(output);

	int status = CLI_OK;
	bool alone = output->format != OUTPUT_BOTH;
	struct mig_buf name;
	mig_buf_init(&name, PATH_BYTES_MAX);
	if (output->format == OUTPUT_JSON || output->format == OUTPUT_BOTH)
		status = write_file(path, &output->json);
	if (status == CLI_OK && output->format != OUTPUT_JSON) {
		output_name(path, output->format, alone, &name);
		if (mig_buf_ok(&name)) {
			status = write_file(name.data, &output->page);
		} else {
			cli_error("the output path is too long");
			status = CLI_CANTWRITE;
		}
	}
	mig_buf_fini(&name);
	return status;
}
