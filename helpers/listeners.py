"""What the clauses of accept and accept4 arrange: listeners, clients with names, and what was accepted."""

import os
from dataclasses import dataclass
from typing import Any

from helpers import syscall, wait
from helpers.descriptors import open_descriptors
from helpers.endpoints import listening, tcp_backlog
from helpers.memory import Buffer
from helpers.net import addresses
from helpers.net.namespaces import Namespace
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.syscall import SUCCESS, Result
from helpers.uapi.socket import AF_INET, AF_UNIX, MSG_DONTWAIT, SOCK_SEQPACKET, SOCK_STREAM

ENTRIES = {"accept": syscall.accept, "accept4": syscall.accept4}
"""The two entry points, called ``accept(fd, address, length)``; accept4 then has no flags."""

KINDS = {
    "unix-stream": (AF_UNIX, SOCK_STREAM),
    "unix-seqpacket": (AF_UNIX, SOCK_SEQPACKET),
    "tcp": (AF_INET, SOCK_STREAM),
}


@dataclass
class Listener:
    """A listening socket with its *name*, and the means to connect to it."""

    socket: Socket
    name: Any
    sockets: Sockets
    kind: str
    namespace: Namespace | None

    @property
    def fd(self) -> int:
        """The descriptor."""
        return self.socket.fd

    def client(self, named: bool = True) -> Socket:
        """Return a new socket connected to this one; an AF_UNIX one has an abstract name if *named*."""
        made = self.sockets.open(*KINDS[self.kind], namespace=self.namespace)
        if named and self.kind != "tcp":
            made.must.bind(addresses.abstract())
        # the last segment of a connection may be on its way yet, and a call that does not block comes too early
        late = self.kind == "tcp" and not os.get_blocking(self.fd)
        waiting, most = tcp_backlog(self.socket) if late else (0, 0)
        made.must.connect(self.name)
        if late and most:
            wait.until(lambda: tcp_backlog(self.socket)[0] > waiting, "connection to accept")
        elif late:  # a kernel that does not count them still tells that there is one
            wait.until(lambda: wait.readable(self.fd), "connection to accept")
        return made


def listener(
    sockets: Sockets, kind: str = "unix-stream", namespace: Namespace | None = None, blocking: bool = False
) -> Listener:
    """Return a listener of one of KINDS; tcp needs the *namespace* of a loopback device.

    It does not block unless that matters: where a connection is missing a test shall fail at once.
    """
    socket = sockets.open(*KINDS[kind], namespace=namespace)
    os.set_blocking(socket.fd, blocking)
    return Listener(socket, listening(socket), sockets, kind, namespace)


def accepted(sockets: Sockets, result: Result) -> Socket:
    """Return the socket that accept gave, which must have given one."""
    assert result.ok, f"accept {result!r}"
    return sockets.adopt(result.value)


def hears(near: Socket, far: Socket) -> bool:
    """Tell whether *near* is connected with *far*: what the one sends the other receives, both ways."""
    heard = []
    for source, sink, data in ((near, far, b"there"), (far, near, b"back!")):
        buffer = Buffer(8)
        sent = source.send(data)
        if sent.ok:
            wait.readable(sink.fd)
        received = sink.recv(buffer.array, 8, MSG_DONTWAIT)
        heard.append(sent == received == (5, 0) and buffer[:5] == data)
    return all(heard)


def only_the_oldest_was_dropped(server: Listener, clients: list[Socket], before: list[int]) -> bool:
    """Tell whether a call that failed took and closed the first of two *clients* and no more.

    *before*: the descriptors that were open before the call.
    """
    opened = set(open_descriptors()) - set(before)
    end_of_file = clients[0].recv(Buffer(8).array, 8, MSG_DONTWAIT) == SUCCESS
    return not opened and end_of_file and hears(clients[1], accepted(server.sockets, server.socket.accept4()))
