"""sendmmsg(2): several messages with one call."""

from errno import EBADF

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.arrivals import arrivals, drain
from helpers.full_queues import fill
from helpers.kinds import UNIX_DGRAM
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import (
    SOCK_DGRAM,
    SOL_SOCKET,
    UIO_MAXIOV,
)
from helpers.uapi.socket_options import SO_SNDBUF

MAN = "man:sendmmsg(2)"
GENERIC = "src:net/socket.c:__sys_sendmmsg"


@clause(since="3.0", level="documented", refs=[MAN, "man:packet(7)", GENERIC])
def test_sends_each_message_and_tells_its_length(wire):
    """Messages are sent in order, vlen of them; each msg_len becomes the bytes sent, and nothing else is written."""
    sender, receiver = wire.left.packet_socket(protocol=0), wire.right.packet_socket(protocol=OWN)
    sent = [frames.ethernet(wire.right.mac, size=size) for size in (60, 200, 100, 300)]
    entries = vector([Message([frame.data[:20], frame.data[20:]]) for frame in sent])
    headers = [bytes(entry.msg_hdr) for entry in entries]

    result = sender.sendmmsg(entries, 3)

    assert result == returned(3)
    assert lengths(entries) == [60, 200, 100, UNTOUCHED]
    assert [bytes(entry.msg_hdr) for entry in entries] == headers
    wire.left.inject(last := frames.ethernet())
    assert arrivals(receiver, last.marker) == [*(frame.data for frame in sent[:3]), last.data]


@clause(since="3.0", level="source", refs=[GENERIC], covers=["errno:EBADF"])
def test_no_message_is_a_success(sockets, memory):
    """With vlen 0 nothing is read or sent and 0 is returned; a bad descriptor is still refused."""
    sender, receiver = sockets.pair(SOCK_DGRAM)

    assert sender.sendmmsg(memory.unmapped, 0) == SUCCESS
    assert drain(receiver) == []
    assert syscall.sendmmsg(-1, memory.unmapped, 0) == refused(EBADF)


@clause(since="3.0", level="documented", refs=[MAN, GENERIC])
@pytest.mark.parametrize("count", [UIO_MAXIOV, UIO_MAXIOV + 1, 2**32 - 1], ids=["1024", "1025", "uint-max"])
def test_sends_1024_messages_at_most(loopback, count):
    """A vlen above UIO_MAXIOV (1024) is cut to it: 1024 messages are sent, and the next one is left alone."""
    sender = loopback.packet_socket(protocol=0)
    entries = vector([Message([frames.ethernet().data])] * (UIO_MAXIOV + 1))

    result = sender.sendmmsg(entries, count)

    assert result == returned(UIO_MAXIOV)
    assert lengths(entries) == [46] * UIO_MAXIOV + [UNTOUCHED]


@clause(since="3.1", level="documented", refs=[MAN, GENERIC])
def test_each_message_goes_to_its_own_name(sockets):
    """Each message goes to the address in its own header, whatever the one before had; without one, to the peer."""
    sender, (first, one), (second, two), (peer, three) = (
        UNIX_DGRAM.named(sockets)[0],
        *(UNIX_DGRAM.named(sockets) for _ in range(3)),
    )
    sender.must.connect(three)
    names = {b"a": one, b"b": one, b"c": two, b"d": None, b"e": two, b"f": one}

    result = sender.sendmmsg(vector([Message([data], name) for data, name in names.items()]), len(names))

    assert result == returned(6)
    assert [drain(socket) for socket in (first, second, peer)] == [[b"a", b"b", b"f"], [b"c", b"e"], [b"d"]]


@clause(since="3.0", level="documented", refs=[MAN, GENERIC], covers=["errno:EBADF", "errno:ENOTSOCK"])
@pytest.mark.parametrize("kind", ["negative", "path", "pipe"])
def test_the_descriptor_is_of_an_open_socket(sockets, memory, kind):
    """What is no open descriptor (O_PATH neither) is EBADF, what is no socket ENOTSOCK, before anything is read."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    bad = odd_descriptor(sockets, kind, sender)

    assert syscall.sendmmsg(bad, memory.unmapped, 1) == refused(ODD[kind])
    assert sender.sendmmsg(vector([Message([b"data"])]), 1) == returned(1)
    assert drain(receiver) == [b"data"]


@clause(since="3.0", level="documented", refs=[MAN, GENERIC])
def test_waits_until_all_are_sent(sockets):
    """A blocking call waits for the reader until all messages are sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    sent = fill(sender)
    entries = vector([Message([b"one"]), Message([b"two"])])

    with process.start(sender.sendmmsg, entries, 2) as child:
        child.wait_blocked("sendmmsg")
        taken = drain(receiver)
        result = child.result()

    assert result == returned(2)
    assert taken + drain(receiver) == [*sent, b"one", b"two"]
