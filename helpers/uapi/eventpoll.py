"""What epoll_ctl(2) takes and epoll_wait(2) gives; the EPOLL* events are in Python's ``select``.

Source: ``uapi/linux/eventpoll.h``.
"""

import ctypes
import platform

EPOLL_CTL_ADD = 1
EPOLL_CTL_DEL = 2
EPOLL_CTL_MOD = 3


class epoll_event(ctypes.Structure):
    """Packed on x86-64 only, where it is laid out as on i386."""

    if platform.machine() == "x86_64":
        _pack_ = 1
    _fields_ = [("events", ctypes.c_uint32), ("data", ctypes.c_uint64)]
