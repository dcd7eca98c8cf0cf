/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/runbook_fill.h"

#define TEXT(name, meaning) { (name), MIG_VALUE_TEXT, (meaning), NULL }
#define NAME(name, meaning) { (name), MIG_VALUE_IDENTIFIER, (meaning), NULL }
#define WORD(name, meaning) { (name), MIG_VALUE_WORD, (meaning), NULL }
#define FACT(name) { (name), MIG_VALUE_FACT, "from the plan", NULL }
#define CHOICE(name, meaning, ...) \
	{ (name), MIG_VALUE_CHOICE, (meaning), (const char *const[]){ __VA_ARGS__, NULL } }

const struct mig_placeholder_row mig_placeholder_rows[] = {
	/* What is in use: decides which commands the steps have. */
	CHOICE("router", "what shares out the traffic between old and new; http: an address that "
			 "takes the shares as JSON",
	    "http", "haproxy", "aws", "kubernetes"),
	CHOICE("orchestrator", "what starts and stops the services; http: an address that takes "
			       "the wanted state as JSON",
	    "http", "kubernetes", "systemd"),

	/* Databases */
	TEXT("database_name", "the old side's database, as in psql -d; \"psql -l\" lists them"),
	NAME("table_name", "the table to look at first, with its schema unless that is public"),
	NAME("column_name", "a column of that table whose values the migration touches"),
	NAME("primary_key", "the primary key's column; \"\\d TABLE\" in psql shows it"),
	NAME("timestamp_column", "the column that says when a row was last written"),
	NAME("helper_table", "the table that the preparation made for the migration"),
	NAME("helper_function", "the routine that fills the helper table"),
	NAME("publication_name", "the publication on the old side; \"\\dRp\" in psql lists them"),
	NAME("subscription_name", "the subscription on the new side; \"\\dRs\" in psql lists them"),
	TEXT("source_dsn", "connection string of the old database, such as "
			   "service=old or postgresql://host/name"),
	TEXT("target_dsn", "connection string of the new database"),
	TEXT("schema_dsn", "connection string of the database whose schema the plan changes: the "
			   "old one for a change in place, the new one where rows are copied to"),
	TEXT("restore_backup", "yes when the old side's data is damaged; anything else leaves it "
			       "as it is, since a restore loses what was written after the backup"),
	TEXT("copy_job_name", "application_name of the copy job's sessions, see pg_stat_activity"),
	TEXT("migration_start", "when the first row was written on the new side, such as "
				"2026-11-22 02:00:00+00"),
	TEXT("backup_file", "the backup that was taken before the migration; try \"pg_restore -l\" "
			    "on it"),
	TEXT("restore_list", "a list of \"pg_restore -l\" with only what is to be brought back"),
	TEXT("undo_script", "a file with the commands that undo this phase, tried in staging"),
	TEXT("timestamp", "when the backup was taken, as in the name of its directory"),

	/* Services */
	TEXT("service_name", "the new service's name in the orchestrator"),
	TEXT("old_service_name", "the old service's name in the orchestrator"),
	WORD("revision_number", "the revision before the cutover; \"kubectl rollout history\" "
				"lists them"),
	WORD("old_replicas", "how many instances of the old service ran before"),
	TEXT("health_check_url", "an address that the old path answers with 2xx while it is "
				 "healthy, through the load balancer"),
	TEXT("service_endpoint", "an address of the service that users call"),
	TEXT("flag_url", "where the flag service takes a share, as flags.url in migarchd.conf; "
			 "{flag} in it stands for the flag"),
	TEXT("traffic_url", "where the router takes the shares of old and new"),
	TEXT("mirror_url", "where the mirroring of requests is switched"),
	TEXT("deploy_url", "where the deployment tool takes the wanted state of the new service"),
	TEXT("old_deploy_url", "where it takes that of the old service"),
	TEXT("haproxy_socket", "HAProxy's admin socket: \"stats socket\" in haproxy.cfg"),
	WORD("haproxy_backend", "the backend with both servers in haproxy.cfg"),
	WORD("old_server", "the old service's server in that backend"),
	WORD("new_server", "the new service's server in that backend"),
	TEXT("rule_arn", "the listener rule; \"aws elbv2 describe-rules\" lists them"),
	TEXT("original_target_group", "the old service's target group; "
				      "\"aws elbv2 describe-target-groups\" lists them"),
	TEXT("target_group_arn", "the target group whose health is looked at"),
	TEXT("selector", "the labels of the old service's pods as JSON, such as "
			 "{\"version\":\"old\"}"),

	/* Infrastructure */
	TEXT("rollback_plan_file", "the file that \"terraform plan -out\" wrote before the phase"),
	TEXT("resource_name", "the resource's address; \"terraform state list\" lists them"),
	TEXT("zone_id", "the hosted zone; \"aws route53 list-hosted-zones\" lists them"),
	TEXT("rollback_dns_changes", "the change batch with the old records, saved before the "
				     "phase"),
	TEXT("domain_name", "the name that clients resolve"),
	TEXT("old_address", "the address that the name had before"),
	TEXT("instance_id", "an instance of the old side; \"aws ec2 describe-instances\" lists "
			    "them"),
	TEXT("load_balancer_url", "an address that is answered through the load balancer"),
	TEXT("workload_url", "where the estate's controller takes the place that a workload runs "
			     "in; the workload's name is put behind it"),

	/* Always known */
	FACT("source"),
	FACT("target"),
	FACT("migration_id"),
	FACT("flag_list"),
	FACT("table_list"),
	FACT("endpoint_list"),
	FACT("ttl"),
	{ NULL, MIG_VALUE_TEXT, NULL, NULL },
};
