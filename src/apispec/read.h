/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Reading an interface's document: OpenAPI 3.0 and 3.1, Swagger 2 (as JSON or YAML), GraphQL SDL.
 * The document has become a tree before: see apispec/tree.h.
 */
#ifndef MIG_APISPEC_READ_H
#define MIG_APISPEC_READ_H

#include <stddef.h>

#include "apispec/model.h"

struct mig_tree_doc;

/*
 * Read an OpenAPI or Swagger document from JSON text; file is for places and findings and must
 * outlive the interface, which is the caller's (mig_api_free()).  MIG_EDOC with findings (file,
 * line, JSON pointer); MIG_ENOMEM.  YAML: source/yaml.h.
 */
int mig_api_read_json(const char *text, size_t len, const char *file, struct mig_api **ret_api,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Read GraphQL SDL; as mig_api_read_json().
 */
int mig_api_read_graphql(const char *text, size_t len, const char *file, struct mig_api **ret_api,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * As mig_api_read_json(), from a tree.  Takes what the document owns, whatever the result.
 */
int mig_api_from_tree(struct mig_tree_doc *doc, struct mig_api **ret_api,
    struct mig_findings *findings) MIG_MUSTCHECK;

#endif
