# SPDX-License-Identifier: Apache-2.0
"""Which of several live statements with the same key a view shows (3.4)."""

EXACT, INEXACT, WITHOUT = 2, 1, 0


def exactness(qualifier):
    if qualifier is None:
        return WITHOUT
    return EXACT if qualifier == "exact" else INEXACT


class Preference:
    """Orders statements by exactness, date and id of the document, then the greatest event."""

    def __init__(self, side):
        self.side = side

    def rank(self, event, how_exact):
        document = event["document/document_id"]
        published = self.side.published_on(document)
        return (how_exact, published is not None, published.toordinal() if published else 0,
                document is not None, document or "", event.rank)

    def by_qualifier(self, event, qualifier):
        return self.rank(event, exactness(qualifier))
