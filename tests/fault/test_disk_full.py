# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's disk is full: that of the tables, or that of everything, so that the server itself goes down. The daemon
waits, nothing of it reaches the dead letters, and it goes on when there is room. KEPUD_SEED repeats a run."""
import contextlib
import os
import subprocess

import psycopg2
import pytest

from traffic import LONG

FULL_S = 60 if LONG else 3
BYTES = 256 << 20
FULL, LOST = "sqlstate=53100", "no connection to PostgreSQL"
AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]


class SmallDisk:
    """A file system of its own in memory, and a file in it that takes what room there is."""

    def __init__(self, folder):
        self.folder, self.ballast = folder, folder / "ballast"

    def fill(self):
        """To the last page, whoever else writes meanwhile."""
        with open(self.ballast, "wb", buffering=0) as file:
            for size in (1 << 20, 4096):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass

    def make_room(self):
        self.ballast.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(folder, size):
    folder.mkdir()
    mount = subprocess.run([*AS_ROOT, "mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "kepud-test", folder],
                           capture_output=True, text=True, check=False)
    if mount.returncode:
        pytest.skip(f"no right to mount a small disk: {mount.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run([*AS_ROOT, "umount", "--lazy", folder], check=True)
        folder.rmdir()


@pytest.fixture
def disk(short_folder):
    with small_disk(short_folder / "disk", BYTES) as one:
        yield one


@pytest.fixture
def tables_on_disk(disk, postgres, migrated):
    """A database whose tables lie there; the server itself has room, and so has its log of changes."""
    place = disk.folder / "tables"
    place.mkdir()
    os.chown(place, (postgres.folder / "data").stat().st_uid, -1)
    with contextlib.closing(postgres.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        database = postgres.create(template=migrated, tablespace="small")
        yield database
        database.close()
        disk.make_room()
        cursor.execute(f'DROP DATABASE "{database.name}" WITH (FORCE)')
        cursor.execute("DROP TABLESPACE small")


def test_no_room_for_tables(begin, tables_on_disk, disk):
    traffic = begin(tables_on_disk)
    disk.fill()
    traffic.wait_more(FULL, 0)
    traffic.must_wait(FULL_S)
    disk.make_room()
    traffic.back()
    traffic.finish()


def use_up_the_log(server):
    """Somebody else writes as well: until PostgreSQL wants another segment, and goes down."""
    with pytest.raises(psycopg2.OperationalError), contextlib.closing(server.connect()) as one, one.cursor() as cursor:
        for _ in range(100):
            cursor.execute("SELECT pg_logical_emit_message(false, 'test', 'x')")
            cursor.execute("SELECT pg_switch_wal()")


def test_no_room_for_anything(begin, disk, cluster):
    """Without room for its log PostgreSQL goes down, and cannot come up."""
    traffic = begin(cluster("fsync=off", "min_wal_size=32MB", "max_wal_size=32MB", folder=disk.folder))
    server = traffic.database.server
    disk.fill()
    traffic.wait_more(FULL, 0)
    use_up_the_log(server)
    traffic.wait_more(LOST, 0)
    traffic.must_wait(FULL_S)
    assert not (server.folder / "data" / "postmaster.pid").exists(), "PostgreSQL found room"
    disk.make_room()
    server.start()
    traffic.back()
    traffic.finish()
