#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Before the phase that takes away what the old version uses, the daemon looks at the live PostgreSQL: what
# somebody has changed by hand since the plan was made holds the phase, and so does a server that cannot be seen.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "$SRC/tests/integration/lib_db.sh"

PASSWORD='s3cret/of:the@reader'

cat >"$T/before.sql" <<'END'
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, nick text);
END
cat >"$T/after.sql" <<'END'
CREATE TABLE users (id bigint PRIMARY KEY, nick text, phone text, fullname text NOT NULL);
END
cp "$T/before.sql" "$T/live.sql"
echo "$PASSWORD" >"$T/password"
chmod 600 "$T/password"

# gate STATE ANSWER: the gate of the current phase.
gate() {
	is ".phase.stage == \"entry\" and (.phase.gates | any(.kind == \"schema\" and .state == \"$1\" and .answer == \"$2\"))"
}

# live DIRECTORY TIMEOUT: the socket of the live PostgreSQL is there, and its answer may take so long.
live() {
	MORE="schema = { before = \"before.sql\"; after = \"after.sql\"; live = \"postgresql://reader@/shop?host=$1&port=5432\";
	    live_password_file = \"password\"; live_timeout = \"$2\"; };"
}

# shown PATTERN: what people see.
shown() {
	ctl status "$id" | tr -s ' \n' ' ' | grep -q -- "$1"
}

# to_retire: a rollout from the beginning up to the phase that takes away, whose approval is given.
to_retire() {
	fresh "$(one_flag 0.3 100) | $CHANGES"
	must_become 60 "it comes to the phase that takes away" is '.phase.name == "retire" and .phase.stage == "entry"'
	ends_with 0 ctl approve "$id" point_of_no_return
}

entered() {
	is '.phase.name == "retire" and .no_return'
}

# secret_kept: the password is nowhere but in its file.
secret_kept() {
	local word
	rollout . >"$T/rollout.json" && records >"$T/records.json" && [ -s "$T/records.json" ] || fail "nothing to look through"
	for word in "$PASSWORD" s3cret; do
		! grep -qF -- "$word" "$T/migarchd.log" || fail "the password is in the log"
		! grep -qF -- "$word" "$T/rollout.json" || fail "the password is in the status"
		! grep -qF -- "$word" "$T/records.json" || fail "the password is in the history"
		! ctl status "$id" | grep -qF -- "$word" || fail "the password is shown"
		! grep -qF -- "$word" "$T/journal" || fail "the password was sent"
		! grep -qaF -- "$word" "$STATE"/state.db* || fail "the password is in the store"
	done
	pass "the password is kept"
}

CHANGES='.schema_changes = [{ table: "users", changes: [
    { type: "add_column", column: "phone", data_type: "text" },
    { type: "rename_column", column: "name", new_name: "fullname" }] }]'
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "1s"; validation_window = "2s"; verify_timeout = "5s";'

start_peer
start_prometheus
start_postgres
cat >"$T/pg_hba.conf" <<'END'
local all migarch trust
local all reader scram-sha-256
END
cat "$T/pg_hba.conf" >"$T/pg/data/pg_hba.conf"
echo "CREATE ROLE reader LOGIN PASSWORD '$PASSWORD'; CREATE DATABASE shop" |
	sed 's/; /;\n/' | sql postgres || fail "cannot make the database"
"$PGBIN/psql" -X -q -d postgres -c 'SELECT pg_reload_conf()' >/dev/null
sql shop <"$T/live.sql" || fail "cannot make the schema"
live "$T/pg" 5s

echo "# the scripts of earlier phases have not run"
make_documents "$(one_flag 0.3 100) | $CHANGES"
jq -r '.phases[] | select(.name != "retire") | .scripts[]?.forward' "$T/plan.json" >"$T/expand.sql"
grep -q TRIGGER "$T/expand.sql" || fail "the plan has nothing in between"
to_retire
must_become 20 "it is held" gate closed drift
must_become 5 "the status says why" shown 'column users.phone is not there yet: has the expand script run?'
expect "all that is missing is told" recorded '.kind == "schema_drift" and
    (.detail.reason | test("column users.fullname is not there yet") and (test("not in the plan|is missing") | not))'
sql shop <"$T/expand.sql" >"$T/expand.log" || fail "the plan's scripts do not run"
must_become 20 "once they have, it goes on by itself" entered

echo "# the plan's own scripts have run, and nothing else"
to_retire
must_become 20 "without drift it is entered" entered
expect "and why is recorded" recorded '.kind == "phase_entered" and .detail.phase == "retire" and (.detail.gates | any(.kind == "schema" and .answer == "agrees"))'
expect "nothing was told" not_recorded '.kind == "schema_drift"'
secret_kept

echo "# a column by hand"
echo 'ALTER TABLE users ADD COLUMN hack integer' | sql shop
to_retire
must_become 20 "it is held" gate closed drift
must_stay 3 "and stays so" gate closed drift
expect "nothing goes back" state_is running
expect "the history says why" recorded '.kind == "schema_drift" and .detail.reason == "column users.hack is not in the plan"'
expect "once" eval '[ "$(records | jq "map(select(.kind == \"schema_drift\")) | length")" = 1 ]'
must_become 5 "the status says why" shown 'column users.hack is not in the plan'
expect "the log as well" grep -q 'answer=drift reason="column users.hack' "$T/migarchd.log"
must_become 10 "those on call are told" grep -q schema_drift "$T/journal"
ends_with 66 ctl approve "$id" schemas
kill_daemon
start_daemon
must_become 20 "after a restart it is asked again" eval 'gate closed drift && recorded ".kind == \"restored\""'
echo 'ALTER TABLE users DROP COLUMN hack' | sql shop
must_become 20 "without the column it goes on by itself" entered
secret_kept

echo "# a file that is another one than when the rollout was loaded"
cp "$T/after.sql" "$T/after.kept"
fresh "$(one_flag 0.3 100) | $CHANGES"
must_become 60 "before the phase that takes away, the schema is seen" gate open agrees
echo '-- not what was planned' >>"$T/after.sql"
must_become 20 "which counts for a while only, and who has to approve is waited for" gate closed agrees
ends_with 0 ctl approve "$id" point_of_no_return
must_become 20 "it is held as unknown" gate closed unknown
expect "the history says why" recorded '.kind == "schema_unknown" and
    (.detail.reason | test("after.sql.*has changed since the rollout was loaded"))'
cp "$T/after.kept" "$T/after.sql"
must_become 20 "with the file as it was it goes on by itself" entered

echo "# a server that is not there"
as_server "$PGBIN/pg_ctl" -D "$T/pg/data" -m fast -w stop >/dev/null || fail "PostgreSQL does not stop"
to_retire
must_become 20 "it is held as unknown" gate closed unknown
must_stay 2 "and stays so" gate closed unknown
expect "nothing goes back" state_is running
expect "the history says why" recorded '.kind == "schema_unknown" and (.detail.reason | test("No such file|refused"))'
must_become 5 "the status says why" shown 'live schema cannot be seen'
as_server "$PGBIN/pg_ctl" -D "$T/pg/data" -l "$T/pg/postgres.log" -w -o \
    "-c listen_addresses='' -c unix_socket_directories='$T/pg' -c fsync=off" start >/dev/null ||
	fail "PostgreSQL does not come back"
must_become 20 "when it is back, it goes on by itself" entered
secret_kept

echo "# a server that does not answer"
python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
time.sleep(600)' "$T/.s.PGSQL.5432" &
pids="$pids $!"
live "$T" 8s
fresh "$(one_flag 0.3 100) | $CHANGES"
# The loop turns all the while: nobody who asks waits for the server.
slowest=0 deadline=$((SECONDS + 60 * SLOW)) known=no
until [ $known = yes ]; do
	[ $SECONDS -lt $deadline ] || { ctl status >&2; fail "it is not given up"; }
	begin=$(date +%s%3N)
	ctl version >/dev/null || fail "the daemon does not answer"
	! gate closed unknown || known=yes
	took=$(($(date +%s%3N) - begin))
	[ $took -le $slowest ] || slowest=$took
done
pass "it is given up; the slowest answer meanwhile took $slowest ms, with starting migarchctl"
[ "$slowest" -lt $((1000 * SLOW)) ] || fail "the loop has waited for $slowest ms"
ends_with 0 ctl approve "$id" point_of_no_return
expect "the history says why" recorded '.kind == "schema_unknown" and (.detail.reason | test("does not answer|took too long"))'
must_become 20 "no process is left behind" eval 'ctl version && ! pgrep -P "$daemon_pid"'
live "$T/pg" 5s

echo "# an operator knows better"
echo 'CREATE TABLE audit (id integer)' | sql shop
to_retire
must_become 20 "it is held" gate closed drift
ends_with 0 ctl approve "$id" schema --comment "the audit table may stay"
must_become 10 "it goes on all the same" entered
expect "who has said so is recorded" recorded '.kind == "gate_opened" and .detail.kind == "schema" and .actor != "migarchd" and
    .detail.comment == "the audit table may stay" and (.detail.reason | test("table audit"))'
expect "and that it was against the answer" recorded '.kind == "phase_entered" and (.detail.gates | any(.kind == "schema" and .answer == "drift"))'
secret_kept

echo "# a password that is wrong"
echo 's3cret/but:wrong' >"$T/password"
to_retire
must_become 20 "it is held as unknown" gate closed unknown
expect "the history says why" recorded '.kind == "schema_unknown" and (.detail.reason | test("password authentication failed"))'
secret_kept

echo "# what the configuration may not say"
sed "s|reader@|reader:$PASSWORD@|" "$T/migarchd.conf" >"$T/bad.conf"
ends_with 65 "$MIGARCHD" --check -c "$T/bad.conf"
says() { grep -q -- "$1" "$T/err" || { cat "$T/err" >&2; fail "nothing like \"$1\""; }; }
says 'schema.live: a secret must not stand in the configuration'
! grep -qF s3cret "$T/err" || fail "the password is shown"
sed 's|postgresql://|jdbc:postgresql://|' "$T/migarchd.conf" >"$T/bad.conf"
ends_with 65 "$MIGARCHD" --check -c "$T/bad.conf"
says 'schema.live: this is not the URL of a PostgreSQL, MySQL or MariaDB server'
sed 's|live_password_file = "password"|live_password_file = "none"|' "$T/migarchd.conf" >"$T/bad.conf"
ends_with 65 "$MIGARCHD" --check -c "$T/bad.conf"
says 'live_password_file'
pass "bad settings are refused, without what they hold"
