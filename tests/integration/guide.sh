#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The guides show what the programs print: each docs/guide-*.md is followed in an empty directory.
# A block behind "<!-- file: NAME -->" is written to that file; in a "console" block each line that
# begins with "$ " is run, and what follows it must be what it prints.  A line "..." there stands
# for any lines.

set -u
SRC=$(cd "${MIGARCH_SRCDIR:-.}" && pwd)
PATH=$(cd "${MIGARCH_BUILDDIR:-.}" && pwd):$PATH
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export PATH SOURCE_DATE_EPOCH=1768469400 LC_ALL=C.UTF-8

cat >"$T/follow.py" <<'END'
import re
import subprocess
import sys


def matches(wanted, found):
    """Whether the lines are those that were wanted, where "..." stands for any."""
    if not wanted:
        return not found
    if wanted[0] == '...':
        return any(matches(wanted[1:], found[i:]) for i in range(len(found) + 1))
    return bool(found) and wanted[0] == found[0] and matches(wanted[1:], found[1:])


def run(number, command, wanted):
    done = subprocess.run(['bash', '-c', command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, check=False)
    found = [line.rstrip() for line in done.stdout.splitlines()]
    if not matches(wanted, found):
        sys.exit('%s:%d: $ %s\n  prints:\n%s' % (sys.argv[1], number, command, '\n'.join(found)))


def follow(lines):
    """Write the files and run the commands; how many were run."""
    commands = 0
    name = None
    i = 0
    while i < len(lines):
        mark = re.fullmatch(r'<!-- file: ([\w.-]+) -->', lines[i])
        name = mark[1] if mark else name
        if lines[i].startswith('```') and len(lines[i]) > 3:
            end = lines.index('```', i + 1)
            block = lines[i + 1:end]
            if name:
                with open(name, 'w', encoding='utf-8') as f:
                    f.write('\n'.join(block) + '\n')
            elif lines[i] == '```console':
                starts = [k for k, line in enumerate(block) if line.startswith('$ ')] + [len(block)]
                for a, b in zip(starts, starts[1:]):
                    run(i + 2 + a, block[a][2:], block[a + 1:b])
                    commands += 1
            name = None
            i = end
        i += 1
    return commands


with open(sys.argv[1], encoding='utf-8') as guide:
    count = follow(guide.read().splitlines())
print('ok: %s, %d commands' % (sys.argv[1].rsplit('/', 1)[-1], count))
sys.exit(0 if count > 0 else 'no command was found in ' + sys.argv[1])
END

for guide in "$SRC"/docs/guide-*.md; do
	mkdir "$T/work"
	(cd "$T/work" && python3 "$T/follow.py" "$guide") || exit 1
	rm -r "$T/work"
done

# A guide that shows something else is noticed.
printf '```console\n$ echo one\ntwo\n```\n' >"$T/guide-wrong.md"
python3 "$T/follow.py" "$T/guide-wrong.md" >/dev/null 2>&1 && {
	echo "FAIL: a wrong guide passes" >&2
	exit 1
}
exit 0
