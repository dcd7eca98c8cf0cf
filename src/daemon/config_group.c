/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/un.h>

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "daemon/config.h"
#include "daemon/config_group.h"
#include "engine/binding.h"

#define KEYS_MAX 32
#define WORDS_MAX 8
#define WORD_BYTES 32

static const char *
keep(const struct config_group_reader *in, const char *text)
{
	const char *copy = mig_arena_strdup(in->tree->arena, text);
	return copy != NULL ? copy : "";
}

static const char *
joined(const struct config_group_reader *in, const char *folder, const char *name)
{
	if (name[0] == '/' || folder == NULL)
		return keep(in, name);
	const char *path = mig_arena_printf(in->tree->arena, "%s/%s", folder, name);
	return path != NULL ? path : "";
}

/* "HOST:PORT" or "[V6]:PORT". */
static void
check_listen(struct mig_reader *reader, const struct mig_at *at, const char *text)
{
	int64_t port = 0;
	const char *colon = strrchr(text, ':');
	bool valid = colon != NULL && colon != text && mig_num_int(colon + 1, 0, 65535, &port) == 0;
	size_t host = valid ? (size_t)(colon - text) : 0;
	bool bracketed = valid && text[0] == '[' && text[host - 1] == ']' && host > 2;
	if (valid && !bracketed && memchr(text, ':', host) != NULL)
		valid = false;
	if (!valid || strpbrk(text, " \t/") != NULL)
		mig_at_error(reader, at, "write it like \"127.0.0.1:9470\" or \"[::1]:9470\"",
		    "\"%s\" is not HOST:PORT", text);
}

static void
check_base_url(struct mig_reader *reader, const struct mig_at *at, const char *text)
{
	char error[96];

	if (mig_url_check_base(text, error, sizeof(error)) != MIG_OK)
		mig_at_error(reader, at, "write http://HOST:PORT/PATH or https://…",
		    "the URL \"%s\" %s", text, error);
}

static void
check_socket(struct mig_reader *reader, const struct mig_at *at, const char *path)
{
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		mig_at_error(reader, at, "use a shorter one",
		    "\"%s\" is too long for a socket: at most %zu bytes", path,
		    sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
}

static const char *
read_file(
    const struct config_group_reader *in, const struct mig_at *at, const char *name, bool secret)
{
	if (name[0] == '\0')
		return NULL;
	const char *path = config_tree_path(in->tree, name);
	if (at->node != NULL && path != NULL)
		config_check_file(in->reader, at, path, secret);
	return path;
}

/* The text of a row, after the checks of its type; NULL only for files that are not given. */
static const char *
read_text(
    const struct config_group_reader *in, const struct mig_at *group, const struct config_key *row)
{
	struct mig_at at = mig_at_key(group, row->key);
	const char *path = NULL;
	const char *text = mig_read_string(in->reader, group, row->key, 0, row->fallback);
	switch (row->type) {
	case CONFIG_BASE_URL:
		check_base_url(in->reader, &at, text);
		return keep(in, text);
	case CONFIG_LISTEN:
		if (text[0] != '\0')
			check_listen(in->reader, &at, text);
		return keep(in, text);
	case CONFIG_FILE:
		return read_file(in, &at, text, false);
	case CONFIG_SECRET:
		return read_file(in, &at, text, true);
	case CONFIG_STATE_PATH:
		if (text[0] == '\0')
			mig_at_error(in->reader, &at, NULL, "must not be empty");
		return joined(in, in->paths->state_dir, text);
	case CONFIG_SOCKET:
		if (text[0] == '\0')
			mig_at_error(in->reader, &at, NULL, "must not be empty");
		path = in->paths->socket != NULL ? keep(in, in->paths->socket) :
		                                   joined(in, in->paths->runtime_dir, text);
		check_socket(in->reader, &at, path);
		return path;
	case CONFIG_URL:
		(void)mig_read_url(in->reader, group, row->key, 0); /* for its findings */
		return keep(in, text);
	case CONFIG_GROUP:
	case CONFIG_LIST:
	case CONFIG_TEXT:
	case CONFIG_ENUM:
	case CONFIG_DURATION:
	case CONFIG_NUMBER:
	case CONFIG_BOOL:
	case CONFIG_HEADERS:
	case CONFIG_QUERY:
	case CONFIG_LABELS:
		break;
	}
	return keep(in, text);
}

/* Whether the text of an enumeration is one of its words. */
static void
check_choice(
    const struct config_group_reader *in, const struct mig_at *group, const struct config_key *row)
{
	char words[WORDS_MAX][WORD_BYTES];
	const char *names[WORDS_MAX + 1] = { NULL };
	size_t count = 0;
	const char *at = row->choices;
	while (*at != '\0' && count < WORDS_MAX) {
		size_t len = strcspn(at, " ");
		MIG_ASSERT(len < WORD_BYTES);
		memcpy(words[count], at, len);
		words[count][len] = '\0';
		names[count] = words[count];
		count++;
		at += len + strspn(at + len, " ");
	}
	(void)mig_read_enum(in->reader, group, row->key, 0, names, 0); /* for its findings */
}

static void
read_row(const struct config_group_reader *in, const struct mig_at *group,
    const struct config_key *row, void *target)
{
	if (row->type == CONFIG_ENUM)
		check_choice(in, group, row);
	if (row->offset == CONFIG_ELSEWHERE)
		return;
	char *member = (char *)target + row->offset;
	if (row->type == CONFIG_DURATION) {
		int64_t ms = 0;
		bool valid = mig_num_duration(row->fallback, &ms) == 0;
		MIG_ASSERT(valid);
		ms = mig_read_duration(in->reader, group, row->key, 0, row->min, row->max, ms);
		memcpy(member, &ms, sizeof(ms));
		return;
	}
	const char *text = read_text(in, group, row);
	memcpy(member, &text, sizeof(text));
}

void
config_group_read(const struct config_group_reader *in, const struct mig_at *group,
    const char *name, void *target)
{
	const char *keys[KEYS_MAX + 1];
	config_keys_of(name, keys, KEYS_MAX);
	(void)mig_read_group(in->reader, group, 0, keys); /* absent: all at their defaults */
	for (const struct config_key *row = config_keys; row->key != NULL; row++) {
		if (strcmp(row->group, name) == 0)
			read_row(in, group, row, target);
	}
}
