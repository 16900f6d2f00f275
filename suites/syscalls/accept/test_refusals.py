"""accept(2) and accept4(2): sockets from which nothing can be accepted."""

import ctypes
import os
from errno import EAGAIN, ECONNABORTED, EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import datagram_kinds, of_kinds
from helpers import syscall
from helpers.connections import are_connected
from helpers.endpoints import listening, named
from helpers.kinds import INET6_TCP, INET_TCP, UNIX_STREAM
from helpers.listeners import ENTRIES, accepted, listener
from helpers.net import frames
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.syscall import Result, refused
from helpers.uapi.if_alg import sockaddr_alg
from helpers.uapi.socket import (
    AF_ALG,
    SHUT_RD,
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_SEQPACKET,
)
from helpers.value_result import ROOM, Filled, ask, untouched
from suites.syscalls.accept.support import BOTH, covers

ACCEPT = "src:net/socket.c:do_accept"
CALL = "src:net/socket.c:__sys_accept4"
FAMILIES = of_kinds(UNIX_STREAM, INET_TCP, INET6_TCP)


def answers(fd: int, memory) -> dict[str, tuple[Result, Filled]]:
    """Accept by both entry points: with room for the address, without any, and with arguments that are wrong."""
    found = {}
    for name, accept in ENTRIES.items():
        pairs = {
            "room": ask(lambda address, length, accept=accept: accept(fd, address, length), ROOM),
            "none": accept(fd, None, None),
            "unmapped": accept(fd, memory.unmapped, ctypes.c_int(ROOM)),
            "negative": accept(fd, memory.unmapped, ctypes.c_int(-1)),
            "nowhere": accept(fd, memory.unmapped, memory.unmapped),
        }
        found |= {f"{name} {case}": answer for case, answer in pairs.items()}
    return found


def all_refused(errno: int) -> dict[str, tuple[Result, Filled]]:
    """Return ``answers`` where each call was refused with *errno* and wrote nothing."""
    cases = ("room", "none", "unmapped", "negative", "nowhere")
    return {
        f"{name} {case}": (refused(errno), untouched(ROOM)) if case == "room" else refused(errno)
        for name in ENTRIES
        for case in cases
    }


@clause(since="2.2", level="documented", refs=["man:accept(2)", CALL], covers=covers("EBADF", "ENOTSOCK"))
@pytest.mark.parametrize("what", ODD)
def test_refuses_a_descriptor_of_no_socket(sockets, memory, what):
    """A closed or O_PATH descriptor is EBADF and one of no socket ENOTSOCK, whatever address and length are."""
    fd = odd_descriptor(sockets, what)

    got = answers(fd, memory)

    assert got == all_refused(ODD[what])


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT], covers=covers("EOPNOTSUPP"))
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])
def test_packet_sockets_accept_nothing(loopback, memory, kind):
    """A packet socket refuses with EOPNOTSUPP, whatever address and length are, and still receives frames."""
    socket = loopback.packet_socket(kind, frames.OWN, bound=kind != SOCK_PACKET)
    frame = frames.ethernet()

    got = answers(socket.fd, memory)

    assert got == all_refused(EOPNOTSUPP)
    loopback.inject(frame)
    assert socket.receive(frame.marker)


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT], covers=covers("EOPNOTSUPP"))
@datagram_kinds
def test_datagram_sockets_accept_nothing(loopback, sockets, memory, kind):
    """A datagram socket refuses with EOPNOTSUPP, with a name or without."""
    fresh, (bound, _) = kind.open(sockets, loopback.namespace), kind.named(sockets, loopback.namespace)

    got = [answers(socket.fd, memory) for socket in (fresh, bound)]

    assert got == [all_refused(EOPNOTSUPP)] * 2


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT], covers=covers("EINVAL"))
@FAMILIES
def test_refuses_a_socket_that_does_not_listen_with_einval(loopback, sockets, memory, kind):
    """A socket that is new, bound or connected is refused with EINVAL; once it listens, connections are accepted."""
    fresh, bound, client = (kind.open(sockets, loopback.namespace) for _ in range(3))
    named(bound)
    connected = listener(sockets, kind, loopback.namespace).client()

    got = [answers(socket.fd, memory) for socket in (fresh, bound, connected)]

    assert got == [all_refused(EINVAL)] * 3
    client.must.connect(listening(fresh))
    assert are_connected(client, accepted(sockets, fresh.accept()))


@clause(since="2.2", level="documented", refs=["man:accept(2)", "man:fcntl(2)", ACCEPT], covers=covers("EAGAIN"))
@FAMILIES
def test_does_not_wait_when_the_listener_does_not_block(loopback, sockets, memory, kind):
    """With O_NONBLOCK on the listener and no connection the call fails with EAGAIN, whatever address and length are."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)
    os.set_blocking(server.fd, False)

    got = answers(server.fd, memory)

    assert got == all_refused(EAGAIN)
    assert are_connected(server.client(), accepted(sockets, server.socket.accept()))


@clause(since="2.2", level="source", refs=["man:accept(2)", "man:shutdown(2)", ACCEPT], covers=covers("EINVAL"))
@FAMILIES
def test_a_listener_that_was_shut_down_accepts_nothing(loopback, sockets, kind):
    """After shutdown(SHUT_RD) of a blocking listener the call does not wait: it fails with EINVAL."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)
    server.socket.must.shutdown(SHUT_RD)

    results = [accept(server.fd) for accept in ENTRIES.values()]

    assert results == [refused(EINVAL)] * 2


@clause(since="2.6.38", level="source", refs=["man:accept(2)", ACCEPT], covers=covers("ECONNABORTED"))
@BOTH
def test_a_connection_that_can_tell_no_address_is_econnaborted(sockets, accept):
    """Where the family has no addresses (AF_ALG), a call that asks for one is ECONNABORTED; without one it succeeds."""
    opened = syscall.socket(AF_ALG, SOCK_SEQPACKET, 0)
    if not opened.ok:
        pytest.skip("needs AF_ALG (CONFIG_CRYPTO_USER_API_HASH)")
    socket = sockets.adopt(opened.value)
    if not socket.bind(sockaddr_alg(AF_ALG, b"hash", 0, 0, b"sha256")).ok:
        pytest.skip("needs the hash sha256 (CONFIG_CRYPTO_USER_API_HASH, CONFIG_CRYPTO_SHA256)")

    result, got = ask(lambda address, length: accept(socket.fd, address, length), ROOM)

    assert result == refused(ECONNABORTED)
    assert got == untouched(ROOM)
    accepted(sockets, accept(socket.fd))
