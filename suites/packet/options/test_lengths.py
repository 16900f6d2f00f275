"""setsockopt(2), SOL_PACKET: how long the value of an option that holds an int may be."""

from errno import EFAULT, EINVAL, ENOPROTOOPT

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.option_calls import answer, get, packed, put, put_at
from helpers.options import covers, option, options
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOL_PACKET

SYSCALL = "setsockopt"
PACKET = "src:net/packet/af_packet.c:packet_setsockopt"
AT_LEAST_AN_INT = ("PACKET_AUXDATA", "PACKET_ORIGDEV", "PACKET_VNET_HDR")
JUST_AN_INT = (
    "PACKET_VERSION", "PACKET_RESERVE", "PACKET_LOSS", "PACKET_TIMESTAMP", "PACKET_TX_HAS_OFF", "PACKET_QDISC_BYPASS",
    "PACKET_IGNORE_OUTGOING",
)  # fmt: skip

UNKNOWN = 4711


def _takes_an_int_or_more(socket, chosen):
    value = chosen.samples[0][0]

    results = [put(socket, chosen, packed(value) + bytes(4), length) for length in (0, 3)]

    assert results == [refused(EINVAL)] * 2
    assert get(socket, chosen) == answer(0)
    assert [put(socket, chosen, packed(value) + bytes(4), length) for length in (5, 8)] == [SUCCESS] * 2
    assert get(socket, chosen) == answer(chosen.samples[0][1])


@clause(since="4.20", level="source", refs=[PACKET], covers=covers(JUST_AN_INT, "error"))
@pytest.mark.parametrize("chosen", options(*JUST_AN_INT), ids=str)
def test_packet_options_that_take_exactly_an_int_refuse_any_other_length(sockets, chosen):
    """These options take four bytes exactly: fewer or more are refused with EINVAL and change nothing."""
    socket = sockets.packet()

    results = [put(socket, chosen, packed(1) + bytes(4), length) for length in (0, 3, 5, 8)]

    assert results == [refused(EINVAL)] * 4
    assert get(socket, chosen) == answer(0)
    assert put(socket, chosen, packed(1)) == SUCCESS


@clause(since="2.4", level="source", refs=[PACKET], covers=["option:PACKET_COPY_THRESH:error"])
def test_packet_copy_thresh_takes_exactly_an_int(sockets):
    """PACKET_COPY_THRESH takes four bytes exactly: fewer or more are refused with EINVAL."""
    socket, chosen = sockets.packet(), option("PACKET_COPY_THRESH")

    results = [put(socket, chosen, packed(1) + bytes(4), length) for length in (0, 3, 5, 8, 4)]

    assert results == [refused(EINVAL)] * 4 + [SUCCESS]


@clause(since="2.6.34", level="source", refs=[PACKET], covers=covers(AT_LEAST_AN_INT, "error"))
@pytest.mark.parametrize("chosen", options(*AT_LEAST_AN_INT), ids=str)
def test_packet_options_that_take_an_int_or_more_refuse_less(sockets, chosen):
    """These options refuse fewer than four bytes with EINVAL and ignore what follows the fourth."""
    _takes_an_int_or_more(sockets.packet(), chosen)


@clause(since="6.4", level="source", refs=[PACKET], covers=["option:PACKET_VNET_HDR_SZ:error"])
def test_packet_vnet_hdr_sz_takes_an_int_or_more(sockets):
    """PACKET_VNET_HDR_SZ refuses fewer than four bytes with EINVAL and ignores what follows the fourth."""
    _takes_an_int_or_more(sockets.packet(), option("PACKET_VNET_HDR_SZ"))


@clause(since="2.2", level="source", refs=[PACKET])
def test_at_the_packet_level_name_comes_before_length_before_address(sockets, memory):
    """At SOL_PACKET an unknown option is ENOPROTOOPT before a short length is EINVAL before a bad address is EFAULT."""
    socket, chosen = sockets.packet(), option("PACKET_AUXDATA")

    results = [
        syscall.setsockopt(socket.fd, SOL_PACKET, UNKNOWN, memory.unmapped, 3),
        put_at(socket, chosen, memory.unmapped, 3),
        put_at(socket, chosen, memory.unmapped, 4),
    ]

    assert results == [refused(ENOPROTOOPT), refused(EINVAL), refused(EFAULT)]
