"""setsockopt(2), SOL_SOCKET: options that some families have, and how packet sockets refuse them."""

from errno import EBADF, EFAULT, EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers import kernel
from helpers.option_calls import answer, get, keeps_its_values, put, put_at, refusal
from helpers.options import covers, option
from helpers.options.option import INT_MAX, INT_MIN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
PEEK_OFF, ZEROCOPY, TXREHASH = map(option, ("SO_PEEK_OFF", "SO_ZEROCOPY", "SO_TXREHASH"))


@clause(
    since="3.4",
    level="documented",
    refs=[MAN, SET, GET],
    covers=["errno:EOPNOTSUPP", "errno:getsockopt:EOPNOTSUPP", *covers([PEEK_OFF.name], "set", "get", "error")],
)
def test_so_peek_off_is_for_some_families(sockets):
    """SO_PEEK_OFF is -1 on a new AF_UNIX socket and keeps any int; on a packet socket it is EOPNOTSUPP."""
    socket = sockets.packet()

    keeps_its_values(sockets.open(AF_UNIX, SOCK_DGRAM), PEEK_OFF)
    results = [put(socket, PEEK_OFF, value) for value in (0, -1)]

    assert results == [refused(EOPNOTSUPP)] * 2
    assert get(socket, PEEK_OFF) == refusal(EOPNOTSUPP)


@clause(
    since="5.0",
    level="documented",
    refs=["doc:networking/msg_zerocopy.rst", SET, GET],
    covers=["errno:EINVAL", "errno:EOPNOTSUPP", *covers([ZEROCOPY.name], "set", "get", "error")],
)
def test_so_zerocopy_is_for_some_protocols(sockets):
    """SO_ZEROCOPY keeps 0 and 1 on a UDP socket, others are EINVAL; on a packet socket all are EOPNOTSUPP."""
    udp, packet = sockets.open(AF_INET, SOCK_DGRAM), sockets.packet()

    keeps_its_values(udp, ZEROCOPY)
    results = [[put(socket, ZEROCOPY, value) for value in (2, -1, 1, 0)] for socket in (udp, packet)]

    assert results == [[refused(EINVAL), refused(EINVAL), SUCCESS, SUCCESS], [refused(EOPNOTSUPP)] * 4]
    assert get(packet, ZEROCOPY) == answer(0)


@clause(
    since="6.13",
    level="source",
    refs=[SET, GET],
    covers=["errno:EINVAL", "errno:EOPNOTSUPP", *covers([TXREHASH.name], "set", "get", "error")],
)
def test_so_txrehash_is_for_tcp(sockets):
    """SO_TXREHASH keeps 0 and 1 on a TCP socket, where -1 means the default; on a packet socket it is EOPNOTSUPP."""
    tcp, packet = sockets.open(AF_INET, SOCK_STREAM), sockets.packet()

    keeps_its_values(tcp, TXREHASH)
    results = [[put(socket, TXREHASH, value) for value in (2, -2, 1)] for socket in (tcp, packet)]

    assert results == [[refused(EINVAL), refused(EINVAL), SUCCESS], [refused(EOPNOTSUPP)] * 3]
    assert get(packet, TXREHASH) == refusal(EOPNOTSUPP)


@clause(
    since="5.16",
    level="source",
    refs=[SET, GET],
    covers=["errno:EINVAL", "errno:EOPNOTSUPP", *covers(["SO_RESERVE_MEM"], "set", "get", "error")],
)
def test_so_reserve_mem_is_for_accounted_memory(sockets):
    """SO_RESERVE_MEM is 0 on a packet socket, where any amount is EOPNOTSUPP and a negative one EINVAL."""
    socket, chosen = sockets.packet(), option("SO_RESERVE_MEM")

    results = [put(socket, chosen, value) for value in (0, 4096, 1 << 30, -1, INT_MIN)]

    assert results == [*[refused(EOPNOTSUPP)] * 3, *[refused(EINVAL)] * 2]
    assert get(socket, chosen) == answer(0)


@clause(since="7.2", level="source", refs=[SET], covers=["errno:EINVAL", *covers(["SO_RESERVE_MEM"], "error")])
def test_so_reserve_mem_takes_a_gigabyte_at_most(sockets):
    """SO_RESERVE_MEM refuses more than a gigabyte with EINVAL."""
    socket, chosen = sockets.packet(), option("SO_RESERVE_MEM")

    results = [put(socket, chosen, value) for value in ((1 << 30) + 1, INT_MAX)]

    assert results == [refused(EINVAL)] * 2


@clause(since="4.6", level="source", refs=[SET], covers=["errno:EINVAL", *covers(["SO_CNX_ADVICE"], "set", "error")])
def test_so_cnx_advice_is_taken_by_every_socket(sockets):
    """SO_CNX_ADVICE takes any int, but no shorter value, on every socket, even one that has no route to renew."""
    socket, chosen = sockets.packet(), option("SO_CNX_ADVICE")

    results = [put(socket, chosen, value) for value in (1, 0, -1)]

    assert results == [SUCCESS] * 3
    assert put(socket, chosen, b"\1\0\0") == refused(EINVAL)


@clause(
    since="6.12",
    level="source",
    refs=[SET],
    covers=["errno:EBADF", "errno:EINVAL", "errno:EFAULT", *covers(["SO_DEVMEM_DONTNEED"], "set", "error")],
)
def test_so_devmem_dontneed_is_for_tcp(sockets, memory):
    """SO_DEVMEM_DONTNEED takes up to 128 whole tokens of 8 bytes on a TCP socket; on a packet socket it is EBADF."""
    tcp, packet, chosen = sockets.open(AF_INET, SOCK_STREAM), sockets.packet(), option("SO_DEVMEM_DONTNEED")
    where, config = kernel.config()
    if where and config.get("CONFIG_PAGE_POOL") != "y":
        pytest.skip("this kernel is built without CONFIG_PAGE_POOL")
    token = bytes(8)

    lengths = [put(tcp, chosen, token * 129, length) for length in (12, 129 * 8, 8, 128 * 8)]

    assert lengths == [refused(EINVAL), refused(EINVAL), SUCCESS, SUCCESS]
    assert put_at(tcp, chosen, memory.before_end(token), 16) == refused(EFAULT)
    assert put(packet, chosen, token) == refused(EBADF)
