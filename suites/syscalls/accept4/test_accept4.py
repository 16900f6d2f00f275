"""accept4(2): its flags."""

import fcntl
import os
from errno import EAGAIN, EBADF, EINVAL, EMFILE, ENOTSOCK, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import syscall
from helpers.connections import are_connected
from helpers.descriptors import leave_free
from helpers.kinds import INET6_TCP, INET_TCP, UNIX_STREAM
from helpers.listeners import accepted, listener
from helpers.memory import Buffer
from helpers.odd_descriptors import odd_descriptor
from helpers.process import in_child, start
from helpers.syscall import Result, refused
from helpers.uapi.socket import (
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_PACKET,
    SOCK_RAW,
)
from helpers.value_result import ROOM, address_from, ask, filled, untouched

CALL = "src:net/socket.c:__sys_accept4"
FILE = "src:net/socket.c:__sys_accept4_file"
VALID = {
    "none": 0,
    "nonblock": SOCK_NONBLOCK,
    "cloexec": SOCK_CLOEXEC,
    "both": SOCK_NONBLOCK | SOCK_CLOEXEC,
}
UNKNOWN = [bit for bit in (1 << number for number in range(32)) if not bit & VALID["both"]]


@clause(since="2.6.28", level="documented", refs=["man:accept4(2)", FILE])
@of_kinds(UNIX_STREAM, INET_TCP, INET6_TCP)
@pytest.mark.parametrize("flags", VALID.values(), ids=VALID.keys())
def test_gives_the_new_descriptor_the_flags_that_are_asked_for(loopback, sockets, kind, flags):
    """SOCK_NONBLOCK sets O_NONBLOCK, SOCK_CLOEXEC sets FD_CLOEXEC, each alone and both, and nothing else."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()

    result, got = ask(lambda address, length: server.socket.accept4(address, length, flags), ROOM)

    taken = accepted(sockets, result)
    assert fcntl.fcntl(taken.fd, fcntl.F_GETFL) == os.O_RDWR | (os.O_NONBLOCK if flags & SOCK_NONBLOCK else 0)
    assert fcntl.fcntl(taken.fd, fcntl.F_GETFD) == (fcntl.FD_CLOEXEC if flags & SOCK_CLOEXEC else 0)
    assert got == filled(address_from(client.getsockname), ROOM)
    assert are_connected(client, taken)


@clause(since="2.6.28", level="documented", refs=["man:accept4(2)", FILE])
def test_a_socket_taken_with_sock_nonblock_does_not_wait(sockets):
    """On a socket accepted with SOCK_NONBLOCK a receive without data is EAGAIN; the listener's flags do not change."""
    server = listener(sockets, blocking=True)
    server.client()
    before = fcntl.fcntl(server.fd, fcntl.F_GETFL)

    taken = accepted(sockets, server.socket.accept4(flags=SOCK_NONBLOCK))

    assert fcntl.fcntl(taken.fd, fcntl.F_GETFL) & os.O_NONBLOCK
    assert taken.recv(Buffer(8).array, 8) == refused(EAGAIN)
    assert fcntl.fcntl(server.fd, fcntl.F_GETFL) == before


@clause(since="2.6.28", level="documented", refs=["man:accept4(2)", FILE])
def test_sock_nonblock_is_not_about_the_call_itself(sockets):
    """With SOCK_NONBLOCK the call itself still waits for a connection as long as the listener blocks."""
    server = listener(sockets, blocking=True)

    def attempt() -> tuple[Result, int]:
        result = server.socket.accept4(flags=SOCK_NONBLOCK)
        return result, fcntl.fcntl(result.value, fcntl.F_GETFL) if result.ok else -1

    with start(attempt) as child:
        child.wait_blocked("accept4")
        server.client()
        result, flags = child.result()

    assert result.ok, result
    assert flags == os.O_RDWR | os.O_NONBLOCK


@clause(since="2.6.28", level="documented", refs=["man:accept4(2)", FILE], covers=["errno:EINVAL"])
@pytest.mark.parametrize("valid", VALID.values(), ids=VALID.keys())
def test_refuses_every_other_flag_with_einval_and_takes_nothing(sockets, valid):
    """Each of the other 30 bits is EINVAL, alone and beside valid flags, and the connection stays queued."""
    server = listener(sockets)
    client = server.client()

    answers = {
        bit: ask(lambda address, length, bit=bit: server.socket.accept4(address, length, valid | bit), ROOM)
        for bit in UNKNOWN
    }

    assert len(UNKNOWN) == 30
    assert {bit: answer for bit, answer in answers.items() if answer != (refused(EINVAL), untouched(ROOM))} == {}
    assert are_connected(client, accepted(sockets, server.socket.accept4(flags=valid)))


@clause(since="5.15", level="source", refs=["man:accept4(2)", CALL, FILE, "commit:d32f89da7fa8"],
        covers=["errno:EINVAL", "errno:EBADF"])  # fmt: skip
def test_looks_at_the_flags_after_the_descriptor_and_before_the_socket(sockets):
    """An unknown flag is EINVAL even on a pipe and without a free descriptor; a number that is not open stays EBADF."""
    pipe, packet = odd_descriptor(sockets, "pipe"), sockets.packet().fd

    def attempt(room: int) -> list[Result]:
        leave_free(room)
        return [syscall.accept4(fd, None, None, flags) for flags in (1, 0) for fd in (-1, pipe, packet)]

    none, one = in_child(attempt, 0), in_child(attempt, 1)

    assert none == [refused(errno) for errno in (EBADF, EINVAL, EINVAL, EBADF, EMFILE, EMFILE)]
    assert one == [refused(errno) for errno in (EBADF, EINVAL, EINVAL, EBADF, ENOTSOCK, EOPNOTSUPP)]


@clause(since="2.6.28", level="source", refs=["man:accept4(2)", CALL], covers=["errno:EOPNOTSUPP"])
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])
def test_packet_sockets_accept_nothing_with_any_valid_flag(sockets, kind):
    """A packet socket refuses with EOPNOTSUPP for each valid flag and writes nothing."""
    socket = sockets.packet(kind)

    answers = [
        ask(lambda address, length, flags=flags: socket.accept4(address, length, flags), ROOM)
        for flags in VALID.values()
    ]

    assert answers == [(refused(EOPNOTSUPP), untouched(ROOM))] * 4
