# SPDX-License-Identifier: Apache-2.0
"""From produce to visible: when a reader can see the row, seen by a reader that looks every millisecond.

A program of its own (paced.py) sends at a steady rate and writes down when each message was handed over and where it
went. The reader asks for ingest.kafka_offset, which moves in the transaction of the rows: what lies before next_offset
is visible. Both take the machine's monotonic clock. Beside it stands one commit of one row on the same server."""
import bisect
import subprocess
import sys
import time
from pathlib import Path

from end_to_end import sections_of, told
from harness.kepud import Kepud
from harness.wait import Late
from stand import say

PACED = Path(__file__).with_name("paced.py")
LOOK_S = 0.001
WARM_UP = 0.1  # of the time: not counted
BAD = 0.05  # of the messages, at BAD_RATE
BAD_RATE = 1000


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def commit_ms(database, times=50):
    """The median of one row in a transaction of its own."""
    database.rows("CREATE TABLE IF NOT EXISTS one_row (n integer)")
    took = []
    for number in range(times):
        started = time.monotonic()
        database.rows("INSERT INTO one_row VALUES (%s)", number)
        took.append(time.monotonic() - started)
    database.rows("DROP TABLE one_row")
    return sorted(took)[times // 2] * 1000


class Reader:
    """What could be seen, and when at the latest."""

    def __init__(self, database, topic):
        self.database = database
        self.topic = topic
        self.times = {}  # partition → when another next_offset was seen
        self.offsets = {}  # partition → that next_offset
        self.looks = 0

    def look(self):
        found = self.database.offsets(self.topic)
        now = time.monotonic()
        self.looks += 1
        for partition, offset in found.items():
            seen = self.offsets.setdefault(partition, [])
            if not seen or seen[-1] != offset:
                seen.append(offset)
                self.times.setdefault(partition, []).append(now)

    def look_until(self, condition, deadline):
        end = time.monotonic() + deadline
        while not condition():
            self.look()
            if time.monotonic() > end:
                raise Late(f"waited {deadline:g} s; last seen: {self.offsets}")
            time.sleep(LOOK_S)

    def has_seen(self, ends):
        return all(self.offsets.get(partition, [0])[-1] >= end for partition, end in ends.items())

    def seen_at(self, partition, offset):
        """The first look in which this message lay before next_offset."""
        return self.times[partition][bisect.bisect_right(self.offsets[partition], offset)]


def read_sent(path):
    """[(partition, offset, when)], in the order of sending."""
    return sorted(((int(partition), int(offset), float(when)) for partition, offset, when in
                   (line.split() for line in path.read_text().splitlines())), key=lambda one: one[2])


def measure(database, broker, topic, output, rate, share, seconds, seed):
    words = (broker.bootstrap, topic, output, rate, seconds, share, seed)
    producer = subprocess.Popen([sys.executable, PACED, *map(str, words)])
    reader, began = Reader(database, topic), time.monotonic()
    try:
        reader.look_until(lambda: producer.poll() is not None, seconds * 10 + 60)
        assert producer.returncode == 0, f"paced.py ended with {producer.returncode}"
        sent = read_sent(output)
        ends = {}
        for partition, offset, _ in sent:
            ends[partition] = max(ends.get(partition, 0), offset + 1)
        reader.look_until(lambda: reader.has_seen(ends), 60)
    finally:
        if producer.poll() is None:
            producer.kill()
            producer.wait()
    look_ms = (time.monotonic() - began) / reader.looks * 1000
    first = sent[0][2] + seconds * WARM_UP
    took = sorted(reader.seen_at(partition, offset) - when for partition, offset, when in sent if when >= first)
    return {"p50_ms": percentile(took, 0.5) * 1000, "p99_ms": percentile(took, 0.99) * 1000,
            "p99_9_ms": percentile(took, 0.999) * 1000, "greatest_ms": took[-1] * 1000,
            "sent_per_s": (len(sent) - 1) / max(1e-9, sent[-1][2] - sent[0][2]), "reader_looks_every_ms": look_ms}


def one_rate(stand, options, rate, share):
    runs = []
    with stand.folder() as folder, stand.fresh() as database:
        topic = stand.broker.create_topic(partitions=options.partitions)
        with Kepud(folder, database, stand.broker, [topic], **sections_of(options)) as daemon:
            daemon.wait_log("reading ", 60)
            for number in range(options.runs):
                floor = commit_ms(database)
                found = measure(database, stand.broker, topic, folder / "sent", rate, share, options.seconds,
                                options.seed + number)
                found["commit_of_one_row_ms"] = floor
                found["p50_to_commit_of_one_row"] = found["p50_ms"] / floor
                runs.append(told(number, found))
        stand.check(database)
    return runs


def latency(stand, options, notebook):
    cases = [(rate, 0, f"{rate} events/s") for rate in options.rates]
    if BAD_RATE in options.rates:
        cases.append((BAD_RATE, BAD, f"{BAD_RATE} events/s, {BAD:.0%} bad"))
    for rate, share, name in cases:
        say(f"latency at {name}, {options.seconds:g} s each")
        notebook.add("latency", name, one_rate(stand, options, rate, share), stand.settings, seconds=options.seconds,
                     partitions=options.partitions, connections=options.connections, seed=options.seed)
