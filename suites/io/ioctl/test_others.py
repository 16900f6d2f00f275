"""Requests that only some drivers and families know, that none knows, and SIOCGSKNS."""

import ctypes
import os
from errno import EFAULT, EINVAL, ENODEV, ENOTTY, EOPNOTSUPP, EPERM

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.memory import PATTERN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.ethtool import ETHTOOL_GLINK, ethtool_value
from helpers.uapi.if_ import IFNAMSIZ, ifreq
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM
from helpers.uapi.sockios import (
    SIOCBONDINFOQUERY,
    SIOCDEVPRIVATE,
    SIOCETHTOOL,
    SIOCGHWTSTAMP,
    SIOCGSKNS,
    SIOCPROTOPRIVATE,
    SIOCRTMSG,
    SIOCSHWTSTAMP,
    SIOCWANDEV,
)

REFS = ["man:netdevice(7)", "src:net/socket.c:sock_ioctl", "src:net/core/dev_ioctl.c:dev_ioctl"]
NO_SUCH_CALL, OTHER_TYPE = 0x8938, 0x5499  # of the sockets' type, and of the terminals'


def request(name=b"lo", data=0):
    """Return an ifreq that carries a pointer."""
    made = ifreq.from_buffer_copy(name.ljust(IFNAMSIZ, b"\0").ljust(ctypes.sizeof(ifreq), bytes([PATTERN])))
    made.ifr_data = data
    return made


@pytest.fixture(params=[(AF_PACKET, SOCK_DGRAM), (AF_UNIX, SOCK_STREAM)], ids=["packet", "unix"])
def socket(request, loopback, sockets):
    """A socket of each family in a namespace whose loopback device is up."""
    return sockets.open(*request.param, namespace=loopback.namespace)


@clause(since="2.4", level="source", refs=REFS, covers=["file:ioctl_SIOCDEVPRIVATE", "file:ioctl_unknown"])
@pytest.mark.parametrize(
    ("code", "errno"),
    [(SIOCDEVPRIVATE - 1, ENOTTY), (SIOCDEVPRIVATE, EOPNOTSUPP), (SIOCDEVPRIVATE + 15, EOPNOTSUPP),
     (SIOCPROTOPRIVATE + 1, ENOTTY), (NO_SUCH_CALL, ENOTTY)],
    ids=["below", "first", "last", "protocol", "unknown"],
)  # fmt: skip
def test_private_requests_go_to_the_driver(socket, code, errno):
    """The 16 private requests are the driver's (EOPNOTSUPP if it has none); others of the sockets' type are ENOTTY."""
    asked = request()
    before = bytes(asked)

    assert socket.ioctl(code, asked) == refused(errno)
    assert bytes(asked) == before


@clause(since="2.4", level="source", refs=REFS, covers=["file:ioctl_SIOCDEVPRIVATE", "file:ioctl_unknown"])
@pytest.mark.parametrize("code", [SIOCDEVPRIVATE - 1, SIOCDEVPRIVATE, SIOCDEVPRIVATE + 15, NO_SUCH_CALL],
                         ids=["below", "first", "last", "unknown"])  # fmt: skip
def test_request_of_the_sockets_type_is_read_first(loopback, memory, code):
    """A request of the sockets' type whose ifreq cannot be read to its end is EFAULT, known or not."""
    socket = loopback.packet_socket()

    assert socket.ioctl(code, None) == refused(EFAULT)
    assert socket.ioctl(code, memory.before_end(bytes(request())[:-1])) == refused(EFAULT)


@clause(since="2.4", level="source", refs=REFS, covers=[
    f"file:ioctl_{name}" for name in ("SIOCDEVPRIVATE", "SIOCWANDEV", "SIOCGHWTSTAMP", "bond")
])  # fmt: skip
@pytest.mark.parametrize(
    ("code", "errno"),
    [(SIOCDEVPRIVATE, EOPNOTSUPP), (SIOCWANDEV, EOPNOTSUPP), (SIOCGHWTSTAMP, EOPNOTSUPP),
     (SIOCBONDINFOQUERY, EOPNOTSUPP)],
    ids=["private", "wandev", "hwtstamp", "bond"],
)  # fmt: skip
def test_request_for_a_driver_names_a_link(loopback, code, errno):
    """A request for a driver is EOPNOTSUPP where the driver does not know it, and ENODEV where there is no link."""
    socket = loopback.packet_socket()

    assert socket.ioctl(code, request(b"lo1")) == refused(ENODEV)
    assert socket.ioctl(code, request()) == refused(errno)


@clause(since="5.15", level="source", refs=REFS, covers=["file:ioctl_unknown"])
@pytest.mark.parametrize("code", [OTHER_TYPE, SIOCDEVPRIVATE + 16], ids=["terminal", "after-private"])
def test_request_of_another_type_is_enotty_unread(loopback, code):
    """A request of another type is ENOTTY, and its argument is not looked at."""
    assert loopback.packet_socket().ioctl(code, None) == refused(ENOTTY)


@clause(
    since="2.2",
    level="source",
    refs=["src:net/socket.c:sock_do_ioctl", "src:net/ipv4/af_inet.c:inet_ioctl"],
    covers=["file:ioctl_unknown"],
)
def test_family_answers_first(loopback, sockets):
    """A request that the socket's family knows is its own: SIOCRTMSG is EINVAL on AF_INET, ENOTTY on others."""
    inet = sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace)

    assert inet.ioctl(SIOCRTMSG, None) == refused(EINVAL)
    assert loopback.packet_socket().ioctl(SIOCRTMSG, request()) == refused(ENOTTY)


@clause(since="2.4", level="documented", refs=REFS, covers=["file:ioctl_SIOCETHTOOL"])
def test_ethtool_request_reads_and_writes_behind_its_pointer(socket, memory):
    """SIOCETHTOOL works on what ifr_data points to, and leaves the ifreq as it was."""
    value = ethtool_value(ETHTOOL_GLINK, 4711)
    asked = request(data=ctypes.addressof(value))
    before = bytes(asked)

    assert socket.ioctl(SIOCETHTOOL, request(data=memory.unmapped)) == refused(EFAULT)
    assert socket.ioctl(SIOCETHTOOL, asked) == SUCCESS
    assert (value.cmd, value.data, bytes(asked)) == (ETHTOOL_GLINK, 1, before)


@clause(since="2.6.30", level="source", refs=REFS, covers=["file:ioctl_SIOCSHWTSTAMP"])
def test_hardware_stamp_request_reads_behind_its_pointer(loopback, memory):
    """SIOCSHWTSTAMP reads what ifr_data points to (EFAULT) before a driver without it refuses (EOPNOTSUPP)."""
    socket, config = loopback.packet_socket(), (ctypes.c_int * 3)()

    assert socket.ioctl(SIOCSHWTSTAMP, request(data=memory.unmapped)) == refused(EFAULT)
    assert socket.ioctl(SIOCSHWTSTAMP, request(data=ctypes.addressof(config))) == refused(EOPNOTSUPP)


@clause(since="4.10", level="source", refs=["src:net/socket.c:sock_ioctl"], covers=["file:ioctl_SIOCGSKNS"])
def test_siocgskns_gives_the_namespace_of_the_socket(socket, loopback, sockets):
    """SIOCGSKNS returns a new descriptor, close-on-exec, of the network namespace in which the socket was made."""
    result = socket.ioctl(SIOCGSKNS)

    assert result.ok
    found = sockets.adopt(result.value)
    assert os.fstat(found.fd).st_ino == loopback.namespace.inode
    assert not os.get_inheritable(found.fd)


@clause(since="4.10", level="source", refs=["src:net/socket.c:sock_ioctl"], covers=["file:ioctl_SIOCGSKNS"])
def test_siocgskns_needs_cap_net_admin(sockets):
    """SIOCGSKNS is EPERM without CAP_NET_ADMIN over the socket's namespace."""
    socket = sockets.packet()

    def run():
        return socket.ioctl(SIOCGSKNS)

    assert process.in_child(run, without=["CAP_NET_ADMIN"]) == refused(EPERM)
    assert process.in_child(run).ok
