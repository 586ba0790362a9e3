# SPDX-License-Identifier: Apache-2.0
"""Reads along while the daemon writes and dies. At any moment, in one snapshot: ingest.kafka_offset tells exactly which
events are in, and which letters are dead."""
import collections
import contextlib
import functools
import json
import threading

import psycopg2
import psycopg2.extensions

from harness.wait import wait_for

VISIT = "cn.kepu.visit.counted"
PAUSE_S = 0.02  # between two looks: the daemon needs the processor, too

IN_LEDGER = "SELECT source, event_id FROM ingest.ledger JOIN ingest.event_source USING (source_id)"
IN_FACTS = """SELECT source, event_id FROM kepu.fact_visit LEFT JOIN ingest.ledger USING (event_key)
        LEFT JOIN ingest.event_source USING (source_id)"""
LETTERS = "SELECT partition, kafka_offset, reason FROM ingest.dead_letter WHERE topic = %s"
OFFSETS = "SELECT partition, next_offset FROM ingest.kafka_offset WHERE topic = %s"
COUNTED = """SELECT partition, sum(accepted + duplicate + rejected)::bigint FROM ingest.tally WHERE topic = %s
        GROUP BY partition"""


@functools.lru_cache(maxsize=None)
def identity(value):
    """(source, id), and whether it is a visit."""
    event = json.loads(value)
    return (event["source"], event["id"]), event["type"] == VISIT


class Reader:
    """`survives`: a server that goes away and comes back is no fault."""

    def __init__(self, database, stream, topic, survives=False):
        self.database, self.stream, self.topic, self.survives = database, stream, topic, survives
        self.looks = self.amid = 0  # amid: something was in, but not all
        self.fault = None
        self.before = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join(30)

    def _run(self):
        while not self._end.is_set():
            try:
                self._look_on()
            except psycopg2.Error as gone:
                if not self.survives:
                    self.fault = gone
                    return
                self._end.wait(PAUSE_S)
            except BaseException as fault:
                self.fault = fault
                return

    def _look_on(self):
        with contextlib.closing(self.database.server.connect(self.database.name)) as connection:
            connection.autocommit = False
            connection.set_session(isolation_level=psycopg2.extensions.ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
            while not self._end.wait(PAUSE_S):
                with connection.cursor() as cursor:
                    self.look(cursor)
                connection.rollback()
                self.looks += 1

    def must_agree(self):
        if self.fault is not None:
            raise AssertionError(f"the reader, after {self.looks} looks: {self.fault}") from self.fault

    def wait_look(self):
        """Until a look has begun and ended from now on."""
        looks = self.looks
        wait_for(lambda: self.looks >= looks + 2, "the reader's look", 30, watch=self.must_agree)

    def _told(self, offsets):
        """What these offsets say must be in: events, visits, letters."""
        events, visits, letters = set(), set(), []
        for partition, end in offsets.items():
            for offset, (value, what, reason) in enumerate(self.stream.partitions[partition][:end]):
                if what == "bad":
                    letters.append((partition, offset, reason))
                    continue
                key, is_visit = identity(value)
                events.add(key)
                if is_visit:
                    visits.add(key)
        return events, visits, letters

    def look(self, cursor):
        def rows(sql):
            cursor.execute(sql, (self.topic,) if "%s" in sql else None)
            return cursor.fetchall()

        offsets = dict(rows(OFFSETS))
        back = {partition: (self.before[partition], offsets.get(partition)) for partition in self.before
                if offsets.get(partition, -1) < self.before[partition]}
        assert not back, f"offsets moved back: {back}"
        events, visits, letters = self._told(offsets)
        same("ledger", rows(IN_LEDGER), events)
        same("visits", rows(IN_FACTS), visits)
        same("dead letters", rows(LETTERS), letters)
        same("counts", rows(COUNTED), [(partition, end) for partition, end in offsets.items() if end > 0])
        self.before = offsets
        self.amid += 0 < sum(offsets.values()) < sum(self.stream.ends().values())


def same(what, found, wanted):
    found, wanted = collections.Counter(found), collections.Counter(wanted)
    missing, extra = list((wanted - found).elements()), list((found - wanted).elements())
    assert not missing and not extra, \
        f"{what}, by the offsets: {len(missing)} missing, as {missing[:3]}; {len(extra)} too many, as {extra[:3]}"
