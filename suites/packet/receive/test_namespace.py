"""Receiving on packet sockets: from their own network namespace only."""

from contextlib import closing

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.links import Links
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

RCV = "src:net/packet/af_packet.c:packet_rcv"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"


@clause(since="2.6.24", level="documented", refs=["man:network_namespaces(7)", RCV, RCV_SPKT])
@pytest.mark.parametrize("protocol", [ETH_P_ALL, OWN], ids=["all", "own"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_a_socket_hears_the_links_of_its_own_namespace_only(taps, type_, protocol):
    """An unbound socket receives from the links of its own namespace, and from none of another."""
    here, there = taps(), taps()
    socket = here.packet_socket(type_, protocol, bound=False)
    elsewhere = there.packet_socket(type_, protocol, bound=False)
    near, far = frames.ethernet(), frames.ethernet()

    there.arrive(far)
    there.inject(far)
    here.arrive(near)

    assert socket.received_markers([near, far]) == [near.marker]
    assert far.marker in elsewhere.received_markers([near, far])


@clause(since="2.6.24", level="source", refs=["man:network_namespaces(7)", RCV])
def test_a_link_that_moves_to_another_namespace_is_heard_there(taps, namespace):
    """A link that has moved to another namespace delivers to the sockets there and no longer to those it left."""
    tap = taps()
    left = tap.packet_socket(SOCK_RAW, ETH_P_ALL, bound=False)
    joined = tap.sockets.packet(SOCK_RAW, ETH_P_ALL, namespace)
    frame = frames.ethernet()

    tap.links.set(tap.name, net_ns_fd=namespace.fd)
    with closing(Links(namespace)) as there:
        there.up(tap.name)
    tap.arrive(frame)

    assert left.received_markers([frame]) == []
    assert joined.received_markers([frame]) == [frame.marker]
