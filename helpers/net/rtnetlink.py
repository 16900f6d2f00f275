"""A few rtnetlink requests made by hand, because they are made for every wire.

Everything else about links goes through pyroute2. Source: rtnetlink(7), netlink(7).
"""

import socket
import struct

_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence number, port
_IFINFO = struct.Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, change
_ATTRIBUTE = struct.Struct("=HH")  # rtattr: length, type
_NLMSG_ERROR = 2
_NLM_F_REQUEST, _NLM_F_ACK = 1, 4
_RTM_NEWLINK = 16
_RTM_GETLINK = 18
IFLA_OPERSTATE = 16
_IFLA_AF_SPEC = 26
_IFLA_INET6_ADDR_GEN_MODE = 8
_IN6_ADDR_GEN_MODE_NONE = 1
IFLA_STATS64 = 23  # an rtnl_link_stats64, which begins with rx_packets


class Rtnetlink:
    """A NETLINK_ROUTE socket in the calling thread's namespace."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)

    def request(self, message: bytes) -> bytes:
        """Send one message and return the first answer; OSError with the kernel's errno if it is refused."""
        self._socket.sendall(message)
        answer = self._socket.recv(65536)
        if _HEADER.unpack_from(answer)[1] == _NLMSG_ERROR:
            error = -struct.unpack_from("=i", answer, _HEADER.size)[0]
            if error:
                raise OSError(error, "rtnetlink request refused")
        return answer

    def link(self, index: int) -> dict[int, bytes]:
        """Return the attributes (IFLA_*) of a link."""
        length = _HEADER.size + _IFINFO.size
        header = _HEADER.pack(length, _RTM_GETLINK, _NLM_F_REQUEST, 1, 0)
        answer = self.request(header + _IFINFO.pack(0, 0, index, 0, 0))
        attributes = {}
        at = length
        while at + _ATTRIBUTE.size <= len(answer):
            size, kind = _ATTRIBUTE.unpack_from(answer, at)
            attributes[kind] = answer[at + _ATTRIBUTE.size : at + size]
            at += max(size + 3 & ~3, _ATTRIBUTE.size)
        return attributes

    def set_flags(self, index: int, flags: int, change: int) -> None:
        """Make those IFF_* *flags* of a link that are in *change* as they are in *flags*; OSError."""
        header = _HEADER.pack(_HEADER.size + _IFINFO.size, _RTM_NEWLINK, _NLM_F_REQUEST | _NLM_F_ACK, 1, 0)
        self.request(header + _IFINFO.pack(0, 0, index, flags, change))

    def speak_no_ipv6(self, index: int) -> None:
        """Have a link make no IPv6 address of its own, so that it sends no ND and no MLD; OSError.

        A kernel without IPv6 refuses with EAFNOSUPPORT. Source: ``include/uapi/linux/if_link.h``, addrconf_addr_gen.
        """
        mode = _ATTRIBUTE.pack(_ATTRIBUTE.size + 1, _IFLA_INET6_ADDR_GEN_MODE) + bytes(
            [_IN6_ADDR_GEN_MODE_NONE, 0, 0, 0]
        )
        inet6 = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(mode), socket.AF_INET6) + mode
        spec = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(inet6), _IFLA_AF_SPEC) + inet6
        header = _HEADER.pack(_HEADER.size + _IFINFO.size + len(spec), _RTM_NEWLINK, _NLM_F_REQUEST | _NLM_F_ACK, 1, 0)
        self.request(header + _IFINFO.pack(0, 0, index, 0, 0) + spec)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
