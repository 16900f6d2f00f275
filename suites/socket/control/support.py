"""What the clauses of sendmsg(2) arrange that send control messages of SOL_SOCKET."""

import select
import sys
from collections.abc import Set
from typing import Any

import pytest

from helpers import wait
from helpers.error_queue import Key
from helpers.messages import Message, cmsg
from helpers.net import frames
from helpers.net.frames import Frame
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket
from helpers.sockets import Socket
from helpers.syscall import Result, returned
from helpers.transmit_stamps import stamp
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import SOCK_PACKET, SOCK_RAW, SOL_SOCKET

SENT = returned(len(frames.ethernet()))
SENT_DATA = returned(4)
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_PACKET], ids=["raw", "sock_packet"])


def word(kind: int, value: int, size: int = 4) -> bytes:
    """Return a control message of SOL_SOCKET with a number of *size* bytes."""
    return cmsg(SOL_SOCKET, kind, value.to_bytes(size, sys.byteorder))


def send(sender: PacketSocket, control: bytes, frame: Frame | None = None, name: Any = None) -> Result:
    """Send a frame with the control bytes: SENT if all is well."""
    return sender.sendmsg(Message([(frame or frames.ethernet()).data], name, control).header)


def make(end: End, type_: int) -> tuple[PacketSocket, sockaddr_pkt | None]:
    """Return a packet socket of *type_* that sends out of *end*, and the address if it needs one for that."""
    if type_ == SOCK_PACKET:
        return end.packet_socket(type_, 0, False), sockaddr_pkt(spkt_device=end.name.encode())
    return end.packet_socket(type_, 0), None


def send_data(near: Socket, control: bytes) -> Result:
    """Send four bytes to the peer with the control bytes: SENT_DATA if all is well."""
    return near.sendmsg(Message([b"data"], control=control).header)


def stamp_numbers(socket: Socket, errors: Set[Key]) -> list[int]:
    """Wait for a time stamp in the error queue; return the numbers of those queued, reported by *errors*."""
    wait.poll(socket.fd, select.POLLERR)
    found = []
    while (one := stamp(socket, errors)) is not None:
        found.append(one.number)
    return found
