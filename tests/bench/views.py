#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the dashboards answer over many facts while more come in at half the speed that the daemon can do.

Made-up events of 5,000 facilities, 60 months and 3,000 regions in 31 provinces go through the real broker and daemon;
one fact in a hundred is told twice, one in two hundred is corrected. Then the topic is fed at half the speed just
measured, the daemon refreshes as it always does, and each query of the shipped dashboards, and each view as a whole,
is asked five times (EXPLAIN (ANALYZE, BUFFERS)); the median counts. Prints a table."""
import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
os.environ.setdefault("KEPUD", str(PROJECT / "build" / "release" / "kepud"))
sys.path.insert(0, str(PROJECT / "tests" / "integration"))
sys.path.insert(0, str(PROJECT / "tests" / "bench"))
from confluent_kafka import Producer  # noqa: E402
from stand import migrate, say  # noqa: E402
from harness.broker import Broker  # noqa: E402
from harness.kepud import Kepud  # noqa: E402
from harness.postgres import Postgres  # noqa: E402
from harness.wait import wait_for  # noqa: E402
from many import Many  # noqa: E402
from polled import polled  # noqa: E402

LIMIT_MS = 1000


class Feed:
    """Sends events, at full speed or at so many a second."""

    def __init__(self, broker, topic):
        self.topic = topic
        self.sent = 0
        self.producer = Producer({"bootstrap.servers": broker.bootstrap, "compression.type": "lz4", "linger.ms": 50,
                                  "batch.num.messages": 10000, "queue.buffering.max.messages": 200000})

    def send(self, key, value):
        while True:
            try:
                self.producer.produce(self.topic, value, key=key)
                break
            except BufferError:
                self.producer.poll(0.1)
        self.sent += 1
        if self.sent % 5000 == 0:
            self.producer.poll(0)

    def flush(self):
        left = self.producer.flush(300)
        assert left == 0, f"{left} messages not delivered"

    def stream(self, events, per_second, stop):
        started, first = time.monotonic(), self.sent
        for key, value in events:
            if stop.is_set():
                break
            self.send(key, value)
            ahead = (self.sent - first) / per_second - (time.monotonic() - started)
            if ahead > 0.05:
                stop.wait(ahead)
        self.flush()


def ask(database, sql):
    """Milliseconds and blocks of one question."""
    plan = database.value(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) {sql}")[0]
    blocks = plan["Plan"].get("Shared Hit Blocks", 0) + plan["Plan"].get("Shared Read Blocks", 0)
    return plan["Execution Time"] + plan["Planning Time"], blocks, plan["Plan"]["Actual Rows"]


WAITING = """SELECT coalesce(extract(epoch FROM now() - min(l.received_at)), 0)::float8
        FROM ingest.ledger l, mart.progress p
        WHERE l.xact >= txid_snapshot_xmin(p.seen) AND NOT txid_visible_in_snapshot(l.xact, p.seen)"""


def measure(database, queries, times):
    """A row for each query, and how long the oldest event that no refresh had seen yet had been waiting, at worst."""
    rows, waited = [], 0
    for name, sql, is_polled in queries:
        asked = [ask(database, sql) for _ in range(times)]
        rows.append((name, statistics.median(one[0] for one in asked), max(one[0] for one in asked),
                     asked[-1][1], asked[-1][2], is_polled))
        waited = max(waited, database.value(WAITING))
        say(f"{rows[-1][1]:10.1f} ms  {name}; the oldest event waits {waited:.0f} s")
    return rows, waited


def timed(database, sql):
    started = time.monotonic()
    database.rows(sql)
    return time.monotonic() - started


def run(options, root):
    postgres = Postgres(root / "postgres", *options.setting).start()
    broker = Broker(root / "kafka").start()
    stop, feeder = threading.Event(), None
    try:
        database = postgres.create("views")
        migrate(root, database)
        topic = broker.create_topic("views", partitions=4)
        feed = Feed(broker, topic)
        many = Many(random.Random(options.seed), options.facts)
        say(f"sending {options.facts} facts, seed {options.seed}")
        for key, value in many.all():
            feed.send(key, value)
        feed.flush()
        daemon = Kepud(root / "k", database, broker, [topic], group="views", now=None, log_level="info",
                       maintenance={"interval": 0})
        started = time.monotonic()
        daemon.start()
        wait_for(lambda: database.value("SELECT coalesce(sum(next_offset), 0) FROM ingest.kafka_offset") == feed.sent,
                 "everything stored", 3600, watch=daemon.must_run)
        speed = feed.sent / (time.monotonic() - started)
        daemon.stop()
        refused = database.rows("SELECT reason, pointer, detail, count(*) FROM ingest.dead_letter GROUP BY 1, 2, 3")
        assert not refused, refused
        database.rows("VACUUM (ANALYZE)")
        result = {"events": feed.sent, "events_per_s": round(speed),
                  "first_refresh_s": round(timed(database, "SELECT dashboard.refresh()"), 1)}
        database.rows("VACUUM (ANALYZE)")
        result["idle_refresh_s"] = round(timed(database, "SELECT dashboard.refresh()"), 2)
        daemon = Kepud(root / "k", database, broker, [topic], group="views", now=None, log_level="info",
                       maintenance={"interval": 30})
        daemon.start()
        feeder = threading.Thread(target=feed.stream, args=(many.more_visits(), speed / 2, stop))
        feeder.start()
        first = database.value("SELECT sum(next_offset) FROM ingest.kafka_offset")
        wait_for(lambda: database.value("SELECT sum(next_offset) FROM ingest.kafka_offset") > first, "more events", 120)
        began, at = time.monotonic(), database.value("SELECT sum(next_offset) FROM ingest.kafka_offset")
        asked = [query for query in polled() if query[2] or not options.polled]
        rows, waited = measure(database, asked, options.times)
        result["events_per_s_meanwhile"] = round(float(
            database.value("SELECT sum(next_offset) FROM ingest.kafka_offset") - at) / (time.monotonic() - began))
        result["waited_s"] = round(waited)
        stop.set()
        feeder.join()
        ended = time.monotonic()
        wait_for(lambda: not database.value(WAITING), "the refresh has caught up", 3600, interval=1,
                 watch=daemon.must_run)
        result["caught_up_s"] = round(time.monotonic() - ended)
        daemon.stop()
        result["database_bytes"] = database.value("SELECT pg_database_size(current_database())")
    finally:
        stop.set()
        if feeder:
            feeder.join()
        if options.keep:
            say(f"kept: {postgres.conninfo_of('views')}")
        broker.stop()
        if not options.keep:
            postgres.stop("immediate")
    return result, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=10_000_000, help="facts (%(default)s)")
    parser.add_argument("--times", type=int, default=5, help="how often each is asked (%(default)s)")
    parser.add_argument("--polled", action="store_true", help="only what the dashboards poll, no views as a whole")
    parser.add_argument("--seed", type=int, default=1, help="of the made-up events (%(default)s)")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="of PostgreSQL")
    parser.add_argument("--keep", action="store_true", help="leave PostgreSQL running, to look")
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="kepud-views-", dir="/var/tmp"))
    root.chmod(0o755)
    try:
        result, rows = run(options, root)
    finally:
        if not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    slow = [name for name, median, _, _, _, is_polled in rows if is_polled and median > LIMIT_MS]
    if options.json:
        print(json.dumps(result | {"queries": [dict(zip(("name", "median_ms", "worst_ms", "blocks", "rows", "polled"),
                                                        row)) for row in rows]}))
    else:
        print("\n".join(f"{name:26} {value}" for name, value in result.items()))
        print(f"\n{'median ms':>10} {'worst':>10} {'blocks':>9} {'rows':>9}  query (* polled)")
        for name, median, worst, blocks, count, is_polled in sorted(rows, key=lambda row: -row[1]):
            print(f"{median:10.1f} {worst:10.1f} {blocks:9} {count:9}  {'*' if is_polled else ' '} {name}")
    if slow:
        say("slower than", LIMIT_MS, "ms:", ", ".join(slow))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
