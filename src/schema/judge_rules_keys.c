/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/judge_int.h"

static const struct judge_rule rules[] = {
	{ RULE_NULL_SET, "null.set_not_null", "nullability_restriction", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_WRITES,
	    "Column $name of table $table is NOT NULL now.",
	    "Writers of NULL fail, and all wait while the table is "
	    "read; it fails when one value is NULL.",
	    "Fill the column and let all versions write it before.",
	    "Fill in batches, CHECK (… IS NOT NULL) NOT VALID, "
	    "VALIDATE, SET NOT NULL, which then reads nothing, and "
	    "drop the CHECK." },
	{ RULE_NULL_DROPPED, "null.drop_not_null", "nullability_relaxed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_READS,
	    "Column $name of table $table may be NULL now.",
	    "Readers that do not expect NULL meet it; writers go on.",
	    "Teach all readers NULL before anyone writes it; the way "
	    "back has to fill the column.",
	    NULL },
	{ RULE_DEFAULT_ADDED, "default.added", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_INSERT,
	    "Column $name of table $table has the default $new.",
	    "Rows of writers that leave the column out look "
	    "different; nobody fails.",
	    "Make sure that the default is right for old writers.", NULL },
	{ RULE_DEFAULT_CHANGED, "default.changed", "default_changed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_INSERT,
	    "The default of column $name of table $table is $new and "
	    "was $old.",
	    "Rows of writers that leave the column out look "
	    "different.",
	    "Make sure that all versions take the new default for "
	    "right.",
	    NULL },
	{ RULE_DEFAULT_REMOVED, "default.removed", "default_changed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_INSERT,
	    "Column $name of table $table has no default any more; it "
	    "was $old.",
	    "Readers meet NULL in rows of writers that leave the "
	    "column out.",
	    "Let all versions write the column before.", NULL },
	{ RULE_DEFAULT_REMOVED_REQUIRED, "default.removed_required", "default_changed",
	    MIG_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_INSERT,
	    "Column $name of table $table is NOT NULL and has no "
	    "default any more; it was $old.",
	    "Writers that leave the column out fail.", "Let all versions write the column before.",
	    NULL },
	{ RULE_IDENTITY, "identity.changed", "default_changed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_INSERT,
	    "Column $name of table $table counts otherwise: $old, now "
	    "$new.",
	    "Writers that leave the column out, or give it, get "
	    "another result.",
	    "Agree on it with all writers.", NULL },
	{ RULE_IDENTITY_ALWAYS, "identity.changed", "default_changed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_INSERT,
	    "Column $name of table $table is GENERATED ALWAYS and was "
	    "$old.",
	    "Writers that give the column a value fail.",
	    "Let all versions leave the column out before, or use BY "
	    "DEFAULT.",
	    NULL },
	{ RULE_IDENTITY_SEQUENCE, "sequence.changed", "default_changed", MIG_POTENTIALLY_BREAKING,
	    JUDGE_NO_HAZARD, 0, AFFECTS_INSERT,
	    "The sequence behind column $name of table $table counts "
	    "otherwise.",
	    "Writers get other numbers, and may come to its end.",
	    "Make sure that the numbers cannot meet those that are "
	    "there.",
	    NULL },
	{ RULE_GENERATED_CHANGED, "generated.changed", "default_changed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_COLUMN,
	    "Column $name of table $table is generated otherwise: "
	    "$old, now $new.",
	    "Readers see other values, and writers cannot give any; "
	    "all wait while the table is written again.",
	    "Put the new one beside the old one and swap the names.",
	    "Add a new column, switch the readers, drop the old one, "
	    "and swap the names." },
	{ RULE_GENERATED_DROPPED, "generated.dropped", "default_changed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_COLUMN,
	    "Column $name of table $table is no longer generated.",
	    "Readers see stale values unless writers write the "
	    "column.",
	    "Let all versions write the column from then on, or use a "
	    "trigger.",
	    NULL },
	{ RULE_PK_ADDED, "pk.added", "primary_key_added", MIG_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE,
	    MIG_WORK_INDEX | MIG_WORK_SCAN, AFFECTS_WRITES, "$new is new on table $table.",
	    "Writers of duplicates and of NULL fail, and all wait "
	    "while the index is built.",
	    "Look for duplicates and NULL before.",
	    "CREATE UNIQUE INDEX CONCURRENTLY, NOT NULL by a "
	    "validated CHECK, then ADD PRIMARY KEY USING INDEX." },
	{ RULE_PK_DROPPED, "pk.dropped", "primary_key_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers cannot tell rows apart, and upserts and "
	    "replication fail; NOT NULL stays.",
	    "Keep a unique key until nobody depends on it.", NULL },
	{ RULE_PK_COLUMNS, "pk.columns_changed", "primary_key_modified", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_INDEX | MIG_WORK_SCAN, AFFECTS_CHANGES,
	    "The primary key of table $table is $new and was $old.",
	    "Readers tell rows apart by other columns, and upserts "
	    "that name the old ones fail; all wait while the index is "
	    "built.",
	    "Keep the old columns unique until nobody depends on it.",
	    "CREATE UNIQUE INDEX CONCURRENTLY on the new columns, "
	    "then drop the old key and ADD PRIMARY KEY USING INDEX in "
	    "one transaction." },
	{ RULE_UNIQUE_ADDED, "unique.added", "unique_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_INDEX, AFFECTS_WRITES,
	    "$new is new on table $table.",
	    "Writers of duplicates fail, and all wait while the index "
	    "is built.",
	    "Look for duplicates before.",
	    "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … "
	    "UNIQUE USING INDEX." },
	{ RULE_UNIQUE_DROPPED, "unique.dropped", "unique_removed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers that expect one row may get more, and writers "
	    "with ON CONFLICT on these columns fail.",
	    "Find out who depends on it.", NULL },
	{ RULE_UNIQUE_NULLS, "unique.nulls_changed", "unique_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_INDEX, AFFECTS_WRITES,
	    "$name of table $table treats NULL otherwise: NULLS $new "
	    "and was $old.",
	    "Writers of a second NULL are rejected or let through; "
	    "all wait while the index is built.",
	    "Count the rows with NULL before.",
	    "CREATE UNIQUE INDEX CONCURRENTLY, then swap the "
	    "constraints in one transaction." },
	{ RULE_FK_ADDED, "fk.added", "foreign_key_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE_ROW_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_WRITES,
	    "$new is new on table $table.",
	    "Writers of rows without a parent fail, and writers of "
	    "both tables wait while the table is read.",
	    "Count the rows without a parent before.",
	    "ADD FOREIGN KEY NOT VALID, then VALIDATE CONSTRAINT in a "
	    "transaction of its own." },
	{ RULE_FK_DROPPED, "fk.dropped", "foreign_key_removed", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers may meet rows without a parent; users of both "
	    "tables wait for a moment.",
	    "Make sure that the clients keep the rows together.",
	    "Set lock_timeout and try again, as both tables are "
	    "locked." },
	{ RULE_FK_CHANGED, "fk.changed", "foreign_key_modified", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_CHANGES,
	    "A foreign key of table $table is $new and was $old.",
	    "Writers of rows that only the old one allowed fail; "
	    "users of the tables wait while the table is read.",
	    "Count the rows that the new one does not allow before.",
	    "Add the new one NOT VALID, VALIDATE it apart, drop the "
	    "old one, and rename." },
	{ RULE_FK_ACTION, "fk.action_changed", "foreign_key_modified", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_CHANGES,
	    "A foreign key of table $table acts otherwise: $new and "
	    "was $old.",
	    "Writers that delete or change parents get another "
	    "result; users of the tables wait while the table is "
	    "read.",
	    "Agree on it with all who delete parents.",
	    "Add the new one NOT VALID, VALIDATE it apart, drop the "
	    "old one, and rename." },
	{ RULE_FK_DEFERRABLE, "fk.deferrable_changed", "foreign_key_modified",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CHANGES,
	    "A foreign key of table $table is checked at another "
	    "time: $new and was $old.",
	    "Writers get the error at another statement.",
	    "Make sure that writers expect it at COMMIT.", NULL },
	{ RULE_FK_UNINDEXED, "fk.unindexed", "index_removed", MIG_POTENTIALLY_BREAKING,
	    JUDGE_NO_HAZARD, 0, AFFECTS_CHANGES,
	    "No index begins with the columns of $new of table "
	    "$table.",
	    "Writers that delete or change parents wait while the "
	    "whole table is read.",
	    "CREATE INDEX CONCURRENTLY on the columns.", NULL },
	{ RULE_CHECK_ADDED, "check.added", "check_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_WRITES,
	    "$new is new on table $table.",
	    "Writers of other values fail, and all wait while the "
	    "table is read.",
	    "Count the rows that do not fit before.",
	    "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in "
	    "a transaction of its own." },
	{ RULE_CHECK_DROPPED, "check.dropped", "check_removed", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers may meet values that were not possible; writers "
	    "go on.",
	    "Teach the readers the new values.", NULL },
	{ RULE_CHECK_CHANGED, "check.changed", "check_modified", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_WRITES,
	    "$name of table $table is $new and was $old.",
	    "Readers may meet new values, writers of other values "
	    "fail, and all wait while the table is read.",
	    "Count the rows that do not fit before.",
	    "Add the new one NOT VALID, VALIDATE it apart, then drop "
	    "the old one." },
	{ RULE_CHECK_EQUIVALENT, "check.equivalent", "check_modified", MIG_NON_BREAKING,
	    JUDGE_NO_HAZARD, 0, AFFECTS_NONE,
	    "$name of table $table is written otherwise and means the "
	    "same: $new and was $old.",
	    "Readers and writers notice nothing.", "Write it as the server does.", NULL },
	{ RULE_EXCLUSION_ADDED, "exclusion.added", "unique_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_INDEX, AFFECTS_WRITES,
	    "$new is new on table $table.",
	    "Writers of rows that overlap fail, and all wait while "
	    "the index is built.",
	    "Look for rows that overlap before.",
	    "Create a new table with it, copy in batches, and swap "
	    "the names, as it cannot be built concurrently." },
	{ RULE_EXCLUSION_DROPPED, "exclusion.dropped", "unique_removed", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CHANGES, "$old of table $table is gone.",
	    "Readers may meet rows that overlap; writers go on.", "Teach the readers such rows.",
	    NULL },
	{ RULE_CONSTRAINT_RENAMED, "constraint.renamed", "check_modified", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE,
	    "Constraint $old of table $table is now $new.",
	    "Writers with ON CONFLICT ON CONSTRAINT and code that "
	    "looks for the name in errors fail.",
	    "Look for the name in the code.", NULL },
	{ RULE_CONSTRAINT_DEFERRABLE, "constraint.deferrable_changed", "check_modified",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_INDEX, AFFECTS_CHANGES,
	    "$name of table $table is checked at another time: $new "
	    "and was $old.",
	    "Writers get the error at another statement, and ON "
	    "CONFLICT does not take a deferrable constraint; all wait "
	    "while the index is built.",
	    "Look for ON CONFLICT in the code.",
	    "CREATE UNIQUE INDEX CONCURRENTLY, then swap the "
	    "constraints in one transaction." },
	{ RULE_CONSTRAINT_VALIDATED, "constraint.validated", "check_modified", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_NONE,
	    "$name of table $table holds for all rows now.",
	    "Readers and writers go on; it fails when one row does "
	    "not fit.",
	    "Count the rows that do not fit before.", NULL },
	{ RULE_CONSTRAINT_NOT_VALID, "constraint.not_valid", "check_modified", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE,
	    "$name of table $table no longer holds for rows that were "
	    "there before.",
	    "Readers may meet rows that do not fit.", "Teach the readers such rows.", NULL },
	{ RULE_INDEX_ADDED, "index.added", "index_added", MIG_ADDITIVE, MIG_LOCK_SHARE,
	    MIG_WORK_INDEX, AFFECTS_WRITES, "Index $name on table $table is new.",
	    "Writers wait while the index is built.", "Build it CONCURRENTLY.",
	    "CREATE INDEX CONCURRENTLY outside a transaction; if it "
	    "ends invalid, drop it and try again." },
	{ RULE_INDEX_ADDED_UNIQUE, "index.added.unique", "index_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_SHARE, MIG_WORK_INDEX, AFFECTS_WRITES,
	    "Unique index $name on table $table is new.",
	    "Writers of duplicates fail, and writers wait while the "
	    "index is built.",
	    "Look for duplicates before, and build it CONCURRENTLY.",
	    "CREATE UNIQUE INDEX CONCURRENTLY outside a transaction; "
	    "if it ends invalid, drop it and try again." },
	{ RULE_INDEX_DROPPED, "index.dropped", "index_removed", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE, "Index $name on table $table is gone.",
	    "Readers that need it get slow.", "Make sure that no query uses it.",
	    "DROP INDEX CONCURRENTLY outside a transaction." },
	{ RULE_INDEX_DROPPED_UNIQUE, "index.dropped.unique", "index_removed",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CHANGES,
	    "Unique index $name on table $table is gone.",
	    "Readers that expect one row may get more, and writers "
	    "with ON CONFLICT on these columns fail.",
	    "Find out who depends on it.", "DROP INDEX CONCURRENTLY outside a transaction." },
	{ RULE_INDEX_CHANGED, "index.changed", "index_modified", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_INDEX, AFFECTS_NONE,
	    "Index $name on table $table is $new and was $old.",
	    "Readers get other plans, and writers wait while the new "
	    "one is built.",
	    "Build the new one before the old one goes.",
	    "CREATE INDEX CONCURRENTLY under another name, DROP INDEX "
	    "CONCURRENTLY, then rename." },
	{ RULE_INDEX_RENAMED, "index.renamed", "index_modified", MIG_NON_BREAKING, MIG_LOCK_NONE, 0,
	    AFFECTS_NONE, "Index $old on table $table is now $new.",
	    "Readers and writers notice nothing, but for hints that "
	    "name it.",
	    "Look for the name in the code.", NULL },
	{ RULE_INDEX_OPTIONS, "index.options_changed", "index_modified", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, 0, AFFECTS_NONE,
	    "Index $name on table $table has other options.", "Readers and writers notice nothing.",
	    "No step is needed for clients.", NULL },
	{ RULE_INDEX_WIDE, "index.wide", "index_added", MIG_NON_BREAKING, JUDGE_NO_HAZARD, 0,
	    AFFECTS_NONE,
	    "Index $name on table $table has more than three columns "
	    "and is not unique.",
	    "Readers seldom use the last columns, and writers pay for "
	    "all of them.",
	    "Take the columns that tell rows apart best.", NULL },
	{ RULE_INDEX_CORRUPTION, "index.cic_corruption", "index_added", MIG_POTENTIALLY_BREAKING,
	    JUDGE_NO_HAZARD, 0, AFFECTS_READS,
	    "Index $name on table $table would be built on a server "
	    "of version 14.0 to 14.3.",
	    "Readers get wrong results from an index that these "
	    "versions built concurrently.",
	    "Update the server first.", NULL },
};

const struct judge_rule_list mig_judge_rules_keys = { rules, sizeof(rules) / sizeof(rules[0]) };
