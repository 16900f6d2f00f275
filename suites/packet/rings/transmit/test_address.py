"""Transmit rings: where a send goes and which header its data get, by bind(2) or by the address of the call."""

from errno import EINVAL, ENETDOWN, ENXIO
from socket import htons

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import frames
from helpers.net.frames import BROADCAST, OTHER, OWN, STRANGER
from helpers.net.link_flags import set_link
from helpers.packet.packet_socket import address
from helpers.rings import V2, Geometry
from helpers.syscall import refused, returned
from helpers.uapi.if_ import IFF_UP
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST, TP_STATUS_WRONG_FORMAT
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW
from suites.packet.rings.transmit.support import DOC, FILL, SND, attempt

MAN = "man:packet(7)"
DONE, REQUEST, WRONG = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST, TP_STATUS_WRONG_FORMAT
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])


def unbound(end, rings, version=V2, type_=SOCK_RAW):
    """Return the transmit ring of a socket that is bound to no link."""
    return rings.on(end.packet_socket(type_, 0, False), version, tx=Geometry()).setup().tx


@clause(since="2.6.31", level="documented", refs=[MAN, SND], covers=["errno:sendto:ENXIO"])
@all_versions
def test_without_any_link_a_send_is_enxio(wire, rings, version):
    """On an unbound socket a send without address fails with ENXIO, even with nothing requested; slots stay unchanged.

    The same slot is sent by a call with an address, and by one without once the socket is bound.
    """
    ring, far = unbound(wire.left, rings, version), wire.right.packet_socket(protocol=OWN)
    sent = [frames.ethernet() for _ in range(2)]

    nothing = ring.kick()
    slot = ring.put(sent[0].data)
    refusal, status = ring.kick(), slot.status
    named = ring.kick(0, address(wire.left.ifindex, OWN))
    ring.socket.attach(wire.left.ifindex, 0)
    ring.put(sent[1].data)
    bound = ring.kick()

    assert (nothing, refusal, status) == (refused(ENXIO), refused(ENXIO), REQUEST)
    assert (named, bound) == (returned(len(sent[0])), returned(len(sent[1])))
    assert [packet.data for packet in far.heard_until(sent[1])] == [frame.data for frame in sent]


@clause(since="2.6.31", level="documented", refs=[MAN, SND], covers=["errno:sendto:ENXIO"])
@TYPES
def test_an_unknown_link_is_enxio(wire, rings, type_):
    """An address with an index that no link has, or 0, fails with ENXIO, even on a bound socket; the slot stays."""
    ring, frame = rings.transmit(wire.left, V2, type=type_), frames.ethernet()
    slot = ring.put(frame.bytes_for(type_))

    refusals = [ring.kick(0, address(index, OWN, BROADCAST)) for index in (4711, 0, -1)]

    assert (refusals, slot.status) == ([refused(ENXIO)] * 3, REQUEST)
    assert ring.kick(0, address(wire.left.ifindex, OWN, BROADCAST)).ok


@clause(since="2.6.31", level="documented", refs=[MAN, SND], covers=["errno:sendto:ENETDOWN"])
@pytest.mark.parametrize("named", [False, True], ids=["bound", "named"])
def test_a_link_that_is_down_is_enetdown(wire, rings, named):
    """On a link that is down a send fails with ENETDOWN, even with nothing requested; once up, the slot is sent."""
    ring, frame = rings.transmit(wire.left, V2), frames.ethernet()
    name = address(wire.left.ifindex, OWN) if named else None
    set_link(ring.socket, "left", 0)

    nothing = ring.kick(0, name)
    slot = ring.put(frame.data)
    refusal, status = ring.kick(0, name), slot.status
    set_link(ring.socket, "left", IFF_UP)
    control = ring.kick(0, name)

    assert (nothing, refusal, status) == (refused(ENETDOWN), refused(ENETDOWN), REQUEST)
    assert (control, slot.status) == (returned(len(frame)), DONE)


@clause(since="2.6.31", level="documented", refs=[MAN, SND])
@TYPES
def test_the_address_outranks_the_bound_link(rings, taps, type_):
    """All slots of a send with an address leave by its link, not by the one that the socket is bound to."""
    first = taps()
    second = taps(namespace=first.namespace, name="tap2")
    ring = rings.transmit(first, V2, type=type_, protocol=OTHER)
    sent = [frames.ethernet(source=second.mac) for _ in range(2)]
    for frame in sent:
        ring.put(frame.bytes_for(type_))

    result = ring.kick(0, address(second.ifindex, OWN, BROADCAST))

    assert result.ok
    assert (first.left(), second.left()) == ([], [frame.data for frame in sent])


@clause(since="2.6.31", level="documented", refs=[MAN, DOC, FILL])
@all_versions
def test_sock_dgram_has_its_header_built(wire, rings, version):
    """On SOCK_DGRAM each frame gets the call's hardware address and protocol, and the link's address as source."""
    ring = rings.transmit(wire.left, version, type=SOCK_DGRAM, protocol=OTHER)
    tap = wire.left.packet_socket(protocol=ETH_P_ALL)
    target = b"\x02\x11\x22\x33\x44\x55"
    sent = [frames.ethernet(target, wire.left.mac) for _ in range(2)]
    for frame in sent:
        ring.put(frame.payload)

    result = ring.kick(0, address(wire.left.ifindex, OWN, target))

    assert result == returned(2 * len(sent[0].payload))
    found = [tap.receive(frame.marker) for frame in sent]
    assert [packet.data for packet in found] == [frame.data for frame in sent]
    assert [packet.address.sll_protocol for packet in found] == [htons(OWN)] * 2


@clause(since="2.6.31", level="source", refs=[FILL], covers=["errno:sendto:EINVAL", "status:TP_STATUS_WRONG_FORMAT"])
@all_versions
def test_sock_dgram_needs_an_address(wire, rings, version):
    """On SOCK_DGRAM a send without address fails, EINVAL and WRONG_FORMAT, on a link whose header has addresses."""
    ring, frame = rings.transmit(wire.left, version, type=SOCK_DGRAM, protocol=OWN), frames.ethernet()

    assert attempt(ring, frame.payload) == (refused(EINVAL), WRONG)
    assert attempt(ring, frame.payload, address=address(wire.left.ifindex, OWN, STRANGER)) == (
        returned(len(frame.payload)),
        DONE,
    )


@clause(since="2.6.31", level="documented", refs=[DOC, FILL])
def test_on_loopback_sock_dgram_needs_no_address(loopback, rings):
    """On loopback a SOCK_DGRAM send without address has the bound protocol, and a header of zeros."""
    ring, frame = rings.transmit(loopback, V2, type=SOCK_DGRAM, protocol=OWN), frames.ethernet()
    tap = loopback.packet_socket(protocol=OWN)

    assert attempt(ring, frame.payload) == (returned(len(frame.payload)), DONE)
    assert tap.receive(frame.marker).data == bytes(12) + frame.data[12:]
