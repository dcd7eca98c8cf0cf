# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The MariaDB generator's idea of a schema, and its SQL.  Things mention each other as objects, so a rename reaches all that
# mentions them, and what depends on a thing that goes can go with it.  uid is the same in both versions.

import itertools

COUNTER = itertools.count(1)


def q(name):
    return "`" + name.replace("`", "``") + "`"


def lit(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Node:
    fields = {}

    def __init__(self, **values):
        self.uid = next(COUNTER)
        for name, value in self.fields.items():
            setattr(self, name, value() if callable(value) else value)
        for name, value in values.items():
            if name not in self.fields:
                raise AttributeError(name)
            setattr(self, name, value)

    def refs(self):
        """The things that must be there for this one."""
        return []


class Expr:
    """SQL in pieces: texts, and the things that are meant."""

    def __init__(self, *parts):
        self.parts = parts

    def refs(self):
        return [p for p in self.parts if not isinstance(p, str)]

    def sql(self, prefix=""):
        words = []
        for part in self.parts:
            if isinstance(part, str):
                words.append(part)
            else:
                words.append((prefix if isinstance(part, Column) else "") + q(part.name))
        return "".join(words)


class Column(Node):
    """kind: the family of the type, which says what values fit (see maria_rows.py)."""
    fields = {"name": None, "kind": None, "type": None, "null": True, "default": None, "on_update": None, "auto": False,
              "generated": None, "stored": False, "charset": None, "collation": None, "comment": None, "invisible": False,
              "check": None, "labels": list}

    def refs(self):
        found = self.generated.refs() if self.generated else []
        return found + (self.check.refs() if self.check else [])

    def sql(self):
        words = [q(self.name), self.type]
        if self.charset:
            words.append(f"CHARACTER SET {self.charset}")
        if self.collation:
            words.append(f"COLLATE {self.collation}")
        if self.generated:
            words.append(f"GENERATED ALWAYS AS ({self.generated.sql()}) {'STORED' if self.stored else 'VIRTUAL'}")
        else:
            words.append("NULL" if self.null else "NOT NULL")
        if self.default is not None:
            words.append(f"DEFAULT {self.default}")
        if self.on_update:
            words.append(f"ON UPDATE {self.on_update}")
        if self.auto:
            words.append("AUTO_INCREMENT")
        if self.invisible:
            words.append("INVISIBLE")
        if self.comment is not None:
            words.append(f"COMMENT {lit(self.comment)}")
        if self.check:
            words.append(f"CHECK ({self.check.sql()})")
        return " ".join(words)


class Key(Node):
    """kind: PRIMARY, UNIQUE, KEY, FULLTEXT; columns: (column, length or None, descending)."""
    fields = {"name": None, "kind": "KEY", "columns": list, "comment": None, "ignored": False}

    def refs(self):
        return [c for c, _, _ in self.columns]

    def sql(self):
        words = {"PRIMARY": "PRIMARY KEY", "UNIQUE": "UNIQUE KEY", "KEY": "KEY", "FULLTEXT": "FULLTEXT KEY"}
        text = words[self.kind] + ("" if self.kind == "PRIMARY" else " " + q(self.name))
        text += " (" + ", ".join(q(c.name) + (f"({length})" if length else "") + (" DESC" if down else "")
                                 for c, length, down in self.columns) + ")"
        if self.comment is not None:
            text += f" COMMENT {lit(self.comment)}"
        return text + (" IGNORED" if self.ignored else "")


class Foreign(Node):
    fields = {"name": None, "columns": list, "target": None, "target_columns": list, "on_delete": None, "on_update": None}

    def refs(self):
        return self.columns + [self.target] + self.target_columns

    def sql(self):
        text = f"CONSTRAINT {q(self.name)} FOREIGN KEY (" + ", ".join(q(c.name) for c in self.columns) + ") REFERENCES "
        text += q(self.target.name) + " (" + ", ".join(q(c.name) for c in self.target_columns) + ")"
        if self.on_delete:
            text += f" ON DELETE {self.on_delete}"
        return text + (f" ON UPDATE {self.on_update}" if self.on_update else "")


class Check(Node):
    fields = {"name": None, "expr": None}

    def refs(self):
        return self.expr.refs()

    def sql(self):
        return f"CONSTRAINT {q(self.name)} CHECK ({self.expr.sql()})"


class Table(Node):
    fields = {"name": None, "columns": list, "keys": list, "foreigns": list, "checks": list, "engine": "InnoDB", "charset": "utf8mb4",
              "collation": "utf8mb4_general_ci", "row_format": None, "comment": None, "partition": None}
    PARTS = ("columns", "keys", "foreigns", "checks")

    def parts(self):
        return [part for name in self.PARTS for part in getattr(self, name)]

    def refs(self):
        return self.partition.refs() if self.partition else []

    def primary(self):
        return next((k for k in self.keys if k.kind == "PRIMARY"), None)

    def sql(self, foreign=True):
        lines = [p.sql() for p in self.parts() if foreign or not isinstance(p, Foreign)]
        text = f"CREATE TABLE {q(self.name)} (\n\t" + ",\n\t".join(lines) + f"\n) ENGINE={self.engine} DEFAULT CHARSET={self.charset}"
        text += f" COLLATE={self.collation}" + (f" ROW_FORMAT={self.row_format}" if self.row_format else "")
        text += f" COMMENT={lit(self.comment)}" if self.comment is not None else ""
        return text + (f" PARTITION BY {self.partition.sql()}" if self.partition else "")


class View(Node):
    """columns: (name, Expr); source: a table or view, joined to another by the first columns of both."""
    fields = {"name": None, "source": None, "columns": list, "where": None, "invoker": False, "check": None, "calls": None}

    def refs(self):
        found = [self.source] + [r for _, e in self.columns for r in e.refs()]
        return found + (self.where.refs() if self.where else [])

    def sql(self):
        security = "SQL SECURITY INVOKER " if self.invoker else ""
        items = ", ".join(f"{e.sql('x.')} AS {q(n)}" for n, e in self.columns)
        text = f"CREATE {security}VIEW {q(self.name)} AS SELECT {items} FROM {q(self.source.name)} x"
        if self.where:
            text += f" WHERE {self.where.sql('x.')}"
        return text + (f" WITH {self.check} CHECK OPTION" if self.check else "")


class OutColumn(Node):
    """A column of a view, for views on it."""
    fields = {"view": None, "name": None}

    def refs(self):
        return [self.view]


class Trigger(Node):
    """body: pieces in which a column stands as NEW's."""
    fields = {"name": None, "table": None, "timing": "BEFORE", "event": "INSERT", "body": None, "compound": False}

    def refs(self):
        return [self.table] + self.body.refs()

    def sql(self):
        body = self.body.sql("NEW.")
        if self.compound:
            body = f"BEGIN\n\tDECLARE n int DEFAULT 0; -- one; two\n\t{body};\n\tSET n = n + 1;\nEND"
        return f"CREATE TRIGGER {q(self.name)} {self.timing} {self.event} ON {q(self.table.name)} FOR EACH ROW {body}"


class Routine(Node):
    fields = {"name": None, "procedure": False, "parameters": list, "returns": None, "attributes": list, "comment": None, "body": None}

    def sql(self):
        word = "PROCEDURE" if self.procedure else "FUNCTION"
        text = f"CREATE {word} {q(self.name)}({', '.join(self.parameters)})"
        if not self.procedure:
            text += f" RETURNS {self.returns}"
        text += "".join(" " + a for a in self.attributes)
        if self.comment is not None:
            text += f" COMMENT {lit(self.comment)}"
        return f"{text}\n{self.body}"


class Simple(Node):
    """A sequence or an event: its word and what is behind the name."""
    fields = {"name": None, "word": None, "rest": ""}

    def sql(self):
        return f"CREATE {self.word} {q(self.name)} {self.rest}"


class Schema:
    LISTS = ("tables", "simples", "routines", "views", "triggers")

    def __init__(self):
        for name in self.LISTS:
            setattr(self, name, [])

    def all(self):
        for name in self.LISTS:
            for thing in getattr(self, name):
                yield thing
                if isinstance(thing, Table):
                    yield from thing.parts()

    def find(self, uid):
        return next((t for t in self.all() if t.uid == uid), None)

    def remove(self, thing):
        """It, and all that mentions it."""
        gone = {thing.uid}
        if isinstance(thing, Table):
            gone |= {p.uid for p in thing.parts()}
        for name in self.LISTS:
            setattr(self, name, [t for t in getattr(self, name) if t.uid not in gone])
        for table in self.tables:
            for name in table.PARTS:
                setattr(table, name, [p for p in getattr(table, name) if p.uid not in gone])
        for other in list(self.all()):
            wanted = {r.view.uid if isinstance(r, OutColumn) else r.uid for r in other.refs()}
            if wanted & gone and self.find(other.uid):
                self.remove(other)

    def mend(self):
        """What the server asks of parts together."""
        for table in list(self.tables):
            if not [c for c in table.columns if not c.generated]:
                self.remove(table)
                continue
            for key in table.keys:
                if key.kind == "PRIMARY":
                    for column, _, _ in key.columns:
                        column.null = column.invisible = False
                        column.default = None if column.default == "NULL" else column.default
            # What a foreign key changes by itself, no check may look at.
            joined = {c for f in table.foreigns for c in f.columns}
            table.checks = [c for c in table.checks if not joined & set(c.refs())]
            for column in joined:
                column.check = None
            if table.engine != "InnoDB":
                for column in table.columns:
                    column.stored = column.stored or column.generated is not None
            for column in table.columns:
                first = [k.columns[0][0] for k in table.keys if k.kind in ("PRIMARY", "UNIQUE", "KEY") and not k.ignored]
                if column.auto and column not in first:
                    column.auto = False

    def before_rows(self):
        texts = [t.sql(foreign=False) for t in self.tables]
        for table in self.tables:
            texts += [f"ALTER TABLE {q(table.name)} ADD {f.sql()}" for f in table.foreigns]
        return texts + [s.sql() for s in self.simples]

    def behind_rows(self):
        return [t.sql() for t in self.routines + self.views + self.triggers]

    def sql(self):
        return "".join(f"{t}$$\n" for t in self.before_rows() + self.behind_rows())
