# SPDX-License-Identifier: Apache-2.0
"""The daemon under test."""
import os
import signal
import subprocess
from pathlib import Path

from .paths import CATALOGUE, KEPUD, MIGRATIONS
from .process import Process
from .wait import wait_for

NOW = "2026-11-22T12:00:00+08:00"  # the clock of samples and bad events
SANITIZERS = {"ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1",
              "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


def quote(value):
    """A Python value in libconfig's syntax."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, dict):
        return "{ " + " ".join(f"{name} = {quote(member)};" for name, member in value.items()) + " }"
    if isinstance(value, (list, tuple)) and any(isinstance(one, dict) for one in value):
        return "( " + ", ".join(map(quote, value)) + " )"
    if isinstance(value, (list, tuple)):
        return "[ " + ", ".join(map(quote, value)) + " ]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Kepud:
    """One instance with its config; start() and end it as often as you like, the log goes on."""

    def __init__(self, folder, database, broker, topics, group=None, name="kepud", now=NOW, **sections):
        # A group of its own for every topic, or a test would meet the static members of the one before.
        group = group or f"group-{topics[0]}"
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.now = now
        self.config = folder / f"{name}.conf"
        self.log_path = folder / f"{name}.log"
        self.process = None
        self.is_judged = False  # the test has looked at how it ended, a sanitizer's report included
        settings = {
            "kafka": {"brokers": broker.bootstrap, "topics": list(topics), "group": group, "instance": name,
                      "properties": ["session.timeout.ms=6000"]},
            "postgres": {"conninfo": database.conninfo, "connections": 2},
            "catalogue": str(CATALOGUE), "migrations": str(MIGRATIONS),
        }
        for section, value in sections.items():
            if isinstance(value, dict):
                settings.setdefault(section, {}).update(value)
            else:
                settings[section] = value
        self.config.write_text("".join(f"{key} = {quote(value)};\n" for key, value in settings.items()))

    def start(self, program=KEPUD, **environment):
        assert self.process is None or not self.process.is_running()
        command = [program, "run", "-c", self.config] + (["--now", self.now] if self.now else [])
        self.process = Process(self.name, command, self.log_path, env={**SANITIZERS, **environment})
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        # A test that has failed already says why; the end of the daemon would only hide it.
        if kind is None:
            self.stop()
        else:
            self.kill()

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def must_run(self):
        self.process.must_run()

    def wait_until(self, condition, what, deadline=30.0):
        return wait_for(condition, what, deadline, watch=self.must_run)

    def wait_log(self, text, deadline=30.0):
        return wait_for(lambda: text in self.log(), f"'{text}' in the log of {self.name}", deadline)

    def kill(self):
        if self.process is not None and self.process.is_running():
            self.process.kill()
        if not self.is_judged:
            self.must_be_clean()

    def freeze(self):
        self.process.send(signal.SIGSTOP)

    def is_frozen(self):
        """By whomever; every thread of it."""
        if not self.process.is_running():
            return False
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return all((task / "stat").read_text().rsplit(")", 1)[1].split()[0] == "T" for task in tasks)

    def thaw(self):
        self.process.send(signal.SIGCONT)

    def stop(self, code=0, deadline=30.0):
        """SIGTERM; it must end with this code."""
        found = self.process.end(signal.SIGTERM, deadline)
        self.must_be_clean()
        assert found == code, f"{self.name} ended with {found}, not {code}:\n{self.process.tail()}"

    def wait_end(self, deadline=30.0):
        """Its exit code, when it ends by itself."""
        wait_for(lambda: not self.process.is_running(), f"the end of {self.name}", deadline)
        self.must_be_clean()
        return self.process.popen.returncode

    def must_be_clean(self):
        log = self.log()
        for word in ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "assertion failed"):
            assert word not in log, f"{self.name}: {word}\n{log[log.index(word) - 200:][:4000]}"


def run(*arguments, stdin=None, deadline=60.0, program=KEPUD, environment=None):
    """A subcommand that ends by itself: a CompletedProcess with bytes."""
    done = subprocess.run([program, *map(str, arguments)], input=stdin, capture_output=True, timeout=deadline,
                          env={**os.environ, **SANITIZERS, **(environment or {})}, check=False)
    assert b"Sanitizer" not in done.stderr and b"runtime error:" not in done.stderr, done.stderr.decode()
    return done


def configuration(folder, database, **changes):
    """A file for the commands that work on a database: its path."""
    folder.mkdir(exist_ok=True)
    config = folder / f"migrate-{database.name}.conf"
    settings = {"kafka": {"brokers": "127.0.0.1:9", "topics": ["none"], "group": "none"},
                "postgres": {"conninfo": database.conninfo}, "catalogue": str(CATALOGUE),
                "migrations": str(MIGRATIONS), **changes}
    config.write_text("".join(f"{key} = {quote(value)};\n" for key, value in settings.items()))
    return config


def migrate(folder, database, **changes):
    """Runs `kepud migrate` on a database."""
    return run("migrate", "-c", configuration(folder, database, **changes))
