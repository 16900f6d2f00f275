"""What sock_diag reports about AF_UNIX sockets, as ``ss -x`` asks for it.

Source: ``uapi/linux/unix_diag.h``, sock_diag(7).
"""

import ctypes

# What to show, udiag_show.
UDIAG_SHOW_NAME = 0x00000001
UDIAG_SHOW_VFS = 0x00000002
UDIAG_SHOW_PEER = 0x00000004
UDIAG_SHOW_ICONS = 0x00000008
UDIAG_SHOW_RQLEN = 0x00000010
UDIAG_SHOW_MEMINFO = 0x00000020
UDIAG_SHOW_UID = 0x00000040

# Attributes of an answer.
UNIX_DIAG_NAME = 0
UNIX_DIAG_VFS = 1
UNIX_DIAG_PEER = 2
UNIX_DIAG_ICONS = 3
UNIX_DIAG_RQLEN = 4
UNIX_DIAG_MEMINFO = 5
UNIX_DIAG_SHUTDOWN = 6
UNIX_DIAG_UID = 7
UNIX_DIAG_MAX = UNIX_DIAG_UID


class unix_diag_req(ctypes.Structure):
    _fields_ = [
        ("sdiag_family", ctypes.c_uint8),
        ("sdiag_protocol", ctypes.c_uint8),
        ("pad", ctypes.c_uint16),
        ("udiag_states", ctypes.c_uint32),
        ("udiag_ino", ctypes.c_uint32),
        ("udiag_show", ctypes.c_uint32),
        ("udiag_cookie", ctypes.c_uint32 * 2),
    ]


class unix_diag_msg(ctypes.Structure):
    _fields_ = [
        ("udiag_family", ctypes.c_uint8),
        ("udiag_type", ctypes.c_uint8),
        ("udiag_state", ctypes.c_uint8),
        ("pad", ctypes.c_uint8),
        ("udiag_ino", ctypes.c_uint32),
        ("udiag_cookie", ctypes.c_uint32 * 2),
    ]


class unix_diag_vfs(ctypes.Structure):
    _fields_ = [("udiag_vfs_ino", ctypes.c_uint32), ("udiag_vfs_dev", ctypes.c_uint32)]


class unix_diag_rqlen(ctypes.Structure):
    _fields_ = [("udiag_rqueue", ctypes.c_uint32), ("udiag_wqueue", ctypes.c_uint32)]
