"""What is known of one socket option, and what the tables of all levels are written with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType

from helpers.uapi import socket

INT_MAX = 0x7FFFFFFF
INT_MIN = -INT_MAX - 1

# Which calls know the option: "none" if it is a name of the header only.
BOTH, GET, SET, NONE = "both", "get", "set", "none"
# What there is to show, unless the table says otherwise.
_ASPECTS = {
    BOTH: ("set", "get", "effect", "error"),
    GET: ("get", "error"),
    SET: ("set", "effect", "error"),
    NONE: ("error",),
}

# Samples: (what is set, what reads back). 256 is lost where a flag is kept in a byte, -2 where only bit 0 counts.
FLAG = ((1, 1), (0, 0), (256, 1), (0, 0), (-2, 1))
ONE_OR_NONE = ((1, 1), (0, 0), (1, 1))
ANY_INT = tuple((value, value) for value in (1, 0, 0x12345678, -1, INT_MIN, INT_MAX))


@dataclass(frozen=True, repr=False)
class Option:
    """A socket option.

    *name*, *number*: as the header has them. *level_name*, *level*: for example "SOL_PACKET" and 263.
    *key*: the name, with the level before it ("SOL_IP/MCAST_JOIN_GROUP") where two levels have the same name.
    *value*: the C type of what is set or got: "int", "flag" (an int of which only zero or not counts), "none" (what is
    set is not read), "char[]" or another array, or a structure ("struct linger").
    *access*: BOTH, GET, SET or NONE. *aspects*: what there is to show: "set", "get", "effect", "error" (refusals).
    *unreachable*: the reason for each aspect that cannot be shown. *due*: whether the aspects belong to the surface,
    which clauses must cover.
    *default* and *samples*: what a new socket has, and (what is set, what reads back), for options that hold one int.
    """

    level_name: str
    level: int
    name: str
    number: int
    key: str
    value: str
    access: str
    aspects: tuple[str, ...]
    due: bool
    default: int
    samples: tuple[tuple[int, int], ...]
    unreachable: Mapping[str, str] = field(hash=False)

    def __repr__(self) -> str:
        return self.key


def _option(
    level_name: str,
    header: ModuleType,
    name: str,
    value: str = "int",
    access: str = BOTH,
    *,
    due: bool,
    default: int = 0,
    samples: tuple[tuple[int, int], ...] = (),
    aspects: tuple[str, ...] | None = None,
    unreachable: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Option:
    return Option(
        level_name=level_name,
        level=getattr(socket, level_name),
        name=name,
        number=getattr(header, name),
        key=key or name,
        value=value,
        access=access,
        aspects=_ASPECTS[access] if aspects is None else aspects,
        due=due,
        default=default,
        samples=samples,
        unreachable=unreachable or {},
    )


def options_of(level_name: str, header: ModuleType, due: bool) -> Callable[..., Option]:
    """Return the function that makes an Option of this level, whose number stands in *header*, of its other facts."""
    return partial(_option, level_name, header, due=due)
