/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/api_int.h"
#include "apispec/read.h"
#include "base/arena.h"

/* Which version the document says it has; 0 with a finding when it is none that is known. */
static int
version_of(struct mig_api *api)
{
	const struct mig_tree *root = api->doc.root;
	const struct mig_tree *swagger = mig_tree_get(root, "swagger");
	const struct mig_tree *openapi = mig_tree_get(root, "openapi");
	const struct mig_tree *said = openapi != NULL ? openapi : swagger;
	const char *text = said == NULL ? NULL : said->text;
	/* Without quotes YAML makes a number of "2.0". */
	if (openapi != NULL && text != NULL && strncmp(text, "3.0", 3) == 0)
		return 30;
	if (openapi != NULL && text != NULL && strncmp(text, "3.1", 3) == 0)
		return 31;
	if (openapi == NULL && text != NULL && strncmp(text, "2", 1) == 0)
		return 20;
	if (said == NULL)
		mig_api_fault(api, root, "begin it with \"openapi\": \"3.1.0\"",
		    "this is no interface document: neither \"openapi\" nor \"swagger\" is given");
	else
		mig_api_fault(api, said, "versions 2.0, 3.0 and 3.1 are read",
		    "an unknown version of the format: %s", text == NULL ? "no text" : text);
	return 0;
}

/* Something must be there that can be compared. */
static void
check_sections(struct mig_api *api)
{
	static const char *const sections[] = { "paths", "webhooks", "components", "definitions" };
	const struct mig_tree *root = api->doc.root;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (mig_tree_get(root, sections[i]) != NULL)
			return;
	mig_api_fault(api, root,
	    mig_tree_get(root, "tables") != NULL ? "this looks like a database: --type database" :
	                                           NULL,
	    "this is no interface document: neither \"paths\" nor \"webhooks\" nor \"components\"");
}

static void
read_tree(struct mig_api *api)
{
	if (api->doc.root == NULL || api->doc.root->type != MIG_JSON_OBJECT) {
		mig_api_fault(api, api->doc.root, NULL, "the document must be an object");
		return;
	}
	check_sections(api);
	if (api->findings->errors > 0)
		return;
	api->version = version_of(api);
	if (api->version == 0)
		return;
	if (api->version == 20)
		mig_api_from_swagger(api);
	if (api->failed || api->findings->errors > 0)
		return;
	api->seen = calloc(api->doc.nodes, sizeof(*api->seen));
	if (api->seen == NULL) {
		api->failed = true;
		return;
	}
	mig_api_read_openapi(api);
	mig_schema_finish(api);
}

int
mig_api_from_tree(struct mig_tree_doc *doc, struct mig_api **ret_api, struct mig_findings *findings)
{
	struct mig_api *api = calloc(1, sizeof(*api));
	if (api == NULL) {
		mig_tree_fini(doc);
		return MIG_ENOMEM;
	}
	size_t errors = findings->errors;
	api->doc = *doc;
	*doc = (struct mig_tree_doc){ 0 };
	api->findings = findings;
	read_tree(api);
	free(api->seen);
	api->seen = NULL;
	api->findings = NULL;
	if (findings->errors == errors && !api->failed) {
		*ret_api = api;
		return MIG_OK;
	}
	mig_api_free(api);
	return findings->errors > errors ? MIG_EDOC : MIG_ENOMEM;
}

int
mig_api_read_json(const char *text, size_t len, const char *file, struct mig_api **ret_api,
    struct mig_findings *findings)
{
	struct mig_tree_doc doc;
	int error = mig_tree_init(&doc, file);
	if (error != MIG_OK)
		return error;
	error = mig_tree_read_json(&doc, text, len, findings);
	if (error == MIG_OK)
		return mig_api_from_tree(&doc, ret_api, findings);
	mig_tree_fini(&doc);
	return error;
}

void
mig_api_free(struct mig_api *api)
{
	if (api == NULL)
		return;
	mig_tree_fini(&api->doc);
	free(api);
}
