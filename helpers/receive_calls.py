"""The ways to receive: each takes one message and returns its length as recvfrom(2) does, or the refusal."""

from helpers import syscall
from helpers.memory import Buffer
from helpers.messages import Message, vector
from helpers.syscall import Result, returned

ROOM = 256  # bytes for a message


def by_recvfrom(fd: int, flags: int = 0) -> Result:
    """Receive with recvfrom(2)."""
    return syscall.recvfrom(fd, Buffer(ROOM).array, ROOM, flags, None, None)


def by_recvmsg(fd: int, flags: int = 0) -> Result:
    """Receive with recvmsg(2)."""
    return syscall.recvmsg(fd, Message([ROOM]).header, flags)


def by_recvmmsg(fd: int, flags: int = 0) -> Result:
    """Receive with recvmmsg(2), one message; a success of exactly that is returned as its msg_len."""
    entries = vector([Message([ROOM])])
    result = syscall.recvmmsg(fd, entries, 1, flags, None)
    return returned(entries[0].msg_len) if result == returned(1) else result


CALLS = {"recvfrom": by_recvfrom, "recvmsg": by_recvmsg, "recvmmsg": by_recvmmsg}
"""By the name of the system call: ``call(fd, flags)``."""
