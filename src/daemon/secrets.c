/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/secrets.h"
#include "sys/file.h"

/* What a file has last said. */
struct secret {
	struct secret *next;
	char *path;
	char *text;
	bool failing; /* and the log knows */
};

struct secrets {
	struct secret *first;
};

static void
wipe(char *text)
{
	if (text == NULL)
		return;
	explicit_bzero(text, strlen(text));
	free(text);
}

struct secrets *
secrets_new(void)
{
	return calloc(1, sizeof(struct secrets));
}

void
secrets_free(struct secrets *secrets)
{
	if (secrets == NULL)
		return;
	while (secrets->first != NULL) {
		struct secret *secret = secrets->first;
		secrets->first = secret->next;
		wipe(secret->text);
		free(secret->path);
		free(secret);
	}
	free(secrets);
}

static struct secret *
find(const struct secrets *secrets, const char *path)
{
	struct secret *secret = secrets->first;

	while (secret != NULL && strcmp(secret->path, path) != 0)
		secret = secret->next;
	return secret;
}

/* Remember what was read; without memory it is not, and that is all. */
static void
keep(struct secrets *secrets, const char *path, const char *text)
{
	struct secret *secret = find(secrets, path);
	char *copy = strdup(text);

	if (secret == NULL && copy != NULL) {
		secret = calloc(1, sizeof(*secret));
		if (secret != NULL)
			secret->path = strdup(path);
		if (secret != NULL && secret->path == NULL) {
			free(secret);
			secret = NULL;
		}
		if (secret != NULL) {
			secret->next = secrets->first;
			secrets->first = secret;
		}
	}
	if (secret == NULL || copy == NULL) {
		wipe(copy);
		return;
	}
	if (secret->failing)
		log_event(LOG_LEVEL_INFO, "secrets", "a secret can be read again", "path", path,
		    NULL);
	secret->failing = false;
	wipe(secret->text);
	secret->text = copy;
}

int
secrets_read(struct secrets *secrets, const char *path, char **ret_secret, char *ret_error,
    size_t size)
{
	char *text = NULL;
	int error = file_secret(path, &text, ret_error, size);

	if (error == MIG_OK) {
		keep(secrets, path, text);
		*ret_secret = text;
		return MIG_OK;
	}
	struct secret *secret = find(secrets, path);
	text = secret != NULL ? strdup(secret->text) : NULL;
	if (text == NULL)
		return error;
	if (!secret->failing)
		log_event(LOG_LEVEL_ERROR, "secrets",
		    "a secret cannot be read: what was read of it before is used", "error",
		    ret_error, NULL);
	secret->failing = true;
	*ret_secret = text;
	return MIG_OK;
}
