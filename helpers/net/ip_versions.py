"""IPv4 and IPv6 side by side: what the clauses that hold for both are instantiated with.

Source: ip(7), ipv6(7), icmp(7); the addresses are those of RFC 5737 and RFC 3849.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from socket import inet_pton
from typing import Any

from helpers.kinds import INET6_RAW, INET6_UDP, INET_RAW, INET_UDP, SocketKind
from helpers.net import addresses
from helpers.uapi import icmp, icmpv6, in6, in_
from helpers.uapi.errqueue import SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
from helpers.uapi.if_ether import ETH_P_IP, ETH_P_IPV6
from helpers.uapi.socket import AF_INET, AF_INET6, SOL_IP, SOL_IPV6


@dataclass(frozen=True)
class Version:
    """One version of IP.

    *here*: the host's address on its link, *there*: a neighbour's, *elsewhere*: one without a route, *group*: of
    multicast. *header*: bytes of a header without options. The fields in capitals are the version's names for what
    both have: options, ICMP types.
    """

    id: str
    number: int
    family: int
    level: int
    udp: SocketKind = field(repr=False)
    raw: SocketKind = field(repr=False)
    address: Callable[..., Any] = field(repr=False)
    """``address(port, host)`` makes a socket address."""
    ethertype: int
    header: int
    here: str
    also_here: str
    there: str
    elsewhere: str
    loopback: str
    any: str
    group: str
    other_group: str
    prefix: int
    icmp: int
    origin: int
    """ee_origin of what ICMP reports."""
    names: dict[str, int] = field(repr=False, hash=False)

    def __str__(self) -> str:
        return self.id

    def __getattr__(self, name: str) -> int:
        try:
            return self.__dict__["names"][name]
        except KeyError:
            raise AttributeError(name) from None

    def packed(self, host: str) -> bytes:
        """Return an address as it is on the wire."""
        return inet_pton(self.family, host)

    def sockaddr_of(self, name: Any) -> tuple[str, int]:
        """Return the host and the port (in host order) of a socket address."""
        from socket import inet_ntop, ntohs

        address = type(self.address()).from_buffer_copy(bytes(name))
        if self.number == 4:
            return inet_ntop(AF_INET, bytes(address.sin_addr)), ntohs(address.sin_port)
        return inet_ntop(AF_INET6, bytes(address.sin6_addr)), ntohs(address.sin6_port)


V4 = Version(
    "v4", 4, AF_INET, SOL_IP, INET_UDP, INET_RAW, addresses.inet, ETH_P_IP, 20,
    "192.0.2.1", "192.0.2.7", "192.0.2.2", "203.0.113.1", "127.0.0.1", "0.0.0.0", "233.252.0.1", "233.252.0.2", 24,
    in_.IPPROTO_ICMP, SO_EE_ORIGIN_ICMP,
    {
        "TTL": in_.IP_TTL, "TOS": in_.IP_TOS, "RECVTTL": in_.IP_RECVTTL, "RECVTOS": in_.IP_RECVTOS,
        "MULTICAST_TTL": in_.IP_MULTICAST_TTL, "MULTICAST_LOOP": in_.IP_MULTICAST_LOOP,
        "MULTICAST_IF": in_.IP_MULTICAST_IF, "MULTICAST_ALL": in_.IP_MULTICAST_ALL,
        "RECVPKTINFO": in_.IP_PKTINFO, "PKTINFO": in_.IP_PKTINFO, "RECVERR": in_.IP_RECVERR,
        "MTU_DISCOVER": in_.IP_MTU_DISCOVER, "MTU": in_.IP_MTU, "FREEBIND": in_.IP_FREEBIND,
        "TRANSPARENT": in_.IP_TRANSPARENT, "RECVORIGDSTADDR": in_.IP_RECVORIGDSTADDR,
        "RECVFRAGSIZE": in_.IP_RECVFRAGSIZE, "UNICAST_IF": in_.IP_UNICAST_IF, "MINTTL": in_.IP_MINTTL,
        "RECVERR_RFC4884": in_.IP_RECVERR_RFC4884, "HDRINCL": in_.IP_HDRINCL,
        "RECEIVED_TTL": in_.IP_TTL, "RECEIVED_TOS": in_.IP_TOS,
        "ECHO": icmp.ICMP_ECHO, "ECHO_REPLY": icmp.ICMP_ECHOREPLY,
    },
)  # fmt: skip
V6 = Version(
    "v6", 6, AF_INET6, SOL_IPV6, INET6_UDP, INET6_RAW, addresses.inet6, ETH_P_IPV6, 40,
    "2001:db8::1", "2001:db8::7", "2001:db8::2", "2001:db8:ffff::1", "::1", "::", "ff0e::db8:1", "ff0e::db8:2", 64,
    in_.IPPROTO_ICMPV6, SO_EE_ORIGIN_ICMP6,
    {
        "TTL": in6.IPV6_UNICAST_HOPS, "TOS": in6.IPV6_TCLASS, "RECVTTL": in6.IPV6_RECVHOPLIMIT,
        "RECVTOS": in6.IPV6_RECVTCLASS,
        "MULTICAST_TTL": in6.IPV6_MULTICAST_HOPS, "MULTICAST_LOOP": in6.IPV6_MULTICAST_LOOP,
        "MULTICAST_IF": in6.IPV6_MULTICAST_IF, "MULTICAST_ALL": in6.IPV6_MULTICAST_ALL,
        "RECVPKTINFO": in6.IPV6_RECVPKTINFO, "PKTINFO": in6.IPV6_PKTINFO, "RECVERR": in6.IPV6_RECVERR,
        "MTU_DISCOVER": in6.IPV6_MTU_DISCOVER, "MTU": in6.IPV6_MTU, "FREEBIND": in6.IPV6_FREEBIND,
        "TRANSPARENT": in6.IPV6_TRANSPARENT, "RECVORIGDSTADDR": in6.IPV6_RECVORIGDSTADDR,
        "RECVFRAGSIZE": in6.IPV6_RECVFRAGSIZE, "UNICAST_IF": in6.IPV6_UNICAST_IF, "MINTTL": in6.IPV6_MINHOPCOUNT,
        "RECVERR_RFC4884": in6.IPV6_RECVERR_RFC4884, "HDRINCL": in6.IPV6_HDRINCL,
        "RECEIVED_TTL": in6.IPV6_HOPLIMIT, "RECEIVED_TOS": in6.IPV6_TCLASS,
        "ECHO": icmpv6.ICMPV6_ECHO_REQUEST, "ECHO_REPLY": icmpv6.ICMPV6_ECHO_REPLY,
    },
)  # fmt: skip
VERSIONS = (V4, V6)
