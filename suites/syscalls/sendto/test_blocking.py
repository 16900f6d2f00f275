"""sendto(2): waiting for room in the send buffer, and what ends the wait."""

from errno import EAGAIN, EINTR

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.arrivals import drain
from helpers.full_queues import fill, full_pair
from helpers.interruption import Interrupted
from helpers.net.qdiscs import hold_frames, unsent
from helpers.send_calls import by_sendto
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF, SO_SNDTIMEO
from helpers.uapi.time_types import timeval

ALLOC = "src:net/core/sock.c:sock_alloc_send_pskb"
PACKET = "src:net/packet/af_packet.c:packet_alloc_skb"
KINDS = pytest.mark.parametrize("kind", ["unix", "packet"])
LIMIT, TICK = 0.03, 0.01  # seconds; limits count whole ticks of the kernel's clock, the first of which is cut
MESSAGE = b"the last one"
FRAME = MESSAGE.ljust(400, b"\0")  # that a packet socket sends, too


def full(kind, sockets, loopback):
    """Return a socket with a full send buffer, one more message, and what makes room and checks that nothing was sent.

    The messages of an AF_UNIX socket wait for their reader, the frames of a packet socket for the link.
    """
    if kind == "unix":
        sender, receiver, sent = full_pair(sockets)
        return sender, MESSAGE, lambda: drain(receiver) == sent
    sender, let_go = loopback.packet_socket(protocol=0), hold_frames(loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    fill(sender, len(FRAME))
    waiting = unsent(sender)

    def make_room():
        same = unsent(sender) == waiting
        let_go()
        return same

    return sender, FRAME, make_room


@clause(
    since="2.2",
    level="documented",
    refs=["man:send(2)", "src:net/socket.c:__sys_sendto"],
    covers=["errno:EAGAIN", "msg:MSG_DONTWAIT"],
)
@pytest.mark.parametrize("flag", [True, False], ids=["flag", "descriptor"])
def test_does_not_wait_when_told_so(sockets, flag):
    """With MSG_DONTWAIT, or on a descriptor with O_NONBLOCK, a full send buffer is EAGAIN; later there is room."""
    sender, receiver = sockets.pair(SOCK_DGRAM | (0 if flag else SOCK_NONBLOCK))
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    sent = fill(sender)

    result = by_sendto(sender.fd, MESSAGE, MSG_DONTWAIT if flag else 0)
    taken = drain(receiver)
    control = by_sendto(sender.fd, MESSAGE, MSG_DONTWAIT if flag else 0)

    assert result == refused(EAGAIN)
    assert taken == sent
    assert control == returned(len(MESSAGE))
    assert drain(receiver) == [MESSAGE]


@clause(since="2.2", level="documented", refs=["man:send(2)", ALLOC])
def test_waits_for_the_reader(sockets):
    """A send into a full buffer waits, and goes on when the reader makes room."""
    sender, receiver, sent = full_pair(sockets)

    with process.start(by_sendto, sender.fd, MESSAGE) as child:
        child.wait_blocked("sendto")
        taken = drain(receiver)
        result = child.result()

    assert result == returned(len(MESSAGE))
    assert taken + drain(receiver) == [*sent, MESSAGE]


@clause(
    since="2.3.41",
    level="documented",
    refs=["man:socket(7)", "src:net/core/sock.c:sock_wait_for_wmem", PACKET],
    covers=["errno:EAGAIN"],
)
@KINDS
def test_waits_no_longer_than_so_sndtimeo(sockets, loopback, kind):
    """With SO_SNDTIMEO a send into a full buffer is EAGAIN when that time is over, and nothing is sent."""
    sender, message, make_room = full(kind, sockets, loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(0, int(LIMIT * 1e6)))

    result, seconds = wait.timed(lambda: by_sendto(sender.fd, message), LIMIT - TICK)

    assert result == refused(EAGAIN)
    assert seconds >= LIMIT - TICK
    assert make_room()
    assert by_sendto(sender.fd, message) == returned(len(message))


@clause(since="2.2", level="documented", refs=["man:send(2)", "man:signal(7)", ALLOC, PACKET], covers=["errno:EINTR"])
@KINDS
def test_a_signal_ends_the_wait_with_eintr(sockets, loopback, kind):
    """A signal whose handler does not restart calls ends the wait with EINTR, and nothing is sent."""
    sender, message, make_room = full(kind, sockets, loopback)

    with Interrupted(lambda: by_sendto(sender.fd, message), restart=False) as child:
        child.interrupt("sendto")
        result = child.result()

    assert result == refused(EINTR)
    assert make_room()
    assert by_sendto(sender.fd, message) == returned(len(message))


@clause(since="2.2", level="documented", refs=["man:signal(7)", ALLOC])
def test_sa_restart_goes_on_waiting(sockets):
    """After a signal whose handler restarts calls the send goes on waiting, and its message is sent once."""
    sender, receiver, sent = full_pair(sockets)

    with Interrupted(lambda: by_sendto(sender.fd, MESSAGE), restart=True) as child:
        child.interrupt("sendto")
        child.child.wait_blocked("sendto")
        taken = drain(receiver)
        result = child.result()

    assert result == returned(len(MESSAGE))
    assert taken + drain(receiver) == [*sent, MESSAGE]


@clause(
    since="2.6.22",
    level="documented",
    refs=["man:signal(7)", "src:include/net/sock.h:sock_intr_errno"],
    covers=["errno:EINTR"],
)
def test_sa_restart_does_not_restart_a_wait_with_a_time_limit(sockets):
    """With SO_SNDTIMEO a signal ends the wait with EINTR even if its handler restarts calls."""
    sender, receiver, sent = full_pair(sockets)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(60, 0))

    with Interrupted(lambda: by_sendto(sender.fd, MESSAGE), restart=True) as child:
        child.interrupt("sendto")
        result = child.result()

    assert result == refused(EINTR)
    assert drain(receiver) == sent
