"""recvmsg(2): control messages in a buffer of every size, by the native call and by the 32-bit one."""

import ctypes
from collections.abc import Callable
from typing import NamedTuple

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.compat32 import Direct
from helpers.compat_messages import CompatMessage
from helpers.kinds import INET6_UDP, INET_UDP
from helpers.messages import Message
from helpers.payloads import queued
from helpers.syscall import returned
from helpers.uapi.compat import CMSG_COMPAT_ALIGN, compat_cmsghdr
from helpers.uapi.in6 import IPV6_RECVHOPLIMIT, IPV6_RECVPKTINFO
from helpers.uapi.in_ import IP_PKTINFO, IP_RECVTOS, IP_RECVTTL
from helpers.uapi.socket import CMSG_ALIGN, MSG_CTRUNC, MSG_DONTWAIT, MSG_PEEK, SOL_IP, SOL_IPV6, cmsghdr

PUT = "src:net/core/scm.c:put_cmsg"
PUT32 = "src:net/compat.c:put_cmsg_compat"
ASKED = {
    INET_UDP: (SOL_IP, (IP_PKTINFO, IP_RECVTTL, IP_RECVTOS)),
    INET6_UDP: (SOL_IPV6, (IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT)),
}
WHOLE = 256  # bytes: room for all of them


class Layout(NamedTuple):
    """How control messages lie in memory."""

    header: type
    align: Callable[[int], int]


NATIVE, COMPAT = Layout(cmsghdr, CMSG_ALIGN), Layout(compat_cmsghdr, CMSG_COMPAT_ALIGN)


def laid_out(layout, found, room):
    """Return what *room* bytes hold of the control messages *found*, how many are counted, and msg_flags."""
    size = ctypes.sizeof(layout.header)
    at, content, flags = 0, bytearray(b"\xa5" * WHOLE), 0
    for level, kind, data in found:
        left = room - at
        if left < size:
            flags = MSG_CTRUNC
            continue
        length = size + len(data)
        if left < length:
            flags, length = MSG_CTRUNC, left
        whole = bytes(layout.header(length, level, kind)) + data
        content[at : at + length] = whole[:length]
        at += min(layout.align(size + len(data)), left)
    return bytes(content), at, flags


def asked(loopback, sockets, kind):
    """Return a receiver that asks for control messages, with a datagram that stays for MSG_PEEK, and its sender."""
    near, far = kind.pair(sockets, loopback.namespace)
    level, options = ASKED[kind]
    for option in options:
        far.must.setsockopt(level, option, 1)
    queued(near, far, b"data")
    return far, near


def everything(far):
    """Return (level, type, data) of what comes with the datagram."""
    message = Message([16], control=WHOLE)
    assert far.recvmsg(message.header, MSG_PEEK | MSG_DONTWAIT) == returned(4)
    return message.control_messages()


@clause(since="2.2", level="documented", refs=["man:cmsg(3)", "man:recvmsg(2)", PUT], covers=["msg:MSG_CTRUNC"])
@of_kinds(*ASKED)
def test_what_fits_is_written_and_counted(loopback, sockets, kind):
    """In room of any size control messages lie one after the other, the last cut; what none fits into is untouched."""
    far, _ = asked(loopback, sockets, kind)
    found = everything(far)
    answers, expected = {}, {}

    for room in range(sum(16 + CMSG_ALIGN(len(data)) for _, _, data in found) + 9):
        message = Message([16], control=WHOLE)
        message.header.msg_controllen = room
        result = far.recvmsg(message.header, MSG_PEEK | MSG_DONTWAIT)
        header = message.header
        answers[room] = result, bytes(message.control), header.msg_controllen, header.msg_flags
        expected[room] = returned(4), *laid_out(NATIVE, found, room)

    assert len(found) == len(ASKED[kind][1])
    assert answers == expected


@clause(since="2.2", level="source", refs=["man:cmsg(3)", "man:recvmsg(2)", PUT32], covers=["msg:MSG_CTRUNC"])
@of_kinds(*ASKED)
def test_what_fits_is_written_and_counted_for_32_bit(loopback, sockets, lowmem, kind):
    """A 32-bit program gets the same control messages behind 12-byte headers at multiples of 4, in room of any size."""
    far, _ = asked(loopback, sockets, kind)
    found = everything(far)
    message = CompatMessage(lowmem, [16], control=WHOLE)
    answers, expected = {}, {}

    for room in range(sum(12 + CMSG_COMPAT_ALIGN(len(data)) for _, _, data in found) + 5):
        lowmem.write(message.header.msg_control, b"\xa5" * WHOLE)
        message.header.msg_controllen, message.header.msg_flags = room, 0xFFFF
        result = Direct.recvmsg(far.fd, message.address, MSG_PEEK | MSG_DONTWAIT)
        header = message.header
        answers[room] = result, message.control(), header.msg_controllen, header.msg_flags
        expected[room] = returned(4), *laid_out(COMPAT, found, room)

    assert answers == expected
