/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "daemon/config.h"
#include "daemon/config_group.h"
#include "daemon/config_migration.h"
#include "daemon/config_source.h"
#include "engine/binding.h"
#include "sys/file.h"

#define ARENA_BYTES_MAX ((size_t)8 * MIG_DOC_BYTES_MAX)
#define TOP_KEYS_MAX 16

/* A reading at work. */
struct work {
	struct config *config;
	struct config_tree tree;
	struct config_group_reader groups;
	struct mig_reader reader;  /* findings with pointers of the tree */
	struct mig_findings found; /* those of reader */
	struct mig_findings *findings;
	struct mig_at root;
	size_t spared; /* errors of migrations that are left out */
};

/* Where a relative name in the file starts: the file's folder. */
static const char *
folder_of(struct mig_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		return mig_arena_strdup(arena, ".");
	return mig_arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

/* Hand over what the readers found, with the places of the tree. */
static void
flush(struct work *work)
{
	for (size_t i = 0; i < work->found.count; i++) {
		const struct mig_finding *finding = &work->found.items[i];
		config_tree_report(&work->tree, finding,
		    finding->pointer != NULL ? finding->pointer : "", work->findings);
	}
	mig_findings_fini(&work->found);
}

static void
read_prometheus_headers(struct work *work, const struct mig_at *group)
{
	struct config *config = work->config;
	mig_read_headers(
	    &work->reader, group, config->arena, &config->header_count, &config->headers);
	struct mig_at cert = mig_at_key(group, "cert_file");
	struct mig_at key = mig_at_key(group, "key_file");
	if (config->cert_file != NULL && config->key_file == NULL)
		mig_at_error(&work->reader, &cert, "give key_file as well",
		    "a client certificate needs its private key");
	if (config->key_file != NULL && config->cert_file == NULL)
		mig_at_error(&work->reader, &key, "give cert_file as well",
		    "a private key needs its certificate");
}

/* A request must be over before the next one of its kind is due. */
static void
limit_timeout(struct work *work, const struct mig_at *group)
{
	struct config *config = work->config;
	struct mig_at at = mig_at_key(group, "timeout");
	int64_t most = config->poll_interval_ms / 10 * 9;
	if (config->prometheus_timeout_ms <= most)
		return;
	config->prometheus_timeout_ms = most;
	if (at.node != NULL)
		mig_at_warning(&work->reader, &at, "make it shorter than poll_interval",
		    "timeout is not below poll_interval; nine tenths of that are used");
}

static void
check_token(struct work *work, const struct mig_at *group)
{
	struct config *config = work->config;
	struct mig_at at = mig_at_key(group, "token_file");
	if (config->token_file == NULL)
		config->token_file = "";
	else if (config->listen[0] == '\0')
		mig_at_warning(&work->reader, &at, "give listen, or remove it",
		    "token_file has no effect without listen");
}

static void
read_groups(struct work *work)
{
	struct mig_at state = mig_at_key(&work->root, "state");
	struct mig_at control = mig_at_key(&work->root, "control");
	struct mig_at prometheus = mig_at_key(&work->root, "prometheus");
	config_group_read(&work->groups, &state, "state", work->config);
	config_group_read(&work->groups, &control, "control", work->config);
	check_token(work, &control);
	config_group_read(&work->groups, &prometheus, "prometheus", work->config);
	read_prometheus_headers(work, &prometheus);
	limit_timeout(work, &prometheus);
}

static void
copy_member(struct mig_jw *jw, const struct mig_at *group, const char *key)
{
	const struct mig_json *node = mig_json_get(group->node, key);
	if (node != NULL)
		mig_jw_node(jw, key, node);
}

/* The defaults document: part of every source. */
static void
read_defaults(struct work *work)
{
	struct mig_at defaults = mig_at_key(&work->root, "defaults");
	struct mig_at prometheus = mig_at_key(&work->root, "prometheus");
	const char *keys[TOP_KEYS_MAX + 1];
	struct mig_settings settings;
	struct mig_buf text;
	struct mig_jw jw;
	config_keys_of("defaults", keys, TOP_KEYS_MAX);
	(void)mig_read_group(&work->reader, &defaults, 0, keys);
	(void)mig_read_duration(&work->reader, &prometheus, "max_sample_age", 0, 1000, 86400000, 0);
	if (defaults.node != NULL && mig_settings_read(&work->reader, &defaults, &settings) != 0)
		flush(work); /* all has been said */

	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_jw_init(&jw, &text, 0);
	mig_jw_object(&jw, NULL);
	copy_member(&jw, &prometheus, "poll_interval");
	copy_member(&jw, &prometheus, "max_sample_age");
	for (const char *const *key = keys; *key != NULL; key++)
		copy_member(&jw, &defaults, *key);
	mig_jw_object_end(&jw);
	work->config->defaults_json = mig_arena_strdup(work->config->arena, text.data);
	mig_buf_fini(&text);
}

static void
check_flag_secret(struct work *work, const struct mig_at *flags, const char *key)
{
	struct mig_at at = mig_at_key(flags, key);
	const char *name = mig_json_string(at.node);
	if (name == NULL || name[0] == '\0')
		return;
	const char *path = config_tree_path(&work->tree, name);
	if (path != NULL)
		config_check_file(&work->reader, &at, path, true);
}

/* The top-level flags group, read here so that it is checked even when no migration uses it. */
static void
read_flags(struct work *work, const struct mig_at *flags)
{
	struct mig_binding binding;
	const struct mig_at none = { .up = NULL };
	struct mig_buf text;
	if (flags->node == NULL)
		return;
	if (mig_binding_read(&work->reader, &none, flags, work->config->arena, &binding) != 0)
		return; /* its findings say why */
	check_flag_secret(work, flags, "secret_file");
	check_flag_secret(work, flags, "bearer_token_file");
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	config_source_object(flags->node, work->tree.folder, &text);
	work->config->flags_json = mig_arena_strdup(work->config->arena, text.data);
	mig_buf_fini(&text);
}

static void
read_audiences(struct work *work, const struct mig_at *group, struct config_notify *notify)
{
	static const char *const audiences[] = { "technical", "business", "executive", "customers",
		NULL };
	static const char *const usual[] = { "technical" };
	struct mig_at list = mig_at_key(group, "audiences");
	notify->audience_count = 1;
	notify->audiences = usual;
	if (!mig_read_array(&work->reader, &list, MIG_READ_NONEMPTY))
		return;
	const char **names =
	    mig_arena_array(work->config->arena, mig_json_count(list.node) + 1, sizeof(*names));
	size_t count = 0;
	struct mig_at it = { 0 };
	while (names != NULL && mig_at_each(&list, &it)) {
		const char *text = mig_json_string(it.node);
		size_t i = 0;
		while (text != NULL && audiences[i] != NULL && strcmp(audiences[i], text) != 0)
			i++;
		size_t twin = 0;
		while (twin < count && text != NULL && strcmp(names[twin], text) != 0)
			twin++;
		if (twin < count)
			mig_at_error(&work->reader, &it, "name each audience once",
			    "\"%s\" was named already", names[twin]);
		else if (text != NULL && audiences[i] != NULL)
			names[count++] = audiences[i];
		else
			mig_at_error(&work->reader, &it,
			    "choose from technical, business, executive, customers",
			    "\"%s\" is no audience", text != NULL ? text : "");
	}
	notify->audiences = names;
	notify->audience_count = count;
}

static void
read_notify(struct work *work)
{
	struct mig_at list = mig_at_key(&work->root, "notify");
	if (!mig_read_array(&work->reader, &list, 0))
		return;
	struct config_notify *notify =
	    mig_arena_array(work->config->arena, mig_json_count(list.node) + 1, sizeof(*notify));
	struct mig_at it = { 0 };
	while (notify != NULL && mig_at_each(&list, &it)) {
		struct config_notify *row = &notify[work->config->notify_count++];
		size_t errors = work->found.errors;
		config_group_read(&work->groups, &it, "notify", row);
		mig_read_headers(
		    &work->reader, &it, work->config->arena, &row->header_count, &row->headers);
		read_audiences(work, &it, row);
		if ((row->url == NULL || row->url[0] == '\0') && work->found.errors == errors)
			mig_at_error(&work->reader, &it, "give the URL that messages are posted to",
			    "notify needs url");
	}
	work->config->notify = notify;
}

/* Two rollouts of one migration would move the same flags. */
static void
check_unique(struct work *work, const struct mig_at *at, const char *const *ids, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++) {
		if (strcmp(ids[i], ids[count - 1]) == 0)
			mig_at_error(&work->reader, at, "keep one of them",
			    "the migration \"%s\" is given twice", ids[i]);
	}
}

static void
read_migrations(struct work *work, const struct mig_at *flags)
{
	struct mig_at list = mig_at_key(&work->root, "migrations");
	struct config *config = work->config;
	if (!mig_read_array(&work->reader, &list, 0))
		return;
	size_t most = mig_json_count(list.node) + 1;
	const char **ids = mig_arena_array(config->arena, most, sizeof(*ids));
	config->migrations = mig_arena_array(config->arena, most, sizeof(*config->migrations));
	const struct config_migration_reader in = { .reader = &work->reader,
		.tree = &work->tree,
		.config = config,
		.findings = work->findings,
		.flags = flags };
	struct mig_at it = { 0 };
	while (ids != NULL && config->migrations != NULL && mig_at_each(&list, &it)) {
		size_t count = config->migration_count;
		size_t errors = work->findings->errors;
		bool good =
		    config_migration_read(&in, &it, &config->migrations[count], &ids[count]);
		if (good)
			check_unique(work, &it, ids, count + 1);
		else if (work->findings->errors + work->found.errors == errors)
			mig_at_error(&work->reader, &it, NULL, "the migration can't be loaded");
		flush(work);
		if (work->findings->errors == errors)
			config->migration_count++;
		else
			config->left_out++;
		work->spared += work->findings->errors - errors;
	}
}

static void
read_tree(struct work *work)
{
	const char *keys[TOP_KEYS_MAX + 1];
	work->root = mig_at_root(work->tree.doc);
	config_keys_of("", keys, TOP_KEYS_MAX);
	(void)mig_read_group(&work->reader, &work->root, 0, keys); /* always an object */
	struct mig_at flags = mig_at_key(&work->root, "flags");
	read_groups(work);
	read_defaults(work);
	read_flags(work, &flags);
	read_notify(work);
	flush(work);
	read_migrations(work, &flags);
	flush(work);
}

static int
read_text(struct work *work, const char *path, struct mig_findings *findings)
{
	char error[CONFIG_FAULT_TEXT];
	char *text = NULL;
	size_t len = 0;
	if (file_read(path, CONFIG_BYTES_MAX, &text, &len, error, sizeof(error)) != 0) {
		(void)mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL,
		    "name the configuration with -c FILE", "%s", error);
		return MIG_ENOTFOUND;
	}
	int result = config_tree_parse(text, len, &work->tree, findings);
	free(text);
	return result;
}

int
config_read_usable(const char *path, const struct config_paths *paths, struct config **ret_config,
    struct mig_findings *findings)
{
	struct mig_arena *arena = mig_arena_new(ARENA_BYTES_MAX);
	struct config *config = arena != NULL ? mig_arena_alloc(arena, sizeof(*config)) : NULL;
	if (config == NULL) {
		mig_arena_free(arena);
		return MIG_ENOMEM;
	}
	struct work work = { .config = config, .findings = findings };
	size_t errors = findings->errors;
	config->arena = arena;
	config->folder = folder_of(arena, path);
	work.tree = (struct config_tree){
		.arena = arena, .path = mig_arena_strdup(arena, path), .folder = config->folder
	};
	work.reader = (struct mig_reader){ .findings = &work.found, .unknown_keys = MIG_SEV_ERROR };
	work.groups = (struct config_group_reader){
		.reader = &work.reader, .tree = &work.tree, .paths = paths
	};

	int error = read_text(&work, path, findings);
	if (error == 0)
		read_tree(&work);
	if (error == 0 && mig_arena_failed(arena))
		error = MIG_ENOMEM;
	if (error == 0 && findings->errors != errors + work.spared)
		error = MIG_EDOC;
	config_tree_fini(&work.tree);
	mig_findings_fini(&work.found);
	if (error != 0)
		mig_arena_free(arena);
	else
		*ret_config = config;
	return error;
}

int
config_read(const char *path, const struct config_paths *paths, struct config **ret_config,
    struct mig_findings *findings)
{
	struct config *config = NULL;
	int error = config_read_usable(path, paths, &config, findings);
	if (error != 0)
		return error;
	if (config->left_out > 0) {
		config_free(config);
		return MIG_EDOC;
	}
	*ret_config = config;
	return 0;
}

void
config_free(struct config *config)
{
	/* The configuration itself lives in its arena, too. */
	if (config != NULL)
		mig_arena_free(config->arena);
}
