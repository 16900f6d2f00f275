"""sendto(2), sendmsg(2) and sendmmsg(2): the address and its length, on each kind of socket that has a peer."""

import ctypes
from errno import ECONNREFUSED, EDESTADDRREQ, EINVAL, EISCONN, ENOTCONN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import (
    INET6_RAW,
    INET6_TCP,
    INET6_UDP,
    INET_RAW,
    INET_TCP,
    INET_UDP,
    NETLINK,
    UNIX_DGRAM,
    UNIX_SEQPACKET,
    UNIX_STREAM,
)
from helpers.payloads import arrived
from helpers.send_calls import CALLS, by_sendto
from helpers.syscall import refused, returned

PAGES = ["man:sendto(2)", "man:sendmsg(2)", "man:sendmmsg(2)"]
SENT = returned(4)
LEAST = {INET_UDP: 16, INET_RAW: 16, INET6_UDP: 24, INET6_RAW: 24, NETLINK: 12}
"""Bytes of an address that a kind is content with: all but sin6_scope_id of a sockaddr_in6."""
WITHOUT = dict.fromkeys(LEAST, EDESTADDRREQ) | {UNIX_DGRAM: ENOTCONN, NETLINK: ECONNREFUSED}
READ_ANYWAY = (INET_UDP, INET6_UDP, INET6_RAW)
"""Kinds to which sendto(2) hands an address of length 0 as one that is too short."""
NONE = [
    (kind, call, length)
    for kind in WITHOUT
    for call in CALLS
    for length in (None, 0)
    if not (length == 0 and call == "sendto" and kind in READ_ANYWAY)
]
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def cut(name, length):
    """Return the first *length* bytes of *name*, zeros behind its end."""
    return (ctypes.c_char * length).from_buffer_copy(bytes(name).ljust(128, b"\0"))


@clause(
    since="3.0", level="source", refs=[*PAGES, "man:ip(7)", "man:ipv6(7)", "man:netlink(7)"], covers=["errno:EINVAL"]
)  # fmt: skip
@every_call
@pytest.mark.parametrize("connected", [False, True], ids=["unconnected", "connected"])
@of_kinds(*LEAST)
def test_an_address_has_a_least_length(loopback, sockets, kind, connected, call):
    """An address shorter than its fields is EINVAL, and nothing is sent, with a peer neither; a longer one is fine."""
    sender = kind.open(sockets, loopback.namespace)
    (other, name), (peer, peer_name) = (kind.named(sockets, loopback.namespace) for _ in range(2))
    if connected:
        sender.must.connect(peer_name)

    short = [call(sender.fd, b"data", name=cut(name, length)) for length in (1, 2, LEAST[kind] - 1)]
    long = [call(sender.fd, b"data", name=cut(name, length)) for length in (LEAST[kind], LEAST[kind] + 1, 128)]

    assert (short, long) == ([refused(EINVAL)] * 3, [SENT] * 3)
    sender.must.connect(name)
    assert arrived(kind, sender, other) == [b"data"] * 3
    sender.must.connect(peer_name)
    assert arrived(kind, sender, peer) == []


@clause(since="3.0", level="documented", refs=PAGES, covers=["errno:EDESTADDRREQ"])
@pytest.mark.parametrize(("kind", "name_of_call", "length"), NONE, ids=str)
def test_without_an_address_the_message_goes_to_the_peer(loopback, sockets, kind, name_of_call, length):
    """Without an address, or with one of length 0, the peer receives; where there is none the call is refused."""
    sender = kind.open(sockets, loopback.namespace)
    peer, name = kind.named(sockets, loopback.namespace)
    given = None if length is None else cut(name, length)

    call = CALLS[name_of_call]
    refusal = call(sender.fd, b"data", name=given)
    sender.must.connect(name)
    result = call(sender.fd, b"data", name=given)

    assert (refusal, result) == (refused(WITHOUT[kind]), SENT)
    assert arrived(kind, sender, peer) == [b"data"]


@clause(since="3.0", level="source", refs=["man:sendto(2)", "src:net/socket.c:__sys_sendto"], covers=["errno:EINVAL"])
@of_kinds(*READ_ANYWAY)
def test_sendto_does_not_take_length_0_for_no_address(loopback, sockets, kind):
    """UDP and raw IPv6 sockets refuse the address of length 0 of sendto(2) with EINVAL, with a peer, too."""
    sender = kind.open(sockets, loopback.namespace)
    peer, name = kind.named(sockets, loopback.namespace)

    first = by_sendto(sender.fd, b"data", name=cut(name, 0))
    sender.must.connect(name)
    second = by_sendto(sender.fd, b"data", name=cut(name, 0))

    assert (first, second) == (refused(EINVAL), refused(EINVAL))
    assert arrived(kind, sender, peer) == []


@clause(since="3.0", level="documented", refs=PAGES)
@every_call
@of_kinds(UNIX_SEQPACKET, INET_TCP, INET6_TCP)
def test_a_connection_does_not_look_at_an_address(loopback, sockets, kind, call):
    """On a connection of TCP or of AF_UNIX SOCK_SEQPACKET an address of any length is passed over."""
    near, far = kind.pair(sockets, loopback.namespace)
    _, name = kind.ready(sockets, loopback.namespace)

    results = [call(near.fd, b"data", name=cut(name, length)) for length in (1, 2, 20, 128)]

    assert results == [SENT] * 4
    assert b"".join(arrived(kind, near, far)) == b"data" * 4


@clause(since="3.0", level="documented", refs=PAGES, covers=["errno:EISCONN"])
@every_call
def test_a_unix_stream_refuses_an_address_with_eisconn(sockets, call):
    """On a connected AF_UNIX stream an address of any length but 0 is EISCONN, and nothing is sent."""
    near, far = UNIX_STREAM.pair(sockets)
    _, name = UNIX_STREAM.ready(sockets)

    results = [call(near.fd, b"data", name=cut(name, length)) for length in (1, 2, 20, 128, 0)]

    assert results == [refused(EISCONN)] * 4 + [SENT]
    assert arrived(UNIX_STREAM, near, far) == [b"data"]
