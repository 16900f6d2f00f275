"""Memberships of packet sockets: requests, and what they do to a link.

Source: packet(7), ``uapi/linux/if_packet.h``.
"""

import ctypes
from typing import Any

from helpers.net.frames import MULTICAST, STRANGER
from helpers.options import option
from helpers.uapi.if_packet import (
    PACKET_MR_ALLMULTI,
    PACKET_MR_MULTICAST,
    PACKET_MR_PROMISC,
    PACKET_MR_UNICAST,
    packet_mreq,
)

ADD, DROP = option("PACKET_ADD_MEMBERSHIP"), option("PACKET_DROP_MEMBERSHIP")
BOTH = (ADD.name, DROP.name)
KINDS = {
    "multicast": (PACKET_MR_MULTICAST, MULTICAST),
    "promisc": (PACKET_MR_PROMISC, b""),
    "allmulti": (PACKET_MR_ALLMULTI, b""),
    "unicast": (PACKET_MR_UNICAST, STRANGER),
}
_COUNTED = {"promisc": "IFLA_PROMISCUITY", "allmulti": "IFLA_ALLMULTI"}


def request(ifindex: int, kind: int, address: bytes = b"", length: int | None = None) -> packet_mreq:
    """Return a packet_mreq; *length* is that of *address* (8 bytes at most) unless given."""
    result = packet_mreq(mr_ifindex=ifindex, mr_type=kind, mr_alen=len(address) if length is None else length)
    ctypes.memmove(ctypes.addressof(result) + packet_mreq.mr_address.offset, address, len(address))
    return result


def has_address(end: Any, address: bytes, ifindex: int | None = None) -> bool:
    """Return whether a link takes frames to *address* besides its own: its unicast and multicast lists."""
    index = end.ifindex if ifindex is None else ifindex
    entries = end.links.netlink.fdb("dump", ifindex=index)
    return any(entry.get("NDA_LLADDR") == address.hex(":") for entry in entries if entry["ifindex"] == index)


def effect(end: Any, kind: str, ifindex: int | None = None) -> int:
    """Return what a link does on behalf of memberships of this type: a count, or whether it has the address.

    *end* is where the link lives, *ifindex* another link there. IFLA_ALLMULTI is reported since Linux 6.0.
    """
    index = end.ifindex if ifindex is None else ifindex
    if kind in _COUNTED:
        return end.links.netlink.get_links(index)[0].get(_COUNTED[kind])
    return int(has_address(end, KINDS[kind][1], index))
