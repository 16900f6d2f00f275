"""Socket addresses of the generic families, as bind(2), connect(2) and getsockname(2) take and give them.

Source: unix(7), ip(7). For packet sockets see ``helpers.packet.packet_socket.address``.
"""

import ctypes
import itertools
import os
import struct
from socket import htons, inet_aton
from typing import Any

from helpers.uapi.in_ import in_addr, sockaddr_in
from helpers.uapi.socket import AF_INET, AF_UNIX

_number = itertools.count(1)


def raw(family: int, rest: bytes = b"") -> Any:
    """Return *family* followed by the bytes *rest*, as a ctypes array of exactly that size."""
    data = struct.pack("=H", family) + rest
    return (ctypes.c_char * len(data)).from_buffer_copy(data)


def unix(name: bytes) -> Any:
    """Return an AF_UNIX address of exactly these bytes: a path (no NUL is added) or NUL and an abstract name."""
    return raw(AF_UNIX, name)


def abstract() -> Any:
    """Return an AF_UNIX address with an abstract name that no other socket has."""
    return unix(b"\0sockproof %d %d" % (os.getpid(), next(_number)))


def inet(port: int = 0, host: str = "127.0.0.1") -> sockaddr_in:
    """Return an AF_INET address; *port* in host order."""
    return sockaddr_in(sin_family=AF_INET, sin_port=htons(port), sin_addr=in_addr.from_buffer_copy(inet_aton(host)))
