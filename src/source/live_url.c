/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "source/live_int.h"

#define PORT_MAX 65535

/* What a URL may begin with. */
static const struct {
	const char *scheme;
	enum mig_db_dialect dialect;
} schemes[] = { { "postgresql://", MIG_DB_POSTGRESQL }, { "postgres://", MIG_DB_POSTGRESQL },
	{ "mysql://", MIG_DB_MYSQL }, { "mariadb://", MIG_DB_MYSQL } };
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

/* Settings that are no secrets; all others are left out of messages. */
static const char *const public_settings[] = { "host", "hostaddr", "port", "dbname", "user",
	"service", "sslmode", "sslrootcert", "target_session_attrs", "unix_socket" };
#define PUBLIC_SETTINGS (sizeof(public_settings) / sizeof(public_settings[0]))

/* A piece of the text. */
struct piece {
	const char *at; /* NULL: not there */
	size_t len;
};

/* The pieces of a URL, as they are written. */
struct pieces {
	size_t scheme; /* which */
	struct piece user;
	struct piece password;
	struct piece hosts;
	struct piece database;
	struct piece query;
};

#define ESCAPES "(in a user or password, @ is written %40, / is %2F, : is %3A and ? is %3F)"

static const char at_twice[] = "there is more than one @ before the host " ESCAPES;
static const char at_late[] = "there is an @ behind the host " ESCAPES;

static struct piece
piece_until(const char *text, const char *ends)
{
	return (struct piece){ text, strcspn(text, ends) };
}

/* The piece up to a character, which is passed over; the whole when it is not there. */
static struct piece
cut(struct piece *rest, char end)
{
	const char *found = memchr(rest->at, end, rest->len);
	struct piece piece = { rest->at, found != NULL ? (size_t)(found - rest->at) : rest->len };
	size_t used = piece.len + (found != NULL ? 1 : 0);
	rest->at += used;
	rest->len -= used;
	return piece;
}

static bool
has(struct piece piece, char c)
{
	return piece.len > 0 && memchr(piece.at, c, piece.len) != NULL;
}

/* User, password and hosts of what stands between "//" and the next "/" or "?". */
static const char *
split_authority(struct piece authority, struct pieces *pieces)
{
	pieces->hosts = authority;
	if (!has(authority, '@'))
		return NULL;
	struct piece user = cut(&pieces->hosts, '@');
	if (has(pieces->hosts, '@'))
		return at_twice;
	bool password = has(user, ':');
	pieces->user = cut(&user, ':');
	if (password)
		pieces->password = user;
	return NULL;
}

static const char *
split(const char *text, struct pieces *pieces)
{
	size_t i = 0;
	while (i < SCHEMES && strncmp(text, schemes[i].scheme, strlen(schemes[i].scheme)) != 0)
		i++;
	if (i == SCHEMES)
		return "it does not begin with postgresql://, mysql:// or mariadb://";
	pieces->scheme = i;
	text += strlen(schemes[i].scheme);
	struct piece authority = piece_until(text, "/?");
	text += authority.len;
	if (*text == '/') {
		pieces->database = piece_until(text + 1, "?");
		text += 1 + pieces->database.len;
	}
	if (*text == '?')
		pieces->query = (struct piece){ text + 1, strlen(text + 1) };
	if (has(pieces->database, '@'))
		return at_late;
	if (has(pieces->database, '/'))
		return "there is more than one / behind the host (in a database's name it is %2F)";
	return split_authority(authority, pieces);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* NULL: a % is not followed by two digits, or stands for the byte 0; or there is no memory. */
static const char *
decode(struct mig_arena *arena, struct piece piece)
{
	char *out = mig_arena_strndup(arena, piece.at, piece.len);
	if (out == NULL)
		return NULL;
	size_t len = 0;
	for (size_t i = 0; i < piece.len; i++) {
		out[len++] = out[i];
		if (out[i] != '%')
			continue;
		int high = i + 2 < piece.len ? hex_value(out[i + 1]) : -1;
		int low = i + 2 < piece.len ? hex_value(out[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return NULL;
		out[len - 1] = (char)(high * 16 + low);
		i += 2;
	}
	out[len] = '\0';
	return out;
}

/* A port, or nothing: both are fine. */
static bool
read_port(struct mig_arena *arena, struct piece piece, int *ret_port)
{
	int64_t port = 0;
	*ret_port = 0;
	if (piece.len == 0)
		return true;
	const char *text = mig_arena_strndup(arena, piece.at, piece.len);
	if (text == NULL || mig_num_int(text, 1, PORT_MAX, &port) != MIG_OK)
		return false;
	*ret_port = (int)port;
	return true;
}

/* One of the hosts, with its port. */
static const char *
check_host(struct mig_arena *arena, struct piece piece, const char **ret_host, int *ret_port)
{
	static const char no_port[] = "the port is not a number from 1 to 65535";
	struct piece host = piece;
	if (piece.len > 0 && *piece.at == '[') {
		host.at++;
		host.len--;
		if (!has(host, ']'))
			return "the address of the host has no ] at its end";
		piece = host;
		host = cut(&piece, ']');
		if (piece.len > 0 && *piece.at != ':')
			return no_port;
		if (piece.len > 0)
			(void)cut(&piece, ':');
	} else {
		host = cut(&piece, ':');
	}
	if (!read_port(arena, piece, ret_port))
		return no_port;
	*ret_host = decode(arena, host);
	return *ret_host != NULL ? NULL : "the host has a % without two hexadecimal digits";
}

static const char *
split_hosts(struct mig_arena *arena, struct piece hosts, struct live_url *url)
{
	const char *fault = NULL;
	bool first = true;
	url->hosts = mig_arena_strndup(arena, hosts.at, hosts.len);
	while (hosts.len > 0 && fault == NULL) {
		const char *host = NULL;
		int port = 0;
		fault = check_host(arena, cut(&hosts, ','), &host, &port);
		if (first && fault == NULL && *host != '\0')
			url->host = host;
		if (first)
			url->port = port;
		first = false;
	}
	return fault;
}

static const char *
split_settings(struct mig_arena *arena, struct piece query, struct live_url *url)
{
	while (query.len > 0) {
		struct piece value = cut(&query, '&');
		if (!has(value, '='))
			return "what stands behind the ? is not of the form setting=value&...";
		struct piece name = cut(&value, '=');
		if (url->settings_count == LIVE_SETTINGS_MAX)
			return "there are too many settings behind the ?";
		struct live_setting *setting = &url->settings[url->settings_count++];
		setting->name = decode(arena, name);
		setting->value = decode(arena, value);
		if (setting->name == NULL || setting->value == NULL)
			return "a setting has a % without two hexadecimal digits";
	}
	return NULL;
}

const char *
live_url_split(struct mig_arena *arena, const char *text, struct live_url *ret_url)
{
	struct pieces pieces = { 0 };
	struct live_url url = { 0 };
	const char *fault = split(text, &pieces);
	if (fault == NULL)
		fault = split_hosts(arena, pieces.hosts, &url);
	if (fault == NULL && pieces.query.at != NULL)
		fault = split_settings(arena, pieces.query, &url);
	if (fault != NULL)
		return fault;
	url.dialect = schemes[pieces.scheme].dialect;
	if (pieces.user.len > 0 && (url.user = decode(arena, pieces.user)) == NULL)
		return "the user has a % without two hexadecimal digits";
	if (pieces.password.at != NULL && (url.password = decode(arena, pieces.password)) == NULL)
		return "the password has a % without two hexadecimal digits";
	if (pieces.database.len > 0 && (url.database = decode(arena, pieces.database)) == NULL)
		return "the database has a % without two hexadecimal digits";
	*ret_url = url;
	return NULL;
}

const char *
live_url_setting(const struct live_url *url, const char *name)
{
	for (size_t i = 0; i < url->settings_count; i++)
		if (strcmp(url->settings[i].name, name) == 0)
			return url->settings[i].value;
	return NULL;
}

bool
live_is_url(const char *text)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (strncmp(text, schemes[i].scheme, strlen(schemes[i].scheme)) == 0)
			return true;
	return false;
}

/* The settings that may be seen. */
static void
add_settings(struct piece query, struct mig_buf *out)
{
	char mark = '?';
	while (query.len > 0) {
		struct piece whole = cut(&query, '&');
		struct piece value = whole;
		struct piece name = cut(&value, '=');
		for (size_t i = 0; i < PUBLIC_SETTINGS; i++) {
			if (strlen(public_settings[i]) != name.len ||
			    memcmp(public_settings[i], name.at, name.len) != 0)
				continue;
			mig_buf_putc(out, mark);
			mig_buf_add(out, whole.at, whole.len);
			mark = '&';
		}
	}
}

void
live_url_public(const char *url, struct mig_buf *out)
{
	struct pieces pieces = { 0 };
	struct live_url parts = { 0 };
	struct mig_arena *arena = mig_arena_new(strlen(url) * 8 + 4096);
	/* What cannot be taken apart may have its password anywhere. */
	bool whole = arena != NULL && live_url_split(arena, url, &parts) == NULL;
	mig_arena_free(arena);
	(void)split(url, &pieces);
	if (!live_is_url(url)) {
		mig_buf_puts(out, "...");
		return;
	}
	mig_buf_puts(out, schemes[pieces.scheme].scheme);
	if (!whole) {
		mig_buf_puts(out, "...");
		return;
	}
	if (pieces.user.len > 0) {
		mig_buf_add(out, pieces.user.at, pieces.user.len);
		mig_buf_putc(out, '@');
	}
	mig_buf_add(out, pieces.hosts.at, pieces.hosts.len);
	if (pieces.database.at != NULL) {
		mig_buf_putc(out, '/');
		mig_buf_add(out, pieces.database.at, pieces.database.len);
	}
	if (pieces.query.at != NULL)
		add_settings(pieces.query, out);
}
