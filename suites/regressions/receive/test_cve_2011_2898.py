"""CVE-2011-2898: the auxiliary data of a frame had bytes of the kernel's memory where no VLAN tag was."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.rings import V2, V3
from helpers.uapi.if_packet import PACKET_AUXDATA

CVE = "cve:CVE-2011-2898"


@clause(since="3.0", level="source", refs=[CVE, "src:net/packet/af_packet.c:packet_recvmsg"])
def test_auxdata_of_a_frame_without_tag_has_zeros_for_it(wire):
    """The last four bytes of a frame's tpacket_auxdata are zeros unless the frame has a VLAN tag."""
    receiver = wire.right.packet_socket()
    receiver.enable(PACKET_AUXDATA)
    frame = frames.ethernet()

    wire.left.inject(frame)

    assert bytes(receiver.receive(frame.marker).aux)[-4:] == bytes(4)


@clause(since="3.14", level="source", refs=[CVE, "src:net/packet/af_packet.c:tpacket_rcv"])
@pytest.mark.parametrize(("version", "tail"), [(V2, 8), (V3, 12)], ids=["v2", "v3"])
def test_a_slot_of_a_frame_without_tag_has_zeros_for_it(wire, rings, version, tail):
    """TCI, TPID and padding at the end of a slot's header are zeros, whatever the slot contained before."""
    ring = rings.receive(wire.right, version)
    if version is V2:
        ring.slot(0).write(4, b"\xa5" * 60)
    else:
        ring.block(0).write(48, b"\xa5" * 100)
    frame = frames.ethernet()

    wire.left.inject(frame)
    header = ring.receive(frame.marker).header

    assert bytes(header)[-tail:] == bytes(tail)
