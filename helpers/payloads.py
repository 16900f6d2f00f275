"""What two connected sockets of a kind exchange: the data of each message, without what the kind puts before it.

Source: raw(7): an IPv4 raw socket receives the IP header, too.
"""

import ctypes
from typing import Any

from helpers import wait
from helpers.arrivals import arrivals
from helpers.kinds import INET_RAW, RECORDS, SocketKind
from helpers.sockets import Socket
from helpers.uapi.netlink import SK_MEMINFO_RMEM_ALLOC, SK_MEMINFO_VARS
from helpers.uapi.socket import AF_INET, AF_INET6, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_DOMAIN, SO_MEMINFO, SO_TYPE
from helpers.uapi.sockios import SIOCINQ

LAST = b"<the last>"  # what is in no other message


def header_of(kind: SocketKind) -> int:
    """Return how many bytes a socket of *kind* receives before the data that were sent."""
    return 20 if kind is INET_RAW else 0


def arrived(kind: SocketKind, near: Socket, far: Socket) -> list[bytes]:
    """Return what *far* has received from *near* by now; of a stream, all of it as one.

    A last message is sent to know that nothing else is on its way; set-up: SetupError where *near* cannot send.
    """
    near.must.send(LAST)
    taken = [data[header_of(kind) :] for data in arrivals(far, LAST)]
    if kind.has(RECORDS):
        return taken[:-1]
    whole = b"".join(taken)[: -len(LAST)]
    return [whole] if whole else []


def queued(near: Socket, far: Socket, data: bytes, name: Any = None) -> None:
    """Send *data* from *near*, to *name* if there is one, and wait until it is in the queue of *far*. Set-up."""
    before = _held(far)
    if name is None:
        near.must.send(data)
    else:
        near.must.sendto(data, 0, name)
    if before is not None:
        wait.until(lambda: _held(far) > before, f"{data!r} in the queue")


def _held(far: Socket) -> int | None:
    """Return a measure of what the queue of *far* holds; None for a family that queues as it sends."""
    if far.option(SOL_SOCKET, SO_DOMAIN) not in (AF_INET, AF_INET6):
        return None
    if far.option(SOL_SOCKET, SO_TYPE) == SOCK_STREAM:
        count = ctypes.c_int()
        far.must.ioctl(SIOCINQ, count)
        return count.value
    return far.option(SOL_SOCKET, SO_MEMINFO, ctypes.c_uint32 * SK_MEMINFO_VARS)[SK_MEMINFO_RMEM_ALLOC]
