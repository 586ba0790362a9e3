# SPDX-License-Identifier: Apache-2.0
"""dashboards/overview: the page from the views, safe whatever they hold, and as people see it in a browser."""
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from harness import kepud, views
from harness.chromium import Chromium
from harness.paths import CATALOGUE, PROJECT

OVERVIEW = PROJECT / "dashboards" / "overview"
LIST = PROJECT / "dashboards" / "overview.toml"
NASTY = "\"'><script>alert(1)</script><img src=x onerror=y>\u202e&amp;{}%s"
TAGS = set("a article b bdi body circle code dd div dl dt footer h1 h2 h3 head header html input label li line main "
           "meta nav p rect section span style svg table tbody td text th thead time title tr ul".split())


class Reader(HTMLParser):
    """What stands on a page: its tags, and each panel's English title with its classes and text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.panels, self.title = set(), set(), [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "article":
            self.panels.append([dict(attrs)["class"].split(), ""])

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        if self.panels:
            self.panels[-1][1] += data

    def panel(self, words):
        return next((classes, text) for classes, text in self.panels if words in text)

    def titled(self, state):
        return [text[:40] for classes, text in self.panels if state in classes]


def overview(*arguments, env=None):
    return subprocess.run([sys.executable, OVERVIEW, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **(env or {})}, check=False)


def page_of(database, *arguments, code=0):
    done = overview(database.conninfo, *arguments)
    assert done.returncode == code, done.stderr
    return Reader(done.stdout), done


@pytest.fixture
def fake(postgres):
    database = postgres.create()
    views.create(database)
    yield database
    database.close()


@pytest.fixture(scope="module")
def real(postgres, migrated, tmp_path_factory):
    """A database into which the daemon has put the samples, and the conninfo of one who may only read the views."""
    database = views.with_samples(postgres, migrated, tmp_path_factory.mktemp("real"))
    yield database, views.reader(database)
    database.close()


@pytest.fixture(scope="module")
def browser():
    with Chromium() as one:
        yield one


# What it writes.

def test_figures_have_separators_qualifiers_and_units(fake):
    page, _ = page_of(fake)
    assert page.titled("failed") == [] and page.titled("empty") == []
    _, reach = page.panel("Reach online")
    assert "近nearly 36,000,000" in reach and "超过more than 30,000,000" in reach
    _, money = page.panel("no grand total")
    assert "超过more than 212,000,000 元yuan" in money and "53,450,000 元yuan" in money
    _, growth = page.panel("Growth since")
    assert "+35" in growth and "+36" in growth and "546.15 %" in growth
    assert "33,000,000" in page.panel("contradict")[1]


def test_text_of_the_database_stays_text(fake):
    """Every text column of every view says something that wants to be markup."""
    for view, column in fake.rows("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = "
                                  "'dashboard' AND data_type = 'text' "
                                  "AND table_name NOT IN ('label', 'region_closure')"):
        if column not in ("region_code", "code", "parent_code", "org_id", "facility_id", "lang", "source", "event_id",
                          "state", "status"):
            fake.rows(f'UPDATE dashboard.{view} SET "{column}" = %s WHERE "{column}" IS NOT NULL', NASTY)
    fake.rows("UPDATE dashboard.indicator_conflict SET statements = ARRAY[%s]", NASTY)
    fake.rows("INSERT INTO dashboard.label VALUES ('cn.kepu.activity.registered', 'form', %s, %s, %s)", *[NASTY] * 3)
    page, done = page_of(fake)
    assert page.titled("failed") == []
    assert page.tags <= TAGS, page.tags - TAGS
    assert not [name for name in page.attributes if name.startswith("on") or name in ("src", "style", "srcset")]
    assert "alert(1)" in page.panel("Leading organisations")[1]
    assert "alert(1)" in page.panel("Regions in Chinese")[1]
    assert "<script" not in done.stdout and "<img" not in done.stdout


def test_nothing_comes_from_outside(fake):
    _, done = page_of(fake)
    assert re.search(r"default-src 'none'; style-src 'sha256-[\w+/]+='; base-uri 'none'; form-action 'none'\"",
                     done.stdout)
    assert not re.findall(r"(?:href|src|action)\s*=\s*[\"'](?!#)[^\"']*|url\(|@import", done.stdout)


def test_empty_views_say_so(postgres):
    database = postgres.create()
    views.create(database, rows={"region": [{"code": "100000", "name": "100000", "level": "country"}]})
    page, done = page_of(database)
    empty, others = page.titled("empty"), [classes for classes, _ in page.panels if "empty" not in classes]
    assert all("numbers" in classes for classes in others) and len(empty) > 30
    assert "暂无数据nothing reported yet" in page.panel("Visits by month")[1]
    assert done.stderr == ""
    database.close()


def test_a_failing_query_spoils_its_panel_only(fake):
    fake.rows("DROP TABLE dashboard.training")
    fake.rows("ALTER TABLE dashboard.designation_active RENAME holders TO heads")
    page, done = page_of(fake, code=1)
    assert page.titled("failed") == [text[:40] for classes, text in page.panels
                                     if "So far" in text or "Materials and trainings" in text or "Designations" in text
                                     and "So far" not in text]
    assert 'relation "dashboard.training" does not exist' in page.panel("Materials and trainings")[1]
    assert "Materials and trainings: " in done.stderr
    assert "youth" in page.panel("Target groups")[1]


def test_a_slow_query_ends(fake, tmp_path):
    slow = tmp_path / "slow.toml"
    title = 'title = ["慢", "slow"]'
    slow.write_text(f'{title}\nregion = "100000"\n[[section]]\nname = "s"\n{title}\n[[section.panel]]\n{title}\n'
                    f'kind = "numbers"\nsql = "SELECT pg_sleep(60) AS s"\ncolumns = [ {{ from = "s", {title} }} ]\n')
    page, _ = page_of(fake, "--list", slow, "--timeout", 1, code=1)
    assert "statement timeout" in page.panel("slow")[1]


def test_it_only_reads(fake, tmp_path):
    writes = tmp_path / "writes.toml"
    fake.rows("CREATE FUNCTION dashboard.clear() RETURNS text LANGUAGE sql AS "
              "$$ DELETE FROM dashboard.finding_count; SELECT 'gone' $$")
    deletes = 'sql = """SELECT dashboard.clear() AS kind, 1 AS findings, 1 AS sources"""'
    writes.write_text(re.sub(r'sql = """\nSELECT kind, sum\(findings.*?"""', deletes, LIST.read_text(), flags=re.S))
    page, _ = page_of(fake, "--list", writes, code=1)
    assert "cannot execute DELETE in a read-only transaction" in page.panel("Quality findings")[1]
    assert fake.value("SELECT sum(findings) FROM dashboard.finding_count") == 13


def test_a_page_of_one_region(fake):
    page, done = page_of(fake, "--region", "650000")
    assert "新疆维吾尔自治区" in done.stdout
    assert "吐鲁番市自然资源陈列馆" in page.panel("Venues by year")[1]
    assert "内蒙古科技馆" not in page.panel("Venues by year")[1]
    assert "empty" in page.panel("People")[0], "Inner Mongolia's"


def test_long_answers_are_cut(fake):
    views.fill(fake, {"reject_reason": [{"reason": f"E_{number:03}", "messages": number} for number in range(900)]})
    page, _ = page_of(fake)
    assert "仅显示前 12 条the first 12 are shown" in page.panel("Why messages")[1]


def test_labels_of_reasons_are_those_of_the_catalogue():
    listed = kepud.run("catalogue", "list", "--catalogue", CATALOGUE).stdout.decode()
    text = LIST.read_text(encoding="utf-8")
    for code, english in re.findall(r"^(E_\w+) +(.+)$", listed, re.M):
        assert re.search(rf'^{code} = \["[^"]+", "{re.escape(english)}"\]$', text, re.M), code


# How it ends.

def test_the_page_is_written_whole(fake, tmp_path):
    target = tmp_path / "page.html"
    target.write_text("old")
    done = overview(fake.conninfo, "-o", target)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>") and os.listdir(tmp_path) == ["page.html"]
    assert oct(target.stat().st_mode & 0o777) == oct(0o666 & ~current_mask())


def current_mask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_exit_codes(fake, tmp_path):
    wrong = tmp_path / "wrong.toml"
    title = 'title = ["一", "one"]'
    wrong.write_text(f'title = "one"\nunheard = 1\n[[section]]\nname = "s"\n{title}\n[[section.panel]]\n{title}\n'
                     'kind = "pie"\nsql = "SELECT 1"\ncolumns = [ { from = "a", as = "span" } ]\n')
    done = overview("--check", "--list", wrong)
    assert done.returncode == 78
    for part in ("title wants [Chinese, English]", "unknown key unheard", "kind = 'pie'", "as = span wants to"):
        assert part in done.stderr, part
    broken = tmp_path / "broken.toml"
    broken.write_text("title = [")
    assert overview("--check", "--list", broken).returncode == 78
    assert overview("--check", "--list", tmp_path / "none.toml").returncode == 78
    assert overview("--check").returncode == 0
    assert overview().returncode == 64
    assert overview(fake.conninfo, "--unheard").returncode == 64
    assert overview(fake.conninfo, "--region", "999999").returncode == 64
    assert overview("host=/nonexistent dbname=kepu").returncode == 69
    assert overview(fake.conninfo, "-o", tmp_path / "none" / "page.html").returncode == 73
    helped = overview("--help")
    assert helped.returncode == 0 and "sysexits" in helped.stdout


# As the daemon's own views have it.

def test_published_figures(real):
    database, reader = real
    done = overview(reader)
    assert done.returncode == 0, done.stderr
    page = Reader(done.stdout)
    # The samples hold no survey by groups; everything else has something to show.
    assert [title for title in page.titled("empty") if "By group, sex" not in title] == []
    assert "162" in page.panel("What came in")[1]
    assert "1,538" in page.panel("Visits by region")[1] and "5,001,538" in page.panel("Visits by region")[1]
    assert "130" in page.panel("demonstration school")[1]
    assert "7.63 %" in page.panel("against the target")[1]
    assert database.value("SELECT count(*) FROM dashboard.label") > 0
    codes = re.findall(r'<td class="label[^>]*><div class="head"[^>]*>(?:<span[^>]*>[^<]*</span>)*</div>'
                       r'<div class="cell"><code>(.*?)</code>', done.stdout)
    assert codes == [], "values without a label"


# As a browser shows it.

OVERFLOWING = """
[...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return !e.closest('svg') && box.width > 0 && e.tagName !== 'INPUT' &&
         (box.right > document.documentElement.clientWidth + 0.5 || box.left < -0.5);
}).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))"""
# Text in a cell or panel that is wider than what holds it.
SPILLING = """
[...document.querySelectorAll('.panel')].flatMap(panel => {
  const edge = e => (e.closest('.tile') ?? panel).getBoundingClientRect().right + 0.5;
  return [...panel.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > edge(e) &&
                                                      e.getBoundingClientRect().width > 0)
    .map(e => panel.querySelector('h3').textContent + ': ' + e.tagName + ' ' + e.textContent.slice(0, 40));
})"""
TOUCHING = """
[...document.querySelectorAll('svg.columns')].flatMap(chart => {
  const boxes = [...chart.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], i) => boxes.slice(i + 1).filter(([other, b]) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
    .map(([other]) => one + ' / ' + other));
})"""
HOLLOW = """
[...document.querySelectorAll('.panel')].filter(e => e.getBoundingClientRect().height < 60 || e.textContent.length < 12)
  .map(e => e.textContent)"""
# Contrast of text with the nearest ground behind it, by WCAG 2.
FAINT = """
(() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = text => {
    const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = parts(text).slice(0, 3).map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...new Set([...document.querySelectorAll('.zh, .en, bdi, code, .figure, time, .tick, .value')].map(e => {
    const style = getComputedStyle(e);
    const [a, b] = [light(e.closest('svg') ? style.fill : style.color), light(ground(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast < 4.5 ? `${e.className} ${contrast.toFixed(2)}` : '';
  }).filter(Boolean))];
})()"""


@pytest.fixture(scope="module")
def pages(real, tmp_path_factory, postgres):
    """The samples' page, and one with long words and great figures."""
    folder = tmp_path_factory.mktemp("pages")
    written = {"samples": folder / "samples.html", "long": folder / "long.html"}
    done = overview(real[1], "-o", written["samples"])
    assert done.returncode == 0, done.stderr
    database = postgres.create()
    rows = json.loads(views.ROWS.read_text(encoding="utf-8"))
    for lines in rows.values():
        for row in lines:
            stretch(row)
    views.create(database, rows)
    done = overview(database.conninfo, "-o", written["long"])
    assert done.returncode == 0, done.stderr
    database.close()
    return written


def stretch(row):
    """Names of 200 letters without a space, codes of 64, figures up to the greatest that the contract allows."""
    for key, value in row.items():
        if key in ("name", "audience", "programme", "body"):
            row[key] = value + "很长的名称" * 20 + "averylongwordwithoutanyspace" * 4
        elif key in ("kind", "item", "funding_id", "what", "scheme", "topic", "reason", "source"):
            row[key] = str(value) + "-" + "x" * (63 - len(str(value)))
        elif key == "participants":
            row[key] = 99999999999999999
        elif key in ("visitors", "value", "headcount", "units", "holders", "items", "messages"):
            row[key] = 999999999999
        elif key == "amount_yuan":
            row[key] = 9999999999999999.99


@pytest.mark.parametrize("which", ["samples", "long"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_screen(browser, pages, tmp_path, which, width, dark):
    browser.open(pages[which], width, dark)
    picture = tmp_path / f"{which}-{width}-{'dark' if dark else 'light'}.png"
    browser.screenshot(picture)
    assert picture.stat().st_size > 50000
    assert browser.run("document.documentElement.scrollWidth") == width
    assert browser.run(OVERFLOWING) == []
    assert browser.run(SPILLING) == []
    assert browser.run(TOUCHING) == []
    assert browser.run(HOLLOW) == []
    assert browser.run(FAINT) == []
    assert browser.requests() == [pages[which].as_uri()]
    assert browser.complaints() == []
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 128) == dark, ground


def test_mongolian_stands_upright_and_joined(browser, pages):
    browser.open(pages["samples"], 1280)
    assert list(browser.fonts(".mongolian")) == ["Noto Sans Mongolian"]
    assert browser.run("getComputedStyle(document.querySelector('.mongolian')).writingMode") == "vertical-lr"
    word, apart = browser.run("""(() => {
      const plate = document.querySelector('.mongolian');
      const height = html => {
        const probe = plate.cloneNode();
        probe.innerHTML = html;
        document.body.append(probe);
        const box = probe.getBoundingClientRect();
        probe.remove();
        return box;
      };
      const one = height('ᠮᠣᠩᠭᠣᠯ');
      if (one.height < 2 * one.width) return [0, 0];
      return [one.height, [...'ᠮᠣᠩᠭᠣᠯ'].reduce((sum, letter) => sum + height(letter).height, 0)];
    })()""")
    assert 0 < word < 0.95 * apart, "letters in a word are shorter than letters that stand alone"


def test_the_reader_chooses_the_language(browser, pages):
    browser.open(pages["samples"], 1280)
    count = "[...document.querySelectorAll('{}')].filter(e => e.checkVisibility()).length"
    for chosen, zh, en in (("both", True, True), ("zh", True, False), ("en", False, True)):
        browser.run(f"document.getElementById('show-{chosen}').click()")
        assert (browser.run(count.format("main .zh")) > 0, browser.run(count.format("main .en")) > 0) == (zh, en)
        assert browser.run(OVERFLOWING) == []
