#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The tables of docs/STATES.md say what the decision core does: the transitions of src/core/turn.c and the
# rulings of src/core/command.c.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# code_transitions ROOT: "from to" for each true element of the table.
code_transitions() {
	tr '\n' ' ' <"$1/src/core/turn.c" | sed 's/.*transitions\[[^{]*{//; s/};.*//' |
		awk '{
			count = split($0, row, "}")
			for (i = 1; i < count; i++) {
				at = split(row[i], word, /[^A-Z_]*MIG_RUN_/)
				for (j = 3; j <= at; j++) {
					sub(/[^A-Z_].*/, "", word[2])
					sub(/[^A-Z_].*/, "", word[j])
					print tolower(word[2]), tolower(word[j])
				}
			}
		}' | sort
}

# section ROOT TITLE: the rows of the tables in that section of the page, cells separated by blanks.
section() {
	awk -v title="## $2" '/^## / { on = $0 == title } on && /^\| `/' "$1/docs/STATES.md" |
		sed 's/[|`]/ /g; s/  */ /g; s/^ //; s/ $//'
}

page_transitions() {
	section "$1" Transitions | awk '{ print $1, $2 }' | sort
}

# code_rulings ROOT: "state ruling ruling …", one line a state, in the words of the page.
code_rulings() {
	sed -n '/ rulings\[/,/^};/p' "$1/src/core/command.c" | grep '^	\[MIG_RUN_' |
		sed 's/.*MIG_RUN_\([A-Z_]*\)\] = {\(.*\)}.*/\1 \2/; s/,/ /g; s/  */ /g; s/ $//' |
		tr '[:upper:]' '[:lower:]' | sed 's/obey/obeyed/g; s/noop/already/g; s/refuse/refused/g' | sort
}

page_rulings() {
	section "$1" Commands | sort
}

# The order of the commands: the core's enumeration, and the page's head line.
code_commands() {
	sed -n '/^enum mig_command {/,/^};/s/^	MIG_COMMAND_\([A-Z]*\).*/\1/p' "$1/src/core/step.h" |
		tr '[:upper:]' '[:lower:]' | xargs
}

page_commands() {
	grep '^| state | start ' "$1/docs/STATES.md" | sed 's/|/ /g; s/ state //' | xargs
}

# differ ROOT WHAT: compare code_WHAT with page_WHAT.
differ() {
	"code_$2" "$1" >"$tmp/code"
	"page_$2" "$1" >"$tmp/page"
	[ -s "$tmp/code" ] || echo "docs/STATES.md: no $2 were found in the source"
	diff "$tmp/code" "$tmp/page" | sed -n "s/^< /docs\/STATES.md: $2 lack or say otherwise: /p
		s/^> /docs\/STATES.md: $2 that the source has not: /p"
}

check() {
	differ "$1" transitions
	differ "$1" rulings
	differ "$1" commands
}

plant src/core/turn.c <<'END'
static const bool transitions[MIG_RUN_COUNT][MIG_RUN_COUNT] = {
	[MIG_RUN_LOADED] = { [MIG_RUN_BASELINING] = true, [MIG_RUN_ROLLING_BACK] = true },
	[MIG_RUN_RUNNING] = { [MIG_RUN_BAKING] = true,
	    [MIG_RUN_HELD] = true },
};
END
plant src/core/command.c <<'END'
static const enum ruling rulings[MIG_RUN_COUNT][MIG_COMMAND_COUNT] = {
	[MIG_RUN_LOADED] = { OBEY, REFUSE },
	[MIG_RUN_ROLLED_BACK] = { NOOP, REFUSE },
};
END
plant src/core/step.h <<'END'
enum mig_command {
	MIG_COMMAND_START,
	MIG_COMMAND_PAUSE
};
END
plant docs/STATES.md <<'END'
## Transitions
| `loaded` | `baselining` | start |
| `loaded` | `rolling_back` | abort |
| `running` | `baking` | x |
| `baking` | `running` | never |
## Commands
| state | start | pause |
| `loaded` | obeyed | obeyed |
| `rolled_back` | already | refused |
END
out=$(check "$tmp/bad")
must_find 'a transition that is left out' 'transitions lack or say otherwise: running held' "$out"
must_find 'a transition that is invented' 'transitions that the source has not: baking running' "$out"
must_find 'a wrong ruling' 'rulings lack or say otherwise: loaded obeyed refused' "$out"
must_pass 'a right row' "$(printf '%s\n' "$out" | grep -e 'loaded baselining' -e 'rolled_back' -e commands)"

verdict "$(check "$tree")"
