"""setsockopt(2), SOL_PACKET: what options that hold an int keep, and what they refuse."""

from errno import EINVAL, ENOPROTOOPT

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, keeps_its_values, put, refusal
from helpers.options import by_access, covers, option, options
from helpers.options.option import INT_MIN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOCK_DGRAM

SYSCALL = "setsockopt"
SET = "src:net/packet/af_packet.c:packet_setsockopt"
GET = "src:net/packet/af_packet.c:packet_getsockopt"
OLD = ("PACKET_AUXDATA", "PACKET_ORIGDEV", "PACKET_VERSION", "PACKET_RESERVE", "PACKET_LOSS", "PACKET_VNET_HDR")
LATER = ("PACKET_TIMESTAMP", "PACKET_TX_HAS_OFF", "PACKET_QDISC_BYPASS", "PACKET_IGNORE_OUTGOING")
VNET_HDR_SZ = option("PACKET_VNET_HDR_SZ")
VNET_HDR = option("PACKET_VNET_HDR")
NAMES_ONLY = by_access("none", "SOL_PACKET")


@clause(since="2.6.34", level="documented", refs=["man:packet(7)", SET, GET], covers=covers(OLD, "set", "get"))
@pytest.mark.parametrize("chosen", options(*OLD), ids=str)
def test_a_packet_option_of_linux_2_6_keeps_its_values(sockets, chosen):
    """A new socket has the option's default, and each valid value reads back, flags as 0 and 1."""
    keeps_its_values(sockets.packet(), chosen)


@clause(since="4.20", level="documented", refs=["man:packet(7)", SET, GET], covers=covers(LATER, "set", "get"))
@pytest.mark.parametrize("chosen", options(*LATER), ids=str)
def test_a_later_packet_option_keeps_its_values(sockets, chosen):
    """A new socket has 0, and each valid value reads back; PACKET_TIMESTAMP is not even checked."""
    keeps_its_values(sockets.packet(), chosen)


@clause(since="6.4", level="source", refs=[SET, GET], covers=covers(["PACKET_VNET_HDR_SZ"], "set", "get"))
def test_packet_vnet_hdr_sz_keeps_its_values(sockets):
    """PACKET_VNET_HDR_SZ is 0 at first and keeps 10 and 12, the sizes of the two virtio headers, and 0."""
    keeps_its_values(sockets.packet(), VNET_HDR_SZ)


@clause(since="6.12", level="source", refs=[SET, GET], covers=covers(["PACKET_COPY_THRESH"], "set", "get"))
def test_packet_copy_thresh_keeps_its_values(sockets):
    """PACKET_COPY_THRESH is 0 at first and keeps any int."""
    keeps_its_values(sockets.packet(), option("PACKET_COPY_THRESH"))


def _refuses(socket, chosen, good, *bad):
    assert put(socket, chosen, good) == SUCCESS

    results = {value: put(socket, chosen, value) for value in bad}

    assert results == dict.fromkeys(bad, refused(EINVAL))
    assert get(socket, chosen) == answer(good)


@clause(
    since="4.20",
    level="source",
    refs=[SET],
    covers=["errno:EINVAL", *covers(["PACKET_VERSION", "PACKET_RESERVE", "PACKET_IGNORE_OUTGOING"], "error")],
)
@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("PACKET_VERSION", 2, (3, -1, 0x10000)),
        ("PACKET_RESERVE", 1, (INT_MIN, -1)),
        ("PACKET_IGNORE_OUTGOING", 1, (2, -1)),
    ],
)
def test_a_packet_option_refuses_a_value_out_of_its_range(sockets, name, good, bad):
    """A value outside the option's range is refused with EINVAL, and the old value stays."""
    _refuses(sockets.packet(), option(name), good, *bad)


@clause(since="6.4", level="source", refs=[SET], covers=["errno:EINVAL", "option:PACKET_VNET_HDR_SZ:error"])
def test_packet_vnet_hdr_sz_refuses_what_is_no_virtio_header(sockets):
    """PACKET_VNET_HDR_SZ refuses every size but 0, 10 and 12 with EINVAL, and the old size stays."""
    _refuses(sockets.packet(), VNET_HDR_SZ, 12, *(1, 9, 11, 13, -10, 0x10000))


@clause(since="2.6.34", level="source", refs=[SET], covers=["errno:EINVAL", "option:PACKET_VNET_HDR:error"])
def test_packet_vnet_hdr_is_for_raw_sockets_only(sockets):
    """PACKET_VNET_HDR is refused with EINVAL on a SOCK_DGRAM socket, even to switch it off."""
    socket = sockets.packet(SOCK_DGRAM)

    results = [put(socket, VNET_HDR, value) for value in (1, 0)]

    assert results == [refused(EINVAL)] * 2
    assert get(socket, VNET_HDR) == answer(0)
    assert put(sockets.packet(), VNET_HDR, 1) == SUCCESS


@clause(since="6.4", level="source", refs=[SET], covers=["errno:EINVAL", "option:PACKET_VNET_HDR_SZ:error"])
def test_packet_vnet_hdr_sz_is_for_raw_sockets_only(sockets):
    """PACKET_VNET_HDR_SZ is refused with EINVAL on a SOCK_DGRAM socket, even to switch it off."""
    socket = sockets.packet(SOCK_DGRAM)

    results = [put(socket, VNET_HDR_SZ, value) for value in (10, 0)]

    assert results == [refused(EINVAL)] * 2
    assert get(socket, VNET_HDR_SZ) == answer(0)


@clause(
    since="6.4", level="source", refs=[SET, GET], covers=covers(["PACKET_VNET_HDR", "PACKET_VNET_HDR_SZ"], "effect")
)
@pytest.mark.parametrize(
    ("name", "value", "flag", "size"),
    [
        ("PACKET_VNET_HDR", 1, 1, 10),
        ("PACKET_VNET_HDR", 0, 0, 0),
        ("PACKET_VNET_HDR_SZ", 10, 1, 10),
        ("PACKET_VNET_HDR_SZ", 12, 1, 12),
        ("PACKET_VNET_HDR_SZ", 0, 0, 0),
    ],
)
def test_the_two_virtio_header_options_are_one_setting(sockets, name, value, flag, size):
    """PACKET_VNET_HDR means a header of 10 bytes, and reads as 1 for either size that PACKET_VNET_HDR_SZ has set."""
    socket = sockets.packet()
    assert put(socket, VNET_HDR_SZ, 12 if size == 10 else 10) == SUCCESS

    result = put(socket, option(name), value)

    assert result == SUCCESS
    assert (get(socket, VNET_HDR), get(socket, VNET_HDR_SZ)) == (answer(flag), answer(size))


@clause(
    since="2.6.34",
    level="disputed",
    refs=["uapi:linux/if_packet.h", SET, GET],
    covers=["errno:ENOPROTOOPT", "errno:getsockopt:ENOPROTOOPT", *covers(NAMES_ONLY, "error")],
)
@pytest.mark.parametrize("chosen", NAMES_ONLY, ids=str)
def test_a_name_of_the_header_that_is_no_option_is_unknown(sockets, chosen):
    """PACKET_RECV_OUTPUT and PACKET_TX_TIMESTAMP are refused with ENOPROTOOPT, to set and to get.

    The header lists them among the options; the second is the type of a control message, the first nothing at all.
    """
    socket = sockets.packet()

    result, reply = put(socket, chosen, 1), get(socket, chosen)

    assert result == refused(ENOPROTOOPT)
    assert reply == refusal(ENOPROTOOPT)
    assert put(socket, option("PACKET_AUXDATA"), 1) == SUCCESS
