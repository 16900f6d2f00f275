"""The first difference of two values is told by index, field and offset, and seen in the dumps of both."""

import ctypes
import errno
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from fixtures.evidence import last, pytest_assertrepr_compare
from helpers.described import describe
from helpers.differences import Known, difference, known_in
from helpers.memory import PATTERN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.in_ import in_addr, sockaddr_in
from helpers.value_result import ROOM, filled


class Inner(ctypes.Structure):
    """A byte, padding, two words."""

    _fields_ = [("kind", ctypes.c_uint8), ("words", ctypes.c_uint32 * 2)]


class Outer(ctypes.Structure):
    """A structure in a structure, and a union without a name."""

    class Either(ctypes.Union):
        """Four bytes or their number."""

        _fields_ = [("number", ctypes.c_uint32), ("data", ctypes.c_uint8 * 4)]

    _anonymous_ = ("either",)
    _fields_ = [("inner", Inner * 2), ("either", Either), ("last", ctypes.c_char * 4)]


class Two(NamedTuple):
    """A result and data."""

    length: int
    data: bytes


@dataclass
class Told:
    """A dataclass with a field that is not compared."""

    noted: int = field(compare=False)
    names: list


def image(*changes):
    """Give an Outer's bytes, with 0x41 at the offsets *changes*."""
    data = bytearray(ctypes.sizeof(Outer))
    for place in changes:
        data[place] = 0x41
    return Outer.from_buffer(data)


ADDRESS = sockaddr_ll(17, 0x0300, 4, 2, 2, 3)
OTHER = sockaddr_ll(17, 0x0300, 4, 1, 2, 3)
HATYPE = "byte 8 (sll_hatype): expected 2, observed 1"


@pytest.mark.parametrize(
    ("expected", "observed", "told"),
    [
        (b"abc", b"abd", "byte 2: expected 0x63, observed 0x64"),
        (b"abc", b"xbd", "byte 0: expected 0x61, observed 0x78, and 1 more byte"),
        (b"abc", b"ab", "length: 3 bytes expected, 2 observed"),
        (b"abc", bytearray(b"x"), "byte 0: expected 0x61, observed 0x78; length: 3 bytes expected, 1 observed"),
        (ADDRESS, OTHER, HATYPE),
        (
            sockaddr_in(sin_addr=in_addr(5)),
            sockaddr_in(sin_addr=in_addr(9)),
            "byte 4 (sin_addr.s_addr): expected 5, observed 9",
        ),
        (image(), image(20), "byte 20 (inner[1].words[1]): expected 0, observed 65"),
        (image(), image(13), "byte 13 (padding in inner[1]): expected 0x00, observed 0x41"),
        (image(), image(25), "byte 25 (number): expected 0, observed 16640"),
        (image(), image(30), "byte 30 (last[2]): expected b'\\x00', observed b'A'"),
        (
            [refused(9), refused(9)],
            [refused(9), refused(11)],
            "[1]: expected refused with EBADF, observed refused with EAGAIN",
        ),
        ((1, [2, 3]), (1, [2, 4]), "[1][1]: expected 3, observed 4"),
        ([1, 2], [1], "length: 2 expected, 1 observed"),
        ([[1, 2]], [[1]], "[0]: length: 2 expected, 1 observed"),
        (Two(2, b"ab"), Two(2, b"ac"), "data byte 1: expected 0x62, observed 0x63"),
        (Two(2, b"ab"), Two(3, b"ab"), "length: expected 2, observed 3"),
        (Told(1, [b"a"]), Told(2, [b"b"]), "names[0] byte 0: expected 0x61, observed 0x62"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "['b']: expected 2, observed 3"),
        ((SUCCESS, filled(bytes(ADDRESS), ROOM)), (SUCCESS, filled(bytes(OTHER), ROOM)), f"[1].data {HATYPE}"),
        (refused(errno.EBADF), SUCCESS, ""),
        (1, 2, ""),
        ("a", "b", ""),
        ({1: 1}, {2: 2}, ""),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) and ":" in value else None,
)
def test_the_first_difference_is_told(expected, observed, told):
    assert difference(expected, observed) == told


def test_bytes_are_told_by_the_field_of_a_structure_that_is_known_to_lie_there():
    wanted, seen = bytes(ADDRESS).ljust(ROOM, b"\xa5"), bytes(OTHER).ljust(ROOM, b"\xa5")
    known = known_in([7, [ADDRESS], "text"])

    assert known == [Known(sockaddr_ll, bytes(ADDRESS))]
    assert difference(wanted, seen, known) == HATYPE
    assert difference(seen, wanted, known) == "byte 8 (sll_hatype): expected 1, observed 2"
    assert difference(wanted, seen) == "byte 8: expected 0x02, observed 0x01"
    assert difference(b"\0" + wanted, b"\1" + seen, known).startswith("byte 0: ")  # it does not lie there
    assert known_in([sockaddr_ll(), None]) == []  # nothing but zeros: it would be found in any


def test_a_variable_of_the_test_is_such_a_structure():
    name = ADDRESS  # noqa: F841  (found in this function's frame)

    pytest_assertrepr_compare("==", bytes(OTHER)[:12], bytes(ADDRESS)[:20])

    assert last["difference"] == f"{HATYPE}; length: 20 bytes expected, 12 observed"


def test_one_byte_is_seen_among_the_filling():
    wanted, seen = bytes([PATTERN]) * ROOM, bytes([PATTERN]) * 100 + b"\0" + bytes([PATTERN]) * 59

    assert describe(seen, wanted) == "160 bytes: a5×100 ‹00› a5×59  |….…|"
    assert describe(wanted, seen) == "160 bytes: a5×100 ‹a5› a5×59  |….…|"
    assert describe((1, [seen]), (1, [wanted])) == f"(1, [{describe(seen, wanted)}])"
    assert describe(seen + b"\0", seen) == "161 bytes: a5×100 00 a5×59 ‹00›  |….….|"
    assert "‹" not in describe(seen, seen) + describe(seen)


def test_a_difference_far_behind_is_seen():
    data = bytes(range(256)) * 8

    assert describe(data[:-1] + b"\0", data).startswith("2048 bytes: … from byte 2015: df e0 ")
    assert describe(data[:-1] + b"\0", data).endswith("fe ‹00›  |.................................|")


def test_a_value_whose_comparison_raises_costs_no_evidence():
    class Odd:
        def __eq__(self, other):
            raise ValueError

    pytest_assertrepr_compare("==", [Odd()], [Odd()])

    assert last["difference"] == "unknown: comparing the parts raised ValueError"
    assert "Odd" in last["observed"]
