"""What the clauses of memberships share: three groups, and how a socket joins."""

from typing import Any

from helpers.net.frames import MULTICAST
from helpers.option_calls import put
from helpers.packet.memberships import ADD, request
from helpers.packet.packet_socket import PacketSocket
from helpers.syscall import SUCCESS

GROUPS = [MULTICAST[:-1] + bytes([last]) for last in (0x71, 0x72, 0x73)]


def join(socket: PacketSocket, *request_of: Any) -> None:
    """Add the membership for which ``memberships.request`` has these arguments; it must be granted."""
    assert put(socket, ADD, request(*request_of)) == SUCCESS
