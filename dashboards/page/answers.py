# SPDX-License-Identifier: Apache-2.0
"""The database's side: one read-only transaction, so that all panels show the same moment."""
from dataclasses import dataclass, field

import psycopg2
import psycopg2.extensions

# numeric as Decimal, bigint as int, date as date: what psycopg2 does by itself. json is shown as its text.
psycopg2.extensions.register_type(psycopg2.extensions.new_type((114, 3802), "JSON_TEXT", psycopg2.STRING))


class Unavailable(Exception):
    """No database to ask."""


@dataclass
class Answer:
    rows: list = field(default_factory=list)    # each a dict
    more: bool = False                          # there were more than wanted
    error: str = ""


def message(error):
    """The first line: what is wrong; without the position in the SQL."""
    text = (error.diag.message_primary if error.diag else None) or str(error).strip()
    return text.splitlines()[0] if text else error.__class__.__name__


class Database:
    def __init__(self, conninfo, time_zone, timeout_s):
        try:
            self.connection = psycopg2.connect(conninfo, application_name="kepud overview")
            self.connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            self.cursor = self.connection.cursor()
            self.cursor.execute("SELECT set_config('TimeZone', %s, true), set_config('statement_timeout', %s, true)",
                                (time_zone, f"{timeout_s}s"))
        except psycopg2.Error as error:
            raise Unavailable(message(error)) from None

    def set_region(self, code):
        """What the list's SQL reads by current_setting('overview.region')."""
        self.cursor.execute("SELECT set_config('overview.region', %s, true)", (code,))

    def now(self):
        self.cursor.execute("SELECT now()")
        return self.cursor.fetchone()[0]

    def ask(self, sql, limit):
        """At most `limit` rows, through a cursor: whatever a query finds, memory stays small."""
        try:
            self.cursor.execute("SAVEPOINT panel")
            with self.connection.cursor("panel") as cursor:
                cursor.execute(sql)
                rows = cursor.fetchmany(limit + 1)
                names = [column.name for column in cursor.description]
            self.cursor.execute("RELEASE SAVEPOINT panel")
        except psycopg2.Error as error:
            return Answer(error=self._after(error))
        return Answer([dict(zip(names, row)) for row in rows[:limit]], len(rows) > limit)

    def _after(self, error):
        if self.connection.closed:
            raise Unavailable(message(error)) from None
        self.cursor.execute("ROLLBACK TO SAVEPOINT panel")
        return message(error)

    def close(self):
        self.connection.close()
