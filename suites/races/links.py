"""Links for races: one that is removed in the middle of one, one that goes down and up, and what they leave behind."""

import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from helpers.net import frames
from helpers.net.links import veth
from helpers.net.rtnetlink import Rtnetlink
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

FRAME = frames.ethernet().data
_RTM_DELLINK, _REQUEST_AND_TELL = 17, 5  # the flags NLM_F_REQUEST and NLM_F_ACK


@contextmanager
def fleeting_links(end: End) -> Iterator[Callable[[], tuple[int, Callable[[], Any]]]]:
    """Give ``make()``: it makes a link in the namespace of *end*, up, and returns its index and what removes it."""
    with end.namespace:
        route = Rtnetlink()

    def make() -> tuple[int, Callable[[], Any]]:
        veth(end.namespace, end.namespace, "fleeting", "peer")
        index = end.links.index("fleeting")
        body = struct.pack("=BxHiII", 0, 0, index, 0, 0)
        message = struct.pack("=IHHII", 16 + len(body), _RTM_DELLINK, _REQUEST_AND_TELL, 1, 0) + body
        return index, lambda: route.request(message)

    with closing(route):
        yield make


def down_and_up(end: End) -> None:
    """Set the link of *end* down and up again."""
    end.links.down(end.name)
    end.links.up(end.name)


def state(socket: PacketSocket) -> tuple[int, int, Any]:
    """Return where *socket* is bound, its error, which is cleared by that, and what sending a frame says."""
    return socket.name().sll_ifindex, socket.option(SOL_SOCKET, SO_ERROR), socket.send(FRAME)
