"""Requests about sockets, beside the calls that do the same."""

import ctypes
from typing import Any

from helpers.io_uring import Ring
from helpers.sockets import Socket
from helpers.syscall import Result
from helpers.uapi import io_uring as uapi


def socket(ring: Ring, domain: int, kind: int, protocol: int, **fields: Any) -> Result | None:
    """socket(2) as a request."""
    return ring.call(uapi.IORING_OP_SOCKET, domain, off=kind, len=protocol, **fields)


def bind(ring: Ring, end: Socket, address: Any, length: int | None = None) -> Result | None:
    """bind(2) as a request."""
    return ring.call(uapi.IORING_OP_BIND, end.fd, addr=address, off=_length(address, length))


def connect(ring: Ring, end: Socket, address: Any, length: int | None = None) -> Result | None:
    """connect(2) as a request."""
    return ring.call(uapi.IORING_OP_CONNECT, end.fd, addr=address, off=_length(address, length))


def listen(ring: Ring, end: Socket, backlog: int) -> Result | None:
    """listen(2) as a request."""
    return ring.call(uapi.IORING_OP_LISTEN, end.fd, len=backlog)


def accept(ring: Ring, end: Socket, address: Any = None, length: Any = None, flags: int = 0) -> Result | None:
    """accept4(2) as a request."""
    return ring.call(uapi.IORING_OP_ACCEPT, end.fd, addr=address, off=length, rw_flags=flags)


def send(ring: Ring, end: Socket, data: bytes, flags: int = 0) -> Result | None:
    """send(2) as a request."""
    return ring.call(uapi.IORING_OP_SEND, end.fd, addr=data, len=len(data), rw_flags=flags)


def recv(ring: Ring, end: Socket, buffer: Any, size: int, flags: int = 0) -> Result | None:
    """recv(2) as a request."""
    return ring.call(uapi.IORING_OP_RECV, end.fd, addr=buffer, len=size, rw_flags=flags)


def sendmsg(ring: Ring, end: Socket, message: Any, flags: int = 0) -> Result | None:
    """sendmsg(2) as a request."""
    return ring.call(uapi.IORING_OP_SENDMSG, end.fd, addr=message, len=1, rw_flags=flags)


def recvmsg(ring: Ring, end: Socket, message: Any, flags: int = 0) -> Result | None:
    """recvmsg(2) as a request."""
    return ring.call(uapi.IORING_OP_RECVMSG, end.fd, addr=message, len=1, rw_flags=flags)


def shutdown(ring: Ring, end: Socket, how: int) -> Result | None:
    """shutdown(2) as a request."""
    return ring.call(uapi.IORING_OP_SHUTDOWN, end.fd, len=how)


def _length(address: Any, length: int | None) -> int:
    return ctypes.sizeof(address) if length is None else length
