/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "daemon/http_route.h"
#include "daemon/sock.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode len bytes in place; the result is never longer.  Returns its length or MIG_EDOC. */
static int
percent_decode(char *text, size_t len)
{
	size_t to = 0;
	for (size_t from = 0; from < len; from++) {
		unsigned char c = (unsigned char)text[from];
		if (c == '%') {
			if (len - from < 3)
				return MIG_EDOC;
			int high = hex_value(text[from + 1]);
			int low = hex_value(text[from + 2]);
			if (high < 0 || low < 0)
				return MIG_EDOC;
			c = (unsigned char)(high * 16 + low);
			from += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return MIG_EDOC;
		text[to++] = (char)c;
	}
	if (!mig_utf8_valid(text, to))
		return MIG_EDOC;
	text[to] = '\0';
	return (int)to;
}

/* Split at '/' before decoding, so that an encoded slash stays inside its segment. */
static int
path_split(char *raw, struct http_path *path)
{
	char *segment = raw + 1;
	for (;;) {
		if (path->count == HTTP_SEGMENTS_MAX)
			return MIG_ELIMIT;
		size_t len = strcspn(segment, "/");
		bool last = segment[len] == '\0';
		if (percent_decode(segment, len) < 0)
			return MIG_EDOC;
		path->segments[path->count++] = segment;
		if (last)
			return 0;
		segment += len + 1;
	}
}

int
http_path_parse(const char *target, struct http_path *ret_path)
{
	if (target[0] != '/' || strlen(target) > HTTP_HEADER_BYTES_MAX)
		return MIG_EDOC;
	struct http_path path = { .memory = strdup(target), .query = "" };
	if (path.memory == NULL)
		return MIG_ENOMEM;
	char *end = path.memory + strcspn(path.memory, "?#");
	if (*end == '?') {
		end[1 + strcspn(end + 1, "#")] = '\0';
		path.query = end + 1;
	}
	*end = '\0';
	int error = path_split(path.memory, &path);
	if (error != 0) {
		http_path_fini(&path);
		return error;
	}
	*ret_path = path;
	return 0;
}

void
http_path_fini(struct http_path *path)
{
	free(path->memory);
	memset(path, 0, sizeof(*path));
}

int
http_query_get(const char *query, const char *name, char **ret_value)
{
	size_t name_len = strlen(name);
	for (const char *p = query; *p != '\0'; p += *p == '&') {
		size_t len = strcspn(p, "&");
		bool named = len >= name_len && strncmp(p, name, name_len) == 0
		    && (len == name_len || p[name_len] == '=');
		if (!named) {
			p += len;
			continue;
		}
		size_t skip = len == name_len ? name_len : name_len + 1;
		char *value = strndup(p + skip, len - skip);
		if (value == NULL)
			return MIG_ENOMEM;
		if (percent_decode(value, strlen(value)) < 0) {
			free(value);
			return MIG_EDOC;
		}
		*ret_value = value;
		return 0;
	}
	return MIG_ENOTFOUND;
}

static bool
route_matches(const char *pattern, const struct http_path *path, struct http_match *match)
{
	size_t params = 0;
	const char *p = pattern + 1;
	for (size_t i = 0; i < path->count; i++) {
		size_t len = strcspn(p, "/");
		const char *segment = path->segments[i];
		if (p[0] == '{') {
			if (segment[0] == '\0' || params == HTTP_PARAMS_MAX)
				return false;
			match->params[params++] = segment;
		} else if (strlen(segment) != len || strncmp(segment, p, len) != 0) {
			return false;
		}
		bool pattern_ends = p[len] == '\0';
		if (pattern_ends)
			return i + 1 == path->count;
		p += len + 1;
	}
	return false;
}

static void
allow_method(struct mig_buf *allow, const char *method)
{
	/* One path has one row per method, so no name can come twice. */
	mig_buf_puts(allow, allow->len == 0 ? "" : ", ");
	mig_buf_puts(allow, method);
	if (strcmp(method, "GET") == 0)
		mig_buf_puts(allow, ", HEAD");
}

int
http_route_find(const struct http_server_parts *parts, const char *method,
    const struct http_path *path, struct http_match *ret_match, struct mig_buf *allow)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	int result = MIG_ENOTFOUND;
	for (size_t i = 0; i < parts->route_count; i++) {
		struct http_match match = { .route = &parts->routes[i] };
		if (!route_matches(match.route->path, path, &match))
			continue;
		if (strcmp(match.route->method, wanted) == 0) {
			*ret_match = match;
			return 0;
		}
		allow_method(allow, match.route->method);
		result = MIG_ESTATE;
	}
	return result;
}

/* The host of "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT". */
static bool
host_part(const char *value, char ret_host[SOCK_HOST_MAX])
{
	size_t len = strcspn(value, ":");
	if (value[0] == '[') {
		value++;
		len = strcspn(value, "]");
		if (value[len] != ']')
			return false;
	}
	if (len == 0 || len >= SOCK_HOST_MAX)
		return false;
	memcpy(ret_host, value, len);
	ret_host[len] = '\0';
	return true;
}

bool
http_host_ours(const char *value, const char *listen_host)
{
	char host[SOCK_HOST_MAX];
	struct in_addr v4;
	struct in6_addr v6;
	if (!host_part(value, host))
		return false;
	if (strcasecmp(host, listen_host) == 0 || strcasecmp(host, "localhost") == 0)
		return true;
	/* A page of somebody else can point its own name at us, but never an address. */
	bool everywhere = strcmp(listen_host, "0.0.0.0") == 0 || strcmp(listen_host, "::") == 0;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return everywhere || (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return everywhere || IN6_IS_ADDR_LOOPBACK(&v6);
	return false;
}
