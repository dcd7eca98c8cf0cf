# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The generator's idea of a schema of PostgreSQL.  Things know what they refer to, so that what depends on a thing that
# goes can go with it: whatever is generated must be taken by a server.

import re

RESERVED = set("""all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
collation column concurrently constraint create cross current_catalog current_date current_role current_schema
current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign
freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like
limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
references returning right select session_user similar some symmetric table tablesample then to trailing true union
unique user using variadic verbose when where window with
between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int integer
interval least national nchar none normalize nullif numeric out overlay position precision real row setof smallint
substring time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces
xmlparse xmlpi xmlroot xmlserialize xmltable""".split())


def q(name):
    """An identifier as SQL has it."""
    if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def clip(name, most=63):
    """The name, not longer than so many bytes."""
    return name.encode()[:most].decode(errors="ignore")


def lit(text):
    return "'" + text.replace("'", "''") + "'"


class Node:
    """A thing; uid is the same in both versions of a schema."""
    counter = 0
    fields = {}

    def __init__(self, **values):
        Node.counter += 1
        self.uid = Node.counter
        for name, value in self.fields.items():
            setattr(self, name, value() if callable(value) else value)
        for name, value in values.items():
            if name not in self.fields:
                raise AttributeError(name)
            setattr(self, name, value)

    def refs(self):
        """The things that must be there for this one."""
        return []

    def __repr__(self):
        return f"{type(self).__name__}({getattr(self, 'name', None)})"


class Expr:
    """SQL with {0}, {1} for the things it mentions."""

    def __init__(self, template, *args):
        self.template, self.args = template, list(args)

    def refs(self):
        for arg in self.args:
            yield from arg.refs() if isinstance(arg, (Ref, Label, Type, NameText)) else [arg]

    def sql(self, prefix=""):
        """prefix goes before columns that have no alias of their own: "NEW."."""
        words = []
        for arg in self.args:
            if isinstance(arg, (Column, OutCol)):
                words.append(prefix + q(arg.name))
            elif isinstance(arg, (Ref, Label, Type, NameText)):
                words.append(arg.sql())
            else:
                words.append(arg.full())
        return self.template.format(*words)


class Ref:
    """A column with the alias of its source."""

    def __init__(self, alias, column):
        self.alias, self.column = alias, column

    def refs(self):
        return [self.column]

    def sql(self):
        return f"{self.alias}.{q(self.column.name)}"


class Label:
    """A label of an enumeration, cast or not."""

    def __init__(self, enum, label, cast=True):
        self.enum, self.label, self.cast = enum, label, cast

    def refs(self):
        return [self.enum] if self.cast else []

    def sql(self):
        return lit(self.label) + (f"::{self.enum.full()}" if self.cast else "")


class NameText:
    """The name of a thing as the text that a function takes."""

    def __init__(self, thing):
        self.thing = thing

    def refs(self):
        return [self.thing]

    def sql(self):
        return lit(self.thing.full())


class Type:
    """family says which expressions suit; base is the word, "{0}" stands for ref."""

    def __init__(self, family, base, mod="", dims=0, ref=None):
        self.family, self.base, self.mod, self.dims, self.ref = family, base, mod, dims, ref

    def refs(self):
        return [self.ref] if self.ref else []

    def same(self, other):
        return (self.base, self.mod, self.dims, self.ref) == (other.base, other.mod, other.dims, other.ref)

    def sql(self, rng=None):
        if self.ref:
            text = self.ref.full()
        else:
            words = ALIASES.get(self.base, [self.base])
            text = (rng.choice(words) if rng else words[0])
            if rng and rng.random() < 0.1 and not self.dims:
                text = text.upper()
            before, star, after = text.partition("*")
            text = before + self.mod + after if star else text + self.mod
        if not self.dims:
            return text
        if rng and self.dims == 1 and rng.random() < 0.1:
            return text + " ARRAY"
        return text + ("[3]" if rng and rng.random() < 0.1 else "[]") * self.dims


ALIASES = {
    "integer": ["integer", "int", "int4"], "bigint": ["bigint", "int8"], "smallint": ["smallint", "int2"],
    "numeric": ["numeric", "decimal", "dec"], "real": ["real", "float4", "float(10)"],
    "double precision": ["double precision", "float8", "float"], "boolean": ["boolean", "bool"],
    "character varying": ["varchar", "character varying"], "character": ["char", "character"],
    "bit varying": ["bit varying", "varbit"],
    "time": ["time*", "time* without time zone"], "timetz": ["time* with time zone", "timetz"],
    "timestamp": ["timestamp*", "timestamp* without time zone"],
    "timestamptz": ["timestamp* with time zone", "timestamptz"],
}


class Thing(Node):
    """What stands in a schema."""
    common = {"schema": "public", "name": None, "comment": None, "owner": None, "grants": list}

    def full(self):
        return q(self.name) if self.schema == "public" else f"{q(self.schema)}.{q(self.name)}"


class Schema(Node):
    fields = {"name": None, "comment": None, "owner": None, "grants": list}

    def full(self):
        return q(self.name)


class Collation(Thing):
    fields = {**Thing.common, "locale": "C"}

    def full(self):
        # The server's own one of that name comes first.
        return f"{q(self.schema)}.{q(self.name)}" if self.name == "default" else super().full()


class Enum(Thing):
    fields = {**Thing.common, "labels": list}


class Range(Thing):
    fields = {**Thing.common, "subtype": None}


class Domain(Thing):
    fields = {**Thing.common, "type": None, "default": None, "notnull": False, "checks": list}

    def refs(self):
        return self.type.refs() + [r for c in self.checks for r in c[1].refs()]


class Composite(Thing):
    fields = {**Thing.common, "attributes": list}

    def refs(self):
        return [r for _, t in self.attributes for r in t.refs()]


class Sequence(Thing):
    fields = {**Thing.common, "options": dict, "owned": None, "unlogged": False}

    def refs(self):
        return [self.owned] if self.owned else []


class Function(Thing):
    fields = {**Thing.common, "procedure": False, "args": list, "returns": None, "language": "sql", "body": None,
              "attributes": list, "late": False, "atomic": False}

    def refs(self):
        types = [a[2] for a in self.args] + ([self.returns] if isinstance(self.returns, Type) else [])
        found = [r for t in types for r in t.refs()] + list(self.body.refs())
        if isinstance(self.returns, Expr):
            found += self.returns.refs()
        return found

    def signature(self):
        return ", ".join(a[2].sql() for a in self.args if a[0] in ("", "IN", "INOUT", "VARIADIC"))


class Column(Node):
    fields = {"name": None, "type": None, "notnull": False, "default": None, "identity": None, "options": dict,
              "serial": False, "generated": None, "collation": None, "storage": None, "compression": None,
              "statistics": None, "comment": None, "grants": list, "table": None}

    def refs(self):
        found = self.type.refs() + ([self.collation] if isinstance(self.collation, Collation) else [])
        return found + (list(self.generated.refs()) if self.generated else [])


class Constraint(Node):
    """type is that of pg_constraint."""
    fields = {"type": None, "name": None, "columns": list, "include": list, "expr": None, "nulls_not_distinct": False,
              "deferrable": False, "deferred": False, "ref": None, "ref_columns": list, "key": None, "match": None,
              "on_delete": None, "on_update": None, "delete_columns": list, "not_valid": False, "no_inherit": False,
              "elements": list, "method": "gist", "where": None, "fillfactor": None, "comment": None, "table": None}

    def refs(self):
        found = self.columns + self.include + self.ref_columns + [self.ref, self.key]
        for expr in [self.expr, self.where]:
            found += expr.refs() if expr else []
        for expr, _ in self.elements:
            found += expr.refs()
        return [r for r in found if r is not None and r is not self.table]


class Index(Node):
    """elements: (expression, what stands behind it)."""
    fields = {"name": None, "method": "btree", "unique": False, "elements": list, "include": list, "where": None,
              "nulls_not_distinct": False, "options": None, "clustered": False, "comment": None, "table": None}

    def refs(self):
        found = list(self.include) + (list(self.where.refs()) if self.where else [])
        for expr, _ in self.elements:
            found += expr.refs()
        return found


class Trigger(Node):
    fields = {"name": None, "timing": "BEFORE", "events": list, "columns": list, "row": True, "when": None,
              "function": None, "enabled": "O", "constraint": False, "deferrable": False, "old_table": None,
              "new_table": None, "comment": None, "table": None}

    def refs(self):
        return [self.function] + self.columns + (list(self.when.refs()) if self.when else [])


class Rule(Node):
    fields = {"name": None, "event": None, "action": None, "comment": None, "table": None}

    def refs(self):
        return [r for r in self.action.refs() if r is not self.table]


class Policy(Node):
    fields = {"name": None, "permissive": True, "command": "ALL", "roles": list, "using": None, "check": None,
              "comment": None, "table": None}

    def refs(self):
        return [r for e in (self.using, self.check) if e for r in e.refs()]


class Table(Thing):
    fields = {**Thing.common, "columns": list, "constraints": list, "indexes": list, "triggers": list, "rules": list,
              "policies": list, "rls": False, "force": False, "unlogged": False, "options": dict, "replica": "d",
              "replica_index": None, "partition_by": None, "parent": None, "bound": None, "attached": False,
              "inherits": list}

    def refs(self):
        found = list(self.inherits) + ([self.parent] if self.parent else [])
        if self.partition_by:
            found += [r for e in self.partition_by[1] for r in e.refs()]
        return found

    def all_columns(self):
        found = list(self.parent.all_columns()) if self.parent else []
        for table in self.inherits:
            found += table.all_columns()
        return found + self.columns

    def kept_options(self):
        """As a server can hold them: it forgets those for a TOAST table where no column is long enough for one."""
        long = any(c.type.dims or c.type.base in ("text", "jsonb", "bytea", "hstore") for c in self.all_columns())
        return {name: value for name, value in self.options.items() if long or not name.startswith("toast.")}

    def key_columns(self):
        return [r for e in self.partition_by[1] for r in e.refs()] if self.partition_by else []


class OutCol(Node):
    """A column of a view."""
    fields = {"name": None, "expr": None, "family": None, "table": None}

    def refs(self):
        return list(self.expr.refs())


class View(Thing):
    """A query: WITH, SELECT outputs FROM …, rest; more is what comes behind a UNION."""
    fields = {**Thing.common, "materialized": False, "outputs": list, "sources": list, "on": None, "where": None,
              "tail": None, "distinct": False, "union": None, "cte": False, "list_names": False, "options": dict,
              "check_option": None, "with_data": True, "indexes": list, "triggers": list, "rules": list,
              "grouped": False}

    def refs(self):
        found = [source for source, _ in self.sources]
        for expr in (self.on, self.where, self.tail, self.union):
            found += expr.refs() if expr else []
        return found

    def all_columns(self):
        return self.outputs


class Statistics(Thing):
    fields = {**Thing.common, "kinds": list, "elements": list, "table": None, "target": None}

    def refs(self):
        return [self.table] + [r for e in self.elements for r in e.refs()]


class Db:
    """All of it.  The lists are in an order in which the things can be made."""

    def __init__(self):
        self.schemas, self.extensions, self.collations, self.enums, self.ranges = [], [], [], [], []
        self.domains, self.composites, self.sequences, self.functions = [], [], [], []
        self.tables, self.views, self.statistics = [], [], []
        self.used, self.dropping = set(), set()
        self.renames = []

    LISTS = ("collations", "enums", "ranges", "domains", "composites", "sequences", "functions", "tables", "views",
             "statistics")
    PARTS = ("columns", "outputs", "constraints", "indexes", "triggers", "rules", "policies")

    def everything(self):
        """Each thing and the list it is in."""
        for name in self.LISTS:
            for thing in list(getattr(self, name)):
                yield thing, getattr(self, name)
                for part in self.PARTS:
                    for each in list(getattr(thing, part, [])):
                        yield each, getattr(thing, part)

    def find(self, uid):
        return next((thing for thing, _ in self.everything() if thing.uid == uid), None)

    def users(self, thing):
        """What refers to the thing, and not only as a default."""
        return [(user, where) for user, where in self.everything()
                if user is not thing and any(r is thing for r in user.refs())]

    def drop(self, thing):
        """The thing, and what cannot be without it."""
        where = next((where for each, where in self.everything() if each is thing), None)
        if where is None or thing.uid in self.dropping:
            return
        self.dropping.add(thing.uid)
        for part in self.PARTS:
            for each in list(getattr(thing, part, [])) if isinstance(thing, (Table, View)) else []:
                self.drop(each)
        if thing in where:
            where.remove(thing)
        for user, _ in self.users(thing):
            self.drop(user)
        for user, _ in list(self.everything()):
            default = getattr(user, "default", None)
            if default is not None and any(r is thing for r in default.refs()):
                user.default = None
            if isinstance(user, View) and not user.outputs or isinstance(user, Composite) and not user.attributes:
                self.drop(user)
        for table in self.tables:
            if table.replica_index is thing:
                table.replica, table.replica_index = "d", None
        owner = getattr(thing, "table", None)
        if isinstance(thing, Column) and isinstance(owner, Table) and not owner.all_columns():
            self.drop(owner)
        self.dropping.discard(thing.uid)

    def labels_used(self, enum):
        """Labels that some expression mentions."""
        found = set()

        def look(value, depth=0):
            if isinstance(value, Label) and value.enum is enum:
                found.add(value.label)
            elif isinstance(value, Expr):
                for arg in value.args:
                    look(arg)
            elif isinstance(value, (list, tuple)) and depth < 4:
                for each in value:
                    look(each, depth + 1)

        for thing, _ in self.everything():
            for value in vars(thing).values():
                look(value)
        return found
