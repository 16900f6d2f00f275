"""recvmsg(2), recvfrom(2) and recvmmsg(2): the sender's address, from each kind of socket that has a peer."""

import ctypes

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import syscall, wait
from helpers.kinds import INET6_RAW, INET6_TCP, INET_RAW, INET_TCP, LISTENS, PEER, kinds_of
from helpers.memory import Buffer
from helpers.messages import Message, vector
from helpers.payloads import header_of, queued
from helpers.syscall import returned
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, MSG_PEEK

PAGES = ["man:recvmsg(2)", "man:recvfrom(2)", "man:recvmmsg(2)"]
MOVE = "src:net/socket.c:move_addr_to_user"
ROOM = 128
PORT = slice(2, 4)  # of an address of IP


def by_recvfrom(fd, name, given, flags):
    """Receive a message into 64 bytes with room *given* for its sender's address; return the length of that."""
    length = ctypes.c_int(given)
    return syscall.recvfrom(fd, Buffer(64).array, 64, flags, name.array, length), length.value


def by_recvmsg(fd, name, given, flags):
    message = Message([64], name.array)
    message.header.msg_namelen = given
    return syscall.recvmsg(fd, message.header, flags), message.header.msg_namelen


def by_recvmmsg(fd, name, given, flags):
    message = Message([64], name.array)
    message.header.msg_namelen = given
    entries = vector([message])
    result = syscall.recvmmsg(fd, entries, 1, flags, None)
    return returned(entries[0].msg_len) if result == returned(1) else result, entries[0].msg_hdr.msg_namelen


CALLS = {"recvfrom": by_recvfrom, "recvmsg": by_recvmsg, "recvmmsg": by_recvmmsg}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def from_named(kind, sockets, namespace):
    """Return a socket with a name, the socket that receives from it, and the name as that one is to see it."""
    near, name = kind.named(sockets, namespace)
    far, there = kind.ready(sockets, namespace)
    near.must.connect(there)
    if kind.has(LISTENS):
        far = sockets.adopt(far.must.accept4())
    seen = bytearray(name)
    if kind in (INET_RAW, INET6_RAW):
        seen[PORT] = b"\0\0"  # getsockname(2) shows the protocol there
    return near, far, b"" if kind in (INET_TCP, INET6_TCP) else bytes(seen)


@clause(since="2.6.33", level="documented", refs=[*PAGES, MOVE], covers=["syscall:recvmmsg"])
@every_call
@of_kinds(*kinds_of(having=PEER))
def test_the_sender_s_address_is_cut_to_its_room(loopback, sockets, kind, call):
    """The address, of TCP none, is written as far as there is room, and its length is the whole of it."""
    near, far, seen = from_named(kind, sockets, loopback.namespace)
    answers, expected = {}, {}
    whole = returned(header_of(kind) + 4)

    for given in {0, 1, 2, max(len(seen) - 1, 0), len(seen), len(seen) + 1, ROOM}:
        queued(near, far, b"data")
        name = Buffer(ROOM)
        answers[given] = call(far.fd, name, given, MSG_DONTWAIT), bytes(name)
        expected[given] = (whole, len(seen)), seen[:given].ljust(ROOM, b"\xa5")

    assert answers == expected


@clause(since="2.6.33", level="documented", refs=[*PAGES, MOVE], covers=["msg:MSG_PEEK"])
@every_call
@of_kinds(*kinds_of(having=PEER))
def test_a_peek_has_the_address_too(loopback, sockets, kind, call):
    """With MSG_PEEK the sender's address comes as without, and the message keeps it."""
    near, far, seen = from_named(kind, sockets, loopback.namespace)
    queued(near, far, b"data")
    names = [Buffer(ROOM), Buffer(ROOM), Buffer(ROOM)]
    answers = [
        call(far.fd, name, ROOM, MSG_DONTWAIT | flag) for name, flag in zip(names, (MSG_PEEK, MSG_PEEK, 0), strict=True)
    ]

    assert answers == [(returned(header_of(kind) + 4), len(seen))] * 3
    assert {bytes(name) for name in names} == {seen.ljust(ROOM, b"\xa5")}


@clause(since="2.6.33", level="documented", refs=[*PAGES, "man:unix(7)"])
@every_call
@of_kinds(*kinds_of(AF_UNIX))
def test_a_sender_without_a_name_has_no_address(sockets, kind, call):
    """The address of an AF_UNIX sender that was not bound has length 0, and nothing of it is written."""
    near, far = kind.pair(sockets)
    near.must.send(b"data")
    assert wait.readable(far.fd)
    name = Buffer(ROOM)

    assert call(far.fd, name, ROOM, MSG_DONTWAIT) == (returned(4), 0)
    assert name.untouched()
