"""setsockopt(2): how many bytes are read, from where, and which error takes precedence."""

from errno import EFAULT, EINVAL, ENOPROTOOPT

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.option_calls import answer, get, packed, put, put_at
from helpers.options import covers, option, options
from helpers.options.option import INT_MAX
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOL_SOCKET

PACKET = "src:net/packet/af_packet.c:packet_setsockopt"
SOCKET = "src:net/core/sock.c:sk_setsockopt"
UNKNOWN = 4711
ALL_INT = options("SO_BROADCAST", "SO_PRIORITY", "PACKET_AUXDATA", "PACKET_TIMESTAMP")
SOCKET_INTS = (
    "SO_REUSEADDR", "SO_DONTROUTE", "SO_BROADCAST", "SO_SNDBUF", "SO_RCVBUF", "SO_KEEPALIVE", "SO_OOBINLINE",
    "SO_NO_CHECK", "SO_RCVLOWAT", "SO_TIMESTAMP_OLD", "SO_TIMESTAMP_NEW", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMPNS_NEW",
    "SO_RCVMARK", "SO_RXQ_OVFL", "SO_NOFCS", "SO_SELECT_ERR_QUEUE", "SO_INCOMING_CPU", "SO_RCVPRIORITY",
    "SO_WIFI_STATUS",
)  # fmt: skip


@clause(since="2.2", level="documented", refs=["man:setsockopt(2)", SOCKET], covers=["errno:EINVAL"])
def test_refuses_less_than_an_int_with_einval(sockets):
    """Fewer than four bytes for an int option of SOL_SOCKET are refused with EINVAL and change nothing."""
    socket, chosen = sockets.packet(), option("SO_BROADCAST")

    results = [put(socket, chosen, packed(1), length) for length in range(4)]

    assert results == [refused(EINVAL)] * 4
    assert get(socket, chosen) == answer(0)
    assert put(socket, chosen, packed(1)) == SUCCESS


@clause(since="2.2", level="source", refs=[SOCKET])
@pytest.mark.parametrize("length", [5, 8, INT_MAX])
def test_reads_only_the_int_of_a_longer_value(sockets, memory, length):
    """Of a value longer than the int option takes, only the first four bytes are read, wherever it ends."""
    socket, chosen = sockets.packet(), option("SO_PRIORITY")

    result = put_at(socket, chosen, memory.before_end(packed(5)), length)

    assert result == SUCCESS
    assert get(socket, chosen) == answer(5)


@clause(since="2.2", level="documented", refs=["man:setsockopt(2)", PACKET, SOCKET], covers=["errno:EFAULT"])
@pytest.mark.parametrize("chosen", ALL_INT, ids=str)
def test_refuses_a_value_that_cannot_be_read_with_efault(sockets, memory, chosen):
    """A value at an address that cannot be read to its end is refused with EFAULT and changes nothing."""
    socket = sockets.packet()
    places = {
        "null": None,
        "unmapped": memory.unmapped,
        "straddling": memory.before_end(packed(1)[:3]),
        "kernel": memory.KERNEL,
    }

    results = {name: put_at(socket, chosen, address, 4) for name, address in places.items()}

    assert results == dict.fromkeys(places, refused(EFAULT))
    assert get(socket, chosen) == answer(0)
    assert put_at(socket, chosen, memory.readonly(packed(1)), 4) == SUCCESS
    assert get(socket, chosen) == answer(1)


@clause(since="2.2", level="documented", refs=["man:setsockopt(2)", SOCKET], covers=covers(SOCKET_INTS, "error"))
def test_every_int_option_of_the_socket_level_wants_an_int(sockets, memory):
    """Each int option of SOL_SOCKET refuses three bytes with EINVAL, and four that cannot be read with EFAULT."""
    socket, chosen = sockets.packet(), options(*SOCKET_INTS)
    before = [get(socket, each) for each in chosen]

    results = {
        each.name: (put(socket, each, bytes(3)), put_at(socket, each, memory.before_end(bytes(3)), 4))
        for each in chosen
    }

    assert results == dict.fromkeys(SOCKET_INTS, (refused(EINVAL), refused(EFAULT)))
    assert [get(socket, each) for each in chosen] == before


@clause(since="2.2", level="source", refs=[SOCKET])
def test_at_the_socket_level_length_comes_before_address_before_name(sockets, memory):
    """At SOL_SOCKET a short length is EINVAL before a bad address is EFAULT before an unknown option is ENOPROTOOPT."""
    fd = sockets.packet().fd

    results = [
        syscall.setsockopt(fd, SOL_SOCKET, UNKNOWN, memory.unmapped, 3),
        syscall.setsockopt(fd, SOL_SOCKET, UNKNOWN, memory.unmapped, 4),
        syscall.setsockopt(fd, SOL_SOCKET, UNKNOWN, packed(1), 4),
    ]

    assert results == [refused(EINVAL), refused(EFAULT), refused(ENOPROTOOPT)]
