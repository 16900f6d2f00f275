"""What the running test really used: noted by the system call layer, read by the recorder after each test."""

from helpers.uapi import in_
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.names import domain_name, name_of, type_name
from helpers.uapi.socket import (
    AF_INET,
    AF_INET6,
    AF_PACKET,
    AF_UNIX,
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_STREAM,
    SOCK_TYPE_MASK,
)

Made = tuple[int, int, int]
"""Family, type without its flags, and protocol of a socket, as socket(2) took them."""

sockets: set[Made] = set()  # that were made
_DEFAULTS = {SOCK_STREAM: IPPROTO_TCP, SOCK_DGRAM: IPPROTO_UDP}  # what protocol 0 means to the families of IP


def note(domain: int, kind: int, protocol: int) -> None:
    """Note a socket that socket(2) or socketpair(2) made of these arguments."""
    sockets.add((domain, kind & SOCK_TYPE_MASK, protocol))


def family_of(made: Made) -> str:
    """Return the family as its column in the report is called: "unix"."""
    return domain_name(made[0]).removeprefix("AF_").lower()


def kind_of(made: Made) -> str:
    """Return the kind as its column in the report is called: family, and type or protocol, which say the same.

    "unix stream", "packet sock_packet"; of the families of IP the protocol, but for raw sockets: "inet tcp", "inet6
    icmpv6", "inet raw".
    """
    domain, kind, protocol = made
    if domain == AF_INET and kind == SOCK_PACKET:  # what the kernel makes of it
        domain = AF_PACKET
    if domain == AF_UNIX and kind == SOCK_RAW:  # likewise
        kind = SOCK_DGRAM
    word = type_name(kind)
    if kind != SOCK_PACKET:
        word = word.removeprefix("SOCK_")
    if domain in (AF_INET, AF_INET6) and kind != SOCK_RAW:
        word = name_of(in_, "IPPROTO_", protocol or _DEFAULTS.get(kind, 0)).removeprefix("IPPROTO_")
    return f"{family_of((domain, kind, protocol))} {word.lower()}"
