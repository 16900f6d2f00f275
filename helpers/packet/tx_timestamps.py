"""What the clauses of transmit time stamps arrange: senders that request them, and the error queue's entries.

Source: Documentation/networking/timestamping.rst, ``uapi/linux/errqueue.h``.
"""

import select
from errno import ENOMSG
from typing import NamedTuple

from helpers import messages, times, wait
from helpers.packet.packet_socket import PacketSocket
from helpers.uapi.errqueue import SO_EE_ORIGIN_TIMESTAMPING, sock_extended_err
from helpers.uapi.if_packet import PACKET_TX_TIMESTAMP
from helpers.uapi.socket import MSG_ERRQUEUE, SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD
from helpers.uapi.time_types import timespec


class Stamp(NamedTuple):
    """An entry of the error queue: the frame, SCM_TSTAMP_*, the number (ee_data), the seconds since 1970."""

    data: bytes
    kind: int
    number: int
    seconds: float


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
        seconds, rest = times.words(timespec, parts[SOL_SOCKET, SO_TIMESTAMPING_OLD])
        found.append(Stamp(entry.data, error.ee_info, error.ee_data, seconds + rest / 1e9))
    assert messages.receive(socket.fd, flags=MSG_ERRQUEUE) is None
    return found
