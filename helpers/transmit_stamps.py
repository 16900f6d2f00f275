"""Time stamps of what a socket sent, as its error queue holds them.

Source: Documentation/networking/timestamping.rst, ``uapi/linux/errqueue.h``.
"""

from collections.abc import Set
from errno import ENOMSG
from typing import NamedTuple

from helpers import times
from helpers.error_queue import OF_IP, Key, entry, wait_for_entry
from helpers.sockets import Socket
from helpers.uapi.errqueue import SO_EE_ORIGIN_TIMESTAMPING
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD
from helpers.uapi.time_types import timespec


class Stamp(NamedTuple):
    """A time stamp.

    *data*: the bytes beside it. *kind*: SCM_TSTAMP_*. *number*: ee_data. *seconds*: since 1970, None if it is not
    reported. *controls*: the control messages but that of the stamp and that of the error, by level and type.
    """

    data: bytes
    kind: int
    number: int
    seconds: float | None
    controls: dict[Key, bytes]


def stamp(socket: Socket, errors: Set[Key] = OF_IP) -> Stamp | None:
    """Take one time stamp, reported by one of *errors*; None if the queue is empty."""
    taken = entry(socket, errors)
    if taken is None:
        return None
    assert (taken.error.ee_errno, taken.error.ee_origin) == (ENOMSG, SO_EE_ORIGIN_TIMESTAMPING)
    time = taken.controls.pop((SOL_SOCKET, SO_TIMESTAMPING_OLD), None)
    seconds = None
    if time is not None:
        whole, rest = times.words(timespec, time)
        seconds = whole + rest / 1e9
    return Stamp(taken.data, taken.error.ee_info, taken.error.ee_data, seconds, taken.controls)


def stamps(socket: Socket, count: int, errors: Set[Key] = OF_IP) -> list[Stamp]:
    """Take *count* time stamps, once they are there; more of them are an AssertionError."""
    found = []
    while len(found) < count:
        wait_for_entry(socket, "a time stamp")
        found.append(stamp(socket, errors))
    assert stamp(socket, errors) is None
    return found
