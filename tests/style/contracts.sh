#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Every file opens with licence and copyright; every header says what its module is for and has a
# contract before each prototype.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# heads ROOT: files of ours that do not open with the two lines.
heads() {
	(
		cd "$1"
		find configure.ac Makefile.am scripts src tests bench .ci -type f \( -name '*.[ch]' -o -name '*.sh' -o \
		    -path 'scripts/*' -o -path '.ci/*' -o -name configure.ac -o -name Makefile.am \) \
		    2>/dev/null | sort | xargs -r awk '
			FNR == 1 && /^#!/ { shift = 1; next }
			FNR == 1 { shift = 0 }
			FNR == 1 + shift && !/SPDX-License-Identifier: Apache-2.0/ {
				print FILENAME ":" FNR ": the licence line is missing"
			}
			FNR == 2 + shift && !/Copyright The Migarch authors/ {
				print FILENAME ":" FNR ": the copyright line is missing"
			}'
	)
}

# prototypes ROOT: headers' faults.
prototypes() {
	c_files "$1" src tests | grep '\.h$' | (cd "$1" && xargs -r awk '
		function purpose() {
			if (file != "" && length_of_purpose == 0)
				print file ": does not say what the module is for"
			if (length_of_purpose > 14)
				print file ": says in more than ten lines what the module is for"
		}
		FNR == 1 { purpose(); file = FILENAME; length_of_purpose = 0; opening = 1; last = "" }
		opening && /^#(ifndef|pragma)/ { opening = 0 }
		opening && FNR > 2 && NF { length_of_purpose++ }
		{ text = $0; sub(/\/\*.*/, "", text) }
		text ~ /^[A-Za-z_].*\(/ && text !~ /^typedef/ && last !~ /\*\/$/ {
			print FILENAME ":" FNR ": no contract before: " $0
		}
		{ last = $0 }
		END { purpose() }')
}

check() {
	heads "$1"
	prototypes "$1"
}

plant src/core/bad.h <<'END'
#ifndef MIG_CORE_BAD_H
#define MIG_CORE_BAD_H

int mig_bad(void);

/* Says what it does. */
int mig_good(const char *text,
    int count);
#endif
END
printf '#!/bin/sh\necho\n' | plant tests/style/bad.sh
plant src/core/good.h <<'END'
/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A module.
 */
#ifndef MIG_CORE_GOOD_H
#define MIG_CORE_GOOD_H

/* Says what it does. */
int mig_good(void);
#endif
END
out=$(check "$tmp/bad")
must_find 'a header without licence' 'bad.h:1: the licence' "$out"
must_find 'a script without copyright' 'bad.sh:2: the licence' "$out"
must_find 'a header without purpose' 'bad.h: does not say' "$out"
must_find 'a bare prototype' 'bad.h:4: no contract before: int mig_bad' "$out"
must_pass 'a prototype with contract' "$(printf '%s\n' "$out" | grep 'good')"

verdict "$(check "$tree")"
