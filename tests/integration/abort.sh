#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# An operator's abort in every state, once and again.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "5s"; max_gap = "4s"; bake_time = "600s"; validation_window = "1s"; verify_timeout = "5s";'
AT_20=$(one_flag 600 20)
start_peer
start_prometheus

# aborts: the command is granted, and the flag is back at 0.
aborts() {
	ends_with 0 ctl abort "$id" --comment "drill $1"
	must_become 5 "abort while $1: the flags are back" is '.rollback.flags_restored_at != null'
	expect "the provider agrees" flag_is new_shop 0
	expect "who and why is recorded" recorded '.kind == "rollback_decided" and .detail.reason == "operator" and
	    .detail.comment == "drill '"$1"'" and .actor != "migarchd"'
	expect "the overlays are gone" is '.overlays == [] and .reason == "operator" and .rollback.trigger == null'
}

# again: a second abort is granted and changes nothing.
again() {
	local before
	before=$(records | jq 'map(select(.kind == "rollback_decided" or .kind == "flag_write" or .kind == "held")) | length')
	[ -n "$before" ] || fail "no history"
	ends_with 0 ctl abort "$id" --comment "once more"
	expect "a second abort changes nothing" [ "$(records |
	    jq 'map(select(.kind == "rollback_decided" or .kind == "flag_write" or .kind == "held")) | length')" = "$before" ]
	expect "the first reason stays" not_recorded '.detail.comment == "once more"'
}

echo "# loaded"
START=manual
fresh "$AT_20"
ends_with 0 ctl abort "$id" --wait --timeout 10s
expect "abort while loaded: rolled back at once" state_is rolled_back
expect "no flag was touched" [ "$(writes new_shop)" = "" ]
again
ends_with 78 ctl start "$id"
pass "it can not be started any more"

echo "# baselining"
FIXED=$METRICS
METRICS='preset = "http"; new = "version=\"new\""; old = "version=\"old\""; interval = "3s"; min_samples = 1;'
START=auto
fresh "$AT_20"
must_become 5 "it is baselining" state_is baselining
ends_with 0 ctl abort "$id" --wait --timeout 10s
expect "abort while baselining: rolled back at once" state_is rolled_back
expect "no flag was touched" [ "$(writes new_shop)" = "" ]
METRICS=$FIXED

echo "# running"
fresh "$AT_20"
must_become 20 "runs at 20 %" verified new_shop 20
aborts running
expect "the write says why" received '.path == "/flags/new_shop" and .body.reason == "abort" and .body.percentage == 0'
expect "rolling back" state_is rolling_back
again
finish_rollback
again
expect "still rolled back" state_is rolled_back
expect "the flag was written twice" [ "$(writes new_shop)" = "20 0" ]

echo "# paused"
fresh "$AT_20"
must_become 20 "runs at 20 %" verified new_shop 20
ends_with 0 ctl pause "$id"
expect "it is paused" is '.overlays == ["paused"]'
aborts paused

echo "# blind"
fresh "$AT_20"
must_become 20 "runs at 20 %" verified new_shop 20
control metrics=no_new
must_become 15 "it is blind" is '.overlays == ["blind"]'
aborts blind

echo "# drifted"
fresh "$AT_20"
must_become 20 "runs at 20 %" verified new_shop 20
control set=new_shop:55
must_become 10 "it has drifted" is '.overlays == ["drift"]'
aborts drifted

echo "# baking and completed"
# Without the phase that can not be taken back, or it would be held.
EDIT_PLAN='.phases |= map(select(.name != "retire")) | .rollback_plan.rollback_phases |= map(select(.phase != "retire"))'
fresh "$(one_flag 0 100)"
must_become 20 "it bakes" state_is baking
aborts baking
BAKES=$DEFAULTS
DEFAULTS=${DEFAULTS/600s/0}
fresh "$(one_flag 0 100)"
must_become 20 "it is completed" state_is completed
must_stay 1 "the flag stays" flag_is new_shop 100
aborts completed
DEFAULTS=$BAKES
EDIT_PLAN=.

echo "# behind a point of no return"
fresh "$(one_flag 0 100)"
must_become 20 "the point of no return waits" is '.phase.name == "retire" and .phase.stage == "entry"'
ends_with 0 ctl approve "$id" point_of_no_return
must_become 5 "it is passed" is '.no_return'
ends_with 0 ctl abort "$id" --comment "too late"
expect "abort behind it: held" state_is held
expect "why is shown" is '.held.reason == "operator" and .held.comment == "too late" and .rollback == null'
must_stay 2 "no flag is moved" eval 'flag_is new_shop 100 && [ "$(writes new_shop)" = 100 ]'
must_become 5 "it is escalated" received '.path == "/notify" and .body.template_type == "emergency_escalation"'
again
expect "still held" state_is held

echo "# completed behind a point of no return"
DEFAULTS=${DEFAULTS/600s/0}
PHASES="${PHASES% )}, { name = \"retire\"; gate = \"auto\"; } )"
fresh "$(one_flag 0 100)"
must_become 20 "the point of no return waits" is '.phase.name == "retire" and .phase.stage == "entry"'
ends_with 0 ctl approve "$id" point_of_no_return
must_become 20 "it is completed" state_is completed
ends_with 0 ctl abort "$id"
expect "abort when it is completed for good: held" state_is held
must_stay 1 "no flag is moved" eval 'flag_is new_shop 100 && [ "$(writes new_shop)" = 100 ]'
