# SPDX-License-Identifier: Apache-2.0
"""Events of the shipped catalogue, made up: reproducible from a seeded random.Random."""
import datetime
import json
import uuid

from .paths import SAMPLES

REGIONS = ("650400", "150000", "110000", "431300", "152527", "654322101")


def samples(name="seed-events.jsonl"):
    """The sample messages as bytes, one per message."""
    return (SAMPLES / name).read_bytes().removesuffix(b"\n").split(b"\n")


def event_type(message):
    return json.loads(message)["type"]


def encode(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def envelope(random, kind, data, source="https://generator.example/a", time="2026-03-01T10:00:00+08:00"):
    return {"specversion": "1.0", "id": str(uuid.UUID(int=random.getrandbits(128), version=4)), "source": source,
            "type": f"cn.kepu.{kind}", "time": time, "datacontenttype": "application/json", "data": data}


def visit(random, facilities=50, **changes):
    day = datetime.date(2024, 1, 1) + datetime.timedelta(days=random.randrange(700))
    data = {"facility_id": f"hall-{random.randrange(facilities)}", "period_start": str(day), "period_end": str(day),
            "visitors": random.randrange(5000), "scope": "total", **changes}
    if random.random() < 0.2:
        data["audience_label"] = {"zh-Hans": "少先队员", "en": "pupils"}
        data["scope"] = "subset"
    return envelope(random, "visit.counted", data)


def facility(random, facilities=50, revisions=1000):
    """A state with child rows: which languages it has depends on the revision, so a stale child row shows."""
    number, revision = random.randrange(facilities), random.randrange(1, revisions)
    name = {"zh-Hans": f"展厅{number} 第{revision}版"}
    if revision % 2:
        name["en"] = f"hall {number} revision {revision}"
    data = {"facility_id": f"hall-{number}", "revision": revision, "name": name, "facility_kind": "exhibition_hall",
            "region": random.choice(REGIONS), "status": "open"}
    if revision % 3:
        data["languages"] = ["zh-Hans", "en"][: revision % 3]
    return envelope(random, "facility.changed", data)


def bad(random):
    """(bytes, reason): a message that must be rejected."""
    event = visit(random)
    what = random.randrange(6)
    if what == 0:
        return encode(event)[:-7], "E_JSON"
    if what == 1:
        event["data"]["visitors"] = -1
        return encode(event), "E_FIELD_RANGE"
    if what == 2:
        event["type"] = "cn.kepu.no.such.type"
        return encode(event), "E_TYPE_UNKNOWN"
    if what == 3:
        del event["id"]
        return encode(event), "E_ID_MISSING"
    if what == 4:
        event["data"]["period_start"] = "2026-02-30"
        return encode(event), "E_FIELD_FORMAT"
    return b"\xc3\x28", "E_UTF8"
