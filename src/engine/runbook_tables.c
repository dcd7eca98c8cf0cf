/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/runbook_tables.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct mig_step_row mig_step_rows[] = {
	{ .type = "database", .in = "migration|cutover", .family = "data", .order = 1,
	    .purpose = "stop_jobs", .kind = "sql", .minutes = 5, .retry = "safe",
	    .name = "Stop the copy jobs",
	    .description = "End every session that still copies or replicates rows from {source} "
			   "to {target}.",
	    .script = "SELECT pg_terminate_backend(pid)\n"
		      "FROM pg_stat_activity\n"
		      "WHERE datname = '{database_name}'\n"
		      "  AND application_name LIKE 'migration%';",
	    .before = LIST("{source} accepts connections"),
	    .commands = LIST("psql -d {database_name} -Atc \"SELECT count(*) FROM pg_stat_activity "
			     "WHERE application_name LIKE 'migration%'\""),
	    .criteria = LIST("No session of a copy job is left"),
	    .escalation = "Call the DBA team; do not restore while anything still writes." },
	{ .type = "database", .in = "migration|cutover", .family = "data", .order = 2,
	    .kind = "bash", .minutes = 30, .retry = "once", .name = "Restore the backup",
	    .description = "Put the backup that was taken before this phase back in place, if "
			   "{source} was damaged: what was written after it is lost.",
	    .script = "set -eu\n"
		      "if [ {restore_backup} != yes ]; then\n"
		      "    echo 'the old side is good: nothing is restored'\n"
		      "    exit 0\n"
		      "fi\n"
		      "test -r {backup_file}\n"
		      "pg_restore --clean --if-exists --exit-on-error \\\n"
		      "    --dbname={database_name} {backup_file}",
	    .before = LIST("No copy job writes any more",
		"pg_restore -l lists the content of the backup"),
	    .commands = LIST("psql -d {database_name} -Atc 'SELECT count(*) FROM {table_name}'"),
	    .criteria = LIST("The restore ended without an error",
		"Row counts equal those noted with the backup"),
	    .escalation = "Call the DBA team and the migration lead; try the previous backup." },
	{ .type = "database", .in = "preparation", .family = "schema", .order = 1, .kind = "sql",
	    .minutes = 5, .retry = "safe", .name = "Drop the helper objects",
	    .description = "Remove tables and routines that the preparation created for the "
			   "migration.",
	    .script = "BEGIN;\n"
		      "DROP TABLE IF EXISTS {helper_table};\n"
		      "DROP FUNCTION IF EXISTS {helper_function}();\n"
		      "COMMIT;",
	    .before = LIST("Nothing of {source} uses the helper objects any more"),
	    .commands = LIST("psql -d {database_name} -Atc \"SELECT count(*) FROM pg_class "
			     "WHERE relname LIKE '%\\_migration'\""),
	    .criteria = LIST("The catalog lists no helper object"),
	    .escalation = "Call the DBA team; helper objects do no harm until they are removed." },
	{ .type = "service", .in = "cutover", .family = "service", .order = 1,
	    .purpose = "traffic_back", .kind = "bash", .minutes = 2, .retry = "safe",
	    .name = "Send traffic to the old service",
	    .description = "Point the load balancer back at {source}, with all of the traffic.",
	    .before = LIST("{source} answers its health check directly"),
	    .commands = LIST("curl --fail --silent --show-error --output /dev/null "
			     "{health_check_url}"),
	    .criteria = LIST("The load balancer sends everything to the old service",
		"The old service answers the health check through the load balancer"),
	    .escalation = "Call the SRE team and the incident commander at once." },
	{ .type = "service", .in = "cutover", .family = "service", .order = 2,
	    .purpose = "revision_back", .kind = "bash", .minutes = 10, .retry = "once",
	    .name = "Return to the previous revision",
	    .description = "Roll the deployment back to the revision that ran before the cutover.",
	    .before = LIST("No user's request reaches {target} any more"),
	    .commands = LIST("curl --fail --silent --show-error --output /dev/null "
			     "{service_endpoint}"),
	    .criteria = LIST("All replicas run the previous revision",
		"The service's health endpoint answers on every replica"),
	    .escalation = "Call the development team; keep traffic on the old service "
			  "meanwhile." },
	{ .type = "infrastructure", .family = "infra", .order = 1, .kind = "bash", .minutes = 15,
	    .retry = "once", .name = "Apply the reverting definition",
	    .description = "Apply the saved plan that puts the infrastructure back to its state "
			   "before the phase.",
	    .script = "set -eu\n"
		      "terraform show {rollback_plan_file}\n"
		      "terraform apply -input=false {rollback_plan_file}",
	    .before = LIST("The saved plan is of this phase and was reviewed"),
	    .commands = LIST("terraform plan -detailed-exitcode -target={resource_name}"),
	    .criteria = LIST("The plan was applied without an error",
		"A second plan shows no difference"),
	    .escalation = "Call the platform team; do not change resources by hand." },
	{ .type = "infrastructure", .family = "infra", .order = 2, .kind = "bash", .minutes = 10,
	    .retry = "safe", .name = "Restore the name records",
	    .description = "Put back the name records that were saved before the phase.",
	    .script = "set -eu\n"
		      "aws route53 change-resource-record-sets --hosted-zone-id {zone_id} \\\n"
		      "    --change-batch file://{rollback_dns_changes}",
	    .before = LIST("What the old addresses lead to is up"),
	    .commands = LIST("dig +short {domain_name}"),
	    .criteria = LIST("Resolvers answer with the old addresses"),
	    .escalation = "Call the network team; clients follow when the records' lifetime is "
			  "over." },
	{ .family = "validate", .order = 99, .kind = "manual", .minutes = 10, .retry = "safe",
	    .name = "Closing check",
	    .description = "Confirm that the phase is undone before the next one is touched.",
	    .script = "1. Run the commands below and keep their output.\n"
		      "2. Compare each result with its value from before the phase.\n"
		      "3. Go through the validation checkpoints of this phase.\n"
		      "4. Note time, result and your name in the action log.",
	    .before = LIST("Every step of this phase is done"),
	    .commands = LIST(NULL),
	    .criteria = LIST("Every command gives the value from before the phase",
		"The commander has accepted the result"),
	    .escalation = "Stop here and call the incident commander; do not begin the next "
			  "phase." },
};
const size_t mig_step_row_count = COUNT_OF(mig_step_rows);

const struct mig_extra_row mig_prerequisite_rows[] = {
	{ NULL, false, false, LIST("The incident commander knows why the rollback begins",
		"The rollback team has been told and has joined the call",
		"Monitoring of both sides is up and shows fresh data",
		"The backups can be reached from where they are needed") },
	{ NULL, true, false, LIST("The previous rollback phase has passed its closing check") },
	{ "cutover", false, false, LIST("Redirecting traffic back was tried and is permitted",
		"The load balancer's configuration is saved",
		"The old name records are at hand, ready to be applied") },
	{ "data|migration", false, false,
	    LIST("The database backup from before the phase is complete",
		"The queries that check the data are at hand and tested",
		"A database administrator is on call for the whole phase") },
};
const size_t mig_prerequisite_row_count = COUNT_OF(mig_prerequisite_rows);

const struct mig_extra_row mig_communication_rows[] = {
	{ NULL, false, false, LIST("Tell the incident commander when the phase begins and ends",
		"Ask the commander before anything that is not in this runbook",
		"Write every action with its time into the action log") },
	{ NULL, false, true, LIST("Tell the stakeholders before the phase begins",
		"Tell the executives as soon as the phase overruns its estimate",
		"Tell the customers when they can notice the phase") },
	{ "cutover", false, false, LIST("Say on the call that traffic moves back now") },
};
const size_t mig_communication_row_count = COUNT_OF(mig_communication_rows);

const struct mig_list_row mig_validation_rows[] = {
	{ "database", LIST("psql -d {database_name} -Atc 'SELECT count(*) FROM {table_name}'",
		"psql -d {database_name} -Atc 'SELECT max({timestamp_column}) FROM {table_name}'",
		("psql -d {database_name} -Atc 'SELECT count(*) FROM {table_name} "
		"WHERE {primary_key} IS NULL'"),
		"psql -d {database_name} -Atc 'SELECT count({column_name}) FROM {table_name}'",
		"psql -d {database_name} -Atc 'SELECT count(*) FROM pg_stat_activity'") },
	{ "service", LIST("curl --fail --silent {health_check_url}",
		"curl --fail --silent --output /dev/null {service_endpoint}",
		"curl --fail --silent --output /dev/null --max-time 1 {service_endpoint}",
		("for i in 1 2 3 4 5; do "
		"curl --fail --silent --output /dev/null {health_check_url} || exit 1; done")) },
	{ "infrastructure", LIST("terraform plan -detailed-exitcode",
		"aws ec2 describe-instance-status --instance-ids {instance_id}",
		"curl --fail --silent {load_balancer_url}",
		"aws elbv2 describe-target-health --target-group-arn {target_group_arn}") },
};
const size_t mig_validation_row_count = COUNT_OF(mig_validation_rows);

const char *const mig_checkpoint_texts[] = {
	"All steps of the phase are done and logged",
	"Health checks answer on the old side",
	"The logs show no new kind of error",
	"Metrics are back at their values from before the phase",
	NULL,
};

const struct mig_trigger_row mig_trigger_rows[] = {
	{ NULL, "error_rate_spike", "Error Rate Spike",
	    "error rate > 500 % of its baseline for 5 minutes", "error_rate", "greater_than",
	    "baseline_error_rate * 5", 0, 5, true, LIST("on_call_engineer", "migration_lead") },
	{ NULL, "response_time_degradation", "Response Time Degradation",
	    "95th percentile of response time > 300 % of its baseline for 10 minutes",
	    "p95_response_time", "greater_than", "baseline_p95 * 3", 0, 10, false,
	    LIST("performance_team", "migration_lead") },
	{ NULL, "availability_drop", "Service Availability Drop",
	    "availability < 95 % for 2 minutes", "availability", "less_than", NULL, 0.95, 2, true,
	    LIST("sre_team", "incident_commander") },
	{ "database", "data_integrity_failure", "Data Integrity Check Failure",
	    "any failed data validation within 1 minute", "data_validation_failures",
	    "greater_than", NULL, 0, 1, true, LIST("dba_team", "data_team") },
	{ "database", "migration_progress_stalled", "Migration Progress Stalled",
	    "no progress of the migration for 30 minutes", "migration_progress_rate", "equals",
	    NULL, 0, 30, false, LIST("migration_team", "dba_team") },
	{ "service", "cpu_utilization_spike", "CPU Utilization Spike",
	    "CPU utilization > 90 % for 15 minutes", "cpu_utilization", "greater_than", NULL, 0.9,
	    15, false, LIST("devops_team", "infrastructure_team") },
	{ "service", "memory_leak_detected", "Memory Leak Detected",
	    "memory grows by more than 1 MB per minute for 20 minutes", "memory_growth_rate",
	    "greater_than", "1MB/minute", 0, 20, true, LIST("development_team", "sre_team") },
};
const size_t mig_trigger_row_count = COUNT_OF(mig_trigger_rows);

const char *const mig_spec_trigger_contacts[] = { "on_call_engineer", "migration_lead", NULL };

const struct mig_recovery_row mig_recovery_rows[] = {
	{ NULL, "event_sourcing", "event_replay",
	    "/var/backups/migration/{migration_id}/{timestamp}",
	    LIST("# Empty the read model, then replay the events up to the last good one",
		"psql -d {database_name} -c 'TRUNCATE {table_name}'",
		"sh -eu {undo_script}", "psql -d {database_name} -c ANALYZE"),
	    LIST("SELECT count(*) FROM {table_name};",
		"SELECT max({timestamp_column}) FROM {table_name};"),
	    60, LIST("event_store_readable", "no_writer_connected") },
	{ "database", NULL, "point_in_time", "/var/backups/migration/{migration_id}/{timestamp}",
	    LIST("pg_restore --clean --if-exists --dbname={database_name} {backup_file}",
		"psql -d {database_name} -c \"SELECT pg_create_restore_point('{migration_id}')\"",
		"psql -d {database_name} -c ANALYZE"),
	    LIST("SELECT count(*) FROM {table_name};",
		"SELECT max(created_at) FROM audit_log;",
		"SELECT count(DISTINCT session_id) FROM sessions;",
		"SELECT sum(amount) FROM transactions WHERE created_at >= current_date;"),
	    45, LIST("database_instance_running", "backup_file_accessible") },
	{ "data", NULL, "backup_restore", "/var/backups/migration",
	    LIST("# Stop what writes, then put the saved data back", "test -r {backup_file}",
		"# The commands for the store in use", "sh -eu {undo_script}"),
	    LIST("SELECT count(*) FROM {table_name};",
		"SELECT max({timestamp_column}) FROM {table_name};"),
	    20, LIST("writers_stopped", "backup_accessible") },
	{ "infrastructure", NULL, "backup_restore", "/var/backups/migration",
	    LIST("# Put the saved definition of the infrastructure back",
		"terraform apply -input=false {rollback_plan_file}",
		"# Put the saved name records back",
		("aws route53 change-resource-record-sets --hosted-zone-id {zone_id} "
		"--change-batch file://{rollback_dns_changes}")),
	    LIST("curl --fail --silent {load_balancer_url}", "dig +short {domain_name}"), 20,
	    LIST("service_stopped", "backup_accessible") },
	{ NULL, NULL, "backup_restore", "/var/backups/migration",
	    LIST("# Put the saved configuration back",
		"cp -a /var/backups/migration/config/. /etc/{service_name}/",
		"# Start the service with it", "systemctl restart {service_name}"),
	    LIST("curl --fail --silent {health_check_url}",
		"curl --fail --silent {service_endpoint}"),
	    20, LIST("service_stopped", "backup_accessible") },
};

const struct mig_escalation_row mig_escalation_rows[] = {
	{ "level_1", "One component fails and users hardly notice", 5,
	    LIST("on_call_engineer", "migration_lead"),
	    LIST("Look into it and name a cause", "Let automatic repair run once",
		"Watch the metrics closely until they are back") },
	{ "level_2", "Several components fail, or one that the business needs", 2,
	    LIST("senior_engineer", "team_lead", "devops_lead"),
	    LIST("Start the rollback of the current phase", "Open the war room",
		"Tell the stakeholders what is known") },
	{ "level_3", "The whole system fails or data is damaged", 1,
	    LIST("engineering_manager", "cto", "incident_commander"),
	    LIST("Start the emergency rollback of all phases", "Call everyone who can help",
		"Report to the executives") },
	{ "emergency", "Customers cannot work or the business stands still", 0,
	    LIST("ceo", "cto", "head_of_operations"),
	    LIST("Start the emergency procedures of the company", "Inform the customers",
		"Prepare a statement for the press") },
	{ NULL, NULL, 0, NULL, NULL },
};

const struct mig_contact_row mig_contact_rows[] = {
	{ "Incident Commander", "to be named", "to be added", "incident.commander@example.com",
	    "incident.deputy@example.com" },
	{ "Technical Lead", "to be named", "to be added", "technical.lead@example.com",
	    "technical.deputy@example.com" },
	{ "Business Owner", "to be named", "to be added", "business.owner@example.com",
	    "business.deputy@example.com" },
	{ "On-Call Engineer", "to be named", "to be added", "on.call@example.com",
	    "on.call.second@example.com" },
	{ "Executive Escalation", "to be named", "to be added", "executive@example.com",
	    "executive.office@example.com" },
	{ NULL, NULL, NULL, NULL, NULL },
};
