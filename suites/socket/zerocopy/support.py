"""What the clauses of MSG_ZEROCOPY share: senders, and the completions that their error queues hold."""

import select
from typing import NamedTuple

from helpers import messages, wait
from helpers.kinds import SocketKind
from helpers.net.wire import End
from helpers.option_calls import put
from helpers.options import option
from helpers.sockets import Socket, must
from helpers.uapi.errqueue import sock_extended_err
from helpers.uapi.in6 import IPV6_RECVERR
from helpers.uapi.in_ import IP_RECVERR
from helpers.uapi.socket import MSG_ERRQUEUE, SOL_IP, SOL_IPV6

ZEROCOPY = option("SO_ZEROCOPY")
DOC = "doc:networking/msg_zerocopy.rst"
_RECVERR = {(SOL_IP, IP_RECVERR), (SOL_IPV6, IPV6_RECVERR)}


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
    entry = messages.receive(socket.fd, flags=MSG_ERRQUEUE)
    if entry is None:
        return None
    ((level, kind, data),) = entry.controls
    assert (level, kind) in _RECVERR
    error = sock_extended_err.from_buffer_copy(data)
    return Completion(error.ee_info, error.ee_data, error.ee_code, error.ee_errno, error.ee_origin, entry.value)


def completions(socket: Socket, last: int) -> list[Completion]:
    """Take the entries up to that of call number *last*, once they are there."""
    found: list[Completion] = []
    while not found or found[-1].high < last:
        wait.until(lambda: wait.poll(socket.fd, select.POLLPRI) & select.POLLERR, f"the completion of call {last}")
        found.append(completion(socket))
    return found
