#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Flags that are not where they should be: moved by hand, never moved although the service said so,
# elsewhere before the start, unreadable.  Everything freezes until a person restores or adopts.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "2s"; validation_window = "1s"; verify_timeout = "3s";'
start_peer
start_prometheus

echo "# moved by hand, and restored"
fresh "$(one_flag 8 20 40 60)"
must_become 20 "runs at 20 %" verified new_shop 20
control set=new_shop:77
must_become 8 "drift is noticed" is '.overlays == ["drift"] and .flags[0].verified_percentage == 77 and .flags[0].intended_percentage == 20'
must_stay 5 "it freezes" eval 'is ".overlays == [\"drift\"]" && waits_for drift && flag_is new_shop 77'
expect "it is recorded" recorded '.kind == "drift" and .detail.intended == 20 and .detail.observed == 77'
expect "people are called" received '.path == "/notify" and .body.event.kind == "drift"'
expect "no command but the right one helps" eval '! ctl approve "$id" rollback 2>/dev/null'
ends_with 64 ctl approve restore --comment "$(printf '%600s' x)"
grep -q "at most 511 bytes are kept" "$T/err" || fail "a long comment: $(cat "$T/err")"
ends_with 0 ctl approve restore --comment "was me" # there is one rollout only
must_become 8 "restored" eval 'is ".overlays == []" && verified new_shop 20'
expect "the write says why" received '.path == "/flags/new_shop" and .body.reason == "drift" and .body.percentage == 20'
must_become 20 "it goes on" verified new_shop 40

echo "# moved by hand, and adopted"
control set=new_shop:50
must_become 8 "drift is noticed" is '.overlays == ["drift"]'
ends_with 0 ctl approve "$id" adopt
expect "adopted" is '.overlays == [] and .flags[0].intended_percentage == 50'
expect "it is recorded" recorded '.kind == "drift_adopted" and .detail.percentage == 50'
must_become 20 "the schedule goes on behind it" verified new_shop 60
[ "$(writes new_shop)" = "20 20 40 60" ] || fail "writes: $(writes new_shop)"

echo "# moved by hand, and moved back"
control set=new_shop:1
must_become 8 "drift is noticed" is '.overlays == ["drift"]'
control set=new_shop:60
must_become 8 "it is over by itself" is '.overlays == []'
expect "that is recorded" recorded '.kind == "drift_cleared"'
control set=new_shop:99
must_become 8 "drift is noticed again" is '.overlays == ["drift"]'
control error_rate=0.5
must_become 15 "triggers are armed all the time" is '.state == "rolling_back"'
must_become 5 "the flag is at 0" flag_is new_shop 0

echo "# the service says so, and does nothing"
WORLD=flags=lie
fresh "$(one_flag 1 20 60)"
WORLD=
must_become 15 "the write is acknowledged, but not seen" is '.flags[0] | .acknowledged and (.verified | not) and .intended_percentage == 20'
must_become 10 "that is drift after a while" is '.overlays == ["drift"] and .flags[0].verified_percentage == 0'
must_stay 3 "no step" eval '[ "$(writes new_shop)" = 20 ]'
control flags=ok
ends_with 0 ctl approve "$id" restore
must_become 20 "restored, it goes on" verified new_shop 60

echo "# elsewhere before the start"
WORLD=set=new_shop:35
fresh "$(one_flag 1 20 60)"
WORLD=
must_become 8 "drift is noticed" is '.overlays == ["drift"] and .state == "baselining"'
must_stay 3 "nothing starts" eval 'state_is baselining && [ "$(writes new_shop)" = "" ]'
ends_with 0 ctl approve "$id" restore
must_become 20 "restored, it starts" verified new_shop 60
[ "$(writes new_shop)" = "0 20 60" ] || fail "writes: $(writes new_shop)"

echo "# it can not be read"
WORLD=reads=fail
fresh "$(one_flag 600 20)"
WORLD=
must_stay 4 "nothing starts on a flag that nobody has seen" eval 'state_is baselining && [ "$(writes new_shop)" = "" ]'
expect "that is what it waits for" waits_for unverified
control reads=ok
must_become 20 "it starts when the flag is seen" verified new_shop 20
fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20
control reads=fail
ends_with 0 ctl abort "$id"
must_stay 4 "a rollback that is not seen is not over" eval 'ack_all; state_is rolling_back && is ".rollback.flags_restored_at == null"'
control reads=ok
must_become 5 "seen, it goes on" is '.rollback.flags_restored_at != null'
expect "one write was enough" [ "$(writes new_shop)" = "20 0" ]
