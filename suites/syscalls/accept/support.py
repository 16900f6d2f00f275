"""What the clauses of accept share: both entry points, each kind of listener, the tokens."""

import pytest

from helpers import syscall
from helpers.kinds import INET6_TCP, INET_TCP, UNIX_STREAM
from helpers.listeners import ENTRIES

BOTH = pytest.mark.parametrize("accept", ENTRIES.values(), ids=ENTRIES.keys())

WAYS = pytest.mark.parametrize(
    ("accept", "kind"),
    [(syscall.accept, UNIX_STREAM), (syscall.accept4, INET_TCP), (syscall.accept, INET6_TCP)],
    ids=["accept-unix-stream", "accept4-inet-tcp", "accept-inet6-tcp"],
)
"""Both entry points and each family: what is promised of all entries and families needs no more than that."""


def covers(*errnos: str) -> list[str]:
    """Return the tokens of the errnos for both entry points."""
    return [f"errno:{name}:{errno}" for name in ("accept", "accept4") for errno in errnos] + ["syscall:accept4"]
