# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Random things of each kind, put into a schema.  What is made here is taken by a server: references lead to what is
# made earlier, and expressions suit the types.

import re

import pgtypes
from model import (Collation, Column, Composite, Constraint, Domain, Enum, Expr, Function, Index, Label, NameText, OutCol, Policy, Range,
                   Ref, Rule, Schema, Sequence, Statistics, Table, Trigger, Type, View, clip)

WORDS = """user account order item invoice payment product price stock ticket event note message thread post page tag
label file device sensor reading booking seat patient visit city region team member role token session audit log entry
shift ward bill rate plan quota badge topic vote""".split()
COLUMN_WORDS = """name title code state kind amount total email phone body summary starts ends level score rank size
width weight color note path hash source target parent owner created updated flags data meta position ratio currency
locale zone valid active comment_text""".split()
ODD = ["Mixed Case", 'we"ird', "select", "na\u00efve", "\u0442\u0430\u0431\u043b\u0438\u0446\u0430", "with.dot", "o'clock", "1st", "-dash",
       "$dollar", "back\\slash", "UPPER", "table", "order", "user", "sp  ace", "percent%s", "semi;colon", "default", "--x", "{brace}",
       "x" * 63, "\u00e9" * 31]
ROLES = ["trip_app", "trip_reader", "Trip Odd"]

# What may be on or off in a run.
FEATURES = """odd_names schemas enums domains composites ranges collations extensions sequences defaults serial
identity generated arrays checks unique keys exclusion indexes special_indexes partial expressions include partitions
inheritance unlogged options rls views view_options matviews functions procedures overloads atomic triggers rules
statistics comments grants owners cyclic server_named deferrable storage not_valid replica""".split()


class Builder:
    def __init__(self, db, rng, features, used=None):
        self.db, self.rng, self.features = db, rng, features
        self.counts = used if used is not None else {}

    # Small helpers.

    def on(self, feature, chance=1.0):
        """Whether the run has the feature, and this thing is one that uses it."""
        return feature in self.features and self.rng.random() < chance

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def name(self, words, tail=""):
        """A name that nothing in the schema has yet."""
        rng = self.rng
        for attempt in range(1000):
            if self.on("odd_names", 0.25):
                name = rng.choice(ODD)
                self.count("odd_name")
                if attempt:
                    name = clip(name, 50) + str(rng.randint(1, 999))
            else:
                name = rng.choice(words) + (tail if rng.random() < 0.7 else "")
                if attempt:
                    name += "_" + (rng.choice(WORDS) if attempt < 10 else str(rng.randint(1, 9999)))
            name = clip(name)
            if name not in self.db.used:
                self.db.used.add(name)
                return name
        raise RuntimeError("no name left")

    def schema(self):
        return self.rng.choice(self.db.schemas).name if self.db.schemas and self.rng.random() < 0.5 else "public"

    def describe(self, thing, chance=0.2):
        if self.on("comments", chance):
            thing.comment = self.rng.choice(["What it is for", "it's here", "line one\nline two", 'say "hi"', "\u00fc\u00df \u2713",
                                             "back\\slash", "-- no; comment $$"])
            self.count("comment")

    def own(self, thing, rights, chance=0.25):
        if self.on("owners", chance):
            thing.owner = self.rng.choice(ROLES)
            self.count("owner")
        if self.on("grants", chance):
            for _ in range(self.rng.randint(1, 2)):
                grant = (self.rng.choice(ROLES + ["PUBLIC"]), self.rng.choice(rights), self.rng.random() < 0.15)
                if grant[0] != thing.owner and not any(g[:2] == grant[:2] for g in thing.grants):
                    thing.grants.append((grant[0], grant[1], grant[2] and grant[0] != "PUBLIC"))
                    self.count("grant")

    # Types and what stands alone.

    def add_schema(self):
        schema = Schema(name=self.name(["app", "billing", "core", "archive", "stats"]))
        self.describe(schema)
        self.own(schema, ["USAGE", "CREATE"])
        self.db.schemas.append(schema)
        return schema

    def add_extension(self):
        left = [e for e in ("citext", "pg_trgm", "btree_gist", "hstore") if e not in self.db.extensions]
        if left:
            self.db.extensions.append(self.rng.choice(left))
            self.count("extension")

    def add_collation(self):
        collation = Collation(schema=self.schema(), name=self.name(["german", "numeric_order", "plain"]),
                              locale=self.rng.choice(["C", "POSIX", "de-x-icu", "und-u-kn-true"]))
        self.describe(collation)
        self.db.collations.append(collation)
        return collation

    def labels(self, count):
        words = ["new", "open", "closed", "it's", "In Progress", "done", "\u00e4rger", "low", "high", "a,b", "x" * 63, "none",
                 "draft", "paid", "void"]
        self.rng.shuffle(words)
        return words[:count]

    def add_enum(self):
        enum = Enum(schema=self.schema(), name=self.name(WORDS, "_kind"), labels=self.labels(self.rng.randint(2, 6)))
        self.describe(enum)
        self.own(enum, ["USAGE"], 0.1)
        self.db.enums.append(enum)
        return enum

    def add_range(self):
        made = Range(schema=self.schema(), name=self.name(["float_span", "time_span", "text_span"]),
                     subtype=self.rng.choice(["float8", "time", "text", "inet"]))
        self.describe(made)
        self.db.ranges.append(made)
        return made

    def plain_type(self, families=None):
        family = self.rng.choice(families or pgtypes.BUILTIN)
        if family == "enum":
            if not self.db.enums:
                family = "int"
            else:
                return Type("enum", "", ref=self.rng.choice(self.db.enums))
        return pgtypes.builtin(self.rng, family)

    def domain_check(self, domain):
        """A condition on VALUE: (name, expression)."""
        fake = Column(name="VALUE", type=domain.type)
        expr = pgtypes.check(self.rng, fake)
        if expr is None:
            return None
        expr.template = expr.template.replace("{0}", "VALUE")
        expr = Expr(re.sub(r"\{1\}", "{0}", expr.template), *expr.args[1:])
        self.count("domain_check")
        return (None if self.rng.random() < 0.4 else self.name(["ok", "valid", "sane"], "_check"), expr)

    def add_domain(self):
        type_ = self.plain_type(["int", "text", "text", "numeric", "date", "timestamp", "enum"])
        domain = Domain(schema=self.schema(), name=self.name(["email", "amount", "code", "day"], "_d"), type=type_)
        if self.rng.random() < 0.4:
            domain.default = pgtypes.default(self.rng, type_)
        for _ in range(self.rng.randint(0, 2)):
            check = self.domain_check(domain)
            if check:
                domain.checks.append(check)
        domain.notnull = self.rng.random() < 0.1
        self.describe(domain)
        self.own(domain, ["USAGE"], 0.1)
        self.db.domains.append(domain)
        return domain

    def add_composite(self):
        composite = Composite(schema=self.schema(), name=self.name(["address", "point3", "pair"], "_t"))
        for i in range(self.rng.randint(1, 4)):
            composite.attributes.append((f"{self.rng.choice(COLUMN_WORDS)}{i}", self.plain_type()))
        self.describe(composite)
        self.db.composites.append(composite)
        return composite

    def sequence_options(self):
        rng = self.rng
        options = {}
        if rng.random() < 0.5:
            options["INCREMENT BY"] = rng.choice([1, 2, 5, 10])
        if rng.random() < 0.5:
            options["START WITH"] = rng.choice([1, 100, 1000])
        if rng.random() < 0.3:
            options["MINVALUE"] = 1
        if rng.random() < 0.3:
            options["MAXVALUE"] = rng.choice([30000, 32767])
        if rng.random() < 0.3:
            options["CACHE"] = rng.choice([1, 10])
        if rng.random() < 0.3:
            options["CYCLE"] = rng.choice([True, False])
        return options

    def add_sequence(self):
        sequence = Sequence(schema=self.schema(), name=self.name(WORDS, "_numbers"), options=self.sequence_options())
        if self.rng.random() < 0.3:
            sequence.options["AS"] = self.rng.choice(["integer", "bigint", "smallint"])
        if self.on("unlogged", 0.1):
            sequence.unlogged = True
        self.describe(sequence)
        self.own(sequence, ["USAGE", "SELECT", "UPDATE"])
        self.db.sequences.append(sequence)
        return sequence

    # Routines.

    def attributes(self, language):
        rng, found = self.rng, []
        found.append(rng.choice(["IMMUTABLE", "STABLE", "VOLATILE", ""]))
        for word in ("STRICT", "SECURITY DEFINER", "PARALLEL SAFE", "LEAKPROOF", "COST 50"):
            if rng.random() < 0.15:
                found.append(word)
        if rng.random() < 0.15 and language == "plpgsql":
            found.append(rng.choice(["SET search_path TO public", "SET search_path = public, pg_temp", "SET work_mem TO '8MB'"]))
        return [f for f in found if f]

    def scalar(self):
        """A type for arguments, with a literal."""
        return self.rng.choice([(Type("int", "integer"), "1"), (Type("int", "bigint"), "2"), (Type("text", "text"), "'x'"),
                                (Type("numeric", "numeric"), "0.5"), (Type("bool", "boolean"), "false"),
                                (Type("date", "date"), "'2024-01-01'"), (Type("jsonb", "jsonb"), "'{{}}'"),
                                (Type("text", "character varying"), "'v'")])

    def arguments(self, count):
        args, defaults = [], False
        for i in range(count):
            type_, value = self.scalar()
            defaults = defaults or self.rng.random() < 0.25
            mode = "" if self.rng.random() < 0.8 else "IN"
            args.append((mode, None if self.rng.random() < 0.1 and not defaults else f"p_{self.rng.choice(COLUMN_WORDS)}{i}", type_,
                         Expr(value) if defaults else None))
        if defaults:
            self.count("function_default")
        return args

    def add_function(self, name=None, schema=None):
        rng = self.rng
        language = rng.choice(["sql", "plpgsql"])
        function = Function(schema=schema or self.schema(), name=name or self.name(["calc", "get", "find", "make"], "_" + rng.choice(WORDS)),
                            language=language, args=self.arguments(rng.randint(0, 3)), attributes=self.attributes(language))
        type_, value = self.scalar()
        function.returns = type_
        kind = rng.random()
        if kind < 0.15:
            function.returns = None
            function.args = [(m or "IN", n or f"q{i}", t, None) for i, (m, n, t, _) in enumerate(function.args)]
            function.args += [("OUT", f"o_{i}", self.scalar()[0], None) for i in range(rng.randint(1, 2))]
            function.language = "plpgsql"
            function.body = Expr("BEGIN\n\tNULL;\nEND")
            self.count("function_out")
        elif kind < 0.25:
            function.returns = Expr("TABLE(a integer, b text)")
            function.language = "sql"
            function.body = Expr(f"SELECT {rng.randint(1, 9)}, 'x'::text")
            self.count("function_table")
        elif language == "sql":
            function.body = Expr(f"SELECT {value}::{type_.sql()}")
        else:
            function.body = Expr(f"DECLARE\n\tn integer := {rng.randint(1, 99)};\nBEGIN\n\t-- it's; simple\n\tRETURN {value};\nEND")
        if any(s.split()[0] == "SET" for s in function.attributes) and function.language == "sql":
            function.attributes = []
        if self.conflict(function):
            return None
        self.describe(function)
        self.own(function, ["EXECUTE"])
        self.db.functions.append(function)
        return function

    def conflict(self, function):
        return any(f.name == function.name and f.schema == function.schema and f.signature() == function.signature()
                   for f in self.db.functions)

    def add_procedure(self):
        function = Function(schema=self.schema(), name=self.name(["do", "run", "close"], "_" + self.rng.choice(WORDS)), procedure=True,
                            args=self.arguments(self.rng.randint(0, 2)), language="plpgsql",
                            body=Expr(f"BEGIN\n\tPERFORM {self.rng.randint(1, 99)};\nEND"))
        if self.rng.random() < 0.3 and not any(a[3] for a in function.args):
            function.args.append(("INOUT", "p_io", Type("int", "integer"), None))
        self.describe(function)
        self.own(function, ["EXECUTE"])
        self.db.functions.append(function)
        return function

    def add_overload(self):
        plain = [f for f in self.db.functions if not f.procedure and not f.late and not self.is_trigger(f)]
        if not plain:
            return None
        base = self.rng.choice(plain)
        made = self.add_function(base.name, base.schema)
        if made:
            # What is told apart by nothing but defaults could not be called.
            made.args = [(m, n, t, None) for m, n, t, _ in made.args]
            self.count("overload")
        return made

    @staticmethod
    def is_trigger(function):
        return isinstance(function.returns, Expr) and function.returns.template == "trigger"

    def trigger_function(self):
        found = [f for f in self.db.functions if self.is_trigger(f)]
        if found and self.rng.random() < 0.6:
            return self.rng.choice(found)
        function = Function(schema=self.schema(), name=self.name(["touch", "audit", "guard"], "_row"), language="plpgsql",
                            returns=Expr("trigger"), body=Expr(
                                f"BEGIN\n\tPERFORM {self.rng.randint(1, 99)};\n\tIF TG_OP = 'DELETE' THEN\n\t\tRETURN OLD;\n\tEND IF;\n\tRETURN NEW;\nEND"))
        self.db.functions.append(function)
        return function

    def add_late_function(self):
        """One that reads a table."""
        tables = [t for t in self.db.tables if t.all_columns()]
        if not tables:
            return None
        table = self.rng.choice(tables)
        function = Function(schema=self.schema(), name=self.name(["tally", "list"], "_" + self.rng.choice(WORDS)), late=True,
                            args=self.arguments(self.rng.randint(0, 1)), attributes=["STABLE"])
        kind = self.rng.random()
        column = self.rng.choice(table.all_columns())
        if kind < 0.4:
            function.returns = Type("int", "bigint")
            function.body = Expr("SELECT count({1}) FROM {0}", table, column)
            function.atomic = self.on("atomic", 0.4)
        elif kind < 0.7:
            function.returns = Expr("SETOF {0}", table)
            function.body = Expr("SELECT * FROM {0}", table)
        else:
            function.returns = Type("bool", "boolean")
            function.args = [("", "r", Type("row", "", ref=table), None)]
            function.body = Expr("SELECT true")
        self.count("function_atomic" if function.atomic else "function_of_table")
        self.db.functions.append(function)
        return function

    # Columns.

    def column_type(self):
        rng, db = self.rng, self.db
        kinds = []
        if db.enums:
            kinds.append("enum")
        if db.domains:
            kinds.append("domain")
        if db.composites:
            kinds.append("composite")
        if db.ranges:
            kinds.append("own_range")
        if "arrays" in self.features:
            kinds.append("array")
        if "citext" in db.extensions:
            kinds.append("citext")
        if "hstore" in db.extensions:
            kinds.append("hstore")
        if kinds and rng.random() < 0.3:
            kind = rng.choice(kinds)
            self.count("type_" + kind)
            if kind == "enum":
                dims = 1 if "arrays" in self.features and rng.random() < 0.2 else 0
                return Type("array" if dims else "enum", "", dims=dims, ref=rng.choice(db.enums))
            if kind == "domain":
                return Type("domain", "", ref=rng.choice(db.domains))
            if kind == "composite":
                return Type("composite", "", ref=rng.choice(db.composites))
            if kind == "own_range":
                return Type("own_range", "", ref=rng.choice(db.ranges))
            if kind == "array":
                return pgtypes.array(rng)
            return Type("text" if kind == "citext" else "hstore", kind)
        type_ = self.plain_type()
        self.count("type_" + (type_.base or type_.family).replace(" ", "_"))
        return type_

    def add_column(self, table, position=None, type_=None):
        rng = self.rng
        column = Column(table=table, name=self.column_name(table), type=type_ or self.column_type())
        family = column.type.family
        column.notnull = rng.random() < 0.25 and family not in ("composite", "own_range")
        if self.on("generated", 0.15) and not table.partition_by:
            self.generate(table, column)
        elif self.on("defaults", 0.4) or column.notnull and rng.random() < 0.5:
            self.set_default(column)
        elif self.on("serial", 0.08) and family == "int":
            column.serial, column.notnull = True, True
            self.count("serial")
        if family == "text" and column.type.base != "citext" and column.generated is None and self.on("collations", 0.2):
            column.collation = rng.choice(self.db.collations + ["C", "POSIX"])
            self.count("collation")
        self.store(column)
        self.describe(column, 0.1)
        if self.on("grants", 0.05):
            column.grants.append((rng.choice(ROLES), rng.choice(["SELECT", "UPDATE", "REFERENCES"]), False))
            self.count("column_grant")
        table.columns.insert(len(table.columns) if position is None else position, column)
        return column

    def column_name(self, table):
        family = [table] + [t for t in self.db.tables if table in t.inherits or t in table.inherits]
        taken = {c.name for t in family for c in t.all_columns()} | {"tableoid", "ctid", "xmin"}
        for attempt in range(1000):
            name = self.rng.choice(ODD if self.on("odd_names", 0.15) else COLUMN_WORDS)
            if attempt > 3:
                name = clip(name, 50) + "_" + str(self.rng.randint(1, 99))
            if name not in taken:
                return name
        raise RuntimeError("no name left")

    def set_default(self, column):
        rng = self.rng
        if column.type.family == "int" and self.db.sequences and rng.random() < 0.3:
            column.default = Expr("nextval({0})", NameText(rng.choice(self.db.sequences)))
            self.count("default_sequence")
            return
        column.default = pgtypes.default(rng, column.type)
        if column.default and column.notnull and column.default.template == "NULL":
            column.default = None
        if column.default:
            self.count("default")

    def generate(self, table, column):
        sources = [c for c in table.all_columns() if c.type.family in pgtypes.GENERATED and c.generated is None
                   and not c.type.ref and c.collation is None and c.type.base != "citext" and c is not column
                   and (table.parent is None)]
        if not sources:
            return
        source = self.rng.choice(sources)
        template, family, base, mod = self.rng.choice(pgtypes.GENERATED[source.type.family])
        column.type = Type(family, base, mod)
        column.generated = Expr(template, source)
        column.default, column.notnull, column.identity, column.serial = None, False, None, False
        self.count("generated")

    def store(self, column):
        if column.type.dims or column.type.base in ("text", "jsonb", "bytea", "character varying"):
            if self.on("storage", 0.1):
                column.storage = self.rng.choice(["EXTERNAL", "MAIN", "PLAIN"])
                self.count("storage")
            if self.on("storage", 0.1):
                column.compression = "pglz"
                self.count("compression")
        if self.on("storage", 0.1):
            column.statistics = self.rng.choice([0, 10, 500])
            self.count("statistics_target")

    # Constraints.

    def constraint_name(self, words, chance=0.5):
        if self.on("server_named", chance):
            self.count("server_named")
            return None
        return self.name(WORDS, "_" + self.rng.choice(words))

    def defer(self, constraint):
        if self.on("deferrable", 0.2):
            constraint.deferrable = True
            constraint.deferred = self.rng.random() < 0.5
            self.count("deferrable_" + constraint.type)

    def pick(self, table, families, most=1, key=False):
        """Some different columns of these families."""
        columns = [c for c in table.all_columns() if c.type.family in families and (not key or c.generated is None)]
        self.rng.shuffle(columns)
        return columns[:self.rng.randint(1, most)] if columns else []

    def root_keys(self, table):
        """The columns that a unique key must have, as the table is partitioned by them; None: it can't have one."""
        need = []
        if table.partition_by:
            if any(e.template != "{0}" for e in table.partition_by[1]):
                return None
            need += table.key_columns()
        for child in self.db.tables:
            if child.parent is table:
                more = self.root_keys(child)
                if more is None:
                    return None
                need += [c for c in more if c not in need]
        return need

    def add_primary_key(self, table):
        rng = self.rng
        if any(c.type == "p" for c in table.constraints) or table.parent:
            return None
        need = self.root_keys(table)
        if need is None:
            return None
        candidates = self.pick(table, pgtypes.HASHED - {"float", "interval"}, 2, True)
        own = [c for c in table.columns if c.serial or c.identity]
        columns = (own[:1] if own and rng.random() < 0.8 else candidates)
        columns = columns + [c for c in need if c not in columns]
        if not columns or any(c not in table.columns for c in columns) and table.inherits:
            return None
        rng.shuffle(columns)
        constraint = Constraint(table=table, type="p", name=self.constraint_name(["pk", "prim"]), columns=columns)
        if self.on("include", 0.1):
            constraint.include = [c for c in self.pick(table, pgtypes.ORDERED) if c not in columns]
        for column in columns:
            column.notnull = True
        if self.on("options", 0.1) and not table.partition_by:
            constraint.fillfactor = rng.choice([70, 80])
        self.describe(constraint, 0.1)
        table.constraints.append(constraint)
        self.count("pk_composite" if len(columns) > 1 else "pk")
        return constraint

    def add_unique(self, table):
        need = self.root_keys(table) if not table.parent else None
        if need is None:
            return None
        columns = self.pick(table, pgtypes.ORDERED - {"float"}, 3)
        columns += [c for c in need if c not in columns]
        if not columns or any({*c.columns} == {*columns} for c in table.constraints):
            return None
        constraint = Constraint(table=table, type="u", name=self.constraint_name(["uniq", "uq"]), columns=columns)
        if self.rng.random() < 0.15:
            constraint.nulls_not_distinct = True
            self.count("nulls_not_distinct")
        if self.on("include", 0.15):
            constraint.include = [c for c in self.pick(table, pgtypes.ORDERED) if c not in columns]
            self.count("include")
        self.defer(constraint)
        self.describe(constraint, 0.1)
        table.constraints.append(constraint)
        self.count("unique")
        return constraint

    def add_check(self, table):
        column = self.pick(table, set(pgtypes.CHECKS) | {"enum"})
        column = [c for c in column if c.collation is None]
        if not column:
            return None
        others = [c for c in table.all_columns() if c is not column[0] and c.type.same(column[0].type) and c.collation is None]
        helper = [f for f in self.db.functions if f.name.startswith("is_ok")]
        if others and column[0].type.family in pgtypes.PAIRS and self.rng.random() < 0.4:
            expr = Expr(self.rng.choice(pgtypes.PAIRS[column[0].type.family]), column[0], self.rng.choice(others))
        elif column[0].type.family == "int" and "functions" in self.features and self.rng.random() < 0.2:
            expr = Expr("{0}({1})", self.helper(helper), column[0])
            self.count("check_function")
        else:
            expr = pgtypes.check(self.rng, column[0])
        constraint = Constraint(table=table, type="c", name=self.constraint_name(["chk", "ok"]), expr=expr, columns=[])
        if self.on("not_valid", 0.15):
            constraint.not_valid = True
            self.count("check_not_valid")
        if self.rng.random() < 0.08 and not table.partition_by and not table.parent:
            constraint.no_inherit = True
            self.count("no_inherit")
        if constraint.name is None and table.parent:
            constraint.name = self.name(WORDS, "_check")
        self.describe(constraint, 0.1)
        table.constraints.append(constraint)
        self.count("check")
        return constraint

    def helper(self, found):
        if found:
            return found[0]
        function = Function(name=self.name(["is_ok"]), language="sql", attributes=["IMMUTABLE"], returns=Type("bool", "boolean"),
                            args=[("", "n", Type("int", "bigint"), None)], body=Expr("SELECT n > -1000000"))
        self.db.functions.append(function)
        return function

    def add_exclusion(self, table):
        if table.partition_by or table.parent:
            return None
        spans = [c for c in self.pick(table, {"range"}) if "multi" not in c.type.base]
        points = self.pick(table, {"inet"})
        if spans:
            elements = [(Expr("{0}", spans[0]), "&&")]
        elif points and "btree_gist" in self.db.extensions:
            elements = [(Expr("{0} inet_ops", points[0]), "&&")]
        else:
            keys = self.pick(table, {"int"})
            if not keys:
                return None
            elements = [(Expr("{0}", keys[0]), "=")]
        constraint = Constraint(table=table, type="x", name=self.constraint_name(["no_two"]), elements=elements,
                                method="gist" if elements[0][1] == "&&" else "btree")
        if "btree_gist" in self.db.extensions and constraint.method == "gist":
            more = self.pick(table, {"int"})
            constraint.elements += [(Expr("{0}", c), "=") for c in more]
        if self.on("partial", 0.4):
            column = self.pick(table, {"int"})
            constraint.where = Expr("{0} > 0", column[0]) if column else None
        self.defer(constraint)
        table.constraints.append(constraint)
        self.count("exclusion")
        return constraint

    def targets(self):
        """Keys that something may refer to."""
        for table in self.db.tables:
            for constraint in table.constraints:
                if constraint.type in "pu" and not constraint.deferrable:
                    yield table, constraint
            for index in table.indexes:
                if index.unique and not index.where and not index.nulls_not_distinct and not table.partition_by and all(
                        e.template == "{0}" and not tail for e, tail in index.elements):
                    yield table, index

    def add_foreign_key(self, table, target=None):
        rng = self.rng
        keys = [(t, k) for t, k in self.targets() if (target is None or t is target)
                and t.unlogged <= table.unlogged and (t is table or self.root(t) is not self.root(table))]
        if not keys or table.parent:
            return None
        home, key = rng.choice(keys)
        ref_columns = key.columns if isinstance(key, Constraint) else [e.args[0] for e, _ in key.elements]
        if any(c.type.family == "domain" or c.collation for c in ref_columns):
            return None
        columns = []
        for wanted in ref_columns:
            found = [c for c in table.all_columns() if c not in columns and c is not wanted and c.generated is None
                     and c.collation is None and self.joins(c.type, wanted.type)]
            if found and rng.random() < 0.7:
                columns.append(rng.choice(found))
            elif table.inherits or any(t.inherits and table in t.inherits for t in self.db.tables):
                return None
            else:
                made = self.add_column(table)
                made.type = Type(wanted.type.family, wanted.type.base, wanted.type.mod, 0, wanted.type.ref)
                made.storage = made.compression = None
                made.generated = made.collation = made.default = None
                made.serial = made.notnull = False
                columns.append(made)
        pairs = list(zip(columns, ref_columns))
        rng.shuffle(pairs)
        constraint = Constraint(table=table, type="f", name=self.constraint_name(["ref", "fk"]), columns=[p[0] for p in pairs],
                                ref=home, ref_columns=[p[1] for p in pairs], key=key)
        self.act(constraint)
        self.defer(constraint)
        if self.on("not_valid", 0.15) and not table.partition_by:
            constraint.not_valid = True
            self.count("fk_not_valid")
        self.describe(constraint, 0.1)
        table.constraints.append(constraint)
        self.count("fk_self" if home is table else "fk_composite" if len(pairs) > 1 else "fk")
        return constraint

    @staticmethod
    def root(table):
        while table.parent:
            table = table.parent
        return table

    def act(self, constraint):
        rng = self.rng
        generated = any(c.generated for c in constraint.columns)
        actions = [None, "CASCADE", "RESTRICT", "NO ACTION", "SET NULL", "SET DEFAULT"]
        constraint.on_delete = None if generated else rng.choice(actions)
        constraint.on_update = None if generated else rng.choice(actions)
        constraint.delete_columns = []
        if constraint.on_delete in ("SET NULL", "SET DEFAULT") and len(constraint.columns) > 1 and rng.random() < 0.6:
            constraint.delete_columns = constraint.columns[:1]
            self.count("fk_set_null_columns")
        constraint.match = "FULL" if rng.random() < 0.1 else None
        for action in (constraint.on_delete, constraint.on_update):
            self.count("action_" + (action or "none").replace(" ", "_").lower())

    @staticmethod
    def joins(a, b):
        if a.dims or b.dims:
            return False
        if a.ref or b.ref:
            return a.ref is b.ref and a.family == b.family == "enum"
        if a.family == b.family == "int":
            return True
        if a.family == b.family == "text":
            return (a.base == "citext") == (b.base == "citext")
        return a.same(b)

    # Indexes.

    def add_index(self, table):
        rng = self.rng
        index = Index(table=table, name=self.name(WORDS, "_idx"))
        special = self.special(table) if self.on("special_indexes", 0.35) else None
        if special:
            index.method, index.elements = special
            self.count("index_" + index.method)
        else:
            for column in self.pick(table, pgtypes.ORDERED, 3):
                index.elements.append(self.element(column))
        if not index.elements:
            return None
        # The names of columns of matviews are their own.
        if index.method == "btree" and rng.random() < 0.2 and (isinstance(table, View) or self.may_be_unique(table, index)):
            index.unique = True
            index.nulls_not_distinct = rng.random() < 0.2
            self.count("index_unique")
        if index.method == "btree" and self.on("include", 0.15):
            used = [r for e, _ in index.elements for r in e.refs()]
            index.include = [c for c in self.pick(table, pgtypes.ORDERED) if c not in used]
            self.count("index_include")
        if self.on("partial", 0.2):
            column = self.pick(table, {"int", "bool", "text"})
            if column:
                column = column[0]
                words = {"int": ["{0} > 0", "{0} IS NOT NULL", "{0} IN (1, 2)"], "bool": ["{0}", "NOT {0}", "{0} IS TRUE"],
                         "text": ["{0} <> ''", "{0} IS NULL", "{0} = 'a'"]}
                index.where = Expr(rng.choice(words[column.type.family if isinstance(column, Column) else column.family]), column)
                self.count("index_partial")
        if self.on("options", 0.15) and index.method in ("btree", "hash", "gist") and not getattr(table, "partition_by", None):
            index.options = rng.choice(["fillfactor=70", "fillfactor = 90"])
            self.count("index_options")
        if rng.random() < 0.05 and index.method == "btree" and not index.where and not isinstance(table, View) \
                and not table.partition_by and not any(i.clustered for i in table.indexes):
            index.clustered = True
            self.count("index_clustered")
        self.describe(index, 0.1)
        if rng.random() < 0.1 and "server_named" in self.features:
            self.db.used.discard(index.name)
            index.name = None
            self.count("index_server_named")
            index.comment, index.clustered = None, False
        table.indexes.append(index)
        self.count("index")
        return index

    def may_be_unique(self, table, index):
        need = self.root_keys(table) if not table.parent else []
        if need is None or table.parent and table.parent.indexes:
            return False
        have = [e.args[0] for e, tail in index.elements if e.template == "{0}" and "COLLATE" not in tail and "_ops" not in tail]
        return all(c in have for c in need)

    def family(self, column):
        return column.type.family if isinstance(column, Column) else column.family

    def element(self, column):
        rng, expr, tail = self.rng, Expr("{0}", column), ""
        family = self.family(column)
        collated = isinstance(column, Column) and (column.collation or column.type.base == "citext")
        if self.on("expressions", 0.2) and pgtypes.VALUES.get(family) and not collated:
            template, family = rng.choice(pgtypes.VALUES[family])
            expr = Expr("(" + template + ")", column)
            self.count("index_expression")
        elif family == "text" and rng.random() < 0.15:
            tail += ' COLLATE "C"'
            self.count("index_collate")
        if family == "text" and not (isinstance(column, Column) and column.type.base in ("citext", "character varying")) \
                and rng.random() < 0.15:
            tail += " text_pattern_ops"
            self.count("index_opclass")
        if rng.random() < 0.2:
            tail += rng.choice([" DESC", " DESC NULLS LAST", " ASC NULLS FIRST", " ASC", " NULLS LAST"])
            self.count("index_order")
        return expr, tail

    def special(self, table):
        rng, choices = self.rng, []
        for column in table.all_columns():
            family = self.family(column)
            base = column.type.base if isinstance(column, Column) else ""
            if family == "jsonb":
                choices += [("gin", [(Expr("{0}", column), "")]), ("gin", [(Expr("{0}", column), " jsonb_path_ops")])]
            if family == "tsvector":
                choices += [("gin", [(Expr("{0}", column), "")]), ("gist", [(Expr("{0}", column), "")])]
            if family == "array" and isinstance(column, Column) and not column.type.ref:
                choices += [("gin", [(Expr("{0}", column), "")])]
            if family == "text" and base != "citext" and not (isinstance(column, Column) and column.collation):
                choices += [("gin", [(Expr("to_tsvector('simple'::regconfig, {0})", column), "")])]
                if "pg_trgm" in self.db.extensions:
                    choices += [("gin", [(Expr("{0}", column), " gin_trgm_ops")]), ("gist", [(Expr("{0}", column), " gist_trgm_ops")])]
            if family in ("range", "point") and "multi" not in base:
                choices += [("gist", [(Expr("{0}", column), "")])]
            if family in pgtypes.HASHED:
                choices += [("hash", [(Expr("{0}", column), "")])]
            if family in ("int", "timestamp", "date", "numeric"):
                choices += [("brin", [(Expr("{0}", column), "")])]
            if family == "inet":
                choices += [("gist", [(Expr("{0}", column), " inet_ops")]), ("spgist", [(Expr("{0}", column), "")])]
        return rng.choice(choices) if choices else None

    # Tables.

    def add_table(self):
        rng = self.rng
        table = Table(schema=self.schema(), name=self.name(WORDS, "s"))
        self.db.tables.append(table)
        for _ in range(rng.choice([1, 2, 3, 4, 5, 6, 8, 12])):
            self.add_column(table)
        if rng.random() < 0.85:
            self.add_id(table)
        if self.on("unlogged", 0.1):
            table.unlogged = True
            self.count("unlogged")
        self.dress(table)
        self.add_primary_key(table) if rng.random() < 0.9 else None
        return table

    def add_id(self, table):
        rng = self.rng
        type_ = Type("int", rng.choice(["integer", "bigint", "smallint"]))
        name = "id" if rng.random() < 0.8 else "ID"
        column = Column(table=table, name=name, type=type_, notnull=True)
        if self.on("identity", 0.6):
            column.identity = rng.choice(["ALWAYS", "BY DEFAULT"])
            column.options = self.sequence_options() if rng.random() < 0.4 else {}
            self.count("identity_" + column.identity.lower().replace(" ", "_"))
        elif self.on("serial", 0.7):
            column.serial = True
            self.count("serial")
        table.columns.insert(0 if rng.random() < 0.9 else len(table.columns), column)
        return column

    def dress(self, table):
        """What a table has that is no part of it."""
        rng = self.rng
        if self.on("options", 0.2) and not table.partition_by:
            table.options = dict(rng.sample([("fillfactor", 70), ("autovacuum_enabled", "false"), ("parallel_workers", 2),
                                             ("toast.autovacuum_enabled", "false"), ("autovacuum_vacuum_scale_factor", "0.05")], rng.randint(1, 2)))
            self.count("options")
        self.describe(table)
        self.own(table, ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "ALL"])
        if self.on("rls", 0.3):
            table.rls = rng.random() < 0.8
            table.force = rng.random() < 0.3
            for _ in range(rng.randint(0, 2)):
                self.add_policy(table)
            self.count("rls")
        if self.on("replica", 0.2):
            table.replica = rng.choice("fn")
            self.count("replica_identity")

    def add_policy(self, table):
        rng = self.rng
        column = self.pick(table, {"int", "text", "bool"})
        if not column:
            return None
        words = {"int": "{0} > 0", "text": "{0} = CURRENT_USER", "bool": "{0}"}
        expr = Expr(words[column[0].type.family], column[0]) if rng.random() < 0.8 else Expr("true")
        policy = Policy(table=table, name=self.name(["see", "write", "own"], "_policy"), permissive=rng.random() < 0.8,
                        command=rng.choice(["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"]),
                        roles=rng.sample(ROLES, rng.randint(1, 2)) if rng.random() < 0.6 else [])
        if policy.command != "INSERT":
            policy.using = expr
        if policy.command in ("INSERT", "ALL", "UPDATE") and (policy.using is None or rng.random() < 0.4):
            policy.check = Expr(expr.template, *expr.args)
        self.describe(policy, 0.1)
        table.policies.append(policy)
        self.count("policy")
        return policy

    def add_partitioned(self):
        rng = self.rng
        table = self.add_table()
        for constraint in [c for c in table.constraints if c.type == "p"]:
            table.constraints.remove(constraint)
        table.unlogged, table.options = False, {}
        for column in table.columns:
            column.identity = None
        strategy = rng.choice(["RANGE", "LIST", "HASH"])
        type_ = {"RANGE": [Type("int", "integer"), Type("date", "date"), Type("timestamp", "timestamptz"), Type("text", "text")],
                 "LIST": [Type("text", "text"), Type("int", "bigint")], "HASH": [Type("int", "bigint"), Type("uuid", "uuid")]}[strategy]
        if strategy == "LIST" and self.db.enums and rng.random() < 0.4:
            type_ = [Type("enum", "", ref=rng.choice(self.db.enums))]
        wanted = rng.choice(type_)
        column = self.add_column(table)
        column.type, column.storage, column.compression = wanted, None, None
        column.generated, column.serial, column.collation, column.identity, column.notnull = None, False, None, None, rng.random() < 0.5
        column.default = None
        table.partition_by = (strategy, [Expr("{0}", column)])
        if strategy == "RANGE" and column.type.family == "text" and rng.random() < 0.3:
            table.partition_by = (strategy, [Expr("lower({0})", column)])
            self.count("partition_expression")
        self.count("partition_" + strategy.lower())
        for bound in self.bounds(table):
            self.add_partition(table, bound)
        if rng.random() < 0.3 and strategy != "HASH":
            self.add_partition(table, Expr("DEFAULT"))
            self.count("partition_default")
        self.add_primary_key(table) if rng.random() < 0.7 else None
        return table

    def bounds(self, table):
        """Bounds that do not overlap: of these some are taken."""
        rng, strategy = self.rng, table.partition_by[0]
        if strategy == "HASH":
            count = rng.choice([2, 3])
            return [Expr(f"FOR VALUES WITH (MODULUS {count}, REMAINDER {i})") for i in range(count)]
        return self.free_bounds(table, rng.randint(1, 3))

    def free_bounds(self, table, count):
        strategy, keys = table.partition_by
        column = keys[0].refs().__next__()
        family, found = column.type.family, []
        if strategy == "HASH":
            return []
        if strategy == "RANGE":
            edges = {"int": ["0", "10", "20", "50", "100", "MAXVALUE"], "text": ["'a'", "'f'", "'m'", "'t'", "'z'"],
                     "date": ["'2024-01-01'", "'2024-04-01'", "'2024-07-01'", "'2025-01-01'"],
                     "timestamp": ["'2024-01-01 00:00:00+00'", "'2024-04-01 00:00:00+00'", "'2024-07-01 00:00:00+00'", "'2025-01-01'"]}[family]
            if self.rng.random() < 0.2:
                edges = ["MINVALUE"] + edges
            found = [Expr(f"FOR VALUES FROM ({a}) TO ({b})") for a, b in zip(edges, edges[1:])]
        elif family == "enum":
            found = [Expr("FOR VALUES IN ({0})", Label(column.type.ref, each, False)) for each in column.type.ref.labels]
        elif family == "int":
            found = [Expr(f"FOR VALUES IN ({words})") for words in ("1, 2", "3", "4, 5, 6", "7", "NULL")]
        else:
            found = [Expr(f"FOR VALUES IN ({words})") for words in ("'a', 'b'", "'c'", "'new', 'old'", "'it''s'", "NULL")]
        taken = {self.bound_key(t.bound) for t in self.db.tables if t.parent is table}
        left = [b for b in found if self.bound_key(b) not in taken]
        low = any("MINVALUE" in key for key in taken)
        left = [b for b in left if not ("MINVALUE" in b.template and low)]
        return left[:count] if self.rng.random() < 0.7 else left[-count:]

    @staticmethod
    def bound_key(expr):
        return expr.sql().replace(", 77)", ")").replace(", 'zz top')", ")")

    def add_partition(self, parent, bound):
        rng = self.rng
        table = Table(schema=self.schema() if rng.random() < 0.2 else parent.schema, name=self.name([clip(parent.name, 45)], "_p"),
                      parent=parent, bound=bound, attached=rng.random() < 0.35)
        if table.attached:
            self.count("partition_attached")
        self.db.tables.append(table)
        columns = [c for c in parent.all_columns() if c.type.family in ("int", "uuid") and c.generated is None
                   and self.in_unique_keys(parent, c)]
        if columns and rng.random() < 0.12 and not parent.parent and not table.attached:
            table.partition_by = ("HASH", [Expr("{0}", rng.choice(columns))])
            self.count("partition_sub")
            for i in range(2):
                self.add_partition(table, Expr(f"FOR VALUES WITH (MODULUS 2, REMAINDER {i})"))
        else:
            if self.on("checks", 0.1):
                self.add_check(table)
            if self.on("indexes", 0.1):
                self.add_index(table)
            if self.on("options", 0.1):
                table.options = {"fillfactor": 60}
        self.describe(table, 0.1)
        return table

    @staticmethod
    def in_unique_keys(table, column):
        """Whether the parts of the table may be partitioned by the column, as each unique key has it."""
        keys = [c.columns for c in table.constraints if c.type in "pu"]
        keys += [[r for e, _ in i.elements for r in e.refs()] for i in table.indexes if i.unique]
        return all(column in key for key in keys)

    def add_inherited(self):
        parents = [t for t in self.db.tables if not t.parent and not t.partition_by and not t.unlogged]
        if not parents:
            return None
        parent = self.rng.choice(parents)
        table = Table(schema=self.schema(), name=self.name(WORDS, "_more"), inherits=[parent])
        self.db.tables.append(table)
        for _ in range(self.rng.randint(0, 3)):
            self.add_column(table)
        self.dress(table)
        self.count("inherits")
        return table

    # What hangs on tables.

    def add_trigger(self, table):
        rng = self.rng
        leaf = table.parent is not None
        trigger = Trigger(table=table, name=self.name(["touch", "audit", "check", "sync"], "_trg"), function=self.trigger_function())
        trigger.timing = rng.choice(["BEFORE", "AFTER"])
        trigger.row = rng.random() < 0.7
        trigger.events = rng.sample(["INSERT", "UPDATE", "DELETE"], rng.randint(1, 3))
        if not trigger.row and rng.random() < 0.2:
            trigger.events = ["TRUNCATE"]
        if "UPDATE" in trigger.events and rng.random() < 0.4:
            trigger.columns = self.pick(table, pgtypes.ORDERED, 2, True)
            self.count("trigger_update_of")
        columns = self.pick(table, {"int", "text"}, 1, True)
        if trigger.row and columns and rng.random() < 0.4 and trigger.events in (["INSERT"], ["UPDATE"], ["INSERT", "UPDATE"], ["UPDATE", "INSERT"]):
            column = columns[0]
            words = ["NEW.{0} IS NOT NULL", "NEW.{0} IS DISTINCT FROM OLD.{0}"] if trigger.events == ["UPDATE"] else ["NEW.{0} IS NOT NULL"]
            trigger.when = Expr(rng.choice(words), column)
            self.count("trigger_when")
        if trigger.timing == "AFTER" and trigger.row and rng.random() < 0.2:
            trigger.constraint, trigger.deferrable = True, rng.random() < 0.5
            self.count("trigger_constraint")
        if trigger.timing == "AFTER" and not trigger.row and not leaf and len(trigger.events) == 1 and not trigger.columns \
                and trigger.events[0] in ("UPDATE", "DELETE", "INSERT") and rng.random() < 0.5:
            if trigger.events[0] != "INSERT":
                trigger.old_table = "old_rows"
            if trigger.events[0] != "DELETE":
                trigger.new_table = "new_rows"
            self.count("trigger_transition")
        if rng.random() < 0.2 and not table.partition_by and not leaf:
            trigger.enabled = rng.choice("DRA")
            self.count("trigger_enabled")
        self.describe(trigger, 0.1)
        table.triggers.append(trigger)
        self.count("trigger_row" if trigger.row else "trigger_statement")
        return trigger

    def add_rule(self, table):
        others = [t for t in self.db.tables if t is not table]
        event, template = self.rng.choice([("DELETE", "DO ALSO NOTHING"), ("UPDATE", "DO ALSO SELECT 1"),
                                           ("DELETE", "DO ALSO SELECT count(*) FROM {0}"), ("INSERT", "DO ALSO NOTHING")])
        if "{0}" in template and not others:
            template = "DO ALSO NOTHING"
        rule = Rule(table=table, name=self.name(["log", "keep"], "_rule"), event=event,
                    action=Expr(template, *([self.rng.choice(others)] if "{0}" in template else [])))
        self.describe(rule, 0.1)
        table.rules.append(rule)
        self.count("rule")
        return rule

    def add_statistics(self, table):
        if table.partition_by:
            return None
        columns = [c for c in table.all_columns() if c.type.family in pgtypes.ORDERED]
        self.rng.shuffle(columns)
        if len(columns) < 2:
            return None
        made = Statistics(schema=table.schema, name=self.name(WORDS, "_stx"), table=table, elements=[Expr("{0}", c) for c in columns[:3]],
                          kinds=self.rng.choice([[], ["ndistinct"], ["dependencies", "mcv"], ["ndistinct", "dependencies"]]))
        if self.on("expressions", 0.4) and pgtypes.VALUES.get(columns[0].type.family) and not columns[0].collation:
            made.elements[0] = Expr("(" + pgtypes.VALUES[columns[0].type.family][0][0] + ")", columns[0])
        if self.rng.random() < 0.2:
            made.target = 200
        self.describe(made, 0.2)
        self.db.statistics.append(made)
        self.count("extended_statistics")
        return made

    # Views.

    def relations(self, views=True):
        found = [t for t in self.db.tables if t.all_columns()] + (self.db.views if views else [])
        return [r for r in found if r.all_columns()]

    def outputs(self, alias, relation, count, taken):
        rng, found = self.rng, []
        columns = list(relation.all_columns())
        rng.shuffle(columns)
        for column in columns[:count]:
            family = self.family(column)
            expr = Expr("{0}", Ref(alias, column))
            name = column.name
            plain = not isinstance(column, Column) or (column.collation is None and column.type.base != "citext")
            if self.on("expressions", 0.25) and pgtypes.VALUES.get(family) and plain:
                template, family = rng.choice(pgtypes.VALUES[family])
                expr = Expr(template, Ref(alias, column))
                name = clip(name, 50) + "_x"
            elif rng.random() < 0.2:
                name = clip(name, 50) + "_" + rng.choice(["v", "as", "Out"])
            if name in taken or family == "domain":
                continue
            taken.add(name)
            found.append(OutCol(name=name, expr=expr, family=family if plain else "text_collated"))
        return found

    def add_view(self, materialized=False):
        rng = self.rng
        relations = self.relations()
        if not relations:
            return None
        view = View(schema=self.schema(), name=self.name(WORDS, "_view"), materialized=materialized)
        source = rng.choice(relations)
        if self.db.views and rng.random() < 0.3:
            source = rng.choice(self.db.views)
        if isinstance(source, View):
            self.count("view_on_view")
        view.sources, taken = [(source, "a")], set()
        view.outputs = self.outputs("a", source, rng.randint(1, 6), taken)
        kind = rng.choice(["plain", "plain", "join", "group", "union", "cte", "distinct", "window", "where"])
        ints = [c for c in source.all_columns() if self.family(c) == "int"]
        if kind == "join":
            self.join(view, ints, relations, taken)
        elif kind == "group" and ints:
            key = rng.choice(ints)
            view.outputs = [OutCol(name=key.name, expr=Expr("{0}", Ref("a", key)), family="int"),
                            OutCol(name="how_many" if key.name != "how_many" else "n", expr=Expr("count(*)"), family="int")]
            view.tail, view.grouped = Expr("GROUP BY {0}", Ref("a", key)), True
            self.count("view_group")
        elif kind == "union" and ints:
            key = rng.choice(ints)
            view.outputs = [OutCol(name=key.name, expr=Expr("{0}", Ref("a", key)), family="int")]
            view.union, view.grouped = Expr("UNION ALL SELECT {0} FROM {1} b", Ref("b", key), source), True
            self.count("view_union")
        elif kind == "window" and ints and "row_no2" not in taken:
            key = rng.choice(ints)
            view.outputs.append(OutCol(name="row_no" if "row_no" not in taken else "row_no2", expr=Expr("row_number() OVER (ORDER BY {0})", Ref("a", key)), family="int"))
            self.count("view_window")
        elif kind == "cte":
            view.cte = True
            self.count("view_cte")
        elif kind == "distinct":
            unsafe = {"json", "xml", "point", "composite", "hstore"}
            if not any(o.family in unsafe for o in view.outputs):
                view.distinct = True
        if kind in ("where", "plain", "join") and ints and rng.random() < 0.6:
            view.where = Expr(rng.choice(["{0} > 0", "{0} IS NOT NULL", "{0} IN (1, 2, 3)", "{0} BETWEEN 1 AND 9"]), Ref("a", rng.choice(ints)))
        if not view.outputs:
            return None
        for output in view.outputs:
            output.table = view
        self.set_view_options(view, kind)
        self.describe(view)
        self.own(view, ["SELECT", "INSERT", "UPDATE"] if not materialized else ["SELECT"])
        self.db.views.append(view)
        if materialized:
            for _ in range(rng.randint(0, 2)):
                self.add_matview_index(view)
        self.count("matview" if materialized else "view")
        return view

    def set_view_options(self, view, kind):
        rng = self.rng
        if view.materialized or not self.on("view_options", 0.4):
            return
        view.options = rng.choice([{"security_barrier": "true"}, {"security_invoker": "true"}, {"security_barrier": "false"}])
        simple = kind in ("plain", "where") and isinstance(view.sources[0][0], Table) and not view.cte
        if simple and all(o.expr.template == "{0}" for o in view.outputs) and rng.random() < 0.5:
            view.check_option = rng.choice(["LOCAL", "CASCADED"])
        self.count("view_options")

    def join(self, view, ints, relations, taken):
        rng = self.rng
        others = [r for r in relations if r is not view.sources[0][0] and any(self.family(c) == "int" for c in r.all_columns())]
        if not ints or not others:
            return
        other = rng.choice(others)
        view.sources.append((other, "b"))
        key = rng.choice([c for c in other.all_columns() if self.family(c) == "int"])
        view.on = Expr(rng.choice(["JOIN|", "LEFT JOIN|"]) + "{0} = {1}", Ref("a", rng.choice(ints)), Ref("b", key))
        view.outputs += self.outputs("b", other, rng.randint(1, 3), taken)
        self.count("view_join")

    def add_matview_index(self, view):
        columns = [o for o in view.outputs if o.family in pgtypes.ORDERED]
        if not columns:
            return None
        index = Index(table=view, name=self.name(WORDS, "_midx"), elements=[(Expr("{0}", self.rng.choice(columns)), "")])
        view.indexes.append(index)
        self.count("matview_index")
        return index

