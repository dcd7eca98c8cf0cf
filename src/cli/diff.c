/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>

#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/diff.h"
#include "cli/document.h"
#include "engine/plan.h"
#include "engine/plan_diff.h"

#define INDENT 2

/* One side: what was read, and the plan that was made of it when that was a specification. */
struct side {
	struct document document;
	struct mig_json_doc *made;
	const struct mig_json *plan;
};

/* Only a plan has what a specification cannot have. */
static bool
is_spec(const struct mig_json *root)
{
	return mig_json_get(root, "type") != NULL && mig_json_get(root, "phases") == NULL &&
	    mig_json_get(root, "migration_id") == NULL;
}

static int
make_plan(struct side *side, const struct mig_json *spec)
{
	struct mig_buf text;
	mig_wall now;
	if (cli_now(&now) != MIG_OK)
		return CLI_USAGE;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	int error = mig_plan_from_spec(spec, now, &text, &side->document.findings);
	document_report(&side->document);
	if (error == MIG_OK)
		error = mig_json_parse(text.data, text.len, NULL, &side->made,
		    &side->document.findings);
	mig_buf_fini(&text);
	if (error == MIG_EDOC)
		return CLI_DATA;
	if (error != MIG_OK) {
		cli_error("%s: %s", side->document.name, mig_error_text(error));
		return CLI_INTERNAL;
	}
	side->plan = mig_json_root(side->made);
	return CLI_OK;
}

static int
read_side(struct side *side, const char *path)
{
	int status = document_read(path, &side->document);
	if (status != CLI_OK)
		return status;
	const struct mig_json *root = mig_json_root(side->document.json);
	if (is_spec(root))
		return make_plan(side, root);
	int error = mig_plan_check(root, NULL, &side->document.findings);
	document_report(&side->document);
	if (error != MIG_OK)
		return error == MIG_EDOC ? CLI_DATA : CLI_INTERNAL;
	side->plan = root;
	return CLI_OK;
}

static void
side_fini(struct side *side)
{
	mig_json_free(side->made);
	document_fini(&side->document);
}

/* The forms that are wanted. */
static int
write_diff(const struct diff_choice *choice, const struct side *old_side,
    const struct side *new_side, const struct mig_plan_diff *diff)
{
	struct output output = { .format = choice->format, .path = choice->output,
		.banner = "COMPARISON OF PLANS FOR PEOPLE" };
	enum mig_render_form form = choice->format == OUTPUT_MARKDOWN ? MIG_RENDER_MARKDOWN :
	    MIG_RENDER_TEXT;
	bool json = choice->format == OUTPUT_JSON || choice->format == OUTPUT_BOTH;
	int error = MIG_OK;

	/* Values of both plans, and sentences about them. */
	mig_buf_init(&output.json, (size_t)MIG_DOC_BYTES_MAX * 4);
	mig_buf_init(&output.page, (size_t)MIG_DOC_BYTES_MAX * 2);
	if (json) {
		struct mig_jw jw;
		mig_jw_init(&jw, &output.json, INDENT);
		mig_plan_diff_write(diff, &jw);
		mig_buf_putc(&output.json, '\n');
	}
	if (choice->format != OUTPUT_JSON)
		error = mig_render_plan_diff(old_side->plan, new_side->plan, diff, form,
		    &output.page);
	int status = CLI_INTERNAL;
	if (error != MIG_OK)
		cli_error("%s", mig_error_text(error));
	else
		status = output_write(&output);
	mig_buf_fini(&output.json);
	mig_buf_fini(&output.page);
	return status;
}

int
diff_run(const struct diff_choice *choice)
{
	struct side old_side = { 0 };
	struct side new_side = { 0 };
	struct mig_plan_diff diff = { 0 };
	int status = read_side(&old_side, choice->old_path);

	if (status == CLI_OK)
		status = read_side(&new_side, choice->new_path);
	if (status != CLI_OK)
		goto out;
	int error = mig_plan_diff(old_side.plan, new_side.plan, MIG_DIFF_SHOWN_MAX, &diff);
	if (error != MIG_OK) {
		cli_error("%s", mig_error_text(error));
		status = CLI_INTERNAL;
		goto out;
	}
	status = write_diff(choice, &old_side, &new_side, &diff);
	if (status == CLI_OK && mig_plan_diff_count(&diff) > 0)
		status = CLI_DIFFERENT;
out:
	mig_plan_diff_fini(&diff);
	side_fini(&old_side);
	side_fini(&new_side);
	return status;
}
