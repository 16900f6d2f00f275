"""What the clauses about multicast arrange: requests of each kind, and what a member receives."""

import ctypes
from typing import Any

from helpers.arrivals import drain
from helpers.net.ip_host import PORT, Host
from helpers.net.ip_versions import V4, V6, Version
from helpers.sockets import Socket
from helpers.syscall import Result
from helpers.uapi.in6 import IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP, ipv6_mreq
from helpers.uapi.in_ import (
    IP_ADD_MEMBERSHIP,
    IP_DROP_MEMBERSHIP,
    MCAST_JOIN_GROUP,
    MCAST_LEAVE_GROUP,
    group_filter,
    group_req,
    group_source_req,
    in6_addr,
    in_addr,
    ip_mreq,
    ip_mreqn,
)
from helpers.uapi.socket import sockaddr_storage

GROUPS = {V4: ("233.252.0.1", "233.252.0.2", "233.252.0.3"), V6: ("ff0e::db8:1", "ff0e::db8:2", "ff0e::db8:3")}
SOURCES = {V4: ("192.0.2.2", "192.0.2.3", "192.0.2.4"), V6: ("2001:db8::2", "2001:db8::3", "2001:db8::4")}


def storage(address: Any) -> sockaddr_storage:
    """Return a socket address in a sockaddr_storage."""
    return sockaddr_storage.from_buffer_copy(bytes(address).ljust(ctypes.sizeof(sockaddr_storage), b"\0"))


def of(host: str) -> in_addr:
    """Return an address of IPv4."""
    return in_addr.from_buffer_copy(V4.packed(host))


def mreq(group: str, interface: str) -> ip_mreq:
    """Return a membership by the address of a link."""
    return ip_mreq(of(group), of(interface))


def mreqn(group: str, ifindex: int, interface: str = "0.0.0.0") -> ip_mreqn:
    """Return a membership by the index of a link."""
    return ip_mreqn(of(group), of(interface), ifindex)


def mreq6(group: str, ifindex: int) -> ipv6_mreq:
    """Return a membership of IPv6."""
    return ipv6_mreq(in6_addr.from_buffer_copy(V6.packed(group)), ifindex)


def request(ip: Version, group: str, ifindex: int) -> group_req:
    """Return a membership of either version."""
    return group_req(ifindex, storage(ip.address(0, group)))


def source_request(ip: Version, group: str, source: str, ifindex: int) -> group_source_req:
    """Return a request about a source."""
    return group_source_req(ifindex, storage(ip.address(0, group)), storage(ip.address(0, source)))


def filter_of(ip: Version, group: str, ifindex: int, mode: int, sources: tuple[str, ...]) -> bytes:
    """Return a group_filter with any number of sources."""
    head = group_filter(ifindex, storage(ip.address(0, group)), mode, len(sources))
    return bytes(head)[: group_filter.gf_slist.offset] + b"".join(bytes(storage(ip.address(0, one))) for one in sources)


def set_membership(host: Host, socket: Socket, form: str, join: bool, group: str, ifindex: int | None = None) -> Result:
    """Join or leave by the option of a *form*: "membership" or "mcast"."""
    ip, index = host.ip, host.near.ifindex if ifindex is None else ifindex
    if form == "mcast":
        return socket.setsockopt(ip.level, MCAST_JOIN_GROUP if join else MCAST_LEAVE_GROUP, request(ip, group, index))
    if ip is V4:
        return socket.setsockopt(ip.level, IP_ADD_MEMBERSHIP if join else IP_DROP_MEMBERSHIP, mreqn(group, index))
    return socket.setsockopt(ip.level, IPV6_ADD_MEMBERSHIP if join else IPV6_DROP_MEMBERSHIP, mreq6(group, index))


def joined(host: Host, group: str, form: str = "mcast") -> tuple[Socket, int]:
    """Return a socket that is a member of a group on the host's link, and its port."""
    socket, port = host.bound(host.ip.any)
    result = set_membership(host, socket, form, True, group)
    assert result.ok, result
    return socket, port


def received(host: Host, socket: Socket, port: int, group: str, sources: tuple[str, ...] | None = None) -> list[bytes]:
    """Have each source send a datagram to a group; return the data received, which name the sources."""
    for source in sources or (host.ip.there,):
        host.deliver_udp(port, source.encode(), (source, PORT), group)
    host.settled()
    return drain(socket)
