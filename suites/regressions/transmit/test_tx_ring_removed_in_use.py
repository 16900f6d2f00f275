"""A send that had seen the transmit ring, and had to wait for its turn, used the ring after its removal."""

from errno import EBUSY

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.net import frames
from helpers.net.qdiscs import hold_frames, unsent
from helpers.rings import V2, Geometry
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF


def wait_stuck(child, looks):
    """Return once *child* waits inside of the kernel, for something that no signal ends, *looks* looks in a row."""
    stuck = 0

    def waits():
        nonlocal stuck
        with open(f"/proc/{child.pid}/stat") as stat:
            stuck = stuck + 1 if stat.read().rpartition(")")[2].split()[0] == "D" else 0
        return stuck >= looks or child.finished()

    child.wait_started()
    wait.until(waits, "a child that waits")


@clause(
    since="5.14",
    level="source",
    refs=["commit:32d3182cd2cd", "src:net/packet/af_packet.c:tpacket_snd"],
    covers=["option:PACKET_TX_RING:effect", "errno:sendto:EBUSY"],
)
def test_a_send_that_waited_for_a_ring_that_is_gone_is_refused(wire, rings):
    """A send that waits for another one, and for a removal of the ring before its turn, fails with EBUSY."""
    socket, frame = wire.left.packet_socket(protocol=0), frames.ethernet(size=400)
    socket.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 0)
    release = hold_frames(wire.left)
    socket.must.send(frame.data)
    wait.until(lambda: not unsent(socket), "the frame gone that the link passes at once")
    while socket.send(frame.data, MSG_DONTWAIT).ok:  # until the send buffer is full
        pass
    made = rings.on(socket, V2, tx=Geometry()).setup()
    made.tx.put(frame.data)
    made.must.unmap()

    def kick():
        return syscall.sendto(socket.fd, None, 0, 0, None, 0)

    with process.start(kick) as first:
        first.wait_blocked("sendto")  # for the send buffer, and so that nobody else may use the ring
        with process.start(made.remove_tx) as removal:
            wait_stuck(removal, 8)
            with process.start(kick) as second:
                wait_stuck(second, 3)
                release()
                results = first.result(), removal.result(), second.result()

    # the removal's turn may have come last, then there was nothing left to send
    assert results in [(returned(400), SUCCESS, refused(EBUSY)), (returned(400), SUCCESS, returned(0))]
