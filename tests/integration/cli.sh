#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# migarch plan, runbook and advise as a user or a pipeline meets them: exit statuses, where the
# output goes, messages, and documents that are valid against the schemas.

set -u

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib_cli.sh"
SAMPLES=$SRC/tests/data/specs

spec=$SAMPLES/sample_service_migration.json

# Help and version, everywhere, on standard output.
for words in --help -h help "plan --help" "plan -h" "runbook --help" "advise --help" "lint --help"; do
	# shellcheck disable=SC2086 # the words are arguments
	run 0 $words
	says out Usage:
	[ ! -s err ] || fail "$words writes to stderr"
done
for words in --version -V "plan --version" "runbook -V"; do
	# shellcheck disable=SC2086
	run 0 $words
	grep -qE '^migarch [0-9]' out || fail "$words shows no version"
done
pass "help and version"

# Usage errors: 64, one line each and the usage.
run 64
run 64 plam
says err "did you mean plan?"
run 64 --frobnicate
run 64 plan
says err "--input is missing"
run 64 plan --config x
run 64 plan -i "$spec" -f xml
says err "unknown format"
run 64 plan -i "$spec" extra
run 64 plan -i
SOURCE_DATE_EPOCH=soon run 64 plan -i "$spec"
says err SOURCE_DATE_EPOCH
pass "usage errors"

# Input that is not there, or no good.
run 66 plan -i none.json
says err none.json
run 66 plan -i "$T"
run 66 runbook -i none.json
printf '{"type": "api",\n "source": "a" "target"}' >bad.json
run 65 plan -i bad.json
says err "migarch: bad.json:2:16:"
printf '{"type": "api", "source": "a", "type": "data", "target": "b"}' >bad.json
run 65 plan -i bad.json
printf '{"type": "api", "source": "a", "target": "b", "constraints": {"data_volume_gb": NaN}}' >bad.json
run 65 plan -i bad.json
printf '\357\273\277{"type": "api", "source": "a", "target": "b"}' >bad.json
run 65 plan -i bad.json
printf '{"type": "Api",\n "source": "",\n "target": "b",\n "constraints": {"data_volume_gb": -1}}' >bad.json
run 65 plan -i bad.json
says err 'migarch: bad.json:1:10: /type: "Api" is not one of the known names (did you mean "api"?)'
says err 'migarch: bad.json:2:12: /source: must not be empty'
says err 'migarch: bad.json:4:36: /constraints/data_volume_gb: must be at least 0, not -1'
[ "$(wc -l <err)" = 3 ] || fail "not one line for each fault"
[ ! -s out ] || fail "a refused specification left output"
run 65 runbook -i "$spec"
pass "bad input"

# --start: a timeline with the zones of the system.
run 0 plan -i "$SAMPLES/sample_infrastructure_migration.json" -f json --start 2026-12-01
[ "$(jq -r '.timeline.start' out)" = 2026-12-01T00:00:00Z ] || fail "the timeline begins at another time"
holds '[.timeline.phases[].phase] == [.phases[].name]' out || fail "the timeline has other phases"
holds '[.timeline.phases[] | select(.waits_for == "preferred_migration_window") |
	.start | test("T21:30:00Z$")] == [true]' out || fail "no phase begins at 22:30 in Paris"
cp out timed.json
run 0 runbook -i timed.json -f json
for time in 2026-13-01 tomorrow 2026-12-01T25:00:00Z 1970-01-01 ""; do
	run 64 plan -i "$spec" --start "$time"
	says err "--start is no time"
done
run 64 runbook -i timed.json --start 2026-12-01
sed 's,Europe/Paris,Europe/Nowhere,' "$SAMPLES/sample_infrastructure_migration.json" >nowhere.json
run 0 plan -i nowhere.json -f json
run 65 plan -i nowhere.json --start 2026-12-01
says err 'nowhere.json:33:19: /business_continuity/critical_business_hours/timezone: the time zone "Europe/Nowhere"'
[ ! -s out ] || fail "a refused start left output"
pass "--start"

# --validate: nothing is written, all faults are listed, warnings do not count.
run 0 plan -i "$spec" --validate -o never.json
says out "valid"
[ ! -e never.json ] || fail "--validate wrote a file"
run 0 plan --val -i "$SAMPLES/sample_bulk_copy_migration.json"
says err "warning: data_validation_failures is not among the critical metrics"
run 65 plan -i bad.json -n
[ "$(wc -l <err)" = 3 ] || fail "--validate does not list all faults"
pass "--validate"

# Standard output: JSON, then a blank line, a banner of three lines, the text.
run 0 plan -i "$spec"
awk '
	$0 == "}" { end = FNR }
	FNR == end + 1 && end && $0 != "" { print "no blank line"; bad = 1; exit }
	FNR == end + 2 && end && $0 !~ /^=+$/ { print "no banner"; bad = 1; exit }
	FNR == end + 4 && end && $0 !~ /^=+$/ { print "no end of the banner"; bad = 1; exit }
	END { exit bad || !end }' out || fail "plan on standard output"
says out "MIGRATION PHASES"
run 0 plan --form json --input="$spec"
cp out plan.json
[ ! -s err ] || fail "output that nobody asked for"
"$MIGARCH" plan -f json -i - <"$spec" >out || fail "standard input"
cmp -s out plan.json || fail "standard input gives another plan"
run 0 plan -f json -i "$spec" -o ""
cmp -s out plan.json || fail "an empty output path is not standard output"
run 0 plan -f json -i "$spec" -o -
cmp -s out plan.json || fail "- is not standard output"
run 0 plan -f text -i "$spec"
head -n 2 out | tail -n 1 | grep -qx "MIGRATION PLAN" || fail "text alone"
printf '{"type": "api", "source": "Caf\303\251", "target": "b"}' >cafe.json
run 0 plan -f text -i cafe.json
says out "$(printf 'Caf\303\251')"
run 0 plan -f markdown -i "$spec"
head -n 1 out | grep -qx "# MIGRATION PLAN" || fail "Markdown alone"
status=0
"$MIGARCH" plan -i "$spec" >/dev/full 2>err || status=$?
[ $status = 73 ] || fail "a full standard output gives $status"
pass "standard output"

# Files: JSON to the path, text beside it.
run 0 plan -i "$spec" -o a.json
[ -s a.json ] && [ -s a.txt ] || fail "a.json and a.txt are not both there"
cmp -s a.json plan.json || fail "the file differs from standard output"
says err "saved to a.json"
says err "saved to a.txt"
[ ! -s out ] || fail "a file was asked for, and standard output was written"
run 0 plan -i "$spec" -o plain
[ -s plain ] && [ -s plain.txt ] || fail "plain and plain.txt are not both there"
head -c 1 plain | grep -q '{' || fail "the text has overwritten the JSON"
run 0 plan -i "$spec" -o b.json.json
[ -s b.json.json ] && [ -s b.json.txt ] || fail "only the suffix is to be replaced"
run 0 plan -i "$spec" -f markdown -o c.json
[ -s c.md ] && [ ! -e c.json ] || fail "Markdown goes to c.md alone"
run 0 plan -i "$spec" -f text -o d.txt
[ -s d.txt ] && [ ! -e d.txt.txt ] || fail "text goes to d.txt alone"
run 0 plan -i "$spec" -f json -o e.json
[ -s e.json ] && [ ! -e e.txt ] || fail "JSON goes to e.json alone"
pass "files"

# What cannot be written leaves the old file alone and no other behind.
run 73 plan -i "$spec" -o no/such/folder/plan.json
says err no/such/folder
mkdir kept
echo old >kept/plan.json
run 65 plan -i bad.json -o kept/plan.json
[ "$(cat kept/plan.json)" = old ] || fail "a refused specification changed the output"
mkdir kept/dir.json
run 73 plan -i "$spec" -f json -o kept/dir.json
run 0 plan -i "$spec" -f json -o kept/plan.json
cmp -s kept/plan.json plan.json || fail "an existing file is not replaced"
[ "$(find kept -type f | wc -l)" = 1 ] || fail "temporary files were left"
pass "atomic output"

# Runbooks, and the same again: equal input gives equal bytes.
run 0 runbook -i plan.json -o r.json
[ -s r.json ] && [ -s r.txt ] || fail "r.json and r.txt are not both there"
cp r.json r1.json
run 0 runbook -i plan.json -f json
cmp -s out r1.json || fail "two runs differ"
run 0 runbook -i plan.json -f markdown
says out "## ESCALATION MATRIX"
run 0 runbook -i plan.json --validate
pass "runbook"

# Advice: text by default, 0 whatever is found, and the same bytes from wherever it is read.
run 0 advise -i "$spec"
says out "Recommended pattern: strangler_fig"
says out "+2: /constraints/max_downtime_minutes is 0: strangler_fig stops nothing"
says out "What to do: "
[ ! -s err ] || fail "advice nobody asked for on standard error"
cp out advice.txt
SOURCE_DATE_EPOCH=0 run 0 advise --input="$spec"
cmp -s out advice.txt || fail "advice depends on the time"
"$MIGARCH" advise -i - <"$spec" >out || fail "advice from standard input"
cmp -s out advice.txt || fail "standard input gives other advice"
run 0 advise -i "$spec" -o advice.out
cmp -s advice.out.txt advice.txt || fail "the file differs from standard output"
run 0 advise -i "$spec" -f markdown
says out "### 1. \\[medium\\] rushed_timeline"
run 0 advise -i "$spec" --validate
run 64 advise
run 64 advise -i "$spec" -f xml
run 65 advise -i bad.json
[ "$(wc -l <err)" = 3 ] || fail "advice does not list all faults"
[ ! -s out ] || fail "a refused specification left advice"
run 66 advise -i none.json
run 73 advise -i "$spec" -o no/such/folder/advice.txt
pass "advice"
# What differs between two plans: 0 none, 1 some, and specifications are planned first.
run 0 plan --diff plan.json "$spec"
says out "Differences: none"
run 0 plan --diff plan.json plan.json -f json
[ "$(cat out)" = "[]" ] || fail "equal plans make differences"
sed '0,/"duration_hours": 24/s//"duration_hours": 12/' "$spec" >changed.json
run 1 plan --diff "$spec" changed.json
says out "phase redirect, flag enable_new_user_service, step to 5 %, hold: 24 h"
[ ! -s err ] || fail "a difference is no message"
run 1 plan -f json --diff plan.json changed.json
says out '"pointer": "/spec/feature_flags/0/rollout_schedule/0/duration_hours"'
says out '"effect": "traffic"'
run 1 plan --diff -f markdown plan.json changed.json -o diff.json
says diff.md "## TRAFFIC"
[ ! -e diff.json ] && [ ! -s out ] || fail "Markdown goes to diff.md alone"
run 1 plan --diff -f both -o diff.json plan.json changed.json
[ -s diff.json ] && [ -s diff.txt ] || fail "diff.json and diff.txt are not both there"
run 64 plan --diff plan.json
run 64 plan --diff plan.json plan.json plan.json
run 64 plan --diff -n plan.json plan.json
run 64 runbook --diff plan.json plan.json
run 65 plan --diff plan.json bad.json
says err "bad.json:1:10: /type:"
run 65 plan --diff r1.json plan.json
run 66 plan --diff none.json plan.json
run 73 plan --diff plan.json changed.json -o no/such/diff.json
pass "plan --diff"
# lint: findings on standard output, the status says how bad the worst is.
run 64 lint
says err "nothing to check"
run 64 lint -i - --plan -
run 64 lint -i "$spec" -f xml
run 66 lint --plan none.json
printf '{"type": ' >cut.json
run 65 lint -i cut.json --plan plan.json
says err cut.json:1:
run 0 lint --rules
says out "damage_seen (warning)"
run 0 lint -i "$SAMPLES/sample_minimal_api_migration.json"
says out "0 errors, 0 warnings, 0 notes"
[ ! -s err ] || fail "lint writes to standard error"
run 1 lint -i "$spec" --plan plan.json --runbook r.json
says out "$spec:122:25: /feature_flags/0/rollout_schedule/0/percentage: warning: at 5 % a metric"
says out "[damage_seen]"
cp out lint.txt
run 1 lint -i "$spec" --plan plan.json --runbook r.json
cmp -s out lint.txt || fail "two runs of lint differ"
run 2 lint -i "$SAMPLES/sample_database_migration.json" --plan plan.json
says out "[plan_of_spec]"
run 2 lint -i bad.json
says out 'bad.json:1:10: /type: error: "Api" is not one of the known names (did you mean "api"?) [form]'
"$MIGARCH" plan -f json -i "$spec" | "$MIGARCH" lint -f json --plan - >out
says out '"file": "stdin"'
head -n 1 out | grep -qx '\[' || fail "lint -f json is no array"
status=0
"$MIGARCH" lint -i "$spec" >/dev/full 2>err || status=$?
[ $status = 73 ] || fail "a full standard output gives $status"
pass "lint"

# lint with a configuration: what migarchd would say, and what the queries can see.
site=$SRC/tests/data/daemon
cp "$site/plan.json" "$site/runbook.json" "$site/migarchd.conf" .
run 1 lint --plan plan.json --runbook runbook.json -c migarchd.conf
says out 'the trigger "memory_leak_detected" is not armed'
grep -q 'damage_seen' out && fail "a query over the new path alone is called blind"
[ "$(grep -c 'memory_leak_detected" is not armed' out)" = 1 ] || fail "a finding is told twice"
run 1 lint --plan plan.json --runbook runbook.json
says out damage_seen
run 2 lint --plan a.json --runbook runbook.json -c migarchd.conf
says out "[runbook_of_plan]"
says out "[config_has_plan]"
sed 's/preset = "http"/preset = "htpp"/' migarchd.conf >bad.conf
run 2 lint -c bad.conf
says out "[config_valid]"
says out "bad.conf:"
sed 's/baseline_window = "30s"/baseline_window = "10s"/; s/memory/x/' migarchd.conf >short.conf
run 1 lint -c short.conf
says out "[config_clean]"
echo 'migrations: (' >bad.conf
run 65 lint -c bad.conf
says err bad.conf
run 66 lint -c none.conf
pass "lint with a configuration"
# Values for placeholders.
run 0 plan -i "$spec" -f json -o plan.json
run 0 runbook -i plan.json -f json --set service_name=shop-2 --set flag_url=http://flags/{flag}
[ "$(grep -c "placeholders of the runbook have no value: " err)" = 1 ] || fail "what has no value is not said once"
says out "PUT http://flags/enable_new_user_service\\n"
run 64 runbook -i plan.json --set service_name
says err "--set takes NAME=VALUE"
run 64 plan -i "$spec" --set service_name=x
run 65 runbook -i plan.json --set service_nam=x
says err "did you mean service_name?"
run 65 runbook -i plan.json --set service_name=-x -o never.json
[ ! -e never.json ] || fail "a refused value left a runbook"
pass "values"

# No value becomes a command, wherever it stands: every script is run, with programs that do nothing.
mkdir idle
for name in psql pg_restore curl kubectl aws terraform dig systemctl socat cp; do
	printf '#!/bin/sh\nexit 0\n' >idle/$name
	chmod +x idle/$name
done
evil="x'\"\$(touch injected)\`touch injected\`;touch injected;#"
runs=0
for sample in "$SAMPLES"/sample_*.json; do
	run 0 plan -i "$sample" -f json -o p.json
	for means in "http http" "haproxy kubernetes" "aws systemd" "kubernetes http"; do
		means="--set router=${means% *} --set orchestrator=${means#* }"
		# shellcheck disable=SC2086 # these are four words
		run 0 runbook -i p.json -f json -o q.json $means
		values=()
		for name in $(jq -r '.unresolved[].placeholder' q.json); do
			value=$evil
			"$MIGARCH" runbook -i p.json -f json --set "$name=$evil" >out 2>err || value=x1
			values+=(--set "$name=$value")
		done
		# shellcheck disable=SC2086
		run 0 runbook -i p.json -f json -o q.json $means "${values[@]}"
		[ "$(jq '.unresolved | length' q.json)" = 0 ] || fail "$sample: something has no value still"
		while read -r script; do
			PATH=$PWD/idle:$PATH bash -c "$(base64 -d <<<"$script")" </dev/null >out 2>err
			[ ! -e injected ] || fail "a value became a command: $(base64 -d <<<"$script")"
			! grep -E "syntax error|unexpected EOF" err || fail "no script: $(base64 -d <<<"$script")"
			runs=$((runs + 1))
		done < <(jq -r '[.rollback_phases[].steps[] | (select(.script_type == "bash") | .script_content),
		    .validation_commands[]], .data_recovery_plan.recovery_scripts | unique[] | @base64' q.json)
	done
done
[ $runs -gt 100 ] || fail "only $runs scripts were run"
pass "no value becomes a command ($runs scripts)"

# Against the schemas.
python=/usr/bin/python3
$python -c 'import jsonschema' 2>/dev/null || fail "python3-jsonschema is missing (see scripts/install-deps)"
for sample in "$SAMPLES"/*.json; do
	run 0 plan -i "$sample" -f json --start 2026-12-01 -o p.json
	run 0 runbook -i p.json -f json -o q.json
	run 0 advise -i "$sample" -f json -o a.json
	$python - "$SRC/docs/schemas" "$sample" p.json q.json a.json 2>err <<'END' || fail "$sample"
import json, sys, warnings
warnings.simplefilter("ignore")
import jsonschema

folder = sys.argv[1]
spec, plan, runbook, advice = [json.load(open(path)) for path in sys.argv[2:]]
for name, document in ("migration-spec", spec), ("migration-spec", plan["spec"]), \
        ("migration-plan", plan), ("rollback-runbook", runbook), ("migration-advice", advice):
    schema = json.load(open("%s/%s.schema.json" % (folder, name)))
    # The validator cannot follow one URN from another; the part is checked on its own above.
    if name == "migration-plan":
        schema["properties"]["spec"] = {"type": "object"}
    del schema["$id"]
    faults = ["%s: %s" % (name, fault.message[:200])
              for fault in jsonschema.Draft202012Validator(schema).iter_errors(document)]
    if faults:
        sys.exit("\n".join(faults))
END
done
pass "schemas"

# Snapshots of databases: the reference's, and the one that has every key that is read and written.
$python - "$SRC/docs/schemas/database-schema.schema.json" "$SRC"/tests/data/check/*schema_*.json \
	"$SRC/tests/data/check/snapshot_full.json" 2>err <<'END' || fail "snapshots and their schema"
import json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
del schema["$id"]
validator = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    document = json.load(open(path))
    faults = ["%s: %s" % (path, fault.message[:200]) for fault in validator.iter_errors(document)]
    if faults:
        sys.exit("\n".join(faults))
document["tables"]["plain"]["columns"]["id"]["nulable"] = True
if validator.is_valid(document):
    sys.exit("an unknown key is valid")
END
pass "schema of snapshots"

# A simulation: what cannot be written, a worker that dies, and one whose parent does.
status=0
"$MIGARCH" simulate --seed 57 --trace >/dev/full 2>err || status=$?
[ "$status" = 73 ] || fail "a trace that cannot be written ends with $status"
run 64 simulate --trace -f json
says err "a trace is text"
# worker: the only child of $simulation
worker() {
	tr -d ' ' <"/proc/$simulation/task/$simulation/children"
}
# gone: whether $child has ended (nobody may be there to collect it)
gone() {
	! grep -q '^State:[[:space:]]*[^ZX]' "/proc/$child/status" 2>/dev/null
}
# works: whether $child is at a seed: it has worked for a tenth of a second (stat counts hundredths).
works() {
	[ -n "$child" ] && [ "$(cut -d ' ' -f 14 "/proc/$child/stat" 2>/dev/null || echo 0)" -ge 10 ]
}
# begin: a simulation that does not end by itself; $child is its worker.
begin() {
	"$MIGARCH" simulate --seeds 100000000 >out 2>err &
	simulation=$!
	for _ in $(seq 200); do
		child=$(worker)
		! works || return 0
		sleep 0.1
	done
	fail "no worker begins: $(cat err)"
}
if [ -r "/proc/$$/task/$$/children" ]; then
	begin
	kill -9 "$child"
	status=0
	wait "$simulation" || status=$?
	[ "$status" = 70 ] || fail "a worker that dies ends with $status"
	grep -qE 'died at seed ([0-9]+) \(see: migarch simulate --seed \1 --trace\)' err ||
		fail "it does not say at which seed: $(cat err)"
	begin
	kill "$simulation"
	{ wait "$simulation"; } 2>/dev/null
	for _ in $(seq 100); do
		! gone || break
		sleep 0.1
	done
	gone || { kill -9 "$child"; fail "a worker outlives its parent"; }
	pass "simulations that end otherwise"
else
	echo "# this kernel does not list children: workers that die are not tried"
fi
