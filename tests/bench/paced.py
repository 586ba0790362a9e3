#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sends visits at a steady rate, and writes for each: partition, offset, and when (monotonic) it was handed over.

usage: paced.py BOOTSTRAP TOPIC OUTPUT RATE SECONDS BAD SEED   (BAD: share of messages that must be refused)"""
import itertools
import random
import sys
import time

from confluent_kafka import Producer

import workload

# librdkafka's default. With 0 every message is a request: at 10,000/s the broker alone takes one of two cores, and what
# is measured is how long messages wait for it.
LINGER_MS = 5


def main(bootstrap, topic, output, rate, seconds, bad, seed):
    rate, count = float(rate), max(2, int(float(rate) * float(seconds)))
    # Made beforehand, so that the pace is that of sending.
    messages = list(itertools.islice(workload.with_bad(random.Random(int(seed)), float(bad)), count))
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": LINGER_MS, "compression.type": "none",
                         "queue.buffering.max.messages": 1_000_000})
    producer.list_topics(topic, timeout=10)
    lines, failed = [], []

    def delivered_at(when):
        def delivered(error, message):
            if error:
                failed.append(str(error))
            else:
                lines.append(f"{message.partition()} {message.offset()} {when!r}\n")
        return delivered

    started = time.monotonic()
    for number, (value, key, _) in enumerate(messages):
        ahead = number / rate - (time.monotonic() - started)
        if ahead > 0:
            producer.poll(0)
            time.sleep(ahead)
        producer.produce(topic, value, key=key, on_delivery=delivered_at(time.monotonic()))
        producer.poll(0)
    left = producer.flush(60)
    if left or failed:
        sys.exit(f"{left} messages not delivered, errors: {failed[:3]}")
    with open(output, "w", encoding="ascii") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
