# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A program of the older version, at work while the scripts of the expand phase run: it reads every table and view by the columns
# it knows, writes rows and changes rows, over and over.  It must see no error, and never wait for a lock for more than a
# second: then its lock_timeout makes an error of it.

import threading

import pg
import rows

RELATIONS = """
SELECT c.oid::regclass::text, string_agg(quote_ident(attname), ', ' ORDER BY attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
	JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND (c.relkind <> 'm' OR c.relispopulated)
	AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.deptype = 'e' AND x.objid = c.oid)
GROUP BY c.oid ORDER BY c.oid"""


class Client(threading.Thread):
    """errors: (statement, what the server said), the first of each statement."""

    def __init__(self, database, rng):
        super().__init__(daemon=True)
        self.connection = pg.Connection(database, "-c lock_timeout=1s")
        self.errors, self.rounds = {}, 0
        self.changed = threading.Condition()
        self.ended = False
        self.statements = [s for s in self.make(rng) if self.attempt(s) is None]
        if len(self.statements) > 60:
            self.statements = rng.sample(self.statements, 60)

    def make(self, rng):
        """What a program may do with the older schema; what fails before the scripts is not asked for."""
        for relation, columns in self.connection.run(RELATIONS):
            yield f"SELECT {columns} FROM {relation} LIMIT 20"
        firing = {r[0] for r in self.connection.run("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")}
        for columns in rows.columns_of(self.connection).values():
            table = columns[0].table
            plain = [c for c in columns if not c.generated and c.identity != "a"]
            if plain:
                column = pg.name(rng.choice(plain).name)
                update = f"UPDATE {table} SET {column} = {column}"
                # A trigger of the schema's own may write something else into the row.
                yield f"BEGIN; {update}; ROLLBACK" if table in firing else update
            for _ in range(2):
                # Numbers of sequences go on and would meet those that are there.
                values = [(c.name, str(rng.randint(10000, 32000)) if c.counted else rows.value(rng, c)) for c in columns
                          if not c.generated and not (c.default and not c.counted and rng.random() < 0.5)]
                yield f"BEGIN; {rows.statement(table, values)}; SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK"

    def attempt(self, statement):
        """None, or what the server said."""
        try:
            self.connection.run(statement)
        except pg.Error as error:
            self.connection.run("ROLLBACK")
            return str(error)
        return None

    def run(self):
        while not self.ended:
            for statement in self.statements:
                if statement not in self.errors:
                    text = self.attempt(statement)
                    if text is not None:
                        self.errors[statement] = text
            with self.changed:
                self.rounds += 1
                self.changed.notify_all()

    def whole_round(self):
        """Wait until each statement has run once more."""
        with self.changed:
            wanted = self.rounds + 2
            self.changed.wait_for(lambda: self.rounds >= wanted or not self.is_alive(), timeout=120)

    def stop(self):
        self.ended = True
        self.join()
        self.connection.close()
