/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * One version of an interface, as its document describes it: OpenAPI 3.0 and 3.1, Swagger 2,
 * GraphQL.
 */
#ifndef MIG_APISPEC_MODEL_H
#define MIG_APISPEC_MODEL_H

#include "base/err.h"

struct mig_api;

/*
 * Free the interface and all that it owns; NULL is a no-op.
 */
void mig_api_free(struct mig_api *api);

#endif
