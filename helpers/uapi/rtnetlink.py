"""Messages of NETLINK_ROUTE about links, addresses, neighbours and routes.

Source: ``uapi/linux/rtnetlink.h``, ``uapi/linux/if_link.h``, ``uapi/linux/if_addr.h``, ``uapi/linux/neighbour.h``;
rtnetlink(7).
"""

import ctypes

RTM_NEWLINK = 16
RTM_DELLINK = 17
RTM_GETLINK = 18
RTM_NEWADDR = 20
RTM_DELADDR = 21
RTM_NEWROUTE = 24
RTM_GETROUTE = 26
RTM_NEWNEIGH = 28

RT_SCOPE_UNIVERSE = 0
RT_SCOPE_LINK = 253
RT_SCOPE_HOST = 254

# Attributes and flags of an address, attributes and states of a neighbour.
IFA_ADDRESS = 1
IFA_LOCAL = 2
IFA_BROADCAST = 4
IFA_F_NODAD = 0x02
NDA_DST = 1
NDA_LLADDR = 2
NUD_PERMANENT = 0x80

# Attributes of a route, and what it is.
RTA_DST = 1
RTA_OIF = 4
RTA_GATEWAY = 5
RTA_PREFSRC = 7
RTA_METRICS = 8
RTAX_MTU = 2
RT_TABLE_MAIN = 254
RT_TABLE_LOCAL = 255
RTPROT_BOOT = 3
RTN_UNICAST = 1
RTN_LOCAL = 2
RTN_BLACKHOLE = 6
RTN_UNREACHABLE = 7
RTN_PROHIBIT = 8

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


class ifaddrmsg(ctypes.Structure):
    """Begins a message about an address. Source: ``uapi/linux/if_addr.h``."""

    _fields_ = [
        ("ifa_family", ctypes.c_uint8),
        ("ifa_prefixlen", ctypes.c_uint8),
        ("ifa_flags", ctypes.c_uint8),
        ("ifa_scope", ctypes.c_uint8),
        ("ifa_index", ctypes.c_uint32),
    ]


class ndmsg(ctypes.Structure):
    """Begins a message about a neighbour. Source: ``uapi/linux/neighbour.h``."""

    _fields_ = [
        ("ndm_family", ctypes.c_uint8),
        ("ndm_pad1", ctypes.c_uint8),
        ("ndm_pad2", ctypes.c_uint16),
        ("ndm_ifindex", ctypes.c_int32),
        ("ndm_state", ctypes.c_uint16),
        ("ndm_flags", ctypes.c_uint8),
        ("ndm_type", ctypes.c_uint8),
    ]


class rtmsg(ctypes.Structure):
    """Begins a message about a route."""

    _fields_ = [
        ("rtm_family", ctypes.c_uint8),
        ("rtm_dst_len", ctypes.c_uint8),
        ("rtm_src_len", ctypes.c_uint8),
        ("rtm_tos", ctypes.c_uint8),
        ("rtm_table", ctypes.c_uint8),
        ("rtm_protocol", ctypes.c_uint8),
        ("rtm_scope", ctypes.c_uint8),
        ("rtm_type", ctypes.c_uint8),
        ("rtm_flags", ctypes.c_uint32),
    ]
