"""getsockname(2) of a bound packet socket, and what happens to its link: renamed, changed, removed, of another kind."""

import contextlib

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.addresses import raw
from helpers.net.hardware import link_address
from helpers.net.links import Links
from helpers.syscall import SUCCESS
from helpers.uapi.socket import AF_PACKET, SOCK_PACKET
from helpers.value_result import ROOM, address_from, ask, filled

SYSCALL = "getsockname"
GETNAME = "src:net/packet/af_packet.c:packet_getname"
GETNAME_SPKT = "src:net/packet/af_packet.c:packet_getname_spkt"
NOTIFIER = "src:net/packet/af_packet.c:packet_notifier"


def link_name(ifindex: int, hatype: int = 0, hardware: bytes = b"") -> bytes:
    """Return the name of a packet socket with protocol OWN, with the hardware address as long as it is."""
    return link_address(ifindex, hatype, hardware)


def device(name: bytes) -> bytes:
    """Return the name of a SOCK_PACKET socket."""
    return bytes(raw(AF_PACKET, name.ljust(14, b"\0")))


@clause(since="2.2", level="source", refs=["man:packet(7)", GETNAME])
def test_tells_the_address_that_the_link_has_now(wire):
    """When the link's hardware address changes after bind, the name has the new one."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    before = address_from(socket.getsockname)

    wire.right.links.set("right", address=frames.STRANGER.hex(":"))
    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(before[:12] + frames.STRANGER, ROOM)


@clause(since="2.2", level="source", refs=["man:packet(7)", GETNAME])
def test_a_link_that_is_down_keeps_its_place_in_the_name(wire):
    """Setting the link down and up again leaves the name as it is."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    before = address_from(socket.getsockname)
    names = []

    for state in ("down", "up"):
        wire.right.links.set("right", state=state)
        names.append(address_from(socket.getsockname))

    assert names == [before, before]
    assert len(before) == 18


@clause(since="2.6.36", level="source", refs=["man:packet(7)", NOTIFIER, GETNAME])
def test_a_removed_link_leaves_index_minus_one(wire):
    """When the link is removed the index becomes -1 and the hardware address is empty; the protocol stays."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    not_bound = wire.right.packet_socket(protocol=frames.OWN, bound=False)

    wire.left.links.delete("left")
    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(link_name(-1), ROOM)
    assert address_from(not_bound.getsockname) == link_name(0)


@clause(since="2.2", level="source", refs=["man:packet(7)", GETNAME_SPKT])
def test_a_sock_packet_socket_has_the_name_of_its_device(sockets, namespace):
    """The name of a SOCK_PACKET socket is a sockaddr of 16 bytes with the device's name as it is now, cut to 13."""
    socket = sockets.packet(SOCK_PACKET, 0, namespace)
    seen = [address_from(socket.getsockname)]
    socket.must.bind(raw(AF_PACKET, b"lo".ljust(14, b"\0")))
    seen.append(address_from(socket.getsockname))

    names = [b"other", b"thirteenbytes", b"fourteen-bytes", b"fifteen--bytes1"]
    with contextlib.closing(Links(namespace)) as links:
        for old, new in zip([b"lo", *names], names, strict=False):
            links.rename(old.decode(), new.decode())
            seen.append(address_from(socket.getsockname))

    assert seen == [device(b""), device(b"lo"), *(device(name[:13]) for name in names)]


@clause(since="2.6.36", level="source", refs=["man:packet(7)", NOTIFIER, GETNAME_SPKT])
def test_a_sock_packet_socket_of_a_removed_device_has_no_name(wire):
    """When the device is removed the name of a SOCK_PACKET socket becomes 14 zero bytes."""
    socket = wire.right.packet_socket(SOCK_PACKET, frames.OWN, bound=False)
    socket.must.bind(raw(AF_PACKET, b"right".ljust(14, b"\0")))
    before = address_from(socket.getsockname)

    wire.left.links.delete("left")
    result, got = ask(socket.getsockname, ROOM)

    assert before == device(b"right")
    assert result == SUCCESS
    assert got == filled(device(b""), ROOM)


@clause(since="2.6.36", level="source", refs=["man:packet(7)", NOTIFIER, GETNAME])
def test_a_new_link_with_the_old_index_is_not_the_sockets(wire):
    """A socket whose link was removed stays without one, even when another link gets the same index."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    wire.left.links.delete("left")
    wire.right.links.add("again", "veth", index=socket.ifindex, peer="peer")

    result, got = ask(socket.getsockname, ROOM)

    assert wire.right.links.index("again") == socket.ifindex
    assert result == SUCCESS
    assert got == filled(link_name(-1), ROOM)
