"""What the clauses of accept and accept4 arrange: listeners, clients with names, and what was accepted."""

import os
from dataclasses import dataclass
from typing import Any

from helpers import syscall, wait
from helpers.connections import are_connected
from helpers.descriptors import open_descriptors
from helpers.kinds import UNIX_STREAM, SocketKind
from helpers.memory import Buffer
from helpers.net.namespaces import Namespace
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.syscall import SUCCESS, Result
from helpers.tcp import tcp_backlog
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT

ENTRIES = {"accept": syscall.accept, "accept4": syscall.accept4}
"""The two entry points, called ``accept(fd, address, length)``; accept4 then has no flags."""


@dataclass
class Listener:
    """A listening socket with its *name*, and the means to connect to it."""

    socket: Socket
    name: Any
    sockets: Sockets
    kind: SocketKind
    namespace: Namespace | None

    @property
    def fd(self) -> int:
        """The descriptor."""
        return self.socket.fd

    def client(self, named: bool = True) -> Socket:
        """Return a new socket connected to this one; an AF_UNIX one has an abstract name if *named*."""
        made = self.kind.open(self.sockets, self.namespace)
        if named and self.kind.family == AF_UNIX:
            self.kind.name(made)
        # the last segment of a connection may be on its way yet, and a call that does not block comes too early
        late = self.kind.family != AF_UNIX and not os.get_blocking(self.fd)
        waiting, most = tcp_backlog(self.socket) if late else (0, 0)
        made.must.connect(self.name)
        if late and most:
            wait.until(lambda: tcp_backlog(self.socket)[0] > waiting, "connection to accept")
        elif late:  # a kernel that does not count them still tells that there is one
            wait.until(lambda: wait.readable(self.fd), "connection to accept")
        return made


def listener(
    sockets: Sockets, kind: SocketKind = UNIX_STREAM, namespace: Namespace | None = None, blocking: bool = False
) -> Listener:
    """Return a listener of a kind that LISTENS, in the *namespace* of a loopback device if it needs one.

    It does not block unless that matters: where a connection is missing a test shall fail at once.
    """
    socket, name = kind.ready(sockets, namespace)
    os.set_blocking(socket.fd, blocking)
    return Listener(socket, name, sockets, kind, namespace)


def accepted(sockets: Sockets, result: Result) -> Socket:
    """Return the socket that accept gave, which must have given one."""
    assert result.ok, f"accept {result!r}"
    return sockets.adopt(result.value)


def only_the_oldest_was_dropped(server: Listener, clients: list[Socket], before: list[int]) -> bool:
    """Return whether a call that failed took and closed the first of two *clients* and no more.

    *before*: the descriptors that were open before the call.
    """
    opened = set(open_descriptors()) - set(before)
    end_of_file = clients[0].recv(Buffer(8).array, 8, MSG_DONTWAIT) == SUCCESS
    return not opened and end_of_file and are_connected(clients[1], accepted(server.sockets, server.socket.accept4()))
