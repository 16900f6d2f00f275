"""What the clauses of received addresses share: the source of a frame."""

import ctypes

from helpers.memory import Buffer
from helpers.packet.packet_socket import PacketSocket


def source(socket: PacketSocket, marker: bytes = b"", flags: int = 0) -> bytes:
    """Receive the next frame with *marker* in it and return its source: as many bytes as recvfrom(2) says.

    Nothing may be written behind them.
    """
    data, name, length = Buffer(2048), Buffer(40), ctypes.c_int(40)
    while marker not in data[: socket.must.recvfrom(data.array, 2048, flags, name.array, length)]:
        length.value = 40
    assert name.untouched(length.value)
    return name[: length.value]
