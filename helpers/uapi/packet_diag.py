"""What sock_diag reports about packet sockets, as ``ss -0`` asks for it.

Source: ``uapi/linux/packet_diag.h``, sock_diag(7).
"""

import ctypes

# What to show, pdiag_show.
PACKET_SHOW_INFO = 0x00000001
PACKET_SHOW_MCLIST = 0x00000002
PACKET_SHOW_RING_CFG = 0x00000004
PACKET_SHOW_FANOUT = 0x00000008
PACKET_SHOW_MEMINFO = 0x00000010
PACKET_SHOW_FILTER = 0x00000020

# Attributes of an answer.
PACKET_DIAG_INFO = 0
PACKET_DIAG_MCLIST = 1
PACKET_DIAG_RX_RING = 2
PACKET_DIAG_TX_RING = 3
PACKET_DIAG_FANOUT = 4
PACKET_DIAG_UID = 5
PACKET_DIAG_MEMINFO = 6
PACKET_DIAG_FILTER = 7
PACKET_DIAG_MAX = PACKET_DIAG_FILTER

# Flags, pdi_flags.
PDI_RUNNING = 0x1
PDI_AUXDATA = 0x2
PDI_ORIGDEV = 0x4
PDI_VNETHDR = 0x8
PDI_LOSS = 0x10


class packet_diag_req(ctypes.Structure):
    _fields_ = [
        ("sdiag_family", ctypes.c_uint8),
        ("sdiag_protocol", ctypes.c_uint8),
        ("pad", ctypes.c_uint16),
        ("pdiag_ino", ctypes.c_uint32),
        ("pdiag_show", ctypes.c_uint32),
        ("pdiag_cookie", ctypes.c_uint32 * 2),
    ]


class packet_diag_msg(ctypes.Structure):
    _fields_ = [
        ("pdiag_family", ctypes.c_uint8),
        ("pdiag_type", ctypes.c_uint8),
        ("pdiag_num", ctypes.c_uint16),
        ("pdiag_ino", ctypes.c_uint32),
        ("pdiag_cookie", ctypes.c_uint32 * 2),
    ]


class packet_diag_info(ctypes.Structure):
    _fields_ = [
        ("pdi_index", ctypes.c_uint32),
        ("pdi_version", ctypes.c_uint32),
        ("pdi_reserve", ctypes.c_uint32),
        ("pdi_copy_thresh", ctypes.c_uint32),
        ("pdi_tstamp", ctypes.c_uint32),
        ("pdi_flags", ctypes.c_uint32),
    ]


class packet_diag_mclist(ctypes.Structure):
    _fields_ = [
        ("pdmc_index", ctypes.c_uint32),
        ("pdmc_count", ctypes.c_uint32),
        ("pdmc_type", ctypes.c_uint16),
        ("pdmc_alen", ctypes.c_uint16),
        ("pdmc_addr", ctypes.c_uint8 * 32),
    ]


class packet_diag_ring(ctypes.Structure):
    _fields_ = [
        ("pdr_block_size", ctypes.c_uint32),
        ("pdr_block_nr", ctypes.c_uint32),
        ("pdr_frame_size", ctypes.c_uint32),
        ("pdr_frame_nr", ctypes.c_uint32),
        ("pdr_retire_tmo", ctypes.c_uint32),
        ("pdr_sizeof_priv", ctypes.c_uint32),
        ("pdr_features", ctypes.c_uint32),
    ]
