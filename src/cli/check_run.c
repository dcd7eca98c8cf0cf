/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "check/baseline.h"
#include "check/ignore.h"
#include "cli/check_int.h"
#include "cli/cli.h"
#include "source/live.h"
#include "sys/file.h"
#include "sys/memory.h"

#define ERROR_MAX 512
/* From so many bytes of documents on, memory is prepared for so many of a model for each. */
#define LARGE_BYTES (16U * 1024U * 1024U)
#define MEMORY_PER_BYTE 4U
#define IGNORE_FILE ".migarch-check.json"

/* All of a run. */
struct work {
	const struct check_choice *choice;
	struct mig_findings findings;
	struct side before;
	struct side after;
	struct mig_ignore *ignore;
	struct mig_baseline *baseline;
	struct mig_check *check;
	struct mig_verdict verdict;
	mig_wall now;
};

static int
status_of(int error)
{
	switch ((enum mig_error)error) {
	case MIG_OK:
		return CLI_OK;
	case MIG_EDOC:
	case MIG_ELIMIT:
		return CLI_DATA;
	case MIG_ENOTFOUND:
		return CLI_NOINPUT;
	case MIG_EIO:
	case MIG_EAGAIN:
	case MIG_EPERM:
		return CLI_UNAVAILABLE;
	case MIG_ENOMEM:
	case MIG_ESTATE:
	case MIG_ECONFLICT:
		break;
	}
	return CLI_INTERNAL;
}

void
check_tell(const struct mig_findings *findings)
{
	struct mig_buf line;
	mig_buf_init(&line, MIG_DOC_BYTES_MAX);
	for (size_t i = 0; i < findings->count; i++) {
		mig_buf_reset(&line);
		mig_finding_format(&findings->items[i], &line);
		cli_error("%s", line.data);
	}
	if (findings->suppressed > 0)
		cli_error("%zu further findings are not shown", findings->suppressed);
	mig_buf_fini(&line);
}

/* Tell what was found; an error that nothing was found for is told by its name. */
static int
tell(struct work *work, int error)
{
	bool silent = error != MIG_OK && work->findings.errors == 0;
	check_tell(&work->findings);
	mig_findings_fini(&work->findings);
	if (silent)
		cli_error("%s", mig_error_text(error));
	return status_of(error);
}

/* The text of a small document; a missing one is none when it may be missing. */
static int
load(const char *path, bool optional, char **ret_text, size_t *ret_len)
{
	char reason[ERROR_MAX];
	int error = file_read(path, MIG_DOC_BYTES_MAX, ret_text, ret_len, reason, sizeof(reason));
	if (error == MIG_OK || (optional && error == MIG_ENOTFOUND))
		return CLI_OK;
	cli_error("%s", reason);
	return error == MIG_EIO ? CLI_NOINPUT : status_of(error);
}

static int
read_ignore(struct work *work)
{
	const char *given = work->choice->ignore;
	const char *path = given != NULL ? given : IGNORE_FILE;
	char *text = NULL;
	size_t len = 0;
	int status = load(path, given == NULL, &text, &len);
	if (status == CLI_OK && text != NULL)
		status =
		    tell(work, mig_ignore_read(text, len, path, &work->ignore, &work->findings));
	free(text);
	return status;
}

static int
read_baseline(struct work *work)
{
	const char *path = work->choice->baseline;
	char *text = NULL;
	size_t len = 0;
	if (path == NULL)
		return CLI_OK;
	int status = load(path, false, &text, &len);
	if (status == CLI_OK)
		status = tell(
		    work, mig_baseline_read(text, len, path, &work->baseline, &work->findings));
	free(text);
	return status;
}

/* What a snapshot is of, when it does not say it itself: what the other side is of. */
static struct side_options
options_of(const struct check_choice *choice)
{
	struct side_options options = choice->side;
	if (choice->before == NULL)
		return options;
	bool mysql = strncmp(choice->before, "my", 2) == 0 ||
	    strncmp(choice->after, "my", 2) == 0 || strncmp(choice->before, "maria", 5) == 0 ||
	    strncmp(choice->after, "maria", 5) == 0;
	bool url = live_is_url(choice->before) || live_is_url(choice->after);
	if (!choice->dialect_given && mysql && url)
		options.dialect = MIG_DB_MYSQL;
	return options;
}

/* Of large documents it is known how much memory they will take. */
static void
expect_large(const struct check_choice *choice)
{
	struct stat before;
	struct stat after;
	size_t bytes = 0;
	if (stat(choice->before, &before) == 0 && S_ISREG(before.st_mode))
		bytes += (size_t)before.st_size;
	if (stat(choice->after, &after) == 0 && S_ISREG(after.st_mode))
		bytes += (size_t)after.st_size;
	if (bytes >= LARGE_BYTES && bytes <= 2U * MIG_SCHEMA_BYTES_MAX)
		memory_expect(bytes * MEMORY_PER_BYTE);
}

static int
read_sides(struct work *work)
{
	const struct check_choice *choice = work->choice;
	struct side_options options = options_of(choice);
	if (choice->before == NULL)
		return CLI_OK;
	options.may_map = true;
	expect_large(choice);
	int error = side_read(choice->before, &options, &work->before, &work->findings);
	if (error == MIG_OK)
		error = side_read(choice->after, &options, &work->after, &work->findings);
	if (error == MIG_OK && !side_match(&work->before, &work->after, &work->findings))
		error = MIG_EDOC;
	return tell(work, error);
}

/* What was asked for and makes no sense for an interface. */
static int
check_kind(const struct work *work)
{
	const struct check_choice *choice = work->choice;
	if (work->before.kind == SIDE_DATABASE)
		return CLI_OK;
	if (choice->scripts_count > 0)
		cli_error("--scripts are for databases, and this is %s",
		    side_kind_name(work->before.kind));
	else if (choice->renames_count > 0)
		cli_error(
		    "--rename is for databases, and this is %s", side_kind_name(work->before.kind));
	else if (choice->format == CHECK_FORM && choice->form == MIG_REPORT_SQL)
		cli_error("there is no SQL for %s", side_kind_name(work->before.kind));
	else
		return CLI_OK;
	return CLI_USAGE;
}

/* Scripts are of what they are compared with. */
static enum mig_db_dialect
dialect_of(const struct work *work)
{
	return work->before.db != NULL ? mig_db_dialect(work->before.db) :
	                                 work->choice->side.dialect;
}

static int
compare(struct work *work)
{
	const struct check_choice *choice = work->choice;
	struct compare_options options = { .renames = choice->renames,
		.renames_count = choice->renames_count,
		.view = choice->view,
		.now = work->now,
		.ignore = work->ignore };
	struct mig_finish_options finish = { work->ignore, work->baseline, work->now,
		choice->fail_on };
	work->check = mig_check_new();
	int error = work->check != NULL ? MIG_OK : MIG_ENOMEM;
	if (error == MIG_OK && choice->before != NULL)
		error = compare_sides(
		    &work->before, &work->after, &options, work->check, &work->findings);
	if (error == MIG_OK)
		error =
		    check_scripts_review(choice, dialect_of(work), work->check, &work->findings);
	if (error == MIG_OK)
		error = mig_check_finish(work->check, &finish, &work->verdict, &work->findings);
	return tell(work, error);
}

static int
write_baseline(struct work *work)
{
	const char *path = work->choice->write_baseline;
	char reason[ERROR_MAX];
	struct mig_buf out;
	int status = CLI_OK;
	if (path == NULL)
		return CLI_OK;
	mig_buf_init(&out, MIG_CHECK_PAGE_BYTES_MAX);
	mig_baseline_write(work->check, &out);
	if (!mig_buf_ok(&out)) {
		cli_error("%s", mig_error_text(MIG_ENOMEM));
		status = CLI_INTERNAL;
	} else if (file_write(path, out.data, out.len, reason, sizeof(reason)) != MIG_OK) {
		cli_error("%s", reason);
		status = CLI_CANTWRITE;
	}
	mig_buf_fini(&out);
	return status;
}

static int
write_report(struct work *work)
{
	char folder[PATH_MAX];
	struct mig_report report = {
		.check = work->check,
		.verdict = &work->verdict,
		.before = { work->before.name, work->before.file, work->before.excerpt },
		.after = { work->after.name, work->after.file, work->after.excerpt },
		.scripts = work->choice->scripts_count > 0 ? work->choice->scripts : NULL,
		.folder = getcwd(folder, sizeof(folder)),
		.now = work->now,
		.database = work->before.kind == SIDE_DATABASE,
		.mysql = dialect_of(work) == MIG_DB_MYSQL,
	};
	return check_write(work->choice, &report);
}

int
check_do(const struct check_choice *choice)
{
	struct work work = { .choice = choice };
	int status = cli_now(&work.now) == MIG_OK ? CLI_OK : CLI_USAGE;
	if (status == CLI_OK)
		status = read_ignore(&work);
	if (status == CLI_OK)
		status = read_baseline(&work);
	if (status == CLI_OK)
		status = read_sides(&work);
	if (status == CLI_OK)
		status = check_kind(&work);
	if (status == CLI_OK)
		status = compare(&work);
	if (status == CLI_OK)
		status = write_baseline(&work);
	if (status == CLI_OK)
		status = write_report(&work);
	/* What goes into a baseline is accepted. */
	if (status == CLI_OK && choice->write_baseline == NULL)
		status = work.verdict.status;
	mig_check_free(work.check);
	mig_ignore_free(work.ignore);
	mig_baseline_free(work.baseline);
	side_fini(&work.before);
	side_fini(&work.after);
	mig_findings_fini(&work.findings);
	return status;
}
