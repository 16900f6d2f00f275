"""Evidence shows what was observed and expected so that a person can read it, and that of the right comparison."""

import ctypes
import errno
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from fixtures.evidence import pytest_assertrepr_compare
from helpers.described import describe
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.in_ import in_addr, sockaddr_in
from suites.selfcheck.conftest import PLACE


class Plain(NamedTuple):
    """Has no words of its own."""

    length: int
    data: bytes


class Worded(NamedTuple):
    """Has."""

    length: int

    def __repr__(self):
        return f"{self.length} bytes long"


@dataclass
class Record:
    """A dataclass with a field that is not shown."""

    data: bytes
    hidden: int = field(default=0, repr=False)


class Either(ctypes.Union):
    """A union."""

    _fields_ = (("number", ctypes.c_uint32), ("data", ctypes.c_ubyte * 4))


LINK = sockaddr_ll(17, 0x0300, 4, 1, 2, 3)
LINK_TEXT = (
    "sockaddr_ll(sll_family=17, sll_protocol=768, sll_ifindex=4, sll_hatype=1, sll_pkttype=2, sll_halen=3, "
    "sll_addr=8 bytes: 00×8  |…|)"
)
INET = sockaddr_in(sin_family=2, sin_port=1, sin_addr=in_addr(0x0100007F))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (returned(3), "returned 3"),
        (refused(errno.EAGAIN), "refused with EAGAIN"),
        (refused(524), "refused with ENOTSUPP"),
        (refused(4711), "refused with errno 4711"),
        (7, "7"),
        ("text", "'text'"),
        (None, "None"),
        (b"", "0 bytes"),
        (b"\0\x7fA~", "4 bytes: 00 7f 41 7e  |..A~|"),
        (bytearray(b"\xff"), "1 byte: ff  |.|"),
        ((1, b"a"), "(1, 1 byte: 61  |a|)"),
        ([refused(9), [b"a"]], "[refused with EBADF, [1 byte: 61  |a|]]"),
        ({"key": b"a"}, "{'key': 1 byte: 61  |a|}"),
        (Plain(3, b"a"), "Plain(length=3, data=1 byte: 61  |a|)"),
        (Worded(3), "3 bytes long"),
        (Record(b"a"), "Record(data=1 byte: 61  |a|)"),
        (Record, repr(Record)),
        ((ctypes.c_ubyte * 2)(1, 2), "2 bytes: 01 02  |..|"),
        ((ctypes.c_char * 2)(b"a", b"\0"), "2 bytes: 61 00  |a.|"),
        ((ctypes.c_int * 2)(1, -2), "[1, -2]"),
        (Either(0x61), "Either(number=97, data=4 bytes: 61 00 00 00  |a...|)"),
        (LINK, LINK_TEXT),
        ([LINK], f"[{LINK_TEXT}]"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_a_value_is_described(value, text):
    assert describe(value) == text


def test_structures_in_structures_are_described():
    assert describe(INET).startswith("sockaddr_in(sin_family=2, sin_port=1, sin_addr=in_addr(")


def test_many_bytes_are_cut():
    assert describe(bytes(range(256)) + b"x").endswith("fe ff …  |" + "".join(map(letter, range(256))) + "…|")


def letter(byte):
    return chr(byte) if 32 <= byte < 127 else "."


def test_results_and_bytes_are_explained_in_pytest_s_words_too():
    assert pytest_assertrepr_compare("==", refused(9), returned(0)) == ["refused with EBADF == returned 0"]
    assert pytest_assertrepr_compare("==", b"a", b"b") == [
        "bytes ==",
        "  observed  1 byte: ‹61›  |a|",
        "  expected  1 byte: ‹62›  |b|",
        "  first     byte 0: expected 0x62, observed 0x61",
    ]
    assert pytest_assertrepr_compare("==", 1, 2) is None


@pytest.mark.timeout(300)
def test_the_record_has_the_sides_of_the_comparison_that_broke(small_suite):
    outcome = small_suite.run('''
        from errno import EBADF
        from helpers.syscall import refused, returned

        @promise
        def test_compares():
            """Compares observed with expected."""
            assert returned(3) == returned(3)
            assert (refused(EBADF), b"a") == (returned(0), b"b")

        @promise
        def test_has_another_operator():
            """Compares otherwise."""
            assert b"a" not in [b"a"]

        @promise
        def test_compares_nothing():
            """Compares nothing, and does not show the comparison of the test before."""
            assert not [1], "what was expected"

        @promise
        def test_raises():
            """Raises after a comparison that failed and was caught."""
            with pytest.raises(AssertionError):
                assert 1 == 2
            raise OSError(EBADF, "bad descriptor")
    ''')

    shown = {name: result["evidence"] for name, result in outcome.results.items()}
    sides = {name: (evidence["observed"], evidence["expected"]) for name, evidence in shown.items()}
    assert sides == {
        "test_compares": ("(refused with EBADF, 1 byte: ‹61›  |a|)", "(returned 0, 1 byte: ‹62›  |b|)"),
        "test_has_another_operator": ("1 byte: 61  |a|", "not in [1 byte: 61  |a|]"),
        "test_compares_nothing": ("what was expected", ""),
        "test_raises": ("OSError: [Errno 9] bad descriptor", ""),
    }
    assert "(refused with EBADF" in shown["test_compares"]["traceback"]
    assert shown["test_compares"]["difference"] == "[0]: expected returned 0, observed refused with EBADF"
    places = {name: evidence["place"] for name, evidence in shown.items()}
    assert places == {
        "test_compares": f'{PLACE}:12: assert (refused(EBADF), b"a") == (returned(0), b"b")',
        "test_has_another_operator": f'{PLACE}:17: assert b"a" not in [b"a"]',
        "test_compares_nothing": f'{PLACE}:22: assert not [1], "what was expected"',
        "test_raises": f'{PLACE}:29: raise OSError(EBADF, "bad descriptor")',
    }
