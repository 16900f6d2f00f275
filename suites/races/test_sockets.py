"""Packet sockets that are closed or peeked at by one thread while others use them."""

from errno import EAGAIN, EBADF

import pytest

from fixtures.clauses import clause
from helpers import race, syscall
from helpers.net import frames
from helpers.packet.auxdata import TAG_COVERS, TAGGED, listening, tag
from helpers.packet.races import still_hears
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_8021Q
from helpers.uapi.socket import MSG_PEEK, SOCK_DGRAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVTIMEO_OLD
from helpers.uapi.time_types import timeval

pytestmark = pytest.mark.race
RELEASE = "src:net/packet/af_packet.c:packet_release"


@clause(since="2.2", level="source", refs=["man:close(2)", RELEASE])
def test_a_socket_can_be_closed_while_somebody_waits_for_a_frame(wire):
    """close(2) does not wait for a thread that waits for a frame; that one gets its frame or its timeout."""
    witness, frame = wire.right.packet_socket(protocol=frames.OWN), frames.ethernet()
    wire.left.inject(frame)  # from now on no descriptor is opened, which could get the number of the closed one
    seen = set()

    for lag in race.rounds():
        socket = wire.right.packet_socket(protocol=frames.OWN)
        socket.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_OLD, timeval(0, 20000))
        fd, buffer = socket.fd, bytearray(2048)
        got, closed, _ = race.at_once(
            lambda: syscall.recvfrom(fd, buffer, 2048, 0),  # noqa: B023
            socket.close,
            lambda: wire.left.inject(frame),
            lag=lag,
        )
        seen.add((got.ok or got, closed))

    assert seen <= {(True, SUCCESS), (refused(EAGAIN), SUCCESS), (refused(EBADF), SUCCESS)}
    assert still_hears(witness, wire.left)


@clause(
    since="6.13",
    level="source",
    refs=["cve:CVE-2024-57901", "cve:CVE-2024-57902", "src:net/packet/af_packet.c:vlan_get_tci"],
    covers=TAG_COVERS,
)
def test_several_may_peek_at_a_tagged_frame(tap):
    """Threads that peek at one frame with a VLAN tag at the same time all see the same data, protocol and tag."""
    socket, frame = listening(tap, SOCK_DGRAM), frames.tagged(ETH_P_8021Q, 0x2007)
    tap.packet_socket(protocol=0).must.send(frame.data)

    def peek():
        packet = socket.take(2048, flags=MSG_PEEK)
        return packet.data, tag(packet), bytes(packet.address)

    counted = race.contest(peek, peek, peek)
    last = socket.receive(frame.marker)

    assert set().union(*counted) == {(frame.data[18:], (TAGGED, 0x2007, ETH_P_8021Q), bytes(last.address))}
