#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The jobs and the hook of docs/guide-ci.md run: the commands of GitHub's and GitLab's job are taken from the guide
# and run in a repository with a harmless and a breaking branch, and the hook lets the one through and not
# the other.  (guide.sh follows the guide's other commands.)

set -u

SRC=$(cd "${MIGARCH_SRCDIR:-.}" && pwd)
PATH=$(cd "${MIGARCH_BUILDDIR:-.}" && pwd):$PATH
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export PATH SOURCE_DATE_EPOCH=1768469400 LC_ALL=C.UTF-8
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

pass() {
	echo "ok: $*"
}

command -v git >/dev/null || {
	echo "skipped: git is not installed, the jobs are not run"
	exit 77
}

# The files of the guide, and of the jobs the commands: a file for each step, numbered.
mkdir "$T/guide"
python3 - "$SRC/docs/guide-ci.md" "$T/guide" <<'END' || fail "the guide cannot be read"
import re
import sys


def write(name, lines):
    with open('%s/%s' % (sys.argv[2], name), 'w', encoding='utf-8') as f:
        f.write('\n'.join(lines) + '\n')


def steps_of_github(lines):
    """The blocks behind "run: |"."""
    steps = []
    for i, line in enumerate(lines):
        mark = re.fullmatch(r'( *)run: \|', line)
        if mark:
            depth = len(mark[1]) + 2
            block = []
            for later in lines[i + 1:]:
                if later.strip() and not later.startswith(' ' * depth):
                    break
                block.append(later[depth:])
            steps.append(block)
    return steps


def steps_of_gitlab(lines):
    """The items of "script:"."""
    start = lines.index('  script:') + 1
    steps = []
    for line in lines[start:]:
        if not line.startswith('    - '):
            break
        steps.append([line[6:]])
    return steps


text = open(sys.argv[1], encoding='utf-8').read()
files = dict(re.findall(r'<!-- file: ([\w.-]+) -->\n```\w+\n(.*?)\n```', text, re.DOTALL))
for name, content in files.items():
    write(name, content.split('\n'))
for name, steps in ('github', steps_of_github(files['github.yml'].split('\n'))), \
        ('gitlab', steps_of_gitlab(files['gitlab.yml'].split('\n'))):
    if len(steps) < 4:
        sys.exit('only %d steps of %s' % (len(steps), name))
    for number, step in enumerate(steps):
        write('%s.%d' % (name, number), step)
END

# A repository with two branches behind the one that they are to be merged into.
mkdir -p "$T/repo/db"
cd "$T/repo" || exit 1
git init -q -b main . || fail "git init"
cp "$T/guide/before.sql" db/schema.sql
git add db && git commit -qm 'the deployed version'
git update-ref refs/remotes/origin/main HEAD
base=$(git rev-parse HEAD)
git checkout -q -b breaking
cp "$T/guide/after.sql" db/schema.sql
git commit -qam 'a column goes'
git checkout -q -b harmless main
sed 's/nickname text/&,\n    country text/' "$T/guide/before.sql" >db/schema.sql
git commit -qam 'a column more'

# gh writes down what it is asked.
mkdir "$T/bin"
cat >"$T/bin/gh" <<'END'
#!/bin/sh
echo "$@" >>gh.log
for file; do :; done
cp "$file" gh.body
END
chmod +x "$T/bin/gh"
PATH=$T/bin:$PATH

# job NAME BRANCH: all steps as the runner has them, until one fails; its status.
job() {
	local step status=0
	git checkout -q "$2" && git clean -fdqx || fail "git checkout $2"
	for step in "$T/guide/$1".[0-9]*; do
		GITHUB_BASE_REF=main PULL=7 CI_MERGE_REQUEST_DIFF_BASE_SHA=$base bash -e "$step" >>out 2>>err || {
			status=$?
			break
		}
	done
	return $status
}

job github harmless || fail "GitHub's job fails for a harmless change: $(cat err)"
grep -q '^::error' out && fail "an error for a harmless change"
job github breaking
[ $? = 2 ] || fail "GitHub's job passes a breaking change"
grep -q '^::error file=.*,line=[0-9]*,title=' out || fail "no annotation: $(cat out)"
[ "$(jq '[.runs[0].results[] | select(.level == "error")] != []' check.sarif)" = true ] || fail "no result in the SARIF"
grep -q '^pr comment 7 ' gh.log || fail "no comment"
grep -q '^### Breaking' gh.body || fail "the comment has no breaking change"
pass "GitHub's job"

job gitlab harmless || fail "GitLab's job fails for a harmless change: $(cat err)"
job gitlab breaking
[ $? = 2 ] || fail "GitLab's job passes a breaking change"
python3 -c 'import sys, xml.etree.ElementTree as tree
sys.exit(0 if tree.parse("check.xml").findall(".//failure") else 1)' || fail "no failure in the JUnit"
[ -s scripts/manifest.json ] || fail "no scripts"
pass "GitLab's job"

# The hook.
git checkout -q main && git clean -fdqx
install -m 755 "$T/guide/pre-commit" .git/hooks/pre-commit
echo 'Words' >README
git add README
git commit -qm 'something else' || fail "the hook looks at what is not its business"
git show harmless:db/schema.sql >db/schema.sql
git commit -qam 'a column more' || fail "the hook refuses a harmless change"
cp "$T/guide/after.sql" db/schema.sql
git commit -qam 'a column goes' 2>err && fail "the hook lets a breaking change through"
grep -q 'BREAKING ISSUES' err || fail "the hook does not say why"
git commit -q --no-verify -am 'a column goes' || fail "--no-verify"
printf 'CREATE TABLE (;\n' >db/schema.sql
git commit -qam 'not SQL' 2>err && fail "the hook lets through what cannot be read"
grep -q 'after.sql:1:' err || fail "the hook does not say what is wrong: $(cat err)"
pass "the hook"

# The hook for migration files.
git checkout -q -f main && git clean -fdqx
install -m 755 "$T/guide/pre-commit-scripts" .git/hooks/pre-commit
mkdir -p db/migrations
cp "$T/guide/V7__nick.sql" db/migrations/V7__nick.sql
git commit -q --allow-empty -m 'nothing' || fail "the hook for scripts looks at what is not its business"
git add db
git commit -qm 'a column and its rows' 2>err && fail "the hook lets a dangerous script through"
grep -q 'script.unbatched_backfill' err || fail "the hook does not say why: $(cat err)"
cat >.migarch-check.json <<'END'
{ "ignore": [ { "rule": "script.*", "path": "scripts.db/migrations/V7__nick.sql.*", "reason": "a small table" } ] }
END
git add .migarch-check.json
git commit -qm 'a column and its rows' || fail "the hook does not read the ignore file"
printf '%s\n' 'SET LOCAL lock_timeout = 1000;' 'SET LOCAL statement_timeout = 1000;' \
    'ALTER TABLE app.users ADD COLUMN born date;' >db/migrations/V8__born.sql
git add db
git commit -qm 'a column' 2>err || fail "the hook refuses a harmless script: $(cat err)"
printf 'CREATE TABLE (;\n' >db/migrations/V9__bad.sql
git add db
git commit -qm 'not SQL' 2>err && fail "the hook lets through a script that cannot be read"
grep -q 'db/migrations/V9__bad.sql:1:' err || fail "the hook does not say what is wrong: $(cat err)"
pass "the hook for scripts"
