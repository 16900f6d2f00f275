"""What a signal tells: the codes of signals that F_SETSIG asks for.

Source: ``uapi/asm-generic/siginfo.h``. Of ``siginfo`` only the members of SIGPOLL are here.
"""

import ctypes

POLL_IN = 1
POLL_OUT = 2
POLL_MSG = 3
POLL_ERR = 4
POLL_PRI = 5
POLL_HUP = 6

SI_KERNEL = 0x80
SI_SIGIO = -5


_MEMBERS = 28 if ctypes.sizeof(ctypes.c_long) == 8 else 20  # bytes up to the end of si_fd


class siginfo(ctypes.Structure):
    _fields_ = [
        ("si_signo", ctypes.c_int),
        ("si_errno", ctypes.c_int),
        ("si_code", ctypes.c_int),
        ("si_band", ctypes.c_long),
        ("si_fd", ctypes.c_int),
        ("_rest", ctypes.c_char * (128 - _MEMBERS)),
    ]
