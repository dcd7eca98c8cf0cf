/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * An OpenAPI or Swagger document in YAML, read by libyaml within limits (depth, nodes, what aliases
 * may make of it).
 */
#ifndef MIG_SOURCE_YAML_H
#define MIG_SOURCE_YAML_H

#include "apispec/model.h"

#include <stddef.h>

/*
 * As mig_api_read_json() in apispec/read.h, for YAML.
 */
int yaml_read_api(const char *text, size_t len, const char *file, struct mig_api **ret_api,
    struct mig_findings *findings) MIG_MUSTCHECK;

#endif
