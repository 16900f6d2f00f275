"""poll(2): what a socket is ready for."""

from errno import ENETDOWN
from select import (
    POLLERR,
    POLLHUP,
    POLLIN,
    POLLOUT,
    POLLPRI,
    POLLRDHUP,
    POLLRDNORM,
    POLLWRBAND,
    POLLWRNORM,
)

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.net import addresses, frames
from helpers.syscall import SUCCESS, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.poll import pollfd
from helpers.uapi.socket import (
    AF_UNIX,
    MSG_DONTWAIT,
    SHUT_RDWR,
    SHUT_WR,
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_BUSY_POLL, SO_ERROR
from helpers.uapi.time_types import timespec

ALL = 0x3FF | POLLRDHUP
READ, WRITE = POLLIN | POLLRDNORM, POLLOUT | POLLWRNORM | POLLWRBAND
REFS = ["man:poll(2)", "src:net/socket.c:sock_poll"]
PACKET = [*REFS, "man:packet(7)", "src:net/core/datagram.c:datagram_poll"]
UNIX = [*REFS, "man:unix(7)", "src:net/unix/af_unix.c:unix_poll"]
KINDS = pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])


def poll(fd, events=ALL, seconds=0.0):
    """Return the Result of one ppoll(2) of *fd* and its revents."""
    entry = pollfd(fd, events, 0xA5A5)
    time = timespec(int(seconds), int(seconds % 1 * 10**9))
    return syscall.call("ppoll", entry, 1, time, None, 0), entry.revents


def ready(events):
    """Return what ``poll`` gives for a descriptor that is ready for *events*."""
    return (returned(1) if events else SUCCESS), events


@clause(since="2.2", level="documented", refs=PACKET, covers=["file:poll"])
@KINDS
def test_packet_socket_is_readable_while_a_frame_waits(loopback, kind):
    """A packet socket is always writable, and readable from the arrival of a frame until it is taken."""
    socket = loopback.packet_socket(kind, frames.OWN, bound=kind != SOCK_PACKET)

    before = poll(socket.fd)
    loopback.inject(frames.ethernet())
    woken = poll(socket.fd, READ, 5)
    during = poll(socket.fd)
    socket.take()

    assert (before, woken, during, poll(socket.fd)) == (ready(WRITE), ready(READ), ready(WRITE | READ), ready(WRITE))


@clause(since="2.2", level="documented", refs=PACKET, covers=["file:poll"])
@pytest.mark.parametrize("events", [0, POLLIN, POLLRDNORM, POLLOUT, POLLPRI, POLLRDHUP],
                         ids=["none", "in", "rdnorm", "out", "pri", "rdhup"])  # fmt: skip
def test_only_what_was_asked_for_is_told(loopback, events):
    """Of the events that a socket is ready for only those that were requested are reported."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    loopback.inject(frames.ethernet())
    wait.readable(socket.fd)

    assert poll(socket.fd, events) == ready(events & (READ | WRITE))


@clause(since="2.2", level="documented", refs=PACKET, covers=["file:poll"])
@pytest.mark.parametrize("events", [0, ALL], ids=["unasked", "asked"])
def test_error_is_told_unasked_until_it_is_read(loopback, events):
    """When the link of a packet socket goes down POLLERR is reported, requested or not, until the error is read."""
    socket = loopback.packet_socket(protocol=ETH_P_ALL)
    asked = WRITE & events

    loopback.links.set("lo", state="down")
    down = poll(socket.fd, events)
    error = socket.option(SOL_SOCKET, SO_ERROR)

    assert (down, error) == (ready(POLLERR | asked), ENETDOWN)
    assert poll(socket.fd, events) == ready(asked)


@clause(since="2.2", level="documented", refs=PACKET, covers=["file:poll"])
@pytest.mark.parametrize("kind", ["packet", "stream", "dgram"])
def test_poll_that_waits_is_woken_by_arrival(loopback, sockets, kind):
    """A poll that waits ends when something to read arrives."""
    if kind == "packet":
        left, right = loopback.packet_socket(protocol=0), loopback.packet_socket(protocol=frames.OWN)
    else:
        left, right = sockets.pair(SOCK_STREAM if kind == "stream" else SOCK_DGRAM)

    with process.start(poll, right.fd, READ, 15) as child:
        child.wait_blocked("ppoll")
        left.must.send(frames.ethernet().data)
        assert child.result() == ready(READ)


@clause(since="2.2", level="documented", refs=UNIX, covers=["file:poll"])
def test_poll_that_waits_is_woken_by_room(sockets):
    """A poll for room in a full stream waits, and ends when the peer has read."""
    left, right = sockets.pair()
    while left.send(bytes(4096), MSG_DONTWAIT).ok:
        pass
    full = poll(left.fd)

    with process.start(poll, left.fd, WRITE, 15) as child:
        child.wait_blocked("ppoll")
        while right.recv(bytearray(65536), 65536, MSG_DONTWAIT).ok:
            pass
        assert (full, child.result()) == (ready(0), ready(WRITE))


@clause(since="2.6.17", level="documented", refs=UNIX, covers=["file:poll"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET], ids=["stream", "seqpacket"])
@pytest.mark.parametrize(
    ("how", "hup"), [(SHUT_WR, 0), (SHUT_RDWR, POLLHUP), (None, POLLHUP)], ids=["write", "both", "closed"]
)
def test_end_of_the_peer_is_readable(sockets, kind, how, hup):
    """When the peer ends its direction there is POLLRDHUP and the end to be read; when it ends both, POLLHUP too."""
    left, right = sockets.pair(kind)

    if how is None:
        left.close()
    else:
        left.must.shutdown(how)

    assert poll(right.fd) == ready(READ | WRITE | POLLRDHUP | hup)
    assert poll(right.fd, 0) == ready(hup)


@clause(since="2.2", level="documented", refs=UNIX, covers=["file:poll"])
def test_listening_socket_is_readable_while_a_connection_waits(sockets):
    """A listening socket is readable while a connection is queued; before listen(2) it reports POLLHUP."""
    socket, name = sockets.open(AF_UNIX, SOCK_STREAM), addresses.abstract()
    socket.must.bind(name)
    unconnected = poll(socket.fd)
    socket.must.listen(1)
    empty = poll(socket.fd)

    sockets.open(AF_UNIX, SOCK_STREAM).must.connect(name)
    waiting = poll(socket.fd)
    sockets.adopt(socket.must.accept())

    assert (unconnected, empty) == (ready(WRITE | POLLHUP), ready(0))
    assert (waiting, poll(socket.fd)) == (ready(READ), ready(0))


@clause(since="3.11", level="source", refs=PACKET, covers=["file:poll", "option:SO_BUSY_POLL:effect"])
def test_busy_polling_socket_tells_the_same(loopback, initial_user_namespace):
    """A socket with SO_BUSY_POLL is ready for what any other is, and reports nothing more."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    socket.must.setsockopt(SOL_SOCKET, SO_BUSY_POLL, 50)

    before = poll(socket.fd, 0xFFFF)
    loopback.inject(frames.ethernet())
    wait.readable(socket.fd)

    assert (before, poll(socket.fd, 0xFFFF)) == (ready(WRITE), ready(WRITE | READ))
