#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# migarch check as a user or a pipeline meets it: exit statuses, inputs of every kind and what is refused, where
# output goes, ignore file and baseline.  (check.sh is migarchd --check, check_reports.sh looks at the forms.)

set -u

# shellcheck disable=SC2034 # for run()
COMMAND=check
. "${MIGARCH_SRCDIR:-.}/tests/integration/lib_cli.sh"
DATA=$SRC/tests/data/check

# pair STATUS ARGUMENT...: of old and new.
pair() {
	local wanted=$1
	shift
	run "$wanted" --before "$old" --after "$new" "$@"
}

says_not() {
	! grep -qF -- "$2" "$1" || fail "$1 says: $2"
}

# Usage.
old=$DATA/ledger_schema_before.json
new=$DATA/ledger_schema_after.json
run 64
run 64 --before "$old"
says err "--after is missing"
run 64 --after "$old"
says err "--before is missing"
pair 64 extra
pair 64 -f pdf
says err 'unknown format "pdf"'
pair 64 -f jsno
says err 'did you mean json?'
pair 64 --type databse
says err 'did you mean database?'
pair 64 --dialect oracle
pair 64 --view all
pair 64 --fail-on always
pair 64 --rename users.email
says err "--rename takes"
pair 64 --rename =x
pair 64 --config x
run 64 --before - --after -
says err "standard input can be one of the sides only"
SOURCE_DATE_EPOCH=soon pair 64
run 0 --help
says out "--write-baseline"
pass "usage"

# Verdicts, and what --fail-on makes of them.
pair 2 -f json
holds '.overall_compatibility == "breaking_changes" and .breaking_changes_count > 0' out ||
	fail "not breaking"
cp out ledger.json
pair 2 --fail-on breaking -f json
pair 0 --fail-on never -f json
cmp -s out ledger.json || fail "--fail-on changes the report"
run 0 --before "$old" --after "$old" -f json
holds '.overall_compatibility == "fully_compatible" and .issues == [] and .migration_scripts == [] and
	(.recommendations | length) == 2' out || fail "a schema differs from itself"
jq '(.tables[].columns[] | select(.type == "int" or .type == "INT")).type = "smallint"' "$old" >narrow.json
run 1 --before "$old" --after narrow.json -f json
run 0 --before "$old" --after narrow.json -f json --fail-on breaking
[ "$(jq -r .overall_compatibility out)" = potentially_incompatible ] || fail "--fail-on changes the verdict"
pass "verdicts"

# The same bytes each time, and the same issues whatever the order of keys in an object; but columns have one.
pair 2 -f json
cmp -s out ledger.json || fail "two runs differ"
jq 'def turn: if type == "object" then to_entries | reverse | map(if .key == "columns" and (.value | type) == "object"
	then .value |= map_values(turn) else .value |= turn end) | from_entries
	elif type == "array" then map(turn) else . end; turn' "$new" >turned.json
run 2 --before "$old" --after turned.json -f json
diff <(jq -S '[.issues[] | del(.location)] | sort_by(.field_path, .rule_id)' out) \
    <(jq -S '[.issues[] | del(.location)] | sort_by(.field_path, .rule_id)' ledger.json) >difference ||
	fail "the order of keys matters: $(head -20 difference)"
pass "determinism"

# Where output goes.
pair 2
says out "COMPATIBILITY FOR PEOPLE"
says out "BREAKING ISSUES"
pair 2 -o r.json
[ -s r.json ] && [ -s r.txt ] && [ ! -s out ] || fail "both: not two files"
jq . r.json >/dev/null || fail "r.json is no JSON"
pair 2 -f markdown -o r.json
[ -s r.md ] || fail "no r.md"
for form in sarif junit github; do
	pair 2 -f $form -o "r.$form"
	[ -s "r.$form" ] && [ ! -s out ] || fail "no r.$form"
	pair 2 -f $form
	cmp -s out "r.$form" || fail "$form differs between file and standard output"
done
pair 73 -f json -o none/r.json
pair 73 -f sarif -o none/r.sarif
pair 73 -f sql -o none/sql
pass "outputs"

# Scripts in files: named so that they sort as they run, two for each, and all in the manifest.
pair 2 -f sql -o sql
(cd sql && ls -1) >files
jq -r '.scripts[] | .up_file, .down_file' sql/manifest.json | LC_ALL=C sort >listed
grep -v '^manifest.json$' files | diff - listed || fail "manifest and files differ"
[ "$(jq '.scripts | length' sql/manifest.json)" = "$(jq '.migration_scripts | length' ledger.json)" ] ||
	fail "not all scripts are there"
grep -vE '^([0-9]{3}_(expand|migrate|contract)_[a-z0-9_]+\.(up|down)\.sql|manifest\.json)$' files &&
	fail "names that are none"
pair 73 -f sql -o sql
says err "the directory is not empty"
mkdir empty
pair 2 -f sql -o empty
diff -r sql empty || fail "two runs write different scripts"
pair 2 -f sql
grep -q '^-- The way back' out || fail "no way back in the stream"
pass "scripts"

# Standard input, either side.
"$MIGARCH" check --before - --after "$new" -f json <"$old" >out 2>err
[ $? = 2 ] || fail "stdin as --before"
"$MIGARCH" check --before "$old" --after - -f json <"$new" >out 2>err
[ $? = 2 ] || fail "stdin as --after"
holds '[.issues[].location.after // empty | .file] | unique == ["stdin"]' out || fail "a place"
pass "standard input"

# Inputs that are not there or cannot be read.
run 66 --before none.json --after "$new"
says err "none.json: No such file"
run 66 --before "$old" --after none/
run 66 --before "" --after "$new"
mkdir bare
run 65 --before "$old" --after bare
says err "bare: the directory has no migration files (*.sql) (sub-directories are not looked into)"
truncate -s 1G big.json
run 65 --before big.json --after "$new"
says err "big.json: longer than 268435456 bytes"
[ "$(wc -l <err)" = 1 ] || fail "more than one line for a large file"
rm big.json
printf x >denied.json
chmod 0 denied.json
[ -r denied.json ] || run 66 --before denied.json --after "$new"
run 66 --before "$old" --after "$new" --ignore none.json
run 66 --before "$old" --after "$new" --baseline none.json
pass "missing input"

# What a document is follows from its text, and a mix is refused.
cat >api.json <<'END'
{ "openapi": "3.0.3", "info": { "title": "t", "version": "1" },
  "paths": { "/a": { "get": { "responses": { "200": { "description": "ok" } } } } } }
END
cat >api.yaml <<'END'
openapi: 3.0.3
info: { title: t, version: "1" }
paths:
  /a:
    get:
      responses:
        "200": { description: ok }
END
printf 'type Query { a: Int }\n' >api.graphql
printf 'CREATE TABLE t (a int);\n' >t.sql
cp api.json named.sql
cp t.sql named.json
run 0 --before api.json --after api.json -f json
run 0 --before api.json --after api.yaml -f json
run 0 --before api.json --after named.sql -f json
run 0 --before api.graphql --after api.graphql -f json
run 0 --before t.sql --after named.json -f json
run 0 --before api.json --after api.json --type api -f json
run 0 --before t.sql --after t.sql --type database -f json
for two in "api.json t.sql" "t.sql api.yaml" "api.json api.graphql" "api.graphql $old"; do
	# shellcheck disable=SC2086 # two words
	set -- $two
	run 65 --before "$1" --after "$2"
	says err "compare two versions of the same thing"
done
run 65 --before "$old" --after "$new" --type api
says err "this is a database schema, and an interface is wanted"
run 65 --before api.json --after api.json --type database
says err "this is an OpenAPI document, and a database schema is wanted"
run 65 --before api.graphql --after api.graphql --type database
run 64 --before api.json --after api.json --rename a.b=c
run 64 --before api.json --after api.json -f sql
run 65 --before t.sql --after t.sql --dialect mysql
says err "SQL is read in PostgreSQL's dialect only"
says err "migarch snapshot URL"
run 65 --before t.sql --after t.sql --rename no.such=thing
pass "kinds"

# refused TEXT: as either side, 65 and one line at least.
refused() {
	printf '%b' "$1" >bad
	run 65 --before bad --after "${2:-$new}"
	[ -s err ] && [ ! -s out ] || fail "no message for: $1"
	run 65 --before "${2:-$new}" --after bad
}

# The rows of FORMATS 9 that are about databases.
refused '{"tables": null}'
refused '{"tables": []}'
refused '{"tables": {"t": null}}'
refused '{"tables": {"t": []}}'
refused '{"tables": {"t": {"columns": []}}}'
refused '{"tables": {"t": {"columns": {"c": "int"}}}}'
refused '{"tables": {"t": {"columns": {"c": {"type": null}}}}}'
refused '{"tables": {"t": {"columns": {"c": {"type": 1}}}}}'
refused '{"tables": {"t": {"columns": {"c": {"type": "varchar", "length": "50"}}}}}'
refused '{"tables": {"t": {"columns": {"c": {"type": "int", "nullable": "false"}}}}}'
refused '{"tables": {"t": {"columns": {"c": {"type": "int"}}}}, "tables": {}}'
refused '{"tables": {}}\n{}'
refused '{"tables": {},}'
refused '\357\273\277{"tables": {}}'
refused '{"tables": NaN}'
refused '{"a": 1}'
says err 'neither a database schema nor an interface (a snapshot has "tables", an OpenAPI document has "paths")'
refused '[]'
refused '{"a": }'
says err "bad:1:7:"
refused ''
says err "there is nothing in it"
refused '<html></html>'
says err "neither SQL, JSON, YAML nor GraphQL"
refused 'tables:\n  t: {}\n'
says err "a snapshot of a database has to be JSON"
refused 'a: 1\n'
refused 'CREATE TABLE (;\n'
python3 -c 'print("{\"tables\": " + "[" * 100000)' >deep.json
run 65 --before deep.json --after "$new"
python3 -c 'print("[" * 100000)' >deep.json
run 65 --before deep.json --after "$new"
python3 -c 'print("{\"tables\": {\"t\": {\"columns\": {\"c\": {\"type\": \"x\", \"length\": " + "9" * 5000 + "}}}}}")' >long.json
run 65 --before long.json --after "$new"
pass "bad databases"

# And those that are about interfaces.
refused '{"openapi": "3.0.3", "paths": null}' api.json
refused '{"openapi": "3.0.3", "paths": []}' api.json
refused '{"paths": {}, "openapi": 3}' api.json
refused '{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {"M": {"type": "object", "properties": {"p": "text"}}}}}' api.json
refused '{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {"M": {"type": "object", "properties": {"p": {"type": "string", "required": true}}}}}}' api.json
refused 'type Query {' api.graphql
pass "bad interfaces"

# A directory of migrations: numbers count as numbers, ways back and other files are left out.
mkdir flyway dbmate
printf 'CREATE TABLE a (x int);\n' >flyway/V1__a.sql
printf 'ALTER TABLE a ADD y int;\n' >flyway/V2__y.sql
printf 'ALTER TABLE a RENAME y TO z;\n' >flyway/V10__z.sql
printf 'DROP TABLE a;\n' >flyway/U10__z.sql
printf 'DROP TABLE a;\n' >flyway/V10__z.undo.sql
printf 'DROP TABLE a;\n' >flyway/.x.sql
printf 'no SQL\n' >flyway/README
mkdir flyway/sub.sql
printf -- '-- migrate:up\nCREATE TABLE a (x int, z int);\n-- migrate:down\nDROP TABLE a;\n' >dbmate/20260101000000_a.sql
run 0 --before flyway --after dbmate -f json
holds '.issues == [] and .schema_before == "V1__a.sql\nV2__y.sql\nV10__z.sql\n"' out ||
	fail "the directories differ: $(jq -c '[.issues[].field_path]' out)"
printf 'ALTER TABLE a DROP COLUMN z;\n' >flyway/V11__drop.sql
run 2 --before dbmate --after flyway/ -f json
holds '.issues[] | select(.type == "column_removed") | .location.before.file == "dbmate/20260101000000_a.sql" and
	.location.before.line == 2' out || fail "no place in a migration file"
printf 'CREATE TABLE (;\n' >flyway/V12__bad.sql
run 65 --before dbmate --after flyway -f json
says err "flyway/V12__bad.sql:1:"
pass "directories"

# A rename is one thing when it is told, two when it is not.
printf 'CREATE TABLE t (a int, b text);\n' >one.sql
printf 'CREATE TABLE t (a int, c text);\n' >two.sql
old=one.sql new=two.sql
pair 2 -f json
holds '[.issues[].type] | index("column_removed") != null' out || fail "no column is gone"
pair 2 -f json --rename t.b=c
holds '[.issues[].rule_id] == ["column.renamed"]' out || fail "the rename is not taken"
pass "renames"

# The ignore file: by itself and by name, with reasons, for a time.
printf 'DROP TABLE t; CREATE TABLE t (a int); CREATE TABLE schema_migrations (v text);' >>two.sql
pair 2 -f json
before=$(jq '.issues | length' out)
cat >.migarch-check.json <<'END'
{ "ignore": [ { "type": "column_removed", "path": "tables.t.columns.*", "reason": "nobody reads b" } ],
  "exclude": [ "tables.schema_migrations" ] }
END
pair 0 -f json
holds '.breaking_changes_count == 0 and .overall_compatibility != "breaking_changes" and
	.x_ignored[0].type == "column_removed" and .x_ignored[0].x_reason == "nobody reads b" and
	([.issues[].field_path, .migration_scripts[].script_content] | map(contains("schema_migrations")) | any | not)' \
    out || fail "not ignored: $(cat out)"
[ "$(jq '(.issues | length) < '"$before" out)" = true ] || fail "nothing is left out"
pair 0 -f text
says out "IGNORED ISSUES"
says out "nobody reads b"
pair 0 -f sarif
holds '.runs[0].results[] | select(.suppressions) | .suppressions[0].justification == "nobody reads b"' out ||
	fail "not suppressed in SARIF"
pair 0 -f junit
says out "<skipped message=\"nobody reads b\"/>"
pair 0 -f github
says_not out "::error"
mv .migarch-check.json rules.json
pair 2 -f json
pair 0 -f json --ignore rules.json
jq '.ignore[0].expires = "2026-01-14"' rules.json >expired.json
pair 2 -f json --ignore expired.json
says err "expired.json: /ignore/0: warning: expired on 2026-01-14"
jq '.ignore[0].expires = "2026-01-15"' rules.json >today.json
pair 0 -f json --ignore today.json
jq '.ignore[0].path = "tables.x"' rules.json >unused.json
pair 2 -f json --ignore unused.json
says err "unused.json: /ignore/0: note: names no change"
jq '.ignore[0].why = .ignore[0].reason' rules.json >unknown.json
pair 65 -f json --ignore unknown.json
grep -qE 'unknown.json:[0-9]+:[0-9]+: /ignore/0/why: ' err || fail "an unknown key is not shown"
jq 'del(.ignore[0].reason)' rules.json >silent.json
pair 65 -f json --ignore silent.json
says err 'the key "reason" is missing'
jq '.ignore[0].severity = "potentially_breaking"' rules.json >lower.json
pair 1 -f json --ignore lower.json
pass "ignore file"

# The baseline: what is in it is known, what is new is not.
pair 0 -f json --write-baseline base.json
holds '.breaking_changes_count > 0' out || fail "writing a baseline changes the report"
pair 0 -f json --baseline base.json
holds '.issues == [] and .x_known == '"$(jq '.known | length' base.json)" out || fail "nothing is known"
printf 'CREATE TABLE t (b int);\n' >three.sql
run 2 --before one.sql --after three.sql -f json --baseline base.json
run 73 --before one.sql --after two.sql -f json --write-baseline none/base.json
printf '{"known": [{"fingerprint": "x"}]}' >broken.json
pair 65 --baseline broken.json
says err "broken.json:1:28: /known/0/fingerprint:"
pass "baseline"

# All that is written is valid against our schemas.
python=/usr/bin/python3
$python -c 'import jsonschema' 2>/dev/null || fail "python3-jsonschema is missing (see scripts/install-deps)"
cat >valid.py <<'END'
import json
import sys

import jsonschema


def valid(schema, document):
    schema = json.load(open('%s/%s.schema.json' % (sys.argv[1], schema), encoding='utf-8'))
    document = json.load(open(document, encoding='utf-8'))
    return [fault.message[:200] for fault in jsonschema.Draft202012Validator(schema).iter_errors(document)]


faults = valid(sys.argv[2], sys.argv[3])
sys.exit('\n'.join(faults) if faults else 0)
END
for name in database ledger; do
	for turn in "before after" "after before"; do
		# shellcheck disable=SC2086
		set -- $turn
		"$MIGARCH" check --before "$DATA/${name}_schema_$1.json" --after "$DATA/${name}_schema_$2.json" \
		    -f json >out 2>err
		$python valid.py "$SRC/docs/schemas" compatibility-report out 2>err || fail "$name: $turn"
	done
done
pair 0 --ignore rules.json -f json
$python valid.py "$SRC/docs/schemas" compatibility-report out 2>err || fail "a report with ignored issues"
for file in rules expired today lower; do
	$python valid.py "$SRC/docs/schemas" check-ignore $file.json 2>err || fail "$file.json"
done
for file in unknown silent; do
	$python valid.py "$SRC/docs/schemas" check-ignore $file.json 2>err && fail "$file.json is valid"
done
$python valid.py "$SRC/docs/schemas" check-baseline base.json 2>err || fail "base.json"
$python valid.py "$SRC/docs/schemas" check-baseline broken.json 2>err && fail "broken.json is valid"
pass "schemas"
