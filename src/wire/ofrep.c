/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "wire/ofrep.h"

#define OFREP_ETAG_DIGITS 32

enum ofrep_verdict { OFREP_OK, OFREP_NOT_FOUND, OFREP_NO_KEY, OFREP_BAD_CONTEXT, OFREP_BAD_JSON };

/* What is told about each verdict but OK. */
static const struct {
	int status;
	const char *code;
	const char *details;
} ofrep_errors[] = {
	[OFREP_NOT_FOUND] = { 404, "FLAG_NOT_FOUND", "no rollout serves a flag of this name" },
	[OFREP_NO_KEY] = { 400, "TARGETING_KEY_MISSING",
	    "the flag is split by user: the context needs a targetingKey" },
	[OFREP_BAD_CONTEXT] = { 400, "INVALID_CONTEXT",
	    "context must be an object and its targetingKey a string" },
	[OFREP_BAD_JSON] = { 400, "PARSE_ERROR", "the request's body is not a JSON object" },
};

unsigned
mig_bucket(const char *flag, const char *user)
{
	uint8_t digest[MIG_MD5_BYTES] = { 0 };
	struct mig_buf text;
	mig_buf_init(&text, MIG_REQUEST_BYTES_MAX);
	mig_buf_puts(&text, flag);
	mig_buf_putc(&text, ':');
	mig_buf_puts(&text, user);
	mig_md5(text.data, text.len, digest);
	mig_buf_fini(&text);

	unsigned rest = 0;
	for (size_t i = 0; i < MIG_MD5_BYTES; i++)
		rest = (rest * 256U + digest[i]) % 100U;
	return rest;
}

bool
mig_bucket_in(const char *flag, const char *user, double percentage)
{
	/* A bucket is a whole number, so "below 0.5" is "below 1": fractions count up. */
	return mig_bucket(flag, user) < percentage;
}

/*
 * Take the targeting key out of a request.  The document owns it; free it in every case.
 */
static enum ofrep_verdict
ofrep_context(const char *body, size_t len, struct mig_json_doc **ret_doc, const char **ret_user)
{
	struct mig_findings findings = { 0 };
	int error = mig_json_parse(body, len, NULL, ret_doc, &findings);
	mig_findings_fini(&findings);
	if (error != 0)
		return OFREP_BAD_JSON;
	const struct mig_json *root = mig_json_root(*ret_doc);
	if (mig_json_type(root) != MIG_JSON_OBJECT)
		return OFREP_BAD_JSON;
	const struct mig_json *context = mig_json_get(root, "context");
	if (context == NULL)
		return OFREP_OK;
	if (mig_json_type(context) != MIG_JSON_OBJECT)
		return OFREP_BAD_CONTEXT;
	const struct mig_json *user = mig_json_get(context, "targetingKey");
	if (user == NULL)
		return OFREP_OK;
	if (mig_json_type(user) != MIG_JSON_STRING)
		return OFREP_BAD_CONTEXT;
	*ret_user = mig_json_string(user);
	return OFREP_OK;
}

static int
ofrep_error(struct mig_jw *jw, enum ofrep_verdict verdict, const char *key)
{
	mig_jw_object(jw, NULL);
	if (key != NULL)
		mig_jw_string(jw, "key", key);
	mig_jw_string(jw, "errorCode", ofrep_errors[verdict].code);
	mig_jw_string(jw, "errorDetails", ofrep_errors[verdict].details);
	mig_jw_object_end(jw);
	return ofrep_errors[verdict].status;
}

static int
ofrep_flag(struct mig_jw *jw, const struct mig_ofrep_flag *flag, const char *user)
{
	bool split = flag->percentage > 0 && flag->percentage < 100;
	if (split && user == NULL)
		return ofrep_error(jw, OFREP_NO_KEY, flag->key);
	bool value = split ? mig_bucket_in(flag->key, user, flag->percentage)
	    : flag->percentage >= 100;

	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "key", flag->key);
	mig_jw_bool(jw, "value", value);
	mig_jw_string(jw, "reason", split ? "SPLIT" : "STATIC");
	mig_jw_string(jw, "variant", value ? "on" : "off");
	mig_jw_object(jw, "metadata");
	mig_jw_number(jw, "percentage", flag->percentage);
	mig_jw_string(jw, "rollout_id", flag->rollout_id);
	mig_jw_object_end(jw);
	mig_jw_object_end(jw);
	return 200;
}

int
mig_ofrep_evaluate(const struct mig_ofrep_flag *flag, const char *key, const char *body,
    size_t len, struct mig_buf *out)
{
	struct mig_json_doc *doc = NULL;
	const char *user = NULL;
	struct mig_jw jw;
	mig_jw_init(&jw, out, 0);

	enum ofrep_verdict verdict = ofrep_context(body, len, &doc, &user);
	if (verdict == OFREP_OK && flag == NULL)
		verdict = OFREP_NOT_FOUND;
	int status = verdict == OFREP_OK ? ofrep_flag(&jw, flag, user)
	    : ofrep_error(&jw, verdict, key);
	mig_json_free(doc);
	return status;
}

int
mig_ofrep_evaluate_all(const struct mig_ofrep_flag *flags, size_t count, const char *body,
    size_t len, struct mig_buf *out, char *ret_etag, size_t size)
{
	struct mig_json_doc *doc = NULL;
	const char *user = NULL;
	size_t start = out->len;
	struct mig_jw jw;
	mig_jw_init(&jw, out, 0);

	enum ofrep_verdict verdict = ofrep_context(body, len, &doc, &user);
	int status = 200;
	if (verdict != OFREP_OK) {
		status = ofrep_error(&jw, verdict, NULL);
	} else {
		mig_jw_object(&jw, NULL);
		mig_jw_array(&jw, "flags");
		for (size_t i = 0; i < count; i++)
			(void)ofrep_flag(&jw, &flags[i], user); /* one flag's error is its own */
		mig_jw_array_end(&jw);
		mig_jw_object(&jw, "metadata");
		mig_jw_object_end(&jw);
		mig_jw_object_end(&jw);
	}
	mig_json_free(doc);

	/* Of the answer itself, because a client compares it per context. */
	char hex[MIG_SHA256_HEX];
	mig_sha256_hex(out->data + start, out->len - start, hex);
	(void)snprintf(ret_etag, size, "\"%.*s\"", OFREP_ETAG_DIGITS, hex);
	return status;
}
