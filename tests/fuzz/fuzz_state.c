/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "core/state_codec.h"
#include "fuzz/fuzz.h"
#include "support/core_fixture.h"

/* A state that was read is written so that it reads as the same. */
static void
check_record(const struct mig_policy *policy, const struct mig_state *state)
{
	static struct mig_state again;
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_state_encode(state, policy, &out);
	MIG_ASSERT(mig_buf_ok(&out));
	int error = mig_state_decode(out.data, out.len, policy, &again, &findings);
	MIG_ASSERT(fuzz_verdict(error, &findings));
	MIG_ASSERT(memcmp(state, &again, sizeof(again)) == 0);
	mig_buf_fini(&out);
}

static void
check_text(const struct mig_policy *policy, const void *text, size_t len)
{
	static struct mig_state state;
	struct mig_findings findings = { 0 };
	struct mig_next next;
	int error = mig_state_decode(text, len, policy, &state, &findings);
	if (!fuzz_verdict(error, &findings))
		return;
	check_record(policy, &state);
	mig_next(policy, &state, state.updated_at, &next);
	MIG_ASSERT((next.action == MIG_NEXT_NOTHING) == mig_state_finished(&state));
}

/* Write the record with all that the patch has another value for. */
static void
write_patched(struct mig_jw *jw, const char *key, const struct mig_json *record,
    const struct mig_json *patch)
{
	bool object = mig_json_type(record) == MIG_JSON_OBJECT;
	if (patch == NULL || mig_json_type(patch) != mig_json_type(record) ||
	    mig_json_first(record) == NULL) {
		mig_jw_node(jw, key, patch != NULL ? patch : record);
		return;
	}
	object ? mig_jw_object(jw, key) : mig_jw_array(jw, key);
	const struct mig_json *next = mig_json_first(patch);
	const struct mig_json *child = mig_json_first(record);
	for (; child != NULL; child = mig_json_next(child)) {
		const char *name = mig_json_key(child);
		write_patched(jw, name, child, object ? mig_json_get(patch, name) : next);
		next = next == NULL ? NULL : mig_json_next(next);
	}
	object ? mig_jw_object_end(jw) : mig_jw_array_end(jw);
}

/* The record of a fresh rollout with some of its values replaced. */
static void
check_patch(const struct core *core, const struct mig_json *patch)
{
	struct mig_buf record;
	struct mig_buf patched;
	struct mig_jw jw;
	mig_buf_init(&record, MIG_DOC_BYTES_MAX);
	mig_buf_init(&patched, MIG_DOC_BYTES_MAX);
	mig_state_encode(&core->state, &core->policy, &record);
	struct mig_json_doc *doc = fuzz_parse(record.data, record.len);
	MIG_ASSERT(doc != NULL);
	mig_jw_init(&jw, &patched, 0);
	write_patched(&jw, NULL, mig_json_root(doc), patch);
	check_text(&core->policy, patched.data, patched.len);
	mig_json_free(doc);
	mig_buf_fini(&patched);
	mig_buf_fini(&record);
}

/*
 * A record of the store, damaged or not: refused, or a state that can be lived with.  The data are
 * taken as a record and as a patch to one, so that they say something under later versions, too.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Large, and never changed. */
	static struct core *core;
	if (core == NULL)
		core = core_new();
	struct mig_json_doc *patch = fuzz_parse(data, size);
	check_text(&core->policy, data, size);
	if (patch != NULL)
		check_patch(core, mig_json_root(patch));
	mig_json_free(patch);
	return 0;
}
