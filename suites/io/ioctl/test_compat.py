"""The ioctls of sockets for 32-bit programs: time stamps, owner, queue, and what has no 32-bit form."""

import ctypes
import functools
import os
import time
from errno import EFAULT, ENOENT, ENOPKG, ENOTTY

import pytest

from fixtures.clauses import clause
from helpers import syscall, times
from helpers.compat32 import Direct
from helpers.memory import PATTERN
from helpers.net import frames
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.compat import old_timespec32, old_timeval32
from helpers.uapi.if_bridge import BRCTL_VERSION
from helpers.uapi.socket import AF_UNIX, MSG_PEEK, SOCK_DGRAM
from helpers.uapi.sockios import (
    SIOCADDRT,
    SIOCDEVPRIVATE,
    SIOCGIFBR,
    SIOCGIFSLAVE,
    SIOCGPGRP,
    SIOCGSKNS,
    SIOCGSTAMP_NEW,
    SIOCGSTAMP_OLD,
    SIOCGSTAMPNS_NEW,
    SIOCGSTAMPNS_OLD,
    SIOCINQ,
    SIOCOUTQ,
    SIOCSPGRP,
)
from helpers.uapi.time_types import __kernel_sock_timeval, __kernel_timespec

REFS = ["man:netdevice(7)", "src:net/socket.c:compat_sock_ioctl_trans"]
clause32 = functools.partial(clause, since="5.15", level="source", refs=REFS)
UNTOUCHED = bytes([PATTERN])
STAMPS = {
    SIOCGSTAMP_OLD: old_timeval32,
    SIOCGSTAMPNS_OLD: old_timespec32,
    SIOCGSTAMP_NEW: __kernel_sock_timeval,
    SIOCGSTAMPNS_NEW: __kernel_timespec,
}


@clause32(covers=["file:ioctl_SIOCGSTAMP", "file:ioctl_SIOCGSTAMPNS"])
@pytest.mark.parametrize(("code", "kind"), STAMPS.items(), ids=["stamp-old", "stampns-old", "stamp-new", "stampns-new"])
def test_stamp_has_the_words_of_its_form(lowmem, loopback, code, kind):
    """The old forms of the stamp are 8 bytes, the new ones 16; there is none (ENOENT) before the first frame."""
    socket, frame = loopback.packet_socket(protocol=frames.OWN), frames.ethernet()
    size = ctypes.sizeof(kind)
    place = lowmem.before_end(UNTOUCHED * size)

    assert Direct.ioctl(socket.fd, code, place) == refused(ENOENT)
    start = int(time.time())
    loopback.inject(frame)
    socket.receive(frame.marker)
    assert Direct.ioctl(socket.fd, code, place) == SUCCESS
    seconds, fraction = times.words(kind, lowmem.read(place, size))
    assert start <= seconds <= time.time()
    assert 0 <= fraction < (10**9 if code in (SIOCGSTAMPNS_OLD, SIOCGSTAMPNS_NEW) else 10**6)
    assert Direct.ioctl(socket.fd, code, lowmem.before_end(bytes(size - 1))) == refused(EFAULT)


@clause32(covers=["file:ioctl_SIOCGSTAMP"])
@pytest.mark.parametrize("code", STAMPS, ids=["stamp-old", "stampns-old", "stamp-new", "stampns-new"])
def test_family_without_stamps_is_enotty(lowmem, sockets, code):
    """A family whose messages have no stamps, AF_UNIX, is ENOTTY."""
    assert Direct.ioctl(sockets.open(AF_UNIX, SOCK_DGRAM).fd, code, lowmem.alloc(16)) == refused(ENOTTY)


@clause32(covers=["file:ioctl_SIOCADDRT", "file:ioctl_SIOCGIFSLAVE", "file:ioctl_unknown"])
@pytest.mark.parametrize("code", [SIOCADDRT, SIOCGIFSLAVE, SIOCDEVPRIVATE - 1], ids=["addrt", "gifslave", "unknown"])
def test_request_without_a_32_bit_form_is_enotty(lowmem, sockets, code):
    """A request without a 32-bit form is ENOTTY on a packet socket and not read, though the native call reads it."""
    socket = sockets.packet()

    assert syscall.ioctl(socket.fd, code, None) == refused(EFAULT)
    assert Direct.ioctl(socket.fd, code, None) == refused(ENOTTY)


@clause32(covers=["file:ioctl_SIOCINQ", "file:ioctl_SIOCOUTQ", "file:ioctl_SIOCSPGRP", "file:ioctl_SIOCGPGRP"])
def test_requests_with_an_int_work(lowmem, loopback):
    """The queued amounts and the owner are returned, and the owner is set, as natively."""
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


@clause32(covers=["file:ioctl_bridge"])
def test_old_bridge_request_has_words_of_4_bytes(lowmem, sockets):
    """SIOCGIFBR takes three words of 4 bytes, and returns the version of its interface."""
    socket, place = sockets.packet(), lowmem.before_end(bytes(12))
    if socket.ioctl(SIOCGIFBR, None) == refused(ENOPKG):
        pytest.skip("this kernel has no bridges (CONFIG_BRIDGE)")

    assert Direct.ioctl(socket.fd, SIOCGIFBR, lowmem.before_end(bytes(11))) == refused(EFAULT)
    assert Direct.ioctl(socket.fd, SIOCGIFBR, place) == returned(BRCTL_VERSION)
