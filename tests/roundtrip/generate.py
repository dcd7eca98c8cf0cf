#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# generate.py SEED DIRECTORY [--features A,B] [--without A,B] [--only CHANGE,…] [--keep N,…] [--drop UID,…] [--scale N]
#
# Writes a pair of schemas, before.sql and after.sql, and the hints for what is renamed between them (renames.txt).
# The same seed gives the same pair.  Each seed draws what it uses, so that there are small and large pairs, with few
# kinds of things and with many.  --only restricts the kinds of changes, --keep says which of the seed's changes are made,
# and --drop leaves out things of both sides: with these a pair that fails is made small.

import argparse
import copy
import os
import random

import build
import change
from model import Db, Node
from render import Renderer


class Pair:
    def __init__(self, seed, features=None, without=(), only=None, keep=None, drop=(), scale=None):
        rng = random.Random(f"{seed}")
        Node.counter = 0
        density = rng.choice([0.12, 0.3, 0.5, 0.8, 1.0])
        drawn = {f for f in build.FEATURES if rng.random() < density}
        self.features = (set(features) if features is not None else drawn) - set(without)
        size = rng.choice([1, 1, 2, 3, 4, 6, 9])
        self.size = scale or size
        self.counts, self.changes = {}, []
        self.before = Db()
        self.build(build.Builder(self.before, rng, self.features, self.counts), rng)
        self.after = copy.deepcopy(self.before)
        self.mutate(seed, random.Random(f"{seed} changes"), only, keep)
        for uid in drop:
            for db in (self.before, self.after):
                change.drop_uid(db, uid)

    def build(self, builder, rng):
        """As many things of each kind as the size of the pair asks for."""
        db, size = self.before, self.size

        def times(feature, most=None):
            if feature not in self.features:
                return range(0)
            return range(rng.randint(0, most or size))

        for _ in times("schemas", 2):
            builder.add_schema()
        for _ in times("extensions", 3):
            builder.add_extension()
        for _ in times("collations", 2):
            builder.add_collation()
        for _ in times("enums", size + 1):
            builder.add_enum()
        for _ in times("ranges", 2):
            builder.add_range()
        for _ in times("domains"):
            builder.add_domain()
        for _ in times("composites", 2):
            builder.add_composite()
        for _ in times("sequences", 3):
            builder.add_sequence()
        for _ in times("functions"):
            builder.add_function()
        for _ in times("procedures", 2):
            builder.add_procedure()
        for _ in times("overloads", 2):
            builder.add_overload()
        for _ in range(rng.randint(1, size)):
            builder.add_table()
        for _ in times("partitions", max(1, size // 2)):
            builder.add_partitioned()
        for _ in times("inheritance", 2):
            builder.add_inherited()
        for table in list(db.tables):
            self.furnish(builder, rng, table)
        for sequence in db.sequences:
            columns = [c for t in db.tables for c in t.columns if t.schema == sequence.schema and t.unlogged == sequence.unlogged
                       and not t.owner and not sequence.owner]
            if columns and rng.random() < 0.3:
                sequence.owned = rng.choice(columns)
                builder.count("sequence_owned")
        for _ in times("views"):
            builder.add_view()
        for _ in times("matviews", 3):
            builder.add_view(True)
        for _ in times("views", 3):
            builder.add_view()
        for _ in times("functions", 2):
            builder.add_late_function()

    def furnish(self, builder, rng, table):
        leaf = table.parent is not None

        def times(feature, most):
            return range(rng.randint(0, most)) if feature in self.features and not leaf else range(0)

        for _ in times("unique", 2):
            builder.add_unique(table)
        for _ in times("indexes", 3):
            builder.add_index(table)
        for _ in times("checks", 3):
            builder.add_check(table)
        for _ in times("exclusion", 1):
            builder.add_exclusion(table)
        for _ in times("keys", 2):
            builder.add_foreign_key(table, table if rng.random() < 0.15 else None)
        if "cyclic" in self.features and not leaf and rng.random() < 0.3:
            self.cycle(builder, rng, table)
        for _ in times("triggers", 2):
            builder.add_trigger(table)
        for _ in times("rules", 1):
            builder.add_rule(table)
        for _ in times("statistics", 1):
            builder.add_statistics(table)
        if "replica" in self.features and not leaf and rng.random() < 0.3:
            change.use_index_as_identity(builder, table)

    def cycle(self, builder, rng, table):
        """A key from here to a table that has one to here, if there is none."""
        for other in self.before.tables:
            if other is not table and any(c.type == "f" and c.ref is table for c in other.constraints):
                if builder.add_foreign_key(table, other):
                    builder.count("fk_cycle")
                return

    def mutate(self, seed, rng, only, keep):
        kinds = [k for k in change.KINDS if rng.random() < rng.choice([0.2, 0.5, 1.0])] or list(change.KINDS)
        if only:
            kinds = [k for k in change.KINDS if k in only]
        wanted = rng.choice([1, 2, 3, 5, 8, 12, 20])
        tried = 0 if kinds else 10 ** 9
        number = 0
        while number < wanted and tried < wanted * 8:
            tried += 1
            own = random.Random(f"{seed} change {tried}")
            kind = own.choice(kinds)
            trial = tried
            if keep is not None and trial not in keep:
                continue
            # Things made by a change have the same number whatever other changes are made.
            Node.counter = 100000 + 1000 * tried
            changer = change.Changer(self.after, own, self.features, self.counts)
            changer.before = self.before
            done = changer.make(kind)
            if done:
                number += 1
                self.changes.append((trial, kind, done))

    def write(self, seed, directory):
        os.makedirs(directory, exist_ok=True)
        for name, db in (("before", self.before), ("after", self.after)):
            with open(os.path.join(directory, name + ".sql"), "w", encoding="utf-8") as file:
                file.write(Renderer(db, random.Random(f"{seed} {name}")).all())
        with open(os.path.join(directory, "renames.txt"), "w", encoding="utf-8") as file:
            for _, new, thing in self.after.renames:
                # Only what both versions have is renamed; its table may be a part of a new one by now.
                old = self.before.find(thing.uid)
                table = getattr(old, "table", None)
                if old and self.after.find(thing.uid):
                    file.write(f"{change.hint(table, old) if table else change.hint(old)}={new}\n")
        with open(os.path.join(directory, "changes.txt"), "w", encoding="utf-8") as file:
            for number, kind, what in self.changes:
                file.write(f"{number} {kind}: {what}\n")


def words(text):
    return [w for w in text.split(",") if w]


def numbers(text):
    return [int(w) for w in words(text)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seed", type=int)
    parser.add_argument("directory")
    parser.add_argument("--features", type=words)
    parser.add_argument("--without", type=words, default=[])
    parser.add_argument("--only", type=words)
    parser.add_argument("--keep", type=numbers)
    parser.add_argument("--drop", type=numbers, default=[])
    parser.add_argument("--scale", type=int)
    options = parser.parse_args()
    pair = Pair(options.seed, options.features, options.without, options.only, options.keep, options.drop, options.scale)
    pair.write(options.seed, options.directory)


if __name__ == "__main__":
    main()
