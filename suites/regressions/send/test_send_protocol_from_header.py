"""What a socket without protocol sent had no protocol for those who look at that, and not at the frame."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.rings import V2
from helpers.uapi.if_ether import ETH_P_ALL


@clause(
    since="5.1",
    level="source",
    refs=["commit:75c65772c3d1", "src:net/packet/af_packet.c:packet_parse_headers"],
)
@pytest.mark.parametrize("ring", [False, True], ids=["send", "ring"])
def test_the_protocol_is_that_of_the_header(wire, rings, ring):
    """A frame sent without a protocol, by send(2) or by a ring, has the protocol in its Ethernet header."""
    receiver, frame = wire.left.packet_socket(protocol=ETH_P_ALL), frames.ethernet()

    if ring:
        rings.transmit(wire.left, V2).send(frame.data)
    else:
        wire.left.inject(frame)

    assert receiver.receive(frame.marker).address.sll_protocol == int.from_bytes(frame.data[12:14], "little")
