"""Values for a person to read: errnos by name, bytes as hex, structures by field.

Where a value is described against another one, bytes that differ stand between ‹ and ›. Runs of one byte, as the
filling of a buffer is, are told once: ``a5×152``.
"""

import ctypes
import dataclasses
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from helpers.syscall import Result

FILL = 8  # equal bytes in a row that are told once
SHOWN = 256  # bytes and runs of one dump
BEFORE = 32  # of them before the first difference, where that lies further behind
NOTHING: Any = object()  # to compare with

Bytes = (bytes, bytearray)
Aggregate = (ctypes.Structure, ctypes.Union)


def plain(value: Any) -> Any:
    """Return arrays of ctypes as bytes or a list, anything else as it is."""
    if isinstance(value, ctypes.Array):
        return bytes(value) if ctypes.sizeof(value._type_) == 1 else list(value)
    return value


def fields_of(value: Any) -> tuple[str, ...] | None:
    """Return the names of the fields that make up *value*; None if it has none, or words of its own."""
    if isinstance(value, Aggregate):
        return tuple(field[0] for kind in reversed(type(value).__mro__) for field in vars(kind).get("_fields_", ()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(field.name for field in dataclasses.fields(value) if field.repr)
    if isinstance(value, tuple) and hasattr(value, "_fields") and type(value).__repr__.__module__ == "collections":
        return value._fields
    return None


def describe(value: Any, other: Any = NOTHING) -> str:
    """Return *value* in words; bytes that are not those of *other*, or of the same part of it, are marked."""
    value, other = plain(value), plain(other)
    if isinstance(value, Bytes):
        return dump(bytes(value), bytes(other) if isinstance(other, Bytes) else None)
    names = None if isinstance(value, Result) else fields_of(value)
    if names is not None:
        alike = type(other) is type(value)
        parts = (f"{name}={describe(getattr(value, name), _field(other, name, alike))}" for name in names)
        return f"{type(value).__name__}({', '.join(parts)})"
    if isinstance(value, dict):
        others = other if isinstance(other, dict) else {}
        parts = (f"{describe(key)}: {describe(item, others.get(key, NOTHING))}" for key, item in value.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list) or (isinstance(value, tuple) and not hasattr(value, "_fields")):
        opening, closing = "()" if isinstance(value, tuple) else "[]"
        others = list(other) if isinstance(other, (tuple, list)) else []
        others += [NOTHING] * (len(value) - len(others))
        return f"{opening}{', '.join(map(describe, value, others))}{closing}"
    return repr(value)


def _field(other: Any, name: str, alike: bool) -> Any:
    return getattr(other, name, NOTHING) if alike else NOTHING


def dump(data: bytes, other: bytes | None = None) -> str:
    """Return *data* as ``4 bytes: 00 7f 41 7e  |..A~|``; what differs from *other* is marked, unless that is None."""
    size = f"{len(data)} byte{'s' * (len(data) != 1)}"
    if not data:
        return size
    tokens = list(_tokens(data, other))
    first = next((place for place, token in enumerate(tokens) if token[0]), 0)
    start = 0 if first < SHOWN - BEFORE else first - BEFORE
    kept = tokens[start : start + SHOWN]
    hidden = f"… from byte {sum(token[3] for token in tokens[:start])}: " if start else ""
    rest = len(tokens) - start - len(kept)
    shown = []
    for marked, group in groupby(kept, key=lambda token: token[0]):
        text = " ".join(token[1] for token in group)
        shown.append(f"‹{text}›" if marked else text)
    letters = "".join(token[2] for token in kept)
    return f"{size}: {hidden}{' '.join(shown)}{' …' if rest else ''}  |{letters}{'…' if rest else ''}|"


def _tokens(data: bytes, other: bytes | None) -> Iterator[tuple[bool, str, str, int]]:
    """Give each byte, and each run of FILL equal bytes, as (differs, hex, letter, length)."""
    for (byte, marked), group in groupby(_marked(data, other)):
        length = sum(1 for _ in group)
        if length >= FILL:
            yield marked, f"{byte:02x}×{length}", "…", length
            continue
        for _ in range(length):
            yield marked, f"{byte:02x}", chr(byte) if 32 <= byte < 127 else ".", 1


def _marked(data: bytes, other: bytes | None) -> Iterable[tuple[int, bool]]:
    if other is None:
        return ((byte, False) for byte in data)
    return ((byte, place >= len(other) or byte != other[place]) for place, byte in enumerate(data))
