"""What the values in a record must be: the annotations of its classes, held against what a file says."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any

_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", types.NoneType: "null"}
_SHOWN = 40  # characters of a wrong value
_LARGEST = 1e15  # of a number: what is larger is no line and no duration


@cache
def of(kind: type) -> dict[str, Any]:
    """Give the annotation of each field of a class."""
    return typing.get_type_hints(kind)


def wrong(value: Any, shape: Any) -> str:
    """Say how a value differs from what is annotated, "" if it does not; an object of a class says it itself."""
    if _fits(value, shape):
        return ""
    shown = ascii(value)
    return f"is {shown if len(shown) <= _SHOWN else f'{shown[:_SHOWN]}…'}, but must be {_told(shape)}"


def _fits(value: Any, shape: Any) -> bool:
    origin, inner = typing.get_origin(shape), typing.get_args(shape)
    if shape is Any:
        return True
    if origin is types.UnionType:
        return any(_fits(value, each) for each in inner)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, inner[0]) for item in value)
    if origin is dict:
        return isinstance(value, Mapping) and all(_fits(item, inner[1]) for item in value.values())
    if dataclasses.is_dataclass(shape):
        return True
    if shape in (int, float):
        known = (int, float) if shape is float else int
        return isinstance(value, known) and not isinstance(value, bool) and _is_usual(value)
    return isinstance(value, shape)


def _is_usual(number: float) -> bool:
    return math.isfinite(number) and abs(number) < _LARGEST if isinstance(number, float) else abs(number) < _LARGEST


def _told(shape: Any) -> str:
    origin, inner = typing.get_origin(shape), typing.get_args(shape)
    if origin is types.UnionType:
        return " or ".join(map(_told, inner))
    if origin is list:
        return f"a list of {'objects' if dataclasses.is_dataclass(inner[0]) else _told(inner[0])}"
    return _WORDS.get(shape, "an object")
