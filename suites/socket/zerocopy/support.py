"""What the clauses of MSG_ZEROCOPY share: senders, and the completions that their error queues hold."""

from typing import NamedTuple

from helpers import error_queue
from helpers.kinds import SocketKind
from helpers.net.wire import End
from helpers.option_calls import put
from helpers.options import option
from helpers.sockets import Socket, must

ZEROCOPY = option("SO_ZEROCOPY")
DOC = "doc:networking/msg_zerocopy.rst"


class Completion(NamedTuple):
    """An entry of the error queue: the calls *low* to *high* are done; *code* is SO_EE_CODE_ZEROCOPY_COPIED or 0.

    *length* is what recvmsg(2) returned.
    """

    low: int
    high: int
    code: int
    errno: int
    origin: int
    length: int


def pair(end: End, kind: SocketKind) -> tuple[Socket, Socket]:
    """Return a connected sender with SO_ZEROCOPY, and its receiver."""
    sender, receiver = kind.pair(end.sockets, end.namespace)
    must(put(sender, ZEROCOPY, 1))
    return sender, receiver


def completion(socket: Socket) -> Completion | None:
    """Take one entry of the error queue; None if it is empty."""
    taken = error_queue.entry(socket)
    if taken is None:
        return None
    assert taken.controls == {}
    error = taken.error
    return Completion(error.ee_info, error.ee_data, error.ee_code, error.ee_errno, error.ee_origin, taken.value)


def completions(socket: Socket, last: int) -> list[Completion]:
    """Take the entries up to that of call number *last*, once they are there."""
    found: list[Completion] = []
    while not found or found[-1].high < last:
        error_queue.wait_for_entry(socket, f"the completion of call {last}")
        found.append(completion(socket))
    return found
