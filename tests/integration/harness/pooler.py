# SPDX-License-Identifier: Apache-2.0
"""Debian's PgBouncer in front of a cluster, in transaction mode, otherwise with stock settings."""
import os
import shutil
import socket

from .process import Process, free_port
from .wait import wait_for

PROGRAM = "/usr/sbin/pgbouncer"
SETTINGS = """
[databases]
* = host={host} port={server} user=kepud
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
pool_mode = transaction
auth_type = any
"""


class Pooler:
    """`folder`: one that PostgreSQL's user may enter; `settings`: lines for its configuration."""

    def __init__(self, folder, server, *settings):
        self.folder, self.server = folder, server
        self.port = free_port()
        self.process = None
        self.config = folder / "pgbouncer.ini"
        server_port = (server.folder / "port").read_text().strip()
        self.config.write_text(SETTINGS.format(host=server.folder, server=server_port, port=self.port) +
                               "\n".join(settings))
        self.config.chmod(0o644)

    def start(self):
        assert shutil.which(PROGRAM), f"no {PROGRAM}: run scripts/setup"
        command = [PROGRAM, self.config]
        if os.geteuid() == 0:  # it refuses root, and would forget that it has to end with its parent
            owner = (self.server.folder / "data").stat()
            command = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups",
                       "--pdeathsig=KILL", *command]
        self.process = Process("pgbouncer", command, self.folder / "pgbouncer.log")
        wait_for(self._listens, "PgBouncer", watch=self.process.must_run)
        return self

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()

    def conninfo(self, database):
        return f"host=127.0.0.1 port={self.port} user=kepud dbname={database} sslmode=disable"
