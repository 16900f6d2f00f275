"""A frame whose link-layer header could not be made was sent all the same, with memory from before the frame."""

from errno import EINVAL

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.socket import SOCK_DGRAM


@clause(since="3.18", level="source", refs=["src:net/packet/af_packet.c:packet_snd"], covers=["errno:sendto:EINVAL"])
def test_sock_dgram_does_not_send_without_a_link_header(wire):
    """Without a destination Ethernet makes no header: a send on SOCK_DGRAM fails with EINVAL, and nothing is sent."""
    sender, lost, frame = wire.left.packet_socket(SOCK_DGRAM, 0), frames.ethernet(), frames.ethernet()
    receiver = wire.right.packet_socket(protocol=frames.OWN)

    refusal = sender.send(lost.payload)
    control = sender.sendto(frame.payload, 0, address(wire.left.ifindex, frames.OWN, frames.BROADCAST))

    assert (refusal, control) == (refused(EINVAL), returned(len(frame.payload)))
    assert [packet.data[14:] for packet in receiver.heard_until(frame)] == [frame.payload]
