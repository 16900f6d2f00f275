"""Closing packet sockets: with frames in the queue, while frames come, while a ring is mapped."""

import os
import select
import threading

import pytest

from fixtures.clauses import clause
from helpers import syscall, wait
from helpers.memory import PAGE
from helpers.net import frames
from helpers.packet.procfs import rows_of
from helpers.process import in_child, start
from helpers.rings.mapping import map_socket
from helpers.sockets import must
from helpers.syscall import SUCCESS
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_FANOUT, PACKET_FANOUT_LB, PACKET_RX_RING, PACKET_TX_RING, tpacket_req
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_TX_SOFTWARE
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING

RELEASE = ["man:close(2)", "src:net/packet/af_packet.c:packet_release"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
MANY = 2000  # frames


def inodes(namespace):
    """Return the inodes of the packet sockets in *namespace*."""
    return [row.inode for row in rows_of(namespace)]


@clause(since="2.2", level="documented", refs=RELEASE)
@TYPES
def test_frames_that_wait_go_with_the_socket(tap, type_):
    """A socket is closed at once with frames in its queue; another socket keeps its own copies of them."""
    socket, other = (tap.packet_socket(type_, frames.OWN) for _ in range(2))
    sent = [frames.ethernet() for _ in range(20)]
    tap.arrive(*sent)

    result = socket.close()

    assert result == SUCCESS
    assert inodes(tap.namespace) == [os.fstat(other.fd).st_ino]
    assert other.received_markers(sent) == [frame.marker for frame in sent]


@clause(since="4.8", level="source", refs=[*RELEASE, "src:net/packet/af_packet.c:packet_sock_destruct"])
def test_time_stamps_that_wait_go_with_the_socket(tap):
    """A socket is closed with transmit time stamps in its error queue, without a warning of the kernel."""
    socket = tap.packet_socket(protocol=0)
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE)
    socket.must.send(frames.ethernet().data)
    wait.until(lambda: wait.poll(socket.fd, select.POLLERR, 0), "time stamp queued")

    result = socket.close()

    assert result == SUCCESS
    assert inodes(tap.namespace) == []


@clause(since="2.2", level="source", refs=RELEASE)
@pytest.mark.parametrize("what", ["raw", "dgram", "packet", "all", "ring", "fanout"])
def test_sockets_come_and_go_while_frames_come(tap, what):
    """Sockets created and closed under traffic do not disturb others: another socket receives or counts every frame."""
    witness = tap.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet()
    with start(lambda: tap.arrive(*[frame] * MANY)) as traffic:
        traffic.wait_started()
        rounds = 0
        while not traffic.finished() or rounds < 5:
            socket = tap.packet_socket(
                {"dgram": SOCK_DGRAM, "packet": SOCK_PACKET}.get(what, SOCK_RAW),
                ETH_P_ALL if what == "all" else frames.OWN,
            )
            if what == "ring":
                socket.must.setsockopt(SOL_PACKET, PACKET_RX_RING, tpacket_req(PAGE, 2, PAGE, 2))
            if what == "fanout":
                socket.enable(PACKET_FANOUT, PACKET_FANOUT_LB << 16 | 5)
            assert socket.close() == SUCCESS
            rounds += 1
        traffic.result()

    assert witness.statistics().tp_packets == MANY
    assert inodes(tap.namespace) == [os.fstat(witness.fd).st_ino]
    assert witness.receive(frame.marker).data == frame.data


@clause(since="2.6.27", level="documented", refs=["man:mmap(2)", *RELEASE])
@pytest.mark.parametrize("ring", [PACKET_RX_RING, PACKET_TX_RING], ids=["rx", "tx"])
def test_a_mapped_ring_keeps_the_socket(tap, ring):
    """A socket closed while its ring is mapped lives on, and receives, until the memory is unmapped."""
    socket = tap.packet_socket(protocol=frames.OWN)
    socket.must.setsockopt(SOL_PACKET, ring, tpacket_req(PAGE, 1, PAGE, 1))
    result, mapping = map_socket(socket.fd, PAGE)
    must(result, "mmap")
    inode, frame = os.fstat(socket.fd).st_ino, frames.ethernet()

    closed = socket.close()
    tap.arrive(frame)
    before = inodes(tap.namespace), frame.marker in bytes(mapping.bytes)
    unmapped = mapping.unmap()

    assert (closed, unmapped) == (SUCCESS, SUCCESS)
    assert before == ([inode], ring == PACKET_RX_RING)
    assert inodes(tap.namespace) == []


@clause(since="2.2", level="documented", refs=RELEASE)
@TYPES
def test_a_reader_keeps_the_socket(tap, type_):
    """A thread blocked in recvfrom while another closes the descriptor stays blocked, and gets the next frame."""
    frame, buffer = frames.ethernet(), bytearray(200)

    def close_under_the_reader() -> tuple[int, bool, list[int]]:
        socket = tap.packet_socket(type_, frames.OWN)
        got, listed = [], []
        reader = threading.Thread(target=lambda: got.append(syscall.recvfrom(socket.fd, buffer, 200).value))
        reader.start()
        wait.until(lambda: asleep(reader.native_id), "reader blocked")
        socket.must.close()
        listed.append(len(inodes(tap.namespace)))
        tap.arrive(frame)
        reader.join(5)
        listed.append(len(inodes(tap.namespace)))
        return got[0], frame.marker in bytes(buffer), listed

    value, found, listed = in_child(close_under_the_reader)

    assert (value, found) == (len(frame.bytes_for(type_)), True)
    assert listed == [1, 0]


def asleep(thread):
    """Return whether a thread of this process sleeps."""
    with open(f"/proc/self/task/{thread}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "S"
