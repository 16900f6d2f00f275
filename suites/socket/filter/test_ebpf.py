"""setsockopt(2): extended BPF programs as filters: SO_ATTACH_BPF, and where else such a program goes."""

from errno import EACCES, EBADF, EFAULT, EINVAL, ENOENT, EPERM

import pytest

from fixtures.clauses import clause
from helpers import bpf
from helpers.net import frames
from helpers.option_calls import get, packed, put, put_at, refusal
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, SOCK_DGRAM

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
ATTACHING = "src:net/core/filter.c:sk_attach_bpf"
GETTING = "src:net/core/filter.c:sk_get_filter"
MAN = "man:socket(7)"
ATTACH, FILTER, DETACH, LOCK = map(option, ("SO_ATTACH_BPF", "SO_ATTACH_FILTER", "SO_DETACH_FILTER", "SO_LOCK_FILTER"))
REUSEPORT_EBPF = option("SO_ATTACH_REUSEPORT_EBPF")
ERROR = covers([ATTACH.name], "error")
ALL, NONE = 0x7FFFFFFF, 0


@pytest.fixture
def loaded(sockets):
    """Loads programs; their descriptors are closed afterwards."""

    def load(verdict, kind=bpf.BPF_PROG_TYPE_SOCKET_FILTER):
        result = bpf.load(kind, verdict)
        if result == refused(EPERM):
            pytest.skip("bpf(2) is refused: loading programs needs root here")
        return sockets.adopt(must(result, "bpf(BPF_PROG_LOAD)")).fd

    return load


@clause(since="3.19", level="documented", refs=[MAN, SET, ATTACHING], covers=covers([ATTACH.name], "set", "effect"))
@pytest.mark.parametrize("verdict", [ALL, NONE], ids=["all", "none"])
def test_an_extended_program_decides_what_is_heard(loopback, loaded, verdict):
    """The return value of a program attached by its descriptor decides whether a frame is received, until detached."""
    # of two sockets the one that was bound first receives last
    witness, socket = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(protocol=frames.OWN)
    before, after = frames.ethernet(), frames.ethernet()

    results = [put(socket, ATTACH, loaded(verdict))]
    loopback.inject(before)
    witness.receive(before.marker)
    heard = socket.received_markers([before])
    results.append(put(socket, DETACH, 0))
    loopback.inject(after)

    assert results == [SUCCESS] * 2
    assert heard == ([before.marker] if verdict else [])
    assert socket.receive(after.marker).data == after.data


@clause(
    since="3.19",
    level="documented",
    refs=[MAN, SET, ATTACHING],
    covers=["errno:EINVAL", "errno:EBADF", "errno:EFAULT", *ERROR],
)
def test_what_is_no_programs_descriptor_is_refused(sockets, memory):
    """SO_ATTACH_BPF wants four bytes (EINVAL, EFAULT) that are the descriptor (EBADF) of a program (EINVAL)."""
    socket = sockets.packet()

    results = [put(socket, ATTACH, packed(socket.fd) + bytes(4), length) for length in (3, 5, 8, 4)]
    results += [put(socket, ATTACH, -1), put_at(socket, ATTACH, memory.unmapped, 4)]

    assert results == [*[refused(EINVAL)] * 4, refused(EBADF), refused(EFAULT)]
    assert put(socket, DETACH, 0) == refused(ENOENT)


@clause(since="3.19", level="documented", refs=[MAN, ATTACHING], covers=["errno:EINVAL", *ERROR])
def test_a_program_of_another_type_is_refused(sockets, loaded):
    """A program that is no socket filter is refused with EINVAL."""
    socket = sockets.packet()

    results = [
        put(socket, ATTACH, loaded(0, kind)) for kind in (bpf.BPF_PROG_TYPE_SCHED_CLS, bpf.BPF_PROG_TYPE_SOCKET_FILTER)
    ]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="3.19", level="documented", refs=[MAN, ATTACHING], covers=["errno:EPERM", *ERROR])
def test_a_locked_filter_admits_no_extended_program(sockets):
    """SO_ATTACH_BPF is refused with EPERM on a socket whose filter is locked, before the descriptor is looked at."""
    socket = sockets.packet()
    must(put(socket, LOCK, 1))

    results = [put(socket, ATTACH, fd) for fd in (-1, socket.fd)]

    assert results == [refused(EPERM)] * 2


@clause(since="3.19", level="source", refs=[GETTING], covers=["errno:getsockopt:EACCES", *ERROR])
@pytest.mark.parametrize("room", [0, 64])
def test_an_extended_program_does_not_read_back(sockets, loaded, room):
    """SO_GET_FILTER of an extended program is refused with EACCES, even only to learn its length."""
    socket = sockets.packet()
    must(put(socket, ATTACH, loaded(ALL)))

    reply = get(socket, FILTER, room)

    assert reply == refusal(EACCES, room)


@clause(since="4.5", level="documented", refs=[MAN, SET], covers=covers(["SO_ATTACH_REUSEPORT_EBPF"], "set", "effect"))
def test_an_extended_program_steers_a_reuseport_group(sockets, loaded):
    """SO_ATTACH_REUSEPORT_EBPF takes a program on a UDP socket that shares its port, not on a packet socket."""
    udp, packet, program = sockets.open(AF_INET, SOCK_DGRAM), sockets.packet(), loaded(0)
    must(put(udp, option("SO_REUSEPORT"), 1))

    results = [put(socket, REUSEPORT_EBPF, program) for socket in (packet, udp)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="5.3", level="documented", refs=[MAN, SET], covers=covers(["SO_DETACH_REUSEPORT_BPF"], "set", "effect"))
def test_an_extended_program_of_a_reuseport_group_can_be_detached(sockets, loaded):
    """SO_DETACH_REUSEPORT_BPF removes an extended program once."""
    udp = sockets.open(AF_INET, SOCK_DGRAM)
    must(put(udp, option("SO_REUSEPORT"), 1))
    must(put(udp, REUSEPORT_EBPF, loaded(0)))

    results = [put(udp, option("SO_DETACH_REUSEPORT_BPF"), 0) for _ in range(2)]

    assert results == [SUCCESS, refused(ENOENT)]
