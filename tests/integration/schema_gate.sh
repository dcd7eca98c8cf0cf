#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Two versions of a schema in the binding: a rollout whose plan does not carry what breaks the old one does not
# start, neither by itself nor for people; a plan that carries it behind the last step of traffic does.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

# says FILE PATTERN: the pattern is in $T/FILE.
says() {
	grep -qE -- "$2" "$T/$1" || { cat "$T/$1" >&2; fail "nothing like \"$2\" in $1"; }
}

cat >"$T/before.sql" <<'END2'
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, nick text);
END2
cat >"$T/after.sql" <<'END2'
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, phone text);
END2

start_peer
start_prometheus
make_documents
START=manual MORE='schema = { before = "before.sql"; after = "after.sql"; };'
write_config
start_daemon
rollout .id >/dev/null
id=$(cat "$T/id")
ends_with 78 ctl start "$id"
says err 'the plan does not carry all that changes in the schema'
says err 'nick.*\(breaking\): no phase of the plan carries it'
! grep -q phone "$T/err" || fail "a new column stands against the start"
[ "$(rollout .state)" = loaded ] || fail "it is not loaded any more"
pass "a breaking change that the plan does not know refuses the start"

MORE='schema = { before = "before.sql"; after = "after.sql"; override = true; };' START=auto fresh
must_become 60 "it starts all the same" recorded '.kind == "started"'
pass "override lets it start"

START=auto MORE='schema = { before = "before.sql"; after = "gone.sql"; };' fresh
must_become 20 "those on call are told" recorded '.kind == "preflight_refused" and (.detail.reason | test("gone.sql"))'
[ "$(rollout .state)" = loaded ] || fail "it has started although a file is missing"
pass "a file that is not there refuses the start as well"

carried='.schema_changes = [{ table: "users", changes: [{ type: "drop_column", column: "nick" }] }]'
START=auto MORE='schema = { before = "before.sql"; after = "after.sql"; };' fresh "$carried"
must_become 60 "it starts" recorded '.kind == "started"'
pass "a plan that drops the column behind the last step of traffic may start"

MORE='schema = { before = "before.sql"; after = "after.sql"; };' fresh "$carried"
cp "$T/after.sql" "$T/after.kept"
echo '-- not what was planned' >>"$T/after.sql"
ends_with 78 ctl start "$id"
says err 'after.sql has changed since the rollout was loaded'
cp "$T/after.kept" "$T/after.sql"
ends_with 0 ctl start "$id"
pass "files are those with which the rollout was loaded"

START=auto MORE='schema = { before = "before.sql"; after = "after.sql"; accept = "breaking"; };' fresh
must_become 60 "it starts" recorded '.kind == "started"'
pass "accept says what no phase has to carry"
