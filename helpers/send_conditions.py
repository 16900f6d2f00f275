"""The conditions under which the send calls refuse a message: a good request each, and how to spoil it."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from errno import (
    EACCES,
    EAGAIN,
    ECONNRESET,
    EDESTADDRREQ,
    EINVAL,
    EISCONN,
    EMSGSIZE,
    ENETDOWN,
    ENOBUFS,
    ENOTCONN,
    ENXIO,
    EOPNOTSUPP,
    EPIPE,
)
from typing import Any

from helpers import process
from helpers.full_queues import fill
from helpers.kinds import INET6_UDP, INET_TCP, INET_UDP, UNIX_DGRAM, SocketKind
from helpers.net import addresses, frames
from helpers.net.link_flags import set_link
from helpers.net.sysctl import set_sysctl
from helpers.net.wire import End
from helpers.packet.packet_socket import address
from helpers.send_calls import by_sendto
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.syscall import Result
from helpers.uapi.names import errno_name
from helpers.uapi.socket import (
    AF_UNSPEC,
    MSG_DONTROUTE,
    MSG_DONTWAIT,
    MSG_FASTOPEN,
    MSG_OOB,
    SHUT_WR,
    SOCK_DGRAM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_BROADCAST, SO_SNDBUF


@dataclass
class Request:
    """One message to send."""

    socket: Socket
    data: bytes = b"a message"
    flags: int = 0
    name: Any = None

    def by(self, way: Callable[..., Result]) -> Result:
        """Send it."""
        return way(self.socket.fd, self.data, self.flags, self.name)


@dataclass(frozen=True)
class Refusal:
    """A condition that a send call answers with *errno*, on a socket of *kind* where several kinds have it.

    ``arrange(place)`` returns a good request and a function that spoils exactly one thing and returns the bad one.
    *place* is the sockets fixture, or the loopback one.
    """

    errno: int
    condition: Callable[..., Any]
    kind: SocketKind | None = None

    def arrange(self, place: Any) -> tuple[Request, Callable[[], Request]]:
        """Return a good request, and what spoils it and returns the bad one."""
        return self.condition(place, self.kind) if self.kind else self.condition(place)

    def __str__(self) -> str:
        name = f"{errno_name(self.errno)}-{self.condition.__name__.strip('_').replace('_', '-')}"
        return f"{name}-{self.kind}" if self.kind else name


def _full_queue(sockets: Sockets) -> Any:
    sender, _ = sockets.pair(SOCK_DGRAM)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    good = Request(sender, bytes(1000), MSG_DONTWAIT)

    def spoil() -> Request:
        fill(sender)
        return good

    return good, spoil


def _peer_closed_with_unread_data(sockets: Sockets) -> Any:
    sender, receiver = sockets.pair(SOCK_SEQPACKET)
    good = Request(sender)

    def spoil() -> Request:
        receiver.close()
        return good

    return good, spoil


def _address_although_connected(sockets: Sockets) -> Any:
    sender, _ = sockets.pair(SOCK_STREAM)
    good = Request(sender)
    return good, lambda: replace(good, name=addresses.unix(b"\0nobody"))


def _longer_than_the_send_buffer(sockets: Sockets) -> Any:
    sender, _ = sockets.pair(SOCK_DGRAM)
    room = sender.option(SOL_SOCKET, SO_SNDBUF)
    good = Request(sender, bytes(room - 32))  # what AF_UNIX keeps of it for itself
    return good, lambda: replace(good, data=bytes(room - 31))


def _no_peer(sockets: Sockets) -> Any:
    sender = UNIX_DGRAM.open(sockets)
    sender.must.connect(UNIX_DGRAM.named(sockets)[1])
    return _disconnecting(Request(sender))


def _flag_that_the_type_lacks(sockets: Sockets) -> Any:
    sender, _ = sockets.pair(SOCK_DGRAM)
    good = Request(sender)
    return good, lambda: replace(good, flags=MSG_OOB)


def _shut_down(sockets: Sockets) -> Any:
    sender, _ = sockets.pair(SOCK_DGRAM)  # no stream: that would raise SIGPIPE
    good = Request(sender)

    def spoil() -> Request:
        sender.must.shutdown(SHUT_WR)
        return good

    return good, spoil


def _disconnecting(good: Request) -> Any:
    def spoil() -> Request:
        good.socket.must.connect(ctypes.c_ushort(AF_UNSPEC))
        return good

    return good, spoil


def _broadcast_without_permission(end: End) -> Any:
    sender = INET_UDP.open(end.sockets, end.namespace)
    sender.must.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    sender.must.connect(addresses.inet(9, "127.255.255.255"))
    good = Request(sender, flags=MSG_DONTROUTE)  # has the route looked up again; else the one of connect() would do

    def spoil() -> Request:
        sender.must.setsockopt(SOL_SOCKET, SO_BROADCAST, 0)
        return good

    return good, spoil


def _no_destination(end: End, kind: SocketKind) -> Any:
    sender = kind.open(end.sockets, end.namespace)
    sender.must.connect(kind.named(end.sockets, end.namespace)[1])
    return _disconnecting(Request(sender))


def _no_link(end: End) -> Any:
    sender = end.packet_socket(protocol=0)
    good = Request(sender, frames.ethernet().data)

    def spoil() -> Request:
        sender.must.bind(address(0))
        return good

    return good, spoil


def _link_down(end: End) -> Any:
    sender = end.packet_socket(protocol=0)
    good = Request(sender, frames.ethernet().data)

    def spoil() -> Request:
        set_link(sender, end.name, 0)
        return good

    return good, spoil


def _part_of_a_header(end: End) -> Any:
    good = Request(end.packet_socket(protocol=0), frames.ethernet().data[:14])
    return good, lambda: replace(good, data=good.data[:13])


def _full_output_queue(end: End) -> Any:
    good = Request(end.packet_socket(protocol=0), frames.ethernet().data)

    def spoil() -> Request:
        end.links.queue(end.name, "pfifo", limit=0)
        return good

    return good, spoil


def _no_port_left(end: End, kind: SocketKind) -> Any:
    _, name = kind.named(end.sockets, end.namespace)
    taken, first, second = (kind.open(end.sockets, end.namespace) for _ in range(3))
    set_sysctl(end.namespace, "ipv4/ip_local_port_range", "50000 50001")
    taken.must.bind((addresses.inet if kind is INET_UDP else addresses.inet6)(50000))
    good = Request(first, name=name)  # takes the other one
    return good, lambda: replace(good, socket=second)


@contextmanager
def fast_open_in_progress(end: End) -> Iterator[tuple[Request, Callable[[], Request]]]:
    """Give a good request with TCP Fast Open, and what returns one whose socket is in the midst of another."""
    listener, name = INET_TCP.named(end.sockets, end.namespace)
    client, late = (INET_TCP.open(end.sockets, end.namespace) for _ in range(2))
    listener.must.listen(0)  # once there is one connection to accept, further ones get no answer
    good = Request(client, flags=MSG_FASTOPEN, name=name)
    bad = replace(good, socket=late)
    with ExitStack() as stack:

        def spoil() -> Request:
            child = stack.enter_context(process.start(bad.by, by_sendto))
            child.wait_blocked("sendto")
            return bad

        yield good, spoil


LOCAL = [
    Refusal(EAGAIN, _full_queue),
    Refusal(ECONNRESET, _peer_closed_with_unread_data),
    Refusal(EISCONN, _address_although_connected),
    Refusal(EMSGSIZE, _longer_than_the_send_buffer),
    Refusal(ENOTCONN, _no_peer),
    Refusal(EOPNOTSUPP, _flag_that_the_type_lacks),
    Refusal(EPIPE, _shut_down),
]
"""The conditions of send(2) that AF_UNIX shows: ``arrange`` takes the sockets fixture."""

ON_LINK = [
    Refusal(EAGAIN, _no_port_left, INET_UDP),
    Refusal(EAGAIN, _no_port_left, INET6_UDP),
    Refusal(EACCES, _broadcast_without_permission),
    Refusal(EDESTADDRREQ, _no_destination, INET_UDP),
    Refusal(EDESTADDRREQ, _no_destination, INET6_UDP),
    Refusal(EINVAL, _part_of_a_header),
    Refusal(ENETDOWN, _link_down),
    Refusal(ENOBUFS, _full_output_queue),
    Refusal(ENXIO, _no_link),
]
"""Those of send(2), udp(7) and packet(7) that need a link: ``arrange`` takes the loopback fixture."""
