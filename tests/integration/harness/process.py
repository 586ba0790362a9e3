# SPDX-License-Identifier: Apache-2.0
"""A child process with its output in a file, which does not outlive the test run."""
import ctypes
import os
import signal
import socket
import subprocess

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    def __init__(self, name, command, log, env=None, stdin=subprocess.DEVNULL):
        self.name = name
        self.command = [str(part) for part in command]
        self.log_path = log
        with open(log, "ab") as output:
            self.popen = subprocess.Popen(self.command, stdin=stdin, stdout=output, stderr=subprocess.STDOUT,
                                          env={**os.environ, **(env or {})}, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def tail(self, lines=40):
        return "\n".join(self.log().splitlines()[-lines:])

    def cpu(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_running(self):
        return self.popen.poll() is None

    def must_run(self):
        """For wait_for(watch=…)."""
        if not self.is_running():
            raise AssertionError(f"{self.name} ended with {self.popen.returncode}:\n{self.tail()}")

    def send(self, number):
        if self.is_running():
            self.popen.send_signal(number)

    def end(self, number=signal.SIGTERM, deadline=30.0):
        """Sends the signal, waits, and returns the exit code; a process that does not end is killed and reported."""
        self.send(number)
        self.send(signal.SIGCONT)
        try:
            return self.popen.wait(deadline)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait(deadline)
            raise AssertionError(f"{self.name} did not end within {deadline:g} s:\n{self.tail()}") from None

    def kill(self):
        return self.end(signal.SIGKILL)
