/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/runbook_tables.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct mig_message_row mig_message_rows[] = {
	{ "rollback_start", "technical", "Rollback started: {migration_name}",
	    "The rollback {rollback_id} of {migration_name} began at {start_time}.\n"
	    "\n"
	    "Reason: {rollback_reason}\n"
	    "Phase under way: {current_phase}\n"
	    "Expected length: {estimated_duration}\n"
	    "Incident commander: {incident_commander}\n"
	    "\n"
	    "Next word in 15 minutes or when a phase ends, whichever is first.",
	    "medium", LIST("email", "slack"), false },
	{ "rollback_start", "business", "{system_name} returns to its former state",
	    "A change to {system_name} is being taken back because: {rollback_reason}\n"
	    "\n"
	    "What this means for the business: {business_impact}\n"
	    "Services concerned: {affected_services}\n"
	    "Expected end: {estimated_completion_time}\n"
	    "Your contact: {business_contact}\n"
	    "\n"
	    "You will hear from us every 30 minutes until it is over.",
	    "medium", LIST("email"), false },
	{ "rollback_start", "executive", "Rollback of {system_name} under way",
	    "{system_name} is being rolled back. Reason: {rollback_reason}\n"
	    "\n"
	    "Business: {business_impact}\n"
	    "Customers: {customer_impact}\n"
	    "Expected end: {estimated_completion_time}\n"
	    "Questions and decisions: {escalation_contact}\n"
	    "\n"
	    "You will get an update every hour.",
	    "high", LIST("email"), false },
	{ "rollback_complete", "technical", "Rollback finished: {migration_name}",
	    "The rollback of {migration_name} is finished.\n"
	    "\n"
	    "From {start_time} to {end_time}, {actual_duration} in all\n"
	    "Phases undone: {completed_phases}\n"
	    "Results of the checks: {validation_results}\n"
	    "State of the system: {system_status}\n"
	    "\n"
	    "The system is watched closely for 24 hours. Review: {review_date}, led by "
	    "{incident_commander}.",
	    "medium", LIST("email", "slack"), false },
	{ "emergency_escalation", "executive", "EMERGENCY: rollback of {migration_name} needs you",
	    "The rollback of {migration_name} has run into an emergency.\n"
	    "\n"
	    "State: {current_status}\n"
	    "Failed: {failed_components}\n"
	    "Business: {business_impact}\n"
	    "Customers: {customer_impact}\n"
	    "\n"
	    "Being done now:\n"
	    "1. {emergency_action_1}\n"
	    "2. {emergency_action_2}\n"
	    "\n"
	    "War room: {war_room_location}, call: {conference_bridge}\n"
	    "Next update: {next_update_time}\n"
	    "Commander: {incident_commander}, executive on call: {executive_on_call}",
	    "emergency", LIST("email", "sms", "phone_call"), false },
	{ "rollback_start", "customers", "{system_name}: we are restoring the service",
	    "We noticed a problem with {system_name} and are returning to the version that you "
	    "know.\n"
	    "\n"
	    "Concerned: {affected_services}\n"
	    "What you may notice: {customer_impact}\n"
	    "Expected end: {estimated_completion_time}\n"
	    "\n"
	    "You need to do nothing. We will tell you when it is over.",
	    "medium", LIST("email"), true },
	{ "rollback_progress", "technical", "Rollback under way: {migration_name}",
	    "The rollback {rollback_id} of {migration_name} is in {current_phase}.\n"
	    "\n"
	    "Undone so far: {completed_phases}\n"
	    "Failed: {failed_components}\n"
	    "State of the system: {system_status}\n"
	    "Expected end: {estimated_completion_time}\n"
	    "Incident commander: {incident_commander}\n"
	    "\n"
	    "Next word in 15 minutes or when a phase ends, whichever is first.",
	    "medium", LIST("slack"), true },
	{ "rollback_progress", "business", "{system_name}: where the way back stands",
	    "{system_name} is on the way back to its former state.\n"
	    "\n"
	    "State: {current_status}\n"
	    "What this means for the business: {business_impact}\n"
	    "Expected end: {estimated_completion_time}\n"
	    "Your contact: {business_contact}\n"
	    "\n"
	    "You will hear from us again in 30 minutes.",
	    "medium", LIST("email"), true },
	{ "rollback_complete", "business", "{system_name} is back in its former state",
	    "The change to {system_name} was taken back at {end_time}, {actual_duration} after "
	    "the decision.\n"
	    "\n"
	    "Reason: {rollback_reason}\n"
	    "Results of the checks: {validation_results}\n"
	    "What is left to do for the business: {business_impact}\n"
	    "Your contact: {business_contact}",
	    "medium", LIST("email"), true },
	{ "rollback_complete", "customers", "{system_name} works as before",
	    "{system_name} is restored since {end_time}. Thank you for your patience.\n"
	    "\n"
	    "If something still does not work for you, please answer this message.",
	    "medium", LIST("email"), true },
};
const size_t mig_message_row_count = COUNT_OF(mig_message_rows);

const struct mig_list_row mig_checklist_rows[] = {
	{ NULL, LIST("Health checks of every component pass",
		"The error rate is at its baseline",
		"Response times are at their baseline",
		"Each critical business process was walked through once",
		"Monitoring and alerts cover the restored state",
		"No data was lost or altered by the way there and back",
		"Access rights and secrets are those from before",
		"Backups run and the last one can be restored",
		"Downstream systems get what they got before",
		"Users can sign in and keep their sessions") },
	{ "database", LIST("The schema equals the one recorded before the migration",
		"All foreign keys are valid",
		"Queries are as fast as their baseline",
		"Counts and checksums of {table_list} agree with the backup",
		"Indexes are valid and statistics are fresh",
		"The transaction log is archived without gaps",
		"Connection pools point at the right database") },
	{ "service", LIST("Service discovery lists only healthy old instances",
		"The load balancer spreads requests over all instances",
		"Calls between services succeed",
		"Every endpoint ({endpoint_list}) answers with its former contract",
		"All flags of the migration ({flag_list}) stand at 0 percent",
		"CPU and memory are within their normal range",
		"The orchestrator reports no pending or failing instance") },
	{ "infrastructure", LIST("Every network path is up in both directions",
		"Names resolve to the former addresses everywhere",
		"Firewall rules equal the recorded ones",
		"The load balancer sees all targets as healthy",
		"Certificates are valid and match their names",
		"Storage is mounted and writable where it should be",
		"Backup and recovery run from the restored place") },
};
const size_t mig_checklist_row_count = COUNT_OF(mig_checklist_rows);

const char *const mig_procedure_texts[] = {
	"Watch the system closely for 24 to 48 hours",
	"Run the regression tests again on the restored state",
	"Compare the times of all steps with their estimates",
	"Collect what was learnt while it is fresh",
	"Hold a post-mortem without blame within a week",
	"Improve this runbook by what did not work",
	"Announce the end of the rollback to everyone who was told of its start",
	"Archive logs, metrics and decisions of the rollback",
	"Adjust trigger thresholds that fired too late or too early",
	"Decide whether and when the migration is tried again",
	"Have the security team check the restored state",
	"Bring the disaster recovery plan up to date",
	"Review the capacity of the restored side",
	"Correct the documents that already described the new side",
	NULL,
};
