"""A frame whose VLAN tag is 0 was reported as untagged."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.auxdata import TAG_COVERS, TAGGED, listening, tag
from helpers.rings import V2, V3
from helpers.uapi.if_ether import ETH_P_8021Q
from helpers.uapi.if_packet import TP_STATUS_VLAN_VALID

REFS = ["commit:a3bcc23e890a", "uapi:linux/if_packet.h"]


@clause(since="3.14", level="source", refs=[*REFS, "src:net/packet/af_packet.c:packet_recvmsg"], covers=TAG_COVERS)
def test_a_tag_of_0_is_told(wire):
    """Auxiliary data of a frame with the tag 0 flag it as tagged, with its TPID."""
    receiver, frame = listening(wire.right), frames.tagged(ETH_P_8021Q, 0)

    wire.left.inject(frame)

    assert tag(receiver.receive(frame.marker)) == (TAGGED, 0, ETH_P_8021Q)


@clause(since="3.14", level="source", refs=[*REFS, "src:net/packet/af_packet.c:tpacket_rcv"], covers=TAG_COVERS)
@pytest.mark.parametrize("version", [V2, V3], ids=str)
def test_a_tag_of_0_is_told_by_the_ring(wire, rings, version):
    """The slot of a frame with the tag 0 flags it as tagged."""
    ring, frame = rings.receive(wire.right, version), frames.tagged(ETH_P_8021Q, 0)

    wire.left.inject(frame)

    assert ring.receive(frame.marker).status & TP_STATUS_VLAN_VALID
