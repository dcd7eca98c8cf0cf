/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the statement that makes a trigger of MySQL or MariaDB says: those of one table that are
 * fired at the same moment have an order, which is that of the table's list.
 */
#ifndef MIG_SCHEMA_TRIGGER_H
#define MIG_SCHEMA_TRIGGER_H

#include "schema/model.h"

/*
 * Where in a trigger's statement its body begins; NULL: it is not such a statement.
 */
const char *mig_db_trigger_body(const struct mig_db_object *trigger);

/*
 * Whether two triggers, of whichever side, are fired at the same moment, "BEFORE INSERT".
 */
bool mig_db_trigger_meets(const struct mig_db_object *a, const struct mig_db_object *b);

/*
 * The trigger of the same table and moment that is fired before this one, or behind it; NULL:
 * there is none.
 */
const struct mig_db_object *mig_db_trigger_next(const struct mig_db_object *trigger, bool before);

#endif
