"""What the clauses of the send calls arrange: the ways to send, queues that are full, what arrives."""

import ctypes
import os
from collections.abc import Callable
from errno import EAGAIN, EBADF, ENOTSOCK
from typing import Any

from helpers import kernel, messages, syscall, wait
from helpers.compat32 import SocketCall
from helpers.lowmem import LowMemory
from helpers.net import addresses
from helpers.net.namespaces import Namespace
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket
from helpers.receiving import name_of, tcp_pair
from helpers.socket_pool import Sockets
from helpers.sockets import SetupError, Socket
from helpers.syscall import Result, returned
from helpers.uapi.if_ import ifreq
from helpers.uapi.in_ import IPPROTO_TCP, sockaddr_in
from helpers.uapi.socket import AF_INET, AF_UNIX, MSG_DONTWAIT, MSG_PEEK, SOCK_DGRAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF
from helpers.uapi.sockios import SIOCSIFFLAGS

TCP_CORK, TCP_INFO = 3, 11  # linux/tcp.h
_MANY = 2000  # messages: more than any queue here takes


# Each way sends one message and returns its length as sendto(2) does, or the refusal.


def by_sendto(fd: int, data: bytes, flags: int = 0, name: Any = None) -> Result:
    """Send with sendto(2)."""
    return syscall.sendto(fd, data, len(data), flags, name, 0 if name is None else ctypes.sizeof(name))


def by_send(fd: int, data: bytes, flags: int = 0, name: None = None) -> Result:
    """Send with send(2), which knows no address, through the 32-bit entry."""
    with LowMemory() as memory:
        return SocketCall.send(fd, memory.place(data), len(data), flags)


def by_sendmsg(fd: int, data: bytes, flags: int = 0, name: Any = None) -> Result:
    """Send with sendmsg(2)."""
    return syscall.sendmsg(fd, messages.Message([data], name).header, flags)


def by_sendmmsg(fd: int, data: bytes, flags: int = 0, name: Any = None) -> Result:
    """Send with sendmmsg(2), one message; a success of exactly that is returned as its msg_len."""
    message = messages.Message([data], name)
    vector = messages.vector([message])
    result = syscall.sendmmsg(fd, vector, 1, flags)
    return returned(vector[0].msg_len) if result == returned(1) else result


def named(sockets: Sockets, namespace: Namespace | None = None) -> tuple[Socket, Any]:
    """Return an AF_UNIX datagram socket and the abstract name that it is bound to."""
    socket, name = sockets.open(AF_UNIX, SOCK_DGRAM, 0, namespace), addresses.abstract()
    socket.must.bind(name)
    return socket, name


def udp(end: End) -> Socket:
    """Return a UDP socket in the namespace of the loopback device."""
    return end.sockets.open(AF_INET, SOCK_DGRAM, 0, end.namespace)


def udp_named(end: End) -> tuple[Socket, sockaddr_in]:
    """Return a UDP socket in the namespace of the loopback device, and the address that it is bound to."""
    socket = udp(end)
    socket.must.bind(addresses.inet())
    return socket, name_of(socket, sockaddr_in)[0]


def has_compat_callers() -> bool:
    """Tell whether the kernel serves 32-bit programs beside 64-bit ones; else MSG_CMSG_COMPAT is no flag."""
    source, config = kernel.config()
    return not source or config.get("CONFIG_COMPAT") == "y"


def fill(sender: Socket, size: int = 1000) -> list[bytes]:
    """Send numbered messages of *size* bytes until no more fits, and return them."""
    sent = []
    for number in range(_MANY):
        data = number.to_bytes(4, "big") + bytes(size - 4)
        result = sender.send(data, MSG_DONTWAIT)
        if result.errno == EAGAIN:
            return sent
        if not result.ok:
            raise SetupError(f"set-up failed: filling a queue {result!r}")
        sent.append(data)
    raise SetupError(f"set-up failed: {_MANY} messages do not fill the queue")


def full_pair(sockets: Sockets, kind: int = SOCK_DGRAM) -> tuple[Socket, Socket, list[bytes]]:
    """Return the ends of an AF_UNIX pair and what fills it: the first can send nothing more until the second reads."""
    sender, receiver = sockets.pair(kind)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)  # the kernel makes it its minimum
    return sender, receiver, fill(sender)


def hold_frames(end: End) -> Callable[[], None]:
    """Have a link keep frames of 400 bytes in its queue, on their sockets' account; return what lets them all go.

    It passes one at once, then one every 4 seconds.
    """
    netlink, root = end.links.netlink, 0xFFFFFFFF
    end.links.queue(end.name, "tbf", rate=100, burst=400, limit=1000000)
    return lambda: netlink.tc("del", index=end.ifindex, parent=root)


def drain(receiver: Socket, size: int = 65536) -> list[bytes]:
    """Return what is in the queue, message by message (of a stream: read by read)."""
    taken: list[bytes] = []
    while len(taken) < _MANY and (received := messages.receive(receiver.fd, size, flags=MSG_DONTWAIT)) is not None:
        taken.append(received.data)
    return taken


def arrivals(receiver: Socket, last: bytes) -> list[bytes]:
    """Return every message that arrives up to the one that contains *last*, and what is behind it.

    DeadlineError if that one does not come. AF_UNIX needs none of this: there a message arrives as it is sent.
    """
    arrived: list[bytes] = []
    while not any(last in data for data in arrived):
        if not wait.readable(receiver.fd):
            raise wait.DeadlineError(f"{last!r} did not arrive, but {arrived!r}")
        arrived += drain(receiver)
    return arrived


def set_link(socket: PacketSocket, name: str, flags: int) -> None:
    """Set the flags of a link of the socket's namespace: IFF_UP, or 0 for down."""
    request = ifreq()
    request.ifr_name, request.ifr_flags = name.encode(), flags
    socket.must.ioctl(SIOCSIFFLAGS, request)


DESCRIPTORS = {"negative": EBADF, "closed": EBADF, "path": EBADF, "pipe": ENOTSOCK, "device": ENOTSOCK}
"""Kinds of ``descriptor``, with the errno that each is worth."""


def descriptor(sockets: Sockets, kind: str, socket: Socket) -> int:
    """Return a descriptor of a *kind* that cannot send; "path" names the very file of *socket*, with O_PATH."""
    if kind == "negative":
        return -1
    if kind == "closed":
        made = sockets.open(AF_UNIX, SOCK_DGRAM)
        number = made.fd
        made.close()
        return number
    if kind == "path":
        return sockets.adopt(syscall.open_path(f"/proc/self/fd/{socket.fd}")).fd
    if kind == "device":
        return sockets.adopt(os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)).fd
    return [sockets.adopt(fd).fd for fd in os.pipe2(os.O_CLOEXEC)][1]


def tcp_segments(end: End, send: Callable[[int], Any]) -> int:
    """Return in how many segments TCP sends the two bytes that ``send(fd)`` writes to a corked connection."""
    sender, receiver = tcp_pair(end)
    sender.must.setsockopt(IPPROTO_TCP, TCP_CORK, 1)
    before = _data_segments(sender)
    send(sender.fd)
    sender.must.setsockopt(IPPROTO_TCP, TCP_CORK, 0)
    wait.until(lambda: receiver.must.recv(bytearray(9), 9, MSG_PEEK) == 2, "two bytes")
    return _data_segments(sender) - before


def _data_segments(socket: Socket) -> int:
    """Return tcpi_data_segs_out of TCP_INFO."""
    info = socket.option(IPPROTO_TCP, TCP_INFO, ctypes.c_uint32 * 40)
    return info[39]
