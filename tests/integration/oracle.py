#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Decides whether the database holds what was produced: every valid event exactly once, every bad one in the dead
letters exactly once, the offsets at the end of the log, the tally adding up. It believes the produced file and the
tables, and nothing that the daemon says; it shares no code with daemon or harness.

usage: oracle.py PRODUCED CONNINFO TOPIC"""
import base64
import collections
import json
import sys

import psycopg2

VISIT, FACILITY = "cn.kepu.visit.counted", "cn.kepu.facility.changed"


class Expected:
    """What the produced file says must be in the database."""

    def __init__(self, path):
        self.events = {}                            # (source, id) → event
        self.again = 0
        self.bad = {}                               # (partition, offset) → (payload, reason)
        self.offsets = collections.defaultdict(list)  # partition → offsets as delivered
        with open(path, encoding="ascii") as file:
            for line in file:
                self._add(json.loads(line))

    def _add(self, sent):
        self.offsets[sent["partition"]].append(sent["offset"])
        value = base64.b64decode(sent["value"])
        if sent["what"] == "bad":
            self.bad[sent["partition"], sent["offset"]] = (value, sent["reason"])
        elif sent["what"] == "again":
            self.again += 1
        else:
            event = json.loads(value)
            self.events[event["source"], event["id"]] = event

    def ends(self):
        return {partition: max(offsets) + 1 for partition, offsets in self.offsets.items()}

    def of_type(self, kind):
        return {key: event for key, event in self.events.items() if event["type"] == kind}

    def winners(self):
        """facility → the event whose state counts."""
        best = {}
        for (source, ident), event in self.of_type(FACILITY).items():
            rank = (event["data"]["revision"], event["time"], ident.encode(), source.encode())
            facility = event["data"]["facility_id"]
            if facility not in best or rank > best[facility][0]:
                best[facility] = (rank, event)
        return {facility: event for facility, (_, event) in best.items()}


class Judgement:
    def __init__(self, cursor, expected, topic):
        self.cursor = cursor
        self.expected = expected
        self.topic = topic
        self.faults = []

    def rows(self, sql, *parameters):
        self.cursor.execute(sql, parameters or None)
        return self.cursor.fetchall()

    def same(self, what, found, wanted):
        """Compares two multisets and names the first differences."""
        found, wanted = collections.Counter(iter(found)), collections.Counter(iter(wanted))
        missing, extra = wanted - found, found - wanted
        if missing:
            self.faults.append(f"{what}: {sum(missing.values())} missing, as {list(missing)[:3]}")
        if extra:
            self.faults.append(f"{what}: {sum(extra.values())} too many, as {list(extra)[:3]}")

    def input(self):
        """The file itself has every offset once, or this judgement is worth nothing."""
        for partition, offsets in self.expected.offsets.items():
            if sorted(offsets) != list(range(len(offsets))):
                self.faults.append(f"produced file: partition {partition} has gaps or doubles")

    def ledger(self):
        found = self.rows("SELECT source, event_id FROM ingest.ledger JOIN ingest.event_source USING (source_id)")
        self.same("ledger", found, self.expected.events)

    def visits(self):
        found = self.rows("""SELECT source, event_id, facility_id, period_start::text, period_end::text, visitors, scope
                FROM kepu.fact_visit JOIN ingest.ledger USING (event_key) JOIN ingest.event_source USING (source_id)""")
        names = ("facility_id", "period_start", "period_end", "visitors", "scope")
        self.same("visits", found, [(*key, *(event["data"][name] for name in names))
                                    for key, event in self.expected.of_type(VISIT).items()])
        count = self.rows("SELECT count(*) FROM kepu.fact_visit")[0][0]
        self.same("visits that the ledger knows", [len(found)], [count])

    def texts(self):
        found = self.rows("""SELECT source, event_id, lang, body
                FROM kepu.event_text JOIN ingest.ledger USING (event_key) JOIN ingest.event_source USING (source_id)
                WHERE field = 'audience_label'""")
        self.same("texts", found, [(*key, language, text) for key, event in self.expected.of_type(VISIT).items()
                                   for language, text in event["data"].get("audience_label", {}).items()])

    def states(self):
        winners = self.expected.winners()
        found = self.rows("""SELECT facility_id, revision, region_code, event_id FROM kepu.facility
                WHERE NOT is_placeholder""")
        self.same("facilities", found, [(facility, event["data"]["revision"], event["data"]["region"], event["id"])
                                        for facility, event in winners.items()])
        self.same("names of facilities", self.rows("SELECT facility_id, lang, name FROM kepu.facility_name"),
                  [(facility, language, name) for facility, event in winners.items()
                   for language, name in event["data"]["name"].items()])
        self.same("languages of facilities", self.rows("SELECT facility_id, lang FROM kepu.facility_language"),
                  [(facility, language) for facility, event in winners.items()
                   for language in event["data"].get("languages", [])])

    def revisions(self):
        """Of every state that was told, those that lost included."""
        found = self.rows("""SELECT source, event_id, entity_id, revision FROM kepu.state_revision
                JOIN ingest.ledger USING (event_key) JOIN ingest.event_source USING (source_id)""")
        self.same("revisions", found, [(*key, event["data"]["facility_id"], event["data"]["revision"])
                                       for key, event in self.expected.of_type(FACILITY).items()])

    def placeholders(self):
        mentioned = {event["data"]["facility_id"] for event in self.expected.events.values()}
        found = self.rows("SELECT facility_id FROM kepu.facility WHERE is_placeholder")
        self.same("facilities never described", found,
                  [(facility,) for facility in mentioned - self.expected.winners().keys()])

    def dead_letters(self):
        found = self.rows("""SELECT partition, kafka_offset, payload, reason FROM ingest.dead_letter
                WHERE topic = %s""", self.topic)
        self.same("dead letters", [(partition, offset, bytes(payload), reason)
                                   for partition, offset, payload, reason in found],
                  [(*where, *what) for where, what in self.expected.bad.items()])

    def offsets(self):
        found = self.rows("SELECT partition, next_offset FROM ingest.kafka_offset WHERE topic = %s", self.topic)
        self.same("offsets", found, self.expected.ends().items())

    def tally(self):
        found = self.rows("""SELECT sum(accepted)::bigint, sum(duplicate)::bigint, sum(rejected)::bigint
                FROM ingest.tally WHERE topic = %s""", self.topic)
        self.same("tally (accepted, duplicate, rejected)", found,
                  [(len(self.expected.events), self.expected.again, len(self.expected.bad))])

    def all(self):
        for check in (self.input, self.ledger, self.visits, self.texts, self.states, self.revisions,
                      self.placeholders, self.dead_letters, self.offsets, self.tally):
            check()
        return self.faults


def main(produced, conninfo, topic):
    expected = Expected(produced)
    with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
        faults = Judgement(cursor, expected, topic).all()
    for fault in faults:
        print(fault)
    print(f"{len(expected.events)} events, {expected.again} sent again, {len(expected.bad)} bad, "
          f"{len(expected.offsets)} partitions: {'WRONG' if faults else 'right'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
