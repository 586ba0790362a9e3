# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL cluster, made and driven by scripts/postgres."""
import itertools
import subprocess

import psycopg2
import psycopg2.extras

from .paths import PROJECT
from .wait import wait_for

SCRIPT = PROJECT / "scripts" / "postgres"


class Postgres:
    """One cluster. Its databases are copies of one in which `kepud migrate` has run."""

    def __init__(self, folder, *settings):
        self.folder = folder
        self.settings = settings
        self.conninfo = None
        self._numbers = itertools.count(1)

    def _run(self, verb, *arguments):
        # start leaves a server behind that keeps our standard error open: hence files, no pipes.
        result = self.folder.parent / f"{self.folder.name}.out"
        with open(result, "w") as output:
            done = subprocess.run([SCRIPT, verb, self.folder, *arguments], stdout=output, stderr=subprocess.STDOUT,
                                  stdin=subprocess.DEVNULL, timeout=180, check=False)
        text = result.read_text().strip()
        assert done.returncode == 0, f"scripts/postgres {verb}: {text}"
        return text

    def start(self):
        self.conninfo = self._run("start", *self.settings).splitlines()[-1]
        return self

    def stop(self, mode="fast"):
        self._run("stop", mode)

    def restart(self, mode="immediate"):
        self._run("restart", mode)

    def kill(self):
        self._run("kill")

    def standby(self, folder):
        """Another cluster that follows this one, and is as far."""
        other = Postgres(folder, *self.settings)
        other._run("standby", self.folder)
        return other.start()

    def promote(self):
        self._run("promote")

    def follow(self, primary):
        """Stopped in order, it comes back as the standby of this one, which was its own."""
        self._run("follow", primary.folder)

    def set(self, setting, value):
        """For all sessions, those that are open included; None takes it back. Also on a standby."""
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            if value is None:
                cursor.execute(f"ALTER SYSTEM RESET {setting}")
            else:
                cursor.execute(f"ALTER SYSTEM SET {setting} = %s", (value,))
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()

    def conninfo_of(self, database, tcp=False):
        base = self._run("conninfo", "--tcp") if tcp else self.conninfo
        return base.replace("dbname=postgres", f"dbname={database}")

    def connect(self, database="postgres"):
        # A test that waits for a lock for a minute waits in vain.
        connection = psycopg2.connect(self.conninfo_of(database), application_name="test",
                                      options="-c lock_timeout=60s")
        connection.autocommit = True
        return connection

    def create(self, name=None, template="template1", tablespace="pg_default"):
        name = name or f"t{next(self._numbers)}"
        with self.connect().cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" TABLESPACE "{tablespace}"')
        return Database(self, name)


class Database:
    """One database; a connection that is lost (the server restarts) is made again at the next question."""

    def __init__(self, server, name):
        self.server = server
        self.name = name
        self.conninfo = server.conninfo_of(name)
        self._connection = None

    def _cursor(self):
        if self._connection is None or self._connection.closed:
            self._connection = self.server.connect(self.name)
        return self._connection.cursor()

    def rows(self, sql, *parameters):
        with self._cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql, *parameters):
        rows = self.rows(sql, *parameters)
        return rows[0][0] if rows else None

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def forget(self):
        """After a crash of the server, which the old connection does not know of."""
        try:
            self.close()
        except psycopg2.Error:
            self._connection = None

    def offsets(self, topic):
        """partition → next offset."""
        return dict(self.rows("SELECT partition, next_offset FROM ingest.kafka_offset WHERE topic = %s", topic))

    def epochs(self, topic):
        """partition → how often it was claimed."""
        return dict(self.rows("SELECT partition, epoch FROM ingest.kafka_offset WHERE topic = %s", topic))

    def wait_claimed(self, topic, before, watch=None):
        """Until every partition has been claimed again since epochs() said `before`."""

        def claimed():
            now = self.epochs(topic)
            return now if all(now.get(partition, 0) > epoch for partition, epoch in before.items()) else Pending(now)

        return wait_for(claimed, f"claims of {topic} after {before}", 60, watch=watch)

    def wait_offsets(self, topic, expected, deadline=60.0, watch=None):
        """Until the daemon has moved every partition to its end; survives a server that is away meanwhile."""

        def arrived():
            try:
                found = self.offsets(topic)
            except psycopg2.Error as error:
                self.forget()
                return Pending(error)
            return found if found == expected else Pending(found)

        return wait_for(arrived, f"offsets {expected} of {topic}", deadline, watch=watch)


class Pending:
    """Not yet, and what was seen instead."""

    def __init__(self, seen):
        self.seen = seen

    def __bool__(self):
        return False

    def __repr__(self):
        return repr(self.seen)
