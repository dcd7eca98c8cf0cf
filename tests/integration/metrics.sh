#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# No step up while metrics are missing, stale, unreadable or no number, although the rate windows
# still hold good values; it goes on when they return.  Blindness is shown, and rolls back when that is wanted.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "2s"; timeout = "400ms";'
DEFAULTS='blind_after = "3s"; max_gap = "4s"; bake_time = "2s"; validation_window = "3s"; verify_timeout = "5s";'
EVERY_2=$(one_flag 2 $(seq 2 2 98))
# From the fault to the reading that shows it: a scrape, the age that a sample may have, a poll, and some leave.
NOTICED_MS=4500

# quality QUALITY...: what the error rate's newest reading is worth.
quality() {
	is "[.triggers[] | select(.id == \"spec_error_rate\")][0].quality as \$q | \"$*\" | split(\" \") | index(\$q) != null"
}

last_write_ms() {
	jq -s 'map(select(.path == "/flags/new_shop") | .ms) | max' "$T/journal"
}

now_ms() {
	date +%s%3N
}

# stands WHAT: from soon after $fault_ms on nothing goes up; at $percentage.
stands() {
	percentage=$(rollout '.flags[0].intended_percentage')
	must_stay 4 "$1: no step up" is ".state == \"running\" and .flags[0].intended_percentage == $percentage"
	[ "$(last_write_ms)" -le $((fault_ms + NOTICED_MS)) ] ||
		fail "$1: a step $(($(last_write_ms) - fault_ms)) ms after the fault"
	expect "$1: that is what it waits for" eval 'waits_for metrics || waits_for traffic'
}

goes_on() {
	must_become 15 "it goes on" is ".state == \"running\" and .flags[0].verified_percentage > $percentage"
	expect "it is not blind" is '.overlays == []'
}

start_peer
start_prometheus
# A long window: without a look at the samples' age old values would pass for healthy.
METRICS=${METRICS/3s/8s}
fresh "$EVERY_2"
must_become 30 "it runs" is '.flags[0].verified_percentage >= 6'

for fault in no_new garbage hang; do
	echo "# metrics: $fault"
	fault_ms=$(now_ms)
	control metrics=$fault
	must_become 8 "seen as missing" quality stale no_data
	stands $fault
	must_become 5 "it is blind" is '.overlays == ["blind"] and .blind.seconds >= 0'
	control metrics=ok
	goes_on
done
expect "blindness is recorded" recorded '.kind == "blind" and (.detail.metrics | any(.metric == "error_rate"))'
expect "its end is recorded" recorded '.kind == "sighted"'
expect "people were told" received '.path == "/notify" and .body.event.kind == "blind"'

echo "# samples that grow old"
SCRAPE=1h
prom_config
reload_prometheus
must_become 15 "seen as stale" quality stale no_data
# Prometheus takes its time to stop: the newest sample is where the fault begins.
fault_ms=$(curl -sf "$PROM_URL/api/v1/query" --data-urlencode 'query=1000 * max(max_over_time(timestamp(http_requests_total{version="new"})[1m:500ms]))' |
	jq -r '.data.result[0].value[1] | tonumber | floor') || fail "no newest sample"
stands "old samples"
SCRAPE=500ms
prom_config
reload_prometheus
goes_on

echo "# no number"
METRICS=${METRICS/8s/3s}
fresh "$EVERY_2"
must_become 30 "it runs" is '.flags[0].verified_percentage >= 6'
control traffic=old_only
must_become 8 "seen as no number" quality nan low_traffic
fault_ms=$(now_ms)
stands "no traffic"
control traffic=ok
goes_on

echo "# blind for too long"
DEFAULTS=${DEFAULTS/3s/2s}' blind_rollback_after = "6s";'
fresh "$(one_flag 600 20)"
must_become 20 "it runs" verified new_shop 20
control metrics=no_new
must_become 15 "it is blind" is '.overlays == ["blind"] and .blind.rollback_after_seconds == 6'
must_become 20 "then it rolls back" is '.state == "rolling_back" and .reason == "blind" and .rollback.trigger == null'
must_become 5 "the flag is at 0, still blind" is '.rollback.flags_restored_at != null'
flag_is new_shop 0 >/dev/null || fail "the flag is not at 0"
kill -STOP "$prom_pid"
must_become 10 "it can not see that it is quiet" eval 'ack_all; is ".rollback.stage == \"validation\"" && waits_for metrics'
must_stay 2 "so it is not over" state_is rolling_back
ends_with 0 ctl approve "$id" validation --comment "looked at it myself"
expect "a person has seen it instead" state_is rolled_back
expect "that is recorded" recorded '.kind == "validation_accepted" and .actor != "migarchd"'
