#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# mariadb.py [--first N] [--seeds N] [--keep DIRECTORY] [--minimise] [--way WAY] [--only CHANGES]
#
# As roundtrip.py, for MariaDB: the scripts of "migarch check" lead a database from one schema to the other and back, judged
# by SHOW CREATE and information_schema, and rows that suit both versions are kept.  MARIADB_SOCKET names the server, which
# is filled with databases called trip_….  SQL files of this dialect are not read, so the ways are servers and snapshots.

import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import maria_change
import maria_rows
from maria_model import q

WAYS = ["servers", "servers", "snapshots", "server and snapshot"]
# Sorted below: the order in which keys were made says nothing, that of columns does.
CATALOGUE = """
SELECT 'view', TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, SECURITY_TYPE FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE();
SELECT 'viewcolumn', c.TABLE_NAME, c.ORDINAL_POSITION, c.COLUMN_NAME, c.COLUMN_TYPE, c.COLLATION_NAME FROM information_schema.COLUMNS c
	JOIN information_schema.VIEWS v USING (TABLE_SCHEMA, TABLE_NAME) WHERE c.TABLE_SCHEMA = DATABASE();
SELECT 'trigger', TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, ACTION_STATEMENT
	FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE();
SELECT 'routine', ROUTINE_NAME, ROUTINE_TYPE, DTD_IDENTIFIER, ROUTINE_DEFINITION, IS_DETERMINISTIC, SQL_DATA_ACCESS, SECURITY_TYPE,
	ROUTINE_COMMENT FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE();
SELECT 'parameter', SPECIFIC_NAME, ROUTINE_TYPE, ORDINAL_POSITION, PARAMETER_MODE, PARAMETER_NAME, DTD_IDENTIFIER, COLLATION_NAME
	FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = DATABASE();
SELECT 'event', EVENT_NAME, EVENT_TYPE, INTERVAL_VALUE, INTERVAL_FIELD, STATUS, ON_COMPLETION, EVENT_DEFINITION, EVENT_COMMENT
	FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE();
"""


class Failure(Exception):
    """cause groups failures, detail is for people."""

    def __init__(self, cause, detail=""):
        super().__init__(cause)
        self.cause, self.detail = cause, detail


class ServerError(Exception):
    pass


def client(database, sql, *words):
    """What the command line client makes of the text."""
    command = ["mariadb", "--no-defaults", f"--socket={os.environ['MARIADB_SOCKET']}", "--user=root", "--batch", "--skip-column-names", "--comments",
               "--default-character-set=utf8mb4", *words, database]
    done = subprocess.run(command, input=sql.encode(), capture_output=True, check=False, timeout=120)
    if done.returncode:
        raise ServerError(done.stderr.decode(errors="replace").strip())
    return done.stdout.decode()


class Database:
    def __init__(self, name):
        self.name = name

    def run(self, sql, *words):
        return client(self.name, sql, *words)

    def reset(self):
        client("mysql", f"DROP DATABASE IF EXISTS {self.name}; CREATE DATABASE {self.name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")

    def fill(self, statements):
        try:
            self.run("DELIMITER $$\n" + "".join(s + "$$\n" for s in statements))
        except ServerError as error:
            raise Failure("the server refuses a schema of the test", str(error)) from None

    def drop(self):
        client("mysql", f"DROP DATABASE IF EXISTS {self.name}")

    def url(self):
        return f"mysql://root@localhost/{self.name}?unix_socket={os.environ['MARIADB_SOCKET']}"

    def fingerprint(self):
        """Lines, each with the thing it is of in front."""
        tables = [t.split("\t") for t in self.run("SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
                                                  "AND TABLE_TYPE <> 'VIEW' ORDER BY 1", "--raw").splitlines()]
        lines = set()
        shows = "".join(f"SHOW CREATE TABLE {q(name)};\n" for name, _ in tables)
        for line in (self.run(shows).splitlines() if tables else []):
            name, text = line.split("\t", 1)
            lines |= set(self.table_lines(name, text))
        for line in self.run(CATALOGUE).splitlines():
            lines.add(line.replace(f"`{self.name}`.", ""))
        return lines

    def table_lines(self, name, text):
        text = re.sub(r" AUTO_INCREMENT=\d+", "", text).replace(f"`{self.name}`.", "")
        # The server says it when it was said, and means the same when it was not.
        text = re.sub(r" ON (?:DELETE|UPDATE) (?:NO ACTION|RESTRICT)", "", text)
        # Aria does both, whether it says so or not.
        text = re.sub(r" (?:PAGE_CHECKSUM|TRANSACTIONAL)=1", "", text)
        place = 0
        for part in text.split("\\n")[1:]:
            part = part.strip().rstrip(",")
            if part.startswith("`"):
                place += 1
                yield f"table {name} column {place} {part}"
            else:
                yield f"table {name} {part}"
        if "\\n" not in text:
            yield f"table {name} {text}"


def general(text):
    """The message without the names and numbers that differ from seed to seed."""
    lines = text.strip().splitlines() or [""]
    text = next((line for line in lines if line.startswith("ERROR ")), lines[0])
    text = re.sub(r"^ERROR (\d+) \(\w+\) at line \d+: ", r"\1 ", text)
    text = re.sub(r"near '.*", "near …", text)
    text = re.sub(r"'[^']*'|`[^`]*`", "…", text)
    return re.sub(r"\btrip_\w+|(?<![\d])\d{1,3}\b", "N", text)


class Case:
    """One pair of schemas and what is done with it."""

    def __init__(self, runner, pair, directory, seed):
        self.runner, self.pair, self.directory, self.seed = runner, pair, directory, seed
        self.rng = random.Random(f"{seed} run")
        self.before, self.after = runner.before, runner.after
        self.scripts, self.irreversible, self.lossy, self.rows = [], 0, 0, 0
        self.way = runner.way or WAYS[seed % len(WAYS)]

    def file(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as file:
            file.write(text)

    # The command.

    def migarch(self, *words, ok=(0, 1, 2), what="check"):
        done = subprocess.run([self.runner.migarch, *words], capture_output=True, check=False, timeout=300)
        if done.returncode not in ok:
            text = (done.stderr or done.stdout).decode(errors="replace")
            raise Failure(f"{what} ends with {done.returncode}: {general(re.sub(r'^.*?: ', '', text))}", text)
        return done.stdout.decode()

    def hints(self):
        return [w for rename in self.pair.renames for w in ("--rename", rename)]

    def check(self, before, after, hints=()):
        text = self.migarch("check", "--before", before, "--after", after, "--type", "database", "-f", "json", *hints)
        try:
            return json.loads(text)
        except ValueError as error:
            raise Failure("check does not write JSON", f"{error}\n{text[:2000]}") from None

    def snapshot(self, name, database):
        self.write(name, self.migarch("snapshot", database.url(), what="snapshot", ok=(0,)))
        return self.file(name)

    def inputs(self):
        before = self.before.url() if self.way != "snapshots" else self.snapshot("before.json", self.before)
        after = self.after.url() if self.way == "servers" else self.snapshot("after.json", self.after)
        return before, after

    # Scripts.

    def execute(self, sql, script, what):
        try:
            self.before.run(sql)
        except ServerError as error:
            raise Failure(f"{what} fails: {general(str(error))}", f"{script['slug']}\n{sql}\n{error}") from None

    def count(self, query, script, what):
        try:
            return self.before.run(query).strip()
        except ServerError as error:
            raise Failure(f"a {what} fails: {general(str(error))}", f"{script['slug']}: {query}\n{error}") from None

    def up(self, script):
        if script.get("precheck") and self.count(script["precheck"], script, "precheck") != "0":
            raise Failure("a precheck finds rows that suit both versions", f"{script['slug']}: {script['precheck']}")
        self.execute(script["script_content"], script, "up")
        query = script.get("validation_query")
        if query and self.count(query, script, "validation query") != script["expected"]:
            raise Failure("a validation query does not see that the script is done", f"{script['slug']}: {query}")

    def down(self, script):
        if script["rollback_script"]:
            self.execute(script["rollback_script"], script, "down")

    # Judging.

    def must_be(self, wanted, what):
        now = self.before.fingerprint()
        lines = sorted([f"- {line}" for line in wanted - now] + [f"+ {line}" for line in now - wanted], key=lambda line: (line[2:], line))
        if lines:
            shape = sorted({self.shape(line) for line in lines})
            raise Failure(f"{what}: other {', '.join(shape)}", "(- is what should be, + is what is)\n" + "\n".join(lines))

    @staticmethod
    def shape(line):
        words = line[2:].split("\t")[0].split(" ")
        inner = [w for w in ("column", "CONSTRAINT", "KEY", "ENGINE", "PARTITION") if f" {w}" in line]
        return line[:2] + words[0] + (" " + inner[0] if words[0] == "table" and inner else "")

    def data(self, newer):
        found = {}
        for uid, query in maria_rows.queries(self.pair.before, self.pair.after, newer):
            try:
                found[uid] = sorted(maria_rows.normal(line) for line in self.before.run(query).splitlines())
            except ServerError as error:
                raise Failure(f"data can't be read: {general(str(error))}", str(error)) from None
        return found

    def data_must_be(self, wanted, newer, what):
        now = self.data(newer)
        for uid, rows in wanted.items():
            if now[uid] != rows:
                table = self.pair.before.find(uid)
                raise Failure(f"{what}: other rows", f"{table.name}:\n" + "\n".join(rows) + "\nare now\n" + "\n".join(now[uid]))

    def nothing_between(self, before, after, what):
        report = self.check(before, after)
        found = [i.get("description", "?") for i in report.get("issues", [])] + [s.get("slug", "?") for s in report.get("migration_scripts", [])]
        if found:
            raise Failure(f"{what}: something is found", "\n".join(found))

    def prepare(self):
        self.before.reset()
        self.after.reset()
        self.before.fill(self.pair.before.before_rows())
        if self.seed % 3:
            texts = maria_rows.inserts(self.rng, self.pair.before, self.pair.after)
            self.write("rows.sql", "".join(t + ";\n" for t in texts))
            try:
                self.before.run("".join(t + ";\n" for t in texts))
            except ServerError as error:
                raise Failure("the server refuses rows of the test: " + general(str(error)), str(error)) from None
            self.rows = len(texts) - 2
        self.before.fill(self.pair.before.behind_rows())
        self.after.fill(self.pair.after.before_rows() + self.pair.after.behind_rows())

    def run(self):
        self.write("before.sql", self.pair.before.sql())
        self.write("after.sql", self.pair.after.sql())
        self.write("changes.txt", "\n".join(self.pair.names + self.pair.renames) + "\n")
        self.prepare()
        old, new = self.before.fingerprint(), self.after.fingerprint()
        data = self.data(False)
        report = self.check(*self.inputs(), self.hints())
        self.write("report.json", json.dumps(report, indent=1))
        self.scripts = report["migration_scripts"]
        self.irreversible = sum(1 for s in self.scripts if s.get("irreversible"))
        self.lossy = sum(1 for s in self.scripts if s.get("lossy"))
        last = max([i for i, s in enumerate(self.scripts) if s.get("irreversible")], default=-1)
        base = old
        for i, script in enumerate(self.scripts):
            self.up(script)
            if i == last:
                base = self.before.fingerprint()
        self.must_be(new, "forward")
        self.data_must_be(data, True, "forward")
        if self.seed % 5 == 4:
            self.nothing_between(self.before.url(), self.after.url(), "there, and what was to be")
        for script in reversed(self.scripts[last + 1:]):
            self.down(script)
        self.must_be(base, "back")
        if last < 0 and not self.lossy:
            self.data_must_be(data, False, "back")
        if last < 0 and self.scripts:
            self.stop_anywhere(old)
        if self.seed % 5 == 2:
            self.nothing_between(self.before.url(), self.snapshot("same.json", self.before), "a server and its snapshot")
        if self.seed % 5 == 3 and last < 0 and self.scripts:
            self.numbered_files(old, new)

    def numbered_files(self, old, new):
        """The same as files."""
        directory = self.file("scripts")
        shutil.rmtree(directory, ignore_errors=True)
        self.migarch("check", "--before", *self.between(), "--type", "database", "-f", "sql", "-o", directory, *self.hints())
        names = sorted(os.listdir(directory))
        for ending, order, wanted in ((".up.sql", 1, new), (".down.sql", -1, old)):
            for name in [n for n in names if n.endswith(ending)][::order]:
                with open(os.path.join(directory, name), encoding="utf-8") as file:
                    self.execute(file.read(), {"slug": name}, "a file")
            self.must_be(wanted, "by files" + ending)

    def between(self):
        before, after = self.inputs()
        return before, "--after", after

    def stop_anywhere(self, old):
        """A deploy that ends somewhere, and goes back from there."""
        count = self.rng.randint(1, len(self.scripts))
        for script in self.scripts[:count]:
            self.up(script)
        for script in reversed(self.scripts[:count]):
            self.down(script)
        self.must_be(old, "back from within")


class Runner:
    def __init__(self, options):
        self.options = options
        self.migarch = os.path.join(os.environ.get("MIGARCH_BUILDDIR", "."), "migarch")
        self.way = options.way
        self.before, self.after = Database(f"trip_b{os.getpid()}"), Database(f"trip_a{os.getpid()}")
        self.scratch = tempfile.mkdtemp(prefix="trip")

    def close(self):
        self.before.drop()
        self.after.drop()
        shutil.rmtree(self.scratch)

    def attempt(self, seed, keep=None, name="case"):
        """(case, failure or None, directory)"""
        directory = os.path.join(self.scratch, name)
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        pair = maria_change.Pair(random.Random(seed), keep, self.options.only)
        case = Case(self, pair, directory, seed)
        try:
            case.run()
        except Failure as failure:
            return case, failure, directory
        return case, None, directory

    def seed(self, seed):
        case, failure, directory = self.attempt(seed)
        if failure and self.options.keep:
            self.keep(str(seed), directory, failure, case)
        if failure and self.options.minimise:
            self.minimise(seed, failure.cause, len(case.pair.names))
        return case, failure

    def minimise(self, seed, cause, count):
        """As few changes as fail for the same cause."""
        keep = list(range(count))
        for number in list(keep):
            less = [n for n in keep if n != number]
            if getattr(self.attempt(seed, less, "less")[1], "cause", None) == cause:
                keep = less
        case, failure, directory = self.attempt(seed, keep, "less")
        print(f"    changes {[case.pair.names[n] for n in keep]}")
        if failure and self.options.keep:
            self.keep(f"{seed}.min", directory, failure, case)

    def keep(self, label, directory, failure, case):
        target = os.path.join(self.options.keep, label)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(directory, target)
        with open(os.path.join(target, "failure.txt"), "w", encoding="utf-8") as file:
            file.write(f"{failure.cause}\nway: {case.way}\n\n{failure.detail}\n")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--keep")
    parser.add_argument("--minimise", action="store_true")
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--only", type=lambda text: text.split(","))
    return parser.parse_args()


def main():
    options = arguments()
    runner, began = Runner(options), time.monotonic()
    causes, totals, ways = collections.defaultdict(list), collections.Counter(), collections.Counter()
    try:
        for seed in range(options.first, options.first + options.seeds):
            case, failure = runner.seed(seed)
            totals.update(scripts=len(case.scripts), irreversible=case.irreversible, lossy=case.lossy, rows=case.rows)
            ways[case.way] += 1
            if failure:
                causes[failure.cause].append(seed)
                if len(causes[failure.cause]) <= 3:
                    print(f"FAIL {seed} ({case.way}): {failure.cause}\n    " + "\n    ".join(failure.detail.splitlines()[:14]), flush=True)
    finally:
        runner.close()
    for cause, seeds in sorted(causes.items(), key=lambda c: -len(c[1])):
        print(f"{len(seeds):5} {cause} {seeds[:8]}")
    print(f"{totals['scripts']} scripts, {totals['lossy']} lossy, {totals['rows']} rows; {dict(ways)}; {time.monotonic() - began:.0f} s")
    print(f"{options.seeds} seeds, {sum(len(s) for s in causes.values())} failures, {totals['irreversible']} irreversible")
    return 1 if causes or not options.seeds else 0


if __name__ == "__main__":
    sys.exit(main())
