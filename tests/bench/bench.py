#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast events become committed rows, as ratios to raw COPY of the very same rows, in one run on one machine.

Without a part: visits, end to end. A topic filled beforehand on a real Apache Kafka broker; the daemon writes it into a
fresh database; the rows that it wrote are saved as binary files, in pieces of the daemon's batch size; psql copies them
into fresh tables of the same kind, one stream, a transaction a piece, and into the pair of tables of reference.sql.
CHECKPOINT before each side. Durable: stock settings of PostgreSQL but those printed, on a disk; else it is refused.
Figures are medians of the runs. docs/performance.md says what each part is."""
import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import durable
import end_to_end
import figures
import growth
import kcat
import latency
import memory
import scale
import stages
import start
import workload
from stand import PROJECT, Stand, root_folder

# name: (what runs, whether it needs servers)
PARTS = {
    "end": (end_to_end.end_to_end, True),
    "limit": (end_to_end.the_limit, True),
    "latency": (latency.latency, True),
    "growth": (growth.growth, True),
    "memory": (memory.memory, True),
    "start": (start.start, True),
    "scale": (scale.scale, True),
    "kcat": (kcat.kcat, True),
    "stages": (stages.stages, False),
}


def numbers(text):
    return [int(one.replace("_", "")) for one in text.split(",")]


def names(text):
    chosen = text.split(",")
    if wrong := set(chosen) - set(workload.WORKLOADS):
        raise argparse.ArgumentTypeError(f"no such workload: {', '.join(sorted(wrong))}")
    return chosen


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)}")
    parser.add_argument("--all", action="store_true", help="all parts, as one table in Markdown")
    parser.add_argument("--events", type=int, default=1_000_000, help="events in the topic (%(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs; figures are medians (%(default)s)")
    parser.add_argument("--partitions", type=int, default=4, help="of the topic (%(default)s)")
    parser.add_argument("--connections", type=int, default=2, help="postgres.connections (%(default)s)")
    parser.add_argument("--batch", type=int, default=0, help="batch.events (the daemon's default)")
    parser.add_argument("--memory", type=int, default=0, help="kafka.memory_bytes (the daemon's default)")
    parser.add_argument("--seed", type=int, default=1, help="of the generated events (%(default)s)")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE",
                        help="of PostgreSQL; printed with the result")
    parser.add_argument("--folder", type=Path, help="where data lies; has to be on a disk (/var/tmp)")
    parser.add_argument("--history", type=Path, default=PROJECT / "build" / "bench" / "history.jsonl",
                        help="every figure is appended to it, a line each (build/bench/history.jsonl)")
    parser.add_argument("--quick", action="store_true",
                        help="one database for all runs, emptied in between, no maintenance: to try the benchmarks")
    parser.add_argument("--json", action="store_true", help="one object on standard output; with parts, one a line")
    parser.add_argument("--workloads", type=names, default=list(workload.WORKLOADS),
                        help="end: which (%s)" % ",".join(workload.WORKLOADS))
    parser.add_argument("--counts", type=numbers, default=[1, 2, 4],
                        help="limit, scale: streams, connections, processes (1,2,4)")
    parser.add_argument("--rates", type=numbers, default=[100, 1000, 10000], help="latency: events/s (100,1000,10000)")
    parser.add_argument("--seconds", type=float, default=20, help="latency: of each run (%(default)s)")
    parser.add_argument("--rows", type=numbers, default=[0, 1_000_000, 10_000_000, 50_000_000],
                        help="growth: rows in the ledger (0,1000000,10000000,50000000)")
    parser.add_argument("--keys", choices=list(growth.KEYS), default="time", help="growth: of these rows (%(default)s)")
    parser.add_argument("--backlog", type=int, default=5_000_000, help="memory: events (%(default)s)")
    parser.add_argument("--large", type=int, default=4000, help="memory: messages of 256 KiB (%(default)s)")
    parser.add_argument("--delays", type=numbers, default=[0, 3000],
                        help="start: group.initial.rebalance.delay.ms of the broker (0,3000)")
    options = parser.parse_args()
    if wrong := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(wrong))}")
    if options.runs < 1 or options.events < 1:
        parser.error("at least one run of one event")
    return options


def plain(options, root, notebook):
    """What `scripts/bench` prints without parts."""
    with Stand(root, options.setting, options.quick) as stand:
        topic = end_to_end.make_topic(stand, options, "visits")
        runs = end_to_end.runs_of(stand, topic, options)
        notebook.add("end", "visits", runs, stand.settings, **end_to_end.conditions(options))
    result = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    result |= {"events": options.events, "runs": options.runs, "partitions": options.partitions,
               "connections": options.connections, "postgres": stand.settings,
               "ratio_least": round(min(run["ratio"] for run in runs), 3),
               "ratio_greatest": round(max(run["ratio"] for run in runs), 3),
               "machine": figures.machine(), "date": time.strftime("%Y-%m-%d"),
               "kepud": figures.kepud_version()[0]}
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:28} {value}")


def chosen_parts(options, root, notebook):
    chosen = list(PARTS) if options.all else options.parts
    with_servers = [name for name in chosen if PARTS[name][1]]
    for name in chosen:
        if name not in with_servers:
            PARTS[name][0](root, options, notebook)
    if with_servers:
        with Stand(root, options.setting, options.quick) as stand:
            for name in with_servers:
                PARTS[name][0](stand, options, notebook)
    if options.json:
        print("\n".join(json.dumps(entry, ensure_ascii=False) for entry in notebook.entries))
    else:
        print(notebook.table())


def main():
    options = arguments()
    notebook = figures.Notebook(options.history)
    try:
        with root_folder(options.folder) as root:
            (chosen_parts if options.all or options.parts else plain)(options, root, notebook)
    except durable.NotDurable as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
