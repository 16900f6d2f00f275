"""What the clauses of the receive calls arrange: sockets with something in their queue, or with an error pending."""

import ctypes
import os
import select
import signal
import struct
import time
from collections.abc import Callable, Iterable
from errno import ENOSYS
from socket import htonl
from typing import Any

from helpers import process, wait
from helpers.compat32 import Direct
from helpers.messages import Message, cmsg
from helpers.net.frames import OWN, Frame
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket, address
from helpers.socket_pool import Sockets
from helpers.sockets import SetupError, Socket
from helpers.syscall import Result, refused
from helpers.uapi.in_ import INADDR_LOOPBACK, in_addr, sockaddr_in
from helpers.uapi.socket import (
    AF_INET,
    AF_UNIX,
    SCM_RIGHTS,
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.un import sockaddr_un
from helpers.unavailable import unavailable

LOOPBACK_INDEX = 1  # of lo, in every namespace


def queued(end: End, *frames: Frame, kind: int = SOCK_RAW) -> PacketSocket:
    """Return a packet socket for OWN frames on the loopback device *end*, with *frames* in its queue, in order."""
    witness = end.packet_socket(SOCK_RAW, OWN) if kind == SOCK_PACKET else None  # first to listen, so last to hear
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


def named_sender(sockets: Sockets, receiver: Socket) -> tuple[Socket, bytes]:
    """Return a datagram socket connected to the unbound AF_UNIX socket *receiver*, and its own address as bytes.

    Both get an abstract name from the kernel (unix(7): autobind).
    """
    sender = sockets.open(AF_UNIX, SOCK_DGRAM)
    for socket in (receiver, sender):
        socket.must.bind(sockaddr_un(sun_family=AF_UNIX), 2)
    name, length = name_of(receiver)
    sender.must.connect(name, length)
    own, length = name_of(sender)
    return sender, bytes(own)[:length]


def name_of(socket: Socket, kind: Any = sockaddr_un) -> tuple[Any, int]:
    """Return the socket's own address as a *kind*, and its length."""
    name, length = kind(), ctypes.c_int(ctypes.sizeof(kind))
    socket.must.getsockname(name, length)
    return name, length.value


def loopback_address(port: int = 0) -> sockaddr_in:
    """Return 127.0.0.1 with *port*, which is in wire order."""
    return sockaddr_in(sin_family=AF_INET, sin_port=port, sin_addr=in_addr(htonl(INADDR_LOOPBACK)))


def tcp_pair(end: End) -> tuple[Socket, Socket]:
    """Return two connected TCP sockets in the namespace of the loopback device *end*: the client, the server's."""
    listener, client = (end.sockets.open(AF_INET, SOCK_STREAM, 0, end.namespace) for _ in range(2))
    listener.must.bind(loopback_address())
    listener.must.listen(1)
    client.must.connect(name_of(listener, sockaddr_in)[0])
    return client, end.sockets.adopt(listener.must.accept4())


def refused_udp(end: End) -> Socket:
    """Return a UDP socket with ECONNREFUSED pending: nobody listens on the port to which it is connected."""
    target, socket = (end.sockets.open(AF_INET, SOCK_DGRAM, 0, end.namespace) for _ in range(2))
    target.must.bind(loopback_address())
    socket.must.connect(name_of(target, sockaddr_in)[0])
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


# connection-oriented sockets, which are not connected when they are new
UNCONNECTED = [(AF_INET, SOCK_STREAM), (AF_UNIX, SOCK_SEQPACKET)]


def send_descriptors(sender: Socket, count: int) -> tuple[int, int]:
    """Send *count* descriptors of one new file as SCM_RIGHTS, with a byte of data; return the file's identity."""
    file = os.memfd_create("passed")
    message = Message([b"x"], control=cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack(f"={count}i", *[file] * count)))
    try:
        sender.must.sendmsg(message.header)
        found = os.fstat(file)
    finally:
        os.close(file)
    return found.st_dev, found.st_ino


def files_of(fds: Iterable[int]) -> list[tuple[tuple[int, int], bool]]:
    """Return the identity of the file of each descriptor and whether it is close-on-exec, and close them."""
    found = []
    for fd in fds:
        status = os.fstat(fd)
        found.append(((status.st_dev, status.st_ino), not os.get_inheritable(fd)))
        os.close(fd)
    return found


def now() -> int:
    """Return the time of day in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME)


def recvmmsg_time32() -> Callable[..., Result]:
    """Return the call of that name, where the kernel has it (CONFIG_COMPAT_32BIT_TIME); else skip the test."""
    if Direct.recvmmsg_time32(-1, None, 0) == refused(ENOSYS):
        unavailable("this kernel is built without calls for 32-bit time")
    return Direct.recvmmsg_time32


class Interrupted:
    """A child blocked in ``receive()``, with a handler for SIGUSR1; *restart* is SA_RESTART's value.

    To be used in a ``with`` block. ``result`` of the child is what *receive* returned.
    """

    def __init__(self, receive: Callable[[], Any], restart: bool) -> None:
        self._receive = receive
        self._restart = restart
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.child = process.start(self._run)

    def _run(self) -> Any:
        signal.set_wakeup_fd(self._writer)  # written by the handler in C, while the call below is still to go on
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.siginterrupt(signal.SIGUSR1, not self._restart)
        return self._receive()

    def __enter__(self) -> "Interrupted":
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close()
        os.close(self._reader)
        os.close(self._writer)

    def interrupt(self, call: str) -> None:
        """Send the signal once the child sleeps in *call*, and return when its handler has run."""
        self.child.wait_blocked(call)
        self.child.signal(signal.SIGUSR1)
        if not wait.readable(self._reader):
            raise SetupError("set-up failed: the signal was not handled")

    def result(self) -> Result | Any:
        """Return what the receiving function returned."""
        return self.child.result()
