#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# libmigarch.a is pure: what it leaves undefined is on a short list of functions that neither touch the
# world nor depend on the locale, and it has no data that can be written.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

cat >"$tmp/allowed" <<'END'
# Everywhere: memory, strings, allocation, formatting into memory, sorting.
* memcpy memmove memset memcmp bcmp memchr memrchr memmem mempcpy
* strlen strnlen strcmp strncmp strchr strrchr strchrnul strstr strpbrk strspn strcspn stpcpy
* strdup strndup strcasecmp strncasecmp
* malloc calloc realloc reallocarray free
* snprintf vsnprintf qsort bsearch
# Everywhere: the part of libm that is exact, or that gives the same result on every machine we know.
* fabs floor ceil round trunc rint nearbyint lround llround fmod fmin fmax sqrt frexp ldexp
* pow exp log log2 log10 exp2 expm1 log1p
# MIG_ASSERT ends the process; nothing else may.
* mig_assert_failed
err.o abort fprintf fputs fwrite stderr
# One module wraps each library.
json.o cJSON_*
digest.o EVP_* HMAC* MD5* SHA256* CRYPTO_* OPENSSL_*
num.o strtod strtol strtoll __errno_location
# What compilers put in: hardening, sanitizers, coverage, position-independent code.
* __stack_chk_fail _GLOBAL_OFFSET_TABLE_ __asan_* __ubsan_* __sanitizer_* __gcov_* __llvm_*
END

# check ARCHIVE: the faults of an archive, one a line.
check() {
	"$nm" -A -f sysv "$1" 2>/dev/null | awk -F '|' -v list="$tmp/allowed" '
	function trim(text) {
		gsub(/^[ \t]+|[ \t]+$/, "", text)
		return text
	}
	function load(    line, word, count, i) {
		while ((getline line <list) > 0) {
			if (line ~ /^#/)
				continue
			count = split(line, word, " ")
			for (i = 2; i <= count; i++)
				allow[++rules] = word[1] " " word[i]
		}
	}
	# Whether a rule "OBJECT NAME" (NAME may end in a star) covers the symbol.
	function covers(rule, object, name,    part, stem) {
		split(rule, part, " ")
		if (part[1] != "*" && part[1] != object)
			return 0
		if (part[2] ~ /\*$/) {
			stem = substr(part[2], 1, length(part[2]) - 1)
			return substr(name, 1, length(stem)) == stem
		}
		return part[2] == name
	}
	function allowed(object, name,    i) {
		for (i = 1; i <= rules; i++)
			if (covers(allow[i], object, name))
				return 1
		return 0
	}
	BEGIN { load() }
	NF < 7 { next }
	{
		place = trim($1)
		name = place
		sub(/^.*:/, "", name)
		sub(/:[^:]*$/, "", place)
		object = place
		sub(/^.*:/, "", object)
		class = trim($3)
		section = trim($7)
		if (class == "U") {
			# Fortified variants count as what they stand for.
			if (name ~ /^__.*_chk$/ && name !~ /^__stack/) {
				sub(/^__/, "", name)
				sub(/_chk$/, "", name)
			}
			undefined[object " " name] = 1
			next
		}
		if (class != "w" && class != "v")
			defined[name] = 1
		if ((section ~ /^\.(data|bss|tdata|tbss)/ && section !~ /^\.data\.rel\.ro/ ||
		    section ~ /COM/) && name !~ /^(__gcov|__asan|__ubsan|__odr_asan|__unnamed_|\.L|\.bss|\.data)/ &&
		    name !~ /^_?(__)?asan_gen/)
			print object ": " name ": data that can be written"
	}
	END {
		for (each in undefined) {
			split(each, part, " ")
			if (!(part[2] in defined) && !allowed(part[1], part[2]))
				print part[1] ": " part[2] ": not pure"
		}
	}' | sort
}

# compile NAME: an archive of one planted object, built as the caller's compiler builds.
compile() {
	$cc -std=gnu11 -D_GNU_SOURCE -O1 -c "$tmp/bad/$1.c" -o "$tmp/bad/$1.o"
	rm -f "$tmp/bad/$1.a"
	ar cr "$tmp/bad/$1.a" "$tmp/bad/$1.o"
}

plant clock.c <<'END'
#include <stdio.h>
#include <time.h>
int calls(void);
int calls(void) { static int count; return ++count + (int)time(NULL) + printf("x"); }
END
plant good.c <<'END'
#include <stdlib.h>
#include <string.h>
static const char *const names[] = { "a", "b" };
char *twice(int which);
char *twice(int which) { return strdup(names[which & 1]); }
END
compile clock
compile good
out=$(check "$tmp/bad/clock.a")
must_find 'a clock' '^clock.o: time: not pure' "$out"
must_find 'output' '^clock.o: printf: not pure' "$out"
must_find 'a static variable' 'count.*data that can be written' "$out"
must_pass 'strdup of a constant table' "$(check "$tmp/bad/good.a")"

[ -s "$build/libmigarch.a" ] || verdict "$build/libmigarch.a: not built"
objects=$(ar t "$build/libmigarch.a" | wc -l)
[ "$objects" -gt 5 ] || verdict "$build/libmigarch.a: only $objects objects"
faults=$(check "$build/libmigarch.a")

# What is simulated and what simulates it may call, beyond that, only the pure library and the readers of files
# (time zones, secrets): no clock, no socket, no log but what the simulator plays.
echo '* mig_* file_* explicit_bzero' >>"$tmp/allowed"
mkdir "$tmp/simulated"
(cd "$tmp/simulated" && for name in libmigdriver.a libmigsim.a; do ar x "$(cd "$OLDPWD" && cd "$build" && pwd)/$name"; done)
ar cr "$tmp/simulated.a" "$tmp"/simulated/*.o
verdict "$faults$(check "$tmp/simulated.a")"
