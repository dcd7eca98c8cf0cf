#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Schemas of a real PostgreSQL and a real MariaDB as documents: what was created is in them, the same for two
# databases, for a user who may do nothing, and without a trace in the database; what can go wrong is one line
# without the password.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "$SRC/tests/integration/lib_db.sh"

DATA=$SRC/tests/data/live
export PGOPTIONS='--client-min-messages=warning'

# snapshot STATUS ARGUMENT...: with that exit status; the document is left in $T/out, messages in $T/err.
snapshot() {
	local status=$1
	shift
	ends_with "$status" "$MIGARCH" snapshot "$@"
}

# says WHAT STATUS PATTERN ARGUMENT...: it fails with one line that fits, and without anything of the password.
says() {
	local what=$1 status=$2 pattern=$3
	shift 3
	snapshot "$status" "$@"
	[ ! -s "$T/out" ] || fail "$what: a document was written"
	[ "$(wc -l <"$T/err")" = 1 ] || fail "$what: not one line: $(cat "$T/err")"
	grep -Eq "$pattern" "$T/err" || fail "$what: no \"$pattern\" in: $(cat "$T/err")"
	! grep -Eqi 's3cr|hunter' "$T/err" || fail "$what: the password in: $(cat "$T/err")"
	pass "$what: $(cut -c 1-120 "$T/err")"
}

# Reads assertions "title: jq condition" from standard input, and tries them on a document.
assert_all() {
	local line count=0
	while read -r line; do
		[ -n "$line" ] || continue
		jq -en "input | (${line#*: })" "$1" >/dev/null || fail "not so in ${1##*/}: $line"
		count=$((count + 1))
	done
	pass "$count statements about ${1##*/} hold"
}

# next_xid: the number that the next transaction that writes something will get.
next_xid() {
	sql postgres -c 'SELECT pg_snapshot_xmax(pg_current_snapshot())'
}

pg_rich() {
	sql postgres -c "CREATE DATABASE $1"
	sql "$1" -f "$DATA/rich.sql" 2>"$T/psql.log" || fail "the schema of $1: $(cat "$T/psql.log")"
}

start_postgres -c listen_addresses=127.0.0.1 -c port="${PG_PORT:=$(free_port)}" -c wal_level=logical \
    -c autovacuum=off -c "log_line_prefix='%a '"
export PGPORT=$PG_PORT
URL=postgresql://migarch@127.0.0.1:$PG_PORT
sql postgres -c 'CREATE ROLE reader LOGIN' -c 'CREATE ROLE writer'
pg_rich one
# Other numbers in the catalogue, other order of making, a hole where a column was.
sql postgres -c "CREATE DATABASE two"
sql two -c 'CREATE TABLE holes (a integer)' -c 'DROP TABLE holes' -c 'CREATE TYPE gone AS (a integer)' -c 'DROP TYPE gone'
sql two -f "$DATA/rich.sql" 2>"$T/psql.log" || fail "the schema of two: $(cat "$T/psql.log")"

snapshot 0 "$URL/one"
[ ! -s "$T/err" ] || fail "messages: $(cat "$T/err")"
cp "$T/out" "$T/one.json"
assert_all "$T/one.json" <"$DATA/rich.assert"

snapshot 0 "$URL/two"
cmp "$T/out" "$T/one.json" || { diff "$T/out" "$T/one.json" | head; fail "two databases from the same DDL differ"; }
pass "two databases from the same DDL give the same bytes"

snapshot 0 "postgres:///one?host=$T/pg&port=$PG_PORT&user=reader" -o "$T/reader.json"
cmp "$T/reader.json" "$T/one.json" || fail "another document for a user without rights"
pass "a user who may only connect gets the same, by a Unix socket"

# Nothing is written: it could not, no transaction got a number, and the server has seen nothing but questions.
sql postgres -c "ALTER ROLE reader SET default_transaction_read_only = on" -c "ALTER DATABASE one SET log_statement = 'all'"
before=$(next_xid)
snapshot 0 "postgresql://reader@127.0.0.1:$PG_PORT/one"
[ "$(next_xid)" = "$before" ] || fail "a transaction has written something"
grep '^migarch LOG: *[a-z]* *[<a-z>]*:' "$T/pg/postgres.log" | sed 's/^migarch LOG: *[^:]*: *//' >"$T/asked"
[ "$(grep -c '^BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;' "$T/asked")" = 1 ] || fail "not one transaction"
[ "$(wc -l <"$T/asked")" -gt 20 ] || fail "the server's log does not tell the queries"
! grep -Ev '^(BEGIN ISOLATION|SELECT) ' "$T/asked" || fail "another statement than a question"
[ "$(wc -l <"$T/asked")" -lt 50 ] || fail "$(wc -l <"$T/asked") queries"
pass "nothing is written, in $(wc -l <"$T/asked") statements"
sql postgres -c "ALTER DATABASE one RESET log_statement"

snapshot 0 --schema Shop "$URL/one"
holds '(.tables | keys) == [ "Shop.Order" ] and (.schemas | keys) == [ "Shop" ] and has("enums") == false' "$T/out" ||
	fail "--schema: $(jq -c '.tables | keys' "$T/out")"
pass "one schema of several"
says "a schema that is not there" 65 'there is no schema "Shoo"' --schema Shoo "$URL/one"

# The settings of user and database do not show.
sql one -c "ALTER DATABASE one SET search_path = 'Shop', public" -c "ALTER DATABASE one SET DateStyle = 'German'" \
    -c "ALTER DATABASE one SET IntervalStyle = 'sql_standard'" -c "ALTER DATABASE one SET quote_all_identifiers = on"
snapshot 0 "$URL/one"
cmp "$T/out" "$T/one.json" || fail "settings of the database change the document"
pass "settings of the database change nothing"

# A lock that somebody holds: the limit ends the waiting.
sql one -c 'BEGIN; LOCK TABLE cheap IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)' >"$T/lock.log" 2>&1 &
locker=$!
pids="$pids $locker"
wait_until 10 eval '[ "$(sql one -c "SELECT count(*) FROM pg_locks WHERE mode = '\''AccessExclusiveLock'\''")" -gt 0 ]' ||
	fail "nobody holds a lock"
says "a lock in the way" 69 'somebody keeps a lock' --timeout 2s "$URL/one"
sql postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'" >/dev/null
wait "$locker"

# Faults.  The password is always s3cr-et-hunter2, or a part of it stands where it does not belong.
says "wrong database" 69 'database "none" does not exist' "postgresql://migarch:s3cr-et-hunter2@127.0.0.1:$PG_PORT/none"
says "nobody listens" 69 'refused' "postgresql://migarch:s3cr-et-hunter2@127.0.0.1:$(free_port)/one"
says "no such host" 69 'translate host name|resolve' "postgresql://migarch:s3cr-et-hunter2@host.invalid/one"
says "unknown setting" 65 'does not know a setting.*did you mean sslmode' \
    "postgresql://migarch:s3cr-et-hunter2@127.0.0.1:$PG_PORT/one?sslmod=require"
says "a bad value" 69 'invalid sslmode value' "postgresql://migarch:s3cr-et-hunter2@127.0.0.1:$PG_PORT/one?sslmode=perhaps"
says "an @ in the password" 65 'more than one @' "postgresql://migarch:s3cr@hunter2@127.0.0.1:$PG_PORT/one"
says "a / in the password" 65 '@ behind the host|port is not' "postgresql://migarch:s3cr/hunter2@127.0.0.1:$PG_PORT/one"
says "a ? in the password" 65 'port is not a number' "postgresql://migarch:s3cr?hunter2@127.0.0.1:$PG_PORT/one"
says "digits and a ? in the password" 65 'form setting=value' "postgresql://migarch:12?hunter2@127.0.0.1:$PG_PORT/one"
says "a bad escape" 65 'password has a % without' "postgresql://migarch:s3cr%zz@127.0.0.1:$PG_PORT/one"
says "an escaped NUL" 65 'password has a % without' "postgresql://migarch:s3cr%00x@127.0.0.1:$PG_PORT/one"
says "a bad port" 65 'port is not a number' "postgresql://migarch:s3cr-et-hunter2@127.0.0.1:x/one"
says "no URL" 64 'no URL of a database' "migarch:s3cr-et-hunter2@127.0.0.1"
snapshot 64
grep -q 'URL of a database is missing' "$T/err" || fail "no URL at all: $(cat "$T/err")"
snapshot 64 --timeout never "$URL/one"
grep -q 'is no duration' "$T/err" || fail "--timeout never: $(cat "$T/err")"
snapshot 73 -o "$T/no/such/directory" "$URL/one"

# Passwords: in the URL, PGPASSWORD and PGPASSFILE.
sql postgres -c "ALTER ROLE reader PASSWORD 's3cr-et-hunter2/@?'"
printf '%s\n' 'local all all trust' 'host all reader 127.0.0.1/32 scram-sha-256' 'host all all 127.0.0.1/32 trust' |
	as_server tee "$T/pg/data/pg_hba.conf" >/dev/null
sql postgres -c 'SELECT pg_reload_conf()' >/dev/null
READER=reader@127.0.0.1:$PG_PORT/one
wait_until 10 eval '! PGPASSWORD=no sql postgres -h 127.0.0.1 -U reader -c "SELECT 1"' || fail "no password is asked for"
says "a password is missing" 69 'no password supplied.*PGPASSWORD' "postgresql://$READER"
says "a wrong password" 69 'password authentication failed' "postgresql://reader:s3cr-wrong@127.0.0.1:$PG_PORT/one"
snapshot 0 "postgresql://reader:s3cr-et-hunter2%2F%40%3F@127.0.0.1:$PG_PORT/one"
PGPASSWORD='s3cr-et-hunter2/@?' snapshot 0 "postgresql://$READER"
echo '*:*:*:*:s3cr-et-hunter2/@?' >"$T/passfile"
chmod 600 "$T/passfile"
PGPASSFILE=$T/passfile snapshot 0 "postgresql://$READER"
cmp "$T/out" "$T/one.json" || fail "another document with a password file"
pass "passwords from the URL, the environment and a file"

# A server that takes the call and says nothing.
cat >"$T/silent.py" <<'END_OF_PYTHON'
import socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(8)
print(server.getsockname()[1], flush=True)
calls = []
while True:
    calls.append(server.accept())
END_OF_PYTHON
python3 "$T/silent.py" >"$T/silent.port" &
pids="$pids $!"
wait_until 10 test -s "$T/silent.port" || fail "no silent server"
SILENT=127.0.0.1:$(cat "$T/silent.port")
says "a silent PostgreSQL" 69 'does not answer within 0.5 s' --timeout 500ms "postgresql://migarch:s3cr-et-hunter2@$SILENT/one"
says "a silent MariaDB" 69 'does not answer within 1 s' --timeout 1s "mysql://root:s3cr-et-hunter2@$SILENT/one"

start_mariadb
MY=mysql://root@127.0.0.1:$MARIADB_PORT
for database in one two; do
	msql mysql -e "CREATE DATABASE $database CHARACTER SET utf8mb4"
	msql "$database" <"$DATA/rich_mariadb.sql" || fail "the schema of MariaDB's $database"
done
snapshot 0 "$MY/one"
[ ! -s "$T/err" ] || fail "messages: $(cat "$T/err")"
cp "$T/out" "$T/one_mariadb.json"
assert_all "$T/one_mariadb.json" <"$DATA/rich_mariadb.assert"
snapshot 0 "mariadb://root@localhost/two?unix_socket=$MARIADB_SOCKET"
diff <(jq 'del(.. | .rows?)' "$T/out") <(jq 'del(.. | .rows?)' "$T/one_mariadb.json") ||
	fail "two databases of MariaDB differ"
pass "two databases of MariaDB give the same"

msql mysql <<-'END_OF_SQL'
	CREATE USER reader@'%' IDENTIFIED BY 's3cr-et-hunter2/@?';
	GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON one.* TO reader@'%';
	GRANT SELECT ON mysql.proc TO reader@'%';
END_OF_SQL
snapshot 0 "mysql://reader:s3cr-et-hunter2%2F%40%3F@127.0.0.1:$MARIADB_PORT/one"
diff <(jq 'del(.. | .rows?)' "$T/out") <(jq 'del(.. | .rows?)' "$T/one_mariadb.json") ||
	fail "another document for a user of MariaDB who may only read"
MYSQL_PWD='s3cr-et-hunter2/@?' snapshot 0 "mysql://reader@127.0.0.1:$MARIADB_PORT/one"
pass "a user of MariaDB who may only read, with passwords from the URL and the environment"

# looks ANSWER: what the daemon's look at the server says, as that user.
looks() {
	jq -n --arg file "$T/one_mariadb.json" --arg live "mysql://reader@127.0.0.1:$MARIADB_PORT/one" '{ before: $file,
	    after: $file, type: "database", live: $live, password: "s3cr-et-hunter2/@?", timeout_ms: 5000, scripts: [] }' |
		"$MIGARCHD" --schema-probe >"$T/look" || fail "nobody looks"
	holds --arg answer "$1" '.answer == $answer' "$T/look" || fail "not $1: $(cat "$T/look")"
}
looks agrees
msql mysql -e "REVOKE SHOW VIEW ON one.* FROM reader@'%'"
MYSQL_PWD='s3cr-et-hunter2/@?' snapshot 0 "mysql://reader@127.0.0.1:$MARIADB_PORT/one"
grep -q 'warning: .*may not see the bodies of 2 views' "$T/err" || fail "no warning of hidden views: $(cat "$T/err")"
pass "what may not be seen is said"
looks unknown
holds '.reason | test("may not see the bodies of 2 views")' "$T/look" || fail "no reason: $(cat "$T/look")"
pass "and to the daemon it is unknown whether it is as it was"

says "MariaDB, wrong password" 69 'Access denied' "mysql://reader:s3cr-wrong@127.0.0.1:$MARIADB_PORT/one"
says "MariaDB, wrong database" 69 'Unknown database' "mysql://root:@127.0.0.1:$MARIADB_PORT/none"
says "MariaDB, no database" 65 'names no database' "$MY"
says "MariaDB, nobody listens" 69 "Can.t connect" "mysql://root:s3cr-et-hunter2@127.0.0.1:$(free_port)/one"
says "MariaDB, unknown setting" 65 'none of unix_socket' "$MY/one?password=s3cr"
says "MariaDB, bad sslmode" 65 'none of disable' "$MY/one?sslmode=perhaps"
says "MariaDB, --schema" 65 'is for PostgreSQL only' --schema a "$MY/one"
