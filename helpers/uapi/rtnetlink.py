"""Messages of NETLINK_ROUTE about links and queueing disciplines.

Source: ``uapi/linux/rtnetlink.h``, ``uapi/linux/if_link.h``, ``uapi/linux/pkt_sched.h``, ``uapi/linux/pkt_cls.h``;
rtnetlink(7).
"""

import ctypes

RTM_NEWLINK = 16
RTM_DELLINK = 17
RTM_GETLINK = 18
RTM_NEWQDISC = 36

RT_SCOPE_UNIVERSE = 0
RT_SCOPE_LINK = 253
RT_SCOPE_HOST = 254

# Attributes of a link.
IFLA_OPERSTATE = 16
IFLA_STATS64 = 23

# Attributes and handles of a queueing discipline, verdicts of a filter.
TCA_KIND = 1
TCA_OPTIONS = 2
TC_H_ROOT = 0xFFFFFFFF
TC_H_CLSACT = 0xFFFFFFF1
TC_H_MIN_INGRESS = 0xFFF2
TC_H_MIN_EGRESS = 0xFFF3
TC_ACT_UNSPEC = -1
TC_ACT_OK = 0
TC_ACT_SHOT = 2


class ifinfomsg(ctypes.Structure):
    _fields_ = [
        ("ifi_family", ctypes.c_uint8),
        ("_pad", ctypes.c_uint8),
        ("ifi_type", ctypes.c_uint16),
        ("ifi_index", ctypes.c_int),
        ("ifi_flags", ctypes.c_uint),
        ("ifi_change", ctypes.c_uint),
    ]


class tcmsg(ctypes.Structure):
    _fields_ = [
        ("tcm_family", ctypes.c_uint8),
        ("tcm__pad1", ctypes.c_uint8),
        ("tcm__pad2", ctypes.c_uint16),
        ("tcm_ifindex", ctypes.c_int),
        ("tcm_handle", ctypes.c_uint32),
        ("tcm_parent", ctypes.c_uint32),
        ("tcm_info", ctypes.c_uint32),
    ]


def TC_H_MAKE(major: int, minor: int) -> int:  # noqa: N802 (the header's name)
    """Return the handle of the parts of two handles."""
    return major & 0xFFFF0000 | minor & 0xFFFF


class rtattr(ctypes.Structure):
    _fields_ = [("rta_len", ctypes.c_ushort), ("rta_type", ctypes.c_ushort)]


class tc_fifo_qopt(ctypes.Structure):
    _fields_ = [("limit", ctypes.c_uint32)]
