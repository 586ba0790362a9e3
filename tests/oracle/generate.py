# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.oracle.generate [--seed N] [--events N] [--no-conflicts]: events as JSON Lines, in the order of
delivery. Without a seed every run makes others; the seed goes to standard error."""
import argparse
import random as randoms
import sys
import time

from .generator.stream import Stream


def generate(seed, events, copies=0.03, conflicts=0.004):
    """[bytes]; the same seed gives the same. Copies and conflicts come on top of `events`."""
    return Stream(randoms.Random(seed), events).lines(copies, conflicts)


def fresh_seed():
    return time.time_ns() % 1_000_000_007


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--no-conflicts", action="store_true", help="no two events under one source and id")
    chosen = parser.parse_args()
    seed = fresh_seed() if chosen.seed is None else chosen.seed
    print(f"seed {seed}", file=sys.stderr)
    for line in generate(seed, chosen.events, conflicts=0 if chosen.no_conflicts else 0.004):
        sys.stdout.buffer.write(line + b"\n")


if __name__ == "__main__":
    main()
