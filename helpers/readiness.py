"""The states that sockets of each kind are in, and the events of poll(2) that each is ready for.

One table for poll, select, epoll and io_uring: what a socket is ready for is a matter of its state, not of who asks.
Source: poll(2); ``tcp_poll`` of net/ipv4/tcp.c, ``unix_poll`` and ``unix_dgram_poll`` of net/unix/af_unix.c,
``datagram_poll`` of net/core/datagram.c.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from select import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM

from helpers import socket_states as states
from helpers.kinds import (
    INET6_TCP,
    INET6_UDP,
    INET_RAW,
    INET_TCP,
    INET_UDP,
    LISTENS,
    NETLINK,
    UNIX_DGRAM,
    UNIX_SEQPACKET,
    UNIX_STREAM,
    SocketKind,
    kinds_of,
)
from helpers.net import addresses
from helpers.net.wire import End
from helpers.sockets import Socket
from helpers.uapi.socket import (
    AF_PACKET,
    AF_UNSPEC,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
)
from helpers.uapi.socket_options import SO_SELECT_ERR_QUEUE

READ = POLLIN | POLLRDNORM
WRITE = POLLOUT | POLLWRNORM | POLLWRBAND
TCP_WRITE = POLLOUT | POLLWRNORM
END = READ | POLLRDHUP
"""The end of the stream is there to be read."""

TCP = (INET_TCP, INET6_TCP)
UNIX_CONNECTED = (UNIX_STREAM, UNIX_SEQPACKET)
CONNECTED = kinds_of(having=LISTENS)
UDP = (INET_UDP, INET6_UDP)
DATAGRAM = (UNIX_DGRAM, *UDP, INET_RAW, NETLINK)
PACKET = kinds_of(AF_PACKET)
SHUT = (*CONNECTED, UNIX_DGRAM, *UDP, INET_RAW)
"""Kinds that shutdown(2) takes."""


@dataclass(frozen=True)
class State:
    """A state of a kind of socket: ``arrange(end, kind)`` returns a socket in it; *events* are those of poll(2)."""

    name: str
    kind: SocketKind
    events: int
    arrange: Callable[[End, SocketKind], Socket] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.kind}-{self.name.replace(' ', '_')}"

    def make(self, end: End) -> Socket:
        """Return a socket in this state, in the namespace of the loopback device *end*. Set-up."""
        return self.arrange(end, self.kind)


def writable(kind: SocketKind) -> int:
    """Return the events of room to send: TCP has no POLLWRBAND."""
    return TCP_WRITE if kind in TCP else WRITE


_HUNG = END | POLLHUP
_Row = tuple[str, tuple[SocketKind, ...], Callable[[End, SocketKind], Socket], Callable[[int], int]]
_ROWS: tuple[_Row, ...] = (  # name, kinds, arrange, events by those of room to send
    ("fresh", CONNECTED, states.fresh, lambda room: room | POLLHUP),
    ("bound", CONNECTED, states.bound, lambda room: room | POLLHUP),
    ("listening", CONNECTED, states.listening, lambda room: 0),
    ("connection waiting", CONNECTED, states.connection_waits, lambda room: READ),
    ("connection accepted", CONNECTED, states.accepted, lambda room: 0),
    ("connected", CONNECTED, states.after(lambda near, far: None), lambda room: room),
    ("data", CONNECTED, states.after(states.sent), lambda room: room | READ),
    ("drained", CONNECTED, states.after(states.drained), lambda room: room),
    ("partly read", (UNIX_STREAM, *TCP), states.after(states.partly_read), lambda room: room | READ),
    ("full", CONNECTED, states.full, lambda room: 0),
    ("peer shut down writing", CONNECTED, states.after(states.peer_ended(SHUT_WR)), lambda room: room | END),
    ("peer shut down reading", CONNECTED, states.after(states.peer_ended(SHUT_RD, False)), lambda room: room),
    ("peer shut down", UNIX_CONNECTED, states.after(states.peer_ended(SHUT_RDWR)), lambda room: room | _HUNG),
    ("peer shut down", TCP, states.after(states.peer_ended(SHUT_RDWR)), lambda room: room | END),
    ("peer closed", UNIX_CONNECTED, states.after(states.peer_ended(None)), lambda room: room | _HUNG),
    ("peer closed", TCP, states.after(states.peer_ended(None)), lambda room: room | END),
    ("shut down reading", SHUT, states.after(states.own_end(SHUT_RD)), lambda room: room | END),
    ("shut down writing", SHUT, states.after(states.own_end(SHUT_WR)), lambda room: room),
    ("shut down", SHUT, states.after(states.own_end(SHUT_RDWR)), lambda room: room | _HUNG),
    ("listener closed", CONNECTED, states.listener_closed, lambda room: room | _HUNG | POLLERR),
    ("listener shut down", UNIX_CONNECTED, states.listener_shut_down, lambda room: _HUNG),
    ("listener shut down", TCP, states.listener_shut_down, lambda room: room | POLLHUP),
    ("reset", CONNECTED, states.after(states.reset), lambda room: room | _HUNG | POLLERR),
    ("reset and told", CONNECTED, states.after(states.reset_and_read), lambda room: room | _HUNG),
    ("connecting", TCP, states.connecting, lambda room: 0),
    ("refused", TCP, states.refused, lambda room: room | _HUNG | POLLERR),
    ("refused and told", CONNECTED, states.refused_at_once, lambda room: room | POLLHUP),
    ("disconnected", TCP, states.after(lambda near, far: near.must.connect(addresses.raw(AF_UNSPEC))),
     lambda room: room | POLLHUP | POLLERR),
    ("shut down unconnected", (*TCP, *UDP), states.shut_down_unconnected, lambda room: room | _HUNG),
    ("urgent", TCP, states.after(states.urgent), lambda room: room | POLLPRI),
    ("urgent", (UNIX_STREAM,), states.after(states.urgent), lambda room: room | POLLPRI | READ),
    ("urgent behind data", (UNIX_STREAM, *TCP), states.after(lambda near, far: states.urgent(near, far, b"ab!")),
     lambda room: room | POLLPRI | READ),
    ("urgent in line", TCP, states.after(states.urgent_in_line), lambda room: room | POLLPRI | READ),
    ("urgent taken", TCP, states.after(states.urgent_taken), lambda room: room),
    ("below the low-water mark", TCP, states.after(states.low_water(b"abc")), lambda room: room),
    ("at the low-water mark", TCP, states.after(states.low_water(b"abcd")), lambda room: room | READ),
    ("below the low-water mark", (UNIX_STREAM, *DATAGRAM), states.after(states.low_water(b"abc", 100)),
     lambda room: room | READ),
    ("end below the low-water mark", TCP, states.after(states.low_water_at_the_end), lambda room: room | END),
    ("fresh", (*DATAGRAM, *PACKET), states.fresh, lambda room: room),
    ("bound", (*DATAGRAM, *PACKET), states.bound, lambda room: room),
    ("connected", DATAGRAM, states.after(lambda near, far: None), lambda room: room),
    ("data", DATAGRAM, states.after(states.sent), lambda room: room | READ),
    ("drained", DATAGRAM, states.after(states.drained), lambda room: room),
    ("peer shut down", (UNIX_DGRAM, *UDP), states.after(states.peer_ended(SHUT_RDWR, False)), lambda room: room),
    ("peer closed", DATAGRAM, states.after(states.peer_ended(None, False)), lambda room: room),
    ("full", (UNIX_DGRAM,), states.full, lambda room: 0),
    ("queue of the peer full", (UNIX_DGRAM,), states.queue_of_the_peer_full, lambda room: 0),
    ("data", PACKET, states.frame_waits, lambda room: room | READ),
    ("drained", PACKET, states.frame_taken, lambda room: room),
    ("error", (*UDP, PACKET[0]), states.in_error, lambda room: room | POLLERR),
    ("error told", (*UDP, PACKET[0]), states.error_read, lambda room: room),
    ("error queued", (INET_UDP,), states.error_queued(), lambda room: room | POLLERR),
    ("error queued and selected", (INET_UDP,), states.error_queued(SO_SELECT_ERR_QUEUE),
     lambda room: room | POLLERR | POLLPRI),
    ("overrun", (NETLINK,), states.overrun_netlink, lambda room: room | READ | POLLERR),
)  # fmt: skip


def _states() -> Iterator[State]:
    for name, kinds, arrange, events in _ROWS:
        for kind in kinds:
            yield State(name, kind, events(writable(kind)), arrange)


STATES = tuple(_states())

_seen: dict[tuple[int, int, int], State] = {}
for _state in STATES:
    _seen.setdefault((_state.kind.family, _state.kind.type, _state.events), _state)
DISTINCT = tuple(_seen.values())
"""One state of each family and type for each set of events."""
