/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "daemon/config.h"
#include "daemon/config_source.h"
#include "source/pin.h"

/* Whether a member of a binding names a file: "…_file", and both versions of a schema. */
static bool
names_file(const struct mig_json *node)
{
	const char *key = mig_json_key(node);
	const char *value = mig_json_string(node);
	size_t len = key != NULL ? strlen(key) : 0;
	if (len == 0 || value == NULL || value[0] == '\0')
		return false;
	return (len > 5 && strcmp(key + len - 5, "_file") == 0) || strcmp(key, "before") == 0 ||
	    strcmp(key, "after") == 0;
}

static bool
is_relative(const struct mig_json *node)
{
	return mig_json_string(node)[0] != '/';
}

static bool
is_below(const char *path, const char *folder)
{
	size_t len = folder != NULL ? strlen(folder) : 0;
	return len > 0 && strncmp(path, folder, len) == 0 && path[len] == '/';
}

static bool
climbs(const char *path)
{
	for (const char *at = path; at != NULL; at = strchr(at, '/')) {
		at += *at == '/';
		if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
			return true;
	}
	return false;
}

/*
 * Who may load a rollout may not thereby have the daemon read whatever it can, and send it to an
 * address of their choice: secrets lie with the configuration, or are credentials of systemd.
 * Recursion follows the nesting of the document, which the parser limits.
 */
static void
check_files(struct mig_reader *reader, const struct mig_at *at, const char *folder)
{
	struct mig_at child = { 0 };
	while (mig_at_each(at, &child)) {
		if (names_file(child.node)) {
			const char *path = mig_json_string(child.node);
			if (climbs(path) || (!is_relative(child.node) &&
			    !is_below(path, folder) &&
			    !is_below(path, getenv("CREDENTIALS_DIRECTORY"))))
				mig_at_error(reader, &child, "name a file relative to that folder",
				    "must be below the folder of the daemon's configuration, or "
				    "in $CREDENTIALS_DIRECTORY");
		} else {
			check_files(reader, &child, folder);
		}
	}
}

/* Whether a member of a schema says what a file held: nobody but the daemon says so. */
static bool
is_pin(const char *object, const struct mig_json *node)
{
	const char *key = mig_json_key(node);
	return object != NULL && strcmp(object, "schema") == 0 && key != NULL &&
	    (strcmp(key, "before_sha256") == 0 || strcmp(key, "after_sha256") == 0);
}

/* What cannot be read now is not pinned, and refuses the start. */
static void
write_pin(struct mig_jw *jw, const char *file, const char *path)
{
	char hex[MIG_SHA256_HEX];
	const char *key = strcmp(file, "before") == 0 ? "before_sha256" : "after_sha256";
	if (source_pin(path, hex) == MIG_OK)
		mig_jw_string(jw, key, hex);
}

static void
write_path(
    struct mig_jw *jw, const char *object, const struct mig_json *node, const char *folder)
{
	const char *key = mig_json_key(node);
	struct mig_buf path;
	mig_buf_init(&path, MIG_DOC_BYTES_MAX);
	if (is_relative(node))
		mig_buf_printf(&path, "%s/", folder);
	mig_buf_puts(&path, mig_json_string(node));
	mig_jw_string(jw, key, path.data);
	bool version = strcmp(key, "before") == 0 || strcmp(key, "after") == 0;
	if (version && object != NULL && strcmp(object, "schema") == 0 && mig_buf_ok(&path))
		write_pin(jw, key, path.data);
	mig_buf_fini(&path);
}

/* Recursion follows the nesting of the document, which the parser limits. */
static void
write_absolute(
    struct mig_jw *jw, const char *key, const struct mig_json *object, const char *folder)
{
	mig_jw_object(jw, key);
	for (const struct mig_json *it = mig_json_first(object); it != NULL;
	     it = mig_json_next(it)) {
		if (is_pin(key, it))
			continue;
		if (names_file(it))
			write_path(jw, key, it, folder);
		else if (mig_json_type(it) == MIG_JSON_OBJECT)
			write_absolute(jw, mig_json_key(it), it, folder);
		else
			mig_jw_node(jw, mig_json_key(it), it);
	}
	mig_jw_object_end(jw);
}

void
config_source_object(const struct mig_json *object, const char *folder, struct mig_buf *out)
{
	struct mig_jw jw;
	mig_jw_init(&jw, out, 0);
	write_absolute(&jw, NULL, object, folder);
}

int
config_source_write(const struct config_parts *parts, struct mig_buf *out)
{
	struct mig_jw jw;
	mig_jw_init(&jw, out, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_node(&jw, "plan", parts->plan);
	mig_jw_node(&jw, "runbook", parts->runbook);
	write_absolute(&jw, "binding", parts->binding, parts->folder);
	mig_jw_raw(&jw, "defaults", parts->defaults_json);
	if (parts->flags_json != NULL)
		mig_jw_raw(&jw, "flags", parts->flags_json);
	mig_jw_object_end(&jw);
	return mig_buf_ok(out) ? 0 : MIG_ELIMIT;
}

int
config_source(const struct config *config, const struct mig_json *plan,
    const struct mig_json *runbook, const char *binding_json, char **ret_source,
    struct mig_findings *findings)
{
	struct mig_json_doc *binding = NULL;
	struct mig_findings nobodys = { 0 };
	bool trusted = findings == NULL;
	struct mig_reader reader = { .findings = trusted ? &nobodys : findings };
	const struct mig_at root = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	const char *text = binding_json != NULL ? binding_json : "{}";

	int error = mig_json_parse(text, strlen(text), NULL, &binding, reader.findings);
	if (error == 0 && mig_json_type(mig_json_root(binding)) != MIG_JSON_OBJECT)
		error = MIG_EDOC;
	if (error == 0 && !trusted) {
		const struct mig_at at = { .up = &root, .key = "binding",
			.node = mig_json_root(binding) };
		check_files(&reader, &at, config->folder);
		error = findings->errors > 0 ? MIG_EDOC : 0;
	}
	if (error == 0) {
		const struct config_parts parts = { .plan = plan,
			.runbook = runbook,
			.binding = mig_json_root(binding),
			.defaults_json = config->defaults_json,
			.flags_json = config->flags_json,
			.folder = config->folder };
		error = config_source_write(&parts, &out);
	}
	char *source = error == 0 ? mig_buf_steal(&out) : NULL;
	if (error == 0 && source == NULL)
		error = MIG_ENOMEM;
	if (error == 0)
		*ret_source = source;
	mig_buf_fini(&out);
	mig_json_free(binding);
	mig_findings_fini(&nobodys);
	return error;
}
