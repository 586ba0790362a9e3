# SPDX-License-Identifier: Apache-2.0
"""SIGTERM in every state: it ends within 10 s with 0, and a next start finds everything as it has to be. KEPUD_LONG:
all of them, otherwise a sample (KEPUD_SEED)."""
import random as randoms
import signal
import time

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from harness.paths import KEPUD_HANG
from harness.proxy import Cut
from harness.wait import wait_for
from scene import BATCH, END_S, LONG, SEED

LANES = 8
SAMPLE = 8


def said(scene, words):
    return scene.kepud.log().count(words)


def connecting_refused(scene):
    scene.lines["postgres"].refuse()
    scene.start().kepud.wait_log("no connection to PostgreSQL")


def start_half_open(scene, line):
    scene.lines[line].half_open()
    scene.start()
    wait_for(scene.lines[line].damaged, "a byte that is lost")


def connecting_half_open(scene):
    start_half_open(scene, "postgres")


def just_started(scene):
    scene.start().kepud.wait_log(" runs group=")


def reading(scene, **how):
    scene.start(**how)
    scene.fill(5)
    scene.wait_stored()


def hold(scene, table):
    """Somebody who does not let go, until he is closed."""
    holder = scene.database.server.connect(scene.database.name)
    holder.autocommit = False
    holder.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    return holder


def wait_blocked(scene, name, what):
    wait_for(lambda: scene.database.value("""SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
             AND wait_event_type = 'Lock' AND application_name LIKE %s""", name), what, watch=scene.kepud.must_run)


def stuck_in_a_batch(scene, **how):
    reading(scene, **how)
    holder = hold(scene, "kepu.fact_visit")
    scene.fill(5)
    wait_blocked(scene, "kepud", "a batch that waits")
    return holder


def inside_a_batch(scene):
    holder = stuck_in_a_batch(scene)
    scene.lines["postgres"].half_open()
    return holder.close


def waiting_for_commit(scene):
    reading(scene)
    cut = scene.lines["postgres"].arm(Cut(BATCH, before=False, silent=True))
    scene.fill(5)
    wait_for(cut.done.is_set, "a COMMIT")


def kafka_half_open(scene):
    reading(scene)
    scene.lines["kafka"].half_open()
    wait_for(scene.lines["kafka"].damaged, "a request that is lost")


def kafka_refused(scene):
    reading(scene)
    scene.lines["kafka"].refuse()
    scene.kepud.wait_log("kafka: ")


def never_assigned_refused(scene):
    scene.lines["kafka"].refuse()
    scene.start().kepud.wait_log("kafka: ")


def never_assigned_half_open(scene):
    start_half_open(scene, "kafka")


def asking_where_to_begin(scene):
    """Each lane wants to know where the partitions begin, and none gets an answer. Were each to ask, they would wait
    for longer than the end may take."""
    scene.broker.grow(scene.topic, LANES)
    scene.lines["postgres"].refuse()
    scene.start(connections=LANES).kepud.wait_log("no connection to PostgreSQL")
    scene.lines["kafka"].half_open()
    scene.lines["postgres"].heal()
    wait_for(lambda: said(scene, "connected to PostgreSQL") == LANES and said(scene, "could not ask Kafka") > 1,
             "all lanes", 60)


def asking_slowly(scene):
    """Kafka does answer, and all answers together take longer than the end may."""
    scene.broker.grow(scene.topic, LANES)
    scene.lines["postgres"].refuse()
    scene.start().kepud.wait_log("no connection to PostgreSQL")
    scene.lines["kafka"].set(delay=0.5)
    scene.lines["postgres"].heal()
    wait_for(lambda: scene.database.value("""SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
             AND state = 'idle' AND query = 'COMMIT' AND application_name LIKE 'kepud%%'"""), "a claim of nothing")


def everything_half_open(scene):
    repair = inside_a_batch(scene)
    kafka = scene.lines["kafka"]
    kafka.half_open()
    wait_for(kafka.damaged, "a request that is lost")
    return repair


def releasing_with_a_batch(scene):
    """Kafka wants the partitions back, and what is in flight does not end."""
    holder = stuck_in_a_batch(scene)
    idler = Idler(scene)
    idler.join()
    scene.kepud.wait_log("taken back by the group")
    return lambda: (holder.close(), idler.close())


def in_maintenance(scene):
    scene.options["maintenance"] = {"interval": 1}
    reading(scene)
    holder = hold(scene, "ingest.maintenance_hook")
    wait_blocked(scene, "kepud/%/maintenance", "a task that waits")
    return holder.close


def away_with_a_batch(scene):
    reading(scene)
    scene.lines["postgres"].refuse()
    scene.fill(5)
    scene.kepud.wait_log("no connection to PostgreSQL")


def claiming(scene):
    reading(scene)
    scene.kepud.stop(deadline=END_S)
    holder = hold(scene, "ingest.kafka_offset")
    scene.kepud.start()
    wait_blocked(scene, "kepud", "a claim that waits")
    return holder.close


class Idler:
    """Another member of the group, which takes part in nothing once it has got partitions: a rebalance waits for it."""

    def __init__(self, scene):
        self.group = f"group-{scene.topic}"
        self.admin = AdminClient({"bootstrap.servers": scene.broker.bootstrap, "log_level": 0})
        self.consumers = []
        self.options = {"bootstrap.servers": scene.broker.bootstrap, "group.id": self.group, "log_level": 0}
        self.topic = scene.topic

    def join(self):
        self.consumers.append(Consumer(self.options))
        self.consumers[-1].subscribe([self.topic])
        return self.consumers[-1]

    def join_and_idle(self, watch=None):
        consumer = self.join()
        wait_for(lambda: consumer.poll(0.1) or consumer.assignment(), "partitions of the other member", watch=watch)

    def wait_for_rebalance(self, members):
        def waits():
            group, = self.admin.list_groups(self.group, timeout=10)
            for consumer in self.consumers[1:]:
                consumer.poll(0)
            return group.state == "PreparingRebalance" and len(group.members) >= members
        wait_for(waits, "a rebalance that waits")

    def close(self):
        for consumer in self.consumers:
            consumer.close()


def joining(scene):
    idler = Idler(scene)
    idler.join_and_idle()
    scene.start()
    idler.wait_for_rebalance(2)
    return idler.close


def rebalancing(scene):
    """It has given its partitions back, and the group is not complete yet."""
    reading(scene)
    idler = Idler(scene)
    idler.join_and_idle(scene.kepud.must_run)
    taken = said(scene, "taken back")
    idler.join()
    idler.wait_for_rebalance(3)
    wait_for(lambda: said(scene, "taken back") > taken, "a second rebalance")
    return idler.close


def stopped(scene):
    """One partition is not the log that was read."""
    reading(scene)
    scene.kepud.stop(deadline=END_S)
    # Doing it twice undoes it.
    spoil = """UPDATE ingest.kafka_offset SET last_fingerprint =
            (reverse(replace(last_fingerprint::text, '-', '')))::uuid WHERE partition = 1"""
    scene.database.rows(spoil)
    scene.kepud.start().wait_log("partition stopped")
    return lambda: scene.database.rows(spoil)


def told_twice(scene):
    waiting_for_commit(scene)
    scene.kepud.process.send(signal.SIGTERM)
    scene.kepud.wait_log("ending on signal")


def destroy_hangs(scene):
    """librdkafka's destructor does not return: 2.0.2 has such bugs."""
    reading(scene, program=KEPUD_HANG)
    return lambda: said(scene, "left without waiting for Kafka") == 1 or pytest.fail("it did not hang")


def destroy_hangs_inside_a_batch(scene):
    holder = stuck_in_a_batch(scene, program=KEPUD_HANG)
    scene.lines["postgres"].half_open()
    return holder.close


def expelled(scene):
    """Another process has taken its name, and a batch is in flight, so it has not joined anew yet."""
    holder = stuck_in_a_batch(scene)
    twin = scene.twin().start()
    scene.kepud.wait_log("Kafka ended this member of the group")
    twin.kill()
    return holder.close


ALWAYS = [asking_slowly, destroy_hangs, destroy_hangs_inside_a_batch, inside_a_batch]  # what mutants ask for, too
STATES = [
    just_started, connecting_refused, connecting_half_open, never_assigned_refused, never_assigned_half_open, joining,
    asking_where_to_begin, claiming, reading, waiting_for_commit, away_with_a_batch,
    kafka_half_open, kafka_refused, everything_half_open, rebalancing, expelled, stopped, told_twice,
    releasing_with_a_batch, in_maintenance]


def chosen():
    return ALWAYS + (STATES if LONG else randoms.Random(SEED).sample(STATES, SAMPLE))


@pytest.mark.parametrize("state", chosen())
def test_sigterm(scene, state):
    """A state leaves behind what is to be put in order again."""
    repair = state(scene)
    began = time.monotonic()
    scene.kepud.stop(deadline=END_S)
    print(f"ended after {time.monotonic() - began:.1f} s")
    if repair:
        repair()
    for line in scene.lines.values():
        line.heal()
    scene.kepud.start()
    scene.fill(5)
    scene.finish()
