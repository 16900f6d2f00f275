"""getsockopt(2), SOL_SOCKET: what a socket reports about its peer; a packet socket has none."""

import ctypes
import os
import struct
from errno import EFAULT, EINVAL, ENODATA, ENOPROTOOPT, ENOTCONN, ERANGE

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.descriptors import opened_by
from helpers.net import addresses
from helpers.option_calls import answer, get, put, refusal
from helpers.options import covers, option
from helpers.process import in_child
from helpers.syscall import refused
from helpers.uapi.socket import AF_UNIX, SOCK_STREAM, ucred

SYSCALL = "getsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
CRED, GROUPS, PIDFD, NAME, SEC = map(
    option, ("SO_PEERCRED", "SO_PEERGROUPS", "SO_PEERPIDFD", "SO_PEERNAME", "SO_PEERSEC")
)
NOBODY = bytes(ucred(0, 0xFFFFFFFF, 0xFFFFFFFF))


@clause(since="2.2", level="documented", refs=[MAN, "man:unix(7)", GET], covers=covers([CRED.name], "get"))
def test_so_peercred_names_the_process_at_the_other_end(sockets):
    """SO_PEERCRED is the peer's pid, uid and gid, truncated to the length; without a peer pid 0, uid and gid -1."""
    paired, packet, rooms = sockets.pair()[0], sockets.packet(), (0, 5, 12, 16)

    replies = [[get(socket, CRED, room) for room in rooms] for socket in (paired, packet)]

    me = bytes(ucred(os.getpid(), os.geteuid(), os.getegid()))
    assert replies == [[answer(value, room) for room in rooms] for value in (me, NOBODY)]


@clause(since="4.13", level="source", refs=[GET], covers=["errno:ENODATA", *covers([GROUPS.name], "get", "error")])
def test_a_packet_socket_has_no_peer_with_groups(sockets):
    """SO_PEERGROUPS without a peer is refused with ENODATA, also without room."""
    packet, paired = sockets.packet(), sockets.pair()[0]

    replies = [get(packet, GROUPS, room) for room in (0, 64)]

    assert replies == [refusal(ENODATA, 0), refusal(ENODATA, 64)]
    assert get(paired, GROUPS, 4096).length == 4 * len(os.getgroups())


@clause(since="4.13", level="source", refs=[GET], covers=["errno:ERANGE", *covers([GROUPS.name], "get", "error")])
def test_so_peergroups_gives_all_groups_or_their_size(sockets, other_uid):
    """SO_PEERGROUPS returns every group of the peer, or fails with ERANGE and returns the length that they need."""

    def ask():
        os.setgroups([30, 10, 20])
        paired = sockets.pair()[0]
        return [get(paired, GROUPS, room) for room in (12, 16, 11, 0)]

    replies = in_child(ask)

    groups = struct.pack("=III", 10, 20, 30)
    whole = [answer(groups, 12), answer(groups, 16)]
    assert replies == [*whole, refusal(ERANGE, 11, length=12), refusal(ERANGE, 0, length=12)]


@clause(since="6.5", level="source", refs=[GET], covers=["errno:ENODATA", *covers([PIDFD.name], "get", "error")])
def test_so_peerpidfd_is_a_descriptor_of_the_process_at_the_other_end(sockets):
    """SO_PEERPIDFD opens a pidfd of the peer, close-on-exec; where there is no peer it is ENODATA."""
    paired, packet = sockets.pair()[0], sockets.packet()

    reply, without = get(paired, PIDFD), get(packet, PIDFD)

    assert without == refusal(ENODATA)
    fd = int.from_bytes(reply.data[:4], "little", signed=True)
    assert reply == answer(fd)
    pidfd = sockets.adopt(fd)
    with open(f"/proc/self/fdinfo/{pidfd.fd}") as info:
        fields = dict(line.split(":\t") for line in info.read().splitlines() if ":\t" in line)
    assert (fields["Pid"], os.get_inheritable(pidfd.fd)) == (str(os.getpid()), False)


@clause(since="6.5", level="source", refs=[GET], covers=["errno:EFAULT", *covers([PIDFD.name], "error")])
@pytest.mark.parametrize("which", ["value", "length"])
def test_no_pidfd_is_left_behind_when_its_number_cannot_be_told(sockets, memory, which):
    """When value or length cannot be written SO_PEERPIDFD is refused with EFAULT and no descriptor is open."""
    paired = sockets.pair()[0]
    value = memory.unmapped if which == "value" else ctypes.c_int()
    length = memory.readonly(struct.pack("=i", 4)) if which == "length" else ctypes.c_int(4)

    def ask():
        return opened_by(lambda: syscall.getsockopt(paired.fd, PIDFD.level, PIDFD.number, value, length))

    assert in_child(ask) == (refused(EFAULT), [])


@clause(since="2.4", level="source", refs=[GET], covers=["errno:ENOTCONN", *covers([NAME.name], "get", "error")])
def test_so_peername_is_the_peers_address(sockets):
    """SO_PEERNAME gives the peer's address, or its first bytes; on a packet socket it is ENOTCONN."""
    listener, client = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    name = addresses.abstract()
    listener.must.bind(name)
    listener.must.listen(1)
    before = get(client, NAME, 2)
    client.must.connect(name)
    rooms = (len(name), len(name) - 1, 2, 0)

    replies = [get(client, NAME, room) for room in rooms]

    assert replies == [answer(bytes(name), room) for room in rooms]
    assert (before, get(sockets.packet(), NAME, 16)) == (refusal(ENOTCONN, 2), refusal(ENOTCONN, 16))


@clause(since="2.4", level="source", refs=[GET], covers=["errno:EINVAL", *covers([NAME.name], "error")])
def test_so_peername_refuses_more_room_than_the_address_has(sockets):
    """SO_PEERNAME with more room than the peer's address takes is refused with EINVAL, unlike every other option."""
    paired = sockets.pair()[0]
    family = struct.pack("=H", AF_UNIX)

    replies = [get(paired, NAME, room) for room in (2, 3, 128)]

    assert replies == [answer(family, 2), refusal(EINVAL, 3), refusal(EINVAL, 128)]


@clause(
    since="2.6.2",
    level="documented",
    refs=[MAN, GET],
    covers=["errno:ENOPROTOOPT", *covers([SEC.name], "get", "error")],
)
def test_a_packet_socket_has_no_peer_with_a_security_context(sockets):
    """SO_PEERSEC is refused with ENOPROTOOPT on a packet socket, whichever security module is in force."""
    socket = sockets.packet()

    replies = [get(socket, SEC, room) for room in (0, 64)]

    assert replies == [refusal(ENOPROTOOPT, 0), refusal(ENOPROTOOPT, 64)]
    assert put(socket, option("SO_BROADCAST"), 1).ok


@clause(since="4.13", level="source", refs=[GET], covers=covers([GROUPS.name], "effect"))
def test_so_peergroups_gives_the_groups_at_connect(sockets, other_uid):
    """SO_PEERGROUPS gives the groups that the peer had when it connected, whatever groups it has later."""

    def ask():
        os.setgroups([10, 20])
        paired = sockets.pair()[0]
        os.setgroups([30])
        return get(paired, GROUPS, 8), get(sockets.pair()[0], GROUPS, 8)

    before, after = in_child(ask)

    assert (before, after) == (answer(struct.pack("=II", 10, 20), 8), answer(struct.pack("=I", 30), 8))
