# SPDX-License-Identifier: Apache-2.0
"""`data` in the making."""


class Draft(dict):
    """`fixed` holds members that are given (None: stays absent), so that a fact can be told again with its key."""

    def __init__(self, pools, fixed):
        super().__init__()
        self.pools, self.random, self.fixed = pools, pools.random, fixed

    def put(self, name, make):
        """Sets the member to what is given, else to what `make` gives (a value or a function); None: absent."""
        value = self.fixed[name] if name in self.fixed else make() if callable(make) else make
        if value is not None:
            self[name] = value
        return value

    def choose(self, name, values):
        return self.put(name, lambda: self.random.choice(values))

    def maybe(self, name, probability, make):
        return self.put(name, lambda: make() if self.pools.chance(probability) else None)

    def maybe_one_of(self, name, probability, values):
        return self.maybe(name, probability, lambda: self.random.choice(values))

    def qualified(self, name, make):
        """A figure; its qualifier may be missing, or be there without it."""
        value = self.put(name, make)
        if self.pools.chance(0.35 if value is not None else 0.03):
            self[f"{name}_qualifier"] = self.qualifier()

    def qualifier(self):
        return self.random.choice(("exact", "exact", "about", "nearly", "more_than", "at_least", "at_most"))

    def period(self, first=2016, last=2026):
        start, end = self.pools.period(first, last)
        self.put("period_start", start)
        self.put("period_end", end)

    def document(self, probability=0.6):
        """Given by its id: another description of the same document."""
        if "document/document_id" in self.fixed:
            ident = self.fixed["document/document_id"]
            if ident is not None:
                self["document"] = self.pools.document(ident)
        elif self.pools.chance(probability):
            self["document"] = self.pools.document()

    def languages(self, probability=0.4):
        from .pools import LANGUAGES
        self.maybe("languages", probability, lambda: self.pools.some(LANGUAGES, 1, 4))
