"""CVE-2020-14386: with a large reserve the offset of a frame in its slot exceeded 16 bits, and it missed the slot."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.received_slots import place
from helpers.rings import V1, V2, V3, Geometry
from helpers.uapi.if_packet import PACKET_RESERVE, PACKET_VNET_HDR

SIZE = 1 << 17  # of slots with room for any reserve that is tried
HEADER = 10  # bytes of a virtio_net_hdr


@clause(
    since="5.9",
    level="source",
    refs=["cve:CVE-2020-14386", "commit:acf69c946233", "src:net/packet/af_packet.c:tpacket_rcv"],
    covers=["option:PACKET_RESERVE:effect", "option:PACKET_VNET_HDR:effect"],
)
@pytest.mark.parametrize("version", [V1, V2, V3], ids=str)
@pytest.mark.parametrize("net", [65535, 65536, 65536 + 200], ids=hex)
def test_a_frame_whose_place_passes_16_bits_is_dropped(wire, rings, version, net):
    """A frame whose tp_net would be 65535 is stored there; with more it is dropped and counted, and no slot is used."""
    watcher = wire.right.packet_socket(protocol=frames.OWN)
    reserve = net - place(version)[1] - HEADER
    ring = rings.receive(
        wire.right,
        version,
        Geometry(SIZE, 2, SIZE, retire_blk_tov=1),
        protocol=frames.OWN,
        options={PACKET_RESERVE: reserve, PACKET_VNET_HDR: 1},
    )
    frame = frames.ethernet()

    wire.left.inject(frame)
    if net == 65535:
        slot = ring.receive(frame.marker)
        assert (slot.header.tp_net, slot.header.tp_mac, slot.data) == (net, net - 14, frame.data)
    else:
        watcher.receive(frame.marker)
        statistics = ring.socket.statistics()
        assert (statistics.tp_packets, statistics.tp_drops, ring.take()) == (1, 1, None)
