# SPDX-License-Identifier: Apache-2.0
"""What a JSON Lines file cannot hold: tombstones, headers, CloudEvents in binary mode."""
import json

from confluent_kafka import Producer

from harness import events
from harness.kafka import produce

JSON = ("content-type", b"application/json")


def binary(event, **changes):
    """(value, headers) of an event in binary mode."""
    names = ("specversion", "id", "source", "type", "time")
    headers = {f"ce_{name}": event[name].encode() for name in names} | changes
    return (json.dumps(event["data"], ensure_ascii=False).encode(),
            [JSON] + [(name, value) for name, value in headers.items() if value is not None])


def first():
    return json.loads(events.samples("seed-events.jsonl")[0])


def renamed(ident):
    return {**first(), "id": ident}


def cases():
    """(name, value, headers, reason): "-" accepted, "D_DUPLICATE" counted."""
    structured = "application/cloudevents+json"
    yield "T-01", None, [], "E_EMPTY"
    yield "T-02", b"", [], "E_EMPTY"
    yield "T-03", *binary(renamed("t03")), "-"
    yield "T-04 structured", events.encode(renamed("t04")), [("content-type", structured.encode())], "-"
    yield "T-04 binary", *binary(renamed("t04")), "D_DUPLICATE"
    yield "T-05", *binary(renamed("t05"), ce_id=None), "E_ID_MISSING"
    yield "T-06", None, binary(renamed("t06"))[1], "E_EMPTY"
    value, headers = binary(renamed("t07"))
    yield "T-07", value, headers + [("ce_id", b"other")], "E_ATTR_DUP"
    yield "T-08", *binary(renamed("t08"), ce_subject=b"\xc3\x28"), "E_UTF8"
    yield "T-09", events.encode(renamed("t09")), [("content-type", f"{structured}; charset=UTF-8".encode())], "-"
    yield "T-10", events.encode(renamed("t10")), [("content-type", b"Application/CloudEvents+JSON")], "-"
    yield "T-11", events.encode(renamed("t11")), [("content-type", b"application/cloudevents+avro")], "E_CONTENT_TYPE"
    yield ("T-12", events.encode(renamed("t12")), [("content-type", b"application/cloudevents-batch+json")],
           "E_BATCH_UNSUPPORTED")
    yield "T-13", events.encode(renamed("t13")), [], "-"
    yield "T-14", b"{}", [], "E_SPECVERSION"
    yield "T-15", events.encode(renamed("t15")), [("content-type", structured.encode()), ("ce_id", b"other")], "-"
    yield "T-16", *binary(renamed("t16"), ce_data=b"x"), "E_ATTR_NAME"


def test_transport_cases(broker, daemon, database):
    topic = broker.create_topic()
    sent = list(cases())
    produce(broker, topic, [value for _, value, _, _ in sent], partition=0,
            headers=[headers for _, _, headers, _ in sent])
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    found = dict(database.rows("SELECT kafka_offset, reason FROM ingest.dead_letter"))
    wanted = {number: (name, reason) for number, (name, _, _, reason) in enumerate(sent) if reason.startswith("E_")}
    assert {number: (sent[number][0], reason) for number, reason in found.items()} == wanted
    assert database.value("SELECT count(*) FROM ingest.ledger") == sum(reason == "-" for *_, reason in sent)
    assert database.value("SELECT sum(duplicate) FROM ingest.tally") == 1
    warned = database.rows("SELECT event_id FROM ingest.ledger WHERE 'W_HEADER_MISMATCH' = ANY (warnings)")
    assert warned == [("t15",)]


def test_timestamps_that_are_none(broker, daemon, database):
    """Producers set it as they like; nanoseconds instead of milliseconds once ended the daemon."""
    topic = broker.create_topic()
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for number, timestamp in enumerate((13446744073709551, 2 ** 63 - 1, 253402300800000, 1)):
        producer.produce(topic, events.encode(renamed(f"clock-{number}")), timestamp=timestamp)
        producer.produce(topic, b"{}", timestamp=timestamp)
    assert producer.flush(30) == 0
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    assert database.value("SELECT count(*) FROM ingest.ledger") == 4
    assert database.rows("SELECT reason, kafka_time IS NULL FROM ingest.dead_letter ORDER BY kafka_offset") == [
        ("E_SPECVERSION", True), ("E_SPECVERSION", True), ("E_SPECVERSION", True), ("E_SPECVERSION", False)]


def test_headers_without_end(broker, daemon, database):
    """Each attribute header is compared with the others: very many of them once took half a minute of a core."""
    topic = broker.create_topic()
    value, headers = binary(renamed("many"))
    many = headers + [(f"ce_x{number}", b"1") for number in range(20000)]
    large = headers + [("other", b"x" * 300000)]
    produce(broker, topic, [value, value, value], headers=[many, large, headers])
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), deadline=20, watch=kepud.must_run)
    assert database.rows("SELECT reason, octet_length(headers) > 200000 FROM ingest.dead_letter") == [
        ("E_TOO_LARGE", True), ("E_TOO_LARGE", True)]
    assert database.value("SELECT count(*) FROM ingest.ledger") == 1
