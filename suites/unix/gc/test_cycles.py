"""Sockets whose last descriptors lie in each other's queues are closed, with every other file that lies there.

Each case puts the only write end of a pipe into the cycle: the reader sees the end when that is closed.
"""

import os
from errno import ECONNRESET

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.kinds import UNIX_SEQPACKET, UNIX_STREAM
from helpers.messages import receive
from helpers.passed_descriptors import descriptors_in, pass_descriptors
from helpers.sockets import SetupError
from helpers.syscall import refused
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK
from helpers.unix_ends import TYPES, got

GC = "src:net/unix/garbage.c:__unix_gc"
REFS = ["man:unix(7)", GC]
KINDS = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)


class Canary:
    """A pipe: its write end is to go into messages, and ``sings`` tells whether that end is still open somewhere."""

    def __init__(self, sockets):
        reader, writer = os.pipe()
        self.reader, self.writer = sockets.adopt(reader).fd, sockets.adopt(writer)

    def send(self, sender):
        """Send the write end over *sender* and close it here."""
        pass_descriptors(sender, self.writer.fd)
        self.writer.must.close()

    def sings(self):
        """Return whether a write end is open, as far as that can be told without waiting."""
        return wait.poll(self.reader, 0, 0) == 0

    def stops(self):
        """Return whether the last write end is closed in time."""
        return bool(wait.poll(self.reader, 0))


def collect(sockets):
    """Have the kernel look for garbage, and return when it has collected some that was made for this. Set-up."""
    near, far = sockets.pair()
    canary = Canary(sockets)
    pass_descriptors(near, far.fd)
    canary.send(near)
    far.must.close()
    near.must.close()
    if not canary.stops():
        raise SetupError("set-up failed: a socket in its own queue is not collected")


@clause(since="2.2", level="documented", refs=REFS)
@KINDS
def test_a_socket_in_its_own_queue_is_closed(sockets, kind):
    """A socket whose last descriptor waits in its own queue is closed, with what else waits there."""
    near, far = sockets.pair(kind)
    canary = Canary(sockets)
    pass_descriptors(near, far.fd)
    canary.send(near)
    alive = canary.sings()

    far.must.close()
    near.must.close()
    collect(sockets)

    assert alive
    assert canary.stops()


@clause(since="2.2", level="documented", refs=REFS)
@KINDS
@pytest.mark.parametrize("count", [2, 3, 5])
def test_sockets_that_hold_each_other_are_closed(sockets, kind, count):
    """Sockets each of which has the next one's last descriptor in its queue are closed, with what else waits there."""
    pairs = [sockets.pair(kind) for _ in range(count)]
    canaries = [Canary(sockets) for _ in pairs]
    for number, (near, _) in enumerate(pairs):
        pass_descriptors(near, pairs[(number + 1) % count][1].fd)
        canaries[number].send(near)
    alive = [canary.sings() for canary in canaries]

    for pair in pairs:
        for end in reversed(pair):
            end.must.close()
    collect(sockets)

    assert alive == [True] * count
    assert [canary.stops() for canary in canaries] == [True] * count


@clause(since="2.2", level="documented", refs=REFS)
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_SEQPACKET], ids=str)
def test_a_listener_that_its_own_connections_hold_is_closed(sockets, kind):
    """A listener whose last descriptor was sent to it over a connection not accepted is closed, with the connection."""
    listener, name = kind.ready(sockets)
    client = kind.open(sockets)
    client.must.connect(name)
    canary = Canary(sockets)
    pass_descriptors(client, listener.fd)
    canary.send(client)
    alive = canary.sings()

    listener.must.close()
    collect(sockets)

    assert alive
    assert canary.stops()
    assert got(client) == refused(ECONNRESET)


@clause(since="2.2", level="documented", refs=[*REFS, "src:net/unix/garbage.c:unix_update_edges"])
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_SEQPACKET], ids=str)
def test_a_connection_that_holds_its_own_ends_is_closed(sockets, kind):
    """A connection to whose client and server their own descriptors were sent, one before accept, is closed."""
    listener, name = kind.ready(sockets)
    client = kind.open(sockets)
    client.must.connect(name)
    pass_descriptors(client, client.fd)
    server = sockets.adopt(listener.must.accept4())
    canaries = [Canary(sockets) for _ in range(2)]
    pass_descriptors(client, server.fd)
    for canary, sender in zip(canaries, (client, server), strict=True):
        canary.send(sender)
    alive = [canary.sings() for canary in canaries]

    client.must.close()
    server.must.close()
    collect(sockets)

    assert alive == [True, True]
    assert [canary.stops() for canary in canaries] == [True, True]


@clause(since="2.2", level="documented", refs=REFS)
@KINDS
def test_a_socket_that_can_be_reached_is_kept(sockets, kind):
    """Of sockets that hold each other none is closed while one can be reached: from it all are received again."""
    first, second = sockets.pair(kind), sockets.pair(kind)
    canary = Canary(sockets)
    pass_descriptors(first[0], second[1].fd)
    pass_descriptors(second[0], first[1].fd)
    canary.send(second[0])
    second[1].must.close()
    for end in (first[0], second[0]):
        end.must.close()

    collect(sockets)
    received = sockets.adopt(descriptors_in(receive(first[1].fd, 1))[0])
    kept = canary.sings()
    inner = sockets.adopt(descriptors_in(receive(received.fd, 1))[0])

    assert kept
    assert os.path.sameopenfile(inner.fd, first[1].fd)
    assert canary.sings()
    inner.must.close()
    received.must.close()
    collect(sockets)
    assert canary.stops()


@clause(since="2.2", level="source", refs=[GC, "src:net/unix/af_unix.c:unix_peek_fds"])
@KINDS
def test_a_peek_keeps_what_it_took_out(sockets, kind):
    """A descriptor that was peeked keeps its socket while it is open, with the queue that holds its own descriptor."""
    near, far = sockets.pair(kind)
    canary = Canary(sockets)
    pass_descriptors(near, far.fd)
    canary.send(near)
    (fd,) = descriptors_in(receive(far.fd, 1, flags=MSG_PEEK | MSG_DONTWAIT))
    peeked = sockets.adopt(fd)
    far.must.close()
    near.must.close()

    collect(sockets)
    kept = canary.sings()
    data = got(peeked, 1, MSG_PEEK)
    peeked.must.close()
    collect(sockets)

    assert (kept, data) == (True, b"x")
    assert canary.stops()
