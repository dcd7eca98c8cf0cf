# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Makes schemas of MariaDB at random.  Whatever is made must be taken by a server with its usual (strict) mode.

from maria_model import (Check, Column, Expr, Foreign, Key, OutColumn, Routine, Schema, Simple, Table, Trigger, View, lit, q)

WORDS = """user account order item price total note state kind label code city street amount level score owner parent
start finish token email phone title body flag rank size weight color group select key table index""".split()
ODD = ["a b", "x`y", "Größe", "CamelCase", "dash-ed", "it's", 'say "x"', "back\\slash", "percent%", "1st", "semi;colon", "日本", "from", "$x",
       "a--b", "comma,s", "(br)", "#hash"]
COLLATIONS = {"utf8mb4": ["utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_bin"], "latin1": ["latin1_swedish_ci", "latin1_bin"],
              "ascii": ["ascii_general_ci", "ascii_bin"]}
INTS = ["tinyint", "smallint", "mediumint", "int", "bigint"]
TEXTS = ("varchar", "char", "text")
KEYED = ("int", "varchar", "char", "decimal", "date", "datetime")
COMMENTS = ["a comment", "it's", "back\\slash", "two\nlines", "semi; -- colon", "größer", 'say "x"', "100%", "`q`"]
RULES = [None, "CASCADE", "SET NULL", "RESTRICT", "NO ACTION"]


class Maker:
    def __init__(self, rng):
        self.rng = rng
        self.used = set()

    def maybe(self, chance):
        return self.rng.random() < chance

    def name(self, tail=""):
        """One that was not given before, whatever the case of its letters."""
        rng = self.rng
        while True:
            text = rng.choice(ODD) if self.maybe(0.12) else rng.choice(WORDS) + rng.choice(["", "_id", "_" + rng.choice(WORDS)])
            text = text[:40] + tail + (f"{rng.randint(1, 99)}" if self.maybe(0.4) else "")
            if text.lower() not in self.used:
                self.used.add(text.lower())
                return text

    # Columns.

    def retype(self, column, table, kind=None):
        """Another type, of a kind; what hangs on the type goes."""
        rng = self.rng
        kind = kind or rng.choice(["int"] * 5 + ["decimal", "float", "varchar", "varchar", "varchar", "char", "text", "date", "datetime",
                                                 "timestamp", "time", "year", "enum", "set", "json", "binary", "blob", "bit", "bool"])
        column.kind, column.default, column.on_update, column.charset, column.collation, column.labels = kind, None, None, None, None, []
        precision = rng.choice(["", "", "(3)", "(6)"])
        if kind == "int":
            column.type = rng.choice(INTS) + rng.choice(["", "", "", " unsigned"])
        elif kind == "decimal":
            scale = rng.choice([0, 2, 2, 4])
            column.type = f"decimal({scale + rng.randint(4, 12)},{scale})" + rng.choice(["", "", " unsigned"])
        elif kind in ("varchar", "char"):
            column.type = f"{kind}({rng.choice([10, 20, 36, 50, 63, 64, 80, 100, 200] if kind == 'varchar' else [8, 10, 36])})"
        elif kind in ("text", "blob"):
            column.type = rng.choice(["tiny", "", "medium", "long"]) + kind
        elif kind == "float":
            column.type = rng.choice(["float", "double"])
        elif kind in ("datetime", "timestamp", "time"):
            column.type = kind + precision
        elif kind in ("enum", "set"):
            column.labels = rng.sample(["new", "old", "it's", "a b", "done", "größe", "x"], rng.randint(2, 4))
            self.label(column)
        elif kind == "binary":
            column.type = rng.choice(["binary(8)", "varbinary(20)", "varbinary(100)"])
        elif kind == "bit":
            column.type = f"bit({rng.choice([1, 3, 8])})"
        else:
            column.type = {"bool": "tinyint(1)"}.get(kind, kind)
        if kind in TEXTS + ("enum", "set") and self.maybe(0.15) and not any(ord(c) > 126 for w in column.labels for c in w):
            self.collate(column)
        return column

    def label(self, column):
        column.type = f"{column.kind}({','.join(lit(w) for w in column.labels)})"

    def collate(self, column):
        column.charset = self.rng.choice(sorted(COLLATIONS))
        column.collation = self.rng.choice(COLLATIONS[column.charset])

    def default(self, column):
        """A literal, an expression or none at all."""
        rng, kind = self.rng, column.kind
        column.default = column.on_update = None
        if kind in ("int", "decimal", "float", "bool"):
            column.default = rng.choice(["0", "1", "42", "(1 + 1)"] + (["-1"] if "unsigned" not in column.type else []) +
                                        (["1.50"] if kind == "decimal" and not column.type.rstrip(" unsigned").endswith(",0)") else []))
        elif kind in ("varchar", "char"):
            column.default = rng.choice(["''", "'x'", "'it''s'", "'a;b'", "'back\\\\s'", "'NULL'", "'now()'", "(concat('a', 'b'))"])
        elif kind in ("text", "blob"):
            column.default = rng.choice(["'text'", "(repeat('x', 2))"])
        elif kind in ("datetime", "timestamp"):
            precision = column.type[len(kind):]
            column.default = rng.choice([f"CURRENT_TIMESTAMP{precision}", "'2024-01-02 03:04:05'"])
            column.on_update = f"CURRENT_TIMESTAMP{precision}" if self.maybe(0.3) else None
        elif kind == "date":
            column.default = rng.choice(["'2024-01-02'", "(curdate())"])
        elif kind == "enum":
            column.default = lit(rng.choice(column.labels))
        elif kind == "set":
            column.default = rng.choice([lit(column.labels[0]), "''"])
        elif kind == "bit":
            column.default = "b'1'"
        elif kind == "json":
            column.default = rng.choice(["'{}'", "(json_array())"])
        elif kind == "year":
            column.default = "2024"
        elif kind == "time":
            column.default = "'03:04:05'"
        elif kind == "binary":
            column.default = "'ab'"

    def column(self, table, kind=None):
        column = Column(name=self.name(), null=self.maybe(0.6))
        self.retype(column, table, kind)
        if self.maybe(0.35):
            self.default(column)
        if column.kind == "timestamp" and not column.null and column.default is None:
            column.default = "'2024-01-02 03:04:05'"
        if column.kind == "json" and not column.null and column.default is None:
            column.null = True
        if self.maybe(0.2):
            column.comment = self.rng.choice(COMMENTS)
        if self.maybe(0.04) and (column.null or column.default is not None):
            column.invisible = True
        if self.maybe(0.08) and column.kind in ("int", "decimal", "varchar"):
            column.check = self.condition(column)
        return column

    def condition(self, *columns):
        """True for the values that rows are given."""
        column = self.rng.choice(columns)
        if column.kind in ("int", "decimal", "float"):
            return Expr(column, self.rng.choice([" > -100", " between -1 and 1000000", " <> 77 and ", " >= 0 or "][:2]))
        if column.kind in TEXTS:
            return self.rng.choice([Expr("char_length(", column, ") < 200"), Expr(column, " <> 'it''s'"), Expr(column, " not like 'z%'")])
        return Expr(column, " is null or ", column, " is not null")

    def generated(self, table):
        bases = [c for c in table.columns if c.kind in ("int", "decimal", "varchar") and not c.generated and not c.auto
                 and not any(c in f.columns for f in table.foreigns)]
        if not bases:
            return None
        base = self.rng.choice(bases)
        column = Column(name=self.name(), kind="generated", stored=self.maybe(0.5))
        if base.kind == "varchar":
            column.type = "varchar(250)"
            column.generated = self.rng.choice([Expr("concat(", base, ", 'x')"), Expr("upper(", base, ")"), Expr("left(", base, ", 3)")])
        else:
            column.type = "bigint" if base.kind == "int" else "decimal(30,4)"
            column.generated = Expr(base, self.rng.choice([" + 1", " * 2", " % 7"]))
        return column

    # Keys.

    def key(self, table, kind=None):
        rng = self.rng
        kind = kind or rng.choice(["KEY", "KEY", "KEY", "UNIQUE", "FULLTEXT"])
        if kind == "FULLTEXT":
            texts = [c for c in table.columns if c.kind in TEXTS and not c.collation and not c.generated]
            if not texts or table.partition:
                return None
            return Key(name=self.name(), kind=kind, columns=[(rng.choice(texts), None, False)])
        if kind == "UNIQUE" and table.partition:
            return None
        able = [c for c in table.columns if c.kind in KEYED or (kind == "KEY" and c.kind in ("text", "blob", "enum", "bool", "bit", "generated"))]
        if not able:
            return None
        columns, prefixed = rng.sample(able, min(len(able), rng.choice([1, 1, 2, 3]))), []
        for column in columns:
            length = rng.randint(5, 8) if column.kind in ("text", "blob") or (column.kind in ("varchar", "char") and self.maybe(0.25)) else None
            if column.kind == "varchar" and "(200" in column.type:
                length = 20
            if column.kind == "generated" and "varchar" in column.type:
                length = 20
            prefixed.append((column, length, kind == "KEY" and self.maybe(0.15)))
        return Key(name=self.name(), kind=kind, columns=prefixed, comment=rng.choice(COMMENTS) if self.maybe(0.1) else None,
                   ignored=kind == "KEY" and self.maybe(0.05))

    def foreign(self, schema, table):
        """To the primary or a unique key of a table, through columns made for it."""
        targets = [(t, k) for t in schema.tables for k in t.keys if t.engine == "InnoDB" and not t.partition and k.kind in ("PRIMARY", "UNIQUE")
                   and all(not length and not down and c.kind in ("int", "varchar") and not c.generated for c, length, down in k.columns)]
        if not targets or table.engine != "InnoDB" or table.partition:
            return None
        target, key = self.rng.choice(targets)
        columns = []
        for wanted, _, _ in key.columns:
            column = Column(name=self.name(), kind=wanted.kind, type=wanted.type, null=True, charset=wanted.charset, collation=wanted.collation)
            if wanted.kind == "varchar" and not wanted.collation:
                column.charset, column.collation = target.charset, target.collation
                if table.collation == target.collation:
                    column.charset = column.collation = None
            columns.append(column)
        table.columns += columns
        if self.maybe(0.3):
            table.keys.append(Key(name=self.name(), columns=[(c, None, False) for c in columns]))
        foreign = Foreign(name=self.name(), columns=columns, target=target, target_columns=[c for c, _, _ in key.columns],
                          on_delete=self.rng.choice(RULES), on_update=self.rng.choice(RULES))
        table.foreigns.append(foreign)
        return foreign

    # Things.

    def table(self, schema):
        rng = self.rng
        table = Table(name=self.name())
        table.charset = rng.choice(["utf8mb4", "utf8mb4", "utf8mb4", "latin1"])
        table.collation = rng.choice(COLLATIONS[table.charset])
        table.engine = rng.choice(["InnoDB"] * 8 + ["MyISAM", "Aria"])
        if table.engine == "InnoDB" and self.maybe(0.15):
            table.row_format = rng.choice(["DYNAMIC", "COMPACT", "COMPRESSED"])
        if self.maybe(0.25):
            table.comment = rng.choice(COMMENTS)
        how = rng.choice(["auto", "auto", "auto", "composite", "plain", "none"])
        if how != "none":
            first = Column(name="id" if self.maybe(0.6) else self.name(), kind="int", type=rng.choice(["int", "bigint", "int unsigned"]), null=False,
                           auto=how == "auto")
            table.columns.append(first)
            columns = [(first, None, False)]
            if how == "composite":
                table.columns.append(self.column(table, rng.choice(["int", "varchar", "date"])))
                columns.append((table.columns[-1], None, False))
            table.keys.append(Key(name="PRIMARY", kind="PRIMARY", columns=columns))
        for _ in range(rng.randint(2, 6)):
            table.columns.append(self.column(table))
        if self.maybe(0.25):
            self.add(table.columns, self.generated(table))
        for _ in range(rng.choice([0, 1, 1, 2])):
            self.add(table.keys, self.key(table))
        if self.maybe(0.2):
            self.add(table.checks, self.check(table))
        schema.tables.append(table)
        if self.maybe(0.4):
            self.foreign(schema, table)
        elif how != "none" and not table.foreigns and self.maybe(0.08) and not any(k.kind in ("UNIQUE", "FULLTEXT") for k in table.keys):
            self.partition(table)
        return table

    def partition(self, table):
        column = table.primary().columns[0][0] if table.primary() else None
        if column is None or column.kind != "int" or table.foreigns:
            return
        table.partition = self.rng.choice([Expr("HASH (", column, ") PARTITIONS 4"), Expr("KEY (", column, ") PARTITIONS 3"),
                                           Expr("RANGE (", column, ") (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)"),
                                           Expr("RANGE (", column, ") (PARTITION `p 0` VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN (100000))")])

    @staticmethod
    def add(parts, part):
        if part is not None:
            parts.append(part)

    def check(self, table):
        able = [c for c in table.columns if not c.generated and not c.auto and c.kind in ("int", "decimal", "varchar", "text", "date")]
        return Check(name=self.name(), expr=self.condition(*able)) if able else None

    def view(self, schema):
        rng = self.rng
        source = rng.choice(schema.tables + schema.views)
        if isinstance(source, View):
            able = [OutColumn(view=source, name=n) for n, _ in source.columns]
        else:
            able = [c for c in source.columns if not c.invisible]
        if not able:
            return None
        taken = rng.sample(able, min(len(able), rng.randint(1, 4)))
        view = View(name=self.name(), source=source, columns=[(c.name if self.maybe(0.5) else self.name(), Expr("x.", c)
                                                               if isinstance(c, OutColumn) else Expr(c)) for c in taken])
        functions = [r for r in schema.routines if not r.procedure]
        numbers = [c for c in taken if isinstance(c, Column) and c.kind == "int"]
        if functions and numbers and self.maybe(0.3):
            view.columns.append((self.name(), Expr(rng.choice(functions), "(", numbers[0], ")")))
        if isinstance(source, Table) and self.maybe(0.5):
            able = [c for c in source.columns if c.kind in ("int", "varchar")]
            view.where = self.condition(*able) if able else None
        view.invoker = self.maybe(0.2)
        if view.where and self.maybe(0.3) and isinstance(source, Table):
            view.check = rng.choice(["LOCAL", "CASCADED"])
        return view

    def trigger(self, schema):
        able = [(t, c) for t in schema.tables for c in t.columns if c.kind in ("int", "varchar", "text") and not c.generated and not c.auto]
        if not able:
            return None
        table, column = self.rng.choice(able)
        value = self.rng.choice(["0", "7"] if column.kind == "int" else ["'x'", "'it''s; -- no'", "'back\\\\'"])
        return Trigger(name=self.name(), table=table, timing="BEFORE", event=self.rng.choice(["INSERT", "UPDATE"]), compound=self.maybe(0.4),
                       body=Expr("SET ", column, " = coalesce(", column, f", {value})"))

    def routine(self):
        rng = self.rng
        routine = Routine(name=self.name(), procedure=self.maybe(0.4))
        if self.maybe(0.3):
            routine.comment = rng.choice(COMMENTS)
        if self.maybe(0.3):
            routine.attributes.append("SQL SECURITY INVOKER")
        self.body(routine)
        return routine

    def body(self, routine):
        rng, number = self.rng, self.rng.randint(1, 99)
        if routine.procedure:
            routine.parameters = rng.sample(["IN `a b` int", "OUT o varchar(20)", "INOUT io decimal(10,2)", "n bigint unsigned"], rng.randint(0, 2))
            routine.body = rng.choice([f"SELECT {number}", f"BEGIN\n\tDECLARE x int DEFAULT {number};\n\tSET x = x + 1; -- semi; colon\nEND"])
        else:
            routine.parameters, routine.returns = ["n bigint"], rng.choice(["bigint", "varchar(50)", "decimal(10,2)"])
            routine.attributes = sorted(set(a for a in routine.attributes if a != "DETERMINISTIC") | {"DETERMINISTIC"})
            routine.body = rng.choice([f"RETURN n + {number}", f"BEGIN\n\tIF n > {number} THEN RETURN 1; END IF;\n\tRETURN 'a;b';\nEND"])
            if routine.returns != "varchar(50)":
                routine.body = routine.body.replace("'a;b'", "2")

    def simple(self):
        rng = self.rng
        if self.maybe(0.5):
            return Simple(name=self.name(), word="SEQUENCE", rest=self.sequence())
        return Simple(name=self.name(), word="EVENT", rest=self.event())

    def sequence(self):
        return f"START WITH {self.rng.randint(1, 50)} INCREMENT BY {self.rng.choice([1, 2, 5])} MAXVALUE {self.rng.randint(1000, 5000)}" + \
            self.rng.choice(["", " CACHE 7"]) + self.rng.choice(["", " CYCLE"])

    def event(self):
        return f"ON SCHEDULE EVERY {self.rng.randint(1, 30)} {self.rng.choice(['DAY', 'HOUR'])}" + \
            self.rng.choice(["", " ON COMPLETION PRESERVE"]) + " DISABLE" + self.rng.choice(["", " COMMENT 'at night'"]) + \
            f" DO {self.rng.choice(['SELECT 1', 'BEGIN SELECT 1; SELECT 2; END'])}"

    def schema(self):
        schema = Schema()
        for _ in range(self.rng.randint(2, 5)):
            self.table(schema)
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            schema.routines.append(self.routine())
        for _ in range(self.rng.choice([0, 1, 2, 3])):
            self.add(schema.views, self.view(schema))
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            self.add(schema.triggers, self.trigger(schema))
        for _ in range(self.rng.choice([0, 0, 0, 1])):
            schema.simples.append(self.simple())
        schema.mend()
        return schema
