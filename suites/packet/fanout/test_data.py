"""setsockopt(2): PACKET_FANOUT_DATA, the program that steers a fanout group."""

from errno import EBADF, EFAULT, EINVAL, EPERM

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN
from helpers.option_calls import packed, put, put_at
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program
from helpers.uapi.if_packet import (
    PACKET_FANOUT_CBPF,
    PACKET_FANOUT_EBPF,
    PACKET_FANOUT_HASH,
    PACKET_FANOUT_ROLLOVER,
)

SYSCALL = "setsockopt"
SET = "src:net/packet/af_packet.c:packet_setsockopt"
SOURCE = "src:net/packet/af_packet.c:fanout_set_data"
FANOUT, DATA = option("PACKET_FANOUT"), option("PACKET_FANOUT_DATA")
ERROR = covers([DATA.name], "error")
FIRST = program([BPF_STMT(BPF_RET | BPF_K, 0)])


@pytest.fixture
def member(sockets, namespace):
    """Makes members of a group of its own, of the given mode."""

    def make(mode):
        socket = sockets.packet(protocol=OWN, namespace=namespace)
        must(put(socket, FANOUT, mode << 16 | mode))
        return socket

    return make


@clause(
    since="4.3",
    level="source",
    refs=[SET, SOURCE],
    covers=["errno:EINVAL", *covers(["PACKET_FANOUT_DATA"], "set", "error")],
)
def test_only_a_group_that_a_program_steers_takes_one(sockets, member):
    """PACKET_FANOUT_DATA fails with EINVAL in no group or in one of another mode; a CBPF group takes a program."""
    members = [sockets.packet(), *map(member, (PACKET_FANOUT_HASH, PACKET_FANOUT_ROLLOVER, PACKET_FANOUT_CBPF))]

    results = [put(socket, DATA, FIRST) for socket in members]

    assert results == [refused(EINVAL), refused(EINVAL), refused(EINVAL), SUCCESS]


@clause(since="4.3", level="source", refs=[SOURCE], covers=["errno:EBADF", *ERROR])
def test_the_program_of_an_ebpf_group_is_a_descriptor(member, memory):
    """An EBPF group refuses a bad length or a descriptor of no program with EINVAL, and -1 with EBADF."""
    socket = member(PACKET_FANOUT_EBPF)

    results = [put(socket, DATA, packed(socket.fd) + bytes(4), length) for length in (3, 5, 4)]
    results += [put(socket, DATA, -1), put_at(socket, DATA, memory.unmapped, 4)]

    assert results == [*[refused(EINVAL)] * 3, refused(EBADF), refused(EFAULT)]


@clause(since="4.3", level="source", refs=[SOURCE], covers=["errno:EPERM", *ERROR])
def test_a_locked_filter_locks_the_program_of_an_ebpf_group_too(member):
    """PACKET_FANOUT_DATA of an EBPF group is EPERM on a socket whose filter is locked, whatever the descriptor is."""
    socket = member(PACKET_FANOUT_EBPF)
    must(put(socket, option("SO_LOCK_FILTER"), 1))

    assert [put(socket, DATA, packed(fd)) for fd in (socket.fd, -1)] == [refused(EPERM)] * 2
