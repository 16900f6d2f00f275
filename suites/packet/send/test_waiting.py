"""Sending on packet sockets: frames that wait in the queue of the link, and waiting until it has taken them."""

import itertools
from errno import EAGAIN, EINTR

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.full_queues import fill
from helpers.interruption import Interrupted
from helpers.net.frames import OWN
from helpers.net.qdiscs import hold_frames, unsent
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF, SO_SNDTIMEO
from helpers.uapi.time_types import timeval

SND = "src:net/packet/af_packet.c:packet_snd"
IOCTL = "src:net/packet/af_packet.c:packet_ioctl"
ALLOC = "src:net/core/sock.c:sock_alloc_send_pskb"
LIMIT, TICK = 0.03, 0.01  # seconds; limits count whole ticks of the kernel's clock, the first of which is cut


@clause(since="2.2", level="documented", refs=["man:tty_ioctl(4)", IOCTL])
def test_siocoutq_tells_what_waits_in_the_queue(loopback):
    """SIOCOUTQ grows with each frame that waits in the queue of the link, and is 0 when they are gone."""
    sender, let_go = loopback.packet_socket(protocol=0), hold_frames(loopback)
    other = loopback.packet_socket(protocol=0)
    sender.must.send(bytes(400))

    told = [unsent(sender)]
    for _ in range(3):
        sender.must.send(bytes(400))
        told.append(unsent(sender))
    let_go()

    steps = {after - before for before, after in itertools.pairwise(told)}
    assert told[0] == 0
    assert len(steps) == 1
    assert 400 < steps.pop() < 8192
    assert (unsent(sender), unsent(other)) == (0, 0)


@clause(since="2.2", level="source", refs=[ALLOC, SND], covers=["errno:sendto:EAGAIN"])
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_so_sndbuf_bounds_what_waits(loopback, kind):
    """As long as SIOCOUTQ is below SO_SNDBUF a frame is taken, from then on it is EAGAIN, and nothing is kept."""
    sender, let_go = loopback.packet_socket(kind, OWN), hold_frames(loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    room, data = sender.option(SOL_SOCKET, SO_SNDBUF), bytes(400 if kind == SOCK_RAW else 400 - ETH_HLEN)

    seen = []
    while not seen or seen[-1][1].ok:
        seen.append((unsent(sender), sender.send(data, MSG_DONTWAIT)))
        assert len(seen) < 100
    full = unsent(sender)
    let_go()

    assert [result for _, result in seen] == [returned(len(data))] * (len(seen) - 1) + [refused(EAGAIN)]
    assert [before < room for before, _ in seen] == [True] * (len(seen) - 1) + [False]
    assert full == seen[-1][0]
    assert sender.send(data, MSG_DONTWAIT) == returned(len(data))


@clause(
    since="2.3.41",
    level="documented",
    refs=["src:net/packet/af_packet.c:packet_alloc_skb", "man:socket(7)", ALLOC],
    covers=["errno:sendto:EAGAIN"],
)
def test_waits_no_longer_than_so_sndtimeo(loopback):
    """With SO_SNDTIMEO a wait for the link to take frames ends with EAGAIN when that time is over."""
    sender, let_go = loopback.packet_socket(protocol=0), hold_frames(loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    fill(sender, 400)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(0, int(LIMIT * 1e6)))

    result, seconds = wait.timed(lambda: sender.send(bytes(400)), LIMIT - TICK)
    let_go()

    assert result == refused(EAGAIN)
    assert seconds >= LIMIT - TICK
    assert sender.send(bytes(400)) == returned(400)


@clause(
    since="2.2",
    level="documented",
    refs=["src:net/packet/af_packet.c:packet_alloc_skb", "man:signal(7)", ALLOC],
    covers=["errno:sendto:EINTR"],
)
def test_a_signal_ends_the_wait(loopback):
    """A signal ends a wait for the link to take frames with EINTR."""
    sender, let_go = loopback.packet_socket(protocol=0), hold_frames(loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    fill(sender, 400)

    with Interrupted(lambda: sender.send(bytes(400)), restart=False) as child:
        child.interrupt("sendto")
        result = child.result()
    let_go()

    assert result == refused(EINTR)
    assert sender.send(bytes(400)) == returned(400)
