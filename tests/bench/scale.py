# SPDX-License-Identifier: Apache-2.0
"""What more connections, more processes and more cores give: visits end to end, each beside the limit of the same run.
Cores: daemon, PostgreSQL, broker and psql together on so many."""
import os

from end_to_end import conditions, make_topic, runs_of

CORES = (1, 2)


def cases(counts):
    for count in counts:
        yield f"connections={count}", {"postgres": {"connections": count}}
    for count in counts:
        yield f"processes={count}", {"processes": count}
    for count in CORES:
        if count <= len(os.sched_getaffinity(0)):
            yield f"cores={count}", {"cores": count}


def scale(stand, options, notebook):
    topic = make_topic(stand, options, "visits", partitions=max(options.partitions, *options.counts))
    first = {}
    for case, how in cases(options.counts):
        kind = case.split("=")[0]
        runs = runs_of(stand, topic, options, **how)
        first.setdefault(kind, runs)
        for run, one in zip(runs, first[kind]):
            run[f"to_fewest_{kind}"] = run["end_to_end_events_per_s"] / one["end_to_end_events_per_s"]
        connections = how.get("postgres", {}).get("connections", options.connections)
        notebook.add("scale", case, runs, stand.settings, **conditions(options, connections=connections))
