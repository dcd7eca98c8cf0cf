#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Functions that overflow, depend on the locale or on hidden state are called only in the module that wraps
# them, if at all; comments are of the one kind; nothing is left in the code that is switched off.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# A function, and the files that may call it.
cat >"$tmp/banned" <<'END'
strcpy
strcat
sprintf
vsprintf
gets
atoi
atol
atof
strtod    src/base/num.c tests/unit/test_num.c
strtol    src/base/num.c
strtoll   src/base/num.c
strtoul   src/base/num.c
strtoull  src/base/num.c
rand
srand
random
time      src/sys/clock.c
gettimeofday
localtime
localtime_r
gmtime
ctime
setlocale
system
popen
alloca
tmpnam
mktemp
sleep
END

# check ROOT: calls of banned functions and other things that may not stand in the code.
check() {
	c_files "$1" src tests bench | (cd "$1" && xargs -r awk -v list="$tmp/banned" '
	function load(    line, word, count, i) {
		while ((getline line <list) > 0) {
			count = split(line, word, " ")
			banned[word[1]] = 1
			for (i = 2; i <= count; i++)
				except[word[1] " " word[i]] = 1
		}
	}
	function fault(text) {
		print FILENAME ":" FNR ": " text
	}
	# The line without strings, character constants and comments.
	function code(line,    out, i, c, two) {
		for (i = 1; i <= length(line); i++) {
			c = substr(line, i, 1)
			two = substr(line, i, 2)
			if (comment) {
				if (two == "*/") {
					comment = 0
					i++
				}
			} else if (quote != "") {
				if (c == "\\")
					i++
				else if (c == quote)
					quote = ""
			} else if (two == "/*") {
				comment = 1
				i++
			} else if (c == "\"" || c == "\047") {
				quote = c
				out = out c
			} else
				out = out c
		}
		quote = ""
		return out
	}
	BEGIN { load() }
	FNR == 1 { comment = 0; quote = "" }
	{
		text = code($0)
		if (text ~ /\/\//)
			fault("a comment that begins with two slashes")
		if (text ~ /^[ \t]*#[ \t]*if[ \t]+0/)
			fault("code that is switched off")
		if (text ~ /__cleanup__|\(cleanup/)
			fault("the cleanup attribute")
		# Quotes look beside the source first, and there is a config.h of ours in that folder.
		if (FILENAME ~ /^src\/daemon\// && $0 ~ /^#[ \t]*include "config\.h"/)
			fault("\"config.h\" is daemon/config.h here; <config.h> is what configure wrote")
		if ($0 ~ /(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)/)
			fault("a mark of unfinished work")
		while (match(text, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
			before = substr(text, 1, RSTART - 1)
			name = substr(text, RSTART, RLENGTH)
			sub(/[ \t]*\($/, "", name)
			text = substr(text, RSTART + RLENGTH)
			# A member of that name is not the function.
			if (name in banned && !((name " " FILENAME) in except) && before !~ /(->|\.)$/)
				fault(name "() is banned (banned.sh)")
		}
	}')
}

plant src/core/bad.c <<'END'
	strcpy(a, b); /* bad */
	x = 1; // bad
#if 0
	/* TODO: later */
END
plant src/core/good.c <<'END'
	/* strcpy(a, b) is bad, "so /* is this */
	mig_strcpy(a, "strcpy(x)", ops->time(1), my_time (2), "http://x");
END
echo '#include "config.h"' | plant src/daemon/bad.c
out=$(check "$tmp/bad")
must_find 'strcpy' 'bad.c:1: strcpy() is banned' "$out"
must_find 'a // comment' 'bad.c:2: a comment' "$out"
must_find '#if 0' 'bad.c:3: code that is switched off' "$out"
must_find 'unfinished work' 'bad.c:4: a mark' "$out"
must_find 'the wrong config.h' 'bad.c:1: "config.h" is' "$out"
must_pass 'the same in a comment or string' "$(printf '%s\n' "$out" | grep good.c)"

verdict "$(check "$tree")"
