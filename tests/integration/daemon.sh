#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The daemon as a service: alone on its state, stopped, reloaded.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
start_peer
start_prometheus
fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20

echo "# a second one"
# Same state, another socket; and the other way round.
ends_with 75 "$MIGARCHD" -c "$T/migarchd.conf" --socket "$T/other.sock"
grep -q "in use by another migarchd (pid $daemon_pid)" "$T/err" "$T/out" || fail "it is not said who: $(cat "$T/err")"
pass "a second daemon on the same state is refused"
sed "s|$T/state.db|$T/other.db|" "$T/migarchd.conf" >"$T/other.conf"
ends_with 75 "$MIGARCHD" -c "$T/other.conf" --socket "$SOCKET"
expect "a second daemon on the same socket is refused, the first goes on" ctl version

echo "# a bad configuration"
cp "$T/migarchd.conf" "$T/good.conf"
for fault in 's/poll_interval/pol_interval/' 's/^prometheus/prometheus: {/' "s|$T/plan.json|$T/no-plan.json|"; do
	sed "$fault" "$T/good.conf" >"$T/migarchd.conf"
	: >"$T/migarchd.log"
	kill -HUP "$daemon_pid"
	must_become 5 "SIGHUP: it is refused, and why is logged" grep -q 'the old one stays in force' "$T/migarchd.log"
	grep -q 'msg="finding"' "$T/migarchd.log" || fail "no finding in the log"
	ends_with 65 ctl reload
	expect "the old one works on" is '.state == "running"'
done

echo "# a good one"
# Another flag, another rollout.
jq '.feature_flags[0].name = "other_flag" | .source = "other 1"' "$T/spec.json" >"$T/spec2.json"
{
	sed '/^migrations/q' "$T/good.conf"
	printf '{ spec = "%s"; metrics = { %s }; flags = { %s }; },\n' "$T/spec2.json" "$METRICS" "$FLAGS"
	sed '1,/^migrations/d' "$T/good.conf"
} >"$T/migarchd.conf"
kill -HUP "$daemon_pid"
must_become 5 "SIGHUP: the new migration is loaded" eval '[ "$(ctl list -f json | jq ".rollouts | length")" = 2 ]'
ends_with 0 ctl reload
expect "what is known is not loaded again" [ "$(ctl list -f json | jq '.rollouts | length')" = 2 ]
expect "the one that runs was not touched" eval 'ctl status "$id" -f json | holds ".state == \"running\" and .flags[0].verified_percentage == 20"'
cp "$T/good.conf" "$T/migarchd.conf"

# stops_in SECONDS SIGNAL
stops() {
	local began
	began=$(date +%s%3N)
	kill "-$1" "$daemon_pid"
	wait "$daemon_pid"
	[ $? -eq 0 ] || fail "SIG$1: exit status is not 0"
	[ $(($(date +%s%3N) - began)) -lt 5000 ] || fail "SIG$1: it took $(($(date +%s%3N) - began)) ms"
	pass "SIG$1: stopped cleanly in $(($(date +%s%3N) - began)) ms"
	[ ! -e "$SOCKET" ] || fail "the socket is left over"
}

# what: the part of the rollout that must survive.
what() {
	rollout '{ id, state, reason, overlays, flags: [.flags[] | [.name, .intended_percentage]], phase: .phase.name }' | jq -c .
}

echo "# stop and start"
fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20
ends_with 0 ctl pause "$id"
before=$(what)
stops TERM
expect "the flag stays" flag_is new_shop 20
start_daemon
expect "the state survives" [ "$(what)" = "$before" ]
ends_with 0 ctl resume "$id"
must_become 10 "it goes on" is '.overlays == [] and .next.waiting_for == ["hold"]'
# With everything around it hanging.
control flags=hang notify=hang metrics=hang
ends_with 0 ctl abort "$id"
kill -STOP "$prom_pid"
must_become 5 "a request is under way" received '.body.percentage == 0'
before=$(what)
stops INT
kill -CONT "$prom_pid"
control flags=ok notify=ok metrics=ok
start_daemon
expect "the state survives" [ "$(what)" = "$before" ]
must_become 10 "the rollback goes on" eval 'flag_is new_shop 0 && is ".rollback.flags_restored_at != null"'
expect "under the key it had" [ "$(jq -r 'select(.body.percentage == 0) | .key' "$T/journal" | sort -u | wc -l)" = 1 ]
finish_rollback
