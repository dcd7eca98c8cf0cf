#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# kill -9 at 200 random moments (KILLS) of running canaries, some of which meet a fault and roll
# back: no step is skipped or repeated under a new key, every key's effect is applied once, every
# intent that was committed arrives, and each rollout ends where it should.  SEED repeats a run.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

KILLS=${KILLS:-200}
SEED=${SEED:-$(($(date +%s) % 30000))}
RANDOM=$SEED
echo "seed $SEED, $KILLS kills"

PROMETHEUS='poll_interval = "200ms"; max_sample_age = "4s"; timeout = "180ms";'
DEFAULTS='blind_after = "30s"; max_gap = "4s"; bake_time = "500ms"; validation_window = "500ms"; verify_timeout = "5s";'
START=manual
kills=0

revive() {
	start_daemon
	grep -q 'cannot restore' "$T/migarchd.log" && fail "a rollout could not be restored"
	return 0
}

# One kill at a random moment of the next second, and the restart.
strike() {
	sleep "0.$(printf '%03d' $((RANDOM % 1000)))"
	kill -9 "$daemon_pid" 2>/dev/null
	wait "$daemon_pid" 2>/dev/null
	kills=$((kills + 1))
	revive
}

# look ID: what the rollout is like now, as words.
look() {
	curl -sf --unix-socket "$SOCKET" "http://localhost/v1/rollouts/$1" | jq -r '
	    .state,
	    if .phase.gates // [] | any(.state == "closed" and .kind == "approval") then "gate" else empty end,
	    if .rollback.flags_restored_at then "restored" else empty end' | xargs
}

# people ID LOOK: do what people do: approve the point of no return, acknowledge manual steps.
people() {
	case $2 in
	rolling_back*) ack_all ;; # a gate that was closed then stays so, and is nobody's business
	*gate*) ctl approve "$1" >/dev/null ;;
	esac
}

# history ID: all records of a rollout.
history_of() {
	curl -sf --unix-socket "$SOCKET" "http://localhost/v1/rollouts/$1/history?limit=1000"
}

# The invariants of one finished rollout.
check() {
	local id=$1 end=$2 sent wanted
	sent=$(jq -r "select(.first and .path == \"/flags/new_shop\" and .body.rollout_id == \"$id\") | .body.percentage" "$T/journal" | xargs)
	history_of "$id" >"$T/history.json" && holds '.events | length > 0' "$T/history.json" ||
		fail "$id: no history"
	case $end in
	completed | held) wanted='5 25 50 100' ;; # held: aborted behind the point of no return
	*) wanted='(5 (25 (50 (100 )?)?)?)?0' ;;
	esac
	# Aborted before the first step: there is no write to send, and none may have been sent.
	[ "$end" = rolled_back ] && holds '.events | all(.kind != "flag_write")' "$T/history.json" && wanted=
	[[ "$sent" =~ ^$wanted$ ]] || fail "$id $end: the provider was sent: $sent"
	# Every committed flag write arrived, unless the rollback made it void.
	jq -r '.events[] | select(.kind == "flag_write") | "\(.detail.effect) \(.detail.to)"' "$T/history.json" |
	while read -r effect to; do
		grep -q "\"key\":\"$id-[0-9a-f]*-$effect\"" "$T/journal" && continue
		[ "$to" != 0 ] && [ "$end" = rolled_back ] && continue
		echo "$id-$effect (to $to) was committed but never arrived" >>"$T/missing"
	done
	[ ! -s "$T/missing" ] || fail "$(cat "$T/missing")"
	# A generation is one intent: never two keys for one.
	jq -r "select(.path == \"/flags/new_shop\" and .body.rollout_id == \"$id\") | \"\(.body.generation) \(.key)\"" \
	    "$T/journal" | sort -u | cut -d' ' -f1 | uniq -d | grep -q . && fail "$id: a step was repeated under a new key"
	flag_is new_shop "$([ "$end" = rolled_back ] && echo 0 || echo 100)" >/dev/null || fail "$id $end: flag is elsewhere"
}

start_peer
start_prometheus
make_documents '.feature_flags[1:] = [] | .feature_flags[0].rollout_schedule =
    [ (5, 25, 50) | { "percentage": ., "duration_hours": 0.0004 } ] + [ { "percentage": 100, "duration_hours": 0 } ]'
write_config
sed -i '/^migrations/,$d' "$T/migarchd.conf"
cat >"$T/binding.conf" <<END
metrics = { $METRICS };
flags = { $FLAGS };
phases = $PHASES;
END
start_daemon

while [ $kills -lt "$KILLS" ]; do
	control error_rate=0
	curl -sf -X PUT "$PEER_URL/flags/new_shop" -d '{"percentage":0}' >/dev/null
	wait_until 30 prom_lacks '(sum(rate(http_requests_total{version="new",status=~"5.."}[3s])) / sum(rate(http_requests_total{version="new"}[3s]))) > 0.05'
	ctl load "$T/plan.json" "$T/runbook.json" --binding "$T/binding.conf" >/dev/null || fail "load"
	rollout .id >/dev/null
	id=$(cat "$T/id")
	ctl start "$id" >/dev/null || fail "start"
	fate=$((RANDOM % 3))
	struck=0
	while now=$(look "$id"); ! [[ "$now" =~ ^(completed|rolled_back|held) ]]; do
		people "$id" "$now"
		# A fault, or an operator's abort, somewhere on the way.
		if [ $struck -ge $((RANDOM % 12 + 2)) ]; then
			[ $fate = 1 ] && control error_rate=0.6
			[ $fate = 2 ] && ctl abort "$id" --comment "crash test" >/dev/null 2>&1
		fi
		[ $kills -ge "$KILLS" ] && fate=2 && ctl abort "$id" >/dev/null 2>&1
		[ $kills -lt "$KILLS" ] && strike
		struck=$((struck + 1))
		# With the new version damaged and no traffic left, the rollback must become quiet.
		[[ "$now" = *restored* ]] && control error_rate=0
		[ $struck -lt 150 ] || { ctl status; fail "$id does not end"; }
		[ $kills -lt "$KILLS" ] || sleep 0.3
	done
	end=$(rollout .state)
	check "$id" "$end"
	echo "$id: $end, $kills kills so far"
done
pass "$kills kills -9: no step skipped, none repeated, every intent arrived"
