"""Policies of IPsec, as the socket options take them.

Source: ``uapi/linux/xfrm.h``.
"""

import ctypes


class _xfrm_address_t(ctypes.Union):
    _fields_ = [("a4", ctypes.c_uint32), ("a6", ctypes.c_uint32 * 4)]


class xfrm_selector(ctypes.Structure):
    _fields_ = [
        ("daddr", _xfrm_address_t),
        ("saddr", _xfrm_address_t),
        ("dport", ctypes.c_uint16),
        ("dport_mask", ctypes.c_uint16),
        ("sport", ctypes.c_uint16),
        ("sport_mask", ctypes.c_uint16),
        ("family", ctypes.c_uint16),
        ("prefixlen_d", ctypes.c_uint8),
        ("prefixlen_s", ctypes.c_uint8),
        ("proto", ctypes.c_uint8),
        ("ifindex", ctypes.c_int),
        ("user", ctypes.c_uint32),
    ]


class xfrm_lifetime_cfg(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_uint64)
        for name in (
            "soft_byte_limit", "hard_byte_limit", "soft_packet_limit", "hard_packet_limit", "soft_add_expires_seconds",
            "hard_add_expires_seconds", "soft_use_expires_seconds", "hard_use_expires_seconds",
        )
    ]  # fmt: skip


class xfrm_lifetime_cur(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("bytes", "packets", "add_time", "use_time")]


class xfrm_userpolicy_info(ctypes.Structure):
    _fields_ = [
        ("sel", xfrm_selector),
        ("lft", xfrm_lifetime_cfg),
        ("curlft", xfrm_lifetime_cur),
        ("priority", ctypes.c_uint32),
        ("index", ctypes.c_uint32),
        ("dir", ctypes.c_uint8),
        ("action", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("share", ctypes.c_uint8),
    ]
