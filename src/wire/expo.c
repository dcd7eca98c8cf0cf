/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "wire/expo.h"

#define EXPO_LABELS_MAX 8
#define EXPO_NAME_MAX 128

static void
expo_number(struct mig_buf *out, double value)
{
	if (isnan(value))
		mig_buf_puts(out, "NaN");
	else if (isinf(value))
		mig_buf_puts(out, value > 0 ? "+Inf" : "-Inf");
	else
		mig_num_format(value, out);
}

/* Line breaks and backslashes are escaped everywhere, quotes in label values only. */
static void
expo_escaped(struct mig_buf *out, const char *text, bool quotes)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n') {
			mig_buf_puts(out, "\\n");
			continue;
		}
		if (*p == '\\' || (quotes && *p == '"'))
			mig_buf_putc(out, '\\');
		mig_buf_putc(out, *p);
	}
}

static void
expo_labels(struct mig_buf *out, const struct mig_expo_label *labels)
{
	if (labels == NULL || labels[0].name == NULL)
		return;
	for (size_t i = 0; labels[i].name != NULL; i++) {
		mig_buf_putc(out, i == 0 ? '{' : ',');
		mig_buf_puts(out, labels[i].name);
		mig_buf_puts(out, "=\"");
		expo_escaped(out, labels[i].value != NULL ? labels[i].value : "", true);
		mig_buf_putc(out, '"');
	}
	mig_buf_putc(out, '}');
}

void
mig_expo_family(struct mig_buf *out, const char *name, const char *type, const char *help)
{
	mig_buf_printf(out, "# HELP %s ", name);
	expo_escaped(out, help, false);
	mig_buf_printf(out, "\n# TYPE %s %s\n", name, type);
}

void
mig_expo_sample(struct mig_buf *out, const char *name, const struct mig_expo_label *labels,
    double value)
{
	mig_buf_puts(out, name);
	expo_labels(out, labels);
	mig_buf_putc(out, ' ');
	expo_number(out, value);
	mig_buf_putc(out, '\n');
}

void
mig_expo_observe(struct mig_expo_histogram *histogram, double value)
{
	MIG_ASSERT(histogram->bound_count <= MIG_EXPO_BUCKETS_MAX);
	if (isnan(value))
		return;
	size_t bucket = 0;
	while (bucket < histogram->bound_count && value > histogram->bounds[bucket])
		bucket++;
	histogram->counts[bucket]++;
	histogram->sum += value;
}

/* The bucket's "le" label goes behind the caller's labels. */
static void
expo_bucket(struct mig_buf *out, const char *name, struct mig_expo_label *labels, double bound,
    uint64_t count)
{
	struct mig_buf le;
	mig_buf_init(&le, EXPO_NAME_MAX);
	expo_number(&le, bound);
	for (size_t i = 0; labels[i].name != NULL; i++) {
		if (strcmp(labels[i].name, "le") == 0)
			labels[i].value = le.data;
	}
	mig_expo_sample(out, name, labels, (double)count);
	mig_buf_fini(&le);
}

void
mig_expo_histogram(struct mig_buf *out, const char *name,
    const struct mig_expo_label *labels, const struct mig_expo_histogram *histogram)
{
	struct mig_expo_label with_le[EXPO_LABELS_MAX] = { { NULL, NULL } };
	size_t count = 0;
	while (labels != NULL && labels[count].name != NULL) {
		MIG_ASSERT(count < EXPO_LABELS_MAX - 2);
		with_le[count] = labels[count];
		count++;
	}
	with_le[count].name = "le";

	struct mig_buf series;
	mig_buf_init(&series, EXPO_NAME_MAX);
	mig_buf_printf(&series, "%s_bucket", name);
	uint64_t total = 0;
	for (size_t i = 0; i <= histogram->bound_count; i++) {
		total += histogram->counts[i];
		double bound = i < histogram->bound_count ? histogram->bounds[i] : HUGE_VAL;
		expo_bucket(out, series.data, with_le, bound, total);
	}
	mig_buf_reset(&series);
	mig_buf_printf(&series, "%s_sum", name);
	mig_expo_sample(out, series.data, labels, histogram->sum);
	mig_buf_reset(&series);
	mig_buf_printf(&series, "%s_count", name);
	mig_expo_sample(out, series.data, labels, (double)total);
	mig_buf_fini(&series);
}
