#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The store can not be written: nothing goes forward, commands are refused, but rollbacks are sent;
# afterwards the history has it all.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "1s"; validation_window = "1s"; verify_timeout = "3s";'
EVERY_SECOND="$(one_flag 1 $(seq 2 2 98))"
start_peer
start_prometheus

# A small file system of its own where that is allowed, and else a limit on the daemon's files.
unmount() {
	local status=$?
	umount -l "$T/small" 2>/dev/null
	return $status
}
fill() {
	if [ -n "$mounted" ]; then
		dd if=/dev/zero of="$T/small/fill" bs=4096 2>/dev/null
	else
		prlimit --pid "$daemon_pid" --fsize=1:
	fi
}
drain() {
	if [ -n "$mounted" ]; then
		rm -f "$T/small/fill"
	else
		prlimit --pid "$daemon_pid" --fsize=unlimited:
	fi
}

get() {
	curl -s --unix-socket "$SOCKET" -o "$T/got" -w '%{http_code}' "http://localhost$1"
}

# logged_once TEXT: in the log that the limit on files does not reach.
logged_once() {
	[ "$(grep -c "$1" "$PIPED")" = 1 ]
}

# is_quiet: what is tried again in vain says no more than it has said.
is_quiet() {
	local lines
	lines=$(grep -vc level=info "$PIPED")
	must_stay 12 "what is tried again is not told again" eval '[ "$(grep -vc level=info "$PIPED")" = '"$lines"' ]'
}

# is_full: the store fails from now on, and the rollout stands at $percentage.
is_full() {
	fill
	must_become 10 "the daemon says that it is not ready" eval '[ "$(get /readyz)" = 503 ]'
	percentage=$(rollout '.flags[0].intended_percentage')
	must_stay 4 "no step up without a store" is ".state == \"running\" and .flags[0].intended_percentage == $percentage"
	ends_with 75 ctl pause "$id"
	expect "a refused command changes nothing" is '.overlays == []'
	printf 'metrics = { %s }; flags = { %s };\n' "$METRICS" "$FLAGS" >"$T/binding.conf"
	ends_with 75 ctl load "$T/plan.json" "$T/runbook.json" --binding "$T/binding.conf"
	expect "it can still be asked" [ "$(get /v1/rollouts)" = 200 ]
	expect "it is alive" [ "$(get /healthz)" = 200 ]
}

# has_room: everything that happened meanwhile is written.
has_room() {
	expect "the history does not know yet" not_recorded '.kind == "rollback_decided"'
	drain
	must_become 10 "the store works again" eval '[ "$(get /readyz)" = 200 ]'
	must_become 5 "the history has the decision" recorded ".kind == \"rollback_decided\" and .detail.reason == \"$1\""
	expect "without gaps" eval '[ "$(records | jq "map(.seq) == [range(1; length + 1)]")" = true ]'
	kill_daemon
	start_daemon
	expect "it survives a crash" is ".state == \"rolling_back\" and .reason == \"$1\""
	finish_rollback
	expect "the flag was written back once" [ "$(writes new_shop | awk '{ print $NF, $(NF - 1) != 0 }')" = "0 1" ]
}

mounted=
mkdir "$T/small"
if mount -t tmpfs -o size=2m none "$T/small" 2>/dev/null; then
	mounted=yes
	trap 'unmount; cleanup' EXIT
	STATE=$T/small
fi

echo "# a full disk, and a breach${mounted:+, on a small file system}"
fresh "$EVERY_SECOND"
must_become 30 "it runs" is '.flags[0].verified_percentage >= 6'
is_full
control error_rate=0.6
must_become 15 "a breach brings the flag back all the same" flag_is new_shop 0
must_become 5 "it is seen" is '.rollback.flags_restored_at != null and .reason == "trigger"'
has_room trigger

if [ -n "$mounted" ]; then
	echo "# a disk that filled while the daemon was stopped, and a breach"
	drain
	fresh "$EVERY_SECOND"
	must_become 30 "it runs" is '.flags[0].verified_percentage >= 6'
	stop_daemon
	fill
	start_daemon
	control error_rate=0.6
	must_become 15 "a breach brings the flag back all the same" flag_is new_shop 0
	has_room trigger
fi

echo "# a limit on files, and an abort"
mounted= STATE=$T
fresh "$EVERY_SECOND"
must_become 30 "it runs" is '.flags[0].verified_percentage >= 6'
is_full
ends_with 75 ctl abort "$id"
must_become 5 "an abort that can not be promised is carried out all the same" flag_is new_shop 0
has_room operator

echo "# a full disk that comes and goes"
fresh "$EVERY_SECOND"
must_become 30 "it runs" is '.flags[0].verified_percentage >= 6'
is_full
drain
must_become 10 "it goes on by itself" is ".state == \"running\" and .flags[0].verified_percentage > $percentage"
expect "without gaps" eval '[ "$(records | jq "map(.seq) == [range(1; length + 1)]")" = true ]'

echo "# a full disk as a migration is loaded"
fresh "$EVERY_SECOND"
kill_daemon
rm -f "$STATE"/state.db*
cp "$T/migarchd.conf" "$T/full.conf"
sed '/^migrations/q' "$T/full.conf" >"$T/migarchd.conf"
echo ');' >>"$T/migarchd.conf"
# A limit on the daemon's files must not reach its log.
cat >"$T/piped" <<'END'
#!/bin/bash
exec "$@" > >(cat >>"$PIPED") 2>&1
END
chmod +x "$T/piped"
export PIPED=$T/piped.log
MIGARCH_WRAPPER=$T/piped
start_daemon
expect "without migrations it is ready" [ "$(get /readyz)" = 200 ]
fill
cp "$T/full.conf" "$T/migarchd.conf"
ends_with 0 ctl reload
expect "who asked hears of it" grep -q "the migration is not loaded: the state store can't be written" "$T/out"
expect "it is not ready" eval '[ "$(get /readyz)" = 503 ] && grep -q "could not be kept or started" "$T/got"'
must_become 5 "the log has it" logged_once "cannot load a migration"
is_quiet
drain
must_become 20 "it is loaded and started when there is room" is '.flags[0].verified_percentage >= 2'
expect "and ready" [ "$(get /readyz)" = 200 ]
expect "once" [ "$(ctl list -f json | jq '.rollouts | length')" = 1 ]

echo "# a full disk as a migration is to be started"
kill_daemon
rm -f "$STATE"/state.db*
: >"$PIPED"
sed 's/start = "auto"/start = "manual"/' "$T/full.conf" >"$T/migarchd.conf"
start_daemon
expect "it is loaded, and no more" state_is loaded
fill
cp "$T/full.conf" "$T/migarchd.conf"
ends_with 0 ctl reload
expect "who asked hears of it" grep -q "the migration is not started: the state store can't be written" "$T/out"
expect "it is not ready" [ "$(get /readyz)" = 503 ]
must_become 5 "the log has it" logged_once "cannot start a migration"
is_quiet
expect "it is still loaded" state_is loaded
drain
must_become 20 "it is started when there is room" is '.flags[0].verified_percentage >= 2'
expect "and ready" [ "$(get /readyz)" = 200 ]

echo "# a full disk as somebody starts a rollout"
kill_daemon
rm -f "$STATE"/state.db*
sed 's/start = "auto"/start = "manual"/' "$T/full.conf" >"$T/migarchd.conf"
start_daemon
rollout .id >"$T/id"
fill
ends_with 75 ctl start "$(cat "$T/id")"
expect "it is not ready" [ "$(get /readyz)" = 503 ]
drain
must_become 10 "it is ready when there is room, and nobody has come back" eval '[ "$(get /readyz)" = 200 ]'
expect "what was refused is not done" state_is loaded
