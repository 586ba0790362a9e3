# SPDX-License-Identifier: Apache-2.0
"""A stream that goes on whatever happens to PostgreSQL, the daemon that writes it, and the oracle at the end: every
valid event once, in the dead letters only what was planted there, the offsets at the end of the log."""
import json
import os
import random as randoms
import sys
import time
from pathlib import Path

import psycopg2

import producer
from harness.paths import KEPUD
from harness.postgres import Pending
from harness.process import Process
from harness.wait import wait_for
from test_crash import SEED, judge, must_agree

LONG = bool(os.environ.get("KEPUD_LONG"))
PARTITIONS, RATE = 4, 400
BACK_S, END_S = 30, 10  # what is promised
LANES = 2
MOST_LINES, LINES_A_SECOND = 15, 1  # of both lanes together, while PostgreSQL cannot be used


def say_again(request):
    """How to repeat this test."""
    print(f"again: KEPUD_SEED={SEED} {'KEPUD_LONG=1 ' if LONG else ''}KEPUD={KEPUD} "
          f"/usr/bin/python3 -m pytest 'tests/fault/{request.node.nodeid.rsplit('/', 1)[-1]}'")


class Traffic:
    """`conninfo`: how the daemon reaches the database, when not as the test does."""

    def __init__(self, broker, database, daemon, folder, conninfo=None, **options):
        self.broker, self.database = broker, database
        self.random = randoms.Random(SEED)
        self.topic = broker.create_topic(partitions=PARTITIONS)
        self.produced = folder / "produced.jsonl"
        self.producer = Process("producer", [sys.executable, Path(producer.__file__), broker.bootstrap, self.topic,
                                             PARTITIONS, self.produced, SEED, RATE], folder / "producer.log")
        postgres = {"connections": LANES, **({"conninfo": conninfo} if conninfo else {})}
        self.kepud = daemon(broker, self.topic, database=database, now=None, postgres=postgres, **options)

    def start(self):
        self.kepud.start()
        first = dict.fromkeys(range(PARTITIONS), 1)
        self.wait_for(lambda: self._stored(first), "the first messages")
        return self

    def watch(self):
        self.kepud.must_run()
        self.producer.must_run()

    def wait_for(self, condition, what, deadline=30.0):
        return wait_for(condition, what, deadline, watch=self.watch)

    def _stored(self, ends):
        try:
            found = self.database.offsets(self.topic)
        except psycopg2.Error as error:
            self.database.forget()
            return Pending(error)
        behind = {partition: end for partition, end in ends.items() if found.get(partition, 0) < end}
        return Pending(f"{found}, wanted {ends}") if behind else found

    def back(self, deadline=BACK_S):
        """Nothing is wrong any more: what is in Kafka by now has to be in. Says how long it took."""
        began, ends = time.monotonic(), self.broker.end_offsets(self.topic)
        self.wait_for(lambda: self._stored(ends), "what was sent", deadline)
        print(f"back after {time.monotonic() - began:.1f} s")

    def said(self, words):
        return self.kepud.log().count(words)

    def wait_more(self, words, seen, deadline=30.0):
        """Until the daemon has said so once more than `seen` times."""
        self.wait_for(lambda: self.said(words) > seen, f"'{words}' in the log", deadline)

    def backends(self):
        """The daemon's own, without maintenance."""
        return [pid for pid, in self.database.rows("""SELECT pid FROM pg_stat_activity WHERE datname = %s
                AND application_name LIKE 'kepud%%' AND application_name NOT LIKE '%%/maintenance'""",
                                                   self.database.name)]

    def must_wait(self, seconds):
        """It stays up and does not hammer on the door. The time is what is measured over, no wait for a condition."""
        began, before = time.monotonic(), self._lines()
        while time.monotonic() - began < seconds:
            time.sleep(0.2)
            self.watch()
        lines = self._lines() - before
        print(f"waited {seconds:g} s, {lines} lines in the log")
        assert lines <= MOST_LINES + LINES_A_SECOND * seconds, f"{lines} lines:\n{self.kepud.process.tail()}"

    def _lines(self):
        return len(self.kepud.log().splitlines())

    def stop_sending(self):
        """Everything that will ever be sent is in Kafka."""
        assert self.producer.end() == 0, self.producer.tail()

    def finish(self):
        """The stream ends, everything arrives, the daemon ends in order, and the oracle decides."""
        self.stop_sending()
        self.database.wait_offsets(self.topic, self.broker.end_offsets(self.topic), 60, watch=self.kepud.must_run)
        self.kepud.stop(deadline=END_S)
        self.judge()

    def judge(self):
        must_agree(self.database, self.topic)
        judge(self.produced, self.database, self.topic)

    def must_hold_only_planted(self, ends):
        """The dead letters, when not all of the stream is in, but each partition up to its end here."""
        with open(self.produced, encoding="ascii") as file:
            sent = map(json.loads, file)
            planted = {(one["partition"], one["offset"], one["reason"]) for one in sent
                       if one["what"] == "bad" and one["offset"] < ends[one["partition"]]}
        found = self.database.rows("SELECT partition, kafka_offset, reason FROM ingest.dead_letter WHERE topic = %s",
                                   self.topic)
        assert sorted(found) == sorted(planted)

    def close(self):
        self.kepud.kill()
        self.producer.kill()


def login(database, name, password="first-password"):
    """The conninfo of a login that may do what the daemon may, and nothing else; by TCP, with a password."""
    database.rows(f"""DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            ALTER ROLE {name} PASSWORD '{password}'; GRANT kepud_ingest TO {name}""")
    base = database.server.conninfo_of(database.name, tcp=True)
    kept = [word for word in base.split() if not word.startswith(("user=", "passfile="))]
    return " ".join([*kept, f"user={name}", f"password={password}"])


def several(servers, database):
    """The conninfo of whichever of these servers takes writes."""
    words = [dict(word.split("=", 1) for word in server.conninfo_of(database).split()) for server in servers]
    lists = {key: ",".join(one[key] for one in words) for key in ("host", "port")}
    return (f"host={lists['host']} port={lists['port']} user={words[0]['user']} dbname={database} "
            "target_session_attrs=read-write")

