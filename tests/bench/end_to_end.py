# SPDX-License-Identifier: Apache-2.0
"""End to end at saturation: how fast a topic that was filled beforehand becomes committed rows, beside the limit."""
import random
import re
import time

import limit
import workload
from harness.kepud import Kepud
from harness.wait import wait_for
from stand import BYTES, Topic, cpu_of, peak_rss, say, server_pids

DONE = "SELECT coalesce(sum(next_offset), 0)::bigint FROM ingest.kafka_offset WHERE topic = %s"
OWNERS = "SELECT count(DISTINCT owner) FROM ingest.kafka_offset WHERE topic = %s"


def sections_of(options):
    """What the daemon is told beside its defaults."""
    sections = {"log_level": "info", "now": None, "postgres": {"connections": options.connections}}
    if options.batch:
        sections["batch"] = {"events": options.batch}
    if options.quick:
        sections["maintenance"] = {"interval": 0}
    if options.memory:
        sections["kafka"] = {"memory_bytes": options.memory}
    return sections


def make_topic(stand, options, name, seed=None, events=None, partitions=None, broker=None):
    """Full of a workload; what is not said is as in the options."""
    events, seed = events or options.events, options.seed if seed is None else seed
    say(f"filling a topic with {events} events ({name}), seed {seed}")
    return Topic(broker or stand.broker, workload.messages(name, events, seed), partitions or options.partitions)


def make_large_topic(stand, options, count, partitions):
    say(f"filling a topic with {count} messages of 256 KiB")
    messages = workload.large(random.Random(options.seed))
    return Topic(stand.broker, (next(messages) for _ in range(count)), partitions, compression_type="zstd",
                 message_max_bytes=1_000_000)


def wait_joined(daemons, database, topic):
    """All have partitions; what was done by then."""
    for daemon in daemons:
        daemon.wait_log("reading ", 60)
    if len(daemons) == 1:
        return 0
    wait_for(lambda: database.value(OWNERS, topic.name) == len(daemons), "every process has partitions", 120, 0.02)
    return database.value(DONE, topic.name)


def run_daemons(stand, folder, database, topic, sections, processes=1, size=BYTES):
    """What it took from the first read (of several processes: since all have partitions) to the last commit."""
    daemons = [Kepud(folder, database, stand.broker, [topic.name], group=f"bench-{topic.name}", name=f"kepud{number}",
                     **sections) for number in range(processes)]
    database.rows("CHECKPOINT")
    before, disk = cpu_of(server_pids(stand.postgres.folder)), database.value(size)
    wal = database.value("SELECT pg_current_wal_lsn()")

    def watch():
        for daemon in daemons:
            daemon.must_run()

    try:
        began = time.monotonic()
        for daemon in daemons:
            daemon.start()
        done = wait_joined(daemons, database, topic)
        started = time.monotonic()
        wait_for(lambda: database.value(DONE, topic.name) == topic.events, "the end", 3600, 0.02, watch)
        ended = time.monotonic()
        if done > topic.events / 2:
            say("too few events: most were written before all processes had joined; joining counts, too")
            done, started = 0, began
        pids = [daemon.pid for daemon in daemons]
        found = {"seconds": ended - started, "events": topic.events - done, "daemon_cpu": cpu_of(pids),
                 "server_cpu": cpu_of(server_pids(stand.postgres.folder)) - before,
                 "rss": max(map(peak_rss, pids)),
                 "wal": int(database.value("SELECT pg_current_wal_lsn() - %s::pg_lsn", wal))}
        batches = sum(len(re.findall("batch written", daemon.log())) for daemon in daemons)
        for daemon in daemons:
            daemon.stop()
    finally:
        for daemon in daemons:
            daemon.kill()
    return found | {"disk": database.value(size) - disk, "batch": max(1, topic.events // max(1, batches))}


def figures_of(found, topic):
    """Of one run; names as they are printed."""
    events = topic.events
    return {"end_to_end_events_per_s": found["events"] / found["seconds"],
            "daemon_cpu_us_per_event": found["daemon_cpu"] * 1e6 / events,
            "postgres_cpu_us_per_event": found["server_cpu"] * 1e6 / events, "peak_rss_mib": found["rss"],
            "wal_bytes_per_event": found["wal"] / events, "disk_bytes_per_event": found["disk"] / events,
            "events_per_batch": found["batch"]}


def beside(figures, name, ratio, seconds, events):
    """Adds a limit, in events a second, and the ratio to it."""
    figures[name] = events / seconds
    figures[ratio] = figures["end_to_end_events_per_s"] / figures[name]


def limits(stand, folder, database, topic, figures, streams):
    """Both pairs of tables, with one stream and with the best of several."""
    rows, reference = folder / "own", folder / "reference"
    for path in (rows, reference):
        path.mkdir()
        path.chmod(0o777)
    own = limit.Rows(database, rows, topic.count["new"], figures["events_per_batch"]).save(stand.seeds.counts)
    pair = limit.Rows(database, reference, topic.count["new"], figures["events_per_batch"]).save_reference()
    for copy, saved, prefix in ((limit.copy_own, own, ""), (limit.copy_reference, pair, "reference_")):
        seconds = {count: copy(stand, saved, count) for count in streams}
        ratio = f"ratio_{prefix}".rstrip("_")
        beside(figures, f"{prefix or 'raw_'}copy_events_per_s", ratio, seconds[streams[0]], topic.events)
        if len(streams) > 1:
            best = min(seconds, key=seconds.get)
            beside(figures, f"best_{prefix or 'raw_'}copy_events_per_s", f"{ratio}_best", seconds[best], topic.events)
            figures[f"best_{prefix}streams"] = best


def one_run(stand, topic, options, streams=(1,), processes=1, cores=None, **changes):
    """The daemon and the limit, one after the other, each beginning with empty tables and a CHECKPOINT."""
    sections = sections_of(options)
    for name, value in changes.items():
        sections[name] = {**sections.get(name, {}), **value}
    with stand.folder() as folder, stand.fresh() as database, stand.pinned(cores):
        found = run_daemons(stand, folder, database, topic, sections, processes)
        topic.check(database)
        stand.check(database)
        figures = figures_of(found, topic)
        limits(stand, folder, database, topic, figures, streams)
    return figures


def told(number, figures):
    say(f"run {number}:", ", ".join(f"{name} {value:.2f}" for name, value in figures.items()))
    return figures


def runs_of(stand, topic, options, **how):
    return [told(number, one_run(stand, topic, options, **how)) for number in range(options.runs)]


def conditions(options, **more):
    """Under which figures were measured."""
    return {"events": options.events, "partitions": options.partitions, "connections": options.connections,
            "seed": options.seed, **more}


def end_to_end(stand, options, notebook):
    for name in options.workloads:
        topic = make_topic(stand, options, name)
        notebook.add("end", name, runs_of(stand, topic, options), stand.settings, **conditions(options))


def the_limit(stand, options, notebook):
    topic = make_topic(stand, options, "visits")
    runs = runs_of(stand, topic, options, streams=tuple(options.counts))
    notebook.add("limit", "visits", runs, stand.settings, **conditions(options, streams=options.counts))
