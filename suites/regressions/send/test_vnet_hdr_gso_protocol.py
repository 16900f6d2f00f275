"""A frame to be segmented was dropped if the socket that sent it had no protocol."""

import pytest

from fixtures.clauses import clause
from helpers.net import ip_frames
from helpers.packet.virtio_frames import headed
from helpers.syscall import returned
from helpers.uapi.if_ether import ETH_P_IP, ETH_P_IPV6
from helpers.uapi.in_ import IPPROTO_TCP
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6

KINDS = {4: (VIRTIO_NET_HDR_GSO_TCPV4, ETH_P_IP), 6: (VIRTIO_NET_HDR_GSO_TCPV6, ETH_P_IPV6)}


@clause(
    since="4.20",
    level="source",
    refs=["commit:9d2f67e43b73", "src:net/packet/af_packet.c:packet_snd"],
    covers=["option:PACKET_VNET_HDR:effect"],
)
@pytest.mark.parametrize("version", [4, 6], ids=["ipv4", "ipv6"])
def test_a_gso_frame_needs_no_protocol_of_the_socket(wire, version):
    """A socket with protocol 0 sends a frame to be segmented; it is received with the protocol of its header."""
    gso, protocol = KINDS[version]
    receiver, frame = wire.right.packet_socket(protocol=protocol), ip_frames.frame(IPPROTO_TCP, version, 5000, True)

    result = headed(wire.left).send(ip_frames.offloaded(frame, IPPROTO_TCP, version, gso, 1000))

    assert result == returned(10 + len(frame))
    assert receiver.receive(frame.marker).data == frame.data
