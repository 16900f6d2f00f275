"""What the clauses about credentials share: sending them, and reading them beside a message."""

import os

from helpers.messages import Message, cmsg, receive
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.syscall import Result
from helpers.uapi.socket import MSG_DONTWAIT, SCM_CREDENTIALS, SOL_SOCKET, ucred
from helpers.uapi.socket_options import SO_PASSCRED


def me() -> tuple[int, int, int]:
    """Return pid, uid and gid of this process."""
    return os.getpid(), os.getuid(), os.getgid()


def credentials(pid: int | None = None, uid: int | None = None, gid: int | None = None) -> bytes:
    """Return the control message of these ids, of this process where none is given."""
    given = [own if one is None else one for one, own in zip((pid, uid, gid), me(), strict=True)]
    return cmsg(SOL_SOCKET, SCM_CREDENTIALS, bytes(ucred(*given)))


def send(sender: Socket, control: bytes = b"", data: bytes = b"data") -> Result:
    """Send one message with *control* and return the Result."""
    return sender.sendmsg(Message([data], control=control or 0).header)


def told(receiver: Socket, size: int = 64, flags: int = 0) -> tuple[bytes, list[tuple[int, int, int]]]:
    """Return the data of the next receive and (pid, uid, gid) of each SCM_CREDENTIALS; nothing else may come."""
    found = receive(receiver.fd, size, flags=flags | MSG_DONTWAIT)
    assert all((level, kind, len(data)) == (SOL_SOCKET, SCM_CREDENTIALS, 12) for level, kind, data in found.controls)
    given = [ucred.from_buffer_copy(data) for _, _, data in found.controls]
    return found.data, [(one.pid, one.uid, one.gid) for one in given]


def receiving(sockets: Sockets, kind: int) -> tuple[Socket, Socket]:
    """Return the ends of a pair: the sender, and the receiver with SO_PASSCRED. Set-up."""
    sender, receiver = sockets.pair(kind)
    receiver.must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
    return sender, receiver
