"""SIOCSIF*: changing the links of its namespace through a socket of any family."""

import struct
from errno import EFAULT, EINVAL, ENODEV, EOPNOTSUPP, EPERM
from socket import inet_aton

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.memory import PATTERN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ import IFF_LOOPBACK, IFF_UP, IFNAMSIZ, ifreq
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, SOCK_DGRAM
from helpers.uapi.sockios import (
    SIOCADDMULTI,
    SIOCBONDENSLAVE,
    SIOCGIFADDR,
    SIOCGIFMTU,
    SIOCGMIIPHY,
    SIOCSHWTSTAMP,
    SIOCSIFADDR,
    SIOCSIFFLAGS,
    SIOCSIFHWADDR,
    SIOCSIFMETRIC,
    SIOCSIFMTU,
    SIOCSIFNAME,
    SIOCSIFTXQLEN,
)

REFS = ["man:netdevice(7)", "src:net/socket.c:sock_do_ioctl", "src:net/core/dev_ioctl.c:dev_ioctl"]
SIZE = len(bytes(ifreq()))
DOWN = struct.pack("=H", IFF_LOOPBACK)
CHANGES = {"SIFFLAGS": (SIOCSIFFLAGS, DOWN), "SIFMTU": (SIOCSIFMTU, struct.pack("=i", 1234))}
CHANGE = pytest.mark.parametrize("name", CHANGES)
TOKENS = [f"file:ioctl_SIOC{name}" for name in CHANGES]


def request(name: bytes = b"lo", union: bytes = b"") -> bytes:
    """Return an ifreq: the name, the start of the union, 0xA5 in what is left of it."""
    return name.ljust(IFNAMSIZ, b"\0") + union.ljust(SIZE - IFNAMSIZ, bytes([PATTERN]))


def state(link):
    """Return whether the loopback device is up, and its MTU."""
    return bool(link.links.flags("lo") & IFF_UP), link.links.mtu("lo")


@pytest.fixture(params=[AF_PACKET, AF_UNIX], ids=["packet", "unix"])
def socket(request, loopback, sockets):
    """A socket of each family in a namespace whose loopback device is up."""
    return sockets.open(request.param, SOCK_DGRAM, namespace=loopback.namespace)


@clause(since="2.2", level="documented", refs=REFS, covers=TOKENS)
@CHANGE
def test_changes_the_link(socket, loopback, memory, name):
    """SIOCSIFFLAGS and SIOCSIFMTU change the link, from memory that can only be read."""
    code, change = CHANGES[name]

    result = socket.ioctl(code, memory.readonly(request(union=change)))

    assert result == SUCCESS
    assert state(loopback) == ((False, 65536) if name == "SIFFLAGS" else (True, 1234))


@clause(since="2.2", level="documented", refs=["man:netdevice(7)", "man:capabilities(7)", *REFS[1:]], covers=TOKENS)
@CHANGE
def test_change_needs_cap_net_admin(socket, loopback, name):
    """Without CAP_NET_ADMIN a change is EPERM, and the link stays as it is."""
    code, change = CHANGES[name]

    def run():
        return socket.ioctl(code, request(union=change))

    assert process.in_child(run, without=["CAP_NET_ADMIN"]) == refused(EPERM)
    assert state(loopback) == (True, 65536)
    assert process.in_child(run) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:netdevice(7)", "man:capabilities(7)", *REFS[1:]], covers=[
    f"file:ioctl_{name}" for name in ("SIOCSIFNAME", "SIOCSIFHWADDR", "SIOCSHWTSTAMP", "bond")
])  # fmt: skip
@pytest.mark.parametrize(
    "code",
    [SIOCSIFNAME, SIOCSIFHWADDR, SIOCSIFMETRIC, SIOCSIFTXQLEN, SIOCADDMULTI, SIOCGMIIPHY, SIOCSHWTSTAMP,
     SIOCBONDENSLAVE],
    ids=["name", "hwaddr", "metric", "txqlen", "addmulti", "miiphy", "hwtstamp", "bond"],
)  # fmt: skip
def test_privileged_request_needs_cap_net_admin(loopback, code):
    """Without CAP_NET_ADMIN each request that changes a link or looks into its hardware is EPERM."""
    socket = loopback.packet_socket()

    def run():
        return socket.ioctl(code, request())

    assert process.in_child(run, without=["CAP_NET_ADMIN"]) == refused(EPERM)
    assert process.in_child(run) != refused(EPERM) or code == SIOCSIFTXQLEN  # which asks the initial user namespace


@clause(since="2.2", level="source", refs=REFS, covers=TOKENS)
@CHANGE
def test_change_of_no_link_is_refused(loopback, memory, name):
    """A link that is not there is ENODEV, an ifreq that cannot be read to its end EFAULT; nothing changes."""
    socket, (code, change) = loopback.packet_socket(), CHANGES[name]
    whole = request(union=change)

    assert socket.ioctl(code, request(b"lo1", change)) == refused(ENODEV)
    assert socket.ioctl(code, memory.before_end(whole[:-1])) == refused(EFAULT)
    assert state(loopback) == (True, 65536)
    assert socket.ioctl(code, memory.before_end(whole)) == SUCCESS


@clause(since="2.2", level="documented", refs=REFS, covers=["file:ioctl_SIOCSIFMTU"])
@pytest.mark.parametrize("mtu", [-1, -(2**31)])
def test_negative_mtu_is_einval(loopback, mtu):
    """A negative MTU is EINVAL, and the old one stays."""
    socket = loopback.packet_socket()

    assert socket.ioctl(SIOCSIFMTU, request(union=struct.pack("=i", mtu))) == refused(EINVAL)
    assert loopback.links.mtu("lo") == 65536
    assert socket.ioctl(SIOCSIFMTU, request(union=struct.pack("=i", 68))) == SUCCESS


@clause(since="2.2", level="documented", refs=REFS, covers=["file:ioctl_SIOCGIFMETRIC"])
def test_metric_cannot_be_set(loopback):
    """SIOCSIFMETRIC is EOPNOTSUPP."""
    assert loopback.packet_socket().ioctl(SIOCSIFMETRIC, request(union=bytes(4))) == refused(EOPNOTSUPP)


@clause(since="2.2", level="documented", refs=REFS, covers=["file:ioctl_SIOCSIFNAME"])
def test_name_is_changed(namespace, sockets):
    """SIOCSIFNAME gives a link that is down another name, by which it is found from then on."""
    socket = sockets.packet(namespace=namespace)

    result = socket.ioctl(SIOCSIFNAME, bytearray(request(union=b"renamed\0")))

    assert result == SUCCESS
    assert socket.ioctl(SIOCGIFMTU, bytearray(request())) == refused(ENODEV)
    assert socket.ioctl(SIOCGIFMTU, bytearray(request(b"renamed"))) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:netdevice(7)", "src:net/packet/af_packet.c:packet_ioctl"],
        covers=["file:ioctl_SIOCSIFADDR"])  # fmt: skip
def test_packet_socket_passes_changes_of_inet_on(loopback):
    """A packet socket sets a link's IPv4 address."""
    socket = loopback.packet_socket()
    address = struct.pack("=HH", AF_INET, 0) + inet_aton("127.0.0.99") + bytes(8)
    asked = bytearray(request())

    assert socket.ioctl(SIOCSIFADDR, request(union=address)) == SUCCESS
    assert socket.ioctl(SIOCGIFADDR, asked) == SUCCESS
    assert asked[IFNAMSIZ : IFNAMSIZ + 8] == address[:8]
