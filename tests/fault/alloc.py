# SPDX-License-Identifier: Apache-2.0
"""Runs of kepud-alloc (alloc_fails.c), in which allocations fail, and the verdict on how each ended."""
import collections
import os
import re
import signal
import subprocess

from harness.kepud import SANITIZERS
from harness.paths import KEPUD_ALLOC

# No names of functions: a thousand stacks would take minutes. And no search for leaks in a fork.
QUICK = {"ASAN_OPTIONS": SANITIZERS["ASAN_OPTIONS"].replace("detect_leaks=1", "detect_leaks=0") + ":symbolize=0",
         "UBSAN_OPTIONS": SANITIZERS["UBSAN_OPTIONS"]}
SANITIZED, CONFIG = 99, 78
MEMORY = re.compile(rb"out of (dynamic )?memory|Cannot allocate memory|"
                    rb": (?!daemon/)[\w.]+:\d+: \w+: Assertion `.+' failed")
FRAME = re.compile(rb"^ +#\d+ 0x.*", re.MULTILINE)
LIBC = re.compile(rb"/lib(c|asan)\.so| nptl/| string/|sysdeps")
# They use what they got without a look, when they read a file and when they load themselves, and nobody can stop them.
CARELESS = re.compile(rb"/lib(config|crypto|sasl2)\.so| nss/")
NEVER_WRITTEN = re.compile(rb"0x(be){8}")  # what AddressSanitizer fills memory with
SANITIZER = b"AddressSanitizer: CHECK failed: sanitizer_"  # it is a library as well
# librdkafka goes on without a SASL that had no memory to begin with, and both of them write where they like.
ASIDE = re.compile(rb"no olist|librdkafka: sasl_client_init\(\) failed: [^\n]*\n")

End = collections.namedtuple("End", "number code out err")  # code: negative for a signal
Sweep = collections.namedtuple("Sweep", "ends count whole")


def run(arguments, **environment):
    return subprocess.run([KEPUD_ALLOC, *map(str, arguments)], capture_output=True, timeout=1800, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **QUICK, **environment})


def alone(arguments, number):
    """The one failure, in a process of its own, with a look for leaks."""
    done = run(arguments, ALLOC_FAIL=str(number), **SANITIZERS)
    return End(number, done.returncode, done.stdout, done.stderr)


def sweep(arguments, report, first, every):
    """Every such failure in a fork. count: allocations up to the first thread."""
    whole = run(arguments, ALLOC_SWEEP=str(report), ALLOC_FIRST=str(first), ALLOC_EVERY=str(every))
    ends, count, data, at = [], None, report.read_bytes(), 0
    while at < len(data):
        end = data.index(b"\n", at)
        what, *numbers = data[at:end].split()
        number, status, out, err = map(int, numbers)
        begin, at = end + 1, end + 1 + out + err
        if what == b"end":
            count = number
        else:
            ends.append(End(number, os.waitstatus_to_exitcode(status), data[begin:begin + out], data[begin + out:at]))
    return Sweep(ends, count, whole)


def in_library(err):
    """A library took NULL for memory, or went on with a list that it had not filled, so it ended there and then."""
    address = re.search(rb"SEGV on unknown address (?:\(nil\)|0x([0-9a-f]+)| ?\(pc)", err)
    frames = [frame for frame in FRAME.findall(err) if not LIBC.search(frame)]
    followed = address and (int(address[1] or b"0", 16) < 4096 or NEVER_WRITTEN.search(err))
    return bool(followed and frames and CARELESS.search(frames[0])) or SANITIZER in err


def ours(text):
    """What the process itself wrote."""
    return ASIDE.sub(b"", text)


def verdict(end, whole):
    """What is right about how it ended; None: nothing is."""
    if end.code == whole.returncode and whole.stdout.endswith(ours(end.out)) and whole.stderr.endswith(ours(end.err)):
        return "did without"
    if end.code == -signal.SIGABRT and MEMORY.search(end.err):
        return "ended at once"
    if end.code == SANITIZED:
        return "in a library" if in_library(end.err) else None
    # Not with the code of a configuration that a person has to look at.
    if end.code > 0 and end.code not in (CONFIG, whole.returncode) and MEMORY.search(end.err):
        return "said so"
    return None
