# SPDX-License-Identifier: Apache-2.0
"""Figures of several runs, with what they were measured on: kept as lines of a file, printed as a table."""
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from harness.paths import KAFKA_LIBS, KEPUD


def machine():
    return f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}"


def hardware():
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    kib = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1)
    return {"machine": machine(), "processor": model.group(1) if model else platform.machine(),
            "memory_gib": round(int(kib) / 1024 ** 2, 1)}


def kepud_version():
    """One line for the program and for each of its libraries."""
    return subprocess.run([KEPUD, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()


def versions():
    jars = [re.match(r"kafka_[\d.]+-([\d.]+)\.jar", jar.name) for jar in KAFKA_LIBS.glob("kafka_*.jar")]
    return [*kepud_version(), *(f"Apache Kafka {jar.group(1)}" for jar in jars if jar)]


def summary(runs):
    """Of every number that each run has: median, least, greatest."""
    names = [name for name, value in runs[0].items() if isinstance(value, (int, float))]
    return {name: {"median": round(statistics.median(run[name] for run in runs), 3),
                   "least": round(min(run[name] for run in runs), 3),
                   "greatest": round(max(run[name] for run in runs), 3)} for name in names}


class Notebook:
    """Takes the figures of one call of the benchmarks, and appends each at once to a file."""

    def __init__(self, path):
        self.path = path
        self.entries = []
        self.basis = {"date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                      "command": " ".join(["scripts/bench", *sys.argv[1:]]), **hardware(), "versions": versions()}

    def _append(self, entry):
        self.entries.append(entry)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def add(self, part, case, runs, settings=None, **conditions):
        """`settings`: of PostgreSQL, None where there is none; `conditions`: how much of what was measured."""
        self._append({"part": part, "case": case, **self.basis, "postgres": settings, "conditions": conditions,
                      "runs": len(runs), "figures": summary(runs)})

    def without(self, part, why):
        """This could not be measured here."""
        self._append({"part": part, "case": "", **self.basis, "runs": 0, "figures": {}, "why": why})

    def table(self):
        """Markdown."""
        basis = self.basis
        settings = next((entry["postgres"] for entry in self.entries if entry.get("postgres")), {})
        lines = [f"{basis['date'][:10]}, `{basis['command']}`", "",
                 f"- Machine: {basis['machine']}; {basis['processor']}; {basis['memory_gib']} GiB",
                 f"- Versions: {', '.join(basis['versions'])}",
                 f"- PostgreSQL: {', '.join(f'{name}={value}' for name, value in settings.items()) or 'not used'}",
                 "", "| part | case | runs | figure | median | least | greatest |", "|---|---|---:|---|---:|---:|---:|"]
        for entry in self.entries:
            head = f"| {entry['part']} | {entry['case']} | {entry['runs']} |"
            lines += [f"{head} {name} | {shown(of['median'])} | {shown(of['least'])} | {shown(of['greatest'])} |"
                      for name, of in entry["figures"].items()]
            if "why" in entry:
                lines.append(f"{head} not measured: {entry['why']} | | | |")
        return "\n".join(lines)


def shown(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
