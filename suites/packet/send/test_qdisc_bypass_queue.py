"""PACKET_QDISC_BYPASS: the queue of a multiqueue link by which a frame leaves."""

import os
import struct

import pytest

from fixtures.clauses import clause
from helpers.filters import ancillary, attach
from helpers.net import ip_frames
from helpers.net.wire import pair
from helpers.uapi.filter import BPF_A, BPF_ADD, BPF_ALU, BPF_K, BPF_RET, BPF_STMT, SKF_AD_QUEUE
from helpers.uapi.if_ether import ETH_P_IP
from helpers.uapi.if_packet import PACKET_QDISC_BYPASS
from helpers.uapi.if_tun import IFF_MULTI_QUEUE, IFF_TAP
from helpers.uapi.in_ import IPPROTO_UDP

EFFECT = ["option:PACKET_QDISC_BYPASS:effect"]
DATAGRAM = ip_frames.frame(IPPROTO_UDP, size=100).data
FLOWS = [DATAGRAM[:34] + struct.pack("!H", port) + DATAGRAM[36:] for port in range(5000, 5032)]


@pytest.fixture
def queues(sockets, namespace):
    """The two ends, in one namespace, of a veth pair with two queues each way."""
    with pair(namespace, sockets, 2) as ends:
        yield ends


@pytest.fixture
def one_cpu_at_a_time():
    """The CPUs that this process may use; afterwards it may use all of them again."""
    cpus = os.sched_getaffinity(0)
    yield sorted(cpus)
    os.sched_setaffinity(0, cpus)


@clause(since="5.10", level="source", refs=["src:net/packet/af_packet.c:packet_pick_tx_queue"], covers=EFFECT)
def test_the_cpu_chooses_the_queue(queues, one_cpu_at_a_time):
    """With PACKET_QDISC_BYPASS frames of all flows leave by the queue of the sending CPU; else flows are spread."""
    near, far = queues
    sender, receiver = near.packet_socket(protocol=0), far.packet_socket(protocol=ETH_P_IP)
    rest = BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 60), BPF_STMT(BPF_RET | BPF_A, 0)
    attach(receiver, *ancillary(SKF_AD_QUEUE), *rest)  # it keeps so many bytes, and one more for each queue

    def chosen(bypass):
        sender.enable(PACKET_QDISC_BYPASS, bypass)
        for data in FLOWS:
            sender.must.send(data)
        return {receiver.receive(b"").value for _ in FLOWS}

    spread = chosen(0)
    by_cpu = {}
    for cpu in one_cpu_at_a_time:
        os.sched_setaffinity(0, {cpu})
        by_cpu[cpu] = chosen(1)

    first = min(spread)  # 60 or 61: by some kernels the first queue is 0, by others 1
    assert spread == {first, first + 1}
    assert by_cpu == {cpu: {first + cpu % 2} for cpu in one_cpu_at_a_time}


@clause(since="5.10", level="source", refs=["src:net/packet/af_packet.c:packet_pick_tx_queue"], covers=EFFECT)
def test_a_link_that_chooses_its_queues_still_does(taps, one_cpu_at_a_time):
    """With PACKET_QDISC_BYPASS a link that chooses the queue itself (a tap) still spreads flows."""
    first = taps(IFF_TAP | IFF_MULTI_QUEUE)
    second = taps(IFF_TAP | IFF_MULTI_QUEUE, first.namespace)
    sender = first.packet_socket(protocol=0)
    sender.enable(PACKET_QDISC_BYPASS)
    os.sched_setaffinity(0, one_cpu_at_a_time[:1])

    for data in FLOWS:
        sender.must.send(data)

    left = first.left(), second.left()
    assert sorted(left[0] + left[1]) == sorted(FLOWS)
    assert min(len(queue) for queue in left) > 0
