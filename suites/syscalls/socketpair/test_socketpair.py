"""socketpair(2): two connected sockets and their descriptors."""

import ctypes
import os
from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.endpoints import name_of
from helpers.memory import Buffer
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import (
    AF_UNIX,
    MSG_DONTWAIT,
    SOCK_DGRAM,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
    ucred,
)
from helpers.uapi.socket_options import SO_DOMAIN, SO_PEERCRED, SO_TYPE

GENERIC = "src:net/socket.c:__sys_socketpair"
UNIX = "src:net/unix/af_unix.c:unix_socketpair"
KINDS = pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (SOCK_STREAM, SOCK_STREAM),
        (SOCK_DGRAM, SOCK_DGRAM),
        (SOCK_SEQPACKET, SOCK_SEQPACKET),
        (SOCK_RAW, SOCK_DGRAM),
    ],
    ids=["stream", "dgram", "seqpacket", "raw-is-dgram"],
)


def two() -> ctypes.Array[ctypes.c_int]:
    """Return a vector of two descriptors that are none."""
    return (ctypes.c_int * 2)(-1, -1)


@clause(since="2.2", level="documented", refs=["man:socketpair(2)", "man:unix(7)", GENERIC, UNIX])
@KINDS
def test_what_is_sent_into_one_end_comes_out_of_the_other(sockets, asked, kind):
    """A pair of AF_UNIX sockets of each type is connected: what either end sends the other receives, and only it."""
    fds = two()

    result = syscall.socketpair(AF_UNIX, asked, 0, fds)

    assert result == SUCCESS
    first, second = (sockets.adopt(fd) for fd in fds)
    for sender, receiver, data in ((first, second, b"to the second"), (second, first, b"and to the first")):
        buffer = Buffer(64)
        assert sender.send(data) == returned(len(data))
        assert sender.recv(buffer.array, 64, MSG_DONTWAIT) == refused(EAGAIN)
        assert receiver.recv(buffer.array, 64, MSG_DONTWAIT) == returned(len(data))
        assert buffer[: len(data)] == data
    assert [end.option(SOL_SOCKET, SO_TYPE) for end in (first, second)] == [kind, kind]
    assert [end.option(SOL_SOCKET, SO_DOMAIN) for end in (first, second)] == [AF_UNIX, AF_UNIX]


@clause(since="2.2", level="documented", refs=["man:socketpair(2)", "man:unix(7)", UNIX])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET], ids=["stream", "dgram", "seqpacket"])
def test_the_ends_have_no_name_and_know_their_maker(sockets, kind):
    """Neither end of a pair has an address, and SO_PEERCRED of each is its creator's pid, uid and gid."""
    fds = two()

    result = syscall.socketpair(AF_UNIX, kind, 0, fds)

    assert result == SUCCESS
    for end in [sockets.adopt(fd) for fd in fds]:
        assert bytes(name_of(end)) == bytes(ctypes.c_ushort(AF_UNIX))
        assert bytes(name_of(end, peer=True)) == bytes(ctypes.c_ushort(AF_UNIX))
        peer = end.option(SOL_SOCKET, SO_PEERCRED, ucred)
        assert (peer.pid, peer.uid, peer.gid) == (os.getpid(), os.geteuid(), os.getegid())


@clause(since="2.2", level="documented", refs=["man:socketpair(2)", GENERIC])
def test_protocol_unix_is_the_same_as_none(sockets):
    """The protocol AF_UNIX is accepted for a pair as 0 is."""
    fds = two()

    result = syscall.socketpair(AF_UNIX, SOCK_STREAM, AF_UNIX, fds)

    assert result == SUCCESS
    first, second = (sockets.adopt(fd) for fd in fds)
    assert first.send(b"through") == returned(7)
    assert second.recv(Buffer(8).array, 8, MSG_DONTWAIT) == returned(7)


@clause(since="2.2", level="source", refs=["man:socket(2)", GENERIC])
def test_the_descriptors_are_the_two_lowest_in_order():
    """The first descriptor of the pair is the lowest that was free, the second the next."""

    def fill_and_make() -> tuple[list[int], syscall.Result, list[int]]:
        fds, made = [os.dup(0) for _ in range(5)], two()
        os.close(fds[3])
        os.close(fds[1])
        return [fds[1], fds[3]], syscall.socketpair(AF_UNIX, SOCK_STREAM, 0, made), list(made)

    free, result, made = in_child(fill_and_make)

    assert result == SUCCESS
    assert made == free
