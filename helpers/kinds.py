"""The kinds of sockets, one table: a clause that holds for several of them is instantiated for each.

Modelled on gVisor's SocketKind and SocketPairKind (``test/util/socket_util.h``). Source: socket(2), unix(7), ip(7),
ipv6(7), tcp(7), udp(7), raw(7), packet(7), netlink(7).
"""

import ctypes
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import Flag, auto
from errno import EADDRNOTAVAIL, EAFNOSUPPORT, EPERM, EPROTONOSUPPORT, ESOCKTNOSUPPORT
from socket import htons
from typing import Any

from helpers import syscall, wait
from helpers.endpoints import name_of
from helpers.net import addresses
from helpers.net.frames import OWN
from helpers.net.namespaces import Namespace
from helpers.packet.packet_socket import PacketSocket, address
from helpers.socket_pool import Sockets
from helpers.sockets import Socket, must
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.in6 import in6_ifreq
from helpers.uapi.in_ import IPPROTO_SCTP, IPPROTO_UDP, sockaddr_in, sockaddr_in6
from helpers.uapi.netlink import NETLINK_USERSOCK, sockaddr_nl
from helpers.uapi.socket import (
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_PACKET,
    AF_UNIX,
    AF_VSOCK,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    sockaddr,
)
from helpers.uapi.sockios import SIOCSIFADDR
from helpers.uapi.un import sockaddr_un
from helpers.uapi.vm_sockets import sockaddr_vm
from helpers.unavailable import unavailable

LOOPBACK_INDEX = 1  # of lo, in every namespace
_NOT_BUILT = (EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT)  # without the family, the protocol, a type of it


class Trait(Flag):
    """What holds for every socket of a kind."""

    NOTHING = 0
    LISTENS = auto()
    """It is connection-oriented: listen(2), accept(2) and connect(2) make the connection, without which it is of no
    use."""
    PEER = auto()
    """connect(2) sets its peer, of which getpeername(2) tells the name."""
    RECORDS = auto()
    """One send is one receive: record boundaries are kept."""
    RELIABLE = auto()
    """Nothing that was sent is lost, and the order is kept: a sender waits for room at the receiver."""
    SOCKETPAIR = auto()
    """socketpair(2) makes two that are connected."""
    LOOPBACK = auto()
    """It needs the network namespace of a loopback device that is up."""


LISTENS, PEER, RECORDS, RELIABLE, SOCKETPAIR, LOOPBACK = Trait


@dataclass(frozen=True)
class SocketKind:
    """A row of the table: the arguments of socket(2), the structure of its addresses, and what it promises."""

    id: str
    family: int
    type: int
    protocol: int
    address: Any = field(repr=False)
    traits: Trait
    capability: str = ""
    """What socket(2) asks for."""
    config: str = ""
    """The option without which a kernel has no such sockets and need not."""
    fresh: Callable[[], Any] | None = field(default=None, repr=False)
    """Returns an address to bind to that no other socket has; that of the family unless given."""
    arrange: Callable[[Socket, Any], None] | None = field(default=None, repr=False)
    """Called with a socket and the address of ``fresh`` before the one is bound to the other."""

    def __str__(self) -> str:
        return self.id

    def has(self, traits: Trait) -> bool:
        """Return whether it has all of *traits*."""
        return traits in self.traits

    def open(self, sockets: Sockets, namespace: Namespace | None = None, flags: int = 0) -> Socket:
        """Return a new socket; *flags* are SOCK_NONBLOCK and SOCK_CLOEXEC, which it has anyway. Set-up.

        A packet socket is a PacketSocket; one of SOCK_PACKET has the protocol OWN, the others none before they have a
        name. Ends with skip where this machine has no such sockets.
        """
        with namespace or nullcontext():
            made = syscall.socket(self.family, self.type | flags | SOCK_CLOEXEC, self.protocol)
        if self.config and made.errno in _NOT_BUILT:
            unavailable(f"this kernel has no {self} sockets ({self.config})")
        if self.capability and made.errno == EPERM:
            unavailable(f"{self} sockets need {self.capability}")
        if self.family == AF_VSOCK and made.errno == EPERM:
            unavailable("the seccomp profile of this container refuses AF_VSOCK")
        fd = must(made, f"socket({self})")
        return sockets.keep(PacketSocket(fd) if self.family == AF_PACKET else Socket(fd))

    def name(self, socket: Socket) -> Any:
        """Bind *socket* to an address of its own (a packet socket to lo and OWN), and return its name. Set-up."""
        own = (self.fresh or addresses.FRESH[self.family])()
        if self.arrange:
            self.arrange(socket, own)
        bound = socket.bind(own)
        if self.config and bound.errno == EADDRNOTAVAIL:
            unavailable(f"this machine has {self} sockets, but no loopback address for them")
        must(bound, f"bind({self})")
        return name_of(socket)

    def named(self, sockets: Sockets, namespace: Namespace | None = None) -> tuple[Socket, Any]:
        """Return a new socket and the name that it is bound to, a ctypes array of its length. Set-up."""
        socket = self.open(sockets, namespace)
        return socket, self.name(socket)

    def ready(self, sockets: Sockets, namespace: Namespace | None = None) -> tuple[Socket, Any]:
        """Return a new socket that others can connect to, listening if that is what it takes, and its name. Set-up."""
        socket, name = self.named(sockets, namespace)
        if self.has(LISTENS):
            socket.must.listen(8)
        return socket, name

    def pair(self, sockets: Sockets, namespace: Namespace | None = None) -> tuple[Socket, Socket]:
        """Return two ends that are connected to each other, by the first way of PAIRS. Set-up."""
        return next(pair for pair in (*PAIRS, *FURTHER_PAIRS) if pair.kind is self).make(sockets, namespace)


@dataclass(frozen=True)
class PairKind:
    """A way to make two sockets of a kind that are connected to each other."""

    how: str
    kind: SocketKind
    make: Callable[[Sockets, Namespace | None], tuple[Socket, Socket]] = field(repr=False)
    """``make(sockets, namespace)`` returns the ends; with accept the first is the one that connected."""

    def __str__(self) -> str:
        return f"{self.kind}-{self.how}"


_IP = LOOPBACK | PEER
_PACKET = RECORDS | LOOPBACK


def _packet_name() -> Any:
    return address(LOOPBACK_INDEX, OWN)


def _sock_packet_name() -> Any:
    return addresses.raw(AF_PACKET, b"lo".ljust(14, b"\0"))


def _give_to_loopback(socket: Socket, host: sockaddr_in6) -> None:
    """Give the loopback device of the socket's namespace the address; where it has none at all, bind(2) finds out.

    The kernel lets nobody use a new address before a work of its own has found it to be the only one, on lo, too.
    """
    if socket.ioctl(SIOCSIFADDR, in6_ifreq(host.sin6_addr, 128, LOOPBACK_INDEX)).ok:
        wait.until(lambda: socket.bind(host).ok, "an address that may be used")


UNIX_STREAM = SocketKind(
    "unix-stream", AF_UNIX, SOCK_STREAM, 0, sockaddr_un, LISTENS | PEER | RELIABLE | SOCKETPAIR
)  # fmt: skip
UNIX_SEQPACKET = SocketKind(
    "unix-seqpacket", AF_UNIX, SOCK_SEQPACKET, 0, sockaddr_un, LISTENS | PEER | RECORDS | RELIABLE | SOCKETPAIR
)
UNIX_DGRAM = SocketKind("unix-dgram", AF_UNIX, SOCK_DGRAM, 0, sockaddr_un, PEER | RECORDS | RELIABLE | SOCKETPAIR)
INET_TCP = SocketKind("inet-tcp", AF_INET, SOCK_STREAM, 0, sockaddr_in, _IP | LISTENS | RELIABLE)
INET_UDP = SocketKind("inet-udp", AF_INET, SOCK_DGRAM, 0, sockaddr_in, _IP | RECORDS)
INET_RAW = SocketKind(
    "inet-raw", AF_INET, SOCK_RAW, IPPROTO_UDP, sockaddr_in, _IP | RECORDS, "CAP_NET_RAW",
    fresh=addresses.inet_host,
)  # fmt: skip
INET6_TCP = SocketKind(
    "inet6-tcp", AF_INET6, SOCK_STREAM, 0, sockaddr_in6, _IP | LISTENS | RELIABLE, config="CONFIG_IPV6"
)
INET6_UDP = SocketKind("inet6-udp", AF_INET6, SOCK_DGRAM, 0, sockaddr_in6, _IP | RECORDS, config="CONFIG_IPV6")
INET6_RAW = SocketKind(
    "inet6-raw", AF_INET6, SOCK_RAW, IPPROTO_UDP, sockaddr_in6, _IP | RECORDS, "CAP_NET_RAW", "CONFIG_IPV6",
    fresh=addresses.inet6_host, arrange=_give_to_loopback,
)  # fmt: skip
NETLINK = SocketKind("netlink", AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK, sockaddr_nl, PEER | RECORDS)
PACKET_RAW = SocketKind(
    "packet-raw", AF_PACKET, SOCK_RAW, 0, sockaddr_ll, _PACKET, "CAP_NET_RAW", fresh=_packet_name
)  # fmt: skip
PACKET_DGRAM = SocketKind(
    "packet-dgram", AF_PACKET, SOCK_DGRAM, 0, sockaddr_ll, _PACKET, "CAP_NET_RAW", fresh=_packet_name
)
PACKET_SOCK_PACKET = SocketKind(
    "packet-sock_packet", AF_PACKET, SOCK_PACKET, htons(OWN), sockaddr, _PACKET, "CAP_NET_RAW", fresh=_sock_packet_name
)

KINDS = (
    UNIX_STREAM,
    UNIX_SEQPACKET,
    UNIX_DGRAM,
    INET_TCP,
    INET_UDP,
    INET_RAW,
    INET6_TCP,
    INET6_UDP,
    INET6_RAW,
    NETLINK,
    PACKET_RAW,
    PACKET_DGRAM,
    PACKET_SOCK_PACKET,
)

INET_SCTP = SocketKind(
    "inet-sctp", AF_INET, SOCK_STREAM, IPPROTO_SCTP, sockaddr_in, _IP | LISTENS | RECORDS | RELIABLE,
    config="CONFIG_IP_SCTP",
)  # fmt: skip
INET6_SCTP = SocketKind(
    "inet6-sctp", AF_INET6, SOCK_STREAM, IPPROTO_SCTP, sockaddr_in6, _IP | LISTENS | RECORDS | RELIABLE,
    config="CONFIG_IP_SCTP",
)  # fmt: skip
INET_SCTP_MANY = SocketKind(
    "inet-sctp-many", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, sockaddr_in, LOOPBACK | RECORDS | RELIABLE,
    config="CONFIG_IP_SCTP",
)  # fmt: skip
"""One-to-many: it listens, and connect(2) begins an association, but it has no peer and accepts none."""
VSOCK_STREAM = SocketKind(
    "vsock-stream", AF_VSOCK, SOCK_STREAM, 0, sockaddr_vm, LISTENS | PEER | RELIABLE,
    config="CONFIG_VSOCKETS_LOOPBACK",
)  # fmt: skip
VSOCK_SEQPACKET = SocketKind(
    "vsock-seqpacket", AF_VSOCK, SOCK_SEQPACKET, 0, sockaddr_vm, LISTENS | PEER | RECORDS | RELIABLE,
    config="CONFIG_VSOCKETS_LOOPBACK",
)  # fmt: skip

FURTHER = (INET_SCTP, INET6_SCTP, INET_SCTP_MANY, VSOCK_STREAM, VSOCK_SEQPACKET)
"""Kinds that many kernels are built without, and which a clause over KINDS is not instantiated for unless it says."""


def kinds_of(*families: int, having: Trait = Trait.NOTHING, lacking: Trait = Trait.NOTHING) -> tuple[SocketKind, ...]:
    """Return the kinds of *families* (of all, if none is given) that have all traits *having* and none *lacking*."""
    return tuple(
        kind
        for kind in KINDS
        if (not families or kind.family in families) and kind.has(having) and not kind.traits & lacking
    )


def _by_socketpair(kind: SocketKind) -> Callable[..., tuple[Socket, Socket]]:
    def make(sockets: Sockets, namespace: Namespace | None = None) -> tuple[Socket, Socket]:
        fds = (ctypes.c_int * 2)()
        with namespace or nullcontext():
            must(syscall.socketpair(kind.family, kind.type | SOCK_CLOEXEC, kind.protocol, fds), f"socketpair({kind})")
        return sockets.adopt(fds[0]), sockets.adopt(fds[1])

    return make


def _by_accept(kind: SocketKind) -> Callable[..., tuple[Socket, Socket]]:
    def make(sockets: Sockets, namespace: Namespace | None = None) -> tuple[Socket, Socket]:
        listener, name = kind.ready(sockets, namespace)
        near = kind.open(sockets, namespace)
        near.must.connect(name)
        far = sockets.adopt(listener.must.accept4(flags=SOCK_CLOEXEC))
        listener.must.close()
        return near, far

    return make


def _by_connect(kind: SocketKind) -> Callable[..., tuple[Socket, Socket]]:
    def make(sockets: Sockets, namespace: Namespace | None = None) -> tuple[Socket, Socket]:
        (near, near_name), (far, far_name) = kind.named(sockets, namespace), kind.named(sockets, namespace)
        near.must.connect(far_name)
        far.must.connect(near_name)
        return near, far

    return make


PAIRS = (
    *(PairKind("socketpair", kind, _by_socketpair(kind)) for kind in kinds_of(having=SOCKETPAIR)),
    *(PairKind("accept", kind, _by_accept(kind)) for kind in kinds_of(having=LISTENS)),
    *(PairKind("connect", kind, _by_connect(kind)) for kind in kinds_of(having=PEER, lacking=LISTENS)),
)
"""Every way to make two connected sockets of each kind that has a peer."""
FURTHER_PAIRS = tuple(PairKind("accept", kind, _by_accept(kind)) for kind in FURTHER if kind.has(LISTENS))
"""The same of the kinds of FURTHER."""
