/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/json.h"
#include "engine/render_page.h"

static const char *
string_of(const struct mig_json *node, const char *key)
{
	const char *text = mig_json_string(mig_json_get(node, key));
	return text == NULL ? "" : text;
}

static double
number_of(const struct mig_json *node, const char *key)
{
	return mig_json_number(mig_json_get(node, key));
}

static void
render_head(struct mig_page *page, const struct mig_json *advice)
{
	const struct mig_page_ops *ops = page->ops;
	const struct mig_json *patterns = mig_json_get(advice, "patterns");
	const struct mig_json *counts = mig_json_get(advice, "counts");
	const char *chosen = string_of(patterns, "chosen");
	ops->title(page, "MIGRATION ADVICE");
	ops->field(page, "Migration", string_of(advice, "migration_id"));
	ops->field(page, "From", string_of(advice, "source_system"));
	ops->field(page, "To", string_of(advice, "target_system"));
	ops->field(
	    page, "Type", mig_page_capitals(page, "%s", string_of(advice, "migration_type")));
	ops->field(page, "Complexity",
	    mig_page_printf(page, "%s (score %.0f)", string_of(advice, "complexity"),
	        number_of(advice, "complexity_score")));
	ops->field(page, "Estimate",
	    mig_page_printf(page, "%.0f hours", number_of(advice, "estimated_duration_hours")));
	ops->field(page, "Downtime tolerance",
	    mig_page_printf(page, "%s (%.15g minutes)", string_of(advice, "downtime_tolerance"),
	        number_of(advice, "max_downtime_minutes")));
	ops->field(page, "Recommended pattern", string_of(patterns, "recommended"));
	if (*chosen == '\0')
		ops->field(page, "Pattern of the specification", "none");
	else
		ops->field(page, "Pattern of the specification",
		    mig_page_printf(page, "%s, %s", chosen,
		        mig_json_bool(mig_json_get(patterns, "agrees")) ?
		            "the recommended one" :
		            "not the recommended one"));
	ops->field(page, "Findings",
	    mig_page_printf(page, "%.0f high, %.0f medium, %.0f low", number_of(counts, "high"),
	        number_of(counts, "medium"), number_of(counts, "low")));
	if (number_of(counts, "omitted") > 0)
		ops->field(page, "Not listed",
		    mig_page_printf(
		        page, "%.0f more like those that are", number_of(counts, "omitted")));
	ops->end(page);
}

static void
render_finding(struct mig_page *page, const struct mig_json *finding, int number)
{
	const struct mig_page_ops *ops = page->ops;
	ops->part(page,
	    mig_page_printf(page, "%d. [%s] %s", number, string_of(finding, "severity"),
	        string_of(finding, "id")));
	ops->field(page, "Where", string_of(finding, "pointer"));
	ops->field(page, "Found", string_of(finding, "found"));
	ops->field(page, "Why it matters", string_of(finding, "why"));
	ops->field(page, "What to do", string_of(finding, "action"));
	ops->end(page);
}

static void
render_findings(
    struct mig_page *page, const struct mig_json *findings, const char *kind, const char *title)
{
	int number = 0;
	page->ops->section(page, title);
	const struct mig_json *finding = mig_json_first(findings);
	for (; finding != NULL; finding = mig_json_next(finding))
		if (strcmp(string_of(finding, "kind"), kind) == 0)
			render_finding(page, finding, ++number);
	if (number == 0) {
		page->ops->paragraph(page, "None found.");
		page->ops->end(page);
	}
}

static void
render_pattern(struct mig_page *page, const struct mig_json *pattern, const char *recommended)
{
	const struct mig_page_ops *ops = page->ops;
	const char *name = string_of(pattern, "pattern");
	ops->part(page,
	    mig_page_printf(page, "%.0f. %s (%+.0f)%s%s", number_of(pattern, "rank"), name,
	        number_of(pattern, "points"), strcmp(name, recommended) == 0 ? ", recommended" : "",
	        mig_json_bool(mig_json_get(pattern, "chosen")) ? ", chosen" : ""));
	ops->paragraph(page, string_of(pattern, "summary"));
	ops->field(page, "Made for complexity", string_of(pattern, "complexity"));
	ops->field(page, "Risk", string_of(pattern, "risk"));
	ops->label(page, "Because");
	const struct mig_json *reason = mig_json_first(mig_json_get(pattern, "reasons"));
	for (; reason != NULL; reason = mig_json_next(reason))
		ops->item(page, MIG_PAGE_BULLET,
		    mig_page_printf(page, "%+.0f: %s %s", number_of(reason, "points"),
		        string_of(reason, "pointer"), string_of(reason, "text")));
	ops->end(page);
}

int
mig_render_advice(const struct mig_json *advice, enum mig_render_form form, struct mig_buf *out)
{
	struct mig_page page;
	const struct mig_json *patterns = mig_json_get(advice, "patterns");
	const struct mig_json *findings = mig_json_get(advice, "findings");
	mig_page_init(&page, form, out);
	render_head(&page, advice);
	render_findings(&page, findings, "anti_pattern", "ANTI-PATTERNS");
	render_findings(&page, findings, "pitfall", "PITFALLS");
	render_findings(&page, findings, "pattern_choice", "CHOICE OF THE PATTERN");
	page.ops->section(&page, "PATTERNS");
	const struct mig_json *pattern = mig_json_first(mig_json_get(patterns, "ranking"));
	for (; pattern != NULL; pattern = mig_json_next(pattern))
		render_pattern(&page, pattern, string_of(patterns, "recommended"));
	return mig_page_fini(&page);
}
