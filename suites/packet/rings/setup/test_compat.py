"""Rings of 32-bit programs on a 64-bit kernel."""

import struct
from contextlib import closing
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.compat32 import Direct
from helpers.memory import PAGE
from helpers.net import frames
from helpers.net.frames import BROADCAST, OWN
from helpers.packet.compat_rings import get, map_low, put, ring_of
from helpers.packet.packet_socket import address
from helpers.packet.received_slots import place, status
from helpers.packet.ring_requests import DOC, MMAP, RING
from helpers.rings import V1, V2, V3, Geometry
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.compat import compat_tpacket_hdr
from helpers.uapi.if_packet import (
    PACKET_HDRLEN,
    PACKET_RX_RING,
    PACKET_STATISTICS,
    PACKET_TX_RING,
    PACKET_VERSION,
    TP_STATUS_AVAILABLE,
    TP_STATUS_USER,
    tpacket_stats,
    tpacket_stats_v3,
)
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

RECEIVE = "src:net/packet/af_packet.c:tpacket_rcv"
GET = "src:net/packet/af_packet.c:packet_getsockopt"
GEOMETRY = Geometry(retire_blk_tov=10)
alike = pytest.mark.parametrize("version", [V2, V3], ids=str)


def deaf(end, type_=SOCK_RAW):
    """Return a socket that is bound to the link of *end* and receives nothing."""
    return end.packet_socket(type_, 0)


@clause(since="2.6.27", level="documented", refs=[DOC, RING, RECEIVE], covers=["option:PACKET_RX_RING:effect"])
@alike
def test_slots_of_v2_and_v3_are_the_same_to_32_bit_programs(wire, lowmem, version):
    """A V2 or V3 receive ring that a 32-bit program makes and maps has the same slots as any other."""
    socket, frame = deaf(wire.right), frames.ethernet(size=200)
    ring, mapping = ring_of(lowmem, socket, version, PACKET_RX_RING, GEOMETRY)
    with closing(mapping):
        socket.attach(wire.right.ifindex, OWN)

        wire.left.inject(frame)
        slot = ring.receive(frame.marker)

        header = slot.header
        assert (header.tp_len, header.tp_snaplen, header.tp_mac, header.tp_net) == (200, 200, *place(version))
        assert slot.data == frame.data
        assert bytes(slot.source) == bytes(ring_source(wire))
        assert status(slot) == TP_STATUS_USER


def ring_source(wire):
    """Return the address that a frame of our own, sent to all, has in a slot at the right end."""
    source = address(wire.right.ifindex, OWN, frames.STRANGER)
    source.sll_hatype, source.sll_pkttype = 1, 1  # ARPHRD_ETHER, PACKET_BROADCAST
    return source


@clause(since="2.6.31", level="documented", refs=[DOC, RING], covers=["option:PACKET_TX_RING:effect"])
@alike
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_transmit_ring_of_a_32_bit_program_sends(wire, lowmem, version, type_):
    """A V2 or V3 transmit ring that a 32-bit program makes and maps sends when that program calls sendto(2)."""
    socket, far = deaf(wire.left, type_), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet(source=wire.left.mac, size=300)
    ring, mapping = ring_of(lowmem, socket, version, PACKET_TX_RING, GEOMETRY.but(retire_blk_tov=0))
    name = lowmem.before_end(bytes(address(wire.left.ifindex, OWN, BROADCAST)))
    with closing(mapping):
        data = frame.bytes_for(type_)
        slot = ring.put(data)

        result = Direct.sendto(socket.fd, None, 0, 0, name, 20)

        assert (result, slot.status) == (returned(len(data)), TP_STATUS_AVAILABLE)
        assert far.receive(frame.marker).data == frame.data


@clause(since="2.6.27", level="source", refs=[DOC, RECEIVE, "uapi:linux/if_packet.h"])
def test_slots_of_v1_have_the_words_of_the_kernel(wire, lowmem):
    """A V1 ring of a 32-bit program has slots with a status of 64 bits, not those that it compiles from the header."""
    socket, frame = deaf(wire.right), frames.ethernet(size=200)
    ring, mapping = ring_of(lowmem, socket, V1, PACKET_RX_RING, GEOMETRY)
    with closing(mapping):
        socket.attach(wire.right.ifindex, OWN)

        wire.left.inject(frame)
        slot = ring.receive(frame.marker)

        assert (slot.header.tp_len, slot.header.tp_snaplen) == (200, 200)
        assert slot.data == frame.data
        compiled = compat_tpacket_hdr.from_buffer_copy(slot.at(0, 32))
        assert (compiled.tp_len, compiled.tp_snaplen) == (0, 200)


@clause(since="2.6.27", level="source", refs=[GET, DOC], covers=["option:PACKET_HDRLEN:get"])
def test_the_length_of_a_slot_header_is_the_kernels(sockets, lowmem):
    """PACKET_HDRLEN gives a 32-bit program the kernel's own length of a slot header, 32 bytes for V1 too."""
    socket = sockets.packet()

    told = [get(lowmem, socket, PACKET_HDRLEN, struct.pack("=i", version.number)) for version in (V1, V2, V3)]

    assert told == [(SUCCESS, struct.pack("=i", length)) for length in (32, 32, 48)]


@clause(since="2.6.27", level="source", refs=[RING, MMAP], covers=["option:PACKET_RX_RING:error"])
@pytest.mark.parametrize("option", [PACKET_RX_RING, PACKET_TX_RING], ids=["rx", "tx"])
def test_the_rules_of_a_ring_are_those_of_others(sockets, lowmem, option):
    """A 32-bit program's request has the length of its version's structure, and its ring maps at its full length."""
    socket = sockets.packet()
    request = bytes(Geometry().request(V3))
    must_be = [put(lowmem, socket, PACKET_VERSION, struct.pack("=i", V3.number))]

    results = [
        put(lowmem, socket, option, request[:-1]),
        map_low(socket, 2 * PAGE)[0],
        put(lowmem, socket, option, request),
        map_low(socket, PAGE)[0],
    ]
    result, mapping = map_low(socket, 2 * PAGE)

    assert must_be == [SUCCESS]
    assert results == [refused(EINVAL), refused(EINVAL), SUCCESS, refused(EINVAL)]
    assert result.ok
    assert mapping.unmap() == SUCCESS


@clause(since="3.2", level="source", refs=[GET], covers=["option:PACKET_STATISTICS:get"])
@pytest.mark.parametrize(("version", "layout"), [(V2, tpacket_stats), (V3, tpacket_stats_v3)], ids=["v2", "v3"])
def test_statistics_have_one_layout(wire, lowmem, version, layout):
    """PACKET_STATISTICS gives a 32-bit program the same structure of the ring's version as any other."""
    socket, witness = deaf(wire.right), wire.right.packet_socket(protocol=OWN)
    ring, mapping = ring_of(lowmem, socket, version, PACKET_RX_RING, GEOMETRY)
    with closing(mapping):
        socket.attach(wire.right.ifindex, OWN)
        sent = [frames.ethernet() for _ in range(2)]
        wire.left.inject(*sent)
        witness.receive(sent[1].marker)
        ring.receive(sent[1].marker)

        result, told = get(lowmem, socket, PACKET_STATISTICS, bytes(32))

        assert result == SUCCESS
        assert told == bytes(layout(2))
