# SPDX-License-Identifier: Apache-2.0
"""A stream that goes on: each message is planned just before it is sent, so that reader.py knows at any moment what an
offset can hold. Partitions may be added."""
import threading

from confluent_kafka import Producer

from stream import Stream


class Flow(Stream):
    def __init__(self, random, broker, topic, partitions):
        super().__init__(random, partitions, 0)
        self.broker, self.topic = broker, topic
        self._lock = threading.Lock()
        self._faults = []
        self._producer = self._new_producer()

    def _new_producer(self):
        # A retry inside the library must not make a message that nobody has planned; the mock knows no such thing.
        return Producer({"bootstrap.servers": self.broker.bootstrap, "linger.ms": 2, "log_level": 3,
                         "enable.idempotence": hasattr(self.broker, "grow")})

    def grow(self, partitions):
        """The topic gets more."""
        with self._lock:
            self.broker.grow(self.topic, partitions)
            self._producer = self._new_producer()  # the old one does not know of them for a while
            # Another one in its place: a reader may be going through the old one.
            self.partitions = {number: self.partitions.get(number, []) for number in range(partitions)}

    def _delivered(self, offset):
        def delivered(error, message):
            if error or message.offset() != offset:
                self._faults.append(error or f"offset {message.offset()}, not {offset}, in {message.partition()}")
        return delivered

    def more(self, each=1):
        """So many for every partition; returns when the broker has them."""
        with self._lock:
            for partition, messages in self.partitions.items():
                for _ in range(each):
                    message = self.draft.next(partition)
                    messages.append(message)
                    self._send(partition, message, len(messages) - 1)
            left = self._producer.flush(60)
        assert left == 0 and not self._faults, f"{left} not delivered; {self._faults[:3]}"

    def _send(self, partition, message, offset):
        self._producer.produce(self.topic, message.value, partition=partition, on_delivery=self._delivered(offset))
        self._producer.poll(0)


class Going:
    """`with Going(flow, pause_s):` one message for every partition, again and again."""

    def __init__(self, flow, pause_s):
        self.flow, self.pause_s = flow, pause_s
        self.fault = None
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while not self._end.wait(self.pause_s):
                self.flow.more()
        except BaseException as fault:
            self.fault = fault

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join(90)

    def must_go_on(self):
        if self.fault is not None:
            raise AssertionError(f"the stream: {self.fault}") from self.fault
