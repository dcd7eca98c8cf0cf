#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The main job: two flags in sequence up to the end, and automatic rollbacks on the way.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

# operations WHAT STATUS: how many the daemon has counted.
operations() {
	curl -sf --unix-socket "$SOCKET" http://x/metrics |
		sed -n "s/^migration_progress_total{operation=\"$1\",status=\"$2\"} //p"
}

# took WHAT: the seconds that all of them took.
took() {
	curl -sf --unix-socket "$SOCKET" http://x/metrics |
		sed -n "s/^migration_operation_duration_seconds_sum{operation=\"$1\"} //p"
}

# at_most A B: whether two numbers are in this order.
at_most() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && b != "" && a + 0 <= b + 0) }'
}

start_all
must_become 30 "first flag at 5 %" verified new_shop 5
must_become 30 "first flag at 25 %" verified new_shop 25
is '.flags[1].intended_percentage == 0' || fail "the second flag moved before the first was through"
must_become 30 "first flag at 100 %" verified new_shop 100
must_become 30 "second flag at 50 %" verified new_checkout 50
must_become 30 "second flag at 100 %" verified new_checkout 100
must_become 30 "waits for approval of the point of no return" is '.phase.name == "retire"'
[ "$(writes new_shop)" = "5 25 100" ] || fail "writes of new_shop: $(writes new_shop)"
[ "$(writes new_checkout)" = "50 100" ] || fail "writes of new_checkout: $(writes new_checkout)"
pass "every step was written once, in order"
[ "$(operations step_up success)" = 5 ] || fail "steps up: $(operations step_up success)"
[ "$(operations rollback success)" = 0 ] || fail "a rollback is counted"
# Each was seen within the time that it may take; and phases were held for as long as their records say.
at_most "$(took step_up)" 25 || fail "steps up took $(took step_up)"
held=$(ctl -f json history | jq -s '[.[] | select(.kind == "phase_left") | .detail.held_seconds] | add')
at_most "$held" "$(took phase)" || fail "phases took $(took phase), of which $held s were healthy"
at_most "$(took phase)" $SECONDS || fail "phases took $(took phase)"
pass "steps and phases are counted, and how long they took"

control error_rate=0.5
must_become 20 "rolls back on the error rate" is '.state == "rolling_back"'
must_become 10 "both flags are at 0" is '.rollback.flags_restored_at != null'
flag_is new_shop 0 >/dev/null && flag_is new_checkout 0 >/dev/null || fail "a flag is not at 0"
is '.rollback.trigger == "spec_error_rate" or .rollback.trigger == "error_rate_spike" or .rollback.trigger == "spec_availability"' ||
	fail "trigger: $(rollout .rollback.trigger)"
must_become 20 "steps are acknowledged" eval 'ack_all; is ".rollback.phases | all(.steps | all(.state != \"waiting_for_ack\" and .state != \"pending\"))"'
must_become 30 "rolled back" state_is rolled_back
[ "$(operations rollback success)" = 1 ] || fail "rollbacks: $(operations rollback success)"
[ "$(operations step_up success)" = 5 ] || fail "the way back is counted as steps up"
must_stay 3 "a finished rollout is latched" flag_is new_shop 0
