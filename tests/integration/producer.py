#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A producer that goes on until SIGTERM, whatever happens to the daemon. Each delivered message is written, with its
topic, partition and offset, to a file, which is all that the oracle believes.

usage: producer.py BOOTSTRAP TOPIC PARTITIONS OUTPUT SEED RATE"""
import base64
import collections
import json
import random as randoms
import signal
import sys
import time

from confluent_kafka import Producer

from harness import events

DUPLICATES, BAD, STATES = 0.05, 0.02, 0.10


class Stream:
    """Messages with what they are: valid (first time), again (a duplicate of an earlier one), bad."""

    def __init__(self, random):
        self.random = random
        self.earlier = collections.deque(maxlen=20_000)

    def next(self):
        draw = self.random.random()
        if draw < DUPLICATES and self.earlier:
            return self.random.choice(self.earlier), "again", None
        if draw < DUPLICATES + BAD:
            value, reason = events.bad(self.random)
            return value, "bad", reason
        make = events.facility if draw < DUPLICATES + BAD + STATES else events.visit
        value = events.encode(make(self.random))
        self.earlier.append(value)
        return value, "valid", None


def main(bootstrap, topic, partitions, output, seed, rate):
    random = randoms.Random(int(seed))
    stream = Stream(random)
    going = [True]
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    # Idempotent: a retry inside the library must not make a message that the file does not know.
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 20})
    with open(output, "w", encoding="ascii") as file:

        def delivered(what, reason):
            def written(error, message):
                if error:
                    raise SystemExit(f"not delivered: {error}")
                json.dump({"topic": message.topic(), "partition": message.partition(), "offset": message.offset(),
                           "what": what, "reason": reason, "value": base64.b64encode(message.value()).decode()}, file)
                file.write("\n")
            return written

        start, count = time.monotonic(), 0
        while going:
            value, what, reason = stream.next()
            producer.produce(topic, value, partition=random.randrange(int(partitions)),
                             on_delivery=delivered(what, reason))
            count += 1
            # Paced by the clock; poll() waits for deliveries meanwhile.
            ahead = count / float(rate) - (time.monotonic() - start)
            producer.poll(max(ahead, 0))
        left = producer.flush(60)
    sys.exit(f"{left} messages not delivered" if left else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
