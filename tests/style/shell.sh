#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# What a test asks of jq can be answered with no: "jq -e" ends with 0 when it reads nothing at all (jq 1.6), which
# is what a curl that failed leaves in its pipe.  With -s there is a value at any rate, and with -n the filter's
# input fails by itself; holds() of the tests' libraries serves the rest.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# check ROOT: calls of jq in the scripts there that have -e and neither -s nor -n.
check() {
	(
		cd "$1"
		find tests scripts -type f \( -name '*.sh' -o -path 'scripts/*' \) ! -path 'tests/style/*' | sort |
			xargs -r grep -nE 'jq ([^|&;]* )?(-[A-Za-z]*e|--exit-status)( |$)' /dev/null
	) | grep -vE 'jq ([^|&;]* )?-[A-Za-z]*[ns]|^[^:]*:[0-9]+:[[:space:]]*#' |
		sed 's/^\([^:]*:[0-9]*\):.*/\1: jq -e is content with no input: holds, or -n with input/' || :
}

plant tests/integration/bad.sh <<'END'
curl "$URL" | jq -e '.a'
curl "$URL" | jq -re .a
curl "$URL" | jq -r -e .a
curl "$URL" | jq --exit-status .a
END
echo 'x=$(y | jq --arg a b -e .a)' | plant scripts/bad
plant tests/integration/good.sh <<'END'
# What jq -e .a does.
jq -se '.[0].a' x
jq -ren "input | .a" x
jq -n -e 'input' x
jq .e x | grep -e y
holds .a x
END
out=$(check "$tmp/bad")
for line in 1 2 3 4; do
	must_find "jq -e in line $line" "bad.sh:$line: jq -e" "$out"
done
must_find 'jq -e behind another option' 'scripts/bad:1: jq -e' "$out"
must_pass 'the same with an input' "$(printf '%s\n' "$out" | grep good.sh)"

verdict "$(check "$tree")"
