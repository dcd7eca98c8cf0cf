# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# What may happen to a schema between two versions.  Each kind of change is a method that returns what it did in a few words, or
# None where the schema has nothing that it could be done to.

import pgtypes
from build import ROLES, WORDS, Builder
from model import (Column, Constraint, Domain, Enum, Expr, Function, Index, OutCol, Schema, Sequence,
                   Table, Type, View, clip)

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


def drop_uid(db, uid):
    thing = db.find(uid)
    if thing:
        db.drop(thing)


def use_index_as_identity(builder, table):
    """Replica identity by a unique index whose columns can't be NULL."""
    for index in table.indexes:
        if index.unique and index.name and not index.where and not index.nulls_not_distinct and all(
                e.template == "{0}" and isinstance(e.args[0], Column) and e.args[0].notnull for e, _ in index.elements):
            table.replica, table.replica_index = "i", index
            builder.count("replica_index")
            return index
    return None


def hint(table, column=None):
    """What --rename calls it; None: its name would be taken for several."""
    words = ([] if table.schema == "public" else [table.schema]) + [table.name] + ([column.name] if column else [])
    return None if any("." in w or "=" in w for w in words) else ".".join(words)


class Changer(Builder):
    before = None  # the version that the changed one began as

    def make(self, name):
        return KINDS[name](self)

    # Choosing.

    def some(self, things, test=lambda thing: True):
        found = [t for t in things if test(t)]
        return self.rng.choice(found) if found else None

    def table(self, test=lambda t: True):
        return self.some(self.db.tables, lambda t: t.all_columns() and test(t))

    def parts(self, name, test=lambda p: True):
        return self.some([p for t in self.db.tables + self.db.views for p in getattr(t, name, [])], test)

    def column(self, test=lambda c: True):
        return self.some([c for t in self.db.tables for c in t.columns], test)

    def in_key(self, column):
        """Whether a table is partitioned by it."""
        return any(column in t.key_columns() for t in self.db.tables)

    def used(self, column):
        return bool(self.db.users(column)) or any(
            getattr(s, "owned", None) is column for s in self.db.sequences)

    def dependents(self, column, *kinds):
        return [u for u, _ in self.db.users(column) if isinstance(u, kinds)]

    def where(self, thing):
        owner = getattr(thing, "table", None)
        return f"{owner.full()}.{thing.name}" if owner else thing.full()

    # Tables.

    @kind
    def table_add(self):
        table = self.add_table()
        for _ in range(self.rng.randint(0, 2)):
            self.on("indexes") and self.add_index(table)
            self.on("checks") and self.add_check(table)
            self.on("keys") and self.add_foreign_key(table)
        return table.full()

    @kind
    def table_drop(self):
        table = self.table(lambda t: not t.parent) if len(self.db.tables) > 1 else None
        if not table:
            return None
        self.db.drop(table)
        return table.full()

    @kind
    def table_add_partitioned(self):
        return self.add_partitioned().full() if self.on("partitions") else None

    @kind
    def table_rename(self):
        table = self.table(lambda t: not t.parent and not t.inherits and not any(r[2] is t for r in self.renamed()))
        if not table or any(table in t.inherits for t in self.db.tables):
            return None
        old, name = hint(table), self.name(WORDS, "_new")
        if not old or "=" in name:
            return None
        table.name = name
        self.db.renames.append((old, table.name, table))
        return f"{old} to {table.name}"

    def renamed(self):
        return self.db.renames

    @kind
    def table_recreate_as_view(self):
        """Another kind of thing with the name of one that goes."""
        table = self.table(lambda t: not t.parent and not t.partition_by)
        if not table or len(self.db.tables) < 2:
            return None
        name, schema = table.name, table.schema
        self.db.drop(table)
        view = self.add_view()
        if view:
            view.name, view.schema = name, schema
        return name

    @kind
    def table_persistence(self):
        table = self.table(lambda t: not t.parent and not t.partition_by and not t.inherits and not any(t in k.inherits for k in self.db.tables))
        if not table:
            return None
        linked = [c for t in self.db.tables for c in t.constraints if c.type == "f" and (c.table is table) != (c.ref is table)]
        if linked or any(s.owned and s.owned.table is table for s in self.db.sequences):
            return None
        table.unlogged = not table.unlogged
        return f"{table.full()} {'unlogged' if table.unlogged else 'logged'}"

    @kind
    def table_options(self):
        table = self.table(lambda t: not t.partition_by)
        if not table:
            return None
        old = dict(table.options)
        while table.options == old:
            table.options = self.rng.choice([{}, {"fillfactor": 50}, {"fillfactor": 90, "parallel_workers": 4},
                                             {"autovacuum_enabled": "false"}])
        return table.full()

    @kind
    def table_rls(self):
        table = self.table(lambda t: not t.parent)
        if not table:
            return None
        if self.rng.random() < 0.7:
            table.rls = not table.rls
        else:
            table.force = not table.force
        return table.full()

    @kind
    def table_replica_identity(self):
        table = self.table(lambda t: not t.parent)
        if not table:
            return None
        if self.rng.random() < 0.4 and use_index_as_identity(self, table):
            return f"{table.full()} by index"
        table.replica = self.rng.choice([r for r in "dfn" if r != table.replica])
        table.replica_index = None
        return f"{table.full()} {table.replica}"

    @kind
    def comment_change(self):
        things = [t for t, _ in self.db.everything() if hasattr(t, "comment") and not (
            isinstance(t, (Constraint, Index)) and (t.name is None or isinstance(t.table, View)))] + self.db.schemas
        thing = self.some(things)
        if not thing:
            return None
        thing.comment = self.rng.choice(["another", "it's other", None, "two\nlines"])
        return repr(thing)

    @kind
    def owner_change(self):
        things = [t for t, _ in self.db.everything() if getattr(t, "owner", None)]
        thing = self.some(things, lambda t: not any(s.owned and (s is t or s.owned.table is t) for s in self.db.sequences))
        if not thing:
            return None
        thing.owner = self.some(ROLES, lambda r: r != thing.owner)
        thing.grants = [g for g in thing.grants if g[0] not in (thing.owner,)]
        return repr(thing)

    @kind
    def grant_change(self):
        rights = {Table: ["SELECT", "INSERT", "DELETE"], View: ["SELECT", "INSERT"], Sequence: ["USAGE", "SELECT"], Function: ["EXECUTE"],
                  Schema: ["USAGE"], Enum: ["USAGE"], Domain: ["USAGE"]}
        thing = self.some([t for t, _ in self.db.everything() if type(t) in rights] + self.db.schemas)
        if not thing:
            return None
        if thing.grants and self.rng.random() < 0.5:
            thing.grants.pop(self.rng.randrange(len(thing.grants)))
            return f"{thing!r} revoked"
        role = self.some(ROLES, lambda r: r != getattr(thing, "owner", None))
        right = self.rng.choice(rights[type(thing)])
        if any(g[0] == role and g[1] in (right, "ALL") for g in thing.grants):
            return None
        thing.grants.append((role, right, self.rng.random() < 0.2))
        return f"{thing!r} granted"

    @kind
    def column_grant_change(self):
        column = self.column(lambda c: not c.table.parent)
        if not column:
            return None
        if column.grants:
            column.grants = []
        else:
            column.grants = [(self.rng.choice(ROLES), self.rng.choice(["SELECT", "UPDATE", "INSERT", "REFERENCES"]), False)]
        return self.where(column)

    # Partitions and inheritance.

    @kind
    def partition_add(self):
        parent = self.table(lambda t: t.partition_by and t.partition_by[0] != "HASH"
                            and not any(c.parent is t and c.bound.template == "DEFAULT" for c in self.db.tables))
        if not parent:
            return None
        bounds = self.free_bounds(parent, 1)
        if not bounds and self.rng.random() < 0.5:
            bounds = [Expr("DEFAULT")]
        return self.add_partition(parent, bounds[0]).full() if bounds else None

    @kind
    def partition_drop(self):
        child = self.table(lambda t: t.parent and t.parent.partition_by[0] != "HASH")
        if not child:
            return None
        self.db.drop(child)
        return child.full()

    @kind
    def partition_detach(self):
        child = self.table(lambda t: t.parent and not t.partition_by and t.parent.partition_by[0] != "HASH" and not t.parent.parent)
        if not child:
            return None
        self.make_own(child, child.parent)
        child.parent, child.bound, child.attached = None, None, False
        for trigger in child.triggers:
            trigger.enabled = "O"
        return child.full()

    def make_own(self, child, parent):
        """Columns like the parent's; what mentions the parent's in the child's own parts is mapped."""
        copies = {}
        for column in parent.all_columns():
            copy = Column(table=child, name=column.name, type=column.type, notnull=column.notnull, default=column.default,
                          collation=column.collation)
            if column.generated:
                copy.generated = column.generated
            if column.serial:
                # A detached partition goes on taking numbers from the parent's sequence, whose name we don't know.
                copy.default, copy.serial = None, False
            copies[id(column)] = copy
            child.columns.append(copy)
        for copy in child.columns:
            if copy.generated:
                copy.generated = mapped(copy.generated, copies)
        for part in child.constraints + child.indexes + child.triggers + child.policies:
            remap(part, copies)
        self.drop_users_of_child(child, parent)

    def drop_users_of_child(self, child, parent):
        """Views, statistics and routines of the child mention columns of the parent: they go."""
        for thing in self.db.views + self.db.statistics:
            if any(r is child for r in thing.refs()):
                self.db.drop(thing)

    @kind
    def partition_attach(self):
        """A table that was alone becomes a part of a new partitioned table with the same columns."""
        table = self.table(lambda t: not t.parent and not t.partition_by and not t.inherits and not t.unlogged)
        if not table or any(table in t.inherits for t in self.db.tables) or table.name in [r[2].name for r in self.db.renames]:
            return None
        key = self.some(table.columns, lambda c: c.type.family in ("int", "date") and not c.type.ref and not c.generated)
        if not key or any(c.identity or c.serial for c in table.columns) or table.policies or table.rules or table.triggers:
            return None
        if any(c.type in "fxpu" for c in table.constraints) or self.dependents(table, Constraint) or table.indexes:
            return None
        if any(s.owned and s.owned.table is table for s in self.db.sequences):
            return None
        for thing in [u for u, _ in self.db.users(table)] + [v for v in self.db.views if any(r in table.columns for o in v.outputs for r in o.refs())]:
            self.db.drop(thing)
        if table not in self.db.tables:
            return None
        parent = Table(schema=table.schema, name=self.name(WORDS, "_all"), columns=table.columns, constraints=table.constraints,
                       partition_by=("RANGE", [Expr("{0}", key)]))
        for part in parent.columns + parent.constraints:
            part.table = parent
        for constraint in parent.constraints:
            constraint.no_inherit = constraint.not_valid = False
            if constraint.name is None:
                constraint.name = self.name(WORDS, "_check")
        table.columns, table.constraints = [], []
        table.parent, table.attached = parent, True
        table.bound = Expr("FOR VALUES FROM (MINVALUE) TO (MAXVALUE)")
        self.db.statistics = [s for s in self.db.statistics if s.table is not table]
        self.db.tables.insert(self.db.tables.index(table), parent)
        return table.full()

    @kind
    def partition_bound(self):
        child = self.table(lambda t: t.parent and t.parent.partition_by[0] == "LIST")
        if not child or child.bound.args or child.bound.template == "DEFAULT":
            return None
        family = child.parent.key_columns()[0].type.family
        if family == "int":
            child.bound = Expr(child.bound.template.replace(")", ", 77)"))
        elif family == "text":
            child.bound = Expr(child.bound.template.replace(")", ", 'zz top')"))
        else:
            return None
        if any(t is not child and t.parent is child.parent and t.bound.sql() == child.bound.sql() or "77" in t.bound.sql() or "zz" in t.bound.sql()
               for t in self.db.tables if t.parent is child.parent and t is not child):
            child.bound = Expr(child.bound.template.replace(", 77)", ")").replace(", 'zz top')", ")"))
            return None
        return child.full()

    @kind
    def partition_strategy(self):
        """Nothing can be altered here: the table has to be made anew."""
        table = self.table(lambda t: t.partition_by and not t.parent and t.partition_by[0] != "HASH")
        if not table or any(c.partition_by for c in self.db.tables if c.parent is table):
            return None
        key = table.key_columns()[0]
        if key.type.family == "enum" and any(self.db.labels_used(key.type.ref)):
            return None
        children = [t for t in self.db.tables if t.parent is table]
        for child in children:
            self.db.drop(child)
        if table not in self.db.tables:
            return None
        table.partition_by = ("HASH", [Expr("{0}", key)])
        for bound in self.bounds(table):
            self.add_partition(table, bound)
        return table.full()

    @kind
    def inheritance_change(self):
        child = self.table(lambda t: t.inherits)
        if not child:
            return None
        parent = child.inherits[0]
        if self.used_by_child(child, parent):
            return None
        copies = {}
        own = []
        for column in parent.all_columns():
            copy = Column(table=child, name=column.name, type=column.type, notnull=column.notnull, default=column.default,
                          collation=column.collation)
            copies[id(column)] = copy
            own.append(copy)
            if column.generated or column.serial or column.identity:
                copy.default = None
        child.columns[:0] = own
        child.inherits = []
        for column in child.columns:
            if column.generated:
                column.generated = mapped(column.generated, copies)
        for part in child.constraints + child.indexes + child.triggers + child.policies:
            remap(part, copies)
        return child.full()

    def used_by_child(self, child, parent):
        return any(any(r is child for r in v.refs()) for v in self.db.views + self.db.statistics + self.db.functions) or any(
            any(r is child for r in rule.refs()) for t in self.db.tables for rule in t.rules) or any(
            child in t.inherits for t in self.db.tables) or any(
            c.ref is child for t in self.db.tables for c in t.constraints)

    @kind
    def inheritance_add(self):
        return self.add_inherited().full() if self.on("inheritance") and any(
            not t.parent and not t.partition_by and not t.unlogged for t in self.db.tables) else None

    # Columns.

    @kind
    def column_add(self):
        table = self.table(lambda t: not t.parent)
        if not table:
            return None
        end = self.rng.random() < 0.6
        column = self.add_column(table, None if end else self.rng.randint(0, len(table.columns)))
        return self.where(column)

    @kind
    def column_add_with_parts(self):
        table = self.table(lambda t: not t.parent)
        if not table:
            return None
        column = self.add_column(table)
        self.on("indexes") and self.add_index(table)
        self.on("checks") and self.add_check(table)
        self.on("unique") and self.add_unique(table)
        return self.where(column)

    @kind
    def column_drop(self):
        column = self.column(lambda c: not self.in_key(c) and len(c.table.all_columns()) > 1)
        if not column:
            return None
        for sequence in [s for s in self.db.sequences if s.owned is column]:
            sequence.owned = None
        self.db.drop(column)
        return self.where(column)

    @kind
    def column_rename(self):
        column = self.column(lambda c: not c.table.parent and not any(c is r[2] or c.table is r[2] for r in self.db.renames))
        if not column:
            return None
        old, name = hint(column.table, column), self.column_name(column.table)
        was = self.before.find(column.table.uid)
        # What goes and what takes its name could not be told apart: "--rename" refuses it.
        if not old or "=" in name or was and name in [c.name for c in was.all_columns()]:
            return None
        column.name = name
        self.db.renames.append((old, column.name, column))
        return f"{old} to {column.name}"

    @kind
    def column_position(self):
        table = self.table(lambda t: len(t.columns) > 2 and not t.parent)
        if not table:
            return None
        self.rng.shuffle(table.columns)
        table.columns.sort(key=lambda c: c.generated is not None)
        return table.full()

    @kind
    def column_nullability(self):
        column = self.column(lambda c: not c.identity and not c.serial and not c.generated)
        if not column or any(column in c.columns and c.type == "p" for c in self.dependents(column, Constraint)):
            return None
        if any(r.replica_index for r in self.db.tables):
            return None
        if not column.notnull and column.default is not None and column.default.template == "NULL":
            return None
        column.notnull = not column.notnull
        return f"{self.where(column)} {'NOT NULL' if column.notnull else 'NULL'}"

    @kind
    def column_default(self):
        column = self.column(lambda c: not c.identity and not c.serial and not c.generated)
        if not column:
            return None
        old = column.default
        if old is not None and self.rng.random() < 0.3:
            column.default = None
            return f"{self.where(column)} dropped"
        self.set_default(column)
        return f"{self.where(column)}" if column.default is not old else None

    @kind
    def column_type_family(self):
        """Another type that all expressions on the column still suit."""
        column = self.column(lambda c: c.type.family in ("int", "text", "numeric", "timestamp", "time", "float", "char", "varbit")
                             and not c.type.ref and not self.in_key(c))
        if not column:
            return None
        if any(f.type == "f" for f in self.dependents(column, Constraint)) and column.type.family not in ("int", "text"):
            return None
        for _ in range(20):
            type_ = pgtypes.builtin(self.rng, column.type.family)
            if type_.same(column.type) or (column.serial or column.identity) and type_.family != "int":
                continue
            if column.type.base in ("citext",) or self.is_unsafe(column, type_):
                continue
            column.type = type_
            column.storage = column.compression = None
            return f"{self.where(column)} to {type_.sql()}"
        return None

    def is_unsafe(self, column, type_):
        """Whether something on the column would be refused with the other type."""
        for user, _ in self.db.users(column):
            if isinstance(user, Index) and type_.base == "character varying" and any("pattern" in tail for _, tail in user.elements):
                return True
            if isinstance(user, Index) and type_.family == "timestamp" and type_.base != column.type.base:
                return True
            if isinstance(user, Constraint) and user.type in "x":
                return True
            if isinstance(user, Constraint) and user.type == "c" and type_.family == "timestamp" and type_.base != column.type.base:
                return True
            if isinstance(user, Constraint) and user.type == "c" and len({id(r) for r in user.refs()}) > 1:
                return True
            # The views of a union, and functions of the row, mind the type.
            if isinstance(user, Column):
                return column.type.family != "int" and column.type.base != type_.base
        return type_.family == "timestamp" and bool(column.default) or "nextval" in (column.default.template if column.default else "")

    @kind
    def column_type_other(self):
        """A type without a way from the old one but through an expression; nothing depends on the column but views."""
        column = self.column(lambda c: not c.generated and not c.identity and not c.serial and not self.in_key(c)
                             and c.type.family not in ("composite", "own_range", "domain", "array"))
        if not column or any(not isinstance(u, OutCol) or self.db.users(u) for u, _ in self.db.users(column)):
            return None
        if any(u.expr.template != "{0}" or u.table.union or u.table.distinct for u, _ in self.db.users(column)):
            return None
        families = {"text": ["int", "numeric", "bool", "date", "jsonb", "uuid", "timestamp", "enum", "inet"],
                    "int": ["text", "bool", "numeric", "float"], "numeric": ["text", "int", "float"], "float": ["numeric", "int", "text"],
                    "bool": ["int", "text"], "date": ["timestamp", "text"], "timestamp": ["date", "text", "int"], "json": ["jsonb", "text"],
                    "jsonb": ["json", "text"], "uuid": ["text"], "enum": ["text", "int"], "money": ["numeric"], "cidr": ["inet"], "inet": ["cidr", "text"],
                    "time": ["interval", "text"], "interval": ["text", "int"], "bytea": ["text"], "xml": ["text"], "char": ["text", "int"]}
        wanted = self.some(families.get(column.type.family, ["text"]), lambda f: f != "enum" or self.db.enums)
        if not wanted:
            return None
        column.type = self.plain_type([wanted])
        column.default = None if self.rng.random() < 0.5 else pgtypes.default(self.rng, column.type)
        if column.notnull and column.default and column.default.template == "NULL":
            column.default = None
        column.collation = column.storage = column.compression = None
        for user, _ in self.db.users(column):
            user.family = column.type.family
        return f"{self.where(column)} to {column.type.sql()}"

    @kind
    def column_array(self):
        column = self.column(lambda c: c.type.family in ("int", "text") and not c.type.ref and not c.serial and not c.identity
                             and not c.generated and not self.in_key(c) and not self.used(c))
        if not column or not self.on("arrays"):
            return None
        column.type = Type("array", column.type.base, column.type.mod, 1)
        column.default, column.collation = None, None
        return f"{self.where(column)} to {column.type.sql()}"

    @kind
    def column_identity(self):
        column = self.column(lambda c: c.type.family == "int" and not c.type.ref and not c.generated and not c.table.partition_by
                             and not any(c.table is t.parent for t in self.db.tables))
        if not column or any(s.owned is column for s in self.db.sequences):
            return None
        if column.identity:
            choice = self.rng.choice(["drop", "kind", "options", "serial"])
            if choice == "drop":
                column.identity, column.options = None, {}
            elif choice == "kind":
                column.identity = "ALWAYS" if column.identity == "BY DEFAULT" else "BY DEFAULT"
            elif choice == "options":
                column.options = self.sequence_options()
            else:
                column.identity, column.options, column.serial = None, {}, True
            return f"{self.where(column)} {choice}"
        if any(c.identity for c in column.table.columns) and self.rng.random() < 0.7:
            return None
        if column.serial and self.rng.random() < 0.4:
            column.serial = False
            return f"{self.where(column)} no longer serial"
        if not column.notnull and self.rng.random() < 0.5:
            return None
        column.serial, column.default, column.notnull = False, None, True
        column.identity = self.rng.choice(["ALWAYS", "BY DEFAULT"])
        return f"{self.where(column)} identity"

    @kind
    def column_serial(self):
        column = self.column(lambda c: c.type.family == "int" and not c.type.ref and not c.generated and not c.identity and not c.serial)
        if not column or any(s.owned is column for s in self.db.sequences):
            return None
        column.serial, column.default, column.notnull = True, None, True
        return self.where(column)

    @kind
    def column_generated(self):
        column = self.column(lambda c: not self.in_key(c) and not c.serial and not c.identity and not c.table.partition_by)
        if not column or not self.on("generated"):
            return None
        if column.generated:
            choice = self.rng.choice(["drop", "change"])
            if choice == "drop":
                column.generated = None
            elif self.dependents(column, Constraint, Index, Column) or self.db.users(column):
                return None
            else:
                self.generate(column.table, column)
            return f"{self.where(column)} {choice}"
        if self.used(column) or self.rng.random() < 0.5:
            return None
        if any(self.db.users(column)):
            return None
        self.generate(column.table, column)
        column.collation = column.storage = column.compression = None
        return f"{self.where(column)} made" if column.generated else None

    @kind
    def column_collation(self):
        column = self.column(lambda c: c.type.family == "text" and c.type.base != "citext" and not c.type.ref and not self.in_key(c) and not c.generated)
        if not column or self.db.users(column):
            return None
        column.collation = self.some(["C", "POSIX", None] + self.db.collations, lambda c: c is not column.collation)
        return self.where(column)

    @kind
    def column_storage(self):
        column = self.column(lambda c: c.type.base in ("text", "jsonb", "bytea", "character varying") and not c.table.parent)
        if not column:
            return None
        choice = self.rng.choice(["storage", "compression"])
        if choice == "storage":
            column.storage = self.some(["EXTERNAL", "MAIN", None], lambda s: s != column.storage)
        else:
            column.compression = None if column.compression else "pglz"
        return f"{self.where(column)} {choice}"

    @kind
    def column_statistics(self):
        column = self.column()
        if not column:
            return None
        column.statistics = self.some([None, 0, 100, 1000], lambda s: s != column.statistics)
        return self.where(column)

    # Constraints.

    @kind
    def constraint_add(self):
        table = self.table(lambda t: not t.parent)
        if not table:
            return None
        adder = self.rng.choice([self.add_unique, self.add_check, self.add_check, self.add_foreign_key, self.add_exclusion, self.add_primary_key])
        constraint = adder(table)
        return f"{table.full()} {constraint.type} {constraint.name}" if constraint else None

    @kind
    def foreign_key_add(self):
        table = self.table(lambda t: not t.parent)
        constraint = self.add_foreign_key(table) if table else None
        return f"{table.full()} {constraint.name}" if constraint else None

    @kind
    def constraint_drop(self):
        constraint = self.parts("constraints")
        if not constraint:
            return None
        self.db.drop(constraint)
        return f"{self.where(constraint)} {constraint.type}"

    @kind
    def constraint_rename(self):
        constraint = self.parts("constraints", lambda c: c.name and not c.table.parent)
        if not constraint:
            return None
        constraint.name = self.name(WORDS, "_renamed")
        return self.where(constraint)

    @kind
    def constraint_change(self):
        constraint = self.parts("constraints", lambda c: c.name)
        if not constraint or constraint.table.parent:
            return None
        table, old = constraint.table, constraint.type
        if old == "c":
            column = next((r for r in constraint.expr.refs() if isinstance(r, Column)), None)
            expr = pgtypes.check(self.rng, column) if column and column.collation is None else None
            if not expr or expr.sql() == constraint.expr.sql():
                return None
            constraint.expr = expr
        elif old == "f":
            self.act(constraint)
        elif old == "u":
            if any(f.key is constraint for t in self.db.tables for f in t.constraints):
                return None
            more = [c for c in self.pick(table, pgtypes.ORDERED - {"float"}) if c not in constraint.columns + constraint.include]
            if more and self.rng.random() < 0.6:
                constraint.columns = constraint.columns + more
            else:
                constraint.nulls_not_distinct = not constraint.nulls_not_distinct
        elif old == "p":
            self.rng.shuffle(constraint.columns)
            if len(constraint.columns) < 2 or any(f.key is constraint for t in self.db.tables for f in t.constraints):
                return None
        else:
            column = self.pick(table, {"int"})
            constraint.where = Expr("{0} > 1", column[0]) if column and not constraint.where else None
        return f"{self.where(constraint)} {old}"

    @kind
    def constraint_deferrable(self):
        constraint = self.parts("constraints", lambda c: c.type in "fux")
        if not constraint or constraint.type != "f" and any(f.key is constraint for t in self.db.tables for f in t.constraints):
            return None
        constraint.deferrable = not constraint.deferrable
        constraint.deferred = constraint.deferrable and self.rng.random() < 0.5
        return f"{self.where(constraint)} {constraint.type}"

    @kind
    def constraint_validity(self):
        constraint = self.parts("constraints", lambda c: c.type in "cf" and not c.table.parent and not c.table.partition_by)
        if not constraint or constraint.type == "f" and constraint.ref.partition_by:
            return None
        constraint.not_valid = not constraint.not_valid
        return f"{self.where(constraint)} {'not valid' if constraint.not_valid else 'valid'}"

    @kind
    def constraint_no_inherit(self):
        constraint = self.parts("constraints", lambda c: c.type == "c" and not c.table.parent and not c.table.partition_by)
        if not constraint:
            return None
        constraint.no_inherit = not constraint.no_inherit
        return self.where(constraint)

    @kind
    def name_reused(self):
        """A constraint of another kind, with the name of one that goes."""
        old = self.parts("constraints", lambda c: c.name and c.type in "cuf" and not c.table.parent)
        if not old:
            return None
        self.db.drop(old)
        made = (self.add_check if old.type != "c" else self.add_unique)(old.table)
        if made:
            made.name = old.name
        return self.where(old)

    # Indexes.

    @kind
    def index_add(self):
        table = self.table(lambda t: not t.parent) if self.rng.random() < 0.9 else self.table()
        index = self.add_index(table) if table else None
        return f"{table.full()} {index.name}" if index else None

    @kind
    def index_drop(self):
        index = self.parts("indexes")
        if not index:
            return None
        self.db.drop(index)
        return self.where(index)

    @kind
    def index_change(self):
        index = self.parts("indexes", lambda i: i.name and isinstance(i.table, Table) and not i.table.parent)
        if not index or any(f.key is index for t in self.db.tables for f in t.constraints) or index.table.replica_index is index:
            return None
        place = index.table.indexes.index(index)
        made = self.add_index(index.table)
        if not made:
            return None
        index.table.indexes.remove(made)
        if made.name is None:
            return None
        made.name, made.uid, made.comment, made.clustered = index.name, index.uid, index.comment, False
        index.table.indexes[place] = made
        return self.where(made)

    @kind
    def index_rename(self):
        index = self.parts("indexes", lambda i: i.name)
        if not index:
            return None
        index.name = self.name(WORDS, "_ridx")
        return self.where(index)

    @kind
    def index_clustered(self):
        index = self.parts("indexes", lambda i: i.name and isinstance(i.table, Table) and i.method == "btree" and not i.where
                           and not i.table.partition_by)
        if not index:
            return None
        for other in index.table.indexes:
            if other is not index:
                other.clustered = False
        index.clustered = not index.clustered
        return self.where(index)

    @kind
    def index_options(self):
        index = self.parts("indexes", lambda i: i.name and i.method in ("btree", "hash", "gist") and isinstance(i.table, Table) and not i.table.partition_by)
        if not index:
            return None
        index.options = self.some([None, "fillfactor=70", "fillfactor=60"], lambda o: o != index.options)
        return self.where(index)

    # Types.

    @kind
    def enum_add(self):
        return self.add_enum().full() if self.on("enums") else None

    @kind
    def enum_label_add(self):
        enum = self.some(self.db.enums, lambda e: len(e.labels) < 60)
        if not enum:
            return None
        label = self.some(["later", "first!", "middle", "z's", "\u00e9t\u00e9"], lambda w: w not in enum.labels)
        if not label:
            return None
        place = self.rng.choice([0, len(enum.labels), self.rng.randint(0, len(enum.labels))])
        enum.labels.insert(place, label)
        return f"{enum.full()} {label} at {place}"

    def in_keys(self, enum):
        return any(c.type.ref is enum for t in self.db.tables for c in t.key_columns())

    @kind
    def enum_label_remove(self):
        enum = self.some(self.db.enums, lambda e: len(e.labels) > 1 and not self.in_keys(e))
        if not enum or self.buried(enum):
            return None
        label = self.some(enum.labels, lambda w: w not in self.db.labels_used(enum))
        if not label:
            return None
        enum.labels.remove(label)
        return f"{enum.full()} {label}"

    @kind
    def enum_reorder(self):
        enum = self.some(self.db.enums, lambda e: len(e.labels) > 1 and not self.in_keys(e))
        if not enum or self.buried(enum):
            return None
        old = list(enum.labels)
        self.rng.shuffle(enum.labels)
        return enum.full() if enum.labels != old else None

    def buried(self, thing):
        """Whether a composite type has it that some table has."""
        return any(any(r is thing for r in c.refs()) and self.db.users(c) for c in self.db.composites)

    @kind
    def type_drop(self):
        thing = self.some(self.db.enums + self.db.domains + self.db.composites + self.db.ranges)
        if not thing or any(any(r is thing for r in c.type.refs()) and self.in_key(c) for t in self.db.tables for c in t.columns):
            return None
        self.db.drop(thing)
        return thing.full()

    @kind
    def domain_add(self):
        return self.add_domain().full() if self.on("domains") else None

    @kind
    def domain_change(self):
        domain = self.some(self.db.domains)
        if not domain:
            return None
        choice = self.rng.choice(["default", "notnull", "add", "drop"])
        if choice == "default":
            domain.default = pgtypes.default(self.rng, domain.type) if not domain.default else None
        elif choice == "notnull":
            domain.notnull = not domain.notnull
        elif choice == "add":
            check = self.domain_check(domain)
            if not check:
                return None
            domain.checks.append(check)
        elif domain.checks:
            domain.checks.pop(self.rng.randrange(len(domain.checks)))
        else:
            return None
        return f"{domain.full()} {choice}"

    @kind
    def domain_type(self):
        """The type below it: made anew, with all columns that have it."""
        domain = self.some(self.db.domains, lambda d: d.type.family in ("int", "text", "numeric") and not d.type.ref)
        if not domain:
            return None
        type_ = pgtypes.builtin(self.rng, domain.type.family)
        if type_.same(domain.type):
            return None
        domain.type = type_
        return f"{domain.full()} {type_.sql()}"

    @kind
    def composite_add(self):
        return self.add_composite().full() if self.on("composites") else None

    @kind
    def composite_change(self):
        composite = self.some(self.db.composites)
        if not composite:
            return None
        choice = self.rng.choice(["add", "drop", "type"])
        if choice == "add":
            composite.attributes.append((f"more{len(composite.attributes)}{self.rng.randint(1, 99)}", self.plain_type()))
        elif choice == "drop" and len(composite.attributes) > 1:
            composite.attributes.pop(self.rng.randrange(len(composite.attributes)))
        elif choice == "type" and not self.db.users(composite):
            name, _ = composite.attributes[0]
            composite.attributes[0] = (name, self.plain_type())
        else:
            return None
        return f"{composite.full()} {choice}"

    @kind
    def collation_add(self):
        return self.add_collation().full() if self.on("collations") else None

    @kind
    def type_add_range(self):
        return self.add_range().full() if self.on("ranges") else None

    @kind
    def type_kind(self):
        """A domain where an enumeration was, of the same name."""
        enum = self.some(self.db.enums, lambda e: not self.in_keys(e))
        if not enum or not self.on("domains"):
            return None
        self.db.drop(enum)
        domain = Domain(schema=enum.schema, name=enum.name, type=Type("text", "text"))
        self.db.domains.append(domain)
        return domain.full()

    # Sequences, schemas, extensions.

    @kind
    def sequence_add(self):
        return self.add_sequence().full() if self.on("sequences") else None

    @kind
    def sequence_drop(self):
        sequence = self.some(self.db.sequences)
        if not sequence:
            return None
        self.db.drop(sequence)
        return sequence.full()

    @kind
    def sequence_options_change(self):
        sequence = self.some(self.db.sequences)
        if not sequence:
            return None
        type_ = sequence.options.get("AS")
        sequence.options = self.sequence_options()
        if type_ and self.rng.random() < 0.8:
            sequence.options["AS"] = type_
        return sequence.full()

    @kind
    def sequence_owner(self):
        sequence = self.some(self.db.sequences, lambda s: not s.owner)
        if not sequence:
            return None
        if sequence.owned:
            sequence.owned = None
        else:
            sequence.owned = self.column(lambda c: c.table.schema == sequence.schema and not c.table.owner and c.table.unlogged == sequence.unlogged)
        return sequence.full()

    @kind
    def schema_add(self):
        return self.add_schema().full() if self.on("schemas") else None

    @kind
    def schema_drop(self):
        """With all that is in it."""
        schema = self.some(self.db.schemas)
        if not schema or len(self.db.tables) < 2:
            return None
        for name in self.db.LISTS:
            for thing in list(getattr(self.db, name)):
                if thing.schema == schema.name and thing in getattr(self.db, name):
                    self.db.drop(thing)
        if not self.db.tables:
            return None
        self.db.schemas.remove(schema)
        return schema.full()

    @kind
    def extension_change(self):
        if not self.on("extensions"):
            return None
        if "hstore" in self.db.extensions and not any(c.type.base == "hstore" for t in self.db.tables for c in t.columns):
            self.db.extensions.remove("hstore")
            return "hstore dropped"
        before = len(self.db.extensions)
        self.add_extension()
        return self.db.extensions[-1] if len(self.db.extensions) > before else None

    # Routines.

    @kind
    def function_add(self):
        if not self.on("functions"):
            return None
        function = self.rng.choice([self.add_function, self.add_procedure, self.add_overload, self.add_late_function])()
        return function.full() if function else None

    @kind
    def function_drop(self):
        function = self.some(self.db.functions)
        if not function:
            return None
        self.db.drop(function)
        return function.full()

    @kind
    def function_body(self):
        function = self.some(self.db.functions, lambda f: not f.late and f.language == "plpgsql")
        if not function:
            return None
        function.body = Expr(function.body.template.replace("BEGIN\n", f"BEGIN\n\t-- changed {self.rng.randint(1, 999)}\n"), *function.body.args)
        return function.full()

    @kind
    def function_attributes(self):
        function = self.some(self.db.functions, lambda f: not f.procedure and not self.is_trigger(f) and not self.db.users(f))
        if not function:
            return None
        function.attributes = self.attributes(function.language)
        if function.late:
            function.attributes = ["STABLE"] if "STABLE" not in function.attributes else []
        return function.full()

    @kind
    def function_arguments(self):
        function = self.some(self.db.functions, lambda f: not self.is_trigger(f) and not f.late and not self.db.users(f)
                             and not f.name.startswith("is_ok") and not any(a[0] in ("OUT", "INOUT") for a in f.args))
        if not function:
            return None
        old = function.args
        function.args = self.arguments(self.rng.randint(0, 3))
        if sum(f.name == function.name and f.schema == function.schema for f in self.db.functions) > 1:
            function.args = [(m, n, t, None) for m, n, t, _ in function.args]
            if any(f is not function and f.name == function.name and f.schema == function.schema and f.signature() == function.signature()
                   for f in self.db.functions):
                function.args = old
                return None
        return function.full()

    @kind
    def function_parameter_name(self):
        function = self.some(self.db.functions, lambda f: f.args and not f.late and not f.name.startswith("is_ok") and not self.db.users(f) and not self.is_trigger(f))
        if not function:
            return None
        mode, name, type_, default = function.args[0]
        function.args[0] = (mode, (name or "p") + "_n", type_, default)
        return function.full()

    @kind
    def function_returns(self):
        function = self.some(self.db.functions, lambda f: isinstance(f.returns, Type) and not f.late and not self.db.users(f)
                             and not any(a[0] in ("OUT", "INOUT") for a in f.args))
        if not function:
            return None
        type_, value = self.scalar()
        function.returns = type_
        function.body = Expr(f"SELECT {value}::{type_.sql()}" if function.language == "sql" else f"BEGIN\n\tRETURN {value};\nEND")
        return function.full()

    @kind
    def function_to_procedure(self):
        function = self.some(self.db.functions, lambda f: not f.procedure and not f.late and not self.db.users(f) and not self.is_trigger(f)
                             and not any(a[0] in ("OUT", "INOUT") for a in f.args) and not any("::" in (a[3].template if a[3] else "") for a in f.args))
        if not function:
            return None
        function.procedure, function.returns, function.attributes = True, None, []
        function.language, function.body = "plpgsql", Expr("BEGIN\n\tNULL;\nEND")
        return function.full()

    # What fires and what hides.

    @kind
    def trigger_add(self):
        table = self.table(lambda t: not t.parent) if self.on("triggers") else None
        return self.where(self.add_trigger(table)) if table else None

    @kind
    def trigger_drop(self):
        trigger = self.parts("triggers")
        if not trigger:
            return None
        self.db.drop(trigger)
        return self.where(trigger)

    @kind
    def trigger_change(self):
        trigger = self.parts("triggers", lambda t: not t.constraint and not t.old_table and not t.new_table and t.events != ["TRUNCATE"])
        if not trigger:
            return None
        trigger.timing = "AFTER" if trigger.timing == "BEFORE" else "BEFORE"
        return self.where(trigger)

    @kind
    def trigger_enabled(self):
        trigger = self.parts("triggers", lambda t: not t.table.partition_by and not t.table.parent)
        if not trigger:
            return None
        trigger.enabled = self.some("ODRA", lambda e: e != trigger.enabled)
        return self.where(trigger)

    @kind
    def rule_change(self):
        rule = self.parts("rules")
        if rule and self.rng.random() < 0.6:
            if self.rng.random() < 0.5:
                self.db.drop(rule)
            else:
                rule.event, rule.action = "DELETE", Expr("DO ALSO SELECT 42")
            return self.where(rule)
        table = self.table(lambda t: not t.parent) if self.on("rules") else None
        return self.where(self.add_rule(table)) if table else None

    @kind
    def policy_change(self):
        policy = self.parts("policies")
        if policy and self.rng.random() < 0.7:
            choice = self.rng.choice(["drop", "roles", "using", "command"])
            if choice == "drop":
                self.db.drop(policy)
            elif choice == "roles":
                policy.roles = self.some([[], [ROLES[0]], ROLES[:2]], lambda r: r != policy.roles)
            elif choice == "using" and policy.using:
                policy.using = Expr("false")
            elif choice == "command" and policy.using and not policy.check:
                policy.command = "DELETE" if policy.command != "DELETE" else "SELECT"
            else:
                return None
            return f"{self.where(policy)} {choice}"
        table = self.table(lambda t: not t.parent) if self.on("rls") else None
        made = self.add_policy(table) if table else None
        return self.where(made) if made else None

    @kind
    def statistics_change(self):
        made = self.some(self.db.statistics)
        if made and self.rng.random() < 0.6:
            choice = self.rng.choice(["drop", "target", "kinds"])
            if choice == "drop":
                self.db.drop(made)
            elif choice == "target":
                made.target = 50 if made.target is None else None
            else:
                made.kinds = ["mcv"] if made.kinds != ["mcv"] else ["ndistinct"]
            return f"{made.full()} {choice}"
        table = self.table(lambda t: not t.parent) if self.on("statistics") else None
        made = self.add_statistics(table) if table else None
        return made.full() if made else None

    # Views.

    @kind
    def view_add(self):
        view = self.add_view() if self.on("views") else None
        return view.full() if view else None

    @kind
    def matview_add(self):
        view = self.add_view(True) if self.on("matviews") else None
        return view.full() if view else None

    @kind
    def view_drop(self):
        view = self.some(self.db.views)
        if not view:
            return None
        self.db.drop(view)
        return view.full()

    @kind
    def view_column_add(self):
        view = self.some(self.db.views, lambda v: not v.grouped and not v.list_names and not v.check_option)
        if not view:
            return None
        taken = {o.name for o in view.outputs}
        source, alias = view.sources[0]
        made = self.outputs(alias, source, 2, taken)
        if view.distinct and any(o.family in ("json", "xml", "point", "composite", "hstore") for o in made):
            return None
        for output in made:
            output.table = view
        if self.rng.random() < 0.7:
            view.outputs += made
        else:
            view.outputs[:0] = made
        return view.full() if made else None

    @kind
    def view_column_drop(self):
        view = self.some(self.db.views, lambda v: len(v.outputs) > 1 and not v.grouped)
        if not view:
            return None
        output = self.rng.choice(view.outputs)
        self.db.drop(output)
        return f"{view.full()}.{output.name}"

    @kind
    def view_column_rename(self):
        output = self.some([o for v in self.db.views for o in v.outputs])
        if not output:
            return None
        output.name = clip(output.name, 50) + "_r"
        return f"{output.table.full()}.{output.name}"

    @kind
    def view_where(self):
        view = self.some(self.db.views, lambda v: not v.grouped and not v.cte)
        if not view:
            return None
        if view.where and self.rng.random() < 0.5:
            view.where = None
        else:
            view.where = Expr("true") if not view.where or view.where.template != "true" else None
        if view.check_option:
            view.check_option = None
        return view.full()

    @kind
    def view_options_change(self):
        view = self.some(self.db.views, lambda v: not v.materialized)
        if not view:
            return None
        view.options = self.some([{}, {"security_barrier": "true"}, {"security_invoker": "true"},
                                  {"security_invoker": "true", "security_barrier": "true"}], lambda o: o != view.options)
        return view.full()

    @kind
    def view_materialized(self):
        """A view becomes a materialised one, or the other way round, under the same name."""
        view = self.some(self.db.views, lambda v: not v.check_option)
        if not view:
            return None
        view.materialized = not view.materialized
        view.options, view.indexes = {}, []
        view.grants = [g for g in view.grants if g[1] == "SELECT"]
        return view.full()


def mapped(expr, copies):
    return Expr(expr.template, *[copies.get(id(a), a) for a in expr.args])


def remap(part, copies):
    """The part mentions the copies."""
    for name, value in vars(part).items():
        if isinstance(value, Expr):
            setattr(part, name, mapped(value, copies))
        elif isinstance(value, list) and value and isinstance(value[0], Column):
            setattr(part, name, [copies.get(id(c), c) for c in value])
        elif isinstance(value, list) and value and isinstance(value[0], tuple) and isinstance(value[0][0], Expr):
            setattr(part, name, [(mapped(e, copies), more) for e, more in value])
