"""What the clauses about owners of signals share: F_SETOWN_EX, and what a signal tells of data that came."""

from select import POLLIN, POLLRDNORM

from helpers import syscall
from helpers.signal_io import CHOSEN
from helpers.syscall import Result
from helpers.uapi.fcntl import F_SETOWN_EX, f_owner_ex
from helpers.uapi.siginfo import POLL_IN

DATA = (CHOSEN, POLL_IN, POLLIN | POLLRDNORM)
"""The signal, its si_code and its si_band."""


def set_owner(fd: int, kind: int, pid: int) -> Result:
    """Return the Result of F_SETOWN_EX; *kind* is F_OWNER_*."""
    return syscall.call("fcntl", fd, F_SETOWN_EX, f_owner_ex(kind, pid))
