"""Sockets with a name, listening or connected, of the families that have these: AF_UNIX and AF_INET; all as set-up.

Source: unix(7), ip(7), tcp(7).
"""

import ctypes
import struct
from socket import ntohs
from typing import Any

from helpers.net import addresses
from helpers.sockets import Socket
from helpers.uapi.in_ import sockaddr_in
from helpers.uapi.socket import AF_UNIX, SOL_SOCKET, SOL_TCP, sockaddr_storage
from helpers.uapi.socket_options import SO_DOMAIN

TCP_INFO = 11
TCP_ESTABLISHED, TCP_SYN_SENT, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LISTEN = 1, 2, 7, 8, 10
_STATE, _UNACKED = 0, 24  # where struct tcp_info has tcpi_state, and tcpi_unacked with tcpi_sacked after it


def name_of(socket: Socket, peer: bool = False) -> Any:
    """Return the address of a socket, or of its *peer*, as a ctypes array of exactly its length."""
    storage, length = sockaddr_storage(), ctypes.c_int(ctypes.sizeof(sockaddr_storage))
    (socket.must.getpeername if peer else socket.must.getsockname)(storage, length)
    return (ctypes.c_char * length.value).from_buffer_copy(storage)


def port_of(socket: Socket) -> int:
    """Return the local port of an AF_INET socket in host order, 0 if it has none."""
    return ntohs(sockaddr_in.from_buffer_copy(name_of(socket)).sin_port)


def named(socket: Socket) -> Any:
    """Bind *socket* to a name of its own (abstract; loopback and a port that the kernel picks) and return that."""
    unix = socket.option(SOL_SOCKET, SO_DOMAIN) == AF_UNIX
    socket.must.bind(addresses.abstract() if unix else addresses.inet())
    return name_of(socket)


def listening(socket: Socket, backlog: int = 8) -> Any:
    """Bind *socket* to a name of its own, have it listen, and return the name."""
    name = named(socket)
    socket.must.listen(backlog)
    return name


def tcp_state(socket: Socket) -> int:
    """Return the TCP_* state of a TCP socket."""
    return bytes(socket.option(SOL_TCP, TCP_INFO, ctypes.c_char * 104))[_STATE]


def tcp_backlog(socket: Socket) -> tuple[int, int]:
    """Return how many connections wait to be accepted from a listening TCP socket, and how many may (its backlog)."""
    return struct.unpack_from("=II", bytes(socket.option(SOL_TCP, TCP_INFO, ctypes.c_char * 104)), _UNACKED)
