"""getsockopt(2): what net/socket.c promises whatever the option: descriptors, levels, names."""

import ctypes
import os
from errno import EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK, EOPNOTSUPP
from typing import NamedTuple

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.option_calls import answer, get, put, refusal
from helpers.options import by_access, covers, option
from helpers.options.option import INT_MIN
from helpers.sockets import Socket
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in_ import IP_TTL
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SOL_IP, SOL_PACKET, SOL_SOCKET

GENERIC = "src:net/socket.c:__sys_getsockopt"
DISPATCH = "src:net/socket.c:do_sock_getsockopt"
PACKET = "src:net/packet/af_packet.c:packet_getsockopt"
SOCKET = "src:net/core/sock.c:sk_getsockopt"
BROADCAST, AUXDATA = option("SO_BROADCAST"), option("PACKET_AUXDATA")
SET_ONLY = by_access("set", "SOL_SOCKET", "SOL_PACKET")
UNKNOWN = 4711


class Place(NamedTuple):
    """A number at a level, whether known there or not."""

    level: int
    number: int


@clause(since="2.2", level="documented", refs=["man:getsockopt(2)", GENERIC], covers=["errno:EBADF"])
@pytest.mark.parametrize("which", ["negative", "closed", "path"])
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, which):
    """A number that is no open descriptor, or one opened with O_PATH, is refused with EBADF and nothing is written."""
    path = syscall.open_path("/")
    closed = os.dup(path)
    os.close(closed)

    reply = get(Socket({"negative": -1, "closed": closed, "path": path}[which]), BROADCAST)
    os.close(path)

    assert reply == refusal(EBADF)
    assert get(sockets.packet(), BROADCAST) == answer(0)


@clause(since="2.2", level="documented", refs=["man:getsockopt(2)", GENERIC], covers=["errno:ENOTSOCK"])
@pytest.mark.parametrize("chosen", [BROADCAST, AUXDATA], ids=str)
def test_refuses_a_descriptor_that_is_no_socket_with_enotsock(sockets, chosen):
    """An open descriptor that is no socket is refused with ENOTSOCK, whatever the level, and nothing is written."""
    reader, writer = os.pipe()

    reply = get(Socket(reader), chosen)
    os.close(reader)
    os.close(writer)

    assert reply == refusal(ENOTSOCK)
    assert get(sockets.packet(), chosen) == answer(0)


@clause(since="2.2", level="source", refs=[GENERIC])
def test_the_descriptor_is_looked_up_before_the_length(sockets, memory):
    """A bad descriptor is EBADF before a negative length or an address that cannot be read is looked at."""
    known = BROADCAST.level, BROADCAST.number

    results = [
        syscall.getsockopt(-1, *known, memory.unmapped, ctypes.c_int(-1)),
        syscall.getsockopt(-1, *known, memory.unmapped, memory.unmapped),
    ]

    assert results == [refused(EBADF)] * 2
    assert get(sockets.packet(), BROADCAST, -1) == refusal(EINVAL, -1)


@clause(since="2.2", level="documented", refs=["man:getsockopt(2)", PACKET, SOCKET], covers=["errno:ENOPROTOOPT"])
@pytest.mark.parametrize("level", [SOL_SOCKET, SOL_PACKET], ids=["socket", "packet"])
def test_refuses_an_option_that_the_level_does_not_have_with_enoprotoopt(sockets, level):
    """An option number that the level does not know is refused with ENOPROTOOPT, and nothing is written."""
    socket, numbers = sockets.packet(), (0, UNKNOWN, -1, 0x10008)

    replies = {number: get(socket, Place(level, number)) for number in numbers}

    assert replies == dict.fromkeys(numbers, refusal(ENOPROTOOPT))
    assert get(socket, Place(level, 8)).result.ok  # SO_RCVBUF, PACKET_AUXDATA


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c", DISPATCH], covers=["errno:EOPNOTSUPP"])
def test_a_family_without_options_of_its_own_refuses_other_levels_with_eopnotsupp(sockets):
    """On an AF_UNIX socket a level other than SOL_SOCKET is refused with EOPNOTSUPP."""
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    replies = [get(socket, Place(level, BROADCAST.number)) for level in (SOL_PACKET, 0)]

    assert replies == [refusal(EOPNOTSUPP)] * 2
    assert get(socket, BROADCAST) == answer(0)


@clause(since="2.2", level="documented", refs=["man:getsockopt(2)", "man:ip(7)", DISPATCH])
def test_a_level_of_the_protocol_s_own_is_the_protocol_s_business(sockets):
    """On an AF_INET socket an option of SOL_IP is set and read."""
    socket = sockets.open(AF_INET, SOCK_DGRAM)

    result, reply = put(socket, Place(SOL_IP, IP_TTL), 77), get(socket, Place(SOL_IP, IP_TTL), 8)

    assert result == SUCCESS
    assert reply == answer(77, 8)


@clause(since="2.2", level="source", refs=[PACKET, SOCKET])
@pytest.mark.parametrize("level", [SOL_SOCKET, SOL_PACKET], ids=["socket", "packet"])
def test_the_length_is_looked_at_before_the_name(sockets, memory, level):
    """A length that cannot be read is EFAULT, a negative one EINVAL, before an unknown option is ENOPROTOOPT."""
    fd = sockets.packet().fd

    results = [
        syscall.getsockopt(fd, level, UNKNOWN, memory.unmapped, length)
        for length in (memory.unmapped, ctypes.c_int(INT_MIN), ctypes.c_int(4))
    ]

    assert results == [refused(EFAULT), refused(EINVAL), refused(ENOPROTOOPT)]


@clause(since="2.2", level="source", refs=[SOCKET, PACKET], covers=["errno:ENOPROTOOPT", *covers(SET_ONLY, "error")])
@pytest.mark.parametrize("chosen", SET_ONLY, ids=str)
def test_an_option_that_can_only_be_set_is_refused(sockets, chosen):
    """An option that can only be set is refused with ENOPROTOOPT, and nothing is written."""
    socket = sockets.packet()

    reply = get(socket, chosen, 64)

    assert reply == refusal(ENOPROTOOPT, 64)
    assert get(socket, BROADCAST) == answer(0)
