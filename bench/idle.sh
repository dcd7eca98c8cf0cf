#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# idle.sh [SECONDS]
#
# What the daemon costs while one rollout holds: resident memory, processor time, and how often it
# wakes up, against the number of polls.  Run in the build directory:
#
#   MIGARCH_SRCDIR=.. MIGARCH_BUILDDIR=. ../bench/idle.sh 60

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

SPAN=${1:-60}
PROMETHEUS='poll_interval = "5s"; max_sample_age = "20s"; timeout = "800ms";'
DEFAULTS='blind_after = "1m"; max_gap = "20s"; bake_time = "1h"; validation_window = "10s"; verify_timeout = "5s";'

start_peer
start_prometheus
make_documents '.feature_flags[1:] = [] | .feature_flags[0].rollout_schedule[0].duration_hours = 10'
write_config
start_daemon
wait_until 60 eval 'verified new_shop 5 && is ".flags[0].held_seconds > 0"' || fail "does not hold at 5 %"

# How often the loop's only blocking call has returned.
strace -f -c -e trace=epoll_wait -p "$daemon_pid" -o "$T/strace" >/dev/null 2>&1 &
tracer=$!
before=$(awk '{ print $14 + $15 }' "/proc/$daemon_pid/stat")
sleep "$SPAN"
after=$(awk '{ print $14 + $15 }' "/proc/$daemon_pid/stat")
kill -INT "$tracer"
wait "$tracer" 2>/dev/null
echo "span                $SPAN s, a poll every 5 s"
grep -E 'VmRSS|RssAnon' "/proc/$daemon_pid/status"
echo "processor time      $((after - before)) ticks of 10 ms"
awk '$NF == "epoll_wait" { print "returns of epoll_wait", $4 }' "$T/strace"
