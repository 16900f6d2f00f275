"""The names of sockets: given, asked for, and listened on; all as set-up.

Source: unix(7), ip(7), ipv6(7), netlink(7).
"""

import ctypes
from socket import ntohs
from typing import Any

from helpers.net import addresses
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.uapi.in_ import sockaddr_in
from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM, SOL_SOCKET, sockaddr_storage
from helpers.uapi.socket_options import SO_DOMAIN


def name_of(socket: Socket, peer: bool = False) -> Any:
    """Return the address of a socket, or of its *peer*, as a ctypes array of exactly its length."""
    storage, length = sockaddr_storage(), ctypes.c_int(ctypes.sizeof(sockaddr_storage))
    (socket.must.getpeername if peer else socket.must.getsockname)(storage, length)
    return (ctypes.c_char * length.value).from_buffer_copy(storage)


def port_of(socket: Socket) -> int:
    """Return the local port of an AF_INET or AF_INET6 socket in host order, 0 if it has none."""
    name = bytes(name_of(socket))
    return ntohs(sockaddr_in.from_buffer_copy(name[: ctypes.sizeof(sockaddr_in)]).sin_port)  # lies there in both


def named(socket: Socket) -> Any:
    """Bind a socket of one of ``addresses.FRESH``'s families to a name of its own, and return that."""
    socket.must.bind(addresses.FRESH[socket.option(SOL_SOCKET, SO_DOMAIN)]())
    return name_of(socket)


def listening(socket: Socket, backlog: int = 8) -> Any:
    """Bind *socket* to a name of its own, have it listen, and return the name."""
    name = named(socket)
    socket.must.listen(backlog)
    return name


def autobound_sender(sockets: Sockets, receiver: Socket) -> tuple[Socket, bytes]:
    """Return a datagram socket connected to the unbound AF_UNIX socket *receiver*, and its own address as bytes.

    Both get an abstract name from the kernel (unix(7): autobind).
    """
    sender = sockets.open(AF_UNIX, SOCK_DGRAM)
    for socket in (receiver, sender):
        socket.must.bind(addresses.unix(b""))
    sender.must.connect(name_of(receiver))
    return sender, bytes(name_of(sender))
