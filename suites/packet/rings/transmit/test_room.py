"""Transmit rings: SO_SNDBUF limits what is on its way, and sends wait for room."""

from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers import process, wait
from helpers.net import frames
from helpers.net.qdiscs import hold_frames, unsent
from helpers.rings import V2, Geometry
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST, TP_STATUS_SENDING
from helpers.uapi.socket import MSG_DONTWAIT, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF, SO_SNDTIMEO
from helpers.uapi.time_types import timeval
from suites.packet.rings.transmit.support import FILL, SND, statuses

ALLOC = "src:net/core/sock.c:sock_alloc_send_pskb"
DONE, REQUEST, SENDING = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST, TP_STATUS_SENDING
SIZE = 400  # what a held link passes one of at once
LIMIT, TICK = 0.03, 0.01  # seconds; limits count whole ticks of the kernel's clock, the first of which is cut


def full(wire, rings, version=V2):
    """Return a ring whose socket may have the least unsent, and what lets its frames go.

    Of its 16 slots all but the first are requested: the frame of that one, which the link passes at once, is gone.
    """
    ring, let_go = rings.transmit(wire.left, version, Geometry(block_nr=8)), hold_frames(wire.left)
    ring.socket.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    ring.send(frames.ethernet(size=SIZE).data)
    wait.until(lambda: not unsent(ring.socket), "the first frame gone")
    for _ in range(15):
        ring.put(frames.ethernet(size=SIZE).data)
    return ring, let_go


@clause(since="2.6.31", level="source", refs=[FILL], covers=["file:ioctl_SIOCOUTQ"])
@all_versions
def test_the_bytes_of_a_slot_count_as_unsent(wire, rings, version):
    """Of two frames on their way the longer one adds as many bytes more to SIOCOUTQ; it is 0 when both are gone."""
    ring, let_go = rings.transmit(wire.left, version), hold_frames(wire.left)
    told = []
    for size in (SIZE, SIZE, SIZE - 300):  # the first passes at once
        ring.put(frames.ethernet(size=size).data)
        ring.kick(MSG_DONTWAIT)
        if not told:  # it is gone when the other end of the wire takes it, which may be after the send
            wait.until(lambda: not unsent(ring.socket), "the first frame gone")
        told.append(unsent(ring.socket))
    let_go()

    none, first, both = told
    assert (none, first - (both - first)) == (0, 300)
    assert unsent(ring.socket) == 0


@clause(since="2.6.31", level="source", refs=[ALLOC, SND], covers=["errno:sendto:EAGAIN"])
@all_versions
def test_so_sndbuf_bounds_what_is_on_its_way(wire, rings, version):
    """A send takes slots while SIOCOUTQ is below SO_SNDBUF, and returns their bytes; the others stay requested.

    The next fails with EAGAIN. When frames are gone the rest can be sent.
    """
    ring, let_go = full(wire, rings, version)

    results = [ring.kick(MSG_DONTWAIT) for _ in range(2)]
    after, waiting, room = statuses(ring), unsent(ring.socket), ring.socket.option(SOL_SOCKET, SO_SNDBUF)
    let_go()
    rest = ring.kick()

    taken = after.count(SENDING) + 1
    each = waiting // after.count(SENDING)
    assert after == [DONE] + [SENDING] * (taken - 1) + [REQUEST] * (16 - taken)
    assert results == [returned((taken - 1) * SIZE), refused(EAGAIN)]
    assert waiting - each < room <= waiting
    assert (rest, statuses(ring)) == (returned((16 - taken) * SIZE), [DONE] * 16)


@clause(since="2.6.31", level="source", refs=[ALLOC, SND])
@all_versions
def test_a_send_waits_for_room_in_so_sndbuf(wire, rings, version):
    """Without MSG_DONTWAIT a send waits where SO_SNDBUF is used up, and then takes the other slots too."""
    ring, let_go = full(wire, rings, version)
    child = process.start(ring.kick)
    child.wait_blocked("sendto")
    during = statuses(ring)

    let_go()

    assert (during[0], during[1], during[-1]) == (DONE, SENDING, REQUEST)
    assert child.result() == returned(15 * SIZE)
    assert statuses(ring) == [DONE] * 16


@clause(since="2.6.31", level="source", refs=[ALLOC, SND], covers=["errno:sendto:EAGAIN"])
@pytest.mark.parametrize("first", [True, False], ids=["some-taken", "none-taken"])
def test_so_sndtimeo_ends_the_wait_for_room(wire, rings, first):
    """When SO_SNDTIMEO ends a wait for room the send returns the bytes it has taken, or EAGAIN if there are none."""
    ring, let_go = full(wire, rings)
    ring.socket.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(0, int(LIMIT * 1e6)))
    taken = 0 if first else ring.kick(MSG_DONTWAIT).value

    result, seconds = wait.timed(ring.kick, LIMIT - TICK, tries=1)
    count = statuses(ring).count(SENDING)
    let_go()

    assert result == (returned(count * SIZE) if first else refused(EAGAIN))
    assert taken in (0, count * SIZE)
    assert seconds >= LIMIT - 2 * TICK
    assert ring.kick() == returned((15 - count) * SIZE)
