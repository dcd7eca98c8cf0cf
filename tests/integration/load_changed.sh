#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A rollout keeps the plan that it was loaded with: another plan of its migration is refused until it has
# ended, and what differs is shown.  By migarchctl load, over the API, and by a reload.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

# says FILE PATTERN: the pattern is in $T/FILE.
says() {
	grep -qE -- "$2" "$T/$1" || { cat "$T/$1" >&2; fail "nothing like \"$2\" in $1"; }
}

# load SPEC...: what migarchctl load answers must end with the status.
load() {
	ends_with "$1" ctl load --binding "$T/binding.conf" "${@:2}"
}

# count: how many rollouts there are.
count() {
	curl -sf --unix-socket "$SOCKET" http://localhost/v1/rollouts | jq '.rollouts | length'
}

START=manual
start_peer
start_prometheus
make_documents '.feature_flags[].rollout_schedule[0].duration_hours = 1'
write_config
start_daemon
cat >"$T/binding.conf" <<END2
metrics = { $METRICS };
flags = { $FLAGS };
phases = $PHASES;
END2
rollout .id >/dev/null
id=$(cat "$T/id")
ctl start "$id" >/dev/null || fail "start"
must_become 60 "the canary is at 5 %" verified new_shop 5

# The holds of the second step are not what they were, and there is one task more.
jq '.feature_flags[0].rollout_schedule[1].duration_hours = 7' "$T/spec.json" >"$T/other_spec.json"
jq '.spec.feature_flags[0].rollout_schedule[1].duration_hours = 7 | .phases[0].tasks += ["Ask the bank"] |
    .phases[0].description = "Other words"' "$T/plan.json" >"$T/other_plan.json"
"$MIGARCH" runbook -i "$T/other_plan.json" -f json -o "$T/other_runbook.json" 2>/dev/null || fail "runbook"

load 78 "$T/other_plan.json" "$T/other_runbook.json"
says err "rollout $id of this migration is running with another plan; finish or abort it first"
says err "Differences: 1 in traffic, 1 in work, 1 in words"
says err "^  traffic  phase redirect, flag new_shop, step to .* %, hold: .* → 7 h$"
says err "^  work     phase intercept, task added: Ask the bank$"
says err "^  words    phase intercept, description: "
load 78 "$T/other_spec.json"
says err "^  traffic  phase redirect, flag new_shop, step to .* %, hold: .* → 7 h$"
pass "a changed plan, or specification, is refused with the difference"

printf 'flags = { %s providr = "embedded"; };\n' "$FLAGS" >"$T/odd.conf"
ends_with 65 ctl load --binding "$T/odd.conf" "$T/plan.json" "$T/runbook.json"
says err '^  .*flags.*: unknown key \(did you mean "provider"'
pass "faults come with their hints"

jq -n --slurpfile plan "$T/other_plan.json" --slurpfile runbook "$T/other_runbook.json" \
    --rawfile binding "$T/binding.conf" '{plan: $plan[0], runbook: $runbook[0], binding: $binding}' >"$T/body"
status=$(curl -s -o "$T/answer" -w '%{http_code} %{content_type}' --unix-socket "$SOCKET" \
    --data-binary "@$T/body" http://localhost/v1/rollouts)
[ "$status" = "409 application/problem+json" ] || fail "the API answers $status"
holds '.status == 409 and .rollout == "'"$id"'" and .differences_left_out == 0 and (.differences | length == 3) and
    (.differences[0] | .pointer == "/spec/feature_flags/0/rollout_schedule/1/duration_hours" and
    .kind == "changed" and .effect == "traffic")' "$T/answer" ||
	fail "the problem is not as it should be: $(cat "$T/answer")"
# However many there are, the answer stays short.
jq '.plan.phases[0].tasks = [range(20000) | "Task \(.)"]' "$T/body" >"$T/many"
curl -s -o "$T/answer" --unix-socket "$SOCKET" --data-binary "@$T/many" http://localhost/v1/rollouts
holds '.status == 409 and (.differences | length == 20) and .differences[0].effect == "traffic" and
    .differences_left_out > 19900' "$T/answer" || fail "a long difference is not cut"
[ "$(wc -c <"$T/answer")" -lt 20000 ] || fail "the answer is long: $(wc -c <"$T/answer")"
pass "the problem for programs"

[ "$(count)" = 1 ] || fail "what was refused was loaded"
state_is running || fail "the rollout does not run any more"
expect "the rollout is as it was" verified new_shop 5
records >"$T/records"
holds 'all(.kind != "loaded" or .seq == 1)' "$T/records" || fail "its history tells of a load"

# The plan file under the daemon's configuration is changed: told, and not taken.
cp "$T/plan.json" "$T/first_plan.json"
cp "$T/runbook.json" "$T/first_runbook.json"
cp "$T/other_plan.json" "$T/plan.json"
cp "$T/other_runbook.json" "$T/runbook.json"
ends_with 0 ctl reload
says out "warning: rollout $id is running and keeps its plan; the configuration has another"
says out "warning: /phases/0/tasks/[0-9]+: phase intercept, task added: Ask the bank"
grep -q "a changed plan is not taken.*hold" "$T/migarchd.log" || fail "the log does not tell the difference"
jq '.migration_id = "anotherid"' "$T/other_plan.json" >"$T/plan.json"
jq '.migration_id = "anotherid"' "$T/other_runbook.json" >"$T/runbook.json"
ends_with 0 ctl reload
says out "warning: rollout $id is running and keeps its plan"
grep -q "cannot load a migration" "$T/migarchd.log" || fail "the log does not tell of the refusal"
[ "$(count)" = 1 ] || fail "a reload has loaded what load refuses"
cp "$T/first_plan.json" "$T/plan.json"
cp "$T/first_runbook.json" "$T/runbook.json"
ends_with 0 ctl reload
[ "$(cat "$T/out")" = "the configuration is read again" ] || fail "warnings without a reason: $(cat "$T/out")"
pass "a reload tells what it does not take"

# The same plan again is another rollout, as ever; so is another migration, whatever its flags.
load 0 "$T/plan.json" "$T/runbook.json"
load 0 "$T/spec.json"
jq '.source = "Another shop"' "$T/other_spec.json" >"$T/another_spec.json"
load 0 "$T/another_spec.json"
jq '.feature_flags[].name |= "other_" + .' "$T/other_spec.json" >"$T/another_spec.json"
load 0 "$T/another_spec.json"
[ "$(count)" = 5 ] || fail "not five rollouts"
pass "the same plan again, and other migrations"

# ends ROLLOUT: acknowledge what waits for it; whether the rollout is rolled back by now.
ends() {
	local step
	while step=$(ctl status "$1" -f json | jq -r '[.rollback.phases[].steps[] |
	    select(.state == "waiting_for_ack")][0].step_id // empty') && [ -n "$step" ]; do
		ctl ack "$1" "$step" || return 1
	done
	ctl status "$1" -f json | holds '.state == "rolled_back" and (.flags | all(.intended_percentage == 0))'
}

# Once all that have the old plan have ended, the new one is welcome.
for other in "$id" "${id%-1}-2" "${id%-1}-3"; do
	load 78 "$T/other_spec.json"
	ctl abort "$other" >/dev/null || fail "abort $other"
	must_become 30 "$other has ended" ends "$other"
done
load 0 "$T/other_spec.json"
pass "after the end"
