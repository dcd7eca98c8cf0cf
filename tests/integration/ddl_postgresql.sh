#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# DDL as people write it, what pg_dump makes of the database that it gives, and that database itself are one and
# the same schema: migarch check finds no difference between any two of them.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "$MIGARCH_SRCDIR/tests/integration/lib_db.sh"

migarch=$MIGARCH_BUILDDIR/migarch

# same BEFORE AFTER: no difference.
same() {
	"$migarch" check --type database -f json --before "$1" --after "$2" >"$T/report.json" 2>"$T/err" ||
		fail "$1 against $2: $(cat "$T/err" "$T/report.json")"
	python3 -c '
import json, sys
issues = json.load(open(sys.argv[1]))["issues"]
for issue in issues:
    print(issue["field_path"], issue["description"], file=sys.stderr)
sys.exit(len(issues) > 0)' "$T/report.json" 2>"$T/err" || fail "$1 against $2: $(cat "$T/err")"
}

start_postgres

for name in rich blog; do
	hand=$MIGARCH_SRCDIR/tests/data/check/$name.sql
	sql postgres <<-END
		CREATE DATABASE $name;
	END
	sql "$name" <"$hand" >"$T/load.log" 2>&1 || fail "$name: $(cat "$T/load.log")"
	"$PGBIN/pg_dump" --schema-only -d "$name" >"$T/$name.sql" || fail "pg_dump $name"
	url="postgresql://migarch@/$name?host=$T/pg"
	same "$hand" "$T/$name.sql"
	same "$T/$name.sql" "$url"
	same "$url" "$hand"
done

# It would find one.
sql blog <<'END'
ALTER TABLE tags ALTER name SET NOT NULL;
END
(same "$MIGARCH_SRCDIR/tests/data/check/blog.sql" "postgresql://migarch@/blog?host=$T/pg") >/dev/null 2>&1 &&
	fail "a column that is not nullable any more is not seen"

echo "DDL, pg_dump and server agree"
