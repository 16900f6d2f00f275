"""The ioctls of sockets for 32-bit programs: smaller structures, and pointers of 4 bytes."""

import ctypes
import functools
import os
import struct
import time
from errno import EFAULT, ENOENT, ENOTTY, EOPNOTSUPP
from socket import inet_aton

import pytest

from fixtures.clauses import clause
from helpers import frames, syscall
from helpers.compat32 import Direct
from helpers.memory import PATTERN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ import IFF_UP, IFNAMSIZ
from helpers.uapi.socket import AF_INET, AF_UNIX, MSG_PEEK, SOCK_DGRAM
from helpers.uapi.sockios import (
    SIOCADDRT,
    SIOCBONDINFOQUERY,
    SIOCDEVPRIVATE,
    SIOCETHTOOL,
    SIOCGHWTSTAMP,
    SIOCGIFADDR,
    SIOCGIFCONF,
    SIOCGIFINDEX,
    SIOCGIFMAP,
    SIOCGIFNAME,
    SIOCGIFSLAVE,
    SIOCGPGRP,
    SIOCGSKNS,
    SIOCGSTAMP_NEW,
    SIOCGSTAMP_OLD,
    SIOCGSTAMPNS_NEW,
    SIOCGSTAMPNS_OLD,
    SIOCINQ,
    SIOCOUTQ,
    SIOCSHWTSTAMP,
    SIOCSIFFLAGS,
    SIOCSPGRP,
    SIOCWANDEV,
)

REFS = ["man:netdevice(7)", "src:net/socket.c:compat_sock_ioctl_trans"]
clause32 = functools.partial(clause, since="5.15", level="source", refs=REFS)
SIZE = 32  # struct compat_ifreq
UNTOUCHED = bytes([PATTERN])
ETHTOOL_GLINK = 0x0A
STAMPS = {SIOCGSTAMP_OLD: "=ii", SIOCGSTAMPNS_OLD: "=ii", SIOCGSTAMP_NEW: "=qq", SIOCGSTAMPNS_NEW: "=qq"}


def request(name=b"lo", union=b""):
    """Return a compat_ifreq: the name, the start of the union, 0xA5 in what is left of it."""
    return name.ljust(IFNAMSIZ, b"\0") + union.ljust(SIZE - IFNAMSIZ, UNTOUCHED)


@clause32(covers=["file:ioctl_SIOCGSTAMP", "file:ioctl_SIOCGSTAMPNS"])
@pytest.mark.parametrize(
    ("code", "layout"), STAMPS.items(), ids=["stamp-old", "stampns-old", "stamp-new", "stampns-new"]
)
def test_stamp_has_the_words_of_its_form(lowmem, loopback, code, layout):
    """The old forms of the stamp are 8 bytes, the new ones 16; there is none (ENOENT) before the first frame."""
    socket, frame = loopback.packet_socket(protocol=frames.OWN), frames.ethernet()
    size = struct.calcsize(layout)
    place = lowmem.before_end(UNTOUCHED * size)

    assert Direct.ioctl(socket.fd, code, place) == refused(ENOENT)
    start = int(time.time())
    loopback.inject(frame)
    socket.receive(frame.marker)
    assert Direct.ioctl(socket.fd, code, place) == SUCCESS
    seconds, fraction = struct.unpack(layout, lowmem.read(place, size))
    assert start <= seconds <= time.time()
    assert 0 <= fraction < (10**9 if code in (SIOCGSTAMPNS_OLD, SIOCGSTAMPNS_NEW) else 10**6)
    assert Direct.ioctl(socket.fd, code, lowmem.before_end(bytes(size - 1))) == refused(EFAULT)


@clause32(covers=["file:ioctl_SIOCGSTAMP"])
@pytest.mark.parametrize("code", STAMPS, ids=["stamp-old", "stampns-old", "stamp-new", "stampns-new"])
def test_family_without_stamps_is_enotty(lowmem, sockets, code):
    """A family whose messages have no stamps, AF_UNIX, is ENOTTY."""
    assert Direct.ioctl(sockets.open(AF_UNIX, SOCK_DGRAM).fd, code, lowmem.alloc(16)) == refused(ENOTTY)


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
    value = lowmem.place(struct.pack("=II", ETHTOOL_GLINK, 4711))
    unmapped = struct.pack("=I", lowmem.unmapped)

    assert Direct.ioctl(socket.fd, SIOCETHTOOL, lowmem.before_end(request(union=unmapped))) == refused(EFAULT)
    asked = lowmem.before_end(request(union=struct.pack("=I", value)))
    assert Direct.ioctl(socket.fd, SIOCETHTOOL, asked) == SUCCESS
    assert lowmem.read(value, 8) == struct.pack("=II", ETHTOOL_GLINK, 1)


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


@clause32(covers=["file:ioctl_SIOCADDRT", "file:ioctl_SIOCGIFSLAVE", "file:ioctl_unknown"])
@pytest.mark.parametrize("code", [SIOCADDRT, SIOCGIFSLAVE, SIOCDEVPRIVATE - 1], ids=["addrt", "gifslave", "unknown"])
def test_request_without_a_32_bit_form_is_enotty(lowmem, sockets, code):
    """What has no form for 32-bit programs is ENOTTY unread on a packet socket, though the native call reads it."""
    socket = sockets.packet()

    assert syscall.ioctl(socket.fd, code, None) == refused(EFAULT)
    assert Direct.ioctl(socket.fd, code, None) == refused(ENOTTY)


@clause32(covers=["file:ioctl_SIOCINQ", "file:ioctl_SIOCOUTQ", "file:ioctl_SIOCSPGRP", "file:ioctl_SIOCGPGRP"])
def test_requests_with_an_int_work(lowmem, loopback):
    """The amounts that are queued and the owner are told, and the owner is set, as natively."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    frame, answer = frames.ethernet(size=60), lowmem.before_end(UNTOUCHED * 4)
    loopback.inject(frame)
    socket.receive(frame.marker, flags=MSG_PEEK)
    told = []

    owner = lowmem.readonly(bytes(ctypes.c_int(os.getpid())))
    assert Direct.ioctl(socket.fd, SIOCSPGRP, owner) == SUCCESS
    for code in (SIOCINQ, SIOCOUTQ, SIOCGPGRP):
        assert Direct.ioctl(socket.fd, code, answer) == SUCCESS
        told.append(int.from_bytes(lowmem.read(answer, 4), "little"))

    assert told == [60, 0, os.getpid()]


@clause32(covers=["file:ioctl_SIOCGSKNS"])
def test_namespace_of_the_socket_is_given(lowmem, loopback, sockets):
    """SIOCGSKNS returns a descriptor of the socket's namespace, as natively."""
    result = Direct.ioctl(loopback.packet_socket().fd, SIOCGSKNS)

    assert result.ok
    assert os.fstat(sockets.adopt(result.value).fd).st_ino == loopback.namespace.inode
