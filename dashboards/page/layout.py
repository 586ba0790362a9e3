# SPDX-License-Identifier: Apache-2.0
"""The page: sections, panels, and what stands around them."""
import base64
import hashlib
import html

from . import charts
from .cells import Cells, both, digits, is_number, text

NOTHING = ("暂无数据", "nothing reported yet")
FAILED = ("查询失败", "this query failed")
MORE = ("仅显示前 {} 条", "the first {} are shown")


class Page:
    def __init__(self, declared, labels, style):
        self.declared = declared
        self.cells = Cells({**labels, **declared.labels})
        self.style = style
        self.failures = []

    # One function for each kind.

    def numbers(self, panel, rows):
        tiles = []
        for column in panel.columns:
            tiles.append(f'<div class="tile"><dt>{both(column.title)}</dt>'
                         f'<dd>{self.cells.show(column, rows[0])}</dd></div>')
        return f'<dl class="tiles">{"".join(tiles)}</dl>'

    def table(self, panel, rows):
        greatest = {column: self._greatest(column, rows) for column in panel.columns}
        head = "".join(f'<th scope="col" class="{self._class(column)}">{both(column.title)}</th>'
                       for column in panel.columns)
        lines = []
        for row in rows:
            cells = (f'<td class="{self._class(column)}">'
                     f'<div class="head" aria-hidden="true">{both(column.title)}</div><div class="cell">'
                     f'{self.cells.show(column, row, greatest[column])}</div></td>'
                     for column in panel.columns)
            lines.append(f'<tr>{"".join(cells)}</tr>')
        wide = " wide" if len(panel.columns) > 3 else ""
        return f'<table class="data{wide}"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'

    @staticmethod
    def _class(column):
        return column.shown_as + (" barred" if column.bar else "")

    @staticmethod
    def _greatest(column, rows):
        names = [name for name in (column.name, column.to, column.forecast, column.target) if name]
        return max((row[name] for row in rows for name in names if is_number(row.get(name))), default=0)

    def columns(self, panel, rows):
        first, *others = panel.columns
        cut = {"month": 7, "year": 4, "date": 10}.get(first.shown_as)
        names = [str(row[first.name])[:cut] for row in rows]
        series = [[float(row[column.name] or 0) for row in rows] for column in others]
        legend = ""
        if len(others) > 1:
            legend = self._legend((number, both(column.title)) for number, column in enumerate(others))
        return legend + charts.columns(names, series, digits_of)

    def parts(self, panel, rows):
        """Columns: what the parts belong to, the part, its figure; then any figures of the whole."""
        whole, part, figure, *rest = panel.columns
        groups = {}
        for row in rows:
            groups.setdefault(tuple(str(row.get(name)) for column in (whole, *rest) for name in column.needs()),
                              []).append(row)
        blocks = []
        for group in groups.values():
            head = " ".join([f"<b>{self.cells.show(whole, group[0])}</b>",
                             *(f'<span class="whole">{self.cells.show(one, group[0])}</span>' for one in rest)])
            names = ((number, f'{self.cells.show(part, row)} {self.cells.show(figure, row)}')
                     for number, row in enumerate(group))
            label = ", ".join(f"{row[part.name]} {digits(row[figure.name])}" for row in group)
            blocks.append(f'<div class="whole-and-parts"><p class="of">{head}</p>'
                          f'{charts.parts([row[figure.name] for row in group], label)}{self._legend(names)}</div>')
        return "".join(blocks)

    @staticmethod
    def _legend(items):
        keys = "".join(f'<li><svg width="10" height="10" aria-hidden="true"><rect class="series{number % 6}" '
                       f'width="10" height="10" rx="2"/></svg>{name}</li>' for number, name in items)
        return f'<ul class="legend">{keys}</ul>'

    def names(self, panel, rows):
        """Plates as on the doors of Inner Mongolia: Mongolian from top to bottom on the left."""
        upright, *others = panel.columns
        plates = []
        for row in rows:
            words = "".join(f'<span class="{column.shown_as}">{self.cells.show(column, row)}</span>'
                            for column in others)
            plates.append(f'<li>{self.cells.show(upright, row)}<span class="words">{words}</span></li>')
        return f'<ul class="plates">{"".join(plates)}</ul>'

    # Around them.

    def panel(self, panel, answer):
        missing = [name for column in panel.columns for name in column.needs()
                   if answer.rows and name not in answer.rows[0]]
        error = answer.error or (f"no column {missing[0]}" if missing else "")
        state = ""
        if error:
            self.failures.append((panel.title[1], error))
            state, body = " failed", f'<p class="error">{both(FAILED)} <code>{html.escape(error)}</code></p>'
        elif not answer.rows:
            state, body = " empty", f'<p class="nothing">{both(panel.empty or NOTHING)}</p>'
        else:
            body = getattr(self, panel.kind)(panel, answer.rows)
        note = f'<p class="note">{both(panel.note)}</p>' if panel.note else ""
        more = f'<p class="more">{both([one.format(panel.rows) for one in MORE])}</p>' if answer.more else ""
        return (f'<article class="panel {panel.kind} {panel.width}{state}"><h3>{self._title(panel, answer)}</h3>'
                f'{note}{body}{more}</article>')

    @staticmethod
    def _title(panel, answer):
        zh, en = (html.escape(one) for one in panel.title)
        of = answer.rows[0].get(panel.of) if answer.rows and panel.of else None
        beside = "" if of is None else f' <span class="of-what">{text(of)}</span>'
        return f'<span class="zh" lang="zh-Hans">{zh}</span>{beside}<span class="en" lang="en">{en}</span>'

    def section(self, section, answers):
        panels = "".join(self.panel(panel, answer) for panel, answer in zip(section.panels, answers))
        return (f'<section id="{html.escape(section.name)}"><h2>{both(section.title)}</h2>'
                f'<div class="grid">{panels}</div></section>')

    def whole(self, answers, region, moment):
        """answers: a list for each section, an answer for each panel. region: its names. moment: of the data."""
        main = "".join(self.section(section, found) for section, found in zip(self.declared.sections, answers))
        links = "".join(f'<a href="#{html.escape(one.name)}">{both(one.title)}</a>' for one in self.declared.sections)
        time = moment.strftime("%Y-%m-%d %H:%M")
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        zone = html.escape(self.declared.time_zone)
        found = self.cells.named("region", region)
        place = both(found) if found else text(region)
        return f'''<!DOCTYPE html>
<html lang="zh-Hans">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{html.escape(" · ".join(self.declared.title))}</title>
<style>{self.style}</style>
</head>
<body>
<input type="radio" name="language" id="show-both" checked aria-label="中文和英文 Chinese and English">
<input type="radio" name="language" id="show-zh" aria-label="中文 Chinese">
<input type="radio" name="language" id="show-en" aria-label="英文 English">
<header>
<div class="switch"><label for="show-both">中 / En</label><label for="show-zh">中文</label><label
 for="show-en">English</label></div>
<h1>{both(self.declared.title)}</h1>
<p class="about">{place} · {both(("数据截至", "data as of"))} <time>{time}</time> {zone}</p>
<nav>{links}</nav>
</header>
<main>{main}</main>
<footer><p>{both(("本页由 dashboards/overview 生成，仅读取 dashboard 视图；约、近、超过等字样按原文件保留。",
                  "Written by dashboards/overview from the views in schema dashboard. "
                  "Words such as about, nearly, more than are those of the source documents."))}</p></footer>
</body>
</html>
'''


def digits_of(value):
    return digits(int(value)) if float(value).is_integer() else digits(round(value, 2))
