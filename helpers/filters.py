"""Classic filter programs on a socket, as set-up, and what they load.

Source: ``uapi/linux/filter.h``, Documentation/networking/filter.rst.
"""

from collections.abc import Callable

from helpers.packet.packet_socket import Packet
from helpers.sockets import Socket
from helpers.uapi.filter import (
    BPF_A,
    BPF_ABS,
    BPF_ADD,
    BPF_ALU,
    BPF_AND,
    BPF_B,
    BPF_H,
    BPF_K,
    BPF_LD,
    BPF_RET,
    BPF_RSH,
    BPF_STMT,
    BPF_W,
    SKF_AD_OFF,
    program,
    sock_filter,
)
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ATTACH_FILTER

WHOLE = 0xFFFFFFFF


def attach(socket: Socket, *instructions: sock_filter) -> None:
    """Attach a program of these instructions; it replaces the one before."""
    socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program(instructions))


def keep(socket: Socket, length: int) -> None:
    """Attach a program that keeps *length* bytes of each frame; 0 drops it."""
    attach(socket, BPF_STMT(BPF_RET | BPF_K, length))


def load(offset: int, size: int = BPF_W) -> list[sock_filter]:
    """Return the instruction that loads a word (BPF_H: half, BPF_B: byte) from an offset, negative ones too."""
    return [BPF_STMT(BPF_LD | size | BPF_ABS, offset)]


def ancillary(number: int) -> list[sock_filter]:
    """Return the instruction that loads one of SKF_AD_*."""
    return load(SKF_AD_OFF + number)


def computed(
    socket: Socket, instructions: list[sock_filter], hear: Callable[[], Packet], octets: int = 4, base: int = 46
) -> int:
    """Return the number of 1 to 4 *octets* that *instructions* leave in the accumulator.

    A filter can say no more than how much of a frame to keep: it keeps *base* bytes and as many more as one octet of
    the number says. ``hear()`` is called for each octet: it has to send such a frame, of at least *base* + 255 bytes,
    and return what *socket* received.
    """
    result = 0
    for octet in range(octets):
        attach(
            socket,
            *instructions,
            BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 8 * octet),
            BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xFF),
            BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, base),
            BPF_STMT(BPF_RET | BPF_A, 0),
        )
        result |= len(hear().data) - base << 8 * octet
    return result


__all__ = ["BPF_B", "BPF_H", "BPF_W", "WHOLE", "ancillary", "attach", "computed", "keep", "load"]
