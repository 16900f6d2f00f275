"""setsockopt(2): what net/socket.c promises whatever the option: descriptors, levels, names."""

import os
from errno import EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.option_calls import answer, get, packed, put
from helpers.options import option
from helpers.options.option import INT_MIN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_UNIX, SOCK_STREAM, SOL_IP, SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_BROADCAST

GENERIC = "src:net/socket.c:__sys_setsockopt"
DISPATCH = "src:net/socket.c:do_sock_setsockopt"
PACKET = "src:net/packet/af_packet.c:packet_setsockopt"
SOCKET = "src:net/core/sock.c:sk_setsockopt"
BROADCAST = option("SO_BROADCAST")
AUXDATA = option("PACKET_AUXDATA")


@clause(since="2.2", level="documented", refs=["man:setsockopt(2)", GENERIC], covers=["errno:EBADF"])
@pytest.mark.parametrize("which", ["negative", "closed", "path"])
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, which):
    """A number that is no open descriptor, or one opened with O_PATH, is refused with EBADF."""
    socket = sockets.packet()
    path = syscall.open_path("/")
    closed = os.dup(path)
    os.close(closed)

    result = syscall.setsockopt(
        {"negative": -1, "closed": closed, "path": path}[which], SOL_SOCKET, SO_BROADCAST, packed(1), 4
    )
    os.close(path)

    assert result == refused(EBADF)
    assert put(socket, BROADCAST, 1) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:setsockopt(2)", GENERIC], covers=["errno:ENOTSOCK"])
@pytest.mark.parametrize("name", ["SO_BROADCAST", "PACKET_AUXDATA"])
def test_refuses_a_descriptor_that_is_no_socket_with_enotsock(sockets, name):
    """An open descriptor that is no socket is refused with ENOTSOCK, whatever the level."""
    known = option(name)
    reader, writer = os.pipe()

    result = syscall.setsockopt(reader, known.level, known.number, packed(1), 4)
    os.close(reader)
    os.close(writer)

    assert result == refused(ENOTSOCK)
    assert put(sockets.packet(), known, 1) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:setsockopt(2)", DISPATCH], covers=["errno:EINVAL"])
@pytest.mark.parametrize("name", ["SO_BROADCAST", "SO_BINDTODEVICE", "PACKET_AUXDATA"])
def test_refuses_a_negative_length_with_einval(sockets, name):
    """A negative length is refused with EINVAL, also for options that take a string of any length."""
    socket = sockets.packet()

    results = [put(socket, option(name), packed(0), length) for length in (-1, INT_MIN)]

    assert results == [refused(EINVAL)] * 2
    assert put(socket, option(name), packed(0)) == SUCCESS


@clause(since="2.2", level="source", refs=[DISPATCH])
def test_a_negative_length_is_refused_before_the_level_is_looked_at(sockets):
    """A negative length is EINVAL even at a level that the socket does not know, which alone is ENOPROTOOPT."""
    socket = sockets.packet()

    results = [syscall.setsockopt(socket.fd, SOL_IP, 1, packed(1), length) for length in (-1, 4)]

    assert results == [refused(EINVAL), refused(ENOPROTOOPT)]


@clause(since="6.7", level="source", refs=[GENERIC])
@pytest.mark.parametrize("kind", ["closed", "pipe"])
def test_the_descriptor_is_looked_up_before_the_length(sockets, kind):
    """A bad descriptor is reported before a negative length."""
    reader, writer = os.pipe()
    fd = reader if kind == "pipe" else -1

    result = syscall.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, packed(1), -1)
    os.close(reader)
    os.close(writer)

    assert result == refused({"closed": EBADF, "pipe": ENOTSOCK}[kind])
    assert syscall.setsockopt(sockets.packet().fd, SOL_SOCKET, SO_BROADCAST, packed(1), -1) == refused(EINVAL)


@clause(since="2.2", level="documented", refs=["man:setsockopt(2)", PACKET, SOCKET], covers=["errno:ENOPROTOOPT"])
@pytest.mark.parametrize("name", ["SO_BROADCAST", "PACKET_AUXDATA"])
def test_refuses_an_option_that_the_level_does_not_have_with_enoprotoopt(sockets, name):
    """An option number that the level does not know is refused with ENOPROTOOPT, never silently accepted."""
    socket, known, numbers = sockets.packet(), option(name), (0, 4711, -1, 0x10008)

    results = {number: syscall.setsockopt(socket.fd, known.level, number, packed(1), 4) for number in numbers}

    assert results == dict.fromkeys(numbers, refused(ENOPROTOOPT))
    assert put(socket, known, 1) == SUCCESS


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c", DISPATCH], covers=["errno:EOPNOTSUPP"])
def test_a_family_without_options_of_its_own_refuses_other_levels_with_eopnotsupp(sockets):
    """On an AF_UNIX socket a level other than SOL_SOCKET is refused with EOPNOTSUPP."""
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    results = [syscall.setsockopt(socket.fd, level, SO_BROADCAST, packed(1), 4) for level in (SOL_PACKET, 0)]

    assert results == [refused(EOPNOTSUPP)] * 2
    assert put(socket, BROADCAST, 1) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:dup(2)", GENERIC])
def test_an_option_belongs_to_the_socket_and_not_to_the_descriptor(sockets):
    """An option set through one descriptor is in force for its duplicate."""
    socket = sockets.packet()
    twin = sockets.adopt(os.dup(socket.fd))

    result = put(socket, AUXDATA, 1)

    assert result == SUCCESS
    assert get(twin, AUXDATA) == answer(1)
