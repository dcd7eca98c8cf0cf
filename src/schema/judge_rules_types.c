/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/judge_int.h"

static const struct judge_rule rules[] = {
	{ RULE_TYPE_TEXT_WIDENED, "type.varchar_widened", "length_increase", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table takes longer values: $old, "
	    "now $new.",
	    "Readers with buffers of fixed size may cut values; "
	    "writers go on.",
	    "Make sure that all readers take the longer values.", NULL },
	{ RULE_TYPE_TEXT_NARROWED, "type.varchar_narrowed", "length_reduction",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_WRITES,
	    "Column $name of table $table takes shorter values only: "
	    "$old, now $new.",
	    "Writers of longer values are rejected, and all wait "
	    "while the table is written again; it fails when one "
	    "value is too long.",
	    "Count the values that are too long before.",
	    "CHECK (char_length(…) <= n) NOT VALID and VALIDATE "
	    "instead, or a new column, filled in batches." },
	{ RULE_TYPE_TEXT_LIMITED, "type.varchar_narrowed", "incompatible_type_change", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_CONVERSION,
	    "Column $name of table $table is $new and was $old.",
	    "Writers of longer values are rejected, and all wait "
	    "while the table is written again; it fails when one "
	    "value is too long.",
	    "Count the values that are too long before.",
	    "CHECK (char_length(…) <= n) NOT VALID and VALIDATE "
	    "instead, or a new column, filled in batches." },
	{ RULE_TYPE_TEXT_UNLIMITED, "type.varchar_to_text", "compatible_type_change",
	    MIG_NON_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.", "Readers and writers go on.",
	    "Set the default again afterwards, as it keeps the cast "
	    "to the old type.",
	    NULL },
	{ RULE_TYPE_CHAR_WIDENED, "type.to_char", "length_increase", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_DATA,
	    "Column $name of table $table is padded to more "
	    "characters: $old, now $new.",
	    "Readers get values with more blanks; all wait while the "
	    "table is written again.",
	    "Avoid char(n): text with a CHECK does not pad.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_CHAR_NARROWED, "type.varchar_narrowed", "length_reduction",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_WRITES,
	    "Column $name of table $table takes shorter values only: "
	    "$old, now $new.",
	    "Writers of longer values are rejected, and all wait "
	    "while the table is written again; it fails when one "
	    "value is too long.",
	    "Count the values that are too long before.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_CHAR, "type.to_char", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers get values with or without the blanks at their "
	    "end; all wait while the table is written again.",
	    "Avoid char(n): text with a CHECK does not pad.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_CITEXT, "type.citext", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers compare by other rules, and writers meet another "
	    "uniqueness.",
	    "Look for values that differ in case only.",
	    "Drop the indexes on it, change the type, and build them "
	    "again CONCURRENTLY." },
	{ RULE_TYPE_INT_WIDENED, "type.int_widened", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers with the smaller type overflow once values grow; "
	    "all wait while the table and its indexes are written "
	    "again.",
	    "Let all readers use the wider type first.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_INT_WIDENED_KEY, "type.int_widened.key", "compatible_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA, "Key column $name of table $table is $new and was $old.",
	    "All wait while the table and its indexes are written "
	    "again and the foreign keys are checked, and so do the "
	    "tables that are joined by them; readers with the smaller "
	    "type overflow.",
	    "Widen the columns of all tables that point at it first.",
	    "Widen each column by expand and contract: the foreign "
	    "keys' first, the key itself last." },
	{ RULE_TYPE_INT_NARROWED, "type.int_narrowed", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA, "Column $name of table $table is $new and was $old.",
	    "Writers of larger values are rejected, and all wait "
	    "while the table is written again; it fails when one "
	    "value is out of range.",
	    "Count the values that are out of range before.",
	    "CHECK of the range NOT VALID, VALIDATE, then a new "
	    "column that is filled in batches." },
	{ RULE_TYPE_INT_TO_NUMERIC, "type.int_to_numeric", "compatible_type_change",
	    MIG_NON_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA, "Column $name of table $table is $new and was $old.",
	    "Readers may get another type in their language; all wait "
	    "while the table is written again.",
	    "Let all readers take the new type first.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_TO_FLOAT, "type.to_float", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers lose digits; all wait while the "
	    "table is written again.",
	    "Keep numeric for all that is counted, money above all.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_FLOAT_WIDENED, "type.float_widened", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers see digits that were not there before; all wait "
	    "while the table is written again.",
	    "Let all readers take the wider type first.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_NUMERIC_UP, "type.numeric_precision_up", "compatible_type_change",
	    MIG_NON_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table takes more digits: $old, "
	    "now $new.",
	    "Readers and writers go on.", "Make sure that all readers take the longer numbers.",
	    NULL },
	{ RULE_TYPE_NUMERIC_CHANGED, "type.numeric_changed", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA, "Column $name of table $table is $new and was $old.",
	    "Readers see rounded or otherwise written numbers, and "
	    "writers of large ones are rejected; all wait while the "
	    "table is written again.",
	    "Count the values that would change before.",
	    "CHECK of the values NOT VALID, VALIDATE, then a new "
	    "column that is filled in batches." },
	{ RULE_TYPE_NUMERIC_REDUCED, "type.numeric_changed", "precision_reduction",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA,
	    "Column $name of table $table takes fewer digits: $old, "
	    "now $new.",
	    "Readers see rounded numbers, and writers of large ones "
	    "are rejected; all wait while the table is written again.",
	    "Count the values that would change before.",
	    "CHECK of the values NOT VALID, VALIDATE, then a new "
	    "column that is filled in batches." },
	{ RULE_TYPE_ZONE, "type.timestamp_timestamptz", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA, "Column $name of table $table is $new and was $old.",
	    "Readers and writers mean other moments by the same text; "
	    "all wait while the table is written again unless the "
	    "session's time zone is UTC.",
	    "Say by USING … AT TIME ZONE in which zone the values are "
	    "meant.",
	    "SET timezone = 'UTC' in the script, or add a new column "
	    "and fill it in batches." },
	{ RULE_TYPE_TIME_UP, "type.time_precision_up", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table keeps more of a second: "
	    "$old, now $new.",
	    "Readers and writers go on.", "Make sure that all readers take the longer values.",
	    NULL },
	{ RULE_TYPE_TIME_DOWN, "type.time_precision_down", "precision_reduction",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA,
	    "Column $name of table $table keeps less of a time: $old, "
	    "now $new.",
	    "Readers and writers get rounded values; all wait while "
	    "the table is written again.",
	    "Find out who needs the digits.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_TIMESTAMP_TO_DATE, "type.timestamp_to_date", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA, "Column $name of table $table is $new and was $old.",
	    "Readers and writers lose a part of each value; all wait "
	    "while the table is written again.",
	    "Keep the old column until nobody needs what is lost.",
	    "Add a new column, keep it current by a trigger, fill in "
	    "batches, and drop the old one at the end." },
	{ RULE_TYPE_DATE_TO_TIMESTAMP, "type.date_to_timestamp", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA, "Column $name of table $table is $new and was $old.",
	    "Readers get another type, with midnight for each old "
	    "value; all wait while the table is written again.",
	    "Let all readers take the new type first.",
	    "Add a new column, keep it current by a trigger, fill in "
	    "batches, and drop the old one at the end." },
	{ RULE_TYPE_CIDR_TO_INET, "type.cidr_inet", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers meet addresses with host bits; writers go on.",
	    "Make sure that all readers take them.", NULL },
	{ RULE_TYPE_INET_TO_CIDR, "type.cidr_inet", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers of addresses with host bits are rejected; all "
	    "wait while the table is written again.",
	    "Count the values with host bits before.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_JSON, "type.json_jsonb", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers meet another order of keys and no duplicates; "
	    "all wait while the table is written again.",
	    "Make sure that nobody depends on the text as it was.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_NO_CAST, "type.no_cast", "incompatible_type_change", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_CONVERSION,
	    "Column $name of table $table is $new and was $old, and "
	    "the server has no conversion of its own.",
	    "Readers and writers use the wrong type; the statement "
	    "needs USING and fails on values that do not convert.",
	    "Write the conversion down and try it on a copy of the "
	    "rows; the way back needs one of its own.",
	    "Add a new column, fill it in batches by the conversion, "
	    "switch the clients, then drop the old one." },
	{ RULE_TYPE_TO_TEXT, "type.to_text", "incompatible_type_change", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_CONVERSION,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers use the wrong type, comparison and "
	    "order are those of texts; the way back needs USING.",
	    "Let all versions take both types before.",
	    "Add a new column, keep both alike by a trigger, fill in "
	    "batches, switch the clients, then drop the old one." },
	{ RULE_TYPE_ENUM_TEXT, "type.enum_text", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers of unknown labels are rejected or let through; "
	    "all wait while the table is written again.",
	    "Keep text and add a CHECK of the labels.",
	    "CHECK of the labels NOT VALID and VALIDATE instead, or a "
	    "new column, filled in batches." },
	{ RULE_TYPE_BITS_WIDENED, "type.varbit_widened", "length_increase", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table takes longer values: $old, "
	    "now $new.",
	    "Readers and writers go on.", "Make sure that all readers take the longer values.",
	    NULL },
	{ RULE_TYPE_DOMAIN_TO_BASE, "type.domain_to_base", "compatible_type_change",
	    MIG_NON_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table is $new and was of the "
	    "domain $old.",
	    "Readers may meet values that the domain did not allow; "
	    "writers go on.",
	    "Make sure that all readers take them.", NULL },
	{ RULE_TYPE_BASE_TO_DOMAIN, "type.base_to_domain", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_DATA,
	    "Column $name of table $table is of the domain $new and "
	    "was $old.",
	    "Writers of values that the domain does not allow are "
	    "rejected; all wait while the rows are checked.",
	    "Count the values that the domain does not allow before.",
	    "CHECK of the table NOT VALID and VALIDATE instead." },
	{ RULE_TYPE_ARRAY, "type.array_changed", "incompatible_type_change", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_CONVERSION,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers use the wrong type; all wait while "
	    "the table is written again.",
	    "Let all versions take both types before.",
	    "Add a new column, fill it in batches, switch the "
	    "clients, then drop the old one." },
	{ RULE_TYPE_BOOLEAN_TO_TINYINT, "type.boolean_to_tinyint", "compatible_type_change",
	    MIG_NON_BREAKING, JUDGE_NO_HAZARD, 0, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers that use 0 and 1 go on.",
	    "Make sure that all readers take numbers.", NULL },
	{ RULE_TYPE_COLLATION, "type.collation_changed", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_DATA,
	    "Column $name of table $table is compared by $new and was "
	    "by $old.",
	    "Readers get another order and another equality, and "
	    "writers another uniqueness.",
	    "Look for values that the new rules hold for equal.",
	    "Build new indexes CONCURRENTLY on the new collation "
	    "first." },
	{ RULE_TYPE_DEFAULT, "type.default_not_castable", "default_changed",
	    MIG_POTENTIALLY_BREAKING, JUDGE_NO_HAZARD, 0, AFFECTS_INSERT,
	    "The default $old of column $name of table $table does "
	    "not become $new by itself.",
	    "The server refuses to change the type while the default "
	    "is there; writers that leave the column out get another "
	    "value.",
	    "Drop the default, change the type, and set the default "
	    "again, in one transaction.",
	    NULL },
	{ RULE_TYPE_USED, "type.used_by_view", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    JUDGE_NO_HAZARD, 0, AFFECTS_READS,
	    "Column $name of table $table changes its type and is "
	    "used by $extra.",
	    "The server refuses to change the type while they are "
	    "there; readers of them wait.",
	    "Drop them before and create them after, in order, with "
	    "their rights and comments.",
	    NULL },
	{ RULE_TYPE_SERIAL, "type.serial_sequence", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE_ROW_EXCLUSIVE, 0, AFFECTS_INSERT,
	    "The sequence behind column $name of table $table keeps "
	    "its own type when the column is widened.",
	    "Writers fail when the sequence ends, at 2147483647 for "
	    "integer.",
	    "ALTER SEQUENCE … AS $new in the same step.", NULL },
};

const struct judge_rule_list mig_judge_rules_types = { rules, sizeof(rules) / sizeof(rules[0]) };
