"""TCP sockets: their state, a listener that does not answer, and how many segments data is sent in.

Source: tcp(7), ``uapi/linux/tcp.h``.
"""

import ctypes
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
from helpers.uapi.tcp import TCP_CORK, TCP_INFO, tcp_info


def _info(socket: Socket, end: str = "tcpi_pacing_rate") -> tcp_info:
    """Return TCP_INFO up to the field *end*, from which on older kernels have none; what follows is 0."""
    told = bytes(socket.option(SOL_TCP, TCP_INFO, ctypes.c_char * getattr(tcp_info, end).offset))
    return tcp_info.from_buffer_copy(told.ljust(ctypes.sizeof(tcp_info), b"\0"))


def tcp_counts(socket: Socket) -> tcp_info:
    """Return TCP_INFO with its fields up to those that count segments with data; what follows is 0."""
    return _info(socket, "tcpi_delivery_rate")


def tcp_state(socket: Socket) -> int:
    """Return the TCP_* state of a TCP socket."""
    return _info(socket).tcpi_state


def tcp_unacked(socket: Socket) -> int:
    """Return how many segments a TCP socket has sent that are not acknowledged yet."""
    return _info(socket).tcpi_unacked


def tcp_backlog(socket: Socket) -> tuple[int, int]:
    """Return how many connections wait to be accepted from a listening TCP socket, and how many may (its backlog)."""
    info = _info(socket)
    return info.tcpi_unacked, info.tcpi_sacked


def pacing_rates(socket: Socket) -> tuple[int, int]:
    """Return the highest and the present pacing rate of a TCP socket in bytes a second; all ones: without limit."""
    info = _info(socket, "tcpi_bytes_acked")
    return info.tcpi_max_pacing_rate, info.tcpi_pacing_rate


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
    return _info(socket, "tcpi_delivery_rate").tcpi_data_segs_out
