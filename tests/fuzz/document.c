/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "engine/docid.h"
#include "engine/plan.h"
#include "engine/runbook.h"
#include "fuzz/fuzz.h"

/* A document of any size that a fuzzer makes leads to less than that. */
#define OUTPUT_BYTES_MAX MIG_DOC_BYTES_MAX

static const mig_wall now = { INT64_C(1768469400000) };

/* C0, DEL and, as UTF-8, C1: what a terminal may obey instead of showing. */
static bool
is_control(const char *text, size_t len)
{
	unsigned char byte = (unsigned char)*text;
	return byte < 0x20 || byte == 0x7f ||
	    (len == 2 && byte == 0xc2 && (unsigned char)text[1] < 0xa0);
}

void
fuzz_printable(const char *text, size_t len, bool lines)
{
	while (len > 0) {
		size_t step = mig_utf8_sequence(text, len);
		MIG_ASSERT(step > 0);
		MIG_ASSERT((lines && (*text == '\n' || *text == '\t')) || !is_control(text, step));
		text += step;
		len -= step;
	}
}

bool
fuzz_verdict(int error, struct mig_findings *findings)
{
	struct mig_buf line;
	mig_buf_init(&line, OUTPUT_BYTES_MAX);
	MIG_ASSERT(error == MIG_OK || error == MIG_EDOC);
	MIG_ASSERT((findings->errors == 0) == (error == MIG_OK));
	for (size_t i = 0; i < findings->count; i++) {
		mig_buf_reset(&line);
		mig_finding_format(&findings->items[i], &line);
		MIG_ASSERT(mig_buf_ok(&line) && line.len > 0);
		fuzz_printable(line.data, line.len, false);
	}
	mig_buf_fini(&line);
	mig_findings_fini(findings);
	return error == MIG_OK;
}

struct mig_json_doc *
fuzz_parse(const void *data, size_t size)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	int error = mig_json_parse(data, size, NULL, &doc, &findings);
	MIG_ASSERT(error == MIG_OK || (findings.count == 1 && findings.items[0].line > 0 &&
	    findings.items[0].column > 0));
	MIG_ASSERT(error != MIG_OK || findings.count == 0);
	return fuzz_verdict(error, &findings) ? doc : NULL;
}

/* The same value in both notations that we have for digests. */
static void
digest_texts(const struct mig_json *node, struct mig_buf *canonical, struct mig_buf *docid)
{
	mig_buf_init(canonical, OUTPUT_BYTES_MAX);
	mig_buf_init(docid, OUTPUT_BYTES_MAX);
	mig_json_canonical(node, canonical);
	MIG_ASSERT(mig_docid_text(node, NULL, docid) == MIG_OK);
	MIG_ASSERT(mig_buf_ok(canonical) && mig_buf_ok(docid));
}

struct mig_json_doc *
fuzz_rewrite(const struct mig_json *node)
{
	struct mig_buf text;
	struct mig_buf first[2];
	struct mig_buf again[2];
	struct mig_jw jw;
	mig_buf_init(&text, OUTPUT_BYTES_MAX);
	mig_jw_init(&jw, &text, 2);
	mig_jw_node(&jw, NULL, node);
	MIG_ASSERT(mig_buf_ok(&text));
	struct mig_json_doc *doc = fuzz_parse(text.data, text.len);
	MIG_ASSERT(doc != NULL);
	digest_texts(node, &first[0], &first[1]);
	digest_texts(mig_json_root(doc), &again[0], &again[1]);
	for (size_t i = 0; i < 2; i++) {
		MIG_ASSERT(strcmp(first[i].data, again[i].data) == 0);
		mig_buf_fini(&first[i]);
		mig_buf_fini(&again[i]);
	}
	mig_buf_fini(&text);
	return doc;
}

bool
fuzz_check(const struct mig_json *node, fuzz_checker check, bool must)
{
	struct mig_findings findings = { 0 };
	bool valid = fuzz_verdict(check(node, NULL, &findings), &findings);
	MIG_ASSERT(valid || !must);
	return valid;
}

static void
make_once(const struct mig_json *input, fuzz_maker make, bool valid, struct mig_buf *out)
{
	struct mig_findings findings = { 0 };
	mig_buf_init(out, OUTPUT_BYTES_MAX);
	bool made = fuzz_verdict(make(input, now, out, &findings), &findings);
	MIG_ASSERT(made == valid);
	MIG_ASSERT((out->len > 0) == made);
}

struct mig_json_doc *
fuzz_make(const struct mig_json *input, fuzz_maker make, bool valid)
{
	struct mig_json_doc *doc = NULL;
	struct mig_buf first;
	struct mig_buf again;
	make_once(input, make, valid, &first);
	if (valid) {
		make_once(input, make, valid, &again);
		MIG_ASSERT(strcmp(first.data, again.data) == 0);
		mig_buf_fini(&again);
		doc = fuzz_parse(first.data, first.len);
		MIG_ASSERT(doc != NULL);
	}
	mig_buf_fini(&first);
	return doc;
}

void
fuzz_render(const struct mig_json *node, fuzz_renderer render)
{
	static const enum mig_render_form forms[] = { MIG_RENDER_TEXT, MIG_RENDER_MARKDOWN };
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct mig_buf out;
		mig_buf_init(&out, OUTPUT_BYTES_MAX);
		MIG_ASSERT(render(node, forms[i], &out) == MIG_OK);
		MIG_ASSERT(out.len > 0 && out.data[out.len - 1] == '\n');
		fuzz_printable(out.data, out.len, true);
		mig_buf_fini(&out);
	}
}

void
fuzz_runbook(const struct mig_json *runbook, bool must)
{
	if (fuzz_check(runbook, mig_runbook_check, must))
		fuzz_render(runbook, mig_render_runbook);
}

void
fuzz_plan(const struct mig_json *plan, bool must)
{
	bool valid = fuzz_check(plan, mig_plan_check, must);
	if (valid)
		fuzz_render(plan, mig_render_plan);
	struct mig_json_doc *runbook = fuzz_make(plan, mig_runbook_from_plan, valid);
	if (runbook != NULL)
		fuzz_runbook(mig_json_root(runbook), true);
	mig_json_free(runbook);
}
