"""What a function in a child returns or raises reaches the parent, and nothing of the child stays."""

import errno
import subprocess

import pytest

from fixtures.clauses import NotApplicable, not_applicable
from helpers import observed, syscall
from helpers.process import ChildError, in_child
from helpers.syscall import refused
from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM
from suites.selfcheck.process.conditions import nothing_left

LARGE = bytes(number % 251 for number in range(10_000_000))  # a pipe holds 64 KiB


class TwoWords(Exception):  # noqa: N818
    """Can be sent, but not made again from its one argument."""

    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


class Unsendable(Exception):  # noqa: N818
    """Holds what cannot be sent."""

    def __init__(self):
        super().__init__("holds a function", lambda: None)


def fail(error):
    raise error


@pytest.mark.parametrize("value", [None, 0, "text", b"\0\xff", {"list": [1, (2, b"3")]}, refused(errno.EBADF)], ids=str)
def test_a_result_comes_back(value):
    with nothing_left():
        result = in_child(lambda: value)

    assert (type(result), result) == (type(value), value)


def test_arguments_go_in_and_ten_megabytes_come_out():
    with nothing_left():
        assert in_child(lambda head, tail: head + LARGE + tail, b"<", b">") == b"<" + LARGE + b">"


def test_a_result_that_cannot_be_sent_is_named():
    with nothing_left(), pytest.raises(ChildError, match="cannot bring back from the child: <generator"):
        in_child(lambda: (number for number in ()))


ERRORS = [
    ValueError("what"),
    OSError(errno.ENODEV, "no such device"),
    UnicodeDecodeError("ascii", b"\xff", 0, 1, "five arguments"),
    subprocess.CalledProcessError(3, ["command"]),
    AssertionError("assert 1 == 2"),
    KeyboardInterrupt(),
    SystemExit(3),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_exception_comes_back(error):
    with nothing_left(), pytest.raises(type(error)) as caught:
        in_child(fail, error)

    assert caught.value.args == error.args


def test_the_place_where_the_child_failed_comes_back_too():
    with pytest.raises(ValueError, match="what") as caught:
        in_child(fail, ValueError("what"))

    assert "in fail" in caught.value.__notes__[0]
    assert str(caught.value) == "what"


@pytest.mark.parametrize("error", [TwoWords("odd", "constructor"), Unsendable()], ids=["constructor", "content"])
def test_an_exception_that_cannot_come_back_is_told_with_its_traceback(error):
    with nothing_left(), pytest.raises(ChildError, match=f"in fail\n(?s:.*){type(error).__name__}"):
        in_child(fail, error)


@pytest.mark.parametrize("end", [pytest.skip, pytest.fail, not_applicable], ids=["skip", "fail", "n/a"])
def test_a_skip_a_failure_and_na_come_back(end):
    kind = NotApplicable if end is not_applicable else end.Exception

    with nothing_left(), pytest.raises(kind) as caught:
        in_child(end, "no such device")

    assert (type(caught.value), caught.value.msg) == (kind, "no such device")


def test_the_sockets_of_a_child_are_noted_in_the_parent(monkeypatch):
    monkeypatch.setattr(observed, "sockets", set())

    in_child(lambda: syscall.socket(AF_UNIX, SOCK_DGRAM, 0))

    assert observed.sockets == {(AF_UNIX, SOCK_DGRAM, 0)}
