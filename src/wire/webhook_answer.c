/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/num.h"
#include "wire/webhook.h"

#define SECRET_PREFIX "whsec_"
#define SECRET_BYTES_MAX 512
#define POINTER_TOKEN_MAX 256

/* One token of a JSON pointer, unescaped; what follows it, or NULL when it is malformed. */
static const char *
pointer_token(const char *at, char ret_token[POINTER_TOKEN_MAX])
{
	size_t len = 0;

	for (; *at != '\0' && *at != '/'; at++) {
		char c = *at;

		if (c == '~') {
			at++;
			if (*at != '0' && *at != '1')
				return NULL;
			c = *at == '0' ? '~' : '/';
		}
		if (len + 1 == POINTER_TOKEN_MAX)
			return NULL;
		ret_token[len++] = c;
	}
	ret_token[len] = '\0';
	return at;
}

static const struct mig_json *
array_item(const struct mig_json *array, const char *token)
{
	int64_t index = 0;

	if (mig_num_int(token, 0, INT32_MAX, &index) != 0)
		return NULL;

	const struct mig_json *node = mig_json_first(array);

	while (index-- > 0 && node != NULL)
		node = mig_json_next(node);
	return node;
}

static const struct mig_json *
pointer_find(const struct mig_json *root, const char *pointer)
{
	char token[POINTER_TOKEN_MAX];

	while (root != NULL && *pointer == '/') {
		pointer = pointer_token(pointer + 1, token);
		if (pointer == NULL)
			return NULL;
		root = mig_json_type(root) == MIG_JSON_ARRAY ? array_item(root, token) :
		    mig_json_get(root, token);
	}
	return *pointer == '\0' ? root : NULL;
}

static int
node_percentage(const struct mig_json *node, const char *pointer, double *ret_percentage,
    char *ret_error, size_t size)
{
	const char *text = mig_json_string(node);
	double value = mig_json_number(node);

	if (node == NULL) {
		(void)snprintf(ret_error, size, "the reply has nothing at \"%s\"", pointer);
		return MIG_EDOC;
	}
	if (mig_json_type(node) != MIG_JSON_NUMBER &&
	    (text == NULL || mig_num_double(text, &value) != 0)) {
		(void)snprintf(ret_error, size, "the %s at \"%s\" of the reply is no number",
		    mig_json_type_name(mig_json_type(node)), pointer);
		return MIG_EDOC;
	}
	if (!(value >= 0 && value <= 100)) {
		(void)snprintf(ret_error, size, "%g at \"%s\" of the reply is no percentage",
		    value, pointer);
		return MIG_EDOC;
	}
	*ret_percentage = value;
	return 0;
}

int
mig_webhook_read_percentage(const char *body, size_t len, const char *pointer,
    double *ret_percentage, char *ret_error, size_t size)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	int error = mig_json_parse(body, len, NULL, &doc, &findings);

	if (error != 0)
		(void)snprintf(ret_error, size, "the reply is no JSON: %s", findings.count > 0 ?
		    findings.items[0].message : mig_error_text(error));
	else
		error = node_percentage(pointer_find(mig_json_root(doc), pointer), pointer,
		    ret_percentage, ret_error, size);
	mig_findings_fini(&findings);
	mig_json_free(doc);
	return error;
}

int
mig_webhook_sign(const char *secret, const char *id, int64_t timestamp_s, const char *body,
    struct mig_buf *out)
{
	uint8_t decoded[SECRET_BYTES_MAX];
	uint8_t mac[MIG_SHA256_BYTES];
	const void *key = secret;
	size_t key_len = strlen(secret);
	struct mig_buf content;

	if (strncmp(secret, SECRET_PREFIX, strlen(SECRET_PREFIX)) == 0) {
		if (mig_base64_decode(secret + strlen(SECRET_PREFIX), decoded, sizeof(decoded),
		    &key_len) != 0)
			return MIG_EDOC;
		key = decoded;
	}
	if (key_len == 0)
		return MIG_EDOC;
	mig_buf_init(&content, MIG_REQUEST_BYTES_MAX + MIG_KEY_MAX + 64);
	mig_buf_printf(&content, "%s.%" PRId64 ".", id, timestamp_s);
	mig_buf_puts(&content, body);
	if (!mig_buf_ok(&content)) {
		mig_buf_fini(&content);
		return MIG_ENOMEM;
	}
	mig_hmac_sha256(key, key_len, content.data, content.len, mac);
	mig_buf_fini(&content);
	mig_buf_puts(out, "v1,");
	mig_base64(mac, sizeof(mac), out);
	return mig_buf_ok(out) ? 0 : MIG_ENOMEM;
}

enum mig_answer
mig_webhook_answer(long http_status)
{
	if (http_status == 202)
		return MIG_ANSWER_ACCEPTED;
	if (http_status >= 200 && http_status <= 299)
		return MIG_ANSWER_DONE;
	if (http_status == 409 || http_status == 412)
		return MIG_ANSWER_CHECK;
	if (http_status == 0 || http_status == 408 || http_status == 425 || http_status == 429 ||
	    (http_status >= 500 && http_status <= 599))
		return MIG_ANSWER_RETRY;
	return MIG_ANSWER_REFUSED;
}

/* FNV-1a with a closing mix, so that keys that differ in their last digit spread as well. */
static uint32_t
key_hash(const char *key)
{
	uint32_t hash = 2166136261U;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * 16777619U;
	hash = (hash ^ (hash >> 16)) * 2246822519U;
	return hash ^ (hash >> 13);
}

int64_t
mig_webhook_backoff(const char *key, uint32_t attempt, int64_t base_ms, int64_t cap_ms)
{
	int64_t delay_ms = base_ms > 0 ? base_ms : 1;
	int64_t limit_ms = cap_ms > 0 ? cap_ms : 1;

	for (uint32_t i = 1; i < attempt && delay_ms < limit_ms; i++)
		delay_ms = delay_ms > limit_ms / 2 ? limit_ms : delay_ms * 2;
	if (delay_ms > limit_ms)
		delay_ms = limit_ms;
	/* Taken off, not added: the cap is a promise. */
	return delay_ms - delay_ms / 4 * (int64_t)(key_hash(key) % 1024) / 1024;
}
