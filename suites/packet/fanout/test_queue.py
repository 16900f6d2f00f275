"""PACKET_FANOUT_QM: the queue of a link with several queues chooses the member."""

import pytest

from fixtures.clauses import clause
from helpers.net.wire import pair
from helpers.option_calls import put
from helpers.options import option
from helpers.packet.fanout import Group, datagram, many
from helpers.sockets import must
from helpers.uapi.filter import (
    BPF_A,
    BPF_ABS,
    BPF_ADD,
    BPF_ALU,
    BPF_K,
    BPF_LD,
    BPF_RET,
    BPF_STMT,
    BPF_W,
    SKF_AD_OFF,
    SKF_AD_QUEUE,
    program,
)
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP
from helpers.uapi.if_packet import PACKET_FANOUT_QM

MAN = "man:packet(7)"
QUEUE = "src:net/packet/af_packet.c:fanout_demux_qm"
COVERS = ["fanout:QM", "option:PACKET_FANOUT:effect"]
QUEUES, FLOWS = 4, 48  # a queue that no flow takes: once in 250,000 runs, and three of four are enough
LEAST = 14  # of the bytes that the observer keeps of a frame; what is more is the queue


@pytest.fixture
def queues(sockets, namespace):
    """The two ends, in one namespace, of a veth pair that has several queues each way."""
    with pair(namespace, sockets, QUEUES) as ends:
        yield ends


def _observer(end, protocol):
    """Return a socket that keeps LEAST bytes of each frame and one more for each number of its queue."""
    socket = end.packet_socket(protocol=protocol)
    code = [
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_QUEUE),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, LEAST),
        BPF_STMT(BPF_RET | BPF_A, 0),
    ]
    must(put(socket, option("SO_ATTACH_FILTER"), program(code)))
    return socket


@clause(since="3.14", level="documented", refs=[MAN, QUEUE], covers=COVERS)
@pytest.mark.parametrize("side", ["sent", "received"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_queue_of_a_frame_chooses(queues, side, count):
    """PACKET_FANOUT_QM chooses by the queue that is recorded for a frame, modulo the members."""
    near, far = queues
    end, protocol = (near, ETH_P_ALL) if side == "sent" else (far, ETH_P_IP)
    observer, group = _observer(end, protocol), Group(end, PACKET_FANOUT_QM, count, protocol)
    frames = [datagram(("192.0.2.1", 1024 + flow), ("192.0.2.2", 80)) for flow in range(FLOWS)]

    got = group.deliver(*frames, via=near).split()

    taken = [observer.receive(b"").value - LEAST for _ in frames]
    assert got == [str(queue % count) for queue in taken]
    assert len(set(taken)) >= 3, "the flows did not take several queues"


@clause(since="3.14", level="documented", refs=[MAN, QUEUE], covers=COVERS)
def test_a_link_with_one_queue_has_one_member(loopback):
    """PACKET_FANOUT_QM delivers all frames of a link without several queues to the first member."""
    group = Group(loopback, PACKET_FANOUT_QM, 3)

    got = group.deliver(*many(6))

    assert got == "0 0 0 0 0 0"
