/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/runbook_tables.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct mig_step_row mig_step_rows[] = {
	{ "database", "migration|cutover", "data", 1, "sql", 5, "Stop the copy jobs",
	    "End every session that still copies or replicates rows to the new side.",
	    "SELECT pg_terminate_backend(pid)\n"
	    "FROM pg_stat_activity\n"
	    "WHERE datname = '{database_name}'\n"
	    "  AND application_name LIKE 'migration%';",
	    LIST("psql -d {database_name} -Atc \"SELECT count(*) FROM pg_stat_activity "
		 "WHERE application_name LIKE 'migration%'\""),
	    LIST("No session of a copy job is left"),
	    "Call the DBA team; do not restore while anything still writes." },
	{ "database", "migration|cutover", "data", 2, "bash", 30, "Restore the backup",
	    "Put the backup that was taken before this phase back in place.",
	    "set -eu\n"
	    "test -r \"{backup_file}\"\n"
	    "pg_restore --clean --if-exists --exit-on-error \\\n"
	    "    --dbname=\"{database_name}\" \"{backup_file}\"",
	    LIST("psql -d {database_name} -Atc \"SELECT count(*) FROM {table_name}\""),
	    LIST("The restore ended without an error",
		"Row counts equal those noted with the backup"),
	    "Call the DBA team and the migration lead; try the previous backup." },
	{ "database", "preparation", "schema", 1, "sql", 5, "Drop the helper objects",
	    "Remove tables and routines that the preparation created for the migration.",
	    "BEGIN;\n"
	    "DROP TABLE IF EXISTS {table_name}_migration;\n"
	    "DROP FUNCTION IF EXISTS {table_name}_migration_sync();\n"
	    "COMMIT;",
	    LIST("psql -d {database_name} -Atc \"SELECT count(*) FROM pg_class "
		 "WHERE relname LIKE '%\\_migration'\""),
	    LIST("The catalog lists no helper object"),
	    "Call the DBA team; helper objects do no harm until they are removed." },
	{ "service", "cutover", "service", 1, "bash", 2, "Send traffic to the old service",
	    "Point the load balancer's rule back at the old service's targets.",
	    "set -eu\n"
	    "aws elbv2 modify-rule --rule-arn \"{rule_arn}\" \\\n"
	    "    --actions Type=forward,TargetGroupArn=\"{original_target_group}\"",
	    LIST("curl --fail --silent --show-error {health_check_url}"),
	    LIST("The load balancer's rule names the old target group",
		"The old service answers the health check through the load balancer"),
	    "Call the SRE team and the incident commander at once." },
	{ "service", "cutover", "service", 2, "bash", 10, "Return to the previous revision",
	    "Roll the deployment back to the revision that ran before the cutover.",
	    "set -eu\n"
	    "kubectl rollout undo \"deployment/{service_name}\" --to-revision={revision_number}\n"
	    "kubectl rollout status \"deployment/{service_name}\" --timeout=10m",
	    LIST("kubectl get deployment {service_name} -o wide"),
	    LIST("All replicas run the previous revision",
		"The service's health endpoint answers on every replica"),
	    "Call the development team; keep traffic on the old service meanwhile." },
	{ "infrastructure", NULL, "infra", 1, "bash", 15, "Apply the reverting definition",
	    "Apply the saved plan that puts the infrastructure back to its state before the phase.",
	    "set -eu\n"
	    "terraform show \"{rollback_plan_file}\"\n"
	    "terraform apply -input=false \"{rollback_plan_file}\"",
	    LIST("terraform plan -detailed-exitcode -target={resource_name}"),
	    LIST("The plan was applied without an error",
		"A second plan shows no difference"),
	    "Call the platform team; do not change resources by hand." },
	{ "infrastructure", NULL, "infra", 2, "bash", 10, "Restore the name records",
	    "Put back the name records that were saved before the phase.",
	    "set -eu\n"
	    "aws route53 change-resource-record-sets --hosted-zone-id \"{zone_id}\" \\\n"
	    "    --change-batch \"file://{rollback_dns_changes}\"",
	    LIST("dig +short {domain_name}"),
	    LIST("Resolvers answer with the old addresses"),
	    "Call the network team; clients follow when the records' lifetime is over." },
	{ NULL, NULL, "validate", 99, "manual", 10, "Closing check",
	    "Confirm that the phase is undone before the next one is touched.",
	    "1. Run the commands below and keep their output.\n"
	    "2. Compare each result with its value from before the phase.\n"
	    "3. Go through the validation checkpoints of this phase.\n"
	    "4. Note time, result and your name in the action log.",
	    LIST(NULL),
	    LIST("Every command gives the value from before the phase",
		"The commander has accepted the result"),
	    "Stop here and call the incident commander; do not begin the next phase." },
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
	{ "database", LIST("psql -d {database_name} -Atc \"SELECT count(*) FROM {table_name}\"",
		"psql -d {database_name} -Atc \"SELECT max({timestamp_column}) FROM {table_name}\"",
		("psql -d {database_name} -Atc \"SELECT count(*) FROM {table_name} "
		"WHERE {primary_key} IS NULL\""),
		"psql -d {database_name} -Atc \"SELECT count({column_name}) FROM {table_name}\"",
		"psql -d {database_name} -Atc \"SELECT count(*) FROM pg_stat_activity\"") },
	{ "service", LIST("curl --fail --silent {health_check_url}",
		"curl --fail --silent --output /dev/null {service_endpoint}",
		"kubectl get pods -l app={service_name}",
		"kubectl logs deployment/{service_name} --since=10m") },
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
	{ "database", "point_in_time", "/var/backups/migration/{migration_id}/{timestamp}",
	    LIST("pg_restore --clean --if-exists --dbname={database_name} {backup_file}",
		"psql -d {database_name} -c \"SELECT pg_create_restore_point('{migration_id}')\"",
		"psql -d {database_name} -c \"ANALYZE\""),
	    LIST("SELECT count(*) FROM {table_name};",
		"SELECT max(created_at) FROM audit_log;",
		"SELECT count(DISTINCT session_id) FROM sessions;",
		"SELECT sum(amount) FROM transactions WHERE created_at >= current_date;"),
	    45, LIST("database_instance_running", "backup_file_accessible") },
	{ NULL, "backup_restore", "/var/backups/migration",
	    LIST("# Put the saved configuration back",
		"cp -a /var/backups/migration/config/. /etc/{service_name}/",
		"# Start the service with it",
		"systemctl restart {service_name}"),
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
