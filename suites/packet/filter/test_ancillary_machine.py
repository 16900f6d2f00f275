"""Socket filters on packet sockets: ancillary data about the machine, and numbers that are functions."""

import os
import struct
from functools import partial

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.filters import ancillary
from helpers.net import frames, link_kinds
from helpers.net.frames import BROADCAST, OWN, STRANGER
from helpers.uapi.filter import (
    BPF_IMM,
    BPF_LD,
    BPF_LDX,
    BPF_STMT,
    BPF_W,
    SKF_AD_ALU_XOR_X,
    SKF_AD_CPU,
    SKF_AD_NLATTR,
    SKF_AD_NLATTR_NEST,
    SKF_AD_QUEUE,
    SKF_AD_RANDOM,
)
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_tun import IFF_MULTI_QUEUE, IFF_TAP
from helpers.uapi.socket import SOCK_RAW

REFS = ["doc:networking/filter.rst", "uapi:linux/filter.h", "src:net/packet/af_packet.c:run_filter"]
EFFECT = ["option:SO_ATTACH_FILTER:effect"]
SIZE = 400  # room for every octet that filters.computed() looks at


def computed(tap, instructions, send):
    """Return what *instructions* leave in the accumulator for the frame that ``send()`` brings to *tap*."""
    socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL)

    def hear():
        send()
        return socket.take()

    return filters.computed(socket, instructions, hear)


def arriving(tap):
    """Return a function that brings a frame of 400 bytes to *tap*."""
    return lambda: tap.arrive(frames.ethernet(size=SIZE))


@clause(since="2.6.36", level="documented", refs=REFS, covers=EFFECT)
def test_cpu(tap):
    """SKF_AD_CPU is the number of the CPU on which the filter runs, the one on which the frame arrived."""
    allowed = os.sched_getaffinity(0)
    found = {}

    try:
        for cpu in sorted(allowed):
            os.sched_setaffinity(0, {cpu})
            found[cpu] = computed(tap, ancillary(SKF_AD_CPU), arriving(tap))
    finally:
        os.sched_setaffinity(0, allowed)

    assert found == {cpu: cpu for cpu in allowed}


@clause(since="3.16", level="documented", refs=REFS, covers=EFFECT)
def test_random(tap):
    """SKF_AD_RANDOM is another number each time: in 16 frames no octet is always the same."""
    values = [computed(tap, ancillary(SKF_AD_RANDOM), arriving(tap)) for _ in range(16)]

    assert [len({value >> shift & 0xFF for value in values}) > 1 for shift in (0, 8, 16, 24)] == [True] * 4


@clause(since="2.6.26", level="source", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize(
    ("number", "start", "kind", "expected"),
    [
        (SKF_AD_NLATTR, 20, 5, 28),
        (SKF_AD_NLATTR, 20, 9, 0),
        (SKF_AD_NLATTR_NEST, 28, 7, 32),
        (SKF_AD_NLATTR_NEST, 28, 5, 0),
    ],
    ids=["found", "not-there", "nested", "not-nested"],
)
def test_netlink_attributes(tap, number, start, kind, expected):
    """SKF_AD_NLATTR finds an attribute of the type in the index from an offset on, SKF_AD_NLATTR_NEST a nested one."""
    nested = struct.pack("=HHI", 8, 7, 0)
    attributes = struct.pack("=HHI", 8, 3, 0) + struct.pack("=HH", 4 + len(nested), 5) + nested
    data = BROADCAST + STRANGER + OWN.to_bytes(2, "big") + bytes(6)
    frame = data + attributes + struct.pack("=HH", SIZE - 40, 2) + bytes(SIZE - 44)
    load = [BPF_STMT(BPF_LDX | BPF_IMM, kind), BPF_STMT(BPF_LD | BPF_IMM, start)]

    value = computed(tap, [*load, *ancillary(number)], lambda: tap.arrive(frame))

    assert value == expected


@clause(since="2.6.36", level="source", refs=REFS, covers=EFFECT)
def test_exclusive_or_with_the_index(tap):
    """SKF_AD_ALU_XOR_X is no load: it combines the accumulator with the index."""
    load = [BPF_STMT(BPF_LDX | BPF_IMM, 0x0FF0_1234), BPF_STMT(BPF_LD | BPF_IMM | BPF_W, 0x1234_5678)]

    value = computed(tap, [*load, *ancillary(SKF_AD_ALU_XOR_X)], arriving(tap))

    assert value == 0x0FF0_1234 ^ 0x1234_5678


@pytest.fixture
def queues(taps):
    """A tap of two queues and the descriptors of these; the first is the tap's own."""
    tap = taps(IFF_TAP | IFF_MULTI_QUEUE)
    second = link_kinds.tun(tap.namespace, tap.name, IFF_TAP | IFF_MULTI_QUEUE)
    yield tap, [tap.fd, second]
    os.close(second)


@clause(since="2.6.33", level="source", refs=[*REFS, "src:include/linux/skbuff.h:skb_record_rx_queue"], covers=EFFECT)
def test_queue(queues):
    """SKF_AD_QUEUE is one more than the number of the queue on which a frame arrived; 0 means that none is known."""
    tap, fds = queues
    frame = frames.ethernet(size=SIZE)

    values = [computed(tap, ancillary(SKF_AD_QUEUE), partial(os.write, fd, frame.data)) for fd in fds]

    assert values == [1, 2]
