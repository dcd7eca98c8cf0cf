/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Rules about everything but schemas; see rules_schema.c.
 */
#include "config.h"

#include "apispec/facts.h"

#define F(name) MIG_FACT_##name

#define B MIG_BREAKING
#define P MIG_POTENTIALLY_BREAKING
#define N MIG_NON_BREAKING
#define A MIG_ADDITIVE

#define ANY MIG_AT_ANY

static const struct mig_rule_row rows[] = {
	/* Components. */
	{ "api-schema-added", F(SCHEMA_ADDED), ANY, A },
	{ "api-schema-removed", F(SCHEMA_REMOVED), ANY, N },
	{ "schema-renamed", F(SCHEMA_RENAMED), ANY, N },
	{ "api-security-component-added", F(SCHEME_ADDED), ANY, A },
	{ "api-security-component-removed", F(SCHEME_REMOVED), ANY, N },
	{ "api-security-component-type-changed", F(SCHEME_TYPE), ANY, N },
	{ "api-security-component-oauth-url-changed", F(SCHEME_URL), ANY, N },
	{ "api-security-component-oauth-token-url-changed", F(SCHEME_TOKEN_URL), ANY, N },
	{ "api-security-component-oauth-scope-added", F(SCHEME_SCOPE_ADDED), ANY, A },
	{ "api-security-component-oauth-scope-removed", F(SCHEME_SCOPE_REMOVED), ANY, N },
	{ "api-security-component-oauth-scope-changed", F(SCHEME_SCOPE_CHANGED), ANY, N },
	/* Operations. */
	{ "api-path-removed-without-deprecation", F(PATH_REMOVED), ANY, B },
	{ "api-path-removed-with-deprecation", F(PATH_REMOVED_DEPRECATED), ANY, N },
	{ "api-path-removed-before-sunset", F(PATH_REMOVED_EARLY), ANY, B },
	{ "api-path-sunset-parse", F(PATH_REMOVED_UNDATED), ANY, B },
	{ "api-removed-without-deprecation", F(METHOD_REMOVED), ANY, B },
	{ "api-removed-with-deprecation", F(METHOD_REMOVED_DEPRECATED), ANY, N },
	{ "api-removed-before-sunset", F(METHOD_REMOVED_EARLY), ANY, B },
	{ "api-deprecated-sunset-parse", F(METHOD_REMOVED_UNDATED), ANY, B },
	{ "endpoint-added", F(PATH_ADDED), ANY, A },
	{ "endpoint-added", F(METHOD_ADDED), ANY, A },
	{ "endpoint-deprecated", F(DEPRECATED), ANY, N },
	{ "endpoint-reactivated", F(REACTIVATED), ANY, N },
	{ "api-deprecated-sunset-parse", F(SUNSET_UNREADABLE), ANY, B },
	{ "api-deprecated-sunset-missing", F(SUNSET_MISSING), ANY, B },
	{ "api-sunset-date-too-small", F(SUNSET_SOON), ANY, B },
	{ "sunset-deleted", F(SUNSET_DELETED), ANY, B },
	{ "api-sunset-date-changed-too-small", F(SUNSET_EARLIER), ANY, B },
	{ "api-stability-decreased", F(STABILITY_DECREASED), ANY, B },
	{ "api-invalid-stability-level", F(STABILITY_UNKNOWN), ANY, B },
	{ "api-operation-id-added", F(ID_ADDED), ANY, A },
	{ "api-operation-id-removed", F(ID_REMOVED), ANY, N },
	{ "operation-id-changed", F(ID_CHANGED), ANY, P },
	{ "api-tag-added", F(TAG_ADDED), ANY, A },
	{ "api-tag-removed", F(TAG_REMOVED), ANY, N },
	/* Parameters. */
	{ "new-required-request-parameter", F(PARAM_ADDED_REQUIRED), ANY, B },
	{ "new-optional-request-parameter", F(PARAM_ADDED_OPTIONAL), ANY, A },
	{ "new-request-path-parameter", F(PARAM_ADDED_PATH), ANY, B },
	{ "new-required-request-default-parameter-to-existing-path", F(PATH_PARAM_ADDED_REQUIRED),
	    ANY, B },
	{ "new-optional-request-default-parameter-to-existing-path", F(PATH_PARAM_ADDED_OPTIONAL),
	    ANY, A },
	{ "request-parameter-removed", F(PARAM_REMOVED_REQUIRED), ANY, B },
	{ "request-parameter-removed", F(PARAM_REMOVED_OPTIONAL), ANY, P },
	{ "request-parameter-removed-with-deprecation", F(PARAM_REMOVED_DEPRECATED), ANY, N },
	{ "request-parameter-removed-before-sunset", F(PARAM_REMOVED_EARLY), ANY, B },
	{ "request-parameter-became-required", F(PARAM_REQUIRED), ANY, B },
	{ "request-parameter-became-optional", F(PARAM_OPTIONAL), ANY, A },
	{ "parameter-moved", F(PARAM_MOVED), ANY, B },
	{ "parameter-style-changed", F(PARAM_WIRE), ANY, B },
	{ "request-parameter-deprecated", F(PARAM_DEPRECATED), ANY, N },
	{ "request-parameter-reactivated", F(PARAM_REACTIVATED), ANY, N },
	{ "request-parameter-sunset-parse", F(PARAM_SUNSET_UNREADABLE), ANY, B },
	{ "request-parameter-deprecated-sunset-missing", F(PARAM_SUNSET_MISSING), ANY, B },
	{ "request-parameter-sunset-date-too-small", F(PARAM_SUNSET_SOON), ANY, B },
	{ "request-parameter-sunset-deleted", F(PARAM_SUNSET_DELETED), ANY, B },
	{ "request-parameter-sunset-date-changed-too-small", F(PARAM_SUNSET_EARLIER), ANY, B },
	/* Bodies and responses. */
	{ "request-body-added-required", F(BODY_ADDED_REQUIRED), ANY, B },
	{ "request-body-added-optional", F(BODY_ADDED_OPTIONAL), ANY, A },
	{ "request-body-removed", F(BODY_REMOVED), ANY, P },
	{ "request-body-became-required", F(BODY_REQUIRED), ANY, B },
	{ "request-body-became-optional", F(BODY_OPTIONAL), ANY, A },
	{ "request-body-media-type-added", F(REQUEST_MEDIA_ADDED), ANY, A },
	{ "request-body-media-type-removed", F(REQUEST_MEDIA_REMOVED), ANY, B },
	{ "response-media-type-added", F(RESPONSE_MEDIA_ADDED), ANY, A },
	{ "response-media-type-removed", F(RESPONSE_MEDIA_REMOVED), ANY, B },
	{ "media-type-parameter-changed", F(MEDIA_PARAMETER), ANY, P },
	{ "response-success-status-added", F(STATUS_ADDED), ANY, A },
	{ "response-success-status-removed", F(STATUS_REMOVED), ANY, B },
	{ "response-success-status-added", F(STATUS_ADDED_INSTEAD), ANY, P },
	{ "response-success-status-removed", F(STATUS_REMOVED_FOR), ANY, P },
	{ "response-non-success-status-added", F(ERROR_STATUS_ADDED), ANY, A },
	{ "response-non-success-status-removed", F(ERROR_STATUS_REMOVED), ANY, N },
	{ "default-response-changed", F(DEFAULT_RESPONSE_ADDED), ANY, P },
	{ "default-response-changed", F(DEFAULT_RESPONSE_REMOVED), ANY, P },
	{ "response-header-added", F(HEADER_ADDED), ANY, A },
	{ "required-response-header-removed", F(HEADER_REMOVED_REQUIRED), ANY, B },
	{ "optional-response-header-removed", F(HEADER_REMOVED_OPTIONAL), ANY, P },
	{ "response-header-became-required", F(HEADER_REQUIRED), ANY, N },
	{ "response-header-became-optional", F(HEADER_OPTIONAL), ANY, B },
	{ "link-added", F(LINK_ADDED), ANY, A },
	{ "link-removed", F(LINK_REMOVED), ANY, B },
	{ "link-changed", F(LINK_CHANGED), ANY, P },
	/* Security, servers, what the server calls. */
	{ "security-requirement-tightened", F(SECURITY_TIGHTENED), ANY, B },
	{ "security-requirement-loosened", F(SECURITY_LOOSENED), ANY, N },
	{ "api-security-added", F(SECURITY_ADDED), ANY, A },
	{ "api-security-removed", F(SECURITY_REMOVED), ANY, B },
	{ "api-security-scope-added", F(SCOPE_ADDED), ANY, B },
	{ "api-security-scope-removed", F(SCOPE_REMOVED), ANY, N },
	{ "api-global-security-added", F(GLOBAL_SECURITY_ADDED), ANY, A },
	{ "api-global-security-removed", F(GLOBAL_SECURITY_REMOVED), ANY, B },
	{ "api-global-security-scope-added", F(GLOBAL_SCOPE_ADDED), ANY, B },
	{ "api-global-security-scope-removed", F(GLOBAL_SCOPE_REMOVED), ANY, N },
	{ "server-added", F(SERVER_ADDED), ANY, A },
	{ "server-removed", F(SERVER_REMOVED), ANY, B },
	{ "base-path-changed", F(BASE_PATH_CHANGED), ANY, B },
	{ "callback-added", F(CALLBACK_ADDED), ANY, A },
	{ "callback-removed", F(CALLBACK_REMOVED), ANY, B },
	{ "webhook-added", F(WEBHOOK_ADDED), ANY, A },
	{ "webhook-removed", F(WEBHOOK_REMOVED), ANY, B },
};

const struct mig_rule_row *
mig_op_rules(size_t *ret_count)
{
	*ret_count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
