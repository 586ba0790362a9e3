# SPDX-License-Identifier: Apache-2.0
"""Putting messages into Kafka, and knowing where they went."""
from confluent_kafka import Producer


class Sent:
    """A delivered message."""

    __slots__ = ("topic", "partition", "offset", "value")

    def __init__(self, topic, partition, offset, value):
        self.topic, self.partition, self.offset, self.value = topic, partition, offset, value


def produce(broker, topic, values, partition=None, keys=None, headers=None):
    """Sends them in order (bytes or None) and waits until the broker has them all; the list of Sent, as delivered."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 5, "enable.idempotence": partition is not
                         None and hasattr(broker, "grow")})
    sent, failed = [], []

    def delivered(error, message):
        if error:
            failed.append(str(error))
        else:
            sent.append(Sent(message.topic(), message.partition(), message.offset(), message.value()))

    for number, value in enumerate(values):
        options = {"on_delivery": delivered}
        if partition is not None:
            options["partition"] = partition
        if keys is not None:
            options["key"] = keys[number]
        if headers is not None:
            options["headers"] = headers[number]
        producer.produce(topic, value, **options)
        producer.poll(0)
    left = producer.flush(60)
    assert left == 0 and not failed, f"{left} messages not delivered, errors: {failed[:3]}"
    return sent


def abort(broker, topic, values, partition):
    """Sends them in a transaction that is aborted: offsets without messages."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": f"{topic}-{partition}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    for value in values:
        producer.produce(topic, value, partition=partition)
    assert producer.flush(30) == 0  # written first, or abort would just empty the queue
    producer.abort_transaction(30)
