"""What the clauses about links that change arrange: a socket on a link, the link down, up, and who receives then."""

import select
from collections.abc import Iterator
from contextlib import closing, contextmanager

from helpers import process, wait
from helpers.net.frames import OWN
from helpers.net.links import Links
from helpers.net.wire import End, Wire
from helpers.packet.packet_socket import PacketSocket
from helpers.sockets import Socket
from helpers.uapi.socket import SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR


def attached(end: End, type_: int = SOCK_RAW, protocol: int = OWN) -> PacketSocket:
    """Return a packet socket of any type that is bound to the link of *end*; of the protocol OWN without another."""
    return end.packet_socket(type_, protocol)


def up(wire: Wire) -> None:
    """Set the right end up and wait until frames pass."""
    wire.right.links.up("right")
    wire.wait_running()


@contextmanager
def without_carrier(wire: Wire) -> Iterator[None]:
    """Have the left end, which is up, lack a carrier: the right end is down meanwhile."""
    wire.right.links.down("right")
    wait.until(lambda: not wire.left.links.running("left"), "no carrier")
    yield
    up(wire)


def remove(wire: Wire) -> None:
    """Remove both ends of the wire."""
    wire.left.links.delete("left")


def delete(end: End) -> None:
    """Delete the link of *end*, in a child: the kernel waits for all who use it, for ever if there is one too many."""

    def delete_it() -> None:
        with closing(Links(end.namespace)) as links:
            links.delete(end.name)

    process.in_child(delete_it)


def events_of(socket: Socket) -> int:
    """Return the poll events that are up now, of those that report something to read or an error."""
    return wait.poll(socket.fd, select.POLLIN, 0)


def errors_of(*sockets: Socket) -> list[int]:
    """Return SO_ERROR of each socket, which clears it."""
    return [socket.option(SOL_SOCKET, SO_ERROR) for socket in sockets]
