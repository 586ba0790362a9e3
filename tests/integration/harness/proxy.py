# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of PostgreSQL that understands enough of the protocol to cut a connection around a COMMIT."""
import contextlib
import socket
import struct
import threading

COMMIT = b"COMMIT\0"
COMMITTED = b"C" + struct.pack(">i", 4 + len(COMMIT)) + COMMIT


class Cut:
    """What to wait for: the COMMIT of a transaction in which a statement with `needle` was sent. `before`: the
    server never hears of it; otherwise it has committed, and the client does not hear that."""

    def __init__(self, needle, before, skip=0):
        self.needle, self.before, self.skip = needle, before, skip
        self.done = threading.Event()


class Proxy:
    """Listens on loopback; `with proxy:` accepts until the end of the block."""

    def __init__(self, upstream):
        self.upstream = upstream  # path of a unix socket
        self._lock = threading.Lock()
        self._cut = None
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def conninfo(self, base):
        """The same database, through the proxy, in the clear: we have to read it."""
        words = [word for word in base.split() if not word.startswith(("host=", "port="))]
        return " ".join(["host=127.0.0.1", f"port={self.port}", "sslmode=disable", "gssencmode=disable", *words])

    def arm(self, cut):
        with self._lock:
            self._cut = cut
        return cut

    def take(self, statements):
        """The armed cut, when it is for this transaction; then it is used up."""
        with self._lock:
            cut = self._cut
            if cut is None or not any(cut.needle in statement for statement in statements):
                return None
            if cut.skip:
                cut.skip -= 1
                return None
            self._cut = None
            return cut

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        close(self._listener)
        with self._lock:
            links = list(self._open)
        for link in links:
            link.cut()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self.upstream)
                except OSError:
                    client.close()
                    server.close()
                    continue
                link = Link(self, client, server)
                with self._lock:
                    self._open.add(link)
                for pump in (link.from_client, link.from_server):
                    threading.Thread(target=link.run, args=(pump,), daemon=True).start()


def close(stream):
    with contextlib.suppress(OSError):
        stream.shutdown(socket.SHUT_RDWR)
    stream.close()


class Link:
    """One connection and the server's end of it."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.hold = None  # the cut to be done when the server has committed

    def run(self, pump):
        with contextlib.suppress(OSError, ValueError):
            pump()
        self.cut()

    def cut(self):
        close(self.client)
        close(self.server)

    def from_client(self):
        with self.client.makefile("rb") as stream:
            size = stream.read(4)
            self.server.sendall(size + stream.read(struct.unpack(">i", size)[0] - 4))
            statements = []
            while True:
                head = stream.read(5)
                if len(head) < 5:
                    return
                body = stream.read(struct.unpack(">i", head[1:])[0] - 4)
                if head[:1] in b"QP":
                    statements.append(body)
                if head[:1] == b"Q" and body == COMMIT:
                    cut = self.proxy.take(statements)
                    statements = []
                    if cut and cut.before:
                        self.cut()
                        cut.done.set()
                        return
                    self.hold = cut
                self.server.sendall(head + body)

    def from_server(self):
        while True:
            data = self.server.recv(65536)
            if not data:
                return
            # The answer to a COMMIT is short and comes alone.
            if self.hold and COMMITTED in data:
                self.cut()
                self.hold.done.set()
                return
            self.client.sendall(data)
