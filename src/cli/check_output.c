/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "check/report_sql.h"
#include "cli/check_int.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "sys/file.h"

#define ERROR_MAX 512
#define PATH_BYTES_MAX 8192

static bool
to_stdout(const char *path)
{
	return path == NULL || *path == '\0' || strcmp(path, "-") == 0;
}

static int
write_file(const char *path, const struct mig_buf *content)
{
	char reason[ERROR_MAX];
	if (!mig_buf_ok(content)) {
		cli_error("%s", mig_error_text(MIG_ENOMEM));
		return CLI_INTERNAL;
	}
	if (file_write(path, content->data, content->len, reason, sizeof(reason)) == MIG_OK)
		return CLI_OK;
	cli_error("%s", reason);
	return CLI_CANTWRITE;
}

/* JSON, text, Markdown and both, by the rules that all commands share. */
static int
write_documents(
    const struct check_choice *choice, const struct mig_report *report, enum output_format format)
{
	struct output output = {
		.format = format, .path = choice->output, .banner = "COMPATIBILITY FOR PEOPLE"
	};
	bool both = format == OUTPUT_BOTH;
	mig_buf_init(&output.json, MIG_CHECK_PAGE_BYTES_MAX);
	mig_buf_init(&output.page, MIG_CHECK_PAGE_BYTES_MAX);
	if (both || format == OUTPUT_JSON)
		mig_report_write(report, MIG_REPORT_JSON, &output.json);
	if (both || format != OUTPUT_JSON)
		mig_report_write(report, both ? MIG_REPORT_TEXT : choice->form, &output.page);
	int status = output_write(&output);
	mig_buf_fini(&output.json);
	mig_buf_fini(&output.page);
	return status;
}

/* Forms for programs go to the very path that is given. */
static int
write_plain(const struct check_choice *choice, const struct mig_report *report)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_CHECK_PAGE_BYTES_MAX);
	mig_report_write(report, choice->form, &out);
	int status = write_file(to_stdout(choice->output) ? "-" : choice->output, &out);
	if (status == CLI_OK && !to_stdout(choice->output))
		cli_error("saved to %s", choice->output);
	mig_buf_fini(&out);
	return status;
}

/* A directory that is there must be empty: scripts of an earlier run must not be mixed in. */
static int
prepare_folder(const char *path)
{
	size_t entries = 0;
	if (mkdir(path, 0777) == 0)
		return CLI_OK;
	DIR *dir = errno == EEXIST ? opendir(path) : NULL;
	if (dir == NULL) {
		cli_error("%s: %s", path, strerror(errno));
		return CLI_CANTWRITE;
	}
	while (readdir(dir) != NULL)
		entries++;
	(void)closedir(dir);
	/* "." and ".." */
	if (entries <= 2)
		return CLI_OK;
	cli_error("%s: the directory is not empty (give a new one for the scripts)", path);
	return CLI_CANTWRITE;
}

/* One file of the directory; content is emptied. */
static int
write_in(const char *folder, const char *name, struct mig_buf *content)
{
	struct mig_buf path;
	mig_buf_init(&path, PATH_BYTES_MAX);
	mig_buf_printf(&path, "%s/%s", folder, name);
	int status = mig_buf_ok(&path) ? write_file(path.data, content) : CLI_CANTWRITE;
	if (!mig_buf_ok(&path))
		cli_error("the output path is too long");
	mig_buf_fini(&path);
	mig_buf_reset(content);
	return status;
}

static int
write_script(const char *folder, const struct mig_report *report, size_t index, struct mig_buf *out)
{
	static const enum mig_report_way ways[] = { MIG_REPORT_UP, MIG_REPORT_DOWN };
	int status = CLI_OK;
	struct mig_buf name;
	mig_buf_init(&name, PATH_BYTES_MAX);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && status == CLI_OK; i++) {
		mig_buf_reset(&name);
		mig_report_sql_name(report, index, ways[i], &name);
		mig_report_sql_file(report, index, ways[i], out);
		status = write_in(folder, name.data, out);
	}
	mig_buf_fini(&name);
	return status;
}

static int
write_scripts(const char *folder, const struct mig_report *report)
{
	size_t count = 0;
	struct mig_buf out;
	(void)mig_check_scripts(report->check, &count);
	int status = prepare_folder(folder);
	mig_buf_init(&out, MIG_CHECK_PAGE_BYTES_MAX);
	for (size_t i = 0; i < count && status == CLI_OK; i++)
		status = write_script(folder, report, i, &out);
	mig_report_sql_manifest(report, &out);
	if (status == CLI_OK)
		status = write_in(folder, "manifest.json", &out);
	if (status == CLI_OK)
		cli_error("saved %zu scripts to %s", count, folder);
	mig_buf_fini(&out);
	return status;
}

int
check_write(const struct check_choice *choice, const struct mig_report *report)
{
	if (choice->format == CHECK_BOTH)
		return write_documents(choice, report, OUTPUT_BOTH);
	switch (choice->form) {
	case MIG_REPORT_JSON:
		return write_documents(choice, report, OUTPUT_JSON);
	case MIG_REPORT_TEXT:
		return write_documents(choice, report, OUTPUT_TEXT);
	case MIG_REPORT_MARKDOWN:
		return write_documents(choice, report, OUTPUT_MARKDOWN);
	case MIG_REPORT_SQL:
		if (!to_stdout(choice->output))
			return write_scripts(choice->output, report);
		break;
	case MIG_REPORT_SARIF:
	case MIG_REPORT_JUNIT:
	case MIG_REPORT_GITHUB:
		break;
	}
	return write_plain(choice, report);
}
