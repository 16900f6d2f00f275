"""Packet sockets and capabilities: required to create a socket, and for nothing that is done with it afterwards."""

from errno import EPERM

import pytest

from fixtures.clauses import clause
from helpers import capabilities
from helpers.capabilities import ALL
from helpers.memory import PAGE
from helpers.net import frames
from helpers.packet.packet_socket import PacketSocket, address
from helpers.process import in_child
from helpers.rings.mapping import map_socket
from helpers.syscall import Result
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program
from helpers.uapi.if_packet import (
    PACKET_ADD_MEMBERSHIP,
    PACKET_DROP_MEMBERSHIP,
    PACKET_FANOUT,
    PACKET_MR_PROMISC,
    PACKET_QDISC_BYPASS,
    PACKET_RX_RING,
    packet_mreq,
    tpacket_req,
)
from helpers.uapi.socket import SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_ATTACH_FILTER
from suites.packet.create.support import CREATE, TYPES, makes


def _ring(socket: PacketSocket) -> Result:
    socket.must.setsockopt(SOL_PACKET, PACKET_RX_RING, tpacket_req(PAGE, 1, PAGE, 1))
    result, mapping = map_socket(socket.fd, PAGE)
    if mapping:
        mapping.close()
    return Result(0, result.errno)


def _join(socket: PacketSocket) -> Result:
    membership = packet_mreq(socket.ifindex, PACKET_MR_PROMISC)
    socket.must.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
    return socket.setsockopt(SOL_PACKET, PACKET_DROP_MEMBERSHIP, membership)


USES = {
    "send": lambda socket: socket.send(frames.ethernet().data),
    "send-to": lambda socket: socket.sendto(frames.ethernet().data, 0, address(socket.ifindex, frames.OWN)),
    "receive": lambda socket: socket.recv(bytearray(200), 200),
    "bind": lambda socket: socket.bind(address(socket.ifindex, frames.OTHER)),
    "promiscuous": _join,
    "filter": lambda socket: socket.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program([BPF_STMT(BPF_RET | BPF_K, 1)])),
    "ring": _ring,
    "fanout": lambda socket: socket.setsockopt(SOL_PACKET, PACKET_FANOUT, 1),
    "qdisc-bypass": lambda socket: socket.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1),
}


@clause(since="2.2", level="source", refs=CREATE)
@pytest.mark.parametrize("use", USES)
def test_a_socket_serves_who_has_none(tap, use):
    """A packet socket can be used for everything without a capability: it is checked only at the socket's creation."""
    socket = tap.packet_socket(protocol=frames.OWN)
    tap.arrive(frames.ethernet())

    result = in_child(lambda: tuple(USES[use](socket)), without=ALL)

    assert Result(*result).ok, f"refused with errno {result[1]}"


@clause(since="2.2", level="source", refs=CREATE)
def test_a_socket_serves_another_user(tap, other_uid):
    """A packet socket that root made sends and receives for an unprivileged user who has inherited it."""
    socket, frame = tap.packet_socket(protocol=frames.OWN), frames.ethernet()
    tap.arrive(frame)

    def use() -> tuple[bytes, int]:
        return socket.receive(frame.marker).data, socket.must.send(frame.data)

    assert in_child(use, uid=other_uid) == (frame.data, len(frame))
    assert tap.left() == [frame.data]


@clause(since="2.2", level="documented", refs=CREATE)
def test_to_have_the_capability_is_not_enough(sockets):
    """CAP_NET_RAW must be effective: a process that has it only in its permitted set is refused with EPERM."""

    def make_it() -> list[int]:
        before = makes(*TYPES)
        capabilities.lower(["CAP_NET_RAW"])
        return before + makes(*TYPES)

    assert in_child(make_it) == [0] * 3 + [EPERM] * 3


@clause(since="2.2", level="documented", refs=CREATE)
def test_the_user_does_not_matter(other_uid):
    """Without the capability uid 0 is refused with EPERM as any other uid."""
    assert in_child(makes, *TYPES, without=["CAP_NET_RAW"]) == [EPERM] * 3
    assert in_child(makes, *TYPES, uid=other_uid) == [EPERM] * 3
