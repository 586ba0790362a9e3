# SPDX-License-Identifier: Apache-2.0
"""Whether a figure counts: whatever was committed would have survived a crash, and the tables are those that ship."""
import subprocess

MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")
PRINTED = ("server_version", *MUST_BE_ON, "wal_level", "shared_buffers", "max_wal_size", "checkpoint_timeout",
           "wal_compression")
IN_MEMORY = ("tmpfs", "ramfs")

# What a role or the database sets for its sessions goes over what the server says.
OVERRIDES = """
SELECT unnest(setconfig) FROM pg_db_role_setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
NOT_LOGGED = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace IN ('ingest'::regnamespace, 'kepu'::regnamespace) AND c.relkind IN ('r', 'p', 'i', 'I')
      AND c.relpersistence <> 'p'
"""
NOT_VALID = """
SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace IN ('ingest'::regnamespace, 'kepu'::regnamespace) AND NOT (i.indisvalid AND i.indisready)
"""
# Partitions come and go with the calendar; their indexes are those of the table that they belong to.
INDEXES = """
SELECT count(*),
       md5(string_agg(pg_get_indexdef(i.indexrelid), E'\n' ORDER BY pg_get_indexdef(i.indexrelid) COLLATE "C"))
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace IN ('ingest'::regnamespace, 'kepu'::regnamespace) AND NOT c.relispartition
"""


class NotDurable(Exception):
    """No figure is given."""


def settings(database):
    return {name: database.value("SELECT current_setting(%s)", name) for name in PRINTED}


def check_settings(found):
    for name in MUST_BE_ON:
        if found[name] != "on":
            raise NotDurable(f"{name} is {found[name]}: no durable figure")


def check_sessions(database):
    for entry, in database.rows(OVERRIDES):
        name, value = entry.split("=", 1)
        if name in MUST_BE_ON and value != "on":
            raise NotDurable(f"sessions are told {entry}: no durable figure")


def check_tables(database, shipped=None):
    """Everything logged, every index there and in use; returns which indexes. `shipped`: which they have to be."""
    for sql, what in ((NOT_LOGGED, "not logged"), (NOT_VALID, "an index that is not valid")):
        if found := database.rows(sql):
            raise NotDurable(f"{found[0][0]} is {what}: no durable figure")
    count, digest = database.rows(INDEXES)[0]
    if shipped is not None and (count, digest) != shipped:
        raise NotDurable(f"{count} indexes that are not those of the migrations: no durable figure")
    return count, digest


def check_folder(folder):
    """The kind of its file system."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True).stdout.strip()
    if kind in IN_MEMORY:
        raise NotDurable(f"{folder} is in memory ({kind}): no durable figure; --folder names one on a disk")
    return kind


def check(database, folder, shipped=None):
    """Everything; returns settings and indexes."""
    found = settings(database)
    check_settings(found)
    check_sessions(database)
    indexes = check_tables(database, shipped)
    found["logged_tables"] = "all"
    found["indexes"] = f"{indexes[0]}, as shipped"
    found["file_system"] = check_folder(folder)
    return found, indexes
