#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Nothing goes up outside the migration window or inside business hours, and the status says until
# when; the way back does not wait for any window.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
start_peer
start_prometheus

# window NAME FROM TO: a filter that gives the specification that window, times as date(1) knows them.
window() {
	printf '.business_continuity = { "%s": { "start": "%s", "end": "%s", "timezone": "UTC" } }' \
	    "$1" "$(date -u -d "$2" +%H:%M)" "$(date -u -d "$3" +%H:%M)"
}

# waits_outside: nothing goes up, and why is told.
waits_outside() {
	must_become 15 "it waits for the window" waits_for window
	must_become 5 "for nothing else" is '.next.action == "step_up" and .next.waiting_for == ["window"]'
	must_become 3 "that is recorded" recorded '.kind == "window_closed"'
}

echo "# inside business hours"
fresh "$(one_flag 600 20) | $(window critical_business_hours 'now - 1 hour' 'now + 2 hours')"
waits_outside
until=$(date -u -d "$(date -u -d 'now + 2 hours' +%Y-%m-%dT%H:%M:00Z)" +%s)
rollout '.next.earliest_at' >"$T/earliest"
left=$((until - $(date -u -d "$(cat "$T/earliest")" +%s)))
[ ${left#-} -le 60 ] || fail "earliest at $(cat "$T/earliest")"
pass "it says until when"
must_stay 2 "nothing goes up" eval '[ "$(writes new_shop)" = "" ]'
# Somebody raises the flag all the same: then the way back must not wait.
control set=new_shop:30
must_become 8 "the flag was moved by hand" is '.overlays == ["drift"]'
ends_with 0 ctl approve "$id" adopt
must_become 8 "adopted" is '.flags[0].verified and .overlays == []'
must_become 15 "the new version is measured" is '[.triggers[] | select(.id == "spec_error_rate")][0].state == "ok"'
control error_rate=0.5
must_become 10 "a breach rolls back at once" is '.state == "rolling_back"'
must_become 5 "the flag is at 0" flag_is new_shop 0

echo "# outside the migration window"
fresh "$(one_flag 600 20) | $(window preferred_migration_window 'now + 2 hours' 'now + 3 hours')"
waits_outside
control set=new_shop:30
must_become 8 "the flag was moved by hand" is '.overlays == ["drift"]'
ends_with 0 ctl abort "$id"
must_become 5 "an abort does not wait for the window" eval 'is ".rollback.flags_restored_at != null" && flag_is new_shop 0'

echo "# the window opens"
# At the next full minute that leaves time to see it closed, on a busy machine, too.
opens=$((($(date +%s) + 30 * SLOW + 59) / 60 * 60))
fresh "$(one_flag 600 20) | $(window preferred_migration_window "@$opens" "@$((opens + 7200))")"
waits_outside
expect "it says when it opens" is ".next.earliest_at == \"$(date -u -d "@$opens" +%Y-%m-%dT%H:%M:%SZ)\""
[ "$(writes new_shop)" = "" ] || fail "a step outside the window"
must_become 120 "it opens, and the flag goes up" verified new_shop 20
[ "$(jq -s 'map(select(.path == "/flags/new_shop") | .ms) | .[0]' "$T/journal")" -ge "${opens}000" ] || fail "too early"
pass "not a moment too early"
expect "that is recorded" recorded '.kind == "window_opened"'

echo "# the window's time zone is not known any more"
mkdir "$T/zones"
ZONE=${TZDIR:-/usr/share/zoneinfo}/Europe/Paris
cp "$ZONE" "$T/zones/Here"
TZDIR=$T/zones
export TZDIR
# A window of that zone that is open now, and for long.
open_here=$(printf '.business_continuity = { "preferred_migration_window": { "start": "%s", "end": "%s", "timezone": "Here" } }' \
    "$(TZ=Here date -d 'now - 2 hours' +%H:%M)" "$(TZ=Here date -d 'now + 10 hours' +%H:%M)")
fresh "$(one_flag 600 20 60) | $open_here"
must_become 20 "the first step" verified new_shop 20
kill_daemon
rm "$T/zones/Here"
start_daemon
expect "the rollout is there again" state_is running
grep -q 'level=warning.*rollout='"$id"'.*time zone .*Here.* is not known here' "$T/migarchd.log" || fail "the log does not say why"
pass "the log says what is wrong with it"
must_become 15 "nothing goes up any more" is '.next.action == "step_up" and (.next.waiting_for | index("window")) and .next.earliest_at == null'
expect "the configuration that names the zone is told of" eval '[ "$(curl -s --unix-socket "$SOCKET" http://x/readyz -o "$T/ready" -w "%{http_code}")" = 503 ] &&
    grep -q "the configuration has errors" "$T/ready"'
control error_rate=0.5
must_become 10 "a breach rolls back at once" is '.state == "rolling_back"'
must_become 5 "the flag is at 0" flag_is new_shop 0

echo "# gone before the start"
cp "$ZONE" "$T/zones/Here"
START=manual
fresh "$(one_flag 600 20 60) | $open_here"
kill_daemon
rm "$T/zones/Here"
sed -i '/^migrations: (/,$d' "$T/migarchd.conf"
start_daemon
ends_with 78 ctl start "$id"
grep -q "would not be taken any more" "$T/err" || fail "$(cat "$T/err")"
pass "it is restored, but cannot be started any more"
