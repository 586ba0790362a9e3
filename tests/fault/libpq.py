# SPDX-License-Identifier: Apache-2.0
"""The switches of kepud-libpq (libpq_fails.c): which call of libpq is to fail, and whether it did."""
import mmap
import re
import struct
import subprocess

from harness.paths import KEPUD_LIBPQ, PROJECT

LAYOUT = struct.Struct("=QQQQ64s64s")
AT, FOREVER, CALLS, FAILURES = range(0, 32, 8)

# What the daemon calls and what cannot fail: it answers from memory, or gives memory back.
INFALLIBLE = {"PQclear", "PQcmdStatus", "PQconninfoFree", "PQfinish", "PQfreemem", "PQgetlength", "PQgetvalue",
              "PQisBusy", "PQlibVersion", "PQntuples", "PQresultErrorField", "PQresultStatus", "PQserverVersion",
              "PQsetErrorVerbosity", "PQsetNoticeReceiver", "PQsocket", "PQstatus", "PQtransactionStatus"}
COMMANDS = {"PQconnectdbParams", "PQexec", "PQexecParams", "PQconndefaults"}  # a running daemon comes by none of them


def symbols(path, *options):
    done = subprocess.run(["nm", *options, path], capture_output=True, text=True, timeout=60, check=True)
    return set(re.findall(r"\b\w*PQ\w+\b", done.stdout))


def ways():
    """("NAME way", …): every failure that there is, as the source has it."""
    name, found = None, []
    for line in (PROJECT / "tests/fault/libpq_fails.c").read_text().splitlines():
        named = re.search(r"__wrap_(PQ\w+)\(", line)
        name = named[1] if named else name
        found += [f"{name} {way.strip(chr(34)) if way != 'CUT' else 'cut'}"
                  for way in re.findall(r"\bFAILS\(\w+, (CUT|\"[^\"]*\")\)", line)]
    return found


class Control:
    def __init__(self, path):
        path.write_bytes(bytes(LAYOUT.size))
        self.environment = {"PQ_CONTROL": str(path)}
        self.program = KEPUD_LIBPQ
        with open(path, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), LAYOUT.size)

    def _put(self, at, value):
        self._page[at:at + 8] = struct.pack("=Q", value)

    def _get(self, at):
        return struct.unpack("=Q", self._page[at:at + 8])[0]

    def disarm(self):
        self._put(AT, 0)

    def arm(self, number, forever=False, only=""):
        """The number-th call from now on fails; forever: all that follow as well."""
        self.disarm()
        self._page[32:96] = only.encode().ljust(64, b"\0")
        self._put(FOREVER, forever)
        self._put(CALLS, 0)
        self._put(FAILURES, 0)
        self._put(AT, number)

    def calls(self):
        return self._get(CALLS)

    def failures(self):
        return self._get(FAILURES)

    def what(self):
        """Failed last."""
        return self._page[96:160].split(b"\0")[0].decode() if self.failures() else "nothing"
