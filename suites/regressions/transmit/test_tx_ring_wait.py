"""A send of a transmit ring that had nothing to send spun until the frames of an earlier one had left."""

import signal
from errno import EINTR

from fixtures.clauses import clause
from helpers import process
from helpers.net import frames
from helpers.net.qdiscs import hold_frames
from helpers.rings import V2
from helpers.sockets import must
from helpers.syscall import refused
from helpers.uapi.socket import MSG_DONTWAIT


@clause(
    since="6.17",
    level="source",
    refs=["commit:55f0bfc03705", "src:net/packet/af_packet.c:tpacket_snd"],
    covers=["option:PACKET_TX_RING:effect"],
)
def test_a_send_that_waits_for_earlier_frames_sleeps(wire, rings):
    """A blocking send with nothing requested, while frames are still on their way, sleeps and can be interrupted."""
    ring = rings.transmit(wire.left, V2)
    release = hold_frames(wire.left)
    for _ in range(2):  # the link passes one frame at once
        ring.put(frames.ethernet(size=400).data)
    must(ring.kick(MSG_DONTWAIT), "send")

    def send():
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.siginterrupt(signal.SIGUSR1, True)
        return ring.kick()

    with process.start(send) as child:
        try:
            child.wait_blocked("sendto")
            child.signal(signal.SIGUSR1)
            assert child.result() == refused(EINTR)
        finally:
            release()
