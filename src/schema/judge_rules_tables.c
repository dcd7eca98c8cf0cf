/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/judge_int.h"

static const struct judge_rule rules[] = {
	{ RULE_SCHEMA_ADDED, "schema.added", "table_added", MIG_ADDITIVE, MIG_LOCK_NONE, 0,
	    AFFECTS_NONE, "Schema $name is new.", "Nobody uses it yet.",
	    "Create it before anything that belongs to it.", NULL },
	{ RULE_SCHEMA_DROPPED, "schema.dropped", "table_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL, "Schema $name is gone.",
	    "Readers and writers fail on everything that was in it.",
	    "Make sure that nobody uses it before it is dropped. $extra",
	    "Revoke USAGE and watch for errors, then drop it, last of "
	    "all." },
	{ RULE_SCHEMA_RENAMED, "schema.renamed", "table_removed", MIG_BREAKING, MIG_LOCK_NONE, 0,
	    AFFECTS_ALL, "Schema $old is now $new.",
	    "Readers and writers that name the old schema fail.",
	    "Keep the old name alive until all clients use the new "
	    "one.",
	    "Create a new schema with views onto the old tables, move "
	    "the clients, then drop the old name." },
	{ RULE_TABLE_ADDED, "table.added", "table_added", MIG_ADDITIVE, MIG_LOCK_NONE, 0,
	    AFFECTS_NONE, "Table $table is new.", "Nobody uses it yet.",
	    "Create it before the version that uses it.", NULL },
	{ RULE_TABLE_DROPPED, "table.dropped", "table_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL, "Table $table is gone.",
	    "Readers and writers that use the table fail, and its "
	    "rows are lost.",
	    "Keep the table until nobody reads or writes it, and keep "
	    "a copy of its rows. $extra",
	    "Stop its use, rename it away, wait, and drop it then; "
	    "the way back needs the rows." },
	{ RULE_TABLE_RECREATED, "table.recreated", "table_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL,
	    "$table was dropped and created anew as something else.",
	    "Readers lose the rows, writers fail until the new one is "
	    "there and may fail on it.",
	    "Change what is there instead of dropping it, or give the "
	    "new one another name.",
	    "Create the new one under another name, move the clients, "
	    "then drop the old one." },
	{ RULE_TABLE_RENAMED, "table.renamed", "table_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL, "Table $old is now $new.",
	    "Readers and writers that use the old name fail.",
	    "Keep the old name alive as a view until all clients use "
	    "the new one.",
	    "Rename the table and create an updatable view of the old "
	    "name in one transaction; drop the view later." },
	{ RULE_TABLE_SCHEMA, "table.schema_changed", "table_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL, "Table $old has moved to $new.",
	    "Readers and writers that name the old schema fail.",
	    "Keep the old name alive as a view until all clients use "
	    "the new one.",
	    "Move the table and create an updatable view at its old "
	    "place in one transaction; drop the view later." },
	{ RULE_TABLE_PERSISTENCE, "table.persistence_changed", "default_changed",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_ALL, "Table $table is $new and was $old.",
	    "Readers and writers wait while the table is written "
	    "again; an unlogged table is empty after a crash and is "
	    "not replicated.",
	    "Change it while the table is small or not in use.",
	    "Create a new table, copy in batches, and swap the names." },
	{ RULE_TABLE_TABLESPACE, "table.tablespace_changed", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE, AFFECTS_NONE,
	    "Table $table moves from tablespace $old to $new.",
	    "Readers and writers wait while the files are copied.",
	    "Move it while it is not in use.",
	    "Create a new table there, copy in batches, and swap the "
	    "names." },
	{ RULE_TABLE_OPTIONS, "table.options_changed", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, 0, AFFECTS_NONE,
	    "The storage options of table $table are different: $old, "
	    "now $new.",
	    "Readers and writers notice nothing.", "No step is needed for clients.", NULL },
	{ RULE_OWNER, "table.owner_changed", "check_modified", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL, "The owner of $name is $new and was $old.",
	    "Readers and writers that had their rights by ownership "
	    "lose them.",
	    "Grant what the clients need before the owner changes.", NULL },
	{ RULE_PRIVILEGE_REVOKED, "table.privilege_revoked", "check_added", MIG_BREAKING,
	    MIG_LOCK_NONE, 0, AFFECTS_ALL, "Rights on $name are taken away: $old.",
	    "Readers or writers that use these rights fail.",
	    "Find out who uses the rights before they are taken away.",
	    "Watch the use of the rights for one period of work, then "
	    "revoke them." },
	{ RULE_PRIVILEGE_GRANTED, "table.privilege_granted", "check_removed", MIG_ADDITIVE,
	    MIG_LOCK_NONE, 0, AFFECTS_NONE, "Rights on $name are given: $new.",
	    "Nobody who works today is hit.", "No step is needed for clients.", NULL },
	{ RULE_TABLE_RLS, "table.rls_changed", "check_modified", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL,
	    "Row security of table $table is $new and was $old.",
	    "Readers do not see rows that no policy lets through, and "
	    "writers are rejected.",
	    "Create the policies before row security is turned on, "
	    "and try it as each role.",
	    "Create permissive policies, turn row security on, then "
	    "tighten the policies." },
	{ RULE_POLICY, "policy.changed", "check_modified", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL,
	    "Policy $name of table $table is different: $extra.",
	    "Readers see other rows, and writers may be rejected.",
	    "Try it as each role that uses the table.", NULL },
	{ RULE_REPLICA_IDENTITY, "table.replica_identity_changed", "primary_key_modified",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CHANGES,
	    "The replica identity of table $table is $new and was "
	    "$old.",
	    "Subscribers of logical replication get other keys, and "
	    "with none of them UPDATE and DELETE fail on a published "
	    "table.",
	    "Agree on it with the subscribers first.", NULL },
	{ RULE_TABLE_COMMENT, "table.comment_changed", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, 0, AFFECTS_NONE, "The comment on $name is different.",
	    "Readers and writers notice nothing.", "No step is needed for clients.", NULL },
	{ RULE_OBJECT_COMMENT, "object.comment_changed", "default_changed", MIG_NON_BREAKING,
	    JUDGE_NO_HAZARD, 0, AFFECTS_NONE, "The comment on $name is different.",
	    "Readers and writers notice nothing.", "No step is needed for clients.", NULL },
	{ RULE_TABLE_INHERITANCE, "table.inheritance_changed", "compatible_type_change",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_READS,
	    "Table $table inherits from $new and did from $old.",
	    "Readers of the parent tables see more or fewer rows.",
	    "Find out who reads the parent tables.", NULL },
	{ RULE_PARTITION_CREATED, "partition.created", "table_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE, "Partition $table of $extra is new.",
	    "Readers and writers of the parent wait for a moment.",
	    "Create it apart and attach it.",
	    "CREATE TABLE LIKE the parent, then ATTACH PARTITION, "
	    "which does not lock out the users of the parent." },
	{ RULE_PARTITION_ATTACHED, "partition.attached", "table_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_NONE,
	    "Table $table is now a partition of $extra.",
	    "Users of the parent go on working; those of the table "
	    "itself wait while its rows are checked, and readers of "
	    "the parent see them from then on.",
	    "Prove by a CHECK constraint that the rows fit before the "
	    "table is attached.",
	    "Add a CHECK constraint of the bound as NOT VALID, "
	    "VALIDATE it, attach the table, and drop the constraint." },
	{ RULE_PARTITION_DETACHED, "partition.detached", "table_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_ALL,
	    "Table $table is no longer the same partition of $extra.",
	    "Readers of the parent lose its rows, writers of these "
	    "rows fail.",
	    "Detach it when nobody needs its rows in the parent.",
	    "DETACH PARTITION CONCURRENTLY, which needs a step "
	    "outside a transaction." },
	{ RULE_PARTITION_KEY, "partition.key_changed", "primary_key_modified", MIG_BREAKING,
	    JUDGE_NO_HAZARD, 0, AFFECTS_ALL, "Table $table is partitioned by $new and was by $old.",
	    "It cannot be altered: readers and writers have to move "
	    "to another table.",
	    "Build the new table beside the old one.",
	    "Create the new table, copy in batches while a trigger "
	    "keeps it current, and swap the names." },
	{ RULE_COLUMN_ADDED, "column.added.nullable", "column_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE, "Column $name of table $table is new.",
	    "Readers and writers go on, but for SELECT * and INSERT "
	    "without a list of columns.",
	    "Name the columns in SELECT and INSERT. $extra", NULL },
	{ RULE_COLUMN_ADDED_CONSTANT, "column.added.constant_default", "column_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE,
	    "Column $name of table $table is new, with the default "
	    "$new.",
	    "Readers and writers go on, but for SELECT * and INSERT "
	    "without a list of columns.",
	    "Name the columns in SELECT and INSERT. $extra", NULL },
	{ RULE_COLUMN_ADDED_STABLE, "column.added.stable_default", "column_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE,
	    "Column $name of table $table is new, with the default "
	    "$new.",
	    "Readers and writers go on; all rows that are there get "
	    "one and the same value.",
	    "Fill old rows by a statement of their own if the one "
	    "value is not right for them. $extra",
	    NULL },
	{ RULE_COLUMN_ADDED_VOLATILE, "column.added.volatile_default", "column_added",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_ALL,
	    "Column $name of table $table is new, with the default "
	    "$new that is computed for each row.",
	    "Readers and writers wait while the table and its indexes "
	    "are written again.",
	    "Add the column without default, set the default, then "
	    "fill old rows in batches. $extra",
	    "Add the column nullable, SET DEFAULT, fill in batches, "
	    "and make it NOT NULL by a validated CHECK." },
	{ RULE_COLUMN_ADDED_NOT_NULL, "column.added.not_null_default", "column_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE,
	    "Column $name of table $table is new, NOT NULL with the "
	    "default $new.",
	    "Readers and writers go on; old writers get the default.",
	    "Name the columns in SELECT and INSERT. $extra", NULL },
	{ RULE_COLUMN_ADDED_REQUIRED, "column.added.required", "required_column_added",
	    MIG_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_INSERT,
	    "Column $name of table $table is new, NOT NULL and "
	    "without a default.",
	    "Writers that do not know the column fail at INSERT, and "
	    "it cannot be added to a table with rows.",
	    "Give it a default, or add it nullable first. $extra",
	    "Add it nullable, write it from all versions, fill old "
	    "rows in batches, CHECK (… IS NOT NULL) NOT VALID, "
	    "VALIDATE, SET NOT NULL." },
	{ RULE_COLUMN_ADDED_SERIAL, "column.added.serial", "column_added", MIG_POTENTIALLY_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX, AFFECTS_ALL,
	    "Column $name of table $table is new and counts by a "
	    "sequence.",
	    "Readers and writers wait while the table and its indexes "
	    "are written again.",
	    "Add column, sequence and default apart and fill in "
	    "batches. $extra",
	    "Add the column nullable, create the sequence, SET "
	    "DEFAULT, fill in batches, and make it NOT NULL by a "
	    "validated CHECK." },
	{ RULE_COLUMN_ADDED_IDENTITY, "column.added.identity", "column_added",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_ALL,
	    "Column $name of table $table is new and an identity "
	    "column.",
	    "Readers and writers wait while the table and its indexes "
	    "are written again; with ALWAYS writers cannot give a "
	    "value.",
	    "Add the column first and make it an identity last. "
	    "$extra",
	    "Add the column nullable, fill it in batches, make it NOT "
	    "NULL by a validated CHECK, then ADD GENERATED." },
	{ RULE_COLUMN_ADDED_STORED, "column.added.generated_stored", "column_added",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_ALL,
	    "Column $name of table $table is new and generated, "
	    "stored.",
	    "Readers and writers wait while the table and its indexes "
	    "are written again.",
	    "Use a plain column that a trigger keeps current. $extra",
	    "Add a plain column, keep it current by a trigger, and "
	    "fill old rows in batches." },
	{ RULE_COLUMN_ADDED_VIRTUAL, "column.added.virtual_generated", "column_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE,
	    "Column $name of table $table is new and generated, "
	    "virtual.",
	    "Readers and writers go on.", "Name the columns in SELECT and INSERT. $extra", NULL },
	{ RULE_COLUMN_ADDED_DOMAIN, "column.added.constrained_domain", "column_added",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    AFFECTS_ALL,
	    "Column $name of table $table is new, of the domain $new "
	    "that has constraints.",
	    "Readers and writers wait while the table is written "
	    "again; writers may be rejected.",
	    "Use the base type and a CHECK of the table. $extra",
	    "Add the column with the base type, then CHECK NOT VALID "
	    "and VALIDATE." },
	{ RULE_COLUMN_ADDED_CHECK, "column.added.inline_check", "check_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_WRITES,
	    "$new on the new column of table $table.",
	    "Writers wait while the table is read; values of old "
	    "writers are not concerned.",
	    "Add the column first and the constraint as NOT VALID.",
	    "Add the column, then CHECK NOT VALID, and VALIDATE it in "
	    "a transaction of its own." },
	{ RULE_COLUMN_ADDED_UNIQUE, "column.added.inline_unique", "unique_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_INDEX, AFFECTS_WRITES,
	    "$new on the new column of table $table.",
	    "Readers and writers wait while the index is built.",
	    "Add the column first and build the index concurrently.",
	    "Add the column, CREATE UNIQUE INDEX CONCURRENTLY, then "
	    "ADD CONSTRAINT … USING INDEX." },
	{ RULE_COLUMN_ADDED_FK, "column.added.inline_fk", "foreign_key_added", MIG_ADDITIVE,
	    MIG_LOCK_SHARE_ROW_EXCLUSIVE, MIG_WORK_SCAN, AFFECTS_WRITES,
	    "$new on the new column of table $table.", "Writers of both tables wait for a moment.",
	    "Add the column first and the constraint as NOT VALID.",
	    "Add the column, then FOREIGN KEY NOT VALID, and VALIDATE "
	    "it in a transaction of its own." },
	{ RULE_COLUMN_ADDED_JSON, "column.added.json", "column_added", MIG_ADDITIVE,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_READS,
	    "Column $name of table $table is new, of type json.",
	    "Readers that use DISTINCT or GROUP BY on whole rows "
	    "fail, as json has no equality.",
	    "Use jsonb. $extra", NULL },
	{ RULE_COLUMN_POSITION, "column.position", "compatible_type_change", MIG_NON_BREAKING,
	    JUDGE_NO_HAZARD, 0, AFFECTS_NONE,
	    "Column $name of table $table stands at another place.",
	    "Readers of SELECT * and writers without a list of "
	    "columns get another order; the server cannot move a "
	    "column.",
	    "Name the columns in SELECT and INSERT; do not rebuild "
	    "the table for this.",
	    NULL },
	{ RULE_COLUMN_DROPPED, "column.dropped", "column_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_COLUMN, "Column $name of table $table is gone.",
	    "Readers and writers that name the column fail, and its "
	    "values are lost.",
	    "Let all versions stop using the column before it is "
	    "dropped. $extra",
	    "Ignore the column in the code, drop the views on it, "
	    "then the column; the way back adds it empty and last." },
	{ RULE_COLUMN_DROPPED_VIRTUAL, "column.dropped.virtual", "column_removed",
	    MIG_POTENTIALLY_BREAKING, MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_READS,
	    "Generated column $name of table $table is gone.",
	    "Readers that name the column fail; no value is lost.",
	    "Let all versions stop reading the column before it is "
	    "dropped. $extra",
	    NULL },
	{ RULE_COLUMN_RENAMED, "column.renamed", "column_removed", MIG_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_CONVERSION,
	    "Column $old of table $table is now $new.",
	    "Readers and writers that use the old name fail.",
	    "Keep both names alive until all versions use the new "
	    "one.",
	    "Add the new column, keep both alike by a trigger, fill "
	    "in batches, switch the clients, then drop the old one." },
	{ RULE_COLUMN_COMMENT, "column.comment_changed", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, 0, AFFECTS_NONE,
	    "The comment on column $name of table $table is "
	    "different.",
	    "Readers and writers notice nothing.", "No step is needed for clients.", NULL },
	{ RULE_COLUMN_STORAGE, "column.storage_changed", "default_changed", MIG_NON_BREAKING,
	    MIG_LOCK_ACCESS_EXCLUSIVE, 0, AFFECTS_NONE,
	    "The storage of column $name of table $table is "
	    "different.",
	    "Readers and writers notice nothing; rows that are there "
	    "stay as they are.",
	    "No step is needed for clients.", NULL },
};

const struct judge_rule_list mig_judge_rules_tables = { rules, sizeof(rules) / sizeof(rules[0]) };
