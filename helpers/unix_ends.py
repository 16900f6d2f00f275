"""AF_UNIX sockets in tests: their types, and what one call that does not wait shows of an end.

Source: unix(7), poll(2); ``net/unix/af_unix.c``.
"""

import ctypes
import select
from errno import EOPNOTSUPP

from helpers import syscall
from helpers.memory import Buffer
from helpers.socket_pool import Sockets
from helpers.sockets import SetupError, Socket
from helpers.syscall import Result
from helpers.uapi.poll import pollfd
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM
from helpers.uapi.sockios import SIOCATMARK
from helpers.uapi.time_types import timespec
from helpers.unavailable import unavailable

TYPES = {"stream": SOCK_STREAM, "dgram": SOCK_DGRAM, "seqpacket": SOCK_SEQPACKET}
CONNECTED = {"stream": SOCK_STREAM, "seqpacket": SOCK_SEQPACKET}
RECORDS = {"dgram": SOCK_DGRAM, "seqpacket": SOCK_SEQPACKET}

READ = select.POLLIN | select.POLLRDNORM
WRITE = select.POLLOUT | select.POLLWRNORM | select.POLLWRBAND
END = READ | select.POLLRDHUP
EVERY = 0x3FF | select.POLLRDHUP


def got(socket: Socket, size: int = 64, flags: int = 0) -> bytes | Result:
    """Return the bytes of one recvfrom(2) of *size* bytes that does not wait, or its Result where it is refused."""
    buffer = Buffer(size)
    result = socket.recv(buffer.array, size, flags | MSG_DONTWAIT)
    return buffer[: min(result.value, size)] if result.ok else result


def number(socket: Socket, request: int) -> int | Result:
    """Return the int that an ioctl(2) writes, or its Result where it is refused."""
    answer = ctypes.c_int(-1)
    result = socket.ioctl(request, answer)
    return answer.value if result.ok else result


def events(socket: Socket, asked: int = EVERY) -> int:
    """Return what poll(2) reports of a socket now, of the events *asked* for."""
    entry = pollfd(socket.fd, asked, 0)
    result = syscall.call("ppoll", entry, 1, timespec(0, 0), None, 0)
    if not result.ok:
        raise SetupError(f"set-up failed: ppoll {result!r}")
    return entry.revents


def need_urgent_data(sockets: Sockets) -> None:
    """Skip the test where the kernel is built without CONFIG_AF_UNIX_OOB."""
    if sockets.pair()[0].send(b"!", MSG_OOB).errno == EOPNOTSUPP:
        unavailable("AF_UNIX streams have no urgent data here (CONFIG_AF_UNIX_OOB)")


def urgent_pair(sockets: Sockets, *sent: tuple[bytes, int]) -> tuple[Socket, Socket]:
    """Return the sender and the receiver of a stream in which lie the (data, flags) of *sent*. Set-up.

    Ends with skip where streams have no urgent data.
    """
    need_urgent_data(sockets)
    sender, receiver = sockets.pair()
    for data, flags in sent:
        sender.must.send(data, flags)
    return sender, receiver


def mark(socket: Socket) -> tuple[bool, bool]:
    """Return whether SIOCATMARK says that a stream is at its mark, and whether poll(2) reports POLLPRI."""
    return number(socket, SIOCATMARK) == 1, bool(events(socket) & select.POLLPRI)
