"""Transmit rings: how long the address of a send is, and which of its fields count."""

from errno import EINVAL
from socket import AF_INET

import pytest

from fixtures.clauses import clause
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import BROADCAST, OWN
from helpers.net.hardware import says_it_is
from helpers.packet.packet_socket import address
from helpers.rings import V2
from helpers.syscall import refused, returned
from helpers.uapi.if_arp import ARPHRD_TUNNEL6
from helpers.uapi.if_packet import TP_STATUS_SEND_REQUEST, sockaddr_ll
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW, sockaddr_storage
from suites.packet.rings.transmit.support import SND

REQUEST = TP_STATUS_SEND_REQUEST
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
LONG = 16  # bytes of the addresses of a link of type ARPHRD_TUNNEL6


@clause(since="2.6.31", level="source", refs=[SND], covers=["errno:sendto:EINVAL"])
@TYPES
def test_a_short_address_is_einval(wire, rings, type_):
    """An address of less than 20 bytes, or less than 12 bytes and sll_halen, fails with EINVAL; the slot stays.

    It is so even if the link does not exist.
    """
    ring, frame = rings.transmit(wire.left, V2, type=type_), frames.ethernet()
    slot = ring.put(frame.bytes_for(type_))
    good, long = address(wire.left.ifindex, OWN, BROADCAST), address(wire.left.ifindex, OWN, BROADCAST, halen=9)
    nowhere = address(4711, OWN, BROADCAST)
    room = Message([64]).buffers[0]  # the address with more bytes behind it
    room[:20] = bytes(long)

    refusals = [
        ring.kick(0, good, 19),
        ring.kick(0, good, 1),
        ring.kick(0, long, 20),
        ring.kick(0, nowhere, 19),
    ]

    assert (refusals, slot.status) == ([refused(EINVAL)] * 4, REQUEST)
    assert ring.kick(0, room, 21).ok
    ring.put(frame.bytes_for(type_))
    assert ring.kick(0, address(wire.left.ifindex, OWN, BROADCAST, halen=8), 20).ok


@clause(since="2.6.31", level="source", refs=[SND])
def test_an_address_may_have_any_family_and_type(wire, rings):
    """A send looks at index, protocol, length and hardware address alone: sll_family may be any."""
    ring, far, frame = rings.transmit(wire.left, V2), wire.right.packet_socket(protocol=OWN), frames.ethernet()
    name = address(wire.left.ifindex, OWN, family=AF_INET)
    name.sll_hatype, name.sll_pkttype = 4711, 99
    ring.put(frame.data)

    assert ring.kick(0, name) == returned(len(frame))
    assert far.receive(frame.marker).data == frame.data


@clause(since="5.12", level="source", refs=[SND], covers=["errno:sendto:EINVAL"])
@TYPES
def test_an_address_is_as_long_as_those_of_the_link(taps, rings, type_):
    """SOCK_DGRAM on a link with 16-byte addresses takes an address of 12 and 16 bytes; one less fails with EINVAL.

    SOCK_RAW gives no address: 20 bytes are enough.
    """
    tun = taps(IFF_TUN)
    ring = rings.transmit(tun, V2, type=type_)
    says_it_is(tun, ARPHRD_TUNNEL6)
    tun.links.up(tun.name)
    name = sockaddr_storage.from_buffer_copy(bytes(address(tun.ifindex, OWN)).ljust(128, b"\0"))
    least = sockaddr_ll.sll_addr.offset + LONG if type_ == SOCK_DGRAM else 20
    slot = ring.put(b"E")

    refusal, after = ring.kick(0, name, least - 1), slot.status
    result = ring.kick(0, name, least)

    assert (refusal, after, result) == (refused(EINVAL), REQUEST, returned(1))
    assert tun.left() == [b"E"]
