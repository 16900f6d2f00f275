"""sockaddr_ll: hardware type and address of links that are not Ethernet, in the name of a socket."""

import contextlib
from socket import AF_INET6, inet_pton

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.hardware import link_address, says_it_is
from helpers.net.links import Links
from helpers.syscall import SUCCESS
from helpers.uapi.if_arp import (
    ARPHRD_6LOWPAN,
    ARPHRD_ETHER,
    ARPHRD_IP6GRE,
    ARPHRD_LOCALTLK,
    ARPHRD_NETROM,
    ARPHRD_NONE,
    ARPHRD_ROSE,
    ARPHRD_SIT,
    ARPHRD_TUNNEL6,
)
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW
from helpers.value_result import ROOM, ask, filled

GETNAME = ["man:packet(7)", "src:net/packet/af_packet.c:packet_getname"]
LENGTHS = [
    (ARPHRD_NONE, 0),
    (ARPHRD_LOCALTLK, 1),
    (ARPHRD_SIT, 4),
    (ARPHRD_ROSE, 5),
    (ARPHRD_ETHER, 6),
    (ARPHRD_NETROM, 7),
    (ARPHRD_6LOWPAN, 8),
    (ARPHRD_IP6GRE, 16),
    (ARPHRD_TUNNEL6, 16),
]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])


@clause(since="5.12", level="documented", refs=GETNAME)
@pytest.mark.parametrize(("hatype", "length"), LENGTHS, ids=lambda number: str(number))
@TYPES
def test_the_name_has_type_and_length_of_the_links_address(tap, type_, hatype, length):
    """Hardware type and address length are the link's, and the name is 12 bytes and the whole address long."""
    socket = tap.packet_socket(type_, frames.OWN)
    says_it_is(tap, hatype)

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(link_address(tap.ifindex, hatype, tap.mac.ljust(16, b"\0")[:length]), ROOM)


@clause(since="5.12", level="source", refs=GETNAME)
@pytest.mark.parametrize("room", [0, 11, 12, 20, 27, 28], ids=lambda room: f"{room}-bytes")
def test_a_name_longer_than_a_sockaddr_ll_is_cut_and_told_whole(tap, room):
    """A name with an address of 16 bytes has 28: a shorter buffer gets only its beginning, the length is 28 still."""
    socket = tap.packet_socket(protocol=frames.OWN)
    says_it_is(tap, ARPHRD_IP6GRE)

    result, got = ask(socket.getsockname, room)

    assert result == SUCCESS
    assert got == filled(link_address(tap.ifindex, ARPHRD_IP6GRE, tap.mac.ljust(16, b"\0")), room)


@clause(since="2.2", level="documented", refs=GETNAME)
@TYPES
def test_a_link_without_addresses_has_a_name_of_12_bytes(taps, type_):
    """On a link that has no hardware address the name ends with a length of 0."""
    tun = taps(IFF_TUN)
    socket = tun.packet_socket(type_, frames.OWN)

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(link_address(tun.ifindex, ARPHRD_NONE), ROOM)


@clause(since="2.6.27", level="documented", refs=GETNAME)
def test_a_long_address_is_told_to_its_last_byte(sockets, namespace):
    """The hardware address of an IPv6 tunnel is its local IPv6 address, and the name has all 16 bytes of it."""
    with contextlib.closing(Links(namespace)) as links:
        ends = {"ip6tnl_local": "2001:db8:102:304::506", "ip6tnl_remote": "2001:db8::1"}
        index = links.add("tunnel", "ip6tnl", **ends)
    socket = sockets.packet(namespace=namespace)
    socket.attach(index, frames.OWN)

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    hardware = inet_pton(AF_INET6, ends["ip6tnl_local"])
    assert got == filled(link_address(index, ARPHRD_TUNNEL6, hardware), ROOM)
