# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Types of PostgreSQL by family, with expressions that suit each: defaults, checks, generated values.

from model import Expr, Label, Type

# What a column of the family may have as its default; "{T}" is the type itself.
DEFAULTS = {
    "int": ["0", "1", "-5", "42", "(1 + 2)", "'7'", "length('abcd')"],
    "numeric": ["0", "1.5", "-0.25", "12", "(2 * 3.5)", "'9.75'"],
    "float": ["0", "1.5", "1e3", "'-2.5'", "random()"],
    "money": ["0", "'10.50'", "'3.25'::money"],
    "text": ["'new'", "''", "'it''s'", "'now()'", "E'a\\tb'", "'a'::text || 'b'", "upper('abc')", "CURRENT_USER", "NULL",
             "'%s; --'", "'\u00e4\u00f6'", "$$do$$"],
    "char": ["'x'", "'y'::bpchar"],
    "bool": ["true", "false", "'t'", "(NOT true)", "(1 = 1)"],
    "date": ["CURRENT_DATE", "'2024-02-29'", "now()", "'2024-01-01'::date + 7", "DATE '2024-05-05'"],
    "timestamp": ["now()", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "'2024-01-01 00:00:00'", "clock_timestamp()",
                  "timezone('utc', now())", "now() + interval '1 day'", "CURRENT_TIMESTAMP(3)", "'epoch'"],
    "time": ["'12:30'", "LOCALTIME", "TIME '01:02:03'"],
    "interval": ["'1 day'", "interval '2 hours'", "'1 mon'::interval", "make_interval(days => 3)"],
    "json": ["'{{}}'", "'[]'::json", "json_build_object('a', 1)", "'{{\"a\": [1, 2]}}'"],
    "jsonb": ["'{{}}'", "'{{}}'::jsonb", "jsonb_build_array(1, 'x')", "'{{\"k\": null}}'::jsonb"],
    "uuid": ["gen_random_uuid()", "'00000000-0000-0000-0000-000000000001'"],
    "bytea": ["'\\x'", "'\\xdeadbeef'::bytea", "decode('00ff', 'hex')"],
    "varbit": ["B'1'", "'101'"], "bit": ["B'1010'", "'0001'"],
    "inet": ["'127.0.0.1'", "'10.0.0.1'::inet", "inet '::1'"],
    "cidr": ["'10.0.0.0/8'"], "macaddr": ["'08:00:2b:01:02:03'"],
    "range": ["'empty'", "'(,)'"], "xml": ["'<a/>'", "XML '<b/>'"],
    "tsvector": ["''", "to_tsvector('simple', 'a b c')"], "point": ["'(0,0)'", "point(1, 2)"],
    "array": ["'{{}}'", "ARRAY[]::{T}", "NULL"],
}

# Checks that values of rows.py mostly keep.  {0} is the column.
CHECKS = {
    "int": ["{0} >= 0", "{0} BETWEEN 0 AND 1000", "{0} IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) OR {0} IS NULL", "{0} <> -1",
            "{0} IS NULL OR {0} > -10", "NOT ({0} < 0)", "({0} % 1) = 0", "abs({0}) < 30000",
            "CASE WHEN {0} > 5 THEN {0} < 9999 ELSE true END", "{0} = ANY (ARRAY[0,1,2,3,4,5,6,7,8,9,10,20,50])",
            "COALESCE({0}, 0) >= 0"],
    "numeric": ["{0} >= 0", "{0} > -1.5", "{0} BETWEEN 0 AND 99999.99", "round({0}, 1) >= 0"],
    "float": ["{0} >= 0", "{0} < 'Infinity'"],
    "text": ["length({0}) > 0", "{0} <> ''", "{0} ~ '^[a-z]'", "{0} LIKE '%'", "{0} NOT LIKE 'x''y%'",
             "{0} IN ('a', 'b', 'new', 'old', 'alpha', 'beta')", "char_length({0}) <= 200",
             "{0} = lower({0}) OR {0} IS NULL", "{0} IS NOT NULL", "{0} !~* '^\\s'", "{0} || 'x' <> 'x'"],
    "char": ["{0} <> ''", "{0} IS NOT NULL"],
    "bool": ["{0} IS NOT FALSE OR {0} = false", "{0} OR NOT {0}"],
    "date": ["{0} > '2000-01-01'", "{0} >= DATE '1999-12-31'", "EXTRACT(year FROM {0}) > 1990"],
    "timestamp": ["{0} > '2000-01-01 00:00:00'", "{0} IS NULL OR {0} < 'infinity'"],
    "time": ["{0} >= '00:00'"], "interval": ["{0} > '-1 day'::interval"],
    "jsonb": ["jsonb_typeof({0}) = 'object'", "NOT ({0} ? 'bad')", "{0} @> '{{}}'"],
    "json": ["json_typeof({0}) = 'object'"],
    "uuid": ["{0} <> '00000000-0000-0000-0000-000000000000'"],
    "bytea": ["octet_length({0}) < 100"], "varbit": ["length({0}) < 100"],
    "inet": ["family({0}) = 4", "masklen({0}) > 0"], "cidr": ["masklen({0}) > 0"],
    "range": ["NOT isempty({0}) OR {0} IS NOT NULL", "{0} IS NOT NULL"],
    "array": ["cardinality({0}) < 10", "{0} IS NOT NULL", "array_ndims({0}) IS DISTINCT FROM 7"],
    "tsvector": ["length({0}) >= 0"],
}

# Checks of two columns of one type.
PAIRS = {"int": ["{0} <= {1} + 100000", "({0} > 0 OR {1} > -1)"], "numeric": ["{0} + {1} >= 0"],
         "timestamp": ["{0} IS NULL OR {1} IS NULL OR {0} <= {1} + interval '100 years'"],
         "date": ["{0} <= {1} + 10000"], "text": ["{0} IS NOT NULL OR {1} IS NOT NULL"]}

# Generated values: template, family, base type, modifier; {0} is the other column.
GENERATED = {
    "int": [("{0} * 2", "int", "bigint", ""), ("({0} + 1)::text", "text", "text", ""), ("{0} > 5", "bool", "boolean", "")],
    "numeric": [("round({0} * 1.2, 2)", "numeric", "numeric", "(14,2)"), ("-{0}", "numeric", "numeric", "")],
    "text": [("lower({0})", "text", "text", ""), ("COALESCE({0}, '') || '-x'", "text", "text", ""),
             ("length({0})", "int", "integer", ""), ("md5({0})", "text", "character varying", "(64)"),
             ("to_tsvector('simple'::regconfig, {0})", "tsvector", "tsvector", "")],
    "date": [("{0} + 30", "date", "date", "")],
    "jsonb": [("{0} ->> 'k'", "text", "text", "")],
    "bool": [("NOT {0}", "bool", "boolean", "")],
    "array": [("cardinality({0})", "int", "integer", "")],
}

# Expressions for indexes, statistics and views: template and family.
VALUES = {
    "int": [("{0} % 10", "int"), ("abs({0})", "int"), ("{0} + 1", "int")],
    "numeric": [("round({0})", "numeric")],
    "text": [("lower({0})", "text"), ("upper({0})", "text"), ("length({0})", "int"), ("\"left\"({0}, 3)", "text")],
    "date": [("{0} + 1", "date")], "jsonb": [("{0} ->> 'a'", "text"), ("{0} #>> '{{a,b}}'", "text")],
    "bool": [("NOT {0}", "bool")], "timestamp": [], "array": [("cardinality({0})", "int")],
}

# Families whose columns a b-tree can have.
ORDERED = {"int", "numeric", "float", "text", "char", "bool", "date", "timestamp", "time", "interval", "uuid", "bytea",
           "inet", "cidr", "macaddr", "enum", "money", "varbit"}
HASHED = ORDERED - {"money", "varbit"}
# Families that may be a key.
KEYS = ["int", "int", "text", "uuid", "date", "enum"]


def builtin(rng, family):
    """A type of the family that the server has by itself."""
    if family == "int":
        return Type("int", rng.choice(["smallint", "integer", "bigint"]))
    if family == "numeric":
        return Type("numeric", "numeric", rng.choice(["", "(10,2)", "(12,4)", "(8)", "(20,0)", "(14,2)"]))
    if family == "float":
        return Type("float", rng.choice(["real", "double precision"]))
    if family == "text":
        base = rng.choice(["text", "text", "character varying"])
        return Type("text", base, rng.choice(["", "(40)", "(80)", "(255)"]) if base != "text" else "")
    if family == "char":
        return Type("char", "character", rng.choice(["", "(3)", "(10)"]))
    if family == "timestamp":
        return Type("timestamp", rng.choice(["timestamp", "timestamptz"]), rng.choice(["", "", "(0)", "(3)", "(6)"]))
    if family == "time":
        return Type("time", rng.choice(["time", "timetz"]), rng.choice(["", "(0)", "(3)"]))
    if family == "interval":
        return Type("interval", "interval", rng.choice(["", "(3)", " day to second", " year to month", " second(2)"]))
    if family == "varbit":
        return Type("varbit", "bit varying", rng.choice(["", "(8)", "(16)"]))
    if family == "bit":
        return Type("bit", "bit", "(4)")
    if family == "macaddr":
        return Type("macaddr", rng.choice(["macaddr", "macaddr8"]))
    if family == "range":
        return Type("range", rng.choice(["int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
                                         "int4multirange", "datemultirange"]))
    words = {"bool": "boolean"}
    return Type(family, words.get(family, family))


BUILTIN = ["int"] * 5 + ["text"] * 6 + ["numeric"] * 2 + ["timestamp"] * 3 + [
    "float", "money", "char", "bool", "bool", "date", "time", "interval", "json", "jsonb", "jsonb", "uuid", "uuid",
    "bytea", "varbit", "bit", "inet", "cidr", "macaddr", "range", "xml", "tsvector", "point"]


def array(rng):
    inner = builtin(rng, rng.choice(["int", "text", "numeric", "timestamp", "uuid", "bool", "inet", "date"]))
    return Type("array", inner.base, inner.mod, rng.choice([1, 1, 1, 2]))


def default(rng, type_):
    """A default for the type; None: it has none."""
    if type_.dims and type_.ref is not None:
        return Expr("'{{}}'")
    if type_.family == "enum":
        return Expr("{0}", Label(type_.ref, rng.choice(type_.ref.labels), rng.random() < 0.6))
    if type_.ref is not None or type_.family not in DEFAULTS:
        return None
    words = DEFAULTS[type_.family]
    word = rng.choice(words)
    if type_.family == "timestamp" and type_.base == "timestamptz" and word.startswith("timezone"):
        word = "now()"
    if type_.family == "range" and "multirange" in type_.base:
        word = "'{{}}'"
    if type_.family == "varbit" or "{T}" not in word:
        return Expr(word)
    return Expr(word.replace("{T}", "{0}"), type_)


def check(rng, column):
    """A condition on the column; None: there is none for its type."""
    if column.type.family == "enum":
        label = Label(column.type.ref, rng.choice(column.type.ref.labels), rng.random() < 0.5)
        return Expr(rng.choice(["{0} <> {1} OR {0} = {1}", "{0} >= {1} OR {0} < {1}", "{0} IN ({1}) OR {0} IS NOT NULL"]),
                    column, label)
    words = CHECKS.get(column.type.family)
    return Expr(rng.choice(words), column) if words else None
