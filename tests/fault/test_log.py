# SPDX-License-Identifier: Apache-2.0
"""Nobody reads the log any more, and its pipe is full (a journal that hangs): the daemon works on, and ends when it is
told to; who reads again learns how much he has missed."""
import os
import random as randoms

from harness import events
from harness.kafka import produce
from scene import END_S

PIPE_FULL = 60_000  # of 64 KiB: lines are not cut
TELLING = {"log_level": "info", "batch": {"events": 1}}  # a line for each event


def test_nobody_reads_the_log(broker, database, daemon):
    topic = broker.create_topic()
    kepud = daemon(broker, topic, **TELLING)
    os.mkfifo(kepud.log_path)
    pipe = os.open(kepud.log_path, os.O_RDONLY | os.O_NONBLOCK)
    kepud.start()
    kepud.log_path.unlink()  # from here on nobody finds it, and what looks for errors in the log does not wait
    random = randoms.Random(1)

    def send(count):
        produce(broker, topic, [events.encode(events.visit(random)) for _ in range(count)])
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)

    send(1000)
    read = os.read(pipe, 1 << 20)
    assert len(read) > PIPE_FULL and b"are lost" not in read
    send(1)
    told = os.read(pipe, 1 << 20)
    assert b"lines of the log are lost, nobody read them\n" in told and b"events=1 " in told
    send(1000)
    kepud.stop(deadline=END_S)
    os.close(pipe)
    assert database.value("SELECT count(*) FROM ingest.ledger") == 2001
