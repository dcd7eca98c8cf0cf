# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
# shellcheck shell=bash
#
# For tests of migarch as a user or a pipeline meets it; they source it, and are in an empty directory then.
# COMMAND is the command that run() is about; without it all is in the arguments.

SRC=$(cd "${MIGARCH_SRCDIR:-.}" && pwd)
MIGARCH=$(cd "${MIGARCH_BUILDDIR:-.}" && pwd)/migarch
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
exec </dev/null
export SOURCE_DATE_EPOCH=1768469400 LC_ALL=C

fail() {
	echo "FAIL: $*" >&2
	[ -s err ] && sed 's/^/  stderr: /' err >&2
	exit 1
}

pass() {
	echo "ok: $*"
}

# run STATUS ARGUMENT...: it must end with that status; stdout and stderr go to out and err.
run() {
	local wanted=$1 status=0
	shift
	"$MIGARCH" ${COMMAND:+"$COMMAND"} "$@" >out 2>err || status=$?
	[ "$status" = "$wanted" ] || fail "migarch ${COMMAND:+$COMMAND }$*: status $status, wanted $wanted"
}

# holds JQ-ARGUMENT...: whether the filter gives one value, and that is true.  (jq -e is content when it reads nothing.)
holds() {
	[ "$(jq "$@")" = true ]
}

# says FILE TEXT: the file has the text somewhere.
says() {
	grep -qF -- "$2" "$1" || fail "$1 does not say: $2"
}
