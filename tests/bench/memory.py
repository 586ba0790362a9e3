# SPDX-License-Identifier: Apache-2.0
"""Memory: the most that the daemon ever had in RAM while it worked off a backlog, beside what it has when idle."""
from end_to_end import conditions, figures_of, make_large_topic, make_topic, run_daemons, sections_of, told
from harness.kepud import Kepud
from stand import peak_rss

MANY = 64


def idle_rss(stand, folder, database, options, partitions):
    """MiB, with nothing to read."""
    topic = stand.broker.create_topic(partitions=partitions)
    with Kepud(folder, database, stand.broker, [topic], name="idle", **sections_of(options)) as daemon:
        daemon.wait_log("reading ", 60)
        return peak_rss(daemon.pid)


def one_run(stand, topic, options, partitions):
    with stand.folder() as folder, stand.fresh() as database:
        idle = idle_rss(stand, folder, database, options, partitions)
        found = run_daemons(stand, folder, database, topic, sections_of(options))
        topic.check(database)
        stand.check(database)
    all_figures = figures_of(found, topic)
    return {"peak_rss_mib": found["rss"], "idle_rss_mib": idle, "peak_to_idle": found["rss"] / idle,
            "end_to_end_events_per_s": all_figures["end_to_end_events_per_s"],
            "events_per_batch": all_figures["events_per_batch"]}


def memory(stand, options, notebook):
    for case, partitions, make in (
            (f"{options.backlog:,} visits, 1 partition", 1, None),
            (f"{options.backlog:,} visits, {MANY} partitions", MANY, None),
            (f"{options.large:,} messages of 256 KiB, {MANY} partitions, zstd", MANY, make_large_topic)):
        if make:
            topic = make(stand, options, options.large, partitions)
        else:
            topic = make_topic(stand, options, "visits", events=options.backlog, partitions=partitions)
        runs = [told(number, one_run(stand, topic, options, partitions)) for number in range(options.runs)]
        stand.broker.delete_topic(topic.name)
        notebook.add("memory", case, runs, stand.settings,
                     **conditions(options, partitions=partitions, events=topic.events))
