#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A flag service in trouble on the way up: it fails, refuses, hangs, answers late.  Nothing goes on
# before a write is seen, and retries keep their key.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "2s"; validation_window = "1s"; verify_timeout = "5s";'
TWO_STEPS="$(one_flag 1 20 60) | .feature_flags[0].rollout_schedule[1].duration_hours = 1"

# keys PERCENTAGE: how many different keys that percentage was sent under.
keys() {
	jq -r "select(.path == \"/flags/new_shop\" and .body.percentage == $1) | .key" "$T/journal" | sort -u | wc -l
}

# attempts PERCENTAGE
attempts() {
	count_received ".path == \"/flags/new_shop\" and .body.percentage == $1"
}

# troubled MODE: the first write goes out to a service like that, and nothing else follows.
troubled() {
	WORLD="flags=$1 late_ms=${2:-0}"
	fresh "$TWO_STEPS"
	must_become 20 "the first step is tried" eval '[ "$(attempts 20)" -ge 1 ]'
	must_become 10 "$1: it is tried again" eval '[ "$(attempts 20)" -ge 3 ]'
	expect "$1: the second step waits" eval '[ "$(attempts 60)" = 0 ] && waits_for unverified'
	expect "the flag is shown as not seen" is '.flags[0] | .intended_percentage == 20 and (.verified or .acknowledged | not)'
	WORLD=
	control flags=ok
	must_become 40 "it goes on when the service is back" verified new_shop 60
	expect "under one key each" eval '[ "$(keys 20)" = 1 ] && [ "$(keys 60)" = 1 ]'
}

start_peer
start_prometheus

echo "# it fails on the way up"
troubled fail
echo "# it hangs on the way up"
troubled hang
echo "# it does it, and answers too late"
troubled late 3000

echo "# it answers late, but in time"
SHORT=$FLAGS
FLAGS=${FLAGS/'timeout = "1s"'/'timeout = "10s"'}
WORLD='flags=late late_ms=600'
fresh "$TWO_STEPS"
must_become 20 "both steps are done" verified new_shop 60
expect "with one attempt each" eval '[ "$(attempts 20)" = 1 ] && [ "$(attempts 60)" = 1 ]'
FLAGS=$SHORT

echo "# it refuses"
WORLD=flags=refuse
fresh "$TWO_STEPS"
WORLD=
must_become 20 "the refusal is shown" is '.flags[0].write_failed'
must_stay 2 "it is not hammered, nothing goes on" eval '[ "$(attempts 20)" = 1 ] && [ "$(attempts 60)" = 0 ] && state_is running'
expect "it is recorded" recorded '.kind == "effect_refused" and .detail.flag == "new_shop" and (.detail.error | test("400"))'
must_become 5 "people are called" received '.path == "/notify" and .body.event.kind == "effect_refused"'
control flags=ok
ends_with 0 ctl approve "$id" restore
must_become 20 "restored, it goes on" verified new_shop 60
expect "the new attempt has a key of its own" [ "$(keys 20)" = 2 ]
