# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run, say what they promise, and refuse what is not durable. How fast anything is does not matter."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).with_name("bench.py")
SMALL = ["--quick", "--events", "2000", "--runs", "1", "--json"]
PROMISED = {"end_to_end_events_per_s", "raw_copy_events_per_s", "ratio", "daemon_cpu_us_per_event",
            "postgres_cpu_us_per_event", "peak_rss_mib", "wal_bytes_per_event", "ratio_reference"}


def bench(*arguments, history):
    return subprocess.run([sys.executable, BENCH, *SMALL, "--history", history, *arguments], capture_output=True,
                          text=True, check=False, timeout=300)


@pytest.fixture(autouse=True)
def with_broker(broker):
    """Without Apache Kafka there is nothing to measure."""


def test_without_a_part_one_object(tmp_path):
    done = bench(history=tmp_path / "history.jsonl")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert PROMISED <= set(result)
    assert all(result[name] > 0 for name in PROMISED)
    assert result["postgres"]["fsync"] == "on" and result["postgres"]["indexes"].endswith("as shipped")
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 1


def test_parts_are_lines(tmp_path):
    done = bench("end", "start", "latency", "--workloads", "mix", "--delays", "0", "--rates", "100", "--seconds", "2",
                 history=tmp_path / "history.jsonl")
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [entry["part"] for entry in entries] == ["end", "start", "latency"]
    for entry in entries:
        assert {"date", "command", "machine", "versions", "postgres", "conditions"} <= set(entry)
        assert all(of["median"] > 0 for of in entry["figures"].values()), entry
    assert entries[2]["figures"]["p99_ms"]["median"] >= entries[2]["figures"]["p50_ms"]["median"]


@pytest.mark.parametrize("setting", ["fsync=off", "synchronous_commit=off", "full_page_writes=off"])
def test_what_is_not_durable_is_refused(setting, tmp_path):
    done = bench("--setting", setting, history=tmp_path / "history.jsonl")
    assert done.returncode != 0 and not done.stdout
    assert f"{setting.replace('=', ' is ')}: no durable figure" in done.stderr
    assert not (tmp_path / "history.jsonl").exists()


def test_an_unknown_part_is_an_error(tmp_path):
    done = bench("ned", history=tmp_path / "history.jsonl")
    assert done.returncode != 0 and "no such part: ned" in done.stderr
