# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A few calls of libpq, by ctypes: many short statements on many connections, without a process for each.  And a
# splitter of SQL text, as what must not run in a transaction has to be sent statement by statement.

import ctypes
import ctypes.util
import re


def _load():
    lib = ctypes.CDLL(ctypes.util.find_library("pq") or "libpq.so.5")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
            ("PQconnectdb", pointer, [text]), ("PQstatus", number, [pointer]), ("PQfinish", None, [pointer]),
            ("PQerrorMessage", text, [pointer]), ("PQexec", pointer, [pointer, text]),
            ("PQresultStatus", number, [pointer]), ("PQresultErrorMessage", text, [pointer]),
            ("PQresultErrorField", text, [pointer, number]), ("PQclear", None, [pointer]),
            ("PQntuples", number, [pointer]), ("PQnfields", number, [pointer]), ("PQcmdTuples", text, [pointer]),
            ("PQgetvalue", text, [pointer, number, number]), ("PQgetisnull", number, [pointer, number, number]),
            ("PQsetNoticeProcessor", pointer, [pointer, pointer, pointer])):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


LIB = _load()
NOTICE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)
SILENT = NOTICE(lambda _, text: None)


class Error(Exception):
    """What the server said; state is the SQLSTATE."""

    def __init__(self, message, state=""):
        super().__init__(message.strip())
        self.state = state


class Connection:
    """To one database; the rest (host, user) comes from the environment."""

    def __init__(self, database, options=""):
        words = f"dbname='{database}' options='-c client_min_messages=error {options}'"
        self.last_touched = 0
        self.handle = LIB.PQconnectdb(words.encode())
        if LIB.PQstatus(self.handle) != 0:
            message = LIB.PQerrorMessage(self.handle).decode()
            self.close()
            raise Error(message)
        LIB.PQsetNoticeProcessor(self.handle, ctypes.cast(SILENT, ctypes.c_void_p), None)

    def close(self):
        if self.handle:
            LIB.PQfinish(self.handle)
            self.handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, sql):
        """Statements, sent at once; returns the rows of the last one, as texts and None."""
        result = LIB.PQexec(self.handle, sql.encode())
        try:
            if LIB.PQresultStatus(result) not in (0, 1, 2):
                message = LIB.PQresultErrorMessage(result) or LIB.PQerrorMessage(self.handle)
                state = LIB.PQresultErrorField(result, ord("C")) or b""
                raise Error(message.decode(errors="replace"), state.decode())
            self.last_touched = int(LIB.PQcmdTuples(result) or b"0")
            fields = range(LIB.PQnfields(result))
            return [[None if LIB.PQgetisnull(result, row, field) else LIB.PQgetvalue(result, row, field).decode()
                     for field in fields] for row in range(LIB.PQntuples(result))]
        finally:
            LIB.PQclear(result)

    def value(self, sql):
        """The first value of the answer; None if there is none."""
        rows = self.run(sql)
        return rows[0][0] if rows and rows[0] else None

    def transaction(self, sql):
        """All of it, or nothing."""
        try:
            self.run("BEGIN;\n" + sql + "\n;COMMIT")
        except Error:
            self.run("ROLLBACK")
            raise

    def one_by_one(self, sql):
        for statement in split(sql):
            self.run(statement)


TOKEN = re.compile(r"""
    --[^\n]* | /\*.*?\*/ |
    \b[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" |
    (?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag) |
    \bBEGIN\s+ATOMIC\b.*?\bEND\b | [()] | ; | . """, re.X | re.S | re.I)


def split(sql):
    """The statements of a text, without the ones that are empty."""
    statements, start, depth = [], 0, 0
    for match in TOKEN.finditer(sql + "\n;"):
        token = match.group()
        depth += (token == "(") - (token == ")")
        if token == ";" and depth == 0:
            statement = sql[start:match.start()].strip()
            start = match.end()
            if re.sub(r"--[^\n]*|/\*.*?\*/|\s", "", statement, flags=re.S):
                statements.append(statement)
    return statements


def literal(text):
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def name(text):
    return '"' + text.replace('"', '""') + '"'
