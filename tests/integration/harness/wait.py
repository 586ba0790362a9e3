# SPDX-License-Identifier: Apache-2.0
"""A test waits for a condition with a deadline, never for a time."""
import time


class Late(AssertionError):
    """The condition did not come true in time."""


def wait_for(condition, what, deadline=30.0, interval=0.05, watch=None):
    """Returns the first true value of condition(). `watch` is called in between; it raises when waiting is in vain
    (a process that has ended). What condition() last said stands in the message."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if watch is not None:
            watch()
        if time.monotonic() > end:
            raise Late(f"waited {deadline:g} s for {what}; last seen: {value!r}")
        time.sleep(interval)
