/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "source/live_int.h"

#define MESSAGE_MAX 4096
/* A shorter password would be found in words that have nothing to do with it. */
#define SECRET_MIN 4

/* Append a text in one line, with stars for the password. */
static void
add_clean(struct mig_buf *out, const char *text, const char *secret)
{
	size_t secret_len = secret != NULL ? strlen(secret) : 0;
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (secret_len >= SECRET_MIN && strncmp(text + i, secret, secret_len) == 0) {
			mig_buf_puts(out, "***");
			i += secret_len - 1;
			continue;
		}
		bool blank = (unsigned char)text[i] <= ' ';
		if (!blank)
			mig_buf_putc(out, text[i]);
		else if (out->len > 0 && out->data[out->len - 1] != ' ')
			mig_buf_putc(out, ' ');
	}
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		mig_buf_truncate(out, out->len - 1);
}

static void MIG_PRINTF(4, 0)
add_finding(
    struct live *live, enum mig_severity severity, const char *hint, const char *fmt, va_list args)
{
	struct mig_buf raw;
	struct mig_buf clean;
	mig_buf_init(&raw, MESSAGE_MAX);
	mig_buf_init(&clean, MESSAGE_MAX * 2);
	mig_buf_vprintf(&raw, fmt, args);
	add_clean(&clean, mig_buf_ok(&raw) ? raw.data : "the message is too long", live->secret);
	mig_findings_add(live->findings, severity, live->name, NULL, hint, "%s", clean.data);
	mig_buf_fini(&raw);
	mig_buf_fini(&clean);
}

int
live_fail(struct live *live, int error, const char *hint, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add_finding(live, MIG_SEV_ERROR, hint, fmt, args);
	va_end(args);
	return error;
}

void
live_note(struct live *live, enum mig_severity severity, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add_finding(live, severity, NULL, fmt, args);
	va_end(args);
}

int
live_no_memory(const struct live *live)
{
	mig_findings_add(live->findings, MIG_SEV_ERROR, live->name, NULL, NULL,
	    "out of memory (or over the %u MiB that one schema may take)", MIG_DB_BYTES_MAX >> 20);
	return MIG_ENOMEM;
}

static int
read_server(struct live *live, const char *text, const struct live_url *url)
{
	live->secret = url->password != NULL ? url->password : live_url_setting(url, "password");
	int error = url->dialect == MIG_DB_POSTGRESQL ? live_postgresql_read(live, text, url) :
	                                                live_mysql_read(live, url);
	if (error == MIG_OK && mig_arena_failed(live->arena))
		error = live_no_memory(live);
	return error;
}

int
live_read(const char *url, const struct live_options *options, struct mig_db **ret_db,
    struct mig_findings *findings)
{
	struct live_url parts = { 0 };
	struct mig_buf name;
	struct mig_arena *arena = mig_arena_new(strlen(url) * 8 + MESSAGE_MAX);
	mig_buf_init(&name, strlen(url) + MESSAGE_MAX);
	live_url_public(url, &name);
	struct live live = { .options = options, .findings = findings, .name = name.data };
	const char *fault = arena != NULL ? live_url_split(arena, url, &parts) : NULL;
	int error = MIG_OK;
	if (fault != NULL)
		error = live_fail(&live, MIG_EDOC, NULL, "this URL cannot be read: %s", fault);
	else if (arena == NULL || (live.db = mig_db_new(parts.dialect)) == NULL)
		error = live_no_memory(&live);
	if (error == MIG_OK) {
		live.arena = mig_db_arena(live.db);
		error = read_server(&live, url, &parts);
	}
	if (error == MIG_OK)
		*ret_db = live.db;
	else
		mig_db_free(live.db);
	mig_buf_fini(&name);
	mig_arena_free(arena);
	return error;
}
