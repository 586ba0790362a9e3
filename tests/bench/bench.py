#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast events become committed rows, as a ratio to raw COPY of the very same rows, in one run on one machine.

One run: a topic filled beforehand on a real Apache Kafka broker; the daemon writes it into a fresh database; the rows
that it wrote are saved as binary files, in pieces of the daemon's batch size; the tables are emptied; psql copies the
files back, one stream, a transaction a piece. CHECKPOINT before each side. Durable: stock settings of PostgreSQL but
those printed, on a disk. Figures are medians of the runs."""
import argparse
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
os.environ.setdefault("KEPUD", str(PROJECT / "build" / "release" / "kepud"))
sys.path.insert(0, str(PROJECT / "tests" / "integration"))
from confluent_kafka import Producer  # noqa: E402
from harness.broker import Broker  # noqa: E402
from harness.kepud import Kepud  # noqa: E402
from harness.paths import KEPUD, MIGRATIONS  # noqa: E402
from harness.postgres import Postgres  # noqa: E402
from harness.wait import wait_for  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
TABLES = ("ingest.ledger", "kepu.fact_visit", "kepu.event_text")


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def uuid7(millisecond, source):
    bits = source.getrandbits(74)
    return str(uuid.UUID(int=millisecond << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1))


def visit(number, source):
    """About 500 bytes: what a gate counter sends; ids are UUIDv7, in the order of time but for 5 % that come late."""
    late = source.randrange(3_600_000) if source.random() < 0.05 else 0
    day = f"202{number // 3 % 6}-{number % 12 + 1:02}-{number % 28 + 1:02}"
    return json.dumps({
        "specversion": "1.0", "id": uuid7(1_700_000_000_000 + number // 4 - late, source),
        "source": f"https://museum-{number % 20}.example/gate", "type": "cn.kepu.visit.counted",
        "time": f"{day}T18:00:00+08:00", "datacontenttype": "application/json",
        "dataschema": "https://kepu.example/schemas/visit.counted/v1", "subject": f"hall-{number % 2000}",
        "partitionkey": f"hall-{number % 2000}",
        "data": {"facility_id": f"hall-{number % 2000}", "period_start": day, "period_end": day,
                 "visitors": source.randrange(5000), "visitors_qualifier": "exact", "scope": "total",
                 "counter_id": f"gate-{number % 7}", "method": "gate", "free_admission": True}},
        ensure_ascii=False, separators=(",", ":")).encode()


def fill(broker, topic, events, seed):
    source = random.Random(seed)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "compression.type": "lz4", "linger.ms": 50,
                         "batch.num.messages": 10000, "queue.buffering.max.messages": 200000})
    for number in range(events):
        while True:
            try:
                producer.produce(topic, visit(number, source), key=f"hall-{number % 2000}".encode())
                break
            except BufferError:
                producer.poll(0.1)
        if number % 10000 == 0:
            producer.poll(0)
    left = producer.flush(120)
    assert left == 0, f"{left} messages not delivered"


def cpu_of(pids):
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return total / TICKS


def server_pids(folder):
    master = int((folder / "data" / "postmaster.pid").read_text().split()[0]
                 if (folder / "data").is_dir() else (folder / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [master, *map(int, children)]


def peak_rss(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def migrate(folder, conninfo):
    config = folder / "migrate.conf"
    config.write_text(f'kafka: {{ brokers = "127.0.0.1:1"; topics = [ "x" ]; }};\n'
                      f'postgres: {{ conninfo = "{conninfo}"; }};\n'
                      f'catalogue = "{PROJECT}/schema/catalogue";\nmigrations = "{MIGRATIONS}";\n')
    subprocess.run([KEPUD, "migrate", "-c", config], check=True, stdout=subprocess.DEVNULL)


def run_daemon(folder, postgres, database, broker, topic, events, options):
    """Seconds from the first read to the last commit, daemon CPU, server CPU, peak RSS, WAL bytes."""
    sections = {"log_level": "info"}
    if options.batch:
        sections["batch"] = {"events": options.batch}
    if options.memory:
        sections["kafka"] = {"memory_bytes": options.memory}
    daemon = Kepud(folder, database, broker, [topic], group="bench", now=None,
                   postgres={"connections": options.connections}, **sections)
    database.rows("CHECKPOINT")
    before = cpu_of(server_pids(postgres.folder))
    wal = database.value("SELECT pg_current_wal_lsn()")
    daemon.start()
    daemon.wait_log("reading ", 60)
    started = time.monotonic()
    wait_for(lambda: database.value("SELECT sum(next_offset) FROM ingest.kafka_offset") == events, "the end", 900,
             watch=daemon.must_run)
    seconds = time.monotonic() - started
    cpu = cpu_of([daemon.pid])
    rss = peak_rss(daemon.pid)
    server = cpu_of(server_pids(postgres.folder)) - before
    wal = database.value(f"SELECT pg_current_wal_lsn() - '{wal}'::pg_lsn")
    batches = len(re.findall("batch written", daemon.log()))
    daemon.stop()
    return {"seconds": seconds, "daemon_cpu": cpu, "server_cpu": server, "rss": rss, "wal": int(wal),
            "batch": events // max(1, batches)}


def save_rows(database, folder, piece):
    """The rows of each table in pieces, in the order of the transactions that wrote them."""
    files = []
    for table in TABLES:
        count = database.value(f"SELECT count(*) FROM {table}")
        if not count:
            continue
        database.rows("DROP TABLE IF EXISTS ordered")
        database.rows(f"CREATE UNLOGGED TABLE ordered AS SELECT t.* FROM {table} t"
                      + (" ORDER BY t.xact" if table == "ingest.ledger" else
                         " JOIN ingest.ledger l USING (event_key) ORDER BY l.xact"))
        pages = database.value("SELECT pg_relation_size('ordered') / 8192")
        step = max(1, int(pages * piece / count))
        for number, first in enumerate(range(0, pages, step)):
            path = folder / f"{number:05}-{table}.copy"
            database.rows(f"COPY (SELECT * FROM ordered WHERE ctid >= '({first},0)' AND ctid < '({first + step},0)') "
                          f"TO '{path}' (FORMAT binary)")
            files.append((number, table, path))
    database.rows("DROP TABLE IF EXISTS ordered")
    return sorted(files, key=lambda entry: (entry[0], TABLES.index(entry[1])))


def run_raw(database, folder, files):
    for table in TABLES:
        database.rows(f"TRUNCATE {table} CASCADE")
    script = ["SET session_replication_role = replica;"]
    number = None
    for piece, table, path in files:
        if piece != number:
            script += (["COMMIT;"] if number is not None else []) + ["BEGIN;"]
            number = piece
        script.append(f"COPY {table} FROM '{path}' (FORMAT binary);")
    script.append("COMMIT;")
    (folder / "raw.sql").write_text("\n".join(script))
    database.rows("CHECKPOINT")
    started = time.monotonic()
    subprocess.run(["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", database.conninfo, "-f", folder / "raw.sql"],
                   check=True)
    return time.monotonic() - started


def one_run(number, root, postgres, broker, topic, options):
    folder = root / f"run-{number}"
    folder.mkdir()
    folder.chmod(0o777)
    database = postgres.create(f"bench{number}", template="bench")
    daemon = run_daemon(folder, postgres, database, broker, topic, options.events, options)
    accepted = database.value("SELECT count(*) FROM ingest.ledger")
    assert accepted == options.events, f"{accepted} of {options.events} events in the ledger"
    files = save_rows(database, folder, daemon["batch"])
    raw = run_raw(database, folder, files)
    again = database.value("SELECT count(*) FROM kepu.fact_visit")
    assert again == options.events, f"raw COPY wrote {again} rows"
    database.close()
    with postgres.connect().cursor() as cursor:
        cursor.execute(f"DROP DATABASE bench{number}")
    shutil.rmtree(folder)
    events = options.events
    result = {"end_to_end_events_per_s": events / daemon["seconds"], "raw_copy_events_per_s": events / raw,
              "ratio": raw / daemon["seconds"], "daemon_cpu_us_per_event": daemon["daemon_cpu"] * 1e6 / events,
              "postgres_cpu_us_per_event": daemon["server_cpu"] * 1e6 / events, "peak_rss_mib": daemon["rss"],
              "wal_bytes_per_event": daemon["wal"] / events, "events_per_batch": daemon["batch"]}
    say(f"run {number}:", ", ".join(f"{name} {value:.2f}" for name, value in result.items()))
    return result


def durable_settings(database):
    names = ("server_version", "fsync", "full_page_writes", "synchronous_commit", "wal_level", "shared_buffers",
             "max_wal_size", "checkpoint_timeout", "wal_compression")
    return {name: database.value("SELECT current_setting(%s)", name) for name in names}


def bench(options, root):
    postgres = Postgres(root / "postgres", *options.setting).start()
    broker = Broker(root / "kafka").start()
    try:
        template = postgres.create("bench")
        migrate(root, template.conninfo)
        settings = durable_settings(template)
        template.close()
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            assert settings[name] == "on", f"{name} is {settings[name]}: no durable figure"
        say("PostgreSQL:", ", ".join(f"{name}={value}" for name, value in settings.items()))
        topic = broker.create_topic("bench", partitions=options.partitions)
        say(f"filling a topic with {options.events} events, seed {options.seed}")
        fill(broker, topic, options.events, options.seed)
        runs = [one_run(number, root, postgres, broker, topic, options) for number in range(options.runs)]
    finally:
        broker.stop()
        postgres.stop("immediate")
    return settings, runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="events in the topic (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs; figures are medians (%(default)s)")
    parser.add_argument("--partitions", type=int, default=4, help="of the topic (%(default)s)")
    parser.add_argument("--connections", type=int, default=2, help="postgres.connections (%(default)s)")
    parser.add_argument("--batch", type=int, default=0, help="batch.events (the daemon's default)")
    parser.add_argument("--memory", type=int, default=0, help="kafka.memory_bytes (the daemon's default)")
    parser.add_argument("--seed", type=int, default=1, help="of the generated events (%(default)s)")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE",
                        help="of PostgreSQL; printed with the result")
    parser.add_argument("--folder", type=Path, help="where data lies; has to be on a disk (build/bench)")
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    options = parser.parse_args()
    base = options.folder or PROJECT / "build" / "bench"
    base.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="run-", dir="/var/tmp" if not options.folder else base))
    root.chmod(0o755)
    try:
        settings, runs = bench(options, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    result = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    result |= {"events": options.events, "runs": options.runs, "partitions": options.partitions,
               "connections": options.connections, "postgres": settings,
               "ratio_least": round(min(run["ratio"] for run in runs), 3),
               "ratio_greatest": round(max(run["ratio"] for run in runs), 3),
               "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
               "date": time.strftime("%Y-%m-%d"),
               "kepud": subprocess.run([KEPUD, "--version"], capture_output=True, text=True,
                                       check=True).stdout.splitlines()[0]}
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
