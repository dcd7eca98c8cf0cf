#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# What holds a rollout until it may go on: approvals, metric gates, webhook gates, phase hooks.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "1s"; validation_window = "2s"; verify_timeout = "5s";'
AUTO=$PHASES
STANDARD=$METRICS
NO_END='.phases |= map(select(.name != "retire")) | .rollback_plan.rollback_phases |= map(select(.phase != "retire"))'
start_peer
start_prometheus

# gate NAME STATE
gate() {
	is ".phase.gates | any(.name == \"$1\" and .state == \"$2\")"
}

# unanswered: so many alerts say that nobody answers at a gate.
unanswered() {
	records | jq 'map(select(.kind == "gate_unanswered")) | length'
}

echo "# an approval for each step, and for the point of no return"
PHASES=${AUTO/'"redirect"; gate = "auto"'/'"redirect"; gate = "approval"'}
fresh "$(one_flag 0.3 20 60 100)"
must_become 20 "the first step is part of entering" verified new_shop 20
must_become 5 "it waits for approval" eval 'waits_for gate && gate approval closed'
must_stay 2 "nothing goes up unapproved" flag_is new_shop 20
ends_with 0 ctl approve "$id" --comment "looks good"
must_become 5 "approved, one step up" verified new_shop 60
expect "who and why is recorded" recorded '.kind == "gate_opened" and .detail.gate == "approval" and .detail.comment == "looks good" and .actor != "migarchd"'
must_stay 2 "one approval is good for one step" eval 'flag_is new_shop 60 && gate approval closed'
ends_with 66 ctl approve "$id" no_such_gate
ends_with 0 ctl approve "$id" approval
must_become 5 "approved by name, the last step" verified new_shop 100
must_become 5 "the phase is left with one more" gate approval closed
ends_with 0 ctl approve "$id"
must_become 10 "the point of no return" is '.phase.name == "retire" and .phase.stage == "entry" and .phase.point_of_no_return'
must_stay 2 "it is not entered unasked" eval 'gate point_of_no_return closed && is ".no_return | not"'
ends_with 66 ctl approve "$id" approval
ends_with 0 ctl approve "$id" point_of_no_return
must_become 5 "approved, it is entered" is '.no_return and .phase.stage == "active"'
expect "its own work waits for approval" gate approval closed
ends_with 0 ctl approve "$id"
must_become 15 "completed" state_is completed

echo "# a metric gate"
EDIT_PLAN="$NO_END"' | .phases |= map(if .name == "redirect" then .gates = [ { "name": "little_lag", "kind": "metric", "at": "leave",
    "metric": "replication_lag_seconds", "operator": "less_than", "value": 5, "duration_minutes": 0.02 } ] else . end)'
PHASES=${AUTO/'"redirect"; gate = "auto"'/'"redirect"; gate = "metric"'}
METRICS=$STANDARD' replication_lag_seconds = "max(shop_lag_seconds)";'
WORLD=lag=30
fresh "$(one_flag 0.3 20 60 100)"
WORLD=
must_become 20 "the first step" verified new_shop 20
must_become 5 "it waits for the metric" eval 'waits_for gate && gate little_lag closed'
must_stay 2 "nothing goes up" flag_is new_shop 20
mended=$(date +%s%3N)
control lag=1
must_become 10 "when the lag is small for a while, it goes on" is '.flags[0].verified_percentage >= 60'
holds -s "map(select(.path == \"/flags/new_shop\") | .ms) | .[1] - $mended > 1200" "$T/journal" || fail "the gate did not take its time"
must_become 10 "again for the next step" verified new_shop 100
must_become 15 "completed" state_is completed
METRICS=$STANDARD EDIT_PLAN=$NO_END

echo "# a webhook gate, with phase hooks"
STEPS='url = "'$PEER_URL'/steps"; timeout = "1s";'
PHASES=${AUTO/'"redirect"; gate = "auto"'/'"redirect"; gate = "webhook"'}
WORLD=gate=refuse
fresh "$(one_flag 0.3 20 60)"
WORLD=
must_become 20 "the first step" verified new_shop 20
must_become 5 "the executor is asked" received '.path == "/steps" and .body.kind == "phase_gate" and .body.phase == "redirect"'
must_stay 3 "it says no: nothing goes up" eval 'flag_is new_shop 20 && gate webhook closed'
expect "no is an answer" [ "$(unanswered)" = 0 ]
control gate=fail
must_become 10 "it is out of order: people are told" received '.path == "/notify" and .body.event.kind == "gate_unanswered"'
expect "on the record" recorded '.kind == "gate_unanswered" and .detail == { phase: "redirect", gate: "webhook", error: "HTTP 503" }'
expect "nothing goes up" eval 'flag_is new_shop 20 && gate webhook closed'
control gate=hang
must_stay 4 "it says nothing: nothing goes up" flag_is new_shop 20
expect "one alert" [ "$(unanswered)" = 1 ]
control gate=accept
must_stay 2 "it says maybe: nothing goes up" flag_is new_shop 20
must_become 5 "the log hears of each change" eval '[ "$(grep -c "a gate is not answered" "$T/migarchd.log")" = 2 ] &&
    [ "$(grep -c "a gate is answered again" "$T/migarchd.log")" = 1 ]'
control gate=hang
must_become 10 "silent again, people are told again" eval '[ "$(unanswered)" = 2 ]'
control gate=ok
must_become 8 "it says yes: it goes on" verified new_shop 60
must_become 15 "completed" state_is completed
[ "$(jq -r 'select(.first and .path == "/steps" and (.body.kind | test("enter|leave"))) | "\(.body.kind):\(.body.phase.name)"' "$T/journal" | xargs)" = \
    "phase_enter:intercept phase_leave:intercept phase_enter:implement phase_leave:implement phase_enter:redirect phase_leave:redirect phase_enter:validate phase_leave:validate" ] ||
	fail "hooks: $(jq -r 'select(.path == "/steps") | .body.kind' "$T/journal" | xargs)"
pass "each phase was announced when entered and left, in order"
expect "every announcement has a key" [ "$(count_received '.path == "/steps" and .body.kind != "phase_gate" and .key == null')" = 0 ]

echo "# hooks that fail, are refused, take their time"
PHASES=$AUTO
WORLD=steps=fail
fresh "$(one_flag 600 20)"
WORLD=
must_become 10 "a failing hook is tried again" eval '[ "$(count_received ".path == \"/steps\"")" -ge 2 ]'
expect "the phase waits for it" eval 'waits_for hook && is ".phase.stage == \"enter_hook\""'
expect "under one key" [ "$(jq -r 'select(.path == "/steps") | .key' "$T/journal" | sort -u | wc -l)" = 1 ]
control steps=refuse
must_become 20 "a refused hook is shown" is '.phase.hook_failed'
must_become 5 "people are called" received '.path == "/notify" and .body.event.kind == "effect_refused"'
must_stay 2 "nothing goes on" is '.phase.name == "intercept" and .phase.hook_failed'
control steps=follow
ends_with 0 ctl approve "$id" hook
expect "it is passed over, on the record" recorded '.kind == "hook_passed_over" and .actor != "migarchd"'
must_become 5 "the next one is accepted, its result is to come" eval 'waits_for hook'
must_stay 3 "nothing goes on before it has come" eval 'waits_for hook && [ "$(writes new_shop)" = "" ]'
control jobs=done steps=accept
must_become 15 "when it has come, it goes on" is '.phase.name == "implement" and .phase.stage == "enter_hook"'
must_become 5 "the next one is accepted, and nothing else is heard" received '.body.kind == "phase_enter" and .body.phase.name == "implement"'
must_stay 2 "it is waited for" is '.phase.name == "implement" and .phase.stage == "enter_hook"'
expect "on the record" recorded '.kind == "hook_waiting" and .detail.phase == "implement"'
must_become 5 "and people are called to say so" received '.path == "/notify" and .body.event.kind == "hook_waiting"'
control steps=ok
ends_with 0 ctl approve "$id" hook
must_become 10 "passed over, it goes on" is '.phase.index > 1'
must_become 15 "all answered, the flag goes up" verified new_shop 20
control steps=hang
ends_with 0 ctl abort "$id"
must_become 5 "an abort does not wait for hooks" is '.rollback.flags_restored_at != null'
