"""setsockopt(2): the programs that choose among the sockets of an SO_REUSEPORT group."""

import ctypes
from errno import EBADF, EFAULT, EINVAL, ENOENT, EPERM

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import addresses
from helpers.option_calls import packed, put, put_at
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program, sock_fprog
from helpers.uapi.socket import AF_INET, MSG_DONTWAIT, SOCK_DGRAM

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
ATTACHING = "src:net/core/sock_reuseport.c:reuseport_attach_prog"
DETACHING = "src:net/core/sock_reuseport.c:reuseport_detach_prog"
EBPF = "src:net/core/filter.c:sk_reuseport_attach_bpf"
MAN = "man:socket(7)"
REUSEPORT, LOCK = option("SO_REUSEPORT"), option("SO_LOCK_FILTER")
ATTACH_CBPF, ATTACH_EBPF, DETACH = map(
    option, ("SO_ATTACH_REUSEPORT_CBPF", "SO_ATTACH_REUSEPORT_EBPF", "SO_DETACH_REUSEPORT_BPF")
)
PORT = 4711


def _choose(index):
    return program([BPF_STMT(BPF_RET | BPF_K, index)])


def _udp(end, reuse=1):
    socket = end.sockets.open(AF_INET, SOCK_DGRAM, namespace=end.namespace)
    must(put(socket, REUSEPORT, reuse))
    return socket


@pytest.fixture
def group(loopback):
    """Two UDP sockets bound to one port."""
    members = [_udp(loopback) for _ in range(2)]
    for member in members:
        member.must.bind(addresses.inet(PORT))
    return members


def _receivers(end, group, count=6):
    """Send datagrams from different ports and return which members of the group got one."""
    buffer = (ctypes.c_char * 8)()

    def receiver():
        got = [member.recv(buffer, 8, MSG_DONTWAIT).ok for member in group]
        return [got.index(True)] if any(got) else None

    found = set()
    for _ in range(count):
        _udp(end).must.sendto(b"x", 0, addresses.inet(PORT))
        found.update(wait.until(receiver, "datagram received"))
    return found


@clause(
    since="5.3",
    level="documented",
    refs=[MAN, SET, ATTACHING],
    covers=covers([ATTACH_CBPF.name, DETACH.name], "set", "effect"),
)
@pytest.mark.parametrize("index", [0, 1])
def test_a_program_chooses_the_member_that_receives(loopback, group, index):
    """The member whose number the program returns gets every datagram, whichever member the program was set on."""
    result = put(group[0], ATTACH_CBPF, _choose(index))

    assert result == SUCCESS
    assert _receivers(loopback, group) == {index}
    assert put(group[1], DETACH, 0) == SUCCESS
    assert put(group[0], DETACH, 0) == refused(ENOENT)


@clause(
    since="5.3",
    level="source",
    refs=[DETACHING],
    covers=["errno:ENOENT", "errno:EINVAL", *covers([DETACH.name], "error")],
)
def test_there_is_a_program_to_detach_only_where_one_was_attached(loopback, group, sockets):
    """SO_DETACH_REUSEPORT_BPF is ENOENT in a group without program, EINVAL on a socket that shares no port."""
    results = [put(socket, DETACH, 0) for socket in (group[0], _udp(loopback), _udp(loopback, 0), sockets.packet())]

    assert results == [refused(ENOENT), refused(ENOENT), refused(EINVAL), refused(EINVAL)]
    assert put(group[0], ATTACH_CBPF, _choose(0)) == SUCCESS
    assert put(group[0], DETACH, 0) == SUCCESS


@clause(since="4.5", level="source", refs=[ATTACHING], covers=["errno:EINVAL", *covers([ATTACH_CBPF.name], "error")])
def test_only_a_socket_that_shares_its_port_takes_a_program(loopback, sockets):
    """SO_ATTACH_REUSEPORT_CBPF is EINVAL on a UDP socket without SO_REUSEPORT and on every packet socket."""
    results = [put(socket, ATTACH_CBPF, _choose(0)) for socket in (_udp(loopback, 0), sockets.packet(), _udp(loopback))]

    assert results == [refused(EINVAL), refused(EINVAL), SUCCESS]


@clause(
    since="4.5",
    level="source",
    refs=[SET],
    covers=["errno:EINVAL", "errno:EFAULT", "errno:EPERM", *covers([ATTACH_CBPF.name], "error")],
)
def test_a_reuseport_program_is_read_like_a_filter(loopback, memory):
    """A sock_fprog of a wrong length or an empty one is EINVAL, an unreadable one EFAULT, any under a lock EPERM."""
    socket, size = _udp(loopback), ctypes.sizeof(sock_fprog)
    good = _choose(0)

    results = [put(socket, ATTACH_CBPF, bytes(good) + b"\0", length) for length in (size - 1, size + 1)]
    results += [put(socket, ATTACH_CBPF, program([])), put_at(socket, ATTACH_CBPF, memory.unmapped, size)]
    results.append(put(socket, ATTACH_CBPF, good))
    must(put(socket, LOCK, 1))
    results.append(put(socket, ATTACH_CBPF, good))

    assert results == [*[refused(EINVAL)] * 3, refused(EFAULT), SUCCESS, refused(EPERM)]


@clause(
    since="4.5",
    level="source",
    refs=[SET, EBPF],
    covers=["errno:EBADF", "errno:EINVAL", "errno:EFAULT", "errno:EPERM", *covers([ATTACH_EBPF.name], "set", "error")],
)
def test_an_extended_reuseport_program_is_a_descriptor(loopback, memory):
    """SO_ATTACH_REUSEPORT_EBPF wants the four bytes of a program's descriptor, and is EPERM under a lock."""
    socket = _udp(loopback)

    results = [put(socket, ATTACH_EBPF, packed(socket.fd) + bytes(4), length) for length in (3, 5, 8, 4)]
    results += [put(socket, ATTACH_EBPF, -1), put_at(socket, ATTACH_EBPF, memory.unmapped, 4)]
    must(put(socket, LOCK, 1))
    results.append(put(socket, ATTACH_EBPF, -1))

    assert results == [*[refused(EINVAL)] * 4, refused(EBADF), refused(EFAULT), refused(EPERM)]
