#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Manual pages, completions and docs/API.md say what the programs do: their options, commands and exit
# statuses, the API's paths, the metrics; manual pages are set without a warning, links lead somewhere, and no
# page names a place of the machine it was written on.  The configuration's keys are tests/unit/test_config_docs.c.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# difference WHERE WHAT A B: one line for each word of A that B has not.
difference() {
	comm -23 <(printf '%s\n' "$3" | sort -u | grep .) <(printf '%s\n' "$4" | sort -u | grep .) |
		sed "s,^,$1: $2: ,"
}

# agree PAGE SOURCE WHAT OF-PAGE OF-SOURCE: the same words on both sides.
agree() {
	[ -n "$5" ] || echo "$2: no $3 were found, so nothing was compared"
	difference "$1" "$3 that $2 has not" "$4" "$5"
	difference "$1" "lacks the $3 of $2" "$5" "$4"
}

# commands_of HELP: those a program's help lists.
commands_of() {
	sed -n 's/^  \([a-z][a-z]*\)  *[A-Za-z].*/\1/p' "$1"
}

# options_of HELP...: "-s, --socket", or "--check" alone.
options_of() {
	sed -n 's/^  *\(-[A-Za-z], --[a-z-]*\).*/\1/p; s/^  *\(--[a-z-]*\).*/\1/p' "$@" | sort -u
}

# helps PROGRAM DIR: its help and that of its commands, a file each.
helps() {
	"$1" --help >"$2/help"
	local command
	for command in $(commands_of "$2/help"); do
		"$1" "$command" --help >"$2/help.$command"
	done
}

# plain PAGE: a manual page without its fonts and quotes.
plain() {
	sed 's/\\f[A-Z]//g; s/\\-/-/g; s/\\e/\\/g; s/^\.\(B\|I\|BR\|BI\|RB\|RI\|IR\|IB\) \(.*\)/.X \2/' "$1" | tr -d '"'
}

# tags PAGE SECTION: the terms of the paragraphs there.
tags() {
	plain "$1" | awk -v title=".SH $2" '
		/^\.SH/ { on = $0 == title; next }
		on && tag && /^\.X/ { sub(/^\.X /, ""); print }
		{ tag = /^\.T[PQ]/ }'
}

man_options() {
	tags "$1" OPTIONS | sed -n 's/^\(-[A-Za-z]\) *, *\(--[a-z-]*\).*/\1, \2/p; s/^\(--[a-z-]*\).*/\1/p' | sort -u
}

# manual PAGE DIR: the page against the help texts.
manual() {
	agree "$1" "--help" options "$(man_options "$1")" "$(options_of "$2"/help*)"
	[ -z "$(commands_of "$2/help")" ] ||
		agree "$1" "--help" commands "$(tags "$1" COMMANDS | sed 's/ .*//' | sort -u | grep -vxF -e rollback -e adopt -e restore -e hook -e schema)" "$(commands_of "$2/help")"
}

# complete_words PROGRAM FILE WORD...: what is offered for the last of these words.
complete_words() {
	bash -c '
		compopt() { :; }
		complete() { :; }
		. "$2"
		COMP_WORDS=("$1" "${@:3}")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		"_$1"
		printf "%s\n" "${COMPREPLY[@]}"' complete "$@"
}

long_options() {
	options_of "$@" | sed 's/.*, //' | sort -u
}

# completion PROGRAM FILE DIR: what it offers against the help texts.
completion() {
	local command
	if [ -z "$(commands_of "$3/help")" ]; then
		agree "$2" "--help" options "$(complete_words "$1" "$2" - | grep '^-')" "$(long_options "$3/help")"
		return
	fi
	agree "$2" "--help" commands "$(complete_words "$1" "$2" '' | grep -v '^-')" "$(commands_of "$3/help")"
	agree "$2" "--help" options "$(complete_words "$1" "$2" - | grep '^-')" "$(long_options "$3/help")"
	for command in $(commands_of "$3/help"); do
		agree "$2" "$command --help" options "$(complete_words "$1" "$2" "$command" -)" \
		    "$(long_options "$3/help.$command")"
	done
}

# exits PAGE SOURCE...: the statuses of an enumeration against the page's list, or its sentence.
exits() {
	local page=$1
	shift
	agree "$page" "$(basename "$1")" "exit statuses" \
	    "$(plain "$page" | awk '/^\.SH/ { on = $0 == ".SH EXIT STATUS" } on' | grep -oE '\b[0-9]+\b' | sort -u)" \
	    "$( (echo 0; sed -n 's/.*\(CTL\|CLI\|EXIT\)_[A-Z_]*\( =\)* \([0-9][0-9]*\).*/\3/p' "$@") | sort -u)"
}

# api ROOT: paths and metrics of docs/API.md.
api() {
	agree docs/API.md src/daemon/api.c paths \
	    "$(sed -n 's/^| `\([A-Z]* \/[^`]*\)`.*/\1/p' "$1/docs/API.md")" \
	    "$(sed -n 's/^	{ "\([A-Z]*\)", "\([^"]*\)".*/\1 \2/p' "$1/src/daemon/api.c")"
	agree docs/API.md src/daemon/metrics metrics \
	    "$(sed -n '/^## Metrics/,$p' "$1/docs/API.md" | grep '^| `' | cut -d'|' -f2 | grep -oE '[a-z_]+')" \
	    "$(cat "$1"/src/daemon/metrics*.c | grep -oE '"(migarchd|migration|traffic|process)_[a-z_]+"' | tr -d '"')"
}

# lint PAGE: the complaints of whatever can set manual pages here.  They decide, not its exit status.
lint() {
	if command -v man >/dev/null; then
		man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null
	elif command -v groff >/dev/null; then
		groff -man -ww -z "$1" 2>&1
	elif command -v mandoc >/dev/null; then
		mandoc -T lint -W warning "$1"
	else
		echo 'nothing here can set it: man, groff or mandoc is needed'
	fi | sed "s,^,$1: ,"
}

# pages ROOT: all that people read.
pages() {
	(cd "$1" && find . -maxdepth 1 -name '*.md' && find docs completions -name '*.md' -o -name '*.bash' -o -path '*/man/*') |
		sed 's,^\./,,' | sort
}

links() {
	local page target
	pages "$1" | grep '\.md$' | while read -r page; do
		grep -oE '\]\([^)#]+' "$1/$page" | cut -c3- | grep -v : | while read -r target; do
			[ -e "$1/$(dirname "$page")/$target" ] || echo "$page: a link to $target, which is not there"
		done
		grep -oE '`(tests|bench|scripts|src|etc|docs|demo|systemd|\.ci)/[A-Za-z0-9_./-]+`' "$1/$page" | tr -d '`' |
			while read -r target; do
				[ -e "$1/$target" ] || echo "$page: names $target, which is not there"
			done
	done
}

# What only the machine of the writer has.
places() {
	pages "$1" | (cd "$1" && xargs grep -nE '(^|[^a-z/.])/(work|tmp|root|farm|home)/' /dev/null) |
		sed 's/$/: a place of the machine this was written on/'
}

check() {
	local page
	mkdir -p "$tmp/migarch" "$tmp/migarchctl" "$tmp/migarchd"
	helps "$build/migarch" "$tmp/migarch"
	helps "$build/migarchctl" "$tmp/migarchctl"
	"$build/migarchd" --help >"$tmp/migarchd/help"
	(
		cd "$1" || exit
		manual docs/man/migarch.1 "$tmp/migarch"
		manual docs/man/migarchctl.1 "$tmp/migarchctl"
		manual docs/man/migarchd.8 "$tmp/migarchd"
		completion migarch completions/migarch.bash "$tmp/migarch"
		completion migarchctl completions/migarchctl.bash "$tmp/migarchctl"
		completion migarchd completions/migarchd.bash "$tmp/migarchd"
		exits docs/man/migarch.1 src/cli/cli.h
		exits docs/man/migarchctl.1 src/ctl/ctl.h
		exits docs/man/migarchd.8 src/daemon/options.h
		for page in docs/man/*; do
			lint "$page"
		done
	)
	api "$1"
	links "$1"
	places "$1"
}

# Self-check: a program whose words are all wrong, beside some that are right.

mkdir -p "$tmp/bad/one"
cat >"$tmp/bad/one/help" <<'END'
  go        Go somewhere
  stay      Stay here

  -a, --all        all of it
      --bare       no clothes
  -h, --help       this
END
printf '      --fast       soon\n  -h, --help       this\n' >"$tmp/bad/one/help.go"
printf '  -h, --help       this\n' >"$tmp/bad/one/help.stay"
plant one.1 <<'END'
.SH COMMANDS
.TP
.BR go " [\fIX\fR]"
.TP
.B run
.SH OPTIONS
.TP
.BR \-b ", " \-\-all
.TP
.BI \-\-bare " X"
.TP
.BR \-\-gone
.TP
.BR \-h ", " \-\-help
.SH EXIT STATUS
.TP
.B 0
.TP
.B 65
.BADMACRO
END
plant one.h <<'END'
enum one_exit { CTL_OK = 0, CTL_USAGE = 64 };
END
plant one.bash <<'END'
_one() {
	case $COMP_CWORD:${COMP_WORDS[1]} in
	1:*) COMPREPLY=(go --all --bare --help --odd) ;;
	*) COMPREPLY=(--help) ;;
	esac
}
END
out=$(
	manual "$tmp/bad/one.1" "$tmp/bad/one"
	completion one "$tmp/bad/one.bash" "$tmp/bad/one"
	exits "$tmp/bad/one.1" "$tmp/bad/one.h"
)
must_find 'an option of the page alone' 'one.1: options that --help has not: --gone' "$out"
must_find 'another short option' 'one.1: lacks the options of --help: -a, --all' "$out"
must_find 'an option without a word' 'one.1: lacks the options of --help: --fast' "$out"
must_find 'a command of the page alone' 'one.1: commands that --help has not: run' "$out"
must_find 'a command without a word' 'one.1: lacks the commands of --help: stay' "$out"
must_find 'an option that is not completed' 'one.bash: lacks the options of go --help: --fast' "$out"
must_find 'an option that is only completed' 'one.bash: options that --help has not: --odd' "$out"
must_find 'a command that is not completed' 'one.bash: lacks the commands of --help: stay' "$out"
must_find 'a status of the page alone' 'one.1: exit statuses that one.h has not: 65' "$out"
must_find 'a status without a word' 'one.1: lacks the exit statuses of one.h: 64' "$out"
must_pass 'what is on both sides' "$(printf '%s\n' "$out" | grep -e '--bare' -e '--help$' -e ': go$')"
must_find 'an unknown macro' 'one.1: .*BADMACRO' "$(lint "$tmp/bad/one.1")"

plant src/daemon/api.c <<'END'
	{ "GET", "/a", HTTP_OPEN, a },
	{ "GET", "/b", HTTP_OPEN, b },
END
echo 'x("migarchd_one", "migarchd_two");' | plant src/daemon/metrics.c
plant docs/API.md <<'END'
| `GET /a` | x |
| `GET /c` | x |
## Metrics
| `migarchd_one`, `migarchd_three` | `kind` | x |
See [a page](gone.md), [this](API.md), `src/gone.c`, and /work/there.
END
mkdir -p "$tmp/bad/completions"
out=$(
	api "$tmp/bad"
	links "$tmp/bad"
	places "$tmp/bad"
)
must_find 'a path that is gone' 'paths that src/daemon/api.c has not: GET /c' "$out"
must_find 'a path without a word' 'lacks the paths of src/daemon/api.c: GET /b' "$out"
must_find 'a metric that is gone' 'metrics that src/daemon/metrics has not: migarchd_three' "$out"
must_find 'a metric without a word' 'lacks the metrics of src/daemon/metrics: migarchd_two' "$out"
must_find 'a dead link' 'docs/API.md: a link to gone.md' "$out"
must_find 'a file that is gone' 'docs/API.md: names src/gone.c' "$out"
must_find 'a place of this machine' 'docs/API.md:5:.*: a place' "$out"
must_pass 'what is right' "$(printf '%s\n' "$out" | grep -e '/a$' -e 'migarchd_one$' -e 'to API.md')"

verdict "$(check "$tree")"
