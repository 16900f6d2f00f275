"""Ioctls of every file that Python's ``termios`` has not; those of sockets are in ``sockios``.

Source: ``uapi/asm-generic/ioctls.h``.
"""

FIOQSIZE = 0x5460
