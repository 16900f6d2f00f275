"""The ioctls of links for 32-bit programs: an ifreq of 32 bytes, and pointers of 4."""

import functools
import struct
from errno import EFAULT, EOPNOTSUPP
from socket import inet_aton

import pytest

from fixtures.clauses import clause
from helpers.compat32 import Direct
from helpers.memory import PATTERN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.ethtool import ETHTOOL_GLINK, ethtool_value
from helpers.uapi.if_ import IFF_UP, IFNAMSIZ
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM
from helpers.uapi.sockios import (
    SIOCBONDINFOQUERY,
    SIOCDEVPRIVATE,
    SIOCETHTOOL,
    SIOCGHWTSTAMP,
    SIOCGIFADDR,
    SIOCGIFCONF,
    SIOCGIFINDEX,
    SIOCGIFMAP,
    SIOCGIFNAME,
    SIOCSHWTSTAMP,
    SIOCSIFFLAGS,
    SIOCWANDEV,
)

REFS = ["man:netdevice(7)", "src:net/socket.c:compat_sock_ioctl_trans"]
clause32 = functools.partial(clause, since="5.15", level="source", refs=REFS)
SIZE = 32  # struct compat_ifreq
UNTOUCHED = bytes([PATTERN])


def request(name=b"lo", union=b""):
    """Return a compat_ifreq: the name, the start of the union, 0xA5 in what is left of it."""
    return name.ljust(IFNAMSIZ, b"\0") + union.ljust(SIZE - IFNAMSIZ, UNTOUCHED)


@clause32(covers=["file:ioctl_SIOCGIFINDEX", "file:ioctl_SIOCGIFNAME", "file:ioctl_SIOCGIFADDR"])
@pytest.mark.parametrize(
    ("code", "given", "answer"),
    [
        (SIOCGIFINDEX, b"", struct.pack("=i", 1)),
        (SIOCGIFNAME, struct.pack("=i", 1), struct.pack("=i", 1)),
        (SIOCGIFMAP, b"", bytes(13)),
        (SIOCGIFADDR, b"", struct.pack("=HH4s8x", AF_INET, 0, inet_aton("127.0.0.1"))),
    ],
    ids=["index", "name", "map", "addr"],
)
def test_interface_request_has_32_bytes(lowmem, loopback, code, given, answer):
    """An ifreq of 32 bytes at the end of a page is read and written, one that lacks a byte is EFAULT."""
    socket = loopback.packet_socket()
    place = lowmem.before_end(request(union=given))

    assert Direct.ioctl(socket.fd, code, lowmem.before_end(request(union=given)[:-1])) == refused(EFAULT)
    assert Direct.ioctl(socket.fd, code, lowmem.readonly(request(union=given))) == refused(EFAULT)
    assert Direct.ioctl(socket.fd, code, place) == SUCCESS
    assert lowmem.read(place, 3) == b"lo\0"
    assert lowmem.read(place + IFNAMSIZ, SIZE - IFNAMSIZ) == request(union=answer)[IFNAMSIZ:]


@clause32(covers=["file:ioctl_SIOCSIFFLAGS"])
@pytest.mark.parametrize("family", ["packet", "unix"])
def test_interface_is_changed_by_32_bytes(lowmem, loopback, sockets, family):
    """SIOCSIFFLAGS takes an ifreq of 32 bytes at the end of a page, on a packet socket and on others."""
    socket = loopback.packet_socket()
    if family == "unix":
        socket = sockets.open(AF_UNIX, SOCK_DGRAM, namespace=loopback.namespace)

    result = Direct.ioctl(socket.fd, SIOCSIFFLAGS, lowmem.readonly(request(union=bytes(2))))

    assert result == SUCCESS
    assert not loopback.links.flags("lo") & IFF_UP


@clause32(covers=["file:ioctl_SIOCGIFCONF"])
@pytest.mark.parametrize(("room", "told"), [(SIZE - 1, 0), (SIZE, SIZE), (2 * SIZE, SIZE)])
def test_ifconf_has_8_bytes_and_entries_of_32(lowmem, loopback, room, told):
    """SIOCGIFCONF takes a length and a pointer of 4 bytes each, and writes whole entries of 32 bytes."""
    socket = loopback.packet_socket()
    buffer = lowmem.place(UNTOUCHED * 64)
    place = lowmem.before_end(struct.pack("=iI", room, buffer))

    result = Direct.ioctl(socket.fd, SIOCGIFCONF, place)

    entry = request(union=struct.pack("=HH4s8x", AF_INET, 0, inet_aton("127.0.0.1")))[:told]
    assert result == SUCCESS
    assert lowmem.read(place, 8) == struct.pack("=iI", told, buffer)
    assert lowmem.read(buffer, 64) == entry.ljust(64, UNTOUCHED)


@clause32(covers=["file:ioctl_SIOCETHTOOL"])
def test_pointer_in_an_interface_request_has_4_bytes(lowmem, loopback):
    """SIOCETHTOOL works on what the 4 bytes of ifr_data point to."""
    socket = loopback.packet_socket()
    value = lowmem.place(bytes(ethtool_value(ETHTOOL_GLINK, 4711)))
    unmapped = struct.pack("=I", lowmem.unmapped)

    assert Direct.ioctl(socket.fd, SIOCETHTOOL, lowmem.before_end(request(union=unmapped))) == refused(EFAULT)
    asked = lowmem.before_end(request(union=struct.pack("=I", value)))
    assert Direct.ioctl(socket.fd, SIOCETHTOOL, asked) == SUCCESS
    assert lowmem.read(value, 8) == bytes(ethtool_value(ETHTOOL_GLINK, 1))


@clause32(covers=["file:ioctl_SIOCSHWTSTAMP", "file:ioctl_bond", "file:ioctl_SIOCDEVPRIVATE"])
@pytest.mark.parametrize("code", [SIOCSHWTSTAMP, SIOCGHWTSTAMP, SIOCBONDINFOQUERY, SIOCWANDEV, SIOCDEVPRIVATE,
                                  SIOCDEVPRIVATE + 15],
                         ids=["set-stamp", "get-stamp", "bond", "wandev", "private", "last-private"])  # fmt: skip
def test_request_for_a_driver_reaches_it(lowmem, loopback, code):
    """A request for a driver that does not know it is EOPNOTSUPP, and EFAULT if its 32 bytes cannot be read."""
    socket = loopback.packet_socket()
    asked = request(union=struct.pack("=I", lowmem.alloc(64)))

    assert Direct.ioctl(socket.fd, code, lowmem.before_end(asked[:-1])) == refused(EFAULT)
    assert Direct.ioctl(socket.fd, code, lowmem.before_end(asked)) == refused(EOPNOTSUPP)
