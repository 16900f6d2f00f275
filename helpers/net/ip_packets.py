"""Packets of IPv4 and IPv6 as bytes: each field chosen when they are built, and told when they are taken apart.

Source: RFC 768, 791, 792, 4443, 8200.
"""

import struct
from socket import inet_pton
from typing import NamedTuple

from helpers.net.ip_frames import checksum, pseudo_header
from helpers.net.ip_versions import Version
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.in_ import IPPROTO_FRAGMENT, IPPROTO_ICMPV6, IPPROTO_UDP

DF, MF = 0x4000, 0x2000  # of the word with the flags and the offset
EXTENSIONS = (0, 43, 60)  # hop-by-hop options, routing, destination options


def pseudo(version: Version, source: str, destination: str, protocol: int, length: int) -> bytes:
    """Return the pseudo header of a checksum over *length* bytes."""
    return pseudo_header(version.packed(source) + version.packed(destination), protocol, length)


def packet(
    version: Version,
    protocol: int,
    data: bytes,
    source: str,
    destination: str,
    ttl: int = 64,
    tos: int = 0,
    flags: int = 0,
    ident: int = 0,
    options: bytes = b"",
    flow: int = 0,
) -> bytes:
    """Return a packet with *data* behind the header.

    *flags* (the word with DF, MF and the offset in units of 8 bytes), *ident* and *options* are IPv4's; *flow* (the
    label) is IPv6's.
    """
    ends = version.packed(source) + version.packed(destination)
    if version.number == 6:
        return struct.pack("!IHBB", 6 << 28 | tos << 20 | flow, len(data), protocol, ttl) + ends + data
    length = 20 + len(options)
    head = struct.pack("!BBHHHBBH", 0x40 | length // 4, tos, length + len(data), ident, flags, ttl, protocol, 0)
    whole = head + ends + options
    return whole[:10] + struct.pack("!H", checksum(whole)) + whole[12:] + data


def udp(
    version: Version, source: tuple[str, int], destination: tuple[str, int], data: bytes, check: int | None = None
) -> bytes:
    """Return a UDP datagram (without an IP header) with its right checksum, or with *check* in its place."""
    length = 8 + len(data)
    header = struct.pack("!HHHH", source[1], destination[1], length, 0)
    right = checksum(pseudo(version, source[0], destination[0], IPPROTO_UDP, length) + header + data) or 0xFFFF
    return header[:6] + struct.pack("!H", right if check is None else check) + data


def icmp(
    version: Version, kind: int, code: int, word: int, data: bytes, source: str = "", destination: str = ""
) -> bytes:
    """Return an ICMP message: *word* are the four bytes behind the checksum; IPv6 needs the addresses."""
    body = struct.pack("!BBHI", kind, code, 0, word) + data
    before = pseudo(version, source, destination, IPPROTO_ICMPV6, len(body)) if version.number == 6 else b""
    return body[:2] + struct.pack("!H", checksum(before + body)) + body[4:]


class Seen(NamedTuple):
    """A packet, taken apart.

    *header*: its bytes with IPv4's options; *extensions*: (type, bytes) of IPv6's extension headers; *flags*: IPv4's
    word with DF, MF and the offset; *data*: what is behind all headers of IP; *mac*: the destination of the frame.
    """

    mac: bytes
    header: bytes
    tos: int
    ttl: int
    protocol: int
    source: bytes
    destination: bytes
    length: int
    ident: int
    flags: int
    flow: int
    extensions: list[tuple[int, bytes]]
    data: bytes

    @property
    def options(self) -> bytes:
        """IPv4's options."""
        return self.header[20:]

    @property
    def ports(self) -> tuple[int, int]:
        """Source and destination port."""
        return struct.unpack_from("!HH", self.data)

    @property
    def payload(self) -> bytes:
        """What is behind the UDP header."""
        return self.data[8:]

    @property
    def check(self) -> int:
        """The checksum of UDP."""
        return struct.unpack_from("!H", self.data, 6)[0]


def dissect(frame: bytes) -> Seen:
    """Take an Ethernet frame with IPv4 or IPv6 in it apart."""
    mac, whole = frame[:6], frame[ETH_HLEN:]
    if whole[0] >> 4 == 4:
        _, tos, length, ident, flags, ttl, protocol = struct.unpack_from("!BBHHHBB", whole)
        size = (whole[0] & 15) * 4
        header, data = whole[:size], whole[size:length]
        return Seen(mac, header, tos, ttl, protocol, header[12:16], header[16:20], length, ident, flags, 0, [], data)
    word, length, protocol, ttl = struct.unpack_from("!IHBB", whole)
    header, data = whole[:40], whole[40 : 40 + length]
    extensions = []
    while protocol in EXTENSIONS:
        size = 8 * (data[1] + 1)
        extensions.append((protocol, data[:size]))
        protocol, data = data[0], data[size:]
    return Seen(
        mac, header, word >> 20 & 255, ttl, protocol, header[8:24], header[24:40], length, 0, 0, word & 0xFFFFF,
        extensions, data,
    )  # fmt: skip


def sum_is_right(seen: Seen) -> bool:
    """Return whether the checksum of what a packet carries fits its addresses (that of IPv4's ICMP has none)."""
    return checksum(pseudo_header(seen.source + seen.destination, seen.protocol, len(seen.data)) + seen.data) == 0


def header_sum_is_right(seen: Seen) -> bool:
    """Return whether the checksum of IPv4's header is right."""
    return checksum(seen.header) == 0


def group_mac(version: Version, group: str) -> bytes:
    """Return the hardware address of a multicast group (RFC 1112, RFC 2464)."""
    data = inet_pton(version.family, group)
    if version.number == 6:
        return b"\x33\x33" + data[12:]
    return b"\x01\x00\x5e" + bytes([data[1] & 0x7F]) + data[2:]


def fragments(version: Version, data: bytes, source: str, destination: str, size: int, ident: int = 7) -> list[bytes]:
    """Return the packets in which *data* (a UDP datagram) come as fragments of *size* bytes, a multiple of 8."""
    found = []
    for at in range(0, len(data), size):
        more = at + size < len(data)
        piece = data[at : at + size]
        if version.number == 4:
            word = at // 8 | (MF if more else 0)
            found.append(packet(version, IPPROTO_UDP, piece, source, destination, flags=word, ident=ident))
        else:
            header = struct.pack("!BBHI", IPPROTO_UDP, 0, at | more, ident)
            found.append(packet(version, IPPROTO_FRAGMENT, header + piece, source, destination))
    return found
