"""What happens to sockets of each kind, and how it wakes who waits: the events of poll(2), the codes of signals.

Source: poll(2), fcntl(2) (F_SETSIG); the callbacks of ``struct sock`` (sk_state_change, sk_data_ready, sk_write_space,
sk_error_report) in net/core/sock.c, and their callers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from select import POLLERR, POLLHUP, POLLPRI

from helpers import socket_states as states
from helpers.kinds import INET_RAW, NETLINK, UNIX_DGRAM, UNIX_STREAM, SocketKind
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.wire import End
from helpers.readiness import CONNECTED, DATAGRAM, END, PACKET, READ, TCP, UDP, UNIX_CONNECTED, writable
from helpers.sockets import Socket
from helpers.uapi.siginfo import POLL_ERR, POLL_HUP, POLL_IN, POLL_OUT, POLL_PRI
from helpers.uapi.socket import MSG_DONTWAIT, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_NONBLOCK, SOCK_PACKET

Begun = tuple[Socket, Callable[[], object]]


@dataclass(frozen=True)
class Transition:
    """Something that happens: ``begin(end, kind)`` returns the socket and what makes it happen.

    *events* are those of poll(2) afterwards, *codes* the si_code of each signal that O_ASYNC sends, in order
    (None: how many is not known).
    """

    name: str
    kind: SocketKind
    events: int
    codes: tuple[int, ...] | None
    begin: Callable[[End, SocketKind], Begun] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.kind}-{self.name.replace(' ', '_')}"

    def make(self, end: End) -> Begun:
        """Return the socket and what happens to it, in the namespace of the loopback device *end*. Set-up."""
        return self.begin(end, self.kind)


def _to_one_of_a_pair(act: Callable[[Socket, Socket], object]) -> Callable[[End, SocketKind], Begun]:
    """Return what begins with the first of two connected sockets, to which ``act(first, second)`` happens."""

    def begin(end: End, kind: SocketKind) -> Begun:
        near, far = states.pair(end, kind)
        return near, partial(act, near, far)

    return begin


def _connection(end: End, kind: SocketKind) -> Begun:
    listener, name = kind.ready(end.sockets, end.namespace)
    client = states.fresh(end, kind)
    return listener, lambda: client.must.connect(name)


def _connected(end: End, kind: SocketKind) -> Begun:
    _, name = kind.ready(end.sockets, end.namespace)
    client = kind.open(end.sockets, end.namespace, SOCK_NONBLOCK)
    return client, lambda: client.connect(name)  # EINPROGRESS


def _refused(end: End, kind: SocketKind) -> Begun:
    closed, name = kind.named(end.sockets, end.namespace)
    closed.must.close()
    client = kind.open(end.sockets, end.namespace, SOCK_NONBLOCK)
    return client, lambda: client.connect(name)


def _listener_closed(end: End, kind: SocketKind) -> Begun:
    listener, name = kind.ready(end.sockets, end.namespace)
    client = states.fresh(end, kind)
    client.must.connect(name)
    return client, listener.must.close


def _room(end: End, kind: SocketKind) -> Begun:
    near, far = states.full_pair(end, kind)

    def act() -> None:
        near.send(bytes(1000), MSG_DONTWAIT)  # who finds no room is told when there is
        states.empty(near, far)

    return near, act


def _room_at_the_peer(end: End, kind: SocketKind) -> Begun:
    receiver, name = kind.named(end.sockets, end.namespace)
    sender = states.fresh(end, kind)
    sender.must.connect(name)
    while sender.send(b"x", MSG_DONTWAIT).ok:
        pass
    return sender, partial(states.drain, receiver)


def _frame(end: End, kind: SocketKind) -> Begun:
    socket = end.packet_socket(kind.type, OWN, bound=kind.type != SOCK_PACKET)
    frame = frames.ethernet()
    return socket, lambda: end.inject(frame)


def _icmp_error(end: End, kind: SocketKind) -> Begun:
    target, name = kind.named(end.sockets, end.namespace)
    socket = states.fresh(end, kind)
    socket.must.connect(name)
    target.must.close()
    return socket, lambda: socket.must.send(b"is anybody there?")


def _link_down(end: End, kind: SocketKind) -> Begun:
    socket = end.packet_socket(kind.type, OWN)
    return socket, lambda: end.links.set("lo", state="down")


def _overrun(end: End, kind: SocketKind) -> Begun:
    return states.overrun(end)


def _reset(near: Socket, far: Socket) -> None:
    near.must.send(b"unread")
    far.must.close()


_ended = {
    how: _to_one_of_a_pair(lambda near, far, how=how: far.must.close() if how is None else far.must.shutdown(how))
    for how in (SHUT_RD, SHUT_WR, SHUT_RDWR, None)
}
_own = {how: _to_one_of_a_pair(lambda near, far, how=how: near.must.shutdown(how)) for how in (SHUT_RD, SHUT_RDWR)}
_data = _to_one_of_a_pair(lambda near, far: far.must.send(b"data"))
_urgent = _to_one_of_a_pair(states.urgent)
_HUNG = END | POLLHUP
_Row = tuple[
    str, tuple[SocketKind, ...], Callable[[End, SocketKind], Begun], Callable[[int], int], tuple[int, ...] | None
]
_ROWS: tuple[_Row, ...] = (  # name, kinds, begin, events by those of room to send, codes
    ("connection comes", CONNECTED, _connection, lambda room: READ, (POLL_IN,)),
    ("connect done", TCP, _connected, lambda room: room, (POLL_OUT,)),
    ("connect refused", TCP, _refused, lambda room: room | _HUNG | POLLERR, (POLL_ERR,)),
    ("data", (*CONNECTED, *DATAGRAM), _data, lambda room: room | READ, (POLL_IN,)),
    ("frame", PACKET, _frame, lambda room: room | READ, (POLL_IN,)),
    ("peer ends", UNIX_CONNECTED, _ended[SHUT_WR], lambda room: room | END, (POLL_IN,)),
    ("peer ends", TCP, _ended[SHUT_WR], lambda room: room | END, (POLL_IN, POLL_IN)),
    ("peer ends both", UNIX_CONNECTED, _ended[SHUT_RDWR], lambda room: room | _HUNG, (POLL_HUP,)),
    ("peer closes", UNIX_CONNECTED, _ended[None], lambda room: room | _HUNG, (POLL_HUP,)),
    ("peer closes", TCP, _ended[None], lambda room: room | END, (POLL_IN, POLL_IN)),
    ("listener closes", UNIX_CONNECTED, _listener_closed, lambda room: room | _HUNG | POLLERR, (POLL_HUP,)),
    ("reset", TCP, _to_one_of_a_pair(_reset), lambda room: room | _HUNG | POLLERR, (POLL_ERR,)),
    ("own end", (*CONNECTED, UNIX_DGRAM, *UDP, INET_RAW), _own[SHUT_RD], lambda room: room | END, ()),
    ("room", (*CONNECTED, UNIX_DGRAM), _room, lambda room: room, (POLL_OUT,)),
    ("room at the peer", (UNIX_DGRAM,), _room_at_the_peer, lambda room: room, ()),
    ("urgent", TCP, _urgent, lambda room: room | POLLPRI, (POLL_PRI, POLL_IN, POLL_IN)),
    ("urgent", (UNIX_STREAM,), _urgent, lambda room: room | POLLPRI | READ, (POLL_PRI, POLL_IN)),
    ("error", UDP, _icmp_error, lambda room: room | POLLERR, (POLL_ERR,)),
    ("link down", (PACKET[0],), _link_down, lambda room: room | POLLERR, (POLL_ERR,)),
    ("overrun", (NETLINK,), _overrun, lambda room: room | READ | POLLERR, None),
)


def _transitions() -> Iterator[Transition]:
    for name, kinds, begin, events, codes in _ROWS:
        for kind in kinds:
            yield Transition(name, kind, events(writable(kind)), codes, begin)


TRANSITIONS = tuple(_transitions())
