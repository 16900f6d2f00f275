"""Structures of the kernel's headers as NumPy record types, so that a whole ring is one strided array."""

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np


def _leaves(structure: Any, path: str = "", base: int = 0) -> Iterator[tuple[str, str, Any, int]]:
    """Yield (name, path, type, offset) of every field that is no structure itself."""
    for name, kind, *_ in structure._fields_:
        offset = base + getattr(structure, name).offset
        if issubclass(kind, ctypes.Structure | ctypes.Union):
            yield from _leaves(kind, f"{path}{name}.", offset)
        else:
            yield name, path + name, kind, offset


_WRAPPERS = ("hdr", "bh1")  # names in a path that say nothing


def record_type(structure: Any) -> np.dtype:
    """Return the record type of a ctypes structure, flat: a field of an inner structure goes by its own name.

    Names that occur more than once go by their path: ``ts_first_pkt.ts_sec``, ``hv1.tp_padding``.
    """
    leaves = list(_leaves(structure))
    plain = [name for name, *_ in leaves]
    names = []
    for name, path, *_ in leaves:
        parts = [part for part in path.split(".") if part not in _WRAPPERS and not part.startswith("_")]
        names.append(name if plain.count(name) == 1 else ".".join(parts))
    return np.dtype(
        {
            "names": names,
            "formats": [np.dtype(kind) for _, _, kind, _ in leaves],
            "offsets": [offset for *_, offset in leaves],
            "itemsize": ctypes.sizeof(structure),
        }
    )
