"""A few rtnetlink requests made by hand, because they are made for every wire.

Everything else about links goes through pyroute2. Source: rtnetlink(7), netlink(7).
"""

import ctypes
import socket
import sys

from helpers.uapi.netlink import (
    NLA_ALIGN,
    NLM_F_ACK,
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    NLM_F_REQUEST,
    NLMSG_ERROR,
    NLMSG_HDRLEN,
    attribute,
    message,
    nlmsgerr,
    nlmsghdr,
)
from helpers.uapi.rtnetlink import (
    IFA_ADDRESS,
    IFA_BROADCAST,
    IFA_F_NODAD,
    IFA_LOCAL,
    IFLA_AF_SPEC,
    IFLA_INET6_ADDR_GEN_MODE,
    IN6_ADDR_GEN_MODE_NONE,
    NDA_DST,
    NDA_LLADDR,
    NUD_PERMANENT,
    RT_SCOPE_HOST,
    RT_SCOPE_LINK,
    RT_SCOPE_UNIVERSE,
    RT_TABLE_LOCAL,
    RT_TABLE_MAIN,
    RTA_DST,
    RTA_GATEWAY,
    RTA_METRICS,
    RTA_OIF,
    RTAX_MTU,
    RTM_GETLINK,
    RTM_GETROUTE,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWNEIGH,
    RTM_NEWROUTE,
    RTN_LOCAL,
    RTN_UNICAST,
    RTPROT_BOOT,
    ifaddrmsg,
    ifinfomsg,
    ndmsg,
    rtattr,
    rtmsg,
)


def _packed(address: str) -> tuple[int, bytes]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.inet_pton(family, address)


class Rtnetlink:
    """A NETLINK_ROUTE socket in the calling thread's namespace."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)

    def ask(self, kind: int, flags: int, body: bytes) -> bytes:
        """Make a request of type *kind* (RTM_*) with *flags* (NLM_F_*) beside NLM_F_REQUEST; as ``request``."""
        header = nlmsghdr(nlmsg_type=kind, nlmsg_flags=NLM_F_REQUEST | flags, nlmsg_seq=1)
        return self.request(message(header, body))

    def request(self, whole: bytes) -> bytes:
        """Send one message and return the first answer; OSError with the kernel's errno if it is refused."""
        self._socket.sendall(whole)
        answer = self._socket.recv(65536)
        if nlmsghdr.from_buffer_copy(answer).nlmsg_type == NLMSG_ERROR:
            error = -ctypes.c_int.from_buffer_copy(answer, NLMSG_HDRLEN + nlmsgerr.error.offset).value
            if error:
                raise OSError(error, "rtnetlink request refused")
        return answer

    def link(self, index: int) -> dict[int, bytes]:
        """Return the attributes (IFLA_*) of a link."""
        answer = self.ask(RTM_GETLINK, 0, bytes(ifinfomsg(ifi_index=index)))
        attributes = {}
        at, header = NLMSG_HDRLEN + ctypes.sizeof(ifinfomsg), ctypes.sizeof(rtattr)
        while at + header <= len(answer):
            found = rtattr.from_buffer_copy(answer, at)
            attributes[found.rta_type] = answer[at + header : at + found.rta_len]
            at += max(NLA_ALIGN(found.rta_len), header)
        return attributes

    def set_flags(self, index: int, flags: int, change: int) -> None:
        """Make those IFF_* *flags* of a link that are in *change* as they are in *flags*; OSError."""
        self.ask(RTM_NEWLINK, NLM_F_ACK, bytes(ifinfomsg(ifi_index=index, ifi_flags=flags, ifi_change=change)))

    def speak_no_ipv6(self, index: int) -> None:
        """Have a link make no IPv6 address of its own, so that it sends no ND and no MLD; OSError.

        A kernel without IPv6 refuses with EAFNOSUPPORT. Source: ``include/uapi/linux/if_link.h``, addrconf_addr_gen.
        """
        mode = attribute(IFLA_INET6_ADDR_GEN_MODE, bytes([IN6_ADDR_GEN_MODE_NONE]))
        inet6 = attribute(IFLA_AF_SPEC, attribute(socket.AF_INET6, mode))
        self.ask(RTM_NEWLINK, NLM_F_ACK, bytes(ifinfomsg(ifi_index=index)) + inet6)

    def add_address(self, index: int, address: str, prefix: int) -> None:
        """Give a link an address, without duplicate address detection, and the route to its network; OSError."""
        family, data = _packed(address)
        body = ifaddrmsg(ifa_family=family, ifa_prefixlen=prefix, ifa_flags=IFA_F_NODAD, ifa_index=index)
        attributes = attribute(IFA_LOCAL, data) + attribute(IFA_ADDRESS, data)
        if family == socket.AF_INET:
            broadcast = int.from_bytes(data) | (1 << 32 - prefix) - 1
            attributes += attribute(IFA_BROADCAST, broadcast.to_bytes(4))
        self.ask(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, bytes(body) + attributes)

    def is_local(self, address: str) -> bool:
        """Return whether a route delivers packets for *address* to the host itself."""
        family, data = _packed(address)
        try:
            answer = self.ask(RTM_GETROUTE, 0, bytes(rtmsg(family, 8 * len(data))) + attribute(RTA_DST, data))
        except OSError:
            return False
        return rtmsg.from_buffer_copy(answer, NLMSG_HDRLEN).rtm_type == RTN_LOCAL

    def add_neighbour(self, index: int, address: str, mac: bytes) -> None:
        """Have *address* on a link be at the hardware address *mac*, for good; OSError."""
        family, data = _packed(address)
        body = ndmsg(ndm_family=family, ndm_ifindex=index, ndm_state=NUD_PERMANENT)
        attributes = attribute(NDA_DST, data) + attribute(NDA_LLADDR, mac)
        self.ask(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, bytes(body) + attributes)

    def add_route(
        self, network: str, prefix: int, index: int = 0, gateway: str = "", kind: int = RTN_UNICAST, mtu: int = 0
    ) -> None:
        """Add a route to the main table (one of RTN_LOCAL to the local one), *kind* RTN_*; OSError."""
        family, data = _packed(network)
        local = kind == RTN_LOCAL
        scope = RT_SCOPE_HOST if local else RT_SCOPE_UNIVERSE if gateway or kind != RTN_UNICAST else RT_SCOPE_LINK
        body = rtmsg(
            family, prefix, 0, 0, RT_TABLE_LOCAL if local else RT_TABLE_MAIN, RTPROT_BOOT, scope, kind
        )  # fmt: skip
        attributes = attribute(RTA_DST, data)
        if index:
            attributes += attribute(RTA_OIF, index.to_bytes(4, sys.byteorder))
        if gateway:
            attributes += attribute(RTA_GATEWAY, _packed(gateway)[1])
        if mtu:
            attributes += attribute(RTA_METRICS, attribute(RTAX_MTU, mtu.to_bytes(4, sys.byteorder)))
        self.ask(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, bytes(body) + attributes)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
