# SPDX-License-Identifier: Apache-2.0
"""Documents that are made from the database and committed: as they are now, or KEPUD_REWRITE=1 writes them anew."""
import difflib
import os

from .paths import PROJECT


def must_be(name, text):
    """The file docs/NAME says just this."""
    path = PROJECT / "docs" / name
    if os.environ.get("KEPUD_REWRITE"):
        path.write_text(text, encoding="utf-8")
    found = path.read_text(encoding="utf-8").splitlines()
    difference = list(difflib.unified_diff(found, text.splitlines(), f"docs/{name}", "as it should be", lineterm="",
                                           n=0))
    assert not difference, "\n".join([*difference[:40], "KEPUD_REWRITE=1 with this test writes it anew"])
