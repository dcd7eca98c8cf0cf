#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# There is one evaluator of triggers.  Daemon and tool both contain mig_step() and the function that makes sample
# events; nothing outside the core reaches for what judges behind that door (thresholds, comparisons, baselines),
# the simulator's oracle and the lint excepted, which check and decide nothing; and of the daemon's own world the tool has
# the objects that read migarchd.conf and no others: the driver that it simulates lives in the simulator's world.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# What judges, as a pattern of awk: the core's own mig_judge_…() (those of schema/ and apispec/ judge changes), and more.
names=$(grep -oh 'mig_judge_[a-z_]*(' "$tree"/src/core/*.h | sort -u | tr -d '(' | paste -sd '|' -)
[ -n "$names" ] || verdict "src/core: no mig_judge_…() was found"
judges="^($names|mig_baseline_(take|fix|now|left)|mig_baselines_known|mig_expr_eval)\$"

# programs FILE...: those that lack the shared functions.
programs() {
	for program in "$@"; do
		for name in mig_step mig_sample_event; do
			"$nm" "$program" 2>/dev/null | grep -q " T $name\$" ||
				echo "$(basename "$program"): has no $name()"
		done
	done
}

# outsiders CORE ARCHIVE...: objects that reach for what judges, but for those that CORE names.
outsiders() {
	inside=$1
	shift
	"$nm" -A "$@" 2>/dev/null | awk -v judges="$judges" -v inside=" $inside " '
	NF > 1 && $(NF - 1) == "U" && $NF ~ judges {
		object = $1
		sub(/:$/, "", object)
		sub(/^.*:/, "", object)
		if (!index(inside, " " object " "))
			print object ": judges by itself with " $NF "()"
	}' | sort -u
}

# strangers PROGRAM ARCHIVE KEEP [OTHER]: functions of the archive in the program that are from other objects than
# KEEP* and that the archive OTHER does not stand in for.
strangers() {
	"$nm" "$1" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort -u >"$tmp/has"
	"$nm" -A "$2" 2>/dev/null | awk -v keep="$3" '
	NF > 1 && $(NF - 1) == "T" {
		object = $1
		sub(/:[^:]*$/, "", object)
		sub(/^.*:/, "", object)
		if (index(object, keep) != 1)
			print $NF
	}' | sort -u | comm -12 - "$tmp/has" >"$tmp/strange"
	: >"$tmp/stood_in"
	[ $# -lt 4 ] || "$nm" "$4" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort -u >"$tmp/stood_in"
	comm -23 "$tmp/strange" "$tmp/stood_in" | sed "s,.*,$(basename "$1"): has &() of $(basename "$2"),"
}

check() {
	programs "$1/migarch" "$1/migarchd"
	outsiders "$(cd "$tree/src/core" && echo *.c | sed 's/\.c/.o/g') oracle_metric.o lint_exposure.o" "$1"/libmig*.a
	strangers "$1/migarch" "$1/libmigarchd.a" config "$1/libmigsim.a"
}

# compile NAME: an archive of one planted object.
compile() {
	$cc -std=gnu11 -O0 -c "$tmp/bad/$1.c" -o "$tmp/bad/$1.o"
	rm -f "$tmp/bad/$1.a"
	ar cr "$tmp/bad/$1.a" "$tmp/bad/$1.o"
}

plant second.c <<'END'
int mig_judge_compare(double, int, double);
int judge_too(double value);
int judge_too(double value) { return mig_judge_compare(value, 0, 1); }
int mig_step(void);
int mig_step(void) { return 0; }
END
plant config_x.c <<'END'
int config_x(void);
int config_x(void) { return 0; }
END
compile second
compile config_x
out=$(programs "$tmp/bad/second.o")
must_find 'a program without sample events' '^second.o: has no mig_sample_event' "$out"
must_pass 'a program with the core' "$(printf '%s\n' "$out" | grep mig_step)"
must_find 'a second judge' '^second.o: judges by itself with mig_judge_compare' "$(outsiders 'judge.o' "$tmp/bad/second.a")"
must_pass 'the core' "$(outsiders 'judge.o second.o' "$tmp/bad/second.a")"
must_find 'a foreign object' '^second.o: has judge_too() of second.a' "$(strangers "$tmp/bad/second.o" "$tmp/bad/second.a" config)"
must_pass 'an object that may be there' "$(strangers "$tmp/bad/config_x.o" "$tmp/bad/config_x.a" config)"

[ -s "$build/migarchd" ] || verdict "$build/migarchd: not built"
verdict "$(check "$build")"
