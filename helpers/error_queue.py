"""Entries of a socket's error queue: the error, and what comes beside it.

Source: recv(2) (MSG_ERRQUEUE), ip(7) (IP_RECVERR), ``uapi/linux/errqueue.h``.
"""

import select
from collections.abc import Set
from typing import NamedTuple

from helpers import messages, wait
from helpers.sockets import Socket
from helpers.uapi.errqueue import sock_extended_err
from helpers.uapi.if_packet import PACKET_TX_TIMESTAMP
from helpers.uapi.in6 import IPV6_RECVERR
from helpers.uapi.in_ import IP_RECVERR
from helpers.uapi.socket import MSG_ERRQUEUE, SOL_IP, SOL_IPV6, SOL_PACKET

Key = tuple[int, int]  # level and type of a control message
OF_IP: Set[Key] = frozenset({(SOL_IP, IP_RECVERR), (SOL_IPV6, IPV6_RECVERR)})
"""The control messages by which sockets of IP and of IPv6 report an error, and that of a packet socket."""
OF_PACKET: Set[Key] = frozenset({(SOL_PACKET, PACKET_TX_TIMESTAMP)})


class Entry(NamedTuple):
    """One entry: its bytes, the length that recvmsg(2) returned, the error, the other control messages."""

    data: bytes
    value: int
    error: sock_extended_err
    controls: dict[Key, bytes]


def entry(socket: Socket, errors: Set[Key] = OF_IP) -> Entry | None:
    """Take one entry, which has exactly one of the control messages *errors*; None if the queue is empty."""
    received = messages.receive(socket.fd, flags=MSG_ERRQUEUE)
    if received is None:
        return None
    controls = {(level, kind): data for level, kind, data in received.controls}
    (key,) = controls.keys() & errors
    error = sock_extended_err.from_buffer_copy(controls.pop(key))
    return Entry(received.data, received.value, error, controls)


def wait_for_entry(socket: Socket, what: str) -> None:
    """Return once the error queue holds something; DeadlineError names *what* if it never does."""
    wait.until(lambda: wait.poll(socket.fd, select.POLLERR), what)
