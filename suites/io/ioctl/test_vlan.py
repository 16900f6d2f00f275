"""SIOCSIFVLAN and SIOCGIFVLAN: VLAN links, through a socket of any family."""

import ctypes
import functools
from errno import EFAULT, ENODEV, ENOPKG, EOPNOTSUPP, EPERM

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ import ifreq
from helpers.uapi.if_vlan import ADD_VLAN_CMD, DEL_VLAN_CMD, GET_VLAN_VID_CMD, vlan_ioctl_args
from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM
from helpers.uapi.sockios import SIOCGIFINDEX, SIOCGIFVLAN, SIOCSIFVLAN

VLAN = ["src:net/socket.c:sock_ioctl", "src:net/8021q/vlan.c:vlan_ioctl_handler"]
vlan_clause = functools.partial(clause, since="2.6.12", level="source", refs=VLAN, covers=["file:ioctl_vlan"])
NO_SUCH_CMD = 99


def vlan(command, link, vid=0):
    """Return the argument of a request about a link, and with a VLAN id."""
    made = vlan_ioctl_args(command, link)
    made.u.VID = vid
    return made


def index_of(socket, name):
    """Return the Result of asking for a link."""
    return socket.ioctl(SIOCGIFINDEX, bytearray(name.ljust(ctypes.sizeof(ifreq), b"\0")))


@pytest.fixture
def tagging(sockets, wire):
    """A socket of AF_UNIX beside a link, on a kernel that has VLAN links."""
    socket = sockets.open(AF_UNIX, SOCK_DGRAM, namespace=wire.left.namespace)
    if socket.ioctl(SIOCGIFVLAN, None) == refused(ENOPKG):
        pytest.skip("this kernel has no VLAN links (CONFIG_VLAN_8021Q)")
    return socket


@vlan_clause()
def test_vlan_link_is_made_told_about_and_removed(tagging):
    """SIOCSIFVLAN makes a VLAN link on a link, SIOCGIFVLAN returns its id, and SIOCSIFVLAN removes it."""
    question = vlan(GET_VLAN_VID_CMD, b"left.5")

    assert tagging.ioctl(SIOCSIFVLAN, vlan(ADD_VLAN_CMD, b"left", 5)) == SUCCESS
    assert tagging.ioctl(SIOCGIFVLAN, question) == SUCCESS
    assert question.u.VID == 5
    assert tagging.ioctl(SIOCSIFVLAN, vlan(DEL_VLAN_CMD, b"left.5")) == SUCCESS
    assert index_of(tagging, b"left.5") == refused(ENODEV)


@vlan_clause()
@pytest.mark.parametrize("code", [SIOCGIFVLAN, SIOCSIFVLAN], ids=["SIOCGIFVLAN", "SIOCSIFVLAN"])
def test_vlan_request_that_cannot_be_is_refused(tagging, code):
    """A VLAN request is EFAULT if unreadable, ENODEV without link, EOPNOTSUPP if unknown, EPERM without capability."""
    add = vlan(ADD_VLAN_CMD, b"left", 5)

    assert tagging.ioctl(code, None) == refused(EFAULT)
    assert tagging.ioctl(code, vlan(ADD_VLAN_CMD, b"none", 5)) == refused(ENODEV)
    assert tagging.ioctl(code, vlan(NO_SUCH_CMD, b"left")) == refused(EOPNOTSUPP)
    assert process.in_child(lambda: tagging.ioctl(code, add), without=["CAP_NET_ADMIN"]) == refused(EPERM)
    assert index_of(tagging, b"left.5") == refused(ENODEV)
