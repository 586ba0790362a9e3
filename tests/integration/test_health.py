# SPDX-License-Identifier: Apache-2.0
"""GET /healthz, on loopback and on a unix socket: right while PostgreSQL is there, else wrong with the reason."""
import http.client
import os
import signal
import socket

from harness.kafka import produce
from harness.process import free_port
from harness.wait import wait_for


def ask(address, method="GET", url="/healthz"):
    connection = http.client.HTTPConnection("127.0.0.1", address if isinstance(address, int) else 1, timeout=5)
    if not isinstance(address, int):
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(address))
    connection.request(method, url)
    answer = connection.getresponse()
    text = answer.read().decode().strip()
    connection.close()
    return answer.status, text


def test_only_health_and_only_get(broker, daemon, tmp_path):
    path = tmp_path / "http.sock"
    with daemon(broker, broker.create_topic(), http={"listen": f"unix:{path}"}) as kepud:
        kepud.wait_log("reading ")
        wait_for(lambda: ask(path) == (200, "ok"), "health", 20)
        assert ask(path, method="POST")[0] == 405
        assert ask(path, url="/metrics")[0] == 404
    assert not path.exists()


def test_mnh_42_health_says_that_the_database_is_away(broker, daemon, postgres, migrated):
    database = postgres.create(template=migrated)
    port = free_port()
    with daemon(broker, broker.create_topic(), database=database, http={"listen": f"127.0.0.1:{port}"}) as kepud:
        kepud.wait_log("reading ")
        wait_for(lambda: ask(port)[0] == 200, "health", 20)
        with postgres.connect().cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS false')
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                           (database.name,))
            wait_for(lambda: ask(port) == (503, "no connection to PostgreSQL"), "the reason", 20)
            cursor.execute(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS true')
        wait_for(lambda: ask(port)[0] == 200, "health again", 40)


def test_mnh_25_health_says_that_a_batch_waits(broker, daemon, postgres, migrated):
    """A backend that is frozen answers nothing: no error, no end of the connection, only silence."""
    database = postgres.create(template=migrated)
    topic = broker.create_topic()
    port = free_port()
    with daemon(broker, topic, database=database, http={"listen": f"127.0.0.1:{port}"}) as kepud:
        produce(broker, topic, [b"{}"])
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
        pids = [row[0] for row in database.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'kepud%'")]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            produce(broker, topic, [b"{}"])
            wait_for(lambda: ask(port) == (503, "PostgreSQL keeps a batch waiting"), "the reason", 40)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
        wait_for(lambda: ask(port)[0] == 200, "health again", 40)
    database.close()


def test_addresses_that_cannot_be(broker, daemon):
    for listen, said in (("0.0.0.0:9464", "loopback"), ("localhost", "loopback"), ("127.0.0.1:99999", "numeric")):
        kepud = daemon(broker, "any", name="a", http={"listen": listen}).start()
        assert kepud.wait_end() == 78, listen
        assert said in kepud.log(), kepud.log()
