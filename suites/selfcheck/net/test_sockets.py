"""A socket's methods make their call with its descriptor; as set-up they return the value or raise."""

import ctypes
import errno
import inspect
import struct

import pytest

from helpers import closer, syscall
from helpers.net.addresses import abstract, raw
from helpers.sockets import SetupError, Socket, must
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_UNIX, SOL_SOCKET
from helpers.uapi.socket_options import SO_DOMAIN, SO_LINGER, SO_REUSEADDR

ADDRESS = raw(AF_UNIX, b"\0name")
# the methods that add nothing to their call
PLAIN = ["listen", "accept", "accept4", "getsockname", "getpeername", "recvfrom", "sendmsg", "recvmsg", "sendmmsg"]
PLAIN += ["recvmmsg", "shutdown", "ioctl", "getsockopt"]


@pytest.fixture
def made(monkeypatch):
    """The calls that the layer below was asked for; they all succeed with 7."""
    calls = []
    monkeypatch.setattr(syscall, "call", lambda *words: calls.append(words) or returned(7))
    return calls


@pytest.mark.parametrize("name", PLAIN)
def test_arguments_follow_the_descriptor(made, name):
    method = getattr(Socket(5), name)
    arguments = [f"argument {number}" for number in range(len(inspect.signature(method).parameters))]

    assert method(*arguments) == returned(7)
    assert getattr(Socket(5).must, name)(*arguments) == 7
    assert made == [(name, 5, *arguments)] * 2


@pytest.mark.parametrize("name", ["bind", "connect"])
def test_the_length_of_an_address_is_its_own_unless_given(made, name):
    method = getattr(Socket(5), name)

    method(ADDRESS)
    method(ADDRESS, 3)

    assert made == [(name, 5, ADDRESS, 7), (name, 5, ADDRESS, 3)]


def test_what_is_sent_has_its_own_length(made):
    Socket(5).send(b"abc", 9)
    Socket(5).sendto(b"abc", 9, ADDRESS)
    Socket(5).sendto(b"abc", 9, ADDRESS, 2)

    assert made == [
        ("sendto", 5, b"abc", 3, 9, None, 0),
        ("sendto", 5, b"abc", 3, 9, ADDRESS, 7),
        ("sendto", 5, b"abc", 3, 9, ADDRESS, 2),
    ]


def test_recv_asks_for_no_address(made):
    Socket(5).recv("buffer", 10, 9)

    assert made == [("recvfrom", 5, "buffer", 10, 9, None, None)]


@pytest.mark.parametrize(
    ("value", "length", "content"),
    [
        (-2, None, b"\xfe\xff\xff\xff"),
        (1, 2, b"\1\0"),
        (b"eth0", None, b"eth0"),
        (bytearray(b"eth0"), 2, b"et"),
        (ctypes.c_uint64(3), None, b"\3" + bytes(7)),
    ],
    ids=["int", "short int", "bytes", "bytearray", "ctypes"],
)
def test_an_option_s_value_is_passed_with_its_length(made, value, length, content):
    Socket(5).setsockopt(1, 2, value, length)

    [(name, fd, level, option, passed, size)] = made
    assert (name, fd, level, option, size) == ("setsockopt", 5, 1, 2, len(content))
    assert bytes(passed)[:size] == content


def test_an_option_is_read_as_a_number_or_structure(sockets):
    socket, _ = sockets.pair()
    socket.must.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 5))

    assert socket.option(SOL_SOCKET, SO_DOMAIN) == AF_UNIX
    assert list(socket.option(SOL_SOCKET, SO_LINGER, ctypes.c_int * 2)) == [1, 5]


def test_an_option_of_another_size_is_no_set_up(sockets):
    socket, _ = sockets.pair()

    with pytest.raises(SetupError, match="SO_LINGER has 8 bytes, not 12"):
        socket.option(SOL_SOCKET, SO_LINGER, ctypes.c_int * 3)
    with pytest.raises(SetupError, match=r"getsockopt\(SOL_SOCKET/4711\) refused with ENOPROTOOPT"):
        socket.option(SOL_SOCKET, 4711)


def test_a_set_up_that_fails_tells_the_call_its_arguments_and_the_errno(sockets):
    socket, _ = sockets.pair()

    assert socket.shutdown(9) == refused(errno.EINVAL)
    with pytest.raises(SetupError, match=r"set-up failed: shutdown\(9,\) refused with EINVAL"):
        socket.must.shutdown(9)
    with pytest.raises(SetupError, match="set-up failed: bind refused with EBADF"):
        must(refused(errno.EBADF), "bind")


def test_a_set_up_that_succeeds_returns_the_value(sockets):
    socket, _ = sockets.pair()

    assert must(returned(3)) == 3
    assert socket.must.send(b"abc") == 3
    assert socket.must.option(SOL_SOCKET, SO_REUSEADDR) == 0  # what is no Result comes through


def test_a_closed_socket_is_not_closed_again(monkeypatch, sockets):
    """Its number may be another's by then."""
    released = []
    monkeypatch.setattr(closer, "close_soon", released.append)
    closed, open_ = sockets.pair()
    number = open_.fd

    assert closed.close() == SUCCESS
    assert closed.fd == -1
    assert closed.close() == refused(errno.EBADF)
    for socket in (closed, open_, open_):
        socket.release()

    assert released == [number]
    assert syscall.close(number) == SUCCESS


def test_real_calls_are_made(sockets):
    socket, other = sockets.pair()

    assert socket.send(b"abc") == returned(3)
    buffer = bytearray(5)
    assert other.recv(buffer, 5) == returned(3)
    assert buffer == b"abc\0\0"
    assert socket.bind(abstract()) == SUCCESS
