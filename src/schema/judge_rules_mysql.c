/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/judge_int.h"

static const struct judge_rule rules[] = {
	{ RULE_TABLE_RENAMED, "table.renamed", "table_removed", MIG_BREAKING, MIG_LOCK_EXCLUSIVE, 0,
	    AFFECTS_ALL, "Table $old is now $new.",
	    "Readers and writers that use the old name fail.",
	    "Keep the old name alive as a view until all clients use "
	    "the new one.",
	    "Rename the table and create a view of the old name; drop "
	    "the view later." },
	{ RULE_TABLE_ENGINE, "table.engine_changed", "default_changed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_ALL,
	    "The engine of table $table is $new and was $old.",
	    "Writers wait while the table is copied; transactions and "
	    "foreign keys may work otherwise, and it is refused while "
	    "a foreign key points at the table.",
	    "Change it while the table is small or not in use.",
	    "Create a new table, copy in batches, and swap the names." },
	{ RULE_TABLE_CHARSET, "table.charset_converted", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_ALL,
	    "Table $table is $new and was $old.",
	    "Writers wait while the table is copied; readers meet "
	    "other order and equality, and texts that do not fit are "
	    "lost.",
	    "Look for values that the new character set does not "
	    "have.",
	    "Create a new table, copy in batches, and swap the names." },
	{ RULE_TABLE_ROW_FORMAT, "table.row_format", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_NONE, MIG_WORK_REWRITE, AFFECTS_NONE,
	    "The row format of table $table is $new and was $old.",
	    "Readers and writers go on while the table is built "
	    "again.",
	    "Do it at a quiet time.", NULL },
	{ RULE_TABLE_OPTIONS, "table.options_changed", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_NONE,
	    "The options of table $table are different: $old, now "
	    "$new.",
	    "Readers and writers notice nothing.", "No step is needed for clients.", NULL },
	{ RULE_PARTITION_KEY, "table.partitioned", "primary_key_modified", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_ALL,
	    "Table $table is partitioned by $new and was by $old.",
	    "Writers wait while the table is copied.",
	    "Change it while the table is small or not in use.",
	    "Create a new table, copy in batches, and swap the names." },
	{ RULE_COLUMN_ADDED, "column.added", "column_added", MIG_ADDITIVE, MIG_LOCK_NONE, 0,
	    AFFECTS_NONE, "Column $name of table $table is new.",
	    "Readers and writers go on, but for SELECT * and INSERT "
	    "without a list of columns.",
	    "Name the columns in SELECT and INSERT. $extra", NULL },
	{ RULE_COLUMN_ADDED_CONSTANT, "column.added", "column_added", MIG_ADDITIVE, MIG_LOCK_NONE,
	    0, AFFECTS_NONE,
	    "Column $name of table $table is new, with the default "
	    "$new.",
	    "Readers and writers go on, but for SELECT * and INSERT "
	    "without a list of columns.",
	    "Name the columns in SELECT and INSERT. $extra", NULL },
	{ RULE_COLUMN_ADDED_NOT_NULL, "column.added", "column_added", MIG_ADDITIVE, MIG_LOCK_NONE,
	    0, AFFECTS_NONE,
	    "Column $name of table $table is new, NOT NULL with the "
	    "default $new.",
	    "Readers and writers go on; old writers get the default.",
	    "Name the columns in SELECT and INSERT. $extra", NULL },
	{ RULE_COLUMN_ADDED_STABLE, "column.added.now_default", "column_added", MIG_ADDITIVE,
	    MIG_LOCK_NONE, 0, AFFECTS_NONE,
	    "Column $name of table $table is new, with the default "
	    "$new.",
	    "Readers and writers go on; all rows that are there get "
	    "one and the same value.",
	    "Fill old rows by a statement of their own if the one "
	    "value is not right for them. $extra",
	    NULL },
	{ RULE_COLUMN_ADDED_REQUIRED, "column.added.required", "required_column_added",
	    MIG_BREAKING, MIG_LOCK_NONE, 0, AFFECTS_INSERT,
	    "Column $name of table $table is new, NOT NULL and "
	    "without a default.",
	    "Writers that do not know the column fail at INSERT, and "
	    "old rows silently get 0, '', the first label or the zero "
	    "date.",
	    "Give it a default, or add it nullable first. $extra",
	    "Add it nullable, write it from all versions, fill old "
	    "rows in batches, then make it NOT NULL." },
	{ RULE_COLUMN_ADDED_VOLATILE, "column.added.expression_default", "column_added",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_ALL,
	    "Column $name of table $table is new, with the default "
	    "$new that is computed for each row.",
	    "Writers wait while the table is copied.",
	    "Add the column without default, set the default, then "
	    "fill old rows in batches. $extra",
	    "Add the column nullable, SET DEFAULT, and fill in "
	    "batches." },
	{ RULE_COLUMN_ADDED_IDENTITY, "column.added.auto_increment", "column_added",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_ALL,
	    "Column $name of table $table is new and counts by "
	    "itself.",
	    "Writers wait while the table is built again.",
	    "Add it to a new table beside the old one if the table is "
	    "large. $extra",
	    "Create a new table with it, copy in batches, and swap "
	    "the names." },
	{ RULE_COLUMN_ADDED_STORED, "column.added.stored_generated", "column_added",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_ALL,
	    "Column $name of table $table is new and generated, "
	    "stored.",
	    "Writers wait while the table is copied.",
	    "Use a virtual column, or a plain one that a trigger "
	    "keeps current. $extra",
	    "Add a plain column, keep it current by triggers, and "
	    "fill old rows in batches." },
	{ RULE_COLUMN_ADDED_VIRTUAL, "column.added.virtual_generated", "column_added", MIG_ADDITIVE,
	    MIG_LOCK_NONE, 0, AFFECTS_NONE,
	    "Column $name of table $table is new and generated, "
	    "virtual.",
	    "Readers and writers go on.", "Name the columns in SELECT and INSERT. $extra", NULL },
	{ RULE_COLUMN_POSITION, "column.reordered", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_NONE, "Column $name of table $table stands at another place.",
	    "Readers of SELECT * and writers without a list of "
	    "columns get another order.",
	    "Name the columns in SELECT and INSERT.", NULL },
	{ RULE_COLUMN_DROPPED, "column.dropped", "column_removed", MIG_BREAKING, MIG_LOCK_NONE, 0,
	    AFFECTS_COLUMN, "Column $name of table $table is gone.",
	    "Readers and writers that name the column fail, and its "
	    "values are lost.",
	    "Let all versions stop using the column before it is "
	    "dropped. $extra",
	    "Ignore the column in the code, drop the views on it, "
	    "then the column; the way back adds it empty." },
	{ RULE_COLUMN_DROPPED_VIRTUAL, "column.dropped.virtual", "column_removed",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_NONE, 0, AFFECTS_READS,
	    "Generated column $name of table $table is gone.",
	    "Readers that name the column fail; no value is lost.",
	    "Let all versions stop reading the column before it is "
	    "dropped. $extra",
	    NULL },
	{ RULE_COLUMN_RENAMED, "column.renamed", "column_removed", MIG_BREAKING, MIG_LOCK_NONE, 0,
	    AFFECTS_CONVERSION, "Column $old of table $table is now $new.",
	    "Readers and writers that use the old name fail.",
	    "Keep both names alive until all versions use the new "
	    "one.",
	    "Add a column of the new name, keep both alike by "
	    "triggers, switch the clients, then drop the old one." },
	{ RULE_COLUMN_COMMENT, "column.comment", "default_changed", MIG_NON_BREAKING, MIG_LOCK_NONE,
	    0, AFFECTS_NONE,
	    "The comment on column $name of table $table is "
	    "different.",
	    "Readers and writers notice nothing.", "No step is needed for clients.", NULL },
	{ RULE_COLUMN_VISIBLE, "column.visibility_changed", "compatible_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_NONE, 0, AFFECTS_READS,
	    "Column $name of table $table is $new and was $old.",
	    "Readers of SELECT * get other columns.", "Name the columns in SELECT and INSERT.",
	    NULL },
	{ RULE_TYPE_TEXT_WIDENED, "type.varchar_widened.same_length_byte", "length_increase",
	    MIG_NON_BREAKING, MIG_LOCK_NONE, 0, AFFECTS_DATA,
	    "Column $name of table $table takes longer values: $old, "
	    "now $new.",
	    "Readers with buffers of fixed size may cut values; "
	    "writers go on.",
	    "Make sure that all readers take the longer values.", NULL },
	{ RULE_TYPE_TEXT_WIDENED_CROSS, "type.varchar_widened.cross", "length_increase",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table takes longer values: $old, "
	    "now $new, over 255 bytes.",
	    "Writers wait while the table is copied, as its length "
	    "needs a second byte.",
	    "Change it while the table is small or not in use.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_TEXT_NARROWED, "type.varchar_narrowed", "length_reduction",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_WRITES,
	    "Column $name of table $table takes shorter values only: "
	    "$old, now $new.",
	    "Writers wait while the table is copied, and those of "
	    "longer values are rejected, or in a lax mode their "
	    "values are cut.",
	    "Count the values that are too long before.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_TEXT_LIMITED, "type.varchar_narrowed", "incompatible_type_change", MIG_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_CONVERSION,
	    "Column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied, and those of "
	    "longer values are rejected, or in a lax mode their "
	    "values are cut.",
	    "Count the values that are too long before.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_TEXT_UNLIMITED, "type.varchar_narrowed", "compatible_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied; an index or a "
	    "default on it may not be possible any more.",
	    "Change it while the table is small or not in use.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_CHAR_WIDENED, "type.char_widened", "length_increase", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table takes longer values: $old, "
	    "now $new.",
	    "Writers wait while the table is copied.",
	    "Change it while the table is small or not in use.", NULL },
	{ RULE_TYPE_CHAR_NARROWED, "type.varchar_narrowed", "length_reduction",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_WRITES,
	    "Column $name of table $table takes shorter values only: "
	    "$old, now $new.",
	    "Writers wait while the table is copied, and those of "
	    "longer values are rejected, or in a lax mode their "
	    "values are cut.",
	    "Count the values that are too long before.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_CHAR, "type.varchar_narrowed", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied; blanks at the "
	    "end of values are lost.",
	    "Look for values that end with blanks.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_INT_WIDENED, "type.integer_changed", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied; readers with the "
	    "smaller type overflow once values grow.",
	    "Let all readers use the wider type first.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_INT_WIDENED_KEY, "type.integer_changed", "compatible_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Key column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied, and it is "
	    "refused while a foreign key joins the columns.",
	    "Drop the foreign keys, widen all columns, and add them "
	    "again.",
	    "Widen each column by expand and contract: the foreign "
	    "keys' first, the key itself last." },
	{ RULE_TYPE_INT_NARROWED, "type.integer_changed", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied, and those of "
	    "larger values are rejected, or in a lax mode their "
	    "values are changed.",
	    "Count the values that are out of range before.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_INT_TO_NUMERIC, "type.decimal_changed", "compatible_type_change",
	    MIG_NON_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied.", "Let all readers take the new type first.",
	    NULL },
	{ RULE_TYPE_NUMERIC_UP, "type.decimal_changed", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table takes more digits: $old, "
	    "now $new.",
	    "Writers wait while the table is copied.",
	    "Make sure that all readers take the longer numbers.", NULL },
	{ RULE_TYPE_NUMERIC_CHANGED, "type.decimal_changed", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied; numbers are "
	    "rounded or rejected.",
	    "Count the values that would change before.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_NUMERIC_REDUCED, "type.decimal_changed", "precision_reduction",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table takes fewer digits: $old, "
	    "now $new.",
	    "Writers wait while the table is copied; numbers are "
	    "rounded or rejected.",
	    "Count the values that would change before.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_TIME_UP, "type.datetime_precision", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table keeps more of a second: "
	    "$old, now $new.",
	    "Writers wait while the table is copied.",
	    "Make sure that all readers take the longer values.", NULL },
	{ RULE_TYPE_TIME_DOWN, "type.datetime_precision", "precision_reduction",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table keeps less of a second: "
	    "$old, now $new.",
	    "Writers wait while the table is copied; values are "
	    "rounded.",
	    "Find out who needs the digits.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_NO_CAST, "type.no_cast", "incompatible_type_change", MIG_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_CONVERSION,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers use the wrong type; writers wait "
	    "while the table is copied, and values that do not "
	    "convert are rejected or, in a lax mode, changed.",
	    "Try the conversion on a copy of the rows.",
	    "Add a new column, fill it in batches by the conversion, "
	    "switch the clients, then drop the old one." },
	{ RULE_TYPE_TO_TEXT, "type.to_text", "incompatible_type_change", MIG_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_CONVERSION,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers use the wrong type, comparison and "
	    "order are those of texts; writers wait while the table "
	    "is copied.",
	    "Let all versions take both types before.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, switch the clients, then drop the old one." },
	{ RULE_TYPE_TO_FLOAT, "type.to_float", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers lose digits; writers wait while the "
	    "table is copied.",
	    "Keep decimal for all that is counted, money above all.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_FLOAT_WIDENED, "type.float_widened", "compatible_type_change", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Writers wait while the table is copied.", "Let all readers take the wider type first.",
	    NULL },
	{ RULE_TYPE_ZONE, "type.timestamp_datetime", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers mean other moments by the same text; "
	    "writers wait while the table is copied.",
	    "Set the session's time zone in the script.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_TYPE_TIMESTAMP_TO_DATE, "type.timestamp_to_date", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers and writers lose a part of each value; writers "
	    "wait while the table is copied.",
	    "Keep the old column until nobody needs what is lost.",
	    "Add a new column, keep it current by triggers, fill in "
	    "batches, and drop the old one at the end." },
	{ RULE_TYPE_DATE_TO_TIMESTAMP, "type.date_to_timestamp", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is $new and was $old.",
	    "Readers get another type, with midnight for each old "
	    "value; writers wait while the table is copied.",
	    "Let all readers take the new type first.",
	    "Add a new column, keep it current by triggers, fill in "
	    "batches, and drop the old one at the end." },
	{ RULE_TYPE_ENUM_APPENDED, "enum.appended", "enum_value_added", MIG_ADDITIVE, MIG_LOCK_NONE,
	    0, AFFECTS_READS,
	    "Column $name of table $table takes more labels: $old, "
	    "now $new.",
	    "Readers that know all labels meet an unknown one; "
	    "writers go on.",
	    "Teach the readers first.", NULL },
	{ RULE_TYPE_ENUM_REORDERED, "enum.inserted_or_removed", "risky_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_READS,
	    "Column $name of table $table has its labels in another "
	    "order: $old, now $new.",
	    "Readers get another order; writers wait while the table "
	    "is copied.",
	    "Append new labels at the end.", "Append new labels at the end instead." },
	{ RULE_TYPE_ENUM_REMOVED, "enum.inserted_or_removed", "enum_value_removed", MIG_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_WRITES,
	    "Column $name of table $table has lost labels: $old, now "
	    "$new.",
	    "Writers of these labels fail, and writers wait while the "
	    "table is copied.",
	    "Make sure that no row has the label.",
	    "Keep the label in the type and let nobody write it." },
	{ RULE_TYPE_COLLATION, "collation.changed", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_DATA,
	    "Column $name of table $table is compared by $new and was "
	    "by $old.",
	    "Readers get another order and another equality, and "
	    "writers another uniqueness.",
	    "Look for values that the new rules hold for equal.", NULL },
	{ RULE_TYPE_CHARSET, "charset.changed", "risky_type_change", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_DATA,
	    "Column $name of table $table is in $new and was in $old.",
	    "Writers wait while the table is copied, and texts that "
	    "do not fit are lost.",
	    "Look for values that the new character set does not "
	    "have.",
	    "Add a new column, keep both alike by triggers, fill in "
	    "batches, and swap the names." },
	{ RULE_NULL_SET, "null.set_not_null", "nullability_restriction", MIG_BREAKING,
	    MIG_LOCK_NONE, MIG_WORK_REWRITE, AFFECTS_WRITES,
	    "Column $name of table $table is NOT NULL now.",
	    "Writers of NULL fail; in a lax mode NULL becomes 0 or "
	    "''.",
	    "Fill the column and let all versions write it before.",
	    "Fill in batches, let all versions write the column, then "
	    "make it NOT NULL in strict mode." },
	{ RULE_NULL_DROPPED, "null.drop_not_null", "nullability_relaxed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, MIG_WORK_REWRITE, AFFECTS_READS,
	    "Column $name of table $table may be NULL now.",
	    "Readers that do not expect NULL meet it; writers go on.",
	    "Teach all readers NULL before anyone writes it; the way "
	    "back has to fill the column.",
	    NULL },
	{ RULE_DEFAULT_ADDED, "column.comment", "default_changed", MIG_NON_BREAKING, MIG_LOCK_NONE,
	    0, AFFECTS_INSERT, "Column $name of table $table has the default $new.",
	    "Rows of writers that leave the column out look "
	    "different; nobody fails.",
	    "Make sure that the default is right for old writers.", NULL },
	{ RULE_DEFAULT_CHANGED, "column.comment", "default_changed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_INSERT,
	    "The default of column $name of table $table is $new and "
	    "was $old.",
	    "Rows of writers that leave the column out look "
	    "different.",
	    "Make sure that all versions take the new default for "
	    "right.",
	    NULL },
	{ RULE_DEFAULT_REMOVED, "column.comment", "default_changed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_INSERT,
	    "Column $name of table $table has no default any more; it "
	    "was $old.",
	    "Readers meet NULL in rows of writers that leave the "
	    "column out.",
	    "Let all versions write the column before.", NULL },
	{ RULE_IDENTITY_SEQUENCE, "table.auto_increment_value", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_INSERT,
	    "Column $name of table $table counts from another number.",
	    "Writers get other numbers.",
	    "Make sure that the numbers cannot meet those that are "
	    "there.",
	    NULL },
	{ RULE_IDENTITY, "identity.changed", "default_changed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_INSERT,
	    "Column $name of table $table counts otherwise: $old, now "
	    "$new.",
	    "Writers that leave the column out, or give it, get "
	    "another result, and wait while the table is copied.",
	    "Agree on it with all writers.", NULL },
	{ RULE_PK_ADDED, "pk.changed", "primary_key_added", MIG_BREAKING, MIG_LOCK_NONE,
	    MIG_WORK_REWRITE, AFFECTS_WRITES, "$new is new on table $table.",
	    "Writers of duplicates and of NULL fail; the table and "
	    "all its indexes are built again.",
	    "Look for duplicates and NULL before.", NULL },
	{ RULE_PK_COLUMNS, "pk.changed", "primary_key_modified", MIG_BREAKING, MIG_LOCK_NONE,
	    MIG_WORK_REWRITE, AFFECTS_CHANGES,
	    "The primary key of table $table is $new and was $old.",
	    "Readers tell rows apart by other columns, and upserts "
	    "that count on the old ones do something else; the table "
	    "and all its indexes are built again.",
	    "Keep the old columns unique until nobody depends on it.", NULL },
	{ RULE_PK_DROPPED, "pk.dropped", "primary_key_removed", MIG_BREAKING, MIG_LOCK_SHARE,
	    MIG_WORK_REWRITE, AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers cannot tell rows apart, and replication gets "
	    "slow; writers wait while the table is copied.",
	    "Give the table another primary key in the same "
	    "statement.",
	    NULL },
	{ RULE_UNIQUE_ADDED, "unique.added", "unique_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, MIG_WORK_INDEX, AFFECTS_WRITES, "$new is new on table $table.",
	    "Writers of duplicates fail.", "Look for duplicates before.", NULL },
	{ RULE_UNIQUE_DROPPED, "unique.dropped", "unique_removed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers that expect one row may get more, and writers "
	    "with ON DUPLICATE KEY UPDATE insert instead.",
	    "Find out who depends on it.", NULL },
	{ RULE_FK_ADDED, "fk.added", "foreign_key_added", MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE,
	    MIG_WORK_REWRITE, AFFECTS_WRITES, "$new is new on table $table.",
	    "Writers of rows without a parent fail, and writers wait "
	    "while the table is copied.",
	    "Count the rows without a parent before.",
	    "SET foreign_key_checks = 0 for this statement adds it in "
	    "place, and then old rows go unchecked: count those "
	    "without a parent." },
	{ RULE_FK_DROPPED, "fk.dropped", "foreign_key_removed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers may meet rows without a parent.",
	    "Make sure that the clients keep the rows together.", NULL },
	{ RULE_CHECK_ADDED, "check.added", "check_added", MIG_POTENTIALLY_BREAKING, MIG_LOCK_SHARE,
	    MIG_WORK_REWRITE, AFFECTS_WRITES, "$new is new on table $table.",
	    "Writers of other values fail, and writers wait while the "
	    "table is copied.",
	    "Count the rows that do not fit before.", NULL },
	{ RULE_CHECK_DROPPED, "check.dropped", "check_removed", MIG_NON_BREAKING, MIG_LOCK_NONE, 0,
	    AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers may meet values that were not possible; writers "
	    "go on.",
	    "Teach the readers the new values.", NULL },
	{ RULE_INDEX_ADDED, "index.added", "index_added", MIG_ADDITIVE, MIG_LOCK_NONE,
	    MIG_WORK_INDEX, AFFECTS_NONE, "Index $name on table $table is new.",
	    "Readers and writers go on while the index is built.", "Do it at a quiet time.", NULL },
	{ RULE_INDEX_ADDED_UNIQUE, "unique.added", "index_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, MIG_WORK_INDEX, AFFECTS_WRITES,
	    "Unique index $name on table $table is new.", "Writers of duplicates fail.",
	    "Look for duplicates before.", NULL },
	{ RULE_INDEX_ADDED_FULLTEXT, "index.fulltext_added", "index_added", MIG_ADDITIVE,
	    MIG_LOCK_SHARE, MIG_WORK_REWRITE, AFFECTS_WRITES,
	    "Full text index $name on table $table is new.",
	    "Writers wait while the index is built.",
	    "Build it while the table is small or not in use.", NULL },
	{ RULE_INDEX_DROPPED, "index.dropped", "index_removed", MIG_NON_BREAKING, MIG_LOCK_NONE, 0,
	    AFFECTS_NONE, "Index $name on table $table is gone.", "Readers that need it get slow.",
	    "Make the index invisible first and watch the queries.",
	    "Make it invisible or ignored, watch the queries, then "
	    "drop it." },
	{ RULE_INDEX_DROPPED_UNIQUE, "unique.dropped", "index_removed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_CHANGES, "Unique index $name on table $table is gone.",
	    "Readers that expect one row may get more, and writers "
	    "with ON DUPLICATE KEY UPDATE insert instead.",
	    "Find out who depends on it.", NULL },
	{ RULE_INDEX_CHANGED, "index.changed", "index_modified", MIG_NON_BREAKING, MIG_LOCK_NONE,
	    MIG_WORK_INDEX, AFFECTS_NONE, "Index $name on table $table is $new and was $old.",
	    "Readers get other plans while the new one is built.",
	    "Build the new one before the old one goes.", NULL },
	{ RULE_INDEX_RENAMED, "index.renamed", "index_modified", MIG_NON_BREAKING, MIG_LOCK_NONE, 0,
	    AFFECTS_NONE, "Index $old on table $table is now $new.",
	    "Readers and writers notice nothing, but for hints that "
	    "name it.",
	    "Look for the name in the code.", NULL },
	{ RULE_INDEX_OPTIONS, "index.renamed", "index_modified", MIG_NON_BREAKING, MIG_LOCK_NONE, 0,
	    AFFECTS_NONE, "Index $name on table $table is $new and was $old.",
	    "Readers get other plans.", "Watch the queries.", NULL },
};

const struct judge_rule_list mig_judge_rules_mysql = { rules, sizeof(rules) / sizeof(rules[0]) };
