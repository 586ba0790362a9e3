# SPDX-License-Identifier: Apache-2.0
"""scripts/dictionary: everything has a comment in both languages, and the committed dictionaries say what is there.
KEPUD_REWRITE=1 writes docs/dictionary.md and docs/dictionary.zh-CN.md anew."""
import re
import subprocess

import pytest

from harness import committed
from harness.paths import PROJECT

FILES = {"en": "dictionary.md", "zh": "dictionary.zh-CN.md"}


def dictionary(conninfo, *arguments):
    return subprocess.run([PROJECT / "scripts" / "dictionary", conninfo, *arguments], capture_output=True, text=True,
                          encoding="utf-8", timeout=60, check=False)


@pytest.mark.parametrize("language", FILES)
def test_committed_dictionaries(database, language):
    done = dictionary(database.conninfo, "--lang", language)
    assert done.returncode == 0, done.stderr
    committed.must_be(FILES[language], done.stdout)


def test_everything_stands_in_them(database):
    """Asked in another way than the script does: information_schema."""
    text = (PROJECT / "docs" / "dictionary.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### ([\w.]+)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    partition = "SELECT inhrelid::regclass::text FROM pg_inherits"
    tables = {name for name, in database.rows(f"""
            SELECT table_schema || '.' || table_name FROM information_schema.tables
            WHERE table_schema IN ('kepu', 'dashboard', 'ingest')
                  AND table_schema || '.' || table_name NOT IN ({partition})""")}
    assert tables <= set(sections) and len(tables) > 100
    for relation, column in database.rows("""SELECT table_schema || '.' || table_name, column_name
            FROM information_schema.columns WHERE table_schema IN ('kepu', 'dashboard', 'ingest')"""):
        assert relation not in tables or re.search(rf"^\| `{column}`", sections[relation], re.MULTILINE), \
            f"{relation}.{column}"
    types = [kind for kind, in database.rows("SELECT DISTINCT type FROM dashboard.label WHERE type <> ''")]
    assert len(types) == 20 and all(f"| `{kind}` |" in text for kind in types), types
    assert not re.search(r"_(default|20\d\d(_\d\d)?)\b(?!`)", "\n".join(sections)), "partitions are listed"


def test_links_lead_somewhere():
    for name in FILES.values():
        text = (PROJECT / "docs" / name).read_text(encoding="utf-8")
        anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
                   for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
        assert len(anchors) == len(set(anchors))
        links = set(re.findall(r"\]\(#([^)]+)\)", text))
        assert links and links <= set(anchors), links - set(anchors)


@pytest.mark.parametrize("change, named", [
    ("COMMENT ON COLUMN kepu.fact_visit.visitors IS 'visitors, person-times'", "kepu.fact_visit.visitors"),
    ("COMMENT ON TABLE kepu.region IS NULL", "kepu.region:"),
    ("COMMENT ON VIEW dashboard.region IS 'Regions | '", "dashboard.region:"),
    ("COMMENT ON FUNCTION ingest.maintain IS 'Maintenance | maintenance'", "ingest.maintain("),
    ("COMMENT ON SCHEMA mart IS NULL", "schema mart:"),
    ("CREATE TABLE ingest.fresh (n integer)", "ingest.fresh.n:"),
    ("CREATE VIEW dashboard.fresh AS SELECT code FROM kepu.region", "dashboard.fresh.code:"),
    ("CREATE FUNCTION mart.fresh() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "mart.fresh():"),
    ("ALTER TABLE kepu.region ADD fresh text", "kepu.region.fresh:"),
    ("UPDATE kepu.indicator SET name_en = ' ' WHERE code = 'caravan.count'", "caravan.count"),
])
def test_what_has_no_comment_is_named(database, change, named):
    database.rows(change)
    done = dictionary(database.conninfo, "--lang", "en")
    assert done.returncode == 65 and named in done.stderr and done.stdout == "", done


def test_wrong_usage(database):
    assert dictionary(database.conninfo).returncode == 64
    assert dictionary(database.conninfo + " port=1", "--lang", "zh").returncode == 69
