"""What options cost a receiver: a filter, auxiliary data, virtio headers, time stamps."""

import pytest

from fixtures.bench import tier
from helpers import filters
from helpers.bench.drains import MessagesSource
from helpers.rings import V2, V3
from helpers.uapi import if_packet, net_tstamp
from helpers.uapi.filter import BPF_ABS, BPF_H, BPF_K, BPF_LD, BPF_RET, BPF_STMT

pytestmark = tier("default")

CONTROL = 128  # bytes for control messages
LONG_FILTER = 64  # instructions
RING_OPTIONS = {
    "none": {},
    "vnet-hdr": {if_packet.PACKET_VNET_HDR: 1},
    "timestamp": {if_packet.PACKET_TIMESTAMP: net_tstamp.SOF_TIMESTAMPING_SOFTWARE},
    "reserve": {if_packet.PACKET_RESERVE: 64},
}


@pytest.mark.parametrize("option", RING_OPTIONS)
@pytest.mark.parametrize("version", [V2, pytest.param(V3, marks=tier("full"))], ids=str)
def test_ring(bench, lanes, version, option):
    """A receive ring with an option takes what a load offers."""
    lane = lanes(64)
    receiving = lane.receiving(lane.load(), lane.source(version, options=RING_OPTIONS[option]))

    bench.rate(receiving)


@pytest.mark.parametrize("instructions", [1, LONG_FILTER])
def test_filter(bench, lanes, instructions):
    """A receive ring whose filter takes every frame after so many instructions takes what a load offers."""
    lane = lanes(64)
    receiver = lane.source(V2)
    idle = [BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12)] * (instructions - 1)
    filters.attach(receiver[1], *idle, BPF_STMT(BPF_RET | BPF_K, filters.WHOLE))
    receiving = lane.receiving(lane.load(), receiver)

    bench.rate(receiving)


@pytest.mark.parametrize("auxdata", [0, 1])
def test_messages(bench, lanes, auxdata):
    """A socket read by recvmmsg(2) with and without PACKET_AUXDATA takes what a load offers."""
    lane = lanes(64)
    socket = lane.socket({if_packet.PACKET_AUXDATA: auxdata})
    receiving = lane.receiving(lane.load(), (MessagesSource(socket, control=CONTROL), socket))

    bench.rate(receiving)
