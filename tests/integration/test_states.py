# SPDX-License-Identifier: Apache-2.0
"""States whose revisions cross each other on two connections: the newest wins as a whole, child rows included."""
import random as randoms

from harness import events
from harness.kafka import produce

ROUNDS = 1000


def crossing(random):
    """For each of two partitions, the revisions of every facility, shuffled against each other: the odd ones on one,
    the even ones on the other, with names and languages that differ by revision. The newest of one facility is on the
    first, that of the next on the second: whichever is written first, for half of them it is not the newest."""
    lanes = ([], [])
    for number in range(ROUNDS):
        for revision in range(1, 5):
            event = events.facility(random)
            event["data"].update(facility_id=f"cross-{number // 10}", revision=number * 4 + revision,
                                 name={"zh-Hans": f"第{number}.{revision}版",
                                       **({"en": f"revision {number}.{revision}"} if revision % 2 else {})},
                                 languages=["zh-Hans", "en"][: 1 + revision % 2])
            lanes[(revision + number + number // 10) % 2].append(event)
    for lane in lanes:
        # Near each other, so that both connections have the same facility in hand at the same time.
        for start in range(0, len(lane), 20):
            part = lane[start:start + 20]
            random.shuffle(part)
            lane[start:start + 20] = part
    return lanes


def test_mnh_38_crossing_revisions_leave_no_stale_child_row(broker, daemon, database):
    topic = broker.create_topic(partitions=2)
    lanes = crossing(randoms.Random(11))
    for partition, lane in enumerate(lanes):
        produce(broker, topic, [events.encode(event) for event in lane], partition=partition)
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), 120, watch=kepud.must_run)
    winners = {}
    for event in lanes[0] + lanes[1]:
        data = event["data"]
        if data["revision"] > winners.get(data["facility_id"], {"revision": 0})["revision"]:
            winners[data["facility_id"]] = data
    assert dict(database.rows("SELECT facility_id, revision FROM kepu.facility WHERE NOT is_placeholder")) \
        == {key: data["revision"] for key, data in winners.items()}
    assert set(database.rows("SELECT facility_id, lang, name FROM kepu.facility_name")) \
        == {(key, lang, name) for key, data in winners.items() for lang, name in data["name"].items()}
    assert set(database.rows("SELECT facility_id, lang FROM kepu.facility_language")) \
        == {(key, lang) for key, data in winners.items() for lang in data["languages"]}
    assert database.value("SELECT count(*) FROM ingest.ledger") == ROUNDS * 4 == sum(map(len, lanes))
    assert database.value("SELECT sum(accepted) FROM ingest.tally") == ROUNDS * 4
