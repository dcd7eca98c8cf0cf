# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Makes of a schema of MariaDB a later version, by so many changes at random.  A change that finds nothing to work on does
# nothing.  Rows of what is kept must suit both versions, see maria_rows.py.

import copy

from maria_model import Foreign, OutColumn, Table, View
from maria_build import COLLATIONS, COMMENTS, INTS, RULES, Maker

# Kinds between which the values of the test's rows can go without loss.
FRIENDS = {"int": ["int", "decimal", "varchar", "text"], "decimal": ["decimal", "int"], "varchar": ["varchar", "text", "char"],
           "char": ["char", "varchar"], "text": ["text", "varchar"], "date": ["date", "datetime", "varchar"], "datetime": ["datetime", "timestamp"],
           "timestamp": ["timestamp", "datetime"], "time": ["time"], "year": ["year", "int"], "binary": ["binary", "blob"], "blob": ["blob"],
           "float": ["float"], "bit": ["bit"], "bool": ["bool", "int"], "enum": ["enum", "varchar"], "set": ["set"], "json": ["json", "text"]}


class Changer(Maker):
    def __init__(self, rng, schema, used):
        super().__init__(rng)
        self.used, self.schema, self.renames = used, schema, []
        self.old = {c.uid for t in schema.tables for c in t.columns}

    def pick(self, things):
        return self.rng.choice(things) if things else None

    def columns(self, test):
        return [(t, c) for t in self.schema.tables for c in t.columns if test(t, c)]

    def free(self, table, column):
        """Whether nothing but indexes knows the column's type."""
        keyed = any(column in f.columns for f in table.foreigns) or any(column in f.target_columns for t in self.schema.tables for f in t.foreigns)
        mentioned = any(column in c.refs() for c in table.columns + table.checks) or column.check or table.partition and column in table.partition.refs()
        return not (keyed or mentioned or column.generated or column.auto)

    def indexed(self, table, column):
        return any(column in k.refs() for k in table.keys)

    def key(self, table, kind=None):
        """Not unique over a new column, which is the same in all rows that are there."""
        made = super().key(table, kind)
        if made and made.kind == "UNIQUE" and table.uid in {t.uid for t in self.schema.tables} and not all(c.uid in self.old for c in made.refs()):
            made.kind = "KEY"
        return made

    # Tables.

    def add_table(self):
        self.table(self.schema)

    def drop_table(self):
        if len(self.schema.tables) > 1:
            self.schema.remove(self.pick(self.schema.tables))

    def rename_table(self):
        table = self.pick([t for t in self.schema.tables if plain(t.name)])
        if table is None or any(r[0] is table for r in self.renames):
            return
        old, table.name = table.name, self.fresh()
        self.renames.append((table, None, old))

    def fresh(self):
        """A name that --rename takes."""
        while True:
            name = self.name()
            if plain(name):
                return name

    def table_comment(self):
        table = self.pick(self.schema.tables)
        table.comment = self.other(COMMENTS + [None], table.comment)

    def table_charset(self):
        table = self.pick([t for t in self.schema.tables if not any(c.kind in ("varchar", "char", "text", "enum", "set", "json") for c in t.columns)
                           and not t.partition])
        if table:
            table.charset = self.other(["utf8mb4", "latin1"], table.charset)
            table.collation = self.pick(COLLATIONS[table.charset])

    def table_convert(self):
        """With all its texts, where no foreign key joins them."""
        table = self.pick([t for t in self.schema.tables if not any(c.kind == "varchar" and not self.free(t, c) for c in t.columns)
                           and not any(w.isascii() is False for c in t.columns for w in c.labels)])
        if table:
            table.charset = self.other(["utf8mb4", "latin1"], table.charset)
            table.collation = self.pick(COLLATIONS[table.charset])

    def table_engine(self):
        table = self.pick([t for t in self.schema.tables if not t.foreigns and not t.row_format
                           and not any(f.target is t for o in self.schema.tables for f in o.foreigns)])
        if table:
            table.engine = self.other(["InnoDB", "InnoDB", "Aria", "MyISAM"], table.engine)

    def table_row_format(self):
        table = self.pick([t for t in self.schema.tables if t.engine == "InnoDB"])
        if table:
            table.row_format = self.other(["DYNAMIC", "COMPACT", None], table.row_format)

    def table_partition(self):
        table = self.pick([t for t in self.schema.tables if not t.foreigns and not any(k.kind in ("UNIQUE", "FULLTEXT") for k in t.keys)
                           and not any(f.target is t for o in self.schema.tables for f in o.foreigns)])
        if table and table.partition and self.maybe(0.4):
            table.partition = None
        elif table:
            self.partition(table)

    def other(self, values, value):
        return self.pick([v for v in values if v != value])

    # Columns.

    def add_column(self):
        table = self.pick(self.schema.tables)
        column = self.generated(table) if self.maybe(0.2) else self.column(table)
        if column is not None:
            at = self.rng.randint(0, len(table.columns)) if self.maybe(0.4) else len(table.columns)
            table.columns.insert(at, column)
            if self.maybe(0.2) and not table.partition:
                self.add(table.keys, self.key(table, self.pick(["KEY", "UNIQUE"])))

    def add_auto(self):
        """A table without a primary key gets a number."""
        table = self.pick([t for t in self.schema.tables if not t.primary() and not any(c.auto for c in t.columns) and not t.partition])
        if table:
            from maria_model import Column, Key
            column = Column(name=self.name(), kind="int", type="int", null=False, auto=True)
            table.columns.insert(0, column)
            table.keys.insert(0, Key(name="PRIMARY", kind="PRIMARY", columns=[(column, None, False)]))

    def set_auto(self):
        able = self.columns(lambda t, c: c.kind == "int" and not c.null and not c.generated and not any(d.auto for d in t.columns)
                            and t.primary() and t.primary().columns[0][0] is c and not any(c in f.columns for f in t.foreigns)
                            and c.check is None and not any(c in x.refs() for x in t.checks + t.columns))
        if able:
            _, column = self.pick(able)
            column.auto, column.default = True, None

    def drop_auto(self):
        able = self.columns(lambda t, c: c.auto and c.uid in self.old)
        if able:
            self.pick(able)[1].auto = False

    def drop_column(self):
        able = self.columns(lambda t, c: len(t.columns) > 2)
        if able:
            self.schema.remove(self.pick(able)[1])

    def rename_column(self):
        able = self.columns(lambda t, c: plain(c.name) and plain(t.name) and not any(r[1] is c for r in self.renames))
        if able:
            table, column = self.pick(able)
            old, column.name = column.name, self.fresh()
            self.renames.append((table, column, old))

    def move_column(self):
        table = self.pick([t for t in self.schema.tables if len(t.columns) > 2])
        if table:
            column = self.pick(table.columns)
            table.columns.remove(column)
            table.columns.insert(self.rng.randint(0, len(table.columns)), column)

    def type_column(self):
        able = self.columns(lambda t, c: self.free(t, c) and not self.indexed(t, c))
        if not able:
            return
        table, column = self.pick(able)
        kind = self.pick(FRIENDS[column.kind])
        if kind in ("enum", "set"):
            column.labels = column.labels + ["more"] if self.maybe(0.5) else ["fresh"] + column.labels
            if len(column.labels) > 3 and self.maybe(0.4):
                column.labels.pop(self.rng.randrange(len(column.labels)))
            self.label(column)
            column.default = None
            return
        if column.kind == "enum" and not all(w.isascii() for w in column.labels) and not column.collation and table.charset == "ascii":
            return
        self.retype(column, table, kind)
        if self.maybe(0.4):
            self.default(column)
        elif column.kind == "timestamp" and not column.null:
            column.default = "'2024-01-02 03:04:05'"

    def widen_key(self):
        """A number and all that refers to it."""
        able = self.columns(lambda t, c: c.kind == "int" and not c.generated and self.indexed(t, c) and "bigint" not in c.type)
        if not able:
            return
        _, column = self.pick(able)
        columns, more = {column}, True
        while more:
            more = False
            for table in self.schema.tables:
                for foreign in table.foreigns:
                    for a, b in zip(foreign.columns, foreign.target_columns):
                        if (a in columns) != (b in columns):
                            columns |= {a, b}
                            more = True
        size = self.pick([s for s in INTS if INTS.index(s) > INTS.index(column.type.split()[0].split("(")[0])])
        for each in columns:
            each.type = size + (" unsigned" if "unsigned" in column.type else "")

    def change_collation(self):
        able = self.columns(lambda t, c: c.kind in ("varchar", "char", "text") and self.free(t, c) and not self.indexed(t, c))
        if able:
            _, column = self.pick(able)
            if column.collation and self.maybe(0.5):
                column.collation = column.charset = None
            else:
                self.collate(column)

    def change_null(self):
        able = self.columns(lambda t, c: not c.generated and not c.auto and not any(c in f.columns for f in t.foreigns)
                            and not (t.primary() and c in t.primary().refs()) and c.default != "NULL" and c.kind != "timestamp")
        if able:
            column = self.pick(able)[1]
            column.null = not column.null

    def change_default(self):
        able = self.columns(lambda t, c: not c.generated and not c.auto and c.kind != "timestamp")
        if able:
            _, column = self.pick(able)
            if column.default is not None and self.maybe(0.4):
                column.default = column.on_update = None
            elif not (column.kind in ("text", "blob", "json") and column.default is not None):
                self.default(column)

    def change_comment(self):
        able = self.columns(lambda t, c: True)
        column = self.pick(able)[1]
        column.comment = self.other(COMMENTS + [None], column.comment)

    def change_visible(self):
        able = self.columns(lambda t, c: not c.generated and (c.null or c.default is not None) and not any(isinstance(v.source, Table) and v.source is t
                            for v in self.schema.views) and len([d for d in t.columns if not d.invisible]) > 2)
        if able:
            column = self.pick(able)[1]
            column.invisible = not column.invisible

    def change_generated(self):
        able = self.columns(lambda t, c: c.generated and not self.indexed(t, c))
        if not able:
            return
        table, column = self.pick(able)
        if self.maybe(0.4):
            column.stored = not column.stored
            return
        made = self.generated(table)
        if made and made.generated.refs() != [column]:
            column.type, column.generated = made.type, made.generated

    def column_check(self):
        able = self.columns(lambda t, c: c.kind in ("int", "decimal", "varchar") and not c.generated and not c.auto)
        if able:
            _, column = self.pick(able)
            column.check = None if column.check and self.maybe(0.6) else self.condition(column)

    # Keys and checks.

    def add_key(self):
        table = self.pick(self.schema.tables)
        self.add(table.keys, self.key(table))

    def drop_key(self):
        table = self.pick([t for t in self.schema.tables if any(k.kind != "PRIMARY" for k in t.keys)])
        if table:
            self.drop_one(table, self.pick([k for k in table.keys if k.kind != "PRIMARY"]))

    def drop_one(self, table, key):
        """Foreign keys that stand on it go too."""
        if key.kind in ("PRIMARY", "UNIQUE"):
            for other in self.schema.tables:
                other.foreigns = [f for f in other.foreigns if not (f.target is table and set(f.target_columns) <= set(key.refs()))]
        table.keys.remove(key)

    def change_key(self):
        able = [(t, k) for t in self.schema.tables for k in t.keys if k.kind == "KEY"]
        if not able:
            return
        table, key = self.pick(able)
        made = self.key(table, self.pick(["KEY", "KEY", "UNIQUE"]))
        if made:
            key.kind, key.columns, key.comment, key.ignored = made.kind, made.columns, made.comment, made.ignored

    def rename_key(self):
        able = [(t, k) for t in self.schema.tables for k in t.keys if k.kind != "PRIMARY"]
        if able:
            self.pick(able)[1].name = self.name()

    def ignore_key(self):
        able = [k for t in self.schema.tables for k in t.keys if k.kind == "KEY"]
        if able:
            key = self.pick(able)
            key.ignored = not key.ignored

    def change_primary(self):
        table = self.pick([t for t in self.schema.tables if not t.partition and not any(f.target is t for o in self.schema.tables for f in o.foreigns)])
        if table is None:
            return
        primary, auto = table.primary(), [c for c in table.columns if c.auto]
        if primary and not auto and self.maybe(0.3):
            table.keys.remove(primary)
        elif primary:
            extra = self.pick([c for c in table.columns if c.kind in ("int", "date") and not c.generated and c not in primary.refs() and c.uid in self.old
                               and not any(c in f.columns for f in table.foreigns)])
            if extra:
                primary.columns = primary.columns + [(extra, None, False)]
        else:
            made = self.key(table, "UNIQUE")
            if made and made.kind == "UNIQUE" and not any(c in f.columns for f in table.foreigns for c in made.refs()) and not any(x for _, x, _ in made.columns):
                made.kind, made.name, made.comment = "PRIMARY", "PRIMARY", None
                table.keys.insert(0, made)

    def add_foreign(self):
        table = self.pick(self.schema.tables)
        self.foreign(self.schema, table)

    def drop_foreign(self):
        table = self.pick([t for t in self.schema.tables if t.foreigns])
        if table:
            table.foreigns.remove(self.pick(table.foreigns))

    def change_foreign(self):
        able = [f for t in self.schema.tables for f in t.foreigns]
        if able:
            foreign = self.pick(able)
            foreign.on_delete = self.other(RULES, foreign.on_delete)

    def rename_foreign(self):
        able = [f for t in self.schema.tables for f in t.foreigns]
        if able:
            self.pick(able).name = self.name()

    def add_check(self):
        table = self.pick(self.schema.tables)
        self.add(table.checks, self.check(table))

    def drop_check(self):
        table = self.pick([t for t in self.schema.tables if t.checks])
        if table:
            table.checks.remove(self.pick(table.checks))

    def change_check(self):
        table = self.pick([t for t in self.schema.tables if t.checks])
        made = self.check(table) if table else None
        if made:
            self.pick(table.checks).expr = made.expr

    # The rest.

    def add_view(self):
        self.add(self.schema.views, self.view(self.schema))

    def drop_view(self):
        if self.schema.views:
            self.schema.remove(self.pick(self.schema.views))

    def change_view(self):
        able = [v for v in self.schema.views if not any(isinstance(r, OutColumn) and r.view is v for o in self.schema.views for r in o.refs())]
        if not able:
            return
        view = self.pick(able)
        made = self.view(self.schema)
        if made and not self.uses(made, view):
            view.source, view.columns, view.where, view.invoker, view.check = made.source, made.columns, made.where, made.invoker, made.check
            self.sort_views()

    def uses(self, view, other):
        return isinstance(view, View) and (view is other or self.uses(view.source, other))

    def sort_views(self):
        done = []
        while len(done) < len(self.schema.views):
            done += [v for v in self.schema.views if v not in done and (isinstance(v.source, Table) or v.source in done)]
        self.schema.views = done

    def add_trigger(self):
        self.add(self.schema.triggers, self.trigger(self.schema))

    def drop_trigger(self):
        if self.schema.triggers:
            self.schema.remove(self.pick(self.schema.triggers))

    def change_trigger(self):
        trigger, made = self.pick(self.schema.triggers), self.trigger(self.schema)
        if trigger and made:
            trigger.table, trigger.event, trigger.body, trigger.compound = made.table, made.event, made.body, made.compound

    def add_routine(self):
        self.schema.routines.append(self.routine())

    def drop_routine(self):
        if self.schema.routines:
            self.schema.remove(self.pick(self.schema.routines))

    def change_routine(self):
        routine = self.pick(self.schema.routines)
        if routine:
            if self.maybe(0.5):
                self.body(routine)
            else:
                routine.comment = self.other(COMMENTS + [None], routine.comment)

    def add_simple(self):
        self.schema.simples.append(self.simple())

    def drop_simple(self):
        if self.schema.simples:
            self.schema.remove(self.pick(self.schema.simples))

    def change_simple(self):
        simple = self.pick(self.schema.simples)
        if simple:
            simple.rest = self.sequence() if simple.word == "SEQUENCE" else self.event()


CHANGES = ["add_table", "drop_table", "rename_table", "table_comment", "table_charset", "table_convert", "table_engine", "table_row_format",
           "table_partition", "add_column", "add_column", "add_column", "add_auto", "set_auto", "drop_auto", "drop_column", "drop_column",
           "rename_column", "rename_column", "move_column", "type_column", "type_column", "type_column", "widen_key", "change_collation",
           "change_null", "change_null", "change_default", "change_default", "change_comment", "change_visible", "change_generated",
           "column_check", "add_key", "add_key", "drop_key", "change_key", "rename_key", "ignore_key", "change_primary", "add_foreign",
           "drop_foreign", "change_foreign", "rename_foreign", "add_check", "drop_check", "change_check", "add_view", "drop_view",
           "change_view", "add_trigger", "drop_trigger", "change_trigger", "add_routine", "drop_routine", "change_routine", "add_simple",
           "drop_simple", "change_simple"]


def plain(name):
    return name.replace("_", "").isalnum() and name.isascii() and not name[0].isdigit()


class Pair:
    """before, after, and the words of --rename; keep: the numbers of the changes that are made, None: all."""

    def __init__(self, rng, keep=None, only=None):
        self.before, used = None, None
        maker = Maker(rng)
        self.before = maker.schema()
        self.after = copy.deepcopy(self.before)
        changer = Changer(rng, self.after, maker.used)
        self.names = [rng.choice(only or CHANGES) for _ in range(rng.choice([1, 2, 3, 5, 8, 12]))]
        seeds = [rng.random() for _ in self.names]
        for number, name in enumerate(self.names):
            if keep is None or number in keep:
                rng.seed(seeds[number])
                getattr(changer, name)()
                self.after.mend()
        self.renames = self.words(changer.renames)

    def words(self, renames):
        """Names of tables that were renamed too: the old one stands before the column's."""
        words, tables = [], {t.uid: t for t in self.after.tables}
        old = {table.uid: name for table, column, name in renames if column is None}
        for table, column, name in renames:
            # What came with a change was not there before.
            known = self.before.find((column or table).uid)
            if table.uid not in tables or known is None or column is None and known.name != name:
                continue
            if column is None:
                words.append(f"{name}={table.name}")
            elif column in table.columns:
                words.append(f"{old.get(table.uid, table.name)}.{name}={column.name}")
        return sorted(words, key=lambda w: "." in w)
