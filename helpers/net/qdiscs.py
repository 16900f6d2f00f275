"""What the clauses of sending arrange with the queue of a link, and what it and the link have counted.

Source: tc(8), ``uapi/linux/gen_stats.h``, ``uapi/linux/if_link.h``.
"""

import ctypes
from collections.abc import Callable
from typing import NamedTuple

from helpers.net.wire import End
from helpers.sockets import Socket
from helpers.uapi.sockios import SIOCOUTQ
from helpers.uapi.traffic_control import TC_H_ROOT

_OUTER, _INNER = 0x10000, 0x20000  # handles


class Count(NamedTuple):
    """What a queue has counted: frames that it has passed on, frames that it has dropped, frames that wait in it."""

    packets: int
    drops: int
    waiting: int


def no_room(end: End) -> None:
    """Give a link a queue that has no room for a frame: it drops each."""
    end.links.netlink.tc("add", "pfifo", end.ifindex, limit=0)


def hold_frames(end: End) -> Callable[[], None]:
    """Have a link keep frames of 400 bytes in its queue, on their sockets' account; return what lets them all go.

    It passes one at once, then one every 4 seconds.
    """
    end.links.queue(end.name, "tbf", rate=100, burst=400, limit=1000000)
    return lambda: remove(end)


def hold_newest(end: End) -> None:
    """Have a link pass one frame of 400 bytes on and keep one more, the newest: a new one has it drop the old one."""
    end.links.netlink.tc("add", "tbf", end.ifindex, handle=_OUTER, rate=100, burst=400, limit=1000000)
    end.links.netlink.tc("add", "pfifo_head_drop", end.ifindex, handle=_INNER, parent=_OUTER | 1, limit=1)


def remove(end: End) -> None:
    """Take the queue of a link away again; what waits in it is dropped."""
    end.links.netlink.tc("del", index=end.ifindex, parent=TC_H_ROOT)


def passed(end: End) -> Count:
    """Return what the queue of a link has counted."""
    for queue in end.links.netlink.get_qdiscs(end.ifindex):
        if queue["parent"] == TC_H_ROOT:
            found = queue.get_attr("TCA_STATS")
            return Count(found["packets"], found["drop"], found["qlen"])
    raise LookupError(f"{end.name} has no queue")


def tx_dropped(end: End) -> int:
    """Return how many frames a link has dropped that it was to send."""
    (link,) = end.links.netlink.get_links(end.ifindex)
    return link.get_attr("IFLA_STATS64")["tx_dropped"]


def unsent(socket: Socket) -> int:
    """Return SIOCOUTQ: the memory in bytes that frames take which the link has not sent yet."""
    amount = ctypes.c_int(-1)
    socket.must.ioctl(SIOCOUTQ, amount)
    return amount.value
