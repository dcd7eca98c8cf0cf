/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "base/json.h"
#include "engine/plan_diff.h"
#include "engine/render_page.h"

static const char *const titles[MIG_DIFF_EFFECTS] = { "TRAFFIC", "WORK", "WORDS" };

static const char *
text_of(const struct mig_json *plan, const char *key)
{
	const char *text = mig_json_string(mig_json_get(plan, key));
	return text != NULL ? text : "?";
}

static void
render_plan(struct mig_page *page, const char *name, const struct mig_json *plan)
{
	page->ops->field(page, name,
	    mig_page_printf(page, "%s, %s to %s, created %s", text_of(plan, "migration_id"),
		text_of(plan, "source_system"), text_of(plan, "target_system"),
		text_of(plan, "created_at")));
}

static void
render_head(struct mig_page *page, const struct mig_json *old_plan,
    const struct mig_json *new_plan, const struct mig_plan_diff *diff)
{
	struct mig_buf summary;
	mig_buf_init(&summary, 256);
	mig_plan_diff_summary(diff, &summary);
	page->ops->title(page, "PLAN COMPARISON");
	render_plan(page, "Old plan", old_plan);
	render_plan(page, "New plan", new_plan);
	page->ops->field(page, "Differences", summary.data);
	page->ops->end(page);
	mig_buf_fini(&summary);
}

static void
render_effect(struct mig_page *page, const struct mig_plan_diff *diff,
    enum mig_diff_effect effect)
{
	const struct mig_plan_change *change = diff->first[effect];
	size_t left = diff->count[effect] - diff->kept[effect];
	page->ops->section(page, titles[effect]);
	for (; change != NULL; change = change->next)
		page->ops->item(page, MIG_PAGE_BULLET, change->text);
	if (left > 0)
		page->ops->item(page, MIG_PAGE_BULLET,
		    mig_page_printf(page, "and %zu more", left));
	page->ops->end(page);
}

int
mig_render_plan_diff(const struct mig_json *old_plan, const struct mig_json *new_plan,
    const struct mig_plan_diff *diff, enum mig_render_form form, struct mig_buf *out)
{
	struct mig_page page;
	mig_page_init(&page, form, out);
	render_head(&page, old_plan, new_plan, diff);
	for (size_t i = 0; i < MIG_DIFF_EFFECTS; i++)
		if (diff->count[i] > 0)
			render_effect(&page, diff, (enum mig_diff_effect)i);
	return mig_page_fini(&page);
}
