# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# shellcheck shell=sh disable=SC2034
#
# Shared by the style checks, which all work alike: a function prints one line per fault, nothing for
# a good tree.  First it must find faults planted in a temporary directory (a check that cannot
# fail is worth nothing), then it is run on the tree.

set -eu
LC_ALL=C
export LC_ALL

tree=${MIGARCH_SRCDIR:-.}
build=${MIGARCH_BUILDDIR:-.}
cc=${MIGARCH_CC:-cc}
nm=${MIGARCH_NM:-nm}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/migarch-style.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# plant FILE: standard input becomes a file of the bad tree below $tmp/bad.
plant() {
	mkdir -p "$tmp/bad/$(dirname "$1")"
	cat >"$tmp/bad/$1"
}

# must_find WHAT PATTERN OUTPUT: the self-check; OUTPUT has a line that matches PATTERN.
must_find() {
	if ! printf '%s\n' "$3" | grep -q -e "$2"; then
		echo "self-check failed: $1 was not found in a planted fault; the check said:"
		printf '%s\n' "$3"
		exit 1
	fi
}

# must_pass WHAT OUTPUT: the self-check's other half; a good tree gives no line.
must_pass() {
	if [ -n "$2" ]; then
		echo "self-check failed: $1 is right but the check said:"
		printf '%s\n' "$2"
		exit 1
	fi
}

# verdict OUTPUT: print the faults of the tree and end.
verdict() {
	if [ -n "$1" ]; then
		printf '%s\n' "$1"
		echo "$(printf '%s\n' "$1" | wc -l) faults"
		exit 1
	fi
	exit 0
}

# c_files ROOT FOLDER...: sources and headers, paths relative to ROOT.
c_files() {
	(
		cd "$1"
		shift
		for folder in "$@"; do
			[ ! -d "$folder" ] || find "$folder" -name '*.[ch]' -type f
		done | sort
	)
}
