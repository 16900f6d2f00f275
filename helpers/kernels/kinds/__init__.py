"""The kinds of targets: a module each, which has its ``Kind`` in KIND. A new kind is such a module and a line here."""

from functools import cache
from importlib import import_module

from helpers.kernels.kind import Kind

_MODULES = [
    "host",
    "uml",
    "qemu",
    "gvisor",
    "ssh",
]


@cache
def kinds() -> dict[str, Kind]:
    """Return all kinds by name."""
    found = [import_module(f"{__name__}.{module}").KIND for module in _MODULES]
    return {kind.name: kind for kind in found}


def by_word() -> dict[str, Kind]:
    """Return the kinds of which a target can be named on the command line (WORD=VALUE), by that word."""
    return {kind.word: kind for kind in kinds().values() if kind.word}
