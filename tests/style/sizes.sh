#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Sizes and layout: functions of at most 70 lines, 5 parameters and 3 levels of nesting; lines of at most 100
# columns; files of at most 1000 lines (over 600 is only mentioned).  It counts on the layout it checks: the name
# of a function and its closing brace stand in column 0.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# Functions that take more parameters, because a struct would read worse: a reader of one field is
# called once for each field with all that holds for it, as a row of a table.
wide='mig_db_type_canonical mig_read_number mig_read_integer mig_read_duration mig_read_enum'

# measure ROOT FOLDER...: a line "fault TEXT", "note TEXT" or "function LENGTH" each.
measure() {
	root=$1
	c_files "$@" | (cd "$root" && xargs -r awk -v names="$wide" '
	BEGIN {
		count = split(names, word, " ")
		for (i = 1; i <= count; i++)
			wide[word[i]] = 1
	}
	function fault(text) {
		print "fault " FILENAME ":" FNR ": " text
	}
	# Columns of a line: tabs go to the next multiple of 8, UTF-8 counts once.
	function columns(line,    part, count, i, width) {
		gsub(/[\200-\277]/, "", line)
		count = split(line, part, "\t")
		for (i = 1; i <= count; i++) {
			width += length(part[i])
			if (i < count)
				width += 8 - width % 8
		}
		return width
	}
	# The parameters of a head such as "name(int a, void (*b)(int, int))" that say what to do.  Where
	# results go does not count: ret_..., the size of such a buffer, findings; nor does what a
	# printf-like function formats; a callback and its context count once.
	function parameters(head,    part, count, i, total, result) {
		sub(/^[^(]*\(/, "", head)
		sub(/\)[^)]*$/, "", head)
		while (gsub(/\([^()]*\)/, "", head))
			;
		count = split(head, part, ",")
		result = 0
		for (i = 1; i <= count; i++) {
			if (part[i] ~ /(ret_[a-z0-9_]+|\*(findings|fmt))$|\.\.\.|va_list/)
				result = 1
			else if (result && part[i] ~ /size_t (size|max)$/)
				result = 0
			else if (part[i] ~ /\*context$/)
				result = 0
			else {
				result = 0
				total++
			}
		}
		return head == "void" ? 0 : total
	}
	function finish_file() {
		if (lines > 1000)
			print "fault " file ": " lines " lines, at most 1000"
		else if (lines > 600)
			print "note " file ": " lines " lines, 600 would be better"
	}
	FNR == 1 { finish_file(); file = FILENAME; head = ""; inside = 0; depth_fault = 0 }
	{ lines = FNR }
	{ width = columns($0) }
	width > 100 { fault(width " columns, at most 100") }
	/[ \t]$/ { fault("blank at the end of the line") }
	/^        / { fault("spaces where a tab belongs") }
	/^[A-Za-z_][^={]*\) *\{/ { fault("the opening brace of a function stands on a line of its own") }
	!inside && /^(LLVM|[a-z_])[a-zA-Z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name); start = FNR; head = "" }
	!inside && start && !/^\{/ { head = head $0 }
	!inside && start && /;[ \t]*$/ { start = 0 }
	/^\{/ {
		if (!start)
			fault("a function whose name is not in column 0")
		else if (parameters(head) > 5 && !(name in wide))
			fault(name "() has " parameters(head) " parameters, at most 5")
		inside = 1
		depth_fault = 0
	}
	inside && /^\t\t\t\t\t/ && !depth_fault {
		fault(name "() nests deeper than 3 levels")
		depth_fault = 1
	}
	inside && /^\}/ {
		size = FNR - start + 1
		print "function " size
		if (size > 70)
			fault(name "() has " size " lines, at most 70")
		inside = start = 0
	}
	END { finish_file() }')
}

check() {
	measure "$@" | sed -n 's/^fault //p'
}

{
	printf 'int\nlong_one(void)\n{\n'
	yes '	work();' | head -80
	printf '}\n\nstatic int\nmany(int a, int b, int c, int d, int e, int f)\n{\n\treturn a;\n}\n'
	printf 'int same_line(void)\n{\n\treturn 0;\n}\n'
	printf 'static inline int x(void) {\n}\n'
	printf 'void\ndeep(void)\n{\n\t\t\t\t\tx();\n}\n'
	printf '/* %s */\n' "$(yes 0123456789 | head -10 | tr -d '\n')"
} | plant src/core/bad.c
yes '' | head -1001 | plant src/core/huge.c
plant src/core/good.c <<'END'
static int
five(int a, int (*call)(int, int, int), int c, int d, int e)
{
	return a;
}

int
format(int a, int b, int c, int d, int e, const char *fmt,
    ...)
{
	return a;
}

int
results(int a, int b, int c, int d, int (*e)(void (*)(int, int), int), char *ret_error, size_t size,
    struct mig_findings *findings)
{
	return a;
}
END
out=$(check "$tmp/bad" src)
must_find 'a long function' 'bad.c:84: long_one() has 83 lines' "$out"
must_find 'too many parameters' 'many() has 6 parameters' "$out"
must_find 'a name that is not in column 0' 'name is not in column 0' "$out"
must_find 'a brace at the end of a head' 'opening brace of a function' "$out"
must_find 'deep nesting' 'deep() nests deeper' "$out"
must_find 'a long line' '106 columns' "$out"
must_find 'a huge file' 'huge.c: 1001 lines' "$out"
must_pass 'five parameters' "$(printf '%s\n' "$out" | grep good.c)"

all=$(measure "$tree" src tests bench)
printf '%s\n' "$all" | sed -n 's/^note //p'
printf '%s\n' "$all" | sed -n 's/^function //p' | sort -n | awk '
	{ size[NR] = $1 }
	END { printf "%d functions, median %d lines, p95 %d, longest %d\n", NR,
	    size[int((NR + 1) / 2)], size[int(NR * 0.95 + 0.5)], size[NR] }'
verdict "$(printf '%s\n' "$all" | sed -n 's/^fault //p')"
