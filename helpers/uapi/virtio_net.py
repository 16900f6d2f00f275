"""The header that PACKET_VNET_HDR and PACKET_VNET_HDR_SZ put before a frame.

Source: ``uapi/linux/virtio_net.h``, packet(7). Its 16-bit fields are in host order on packet sockets.
"""

import ctypes

# Checksum and coalescing, flags.
VIRTIO_NET_HDR_F_NEEDS_CSUM = 1
VIRTIO_NET_HDR_F_DATA_VALID = 2
VIRTIO_NET_HDR_F_RSC_INFO = 4
VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM = 8

# Segmentation, gso_type.
VIRTIO_NET_HDR_GSO_NONE = 0
VIRTIO_NET_HDR_GSO_TCPV4 = 1
VIRTIO_NET_HDR_GSO_UDP = 3
VIRTIO_NET_HDR_GSO_TCPV6 = 4
VIRTIO_NET_HDR_GSO_UDP_L4 = 5
VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4 = 0x20
VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6 = 0x40
VIRTIO_NET_HDR_GSO_UDP_TUNNEL = VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4 | VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6
VIRTIO_NET_HDR_GSO_ECN = 0x80

# Kind of hash, hash_report.
VIRTIO_NET_HASH_REPORT_NONE = 0
VIRTIO_NET_HASH_REPORT_IPv4 = 1
VIRTIO_NET_HASH_REPORT_TCPv4 = 2
VIRTIO_NET_HASH_REPORT_UDPv4 = 3
VIRTIO_NET_HASH_REPORT_IPv6 = 4
VIRTIO_NET_HASH_REPORT_TCPv6 = 5
VIRTIO_NET_HASH_REPORT_UDPv6 = 6
VIRTIO_NET_HASH_REPORT_IPv6_EX = 7
VIRTIO_NET_HASH_REPORT_TCPv6_EX = 8
VIRTIO_NET_HASH_REPORT_UDPv6_EX = 9


class virtio_net_hdr(ctypes.Structure):
    """10 bytes: what PACKET_VNET_HDR gives."""

    _fields_ = [
        ("flags", ctypes.c_uint8),
        ("gso_type", ctypes.c_uint8),
        ("hdr_len", ctypes.c_uint16),
        ("gso_size", ctypes.c_uint16),
        ("csum_start", ctypes.c_uint16),
        ("csum_offset", ctypes.c_uint16),
    ]


class virtio_net_hdr_mrg_rxbuf(ctypes.Structure):
    """12 bytes: what PACKET_VNET_HDR_SZ can ask for since 6.4."""

    _fields_ = [("hdr", virtio_net_hdr), ("num_buffers", ctypes.c_uint16)]


class _virtio_net_position(ctypes.Structure):
    _fields_ = [("csum_start", ctypes.c_uint16), ("csum_offset", ctypes.c_uint16)]


class _virtio_net_csum(ctypes.Structure):
    _fields_ = [("start", ctypes.c_uint16), ("offset", ctypes.c_uint16)]


class _virtio_net_rsc(ctypes.Structure):
    _fields_ = [("segments", ctypes.c_uint16), ("dup_acks", ctypes.c_uint16)]


class _virtio_net_checksum(ctypes.Union):
    _anonymous_ = ("_position",)
    _fields_ = [("_position", _virtio_net_position), ("csum", _virtio_net_csum), ("rsc", _virtio_net_rsc)]


class virtio_net_hdr_v1(ctypes.Structure):
    _anonymous_ = ("_checksum",)
    _fields_ = [
        ("flags", ctypes.c_uint8),
        ("gso_type", ctypes.c_uint8),
        ("hdr_len", ctypes.c_uint16),
        ("gso_size", ctypes.c_uint16),
        ("_checksum", _virtio_net_checksum),
        ("num_buffers", ctypes.c_uint16),
    ]
