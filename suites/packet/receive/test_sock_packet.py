"""Receiving on SOCK_PACKET sockets: the source address."""

import ctypes
from contextlib import closing
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.links import Links
from helpers.packet.packet_socket import address
from helpers.uapi.if_arp import ARPHRD_ETHER, ARPHRD_LOOPBACK
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import SOCK_PACKET, SOCK_RAW
from suites.packet.receive.support import source

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"
PKT = 18  # bytes of a sockaddr_pkt


@clause(since="2.2", level="documented", refs=["man:packet(7)", "uapi:linux/if_packet.h", RCV_SPKT, RECVMSG])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lo", b"lo"),
        ("a", b"a"),
        ("twelve-bytes", b"twelve-bytes"),
        ("thirteenbytes", b"thirteenbytes"),
        ("fourteen-bytes", b"fourteen-byte"),
    ],
    ids=["lo", "one", "twelve", "thirteen", "fourteen"],
)
def test_sock_packet_tells_hardware_type_name_and_protocol(namespace, sockets, name, told):
    """SOCK_PACKET gives a sockaddr_pkt: hardware type, the first 13 bytes of the link's name, a NUL, the protocol."""
    with closing(Links(namespace)) as links:
        if name != "lo":
            links.rename("lo", name)
        links.up(name)
        index = links.index(name)
    socket, sender = (
        sockets.packet(type_, protocol, namespace) for type_, protocol in ((SOCK_PACKET, ETH_P_ALL), (SOCK_RAW, 0))
    )
    frame = frames.ethernet()

    sender.must.sendto(frame.data, 0, address(index, OWN))
    found = source(socket, frame.marker)

    assert len(found) == ctypes.sizeof(sockaddr_pkt) == PKT
    source_of = sockaddr_pkt.from_buffer_copy(found)
    assert (source_of.spkt_family, source_of.spkt_protocol) == (ARPHRD_LOOPBACK, htons(OWN))
    assert found[2:16].partition(b"\0")[0] == told


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV_SPKT])
def test_sock_packet_hears_what_leaves_with_the_same_source(tap):
    """The source of SOCK_PACKET does not show whether a frame left or arrived."""
    socket = tap.packet_socket(SOCK_PACKET, ETH_P_ALL)
    frame = frames.ethernet(tap.mac)

    tap.inject(frame)
    tap.arrive(frame)
    found = [source(socket), source(socket)]

    assert (
        found[0][:2] + found[0][16:]
        == found[1][:2] + found[1][16:]
        == bytes([ARPHRD_ETHER, 0]) + OWN.to_bytes(2, "big")
    )
    assert [name[2:].partition(b"\0")[0] for name in found] == [b"tap"] * 2
