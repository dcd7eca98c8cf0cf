#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The unit under a real systemd: start, status, reload, watchdog, crash, stop, what its sandbox
# leaves, and who may use the control socket.  Skipped where no systemd of our own can be started.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "${MIGARCH_SRCDIR:-.}/tests/integration/lib_systemd.sh"

EXPOSURE_MAX=2.0
WATCHDOG=6

# show PROPERTY: of the service.
show() {
	box systemctl show --value --property="$1" migarchd
}

# shows PROPERTY PATTERN
shows() {
	show "$1" | grep -qE -- "$2"
}

# must_show PROPERTY VALUE [PROPERTY VALUE]...: exactly these.
must_show() {
	local got
	while [ $# -gt 0 ]; do
		got=$(show "$1")
		[ "$got" = "$2" ] || fail "$1 is $got, not $2"
		shift 2
	done
}

# must_give STATUS WHAT COMMAND...: the exit status; what is said is left in $T/said.
must_give() {
	local wanted=$1 what=$2 status=0
	shift 2
	"$@" >"$T/said" 2>&1 || status=$?
	[ $status -eq "$wanted" ] || {
		cat "$T/said" >&2
		fail "$what: exit status $status, not $wanted"
	}
	pass "$what"
}

# logged PATTERN [MATCH]...: in the messages of the unit's processes, or of systemd about it.
logged() {
	local pattern=$1
	shift
	box journalctl --quiet --no-pager --output=cat --unit=migarchd "$@" | grep -qE -- "$pattern"
}

# must_be PATH OWNER:GROUP MODE
must_be() {
	local got
	got=$(box stat -c '%U:%G %a' "$1")
	[ "$got" = "$2 $3" ] || fail "$1 is $got, not $2 $3"
}

# The network is the machine's: the port that is listened on unasked may be taken.
CONTROL='listen = "";'

# install_config [SED-SCRIPT]: the configuration, with the paths that the unit gives.
install_config() {
	sed -e '/^state:/d' -e "s|^control:.*|control: { $CONTROL };|" -e "s|\"$T/|\"|g" \
	    -e "${1:-}" "$T/migarchd.conf" >"$etc/migarchd.conf" ||
		fail "the configuration cannot be installed"
}

# goes_on WHAT: the rollout is the one that was started, and nothing was written twice.
goes_on() {
	must_become 10 "$1: the rollout goes on" is ".id == \"$id\" and .state == \"running\""
	verified new_shop 5 || fail "$1: the flag is elsewhere"
	curl -sf --unix-socket "$SOCKET" http://localhost/v1/rollouts |
		holds '.rollouts | length == 1' ||
		fail "$1: another rollout began"
	[ "$(writes new_shop)" = 5 ] || fail "$1: the provider was sent: $(writes new_shop)"
}

check_unit() {
	local page exposure manual=--man=yes
	for page in migarchd.8 migarchd.conf.5; do
		grep -q "^Documentation=.*man:${page%.*}(${page##*.})" "$unit" ||
			fail "$page is not named"
		[ -n "$(find "$BOX_INSTALL" -path "*/man/man*/$page")" ] ||
			fail "$page is not installed"
	done
	command -v man >/dev/null || manual=--man=no
	must_give 0 "the unit is well formed" box systemd-analyze verify $manual "$unit_inside"
	[ ! -s "$T/said" ] || fail "systemd-analyze verify says: $(cat "$T/said")"

	box systemd-analyze security --no-pager --offline=yes "$unit_inside" >"$T/said" 2>&1 ||
		fail "systemd-analyze security"
	exposure=$(sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p' "$T/said")
	awk -v is="$exposure" -v max=$EXPOSURE_MAX \
	    'BEGIN { exit !(is != "" && is + 0 <= max + 0) }' ||
		fail "the exposure is $exposure"
	pass "the exposure is $exposure"
}

check_start() {
	must_give 0 "the accounts" box systemd-sysusers "$sysusers" /etc/sysusers.d/people.conf
	must_give 0 "systemctl start" box systemctl start migarchd
	must_show ActiveState active SubState running Type notify NRestarts 0
	shows StatusText '^1 rollouts?, 1 under way' || fail "the status is: $(show StatusText)"
	pass "ready, with the status: $(show StatusText)"
	must_become 20 "the first step is read back" verified new_shop 5
	rollout .id >/dev/null
	id=$(cat "$T/id")
}

check_sandbox() {
	local status field
	status=/proc/$box_pid/root/proc/$(show MainPID)/status
	must_be /var/lib/migarchd migarch:migarch 750
	must_be /var/lib/migarchd/state.db migarch:migarch 600
	must_be /run/migarchd migarch:migarch 755
	must_be /run/migarchd/control.sock migarch:migarch 660
	for field in CapEff:0000000000000000 CapBnd:0000000000000000 NoNewPrivs:1 Seccomp:2; do
		[ "$(sed -n "s/^${field%:*}:[[:space:]]*//p" "$status")" = "${field#*:}" ] ||
			fail "not so: $field"
	done
	pass "owners, modes and privileges"
}

check_people() {
	must_give 0 "a member of the group looks" box_as member "$migarchctl" list
	must_give 0 "a member of the group pauses" box_as member "$migarchctl" pause "$id"
	must_give 0 "a member of the group resumes" box_as member "$migarchctl" resume "$id"
	must_become 5 "the log names the member" logged '\(member\)'
	must_give 77 "a stranger is sent away" box_as stranger "$migarchctl" abort "$id"
}

check_journal() {
	box journalctl --quiet --no-pager --output=json _SYSTEMD_UNIT=migarchd.service \
	    MIGARCH_SUBSYSTEM=daemon >"$T/said"
	holds -s 'any(.[]; .MESSAGE | startswith("ready")) and
	    all(.[]; .SYSLOG_IDENTIFIER == "migarchd" and .PRIORITY == "6") and
	    any(.[]; .MIGARCH_SOCKET == "/run/migarchd/control.sock")' "$T/said" ||
		fail "the journal has no such fields: $(cat "$T/said")"
	pass "the journal has the fields"
}

check_reload() {
	local pid
	pid=$(show MainPID)
	install_config 's/timeout = "800ms"/timeout = "700ms"/'
	must_give 0 "systemctl reload" box systemctl reload migarchd
	must_become 5 "reloaded" logged 'configuration reloaded'
	must_become 5 "ready again" shows SubState '^running$'

	install_config 's/poll_interval/poll_intervall/'
	must_give 1 "systemctl reload of a broken configuration" box systemctl reload migarchd
	must_become 5 "the journal tells what is broken" logged 'did you mean "poll_interval"'
	must_give 0 "a hang-up with a broken configuration" box systemctl kill --signal=HUP migarchd
	must_become 5 "refused" logged 'configuration refused'
	must_become 5 "ready all the same" shows SubState '^running$'
	must_show MainPID "$pid" NRestarts 0
	goes_on "after the reloads"
	install_config
}

# The watchdog's time, short enough to wait for, and a secret that comes as a credential.
check_credential() {
	local port drop_in=/proc/$box_pid/root/etc/systemd/system/migarchd.service.d
	port=$(free_port)
	mkdir "$drop_in"
	printf '%s\n' '[Service]' "WatchdogSec=${WATCHDOG}s" RestartSec=100ms \
	    "LoadCredential=token:$etc_inside/token" >"$drop_in/test.conf"
	(umask 077 && echo 0123456789abcdef >"$etc/token")
	CONTROL='listen = "127.0.0.1:'$port'"; token_file = "/run/credentials/migarchd.service/token";'
	install_config
	box systemctl daemon-reload
	must_give 0 "systemctl restart" box systemctl restart migarchd
	goes_on "after the restart"
	must_give 0 "the credential is the token" curl -sf -X POST \
	    -H 'Authorization: Bearer 0123456789abcdef' "http://127.0.0.1:$port/v1/reload"
}

check_watchdog() {
	local ping
	ping=$(show WatchdogTimestampMonotonic)
	must_stay $((WATCHDOG + 2)) "the watchdog is content" shows NRestarts '^0$'
	[ "$(show WatchdogTimestampMonotonic)" -gt "$ping" ] ||
		fail "the watchdog was not told anything"
	shows StatusText 'new_shop 5 %' || fail "the status is old: $(show StatusText)"
	must_give 0 "the daemon hangs" box systemctl kill --signal=STOP migarchd
	must_become 30 "the watchdog restarts it" shows NRestarts '^1$'
	must_become 10 "ready after the watchdog" shows SubState '^running$'
	must_become 5 "it was the watchdog" logged 'Watchdog timeout'
	goes_on "after the watchdog"
}

check_crash() {
	must_give 0 "kill -9" box systemctl kill --signal=KILL migarchd
	must_become 10 "systemd restarts it" shows NRestarts '^2$'
	must_become 10 "ready after the crash" shows SubState '^running$'
	goes_on "after the crash"
}

check_stop() {
	local before after
	before=$(date +%s%3N)
	must_give 0 "systemctl stop" box systemctl stop migarchd
	after=$(date +%s%3N)
	[ $((after - before)) -lt 10000 ] || fail "the stop took $((after - before)) ms"
	must_show ActiveState inactive Result success
	box test ! -e /run/migarchd || fail "the runtime directory is left"
	box test -s /var/lib/migarchd/state.db || fail "the state is gone"
	pass "stopped cleanly in $((after - before)) ms"

	install_config 's/poll_interval/poll_intervall/'
	must_give 1 "systemctl start with a broken configuration" box systemctl start migarchd
	must_show ActiveState failed Result exit-code ExecMainStatus 65 NRestarts 0
}

box_require
start_peer
start_prometheus
make_documents '.feature_flags[0].rollout_schedule[0].duration_hours = 1'
write_config
box_boot
pass "systemd is up"

unit=$(find "$BOX_INSTALL" -name migarchd.service)
unit_inside=${unit#"$BOX_INSTALL"}
migarchctl=$(find "$BOX_INSTALL" -path '*/bin/migarchctl')
migarchctl=${migarchctl#"$BOX_INSTALL"}
sysusers=$(find "$BOX_INSTALL" -path '*/sysusers.d/migarchd.conf')
sysusers=${sysusers#"$BOX_INSTALL"}
etc_inside=$(sed -n 's|^ExecStart=.* \(/.*\)/migarchd.conf$|\1|p' "$unit")
etc=/proc/$box_pid/root$etc_inside
SOCKET=/proc/$box_pid/root/run/migarchd/control.sock
install_config
cp "$T/plan.json" "$T/runbook.json" "$etc"

check_unit
check_start
check_sandbox
check_people
check_journal
check_reload
check_credential
check_watchdog
check_crash
check_stop
