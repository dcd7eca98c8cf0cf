#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Automatic rollbacks out of a running step: on the error rate, on the 95th percentile, on the
# availability, with baselines of 0, and proposed ones.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
STANDARD=$METRICS
start_peer
start_prometheus

# tells WHAT PATTERN: "migarchctl why" says it; where its lines break does not matter.
tells() {
	ctl why "$id" >"$T/why" || fail "why"
	tr -s ' \n' '  ' <"$T/why" | grep -qE -- "$2" || { cat "$T/why" >&2; fail "why does not tell $1"; }
	pass "why tells $1"
}

# rolls_back_on TRIGGER: the rollback that begins was decided by it and brings the flag back.
rolls_back_on() {
	must_become 15 "$1 rolls back" is '.state == "rolling_back" or .state == "rolled_back"'
	must_become 5 "the flag is seen at 0" is '.rollback.flags_restored_at != null'
	expect "the provider agrees" flag_is new_shop 0
	expect "the status names the trigger" is ".reason == \"trigger\" and .rollback.trigger == \"$1\" and .rollback.actor == \"migarchd\""
	expect "the trigger is shown as fired" is ".triggers[] | select(.id == \"$1\") | .state == \"fired\" and .fired_at != null"
	expect "the history has value and threshold" recorded ".kind == \"trigger_fired\" and .detail.trigger == \"$1\" and
	    (if .detail.operator == \"less_than\" then .detail.value < .detail.threshold else .detail.value > .detail.threshold end)"
	expect "the history has the decision" recorded ".kind == \"rollback_decided\" and .detail.trigger == \"$1\""
	expect "the decision has all it was made on" recorded ".kind == \"rollback_decided\" and (.detail |
	    .quality == \"ok\" and .sampled_at != null and .sample_count != 0 and (.query | length > 0) and .since_seconds >= .pending_seconds and
	    .min_coverage == 0.8 and (.baseline_used | type) == \"boolean\" and .state == \"running\" and .phase == \"redirect\" and
	    .overlays == [] and .flags[0].verified_percentage > 0 and (.triggers | length > 0 and all(.trigger != \"$1\" and .quality != null)))"
	tells "trigger, value and threshold" "Why Trigger $1 fired: [a-z0-9_]+ was [0-9.e+]+, and must not be (above|below) [0-9.e+]+\\. It rolls back\\."
	tells "how long" 'How long (One believable reading is enough|It had been so for)'
	tells "the sample" 'Sample [0-9.e+]+, of [0-9-]+ [0-9:]+Z \([0-9a-z]+ before\)'
	tells "the limit and its baseline" 'Limit [0-9.e+]+ (is a fixed number|comes from the baseline of)'
	tells "what else was true" 'Flags new_shop was to be at [0-9]+ % and was seen at [0-9]+ % Others [a-z0-9_]+ was [a-z_]+: '
	tells "what came of it" 'Now All flags were seen back in their place [0-9a-z ]+ after the decision'
	expect "the write says why" received '.path == "/flags/new_shop" and .body.reason == "rollback" and .body.percentage == 0'
}

echo "# error rate"
# Availability is the other side of the same requests: it must not get there first.
fresh "$(one_flag 600 20) | .rollback_triggers |= map(select(.metric != \"availability\"))"
must_become 20 "runs at 20 %" verified new_shop 20
control error_rate=0.5
rolls_back_on spec_error_rate
must_become 5 "people are told" eval 'received ".path == \"/notify\" and .body.template_type == \"rollback_start\""'
finish_rollback
must_become 5 "it is told that it is over" eval 'received ".path == \"/notify\" and .body.template_type == \"rollback_complete\""'
must_stay 2 "a finished rollout stays finished" eval 'state_is rolled_back && flag_is new_shop 0'

echo "# 95th percentile"
fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20
control latency_ms=900
rolls_back_on spec_response_time_p95
expect "no other trigger has fired" is '[.triggers[] | select(.state == "fired")] | length == 1'

echo "# availability, of an explicit query"
METRICS=$STANDARD' availability = "min(avg_over_time(up{job=\"shop\"}[3s]))";'
fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20
control metrics=down
rolls_back_on spec_availability
ack_all
must_stay 3 "not over while nobody can see that it is quiet" eval 'ack_all; state_is rolling_back'
control metrics=ok
finish_rollback

echo "# a captured baseline of 0"
# error_rate_spike is 5 times the baseline: 5 x 0 would fire on the first error.
NO_SPEC='| .rollback_triggers = []'
EDIT_RUNBOOK='.trigger_conditions |= map(if .trigger_id == "error_rate_spike" then .metric_threshold.duration_minutes = 0 else . end)'
POLLS=$PROMETHEUS
PROMETHEUS='poll_interval = "200ms"; max_sample_age = "4s"; timeout = "180ms";'
METRICS='preset = "http"; new = "version=\"new\""; old = "version=\"old\""; interval = "3s"; min_samples = 1;
      baselines = { p95_response_time = 100; }; floors = { error_rate = 0.03; };'
STANDARD_DEFAULTS=$DEFAULTS
DEFAULTS=$DEFAULTS' baseline_window = "2s";'
START=manual WORLD=old_error_rate=0
fresh "$(one_flag 600 30) $NO_SPEC"
wait_until 15 prom_has 'sum(increase(http_requests_total{version="old",status="500"}[4s])) == 0' || fail "the old path still has errors"
ctl start "$id" >/dev/null || fail "start"
START=auto WORLD=
must_become 5 "it is started" recorded '.kind == "started"'
must_become 30 "runs at 30 %" verified new_shop 30
expect "the baseline is captured first" eval 'records | holds "map(.kind) | index(\"baseline_captured\") < index(\"flag_write\")"'
expect "the captured baseline is 0, its floor is used" recorded '.kind == "baseline_captured" and .detail.metric == "error_rate" and
    .detail.median == 0 and .detail.floor_used and .detail.baseline == 0.03 and .detail.samples >= 20'
expect "the status shows the floor" is '.baselines[] | select(.metric == "error_rate") | .floor_used and .value == 0.03 and .kind == "captured"'
expect "the trigger shows it, too" is '.triggers[] | select(.id == "error_rate_spike") | .floor_used and .baseline == 0.03 and .threshold > 0.149 and .threshold < 0.151'
control error_rate=0.02
must_become 30 "the new version has errors" prom_has 'sum(rate(http_requests_total{version="new",status="500"}[5s])) > 0'
must_stay 2 "no rollback on the first errors" state_is running
control error_rate=0.5
rolls_back_on error_rate_spike
tells "the floor of the captured baseline" 'comes from the baseline of error_rate, 0.03: the median of [0-9]+ readings of the old path.* It was less; the floor of 0.03'

echo "# a fixed baseline of 0"
PROMETHEUS=$POLLS DEFAULTS=$STANDARD_DEFAULTS
METRICS='preset = "http"; new = "version=\"new\""; old = "version=\"old\""; interval = "3s"; min_samples = 1;
      baselines = { error_rate = 0; p95_response_time = 100; }; floors = { error_rate = 0.03; };'
fresh "$(one_flag 600 30) $NO_SPEC"
must_become 20 "runs at 30 %" verified new_shop 30
expect "the status shows the floor" is '.triggers[] | select(.id == "error_rate_spike") | .floor_used and .baseline == 0.03'
control error_rate=0.02
must_become 30 "the new version has errors" prom_has 'sum(rate(http_requests_total{version="new",status="500"}[5s])) > 0'
must_stay 2 "no rollback on the first errors" state_is running
control error_rate=0.5
rolls_back_on error_rate_spike

echo "# a rollback that is only proposed"
EDIT_RUNBOOK='.trigger_conditions |= map(if .trigger_id == "response_time_degradation" then .metric_threshold.duration_minutes = 0 else . end)'
METRICS=$STANDARD
fresh "$(one_flag 600 20) $NO_SPEC"
must_become 20 "runs at 20 %" verified new_shop 20
control latency_ms=900
must_become 15 "the trigger has fired" is '.triggers[] | select(.id == "response_time_degradation") | .state == "fired"'
must_stay 2 "it waits for a person" eval 'state_is running && verified new_shop 20'
must_become 5 "people are called" eval 'received ".path == \"/notify\" and .body.template_type == \"alert\""'
ends_with 0 ctl dismiss "$id" response_time_degradation --comment "known"
expect "the dismissal is recorded" recorded '.kind == "trigger_dismissed" and .detail.comment == "known"'
must_become 15 "what goes on fires again" is '.triggers[] | select(.id == "response_time_degradation") | .state == "fired"'
ends_with 0 ctl approve "$id" rollback --comment "now it is enough"
must_become 5 "approved, the flag is seen at 0" is '.rollback.flags_restored_at != null'
tells "who wanted the proposed rollback" 'It proposes a rollback\. It fired at .*Z\. .* confirmed it\. The comment was: "now it is enough"'
expect "who decided is recorded" recorded '.kind == "rollback_decided" and .detail.trigger == "response_time_degradation" and .actor != "migarchd"'
