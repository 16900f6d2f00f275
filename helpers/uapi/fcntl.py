"""What fcntl(2) takes to own signals and Python's ``fcntl`` has not.

Source: ``uapi/asm-generic/fcntl.h``.
"""

import ctypes

F_SETOWN_EX = 15
F_GETOWN_EX = 16

# Values of f_owner_ex.type.
F_OWNER_TID = 0
F_OWNER_PID = 1
F_OWNER_PGRP = 2


class f_owner_ex(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("pid", ctypes.c_int)]
