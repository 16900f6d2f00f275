"""What epoll_ctl(2) takes and epoll_wait(2) gives; the EPOLL* events are in Python's ``select``.

Source: ``uapi/linux/eventpoll.h``.
"""

import ctypes
import platform

EPOLL_CTL_ADD = 1
EPOLL_CTL_DEL = 2
EPOLL_CTL_MOD = 3

EPOLLNVAL = 0x20
EPOLLWAKEUP = 1 << 29

EPIOCSPARAMS = 0x40088A01
EPIOCGPARAMS = 0x80088A02


class epoll_event(ctypes.Structure):
    """Packed on x86-64 only, where it is laid out as on i386."""

    if platform.machine() == "x86_64":
        _pack_ = 1
    _fields_ = [("events", ctypes.c_uint32), ("data", ctypes.c_uint64)]


class epoll_params(ctypes.Structure):
    _fields_ = [
        ("busy_poll_usecs", ctypes.c_uint32),
        ("busy_poll_budget", ctypes.c_uint16),
        ("prefer_busy_poll", ctypes.c_uint8),
        ("__pad", ctypes.c_uint8),
    ]
