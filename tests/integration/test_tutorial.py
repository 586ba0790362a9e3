# SPDX-License-Identifier: Apache-2.0
"""docs/tutorial-event-type.md, done: a type that the shipped catalogue does not know is judged, stored and counted by
the program as it is. Three files, no C, no build."""
import shutil
import subprocess

from harness.kafka import produce
from harness.kepud import migrate
from harness.paths import CATALOGUE, KEPUD, MIGRATIONS, PROJECT

TUTORIAL = PROJECT / "docs" / "tutorial"


def check(kepud):
    return subprocess.run([KEPUD, "check", "--database", "-c", kepud.config], capture_output=True, text=True,
                          timeout=60)


def test_a_new_type_needs_no_c(broker, daemon, postgres, migrated, tmp_path):
    folders = {"catalogue": str(tmp_path / "catalogue"), "migrations": str(tmp_path / "migrations")}
    shutil.copytree(CATALOGUE, folders["catalogue"])
    shutil.copytree(MIGRATIONS, folders["migrations"])
    database = postgres.create(template=migrated)
    kepud = daemon(broker, broker.create_topic("inspections"), database=database, **folders)
    before = check(kepud)
    assert before.returncode == 0 and "20 event types" in before.stdout, before

    shutil.copy(TUTORIAL / "device.inspected.cfg", folders["catalogue"])
    lacking = check(kepud)
    assert lacking.returncode == 78 and "kepu.fact_device_inspection: no such table" in lacking.stderr, lacking

    shutil.copy(TUTORIAL / "device_inspection.sql", tmp_path / "migrations" / "9000_device_inspection.sql")
    done = migrate(tmp_path, database, **folders)
    assert done.returncode == 0, done.stderr.decode()
    assert check(kepud).returncode == 0

    produce(broker, "inspections", (TUTORIAL / "events.jsonl").read_bytes().splitlines())
    with kepud:
        database.wait_offsets("inspections", broker.end_offsets("inspections"), watch=kepud.must_run)
    assert database.rows("SELECT device_id, facility_id, result, faults::int FROM kepu.fact_device_inspection") == [
        ("seismograph-1", "tlf-hall", "repair", 2)]
    assert database.rows("SELECT lang, body FROM kepu.event_text ORDER BY lang") == [
        ("en", "needle sticks"), ("zh-Hans", "指针卡住")]
    assert database.rows("SELECT reason, pointer, event_id FROM ingest.dead_letter") == [
        ("E_RULE_ONEOF", "/data/faults", "inspection-2")]
    assert database.value("SELECT is_placeholder FROM kepu.facility WHERE facility_id = 'tlf-hall'") is True
    database.close()


def test_its_golden_cases(tmp_path):
    folder = tmp_path / "catalogue"
    shutil.copytree(CATALOGUE, folder)
    shutil.copy(TUTORIAL / "device.inspected.cfg", folder)
    cases = tmp_path / "cases" / "device.inspected"
    cases.mkdir(parents=True)
    shutil.copy(TUTORIAL / "device.inspected.case", cases)
    runner = KEPUD.parent / "tests" / "cases" / "cases"
    done = subprocess.run([runner, folder, cases.parent], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
