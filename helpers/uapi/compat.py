"""What the 32-bit (i386) entry of a 64-bit kernel reads and writes.

Source: ``include/linux/compat.h``, ``include/net/compat.h``, ``include/vdso/time32.h``, ``include/linux/filter.h``.
Pointers are addresses below 4 GiB, as ``c_uint32``. Structures that are alike in both worlds (addresses, ifreq without
pointers, tpacket2_hdr, tpacket3_hdr, sock_filter, ...) are in their own modules.
"""

import ctypes


class compat_iovec(ctypes.Structure):
    _fields_ = [("iov_base", ctypes.c_uint32), ("iov_len", ctypes.c_uint32)]


class compat_msghdr(ctypes.Structure):
    _fields_ = [
        ("msg_name", ctypes.c_uint32),
        ("msg_namelen", ctypes.c_int32),
        ("msg_iov", ctypes.c_uint32),
        ("msg_iovlen", ctypes.c_uint32),
        ("msg_control", ctypes.c_uint32),
        ("msg_controllen", ctypes.c_uint32),
        ("msg_flags", ctypes.c_uint32),
    ]


class compat_mmsghdr(ctypes.Structure):
    _fields_ = [("msg_hdr", compat_msghdr), ("msg_len", ctypes.c_uint32)]


class compat_cmsghdr(ctypes.Structure):
    _fields_ = [("cmsg_len", ctypes.c_uint32), ("cmsg_level", ctypes.c_int32), ("cmsg_type", ctypes.c_int32)]


class compat_sock_fprog(ctypes.Structure):
    _fields_ = [("len", ctypes.c_uint16), ("filter", ctypes.c_uint32)]


class old_timeval32(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_int32), ("tv_usec", ctypes.c_int32)]


class old_timespec32(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_int32), ("tv_nsec", ctypes.c_int32)]


class compat_tpacket_hdr(ctypes.Structure):
    """tpacket_hdr as a 32-bit program compiles it.

    The kernel has no such structure: it fills V1 rings in its own layout whoever mapped them, which is why V2 exists.
    """

    _fields_ = [
        ("tp_status", ctypes.c_uint32),
        ("tp_len", ctypes.c_uint32),
        ("tp_snaplen", ctypes.c_uint32),
        ("tp_mac", ctypes.c_uint16),
        ("tp_net", ctypes.c_uint16),
        ("tp_sec", ctypes.c_uint32),
        ("tp_usec", ctypes.c_uint32),
    ]


def CMSG_COMPAT_ALIGN(length: int) -> int:  # noqa: N802 (the kernel's name, net/compat.c)
    """Round a length in bytes up to the alignment of 32-bit control messages."""
    return (length + 3) & ~3


def CMSG_COMPAT_LEN(length: int) -> int:  # noqa: N802
    """Return cmsg_len for so many bytes of data: header and data, without trailing padding."""
    return ctypes.sizeof(compat_cmsghdr) + length


def CMSG_COMPAT_SPACE(length: int) -> int:  # noqa: N802
    """Return the room that a control message with so many bytes of data takes in the buffer, padding included."""
    return ctypes.sizeof(compat_cmsghdr) + CMSG_COMPAT_ALIGN(length)
