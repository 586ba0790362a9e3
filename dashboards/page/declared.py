# SPDX-License-Identifier: Apache-2.0
"""The declared list: what stands on the page. Every fault is found at once, before the database is asked anything."""
import tomllib
from dataclasses import dataclass, field

KINDS = ("numbers", "table", "columns", "parts", "names")
WIDTHS = ("full", "half", "third")
# What a column's value is shown as, and what else such a column must say.
SHOWN_AS = {
    "text": (), "code": (), "label": ("label",), "number": (), "percent": (), "yuan": (), "change": (), "date": (),
    "month": (), "year": (), "timestamp": (), "yesno": (), "list": (), "spark": (), "vertical": (), "body": (),
    "span": ("to",),
}
COLUMN_KEYS = {"from", "title", "as", "label", "unit", "qualifier", "bar", "to", "forecast", "target", "own_scale",
               "below"}


class Fault(Exception):
    """The declared list is wrong; says everything that is."""


@dataclass(frozen=True)
class Column:
    name: str
    title: tuple
    shown_as: str = "text"
    label: str = ""            # tables of labels, by |: 'type/member' of dashboard.label, or one of the list
    unit: tuple = ()
    qualifier: str = ""        # column with the qualifier of this figure
    bar: bool = False          # a bar beside the figure, as long as its share of the greatest
    to: str = ""               # span: from this column's value to that one's
    forecast: str = ""
    target: str = ""
    own_scale: bool = False    # span: each row to its own greatest figure (rows in different units)
    below: str = ""            # a second column, shown small under this one

    def needs(self):
        wanted = (self.name, self.qualifier, self.to, self.forecast, self.target, self.below)
        return [name for name in wanted if name]


@dataclass(frozen=True)
class Panel:
    title: tuple
    kind: str
    sql: str
    columns: tuple
    width: str = "full"
    note: tuple = ()
    empty: tuple = ()
    rows: int = 12
    of: str = ""               # column whose value stands beside the title: the year that is shown


@dataclass(frozen=True)
class Section:
    name: str
    title: tuple
    panels: tuple


@dataclass(frozen=True)
class Page:
    title: tuple
    time_zone: str
    region: str
    prelude: str
    label_queries: tuple
    region_query: str
    labels: dict = field(default_factory=dict)
    sections: tuple = ()


class Reader:
    def __init__(self):
        self.faults = []

    def fault(self, where, what):
        self.faults.append(f"{where}: {what}")

    def keys(self, table, allowed, where):
        for key in sorted(set(table) - set(allowed)):
            self.fault(where, f"unknown key {key}")

    def both(self, table, key, where, required=False):
        """A pair [Chinese, English]."""
        value = table.get(key)
        if value is None and not required:
            return ()
        if not (isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) and one for one in value)):
            self.fault(where, f"{key} wants [Chinese, English]")
            return ("", "")
        return tuple(value)

    def of(self, table, key, kind, where, default=None):
        value = table.get(key, default)
        if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
            self.fault(where, f"{key} wants {kind.__name__}" if key in table else f"{key} is missing")
            return kind()
        return value

    def one_of(self, table, key, allowed, where, default=None):
        value = table.get(key, default)
        if value not in allowed:
            self.fault(where, f"{key} = {value!r}: one of {', '.join(allowed)}")
            return default or allowed[0]
        return value

    def column(self, table, where):
        self.keys(table, COLUMN_KEYS, where)
        shown_as = self.one_of(table, "as", tuple(SHOWN_AS), where, "text")
        for key in SHOWN_AS[shown_as]:
            if key not in table:
                self.fault(where, f"as = {shown_as} wants {key}")
        names = {key: self.of(table, key, str, where, "") for key in
                 ("label", "qualifier", "to", "forecast", "target", "below")}
        return Column(name=self.of(table, "from", str, where), title=self.both(table, "title", where, required=True),
                      shown_as=shown_as, unit=self.both(table, "unit", where),
                      bar=self.of(table, "bar", bool, where, False),
                      own_scale=self.of(table, "own_scale", bool, where, False), **names)

    def panel(self, table, where):
        self.keys(table, {"title", "kind", "sql", "columns", "width", "note", "empty", "rows", "of"}, where)
        columns = [self.column(one, f"{where}, column {one.get('from', '?')}")
                   for one in self.of(table, "columns", list, where)]
        kind = self.one_of(table, "kind", KINDS, where)
        if not columns:
            self.fault(where, "no columns")
        elif kind in ("columns", "parts", "names") and len(columns) < 2:
            self.fault(where, f"kind = {kind} wants at least 2 columns")
        rows = self.of(table, "rows", int, where, 12)
        if not 1 <= rows <= 500:
            self.fault(where, "rows wants 1 to 500")
        return Panel(title=self.both(table, "title", where, required=True), kind=kind,
                     sql=self.of(table, "sql", str, where).strip().rstrip(";"), columns=tuple(columns),
                     width=self.one_of(table, "width", WIDTHS, where, "full"), note=self.both(table, "note", where),
                     empty=self.both(table, "empty", where), rows=rows,
                     of=self.of(table, "of", str, where, ""))

    def section(self, table, where):
        self.keys(table, {"name", "title", "panel"}, where)
        panels = [self.panel(one, f"{where}, panel {one.get('title', ['', '?'])[-1]}")
                  for one in self.of(table, "panel", list, where)]
        return Section(self.of(table, "name", str, where), self.both(table, "title", where, required=True),
                       tuple(panels))

    def labels(self, tables):
        for name, table in tables.items():
            for key in table:
                self.both(table, key, f"labels.{name}", required=True)
        return {name: {key: tuple(pair) for key, pair in table.items()} for name, table in tables.items()}

    def page(self, table):
        self.keys(table, {"title", "time_zone", "region", "prelude", "label_queries", "region_query", "labels",
                          "section"}, "page")
        sections = [self.section(one, f"section {one.get('name', number)}")
                    for number, one in enumerate(self.of(table, "section", list, "page"), 1)]
        queries = self.of(table, "label_queries", list, "page", [])
        return Page(title=self.both(table, "title", "page", required=True),
                    time_zone=self.of(table, "time_zone", str, "page", "UTC"),
                    region=self.of(table, "region", str, "page", ""),
                    prelude=self.of(table, "prelude", str, "page", ""), label_queries=tuple(queries),
                    region_query=self.of(table, "region_query", str, "page", ""),
                    labels=self.labels(table.get("labels", {})), sections=tuple(sections))


def load(path):
    try:
        with open(path, "rb") as source:
            table = tomllib.load(source)
    except OSError as error:
        raise Fault(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Fault(f"{path}: {error}") from None
    reader = Reader()
    page = reader.page(table)
    if reader.faults:
        raise Fault("\n".join(f"{path}: {one}" for one in reader.faults))
    return page
