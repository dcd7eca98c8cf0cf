/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Column types as databases spell them, and whether one holds all that another held.
 */
#ifndef MIG_ENGINE_COLUMN_TYPE_H
#define MIG_ENGINE_COLUMN_TYPE_H

#include <stdbool.h>

/*
 * Whether every value of the old type, such as "varchar(255)", fits the new one unchanged.
 * Types that are not known fit only themselves.
 */
bool mig_column_type_widens(const char *old_type, const char *new_type);

#endif
