# SPDX-License-Identifier: Apache-2.0
"""Values as HTML. Everything from the database passes through text(): it is data, never markup."""
import datetime
import html
from decimal import Decimal

from . import charts

QUALIFIERS = {
    "exact": (), "about": ("约", "about"), "nearly": ("近", "nearly"), "more_than": ("超过", "more than"),
    "at_least": ("不少于", "at least"), "at_most": ("不超过", "at most"), True: ("含约数", "partly approx."),
}
NONE = '<span class="none" aria-label="无 none">–</span>'


def text(value):
    """One piece of somebody's text; isolated, so that its writing direction stays its own."""
    return f'<bdi>{html.escape(str(value))}</bdi>'


def both(pair, tag="span"):
    """Chinese and English; which of them shows is the reader's choice (overview.css)."""
    zh, en = (html.escape(one) for one in pair)
    return f'<{tag} class="zh" lang="zh-Hans">{zh}</{tag}><{tag} class="en" lang="en">{en}</{tag}>'


def digits(value):
    """1538 → 1,538; 7.6300 → 7.63. Exactly what the database said, without trailing zeros."""
    value = value if isinstance(value, Decimal) else Decimal(str(value))
    shown = f"{value:,f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "−" + shown[1:] if shown.startswith("-") else shown


def number(value, qualifier=None, unit=()):
    words = QUALIFIERS.get(qualifier, (str(qualifier),) * 2) if qualifier else ()
    parts = []
    if words:
        parts.append(f'<span class="qualifier">{both(words)}</span> ')
    shown = digits(value)
    parts.append(f'<span class="figure{" long" if len(shown) > 11 else ""}">{shown}</span>')
    if unit:
        parts.append(f' <span class="unit">{both(unit)}</span>')
    return "".join(parts)


def is_number(value):
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


class Cells:
    """Formats of a page: knows its labels."""

    def __init__(self, labels):
        self.labels = labels

    def named(self, tables, value):
        """'a/b|c': the first table that knows the value; None when none does."""
        for table in tables.split("|"):
            if found := self.labels.get(table, {}).get(str(value)):
                return found
        return None

    def show(self, column, row, greatest=None):
        """greatest: of all rows, for what is drawn beside a figure."""
        value = row.get(column.name)
        if column.shown_as == "span":
            return self._span(column, row, greatest)
        if value is None or value == "" or value == []:
            return NONE + self._below(column, row)
        shown = getattr(self, f"_{column.shown_as}")(column, value, row, greatest)
        if column.bar and is_number(value) and greatest:
            shown += charts.bar(value, greatest)
        return shown + self._below(column, row)

    @staticmethod
    def _below(column, row):
        value = row.get(column.below) if column.below else None
        return "" if value is None else f'<span class="below">{text(value)}</span>'

    def _text(self, column, value, row, greatest):
        found = self.named(column.label, value) if column.label else None
        return both(found) if found else text(value)

    def _body(self, column, value, row, greatest):
        return f'<span class="body">{text(value)}</span>'

    def _code(self, column, value, row, greatest):
        return f'<code>{html.escape(str(value))}</code>'

    def _label(self, column, value, row, greatest):
        found = self.named(column.label, value)
        return both(found) if found else self._code(column, value, row, greatest)

    def _number(self, column, value, row, greatest):
        if not is_number(value):
            return text(value)
        return number(value, row.get(column.qualifier) if column.qualifier else None, column.unit)

    def _percent(self, column, value, row, greatest):
        qualifier = row.get(column.qualifier) if column.qualifier else None
        return number(value, qualifier).removesuffix("</span>") + " %</span>"

    def _yuan(self, column, value, row, greatest):
        return number(value, row.get(column.qualifier) if column.qualifier else None, ("元", "yuan"))

    def _change(self, column, value, row, greatest):
        sign = "+" if value > 0 else ""
        unit = f' <span class="unit">{both(column.unit)}</span>' if column.unit else ""
        return f'<span class="figure">{sign}{digits(value)}</span>{unit}'

    def _date(self, column, value, row, greatest):
        return f'<time>{html.escape(str(value)[:10])}</time>'

    def _month(self, column, value, row, greatest):
        return f'<time>{html.escape(str(value)[:7])}</time>'

    def _year(self, column, value, row, greatest):
        return f'<time>{html.escape(str(value))}</time>'

    def _timestamp(self, column, value, row, greatest):
        shown = value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime.datetime) else str(value)
        return f'<time>{html.escape(shown)}</time>'

    def _yesno(self, column, value, row, greatest):
        return f'<span class="yesno">{both(("是", "yes") if value else ("否", "no"))}</span>'

    def _list(self, column, value, row, greatest):
        return '<ul class="items">' + "".join(f"<li>{self._item(one)}</li>" for one in value) + "</ul>"

    def _item(self, value):
        """'33000000 more_than', as dashboard.indicator_conflict writes its statements, or any other text."""
        if is_number(value):
            return number(value)
        figure, _, qualifier = str(value).partition(" ")
        if qualifier in QUALIFIERS and figure.replace(".", "", 1).lstrip("-").isdigit():
            return number(Decimal(figure), qualifier)
        return text(value)

    def _spark(self, column, value, row, greatest):
        return charts.spark([float(one or 0) for one in value])

    def _vertical(self, column, value, row, greatest):
        return f'<span class="mongolian" lang="mn-Mong">{html.escape(str(value))}</span>'

    def _span(self, column, row, greatest):
        figures = {name: row.get(getattr(column, key)) for name, key in
                   (("start", "name"), ("end", "to"), ("forecast", "forecast"), ("target", "target"))}
        known = [value for value in figures.values() if value is not None]
        if not known:
            return NONE
        return charts.span(figures, max(known) if column.own_scale else greatest)
