"""What the clauses about UNIX_DIAG share: inodes, and attributes that are words."""

import ctypes
import os

from helpers.sockets import Socket


def inode_of(socket: Socket) -> int:
    """Return the inode's number of a socket."""
    return os.fstat(socket.fd).st_ino


def words(data: bytes) -> list[int]:
    """Return the 32-bit words of an attribute."""
    return list((ctypes.c_uint32 * (len(data) // 4)).from_buffer_copy(data))
