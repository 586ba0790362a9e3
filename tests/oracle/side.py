# SPDX-License-Identifier: Apache-2.0
"""What events bring along about others: documents and names of programmes. The fullest description wins (4.4)."""


def _keep(best, ident, description, event):
    rank = (len(description), event.rank)
    if ident not in best or rank > best[ident][0]:
        best[ident] = (rank, description)


class Side:
    def __init__(self, events):
        documents, programmes = {}, {}
        for event in events:
            document = event["document"]
            if document:
                _keep(documents, document["document_id"], document, event)
            if event["programme_id"] and event["programme_name"]:
                _keep(programmes, event["programme_id"], event["programme_name"], event)
        self._documents = {ident: description for ident, (_, description) in documents.items()}
        self._programmes = {ident: description for ident, (_, description) in programmes.items()}

    def published_on(self, document_id):
        return self._documents.get(document_id, {}).get("published_on")

    def programme_name(self, programme_id):
        return self._programmes.get(programme_id, {})
