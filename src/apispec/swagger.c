/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "apispec/api_int.h"

void
mig_api_from_swagger(struct mig_api *api)
{
	mig_api_fault(api, api->doc.root, NULL, "Swagger 2 is not read yet");
}
