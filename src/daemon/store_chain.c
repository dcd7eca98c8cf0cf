/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "daemon/store.h"
#include "daemon/store_chain.h"

#define CHAIN_BYTES_MAX ((size_t)16 * MIG_DETAIL_MAX)

/* The detail, canonical as well: the same content has the same hash however it was spaced. */
static void
chain_detail(struct mig_jw *jw, const char *detail)
{
	struct mig_json_doc *doc = NULL;
	struct mig_findings findings = { 0 };
	struct mig_buf text;

	if (mig_json_parse(detail, strlen(detail), NULL, &doc, &findings) != 0) {
		mig_jw_string(jw, "detail", detail);
	} else {
		mig_buf_init(&text, CHAIN_BYTES_MAX);
		mig_json_canonical(mig_json_root(doc), &text);
		mig_jw_raw(jw, "detail", text.data);
		jw->out->failed |= !mig_buf_ok(&text);
		mig_buf_fini(&text);
	}
	mig_findings_fini(&findings);
	mig_json_free(doc);
}

int
store_chain_hash(const char *previous, const char *rollout_id, const struct store_record *record,
    char ret_hash[MIG_SHA256_HEX])
{
	struct mig_buf text;
	struct mig_jw jw;
	int error = MIG_ENOMEM;

	mig_buf_init(&text, CHAIN_BYTES_MAX);
	mig_buf_puts(&text, previous);
	mig_jw_init(&jw, &text, 0);
	/* In the order of the bytes of the keys: that is what makes it canonical. */
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "actor", record->actor);
	mig_jw_time(&jw, "at", record->at);
	chain_detail(&jw, record->detail);
	mig_jw_string(&jw, "kind", record->kind);
	mig_jw_string(&jw, "rollout", rollout_id);
	mig_jw_int(&jw, "seq", (int64_t)record->seq);
	mig_jw_object_end(&jw);
	if (mig_buf_ok(&text)) {
		mig_sha256_hex(text.data, text.len, ret_hash);
		error = 0;
	}
	mig_buf_fini(&text);
	return error;
}
