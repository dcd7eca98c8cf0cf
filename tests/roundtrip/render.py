# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The model as SQL, as people write it: of two ways to say a thing now one, now the other.

from model import Collation, Column, Expr, lit, q

SEQUENCE_WORDS = ("AS", "START WITH", "INCREMENT BY", "MINVALUE", "MAXVALUE", "CACHE")


class Renderer:
    def __init__(self, db, rng):
        self.db, self.rng, self.out = db, rng, []
        self.late = []  # constraints that wait for all tables
        self.waiting = []
        self.made = set()

    def add(self, statement):
        self.out.append(statement + ";")

    def either(self, *words):
        return self.rng.choice(words)

    def type(self, type_):
        return type_.sql(self.rng)

    # What all things have.

    def dress(self, kind, thing, name=None, grant=None):
        name = name or thing.full()
        if thing.comment is not None:
            self.add(f"COMMENT ON {kind} {name} IS {lit(thing.comment)}")
        if getattr(thing, "owner", None):
            self.add(f"ALTER {kind} {name} OWNER TO {q(thing.owner)}")
        target = {"TYPE": "TYPE", "DOMAIN": "DOMAIN", "SCHEMA": "SCHEMA", "SEQUENCE": "SEQUENCE", "FUNCTION": "FUNCTION",
                  "PROCEDURE": "PROCEDURE"}.get(grant or kind, self.either("TABLE", "") if kind == "TABLE" else "")
        for role, right, option in getattr(thing, "grants", []):
            self.add(f"GRANT {right} ON {target} {name} TO {role if role == 'PUBLIC' else q(role)}"
                     + (" WITH GRANT OPTION" if option else ""))

    def sequence_options(self, options):
        words = [f"{word} {options[word]}" for word in SEQUENCE_WORDS if word in options]
        if "CYCLE" in options:
            words.append("CYCLE" if options["CYCLE"] else "NO CYCLE")
        return " ".join(words)

    # What stands alone.

    def schemas(self):
        for schema in self.db.schemas:
            self.add(f"CREATE SCHEMA {q(schema.name)}")
            self.dress("SCHEMA", schema)
        for extension in self.db.extensions:
            self.add(f"CREATE EXTENSION {self.either('IF NOT EXISTS ', '')}{q(extension)}")

    def types(self):
        for collation in self.db.collations:
            if collation.locale in ("C", "POSIX"):
                words = f"locale = {lit(collation.locale)}"
            else:
                words = f"provider = icu, locale = {lit(collation.locale.replace('-x-icu', ''))}"
            self.add(f"CREATE COLLATION {collation.full()} ({words})")
            self.dress("COLLATION", collation)
        for enum in self.db.enums:
            self.add(f"CREATE TYPE {enum.full()} AS ENUM ({', '.join(map(lit, enum.labels))})")
            self.dress("TYPE", enum)
        for made in self.db.ranges:
            self.add(f"CREATE TYPE {made.full()} AS RANGE (SUBTYPE = {made.subtype})")
            self.dress("TYPE", made)

    def domains(self):
        for domain in self.db.domains:
            words = [f"CREATE DOMAIN {domain.full()} {self.either('AS ', '')}{self.type(domain.type)}"]
            if domain.default:
                words.append("DEFAULT " + domain.default.sql())
            if domain.notnull:
                words.append("NOT NULL")
            for name, expr in domain.checks:
                words.append((f"CONSTRAINT {q(name)} " if name else "") + f"CHECK ({expr.sql()})")
            self.add(" ".join(words))
            self.dress("DOMAIN", domain)
        for composite in self.db.composites:
            words = ", ".join(f"{q(name)} {self.type(type_)}" for name, type_ in composite.attributes)
            self.add(f"CREATE TYPE {composite.full()} AS ({words})")
            self.dress("TYPE", composite)

    def sequences(self):
        for sequence in self.db.sequences:
            words = self.sequence_options(sequence.options)
            self.add(f"CREATE {'UNLOGGED ' if sequence.unlogged else ''}SEQUENCE {sequence.full()} {words}".rstrip())

    def sequences_after(self):
        for sequence in self.db.sequences:
            if sequence.owned:
                self.add(f"ALTER SEQUENCE {sequence.full()} OWNED BY {sequence.owned.table.full()}.{q(sequence.owned.name)}")
            self.dress("SEQUENCE", sequence)

    def functions(self, late):
        for function in self.db.functions:
            if function.late == late:
                self.function(function)

    def function(self, function):
        args = []
        for mode, name, type_, default in function.args:
            words = [mode, q(name) if name else "", self.type(type_)]
            if default:
                words.append(self.either("DEFAULT ", "= ") + default.sql())
            args.append(" ".join(w for w in words if w))
        kind = "PROCEDURE" if function.procedure else "FUNCTION"
        head = f"CREATE {self.either('OR REPLACE ', '')}{kind} {function.full()}({', '.join(args)})"
        if function.returns is not None:
            returns = function.returns
            head += " RETURNS " + (returns.sql() if isinstance(returns, Expr) else self.type(returns))
        attributes = list(function.attributes)
        if function.language != "sql" or not function.atomic:
            attributes.append(f"LANGUAGE {function.language}")
        else:
            attributes.append("LANGUAGE sql")
        self.rng.shuffle(attributes)
        body = function.body.sql()
        if function.atomic:
            text = f"\nBEGIN ATOMIC\n{body};\nEND"
        else:
            quote = "$$" if "$" not in body else "$body$"
            text = f"\nAS {quote}\n{body}\n{quote}" if "$" not in body else f"\nAS {quote}{body}{quote}"
        self.add(head + "\n" + " ".join(attributes) + text)
        self.dress(kind, function, f"{function.full()}({function.signature()})")

    # Tables.

    def column(self, column):
        words = [q(column.name)]
        if column.serial:
            words.append({"smallint": "smallserial", "integer": self.either("serial", "SERIAL", "serial4"),
                          "bigint": self.either("bigserial", "serial8")}[column.type.base])
        else:
            words.append(self.type(column.type))
        if column.compression:
            words.append("COMPRESSION " + column.compression)
        if column.collation:
            name = column.collation.full() if isinstance(column.collation, Collation) else q(column.collation)
            words.append("COLLATE " + name)
        more = []
        if column.default is not None:
            more.append("DEFAULT " + column.default.sql())
        if column.notnull:
            more.append("NOT NULL")
        elif self.rng.random() < 0.1:
            more.append("NULL")
        self.rng.shuffle(more)
        words += more
        if column.identity:
            options = self.sequence_options(column.options)
            words.append(f"GENERATED {column.identity} AS IDENTITY" + (f" ({options})" if options else ""))
        if column.generated:
            words.append(f"GENERATED ALWAYS AS ({column.generated.sql()}) STORED")
        return " ".join(words)

    def constraint(self, constraint, inline=False):
        words = [f"CONSTRAINT {q(constraint.name)}"] if constraint.name else []
        columns = ", ".join(q(c.name) for c in constraint.columns)
        if constraint.type in "pu":
            words.append("PRIMARY KEY" if constraint.type == "p" else "UNIQUE")
            if constraint.nulls_not_distinct:
                words.append("NULLS NOT DISTINCT")
            if not inline:
                words.append(f"({columns})")
            if constraint.include:
                words.append(f"INCLUDE ({', '.join(q(c.name) for c in constraint.include)})")
            if constraint.fillfactor:
                words.append(f"WITH (fillfactor={constraint.fillfactor})")
        elif constraint.type == "c":
            words.append(f"CHECK ({constraint.expr.sql()})")
            words += ["NO INHERIT"] if constraint.no_inherit else []
        elif constraint.type == "x":
            elements = ", ".join(f"{e.sql()} WITH {op}" for e, op in constraint.elements)
            words.append(f"EXCLUDE USING {constraint.method} ({elements})")
            words += [f"WHERE ({constraint.where.sql()})"] if constraint.where else []
        else:
            words += self.foreign(constraint, columns, inline)
        if constraint.deferrable:
            words.append("DEFERRABLE" + (" INITIALLY DEFERRED" if constraint.deferred else self.either("", " INITIALLY IMMEDIATE")))
        if constraint.not_valid and not inline:
            words.append("NOT VALID")
        return " ".join(words)

    def foreign(self, constraint, columns, inline):
        words = [] if inline else [f"FOREIGN KEY ({columns})"]
        target = f"REFERENCES {constraint.ref.full()}"
        short = getattr(constraint.key, "type", None) == "p" and [c.uid for c in constraint.key.columns] == \
            [c.uid for c in constraint.ref_columns]
        if not short or self.rng.random() < 0.6:
            target += f" ({', '.join(q(c.name) for c in constraint.ref_columns)})"
        words.append(target)
        if constraint.match:
            words.append("MATCH " + constraint.match)
        actions = []
        if constraint.on_delete:
            names = ", ".join(q(c.name) for c in constraint.delete_columns)
            actions.append(f"ON DELETE {constraint.on_delete}" + (f" ({names})" if names else ""))
        if constraint.on_update:
            actions.append(f"ON UPDATE {constraint.on_update}")
        self.rng.shuffle(actions)
        return words + actions

    def table(self, table):
        parts, inline = [], {}
        early = []
        for constraint in sorted(table.constraints, key=lambda c: c.type == "f"):
            if self.must_wait(table, constraint):
                self.late.append((table, constraint))
            elif self.may_be_inline(table, constraint) and self.rng.random() < 0.5:
                column = constraint.columns[0] if constraint.columns else next(iter(constraint.expr.refs()))
                inline.setdefault(column.uid, []).append(constraint)
            else:
                early.append(constraint)
        if table.attached:
            self.attached_columns(table, parts)
        else:
            for column in table.columns:
                more = [self.constraint(c, c.type != "c") for c in inline.get(column.uid, [])]
                parts.append(" ".join([self.column(column)] + more))
        # A table that is to be attached has what the parent checks, and gets its own as well.
        parts += [self.constraint(c) for c in early]
        head = f"CREATE {'UNLOGGED ' if table.unlogged else ''}TABLE {table.full()}"
        if table.parent and not table.attached:
            head += f" PARTITION OF {table.parent.full()}" + (f" (\n\t{self.comma(parts)}\n)" if parts else "")
            head += f" {table.bound.sql()}"
        else:
            head += f" (\n\t{self.comma(parts)}\n)" if parts else " ()"
        if table.inherits:
            head += f" INHERITS ({', '.join(t.full() for t in table.inherits)})"
        if table.partition_by:
            head += f" PARTITION BY {table.partition_by[0]} ({', '.join(self.key(e) for e in table.partition_by[1])})"
        options = table.kept_options()
        if options:
            head += f" WITH ({', '.join(f'{k}={v}' for k, v in options.items())})"
        self.add(head)
        self.made.add(table.uid)
        if table.attached:
            self.add(f"ALTER TABLE {table.parent.full()} ATTACH PARTITION {table.full()} {table.bound.sql()}")
        self.after(table)

    @staticmethod
    def comma(parts):
        return ",\n\t".join(parts)

    @staticmethod
    def key(expr):
        return expr.sql()

    def attached_columns(self, table, parts):
        """As the parent has them, said one by one or with LIKE."""
        root = table
        while root.parent:
            root = root.parent
        checks = [c for c in root.constraints if c.type == "c" and c.uid not in {c.uid for _, c in self.late}]
        if self.rng.random() < 0.5 or not all(c.name for c in checks):
            parts.append(f"LIKE {table.parent.full()} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED "
                         "INCLUDING STORAGE INCLUDING COMPRESSION")
            return
        for column in root.columns:
            parts.append(self.column(plain(column)))
        parts += [self.constraint(c) for c in checks]

    def must_wait(self, table, constraint):
        if constraint.not_valid:
            return True
        if constraint.type == "f":
            ref = constraint.ref
            if constraint.key not in ref.constraints or any(c is constraint.key for _, c in self.late):
                return True
            return (ref is not table and ref.uid not in self.made) or self.rng.random() < 0.4
        return constraint.name is not None and constraint.type != "c" and not table.parent and self.rng.random() < 0.2

    @staticmethod
    def may_be_inline(table, constraint):
        if table.attached or table.parent or constraint.include or constraint.delete_columns:
            return False
        if constraint.type == "c":
            refs = [r for r in constraint.expr.refs() if isinstance(r, Column)]
            return bool(refs) and refs[0] in table.columns and isinstance(next(iter(constraint.expr.refs())), Column) \
                and len(set(map(id, refs))) == 1
        return constraint.type in "puf" and len(constraint.columns) == 1 and constraint.columns[0] in table.columns

    def after(self, table):
        name = table.full()
        for column in table.columns:
            alter = f"ALTER TABLE {name} ALTER {self.either('COLUMN ', '')}{q(column.name)}"
            if column.storage:
                self.add(f"{alter} SET STORAGE {column.storage}")
            if column.statistics is not None:
                self.add(f"{alter} SET STATISTICS {column.statistics}")
            if column.comment is not None:
                self.add(f"COMMENT ON COLUMN {name}.{q(column.name)} IS {lit(column.comment)}")
            for role, right, option in column.grants:
                self.add(f"GRANT {right} ({q(column.name)}) ON {name} TO {q(role)}")
        self.dress("TABLE", table)
        if table.rls:
            self.add(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        if table.force:
            self.add(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")

    def details(self):
        """Indexes, comments on constraints and what follows from them."""
        for table in self.db.tables:
            for index in table.indexes:
                self.index(index)
        for table, constraint in self.waiting:
            self.add(f"ALTER TABLE {table.full()} ADD {self.constraint(constraint)}")
        for table in self.db.tables:
            name = table.full()
            for constraint in table.constraints:
                if constraint.comment is not None and constraint.name:
                    self.add(f"COMMENT ON CONSTRAINT {q(constraint.name)} ON {name} IS {lit(constraint.comment)}")
            if table.replica in ("f", "n"):
                self.add(f"ALTER TABLE {name} REPLICA IDENTITY {'FULL' if table.replica == 'f' else 'NOTHING'}")
            elif table.replica == "i":
                self.add(f"ALTER TABLE {name} REPLICA IDENTITY USING INDEX {q(table.replica_index.name)}")
        for statistics in self.db.statistics:
            self.statistics(statistics)

    def index(self, index):
        elements = ", ".join(e.sql() + tail for e, tail in index.elements)
        words = f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {q(index.name) + ' ' if index.name else ''}ON {index.table.full()}"
        if index.method != "btree" or self.rng.random() < 0.3:
            words += f" USING {index.method}"
        words += f" ({elements})"
        if index.include:
            words += f" INCLUDE ({', '.join(q(c.name) for c in index.include)})"
        if index.nulls_not_distinct and index.unique:
            words += " NULLS NOT DISTINCT"
        if index.options:
            words += f" WITH ({index.options})"
        if index.where:
            words += f" WHERE {index.where.sql()}"
        self.add(words)
        full = (q(index.table.schema) + "." if index.table.schema != "public" else "") + q(index.name or "")
        if index.clustered:
            self.add(f"ALTER TABLE {index.table.full()} CLUSTER ON {q(index.name)}")
        if index.comment is not None:
            self.add(f"COMMENT ON INDEX {full} IS {lit(index.comment)}")

    def statistics(self, made):
        kinds = f" ({', '.join(made.kinds)})" if made.kinds else ""
        self.add(f"CREATE STATISTICS {made.full()}{kinds} ON {', '.join(e.sql() for e in made.elements)} FROM {made.table.full()}")
        if made.target is not None:
            self.add(f"ALTER STATISTICS {made.full()} SET STATISTICS {made.target}")
        self.dress("STATISTICS", made)

    # Views and what fires.

    def views(self):
        for view in self.db.views:
            self.view(view)

    def query(self, view):
        if view.list_names:
            outputs = [o.expr.sql() for o in view.outputs]
        else:
            outputs = []
            for output in view.outputs:
                text = output.expr.sql()
                plain_name = output.expr.template == "{0}" and getattr(output.expr.args[0], "column", None) is not None \
                    and output.expr.args[0].column.name == output.name
                outputs.append(text if plain_name else f"{text} AS {q(output.name)}")
        source, alias = view.sources[0]
        first = f"{source.full()} {self.either('AS ', '')}{alias}"
        text = ""
        if view.cte:
            text = f"WITH src AS (SELECT * FROM {source.full()}) "
            names = sorted({a.column.name for o in view.outputs for a in o.expr.args if hasattr(a, "column")})
            text = f"WITH src AS (SELECT {', '.join(map(q, names))} FROM {source.full()}) " if names else text
            first = f"src {alias}"
        text += f"SELECT {'DISTINCT ' if view.distinct else ''}{self.either(', ', ',' + chr(10) + chr(9)).join(outputs)}\nFROM {first}"
        if view.on:
            kind, _, _ = view.on.template.partition("|")
            condition = Expr(view.on.template.partition("|")[2], *view.on.args)
            text += f" {kind} {view.sources[1][0].full()} {view.sources[1][1]} ON {condition.sql()}"
        if view.where:
            text += f"\nWHERE {view.where.sql()}"
        if view.tail:
            text += f"\n{view.tail.sql()}"
        if view.union:
            text += f"\n{view.union.sql()}"
        return text

    def view(self, view):
        kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        names = f" ({', '.join(q(o.name) for o in view.outputs)})" if view.list_names else ""
        options = f" WITH ({', '.join(f'{k}={v}' for k, v in view.options.items())})" if view.options else ""
        replace = self.either("OR REPLACE ", "") if not view.materialized else ""
        text = f"CREATE {replace}{kind} {view.full()}{names}{options} AS\n{self.query(view)}"
        if view.check_option:
            text += f"\nWITH {view.check_option} CHECK OPTION"
        if view.materialized:
            text += self.either("\nWITH DATA", "") if view.with_data else "\nWITH NO DATA"
        self.add(text)
        self.dress(kind, view, grant="TABLE")
        for output in view.outputs:
            if getattr(output, "comment", None):
                self.add(f"COMMENT ON COLUMN {view.full()}.{q(output.name)} IS {lit(output.comment)}")
        for index in view.indexes:
            self.index(index)

    def firing(self):
        for table in self.db.tables:
            for trigger in table.triggers:
                self.trigger(table, trigger)
            for rule in table.rules:
                self.add(f"CREATE RULE {q(rule.name)} AS ON {rule.event} TO {table.full()} {rule.action.sql()}")
                if rule.comment is not None:
                    self.add(f"COMMENT ON RULE {q(rule.name)} ON {table.full()} IS {lit(rule.comment)}")
            for policy in table.policies:
                self.policy(table, policy)

    def trigger(self, table, trigger):
        events = []
        for event in trigger.events:
            names = ", ".join(q(c.name) for c in trigger.columns)
            events.append(event + (f" OF {names}" if event == "UPDATE" and names else ""))
        text = f"CREATE {'CONSTRAINT ' if trigger.constraint else ''}TRIGGER {q(trigger.name)} {trigger.timing} {' OR '.join(events)}"
        text += f" ON {table.full()}"
        if trigger.deferrable:
            text += " DEFERRABLE INITIALLY DEFERRED"
        words = ([f"OLD TABLE AS {trigger.old_table}"] if trigger.old_table else []) + \
            ([f"NEW TABLE AS {trigger.new_table}"] if trigger.new_table else [])
        if words:
            text += f" REFERENCING {' '.join(words)}"
        text += f" FOR EACH {'ROW' if trigger.row else 'STATEMENT'}"
        if trigger.when:
            text += f" WHEN ({trigger.when.sql()})"
        self.add(f"{text} EXECUTE {self.either('FUNCTION', 'PROCEDURE')} {trigger.function.full()}()")
        words = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}.get(trigger.enabled)
        if words:
            self.add(f"ALTER TABLE {table.full()} {words} TRIGGER {q(trigger.name)}")
        if trigger.comment is not None:
            self.add(f"COMMENT ON TRIGGER {q(trigger.name)} ON {table.full()} IS {lit(trigger.comment)}")

    def policy(self, table, policy):
        text = f"CREATE POLICY {q(policy.name)} ON {table.full()}"
        if not policy.permissive:
            text += " AS RESTRICTIVE"
        if policy.command != "ALL" or self.rng.random() < 0.5:
            text += f" FOR {policy.command}"
        if policy.roles:
            text += f" TO {', '.join(map(q, policy.roles))}"
        if policy.using:
            text += f" USING ({policy.using.sql()})"
        if policy.check:
            text += f" WITH CHECK ({policy.check.sql()})"
        self.add(text)
        if policy.comment is not None:
            self.add(f"COMMENT ON POLICY {q(policy.name)} ON {table.full()} IS {lit(policy.comment)}")

    def all(self):
        self.schemas()
        self.types()
        self.domains()
        self.sequences()
        self.functions(False)
        for table in self.db.tables:
            self.table(table)
        # Keys first, then what refers to them; keys of indexes come with the indexes.
        foreign = [(t, c) for t, c in self.late if c.type == "f"]
        for table, constraint in self.late:
            if constraint.type != "f":
                only = self.either("ONLY ", "") if not table.partition_by and not self.has_heirs(table) else ""
                self.add(f"ALTER TABLE {only}{table.full()} ADD {self.constraint(constraint)}")
        self.waiting = foreign
        self.details()
        self.sequences_after()
        self.functions(True)
        self.views()
        self.firing()
        return "\n".join(self.out) + "\n"

    def has_heirs(self, table):
        return any(table in t.inherits or t.parent is table for t in self.db.tables)


def plain(column):
    """The column without what a table that is attached may not have."""
    copy = Column.__new__(Column)
    copy.__dict__.update(column.__dict__)
    copy.identity, copy.options = None, {}
    return copy

