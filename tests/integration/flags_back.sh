#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A flag service in trouble on the way back: it fails, hangs, refuses, lies.  The rollback is written
# until it is seen, whatever an older write still does.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "2s"; validation_window = "1s"; verify_timeout = "5s";'

# keys PERCENTAGE: how many different keys that percentage was sent under.
keys() {
	jq -r "select(.path == \"/flags/new_shop\" and .body.percentage == $1) | .key" "$T/journal" | sort -u | wc -l
}

# attempts PERCENTAGE
attempts() {
	count_received ".path == \"/flags/new_shop\" and .body.percentage == $1"
}

# back MODE: an abort meets a service like that.
back() {
	fresh "$(one_flag 600 20)"
	must_become 20 "runs at 20 %" verified new_shop 20
	control "flags=$1"
	ends_with 0 ctl abort "$id"
	must_become 15 "$1: the rollback is tried again and again" eval '[ "$(attempts 0)" -ge 3 ]'
	[ "$1" = lie ] || expect "$1: the error is shown" is '.rollback.last_error != null'
	expect "$1: it is not over before it is seen" eval 'state_is rolling_back && is ".rollback.flags_restored_at == null" && flag_is new_shop 20'
	control flags=ok
	must_become 15 "the flag is back" eval 'is ".rollback.flags_restored_at != null" && flag_is new_shop 0'
}

start_peer
start_prometheus

echo "# the way back to a service that fails"
back fail
expect "under one key" [ "$(keys 0)" = 1 ]
echo "# the way back to a service that hangs"
back hang
expect "under one key" [ "$(keys 0)" = 1 ]
echo "# the way back to a service that refuses"
back refuse
echo "# the way back to a service that lies"
back lie

echo "# a late forward write does not win"
fresh "$(one_flag 5 20 60)"
must_become 20 "runs at 20 %" verified new_shop 20
control flags=slow late_ms=8000
must_become 20 "the next step is under way" eval '[ "$(attempts 60)" -ge 1 ]'
control flags=ok
ends_with 0 ctl abort "$id"
must_become 5 "the flag is back" eval 'is ".rollback.flags_restored_at != null" && flag_is new_shop 0'
must_become 20 "then the old write comes through, and is written over" eval '[ "$(keys 0)" -ge 2 ]'
must_become 5 "the flag is back again" flag_is new_shop 0
finish_rollback
expect "for good" flag_is new_shop 0

# lines TEXT: so often it is in the log.
lines() {
	grep -c "$1" "$T/migarchd.log"
}

echo "# a service that can not be asked"
fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20
control reads=fail
must_become 5 "the log hears of it" eval '[ "$(lines "cannot read a flag back")" = 1 ]'
must_stay 6 "once, not with each read" eval '[ "$(lines "cannot read a flag back")" = 1 ]'
control reads=ok
must_become 5 "and that it is over" eval '[ "$(lines "a flag can be read back again")" = 1 ]'
