"""Transmit rings: frames that are on their way, and sends that wait for them."""

from errno import EINTR, ETIMEDOUT

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers import process, wait
from helpers.interruption import Interrupted
from helpers.net.frames import OWN
from helpers.net.qdiscs import hold_frames, unsent
from helpers.rings import V2, Geometry
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST, TP_STATUS_SENDING
from helpers.uapi.socket import MSG_DONTWAIT, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDTIMEO
from helpers.uapi.time_types import timeval
from suites.packet.rings.transmit.support import DOC, EFFECT, SND, begun, request, statuses

ALLOC = "src:net/core/sock.c:sock_alloc_send_pskb"
DONE, REQUEST, SENDING = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST, TP_STATUS_SENDING
SIZE = 400  # what a held link passes one of at once
LIMIT, TICK = 0.03, 0.01  # seconds; limits count whole ticks of the kernel's clock, the first of which is cut
MANY = Geometry(block_nr=8)


@clause(since="2.6.31", level="documented", refs=[DOC, SND], covers=["status:TP_STATUS_SENDING", *EFFECT])
@all_versions
def test_without_waiting_slots_are_on_their_way(wire, rings, version):
    """With MSG_DONTWAIT a send returns the bytes of all slots it took; those whose frames wait are SENDING.

    A slot that is SENDING is not sent again, and is available once its frame is gone.
    """
    ring, far = rings.transmit(wire.left, version), wire.right.packet_socket(protocol=OWN)
    let_go = hold_frames(wire.left)
    sent = request(ring, 3)

    result, after = ring.kick(MSG_DONTWAIT), begun(ring)
    again = ring.kick(MSG_DONTWAIT)
    let_go()

    assert (result, after) == (returned(3 * SIZE), [DONE, SENDING, SENDING, DONE])
    assert (again, statuses(ring)) == (returned(0), [DONE] * 4)
    assert far.receive(sent[0].marker).data == sent[0].data
    assert unsent(ring.socket) == 0


@clause(since="5.3", level="documented", refs=[DOC, SND], covers=EFFECT)
@all_versions
def test_a_send_waits_until_its_frames_are_gone(wire, rings, version):
    """Without MSG_DONTWAIT a send returns when the last of its frames is gone, and then its slots are available."""
    ring, let_go = rings.transmit(wire.left, version), hold_frames(wire.left)
    request(ring, 3)
    child = process.start(lambda: (ring.kick(), statuses(ring)))
    child.wait_blocked("sendto")
    during = begun(ring)

    let_go()

    assert during == [DONE, SENDING, SENDING, DONE]
    assert child.result() == (returned(3 * SIZE), [DONE] * 4)


@clause(since="6.17", level="source", refs=[SND], covers=EFFECT)
@all_versions
def test_a_send_that_waits_takes_what_is_requested_meanwhile(wire, rings, version):
    """A slot that is requested while a send waits is sent and counted by it."""
    ring, let_go = rings.transmit(wire.left, version), hold_frames(wire.left)
    request(ring, 2)
    child = process.start(ring.kick)
    child.wait_blocked("sendto")
    request(ring, 1)

    let_go()

    assert child.result() == returned(3 * SIZE)
    assert statuses(ring) == [DONE] * 4


@clause(since="6.17", level="source", refs=[SND], covers=EFFECT)
@all_versions
def test_a_send_without_request_waits_for_what_is_on_its_way(wire, rings, version):
    """Without MSG_DONTWAIT a send with nothing requested returns 0 once the frames of earlier sends are gone."""
    ring, let_go = rings.transmit(wire.left, version), hold_frames(wire.left)
    request(ring, 2)
    ring.kick(MSG_DONTWAIT)
    child = process.start(lambda: (ring.kick(), statuses(ring)))
    child.wait_blocked("sendto")
    during = begun(ring)

    let_go()

    assert during == [DONE, SENDING, DONE, DONE]
    assert child.result() == (returned(0), [DONE] * 4)


@clause(since="5.3", level="source", refs=[SND], covers=["errno:sendto:ETIMEDOUT"])
@all_versions
def test_a_send_waits_no_longer_than_so_sndtimeo(wire, rings, version):
    """With SO_SNDTIMEO a wait for frames to leave ends with ETIMEDOUT; they are taken and stay on their way."""
    ring, let_go = rings.transmit(wire.left, version, MANY), hold_frames(wire.left)
    ring.socket.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(0, int(LIMIT * 1e6)))
    request(ring, 1)
    ring.kick()

    def send():
        request(ring, 1)
        return ring.kick()

    result, seconds = wait.timed(send, LIMIT - TICK)
    after = begun(ring)[: ring.cursor]
    let_go()

    assert result == refused(ETIMEDOUT)
    assert seconds >= LIMIT - TICK
    assert after == [DONE] + [SENDING] * (ring.cursor - 1)
    assert statuses(ring) == [DONE] * len(ring)


@clause(since="5.3", level="source", refs=[SND, "man:signal(7)"], covers=["errno:sendto:EINTR"])
def test_a_signal_ends_the_wait_for_frames_to_leave(wire, rings):
    """A signal ends a wait for frames to leave with EINTR; they are taken and stay on their way."""
    ring, let_go = rings.transmit(wire.left, V2), hold_frames(wire.left)
    request(ring, 2)

    with Interrupted(ring.kick, restart=False) as child:
        child.interrupt("sendto")
        result, after = child.result(), begun(ring)
    let_go()

    assert (result, after) == (refused(EINTR), [DONE, SENDING, DONE, DONE])
    assert statuses(ring) == [DONE] * 4


@clause(since="6.17", level="source", refs=[SND, "man:signal(7)"])
def test_a_wait_that_goes_on_after_a_signal_has_nothing_to_count(wire, rings):
    """With SA_RESTART a signal does not end a wait for frames to leave, but frames sent before it are not counted."""
    ring, let_go = rings.transmit(wire.left, V2), hold_frames(wire.left)
    request(ring, 2)

    with Interrupted(ring.kick, restart=True) as child:
        child.interrupt("sendto")
        child.child.wait_blocked("sendto")
        during = begun(ring)
        let_go()
        result = child.result()

    assert (during, result) == ([DONE, SENDING, DONE, DONE], returned(0))
    assert statuses(ring) == [DONE] * 4
