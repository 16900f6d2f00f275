"""Commands of SIOCETHTOOL that carry one word.

Source: ``uapi/linux/ethtool.h``.
"""

import ctypes

ETHTOOL_GLINK = 0x0000000A
ETHTOOL_STXCSUM = 0x00000017
ETHTOOL_GFLAGS = 0x00000025
ETHTOOL_SFLAGS = 0x00000026

# Flags of ETHTOOL_GFLAGS and ETHTOOL_SFLAGS.
ETH_FLAG_TXVLAN = 1 << 7
ETH_FLAG_RXVLAN = 1 << 8
ETH_FLAG_LRO = 1 << 15
ETH_FLAG_NTUPLE = 1 << 27
ETH_FLAG_RXHASH = 1 << 28


class ethtool_value(ctypes.Structure):
    _fields_ = [("cmd", ctypes.c_uint32), ("data", ctypes.c_uint32)]
