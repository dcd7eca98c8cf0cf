/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "daemon/config.h"
#include "support/test_support.h"
#include "sys/file.h"

/* Queries that the test documents can be run with; M(...) is a migration with more in it. */
#define HTTP "metrics: { preset = \"http\"; new = \"v=\\\"n\\\"\"; old = \"v=\\\"o\\\"\"; };"
#define FILES "plan = \"plan.json\"; runbook = \"runbook.json\";"
#define M(more) "migrations: ( { " FILES HTTP more " } );\n"
#define FLAGS(more) M("flags: { provider = \"webhook\"; url = \"http://h/{flag}\"; " more " };")

static char folder[] = "/tmp/migarch-test-config.XXXXXX";

struct outcome {
	struct config *config;
	struct mig_findings findings;
	int result;
	char *text; /* all findings, without the folder's name */
};

static const char *
path_of(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
write_text(const char *name, const char *text, size_t len, mode_t mode)
{
	char error[256];
	const char *path = path_of(name);
	if (file_write(path, text, len, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	assert_int_equal(chmod(path, mode), 0);
}

/* A document of the test data, with the first `from` replaced, if there is one. */
static void
write_document(const char *name, const char *from, const char *to)
{
	char source[64];
	struct mig_buf out;
	snprintf(source, sizeof(source), "tests/data/daemon/%s", name);
	char *text = test_read_source(source, NULL);
	char *at = from != NULL ? strstr(text, from) : NULL;
	if (from != NULL && at == NULL)
		fail_msg("%s has no %s", name, from);
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_buf_add(&out, text, at != NULL ? (size_t)(at - text) : strlen(text));
	if (at != NULL) {
		mig_buf_puts(&out, to);
		mig_buf_puts(&out, at + strlen(from));
	}
	write_text(name, out.data, out.len, 0644);
	mig_buf_fini(&out);
	free(text);
}

/* Remove all places of the folder's name from a text, in place. */
static void
drop_folder(char *text)
{
	size_t len = strlen(folder) + 1;
	char *at = text;
	while ((at = strstr(at, folder)) != NULL)
		memmove(at, at + len, strlen(at + len) + 1);
}

static void
read_text(struct outcome *outcome, const char *text, size_t len)
{
	const struct config_paths paths = { .state_dir = "/state", .runtime_dir = "/run/m" };
	memset(outcome, 0, sizeof(*outcome));
	write_text("migarchd.conf", text, len, 0644);
	outcome->result =
	    config_read(path_of("migarchd.conf"), &paths, &outcome->config, &outcome->findings);
	outcome->text = test_findings(&outcome->findings);
	drop_folder(outcome->text);
}

static void
release(struct outcome *outcome)
{
	config_free(outcome->config);
	mig_findings_fini(&outcome->findings);
	free(outcome->text);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	write_document("plan.json", NULL, NULL);
	write_document("runbook.json", NULL, NULL);
	write_document("spec.json", NULL, NULL);
	write_text("secret", "whsec_c2VjcmV0\n", 15, 0600);
	write_text("public", "whsec_c2VjcmV0\n", 15, 0644);
	write_text("empty", "", 0, 0600);
	write_text("broken.json", "{\n  \"a\": 1,\n}\n", 14, 0644);
	write_text("part.conf", "control: {\n  sockett = \"a\";\n};\n", 31, 0644);
	return 0;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "plan.json", "runbook.json", "spec.json", "secret",
		"public", "empty", "broken.json", "part.conf", "migarchd.conf" };
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(names); i++)
		(void)unlink(path_of(names[i]));
	return rmdir(folder);
}

struct broken {
	const char *text;
	const char *place;  /* file, line and key of the finding */
	const char *phrase; /* of its message */
	const char *remedy;
};

/* Each line of the table is one kind of broken input, with exactly one error. */
static const struct broken broken[] = {
	/* The language */
	{ "state: { path = \"a\" }\nnotify (\n", "migarchd.conf:2: ", "syntax error", "missing ;" },
	{ "state: { path = \"a\"; };\nstate: { };\n", "migarchd.conf:2: ", "duplicate setting name",
	    "keep one" },
	{ "notify = [ 1, \"a\" ];\n", "migarchd.conf:1: ", "mismatched element type", "( )" },
	{ "\n/* no end\n", "migarchd.conf:2: ", "the comment does not end", "*/" },
	{ "state: { path = \"a; };\n", "migarchd.conf:1: ", "the string does not end",
	    "quotation mark" },
	{ "state: { path = \"a\\q\"; };\n", "migarchd.conf:1: ", "unknown escape \\q", "\\\\" },
	{ "state: { path = \"a\\x00b\"; };\n", "migarchd.conf:1: ", "a NUL byte in a string",
	    "remove" },
	{ "\nstate: { path = \"\xff\"; };\n", "migarchd.conf:2: ", "not valid UTF-8", "save" },
	{ "prometheus: {\n timeout = 3000000000; };\n",
	    "migarchd.conf:2: ", "an integer of more than nine digits", "\"24h\"" },
	{ "defaults: {\n min_coverage = -3000000000; };\n",
	    "migarchd.conf:2: ", "an integer of more than nine digits", "smaller" },
	{ "defaults: {\n min_coverage = 1e999; };\n",
	    "migarchd.conf:2: ", "the number is too large", "smaller" },
	{ "@include \"gone.conf\"\n", "migarchd.conf:1: ", "gone.conf: No such file", "folder" },
	{ "@include \"/etc/passwd\"\n", "migarchd.conf:1: ", "absolute name", "relative" },
	{ "@include \"part.conf\"\n", "part.conf:2: control.sockett: ", "unknown key",
	    "did you mean \"socket\"?" },
	/* Keys, types and ranges */
	{ "promtheus: { };\n", "migarchd.conf:1: promtheus: ", "unknown key",
	    "did you mean \"prometheus\"?" },
	{ "prometheus: {\n\n poll_intervall = 1; };\n",
	    "migarchd.conf:3: prometheus.poll_intervall: ", "unknown key",
	    "did you mean \"poll_interval\"?" },
	{ "defaults: { poll_interval = 1; };\n",
	    "migarchd.conf:1: defaults.poll_interval: ", "unknown key", "x_" },
	{ "state = 5;\n", "migarchd.conf:1: state: ", "must be an object, not number", "" },
	{ "state: { path = 5; };\n",
	    "migarchd.conf:1: state.path: ", "must be a string, not number", "" },
	{ "state: { path = \"\"; };\n", "migarchd.conf:1: state.path: ", "must not be empty", "" },
	{ "state: { backend = \"etcd\"; };\n",
	    "migarchd.conf:1: state.backend: ", "must be one of \"sqlite\"", "" },
	{ "prometheus: { poll_interval = \"1parsec\"; };\n",
	    "migarchd.conf:1: prometheus.poll_interval: ", "is not a duration", "\"15s\"" },
	{ "prometheus: { poll_interval = \"10ms\"; };\n",
	    "migarchd.conf:1: prometheus.poll_interval: ", "must be between 100ms and 1h", "" },
	{ "prometheus: { poll_interval = true; };\n",
	    "migarchd.conf:1: prometheus.poll_interval: ", "must be a duration, not boolean", "" },
	{ "defaults: { min_coverage = 1.5; };\n",
	    "migarchd.conf:1: defaults.min_coverage: ", "must be between 0 and 1, is 1.5", "" },
	{ "prometheus: { url = \"127.0.0.1:9090\"; };\n", "migarchd.conf:1: prometheus.url: ",
	    "does not start with http:// or https://", "write http://" },
	{ "prometheus: { url = \"\"; };\n", "migarchd.conf:1: prometheus.url: ",
	    "does not start with http:// or https://", "write http://" },
	{ "prometheus: { url = \"http://h/?tenant=a\"; };\n", "migarchd.conf:1: prometheus.url: ",
	    "has a query", "write http://" },
	{ "prometheus: { headers = ( \"nonsense\" ); };\n",
	    "migarchd.conf:1: prometheus.headers[0]: ", "is not a header", "Name: value" },
	{ "prometheus: { headers = (\n \"Authorization: x\" ); };\n",
	    "migarchd.conf:2: prometheus.headers[0]: ", "a secret must not", "bearer_token_file" },
	{ "control: { token = \"abc\"; };\n",
	    "migarchd.conf:1: control.token: ", "a secret must not", "token_file" },
	{ "control: { token_file = \"gone\"; };\n",
	    "migarchd.conf:1: control.token_file: ", "gone: No such file", "permissions" },
	{ "control: { token_file = \"public\"; };\n",
	    "migarchd.conf:1: control.token_file: ", "can be read by everyone", "chmod o-rwx" },
	{ "control: { token_file = \"empty\"; };\n",
	    "migarchd.conf:1: control.token_file: ", "is empty", "first line" },
	{ "prometheus: { ca_file = \".\"; };\n",
	    "migarchd.conf:1: prometheus.ca_file: ", "is a directory", "name a file" },
	{ "prometheus: { cert_file = \"secret\"; };\n",
	    "migarchd.conf:1: prometheus.cert_file: ", "needs its private key", "key_file" },
	{ "control: { listen = \"9470\"; };\n",
	    "migarchd.conf:1: control.listen: ", "is not HOST:PORT", "127.0.0.1:9470" },
	{ "control: { listen = \"::1:9470\"; };\n",
	    "migarchd.conf:1: control.listen: ", "is not HOST:PORT", "[::1]:9470" },
	{ "control: { socket = \"/a123456789b123456789c123456789d123456789e123456789f123456789"
	  "g123456789h123456789i123456789j123456789k123456789\"; };\n",
	    "migarchd.conf:1: control.socket: ", "too long for a socket: at most 107 bytes",
	    "shorter" },
	{ "notify: ( { url = \"http://h\"; audiences = [ \"everyone\" ]; } );\n",
	    "migarchd.conf:1: notify[0].audiences[0]: ", "\"everyone\" is no audience",
	    "technical" },
	{ "notify: ( { url = \"http://h\"; audiences = [ \"business\", \"business\" ]; } );\n",
	    "migarchd.conf:1: notify[0].audiences[1]: ", "\"business\" was named already", "once" },
	{ "notify: ( { } );\n", "migarchd.conf:1: notify[0]: ", "notify needs url", "posted" },
	{ "notify: ( { type = \"mail\"; url = \"http://h\"; } );\n",
	    "migarchd.conf:1: notify[0].type: ", "must be one of \"webhook\"", "" },
	{ "flags: { provider = \"webhook\"; };\n", "migarchd.conf:1: flags.url: ", "needs url",
	    "give the URL" },
	{ "flags: { provider = \"webhook\"; url = \"http://h\"; secret_file = \"public\"; };\n",
	    "migarchd.conf:1: flags.secret_file: ", "can be read by everyone", "chmod" },
	/* Migrations and their files */
	{ "migrations: { };\n", "migarchd.conf:1: migrations: ", "must be an array", "" },
	{ "migrations: ( 1 );\n", "migarchd.conf:1: migrations[0]: ", "a migration is a group",
	    "write" },
	{ "migrations: (\n{ " HTTP " } );\n",
	    "migarchd.conf:2: migrations[0]: ", "the migration has no plan", "migarch plan" },
	{ "migrations: (\n{ plan = \"plan.json\"; " HTTP " } );\n",
	    "migarchd.conf:2: migrations[0]: ", "the migration has no runbook", "migarch runbook" },
	{ "migrations: ( { spec = \"spec.json\"; " FILES HTTP " } );\n",
	    "migarchd.conf:1: migrations[0]: ", "makes plan and runbook itself",
	    "either spec or plan" },
	{ "migrations: ( {\nplan = \"gone.json\"; runbook = \"runbook.json\"; " HTTP " } );\n",
	    "migarchd.conf:2: migrations[0].plan: ", "gone.json: No such file", "relative" },
	{ "migrations: ( { plan = \"broken.json\"; runbook = \"runbook.json\"; " HTTP " } );\n",
	    "broken.json:2:9: ", "a comma before the closing", "remove the comma" },
	{ "migrations: ( { plan = \"runbook.json\"; runbook = \"runbook.json\"; " HTTP " } );\n",
	    "runbook.json:1:1: ", "", "" },
	{ M("schema: { before = \"a\"; };"), "migarchd.conf:1: migrations[0].schema: ",
	    "\"after\" is missing", "" },
	{ M("start = \"now\";"),
	    "migarchd.conf:1: migrations[0].start: ", "must be one of \"manual\", \"auto\"", "" },
	{ M("preflight: { backtest = \"1m\"; };"),
	    "migarchd.conf:1: migrations[0].preflight.backtest: ", "must be between 1h and", "" },
	{ M("phases: ( { name = \"bake\"; gate = \"auto\"; } );"),
	    "migarchd.conf:1: migrations[0].phases: ", "the plan has no phase \"bake\"",
	    "name a phase" },
	{ M("phases: ( { name = \"retire\"; gate = \"open\"; } );"),
	    "migarchd.conf:1: migrations[0].phases[0].gate: ", "must be one of \"auto\"", "" },
	{ M("steps: { url = \"http://h\"; secret_file = \"gone\"; };"),
	    "migarchd.conf:1: migrations[0].steps.secret_file: ", "No such file", "permissions" },
	{ FLAGS("method = \"DELETE\";"),
	    "migarchd.conf:1: migrations[0].flags.method: ", "must be one of \"POST\"", "" },
	{ FLAGS("body = \"{percent}\";"), "migarchd.conf:1: migrations[0].flags.body: ",
	    "{percent} is not known", "{percentage}" },
	{ FLAGS("secret = \"whsec_x\";"),
	    "migarchd.conf:1: migrations[0].flags.secret: ", "a secret must not", "secret_file" },
	{ "migrations: (\n{ " FILES
	  "\nmetrics: {\neror_rate = \"up\";\navailability = \"up\"; }; } );\n",
	    "migarchd.conf:4: migrations[0].metrics.eror_rate: ", "unknown key", "\"error_rate\"" },
	{ "migrations: ( { " FILES " metrics: { error_rate = \"sum(up\"; }; } );\n",
	    "migarchd.conf:1: migrations[0].metrics.error_rate: ", "unclosed (", "Prometheus" },
	{ "migrations: ( { " FILES " metrics: { cpu_utilization = \"up\"; }; } );\n",
	    "migarchd.conf:1: migrations[0].metrics: ", "no trigger that rolls back", "preset" },
	{ "migrations: ( { " FILES HTTP " }, { " FILES HTTP " } );\n",
	    "migarchd.conf:1: migrations[1]: ", "is given twice", "keep one" },
	{ "prometheus: {\npoll_interval = \"50s\"; };\ndefaults: { max_gap = \"45s\"; };\n" M(""),
	    "migarchd.conf:3: defaults.max_gap: ", "max_gap is shorter than two poll intervals",
	    "several" },
	{ "prometheus: { poll_interval = \"20s\";\nmax_sample_age = \"10s\"; };\n" M(""),
	    "migarchd.conf:2: prometheus.max_sample_age: ", "every sample would be stale",
	    "several" },
};

static bool
line_has(const char *text, const struct broken *row)
{
	const char *at = strstr(text, row->place);
	if (at == NULL)
		return false;
	size_t len = strcspn(at, "\n");
	char *line = strndup(at, len);
	bool found = strstr(line, row->phrase) != NULL && strstr(line, row->remedy) != NULL;
	free(line);
	return found;
}

static void
test_broken(void **state)
{
	size_t failures = 0;
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(broken); i++) {
		struct outcome outcome;
		read_text(&outcome, broken[i].text, strlen(broken[i].text));
		bool one = outcome.findings.errors == 1 || broken[i].phrase[0] == '\0';
		if (outcome.result != MIG_EDOC || !one || !line_has(outcome.text, &broken[i])) {
			print_error("%s => %d, %zu errors:\n%s\n", broken[i].text, outcome.result,
			    outcome.findings.errors, outcome.text);
			failures++;
		}
		release(&outcome);
	}
	assert_true(TEST_COUNT(broken) >= 40);
	assert_int_equal(failures, 0);
}

/* Faults inside of the documents are reported with their own file, line and pointer. */
static void
test_broken_documents(void **state)
{
	static const struct {
		const char *file, *from, *to, *place;
	} cases[] = {
		{ "plan.json", "\"complexity\": \"medium\"", "\"complexity\": \"hard\"",
		    "plan.json:6:17: /complexity: " },
		{ "plan.json", "\"duration_hours\": 0.5", "\"duration_hours\": -1",
		    "/spec/feature_flags/0/rollout_schedule/1/duration_hours: " },
		{ "runbook.json", "\"migration_id\": \"ab", "\"migration_id\": \"zz",
		    "runbook.json:3:19: /migration_id: the runbook belongs to \"zz12cd34ef56\"" },
		{ "runbook.json", "\"baseline_error_rate * 5\"", "\"error_rate\"",
		    "/metric_threshold/value" },
		{ "runbook.json", "\"rollback_phases\"", "\"rollback_fazes\"",
		    "did you mean \"rollback_phases\"?" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct outcome outcome;
		write_document(cases[i].file, cases[i].from, cases[i].to);
		read_text(&outcome, M(""), strlen(M("")));
		if (outcome.result != MIG_EDOC || strstr(outcome.text, cases[i].place) == NULL)
			fail_msg("%s => %d: %s", cases[i].to, outcome.result, outcome.text);
		release(&outcome);
		write_document(cases[i].file, NULL, NULL);
	}
}

static void
test_missing(void **state)
{
	const struct config_paths paths = { .state_dir = "/s", .runtime_dir = "/r" };
	struct config *config = NULL;
	struct mig_findings findings = { 0 };
	(void)state;
	assert_int_equal(
	    config_read(path_of("nothing.conf"), &paths, &config, &findings), MIG_ENOTFOUND);
	assert_int_equal(findings.errors, 1);
	assert_null(config);
	mig_findings_fini(&findings);
	config_free(NULL);
}

static void
test_all_faults_at_once(void **state)
{
	static const char text[] =
	    "state: { pth = 1; };\nprometheus: { url = 1;\n timeout = \"x\"; };\n"
	    "migrations: ( { plan = \"gone\"; runbook = \"gone2\"; "
	    "metrics: { preset = \"x\"; }; } );\n";
	struct outcome outcome;
	(void)state;
	read_text(&outcome, text, strlen(text));
	assert_int_equal(outcome.result, MIG_EDOC);
	assert_int_equal(outcome.findings.errors, 6);
	release(&outcome);
}

static void
test_defaults(void **state)
{
	struct outcome outcome;
	(void)state;
	read_text(&outcome, "", 0);
	assert_string_equal(outcome.text, "");
	assert_int_equal(outcome.result, 0);
	const struct config *config = outcome.config;
	assert_string_equal(config->state_path, "/state/state.db");
	assert_string_equal(config->socket_path, "/run/m/control.sock");
	assert_string_equal(config->socket_group, "migarch");
	assert_string_equal(config->listen, "127.0.0.1:9470");
	assert_string_equal(config->token_file, "");
	assert_string_equal(config->prometheus_url, "http://127.0.0.1:9090");
	assert_int_equal(config->poll_interval_ms, 15000);
	assert_int_equal(config->prometheus_timeout_ms, 5000);
	assert_null(config->bearer_token_file);
	assert_string_equal(config->defaults_json, "{}");
	assert_null(config->flags_json);
	assert_int_equal(config->notify_count + config->migration_count, 0);
	release(&outcome);
}

static void
test_good(void **state)
{
	static const char text[] =
	    "state: { path = \"/var/x.db\"; };\n"
	    "control: { listen = \"\"; socket = \"s.sock\"; };\n"
	    "prometheus: { poll_interval = 2; headers = ( \"X-A: b\" );"
	    " bearer_token_file = \"secret\"; };\n"
	    "defaults: { bake_time = \"2m\"; };\n"
	    "flags: { provider = \"webhook\"; url = \"http://h/{flag}\";"
	    " secret_file = \"secret\"; };\n"
	    "notify: ( { url = \"http://h/n\"; audiences = [ \"business\", \"technical\" ]; } );\n"
	    "migrations: ( { start = \"auto\"; preflight: { backtest = \"2d\"; }; " FILES HTTP
	    " } );\n";
	struct outcome outcome;
	(void)state;
	read_text(&outcome, text, strlen(text));
	assert_int_equal(outcome.findings.errors, 0);
	assert_int_equal(outcome.result, 0);
	const struct config *config = outcome.config;
	assert_string_equal(config->state_path, "/var/x.db");
	assert_string_equal(config->socket_path, "/run/m/s.sock");
	assert_string_equal(config->listen, "");
	assert_int_equal(config->prometheus_timeout_ms, 1800);
	assert_string_equal(config->headers[0], "X-A: b");
	assert_string_equal(config->bearer_token_file, path_of("secret"));
	assert_string_equal(config->defaults_json, "{\"poll_interval\":2,\"bake_time\":\"2m\"}");
	assert_non_null(strstr(config->flags_json, path_of("secret")));
	assert_int_equal(config->notify_count, 1);
	assert_int_equal(config->notify[0].audience_count, 2);
	assert_string_equal(config->notify[0].audiences[0], "business");
	assert_int_equal(config->notify[0].timeout_ms, 10000);
	assert_int_equal(config->migration_count, 1);
	assert_true(config->migrations[0].start_auto);
	assert_int_equal(config->migrations[0].preflight_ms, 2 * 24 * 60 * 60 * 1000);
	assert_non_null(strstr(config->migrations[0].where, "migarchd.conf:7"));
	assert_non_null(strstr(config->migrations[0].source, "\"bake_time\":\"2m\""));
	release(&outcome);
}

/* A timeout that nobody asked for is fitted silently, one that was given with a warning. */
static void
test_timeout(void **state)
{
	static const char given[] = "prometheus: { poll_interval = \"1s\"; timeout = \"1s\"; };\n";
	static const char silent[] = "prometheus: { poll_interval = \"1s\"; };\n";
	struct outcome outcome;
	(void)state;
	read_text(&outcome, silent, strlen(silent));
	assert_int_equal(outcome.result, 0);
	assert_string_equal(outcome.text, "");
	assert_int_equal(outcome.config->prometheus_timeout_ms, 900);
	release(&outcome);
	read_text(&outcome, given, strlen(given));
	assert_int_equal(outcome.result, 0);
	assert_non_null(strstr(outcome.text, "migarchd.conf:1: prometheus.timeout: warning: "));
	assert_int_equal(outcome.config->prometheus_timeout_ms, 900);
	release(&outcome);
}

static void
test_spec(void **state)
{
	static const char text[] = "migrations: ( { spec = \"spec.json\"; " HTTP " } );\n";
	struct outcome first;
	struct outcome second;
	(void)state;
	read_text(&first, text, strlen(text));
	if (first.result != 0)
		fail_msg("%s", first.text);
	assert_int_equal(first.config->migration_count, 1);
	read_text(&second, text, strlen(text));
	assert_string_equal(
	    first.config->migrations[0].source, second.config->migrations[0].source);
	release(&first);
	release(&second);

	write_document("spec.json", "\"type\": \"service\"", "\"type\": \"servize\"");
	read_text(&first, text, strlen(text));
	assert_int_equal(first.result, MIG_EDOC);
	assert_non_null(strstr(first.text, "spec.json:2:11: /type: "));
	release(&first);
	write_document("spec.json", NULL, NULL);
}

static void
test_binding_json(void **state)
{
	static const char *const cases[][2] = {
		{ "start = \"auto\"; metrics: { error_rate = \"up\"; };",
		    "{\"metrics\":{\"error_rate\":\"up\"},\"start\":\"auto\"}" },
		{ "# note\n { start = \"auto\"; }", "{\"start\":\"auto\"}" },
		{ " { \"start\" : \"auto\" }", " { \"start\" : \"auto\" }" },
		{ "", "{}" },
	};
	struct mig_findings findings = { 0 };
	char *json = NULL;
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		assert_int_equal(config_binding_json(cases[i][0], "b.conf", &json, &findings), 0);
		assert_string_equal(json, cases[i][1]);
		free(json);
	}
	assert_int_equal(findings.count, 0);
	assert_int_equal(
	    config_binding_json("{\n start = ;\n}", "b.conf", &json, &findings), MIG_EDOC);
	assert_string_equal(findings.items[0].file, "b.conf");
	assert_int_equal(findings.items[0].line, 2);
	assert_int_equal(config_binding_json("{ \"a\": }", "b.json", &json, &findings), MIG_EDOC);
	mig_findings_fini(&findings);
}

static void
test_source(void **state)
{
	static const char text[] =
	    "defaults: { bake_time = 60; };\nflags: { provider = \"embedded\"; };\n";
	struct mig_json_doc *plan = test_json("{\"p\":1}");
	struct mig_json_doc *runbook = test_json("{\"r\":1}");
	struct mig_findings findings = { 0 };
	struct outcome outcome;
	char *source = NULL;
	char wanted[512];
	(void)state;
	read_text(&outcome, text, strlen(text));
	assert_int_equal(outcome.result, 0);
	assert_int_equal(config_source(outcome.config, mig_json_root(plan), mig_json_root(runbook),
	                     "{\"steps\":{\"secret_file\":\"s\"}}", &source, &findings),
	    0);
	snprintf(wanted, sizeof(wanted),
	    "{\"plan\":{\"p\":1},\"runbook\":{\"r\":1},\"binding\":{\"steps\":{\"secret_file\":"
	    "\"%s/s\"}},\"defaults\":{\"bake_time\":60},\"flags\":{\"provider\":\"embedded\"}}",
	    folder);
	assert_string_equal(source, wanted);
	free(source);
	assert_int_equal(config_source(outcome.config, mig_json_root(plan), mig_json_root(runbook),
	                     NULL, &source, &findings),
	    0);
	assert_non_null(strstr(source, "\"binding\":{}"));
	free(source);
	assert_int_equal(config_source(outcome.config, mig_json_root(plan), mig_json_root(runbook),
	                     "[]", &source, &findings),
	    MIG_EDOC);
	assert_int_equal(findings.count, 0);
	release(&outcome);
	mig_json_free(plan);
	mig_json_free(runbook);
}

/* Over the API nobody names a file that is not the daemon's business. */
static void
test_source_files(void **state)
{
	static const struct {
		const char *path;
		bool good;
	} rows[] = {
		{ "s", true }, { "keys/s", true }, { "a..b/c..", true }, { "%s/s", true },
		{ "/run/credentials/migarchd/s", true }, { "/etc/shadow", false },
		{ "../s", false }, { "keys/../../s", false }, { "%s/../s", false },
		{ "keys/..", false }, { "%sx/s", false }, { "/run/credentials/migarchdx", false },
	};
	struct mig_json_doc *empty = test_json("{}");
	struct outcome outcome;
	(void)state;
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/migarchd", 1), 0);
	read_text(&outcome, "", 0);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		const char *rest = strncmp(rows[i].path, "%s", 2) == 0 ? rows[i].path + 2 : NULL;
		char binding[256];
		char *source = NULL;
		snprintf(binding, sizeof(binding), "{\"x\":[{\"ca_file\":\"%s%s\"}]}",
		    rest != NULL ? folder : "", rest != NULL ? rest : rows[i].path);
		int error = config_source(outcome.config, mig_json_root(empty),
		    mig_json_root(empty), binding, &source, &findings);
		assert_int_equal(error, rows[i].good ? 0 : MIG_EDOC);
		assert_int_equal(findings.errors, rows[i].good ? 0 : 1);
		if (!rows[i].good)
			assert_string_equal(findings.items[0].pointer, "/binding/x/0/ca_file");
		mig_findings_fini(&findings);
		free(source);
	}
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	release(&outcome);
	mig_json_free(empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_broken_documents),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_all_faults_at_once),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_binding_json),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_source_files),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder) != 0;
}
