"""Socket addresses of the generic families, as bind(2), connect(2) and getsockname(2) take and give them.

Source: unix(7), ip(7), ipv6(7), netlink(7). For packet sockets see ``helpers.packet.packet_socket.address``.
"""

import ctypes
import itertools
import os
import struct
from collections.abc import Callable
from socket import htons, inet_aton, inet_pton
from typing import Any

from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.in_ import in6_addr, in_addr, sockaddr_in, sockaddr_in6
from helpers.uapi.netlink import sockaddr_nl
from helpers.uapi.socket import AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, AF_VSOCK
from helpers.uapi.un import sockaddr_un
from helpers.uapi.vm_sockets import VMADDR_CID_LOCAL, VMADDR_PORT_ANY, sockaddr_vm

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


def inet_host() -> sockaddr_in:
    """Return the AF_INET address of a host 127.1.0.0 to 127.255.255.255, another one each time, without a port."""
    return inet(0, "127.{}.{}.{}".format(*(0x10000 + next(_number) % 0xFE0000).to_bytes(3, "big")))


def inet6(port: int = 0, host: str = "::1") -> sockaddr_in6:
    """Return an AF_INET6 address of flow 0 and scope 0; *port* in host order."""
    address = in6_addr.from_buffer_copy(inet_pton(AF_INET6, host))
    return sockaddr_in6(sin6_family=AF_INET6, sin6_port=htons(port), sin6_addr=address)


def inet6_host() -> sockaddr_in6:
    """Return an AF_INET6 address of 2001:db8:1::/48 without a port, another one each time; no link has it yet."""
    return inet6(0, f"2001:db8:1::{next(_number) & 0xFFFF:x}:{os.getpid() & 0xFFFF:x}")


def netlink(port: int = 0, groups: int = 0) -> sockaddr_nl:
    """Return an AF_NETLINK address; *port* 0 is a port of the socket's own to bind(2), and the kernel to connect(2)."""
    return sockaddr_nl(nl_family=AF_NETLINK, nl_pid=port, nl_groups=groups)


def vsock(port: int = VMADDR_PORT_ANY, cid: int = VMADDR_CID_LOCAL) -> sockaddr_vm:
    """Return an AF_VSOCK address; VMADDR_PORT_ANY is a port that the kernel picks to bind(2)."""
    return sockaddr_vm(svm_family=AF_VSOCK, svm_port=port, svm_cid=cid)


FRESH: dict[int, Callable[[], Any]] = {
    AF_UNIX: abstract, AF_INET: inet, AF_INET6: inet6, AF_NETLINK: netlink, AF_VSOCK: vsock
}  # fmt: skip
"""By family, what returns an address to bind(2) to that no other socket has; of IP and vsock a port of its own."""

STRUCTURES: dict[int, type[ctypes.Structure]] = {
    AF_INET: sockaddr_in,
    AF_INET6: sockaddr_in6,
    AF_NETLINK: sockaddr_nl,
    AF_PACKET: sockaddr_ll,
    AF_UNIX: sockaddr_un,
    AF_VSOCK: sockaddr_vm,
}
"""By family, the structure of its addresses."""
