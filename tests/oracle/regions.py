# SPDX-License-Identifier: Apache-2.0
"""The tree of regions: described ones name their parent, of the others it is derived from the digits (4.8)."""
from .lookups import REGIONS
from .states import name

COUNTRY = "100000"


class Region:
    def __init__(self, code, parent, level, kind, texts, is_placeholder=False):
        self.code, self.parent, self.level, self.kind, self.texts = code, parent, level, kind, texts
        self.is_placeholder = is_placeholder

    @property
    def name(self):
        return name(self.texts, self.code)


def level_by_shape(code):
    if len(code) > 6:
        return "township" if len(code) == 9 else "village"
    if code.endswith("0000"):
        return "province"
    return "prefecture" if code.endswith("00") else "county"


def candidates(code):
    """Derived parents, nearest first."""
    prefixes = (code[:9], code[:6], code[:4] + "00", code[:2] + "0000", COUNTRY)
    return [prefix for prefix in prefixes if prefix != code]


class Regions:
    def __init__(self, states):
        described = states.of["region.changed"]
        undescribed = states.placeholders("region")
        self.all = {}
        for code, row in REGIONS.items():
            self.all[code] = Region(code, row["parent_code"] or None, row["level"], row["kind"], {})
        for code, event in described.items():
            self.all[code] = Region(code, event["parent_code"], event["level"], event["kind"], event["name"])
        rows = self.all.keys() | undescribed
        for code in undescribed:
            parent = next(one for one in candidates(code) if one in rows)
            self.all[code] = Region(code, parent, level_by_shape(code), None, {}, is_placeholder=True)
        self._above = {}

    def above(self, code):
        """The region and every one above it, from the bottom; an unknown one counts as the country."""
        code = code or COUNTRY
        if code not in self._above:
            parent = self.all[code].parent
            self._above[code] = (code, *(self.above(parent) if parent else ()))
        return self._above[code]
