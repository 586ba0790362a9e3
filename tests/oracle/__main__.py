# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.oracle VIEW FILE…: prints what the view must hold after these events, with tabs in between."""
import sys

from .read import Delivery, messages
from .views import declared, rows
from .world import World


def main(view, *paths):
    if view not in declared():
        sys.exit(f"no such view: {view}; there are {', '.join(sorted(declared()))}")
    world = World(Delivery([message for path in paths for message in messages(path)]))
    print("\t".join(declared()[view]))
    for row in sorted(rows(world, view), key=str):
        print("\t".join("" if value is None else str(value) for value in row))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
