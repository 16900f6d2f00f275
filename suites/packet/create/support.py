"""What the clauses about capabilities share: the types of packet sockets, and which of them may be created."""

import os
from socket import htons

from helpers import syscall
from helpers.net import frames
from helpers.uapi.socket import AF_PACKET, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

CREATE = ["man:packet(7)", "man:capabilities(7)", "src:net/packet/af_packet.c:packet_create"]
TYPES = (SOCK_RAW, SOCK_DGRAM, SOCK_PACKET)


def makes(*kinds: int) -> list[int]:
    """Return the errno with which a socket of each type is refused, 0 for those that are made."""
    results = [syscall.socket(AF_PACKET, type_, htons(frames.OWN)) for type_ in kinds]
    for result in results:
        if result.ok:
            os.close(result.value)
    return [result.errno for result in results]
