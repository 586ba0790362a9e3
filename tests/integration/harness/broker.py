# SPDX-License-Identifier: Apache-2.0
"""A real Apache Kafka broker (KRaft, one node) on loopback, and librdkafka's mock cluster as `kepud broker`."""
import itertools
import os
import re
import shutil
import signal
import socket
import struct
import subprocess

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from .paths import KAFKA_LIBS, KEPUD
from .process import Process, free_port
from .wait import wait_for

JAVA = ["-Xmx320m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{behind},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=2
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=4194304
log.retention.check.interval.ms=1000
log.cleaner.backoff.ms=200
"""


class Topics:
    """What both kinds of broker can be asked."""

    bootstrap = None

    def end_offsets(self, topic):
        """partition → the offset that the next message will get (control records included)."""
        return {partition: high for partition, (_, high) in self.watermarks(topic).items()}

    def watermarks(self, topic):
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "watermarks"})
        try:
            partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
            return {number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10, cached=False)
                    for number in partitions}
        finally:
            consumer.close()


class Broker(Topics):
    """Apache Kafka from build/deps/kafka/libs (scripts/setup puts it there). Who comes through `proxy` is told to
    go on through it; everybody else reaches the broker directly."""

    def __init__(self, folder, proxy=None, **properties):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.proxy = proxy
        self.properties = properties
        self.process = None
        self._admin = None
        self._topics = itertools.count(1)

    def _java(self, *arguments):
        return ["java", *JAVA, "-cp", f"{KAFKA_LIBS}/*", *map(str, arguments)]

    def _configure(self):
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        behind = free_port()
        if self.proxy:
            self.proxy.upstream = ("127.0.0.1", behind)
        text = PROPERTIES.format(port=self.port, behind=behind, proxy=self.proxy.port if self.proxy else behind,
                                 controller=free_port(), data=self.folder / "data")
        text += "".join(f"{name}={value}\n" for name, value in self.properties.items())
        (self.folder / "server.properties").write_text(text)
        subprocess.run(self._java("kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c",
                                  self.folder / "server.properties"),
                       check=True, capture_output=True, timeout=60)

    def start(self):
        assert any(KAFKA_LIBS.glob("kafka_*.jar")), "no Apache Kafka in build/deps/kafka/libs: run scripts/setup"
        for attempt in range(3):
            if self.process is None:
                shutil.rmtree(self.folder / "data", ignore_errors=True)
                self._configure()
            self.process = Process("kafka", self._java("kafka.Kafka", self.folder / "server.properties"),
                                   self.folder / "kafka.log")
            try:
                return self._wait_until_up()
            except AssertionError:
                # A port taken by another process in the meantime is nobody's fault; anything else is.
                if attempt == 2 or "already in use" not in self.process.log():
                    raise
                self.process = None
        raise AssertionError("unreachable")

    def _wait_until_up(self):
        self._admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

        def answers():
            try:
                return self._admin.list_topics(timeout=1).brokers
            except KafkaException:
                return None

        wait_for(answers, "the broker", 60, watch=self.process.must_run)
        return self

    def stop(self):
        self.process.end(signal.SIGTERM, 60)

    def kill(self):
        self.process.kill()

    def create_topic(self, name=None, partitions=1, **config):
        name = name or f"topic-{os.getpid()}-{next(self._topics)}"
        config = {key.replace("_", "."): str(value) for key, value in config.items()}
        self._settle(self._admin.create_topics([NewTopic(name, partitions, 1, config=config)]))
        wait_for(lambda: self._leaders(name) == partitions, f"topic {name}")
        return name

    def _leaders(self, name):
        topic = self._admin.list_topics(timeout=10).topics.get(name)
        return sum(1 for partition in topic.partitions.values() if partition.leader >= 0) if topic else 0

    def grow(self, name, partitions):
        """Adds partitions, up to this many."""
        self._settle(self._admin.create_partitions([NewPartitions(name, partitions)]))
        wait_for(lambda: self._leaders(name) == partitions, f"{partitions} partitions of {name}")

    def delete_topic(self, name):
        self._settle(self._admin.delete_topics([name]))
        wait_for(lambda: self._leaders(name) == 0, f"the end of {name}")

    @staticmethod
    def _settle(futures):
        for future in futures.values():
            future.result(30)

    def delete_records(self, topic, partition, before):
        """As retention does: everything below `before` is gone. confluent_kafka 1.7 has no call for it, so the
        request (key 21, version 1) is spelt out; an error raises."""
        name = topic.encode()
        body = struct.pack(">hhih", 21, 1, 7, 4) + b"test"
        body += struct.pack(">ih", 1, len(name)) + name + struct.pack(">iiq", 1, partition, before)
        body += struct.pack(">i", 10_000)
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            with connection.makefile("rb") as stream:
                size, = struct.unpack(">i", stream.read(4))
                answer = stream.read(size)
        low, error = struct.unpack(">qh", answer[-10:])
        assert error == 0, f"DeleteRecords: error {error}"
        return low


class MockBroker(Topics):
    """`kepud broker`: starts in no time and stores nothing; no transactions, no growing topics."""

    def __init__(self, folder, *topics):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.topics = topics  # "name:partitions"
        self.process = None

    def start(self):
        arguments = [part for topic in self.topics for part in ("--topic", topic)]
        self.process = Process("kepud broker", [KEPUD, "broker", *arguments], self.folder / "broker.log")
        found = wait_for(lambda: re.search(r"127\.0\.0\.1:\d+(,127\.0\.0\.1:\d+)*", self.process.log()),
                         "the mock broker's address", 20, watch=self.process.must_run)
        self.bootstrap = found.group(0)
        return self

    def stop(self):
        return self.process.end()
