# SPDX-License-Identifier: Apache-2.0
"""A stream that is planned before it is sent: what every offset of every partition will hold. With duplicates, events
that conflict, bad ones, and some that only the database refuses."""
import base64
import collections
import json

from harness import events
from harness.kafka import produce

REFUSED = 7777  # visitors that no row may have
CONSTRAINT = f"ALTER TABLE kepu.fact_visit ADD CHECK (visitors <> {REFUSED})"

Message = collections.namedtuple("Message", "value what reason")  # as producer.py and oracle.py know them


class Draft:
    """One message after the other."""

    def __init__(self, random):
        self.random = random
        self.everywhere = []                        # valid ones, of any partition
        self.visits = collections.defaultdict(list)  # … visits by partition

    def _new(self, partition, make, **changes):
        event = make(self.random, **changes)
        # Producers come and go, so that there is always one that the database does not know.
        event["source"] += f"/{partition}/{len(self.everywhere) // 12}"
        return events.encode(event)

    def _conflict(self, partition):
        """What is stored under this id is something else; in one partition the first is the first."""
        event = json.loads(self.random.choice(self.visits[partition]))
        event["data"]["visitors"] += 1
        return Message(events.encode(event), "bad", "E_ID_CONFLICT")

    def next(self, partition):
        draw = self.random.random()
        if draw < 0.08 and self.everywhere:
            return Message(self.random.choice(self.everywhere), "again", None)
        if draw < 0.11 and self.visits[partition]:
            return self._conflict(partition)
        if draw < 0.17:
            value, reason = events.bad(self.random)
            return Message(value, "bad", reason)
        if draw < 0.20:
            return Message(self._new(partition, events.visit, visitors=REFUSED), "bad", "E_DB")
        make = events.facility if draw < 0.40 else events.visit
        value = self._new(partition, make)
        self.everywhere.append(value)
        if make is events.visit:
            self.visits[partition].append(value)
        return Message(value, "valid", None)


class Stream:
    def __init__(self, random, partitions, each):
        self.draft = Draft(random)
        self.partitions = {partition: [] for partition in range(partitions)}
        for _ in range(each):
            for partition, messages in self.partitions.items():
                messages.append(self.draft.next(partition))
        self.sent = 0

    def ends(self):
        return {partition: len(messages) for partition, messages in self.partitions.items()}

    def send(self, broker, topic, share=1.0):
        """So much of every partition; what was sent before is not sent again."""
        until = round(share * max(self.ends().values()))
        for partition, messages in self.partitions.items():
            part = messages[self.sent:until]
            sent = produce(broker, topic, [message.value for message in part], partition=partition)
            assert [one.offset for one in sent] == list(range(self.sent, self.sent + len(part))), "not as planned"
        self.sent = until

    def write(self, path, topic):
        """The file that oracle.py reads."""
        with open(path, "w", encoding="ascii") as file:
            for partition, messages in self.partitions.items():
                for offset, (value, what, reason) in enumerate(messages):
                    json.dump({"topic": topic, "partition": partition, "offset": offset, "what": what,
                               "reason": reason, "value": base64.b64encode(value).decode()}, file)
                    file.write("\n")
        return path
