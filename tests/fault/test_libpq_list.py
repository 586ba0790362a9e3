# SPDX-License-Identifier: Apache-2.0
"""Which functions of libpq kepud-libpq makes fail: every one that the daemon calls and that can fail."""
import libpq
from harness.paths import KEPUD, KEPUD_LIBPQ

LAYERS = ("postgres", "app")  # app: looks at the connection string

def test_every_call_that_can_fail_is_wrapped():
    imported = set().union(*(libpq.symbols(KEPUD.parent / f"libkepud_{layer}.a", "-u") for layer in LAYERS))
    wrapped = {name.removeprefix("__wrap_") for name in libpq.symbols(KEPUD_LIBPQ) if name.startswith("__wrap_")}
    assert imported == wrapped | libpq.INFALLIBLE, "wrap it, or say why it cannot fail"
    assert not wrapped & libpq.INFALLIBLE
    assert {way.split()[0] for way in libpq.ways()} == wrapped - {"PQerrorMessage"}, "each can fail in some way"


def test_the_shipped_program_has_none_of_it():
    assert b"PQ_CONTROL" in KEPUD_LIBPQ.read_bytes(), "what is looked for can be found"
    assert b"PQ_CONTROL" not in KEPUD.read_bytes()
