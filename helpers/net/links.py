"""Links, addresses and qdiscs of a namespace. pyroute2 writes the netlink messages; none of this is under test.

Source: rtnetlink(7), ``include/uapi/linux/if_link.h``.
"""

import contextlib
import errno
import fcntl
import socket
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink import NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.rtnl import RTM_NEWLINK
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from helpers import wait
from helpers.net.namespaces import Namespace
from helpers.net.pyroute2_internals import Route
from helpers.net.rtnetlink import Rtnetlink
from helpers.uapi.if_ import IF_OPER_UP, IFF_RUNNING, IFF_UP, ifreq, ifreq_of
from helpers.uapi.rtnetlink import IFLA_OPERSTATE
from helpers.uapi.sockios import SIOCGIFFLAGS, SIOCGIFHWADDR, SIOCGIFINDEX, SIOCGIFMTU, SIOCSIFFLAGS, SIOCSIFNAME
from helpers.unavailable import unavailable

NEAR_INDEX, FAR_INDEX = 10, 11  # of the ends of a veth pair


class Links:
    """The links of *namespace*, by name."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        with namespace:
            self._route = Rtnetlink()
            self._control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._netlink: IPRoute | None = None

    @property
    def netlink(self) -> IPRoute:
        """pyroute2's socket in this namespace, made when it is first asked for."""
        if self._netlink is None:
            with self.namespace:
                self._netlink = Route()
                self._netlink.get_links(1)  # the socket is opened by the first request, so make that here
        return self._netlink

    def _ifreq(self, request: int, name: str) -> ifreq:
        """Make one of the SIOCGIF* calls and return the answer."""
        words = ifreq_of(name)
        try:
            fcntl.ioctl(self._control, request, words)
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise
            with self.namespace:  # some kernels look for the link in the namespace of the caller
                fcntl.ioctl(self._control, request, words)
        return words

    def index(self, name: str) -> int:
        """Return the interface index; OSError(ENODEV) when there is no such link."""
        return self._ifreq(SIOCGIFINDEX, name).ifr_ifindex

    def flags(self, name: str) -> int:
        """Return the IFF_* flags (the lower 16 bits)."""
        return self._ifreq(SIOCGIFFLAGS, name).ifr_flags & 0xFFFF

    def mtu(self, name: str) -> int:
        """Return the MTU in bytes."""
        return self._ifreq(SIOCGIFMTU, name).ifr_mtu

    def mac(self, name: str) -> bytes:
        """Return the 6-byte hardware address."""
        return bytes(self._ifreq(SIOCGIFHWADDR, name).ifr_hwaddr.sa_data)[:6]

    def running(self, name: str) -> bool:
        """Return whether the link transmits: its operational state is up.

        IFF_RUNNING is not enough: it shows as long as the link watch has not looked at a fresh link (its state is
        "unknown" then), and a moment before the link watch opens the queue, which is done under the lock that the
        answer to RTM_GETLINK takes too. What is sent before that vanishes. A kernel that reports no state has
        no such moment: IFF_RUNNING has to do.
        """
        state = self._route.link(self.index(name)).get(IFLA_OPERSTATE)
        if state is None:
            return bool(self.flags(name) & IFF_RUNNING)
        return state == bytes([IF_OPER_UP])

    def wait_running(self, name: str) -> None:
        """Return once a link with a carrier (a veth, not a dummy) transmits; DeadlineError if it never does."""
        wait.until(lambda: self.running(name), f"link {name} running")

    def _change(self, request: int, words: ifreq) -> bool:
        """Make one of the SIOCSIF* calls, quicker than a netlink request; False on a kernel that does not know it."""
        try:
            fcntl.ioctl(self._control, request, words)
        except OSError as error:
            if error.errno != errno.ENOTTY:
                raise
            return False
        return True

    def quiet(self, name: str) -> None:
        """Keep a link from speaking IPv6 by itself, where its namespace as a whole is not kept from it."""
        if self.namespace.speaking:
            self._route.speak_no_ipv6(self.index(name))

    def _set_up(self, name: str, up: int) -> None:
        """Set a link up (IFF_UP) or down (0)."""
        if up:
            self.quiet(name)
        words = ifreq_of(name, ifr_flags=self.flags(name) & ~IFF_UP | up)
        if not self._change(SIOCSIFFLAGS, words):
            self._route.set_flags(self.index(name), up, IFF_UP)

    def up(self, name: str) -> None:
        """Set a link up."""
        self._set_up(name, IFF_UP)

    def down(self, name: str) -> None:
        """Set a link down. Skip where links are always up."""
        self._set_up(name, 0)
        self._skip_if_up(name)

    def _skip_if_up(self, name: str) -> None:
        if self.flags(name) & IFF_UP:
            unavailable("the links of this kernel are always up")

    def rename(self, name: str, new: str) -> None:
        """Give a link that is down another name."""
        if not self._change(SIOCSIFNAME, ifreq_of(name, ifr_newname=new.encode())):
            self.set(name, ifname=new)

    def add(self, name: str, kind: str, **attributes: Any) -> int:
        """Make a link of *kind* and return its index; *attributes* as pyroute2's ``link("add", …)``.

        Skip where the kernel has no such links.
        """
        try:
            self.netlink.link("add", ifname=name, kind=kind, **attributes)
        except NetlinkError as error:
            if error.code != errno.EOPNOTSUPP:
                raise
            unavailable(f"this kernel has no such links of kind {kind}")
        self.quiet(name)
        return self.index(name)

    def set(self, name: str, **attributes: Any) -> None:
        """Change a link: ``state="up"``, ``mtu=``, ``address=`` … as pyroute2's ``link("set", …)``.

        Skip where a link is to be set down and links are always up.
        """
        if attributes.get("state") == "up":
            self.quiet(name)
        self.netlink.link("set", index=self.index(name), **attributes)
        if attributes.get("state") == "down":
            self._skip_if_up(name)

    def queue(self, name: str, kind: str, **attributes: Any) -> None:
        """Give a link a queueing discipline of *kind*, as pyroute2's ``tc("add", …)``."""
        self.netlink.tc("add", kind, self.index(name), **attributes)

    def delete(self, name: str) -> None:
        """Remove a link."""
        self.netlink.link("del", index=self.index(name))

    def close(self) -> None:
        """Close the control sockets; the links live as long as the namespace."""
        self._control.close()
        self._route.close()
        if self._netlink is not None:
            self._netlink.close()
            self._netlink = None


def _veth_message(name: str, peer: str, peer_namespace_fd: int, indexes: tuple[int, int], up: int) -> bytes:
    """Return the one message that makes both ends, names them, moves the peer and sets the near end *up* (IFF_UP)."""
    far = ifinfmsg()
    far["index"] = indexes[1]
    far["attrs"] = [("IFLA_IFNAME", peer), ("IFLA_NET_NS_FD", peer_namespace_fd)]
    near = ifinfmsg()
    near["index"] = indexes[0]
    near["flags"] = near["change"] = up
    near["header"]["type"] = RTM_NEWLINK
    near["header"]["flags"] = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL
    near["attrs"] = [
        ("IFLA_IFNAME", name),
        (
            "IFLA_LINKINFO",
            {"attrs": [("IFLA_INFO_KIND", "veth"), ("IFLA_INFO_DATA", {"attrs": [("VETH_INFO_PEER", far)]})]},
        ),
    ]
    near.encode()
    return bytes(near.data)


def veth(near: Namespace, far: Namespace, name: str, peer: str) -> None:
    """Make a veth pair, *name* in *near* (up) and *peer* in *far* (down); OSError with the kernel's errno.

    The far end cannot be set up in the same message: the kernel refuses to open a veth that has no peer yet.
    One message instead of pyroute2's several requests: a wire is made for almost every test. A near end that has to be
    kept quiet is set up after that, too.
    """
    up = 0 if near.speaking else IFF_UP
    with near, contextlib.closing(Rtnetlink()) as route:
        try:
            # Unlike indexes: an end whose index equals its peer's waits up to a second for the link watch to set it
            # running.
            route.request(_veth_message(name, peer, far.fd, (NEAR_INDEX, FAR_INDEX), up))
        except FileExistsError:
            # a kernel that looks for the index before it makes the link; if the name exists, it reports that again
            route.request(_veth_message(name, peer, far.fd, (0, 0), up))
    if near.speaking:
        with contextlib.closing(Links(near)) as links:
            links.up(name)
