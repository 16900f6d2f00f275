"""What the clauses of shutdown, listen and connect arrange: connected ends, silent listeners, wrong descriptors."""

import os
from errno import EIO

from helpers import syscall, wait
from helpers.endpoints import listening, named
from helpers.memory import Buffer
from helpers.net.namespaces import Namespace
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.syscall import Result
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program
from helpers.uapi.socket import (
    AF_INET,
    AF_UNIX,
    MSG_DONTWAIT,
    MSG_NOSIGNAL,
    SOCK_DGRAM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_ATTACH_FILTER, SO_SNDTIMEO
from helpers.uapi.time_types import timeval
from helpers.unavailable import unavailable

ENDS = {
    "unix-stream": (AF_UNIX, SOCK_STREAM),
    "unix-seqpacket": (AF_UNIX, SOCK_SEQPACKET),
    "unix-dgram": (AF_UNIX, SOCK_DGRAM),
    "tcp": (AF_INET, SOCK_STREAM),
    "udp": (AF_INET, SOCK_DGRAM),
}
"""Family and type of the sockets that ``connected`` makes."""

NOT_OPEN = ("negative", "closed", "path", "int-max")
NO_SOCKETS = ("file", "directory", "pipe", "eventfd")


def connected(sockets: Sockets, kind: str, namespace: Namespace | None = None) -> tuple[Socket, Socket]:
    """Return two ends of *kind* that are connected to each other; those of AF_INET need a loopback device."""
    family, type_ = ENDS[kind]
    if family == AF_UNIX:
        return sockets.pair(type_)
    near, far = (sockets.open(family, type_, namespace=namespace) for _ in range(2))
    if type_ == SOCK_DGRAM:
        near_name, far_name = named(near), named(far)
        near.must.connect(far_name)
        far.must.connect(near_name)
        return near, far
    near.must.connect(listening(far))
    return near, sockets.adopt(far.must.accept4())


def exchange(near: Socket, far: Socket) -> tuple[Result, Result, Result, Result]:
    """Receive at both ends, then send from both, without waiting; the results of near, far, near, far.

    What is sent has arrived at the other end afterwards, or found it closed.
    """
    flags = MSG_DONTWAIT | MSG_NOSIGNAL
    received = [end.recv(Buffer(8).array, 8, flags) for end in (near, far)]
    sent = [end.send(b"data", flags) for end in (near, far)]
    for result, end in zip(sent, (far, near), strict=True):
        if result.ok:
            wait.readable(end.fd)
    return (*received, *sent)


def silent(socket: Socket) -> bytes:
    """Have a TCP socket listen but drop all that comes, and return its name: who connects waits."""
    socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program([BPF_STMT(BPF_RET | BPF_K, 0)]))
    return listening(socket)


def wait_at_most(socket: Socket, seconds: float) -> None:
    """Set SO_SNDTIMEO, which connect(2) heeds."""
    socket.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(int(seconds), round(seconds % 1 * 1e6)))


def not_open(sockets: Sockets, which: str) -> int:
    """Return a number of NOT_OPEN that the calls must take for no descriptor."""
    if which == "path":
        return sockets.adopt(syscall.open_path(f"/proc/self/fd/{sockets.open(AF_UNIX, SOCK_STREAM).fd}")).fd
    if which == "closed":
        socket = sockets.open(AF_UNIX, SOCK_STREAM)
        number = socket.fd
        socket.must.close()
        return number
    return {"negative": -1, "int-max": 2**31 - 1}[which]


def no_socket(sockets: Sockets, which: str) -> int:
    """Return an open descriptor of NO_SOCKETS."""
    if which == "pipe":
        reader, writer = os.pipe()
        sockets.adopt(writer)
        return sockets.adopt(reader).fd
    if which == "eventfd":
        return sockets.adopt(os.eventfd(0)).fd
    return sockets.adopt(os.open({"file": "/dev/null", "directory": "/"}[which], os.O_RDONLY)).fd


def set_sysctl(namespace: Namespace, name: str, value: str) -> None:
    """Write /proc/sys/net/*name* of a namespace."""
    path = f"/proc/sys/net/{name}"
    with namespace:
        if not os.path.exists(path):
            unavailable(f"{path} is hidden from the user namespace of an ordinary user on this kernel")
        try:
            with open(path, "w") as knob:
                knob.write(value)
        except OSError as error:
            if error.errno != EIO:
                raise
            unavailable(f"{path} cannot be changed on this kernel")
