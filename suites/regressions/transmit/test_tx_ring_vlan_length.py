"""A transmit ring refused a VLAN-tagged frame of the maximum length, which send(2) takes."""

from errno import EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.rings import VERSIONS
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021Q, ETH_P_ALL

MTU = 1500


@clause(
    since="3.17",
    level="source",
    refs=["commit:52f1454f629f", "src:net/packet/af_packet.c:tpacket_snd"],
    covers=["option:PACKET_TX_RING:effect", "errno:sendto:EMSGSIZE"],
)
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_tag_makes_no_frame_too_long_for_the_ring(wire, rings, version):
    """The ring sends an 802.1Q frame with 4 bytes above the MTU as send(2) does; of another type neither does."""
    ring, sender = rings.transmit(wire.left, version), wire.left.packet_socket(protocol=0)
    far = wire.left.packet_socket(protocol=ETH_P_ALL)
    size = ETH_HLEN + MTU + 4
    tagged, plain = frames.ethernet(ethertype=ETH_P_8021Q, size=size), frames.ethernet(size=size)
    results = []

    for frame in (tagged, plain):
        ring.put(frame.data)
        results += [ring.kick(), sender.send(frame.data)]

    assert results == [returned(size)] * 2 + [refused(EMSGSIZE)] * 2
    assert [far.receive(tagged.marker).data for _ in range(2)] == [tagged.data] * 2
