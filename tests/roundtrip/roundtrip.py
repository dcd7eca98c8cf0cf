#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# roundtrip.py [--first N] [--seeds N] [--jobs N] [--keep DIRECTORY] [--minimise] [--case NAME_before.sql]... [--way WAY]
#     [options of generate.py]
#
# The property that matters: the scripts of "migarch check" lead a database from one schema to the other and back, judged by
# the server's catalogue; their own queries tell whether they are done; rows that suit both versions are kept.  The server
# is the one that the environment names (PGHOST, PGUSER); it is filled with databases called trip_… .

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

import generate
import pg
import rows
from client import Client
from build import ROLES

HERE = os.path.dirname(os.path.abspath(__file__))
CLEAN = """DO $$DECLARE n text; BEGIN
	FOR n IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
		EXECUTE format('DROP SCHEMA %I CASCADE', n);
	END LOOP;
	CREATE SCHEMA public AUTHORIZATION pg_database_owner;
	GRANT USAGE ON SCHEMA public TO PUBLIC;
	COMMENT ON SCHEMA public IS 'standard public schema';
END$$"""


class Failure(Exception):
    """cause groups failures, detail is for people."""

    def __init__(self, cause, detail=""):
        super().__init__(cause)
        self.cause, self.detail = cause, detail


class Database:
    """One that is used for many schemas, one after the other."""

    def __init__(self, name):
        self.name = name
        self.connection = None

    def reset(self, sql):
        if self.connection is None:
            with pg.Connection("postgres") as admin:
                admin.run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
                admin.run(f"CREATE DATABASE {self.name} TEMPLATE template0")
            self.connection = pg.Connection(self.name)
        elif not self.clean():
            self.renew()
            return self.reset(sql)
        try:
            self.connection.run(sql)
        except pg.Error as error:
            raise Failure("the server refuses a schema of the test", str(error)) from None
        return None

    def clean(self):
        """Whether all is gone: what SQL functions mention can make the server stumble."""
        try:
            self.connection.run(CLEAN)
        except pg.Error:
            return False
        return True

    def renew(self):
        """After a fault nothing is known about what is in it."""
        if self.connection:
            self.connection.close()
            self.connection = None

    def drop(self):
        self.renew()
        with pg.Connection("postgres") as admin:
            admin.run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def fingerprint(self):
        return Fingerprint(self.connection.run(FINGERPRINT))

    def url(self):
        return f"postgresql://{os.environ['PGUSER']}@/{self.name}?host={os.environ['PGHOST']}" + (
            f"&port={os.environ['PGPORT']}" if "PGPORT" in os.environ else "")


# Read again, the server's own text for "x IN ('a', 'b')" on a varchar comes out in another form.
CASTS = re.compile(r"\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)::text\[\]")
CAST = re.compile(r"('(?:[^']|'')*'::character varying)")


def one_form(text):
    return CASTS.sub(lambda m: "ARRAY[" + CAST.sub(r"(\1)::text", m.group(1)) + "]", text)


class Fingerprint:
    def __init__(self, lines):
        self.order = {}
        self.lines = set()
        for kind, text in lines:
            if kind == "colorder":
                relation, words = split_name(text)
                self.order[relation] = words
            else:
                self.lines.add(one_form(f"{kind} {text}"))

    def differences(self, other):
        """Lines that only one has: "-" this one, "+" the other."""
        return sorted([f"- {line}" for line in self.lines - other.lines] + [f"+ {line}" for line in other.lines - self.lines],
                      key=lambda line: (line[2:], line))


def split_name(text):
    """A line of the order of columns: the table, and its columns."""
    words = re.findall(r'(?:"(?:[^"]|"")*"|[^"\s])+', text)
    return words[0], words[1:]


with open(os.path.join(HERE, "fingerprint.sql"), encoding="utf-8") as source:
    FINGERPRINT = source.read()


def first_line(text):
    return text.strip().splitlines()[0] if text.strip() else ""


def general(text):
    """The message without the names and numbers that differ from seed to seed."""
    text = re.sub(r'"(?:[^"]|"")*"', '"…"', first_line(text))
    return re.sub(r"\d+", "N", text)


class Case:
    """One pair of schemas and what is done with it."""

    def __init__(self, runner, label, directory, seed):
        self.runner, self.label, self.directory, self.seed = runner, label, directory, seed
        self.rng = random.Random(f"{seed} run")
        self.before, self.after = runner.before, runner.after
        self.scripts, self.irreversible, self.lossy, self.rows, self.statements = [], 0, 0, 0, 0
        self.renames, self.hints = {}, []
        self.notes = []

    def file(self, name):
        return os.path.join(self.directory, name)

    def read(self, name):
        try:
            with open(self.file(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def read_renames(self):
        for line in self.read("renames.txt").splitlines():
            self.hints += ["--rename", line]
            old, _, new = line.rpartition("=")
            self.rename(old.split("."), new)
        # Heirs that stay have their parents' columns under the new names as well; they come behind their parents.
        stay = set(rows.heirs(self.after.connection))
        for child, parent in rows.heirs(self.before.connection):
            stays = tuple((t[0], self.renames.get(t, t[1])) for t in (child, parent)) in stay
            for key, new in list(self.renames.items()):
                if stays and len(key) == 3 and key[:2] == parent:
                    self.renames.setdefault(child + key[2:], new)

    def rename(self, words, new):
        """words: [schema,] table [, column]; which, the catalogue tells."""
        tables = rows.columns_of(self.before.connection)
        key = tuple(words)
        if len(words) == 1 or len(words) == 2 and key not in tables:
            key = ("public",) + key
        self.renames[key] = new

    # The command.

    def migarch(self, *words, ok=(0, 1, 2), what="check"):
        done = subprocess.run([self.runner.migarch, *words], capture_output=True, check=False, timeout=300)
        if done.returncode not in ok:
            text = (done.stderr or done.stdout).decode(errors="replace")
            raise Failure(f"{what} ends with {done.returncode}: {general(re.sub(r'^.*?: ', '', first_line(text)))}", text)
        return done.stdout.decode()

    def check(self, before, after, hints=()):
        text = self.migarch("check", "--before", before, "--after", after, "--type", "database", "-f", "json", *hints)
        try:
            return json.loads(text)
        except ValueError as error:
            raise Failure("check does not write JSON", f"{error}\n{text[:2000]}") from None

    def inputs(self):
        """Files, servers or snapshots, by the case's way."""
        way = self.runner.way or (["files"] * 5 + ["servers", "snapshots", "server and file"])[self.seed % 8]
        self.way = way
        if way == "servers":
            return self.before.url(), self.after.url()
        if way == "snapshots":
            for name, database in (("before", self.before), ("after", self.after)):
                with open(self.file(name + ".json"), "w", encoding="utf-8") as file:
                    file.write(self.migarch("snapshot", database.url(), what="snapshot", ok=(0,)))
            return self.file("before.json"), self.file("after.json")
        if way == "server and file":
            return self.before.url(), self.file("after.sql")
        return self.file("before.sql"), self.file("after.sql")

    # Scripts.

    def ask(self, script, when):
        """The answer of the script's own query."""
        query = script.get("validation_query")
        if not query:
            return None
        try:
            return self.before.connection.value(query)
        except pg.Error as error:
            if when == "after":
                raise Failure("a validation query fails: " + general(str(error)), f"{script['slug']}: {query}\n{error}") from None
            return None

    def execute(self, sql, script, what):
        connection = self.before.connection
        try:
            if script["transactional"]:
                connection.transaction(sql)
            else:
                connection.one_by_one(sql)
        except pg.Error as error:
            raise Failure(f"{what} fails: {general(str(error))}", f"{script['slug']}\n{sql}\n{error}") from None
        finally:
            connection.run("RESET ALL")

    def up(self, script):
        was = self.ask(script, "before")
        precheck = script.get("precheck")
        if precheck:
            try:
                count = self.before.connection.value(precheck)
            except pg.Error as error:
                raise Failure("a precheck fails: " + general(str(error)), f"{script['slug']}: {precheck}\n{error}") from None
            if count != "0":
                raise Failure("a precheck finds rows that suit both versions", f"{script['slug']}: {precheck}\n{count}")
        if script.get("batch"):
            self.batch(script)
        else:
            self.execute(script["script_content"], script, "up")
        now = self.ask(script, "after")
        if script.get("validation_query"):
            if now != script["expected"]:
                raise Failure("a validation query does not see that the script is done", f"{script['slug']}: {script['validation_query']}\n"
                              f"gives {now}, expected {script['expected']}, before it was {was}")
            if was == now and self.claims(script):
                raise Failure("a validation query says done before the script", f"{script['slug']}: {script['validation_query']}\ngives {now}\n"
                              f"{script['script_content']}")

    @staticmethod
    def claims(script):
        """Whether the script changes something that its query can see: filling empty tables does not."""
        return not script.get("batch") and script["rollback_script"] != ""

    def batch(self, script):
        for _ in range(10000):
            self.execute(script["batch"], script, "batch")
            if self.touched() == 0:
                return
        raise Failure("a batch never ends", f"{script['slug']}\n{script['batch']}")

    def touched(self):
        return self.before.connection.last_touched

    def down(self, script):
        if script.get("irreversible"):
            raise Failure("internal: undo of what can't be undone")
        if script["rollback_script"]:
            self.execute(script["rollback_script"], script, "down")

    # Judging.

    def must_be(self, wanted, what, other=None):
        now = self.before.fingerprint()
        lines = wanted.differences(now)
        if lines:
            shape = sorted({" ".join(line.split()[:2]) for line in lines})
            raise Failure(f"{what}: other {', '.join(shape)}", "(- is what should be, + is what is)\n" + "\n".join(lines))
        for relation, order in now.order.items():
            if not self.order_is_fine(relation, order):
                self.notes.append(f"{what}: order of columns of {relation}: {order}")
        return other

    def order_is_fine(self, relation, order):
        """Columns that both versions have stand as they stood in one of them; others may be appended."""
        old, new = self.old.order.get(relation), self.new.order.get(relation)
        if old is None or new is None:
            return True
        both = set(old) & set(new)
        have = [c for c in order if c in both]
        return have in ([c for c in old if c in both], [c for c in new if c in both])

    def data_must_be(self, wanted, newer, what):
        try:
            now = rows.checksums(self.before.connection, self.plan, newer)
        except pg.Error as error:
            raise Failure(f"{what}: data can't be read: {general(str(error))}", str(error)) from None
        for key, line in wanted.items():
            if now[key] != line:
                raise Failure(f"{what}: other rows", f"{'.'.join(key)}: {line[0]} rows with checksum {line[1]} are now {now[key][0]} with {now[key][1]}")

    def nothing_between(self, before, after, what):
        report = self.check(before, after)
        # What is added comes last: the place of columns is judged by the fingerprint.
        found = [i.get("description", "?") for i in report.get("issues", []) if i.get("rule_id") != "column.position"]
        slugs = [s.get("slug", "?") for s in report.get("migration_scripts", [])]
        if found or slugs:
            raise Failure(f"{what}: something is found", "\n".join(found + slugs))

    def run(self):
        self.before.reset(self.read("before.sql"))
        self.after.reset(self.read("after.sql"))
        self.read_renames()
        self.old, self.new = self.before.fingerprint(), self.after.fingerprint()
        # Types of the user's that are not the same any more: values of their columns may look different.
        changed = {line.split(" ")[2] for line in self.old.differences(self.new) if line[2:].startswith(("domain ", "enum ", "column "))}
        moved = {t for t in changed} | {t.partition(".")[2] for t in changed}
        self.plan = rows.plan(self.before.connection, self.after.connection, self.renames, moved)
        if self.runner.with_rows and self.seed % 3:
            self.rows, statements = rows.fill(self.rng, self.before.connection, self.after.connection, self.renames)
            with open(self.file("rows.sql"), "w", encoding="utf-8") as file:
                file.writelines(s + ";\n" for s in statements)
        data = rows.checksums(self.before.connection, self.plan, False)
        report = self.check(*self.inputs(), self.hints)
        self.scripts = report["migration_scripts"]
        with open(self.file("report.json"), "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
        self.irreversible = sum(1 for s in self.scripts if s.get("irreversible"))
        self.lossy = sum(1 for s in self.scripts if s.get("lossy"))
        last = max([i for i, s in enumerate(self.scripts) if s.get("irreversible")], default=-1)
        base, base_data = self.old, data
        first = next((i for i, s in enumerate(self.scripts) if s["phase"] != "expand"), len(self.scripts))
        if first > last and self.rows and self.seed % 2:
            self.expand(self.scripts[:first])
        else:
            first = 0
        for i, script in enumerate(self.scripts[first:], first):
            self.up(script)
            if i == last:
                base = self.before.fingerprint()
        self.must_be(self.new, "forward")
        self.data_must_be(data, True, "forward")
        if self.seed % 10 == 4:
            self.nothing_between(self.before.url(), self.after.url(), "there, and what was to be")
        if self.seed % 10 == 7:
            self.nothing_between(self.file("after.sql"), self.before.url(), "the file, and what the scripts made")
        for script in reversed(self.scripts[last + 1:]):
            self.down(script)
        self.must_be(base, "back")
        if last < 0 and not self.lossy:
            self.data_must_be(base_data, False, "back")
        if last < 0 and self.scripts:
            self.stop_anywhere()
        if self.seed % 10 == 3:
            self.nothing_between(self.file("before.sql"), self.file("before.sql"), "the same file")
        if self.seed % 10 == 9 and last < 0 and self.scripts:
            self.numbered_files()
        return self

    def numbered_files(self):
        """The same as files, by psql."""
        directory = self.file("scripts")
        shutil.rmtree(directory, ignore_errors=True)
        before, after = self.inputs()
        self.migarch("check", "--before", before, "--after", after, "--type", "database", "-f", "sql", "-o", directory, *self.hints)
        names = sorted(os.listdir(directory))
        ups = [n for n in names if n.endswith(".up.sql")]
        if len(ups) != len(self.scripts):
            raise Failure("not as many files as scripts", "\n".join(names))
        self.psql(directory, ups, "a file")
        self.must_be(self.new, "forward by files")
        self.psql(directory, [n for n in reversed(names) if n.endswith(".down.sql")], "an undo file")
        self.must_be(self.old, "back by files")

    def psql(self, directory, names, what):
        words = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.before.name]
        for name in names:
            words += ["-f", os.path.join(directory, name)]
        done = subprocess.run(words, capture_output=True, check=False, text=True, env={**os.environ, "PGOPTIONS": "-c client_min_messages=error"})
        if done.returncode:
            raise Failure(f"psql does not run {what}: " + general(re.sub(r"^.*?ERROR", "ERROR", first_line(done.stderr))), done.stderr)

    def expand(self, scripts):
        """The first phase, while the older version is at work."""
        client = Client(self.before.name, self.rng)
        self.statements = len(client.statements)
        client.start()
        try:
            for script in scripts:
                self.up(script)
                client.whole_round()
                if client.errors:
                    statement, text = next(iter(client.errors.items()))
                    raise Failure("the older version fails in the expand phase: " + general(text),
                                  f"after {script['slug']}\n{statement}\n{text}\n\n{script['script_content']}")
        finally:
            client.stop()

    def stop_anywhere(self):
        """A deploy that ends somewhere, and goes back from there."""
        count = self.rng.randint(1, len(self.scripts))
        for script in self.scripts[:count]:
            self.up(script)
        for script in reversed(self.scripts[:count]):
            self.down(script)
        self.must_be(self.old, "back from within")


class Runner:
    def __init__(self, options):
        self.options = options
        self.migarch = os.path.join(os.environ.get("MIGARCH_BUILDDIR", "."), "migarch")
        self.way, self.with_rows = options.way, not options.no_rows
        self.before, self.after = Database(f"trip_b{os.getpid()}"), Database(f"trip_a{os.getpid()}")
        self.scratch = tempfile.mkdtemp(prefix="trip")
        self.causes = set()

    def close(self):
        self.before.drop()
        self.after.drop()
        shutil.rmtree(self.scratch)

    def generate(self, seed, directory, keep=None, drop=None):
        options = self.options
        pair = generate.Pair(seed, options.features, options.without, options.only, keep if keep is not None else options.keep_changes,
                             drop if drop is not None else options.drop, options.scale)
        pair.write(seed, directory)
        return pair

    def attempt(self, label, directory, seed):
        """One case: (case, failure or None)."""
        case = Case(self, label, directory, seed)
        try:
            case.run()
            return case, None
        except Failure as failure:
            self.before.renew()
            self.after.renew()
            return case, failure

    def seed(self, seed):
        directory = os.path.join(self.scratch, str(seed))
        self.generate(seed, directory)
        case, failure = self.attempt(str(seed), directory, seed)
        if failure:
            self.keep(str(seed), directory, failure, case)
            if self.options.minimise and failure.cause not in self.causes:
                self.causes.add(failure.cause)
                self.minimise(seed, failure.cause)
        shutil.rmtree(directory)
        return case, failure

    def minimise(self, seed, cause, tries=120):
        """A smaller pair that fails for the same cause: fewer changes first, then fewer things."""
        pair = self.generate(seed, os.path.join(self.scratch, "min"))
        keep, drop = [n for n, _, _ in pair.changes], []

        def still(keep, drop):
            directory = os.path.join(self.scratch, "min")
            shutil.rmtree(directory, ignore_errors=True)
            try:
                self.generate(seed, directory, keep, drop)
            except (IndexError, ValueError):
                return False
            return getattr(self.attempt("min", directory, seed)[1], "cause", None) == cause

        for number in list(keep):
            less = [n for n in keep if n != number]
            if tries > 0 and still(less, drop):
                keep = less
            tries -= 1
        pair = self.generate(seed, os.path.join(self.scratch, "min"), keep, drop)
        for uids in ([t.uid for name in reversed(pair.before.LISTS) for t in getattr(pair.before, name)],
                     [p.uid for t in pair.before.tables + pair.before.views for name in pair.before.PARTS for p in getattr(t, name, [])]):
            for uid in uids:
                if tries > 0 and self.generate(seed, os.path.join(self.scratch, "min"), keep, drop).before.find(uid) and still(keep, drop + [uid]):
                    drop = drop + [uid]
                tries -= 1
        directory = os.path.join(self.scratch, "min")
        shutil.rmtree(directory, ignore_errors=True)
        self.generate(seed, directory, keep, drop)
        case, failure = self.attempt("min", directory, seed)
        if failure:
            self.keep(f"{seed}.min", directory, failure, case)

    def keep(self, label, directory, failure, case):
        if not self.options.keep:
            return
        target = os.path.join(self.options.keep, label)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(directory, target)
        with open(os.path.join(target, "failure.txt"), "w", encoding="utf-8") as file:
            file.write(f"{failure.cause}\nway: {getattr(case, 'way', '?')}\n\n{failure.detail}\n")


def result(label, case, failure):
    return {"label": label, "cause": failure.cause if failure else None, "detail": failure.detail if failure else "",
            "scripts": len(case.scripts), "irreversible": case.irreversible, "lossy": case.lossy, "rows": case.rows, "statements": case.statements,
            "way": getattr(case, "way", "?"), "notes": case.notes}


def work(options):
    """The seeds of one process, a line of JSON each."""
    runner = Runner(options)
    try:
        for path in options.case:
            label = os.path.basename(path).replace("_before.sql", "")
            directory = os.path.join(runner.scratch, label)
            os.makedirs(directory)
            for side in ("before", "after"):
                shutil.copy(path.replace("_before.sql", f"_{side}.sql"), os.path.join(directory, side + ".sql"))
            if os.path.exists(path.replace("_before.sql", "_renames.txt")):
                shutil.copy(path.replace("_before.sql", "_renames.txt"), os.path.join(directory, "renames.txt"))
            # Each way for all is for long runs.
            number = options.case.index(path)
            for seed in (1, 5, 6, 7) if options.seeds >= 500 or options.every_way else (1, (5, 6, 7)[number % 3]):
                case, failure = runner.attempt(label, directory, seed)
                if failure:
                    runner.keep(f"{label}-{seed}", directory, failure, case)
                print(json.dumps(result(f"{label} ({getattr(case, 'way', '?')})", case, failure)), flush=True)
        for seed in range(options.first, options.first + options.seeds, options.step):
            case, failure = runner.seed(seed)
            print(json.dumps(result(str(seed), case, failure)), flush=True)
    finally:
        runner.close()


def roles():
    with pg.Connection("postgres") as admin:
        for role in ROLES:
            if not admin.run(f"SELECT 1 FROM pg_roles WHERE rolname = {pg.literal(role)}"):
                admin.run(f"CREATE ROLE {pg.name(role)} SUPERUSER")


def children(options):
    """The seeds, shared among processes; yields results as they come."""
    words = [w for w in sys.argv[1:]]
    started = []
    for i in range(options.jobs):
        more = ["--child", "--first", str(options.first + i), "--seeds", str(max(0, options.seeds - i)), "--step", str(options.jobs)]
        if i:
            # The cases are those of the first process.
            more.append("--no-cases")
        started.append(subprocess.Popen([sys.executable, os.path.abspath(__file__), *words, *more], stdout=subprocess.PIPE, text=True))
    try:
        import selectors
        selector = selectors.DefaultSelector()
        for child in started:
            selector.register(child.stdout, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                line = key.fileobj.readline()
                if not line:
                    selector.unregister(key.fileobj)
                else:
                    yield json.loads(line)
        for child in started:
            if child.wait() != 0:
                raise SystemExit("a process of the test has failed")
    finally:
        for child in started:
            if child.poll() is None:
                child.terminate()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--child", action="store_true")
    parser.add_argument("--every-way", action="store_true")
    parser.add_argument("--no-cases", action="store_true")
    parser.add_argument("--minimise", action="store_true")
    parser.add_argument("--no-rows", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("--way", choices=["files", "servers", "snapshots", "server and file"])
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--json")
    parser.add_argument("--features", type=generate.words)
    parser.add_argument("--without", type=generate.words, default=[])
    parser.add_argument("--only", type=generate.words)
    parser.add_argument("--keep-changes", type=generate.numbers)
    parser.add_argument("--drop", type=generate.numbers, default=[])
    parser.add_argument("--scale", type=int)
    options = parser.parse_args()
    if options.no_cases:
        options.case = []
    return options


def main():
    options = arguments()
    if options.child:
        work(options)
        return 0
    roles()
    began, results, causes = time.monotonic(), [], collections.defaultdict(list)
    for each in children(options):
        results.append(each)
        if each["cause"]:
            causes[each["cause"]].append(each["label"])
            if len(causes[each["cause"]]) <= 3:
                print(f"FAIL {each['label']} ({each['way']}): {each['cause']}")
                print("    " + "\n    ".join(each["detail"].splitlines()[:12]), flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file)
    for cause, labels in sorted(causes.items(), key=lambda c: -len(c[1])):
        print(f"{len(labels):5} {cause} [{', '.join(labels[:8])}]")
    took = time.monotonic() - began
    ways = collections.Counter(r["way"] for r in results)
    failures = sum(1 for r in results if r["cause"])
    print(f"{sum(r['scripts'] for r in results)} scripts, {sum(r['lossy'] for r in results)} lossy, {sum(r['rows'] for r in results)} rows, "
          f"{sum(r['statements'] for r in results)} statements of older versions, "
          f"{sum(1 for r in results if r['notes'])} with another order of columns; {dict(ways)}; {took:.0f} s")
    print(f"{len(results)} seeds, {failures} failures, {sum(r['irreversible'] for r in results)} irreversible")
    return 1 if failures or not results else 0


if __name__ == "__main__":
    sys.exit(main())
