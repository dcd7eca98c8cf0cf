# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Rows for any schema, made up from the catalogue.  A row is kept if it suits the older and the newer version: then no
# script has an excuse for losing it.

import re

from pg import Error, literal, name

VALUES = {
    "int2": ["1", "2", "3", "4", "5", "7", "9"], "int4": ["1", "2", "3", "4", "5", "8", "20"],
    "int8": ["1", "2", "3", "4", "6", "8", "50"], "numeric": ["1", "2.5", "10", "99.99", "0"],
    "float4": ["1", "2.5", "0.125"], "float8": ["1", "2.5", "1e10"], "money": ["1.50", "20"],
    "text": ["a", "b", "new", "old", "alpha", "beta", "it''s"], "varchar": ["a", "b", "new", "gamma", "x y"],
    "bpchar": ["x", "ab", "q"], "citext": ["A", "b", "New"], "bool": ["true", "false"], "name": ["n"],
    "date": ["2024-01-15", "2024-05-05", "2024-08-01"], "time": ["10:00", "23:59:59.123456"],
    "timetz": ["10:00+02"], "timestamp": ["2024-01-15 10:00:00", "2024-05-05 12:34:56.789012"],
    "timestamptz": ["2024-01-15 10:00:00+00", "2024-06-05 12:34:56.789012+02"], "interval": ["1 day", "02:03:04.5", "1 year"],
    "json": ['{"k": 1}', '{"b": [1, 2], "a": "x"}'], "jsonb": ['{"k": "v"}', '{"a": {"b": 1}}'],
    "uuid": ["00000000-0000-0000-0000-00000000000" + d for d in "12345"], "bytea": ["\\x00ff", "\\x"],
    "bit": ["1010", "0001"], "varbit": ["1", "1011"], "inet": ["10.0.0.1", "192.168.0.0/24"], "cidr": ["10.0.0.0/8"],
    "macaddr": ["08:00:2b:01:02:03"], "macaddr8": ["08:00:2b:01:02:03:04:05"], "xml": ["<a>1</a>"], "tsvector": ["a b c"],
    "point": ["(1,2)"], "int4range": ["[1,5)", "[6,9)"], "int8range": ["[1,5)"], "numrange": ["[1.5,2)"],
    "tsrange": ["[2024-01-01,2024-02-01)"], "tstzrange": ["[2024-01-01 00:00+00,2024-02-01 00:00+00)"],
    "daterange": ["[2024-01-01,2024-02-01)", "[2024-03-01,2024-04-01)"], "int4multirange": ["{[1,2),[5,7)}"],
    "datemultirange": ["{[2024-01-01,2024-02-01)}"], "hstore": ['"a"=>"1"'], "float_span": ["[1,2)"], "oid": ["1"],
}

COLUMNS = """
SELECT c.oid::regclass::text, n.nspname, c.relname, a.attname, a.attnotnull, a.attidentity, a.attgenerated,
	b.typname, b.typtype, e.typname, array(SELECT enumlabel FROM pg_enum WHERE enumtypid IN (b.oid, e.oid) ORDER BY 1)::text,
	pg_get_expr(d.adbin, d.adrelid), format_type(a.atttypid, a.atttypmod),
	(SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.contype = 'c'
		AND (k.conrelid = c.oid AND a.attnum = ANY (k.conkey) OR k.contypid = a.atttypid)), c.relkind,
	EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = c.oid AND a.attnum = ANY (k.conkey)),
	EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '3')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	JOIN pg_type t ON t.oid = a.atttypid
	JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
	LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
	LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND {which} AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.deptype = 'e' AND x.objid = c.oid)
ORDER BY c.oid, a.attnum"""

# The partitions that have rows themselves, each with the whole.
PARTS = """
SELECT n.nspname, c.relname, m.nspname, r.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	JOIN pg_class r ON r.oid = pg_partition_root(c.oid) JOIN pg_namespace m ON m.oid = r.relnamespace
WHERE c.relispartition AND c.relkind = 'r'"""


class Column:
    def __init__(self, row):
        (self.table, self.schema, self.relation, self.name, notnull, identity, generated, self.base, self.kind, self.element, self.labels,
         default, self.type, self.checks, self.relkind, points, ruled) = row
        self.notnull, self.generated, self.default = notnull == "t", generated != "", default is not None
        self.counted = identity != "" or "nextval" in (default or "")
        self.identity = identity
        self.points, self.ruled = points == "t", ruled == "t"


def columns_of(connection, which="NOT c.relispartition"):
    """Tables in the order of their making, each with its columns; partitions belong to their parents."""
    tables = {}
    for row in connection.run(COLUMNS.format(which=which)):
        column = Column(row)
        tables.setdefault((column.schema, column.relation), []).append(column)
    return tables


def heirs(connection):
    """Pairs of a child and its parent, each by schema and name, in the order of the children's making."""
    return [((a, b), (c, d)) for a, b, c, d in connection.run(
        "SELECT n.nspname, c.relname, m.nspname, p.relname FROM pg_inherits i JOIN pg_class c ON c.oid = inhrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class p ON p.oid = inhparent"
        " JOIN pg_namespace m ON m.oid = p.relnamespace WHERE c.relkind IN ('r', 'p') ORDER BY c.oid")]


def labels(text):
    return [w.replace('\\"', '"').replace("\\\\", "\\") for w in re.findall(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', text) for w in w if w]


def candidates(column):
    """Texts that the column's type takes; None: we know none."""
    if column.kind == "e":
        return labels(column.labels)
    found = list(VALUES.get(column.base, []))
    if column.element:
        inner = labels(column.labels) or VALUES.get(column.element, [])
        return ["{}"] + ['{"' + w.replace("\\", "\\\\").replace('"', '\\"') + '"}' for w in inner[:3]]
    # What the checks ask for is worth a try.
    if column.checks and column.base in ("text", "varchar", "bpchar", "citext"):
        found = [w.replace("''", "'") for w in re.findall(r"'((?:[^']|'')*)'", column.checks)][:8] * 3 + found
    return found or None


def value(rng, column):
    if column.notnull is False and rng.random() < 0.2:
        return None
    words = candidates(column)
    if words is None:
        return None
    return rng.choice(words)


def statement(table, values):
    names = ", ".join(name(c) for c, _ in values)
    if not values:
        return f"INSERT INTO {table} DEFAULT VALUES"
    return f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({', '.join(literal(v) for _, v in values)})"


def fill(rng, before, after, renames, each=6):
    """Rows into both databases; returns how many there are and the statements for the older one."""
    # What is a table of its own may be a part of another by then.
    old, new = columns_of(before), columns_of(after, "true")
    done = []
    # To the newer version all is one moment, as it is to the script that adds a column with the time as its default.
    after.run("BEGIN")
    for _ in range(2):
        for key, columns in old.items():
            target = new.get((key[0], renames.get(key, key[1])))
            for _ in range(each):
                values = [(c.name, value(rng, c)) for c in columns if not c.generated
                          and not ((c.default or c.identity) and rng.random() < 0.5)]
                if not counts_anew(key, columns, target, renames) and insert(before, after, key, columns, values, target, renames):
                    done.append(statement(columns[0].table, values))
    after.run("COMMIT")
    return len(done), done


def counts_anew(key, columns, target, renames):
    """Whether a new column counts what a foreign key looks for: which numbers rows get there is chance."""
    known = {renames.get(key + (c.name,), c.name) for c in columns}
    return any(c.counted and c.points and c.name not in known for c in target or [])


def counterpart(key, values, target, renames):
    """The same row for the newer version; None: it has no such table."""
    if target is None:
        return None
    known = {c.name: c for c in target}
    kept = []
    for column, text in values:
        column = renames.get(key + (column,), column)
        if column in known and not known[column].generated:
            kept.append((column, text))
    return statement(target[0].table, kept)


def insert(before, after, key, columns, values, target, renames):
    given = {c for c, _ in values}
    # A rule's own query would answer in the place of the statement.
    left = [c.name for c in columns if (c.default or c.identity) and not c.generated and c.name not in given and not c.ruled]
    sql = statement(columns[0].table, values) + (" RETURNING " + ", ".join(name(c) for c in left) if left else "")
    try:
        before.run("BEGIN; SET LOCAL session_replication_role = origin")
        made = before.run(sql)
        before.run("SET CONSTRAINTS ALL IMMEDIATE")
    except Error:
        before.run("ROLLBACK")
        return False
    other = counterpart(key, values + list(zip(left, made[0] if made else [])), target, renames)
    after.run("SAVEPOINT one")
    try:
        if other is not None:
            after.run(other + "; SET CONSTRAINTS ALL IMMEDIATE")
    except Error:
        after.run("ROLLBACK TO one")
        before.run("ROLLBACK")
        return False
    after.run("RELEASE one")
    before.run("COMMIT")
    return True


SAME_TEXT = [{"smallint", "integer", "bigint"}, {"text", "character varying"}]


def preserved(a, b):
    """Whether values look the same as text in both types."""
    a, b = re.sub(r"\(.*\)", "", a) if a.startswith("character varying") else a, \
        re.sub(r"\(.*\)", "", b) if b.startswith("character varying") else b
    return a == b or any(a in group and b in group for group in SAME_TEXT)


def leaves(connection):
    """The parts of each partitioned table that have rows, and by what these are placed."""
    found = {}
    for schema, table, key, part_schema, part in connection.run(
            "SELECT n.nspname, c.relname, pg_get_partkeydef(c.oid), m.nspname, l.relname FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL pg_partition_tree(c.oid) t"
            " JOIN pg_class l ON l.oid = t.relid JOIN pg_namespace m ON m.oid = l.relnamespace"
            " WHERE c.relkind = 'p' AND t.isleaf AND l.relkind = 'r'"):
        found.setdefault((schema, table), (key, set()))[1].add((part_schema, part))
    return found


def dropped(old, new, there, renames):
    """The parts of a table that are gone with their rows, as long as rows are placed as before."""
    if not old or not new or old[0] != new[0]:
        return []
    return sorted(leaf for leaf in old[1] if (leaf[0], renames.get(leaf, leaf[1])) not in there)


def wholes_of(connection):
    return {(row[0], row[1]): (row[2], row[3]) for row in connection.run(PARTS)}


def movers(before, after, renames):
    """The tables that take their rows from a partitioned table, or to one: {older name: the wholes of both versions}."""
    old, new = wholes_of(before), wholes_of(after)
    there = columns_of(after, "c.relkind = 'r'")
    found = {}
    for key in columns_of(before, "c.relkind = 'r'"):
        newer = (key[0], renames.get(key, key[1]))
        was, now = old.get(key), new.get(newer)
        if newer in there and (was and (was[0], renames.get(was, was[1]))) != now:
            found[key] = (was, now)
    return found


def plan(before, after, renames, moved):
    """What of the data must be the same in both: (schema, table, columns) of the older version with the newer names.

    Rows of a part that leaves its whole, or joins one, are the part's: they are looked at there."""
    old, new = columns_of(before, "true"), columns_of(after, "true")
    plain = columns_of(before), columns_of(after)
    moving = movers(before, after, renames)
    old_leaves, new_leaves = leaves(before), leaves(after)
    found = []
    for key, columns in old.items():
        newer = (key[0], renames.get(key, key[1]))
        target = new.get(newer)
        if target is None or key not in moving and (key not in plain[0] or newer not in plain[1]):
            continue
        known = {c.name: c for c in target}
        common = []
        for column in columns:
            other = known.get(renames.get(key + (column.name,), column.name))
            if other and not column.generated and not other.generated and preserved(column.type, other.type) and column.type not in moved:
                common.append((column.name, other.name))
        # What a table has by itself; the rows of heirs come and go with inheritance.
        only = "ONLY " if columns[0].relkind == target[0].relkind == "r" else ""
        apart = [(k, (k[0], renames.get(k, k[1]))) for k, wholes in moving.items() if wholes[0] == key or wholes[1] == newer]
        apart += [(leaf, leaf) for leaf in dropped(old_leaves.get(key), new_leaves.get(newer), new, renames)]
        found.append((key, newer, common, only, apart))
    return found


def checksums(connection, plans, newer):
    """One line for each table."""
    result = {}
    for old, new, common, only, apart in plans:
        schema, table = new if newer else old
        words = [f"{name(b if newer else a)}::text" for a, b in common]
        row = f"hashtextextended(ROW({', '.join(words)})::text, 0)::numeric" if words else "0"
        apart = [both[1 if newer else 0] for both in apart]
        where = "".join(f" AND tableoid IS DISTINCT FROM to_regclass({literal(name(s) + '.' + name(t))})" for s, t in apart)
        result[old] = connection.run(f"SELECT count(*), coalesce(sum({row}), 0) FROM {only}{name(schema)}.{name(table)} WHERE true{where}")[0]
    return result
