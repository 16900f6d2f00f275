"""A frame that no virtio header can describe left a V3 block marked as being written to: it could not be closed."""

from fixtures.clauses import clause
from helpers.net import ip_frames
from helpers.rings import V3, Geometry
from helpers.uapi.if_ether import ETH_P_IP
from helpers.uapi.if_packet import PACKET_VNET_HDR
from helpers.uapi.if_tun import IFF_TAP, IFF_VNET_HDR
from helpers.uapi.in_ import IPPROTO_UDP
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_GSO_UDP


@clause(
    since="4.20",
    level="source",
    refs=["src:net/packet/af_packet.c:prb_clear_blk_fill_status", "src:net/packet/af_packet.c:tpacket_rcv"],
    covers=["option:PACKET_VNET_HDR:effect"],
)
def test_a_block_with_a_frame_that_was_dropped_is_closed(taps, rings):
    """A block in which a frame was dropped for lack of a virtio header is handed over with the frames around it."""
    tap = taps(IFF_TAP | IFF_VNET_HDR)
    ring = rings.receive(tap, V3, Geometry(16384, frame_size=8192), protocol=ETH_P_IP, options={PACKET_VNET_HDR: 1})
    odd, around = ip_frames.frame(size=2500, partial=True), [ip_frames.frame() for _ in range(2)]
    asking = ip_frames.offloaded(odd, IPPROTO_UDP, 4, VIRTIO_NET_HDR_GSO_UDP, 1000)

    tap.arrive(bytes(10) + around[0].data, asking, bytes(10) + around[1].data)

    found = []
    while len(found) < 2:  # some kernels leave a slot without data where the frame would have been
        found += [slot.data for slot in ring.next().slots() if slot.data]
    assert found == [frame.data for frame in around]
