"""Sockets with an error pending, which SO_ERROR or the next call reports."""

import select
from typing import Any

from helpers import wait
from helpers.kinds import INET_UDP, LOOPBACK_INDEX, SocketKind
from helpers.net.frames import OWN
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket, address
from helpers.sockets import SetupError, Socket


def refused_udp(end: End, kind: SocketKind = INET_UDP) -> Socket:
    """Return a UDP socket with ECONNREFUSED pending: no socket is on the port to which it is connected."""
    target, name = kind.named(end.sockets, end.namespace)
    socket = kind.open(end.sockets, end.namespace)
    socket.must.connect(name)
    target.close()
    socket.must.send(b"is anybody there?")
    if not wait.poll(socket.fd, select.POLLERR):
        raise SetupError("set-up failed: no ICMP error came")
    return socket


def down(end: Any) -> PacketSocket:
    """Return a packet socket with ENETDOWN pending: bound to lo, which is down. *end* has ``sockets``, or is it."""
    socket = getattr(end, "sockets", end).packet()
    socket.must.bind(address(LOOPBACK_INDEX, OWN))
    return socket
