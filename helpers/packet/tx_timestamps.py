"""What the clauses of transmit time stamps arrange: senders that ask for them, and what the error queue tells.

Source: Documentation/networking/timestamping.rst, ``uapi/linux/errqueue.h``.
"""

import select
import struct
from collections.abc import Callable
from errno import ENOMSG
from typing import NamedTuple

from helpers import messages, wait
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN, Frame
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket, address
from helpers.syscall import returned
from helpers.uapi.errqueue import SO_EE_ORIGIN_TIMESTAMPING, sock_extended_err
from helpers.uapi.if_packet import PACKET_TX_TIMESTAMP, sockaddr_pkt
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_SOFTWARE
from helpers.uapi.socket import MSG_ERRQUEUE, SOCK_PACKET, SOCK_RAW, SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD


class Stamp(NamedTuple):
    """An entry of the error queue: the frame, SCM_TSTAMP_*, the number (ee_data), the seconds since 1970."""

    data: bytes
    kind: int
    number: int
    seconds: float


def sender_on(end: End, kind: int = SOCK_RAW, flags: int = 0) -> tuple[Callable[..., None], PacketSocket]:
    """Return ``send(frame, control=b"")`` of a socket of *kind* that reports time stamps by *flags*, and the socket."""
    socket, name = end.packet_socket(kind, 0, False), address(end.ifindex, OWN, frames.BROADCAST)
    if kind == SOCK_PACKET:
        name = sockaddr_pkt(spkt_device=end.name.encode())
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE | flags)

    def send(frame: Frame, control: bytes = b"") -> None:
        data = frame.bytes_for(kind)
        assert socket.sendmsg(Message([data], name, control).header) == returned(len(data))

    return send, socket


def stamps(socket: PacketSocket, count: int) -> list[Stamp]:
    """Return *count* entries of the error queue, once they are there; more of them are an AssertionError."""
    found: list[Stamp] = []
    while len(found) < count:
        wait.until(lambda: wait.poll(socket.fd, select.POLLERR), "a time stamp")
        entry = messages.receive(socket.fd, flags=MSG_ERRQUEUE)
        parts = {(level, kind): data for level, kind, data in entry.controls}
        assert set(parts) == {(SOL_SOCKET, SO_TIMESTAMPING_OLD), (SOL_PACKET, PACKET_TX_TIMESTAMP)}
        error = sock_extended_err.from_buffer_copy(parts[SOL_PACKET, PACKET_TX_TIMESTAMP])
        assert (error.ee_errno, error.ee_origin) == (ENOMSG, SO_EE_ORIGIN_TIMESTAMPING)
        seconds, rest = struct.unpack_from("=qq", parts[SOL_SOCKET, SO_TIMESTAMPING_OLD])
        found.append(Stamp(entry.data, error.ee_info, error.ee_data, seconds + rest / 1e9))
    assert messages.receive(socket.fd, flags=MSG_ERRQUEUE) is None
    return found
