"""TCP segments as bytes: taken out of captured frames, and built to be injected.

Source: RFC 9293, RFC 7323, RFC 2018; ``uapi/linux/tcp.h``.
"""

import struct
from dataclasses import dataclass
from socket import IPPROTO_TCP

from helpers.net.ip_frames import checksum, network
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_IP, ETH_P_IPV6

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))
"""The flags of a segment."""
END, NOP, MSS, WSCALE, SACK_PERMITTED, SACK, TIMESTAMP, MD5, AO, FASTOPEN = 0, 1, 2, 3, 4, 5, 8, 19, 29, 34
"""Kinds of options."""
_HEADER = struct.Struct("!HHIIBBHHH")
_ADDRESSES = {ETH_P_IP: (20, 9, slice(12, 16), slice(16, 20)), ETH_P_IPV6: (40, 6, slice(8, 24), slice(24, 40))}


def option(kind: int, data: bytes = b"") -> bytes:
    """Return an option of a segment, with its length."""
    return bytes([kind, 2 + len(data)]) + data


def mss(size: int) -> bytes:
    """Return the option that says the largest segment one receives."""
    return option(MSS, struct.pack("!H", size))


def timestamp(value: int, echo: int) -> bytes:
    """Return the time stamps option, aligned."""
    return bytes([NOP, NOP]) + option(TIMESTAMP, struct.pack("!II", value, echo))


@dataclass(frozen=True)
class Segment:
    """A segment: ports, numbers, flags, window (as on the wire, not scaled), urgent pointer, options, data."""

    source: int
    destination: int
    seq: int
    ack: int
    flags: int
    window: int
    urgent: int = 0
    options: bytes = b""
    data: bytes = b""

    def has(self, flags: int) -> bool:
        """Return whether all of *flags* are set."""
        return self.flags & flags == flags

    @property
    def end(self) -> int:
        """The sequence number that follows it: SYN and FIN take one each."""
        return (self.seq + len(self.data) + bool(self.flags & SYN) + bool(self.flags & FIN)) & 0xFFFFFFFF

    def option(self, kind: int) -> bytes | None:
        """Return the data of the first option of *kind*, None if it has none."""
        return dict(reversed(self.option_list())).get(kind)

    def option_list(self) -> list[tuple[int, bytes]]:
        """Return (kind, data) of each option but for END and NOP, in their order."""
        found, at = [], 0
        while at < len(self.options) and self.options[at] != END:
            if self.options[at] == NOP:
                at += 1
                continue
            length = self.options[at + 1]
            found.append((self.options[at], self.options[at + 2 : at + length]))
            at += max(length, 2)
        return found


def parse(frame: bytes) -> Segment | None:
    """Return the segment in a frame (Ethernet, IPv4 or IPv6 without extension headers), None if it has none."""
    ethertype = int.from_bytes(frame[12:14], "big")
    if ethertype not in _ADDRESSES or len(frame) < ETH_HLEN + 40:
        return None
    size, protocol_at, _, _ = _ADDRESSES[ethertype]
    packet = frame[ETH_HLEN:]
    if packet[protocol_at] != IPPROTO_TCP:
        return None
    if ethertype == ETH_P_IP:
        size, whole = (packet[0] & 15) * 4, int.from_bytes(packet[2:4], "big")
    else:
        whole = size + int.from_bytes(packet[4:6], "big")
    body = packet[size:whole]
    source, destination, seq, ack, offset, flags, window, _, urgent = _HEADER.unpack_from(body)
    data_at = (offset >> 4) * 4
    return Segment(source, destination, seq, ack, flags, window, urgent, body[20:data_at], body[data_at:])


def datagram(segment: Segment, source: str, destination: str) -> bytes:
    """Return the IPv4 or IPv6 datagram with *segment*, its options padded to words, and right checksums."""
    options = segment.options + bytes(-len(segment.options) % 4)
    header = _HEADER.pack(
        segment.source, segment.destination, segment.seq & 0xFFFFFFFF, segment.ack & 0xFFFFFFFF,
        (5 + len(options) // 4) << 4, segment.flags, segment.window, 0, segment.urgent,
    )  # fmt: skip
    body = header + options + segment.data
    ip, pseudo = network(IPPROTO_TCP, len(body), source, destination)
    return ip + body[:16] + struct.pack("!H", checksum(pseudo + body)) + body[18:]
