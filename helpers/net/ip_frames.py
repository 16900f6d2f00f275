"""UDP and TCP over IPv4 or IPv6 in Ethernet, with valid or partial checksums.

Source: RFC 768, 791, 8200, 9293, 1071.
"""

import struct
from socket import AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP, inet_pton

from helpers.net.frames import BROADCAST, STRANGER, Frame, new_marker
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_IP, ETH_P_IPV6
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_F_NEEDS_CSUM, virtio_net_hdr

SOURCE, DESTINATION = "192.0.2.1", "192.0.2.2"
SOURCE6, DESTINATION6 = "2001:db8::1", "2001:db8::2"
PORTS = (4000, 4001)
_CHECKSUM_AT = {IPPROTO_UDP: 6, IPPROTO_TCP: 16}
_HEADER_LENGTH = {IPPROTO_UDP: 8, IPPROTO_TCP: 20}


def checksum(data: bytes) -> int:
    """Return the internet checksum, 0 for data that contain their own valid one."""
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(ends: bytes, protocol: int, length: int) -> bytes:
    """Return the pseudo header of a checksum over *length* bytes; *ends*: both addresses, of IPv4 or of IPv6."""
    return ends + (struct.pack("!BBH", 0, protocol, length) if len(ends) == 8 else struct.pack("!II", length, protocol))


def network(protocol: int, length: int, source: str, destination: str) -> tuple[bytes, bytes]:
    """Return the IP header for *length* bytes, and the pseudo header of the checksum."""
    if ":" in source:
        ends = inet_pton(AF_INET6, source) + inet_pton(AF_INET6, destination)
        return struct.pack("!IHBB", 6 << 28, length, protocol, 64) + ends, pseudo_header(ends, protocol, length)
    ends = inet_pton(AF_INET, source) + inet_pton(AF_INET, destination)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0x4000, 64, protocol, 0) + ends
    right = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return right, pseudo_header(ends, protocol, length)


def datagram(
    source: tuple[str, int], destination: tuple[str, int], protocol: int, data: bytes, partial: bool = False
) -> tuple[int, bytes]:
    """Return (ethertype, datagram): UDP or TCP with *data* from (address, port) to (address, port), IPv4 or IPv6.

    *partial*: leave only the sum of the pseudo header in the checksum, as for a link that is to complete it.
    """
    ports = source[1], destination[1]
    if protocol == IPPROTO_UDP:
        header = struct.pack("!HHHH", *ports, 8 + len(data), 0)
    else:
        header = struct.pack("!HHIIBBHHH", *ports, 1, 1, 5 << 4, 0x10, 1024, 0, 0)
    before, pseudo = network(protocol, len(header) + len(data), source[0], destination[0])
    at = _CHECKSUM_AT[protocol]
    value = ~checksum(pseudo) & 0xFFFF if partial else checksum(pseudo + header + data)
    ethertype = ETH_P_IPV6 if ":" in source[0] else ETH_P_IP
    return ethertype, before + header[:at] + struct.pack("!H", value) + header[at + 2 :] + data


def transport_at(version: int = 4) -> int:
    """Return where in the frame the UDP or TCP header begins."""
    return ETH_HLEN + (40 if version == 6 else 20)


def frame(
    protocol: int = IPPROTO_UDP,
    version: int = 4,
    size: int = 16,
    partial: bool = False,
    destination: bytes = BROADCAST,
) -> Frame:
    """Return a frame with *size* bytes (16 and more) of UDP or TCP payload, which its marker starts.

    *partial*: leave only the sum of the pseudo header in the checksum, as for a link that is to complete it.
    """
    marker = new_marker()
    data = marker + bytes(number % 251 for number in range(size - len(marker)))
    ends = (SOURCE6, DESTINATION6) if version == 6 else (SOURCE, DESTINATION)
    ethertype, payload = datagram(*zip(ends, PORTS, strict=True), protocol, data, partial)
    whole = destination + STRANGER + struct.pack("!H", ethertype) + payload
    return Frame(whole, marker, payload, ethertype)


def offloaded(sent: Frame, protocol: int, version: int = 4, gso_type: int = 0, gso_size: int = 0) -> bytes:
    """Return *sent*, made with a partial checksum, after the virtio header that requests checksum offload.

    *gso_type*: VIRTIO_NET_HDR_GSO_* to have it segmented into *gso_size* bytes of payload, too.
    """
    start = transport_at(version)
    length = start + _HEADER_LENGTH[protocol]
    needs = VIRTIO_NET_HDR_F_NEEDS_CSUM
    return bytes(virtio_net_hdr(needs, gso_type, length, gso_size, start, checksum_offset(protocol))) + sent.data


def checksum_offset(protocol: int) -> int:
    """Return where in the transport header its checksum is."""
    return _CHECKSUM_AT[protocol]
