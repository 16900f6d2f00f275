"""Sockets that are made for a test and closed after it (in the background: see helpers/closer.py)."""

import ctypes
from contextlib import nullcontext
from socket import htons

from helpers import syscall
from helpers.net.namespaces import Namespace
from helpers.packet.packet_socket import PacketSocket
from helpers.sockets import Socket, must
from helpers.uapi.socket import AF_PACKET, AF_UNIX, SOCK_CLOEXEC, SOCK_RAW, SOCK_STREAM


class Sockets:
    """Makes sockets as set-up and keeps them to close."""

    def __init__(self) -> None:
        self._kept: list[Socket] = []

    def keep(self, socket: Socket) -> Socket:
        """Close *socket* at the end of the test, and return it."""
        self._kept.append(socket)
        return socket

    def adopt(self, fd: int) -> Socket:
        """Return the descriptor *fd* as a socket that is closed at the end of the test."""
        return self.keep(Socket(fd))

    def open(
        self,
        domain: int,
        type: int,  # noqa: A002  (the man page's name)
        protocol: int = 0,
        namespace: Namespace | None = None,
    ) -> Socket:
        """Return a new socket of any family; *protocol* as the system call takes it."""
        with namespace or nullcontext():
            return self.adopt(must(syscall.socket(domain, type | SOCK_CLOEXEC, protocol), "socket"))

    def packet(
        self,
        type: int = SOCK_RAW,  # noqa: A002
        protocol: int = 0,
        namespace: Namespace | None = None,
    ) -> PacketSocket:
        """Return a new packet socket, not bound; *protocol* in host order (0 receives nothing)."""
        with namespace or nullcontext():
            fd = must(syscall.socket(AF_PACKET, type | SOCK_CLOEXEC, htons(protocol)), "socket(AF_PACKET)")
        socket = PacketSocket(fd)
        self._kept.append(socket)
        return socket

    def pair(self, type: int = SOCK_STREAM, domain: int = AF_UNIX) -> tuple[Socket, Socket]:  # noqa: A002
        """Return two connected sockets."""
        fds = (ctypes.c_int * 2)()
        must(syscall.socketpair(domain, type | SOCK_CLOEXEC, 0, fds), "socketpair")
        return self.adopt(fds[0]), self.adopt(fds[1])

    def release(self) -> None:
        """Close what is still open."""
        while self._kept:
            self._kept.pop().release()
