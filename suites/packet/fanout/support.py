"""Room in the queues of a fanout group's members, counted in frames of one size.

Source: socket(7) (SO_RCVBUF), ``net/packet/af_packet.c:__packet_rcv_has_room``.
"""

import ctypes
from dataclasses import replace

from helpers.net.frames import OTHER, Frame
from helpers.net.sysctl import need_buffer
from helpers.net.wire import End
from helpers.option_calls import put
from helpers.options import option
from helpers.packet.fanout import Group, many
from helpers.packet.packet_socket import PacketSocket
from helpers.sockets import SetupError, must
from helpers.uapi.netlink import SK_MEMINFO_RMEM_ALLOC, SK_MEMINFO_VARS
from helpers.uapi.socket import MSG_PEEK, SOL_SOCKET
from helpers.uapi.socket_options import SO_MEMINFO, SO_RCVBUF


def charge(end: End, frame: Frame | None = None) -> int:
    """Return how many bytes of SO_RCVBUF a frame of this size takes (of the size of ``many``'s without one).

    It is measured with another ethertype, so that no group of *end* receives it.
    """
    frame = frame or many(1)[0]
    other = replace(frame, data=frame.data[:12] + OTHER.to_bytes(2, "big") + frame.data[14:])
    probe = end.packet_socket(protocol=OTHER)
    end.inject(other)
    probe.receive(other.marker, flags=MSG_PEEK)
    return probe.option(SOL_SOCKET, SO_MEMINFO, ctypes.c_uint32 * SK_MEMINFO_VARS)[SK_MEMINFO_RMEM_ALLOC]


def resize(socket: PacketSocket, size: int) -> None:
    """Give a socket a receive buffer of exactly *size* bytes, an even number; SetupError if it cannot have that."""
    must(put(socket, option("SO_RCVBUF"), size // 2))
    if socket.option(SOL_SOCKET, SO_RCVBUF) != size:
        need_buffer("rmem", size // 2)
        raise SetupError(f"a receive buffer of {size} bytes cannot be had")


def hold(group: Group, frames: int, extra: int = 0, frame: Frame | None = None) -> Group:
    """Give all members room for *frames* frames (like *frame*) and *extra* bytes, and return the group."""
    size = frames * charge(group.end, frame) + extra
    for member in group.members:
        resize(member, size)
    return group
