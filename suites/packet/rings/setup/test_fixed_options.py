"""setsockopt(2), SOL_PACKET: which options are fixed while a socket has a ring."""

from errno import EBUSY

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.option_calls import answer, get, put
from helpers.option_table import covers, option, options
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import tpacket_req

SYSCALL = "setsockopt"
SET = "src:net/packet/af_packet.c:packet_setsockopt"
FIXED = ("PACKET_VERSION", "PACKET_RESERVE", "PACKET_LOSS", "PACKET_VNET_HDR")
FREE = ("PACKET_AUXDATA", "PACKET_ORIGDEV", "PACKET_TIMESTAMP", "PACKET_QDISC_BYPASS", "PACKET_IGNORE_OUTGOING")

either_ring = pytest.mark.parametrize("ring", ["PACKET_RX_RING", "PACKET_TX_RING"])


def _with_ring(sockets, ring):
    socket = sockets.packet()
    must(put(socket, option(ring), tpacket_req(PAGE, 1, PAGE, 1)), ring)
    return socket


def _all_set(socket, names):
    """Set each option to 1 and return the results by name."""
    return {chosen.name: put(socket, chosen, 1) for chosen in options(*names)}


def _all_read(socket, names):
    return {chosen.name: get(socket, chosen) for chosen in options(*names)}


@clause(since="2.6.34", level="source", refs=[SET], covers=["errno:EBUSY", *covers(FIXED, "error")])
@either_ring
def test_options_that_shape_a_ring_are_fixed_while_there_is_one(sockets, ring):
    """With a ring of either kind, its version, headroom, loss and virtio header are refused with EBUSY and stay."""
    socket = _with_ring(sockets, ring)

    results = _all_set(socket, FIXED)

    assert results == dict.fromkeys(FIXED, refused(EBUSY))
    assert _all_read(socket, FIXED) == dict.fromkeys(FIXED, answer(0))
    assert _all_set(sockets.packet(), FIXED) == dict.fromkeys(FIXED, SUCCESS)


@clause(since="6.4", level="source", refs=[SET], covers=["errno:EBUSY", "option:PACKET_VNET_HDR_SZ:error"])
@either_ring
def test_the_virtio_headers_size_is_fixed_while_there_is_a_ring(sockets, ring):
    """With a ring of either kind PACKET_VNET_HDR_SZ is refused with EBUSY and stays."""
    socket, chosen = _with_ring(sockets, ring), option("PACKET_VNET_HDR_SZ")

    result = put(socket, chosen, 10)

    assert result == refused(EBUSY)
    assert get(socket, chosen) == answer(0)


@clause(since="3.8", level="source", refs=[SET], covers=["option:PACKET_TX_HAS_OFF:error"])
@either_ring
def test_packet_tx_has_off_is_ignored_while_there_is_a_ring(sockets, ring):
    """With a ring of either kind PACKET_TX_HAS_OFF is accepted and not changed."""
    socket, chosen = _with_ring(sockets, ring), option("PACKET_TX_HAS_OFF")

    result = put(socket, chosen, 1)

    assert result == SUCCESS
    assert get(socket, chosen) == answer(0)


@clause(since="4.20", level="source", refs=[SET], covers=covers(FREE, "set"))
@either_ring
def test_the_other_options_can_be_changed_while_there_is_a_ring(sockets, ring):
    """The options that do not shape a ring can be changed while there is one."""
    socket = _with_ring(sockets, ring)

    results = _all_set(socket, FREE)

    assert results == dict.fromkeys(FREE, SUCCESS)
    assert _all_read(socket, FREE) == dict.fromkeys(FREE, answer(1))
