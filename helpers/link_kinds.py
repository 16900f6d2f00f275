"""Kinds of links that not every kernel is built with: a missing one skips the test, as a fact of the machine.

Source: rtnetlink(7), ``include/uapi/linux/if_link.h``, ``include/uapi/linux/if_tun.h``.
"""

import contextlib
import errno
import fcntl
import os
import struct
from typing import Any

import pytest
from pyroute2.netlink import NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.rtnl import RTM_NEWLINK

from helpers.links import Links
from helpers.netns import Namespace
from helpers.rtnetlink import Rtnetlink

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_TAP, IFF_NAPI, IFF_MULTI_QUEUE, IFF_NO_PI, IFF_VNET_HDR = 0x1, 0x2, 0x10, 0x100, 0x1000, 0x4000
_CONTROL = "/dev/net/tun"
_IFLA_LINKINFO, _IFLA_INFO_KIND = 18, 1


def add(links: Links, name: str, kind: str, **attributes: Any) -> int:
    """Make a link of *kind* and return its index, as ``Links.add``; skip where the kernel has no such links."""
    try:
        return links.add(name, kind, **attributes)
    except NetlinkError as error:
        if error.code == errno.EOPNOTSUPP:
            pytest.skip(f"this kernel has no links of kind {kind}")
        raise


def _load(kind: str) -> None:
    """Have the kernel load the module for links of *kind*: it does so to find out that they are not made this way."""
    # by hand, as pyroute2 has a way of its own to make them
    kind_attribute = struct.pack("=HH", 4 + len(kind) + 1, _IFLA_INFO_KIND) + kind.encode() + b"\0"
    kind_attribute = kind_attribute.ljust(-(-len(kind_attribute) // 4) * 4, b"\0")
    body = struct.pack("=BxHiII", 0, 0, 0, 0, 0)
    body += struct.pack("=HH", 4 + len(kind_attribute), _IFLA_LINKINFO) + kind_attribute
    flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL
    with contextlib.closing(Rtnetlink()) as netlink, contextlib.suppress(OSError):
        netlink.request(struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, flags, 1, 0) + body)


def tun(namespace: Namespace, name: str, flags: int) -> int:
    """Make a link whose other end is the descriptor that is returned; skip where the kernel has none.

    *flags*: IFF_TAP (frames) or IFF_TUN (packets without link header), with any of the others; IFF_NO_PI is added.
    What is written to the descriptor arrives at the link, what the link sends is read from it (it does not block).
    """
    with namespace:
        if not os.path.exists(_CONTROL):
            _load("tun")
        try:
            fd = os.open(_CONTROL, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            pytest.skip(f"{_CONTROL}: {os.strerror(error.errno)}")
        try:
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags | IFF_NO_PI))
        except OSError:
            os.close(fd)
            raise
    return fd
