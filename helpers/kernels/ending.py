"""How a launcher ends: with the process above it, and never without cleaning up."""

import os
import signal
import sys
from collections.abc import Callable

from helpers.process import signal_at_end_of


def _end(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one, as of the early launcher's other end, must not stop cleaning
    sys.exit(128 + number)


def follow_parent(in_run: bool) -> None:
    """Turn SIGTERM into an orderly end; *in_run*: get it when the parent is gone, and leave interrupts to that one."""
    parent = os.getppid()
    signal.signal(signal.SIGTERM, _end)
    if in_run:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal_at_end_of(parent, signal.SIGTERM)


def run_and_clean(work: Callable[[], int], clean: Callable[[], None]) -> int:
    """Return what *work* returns; *clean* may be called twice, since a signal can interrupt it (and only one comes)."""
    try:
        try:
            return work()
        finally:
            clean()
    finally:
        clean()
