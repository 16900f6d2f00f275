"""connect(2) of packet sockets, which have no connections."""

from errno import EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.net.addresses import raw
from helpers.net.frames import OWN, ethernet
from helpers.packet.packet_socket import address
from helpers.syscall import refused
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import AF_UNSPEC, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

SYSCALL = "connect"

GENERIC = "src:net/socket.c:__sys_connect"
PACKET = "src:net/packet/af_packet.c:packet_ops"


@clause(since="2.2", level="source", refs=[GENERIC, PACKET], covers=["errno:EOPNOTSUPP"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_refuses_to_connect_a_packet_socket_with_eopnotsupp(loopback, type_):
    """A packet socket of any type cannot connect, nor dissolve a connection: EOPNOTSUPP whatever the address."""
    socket = loopback.packet_socket(type_, OWN, bound=False)
    targets = [address(loopback.ifindex, OWN), sockaddr_pkt(spkt_device=b"lo"), raw(AF_UNSPEC)]
    frame = ethernet()

    results = [socket.connect(target) for target in targets]

    assert results == [refused(EOPNOTSUPP)] * 3
    loopback.inject(frame)
    assert socket.receive(frame.marker).data.endswith(frame.payload)
