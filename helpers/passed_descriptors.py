"""Descriptors that are passed with SCM_RIGHTS: sent, and what file each one that was received is of.

Source: unix(7), cmsg(3).
"""

import os
import struct
from collections.abc import Iterable

from helpers.messages import Message, Received, cmsg
from helpers.sockets import Socket
from helpers.uapi.socket import SCM_RIGHTS, SOL_SOCKET


def send_descriptors(sender: Socket, count: int) -> tuple[int, int]:
    """Send *count* descriptors of one new file as SCM_RIGHTS, with a byte of data; return the file's identity."""
    file = os.memfd_create("passed")
    message = Message([b"x"], control=cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack(f"={count}i", *[file] * count)))
    try:
        sender.must.sendmsg(message.header)
        found = os.fstat(file)
    finally:
        os.close(file)
    return found.st_dev, found.st_ino


def rights(*fds: int) -> bytes:
    """Return the control message that passes descriptors."""
    return cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack(f"={len(fds)}i", *fds))


def pass_descriptors(sender: Socket, *fds: int, data: bytes = b"x") -> None:
    """Send descriptors as SCM_RIGHTS with *data*. Set-up."""
    sender.must.sendmsg(Message([data], control=rights(*fds)).header)


def descriptors_in(received: Received) -> list[int]:
    """Return the descriptors that came with a message, in order."""
    return [
        fd
        for level, kind, data in received.controls
        if (level, kind) == (SOL_SOCKET, SCM_RIGHTS)
        for (fd,) in struct.iter_unpack("=i", data)
    ]


def files_of(fds: Iterable[int]) -> list[tuple[tuple[int, int], bool]]:
    """Return the identity of the file of each descriptor and whether it is close-on-exec, and close them."""
    found = []
    for fd in fds:
        status = os.fstat(fd)
        found.append(((status.st_dev, status.st_ino), not os.get_inheritable(fd)))
        os.close(fd)
    return found
