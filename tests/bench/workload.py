# SPDX-License-Identifier: Apache-2.0
"""The events that are measured with: reproducible from a seed. A workload says for each message what becomes of it."""
import itertools
import json
import random
import re
import uuid

import stand  # noqa: F401  (where the harness is)
from harness.events import bad, encode, samples
from tests.oracle.shift import IDS

FACILITIES = 2000
AGAIN_AFTER = 5000  # a duplicate repeats one of so many messages before it
GENERATIONS = 1000  # so many different sets of facilities, activities …, then the next revision of the first
DATE = re.compile(r"(\d{4})-(\d\d)(-\d\d)?($|T)")


def uuid7(millisecond, source):
    bits = source.getrandbits(74)
    return str(uuid.UUID(int=millisecond << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1))


def instant(number, source):
    """Milliseconds: in the order of time but for 5 % that come late."""
    late = source.randrange(3_600_000) if source.random() < 0.05 else 0
    return 1_700_000_000_000 + number // 4 - late


def day_of(number):
    return f"202{number // 3 % 6}-{number % 12 + 1:02}-{number % 28 + 1:02}"


def visit_event(number, source):
    """About 500 bytes: what a gate counter sends."""
    day = day_of(number)
    return {
        "specversion": "1.0", "id": uuid7(instant(number, source), source),
        "source": f"https://museum-{number % 20}.example/gate", "type": "cn.kepu.visit.counted",
        "time": f"{day}T18:00:00+08:00", "datacontenttype": "application/json",
        "dataschema": "https://kepu.example/schemas/visit.counted/v1", "subject": f"hall-{number % FACILITIES}",
        "partitionkey": f"hall-{number % FACILITIES}",
        "data": {"facility_id": f"hall-{number % FACILITIES}", "period_start": day, "period_end": day,
                 "visitors": source.randrange(5000), "visitors_qualifier": "exact", "scope": "total",
                 "counter_id": f"gate-{number % 7}", "method": "gate", "free_admission": True}}


def visit(number, source):
    return encode(visit_event(number, source))


def facility_key(number):
    return f"hall-{number % FACILITIES}".encode()


def visits(source):
    """(value, key, what becomes of it: new, again or bad), for ever."""
    for number in itertools.count():
        yield visit(number, source), facility_key(number), "new"


def one_partition(source):
    """All of one key: one partition is behind, the others have nothing."""
    for value, _, what in visits(source):
        yield value, facility_key(0), what


def with_duplicates(source, share=0.05):
    earlier = []
    for value, key, what in visits(source):
        if earlier and source.random() < share:
            yield *source.choice(earlier), "again"
            continue
        if len(earlier) < AGAIN_AFTER:
            earlier.append((value, key))
        else:
            earlier[source.randrange(AGAIN_AFTER)] = value, key
        yield value, key, what


def with_bad(source, share=0.02):
    for value, key, what in visits(source):
        if source.random() < share:
            yield bad(source)[0], key, "bad"
        else:
            yield value, key, what


def large(source, size=256 * 1024):
    """Visits filled up to this size by a member that nobody declared, which shrinks to a third or so."""
    words = [f"{source.getrandbits(64):016x}" for _ in range(5000)]
    for number in itertools.count():
        event = visit_event(number, source)
        event["data"]["note"] = ""
        free = size - len(encode(event))
        event["data"]["note"] = " ".join(source.choices(words, k=free // 17 + 1))[:free]
        yield encode(event), facility_key(number), "new"


# ---- a mix as in samples/

class Sample:
    """One message of samples/seed-events.jsonl, from which ever new ones are made: other ids and times, other
    facilities, activities … each round, later revisions of what stays (regions)."""

    def __init__(self, message):
        event = json.loads(message)
        self.ident = event["id"]
        event["id"] = "@ID@"
        self.target = None
        for place, name in ((event, "correctsid"), (event["data"], "target_id")):
            if name in place:
                self.target, place[name] = place[name], "@TARGET@"
        for name in ("subject", "partitionkey"):
            event.pop(name, None)
        event["time"] = DATE.sub(r"@Y\1@-\2\3T", event["time"][:11]) + "@CLOCK@" + event["time"][19:]
        event["data"] = self._data(event["data"])
        self.text = encode(event).decode()
        self.text = re.sub(r'"revision":(\d+)', r'"revision":@R\1@', self.text)
        self.text = re.sub(r'"year":(\d+)', r'"year":@Y\1@', self.text)
        self.years = sorted(set(re.findall(r"@Y(\d+)@", self.text)))
        self.revisions = sorted(set(re.findall(r"@R(\d+)@", self.text)))

    def _data(self, value, name=None):
        if isinstance(value, dict):
            return {member: self._data(one, member) for member, one in value.items()}
        if isinstance(value, list):
            return [self._data(one, name) for one in value]
        if not isinstance(value, str):
            return value
        if name in IDS:
            return value + "-@N@"
        return DATE.sub(r"@Y\1@-\2\3\4", value) if DATE.match(value) else value

    def message(self, turn, ident, target):
        """turn: how often the samples have been gone through."""
        text = self.text.replace("@ID@", ident).replace("@N@", str(turn % GENERATIONS))
        text = text.replace("@CLOCK@", f"{turn // 60 % 24:02}:{turn % 60:02}:{turn // 1440 % 60:02}")
        for year in self.years:
            text = text.replace(f"@Y{year}@", str(int(year) - turn % 3))
        for revision in self.revisions:
            text = text.replace(f"@R{revision}@", str(int(revision) * 1_000_000 + turn))
        return (text.replace("@TARGET@", target) if target else text).encode()


def mix(source):
    """All types, as often as in samples/."""
    known = [Sample(message) for message in samples()]
    number = 0
    for turn in itertools.count():
        idents = {}
        for sample in known:
            idents[sample.ident] = uuid7(instant(number, source), source)
            target = sample.target and idents[sample.target]
            yield sample.message(turn, idents[sample.ident], target), None, "new"
            number += 1


WORKLOADS = {"visits": visits, "mix": mix, "duplicates": with_duplicates, "bad": with_bad, "one": one_partition}


def messages(name, count, seed):
    return itertools.islice(WORKLOADS[name](random.Random(seed)), count)


def write_lines(name, count, seed, path):
    """As a file of JSON Lines, for programs that need no broker. Only for workloads of which no message is bad."""
    with open(path, "wb") as file:
        file.writelines(value + b"\n" for value, _, _ in messages(name, count, seed))
