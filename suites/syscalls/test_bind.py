"""bind(2): packet sockets and what net/socket.c promises of every family."""

import ctypes
from errno import EADDRINUSE, EBADF, EFAULT, EINVAL, ENODEV, ENOTSOCK
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.packet_socket import address
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, SOCK_DGRAM, SOCK_RAW

PACKET = "src:net/packet/af_packet.c:packet_bind"
GENERIC = "src:net/socket.c:__sys_bind"


@clause(since="2.2", level="documented", refs=["man:packet(7)", PACKET])
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_binds_a_packet_socket_to_link_and_protocol(wire, kind):
    """A packet socket bound to a link hears the frames of its protocol on that link."""
    socket = wire.right.packet_socket(kind, protocol=0, bound=False)

    result = socket.bind(address(wire.right.ifindex, ETH_P_ALL))

    assert result == SUCCESS
    name = socket.name()
    assert (name.sll_ifindex, name.sll_protocol) == (wire.right.ifindex, htons(ETH_P_ALL))


@clause(since="2.2", level="documented", refs=["man:packet(7)", PACKET], covers=["errno:EINVAL"])
@pytest.mark.parametrize(
    ("family", "length"),
    [(AF_PACKET, ctypes.sizeof(sockaddr_ll) - 1), (AF_PACKET, 0), (AF_INET, 20), (AF_UNIX, 20)],
    ids=["one-byte-short", "empty", "family-inet", "family-unix"],
)
def test_refuses_an_address_of_wrong_length_or_family_with_einval(loopback, sockets, family, length):
    """A sockaddr_ll that is too short or of another family is refused with EINVAL and leaves the socket unbound."""
    socket = loopback.packet_socket(protocol=0, bound=False)
    good = address(loopback.ifindex, 0)
    bad = address(loopback.ifindex, 0, family=family)

    result = socket.bind(bad, length)

    assert result == refused(EINVAL)
    assert socket.name().sll_ifindex == 0
    assert socket.bind(good) == SUCCESS
