/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "base/num.h"
#include "engine/binding.h"

#define KEYS_MAX 48
#define HEADERS_MAX 32

/* Keys that somebody might use for a secret in plain text. */
static const char *const secret_keys[] = { "secret", "token", "password", "bearer_token", "api_key",
	"key", NULL };

/* Headers of which migarchd has its own opinion, or which would be a secret in plain text. */
static const char *const forbidden_headers[] = { "Authorization", "Proxy-Authorization",
	"Content-Length", "Transfer-Encoding", "Connection", "Host", "User-Agent",
	"Idempotency-Key", "webhook-id", "webhook-timestamp", "webhook-signature", NULL };

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
same_ignoring_case(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (b[i] == '\0' || lower(a[i]) != lower(b[i]))
			return false;
	}
	return b[len] == '\0';
}

static bool
contains(const char *const *list, const char *text)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, text) == 0)
			return true;
	}
	return false;
}

static int
url_fault(char *ret_error, size_t size, const char *what)
{
	(void)snprintf(ret_error, size, "%s", what);
	return MIG_EDOC;
}

/* The part between the scheme and the path. */
static int
check_authority(const char *text, size_t len, char *ret_error, size_t size)
{
	char digits[8];
	if (len == 0 || text[0] == ':')
		return url_fault(ret_error, size, "has no host");
	if (memchr(text, '@', len) != NULL)
		return url_fault(ret_error, size, "must not hold a user name or password");
	size_t host = len;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(text[i]) && strchr(".-_:[]", text[i]) == NULL)
			return url_fault(ret_error, size, "has a host with forbidden characters");
		if (text[i] == ':')
			host = i;
		else if (text[i] == ']')
			host = len;
	}
	if (host == len)
		return 0;
	int64_t port = 0;
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)(len - host - 1), text + host + 1);
	if (len - host - 1 > 5 || mig_num_int(digits, 1, 65535, &port) != 0)
		return url_fault(ret_error, size, "has a port that is not in 1 to 65535");
	return 0;
}

static bool
has_forbidden_key(const char *name, size_t len)
{
	for (const char *const *it = forbidden_headers; *it != NULL; it++) {
		if (same_ignoring_case(name, *it, len))
			return true;
	}
	return false;
}

/* One entry of a list of headers: its text, or NULL with a finding. */
static const char *
read_header(struct mig_reader *reader, const struct mig_at *at)
{
	const char *text = mig_json_string(at->node);
	if (text == NULL) {
		mig_at_error(reader, at, "write \"Name: value\"", "expected a string, found %s",
		    mig_json_type_name(mig_json_type(at->node)));
		return NULL;
	}
	size_t len = 0;
	while (is_alnum(text[len]) || (text[len] != '\0' && strchr("-_.!#$%&'*+^`|~", text[len])))
		len++;
	if (len == 0 || text[len] != ':') {
		mig_at_error(reader, at, "write \"Name: value\"", "\"%s\" is not a header", text);
		return NULL;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || (unsigned char)*c == 0x7f) {
			mig_at_error(reader, at, "remove it", "a control character in a header");
			return NULL;
		}
	}
	if (same_ignoring_case(text, "Authorization", len)) {
		mig_at_error(reader, at,
		    "put the token into a file and name it in bearer_token_file",
		    "a secret must not stand in the configuration");
		return NULL;
	}
	if (has_forbidden_key(text, len)) {
		mig_at_error(
		    reader, at, "remove it", "the header %.*s is set by migarchd", (int)len, text);
		return NULL;
	}
	return text;
}

int
mig_url_check(const char *url, char *ret_error, size_t size)
{
	size_t scheme = 0;
	if (strncmp(url, "http://", 7) == 0)
		scheme = 7;
	else if (strncmp(url, "https://", 8) == 0)
		scheme = 8;
	else
		return url_fault(ret_error, size, "does not start with http:// or https://");

	for (const char *c = url; *c != '\0'; c++) {
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f)
			return url_fault(
			    ret_error, size, "has a blank or a character beyond ASCII");
		if (strchr("\"<>\\^`#", *c) != NULL)
			return url_fault(
			    ret_error, size, "has one of the characters \" < > \\ ^ ` #");
	}
	size_t authority = strcspn(url + scheme, "/?");
	return check_authority(url + scheme, authority, ret_error, size);
}

int
mig_url_check_base(const char *url, char *ret_error, size_t size)
{
	if (strchr(url, '?') != NULL)
		return url_fault(ret_error, size, "has a query, and a path is put behind it");
	return mig_url_check(url, ret_error, size);
}

const char *
mig_read_url(
    struct mig_reader *reader, const struct mig_at *object, const char *key, unsigned flags)
{
	char error[96];
	const char *url = mig_read_string(reader, object, key, flags, NULL);
	if (url == NULL || url[0] == '\0')
		return NULL;
	if (mig_url_check(url, error, sizeof(error)) == 0)
		return url;
	struct mig_at at = mig_at_key(object, key);
	mig_at_error(reader, &at, "write http://HOST:PORT/PATH or https://…", "the URL \"%s\" %s",
	    url, error);
	return NULL;
}

void
mig_read_headers(struct mig_reader *reader, const struct mig_at *object, struct mig_arena *arena,
    size_t *ret_count, const char *const **ret_headers)
{
	*ret_count = 0;
	*ret_headers = NULL;
	struct mig_at list = mig_at_key(object, "headers");
	if (!mig_read_array(reader, &list, 0))
		return;
	const char **headers =
	    mig_arena_array(arena, mig_json_count(list.node) + 1, sizeof(*headers));
	if (headers == NULL)
		return;
	size_t count = 0;
	struct mig_at it = { 0 };
	while (mig_at_each(&list, &it)) {
		const char *text = read_header(reader, &it);
		if (text != NULL && count == HEADERS_MAX)
			mig_at_error(reader, &it, NULL, "more than %d headers", HEADERS_MAX);
		else if (text != NULL)
			headers[count++] = mig_arena_strdup(arena, text);
	}
	*ret_count = count;
	*ret_headers = headers;
}

bool
mig_read_group(
    struct mig_reader *reader, const struct mig_at *at, unsigned flags, const char *const *known)
{
	const char *keys[KEYS_MAX + 1] = { NULL };
	size_t count = 0;
	for (; known[count] != NULL; count++) {
		MIG_ASSERT(count < KEYS_MAX);
		keys[count] = known[count];
	}
	struct mig_at it = { 0 };
	bool is_object = at->node != NULL && mig_json_type(at->node) == MIG_JSON_OBJECT;
	while (is_object && mig_at_each(at, &it)) {
		if (!contains(secret_keys, it.key) || contains(known, it.key))
			continue;
		mig_at_error(reader, &it,
		    "put it into a file that only migarchd may read, and name that in "
		    "secret_file, bearer_token_file or token_file",
		    "a secret must not stand in the configuration");
		if (count < KEYS_MAX)
			keys[count++] = it.key;
	}
	return mig_read_object(reader, at, flags, keys);
}
