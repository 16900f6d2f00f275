"""CVE-2024-57901, CVE-2024-57902: to report a VLAN tag the kernel moved the start of a frame that was only peeked."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.auxdata import TAG_COVERS, TAGGED, listening, tag
from helpers.uapi.if_ether import ETH_P_8021AD, ETH_P_8021Q
from helpers.uapi.socket import MSG_PEEK, SOCK_DGRAM


@clause(
    since="6.13",
    level="source",
    refs=[
        "cve:CVE-2024-57901",
        "cve:CVE-2024-57902",
        "src:net/packet/af_packet.c:vlan_get_tci",
        "src:net/packet/af_packet.c:vlan_get_protocol_dgram",
    ],
    covers=TAG_COVERS,
)
@pytest.mark.parametrize("tpid", [ETH_P_8021Q, ETH_P_8021AD], ids=["8021q", "8021ad"])
def test_peeking_at_a_tagged_frame_changes_nothing(tap, tpid):
    """Each peek of SOCK_DGRAM at a tagged frame returns the same data, protocol and tag as the call that takes it."""
    socket, other = listening(tap, SOCK_DGRAM), tap.packet_socket()
    frame = frames.tagged(tpid, 0x2007)

    tap.packet_socket(protocol=0).must.send(frame.data)
    seen = [socket.receive(frame.marker, flags=flags) for flags in (MSG_PEEK, MSG_PEEK, MSG_PEEK, 0)]

    assert {packet.data for packet in seen} == {frame.data[18:]}
    assert {tag(packet) for packet in seen} == {(TAGGED, 0x2007, tpid)}
    assert {bytes(packet.address) for packet in seen} == {bytes(seen[-1].address)}
    assert other.receive(frame.marker).data == frame.data
