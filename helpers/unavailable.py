"""What a machine lacks, said by code that knows nothing of pytest: fixtures/environment.py skips the test then."""

from typing import NoReturn


class UnavailableError(Exception):
    """This machine, or the configuration of its kernel, cannot show what a test is about; the message says why."""


def unavailable(reason: str) -> NoReturn:
    """End the test with the verdict skip and *reason*."""
    raise UnavailableError(reason)
