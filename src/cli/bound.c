/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "cli/bound.h"
#include "daemon/config.h"
#include "sys/file.h"

/* The binding of a source text when it belongs to the migration; NULL otherwise. */
static char *
binding_of(const char *source, const char *migration_id)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *json = NULL;
	struct mig_buf out;
	struct mig_jw jw;
	char *text = NULL;

	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	if (mig_json_parse(source, strlen(source), NULL, &json, &findings) == MIG_OK) {
		const struct mig_json *root = mig_json_root(json);
		const char *id = mig_json_string(mig_json_get(mig_json_get(root, "plan"),
		    "migration_id"));
		mig_jw_init(&jw, &out, 0);
		mig_jw_node(&jw, NULL, mig_json_get(root, "binding"));
		if (id != NULL && strcmp(id, migration_id) == 0)
			text = mig_buf_steal(&out);
	}
	mig_json_free(json);
	mig_findings_fini(&findings);
	mig_buf_fini(&out);
	return text;
}

int
bound_config(const char *path, struct config **ret_config, struct mig_findings *findings)
{
	/* Nothing of the state or the socket is touched, so it does not matter where they are. */
	const struct config_paths paths = { .state_dir = ".", .runtime_dir = "." };

	return config_read(path, &paths, ret_config, findings);
}

char *
bound_binding(const struct config *config, const char *migration_id)
{
	char *text = NULL;

	for (size_t i = 0; i < config->migration_count && text == NULL; i++)
		text = binding_of(config->migrations[i].source, migration_id);
	return text;
}

int
bound_compile(struct bound *bound, struct mig_findings *findings)
{
	/* Without a configuration all settings are at their defaults. */
	static const struct config bare = { .defaults_json = "{}", .folder = "." };
	int error = config_source(bound->config != NULL ? bound->config : &bare, bound->plan,
	    bound->runbook, bound->binding, &bound->text, NULL);

	if (error == MIG_OK)
		error = mig_json_parse(bound->text, strlen(bound->text), NULL, &bound->json,
		    findings);
	if (error == MIG_OK)
		error = mig_compile(mig_json_root(bound->json), NULL, file_zone, &bound->now,
		    &bound->compiled, findings);
	return error;
}

void
bound_fini(struct bound *bound)
{
	mig_policy_free(bound->compiled.policy);
	mig_json_free(bound->json);
	free(bound->text);
	memset(bound, 0, sizeof(*bound));
}
