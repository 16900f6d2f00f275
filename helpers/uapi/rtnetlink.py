"""Messages of NETLINK_ROUTE about links.

Source: ``uapi/linux/rtnetlink.h``, ``uapi/linux/if_link.h``; rtnetlink(7).
"""

import ctypes

RTM_NEWLINK = 16
RTM_DELLINK = 17
RTM_GETLINK = 18

RT_SCOPE_UNIVERSE = 0
RT_SCOPE_LINK = 253
RT_SCOPE_HOST = 254

# Attributes of a link.
IFLA_OPERSTATE = 16
IFLA_STATS64 = 23
IFLA_AF_SPEC = 26
IFLA_XDP = 43
IFLA_XDP_FD = 1
IFLA_XDP_FLAGS = 3
XDP_FLAGS_SKB_MODE = 1 << 1
XDP_FLAGS_DRV_MODE = 1 << 2
IFLA_INET6_ADDR_GEN_MODE = 8
IN6_ADDR_GEN_MODE_NONE = 1


class ifinfomsg(ctypes.Structure):
    _fields_ = [
        ("ifi_family", ctypes.c_uint8),
        ("_pad", ctypes.c_uint8),
        ("ifi_type", ctypes.c_uint16),
        ("ifi_index", ctypes.c_int),
        ("ifi_flags", ctypes.c_uint),
        ("ifi_change", ctypes.c_uint),
    ]


class rtnl_link_stats64(ctypes.Structure):
    """The beginning, which every kernel has."""

    _fields_ = [
        (name, ctypes.c_uint64)
        for name in (
            "rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped",
        )
    ]  # fmt: skip


class rtattr(ctypes.Structure):
    _fields_ = [("rta_len", ctypes.c_ushort), ("rta_type", ctypes.c_ushort)]
