#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Each header compiles alone, twice in a row, and includes no foreign library.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# check ROOT: the headers of ROOT that do not.
check() {
	c_files "$1" src tests/support | grep '\.h$' | while read -r header; do
		name=${header#src/}
		name=${name#tests/}
		printf '#include "%s"\n#include "%s"\nint main(void);\n' "$name" "$name" >"$tmp/alone.c"
		$cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I"$1/src" -I"$1/tests" \
		    -I"$build" "$tmp/alone.c" >"$tmp/alone.out" 2>&1 ||
			echo "$header: $(grep -m 1 error "$tmp/alone.out")"
		grep -nE '#[ \t]*include <(curl|event2|sqlite3|libconfig|systemd|cjson|openssl)' "$1/$header" |
			sed "s|^|$header:|; s|\$|: a foreign library in a header|"
	done
}

plant src/core/needy.h <<'END'
size_t mig_needy(void);
END
plant src/core/twice.h <<'END'
struct mig_twice {
	int a;
};
END
plant src/core/leaky.h <<'END'
#include <sqlite3.h>
END
plant src/core/good.h <<'END'
#include <stddef.h>
size_t mig_good(void);
END
out=$(check "$tmp/bad")
must_find 'a header that needs another' '^src/core/needy.h: ' "$out"
must_find 'a header without guard' '^src/core/twice.h: ' "$out"
must_find 'a foreign library' '^src/core/leaky.h:1:.*foreign' "$out"
must_pass 'a complete header' "$(printf '%s\n' "$out" | grep good.h)"

verdict "$(check "$tree")"
