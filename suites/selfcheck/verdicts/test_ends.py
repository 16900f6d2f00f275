"""What a link's end gives to a test: sockets that receive from it only, frames sent as set-up, a loopback device."""

from socket import htons

import pytest

from helpers.net import frames, namespaces
from helpers.net.frames import OWN
from helpers.sockets import SetupError
from helpers.uapi.if_ import IFF_LOOPBACK, IFF_RUNNING, IFF_UP
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_HOST, PACKET_OUTGOING

LOOPBACK_UP = IFF_LOOPBACK | IFF_UP | IFF_RUNNING


def test_the_loopback_device_is_up_in_a_namespace_of_its_own(loopback):
    assert (loopback.name, loopback.ifindex, loopback.mac) == ("lo", 1, bytes(6))
    assert loopback.namespace.inode != namespaces.current()
    assert loopback.links.flags("lo") & LOOPBACK_UP == LOOPBACK_UP


def test_the_loopback_device_returns_what_is_sent_on_it(loopback):
    hears = loopback.packet_socket()
    frame = frames.ethernet(loopback.mac)

    loopback.inject(frame)

    heard = [hears.receive(frame.marker) for _ in range(2)]
    assert [packet.data for packet in heard] == [frame.data] * 2
    assert [packet.address.sll_pkttype for packet in heard] == [PACKET_OUTGOING, PACKET_HOST]
    assert hears.take() is None


def test_a_bound_socket_has_the_end_s_link_and_protocol(wire):
    name = wire.right.packet_socket(protocol=OWN).name()

    assert (name.sll_ifindex, name.sll_protocol) == (
        wire.right.ifindex,
        htons(OWN),
    )
    assert wire.right.packet_socket().ifindex == wire.right.ifindex


def test_a_socket_that_is_not_bound_hears_every_link_of_the_namespace(wire):
    wire.right.links.up("lo")
    unbound, bound = wire.right.packet_socket(bound=False), wire.right.packet_socket(protocol=ETH_P_ALL)
    ours, other = frames.ethernet(), frames.ethernet()

    wire.left.inject(ours)

    assert unbound.name().sll_ifindex == 0
    assert unbound.receive(ours.marker).data == ours.data
    assert bound.receive(ours.marker).data == ours.data
    with pytest.raises(SetupError):
        unbound.must.send(other.data)  # it has no link to send on


def test_frames_are_injected_as_set_up(wire):
    wire.left.links.set("left", state="down")

    with pytest.raises(SetupError, match="refused with ENETDOWN"):
        wire.left.inject(frames.ethernet())


def test_what_injects_hears_nothing(wire):
    frame = frames.ethernet()
    wire.left.inject(frame)
    wire.right.inject(frame)

    hears = wire.left.packet_socket()
    wire.right.inject(frame)

    assert hears.receive(frame.marker)  # the control: frames come in at this end
    assert wire.left._injector.take() is None
