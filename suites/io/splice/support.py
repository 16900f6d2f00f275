"""Pipes and datagrams for the tests of splice(2) and sendfile(2)."""

import ctypes
from errno import EAGAIN
from typing import Any

from helpers import syscall
from helpers.net import addresses
from helpers.net.wire import End
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.syscall import Result, refused
from helpers.uapi.in_ import sockaddr_in
from helpers.uapi.socket import AF_INET, MSG_DONTWAIT, SOCK_DGRAM

SPLICE_F_NONBLOCK, SPLICE_F_MORE = 2, 4


def splice(
    source: int, target: int, size: int, flags: int = 0, source_offset: Any = None, target_offset: Any = None
) -> Result:
    """Make one splice(2)."""
    return syscall.call("splice", source, source_offset, target, target_offset, size, flags)


def received(socket: Any, size: int = 64) -> bytes | None:
    """Return what one recv that does not wait gets; None if there is nothing."""
    buffer = bytearray(size)
    result = socket.recv(buffer, size, MSG_DONTWAIT)
    return None if result == refused(EAGAIN) else bytes(buffer[: result.value])


def udp_pair(loopback: End, sockets: Sockets) -> tuple[Socket, Socket]:
    """Return two UDP sockets, the first connected to the second: what is held back for more is held for ever."""
    left, right = (sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace) for _ in range(2))
    name = addresses.inet()
    right.must.bind(name)
    right.must.getsockname(name, ctypes.c_int(ctypes.sizeof(sockaddr_in)))
    left.must.connect(name)
    return left, right
