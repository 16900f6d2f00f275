"""What the clauses about what a frame carries arrange: senders of any type, and whether their frames left.

Source: cmsg(3), socket(7).
"""

import sys
from errno import ENOBUFS

from helpers.messages import Message, cmsg
from helpers.net import frames
from helpers.net.frames import OWN, Frame
from helpers.net.wire import End
from helpers.packet.packet_socket import address
from helpers.syscall import Result, refused, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import SOCK_PACKET, SOL_SOCKET


def number(type_: int, value: int, size: int = 4) -> bytes:
    """Return a control message of SOL_SOCKET with a number of *size* bytes."""
    return cmsg(SOL_SOCKET, type_, value.to_bytes(size, sys.byteorder))


class Sender:
    """A packet socket of type *type_* that sends out of *end*, and ``tap``, a socket that sees what leaves."""

    def __init__(self, end: End, type_: int) -> None:
        self.type_, self.socket = type_, end.packet_socket(type_, 0, False)
        self.name = address(end.ifindex, OWN, frames.BROADCAST)
        if type_ == SOCK_PACKET:
            self.name = sockaddr_pkt(spkt_device=end.name.encode())
        self.tap = end.packet_socket(protocol=ETH_P_ALL)

    def put(self, frame: Frame, control: bytes = b"") -> Result:
        """Send *frame* and return the Result, counting the header also where it is the kernel's."""
        data = frame.bytes_for(self.type_)
        result = self.socket.sendmsg(Message([data], self.name, control).header)
        return returned(result.value + len(frame.data) - len(data)) if result.ok else result

    def passes(self, control: bytes = b"") -> bool:
        """Send a frame: True if it was seen to leave, False if a program on the egress dropped it."""
        frame = frames.ethernet()
        result = self.put(frame, control)
        left = bool(self.tap.received_markers([frame]))
        assert result == (returned(len(frame)) if left or self.type_ == SOCK_PACKET else refused(ENOBUFS))
        return left
