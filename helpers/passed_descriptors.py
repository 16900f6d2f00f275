"""Descriptors that are passed with SCM_RIGHTS: sent, and what file each one that was received is of.

Source: unix(7), cmsg(3).
"""

import os
import struct
from collections.abc import Iterable

from helpers.messages import Message, cmsg
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


def files_of(fds: Iterable[int]) -> list[tuple[tuple[int, int], bool]]:
    """Return the identity of the file of each descriptor and whether it is close-on-exec, and close them."""
    found = []
    for fd in fds:
        status = os.fstat(fd)
        found.append(((status.st_dev, status.st_ino), not os.get_inheritable(fd)))
        os.close(fd)
    return found
