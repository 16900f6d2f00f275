"""What the clauses of PACKET_VNET_HDR arrange: sockets with a header before each frame, and headers.

Source: ``uapi/linux/virtio_net.h``, ``include/linux/virtio_net.h`` of the kernel.
"""

import struct
from typing import Any

from fixtures.clauses import not_applicable
from helpers import kernel
from helpers.net import ip_frames
from helpers.net.frames import Frame
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket
from helpers.uapi.if_packet import PACKET_VNET_HDR, PACKET_VNET_HDR_SZ
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VIRTIO_NET_HDR_GSO_UDP_L4,
    virtio_net_hdr,
)

EMPTY = bytes(virtio_net_hdr())
TCP4, TCP6, UDP = VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6, VIRTIO_NET_HDR_GSO_UDP_L4


def header_option(size: int = 10) -> dict[int, int]:
    """Return the option, with its value, that asks for a virtio header of *size* bytes before each frame.

    Not applicable where headers have no other size than 10.
    """
    if size == len(EMPTY):
        return {PACKET_VNET_HDR: 1}
    if kernel.version() < (6, 4):
        not_applicable("headers of 12 bytes are promised since Linux 6.4")
    return {PACKET_VNET_HDR_SZ: size}


def headed(end: End, size: int = 10, bound: bool = True, protocol: int = 0) -> PacketSocket:
    """Return a packet socket on *end* whose frames have a virtio header of *size* bytes before them."""
    socket = end.packet_socket(protocol=protocol, bound=bound)
    for option, value in header_option(size).items():
        socket.enable(option, value)
    return socket


def asking(protocol: int, version: int = 4, gso_type: int = 0, gso_size: int = 0, **fields: Any) -> virtio_net_hdr:
    """Return the header that leaves the checksum of a frame of ``ip_frames`` to the link; *fields* replace its own."""
    start = ip_frames.transport_at(version)
    header = virtio_net_hdr(
        VIRTIO_NET_HDR_F_NEEDS_CSUM, gso_type, 0, gso_size, start, ip_frames.checksum_offset(protocol)
    )
    for field, value in fields.items():
        setattr(header, field, value)
    return header


def summed(data: bytes, start: int, offset: int) -> bytes:
    """Return *data* with the internet checksum of all from *start* on written *offset* bytes behind that."""
    value = ip_frames.checksum(data[start:])
    at = start + offset
    return data[:at] + struct.pack("!H", value) + data[at + 2 :]


def transport_is_right(data: bytes, protocol: int, version: int = 4) -> bool:
    """Return whether the TCP or UDP checksum of a frame is valid."""
    at = ip_frames.transport_at(version)
    ends = data[22:54] if version == 6 else data[26:34]
    body = data[at:]
    pseudo = ends + struct.pack("!II", len(body), protocol)
    return ip_frames.checksum(pseudo + body) == 0


def split(data: bytes, size: int) -> list[bytes]:
    """Return *data* in pieces of *size* bytes and a rest."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def payload(frame: Frame, header: int, version: int = 4) -> bytes:
    """Return what follows the TCP (*header* 20) or UDP (8) header of a frame of ``ip_frames``."""
    return frame.data[ip_frames.transport_at(version) + header :]


def tcp(version: int = 4, size: int = 700) -> Frame:
    """Return a TCP frame with a partial checksum."""
    return ip_frames.frame(IPPROTO_TCP, version, size=size, partial=True)


def udp(version: int = 4, size: int = 700) -> Frame:
    """Return a UDP frame with a partial checksum."""
    return ip_frames.frame(IPPROTO_UDP, version, size=size, partial=True)
