#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A notifier and an executor that never answer, or always fail, delay no rollback write.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "1s"; validation_window = "1s"; verify_timeout = "3s";'
STEPS='url = "'PEER_URL'/steps"; timeout = "60s";'
NOTIFY='timeout = "60s";'
EDIT_RUNBOOK='.rollback_phases |= map(.steps |= map(.script_type = "bash"))'
# What hangs does so for 5 s at least.
LIMIT_MS=2000
start_peer
start_prometheus
STEPS=${STEPS/PEER_URL/$PEER_URL}

# quick WHAT: the time from the decision to the write that the flag service has received.
quick() {
	local decided written
	must_become 10 "$1: the flag is at 0" flag_is new_shop 0
	decided=$(records | jq -r 'map(select(.kind == "rollback_decided"))[0].at')
	decided=$(date -d "$decided" +%s%3N)
	written=$(jq -s 'map(select(.path == "/flags/new_shop" and .body.percentage == 0))[0].ms' "$T/journal")
	[ $((written - decided)) -lt $LIMIT_MS ] || fail "$1: $((written - decided)) ms from the decision to the write"
	pass "$1: $((written - decided)) ms from the decision to the write"
}

# crowded: some notifications are under way when the rollback comes.
crowded() {
	for elsewhere in 21 22 23; do
		control set=new_shop:$elsewhere
		must_become 8 "an alert is owed" is '.overlays == ["drift"]'
		ends_with 0 ctl approve "$id" restore
		must_become 8 "it goes on" is '.overlays == [] and .flags[0].verified'
	done
}

for mode in hang fail; do
	echo "# both $mode, and a trigger fires"
	fresh "$(one_flag 600 20)"
	must_become 20 "runs at 20 %" verified new_shop 20
	control notify=$mode steps=$mode
	crowded
	expect "notifications were tried" received '.path == "/notify"'
	control error_rate=0.5
	quick "both $mode"
	must_become 5 "the flags are through" is '.rollback.stage == "steps"'
	must_stay 2 "the rest waits for the executor" is '.state == "rolling_back" and .rollback.stage == "steps"'
done

echo "# both hang, and an operator aborts while a phase is announced"
WORLD='notify=hang steps=ok'
NOTIFY='timeout = "5s";'
STEPS=${STEPS/60s/5s}
fresh "$(one_flag 0.3 20 60) | .feature_flags[0].rollout_schedule[1].duration_hours = 0.003"
WORLD=
must_become 20 "runs at 60 %" verified new_shop 60
control steps=hang
must_become 30 "leaving the phase is announced, and not answered" is '.phase.stage == "leave_hook"'
ends_with 0 ctl abort "$id"
quick "abort"
control steps=ok notify=ok
must_become 20 "when they answer again it ends" state_is rolled_back
must_become 40 "people hear of it" received '.path == "/notify" and .body.template_type == "rollback_complete"'
