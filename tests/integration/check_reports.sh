#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Every form of a compatibility report as the program that it is for reads it: JSON and SARIF by a validator and
# jq, JUnit by a parser of XML, SQL by a real PostgreSQL.  One comparison is plain, one is made of texts
# that try to break out, one is empty.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "${MIGARCH_SRCDIR:-.}/tests/integration/lib_db.sh"
WRITE=$BUILD/tests/integration/check_report
python=/usr/bin/python3

for kind in plain hostile empty; do
	for form in json text markdown sql sarif junit github; do
		"$WRITE" $kind $form >"$T/$kind.$form" || fail "$kind $form"
	done
done

# SARIF: what GitHub's upload insists on.
for kind in plain hostile empty; do
	holds '.version == "2.1.0" and (.runs | length) == 1 and
		(.runs[0].tool.driver.name | length) > 0 and
		([.runs[0].tool.driver.rules[].id] | . == (sort | unique)) and
		([.runs[0].results[] | .ruleId, .message.text, .partialFingerprints["migarch/v1"] | length > 0] | all) and
		([.runs[0].results[].level | IN("error", "warning", "note")] | all) and
		([.runs[0].results[].locations[].physicalLocation |
			.artifactLocation.uri != "" and .region.startLine >= 1] | all) and
		(.runs[0].tool.driver.rules as $rules |
			[.runs[0].results[] | $rules[.ruleIndex].id == .ruleId] | all)' \
	    "$T/$kind.sarif" || fail "$kind: the SARIF"
	jq -r '.runs[0].results[].locations[].physicalLocation.artifactLocation.uri' "$T/$kind.sarif" |
		LC_ALL=C grep -vE '^[A-Za-z0-9._~/%-]+$' && fail "$kind: not a URI"
done
pass "SARIF"

# JUnit: a parser takes it, and the numbers are those of the elements.
for kind in plain hostile empty; do
	$python - "$T/$kind.junit" <<'END' || fail "$kind: the JUnit"
import sys
import xml.etree.ElementTree as tree

root = tree.parse(sys.argv[1]).getroot()
suite = root.find('testsuite')
for element in root, suite:
    assert int(element.get('tests')) == len(root.findall('.//testcase')) > 0, element.attrib
    assert int(element.get('failures')) == len(root.findall('.//failure')), element.attrib
    assert int(element.get('skipped')) == len(root.findall('.//skipped')), element.attrib
END
done
$python -c 'import sys, xml.etree.ElementTree as tree
name = tree.parse(sys.argv[1]).find(".//testcase").get("name")
sys.exit(0 if "]]>k-->l%m" in name and "</failure>" in name else name)' "$T/hostile.junit" ||
	fail "a name does not come out of XML as it went in"
pass "JUnit"

# GitHub's runner ends a command's message at the line's end and decodes %25, %0D, %0A, %3A and %2C.
$python - "$T/hostile.github" <<'END' || fail "annotations"
import re
import sys
import urllib.parse

lines = open(sys.argv[1], encoding='utf-8').read().split('\n')[:-1]
assert len(lines) == 5, len(lines)
for line in lines:
    match = re.fullmatch(r'::(error|warning|notice) ((?:\w+=[^:,]*,?)*)::(.*)', line)
    assert match, line
    properties = dict(item.split('=', 1) for item in match[2].split(','))
    assert set(properties) == {'file', 'line', 'title'}, properties
    assert 'l%m%0An::o' in urllib.parse.unquote(properties['title']), properties
END
pass "annotations"

# JSON, against its schema.
$python -c 'import jsonschema' 2>/dev/null || fail "python3-jsonschema is missing (see scripts/install-deps)"
for kind in plain hostile empty; do
	$python - "$SRC/docs/schemas/compatibility-report.schema.json" "$T/$kind.json" <<'END' || fail "$kind: the JSON"
import json
import sys

import jsonschema

schema, report = [json.load(open(path, encoding='utf-8')) for path in sys.argv[1:]]
faults = ['%s: %s' % (list(fault.absolute_path), fault.message[:200])
          for fault in jsonschema.Draft202012Validator(schema).iter_errors(report)]
sys.exit('\n'.join(faults) if faults else 0)
END
done
pass "JSON"

# The files of a script that was made to be hostile run, stop, loop and refuse as they say.
start_postgres
createdb() {
	sql postgres -c "CREATE DATABASE $1" </dev/null || fail "CREATE DATABASE $1"
}
createdb one
"$WRITE" hostile up 1 >"$T/up.sql"
"$WRITE" hostile down 1 >"$T/down.sql"
sql one <<'END' || fail "rows"
CREATE TABLE t (x text);
INSERT INTO t SELECT NULL FROM generate_series(1, 100);
INSERT INTO t VALUES ('$guard$ $query$');
END
sql one -f "$T/up.sql" 2>"$T/err" </dev/null && fail "a script runs although rows are in the way"
grep -qF "rows are in the way: 1" "$T/err" || fail "not refused for the rows: $(cat "$T/err")"
[ "$(sql one -c 'SELECT count(*) FROM t WHERE x IS NULL' </dev/null)" = 100 ] || fail "something was changed"
sql one -c "DELETE FROM t WHERE x IS NOT NULL" </dev/null
sql one -f "$T/up.sql" </dev/null || fail "the script does not run"
[ "$(sql one -c "SELECT count(*) FROM t WHERE x = '\$loop\$ \$batch\$ \$batch1\$'" </dev/null)" = 100 ] ||
	fail "the loop did not change all rows"
sql one -f "$T/up.sql" </dev/null || fail "the script does not run twice"
sql one -f "$T/down.sql" 2>"$T/err" </dev/null && fail "an undo that cannot be done passes"
grep -qF "ERROR:  a\"b'c" "$T/err" || fail "the undo does not say why: $(cat "$T/err")"
pass "hostile SQL"

# Forward and back, and the stream in one go.
createdb two
sql two -c 'CREATE TABLE users (id int, email text)' </dev/null
for n in 1 2; do
	"$WRITE" plain up $n >"$T/$n.up.sql"
	"$WRITE" plain down $n >"$T/$n.down.sql"
	sql two -f "$T/$n.up.sql" </dev/null || fail "script $n"
done
[ "$(sql two -c "SELECT to_regclass('orders') IS NOT NULL" </dev/null)" = t ] || fail "the check does not hold"
sql two -f "$T/2.down.sql" 2>/dev/null </dev/null && fail "a lost column comes back"
sql two -f "$T/1.down.sql" </dev/null || fail "the undo"
sql two -c 'ALTER TABLE users ADD email text' </dev/null
sql two <"$T/plain.sql" || fail "the stream"
[ "$(sql two -c "SELECT to_regclass('orders') IS NOT NULL" </dev/null)" = t ] || fail "the stream undoes itself"
pass "SQL"
