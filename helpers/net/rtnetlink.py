"""A few rtnetlink requests made by hand, because they are made for every wire.

Everything else about links goes through pyroute2. Source: rtnetlink(7), netlink(7).
"""

import ctypes
import socket

from helpers.uapi.netlink import (
    NLA_ALIGN,
    NLM_F_ACK,
    NLM_F_REQUEST,
    NLMSG_ERROR,
    NLMSG_HDRLEN,
    attribute,
    message,
    nlmsgerr,
    nlmsghdr,
)
from helpers.uapi.rtnetlink import (
    IFLA_AF_SPEC,
    IFLA_INET6_ADDR_GEN_MODE,
    IN6_ADDR_GEN_MODE_NONE,
    RTM_GETLINK,
    RTM_NEWLINK,
    ifinfomsg,
    rtattr,
)


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

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
