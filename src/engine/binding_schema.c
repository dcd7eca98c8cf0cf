/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "engine/binding.h"
#include "engine/binding_int.h"

#define LIVE_TIMEOUT_MIN_MS 1000
#define LIVE_TIMEOUT_MAX_MS 600000
#define LIVE_TIMEOUT_MS 30000

/* Settings behind the ? of a URL that are a secret, or name a file that holds several. */
static const char *const secret_settings[] = { "password", "sslpassword", "passfile", "service",
	"servicefile", NULL };

/* The name of a file that must be there. */
static const char *
read_path(const struct mig_binding_reader *in, const struct mig_at *at, const char *key)
{
	const char *path = mig_read_string(in->reader, at, key,
	    MIG_READ_REQUIRED | MIG_READ_NONEMPTY, NULL);
	return mig_arena_strdup(in->arena, path);
}

/* What a file held when the rollout was loaded; NULL: nobody has said so. */
static const char *
read_pin(const struct mig_binding_reader *in, const struct mig_at *at, const char *key)
{
	const char *hex = mig_read_string(in->reader, at, key, 0, "");
	return hex[0] != '\0' ? mig_arena_strdup(in->arena, hex) : NULL;
}

/* What stands behind the scheme of a server's URL; NULL: it is none. */
static const char *
behind_scheme(const char *url)
{
	static const char *const schemes[] = { "postgresql://", "postgres://", "mysql://",
		"mariadb://" };
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
			return url + strlen(schemes[i]);
	return NULL;
}

/* Whether the name of a setting is one of a secret; one with a % in it could be any. */
static bool
is_secret_setting(const char *name, size_t len)
{
	if (memchr(name, '%', len) != NULL)
		return true;
	for (const char *const *it = secret_settings; *it != NULL; it++)
		if (strlen(*it) == len && strncmp(*it, name, len) == 0)
			return true;
	return false;
}

/*
 * Whether a URL, without its scheme, may hold a password: a colon before an @, wherever that is, as
 * a password may hold what should have been escaped.
 */
static bool
holds_secret(const char *rest)
{
	const char *last_at = strrchr(rest, '@');
	if (last_at != NULL && memchr(rest, ':', (size_t)(last_at - rest)) != NULL)
		return true;
	const char *setting = strchr(rest, '?');
	while (setting != NULL) {
		setting++;
		if (is_secret_setting(setting, strcspn(setting, "=&")))
			return true;
		setting = strchr(setting, '&');
	}
	return false;
}

/* What is wrong is told without what stands there: it could be a password. */
static bool
check_live(const struct mig_binding_reader *in, const struct mig_at *at, const char *url)
{
	const char *rest = behind_scheme(url);
	if (rest == NULL)
		mig_at_error(in->reader, at, "write it like postgresql://USER@HOST/DATABASE",
		    "this is not the URL of a PostgreSQL, MySQL or MariaDB server");
	else if (holds_secret(rest))
		mig_at_error(in->reader, at,
		    "put the password into a file and name it in live_password_file",
		    "a secret must not stand in the configuration");
	else
		return true;
	return false;
}

static void
read_live(const struct mig_binding_reader *in, const struct mig_at *at,
    struct mig_schema_binding *schema)
{
	struct mig_at live = mig_at_key(at, "live");
	struct mig_at file = mig_at_key(at, "live_password_file");
	struct mig_at timeout = mig_at_key(at, "live_timeout");
	const char *url = mig_read_string(in->reader, at, "live", 0, "");
	const char *path = mig_read_string(in->reader, at, "live_password_file", 0, "");
	schema->live_timeout_ms = mig_read_duration(in->reader, at, "live_timeout", 0,
	    LIVE_TIMEOUT_MIN_MS, LIVE_TIMEOUT_MAX_MS, LIVE_TIMEOUT_MS);
	if (url[0] == '\0') {
		const struct mig_at *alone = path[0] != '\0' ? &file : &timeout;
		if (alone->node != NULL)
			mig_at_error(in->reader, alone, "give live, the URL of the server",
			    "%s without live", alone->key);
		return;
	}
	if (strcmp(schema->type, "api") == 0)
		mig_at_error(in->reader, &live, "remove it, or the type",
		    "a server has a database's schema, and type is \"api\"");
	if (!check_live(in, &live, url))
		return;
	schema->live = mig_arena_strdup(in->arena, url);
	if (path[0] != '\0')
		schema->live_password_file = mig_arena_strdup(in->arena, path);
}

void
mig_binding_read_schema(const struct mig_binding_reader *in, const struct mig_at *at,
    struct mig_schema_binding *schema)
{
	static const char *const keys[] = { "before", "after", "type", "accept", "override", "live",
		"live_password_file", "live_timeout", "before_sha256", "after_sha256", NULL };
	static const char *const types[] = { "auto", "database", "api", NULL };
	static const char *const severities[] = { "breaking", "potentially_breaking",
		"non_breaking", "additive", NULL };
	if (at->node == NULL || !mig_read_group(in->reader, at, 0, keys))
		return;
	schema->before = read_path(in, at, "before");
	schema->after = read_path(in, at, "after");
	schema->before_sha256 = read_pin(in, at, "before_sha256");
	schema->after_sha256 = read_pin(in, at, "after_sha256");
	schema->type = types[mig_read_enum(in->reader, at, "type", 0, types, 0)];
	schema->accept = severities[mig_read_enum(in->reader, at, "accept", 0, severities, 1)];
	schema->override = mig_read_bool(in->reader, at, "override", 0, false);
	read_live(in, at, schema);
}
