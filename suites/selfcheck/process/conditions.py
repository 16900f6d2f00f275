"""Conditions under which helpers are checked: nothing may stay behind, deadlines are short."""

import contextlib
import os
from collections.abc import Iterator

from helpers import wait
from helpers.descriptors import open_descriptors


def children() -> bool:
    """Return whether this process has a child, running or ended."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """Show that the block leaves no descriptor and no child, not even a zombie."""
    before = set(open_descriptors())
    yield
    assert set(open_descriptors()) - before == set()
    assert children() is False


@contextlib.contextmanager
def hurried(factor: float = 0.02) -> Iterator[None]:
    """Make every deadline of the block *factor* times as long, where it is known to pass."""
    before = wait.scaled(1)
    wait.scale(before * factor)
    try:
        yield
    finally:
        wait.scale(before)
