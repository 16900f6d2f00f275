"""Races of packet sockets: links that go in the middle of one, and what still has to work after it.

A socket receives, a ring fills. Late frames of the race may be in the way.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from helpers import wait
from helpers.net import frames
from helpers.net.links import veth
from helpers.net.rtnetlink import Rtnetlink
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket
from helpers.rings import Rings
from helpers.uapi.netlink import NLM_F_ACK
from helpers.uapi.rtnetlink import RTM_DELLINK, ifinfomsg
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

FRAME = frames.ethernet().data
_TRY = 0.5  # seconds after which a frame was lost to a full queue, and another one is sent


@contextmanager
def fleeting_links(end: End) -> Iterator[Callable[[], tuple[int, Callable[[], Any]]]]:
    """Give ``make()``: it makes a link in the namespace of *end*, up, and returns its index and what removes it."""
    with end.namespace:
        route = Rtnetlink()

    def make() -> tuple[int, Callable[[], Any]]:
        veth(end.namespace, end.namespace, "fleeting", "peer")
        index = end.links.index("fleeting")
        removed = bytes(ifinfomsg(ifi_index=index))
        return index, lambda: route.ask(RTM_DELLINK, NLM_F_ACK, removed)

    with closing(route):
        yield make


def down_and_up(end: End) -> None:
    """Set the link of *end* down and up again."""
    end.links.down(end.name)
    end.links.up(end.name)


def state(socket: PacketSocket) -> tuple[int, int, Any]:
    """Return where *socket* is bound, its error, which is cleared by that, and the result of sending a frame."""
    return socket.name().sll_ifindex, socket.option(SOL_SOCKET, SO_ERROR), socket.send(FRAME)


def _comes(end: End, receive: object) -> bool:
    frame = frames.ethernet()
    end.inject(frame)
    try:
        return receive(frame.marker, _TRY).data == frame.data
    except wait.DeadlineError:
        return False


def still_hears(socket: PacketSocket, end: End) -> bool:
    """Return whether *socket* receives a frame that *end* sends, as it was sent; DeadlineError if none comes."""
    return wait.until(lambda: _comes(end, socket.receive), "a frame received")


def still_fills(made: Rings, end: End) -> bool:
    """Make the ring of *made*, which has none; return whether a frame that *end* sends comes by it as it was sent."""
    ring = made.setup().rx
    return wait.until(lambda: _comes(end, ring.receive), "a frame in the ring")
