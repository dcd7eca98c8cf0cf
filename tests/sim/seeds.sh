#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# seeds.sh: simulated rollouts that break no rule.  SEEDS of them (20,000 unless the environment says otherwise),
# from FIRST on; together they must reach every pair of run state and command, and every transition.

set -eu
build=${MIGARCH_BUILDDIR:-.}
seeds=${SEEDS:-20000}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
trap 'exit 1' HUP INT TERM

status=0
"$build/migarch" simulate --seed "${FIRST:-1}" --seeds "$seeds" --jobs "$(getconf _NPROCESSORS_ONLN)" >"$out" ||
	status=$?
cat "$out"
[ "$status" = 0 ] || exit 1
grep -q '^0 violations$' "$out" || { echo "no word of violations"; exit 1; }
[ "$seeds" -lt 20000 ] || grep -q '^reached: 56 of 56 pairs of state and command, 13 transitions$' "$out" || {
	echo "not all states, commands and transitions were reached"
	exit 1
}
