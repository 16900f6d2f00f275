"""Addresses of AF_ALG.

Source: ``uapi/linux/if_alg.h``.
"""

import ctypes


class sockaddr_alg(ctypes.Structure):
    _fields_ = [
        ("salg_family", ctypes.c_uint16),
        ("salg_type", ctypes.c_char * 14),
        ("salg_feat", ctypes.c_uint32),
        ("salg_mask", ctypes.c_uint32),
        ("salg_name", ctypes.c_char * 64),
    ]
