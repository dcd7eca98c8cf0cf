#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Every source, test, manual page and document of the tree is known to the Makefile.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# The script's own words are the faults; that it fails without one is a fault as well.
check() {
	local said
	said=$("$tree/scripts/update-sources" --check "$1" 2>&1) || : "${said:=scripts/update-sources fails and does not say why}"
	[ -z "$said" ] || printf '%s\n' "$said"
}

plant src/base/known.c </dev/null
plant src/base/lost.c </dev/null
plant tests/unit/test_lost.c </dev/null
printf '%s\n\t%s\n' 'base_sources = \' 'src/base/known.c \' '	src/base/gone.c' >"$tmp/bad/sources.mk"
out=$(check "$tmp/bad")
must_find 'a source that is not listed' '^src/base/lost.c: not in' "$out"
must_find 'a test that is not listed' '^tests/unit/test_lost: not in' "$out"
must_find 'a file that is gone' '^src/base/gone.c: in sources.mk but' "$out"
must_pass 'a listed source' "$(printf '%s\n' "$out" | grep known.c)"

verdict "$(check "$tree")"
