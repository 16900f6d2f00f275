"""Codes of the signals that F_SETSIG asks for.

Source: ``uapi/asm-generic/siginfo.h``.
"""

POLL_IN = 1
POLL_OUT = 2
POLL_MSG = 3
POLL_ERR = 4
POLL_PRI = 5
POLL_HUP = 6
