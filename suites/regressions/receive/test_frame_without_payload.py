"""A frame that is nothing but its link-layer header was refused."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.rings import V2
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.if_packet import TP_STATUS_SEND_REQUEST


@clause(
    since="4.4",
    level="source",
    refs=["src:include/linux/netdevice.h:dev_validate_header", "src:net/packet/af_packet.c:packet_snd"],
    covers=["errno:sendto:EINVAL"],
)
@pytest.mark.parametrize("ring", [False, True], ids=["send", "ring"])
def test_a_frame_may_be_a_bare_header(wire, rings, ring):
    """A frame of the 14 bytes of an Ethernet header is sent and received; one of 13 bytes fails with EINVAL."""
    receiver, header = wire.left.packet_socket(), frames.ethernet().data[:ETH_HLEN]
    slots = rings.transmit(wire.left, V2) if ring else None
    sender = wire.left.packet_socket(protocol=0)

    def send(data):
        if not ring:
            return sender.send(data)
        slots.fill(0, data).status = TP_STATUS_SEND_REQUEST
        return slots.kick()

    assert send(header[:-1]) == refused(EINVAL)
    assert send(header) == returned(ETH_HLEN)
    assert receiver.receive(b"").data == header
