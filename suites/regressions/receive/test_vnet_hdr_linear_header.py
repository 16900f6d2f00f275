"""A virtio header's hdr_len below the link-layer header left that nonlinear: links could not read it."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.virtio_frames import headed
from helpers.syscall import returned
from helpers.uapi.virtio_net import virtio_net_hdr


@clause(
    since="4.11",
    level="source",
    refs=["commit:57031eb79490", "src:net/packet/af_packet.c:packet_snd"],
    covers=["option:PACKET_VNET_HDR:effect"],
)
@pytest.mark.parametrize("hdr_len", [0, 1, 13, 14])
def test_the_link_header_is_in_one_piece_whatever_hdr_len_says(loopback, hdr_len):
    """A frame longer than a page is sent and received unchanged although hdr_len is less than its link-layer header."""
    sender, receiver = headed(loopback), loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet(size=20000)

    result = sender.send(bytes(virtio_net_hdr(hdr_len=hdr_len)) + frame.data)

    assert result == returned(10 + len(frame))
    assert receiver.receive(frame.marker).data == frame.data
