#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The main job: two flags in sequence up to the end, and automatic rollbacks on the way.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

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

control error_rate=0.5
must_become 20 "rolls back on the error rate" is '.state == "rolling_back"'
must_become 10 "both flags are at 0" is '.rollback.flags_restored_at != null'
flag_is new_shop 0 >/dev/null && flag_is new_checkout 0 >/dev/null || fail "a flag is not at 0"
is '.rollback.trigger == "spec_error_rate" or .rollback.trigger == "error_rate_spike" or .rollback.trigger == "spec_availability"' ||
	fail "trigger: $(rollout .rollback.trigger)"
must_become 20 "steps are acknowledged" eval 'ack_all; is ".rollback.phases | all(.steps | all(.state != \"waiting_for_ack\" and .state != \"pending\"))"'
must_become 30 "rolled back" state_is rolled_back
must_stay 3 "a finished rollout is latched" flag_is new_shop 0
