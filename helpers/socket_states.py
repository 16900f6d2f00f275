"""Sockets brought into a state: fresh, listening, with data, full, ended, reset, in error; all as set-up.

``arrange(end, kind)`` returns a socket of *kind* in the namespace of the loopback device *end*.
Source: poll(2), shutdown(2), tcp(7), unix(7), netlink(7), packet(7).
"""

import ctypes
from collections.abc import Callable
from select import POLLERR, POLLOUT, POLLPRI, POLLRDHUP

from helpers import wait
from helpers.full_queues import fill
from helpers.kinds import (
    NETLINK,
    SocketKind,
)
from helpers.net import addresses, frames
from helpers.net.wire import End
from helpers.pending_errors import down, refused_udp
from helpers.receive_queues import queued
from helpers.sockets import SetupError, Socket
from helpers.tcp import silent, tcp_unacked
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program
from helpers.uapi.in_ import IP_RECVERR, IPPROTO_TCP
from helpers.uapi.socket import (
    AF_INET,
    AF_INET6,
    AF_PACKET,
    MSG_DONTWAIT,
    MSG_OOB,
    MSG_PEEK,
    SHUT_RDWR,
    SHUT_WR,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
    SOL_IP,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import (
    SO_ATTACH_FILTER,
    SO_ERROR,
    SO_OOBINLINE,
    SO_PROTOCOL,
    SO_RCVBUF,
    SO_RCVLOWAT,
    SO_SNDBUF,
)
from helpers.uapi.sockios import SIOCOUTQ
from helpers.unavailable import unavailable

Arrange = Callable[[End, SocketKind], Socket]


def pair(end: End, kind: SocketKind) -> tuple[Socket, Socket]:
    """Return two connected sockets of a kind in the namespace of *end*. Set-up."""
    return kind.pair(end.sockets, end.namespace)


def after(act: Callable[[Socket, Socket], object]) -> Arrange:
    """Return what arranges the first of two connected sockets after ``act(first, second)``."""

    def arrange(end: End, kind: SocketKind) -> Socket:
        near, far = pair(end, kind)
        act(near, far)
        return near

    return arrange


def fresh(end: End, kind: SocketKind) -> Socket:
    """Return a new socket."""
    return kind.open(end.sockets, end.namespace)


def bound(end: End, kind: SocketKind) -> Socket:
    """Return a socket with a name."""
    return kind.named(end.sockets, end.namespace)[0]


def listening(end: End, kind: SocketKind) -> Socket:
    """Return a listening socket."""
    return kind.ready(end.sockets, end.namespace)[0]


def connection_waits(end: End, kind: SocketKind) -> Socket:
    """Return a listening socket with one connection to accept."""
    listener, name = kind.ready(end.sockets, end.namespace)
    fresh(end, kind).must.connect(name)
    wait.readable(listener.fd)
    return listener


def accepted(end: End, kind: SocketKind) -> Socket:
    """Return a listening socket whose only connection was accepted."""
    listener = connection_waits(end, kind)
    end.sockets.adopt(listener.must.accept())
    return listener


def listener_closed(end: End, kind: SocketKind) -> Socket:
    """Return a connected socket whose listener was closed before it accepted."""
    listener, name = kind.ready(end.sockets, end.namespace)
    client = fresh(end, kind)
    client.must.connect(name)
    wait.readable(listener.fd)
    listener.must.close()
    wait.poll(client.fd, POLLERR)
    return client


def listener_shut_down(end: End, kind: SocketKind) -> Socket:
    """Return a socket that listened and was shut down."""
    listener = listening(end, kind)
    listener.must.shutdown(SHUT_RDWR)
    return listener


def connecting(end: End, kind: SocketKind) -> Socket:
    """Return a nonblocking TCP socket whose connect(2) is not answered. Set-up."""
    quiet, client = fresh(end, kind), kind.open(end.sockets, end.namespace, SOCK_NONBLOCK)
    client.connect(silent(quiet))
    return client


def refused(end: End, kind: SocketKind) -> Socket:
    """Return a nonblocking socket whose connect(2) was refused; the error is pending."""
    closed, name = kind.named(end.sockets, end.namespace)
    closed.must.close()
    client = kind.open(end.sockets, end.namespace, SOCK_NONBLOCK)
    client.connect(name)
    wait.poll(client.fd, POLLERR)
    return client


def refused_at_once(end: End, kind: SocketKind) -> Socket:
    """Return a socket whose connect(2) failed with ECONNREFUSED."""
    _, name = kind.named(end.sockets, end.namespace)  # which does not listen
    client = fresh(end, kind)
    client.connect(name)
    return client


def shut_down_unconnected(end: End, kind: SocketKind) -> Socket:
    """Return a socket that was shut down though it is not connected."""
    socket = fresh(end, kind)
    socket.shutdown(SHUT_RDWR)  # ENOTCONN of inet, and yet it is shut down
    return socket


def drain(socket: Socket) -> None:
    """Receive until nothing is left."""
    while socket.recv(bytearray(65536), 65536, MSG_DONTWAIT).value > 0:
        pass


def empty(near: Socket, far: Socket) -> None:
    """Receive at *far* until nothing that *near* has sent is left."""

    def emptied() -> bool:
        drain(far)
        left = ctypes.c_int(-1)
        near.must.ioctl(SIOCOUTQ, left)
        return left.value == 0

    wait.until(emptied, "room")


def full_pair(end: End, kind: SocketKind) -> tuple[Socket, Socket]:
    """Return two connected sockets with small buffers: nothing more fits that the first sends. Set-up."""
    if kind.family in (AF_INET, AF_INET6):
        near, far = _narrow_pair(end, kind)
    else:
        near, far = pair(end, kind)
        near.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    tcp = near.option(SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP

    def is_full() -> bool:
        return not fill(near) and not wait.poll(near.fd, POLLOUT, 0) and not (tcp and tcp_unacked(near))

    wait.until(is_full, "full queue")
    return near, far


def _narrow_pair(end: End, kind: SocketKind) -> tuple[Socket, Socket]:
    """Return two ends of a TCP connection: the second never offers a larger window than its small buffer has room."""
    (listener, name), near = kind.named(end.sockets, end.namespace), fresh(end, kind)
    listener.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 8192)
    near.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    listener.must.listen(1)
    near.must.connect(name)
    far = end.sockets.adopt(listener.must.accept4(flags=SOCK_CLOEXEC))
    listener.must.close()
    return near, far


def full(end: End, kind: SocketKind) -> Socket:
    """Return a connected socket that has no room to send, and gets none: the peer of TCP drops all that comes."""
    if kind.family not in (AF_INET, AF_INET6):
        return full_pair(end, kind)[0]
    near, far = _narrow_pair(end, kind)
    far.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program([BPF_STMT(BPF_RET | BPF_K, 0)]))
    wait.until(lambda: not fill(near) and not wait.poll(near.fd, POLLOUT, 0), "full queue")
    return near


def reset(near: Socket, far: Socket) -> None:
    """Have *far* close with data unread, which resets the connection."""
    near.must.send(b"unread")
    wait.readable(far.fd)
    far.must.close()
    wait.poll(near.fd, POLLERR)


def reset_and_read(near: Socket, far: Socket) -> None:
    """Reset the connection and read the error of *near*."""
    reset(near, far)
    near.option(SOL_SOCKET, SO_ERROR)


def urgent(near: Socket, far: Socket, data: bytes = b"!") -> None:
    """Send urgent data to *near*; its last byte is the urgent one. Skips where AF_UNIX has none."""
    if not far.send(data, MSG_OOB).ok:
        unavailable("AF_UNIX streams have no urgent data here (CONFIG_AF_UNIX_OOB)")
    wait.poll(near.fd, POLLPRI)


def urgent_taken(near: Socket, far: Socket) -> None:
    """Send urgent data to *near* and take it."""
    urgent(near, far)
    near.must.recv(bytearray(1), 1, MSG_OOB)


def urgent_in_line(near: Socket, far: Socket) -> None:
    """Send urgent data to *near*, which keeps it in line."""
    near.must.setsockopt(SOL_SOCKET, SO_OOBINLINE, 1)
    urgent(near, far)


def sent(near: Socket, far: Socket, data: bytes = b"some data") -> None:
    """Send *data* to *near*, and wait for it."""
    far.must.send(data)
    wait.readable(near.fd)


def low_water(data: bytes, mark: int = 4) -> Callable[[Socket, Socket], None]:
    """Return what sends *data* to *near* after SO_RCVLOWAT is set to *mark*."""

    def act(near: Socket, far: Socket) -> None:
        near.must.setsockopt(SOL_SOCKET, SO_RCVLOWAT, mark)
        far.must.send(data)
        wait.until(lambda: near.recv(bytearray(9), 9, MSG_PEEK | MSG_DONTWAIT).value >= len(data), "data")

    return act


def low_water_at_the_end(near: Socket, far: Socket) -> None:
    """Send less than SO_RCVLOWAT, then end the direction."""
    low_water(b"abc")(near, far)
    far.must.shutdown(SHUT_WR)
    wait.readable(near.fd)


def drained(near: Socket, far: Socket) -> None:
    """Send data to *near* and read it all."""
    sent(near, far)
    drain(near)


def partly_read(near: Socket, far: Socket) -> None:
    """Send data to *near* and read some of it."""
    sent(near, far)
    near.must.recv(bytearray(4), 4)


def peer_ended(how: int | None, readable: bool = True) -> Callable[[Socket, Socket], None]:
    """Return what shuts *far* down (None: closes it); *readable* says whether *near* is to see the end."""

    def act(near: Socket, far: Socket) -> None:
        if how is None:
            far.must.close()
        else:
            far.must.shutdown(how)
        if readable:
            wait.poll(near.fd, POLLRDHUP)

    return act


def own_end(how: int) -> Callable[[Socket, Socket], object]:
    """Return what shuts *near* down."""
    return lambda near, far: near.must.shutdown(how)


def frame_waits(end: End, kind: SocketKind) -> Socket:
    """Return a packet socket with a frame in its queue."""
    return queued(end, frames.ethernet(), kind=kind.type)


def frame_taken(end: End, kind: SocketKind) -> Socket:
    """Return a packet socket whose frame was taken."""
    socket = frame_waits(end, kind)
    drain(socket)
    return socket


def queue_of_the_peer_full(end: End, kind: SocketKind) -> Socket:
    """Return a sender whose peer, connected to nobody, has no room in its queue, however much itself may send."""
    _, name = kind.named(end.sockets, end.namespace)
    sender = fresh(end, kind)
    sender.must.connect(name)
    fill(sender, 4)
    return sender


def in_error(end: End, kind: SocketKind) -> Socket:
    """Return a packet socket with ENETDOWN pending, or a UDP socket with ECONNREFUSED."""
    return down(end) if kind.family == AF_PACKET else refused_udp(end, kind)


def error_read(end: End, kind: SocketKind) -> Socket:
    """Return a socket whose pending error was read."""
    socket = in_error(end, kind)
    socket.option(SOL_SOCKET, SO_ERROR)
    return socket


def error_queued(*options: int) -> Arrange:
    """Return what arranges a UDP socket whose error was read, but not its message in the error queue."""

    def arrange(end: End, kind: SocketKind) -> Socket:
        target, name = kind.named(end.sockets, end.namespace)
        socket = fresh(end, kind)
        socket.must.setsockopt(SOL_IP, IP_RECVERR, 1)
        for option in options:
            socket.must.setsockopt(SOL_SOCKET, option, 1)
        socket.must.connect(name)
        target.must.close()
        socket.must.send(b"is anybody there?")
        wait.poll(socket.fd, POLLERR)
        socket.option(SOL_SOCKET, SO_ERROR)
        return socket

    return arrange


def overrun(end: End) -> tuple[Socket, Callable[[], None]]:
    """Return a netlink socket in a group, and what multicasts to it until its queue overflows. Set-up."""
    receiver, sender = fresh(end, NETLINK), fresh(end, NETLINK)
    receiver.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 1)
    receiver.must.bind(addresses.netlink(groups=1))

    def act() -> None:
        for _ in range(200):
            sender.sendto(bytes(1000), MSG_DONTWAIT, addresses.netlink(groups=1))
            if wait.poll(receiver.fd, POLLERR, 0) & POLLERR:
                return
        raise SetupError("set-up failed: the queue of a netlink socket does not overflow")

    return receiver, act


def overrun_netlink(end: End, kind: SocketKind) -> Socket:
    """Return a netlink socket whose queue has overflowed."""
    receiver, act = overrun(end)
    act()
    return receiver
