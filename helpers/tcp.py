"""TCP sockets: their state, a listener that answers nobody, and how many segments data is sent in.

Source: tcp(7), ``uapi/linux/tcp.h``.
"""

import ctypes
import struct
from collections.abc import Callable
from typing import Any

from helpers import wait
from helpers.endpoints import listening
from helpers.kinds import INET_TCP
from helpers.net.wire import End
from helpers.sockets import Socket
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program
from helpers.uapi.socket import MSG_PEEK, SOL_SOCKET, SOL_TCP
from helpers.uapi.socket_options import SO_ATTACH_FILTER

TCP_CORK, TCP_INFO = 3, 11
TCP_ESTABLISHED, TCP_SYN_SENT, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LISTEN = 1, 2, 7, 8, 10
_STATE, _UNACKED = 0, 24  # where struct tcp_info has tcpi_state, and tcpi_unacked with tcpi_sacked after it
_DATA_SEGMENTS_OUT = 156


def _info(socket: Socket, size: int = 104) -> bytes:
    return bytes(socket.option(SOL_TCP, TCP_INFO, ctypes.c_char * size))


def tcp_state(socket: Socket) -> int:
    """Return the TCP_* state of a TCP socket."""
    return _info(socket)[_STATE]


def tcp_backlog(socket: Socket) -> tuple[int, int]:
    """Return how many connections wait to be accepted from a listening TCP socket, and how many may (its backlog)."""
    return struct.unpack_from("=II", _info(socket), _UNACKED)


def silent(socket: Socket) -> Any:
    """Have a TCP socket listen but drop all that comes, and return its name: who connects waits."""
    socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program([BPF_STMT(BPF_RET | BPF_K, 0)]))
    return listening(socket)


def tcp_segments(end: End, send: Callable[[int], Any]) -> int:
    """Return in how many segments TCP sends the two bytes that ``send(fd)`` writes to a corked connection."""
    sender, receiver = INET_TCP.pair(end.sockets, end.namespace)
    sender.must.setsockopt(SOL_TCP, TCP_CORK, 1)
    before = _data_segments(sender)
    send(sender.fd)
    sender.must.setsockopt(SOL_TCP, TCP_CORK, 0)
    wait.until(lambda: receiver.must.recv(bytearray(9), 9, MSG_PEEK) == 2, "two bytes")
    return _data_segments(sender) - before


def _data_segments(socket: Socket) -> int:
    """Return tcpi_data_segs_out."""
    return struct.unpack_from("=I", _info(socket, 160), _DATA_SEGMENTS_OUT)[0]
