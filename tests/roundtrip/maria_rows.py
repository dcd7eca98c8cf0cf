# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Rows for tables of MariaDB that both versions have: their values suit both, and say the same in both.

import re

from maria_model import lit, q

ROWS = 5
BASE = {"bool": "int", "decimal": "int", "float": "int", "year": "year", "char": "text", "varchar": "text", "timestamp": "datetime",
        "blob": "bytes", "binary": "bytes"}


def partner(schema, node):
    return None if schema is None else schema.find(node.uid)


def columns_of_keys(*schemas):
    """uids of the columns that foreign keys join."""
    found = set()
    for schema in schemas:
        for table in schema.tables:
            for foreign in table.foreigns:
                found |= {c.uid for c in foreign.columns + foreign.target_columns}
    return found


def value(column, other, joined, number):
    """SQL for the row of that number."""
    kinds = {BASE.get(c.kind, c.kind) for c in (column, other) if c is not None}
    if column.uid in joined or kinds == {"int"} or kinds == {"int", "text"} or kinds == {"json", "text"}:
        small = column.kind == "bool" or (other is not None and other.kind == "bool")
        return str(number % 2 if small else number)
    if "year" in kinds:
        return str(2000 + number)
    if "date" in kinds:
        return f"'2024-02-0{number}'"
    if "datetime" in kinds:
        return f"'2024-02-0{number} 01:02:0{number}'"
    if "time" in kinds:
        return f"'01:02:0{number}'"
    if kinds & {"enum", "set"}:
        labels = [c.labels for c in (column, other) if c is not None and c.labels]
        both = [w for w in labels[0] if all(w in more for more in labels)]
        return lit(both[number % len(both)]) if both else "NULL"
    if "json" in kinds:
        return f"'{{\"a\": {number}}}'"
    if "bytes" in kinds:
        return f"x'4{number}'"
    if "bit" in kinds:
        return f"b'{number % 2}'"
    return f"'v{number}'"


def inserts(rng, before, after):
    """Statements, after which the older schema has rows."""
    joined, texts = columns_of_keys(before, after), ["SET foreign_key_checks = 0"]
    for table in before.tables:
        newer = partner(after, table)
        columns = [c for c in table.columns if not c.generated]
        if newer is None and rng.random() < 0.5:
            continue
        for number in range(1, ROWS + 1):
            values = []
            for column in columns:
                other = next((c for c in newer.columns if c.uid == column.uid), None) if newer else None
                strict = not column.null or (other is not None and not other.null) or column.uid in joined
                strict = strict or any(column in k.refs() and k.kind != "KEY" for k in table.keys)
                text = "NULL" if not strict and rng.random() < 0.2 else value(column, other, joined, number)
                values.append(text)
            names = ", ".join(q(c.name) for c in columns)
            texts.append(f"INSERT INTO {q(table.name)} ({names}) VALUES ({', '.join(values)})")
    return texts + ["SET foreign_key_checks = 1"]


def queries(before, after, newer):
    """(table's uid, SELECT) of what both have, in one order; generated columns that are changed say nothing."""
    found = []
    for table in before.tables:
        other = partner(after, table)
        if other is None:
            continue
        pairs = []
        for column in table.columns:
            match = next((c for c in other.columns if c.uid == column.uid), None)
            if match is not None and not column.generated:
                pairs.append(match if newer else column)
        if not pairs:
            continue
        items = ", ".join(f"if({q(c.name)} IS NULL, '~', hex({q(c.name)} + 0))" if c.kind == "bit" else
                          f"coalesce(replace({q(c.name)}, '\\n', ' '), '~')" for c in pairs)
        found.append((table.uid, f"SELECT {items} FROM {q((other if newer else table).name)}"))
    return found


def normal(line):
    """One form for a value of several types."""
    words = []
    for word in line.split("\t"):
        word = re.sub(r"^(\d+)\.0+$|\.0+$", lambda m: m.group(1) or "", word).rstrip("\0")
        word = re.sub(r"(\\0)+$", "", word)
        words.append(re.sub(r" 00:00:00$", "", word))
    return "\t".join(words)

