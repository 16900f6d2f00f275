"""shutdown(2) of packet sockets, which have no connection to shut down."""

from errno import EOPNOTSUPP
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN, ethernet
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

SYSCALL = "shutdown"

GENERIC = "src:net/socket.c:__sys_shutdown"
PACKET = "src:net/packet/af_packet.c:packet_ops"


@clause(since="2.2", level="source", refs=[GENERIC, PACKET], covers=["errno:EOPNOTSUPP"])
@pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR, SHUT_RDWR, 3, -1], ids=["rd", "wr", "rdwr", "3", "-1"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_refuses_every_shutdown_of_a_packet_socket_with_eopnotsupp(loopback, type_, how):
    """A packet socket cannot be shut down: EOPNOTSUPP for any how, and it sends and receives as before."""
    socket = loopback.packet_socket(type_, OWN, bound=False)
    frame = ethernet(loopback.mac, loopback.mac)
    name = address(loopback.ifindex, OWN, loopback.mac)
    if type_ == SOCK_PACKET:
        name = sockaddr_pkt(spkt_device=b"lo", spkt_protocol=htons(OWN))

    result = socket.shutdown(how)

    assert result == refused(EOPNOTSUPP)
    assert socket.sendto(frame.bytes_for(type_), 0, name) == returned(len(frame.bytes_for(type_)))
    assert socket.receive(frame.marker).data == frame.bytes_for(type_)
