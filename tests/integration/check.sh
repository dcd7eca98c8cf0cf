#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# migarchd --check: what it says, where it says it, and how it exits.  The kinds of broken input
# are in tests/unit/test_config.c; here a handful goes through the program.

set -eu

tree=${MIGARCH_SRCDIR:-.}
build=${MIGARCH_BUILDDIR:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
failed=0

cp "$tree"/tests/data/daemon/*.json "$tree/tests/data/daemon/migarchd.conf" "$work"

# check STATUS [PHRASE…]: the configuration in $work must give that exit status, and all phrases
# must stand in one line of the output.
check() {
	name=$1
	want=$2
	shift 2
	got=0
	"$build/migarchd" --check -c "$work/$name" >"$work/out" 2>&1 || got=$?
	line=$(cat "$work/out")
	for phrase in "$@"; do
		line=$(printf '%s\n' "$line" | grep -F -e "$phrase" || true)
	done
	if [ "$got" -ne "$want" ] || { [ $# -gt 0 ] && [ -z "$line" ]; }; then
		echo "FAIL: $name: exit status $got, expected $want with: $*"
		sed 's/^/  /' "$work/out"
		failed=1
	fi
}

# broken NAME SED-SCRIPT PHRASE…: the good configuration, changed, must be refused.
broken() {
	name=$1
	sed "$2" "$work/migarchd.conf" >"$work/$name"
	shift 2
	check "$name" 65 "$@"
}

check migarchd.conf 0
check gone.conf 66 'gone.conf'

broken syntax.conf 's/poll_interval =/poll_interval = =/' 'syntax.conf:5:' 'syntax error' 'missing'
broken key.conf 's/poll_interval/poll_intervall/' 'key.conf:5:' 'prometheus.poll_intervall' \
    'did you mean "poll_interval"?'
broken duration.conf 's/"1s"/"1 parsec"/' 'duration.conf:5:' 'is not a duration' '"15s"'
broken metric.conf 's/preset = "http"/eror_rate = "up"/' 'metric.conf:12:' \
    'migrations[0].metrics.eror_rate' 'did you mean "error_rate"?'
broken labels.conf '/old = /d' 'runbook.json:325:18:' 'needs a query over the old path' 'metrics.old'
broken file.conf 's/plan.json/plam.json/' 'file.conf:9:' 'plam.json' 'No such file'

# A fault in a document has the document's own file and line.
sed 's/"complexity": "medium"/"complexity": "hard"/' "$work/plan.json" >"$work/hard.json"
broken document.conf 's/plan.json/hard.json/' 'hard.json:6:17:' '/complexity' 'use low, medium, high or critical'
sed 's/ab12cd34ef56/zz12cd34ef56/' "$work/runbook.json" >"$work/other.json"
broken pair.conf 's/runbook.json/other.json/' 'other.json:3:19:' 'belongs to "zz12cd34ef56"' \
    'make the runbook from this plan'

# Secrets.
echo whsec_c2VjcmV0 >"$work/secret"
chmod 644 "$work/secret"
broken secret.conf '5i control: { token_file = "secret"; };' 'secret.conf:5:' \
    'can be read by everyone' 'chmod'

exit $failed
