"""Sockets with messages in their queue: frames on a packet socket, datagrams or records on an AF_UNIX socket."""

from helpers import wait
from helpers.net.frames import OWN, Frame
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW


def queued(end: End, *frames: Frame, kind: int = SOCK_RAW) -> PacketSocket:
    """Return a packet socket for OWN frames on the loopback device *end*, with *frames* in its queue, in order."""
    witness = end.packet_socket(SOCK_RAW, OWN) if kind == SOCK_PACKET else None  # bound first, so receives last
    socket = end.packet_socket(kind, OWN, bound=kind != SOCK_PACKET)
    for frame in frames:
        end.inject(frame)
        if witness:  # SOCK_PACKET keeps no statistics
            witness.receive(frame.marker)
        else:
            wait.until(lambda: socket.statistics().tp_packets, "frame queued")
    return socket


def messages_for(sockets: Sockets, *payloads: bytes, kind: int = SOCK_DGRAM) -> tuple[Socket, Socket]:
    """Return the ends of an AF_UNIX pair: the sender, and the receiver with *payloads* in its queue."""
    sender, receiver = sockets.pair(kind)
    for payload in payloads:
        sender.must.send(payload)
    return sender, receiver
