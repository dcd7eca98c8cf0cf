#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# migarch check --scripts: our own scripts break none of the rules, and what the option takes, refuses and reports.
# (Each rule by itself is tests/unit/test_review.c.)

set -u

# shellcheck disable=SC2034 # for run()
COMMAND=check
. "${MIGARCH_SRCDIR:-.}/tests/integration/lib_cli.sh"
DATA=$SRC/tests/data/check

# found: the rules in out, with their lines.
found() {
	jq -r '[.issues[] | "\(.rule_id):\(.location.after.line)"] | join(" ")' out
}

# Hazards that a change can have by its nature; all else that a script of ours can have is advice.
cat >inherent <<'END'
script.not_transactional
script.rewrite
END

# An undo that gives a column back which must not be NULL has to fill it before others see it.
refill='^script\.unbatched_backfill [^ ]*_contract_drop_column_[^ ]*\.down\.sql:'

# own NAME DIALECT ARGUMENT...: the scripts for a change, up and down, must break no rule.
own() {
	local name=$1 dialect=$2
	shift 2
	"$MIGARCH" check "$@" --dialect "$dialect" --fail-on never -f sql -o "own.$name" >out 2>err </dev/null ||
		fail "no scripts of $name"
	run 0 --scripts "own.$name" --dialect "$dialect" --fail-on never -f json
	jq -r '.issues[] | select(.severity == "potentially_breaking" or .severity == "breaking") |
		"\(.rule_id) \(.location.after.file):\(.location.after.line) \(.description)"' out |
		grep -vFf inherent | grep -vE "$refill" >faults && fail "$name: $(head -20 faults)"
	# The same from one stream.
	"$MIGARCH" check "$@" --dialect "$dialect" --fail-on never -f sql </dev/null >"own.$name.sql" 2>err ||
		fail "no stream of $name"
	run 0 --scripts "own.$name.sql" --dialect "$dialect" --fail-on never -f json
	holds '[.issues[] | select(.severity == "breaking")] == []' out || fail "$name: a breaking stream"
}

count=0
for before in "$DATA"/realworld/*_before.sql; do
	name=$(basename "$before" _before.sql)
	own "$name" postgresql --before "$before" --after "$DATA/realworld/${name}_after.sql"
	own "$name.back" postgresql --before "$DATA/realworld/${name}_after.sql" --after "$before"
	count=$((count + 1))
done
[ "$count" -ge 12 ] || fail "only $count applications"
printf 'CREATE TABLE kept (id bigint);\n' >empty.sql
for name in blog rich; do
	own "$name" postgresql --before empty.sql --after "$DATA/$name.sql"
	own "$name.back" postgresql --before "$DATA/$name.sql" --after empty.sql
done
for name in database ledger; do
	# A snapshot of the reference's form names no schema, so its scripts cannot.
	cp inherent all
	echo script.unqualified >>inherent
	own "$name.json" postgresql --before "$DATA/${name}_schema_before.json" --after "$DATA/${name}_schema_after.json"
	mv all inherent
	own "$name.mysql" mysql --before "$DATA/${name}_schema_before.json" --after "$DATA/${name}_schema_after.json"
done
pass "our own scripts"

# A file, a directory, standard input, several of them.
mkdir db
printf 'SET lock_timeout = 1000; SET statement_timeout = 1000;\nALTER TABLE a.t ADD c int;\n' >db/V2__fine.sql
printf '\nALTER TABLE a.t ADD c int;\n' >db/V10__waits.sql
printf 'DROP TABLE a.t;\n' >db/V10__waits.undo.sql
printf 'BEGIN;\n' >db/.hidden.sql
printf 'BEGIN;\n' >db/notes.txt
run 0 --scripts db/V2__fine.sql -f json
holds '.issues == [] and .overall_compatibility == "fully_compatible" and .x_scripts == ["db/V2__fine.sql"]' out ||
	fail "not fine"
run 1 --scripts db/V10__waits.sql -f json
[ "$(found)" = "script.no_lock_timeout:2 script.no_statement_timeout:2" ] || fail "$(found)"
holds '.issues[0] | .type == "script_hazard" and .severity == "potentially_breaking" and .location.before == null and
	.location.after.file == "db/V10__waits.sql" and (.safe_alternative | length) > 10 and
	.lock == "ACCESS EXCLUSIVE" and .field_path == "scripts.db/V10__waits.sql.a.t" and
	.new_value == "ALTER TABLE a.t ADD c int"' out || fail "a finding: $(jq -c '.issues[0]' out)"
run 1 --scripts ./db/ -f json
[ "$(jq -r '[.issues[].location.after.file] | unique | join(" ")' out)" = \
    "db/V10__waits.sql db/V10__waits.undo.sql" ] || fail "the directory: $(found)"
run 1 --scripts db/V2__fine.sql --scripts db/V10__waits.sql -f json
holds '.x_scripts == ["db/V2__fine.sql", "db/V10__waits.sql"]' out || fail "two scripts"
"$MIGARCH" check --scripts - -f json <db/V10__waits.sql >out 2>err
[ $? = 1 ] || fail "standard input"
holds '.issues[0].location.after.file == "stdin"' out || fail "standard input has no name"
pass "inputs"

# Beside two versions: one report.
printf 'CREATE TABLE t (a int);\n' >one.sql
printf 'CREATE TABLE t (a int, b int);\n' >two.sql
run 1 --before one.sql --after two.sql --scripts db/V10__waits.sql -f json
[ "$(found)" = "column.added.nullable:1 script.no_lock_timeout:2 script.no_statement_timeout:2" ] || fail "$(found)"
run 0 --before one.sql --after two.sql --scripts db/V2__fine.sql -f text
says out "Scripts: db/V2__fine.sql"
says out "Before: one.sql"
pass "beside two versions"

# An error breaks, whatever the form; --fail-on, ignore file and baseline hold.
printf 'BEGIN;\nALTER TABLE a.t ADD c int;\n' >open.sql
run 2 --scripts open.sql -f json
holds '[.issues[] | select(.severity == "breaking") | .rule_id] == ["script.tx_nesting"]' out ||
	fail "$(found)"
run 2 --scripts open.sql --fail-on breaking -f json
run 0 --scripts open.sql --fail-on never -f json
run 0 --scripts db/V10__waits.sql --fail-on breaking -f json
run 2 --scripts open.sql -f text
says out "script.tx_nesting"
says out "Scripts: open.sql"
grep -q '^Before' out && fail "a version that is not there"
# shellcheck disable=SC2016 # a backquote is one
run 2 --scripts open.sql -f markdown && says out 'Scripts: `open.sql`'
run 2 --scripts open.sql -f sarif
holds '.runs[0].results[] | select(.ruleId == "script.tx_nesting") | .level == "error" and
	.locations[0].physicalLocation.artifactLocation.uri == "open.sql" and
	.locations[0].physicalLocation.region.startLine == 1' out || fail "no place in SARIF"
run 2 --scripts open.sql -f junit
says out 'name="script.tx_nesting scripts.open.sql"'
run 2 --scripts open.sql -f github
says out "::error file=open.sql,line=1,title=script.tx_nesting::"
run 2 --scripts open.sql
says out "COMPATIBILITY FOR PEOPLE"
cat >rules.json <<'END'
{ "ignore": [ { "rule": "script.tx_nesting", "path": "scripts.open.sql", "reason": "the tool commits" },
              { "type": "script_hazard", "reason": "a small table" } ] }
END
run 0 --scripts open.sql --ignore rules.json -f json
holds '.issues == [] and ([.x_ignored[].x_reason] | unique | length) == 2' out || fail "not ignored"
echo '{ "exclude": [ "scripts.db/*" ] }' >exclude.json
run 0 --scripts db --ignore exclude.json -f json
run 0 --scripts open.sql --write-baseline base.json -f json
run 0 --scripts open.sql --baseline base.json -f json
# A finding is the same when lines are put before it.
{ printf '\n-- a comment\n'; cat open.sql; } >longer.sql && mv longer.sql open.sql
run 0 --scripts open.sql --baseline base.json -f json
pass "verdicts"

# MySQL, by --dialect or by what it stands beside.
printf 'ALTER TABLE t ADD c int, ALGORITHM=COPY;\n' >copy.sql
run 65 --scripts copy.sql
says err "copy.sql:1:"
run 1 --scripts copy.sql --dialect mysql -f json
[ "$(found)" = "script.algorithm_copy:1 script.metadata_lock:1" ] || fail "$(found)"
old=$DATA/ledger_schema_before.json
run 1 --before "$old" --after "$old" --dialect mysql --scripts copy.sql -f json
[ "$(found)" = "script.algorithm_copy:1 script.metadata_lock:1" ] || fail "$(found)"
pass "MySQL"

# What cannot be read: each in one line with its place, and the others are looked at.
printf 'SELECT 1;\nCREATE TABLE (;\n' >db/V3__bad.sql
printf 'SELECT 1;\n\n  FROM;\n' >db/V4__bad.sql
run 65 --scripts db
grep -qE '^migarch: db/V3__bad.sql:2:14: syntax error' err || fail "no place"
grep -qE '^migarch: db/V4__bad.sql:3:3: syntax error' err || fail "only the first"
[ "$(wc -l <err)" = 2 ] && [ ! -s out ] || fail "not two lines"
printf 'SELECT \377;\n' >bytes.sql
run 65 --scripts bytes.sql
says err "bytes.sql: the file is not a text in UTF-8"
python3 -c 'print("SELECT " + "(" * 5000 + "1" + ")" * 5000 + ";")' >deep.sql
run 65 --scripts deep.sql
says err "deep.sql:1:1: this statement is nested deeper than 1000 brackets or operators"
truncate -s 257M large.sql
run 65 --scripts large.sql
rm large.sql
run 66 --scripts none.sql
says err "none.sql: No such file"
mkdir bare
run 65 --scripts bare
: >nothing.sql
run 0 --scripts nothing.sql -f json
python3 -c 'print("INSERT INTO a.t VALUES " + ",".join("(%d)" % i for i in range(1000000)) + ";")' >data.sql
run 0 --scripts data.sql -f json
rm data.sql
pass "what cannot be read"

# Usage.
run 64 --scripts
run 64 --scripts ''
run 64 --scripts open.sql --before one.sql
says err "--after is missing"
run 64 --scripts open.sql --rename a.b=c
run 64 --scripts open.sql -f sql
says err "-f sql is for two versions"
run 64 --scripts open.sql --type api
run 64 --scripts - --scripts -
says err "standard input can be one of the inputs only"
run 64 --before - --after two.sql --scripts -
printf 'type Query { a: Int }\n' >api.graphql
run 64 --before api.graphql --after api.graphql --scripts open.sql
says err "--scripts are for databases"
pass "usage"

# The report is still valid.
python=/usr/bin/python3
$python -c 'import jsonschema' 2>/dev/null || fail "python3-jsonschema is missing (see scripts/install-deps)"
run 2 --scripts open.sql -f json
$python - "$SRC/docs/schemas/compatibility-report.schema.json" out <<'END' 2>err || fail "the report is not valid"
import json
import sys

import jsonschema

schema, report = (json.load(open(path, encoding='utf-8')) for path in sys.argv[1:])
faults = [fault.message[:200] for fault in jsonschema.Draft202012Validator(schema).iter_errors(report)]
sys.exit('\n'.join(faults) if faults else 0)
END
pass "schema"
