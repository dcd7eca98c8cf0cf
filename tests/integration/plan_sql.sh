#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The SQL of database plans on a real PostgreSQL: all scripts forward, in order, while the old and the new
# version write; each says by its own query that it is done; and then back, until schema and rows are as before.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "$SRC/tests/integration/lib_db.sh"

export SOURCE_DATE_EPOCH=1768469400
export PGOPTIONS='--client-min-messages=warning'
DATA=$SRC/tests/data/integration
SAMPLES=$SRC/tests/data/specs

# state DATABASE NAME: the schema and the rows (those of before, in the columns of before).
state() {
	"$PGBIN/pg_dump" -d "$1" --schema-only --no-owner | grep -v '^\\\(un\)\?restrict ' >"$T/$2.schema" ||
		fail "pg_dump of $1"
	sql "$1" >"$T/$2.rows" <<-'END'
		SELECT format('SELECT %L, r FROM %s r WHERE NOT r::text ~ ''by the|of contract|w[0-9]+,44'' ORDER BY r::text COLLATE "C"',
			c.oid::regclass, c.oid::regclass)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname IN ('public', 'Shop') ORDER BY 1 \gexec
	END
}

# scripts CASE: one script a line, as assignments for take().
scripts() {
	jq -r '.phases[] | .name as $phase | .scripts[]? | @sh "phase=\($phase) id=\(.id) forward=\(.forward)
		undo=\(.undo // "") reversible=\(.reversible) transactional=\(.transactional) verify=\(.verify)
		about=\(.description)" | @base64' "$T/$1.json"
}

# take LINE: set phase, id, forward, undo, reversible, transactional, verify, about.
take() {
	eval "$(base64 -d <<<"$1")"
	transaction=$([ "$transactional" = false ] || echo BEGIN)
	commit=$([ "$transactional" = false ] || echo COMMIT)
}

# A check that all is as it should be: it may be true at any time.
only_checks() {
	[ "${about#Stop}" != "$about" ] || [ -z "$undo" ]
}

# run DATABASE WHAT SQL WRITES: run a script, in one transaction if it is meant to be; before and after it
# its own query is asked whether it is done (there may be nothing to ask yet), left in $T/asked.
run() {
	sql "$1" -v stage="$phase" >"$T/out" 2>&1 <<-END || {
		\\set ON_ERROR_STOP 1
		${4:+\\i $4}
		\\set ON_ERROR_STOP 0
		\\o $T/asked.before
		$verify;
		\\o
		\\set ON_ERROR_STOP 1
		$transaction;
		$3
		$commit;
		\\set ON_ERROR_STOP 0
		\\o $T/asked.after
		$verify;
	END
		cat "$T/out" >&2
		echo "$3" >&2
		fail "$2 of $id in $1"
	}
}

asked() {
	[ "$(cat "$T/asked.$1")" = t ]
}

# forward CASE DATABASE [final]: all scripts that can be undone, or really all, while the applications write.
forward() {
	local line last= writes=$DATA/$1_writes.sql
	[ -e "$writes" ] || writes=
	written=0
	while read -r line; do
		take "$line"
		[ "$reversible" = true ] || [ "${3:-}" = final ] || continue
		if [ "$phase" != "$last" ] && [ "$phase" = migrate ] && [ -e "$DATA/$1_fill.sql" ]; then
			sql "$2" -f "$DATA/$1_fill.sql" || fail "filling $2"
		fi
		last=$phase
		run "$2" forward "$forward" "$writes"
		written=$((written + 1))
		only_checks || ! asked before || fail "$id: done before it began: $verify"
		asked after || fail "$id: its own query says that it is not done: $verify"
	done < <(scripts "$1")
}

# back CASE DATABASE
back() {
	local line
	while read -r line; do
		take "$line"
		[ -n "$undo" ] || continue
		run "$2" undo "$undo" ''
		only_checks || ! asked after || fail "$id: still there after its undo: $verify"
	done < <(scripts "$1" | tac)
}

# counts DATABASE TABLE...: rows of each.
counts() {
	local database=$1 table
	shift
	for table in "$@"; do
		echo "SELECT count(*) FROM $table;"
	done | sql "$database" | xargs
}

# plan_of CASE SPEC SCRIPTS FINAL: the plan, and two databases with the schema of before.
plan_of() {
	"$MIGARCH" plan -i "$2" -f json -o "$T/$1.json" 2>"$T/plan.log" || fail "no plan of $2"
	holds "[.phases[].scripts[]?] | length == $3 and (map(select(.reversible | not)) | length == $4)
		and all(.[]; .reversible or .undo == null)" "$T/$1.json" ||
		fail "$1: other scripts than expected"
	sql postgres -c "CREATE DATABASE $1"
	sql "$1" -f "$DATA/$1_before.sql" || fail "the schema of $1"
	sql postgres -c "CREATE DATABASE $1_final TEMPLATE $1"
}

# there_and_back CASE TABLE...: forward, then back, and all is as before.
there_and_back() {
	local name=$1
	shift
	state "$name" before
	[ -s "$T/before.rows" ] || fail "no rows"
	forward "$name" "$name"
	rows_now=$(counts "$name" "$@")
	pass "$name: $written scripts forward, rows now: $rows_now"
	back "$name" "$name"
	state "$name" after
	diff "$T/before.schema" "$T/after.schema" || fail "$name: another schema after the undo"
	diff "$T/before.rows" "$T/after.rows" || fail "$name: other rows after the undo"
	[ "$(counts "$name" "$@")" = "$rows_now" ] || fail "$name: $(counts "$name" "$@") rows, not $rows_now"
	pass "$name: undone, schema and rows as before"
}

# check DATABASE FILE WHAT: a file of queries that all say t.
check() {
	sql "$1" -f "$DATA/$2" >"$T/out" || fail "$2"
	[ "$(sort -u "$T/out")" = t ] || fail "not so in $1: $3: $(xargs <"$T/out")"
	pass "$3"
}

start_postgres

plan_of database "$SAMPLES/sample_database_migration.json" 5 0
there_and_back database users user_profiles user_sessions audit_logs
[ "$rows_now" = "2000 2000 2000 2000" ] || fail "not all rows are there"

plan_of bulk_copy "$SAMPLES/sample_bulk_copy_migration.json" 3 0
there_and_back bulk_copy orders order_lines order_notes
[ "$rows_now" = "3000 3000 100" ] || fail "not all rows are there"

plan_of all_changes "$DATA/all_changes_spec.json" 48 5
there_and_back all_changes '"Shop"."Order"' '"user"'
[ "${rows_now#* }" = $((500 + written)) ] || fail "rows of user: ${rows_now#* }, not 500 and $written"
check all_changes all_changes_undone.sql "what was written meanwhile is there in the old form"

# The whole plan, behind the point of no return, too.
forward all_changes all_changes_final final
check all_changes_final all_changes_after.sql "behind the point of no return all is as the specification says"
