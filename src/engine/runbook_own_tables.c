/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/runbook_tables.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The steps' kinds of checks that several rows have. */
#define CHECK_PATH "curl --fail --silent --show-error --output /dev/null {health_check_url}"
#define CHECK_OLD "psql {source_dsn} -Atc 'SELECT 1'"
#define ANY_COPY (MIG_ROLE_COPY | MIG_ROLE_SYNC)

/* The first row that fits tells. */
const struct mig_role_row mig_role_rows[] = {
	{ NULL,
	    "assess|discover|plan|design|compar|reconcil|mapping|rehears|valid|verif|test|monitor|"
	    "observ|baseline|review",
	    MIG_ROLE_NONE },
	{ "service|api", "prepar", MIG_ROLE_NONE },
	{ NULL, "retire|decommission|cleanup|clean_up|contract|remov|teardown|archiv",
	    MIG_ROLE_REMOVE },
	{ NULL, "intercept|facade|proxy|gateway", MIG_ROLE_ROUTER },
	{ NULL, "shadow|mirror", MIG_ROLE_MIRROR },
	{ NULL, "expand|schema", MIG_ROLE_SCHEMA },
	{ NULL, "redirect|cutover|cut_over|switch|canary|ramp|rollout|shift|promot|traffic",
	    MIG_ROLE_TRAFFIC },
	{ "database|data", "sync|delta|replicat|cdc|catch|stream|dual|replay|project",
	    MIG_ROLE_SYNC },
	{ "database|data", "copy|backfill|migrat|load|import|execution", MIG_ROLE_COPY },
	{ "infrastructure", "migrat|pilot|wave|lift|move|rehost|burst|execution", MIG_ROLE_MOVE },
	{ "service|api", "migrat|execution|rolling|batch|update", MIG_ROLE_TRAFFIC },
	{ "service|api|database", "setup|deploy|implement|prepar|build|provision|install",
	    MIG_ROLE_BUILD },
	{ NULL, NULL, MIG_ROLE_CHANGE },
};

const struct mig_step_row mig_own_rows[] = {
	/* Flags: migarchd sets them before the first step; what cannot fail twice is said twice. */
	{ .each = MIG_EACH_FLAG, .flags = true, .family = "flag", .kind = "api", .minutes = 1,
	    .retry = "safe", .name = "Set {flag} to {percentage} percent",
	    .description = "migarchd has done this before the first step; repeat it, so that "
			   "{flag} is back even if somebody moved it since.",
	    .script = "PUT {flag_url}\n"
		      "Content-Type: application/json\n"
		      "\n"
		      "{\"flag\":\"{flag}\",\"percentage\":{percentage},\"enabled\":{enabled},"
		      "\"migration_id\":\"{migration_id}\",\"reason\":\"rollback\"}",
	    .before = LIST("{source} answers its health check"),
	    .commands = LIST("curl --fail --silent --show-error {flag_url}"),
	    .criteria = LIST("The flag service says {percentage} percent for {flag}"),
	    .escalation = "Call the owner of the flag service; switch {flag} off in the "
			  "application's configuration meanwhile." },
	{ .each = MIG_EACH_FLAG, .flags = true, .rest = true, .family = "flag", .kind = "bash",
	    .minutes = 5, .retry = "safe", .name = "Set {count} further flags back",
	    .description = "migarchd has done this before the first step; repeat it for the "
			   "flags that have no step of their own.",
	    .script = "set -eu",
	    .line = "curl --fail --silent --show-error -X PUT {flag_url} "
		    "-H 'Content-Type: application/json' "
		    "-d '{\"flag\":\"{flag}\",\"percentage\":{percentage}}'",
	    .before = LIST("{source} answers its health check"),
	    .commands = LIST(NULL),
	    .criteria = LIST("The flag service says the rollback percentage for each of them"),
	    .escalation = "Call the owner of the flag service." },

	/* Traffic */
	{ .roles = MIG_ROLE_TRAFFIC, .flags = true, .family = "traffic", .purpose = "traffic_back",
	    .kind = "bash", .minutes = 2, .retry = "safe",
	    .name = "Send all traffic to the old side",
	    .description = "Let the router send {endpoint_list} of {source} to {source} alone.",
	    .before = LIST("{source} answers its health check directly",
		"{source} has the capacity for all of the traffic"),
	    .commands = LIST(CHECK_PATH),
	    .criteria = LIST("The router's share of {target} is 0",
		"The request rate of {target} falls to 0"),
	    .escalation = "Call the SRE team and the incident commander at once." },
	{ .type = "service|api|infrastructure", .roles = MIG_ROLE_TRAFFIC, .flags = true,
	    .family = "answer", .kind = "bash", .minutes = 5, .retry = "safe",
	    .name = "See the old path answer",
	    .description = "Ask through the load balancer, as users do, until ten answers in a "
			   "row are good.",
	    .script = "set -eu\n"
		      "for i in 1 2 3 4 5 6 7 8 9 10; do\n"
		      "    " CHECK_PATH "\n"
		      "done",
	    .before = LIST("All traffic goes to {source}"),
	    .commands = LIST(CHECK_PATH),
	    .criteria = LIST("Ten requests in a row are answered by {source} with 2xx",
		"As before for users: {endpoint_list}"),
	    .escalation = "Call the incident commander: neither side serves users." },
	{ .type = "database|data", .roles = MIG_ROLE_TRAFFIC, .flags = true, .family = "answer",
	    .kind = "bash", .minutes = 5, .retry = "safe", .name = "See the old database answer",
	    .description = "Read from {source} with the connection that its users have.",
	    .script = "set -eu\n" CHECK_OLD,
	    .before = LIST("All clients use {source}"),
	    .commands = LIST(CHECK_OLD),
	    .criteria = LIST("{source} answers", "No client is connected to {target}"),
	    .escalation = "Call the DBA team and the incident commander at once." },

	{ .type = "service|api", .in = "rolling|batch", .roles = MIG_ROLE_TRAFFIC,
	    .family = "revision", .purpose = "revision_back", .kind = "bash", .minutes = 10,
	    .retry = "once", .name = "Return to the previous revision",
	    .description = "Replace the instances of {target} by those of {source} again, batch by "
			   "batch.",
	    .before = LIST("The previous revision of the deployment is kept"),
	    .commands = LIST("curl --fail --silent --show-error --output /dev/null "
			     "{service_endpoint}"),
	    .criteria = LIST("All instances run the previous revision",
		"The service's health endpoint answers on every instance"),
	    .escalation = "Call the development team; stop replacing instances meanwhile." },

	/* Rows */
	{ .type = "database|data", .roles = ANY_COPY, .family = "job", .purpose = "stop_jobs",
	    .kind = "sql", .minutes = 5, .retry = "safe", .name = "Stop the copy job",
	    .description = "End the sessions that copy rows of {table_list}, so that nothing is "
			   "written while the sides are compared.",
	    .script = "SELECT pg_terminate_backend(pid)\n"
		      "FROM pg_stat_activity\n"
		      "WHERE application_name = '{copy_job_name}';",
	    .before = LIST("The job's scheduler is told not to start it again"),
	    .commands = LIST("psql {source_dsn} -Atc \"SELECT count(*) FROM pg_stat_activity "
			     "WHERE application_name = '{copy_job_name}'\""),
	    .criteria = LIST("No session of the copy job is left on either side"),
	    .escalation = "Call the DBA team; go no further while the job still writes." },
	{ .type = "database|data", .roles = MIG_ROLE_TRAFFIC, .each = MIG_EACH_TABLE,
	    .family = "table", .kind = "bash", .minutes = 10, .retry = "safe",
	    .name = "Bring {table} back",
	    .description = "Copy the rows that {table} ({rows} rows, {weight}) got on {target} "
			   "alone back to {source}; a row that is on both sides stays as "
			   "{source} has it.",
	    .script = "set -eu\n"
		      "set -o pipefail\n"
		      "psql {source_dsn} -v ON_ERROR_STOP=1 \\\n"
		      "    -c 'DROP TABLE IF EXISTS migarch_returned' \\\n"
		      "    -c 'CREATE TABLE migarch_returned (LIKE {table})'\n"
		      "psql {target_dsn} -v ON_ERROR_STOP=1 -c \"COPY (SELECT * FROM {table}\n"
		      "    WHERE {timestamp_column} >= '{migration_start}') TO STDOUT\" |\n"
		      "    psql {source_dsn} -v ON_ERROR_STOP=1 \\\n"
		      "    -c 'COPY migarch_returned FROM STDIN'\n"
		      "psql {source_dsn} -v ON_ERROR_STOP=1 \\\n"
		      "    -c 'INSERT INTO {table} SELECT * FROM migarch_returned\n"
		      "    ON CONFLICT ({primary_key}) DO NOTHING'",
	    .before = LIST("Nothing writes to {table} on {target}",
		"{table} has the same columns on both sides"),
	    .commands = LIST("psql {source_dsn} -Atc 'SELECT count(*) FROM migarch_returned'",
		"psql {source_dsn} -Atc 'SELECT count(*) FROM {table}'",
		"psql {target_dsn} -Atc 'SELECT count(*) FROM {table}'"),
	    .criteria = LIST("Each row of migarch_returned is in {table} on {source}",
		"Rows that differ between the sides were looked at, newest first"),
	    .escalation = "Call the DBA team; keep both copies of {table} until somebody has "
			  "compared them." },
	{ .type = "database|data", .roles = MIG_ROLE_TRAFFIC, .each = MIG_EACH_TABLE, .rest = true,
	    .family = "table", .kind = "bash", .minutes = 60, .retry = "safe",
	    .name = "Compare {count} further tables",
	    .description = "Count the rows of the tables that have no step of their own, on both "
			   "sides, and name those that differ.",
	    .script = "set -eu\n"
		      "status=0\n"
		      "while read -r table; do\n"
		      "    query=\"SELECT count(*) FROM $table\"\n"
		      "    old=$(psql {source_dsn} -Atc \"$query\" </dev/null)\n"
		      "    new=$(psql {target_dsn} -Atc \"$query\" </dev/null)\n"
		      "    [ \"$old\" = \"$new\" ] || {\n"
		      "        echo \"$table: $old old, $new new\"\n"
		      "        status=1\n"
		      "    }\n"
		      "done <<'TABLES'",
	    .line = "{quoted_table}",
	    .tail = "TABLES\n"
		    "exit $status",
	    .before = LIST("Nothing writes to these tables on either side"),
	    .commands = LIST(CHECK_OLD),
	    .criteria = LIST("No table is named: all of them have equally many rows"),
	    .escalation = "Call the DBA team; bring the tables named back as the ones before." },

	/* The plan's scripts, newest first */
	{ .each = MIG_EACH_SCRIPT, .family = "script", .kind = "sql", .minutes = 5,
	    .retry = "once", .name = "Undo {change} on {table}",
	    .description = "Take back: {what}",
	    .script = "{undo}",
	    .before = LIST("No version of the application that needs the change runs any more",
		"The backup of {table} can be read"),
	    .commands = LIST("psql {schema_dsn} -Atc {verify}"),
	    .criteria = LIST("The statement ended without an error",
		"The check of the change does not find it any more"),
	    .escalation = "Call the DBA team; leave {table} as it is until then." },
	{ .each = MIG_EACH_SCRIPT, .rest = true, .family = "script", .kind = "sql", .minutes = 30,
	    .retry = "once", .name = "Undo {count} further changes",
	    .description = "Take back the changes that have no step of their own.",
	    .line = "{undo}",
	    .before = LIST("No version of the application that needs a change runs any more",
		"The backup of the tables can be read"),
	    .commands = LIST(CHECK_OLD),
	    .criteria = LIST("Each statement ended without an error"),
	    .escalation = "Call the DBA team; note the statement that failed." },
	{ .each = MIG_EACH_FINAL_SCRIPT, .family = "restore", .kind = "manual", .minutes = 30,
	    .retry = "never", .name = "Restore what {change} took from {table}",
	    .description = "No statement brings this back: {what}",
	    .script = "1. Let the incident commander decide whether {table} is needed as it was.\n"
		      "2. List what the backup has of {table}: pg_restore -l.\n"
		      "3. Restore {table} under another name and compare it with the present one.\n"
		      "4. Copy the lost columns or rows back and note what was changed since.",
	    .before = LIST("The backup from before the phase can be read"),
	    .commands = LIST("psql {source_dsn} -Atc 'SELECT count(*) FROM {table}'"),
	    .criteria = LIST("{table} has its former structure and content"),
	    .escalation = "Call the DBA team and the business owner of the data." },
	{ .each = MIG_EACH_FINAL_SCRIPT, .rest = true, .family = "restore", .kind = "manual",
	    .minutes = 60, .retry = "never", .name = "Restore what {count} further changes took",
	    .description = "No statement brings these back.",
	    .script = "Restore these from the backup, as above:",
	    .line = "- {table}: {what}",
	    .before = LIST("The backup from before the phase can be read"),
	    .commands = LIST(CHECK_OLD),
	    .criteria = LIST("The tables have their former structure and content"),
	    .escalation = "Call the DBA team and the business owner of the data." },
	{ .type = "database|data", .roles = MIG_ROLE_SCHEMA, .bare = true, .family = "undo",
	    .kind = "bash", .minutes = 10, .retry = "once", .name = "Drop what was added",
	    .description = "Run the statements that drop the structures of this phase.",
	    .script = "set -eu\n"
		      "psql {source_dsn} -1 -v ON_ERROR_STOP=1 -f {undo_script}",
	    .before = LIST("No version of the application that needs them runs any more"),
	    .commands = LIST(CHECK_OLD),
	    .criteria = LIST("The catalog of {source} is the one from before the phase"),
	    .escalation = "Call the DBA team; added structures do no harm until then." },

	/* Machines */
	{ .type = "infrastructure", .roles = MIG_ROLE_MOVE | MIG_ROLE_TRAFFIC,
	    .each = MIG_EACH_WAVE, .family = "wave", .kind = "bash", .minutes = 15, .retry = "safe",
	    .name = "Bring wave {wave} back",
	    .description = "Run {workloads} on {source} again and stop them on {target}.",
	    .script = "set -eu",
	    .line = "curl --fail --silent --show-error -X PUT {workload_url}/{workload} \\\n"
		    "    -H 'Content-Type: application/json' -d '{\"run_on\":\"source\"}'",
	    .before = LIST("The machines of {workloads} on {source} are kept and bootable",
		"Later waves are back already"),
	    .commands = LIST("curl --fail --silent --show-error {workload_url}"),
	    .criteria = LIST("{workloads} run on {source} and are healthy",
		"What they wrote on {target} has been copied back"),
	    .escalation = "Call the platform team; keep both places until data was compared." },
	{ .type = "infrastructure", .roles = MIG_ROLE_MOVE | MIG_ROLE_TRAFFIC,
	    .each = MIG_EACH_WAVE, .rest = true, .family = "wave", .kind = "bash", .minutes = 60,
	    .retry = "safe", .name = "Bring {count} further workloads back",
	    .description = "Run the workloads of the first waves on {source} again.",
	    .script = "set -eu",
	    .line = "curl --fail --silent --show-error -X PUT {workload_url}/{workload} \\\n"
		    "    -H 'Content-Type: application/json' -d '{\"run_on\":\"source\"}'",
	    .before = LIST("Their machines on {source} are kept and bootable"),
	    .commands = LIST("curl --fail --silent --show-error {workload_url}"),
	    .criteria = LIST("Every workload runs on {source} and is healthy"),
	    .escalation = "Call the platform team; keep both places until data was compared." },
	{ .type = "infrastructure", .roles = MIG_ROLE_MOVE | MIG_ROLE_TRAFFIC, .family = "name",
	    .kind = "bash", .minutes = 10, .retry = "safe", .name = "See the old address resolve",
	    .description = "Resolvers may keep the new address for its lifetime ({ttl}): keep "
			   "{target} up for so long.",
	    .script = "set -eu\n"
		      "dig +short {domain_name} | grep -qxF {old_address}",
	    .before = LIST("The old name records are restored"),
	    .commands = LIST("dig +short {domain_name}"),
	    .criteria = LIST("The name resolves to the old address",
		"{target} gets no request any more"),
	    .escalation = "Call the network team; repeat when the lifetime is over." },

	/* Services */
	{ .roles = MIG_ROLE_MIRROR, .family = "mirror", .purpose = "mirror_off", .kind = "bash",
	    .minutes = 2, .retry = "safe", .name = "Stop the mirroring",
	    .description = "Send no copies of requests to {target} any more.",
	    .before = LIST("{source} answers its health check"),
	    .commands = LIST(CHECK_PATH),
	    .criteria = LIST("The request rate of {target} falls to 0",
		"{source} is as fast as before the mirroring"),
	    .escalation = "Call the SRE team; stopping {target} has the same effect." },
	{ .roles = MIG_ROLE_ROUTER, .family = "router", .purpose = "router_out", .kind = "bash",
	    .minutes = 5, .retry = "safe", .name = "Let the router pass everything on",
	    .description = "Let what stands in front of {source} pass {endpoint_list} on to "
			   "{source} without looking at a flag.",
	    .before = LIST("{source} answers its health check directly"),
	    .commands = LIST(CHECK_PATH),
	    .criteria = LIST("Requests reach {source} whatever the flags say"),
	    .escalation = "Call the SRE team; point the name records at {source} itself." },
	{ .type = "service|api", .roles = MIG_ROLE_BUILD, .family = "build",
	    .purpose = "new_down", .kind = "bash", .minutes = 5, .retry = "safe",
	    .name = "Stop the new service",
	    .description = "Run no instance of {target}; its definition and images stay.",
	    .before = LIST("{target} gets no request: its request rate is 0"),
	    .commands = LIST(CHECK_PATH),
	    .criteria = LIST("No instance of {target} runs", "{source} answers as before"),
	    .escalation = "Call the development team; an idle {target} does no harm." },
	{ .type = "service|api", .roles = MIG_ROLE_REMOVE, .family = "old", .purpose = "old_up",
	    .kind = "bash", .minutes = 10, .retry = "safe", .name = "Start the old service again",
	    .description = "Run {source} with as many instances as before; users come back in a "
			   "later phase of the rollback.",
	    .before = LIST("The images and the configuration of {source} are kept",
		"The data of {source} is in place, or has been restored"),
	    .commands = LIST(CHECK_PATH),
	    .criteria = LIST("Every instance of {source} passes its health check"),
	    .escalation = "Call the development team; users stay on {target} meanwhile." },
	{ .type = "database", .in = "setup|build|provision|install", .roles = MIG_ROLE_BUILD,
	    .family = "build", .kind = "bash", .minutes = 5, .retry = "safe",
	    .name = "Take the change stream away",
	    .description = "Drop subscription and publication; an empty {target} may stay.",
	    .script = "set -eu\n"
		      "psql {target_dsn} -v ON_ERROR_STOP=1 \\\n"
		      "    -c 'DROP SUBSCRIPTION IF EXISTS {subscription_name}'\n"
		      "psql {source_dsn} -v ON_ERROR_STOP=1 \\\n"
		      "    -c 'DROP PUBLICATION IF EXISTS {publication_name}'",
	    .before = LIST("No client uses {target}"),
	    .commands = LIST("psql {source_dsn} -Atc 'SELECT count(*) FROM pg_replication_slots'"),
	    .criteria = LIST("No replication slot of the migration is left on {source}"),
	    .escalation = "Call the DBA team at once: a slot that nobody reads fills the disk." },
	{ .type = "database", .roles = MIG_ROLE_REMOVE, .family = "bring", .kind = "bash",
	    .minutes = 30, .retry = "once", .name = "Bring back what was removed",
	    .description = "Restore the removed objects, and only these, from the backup taken "
			   "before the phase.",
	    .script = "set -eu\n"
		      "test -r {backup_file}\n"
		      "pg_restore --exit-on-error --dbname={source_dsn} \\\n"
		      "    --use-list={restore_list} {backup_file}",
	    .before = LIST("The backup from before the phase can be read: pg_restore -l",
		"The list names nothing that still exists"),
	    .commands = LIST(CHECK_OLD),
	    .criteria = LIST("The catalog of {source} is the one from before the phase"),
	    .escalation = "Call the DBA team and the business owner of the data." },
	{ .type = "service|api|database|data", .roles = MIG_ROLE_CHANGE, .family = "undo",
	    .kind = "bash", .minutes = 15, .retry = "once", .name = "Run the undo script",
	    .description = "Run the commands that were prepared for undoing this phase.",
	    .script = "sh -eu {undo_script}",
	    .before = LIST("The script was tried in staging"),
	    .commands = LIST(NULL),
	    .criteria = LIST("The script ended with status 0"),
	    .escalation = "Call the migration lead." },
	{ .type = "data", .roles = MIG_ROLE_REMOVE | MIG_ROLE_ROUTER | MIG_ROLE_MIRROR,
	    .family = "undo", .kind = "bash", .minutes = 30, .retry = "once",
	    .name = "Run the undo script",
	    .description = "Bring back what this phase took from {source}.",
	    .script = "sh -eu {undo_script}",
	    .before = LIST("The backup from before the phase can be read"),
	    .commands = LIST(NULL),
	    .criteria = LIST("{source} holds what it held before the phase"),
	    .escalation = "Call the migration lead." },
};
const size_t mig_own_row_count = COUNT_OF(mig_own_rows);

#define HAPROXY(commands) \
	"set -eu\n" \
	"answer=$(printf '%s\\n' '" commands "' |\n" \
	"    socat stdio UNIX-CONNECT:{haproxy_socket})\n" \
	"test -z \"$answer\""
#define PUT(url, body) \
	"set -eu\n" \
	"curl --fail --silent --show-error -X PUT " url " \\\n" \
	"    -H 'Content-Type: application/json' \\\n" \
	"    -d '" body "'"

const struct mig_means_row mig_means_rows[] = {
	{ "traffic_back", "router", "http",
	    PUT("{traffic_url}", "{\"old_percentage\":100,\"new_percentage\":0}") },
	{ "traffic_back", "router", "haproxy",
	    HAPROXY("set server {haproxy_backend}/{old_server} state ready; "
		    "set server {haproxy_backend}/{old_server} weight 100; "
		    "set server {haproxy_backend}/{new_server} weight 0") },
	{ "traffic_back", "router", "aws",
	    "set -eu\n"
	    "aws elbv2 modify-rule --rule-arn {rule_arn} \\\n"
	    "    --actions Type=forward,TargetGroupArn={original_target_group}" },
	{ "traffic_back", "router", "kubernetes",
	    "set -eu\n"
	    "kubectl patch service {old_service_name} --type merge \\\n"
	    "    -p '{\"spec\":{\"selector\":'{selector}'}}'" },
	{ "router_out", "router", "haproxy",
	    HAPROXY("set server {haproxy_backend}/{old_server} state ready; "
		    "set server {haproxy_backend}/{new_server} state maint") },
	{ "router_out", "router", NULL, PUT("{traffic_url}", "{\"mode\":\"pass_through\"}") },
	{ "mirror_off", "router", NULL, PUT("{mirror_url}", "{\"enabled\":false}") },
	{ "revision_back", "orchestrator", "http",
	    PUT("{deploy_url}", "{\"revision\":\"previous\"}") },
	{ "revision_back", "orchestrator", "kubernetes",
	    "set -eu\n"
	    "kubectl rollout undo deployment/{service_name} --to-revision={revision_number}\n"
	    "kubectl rollout status deployment/{service_name} --timeout=10m" },
	{ "revision_back", "orchestrator", "systemd",
	    "set -eu\n"
	    "sh -eu {undo_script}\n"
	    "systemctl restart {service_name}" },
	{ "new_down", "orchestrator", "http", PUT("{deploy_url}", "{\"replicas\":0}") },
	{ "new_down", "orchestrator", "kubernetes",
	    "set -eu\n"
	    "kubectl scale deployment/{service_name} --replicas=0" },
	{ "new_down", "orchestrator", "systemd",
	    "set -eu\n"
	    "systemctl stop {service_name}" },
	{ "old_up", "orchestrator", "http", PUT("{old_deploy_url}", "{\"state\":\"running\"}") },
	{ "old_up", "orchestrator", "kubernetes",
	    "set -eu\n"
	    "kubectl scale deployment/{old_service_name} --replicas={old_replicas}\n"
	    "kubectl rollout status deployment/{old_service_name} --timeout=10m" },
	{ "old_up", "orchestrator", "systemd",
	    "set -eu\n"
	    "systemctl start {old_service_name}" },
	{ NULL, NULL, NULL, NULL },
};
