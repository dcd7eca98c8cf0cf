#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The operator's hand: migarchctl without a daemon, then against the real one, from load to abort.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

# gives STATUS COMMAND...: the command ends with that status; its output is left in $T/out and $T/err.
gives() {
	local wanted=$1 status=0
	shift
	"$@" >"$T/out" 2>"$T/err" || status=$?
	[ $status -eq "$wanted" ] || {
		cat "$T/out" "$T/err" >&2
		fail "\"$*\" ends with $status, not $wanted"
	}
}

# says FILE PATTERN: the pattern is in $T/FILE.
says() {
	grep -qE -- "$2" "$T/$1" || { cat "$T/$1" >&2; fail "nothing like \"$2\" in $1"; }
}

# No daemon is needed for help, and none is asked when the command line is wrong.

export MIGARCH_SOCKET=$T/none.sock
gives 0 "$MIGARCHCTL" --help
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$T/out" | xargs)
[ "$commands" = "status list history why load start pause resume abort approve dismiss ack reload version" ] ||
	fail "commands: $commands"
for command in $commands; do
	gives 0 "$MIGARCHCTL" "$command" --help
	says out "^Usage: migarchctl $command"
	grep -qE "^(\\\\fB|\.B )$command" "$SRC/docs/man/migarchctl.1" || fail "$command is not in the manual"
	for option in $(grep -o -- '--[a-z-]*' "$T/out" | sort -u); do
		grep -qF -- "${option//-/\\-}" "$SRC/docs/man/migarchctl.1" ||
			fail "$option is not in the manual"
		grep -q -- "$option" "$SRC/completions/migarchctl.bash" || fail "$option is not completed"
	done
done
gives 0 "$MIGARCHCTL" --version
says out '^migarchctl [0-9]'
pass "help, manual and completion agree"

gives 64 "$MIGARCHCTL"
gives 64 "$MIGARCHCTL" stauts
says err 'did you mean "status"'
gives 64 "$MIGARCHCTL" list extra
gives 64 "$MIGARCHCTL" ack
gives 64 "$MIGARCHCTL" list --comment x
gives 64 "$MIGARCHCTL" -f xml list
gives 64 "$MIGARCHCTL" status --wait nowhere
gives 64 "$MIGARCHCTL" status x --timeout soon
gives 64 "$MIGARCHCTL" history x --since whenever
gives 64 "$MIGARCHCTL" why x one
gives 64 "$MIGARCHCTL" why x 0
gives 64 "$MIGARCHCTL" why x 1 2
gives 64 "$MIGARCHCTL" --url ftp://x list
pass "wrong command lines"

gives 69 "$MIGARCHCTL" list
says err 'not running.*none.sock'
gives 69 "$MIGARCHCTL" --socket "$T/$(printf 'x%.0s' {1..120})" list
says err 'too long'
gives 69 "$MIGARCHCTL" --url "http://127.0.0.1:$(free_port)" list
gives 69 "$MIGARCHCTL" why x 1
gives 66 "$MIGARCHCTL" load "$T/missing.json"
echo '{ "a": }' >"$T/broken.json"
gives 65 "$MIGARCHCTL" load "$T/broken.json"
says err 'broken.json:1:8'
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/dead.sock"
gives 69 "$MIGARCHCTL" --socket "$T/dead.sock" list
says err 'refuses'
pass "what is missing is told apart"
unset MIGARCH_SOCKET

# With the daemon: a rollout that waits for its start.

START=manual
start_all
gives 0 ctl version
gives 0 ctl -f json version
holds '.version | type == "string"' "$T/out" || fail "version is no JSON"
gives 0 ctl list
gives 0 ctl list -f json
holds '.rollouts | length == 1' "$T/out" || fail "not one rollout"
id=$(jq -r '.rollouts[0].id' "$T/out")

gives 0 ctl status
says out '^LOADED'
says out "migarchctl start $id"
[ "$(wc -L <"$T/out")" -le 80 ] || fail "the screen is wider than 80 columns"
gives 0 ctl status "$id" -f json
holds '.id == "'"$id"'" and .state == "loaded" and .rollback == null' "$T/out" ||
	fail "status is not as it should be"
gives 66 ctl status no-such-rollout
gives 66 ctl why no-such-rollout
gives 66 ctl why "$id" 1000
gives 0 ctl why "$id"
says out "migarchctl start $id"
gives 0 ctl why "$id" -f json
holds '.records == [] and .rollout.next.action == "start"' "$T/out" || fail "why is not as it should be"
gives 78 ctl resume "$id"
gives 75 ctl status "$id" --wait running --timeout 1s
gives 65 ctl load "$T/broken.json"
echo '{ "no": "plan" }' >"$T/odd.json"
gives 65 ctl load "$T/odd.json" "$T/odd.json"
pass "a loaded rollout"

gives 0 ctl start --comment "because it is time"
gives 0 ctl status "$id" --wait running --timeout 60s
says out '^RUNNING'
must_become 30 "the canary is at 5 %" verified new_shop 5
gives 0 ctl why
says out '^Why +new_shop went from 0 % to 5 %, its first step'
says out 'spec_error_rate was (ok|low_traffic|unknown): '
says out '^Now +The rollout is running\. Next: step up to'
[ "$(wc -L <"$T/out")" -le 80 ] || fail "the sentences are wider than 80 columns"
gives 0 ctl pause "${id%??}"
gives 0 ctl why
says out "migarchctl resume $id"
gives 0 ctl status
says out 'PAUSED'
gives 0 ctl resume
gives 78 ctl dismiss "$id" "$(rollout '.triggers[0].id')"
gives 78 ctl approve "$id" rollback
pass "start, pause and resume"

timeout -s INT 6 "$MIGARCHCTL" --socket "$SOCKET" status --watch -f json >"$T/out"
[ "$(jq -s 'length >= 2 and (map(.state) | unique == ["running"])' "$T/out")" = true ] ||
	fail "--watch does not repeat itself"
gives 0 ctl abort -c "wrong totals"
must_become 10 "the flags are back" is '.rollback.flags_restored_at != null'
gives 0 ctl status "$id"
says out '^ROLL(ING|ED) BACK'
says out 'wrong totals'
must_become 20 "steps are acknowledged" eval 'ack_all; is ".rollback.phases | all(.steps | all(.state != \"waiting_for_ack\" and .state != \"pending\"))"'
gives 0 ctl status "$id" --wait rolled_back --timeout 60s
gives 1 ctl status "$id" --wait completed
gives 0 ctl status
says out '^ROLLED BACK'
gives 66 ctl pause
gives 78 ctl start "$id"
pass "abort"

gives 0 ctl history "$id"
for text in 'loaded' 'started' 'new_shop: 0 % to 5 %' 'ROLLBACK decided \(operator\)' 'all flags are back' 'ROLLED BACK'; do
	says out "$text"
done
gives 0 ctl history "$id" -f json
holds -s 'map(.seq) | length > 0 and . == (sort | unique)' "$T/out" || fail "records are out of order"
for seq in $(jq .seq "$T/out"); do
	gives 0 ctl why "$id" "$seq"
	gives 0 ctl why "$id" "$seq" -f json
	holds ".records[0].seq == $seq and .rollout == null" "$T/out" || fail "why tells not of record $seq"
done
gives 0 ctl history "$id" --since 2001-01-01T00:00:00Z
gives 0 ctl why "$id"
says out '^Why +An operator ordered it\. The comment was: "wrong totals"'
says out 'All flags were seen back in their'
gives 0 ctl why "$id" -f json
holds '.records[0] | .kind == "rollback_decided" and .detail.comment == "wrong totals" and (.detail.triggers | length > 0)' \
    "$T/out" || fail "why has no inputs"
gives 0 ctl reload
pass "history and reasons"
# The number of a closed stream must not become that of the socket, which takes all that is written.
for closed in /dev/full -; do
	status=0
	if [ $closed = - ]; then
		ctl history "$id" >&- 2>"$T/err" || status=$?
	else
		ctl history "$id" >$closed 2>"$T/err" || status=$?
	fi
	[ $status -eq 73 ] || fail "what cannot be written ($closed) ends with $status"
done
pass "what cannot be written"
