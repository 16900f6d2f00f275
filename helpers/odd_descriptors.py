"""Descriptors that are no socket's, by name, with the errno that every socket call returns for each."""

import os
from errno import EBADF, ENOTSOCK

from helpers import syscall
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.uapi.socket import AF_UNIX, SOCK_STREAM

NOT_OPEN = ("negative", "closed", "path", "int-max")
NO_SOCKETS = ("file", "directory", "device", "pipe", "eventfd")
ODD = dict.fromkeys(NOT_OPEN, EBADF) | dict.fromkeys(NO_SOCKETS, ENOTSOCK)


def odd_descriptor(sockets: Sockets, which: str, socket: Socket | None = None) -> int:
    """Return the descriptor of ODD; a closed one stays free as long as nothing is opened.

    "path" names the very file of *socket* (of a new one unless given) with O_PATH; what is open is so for reading and
    writing, but for the directory.
    """
    if which in ("negative", "int-max"):
        return {"negative": -1, "int-max": 2**31 - 1}[which]
    if which == "path":
        return sockets.adopt(syscall.open_path(f"/proc/self/fd/{(socket or _any_socket(sockets)).fd}")).fd
    if which == "closed":
        closed = _any_socket(sockets)
        number = closed.fd
        closed.must.close()
        return number
    return sockets.adopt(_OPEN[which]()).fd


def _any_socket(sockets: Sockets) -> Socket:
    return sockets.open(AF_UNIX, SOCK_STREAM)


def _pipe() -> int:
    """Return a descriptor of a pipe that can be read and written (fifo(7))."""
    ends = os.pipe()
    try:
        return os.open(f"/proc/self/fd/{ends[0]}", os.O_RDWR | os.O_CLOEXEC)
    finally:
        for end in ends:
            os.close(end)


_OPEN = {
    "file": lambda: os.memfd_create("file"),
    "directory": lambda: os.open("/", os.O_RDONLY | os.O_CLOEXEC),
    "device": lambda: os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC),
    "pipe": _pipe,
    "eventfd": lambda: os.eventfd(0),
}
