# SPDX-License-Identifier: Apache-2.0
"""A Kafka that fails when it is told to: librdkafka's mock cluster as tests/fault/mockd.c drives it."""
import itertools
import re
import socket
import struct
import subprocess

from .broker import Topics
from .paths import MOCKD
from .process import Process
from .wait import wait_for

PRODUCE, FETCH, LIST_OFFSETS, METADATA, COMMIT, COMMITTED, COORDINATOR, JOIN, HEARTBEAT, LEAVE, SYNC = \
    0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14
TRANSPORT = -195  # librdkafka's own: the connection is dropped on this request
ALL = -1


class MockCluster(Topics):
    """As MockBroker, with commands; each returns when the cluster has taken it."""

    def __init__(self, folder, *topics, brokers=1):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.topics, self.brokers = topics, range(1, brokers + 1)
        self.process = None
        self._answers = itertools.count(1)

    def start(self):
        self.process = Process("mockd", [MOCKD, len(self.brokers), *self.topics], self.folder / "mockd.log",
                               stdin=subprocess.PIPE)
        found = wait_for(lambda: re.match(r"(\S+)\n", self.process.log()), "the mock cluster's address", 20,
                         watch=self.process.must_run)
        self.bootstrap = found.group(1)
        return self

    def stop(self):
        self.process.popen.stdin.close()
        assert self.process.popen.wait(20) == 0

    def _tell(self, *words):
        self.process.popen.stdin.write((" ".join(map(str, words)) + "\n").encode())
        self.process.popen.stdin.flush()
        number = next(self._answers)

        def answered():
            lines = self.process.log().split("\n")[:-1]
            return lines[number] if len(lines) > number else None

        answer = wait_for(answered, f"an answer to {words}", 20, 0.01, watch=self.process.must_run)
        assert answer.endswith("ok"), f"{words}: {answer}"
        return answer

    def down(self, broker=ALL):
        self._tell("down", broker)

    def up(self, broker=ALL):
        self._tell("up", broker)

    def rtt(self, milliseconds, broker=ALL):
        self._tell("rtt", broker, milliseconds)

    def leader(self, topic, partition, broker):
        """-1: nobody leads it."""
        self._tell("leader", topic, partition, broker)

    def coordinator(self, group, broker):
        self._tell("coordinator", group, broker)

    def errors(self, key, count, error):
        """The next `count` requests of this kind, or until clear()."""
        self._tell("errors", key, count, int(error))

    def clear(self, key):
        self._tell("clear", key)

    def late(self, key, count, error=0, delay_ms=0):
        """The same at each broker, after a while. They come before errors(), and cannot be cleared."""
        for broker in self.brokers:
            self._tell("late", broker, key, count, int(error), delay_ms)

    def left(self, key):
        """How many of those nobody has asked for yet, at the broker that was asked most."""
        return min(int(self._tell("left", broker, key).split()[0]) for broker in self.brokers)

    def topic_error(self, topic, error=0):
        self._tell("topic", topic, int(error))

    def produce_damaged(self, topic, partition):
        """A batch of one record whose checksum is wrong, which this cluster stores as it comes. It has one broker:
        a request (key 0, version 7) goes to it."""
        batch = struct.pack(">ibIhiqqqhii", 0, 2, 0xbadbad, 0, 0, 0, 0, -1, -1, -1, 1)
        batch += b"\x18\x00\x00\x00\x01\x0cdamage\x00"  # length, attributes, time, offset, no key, value, no headers
        batch = struct.pack(">qi", 0, len(batch)) + batch
        name = topic.encode()
        body = struct.pack(">hhih", PRODUCE, 7, 1, 4) + b"test" + struct.pack(">hhi", -1, -1, 10_000)
        body += struct.pack(">ih", 1, len(name)) + name + struct.pack(">iii", 1, partition, len(batch)) + batch
        host, port = self.bootstrap.split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            with connection.makefile("rb") as stream:
                size, = struct.unpack(">i", stream.read(4))
                answer = stream.read(size)
        error, = struct.unpack_from(">h", answer, 4 + 4 + 2 + len(name) + 4 + 4)
        assert error == 0, f"Produce: error {error}"
