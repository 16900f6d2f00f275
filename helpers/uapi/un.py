"""Addresses of AF_UNIX.

Source: ``uapi/linux/un.h``, unix(7).
"""

import ctypes

UNIX_PATH_MAX = 108
SIOCUNIXFILE = 0x89E0


class sockaddr_un(ctypes.Structure):
    """A path or, after a leading NUL, an abstract name. sun_path reads up to a NUL: take bytes() of the whole."""

    _fields_ = [("sun_family", ctypes.c_ushort), ("sun_path", ctypes.c_char * UNIX_PATH_MAX)]
