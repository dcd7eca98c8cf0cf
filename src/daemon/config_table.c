/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "daemon/config.h"
#include "daemon/config_int.h"

#define IN(member) offsetof(struct config, member)
#define IN_NOTIFY(member) offsetof(struct config_notify, member)
#define ELSEWHERE CONFIG_ELSEWHERE

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)

/*
 * group, key, type, offset, min, max, default, choices, reloadable, sentence.  Ranges of keys that
 * are read elsewhere are where they are read: the engine's binding*.c.
 */
const struct config_key config_keys[] = {
	{ "", "state", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", false,
	    "Where the state of all rollouts is kept." },
	{ "state", "backend", CONFIG_ENUM, ELSEWHERE, 0, 0, "sqlite", "sqlite", false,
	    "How the state is kept." },
	{ "state", "path", CONFIG_STATE_PATH, IN(state_path), 0, 0, "state.db", "", false,
	    "The data base, relative to the state directory." },

	{ "", "control", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", false,
	    "How operators and programs reach the daemon." },
	{ "control", "socket", CONFIG_SOCKET, IN(socket_path), 0, 0, "control.sock", "", false,
	    "The Unix socket of the control API, relative to the runtime directory." },
	{ "control", "group", CONFIG_TEXT, IN(socket_group), 0, 0, "migarch", "", false,
	    "The group whose members may change rollouts over the socket." },
	{ "control", "listen", CONFIG_LISTEN, IN(listen), 0, 0, "127.0.0.1:9470", "", false,
	    "HOST:PORT for metrics, health, flag evaluation and the API over TCP; \"\" for none." },
	{ "control", "token_file", CONFIG_SECRET, IN(token_file), 0, 0, "", "", true,
	    "A file with the bearer token that allows changes over TCP; \"\": read-only." },

	{ "", "prometheus", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "The server that is asked for metrics." },
	{ "prometheus", "url", CONFIG_URL, IN(prometheus_url), 0, 0, "http://127.0.0.1:9090", "",
	    true, "The base URL of the server's HTTP API." },
	{ "prometheus", "poll_interval", CONFIG_DURATION, IN(poll_interval_ms), 100, 60 * MINUTE,
	    "15s", "", true, "How often each query is asked; from 100ms to 1h." },
	{ "prometheus", "timeout", CONFIG_DURATION, IN(prometheus_timeout_ms), 50, 60 * MINUTE,
	    "5s", "", true,
	    "How long an answer may take; kept below nine tenths of poll_interval." },
	{ "prometheus", "max_sample_age", CONFIG_DURATION, ELSEWHERE, 0, 0, "60s", "", true,
	    "Older samples are stale: nothing is decided on them." },
	{ "prometheus", "headers", CONFIG_HEADERS, ELSEWHERE, 0, 0, "( )", "", true,
	    "Further request headers, such as a tenant, each \"Name: value\"." },
	{ "prometheus", "bearer_token_file", CONFIG_SECRET, IN(bearer_token_file), 0, 0, "", "",
	    true, "A file with the bearer token for the server." },
	{ "prometheus", "ca_file", CONFIG_FILE, IN(ca_file), 0, 0, "", "", true,
	    "The certificates that the server's is checked with; \"\" for the system's." },
	{ "prometheus", "cert_file", CONFIG_FILE, IN(cert_file), 0, 0, "", "", true,
	    "The client certificate that is shown to the server." },
	{ "prometheus", "key_file", CONFIG_SECRET, IN(key_file), 0, 0, "", "", true,
	    "The private key of cert_file." },

	{ "", "defaults", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "How patient and how strict rollouts are; rollouts that are loaded keep theirs." },
	{ "defaults", "blind_after", CONFIG_DURATION, ELSEWHERE, 0, 0, "2m", "", true,
	    "A metric without a believable sample for this long makes the rollout blind." },
	{ "defaults", "blind_rollback_after", CONFIG_DURATION, ELSEWHERE, 0, 0, "0", "", true,
	    "A rollout that is blind for this long is rolled back; 0 never." },
	{ "defaults", "baseline_window", CONFIG_DURATION, ELSEWHERE, 0, 0, "10m", "", true,
	    "How long baselines are captured before the first step." },
	{ "defaults", "max_gap", CONFIG_DURATION, ELSEWHERE, 0, 0, "45s", "", true,
	    "A gap in the samples freezes a pending trigger; a longer one than this resets it." },
	{ "defaults", "min_coverage", CONFIG_NUMBER, ELSEWHERE, 0, 0, "0.8", "", true,
	    "The share of a pending trigger's time that samples must cover, 0 to 1." },
	{ "defaults", "bake_time", CONFIG_DURATION, ELSEWHERE, 0, 0, "1h", "", true,
	    "How long triggers stay armed after the last phase." },
	{ "defaults", "validation_window", CONFIG_DURATION, ELSEWHERE, 0, 0, "5m", "", true,
	    "How long all triggers must be quiet after a rollback." },
	{ "defaults", "verify_timeout", CONFIG_DURATION, ELSEWHERE, 0, 0, "30s", "", true,
	    "An acknowledged flag write must be read back within this time." },
	{ "defaults", "manual_reminder", CONFIG_DURATION, ELSEWHERE, 0, 0, "15m", "", true,
	    "A manual rollback step that waits is escalated again after this time." },

	{ "", "flags", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "The flag provider of migrations that have no flags group of their own; same keys." },

	{ "", "notify", CONFIG_LIST, ELSEWHERE, 0, 0, "", "", true,
	    "Who is told about alerts and rollbacks." },
	{ "notify", "type", CONFIG_ENUM, ELSEWHERE, 0, 0, "webhook", "webhook", true,
	    "How they are told." },
	{ "notify", "url", CONFIG_URL, IN_NOTIFY(url), 0, 0, "", "", true,
	    "Where the message is posted." },
	{ "notify", "audiences", CONFIG_LIST, ELSEWHERE, 0, 0, "[ \"technical\" ]", "", true,
	    "Whose messages go there: technical, business, executive, customers." },
	{ "notify", "secret_file", CONFIG_SECRET, IN_NOTIFY(secret_file), 0, 0, "", "", true,
	    "A file with the secret that messages are signed with; \"\" leaves them unsigned." },
	{ "notify", "headers", CONFIG_HEADERS, ELSEWHERE, 0, 0, "( )", "", true,
	    "Further request headers." },
	{ "notify", "timeout", CONFIG_DURATION, IN_NOTIFY(timeout_ms), 10, 60 * MINUTE, "10s", "",
	    true, "How long one attempt may take." },

	{ "", "migrations", CONFIG_LIST, ELSEWHERE, 0, 0, "", "", true,
	    "The migrations that are loaded at the start and at a reload." },
	{ "migrations", "plan", CONFIG_FILE, ELSEWHERE, 0, 0, "", "", true,
	    "The plan, a JSON file relative to the folder of this file." },
	{ "migrations", "runbook", CONFIG_FILE, ELSEWHERE, 0, 0, "", "", true,
	    "The runbook made from the plan." },
	{ "migrations", "spec", CONFIG_FILE, ELSEWHERE, 0, 0, "", "", true,
	    "Instead of plan and runbook: the specification, which is planned at the start." },
	{ "migrations", "start", CONFIG_ENUM, ELSEWHERE, 0, 0, "manual", "manual auto", true,
	    "Whether the rollout waits for \"migarchctl start\" or starts by itself." },
	{ "migrations", "preflight", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "What a rollout with start = \"auto\" has to stand before it starts by itself." },
	{ "migrations.preflight", "backtest", CONFIG_DURATION, ELSEWHERE, 0, 0, "", "", true,
	    "The history on which no trigger may have rolled back; from 1h to 90d." },
	{ "migrations.preflight", "override", CONFIG_BOOL, ELSEWHERE, 0, 0, "false", "", true,
	    "Whether it starts by itself whatever the history says." },
	{ "migrations", "schema", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "Two versions of a schema; changes that the plan does not carry refuse the start." },
	{ "migrations.schema", "before", CONFIG_FILE, ELSEWHERE, 0, 0, "", "", true,
	    "The older version, a file as for \"migarch check\"." },
	{ "migrations.schema", "after", CONFIG_FILE, ELSEWHERE, 0, 0, "", "", true,
	    "The newer version." },
	{ "migrations.schema", "type", CONFIG_ENUM, ELSEWHERE, 0, 0, "auto", "auto database api",
	    true, "What the two are." },
	{ "migrations.schema", "accept", CONFIG_ENUM, ELSEWHERE, 0, 0, "potentially_breaking",
	    "breaking potentially_breaking non_breaking additive", true,
	    "The worst change that no phase of the plan has to carry." },
	{ "migrations.schema", "override", CONFIG_BOOL, ELSEWHERE, 0, 0, "false", "", true,
	    "Whether it may start whatever the check says." },
	{ "migrations", "metrics", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "How the migration is measured: a preset, or one PromQL query per metric name." },
	{ "migrations.metrics", "preset", CONFIG_ENUM, ELSEWHERE, 0, 0, "", "http", true,
	    "Queries for common instrumentation, used where no query is given." },
	{ "migrations.metrics", "new", CONFIG_LABELS, ELSEWHERE, 0, 0, "", "", true,
	    "Label matchers of the new path, {new} in queries." },
	{ "migrations.metrics", "old", CONFIG_LABELS, ELSEWHERE, 0, 0, "", "", true,
	    "Label matchers of the old path, {old} in queries; baselines are taken there." },
	{ "migrations.metrics", "interval", CONFIG_DURATION, ELSEWHERE, 0, 0, "", "", true,
	    "The rate window, {interval} in queries; by default four polls, at least 5s." },
	{ "migrations.metrics", "min_samples", CONFIG_NUMBER, ELSEWHERE, 0, 0, "10", "", true,
	    "With fewer requests in the window a ratio is low traffic, neither good nor bad." },
	{ "migrations.metrics", "request_count", CONFIG_QUERY, ELSEWHERE, 0, 0, "", "", true,
	    "The query that counts the requests in the window." },
	{ "migrations.metrics", "freshness", CONFIG_QUERY, ELSEWHERE, 0, 0, "", "", true,
	    "The query for the age of the newest sample; by default made from each query." },
	{ "migrations.metrics", "baselines", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "Per metric name a number, \"captured\" (the default) or \"live\"." },
	{ "migrations.metrics", "floors", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "Per metric name the least that a baseline may count for." },
	{ "migrations", "flags", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "Who serves the flags." },
	{ "migrations.flags", "provider", CONFIG_ENUM, ELSEWHERE, 0, 0, "embedded",
	    "embedded webhook", true, "The daemon itself, or a service that is told by HTTP." },
	{ "migrations.flags", "url", CONFIG_URL, ELSEWHERE, 0, 0, "", "", true,
	    "Where a percentage is written; may hold {flag} and other templates." },
	{ "migrations.flags", "method", CONFIG_ENUM, ELSEWHERE, 0, 0, "PUT", "POST PUT PATCH GET",
	    true, "The method of the write." },
	{ "migrations.flags", "headers", CONFIG_HEADERS, ELSEWHERE, 0, 0, "( )", "", true,
	    "Further request headers." },
	{ "migrations.flags", "body", CONFIG_TEXT, ELSEWHERE, 0, 0, "", "", true,
	    "The body with templates; \"\" for the documented JSON object." },
	{ "migrations.flags", "read_url", CONFIG_URL, ELSEWHERE, 0, 0, "", "", true,
	    "Where the percentage is read back." },
	{ "migrations.flags", "read_pointer", CONFIG_TEXT, ELSEWHERE, 0, 0, "/percentage", "", true,
	    "Where it is in the answer, as a JSON pointer." },
	{ "migrations.flags", "secret_file", CONFIG_SECRET, ELSEWHERE, 0, 0, "", "", true,
	    "A file with the secret that writes are signed with." },
	{ "migrations.flags", "bearer_token_file", CONFIG_SECRET, ELSEWHERE, 0, 0, "", "", true,
	    "A file with the bearer token for the service." },
	{ "migrations.flags", "timeout", CONFIG_DURATION, ELSEWHERE, 0, 0, "5s", "", true,
	    "How long one attempt may take." },
	{ "migrations", "phases", CONFIG_LIST, ELSEWHERE, 0, 0, "", "", true,
	    "Phases whose way out is gated otherwise than the plan says." },
	{ "migrations.phases", "name", CONFIG_TEXT, ELSEWHERE, 0, 0, "", "", true,
	    "The phase's name in the plan." },
	{ "migrations.phases", "gate", CONFIG_ENUM, ELSEWHERE, 0, 0, "",
	    "auto approval metric webhook", true, "What must hold before the phase is left." },
	{ "migrations", "steps", CONFIG_GROUP, ELSEWHERE, 0, 0, "", "", true,
	    "The executor of rollback steps and phase hooks; without one they wait for people." },
	{ "migrations.steps", "url", CONFIG_URL, ELSEWHERE, 0, 0, "", "", true,
	    "Where steps and hooks are posted." },
	{ "migrations.steps", "timeout", CONFIG_DURATION, ELSEWHERE, 0, 0, "10m", "", true,
	    "How long one attempt may take." },
	{ "migrations.steps", "headers", CONFIG_HEADERS, ELSEWHERE, 0, 0, "( )", "", true,
	    "Further request headers." },
	{ "migrations.steps", "secret_file", CONFIG_SECRET, ELSEWHERE, 0, 0, "", "", true,
	    "A file with the secret that requests are signed with." },
	{ "migrations.steps", "bearer_token_file", CONFIG_SECRET, ELSEWHERE, 0, 0, "", "", true,
	    "A file with the bearer token for the executor." },
	{ NULL, NULL, CONFIG_TEXT, ELSEWHERE, 0, 0, NULL, NULL, false, NULL },
};

void
config_keys_of(const char *group, const char **keys, size_t max)
{
	size_t count = 0;
	for (const struct config_key *row = config_keys; row->key != NULL; row++) {
		if (strcmp(row->group, group) != 0)
			continue;
		MIG_ASSERT(count < max);
		keys[count++] = row->key;
	}
	keys[count] = NULL;
}
