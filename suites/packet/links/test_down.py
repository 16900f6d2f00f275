"""Packet sockets and a link that goes down and up again."""

import select
from errno import EAGAIN, ENETDOWN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.memory import Buffer
from helpers.net import frames
from helpers.packet.link_changes import attached, errors_of, events_of, up
from helpers.process import start
from helpers.receive_queues import queued
from helpers.syscall import Result, refused, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW
from suites.packet.links.support import heard

NOTIFIER = ["man:packet(7)", "src:net/packet/af_packet.c:packet_notifier"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])


@clause(since="2.2", level="documented", refs=NOTIFIER)
@TYPES
def test_the_socket_is_in_error_once(wire, type_):
    """When its link goes down a running socket has an error: poll reports POLLERR and SO_ERROR ENETDOWN, once."""
    socket = attached(wire.right, type_)
    before = events_of(socket)

    wire.right.links.down("right")

    assert (before, events_of(socket)) == (0, select.POLLERR)
    assert errors_of(socket, socket) == [ENETDOWN, 0]
    assert events_of(socket) == 0


@clause(since="2.2", level="documented", refs=NOTIFIER, covers=["errno:recvfrom:ENETDOWN"])
@TYPES
def test_a_reader_is_woken(wire, type_):
    """A blocked reader is woken with ENETDOWN when the link goes down; the next read finds nothing."""
    socket = attached(wire.right, type_)

    with start(lambda: tuple(socket.recv(bytearray(64), 64))) as reader:
        reader.wait_blocked("recvfrom")
        wire.right.links.down("right")
        woken = Result(*reader.result())

    assert woken == refused(ENETDOWN)
    assert socket.recv(bytearray(64), 64, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="source", refs=NOTIFIER)
@pytest.mark.parametrize("protocol", [frames.OWN, ETH_P_ALL], ids=["own", "all"])
def test_up_again_it_is_heard_again(wire, protocol):
    """A socket receives again when its link comes up again, without a bind and without an error; each frame once."""
    socket = attached(wire.right, protocol=protocol)
    first = heard(wire, socket)
    wire.right.links.down("right")
    error = errors_of(socket)

    up(wire)

    assert error + errors_of(socket) == [ENETDOWN, 0]
    assert first + heard(wire, socket) == [1, 1]


@clause(since="2.2", level="source", refs=NOTIFIER)
def test_every_time_it_goes_down_is_told(wire):
    """Each time that the link goes down the socket gets an ENETDOWN of its own."""
    socket = attached(wire.right)

    errors = []
    for _ in range(3):
        wire.right.links.down("right")
        errors += errors_of(socket, socket)
        up(wire)

    assert errors == [ENETDOWN, 0] * 3
    assert heard(wire, socket) == [1]


@clause(since="2.2", level="source", refs=NOTIFIER)
def test_an_error_that_nobody_read_outlasts_the_link_coming_up(wire):
    """ENETDOWN stays pending when the link comes up again meanwhile; frames that come then are queued behind it."""
    socket, frame = attached(wire.right), frames.ethernet()
    wire.right.links.down("right")
    up(wire)

    wire.left.inject(frame)
    assert wait.poll(socket.fd) & select.POLLERR
    wait.until(lambda: socket.statistics().tp_packets, "frame queued")
    results = [socket.recv(bytearray(64), 64, MSG_DONTWAIT) for _ in range(3)]

    assert results == [refused(ENETDOWN), Result(len(frame), 0), refused(EAGAIN)]


@clause(since="2.2", level="documented", refs=NOTIFIER, covers=["errno:recvfrom:ENETDOWN", "errno:recvfrom:EAGAIN"])
def test_a_link_that_goes_down_is_reported_once_and_before_the_queue(loopback):
    """When its link goes down a packet socket reports ENETDOWN once, then returns the frames that came before."""
    frame = frames.ethernet()
    socket = queued(loopback, frame)
    loopback.links.set("lo", state="down")
    buffer = Buffer(46)

    results = [socket.recvfrom(buffer.array, 46, MSG_DONTWAIT) for _ in range(3)]

    assert results == [refused(ENETDOWN), returned(46), refused(EAGAIN)]
    assert bytes(buffer) == frame.data
