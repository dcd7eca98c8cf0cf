#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The runbook's steps go through the executor: newest phase first, one after the other, tried
# again, accepted and acknowledged; and what is sent is signed.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "1s"; validation_window = "1s"; verify_timeout = "3s";'
SECRET=$(head -c 24 /dev/urandom | base64 -w 0)
echo "whsec_$SECRET" >"$T/secret"
chmod 600 "$T/secret"
start_peer
start_prometheus
STEPS='url = "'$PEER_URL'/steps"; timeout = "1s"; secret_file = "'$T'/secret";'
NOTIFY='secret_file = "'$T'/secret";'
FLAGS='provider = "webhook"; url = "'$PEER_URL'/flags/{flag}"; method = "PUT"; read_url = "'$PEER_URL'/flags/{flag}";
      read_pointer = "/percentage"; timeout = "1s"; secret_file = "'$T'/secret";'
# Two steps in each phase, in the order of rollback_order and not of the document.
EDIT_RUNBOOK='.rollback_phases |= map(.steps = [ .steps[-1] | .dependencies = [] | .script_type = "bash" | ., (.rollback_order = 1 |
    .step_id |= sub("validate_(?<n>[0-9])_final"; "service_\(.n)_01")) ])'

# step ID: its state.
step() {
	rollout "[.rollback.phases[].steps[] | select(.step_id == \"$1\")][0].state"
}

# step_is ID STATE
step_is() {
	[ "$(step "$1")" = "$2" ]
}

# sent: the ids of the steps that were sent, first times only.
sent() {
	jq -r 'select(.first and .path == "/steps" and .body.kind == "rollback_step") | .body.step.step_id' "$T/journal" | xargs
}

fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20
echo "# steps in order"
control steps=fail
ends_with 0 ctl abort "$id"
must_become 5 "the flags go first" is '.rollback.flags_restored_at != null'
must_become 10 "a step that fails is tried again" eval '[ "$(count_received ".body.kind == \"rollback_step\"")" -ge 3 ]'
expect "under one key" [ "$(jq -r 'select(.body.kind == "rollback_step") | .key' "$T/journal" | sort -u | wc -l)" = 1 ]
expect "attempts and error are shown" is '[.rollback.phases[].steps[] | select(.step_id == "rb_service_2_01")][0] |
    .state == "running" and .attempts >= 2 and (.last_error | test("503"))'
[ "$(sent)" = rb_service_2_01 ] || fail "sent: $(sent)"
pass "the next one waits for it"
control steps=accept
must_become 15 "accepted, it waits for word" step_is rb_service_2_01 waiting_for_ack
must_stay 2 "the next one waits, too" eval '[ "$(sent)" = rb_service_2_01 ]'
ends_with 78 ctl ack "$id" rb_validate_3_final
ends_with 66 ctl ack "$id" no_such_step
control steps=follow
ends_with 0 ctl ack "$id" rb_service_2_01 --comment "seen with my own eyes"
expect "who acknowledged is recorded" recorded '.kind == "rollback_step_done" and .actor != "migarchd" and .detail.comment == "seen with my own eyes"'
must_become 5 "the next one was accepted with a Location" step_is rb_validate_2_final waiting_for_ack
control jobs=done steps=ok
must_become 15 "its result is asked for" step_is rb_validate_2_final "done"
must_become 15 "the rest goes by itself" state_is rolled_back
[ "$(sent)" = "rb_service_2_01 rb_validate_2_final rb_service_3_01 rb_validate_3_final rb_service_4_01 rb_validate_4_final" ] ||
	fail "order: $(sent)"
pass "newest phase first, each in its order"
expect "phases that were never entered are skipped" step_is rb_validate_0_final skipped

echo "# killed between two steps"
fresh "$(one_flag 600 20)"
must_become 20 "runs at 20 %" verified new_shop 20
control steps=hang
ends_with 0 ctl abort "$id"
must_become 10 "a step is under way" eval '[ "$(sent)" = rb_service_2_01 ]'
kill_daemon
control steps=ok
start_daemon
must_become 20 "it goes on after the restart" state_is rolled_back
expect "each step has one key" [ "$(jq -r 'select(.body.kind == "rollback_step") | .key' "$T/journal" | sort -u | wc -l)" = 6 ]
expect "each was sent in order" [ "$(sent | wc -w)" = 6 ]

echo "# signatures"
expect "everything is signed" [ "$(count_received '.signed | not')" = 0 ]
key=$(printf '%s' "$SECRET" | base64 -d | od -An -v -tx1 | tr -d ' \n')
# One of each kind: notification, flag write, step.
for path in /notify /flags/new_shop /steps; do
	line=$(jq -c "select(.path == \"$path\")" "$T/journal" | tail -n 1)
	signature=$({
		jq -j '."webhook-id", ".", ."webhook-timestamp", ".", .text' <<<"$line"
	} | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 -w 0)
	[ "$(jq -r '."webhook-signature"' <<<"$line")" = "v1,$signature" ] || fail "$path: wrong signature"
	[ "$(jq -r '."webhook-id"' <<<"$line")" = "$(jq -r .key <<<"$line")" ] || fail "$path: the id is not the key"
	age=$(($(jq -r '.ms' <<<"$line") / 1000 - $(jq -r '."webhook-timestamp"' <<<"$line")))
	[ ${age#-} -le 10 ] || fail "$path: the timestamp is off by $age s"
	pass "the signature of $path is right"
done
expect "no secret in the log or the store" eval '! grep -aqF "$SECRET" "$T/migarchd.log" "$T"/state.db*'
