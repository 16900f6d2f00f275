"""Taps: frames go both ways at once, and nothing of a tap is left behind."""

import os

from helpers.net import frames
from helpers.net.tap import Tap
from helpers.socket_pool import Sockets
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_PACKET, SOCK_RAW


def test_what_arrives_has_been_heard_when_the_call_returns(tap: Tap) -> None:
    socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    sent = [frames.ethernet() for _ in range(50)]

    for frame in sent:
        tap.arrive(frame)
        assert socket.take().data == frame.data


def test_what_leaves_is_read_in_order_and_once(tap: Tap) -> None:
    sent = [frames.ethernet(size=60 + number) for number in range(10)]

    tap.inject(*sent)

    assert tap.left() == [frame.data for frame in sent]
    assert tap.left() == []


def test_taps_are_in_the_namespace_asked_for(taps) -> None:
    one = taps(name="one")
    two = taps(IFF_TUN, namespace=one.namespace, name="two")
    other = taps(name="one")

    assert one.links.index("two") == two.ifindex != one.ifindex
    assert other.namespace.inode != one.namespace.inode
    assert len({os.fstat(tap.fd).st_rdev for tap in (one, two, other)}) == 1


def test_a_sock_packet_socket_is_bound_to_the_end(taps, sockets: Sockets) -> None:
    one = taps(name="one")
    two = taps(namespace=one.namespace, name="two")
    socket = one.packet_socket(SOCK_PACKET, ETH_P_ALL)
    heard, unheard = frames.ethernet(), frames.ethernet()

    two.arrive(unheard)
    one.arrive(heard)

    assert socket.received_markers([heard, unheard]) == [heard.marker]
