"""What poll(2) takes; the POLL* events are in Python's ``select``.

Source: ``uapi/asm-generic/poll.h``.
"""

import ctypes


class pollfd(ctypes.Structure):
    _fields_ = [("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short)]
