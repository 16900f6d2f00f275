"""Links whose other end is a descriptor, and a link without an offload.

A kernel that is built without such links skips the test, as a fact of the machine; ``Links.add`` does so for others.
Source: ``include/uapi/linux/if_tun.h``, ``include/uapi/linux/ethtool.h``.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import stat

from helpers.net.namespaces import Namespace
from helpers.uapi.ethtool import ETH_FLAG_TXVLAN, ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, ETHTOOL_STXCSUM, ethtool_value
from helpers.uapi.if_ import ifreq_of
from helpers.uapi.if_tun import IFF_NO_PI, TUNSETIFF
from helpers.uapi.sockios import SIOCETHTOOL
from helpers.unavailable import unavailable

_CONTROL = "/dev/net/tun"


def _open_control() -> int:
    """Open the device that makes tun links; OSError.

    Without a service that makes the nodes of devices whose module is not loaded yet the node is not there: opening
    one of the same number loads the module.
    """
    flags = os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC
    with contextlib.suppress(FileNotFoundError):
        return os.open(_CONTROL, flags)
    node = f"/dev/sockproof-tun-{os.getpid()}"
    os.mknod(node, stat.S_IFCHR | 0o600, os.makedev(10, 200))
    try:
        return os.open(node, flags)
    finally:
        os.unlink(node)


def tun(namespace: Namespace, name: str, flags: int) -> int:
    """Make a link whose other end is the descriptor that is returned; skip where the kernel has none.

    *flags*: IFF_TAP (frames) or IFF_TUN (packets without link header), with any of the others; IFF_NO_PI is added.
    What is written to the descriptor arrives at the link, what the link sends is read from it (it does not block).
    """
    with namespace:
        try:
            fd = _open_control()
        except OSError as error:
            unavailable(f"{_CONTROL}: {os.strerror(error.errno)}")
        try:
            fcntl.ioctl(fd, TUNSETIFF, ifreq_of(name, ifr_flags=flags | IFF_NO_PI))
        except OSError as error:
            os.close(fd)
            if error.errno == errno.EINVAL:
                unavailable(f"{_CONTROL}: no links with the flags {flags:#x} on this kernel")
            raise
    return fd


def without_tag_offload(namespace: Namespace, name: str) -> None:
    """Have a link take VLAN tags only as a part of frames, not beside them; ethtool(8) calls it txvlan off."""
    value = ethtool_value(ETHTOOL_GFLAGS)
    request = ifreq_of(name, ifr_data=ctypes.addressof(value))
    with namespace, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)
        value.cmd, value.data = ETHTOOL_SFLAGS, value.data & ~ETH_FLAG_TXVLAN
        fcntl.ioctl(control, SIOCETHTOOL, request)


def without_checksum_offload(namespace: Namespace, name: str) -> None:
    """Have the kernel write the checksums of what leaves a link, not the link; ethtool(8) calls it tx off."""
    value = ethtool_value(ETHTOOL_STXCSUM, 0)
    request = ifreq_of(name, ifr_data=ctypes.addressof(value))
    with namespace, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)
