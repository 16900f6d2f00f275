"""io_uring(7): requests do what the calls do, on every kind of socket, and fail as they do."""

import ctypes
import os
from errno import (
    EAFNOSUPPORT,
    EAGAIN,
    EINVAL,
    EPIPE,
    EPROTONOSUPPORT,
    ESOCKTNOSUPPORT,
)
from fcntl import F_GETFD, FD_CLOEXEC, fcntl

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.connections import are_connected
from helpers.endpoints import name_of
from helpers.io_uring import Ring
from helpers.kinds import KINDS, LISTENS, PEER, kinds_of
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.net import addresses
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi import io_uring as uapi
from helpers.uapi.socket import (
    AF_INET,
    AF_UNIX,
    MSG_DONTWAIT,
    MSG_PEEK,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_TYPE
from suites.io.io_uring.support import accept, bind, connect, listen, recv, recvmsg, send, sendmsg, shutdown, socket

REFS = ["man:io_uring(7)", "src:io_uring/net.c"]


@pytest.fixture
def ring():
    with Ring() as made:
        yield made


@clause(since="5.19", level="documented", refs=["man:io_uring(7)", "src:io_uring/net.c:io_socket"])
@pytest.mark.parametrize("flags", [0, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_CLOEXEC | SOCK_NONBLOCK])
@of_kinds(*(kind for kind in KINDS if not kind.capability))
def test_socket_makes_one_of_its_kind(ring, sockets, kind, flags):
    """The request makes a socket of any family and type, with the flags of socket(2)."""
    made = sockets.adopt(socket(ring, kind.family, kind.type | flags, kind.protocol).value)

    assert made.option(SOL_SOCKET, SO_TYPE) == kind.type
    assert fcntl(made.fd, F_GETFD) == (FD_CLOEXEC if flags & SOCK_CLOEXEC else 0)
    assert os.get_blocking(made.fd) == (not flags & SOCK_NONBLOCK)


@clause(since="5.19", level="source", refs=["man:io_uring(7)", "src:io_uring/net.c:io_socket_prep"])
def test_socket_refuses_as_the_call_does(ring, sockets):
    """A family, type, protocol or flag that there is not fails as in socket(2); no descriptor is taken."""
    before = os.listdir("/proc/self/fd")

    results = [
        socket(ring, 4711, SOCK_STREAM, 0),
        socket(ring, AF_UNIX, 9, 0),
        socket(ring, AF_UNIX, SOCK_STREAM, 7),
        socket(ring, AF_UNIX, SOCK_STREAM | 0x100000, 0),
        socket(ring, AF_INET, SOCK_STREAM, 17),
    ]

    assert results == [
        refused(each) for each in (EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EINVAL, EPROTONOSUPPORT)
    ]
    assert os.listdir("/proc/self/fd") == before


@clause(
    since="6.11",
    level="documented",
    refs=["man:io_uring(7)", "src:io_uring/net.c:io_bind", "src:io_uring/net.c:io_listen"],
)
@of_kinds(*kinds_of(having=LISTENS))
def test_bind_listen_accept_connect(ring, loopback, sockets, kind):
    """Two sockets are bound, made to listen, connected and accepted by requests, and are connected then."""
    listener, client = (kind.open(sockets, loopback.namespace) for _ in range(2))

    fresh = addresses.FRESH[kind.family]()
    assert bind(ring, listener, fresh) == SUCCESS
    assert listen(ring, listener, 1) == SUCCESS
    name = name_of(listener)
    assert connect(ring, client, name) == SUCCESS
    peer, length = Buffer(128), ctypes.c_int(128)
    accepted = accept(ring, listener, peer.array, length, SOCK_CLOEXEC | SOCK_NONBLOCK)
    server = sockets.adopt(accepted.value)

    assert are_connected(client, server)
    assert peer[: length.value] == bytes(name_of(client))
    assert peer.untouched(length.value)
    assert (fcntl(server.fd, F_GETFD), os.get_blocking(server.fd)) == (FD_CLOEXEC, False)


@clause(since="5.6", level="documented", refs=REFS)
@of_kinds(*kinds_of(having=PEER), *kinds_of(having=LISTENS, lacking=PEER))
@pytest.mark.parametrize("way", ["plain", "message", "async"])
def test_send_and_receive(ring, loopback, sockets, kind, way):
    """What one end sends by a request the other receives by a request: lengths, bytes and truncation are the calls'."""
    near, far = kind.pair(sockets, loopback.namespace)
    buffer = Buffer(128)
    flags = {"flags": uapi.IOSQE_ASYNC} if way == "async" else {}

    if way == "message":
        sent = sendmsg(ring, near, Message([b"some ", b"data"]).header)
        wait.readable(far.fd)
        message = Message([buffer.array])
        peeked = recvmsg(ring, far, message.header, MSG_PEEK)
        got = recvmsg(ring, far, message.header)
    else:
        sent = ring.call(uapi.IORING_OP_SEND, near.fd, addr=b"some data", len=9, **flags)
        wait.readable(far.fd)
        peeked = recv(ring, far, buffer.array, 128, MSG_PEEK)
        got = ring.call(uapi.IORING_OP_RECV, far.fd, addr=buffer.array, len=128, **flags)

    assert sent == returned(9)
    assert peeked == got
    assert buffer[: got.value].endswith(b"some data")
    assert buffer.untouched(got.value)
    assert recv(ring, far, buffer.array, 128, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="5.6", level="documented", refs=REFS)
@of_kinds(*kinds_of(having=PEER), *kinds_of(having=LISTENS, lacking=PEER))
@pytest.mark.parametrize("nonblocking", [False, True], ids=["blocking", "nonblocking"])
def test_receive_waits_for_data(ring, loopback, sockets, kind, nonblocking):
    """A receive without data completes when data come, and other requests meanwhile, with O_NONBLOCK, too."""
    near, far = kind.pair(sockets, loopback.namespace)
    buffer = Buffer(128)
    os.set_blocking(near.fd, not nonblocking)

    number = ring.submit(uapi.IORING_OP_RECV, near.fd, addr=buffer.array, len=128)
    before = ring.take()
    nop = ring.call(uapi.IORING_OP_NOP)
    far.must.send(b"late data")

    assert (before, nop) == (None, SUCCESS)
    assert ring.result(number).value >= 9
    assert b"late data" in bytes(buffer)


@clause(since="5.11", level="documented", refs=["man:io_uring(7)", "src:io_uring/net.c:io_shutdown"])
def test_shutdown(ring, sockets):
    """A shutdown by a request ends the direction that it names; one that there is not is EINVAL."""
    left, right = sockets.pair()

    assert [shutdown(ring, left, how) for how in (3, SHUT_WR)] == [refused(EINVAL), SUCCESS]
    assert recv(ring, right, bytearray(1), 1) == returned(0)
    assert send(ring, right, b"x") == returned(1)
    assert [shutdown(ring, left, how) for how in (SHUT_RD, SHUT_RDWR)] == [SUCCESS] * 2
    assert send(ring, right, b"x") == refused(EPIPE)
