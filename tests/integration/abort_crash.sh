#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# An abort is durable before it is answered: kill -9 right behind the reply, with a flag service
# that is well, that hangs and that fails; the rollback goes on after the restart.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
start_peer
start_prometheus

# Only the reply counts, and nothing may come between it and the kill.
abort_and_kill() {
	curl -sf --unix-socket "$SOCKET" -X POST "http://localhost/v1/rollouts/$id/abort" \
	    -H 'Content-Type: application/json' -d '{"comment":"now"}' >"$T/reply" && kill -9 "$daemon_pid" ||
		fail "the abort was not granted"
	wait "$daemon_pid" 2>/dev/null
}

# strike MODE: one abort and one kill while the flag service is like that.
strike() {
	local mode=$1
	fresh "$(one_flag 600 20)"
	must_become 20 "runs at 20 %" verified new_shop 20
	control "flags=$mode"
	abort_and_kill
	holds '.state == "rolling_back"' "$T/reply" || fail "the reply does not say so: $(cat "$T/reply")"
	[ "$mode" = ok ] || expect "the flag is not back yet" flag_is new_shop 20
	start_daemon
	expect "the rollback is remembered" is '.state == "rolling_back" and .reason == "operator" and .rollback.comment == "now"'
	[ "$mode" = ok ] || control flags=ok
	must_become 15 "killed behind the reply, flags $mode: the flag is back" is '.rollback.flags_restored_at != null'
	expect "the provider agrees" flag_is new_shop 0
	[ "$(jq -r 'select(.path == "/flags/new_shop" and .body.percentage == 0) | .key' "$T/journal" | sort -u | wc -l)" = 1 ] ||
		fail "the rollback was written under several keys"
	expect "decided once" [ "$(records | jq 'map(select(.kind == "rollback_decided")) | length')" = 1 ]
}

for mode in ok ok ok hang hang fail; do
	echo "# flag service: $mode"
	strike $mode
done

echo "# twice in a row, before anything could be sent"
fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20
control flags=hang
abort_and_kill
start_daemon
kill_daemon
start_daemon
control flags=ok
must_become 15 "the flag is back" is '.rollback.flags_restored_at != null'
finish_rollback
expect "both restarts are recorded" [ "$(records | jq 'map(select(.kind == "restored")) | length')" = 2 ]

echo "# killed when it was over"
kill_daemon
start_daemon
must_stay 2 "a finished rollout is left alone" eval 'state_is rolled_back && flag_is new_shop 0'
