"""socketcall(2): the number of the sub-call and the array of its arguments."""

import struct
from errno import EAFNOSUPPORT, EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINVAL, ENODEV, ENOPROTOOPT, ENXIO, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers import compat32, wait
from helpers.compat32 import SUBCALLS, SocketCall
from helpers.net import addresses
from helpers.packet import packet_socket
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, SHUT_WR, SOCK_DGRAM, SOL_PACKET, SOL_SOCKET

COMPAT = "src:net/compat.c"
WORDS = {"socket": 3, "bind": 3, "connect": 3, "listen": 2, "accept": 3, "getsockname": 3, "getpeername": 3,
         "socketpair": 4, "send": 4, "recv": 4, "sendto": 6, "recvfrom": 6, "shutdown": 2, "setsockopt": 5,
         "getsockopt": 5, "sendmsg": 3, "recvmsg": 3, "accept4": 4, "recvmmsg": 5, "sendmmsg": 4}  # fmt: skip
INT_MAX, INT_MIN = 2**31 - 1, -(2**31)


def words(*values: int) -> bytes:
    """Return the array of arguments."""
    return struct.pack(f"={len(values)}I", *(value % 2**32 for value in values))


def socketcall(call: int, array: int):
    """Make sub-call number *call* with the array at the address *array*."""
    return compat32.syscall(compat32.NUMBERS["socketcall"], call, array)


@clause(since="2.2", level="source", refs=["man:socketcall(2)", COMPAT], covers=["errno:EFAULT"])
@pytest.mark.parametrize("name", WORDS)
def test_reads_exactly_the_arguments_of_the_sub_call(lowmem, name):
    """An array that ends at a page's end with the last argument is taken, one that lacks a word there is EFAULT."""
    answers = {"socket": ([-1, 0, 0], EAFNOSUPPORT), "socketpair": ([-1, -1, 0, 0], EINVAL)}
    values, errno = answers.get(name, ([-1] + [0] * (WORDS[name] - 1), EBADF))
    whole = lowmem.before_end(words(*values))
    short = lowmem.before_end(words(*values[:-1]))

    assert socketcall(SUBCALLS[name], whole) == refused(errno)
    assert socketcall(SUBCALLS[name], short) == refused(EFAULT)


@clause(since="2.2", level="source", refs=["man:socketcall(2)", COMPAT], covers=["errno:EINVAL"])
@pytest.mark.parametrize("call", [0, 21, -1, 1 << 8 | 1, INT_MAX, INT_MIN])
def test_unknown_sub_call_is_einval_before_the_array_is_read(lowmem, call):
    """A number that is no sub-call is refused with EINVAL, whether or not there is an array."""
    nowhere = lowmem.unmapped
    array = lowmem.place(words(*[0] * 6))

    assert socketcall(call, nowhere) == refused(EINVAL)
    assert socketcall(call, array) == refused(EINVAL)
    assert socketcall(SUBCALLS["sendmmsg"], nowhere) == refused(EFAULT)


@clause(since="2.2", level="source", refs=["man:socketcall(2)", COMPAT], covers=["errno:EFAULT"])
@pytest.mark.parametrize("place", ["null", "unmapped"])
def test_array_that_cannot_be_read_is_efault(lowmem, sockets, place):
    """An array that cannot be read is EFAULT, and nothing is done."""
    left, right = sockets.pair()
    array = lowmem.place(words(left.fd, SHUT_WR))

    result = socketcall(SUBCALLS["shutdown"], 0 if place == "null" else lowmem.unmapped)

    assert result == refused(EFAULT)
    assert not wait.poll(right.fd, seconds=0)
    assert socketcall(SUBCALLS["shutdown"], array) == SUCCESS
    assert wait.readable(right.fd)


@clause(since="2.2", level="source", refs=["man:socketcall(2)", COMPAT])
@pytest.mark.parametrize("shift", [0, 1, 2, 3], ids=["read-only", "one", "two", "three"])
def test_array_needs_neither_alignment_nor_write_permission(lowmem, sockets, shift):
    """The array may lie at any address and in memory that can only be read."""
    left, right = sockets.pair()
    array = lowmem.readonly(bytes(shift) + words(left.fd, SHUT_WR)) + shift

    result = socketcall(SUBCALLS["shutdown"], array)

    assert result == SUCCESS
    assert wait.readable(right.fd)


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", COMPAT])
@pytest.mark.parametrize(
    ("name", "arguments", "errno"),
    [
        ("bind", lambda place: (place(packet_socket.address(INT_MAX)), 20), ENODEV),
        ("listen", lambda place: (1,), EOPNOTSUPP),
        ("accept4", lambda place: (0, 0, 1), EINVAL),
        ("getpeername", lambda place: (0, 0), EOPNOTSUPP),
        ("send", lambda place: (place(b"x"), 1, 0), ENXIO),
        ("recv", lambda place: (place(b"x"), 1, MSG_DONTWAIT), EAGAIN),
        ("shutdown", lambda place: (SHUT_WR,), EOPNOTSUPP),
        ("setsockopt", lambda place: (SOL_PACKET, 4711, place(bytes(4)), 4), ENOPROTOOPT),
        ("getsockopt", lambda place: (SOL_SOCKET, 4711, place(bytes(4)), place(words(4))), ENOPROTOOPT),
        ("sendmsg", lambda place: (1, 0), EFAULT),
        ("sendmmsg", lambda place: (1, 1, 0), EFAULT),
        ("recvmmsg", lambda place: (1, 1, MSG_DONTWAIT, place(words(-1, 0))), EINVAL),
    ],
)
def test_errno_of_the_sub_call_is_the_errno(lowmem, sockets, name, arguments, errno):
    """socketcall(2) returns the errno of its sub-call."""
    socket = sockets.packet()

    result = SocketCall.call(name, socket.fd, *arguments(lowmem.place))

    assert result == refused(errno)


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:connect(2)", COMPAT])
def test_connect_reaches_the_family(lowmem, sockets):
    """A sub-call connect to a name that no socket has is refused as the native call is."""
    socket = sockets.open(AF_UNIX, SOCK_DGRAM)
    nobody = addresses.abstract()

    result = SocketCall.connect(socket.fd, lowmem.place(nobody), len(nobody))

    assert result == refused(ECONNREFUSED)
    assert result == socket.connect(nobody)
