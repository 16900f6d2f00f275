"""What the clauses of sent frames' time stamps share."""

from collections.abc import Callable

from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN, Frame
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket, address
from helpers.syscall import returned
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_SOFTWARE
from helpers.uapi.socket import SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD


def sender_on(end: End, type_: int = SOCK_RAW, flags: int = 0) -> tuple[Callable[..., None], PacketSocket]:
    """Return ``send(frame, control=b"")`` of a socket of type *type_* that reports time stamps, and the socket."""
    socket, name = end.packet_socket(type_, 0, False), address(end.ifindex, OWN, frames.BROADCAST)
    if type_ == SOCK_PACKET:
        name = sockaddr_pkt(spkt_device=end.name.encode())
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE | flags)

    def send(frame: Frame, control: bytes = b"") -> None:
        data = frame.bytes_for(type_)
        assert socket.sendmsg(Message([data], name, control).header) == returned(len(data))

    return send, socket
