#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# migarch plan and migarch runbook as a user or a pipeline meets them: exit statuses, where the
# output goes, messages, and documents that are valid against the schemas.

set -u

SRC=$(cd "${MIGARCH_SRCDIR:-.}" && pwd)
MIGARCH=$(cd "${MIGARCH_BUILDDIR:-.}" && pwd)/migarch
SAMPLES=$SRC/tests/data/specs
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
export SOURCE_DATE_EPOCH=1768469400
LC_ALL=C
export LC_ALL

fail() {
	echo "FAIL: $*" >&2
	[ -s err ] && sed 's/^/  stderr: /' err >&2
	exit 1
}

pass() {
	echo "ok: $*"
}

# run STATUS ARGUMENT...: migarch must end with that status; stdout and stderr go to out and err.
run() {
	local wanted=$1 status=0
	shift
	"$MIGARCH" "$@" >out 2>err || status=$?
	[ "$status" = "$wanted" ] || fail "migarch $*: status $status, wanted $wanted"
}

# says FILE TEXT: the file has the text somewhere.
says() {
	grep -qF -- "$2" "$1" || fail "$1 does not say: $2"
}

spec=$SAMPLES/sample_service_migration.json

# Help and version, everywhere, on standard output.
for words in --help -h help "plan --help" "plan -h" "runbook --help"; do
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
	FNR == end + 1 && end && $0 != "" { print "no blank line"; exit 1 }
	FNR == end + 2 && end && $0 !~ /^=+$/ { print "no banner"; exit 1 }
	FNR == end + 4 && end && $0 !~ /^=+$/ { print "no end of the banner"; exit 1 }
	END { exit !end }' out || fail "plan on standard output"
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

# Values for placeholders.
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
for sample in "$SAMPLES"/*.json; do
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

# Against the schemas, where the validator is installed.
python=/usr/bin/python3
if ! $python -c 'import jsonschema' 2>/dev/null; then
	echo "note: python3-jsonschema is not installed, schemas are not checked"
	exit 0
fi
for sample in "$SAMPLES"/*.json; do
	run 0 plan -i "$sample" -f json -o p.json
	run 0 runbook -i p.json -f json -o q.json
	$python - "$SRC/docs/schemas" "$sample" p.json q.json 2>err <<'END' || fail "$sample"
import json, sys, warnings
warnings.simplefilter("ignore")
import jsonschema

folder = sys.argv[1]
spec, plan, runbook = [json.load(open(path)) for path in sys.argv[2:]]
for name, document in ("migration-spec", spec), ("migration-spec", plan["spec"]), \
        ("migration-plan", plan), ("rollback-runbook", runbook):
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
