# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of PostgreSQL or Kafka: refuses, cuts, goes silent, is slow. In front of PostgreSQL it
understands enough of the protocol to do so around a COMMIT, at any byte of it or of its answer."""
import contextlib
import dataclasses
import socket
import struct
import threading
import time


def query(sql):
    """The message of a simple query."""
    text = sql.encode() + b"\0"
    return b"Q" + struct.pack(">i", 4 + len(text)) + text


COMMIT = b"COMMIT\0"
REQUEST = query("COMMIT")
COMMITTED = b"C" + struct.pack(">i", 4 + len(COMMIT)) + COMMIT
ANSWER = COMMITTED + b"Z" + struct.pack(">i", 5) + b"I"  # "ready for the next query, no transaction is open"
SERVER, CLIENT = "server", "client"  # a direction: towards whom


class Cut:
    """What to wait for: the COMMIT of a transaction in which a statement with `needle` was sent. `before`: the
    server gets `keep` bytes of the COMMIT; otherwise it gets all of it, and the client gets `keep` bytes of the
    answer. Then the connection is closed, reset (`reset`), or nothing more ever comes (`silent`)."""

    def __init__(self, needle, before, skip=0, keep=0, reset=False, silent=False):
        self.needle, self.before, self.skip, self.keep = needle, before, skip, keep
        self.reset, self.silent = reset, silent
        self.done = threading.Event()


class Spoil:
    """The next `statement` after one with `needle` arrives as something PostgreSQL does not know, so it fails."""

    def __init__(self, statement, needle):
        self.request = query(statement)
        self.needle = needle
        self.done = threading.Event()


@dataclasses.dataclass(frozen=True)
class Faults:
    """What a proxy does to every byte. `swallow`: the directions in which all is lost, while nothing is closed."""

    swallow: frozenset = frozenset()
    delay: float = 0.0  # seconds, for each piece as it comes
    piece: int = 1 << 20  # bytes sent at once
    rate: float = 0.0  # bytes a second of each connection in each direction, 0: any
    hang_up: bool = False  # a new connection is closed at once


class Proxy:
    """Listens on loopback; `with proxy:` accepts until the end of the block."""

    def __init__(self, upstream=None):
        self.upstream = upstream  # path of a unix socket or (host, port); may be said later
        self.faults = Faults()
        self._lock = threading.Lock()
        self._cut = None
        self._spoil = None
        self._open = set()
        self.attempts = []  # when somebody connected
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"

    def conninfo(self, base):
        """The same database, through the proxy, in the clear: we have to read it."""
        words = [word for word in base.split() if not word.startswith(("host=", "port="))]
        return " ".join(["host=127.0.0.1", f"port={self.port}", "sslmode=disable", "gssencmode=disable", *words])

    def arm(self, cut):
        with self._lock:
            self._cut = cut
        return cut

    def spoil(self, spoil):
        self._spoil = spoil
        return spoil

    def pass_on(self, request, statements):
        """What the server gets of it."""
        with self._lock:
            spoil = self._spoil
            if spoil is None or request != spoil.request or not any(spoil.needle in one for one in statements):
                return request
            self._spoil = None
            spoil.done.set()
            return request[:-4] + b"xxx\0"

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

    def set(self, **faults):
        """From now on these, and no others."""
        self.faults = Faults(**faults)

    def narrow(self):
        """Connections from now on are read into 64 KiB and no more: what is sent stays with the sender until the line
        has carried it."""
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)

    def half_open(self, *directions):
        """What is sent is lost; neither side hears that the other one closes. A new connection fares no better."""
        self.set(swallow=frozenset(directions or (SERVER, CLIENT)))

    def heal(self):
        """Connections that have lost bytes are reset, as by a machine that knows nothing of them."""
        self.set()
        self.listen()
        self.cut(reset=True, only_damaged=True)

    def cut(self, reset=False, only_damaged=False):
        with self._lock:
            links = [link for link in self._open if link.damaged or not only_damaged]
        for link in links:
            link.cut(reset)

    def refuse(self, reset=False):
        """Nobody listens any more, and what is open is cut."""
        if self._listener is not None:
            close(self._listener)
        self._listener = None
        self.cut(reset)

    def listen(self):
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.__enter__()

    def damaged(self):
        """How many connections have lost bytes and are still open at one end."""
        with self._lock:
            return sum(link.damaged for link in self._open)

    def __enter__(self):
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def __exit__(self, *_):
        if self._listener is not None:
            close(self._listener)
        self.cut()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.attempts.append(time.monotonic())
                if self.faults.hang_up:
                    close(client)
                    continue
                try:
                    server = self._connect()
                except OSError:
                    close(client)
                    continue
                kind = PostgresLink if isinstance(self.upstream, str) else Link
                self._begin(kind(self, client, server))

    def _begin(self, link):
        with self._lock:
            self._open.add(link)
        for pump in (link.from_client, link.from_server):
            threading.Thread(target=link.run, args=(pump,), daemon=True).start()

    def _connect(self):
        if isinstance(self.upstream, str):
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.upstream)
            except OSError:
                server.close()
                raise
            return server
        server = socket.create_connection(self.upstream, timeout=10)
        server.settimeout(None)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server

    def forget(self, link):
        with self._lock:
            self._open.discard(link)


def close(stream, reset=False):
    with contextlib.suppress(OSError):
        if reset and stream.family == socket.AF_INET:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            stream.shutdown(socket.SHUT_RD)  # wakes whoever reads; the last close sends the RST
        else:
            stream.shutdown(socket.SHUT_RDWR)
    stream.close()


class Link:
    """One connection and the server's end of it."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.damaged = False  # bytes are lost: nothing passes any more, until it is cut
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self, pump):
        with contextlib.suppress(OSError, ValueError):
            pump()
        # Who lost bytes does not hear of the other's end either: as with a peer behind a dead line.
        if self.damaged or self.proxy.faults.swallow:
            self.damaged = True
            close(self.client if pump == self.from_client else self.server)
        else:
            self.cut()

    def cut(self, reset=False):
        close(self.client, reset)
        close(self.server, reset)
        self.proxy.forget(self)

    def from_client(self):
        self._pump(self.client, SERVER)

    def from_server(self):
        self._pump(self.server, CLIENT)

    def _pump(self, stream, towards):
        while data := stream.recv(65536):
            self.send(data, towards)

    def send(self, data, towards):
        stream = self.server if towards == SERVER else self.client
        while data:
            faults = self.proxy.faults
            if self.damaged or towards in faults.swallow:
                self.damaged = True
                return
            size = min(faults.piece, max(1, int(faults.rate / 20))) if faults.rate else faults.piece
            # This is the pace of the line, no wait for anything.
            time.sleep(faults.delay + (min(size, len(data)) / faults.rate if faults.rate else 0))
            stream.sendall(data[:size])
            data = data[size:]


class PostgresLink(Link):
    """Knows where a COMMIT begins, and its answer."""

    def __init__(self, proxy, client, server):
        super().__init__(proxy, client, server)
        self.hold = None  # the cut to be done when the server has committed

    def end(self, cut):
        """As the cut wants it."""
        if cut.silent:
            self.damaged = True
        else:
            self.cut(cut.reset)
        cut.done.set()

    def from_client(self):
        with self.client.makefile("rb") as stream:
            size = stream.read(4)
            self.send(size + stream.read(struct.unpack(">i", size)[0] - 4), SERVER)
            statements = []
            while True:
                head = stream.read(5)
                if len(head) < 5:
                    return
                body = stream.read(struct.unpack(">i", head[1:])[0] - 4)
                if head[:1] in b"QP":
                    statements.append(body)
                request = self.proxy.pass_on(head + body, statements)
                if request == REQUEST:
                    cut = self.proxy.take(statements)
                    statements = []
                    if cut and cut.before:
                        self.send(REQUEST[:cut.keep], SERVER)
                        self.end(cut)
                        continue
                    self.hold = cut
                self.send(request, SERVER)

    def from_server(self):
        answer = b""
        while data := self.server.recv(65536):
            if self.hold is None:
                self.send(data, CLIENT)
                continue
            # What was sent before the COMMIT has been answered: all of this is its answer.
            answer += data
            if len(answer) >= len(ANSWER):
                if answer != ANSWER:
                    raise ValueError(f"no answer to a COMMIT: {answer!r}")
                self.send(answer[:self.hold.keep], CLIENT)
                cut, self.hold, answer = self.hold, None, b""
                self.end(cut)
