"""Where two values first differ, in one line: by index, by field, by offset and the field that lies there."""

import ctypes
import dataclasses
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from helpers.described import NOTHING, Aggregate, Bytes, describe, fields_of, plain
from helpers.layout import Layout, Place, place_in
from helpers.syscall import Result

SHORT = 160  # characters of one side
SMALLEST = 4  # bytes of a structure that is known again by its content


class Known(NamedTuple):
    """A structure's *layout*, and the bytes at the start of a buffer that show that it lies there (b"": it does)."""

    layout: Layout
    image: bytes = b""


def difference(expected: Any, observed: Any, known: Iterable[Known] = ()) -> str:
    """Say where *observed* first differs from *expected*; "" where there is nothing to add to the two values.

    *known* are structures that the compared bytes may begin with.
    """
    path, words = _first("", plain(expected), plain(observed), tuple(known))
    if path and not words.startswith("byte"):
        path += ":"
    return f"{path.removeprefix('.')} {words}".strip() if path or not words.startswith("expected") else ""


def known_in(values: Iterable[Any]) -> list[Known]:
    """Return the structures among *values* and one step inside them whose content tells them from others."""
    found = []
    for value in values:
        inner = value if isinstance(value, (list, tuple)) else getattr(value, "__dict__", {}).values()
        for each in (value, *inner):
            if isinstance(each, Aggregate) and len(set(bytes(each))) > 1 and ctypes.sizeof(each) >= SMALLEST:
                found.append(Known(type(each), bytes(each)))
    return found


def _first(path: str, expected: Any, observed: Any, known: tuple[Known, ...]) -> tuple[str, str]:
    """Return the way to the first part that differs, and what is said of it."""
    if isinstance(expected, Bytes) and isinstance(observed, Bytes):
        return path, _of_bytes(bytes(expected), bytes(observed), known)
    if isinstance(expected, Aggregate) and type(expected) is type(observed):
        return path, _of_bytes(bytes(expected), bytes(observed), (Known(type(expected)),))
    steps = _steps(expected, observed)
    if steps is None:
        return path, f"expected {_short(expected)}, observed {_short(observed)}"
    layout = getattr(expected, "address_layout", None)
    if layout is not None:
        known = (Known(layout),)
    for step, left, right in steps:
        left, right = plain(left), plain(right)
        if left is NOTHING or right is NOTHING:
            return path, f"length: {len(expected)} expected, {len(observed)} observed"
        if not _same(left, right):
            return _first(path + step, left, right, known)
    return path, f"expected {_short(expected)}, observed {_short(observed)}"


def _steps(expected: Any, observed: Any) -> Iterable[tuple[str, Any, Any]] | None:
    """Return the parts of two values of one make as (way, expected, observed); None if they have none."""
    if isinstance(expected, Result) or isinstance(observed, Result):
        return None
    if type(expected) is type(observed) and fields_of(expected) is not None:
        names: Sequence[str] = fields_of(expected) or ()
        if dataclasses.is_dataclass(expected):
            names = [field.name for field in dataclasses.fields(expected) if field.compare]
        return ((f".{name}", getattr(expected, name), getattr(observed, name)) for name in names)
    if isinstance(expected, dict) and isinstance(observed, dict):
        keys = dict.fromkeys((*expected, *observed))
        if expected.keys() == observed.keys():
            return ((f"[{describe(key)}]", expected[key], observed[key]) for key in keys)
        return None
    if isinstance(expected, (list, tuple)) and isinstance(observed, (list, tuple)):
        pairs = zip_longest(expected, observed, fillvalue=NOTHING)
        return ((f"[{place}]", left, right) for place, (left, right) in enumerate(pairs))
    return None


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Aggregate):
        return type(left) is type(right) and bytes(left) == bytes(right)
    return bool(left == right)


def _short(value: Any) -> str:
    text = describe(value)
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _of_bytes(expected: bytes, observed: bytes, known: tuple[Known, ...]) -> str:
    shorter = min(len(expected), len(observed))
    places = [place for place in range(shorter) if expected[place] != observed[place]]
    sizes = f"length: {len(expected)} bytes expected, {len(observed)} observed"
    if not places:
        return sizes
    field = _field_at(places[0], expected, observed, known)
    if field is None:
        told = f"byte {places[0]}: expected 0x{expected[places[0]]:02x}, observed 0x{observed[places[0]]:02x}"
        after = places[1:]
    else:
        sides = f"expected {field.value(expected)}, observed {field.value(observed)}"
        told = f"byte {places[0]} ({field.name}): {sides}"
        after = [place for place in places if place >= field.offset + ctypes.sizeof(field.kind)]
    more = f", and {len(after)} more byte{'s' * (len(after) != 1)}" if after else ""
    return f"{told}{more}{'; ' + sizes if len(expected) != len(observed) else ''}"


def _field_at(offset: int, expected: bytes, observed: bytes, known: tuple[Known, ...]) -> Place | None:
    for layout, image in known:
        if offset < ctypes.sizeof(layout) and (expected.startswith(image) or observed.startswith(image)):
            return place_in(layout, offset) or Place("padding", ctypes.c_uint8, offset)
    return None
