/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/script_pg.h"

/* The name of a top-level thing as text for to_regclass() and its like. */
static const char *
regular(struct mig_script *script, const struct mig_db_object *object)
{
	return mig_sql_text(script, "%t", object);
}

static const char *
count_of_part(struct mig_script *script, const struct mig_db_object *object)
{
	const char *table = regular(script, object->parent);
	if (object->kind == MIG_DB_COLUMN)
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass(%l) AND "
		    "attname "
		    "= %l AND NOT attisdropped",
		    table, object->name);
	if (object->kind == MIG_DB_INDEX)
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass(%l) AND "
		    "indisvalid",
		    mig_sql_text(script, "%p", object));
	if (object->kind == MIG_DB_CONSTRAINT && object->parent->kind == MIG_DB_DOMAIN)
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_constraint WHERE contypid = to_regtype(%l) AND "
		    "conname "
		    "= %l",
		    table, object->name);
	if (object->kind == MIG_DB_CONSTRAINT)
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_constraint WHERE conrelid = to_regclass(%l) AND "
		    "conname "
		    "= %l",
		    table, mig_pg_constraint_name(script, mig_db_as_constraint(object)));
	if (object->kind == MIG_DB_TRIGGER)
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass(%l) AND tgname "
		    "= %l",
		    table, object->name);
	if (object->kind == MIG_DB_POLICY)
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_policy WHERE polrelid = to_regclass(%l) AND polname "
		    "= %l",
		    table, object->name);
	return mig_sql_text(script,
	    "SELECT count(*) FROM pg_rewrite WHERE ev_class = to_regclass(%l) AND rulename = %l",
	    table, object->name);
}

static const char *
count_of(struct mig_script *script, const struct mig_db_object *object)
{
	if (object->parent != NULL)
		return count_of_part(script, object);
	switch (object->kind) {
	case MIG_DB_TABLE:
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
	case MIG_DB_SEQUENCE:
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_class WHERE oid = to_regclass(%l) AND relkind IN (%s)",
		    regular(script, object),
		    object->kind == MIG_DB_TABLE        ? "'r', 'p'" :
		        object->kind == MIG_DB_VIEW     ? "'v'" :
		        object->kind == MIG_DB_SEQUENCE ? "'S'" :
		                                          "'m'");
	case MIG_DB_ENUM:
	case MIG_DB_DOMAIN:
	case MIG_DB_COMPOSITE:
	case MIG_DB_RANGE_TYPE:
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_type WHERE oid = to_regtype(%l)",
		    regular(script, object));
	case MIG_DB_ROUTINE:
		return mig_sql_text(script,
		    "SELECT count(*) FROM pg_proc WHERE oid = to_regprocedure(%l)",
		    regular(script, object));
	case MIG_DB_NAMESPACE:
		return mig_sql_text(
		    script, "SELECT count(*) FROM pg_namespace WHERE nspname = %l", object->name);
	case MIG_DB_EXTENSION:
		return mig_sql_text(
		    script, "SELECT count(*) FROM pg_extension WHERE extname = %l", object->name);
	case MIG_DB_COLLATION:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
	case MIG_DB_COLUMN:
	case MIG_DB_CONSTRAINT:
	case MIG_DB_INDEX:
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
		break;
	}
	return NULL;
}

void
mig_step_validate(struct mig_script *script, struct mig_script_step *step,
    const struct mig_db_object *object, bool there)
{
	/* What has no name cannot be asked for before it has got one. */
	if (script->dialect != MIG_DB_POSTGRESQL || (object->name == NULL && !there))
		return;
	step->script.validation = count_of(script, object);
	if (step->script.validation != NULL)
		step->script.expected = there ? "1" : "0";
}
