/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a change of a GraphQL schema means where nothing more is known about it.
 */
#include "config.h"

#include "apispec/graphql.h"

#define B MIG_BREAKING
#define P MIG_POTENTIALLY_BREAKING
#define N MIG_NON_BREAKING
#define A MIG_ADDITIVE

static const struct mig_gql_rule rows[] = {
	{ "TYPE_REMOVED", "model_removed", B, A },
	{ "TYPE_ADDED", "model_added", A, B },
	{ "TYPE_KIND_CHANGED", "property_type_changed", B, B },
	{ "TYPE_DESCRIPTION_ADDED", "nested_property_changed", N, N },
	{ "TYPE_DESCRIPTION_REMOVED", "nested_property_changed", N, N },
	{ "TYPE_DESCRIPTION_CHANGED", "nested_property_changed", N, N },
	{ "FIELD_REMOVED", "property_removed", B, A },
	{ "FIELD_ADDED", "property_added", A, B },
	{ "FIELD_TYPE_CHANGED", "property_type_changed", B, B },
	{ "FIELD_DESCRIPTION_ADDED", "nested_property_changed", N, N },
	{ "FIELD_DESCRIPTION_REMOVED", "nested_property_changed", N, N },
	{ "FIELD_DESCRIPTION_CHANGED", "nested_property_changed", N, N },
	{ "FIELD_DEPRECATION_ADDED", "nested_property_changed", N, N },
	{ "FIELD_DEPRECATION_REMOVED", "nested_property_changed", N, N },
	{ "FIELD_DEPRECATION_REASON_ADDED", "nested_property_changed", N, N },
	{ "FIELD_DEPRECATION_REASON_REMOVED", "nested_property_changed", N, N },
	{ "FIELD_DEPRECATION_REASON_CHANGED", "nested_property_changed", N, N },
	{ "FIELD_ARGUMENT_ADDED", "parameter_added", A, B },
	{ "FIELD_ARGUMENT_REMOVED", "parameter_removed", B, A },
	{ "FIELD_ARGUMENT_TYPE_CHANGED", "parameter_type_changed", B, B },
	{ "FIELD_ARGUMENT_DEFAULT_CHANGED", "parameter_type_changed", P, P },
	{ "FIELD_ARGUMENT_DESCRIPTION_CHANGED", "nested_property_changed", N, N },
	{ "INPUT_FIELD_ADDED", "property_added", A, B },
	{ "INPUT_FIELD_REMOVED", "property_removed", B, A },
	{ "INPUT_FIELD_TYPE_CHANGED", "property_type_changed", B, B },
	{ "INPUT_FIELD_DEFAULT_VALUE_CHANGED", "property_constraint_tightened", P, P },
	{ "INPUT_FIELD_DESCRIPTION_ADDED", "nested_property_changed", N, N },
	{ "INPUT_FIELD_DESCRIPTION_REMOVED", "nested_property_changed", N, N },
	{ "INPUT_FIELD_DESCRIPTION_CHANGED", "nested_property_changed", N, N },
	{ "ENUM_VALUE_ADDED", "enum_value_added", P, B },
	{ "ENUM_VALUE_REMOVED", "enum_value_removed", B, P },
	{ "ENUM_VALUE_DESCRIPTION_CHANGED", "nested_property_changed", N, N },
	{ "ENUM_VALUE_DEPRECATION_REASON_ADDED", "nested_property_changed", N, N },
	{ "ENUM_VALUE_DEPRECATION_REASON_REMOVED", "nested_property_changed", N, N },
	{ "ENUM_VALUE_DEPRECATION_REASON_CHANGED", "nested_property_changed", N, N },
	{ "UNION_MEMBER_ADDED", "enum_value_added", P, B },
	{ "UNION_MEMBER_REMOVED", "enum_value_removed", B, P },
	{ "OBJECT_TYPE_INTERFACE_ADDED", "property_constraint_relaxed", P, B },
	{ "OBJECT_TYPE_INTERFACE_REMOVED", "property_constraint_tightened", B, P },
	{ "DIRECTIVE_ADDED", "model_added", A, B },
	{ "DIRECTIVE_REMOVED", "model_removed", B, A },
	{ "DIRECTIVE_DESCRIPTION_CHANGED", "nested_property_changed", N, N },
	{ "DIRECTIVE_LOCATION_ADDED", "enum_value_added", A, B },
	{ "DIRECTIVE_LOCATION_REMOVED", "enum_value_removed", B, A },
	{ "DIRECTIVE_REPEATABLE_ADDED", "property_constraint_relaxed", N, P },
	{ "DIRECTIVE_REPEATABLE_REMOVED", "property_constraint_tightened", P, N },
	{ "DIRECTIVE_ARGUMENT_ADDED", "parameter_added", A, B },
	{ "DIRECTIVE_ARGUMENT_REMOVED", "parameter_removed", B, A },
	{ "DIRECTIVE_ARGUMENT_TYPE_CHANGED", "parameter_type_changed", B, B },
	{ "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED", "parameter_type_changed", P, P },
	{ "DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED", "nested_property_changed", N, N },
	{ "SCHEMA_QUERY_TYPE_CHANGED", "property_type_changed", B, B },
	{ "SCHEMA_MUTATION_TYPE_CHANGED", "property_type_changed", B, B },
	{ "SCHEMA_SUBSCRIPTION_TYPE_CHANGED", "property_type_changed", B, B },
};

const struct mig_gql_rule *
mig_gql_rules(size_t *ret_count)
{
	*ret_count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
