# SPDX-License-Identifier: Apache-2.0
"""`kepud migrate` writes what the declarations call things into ingest.label."""
import re
import shutil

from harness.kepud import migrate
from harness.paths import CATALOGUE


def declared_types():
    texts = [path.read_text() for path in CATALOGUE.glob("*.cfg")]
    return {name for text in texts for name in re.findall(r'^type\s*=\s*"([^"]+)"', text, re.MULTILINE)}


def test_everything_has_both_labels(database):
    assert len(declared_types()) == 20
    assert {name for name, in database.rows("SELECT type FROM ingest.label WHERE member = '' AND value = ''")} \
        == declared_types()
    assert database.rows("SELECT * FROM ingest.label WHERE trim(zh) = '' OR trim(en) = ''") == []
    assert database.rows("""SELECT type, member, value FROM ingest.label
            WHERE zh !~ '[\u4e00-\u9fff]' AND zh !~ '^[A-Z0-9 ./-]+$'""") == [], "no Chinese in the Chinese label"
    # Every value belongs to a member that has a label itself, every member to a type.
    assert database.rows("""SELECT type, member FROM ingest.label v WHERE value <> '' AND type <> ''
            AND NOT EXISTS (SELECT FROM ingest.label m
                            WHERE (m.type, m.member, m.value) = (v.type, v.member, ''))""") == []


def test_members_of_elements_and_their_values(database):
    def label(*key):
        return database.rows("SELECT zh, en FROM ingest.label WHERE (type, member, value) = (%s, %s, %s)", *key)

    assert label("cn.kepu.visit.counted", "", "") == [("参观人次", "visitors counted")]
    assert label("cn.kepu.summary.submitted", "attachments/media_kind", "plan") == [("方案", "plan")]
    assert label("cn.kepu.activity.registered", "target_groups", "urban_worker") == [("城镇劳动者", "urban workers")]
    assert label("", "language", "mn-Mong") != []


def test_labels_follow_the_declarations(tmp_path, database):
    """Changed ones are changed, those that are gone go; a second run has nothing to do."""
    folder = tmp_path / "catalogue"
    shutil.copytree(CATALOGUE, folder)
    (folder / "workforce.reported.cfg").unlink()
    visit = folder / "visit.counted.cfg"
    text = visit.read_text()
    assert '"visitors counted"' in text
    visit.write_text(text.replace('"visitors counted"', '"people \\"counted\\""'))
    gone = database.value("SELECT count(*) FROM ingest.label WHERE type = 'cn.kepu.workforce.reported'")
    done = migrate(tmp_path, database, catalogue=str(folder))
    assert done.stdout.decode() == f"{gone + 1} labels of the catalogue written\n", done.stderr.decode()
    assert database.value("SELECT count(*) FROM ingest.label WHERE type = 'cn.kepu.workforce.reported'") == 0
    assert database.value("SELECT en FROM ingest.label WHERE type LIKE '%%visit.counted' AND member = ''") \
        == 'people "counted"'
    assert migrate(tmp_path, database, catalogue=str(folder)).stdout == b"nothing to do\n"
    assert migrate(tmp_path, database, catalogue=str(tmp_path / "none")).returncode == 78
