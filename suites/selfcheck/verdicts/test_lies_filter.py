"""A lie concerns the call and option that it is about, through the suites' own entry, and no others."""

import errno
import os
import socket as python

import pytest

from fixtures.lies import all_lies
from helpers import lies
from helpers.compat32 import Direct, SocketCall
from helpers.lies import Lie
from helpers.process import in_child
from helpers.sockets import Socket
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SHUT_RD, SOL_IP, SOL_SOCKET
from helpers.uapi.socket_options import SO_KEEPALIVE, SO_REUSEADDR

WRONG = 117  # EUCLEAN
FORMS = pytest.mark.parametrize(
    ("number", "answer"), [(0, SUCCESS), (WRONG, refused(WRONG))], ids=["silent", "wrong-errno"]
)


@pytest.fixture(autouse=True)
def seccomp():
    """A kernel that can be made to lie."""
    if not os.path.exists("/proc/sys/kernel/seccomp/actions_avail"):
        pytest.skip("this kernel has no seccomp filters")


def under(told, function):
    """Run *function* in a child under these lies."""

    def lied_to():
        for lie in told:
            lies.install(lie)
        return function()

    return in_child(lied_to)


def ends():
    """Return two connected sockets."""
    return [Socket(end.detach()) for end in python.socketpair()]


def use_options():
    """Set and get two options; what was got is the last."""
    one, _ = ends()
    results = [one.setsockopt(SOL_SOCKET, option, 1) for option in (SO_REUSEADDR, SO_KEEPALIVE)]
    values = [bytearray(4), bytearray(4)]
    for option, value in zip((SO_REUSEADDR, SO_KEEPALIVE), values, strict=True):
        results.append(one.getsockopt(SOL_SOCKET, option, value, bytearray(b"\4\0\0\0")))
    return results, [value[0] for value in values]


def use_calls():
    """Send, receive, shut down."""
    one, other = ends()
    return [one.send(b"x"), other.recv(bytearray(1), 1, MSG_DONTWAIT), one.shutdown(SHUT_RD)]


def use_python():
    """Do the same with Python's socket."""
    one, other = python.socketpair()
    with one, other:
        os.close(os.dup(one.fileno()))
        one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        return one.getsockopt(SOL_SOCKET, SO_REUSEADDR), one.send(b"x"), other.recv(1, MSG_DONTWAIT)


def test_without_a_lie_all_is_true():
    assert in_child(use_options) == ([SUCCESS] * 4, [1, 1])
    assert in_child(use_calls) == [returned(1), returned(1), SUCCESS]
    assert in_child(use_python) == (1, 1, b"x")


@FORMS
def test_setting_an_option_is_lied_about_and_does_not_happen(number, answer):
    results = under([Lie("setsockopt", number, SOL_SOCKET, SO_REUSEADDR)], use_options)

    assert results == ([answer, SUCCESS, SUCCESS, SUCCESS], [0, 1])


@FORMS
def test_getting_an_option_is_lied_about_and_does_not_happen(number, answer):
    results = under([Lie("getsockopt", number, SOL_SOCKET, SO_REUSEADDR)], use_options)

    assert results == ([SUCCESS, SUCCESS, answer, SUCCESS], [0, 1])


def test_another_level_is_another_option():
    assert under([Lie("setsockopt", WRONG, SOL_IP, SO_REUSEADDR)], use_options) == ([SUCCESS] * 4, [1, 1])


@FORMS
def test_a_call_is_lied_about_and_does_not_happen(number, answer):
    assert under([Lie("sendto", number)], use_calls) == [answer, refused(errno.EAGAIN), SUCCESS]
    assert under([Lie("shutdown", number)], use_calls) == [returned(1), returned(1), answer]


@pytest.mark.parametrize(
    "lie",
    # the C library has the functions for the first two behind that of our entry, the last one before it
    [Lie("setsockopt", WRONG, SOL_SOCKET, SO_REUSEADDR), Lie("sendto", 0), Lie("fcntl", WRONG)],
    ids=["option", "call", "before"],
)
def test_python_and_the_c_library_hear_the_truth(lie):
    assert under([lie], use_python) == (1, 1, b"x")


def test_lies_add_up_and_the_last_one_wins():
    told = [Lie("sendto", 0), Lie("prctl", WRONG), Lie("shutdown", WRONG), Lie("shutdown", errno.EPERM)]

    assert under(told, use_calls) == [SUCCESS, refused(errno.EAGAIN), refused(errno.EPERM)]


def test_a_denied_call_is_denied_to_everybody():
    def denied():
        lies.deny("shutdown", errno.EPERM)
        with python.socketpair()[0] as one:
            try:
                one.shutdown(python.SHUT_RD)
            except PermissionError:
                return use_calls()
        return None

    assert in_child(denied) == [returned(1), returned(1), refused(errno.EPERM)]


def by_32_bit_entry(memory):
    """Send three times, by the sub-calls and the calls that are nearest to one another; receive with 32-bit time."""
    data = memory.place(b"x")
    one, _ = ends()
    return {
        "send": SocketCall.send(one.fd, data, 1),
        "sendto": SocketCall.sendto(one.fd, data, 1),
        "sendto direct": Direct.sendto(one.fd, data, 1),
        "sendto native": one.send(b"x"),
        "recvmmsg sub-call": SocketCall.recvmmsg(one.fd, 0, 0, MSG_DONTWAIT),
        "recvmmsg_time32": Direct.recvmmsg_time32(one.fd, 0, 0, MSG_DONTWAIT),
        "recvmmsg": Direct.recvmmsg(one.fd, 0, 0, MSG_DONTWAIT),
    }


@pytest.mark.parametrize(
    ("call", "lied_to"),
    [
        ("send", {"send"}),
        ("sendto", {"sendto native"}),
        ("recvmmsg_time32", {"recvmmsg sub-call", "recvmmsg_time32"}),
        ("socketcall", {"send", "sendto", "recvmmsg sub-call"}),
    ],
)
def test_what_only_the_32_bit_entry_has_is_lied_about_there(lowmem, call, lied_to):
    truth = in_child(by_32_bit_entry, lowmem)

    told = under([Lie(call, WRONG)], lambda: by_32_bit_entry(lowmem))

    assert told == {way: refused(WRONG) if way in lied_to else result for way, result in truth.items()}
    assert refused(WRONG) not in truth.values()


def test_every_lie_of_the_run_is_possible_here_or_known_not_to_be(lowmem):
    assert [lie for _, lie in all_lies() if not lies.possible(lie)] == []
