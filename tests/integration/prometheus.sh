#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Prometheus itself in trouble: partial answers, gone, frozen, restarted in the middle of a hold.  Nothing
# goes up meanwhile, nothing is rolled back, and it goes on afterwards.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "4s"; max_gap = "4s"; bake_time = "2s"; validation_window = "1s"; verify_timeout = "5s";'
HOLD=3

# quality QUALITY...: what the error rate's newest reading is worth.
quality() {
	is "[.triggers[] | select(.id == \"spec_error_rate\")][0].quality as \$q | \"$*\" | split(\" \") | index(\$q) != null"
}

# stands WHAT
stands() {
	percentage=$(rollout '.flags[0].intended_percentage')
	must_stay "$2" "$1: no step up, no rollback" is ".state == \"running\" and .flags[0].intended_percentage == $percentage"
	expect "$1: it waits for metrics" waits_for metrics
}

goes_on() {
	must_become 20 "it goes on" is ".state == \"running\" and .flags[0].verified_percentage > $percentage and .overlays == []"
}

start_peer
start_prometheus
fresh "$(one_flag $HOLD $(seq 2 2 98))"
must_become 20 "it runs" is '.flags[0].verified_percentage >= 2'

echo "# partial answers"
# A remote storage that is not there: Prometheus answers with a warning.
prom_config "remote_read: [ { url: \"http://127.0.0.1:$(free_port)/read\", read_recent: true } ]"
reload_prometheus
must_become 8 "seen as partial" quality partial
stands "partial answers" 4
prom_config
reload_prometheus
goes_on

echo "# Prometheus is gone"
stop_prometheus
must_become 8 "seen as an error" quality error stale
stands "no Prometheus" 5
must_become 5 "it is blind" is '.overlays == ["blind"]'
run_prometheus
goes_on
expect "it was recorded" recorded '.kind == "sighted"'

echo "# Prometheus does not answer any more"
kill -STOP "$prom_pid"
must_become 8 "seen as an error" quality error stale
stands "a frozen Prometheus" 4
kill -CONT "$prom_pid"
goes_on

echo "# Prometheus restarts in the middle of a hold"
percentage=$(rollout '.flags[0].intended_percentage')
must_become 15 "a new step begins" is ".flags[0].verified_percentage > $percentage"
percentage=$(rollout '.flags[0].intended_percentage')
stop_prometheus
run_prometheus
goes_on
expect "no step was rolled back" not_recorded '.kind == "rollback_decided"'
ctl pause "$(cat "$T/id")" >/dev/null || fail "pause"
must_become 5 "the last write is seen" is '.flags[0].verified'
# Writes of the steps: in order, none twice, and never closer than the hold.
holds -s "map(select(.path == \"/flags/new_shop\" and .first)) | [range(1; length) as \$i | .[\$i].ms - .[\$i - 1].ms] | all(. >= $HOLD * 1000 - 100)" \
    "$T/journal" || fail "a hold was cut short: $(jq -c '[.ms, .body.percentage]' "$T/journal" | xargs)"
pass "no hold was cut short"
[ "$(writes new_shop)" = "$(seq -s ' ' 2 2 "$(rollout '.flags[0].intended_percentage')")" ] ||
	fail "steps were left out or repeated: $(writes new_shop)"
pass "no step was left out or repeated"
