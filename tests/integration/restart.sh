#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A stop in the middle of a hold: the time away is refilled from Prometheus.  The hold goes on where nothing
# was wrong; a breach that nobody was there to see rolls back after the restart.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

# Wide enough apart that a machine that stalls makes no gap, and no stale sample.
PROMETHEUS='poll_interval = "2s"; max_sample_age = "5s"; timeout = "1800ms";'
DEFAULTS='blind_after = "20s"; max_gap = "5s"; bake_time = "2s"; validation_window = "2s"; verify_timeout = "5s";'

held_more_than() {
	is "([.flags[] | select(.name == \"new_shop\")][0].held_seconds) > $1"
}

restored() {
	ctl -f json history | jq -se "[.[] | select(.kind == \"restored\")][-1].detail | $1"
}

start_peer
start_prometheus
make_documents '.feature_flags[1:] = [] | .feature_flags[0].rollout_schedule[0].duration_hours = 1'
write_config
start_daemon
must_become 30 "holds at 5 %" held_more_than 8
before=$(rollout '.flags[0].held_seconds')
since=$SECONDS
stop_daemon
sleep 8 # this is the absence itself: longer than max_gap
start_daemon
must_become 10 "knows what happened while it was away" eval "restored '.refilled and (.hold_starts_again | not)'"
# One that began again would stay behind by what was held before.
must_become 5 "the hold has gone on meanwhile" eval 'held_more_than "$(jq -n "$before + $SECONDS - $since - 4")"'

stop_daemon
control error_rate=0.9
sleep 7 # somebody breaks the new version, and mends it, while nobody looks
control error_rate=0
sleep 4
start_daemon
must_become 15 "rolls back on what it missed" is '.state == "rolling_back" and .rollback.flags_restored_at != null'
flag_is new_shop 0 >/dev/null || fail "the flag is not at 0"

ack_all
must_become 30 "rolled back" state_is rolled_back
stop_daemon
start_daemon
must_stay 2 "finished rollouts stay finished" state_is rolled_back
expect "the finished one is of no account" eval '[ "$(curl -s --unix-socket "$SOCKET" http://x/readyz -o /dev/null -w "%{http_code}")" = 200 ]'
stop_daemon

# What is under way needs neither its plan's file nor a good configuration.
mv "$T/plan.json" "$T/moved.json"
ends_with 65 "$MIGARCHD" -c "$T/migarchd.conf" --state-dir "$T" --socket "$SOCKET"
grep -q "plan.json: No such file" "$T/err" || fail "$(cat "$T/err")"
pass "with nothing under way a bad configuration is refused"
mv "$T/moved.json" "$T/plan.json"
start_daemon
printf 'metrics = { %s };\nflags = { %s };\nphases = %s;\n' "$METRICS" "$FLAGS" "$PHASES" >"$T/binding.conf"
ends_with 0 ctl load --binding "$T/binding.conf" "$T/plan.json" "$T/runbook.json"
rollout .id >/dev/null
ends_with 0 ctl start "$(cat "$T/id")"
must_become 30 "a second attempt is under way" verified new_shop 5
kill_daemon
mv "$T/plan.json" "$T/moved.json"
start_daemon
expect "it goes on without the file" state_is running
expect "not ready, and why" eval '[ "$(curl -s --unix-socket "$SOCKET" http://x/readyz -o "$T/ready" -w "%{http_code}")" = 503 ] &&
    grep -q "the configuration has errors" "$T/ready"'
ends_with 65 "$MIGARCHD" -c "$T/migarchd.conf" --state-dir "$T" --socket "$SOCKET" --check
mv "$T/moved.json" "$T/plan.json"
kill -HUP "$daemon_pid"
must_become 10 "ready when it was mended and read again" eval '[ "$(curl -s --unix-socket "$SOCKET" http://x/readyz -o /dev/null -w "%{http_code}")" = 200 ]'
ends_with 0 ctl abort "$(cat "$T/id")"
must_become 10 "the flag is back" flag_is new_shop 0

# Flags that the daemon itself serves are served on, also when their rollout has ended.
FLAGS='provider = "embedded";'
fresh "$(one_flag 600 20)"
must_become 20 "the first step is served" verified new_shop 20
ends_with 0 ctl abort "$id"
wait_until 10 eval '[ "$(rollout .rollback.stage)" != flags ]'
ack_all
must_become 30 "rolled back" state_is rolled_back
stop_daemon
mv "$T/plan.json" "$T/moved.json"
start_daemon
expect "the flag is served on without the file" eval '[ "$(curl -s --unix-socket "$SOCKET" -X POST -d "{\"context\":{\"targetingKey\":\"a\"}}" \
    http://x/ofrep/v1/evaluate/flags/new_shop | jq .value)" = false ]'
