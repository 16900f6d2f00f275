"""bind(2) of packet sockets: the reference to the link that a socket is bound to, and its release."""

from collections.abc import Callable
from errno import EINVAL, ENODEV

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.link_changes import errors_of
from helpers.packet.packet_socket import PacketSocket, address
from helpers.syscall import refused
from helpers.uapi.if_packet import PACKET_FANOUT, PACKET_FANOUT_HASH

HOLD = ["man:packet(7)", "src:net/packet/af_packet.c:packet_do_bind", "src:net/packet/af_packet.c:packet_release"]
LO = 1


def _refused(socket, link):
    assert socket.bind(address(4711, frames.OWN)) == refused(ENODEV)


def _refused_in_a_group(socket, link):
    socket.enable(PACKET_FANOUT, PACKET_FANOUT_HASH << 16 | 1)
    assert socket.bind(address(LO, frames.OWN)) == refused(EINVAL)


HISTORIES: dict[str, Callable[[PacketSocket, int], object]] = {
    "bound": lambda socket, link: None,
    "bound-again": lambda socket, link: [socket.attach(link, frames.OWN) for _ in range(3)],
    "another-protocol": lambda socket, link: [socket.attach(link, ethertype) for ethertype in (1, 2, 3)],
    "another-link": lambda socket, link: socket.attach(LO, frames.OWN),
    "there-and-back": lambda socket, link: [socket.attach(each, frames.OWN) for each in (LO, link)],
    "no-link": lambda socket, link: socket.attach(0, frames.OWN),
    "no-link-and-back": lambda socket, link: [socket.attach(each, frames.OTHER) for each in (0, link)],
    "refused": _refused,
    "refused-in-a-group": _refused_in_a_group,
    "closed": lambda socket, link: socket.must.close(),
}


@clause(since="2.2", level="source", refs=HOLD)
@pytest.mark.parametrize("history", HISTORIES)
def test_a_link_can_be_removed(wire, history):
    """A link is removed at once, whatever binds of a socket, refused or not, and closes preceded it."""
    end = wire.right
    end.links.up("lo")
    socket = end.packet_socket(protocol=frames.OWN)
    HISTORIES[history](socket, end.ifindex)

    wire.left.links.delete("left")

    with pytest.raises(OSError, match="No such device"):
        end.links.index("right")


@clause(since="2.2", level="source", refs=HOLD)
def test_a_link_can_be_removed_that_was_down(wire):
    """A link that was down when it was bound, or went down afterwards, is removed at once as well."""
    end = wire.right
    before = end.packet_socket(protocol=frames.OWN)
    end.links.down("right")
    after = end.packet_socket(protocol=frames.OWN)
    errors = errors_of(before, after)
    before.attach(end.ifindex, frames.OTHER)

    wire.left.links.delete("left")

    assert all(errors)
    with pytest.raises(OSError, match="No such device"):
        end.links.index("right")
