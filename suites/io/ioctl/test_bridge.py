"""SIOCBR* and SIOCGIFBR: making bridges through a socket of any family."""

import ctypes
import functools
import struct
from errno import EBUSY, EEXIST, EFAULT, EINVAL, ENODEV, ENOPKG, ENXIO, EOPNOTSUPP, EPERM

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.memory import Buffer
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.if_ import IFNAMSIZ, ifreq
from helpers.uapi.if_bridge import BRCTL_GET_BRIDGE_INFO, BRCTL_GET_VERSION, BRCTL_VERSION
from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM
from helpers.uapi.sockios import (
    SIOCBRADDBR,
    SIOCBRADDIF,
    SIOCBRDELBR,
    SIOCBRDELIF,
    SIOCDEVPRIVATE,
    SIOCGIFBR,
    SIOCGIFINDEX,
    SIOCSIFBR,
)

BRIDGE = ["src:net/socket.c:br_ioctl_call", "src:net/bridge/br_ioctl.c:br_ioctl_stub"]
bridge_clause = functools.partial(clause, since="2.6.12", level="source", refs=BRIDGE)
NAME = b"bridge0".ljust(IFNAMSIZ, b"\0")
MEMBERS = pytest.mark.parametrize("code", [SIOCBRADDIF, SIOCBRDELIF], ids=["ADDIF", "DELIF"])


def member(index):
    """Return the ifreq that names the bridge and a link by its index."""
    return NAME + struct.pack("=i", index).ljust(ctypes.sizeof(ifreq) - IFNAMSIZ, b"\0")


def index_of(socket, name):
    """Return the Result of asking for a link."""
    return socket.ioctl(SIOCGIFINDEX, bytearray(name.ljust(ctypes.sizeof(ifreq), b"\0")))


@pytest.fixture
def bridging(sockets, namespace):
    """A socket of AF_UNIX in a namespace of its own, on a kernel that has bridges."""
    socket = sockets.open(AF_UNIX, SOCK_DGRAM, namespace=namespace)
    if socket.ioctl(SIOCGIFBR, None) == refused(ENOPKG):
        pytest.skip("this kernel has no bridges (CONFIG_BRIDGE)")
    return socket


@bridge_clause(covers=["file:ioctl_bridge"])
def test_bridge_is_made_and_removed(bridging):
    """SIOCBRADDBR makes a bridge of a name that is free, SIOCBRDELBR removes one that is there."""
    assert bridging.ioctl(SIOCBRADDBR, NAME) == SUCCESS
    assert index_of(bridging, NAME) == SUCCESS
    assert bridging.ioctl(SIOCBRADDBR, NAME) == refused(EEXIST)
    assert bridging.ioctl(SIOCBRDELBR, NAME) == SUCCESS
    assert index_of(bridging, NAME) == refused(ENODEV)
    assert bridging.ioctl(SIOCBRDELBR, NAME) == refused(ENXIO)


def without_and_with_cap_net_admin(socket, code, argument=None):
    """Return the Results of a request made without CAP_NET_ADMIN and with it; there is no bridge yet."""

    def run():
        return socket.ioctl(code, argument)

    results = [process.in_child(run, without=["CAP_NET_ADMIN"]), run()]
    assert index_of(socket, NAME) == refused(ENODEV)
    return results


@bridge_clause(covers=["file:ioctl_bridge"])
@pytest.mark.parametrize("code", [SIOCBRADDBR, SIOCBRDELBR], ids=["ADDBR", "DELBR"])
def test_bridge_request_needs_cap_net_admin_and_its_memory(bridging, code):
    """Making or removing a bridge is EPERM without CAP_NET_ADMIN, and with it EFAULT if it cannot be read."""
    assert without_and_with_cap_net_admin(bridging, code) == [refused(EPERM), refused(EFAULT)]


@bridge_clause(since="5.15", refs=[*BRIDGE, "commit:ad2f99aedf8f"], covers=["file:ioctl_bridge"])
@MEMBERS
def test_bridge_member_request_needs_cap_net_admin_and_its_memory(bridging, code):
    """A request to join or leave a bridge is EPERM without CAP_NET_ADMIN, and with it EFAULT if it cannot be read."""
    assert without_and_with_cap_net_admin(bridging, code) == [refused(EPERM), refused(EFAULT)]


@bridge_clause(until="5.14", refs=["src:net/core/dev_ioctl.c:dev_ioctl"])
@MEMBERS
def test_bridge_member_request_was_read_first(bridging, code):
    """A request to join or leave a bridge is EFAULT if it cannot be read, and only then EPERM or ENODEV."""
    assert without_and_with_cap_net_admin(bridging, code) == [refused(EFAULT)] * 2
    assert without_and_with_cap_net_admin(bridging, code, member(1)) == [refused(EPERM), refused(ENODEV)]


@bridge_clause(covers=["file:ioctl_bridge"])
def test_link_joins_and_leaves_a_bridge(bridging, wire, sockets):
    """SIOCBRADDIF puts a link into a bridge, once; SIOCBRDELIF takes it out, once."""
    socket = sockets.open(AF_UNIX, SOCK_DGRAM, namespace=wire.left.namespace)
    socket.must.ioctl(SIOCBRADDBR, NAME)

    calls = [
        (SIOCBRADDIF, SUCCESS),
        (SIOCBRADDIF, refused(EBUSY)),
        (SIOCBRDELIF, SUCCESS),
        (SIOCBRDELIF, refused(EINVAL)),
    ]

    for code, expected in calls:
        assert socket.ioctl(code, member(wire.left.ifindex)) == expected


@bridge_clause(covers=["file:ioctl_bridge"])
@pytest.mark.parametrize("code", [SIOCGIFBR, SIOCSIFBR], ids=["SIOCGIFBR", "SIOCSIFBR"])
def test_old_bridge_request_tells_its_version(bridging, code):
    """The old requests with three words return the version of their interface, or EOPNOTSUPP for unknown words."""
    version, unknown = struct.pack("3l", BRCTL_GET_VERSION, 0, 0), struct.pack("3l", 99, 0, 0)

    assert bridging.ioctl(code, None) == refused(EFAULT)
    assert bridging.ioctl(code, version) == returned(BRCTL_VERSION)
    assert bridging.ioctl(code, unknown) == refused(EOPNOTSUPP)


@bridge_clause(covers=["file:ioctl_bridge", "file:ioctl_SIOCDEVPRIVATE"])
def test_private_request_of_a_bridge_is_done_and_written_back(bridging, memory):
    """SIOCDEVPRIVATE reaches the driver, works on what ifr_data points to, and needs an ifreq that can be written."""
    info = Buffer(72)
    words = (ctypes.c_ulong * 4)(BRCTL_GET_BRIDGE_INFO, info.address)
    bridging.must.ioctl(SIOCBRADDBR, NAME)
    asked = NAME + bytes(ctypes.c_void_p(ctypes.addressof(words))).ljust(ctypes.sizeof(ifreq) - IFNAMSIZ, b"\0")

    assert bridging.ioctl(SIOCDEVPRIVATE, memory.readonly(asked)) == refused(EFAULT)
    assert bridging.ioctl(SIOCDEVPRIVATE, asked[:IFNAMSIZ] + bytes(24)) == refused(EFAULT)
    assert bridging.ioctl(SIOCDEVPRIVATE, memory.before_end(asked)) == SUCCESS
    assert info[8:10] == bytes.fromhex("8000")  # the priority, with which the bridge's id begins
    assert info.untouched(72)
