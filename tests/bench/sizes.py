#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an event costs in bytes: tables, indexes and WAL, by type. docs/scaling.md has the result.

For each type a fresh database with stock settings, a topic on a real Apache Kafka broker, and the daemon; measured
is how much ledger, facts and the rest have grown when everything is committed, and what the dashboards keep beside it.
Ids are UUIDv7 in order of time but for 5 % that come late; business dates of six years."""
import argparse
import datetime
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

from stand import migrate
from workload import uuid7, visit
from confluent_kafka import Producer
from harness.broker import Broker
from harness.kepud import Kepud
from harness.postgres import Postgres
from harness.wait import wait_for

GROUPS = ("elderly", "official", "farmer", "industrial_worker", "minor")


def envelope(number, source, kind, day, data):
    late = source.randrange(3_600_000) if source.random() < 0.05 else 0
    return {"specversion": "1.0", "id": uuid7(1_700_000_000_000 + number // 4 - late, source),
            "source": f"https://office-{number % 20}.example/stat", "type": f"cn.kepu.{kind}",
            "time": f"{day}T18:00:00+08:00", "datacontenttype": "application/json",
            "data": {**data, "document": {"document_id": f"release-{number // 200}", "language": "zh-Hans"}}}


def day_of(number):
    return f"202{number // 3 % 6}-{number % 12 + 1:02}-{number % 28 + 1:02}"


def activity(number, source):
    day = day_of(number)
    return envelope(number, source, "activity.reported", day, {
        "aggregation": "single", "activity_id": f"lecture-{number}", "kind": "lecture",
        "region": source.choice(("150000", "650400", "110000")), "organizer_org_id": f"office-{number % 500}",
        "period_start": day, "period_end": day, "sessions": 1 + number % 3, "participants": 20 + number % 700,
        "by_group": [{"group": group, "participants": 5} for group in source.sample(GROUPS, 3)],
        "languages": ["zh-Hans", "mn-Mong"][:1 + number % 2]})


def reach(number, source):
    day = day_of(number)
    metrics = [{"metric": metric, "value": source.randrange(100_000)} for metric in ("clicks", "forwards", "likes")]
    return envelope(number, source, "reach.measured", day, {
        "facility_id": f"account-{number % 20000}", "period_start": day, "period_end": day,
        "topic": "general", "metrics": metrics})


def indicator(number, source):
    day = day_of(number)
    return envelope(number, source, "indicator.reported", day, {
        "indicator": "venue.science_museum.count", "region": source.choice(("150000", "650400", "110000")),
        "org_id": f"office-{number % 5000}", "measure_kind": "actual", "period_end": day,
        "value": source.randrange(5000), "unit": "count"})


def visit(number, source):
    event = json.loads(visit(number, source))
    event["data"]["counter_id"] = f"gate-{number // 2000}"  # no figure is told twice
    return event


KINDS = {"visit.counted": visit, "activity.reported": activity, "reach.measured": reach,
         "indicator.reported": indicator}

# Heap (TOAST and maps with it) and indexes of what is there.
SIZES = """
SELECT CASE WHEN c.oid = 'ingest.ledger'::regclass THEN 'ledger'
            WHEN n.nspname = 'kepu' AND (c.relispartition OR c.relname LIKE 'fact%%') THEN 'facts'
            WHEN n.nspname IN ('kepu', 'ingest') THEN 'rest' ELSE 'dashboards' END AS part,
       sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname IN ('kepu', 'ingest', 'mart', 'dashboard')
GROUP BY 1
"""


def sizes(database):
    database.rows("CHECKPOINT")
    return {part: (heap, index) for part, heap, index in database.rows(SIZES)}


def fill(broker, topic, make, count):
    source = random.Random(1)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "compression.type": "lz4", "linger.ms": 50,
                         "queue.buffering.max.messages": 200000})
    payload = 0
    for number in range(count):
        event = json.dumps(make(number, source), ensure_ascii=False, separators=(",", ":")).encode()
        payload += len(event)
        while True:
            try:
                producer.produce(topic, event)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    assert producer.flush(120) == 0
    return payload / count


def measure(folder, postgres, broker, kind, count):
    database = postgres.create()
    migrate(folder, database)
    topic = broker.create_topic()
    payload = fill(broker, topic, KINDS[kind], count)
    before = sizes(database)
    start = database.value("SELECT pg_current_wal_lsn()")
    with Kepud(folder, database, broker, [topic], now=None, name=kind, maintenance={"interval": 0}) as daemon:
        wait_for(lambda: database.offsets(topic) == {0: count}, "all events", 900, watch=daemon.must_run)
    wal = int(database.value("SELECT pg_current_wal_lsn() - %s::pg_lsn", start))
    assert database.value("SELECT count(*) FROM ingest.ledger") == count, database.rows(
        "SELECT reason, pointer, count(*) FROM ingest.dead_letter GROUP BY 1, 2")
    after = sizes(database)
    start = database.value("SELECT pg_current_wal_lsn()")
    database.rows("SELECT dashboard.refresh()")
    kept = sizes(database)
    refresh = int(database.value("SELECT pg_current_wal_lsn() - %s::pg_lsn", start))
    database.close()

    def grown(part, now, then):
        return [(a - b) / count for a, b in zip(now.get(part, (0, 0)), then.get(part, (0, 0)))]

    cells = [*grown("ledger", after, before), *grown("facts", after, before), sum(grown("rest", after, before)),
             wal / count, sum(grown("dashboards", kept, before)), refresh / count]
    print(f"| {kind} | {payload:.0f} | " + " | ".join(f"{cell:.0f}" for cell in cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500_000, help="of each type")
    parser.add_argument("--types", default=",".join(KINDS))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kepud-sizes.", dir="/var/tmp"))
    folder.chmod(0o711)
    postgres = Postgres(folder / "pg", "fsync=on").start()
    broker = Broker(folder / "kafka").start()
    try:
        print(f"{datetime.date.today()}, {options.events} events of each type, bytes per event\n")
        print("| type | message | ledger | its index | facts | their indexes | dimensions, tally … | WAL "
              "| kept for dashboards | its WAL |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
        for kind in options.types.split(","):
            measure(folder, postgres, broker, kind, options.events)
    finally:
        broker.stop()
        postgres.stop("immediate")
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
