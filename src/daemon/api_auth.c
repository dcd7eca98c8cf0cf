/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/limits.h"
#include "daemon/api_auth.h"
#include "daemon/sock.h"
#include "sys/file.h"

#define AUTH_GROUP_MAX 64

struct api_auth {
	bool group_known;
	gid_t gid;
	char group[AUTH_GROUP_MAX]; /* for the message */
	bool token_known;
	uint8_t token[MIG_SHA256_BYTES]; /* only its digest is kept */
};

/* Digests are compared, so neither content nor length of the token shows in the time taken. */
static bool
token_matches(const struct api_auth *auth, const char *token)
{
	uint8_t digest[MIG_SHA256_BYTES];
	mig_sha256(token, strlen(token), digest);
	volatile uint8_t difference = 0;
	for (size_t i = 0; i < sizeof(digest); i++)
		difference = (uint8_t)(difference | (digest[i] ^ auth->token[i]));
	return difference == 0;
}

static int
check_tcp(const struct api_auth *auth, struct http_exchange *exchange, char *ret_detail,
    size_t size)
{
	static const char scheme[] = "Bearer ";
	if (!auth->token_known) {
		(void)snprintf(ret_detail, size,
		    "over TCP this daemon may only be read: use the Unix socket, or configure "
		    "control.token_file");
		return 403;
	}
	const char *header = http_exchange_header(exchange, "Authorization");
	if (header != NULL && strncasecmp(header, scheme, strlen(scheme)) == 0
	    && token_matches(auth, header + strlen(scheme))) {
		http_exchange_set_actor(exchange, "token");
		return 0;
	}
	http_exchange_add_header(exchange, "WWW-Authenticate", "Bearer");
	(void)snprintf(ret_detail, size, "%s",
	    header == NULL ? "changing something over TCP needs the bearer token"
		: "this is not the bearer token");
	return 401;
}

static int
check_unix(const struct api_auth *auth, struct http_exchange *exchange, char *ret_detail,
    size_t size)
{
	int fd = http_exchange_fd(exchange);
	struct sock_peer peer;
	if (sock_peer(fd, &peer) != 0) {
		(void)snprintf(ret_detail, size, "the system does not tell who you are");
		return 403;
	}
	char name[MIG_NAME_MAX];
	sock_peer_name(&peer, name, sizeof(name));
	http_exchange_set_actor(exchange, name);
	bool allowed = peer.uid == 0 || peer.uid == geteuid()
	    || (auth->group_known && sock_peer_in_group(fd, &peer, auth->gid));
	if (allowed)
		return 0;
	if (auth->group[0] != '\0')
		(void)snprintf(ret_detail, size,
		    "%s may only look: changing something is for root and the group %s%s", name,
		    auth->group, auth->group_known ? "" : ", which does not exist here");
	else
		(void)snprintf(ret_detail, size,
		    "%s may only look: changing something is for root", name);
	return 403;
}

int
api_auth_new(const char *group, const char *token_file, struct api_auth **ret_auth,
    char *ret_error, size_t size)
{
	struct api_auth *auth = calloc(1, sizeof(*auth));
	if (auth == NULL) {
		(void)snprintf(ret_error, size, "%s", mig_error_text(MIG_ENOMEM));
		return MIG_ENOMEM;
	}
	int error = api_auth_configure(auth, group, token_file, ret_error, size);
	if (error != 0) {
		api_auth_free(auth);
		return error;
	}
	*ret_auth = auth;
	return 0;
}

void
api_auth_free(struct api_auth *auth)
{
	free(auth);
}

int
api_auth_configure(struct api_auth *auth, const char *group, const char *token_file,
    char *ret_error, size_t size)
{
	struct api_auth fresh = { 0 };
	if (token_file != NULL && token_file[0] != '\0') {
		char *token = NULL;
		int error = file_secret(token_file, &token, ret_error, size);
		if (error != 0)
			return error;
		fresh.token_known = token[0] != '\0';
		mig_sha256(token, strlen(token), fresh.token);
		explicit_bzero(token, strlen(token));
		free(token);
		if (!fresh.token_known) {
			(void)snprintf(ret_error, size, "%s: the token is empty", token_file);
			return MIG_EDOC;
		}
	}
	if (group != NULL && group[0] != '\0') {
		(void)snprintf(fresh.group, sizeof(fresh.group), "%s", group);
		fresh.group_known = sock_group(group, &fresh.gid) == 0;
	}
	*auth = fresh;
	return 0;
}

int
api_auth_check(const struct api_auth *auth, struct http_exchange *exchange,
    enum http_permission permission, char *ret_detail, size_t size)
{
	switch (permission) {
	case HTTP_OPEN:
	case HTTP_READ:
		return 0;
	case HTTP_CHANGE:
		break;
	}
	if (http_exchange_tcp(exchange))
		return check_tcp(auth, exchange, ret_detail, size);
	return check_unix(auth, exchange, ret_detail, size);
}
