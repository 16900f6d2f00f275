"""The 32-bit calls: control messages of sockets of IP, compared with what the native call does with the same data."""

import ctypes
import functools
import sys
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import messages, wait
from helpers.compat32 import Direct, SocketCall
from helpers.compat_messages import CompatMessage
from helpers.compat_messages import cmsg as cmsg32
from helpers.kinds import INET6_UDP, INET_TCP, INET_UDP
from helpers.messages import CMSG_HEADER, Message, cmsg
from helpers.payloads import arrived
from helpers.syscall import refused, returned
from helpers.uapi.compat import compat_cmsghdr
from helpers.uapi.in6 import (
    IPV6_HOPLIMIT,
    IPV6_RECVHOPLIMIT,
    IPV6_RECVTCLASS,
    IPV6_TCLASS,
)
from helpers.uapi.in_ import IP_RECVTOS, IP_RECVTTL, IP_TOS, IP_TTL
from helpers.uapi.socket import SOL_IP, SOL_IPV6, SOL_SOCKET, SOL_UDP
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD
from helpers.uapi.udp import UDP_SEGMENT

BOTH = pytest.mark.parametrize("entry", [SocketCall, Direct], ids=["socketcall", "direct"])
FROM_USER = "src:net/compat.c:cmsghdr_from_user_compat_to_kern"
clause32 = functools.partial(clause, since="4.18", level="source", refs=["man:socketcall(2)", FROM_USER])
FIELDS = {
    INET_UDP: (SOL_IP, ((IP_TTL, IP_RECVTTL, 7), (IP_TOS, IP_RECVTOS, 0x10))),
    INET6_UDP: (SOL_IPV6, ((IPV6_HOPLIMIT, IPV6_RECVHOPLIMIT, 7), (IPV6_TCLASS, IPV6_RECVTCLASS, 0x10))),
}
FOREIGN = 4711


def number(value, size=4):
    return value.to_bytes(size, sys.byteorder)


def by_native(near, parts, data=b"data"):
    """Send with the control messages *parts*, (level, type, data, the length that replaces the data's, or None)."""
    control = b"".join(
        cmsg(level, kind, content, None if length is None else length + CMSG_HEADER)
        for level, kind, content, length in parts
    )
    return near.sendmsg(Message([data], control=control).header)


def by_entry(entry, lowmem, near, parts, data=b"data"):
    """Send the same in the 32-bit layout."""
    size = ctypes.sizeof(compat_cmsghdr)
    control = b"".join(
        cmsg32(level, kind, content, None if length is None else length + size)
        for level, kind, content, length in parts
    )
    return entry.sendmsg(near.fd, CompatMessage(lowmem, [data], control=control).address)


@clause32()
@BOTH
@of_kinds(*FIELDS)
def test_fields_of_a_packet_are_as_from_the_native_call(loopback, sockets, lowmem, kind, entry):
    """TTL and TOS, hop limit and traffic class of 32-bit control messages leave as those of native ones do."""
    near, far = kind.pair(sockets, loopback.namespace)
    level, fields = FIELDS[kind]
    for _, option, _ in fields:
        far.must.setsockopt(level, option, 1)
    parts = [(level, type_, number(value), None) for type_, _, value in fields]
    last = [(FOREIGN, 0, b"odd", None), *reversed(parts)]

    results, found = [], []
    for sent in (parts, last):
        for send in (by_native, functools.partial(by_entry, entry, lowmem)):
            results.append(send(near, sent))
            assert wait.readable(far.fd)
            found.append(messages.receive(far.fd).controls)

    assert results == [returned(4)] * 4
    assert len(found[0]) == 2
    assert found == [found[0]] * 4
    assert sorted(int.from_bytes(data[:1], sys.byteorder) for _, _, data in found[0]) == [7, 0x10]


@clause32(covers=["errno:EINVAL"])
@BOTH
@of_kinds(INET_UDP, INET6_UDP, INET_TCP)
def test_what_the_native_call_refuses_is_refused(loopback, sockets, lowmem, kind, entry):
    """Sizes, types and levels of control messages have the same answer from a 32-bit program, and nothing is sent."""
    near, far = kind.pair(sockets, loopback.namespace)
    level, type_ = (SOL_SOCKET, SO_TIMESTAMPING_OLD) if kind is INET_TCP else (FIELDS[kind][0], FIELDS[kind][1][0][0])
    good = (level, type_, number(0 if kind is INET_TCP else 7), None)
    cases = [
        [good],
        [good, good],
        [(level, type_, b"123", None)],
        [(level, type_, number(7, 8), None)],
        [(level, type_, b"", None)],
        [good, (level, type_, b"123", None)],
        [(SOL_SOCKET, FOREIGN, number(7), None)],
        [(FOREIGN, FOREIGN, number(7), None)],
        [(level, type_, number(7), -1)],
        [(level, type_, number(7), 9)],
        [(level, type_, number(7), 0)],
    ]

    native = [by_native(near, parts) for parts in cases]
    compat = [by_entry(entry, lowmem, near, parts) for parts in cases]

    assert compat == native
    assert native[0] == native[1] == native[7] == returned(4)
    assert {native[at] for at in (2, 3, 4, 5, 6, 8, 9, 10)} == {refused(EINVAL)}
    assert b"".join(arrived(kind, near, far)) == b"data" * 6


@clause32()
@BOTH
def test_a_size_of_two_bytes_is_read_behind_the_header(loopback, sockets, lowmem, entry):
    """UDP_SEGMENT, of 2 bytes, divides data sent by a 32-bit call as by the native one; the padding does not count."""
    near, far = INET_UDP.pair(sockets, loopback.namespace)
    parts = [(SOL_UDP, UDP_SEGMENT, number(3, 2), None), (FOREIGN, 0, b"", None)]

    results = [by_native(near, parts, b"abcdefgh"), by_entry(entry, lowmem, near, parts, b"abcdefgh")]

    assert results == [returned(8)] * 2
    assert arrived(INET_UDP, near, far) == [b"abc", b"def", b"gh"] * 2
