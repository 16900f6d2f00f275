"""Socket options as data: their numbers, what a new socket has, and what reads back after each value.

Source: socket(7), packet(7), ``uapi/asm-generic/socket.h``, ``uapi/linux/if_packet.h``,
``net/core/sock.c:sk_setsockopt``, ``net/packet/af_packet.c:packet_setsockopt``.
"""

from collections.abc import Iterable
from typing import NamedTuple

from helpers.uapi import if_packet, socket_options
from helpers.uapi.socket import SOL_PACKET, SOL_SOCKET

INT_MAX = 0x7FFFFFFF
INT_MIN = -INT_MAX - 1

# (what is set, what reads back). 256 is lost where a flag is kept in a byte, -2 where only bit 0 counts.
FLAG = ((1, 1), (0, 0), (256, 1), (0, 0), (-2, 1))
ONE_OR_NONE = ((1, 1), (0, 0), (1, 1))
ANY_INT = tuple((value, value) for value in (1, 0, 0x12345678, -1, INT_MIN, INT_MAX))


class Option(NamedTuple):
    """An option of a socket; *default* and *samples* are those of options that hold one int."""

    name: str
    default: int = 0
    samples: tuple[tuple[int, int], ...] = ()

    @property
    def level(self) -> int:
        """SOL_PACKET or SOL_SOCKET."""
        return SOL_PACKET if self.name.startswith("PACKET_") else SOL_SOCKET

    @property
    def number(self) -> int:
        """The number in the header."""
        return getattr(if_packet if self.level == SOL_PACKET else socket_options, self.name)

    def __str__(self) -> str:
        return self.name


_INTS = (
    # SOL_PACKET, on a raw packet socket
    Option("PACKET_COPY_THRESH", 0, ANY_INT),
    Option("PACKET_AUXDATA", 0, FLAG),
    Option("PACKET_ORIGDEV", 0, FLAG),
    Option("PACKET_VERSION", if_packet.TPACKET_V1, ((1, 1), (2, 2), (0, 0))),
    Option("PACKET_RESERVE", 0, ((1, 1), (INT_MAX, INT_MAX), (0, 0))),
    Option("PACKET_LOSS", 0, FLAG),
    Option("PACKET_VNET_HDR", 0, FLAG),
    Option("PACKET_TIMESTAMP", 0, ANY_INT),
    Option("PACKET_TX_HAS_OFF", 0, FLAG),
    Option("PACKET_QDISC_BYPASS", 0, FLAG),
    Option("PACKET_IGNORE_OUTGOING", 0, ONE_OR_NONE),
    Option("PACKET_VNET_HDR_SZ", 0, ((10, 10), (12, 12), (0, 0))),
    # SOL_SOCKET, on any socket
    Option("SO_REUSEADDR", 0, FLAG),
    Option("SO_DONTROUTE", 0, FLAG),
    Option("SO_BROADCAST", 0, FLAG),
    Option("SO_KEEPALIVE", 0, FLAG),
    Option("SO_OOBINLINE", 0, FLAG),
    Option("SO_NO_CHECK", 0, FLAG),
    Option("SO_RXQ_OVFL", 0, FLAG),
    Option("SO_WIFI_STATUS", 0, FLAG),
    Option("SO_NOFCS", 0, FLAG),
    Option("SO_SELECT_ERR_QUEUE", 0, FLAG),
    Option("SO_RCVMARK", 0, FLAG),
    Option("SO_RCVPRIORITY", 0, FLAG),
    Option("SO_BSDCOMPAT", 0, ((1, 0), (0, 0))),
    Option("SO_PRIORITY", 0, tuple((value, value) for value in range(7))),
    Option("SO_MARK", 0, ANY_INT),
    Option("SO_RCVLOWAT", 1, ((77, 77), (0, 1), (INT_MAX, INT_MAX), (1, 1), (-1, INT_MAX), (INT_MIN, INT_MAX))),
    Option("SO_INCOMING_CPU", -1, ANY_INT),
    Option("SO_BUF_LOCK", 0, ((1, 1), (2, 2), (3, 3), (0, 0))),
    # SOL_SOCKET, on AF_UNIX or AF_INET sockets only
    Option("SO_PASSCRED", 0, FLAG),
    Option("SO_PASSSEC", 0, FLAG),
    Option("SO_PASSPIDFD", 0, FLAG),
    Option("SO_PASSRIGHTS", 1, FLAG),
    Option("SO_REUSEPORT", 0, FLAG),
    Option("SO_ZEROCOPY", 0, ONE_OR_NONE),
    Option("SO_PEEK_OFF", -1, ANY_INT),
    Option("SO_TXREHASH", 1, ((0, 0), (1, 1), (0, 0), (-1, 1))),
)
INTS = {option.name: option for option in _INTS}

# What setsockopt(2) does not know, what getsockopt(2) does not know, what neither does.
GET_ONLY = (
    "SO_TYPE", "SO_PROTOCOL", "SO_DOMAIN", "SO_ERROR", "SO_ACCEPTCONN", "SO_SNDLOWAT", "SO_PEERCRED", "SO_MEMINFO",
    "SO_INCOMING_NAPI_ID", "SO_COOKIE", "SO_NETNS_COOKIE", "SO_BPF_EXTENSIONS", "SO_PEERNAME", "SO_PEERSEC",
    "SO_PEERGROUPS", "SO_PEERPIDFD", "PACKET_STATISTICS", "PACKET_HDRLEN", "PACKET_ROLLOVER_STATS",
)  # fmt: skip
SET_ONLY = (
    "SO_SNDBUFFORCE", "SO_RCVBUFFORCE", "SO_DETACH_FILTER", "SO_ATTACH_BPF", "SO_ATTACH_REUSEPORT_CBPF",
    "SO_ATTACH_REUSEPORT_EBPF", "SO_DETACH_REUSEPORT_BPF", "SO_BUSY_POLL_BUDGET", "SO_CNX_ADVICE",
    "SO_DEVMEM_DONTNEED", "PACKET_ADD_MEMBERSHIP", "PACKET_DROP_MEMBERSHIP", "PACKET_RX_RING", "PACKET_TX_RING",
    "PACKET_FANOUT_DATA",
)  # fmt: skip
NAMES_ONLY = ("PACKET_RECV_OUTPUT", "PACKET_TX_TIMESTAMP")  # in the header, but no options


def option(name: str) -> Option:
    """Return the option *name*, with its default and samples if it holds an int."""
    return INTS.get(name) or Option(name)


def options(*names: str) -> list[Option]:
    """Return the options *names*, to parametrise with (``ids=str``)."""
    return [option(name) for name in names]


def covers(names: Iterable[str], *aspects: str) -> list[str]:
    """Return the surface's tokens of *aspects* ("set", "get", "effect", "error") of every one of *names*."""
    return [f"option:{name}:{aspect}" for name in names for aspect in aspects]
