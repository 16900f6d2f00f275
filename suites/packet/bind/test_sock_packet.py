"""bind(2) of the obsolete SOCK_PACKET: the address is a sockaddr with a device name of at most 14 bytes."""

from contextlib import closing
from errno import EINVAL, ENETDOWN, ENODEV

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.addresses import raw
from helpers.net.links import Links
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNSPEC, SOCK_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR
from helpers.value_result import address_from

SYSCALL = "bind"
BIND = "src:net/packet/af_packet.c:packet_bind_spkt"
DO_BIND = "src:net/packet/af_packet.c:packet_do_bind"


def device(name: bytes, fill: bytes = b"\0", family: int = AF_PACKET):
    """Return a sockaddr (16 bytes) with the name of a device."""
    return raw(family, name.ljust(14, fill))


@clause(since="2.2", level="documented", refs=["man:packet(7)", BIND])
@pytest.mark.parametrize("family", [AF_PACKET, AF_INET, AF_UNSPEC])
def test_binds_to_the_named_device_whatever_the_family(sockets, family):
    """A SOCK_PACKET socket bound to a device's name has it in its name, whatever family the address has."""
    socket = sockets.packet(SOCK_PACKET)

    result = socket.bind(device(b"lo", family=family))

    assert result == SUCCESS
    assert address_from(socket.getsockname) == bytes(device(b"lo"))


@clause(since="2.2", level="source", refs=["man:packet(7)", BIND])
def test_hears_the_protocol_of_its_creation_on_the_device_only(wire):
    """A SOCK_PACKET socket bound to a device receives the protocol that it was opened with, from that device only."""
    wire.right.links.up("lo")
    socket = wire.right.packet_socket(SOCK_PACKET, frames.OWN, bound=False)
    elsewhere, other, own = frames.ethernet(), frames.ethernet(ethertype=frames.OTHER), frames.ethernet()
    on_lo = wire.right.packet_socket(protocol=0, bound=False)
    on_lo.attach(1, 0)

    result = socket.bind(device(b"right"))

    assert result == SUCCESS
    on_lo.must.send(elsewhere.data)
    wire.left.inject(other, own)
    assert own.marker in socket.receive(b"SOCK").data
    assert socket.take() is None


@clause(since="2.2", level="source", refs=[BIND])
@pytest.mark.parametrize("fill", [b"\0", b"\xff"], ids=["terminated", "rubbish-behind"])
def test_a_name_ends_at_its_first_nul(sockets, fill):
    """What follows the NUL in the 14 bytes of the device's name is ignored."""
    socket = sockets.packet(SOCK_PACKET)

    result = socket.bind(device(b"lo\0", fill))

    assert result == SUCCESS
    assert address_from(socket.getsockname) == bytes(device(b"lo"))


@clause(since="2.6.22", level="source", refs=[BIND])
def test_a_name_of_14_bytes_needs_no_nul(sockets, namespace):
    """A device's name may fill all 14 bytes; of a name of 15 only 14 fit, and no device is found: ENODEV."""
    socket = sockets.packet(SOCK_PACKET, 0, namespace)

    with closing(Links(namespace)) as links:
        links.rename("lo", "fourteen-bytes")
        fits = socket.bind(device(b"fourteen-bytes"))
        links.rename("fourteen-bytes", "fourteen-bytes1")
        too_long = socket.bind(device(b"fourteen-bytes"))

    assert fits == SUCCESS
    assert too_long == refused(ENODEV)
    assert address_from(socket.getsockname) == bytes(device(b"fourteen-byte\0"))


@clause(since="2.2", level="source", refs=["man:bind(2)", "uapi:linux/if_packet.h", BIND], covers=["errno:EINVAL"])
@pytest.mark.parametrize(
    "length", [15, 17, 18, 20, 128, 0], ids=["one-short", "one-more", "sockaddr_pkt", "sockaddr_ll", "storage", "empty"]
)
def test_refuses_any_length_but_16_with_einval(sockets, length):
    """The address has exactly 16 bytes: other lengths, even the 18 of a sockaddr_pkt, are refused with EINVAL."""
    socket = sockets.packet(SOCK_PACKET)
    room = raw(AF_PACKET, b"lo".ljust(126, b"\0"))

    result = socket.bind(room, length)

    assert result == refused(EINVAL)
    assert address_from(socket.getsockname) == bytes(device(b""))
    assert socket.bind(room, 16) == SUCCESS


@clause(since="2.2", level="source", refs=["man:packet(7)", DO_BIND], covers=["errno:ENODEV"])
@pytest.mark.parametrize("name", [b"nonesuch", b"", b"lo2", b"l"])
def test_refuses_an_unknown_device_with_enodev(sockets, name):
    """A name that no device has, or an empty one, is refused with ENODEV; the socket stays bound as it was."""
    socket = sockets.packet(SOCK_PACKET)
    socket.must.bind(device(b"lo"))

    result = socket.bind(device(name))

    assert result == refused(ENODEV)
    assert address_from(socket.getsockname) == bytes(device(b"lo"))


@clause(since="2.2", level="source", refs=[DO_BIND])
def test_a_device_that_is_down_leaves_enetdown(sockets, namespace):
    """A bind to a device that is down succeeds and leaves ENETDOWN in SO_ERROR, as for other packet sockets."""
    socket = sockets.packet(SOCK_PACKET, ETH_P_ALL, namespace)

    result = socket.bind(device(b"lo"))

    assert result == SUCCESS
    assert [socket.option(SOL_SOCKET, SO_ERROR) for _ in range(2)] == [ENETDOWN, 0]
